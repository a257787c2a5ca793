"""What is known of all kinds of code: questions with their answers, and how far two opinions can be trusted.

Both made by models/training/reference.py, which says of what.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from unleak.adapt.known import Known
from unleak.judge.protocol import Question

FILE = Path(__file__).with_name("reference.jsonl.gz")
TABLE = Path(__file__).with_name("opinions.json")
REPEATED, TRIED = PARTS = ("repeated", "tried")
"""What is repeated while something new is learned, and what an adapted judge is tried on."""
_EDGES = np.linspace(-5.0, 7.0, 25)  # of log-odds by signals, and by the judge
BIN = float(_EDGES[1] - _EDGES[0])
_MIDDLES = (_EDGES[:-1] + _EDGES[1:]) / 2


def questions(part: str) -> list[Known]:
    found = []
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for said in map(json.loads, lines):
            if said["part"] == part:
                question = Question(said["prefix"], tuple(said["suffixes"]))
                found.append(Known(question, said["labels"], said["weights"], said["likely"]))
    return found


class Opinions(NamedTuple):
    """Candidates by what signals (rows) and judge (columns) say of them, in repositories that neither has seen."""

    there: np.ndarray  # how many are credentials
    not_there: np.ndarray

    @classmethod
    def read(cls) -> Opinions:
        said = json.loads(TABLE.read_text(encoding="utf-8"))
        return cls(np.array(said["is"]), np.array(said["is not"]))

    @classmethod
    def counted(cls, likely: np.ndarray, judge: np.ndarray, target: np.ndarray, weight: np.ndarray) -> Opinions:
        """Of candidates with both probabilities, that of being a credential, and a weight."""
        rows, columns = (np.clip(log_odds(each), _EDGES[0], _EDGES[-1]) for each in (likely, judge))
        is_there, is_not = (
            np.histogram2d(rows, columns, bins=[_EDGES, _EDGES], weights=weight * each)[0]
            for each in (target, 1 - target)
        )
        return cls(is_there.round(1), is_not.round(1))

    @property
    def places(self) -> np.ndarray:
        """The log-odds of both at each place [places, 2]."""
        return np.stack(np.meshgrid(_MIDDLES, _MIDDLES, indexing="ij"), axis=-1).reshape(-1, 2)


def log_odds(probability: np.ndarray) -> np.ndarray:
    """As `unleak.decision` counts them."""
    clipped = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.log(clipped / (1 - clipped))
