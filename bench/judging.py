"""unleak in this process, one file after the other: by its rules, by its judge, by both; and what each costs.

*rules* is a scan without a judge. *both* asks the judge what a scan would ask it and goes by its verdicts.
*judge* reports what the judge, asked the same, holds for a credential with a probability of at least a half,
whatever rules and signals say of it; that is the judge alone but for the choice of what it is asked.
"""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from labels import Place, lines_of, trimmed
from scoring import LEVELS, Found, overlaps

from unleak import decision
from unleak.config import Config
from unleak.decision import Blend
from unleak.files import Unreadable, read_text
from unleak.finding import Finding, Span, Verdict
from unleak.judge.bundle import Bundle
from unleak.judge.model import Model
from unleak.scanner import Scanner

MODES = ("rules", "judge", "both")
JUDGED = 0.5  # least probability of a credential that *judge* reports
STEPS = tuple(step / 20 for step in range(1, 20))  # least blended probabilities of the curve of *both*


class Opinion(NamedTuple):
    """A candidate that the judge was asked about, and how likely it is a credential of any kind."""

    file: str
    place: Place
    signals: float  # by signals and words
    judge: float
    blended: float
    live: float  # the judge's share of `secret` in `secret` and `test`


class Cost(NamedTuple):
    """What one file took, in seconds."""

    wall: float
    cpu: float


class FileRead(NamedTuple):
    """What came of one file, by mode."""

    findings: dict[str, list[Found]]
    costs: dict[str, Cost]
    opinions: list[Opinion]
    steps: list[list[Found]]  # findings of *both* for each of STEPS in place of the bundle's threshold


def held_out(weights: Path, wording: Path) -> None:
    """Weigh signals and words as these files say, from now on and in all of this process.

    The files are like those of unleak, which have learned from all labels that there are: only weights
    from other repositories than those that are measured tell how good the rules are on new ones.
    """
    other = decision.Weights(**json.loads(weights.read_text(encoding="utf-8")))
    words = array("b", wording.read_bytes())
    decision.weights = lambda: other
    decision._words = lambda: words
    decision._best_line.cache_clear()


class _Clock:
    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Cost:
        return Cost(time.perf_counter() - self._wall, time.process_time() - self._cpu)


class Reader:
    """Reads files in the modes asked for; a judge needs a bundle. `ask` stands in for the bundle's own threshold.

    Raises BundleError, ModelError, or ValueError where the bundle's manifest has no numbers for the decision.
    """

    def __init__(self, modes: Iterable[str], bundle: Path | None = None, ask: float | None = None) -> None:
        self.modes = tuple(modes)
        self._rules = Scanner(config=Config())
        self._limit = Config().max_file_size
        self._model: Model | None = None
        self.blend: Blend | None = None
        if bundle is not None and {"judge", "both"}.intersection(self.modes):
            loaded = Bundle.load(bundle)
            blend = Blend.of(loaded.decision)
            self.blend = blend if ask is None else blend._replace(ask=ask)
            self._model = Model(loaded)
            self._judging = self._rules.judging(self.blend)
            self._by_step = [self._rules.judging(self.blend._replace(report=step)) for step in STEPS]

    def close(self) -> None:
        if self._model is not None:
            self._model.close()

    def read(self, root: Path, file: str) -> FileRead:
        """Findings and costs; none at all where the file holds no text that unleak would scan."""
        read = FileRead({mode: [] for mode in self.modes}, {}, [], [[] for _ in STEPS])
        try:
            text = read_text(root / file, self._limit)
        except Unreadable:
            return read
        lines = lines_of(root / file)
        if "rules" in self.modes:
            clock = _Clock()
            findings = self._rules.scan(text, file)
            read.costs["rules"] = clock.read()
            read.findings["rules"].extend(_found(file, finding, lines) for finding in findings)
        if self._model is not None and self.blend is not None:
            self._judged(text, file, lines, read, self._model, self.blend)
        return read

    def _judged(self, text: str, file: str, lines: list[str], read: FileRead, model: Model, blend: Blend) -> None:
        clock = _Clock()
        asked = self._judging.read(text, file).asked
        questions = self._judging.questions(text, file, asked)
        answers = model.judge([question for question, _ in questions], lambda: True)
        verdicts: dict[Span, Verdict] = {}
        for (_, places), answer in zip(questions, answers, strict=True):
            verdicts.update((asked[at].span, verdict) for at, verdict in zip(places, answer, strict=True))
        asking = clock.read()
        findings = self._judging.scan(text, file, verdicts)
        together = clock.read()
        if "judge" in self.modes:
            read.costs["judge"] = asking
        if "both" in self.modes:
            read.costs["both"] = together
            read.findings["both"].extend(_found(file, finding, lines) for finding in findings)
            for found, scanner in zip(read.steps, self._by_step, strict=True):
                if verdicts:
                    findings = scanner.scan(text, file, verdicts)
                found.extend(_found(file, finding, lines) for finding in findings)
        likely = by_signals(self._judging, text, file, verdicts)
        for span, verdict in verdicts.items():
            known = likely.get(span, 0.0)
            credential = verdict.secret + verdict.test
            live = verdict.secret / max(credential, 1e-9)
            place = _place(span, lines)
            read.opinions.append(Opinion(file, place, known, credential, blend.likely(known, verdict), live))
        if "judge" in self.modes:
            read.findings["judge"].extend(found for found in _alone(read.opinions) if found.confidence >= JUDGED)


def by_signals(scanner: Scanner, text: str, file: str, wanted: Iterable[Span]) -> dict[Span, float]:
    """The probability of each span that is wanted, by signals and words; the highest where several propose it."""
    spans = frozenset(wanted)
    likely: dict[Span, float] = {}
    for line, shift, candidates in scanner.candidates(text, file) if spans else ():
        possible = [candidate for candidate in candidates if decision.is_possible(candidate)]
        keys = {candidate.span: candidate.key for candidate in possible if candidate.key}
        for candidate in possible:
            span = candidate.span
            if span in spans:
                named = candidate._replace(key=keys.get(span, ""))
                known = decision.probability(named, line, file, span.column - shift)
                likely[span] = max(likely.get(span, 0.0), known)
    return likely


def _alone(opinions: Sequence[Opinion]) -> list[Found]:
    """The judge's own findings at any probability, likeliest first and none over another."""
    found: list[Found] = []
    taken: dict[int, list[Place]] = {}
    for opinion in sorted(opinions, key=lambda opinion: -opinion.judge):
        place = opinion.place
        lines = range(place.line, place.end_line + 1)
        if any(overlaps(place, other) for line in lines for other in taken.get(line, ())):
            continue
        for line in lines:
            taken.setdefault(line, []).append(place)
        level = LEVELS.index("warning" if opinion.live >= 0.5 else "information")
        found.append(Found(opinion.file, place, "judge", "", level, opinion.judge))
    return found


def alone(opinions: Iterable[Opinion]) -> list[Found]:
    """The judge's own findings in many files, for a curve: at any probability."""
    by_file: dict[str, list[Opinion]] = {}
    for opinion in opinions:
        by_file.setdefault(opinion.file, []).append(opinion)
    return [found for of in by_file.values() for found in _alone(of)]


def _found(file: str, finding: Finding, lines: list[str]) -> Found:
    place = _place(finding.span, lines)
    return Found(file, place, finding.rule, finding.kind, int(finding.severity), finding.confidence)


def _place(span: Span, lines: list[str]) -> Place:
    return trimmed(Place(span.line + 1, span.column, span.end_line + 1, span.end_column), lines)
