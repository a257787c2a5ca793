"""Every value here is put together by other code than the code under test."""

from __future__ import annotations

import base64
import json

import pytest

from unleak.detect.checksums import aws_account, check

LETTERS = "k7Qp2ZsX9bVw4TmRc8LyHd3NfGj6Ea"


def base64url(data: bytes | dict[str, object]) -> str:
    if isinstance(data, dict):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class TestJwt:
    payload = base64url({"sub": "shop"})

    @staticmethod
    def token(size: int, payload: str = payload, **header: object) -> str:
        return f"{base64url(header)}.{payload}.{base64url(bytes(range(256))[:size])}"

    @pytest.mark.parametrize(
        ("algorithm", "size"),
        [("HS256", 32), ("HS384", 48), ("HS512", 64), ("ES256", 64), ("RS256", 256), ("EdDSA", 64), ("ES256K", 64)],
    )
    def test_header_and_payload_are_json(self, algorithm: str, size: int) -> None:
        assert check("jwt", self.token(size, alg=algorithm, typ="JWT")) is True

    @pytest.mark.parametrize(("algorithm", "size"), [("HS256", 31), ("ES256", 65), ("RS256", 60), ("HS512", 32)])
    def test_a_signature_of_another_size_is_wrong(self, algorithm: str, size: int) -> None:
        assert check("jwt", self.token(size, alg=algorithm)) is False

    def test_an_encrypted_one_has_five_parts(self) -> None:
        header = base64url({"alg": "RSA-OAEP", "enc": "A256GCM"})
        assert check("jwt", f"{header}.a.b.c.d") is True
        assert check("jwt", f"{header}.a.b") is False

    @pytest.mark.parametrize("header", [{"typ": "JWT"}, {}, {"alg": "none"}, {"alg": 5}, {"alg": "HS256", "typ": 1}])
    def test_a_header_without_an_algorithm_is_wrong(self, header: dict[str, object]) -> None:
        assert check("jwt", self.token(32, **header)) is False

    def test_an_unknown_algorithm_proves_nothing(self) -> None:
        assert check("jwt", self.token(32, alg="MADEUP")) is None

    @pytest.mark.parametrize("payload", [base64url(b"[1]"), base64url(b"text"), "e", ""])
    def test_a_payload_that_is_no_object_is_wrong(self, payload: str) -> None:
        assert check("jwt", self.token(32, payload, alg="HS256")) is False


class TestJson:
    @pytest.mark.parametrize("frame", ["glc_{}", "sntrys_{}_" + LETTERS, "sk.{}." + LETTERS, "ops_{}"])
    def test_the_inner_object_decodes(self, frame: str) -> None:
        assert check("json", frame.format(base64url({"o": "shop", "k": LETTERS}))) is True

    @pytest.mark.parametrize("text", ['{ "a": 1}', '{\n"a": 1}'])
    def test_the_object_may_begin_with_white_space(self, text: str) -> None:
        assert check("json", base64url(text.encode())) is True

    @pytest.mark.parametrize("value", ["glc_eyJ" + LETTERS, "glc_" + LETTERS])
    def test_what_does_not_decode_is_wrong(self, value: str) -> None:
        assert check("json", value) is False


class TestGrafanaCloud:
    def test_the_object_has_three_fields(self) -> None:
        fields: dict[str, object] = {"o": "1", "n": "shop", "k": LETTERS, "m": {"r": "eu"}}
        assert check("grafana-cloud", "glc_" + base64url(fields)) is True
        del fields["k"]
        assert check("grafana-cloud", "glc_" + base64url(fields)) is False


class TestTeamcity:
    @pytest.mark.parametrize(
        ("kind", "last", "valid"),
        [
            ("TCV2", b"3f0c0000-0000-4000-8000-0000000000aa", True),
            ("JWT", b"3f0c0000-0000-4000-8000-0000000000aa", False),
            ("TCV2", LETTERS.encode(), False),
        ],
    )
    def test_header_and_id(self, kind: str, last: bytes, *, valid: bool) -> None:
        assert check("teamcity", f"{base64url({'typ': kind})}.{LETTERS}.{base64url(last)}") is valid


class TestJfrog:
    @pytest.mark.parametrize(
        ("text", "valid"), [("reftkn:01:0000000000:" + LETTERS, True), ("reftkn:01:" + LETTERS, False), ("x", False)]
    )
    def test_the_fields_of_a_reference_token(self, text: str, *, valid: bool) -> None:
        assert check("jfrog", base64url(text.encode())) is valid


