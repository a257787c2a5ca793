"""What a team says of its own code, as questions to a judge with the right answers.

A folder of examples holds files and `labels.jsonl`: on each line the file, the line and what stands there,

    {"path": "src/app.py", "line": 12, "label": "secret"}

with a `column` where several values stand on the line, both from 1, and `secret`, `test` or `safe` as in
`unleak.judge.protocol`. Lines of `unleak scan --format jsonl` with a `label` added are such lines.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from unleak import decision
from unleak.adapt.known import Known
from unleak.example import Example
from unleak.finding import Span
from unleak.judge.protocol import LABELS, Question

if TYPE_CHECKING:
    from unleak.scanner import Scanner

LABELS_FILE = "labels.jsonl"
LEAST_LIKELY = 0.0005
"""Values that are less likely than this by signals alone are never asked about: there are too many."""
_LARGEST = 10_000_000  # bytes of a file
_SAFE = "safe"
_MARGIN = 0.5  # by which values of the same kind may be less likely than those in the lessons


class LessonsError(Exception):
    """Examples cannot be read; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question with the answers that a team gave. It holds values and shows nothing of itself."""

    source: str = field(repr=False)  # what it comes from; what shares a source is learned or held back together
    known: Known


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A file with what stands where."""

    path: str
    text: str = field(repr=False)
    labels: list[Label]


class Label(NamedTuple):
    number: int  # of its line in the labels file
    line: int  # from 0
    column: int | None  # code points, from 0
    label: str


def read_folder(folder: Path) -> list[LabelledFile]:
    """The labelled files of a folder of examples. Raises LessonsError."""
    return [LabelledFile(path, _text(folder, path), labels) for path, labels in _labels(folder).items()]


def ask_for(files: Iterable[LabelledFile], scanner: Scanner) -> float:
    """The least probability by signals from which on a judge must be asked, so that it sees these credentials.

    Never more than that of `scanner`'s blend, and at least LEAST_LIKELY.
    """
    if scanner.blend is None:
        raise ValueError("a scanner without a judge asks nothing")
    least = scanner.blend.ask
    eager = scanner.judging(scanner.blend._replace(ask=LEAST_LIKELY))
    for file in files:
        likely = _likely(eager, file)
        found, _ = _answers(file, [asked.span for asked in eager.read(file.text, file.path).asked])
        least = min([least, *(_MARGIN * likely.get(span, least) for span, label in found.items() if label != _SAFE)])
    return max(round(least, 4), LEAST_LIKELY)


def from_files(files: Iterable[LabelledFile], scanner: Scanner) -> tuple[list[Lesson], list[str]]:
    """The lessons in labelled files, and which labels teach nothing, in sentences.

    They are the questions that `scanner`, which needs a blend, has about these files. What is labelled as safe and
    is not even asked about is known already.
    """
    lessons: list[Lesson] = []
    problems: list[str] = []
    for file in files:
        asked = scanner.read(file.text, file.path).asked
        likely = _likely(scanner, file)
        answers, missed = _answers(file, [each.span for each in asked])
        problems += [f"{LABELS_FILE}:{number}: {why}" for number, why in missed]
        for question, places in scanner.questions(file.text, file.path, asked):
            spans = [asked[place].span for place in places]
            known = _known(question, [answers.get(span, "") for span in spans], [likely.get(at, 0.0) for at in spans])
            if known.size:
                lessons.append(Lesson(file.path, known))
    return lessons, problems


def from_examples(examples: Iterable[Example]) -> list[Lesson]:
    """The lessons in kept disagreements: those in which a person said what is right."""
    return [
        Lesson(
            example.value,
            _known(Question(example.prefix, (example.suffix,)), [example.label], [example.probability or LEAST_LIKELY]),
        )
        for example in examples
        if example.given and example.prefix and example.suffix
    ]


def _known(question: Question, answers: Sequence[str], likely: Sequence[float]) -> Known:
    labels = [[float(label == answer) for label in LABELS] for answer in answers]
    return Known(question, labels, [float(bool(answer)) for answer in answers], likely)


def held_back(lessons: Sequence[Lesson], share: float = 0.2) -> tuple[list[Lesson], list[Lesson]]:
    """Lessons to learn from, and those on which it is tried: whole sources, always the same ones, never most of all."""
    from hashlib import blake2b

    sizes: defaultdict[str, int] = defaultdict(int)
    for lesson in lessons:
        sizes[lesson.source] += lesson.known.size
    total, taken, kept = sum(sizes.values()), 0, set()
    for source in sorted(sizes, key=lambda each: blake2b(each.encode("utf-8", "surrogatepass")).digest()):
        if taken < share * total and taken + sizes[source] <= total / 2:
            kept.add(source)
            taken += sizes[source]
    return [each for each in lessons if each.source not in kept], [each for each in lessons if each.source in kept]


