"""Every value here is put together by other code than the code under test, or is a published vector."""

from __future__ import annotations

import base64
import hashlib
import re
import string
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.detect.catalog import Rule, bundled_rules, parse_rules, rule_files
from unleak.detect.checksums import CHECKS, MOST, PROOFS, State, check, state

LETTERS = "k7Qp2ZsX9bVw4TmRc8LyHd3NfGj6Ea"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
BASE36 = string.digits + string.ascii_lowercase
TODAY = date(2026, 6, 1)
RULES = [
    rule
    for file in rule_files([bundled_rules()])
    for rule in parse_rules(file, file.read_bytes())[0]
    if rule.checksum and not rule.context
]
HOSTILE = [
    "",
    "\0",
    ".",
    "=" * 8,
    "ä" * 40,
    "A" * 1_000_000,
    "1" * MOST,
    "eyJ" * (MOST // 3),
    "eyJ." * (MOST // 4),
    '{"a":' * (MOST // 5),
    "[" * MOST,
    "pypi-Ag" + "_" * (MOST - 7),
    "pypi-Av" + "_" * (MOST - 7),
    "xoxb" + "-1" * (MOST // 2 - 2),
    "otpauth://totp/x?secret=" + "A" * (MOST - 24),
    "https://shop.example/?" + "sig=&" * (MOST // 5 - 5),
    "$argon2id$m=1,t=1,p=1$" + "A" * (MOST - 22),
    "pbkdf2_sha256$1$" + "A" * (MOST - 16),
    "abandon " * (MOST // 8),
    "-----BEGIN RSA PRIVATE KEY-----" * (MOST // 31),
    "-----BEGIN RSA PRIVATE KEY-----" + '\\n"' * (MOST // 3 - 30) + "-----END RSA PRIVATE KEY-----",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----" + "A" * (MOST - 90) + "-----END PGP PRIVATE KEY BLOCK-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----b3BlbnNzaC1rZXktdjEA/////-----END OPENSSH PRIVATE KEY-----",
    "PuTTY-User-Key-File-3: " + "a: \n" * (MOST // 4 - 8),
    "LS0t" + "\x7f" * 100,
]


def crc(data: bytes, width: int, polynomial: int, start: int, *, reflected: bool) -> int:
    """A cyclic redundancy check, bit by bit, as textbooks have it."""
    mask, top, remainder = (1 << width) - 1, 1 << width - 1, start
    for byte in data:
        bits = [byte >> k & 1 for k in range(8)]
        for bit in bits if reflected else reversed(bits):
            out = bool(remainder & top) != bool(bit)
            remainder = (remainder << 1 & mask) ^ (polynomial if out else 0)
    return remainder


def crc32(text: str) -> int:
    remainder = crc(text.encode(), 32, 0x04C11DB7, 0xFFFFFFFF, reflected=True)
    return int(f"{remainder:032b}"[::-1], 2) ^ 0xFFFFFFFF


def in_base(number: int, digits: str, width: int) -> str:
    return "".join(digits[number // len(digits) ** k % len(digits)] for k in reversed(range(width)))


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def changed(value: str, at: int) -> str:
    """`value` with another letter at `at`."""
    return value[:at] + ("a" if value[at] != "a" else "b") + value[at + 1 :]


class TestCheck:
    def test_an_unknown_name_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            check("no-such-check", "value")

    def test_text_that_is_not_ascii_proves_nothing(self) -> None:
        assert check("github", "ghp_" + "ä" * 36) is None

    def test_what_is_too_long_is_not_read(self) -> None:
        assert check("telegram", "x" * MOST) is False
        assert check("telegram", "x" * (MOST + 1)) is None

    @given(st.sampled_from(sorted(CHECKS)), st.text(max_size=120))
    def test_never_raises(self, name: str, value: str) -> None:
        assert check(name, value) in (True, False, None)

    @given(
        st.sampled_from(sorted(CHECKS)),
        st.text(string.ascii_letters + string.digits + "-_.=+/", max_size=120),
    )
    def test_never_raises_on_what_tokens_are_made_of(self, name: str, value: str) -> None:
        assert check(name, value) in (True, False, None)

    @pytest.mark.parametrize("name", sorted(CHECKS))
    def test_never_raises_on_hostile_values(self, name: str) -> None:
        assert {check(name, value) for value in HOSTILE} <= {True, False, None}

    @pytest.mark.parametrize("name", sorted(PROOFS))
    @given(value=st.text(string.ascii_letters + string.digits + "-_=", min_size=20, max_size=120))
    def test_chance_passes_no_proof(self, name: str, value: str) -> None:
        assert check(name, value) is not True

    def test_every_check_is_documented(self) -> None:
        table = (Path(__file__).parents[2] / "docs" / "proofs.md").read_text(encoding="utf-8")
        assert set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)) == set(CHECKS)

    def test_the_documentation_says_which_are_proofs(self) -> None:
        table = (Path(__file__).parents[2] / "docs" / "proofs.md").read_text(encoding="utf-8")
        assert set(re.findall(r"^\| `([\w-]+)` \| proof \|", table, re.MULTILINE)) == PROOFS


class TestState:
    def test_an_unknown_name_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            state("no-such-check", "value", TODAY)

    def test_a_rule_without_a_check_has_no_name(self) -> None:
        assert state("", "sk_" + "test_" + LETTERS, TODAY) is State.TEST

    @given(st.sampled_from(["", *sorted(CHECKS)]), st.text(max_size=120))
    def test_never_raises(self, name: str, value: str) -> None:
        found = state(name, value, TODAY)
        assert found is None or found in State

    @pytest.mark.parametrize("name", ["", *sorted(CHECKS)])
    def test_never_raises_on_hostile_values(self, name: str) -> None:
        assert {state(name, value, TODAY) for value in HOSTILE} <= {None, *State}


class TestCrc32InBase62:
    @pytest.mark.parametrize(
        ("name", "prefix", "length"),
        [
            ("github", "ghp_", 30),
            ("github", "gho_", 30),
            ("github", "ghu_", 30),
            ("github", "ghs_", 30),
            ("github", "ghr_", 70),
            ("npm", "npm_", 30),
            ("vercel", "vcp_", 50),
            ("vercel", "vck_", 50),
        ],
    )
    def test_the_last_six_characters_must_fit(self, name: str, prefix: str, length: int) -> None:
        body = (LETTERS * 3)[:length]
        token = prefix + body + in_base(crc32(body), BASE62, 6)
        assert check(name, token) is True
        assert check(name, changed(token, len(prefix) + 4)) is False

    def test_small_sums_are_padded_with_zeros(self) -> None:
        body = next(b for n in range(5000) if crc32(b := f"{n:030d}") < 62**5)
        assert check("github", "ghp_" + body + in_base(crc32(body), BASE62, 6)) is True

    def test_the_body_of_a_vercel_token_may_hold_an_underscore(self) -> None:
        body = (LETTERS[:20] + "_-" + LETTERS)[:50]
        assert check("vercel", "vca_" + body + in_base(crc32(body), BASE62, 6)) is True

    @pytest.mark.parametrize(
        ("name", "prefix", "length"), [("github", "ghs_12_a.b.", 1), ("github", "ghp_", 30), ("npm", "npm_", 20)]
    )
    def test_forms_without_a_sum_prove_nothing(self, name: str, prefix: str, length: int) -> None:
        assert check(name, prefix + LETTERS[:length]) is None


class TestGithubFineGrained:
    @staticmethod
    def token() -> str:
        head = "github_" + "pat_" + LETTERS[:22] + "_" + (LETTERS * 2)[:43]
        return head + base64.b32encode(hashlib.sha256(head.encode()).digest()).decode()[:8] + LETTERS[:8]

    def test_eight_characters_are_the_digest_of_those_before(self) -> None:
        assert len(self.token()) == 93
        assert check("github", self.token()) is True

    def test_one_that_does_not_fit_proves_nothing(self) -> None:
        assert check("github", changed(self.token(), 40)) is None


class TestGitlab:
    @pytest.mark.parametrize("version", ["", ".01"])
    def test_routable_tokens_end_in_a_sum(self, version: str) -> None:
        payload = base64url(b"o:1\nu:2s" + LETTERS[:16].encode() + b"\x10")
        text = f"glpat-{payload}{version}." + in_base(len(payload), BASE36, 2)
        token = text + in_base(crc32(text), BASE36, 7)
        assert check("gitlab", token) is True
        assert check("gitlab", changed(token, 9)) is False

    def test_short_tokens_prove_nothing(self) -> None:
        assert check("gitlab", "glpat-" + LETTERS[:20]) is None


class TestAtlassian:
    @pytest.mark.parametrize("start", ["ATBB", "ATATT3xFfGF0", "ATTA"])
    def test_the_last_eight_digits_must_fit(self, start: str) -> None:
        text = start + LETTERS * 5 + "="
        token = f"{text}{crc32(text):08X}"
        assert check("atlassian", token) is True
        assert check("atlassian", changed(token, 14)) is False

    def test_a_value_without_a_sum_proves_nothing(self) -> None:
        assert check("atlassian", "ATBB" + LETTERS[:10]) is None


class TestCloudflare:
    @pytest.mark.parametrize("prefix", ["cfut_", "cfat_", "cfk_"])
    def test_a_sum_that_fits_is_a_proof_and_one_that_does_not_is_none(self, prefix: str) -> None:
        body = (LETTERS * 2)[:40]
        token = f"{prefix}{body}{crc32(body):08x}"
        assert check("cloudflare", token) is True
        assert check("cloudflare", changed(token, 8)) is None


class TestConfluent:
    @staticmethod
    def secret() -> str:
        body = (LETTERS * 2)[:52] + "+/"
        number = crc32(body)
        return "cf" + "lt" + body + base64.b64encode(bytes(number >> 8 * k & 255 for k in range(4))).decode()[:6]

    def test_the_sum_has_its_least_byte_first(self) -> None:
        assert check("confluent", self.secret()) is True
        assert check("confluent", changed(self.secret(), 9)) is False

    def test_older_secrets_prove_nothing(self) -> None:
        assert check("confluent", (LETTERS * 3)[:64]) is None


class TestGrafana:
    def test_the_sum_has_its_least_byte_first(self) -> None:
        text = "glsa_" + (LETTERS * 2)[:32]
        token = text + "_" + bytes.fromhex(f"{crc32(text):08x}")[::-1].hex()
        assert check("grafana", token) is True
        assert check("grafana", changed(token, 8)) is False


class TestZuplo:
    def test_the_sum_is_of_the_random_part(self) -> None:
        body = "0f1e2d3c" * 4
        token = f"zp{'ka'}_{body}_{crc32(body):08x}"
        assert check("zuplo", token) is True
        assert check("zuplo", token[:6] + "a" + token[7:]) is False

    def test_another_length_proves_nothing(self) -> None:
        assert check("zuplo", "zp" + "ka_" + "0f1e2d3c") is None


class TestPypi:
    @staticmethod
    def token(*caveats: bytes, host: bytes = b"pypi.org", signature: bytes = bytes(range(32)), end: bytes = b"") -> str:
        def packet(kind: int, data: bytes) -> bytes:
            size = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
            return bytes([kind]) + size + data

        head = packet(1, host) + packet(2, b"3f0c0000-0000-4000-8000-0000000000aa") + b"\0"
        middle = b"".join(packet(2, caveat) + b"\0" for caveat in caveats)
        return "pypi-" + base64url(b"\2" + head + middle + b"\0" + packet(6, signature) + end)

    @pytest.mark.parametrize(("host", "valid"), [(b"pypi.org", True), (b"test.pypi.org", True), (b"evil.org", False)])
    def test_the_macaroon_names_the_index(self, host: bytes, *, valid: bool) -> None:
        assert check("pypi", self.token(host=host)) is valid

    def test_caveats_may_be_long(self) -> None:
        assert check("pypi", self.token(b'{"version": 1}', b"[" + b"1, " * 60 + b"1]")) is True

    @pytest.mark.parametrize("cut", [1, 10, 40, 60])
    def test_what_is_cut_short_is_wrong(self, cut: int) -> None:
        assert check("pypi", self.token()[:-cut]) is False

    def test_a_signature_has_32_bytes(self) -> None:
        assert check("pypi", self.token(signature=bytes(31))) is False

    def test_nothing_follows_the_signature(self) -> None:
        assert check("pypi", self.token(end=b"\0")) is False

    def test_what_does_not_decode_is_wrong(self) -> None:
        assert check("pypi", "pypi-AgEIcHlwaS5vcmcCJ!") is False


class TestLuhn:
    @staticmethod
    def number(digits: str) -> str:
        total = sum(
            int(digit) if at % 2 else sum(map(int, str(2 * int(digit)))) for at, digit in enumerate(reversed(digits))
        )
        return digits + str(-total % 10)

    @given(st.from_regex(r"[2-6][0-9]{11,17}", fullmatch=True).filter(lambda digits: len(set(digits)) > 3))
    def test_one_last_digit_in_ten_fits(self, digits: str) -> None:
        right = self.number(digits)
        assert [last for last in string.digits if check("luhn", digits + last)] == [right[-1]]

    @pytest.mark.parametrize("by", ["-", " "])
    def test_digits_stand_in_groups(self, by: str) -> None:
        number = self.number("512345678901234")
        assert check("luhn", by.join(number[at : at + 4] for at in range(0, 16, 4))) is True

    @pytest.mark.parametrize("value", ["", "4" * 16, "0" * 16, "42424242", "4242x424242424242"])
    def test_what_is_no_card_number_is_wrong(self, value: str) -> None:
        assert check("luhn", value) is False

    def test_numbers_for_trials_say_so(self) -> None:
        assert state("luhn", "42" * 8, TODAY) is State.TEST
        assert state("luhn", self.number("512345678901234"), TODAY) is None


class TestBundledRules:
    @pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
    def test_the_examples_of_a_rule_pass_its_check(self, rule: Rule) -> None:
        secrets = [text[start:end] for text in rule.examples for start, end in rule.secrets(text)]
        assert [number for number, value in enumerate(secrets) if check(rule.checksum, value) is False] == []
        assert len(secrets) == len(rule.examples)
