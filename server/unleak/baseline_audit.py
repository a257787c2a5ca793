"""`unleak baseline audit`: a person judges what the baseline keeps silent."""

from __future__ import annotations

import json
import shutil
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from unleak.baseline_command import Task, carried_out, ended, look, near
from unleak.baseline_survey import Sight
from unleak.batch import FileResult
from unleak.console import complain, printable, wants_color
from unleak.files import Unreadable
from unleak.report.text import TextReport
from unleak.suppress.baseline import Baseline, amend, existing
from unleak.suppress.entries import Entry, Identity, State

_CLEAN, _OPEN = 0, 1
_ANSWERS = {"s": State.SECRET, "f": State.FALSE_ALARM, "t": State.TEST, "k": State.ACCEPTED}
_BACK, _QUIT, _LATER = "b", "q", ""
_CHOICES = "[s]ecret, [f]alse alarm, [t]est, [k]eep, [b]ack, [q]uit; Enter decides later"

_Seen = Mapping[Identity, Sight]


def audit(arguments: Namespace) -> int:
    """Ask a person at the terminal about open entries, else list all; 1 where open ones are left, 2 for errors."""
    task = Task(arguments)
    known = carried_out(partial(existing, task.file))
    entries = _entries(task, known)
    seen = _look_again(task, known, entries)
    if arguments.format == "json":
        print(json.dumps([_described(entry, seen.get(entry.identity)) for entry in entries], indent=2))
    elif arguments.format == "auto" and _has_person():
        _ask_all(task, [entry for entry in entries if entry.state is State.OPEN], seen)
        entries = _entries(task, carried_out(partial(existing, task.file)))
        print(_summary(entries))
    else:
        _print_table(entries, seen)
    lost = sum(entry.identity not in seen for entry in entries)
    if lost:
        complain(f"{lost:,} of the entries not found now: `unleak baseline update` follows or drops them")
    return ended(task) or (_OPEN if any(entry.state is State.OPEN for entry in entries) else _CLEAN)


def _entries(task: Task, known: Baseline) -> list[Entry]:
    return [entry for entry in known.entries if task.names(entry.path)]


def _look_again(task: Task, known: Baseline, entries: Sequence[Entry]) -> _Seen:
    """Where entries are found now, each for the first time."""
    files = [task.project / path for path in dict.fromkeys(entry.path for entry in entries)]
    seen: dict[Identity, Sight] = {}
    for sight in look(task, known, [Path(near(path)) for path in files if path.is_file()]):
        seen.setdefault(sight.entry.identity, sight)
    return seen


def _has_person() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _ask_all(task: Task, entries: Sequence[Entry], seen: _Seen) -> None:
    """One question for each value in each file; every answer is saved at once."""
    groups: dict[tuple[str, str], list[Sight]] = {}
    for entry in entries:
        if entry.identity in seen:
            groups.setdefault((entry.path, entry.content), []).append(seen[entry.identity])
    questions = list(groups.values())
    at = 0
    while at < len(questions):
        sights = questions[at]
        _show(sights)
        letter, note = _answer(task, f"{at + 1} of {len(questions)}: {_CHOICES}: ", sights[0])
        if letter == _QUIT:
            return
        if letter == _BACK:
            at = max(0, at - 1)
            continue
        if letter != _LATER:
            identities = {sight.entry.identity for sight in sights}
            carried_out(partial(amend, task.file, partial(_judged, identities, _ANSWERS[letter], note)))
        at += 1


def _judged(identities: set[Identity], state: State, note: str, current: Baseline) -> tuple[Baseline, None]:
    return current.judged(identities, state, note), None


def _show(sights: Sequence[Sight]) -> None:
    first = sights[0]
    width = shutil.get_terminal_size().columns
    report = TextReport(sys.stdout.write, color=wants_color(sys.stdout), width=width, summary=False)
    report.add(FileResult(first.path, (first.finding,), excerpts=(first.excerpt,)))
    if len(sights) > 1:
        lines = ", ".join(str(sight.finding.span.line + 1) for sight in sights[1:])
        print(f"The same value also on line {lines}.\n")


def _answer(task: Task, question: str, sight: Sight) -> tuple[str, str]:
    """The letter that a person chose, and the note behind it; asks until both will do."""
    while True:
        print(question, end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            print()
            return _QUIT, ""
        word, _, note = line.strip().partition(" ")
        letter, note = word.lower(), note.strip()
        if letter not in (*_ANSWERS, _BACK, _QUIT, _LATER):
            print("Answer with one letter; what stands behind it becomes a note.")
        elif note and _holds_value(task, note, sight):
            print("The note holds the value itself and would be saved: leave that out.")
        else:
            return letter, note


def _holds_value(task: Task, note: str, sight: Sight) -> bool:
    with suppress(Unreadable, IndexError):
        return task.text_of(sight.path).cut(sight.finding.span) in note
    return False


def _print_table(entries: Sequence[Entry], seen: _Seen) -> None:
    rows = [
        (printable(_place(e, seen.get(e.identity))), e.state.value, printable(e.rule), printable(e.note))
        for e in entries
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(_summary(entries))


def _place(entry: Entry, sight: Sight | None) -> str:
    return f"{entry.path}:{sight.finding.span.line + 1}" if sight else f"{entry.path}:-"


def _summary(entries: Sequence[Entry]) -> str:
    counts = Counter(entry.state for entry in entries)
    shares = ", ".join(f"{counts[state]:,} {state.value}" for state in State if counts[state])
    return f"{len(entries):,} recorded" + (f": {shares}." if shares else ".")


def _described(entry: Entry, sight: Sight | None) -> dict[str, str | int | None]:
    """An entry for programs; its line, from 1, is null where it is not found now."""
    line = sight.finding.span.line + 1 if sight else None
    return {"path": entry.path, "line": line, "rule": entry.rule, "state": entry.state.value, "note": entry.note}
