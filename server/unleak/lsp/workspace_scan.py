"""`unleak.scanWorkspace`: all files of the workspace, read by other processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lsprotocol import types as lsp

from unleak.batch import FileResult, FileScanner, available_cpus, scan_files
from unleak.config import Configs
from unleak.decision import Blend
from unleak.detect.catalog import Rule
from unleak.file_judge import FileJudge
from unleak.files import Unreadable, find_files, read_text
from unleak.lsp.diagnostics import Dialect, diagnostics_of
from unleak.lsp.env_files import Standing, is_env, standing_of, tracked_below, warning
from unleak.lsp.progress import Progress, token_for
from unleak.text import Text

if TYPE_CHECKING:
    from unleak.lsp.session import Session

_BUDGET = 120.0  # seconds that the judge may take, unless the settings say otherwise
T = TypeVar("T")

TITLE = "Scanning the workspace for secrets"


@dataclass(slots=True)
class Summary:
    """What a scan came to, in numbers of files and of findings."""

    files: int = 0
    findings: int = 0
    skipped: int = 0
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Folder:
    """One workspace folder with what holds in it."""

    root: Path
    configs: Configs
    blend: Blend | None
    rules: Mapping[str, Rule]
    inner: tuple[Path, ...]  # workspace folders inside of it, which answer for themselves
    is_trusted: bool = False  # whether git may be asked about its `.env` files


@dataclass(frozen=True, slots=True)
class Report:
    """A file with findings, ready to be published."""

    file: Path
    uri: str
    diagnostics: str
    shown: int  # diagnostics


async def scan_workspace(server: Session, offered: lsp.ProgressToken | None) -> dict[str, object]:
    """Scan and publish, and say what it came to.

    Ends early, as cancelled, where the client cancels the progress; where it cancels the request, or the
    server shuts down, CancelledError comes out once no process is left.
    """
    token = await token_for(server, offered)
    stop = threading.Event()
    if token is not None:
        server.stops[token] = stop
    try:
        async with server.one_scan:
            return asdict(await _shown(server, stop, Progress(server, token, TITLE)))
    finally:
        server.stops.pop(token, None)


async def _shown(server: Session, stop: threading.Event, progress: Progress) -> Summary:
    summary = Summary(cancelled=True)
    try:
        folders = [await folder_at(server, root) for root in server.settings.roots.values()]
        summary = await _in_thread(server, folders, stop, progress)
    finally:
        progress.end("cancelled" if summary.cancelled else f"{summary.findings} found")
    return summary


async def folder_at(server: Session, root: Path) -> Folder:
    """A workspace folder with what holds in it."""
    policy = await server.policies.of(root / "any file")
    roots = server.settings.roots.values()
    inner = [other for other in roots if other != root and other.is_relative_to(root)]
    configs, scanner = server.policies.configs_of(root), policy.scanner
    return Folder(root, configs, scanner.blend, scanner.catalog.by_id, tuple(inner), server.settings.is_trusted)


async def _in_thread(server: Session, folders: Sequence[Folder], stop: threading.Event, progress: Progress) -> Summary:
    """Run the scan in its thread; all that it has to say is said on the event loop."""
    loop = asyncio.get_running_loop()
    found: set[Path] = set()

    def publish(report: Report) -> None:
        found.add(report.file)
        server.publish_closed(report.file, report.uri, report.diagnostics)

    judge = judge_for(server, stop)
    work = loop.run_in_executor(
        server.scan_thread,
        _scan,
        folders,
        server.dialect,
        judge,
        stop,
        lambda report: loop.call_soon_threadsafe(publish, report),
        lambda problems: loop.call_soon_threadsafe(server.tell, problems),
        lambda done, total: loop.call_soon_threadsafe(progress.report, done, total),
    )
    summary = await ended(work, stop)
    if not summary.cancelled:
        server.clear_closed(set(server.published) - found)
    return summary


def judge_for(server: Session, stop: threading.Event) -> FileJudge:
    """The judge of one scan."""
    budget = server.settings.base_for(None).judge.budget
    return FileJudge(
        server.judging.judge.opened,
        budget=_BUDGET if budget is None else budget,
        goes_on=lambda: not stop.is_set(),
    )


async def ended(work: asyncio.Future[T], stop: threading.Event) -> T:
    """What a scan in its thread came to; where this is cancelled, the scan is stopped and waited for."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([work])
        raise