def one_sided(lessons: Iterable[Lesson]) -> list[str]:
    """What is to be said of lessons in which there is nothing to tell apart."""
    labels = [
        label
        for lesson in lessons
        for label, weight in zip(lesson.known.labels, lesson.known.weights, strict=True)
        if weight > 0
    ]
    safe = [label[-1] > 0 for label in labels]
    if all(safe):
        return ["none of the examples is a credential: label what looks alike and is one, too"]
    return [] if any(safe) else ["all examples are credentials: label what looks alike and is none, too"]


def _labels(folder: Path) -> dict[str, list[Label]]:
    file = folder / LABELS_FILE
    try:
        lines = _data(file).decode("utf-8-sig").split("\n")
    except OSError as error:
        raise LessonsError(f"{file} cannot be read ({error.strerror}): it says what stands where") from None
    except UnicodeDecodeError:
        raise LessonsError(f"{file} is no UTF-8: write it anew") from None
    labels: defaultdict[str, list[Label]] = defaultdict(list)
    for number, line in enumerate(lines, 1):
        if line.strip():
            path, label = _label(line, number, file)
            labels[path].append(label)
    if not labels:
        raise LessonsError(f"{file} is empty: each of its lines says what stands at a place")
    return labels


def _label(line: str, number: int, file: Path) -> tuple[str, Label]:
    def wrong(wanted: str) -> LessonsError:
        return LessonsError(f"{file}:{number}: {wanted}")

    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise wrong("this is no JSON") from None
    if not isinstance(said, dict):
        raise wrong("this is no JSON object")
    path, at, column, label = (said.get(key) for key in ("path", "line", "column", "label"))
    if not isinstance(path, str) or not path or os.path.isabs(path) or ".." in Path(path).parts:
        raise wrong("`path` must be that of a file in this folder")
    if not _counts(at) or not (column is None or _counts(column)):
        raise wrong("`line` and `column` must be numbers from 1")
    if label not in LABELS:
        raise wrong(f"`label` must be one of {', '.join(LABELS)}")
    return Path(path).as_posix(), Label(number, at - 1, None if column is None else column - 1, label)


def _counts(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and number > 0


def _text(folder: Path, path: str) -> str:
    file = folder / path
    try:
        if not file.resolve().is_relative_to(folder.resolve()):
            raise LessonsError(f"{file} lies outside of the folder of examples")
        return _data(file).decode("utf-8", "replace")
    except OSError as error:
        raise LessonsError(f"{file} cannot be read ({error.strerror}); {LABELS_FILE} names it") from None
    except ValueError:
        raise LessonsError(f"{file} is no name that a file can have; {LABELS_FILE} names it") from None


def _data(file: Path) -> bytes:
    with file.open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise LessonsError(f"{file} is too large: keep the part that matters")
    return data


_NOTHING = "no value stands there that rules or signals propose, so no judge is asked: write a rule (docs/rules.md)"
_SEVERAL = "several values stand there: say the column, too"
_OTHERWISE = "a line above says otherwise of this value: that one counts, and one of both is wrong"


def _answers(file: LabelledFile, spans: Sequence[Span]) -> tuple[dict[Span, str], list[tuple[int, str]]]:
    """The labels of those of `spans` that have one, and the numbers of the labels that are of none, with the reason."""
    answers: dict[Span, str] = {}
    missed = []
    for label in file.labels:
        there = [span for span in spans if span.line == label.line]
        if label.column is not None:
            there = [span for span in there if span.column <= label.column < _end(span)][:1]
        if len(there) == 1:
            if answers.setdefault(there[0], label.label) != label.label:
                missed.append((label.number, _OTHERWISE))
        elif there:
            missed.append((label.number, _SEVERAL))
        elif label.label != _SAFE:
            missed.append((label.number, _NOTHING))
    return answers, missed


def _end(span: Span) -> int:
    return span.end_column if span.end_line == span.line else 1 << 30


def _likely(scanner: Scanner, file: LabelledFile) -> Mapping[Span, float]:
    """How likely each candidate is by signals alone."""
    found: dict[Span, float] = {}
    for line, shift, candidates in scanner.candidates(file.text, file.path):
        for candidate in filter(decision.is_possible, candidates):
            likely = decision.probability(candidate, line, file.path, candidate.span.column - shift)
            found[candidate.span] = max(likely, found.get(candidate.span, 0.0))
    return found
