"""What a value says about its own use: public, a hash, locked, over, for tests. Nothing here is a guess.

Every function answers from the value and the date that it is given (in UTC); what it cannot read off is None.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone

from unleak.detect import structures, wallets
from unleak.detect.encodings import from_base64, json_object


class State(enum.Enum):
    """Why a value that looks like a secret is less than that."""

    PUBLIC = "public"  # a public key, a certificate, the half that people hand out
    HASH = "hash"  # no one can log in with it
    ENCRYPTED = "encrypted"  # a private key that needs a passphrase
    EXPIRED = "expired"  # its own date is over
    TEST = "test"  # for a sandbox or a test network, or printed in a documentation for everyone


_PUBLIC = re.compile(
    r"(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
    r"\s{1,4}AAAA[A-Za-z0-9+/]{8}"
    r"|-{4,5} ?BEGIN (?:(?:RSA |DSA |EC |SSH2 )?PUBLIC KEY|(?:X509 |TRUSTED )?CERTIFICATE(?: REQUEST)?"
    r"|NEW CERTIFICATE REQUEST|PGP PUBLIC KEY BLOCK|PKCS7|X509 CRL|DH PARAMETERS|EC PARAMETERS) ?-{4,5}"
    r"|LS0tLS1CRUdJTi(?:BDRVJUSUZJQ0FUR|BQVUJMSUMgS0VZ|BSU0EgUFVCTElDIEtFW)"
    r"|pk_(?:live|test)_[A-Za-z0-9]{10}|sb_publishable_[A-Za-z0-9]"
)
# Prefixes by which a provider marks the keys of its test mode or sandbox; each provider's manual says so.
_TEST = re.compile(
    r"(?:sk|rk)_test_[A-Za-z0-9]|FLWSECK_TEST-|rzp_test_|access-sandbox-|link-sandbox-"
    r"|access_token\$sandbox\$|duffel_test_|shippo_test_|EZTK[A-Za-z0-9]{20}|pdl_sdbx_apikey_|sk_sbox_"
    r"|mollie_test_|test_[A-Za-z0-9]{30}$|persona_sandbox_|sandbox-sq0[a-z]{3}-|xnd_development_"
)
_HASH_STARTS = tuple("$*{bpsSa")


def of_any(value: str) -> State | None:
    """What a value is whatever it was taken for: a password hash, a public key, a key of a marked test mode."""
    if value[:1] in _HASH_STARTS and structures.password_hash(value):
        return State.HASH
    if _PUBLIC.match(value) and not _holds_private_key(value):
        return State.PUBLIC
    return State.TEST if _TEST.match(value) else None


def _holds_private_key(value: str) -> bool:
    from unleak.detect import pem

    return pem.holds_private_key(value)


def _private_key(value: str, today: date) -> State | None:
    """ENCRYPTED for a key that needs a passphrase."""
    from unleak.detect import pem

    return State.ENCRYPTED if pem.is_encrypted(value) else None


def _google_service_account(value: str, today: date) -> State | None:
    """As the private key within."""
    fields = json_object(value) or {}
    key = fields.get("private_key")
    return _private_key(key, today) if isinstance(key, str) else None


def _wallet(value: str, today: date) -> State | None:
    """PUBLIC for the other half, TEST for a test network and for what a documentation prints for everyone."""
    if wallets.public_half(value):
        return State.PUBLIC
    return State.TEST if wallets.of_a_test_network(value) else None


_LATEST = 253_402_300_799  # the last second of the year 9999
_IN_MILLISECONDS = 100_000_000_000


def _jwt(value: str, today: date) -> State | None:
    """EXPIRED by `exp`; PUBLIC for Supabase's anonymous key, TEST for the keys of its local stack.

    Source: RFC 7519; supabase.com/docs/guides/api/api-keys.
    """
    payload = json_object(from_base64(value.partition(".")[2].partition(".")[0])) or {}
    if payload.get("iss") == "supabase-demo":
        return State.TEST
    if payload.get("iss") == "supabase" and payload.get("role") == "anon":
        return State.PUBLIC
    seconds = payload.get("exp")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < _LATEST * 1000:
        return None
    return _expired_at(seconds / 1000 if seconds > _IN_MILLISECONDS else seconds, today)


def _signed_url(value: str, today: date) -> State | None:
    """EXPIRED by the times that the URL itself names: Azure SAS, AWS and Google Cloud, old and new signatures.

    `value` is the URL or its query; `&` may be escaped as in HTML. Sources: the providers' manuals, "Create a
    service SAS", "Authenticating requests: query parameters", "V4 signing process".
    """
    fields = structures.url_fields(value)
    for made, seconds in (("x-amz-date", "x-amz-expires"), ("x-goog-date", "x-goog-expires")):
        if made in fields and seconds in fields:
            return _expired_after(fields[made], fields[seconds], today)
    if "sig" in fields and "se" in fields:
        if fields["se"].isdigit():
            return _expired_seconds(fields["se"], today)
        day = re.match(r"\d{4}-\d\d-\d\d", fields["se"])
        return _expired_on(day[0], today) if day else None
    if "signature" in fields and "expires" in fields and ("awsaccesskeyid" in fields or "googleaccessid" in fields):
        return _expired_seconds(fields["expires"], today)
    return None


def _expired_after(made: str, seconds: str, today: date) -> State | None:
    if not re.fullmatch(r"\d{8}T\d{6}Z", made) or not re.fullmatch(r"\d{1,9}", seconds):
        return None
    try:
        start = datetime.strptime(made, "%Y%m%dT%H%M%SZ")
        return State.EXPIRED if (start + timedelta(seconds=int(seconds))).date() < today else None
    except (ValueError, OverflowError):
        return None


def _expired_seconds(text: str, today: date) -> State | None:
    return _expired_at(int(text), today) if re.fullmatch(r"\d{9,11}", text) else None


def _expired_at(seconds: float, today: date) -> State | None:
    return State.EXPIRED if datetime.fromtimestamp(seconds, timezone.utc).date() < today else None


def _expired_on(day: str, today: date) -> State | None:
    try:
        return State.EXPIRED if date.fromisoformat(day) < today else None
    except ValueError:
        return None


# Accounts of the storage and the database emulator: one key each for everyone, in Microsoft's documentation.
_EMULATORS = ("Eby8vdM02xNOcqFl", "C2y6yDjf5/R+ob0N")
# The seed of the key URI format's own example, and the one of RFC 4226 and 6238.
_SAMPLE_SEEDS = (b"Hello!\xde\xad\xbe\xef", b"12345678901234567890")
# Numbers that the manuals of card processors give for trials.
_TRIAL_CARDS = frozenset(
    """
    4242424242424242 4000056655665556 5555555555554444 2223003122003222 5200828282828210 5105105105105100
    378282246310005 371449635398431 6011111111111117 6011000990139424 3056930009020004 36227206271667
    3566002020360505 6200000000000005 4111111111111111 4012888888881881 30569309025904 38520000023237
    """.split()
)


def _azure(value: str, today: date) -> State | None:
    """TEST for the keys of Azurite and of the Cosmos DB emulator."""
    return State.TEST if value.startswith(_EMULATORS) else None


def _otp(value: str, today: date) -> State | None:
    """TEST for the seeds that the standards print."""
    return State.TEST if structures.otp_seed(value) in _SAMPLE_SEEDS else None


def _card(value: str, today: date) -> State | None:
    """TEST for the numbers that card processors give for trials."""
    return State.TEST if value.replace(" ", "").replace("-", "") in _TRIAL_CARDS else None


STATES: Mapping[str, Callable[[str, date], State | None]] = {
    "age": _wallet,
    "azure-sas": _signed_url,
    "azure-shared-key": _azure,
    "azure-storage": _azure,
    "bech32": _wallet,
    "bip32": _wallet,
    "google-service-account": _google_service_account,
    "jwt": _jwt,
    "luhn": _card,
    "mnemonic": _wallet,
    "nkey": _wallet,
    "nostr": _wallet,
    "otp": _otp,
    "private-key": _private_key,
    "ripple": _wallet,
    "secp256k1": _wallet,
    "signed-url": _signed_url,
    "stellar": _wallet,
    "wif": _wallet,
}
"""What else values say of themselves, by the name of their check."""
