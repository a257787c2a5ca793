"""Calibration: the judge's logits to probabilities, and how much they count beside the pre-score.

    python models/training/calibrate.py --candidates candidates.jsonl --odds odds.npy --logits judge.3.npz
        --out calibration.json

The logits are those of repositories that the judge has not seen. Everything is fitted on one half of these
repositories and measured on the other, both ways; what is written is fitted on all of them.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from prescore import folds_of, log_odds, read, score
from questions import label_of
from scipy.optimize import minimize

ASK = 0.004


def softmax(logits: np.ndarray) -> np.ndarray:
    each = np.exp(logits - logits.max(axis=1, keepdims=True))
    return each / each.sum(axis=1, keepdims=True)


def fit_calibration(logits: np.ndarray, labels: np.ndarray, weight: np.ndarray) -> tuple[float, np.ndarray]:
    """Temperature and a bias for each label: probabilities are softmax((logits + bias) / temperature)."""

    def loss(guess: np.ndarray) -> float:
        probabilities = softmax((logits + np.append(guess[1:], 0.0)) / np.exp(guess[0]))
        return float(-(weight[:, None] * labels * np.log(probabilities + 1e-9)).sum() / weight.sum())

    guess = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"maxiter": 400}).x
    return float(np.exp(guess[0])), np.append(guess[1:], 0.0)


def fit_blend(signals: np.ndarray, judge: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weights of both log-odds and a bias."""
    data = np.stack([signals, judge, np.ones(len(signals))], axis=1)

    def loss(guess: np.ndarray) -> tuple[float, np.ndarray]:
        of = data @ guess
        wrong = weight * (1 / (1 + np.exp(-of)) - target)
        return float(weight @ (np.logaddexp(0, of) - target * of)), data.T @ wrong

    return minimize(loss, np.array([0.5, 0.5, 0.0]), jac=True, method="L-BFGS-B").x


class Judged:
    """Candidates of the held out repositories with what pre-score and judge say of them."""

    def __init__(self, tables: Sequence[Path], odds: Path, logits: Path, fold: int) -> None:
        rows, _ = read(tables)
        likely = np.load(odds)
        known = np.load(logits)
        of = dict(zip(known["rows"].tolist(), known["logits"], strict=True))
        folds = folds_of([row["repo"] for row in rows])
        sources = {row["source"] for row in rows} - {"packages", "written"}
        sources -= {"generated"} if len(sources) > 1 else set()
        self.at = [at for at, row in enumerate(rows) if folds[at] == fold and row["source"] in sources]
        self.rows = [rows[at] for at in self.at]
        self.likely = likely[self.at].astype(float)
        self.asked = np.array([at in of and likely[at] >= ASK and not rows[at]["certain"] for at in self.at])
        self.has = np.array([at in of for at in self.at])
        self.logits = np.array([of.get(at, np.zeros(3)) for at in self.at], dtype=float)
        self.labels = np.array([label_of(row)[0] for row in self.rows])
        self.target = 1 - self.labels[:, 2]
        self.half = np.array(folds_of([row["repo"] for row in self.rows], seed=1)) % 2
        self.emphasis = np.array([3.0 if row["source"] == "labelled-dev" else 1.0 for row in self.rows])
        self.certain = np.array([row["certain"] for row in self.rows])

    def fitted(self, on: np.ndarray) -> dict:
        on = on & self.asked
        temperature, bias = fit_calibration(self.logits[on], self.labels[on], self.emphasis[on])
        verdicts = softmax((self.logits + bias) / temperature)
        blend = fit_blend(log_odds(self.likely[on]), log_odds(1 - verdicts[on, 2]), self.target[on], self.emphasis[on])
        return {"temperature": temperature, "bias": bias.tolist(), "blend": blend.tolist()}

    def blended(self, fit: dict) -> np.ndarray:
        verdicts = softmax((self.logits + np.array(fit["bias"])) / fit["temperature"])
        of = np.array(fit["blend"])
        each = of[0] * log_odds(self.likely) + of[1] * log_odds(1 - verdicts[:, 2]) + of[2]
        return np.where(self.asked, 1 / (1 + np.exp(-each)), np.where(self.certain, 0.95, self.likely))


STEPS = np.arange(0.1, 0.8, 0.05)


