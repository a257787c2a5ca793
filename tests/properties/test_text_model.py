"""A text under edit is nothing but the string that it stands for."""

from __future__ import annotations

from itertools import pairwise

from documents import Change, changes, documents
from hypothesis import given, settings
from hypothesis import strategies as st

from unleak.finding import Span
from unleak.text import Text, flatten_breaks, line_width, split_lines

BREAKS = st.text(alphabet="ab\r\n\f\u2028\x85", max_size=12)


def offset_of(lines: list[str], line: int, column: int) -> int:
    return sum(map(len, lines[:line])) + column


@given(BREAKS)
def test_lines_joined_are_the_text(source: str) -> None:
    lines = split_lines(source)
    assert "".join(lines) == source
    assert line_width(lines[-1]) == len(lines[-1])
    for line, following in pairwise(lines):
        assert line.endswith(("\n", "\r"))
        assert not (line.endswith("\r") and following.startswith("\n"))
        assert not set(line[: line_width(line)]) & {"\r", "\n"}


@given(BREAKS)
def test_lines_are_those_that_open_counts(source: str) -> None:
    """Universal newlines of Python are LF, CRLF and CR too."""
    universal = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert [line[: line_width(line)] for line in split_lines(source)] == universal


@given(BREAKS)
def test_flattened_text_has_the_same_positions(source: str) -> None:
    flat = flatten_breaks(source)
    assert "\r" not in flat
    assert len(flat) == len(source)
    assert [len(line) for line in split_lines(flat)] == [len(line) for line in split_lines(source)]


@settings(deadline=None, max_examples=300)
@given(BREAKS | documents, st.lists(changes(6, 8) | changes(), max_size=6), st.data())
def test_replace_equals_editing_the_string(source: str, edits: list[Change], data: st.DataObject) -> None:
    text = Text(source)
    for span, new in edits:
        before = list(text.lines)
        line, column = text.clamped(span.line, span.column)
        end = max((line, column), text.clamped(span.end_line, span.end_column))
        wanted = source[: offset_of(before, line, column)] + new + source[offset_of(before, *end) :]

        edit = text.replace(span, new)

        source = wanted
        assert str(text) == wanted
        assert text.lines == split_lines(wanted)
        assert text.lines[: edit.line] == before[: edit.line]
        assert text.lines[edit.line + edit.added :] == before[edit.line + edit.removed :]
        assert len(text.lines) - len(before) == edit.added - edit.removed


@given(BREAKS, st.integers(-2, 9), st.integers(-2, 9), st.integers(-2, 9), st.integers(-2, 9))
def test_cut_is_a_slice_of_the_string(source: str, line: int, column: int, to: int, width: int) -> None:
    text = Text(source)
    start, end = sorted([text.clamped(line, column), text.clamped(to, width)])
    lines = text.lines
    assert text.cut(Span(*start, *end)) == source[offset_of(lines, *start) : offset_of(lines, *end)]


@given(BREAKS, st.integers(-3, 12), st.integers(-3, 12))
def test_clamped_positions_exist_and_existing_ones_stay(source: str, line: int, column: int) -> None:
    text = Text(source)
    at, width = text.clamped(line, column)
    assert 0 <= at < len(text.lines)
    assert 0 <= width <= line_width(text.lines[at])
    assert text.clamped(at, width) == (at, width)
    if 0 <= line < len(text.lines) and 0 <= column <= line_width(text.lines[line]):
        assert (at, width) == (line, column)
