"""However a document came to be, its findings are those of a full scan."""

from __future__ import annotations

from itertools import pairwise

import pytest
from documents import PATHS, Change, changes, documents, tall_documents, wide_documents
from hypothesis import given, settings
from hypothesis import strategies as st

from unleak.scanner import LiveScan, Scanner
from unleak.text import Text, line_width

paths = st.sampled_from(PATHS)


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


@settings(deadline=None, max_examples=60)
@given(documents, paths, st.lists(changes(), min_size=1, max_size=6))
def test_edits_end_in_a_full_scan(scanner: Scanner, source: str, path: str, edits: list[Change]) -> None:
    live = LiveScan(scanner, path, source)
    for span, new in edits:
        live.replace(span, new)
        assert live.findings == scanner.scan(str(live.text), path)


@settings(deadline=None, max_examples=40)
@given(tall_documents, paths, st.lists(changes(600), min_size=1, max_size=5))
def test_edits_of_tall_documents_end_in_a_full_scan(
    scanner: Scanner, source: str, path: str, edits: list[Change]
) -> None:
    live = LiveScan(scanner, path, source)
    for span, new in edits:
        live.replace(span, new)
        assert live.findings == scanner.scan(str(live.text), path)


@settings(deadline=None, max_examples=30)
@given(wide_documents, paths, st.lists(changes(6, 9000), min_size=1, max_size=4))
def test_edits_of_long_lines_end_in_a_full_scan(scanner: Scanner, source: str, path: str, edits: list[Change]) -> None:
    live = LiveScan(scanner, path, source)
    for span, new in edits:
        live.replace(span, new)
        assert live.findings == scanner.scan(str(live.text), path)


@settings(deadline=None, max_examples=60)
@given(documents | tall_documents, paths, st.integers(0, 400), st.integers(0, 400))
def test_a_window_has_what_the_full_scan_has_there(
    scanner: Scanner, source: str, path: str, first: int, size: int
) -> None:
    lines = Text(source).lines
    first = min(first, len(lines))
    last = min(first + size, len(lines))
    there = [f for f in scanner.scan(source, path) if first <= f.span.line < last]
    assert scanner.read_lines(lines, path, first, last).findings == there


@settings(deadline=None, max_examples=60)
@given(st.one_of(documents, tall_documents, wide_documents), paths)
def test_findings_are_in_order_and_none_lies_over_another(scanner: Scanner, source: str, path: str) -> None:
    text = Text(source)
    spans = [finding.span for finding in scanner.scan(source, path)]
    assert spans == sorted(spans)
    for span, following in pairwise(spans):
        assert span[2:] <= following[:2]
    for span in spans:
        assert span[:2] < span[2:]
        assert span.end_line < len(text.lines)
        assert span.end_column <= line_width(text.lines[span.end_line])
