"""Ignore files as git reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, groupby
from typing import NamedTuple

_CLASSES = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "blank": " \t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_NAMED_CLASS = re.compile(r"\[:([^\]]*):\]")


class Patterns:
    """The lines of one ignore file.

    Of the patterns that match a path the last one counts. Patterns without a slash look at the name alone.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        numbers = count()
        patterns = [pattern for line in lines if (pattern := _parsed(line, numbers)) is not None]
        self._ignores = [pattern.ignores for pattern in patterns]
        numbered = list(enumerate(patterns))
        self._names, self._names_of_folders = _compiled([p for p in numbered if p[1].on_name])
        self._paths, self._paths_of_folders = _compiled([p for p in numbered if not p[1].on_name])

    def verdict(self, path: str, name: str, *, folder: bool) -> bool | None:
        """Whether a file or folder is ignored; None where no pattern matches.

        `path` is relative to the ignore file, with `/` between its parts, and ends in `name`. That
        nothing below an ignored folder counts is up to the caller, who does not enter it.
        """
        by_name = self._names_of_folders if folder else self._names
        by_path = self._paths_of_folders if folder else self._paths
        last = max(_last_match(by_name, name), _last_match(by_path, path))
        return self._ignores[last] if last >= 0 else None


class _Pattern(NamedTuple):
    regex: str
    ignores: bool  # or takes back what an earlier pattern ignores
    folders_only: bool
    on_name: bool


_Regex = re.Pattern[str]


def _compiled(numbered: Sequence[tuple[int, _Pattern]]) -> tuple[_Regex | None, _Regex | None]:
    """One regex for files and one for folders, with the last pattern as the first alternative."""

    def join(chosen: list[tuple[int, _Pattern]]) -> _Regex | None:
        alternatives = [f"(?P<p{number}>{pattern.regex})" for number, pattern in reversed(chosen)]
        return re.compile("|".join(alternatives), re.DOTALL) if alternatives else None

    return join([entry for entry in numbered if not entry[1].folders_only]), join(list(numbered))


def _last_match(regex: _Regex | None, text: str) -> int:
    match = regex.fullmatch(text) if regex else None
    return int(match.lastgroup[1:]) if match and match.lastgroup else -1


def _parsed(line: str, numbers: Iterator[int]) -> _Pattern | None:
    """What a line says; None for comments and for what can never match."""
    line = line.removesuffix("\r")
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    if line.startswith("#"):
        return None
    ignores = not line.startswith("!")
    glob = line if ignores else line[1:]
    folders_only = glob.endswith("/")
    glob = glob.removesuffix("/")
    on_name = "/" not in glob
    try:
        parts = _split(glob.removeprefix("/"))
        if on_name and _is_any_depth(parts[0]):
            parts = ["*"]  # a name has no depth
        return _Pattern(_path_regex(parts, numbers), ignores, folders_only, on_name)
    except _NeverMatches:
        return None


class _NeverMatches(Exception):  # noqa: N818 - a verdict on a glob and no error
    pass


def _split(glob: str) -> list[str]:
    """`glob` cut at its slashes, but for those in a class, where they match nothing."""
    parts = []
    start = at = 0
    while at < len(glob):
        if glob[at] == "[":
            at = _class_regex(glob, at + 1)[1]
            continue
        if glob[at] == "/":
            parts.append(glob[start:at])
            start = at + 1
        at += 2 if glob[at] == "\\" else 1
    return [*parts, glob[start:]]


def _is_any_depth(part: str) -> bool:
    return len(part) > 1 and not part.strip("*")


def _path_regex(parts: Sequence[str], numbers: Iterator[int]) -> str:
    """The regex of a path whose parts are globs, and `**` any number of folders.

    Where two wildcards could share a text in many ways, the first takes as little as it can and
    keeps to it. That loses no match, and a hostile pattern cannot make the search explode.
    """
    runs = [(is_any, list(run)) for is_any, run in groupby(parts, _is_any_depth)]
    regex = ""
    for at, (is_any, run) in enumerate(runs):
        before = "/" if at else ""
        if not is_any:
            part = "/".join(_part_regex(glob, numbers) for glob in run)
            if at == 0:
                regex = part
            elif at == len(runs) - 1:
                regex += f"(?:.*/)?{part}"
            else:
                regex += _settled(f"(?:.*?/)??{part}(?=/)", numbers)
        elif at == len(runs) - 1:
            regex += f"{before}.+"
        else:
            regex += before
    return regex


def _settled(regex: str, numbers: Iterator[int]) -> str:
    """`regex` without second thoughts: an atomic group, which Python has from 3.11 on."""
    name = f"s{next(numbers)}"
    return f"(?=(?P<{name}>{regex}))(?P={name})"


def _part_regex(glob: str, numbers: Iterator[int]) -> str:
    """The regex of a glob for one name."""
    if not glob:
        raise _NeverMatches
    between = [""]  # what stands between the stars
    at = 0
    while at < len(glob):
        character = glob[at]
        at += 1
        if character == "*":
            while glob.startswith("*", at):
                at += 1
            between.append("")
        elif character == "?":
            between[-1] += "[^/]"
        elif character == "[":
            regex, at = _class_regex(glob, at)
            between[-1] += regex
        elif character == "\\":
            if at == len(glob):
                raise _NeverMatches
            between[-1] += re.escape(glob[at])
            at += 1
        else:
            between[-1] += re.escape(character)
    if len(between) == 1:
        return between[0]
    middle = "".join(_settled(f"[^/]*?{regex}", numbers) for regex in between[1:-1])
    return f"{between[0]}{middle}[^/]*{between[-1]}"


def _class_regex(glob: str, at: int) -> tuple[str, int]:
    """The regex of the character class that opens before `at`, and where it is over."""
    negated = glob.startswith(("!", "^"), at)
    at += negated
    first = at
    members = []
    before = ""  # the character that a range may begin with
    while at == first or not glob.startswith("]", at):
        named = _NAMED_CLASS.match(glob, at)
        if named:
            if named[1] not in _CLASSES:
                raise _NeverMatches
            members.append(_CLASSES[named[1]])
            before = ""
            at = named.end()
        elif before and glob.startswith("-", at) and not glob.startswith("]", at + 1):
            end, at = _member(glob, at + 1)
            if before <= end:
                members.append(f"{re.escape(before)}-{re.escape(end)}")
            before = ""
        else:
            before, at = _member(glob, at)
            members.append(re.escape(before))
    if negated:
        return f"[^/{''.join(members)}]", at + 1
    return f"(?!/)[{''.join(members)}]" if members else "(?!)", at + 1


def _member(glob: str, at: int) -> tuple[str, int]:
    """The character at `at` in a class, and what comes after it."""
    at += glob.startswith("\\", at)
    if at >= len(glob):
        raise _NeverMatches
    return glob[at], at + 1
