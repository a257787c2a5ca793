"""What a person at a terminal sees beside the report: complaints, colours, progress."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

_PATIENCE = 0.5  # seconds before progress is shown: most scans are over by then
_PAUSE = 0.1  # seconds between two states of it
_WIPE = "\r\x1b[K"


class UsageError(Exception):
    """A command cannot be carried out as it was given; the message says what is wrong."""


def complain(text: str) -> None:
    """Write to standard error, each line under our name."""
    for line in text.split("\n"):
        print(f"unleak: {printable(line)}", file=sys.stderr)


def printable(text: str) -> str:
    """`text` with everything a terminal might act on, or not show, written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def count(number: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def wants_color(stream: TextIO) -> bool:
    """What NO_COLOR and FORCE_COLOR ask for, else color on terminals."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether control sequences work there."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class Progress:
    """A line on a terminal that counts files and wipes itself away; where there is no terminal, nothing."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._stream = stream
        self._files = 0
        self._bytes = 0
        self._next = float("inf") if quiet or not is_terminal(stream) else time.monotonic() + _PATIENCE
        self._visible = False

    def add(self, size: int) -> None:
        """One more file of `size` bytes is done."""
        self._files += 1
        self._bytes += size
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _PAUSE
            self._visible = True
            self._stream.write(f"{_WIPE}Scanned {count(self._files, 'file')}, {self._bytes / 1e6:,.0f} MB")
            self._stream.flush()

    def clear(self) -> None:
        """Make room for other words on the terminal."""
        if self._visible:
            self._visible = False
            self._stream.write(_WIPE)
            self._stream.flush()
