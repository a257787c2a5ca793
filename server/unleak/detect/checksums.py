"""What a value proves about itself, by arithmetic alone: built-in checksums and structures that decode.

Every check is a pure function of the value as it stands in the text, prefix included. It returns True where
the value carries a proof that holds, False where the proof fails (made up, cut short, mistyped), and None
where a value of this form carries none. No check raises, whatever the value.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
import zlib
from collections.abc import Callable, Mapping

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BASE36 = string.digits + string.ascii_lowercase
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def check(name: str, value: str) -> bool | None:
    """The outcome of the check called `name` on `value`: True proven, False wrong, None cannot tell.

    Raises KeyError where no check has that name; CHECKS has all names.
    """
    outcome = CHECKS[name]
    return outcome(value) if value.isascii() else None


def _crc32_base62(value: str) -> bool | None:
    """prefix_body: the last six characters are the CRC-32 of the body before them, in base 62.

    Source: github.blog, "Behind GitHub's new authentication token formats". npm and Vercel do the same.
    """
    body = value.rpartition("_")[2]
    if len(body) not in (36, 56, 76) or not body.isalnum():
        return None
    return _in_base(zlib.crc32(body[:-6].encode()), _BASE62, 6) == body[-6:]


def _github(value: str) -> bool | None:
    # Fine-grained and stateless tokens hold an underscore or dots of their own, and no CRC-32.
    return None if value.startswith("github_pat_") or "." in value else _crc32_base62(value)


def _gitlab(value: str) -> bool | None:
    """Routable tokens end in the CRC-32 of everything before it, as seven digits in base 36.

    Source: GitLab, lib/authn/token_field/generator/routable_token.rb.
    """
    if not re.fullmatch(r"[\w\-]{27,}(?:\.[0-9a-z]{2})?\.[0-9a-z]{9}", value):
        return None
    return _in_base(zlib.crc32(value[:-7].encode()), _BASE36, 7) == value[-7:]


def _atlassian(value: str) -> bool | None:
    """The last eight hexadecimal digits are the CRC-32 of everything before them."""
    if not re.fullmatch(r"AT[\w\-=]{24,}[0-9A-F]{8}", value):
        return None
    return int(value[-8:], 16) == zlib.crc32(value[:-8].encode())


def _cloudflare(value: str) -> bool | None:
    """prefix_ and 40 characters, then their CRC-32 in hexadecimal.

    Cloudflare documents that there is a checksum and not which: one that fails proves nothing.
    """
    body = value.rpartition("_")[2]
    return True if body[-8:] == f"{zlib.crc32(body[:-8].encode()):08x}" else None


def _grafana(value: str) -> bool | None:
    """glsa_secret_checksum: the CRC-32 of what stands before the last underscore, least byte first, in hex.

    Source: grafana/grafana, pkg/components/satokengen.
    """
    key, _, checksum = value.rpartition("_")
    return zlib.crc32(key.encode()).to_bytes(4, "little").hex() == checksum


def _pypi(value: str) -> bool | None:
    """A macaroon of version 2 whose location is pypi.org or test.pypi.org."""
    data = _decoded(value.removeprefix("pypi-")) or b""
    return data.startswith((b"\x02\x01\x08pypi.org\x02", b"\x02\x01\x0dtest.pypi.org\x02"))


def _jwt(value: str) -> bool | None:
    """Header and payload are JSON objects, and the header names an algorithm."""
    header, *rest = value.split(".")
    fields = _json_object(header)
    if fields is None or "alg" not in fields:
        return False
    if "enc" in fields:  # encrypted: the other parts are ciphertext
        return len(rest) == 4
    return len(rest) == 2 and _json_object(rest[0]) is not None


def _json(value: str) -> bool | None:
    """The part that begins with `eyJ` is a JSON object in base 64."""
    body = re.search(r"eyJ[\w+/\-]*", value)
    return body is not None and (
        _json_object(body[0]) is not None or _json_object(body[0].rpartition("_")[0]) is not None
    )


def _aws_key_id(value: str) -> bool | None:
    """Newer ids hold the account number in 40 bits, which has twelve decimal digits.

    Nine in ten of all made-up ids pass, so passing proves nothing.
    """
    try:
        data = base64.b32decode(value[4:])
    except binascii.Error:
        return False
    if len(data) != 10:
        return False
    is_newer = data[0] & 0x80
    account = int.from_bytes(data[:6], "big") >> 7 & 0xFF_FFFF_FFFF
    return False if is_newer and account > 999_999_999_999 else None


def _slack(value: str) -> bool | None:
    """The numbers in a token are of a team, a user or an app: 10 to 14 digits without a leading zero."""
    if value.startswith("xapp-"):
        return re.fullmatch(r"xapp-\d-A[A-Z0-9]{8,12}-[1-9]\d{9,13}-[0-9a-f]{64}", value) is not None
    numbers = re.match(r"xox[bp]((?:-\d+)+)-[0-9A-Za-z]+$", value)
    if numbers is None:
        return None
    return all(re.fullmatch(r"[1-9]\d{9,13}", number) for number in numbers[1][1:].split("-"))


def _openai(value: str) -> bool | None:
    """The marker (base 64 of "OpenAI") stands in the very middle of the random part."""
    before, marker, after = value.partition("T3BlbkFJ")
    if not marker:
        return None
    prefix = before[: -len(after)] if after else before
    return len(after) in (20, 58, 74) and prefix.startswith("sk-") and prefix.endswith("-")


def _discord(value: str) -> bool | None:
    """The first part of a bot token is the bot's id, 17 to 20 decimal digits, in base 64."""
    data = _decoded(value.partition(".")[0]) or b""
    return data.isdigit() and 17 <= len(data) <= 20


