"""Without Hyperscan everything is slower and nothing else."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import PATHS, documents, tall_documents, wide_documents
from hypothesis import given, settings
from hypothesis import strategies as st
from test_incremental import mixtures

from unleak.detect import matcher
from unleak.detect.catalog import Rule, bundled_rules, parse_rules, rule_files
from unleak.scanner import Scanner

SAMPLES = Path(__file__).parents[2] / "samples"


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
