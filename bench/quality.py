"""Precision and recall of `unleak scan` on labelled files, by exact spans.

A finding is right if its line and its columns are those of a labelled secret, blanks and quotes at the
edges aside. Any other finding is a false alarm, unless its line has a label that counts for neither.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from figures import print_table
from labels import Data, LabelledFile, Place, Secret, add_data_option, lines_of, load, trimmed
from tools import UNLEAK, run

LEVELS = ("hint", "information", "warning", "error")
NOTHING = LabelledFile()


class Found(NamedTuple):
    """One finding."""

    file: str
    place: Place
    rule: str
    level: int


class Outcome(NamedTuple):
    """What each label and each finding came to, in one set of data at one level."""

    hits: list[tuple[Secret, Found]]
    misses: list[tuple[str, Secret]]
    alarms: list[Found]


def scan(data: Data) -> list[Found]:
    """All findings below the folder, except in the labels themselves."""
    with tempfile.TemporaryDirectory() as name:
        output = Path(name) / "findings"
        cost = run([*UNLEAK, "scan", ".", "--format", "jsonl", "--quiet"], output, folder=data.root)
        if cost.code not in (0, 1):
            print(f"unleak scan ended with {cost.code}: {cost.errors.strip()}", file=sys.stderr)
        rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    by_file: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_file[Path(row["path"]).as_posix()].append(row)
    found: list[Found] = []
    for file, findings in by_file.items():
        if data.root / file not in data.own:
            lines = lines_of(data.root / file)
            found += [_found(file, row, lines) for row in findings]
    return found


def _found(file: str, row: Mapping[str, Any], lines: list[str]) -> Found:
    place = Place(row["line"], row["column"] - 1, row["end_line"], row["end_column"] - 1)
    return Found(file, trimmed(place, lines), row["rule"], LEVELS.index(row["severity"]))


def judge(data: Data, findings: Iterable[Found], least: int) -> Outcome:
    by_file: dict[str, dict[Place, Found]] = defaultdict(dict)
    for found in findings:
        if found.level >= least:
            by_file[found.file][found.place] = found  # one a place, however many rules say so
    outcome = Outcome([], [], [])
    for file in data.files.keys() | by_file.keys():
        labelled, places = data.files.get(file, NOTHING), by_file.get(file, {})
        right: set[Place] = set()
        for secret in labelled.secrets:
            hits = [place for place in places if secret.is_hit(place)]
            right.update(hits)
            if hits:
                outcome.hits.append((secret, places[hits[0]]))
            else:
                outcome.misses.append((file, secret))
            if secret.place.end_line > secret.place.line:  # a block may be told line by line
                right.update(place for place in places if place.inside(secret.place))
        outcome.alarms.extend(
            found
            for place, found in places.items()
            if place not in right and not any(place.touches(ignored) for ignored in labelled.ignored)
        )
    return outcome


def figures(hits: int, misses: int, alarms: int) -> list[object]:
    """Secrets, hits, false alarms, precision, recall and F1."""
    precision, recall = hits / max(hits + alarms, 1), hits / max(hits + misses, 1)
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return [hits + misses, hits, alarms, *(f"{share:.4f}" for share in (precision, recall, f1))]


def grouped(data: Data, outcome: Outcome) -> list[list[object]]:
    """Rows by class, category and language of the labels, and by rule of the findings."""
    hits, misses, alarms = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for secret, found in outcome.hits:
        hits.update((*_groups(secret), ("rule", found.rule)))
    for _, secret in outcome.misses:
        misses.update(_groups(secret))
    for found in outcome.alarms:
        alarms.update((("rule", found.rule), ("language", _language(data, found.file))))
    names = sorted(hits.keys() | misses.keys() | alarms.keys())
    names.sort(key=lambda name: (name[0], -hits[name] - misses[name] - alarms[name]))
    rows = []
    for name in names:
        count = figures(hits[name], misses[name], alarms[name])
        if name[0] == "rule":
            count[0] = count[4] = count[5] = "-"  # a missed secret is missed by all rules
        elif name[0] != "language":
            count[2] = count[3] = count[5] = "-"  # a false alarm has no label
        rows.append([data.name, *name, *count])
    return rows


def _groups(secret: Secret) -> list[tuple[str, str]]:
    return [("class", secret.kind), ("category", secret.category), ("language", secret.language)]


def _language(data: Data, file: str) -> str:
    return data.languages.get(file) or Path(file).suffix or "none"


def places_to_read(data: Data, outcome: Outcome, misses: int, alarms: int, rng: random.Random) -> None:
    """Print where to look; columns from 1, and no values."""
    for file, secret in rng.sample(sorted(outcome.misses), min(misses, len(outcome.misses))):
        print(f"missed      {secret.place.shown(data.root / file)} {secret.category}")
    for found in rng.sample(sorted(outcome.alarms), min(alarms, len(outcome.alarms))):
        print(f"false alarm {found.place.shown(data.root / found.file)} {found.rule} {LEVELS[found.level]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_data_option(parser)
    parser.add_argument("--by", nargs="+", choices=("rule", "class", "category", "language"), default=())
    parser.add_argument("--min-severity", choices=LEVELS, default="information", help="for --by and places")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="print N places that were missed")
    parser.add_argument("--alarms", type=int, default=0, metavar="N", help="print N places of false alarms")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of places")
    arguments = parser.parse_args()
    rows: list[list[object]] = []
    chosen: list[tuple[Data, Outcome]] = []
    for paths in arguments.data:
        data = load(paths)
        findings = scan(data)
        for level in ("information", "warning"):
            outcome = judge(data, findings, LEVELS.index(level))
            counts = (len(outcome.hits), len(outcome.misses), len(outcome.alarms))
            rows.append([data.name, "all", level, *figures(*counts)])
        chosen.append((data, judge(data, findings, LEVELS.index(arguments.min_severity))))
    rows += [row for data, outcome in chosen for row in grouped(data, outcome) if row[1] in arguments.by]
    print_table(["data", "by", "", "secrets", "found", "alarms", "precision", "recall", "F1"], rows)
    rng = random.Random(arguments.seed)
    for data, outcome in chosen:
        places_to_read(data, outcome, arguments.misses, arguments.alarms, rng)


if __name__ == "__main__":
    main()
