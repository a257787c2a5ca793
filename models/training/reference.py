"""The reference questions that ship with unleak: what an adapted judge repeats while it learns, and is tried on.

    python models/training/reference.py --questions questions.jsonl --odds odds.npy

They are of the generated and the written files alone, whose texts are this project's own; whole files go into one
of the two parts. The bundled judge has learned from these files, so it does better on them than on others: they
show what an adapter costs, not how good a judge is.

    python models/training/reference.py --candidates candidates.jsonl --odds odds.npy --logits judge.3.npz
        --calibration calibration.json

That is told by the table of opinions: how many candidates in repositories that the judge has not seen are credentials,
and how many are not, by what signals and judge say of them. It holds counts and no text.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from pathlib import Path

import numpy as np
from calibrate import Judged, softmax

from unleak.adapt.reference import FILE, PARTS, TABLE, Opinions

SOURCES = ("generated", "written")


def write_questions(asked: argparse.Namespace) -> None:
    odds = np.load(asked.odds)
    chance = random.Random(asked.seed)
    taken: dict[str, list[dict]] = {part: [] for part in PARTS}
    for source in SOURCES:
        files: dict[str, list[dict]] = {}
        with asked.questions.open(encoding="utf-8") as lines:
            for question in map(json.loads, lines):
                if question["source"] == source and not question["easy"] and any(question["weights"]):
                    files.setdefault(question["prefix"].partition("\n")[0], []).append(question)
        names = sorted(files)
        chance.shuffle(names)
        sizes = dict.fromkeys(PARTS, 0)
        for name in names:
            part = min(PARTS, key=sizes.__getitem__)
            if sizes[part] >= asked.count // len(SOURCES):
                break
            sizes[part] += len(files[name])
            taken[part] += files[name]
    with FILE.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
        for part, questions in taken.items():
            for question in questions:
                line = {
                    "part": part,
                    "prefix": question["prefix"],
                    "suffixes": question["suffixes"],
                    "labels": question["labels"],
                    "weights": [float(weight > 0) for weight in question["weights"]],
                    "likely": [round(float(odds[row]), 4) for row in question["rows"]],
                }
                out.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
    print({part: len(questions) for part, questions in taken.items()}, FILE.stat().st_size, "bytes")


def write_opinions(asked: argparse.Namespace) -> None:
    judged = Judged(asked.candidates, asked.odds, asked.logits, asked.fold)
    fit = json.loads(asked.calibration.read_text(encoding="utf-8"))
    verdicts = softmax((judged.logits + np.array(fit["bias"])) / fit["temperature"])
    on = judged.asked & (judged.likely >= fit["decision"]["ask"])
    table = Opinions.counted(judged.likely[on], 1 - verdicts[on, 2], judged.target[on], judged.emphasis[on])
    TABLE.write_text(json.dumps({"is": table.there.tolist(), "is not": table.not_there.tolist()}) + "\n")
    print(f"{int(on.sum())} candidates, {table.there.sum():.0f} for credentials", TABLE.stat().st_size, "bytes")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--odds", type=Path, required=True)
    ask.add_argument("--questions", type=Path, help="write the reference questions")
    ask.add_argument("--count", type=int, default=800, help="questions of each part")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--candidates", type=Path, action="append", help="write the table of opinions")
    ask.add_argument("--logits", type=Path)
    ask.add_argument("--calibration", type=Path)
    ask.add_argument("--fold", type=int, default=0)
    asked = ask.parse_args()
    if asked.questions:
        write_questions(asked)
    if asked.candidates:
        write_opinions(asked)


if __name__ == "__main__":
    main()
