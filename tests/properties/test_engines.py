"""Without Hyperscan everything is slower and nothing else."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import PATHS, VALUES, Change, changes, documents, tall_documents, wide_documents
from hypothesis import given, settings
from hypothesis import strategies as st
from test_incremental import assert_equal_to_full_scans, mixtures

from unleak.detect import matcher
from unleak.detect.catalog import Rule, bundled_rules, parse_rules, rule_files
from unleak.detect.extractor import TRIGGERS
from unleak.scanner import Scanner
from unleak.text import flatten_breaks

SAMPLES = Path(__file__).parents[2] / "samples"


ALPHABET = "password,;|\t \n\n[({:='\"Aa1"
_heads = st.sampled_from(["name,password", "user;password;key", "| user | token |", "users: [", "  'admin_user': {"])
_rows = st.sampled_from([form.format(value) for form in ("ada,{}", "  {{'{}', 7}}") for value in VALUES[:6]])
tables = st.lists(st.one_of(_heads, _heads, _rows, st.just("")), max_size=16).map("\n".join)
"""Heads and rows of tables and of lists of users, so that one is near the other."""


@pytest.fixture(scope="module")
def fast_triggers() -> matcher.Engine:
    pytest.importorskip("hyperscan")
    return matcher.HyperscanEngine([], TRIGGERS)


@pytest.fixture(scope="module")
def fast() -> Scanner:
    pytest.importorskip("hyperscan")
    return Scanner()


@pytest.fixture(scope="module")
def plain() -> Iterator[Scanner]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matcher, "engine_for", matcher.LiteralEngine)
        yield Scanner()


def all_rules() -> list[Rule]:
    return [rule for file in rule_files([bundled_rules()]) for rule in parse_rules(file, file.read_bytes())[0]]


def is_same(fast: Scanner, plain: Scanner, text: str, path: str) -> bool:
    return list(fast.candidates(text, path)) == list(plain.candidates(text, path)) and fast.scan(
        text, path
    ) == plain.scan(text, path)


@settings(deadline=None, max_examples=80)
@given(st.one_of(documents, documents, tall_documents, wide_documents), st.sampled_from(PATHS))
def test_engines_agree_on_documents(fast: Scanner, plain: Scanner, text: str, path: str) -> None:
    assert is_same(fast, plain, text, path)


@settings(deadline=None, max_examples=80)
@given(mixtures, st.sampled_from(PATHS))
def test_engines_agree_on_what_counts_on_other_lines(fast: Scanner, plain: Scanner, text: str, path: str) -> None:
    assert is_same(fast, plain, text, path)


@settings(deadline=None, max_examples=100)
@given(st.one_of(documents, mixtures, tables, st.text(ALPHABET, max_size=60)))
def test_the_plain_engine_ends_and_sees_every_line_that_the_fast_one_sees(
    fast_triggers: matcher.Engine, text: str
) -> None:
    view = matcher.view_of(flatten_breaks(text))

    def lines(engine: matcher.Engine) -> set[tuple[int, int]]:
        return {(view.count(b"\n", 0, at), number) for at, number in engine.hits(view, frozenset())}

    assert lines(fast_triggers) <= lines(matcher.LiteralEngine([], TRIGGERS))


@settings(deadline=None, max_examples=60)
@given(st.one_of(mixtures, tables), st.sampled_from(PATHS), st.lists(changes(), min_size=1, max_size=4))
def test_edits_end_in_a_full_scan_without_hyperscan(
    plain: Scanner, source: str, path: str, edits: list[Change]
) -> None:
    assert_equal_to_full_scans(plain, source, path, edits)


def test_engines_agree_on_every_example_of_every_rule(fast: Scanner, plain: Scanner) -> None:
    differ = [
        f"{rule.id}: {number}"
        for rule in all_rules()
        for number, text in enumerate((*rule.examples, *rule.non_examples))
        if not is_same(fast, plain, text, "notes")
    ]
    assert differ == []


def test_engines_agree_on_the_sample_shop(fast: Scanner, plain: Scanner, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    runpy.run_path(str(SAMPLES / "build.py"))["build"](shop)
    files = [file for file in sorted(shop.rglob("*")) if file.is_file()]
    assert files
    differ = [
        file.name
        for file in files
        if not is_same(fast, plain, file.read_bytes().decode("utf-8", "replace"), file.relative_to(shop).as_posix())
    ]
    assert differ == []
