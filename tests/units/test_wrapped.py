"""Secrets within base 64, hexadecimal and escapes are found, where the value stands that wraps them."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from unleak.detect.catalog import Catalog, parse_rules
from unleak.detect.wrapped import MOST, unwrapped
from unleak.finding import Finding, Severity
from unleak.scanner import Scanner
from unleak.text import Text

RULES = r"""
[[rules]]
id = "acme-token"
severity = "error"
distinctive = true
regex = '\b(acme_[A-Za-z0-9]{24})\b'
keywords = ["acme_"]

[[rules]]
id = "acme-key"
kind = "private-key"
severity = "error"
distinctive = true
regex = '-----BEGIN ACME KEY-----'
until = '-----END ACME KEY-----'
keywords = ["-----begin"]
"""
TOKEN = "acme_" + "Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd"
KEY = "-----BEGIN ACME KEY-----\nMIIEpAIBAAKCAQEA7bq2xWc9Lr4Tz8\n-----END ACME KEY-----\n"
SENTENCE = f"the token ({TOKEN}) is of ada"  # of a length that base 64 has to pad
FILE = "src/app.py"

Wrap = Callable[[str], str]


def standard(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def url_safe(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def bare(wrap: Wrap) -> Wrap:
    return lambda text: wrap(text).rstrip("=")


def escaped(form: str) -> Wrap:
    return lambda text: "".join(form.format(ord(character)) for character in text)


WRAPPINGS: dict[str, tuple[Wrap, str]] = {
    "base64": (standard, "base64"),
    "base64 without padding": (bare(standard), "base64"),
    "base64 for URLs": (url_safe, "base64"),
    "base64 for URLs without padding": (bare(url_safe), "base64"),
    "hexadecimal": (lambda text: text.encode().hex(), "hexadecimal"),
    "hexadecimal in capitals": (lambda text: text.encode().hex().upper(), "hexadecimal"),
    "hexadecimal with 0x": (lambda text: "0x" + text.encode().hex(), "hexadecimal"),
    "percent signs": (escaped("%{:02X}"), "URL encoding"),
    "escapes of JSON": (escaped("\\u{:04x}"), "escapes"),
    "escapes of C": (escaped("\\x{:02x}"), "escapes"),
}
ONE_BY_ONE = ("percent signs", "escapes of JSON", "escapes of C")
LAYERS: dict[str, list[Wrap]] = {
    "base64 in base64": [standard, standard],
    "hexadecimal in base64": [WRAPPINGS["hexadecimal"][0], standard],
    "base64 in hexadecimal": [standard, WRAPPINGS["hexadecimal"][0]],
    "base64 in escapes": [standard, WRAPPINGS["escapes of JSON"][0]],
    "base64 in percent signs": [standard, WRAPPINGS["percent signs"][0]],
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    rules, problems = parse_rules(Path("acme.toml"), RULES.encode())
    assert problems == []
    return Scanner(Catalog(rules))


def only(scanner: Scanner, text: str, path: str = FILE) -> Finding:
    (finding,) = scanner.scan(text, path)
    return finding


def covers(finding: Finding, text: str, value: str) -> bool:
    """Whether the span is just `value`; as a truth, so that no failure shows it."""
    return Text(text).cut(finding.span) == value


class TestEncodings:
    @pytest.mark.parametrize("name", WRAPPINGS)
    @pytest.mark.parametrize("inner", [TOKEN, SENTENCE], ids=["the token alone", "in a sentence"])
    def test_the_finding_stands_on_the_outer_value(self, scanner: Scanner, name: str, inner: str) -> None:
        """On what stands for the token where each character is written for itself."""
        wrap, said = WRAPPINGS[name]
        value = wrap(inner)
        text = f'api_token = "{value}"'
        finding = only(scanner, text)
        assert finding.rule == "acme-token"
        assert covers(finding, text, wrap(TOKEN) if name in ONE_BY_ONE else value)
        assert f"(in {said})" in finding.message
        assert finding.severity is Severity.ERROR

    @pytest.mark.parametrize("name", [name for name, (_, said) in WRAPPINGS.items() if said.startswith(("b", "h"))])
    def test_the_value_needs_no_name(self, scanner: Scanner, name: str) -> None:
        value = WRAPPINGS[name][0](TOKEN)
        text = f'connect("{value}")'
        finding = only(scanner, text)
        assert finding.rule == "acme-token"
        assert covers(finding, text, value)

    @pytest.mark.parametrize("escape", ["%5F", "%5f", "\\u005f", "\\u005F", "\\x5f"])
    def test_one_escape_within_a_token(self, scanner: Scanner, escape: str) -> None:
        value = TOKEN.replace("_", escape)
        text = f'api_token = "{value}"'
        finding = only(scanner, text)
        assert finding.rule == "acme-token"
        assert covers(finding, text, value)

    @pytest.mark.parametrize("name", LAYERS)
    def test_two_layers(self, scanner: Scanner, name: str) -> None:
        value = TOKEN
        for wrap in LAYERS[name]:
            value = wrap(value)
        text = f'api_token = "{value}"'
        finding = only(scanner, text)
        assert finding.rule == "acme-token"
        assert covers(finding, text, value)

    def test_a_key_block(self, scanner: Scanner) -> None:
        value = standard(KEY)
        text = f"tls_key: {value}"
        finding = only(scanner, text, "deploy/values.yml")
        assert (finding.rule, finding.kind) == ("acme-key", "private-key")
        assert covers(finding, text, value)

    def test_a_secret_of_kubernetes(self, scanner: Scanner) -> None:
        value = standard(TOKEN)
        text = f"apiVersion: v1\nkind: Secret\ndata:\n  username: {standard('ada')}\n  shop-credential: {value}\n"
        finding = only(scanner, text, "deploy/secret.yml")
        assert finding.rule == "acme-token"
        assert covers(finding, text, value)

    def test_a_password_that_the_text_within_names(self, scanner: Scanner) -> None:
        value = standard('{"user": "ada", "password": "kM7#vQ2!' + 'xR9zT4b"}')
        text = f'setting = "{value}"'
        finding = only(scanner, text)
        assert finding.rule == "generic-password"
        assert covers(finding, text, value)

    @pytest.mark.parametrize(
        ("before", "password", "after"),
        [
            ("user%3Aada%40lumen.example%26password%3D", "kM7%2BvQ2%21" + "xR9zT4b", "%26next%3D%2Fshop"),
            ("https://shop.example/login?next=%2Fcart&password=", "kM7%2BvQ2%21" + "xR9zT4b", ""),
            ("session=%7B%22user%22%3A%22ada%22%2C%22password%22%3A%22", "kM7%2BvQ2%21" + "xR9zT4b", "%22%7D"),
            ("{\\u0022user\\u0022:7,\\u0022password\\u0022:\\u0022", "kM7\\u0023vQ2\\x21" + "xR9zT4b", "\\u0022}"),
        ],
        ids=["form", "query", "cookie", "JSON"],
    )
    def test_a_password_in_what_is_encoded_stands_for_itself(
        self, scanner: Scanner, before: str, password: str, after: str
    ) -> None:
        text = f'state = "{before}{password}{after}"'
        finding = only(scanner, text)
        assert finding.rule == "generic-password"
        assert covers(finding, text, password)

    def test_one_within_two_layers_stands_for_itself(self, scanner: Scanner) -> None:
        inner = "password%3D" + "kM7%2BvQ2%21" + "xR9zT4b"
        text = 'state = "next%3D' + inner.replace("%", "%25") + '%26user%3Dada"'
        finding = only(scanner, text)
        assert covers(finding, text, ("kM7%2BvQ2%21" + "xR9zT4b").replace("%", "%25"))

    @pytest.mark.parametrize("name", ["base64", "hexadecimal", "percent signs"])
    def test_what_holds_no_secret_is_none(self, scanner: Scanner, name: str) -> None:
        value = WRAPPINGS[name][0]("the quick brown fox jumps over 12 lazy dogs")
        assert [f for f in scanner.scan(f'setting = "{value}"', FILE) if "(in " in f.message] == []

    def test_a_placeholder_within_is_none(self, scanner: Scanner) -> None:
        value = standard("acme_" + "x" * 24)
        assert [f for f in scanner.scan(f'setting = "{value}"', FILE) if f.rule == "acme-token"] == []

    @pytest.mark.parametrize(
        ("path", "severity"), [("tests/test_app.py", Severity.INFORMATION), ("src/app.py", Severity.ERROR)]
    )
    def test_the_file_counts_as_for_any_other(self, scanner: Scanner, path: str, severity: Severity) -> None:
        assert only(scanner, f'setting = "{standard(TOKEN)}"', path).severity is severity


class TestPlainSight:
    @pytest.mark.parametrize("name", ["api_token", "callback"])
    def test_a_token_beside_escapes_is_found_where_it_stands(self, scanner: Scanner, name: str) -> None:
        text = f'{name} = "https://acme.example/?q=%22-{TOKEN}-%22"'
        finding = only(scanner, text)
        assert finding.rule == "acme-token"
        assert covers(finding, text, TOKEN)
        assert "(in " not in finding.message

    @pytest.mark.parametrize("escape", ["%22", "\\u0022", "\\x22"])
    def test_a_token_that_an_escape_hides_from_its_rule_is_found(self, scanner: Scanner, escape: str) -> None:
        text = f'api_token = "{{{escape}id{escape}: {escape}{TOKEN}{escape}}}"'
        assert [finding.rule for finding in scanner.scan(text, FILE)] == ["acme-token"]

    def test_a_wrapped_one_beside_a_plain_one_is_one_more(self, scanner: Scanner) -> None:
        value = standard(TOKEN)
        text = f'pair("{TOKEN}", "{value}")'
        plain, wrapped = scanner.scan(text, FILE)
        assert covers(plain, text, TOKEN)
        assert covers(wrapped, text, value)
        assert [plain.rule, wrapped.rule] == ["acme-token"] * 2


class TestBounds:
    def test_nobody_looks_below_many_layers(self, scanner: Scanner) -> None:
        value = TOKEN
        found = []
        for _ in range(8):
            value = standard(value)
            found.append(any(f.rule == "acme-token" for f in scanner.scan(f'setting = "{value}"', FILE)))
        assert found[:2] == [True, True]
        assert found[-1] is False
        assert found == sorted(found, reverse=True)

    @pytest.mark.parametrize("size", [0, 3, 19, MOST + 1, 10 * MOST])
    def test_nothing_is_taken_out_of_what_is_too_short_or_too_long(self, size: int) -> None:
        value = standard("a" * size)[:size]
        assert list(unwrapped(value)) == []

    @pytest.mark.parametrize("name", WRAPPINGS)
    def test_what_is_taken_out_is_shorter_than_its_wrapping(self, name: str) -> None:
        value = WRAPPINGS[name][0](SENTENCE)
        texts = [text for _, text in unwrapped(value)]
        assert len(texts) == 1
        assert all(len(text) < len(value) for text in texts)

    @pytest.mark.parametrize("width", [76, 4000, 2_000_000])
    @pytest.mark.parametrize("name", ["base64", "hexadecimal"])
    def test_a_megabyte_of_bytes_is_read_to_its_end(self, scanner: Scanner, name: str, width: int) -> None:
        data = random.Random(7).randbytes(750_000)
        blob = data.hex()[:1_000_000] if name == "hexadecimal" else base64.b64encode(data).decode()
        assert findings_below(scanner, blob, width) == [("acme-token", True)]

    @pytest.mark.parametrize("width", [76, 4000, 200_000])
    def test_wrapped_text_without_a_secret_is_read_to_its_end(self, scanner: Scanner, width: int) -> None:
        blob = standard("the quick brown fox jumps over 12 lazy dogs; " * 2000)
        assert findings_below(scanner, blob, width) == [("acme-token", True)]

    def test_a_great_many_in_one_encoded_value(self, scanner: Scanner) -> None:
        text = 'state = "' + f"%22{TOKEN}%22-" * 100 + '"'
        found = scanner.scan(text, FILE)
        assert len(found) == 100
        assert all(covers(finding, text, TOKEN) for finding in found)

    def test_a_great_many_wrapped_values_on_one_line(self, scanner: Scanner) -> None:
        value = standard(standard(TOKEN))
        text = "[" + ", ".join([f'"{value}"'] * 2000) + "]"
        found = scanner.scan(text, "dump.json")
        assert len(found) == 2000
        assert all(covers(finding, text, value) for finding in found[:3] + found[-3:])


def findings_below(scanner: Scanner, blob: str, width: int) -> list[tuple[str, bool]]:
    """The rules that found something with a token on the line below `blob` in lines, and whether it is there."""
    lines = [blob[at : at + width] for at in range(0, len(blob), width)]
    text = "\n".join(['blob = """', *lines, '"""', f'key = "{TOKEN}"'])
    return [(finding.rule, finding.span.line == len(lines) + 2) for finding in scanner.scan(text, FILE)]
