"""The progress of a judge that reads a document for long, in the client's own display."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from unleak.lsp.progress import Progress, token_for

if TYPE_CHECKING:
    from unleak.judge.verdicts import Lookup
    from unleak.lsp.session import Session

TITLE = "Judging what was found"
_LONG = 1.0  # seconds after which a person wants to know
_LOOK = 0.1  # seconds between two looks at how far it is


class Asking:
    """Questions in parts, which are asked one after the other."""

    def __init__(self, parts: int) -> None:
        self.parts = parts
        self.lookups: list[Lookup] = []
        self.is_stopped = False

    def stop(self) -> None:
        """Ask no more, and wait for no answer."""
        self.is_stopped = True
        for lookup in self.lookups:
            lookup.cancel()


async def show_progress(server: Session, offered: lsp.ProgressToken | None, asking: Asking) -> None:
    """Show how many parts are answered, until this is cancelled; where the client cancels it, stop asking.

    With a token that a request has brought it is shown at once.
    """
    if offered is None:
        await asyncio.sleep(_LONG)
    token = await token_for(server, offered)
    if token is None:
        return
    stop = server.stops[token] = threading.Event()
    progress = Progress(server, token, TITLE)
    try:
        while not stop.is_set():
            progress.report(sum(lookup.done() for lookup in asking.lookups), asking.parts, "parts")
            await asyncio.sleep(_LOOK)
        asking.stop()
    finally:
        server.stops.pop(token, None)
        progress.end("cancelled" if stop.is_set() else "done")
