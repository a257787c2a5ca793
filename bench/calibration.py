"""Whether probabilities keep what they promise: errors, and pictures of them (which need matplotlib)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from judging import Opinion
from labels import Data
from scoring import NOTHING, Point, Score, meaning

BINS = 10


class Told(NamedTuple):
    """Probabilities of one kind, each with whether it was about a secret."""

    probabilities: list[float]
    outcomes: list[bool]

    @property
    def brier(self) -> float:
        """The mean square of what probabilities and outcomes differ by: 0 at best."""
        pairs = zip(self.probabilities, self.outcomes, strict=True)
        return sum((probability - outcome) ** 2 for probability, outcome in pairs) / max(len(self.outcomes), 1)

    @property
    def error(self) -> float:
        """The expected calibration error: how far means of bins are from shares of secrets in them."""
        return sum(bin.count * abs(bin.mean - bin.share) for bin in self.bins) / max(len(self.outcomes), 1)

    @property
    def bins(self) -> list[Bin]:
        """Those of `BINS` bins of equal width that are not empty."""
        members: dict[int, list[int]] = {}
        for at, probability in enumerate(self.probabilities):
            members.setdefault(min(int(probability * BINS), BINS - 1), []).append(at)
        return [
            Bin(
                number / BINS,
                len(of),
                sum(self.probabilities[at] for at in of) / len(of),
                sum(self.outcomes[at] for at in of) / len(of),
            )
            for number, of in sorted(members.items())
        ]


class Bin(NamedTuple):
    """The probabilities from `low` on: how many, their mean, and the share of secrets."""

    low: float
    count: int
    mean: float
    share: float


def told(sets: Sequence[tuple[Data, Sequence[Opinion]]]) -> dict[str, Told]:
    """What signals, the judge and both together said, where it can be right or wrong."""
    by_kind = {kind: Told([], []) for kind in ("signals", "judge", "blended")}
    for data, opinions in sets:
        for opinion in opinions:
            says = meaning(data.files.get(opinion.file, NOTHING), opinion.place)
            if says.hits or says.is_alarm:
                for kind, of in by_kind.items():
                    of.probabilities.append(getattr(opinion, kind))
                    of.outcomes.append(bool(says.hits))
    return by_kind


def plots() -> Any:
    """matplotlib's `pyplot`, drawing into files; None where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        return None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def draw_reliability(pyplot: Any, path: Path, by_kind: Mapping[str, Told]) -> None:
    """A panel for each kind of probability, with how often each bin occurs below it."""
    figure, panels = pyplot.subplots(
        2, len(by_kind), figsize=(4 * len(by_kind), 5.2), sharex=True, squeeze=False, height_ratios=(3, 1)
    )
    for column, (kind, of) in enumerate(by_kind.items()):
        above, below = panels[0][column], panels[1][column]
        above.plot([0, 1], [0, 1], color="0.75", linewidth=1)
        above.plot([bin.mean for bin in of.bins], [bin.share for bin in of.bins], "o-", color="#1f5fa8", markersize=4)
        above.set_title(f"{kind}: ECE {of.error:.3f}, Brier {of.brier:.3f}", fontsize=10)
        above.set_xlim(0, 1)
        above.set_ylim(0, 1)
        above.grid(alpha=0.3)
        edges = [bin.low for bin in of.bins]
        below.bar(edges, [bin.count for bin in of.bins], width=0.9 / BINS, align="edge", color="#9dbfe3")
        below.set_yscale("log")
        below.set_xlabel("probability told")
    panels[0][0].set_ylabel("share of secrets")
    panels[1][0].set_ylabel("candidates")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def draw_curves(
    pyplot: Any,
    path: Path,
    curves: Mapping[str, Sequence[Point]],
    dots: Mapping[str, Score],
    crosses: Mapping[str, Score],
) -> None:
    """Precision over recall: a line for each curve, a dot where a mode of unleak reports, a cross for each peer."""
    figure, axes = pyplot.subplots(figsize=(6.4, 5.2))
    for name, points in curves.items():
        seen = [point.score for point in points if point.score.hits]
        axes.plot([score.recall for score in seen], [score.precision for score in seen], label=name, linewidth=1.5)
    for of, mark, color in ((dots, "o", "black"), (crosses, "x", "#b03030")):
        for name, score in of.items():
            axes.plot(score.recall, score.precision, mark, color=color, markersize=5)
            axes.annotate(name, (score.recall, score.precision), xytext=(5, 4), textcoords="offset points", fontsize=8)
    for f1 in (0.3, 0.5, 0.7, 0.9):
        recalls = [f1 / (2 - f1) + step * (1 - f1 / (2 - f1)) / 50 for step in range(51)]
        axes.plot(recalls, [f1 * recall / (2 * recall - f1) for recall in recalls], ":", color="0.7", linewidth=0.8)
        axes.annotate(f"F1 {f1}", (0.995, f1 / (2 - f1)), fontsize=7, color="0.5", ha="right")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("recall (exact spans)")
    axes.set_ylabel("precision")
    axes.grid(alpha=0.3)
    if curves:
        axes.legend(loc="lower left", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
