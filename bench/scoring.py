"""What findings are worth against labels: strictly by exact spans, or leniently by what they touch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from labels import Data, LabelledFile, Place, Secret, lines_of, trimmed

LEVELS = ("hint", "information", "warning", "error")
NOTHING = LabelledFile()


class Found(NamedTuple):
    """One finding of whatever scanner."""

    file: str
    place: Place  # its edges trimmed
    rule: str
    kind: str = ""
    level: int = LEVELS.index("error")
    confidence: float = 1.0


class Outcome(NamedTuple):
    """What each label and each finding came to, in one set of data."""

    hits: list[tuple[str, Secret, Found]]
    misses: list[tuple[str, Secret]]
    right: list[Found]  # findings that hit something
    alarms: list[Found]

    @property
    def score(self) -> Score:
        return Score(len(self.hits) + len(self.misses), len(self.hits), len(self.alarms))


class Score(NamedTuple):
    """Counts, and the shares that follow from them."""

    secrets: int = 0
    hits: int = 0
    alarms: int = 0

    @property
    def precision(self) -> float:
        return self.hits / max(self.hits + self.alarms, 1)

    @property
    def recall(self) -> float:
        return self.hits / max(self.secrets, 1)

    @property
    def f1(self) -> float:
        return 2 * self.hits / max(self.secrets + self.hits + self.alarms, 1)

    def plus(self, other: Score) -> Score:
        return Score(self.secrets + other.secrets, self.hits + other.hits, self.alarms + other.alarms)


class Meaning(NamedTuple):
    """What one finding says: the secrets that it hits, by their place among the labels, and if it counts against."""

    hits: tuple[int, ...]
    is_alarm: bool


def meaning(labelled: LabelledFile, place: Place, *, lenient: bool = False) -> Meaning:
    """A finding's worth, whatever others there are; neither hit nor alarm where nothing counts."""
    secrets = labelled.secrets
    if lenient:
        hits = tuple(at for at, secret in enumerate(secrets) if overlaps(place, secret.place))
    else:
        hits = tuple(at for at, secret in enumerate(secrets) if secret.is_hit(place))
    if hits:
        return Meaning(hits, False)
    for secret in secrets:  # a block may be told line by line
        if secret.place.end_line > secret.place.line and place.inside(secret.place):
            return Meaning((), False)
    return Meaning((), not any(place.touches(ignored) for ignored in labelled.ignored))


def overlaps(one: Place, other: Place) -> bool:
    """Whether they share text, or a line where the columns of one of them are not known."""
    if not one.touches(other):
        return False
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return True
    return (one.line, one.start) < (other.end_line, other.end) and (other.line, other.start) < (one.end_line, one.end)


def matched(data: Data, findings: Iterable[Found], *, least: int = 0, lenient: bool = False) -> Outcome:
    """All labels of `data` against the findings of at least a level, one a place however many rules say so."""
    by_file: dict[str, dict[Place, Found]] = defaultdict(dict)
    for found in findings:
        if found.level >= least:
            by_file[found.file][found.place] = found
    outcome = Outcome([], [], [], [])
    for file in sorted(data.files.keys() | by_file.keys()):
        labelled = data.files.get(file, NOTHING)
        first: dict[int, Found] = {}
        for place, found in by_file.get(file, {}).items():
            says = meaning(labelled, place, lenient=lenient)
            for at in says.hits:
                first.setdefault(at, found)
            if says.hits:
                outcome.right.append(found)
            elif says.is_alarm:
                outcome.alarms.append(found)
        for at, secret in enumerate(labelled.secrets):
            if at in first:
                outcome.hits.append((file, secret, first[at]))
            else:
                outcome.misses.append((file, secret))
    return outcome


class Point(NamedTuple):
    """The score of reporting all findings of at least this confidence."""

    confidence: float
    score: Score


def curve(sets: Sequence[tuple[Data, Sequence[Found]]]) -> list[Point]:
    """Scores of several sets together, at each confidence that occurs, highest first."""
    secrets = sum(len(labelled.secrets) for data, _ in sets for labelled in data.files.values())
    ranked = sorted(
        ((found.confidence, at, found) for at, (_, findings) in enumerate(sets) for found in findings),
        key=lambda item: -item[0],
    )
    hit: set[tuple[int, str, int]] = set()
    alarms, points = 0, []
    for number, (confidence, at, found) in enumerate(ranked):
        says = meaning(sets[at][0].files.get(found.file, NOTHING), found.place)
        hit.update((at, found.file, secret) for secret in says.hits)
        alarms += says.is_alarm
        if number + 1 == len(ranked) or ranked[number + 1][0] != confidence:
            points.append(Point(confidence, Score(secrets, len(hit), alarms)))
    return points


def by_language(data: Data, outcome: Outcome) -> dict[str, Score]:
    """A score for each language of the files."""
    return _scores(
        (secret.language for _, secret, _ in outcome.hits),
        (secret.language for _, secret in outcome.misses),
        (language_of(data.languages, found.file) for found in outcome.alarms),
    )


def by_label(outcome: Outcome, of: str) -> dict[str, Score]:
    """A score without alarms, which have no label, for each `category` or `kind` of the labels."""
    hits = (getattr(secret, of) for _, secret, _ in outcome.hits)
    return _scores(hits, (getattr(secret, of) for _, secret in outcome.misses), ())


def by_finding(outcome: Outcome, of: str) -> dict[str, Score]:
    """Right findings and alarms for each `rule` or `kind` of the findings; what is missed is missed by all."""
    alarms = (getattr(found, of) for found in outcome.alarms)
    return _scores((getattr(found, of) for found in outcome.right), (), alarms)


def _scores(hits: Iterable[str], misses: Iterable[str], alarms: Iterable[str]) -> dict[str, Score]:
    hit, missed, alarmed = Counter(hits), Counter(misses), Counter(alarms)
    names = sorted(hit | missed | alarmed, key=lambda name: (-hit[name] - missed[name] - alarmed[name], name))
    return {name: Score(hit[name] + missed[name], hit[name], alarmed[name]) for name in names}


def language_of(languages: Mapping[str, str], file: str) -> str:
    return languages.get(file) or "." + file.rpartition(".")[2].rpartition("/")[2]


def with_edges_trimmed(data: Data, findings: Iterable[Found]) -> Iterator[Found]:
    """The findings as labels are: without blanks and quotes at their ends. Findings of a file stand together."""
    file, lines = "", [""]
    for found in findings:
        if found.file != file:
            file, lines = found.file, lines_of(data.root / found.file)
        yield found._replace(place=trimmed(found.place, lines))
