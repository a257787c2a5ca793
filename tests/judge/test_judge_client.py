"""A judge in use: many askers, deadlines, cancels, idleness, and a worker that is killed, stopped or starved."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from listening import States
from processes import PATIENCE, is_gone

from unleak.judge.child import worker_command
from unleak.judge.client import Judge
from unleak.judge.keeper import Patience, Request
from unleak.judge.protocol import Question
from unleak.judge.state import Phase

Start = Callable[..., Judge]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
QUESTION = Question("<|file|>a.py\n", ("<|ask|>one<|answer|>", "<|ask|>two<|answer|>"))
ENDLESS = [Question("x" * 400, ("y" * 100,) * 8)] * 5000
"""Minutes of work."""
HASTY = Patience(pauses=(0.01,) * 4, grace=0.3, loading=PATIENCE)


def ask(judge: Judge) -> Request:
    return judge.submit([QUESTION], deadline_seconds=PATIENCE)


def ask_endlessly(judge: Judge, seconds: float = PATIENCE) -> Request:
    return judge.submit(ENDLESS, deadline_seconds=seconds)


class TestAnswers:
    def test_are_verdicts(self, bundle: Path, start: Start) -> None:
        ((one, two),) = ask(start(bundle)).result(PATIENCE)
        assert sum(one) == pytest.approx(1)
        assert one != two

    def test_no_questions_load_the_worker(self, bundle: Path, start: Start) -> None:
        judge = start(bundle)
        assert judge.pid == 0
        assert judge.submit([], deadline_seconds=PATIENCE).result(PATIENCE) == []
        assert judge.pid > 0

    def test_many_threads_get_their_own(self, bundle: Path, start: Start) -> None:
        judge = start(bundle)
        questions = [Question(f"<|file|>{number}", QUESTION.suffixes) for number in range(20)]
        alone = [judge.submit([question], deadline_seconds=PATIENCE).result(PATIENCE) for question in questions]
        with ThreadPoolExecutor(8) as pool:
            asked = [
                pool.submit(lambda q=question: judge.submit([q], deadline_seconds=PATIENCE).result(PATIENCE))
                for question in questions
            ]
            assert [future.result(PATIENCE) for future in asked] == alone

    def test_two_judges_on_one_bundle_do_not_mind_each_other(self, bundle: Path, start: Start) -> None:
        one, other = start(bundle), start(bundle)
        asked = [ask(judge) for _ in range(5) for judge in (one, other)]
        answers = [request.result(PATIENCE) for request in asked]
        assert answers == [answers[0]] * 10
        assert one.pid != other.pid

    async def test_can_be_awaited(self, bundle: Path, start: Start) -> None:
        answer = await asyncio.wait_for(asyncio.wrap_future(ask(start(bundle))), PATIENCE)
        assert len(answer[0]) == 2

    def test_callbacks_may_close_the_judge(self, bundle: Path, start: Start) -> None:
        judge = start(bundle)
        request, closed = ask(judge), threading.Event()
        request.add_done_callback(lambda _: (judge.close(), closed.set()))
        assert closed.wait(PATIENCE)


class TestStates:
    def test_one_request_goes_through_all(self, bundle: Path, start: Start, states: States) -> None:
        judge = start(bundle, on_state=states)
        ask(judge).result(PATIENCE)
        states.wait_for(Phase.READY)
        assert states.phases == [Phase.LOADING, Phase.JUDGING, Phase.READY]
        assert judge.state.phase is Phase.READY

    def test_a_listener_that_fails_changes_nothing(self, bundle: Path, start: Start) -> None:
        def fail(state: object) -> None:
            raise RuntimeError

        assert ask(start(bundle, on_state=fail)).result(PATIENCE)

    def test_the_worker_ends_when_it_is_idle_and_comes_back(self, bundle: Path, start: Start, states: States) -> None:
        judge = start(bundle, on_state=states, idle_seconds=0.05)
        first = ask(judge).result(PATIENCE)
        states.wait_for(Phase.IDLE)
        assert judge.pid == 0
        assert ask(judge).result(PATIENCE) == first
        states.wait_for(Phase.IDLE)
        assert Phase.BROKEN not in states.phases

    def test_texts_hold_the_reason(self, tmp_path: Path, start: Start, states: States) -> None:
        judge = start(tmp_path, on_state=states)
        assert ask(judge).result(PATIENCE) is None
        assert "manifest.toml" in states.wait_for(Phase.OFF).text


class TestUnwanted:
    def test_a_deadline_answers_nothing_and_keeps_the_worker(self, bundle: Path, start: Start, states: States) -> None:
        judge = start(bundle, on_state=states)
        ask(judge).result(PATIENCE)
        pid = judge.pid
        assert ask_endlessly(judge, 0.2).result(PATIENCE) is None
        assert ask(judge).result(PATIENCE)
        assert judge.pid == pid
        assert Phase.BROKEN not in states.phases

    def test_a_cancel_answers_nothing_and_keeps_the_worker(self, bundle: Path, start: Start, states: States) -> None:
        judge = start(bundle, on_state=states)
        request = ask_endlessly(judge)
        states.wait_for(Phase.JUDGING)
        pid = judge.pid
        time.sleep(0.1)  # into the middle of a computation
        assert request.cancel()
        assert request.result(0) is None
        assert ask(judge).result(PATIENCE)
        assert judge.pid == pid

    def test_what_waits_is_cancelled_alone(self, bundle: Path, start: Start) -> None:
        judge = start(bundle)
        first, second, third = ask(judge), ask_endlessly(judge), ask(judge)
        second.cancel()
        assert first.result(PATIENCE) == third.result(PATIENCE)
        assert second.result(0) is None

    def test_what_waits_has_its_deadline(self, bundle: Path, start: Start) -> None:
        judge = start(bundle)
        long = ask_endlessly(judge)
        assert judge.submit([QUESTION], deadline_seconds=0.1).result(PATIENCE) is None
        assert not long.done()

    def test_what_is_answered_cannot_be_cancelled(self, bundle: Path, start: Start) -> None:
        request = ask(start(bundle))
        answer = request.result(PATIENCE)
        assert not request.cancel()
        assert request.result(0) == answer

    async def test_cancelled_awaiting_stops_the_work(self, bundle: Path, start: Start, states: States) -> None:
        judge = start(bundle, on_state=states)
        await asyncio.wrap_future(ask(judge))
        request = ask_endlessly(judge)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(request), 0.1)
        assert request.result(0) is None
        assert await asyncio.wait_for(asyncio.wrap_future(ask(judge)), PATIENCE)

    def test_a_deadline_that_never_comes_is_borne(self, bundle: Path, start: Start) -> None:
        assert start(bundle).submit([QUESTION], deadline_seconds=float("inf")).result(PATIENCE)


class TestClose:
    def test_ends_the_worker_and_answers_all_with_nothing(self, bundle: Path, start: Start) -> None:
        judge = start(bundle)
        ask(judge).result(PATIENCE)
        pid, asked = judge.pid, [ask_endlessly(judge) for _ in range(3)]
        judge.close()
        assert [request.result(0) for request in asked] == [None] * 3
        assert is_gone(pid)

    def test_in_the_middle_of_loading(self, bundle: Path, start: Start, states: States) -> None:
        pids = []
        judge = start(bundle, on_state=states)
        request = ask(judge)
        states.wait_for(Phase.LOADING)
        while not pids or not pids[0]:
            pids = [judge.pid]
        judge.close()
        assert request.result(0) is None
        assert is_gone(pids[0])

    def test_afterwards_the_answer_is_nothing(self, bundle: Path, start: Start) -> None:
        judge = start(bundle)
        judge.close()
        judge.close()
        assert ask(judge).result(0) is None

    def test_a_program_that_ends_without_it_leaves_no_worker_and_no_complaint(self, bundle: Path) -> None:
        code = f"""
