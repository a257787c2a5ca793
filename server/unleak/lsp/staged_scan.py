"""`unleak.scanStaged`: what the next commit would add, for a client that asks before it commits."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types as lsp

from unleak import git
from unleak.batch import FileResult, FileScanner
from unleak.decision import Blend
from unleak.file_judge import FileJudge
from unleak.files import decode
from unleak.finding import Span
from unleak.lsp.background import in_background
from unleak.lsp.folder_argument import NOT_TRUSTED, folder_in, root_for
from unleak.lsp.handlers import SCAN_STAGED
from unleak.lsp.positions import Encoding, in_units
from unleak.lsp.progress import shown
from unleak.lsp.workspace_scan import ended, folder_at
from unleak.staged import Calls, GitError, scan_staged, top_folder
from unleak.text import Text

if TYPE_CHECKING:
    from unleak.config import Configs
    from unleak.lsp.session import Session

TITLE = "Looking for secrets in what is staged"
_CANCELLED = "This was cancelled before all of it was scanned."
_BUDGET = 30.0  # seconds that the judge may take, unless the settings say otherwise: a person waits for the commit


class StagedFinding(NamedTuple):
    """A finding on a line that the commit would add, in the client's positions."""

    path: str  # seen from the top of the repository
    uri: str
    line: int
    column: int
    endLine: int  # noqa: N815 - as the client reads it
    endColumn: int  # noqa: N815
    severity: str
    rule: str
    message: str


@dataclass(slots=True)
class Summary:
    """What a scan came to; the client gets it as it is."""

    findings: list[dict[str, object]] = field(default_factory=list)
    files: int = 0
    skipped: int = 0
    unjudged: int = 0  # candidates on which the rules decided, for the judge has not answered
    cancelled: bool = False
    problem: str = ""  # a sentence, where it could not be told what is staged


class _Stop(threading.Event):
    """Ends git as well."""

    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self._calls = calls

    def set(self) -> None:
        super().set()
        self._calls.stop()


class _Job(NamedTuple):
    """All that a scan needs, for its thread."""

    folder: Path
    configs: Configs
    blend: Blend | None
    judge: FileJudge
    calls: Calls
    encoding: Encoding
    is_stopped: Callable[[], bool]
    tell: Callable[[Sequence[str]], object]


async def scan_what_is_staged(
    server: Session, offered: lsp.ProgressToken | None, argument: object
) -> dict[str, object]:
    """Scan what is staged in the repository around a folder, all of it, as it would be committed."""
    folder = folder_in(SCAN_STAGED, argument)
    if not server.settings.is_trusted:
        return asdict(Summary(problem=NOT_TRUSTED))
    calls = Calls(str(folder), git.COMMAND, git.environment())
    stop = _Stop(calls)
    async with shown(server, offered, TITLE, stop) as progress:
        root = root_for(server, folder)
        held = await folder_at(server, root)
        budget = server.settings.base_for(root / "any file").judge.budget
        judge = FileJudge(
            server.judging.judge.opened,
            budget=_BUDGET if budget is None else budget,
            goes_on=lambda: not stop.is_set(),
        )
        loop = asyncio.get_running_loop()
        job = _Job(
            folder,
            held.configs,
            held.blend,
            judge,
            calls,
            server.dialect.encoding,
            stop.is_set,
            lambda problems: loop.call_soon_threadsafe(server.tell, problems),
        )
        summary = await ended(asyncio.ensure_future(in_background(partial(_scanned, job))), stop)
        progress.outcome = f"{len(summary.findings)} found"
        return asdict(summary)


def _scanned(job: _Job) -> Summary:
    summary = Summary()
    try:
        top = _top(job)
        scanner = _Keeping(FileScanner(job.configs, top, blend=job.blend))
        staged = scan_staged(scanner, job.configs, top, (), job.calls, str)
        with closing(job.judge.final(staged, scanner.scanner)) as results:
            for result in takewhile(lambda _: not job.is_stopped(), results):
                job.tell(result.problems)
                summary.files += not result.skipped
                summary.skipped += bool(result.skipped)
                summary.unjudged += result.unjudged
                text = scanner.texts.pop(result.path, None)
                if text is not None:
                    summary.findings += [each._asdict() for each in _findings(result, text, top, job.encoding)]
    except GitError as error:
        summary.problem = _sentence(str(error))
    if job.is_stopped():
        summary.cancelled, summary.problem = True, _CANCELLED
    job.tell(tuple(job.configs.problems))
    return summary


def _top(job: _Job) -> Path:
    """The top of the repository, named as the client names what is in it."""
    top, real = os.path.realpath(top_folder(job.calls)), os.path.realpath(job.folder)
    return job.folder if top == real else Path(top)


class _Keeping:
    """Scans, and keeps the texts that positions are needed in."""

    def __init__(self, scanner: FileScanner) -> None:
        self.scanner = scanner
        self.texts: dict[str, Text] = {}

    def scan_bytes(self, path: str, data: bytes, keep: Callable[[Span], bool] | None = None) -> FileResult:
        result = self.scanner.scan_bytes(path, data, keep)
        if result.findings or result.open:
            self.texts[result.path] = Text(decode(data))
        return result


def _findings(result: FileResult, text: Text, top: Path, encoding: Encoding) -> Iterator[StagedFinding]:
    path = Path(result.path)
    for finding in result.findings:
        yield StagedFinding(
            path.relative_to(top).as_posix(),
            path.as_uri(),
            *in_units(text.lines, finding.span, encoding),
            finding.severity.label,
            finding.rule,
            finding.message,
        )


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
