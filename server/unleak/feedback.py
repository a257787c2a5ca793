"""The store of examples to learn from: lines of JSON in the user's data folder, on this machine alone.

Off by default, see `Config.feedback`; nothing is ever sent. The file has at most `MOST_EXAMPLES` lines and
`MOST_BYTES`, the oldest go first. Several processes may write at once.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from functools import cache
from pathlib import Path

from unleak.example import Example, parsed
from unleak.private_data import folder, locked, opened

MOST_EXAMPLES = 5_000
MOST_BYTES = 5_000_000
KEPT = 0.8
"""The share of both that stays when the oldest examples go."""
PATIENCE = 1.0
"""Seconds to wait for another process that writes."""
_LONGEST_LINE = 200_000  # bytes; an example has some 2,000
_KEY_SIZE = 32  # bytes


def file() -> Path:
    """Where the examples are; it may not exist."""
    return folder() / "feedback.jsonl"


def key() -> bytes:
    """The key of the hashes in examples: random, made when it is first needed, and only on this machine.

    Where it cannot be kept it holds for this process alone.
    """
    path = _key_file()
    with suppress(OSError):
        if known := _key_in(path):
            return known
        with _locked():
            if known := _key_in(path):  # another process was faster
                return known
            new = os.urandom(_KEY_SIZE)
            with opened(path, os.O_RDWR | os.O_TRUNC) as handle:
                _write(handle, 0, new)
            return new
    return _passing_key()


def record(example: Example) -> str:
    """Keep an example, once. Returns why it could not be kept and what to do, else nothing; never raises OSError."""
    try:
        with _locked():
            _add(example)
    except OSError as error:
        return (
            f"{error.filename or file()}: what is to be learned from cannot be kept ({error.strerror}). "
            "Make room, let this file be written, or switch feedback off."
        )
    return ""


def read(path: Path) -> Iterator[Example]:
    """The examples in a file, oldest first; what is broken is passed over. Raises OSError."""
    return (example for example in read_lines(path) if example)


def read_lines(path: Path) -> Iterator[Example | None]:
    """What is on each line of a file: an example, or None where it is broken. Raises OSError."""
    with open(path, "rb") as lines:
        is_rest = False
        while line := lines.readline(_LONGEST_LINE):
            is_cut = len(line) == _LONGEST_LINE and not line.endswith(b"\n")
            if not is_rest:
                yield None if is_cut else _example_on(line)
            is_rest = is_cut


def clear() -> None:
    """Delete all examples and the key. Raises OSError."""
    if folder().is_dir():
        with _locked():
            for path in (file(), _next_file(), _key_file()):
                path.unlink(missing_ok=True)
            with suppress(OSError):  # Windows keeps what is open
                _lock_file().unlink()


def _key_file() -> Path:
    return folder() / "feedback.key"


def _lock_file() -> Path:
    return folder() / "feedback.lock"


def _next_file() -> Path:
    return folder() / "feedback.jsonl.next"


def _key_in(path: Path) -> bytes:
    """The key in a file; empty where there is none."""
    try:
        known = path.read_bytes()
    except FileNotFoundError:
        return b""
    return known if len(known) == _KEY_SIZE else b""


@cache
def _passing_key() -> bytes:
    return os.urandom(_KEY_SIZE)


def _example_on(line: bytes) -> Example | None:
    with suppress(ValueError):
        return parsed(line)
    return None


def _add(example: Example) -> None:
    """Append an example that is not there yet, or where there is no room, leave the oldest out."""
    line = example.line().encode("ascii")
    with opened(file(), os.O_RDWR | os.O_APPEND) as handle:
        size = os.fstat(handle).st_size
        with open(handle, "rb", closefd=False) as store:
            store.seek(max(0, size - MOST_BYTES))
            known = store.read(MOST_BYTES)
        if f'"id": "{example.id}"'.encode() in known:
            return
        if known and not known.endswith(b"\n"):  # somebody was cut off while writing
            line = b"\n" + line
        if size + len(line) <= MOST_BYTES and (known + line).count(b"\n") <= MOST_EXAMPLES:
            _write(handle, size, line)
            return
    _replace(_newest((known + line).split(b"\n")))


def _newest(lines: list[bytes]) -> bytes:
    """The last of `lines`, as much of them as is to stay."""
    kept: list[bytes] = []
    size = 0
    for line in filter(None, reversed(lines)):
        size += len(line) + 1
        if len(kept) >= KEPT * MOST_EXAMPLES or size > KEPT * MOST_BYTES:
            break
        kept.append(line + b"\n")
    return b"".join(reversed(kept))


def _replace(data: bytes) -> None:
    """Put `data` in place of the file, or leave that as it is."""
    try:
        with opened(_next_file(), os.O_RDWR | os.O_TRUNC) as handle:
            _write(handle, 0, data)
        os.replace(_next_file(), file())
    except OSError:
        with suppress(OSError):
            _next_file().unlink()
        raise


def _write(handle: int, size: int, data: bytes) -> None:
    """Write at the end of a file that has `size` bytes: all of `data` or nothing."""
    try:
        if os.write(handle, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, size)
        raise


def _locked() -> AbstractContextManager[None]:
    """Nobody else changes the files meanwhile. Raises OSError."""
    return locked(_lock_file(), PATIENCE)
