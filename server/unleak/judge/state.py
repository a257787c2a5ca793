"""What a judge is doing, for people: a status bar, `unleak judge`, a log."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Phase(enum.Enum):
    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    JUDGING = "judging"
    BROKEN = "broken"
    OFF = "off"


_TEXTS = {
    Phase.IDLE: "The judge is not loaded; it comes with the next question.",
    Phase.LOADING: "The judge is loading.",
    Phase.READY: "The judge is ready.",
    Phase.JUDGING: "The judge is reading.",
    Phase.BROKEN: "The judge has failed and will be started again; the rules decide meanwhile",
    Phase.OFF: "The judge is off; the rules decide alone",
}


class State(NamedTuple):
    """A phase and, where something is wrong, why. Holds nothing of any text that was judged."""

    phase: Phase
    reason: str = ""  # a sentence without its full stop

    @property
    def text(self) -> str:
        text = _TEXTS[self.phase]
        return f"{text}: {self.reason}." if self.reason else text