class Curve:
    """Strict precision, recall and F1 of one source at each of STEPS, of the secrets that are candidates at all."""

    def __init__(self, rows: Sequence[dict], odds: np.ndarray, source: str) -> None:
        proposed = {(row["file"], tuple(row["stretch"])) for row in rows if row["source"] == source and row["right"]}
        self.source = source
        self.points = [score(rows, odds, least, source, len(proposed)) for least in STEPS]

    @property
    def best(self) -> int:
        return max(range(len(STEPS)), key=lambda at: self.points[at][2])

    def __str__(self) -> str:
        precision, recall, f1 = self.points[self.best]
        return f"{self.source} P {precision:.3f} R {recall:.3f} F1 {f1:.3f} from {STEPS[self.best]:.2f}"


def calibration_error(probability: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    edges = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [
        abs(probability[edges == at].mean() - truth[edges == at].mean()) * (edges == at).mean()
        for at in range(bins)
        if (edges == at).any()
    ]
    return float(sum(gaps))


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--candidates", type=Path, action="append", required=True)
    ask.add_argument("--odds", type=Path, required=True)
    ask.add_argument("--logits", type=Path, required=True)
    ask.add_argument("--fold", type=int, default=0)
    ask.add_argument("--ask", type=float, default=0.01, help="least pre-score of what the judge is asked about")
    ask.add_argument("--warn", type=float, default=0.5)
    ask.add_argument("--live", type=float, default=0.5)
    ask.add_argument("--out", type=Path, required=True)
    asked = ask.parse_args()
    judged = Judged(asked.candidates, asked.odds, asked.logits, asked.fold)
    crossed = np.zeros(len(judged.rows))
    verdicts = np.zeros((len(judged.rows), 3))
    for half in (0, 1):
        fit = judged.fitted(judged.half != half)
        there = judged.half == half
        crossed[there] = judged.blended(fit)[there]
        verdicts[there] = softmax((judged.logits[there] + np.array(fit["bias"])) / fit["temperature"])
    alone = np.where(judged.has, 1 - verdicts[:, 2], 0.0)
    sources = sorted({row["source"] for row in judged.rows})
    curves = {}
    for name, odds in (("pre-score", judged.likely), ("judge alone", alone), ("both", crossed)):
        odds = np.where(judged.certain, np.maximum(odds, 0.95), odds)
        curves[name] = [Curve(judged.rows, odds, source) for source in sources]
        print(name, " | ".join(map(str, curves[name])))
    on = judged.asked
    print(f"calibration error: judge {calibration_error(alone[on], judged.target[on]):.3f},", end=" ")
    print(f"both {calibration_error(crossed[on], judged.target[on]):.3f}")
    _warnings(judged, crossed, verdicts)
    fit = judged.fitted(np.ones(len(judged.rows), bool))
    reported = float(STEPS[np.argmax([np.mean([c.points[at][2] for c in curves["both"]]) for at in range(len(STEPS))])])
    fit["decision"] = {
        "signals": fit["blend"][0],
        "judge": fit["blend"][1],
        "bias": fit["blend"][2],
        "ask": asked.ask,
        "report": reported,
        "warn": asked.warn,
        "live": asked.live,
    }
    fit["F1"] = {name: {c.source: c.points[c.best][2] for c in of} for name, of in curves.items()}
    asked.out.write_text(json.dumps(fit, indent=1) + "\n", encoding="utf-8")
    print(
        f"F1 of both: {fit['F1']['both']}, of rules and signals: {fit['F1']['pre-score']}; reported from {reported:.2f}"
    )


def _warnings(judged: Judged, crossed: np.ndarray, verdicts: np.ndarray) -> None:
    """Which share of live secrets and of test credentials would be warnings."""
    groups: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(judged.rows):
        if row["source"] == "labelled-dev" and row["right"] and judged.has[at]:
            groups["live" if judged.labels[at, 0] > 0.5 else "test"].append(at)
    share = verdicts[:, 0] / np.maximum(verdicts[:, 0] + verdicts[:, 1], 1e-9)
    for live in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5):
        for warn in (0.3, 0.5, 0.7):
            warned = (crossed >= warn) & (share >= live)
            shares = {name: round(float(warned[of].mean()), 3) for name, of in groups.items()}
            alarms = sum(
                bool(warned[at]) and not row["right"] and row["counted"] and row["source"] == "labelled-dev"
                for at, row in enumerate(judged.rows)
            )
            print(f"warnings from {warn}, live from {live}: {shares}, {alarms} false alarms")


if __name__ == "__main__":
    main()
