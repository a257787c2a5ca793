"""Labelled candidates to questions of the protocol, as the judge will be asked.

    python models/training/questions.py --candidates candidates.jsonl --odds odds.npy --out questions.jsonl

Each line of the output is a question: source, repo, fold, whether it is easy, prefix, suffixes and for each suffix a
label (probabilities of secret, test, safe), a weight, and the number of its candidate in the tables.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from candidates import SAFE, SECRET, TEST
from prescore import DISAGREED, folds_of

from unleak import decision
from unleak.detect import roles
from unleak.finding import Span
from unleak.judge import protocol
from unleak.text import flatten_breaks

KEEP = 0.004
"""Candidates below this pre-score are no questions; a few of them are asked all the same, as plain examples."""
PLAIN = 0.03
EASY = 0.01
"""Below it the pre-score knows what is safe; what is easy is asked about less often."""
LESS = {"generated": 0.5}
"""Sources whose examples count less than those that people wrote."""
NEVER = -2
"""The fold of what is never held out."""


def label_of(row: dict) -> tuple[list[float], float]:
    """The label that is learned and its weight."""
    label, weight = list(row["label"]), row["weight"]
    if row["again"] and row["again"] != "P" and "right" in row and row["source"] != "labelled-dev":
        if row["right"]:
            first = TEST if roles.role_of(row["file"]).value in ("test", "sample", "docs") else SECRET
            first = tuple(row["label"]) if row["label"][2] < 1 else first
        else:
            first = SAFE
        label = [DISAGREED * new + (1 - DISAGREED) * old for new, old in zip(label, first, strict=True)]
    return label, weight


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--candidates", type=Path, required=True)
    ask.add_argument("--odds", type=Path, required=True)
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--learned", action="append", default=[], help="a source of which nothing is held out")
    ask.add_argument("--seed", type=int, default=0)
    asked = ask.parse_args()
    roots: dict[str, Path] = {}
    rows: list[dict] = []
    with asked.candidates.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if "span" in row:
                row.pop("words")
                rows.append(row)
            else:
                roots[row["source"]] = Path(row["root"])
    odds = np.load(asked.odds)
    folds = folds_of([row["repo"] for row in rows])
    folds = [NEVER if row["source"] in asked.learned else fold for row, fold in zip(rows, folds, strict=True)]
    chance = random.Random(asked.seed)
    by_file: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        plain = chance.random() < PLAIN
        if row["public"] or (row["weight"] == 0 and folds[at] != 0):
            continue
        if odds[at] >= KEEP or row["label"][2] < 0.5 or row.get("right") or plain:
            by_file[row["source"], row["file"]].append(at)
    counts: Counter[str] = Counter()
    with asked.out.open("w", encoding="utf-8") as out:
        for (source, file), of in by_file.items():
            text = (roots[source] / file).read_bytes().decode("utf-8", "surrogateescape")
            text_lines = flatten_breaks(text).encode("utf-8", "replace").decode("utf-8").split("\n")
            asks = [
                protocol.Asked(Span(*rows[at]["span"]), rows[at]["key"], decision.told(rows[at]["signals"]))
                for at in of
            ]
            path = rows[of[0]].get("path", file)
            about = (roles.role_of(path).value, roles.family_of(path))
            for question, members in protocol.questions(text_lines, path, about, asks):
                known = [label_of(rows[of[at]]) for at in members]
                less = LESS.get(source, 1.0)
                is_easy = all(
                    odds[of[at]] < EASY and label[2] == 1 for at, (label, _) in zip(members, known, strict=True)
                )
                counts[source] += len(members)
                row = {
                    "source": source,
                    "repo": rows[of[0]]["repo"],
                    "fold": folds[of[0]],
                    "easy": is_easy,
                    "prefix": question.prefix,
                    "suffixes": question.suffixes,
                    "labels": [label for label, _ in known],
                    "weights": [less * weight for _, weight in known],
                    "rows": [of[at] for at in members],
                }
                out.write(json.dumps(row, separators=(",", ":")) + "\n")
    print(dict(counts))


if __name__ == "__main__":
    main()
