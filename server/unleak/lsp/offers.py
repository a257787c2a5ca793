"""What can be done about a finding, and how each of it changes texts; for any thread."""

from __future__ import annotations

import enum
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unleak.config import FILE_NAME
from unleak.finding import Finding, Severity
from unleak.fixes import plan
from unleak.fixes.change import Change, Move, Refusal
from unleak.fixes.home import FileChange, Kind
from unleak.fixes.plan import Fix, Named, Project
from unleak.fixes.source import Source

if TYPE_CHECKING:
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
    scanner: Scanner
    path: str  # by which the scanner reads it
    project: Project
    settings: str  # path of the topmost `unleak.toml`, there or not; empty where none would count
    source: Source

    def named(self, finding: Finding) -> Named:
        rule = self.scanner.catalog.by_id.get(finding.rule)
        return Named.of(finding.span, finding.rule, finding.kind, rule, self._key(finding))

    def _key(self, finding: Finding) -> str:
        """What the value is given to, read off the lines around it."""
        span = finding.span
        first = max(0, span.line - _AROUND)
        lines = "".join(self.source.lines[first : span.end_line + 1])
        for _, _, candidates in self.scanner.candidates(lines, self.path):
            for candidate in candidates:
                if candidate.key and candidate.span.moved(first) == span:
                    return candidate.key
        return ""


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


def all_moved(place: Place) -> Fix:
    """All findings of the text that can move, in one fix; a note counts the others. Refusal where none can."""
    movable: list[Named] = []
    why = ""
    found = [place.named(finding) for finding in worth_moving(place.findings)]
    for each in found:
        try:
            plan.moved(place.source, place.project, [*movable, each])
        except Refusal as refusal:
            why = why or str(refusal)
        else:
            movable.append(each)
    if not movable:
        raise Refusal(why or "There is nothing here that should move.")
    fix = plan.settled(plan.moved(place.source, place.project, movable), place.project)
    left = len(found) - len(movable)
    return replace(fix, notes=(*fix.notes, f"{left} more stay: {why}")) if left else fix


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
