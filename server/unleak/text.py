"""Text as a list of lines that stays right under edits; knows nothing of secrets."""

from __future__ import annotations

import re
from typing import NamedTuple

from unleak.finding import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


class Edit(NamedTuple):
    """What an edit did to the lines: from `line` on, `removed` lines became `added` lines."""

    line: int
    removed: int
    added: int


def split_lines(source: str) -> list[str]:
    r"""The lines of `source` with their line breaks (LF, CRLF or CR), joined again they equal it.

    The last line has no break and may be empty, as editors and LSP count. Form feeds and
    Unicode separators do not end a line.
    """
    if "\r" in source:
        lines = _LINE.findall(source)
        if len(lines) > 1 and lines[-2] and lines[-2][-1] not in "\r\n":
            lines.pop()  # the pattern also matches the empty end behind a last line
        return lines
    lines = [line + "\n" for line in source.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines


def line_width(line: str) -> int:
    """Code points in a line without its break."""
    if line.endswith("\r\n"):
        return len(line) - 2
    return len(line) - 1 if line.endswith(("\n", "\r")) else len(line)


def flatten_breaks(source: str) -> str:
    r"""`source` with every line break ending in LF and no CR left; offsets stay what they were."""
    if "\r" not in source:
        return source
    return source.replace("\r\n", " \n").replace("\r", "\n")


class Text:
    """The lines of one document; an edit costs time by its own size, not by the document's."""

    __slots__ = ("lines",)

    def __init__(self, source: str = "") -> None:
        self.lines = split_lines(source)

    def __str__(self) -> str:
        return "".join(self.lines)

    def clamped(self, line: int, column: int) -> tuple[int, int]:
        """The nearest position that exists; columns past a line's end fall back to its end."""
        if line < 0:
            return 0, 0
        if line >= len(self.lines):
            return len(self.lines) - 1, line_width(self.lines[-1])
        return line, max(0, min(column, line_width(self.lines[line])))

    def cut(self, span: Span) -> str:
        """The text of `span`, line breaks as they stand."""
        first, last = self.lines[span.line], self.lines[span.end_line]
        if span.line == span.end_line:
            return first[span.column : span.end_column]
        middle = self.lines[span.line + 1 : span.end_line]
        return "".join([first[span.column :], *middle, last[: span.end_column]])

    def replace(self, span: Span, new: str) -> Edit:
        """Put `new` in place of `span` (clamped to what exists) and say which lines changed."""
        line, column = self.clamped(span.line, span.column)
        end_line, end_column = max((line, column), self.clamped(span.end_line, span.end_column))
        changed = self.lines[line][:column] + new + self.lines[end_line][end_column:]
        if line and changed.startswith("\n") and self.lines[line - 1].endswith("\r"):
            line -= 1  # the two become one CRLF
            changed = self.lines[line] + changed
        added = split_lines(changed)
        following = end_line + 1
        if following < len(self.lines) and not added[-1]:
            added.pop()  # the break before it is the one that `following` already begins after
        self.lines[line:following] = added
        return Edit(line, following - line, len(added))
