"""What rules and judge disagree about in a text, kept as examples to learn from where a person wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unleak import feedback
from unleak.example import Case, Why, example_of
from unleak.text import Text

if TYPE_CHECKING:
    from unleak.scanner import Reading, Scanner


def record(scanner: Scanner, source: str, path: str, reading: Reading) -> str:
    """Keep the disagreements of `reading`, that of `source` with verdicts; only for who has `Config.feedback` on.

    Returns why that is not possible and what to do, else nothing. Needs some ms for each, and may wait for others
    that write; for any thread.
    """
    text = Text(source)
    values = {text.cut(finding.span) for finding in reading.findings}
    values.update(each.candidate.value for each in reading.disputed)
    disputed = {each.span: each for each in reading.disputed}
    for question, places in scanner.questions(source, path, reading.asked):
        for place, suffix in zip(places, question.suffixes, strict=True):
            each = disputed.get(reading.asked[place].span)
            if each is None:
                continue
            case = Case(
                why=Why.RULES_ONLY if each.is_reported else Why.JUDGE_ONLY,
                candidate=each.candidate,
                path=path,
                prefix=question.prefix,
                suffix=suffix,
                others=tuple(values - {each.candidate.value}),
                probability=each.probability,
                verdict=each.verdict,
            )
            if problem := feedback.record(example_of(case, feedback.key())):
                return problem
    return ""
