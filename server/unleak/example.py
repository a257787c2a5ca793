"""An example to learn from: a question to the judge about which somebody disagreed, without the values in it."""

from __future__ import annotations

import datetime
import enum
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import NamedTuple

from unleak.detect import values
from unleak.detect.roles import family_of, role_of
from unleak.finding import Candidate, Role, Verdict
from unleak.judge.context import tail_of
from unleak.judge.protocol import LABELS, neutral
from unleak.stand_ins import StandIns, near, unnamed
from unleak.suppress.allow import value_hash

VERSION = 1
LONGEST = 8_000
"""Code points of a part of a question that are kept; judges read far less."""
_TRIES = 5  # to draw stand-ins of which none is a value by chance
_SHORTENED = re.compile(r"(.{24})…(.{8})( [0-9]{1,9})", re.DOTALL)
_VALUE, _END = "<|value|>", "<|end|>"
_CLASSES = ("lower", "upper", "digit", "symbol", "space", "other")


class Why(enum.Enum):
    """What happened."""

    RULES_ONLY = "rules report, judge safe"
    JUDGE_ONLY = "judge reports, rules silent"
    DISMISSED = "dismissed"
    TEST = "marked as test"
    FIXED = "fixed"


_GIVEN = {Why.DISMISSED: "safe", Why.TEST: "test", Why.FIXED: "secret"}
"""The labels that a person gave; else the side that is surer suggests one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of a disagreement. It holds values, never leaves the memory and shows nothing of itself."""

    why: Why
    candidate: Candidate
    path: str  # from the project's folder
    prefix: str  # of the question, as the judge reads it
    suffix: str  # that asks about this candidate
    others: tuple[str, ...] = ()  # the values of all other findings in the file
    rule: str = ""  # of the finding; by default that of the candidate
    probability: float | None = None  # that it is a secret, by rules and signals
    verdict: Verdict | None = None

    def __repr__(self) -> str:
        return f"Case({self.why.value!r}, {self.candidate!r})"


