"""Fits the weights of `decision` on labelled files, and says how well they do on repositories not seen.

    python models/signals/fit.py --data ROOT LABELS.jsonl [--data …] --out server/unleak/weights.json

LABELS.jsonl has one labelled stretch a line: file (below ROOT), repo, licence, label (T a secret, F none,
X undecided), category, line_start, line_end (from 1), value_start, value_end (code points, from 0).
Every candidate of the extractor and the rules is an example: positive where its span is that of a T row,
left out where an X row, an identifier or the inside of a longer secret lies, else negative. Weights are
learned from repositories under permissive licences only; the estimate uses three folds by repository.
Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from unleak import decision
from unleak.finding import Candidate
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
EDGES = " \t\r\n\"'`;,"
LEAST_COUNT = 20
STRENGTH = 0.1
Stretch = tuple[int, int, int, int]


class Example(NamedTuple):
    source: int
    repo: str
    file: str
    span: Stretch
    label: bool
    weight: float  # 0 leaves it out of learning
    counted: bool  # a finding here counts as a false alarm if it is none
    signals: list[str]


def trimmed(lines: Sequence[str], span: Stretch) -> Stretch:
    line, start, end_line, end = span
    if line == end_line:
        while start < end and lines[line][start] in EDGES:
            start += 1
        while end > start and lines[line][end - 1] in EDGES:
            end -= 1
    return line, start, end_line, end


def read(source: int, root: Path, labels: Path, names: dict[str, str]) -> tuple[list[Example], int]:
    rows: dict[str, list[dict]] = defaultdict(list)
    for text in labels.read_text(encoding="utf-8").splitlines():
        row = json.loads(text)
        rows[row["file"]].append(row)
    for path in sorted(root.rglob("*")):
        if path.is_file() and (name := path.relative_to(root).as_posix()) not in rows and source > 0:
            rows[name] = []
    folder_repo = {name.split("/")[0]: (r["repo"], r["licence"]) for name, of in rows.items() for r in of[:1]}
    scanner, examples, secrets = Scanner(), [], 0
    for file, of in sorted(rows.items()):
        text = flatten_breaks((root / file).read_bytes().decode("utf-8", "surrogateescape"))
        lines = text.split("\n")
        repo, licence = (of[0]["repo"], of[0]["licence"]) if of else folder_repo.get(file.split("/")[0], ("", ""))
        true: set[Stretch] = set()
        blocks: set[tuple[int, int]] = set()
        unsure: list[tuple[Stretch, bool]] = []
        for row in of:
            span = (row["line_start"] - 1, row.get("value_start"), row["line_end"] - 1, row.get("value_end"))
            plain = row.get("id_only") or set(row["category"].split(":")) <= NO_SECRETS
            if row["label"] == "T" and not plain and None not in span and min(span[1], span[3]) >= 0:
                if span[0] == span[2]:
                    true.add(trimmed(lines, span))
                else:
                    blocks.add((span[0], span[2]))
            elif row["label"] in "TX":
                unsure.append((span, row["label"] == "T"))
        secrets += len(true) + len(blocks)
        for line, shift, candidates in scanner.candidates(text, file):
            for candidate in filter(decision.is_possible, candidates):
                examples.append(
                    example(
                        source,
                        names.get(repo, repo),
                        licence,
                        file,
                        line,
                        shift,
                        candidate,
                        lines,
                        true,
                        blocks,
                        unsure,
                    )
                )
    return examples, secrets


def example(source, repo, licence, file, line, shift, candidate: Candidate, lines, true, blocks, unsure) -> Example:
    span = trimmed(lines, tuple(candidate.span))
    block = next((b for b in blocks if b[0] <= span[0] <= b[1]), None)
    label = span in true
    if block is not None and span[0] == block[0] and span[2] > span[0]:
        label, span = True, (*block, -1, -1)
    ignored = not label and (block is not None or any(sure and s[0] <= span[0] <= s[2] for s, sure in unsure))
    doubtful = not label and any(
        s[0] <= span[0] <= s[2] and (s[1] is None or (s[1] < span[3] and span[1] < s[3]))
        for s, sure in unsure
        if not sure
    )
    weight = 0.0 if ignored or doubtful or licence not in PERMISSIVE else 1.0 if source == 0 else 3.0
    signals = decision.features(candidate, line, file, candidate.span.column - shift)
    return Example(source, repo, file, span, label, weight, not ignored, signals)


def matrix(examples: Sequence[Example], columns: dict[str, int]) -> csr_matrix:
    indices, ends = [], [0]
    for e in examples:
        indices += {columns[s] for s in e.signals if s in columns}
        ends.append(len(indices))
    return csr_matrix((np.ones(len(indices), np.float32), indices, ends), (len(examples), len(columns)))


def score(
    examples: Sequence[Example], odds: np.ndarray, least: float, source: int, secrets: int
) -> tuple[float, float, float]:
    """Strict precision, recall and F1 of reporting all candidates from `least` on, overlaps resolved."""
    by_line: dict[tuple[str, int], list[int]] = defaultdict(list)
    for i in np.nonzero(odds >= least)[0]:
        if examples[i].source == source:
            by_line[examples[i].file, examples[i].span[0]].append(i)
    hits, alarms = set(), 0
    for of in by_line.values():
        used: list[Stretch] = []
        for i in sorted(of, key=lambda i: -odds[i]):
            e = examples[i]
            if any(e.span[1] < u[3] and u[1] < e.span[3] for u in used):
                continue
            used.append(e.span)
            if e.label:
                hits.add((e.file, e.span))
            elif e.counted:
                alarms += 1
    precision, recall = len(hits) / max(1, len(hits) + alarms), len(hits) / secrets
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--data", nargs=2, action="append", required=True, metavar=("ROOT", "LABELS"))
    ask.add_argument("--names", help="a table of repository ids and names, tab separated, so that folds agree")
    ask.add_argument("--out", type=Path)
    ask.add_argument("--report", type=float, default=0.24)
    ask.add_argument("--warn", type=float, default=0.5)
    ask.add_argument("--keep", type=float, default=0.003)
    asked = ask.parse_args()
    names = {}
    if asked.names:
        names = {row[0]: row[1] for row in (line.split("\t") for line in Path(asked.names).read_text().splitlines())}
    examples: list[Example] = []
    secrets = []
    for source, (root, labels) in enumerate(asked.data):
        more, count = read(source, Path(root), Path(labels), names)
        examples += more
        secrets.append(count)
    counts = Counter(signal for e in examples for signal in set(e.signals))
    columns = {s: i for i, s in enumerate(sorted(s for s, n in counts.items() if n >= LEAST_COUNT))}
    data = matrix(examples, columns)
    labels = np.array([e.label for e in examples])
    weight = np.array([e.weight for e in examples])
    repos = sorted({e.repo for e in examples})
    random.Random(0).shuffle(repos)
    fold_of = {repo: i % 3 for i, repo in enumerate(repos)}
    folds = np.array([fold_of[e.repo] for e in examples])
    odds = np.zeros(len(examples))

    def fit(rows: np.ndarray) -> LogisticRegression:
        rows = rows & (weight > 0)
        model = LogisticRegression(C=STRENGTH, max_iter=300, solver="liblinear", random_state=0)
        return model.fit(data[rows], labels[rows], sample_weight=weight[rows])

    for fold in range(3):
        odds[folds == fold] = fit(folds != fold).predict_proba(data[folds == fold])[:, 1]
    for source, count in enumerate(secrets):
        for least in (0.1, 0.2, asked.report, 0.3, 0.4, 0.5):
            precision, recall, f1 = score(examples, odds, least, source, count)
            print(f"held out: source {source} from {least} precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f}")
    model = fit(np.ones(len(examples), bool))
    learned = weight > 0
    print(f"{learned.sum()} examples ({labels[learned].sum()} positive), {len(columns)} signals, {len(repos)} repos")
    if asked.out:
        found = {s: round(float(model.coef_[0][i]), 3) for s, i in columns.items() if abs(model.coef_[0][i]) >= 0.01}
        out = {
            "bias": round(float(model.intercept_[0]), 3),
            "report": asked.report,
            "warn": asked.warn,
            "keep": asked.keep,
            "signals": found,
        }
        asked.out.write_text(json.dumps(out, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
