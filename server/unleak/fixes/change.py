"""What a fix does to a text, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import NamedTuple

from unleak.finding import Span
from unleak.text import split_lines


class Change(NamedTuple):
    """New text in place of a span of the old one; an empty span inserts."""

    span: Span
    new: str


class Secret(NamedTuple):
    """A value that is to leave the text, and the name of the variable that takes it in."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Move:
    """How secrets leave a text. The values are as the program sees them, without escapes; they are never printed."""

    changes: tuple[Change, ...]
    values: Mapping[str, str] = field(repr=False)  # by the variable's name
    notes: tuple[str, ...] = ()  # what the person should know or still do, one sentence each
    home: str = ""  # where the values belong, where no `.env` is read: "in the credentials of Jenkins"


class Refusal(Exception):  # noqa: N818 - it is an answer and no error
    """A fix that cannot be made here; the message says why and what to do, and never holds a value."""


def check_value(value: str) -> None:
    """Raise Refusal for what no variable of the environment can hold."""
    if "\0" in value:
        raise Refusal("A variable of the environment cannot hold a NUL: keep the value in a file of its own.")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Refusal("The value holds half of a character, which no variable can hold: keep it in a file of its own.")


def merged(changes: Iterable[Change]) -> list[Change]:
    """Changes in order of place, each once; raises Refusal where two touch the same text differently.

    A span that ends before it begins comes from a tree of half-typed code.
    """
    ordered = list(dict.fromkeys(sorted(changes, key=lambda change: change.span)))
    if any(span[2:] < span[:2] for span, _ in ordered):
        raise Refusal("The code around the value is not finished: finish it, then move its value.")
    for one, other in pairwise(ordered):
        if other.span[:2] < one.span[2:]:
            raise Refusal("Two fixes change the same text: apply one of them first.")
    return ordered


def applied(text: str, changes: Sequence[Change]) -> str:
    """The text after the changes, which are in order and do not overlap; line breaks of new text are the text's."""
    starts = list(accumulate(map(len, split_lines(text)), initial=0))
    parts: list[str] = []
    at = 0
    for (line, column, end_line, end_column), new in changes:
        parts += [text[at : starts[line] + column], new]
        at = starts[end_line] + end_column
    return "".join([*parts, text[at:]])


def line_break_of(lines: Sequence[str]) -> str:
    """The line break that a text uses; LF where it has none."""
    for line in lines:
        for ending in ("\r\n", "\n", "\r"):
            if line.endswith(ending):
                return ending
    return "\n"
