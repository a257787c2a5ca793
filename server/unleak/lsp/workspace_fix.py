"""`unleak.fixWorkspace`: all values of the workspace move to environment variables, in one edit."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from unleak.batch import FileResult
from unleak.file_judge import FileJudge
from unleak.finding import Finding
from unleak.fixes import plan
from unleak.fixes.change import Refusal
from unleak.fixes.home import FileChange, Kind
from unleak.fixes.overlay import Overlay
from unleak.fixes.plan import Project
from unleak.lsp.applying import carry_out
from unleak.lsp.background import in_background
from unleak.lsp.documents import Document
from unleak.lsp.offers import Place, keys_of, sorted_out, worth_moving
from unleak.lsp.progress import Progress, token_for
from unleak.lsp.workspace_edits import uri_of
from unleak.lsp.workspace_scan import Folder, ended, files_in, folder_at, judge_for, results_of
from unleak.text import Text

if TYPE_CHECKING:
    from unleak.lsp.session import Session
    from unleak.scanner import Scanner

TITLE = "Move all secrets of the workspace to environment variables"
_MOST_TOLD = 5  # reasons in one message
_OPEN_NOTEBOOK = "This notebook is open, and an editor changes its cells one by one: move the values there."


@dataclass(frozen=True, slots=True)
class Left:
    """What stays where it is; the line counts from 0."""

    uri: str
    line: int
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class FileCount:
    """How many values of a file move, and how many stay."""

    uri: str
    moved: int
    left: int


@dataclass(slots=True)
class Summary:
    """What it came to, or would come to; the client gets it as it is."""

    applied: bool = False
    cancelled: bool = False
    unconfirmed: bool = False  # nothing was changed: it has to be asked for with {"confirmed": true}
    moved: int = 0
    files: list[FileCount] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  # URIs of all files that change or are made
    left: list[Left] = field(default_factory=list)
    notebooks: int = 0  # that are open and hold values: they are left out


@dataclass(frozen=True, slots=True)
class _Found:
    """A file with findings, which were read by `scanner` as `path`."""

    file: Path
    findings: tuple[Finding, ...]
    scanner: Scanner
    path: str
    values: tuple[str, ...] | None = field(default=None, repr=False)  # of the findings, where they come from disk


async def fix_workspace(server: Session, offered: lsp.ProgressToken | None, argument: object) -> dict[str, object]:
    """Scan all files and have the client move what can move, once a person agrees.

    A client that can shows a preview; another one has to send {"confirmed": true}. Ends early as a scan does.
    """
    is_confirmed = isinstance(argument, Mapping) and argument.get("confirmed") is True
    token = await token_for(server, offered)
    stop = threading.Event()
    if token is not None:
        server.stops[token] = stop
    try:
        async with server.one_scan:
            progress = Progress(server, token, TITLE)
            summary = Summary(cancelled=True)
            try:
                summary = await _fixed(server, stop, progress, is_confirmed=is_confirmed)
            finally:
                progress.end("cancelled" if summary.cancelled else f"{summary.moved} moved")
            return asdict(summary)
    finally:
        server.stops.pop(token, None)


async def _fixed(server: Session, stop: threading.Event, progress: Progress, *, is_confirmed: bool) -> Summary:
    opened = frozenset(document.file for document in server.documents if document.file)
    closed, listed = await _scanned(server, opened, stop, progress)
    found = [await _on_disk(server, result) for result in closed]
    documents = await _read(server, listed)
    cells = await _cells(server, listed)
    together = _Together(server)  # from here on all is as it is now
    found += [_as_open(document) for document in documents if document.findings]
    for each in sorted(found, key=lambda each: each.file):
        if stop.is_set():
            return Summary(cancelled=True)
        await together.add(each)
    for document in cells:
        together.leave(document.uri, document.findings, _OPEN_NOTEBOOK)
    summary = together.summary
    summary.notebooks = len({document.notebook for document in cells})
    if not summary.moved:
        server.say("\n".join(["Nothing in this workspace can move to environment variables.", *_reasons(summary)]))
    elif not (server.fixing.abilities.annotates or is_confirmed):
        summary.unconfirmed = True
        told = f"{_counted(summary, 'would move')} Nothing has changed yet: run this again, confirmed."
        server.say("\n".join([told, *_notebooks(summary)]))
    elif not together.is_current:
        server.say("A text was changed meanwhile: run this again.")
    else:
        files = server.fixing.files(together.before, together.overlay.changes)
        summary.applied = await carry_out(server, files, TITLE, asks=not is_confirmed)
        if summary.applied:
            server.say("\n".join([_counted(summary, "moved"), *together.notes, *_reasons(summary)]))
    return summary


async def _scanned(
    server: Session, opened: frozenset[Path], stop: threading.Event, progress: Progress
) -> tuple[list[FileResult], set[Path]]:
    """What the files hold that are not open, and which of the open ones a scan would read."""
    loop = asyncio.get_running_loop()
    folders = [await folder_at(server, root) for root in server.settings.roots.values()]
    judge = judge_for(server, stop)
    work = loop.run_in_executor(
        server.scan_thread,
        partial(
            _scan,
            folders,
            opened,
            judge,
            stop,
            lambda problems: loop.call_soon_threadsafe(server.tell, problems),
            lambda done, total: loop.call_soon_threadsafe(progress.report, done, total),
        ),
    )
    return await ended(work, stop)


def _scan(
    folders: Sequence[Folder],
    opened: frozenset[Path],
    judge: FileJudge,
    stop: threading.Event,
    tell: Callable[[Sequence[str]], object],
    advance: Callable[[int, int], object],
) -> tuple[list[FileResult], set[Path]]:
    def goes_on(_: object) -> bool:
        return not stop.is_set()

    kept: list[FileResult] = []
    listed: set[Path] = set()
    work: list[tuple[Folder, list[Path]]] = []
    for folder in folders:
        files = list(takewhile(goes_on, files_in(folder)))
        listed |= opened.intersection(files)
        work.append((folder, [file for file in files if file not in opened]))
    done, total = 0, sum(len(files) for _, files in work)
    for folder, files in work:
        tell(tuple(folder.configs.problems))
        with closing(results_of(files, folder, judge, values=True)) as results:
            for result in takewhile(goes_on, results):
                tell(result.problems)
                kept += [result] if worth_moving(result.findings) else []
                done += 1
                advance(done, total)
    return kept, listed


async def _on_disk(server: Session, result: FileResult) -> _Found:
    file = Path(result.path)
    policy = await server.policies.of(file)
    seen = file.relative_to(policy.project) if policy.project and file.is_relative_to(policy.project) else file
    return _Found(file, result.findings, policy.scanner, seen.as_posix(), result.values)


async def _read(server: Session, listed: set[Path]) -> list[Document]:
    """The documents that count, once they are read: those that a scan would read, and those not saved yet."""
    documents = []
    for document in server.documents:
        file = document.file
        if file is None or document.notebook or server.settings.root_of(file) is None:
            continue
        if file in listed or not file.exists():
            await server.fixing.read(document)
            documents.append(document)
    return documents


async def _cells(server: Session, listed: set[Path]) -> list[Document]:
    """The cells of open notebooks that hold what should move, once they are read."""
    cells = []
    for document in server.documents:
        file = document.file
        if document.notebook and file and (file in listed or (server.settings.root_of(file) and not file.exists())):
            await server.fixing.read(document)
            cells += [document] if worth_moving(document.findings) else []
    return cells


def _as_open(document: Document) -> _Found:
    assert document.file is not None  # `_read` gives no others
    assert document.scanner is not None  # what has findings was read
    return _Found(document.file, tuple(document.findings), document.scanner, document.path)


class _Together:
    """The fixes of all files, each over those before it. For the event loop's thread."""

    def __init__(self, server: Session) -> None:
        self._server = server
        self.before = server.fixing.workspace_files()
        self.overlay = Overlay(self.before)
        self.notes: dict[str, None] = {}
        self._moved: dict[str, int] = {}  # numbers of values, by the file's URI
        self._left: list[Left] = []
        self._names: dict[Path, dict[str, str]] = {}  # of values, by the workspace folder
        self._ages = self._seen()
        self._uris = {document.file: document.uri for document in server.documents if not document.notebook}

    def _seen(self) -> dict[str, int]:
        return {document.uri: document.age for document in self._server.documents}

    @property
    def is_current(self) -> bool:
        """Whether no text has changed in the editor since."""
        return self._seen() == self._ages

    @property
    def summary(self) -> Summary:
        left = [each.uri for each in self._left]
        uris = sorted({*self._moved, *left})
        return Summary(
            moved=sum(self._moved.values()),
            files=[FileCount(uri, self._moved.get(uri, 0), left.count(uri)) for uri in uris],
            changed=sorted(self._uris.get(Path(each.path)) or uri_of(each.path) for each in self.overlay.changes),
            left=self._left,
        )

    def leave(self, uri: str, findings: Iterable[Finding], why: str) -> None:
        for finding in worth_moving(list(findings)):
            self._left.append(Left(uri, finding.span.line, finding.rule, why))

    async def add(self, found: _Found) -> None:
        """Move what can move out of a file, the changes so far taken for made."""
        uri = self._uris.get(found.file) or uri_of(str(found.file))
        place, why = self._place(found)
        if place is None:
            self.leave(uri, found.findings, why)
            return
        root = Path(place.project.folder)
        outcome = await in_background(partial(_moved, place, self.overlay))
        self._left += [Left(uri, finding.span.line, finding.rule, why) for finding, why in outcome.left]
        self._names.setdefault(root, {}).update(outcome.names)
        self.notes.update(dict.fromkeys(outcome.notes))
        if outcome.moved:
            self._moved[uri] = outcome.moved

    def _place(self, found: _Found) -> tuple[Place | None, str]:
        """The file with all that its fix may look at, or why there is none."""
        file = found.file.as_posix()
        text, root = self.overlay.look(file).text, self._server.settings.root_of(found.file)
        if text is None or root is None:
            return None, "This file is larger than 1 MB or no UTF-8: move it by hand."
        if found.values is not None and not _holds(text, found.findings, found.values):
            return None, "This file was changed meanwhile: run this again."
        project = Project(file, root.as_posix(), self.overlay, "file", self._names.get(root, {}))
        source = plan.source_of(text, project)
        keys = keys_of(found.scanner, source.lines, found.path, worth_moving(found.findings))
        rules = found.scanner.catalog.by_id
        return Place(text, found.findings, found.findings[0], rules, found.path, project, "", source, keys), ""


