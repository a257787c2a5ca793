"""`unleak baseline create` and `update`: record what is found now, and follow it."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from unleak.baseline_survey import Sight, Survey
from unleak.console import Progress, UsageError, complain, count, printable
from unleak.scan_command import (
    Tally,
    common_folder,
    configured,
    existing,
    file_results,
    project_of,
    tell_problems,
    tell_skipped,
)
from unleak.suppress import baseline as baselines
from unleak.suppress.baseline import Baseline, BaselineError, Changes, Look

_CLEAN, _ERROR = 0, 2
_T = TypeVar("_T")


class Task(Survey):
    """What a command works on, by the arguments of the command line; raises UsageError."""

    def __init__(self, arguments: Namespace) -> None:
        self.arguments = arguments
        self.tally = Tally()
        configs = configured(arguments)
        self.paths = existing(arguments.paths or ["."], self.tally)
        folder = common_folder(self.paths)
        config = configs.of(folder)
        tell_problems(configs, self.tally)
        if not config.enable:
            raise UsageError(f"switched off here: {config.files[-1].parent} has an unleak.toml with enable = false")
        named = folder if any(path.is_dir() for path in self.paths) else Path.cwd()
        super().__init__(configs, folder, project_of(folder, config, named).absolute())
        self.unread: set[str] = set()  # files and folders, as they are recorded
        self._named = frozenset(map(self.recorded, self.paths))

    def names(self, path: str) -> bool:
        """Whether a recorded path is one of those that the person named, or lies below one."""
        return not self._named.isdisjoint(_around(path))

    def covers(self, path: str) -> bool:
        """Whether all findings of a recorded path were seen, or would have been."""
        return self.names(path) and self.unread.isdisjoint(_around(path))


def create(arguments: Namespace) -> int:
    """Record all findings of today; 0, or 2 where a file could not be scanned."""
    task = Task(arguments)
    if not arguments.force:
        carried_out(partial(baselines.refuse_existing, task.file))  # before a long scan rather than after it
    empty = Baseline.new()
    found = Baseline(empty.key, [sight.entry for sight in look(task, empty, task.paths) if task.is_reported(sight)])
    carried_out(partial(baselines.create, task.file, found, force=arguments.force))
    files = len({entry.path for entry in found.entries})
    places = f"{count(len(found.entries), 'finding')} in {count(files, 'file')}"
    print(f"{places} recorded in {printable(near(task.file))}.")
    if not arguments.quiet:
        print("Commit the file; `unleak baseline audit` goes through what it keeps silent.")
    return ended(task)


def update(arguments: Namespace) -> int:
    """Let the baseline follow what is found now; 0, or 2 where a file could not be scanned."""
    task = Task(arguments)
    known = carried_out(partial(baselines.existing, task.file))
    sights = look(task, known, task.paths)
    another_look = Look(
        covers=task.covers,
        is_gone=lambda path: not os.path.lexists(task.project / path),
        reported={sight.entry.identity for sight in sights if task.is_reported(sight)},
    )

    def change(current: Baseline) -> tuple[Baseline, Changes]:
        if current.key != known.key:
            raise BaselineError(f"{task.file}: was made anew meanwhile; run this again")
        return current.updated([sight.entry for sight in sights], another_look, add=arguments.add)

    changes = carried_out(partial(baselines.amend, task.file, change))
    new = f"{changes.new:,} new"
    if changes.new and not arguments.add:
        new += " (not recorded; --add records them)"
    print(f"{changes.kept:,} kept, {changes.moved:,} moved, {changes.dropped:,} dropped, {new}.")
    return ended(task)


def _around(path: str) -> set[str]:
    """A recorded path and the folders around it, the project's included."""
    parts = path.split("/")
    return {os.curdir, *("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))}


def look(task: Task, baseline: Baseline, paths: Sequence[Path]) -> list[Sight]:
    """All findings below `paths`, weak ones too, hashed by the key of `baseline`; no value is kept."""
    if not paths:
        return []
    configs = task.all_configs
    sights: list[Sight] = []
    progress = Progress(sys.stderr, quiet=task.arguments.quiet)
    with closing(file_results(task.arguments, configs, task.project, paths)) as results:
        try:
            for result in results:
                progress.add(result.size)
                if not task.counts(result.path):
                    continue
                new_problems = [problem for problem in result.problems if problem not in task.tally.problems]
                if new_problems:
                    progress.clear()
                for problem in new_problems:
                    complain(problem)
                task.tally.problems.update(new_problems)
                seen, result = task.sights(baseline, result)
                task.tally.add(result)
                task.unread.update([task.recorded(result.path)] if result.skipped else [])
                sights += seen
        finally:
            progress.clear()
    tell_problems(configs, task.tally)
    return sights


def carried_out(step: Callable[[], _T]) -> _T:
    """What `step` returns; raises UsageError where the baseline stands in its way."""
    try:
        return step()
    except BaselineError as error:
        raise UsageError(str(error)) from None


def ended(task: Task) -> int:
    """Say what was not scanned; 0, or 2 where that is a failure."""
    if not task.arguments.quiet:
        tell_skipped(task.tally, by_name=task.arguments.verbose)
    return _ERROR if task.tally.failed else _CLEAN


def near(path: Path) -> str:
    """`path` as seen from the current folder, where it lies below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
