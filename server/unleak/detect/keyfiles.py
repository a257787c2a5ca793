"""Private keys in formats of their own: OpenSSH, PuTTY, OpenPGP. All are read without any other package."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

_SSH_MAGIC = b"openssh-key-v1\0"


def _strings(data: bytes, most: int) -> Iterator[bytes]:
    """Up to `most` strings of SSH (four bytes of length, then the content); stops where one is cut short."""
    at = 0
    for _ in range(most):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 4 + size > len(data):
            return
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def openssh_cipher(data: bytes) -> str:
    """The cipher of an OpenSSH key; `none` for one in the clear, empty for what is no such key."""
    if not data.startswith(_SSH_MAGIC):
        return ""
    return next(_strings(data[len(_SSH_MAGIC) :], 1), b"").decode("ascii", "replace")


def openssh(data: bytes) -> bool | None:
    """A key of OpenSSH: its two check numbers are equal, and it repeats its public half. None where it is encrypted.

    None too where it does not parse: damaged or masked. Source: openssh-portable, PROTOCOL.key.
    """
    if openssh_cipher(data) != "none":
        return None
    rest = data[len(_SSH_MAGIC) :]
    head = list(_strings(rest, 3))
    if len(head) != 3:
        return None
    at = sum([4 + len(part) for part in head])
    keys = list(_strings(rest[at + 4 :], 2))
    if rest[at : at + 4] != b"\0\0\0\1" or len(keys) != 2:
        return None
    public, private = keys
    if len(private) < 8 or private[:4] != private[4:8]:
        return None
    kind = next(_strings(public, 1), b"")
    return (next(_strings(private[8:], 1), None) == kind and _repeats(public, private[8:], kind)) or None


def _repeats(public: bytes, private: bytes, kind: bytes) -> bool:
    """Whether the private half holds what the public one says."""
    numbers = list(_strings(public, 8))[1:]
    held = list(_strings(private, 16))[1:]
    if kind == b"ssh-rsa":  # the one kind that changes the order
        numbers.reverse()
    return bool(numbers) and held[: len(numbers)] == numbers


_PPK_LINE = re.compile(r"([A-Za-z0-9\-]{3,40}): ?(.*)")


def _putty_fields(value: str) -> dict[str, str]:
    """The fields of a PuTTY key; the lines of base 64 after a count stand under that count's name."""
    from unleak.detect.pem import MOST, lines_in

    fields: dict[str, str] = {}
    open_field = ""
    for line in lines_in(value[:MOST]):
        field = _PPK_LINE.fullmatch(line)
        if field is not None:
            open_field = field[1] if field[1].endswith("-Lines") else ""
            fields[field[1]] = "" if open_field else field[2]
        elif open_field:
            fields[open_field] += line
    return fields


def putty_cipher(value: str) -> str:
    """The cipher of a PuTTY key; empty where none is named."""
    return _putty_fields(value).get("Encryption", "")


def putty(value: str) -> bool | None:
    """A PuTTY key of version 2 or 3 in the clear whose MAC holds; None where it is encrypted, older or damaged.

    Source: the PuTTY manual, appendix C, "PPK file format".
    """
    fields = _putty_fields(value)
    version = re.match(r"PuTTY-User-Key-File-([23]): ", value)
    mac = fields.get("Private-MAC")
    if version is None or mac is None or fields.get("Encryption") != "none":
        return None
    import hashlib
    import hmac

    try:
        public = base64.b64decode(fields.get("Public-Lines", ""), validate=True)
        private = base64.b64decode(fields.get("Private-Lines", ""), validate=True)
    except (binascii.Error, ValueError):
        return None
    kind = fields.get(f"PuTTY-User-Key-File-{version[1]}", "")
    parts = (kind.encode(), b"none", fields.get("Comment", "").encode(), public, private)
    message = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
    if version[1] == "2":
        digest = hmac.new(hashlib.sha1(b"putty-private-key-file-mac-key").digest(), message, "sha1")
    else:
        digest = hmac.new(b"", message, "sha256")
    return digest.hexdigest() == mac or None


def openpgp(data: bytes, check: str) -> bool | None:
    """An OpenPGP block: a secret key in the clear, and the checksum of its armour, if there is one, holds.

    None where the key is encrypted or the block is damaged. Source: RFC 4880, sections 5.5.3 and 6.1; RFC 9580.
    """
    if check and _crc24(data) != int.from_bytes(base64.b64decode(check), "big"):
        return None
    return True if _openpgp_usage(data) == 0 else None


def openpgp_is_encrypted(data: bytes) -> bool:
    """Whether the secret key in `data` needs a passphrase."""
    return bool(_openpgp_usage(data))


def _crc24(data: bytes) -> int:
    register = 0xB704CE
    for byte in data:
        register = (register << 8 & 0xFFFFFF) ^ _CRC24[register >> 16 ^ byte]
    return register


def _crc24_steps() -> Iterator[int]:
    for byte in range(256):
        register = byte << 16
        for _ in range(8):
            register = register << 1 ^ (0x1864CFB if register & 0x800000 else 0)
        yield register & 0xFFFFFF


_CRC24 = tuple(_crc24_steps())
_SECRET_KEY = 5
# How many numbers, or how many bytes, the public half of a key has, by its algorithm.
_NUMBERS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4}
_CURVES = (18, 19, 22)
_ECDH = 18
_PLAIN = {25: 32, 26: 56, 27: 32, 28: 57}


def _openpgp_usage(data: bytes) -> int | None:
    """How the first packet, a secret key, is encrypted (0: not); None where it is no secret key or is cut short."""
    packet = _first_packet(data, _SECRET_KEY)
    if packet is None or len(packet) < 8 or packet[0] not in (4, 6):
        return None
    algorithm = packet[5]
    at = 6 if packet[0] == 4 else 10
    if algorithm in _PLAIN:
        at += _PLAIN[algorithm]
    else:
        count = _NUMBERS.get(algorithm, 0)
        if algorithm in _CURVES:
            at += 1 + packet[at]
            count = 1
        if not count:
            return None
        for _ in range(count):
            at += 2 + (int.from_bytes(packet[at : at + 2], "big") + 7) // 8
        if algorithm == _ECDH:
            at += 1 + packet[at] if at < len(packet) else 1
    return packet[at] if at < len(packet) else None


def _first_packet(data: bytes, wanted: int) -> bytes | None:
    """The content of the first packet if its tag is `wanted` and it is all there."""
    if len(data) < 6 or not data[0] & 0x80:
        return None
    if data[0] & 0x40:
        tag, first = data[0] & 0x3F, data[1]
        if first < 192:
            start, size = 2, first
        elif first < 224:
            start, size = 3, (first - 192 << 8) + data[2] + 192
        else:
            start, size = 6, int.from_bytes(data[2:6], "big")
    else:
        tag, width = data[0] >> 2 & 0xF, 1 << (data[0] & 3)
        start, size = 1 + width, int.from_bytes(data[1 : 1 + width], "big")
    return data[start : start + size] if tag == wanted and start + size <= len(data) else None
