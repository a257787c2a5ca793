"""A secret is tied to what it is used with: an id, a public half, a user."""

from __future__ import annotations

from pathlib import Path

import pytest

from unleak.detect.catalog import Catalog, parse_rules
from unleak.finding import Finding, Severity, Span
from unleak.pairs import REACH
from unleak.scanner import LiveScan, Scanner
from unleak.text import Text

RULES = r"""
[[rules]]
id = "acme-secret"
description = "Acme secret"
kind = "secret-key"
severity = "error"
distinctive = true
regex = '\b(acmes_[A-Za-z0-9]{24})\b'
keywords = ["acmes_"]
pair = "acme-id"

[[rules]]
id = "acme-id"
description = "Acme key id"
kind = "access-key-id"
severity = "warning"
distinctive = true
regex = '\b(acmei_[A-Za-z0-9]{12})\b'
keywords = ["acmei_"]

[[rules]]
id = "acme-private"
description = "Acme private token"
severity = "error"
distinctive = true
regex = '\b(acmep_[A-Za-z0-9]{24})\b'
keywords = ["acmep_"]
pair = "acme-public"

[[rules]]
id = "acme-public"
description = "Acme public token"
public = true
regex = '\b(acmepub_[A-Za-z0-9]{12})\b'
keywords = ["acmepub_"]
"""
BODY = "Zk3mT9qLw2Xv7Rb5" + "Nc8Yp1Hd"
SECRET, ID = f'secret = "acmes_{BODY}"', f'key_id = "acmei_{BODY[:12]}"'
PRIVATE, PUBLIC = f'token = "acmep_{BODY}"', f'public = "acmepub_{BODY[:12]}"'
PASSWORD = "kM7#vQ2!" + "xR9zT4b"
PLAIN_PASSWORD = "kM7vQ2" + "xR9zT4b"
FILE = "src/app.py"
SIDES = ("above", "below", "beside")

