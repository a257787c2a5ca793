"""What values say of their own use: dates, test modes, hashes, public halves."""

from __future__ import annotations

import base64
import json
from datetime import date

import pytest

from unleak.detect.checksums import State, check, state

LETTERS = "k7Qp2ZsX9bVw4TmRc8LyHd3NfGj6Ea"
TODAY = date(2026, 6, 1)
NOON = 1_780_315_200  # of that day, in UTC
DAY = 86_400


def base64url(data: bytes | dict[str, object]) -> str:
    if isinstance(data, dict):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token(**payload: object) -> str:
    return f"{base64url({'alg': 'HS256'})}.{base64url(payload)}.{base64url(bytes(range(32)))}"


class TestJwt:
    @pytest.mark.parametrize(
        ("expires", "found"),
        [
            (NOON - DAY, State.EXPIRED),
            (NOON - 1, None),  # still today
            (NOON + DAY, None),
            ((NOON - DAY) * 1000, State.EXPIRED),
            (NOON - DAY + 0.5, State.EXPIRED),
            (0, None),
            (True, None),
            ("yesterday", None),
            (None, None),
            (10**30, None),
            (float("nan"), None),
        ],
    )
    def test_expiry(self, expires: object, found: State | None) -> None:
        assert state("jwt", token(exp=expires), TODAY) is found

    def test_without_expiry_nothing_is_said(self) -> None:
        assert state("jwt", token(sub="shop"), TODAY) is None

    @pytest.mark.parametrize(
        ("issuer", "role", "found"),
        [
            ("supabase", "anon", State.PUBLIC),
            ("supabase", "service_role", None),
            ("shop", "anon", None),
            ("supabase-demo", "service_role", State.TEST),
        ],
    )
    def test_the_keys_of_supabase(self, issuer: str, role: str, found: State | None) -> None:
        assert state("jwt", token(iss=issuer, role=role), TODAY) is found

    @pytest.mark.parametrize("value", ["", ".", "a.b.c", "eyJ.eyJ.x"])
    def test_what_does_not_decode_says_nothing(self, value: str) -> None:
        assert state("jwt", value, TODAY) is None


class TestSignedUrl:
    signature = base64.b64encode(bytes(range(32))).decode().replace("=", "%3D").replace("+", "%2B")
    digits = "0f" * 32

    @pytest.mark.parametrize(
        ("end", "found"),
        [
            ("2026-05-31T23%3A59%3A59Z", State.EXPIRED),
            ("2026-05-31", State.EXPIRED),
            ("2026-06-01T00%3A00%3A00Z", None),
            ("2027-01-01", None),
            ("2026-13-77", None),
            (str(NOON - DAY), State.EXPIRED),
            (str(NOON + DAY), None),
        ],
    )
    @pytest.mark.parametrize("by", ["&", "&amp;"])
    def test_azure(self, end: str, found: State | None, by: str) -> None:
        query = by.join(["sv=2023-11-03", "sr=c", f"se={end}", f"sig={self.signature}"])
        url = "https://shop.blob.core.windows.net/backup?" + query
        assert check("azure-sas", url) is True
        assert state("azure-sas", url, TODAY) is found
        assert state("azure-sas", query, TODAY) is found

    def test_the_signature_alone_says_nothing(self) -> None:
        assert state("azure-sas", self.signature, TODAY) is None

    @pytest.mark.parametrize("name", ["Amz", "Goog"])
    @pytest.mark.parametrize(
        ("made", "seconds", "found"),
        [
            ("20260501T120000Z", 3600, State.EXPIRED),
            ("20260531T235959Z", 3600, None),
            ("20260601T000000Z", 60, None),
            ("20261301T000000Z", 60, None),
        ],
    )
    def test_version_4(self, name: str, made: str, seconds: int, found: State | None) -> None:
        fields = {"Credential": "AKIA%2F20260501", "Date": made, "Expires": seconds, "Signature": self.digits}
        url = "https://shop.example/a?" + "&".join(f"X-{name}-{key}={value}" for key, value in fields.items())
        assert check("signed-url", url) is True
        assert state("signed-url", url, TODAY) is found

    @pytest.mark.parametrize("who", ["AWSAccessKeyId", "GoogleAccessId"])
    @pytest.mark.parametrize(("end", "found"), [(NOON - DAY, State.EXPIRED), (NOON + DAY, None)])
    def test_older_signatures(self, who: str, end: int, found: State | None) -> None:
        url = f"https://shop.example/a?{who}=shop&Expires={end}&Signature={self.signature}"
        assert check("signed-url", url) is True
        assert state("signed-url", url, TODAY) is found

    @pytest.mark.parametrize("signature", ["0f", "REDACTED", "zz" * 32])
    def test_a_signature_has_its_size(self, signature: str) -> None:
        url = f"https://shop.example/a?X-Amz-Credential=a&X-Amz-Date=b&X-Amz-Expires=1&X-Amz-Signature={signature}"
        assert check("signed-url", url) is False

    def test_another_url_has_none(self) -> None:
        assert check("signed-url", "https://shop.example/a?page=2") is None


