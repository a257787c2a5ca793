"""Keys with check digits: written by small encoders here, or published vectors of the standards."""

from __future__ import annotations

import base64
import hashlib
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.detect import wallets
from unleak.detect.checksums import State, check, state

TODAY = date(2026, 6, 1)
KEY = bytes(range(7, 39))
BITCOIN = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def base58check(payload: bytes, alphabet: str = BITCOIN) -> str:
    data = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, text = int.from_bytes(data, "big"), ""
    while number:
        text = alphabet[number % 58] + text
        number //= 58
    return alphabet[0] * (len(data) - len(data.lstrip(b"\0"))) + text


def polymod(numbers: list[int]) -> int:
    """The reference algorithm of BIP 173, in the terms of the BIP."""
    chk = 1
    for v in numbers:
        b = chk >> 25
        chk = (chk & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
            chk ^= g if b >> i & 1 else 0
    return chk


def bech32(prefix: str, data: bytes) -> str:
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    digits = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    head = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    rest = polymod([*head, *digits, 0, 0, 0, 0, 0, 0]) ^ 1
    return prefix + "1" + "".join(BECH32[d] for d in [*digits, *[rest >> 5 * (5 - i) & 31 for i in range(6)]])


def crc16(data: bytes) -> bytes:
    remainder = 0
    for byte in data:
        remainder ^= byte << 8
        for _ in range(8):
            remainder = (remainder << 1 ^ (0x1021 if remainder & 0x8000 else 0)) & 0xFFFF
    return bytes([remainder & 255, remainder >> 8])


def base32(data: bytes) -> str:
    return base64.b32encode(data + crc16(data)).decode().rstrip("=")


def with_another(value: str, at: int, letters: str) -> str:
    """`value` with another letter of the alphabet at `at`."""
    return value[:at] + next(letter for letter in letters if letter != value[at]) + value[at + 1 :]


class TestNkey:
    @staticmethod
    def seed(kind: int) -> str:
        return base32(bytes([18 << 3 | kind >> 5, (kind & 31) << 3]) + KEY)

    @pytest.mark.parametrize(("letter", "kind"), [("U", 160), ("A", 0), ("O", 112), ("N", 104), ("C", 16), ("X", 184)])
    def test_a_seed_of_every_kind(self, letter: str, kind: int) -> None:
        seed = self.seed(kind)
        assert seed.startswith("S" + letter)
        assert len(seed) == 58
        assert check("nkey", seed) is True

    def test_one_changed_character_is_wrong(self) -> None:
        assert check("nkey", with_another(self.seed(160), 20, "AB")) is False

    @pytest.mark.parametrize("value", ["SU" + "1" * 56, "SUAA", "UA" + "A" * 56])
    def test_what_is_no_seed_is_wrong(self, value: str) -> None:
        assert check("nkey", value) is False

    def test_the_other_half_is_public(self) -> None:
        public = base32(bytes([160]) + KEY)
        assert public.startswith("U")
        assert check("nkey", public) is False
        assert state("nkey", public, TODAY) is State.PUBLIC


class TestStellar:
    def test_a_seed(self) -> None:
        seed = base32(bytes([18 << 3]) + KEY)
        assert seed.startswith("S")
        assert len(seed) == 56
        assert check("stellar", seed) is True
        assert check("stellar", with_another(seed, 30, "AB")) is False

    def test_an_account_is_public(self) -> None:
        account = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"  # SEP 23
        assert check("stellar", account) is False
        assert state("stellar", account, TODAY) is State.PUBLIC


class TestBech32:
    # BIP 173 and BIP 350: valid and invalid
    @pytest.mark.parametrize(
        "text",
        [
            "A12UEL5L",
            "a12uel5l",
            "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
            "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
            "?1ezyfcl",
            "A1LQFN3A",
            "a1lqfn3a",
            "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
            "?1v759aa",
        ],
    )
    def test_vectors_that_hold(self, text: str) -> None:
        assert check("bech32", text) is True

    @pytest.mark.parametrize(
        "text", ["A1G7SGD8", "li1dgmt3", "10a06t8", "1qzzfhee", "x1b4n0q5v", "A12uEL5L", "pzry9x0s0muk"]
    )
    def test_vectors_that_do_not(self, text: str) -> None:
        assert check("bech32", text) is False

    @given(st.binary(min_size=1, max_size=64), st.integers(0, 30), st.sampled_from(BECH32))
    def test_one_changed_character_is_always_seen(self, data: bytes, at: int, letter: str) -> None:
        text = bech32("key", data)
        at = 4 + at % (len(text) - 4)
        assert check("bech32", text[:at] + letter + text[at + 1 :]) is (letter == text[at])


class TestAge:
    # c2sp.org/age: the identity whose 32 bytes are all 0x42
    vector = "AGE-SECRET-KEY-1" + "GFPYYSJZ" * 6 + "GFPQ" + "4EGAEX"

    def test_the_vector_of_the_specification(self) -> None:
        assert check("age", self.vector) is True

    def test_a_post_quantum_key(self) -> None:
        assert check("age", bech32("age-secret-key-pq-", KEY).upper()) is True

    @pytest.mark.parametrize("at", [16, 40, 73])
    def test_one_changed_character_is_wrong(self, at: int) -> None:
        assert check("age", with_another(self.vector, at, "QP")) is False

    @pytest.mark.parametrize("value", ["AGE-SECRET-KEY-1B", "age1qqqqqq", ""])
    def test_what_is_no_key_is_wrong(self, value: str) -> None:
        assert check("age", value) is False

    def test_a_key_has_32_bytes(self) -> None:
        assert check("age", bech32("age-secret-key-", KEY[:31]).upper()) is False

    @pytest.mark.parametrize("prefix", ["age", "age1pq"])
    def test_a_recipient_is_public(self, prefix: str) -> None:
        assert state("age", bech32(prefix, KEY), TODAY) is State.PUBLIC


class TestNostr:
    def test_the_vectors_of_nip_19(self) -> None:
        private = "ns" + "ec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"
        public = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"
        assert check("nostr", private) is True
        assert check("nostr", public) is False
        assert state("nostr", public, TODAY) is State.PUBLIC
        assert state("nostr", private, TODAY) is None


class TestWif:
    @pytest.mark.parametrize(
        "value",
        [  # Bitcoin's wiki, "Wallet import format"
            "5HueCGU8rMjx" + "EXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
            "KwdMAjGmerYa" + "njeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617",
        ],
        ids=["uncompressed", "compressed"],
    )
    def test_vectors(self, value: str) -> None:
        assert check("wif", value) is True
        assert state("wif", value, TODAY) is None

    @pytest.mark.parametrize("version", [0x80, 0xB0, 0x9E, 0xCC, 0xEF])
    def test_one_changed_character_is_wrong(self, version: int) -> None:
        value = base58check(bytes([version]) + KEY + b"\1")
        assert check("wif", value) is True
        assert check("wif", with_another(value, 20, BITCOIN)) is False

    @pytest.mark.parametrize("payload", [b"\x00" + KEY, b"\x80" + KEY[:31], b"\x80" + KEY + b"\2"])
    def test_another_version_or_size_is_wrong(self, payload: bytes) -> None:
        assert check("wif", base58check(payload)) is False

    def test_the_test_network_says_so(self) -> None:
        assert state("wif", base58check(b"\xef" + KEY + b"\1"), TODAY) is State.TEST


class TestExtendedKey:
    # BIP 32, test vector 1, chain m
    private = (
        "xp" + "rv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3j"
        "PPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"
    )
    public = (
        "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFj"
        "qJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8"
    )

    def test_the_private_half(self) -> None:
        assert check("bip32", self.private) is True
        assert check("bip32", with_another(self.private, 50, BITCOIN)) is False
        assert state("bip32", self.private, TODAY) is None

    def test_the_public_half(self) -> None:
        assert check("bip32", self.public) is False
        assert state("bip32", self.public, TODAY) is State.PUBLIC

    @pytest.mark.parametrize(("version", "found"), [("04b2430c", None), ("04358394", State.TEST)])
    def test_other_versions(self, version: str, found: State | None) -> None:
        value = base58check(bytes.fromhex(version) + bytes(9) + KEY + b"\0" + KEY)
        assert check("bip32", value) is True
        assert state("bip32", value, TODAY) is found


class TestRipple:
    @pytest.mark.parametrize("start", [b"\x21", b"\x01\xe1\x4b"], ids=["secp256k1", "ed25519"])
    def test_a_seed(self, start: bytes) -> None:
        seed = base58check(start + KEY[:16], RIPPLE)
        assert seed.startswith("s")
        assert check("ripple", seed) is True
        assert check("ripple", with_another(seed, 12, RIPPLE)) is False

    def test_an_address_is_public(self) -> None:
        assert state("ripple", base58check(b"\0" + KEY[:20], RIPPLE), TODAY) is State.PUBLIC


class TestSecp256k1:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

    def test_a_number_in_range_proves_nothing(self) -> None:
        assert check("secp256k1", "0x" + KEY.hex()) is None
        assert check("secp256k1", KEY.hex()) is None

    @pytest.mark.parametrize(
        "value",
        [
            f"{order:064x}",
            f"{1:064x}",
            f"{2**128 - 1:064x}",
            "0x" + "ab" * 32,
            "0123456789abcdef" * 4,
            "ab" * 31,
            "zz" * 32,
        ],
        ids=["order", "one", "small", "pair", "counting", "short", "letters"],
    )
    def test_what_no_one_draws_is_wrong(self, value: str) -> None:
        assert check("secp256k1", value) is False

    def test_the_first_account_of_every_hardhat_network_is_a_test(self) -> None:
        # hardhat.org, "Hardhat Network": account 0
        value = "ac0974bec39a17e36ba4a6b4d238ff94" + "4bacb478cbed5efcae784d7bf4f2ff80"
        assert state("secp256k1", "0x" + value, TODAY) is State.TEST
        assert state("secp256k1", value.upper(), TODAY) is State.TEST
        assert state("secp256k1", KEY.hex(), TODAY) is None


class TestMnemonic:
    # BIP 39's vectors, by their entropy
    vectors = (
        "legal winner thank year wave sausage worth useful legal winner thank yellow",  # 7f…
        "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",  # 80…
        "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong",  # ff…
        "abandon " * 23 + "art",  # 00…
        "scheme spot photo card baby mountain device kick cradle pact join borrow",  # c0ba5a8e…
    )

    @pytest.mark.parametrize("phrase", vectors, ids=["7f", "80", "ff", "00", "c0ba"])
    def test_the_vectors_of_the_standard(self, phrase: str) -> None:
        assert check("mnemonic", phrase) is True

    @pytest.mark.parametrize("size", [16, 20, 24, 28, 32])
    def test_every_length(self, size: int) -> None:
        wordlist = list(wallets._word_numbers())
        entropy = hashlib.sha256(bytes([size])).digest()[:size]
        bits = f"{int.from_bytes(entropy, 'big'):0{size * 8}b}"
        bits += f"{hashlib.sha256(entropy).digest()[0]:08b}"[: size // 4]
        words = [wordlist[int(bits[at : at + 11], 2)] for at in range(0, len(bits), 11)]
        assert check("mnemonic", " ".join(words)) is True
        assert check("mnemonic", '["' + '", "'.join(words) + '"]') is True
        assert check("mnemonic", " ".join(words[1:] + words[:1])) is False

    @pytest.mark.parametrize("phrase", ["", "zoo " * 12, "zoo " * 11, "one two three " * 4, "word " * 500])
    def test_what_is_no_phrase_is_wrong(self, phrase: str) -> None:
        assert check("mnemonic", phrase) is False

    def test_a_piece_of_the_word_list_is_no_phrase(self) -> None:
        words = list(wallets._word_numbers())
        assert not any(check("mnemonic", " ".join(words[at : at + 12])) for at in range(100))

    def test_entropy_of_one_byte_is_a_test(self) -> None:
        assert state("mnemonic", self.vectors[0], TODAY) is State.TEST
        assert state("mnemonic", self.vectors[-1], TODAY) is None

    def test_without_the_word_list_nothing_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "mnemonic", None)
        wallets._word_numbers.cache_clear()
        try:
            assert check("mnemonic", self.vectors[0]) is None
            assert state("mnemonic", self.vectors[0], TODAY) is None
        finally:
            wallets._word_numbers.cache_clear()
