"""The judge of a session: which one it is, whether it can be asked, and what the client is told of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from unleak.chosen_judge import VARIABLE, ChosenJudge, NoJudgeError, choice, chosen_judge
from unleak.config import JudgeOptions
from unleak.judge.protocol import Question
from unleak.judge.state import Phase, State

if TYPE_CHECKING:
    from unleak.decision import Blend
    from unleak.judge.verdicts import CachedJudge

_SWITCHED_OFF = "it is switched off in the settings"
_UNWANTED = f"{VARIABLE} says so"
_FAILED = (Phase.OFF, Phase.BROKEN)
_WELL = (Phase.READY, Phase.JUDGING)


class _Wanted(NamedTuple):
    """What decides which judge is asked, and how."""

    options: JudgeOptions
    is_trusted: bool


class SessionJudge:
    """For the event loop's thread, but for `blend`, `opened` and `is_outdated`.

    `on_change` hears of every change in what can be told of it; `note` gets a sentence when it fails, and `tell`
    why it is not the one that the person has chosen.
    """

    def __init__(
        self, on_change: Callable[[], None], note: Callable[[str], None], tell: Callable[[Sequence[str]], None]
    ) -> None:
        self.state = State(Phase.IDLE)
        self.is_well = True  # it has not failed, or has been well since
        self._on_change = on_change
        self._note = note
        self._tell = tell
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wanted = _Wanted(JudgeOptions(), True)
        self._choosing = threading.Lock()  # taken before the other, for long
        self._lock = threading.Lock()  # for all that follows, for a moment
        self._chosen: ChosenJudge | None = None
        self._is_chosen = False
        self._choice = ""  # by which it was chosen
        self._judge: CachedJudge | None = None
        self._number = 0  # of the judge: what an earlier one says of itself counts no longer

    @property
    def model(self) -> str:
        chosen = self._chosen
        return chosen.model if chosen else ""

    def want(self, options: JudgeOptions, *, is_trusted: bool) -> None:
        """Go by other settings; where they are about which judge it is and how it runs, it starts anew."""
        self._loop = asyncio.get_running_loop()
        before, self._wanted = self._wanted, _Wanted(options, is_trusted)
        if _of_worker(self._wanted) != _of_worker(before):
            self.restart()
        if not options.enabled:
            self._enter(self._number, State(Phase.OFF, _SWITCHED_OFF))

    def restart(self) -> None:
        """Forget the judge and its failures; it is chosen anew when it is next needed."""
        with self._lock:
            judge, self._judge = self._judge, None
            self._chosen, self._is_chosen = None, False
            self._number += 1
        if judge:
            threading.Thread(target=judge.close, name="unleak-judge-end", daemon=True).start()
        self._enter(self._number, State(Phase.IDLE))

    def blend(self) -> Blend | None:
        """How verdicts count; None where no judge is to be asked. For any thread; may read files."""
        while True:
            with self._choosing:
                with self._lock:
                    if self._is_chosen:
                        return self._chosen.blend if self._chosen else None
                    wanted, number = self._wanted, self._number
                said = choice(is_trusted=wanted.is_trusted)
                chosen = self._choose(wanted, number)
                with self._lock:
                    if number == self._number:  # else it is another one that is wanted by now
                        self._chosen, self._choice, self._is_chosen = chosen, said, True
                if chosen:
                    self._hear(number, State(Phase.IDLE))

    def opened(self) -> CachedJudge | None:
        """The judge, None where there is none. For any thread; may read files."""
        if self.blend() is None:
            return None
        with self._lock:
            if self._judge is None and self._chosen:
                report = partial(self._hear, self._number)
                self._judge = self._chosen.opened(self._wanted.options, report)
                self._judge.verdicts.known(Question("", ()))  # waits for what is on disk, here and not later
            return self._judge

    def is_outdated(self) -> bool:
        """Whether the person has chosen another one since, here or elsewhere. For any thread; reads a small file."""
        with self._lock:
            return self._is_chosen and choice(is_trusted=self._wanted.is_trusted) != self._choice

    def close(self) -> None:
        with self._lock:
            judge, self._judge = self._judge, None
            self._number += 1
        if judge:
            judge.close()

    def _choose(self, wanted: _Wanted, number: int) -> ChosenJudge | None:
        """May read much, where a model has changed on the disk: nobody else waits for it."""
        if not wanted.options.enabled:
            return None
        try:
            chosen = chosen_judge(is_trusted=wanted.is_trusted)
        except NoJudgeError as error:
            self._hear(number, State(Phase.OFF, str(error) or _UNWANTED))
            return None
        if chosen.problem and self._loop:
            with suppress(RuntimeError):  # the loop has ended first
                self._loop.call_soon_threadsafe(self._tell, [chosen.problem])
        return chosen

    def _hear(self, number: int, state: State) -> None:
        if self._loop:
            with suppress(RuntimeError):  # the loop has ended first
                self._loop.call_soon_threadsafe(self._enter, number, state)

    def _enter(self, number: int, state: State) -> None:
        if number != self._number:
            return
        failed = state.phase in _FAILED and state != self.state
        self.state = state
        self.is_well = state.phase not in _FAILED and (self.is_well or state.phase in _WELL or self._judge is None)
        if failed and state.reason not in (_SWITCHED_OFF, _UNWANTED):
            self._note(state.text)
        self._on_change()


def _of_worker(wanted: _Wanted) -> tuple[object, ...]:
    options = wanted.options
    return wanted.is_trusted, options.enabled, options.threads, options.cache