class TestAwsKeyId:
    @staticmethod
    def key_id(account: int, *, newer: bool = True) -> str:
        bits = f"{int(newer)}{account:040b}".ljust(80, "1")
        return "AK" + "IA" + base64.b32encode(int(bits, 2).to_bytes(10, "big")).decode()

    def test_an_account_of_twelve_digits_proves_nothing(self) -> None:
        assert check("aws-key-id", self.key_id(999_999_999_999)) is None

    def test_an_account_of_thirteen_digits_is_wrong(self) -> None:
        assert check("aws-key-id", self.key_id(1_000_000_000_000)) is False

    def test_older_ids_hold_no_account(self) -> None:
        assert check("aws-key-id", self.key_id(1_000_000_000_000, newer=False)) is None
        assert aws_account(self.key_id(5, newer=False)) is None

    @pytest.mark.parametrize("value", ["AKIA" + "1" * 16, "AKIA" + "A" * 8])
    def test_another_alphabet_or_length_is_wrong(self, value: str) -> None:
        assert check("aws-key-id", value) is False
        assert aws_account(value) is None

    @pytest.mark.parametrize("account", ["123456789012", "000000000042", "999999999999"])
    def test_the_account_has_twelve_digits(self, account: str) -> None:
        assert aws_account(self.key_id(int(account))) == account

    def test_an_account_of_thirteen_digits_is_none(self) -> None:
        assert aws_account(self.key_id(1_000_000_000_000)) is None


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
        ids=range(7),
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
    bot = ((1_600_000_000 - 1_420_070_400) * 1000) << 22

    def token(self, bot: str, seconds: int, size: int) -> str:
        return f"{base64url(bot.encode())}.{base64url(seconds.to_bytes(4, 'big'))}.{(LETTERS * 2)[:size]}"

    @pytest.mark.parametrize(
        ("bot", "valid"), [("1" * 17, True), ("9" * 19, True), ("1" * 9, False), ("9" * 20, False), ("a" * 18, False)]
    )
    def test_the_first_part_is_the_id_of_the_bot(self, bot: str, *, valid: bool) -> None:
        assert check("discord", self.token(bot, 0, 38)) is valid

    @pytest.mark.parametrize(("after", "valid"), [(3600, True), (-3600, True), (-200_000, False)])
    def test_an_older_token_is_made_after_its_bot(self, after: int, *, valid: bool) -> None:
        seconds = 1_600_000_000 + after - 1_293_840_000
        assert check("discord", self.token(str(self.bot), seconds, 27)) is valid

    def test_a_newer_token_holds_no_time(self) -> None:
        assert check("discord", self.token(str(self.bot), 1, 38)) is True


class TestTelegram:
    @pytest.mark.parametrize(
        ("token", "valid"),
        [
            ("4839574812:AA" + (LETTERS * 2)[:33], True),
            ("0839574812:AA" + (LETTERS * 2)[:33], False),
            ("4839574812:AA" + LETTERS, False),
            ("48395748123:AA" + (LETTERS * 2)[:33], False),
        ],
        ids=["whole", "zero", "short", "long id"],
    )
    def test_id_and_secret(self, token: str, *, valid: bool) -> None:
        assert check("telegram", token) is valid


class TestAzureKeys:
    data = bytes(range(64))

    def test_a_storage_key_has_64_bytes(self) -> None:
        assert check("azure-storage", base64.b64encode(self.data).decode()) is True
        assert check("azure-storage", base64.b64encode(self.data[:63]).decode()) is False

    def test_bits_that_no_encoder_sets_prove_nothing(self) -> None:
        key = base64.b64encode(self.data).decode()
        assert key.endswith("w==")
        assert check("azure-storage", key[:-3] + "x==") is None

    def test_one_byte_repeated_is_wrong(self) -> None:
        assert check("azure-storage", base64.b64encode(bytes(64)).decode()) is False

    @pytest.mark.parametrize(("size", "valid"), [(32, True), (48, True), (64, True), (20, False)])
    def test_a_shared_key_has_one_of_three_sizes(self, size: int, *, valid: bool) -> None:
        assert check("azure-shared-key", base64.b64encode(self.data[:size]).decode()) is valid

    @pytest.mark.parametrize("text", ["{}", "?sv=2023-11-03&sig={}", "sr=shop&amp;sig={}&amp;se=1767225600"])
    @pytest.mark.parametrize(("size", "valid"), [(32, True), (31, False)])
    def test_a_shared_access_signature_has_32_bytes(self, text: str, size: int, *, valid: bool) -> None:
        signature = base64.b64encode(self.data[:size]).decode().replace("+", "%2B").replace("=", "%3d")
        assert check("azure-sas", text.format(signature)) is valid


class TestWireguard:
    @pytest.mark.parametrize(
        ("first", "last", "outcome"), [(0xF8, 0x7F, True), (0x08, 0x40, True), (0x01, 0x40, None), (0x08, 0xC0, None)]
    )
    def test_a_private_key_is_clamped(self, first: int, last: int, *, outcome: bool | None) -> None:
        data = bytes([first, *range(30), last])
        assert check("wireguard", base64.b64encode(data).decode()) is outcome

    def test_another_size_is_wrong(self) -> None:
        assert check("wireguard", base64.b64encode(bytes(31)).decode()) is False


class TestOtp:
    @pytest.mark.parametrize("size", [10, 15, 16, 20, 32])
    def test_seeds_of_usual_sizes(self, size: int) -> None:
        seed = base64.b32encode(bytes(range(11, 11 + size))).decode()
        groups = " ".join(seed[at : at + 4] for at in range(0, len(seed), 4)).lower()
        for text in (
            seed,
            seed.rstrip("="),
            groups,
            f"otpauth://totp/shop?issuer=a&secret={seed.rstrip('=')}&digits=6",
        ):
            assert check("otp", text) is True

    def test_a_seed_may_be_cut_between_bytes(self) -> None:
        assert check("otp", base64.b32encode(bytes(range(11, 31))).decode()[:17]) is True

    @pytest.mark.parametrize("value", ["", "GEZDGNBVGY3TQOJ", "A" * 32, "GEZDGNBVGY3TQOJ1", "GEZDGNBVGY3TQOJ!"])
    def test_short_regular_or_other_text_is_wrong(self, value: str) -> None:
        assert check("otp", value) is False
