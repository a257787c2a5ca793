"""Takes values out of the encodings that people wrap secrets in: base 64, hexadecimal, percent signs, escapes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote

DEPTH = 3
"""So many encodings may be wrapped around each other."""
LEAST, MOST = 20, 65_536
"""Code points of a wrapped value."""

_base64 = re.compile(r"[A-Za-z0-9+/_\-]{20,}={0,2}")
_hex = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2}){10,})")
_percent = re.compile(r"%[0-9a-fA-F]{2}")
_escape = re.compile(r"\\u00([2-7][0-9a-fA-F])|\\x([2-7][0-9a-fA-F])")
_CHARACTERS = {
    "URL encoding": re.compile(_percent.pattern + "|.", re.DOTALL),
    "escapes": re.compile(_escape.pattern + "|.", re.DOTALL),
}
_text = re.compile(r"[\t\n\r -~]+")


def unwrapped(value: str) -> Iterator[tuple[str, str]]:
    """What `value` may hold, each with the name of its encoding: printable ASCII text only."""
    if not LEAST <= len(value) <= MOST or not value.isascii():
        return
    if "%" in value and _percent.search(value):
        yield from _readable("URL encoding", unquote(value, errors="replace"))
    if "\\" in value and _escape.search(value):
        yield from _readable("escapes", _escape.sub(lambda found: chr(int(found[1] or found[2], 16)), value))
    if found := _hex.fullmatch(value):
        yield from _readable("hexadecimal", bytes.fromhex(found[1]).decode("latin-1"))
    elif _base64.fullmatch(value) and not value.startswith("eyJ0") and not value.startswith("eyJhbGci"):
        body = value.rstrip("=").replace("-", "+").replace("_", "/")
        if len(body) % 4 != 1:
            try:
                decoded = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
            except binascii.Error:
                return
            yield from _readable("base64", decoded.decode("latin-1"))


def places(name: str, value: str) -> list[int]:
    """Where in `value` each character begins that the encoding `name` wraps, and where the last one ends.

    Empty for encodings that do not write characters one by one.
    """
    if name not in _CHARACTERS:
        return []
    return [*(found.start() for found in _CHARACTERS[name].finditer(value)), len(value)]


def _readable(name: str, text: str) -> Iterator[tuple[str, str]]:
    if len(text) >= 8 and _text.fullmatch(text):
        yield name, text
