"""Whole files, many of them: read, scanned and cut down to what a report needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unleak.config import NO_SECRETS, Config, Configs
from unleak.detect.catalog import Catalog
from unleak.files import Unreadable, decode, read_bytes
from unleak.finding import Finding, Span, Verdict
from unleak.judge.protocol import Asked, Question
from unleak.report.excerpt import Excerpt, excerpts
from unleak.scanner import NO_VERDICTS, Reading, Scanner, Verdicts
from unleak.text import Text

if TYPE_CHECKING:
    from unleak.decision import Blend
    from unleak.finder.client import Outcome

_CHUNK_SIZE = 1_000_000  # bytes of files that go to a process at once: some 30 ms of work
_CHUNK_FILES = 200
_FEW_CHUNKS = 8  # so few are done sooner here than by a process that has to start


class Open(NamedTuple):
    """What a judge is to be asked before a result is final. It holds values."""

    questions: tuple[Question, ...]
    spans: tuple[tuple[Span, ...], ...]  # of the candidates of each question
    digest: bytes  # of the file's content
    data: bytes | None = None  # the content, where it cannot be read again
    keep: Callable[[Span], bool] | None = None  # which findings count

    @property
    def size(self) -> int:
        """In candidates."""
        return sum(map(len, self.spans))


@dataclass(frozen=True, slots=True)
class FileResult:
    """What came of one file; `verdicts`, `excerpts` and, where asked for, `values` run beside `findings`."""

    path: str
    findings: tuple[Finding, ...] = ()
    skipped: str = ""  # why the file was not scanned
    size: int = 0  # bytes
    excerpts: tuple[Excerpt, ...] = ()
    values: tuple[str, ...] = field(default=(), repr=False)
    failed: bool = False  # unleak itself is at fault, not the file
    problems: tuple[str, ...] = ()  # with rules or feedback, that came up since the file before
    verdicts: tuple[Verdict | None, ...] = ()
    open: Open | None = field(default=None, repr=False)  # where a judge has not been asked yet
    unjudged: int = 0  # candidates that it was asked about and did not answer
    unjudged_because: str = ""  # without a full stop
    unread: int = 0  # lines that a model was to read whole and did not
    unread_because: str = ""  # without a full stop
    dropped: Mapping[str, int] = field(default_factory=dict)  # answers of such a model that did not count, by why


class _View(NamedTuple):
    """How the files of one folder are read."""

    config: Config
    scanner: Scanner
    base: str  # with a separator at its end; paths below it are judged as seen from there (tests/, docs/ …)


class FileScanner:
    """Scans files one after the other, never raising for any of them.

    With `Configs` each is scanned as its folder wants it and judged from its own project; `base` is for files
    of no project. With one `Config` it holds for all, and all are judged from `base`, by default the current folder.
    With a `blend` results say what a judge is to be asked, and `judged` makes them final; what it disagrees on is
    recorded for who has feedback on.
    """

    def __init__(
        self,
        configs: Configs | Config,
        base: Path | None = None,
        *,
        values: bool = False,
        blend: Blend | None = None,
    ) -> None:
        self._configs = configs if isinstance(configs, Configs) else Configs.fixed(configs)
        self._values = values
        self._blend = blend
        self._here = os.path.join(os.getcwd(), "")
        self._base = os.path.join(os.path.abspath(base), "") if base else self._here
        self._scanners: dict[tuple[str, ...], Scanner] = {}  # by their rules
        self._views: dict[str, _View] = {}  # by folders
        self._by_config: dict[tuple[int, str], _View] = {}
        self._told: set[str] = set()  # problems
        self._can_record = True

    def prepare(self, folder: str) -> None:
        """Have all ready for the files of a folder: the first scan after a change of rules compiles them."""
        self._view(folder)

    def scan_file(self, path: str) -> FileResult:
        try:
            config = self._view(os.path.dirname(path)).config
            if reason := _refusal(config, path):
                return FileResult(shown_path(path), skipped=reason)
            data = read_bytes(path, config.max_file_size)
        except Unreadable as error:
            return FileResult(shown_path(path), skipped=str(error))
        result = self.scan_bytes(path, data)
        return replace(result, open=result.open._replace(data=None)) if result.open else result

    def judged(self, result: FileResult, verdicts: Verdicts) -> FileResult:
        """The final result of a file, by these verdicts; that of the rules where it is another file meanwhile."""
        opened, result = result.open, replace(result, open=None)
        if opened is None or not verdicts:
            return result
        data = opened.data
        if data is None:
            try:
                data = read_bytes(result.path, self._view(os.path.dirname(result.path)).config.max_file_size)
            except Unreadable:
                return result
            if _digest(data) != opened.digest:
                return result
        return replace(self.scan_bytes(result.path, data, opened.keep, verdicts), open=None)

    def read_whole(self, result: FileResult, read: Callable[[str, str, Sequence[Span], float], Outcome]) -> FileResult:
        """The result of a file with what a model finds that reads it whole.

        `read` gets the text, the path that it is judged by, what is known in it, and the seconds that it may take.
        The result is what it was where the file cannot be read again, has changed or is not to be read so.
        """
        folder = os.path.dirname(result.path)
        if result.skipped or self._view(folder).config.finder.enabled is False:
            return result
        config, scanner, base = self._view(folder)
        try:
            data = read_bytes(result.path, config.max_file_size)
            source = decode(data)
        except Unreadable:
            return result
        seen = self._seen_from(base, result.path)
        reading = scanner.read(source, seen)
        settled = scanner.all_settled(reading, seen)
        text = Text(source)
        if len(data) != result.size or any(text.clamped(*f.span[2:]) != f.span[2:] for f in result.findings):
            return result
        known = [finding.span for finding in (*settled, *result.findings)] + [asked.span for asked in reading.asked]
        outcome = read(source, seen, known, config.finder.deadline)
        new = [
            finding
            for finding in scanner.reviewed(source, seen, outcome.found, reading.marks)
            if not finding.silenced and finding.severity >= config.min_severity
        ]
        verdicts = dict(zip([finding.span for finding in result.findings], result.verdicts, strict=False))
        kept = sorted((*result.findings, *new), key=lambda finding: finding.span)
        return replace(
            result,
            findings=tuple(kept),
            excerpts=excerpts(text, [*kept, *settled])[: len(kept)],
            values=tuple([text.cut(finding.span) for finding in kept]) if self._values else (),
            verdicts=tuple([verdicts.get(finding.span) for finding in kept]),
            unread=outcome.unread,
            unread_because=outcome.because,
            dropped=dict(outcome.dropped),
        )

    def scan_bytes(
        self,
        path: str,
        data: bytes,
        keep: Callable[[Span], bool] | None = None,
        verdicts: Verdicts = NO_VERDICTS,
    ) -> FileResult:
        """The findings in `data`, a file's content; only those with spans to `keep`."""
        try:
            config, scanner, base = self._view(os.path.dirname(path))
            if reason := _refusal(config, path):
                return FileResult(shown_path(path), skipped=reason, size=len(data))
            source = decode(data)
            seen = self._seen_from(base, path)
            # Even what is silent or too weak to be reported is found: it has to be masked beside what is.
            reading = scanner.read(source, seen, verdicts)
            found = scanner.all_settled(reading, seen)
            unrecorded = self._record(scanner, source, seen, reading) if config.feedback else ""
            problems = tuple(p for p in (*scanner.problems, unrecorded) if p and p not in self._told)
            self._told.update(problems)
            kept = [
                number
                for number, finding in enumerate(found)
                if not finding.silenced
                and finding.severity >= config.min_severity
                and (keep is None or keep(finding.span))
            ]
            opened = None
            if reading.asked and not verdicts:
                opened = _open(scanner.questions(source, seen, reading.asked), reading.asked, found, data, keep)
            if not kept:
                return FileResult(shown_path(path), size=len(data), problems=problems, open=opened)
            text = Text(source)
            shown = excerpts(text, found)
            return FileResult(
                shown_path(path),
                tuple(found[number] for number in kept),
                size=len(data),
                excerpts=tuple(shown[number] for number in kept),
                values=tuple(text.cut(found[number].span) for number in kept) if self._values else (),
                problems=problems,
                verdicts=tuple(verdicts.get(found[number].span) for number in kept),
                open=opened,
            )
        except Unreadable as error:
            return FileResult(shown_path(path), skipped=str(error), size=len(data))
        except Exception as error:  # a file that trips the scanner must not take the others with it
            return FileResult(shown_path(path), skipped=_failure(error), size=len(data), failed=True)

    def _record(self, scanner: Scanner, source: str, path: str, reading: Reading) -> str:
        """Record what rules and judge disagree about; why that is not possible is said once, and it is given up."""
        if not reading.disputed or not self._can_record:
            return ""
        from unleak import disagreements

        problem = disagreements.record(scanner, source, path, reading)
        self._can_record = not problem
        return problem

    def _view(self, folder: str) -> _View:
        if folder not in self._views:
            config, top = self._configs.of(folder), self._configs.top_of(folder)
            known = self._by_config.get((id(config), top))
            if known is None:
                base = os.path.join(top, "") if top else self._base
                known = self._by_config[id(config), top] = _View(config, self._scanner(config), base)
            self._views[folder] = known
        return self._views[folder]

    def _scanner(self, config: Config) -> Scanner:
        if config.extra_rules not in self._scanners:
            catalog = Catalog.load([Path(path) for path in config.extra_rules])
            self._scanners[config.extra_rules] = Scanner(catalog, config)
        scanner = self._scanners[config.extra_rules].configured(config)
        return scanner.judging(self._blend if config.judge.enabled else None)

    def _seen_from(self, base: str, path: str) -> str:
        absolute = path if os.path.isabs(path) else os.path.normpath(self._here + path)
        return shown_path(absolute.removeprefix(base) if absolute.startswith(base) else path)


