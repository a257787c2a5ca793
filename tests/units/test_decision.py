"""What is reported, how severe it is, and what a finding says and does not say."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from unleak.detect.catalog import Catalog, parse_rules
from unleak.finding import Finding, Severity
from unleak.scanner import Scanner

RULES = r"""
provider = "acme"

[[rules]]
id = "acme-token"
description = "Acme token"
kind = "api-token"
severity = "error"
distinctive = true
regex = '\b(acme_[A-Za-z0-9]{24})\b'
keywords = ["acme_"]

[[rules]]
id = "acme-session"
description = "Acme session"
kind = "session-token"
severity = "warning"
distinctive = true
entropy = 3.0
regex = '\b(acmes_[A-Za-z0-9]{24})\b'
keywords = ["acmes_"]

[[rules]]
id = "github-token"
description = "GitHub token"
kind = "api-token"
severity = "error"
distinctive = true
checksum = "github"
regex = '\b(ghp_[A-Za-z0-9]{36})\b'
keywords = ["ghp_"]

[[rules]]
id = "acme-number"
description = "Acme number"
kind = "api-token"
severity = "error"
regex = '\b([0-9]{12})\b'

[[rules]]
id = "acme-key"
description = "Acme key file"
kind = "private-key"
severity = "error"
distinctive = true
regex = '-----BEGIN ACME KEY-----'
until = '-----END ACME KEY-----'
keywords = ["-----begin"]
"""
TOKEN = "acme_" + "Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd"
OTHER_TOKEN = "acme_" + "Hd1pY8cN5bR7vX2wLq9Tm3kZ"
SESSION = "acmes_" + "Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd"
SAMPLE_TOKEN = "acme_" + "abcdefZk3mT9qLw2Xv7Rb5Nc"
PROVEN = "ghp_" + "AQGXZ4G6o5DRCIz5dlsDMney55Mr0A4UNEG7"
DISPROVEN = "ghp_" + "AQGXZ4G6o5DRCIz5dlsDMney55Mr0A4UNEG8"
PASSWORD = "kM7#vQ2!" + "xR9zT4b"
PASSWORD_LINE = f'db_password = "{PASSWORD}"'

ERROR, WARNING, INFORMATION = Severity.ERROR, Severity.WARNING, Severity.INFORMATION


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    rules, problems = parse_rules(Path("acme.toml"), RULES.encode())
    assert problems == []
    return Scanner(Catalog(rules))


def one(scanner: Scanner, text: str, path: str = "src/app.py") -> Finding:
    (finding,) = scanner.scan(text, path)
    return finding


class TestWhatIsReported:
    def test_an_unmistakable_format_is_certain(self, scanner: Scanner) -> None:
        finding = one(scanner, f"x({TOKEN})")
        assert (finding.rule, finding.kind, finding.decided_by) == ("acme-token", "api-token", "rule")
        assert (finding.severity, finding.confidence) == (ERROR, 0.95)
        assert finding.message == "Acme token in the code: its format is unmistakable."

    def test_a_valid_checksum_is_a_proof(self, scanner: Scanner) -> None:
        finding = one(scanner, f"x({PROVEN})")
        assert (finding.severity, finding.confidence, finding.decided_by) == (ERROR, 0.99, "rule")
        assert finding.message == "GitHub token in the code: its checksum is valid."

    def test_a_wrong_checksum_leaves_the_word_to_the_signals(self, scanner: Scanner) -> None:
        finding = one(scanner, f'github_token = "{DISPROVEN}"')
        assert finding.decided_by == "signals"
        assert " checksum " not in finding.message
        assert " unmistakable" not in finding.message

    def test_a_format_that_many_things_have_leaves_it_to_them_too(self, scanner: Scanner) -> None:
        finding = one(scanner, 'acme_secret = "384756102938"')
        assert (finding.rule, finding.decided_by) == ("acme-number", "signals")

    def test_a_format_with_too_little_entropy_is_nothing(self, scanner: Scanner) -> None:
        assert one(scanner, f"x({SESSION})").rule == "acme-session"
        assert scanner.scan("x(acmes_" + "ab" * 12 + ")", "src/app.py") == []

    def test_name_and_value_together_are_enough(self, scanner: Scanner) -> None:
        finding = one(scanner, PASSWORD_LINE)
        assert (finding.rule, finding.kind, finding.severity) == ("generic-password", "password", WARNING)
        assert finding.decided_by == "signals"
        assert finding.message == "Password in the code: its name and its value fit."

    @pytest.mark.parametrize(
        "text",
        [
            'db_password = "${DB_PASSWORD}"',
            'db_password = "<your-password>"',
            'db_password = "xxxxxxxx"',
            'db_password = os.environ["DB_PASSWORD"]',
            'password_label = "Password"',
            'password = ""',
            "acme_" + "x" * 24,
        ],
    )
    def test_what_is_no_secret_is_not_reported(self, scanner: Scanner, text: str) -> None:
        assert scanner.scan(text, "src/app.py") == []

    @pytest.mark.parametrize(
        ("text", "rule", "kind"),
        [
            ('auth_token = "{}"', "generic-token", "api-token"),
            ('api_key = "{}"', "generic-api-key", "api-token"),
            ('client_secret = "{}"', "generic-secret", "secret-key"),
            ('url = "postgres://ada:{}@db.lumen-shop.dev/shop"', "url-password", "password"),
        ],
    )
    def test_the_name_gives_the_kind(self, scanner: Scanner, text: str, rule: str, kind: str) -> None:
        finding = one(scanner, text.format("kM7vQ2xR9zT4bW8nLc5y"))
        assert (finding.rule, finding.kind) == (rule, kind)


class TestOverlaps:
    def test_a_rule_and_a_literal_are_one_finding(self, scanner: Scanner) -> None:
        text = f'password = "{TOKEN}"'
        assert one(scanner, text).rule == "acme-token"

    def test_the_certain_one_wins_over_what_lies_around_it(self, scanner: Scanner) -> None:
        finding = one(scanner, f'secret = "prefix {TOKEN} suffix"')
        assert finding.rule == "acme-token"
        assert finding.span.end_column - finding.span.column == len(TOKEN)

    def test_two_on_a_line_are_two_in_order(self, scanner: Scanner) -> None:
        findings = scanner.scan(f'token = "{TOKEN}"; other = "{OTHER_TOKEN}"', "src/app.py")
        assert [finding.rule for finding in findings] == ["acme-token"] * 2
        assert findings[0].span < findings[1].span

    def test_what_lies_in_a_block_is_part_of_it(self, scanner: Scanner) -> None:
        text = f"-----BEGIN ACME KEY-----\n{PASSWORD_LINE}\n{TOKEN}\n-----END ACME KEY-----\n"
        finding = one(scanner, text)
        assert finding.rule == "acme-key"
        assert finding.span == (0, 0, 3, 22)


class TestSeverity:
    @pytest.mark.parametrize(
        ("path", "certain", "proven", "signals"),
        [
            ("src/app.py", ERROR, ERROR, WARNING),
            ("tests/test_app.py", INFORMATION, WARNING, INFORMATION),
            ("examples/app.py", INFORMATION, WARNING, INFORMATION),
            ("docs/app.py", WARNING, WARNING, INFORMATION),
        ],
    )
    def test_it_depends_on_what_the_file_is_for(
        self, scanner: Scanner, path: str, certain: Severity, proven: Severity, signals: Severity
    ) -> None:
        assert one(scanner, f"x({TOKEN})", path).severity is certain
        assert one(scanner, f"x({PROVEN})", path).severity is proven
        assert one(scanner, PASSWORD_LINE, path).severity is signals

    def test_a_made_up_value_is_information(self, scanner: Scanner) -> None:
        finding = one(scanner, f"x({SAMPLE_TOKEN})")
        assert finding.severity is INFORMATION
        assert finding.message == "Acme token of a development or sample kind: its format is unmistakable."

    def test_a_rule_never_gets_worse_than_it_says(self, scanner: Scanner) -> None:
        assert one(scanner, f"x({SESSION})").severity is WARNING

    def test_the_message_names_the_place(self, scanner: Scanner) -> None:
        assert " in a test: " in one(scanner, f"x({TOKEN})", "tests/test_app.py").message
        assert " in a sample: " in one(scanner, f"x({TOKEN})", "examples/app.py").message


class TestFingerprints:
    def of(self, scanner: Scanner, text: str, path: str = "src/app.py") -> str:
        return one(scanner, text, path).fingerprint

    def test_the_value_does_not_matter(self, scanner: Scanner) -> None:
        assert self.of(scanner, f'token = "{TOKEN}"') == self.of(scanner, f'token = "{OTHER_TOKEN}"')

    def test_nor_do_values_before_it_on_the_line(self, scanner: Scanner) -> None:
        one_way = scanner.scan(f'pair("{TOKEN}", "{OTHER_TOKEN}")', "src/app.py")
        the_other = scanner.scan(f'pair("{OTHER_TOKEN}", "{TOKEN}")', "src/app.py")
        assert [f.fingerprint for f in one_way] == [f.fingerprint for f in the_other]
        assert one_way[0].fingerprint != one_way[1].fingerprint

    def test_nor_does_the_line_number(self, scanner: Scanner) -> None:
        assert self.of(scanner, PASSWORD_LINE) == self.of(scanner, "import os\n\n" + PASSWORD_LINE)

    def test_nor_do_blanks_and_separators(self, scanner: Scanner) -> None:
        assert self.of(scanner, PASSWORD_LINE) == self.of(scanner, "\t  " + PASSWORD_LINE)
        assert self.of(scanner, PASSWORD_LINE, "a/b.py") == self.of(scanner, PASSWORD_LINE, "a\\b.py")

    def test_path_rule_and_key_do(self, scanner: Scanner) -> None:
        prints = {
            self.of(scanner, f'token = "{TOKEN}"'),
            self.of(scanner, f'token = "{TOKEN}"', "src/other.py"),
            self.of(scanner, f'secret = "{TOKEN}"'),
            self.of(scanner, f'token = "{SESSION}"'),
        }
        assert len(prints) == 4


@pytest.mark.parametrize("text", [PASSWORD_LINE, f'token = "{TOKEN}"', f'github_token = "{PROVEN}"'])
@pytest.mark.parametrize("path", ["src/app.py", "tests/test_app.py"])
def test_nothing_of_the_value_is_in_what_is_reported(scanner: Scanner, text: str, path: str) -> None:
    value = text.split('"')[1]
    said = repr(dataclasses.astuple(one(scanner, text, path)))
    parts = {value[at : at + 6] for at in range(len(value) - 5)} - {"acme_Z"}
    assert not any(part in said for part in parts)


def test_candidates_do_not_show_their_value(scanner: Scanner) -> None:
    shown = "".join(repr(candidates) for _, _, candidates in scanner.candidates(PASSWORD_LINE, "src/app.py"))
    assert shown
    assert PASSWORD not in shown
