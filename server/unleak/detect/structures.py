"""Values that hold something readable: JSON, ids, dates, keys of a certain size.

A structure that fits makes a real credential likely and proves nothing; one that does not fit says that the value
is made up, cut short or mistyped. Every check returns True, False, or None where the value has another form.
"""

from __future__ import annotations

import re
from functools import cache

from unleak.detect.encodings import from_base32, from_base64, from_canonical_base64, json_object

_JWT_ALGORITHM = re.compile(
    r"(?:HS|RS|ES|PS)(?:256|384|512)|HS1|RS1|ES256K(?:-R)?|EdDSA|Ed25519|Ed448|ML-DSA-\d\d|SM2|SM3withSM2"
    r"|none|dir|RSA1_5|RSA-OAEP(?:-\d{3})?|A\d{3}(?:GCM)?KW|ECDH-ES(?:\+A\d{3}KW)?|PBES2-HS\d{3}\+A\d{3}KW"
)
_JWT_SIGNATURES = {"HS256": 32, "HS384": 48, "HS512": 64, "ES256": 64, "ES384": 96, "ES512": 132}


def jwt(value: str) -> bool | None:
    """A signed or encrypted JSON web token: JSON in header and payload, a signature of its algorithm's size.

    Unsigned ones (`none`) open nothing: False. None where the algorithm is in no registry.
    Source: RFC 7515 to 7519, IANA's registry of JOSE algorithms.
    """
    header, *rest = value.split(".")
    fields = json_object(from_base64(header))
    if fields is None:
        return False
    algorithm = fields.get("alg")
    if not isinstance(algorithm, str) or algorithm == "none" or not isinstance(fields.get("typ", ""), str):
        return False
    if "enc" in fields:  # the other parts are ciphertext
        return len(rest) == 4
    if len(rest) != 2 or json_object(from_base64(rest[0])) is None:
        return False
    if not _JWT_ALGORITHM.fullmatch(algorithm):
        return None
    signature = from_base64(rest[1])
    if signature is None or not signature:
        return False
    if algorithm[:2] in ("RS", "PS"):
        return len(signature) >= 64
    return len(signature) == _JWT_SIGNATURES.get(algorithm, len(signature))


def json(value: str) -> bool | None:
    """The part that begins like an encoded `{` is a JSON object in base 64."""
    body = re.search(r"e(?:y[A-Z]|wo)[\w+/\-]*", value)
    return body is not None and (
        json_object(from_base64(body[0])) is not None
        or json_object(from_base64(body[0].rpartition("_")[0])) is not None
    )


def grafana_cloud(value: str) -> bool | None:
    """glc_ and a JSON object with the organization (o), the name (n) and the key (k).

    Source: grafana.com/docs, "Access policies".
    """
    fields = json_object(from_base64(value.removeprefix("glc_")))
    return fields is not None and {"o", "n", "k"} <= fields.keys()


def teamcity(value: str) -> bool | None:
    """Header with the type TCV2, then two parts, the last one a UUID, all in base 64."""
    header, _, rest = value.partition(".")
    fields = json_object(from_base64(header))
    if fields is None or fields.get("typ") != "TCV2":
        return False
    last = (from_base64(rest.partition(".")[2]) or b"").decode("ascii", "replace")
    return re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", last) is not None


def jfrog(value: str) -> bool | None:
    """A reference token: `reftkn:`, two numbers and a secret, in base 64. Source: jfrog.com, "Access tokens"."""
    data = from_base64(value) or b""
    return re.fullmatch(rb"reftkn:\d{1,4}:\d{1,12}:[A-Za-z0-9]+", data) is not None


def aws_key_id(value: str) -> bool | None:
    """Newer ids hold the account number in 40 bits, which has twelve decimal digits.

    Nine in ten of all made-up ids pass, so passing proves nothing.
    """
    data = from_base32(value[4:])
    if data is None or len(data) != 10 or len(value) != 20:
        return False
    return False if data[0] & 0x80 and _account_number(data) > 999_999_999_999 else None


def _account_number(data: bytes) -> int:
    return int.from_bytes(data[:6], "big") >> 7 & 0xFF_FFFF_FFFF


def aws_account(value: str) -> str | None:
    """The account (twelve digits) to which an AWS access key id belongs; None for older ids and other values.

    Source: summitroute.com, "AWS security credential formats", and many after it.
    """
    data = from_base32(value[4:]) if re.fullmatch(r"A[A-Z]{3}[A-Z2-7]{16}", value) else None
    if data is None or not data[0] & 0x80:
        return None
    number = _account_number(data)
    return f"{number:012d}" if number <= 999_999_999_999 else None


