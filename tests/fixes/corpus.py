"""Programs that print a secret, as data: `corpus/*.toml`, one file a language.

    language = "Python"             # as the table of idioms calls it
    file = "app.py"                 # where the programs stand; a case may say another
    run = "python3 app.py"          # a shell command; without it the fixed text is only parsed
    needs = ["python3"]             # programs without which the cases are skipped

    [[cases]]
    name = "constant"
    code = '''...«value»...'''      # «NAME¦value» where the variable is not called SECRET
    beside = { "package.json" = "{}" }
    refused = "a pattern"           # part of the refusal, where no fix is right
    without = "fails"               # or "prints nothing of it": what happens where the variable is missing
    whole = true                    # the value that moves is more than the mark (blanks around a key)

The marks «» are taken out; what stands between them is the value as the source spells it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from unleak.finding import Span
from unleak.fixes.change import Secret
from unleak.fixes.source import Source
from unleak.text import split_lines

try:
    import tomllib
except ImportError:
    import tomli as tomllib  # type: ignore[no-redef]

FOLDER = Path(__file__).parent / "corpus"
_MARK = re.compile("«(?:([A-Z][A-Z0-9_]*)¦)?([^«»]*)»")


@dataclass(frozen=True)
class Case:
    language: str
    name: str
    file: str
    run: str
    needs: tuple[str, ...]
    marked: str
    refused: str = ""
    beside: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.language}: {self.name}"

    @property
    def text(self) -> str:
        return _MARK.sub(lambda mark: mark[2], self.marked)

    @property
    def secrets(self) -> list[Secret]:
        found, taken = [], 0
        for mark in _MARK.finditer(self.marked):
            before = mark.start() - taken
            taken += len(mark[0]) - len(mark[2])
            found.append(Secret(_span(self.text, before, before + len(mark[2])), mark[1] or "SECRET"))
        return found

    @property
    def spelled(self) -> list[str]:
        """The values as the source spells them."""
        return [mark[2] for mark in _MARK.finditer(self.marked)]

    def source(self, text: str | None = None) -> Source:
        from unleak.fixes.idioms import idiom_of

        text = self.text if text is None else text
        idiom = idiom_of(self.file, text)
        return Source(text, self.file, idiom.grammar if idiom else "", self.beside.get)


def _span(text: str, start: int, end: int) -> Span:
    def place(at: int) -> tuple[int, int]:
        above = split_lines(text[:at])
        return len(above) - 1, len(above[-1])

    return Span(*place(start), *place(end))


def cases() -> list[Case]:
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in table["cases"]:
            found.append(
                Case(
                    table["language"],
                    case["name"],
                    case.get("file", table["file"]),
                    case.get("run", table.get("run", "")),
                    tuple(case.get("needs", table.get("needs", ()))),
                    case["code"],
                    case.get("refused", ""),
                    {**table.get("beside", {}), **case.get("beside", {})},
                )
            )
    return found
