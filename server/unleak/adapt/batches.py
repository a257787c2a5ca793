"""Questions as tokens, and many of them as tensors."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import nullcontext
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from unleak.adapt.network import Network, shared_prefix


class Row(NamedTuple):
    """A question as tokens: a prefix, and suffixes that each read it for themselves."""

    prefix: list[int]
    suffixes: list[list[int]]
    labels: list[list[float]]  # of each suffix, the probabilities of secret, test and safe
    weights: list[float]
    rows: list[int]  # a number for each suffix, by which its answer is found again

    @property
    def size(self) -> int:
        return len(self.prefix) + sum(map(len, self.suffixes))


class Batch(NamedTuple):
    """Rows as tensors, filled up to the longest."""

    tokens: Tensor
    positions: Tensor
    mask: Tensor
    at: Tensor  # where the answers stand: row, column
    labels: Tensor
    weights: Tensor
    rows: list[int]


def grouped(rows: Sequence[Row], budget: int, chance: random.Random | None) -> list[list[Row]]:
    """Rows of like size together, at most `budget` tokens a batch with padding, in a random order."""
    order = sorted(range(len(rows)), key=lambda at: rows[at].size + (chance.random() * 24 if chance else 0))
    groups: list[list[int]] = []
    group: list[int] = []
    for at in order:
        if group and (len(group) + 1) * rows[at].size > budget:
            groups.append(group)
            group = []
        group.append(at)
    if group:
        groups.append(group)
    if chance:
        chance.shuffle(groups)
    return [[rows[at] for at in group] for group in groups]


def batch_of(rows: Sequence[Row]) -> Batch:
    length = max(row.size for row in rows)
    tokens = torch.zeros(len(rows), length, dtype=torch.long)
    positions, masks, at = [], [], []
    for number, row in enumerate(rows):
        flat = row.prefix + [token for suffix in row.suffixes for token in suffix]
        tokens[number, : len(flat)] = torch.tensor(flat)
        where, mask = shared_prefix(len(row.prefix), [len(suffix) for suffix in row.suffixes], length)
        positions.append(where)
        masks.append(mask)
        end = len(row.prefix)
        for suffix in row.suffixes:
            end += len(suffix)
            at.append((number, end - 1))
    return Batch(
        tokens,
        torch.stack(positions),
        torch.stack(masks),
        torch.tensor(at),
        torch.tensor([label for row in rows for label in row.labels]),
        torch.tensor([weight for row in rows for weight in row.weights]),
        [number for row in rows for number in row.rows],
    )


def answer(
    network: Network, rows: Sequence[Row], answers: Tensor, budget: int = 16384, *, exact: bool = False
) -> dict[int, np.ndarray]:
    """The three logits of every candidate, by its number; in bfloat16 unless `exact`."""
    network.eval()
    found: dict[int, np.ndarray] = {}
    with torch.no_grad(), nullcontext() if exact else torch.autocast("cpu", dtype=torch.bfloat16):
        for batch in map(batch_of, grouped(rows, budget, None)):
            hidden = network(batch.tokens, batch.positions, batch.mask, batch.at)
            logits = network.logits(hidden, answers)
            found.update(zip(batch.rows, logits.numpy(), strict=True))
    network.train()
    return found
