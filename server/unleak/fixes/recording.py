"""What a person says of a finding, as it is recorded: an entry of the baseline, an example to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unleak import decision
from unleak.example import Case, Why
from unleak.finding import Candidate, Finding, Verdict
from unleak.fixes.change import Refusal
from unleak.judge.protocol import Asked
from unleak.scanner import Scanner
from unleak.suppress.baseline import Baseline, contexts_of
from unleak.suppress.entries import State, WrongFileError, formatted, parsed
from unleak.text import Text


def recorded(
    baseline: Baseline,
    path: str,
    text: Text,
    findings: Sequence[Finding],
    finding: Finding,
    state: State = State.OPEN,
    note: str = "",
) -> Baseline:
    """The baseline with `finding`, one of the `findings` in `text`, whatever was said of it before.

    `path` is seen from the project's folder. For `suppress.baseline.amend`; raises Refusal where `note` holds the
    value.
    """
    value = text.cut(finding.span)
    if value in note:
        raise Refusal("The note holds the value itself and would be saved: leave that out.")
    spans = [each.span for each in findings]
    context = contexts_of(text.lines, spans)[spans.index(finding.span)]
    entry = baseline.entry_of(path, finding.rule, value, context)
    others = [each for each in baseline.entries if each.identity != entry.identity]
    return Baseline(baseline.key, [*others, replace(entry, state=state, note=note)])


def baseline_text(
    current: str,
    path: str,
    text: Text,
    findings: Sequence[Finding],
    finding: Finding,
    state: State = State.OPEN,
    note: str = "",
) -> str:
    """The text of a baseline with `finding`; `current` is the file's text, empty where there is none.

    Raises Refusal where the file is broken.
    """
    baseline = Baseline.new()
    if current:
        try:
            content = parsed(current)
        except WrongFileError as error:
            raise Refusal(f"The baseline is broken in line {error.line}: {error}.") from None
        if content.problems:
            line, why = content.problems[0]
            raise Refusal(f"The baseline is broken in line {line}: {why}")
        baseline = Baseline(content.key, content.entries)
    after = recorded(baseline, path, text, findings, finding, state, note)
    return formatted(after.key, after.entries)


def case_of(
    scanner: Scanner, source: str, path: str, finding: Finding, why: Why, verdict: Verdict | None = None
) -> Case | None:
    """What is to be learned from a finding of `scanner` that a person has judged; None where it is there no more.

    For `example.example_of`, which takes the values out; only for who has `Config.feedback` on. Reads the whole text:
    for any thread.
    """
    found = _candidate(scanner, source, path, finding)
    if found is None:
        return None
    candidate, line, start = found
    text = Text(source)
    reading = scanner.read(text, path)
    likely = decision.probability(candidate, line, path, start)
    about = decision.features(candidate, line, path, start)
    asked = [each for each in reading.asked if each.span != finding.span]
    asked.append(Asked(finding.span, candidate.key, decision.told(about)))
    for question, places in scanner.questions(text, path, asked):
        for place, suffix in zip(places, question.suffixes, strict=True):
            if asked[place].span == finding.span:
                values = {text.cut(each.span) for each in reading.findings}
                return Case(
                    why=why,
                    candidate=candidate,
                    path=path,
                    prefix=question.prefix,
                    suffix=suffix,
                    others=tuple(values - {candidate.value}),
                    rule=finding.rule,
                    probability=likely,
                    verdict=verdict,
                )
    return None


def _candidate(scanner: Scanner, source: str, path: str, finding: Finding) -> tuple[Candidate, str, int] | None:
    """The candidate behind a finding, by preference that of its rule, with its line and where it begins in that."""
    found = [
        (candidate, line, candidate.span.column - shift)
        for line, shift, candidates in scanner.candidates(source, path)
        for candidate in candidates
        if candidate.span == finding.span
    ]
    found.sort(key=lambda each: each[0].rule is None or each[0].rule.id != finding.rule)
    return found[0] if found else None
