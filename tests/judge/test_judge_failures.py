"""Workers that misbehave: real processes that say the wrong thing, nothing, or end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from listening import States
from processes import PATIENCE

from unleak.judge.client import Judge
from unleak.judge.keeper import Patience
from unleak.judge.protocol import Question
from unleak.judge.state import Phase

Start = Callable[..., Judge]
QUESTION = Question("prefix", ("one", "two"))
GOOD = [[[0.5, 0.25, 0.25], [1, 0, 0]]]
HASTY = Patience(pauses=(0.01,) * 4, grace=0.1, loading=PATIENCE)
TALK = """
import json, struct, sys, time
out, come = sys.stdout.buffer, sys.stdin.buffer
def say(message):
    data = json.dumps(message).encode()
    out.write(struct.pack(">I", len(data)) + data)
    out.flush()
def hear():
    (size,) = struct.unpack(">I", come.read(4))
    return json.loads(come.read(size))
"""
READY = TALK + 'say({"ready": True})\n'


def answering(message: str) -> str:
    """A worker that answers each request with `message`, in which `n` is the request's number."""
    return READY + f"while True:\n    n = hear()['id']\n    say({message})\n"


WRONG = {
    "text": "print('hello', flush=True); import time; time.sleep(600)",
    "endless text": "while True: print('hello ' * 1000)",
    "impossible length": "import os, time; os.write(1, b'\\xff' * 8); time.sleep(600)",
    "half a message": TALK + "out.write(struct.pack('>I', 100) + b'{'); out.flush()",
    "half a length": TALK + "out.write(b'\\0\\0'); out.flush()",
    "no JSON": TALK + "out.write(struct.pack('>I', 3) + b'{{{'); out.flush(); time.sleep(600)",
    "JSON too deep": TALK + "out.write(struct.pack('>I', 200000) + b'[' * 200000); out.flush(); time.sleep(600)",
    "no object": TALK + "say([1]); time.sleep(600)",
    "another greeting": TALK + "say({'hello': 1}); time.sleep(600)",
    "an answer that nobody asked for": READY + "say({'id': 1, 'verdicts': []}); time.sleep(600)",
    "the number of another request": answering(f"{{'id': n + 1, 'verdicts': {GOOD}}}"),
    "no verdicts": answering("{'id': n}"),
    "too few questions": answering("{'id': n, 'verdicts': []}"),
    "too few suffixes": answering("{'id': n, 'verdicts': [[[1, 0, 0]]]}"),
    "too few labels": answering("{'id': n, 'verdicts': [[[1, 0], [1, 0]]]}"),
    "texts": answering("{'id': n, 'verdicts': [[['1', 0, 0], [1, 0, 0]]]}"),
    "no numbers": answering("{'id': n, 'verdicts': [[[float('nan')] * 3, [1, 0, 0]]]}"),
    "no probabilities": answering("{'id': n, 'verdicts': [[[7, -3, -3], [1, 0, 0]]]}"),
    "an error": answering("{'id': n, 'error': 'no answer'}"),
    "nothing, at its end": "",
    "an exit code": "raise SystemExit(3)",
    "the end while it is asked": READY + "hear()",
    "a failure that may pass": TALK + "say({'failed': 'no memory'})",
}


def run(code: str) -> list[str]:
    return [sys.executable, "-c", code]


class TestWrongTalk:
    @pytest.mark.parametrize("code", WRONG.values(), ids=WRONG)
    def test_is_no_answer_and_in_the_end_off(self, code: str, tmp_path: Path, start: Start, states: States) -> None:
        judge = start(tmp_path, command=run(code), on_state=states, patience=HASTY)
        for _ in range(5):
            if judge.state.phase is not Phase.OFF:
                assert judge.submit([QUESTION], deadline_seconds=PATIENCE).result(PATIENCE) is None
        assert "5 times" in states.wait_for(Phase.OFF).reason
        assert states.phases.count(Phase.OFF) == 1

    def test_right_talk_is_an_answer(self, tmp_path: Path, start: Start) -> None:
        judge = start(tmp_path, command=run(answering(f"{{'id': n, 'verdicts': {GOOD}}}")))
        answer = judge.submit([QUESTION], deadline_seconds=PATIENCE).result(PATIENCE)
        assert [[list(verdict) for verdict in verdicts] for verdicts in answer] == GOOD

    def test_messages_do_not_reach_the_state_where_they_are_no_reason(
        self, tmp_path: Path, start: Start, states: States
    ) -> None:
        judge = start(tmp_path, command=run(WRONG["no object"]), on_state=states, patience=HASTY)
        judge.submit([Question("very private", ("value",))], deadline_seconds=PATIENCE).result(PATIENCE)
        states.wait_for(Phase.OFF)
        assert all("private" not in state.text and "value" not in state.text for state in states.all)


