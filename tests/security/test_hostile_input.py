"""Input made to hurt: nothing hangs, nothing crashes, what is there is still found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from unleak.finding import Span
from unleak.scanner import LiveScan, Scanner
from unleak.text import Text

PATIENCE = Path(__file__).with_name("patience.py")
TOKEN = "ghp_" + "AQGXZ4G6o5DRCIz5dlsDMney55Mr0A4UNEG7"


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [("values", 20), ("lines", 20), ("files", 60), ("files-without-hyperscan", 60)],
)
def test_no_repetition_makes_reading_endless(kind: str, seconds: int) -> None:
    """Each case takes milliseconds, on a busy machine a second; one that blows up takes hours, and the child dies."""
    done = subprocess.run(
        [sys.executable, str(PATIENCE), kind, str(seconds)], capture_output=True, text=True, check=False, timeout=600
    )
    last = done.stdout.splitlines()[-1:]
    assert last == ["done"]
    assert done.returncode == 0


@pytest.mark.parametrize("filler", ["x, ", "a", '{"k": 1}, ', "数据 ", "🔑", "\t"])
@pytest.mark.parametrize("path", ["a.json", "a.js", "notes"])
def test_a_token_in_the_middle_of_a_very_long_line(scanner: Scanner, filler: str, path: str) -> None:
    half = filler * (500_000 // len(filler))
    findings = scanner.scan(f"{half} {TOKEN} {half}", path)
    assert [(f.span.column, f.span.end_column) for f in findings] == [(len(half) + 1, len(half) + 1 + len(TOKEN))]


def test_ten_megabytes_on_one_line(scanner: Scanner) -> None:
    half = '{"id": 7, "name": "ada"}, ' * 200_000
    text = f'{half}"{TOKEN}", {half}'
    assert len(text) > 10_000_000
    (finding,) = scanner.scan(text, "dump.json")
    assert finding.span == (0, len(half) + 1, 0, len(half) + 1 + len(TOKEN))


@pytest.mark.parametrize("around", range(-45, 5))
def test_a_token_anywhere_around_the_edge_of_a_piece(scanner: Scanner, around: int) -> None:
    for edge in (3072, 4096, 7168, 8192):
        before = ("x " * edge)[: edge + around - 1] + " "
        findings = scanner.scan(before + TOKEN + " y" * 5000, "notes")
        assert [(f.span.column, f.span.end_column) for f in findings] == [(len(before), len(before) + len(TOKEN))]


@pytest.mark.parametrize(("encoding", "errors"), [("utf-8", "surrogateescape"), ("latin-1", "strict")])
def test_bytes_that_are_no_text(scanner: Scanner, encoding: str, errors: str) -> None:
    """All bytes there are, on both sides of a token, in every way that leaves none out."""
    every = bytes(range(256)) * 4
    text = Text((every + b"\n" + TOKEN.encode() + b"\n" + every).decode(encoding, errors))
    found = [text.cut(finding.span) == TOKEN for finding in scanner.scan(text, "blob")]
    assert found == [True]


def test_edits_of_text_that_is_no_text(scanner: Scanner) -> None:
    live = LiveScan(scanner, "blob", "\udc80\udcff\n" * 3)
    live.replace(Span(1, 1, 1, 2), f" {TOKEN} ")
    assert [finding.span for finding in live.findings] == [(1, 2, 1, 2 + len(TOKEN))]
