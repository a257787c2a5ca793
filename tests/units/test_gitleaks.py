"""Rule files of gitleaks count as they are: patterns of Go, allow-lists, tables that speak of files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from unleak.detect.catalog import Catalog, Rule, parse_rules
from unleak.finding import Severity
from unleak.scanner import Scanner

GOOD = """
[[rules]]
id = "good"
regex = 'good_[a-z0-9]{12}'
"""


def read(text: str) -> tuple[list[Rule], list[str]]:
    return parse_rules(Path("conf/.gitleaks.toml"), text.encode())


def one(regex: str, more: str = "") -> Rule:
    (rule,), problems = read(f"title = 'x'\n[[rules]]\nid = 'r'\nregex = '''{regex}'''\n{more}")
    assert problems == []
    return rule


def test_rules_report_at_once() -> None:
    text = "minVersion = 'v8.25.0'\n[extend]\nuseDefault = true\n[allowlist]\npaths = ['a']\n" + GOOD
    rules, problems = read(text)
    assert problems == []
    assert [(rule.id, rule.distinctive) for rule in rules] == [("good", True)]


@pytest.mark.parametrize(
    ("regex", "found", "missed"),
    [
        ("ab(?i)cd([0-9]{3})", ["abcd123", "abCD123"], ["ABcd123", "Abcd123"]),
        ("(?i)ab(?-i)cd([0-9]{3})", ["ABcd123"], ["abCD123"]),
        (r"k=([0-9]{3})\z", ["k=123"], ["k=123 "]),
        (r"k=(\pL{3}[0-9])", ["k=abc1"], ["k=12 1"]),
        (r"k=(\p{L}\PL{3})", ["k=a123"], ["k=aaaa"]),
        (r"k=(\x{41}[0-9]{3})", ["k=A123"], ["k=x123"]),
        (r"k\Q.*\E([0-9]{3})", ["k.*123"], ["kxx123"]),
        (r"k=([[:alpha:]]{3})", ["k=abc"], ["k=a1c"]),
    ],
)
def test_patterns_mean_what_they_mean_in_go(regex: str, found: list[str], missed: list[str]) -> None:
    rule = one(regex)
    assert [bool(rule.secrets(text)) for text in found + missed] == [True] * len(found) + [False] * len(missed)


@pytest.mark.parametrize(
    ("condition", "left"), [("AND", [False, True, True, True]), ("OR", [False, False, False, True])]
)
def test_allowlists_have_conditions(condition: str, left: list[bool]) -> None:
    lists = f"[[rules.allowlists]]\ncondition = '{condition}'\npaths = ['^lib/']\nstopwords = ['abc']\n"
    rule = one("k=([a-z]{3})", lists)
    cases = [("k=abc", "lib/a"), ("k=abc", "src/a"), ("k=xyz", "lib/a"), ("k=xyz", "src/a")]
    assert [bool(rule.secrets(line, path)) for line, path in cases] == left


def test_rules_for_paths_alone_are_passed_over() -> None:
    rules, problems = read("[[rules]]\nid = 'p'\npath = '\\.pem$'\n".replace("\\\\", "\\") + GOOD)
    assert ([rule.id for rule in rules], problems) == (["good"], [])


@pytest.mark.parametrize(
    ("key", "said"),
    [("[[rule]]\nid = 'a'", "unknown key 'rule', did you mean 'rules'?"), ("zzz = 1", "unknown key 'zzz'")],
)
def test_a_slip_at_the_top_is_named_and_the_rules_stay(key: str, said: str) -> None:
    rules, problems = read(f"{key}\n{GOOD}")
    assert [rule.id for rule in rules] == ["good"]
    assert [said in problem for problem in problems] == [True]


def test_a_broken_rule_leaves_the_others_in_force() -> None:
    rules, problems = read("[[rules]]\nid = 'bad'\nregex = '(a'\n" + GOOD)
    assert [rule.id for rule in rules] == ["good"]
    assert ["bad: missing )" in problem for problem in problems] == [True]


@pytest.mark.parametrize(
    "more",
    ["tags = ['key']", "skipReport = false", "secretGroup = 0", "[[rules.required]]\nid = 'other'\nwithinLines = 3"],
)
def test_keys_that_are_gitleaks_own_harm_nothing(more: str) -> None:
    rules, problems = read(GOOD + more)
    assert ([rule.id for rule in rules], problems) == (["good"], [])


def test_older_files_have_one_allowlist() -> None:
    found = one("k=([a-z]{3})", "[rules.allowlist]\nregexes = ['^ab']\n")
    assert [bool(found.secrets(line)) for line in ("k=abc", "k=xyz")] == [False, True]


def test_what_its_rules_find_is_reported_without_a_name() -> None:
    text = r"""
[[rules]]
id = "shop-voucher"
description = "A voucher of the shop"
regex = '''(?i)\bvoucher-([a-z0-9]{10})(?:[^a-z0-9]|\z)'''
entropy = 3
keywords = ["voucher-"]
"""
    rules, problems = read(text)
    assert problems == []
    scanner = Scanner(Catalog(rules))
    value = "q7w2e9" + "r4t1"
    (finding,) = scanner.scan(f"f('VOUCHER-{value}')", "src/app.go")
    assert (finding.rule, finding.severity, finding.decided_by) == ("shop-voucher", Severity.WARNING, "rule")
    assert (finding.span.column, finding.span.end_column) == (11, 21)
    assert scanner.scan("f('voucher-aaaaaaaaaa')", "src/app.go") == []
