"""Framing, on whatever pieces the bytes arrive in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.lsp.transport import framed, read_messages


def reader(data: bytes, sizes: list[int]) -> Callable[[int], bytes]:
    """Hands out `data` in pieces of the given sizes, then in the sizes asked for."""
    left = [data]
    pieces = iter(sizes)

    def read(size: int) -> bytes:
        size = min(size, next(pieces, size))
        piece, left[0] = left[0][:size], left[0][size:]
        return piece

    return read


def messages(data: bytes, sizes: list[int] | None = None) -> list[bytes]:
    received: list[bytes] = []
    read_messages(reader(data, sizes or []), received.append)
    return received


@given(st.lists(st.text(max_size=300)), st.lists(st.integers(1, 40)))
def test_messages_come_out_as_they_went_in(bodies: list[str], sizes: list[int]) -> None:
    encodable = [body.encode("utf-8", "replace").decode() for body in bodies]
    data = b"".join(framed(body) for body in encodable)
    assert messages(data, sizes) == [body.encode() for body in encodable]


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 2\r\n\r\n",
        b"content-length:2\r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 2\r\nContent-Type: application/vscode-jsonrpc\r\n\r\n",
    ],
)
def test_headers_come_as_clients_write_them(header: bytes) -> None:
    assert messages(header + b"{}" + header + b"[]") == [b"{}", b"[]"]


@pytest.mark.parametrize("junk", [b"GET / HTTP/1.1\r\n\r\n", b"x" * 100_000, b"Content-Length: -2\r\n\r\n{}"])
def test_what_is_no_message_ends_it(junk: bytes) -> None:
    assert messages(framed("{}") + junk + framed("{}")) == [b"{}"]


def test_a_message_that_is_cut_off_is_none() -> None:
    assert messages(framed("{}") + framed('{"a": 1}')[:-1]) == [b"{}"]
