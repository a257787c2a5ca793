"""Positions as a client counts them. Everywhere else in unleak, columns are code points.

A client counts a column in code units of UTF-8, UTF-16 or UTF-32, whichever was agreed on at the start.
A unit inside a code point counts as the code point's begin; a place that does not exist is left to
`Text`, which takes the nearest one that does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lsprotocol import types as lsp

from unleak.finding import Span

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")  # two units in UTF-16
_CONTINUATION = bytes(range(0x80, 0xC0))  # the bytes of UTF-8 that begin no code point


class Encoding(NamedTuple):
    """One way to count: the LSP's name for it, and the two conversions along a line."""

    kind: lsp.PositionEncodingKind
    column: Callable[[str, int], int]  # units to code points
    units: Callable[[str, int], int]  # code points to units


def _same(_line: str, place: int) -> int:
    return place


def _utf8_column(line: str, units: int) -> int:
    if line.isascii():
        return units
    data = line[:units].encode("utf-8", "surrogatepass")
    begun = len(data[:units].translate(None, _CONTINUATION))
    inside = units < len(data) and data[units] in _CONTINUATION
    return begun - 1 if inside else begun


def _utf8_units(line: str, column: int) -> int:
    return column if line.isascii() else len(line[:column].encode("utf-8", "surrogatepass"))


def _utf16_column(line: str, units: int) -> int:
    if line.isascii():
        return units
    pairs = 0
    for match in _ASTRAL.finditer(line, 0, units):
        begin = match.start() + pairs
        if begin >= units:
            break
        if begin + 1 == units:
            return match.start()
        pairs += 1
    return units - pairs


def _utf16_units(line: str, column: int) -> int:
    return column if line.isascii() else column + len(_ASTRAL.findall(line, 0, column))


UTF8 = Encoding(lsp.PositionEncodingKind.Utf8, _utf8_column, _utf8_units)
UTF16 = Encoding(lsp.PositionEncodingKind.Utf16, _utf16_column, _utf16_units)
UTF32 = Encoding(lsp.PositionEncodingKind.Utf32, _same, _same)


def choose_encoding(offered: Sequence[str] | None) -> Encoding:
    """The cheapest encoding that the client offers; UTF-16, which each client knows, where none fits."""
    for encoding in (UTF32, UTF8, UTF16):
        if encoding.kind.value in (offered or ()):
            return encoding
    return UTF16


def column_at(lines: Sequence[str], position: lsp.Position, encoding: Encoding) -> int:
    """The column of a client's position, in code points; on a line that does not exist, as it came."""
    if 0 <= position.line < len(lines):
        return encoding.column(lines[position.line], position.character)
    return position.character


def span_of(lines: Sequence[str], place: lsp.Range, encoding: Encoding) -> Span:
    """A client's range in code points; it may reach past what exists."""
    start, end = place.start, place.end
    return Span(start.line, column_at(lines, start, encoding), end.line, column_at(lines, end, encoding))


def in_units(lines: Sequence[str], span: Span, encoding: Encoding) -> Span:
    """A span that exists in `lines`, its columns counted as the client does."""
    line, column, end_line, end_column = span
    return Span(
        line,
        encoding.units(lines[line], column),
        end_line,
        encoding.units(lines[end_line], end_column),
    )


def range_of(lines: Sequence[str], span: Span, encoding: Encoding) -> lsp.Range:
    """A span that exists in `lines`, as a client's range."""
    line, column, end_line, end_column = in_units(lines, span, encoding)
    return lsp.Range(lsp.Position(line, column), lsp.Position(end_line, end_column))
