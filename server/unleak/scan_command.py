"""`unleak scan`: from options to results, their report and the exit code."""

from __future__ import annotations

import gc
import io
import os
import shutil
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from unleak import batch
from unleak.batch import FileResult, FileScanner
from unleak.chosen_judge import NoJudgeError, chosen_judge
from unleak.config import Config, Configs, from_toml
from unleak.console import Progress, UsageError, complain, count, is_terminal, wants_color
from unleak.detect.catalog import Catalog
from unleak.files import find_files, git_top, larger_than
from unleak.finding import Severity
from unleak.report import Report, open_report

if TYPE_CHECKING:
    from unleak.decision import Blend
    from unleak.file_judge import FileJudge
    from unleak.finder.client import Finder

_CLEAN, _ERROR = 0, 2
_STDIN_NAME = "<stdin>"
_WIDTH = 120  # cells of a line where the output is no terminal

_Results = Generator[FileResult, None, None]


@dataclass(slots=True)
class Tally:
    """What decides about the exit code and the last words."""

    findings: int = 0
    failed: bool = False
    skipped: list[tuple[str, str]] = field(default_factory=list)  # path, reason
    problems: set[str] = field(default_factory=set)
    unjudged: int = 0  # candidates
    unjudged_files: int = 0
    unjudged_because: str = ""
    unread: int = 0  # lines that a model was to read whole
    unread_files: int = 0
    unread_because: str = ""
    dropped: Counter[str] = field(default_factory=Counter)  # answers of such a model, by why

    def add(self, result: FileResult) -> None:
        self.findings += len(result.findings)
        self.failed |= result.failed
        if result.skipped:
            self.skipped.append((result.path, result.skipped))
        if result.unjudged:
            self.unjudged += result.unjudged
            self.unjudged_files += 1
            self.unjudged_because = result.unjudged_because
        if result.unread:
            self.unread += result.unread
            self.unread_files += 1
            self.unread_because = result.unread_because
        self.dropped.update(result.dropped)


class Judgement(NamedTuple):
    """The judge of a scan."""

    blend: Blend
    judge: FileJudge


def scan(arguments: Namespace) -> int:
    """Scan and report as `arguments`, those of the command line, say; returns the exit code."""
    _check(arguments)
    gc.set_threshold(50_000)  # a scan makes many small objects and hardly a cycle
    tally = Tally()
    configs = configured(arguments)
    if arguments.staged:
        folder = _staged_top()
        project = project_of(folder, configs.of(folder), folder)
        configs = configs.with_baseline_in(project)
        results = _staged_results(arguments, configs, folder, project)
    elif arguments.stdin:
        folder = Path(arguments.stdin_filename or ".").parent
        project = project_of(folder, configs.of(folder), Path.cwd())
        configs = configs.with_baseline_in(project)
        results = _stdin_results(arguments, configs, project)
    else:
        paths = existing(arguments.paths or ["."], tally)
        folder = common_folder(paths)
        named = folder if any(path.is_dir() for path in paths) else Path.cwd()
        project = project_of(folder, configs.of(folder), named)
        configs = configs.with_baseline_in(project)
        results = file_results(arguments, configs, project, paths)
    config = configs.of(folder)
    tell_problems(configs, tally)
    if not config.enable:
        complain(f"switched off here: {config.files[-1].parent} has an unleak.toml with enable = false")
        return _CLEAN
    _report_all(arguments, configs, config, results, tally)
    tell_problems(configs, tally)
    if not arguments.quiet:
        tell_skipped(tally, by_name=arguments.verbose)
    if tally.failed:
        return _ERROR
    return int(arguments.exit_code) if tally.findings else _CLEAN


def _check(arguments: Namespace) -> None:
    if arguments.show_values and arguments.format != "jsonl":
        raise UsageError("--show-values needs --format jsonl")
    if arguments.stdin and arguments.paths:
        raise UsageError("give either --stdin or paths, not both")
    if arguments.stdin_filename and not arguments.stdin:
        raise UsageError("--stdin-filename needs --stdin")
    if arguments.finder and (arguments.stdin or arguments.staged):
        raise UsageError("--finder reads whole files: give paths, and neither --stdin nor --staged")


