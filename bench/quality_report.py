"""What quality.py says: its tables as Markdown, and the same as JSON. Names, counts and shares; no values."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any, NamedTuple

from calibration import Told
from figures import print_table
from labels import Data
from scoring import Outcome, Point, Score, by_finding, by_label, by_language

GROUPS = ("language", "class", "category", "kind", "rule")
_MOST = 30  # rows of one group


class Row(NamedTuple):
    """The score of one scanner on one set, of findings from a level on."""

    of: str
    who: str
    level: str
    score: Score


class Group(NamedTuple):
    """The score on a part of one set; what does not apply to such parts is left out of the tables."""

    of: str
    who: str
    by: str
    name: str
    score: Score


class Spent(NamedTuple):
    """What files cost, in milliseconds; no medians where all files were read in one go."""

    of: str
    who: str
    files: int
    wall_median: float | None
    cpu_median: float | None
    wall_mean: float
    cpu_mean: float


@dataclass(slots=True)
class Results:
    """All that was measured in one run."""

    sets: list[tuple[str, int, int]] = field(default_factory=list)  # name, files, files with secrets
    strict: list[Row] = field(default_factory=list)
    lenient: list[Row] = field(default_factory=list)
    classes: list[tuple[Row, str]] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    calibration: Mapping[str, Told] = field(default_factory=dict)
    costs: list[Spent] = field(default_factory=list)
    curves: Mapping[str, Sequence[Point]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add_set(self, name: str, files: int, with_secrets: int) -> None:
        self.sets.append((name, files, with_secrets))

    def add_classes(self, of: str, who: str, level: str, outcome: Outcome) -> None:
        """How much of each class of labels reaches a level."""
        self.classes += [(Row(of, who, level, score), name) for name, score in by_label(outcome, "kind").items()]

    def add_groups(self, of: str, who: str, data: Data, outcome: Outcome) -> None:
        found = {
            "language": by_language(data, outcome),
            "category": by_label(outcome, "category"),
            "kind": by_finding(outcome, "kind"),
            "rule": by_finding(outcome, "rule"),
        }
        self.groups += [Group(of, who, by, name, score) for by in found for name, score in found[by].items()]

    def add_costs(self, of: str, who: str, wall: Sequence[float], cpu: Sequence[float]) -> None:
        """Seconds of each file."""
        if wall:
            figures = (median(wall), median(cpu), fmean(wall), fmean(cpu))
            self.costs.append(Spent(of, who, len(wall), *(1000 * figure for figure in figures)))

    def add_run(self, of: str, who: str, files: int, wall: float, cpu: float) -> None:
        """Seconds of a run over all files, its start included."""
        self.costs.append(Spent(of, who, files, None, None, 1000 * wall / files, 1000 * cpu / files))

    def markdown(self, groups: Collection[str] = GROUPS) -> str:
        """All tables that there is something for; of the groups those that are named."""
        counts = ["secrets", "found", "alarms", "precision", "recall", "F1"]
        parts = [_table("Files", ["set", "files", "with secrets"], self.sets)]
        heads = ["set", "scanner", "from", *counts]
        parts.append(_table("Exact spans", heads, [[*row[:3], *_figures(row.score)] for row in self.strict]))
        parts.append(_table("Touching the secret", heads, [[*row[:3], *_figures(row.score)] for row in self.lenient]))
        if "class" in groups:
            rows = [[*row[:3], name, row.score.secrets, *_recall(row.score)] for row, name in self.classes]
            parts.append(_table("By class of the label", ["set", "scanner", "from", "class", *_RECALL], rows))
        for by in groups:
            parts.append(self._group(by, counts))
        rows = [
            [kind, len(of.outcomes), sum(of.outcomes), f"{of.error:.4f}", f"{of.brier:.4f}"]
            for kind, of in self.calibration.items()
        ]
        parts.append(
            _table("Calibration", ["probability by", "candidates", "secrets among them", "ECE", "Brier"], rows)
        )
        heads = ["set", "scanner", "files", "wall ms", "CPU ms", "mean wall ms", "mean CPU ms"]
        costs = [[*cost[:3], *("-" if ms is None else f"{ms:.2f}" for ms in cost[3:])] for cost in self.costs]
        parts.append(_table("Cost of a file (medians, then means)", heads, costs))
        parts.append("\n".join(f"- {note}" for note in self.notes))
        return "\n\n".join(filter(None, parts)) + "\n"

    def _group(self, by: str, counts: Sequence[str]) -> str:
        of_labels, of_findings = by == "category", by in ("kind", "rule")
        rows: list[list[object]] = []
        seen: dict[tuple[str, str], int] = {}
        for group in self.groups:
            if group.by != by or not group.name:
                continue
            seen[group.of, group.who] = seen.get((group.of, group.who), 0) + 1
            if seen[group.of, group.who] > _MOST:
                continue
            cells = [group.of, group.who, group.name]
            if of_labels:
                rows.append([*cells, group.score.secrets, *_recall(group.score)])
            elif of_findings:
                rows.append([*cells, group.score.hits, group.score.alarms, f"{group.score.precision:.4f}"])
            else:
                rows.append([*cells, *_figures(group.score)])
        heads = _RECALL if of_labels else ["right", "alarms", "precision"] if of_findings else counts
        return _table(f"By {by}", ["set", "scanner", by, *heads], rows)

    def write(self, folder: Path) -> None:
        """quality.md and quality.json in a folder."""
        (folder / "quality.md").write_text(self.markdown(), encoding="utf-8")
        document = json.dumps(self.document(), indent=1) + "\n"
        (folder / "quality.json").write_text(document, encoding="utf-8")

    def document(self) -> dict[str, Any]:
        """All of it for programs."""

        def scored(row: Row) -> dict[str, object]:
            return {"set": row.of, "scanner": row.who, "from": row.level, **_shares(row.score)}

        return {
            "sets": [{"name": name, "files": files, "with_secrets": having} for name, files, having in self.sets],
            "exact": [scored(row) for row in self.strict],
            "touching": [scored(row) for row in self.lenient],
            "classes": [{**scored(row), "class": name} for row, name in self.classes],
            "groups": [
                {"set": group.of, "scanner": group.who, "by": group.by, "name": group.name, **_shares(group.score)}
                for group in self.groups
            ],
            "calibration": {
                kind: {
                    "candidates": len(of.outcomes),
                    "secrets": sum(of.outcomes),
                    "ece": of.error,
                    "brier": of.brier,
                    "bins": [bin._asdict() for bin in of.bins],
                }
                for kind, of in self.calibration.items()
            },
            "costs": [cost._asdict() for cost in self.costs],
            "curves": {
                name: [{"confidence": point.confidence, **_shares(point.score)} for point in points]
                for name, points in self.curves.items()
            },
            "notes": self.notes,
        }


_RECALL = ["secrets", "found", "recall"]


def _recall(score: Score) -> list[object]:
    return [score.hits, f"{score.recall:.4f}"]


def _figures(score: Score) -> list[object]:
    return [*score, *(f"{share:.4f}" for share in (score.precision, score.recall, score.f1))]


def _shares(score: Score) -> dict[str, object]:
    return {
        **score._asdict(),
        **{name: round(getattr(score, name), 4) for name in ("precision", "recall", "f1")},
    }


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    rows = list(rows)
    if not rows:
        return ""
    with redirect_stdout(io.StringIO()) as out:
        print_table(heads, rows)
    return f"## {title}\n\n{out.getvalue().rstrip()}"
