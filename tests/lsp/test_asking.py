"""What is asked about a document that is edited meanwhile: a real judge that never answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from unleak.judge.client import Judge
from unleak.judge.protocol import Question
from unleak.judge.verdicts import CachedJudge, Verdicts
from unleak.lsp.judge_progress import Asking

ONE, TWO = Question("one", ("a",)), Question("two", ("a", "b"))


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[CachedJudge]:
    silent = Judge(tmp_path, command=[sys.executable, "-c", "import time; time.sleep(600)"])
    judge = CachedJudge(silent, Verdicts("any"))
    yield judge
    judge.close()


@pytest.fixture
def asking(judge: CachedJudge) -> Asking:
    asking = Asking()
    for question in (ONE, TWO, ONE):
        asking.ask(judge, question)
    return asking


def test_what_is_asked_again_is_asked_once(asking: Asking) -> None:
    assert list(asking.lookups) == [ONE, TWO]


def test_what_is_not_asked_any_more_is_dropped(asking: Asking) -> None:
    one, two = asking.lookups[ONE], asking.lookups[TWO]
    asking.only([TWO])
    assert one.result(0) == [[None]]
    assert not two.done()
    assert asking.lookups == {TWO: two}
    assert asking.parts == 1


def test_all_is_dropped_in_the_end(asking: Asking) -> None:
    asking.stop()
    assert [lookup.result(0) for lookup in asking.lookups.values()] == [[[None]], [[None, None]]]
