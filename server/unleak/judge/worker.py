"""The judge's process: questions come through standard input, verdicts go out through standard output.

Run as `python -m unleak.judge.worker FOLDER [THREADS]`. The messages, each a frame of `unleak.judge.frames`:

    in   {"id": 1, "questions": [[prefix, [suffix, …]], …], "until": seconds of the monotonic clock}
    in   {"cancel": 1}
    out  {"loading": bytes}                       first: the size of the files that are to be read now
    out  {"ready": true}                          once, when the model is loaded
    out  {"failed": message, "final": true}       instead, when it cannot be; final: trying again is of no use
    out  {"working": true}                        every second in which it computes
    out  {"id": 1, "verdicts": [[[secret, test, safe], …], …]}
    out  {"id": 1, "stopped": true}               cancelled, or too late
    out  {"id": 1, "error": message}

The process ends with its input, whatever it is doing. No message holds a text or a value, but for those of
`unleak.finder.reading`, which has whole chunks of a file read instead of questions.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

from unleak.judge import frames
from unleak.judge.bundle import Bundle, BundleError
from unleak.judge.model import BrokenError, MissingError, Model, ModelError, UnwantedError
from unleak.judge.protocol import Question

ADDRESS_SPACE = 2 << 30
"""Bytes that the process may map beside what follows from its bundle: ten times what it does with that of unleak."""
_EACH_TOKEN = 1 << 19  # bytes for each token of the context, with 32 layers of width 4,096: large models share heads
_NICENESS = 5
_BEAT = 1.0  # seconds between two signs of life


class _Request:
    """Questions, or a chunk to `read`, that somebody waits for."""

    def __init__(self, message: frames.Message, beat: Callable[[], None]) -> None:
        self.read = message.get("read")
        questions: Any = message["questions"] if self.read is None else ()
        until: Any = message["until"]
        self.id = message["id"]
        self.questions = [Question(prefix, tuple(suffixes)) for prefix, suffixes in questions]
        self._until = float(until)
        self._beat = beat
        self._next_beat = time.monotonic() + _BEAT
        self.is_cancelled = False

    def is_wanted(self) -> bool:
        """Asked by whoever computes, again and again: that it is asked is the sign of life."""
        now = time.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + _BEAT
            self._beat()
        return not self.is_cancelled and now < self._until


class _Desk:
    """Takes requests in a thread of its own, so that a cancel is heard while the model computes."""

    def __init__(self, stream: IO[bytes], beat: Callable[[], None]) -> None:
        self._stream = stream
        self._beat = beat
        self._waiting: queue.SimpleQueue[_Request] = queue.SimpleQueue()
        self._open: dict[object, _Request] = {}
        threading.Thread(target=self._listen, name="requests", daemon=True).start()

    def next_request(self) -> _Request:
        return self._waiting.get()

    def close(self, request: _Request) -> None:
        self._open.pop(request.id, None)

    def _listen(self) -> None:
        code = 1
        try:
            while message := frames.read(self._stream):
                if "cancel" in message:
                    if request := self._open.get(message["cancel"]):
                        request.is_cancelled = True
                else:
                    request = _Request(message, self._beat)
                    self._open[request.id] = request
                    self._waiting.put(request)
            code = 0
        finally:
            os._exit(code)  # nobody is there to answer to, and the main thread may be deep inside llama.cpp


def main(arguments: list[str]) -> int:
    folder, threads = Path(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1
    requests, answers = _own_pipes()
    _be_modest()
    try:
        return _serve(_Desk(requests, partial(frames.write, answers, {"working": True})), answers, folder, threads)
    except OSError:
        os._exit(0)  # nobody reads the answers any more, and what is still buffered has nowhere to go


def _serve(desk: _Desk, answers: IO[bytes], folder: Path, threads: int) -> int:
    try:
        bundle = Bundle.load(folder)
        size = sum(file.size for file in bundle.files)
        _bound_memory(ADDRESS_SPACE + 2 * size + bundle.context * _EACH_TOKEN)
        frames.write(answers, {"loading": size})
        model = Model(bundle, threads=threads)
    except (BundleError, ModelError, MemoryError) as error:
        final = isinstance(error, (BundleError, MissingError, BrokenError))
        frames.write(answers, {"failed": _message(error), "final": final})
        return 1
    frames.write(answers, {"ready": True})
    while True:
        request = desk.next_request()
        frames.write(answers, {"id": request.id, **_answer(model, request)})
        desk.close(request)


def _answer(model: Model, request: _Request) -> frames.Message:
    try:
        if request.is_wanted():
            if request.read is not None:
                from unleak.finder.reading import read  # few models can

                return read(model, request.read, request.is_wanted)
            return {"verdicts": model.judge(request.questions, request.is_wanted)}
    except UnwantedError:
        pass
    except (ModelError, MemoryError) as error:
        return {"error": _message(error)}
    return {"stopped": True}


def _message(error: BaseException) -> str:
    return str(error) or "there is not enough memory for the judge"


def _own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Standard input and output for this module alone: what libraries print goes to standard error."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, answers


def _be_modest() -> None:
    """Leave processor and memory to others, and leave nothing of what is read behind after a crash."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads take the processor from the editor
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # llama.cpp starts a debugger where it fails
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(_NICENESS)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")


def _bound_memory(space: int) -> None:
    """Map at most so many bytes, and leave no dump."""
    if sys.platform != "win32":
        import resource

        for limit, size in ((resource.RLIMIT_AS, space), (resource.RLIMIT_CORE, 0)):
            with suppress(OSError, ValueError):
                _, most = resource.getrlimit(limit)
                size = size if most == resource.RLIM_INFINITY else min(size, most)
                resource.setrlimit(limit, (size, size))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
