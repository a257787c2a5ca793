"""Tokens whose provider appended a checksum: what the arithmetic says of each.

Every check returns True where the checksum holds, False where it does not, and None where a value of this form
has none or where the provider does not say how it is made.
"""

from __future__ import annotations

import re
import zlib

from unleak.detect.encodings import BASE36, BASE62, from_base64, in_base


def _crc32_base62(body: str) -> bool:
    return in_base(zlib.crc32(body[:-6].encode()), BASE62, 6) == body[-6:]


def github(value: str) -> bool | None:
    """prefix_body: the last six characters are the CRC-32 of the body before them, in base 62.

    Source: github.blog, "Behind GitHub's new authentication token formats". Fine-grained tokens have another
    checksum, installation tokens that hold a JSON web token have none.
    """
    if value.startswith("github_pat_"):
        return _github_fine_grained(value)
    body = value.rpartition("_")[2]
    if len(body) not in (36, 76) or not body.isalnum():
        return None
    return _crc32_base62(body)


def _github_fine_grained(value: str) -> bool | None:
    """Characters 77 to 84 are the SHA-256 of those before them, in base 32.

    GitHub does not document it, and eight more characters follow: one that fails proves nothing.
    """
    if not re.fullmatch(r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}", value):
        return None
    import base64
    import hashlib

    digest = hashlib.sha256(value[:77].encode()).digest()
    return True if base64.b32encode(digest[:5]).decode() == value[77:85] else None


def npm(value: str) -> bool | None:
    """npm_ and 30 characters, then their CRC-32 in base 62.

    Source: github.blog, "Announcing npm's new access token format".
    """
    body = value.removeprefix("npm_")
    return _crc32_base62(body) if len(body) == 36 and body.isalnum() else None


def vercel(value: str) -> bool | None:
    """vcp_, vci_, vca_, vcr_ or vck_ and 50 characters, which may be _ and -, then their CRC-32 in base 62.

    Source: vercel.com/changelog/new-token-formats-and-secret-scanning names the prefixes.
    """
    body = value.partition("_")[2]
    return _crc32_base62(body) if re.fullmatch(r"[\w\-]{50}[A-Za-z0-9]{6}", body) else None


def gitlab(value: str) -> bool | None:
    """Routable tokens end in the CRC-32 of everything before it, as seven digits in base 36.

    Source: GitLab, lib/authn/token_field/generator/routable_token.rb.
    """
    if not re.fullmatch(r"[\w\-]{27,}(?:\.[0-9a-z]{2})?\.[0-9a-z]{9}", value):
        return None
    return in_base(zlib.crc32(value[:-7].encode()), BASE36, 7) == value[-7:]


def atlassian(value: str) -> bool | None:
    """AT…: the last eight digits, in capital hexadecimal, are the CRC-32 of everything before them.

    Jira, Confluence, Bitbucket and Trello make such tokens.
    Source: support.atlassian.com, "Manage API tokens", on the prefix; the checksum is observed.
    """
    if not re.fullmatch(r"AT[\w\-=]{24,}[0-9A-F]{8}", value):
        return None
    return f"{zlib.crc32(value[:-8].encode()):08X}" == value[-8:]


def cloudflare(value: str) -> bool | None:
    """cfut_, cfat_ or cfk_ and 40 characters, then their CRC-32 in hexadecimal.

    Source: developers.cloudflare.com, "Token formats", which says that there is a checksum and not which: one
    that fails proves nothing.
    """
    body = value.partition("_")[2]
    return True if len(body) == 48 and f"{zlib.crc32(body[:-8].encode()):08x}" == body[-8:] else None


def confluent(value: str) -> bool | None:
    """Cflt in small letters and 54 characters, then their CRC-32, least byte first, in base 64 without padding.

    Source: docs.confluent.io, "Use API keys to authenticate to Confluent Cloud".
    """
    if not re.fullmatch(r"cflt[A-Za-z0-9+/]{60}", value):
        return None
    import base64

    number = zlib.crc32(value[4:58].encode()).to_bytes(4, "little")
    return base64.b64encode(number).decode()[:6] == value[58:]


def grafana(value: str) -> bool | None:
    """glsa_secret_checksum: the CRC-32 of what stands before the last underscore, least byte first, in hex.

    Source: grafana/grafana, pkg/components/satokengen.
    """
    key, _, checksum = value.rpartition("_")
    return zlib.crc32(key.encode()).to_bytes(4, "little").hex() == checksum


def zuplo(value: str) -> bool | None:
    """zpka_random_checksum: the CRC-32 of the 32 random characters, in hexadecimal.

    Source: zuplo.com/docs, "API key leak detection", on the form.
    """
    parts = re.fullmatch(r"zpk[a-z]_([0-9a-z]{32})_([0-9a-f]{8})", value)
    return None if parts is None else f"{zlib.crc32(parts[1].encode()):08x}" == parts[2]


_LOCATION, _IDENTIFIER, _VERIFICATION, _SIGNATURE, _END = 1, 2, 4, 6, 0


def pypi(value: str) -> bool | None:
    """A whole macaroon of version 2 for pypi.org or test.pypi.org: its packets, caveats and signature of 32 bytes.

    Source: github.com/rescrv/libmacaroons, doc/format.txt, and pypi.org/help/#apitoken.
    """
    data = from_base64(value.removeprefix("pypi-"))
    if not data or data[0] != 2:
        return False
    packets = _packets(data[1:])
    if not packets or packets[:1] not in ([(_LOCATION, b"pypi.org")], [(_LOCATION, b"test.pypi.org")]):
        return False
    kinds = bytes([kind for kind, _ in packets])
    return re.fullmatch(rb"\x01\x02\x00(?:\x01?\x02\x04?\x00)*\x00\x06", kinds) is not None and (
        len(packets[-1][1]) == 32
    )


def _packets(data: bytes) -> list[tuple[int, bytes]] | None:
    """The packets of a macaroon: kind, length and content, or a lone zero that ends a section."""
    at, packets = 0, []
    while at < len(data):
        kind, at = data[at], at + 1
        if kind == _END:
            packets.append((kind, b""))
            continue
        size = shift = 0
        while True:
            if at >= len(data) or shift > 21:
                return None
            byte, at = data[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if kind not in (_LOCATION, _IDENTIFIER, _VERIFICATION, _SIGNATURE) or at + size > len(data):
            return None
        packets.append((kind, data[at : at + size]))
        at += size
    return packets


def luhn(value: str) -> bool | None:
    """A card number of 13 to 19 digits, in groups or not, by the formula of ISO/IEC 7812-1.

    One in ten of all made-up numbers passes.
    """
    digits = value.replace(" ", "").replace("-", "")
    if not re.fullmatch(r"[2-6]\d{12,18}", digits) or len(set(digits)) < 3:
        return False
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0
