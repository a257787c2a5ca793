"""Whether a value was committed already, and since when: asked of git, without the value in any command line.

Only objects of the repository are read, as `git` asks for them.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from unleak.files import Unreadable, decode
from unleak.finding import Span
from unleak.git import PATIENCE, Git
from unleak.text import Text

LARGEST = 10_000_000
"""Bytes of a version that is read."""
_STEPS = 50  # commits that changed the line around the value, followed backwards
_SHOWN = 10  # digits of a commit

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Committed:
    """Since when a value is in the history of a file."""

    commit: str  # abbreviated
    date: str  # of the author, YYYY-MM-DD


def committed(
    path: Path, text: str, span: Span, is_cancelled: Callable[[], bool] = lambda: False, patience: float = PATIENCE
) -> Committed | None:
    """The first commit with the value at `span` of `text`, the file at `path` as it is in the editor.

    None where the last commit does not have it in this file, and where git cannot tell: no repository, no git, not
    tracked, owned by somebody else. Raises Abandoned. Runs git for `patience` seconds at most: never in the event loop,
    and never in a workspace that is not trusted.
    """
    sought = _Sought.of(text, span)
    if not sought.lines:
        return None
    real = Path(os.path.realpath(path))
    git = Git(str(real.parent), time.monotonic() + patience, is_cancelled)
    top = git.ask("rev-parse", "--show-toplevel")
    prefix = git.ask("rev-parse", "--show-prefix")
    if not top or prefix is None:
        return None
    git.folder = _line(top)
    name = _tracked_name(git, _line(prefix) + real.name)
    place = sought.place_in(_version(git, "HEAD", name))
    return _first(git, name, place, sought) if place is not None else None


def _version(git: Git, commit: str, name: str) -> str | None:
    """The text of a file as a commit has it; None where it has none that can be read."""
    size = git.ask("cat-file", "-s", f"{commit}:{name}")
    if size is None or int(size) > LARGEST:
        return None
    data = git.ask("cat-file", "blob", f"{commit}:{name}")
    try:
        return None if data is None else decode(data)
    except Unreadable:
        return None


class _Sought(NamedTuple):
    """A value to be found again, whatever the indentation and the line breaks are there."""

    lines: tuple[str, ...]  # without the blanks around them
    near: int  # where it stands now
    whole: str  # its first line as it stands now, without the blanks around it

    @classmethod
    def of(cls, text: str, span: Span) -> _Sought:
        document = Text(text)
        value = document.cut(span)
        lines = tuple(filter(None, map(str.strip, value.splitlines())))
        return cls(lines, span.line, document.lines[span.line].strip())

    def place_in(self, text: str | None) -> tuple[int, int] | None:
        """The first and the last line of the value in a text: where the same line stands, else the nearest."""
        if text is None or self.lines[0] not in text:
            return None
        lines = [line.strip() for line in Text(text).lines]
        found = [(at, end) for at in range(len(lines)) if (end := self._end(lines, at)) >= 0]
        return min(found, key=lambda place: (lines[place[0]] != self.whole, abs(place[0] - self.near)), default=None)

    def _end(self, lines: Sequence[str], at: int) -> int:
        """The last line of the value that begins on the line `at`; below 0 where none does."""
        first, *rest = self.lines
        if not rest:
            return at if _stands_in(first, lines[at]) else -1
        if not lines[at].endswith(first):
            return -1
        for wanted in rest:
            at += 1
            while at < len(lines) and not lines[at]:
                at += 1
            if at >= len(lines) or (
                lines[at] != wanted if wanted is not rest[-1] else not lines[at].startswith(wanted)
            ):
                return -1
        return at


def _stands_in(value: str, line: str) -> bool:
    """Whether a value stands in a line, and not as a part of a longer word."""
    at = line.find(value)
    while at >= 0:
        before, after = line[:at][-1:], line[at + len(value) :][:1]
        if not (before.isalnum() and value[0].isalnum()) and not (after.isalnum() and value[-1].isalnum()):
            return True
        at = line.find(value, at + 1)
    return False


def _tracked_name(git: Git, name: str) -> str:
    """What the last commit calls a file: another name where its renaming is staged."""
    if git.ask("cat-file", "-e", f"HEAD:{name}") is not None:
        return name
    renamed = git.ask(
        *("diff", "--cached", "--name-status", "-z", "--find-renames", "--diff-filter=R"),
        *("--no-ext-diff", "--no-textconv", "--ignore-submodules", "HEAD", "--"),
    )
    parts = os.fsdecode(renamed or b"").split("\0")
    names = {parts[at + 2]: parts[at + 1] for at in range(0, len(parts) - 2, 3)}
    return names.get(name, name)


def _first(git: Git, name: str, place: tuple[int, int], sought: _Sought) -> Committed | None:
    """Follow lines back through the commits that changed them, as long as the value is in them.

    Where git refuses to blame, the last commit that changed the file.
    """
    commit, found = "HEAD", None
    for _ in range(_STEPS):
        lines = f"{place[0] + 1},{place[1] + 1}"
        said = git.ask("blame", "--porcelain", "--no-textconv", "-w", "-M", "-L", lines, commit, "--", name)
        blamed = _latest(os.fsdecode(said or b""))
        if blamed is None:
            break
        found = blamed.committed
        if not blamed.previous:
            break
        commit, name = blamed.previous
        earlier = sought.place_in(_version(git, commit, name))
        if earlier is None:
            break
        place = earlier
    if found is None:
        said = git.ask("log", "-1", "--date=format:%z", "--format=%H 1 1%nauthor-time %at%nauthor-tz %ad", "--", name)
        last = _latest(os.fsdecode(said or b""))
        found = last.committed if last else None
    return found


class _Blamed(NamedTuple):
    """A commit that changed a line."""

    time: int  # seconds since 1970
    committed: Committed
    previous: tuple[str, str] | None  # the commit before, and what it calls the file


def _latest(said: str) -> _Blamed | None:
    """The latest of the commits that git names: only from then on all lines are what they are."""
    found: list[_Blamed] = []
    commit, about = "", dict[str, str]()
    for header in [*said.split("\n"), ""]:
        word, _, rest = header.partition(" ")
        if not header or header.startswith("\t") or _COMMIT.fullmatch(word):
            with suppress(KeyError, ValueError, OverflowError, OSError):  # times that are none
                found.append(_blamed(commit, about))
            commit, about = (word, {}) if _COMMIT.fullmatch(word) else ("", {})
        else:
            about[word] = rest
    return max(found, key=lambda each: each.time, default=None)


def _blamed(commit: str, about: Mapping[str, str]) -> _Blamed:
    """A commit by what git says of it; raises KeyError, ValueError, OverflowError or OSError."""
    seconds, zone = int(about["author-time"]), about.get("author-tz", "")
    minutes = int(zone[1:3]) * 60 + int(zone[3:]) if re.fullmatch(r"[+-]\d{4}", zone) else 0
    offset = timezone(timedelta(minutes=-minutes if zone.startswith("-") else minutes))
    day = datetime.fromtimestamp(seconds, offset).date().isoformat()
    before, _, name = about.get("previous", "").partition(" ")
    is_known = _COMMIT.fullmatch(before) and name and not name.startswith('"')
    time_of_commit = int(about.get("committer-time", seconds))
    return _Blamed(time_of_commit, Committed(commit[:_SHOWN], day), (before, name) if is_known else None)


def _line(said: bytes) -> str:
    return os.fsdecode(said).removesuffix("\n")
