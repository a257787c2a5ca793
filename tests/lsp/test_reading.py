"""A document that changes while it is read ends with the findings of a full scan."""

from __future__ import annotations

from pathlib import Path

import pytest
from editor import ACME, RULES, edit
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types as lsp

from unleak.detect.catalog import Catalog, parse_rules
from unleak.lsp.documents import Document
from unleak.lsp.positions import UTF32
from unleak.scanner import Scanner

BLOCK_RULE = """
[[rules]]
id = "acme-block"
description = "Acme block"
kind = "private-key"
severity = "error"
distinctive = true
regex = "BEGIN KEY"
until = "END KEY"
keywords = ["begin key"]
examples = ["BEGIN KEY END KEY"]
non_examples = ["BEGIN"]
"""
PIECES = (f'KEY = "{ACME}"\n', "import os\n", "BEGIN KEY\n", "END KEY\n", "\r\n", "\r", "x", "\n", "")

pieces = st.sampled_from(PIECES)
lines, columns = st.integers(0, 32), st.integers(0, 35)
edits = st.builds(edit, lines, columns, lines, columns, pieces)
steps = st.lists(st.one_of(st.integers(1, 200), edits), max_size=20)


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    rules, problems = parse_rules(Path("acme.toml"), (RULES + BLOCK_RULE).encode())
    assert problems == []
    return Scanner(Catalog(rules))


@settings(deadline=None)
@given(st.lists(pieces, max_size=30), steps)
def test_reading_may_be_mixed_with_edits(scanner: Scanner, source: list[str], steps: list[object]) -> None:
    document = Document(lsp.TextDocumentItem("file:///app.py", "python", 1, "".join(source)))
    document.begin(scanner, "app.py")
    for step in steps:
        if isinstance(step, int):
            document.read_on(step)
        else:
            document.change(2, [step], UTF32)
    while not document.is_read:
        document.read_on(100)
    assert document.findings == scanner.scan(str(document.text), "app.py")


def test_blocks_are_findings(scanner: Scanner) -> None:
    """Or the property above would not see what reaches over the border of what has been read."""
    (found,) = scanner.scan("BEGIN KEY\nx\nEND KEY\n", "app.py")
    assert found.span == (0, 0, 2, 7)
