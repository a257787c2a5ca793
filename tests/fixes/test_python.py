"""Python: where the import goes, and that what moves is what the program saw."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.finding import Span
from unleak.fixes.change import Secret, applied
from unleak.fixes.python import move
from unleak.fixes.source import Source

VALUE = "kR8f-zQ2pW7m"
HEADERS = {
    "in the order of the imports": (
        "import json\nimport sys\nfrom re import sub\n\nKEY = V\n",
        "import json\nimport os\nimport sys\nfrom re import sub\n\nKEY = E\n",
    ),
    "before imports of names": ("from re import sub\n\nKEY = V\n", "import os\nfrom re import sub\n\nKEY = E\n"),
    "apart from packages": ("import requests\n\nKEY = V\n", "import os\n\nimport requests\n\nKEY = E\n"),
    "behind what must be first": (
        "#!/usr/bin/env python3\n'''Shop.'''\n\nfrom __future__ import annotations\n\nKEY = V\n",
        "#!/usr/bin/env python3\n'''Shop.'''\n\nfrom __future__ import annotations\n\nimport os\n\nKEY = E\n",
    ),
    "above a comment on the first statement": (
        "# Licence.\n\n# Of the shop.\nKEY = V\n",
        "# Licence.\n\nimport os\n\n# Of the shop.\nKEY = E\n",
    ),
    "above a branch of imports": (
        "try:\n    import os\nexcept ImportError:\n    pass\nKEY = V\n",
        "import os\n\ntry:\n    import os\nexcept ImportError:\n    pass\nKEY = E\n",
    ),
    "not at all": ("import os.path, sys\n\nKEY = V\n", "import os.path, sys\n\nKEY = E\n"),
    "under its other name": ("import os as _os\n\nKEY = V\n", "import os as _os\n\nKEY = _os.environ['SECRET']\n"),
    "again where it comes too late": ("KEY = V\nimport os\n", "import os\n\nKEY = E\nimport os\n"),
    "once for a function above it": (
        "def key():\n    return V\n\n\nimport os\n",
        "def key():\n    return E\n\n\nimport os\n",
    ),
}


def moved(text: str, spelled: str) -> tuple[str, dict[str, str]]:
    at = text.index(spelled)
    row = text.count("\n", 0, at)
    column = at - (text.rfind("\n", 0, at) + 1)
    secret = Secret(Span(row, column, row, column + len(spelled)), "SECRET")
    change = move(Source(text, "app.py", "python"), [secret])
    return applied(text, change.changes), dict(change.values)


@pytest.mark.parametrize(("before", "after"), HEADERS.values(), ids=HEADERS)
def test_the_import_goes_where_it_belongs(before: str, after: str) -> None:
    text, _ = moved(before.replace("V", f"'{VALUE}'", 1), VALUE)
    assert text == after.replace("KEY = E", "KEY = os.environ['SECRET']").replace(
        "return E", "return os.environ['SECRET']"
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_what_moves_is_what_the_program_saw(value: str) -> None:
    """Whatever the value holds: its escapes are undone."""
    literal = repr(f"<{value}>")
    text, values = moved(f"import os\nKEY = {literal}\n", literal[1:-1])
    assert values["SECRET"] == f"<{value}>"
    assert text == f"import os\nKEY = os.environ[{literal[0]}SECRET{literal[0]}]\n"
