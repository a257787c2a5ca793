"""`unleak explain PATH:LINE`: every candidate on a line, what speaks for and against it, and what came of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from unleak import decision
from unleak.chosen_judge import NoJudgeError, chosen_judge
from unleak.config import Config, Configs
from unleak.console import UsageError, complain, count, printable
from unleak.files import Unreadable, decode, read_bytes
from unleak.finding import Candidate, Finding, Span, Verdict
from unleak.report import in_words
from unleak.report.excerpt import SHOWN, mask
from unleak.scan_command import project_of
from unleak.scanner import Scanner
from unleak.text import Text

_MOST_SIGNALS = 8
_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?::\d+)?:?")


class _Heard(NamedTuple):
    """What the judge says of a candidate, and what that counts."""

    blend: decision.Blend
    verdict: Verdict


def explain(place: str) -> int:
    """Print what is known about the line that `place`, PATH:LINE from 1, names; 1 where a finding is reported on it.

    Raises UsageError where there is no such file or line.
    """
    path, line = _parsed(place)
    config, shown = _seen_by_scan(path)
    try:
        text = Text(decode(read_bytes(str(path), config.max_file_size)))
    except Unreadable as error:
        raise UsageError(f"{path}: not scanned: {error}") from None
    if line >= len(text.lines):
        raise UsageError(f"{path}: has {count(len(text.lines), 'line')}, none with the number {line + 1}")
    scanner = Scanner(config=config)
    verdicts: dict[Span, Verdict] = {}
    if config.judge.enabled:
        scanner, verdicts = _judged(scanner, config, text, shown, line)
    findings = scanner.all_settled(scanner.read(text, shown, verdicts), shown)
    seen = [
        (source, shift, candidate)
        for source, shift, candidates in scanner.candidates(str(text), shown)
        for candidate in candidates
        if candidate.span.line <= line <= candidate.span.end_line
    ]
    here = [finding for finding in findings if finding.span.line <= line <= finding.span.end_line]
    if not seen:
        print(
            f"{printable(str(path))}:{line + 1}: nothing here looks like a secret: no rule and no syntax proposes it."
        )
        return 0
    values = {candidate.value for _, _, candidate in seen if len(candidate.value) > SHOWN}
    for span in sorted({candidate.span for _, _, candidate in seen}):
        group = [(source, shift, candidate) for source, shift, candidate in seen if candidate.span == span]
        heard = _Heard(scanner.blend, verdicts[span]) if scanner.blend and span in verdicts else None
        for text_line in _explained(path, span, group, here, shown, config, values, heard):
            print(printable(text_line))
    return int(any(not finding.silenced and finding.severity >= config.min_severity for finding in here))


def _judged(scanner: Scanner, config: Config, text: Text, shown: str, line: int) -> tuple[Scanner, dict[Span, Verdict]]:
    """The scanner that goes by the judge, where there is one, and what the judge says of the candidates on a line."""
    try:
        chosen = chosen_judge()
    except NoJudgeError as error:
        if str(error):
            complain(f"no judge, the rules decide alone: {error}")
        return scanner, {}
    if chosen.problem:
        complain(chosen.problem)
    scanner = scanner.judging(chosen.blend)
    asked = scanner.read(text, shown).asked
    questions = [
        (question, [asked[place].span for place in places])
        for question, places in scanner.questions(text, shown, asked)
        if any(asked[place].span.line <= line <= asked[place].span.end_line for place in places)
    ]
    if not questions:
        return scanner, {}
    with closing(chosen.opened(config.judge)) as judge:
        answers = judge.submit([question for question, _ in questions]).result()
        told = {
            span: verdict
            for (_, spans), verdicts in zip(questions, answers, strict=True)
            for span, verdict in zip(spans, verdicts, strict=True)
            if verdict
        }
        if len(told) < sum(len(spans) for _, spans in questions):
            complain(judge.judge.state.text)
    return scanner, told


def _masked(text: str, values: set[str]) -> str:
    """`text` without any of the `values`: one may stand as the name of another."""
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, mask(value))
    return text


def _parsed(place: str) -> tuple[Path, int]:
    match = _PLACE.fullmatch(place)
    if match is None or int(match["line"]) < 1:
        raise UsageError("name a line as PATH:LINE, such as src/app.py:12; lines count from 1")
    path = Path(match["path"])
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    return path, int(match["line"]) - 1


def _seen_by_scan(path: Path) -> tuple[Config, str]:
    """What holds for a file, and the path that tells what kind of file it is: both as `unleak scan` has them."""
    absolute = Path(os.path.abspath(path))
    folder, configs = absolute.parent, Configs()
    project = project_of(folder, configs.of(folder), Path.cwd())
    configs = configs.with_baseline_in(project)
    config = configs.of(folder)
    for problem in configs.problems:
        complain(problem)
    top = Path(configs.top_of(folder) or project)
    return config, (absolute.relative_to(top) if absolute.is_relative_to(top) else path).as_posix()


def _explained(
    path: Path,
    span: Span,
    group: Sequence[tuple[str, int, Candidate]],
    findings: Sequence[Finding],
    shown: str,
    config: Config,
    values: set[str],
    heard: _Heard | None,
) -> Iterator[str]:
    end = f"{span.end_line + 1}:{span.end_column}" if span.end_line != span.line else f"{span.end_column}"
    value = group[0][2].value
    size = count(len(value), "character")
    yield f"{path}:{span.line + 1}:{span.column + 1}-{end}  {mask(value.splitlines()[0])}  ({size})"
    yield f"  {_outcome(span, group, findings, shown, config, heard)}"
    for line, shift, candidate in group:
        yield f"  {_proposed_by(candidate, _masked(candidate.key, values))}"
        yield from _weighed(candidate, line, shift, shown)
    if heard:
        yield f"    the judge says: {in_words(heard.verdict)}"
    yield ""


def _outcome(
    span: Span,
    group: Sequence[tuple[str, int, Candidate]],
    findings: Sequence[Finding],
    shown: str,
    config: Config,
    heard: _Heard | None,
) -> str:
    for finding in findings:
        if finding.span == span and finding.silenced:
            return f"not reported: {finding.silenced} [{finding.rule}]"
        if finding.span == span and finding.severity < config.min_severity:
            return f"not reported: {finding.severity.label} is below the least severity, {config.min_severity.label}"
        if finding.span == span:
            return f"reported as {finding.severity.label}, confidence {finding.confidence:.2f}: {finding.message}"
    for finding in findings:
        if decision.overlap(finding.span, span):
            return f"not reported: part of, or over, the finding {finding.rule} at column {finding.span.column + 1}"
    reasons = {decision.impossibility(candidate) for _, _, candidate in group}
    if "" not in reasons:
        return f"not reported: {' and '.join(sorted(reasons))}"
    best = max(
        decision.probability(candidate, line, shown, candidate.span.column - shift)
        for line, shift, candidate in group
        if not decision.impossibility(candidate)
    )
    if heard:
        both = heard.blend.likely(best, heard.verdict)
        return f"not reported: signals and judge together say {both:.2f}, and {heard.blend.report} is reported"
    return f"not reported: {best:.2f} is below {decision.weights().report}, from where on signals report"


def _proposed_by(candidate: Candidate, shown_key: str) -> str:
    rule = candidate.rule
    wrapped = f", in {candidate.wrapping}" if candidate.wrapping else ""
    if rule is not None and not rule.context:
        certain = "unmistakable" if rule.distinctive else "weighed by its surroundings"
        return f"proposed by the rule {rule.id} ({certain}){wrapped}"
    key = f" of {shown_key!r}" if shown_key else ""
    named = f", named by the rule {rule.id}" if rule is not None else ""
    like = f", begins like {candidate.like}" if candidate.like and rule is None else ""
    return f"proposed as {candidate.syntax.value}{key}{named}{like}{wrapped}"


def _weighed(candidate: Candidate, line: str, shift: int, shown: str) -> Iterator[str]:
    """The signals with the greatest weights; positive speaks for a secret."""
    if decision.impossibility(candidate):
        return
    start = candidate.span.column - shift
    known = decision.weights().signals
    found = decision.features(candidate, line, shown, start)
    ranked = sorted(((known[name], name) for name in found if name in known), key=lambda entry: -abs(entry[0]))
    listed = ", ".join(f"{name} {weight:+.1f}" for weight, name in ranked[:_MOST_SIGNALS])
    rest = sum(weight for weight, _ in ranked[_MOST_SIGNALS:]) + decision.weights().bias
    likely = decision.probability(candidate, line, shown, start)
    others = len(ranked[_MOST_SIGNALS:])
    yield f"    signals say {likely:.2f}: {listed}; {others} others and the bias {rest:+.1f}; its words do the rest"
