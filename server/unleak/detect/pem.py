"""Private keys in PEM, as they stand in source code: escaped, quoted, joined, indented, commented out.

The arithmetic of a key needs the package `cryptography`, which is imported when the first whole key is seen.
Without it a key that looks whole says nothing (None); what is cut short or no key at all is still seen.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

MOST = 65_536
"""Longer texts are not read, in code points."""

_LEAST = 32
"""No key has fewer bytes."""
_MOST_LINES = 2_000
"""No key has more lines, however it is cut."""

_BEGIN = re.compile(r"-{4,5} ?BEGIN ([A-Z0-9 ]{0,40}?) ?-{4,5}")
_LINE_BREAK = re.compile(r"\\+[rn]|%0[AaDd]|&#(?:10|13|x[aAdD]);|<br ?/?>|\r")
_QUOTE = re.compile(r"\\*[\"'`]")
_MARKS = ("#", "//", "*", ";", ">", "+", "-", "|", "%", "REM ")
_BY_ARITHMETIC = ("RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "PRIVATE KEY", "ANY PRIVATE KEY")
_HEADER = re.compile(r"[A-Za-z\-]{2,40}: ?(.*)")
_HEADERS_ON_ONE_LINE = re.compile(r"Proc-Type: ?4,ENCRYPTED +DEK-Info: ?[A-Z0-9\-]{3,20},[0-9A-F]{8,64} +")
_BODY = re.compile(r"[A-Za-z0-9+/]*={0,3}")


class Block(NamedTuple):
    """A PEM block without what the source code put around and between its lines."""

    label: str  # "RSA PRIVATE KEY"
    headers: str  # the values of its header lines, joined with spaces
    body: str  # base 64 without white space; whatever else stood there is kept
    check: str  # the checksum of an OpenPGP block, four characters; else empty
    ended: bool  # whether the end line is there


def block_in(value: str) -> Block | None:
    """The first PEM block in `value`, which may be base 64 of PEM; None where there is none or it is too long."""
    if len(value) > MOST:
        return None
    if value.startswith("LS0t"):
        value = _decoded(value)
    begin = _BEGIN.search(value)
    if begin is None:
        return None
    end = re.compile(rf"-{{4,5}} ?END {re.escape(begin[1])} ?-{{4,5}}").search(value, begin.end())
    text = value[begin.end() : end.start() if end else len(value)]
    headers, lines = [], []
    for line in lines_in(text):
        header, both = _HEADER.fullmatch(line), _HEADERS_ON_ONE_LINE.match(line)
        if both is not None:
            headers.append(both[0])
            lines.append(line[both.end() :].replace(" ", ""))
        elif header is not None:
            headers.append(header[1])
        else:
            lines.append(line)
    check = lines.pop()[1:] if lines and re.fullmatch(r"=[A-Za-z0-9+/]{4}", lines[-1]) else ""
    return Block(begin[1], " ".join(headers), "".join(lines), check, end is not None)


def holds_private_key(value: str) -> bool:
    """Whether a private key is named anywhere in `value`, which may be base 64 of PEM."""
    return "PRIVATE KEY" in (_decoded(value[:MOST]) if value.startswith("LS0t") else value)


def _decoded(value: str) -> str:
    whole = len(value) // 4 * 4
    try:
        return base64.b64decode(value[:whole]).decode("latin-1")
    except binascii.Error:
        return ""


def lines_in(text: str) -> list[str]:
    """The lines of a key that `text`, a piece of source code, spells: without quotes, joins, marks and white space."""
    quote = _QUOTE.search(text)
    if quote is not None and text.count(quote[0][-1]) % 2 == 0:
        # The text begins and ends inside a literal: what stands between literals is code.
        text = "\n".join(re.split(rf"\\*{quote[0][-1]}", text, maxsplit=2 * _MOST_LINES)[0::2])
    text = text.replace("\\/", "/").replace("\\u003d", "=").replace("\\u002b", "+")
    text = _LINE_BREAK.sub("\n", text.replace("\\t", " "))
    if "%" in text:
        text = text.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=").replace("%20", " ")
    lines = [stripped for line in text.split("\n", _MOST_LINES) if (stripped := line.strip(" \t\\"))]
    for mark in _MARKS:
        if len(lines) > 1 and all([line.startswith(mark) for line in lines]):
            lines = [stripped for line in lines if (stripped := line[len(mark) :].strip())]
            break
    return [line if ":" in line else line.replace(" ", "").replace("\t", "") for line in lines]


def body_bytes(block: Block) -> bytes | None:
    """What the base 64 of a block says; None where it is none, or cut short within a byte."""
    body = block.body.rstrip("=")
    if not _BODY.fullmatch(block.body) or len(body) % 4 == 1:
        return None
    return base64.b64decode(body + "=" * (-len(body) % 4))


def private_key(value: str) -> bool | None:
    """A private key in PEM (PKCS #1, PKCS #8, SEC 1, DSA), OpenSSH, PuTTY or OpenPGP that parses and fits together.

    False: what stands between the lines is no base 64, or far too short for a key. None: there is only a first
    line, the bytes are enough for a key but do not parse (shortened, damaged, masked, of an unknown kind), the key is
    encrypted, or the package `cryptography` is missing.
    """
    from unleak.detect import keyfiles

    if value.startswith("PuTTY-User-Key-File-"):
        return keyfiles.putty(value)
    block = block_in(value)
    if block is None or not block.ended or not block.label.endswith(("PRIVATE KEY", "PRIVATE KEY BLOCK")):
        return None
    data = body_bytes(block)
    if data is None or len(data) < _LEAST:
        return False
    if block.label == "PGP PRIVATE KEY BLOCK":
        return keyfiles.openpgp(data, block.check)
    if block.label == "OPENSSH PRIVATE KEY":
        return keyfiles.openssh(data)
    size = _der_size(data)
    if size != len(data) or "ENCRYPTED" in block.headers or block.label not in _BY_ARITHMETIC:
        return None
    return _fits(data)


def is_encrypted(value: str) -> bool:
    """Whether the key in `value` is there and needs a passphrase."""
    from unleak.detect import keyfiles

    if value.startswith("PuTTY-User-Key-File-"):
        return keyfiles.putty_cipher(value) not in ("", "none")
    block = block_in(value)
    data = body_bytes(block) if block is not None else None
    if block is None or not data:
        return False
    if block.label == "PGP PRIVATE KEY BLOCK":
        return keyfiles.openpgp_is_encrypted(data)
    if block.label == "OPENSSH PRIVATE KEY":
        return keyfiles.openssh_cipher(data) not in ("", "none")
    if block.label == "ENCRYPTED PRIVATE KEY":
        return len(data) >= _LEAST and _der_size(data) == len(data)
    return block.label.endswith("PRIVATE KEY") and "ENCRYPTED" in block.headers


def _der_size(data: bytes) -> int:
    """How many bytes the DER sequence that `data` begins says it has, header included; 0 where it begins none."""
    if data[:1] != b"\x30" or len(data) < 2:
        return 0
    size, at = data[1], 2
    if size & 0x80:
        at += size & 0x7F
        size = int.from_bytes(data[2:at], "big")
    return at + size


def _fits(data: bytes) -> bool | None:
    """Whether `data` is a private key whose parts belong together."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_der_private_key
    except ImportError:
        return None
    try:
        key = load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
    except (TypeError, UnsupportedAlgorithm, ValueError):
        return None
    if not isinstance(key, RSAPrivateKey):
        return True
    parts = key.private_numbers()  # the package's own test of primality takes tens of milliseconds
    public = parts.public_numbers
    return (parts.p * parts.q == public.n and public.e * parts.d % (parts.p - 1) == 1) or None
