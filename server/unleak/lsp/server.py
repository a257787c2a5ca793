"""Starts the language server."""

from __future__ import annotations

import gc
import sys

from unleak.lsp.logs import log_to_stderr
from unleak.lsp.transport import standard_streams, tcp_client

_SWITCH_SECONDS = 0.0005  # that another thread may compute while a message waits; Python's own choice is ten times it


def serve(*, tcp: str | None = None) -> int:
    """Serve one client on the standard streams, or the first that connects to `tcp` ("host:port").

    Returns the exit code: 0 after an orderly shutdown, 1 after any other end, 2 for an address that
    cannot be listened on.
    """
    log_to_stderr()
    try:
        connection = tcp_client(tcp) if tcp else standard_streams()
    except (OSError, ValueError) as error:
        print(f"unleak: cannot serve: {error}", file=sys.stderr)
        return 2
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.disable()  # what is imported now stays; the session turns it on again
    import asyncio

    from unleak.lsp.session import Session

    return asyncio.run(Session().run(connection))
