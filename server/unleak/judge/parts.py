"""Files on their way to this computer: each lies among the models under its sha256, until it is whole and moves on.

A part outlives the process that fetches it, so that the next one goes on where that has stopped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from unleak import private_data
from unleak.judge import shelf

_FOLDER, _LOCKED = ".parts", ".lock"
_LOOK = 0.2  # seconds between two looks at what another process does


def folder() -> Path:
    """Where parts lie; it may not exist."""
    return shelf.folder() / _FOLDER


def path(sha256: str) -> Path:
    return folder() / sha256


def size(sha256: str) -> int:
    """Bytes that are there."""
    try:
        return path(sha256).stat().st_size
    except OSError:
        return 0


@contextmanager
def held(files: Sequence[str], wait: Callable[[], None]) -> Iterator[None]:
    """Nobody else fetches any of these `files`, named by their sha256, meanwhile.

    `wait` is called again and again while another process does; what it raises ends that. Raises OSError.
    """
    with ExitStack() as locks:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        for sha256 in sorted(set(files)):  # in one order, so that no two wait for each other
            while not _took(locks, sha256):
                wait()
                time.sleep(_LOOK)
        yield


def _took(locks: ExitStack, sha256: str) -> bool:
    try:
        locks.enter_context(private_data.locked(_lock(sha256), 0.0))
    except TimeoutError:
        return False
    return True


def _lock(sha256: str) -> Path:
    return path(sha256 + _LOCKED)


def drop(sha256: str) -> None:
    """Delete a part, if there is one."""
    path(sha256).unlink(missing_ok=True)


def settle(files: Sequence[str]) -> None:
    """Leave nothing behind of files of which nothing has come; only while they are `held`."""
    for sha256 in files:
        with suppress(OSError):
            if size(sha256) == 0:
                drop(sha256)
                _lock(sha256).unlink(missing_ok=True)
    with suppress(OSError):
        folder().rmdir()


def collect() -> None:
    """Delete the parts that nobody fetches now."""
    try:
        names = {file.name.removesuffix(_LOCKED) for file in folder().iterdir()}
    except OSError:
        return
    for sha256 in names:
        with suppress(OSError), private_data.locked(_lock(sha256), 0.0):
            path(sha256).unlink(missing_ok=True)
            _lock(sha256).unlink(missing_ok=True)
    with suppress(OSError):
        os.rmdir(folder())
