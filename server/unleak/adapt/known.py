"""Questions of which the answers are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unleak.judge.protocol import Question


@dataclass(frozen=True, slots=True)
class Known:
    """A question with an answer for each suffix. It holds values and shows nothing of itself."""

    question: Question
    labels: Sequence[Sequence[float]]  # the right probabilities of secret, test and safe
    weights: Sequence[float]  # 0 where the answer is not known
    likely: Sequence[float]  # the probability of a credential by signals alone

    def __repr__(self) -> str:
        return f"Known({self.size} answers)"

    @property
    def size(self) -> int:
        """Of the answers that are known."""
        return sum(weight > 0 for weight in self.weights)