def _holds(text: str, findings: Sequence[Finding], values: Sequence[str]) -> bool:
    """Whether findings stand where they stood when the file was scanned."""
    whole = Text(text)
    spans = [finding.span for finding in findings]
    return all(
        whole.clamped(*span[2:]) == span[2:] and whole.cut(span) == value
        for span, value in zip(spans, values, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one file."""

    moved: int
    left: Sequence[tuple[Finding, str]]
    names: Mapping[str, str] = field(repr=False)
    notes: Sequence[str]


def _moved(place: Place, overlay: Overlay) -> _Outcome:
    found = sorted_out(place)
    if not found.movable:
        return _Outcome(0, found.left, {}, ())
    try:
        fix = plan.settled(found.move, place.project)
        own = FileChange(place.project.file, overlay.look(place.project.file).kind is Kind.FILE, fix.changes)
        for change in (own, *fix.files):
            overlay.take(change)
    except Refusal as refusal:
        return _Outcome(0, [*found.left, *((finding, str(refusal)) for finding in found.movable)], {}, ())
    return _Outcome(len(found.movable), found.left, found.names, fix.notes)


def _counted(summary: Summary, verb: str) -> str:
    moved, files = summary.moved, sum(1 for each in summary.files if each.moved)
    values, of = ("value" if moved == 1 else "values"), ("file" if files == 1 else "files")
    return f"{moved} {values} of {files} {of} {verb} to environment variables."


def _reasons(summary: Summary) -> list[str]:
    """What stays, by its reasons."""
    counts = Counter(each.why for each in summary.left if each.why != _OPEN_NOTEBOOK)
    return [*_notebooks(summary), *(f"{count} stay: {why}" for why, count in counts.most_common(_MOST_TOLD))]


def _notebooks(summary: Summary) -> list[str]:
    """How many open notebooks are left out, and why."""
    if not summary.notebooks:
        return []
    values = sum(1 for each in summary.left if each.why == _OPEN_NOTEBOOK)
    which = "1 notebook is" if summary.notebooks == 1 else f"{summary.notebooks} notebooks are"
    what = "1 value" if values == 1 else f"{values} values"
    return [f"{which} open and left out, with {what}: move them in the cells, or close it all and run this again."]