def slack(value: str) -> bool | None:
    """The numbers in a token are of a team, a user or an app: 10 to 14 digits without a leading zero."""
    if value.startswith("xapp-"):
        return re.fullmatch(r"xapp-\d-A[A-Z0-9]{8,12}-[1-9]\d{9,13}-[0-9a-f]{64}", value) is not None
    numbers = re.match(r"xox[bp]((?:-\d+)+)-[0-9A-Za-z]+$", value)
    if numbers is None:
        return None
    return all(re.fullmatch(r"[1-9]\d{9,13}", number) for number in numbers[1][1:].split("-"))


def openai(value: str) -> bool | None:
    """The marker (base 64 of "OpenAI") stands in the very middle of the random part."""
    before, marker, after = value.partition("T3BlbkFJ")
    if not marker:
        return None
    prefix = before[: -len(after)] if after else before
    return len(after) in (20, 58, 74) and prefix.startswith("sk-") and prefix.endswith("-")


_DISCORD_EPOCH = 1_420_070_400  # 2015, in seconds
_DISCORD_TOKEN_EPOCH = 1_293_840_000  # 2011


def discord(value: str) -> bool | None:
    """The first part is the bot's id, 17 to 19 digits, in base 64; in older tokens the second is a time after it.

    Source: discord.com/developers/docs, "Snowflakes". Newer tokens, whose third part is longer, hold no time.
    """
    first, _, rest = value.partition(".")
    second, _, third = rest.partition(".")
    number = from_base64(first) or b""
    if not (number.isdigit() and 17 <= len(number) <= 19):
        return False
    made = from_base64(second) or b""
    if len(third) != 27 or len(made) != 4:
        return True
    created = (int(number) >> 22) // 1000 + _DISCORD_EPOCH
    return int.from_bytes(made, "big") + _DISCORD_TOKEN_EPOCH >= created - 86_400


def telegram(value: str) -> bool | None:
    """The bot's id, 8 to 10 digits without a leading zero, and 35 characters. Source: core.telegram.org/bots/api."""
    return re.fullmatch(r"[1-9]\d{7,9}:[\w\-]{35}", value) is not None


def private_key(value: str) -> bool | None:
    """A private key in PEM, OpenSSH, PuTTY or OpenPGP: see `pem.private_key`, which few files need."""
    from unleak.detect import pem

    return pem.private_key(value)


def google_service_account(value: str) -> bool | None:
    """A key file of Google Cloud: JSON (or JSON in base 64) with `type` service_account and a key that parses.

    Source: cloud.google.com/iam/docs/keys-create-delete.
    """
    fields = json_object(value) if value.lstrip().startswith("{") else json_object(from_base64(value))
    if fields is None:
        return False
    key, email = fields.get("private_key"), fields.get("client_email")
    if fields.get("type") != "service_account" or not isinstance(key, str) or not isinstance(email, str):
        return False
    return private_key(key)


def azure_storage(value: str) -> bool | None:
    """64 bytes in base 64. Source: learn.microsoft.com, "Manage storage account access keys"."""
    return _random_bytes(value, (64,))


def azure_shared_key(value: str) -> bool | None:
    """32, 48 or 64 bytes in base 64: Service Bus, Event Hubs, SignalR, IoT Hub.

    Source: learn.microsoft.com, "Authenticate with shared access signatures".
    """
    return _random_bytes(value, (32, 48, 64))


def azure_sas(value: str) -> bool | None:
    """A shared access URL, its query, or its signature alone: `sig` is 32 bytes in base 64.

    Source: learn.microsoft.com, "Create a service SAS".
    """
    from urllib.parse import unquote

    found = re.search(r"(?:^|[?&; ])sig=([^&;\s]*)", value)
    return _random_bytes(unquote(found[1] if found else value), (32,))


def _random_bytes(text: str, sizes: tuple[int, ...]) -> bool | None:
    """Whether `text` is base 64 of so many different bytes; None where no encoder would have ended it so."""
    data = from_base64(text)
    if data is None or len(data) not in sizes or len(set(data)) <= len(data) // 4:
        return False
    return True if from_canonical_base64(text) else None


def url_fields(value: str) -> dict[str, str]:
    """The query of a URL, or a query alone, by name in small letters; `&` may be escaped as in HTML."""
    from urllib.parse import unquote

    query = (value.partition("?")[2] or value)[:8192]
    pairs = re.findall(r"(?:^|[&; ])(?:amp;)?([A-Za-z\-]{2,24})=([^&;\s\"'<>]{0,1100})", query)
    return {name.lower(): unquote(text) for name, text in pairs}


