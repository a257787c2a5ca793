"""The pre-score: how likely a candidate is a credential by its signals and words alone, fitted and estimated.

    python models/training/prescore.py --candidates candidates.jsonl [--candidates …] --odds odds.npy
        [--weights server/unleak/weights.json --wording server/unleak/wording.bin]

Two logistic models, one upon the other: named signals first, then hashed words for what the first does not rule
out. Candidates come from candidates.py; those of weight 0 are estimated and not learned from. Three folds by
repository give each candidate a probability from a model that has not seen its repository (`--odds`, in the order
of the tables): these train the judge, and give the honest figures that are printed. Needs scikit-learn.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from zlib import crc32

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

from unleak import decision
from unleak.detect.wording import BUCKETS

FOLDS = 3
LEAST_COUNT = 20
SIGNAL_STRENGTH, WORD_STRENGTH = 0.1, 0.03
"""How far weights may go (inverse of the penalty)."""
DISAGREED = 0.7
"""How much the second reading counts where it and the first label disagree on whether it is a credential."""
EMPHASIS = {"labelled-dev": 3.0, "generated": 0.2}
"""Sets that were read whole by the guide count more than those with labels here and there; generated ones less."""


class Table:
    """Candidates as matrices, one row each."""

    def __init__(self, rows: list[dict], columns: dict[str, int]) -> None:
        self.rows = rows
        self.signals = _matrix(
            ([columns[s] for s in set(row["signals"]) if s in columns] for row in rows), len(columns)
        )
        self.words = _matrix((row["words"] for row in rows), BUCKETS)
        self.target = np.array([target_of(row) for row in rows])
        self.weight = np.array([row["weight"] * EMPHASIS.get(row["source"], 1.0) for row in rows])
        self.fold = np.array(folds_of([row["repo"] for row in rows]))


def read(paths: Iterable[Path]) -> tuple[list[dict], dict[str, int]]:
    """The rows of some tables, and how many secrets each source has."""
    rows, secrets = [], {}
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if "span" in row:
                    rows.append(row)
                else:
                    secrets[row["source"]] = row["secrets"]
    return rows, secrets


def target_of(row: dict) -> float:
    """How much of a credential the candidate is, by all that was said of it."""
    is_credential = 1.0 - row["label"][2]
    if row["again"] and "right" in row:
        return DISAGREED * is_credential + (1 - DISAGREED) * row["right"]
    return is_credential


def folds_of(repos: Sequence[str], seed: int = 0) -> list[int]:
    """The fold of each repository, by its name alone: more data moves none to another."""
    return [crc32(f"{seed} {repo}".encode()) % FOLDS for repo in repos]


def _matrix(of: Iterable[Sequence[int]], width: int) -> csr_matrix:
    indices: list[int] = []
    ends = [0]
    for row in of:
        indices += row
        ends.append(len(indices))
    return csr_matrix((np.ones(len(indices)), indices, ends), (len(ends) - 1, width))


def log_odds(probability: np.ndarray) -> np.ndarray:
    probability = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(probability / (1 - probability))


def fit_signals(data: csr_matrix, target: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias; a target between 0 and 1 counts as so much of both."""
    between = (target > 0) & (target < 1)
    rows = vstack([data, data[between]])
    labels = np.concatenate([target > 0, np.zeros(between.sum(), bool)])
    weights = np.concatenate([np.where(between, weight * target, weight), (weight * (1 - target))[between]])
    model = LogisticRegression(C=SIGNAL_STRENGTH, max_iter=300, solver="liblinear", random_state=0)
    model.fit(rows, labels, sample_weight=weights)
    return model.coef_[0], float(model.intercept_[0])


