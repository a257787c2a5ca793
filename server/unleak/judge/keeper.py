"""The thread behind a judge: it alone starts and ends the worker, knows its state and watches the clock.

Other threads put what they want into its inbox, the worker's pipes what they have read.
"""

from __future__ import annotations

import heapq
import math
import queue
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import NamedTuple, TypeAlias

from unleak.finding import Verdict
from unleak.judge import frames
from unleak.judge.child import GRACE, LOADING, Child, loading_seconds
from unleak.judge.protocol import LABELS, Question
from unleak.judge.state import Phase, State

_LOOK = 3600.0  # seconds; what a queue can wait is limited
Answer: TypeAlias = "list[list[Verdict]] | None"


class Patience(NamedTuple):
    """How long failures are borne, in seconds. A worker that computes, however slowly, is none: it says so."""

    pauses: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)  # after each failure in a row; one more and the judge stays off
    grace: float = GRACE  # for the worker to say that it has stopped, before it is killed
    loading: float = LOADING  # for the worker to say that it is ready, beside what its files' size takes
    silence: float = 20.0  # without a sign of life from a worker that was asked something


class Request(Future[Answer]):
    """Questions on their way; the result is None where there is no answer: off, late, cancelled or failed.

    Works with `asyncio.wrap_future`. Callbacks run in the judge's thread and must be short.
    """

    def __init__(self, questions: Sequence[Question], deadline: float, cancelled: Callable[[], None]) -> None:
        super().__init__()
        self.questions = tuple(questions)
        self.deadline = deadline  # of the monotonic clock
        self._tell_cancelled = cancelled

    def cancel(self) -> bool:
        """Answer None at once and have the work on it stopped; whether there was something to stop."""
        if not self.finish(None):
            return False
        self._tell_cancelled()
        return True

    def finish(self, answer: Answer) -> bool:
        """Answer, unless that has been done; whether this was the answer."""
        try:
            self.set_result(answer)
        except InvalidStateError:
            return False
        return True


