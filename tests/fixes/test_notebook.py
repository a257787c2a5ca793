"""Notebooks: the edits keep the JSON whole and every other cell as it stands."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from unleak.finding import Span
from unleak.fixes.change import Secret, applied
from unleak.fixes.notebook import move
from unleak.fixes.source import Source

VALUE = "kR8f-zQ2pW7m"
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(TEXTS, TEXTS, st.booleans(), st.sampled_from([None, 1]))
def test_the_rest_of_a_notebook_stays(before: str, after: str, ascii_only: bool, indent: int | None) -> None:
    lines = [f"# {before}\n", f"pair = ({before!r}, '{VALUE}', {after!r})\n"]
    notebook = {
        "cells": [{"cell_type": "markdown", "source": [after]}, {"cell_type": "code", "source": lines, "outputs": []}],
        "metadata": {},
    }
    text = json.dumps(notebook, ensure_ascii=ascii_only, indent=indent)
    at = text.index(VALUE)
    row, column = text.count("\n", 0, at), at - (text.rfind("\n", 0, at) + 1)
    secret = Secret(Span(row, column, row, column + len(VALUE)), "SECRET")
    result = move(Source(text, "a.ipynb", "json"), [secret])
    fixed = json.loads(applied(text, result.changes))
    cell = fixed["cells"][1]["source"]
    assert [*cell[:1], *cell[-1:]] == [lines[0], lines[1].replace(f"'{VALUE}'", "os.environ['SECRET']")]
    assert "".join(cell[1:-1]).strip() == "import os"
    assert fixed["cells"][0] == notebook["cells"][0]
