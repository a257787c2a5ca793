"""A file that several processes change: read, changed and replaced by one at a time, never seen half written."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 5.0
"""Seconds to wait for another process that holds the lock."""
_PAUSE = 0.05  # seconds between two tries
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class LockedError(Exception):
    """Another process holds the lock; the message says what to do."""


class NextFile:
    """What a file is to hold next, in the file beside it that is its lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = lock_of(path)
        self._handle = os.open(self._lock, _NEW_FILE, 0o644)
        self._replaced = False

    def write(self, data: bytes) -> None:
        """Put `data` in place of the file, with the mode that it had; raises OSError with the file untouched."""
        handle, self._handle = self._handle, -1
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            os.chmod(self._lock, os.stat(self._path).st_mode & 0o777)
        os.replace(self._lock, self._path)
        self._replaced = True

    def close(self) -> None:
        """Make way for others, whatever happened."""
        if self._handle >= 0:
            os.close(self._handle)
        if not self._replaced:  # afterwards the name may be somebody else's lock
            with suppress(OSError):
                os.unlink(self._lock)


def lock_of(path: Path) -> Path:
    """The file that says by being there that somebody changes `path`."""
    return path.with_name(path.name + ".lock")


@contextmanager
def locked(path: Path, patience: float = PATIENCE) -> Iterator[NextFile]:
    """Nobody else changes `path` meanwhile; raises LockedError after `patience` seconds, else OSError."""
    give_up = time.monotonic() + patience
    while True:
        try:
            next_file = NextFile(path)
            break
        except FileExistsError:
            if time.monotonic() >= give_up:
                message = f"{lock_of(path)}: another unleak is writing; if none is running, delete this file"
                raise LockedError(message) from None
        time.sleep(_PAUSE)
    try:
        yield next_file
    finally:
        next_file.close()
