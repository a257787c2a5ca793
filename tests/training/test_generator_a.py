from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest

MODELS = Path(__file__).parents[2] / "models"
sys.path.insert(0, str(MODELS))

if sys.version_info < (3, 11):
    pytest.skip("the training code runs with Python 3.11", allow_module_level=True)

from generator import Draw, Item, Sample, generate  # noqa: E402
from generator.base import FILE_TYPES, Page, bare, label_of, mark, safe, secret  # noqa: E402

from unleak.scanner import Scanner  # noqa: E402
from unleak.text import flatten_breaks  # noqa: E402

COUNT = 300
LEAST_PROPOSED = 0.9


def code_samples(count: int) -> list[Sample]:
    """Files of the kinds of source code, each kind in its turn."""
    list(generate(1, 1))  # registers the kinds
    kinds = [kind for kind in FILE_TYPES if "code_" in kind.make.__module__]
    return [kinds[number % len(kinds)].make(Draw(Random(f"test:{number}"))) for number in range(count)]


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return code_samples(COUNT)


def test_a_page_counts_offsets_in_code_points() -> None:
    page = Page(Draw(Random(1)))
    page.add("pässwörd = ").secret("ключ").add(" ").test("b").line(f" # {safe('c')}")
    made = page.sample("a.py", crlf=0)
    assert [made.text[item.start : item.end] for item in made.items] == ["ключ", "b", "c"]
    assert [item.label for item in made.items] == ["secret", "test", "safe"]


def test_offsets_follow_the_line_breaks_of_windows() -> None:
    page = Page(Draw(Random(1))).lines(("one", f"two = {secret('line 1' + chr(10) + 'line 2')}", safe("three")))
    made = page.sample("a.txt", crlf=1)
    assert made.items == (Item(11, 25, "secret"), Item(27, 32, "safe"))
    assert made.text[11:25] == "line 1\r\nline 2"


@pytest.mark.parametrize("snippet", [secret("a")[:-1], secret("a" + safe("b")), "x" + secret("a")[-1]])
def test_marks_that_do_not_pair_are_refused(snippet: str) -> None:
    with pytest.raises(ValueError, match="stretch"):
        Page(Draw(Random(1))).add(snippet)


def test_marks_come_off() -> None:
    assert bare(f"a {mark('test', 'b')} c") == "a b c"
    assert label_of(f"a {mark('test', 'b')}") == "test"
    assert label_of("a") is None


def test_the_same_seed_gives_the_same_files() -> None:
    assert list(generate(5, 20)) == list(generate(5, 20))
    assert list(generate(5, 20)) != list(generate(6, 20))


def test_no_mark_is_left_in_a_text(samples: list[Sample]) -> None:
    assert not [sample.path for sample in samples if bare(sample.text) != sample.text]


def test_spans_are_in_order_and_hold_something(samples: list[Sample]) -> None:
    for sample in samples:
        ends = [0, *(item.end for item in sample.items)]
        assert all(
            before <= item.start < item.end <= len(sample.text)
            for before, item in zip(ends, sample.items, strict=False)
        ), sample.path


def test_every_label_is_drawn(samples: list[Sample]) -> None:
    assert {item.label for sample in samples for item in sample.items} == {"secret", "test", "safe"}


def test_the_extractor_proposes_most_of_the_credentials(samples: list[Sample]) -> None:
    scanner = Scanner()
    wanted, found = 0, 0
    for sample in samples:
        starts = [0]
        for line in flatten_breaks(sample.text).split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        proposed = {
            (starts[each.span.line] + each.span.column, starts[each.span.end_line] + each.span.end_column)
            for _, _, candidates in scanner.candidates(sample.text, sample.path)
            for each in candidates
        }
        credentials = [(item.start, item.end) for item in sample.items if item.label != "safe"]
        wanted += len(credentials)
        found += len(proposed.intersection(credentials))
    assert found >= LEAST_PROPOSED * wanted