class Keeper:
    """Owns the worker; `enter` is told of each change of state. All but `run` are for other threads."""

    def __init__(
        self, command: Sequence[str], enter: Callable[[State], None], idle_seconds: float, patience: Patience
    ) -> None:
        self._command = command
        self._enter = enter
        self._idle_seconds = idle_seconds
        self._patience = patience
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._state = State(Phase.IDLE)
        self._stopped = False
        self._child: Child | None = None
        self._is_ready = False  # the child
        self._waiting: deque[Request] = deque()
        self._deadlines: list[tuple[float, int, Request]] = []  # a heap of all that is not answered
        self._asked = 0  # requests so far
        self._current: Request | None = None  # what the child has been told last and has not answered
        self._number = 0  # of the current one
        self._is_stopping = False  # the child has been told that the current one is not wanted any more
        self._give_up = math.inf  # when the child is killed unless it says something
        self._idle_from = 0.0
        self._failures = 0  # without an answer in between
        self._pause_until = 0.0

    @property
    def pid(self) -> int:
        child = self._child
        return child.pid if child else 0

    def ask(self, request: Request) -> None:
        self._inbox.put(lambda: self._take(request))

    def look(self) -> None:
        """Have it seen that a request has been answered by somebody else."""
        self._inbox.put(lambda: None)

    def stop(self) -> None:
        self._inbox.put(self._stop)

    def run(self) -> None:
        while not self._stopped:
            try:
                wake = self._go_on(time.monotonic())
                self._inbox.get(timeout=min(max(0.0, wake - time.monotonic()), _LOOK))()
            except queue.Empty:
                pass
            except Exception as error:  # a mistake in here must not leave anybody waiting for ever
                self._fail(f"internal error ({type(error).__name__})", final=True)
        self._drop_child()
        self._answer_all_with_nothing()

    def _take(self, request: Request) -> None:
        self._asked += 1
        heapq.heappush(self._deadlines, (request.deadline, self._asked, request))
        self._waiting.append(request)

    def _stop(self) -> None:
        self._stopped = True

    def _go_on(self, now: float) -> float:
        """Do all that is due; when to look again unless something happens."""
        if self._state.phase is Phase.OFF:
            self._answer_all_with_nothing()
            return math.inf
        while self._deadlines and (self._deadlines[0][2].done() or self._deadlines[0][0] <= now):
            heapq.heappop(self._deadlines)[2].finish(None)
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()
        if self._child and self._current and self._current.done() and not self._is_stopping:
            self._is_stopping = True
            self._child.send({"cancel": self._number})
            self._give_up = now + self._patience.grace
        if self._child and now >= self._give_up:
            self._fail("it does not answer" if self._is_ready else "it does not finish loading")
            return now
        if self._waiting and not self._child and now >= self._pause_until:
            self._start(now)
        if self._child and self._is_ready and not self._current:
            if self._waiting:
                self._tell(self._child, self._waiting.popleft())
            elif now >= self._idle_from + self._idle_seconds:
                self._drop_child()
                self._change(State(Phase.IDLE))
            else:
                self._change(State(Phase.READY))
        return self._next_time()

    def _next_time(self) -> float:
        times = [self._give_up]
        if self._deadlines:
            times.append(self._deadlines[0][0])
        if self._is_ready and not self._current:
            times.append(self._idle_from + self._idle_seconds)
        if self._waiting and not self._child:
            times.append(self._pause_until)
        return min(times)

    def _start(self, now: float) -> None:
        self._change(State(Phase.LOADING))
        try:
            self._child = Child(self._command, self._heard)
        except (OSError, RuntimeError, ValueError) as error:
            self._fail(f"its process cannot be started ({type(error).__name__})")
        else:
            self._give_up = now + self._patience.loading

    def _tell(self, child: Child, request: Request) -> None:
        self._current = request
        self._number += 1
        self._give_up = time.monotonic() + self._patience.silence
        child.send({"id": self._number, "questions": request.questions, "until": request.deadline})
        self._change(State(Phase.JUDGING))

    def _heard(self, child: Child, message: frames.Message | None) -> None:
        self._inbox.put(lambda: self._hear(child, message) if child is self._child else None)

    def _hear(self, child: Child, message: frames.Message | None) -> None:
        if message is None:
            self._fail(child.outcome())
        elif not self._is_ready:
            self._hear_first(message)
        elif message.get("working") is True:
            if not self._is_stopping:
                self._give_up = time.monotonic() + self._patience.silence
        elif self._current is None or message.get("id") != self._number:
            self._fail("it answers what it was not asked")
        else:
            self._hear_answer(self._current, message)

    def _hear_first(self, message: frames.Message) -> None:
        if message.get("ready") is True:
            self._is_ready = True
            self._rest()
        elif (seconds := loading_seconds(message)) is not None:
            self._give_up += seconds
        else:
            reason = str(message.get("failed", "it does not begin as agreed"))
            self._fail(reason, final=message.get("final") is True)

    def _hear_answer(self, request: Request, message: frames.Message) -> None:
        answer = _verdicts(message.get("verdicts"), request.questions)
        if answer is not None:
            self._failures = 0
            self._rest()
            request.finish(answer)
        elif message.get("stopped") is True:
            self._rest()
            request.finish(None)
        elif "error" not in message:
            self._fail("it answers what is no verdict")
        elif self._failures < len(self._patience.pauses):  # the worker is well, only this answer is missing
            self._failures += 1
            self._rest()
            request.finish(None)
        else:
            self._fail(str(message["error"]))

    def _rest(self) -> None:
        self._current = None
        self._is_stopping = False
        self._give_up = math.inf
        self._idle_from = time.monotonic()

    def _fail(self, reason: str, *, final: bool = False) -> None:
        self._drop_child()
        self._failures += 1
        if final:
            self._change(State(Phase.OFF, reason))
        elif self._failures > len(self._patience.pauses):
            self._change(State(Phase.OFF, f"it has failed {self._failures} times in a row, last because {reason}"))
        else:
            self._pause_until = time.monotonic() + self._patience.pauses[self._failures - 1]
            self._change(State(Phase.BROKEN, reason))

    def _drop_child(self) -> None:
        child, self._child = self._child, None
        request = self._current
        self._is_ready = False
        self._rest()
        if child:
            child.kill()
        if request:
            request.finish(None)

    def _answer_all_with_nothing(self) -> None:
        self._waiting.clear()
        while self._deadlines:
            self._deadlines.pop()[2].finish(None)

    def _change(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self._enter(state)


def _verdicts(said: object, questions: Sequence[Question]) -> Answer:
    """The verdicts in a message, None where they are not what was asked for."""
    if not isinstance(said, list) or len(said) != len(questions):
        return None
    answer: list[list[Verdict]] = []
    for part, question in zip(said, questions, strict=True):
        if not isinstance(part, list) or len(part) != len(question.suffixes):
            return None
        verdicts: list[Verdict] = []
        for row in part:
            if not isinstance(row, list) or len(row) != len(LABELS):
                return None
            if not all(isinstance(value, (int, float)) and 0 <= value <= 1 for value in row):
                return None
            verdicts.append(Verdict(*map(float, row)))
        answer.append(verdicts)
    return answer
