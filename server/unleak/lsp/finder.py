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
_OFF_HERE = "An unleak.toml of this project says that no model reads its files whole."
_NOT_READ = "This document is not scanned, or not yet."
_UNTRUSTED = (
    "In a workspace that is not trusted only the judge that comes with unleak is asked, and it does not read files "
    "whole. Trust the workspace first."
)
_ANEW = "the document was closed or read anew meanwhile"


async def run_finder(server: Session, document: Document, offered: lsp.ProgressToken | None) -> dict[str, object]:
    """Have a document read and published anew; says what came of it.

    Where its process fails, what rules and judge have found stands, and one message says so: here, unless the client
    has `offered` to show how it goes, and so what the answer says. An error that a person can do something about has
    `{"remedy": "enable" | "model" | "trust"}` as its data.
    """
    policy = await server.policies.of(document.file, document.language)
    if server.settings.base_for(document.file).finder.enabled is not True:
        raise _refusal(_OFF, "enable")
    if policy.config.finder.enabled is not True:
        raise JsonRpcException(_OFF_HERE, _FAILED)
    if document.scanner is None or not document.is_read:
        raise JsonRpcException(_NOT_READ, _FAILED)
    stop = threading.Event()
    async with server.one_reading, shown(server, offered, "Reading the file whole", stop) as progress:
        found, outcome = await _read(server, document, policy.config, stop, progress)
        progress.outcome = f"{found} found"
    if offered is None and outcome.because not in ("", CANCELLED, TOO_LATE, _ANEW):
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
    if scanner is None or reading is None or document.is_closed or not document.is_read:
        raise JsonRpcException(_NOT_READ, _FAILED)  # while another one was read
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
        if not is_trusted:
            raise _refusal(_UNTRUSTED, "trust") from None
        raise _refusal(f"No model reads files whole: {error}.", "model") from None
    if document.is_closed or not document.take_found(findings, since):
        return 0, outcome._replace(found=(), because=_ANEW)
    server.publish(document)
    return len(findings), outcome


def _known(scanner: Scanner, reading: Reading, path: str) -> Sequence[Span]:
    known = [finding.span for finding in scanner.all_settled(reading, path)]
    return known + [asked.span for asked in reading.asked]


def _refusal(message: str, remedy: str) -> JsonRpcException:
    return JsonRpcException(message, _FAILED, {"remedy": remedy})
