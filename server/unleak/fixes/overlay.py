"""Files as they will be once changes are made that nobody has made yet, for fixes that build on one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from unleak.finding import Span
from unleak.fixes.change import Change, applied, merged
from unleak.fixes.home import FileChange, Files, Kind, Look
from unleak.text import split_lines


@dataclass(slots=True)
class _Changed:
    path: str
    before: Look
    now: Look
    changes: Sequence[Change] | None = field(repr=False)  # None where the text has changed more than once
    is_private: bool


class Overlay:
    """The files of a workspace with changes over them. One file may have several paths, by links."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._changed: dict[str, _Changed] = {}  # by the path without links
        self._tracked: dict[str, bool] = {}

    def look(self, path: str) -> Look:
        look = self._files.look(path)
        changed = self._changed.get(look.real)
        return changed.now if changed else look

    def is_tracked(self, path: str) -> bool:
        if path not in self._tracked:
            self._tracked[path] = self._files.is_tracked(path)
        return self._tracked[path]

    def take(self, change: FileChange) -> None:
        """Lay a change of what is here now over the files; Refusal where it contradicts itself."""
        before = self._files.look(change.path)
        changes = merged(change.changes)
        text = applied(self.look(change.path).text or "", changes)
        now = replace(before, kind=Kind.FILE, size=len(text), text=text)
        known = self._changed.get(before.real)
        if known:
            known.now, known.changes = now, None
        else:
            is_private = change.is_private and not change.exists
            self._changed[before.real] = _Changed(change.path, before, now, changes, is_private)

    @property
    def changes(self) -> list[FileChange]:
        """What it comes to, each file once."""
        return [
            FileChange(
                each.path,
                each.before.kind is Kind.FILE,
                tuple(each.changes)
                if each.changes is not None
                else (difference(each.before.text or "", each.now.text or ""),),
                each.is_private,
            )
            for each in self._changed.values()
        ]


def difference(old: str, new: str) -> Change:
    """One change that makes `new` of `old`, as small as one can be; it cuts no line break in two."""
    most = min(len(old), len(new))
    start = next((at for at in range(most) if old[at] != new[at]), most)
    if "\r\n" in (old[max(0, start - 1) : start + 1], new[max(0, start - 1) : start + 1]):
        start -= 1
    most -= start
    end = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    first, last = len(old) - end, len(new) - end
    if "\r\n" in (old[max(0, first - 1) : first + 1], new[max(0, last - 1) : last + 1]):
        first, last = first + 1, last + 1
    return Change(Span(*_place(old[:start]), *_place(old[:first])), new[start:last])


def _place(before: str) -> tuple[int, int]:
    """Line and column of what stands behind a text."""
    lines = split_lines(before)
    return len(lines) - 1, len(lines[-1])
