"""Keys that carry check digits of their own: wallets, seeds and node identities.

Every check returns True for a private half whose check digits hold, False where they do not, None where the
value of this form has none. `public_half` and `of_a_test_network` answer from the same decoded bytes.
"""

from __future__ import annotations

import re
from functools import cache

from unleak.detect.encodings import BASE58_RIPPLE, from_base58, from_bech32, from_crc16

_WIF_VERSIONS = {0x80: "bitcoin", 0xB0: "litecoin", 0x9E: "dogecoin", 0xCC: "dash", 0xEF: "test"}
_XPRV = ("0488ade4", "049d7878", "04b2430c", "0295b005", "02aa7a99")
_XPRV_TEST = ("04358394", "044a4e28", "045f18bc", "024285b5", "02575048")
_XPUB = ("0488b21e", "049d7cb2", "04b24746", "043587cf", "044a5262", "045f1cf6")
_STELLAR_SEED, _STELLAR_ACCOUNT = 18 << 3, 6 << 3
_NKEY_SEED = 18 << 3
_NKEY_KINDS = (0, 16, 104, 112, 160, 184)  # account, cluster, server, operator, user, curve
_PUBLIC_PREFIXES = ("age", "age1pq", "npub", "note", "bc", "tb", "ltc", "addr", "stake", "cosmos")
_SECP256K1_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


def nkey(value: str) -> bool | None:
    """A seed of NATS: kind and 32 bytes in base 32, with a CRC-16 behind them.

    Source: github.com/nats-io/nkeys.
    """
    data = from_crc16(value) if value.startswith("S") else None
    if data is None or len(data) != 34:
        return False
    return data[0] & 0xF8 == _NKEY_SEED and (data[0] & 7) << 5 | data[1] >> 3 in _NKEY_KINDS


def stellar(value: str) -> bool | None:
    """A secret seed of Stellar: version byte and 32 bytes in base 32, with a CRC-16 behind them.

    Source: Stellar's SEP 23.
    """
    data = from_crc16(value)
    return data is not None and len(data) == 33 and data[0] == _STELLAR_SEED


def age(value: str) -> bool | None:
    """Bech32 of 32 bytes with the human-readable part `age-secret-key-` or `age-secret-key-pq-`.

    Source: c2sp.org/age.
    """
    decoded = from_bech32(value)
    return decoded is not None and decoded[0] in ("age-secret-key-", "age-secret-key-pq-") and _holds_key(decoded[1])


def nostr(value: str) -> bool | None:
    """A private key of Nostr: bech32 of 32 bytes after `nsec`. Source: NIP 19."""
    decoded = from_bech32(value)
    return decoded is not None and decoded[0] == "nsec" and _holds_key(decoded[1])


def bech32(value: str) -> bool | None:
    """Bech32 or bech32m, whatever its human-readable part, if that is not one of public halves."""
    decoded = from_bech32(value)
    return decoded is not None and decoded[0] not in _PUBLIC_PREFIXES


def _holds_key(digits: list[int]) -> bool:
    """Whether digits of five bits hold 32 bytes, and nothing in the four bits that are left."""
    return len(digits) == 52 and not digits[-1] & 0b1111


def wif(value: str) -> bool | None:
    """A private key in the wallet import format of Bitcoin, its test network, Litecoin, Dogecoin or Dash.

    Source: Bitcoin's "Wallet import format".
    """
    return _wif_network(value) != ""


def _wif_network(value: str) -> str:
    data = from_base58(value) or b""
    if len(data) == 33 or (len(data) == 34 and data[33] == 1):
        return _WIF_VERSIONS.get(data[0], "")
    return ""


def extended_key(value: str) -> bool | None:
    """An extended private key (xprv, yprv, zprv, tprv, …): 78 bytes in base58check. Source: BIP 32, SLIP 132."""
    data = from_base58(value) or b""
    return len(data) == 78 and data[:4].hex() in (*_XPRV, *_XPRV_TEST) and data[45] == 0


def ripple(value: str) -> bool | None:
    """A seed of the XRP Ledger: base58check in its own alphabet, 16 bytes after 0x21 or after 0x01E14B.

    Source: xrpl.org, "Base58 encodings".
    """
    data = from_base58(value, BASE58_RIPPLE) or b""
    return (len(data) == 17 and data[0] == 0x21) or (len(data) == 19 and data[:3] == b"\x01\xe1\x4b")


