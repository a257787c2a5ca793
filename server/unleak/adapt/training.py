"""An adapter is learned: right answers of a team, and beside them the judge's own on questions of all kinds.

What the judge already knows it keeps by repeating it: on the reference questions it learns its own answers
(distillation), on the lessons those of the team. All in f32: the network is small.
"""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of PyTorch's own text uses
from torch import Tensor

from unleak.adapt.batches import Batch, Row, answer, batch_of, grouped
from unleak.adapt.known import Known
from unleak.adapt.low_rank import LowRank, adapt
from unleak.adapt.network import Network
from unleak.judge.bundle import Calibration
from unleak.judge.model import Model

_FEW, _MANY = 1024, 4096
"""Tokens of a step with padding, of lessons and of repeated questions."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an adapter is learned."""

    rank: int = 8
    alpha: float = 8.0
    feed_forward: bool = False  # also beside the feed-forward, not the attention alone
    epochs: int = 50
    rate: float = 3e-3  # falls to a twentieth
    smoothing: float = 0.04  # share of an answer that goes to the two others
    repeated: float = 1.5  # reference questions for each lesson, an epoch
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is."""

    epoch: int  # a round through all lessons, from 1
    of: int
    loss: float  # nats, on the lessons


def rows_of(model: Model, questions: Iterable[Known]) -> list[Row]:
    """The questions as `model` reads them; the suffixes are numbered through, and those without an answer left out."""
    rows = []
    first = 0
    for known in questions:
        for numbers, call in model.calls(known.question):
            kept = [(at, suffix) for at, suffix in zip(numbers, call.suffixes, strict=True) if known.weights[at] > 0]
            if kept:
                places = [at for at, _ in kept]
                rows.append(
                    Row(
                        call.prefix,
                        [suffix for _, suffix in kept],
                        [list(known.labels[at]) for at in places],
                        [known.weights[at] for at in places],
                        [first + at for at in places],
                    )
                )
        first += len(known.question.suffixes)
    return rows


def learn(
    base: Network,
    labels: Sequence[int],
    calibration: Calibration,
    lessons: Callable[[random.Random], Sequence[Row]],
    reference: Sequence[Row],
    recipe: Recipe,
    told: Callable[[Progress], object] = lambda _: None,
    *,
    until: float = float("inf"),
) -> tuple[Network, dict[str, LowRank]]:
    """The network with additions that answer `lessons` right, and those additions.

    `lessons` gives them as they look in one round, with the chance that it is given. `labels` are the tokens of the
    three answers, `calibration` says how these are read. `told` hears of each round. When time is short, the end of
    which is `until` of the monotonic clock, fewer steps are taken.
    """
    torch.manual_seed(recipe.seed)
    chance = random.Random(recipe.seed)
    network = copy.deepcopy(base)
    reader = _Reader(network, torch.tensor(list(labels)), calibration)
    known = answer(base, reference, reader.labels, exact=True)
    taught = {number: torch.from_numpy(logits) for number, logits in known.items()}
    learned = adapt(network, rank=recipe.rank, alpha=recipe.alpha, feed_forward=recipe.feed_forward)
    parameters = [parameter for added in learned.values() for parameter in added.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.01)
    began = time.monotonic()
    network.train()
    for epoch in range(recipe.epochs):
        taken = lessons(chance)
        repeated = chance.sample(list(reference), min(len(reference), int(recipe.repeated * len(taken))))
        steps = [(rows, True) for rows in grouped(taken, _FEW, chance)]
        steps += [(rows, False) for rows in grouped(repeated, _MANY, chance)] if repeated else []
        chance.shuffle(steps)
        losses = []
        for number, (rows, is_lesson) in enumerate(steps):
            done = max(
                (epoch + number / len(steps)) / recipe.epochs,
                (time.monotonic() - began) / max(1e-9, until - began),
            )
            if done >= 1:
                return network, learned
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate * (1 - 0.95 * done)
            loss = reader.lesson_loss(rows, recipe.smoothing) if is_lesson else reader.repeated_loss(rows, taught)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            if is_lesson:
                losses.append(float(loss.detach()))
        told(Progress(epoch + 1, recipe.epochs, sum(losses) / len(losses)))
    return network, learned


class _Reader:
    """Reads the answers of a network as they will be read."""

    def __init__(self, network: Network, labels: Tensor, calibration: Calibration) -> None:
        self.labels = labels
        self._network = network
        self._bias = torch.tensor(calibration.bias)
        self._temperature = calibration.temperature

    def lesson_loss(self, rows: Sequence[Row], smoothing: float) -> Tensor:
        batch = batch_of(rows)
        wanted = (1 - smoothing) * batch.labels + smoothing / batch.labels.shape[-1]
        each = F.cross_entropy(self._answers(batch), wanted, reduction="none")
        return (each * batch.weights).sum() / batch.weights.sum()

    def repeated_loss(self, rows: Sequence[Row], taught: Mapping[int, Tensor]) -> Tensor:
        batch = batch_of(rows)
        wanted = self._read(torch.stack([taught[number] for number in batch.rows])).softmax(-1)
        return F.cross_entropy(self._answers(batch), wanted)

    def _answers(self, batch: Batch) -> Tensor:
        hidden = self._network(batch.tokens, batch.positions, batch.mask, batch.at)
        return self._read(self._network.logits(hidden, self.labels))

    def _read(self, logits: Tensor) -> Tensor:
        return (logits + self._bias) / self._temperature
