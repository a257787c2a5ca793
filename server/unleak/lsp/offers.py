"""What can be done about a finding, and how each of it changes texts; for any thread."""

from __future__ import annotations

import enum
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unleak.config import FILE_NAME
from unleak.finding import Finding, Severity, Span
from unleak.fixes import plan
from unleak.fixes.change import Change, Move, Refusal
from unleak.fixes.home import FileChange, Kind
from unleak.fixes.plan import Fix, Named, Project
from unleak.fixes.source import Source

if TYPE_CHECKING:
    from unleak.detect.catalog import Rule
    from unleak.scanner import Scanner

_AROUND = 12
"""Lines above a value that may name it."""


class Do(enum.Enum):
    """What is done; the names go into the data of code actions."""

    MOVE = "move"
    REPLACE = "replace"
    MOVE_ALL = "moveAll"
    PLACEHOLDER = "placeholder"
    IGNORE = "ignore"
    ALLOW = "allow"
    SWITCH_OFF = "switchOff"


@dataclass(frozen=True, slots=True)
class Place:
    """A finding in a text, with all that a fix may look at."""

    text: str
    findings: tuple[Finding, ...]  # all of the text
    finding: Finding
    rules: Mapping[str, Rule]
    path: str  # by which the scanner reads it
    project: Project
    settings: str  # path of the topmost `unleak.toml`, there or not; empty where none would count
    source: Source
    keys: Mapping[Span, str]  # of the findings that are to move
    version: int | None = None  # of the text, where it is an open document

    def named(self, finding: Finding) -> Named:
        rule = self.rules.get(finding.rule)
        return Named.of(finding.span, finding.rule, finding.kind, rule, self.keys.get(finding.span, ""))


def keys_of(scanner: Scanner, lines: Sequence[str], path: str, findings: Iterable[Finding]) -> dict[Span, str]:
    """What values are given to, read off the lines around them."""
    keys: dict[Span, str] = {}
    for span in (finding.span for finding in findings):
        first = max(0, span.line - _AROUND)
        for _, _, candidates in scanner.candidates("".join(lines[first : span.end_line + 1]), path):
            for candidate in candidates:
                if candidate.key and candidate.span.moved(first) == span:
                    keys.setdefault(span, candidate.key)
    return keys


class Done(NamedTuple):
    """What something comes to, in one step."""

    changes: Sequence[Change] = ()
    files: Sequence[FileChange] = ()
    names: Sequence[str] = ()
    notes: Sequence[str] = ()


def moved(place: Place) -> Move:
    """How the finding leaves the text; Refusal where it cannot."""
    return plan.moved(place.source, place.project, [place.named(place.finding)])


def done(do: Do, place: Place) -> Done:
    """What it comes to; Refusal where it cannot be done."""
    finding = place.finding
    if do in (Do.MOVE, Do.REPLACE):
        return _of(plan.settled(moved(place), place.project, stored=do is Do.MOVE))
    if do is Do.MOVE_ALL:
        return _of(all_moved(place))
    if do is Do.PLACEHOLDER:
        from unleak.fixes.placeholder import placeholder

        name = plan.names_of(place.source, place.project, [place.named(finding)])[0]
        return Done([placeholder(place.source, finding.span, name)])
    if do is Do.IGNORE:
        from unleak.fixes.ignoring import ignored_here

        return Done(ignored_here(place.source, finding.span, finding.rule))
    return Done(files=[_settings_change(do, place)])


def _of(fix: Fix) -> Done:
    return Done(fix.changes, fix.files, fix.names, fix.notes)


def worth_moving(findings: Sequence[Finding]) -> list[Finding]:
    """Those that a fix of everything takes: what is a test's credential stays where it is."""
    return [finding for finding in findings if finding.severity >= Severity.WARNING]


@dataclass(frozen=True, slots=True)
class Sorted:
    """The findings of a text that can move, the others with the reason, and how those leave the text."""

    movable: Sequence[Finding]
    left: Sequence[tuple[Finding, str]]
    move: Move
    names: Mapping[str, str] = field(repr=False)  # that were thought of, by the value


def sorted_out(place: Place) -> Sorted:
    """What of a text can move together; nothing is settled yet."""
    movable: list[Finding] = []
    left: list[tuple[Finding, str]] = []
    move, names = Move((), {}), dict[str, str]()
    for finding in worth_moving(place.findings):
        try:
            together = [place.named(each) for each in (*movable, finding)]
            move, names = plan.moved_by_names(place.source, place.project, together)
        except Refusal as refusal:
            left.append((finding, str(refusal)))
        else:
            movable.append(finding)
    return Sorted(movable, left, move, names)


def all_moved(place: Place) -> Fix:
    """All findings of the text that can move, in one fix; a note counts the others. Refusal where none can."""
    found = sorted_out(place)
    left = found.left
    if not found.movable:
        raise Refusal(left[0][1] if left else "There is nothing here that should move.")
    fix = plan.settled(found.move, place.project)
    return replace(fix, notes=(*fix.notes, f"{len(left)} more stay: {left[0][1]}")) if left else fix


def _settings_change(do: Do, place: Place) -> FileChange:
    from unleak.fixes.allowing import allowed_in_file, allowed_value

    if not place.settings:
        raise Refusal(f"No {FILE_NAME} counts here: open the folder of the project.")
    look = place.project.files.look(place.settings)
    if look.kind not in (Kind.MISSING, Kind.FILE) or (look.kind is Kind.FILE and look.text is None):
        raise Refusal(f"{place.settings} cannot be changed: it is no file of UTF-8 text.")
    settings = look.text or ""
    if do is Do.ALLOW:
        reason = f"allowed in {os.path.basename(place.path)}"
        changes = allowed_value(settings, place.text, place.finding.span, reason)
    else:
        path = os.path.relpath(place.project.file, os.path.dirname(place.settings)).replace(os.sep, "/")
        changes = allowed_in_file(settings, place.finding.rule, path, "switched off by a quick-fix")
    return FileChange(place.settings, look.kind is Kind.FILE, changes)


def settings_path(root: Path | None) -> str:
    """The `unleak.toml` that a quick-fix changes in a workspace folder."""
    return (root / FILE_NAME).as_posix() if root else ""
