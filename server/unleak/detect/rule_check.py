"""Proves rule files: every example is found, every counter-example is not, with each engine of this platform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from unleak.detect import context, matcher
from unleak.detect.catalog import Rule, bundled_rules, parse_rules, rule_files


def check_rules(paths: Sequence[Path] = ()) -> list[str]:
    """Prove every example and counter-example of the rule files; one sentence for each that fails."""
    problems: list[str] = []
    rules: list[Rule] = []
    for file in rule_files(paths or [bundled_rules()]):
        try:
            read, wrong = parse_rules(file, file.read_bytes())
        except OSError as error:
            problems.append(f"{file}: cannot be read ({error.strerror})")
            continue
        rules += read
        problems += wrong
    problems += _inconsistent(rules)
    by_format = [rule for rule in rules if not rule.context]
    for engine in matcher.engines(by_format):
        for rule in by_format:
            for kind, number, text, wanted in _proofs(rule):
                if (rule.id in matcher.matching(engine, by_format, text)) is not wanted:
                    found = "does not match" if wanted else "matches"
                    problems.append(f"{rule.id}: {kind} {number} {found} ({engine.name})")
    for rule in rules:
        if rule.context:
            alone = context.Context([rule])
            for kind, number, text, wanted in _proofs(rule):
                if (rule.id in context.naming(alone, text)) is not wanted:
                    problems.append(f"{rule.id}: {kind} {number} is {'not ' if wanted else ''}named by it")
    return list(dict.fromkeys(problems))


def _inconsistent(rules: Sequence[Rule]) -> Iterator[str]:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            yield f"{rule.id}: the id is used twice"
        seen.add(rule.id)
        for kind, texts in (("example", rule.examples), ("counter-example", rule.non_examples)):
            if not texts:
                yield f"{rule.id}: give it at least one {kind}"
    for rule in rules:
        if rule.pair and rule.pair not in seen:
            yield f"{rule.id}: its pair {rule.pair!r} is no rule"


def _proofs(rule: Rule) -> Iterator[tuple[str, int, str, bool]]:
    for kind, texts, wanted in (("example", rule.examples, True), ("counter-example", rule.non_examples, False)):
        for number, text in enumerate(texts, 1):
            yield kind, number, text, wanted
