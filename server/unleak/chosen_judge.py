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
    from unleak.judge.bundle import Bundle
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
    problem: str = ""  # why it is that of unleak and not the one that the person has chosen

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
    """The judge of this person; where a workspace is not trusted, that of unleak. Raises NoJudgeError.

    The environment counts before what `unleak model use` has chosen. A chosen one that cannot be used is named as
    a problem, and that of unleak is asked.
    """
    named = os.environ.get(VARIABLE, "")
    if named == _OFF:
        raise NoJudgeError
    from unleak.judge.bundle import BundleError

    try:
        bundle, problem = _bundle(named if is_trusted else "", is_trusted=is_trusted)
    except BundleError as error:
        raise NoJudgeError(str(error)) from None
    try:
        blend = Blend.of(bundle.decision)
    except ValueError as error:
        raise NoJudgeError(f"{bundle.folder}: {error}") from None
    if importlib.util.find_spec("llama_cpp") is None:  # rather than find out in a process
        from unleak.judge.model import INSTALL

        raise NoJudgeError(f"llama-cpp-python is not installed: {INSTALL}")
    return ChosenJudge(bundle.folder, f"{bundle.name} {bundle.version}", bundle.fingerprint, blend, problem)


def choice(*, is_trusted: bool = True) -> str:
    """What decides which judge it is, so that a change shows: the environment's word, else the person's choice.

    Also a change in the files of what is chosen.
    """
    from unleak.judge import shelf

    if not is_trusted:
        return ""
    return os.environ.get(VARIABLE, "") or shelf.chosen_state()


def current(*, is_trusted: bool = True) -> str:
    """The id of the model that is asked; empty where there is none."""
    from unleak.judge.bundle import BundleError

    named = os.environ.get(VARIABLE, "")
    if named == _OFF:
        return ""
    try:
        bundle, _ = _bundle(named if is_trusted else "", is_trusted=is_trusted)
    except BundleError:
        return ""
    return f"{bundle.name}@{bundle.version}"


def _bundle(named: str, *, is_trusted: bool) -> tuple[Bundle, str]:
    """The bundle in the folder `named`, else the chosen one, else that of unleak with what is wrong with that."""
    from unleak.judge import shelf
    from unleak.judge.bundle import Bundle, BundleError, bundled

    if named:
        return Bundle.load(Path(named).expanduser().absolute()), ""
    problem = ""
    if is_trusted:
        try:
            if chosen := shelf.chosen_bundle():
                Blend.of(chosen.decision)
                return chosen, ""
        except (BundleError, ValueError) as error:
            problem = (
                f"the chosen judge {shelf.chosen()[: shelf.LONGEST_ID]} cannot be used, "
                f"and the one that comes with unleak is asked instead: {error}"
            )
    return Bundle.load(bundled()), problem
