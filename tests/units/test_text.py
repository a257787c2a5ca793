"""Lines and edits, by example; tests/properties/test_text_model.py has the rest."""

from __future__ import annotations

import pytest

from unleak.finding import Span
from unleak.text import Edit, Text, flatten_breaks, line_width, split_lines


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a\n", ""]),
        ("a\r\nb\rc\nd", ["a\r\n", "b\r", "c\n", "d"]),
        ("a\r", ["a\r", ""]),
        ("\r\n", ["\r\n", ""]),
        ("\n\r", ["\n", "\r", ""]),
        ("\r\r\n\n", ["\r", "\r\n", "\n", ""]),
        ("a\fb\vc\x1cd\x85e\u2028f\u2029g", ["a\fb\vc\x1cd\x85e\u2028f\u2029g"]),
        ("a\u2028\r\nb\f", ["a\u2028\r\n", "b\f"]),
    ],
)
def test_only_lf_crlf_and_cr_end_a_line(source: str, lines: list[str]) -> None:
    assert split_lines(source) == lines


@pytest.mark.parametrize(("line", "width"), [("", 0), ("ab", 2), ("ab\n", 2), ("ab\r", 2), ("ab\r\n", 2), ("🔑\n", 1)])
def test_width_is_without_the_break(line: str, width: int) -> None:
    assert line_width(line) == width


def test_flattened_breaks_end_in_lf_where_the_old_ones_did() -> None:
    assert flatten_breaks("a\r\nb\rc\n") == "a \nb\nc\n"


@pytest.mark.parametrize(
    ("line", "column", "position"),
    [
        (-1, 5, (0, 0)),
        (0, -1, (0, 0)),
        (0, 99, (0, 3)),  # before the break
        (1, 99, (1, 2)),
        (2, 0, (2, 0)),
        (2, 1, (2, 0)),
        (99, 0, (2, 0)),
    ],
)
def test_positions_that_do_not_exist_become_the_nearest(line: int, column: int, position: tuple[int, int]) -> None:
    assert Text("abc\r\nde\n").clamped(line, column) == position


@pytest.mark.parametrize(
    ("span", "cut"),
    [
        (Span(0, 1, 0, 2), "b"),
        (Span(0, 1, 1, 1), "b\r\nc"),
        (Span(0, 0, 2, 1), "ab\r\ncd\re"),
        (Span(1, 2, 1, 2), ""),
    ],
)
def test_cut_keeps_the_breaks(span: Span, cut: str) -> None:
    assert Text("ab\r\ncd\ref").cut(span) == cut


EDITS = [
    # source, span, new, source afterwards, what changed
    ("ab\ncd", Span(0, 1, 0, 2), "X", "aX\ncd", Edit(0, 1, 1)),
    ("ab\ncd", Span(0, 2, 1, 0), "", "abcd", Edit(0, 2, 1)),
    ("ab\ncd", Span(1, 0, 1, 0), "x\ny\n", "ab\nx\ny\ncd", Edit(1, 1, 3)),
    ("ab\ncd\nef", Span(0, 0, 1, 0), "", "cd\nef", Edit(0, 2, 1)),
    ("ab\n", Span(1, 0, 1, 0), "c", "ab\nc", Edit(1, 1, 1)),
    ("ab\ncd", Span(9, 9, 9, 9), "!", "ab\ncd!", Edit(1, 1, 1)),
    ("ab\ncd", Span(1, 1, 0, 1), "!", "ab\nc!d", Edit(1, 1, 1)),  # an end before the start counts as the start
    ("ab\ncd", Span(0, 2, 0, 2), "\r", "ab\r\ncd", Edit(0, 1, 1)),  # joins the LF that follows
    ("ab\rcd", Span(1, 0, 1, 0), "\n", "ab\r\ncd", Edit(0, 2, 2)),  # joins the CR before it
    ("ab\rx\ncd", Span(1, 0, 1, 1), "", "ab\r\ncd", Edit(0, 2, 1)),
]


@pytest.mark.parametrize(("source", "span", "new", "after", "edit"), EDITS)
def test_replace_says_which_lines_changed(source: str, span: Span, new: str, after: str, edit: Edit) -> None:
    text = Text(source)
    assert text.replace(span, new) == edit
    assert str(text) == after
    assert text.lines == split_lines(after)
