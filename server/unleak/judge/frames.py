"""How the judge's worker and its parent talk through pipes: JSON objects, each behind its length."""

from __future__ import annotations

import json
import struct
from typing import IO, TypeAlias

Message: TypeAlias = dict[str, object]
LARGEST = 64 << 20
"""Bytes; a length beyond it is not one of ours."""
_LENGTH = struct.Struct(">I")


class FrameError(Exception):
    """What came through a pipe is no message. Says nothing of its content."""


def encoded(message: Message) -> bytes:
    data = json.dumps(message, separators=(",", ":")).encode()
    if len(data) > LARGEST:
        raise FrameError(f"a message of {len(data):,} bytes is too large")
    return _LENGTH.pack(len(data)) + data


def write(stream: IO[bytes], message: Message) -> None:
    """Send one message; raises OSError where nobody reads any more."""
    stream.write(encoded(message))
    stream.flush()


def read(stream: IO[bytes]) -> Message | None:
    """The next message, or None where the other side has closed the pipe; raises FrameError."""
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise FrameError("a message is cut short")
    (size,) = _LENGTH.unpack(head)
    if size > LARGEST:
        raise FrameError("a message has an impossible length")
    data = stream.read(size)
    if len(data) < size:
        raise FrameError("a message is cut short")
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise FrameError("a message is not JSON") from None
    if not isinstance(message, dict):
        raise FrameError("a message is not an object")
    return message
