"""The alphabets in which keys and tokens are written, and the check digits that belong to them.

Decoders return None for what their alphabet does not allow: a mistyped secret is an everyday value, not an error.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
from functools import cache

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
BASE36 = string.digits + string.ascii_lowercase
BASE58_BITCOIN = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE58_RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CONSTANTS = (1, 0x2BC830A3)
_MOST_BASE58 = 200
"""No key in base 58 is longer; the work grows with the square of the length."""
_MOST_BECH32 = 4_096
"""The longest are public keys that withstand quantum computers, with some 2,000 characters."""
_BASE64 = re.compile(r"[A-Za-z0-9_\-]*")


def in_base(number: int, digits: str, width: int) -> str:
    """`number` written with `digits`, filled up on the left to `width`."""
    text = ""
    while number:
        number, digit = divmod(number, len(digits))
        text = digits[digit] + text
    return text.rjust(width, digits[0])


def from_base64(text: str) -> bytes | None:
    """The bytes of base 64 of either alphabet, with or without padding."""
    text = text.rstrip("=").replace("+", "-").replace("/", "_")
    if not _BASE64.fullmatch(text):
        return None
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None


def from_canonical_base64(text: str) -> bytes | None:
    """The bytes of base 64 as an encoder writes it: padded, and no bit set in the last character that has no use.

    Of made-up texts that end in `==` fifteen in sixteen are not, of those that end in `=` three in four.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode("ascii") == text else None


def from_base32(text: str) -> bytes | None:
    """The bytes of base 32 in capitals, with or without padding."""
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return None


def from_base58(text: str, alphabet: str = BASE58_BITCOIN) -> bytes | None:
    """The payload of base58check: its last four bytes, which must be right, are taken off.

    Source: Bitcoin's "Base58Check encoding"; the check is the start of a doubled SHA-256.
    """
    if not 5 <= len(text) <= _MOST_BASE58:
        return None
    import hashlib

    number = 0
    for letter in text:
        digit = alphabet.find(letter)
        if digit < 0:
            return None
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    data = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, check = data[:-4], data[-4:]
    digest = hashlib.sha256(hashlib.sha256(payload).digest()).digest()
    return payload if len(check) == 4 and digest[:4] == check else None


@cache
def _bech32_steps() -> tuple[int, ...]:
    """What the five bits that leave the register add to it."""
    steps = []
    for top in range(32):
        step = 0
        for bit, generator in enumerate(_BECH32_GENERATORS):
            if top >> bit & 1:
                step ^= generator
        steps.append(step)
    return tuple(steps)


def from_bech32(text: str) -> tuple[str, list[int]] | None:
    """The human-readable part in lower case and the digits, five bits each, of bech32 or bech32m.

    Longer texts than the BIP allows are read too. Source: BIP 173 and BIP 350. Both cases in one text are wrong.
    """
    lowered = text.lower()
    if len(text) > _MOST_BECH32 or text not in (lowered, text.upper()):
        return None
    prefix, _, data = lowered.rpartition("1")
    digits = [_BECH32.find(letter) for letter in data]
    if not prefix or len(digits) < 6 or -1 in digits:
        return None
    steps, register = _bech32_steps(), 1
    codes = prefix.encode("ascii", "replace")
    for number in (*[code >> 5 for code in codes], 0, *[code & 31 for code in codes], *digits):
        register = (register & 0x1FFFFFF) << 5 ^ number ^ steps[register >> 25]
    return (prefix, digits[:-6]) if register in _BECH32_CONSTANTS else None


def from_crc16(text: str) -> bytes | None:
    """The payload of base 32 with a CRC-16 (XMODEM) behind it, least byte first.

    Source: github.com/nats-io/nkeys and Stellar's SEP 23.
    """
    data = from_base32(text)
    if data is None or len(data) < 3:
        return None
    return data[:-2] if binascii.crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:], "little") else None


def json_object(data: bytes | str | None) -> dict[str, object] | None:
    """The JSON object in `data`; None where there is none."""
    if data is None:
        return None
    import json

    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