class TestSilence:
    def test_of_a_worker_that_does_not_load(self, tmp_path: Path, start: Start, states: States) -> None:
        impatient = Patience(pauses=(0.01,), loading=0.1)
        judge = start(tmp_path, command=run("import time; time.sleep(600)"), on_state=states, patience=impatient)
        assert judge.submit([QUESTION], deadline_seconds=PATIENCE).result(PATIENCE) is None
        assert "does not finish loading" in states.wait_for(Phase.OFF).reason

    def test_of_a_worker_that_does_not_answer(self, tmp_path: Path, start: Start, states: States) -> None:
        judge = start(tmp_path, command=run(READY + "time.sleep(600)"), on_state=states, patience=HASTY)
        for _ in range(4):
            request = judge.submit([QUESTION], deadline_seconds=PATIENCE)
            states.wait_for(Phase.JUDGING)
            request.cancel()
            assert states.wait_for(Phase.BROKEN).reason == "it does not answer"
        judge.submit([QUESTION], deadline_seconds=0.3)
        assert "does not answer" in states.wait_for(Phase.OFF).reason


class TestPauses:
    def test_between_starts_and_off_after_the_last(self, tmp_path: Path, start: Start, states: States) -> None:
        judge = start(tmp_path, command=run("raise SystemExit(3)"), on_state=states, patience=HASTY)
        assert judge.submit([QUESTION], deadline_seconds=PATIENCE).result(PATIENCE) is None
        states.wait_for(Phase.OFF)
        assert states.phases == [Phase.LOADING, Phase.BROKEN] * 4 + [Phase.LOADING, Phase.OFF]
        assert "code 3" in states.all[-1].reason

    def test_nothing_is_started_in_a_pause(self, tmp_path: Path, start: Start, states: States) -> None:
        patience = Patience(pauses=(0.01, 600.0))
        judge = start(tmp_path, command=run("raise SystemExit(3)"), on_state=states, patience=patience)
        judge.submit([QUESTION], deadline_seconds=PATIENCE)
        states.wait_for(Phase.BROKEN)
        states.wait_for(Phase.BROKEN)
        assert judge.submit([QUESTION], deadline_seconds=0.2).result(PATIENCE) is None
        assert states.phases == [Phase.LOADING, Phase.BROKEN] * 2

    def test_are_forgotten_with_an_answer(self, tmp_path: Path, start: Start, states: States) -> None:
        once = answering(f"{{'id': n, 'verdicts': {GOOD}}}") + "    sys.exit(1)\n"
        judge = start(tmp_path, command=run(once), on_state=states, patience=HASTY)
        for _ in range(8):
            assert judge.submit([QUESTION], deadline_seconds=PATIENCE).result(PATIENCE)
            states.wait_for(Phase.BROKEN)
        assert Phase.OFF not in states.phases

    def test_a_failure_that_is_final_has_none(self, tmp_path: Path, start: Start, states: States) -> None:
        code = TALK + "say({'failed': 'it is not there', 'final': True})"
        judge = start(tmp_path, command=run(code), on_state=states)
        assert judge.submit([QUESTION], deadline_seconds=PATIENCE).result(PATIENCE) is None
        assert states.phases == [Phase.LOADING, Phase.OFF]
        assert states.all[-1].text == "The judge is off; the rules decide alone: it is not there."

    def test_a_program_that_is_not_there_counts_like_others(self, tmp_path: Path, start: Start, states: States) -> None:
        judge = start(tmp_path, command=[str(tmp_path / "nothing")], on_state=states, patience=HASTY)
        assert judge.submit([QUESTION], deadline_seconds=PATIENCE).result(PATIENCE) is None
        assert "cannot be started" in states.wait_for(Phase.OFF).reason


class TestErrors:
    def test_of_single_requests_do_not_end_the_worker(self, tmp_path: Path, start: Start, states: States) -> None:
        code = READY + (
            "for turn in range(100):\n    n = hear()['id']\n"
            f"    say({{'id': n, 'error': 'no'}} if turn % 2 else {{'id': n, 'verdicts': {GOOD}}})\n"
        )
        judge = start(tmp_path, command=run(code), on_state=states, patience=HASTY)
        asked = [judge.submit([QUESTION], deadline_seconds=PATIENCE) for _ in range(30)]
        assert [request.result(PATIENCE) is None for request in asked] == [False, True] * 15
        assert states.phases.count(Phase.LOADING) == 1