USERS = {
    # where the user stands between « and », and the password for §
    "before it": "connect(user='«ada»', password='§')",
    "in JSON": '{"username": "«ada.lovelace»", "password": "§"}',
    "in a map": "{ 'user' => '«ada»', 'password' => '§' }",
    "in a connection string": "Server=db;User Id=«shop»;Password=§;",
    "in a shorter connection string": "Server=db;Uid=«shop»;Password=§;",
    "a mail address": 'login(email="«ada@lumen.dev»", password="§")',
    "in a URL": 'url = "postgres://«ada»:§@db.lumen-shop.dev/shop"',
    "on the line above": 'user = "«ada»"\npassword = "§"',
    "two lines above": 'DB_USER = "«ada»"\nDB_HOST = "db"\nDB_PASSWORD = "§"',
    "three lines above": 'db_username: «ada»\nhost: db\nport: 5432\ndb_password: "§"',
    "the nearest of two": 'user = "eve"\nuser = "«ada»"\npassword = "§"',
    "on the line before those above": 'user = "eve"\nlogin("x", user="«ada»", password="§")',
}
NO_USERS = {
    "four lines above": 'user = "ada"\na = 1\nb = 2\nc = 3\npassword = "§"',
    "below": 'password = "§"\nuser = "ada"',
    "a variable": 'user = $name\npassword = "§"',
    "another word": 'superuserx = "ada"\npassword = "§"',
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    rules, problems = parse_rules(Path("acme.toml"), RULES.encode())
    assert problems == []
    return Scanner(Catalog(rules))


@pytest.fixture(scope="module")
def bundled() -> Scanner:
    return Scanner()


def everything(scanner: Scanner, text: str, path: str = FILE) -> list[Finding]:
    return scanner.all_settled(scanner.read(text, path), path)


def related(scanner: Scanner, text: str) -> dict[str, list[int]]:
    """By rule, the lines of what the reported findings are related to."""
    return {finding.rule: [span.line for span in finding.related] for finding in scanner.scan(text, FILE)}


class TestPublicHalves:
    def test_are_not_reported(self, scanner: Scanner) -> None:
        assert scanner.scan(PUBLIC, FILE) == []

    def test_are_known_with_a_reason(self, scanner: Scanner) -> None:
        (finding,) = everything(scanner, PUBLIC)
        assert (finding.rule, finding.silenced) == ("acme-public", "public, no secret")

    @pytest.mark.parametrize(
        "text", [f"{PUBLIC}\n{PRIVATE}", f"{PRIVATE}\n{PUBLIC}", f"{PUBLIC}; {PRIVATE}"], ids=SIDES
    )
    def test_are_related_to_their_secret(self, scanner: Scanner, text: str) -> None:
        (finding,) = scanner.scan(text, FILE)
        assert finding.rule == "acme-private"
        (span,) = finding.related
        is_exact = Text(text).cut(span) == f"acmepub_{BODY[:12]}"
        assert is_exact

    def test_stay_silent_for_their_own_reason(self, scanner: Scanner) -> None:
        assert [f.silenced for f in everything(scanner, f"{PUBLIC}\n{PRIVATE}")] == ["public, no secret", ""]


class TestIds:
    def test_alone_are_reported(self, scanner: Scanner) -> None:
        (finding,) = scanner.scan(ID, FILE)
        assert (finding.rule, finding.severity) == ("acme-id", Severity.WARNING)

    @pytest.mark.parametrize("text", [f"{ID}\n{SECRET}", f"{SECRET}\n{ID}", f"pair({ID}, {SECRET})"], ids=SIDES)
    def test_are_part_of_the_finding_with_their_secret(self, scanner: Scanner, text: str) -> None:
        (finding,) = scanner.scan(text, FILE)
        assert finding.rule == "acme-secret"
        (span,) = finding.related
        is_exact = Text(text).cut(span) == f"acmei_{BODY[:12]}"
        assert is_exact
        assert {f.silenced for f in everything(scanner, text)} == {"", "part of the finding acme-secret"}

    @pytest.mark.parametrize(("between", "rules"), [(REACH - 1, {"acme-secret"}), (REACH, {"acme-id", "acme-secret"})])
    def test_are_tied_within_reach(self, scanner: Scanner, between: int, rules: set[str]) -> None:
        apart = "\n" * (between + 1)
        assert set(related(scanner, ID + apart + SECRET)) == rules
        assert set(related(scanner, SECRET + apart + ID)) == rules

    def test_the_nearest_counts(self, scanner: Scanner) -> None:
        assert related(scanner, f"{ID}\nx\n{SECRET}\n{ID}") == {"acme-id": [], "acme-secret": [3]}

    def test_each_secret_has_its_own(self, scanner: Scanner) -> None:
        text = "\n".join([ID, SECRET, "x", "x", ID, SECRET])
        assert [[span.line for span in f.related] for f in scanner.scan(text, FILE)] == [[0], [4]]

    def test_two_secrets_may_share_one(self, scanner: Scanner) -> None:
        text = "\n".join([SECRET, ID, SECRET])
        assert [[span.line for span in f.related] for f in scanner.scan(text, FILE)] == [[1], [1]]

    def test_of_other_providers_are_not_tied(self, scanner: Scanner) -> None:
        assert related(scanner, f"{PUBLIC}\n{SECRET}\n{ID}\n{PRIVATE}") == {"acme-secret": [2], "acme-private": [0]}

    def test_of_aws_are_tied_to_their_secret(self, bundled: Scanner) -> None:
        key_id = 'aws_access_key_id = "AKIA' + 'Q3EGP5ZKRXWN7VTB"'
        secret = 'aws_secret_access_key = "wJ4lr9UtnFEMI/K7MDENG/b' + 'PxRfiCYzT4kQ8sL2v"'
        assert [finding.rule for finding in bundled.scan(key_id, FILE)] == ["aws-access-key-id"]
        assert related(bundled, f"{key_id}\n{secret}") == {"aws-secret-access-key": [0]}


class TestUsers:
    @pytest.mark.parametrize("name", USERS)
    def test_beside_a_password_are_related(self, scanner: Scanner, name: str) -> None:
        marked = USERS[name].replace("§", PLAIN_PASSWORD)
        user = marked[marked.index("«") + 1 : marked.index("»")]
        text = marked.replace("«", "").replace("»", "")
        found = [finding for finding in scanner.scan(text, "src/app.yml") if finding.kind == "password"]
        assert [[Text(text).cut(span) for span in finding.related] for finding in found] == [[user]]

    @pytest.mark.parametrize("name", USERS)
    def test_have_a_span_in_the_text_as_it_stands(self, scanner: Scanner, name: str) -> None:
        marked = USERS[name].replace("§", PLAIN_PASSWORD)
        start = marked.index("«")
        line = marked.count("\n", 0, start)
        column = start - (marked.rfind("\n", 0, start) + 1)
        found = scanner.scan("🔑\r\n" + marked.replace("«", "").replace("»", "").replace("\n", "\r\n"), "src/app.yml")
        spans = [finding.related for finding in found if finding.kind == "password"]
        width = marked.index("»") - start - 1
        assert spans == [(Span(line + 1, column, line + 1, column + width),)]

    @pytest.mark.parametrize("name", NO_USERS)
    def test_elsewhere_are_none(self, scanner: Scanner, name: str) -> None:
        (finding,) = scanner.scan(NO_USERS[name].replace("§", PLAIN_PASSWORD), "src/app.yml")
        assert (finding.kind, finding.related) == ("password", ())

    def test_of_tokens_are_not_looked_for(self, scanner: Scanner) -> None:
        assert related(scanner, f'user = "ada"\n{PRIVATE}') == {"acme-private": []}


class TestEdits:
    def test_lines_above_move_what_is_related(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, FILE, f"x\n{ID}\nuser = 'ada'\npassword = '{PASSWORD}'\n{SECRET}")
        before = [[span.line for span in finding.related] for finding in live.findings]
        live.replace(Span(0, 0, 0, 0), "a\nb\n")
        assert before == [[2], [1]]
        assert [[span.line for span in finding.related] for finding in live.findings] == [[4], [3]]

    def test_taking_the_secret_away_leaves_the_id(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, FILE, f"{ID}\nx\n{SECRET}\n")
        rules = [[finding.rule for finding in live.findings]]
        for new in ("", SECRET):
            live.replace(Span(2, 0, 2, 200), new)
            rules.append([finding.rule for finding in live.findings])
        assert rules == [["acme-secret"], ["acme-id"], ["acme-secret"]]

    def test_lines_between_part_the_two(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, FILE, f"{ID}\n{SECRET}\n")
        live.replace(Span(1, 0, 1, 0), "x\n" * REACH)
        assert [finding.rule for finding in live.findings] == ["acme-id", "acme-secret"]
        live.replace(Span(1, 0, 2, 0), "")
        assert [finding.rule for finding in live.findings] == ["acme-secret"]

    def test_a_user_that_is_renamed_stays_related(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, FILE, f"user = 'ada'\nx\npassword = '{PASSWORD}'")
        live.replace(Span(0, 8, 0, 11), "grace")
        assert [finding.related for finding in live.findings] == [(Span(0, 8, 0, 13),)]