def secp256k1(value: str) -> bool | None:
    """A private key of Ethereum or Bitcoin in hexadecimal: within the group's order, and no small or regular number.

    Source: SEC 2. Nearly all made-up keys pass, so passing proves nothing.
    """
    digits = value.removeprefix("0x")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", digits):
        return False
    number = int(digits, 16)
    regular = digits in (digits[:period] * (64 // period) for period in (1, 2, 4, 8, 16, 32))
    return False if regular or not 1 << 128 <= number < _SECP256K1_ORDER else None


_COUNTS = (12, 15, 18, 21, 24)


def mnemonic(value: str) -> bool | None:
    """A BIP 39 phrase of 12 to 24 English words whose checksum (4 to 8 bits) holds; None without its word list.

    The word list comes from the package `mnemonic`. Words in the order of the alphabet are a piece of the list.
    """
    words = _words(value)
    if words is None:
        return False
    numbers = _word_numbers()
    if not numbers:
        return None
    entropy = _phrase_entropy(words)
    return entropy is not None and [numbers[word] for word in words] != sorted({numbers[word] for word in words})


def _words(value: str) -> list[str] | None:
    if len(value) > 400:
        return None
    words = re.findall(r"[a-z]+", value.lower())
    return words if len(words) in _COUNTS and re.fullmatch(r"[A-Za-z\s,\"'\[\]]+", value) else None


@cache
def _word_numbers() -> dict[str, int]:
    try:
        from mnemonic import Mnemonic
    except ImportError:
        return {}
    return {word: number for number, word in enumerate(Mnemonic("english").wordlist)}


def _phrase_entropy(words: list[str]) -> bytes | None:
    """The bytes behind a phrase; None where a word is not in the list or the checksum is wrong."""
    import hashlib

    numbers = _word_numbers()
    if not all([word in numbers for word in words]):
        return None
    bits = 0
    for word in words:
        bits = bits << 11 | numbers[word]
    check = len(words) // 3
    entropy = (bits >> check).to_bytes(len(words) * 4 // 3, "big")
    return entropy if hashlib.sha256(entropy).digest()[0] >> 8 - check == bits & (1 << check) - 1 else None


# The accounts that Hardhat, Anvil, Ganache and Truffle make for everyone, out of the phrases that their
# documentation prints: the start of the SHA-256 of each key in small hexadecimal digits.
_DEVELOPMENT_KEYS = frozenset(
    """
    bc1a50966c9e6486 8335c55334821eef b26ab6529d20ebeb 64034b44c579b335 4d3e46eec8244d1d 0aedba9d586f34f9
    28e543d3753fc9d1 f070994a85994785 38e69fdd19aefeb4 967f21586cdf1248 0b33e0132123e78d 84bc109b3d59b017
    85bde548053aab4b f1513114f60e5e95 5330d388af894c9e a2e06155cb1a424f 4a67d7a0d8a16d6d b08bdfde9930d920
    cf1fc66f853151a4 100546a8b020a55a 578592185588730b 30e55f5463e22af0 70b801afae94d2e6 0bc9fde2b028e3b0
    f51c2c795f782308 6dea34b661141091 faeb1dab5a326eef 196fbadca8b7eea6 ecd5e9d0b08a8a9f 3fd5610ee03a3503
    f24167accb5d690f 07f935b61d37e0e5 e4f1734df0250d54 7d1b5fc238610328 33f532fd39fa0d77 728383dec6323112
    664b73b16aa57748 e4639de7f01667f6 98a38f6dad3f47af c15f3d9dfdc98389
    """.split()
)


def public_half(value: str) -> bool:
    """Whether the check digits hold and the value is the half that people hand out: an address, an xpub, a recipient.

    Meant for values that a check of this file was asked about; an account id of 20 bytes has no proof here.
    """
    decoded = from_bech32(value)
    if decoded is not None:
        return decoded[0] in _PUBLIC_PREFIXES
    if re.fullmatch(r"[A-Z2-7]{56}", value):
        data = from_crc16(value) or b""
        return len(data) == 33 and (data[0] == _STELLAR_ACCOUNT or (data[0] in _NKEY_KINDS and value[0] in "ACNOUX"))
    data = from_base58(value) or b""
    return (len(data) == 78 and data[:4].hex() in _XPUB) or bool(
        value.startswith("r") and len(from_base58(value, BASE58_RIPPLE) or b"") == 21
    )


def of_a_test_network(value: str) -> bool:
    """Whether the key says itself that it is for a test network, or is one that a documentation gives to everyone."""
    if _wif_network(value) == "test" or (from_base58(value) or b"")[:4].hex() in _XPRV_TEST:
        return True
    words = _words(value)
    if words is not None:
        entropy = _phrase_entropy(words)
        return entropy is not None and (len(set(entropy)) == 1 or len(set(words)) <= 2)
    return _is_development_key(value)


def _is_development_key(value: str) -> bool:
    digits = value.removeprefix("0x").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        return False
    import hashlib

    return hashlib.sha256(digits.encode()).hexdigest()[:16] in _DEVELOPMENT_KEYS
