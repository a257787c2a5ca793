"""What says of itself that it is no use, or no secret, is reported as that: expired, locked, for tests, public."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from unleak.detect.catalog import Catalog, parse_rules
from unleak.finding import Finding, Severity
from unleak.scanner import Scanner

RULES = r"""
[[rules]]
id = "jwt-token"
description = "JSON Web Token"
severity = "warning"
checksum = "jwt"
distinctive = true
regex = '\b(eyJ[\w\-]{8,}\.[\w\-]{8,}\.[\w\-]{8,})'
keywords = ["eyj"]

[[rules]]
id = "private-key"
description = "private key"
kind = "private-key"
severity = "error"
checksum = "private-key"
distinctive = true
regex = '-----BEGIN [A-Z ]{0,20}(?:PRIVATE|PUBLIC) KEY-----'
until = '-----END [A-Z ]{0,20}(?:PRIVATE|PUBLIC) KEY-----'
keywords = ["-----begin"]

[[rules]]
id = "acme-payment-key"
description = "Acme payment key"
severity = "error"
distinctive = true
regex = '\b(sk_(?:live|test)_[A-Za-z0-9]{24})\b'
keywords = ["sk_"]
"""
PAYMENT = "Zk3mT9qLw2Xv7Rb5" + "Nc8Yp1Hd"
BODY = "\n".join(base64.b64encode(bytes(range(at, at + 48))).decode() for at in range(0, 192, 48))


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    rules, problems = parse_rules(Path("states.toml"), RULES.encode())
    assert problems == []
    return Scanner(Catalog(rules))


def one(scanner: Scanner, text: str, path: str = "src/app.py") -> Finding:
    (finding,) = scanner.scan(text, path)
    return finding


def jwt_until(expires: int) -> str:
    parts = ({"alg": "HS256"}, {"sub": "ada", "exp": expires})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts]
    signature = base64.urlsafe_b64encode(bytes(range(7, 39)))
    return ".".join(part.decode().rstrip("=") for part in (*encoded, signature))


def pem(label: str, headers: str = "") -> str:
    return f"-----BEGIN {label}-----\n{headers}{BODY}\n-----END {label}-----\n"


def test_what_has_expired_is_information(scanner: Scanner) -> None:
    finding = one(scanner, f"x({jwt_until(1_577_836_800)})")
    assert (finding.rule, finding.severity) == ("jwt-token", Severity.INFORMATION)
    assert "It has expired." in finding.message


def test_what_has_not_stays_what_it_is(scanner: Scanner) -> None:
    finding = one(scanner, f"x({jwt_until(9_999_999_999)})")
    assert (finding.rule, finding.severity) == ("jwt-token", Severity.WARNING)
    assert "expired" not in finding.message


def test_a_key_with_a_passphrase_is_information(scanner: Scanner) -> None:
    headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
    finding = one(scanner, pem("RSA PRIVATE KEY", headers), "deploy/key.pem")
    assert (finding.rule, finding.severity) == ("private-key", Severity.INFORMATION)
    assert "passphrase" in finding.message


@pytest.mark.parametrize(("mode", "severity"), [("live", Severity.ERROR), ("test", Severity.INFORMATION)])
def test_a_key_of_a_test_mode_is_information(scanner: Scanner, mode: str, severity: Severity) -> None:
    finding = one(scanner, f"x(sk_{mode}_{PAYMENT})")
    assert (finding.rule, finding.severity) == ("acme-payment-key", severity)
    assert ("It is of a test mode" in finding.message) is (mode == "test")


def test_a_public_key_is_known_and_not_reported(scanner: Scanner) -> None:
    text = pem("PUBLIC KEY")
    (finding,) = scanner.all_settled(scanner.read(text, "deploy/key.pem"), "deploy/key.pem")
    assert (finding.rule, finding.silenced) == ("private-key", "a public key or certificate, no secret")
    assert scanner.scan(text, "deploy/key.pem") == []


def test_a_hash_of_a_password_is_not_reported(scanner: Scanner) -> None:
    value = "$2b$12$" + (PAYMENT * 3)[:53]
    for line in (f'password = "{value}"', f"password: {value}", f"admin:{value}"):
        assert scanner.scan(line, "deploy/users.yml") == []
