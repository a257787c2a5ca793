"""The judge as the rest of unleak sees it: questions go in, verdicts or nothing come out, and nobody waits for it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from unleak.judge.child import worker_command
from unleak.judge.keeper import Keeper, Patience, Request
from unleak.judge.protocol import Question
from unleak.judge.state import Phase, State

IDLE = 300.0
"""Seconds without a question after which the worker ends and its memory is free."""


class Judge:
    """Asks the judge in `folder`, in a process that starts with the first question and ends when it is idle.

    For any thread; nothing raises or waits for the worker. Where the worker fails it is started again after
    growing pauses, and in the end stays off. `on_state` is told of every change, in the judge's own thread.
    `command` starts another worker than ours, `patience` says how long its failures are borne.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 1,
        idle_seconds: float = IDLE,
        on_state: Callable[[State], None] | None = None,
        command: Sequence[str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.state = State(Phase.IDLE)
        self._on_state = on_state
        self._keeper = Keeper(
            command or worker_command(folder, threads), self._enter, idle_seconds, patience or Patience()
        )
        self._open = True
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._keeper.run, name="unleak-judge", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """Of the worker; 0 where none is running."""
        return self._keeper.pid

    def submit(self, questions: Sequence[Question], *, deadline_seconds: float = math.inf) -> Request:
        """Ask; the answer has a list of verdicts a question, one a suffix, or is None.

        None comes at the deadline, and without one when the worker has ended or is silent: one that computes is borne.
        Without questions, the worker is loaded so that later ones find it ready.
        """
        request = Request(questions, time.monotonic() + deadline_seconds, self._keeper.look)
        with self._closing:
            if self._open:
                self._keeper.ask(request)
                return request
        request.finish(None)
        return request

    def close(self) -> None:
        """End the worker; what is asked and not yet answered, and what is asked later, is answered None."""
        with self._closing:
            if self._open:
                self._open = False
                self._keeper.stop()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _enter(self, state: State) -> None:
        self.state = state
        if self._on_state:
            with suppress(Exception):  # a listener's trouble is not the judge's
                self._on_state(state)
