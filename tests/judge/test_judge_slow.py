"""Judges that take long and judges that hang: real processes, told apart by signs of life and by nothing else."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from listening import States
from processes import PATIENCE, is_gone
from talking import FAMILIES, write_talking
from test_judge_failures import GOOD, QUESTION, READY, TALK, run

from unleak.judge.bundle import Bundle
from unleak.judge.client import Judge
from unleak.judge.keeper import Patience
from unleak.judge.protocol import Question
from unleak.judge.state import Phase
from unleak.judge.worker import ADDRESS_SPACE

Start = Callable[..., Judge]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
LATER = Patience(pauses=(0.01,), loading=PATIENCE, silence=2.0)
LONG = [Question("<|file|>live code a.py\n<|text|>" + "x = 1\n" * 200, ("<|ask|><|0|>a<|value|>b<|end|>",) * 8)] * 12


@contextmanager
def slowed(pid: int, seconds: float) -> Iterator[None]:
    """A process that runs for a tenth of the time, for so long."""
    ended, until = threading.Event(), time.monotonic() + seconds

    def hold() -> None:
        with suppress(ProcessLookupError):
            while time.monotonic() < until and not ended.wait(0.05):
                os.kill(pid, signal.SIGSTOP)
                time.sleep(0.45)
                os.kill(pid, signal.SIGCONT)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        yield
    finally:
        ended.set()
        holder.join()


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_talking(tmp_path_factory.mktemp("talking"), FAMILIES["chatml"])


class TestReading:
    def test_a_worker_that_says_that_it_works_is_borne(self, tmp_path: Path, start: Start, states: States) -> None:
        code = READY + (
            "while True:\n    n = hear()['id']\n"
            "    for _ in range(12): time.sleep(0.25); say({'working': True})\n"
            f"    say({{'id': n, 'verdicts': {GOOD}}})\n"
        )
        judge = start(tmp_path, command=run(code), on_state=states, patience=LATER)
        assert judge.submit([QUESTION]).result(PATIENCE)
        assert Phase.BROKEN not in states.phases

    def test_one_that_says_nothing_is_replaced_without_any_deadline(
        self, tmp_path: Path, start: Start, states: States
    ) -> None:
        code = READY + "hear(); say({'working': True}); time.sleep(600)"
        judge = start(tmp_path, command=run(code), on_state=states, patience=LATER)
        assert judge.submit([QUESTION]).result(PATIENCE) is None
        assert states.wait_for(Phase.BROKEN).reason == "it does not answer"

    def test_one_that_works_on_what_nobody_wants_is_replaced(
        self, tmp_path: Path, start: Start, states: States
    ) -> None:
        code = READY + "hear()\nwhile True: time.sleep(0.05); say({'working': True})"
        hasty = LATER._replace(grace=0.5)
        judge = start(tmp_path, command=run(code), on_state=states, patience=hasty)
        request = judge.submit([QUESTION])
        states.wait_for(Phase.JUDGING)
        request.cancel()
        assert states.wait_for(Phase.BROKEN).reason == "it does not answer"

    @posix
    def test_a_real_model_that_is_slow_answers(self, talking: Path, start: Start, states: States) -> None:
        judge = start(talking, on_state=states, patience=LATER)
        judge.submit([]).result(PATIENCE)
        pid, began = judge.pid, time.monotonic()
        with slowed(pid, 2.5 * LATER.silence):
            answer = judge.submit(LONG).result(PATIENCE)
        assert time.monotonic() - began > LATER.silence, "it was too quick to show anything"
        assert answer is not None
        assert judge.pid == pid
        assert Phase.BROKEN not in states.phases

    @posix
    def test_a_real_model_that_hangs_is_replaced(self, talking: Path, start: Start, states: States) -> None:
        judge = start(talking, on_state=states, patience=LATER)
        judge.submit([]).result(PATIENCE)
        pid, request = judge.pid, judge.submit(LONG)
        time.sleep(0.2)  # into the middle of a computation
        os.kill(pid, signal.SIGSTOP)
        assert request.result(PATIENCE) is None
        assert "does not answer" in states.wait_for(Phase.BROKEN).reason
        assert is_gone(pid)
        assert judge.submit(LONG[:1]).result(PATIENCE)


class TestLoading:
    def test_may_take_longer_where_the_files_are_large(self, tmp_path: Path, start: Start, states: States) -> None:
        code = TALK + (
            "say({'loading': 4_000_000_000}); time.sleep(2); say({'ready': True})\n"
            f"while True: say({{'id': hear()['id'], 'verdicts': {GOOD}}})"
        )
        judge = start(tmp_path, command=run(code), on_state=states, patience=LATER._replace(loading=1.0))
        assert judge.submit([QUESTION]).result(PATIENCE)
        assert Phase.BROKEN not in states.phases

    def test_is_given_up_in_the_end(self, tmp_path: Path, start: Start, states: States) -> None:
        code = TALK + "say({'loading': 1_000_000}); time.sleep(600)"
        judge = start(tmp_path, command=run(code), on_state=states, patience=LATER._replace(loading=1.0))
        assert judge.submit([QUESTION]).result(PATIENCE) is None
        assert "does not finish loading" in states.wait_for(Phase.OFF).reason


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_memory_is_bounded_by_what_files_and_context_need(talking: Path, start: Start) -> None:
    judge = start(talking)
    judge.submit([]).result(PATIENCE)
    limits = Path(f"/proc/{judge.pid}/limits").read_text().split("\n")
    (most,) = [int(line.split()[3]) for line in limits if line.startswith("Max address space")]
    bundle = Bundle.load(talking)
    assert most == ADDRESS_SPACE + 2 * bundle.size + bundle.context * (1 << 19)
