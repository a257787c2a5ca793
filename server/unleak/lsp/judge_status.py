"""What the judge is doing, for a client's status bar."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import NamedTuple

from unleak.judge.state import Phase, State

METHOD = "unleak/judgeStatus"
_COALESCE = 0.05  # seconds; a judge goes through several states within one
_NAMES = {Phase.IDLE: "ready"}  # it comes when it is asked, which is all that people need to know


class Status(NamedTuple):
    """The params of a notification."""

    state: str  # off, loading, ready, judging or broken
    reason: str  # a sentence, or empty
    model: str  # name and version, empty where there is none
    pending: int  # candidates that the judge is about to read

    @classmethod
    def of(cls, state: State, model: str, pending: int) -> Status:
        reason = state.text if state.phase in (Phase.OFF, Phase.BROKEN) else ""
        return cls(_NAMES.get(state.phase, state.phase.value), reason, model, pending)


class StatusBar:
    """Sends what `status` says when it has changed, a moment later and each thing once."""

    def __init__(self, send: Callable[[str], None], status: Callable[[], Status]) -> None:
        self._send = send
        self._status = status
        self._shown: Status | None = None
        self._timer: asyncio.TimerHandle | None = None

    def refresh(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_COALESCE, self._show)

    def _show(self) -> None:
        self._timer = None
        status = self._status()
        if status != self._shown:
            self._shown = status
            self._send(json.dumps({"jsonrpc": "2.0", "method": METHOD, "params": status._asdict()}))
