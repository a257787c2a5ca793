"""Conversions of positions, against the length of what is encoded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

from unleak.finding import Span
from unleak.lsp.positions import UTF8, UTF16, UTF32, Encoding, choose_encoding, in_units, range_of, span_of

CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}

encodings = st.sampled_from([UTF8, UTF16, UTF32])
texts = st.text(st.one_of(st.characters(), st.sampled_from("a\té€😀\U0010ffff\ud83d\ude00\r\n")), max_size=40)


def units(text: str, encoding: Encoding) -> int:
    codec, size = CODECS[encoding.kind.value]
    return sum(len(char.encode(codec, "surrogatepass")) for char in text) // size


@given(texts, encodings, st.data())
def test_units_are_what_the_beginning_of_the_line_takes(line: str, encoding: Encoding, data: st.DataObject) -> None:
    column = data.draw(st.integers(0, len(line)))
    assert encoding.units(line, column) == units(line[:column], encoding)


@given(texts, encodings, st.data())
def test_columns_come_back(line: str, encoding: Encoding, data: st.DataObject) -> None:
    column = data.draw(st.integers(0, len(line)))
    assert encoding.column(line, units(line[:column], encoding)) == column


@given(texts, encodings, st.data())
def test_a_unit_inside_a_code_point_counts_as_its_begin(line: str, encoding: Encoding, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, units(line, encoding)))
    column = encoding.column(line, place)
    assert units(line[:column], encoding) <= place
    assert column == len(line) or place < units(line[: column + 1], encoding)


@given(texts, encodings, st.integers(0, 50))
def test_a_place_past_the_end_stays_past_the_end(line: str, encoding: Encoding, more: int) -> None:
    assert encoding.column(line, units(line, encoding) + more) >= len(line)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (None, UTF16),
        ([], UTF16),
        (["utf-16"], UTF16),
        (["utf-7"], UTF16),
        (["utf-16", "utf-8"], UTF8),
        (["utf-8", "utf-16", "utf-32"], UTF32),
    ],
)
def test_the_cheapest_encoding_is_chosen(offered: list[str] | None, chosen: Encoding) -> None:
    assert choose_encoding(offered) is chosen


def test_ranges_and_spans() -> None:
    lines = ["a😀b\r\n", "😀\n", ""]
    place = lsp.Range(lsp.Position(0, 3), lsp.Position(1, 2))
    assert span_of(lines, place, UTF16) == Span(0, 2, 1, 1)
    assert range_of(lines, Span(0, 2, 1, 1), UTF16) == place
    assert in_units(lines, Span(0, 2, 1, 1), UTF8) == Span(0, 5, 1, 4)


def test_a_line_that_does_not_exist_is_left_to_the_text() -> None:
    place = lsp.Range(lsp.Position(7, 3), lsp.Position(9, 0))
    assert span_of(["a\n", ""], place, UTF16) == Span(7, 3, 9, 0)
