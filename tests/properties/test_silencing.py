"""Whatever is silenced, by whatever means: nothing else is gained, lost, moved or changed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from documents import PATHS, documents
from hypothesis import given, settings
from hypothesis import strategies as st
from test_incremental import mixtures

from unleak.config import Config
from unleak.finding import Finding, Severity
from unleak.scanner import Scanner
from unleak.suppress.allow import Allow, Allowances
from unleak.suppress.baseline import Baseline, contexts_of
from unleak.suppress.entries import formatted
from unleak.text import Text

texts = st.one_of(documents, mixtures)
paths = st.sampled_from(PATHS)
severities = st.sampled_from(list(Severity))


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(config=Config(min_severity=Severity.HINT))


def everything(scanner: Scanner, text: str, path: str) -> list[Finding]:
    return scanner.all_settled(scanner.read(text, path), path)


def bare(findings: list[Finding]) -> list[Finding]:
    """Without what a configuration may say of them."""
    return [replace(finding, silenced="", severity=Severity.HINT) for finding in findings]


def configured(scanner: Scanner, **choices: object) -> Scanner:
    return scanner.configured(replace(Config(min_severity=Severity.HINT), **choices))  # type: ignore[arg-type]


@settings(deadline=None, max_examples=60)
@given(texts, paths)
def test_what_is_reported_is_what_is_not_silenced(scanner: Scanner, text: str, path: str) -> None:
    assert scanner.scan(text, path) == [f for f in everything(scanner, text, path) if not f.silenced]


@settings(deadline=None, max_examples=60)
@given(texts, paths, severities)
def test_the_least_severity_takes_away_the_weaker_ones_alone(
    scanner: Scanner, text: str, path: str, least: Severity
) -> None:
    strong = [finding for finding in scanner.scan(text, path) if finding.severity >= least]
    assert configured(scanner, min_severity=least).scan(text, path) == strong


@settings(deadline=None, max_examples=80)
@given(texts, paths, st.data())
def test_rules_that_are_off_take_away_their_findings_and_bring_none(
    scanner: Scanner, text: str, path: str, data: st.DataObject
) -> None:
    found = scanner.scan(text, path)
    rules = sorted({finding.rule for finding in found})
    off = data.draw(st.sets(st.sampled_from(rules)) if rules else st.just(set()))
    left = [finding for finding in found if finding.rule not in off]
    assert configured(scanner, disabled_rules=tuple(off)).scan(text, path) == left
    assert configured(scanner, severity=dict.fromkeys(off)).scan(text, path) == left


@settings(deadline=None, max_examples=60)
@given(texts, paths, severities, st.data())
def test_a_severity_changes_nothing_but_the_severity(
    scanner: Scanner, text: str, path: str, severity: Severity, data: st.DataObject
) -> None:
    found = everything(scanner, text, path)
    rules = sorted({finding.rule for finding in found})
    some = data.draw(st.sets(st.sampled_from(rules)) if rules else st.just(set()))
    changed = everything(configured(scanner, severity=dict.fromkeys(some, severity)), text, path)
    assert bare(changed) == bare(found)
    assert {f.severity for f in changed if f.rule in some and not f.silenced} <= {severity}
    assert [f for f in changed if f.rule not in some] == [f for f in found if f.rule not in some]


@settings(deadline=None, max_examples=60)
@given(texts, paths, st.data())
def test_an_allowed_value_is_silent_wherever_it_stands_and_no_other_is(
    scanner: Scanner, text: str, path: str, data: st.DataObject
) -> None:
    """Allowed by a hash, as a configuration names it."""
    found = scanner.scan(text, path)
    if not found:
        return
    # a line break is read as LF, whatever it is
    lines = Text(text.replace("\r\n", " \n").replace("\r", "\n"))
    value = lines.cut(data.draw(st.sampled_from(found)).span)
    digest = "sha256:" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    allowances = Allowances((Allow(reason="known", values=frozenset([digest])),))
    left = configured(scanner, allowances=allowances).scan(text, path)
    assert left == [finding for finding in found if lines.cut(finding.span) != value]


@settings(deadline=None, max_examples=60)
@given(texts, paths, st.data())
def test_a_place_silences_the_findings_of_its_line(scanner: Scanner, text: str, path: str, data: st.DataObject) -> None:
    found = scanner.scan(text, path)
    if not found:
        return
    place = data.draw(st.sampled_from(found)).span
    left = configured(scanner, places=frozenset([(path, place.line)])).scan(text, path)
    assert left == [finding for finding in found if finding.span.line != place.line]


@settings(deadline=None, max_examples=60)
@given(texts, paths)
def test_a_mark_for_the_file_silences_all(scanner: Scanner, text: str, path: str) -> None:
    marked = f"# unleak: ignore-file\n{text}"
    assert configured(scanner).scan(marked, path) == []
    assert len(everything(scanner, marked, path)) >= len(scanner.scan(text, path))


@settings(deadline=None, max_examples=40)
@given(texts, texts, paths, st.sampled_from(["generic-password", "generic-token", "github-token"]))
def test_scanners_that_share_rules_answer_as_if_alone(
    scanner: Scanner, text: str, other_text: str, path: str, rule: str
) -> None:
    one = configured(scanner, disabled_rules=(rule,))
    other = configured(scanner, severity={"generic/*": Severity.ERROR})
    alone = [one.scan(text, path), other.scan(other_text, path)]
    readings = one.read(text, path), other.read(other_text, path)
    assert [one.settled(readings[0], path), other.settled(readings[1], path)] == alone


@settings(deadline=None, max_examples=30)
@given(text=texts, path=paths)
def test_a_baseline_of_all_findings_leaves_none(
    scanner: Scanner, tmp_path_factory: pytest.TempPathFactory, text: str, path: str
) -> None:
    found = scanner.scan(text, path)
    lines = Text(text.replace("\r\n", " \n").replace("\r", "\n"))
    baseline = Baseline(bytes(16))
    entries = []
    for finding in found:
        (context,) = contexts_of(lines.lines, [finding.span])
        entries.append(baseline.entry_of(path, finding.rule, lines.cut(finding.span), context))
    file: Path = tmp_path_factory.mktemp("baseline") / "baseline.json"
    file.write_text(formatted(bytes(16), entries), encoding="utf-8")
    assert configured(scanner, baseline=file).scan(text, path) == []
