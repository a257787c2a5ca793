"""Git, asked so that nothing runs which a repository configures.

Only its objects, its index and its patterns are read: no filter, no text conversion, no hook, no pager, no file system
monitor, and nothing is fetched.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PATIENCE = 5.0
"""Seconds that all questions about one thing may take together."""
_PAUSE = 0.05  # seconds between two looks at whether the answer is still wanted

COMMAND = (
    *("git", "--no-pager", "--literal-pathspecs", "--no-optional-locks", "--no-replace-objects"),
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"),
    *("-c", "log.showSignature=false"),
)
"""The beginning of every command."""
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # what keeps older versions from fetching
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_KEPT = re.compile(r"GIT_CONFIG(?:_|$)|GIT_CEILING_DIRECTORIES$")  # a person's own; others point at repositories
_LIBRARIES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class Abandoned(Exception):  # noqa: N818 - it is an answer and no error
    """Nobody waits any longer, or it takes too long."""


def environment() -> dict[str, str]:
    """The environment of a git that asks nobody, fetches nothing and looks at the repository that it is pointed at."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or _KEPT.match(name)}
    if getattr(sys, "frozen", False):  # what a bundled server loads its libraries by is not for git
        for name in _LIBRARIES:
            own.pop(name, None)
            if before := os.environ.get(f"{name}_ORIG"):
                own[name] = before
    return {**own, **_ENVIRONMENT}


def without_window() -> int:
    """Flags of a new process that keep Windows from opening a console for it."""
    return int(getattr(subprocess, "CREATE_NO_WINDOW", 0))


@dataclass(slots=True)
class Git:
    """Git in one folder, until a point in time. Never in the event loop, and never in what is not trusted."""

    folder: str
    deadline: float = field(default_factory=lambda: time.monotonic() + PATIENCE)
    is_cancelled: Callable[[], bool] = field(default=lambda: False, repr=False)

    def ask(self, *arguments: str) -> bytes | None:
        """What a command prints; None where it fails. Raises Abandoned."""
        code, said = self.answer(*arguments)
        return None if code else said

    def answer(self, *arguments: str) -> tuple[int, bytes]:
        """The exit code of a command and what it prints; -1 where there is no git. Raises Abandoned."""
        try:
            process = subprocess.Popen(
                [*COMMAND, "-C", self.folder, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
                creationflags=without_window(),
            )
        except OSError:
            return -1, b""
        with process:
            try:
                return self._answer(process)
            finally:
                process.kill()

    def _answer(self, process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
        while True:
            left = self.deadline - time.monotonic()
            if left <= 0 or self.is_cancelled():
                raise Abandoned
            try:
                said, _ = process.communicate(timeout=min(_PAUSE, left))
            except subprocess.TimeoutExpired:
                continue
            return process.returncode, said
