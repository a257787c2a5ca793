"""What unleak keeps for a person: in the platform's folder for a user's data, readable by its owner alone."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.01  # seconds between two tries
_ALWAYS = os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def folder() -> Path:
    """`UNLEAK_DATA_DIR` where it is set, else the platform's place for a user's data."""
    if chosen := os.environ.get("UNLEAK_DATA_DIR"):
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("unleak", appauthor=False)


@contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """A file that only its owner may read, made where there is none."""
    handle = os.open(path, flags | _ALWAYS, 0o600)
    try:
        mode = os.fstat(handle).st_mode
        if sys.platform != "win32" and stat.S_ISREG(mode) and mode & 0o077:
            os.fchmod(handle, 0o600)
        yield handle
    finally:
        os.close(handle)


@contextmanager
def locked(path: Path, patience: float) -> Iterator[None]:
    """Nobody else holds the lock `path` meanwhile; it ends with the process that holds it.

    Raises OSError: TimeoutError where another process has it for `patience` seconds.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    give_up = time.monotonic() + patience
    while True:
        with opened(path, os.O_RDWR) as handle:
            if _takes(handle) and _is_at(handle, path):
                yield
                return
        if time.monotonic() >= give_up:
            raise OSError(errno.ETIMEDOUT, "another unleak is writing", str(path))
        time.sleep(_PAUSE)


def _takes(handle: int) -> bool:
    """Whether the lock is ours now."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Whether `path` still is the open file, which whoever clears up deletes."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False
