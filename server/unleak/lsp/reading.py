"""Reads whole documents in the background of the event loop, a window of lines at a time.

So that nothing a client sends waits longer than one window, however large a document it opened before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from unleak.lsp.documents import Document

logger = logging.getLogger(__name__)

WINDOW = 16_384  # code points; take some 5 ms where every line looks like something


class Reader:
    """Reads documents side by side, so that a small one does not wait for a large one.

    `done` hears of each that has been read.
    """

    def __init__(self, done: Callable[[Document], None]) -> None:
        self._done = done
        self._documents: deque[Document] = deque()
        self._arrival = asyncio.Event()

    def add(self, document: Document) -> None:
        """Read a document that has been begun."""
        self._documents.append(document)
        self._arrival.set()

    async def run(self) -> None:
        """Read what arrives, forever."""
        while True:
            await self._arrival.wait()
            self._arrival.clear()
            while self._documents:
                try:
                    self._read_on(self._documents.popleft())
                except Exception:
                    logger.exception("A document could not be read")
                await asyncio.sleep(0)

    def _read_on(self, document: Document) -> None:
        # It may have been closed, or begun anew and read since.
        if document.is_closed or not document.is_begun or document.is_read:
            return
        document.read_on(WINDOW)
        if document.is_read:
            self._done(document)
        else:
            self._documents.append(document)
