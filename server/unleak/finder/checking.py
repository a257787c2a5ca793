"""Whether what a model says of a file is there: only what is becomes a finding, all else is dropped and counted."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unleak import decision
from unleak.detect import roles
from unleak.finder.protocol import WIDTH, Answer
from unleak.finding import Candidate, Finding, Role, Severity, Span, Syntax

DECIDED_BY = "finder"
LEAST = 0.5
"""Confidence of an answer that counts; what a model says of its own is a hint and no probability."""
NOT_THERE, UNSURE, KNOWN, NO_SECRET = "not in the text", "unsure", "known already", "no secret"
MALFORMED = "malformed"
_SORTS = {
    "password": ("generic-password", "password", "Password"),
    "token": ("generic-token", "api-token", "Token"),
    "key": ("generic-api-key", "secret-key", "Key"),
    "other": ("generic-secret", "secret-key", "Secret"),
}


class Found(NamedTuple):
    """A secret that a model has found and that stands where it says."""

    candidate: Candidate
    finding: Finding


def checked(
    answers: Iterable[Answer], lines: Sequence[str], path: str, known: Iterable[Span], dropped: Counter[str]
) -> list[Found]:
    """What stands in `lines`, which have no line breaks, and is not over anything `known`, in order.

    Adds to `dropped` how many answers do not count, by why.
    """
    taken = list(known)
    found = []
    for answer in sorted(answers, key=lambda each: (each.line, -each.confidence)):
        span = _span(answer, lines)
        if span is None:
            dropped[NOT_THERE] += 1
        elif answer.confidence < LEAST:
            dropped[UNSURE] += 1
        elif any(decision.overlap(span, other) for other in taken):
            dropped[KNOWN] += 1
        else:
            value = lines[span.line][span.column : span.end_column]
            candidate = Candidate(span, value, Syntax.LITERAL)
            if decision.impossibility(candidate):
                dropped[NO_SECRET] += 1
            else:
                taken.append(span)
                found.append(Found(candidate, _finding(answer, span, lines[span.line], path)))
    return sorted(found, key=lambda each: each.finding.span)


def _span(answer: Answer, lines: Sequence[str]) -> Span | None:
    """The one stretch between the anchors on the line; None where there is none, or more than one."""
    if not 0 <= answer.line < len(lines):
        return None
    shown = lines[answer.line][:WIDTH]
    start, end = answer.start, answer.end
    starts, ends = _places(shown, start), _places(shown, end)
    spans = [
        (first, last + len(end))
        for first in starts
        for last in ends
        if last >= first and last + len(end) >= first + len(start)
    ]
    if len(spans) != 1:
        return None
    (column, end_column), *_ = spans
    return Span(answer.line, column, answer.line, end_column)


def _places(text: str, piece: str) -> list[int]:
    places = []
    at = text.find(piece)
    while at >= 0:
        places.append(at)
        at = text.find(piece, at + 1)
    return places


def _finding(answer: Answer, span: Span, line: str, path: str) -> Finding:
    rule, kind, what = _SORTS[answer.kind]
    is_live = roles.role_of(path) is Role.LIVE
    digest = hashlib.blake2b(digest_size=12)
    for part in (path.replace("\\", "/"), rule, DECIDED_BY, " ".join(line[: span.column].split())[-80:]):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return Finding(
        span=span,
        rule=rule,
        kind=kind,
        severity=min(answer.severity, Severity.WARNING) if is_live else Severity.INFORMATION,
        confidence=round(answer.confidence, 2),
        decided_by=DECIDED_BY,
        message=f"{what} in the {'code' if is_live else 'file'}: found by the model's reading, no rule knows it.",
        fingerprint=digest.hexdigest(),
    )
