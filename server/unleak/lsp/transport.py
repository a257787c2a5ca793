"""The wire: framed messages over the standard streams or one TCP connection.

Reading blocks in a thread of its own, so that a client that waits to be heard while the server waits to
be read cannot deadlock the two; everything else happens on the event loop.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Callable
from typing import NamedTuple

_LENGTH = re.compile(rb"(?:^|\r\n)content-length: *(\d+) *(?:\r\n|$)", re.IGNORECASE)
_READ_SIZE = 65_536  # bytes
_MOST_HEADER = 8_192  # bytes; who sends more speaks another protocol


class Connection(NamedTuple):
    """One client: how to read from it (empty: it hung up) and how to write everything to it."""

    read: Callable[[int], bytes]
    write: Callable[[bytes], None]


def read_messages(read: Callable[[int], bytes], receive: Callable[[bytes], object]) -> None:
    """Pass the body of each message on, until the client hangs up or sends what is no message."""
    buffer = bytearray()
    while True:
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            data = read(_READ_SIZE) if len(buffer) <= _MOST_HEADER else b""
            if not data:
                return
            buffer += data
            continue
        length = _LENGTH.search(bytes(buffer[:end]))
        if length is None:
            return
        begin, size = end + 4, int(length[1])
        while len(buffer) < begin + size:
            data = read(max(_READ_SIZE, begin + size - len(buffer)))
            if not data:
                return
            buffer += data
        body = bytes(buffer[begin : begin + size])
        del buffer[: begin + size]
        receive(body)


def framed(body: str) -> bytes:
    """A message that is ready to be written."""
    data = body.encode()
    return b"Content-Length: %d\r\n\r\n" % len(data) + data


def standard_streams() -> Connection:
    """The client on the standard streams.

    The streams are moved out of the way first: whatever prints lands in the log instead of between two
    messages, and a child process inherits no end of the client's pipes.
    """
    reading, writing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)

    def read(size: int) -> bytes:
        try:
            return os.read(reading, size)
        except OSError:
            return b""

    def write(data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(writing, left) :]

    # The descriptors stay open until the process ends, which is next: the reading thread may still wait.
    return Connection(read, write)


def tcp_client(address: str) -> Connection:
    """The first client that connects to `address` ("host:port" or "port"; port 0 takes a free one).

    Raises ValueError for what is no address, OSError where it cannot be listened on.
    """
    host, _, port = address.rpartition(":")
    if not port.isascii() or not port.isdigit():
        raise ValueError(f"{address!r} is no address: write it as host:port")
    with socket.create_server((host or "127.0.0.1", int(port))) as listening:
        print("unleak listens on {}:{}".format(*listening.getsockname()[:2]), file=sys.stderr, flush=True)
        client, _ = listening.accept()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(size: int) -> bytes:
        try:
            return client.recv(size)
        except OSError:
            return b""

    return Connection(read, client.sendall)
