"""Escapes that name bytes and not characters (Go, Rust, C): what a string holds is told byte by byte."""

from __future__ import annotations

import re
from collections.abc import Mapping

from unleak.fixes.change import Refusal
from unleak.fixes.escapes import UNTOLD

GO = re.compile(
    r"\\(?:u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8})|x(?P<x>[0-9A-Fa-f]{2})|(?P<octal>[0-7]{3})|(?P<one>.)|\Z)",
    re.DOTALL,
)
C = re.compile(
    r"\\(?:u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8})|x(?P<x>[0-9A-Fa-f]+)|(?P<octal>[0-7]{1,3})"
    r"|(?P<one>\r\n|.)|\Z)",
    re.DOTALL,
)
RUST = re.compile(
    r"\\(?:u\{(?P<u>[0-9A-Fa-f_]{1,8})\}|(?P<U>(?!))|x(?P<x>[0-9A-Fa-f]{2})|(?P<octal>(?!))"
    r"|(?P<one>(?:\r\n|\n)[ \t\r\n]*|.)|\Z)",
    re.DOTALL,
)
SINGLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"} | {c: c for c in "\\'\""}
"""What one character behind the backslash means in Go and C; C adds `?`, its own and Rust's line breaks."""


def decode_bytes(raw: str, escape: re.Pattern[str], single: Mapping[str, str]) -> str:
    """The text that `raw` spells in UTF-8; Refusal where its bytes are no text or hold a NUL."""
    found = bytearray()
    at = 0
    for match in escape.finditer(raw):
        found += raw[at : match.start()].encode("utf-8", "surrogatepass") + _meaning(match, single)
        at = match.end()
    found += raw[at:].encode("utf-8", "surrogatepass")
    try:
        text = found.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(
            "This value is bytes that are no text, and variables hold text: keep them in a file or as base64."
        ) from None
    return without_nul(text)


def without_nul(text: str) -> str:
    """The text itself; Refusal where it holds the one character that no variable can."""
    if "\0" in text:
        raise Refusal("This value holds a NUL, which no variable can: keep it in a file or as base64.")
    return text


def _meaning(match: re.Match[str], single: Mapping[str, str]) -> bytes:
    code = match["u"] or match["U"]
    if code:
        number = int(code.replace("_", ""), 16)
        if number < 0x110000 and not 0xD800 <= number < 0xE000:
            return chr(number).encode()
    for digits, base in ((match["x"], 16), (match["octal"], 8)):
        if digits and int(digits, base) < 256:
            return bytes([int(digits, base)])
    one = match["one"]
    if one is not None and one in single:
        return single[one].encode()
    if one and one[0] in "\r\n" and "\n" in single:
        return b""
    raise Refusal(UNTOLD)