def _scan(
    folders: Sequence[Folder],
    dialect: Dialect,
    judge: FileJudge,
    stop: threading.Event,
    publish: Callable[[Report], object],
    tell: Callable[[Sequence[str]], object],
    advance: Callable[[int, int], object],
) -> Summary:
    summary = Summary()

    def skip(_path: str, _reason: str) -> None:
        summary.skipped += 1

    def goes_on(_: object) -> bool:
        return not stop.is_set()

    work = [(folder, list(takewhile(goes_on, _all_files(folder, skip)))) for folder in folders]
    total = sum(len(files) for _, files in work)
    for folder, files in work:
        tell(tuple(folder.configs.problems))
        with closing(results_of(files, folder, judge)) as results:
            for result in takewhile(goes_on, results):
                if result.problems:
                    tell(result.problems)
                if result.skipped:
                    summary.skipped += 1
                    continue
                summary.files += 1
                report = _report(result, folder, dialect) if result.findings else None
                summary.findings += report.shown if report else len(result.findings)
                if report and report.shown:
                    publish(report)
                advance(summary.files + summary.skipped, total)
    summary.cancelled = stop.is_set()
    return summary


def files_in(folder: Folder, skip: Callable[[str, str], None] = lambda _path, _reason: None) -> Iterator[Path]:
    """The files that a scan of the folder reads."""
    configs = folder.configs
    config = configs.of(folder.root)
    if not config.enable:
        return
    for file in find_files([folder.root], config.exclude, skip, base=config.folder):
        is_excluded = configs.of(file.parent) is not config and configs.excludes(file)
        if not is_excluded and _counts(file, folder):
            yield file


def _counts(file: Path, folder: Folder) -> bool:
    return not folder.configs.is_baseline(file) and not any(file.is_relative_to(inner) for inner in folder.inner)


def _all_files(folder: Folder, skip: Callable[[str, str], None]) -> Iterator[Path]:
    """The files that a scan reads, and `.env` files that git ignores by now and tracks all the same."""
    envs = set()
    for file in files_in(folder, skip):
        if is_env(file):
            envs.add(file)
        yield file
    if folder.is_trusted and folder.configs.of(folder.root).enable:
        for file in sorted(set(tracked_below(folder.root)) - envs):
            if _counts(file, folder) and not folder.configs.excludes(file):
                yield file


def results_of(
    files: Iterable[Path], folder: Folder, judge: FileJudge, *, values: bool = False, base: Path | None = None
) -> Generator[FileResult, None, None]:
    """What the files hold; closing it stops the work. Those of no project are judged from `base`, or the root."""
    jobs, base = max(2, available_cpus() - 1), base or folder.root
    results = scan_files(files, folder.configs, jobs, base, values=values, blend=folder.blend)
    yield from judge.final(results, FileScanner(folder.configs, base, values=values, blend=folder.blend))


def _report(result: FileResult, folder: Folder, dialect: Dialect) -> Report | None:
    """The diagnostics of a file; None where it is no longer as it was when it was scanned."""
    file = Path(result.path)
    try:
        text = Text(read_text(file, folder.configs.of(file.parent).max_file_size))
    except Unreadable:
        return None
    if any(text.clamped(*finding.span[2:]) != finding.span[2:] for finding in result.findings):
        return None
    uri, found = file.as_uri(), len(result.findings)
    if folder.is_trusted and is_env(file):
        standing = standing_of(file)
        if standing is not Standing.UNKNOWN:
            shown = warning(standing, file, folder.root, text, found, dialect.encoding)
            return Report(file, uri, shown, 0 if standing is Standing.APART else 1)
    verdicts = {
        finding.span: verdict for finding, verdict in zip(result.findings, result.verdicts, strict=True) if verdict
    }
    return Report(file, uri, diagnostics_of(uri, text, result.findings, folder.rules, dialect, verdicts), found)
