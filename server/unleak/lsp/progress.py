"""Work-done progress of one task, in the client's own display; silent where it has none."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from unleak.lsp.session import Session

_REPORT_SECONDS = 0.1  # at least, between two reports


class Progress:
    """Begins when it is made; `end` it once. To be used from the event loop's thread."""

    def __init__(self, server: Session, token: lsp.ProgressToken | None, title: str) -> None:
        self._server = server
        self.token = token
        self.outcome = ""  # what a person reads in the end
        self._reported = 0.0
        self._send(lsp.WorkDoneProgressBegin(title=title, cancellable=True, percentage=0))

    def report(self, done: int, total: int, unit: str = "files") -> None:
        """How far the task is; passed over where the last report is fresh."""
        now = time.monotonic()
        if now - self._reported >= _REPORT_SECONDS:
            self._reported = now
            share = 100 * done // max(1, total)
            self._send(lsp.WorkDoneProgressReport(message=f"{done} of {total} {unit}", percentage=share))

    def say(self, message: str) -> None:
        """Show a sentence in place of a number."""
        self._send(lsp.WorkDoneProgressReport(message=message))

    def end(self, message: str) -> None:
        self._send(lsp.WorkDoneProgressEnd(message=message))

    def _send(self, value: lsp.WorkDoneProgressBegin | lsp.WorkDoneProgressReport | lsp.WorkDoneProgressEnd) -> None:
        if self.token is not None:
            self._server.progress(lsp.ProgressParams(token=self.token, value=value))


async def token_for(server: Session, offered: lsp.ProgressToken | None) -> lsp.ProgressToken | None:
    """The token that a request came with, else one that the client agrees to; None where it does not."""
    if offered is not None:
        return offered
    window = server.client.window
    if window is None or not window.work_done_progress:
        return None
    token = str(uuid.uuid4())
    try:
        await server.window_work_done_progress_create_async(lsp.WorkDoneProgressCreateParams(token=token))
    except JsonRpcException:
        return None
    return token


@asynccontextmanager
async def shown(
    server: Session, offered: lsp.ProgressToken | None, title: str, stop: threading.Event
) -> AsyncIterator[Progress]:
    """Show the progress of a block, which `stop` hears about where a person cancels it; it ends with its outcome."""
    token = await token_for(server, offered)
    if token is not None:
        server.stops[token] = stop
    progress = Progress(server, token, title)
    try:
        yield progress
    finally:
        server.stops.pop(token, None)
        progress.end("cancelled" if stop.is_set() else progress.outcome)
