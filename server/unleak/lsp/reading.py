"""Reads whole documents in the background of the event loop, a window of lines at a time.

So that nothing a client sends waits longer than one window, however large a document it opened before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Finding
from unleak.lsp.documents import Document

if TYPE_CHECKING:
    from unleak.scanner import LiveScan

logger = logging.getLogger(__name__)

WINDOW = 65_536  # code points; takes a few ms


class Reader:
    """Reads documents side by side, so that a small one does not wait for a large one.

    `begin` starts the scan of one, or has none for a document that is not scanned; `done` hears of each
    that has been read, or that needs no reading.
    """

    def __init__(
        self, begin: Callable[[Document], Awaitable[LiveScan | None]], done: Callable[[Document], None]
    ) -> None:
        self._begin = begin
        self._done = done
        self._waiting: dict[Document, None] = {}  # in order of arrival, each once
        self._under_way: deque[Iterator[None]] = deque()
        self._arrival = asyncio.Event()

    def add(self, document: Document) -> None:
        self._waiting[document] = None
        self._arrival.set()

    async def run(self) -> None:
        """Read what arrives, forever."""
        while True:
            await self._arrival.wait()
            self._arrival.clear()
            while self._waiting or self._under_way:
                try:
                    await self._take_next()
                    self._read_on()
                except Exception:
                    logger.exception("A document could not be read")
                await asyncio.sleep(0)

    async def _take_next(self) -> None:
        if not self._waiting:
            return
        document = next(iter(self._waiting))
        del self._waiting[document]
        if document.is_closed:
            return
        live = await self._begin(document)
        if live is not None:
            self._under_way.append(self._steps(document, live))
        elif not document.is_closed:
            self._done(document)

    def _read_on(self) -> None:
        if self._under_way:
            steps = self._under_way.popleft()
            if next(steps, self) is not self:
                self._under_way.append(steps)

    def _steps(self, document: Document, live: LiveScan) -> Iterator[None]:
        """Read a window a step. A document that changes meanwhile waits to be read anew."""
        revision = document.revision
        findings: list[Finding] = []
        for first, last in windows(live.text.lines):
            findings += live.scanner.scan_lines(live.text.lines, live.path, first, last)
            yield
            if document.revision != revision:
                self.add(document)
                return
        document.settle(live, findings)
        self._done(document)


def windows(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Stretches of lines, each of about `WINDOW` code points, that together are all lines."""
    first = size = 0
    for at, line in enumerate(lines):
        size += len(line)
        if size >= WINDOW:
            yield first, at + 1
            first, size = at + 1, 0
    if first < len(lines):
        yield first, len(lines)