def _nkey(value: str) -> bool | None:
    """A seed of NATS: kind and key in base 32, with a CRC-16 (XMODEM) behind them, least byte first.

    Source: github.com/nats-io/nkeys.
    """
    try:
        data = base64.b32decode(value + "=" * (-len(value) % 8))
    except binascii.Error:
        return False
    kinds = (0, 16, 104, 112, 160, 184)  # account, cluster, server, operator, user, curve
    if len(data) != 36 or data[0] & 0xF8 != 18 << 3 or (data[0] & 7) << 5 | data[1] >> 3 not in kinds:
        return False
    return binascii.crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:], "little")


def _age(value: str) -> bool | None:
    """Bech32 (BIP 173) with the human-readable part `age-secret-key-`."""
    prefix, _, data = value.lower().rpartition("1")
    if prefix != "age-secret-key-" or not set(data) <= set(_BECH32):
        return False
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    remainder = 1
    for number in expanded + [_BECH32.index(c) for c in data]:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ number
        for bit, generator in enumerate(_BECH32_GENERATORS):
            if top >> bit & 1:
                remainder ^= generator
    return remainder == 1


def _in_base(number: int, digits: str, width: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(digits))
        text = digits[digit] + text
    return text.rjust(width, "0")


def _decoded(text: str) -> bytes | None:
    """The bytes of base 64 of either alphabet, with or without padding; None where it is none."""
    text = text.rstrip("=").replace("+", "-").replace("/", "_")
    if not re.fullmatch(r"[\w\-]*", text):
        return None
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None


def _json_object(text: str) -> dict[str, object] | None:
    import json

    data = _decoded(text)
    if data is None:
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


CHECKS: Mapping[str, Callable[[str], bool | None]] = {
    "age": _age,
    "atlassian": _atlassian,
    "aws-key-id": _aws_key_id,
    "cloudflare": _cloudflare,
    "discord": _discord,
    "github": _github,
    "gitlab": _gitlab,
    "grafana": _grafana,
    "json": _json,
    "jwt": _jwt,
    "nkey": _nkey,
    "npm": _crc32_base62,
    "openai": _openai,
    "pypi": _pypi,
    "slack": _slack,
    "vercel": _crc32_base62,
}
"""All checks by the name that rule files use."""

PROOFS = frozenset(("age", "atlassian", "cloudflare", "github", "gitlab", "grafana", "nkey", "npm", "pypi", "vercel"))
"""The checks that chance does not pass: only the provider's own arithmetic. The others check a structure."""