def existing(names: Iterable[str], tally: Tally) -> list[Path]:
    """The paths that are there; raises UsageError where none is."""
    paths, missing = [], []
    for name in names:
        if os.path.exists(name):
            paths.append(Path(name))
        else:
            missing.append(f"{name}: no such file or folder")
    if missing and not paths:
        raise UsageError("\n".join(missing))
    for problem in missing:
        complain(problem)
    tally.failed = bool(missing)
    return paths


def common_folder(paths: Sequence[Path]) -> Path:
    """The folder that holds all of `paths`, or the first one where they are on several drives."""
    folders = [os.path.abspath(path if path.is_dir() else path.parent) for path in paths]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:
        return Path(folders[0])


def project_of(folder: Path, config: Config, otherwise: Path) -> Path:
    """The folder from which paths are judged: that of the nearest unleak.toml or the top of the repository.

    Without either it is `otherwise`, or `folder` where that lies elsewhere.
    """
    folder = folder.absolute()
    if config.folder and folder.is_relative_to(config.folder):
        return config.folder
    top = git_top(str(folder))
    if top:
        return Path(top)
    otherwise = otherwise.absolute()
    return otherwise if folder.is_relative_to(otherwise) else folder


def configured(arguments: Namespace) -> Configs:
    """The configuration of every folder, as the command line wants it; raises UsageError."""
    change = {"min_severity": Severity.of(arguments.min_severity)} if arguments.min_severity else {}
    if not arguments.config:
        return Configs(change=change)
    if not os.path.isfile(arguments.config):
        raise UsageError(f"{arguments.config}: no such file")
    config, problems = from_toml(Path(arguments.config))
    if problems:
        raise UsageError("\n".join(problems))
    return Configs.fixed(config).changed(**change)


def tell_problems(configs: Configs, tally: Tally) -> None:
    """Say what is wrong in configuration files, each thing once."""
    for problem in configs.problems:
        if problem not in tally.problems:
            tally.problems.add(problem)
            complain(problem)


def file_results(arguments: Namespace, configs: Configs, project: Path, paths: Sequence[Path]) -> _Results:
    """What comes of the files below `paths`; `project` is the folder of those that belong to no project."""
    unread: list[FileResult] = []

    def report(path: str, reason: str) -> None:
        unread.append(FileResult(path, skipped=reason))

    config = configs.of(common_folder(paths))
    named = {os.path.abspath(path) for path in paths}

    def is_wanted(path: Path) -> bool:
        is_excluded = configs.of(path.parent) is not config and configs.excludes(path)
        return not (is_excluded or configs.is_baseline(path)) or os.path.abspath(path) in named

    files: Iterable[Path] = filter(is_wanted, find_files(paths, config.exclude, report, base=config.folder))
    if arguments.output:  # an older report must not find its way into the next one
        output = Path(arguments.output)
        files = (p for p in files if p.name != output.name or p.absolute() != output.absolute())
    jobs = arguments.jobs or batch.available_cpus()
    judgement = judgement_of(arguments, config)
    blend = judgement.blend if judgement else None
    results = batch.scan_files(files, configs, jobs, project, values=arguments.show_values, blend=blend)
    scanner = _scanner(arguments, configs, project, judgement)
    final: Iterator[FileResult] = _final(results, scanner, judgement)
    if finder := finder_of(arguments, config):
        from unleak.finder.files import read_whole

        final = read_whole(final, scanner, finder)
    yield from final
    yield from unread


def finder_of(arguments: Namespace, config: Config) -> Finder | None:
    """The model that is to read whole files, where the command line wants one; why there is none is said."""
    if not getattr(arguments, "finder", False) or config.finder.enabled is False:
        return None
    from unleak.finder.files import NoFinderError, chosen_finder

    try:
        return chosen_finder(threads=config.judge.threads)
    except NoFinderError as error:
        complain(f"no finder, rules and judge decide alone: {error}")
        return None


def judgement_of(arguments: Namespace, config: Config) -> Judgement | None:
    """The judge that the command line and the configuration want; why there is none is said."""
    if arguments.no_judge or not config.judge.enabled:
        return None
    try:
        chosen = chosen_judge()
    except NoJudgeError as error:
        if str(error) and not arguments.quiet:
            complain(f"no judge, the rules decide alone: {error}")
        return None
    if chosen.problem and not arguments.quiet:
        complain(chosen.problem)
    from unleak.file_judge import FileJudge

    budget = config.judge.budget if arguments.judge_budget is None else arguments.judge_budget
    return Judgement(chosen.blend, FileJudge(partial(chosen.opened, config.judge), budget=budget))