def signed_url(value: str) -> bool | None:
    """A presigned URL of AWS or Google Cloud: who signed, for how long, and a signature of its size.

    Source: docs.aws.amazon.com, "Authenticating requests: query parameters"; cloud.google.com, "Signed URLs".
    """
    fields = url_fields(value)
    for prefix, size in (("x-amz-", "64"), ("x-goog-", "64,1024")):
        signature = fields.get(prefix + "signature")
        if signature is not None:
            whole = all([prefix + name in fields for name in ("credential", "date", "expires")])
            return whole and re.fullmatch(rf"[0-9a-f]{{{size}}}", signature) is not None
    if "signature" in fields and "expires" in fields:
        return len(from_base64(fields["signature"]) or b"") >= 20
    return None


def wireguard(value: str) -> bool | None:
    """32 bytes in base 64, clamped as `wg genkey` does; None for preshared keys, which are not clamped.

    Source: wireguard.com/quickstart and RFC 7748.
    """
    data = from_base64(value)
    if data is None or len(data) != 32:
        return False
    return True if not data[0] & 0b111 and data[31] & 0b1100_0000 == 0b0100_0000 else None


def otp(value: str) -> bool | None:
    """The seed of one-time passwords, alone or in an otpauth: URI: base 32 of at least 80 bits.

    Source: RFC 4226 and github.com/google/google-authenticator, "Key URI format".
    """
    data = otp_seed(value)
    return data is not None and len(data) >= 10 and len(set(data)) > 3


def otp_seed(value: str) -> bytes | None:
    """The bytes of a seed, with or without spaces, in either case."""
    found = re.search(r"[?&]secret=([^&\s]*)", value) if value.startswith("otpauth:") else None
    text = re.sub(r"[\s\-]", "", (found[1] if found else value)[:1024]).upper().rstrip("=")
    kept = text[: len(text) - (0, 1, 0, 1, 0, 0, 1, 0)[len(text) % 8]]  # one character too many adds no byte
    return from_base32(kept)


_PASSWORD_HASH = r"""\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}
      |\$(?:1|apr1)\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}
      |\$5\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}
      |\$6\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}
      |\$g?y\$[./A-Za-z0-9]{1,24}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}
      |\$[PH]\$[./A-Za-z0-9]{31}|\$S\$[./A-Za-z0-9]{52}
      |(?:argon2)?\$argon2(?:id|i|d)\$(?:v=\d{1,3}\$)?m=\d{1,9},t=\d{1,5},p=\d{1,5}
        \$[A-Za-z0-9+/]{8,128}\$[A-Za-z0-9+/]{16,256}
      |\$scrypt\$ln=\d{1,2},r=\d{1,3},p=\d{1,3}\$[A-Za-z0-9+/.]{8,128}\$[A-Za-z0-9+/.]{16,256}
      |\$7\$[./A-Za-z0-9]{11,80}\$[./A-Za-z0-9]{43}
      |\$pbkdf2(?:-sha\d{1,3})?\$\d{1,9}\$[A-Za-z0-9./]{2,128}\$[A-Za-z0-9./]{16,128}
      |pbkdf2_sha\d{1,3}\$\d{1,9}\$[\w./+\-]{1,64}\$[A-Za-z0-9+/]{16,128}={0,2}
      |bcrypt(?:_sha256)?\$\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}
      |(?:pbkdf2:sha\d{1,3}:\d{1,9}|scrypt:\d{1,9}:\d{1,3}:\d{1,3})\$[A-Za-z0-9]{4,64}\$(?:[0-9a-f]{2}){20,64}
      |sha1\$[\w./+\-]{1,64}\$[0-9a-f]{40}
      |SCRAM-SHA-256\$\d{1,7}:[A-Za-z0-9+/]{16,44}={0,2}\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=
      |\*[0-9A-F]{40}"""
_LDAP_HASH = r"\{S?(?:SHA|SHA256|SHA384|SHA512|MD5)\}([A-Za-z0-9+/]{20,200}={0,2})"


@cache
def _password_hashes() -> re.Pattern[str]:
    return re.compile(_PASSWORD_HASH, re.VERBOSE)  # takes milliseconds, and few texts hold one


def password_hash(value: str) -> bool | None:
    """A password hash, whole: bcrypt, argon2, scrypt, PBKDF2, crypt, Django, Werkzeug, LDAP, MySQL, PostgreSQL.

    No one can log in with one. Source: the manual of each; passlib's list of formats gives most of them.
    """
    ldap = re.fullmatch(_LDAP_HASH, value)
    if ldap is not None:
        return len(from_base64(ldap[1]) or b"") >= 16 or None
    return True if _password_hashes().fullmatch(value.removeprefix("{CRYPT}")) else None