from pathlib import Path
from unleak.judge.client import Judge
from unleak.judge.protocol import Question
judge = Judge(Path({str(bundle)!r}))
judge.submit([], deadline_seconds=60).result()
judge.submit([Question("x" * 400, ("y" * 100,) * 8)] * 5000, deadline_seconds=600)
print(judge.pid)
"""
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PATIENCE, check=True)
        assert run.stderr == b""
        assert is_gone(int(run.stdout))

    def test_while_others_ask_leaves_nobody_waiting(self, bundle: Path, start: Start) -> None:
        judge = start(bundle)
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(ask, judge) for _ in range(200)]
            judge.close()
            assert all(future.result(PATIENCE).result(PATIENCE) in (None, []) for future in asked)


@posix
class TestSignals:
    @pytest.mark.parametrize("number", ["SIGKILL", "SIGSEGV", "SIGTERM"])
    def test_a_worker_that_is_killed_is_replaced(self, number: str, bundle: Path, start: Start, states: States) -> None:
        judge = start(bundle, on_state=states, patience=HASTY)
        first, pid = ask(judge).result(PATIENCE), judge.pid
        os.kill(pid, getattr(signal, number))
        assert f"signal {int(getattr(signal, number))}" in states.wait_for(Phase.BROKEN).reason
        assert ask(judge).result(PATIENCE) == first
        assert judge.pid != pid

    def test_what_was_running_is_answered_with_nothing(self, bundle: Path, start: Start, states: States) -> None:
        judge = start(bundle, on_state=states, patience=HASTY)
        request = ask_endlessly(judge)
        states.wait_for(Phase.JUDGING)
        waiting = ask(judge)
        os.kill(judge.pid, signal.SIGKILL)
        assert request.result(PATIENCE) is None
        assert waiting.result(PATIENCE)

    def test_a_worker_that_is_stopped_is_replaced(self, bundle: Path, start: Start, states: States) -> None:
        judge = start(bundle, on_state=states, patience=HASTY)
        first, pid = ask(judge).result(PATIENCE), judge.pid
        os.kill(pid, signal.SIGSTOP)
        assert judge.submit([QUESTION], deadline_seconds=0.1).result(PATIENCE) is None
        assert "does not answer" in states.wait_for(Phase.BROKEN).reason
        assert is_gone(pid)
        assert ask(judge).result(PATIENCE) == first

    def test_a_worker_that_is_stopped_while_idle_goes_like_others(
        self, bundle: Path, start: Start, states: States
    ) -> None:
        judge = start(bundle, on_state=states, idle_seconds=0.3)
        ask(judge).result(PATIENCE)
        pid = judge.pid
        os.kill(pid, signal.SIGSTOP)
        states.wait_for(Phase.IDLE)
        assert is_gone(pid)

    def test_questions_that_fill_the_pipe_of_a_stopped_worker_hold_nobody_up(
        self, bundle: Path, start: Start, states: States
    ) -> None:
        judge = start(bundle, on_state=states, patience=HASTY)
        ask(judge).result(PATIENCE)
        os.kill(judge.pid, signal.SIGSTOP)
        large = judge.submit([Question("x" * 10_000_000, ("y",))], deadline_seconds=0.1)
        assert large.result(PATIENCE) is None
        states.wait_for(Phase.BROKEN)
        assert ask(judge).result(PATIENCE)

    def test_a_worker_that_goes_on_in_time_is_kept(self, bundle: Path, start: Start, states: States) -> None:
        judge = start(bundle, on_state=states)
        first, pid = ask(judge).result(PATIENCE), judge.pid
        os.kill(pid, signal.SIGSTOP)
        request = ask(judge)
        os.kill(pid, signal.SIGCONT)
        assert request.result(PATIENCE) == first
        assert judge.pid == pid


@posix
class TestMemory:
    @pytest.mark.parametrize("megabytes", [16, 24, 32, 40, 48, 56, 64, 80])
    def test_with_little_of_it_there_is_an_answer_or_one_clear_state(
        self, megabytes: int, bundle: Path, start: Start, states: States
    ) -> None:
        judge = start(bundle, on_state=states, patience=HASTY, command=limited(bundle, megabytes))
        answer = ask(judge).result(PATIENCE)
        assert states.wait_for(Phase.READY if answer else Phase.OFF)

    def test_a_model_that_it_does_not_hold_is_told_once(
        self, bundle: Path, start: Start, states: States, tmp_path: Path
    ) -> None:
        from networks import Network, write_bundle

        large = write_bundle(tmp_path, Network(layers=40))
        judge = start(large, on_state=states, patience=HASTY, command=limited(large, 100))
        assert ask(judge).result(PATIENCE) is None
        assert "memory" in states.wait_for(Phase.OFF).reason
        assert ask(judge).result(PATIENCE) is None
        assert states.phases.count(Phase.OFF) == 1


def limited(folder: Path, megabytes: int) -> list[str]:
    """The worker, in so much address space."""
    python, option, code, *arguments = worker_command(folder, 1)
    limit = f"import resource as r; r.setrlimit(r.RLIMIT_AS, ({megabytes << 20},) * 2); "
    return [python, option, limit + code, *arguments]


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "data", "reason"),
        [
            ("judge.gguf", b"GGUF", "4 bytes"),
            ("judge.gguf", None, "cannot be read"),
            ("manifest.toml", b"protocol = 3", "protocol"),
            ("manifest.toml", None, "cannot be read"),
        ],
        ids=["truncated model", "missing model", "wrong manifest", "missing manifest"],
    )
    def test_what_is_wrong_with_them_is_told_once(
        self, name: str, data: bytes | None, reason: str, bundle: Path, start: Start, states: States, tmp_path: Path
    ) -> None:
        from networks import write_bundle

        file = write_bundle(tmp_path / "judge") / name
        file.unlink()
        if data is not None:
            file.write_bytes(data)
        judge = start(tmp_path / "judge", on_state=states)
        assert [ask(judge).result(PATIENCE) for _ in range(3)] == [None] * 3
        assert states.phases == [Phase.LOADING, Phase.OFF]
        assert reason in states.all[-1].reason

    def test_weights_that_are_no_numbers_give_no_verdict(
        self, bundle: Path, start: Start, states: States, tmp_path: Path
    ) -> None:
        from networks import Network, write_bundle

        judge = start(write_bundle(tmp_path, Network(broken=True)), on_state=states)
        assert ask(judge).result(PATIENCE) is None
        assert states.phases == [Phase.LOADING, Phase.OFF]
        assert "no numbers" in states.all[-1].reason
