"""`unleak.finder.run`: a model reads an open document whole and shows what neither rules nor the judge have seen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from unleak.config import Config
from unleak.finder.client import CANCELLED, TOO_LATE, Outcome
from unleak.finder.files import NoFinderError, chosen_finder, lines_of
from unleak.finding import Finding, Span
from unleak.lsp.background import in_background
from unleak.lsp.documents import Document
from unleak.lsp.progress import Progress, shown
from unleak.lsp.workspace_scan import ended
from unleak.scanner import Reading, Scanner

if TYPE_CHECKING:
    from unleak.lsp.session import Session

_FAILED = int(lsp.LSPErrorCodes.RequestFailed)
_OFF = "The finder is switched off: switch on unleak.finder.enabled in the settings of your editor."


async def run_finder(server: Session, document: Document, offered: lsp.ProgressToken | None) -> dict[str, object]:
    """Have a document read and published anew; says what came of it.

    Where its process fails, what rules and judge have found stands, and one message says so.
    """
    policy = await server.policies.of(document.file, document.language)
    if policy.config.finder.enabled is not True:
        raise JsonRpcException(_OFF, _FAILED)
    if document.scanner is None or not document.is_read:
        raise JsonRpcException("This document is not scanned, or not yet.", _FAILED)
    stop = threading.Event()
    async with server.one_reading, shown(server, offered, "Reading the file whole", stop) as progress:
        found, outcome = await _read(server, document, policy.config, stop, progress)
        progress.outcome = f"{found} found"
    if outcome.because not in ("", CANCELLED, TOO_LATE):
        server.tell([f"The finder has failed; rules and judge decide alone: {outcome.because}."])
    return {
        "found": found,
        "dropped": dict(outcome.dropped),
        "unread": outcome.unread,
        "because": outcome.because,
        "cancelled": stop.is_set(),
    }


async def _read(
    server: Session, document: Document, config: Config, stop: threading.Event, progress: Progress
) -> tuple[int, Outcome]:
    loop = asyncio.get_running_loop()
    scanner, reading, path, text = document.scanner, document.reading, document.path, str(document.text)
    if scanner is None or reading is None:
        raise JsonRpcException("This document has been closed.", _FAILED)
    since = document.follow()
    is_trusted = server.settings.is_trusted

    def work() -> tuple[list[Finding], Outcome]:
        with closing(chosen_finder(threads=config.judge.threads, is_trusted=is_trusted)) as finder:
            outcome = finder.read(
                lines_of(text),
                path,
                _known(scanner, reading, path),
                deadline_seconds=config.finder.deadline,
                goes_on=lambda: not stop.is_set(),
                progress=lambda done, total: loop.call_soon_threadsafe(progress.report, done, total, "lines"),
            )
        new = scanner.reviewed(text, path, outcome.found, reading.marks)
        return [one for one in new if not one.silenced and one.severity >= config.min_severity], outcome

    try:
        findings, outcome = await ended(asyncio.ensure_future(in_background(work)), stop)
    except NoFinderError as error:
        raise JsonRpcException(f"No model reads files whole: {error}.", _FAILED) from None
    if document.is_closed or not document.take_found(findings, since):
        return 0, outcome
    server.publish(document)
    return len(findings), outcome


def _known(scanner: Scanner, reading: Reading, path: str) -> Sequence[Span]:
    known = [finding.span for finding in scanner.all_settled(reading, path)]
    return known + [asked.span for asked in reading.asked]
