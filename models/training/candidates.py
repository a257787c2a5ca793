"""Labelled files to labelled candidates: what rules and extractor propose there, and which of the three it is.

    python models/training/candidates.py --data NAME ROOT LABELS.jsonl [--data …] [--read READ.jsonl]
        [--names TABLE.tsv] --out candidates.jsonl

LABELS.jsonl has one labelled stretch a line: file (below ROOT), repo, licence, label (T a secret, F none, X
undecided), category, line_start, line_end (from 1), value_start, value_end (code points, from 0) and, where files
were labelled in three classes, class (S live, D development or test, N none). READ.jsonl has what was read again by
the guide of the three classes and overrides: source, file, line, column (from 0), label (S, D, N, P a part).

Each line of the output is one candidate: source, repo, licence, file, span, key, signals, rule, its label as
probabilities of secret, test and safe, a weight for learning (0: left out) and how a strict score counts it.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from unleak import decision
from unleak.detect import roles, values, wording
from unleak.finding import Candidate, Role
from unleak.scanner import Scanner
from unleak.text import flatten_breaks

PERMISSIVE = {"MIT", "Apache-2.0", "BSD", "ISC"}
NO_SECRETS = {
    "UUID",
    "AWS S3 Bucket",
    "Firebase Domain",
    "Tencent WeChat API App ID",
    "Nonce",
    "Salt",
    "AWS Client ID",
    "Other",
}
"""Categories of labels that are identifiers; a finding there is neither right nor wrong."""
SECRET, TEST, SAFE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
CLASSES = {"S": SECRET, "D": TEST, "N": SAFE, "P": SAFE}
EDGES = " \t\r\n\"'`;,"
Stretch = tuple[int, int, int, int]
_UNREAL = frozenset((Role.TEST, Role.SAMPLE, Role.DOCS))


class Labels:
    """What is known of the stretches of one file."""

    def __init__(self, rows: Sequence[dict], lines: Sequence[str], file: str) -> None:
        self.true: dict[Stretch, tuple[float, float, float]] = {}
        self.blocks: dict[tuple[int, int], tuple[float, float, float]] = {}
        self.unsure: list[tuple[Stretch, bool]] = []
        for row in rows:
            span = (row["line_start"] - 1, row.get("value_start"), row["line_end"] - 1, row.get("value_end"))
            plain = row.get("id_only") or set(row["category"].split(":")) <= NO_SECRETS
            if row["label"] == "T" and not plain and None not in span and min(span[1], span[3]) >= 0:
                known = CLASSES.get(row.get("class", ""), TEST if roles.role_of(file) in _UNREAL else SECRET)
                if span[0] == span[2]:
                    self.true[trimmed(lines, span)] = known
                else:
                    self.blocks[span[0], span[2]] = known
            elif row["label"] in "TX":
                self.unsure.append((span, row["label"] == "T"))

    def of(self, candidate: Candidate, span: Stretch) -> tuple[bool, tuple[float, float, float], float, bool, Stretch]:
        """Whether it is right, its label, its weight, whether it counts as a false alarm, and its span as counted."""
        block = next((b for b in self.blocks if b[0] <= span[0] <= b[1]), None)
        if block is not None and span[0] == block[0] and span[2] > span[0]:
            return True, self.blocks[block], 1.0, True, (*block, -1, -1)
        if span in self.true:
            return True, self.true[span], 1.0, True, span
        if block is not None or any(sure and s[0] <= span[0] <= s[2] for s, sure in self.unsure):
            return False, SAFE, 0.0, False, span
        for (line, start, end_line, end), sure in self.unsure:
            if not sure and line <= span[0] <= end_line and (start is None or (start < span[3] and span[1] < end)):
                made_up = values.is_made_up(candidate.secret) or len(candidate.secret) < 16
                return False, TEST if made_up else SAFE, 0.5 if made_up else 0.0, True, span
        return False, SAFE, 1.0, True, span


def trimmed(lines: Sequence[str], span: Stretch) -> Stretch:
    line, start, end_line, end = span
    if line == end_line:
        while start < end and lines[line][start] in EDGES:
            start += 1
        while end > start and lines[line][end - 1] in EDGES:
            end -= 1
    return line, start, end_line, end


def proposed(scanner: Scanner, text: str, file: str) -> Iterator[tuple[Candidate, dict]]:
    """Every possible candidate of a text with the facts that the table holds of it."""
    best: dict[Stretch, tuple[Candidate, dict]] = {}
    for line, shift, candidates in scanner.candidates(text, file):
        for candidate in filter(decision.is_possible, candidates):
            start = candidate.span.column - shift
            rule = candidate.rule
            facts = {
                "span": candidate.span,
                "key": candidate.key,
                "rule": rule.id if rule else "",
                "certain": bool(rule and rule.distinctive),
                "public": bool(rule and rule.public),
                "signals": decision.features(candidate, line, file, start),
                "words": sorted(wording.wording(candidate, line, file, start)),
            }
            known = best.get(candidate.span)
            if known is None or (rule is not None and known[0].rule is None):
                best[candidate.span] = candidate, facts
    yield from best.values()


def read(
    source: str, root: Path, labels: Path, names: dict[str, str], again: dict[tuple[str, str, int, int], str]
) -> Iterator[dict]:
    """The candidates of all files of one set; first of all a row with the number of secrets to be found."""
    rows: dict[str, list[dict]] = defaultdict(list)
    for text in labels.read_text(encoding="utf-8").splitlines():
        row = json.loads(text)
        rows[row["file"]].append(row)
    of_folder = {name.split("/")[0]: (r["repo"], r["licence"]) for name, of in rows.items() for r in of[:1]}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        folder = name.split("/")[0]
        if folder in of_folder and folder != "data" and name not in rows and path.is_file():
            rows[name] = []  # read whole, and nothing in it was worth a label
    scanner, found, secrets = Scanner(), [], 0
    for file, of in sorted(rows.items()):
        text = flatten_breaks((root / file).read_bytes().decode("utf-8", "surrogateescape"))
        lines = text.split("\n")
        repo, licence = (of[0]["repo"], of[0]["licence"]) if of else of_folder.get(file.split("/")[0], ("", ""))
        known = Labels(of, lines, file)
        secrets += len(known.true) + len(known.blocks)
        for candidate, facts in proposed(scanner, text, file):
            span = trimmed(lines, tuple(candidate.span))
            right, label, weight, counted, stretch = known.of(candidate, span)
            if (newer := again.get((source, file, span[0], candidate.span.column))) is not None:
                label, weight = CLASSES[newer], 0.3 if newer == "P" else 1.0
            permitted = licence in PERMISSIVE
            found.append(
                {
                    "source": source,
                    "repo": names.get(repo, repo),
                    "licence": licence,
                    "file": file,
                    **facts,
                    "label": label,
                    "weight": weight if permitted else 0.0,
                    "again": newer or "",
                    "right": right,
                    "counted": counted,
                    "stretch": stretch,
                }
            )
    yield {"source": source, "root": str(root), "secrets": secrets}
    yield from found


def read_packages(root: Path, index: Path, again: dict[tuple[str, str, int, int], str]) -> Iterator[dict]:
    """The candidates in files of the corpus that were read, and those alone."""
    wanted = {file for source, file, _, _ in again if source == "packages"}
    scanner = Scanner()
    yield {"source": "packages", "root": str(root), "secrets": 0}
    for line in index.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["file"] not in wanted:
            continue
        text = flatten_breaks((root / row["file"]).read_text(encoding="utf-8"))
        lines = text.split("\n")
        path = row["file"].split("/", 2)[-1]
        for candidate, facts in proposed(scanner, text, path):
            newer = again.get(("packages", row["file"], candidate.span.line, candidate.span.column))
            if newer is not None:
                yield {
                    "source": "packages",
                    "repo": row["package"],
                    "licence": row["licence"],
                    "file": row["file"],
                    "path": path,
                    **facts,
                    "label": CLASSES[newer],
                    "weight": 0.3 if newer == "P" else 1.0,
                    "again": newer,
                    "right": newer in "SD",
                    "counted": True,
                    "stretch": trimmed(lines, tuple(candidate.span)),
                }


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--data", nargs=3, action="append", required=True, metavar=("NAME", "ROOT", "LABELS"))
    ask.add_argument("--read", type=Path, help="labels read again")
    ask.add_argument("--packages", nargs=2, type=Path, metavar=("ROOT", "INDEX"), help="the corpus, for labels read")
    ask.add_argument("--names", type=Path, help="a table of repository ids and names, tab separated")
    ask.add_argument("--out", type=Path, required=True)
    asked = ask.parse_args()
    names: dict[str, str] = {}
    if asked.names:
        names = dict(row.split("\t")[:2] for row in asked.names.read_text(encoding="utf-8").splitlines())
    again = {}
    if asked.read:
        for text in asked.read.read_text(encoding="utf-8").splitlines():
            row = json.loads(text)
            again[row["source"], row["file"], row["line"], row["column"]] = row["label"]
    with asked.out.open("w", encoding="utf-8") as out:
        for source, root, labels in asked.data:
            count = 0
            for row in read(source, Path(root), Path(labels), names, again):
                out.write(json.dumps(row, separators=(",", ":")) + "\n")
                count += 1
            print(f"{source}: {count - 1} candidates")
        if asked.packages:
            for row in read_packages(*asked.packages, again):
                out.write(json.dumps(row, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
