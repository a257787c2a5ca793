"""The table of languages in docs/fixes.md is what the corpus says.

cd tests && python -m fixes.test_documentation      # writes it anew
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from fixes.corpus import Case, cases
from unleak.fixes.idioms import idiom_of, idioms

PAGE = Path(__file__).parents[2] / "docs" / "fixes.md"
_TABLE = re.compile(r"^\| Language .*\n(?:\|.*\n)+", re.MULTILINE)


def test_the_table_of_languages_is_that_of_the_corpus() -> None:
    assert _TABLE.findall(PAGE.read_text(encoding="utf-8")) == [table()]


def table() -> str:
    """A Markdown table: every language in the order of the idioms, with what its cases are and in sum."""
    found = cases()
    rows = [["Language", "For example", "run", "parsed", "refused"], ["---", "---", "--:", "--:", "--:"]]
    for idiom in idioms():
        of = [case for case in found if case.language == idiom.name]
        rows.append([idiom.name, next(_examples(of), ""), *_counts(of)])
    rows.append([f"{len(idioms())} in all", "", *_counts(found)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _counts(of: Sequence[Case]) -> list[str]:
    moved = [case for case in of if not case.refused]
    run = sum(bool(case.run) for case in moved)
    return [str(run), str(len(moved) - run), str(len(of) - len(moved))]


def _examples(of: Sequence[Case]) -> Iterator[str]:
    """What fixes write in place of values, as code."""
    for case in of:
        idiom = idiom_of(case.file, case.text)
        if case.refused or idiom is None:
            continue
        names = [secret.name.lower() for secret in case.secrets]
        for change in idiom.move(case.source(), case.secrets).changes:
            for line in change.new.splitlines():
                if any(name in line.lower() for name in names):
                    yield "`" + line.strip().replace("|", r"\|") + "`"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_TABLE.sub(lambda _: table(), text, count=1), encoding="utf-8")