def _final(results: Iterator[FileResult], scanner: FileScanner, judgement: Judgement | None) -> _Results:
    if judgement is None:
        yield from results
        return
    with closing(judgement.judge):
        yield from judgement.judge.final(results, scanner)


def _stdin_results(arguments: Namespace, configs: Configs, project: Path) -> _Results:
    name = arguments.stdin_filename or _STDIN_NAME
    limit = configs.of(os.path.dirname(name)).max_file_size
    data = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        yield FileResult(name, skipped=larger_than(limit))
    else:
        judgement = judgement_of(arguments, configs.of(os.path.dirname(name)))
        scanner = _scanner(arguments, configs, project, judgement)
        yield from _final(iter([scanner.scan_bytes(name, data)]), scanner, judgement)


def _scanner(arguments: Namespace, configs: Configs, project: Path, judgement: Judgement | None) -> FileScanner:
    blend = judgement.blend if judgement else None
    return FileScanner(configs, project, values=arguments.show_values, blend=blend)


def _staged_top() -> Path:
    from unleak import staged

    try:
        return Path(staged.top_folder())
    except staged.GitError as error:
        raise UsageError(str(error)) from None


def _staged_results(arguments: Namespace, configs: Configs, top: Path, project: Path) -> _Results:
    from unleak import staged

    judgement = judgement_of(arguments, configs.of(top))
    scanner = _scanner(arguments, configs, project, judgement)
    try:
        yield from _final(staged.scan_staged(scanner, configs, top, arguments.paths), scanner, judgement)
    except staged.GitError as error:
        raise UsageError(str(error)) from None


def _report_all(arguments: Namespace, configs: Configs, config: Config, results: _Results, tally: Tally) -> None:
    output: TextIO = io.StringIO() if arguments.output else sys.stdout
    report = _opened_report(arguments, config, output)
    progress = Progress(sys.stderr, quiet=arguments.quiet)
    with closing(results):
        try:
            for result in results:
                new_problems = [p for p in (*configs.problems, *result.problems) if p not in tally.problems]
                if new_problems or result.findings:
                    progress.clear()
                for problem in new_problems:
                    complain(problem)
                tally.problems.update(new_problems)
                tally.add(result)
                report.add(result)
                progress.add(result.size)
        finally:
            progress.clear()
    report.end()
    if isinstance(output, io.StringIO):
        try:
            Path(arguments.output).write_text(output.getvalue(), encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise UsageError(f"cannot write the report to {arguments.output}: {error.strerror}") from None


def _opened_report(arguments: Namespace, config: Config, output: TextIO) -> Report:
    return open_report(
        arguments.format,
        output.write,
        lambda: Catalog.load([Path(path) for path in config.extra_rules]),
        color=not arguments.no_color and wants_color(output),
        width=shutil.get_terminal_size().columns if is_terminal(output) else _WIDTH,
        summary=not arguments.quiet,
    )


def tell_skipped(tally: Tally, *, by_name: bool) -> None:
    """Say what was not judged, and what was not scanned."""
    if tally.unjudged:
        places = f"{count(tally.unjudged, 'candidate')} in {count(tally.unjudged_files, 'file')}"
        complain(f"the judge has not read {places}: {tally.unjudged_because}; the rules decide there")
    if tally.dropped:
        why = ", ".join(f"{number:,} {reason}" for reason, number in tally.dropped.most_common())
        complain(f"the finder's model was not believed {count(tally.dropped.total(), 'time')}: {why}")
    if tally.unread:
        places = f"{count(tally.unread, 'line')} in {count(tally.unread_files, 'file')}"
        complain(f"the finder has not read {places}: {tally.unread_because}; rules and judge decide there")
    if not tally.skipped:
        return
    reasons = Counter(reason for _, reason in tally.skipped).most_common()
    shares = ", ".join(f"{number:,} {reason}" for reason, number in reasons)
    complain(f"{count(len(tally.skipped), 'file')} skipped: {shares}")
    if by_name:
        for path, reason in tally.skipped:
            complain(f"  {path}: {reason}")
