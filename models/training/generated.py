"""Generated files to questions of the protocol.

    python models/training/generated.py --count 8000 --seed 1 --out generated.jsonl

The pre-score is that of the shipped weights, which have seen no generated file.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path

from candidates import SAFE, SECRET, TEST
from generator import generate
from questions import KEEP, PLAIN
from unleak import decision
from unleak.detect import roles
from unleak.judge import protocol
from unleak.scanner import Scanner
from unleak.text import flatten_breaks

LABELS = {"secret": SECRET, "test": TEST, "safe": SAFE}
FOLD = -2
"""Generated files are never held out."""


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--count", type=int, default=8000)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--weight", type=float, default=0.5)
    ask.add_argument("--out", type=Path, required=True)
    asked = ask.parse_args()
    scanner, chance = Scanner(), random.Random(asked.seed)
    counts: Counter[str] = Counter()
    number = -1
    with asked.out.open("w", encoding="utf-8") as out:
        for sample in generate(asked.seed, asked.count):
            text = flatten_breaks(sample.text)
            lines = text.split("\n")
            starts = [0]
            for line in lines:
                starts.append(starts[-1] + len(line) + 1)
            labels = {(item.start, item.end): item.label for item in sample.items}
            chosen: dict[tuple[int, int], tuple[protocol.Asked, tuple[float, ...], float]] = {}
            for line, shift, candidates in scanner.candidates(text, sample.path):
                for candidate in filter(decision.is_possible, candidates):
                    span, at = candidate.span, candidate.span.column - shift
                    if candidate.rule is not None and candidate.rule.public:
                        continue
                    likely = decision.probability(candidate, line, sample.path, at)
                    start, end = starts[span.line] + span.column, starts[span.end_line] + span.end_column
                    label = labels.get((start, end), "safe")
                    is_part = label == "safe" and any(
                        item.start < end and start < item.end and item.label != "safe" for item in sample.items
                    )
                    if likely < KEEP and label == "safe" and chance.random() > PLAIN:
                        continue
                    told = decision.told(decision.features(candidate, line, sample.path, at), likely)
                    if (start, end) not in chosen or candidate.rule is not None:
                        weight = asked.weight * (0.3 if is_part else 1.0)
                        chosen[start, end] = protocol.Asked(span, candidate.key, told), LABELS[label], weight
                        counts[label] += 1
            entries = list(chosen.values())
            about = (roles.role_of(sample.path).value, roles.family_of(sample.path))
            asks = [entry[0] for entry in entries]
            for question, members in protocol.questions(lines, sample.path, about, asks):
                rows = list(range(number, number - len(members), -1))
                number -= len(members)
                row = {
                    "source": "generated",
                    "repo": "generated",
                    "fold": FOLD,
                    "prefix": question.prefix,
                    "suffixes": question.suffixes,
                    "labels": [entries[at][1] for at in members],
                    "weights": [entries[at][2] for at in members],
                    "rows": rows,
                }
                out.write(json.dumps(row, separators=(",", ":")) + "\n")
    print(dict(counts))


if __name__ == "__main__":
    main()
