"""`.env` files: which variables they hold, and how one more is written so that every reader sees the same value.

The readers disagree on quotes, backslashes and dollars. What each misreads is a fact about it, found out by running
it (python-dotenv 1.2, Node 20, dotenv 17 of npm, dotenv 2.4 and 3 of Ruby, phpdotenv 5, dash and bash) or by reading
its parser (compose-go 2).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from unleak.finding import Span
from unleak.fixes.change import Change, Refusal, check_value, line_break_of
from unleak.text import split_lines

PYTHON, NODE, NPM, COMPOSE, RUBY, PHP, SHELL, VITE = (
    *("python-dotenv", "node --env-file", "dotenv of npm", "docker compose", "dotenv of Ruby", "phpdotenv"),
    *("a shell", "Vite and Next.js"),
)
READERS = (PYTHON, NODE, NPM, COMPOSE, RUBY, PHP, SHELL)
"""Who reads `.env` files. VITE, which reads as NPM does and expands dollars in any quotes, counts where it is named."""

_START = re.compile(
    r"[ \t]*(?P<export>export[ \t]+)?(?P<name>[^\s=:#'\"]+)(?:[ \t]*=[ \t]*|:[ \t]+|(?P<bare>[ \t]*(?=[\r\n#]|\Z)))"
)
_QUOTED = {
    "'": re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL),
    '"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL),
    "`": re.compile(r"`([^`]*)`"),
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_REST = re.compile(r"[^\r\n]*")
_NOTHING = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)")
_COMMENT = re.compile(r"[ \t]#")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Variable:
    """One assignment of a `.env` file."""

    name: str
    raw: str = field(repr=False)  # the value as it is written, with its quotes
    value: str | None = field(repr=False)  # None where readers disagree on it
    span: Span  # from the name, or the `export` before it, to the end of the value
    is_exported: bool = False
    is_open: bool = False  # its quote is never closed


@dataclass(frozen=True, slots=True)
class Quoted:
    """A value as it is written behind `NAME=`, and the readers that will see another one."""

    text: str = field(repr=False)
    misread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Addition:
    """One change that adds variables at the end of a text."""

    change: Change = field(repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Style:
    """A way to write a value: what it can hold, and the values that a reader misreads in it.

    A style fits no value that a shell would run a part of, and none whose end could reach into the next line.
    """

    fits: re.Pattern[str]
    write: Callable[[str], str]
    troubles: Mapping[str, str] = field(default_factory=dict)

    def misread(self, value: str, reader: str) -> bool:
        return re.search(self.troubles.get(reader, "(?!)"), value) is not None


def _escaped(value: str) -> str:
    return '"' + re.sub(r"([\\\"$`])", r"\\\1", value).replace("\r", "\\r") + '"'


_WORD = r"\s`;&|<>()$"
_STYLES = (
    _Style(re.compile(r"[A-Za-z0-9_./:@%+,-]*(?:(?<=[A-Za-z0-9+/])=+)?"), lambda value: value),
    _Style(
        re.compile(r"(?:[^'\n]*|(?:[^'$]|\$(?!\())*)(?<!\\)"),  # old Rubies take each line for itself
        lambda value: f"'{value}'",
        {
            PYTHON: r"\\\\|\$\{|\r",
            NODE: r"\r",
            NPM: r"\r",
            VITE: r"[\r$]",
            COMPOSE: r"\r",
            RUBY: r"\r",
            PHP: r"[\n\r]|=\"",
        },
    ),
    _Style(
        re.compile(r"(?:[^\"`$]|\$(?![({]))*(?<!\\)"),
        lambda value: f'"{value}"',
        {
            PYTHON: r"\\[\\'\"abfnrtv]|\r",
            NODE: r"\\n|\r",
            NPM: r"\\[nr]|\r",
            VITE: r"\\[nr]|[\r$]",
            COMPOSE: r"[\\$\r]",
            RUBY: r"[\\$\r]",
            PHP: r"\\|\r|\n[^\n]*=\Z",
            SHELL: r"[\\$]",
        },
    ),
    _Style(
        re.compile(r"(?s:.)*"),
        _escaped,
        {
            PYTHON: r"[$`]",
            NODE: r"[\\\"$`\r]",
            NPM: r"[\\\"$`]",
            VITE: r"[\\\"`]",
            COMPOSE: r"`|[\\\"]\Z",
            RUBY: r"\\[nr]|\r|\$\(",
            PHP: r"`|\n[^\n]*=\Z|\n\\+\Z",
            SHELL: r"\r",
        },
    ),
    _Style(  # a word with a quote that is never closed, which shells do not run
        re.compile(rf"[^{_WORD}'\"]*(?:'[^{_WORD}']*|\"[^{_WORD}\"]*)(?<!\\)"),
        lambda value: f"`{value}`",
        dict.fromkeys((PYTHON, COMPOSE, RUBY, PHP, SHELL), r"\A"),
    ),
)


def quoted(value: str, reader: str = "") -> Quoted:
    """`value` in the first quotes that all readers understand; else in those that most do, `reader` above all.

    Raises Refusal for what no environment can hold.
    """
    check_value(value)
    readers = (*READERS, VITE) if reader == VITE else READERS
    found: list[tuple[bool, int, Quoted]] = []
    for style in _STYLES:
        if style.fits.fullmatch(value):
            misread = tuple(one for one in readers if style.misread(value, one))
            found.append((reader in misread, len(misread), Quoted(style.write(value), misread)))
    return min(found, key=lambda choice: choice[:2])[2]


def variables(text: str) -> list[Variable]:
    """The assignments of a `.env` file in order; comments and lines that are none are passed over.

    `NAME` alone, which some readers take from the environment, counts with the value None.
    """
    starts = [0, *accumulate(len(line) for line in split_lines(text))]
    found: list[Variable] = []
    unclosed: set[str] = set()
    at = int(text.startswith("\ufeff"))
    while at < len(text):
        begin = _START.match(text, at)
        end = at
        if begin:
            raw, value, is_open = "", None, False
            if begin["bare"] is None:
                raw, value, is_open = _value_at(text, begin.end(), unclosed)
            end = begin.end() + len(raw)
            first = begin.start("export") if begin["export"] else begin.start("name")
            span = Span(*_place(starts, first), *_place(starts, end))
            found.append(Variable(begin["name"], raw, value, span, bool(begin["export"]), is_open))
        at = starts[bisect_right(starts, end)] if end < len(text) else end
    return found


def values_in(text: str) -> dict[str, str | None]:
    """What each variable is in the end, for the last assignment counts; None where readers disagree."""
    return {variable.name: variable.value for variable in variables(text)}


def contradictions(text: str, names: Iterable[str]) -> set[str]:
    """Which of these names stand in a `.env` file more than once, with different values."""
    wanted = set(names)
    written: dict[str, set[tuple[bool, str]]] = {}
    for variable in variables(text):
        if variable.name in wanted:
            meant = (True, variable.raw) if variable.value is None else (False, variable.value)
            written.setdefault(variable.name, set()).add(meant)
    return {name for name, values in written.items() if len(values) > 1}


def appended(text: str, values: Mapping[str, str], reader: str = "") -> Addition | None:
    """The change that adds `values` at the end of a `.env` file; None where they are all there already.

    Raises Refusal where a variable has another value there, or where the file's end is inside of a quote, and for
    names that a shell would take for something else.
    """
    _check_names(values)
    there = variables(text)
    _check_closed(there)
    last = {variable.name: variable for variable in there}
    export = "export " if there and all(variable.is_exported for variable in there) else ""
    lines, notes = [], []
    for name, value in values.items():
        if name in last:
            if not _is(last[name], value):
                raise Refusal(f"{name} has another value in the .env file already: give the variable another name.")
            continue
        new = quoted(value, reader)
        lines.append(f"{export}{name}={new.text}")
        if new.misread:
            notes.append(f"No quotes suit everyone here: {_listed(new.misread)} will read {name} differently.")
    return Addition(_at_end(text, lines), tuple(notes)) if lines else None


def announced(text: str, names: Iterable[str]) -> Change | None:
    """The change that adds variables without values to a sample of a `.env` file; None where they are all there."""
    names = list(names)
    _check_names(names)
    there = variables(text)
    _check_closed(there)
    known = {variable.name for variable in there}
    lines = [f"{name}=" for name in names if name not in known]
    return _at_end(text, lines) if lines else None


def _value_at(text: str, at: int, unclosed: set[str]) -> tuple[str, str | None, bool]:
    """What stands at `at`: as written, what it means, whether a quote is never closed."""
    quote = text[at : at + 1]
    if quote in _QUOTED:
        closed = _QUOTED[quote].match(text, at) if quote not in unclosed else None
        if closed:
            if _NOTHING.match(text, closed.end()):
                return closed[0], _meaning(quote, closed[1]), False
            rest = _REST.match(text, closed.end())
            return closed[0] + (rest[0] if rest else ""), None, False
        unclosed.add(quote)
    line = _REST.match(text, at)
    raw = line[0] if line else ""
    if quote in _QUOTED:
        return raw.rstrip(), None, True
    comment = _COMMENT.search(raw)
    raw = raw[: comment.start()].rstrip() if comment else raw.rstrip()
    if raw.startswith("#"):
        return "", "", False
    return raw, None if re.search(r"[#$`'\"\\]", raw) else raw, False


def _meaning(quote: str, inner: str) -> str | None:
    if quote == '"':
        if re.search(r"(?:^|[^\\])(?:\\\\)*[$`]", inner):
            return None
        return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), inner)
    return None if quote == "'" and re.search(r"\\[\\']", inner) else inner


def _is(variable: Variable, value: str) -> bool:
    """Whether a variable has this value, or was written for it."""
    written = (style.write(value) for style in _STYLES if style.fits.fullmatch(value))
    return variable.value == value or variable.raw in written


def _check_names(names: Iterable[str]) -> None:
    if not all(map(_NAME.fullmatch, names)):
        raise Refusal("A key here makes no name for a variable of a .env file: use letters, digits and _.")


def _check_closed(there: Iterable[Variable]) -> None:
    for variable in there:
        if variable.is_open:
            raise Refusal(f"The quote of {variable.name} in the .env file is never closed: close it first.")


def _at_end(text: str, lines: list[str]) -> Change:
    before = split_lines(text)
    line_break = line_break_of(before)
    row, width = len(before) - 1, len(before[-1])
    start = line_break if width and text != "\ufeff" else ""
    # Line breaks inside of a value stay LF: all readers take CRLF there for LF, but for those that do not.
    return Change(Span(row, width, row, width), start + "".join([line + line_break for line in lines]))


def _place(starts: list[int], offset: int) -> tuple[int, int]:
    line = min(bisect_right(starts, offset), len(starts) - 1) - 1
    return line, offset - starts[line]


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
