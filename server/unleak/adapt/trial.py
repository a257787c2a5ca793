"""Whether an adapted judge is better for a team and no worse for everybody else, and how much it then counts.

What counts in the end is the decision: a verdict and the probability by signals, blended as the bundle says. An
adapted judge knows of its team's values what the signals cannot, so the blend is fitted anew: to the lessons, and to
what is known of both opinions in code of all kinds.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import NamedTuple

import numpy as np

from unleak import decision
from unleak.adapt.known import Known
from unleak.adapt.reference import BIN, Opinions, log_odds
from unleak.decision import Blend
from unleak.finding import Verdict
from unleak.judge.bundle import Bundle
from unleak.judge.model import Model, UnwantedError

WORSE = 0.005
"""F1 that an adapted judge may lose on code of all kinds."""
_SHARES = np.geomspace(0.01, 1.0, 16)  # of what the lessons of a team may count beside everybody's code
_MARGIN = 0.35  # log-odds between a decision and its threshold that let it hold for the next value of its kind
_STEPS, _SMALL = 50, 1e-6  # of Newton's method
_HOLD = 0.003  # how much a blend stays where it was


class Answered(NamedTuple):
    """A candidate before a judge."""

    verdict: Verdict
    likely: float  # by signals alone
    label: Sequence[float]  # probabilities of secret, test and safe


def ask(bundle: Bundle, questions: Sequence[Known]) -> list[Answered]:
    """What a judge says of everything of which the answer is known. Raises BundleError or ModelError."""
    with _wanted() as wanted, closing(Model(bundle)) as model:
        answers = model.judge([known.question for known in questions], wanted)
    return [
        Answered(verdict, likely, label)
        for known, verdicts in zip(questions, answers, strict=True)
        for verdict, likely, label, weight in zip(verdicts, known.likely, known.labels, known.weights, strict=True)
        if weight > 0
    ]


@contextmanager
def _wanted() -> Iterator[Callable[[], bool]]:
    """Whether nobody has pressed Ctrl-C: llama.cpp cannot be left by an exception, so that one is raised behind it."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: True
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        with suppress(UnwantedError):
            yield lambda: not pressed
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


class Score(NamedTuple):
    """How well a judge does on some candidates, each from 0 to 1."""

    accuracy: float  # share of those for which the likeliest answer is the right one
    decided: float  # share of those that are reported and credentials, or neither
    f1: float  # of what is reported

    @property
    def is_perfect(self) -> bool:
        return self.accuracy == self.decided == 1

    @classmethod
    def of(cls, answered: Sequence[Answered], blend: Blend) -> Score:
        right = [np.argmax(each.verdict) == np.argmax(each.label) for each in answered]
        wanted = np.array([_is_credential(each) for each in answered], bool)
        reported = np.array([_is_reported(each, blend) for each in answered], bool)
        hits = int((wanted & reported).sum())
        return cls(
            float(np.mean(right)),
            float(np.mean(wanted == reported)),
            2 * hits / max(1, int(wanted.sum()) + int(reported.sum())),
        )


def _is_credential(each: Answered) -> bool:
    return each.label[0] + each.label[1] >= 0.5


def _is_reported(each: Answered, blend: Blend) -> bool:
    if each.likely < blend.ask:  # no judge is asked
        return each.likely >= decision.weights().report
    return blend.likely(each.likely, each.verdict) >= blend.report


class Trial(NamedTuple):
    """An adapted judge beside the one that it began as."""

    team_before: Score  # on the lessons that were held back
    team_after: Score
    all_before: Score  # on the reference questions that were not repeated
    all_after: Score
    blend_before: float  # F1 on code of all kinds, by what is known of both opinions
    blend_after: float

    @property
    def refusal(self) -> str:
        """Why the adapter is not worth having, for people; empty where it is."""
        for what, lost in (
            ("on the reference questions", self.all_before.f1 - self.all_after.f1),
            ("on code of all kinds", self.blend_before - self.blend_after),
        ):
            if lost > WORSE:
                return (
                    f"it would cost {100 * lost:.1f} points of F1 {what}, and {100 * WORSE:.1f} are the most: "
                    "give more examples, or a smaller --rank"
                )
        before, after = self.team_before, self.team_after
        if before.is_perfect:
            return "the judge is right on all examples that were held back already: label more of what it gets wrong"
        if after == before or after.accuracy < before.accuracy or after.decided < before.decided:
            return "it is no better on the examples that were held back: give more, or see whether all are right"
        return ""


