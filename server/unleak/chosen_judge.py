"""Which judge is asked: the one that comes with unleak, or the one that a person has chosen."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unleak.decision import Blend

if TYPE_CHECKING:
    from unleak.config import JudgeOptions
    from unleak.judge.state import State
    from unleak.judge.verdicts import CachedJudge

VARIABLE = "UNLEAK_JUDGE"
"""Names the folder of a person's own judge, or is `off`."""
_OFF = "off"


class NoJudgeError(Exception):
    """There is none to be asked; the message says why and what to do, and is empty where a person wants none."""


class ChosenJudge(NamedTuple):
    """A judge of which the manifest has been read, and nothing more."""

    folder: Path
    model: str  # its name and version
    fingerprint: str
    blend: Blend

    def opened(self, options: JudgeOptions, on_state: Callable[[State], None] | None = None) -> CachedJudge:
        """The judge, ready to be asked; its process starts with the first question. To be closed in the end."""
        from unleak import cache
        from unleak.judge.client import Judge
        from unleak.judge.store import Store
        from unleak.judge.verdicts import CachedJudge, Verdicts

        store = Store(cache.folder()) if options.cache else None
        judge = Judge(self.folder, threads=options.threads, on_state=on_state)
        return CachedJudge(judge, Verdicts(self.fingerprint, store))


def chosen_judge(*, is_trusted: bool = True) -> ChosenJudge:
    """The judge of this person; where a workspace is not trusted, that of unleak. Raises NoJudgeError."""
    choice = os.environ.get(VARIABLE, "")
    if choice == _OFF:
        raise NoJudgeError
    from unleak.judge.bundle import Bundle, BundleError, bundled

    folder = Path(choice).expanduser().absolute() if choice and is_trusted else bundled()
    try:
        bundle = Bundle.load(folder)
    except BundleError as error:
        raise NoJudgeError(str(error)) from None
    try:
        blend = Blend.of(bundle.decision)
    except ValueError as error:
        raise NoJudgeError(f"{folder}: {error}") from None
    if importlib.util.find_spec("llama_cpp") is None:  # rather than find out in a process
        from unleak.judge.model import INSTALL

        raise NoJudgeError(f"llama-cpp-python is not installed: {INSTALL}")
    return ChosenJudge(folder, f"{bundle.name} {bundle.version}", bundle.fingerprint, blend)
