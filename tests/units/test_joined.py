"""A token that is written in pieces is found as one, over all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from unleak.detect.catalog import Catalog, parse_rules
from unleak.finding import Span
from unleak.scanner import LiveScan, Scanner

RULES = r"""
[[rules]]
id = "acme-token"
severity = "error"
distinctive = true
regex = '\b(acme_[A-Za-z0-9]{24})\b'
keywords = ["acme_"]
"""
TOKEN = "acme_" + "Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd"
A, B, C = TOKEN[:11], TOKEN[11:20], TOKEN[20:]
PIECES = {"A": A, "B": B, "C": C}
FILE = "src/app.py"

WRITTEN = {
    "plus": 'key = "A" + "B" + "C"',
    "plus, no blanks": 'key = "A"+"B"+"C"',
    "a dot": "$key = 'A' . 'B' . 'C';",
    "two dots": 'local key = "A" .. "B" .. "C"',
    "an ampersand": 'key = "A" & "B" & "C"',
    "Elixir": 'key = "A" <> "B" <> "C"',
    "nothing": 'key = "A" "B" "C"',
    "both quotes": 'key = "A" + \'B\' + "C"',
    "two pieces": 'key = "AB" + "C"',
    "an argument": 'connect("A" + "B" + "C", "eu")',
    "plus at the end of lines": 'key = "A" +\n      "B" +\n      "C"',
    "plus at the start of lines": 'key = "A"\n    + "B"\n    + "C"',
    "a dot at the end of lines": '$key = "A" .\n  "B" .\n  "C";',
    "a dot at the start of lines": "$key = 'A'\n  . 'B'\n  . 'C';",
    "an ampersand at the end of lines": 'key = "A" &\n "B" &\n "C"',
    "two dots at the start of lines": 'local key = "A"\n  .. "B"\n  .. "C"',
    "Elixir at the end of lines": 'key = "A" <>\n  "B" <>\n  "C"',
    "blanks at the end of lines": 'key = "A" + \n      "B" + \n      "C"',
    "a backslash": 'key = "A" \\\n    "B" \\\n    "C"',
    "plus and a backslash": 'key = "A" + \\\n    "B" + \\\n    "C"',
    "in brackets": 'key = (\n    "A"\n    "B"\n    "C"\n)',
    "in brackets from the first line on": 'key = ("A"\n       "B"\n       "C")',
    "Go": 'const key = "A" +\n\t"B" +\n\t"C"',
    "on two lines": 'key = "A" + "B" +\n  "C"',
}
APART = {
    "a comma": 'keys = ["A", "B", "C"]',
    "commas and lines": 'keys = [\n  "A",\n  "B",\n  "C",\n]',
    "a semicolon": 'a = "A"; b = "BC"',
    "a name": 'key = "A" + region + "BC"',
    "another operator": 'key = "A" - "BC"',
    "an empty line": 'key = "A" +\n\n\n"BC"',
    "a line between": 'key = "A" \\\nx = 1\n"BC"',
    "other quotes": "key = \"A' + 'BC\"",
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    rules, problems = parse_rules(Path("acme.toml"), RULES.encode())
    assert problems == []
    return Scanner(Catalog(rules))


def filled(template: str) -> str:
    """`template` with the pieces of the token in place of the letters in its quotes."""
    for names in ("ABC", "AB", "BC", "A", "B", "C"):
        for quote in "\"'":
            value = "".join(PIECES[name] for name in names)
            template = template.replace(quote + names + quote, quote + value + quote)
            template = template.replace(quote + names + "' ", quote + value + "' ")
            template = template.replace(" '" + names + quote, " '" + value + quote)
    return template


def span_over(text: str) -> Span:
    """From the first character of the token to the last one, without quotes."""
    start, end = text.index(A), text.index(C) + len(C)
    line, end_line = text.count("\n", 0, start), text.count("\n", 0, end)
    return Span(line, start - text.rfind("\n", 0, start) - 1, end_line, end - text.rfind("\n", 0, end) - 1)


class TestPieces:
    @pytest.mark.parametrize("name", WRITTEN)
    def test_are_one_finding_from_the_first_character_to_the_last(self, scanner: Scanner, name: str) -> None:
        text = filled(WRITTEN[name])
        assert [(f.rule, f.span) for f in scanner.scan(text, FILE)] == [("acme-token", span_over(text))]

    @pytest.mark.parametrize("path", ["deploy/values.yml", "src/app.rb", "notes"])
    def test_are_found_in_any_file(self, scanner: Scanner, path: str) -> None:
        text = filled(WRITTEN["plus at the end of lines"])
        assert [f.span for f in scanner.scan(text, path)] == [span_over(text)]

    @pytest.mark.parametrize("line_break", ["\r\n", "\r"])
    @pytest.mark.parametrize("name", [name for name, text in WRITTEN.items() if "\n" in text])
    def test_lines_may_end_otherwise(self, scanner: Scanner, name: str, line_break: str) -> None:
        text = filled(WRITTEN[name])
        found = scanner.scan(text.replace("\n", line_break), FILE)
        assert [(f.rule, f.span) for f in found] == [("acme-token", span_over(text))]

    @pytest.mark.parametrize("name", APART)
    def test_that_are_not_joined_are_none(self, scanner: Scanner, name: str) -> None:
        assert [f.rule for f in scanner.scan(filled(APART[name]), FILE) if f.rule == "acme-token"] == []

    @pytest.mark.parametrize(("below", "found"), [(1, 1), (6, 1), (7, 0)])
    def test_reach_six_lines_down(self, scanner: Scanner, below: int, found: int) -> None:
        pieces = [TOKEN[at : at + 3] for at in range(0, 3 * below, 3)] + [TOKEN[3 * below :]]
        text = "key = " + " +\n".join(f'"{piece}"' for piece in pieces)
        assert text.count("\n") == below
        assert [f.rule for f in scanner.scan(text, FILE)] == ["acme-token"] * found

    def test_begin_and_end_where_the_first_and_the_last_literal_do(self, scanner: Scanner) -> None:
        text = f'header = "Bearer " + "{A}" + "{B}{C}" + "."'
        (finding,) = scanner.scan(text, FILE)
        assert finding.rule == "acme-token"
        assert finding.span.column <= text.index(A)
        assert finding.span.end_column >= text.index(C) + len(C)

    def test_two_on_one_line_are_two(self, scanner: Scanner) -> None:
        text = filled('pair("A" + "BC", "A" + "BC")')
        assert [f.rule for f in scanner.scan(text, FILE)] == ["acme-token"] * 2

    def test_a_token_that_stands_whole_is_found_once(self, scanner: Scanner) -> None:
        text = f'url = "{TOKEN}" + "/v1"'
        (finding,) = scanner.scan(text, FILE)
        assert finding.rule == "acme-token"
        assert finding.span.column == text.index(TOKEN)

    def test_a_name_of_a_secret_makes_no_second_finding(self, scanner: Scanner) -> None:
        text = filled('api_key = ("A" +\n  "B" +\n  "C")')
        assert [(f.rule, f.span) for f in scanner.scan(text, FILE)] == [("acme-token", span_over(text))]

    def test_the_message_says_so(self, scanner: Scanner) -> None:
        (finding,) = scanner.scan(filled(WRITTEN["plus"]), FILE)
        assert "(in pieces)" in finding.message

    def test_a_mark_on_any_of_their_lines_counts(self, scanner: Scanner) -> None:
        lines = filled(WRITTEN["plus at the end of lines"]).split("\n")
        assert scanner.scan("\n".join([*lines[:2], lines[2] + "  # unleak: ignore"]), FILE) == []


class TestEdits:
    @pytest.mark.parametrize("name", [name for name, text in WRITTEN.items() if "\n" in text])
    def test_of_any_line_end_in_a_full_scan(self, scanner: Scanner, name: str) -> None:
        source = "x = 1\n" + filled(WRITTEN[name]) + "\ny = 2\n"
        for line in range(source.count("\n") + 1):
            for change in (Span(line, 0, line, 0), Span(line, 0, line, 1), Span(line, 0, line, 200)):
                live = LiveScan(scanner, FILE, source)
                for span, new in ((change, "# "), (Span(line, 0, line, 200), source.split("\n")[line])):
                    live.replace(span, new)
                    assert live.findings == scanner.scan(str(live.text), FILE)
                assert len(live.findings) == 1

    def test_the_last_piece_decides_six_lines_above(self, scanner: Scanner) -> None:
        pieces = [TOKEN[at : at + 3] for at in range(0, 18, 3)]
        live = LiveScan(scanner, FILE, "key = " + " +\n".join(f'"{piece}"' for piece in pieces) + ' +\n"')
        before = len(live.findings)
        live.replace(Span(6, 1, 6, 1), f'{TOKEN[18:]}"')
        assert (before, len(live.findings)) == (0, 1)