class Shape(NamedTuple):
    """What a value looked like."""

    length: int  # code points
    classes: tuple[str, ...]  # of its characters: lower, upper, digit, symbol, space, other
    entropy: float  # bits a character


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What is kept of a case. In its texts stand-ins replace all values; hashes are keyed with a local key."""

    day: str  # YYYY-MM-DD
    why: Why
    label: str  # secret, test or safe
    given: bool  # whether a person gave the label; else it is suspected
    role: str  # of the file, see `finding.Role`
    file: str  # its type: a suffix that is well known, or nothing
    rule: str
    prefix: str  # of the question; empty like `suffix` where a value could not be taken out
    suffix: str
    shape: Shape
    probability: float | None
    verdict: Verdict | None
    value: str  # hash of the value
    id: str  # hash of reason, rule, value and place: of what is seen again this stays the same

    def line(self) -> str:
        """As a line of JSON, in ASCII."""
        said = {**asdict(self), "why": self.why.value, "shape": self.shape._asdict()}
        said["verdict"] = self.verdict and self.verdict._asdict()
        return json.dumps({"version": VERSION, **said}) + "\n"


def example_of(case: Case, key: bytes) -> Example:
    """What may be kept of a case; `key` is the one of this machine, see `feedback.key`."""
    candidate, role = case.candidate, role_of(case.path)
    rule = case.rule or (candidate.rule.id if candidate.rule else "")
    value = value_hash(candidate.value, key)
    prefix, suffix = _masked(case)
    return Example(
        day=datetime.date.today().isoformat(),
        why=case.why,
        label=_GIVEN.get(case.why) or _suspected(case, role),
        given=case.why in _GIVEN,
        role=role.value,
        file=_type_of(case.path),
        rule=rule,
        prefix=prefix[-LONGEST:],
        suffix=suffix[:LONGEST],
        shape=_shape_of(candidate.secret),
        probability=None if case.probability is None else round(case.probability, 2),
        verdict=case.verdict and Verdict(*(round(share, 2) for share in case.verdict)),
        value=value,
        id=value_hash("\0".join((case.why.value, rule, value, case.path, candidate.key)), key),
    )


def parsed(line: str | bytes) -> Example:
    """The example on a line; raises ValueError where it is none."""
    try:
        said = json.loads(line)
        if not isinstance(said, dict) or said.get("version") != VERSION:
            raise ValueError("not an example of this version")
        shape, verdict = said["shape"], said["verdict"]
        read = {
            **{field.name: said[field.name] for field in fields(Example)},
            "why": Why(said["why"]),
            "shape": Shape(_whole(shape["length"]), tuple(map(_text, shape["classes"])), _number(shape["entropy"])),
            "probability": None if said["probability"] is None else _number(said["probability"]),
            "verdict": None if verdict is None else Verdict(*(_number(verdict[label]) for label in LABELS)),
        }
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not an example: {type(error).__name__}") from None
    _check(read)
    return Example(**read)


def _check(read: Mapping[str, object]) -> None:
    for name in ("day", "label", "role", "file", "rule", "prefix", "suffix", "value", "id"):
        _text(read[name])
    if read["label"] not in LABELS or not isinstance(read["given"], bool):
        raise ValueError("the label is none")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("no text")


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError("no length")


def _number(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return float(value)
    raise ValueError("no number")


def _suspected(case: Case, role: Role) -> str:
    """What the surer side says: rules and signals, or the judge."""
    likely = 0.5 if case.probability is None else case.probability
    sure, label = max(zip(case.verdict, LABELS, strict=True)) if case.verdict else (0.0, "safe")
    if case.why is Why.JUDGE_ONLY:
        return label if sure >= 1 - likely else "safe"
    if sure >= likely:
        return label
    return "test" if role in (Role.TEST, Role.SAMPLE, Role.DOCS) else "secret"


def _type_of(path: str) -> str:
    suffix = os.path.splitext(path.replace("\\", "/").rpartition("/")[2])[1].lower()
    return suffix if family_of(f"x{suffix}") != "other" else ""


def _shape_of(value: str) -> Shape:
    classes = set(map(_class_of, value))
    found = tuple(name for name in _CLASSES if name in classes)
    return Shape(len(value), found, round(values.entropy(value), 1) if value else 0.0)


def _class_of(character: str) -> str:
    if character.isspace():
        return "space"
    if not character.isascii():
        return "other"
    if character.isalpha():
        return "upper" if character.isupper() else "lower"
    return "digit" if character.isdigit() else "symbol"


def _masked(case: Case) -> tuple[str, str]:
    """Prefix and suffix without any value, and without the names in the path."""
    candidate = case.candidate
    keywords = candidate.rule.keywords if candidate.rule else ()
    prefix = _without_names(case.prefix, case.path)
    others = near(case.others, prefix + case.suffix)
    for _ in range(_TRIES):
        stand_ins = StandIns((candidate.value, candidate.secret, *others), keywords)
        texts = stand_ins.masked(prefix), _masked_suffix(case.suffix, stand_ins)
        if not any(map(stand_ins.shows, texts)):
            return texts
    return "", ""


def _without_names(prefix: str, path: str) -> str:
    """The prefix, the first line of which ends in the path."""
    tail, suffix = neutral(tail_of(path)), _type_of(path)
    if not tail:
        return prefix
    shown = unnamed(tail[: len(tail) - len(suffix)]) + suffix
    line, mark, rest = prefix.partition("\n<|")
    if line.endswith(tail):
        line = line[: -len(tail)] + shown
    return line + mark + (rest.replace(tail, shown) if "/" in tail else rest)


def _masked_suffix(suffix: str, stand_ins: StandIns) -> str:
    """The suffix with a stand-in for all that it shows as the value, whatever that is."""
    before, value_mark, rest = suffix.partition(_VALUE)
    value, end_mark, after = rest.partition(_END)
    if shortened := _SHORTENED.fullmatch(value):
        head, tail, size = shortened.groups()
        shown = f"{stand_ins.of(head)}…{stand_ins.of(tail)}{size}"
    else:
        shown = stand_ins.of(value)
    return f"{stand_ins.masked(before)}{value_mark}{shown}{end_mark}{stand_ins.masked(after)}"
