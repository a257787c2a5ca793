"""However a document came to be, its findings are those of a full scan."""

from __future__ import annotations

import base64
from itertools import pairwise

import pytest
from documents import PATHS, VALUES, Change, changes, documents, pieces, tall_documents, wide_documents
from hypothesis import given, settings
from hypothesis import strategies as st

from unleak.finding import Span
from unleak.scanner import LiveScan, Scanner
from unleak.text import Text, line_width

paths = st.sampled_from(PATHS)

KEY_ID = "AKIA" + "Q3EGP5ZKRXWN7VTB"
SECRET_KEY = 'aws_secret_access_key = "wJ4lr9UtnFEMI/K7MDENG/b' + 'PxRfiCYzT4kQ8sL2v"'
STRIPE = "9aQ2xWc7Lr4Tz8Vb6Nm3Kp5Y"
PLAIN = "Zk3mT9qLw2Xv7Rb5" + "Nc8Yp1Hd"
TELLING = (
    # marks of several tools, for lines, regions and files
    *("# unleak: ignore", "# unleak: ignore-next-line", "# unleak: ignore-begin", "# unleak: ignore-end"),
    *("// gitleaks:allow", "# nosec", "# nosemgrep", "<!-- ggignore-start -->", "<!-- ggignore-end -->"),
    *("# unleak: ignore[generic-password]", "# pragma: allowlist nextline secret", "// secretlint-disable"),
    *("// secretlint-enable", "# ruff: noqa: S105", "# unleak: ignore-file"),
    # halves of pairs, and users
    *(f'aws_access_key_id = "{KEY_ID}"', SECRET_KEY, KEY_ID, f"pk_live_{STRIPE}"),
    'user = "ada"',
    "username: grace",
    # words of providers, and a value that has nothing but them
    *("# finnhub", "client = Finnhub(", "newRelic:", "new_relic_", "acme"),
    f'api_key = "{PLAIN}"',
    f"FINNHUB_API_KEY={PLAIN[:20]}",
    f'key: "{PLAIN[:20]}"',
)
_tokens = st.sampled_from([value for value in VALUES if "_" in value or "-" in value] + [PLAIN])
_joints = st.sampled_from([" + ", " . ", " ", " +\n  ", "\n  + ", " \\\n", " & \n", "\n", ",\n", " +\r\n  ", " ..\n\n"])


def _joined(value: str, cuts: list[int], joint: str) -> str:
    """`value` as literals, cut at some places."""
    edges = [0, *sorted({1 + cut % (len(value) - 1) for cut in cuts}), len(value)]
    return "key = " + joint.join(f'"{value[start:end]}"' for start, end in pairwise(edges))


def _wrapped(value: str, way: int) -> str:
    """`value` in one of four encodings, or in two."""
    in_base64 = base64.b64encode(value.encode()).decode()
    if way == 0:
        return in_base64.rstrip("=")
    if way == 1:
        return value.encode().hex()
    if way == 2:
        return "".join(f"%{byte:02X}" for byte in value.encode())
    return base64.b64encode(in_base64.encode()).decode()


_halves = st.builds(
    lambda halves, between: halves[0] + "\n" * between + halves[1],
    st.sampled_from(
        [
            (f'id = "{KEY_ID}"', SECRET_KEY),
            (SECRET_KEY, f'id = "{KEY_ID}"'),
            ('user = "ada"', 'password = "kM7vQ2' + 'xR9zT4b"'),
            (f"pk_live_{STRIPE}", f"sk_live_{STRIPE}"),
        ]
    ),
    st.sampled_from([1, 1, 2, 4, 9, 10, 11]),
)
_telling = st.one_of(
    _halves,
    st.sampled_from(TELLING),
    st.sampled_from(TELLING),
    st.builds(_joined, _tokens, st.lists(st.integers(0, 200), min_size=1, max_size=7), _joints),
    st.builds(lambda value, way: f'token = "{_wrapped(value, way)}"', _tokens, st.integers(0, 3)),
    st.builds("{}  {}".format, _tokens, st.sampled_from(TELLING[:15])),
)
mixtures = st.lists(
    st.one_of(st.builds("{}{}".format, _telling, st.sampled_from(["\n"] * 5 + ["\r\n", "\r", ""])), pieces), max_size=20
).map("".join)
"""Documents in which what stands on one line counts on others."""


