"""Labelled files: where the secrets are, and when a span hits one. Columns are code points, from 0.

A label row is JSON with `file, line_start, line_end, value_start, value_end` (lines from 1), `label`
("T" for a secret), `category`, `language`, and perhaps `class` and `id_only`.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

_BREAK = re.compile(r"\r\n|\r|\n")
_EDGES = frozenset(" \t\r\n\"'`;,")
_NO_SECRETS = frozenset(  # categories that name things which need not be kept secret
    (
        "UUID",
        "AWS S3 Bucket",
        "Firebase Domain",
        "Tencent WeChat API App ID",
        "Nonce",
        "Salt",
        "AWS Client ID",
        "Other",
    )
)


class Place(NamedTuple):
    """A span on lines counted from 1, its columns None where only the lines are known."""

    line: int
    start: int | None
    end_line: int
    end: int | None

    def touches(self, other: Place) -> bool:
        """Whether they share a line."""
        return self.line <= other.end_line and other.line <= self.end_line

    def inside(self, other: Place) -> bool:
        """Whether no line of it lies outside of `other`."""
        return other.line <= self.line and self.end_line <= other.end_line

    def shown(self, path: Path) -> str:
        """As a compiler would name it; columns from 1, the end exclusive."""
        return f"{path}:{self.line}:{(self.start or 0) + 1}-{(self.end or 0) + 1}"


class Secret(NamedTuple):
    """One labelled secret."""

    place: Place  # its edges trimmed
    category: str
    kind: str  # the class of the label
    language: str

    def is_hit(self, found: Place) -> bool:
        """Exactly the same span; of a secret over several lines the same first line."""
        if self.place.line != self.place.end_line:
            return found.line == self.place.line
        return found.line == self.place.line and (found.start, found.end) == (self.place.start, self.place.end)


@dataclass(slots=True)
class LabelledFile:
    """The labels of one file: secrets, and places at which a finding is neither right nor wrong."""

    secrets: list[Secret] = field(default_factory=list)
    ignored: list[Place] = field(default_factory=list)


class Data(NamedTuple):
    """A folder of files, the labels in it, and their own files, which are not part of what is scanned."""

    root: Path
    files: dict[str, LabelledFile]
    languages: dict[str, str]  # of each labelled file
    own: frozenset[Path]

    @property
    def name(self) -> str:
        return self.root.name


def add_data_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        nargs="+",
        type=Path,
        action="append",
        required=True,
        metavar=("ROOT", "LABELS"),
        help="a folder, its labels, and perhaps a third file of places to ignore; may be given again",
    )


def load(paths: Sequence[Path]) -> Data:
    """Read what one `--data` names."""
    if len(paths) not in (2, 3):
        raise SystemExit("--data takes a folder, a file of labels, and perhaps a file of places to ignore")
    root, labels, *copies = [path.resolve() for path in paths]
    data = Data(root, {}, {}, frozenset((labels, *copies)))
    lines = _Lines(root)
    for row in _rows(labels):
        data.languages[row["file"]] = row.get("language") or Path(row["file"]).suffix or "none"
        if row["label"] != "T":
            continue
        labelled = data.files.setdefault(row["file"], LabelledFile())
        place = Place(row["line_start"], row.get("value_start"), row["line_end"], row.get("value_end"))
        if _is_secret(row, place):
            place = trimmed(place, lines.of(row["file"]))
            kind = row.get("class") or "T"
            labelled.secrets.append(Secret(place, row["category"], kind, data.languages[row["file"]]))
        else:
            labelled.ignored.append(place)
    for path in copies:
        for row in _rows(path):
            line = row.get("line") or row["line_start"]
            place = Place(line, None, row.get("line_end") or line, None)
            data.files.setdefault(row["file"], LabelledFile()).ignored.append(place)
    return data


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _is_secret(row: dict[str, Any], place: Place) -> bool:
    if row.get("id_only") or _NO_SECRETS.issuperset(row["category"].split(":")):
        return False
    return place.start is not None and place.end is not None and min(place.start, place.end) >= 0


def trimmed(place: Place, lines: Sequence[str]) -> Place:
    """Without blanks, quotes, commas and semicolons at its ends, where it lies on one line that exists."""
    line, start, end_line, end = place
    if line != end_line or not 1 <= line <= len(lines) or start is None or end is None:
        return place
    text = lines[line - 1]
    end = min(end, len(text))
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    return Place(line, start, end_line, end)


class _Lines:
    """The lines of one file at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._file = ""
        self._lines: list[str] = []

    def of(self, file: str) -> list[str]:
        if file != self._file:
            self._file, self._lines = file, lines_of(self._root / file)
        return self._lines


def lines_of(path: Path) -> list[str]:
    data = path.read_bytes().decode("utf-8", "surrogateescape")
    return _BREAK.split(data)
