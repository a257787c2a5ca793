"""Every value here is put together by other code than the code under test, or is a published vector."""

from __future__ import annotations

import base64
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.detect.catalog import Rule, bundled_rules, parse_rules, rule_files
from unleak.detect.checksums import CHECKS, check

LETTERS = "k7Qp2ZsX9bVw4TmRc8LyHd3NfGj6Ea"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
BASE36 = string.digits + string.ascii_lowercase
RULES = [
    rule for file in rule_files([bundled_rules()]) for rule in parse_rules(file, file.read_bytes())[0] if rule.checksum
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


def base64url(data: bytes | dict[str, object]) -> str:
    if isinstance(data, dict):
        data = json.dumps(data).encode()
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

    @given(st.sampled_from(sorted(CHECKS)), st.text(max_size=120))
    def test_never_raises(self, name: str, value: str) -> None:
        assert check(name, value) in (True, False, None)

    @given(
        st.sampled_from(sorted(CHECKS)),
        st.text(string.ascii_letters + string.digits + "-_.=+/", max_size=120),
    )
    def test_never_raises_on_what_tokens_are_made_of(self, name: str, value: str) -> None:
        assert check(name, value) in (True, False, None)


class TestCrc32InBase62:
    @pytest.mark.parametrize(
        ("name", "prefix", "length"),
        [
            ("github", "ghp_", 30),
            ("github", "gho_", 30),
            ("github", "ghr_", 70),
            ("npm", "npm_", 30),
            ("vercel", "vcp_", 50),
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

    @pytest.mark.parametrize(
        "token", ["github_pat_" + LETTERS[:22] + "_" + LETTERS * 2, "ghs_12_a.b.c", "ghp_" + LETTERS]
    )
    def test_forms_without_a_sum_prove_nothing(self, token: str) -> None:
        assert check("github", token) is None


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
    @pytest.mark.parametrize("text", ["ATBB" + LETTERS[:24], "ATATT3xFfGF0" + LETTERS * 5 + "="])
    def test_the_last_eight_digits_must_fit(self, text: str) -> None:
        token = f"{text}{crc32(text):08X}"
        assert check("atlassian", token) is True
        assert check("atlassian", changed(token, 14)) is False

    def test_a_value_without_a_sum_proves_nothing(self) -> None:
        assert check("atlassian", "ATBB" + LETTERS[:10]) is None


class TestCloudflare:
    def test_a_sum_that_fits_is_a_proof_and_one_that_does_not_is_none(self) -> None:
        body = (LETTERS * 2)[:40]
        token = f"cfut_{body}{crc32(body):08x}"
        assert check("cloudflare", token) is True
        assert check("cloudflare", changed(token, 8)) is None


class TestGrafana:
    def test_the_sum_has_its_least_byte_first(self) -> None:
        text = "glsa_" + (LETTERS * 2)[:32]
        token = text + "_" + bytes.fromhex(f"{crc32(text):08x}")[::-1].hex()
        assert check("grafana", token) is True
        assert check("grafana", changed(token, 8)) is False


class TestPypi:
    @pytest.mark.parametrize(("host", "valid"), [("pypi.org", True), ("test.pypi.org", True), ("evil.org", False)])
    def test_the_macaroon_names_the_index(self, host: str, *, valid: bool) -> None:
        data = bytes([2, 1, len(host)]) + host.encode() + bytes([2, 36]) + LETTERS.encode() * 3
        assert check("pypi", "pypi-" + base64url(data)) is valid

    def test_what_does_not_decode_is_wrong(self) -> None:
        assert check("pypi", "pypi-AgEIcHlwaS5vcmcCJ!") is False


class TestJwt:
    header = base64url({"alg": "HS256", "typ": "JWT"})
    payload = base64url({"sub": "shop"})

    def test_header_and_payload_are_json(self) -> None:
        assert check("jwt", f"{self.header}.{self.payload}.{LETTERS}") is True

    def test_an_encrypted_one_has_five_parts(self) -> None:
        header = base64url({"alg": "RSA-OAEP", "enc": "A256GCM"})
        assert check("jwt", f"{header}.a.b.c.d") is True
        assert check("jwt", f"{header}.a.b") is False

    @pytest.mark.parametrize("header", [{"typ": "JWT"}, {}])
    def test_a_header_without_an_algorithm_is_wrong(self, header: dict[str, object]) -> None:
        assert check("jwt", f"{base64url(header)}.{self.payload}.{LETTERS}") is False

    @pytest.mark.parametrize("payload", [base64url(b"[1]"), base64url(b"text"), "e", ""])
    def test_a_payload_that_is_no_object_is_wrong(self, payload: str) -> None:
        assert check("jwt", f"{self.header}.{payload}.{LETTERS}") is False


class TestJson:
    @pytest.mark.parametrize("frame", ["glc_{}", "sntrys_{}_" + LETTERS, "sk.{}." + LETTERS, "ops_{}"])
    def test_the_inner_object_decodes(self, frame: str) -> None:
        assert check("json", frame.format(base64url({"o": "shop", "k": LETTERS}))) is True

    @pytest.mark.parametrize("value", ["glc_eyJ" + LETTERS, "glc_" + LETTERS])
    def test_what_does_not_decode_is_wrong(self, value: str) -> None:
        assert check("json", value) is False


class TestAwsKeyId:
    @staticmethod
    def key_id(account: int, *, newer: bool = True) -> str:
        bits = f"{int(newer)}{account:040b}".ljust(80, "1")
        return "AKIA" + base64.b32encode(int(bits, 2).to_bytes(10, "big")).decode()

    def test_an_account_of_twelve_digits_proves_nothing(self) -> None:
        assert check("aws-key-id", self.key_id(999_999_999_999)) is None

    def test_an_account_of_thirteen_digits_is_wrong(self) -> None:
        assert check("aws-key-id", self.key_id(1_000_000_000_000)) is False

    def test_older_ids_hold_no_account(self) -> None:
        assert check("aws-key-id", self.key_id(1_000_000_000_000, newer=False)) is None

    @pytest.mark.parametrize("value", ["AKIA" + "1" * 16, "AKIA" + "A" * 8])
    def test_another_alphabet_or_length_is_wrong(self, value: str) -> None:
        assert check("aws-key-id", value) is False


class TestSlack:
    @pytest.mark.parametrize(
        ("token", "outcome"),
        [
            ("xoxb-" + "2104533127-4410233871045-" + LETTERS[:24], True),
            ("xoxp-" + "2104533127-3310233871-4410233871045-" + "0f" * 16, True),
            ("xoxb-" + "0000000000-4410233871045-" + LETTERS[:24], False),
            ("xoxb-" + "123-456-" + LETTERS[:24], False),
            ("xapp-" + "1-A0B1C2D3E4F-4410233871045-" + "0f" * 32, True),
            ("xapp-" + "1-A0B1C2D3E4F-4410233871045-" + "0f" * 8, False),
            ("xoxs-" + "2104533127-" + LETTERS[:10], None),
        ],
    )
    def test_structure(self, token: str, *, outcome: bool | None) -> None:
        assert check("slack", token) is outcome


class TestOpenai:
    marker = "T3Blbk" + "FJ"

    @pytest.mark.parametrize("prefix", ["sk-", "sk-proj-", "sk-svcacct-", "sk-my-shop-"])
    @pytest.mark.parametrize("half", [20, 58, 74])
    def test_the_marker_stands_in_the_middle(self, prefix: str, half: int) -> None:
        text = (LETTERS * 3)[:half]
        assert check("openai", prefix + text + self.marker + text) is True
        assert check("openai", prefix + text[1:] + self.marker + text) is False

    def test_without_the_marker_there_is_no_proof(self) -> None:
        assert check("openai", "sk-" + LETTERS) is None


class TestDiscord:
    @pytest.mark.parametrize(
        ("bot", "valid"), [("1" * 17, True), ("9" * 20, True), ("1" * 9, False), ("a" * 18, False)]
    )
    def test_the_first_part_is_the_id_of_the_bot(self, bot: str, *, valid: bool) -> None:
        assert check("discord", f"{base64url(bot.encode())}.GhIjKl.{LETTERS}") is valid


class TestNkey:
    @staticmethod
    def seed(kind: int) -> str:
        data = bytes([18 << 3 | kind >> 5, (kind & 31) << 3]) + (LETTERS + "42").encode()
        sum16 = crc(data, 16, 0x1021, 0, reflected=False)
        return base64.b32encode(data + bytes([sum16 & 255, sum16 >> 8])).decode().rstrip("=")

    @pytest.mark.parametrize(("letter", "kind"), [("U", 160), ("A", 0), ("O", 112), ("N", 104), ("C", 16), ("X", 184)])
    def test_a_seed_of_every_kind(self, letter: str, kind: int) -> None:
        seed = self.seed(kind)
        assert seed.startswith("S" + letter)
        assert len(seed) == 58
        assert check("nkey", seed) is True

    def test_one_changed_character_is_wrong(self) -> None:
        seed = self.seed(160)
        assert check("nkey", seed[:20] + ("A" if seed[20] != "A" else "B") + seed[21:]) is False

    @pytest.mark.parametrize("value", ["SU" + "1" * 56, "SUAA", "UA" + "A" * 56])
    def test_what_is_no_seed_is_wrong(self, value: str) -> None:
        assert check("nkey", value) is False


class TestAge:
    # c2sp.org/age: the identity whose 32 bytes are all 0x42
    vector = "AGE-SECRET-KEY-1" + "GFPYYSJZ" * 6 + "GFPQ" + "4EGAEX"

    def test_the_vector_of_the_specification(self) -> None:
        assert check("age", self.vector) is True

    @pytest.mark.parametrize("at", [16, 40, 73])
    def test_one_changed_character_is_wrong(self, at: int) -> None:
        other = "Q" if self.vector[at] != "Q" else "P"
        assert check("age", self.vector[:at] + other + self.vector[at + 1 :]) is False

    @pytest.mark.parametrize("value", ["AGE-SECRET-KEY-1B", "age1qqqqqq", ""])
    def test_what_is_no_key_is_wrong(self, value: str) -> None:
        assert check("age", value) is False


class TestBundledRules:
    def test_every_check_serves_a_rule(self) -> None:
        assert {rule.checksum for rule in RULES} == set(CHECKS)

    @pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
    def test_the_examples_of_a_rule_pass_its_check(self, rule: Rule) -> None:
        secrets = [text[start:end] for text in rule.examples for start, end in rule.secrets(text)]
        assert [number for number, value in enumerate(secrets) if check(rule.checksum, value) is False] == []
        assert len(secrets) == len(rule.examples)
