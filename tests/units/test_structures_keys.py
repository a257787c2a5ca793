"""Private keys, made anew for each run, in every format and in the frames that source code puts around them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import sys
import textwrap
from collections.abc import Callable
from datetime import date

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519

from unleak.detect.checksums import State, check, state

TODAY = date(2026, 6, 1)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey | ed25519.Ed25519PrivateKey
PEM, OLD, PKCS8, SSH = (
    form.Encoding.PEM,
    form.PrivateFormat.TraditionalOpenSSL,
    form.PrivateFormat.PKCS8,
    form.PrivateFormat.OpenSSH,
)


@pytest.fixture(scope="module")
def keys() -> dict[str, Key]:
    return {
        "rsa": rsa.generate_private_key(65537, 1024),
        "ec": ec.generate_private_key(ec.SECP256R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "dsa": dsa.generate_private_key(1024),
    }


def written(key: Key, shape: form.PrivateFormat, passphrase: bytes = b"") -> str:
    lock = form.BestAvailableEncryption(passphrase) if passphrase else form.NoEncryption()
    return key.private_bytes(PEM, shape, lock).decode().strip()


def label(pem: str) -> str:
    return pem.splitlines()[0].strip("-").removeprefix("BEGIN ")


def with_body(pem: str, body: str) -> str:
    lines = pem.splitlines()
    return "\n".join([lines[0], body, lines[-1]])


class TestPem:
    @pytest.mark.parametrize(
        ("kind", "shape", "title"),
        [
            ("rsa", OLD, "RSA PRIVATE KEY"),
            ("ec", OLD, "EC PRIVATE KEY"),
            ("dsa", OLD, "DSA PRIVATE KEY"),
            ("rsa", PKCS8, "PRIVATE KEY"),
            ("ec", PKCS8, "PRIVATE KEY"),
            ("ed25519", PKCS8, "PRIVATE KEY"),
            ("rsa", SSH, "OPENSSH PRIVATE KEY"),
            ("ec", SSH, "OPENSSH PRIVATE KEY"),
            ("ed25519", SSH, "OPENSSH PRIVATE KEY"),
        ],
        ids=range(9),
    )
    def test_every_kind_parses(self, keys: dict[str, Key], kind: str, shape: form.PrivateFormat, title: str) -> None:
        pem = written(keys[kind], shape)
        assert label(pem) == title
        assert check("private-key", pem) is True
        assert state("private-key", pem, TODAY) is None

    def test_a_key_for_exchange_parses(self) -> None:
        key = x25519.X25519PrivateKey.generate()
        assert check("private-key", key.private_bytes(PEM, PKCS8, form.NoEncryption()).decode()) is True

    @pytest.mark.parametrize("at", [40, 200])
    def test_a_changed_byte_proves_nothing(self, keys: dict[str, Key], at: int) -> None:
        data = bytearray(base64.b64decode("".join(written(keys["rsa"], OLD).splitlines()[1:-1])))
        data[at] ^= 1
        assert check("private-key", with_body(written(keys["rsa"], OLD), base64.b64encode(data).decode())) is None

    def test_one_that_is_cut_short_proves_nothing(self, keys: dict[str, Key]) -> None:
        lines = written(keys["rsa"], OLD).splitlines()
        assert check("private-key", "\n".join([*lines[:3], lines[-1]])) is None

    @pytest.mark.parametrize("body", ["", "...", "MIIE...", "your key here", "[redacted]", "c2hvcnQ="])
    def test_a_placeholder_is_wrong(self, keys: dict[str, Key], body: str) -> None:
        assert check("private-key", with_body(written(keys["rsa"], PKCS8), body)) is False

    def test_only_a_first_line_proves_nothing(self) -> None:
        assert check("private-key", "-----BEGIN RSA " + "PRIVATE KEY-----") is None

    def test_a_public_key_is_none_of_this(self, keys: dict[str, Key]) -> None:
        pem = keys["rsa"].public_key().public_bytes(PEM, form.PublicFormat.SubjectPublicKeyInfo).decode()
        assert check("private-key", pem) is None
        assert state("private-key", pem, TODAY) is State.PUBLIC

    def test_without_the_package_a_whole_key_proves_nothing(
        self, keys: dict[str, Key], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
        assert check("private-key", written(keys["rsa"], OLD)) is None
        assert check("private-key", with_body(written(keys["rsa"], OLD), "...")) is False
        assert check("private-key", written(keys["rsa"], SSH)) is True


FRAMES: dict[str, Callable[[str], str]] = {
    "as it is": lambda pem: pem,
    "windows": lambda pem: pem.replace("\n", "\r\n"),
    "indented": lambda pem: textwrap.indent(pem, "      ").strip(),
    "tabs": lambda pem: textwrap.indent(pem, "\t\t").strip(),
    "on one line": lambda pem: pem.replace("\n", "\\n"),
    "on one line, windows": lambda pem: pem.replace("\n", "\\r\\n"),
    "escaped twice": lambda pem: pem.replace("\n", "\\\\n"),
    "escaped slashes": lambda pem: pem.replace("/", "\\/").replace("\n", "\\n"),
    "spaces": lambda pem: pem.replace("\n", " "),
    "joined with plus": lambda pem: pem.replace("\n", '\\n" +\n    "'),
    "joined with dots": lambda pem: pem.replace("\n", "\\n' .\n    '"),
    "adjacent": lambda pem: pem.replace("\n", '\\n"\n  "'),
    "a list": lambda pem: pem.replace("\n", '",\n  "'),
    "escaped quotes": lambda pem: pem.replace("\n", '\\\\n\\" +\\n    \\"'),
    "continued": lambda pem: pem.replace("\n", "\\n\\\n"),
    "commented": lambda pem: pem.replace("\n", "\n# "),
    "commented with slashes": lambda pem: pem.replace("\n", "\n// "),
    "in a comment block": lambda pem: pem.replace("\n", "\n * "),
    "quoted mail": lambda pem: pem.replace("\n", "\n> "),
    "a patch": lambda pem: pem.replace("\n", "\n+"),
    "percent": lambda pem: pem.replace("\n", "%0A").replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
    "entities": lambda pem: pem.replace("\n", "&#10;"),
    "json escapes": lambda pem: pem.replace("=", "\\u003d").replace("+", "\\u002b").replace("\n", "\\n"),
    "base 64": lambda pem: base64.b64encode(pem.encode()).decode(),
}


class TestFrames:
    @pytest.mark.parametrize("frame", FRAMES)
    @pytest.mark.parametrize("kind", ["rsa", "ec"])
    def test_a_key_is_read_out_of_source_code(self, keys: dict[str, Key], frame: str, kind: str) -> None:
        assert check("private-key", FRAMES[frame](written(keys[kind], PKCS8))) is True

    @pytest.mark.parametrize("frame", FRAMES)
    def test_so_is_one_that_is_encrypted(self, keys: dict[str, Key], frame: str) -> None:
        pem = FRAMES[frame](written(keys["ec"], OLD, b"correct horse"))
        assert check("private-key", pem) is None
        assert state("private-key", pem, TODAY) is State.ENCRYPTED


class TestEncrypted:
    @pytest.mark.parametrize(
        ("shape", "title"), [(PKCS8, "ENCRYPTED PRIVATE KEY"), (OLD, "RSA PRIVATE KEY")], ids=["pkcs8", "old"]
    )
    def test_a_key_with_a_passphrase(self, keys: dict[str, Key], shape: form.PrivateFormat, title: str) -> None:
        pem = written(keys["rsa"], shape, b"correct horse")
        assert label(pem) == title
        assert check("private-key", pem) is None
        assert state("private-key", pem, TODAY) is State.ENCRYPTED

    def test_an_openssh_key_names_its_cipher(self) -> None:
        parts = [b"aes256-ctr", b"bcrypt", bytes(24)]
        data = b"openssh-key-v1\0" + b"".join(len(part).to_bytes(4, "big") + part for part in parts) + bytes(80)
        title = "OPENSSH " + "PRIVATE KEY"
        pem = f"-----BEGIN {title}-----\n{base64.b64encode(data).decode()}\n-----END {title}-----"
        assert check("private-key", pem) is None
        assert state("private-key", pem, TODAY) is State.ENCRYPTED

    def test_a_title_without_a_key_says_nothing(self) -> None:
        title = "ENCRYPTED " + "PRIVATE KEY"
        pem = f"-----BEGIN {title}-----\n...\n-----END {title}-----"
        assert check("private-key", pem) is False
        assert state("private-key", pem, TODAY) is None


class TestPutty:
    @staticmethod
    def key(version: int, cipher: str = "none") -> str:
        public, private = bytes(range(83)), bytes(range(100, 136))
        parts = [b"ssh-ed25519", cipher.encode(), b"shop@example", public, private]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        if version == 2:
            mac = hmac.new(hashlib.sha1(b"putty-private-key-file-mac-key").digest(), message, "sha1").hexdigest()
        else:
            mac = hmac.new(b"", message, "sha256").hexdigest()
        public_lines = textwrap.wrap(base64.b64encode(public).decode(), 64)
        lines = [f"PuTTY-User-{'Key'}-File-{version}: ssh-ed25519", f"Encryption: {cipher}", "Comment: shop@example"]
        lines += [f"Public-Lines: {len(public_lines)}", *public_lines]
        lines += ["Private-Lines: 1", base64.b64encode(private).decode(), f"Private-MAC: {mac}"]
        return "\n".join(lines)

    @pytest.mark.parametrize("version", [2, 3])
    def test_the_mac_holds(self, version: int) -> None:
        key = self.key(version)
        assert check("private-key", key) is True
        assert check("private-key", key.replace("\n", "\\n")) is True
        assert check("private-key", key.replace("shop@", "shed@")) is None

    def test_an_encrypted_one_proves_nothing(self) -> None:
        key = self.key(3, "aes256-cbc")
        assert check("private-key", key) is None
        assert state("private-key", key, TODAY) is State.ENCRYPTED

    def test_only_a_first_line_proves_nothing(self) -> None:
        value = "PuTTY-User-" + "Key-File-3: ssh-ed25519"
        assert check("private-key", value) is None
        assert state("private-key", value, TODAY) is None


class TestOpenpgp:
    @staticmethod
    def block(usage: int, *, tag: int = 5, new: bool = False, algorithm: int = 22) -> str:
        """A block with one packet: a key of version 4, its public half, and the octet that says how it is locked."""
        numbers = {
            1: b"\4\0" + bytes([0x80] + [1] * 127) + b"\0\x11\1\0\1",
            22: b"\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01" + b"\1\7" + bytes([0x40, *range(32)]),
            18: b"\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01" + b"\1\7" + bytes([0x40, *range(32)]) + b"\3\1\x08\7",
            27: bytes(range(32)),
        }[algorithm]
        body = b"\4" + bytes(4) + bytes([algorithm]) + numbers + bytes([usage]) + b"\1\0" + bytes(range(32))
        if new:
            head = bytes(
                [0xC0 | tag, 192 + (len(body) - 192 >> 8), len(body) - 192 & 255]
                if len(body) > 191
                else [0xC0 | tag, len(body)]
            )
        else:
            head = bytes([0x80 | tag << 2 | 1]) + len(body).to_bytes(2, "big")
        data = head + body
        register = 0xB704CE  # RFC 4880, section 6.1
        for byte in data:
            register ^= byte << 16
            for _ in range(8):
                register <<= 1
                if register & 0x1000000:
                    register ^= 0x1864CFB
        title = "PGP " + "PRIVATE KEY BLOCK"
        lines = [f"-----BEGIN {title}-----", "Version: 1", "", *textwrap.wrap(base64.b64encode(data).decode(), 64)]
        lines += ["=" + base64.b64encode(register.to_bytes(3, "big")).decode(), f"-----END {title}-----"]
        return "\n".join(lines)

    @pytest.mark.parametrize("algorithm", [1, 18, 22, 27])
    @pytest.mark.parametrize("new", [False, True])
    def test_a_secret_key_in_the_clear(self, algorithm: int, *, new: bool) -> None:
        block = self.block(0, new=new, algorithm=algorithm)
        assert check("private-key", block) is True
        assert check("private-key", block.replace("\n", "\\n")) is True
        assert state("private-key", block, TODAY) is None

    @pytest.mark.parametrize("usage", [253, 254, 255])
    def test_one_with_a_passphrase(self, usage: int) -> None:
        assert check("private-key", self.block(usage)) is None
        assert state("private-key", self.block(usage), TODAY) is State.ENCRYPTED

    def test_another_checksum_proves_nothing(self) -> None:
        lines = self.block(0).splitlines()
        lines[-2] = "=" + binascii.b2a_base64(b"\1\2\3").decode().strip()
        assert check("private-key", "\n".join(lines)) is None

    def test_another_packet_proves_nothing(self) -> None:
        assert check("private-key", self.block(0, tag=6)) is None


class TestGoogleServiceAccount:
    @staticmethod
    def file(keys: dict[str, Key], **changes: object) -> dict[str, object]:
        key = written(keys["rsa"], PKCS8) + "\n"
        return {"type": "service_account", "private_key": key, "client_email": "a@b.example", **changes}

    def test_a_key_file(self, keys: dict[str, Key]) -> None:
        text = json.dumps(self.file(keys), indent=2)
        assert check("google-service-account", text) is True
        assert check("google-service-account", base64.b64encode(text.encode()).decode()) is True
        assert state("google-service-account", text, TODAY) is None

    @pytest.mark.parametrize(
        "changes",
        [{"type": "authorized_user"}, {"private_key": "..."}, {"private_key": 5}, {"client_email": None}],
        ids=str,
    )
    def test_another_file_is_not_proven(self, keys: dict[str, Key], changes: dict[str, object]) -> None:
        assert check("google-service-account", json.dumps(self.file(keys, **changes))) is not True

    def test_text_that_is_no_json_is_wrong(self) -> None:
        assert check("google-service-account", '{"type": "service_account"') is False
