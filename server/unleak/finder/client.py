"""Has files read by a model, in a process of its own, and keeps what stands where the model says.

The process is not the judge's: a chunk takes long, and verdicts must not wait for it.
"""

from __future__ import annotations

import math
import queue
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from unleak.finder import checking, protocol
from unleak.finder.checking import Found
from unleak.finder.protocol import Answer, Chunk
from unleak.finding import Span
from unleak.judge import context, frames
from unleak.judge.bundle import ScanPlan
from unleak.judge.child import GRACE, LOADING, Child, loading_seconds, worker_command

TOO_LATE = "its time was up"
CANCELLED = "it was stopped"
_LOOK = 0.01  # seconds between two looks at whether the answer is still wanted
_MOST_FAILURES = 2


class Outcome(NamedTuple):
    """What came of a file."""

    found: tuple[Found, ...]  # in order, none over another or over what was known
    dropped: Mapping[str, int]  # answers that did not count, by why
    unread: int  # lines that were not read
    because: str  # why they were not, without a full stop


class _FailedError(Exception):
    """The process is of no use any more; the message says why."""


class Finder:
    """For one thread at a time; nothing raises. After its second failure it stays off, and `problem` says why.

    `command` starts another worker than ours.
    """

    def __init__(self, folder: Path, plan: ScanPlan, *, threads: int = 1, command: Sequence[str] | None = None) -> None:
        self.problem = ""  # without a full stop
        self._plan = plan
        self._command = command or worker_command(folder, threads)
        self._child: Child | None = None
        self._heard: queue.SimpleQueue[tuple[Child, frames.Message | None]] = queue.SimpleQueue()
        self._number = 0  # of the request
        self._failures = 0

    @property
    def pid(self) -> int:
        """Of the worker; 0 where none is running."""
        return self._child.pid if self._child else 0

    def read(
        self,
        lines: Sequence[str],
        path: str,
        known: Sequence[Span],
        *,
        deadline_seconds: float,
        goes_on: Callable[[], bool] = lambda: True,
        progress: Callable[[int, int], object] = lambda _done, _total: None,
    ) -> Outcome:
        """What the model finds in a file that is not over anything `known`; `lines` have no line breaks.

        `goes_on` is asked all the time, and `progress` told how many lines of how many are read. Where the time is up,
        which loading the model does not count for, nobody wants it any more or the process fails, what was found so
        far counts.
        """
        until = math.inf

        def is_wanted() -> bool:
            return goes_on() and time.monotonic() < until

        waiting = deque(protocol.chunks(lines, context.tail_of(path), self._plan))
        answers: list[Answer] = []
        dropped: Counter[str] = Counter()
        read: set[int] = set()
        because = self.problem
        while waiting and not because:
            chunk = waiting.popleft()
            try:
                child = self._child or self._started(goes_on)
                until = min(until, time.monotonic() + deadline_seconds)
                said = self._asked(child, chunk, until, is_wanted) if child else None
            except _FailedError as error:
                because = str(error)
                break
            if said is None:
                because = TOO_LATE if goes_on() else CANCELLED
            elif said.get("too_long") is True and len(chunk.lines) > 1:
                waiting.extendleft(reversed(chunk.halves()))
            elif isinstance(said.get("answer"), str):
                new, wrong = protocol.answers_in(str(said["answer"]))
                answers += [each for each in new if chunk.first <= each.line < chunk.first + len(chunk.lines)]
                dropped[checking.MALFORMED] += wrong
                read.update(range(chunk.first, chunk.first + len(chunk.lines)))
                progress(len(read), len(lines))
        full = [number for number, line in enumerate(lines) if line.strip()]
        unread = sum(number not in read for number in full)
        if unread and not because:
            because = "the model has no room for lines as long as some are"
        found = checking.checked(_once(answers), lines, path, known, dropped)
        return Outcome(tuple(found), +dropped, unread, because if unread else "")

    def close(self) -> None:
        """End the worker."""
        child, self._child = self._child, None
        if child:
            child.kill()

    def _asked(self, child: Child, chunk: Chunk, until: float, is_wanted: Callable[[], bool]) -> frames.Message | None:
        """The worker's answer to a chunk; None where it is not wanted any more. Raises _FailedError."""
        if not is_wanted():
            return None
        self._number += 1
        child.send({"id": self._number, "read": chunk, "until": until})
        message = self._next(child, is_wanted)
        if message is None:
            child.send({"cancel": self._number})
            give_up = time.monotonic() + GRACE
            message = self._next(child, lambda: time.monotonic() < give_up)
            if message is None:
                self.close()  # whatever it does; the next file gets another one
            return None
        if message.get("stopped") is True:
            return None
        if message.get("id") != self._number or "error" in message:
            raise self._failed(str(message.get("error", "it answers what it was not asked")))
        self._failures = 0
        return message

    def _started(self, goes_on: Callable[[], bool]) -> Child | None:
        """A new worker that has loaded; None where nobody wants it any more. Raises _FailedError."""
        try:
            child = self._child = Child(self._command, lambda child, message: self._heard.put((child, message)))
        except (OSError, RuntimeError, ValueError) as error:
            raise self._failed(f"its process cannot be started ({type(error).__name__})", final=True) from None
        give_up = time.monotonic() + LOADING
        message = self._next(child, lambda: goes_on() and time.monotonic() < give_up)
        if message and (seconds := loading_seconds(message)) is not None:
            give_up += seconds
            message = self._next(child, lambda: goes_on() and time.monotonic() < give_up)
        if message is None:
            self.close()
            if goes_on():
                raise self._failed("it does not finish loading", final=True)
            return None
        if message.get("ready") is not True:
            raise self._failed(str(message.get("failed", "it does not begin as agreed")), final=True)
        return child

    def _next(self, child: Child, is_wanted: Callable[[], bool]) -> frames.Message | None:
        """What the worker says next; None where it is not wanted any more. Raises _FailedError at its end."""
        while is_wanted():
            with suppress(queue.Empty):
                speaker, message = self._heard.get(timeout=_LOOK)
                if speaker is child:
                    if message is None:
                        raise self._failed(child.outcome())
                    if "working" not in message:
                        return message
        return None

    def _failed(self, reason: str, *, final: bool = False) -> _FailedError:
        self.close()
        self._failures += 1
        if final or self._failures >= _MOST_FAILURES:
            self.problem = reason
        return _FailedError(reason)


def _once(answers: Sequence[Answer]) -> list[Answer]:
    """Without what two overlapping chunks have both led to: the surer one counts."""
    best: dict[tuple[int, str, str], Answer] = {}
    for answer in answers:
        place = (answer.line, answer.start, answer.end)
        if place not in best or best[place].confidence < answer.confidence:
            best[place] = answer
    return list(best.values())
