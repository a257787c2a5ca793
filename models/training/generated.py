"""Generated and hand-written files as a labelled set: a folder of files and labels as candidates.py reads them.

    python models/training/generated.py --count 6000 --seed 1 --out DIR
    python models/training/generated.py --written models/training/written --seed 1 --out DIR

DIR/files/N/… holds the files, DIR/labels.jsonl what stands in them. Files of one of some made-up repositories share
a name, so that they can be held out together.
"""

from __future__ import annotations

import argparse
import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from generator import Sample, generate
from written import written

REPOSITORIES = 60
CLASSES = {"secret": "S", "test": "D", "safe": "N"}


def write_set(samples: Iterable[Sample], name: str, out: Path) -> Counter[str]:
    """Write the files and their labels; how many of each label there are."""
    counts: Counter[str] = Counter()
    out.mkdir(parents=True, exist_ok=True)
    with (out / "labels.jsonl").open("w", encoding="utf-8") as labels:
        for number, sample in enumerate(samples):
            file = f"{name[0]}{number:05}/{sample.path}"
            target = out / "files" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(sample.text.encode("utf-8"))
            head = {"file": file, "repo": f"{name}-{number % REPOSITORIES:02}", "licence": "Apache-2.0"}
            for row in _rows(sample) or [{"label": "F", "category": "Generated", "line_start": 1, "line_end": 1}]:
                labels.write(json.dumps(head | row, ensure_ascii=False, separators=(",", ":")) + "\n")
            counts.update(item.label for item in sample.items)
    return counts


def _rows(sample: Sample) -> list[dict]:
    text = sample.text.replace("\r\n", " \n").replace("\r", "\n")
    starts = [0, *(at + 1 for at, char in enumerate(text) if char == "\n")]
    rows = []
    for item in sample.items:
        first, last = bisect_right(starts, item.start) - 1, bisect_right(starts, item.end) - 1
        rows.append(
            {
                "label": "F" if item.label == "safe" else "T",
                "class": CLASSES[item.label],
                "category": "Generated",
                "line_start": first + 1,
                "line_end": last + 1,
                "value_start": item.start - starts[first],
                "value_end": item.end - starts[last],
            }
        )
    return rows


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--count", type=int, default=6000)
    ask.add_argument("--written", type=Path, help="take these files instead")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--out", type=Path, required=True)
    asked = ask.parse_args()
    if asked.written:
        counts = write_set(written(asked.written, asked.seed), "written", asked.out)
    else:
        counts = write_set(generate(asked.seed, asked.count), "generated", asked.out)
    print(dict(counts))


if __name__ == "__main__":
    main()