def fit_words(data: csr_matrix, target: np.ndarray, weight: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias of what words add to the log-odds that are known already."""

    def loss(guess: np.ndarray) -> tuple[float, np.ndarray]:
        score = known + data @ guess[:-1] + guess[-1]
        wrong = weight * (1 / (1 + np.exp(-np.clip(score, -40, 40))) - target)
        value = WORD_STRENGTH * (weight @ (np.logaddexp(0, score) - target * score)) + guess[:-1] @ guess[:-1] / 2
        return value, np.append(WORD_STRENGTH * (data.T @ wrong) + guess[:-1], WORD_STRENGTH * wrong.sum())

    found = minimize(loss, np.zeros(data.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
    return found[:-1], float(found[-1])


class Model:
    """Both stages, learned from the rows `learned` of a table; inner folds keep the second honest about the first."""

    def __init__(self, table: Table, learned: np.ndarray, keep: float) -> None:
        inner = np.zeros(len(table.rows))
        for fold in set(table.fold[learned]):
            inside, outside = learned & (table.fold != fold), learned & (table.fold == fold)
            if not inside.any():
                continue
            weights, bias = fit_signals(table.signals[inside], table.target[inside], table.weight[inside])
            inner[outside] = 1 / (1 + np.exp(-(table.signals[outside] @ weights + bias)))
        self.keep = keep
        self.signals = fit_signals(table.signals[learned], table.target[learned], table.weight[learned])
        rest = learned & (inner >= keep)
        self.words = fit_words(table.words[rest], table.target[rest], table.weight[rest], log_odds(inner[rest]))

    def probability(self, table: Table, asked: np.ndarray) -> np.ndarray:
        score = table.signals[asked] @ self.signals[0] + self.signals[1]
        more = score + table.words[asked] @ self.words[0] + self.words[1]
        score = np.where(score >= log_odds(np.array(self.keep)), more, score)
        return 1 / (1 + np.exp(-np.clip(score, -40, 40)))


def shipped(rows: Sequence[dict]) -> np.ndarray:
    """The probabilities that the weights in the package give, which have seen the rows or not."""
    of = decision.weights()
    words = np.frombuffer(resources.files("unleak").joinpath("wording.bin").read_bytes(), dtype=np.int8)
    odds = np.zeros(len(rows))
    for at, row in enumerate(rows):
        each = of.bias + sum(of.signals.get(signal, 0.0) for signal in row["signals"])
        if each >= log_odds(np.array(of.keep)):
            each += of.word_bias + of.word_scale * float(words[row["words"]].sum())
        odds[at] = 1 / (1 + np.exp(-np.clip(each, -40, 40)))
    return odds


def score(
    rows: Sequence[dict], odds: np.ndarray, least: float, source: str, secrets: int
) -> tuple[float, float, float]:
    """Strict precision, recall and F1 of reporting all candidates from `least` on, overlaps resolved."""
    by_line: dict[tuple[str, int], list[int]] = defaultdict(list)
    for at in np.nonzero(odds >= least)[0]:
        if rows[at]["source"] == source:
            by_line[rows[at]["file"], rows[at]["stretch"][0]].append(at)
    hits: set[tuple[str, tuple[int, ...]]] = set()
    alarms = 0
    for of in by_line.values():
        used: list[Sequence[int]] = []
        for at in sorted(of, key=lambda at: -odds[at]):
            row, span = rows[at], rows[at]["stretch"]
            if any(span[1] < other[3] and other[1] < span[3] for other in used):
                continue
            used.append(span)
            if row["right"]:
                hits.add((row["file"], tuple(span)))
            elif row["counted"]:
                alarms += 1
    precision, recall = len(hits) / max(1, len(hits) + alarms), len(hits) / max(1, secrets)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--candidates", type=Path, action="append", required=True)
    ask.add_argument("--odds", type=Path, required=True)
    ask.add_argument("--weights", type=Path)
    ask.add_argument("--wording", type=Path)
    ask.add_argument("--shipped", action="store_true", help="fit nothing: use the weights in the package")
    ask.add_argument("--report", type=float, default=0.24)
    ask.add_argument("--warn", type=float, default=0.5)
    ask.add_argument("--keep", type=float, default=0.003)
    asked = ask.parse_args()
    rows, secrets = read(asked.candidates)
    counts = Counter(signal for row in rows for signal in set(row["signals"]))
    columns = {s: at for at, s in enumerate(sorted(s for s, count in counts.items() if count >= LEAST_COUNT))}
    table = Table(rows, columns)
    learned = table.weight > 0
    odds = shipped(rows) if asked.shipped else np.zeros(len(rows))
    for fold in range(0 if asked.shipped else FOLDS):
        there = table.fold == fold
        odds[there] = Model(table, learned & ~there, asked.keep).probability(table, there)
    np.save(asked.odds, odds.astype(np.float32))
    for source, count in secrets.items():
        for least in (0.15, 0.2, asked.report, 0.3, 0.4, 0.5):
            precision, recall, f1 = score(rows, odds, least, source, count)
            print(f"held out: {source} from {least} precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f}")
    if asked.weights is None:
        return
    model = Model(table, learned, asked.keep)
    print(f"{learned.sum()} candidates ({table.target[learned].sum():.0f} credentials), {len(columns)} signals")
    weights, bias = model.signals
    highest = float(np.abs(model.words[0]).max())
    out = {
        "bias": round(bias, 3),
        "report": asked.report,
        "warn": asked.warn,
        "keep": asked.keep,
        "word_bias": round(model.words[1], 4),
        "word_scale": highest / 127,
        "signals": {s: round(float(weights[at]), 3) for s, at in columns.items() if abs(weights[at]) >= 0.01},
    }
    asked.weights.write_text(json.dumps(out, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    asked.wording.write_bytes(np.round(model.words[0] / highest * 127).astype(np.int8).tobytes())


if __name__ == "__main__":
    main()
