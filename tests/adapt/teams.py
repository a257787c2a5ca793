"""A made-up team whose code the judge has never seen the like of: what they call a `tessera` opens doors.

What they call a `parcel` numbers a delivery and looks just the same. In tests a tessera is one of the test system.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

_WORDS = "harbor ledger courier quarry meadow signal orchard beacon gantry lantern mosaic cobalt vesper juniper".split()
_CONSONANTS, _DIGITS = "bcdfghjkmnpqrstvwxz", "23456789"


class Value(NamedTuple):
    line: int  # from 1
    column: int  # code points, from 1
    text: str
    label: str


class Code(NamedTuple):
    path: str
    text: str
    values: list[Value]


class _Sheet:
    """A file while it is written."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.one, self.two = chance.sample(_WORDS, 2)
        self.lines: list[str] = []
        self.values: list[Value] = []

    def add(self, *lines: str) -> None:
        self.lines += lines

    def put(self, line: str, label: str) -> None:
        """A line with a new value where its @ is."""
        value = self._value()
        self.lines.append(line.replace("@", value))
        self.values.append(Value(len(self.lines), line.index("@") + 1, value, label))

    def _value(self) -> str:
        def group() -> str:
            letters = "".join(self.chance.choice(_CONSONANTS) for _ in range(4))
            return letters + self.chance.choice(_DIGITS) + self.chance.choice(_CONSONANTS + _DIGITS)

        return "-".join(group() for _ in range(3))


def _client(sheet: _Sheet) -> str:
    sheet.add(f'"""{sheet.one.title()} client."""', "import acmenet", "")
    sheet.put(f'{sheet.one.upper()}_TESSERA = "@"', "secret")
    sheet.put(f'{sheet.one.upper()}_PARCEL = "@"', "safe")
    sheet.add("", f"def connect_{sheet.two}(host):")
    sheet.put('    return acmenet.open(host, tessera="@")', "secret")
    return f"src/{sheet.one}.py"


def _settings(sheet: _Sheet) -> str:
    sheet.add(f"{sheet.one}:", f"  host: {sheet.two}.internal")
    sheet.put("  tessera: @", "secret")
    sheet.put("  parcel: @", "safe")
    sheet.add(f"  retries: {sheet.chance.randint(1, 9)}")
    return f"config/{sheet.one}.yaml"


def _page(sheet: _Sheet) -> str:
    sheet.add(f"import {{ open }} from './{sheet.two}'", "")
    sheet.put(f"export const {sheet.one}Tessera = '@'", "secret")
    sheet.put(f"export const {sheet.one}Parcel = '@'", "safe")
    sheet.put(f"open('{sheet.one}', {{ parcel: '@' }})", "safe")
    return f"web/{sheet.one}.ts"


def _deployment(sheet: _Sheet) -> str:
    sheet.add(f"{sheet.one.upper()}_HOST={sheet.two}.internal")
    sheet.put(f"{sheet.one.upper()}_TESSERA=@", "secret")
    sheet.put(f"{sheet.one.upper()}_PARCEL=@", "safe")
    return f"deploy/{sheet.one}.conf"


def _test(sheet: _Sheet) -> str:
    sheet.add("import pytest", "", f"def test_{sheet.one}():")
    sheet.put('    tessera = "@"', "test")
    sheet.put('    assert ship(parcel="@", tessera=tessera)', "safe")
    return f"tests/test_{sheet.one}.py"


_KINDS: tuple[Callable[[_Sheet], str], ...] = (_client, _settings, _page, _deployment, _test)


def code(seed: int, count: int) -> Iterator[Code]:
    """`count` files of the team, all kinds in turn; other seeds give other values and words together."""
    chance = random.Random(seed)
    for number in range(count):
        sheet = _Sheet(chance)
        path = _KINDS[number % len(_KINDS)](sheet)
        yield Code(f"{seed}_{number}/{path}", "\n".join(sheet.lines) + "\n", sheet.values)


def write(folder: Path, files: Iterator[Code], most: int = 1 << 30) -> int:
    """A folder of examples with at most about `most` values; how many there are."""
    folder.mkdir(exist_ok=True)
    labels: list[str] = []
    for path, text, values in files:
        if len(labels) + len(values) > most:
            break
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        labels += [json.dumps({"path": path, "line": v.line, "column": v.column, "label": v.label}) for v in values]
    (folder / "labels.jsonl").write_text("\n".join(labels) + "\n")
    return len(labels)
