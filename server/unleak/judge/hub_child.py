"""A process that fetches a model for its parent, which is never slowed down by it and ends it whenever it wants.

It reads one frame, {"pull": what `hub.Target` is}, and writes {"done": bytes, "total": bytes, "note": text} as it goes,
in the end {"installed": id, "source": text} or {"failed": message}. It ends with its input, whatever it is doing.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from unleak.judge import frames
from unleak.judge.hub import Progress, Target, pull
from unleak.judge.shelf import InstalledError

_GRACE = 0.5  # seconds to clear up


def main(arguments: Sequence[str]) -> int:
    """Fetch what the first message names; 0 where it is installed."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever libraries print
    sys.stdout = sys.stderr
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the parent has made of it
    message = frames.read(source)
    if message is None:
        return 1
    wanted = message["pull"]
    assert isinstance(wanted, dict)
    threading.Thread(target=_end_with, args=(source,), daemon=True).start()

    def tell(progress: Progress) -> None:
        frames.write(sink, dict(progress._asdict()))

    try:
        pulled = pull(Target.of(wanted), tell)
    except InstalledError as error:
        frames.write(sink, {"failed": str(error)})
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 1
    frames.write(sink, {"installed": pulled.id, "source": str(pulled.source or "")})
    return 0


def _end_with(source: IO[bytes]) -> None:
    with suppress(OSError):
        while source.read(1 << 10):
            pass
    if sys.platform != "win32":  # there it would end the process at once
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(_GRACE)
    os._exit(1)
