"""How many examples of other scanners' own tests `unleak scan` flags, by what makes them recognizable.

Each example is a file of its own. A secret counts as flagged where a finding touches its value; by a
specific rule where that finding names a format and not just a password, token, key or secret.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from figures import print_table
from tools import UNLEAK, run

FORMATS = ("prefix", "marker", "private-key", "context")
GENERIC = ("generic-", "url-password")


def flagged(examples: list[dict[str, Any]], suffix: str) -> dict[str, list[dict[str, Any]]]:
    """The findings of each example by its id; `suffix` ends the names of the files that hold them."""
    with tempfile.TemporaryDirectory() as name:
        folder, output = Path(name) / "files", Path(name) / "findings"
        folder.mkdir()
        for number, example in enumerate(examples):
            (folder / f"f{number}{suffix}").write_bytes(example["text"].encode("utf-8", "surrogatepass"))
        cost = run([*UNLEAK, "scan", ".", "--format", "jsonl", "--quiet"], output, folder=folder)
        if cost.code not in (0, 1):
            sys.exit(f"unleak scan ended with {cost.code}: {cost.errors.strip()}")
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in map(json.loads, output.read_text(encoding="utf-8").splitlines()):
            found[examples[int(Path(row["path"]).stem[1:])]["id"]].append(row)
    return found


def touching(example: dict[str, Any], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings that share text with the example's value; all of them where it names none."""
    text = example["text"].replace("\r\n", "\n").replace("\r", "\n")
    values = [value for value in (example.get("value"), *example.get("values", ())) if value and value in text]
    if not values:
        return found
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    touched = []
    for row in found:
        start = starts[row["line"] - 1] + row["column"] - 1
        end = starts[row["end_line"] - 1] + row["end_column"] - 1
        if any(at < end and start < at + len(value) for value in values for at in _places(text, value)):
            touched.append(row)
    return touched


def _places(text: str, value: str) -> Iterator[int]:
    at = text.find(value)
    while at >= 0:
        yield at
        at = text.find(value, at + 1)


def is_specific(row: dict[str, Any]) -> bool:
    return not row["rule"].startswith(GENERIC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("examples", type=Path, help="JSONL: id, text, expect, value, format, peer, rule")
    parser.add_argument("--suffix", default=".txt", help="how the files' names end (default: .txt)")
    parser.add_argument("--list", choices=[*FORMATS, "clean"], help="print what is wrong of a kind")
    options = parser.parse_args()
    with options.examples.open(encoding="utf-8") as rows:
        examples = [json.loads(row) for row in rows]
    found = flagged(examples, options.suffix)

    total: Counter[str] = Counter()
    any_rule: Counter[str] = Counter()
    specific: Counter[str] = Counter()
    for example in examples:
        kind = "clean" if example["expect"] == "clean" else example.get("format") or "without a format"
        rows_here = touching(example, found.get(example["id"], []))
        total[kind] += 1
        any_rule[kind] += bool(rows_here)
        specific[kind] += any(map(is_specific, rows_here))
        enough = bool(rows_here) if kind in ("clean", "context") else any(map(is_specific, rows_here))
        wrong = enough is (kind == "clean")
        if wrong and options.list == kind:
            by = ",".join(sorted({row["rule"] for row in rows_here})) or "nothing"
            print(f"{example['id']}\t{example['peer']}:{example['rule']}\t{by}\t{example['text'][:200]!r}")
    print_table(
        ("examples", "of", "flagged", "by a specific rule"),
        [
            (kind, total[kind], _share(any_rule[kind], total[kind]), _share(specific[kind], total[kind]))
            for kind in (*FORMATS, "without a format", "clean")
            if total[kind]
        ],
    )


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.1%})"


if __name__ == "__main__":
    main()