@st.composite
def telling_changes(draw: st.DrawFn) -> Change:
    """Edits that bring, break or take away what counts on other lines; and any others."""
    change = draw(changes())
    if draw(st.booleans()):
        line = draw(st.integers(0, 25))
        whole = Span(line, 0, line, 10**6) if draw(st.booleans()) else Span(line, 0, line, 0)
        return Change(whole, draw(st.one_of(_telling, st.sampled_from(["", "\n", ",", "x\n" * 11]))))
    return change


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


def assert_equal_to_full_scans(scanner: Scanner, source: str, path: str, edits: list[Change]) -> None:
    """After each of the edits a document has just what a scan of its text has."""
    live = LiveScan(scanner, path, source)
    for span, new in edits:
        live.replace(span, new)
        assert live.findings == scanner.scan(str(live.text), path)


@settings(deadline=None, max_examples=60)
@given(documents, paths, st.lists(changes(), min_size=1, max_size=6))
def test_edits_end_in_a_full_scan(scanner: Scanner, source: str, path: str, edits: list[Change]) -> None:
    assert_equal_to_full_scans(scanner, source, path, edits)


@settings(deadline=None, max_examples=150)
@given(mixtures, paths, st.lists(telling_changes(), min_size=1, max_size=6))
def test_edits_of_what_counts_elsewhere_end_in_a_full_scan(
    scanner: Scanner, source: str, path: str, edits: list[Change]
) -> None:
    assert_equal_to_full_scans(scanner, source, path, edits)


@settings(deadline=None, max_examples=60)
@given(mixtures, paths, st.integers(1, 12), st.integers(0, 25))
def test_related_places_move_with_the_lines(scanner: Scanner, source: str, path: str, lines: int, at: int) -> None:
    live = LiveScan(scanner, path, source)
    live.replace(Span(at, 0, at, 0), "\n" * lines)
    width = [line_width(line) for line in live.text.lines]
    for finding in live.findings:
        for span in finding.related:
            assert span[:2] < span[2:]
            assert span.end_column <= width[span.end_line]
    assert live.findings == scanner.scan(str(live.text), path)


@settings(deadline=None, max_examples=60)
@given(mixtures, paths, st.integers(0, 30), st.integers(0, 30))
def test_a_window_of_a_mixture_has_what_the_full_scan_has_there(
    scanner: Scanner, source: str, path: str, first: int, size: int
) -> None:
    lines = Text(source).lines
    first = min(first, len(lines))
    last = min(first + size, len(lines))
    whole = scanner.read(source, path)
    window = scanner.read_lines(lines, path, first, last)
    assert window.findings == [finding for finding in whole.findings if first <= finding.span.line < last]
    assert window.marks == [mark for mark in whole.marks if first <= mark.line < last]


@settings(deadline=None, max_examples=40)
@given(tall_documents, paths, st.lists(changes(600), min_size=1, max_size=5))
def test_edits_of_tall_documents_end_in_a_full_scan(
    scanner: Scanner, source: str, path: str, edits: list[Change]
) -> None:
    assert_equal_to_full_scans(scanner, source, path, edits)


@settings(deadline=None, max_examples=30)
@given(wide_documents, paths, st.lists(changes(6, 9000), min_size=1, max_size=4))
def test_edits_of_long_lines_end_in_a_full_scan(scanner: Scanner, source: str, path: str, edits: list[Change]) -> None:
    assert_equal_to_full_scans(scanner, source, path, edits)


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
@given(st.one_of(documents, mixtures, tall_documents, wide_documents), paths)
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
