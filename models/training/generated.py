"""Generated files as a labelled set: a folder of files and labels as candidates.py reads them.

    python models/training/generated.py --count 6000 --seed 1 --out DIR

DIR/files/N/… holds the files, DIR/labels.jsonl what stands in them. Files of one of 60 made-up repositories share
a folder, so that some can be held out together.
"""

from __future__ import annotations

import argparse
import json
from bisect import bisect_right
from collections import Counter
from pathlib import Path

from generator import generate

REPOSITORIES = 60
CLASSES = {"secret": "S", "test": "D", "safe": "N"}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--count", type=int, default=6000)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--out", type=Path, required=True)
    asked = ask.parse_args()
    counts: Counter[str] = Counter()
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "labels.jsonl").open("w", encoding="utf-8") as labels:
        for number, sample in enumerate(generate(asked.seed, asked.count)):
            repository = f"generated-{number % REPOSITORIES:02}"
            file = f"g{number:05}/{sample.path}"
            target = asked.out / "files" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(sample.text.encode("utf-8"))
            text = sample.text.replace("\r\n", " \n").replace("\r", "\n")
            starts = [0, *(at + 1 for at, char in enumerate(text) if char == "\n")]
            for item in sample.items:
                first, last = bisect_right(starts, item.start) - 1, bisect_right(starts, item.end) - 1
                counts[item.label] += 1
                row = {
                    "file": file,
                    "repo": repository,
                    "licence": "Apache-2.0",
                    "label": "F" if item.label == "safe" else "T",
                    "class": CLASSES[item.label],
                    "category": "Generated",
                    "line_start": first + 1,
                    "line_end": last + 1,
                    "value_start": item.start - starts[first],
                    "value_end": item.end - starts[last],
                }
                labels.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
            if not sample.items:
                row = {"file": file, "repo": repository, "licence": "Apache-2.0", "label": "F", "category": "Generated"}
                labels.write(json.dumps(row | {"line_start": 1, "line_end": 1}, separators=(",", ":")) + "\n")
    print(dict(counts))


if __name__ == "__main__":
    main()
