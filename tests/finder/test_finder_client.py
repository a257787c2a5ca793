"""Finders with workers that say what a test wants, late, wrongly or not at all: real processes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from answering import SAY, answer, worker
from processes import is_gone

from unleak.finder import checking
from unleak.finder.client import CANCELLED, TOO_LATE, Finder

VALUE = "zR7p" + "Lq2wT9"
LINES = [f"line {number}" for number in range(40)]
LINES[2] = f"connect('{VALUE}')"
LINES[30] = f"open('{VALUE}')"
FOUND = [answer(3, VALUE[:4], VALUE[-4:]), answer(31, VALUE[:4], VALUE[-4:])]
PATIENCE = 60.0
_AT_FIRST = f"if not first:\n        {SAY.replace('{', '{{').replace('}', '}}')}\n    else:\n        {{then}}"
"""What a worker does that reads the first chunk well."""
_LATER = "if not first:\n        say({{'id': heard['id'], 'answer': '[]'}})\n    else:\n        {then}"
NONSENSE = """
import struct, sys, time
sys.stdout.buffer.write(struct.pack(">I", 2) + b"{}")
sys.stdout.buffer.flush()
time.sleep(600)
"""
Start = Callable[..., Finder]


def lines_of(finder: Finder, **options: object) -> list[int]:
    outcome = finder.read(LINES, "src/app.py", (), **{"deadline_seconds": PATIENCE, **options})  # type: ignore[arg-type]
    return [each.finding.span.line for each in outcome.found]


class TestReading:
    def test_all_chunks(self, start: Start) -> None:
        assert lines_of(start(worker(FOUND))) == [2, 30]

    def test_what_two_chunks_hold_counts_once(self, start: Start) -> None:
        lines = [*LINES[:9], f"connect('{VALUE}')", *LINES[10:]]  # the last lines of a chunk are the first of the next
        outcome = start(worker([answer(10, VALUE, VALUE)])).read(lines, "a.py", (), deadline_seconds=PATIENCE)
        assert [each.finding.span.line for each in outcome.found] == [9]
        assert not outcome.dropped

    def test_answers_on_lines_of_other_chunks_do_not_count(self, start: Start) -> None:
        assert lines_of(start(worker(FOUND[:1], _LATER.format(then=SAY.replace("answers", "ANSWERS"))))) == []

    def test_progress(self, start: Start) -> None:
        told: list[tuple[int, int]] = []
        lines_of(start(worker(FOUND)), progress=lambda done, total: told.append((done, total)))
        assert told == [(12, 40), (20, 40), (28, 40), (36, 40), (40, 40)]

    def test_an_empty_file_asks_nobody(self, start: Start) -> None:
        finder = start(worker([]))
        assert finder.read(["", "  "], "a.py", (), deadline_seconds=PATIENCE).unread == 0
        assert finder.pid == 0


class TestFailures:
    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ("sys.exit(3)", "ended with code 3"),
            ("out.write(b'\\xff' * 8); out.flush(); time.sleep(600)", "cannot be understood"),
            ('say({"id": -1, "answer": "[]"})', "it answers what it was not asked"),
            ('say({"id": heard["id"], "error": "no memory"})', "no memory"),
        ],
        ids=["crash", "noise", "number", "error"],
    )
    def test_end_the_reading_of_a_file_with_what_is_known(self, body: str, why: str, start: Start) -> None:
        outcome = start(worker(FOUND, _AT_FIRST.format(then=body))).read(
            LINES, "src/app.py", (), deadline_seconds=PATIENCE
        )
        assert [each.finding.span.line for each in outcome.found] == [2]
        assert why in outcome.because
        assert outcome.unread == 28

    def test_twice_in_a_row_switch_it_off(self, start: Start) -> None:
        finder = start(worker([], "sys.exit(3)"))
        for _ in range(2):
            assert finder.problem == ""
            finder.read(LINES, "src/app.py", (), deadline_seconds=PATIENCE)
        assert "ended with code 3" in finder.problem
        outcome = finder.read(LINES, "src/app.py", (), deadline_seconds=PATIENCE)
        assert (outcome.unread, finder.pid) == (40, 0)

    def test_a_worker_that_says_something_else_is_final(self, start: Start) -> None:
        finder = start([sys.executable, "-c", NONSENSE])
        finder.read(LINES, "src/app.py", (), deadline_seconds=PATIENCE)
        assert finder.problem == "it does not begin as agreed"

    def test_a_bundle_that_cannot_be_used_is_named(self, reader: Path, tmp_path: Path, start: Start) -> None:
        import shutil

        broken = shutil.copytree(reader, tmp_path / "broken")
        (broken / "judge.gguf").write_bytes(b"nothing")
        finder = start(None, broken)
        assert "judge.gguf" in finder.read(LINES, "a.py", (), deadline_seconds=PATIENCE).because


class TestTime:
    def test_deadline(self, start: Start) -> None:
        finder = start(worker(FOUND, _AT_FIRST.format(then="time.sleep(600)")))
        outcome = finder.read(LINES, "src/app.py", (), deadline_seconds=2.0)
        assert outcome.because == TOO_LATE
        assert [each.finding.span.line for each in outcome.found] == [2]
        assert finder.problem == ""

    def test_loading_a_large_model_does_not_count(self, start: Start) -> None:
        python, option, code, *rest = worker(FOUND, f"say({{'working': True}}); {SAY}")
        slowly = "say({'loading': 4_000_000_000}); time.sleep(3); say({'ready': True})"
        finder = start([python, option, code.replace('say({"ready": True})', slowly), *rest])
        outcome = finder.read(LINES, "src/app.py", (), deadline_seconds=2.0)
        assert (outcome.because, outcome.unread) == ("", 0)
        assert [each.finding.span.line for each in outcome.found] == [2, 30]

    def test_loading_can_be_cancelled(self, start: Start) -> None:
        stop = threading.Event()
        finder = start([sys.executable, "-c", "import time; time.sleep(600)"])
        pids: list[int] = []
        threading.Timer(1.0, lambda: (pids.append(finder.pid), stop.set())).start()
        outcome = finder.read(LINES, "a.py", (), deadline_seconds=PATIENCE, goes_on=lambda: not stop.is_set())
        assert (outcome.because, finder.problem) == (CANCELLED, "")
        assert is_gone(pids[0])

    def test_cancel_ends_a_worker_that_does_not_stop(self, start: Start) -> None:
        stop = threading.Event()
        finder = start(worker([], "time.sleep(600)"))
        pids: list[int] = []
        threading.Timer(1.0, lambda: (pids.append(finder.pid), stop.set())).start()
        outcome = finder.read(LINES, "a.py", (), deadline_seconds=PATIENCE, goes_on=lambda: not stop.is_set())
        assert outcome.because == CANCELLED
        assert is_gone(pids[0])

    def test_close_ends_the_worker(self, start: Start) -> None:
        finder = start(worker(FOUND))
        lines_of(finder)
        pid = finder.pid
        finder.close()
        assert is_gone(pid)


def test_known_findings_are_not_reported_again(start: Start) -> None:
    from unleak.finding import Span

    known = [Span(2, 0, 2, len(LINES[2]))]
    outcome = start(worker(FOUND)).read(LINES, "src/app.py", known, deadline_seconds=PATIENCE)
    assert [each.finding.span.line for each in outcome.found] == [30]
    assert outcome.dropped == {checking.KNOWN: 1}
