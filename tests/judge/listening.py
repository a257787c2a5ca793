"""What a judge tells of itself, for tests to wait for."""

from __future__ import annotations

import queue

from processes import PATIENCE

from unleak.judge.state import Phase, State


class States:
    """What a judge has told of itself."""

    def __init__(self) -> None:
        self.all: list[State] = []
        self._new: queue.SimpleQueue[State] = queue.SimpleQueue()

    def __call__(self, state: State) -> None:
        self.all.append(state)
        self._new.put(state)

    @property
    def phases(self) -> list[Phase]:
        return [state.phase for state in self.all]

    def wait_for(self, phase: Phase) -> State:
        """The next state of this phase; fails where none comes."""
        while (state := self._new.get(timeout=PATIENCE)).phase is not phase:
            pass
        return state