def fitted(blend: Blend, team: Sequence[Answered], everybody: Opinions, *, least: float) -> Blend:
    """The blend with weights for what this judge says, asked from `least` on; the other thresholds stay.

    The lessons count as little as lets as many of them as possible be decided right, and as costs nothing on code of
    all kinds.
    """
    best = blend._replace(ask=least)
    least_f1 = f1_of(blend, everybody) - WORSE / 2
    for share in map(float, _SHARES):
        tried = _fitted(blend._replace(ask=least), team, everybody, share)
        if f1_of(tried, everybody) >= least_f1 and _held(tried, team) > _held(best, team):
            best = tried
    return best


def _held(blend: Blend, team: Sequence[Answered]) -> float:
    """How many are decided right, those fully that are by a margin."""
    likely = np.array([blend.likely(each.likely, each.verdict) for each in team])
    side = np.array([1 if _is_credential(each) else -1 for each in team])
    gaps = side * (log_odds(likely) - log_odds(np.array(blend.report)))
    return round(float(np.clip(gaps / _MARGIN, -1, 1).sum()), 2)


def f1_of(blend: Blend, opinions: Opinions) -> float:
    """What comes of a blend on code of all kinds, of what a judge is asked about there."""
    there, not_there = opinions.there.ravel(), opinions.not_there.ravel()
    score = blend.bias + opinions.places @ np.array([blend.signals, blend.judge])
    # Not all candidates at a place stand in its middle.
    spread = BIN * max(1e-9, abs(blend.signals) + abs(blend.judge))
    reported = np.clip((score - log_odds(np.array(blend.report))) / spread + 0.5, 0, 1)
    hits = float(there @ reported)
    return 2 * hits / (float(there.sum()) + hits + float(not_there @ reported))


def _fitted(blend: Blend, team: Sequence[Answered], everybody: Opinions, share: float) -> Blend:
    """By logistic regression with Newton's method; `share` is what the team's lessons count."""
    team_places = np.stack(
        [log_odds(np.array([each.likely for each in team])), log_odds(np.array([_said(each) for each in team]))], axis=1
    )
    there, not_there = everybody.there.ravel(), everybody.not_there.ravel()
    data = np.concatenate([team_places, everybody.places])
    data = np.concatenate([data, np.ones((len(data), 1))], axis=1)
    counts = there + not_there
    target = np.concatenate([[float(_is_credential(each)) for each in team], there / np.maximum(counts, 1e-9)])
    weight = np.concatenate([np.full(len(team), share / len(team)), counts / counts.sum()])
    start = guess = np.array([blend.signals, blend.judge, blend.bias])

    def loss(tried: np.ndarray) -> float:
        of = data @ tried
        return float(weight @ (np.logaddexp(0, of) - target * of) + _HOLD / 2 * ((tried - start) ** 2).sum())

    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-np.clip(data @ guess, -30, 30)))
        slope = data.T @ (weight * (likely - target)) + _HOLD * (guess - start)
        bend = (data * (weight * likely * (1 - likely))[:, None]).T @ data + _HOLD * np.eye(3)
        step = np.linalg.solve(bend, slope)
        while np.abs(step).max() > _SMALL and loss(guess - step) > loss(guess):
            step = step / 2
        guess = guess - step
        if np.abs(step).max() <= _SMALL:
            break
    signals, judge, bias = (round(float(each), 4) for each in guess)
    return blend._replace(signals=signals, judge=judge, bias=bias)


def _said(each: Answered) -> float:
    return each.verdict.secret + each.verdict.test