class TestTestModes:
    @pytest.mark.parametrize(
        "start", ["sk_test_", "rk_test_", "access-sandbox-", "access_token$sandbox$", "FLWSECK_TEST-"]
    )
    def test_a_marked_key_is_a_test_whatever_its_check(self, start: str) -> None:
        assert state("", start + LETTERS, TODAY) is State.TEST
        assert state("jwt", start + LETTERS, TODAY) is State.TEST

    @pytest.mark.parametrize("start", ["sk_live_", "access-production-", "access-development-", "my_sk_test_", "test_"])
    def test_other_keys_are_not(self, start: str) -> None:
        assert state("", start + LETTERS[:20], TODAY) is None

    @pytest.mark.parametrize("start", ["Eby8vdM02xNOcqFl", "C2y6yDjf5/R+ob0N"])
    def test_the_emulators_of_azure(self, start: str) -> None:
        assert state("azure-storage", start + LETTERS * 2, TODAY) is State.TEST

    @pytest.mark.parametrize("seed", [b"Hello!\xde\xad\xbe\xef", b"12345678901234567890"], ids=["uri", "rfc"])
    def test_the_seeds_of_the_standards(self, seed: bytes) -> None:
        assert state("otp", base64.b32encode(seed).decode(), TODAY) is State.TEST
        assert state("otp", base64.b32encode(seed[::-1]).decode(), TODAY) is None


class TestPublic:
    @pytest.mark.parametrize(
        "value",
        [
            "ssh-" + "ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + LETTERS,
            "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY" + LETTERS,
            "-----BEGIN PUBLIC KEY-----\\n" + LETTERS + "\\n-----END PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----\n" + LETTERS,
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n" + LETTERS,
            base64.b64encode(b"-----BEGIN CERTIFICATE-----\n" + LETTERS.encode()).decode(),
            base64.b64encode(b"-----BEGIN PUBLIC KEY-----\n" + LETTERS.encode()).decode(),
            base64.b64encode(b"-----BEGIN RSA PUBLIC KEY-----\n" + LETTERS.encode()).decode(),
            "pk_" + "live_" + LETTERS,
            "sb_publishable_" + LETTERS,
        ],
        ids=["ssh", "ecdsa", "pem", "certificate", "pgp", "base64", "base64-key", "base64-rsa", "stripe", "supabase"],
    )
    def test_the_half_that_people_hand_out(self, value: str) -> None:
        assert state("", value, TODAY) is State.PUBLIC

    @pytest.mark.parametrize("encoded", [False, True])
    def test_a_certificate_with_its_key_is_not(self, *, encoded: bool) -> None:
        value = f"-----BEGIN CERTIFICATE-----\n{LETTERS}\n-----BEGIN PRIVATE KEY-----\n{LETTERS}"
        assert state("", base64.b64encode(value.encode()).decode() if encoded else value, TODAY) is None

    @pytest.mark.parametrize("value", ["pk_" + "86754_" + "X7" * 16, "ssh-rsa", "BEGIN CERTIFICATE"])
    def test_other_values_are_not(self, value: str) -> None:
        assert state("", value, TODAY) is None


class TestHash:
    salt, digest = LETTERS[:22], (LETTERS * 3)[:31]

    @pytest.mark.parametrize(
        "value",
        [
            f"$2b$12${salt}{digest}",
            f"$2y$10${salt}{digest}",
            f"$1${salt[:8]}${salt}",
            f"$apr1${salt[:8]}${salt}",
            f"$5$rounds=5000${salt[:16]}${(digest * 2)[:43]}",
            f"$6${salt[:16]}${(digest * 3)[:86]}",
            f"$y$j9T${salt}${(digest * 2)[:43]}",
            f"$argon2id$v=19$m=65536,t=3,p=4${salt}${(digest * 2)[:43]}",
            f"argon2$argon2id$v=19$m=102400,t=2,p=8${salt}${(digest * 2)[:43]}",
            f"$scrypt$ln=16,r=8,p=1${salt}${(digest * 2)[:43]}",
            f"$pbkdf2-sha256$29000${salt}${(digest * 2)[:43]}",
            f"pbkdf2_sha256$600000${salt}${(digest * 2)[:43]}=",
            f"bcrypt_sha256$$2b$12${salt}{digest}",
            f"pbkdf2:sha256:600000${salt}${'0f' * 32}",
            f"scrypt:32768:8:1${salt}${'0f' * 64}",
            f"sha1${salt}${'0f' * 20}",
            "$P$B" + digest[:30],
            "$S$D" + (digest * 2)[:51],
            "*" + "0F" * 20,
            "{SSHA}" + base64.b64encode(bytes(range(24))).decode(),
            "{CRYPT}$6$" + f"{salt[:16]}${(digest * 3)[:86]}",
            "SCRAM-SHA-256$4096:"
            + base64.b64encode(bytes(16)).decode()
            + f"${(digest * 2)[:43]}=:{(digest * 2)[:43]}=",
        ],
        ids=lambda value: value.strip("${*").partition("$")[0][:12],
    )
    def test_a_hash_is_no_secret_whatever_matched_it(self, value: str) -> None:
        assert check("password-hash", value) is True
        assert state("", value, TODAY) is State.HASH
        assert state("jwt", value, TODAY) is State.HASH

    @pytest.mark.parametrize(
        "value",
        [
            f"$2b$12${salt}",
            f"x$2b$12${salt}{digest}",
            f"$2b$12${salt}{digest}!",
            "$1$",
            "*secret",
            "{SSHA}abc",
            "$ecret1",
        ],
        ids=range(7),
    )
    def test_what_is_no_whole_hash_says_nothing(self, value: str) -> None:
        assert check("password-hash", value) is None
        assert state("", value, TODAY) is None
