"""How unleak starts itself for work in a process of its own: the one place that knows what a frozen program is.

No child looks for modules in the current folder, so that a workspace cannot bring its own: neither Python with
`-m` nor `multiprocessing` can be told so, `-c` and a frozen program can.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent
"""Where a child that loads libraries stands: they look for parts of themselves in the current folder."""

_FIRST = "--child"
_WORKS = {
    "judge": ("unleak.judge.worker", "main"),
    "pull": ("unleak.judge.hub_child", "main"),
    "scan": ("unleak.scan_workers", "work"),
}


def command(work: str, *arguments: str) -> list[str]:
    """What starts a process that does `work`, one of "judge", "pull" and "scan"."""
    module, function = _WORKS[work]
    if is_frozen():
        return [sys.executable, _FIRST, work, *arguments]
    search = [os.path.abspath(path) for path in sys.path if path]
    code = f"import sys; sys.path[:] = {search!r}; from {module} import {function}; sys.exit({function}(sys.argv[1:]))"
    return [sys.executable, "-c", code, *arguments]


def is_frozen() -> bool:
    """Whether this is a program with Python inside, which takes no code."""
    return bool(getattr(sys, "frozen", False))


def is_child(arguments: Sequence[str]) -> bool:
    """Whether a frozen program was started by `command`."""
    return is_frozen() and len(arguments) > 2 and arguments[1] == _FIRST and arguments[2] in _WORKS


def become(arguments: Sequence[str]) -> int:
    """Do the work that `is_child` saw; returns the exit code."""
    module, function = _WORKS[arguments[2]]
    code: int = getattr(import_module(module), function)(list(arguments[3:]))
    return code