def scan_files(
    paths: Iterable[Path],
    configs: Configs | Config,
    jobs: int,
    base: Path | None = None,
    *,
    values: bool = False,
    blend: Blend | None = None,
) -> Iterator[FileResult]:
    """Scan files with up to `jobs` processes, as `FileScanner` does; results come in the order of `paths`.

    A small load is scanned in this process. Closing the iterator stops the work and leaves no process behind.
    """
    chunks = _chunks(paths)
    first = list(islice(chunks, _FEW_CHUNKS)) if jobs > 1 else []
    scanner = FileScanner(configs, base, values=values, blend=blend)
    if len(first) < _FEW_CHUNKS:
        for chunk in chain(first, chunks):
            yield from map(scanner.scan_file, chunk)
    else:
        from unleak.scan_workers import Setup, scan_in_processes  # a small load needs none

        scanner.prepare(os.path.dirname(first[0][0]))  # here, once, and not in every process
        yield from scan_in_processes(chain(first, chunks), Setup(configs, base, values, blend), jobs)


def available_cpus() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _refusal(config: Config, path: str) -> str:
    """Why the file at `path` is not scanned; empty where it is."""
    if not config.enable:
        return "switched off"
    return NO_SECRETS if config.is_baseline(path) else ""


def _open(
    questions: Iterable[tuple[Question, Sequence[int]]],
    asked: Sequence[Asked],
    found: Iterable[Finding],
    data: bytes,
    keep: Callable[[Span], bool] | None,
) -> Open | None:
    """What is to be asked: whole questions, so that an answer does not depend on what counts; none of mere silence."""
    silent = {finding.span for finding in found if finding.silenced}
    wanted = []
    for question, places in questions:
        spans = tuple([asked[place].span for place in places])
        if any(span not in silent and (keep is None or keep(span)) for span in spans):
            wanted.append((question, spans))
    if not wanted:
        return None
    return Open(
        tuple(question for question, _ in wanted), tuple(spans for _, spans in wanted), _digest(data), data, keep
    )


def _digest(data: bytes) -> bytes:
    import hashlib

    return hashlib.blake2b(data, digest_size=16).digest()


def shown_path(path: str) -> str:
    """A path as results have it, with slashes on every system."""
    return path if os.sep == "/" else path.replace(os.sep, "/")


def _failure(error: Exception) -> str:
    """Where and how the scanner failed; never the message, which may hold a piece of the file."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else "?"
    return f"internal error ({type(error).__name__} at {where})"


def _chunks(paths: Iterable[Path]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for path in map(os.fspath, paths):
        chunk.append(path)
        with suppress(OSError):  # whoever reads the file will say why
            size += os.stat(path).st_size
        if size >= _CHUNK_SIZE or len(chunk) >= _CHUNK_FILES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
