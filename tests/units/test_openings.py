"""What begins like a known format and is none is a hint, and the real one beside it stays what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from unleak.config import Config
from unleak.detect.catalog import Catalog, bundled_rules, parse_rules, rule_files
from unleak.detect.openings import LEAST, Openings, opening_of
from unleak.finding import Severity
from unleak.scanner import Scanner
from unleak.text import Text

RULES = r"""
[[rules]]
id = "acme-token"
description = "Acme token"
severity = "error"
distinctive = true
regex = '\b(acme_[A-Za-z0-9]{24})\b'
keywords = ["acme_"]

[[rules]]
id = "acme-number"
description = "Acme number"
regex = '\b(nr_[0-9]{12})\b'
keywords = ["nr_"]
"""
BODY = "Zk3mT9qLw2Xv7Rb5" + "Nc8Yp1Hd"
TOKEN = "acme_" + BODY
NEAR = {
    "too short": TOKEN[:-4],
    "too long": TOKEN + "x7Kq",
    "a wrong character": TOKEN[:12] + "-" + TOKEN[13:],
}
FILE = "src/app.py"
OPENINGS = [
    ("abc_[0-9]{4}", "abc_"),
    (r"\b(abc_[0-9]{4})\b", "abc_"),
    (r"(?:^|[^\w\-])(abc_[0-9]{4})", "abc_"),
    (r"abc\.def[0-9]", "abc.def"),
    (r"abc\-d[0-9]", "abc-d"),
    ("abcd?e", "abc"),
    ("abcd*e", "abc"),
    ("abcd{2}e", "abc"),
    (r"abc\.?d", "abc"),
    (r"abc\d", "abc"),
    ("abc[de]", "abc"),
    ("abc(?:d|e)", "abc"),
    ("[ab]c", ""),
    ("", ""),
]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    rules, problems = parse_rules(Path("acme.toml"), RULES.encode())
    assert problems == []
    return Catalog(rules)


@pytest.fixture(scope="module")
def scanner(catalog: Catalog) -> Scanner:
    """One that shows hints."""
    return Scanner(catalog, Config(min_severity=Severity.HINT))


class TestNearMisses:
    @pytest.mark.parametrize("name", NEAR)
    def test_are_hints(self, scanner: Scanner, name: str) -> None:
        text = Text(f'api_token = "{NEAR[name]}"')
        (finding,) = scanner.scan(text, FILE)
        is_exact = text.cut(finding.span) == NEAR[name]
        assert is_exact
        assert (finding.severity, finding.decided_by) == (Severity.HINT, "signals")
        assert "acme-token" in finding.message
        assert finding.rule != "acme-token"

    @pytest.mark.parametrize("name", NEAR)
    def test_are_silent_unless_hints_are_asked_for(self, catalog: Catalog, name: str) -> None:
        assert Scanner(catalog, Config()).scan(f'api_token = "{NEAR[name]}"', FILE) == []

    @pytest.mark.parametrize("path", ["tests/test_app.py", "docs/app.md", ".env"])
    def test_are_no_more_in_other_files(self, scanner: Scanner, path: str) -> None:
        assert {f.severity for f in scanner.scan(f'api_token = "{NEAR["too short"]}"', path)} <= {Severity.HINT}

    @pytest.mark.parametrize("name", NEAR)
    def test_leave_a_real_one_beside_them_alone(self, scanner: Scanner, name: str) -> None:
        alone = scanner.scan(f'api_token = "{TOKEN}"', FILE)
        for text in (f'api_token = "{TOKEN}"; old_token = "{NEAR[name]}"', f'api_token = "{TOKEN}"\n# {NEAR[name]}'):
            found = [finding for finding in scanner.scan(text, FILE) if finding.severity is not Severity.HINT]
            assert found == alone

    def test_with_a_real_one_within_are_that_one(self, scanner: Scanner) -> None:
        text = Text(f'api_token = "{TOKEN}:{NEAR["too short"]}"')
        (finding,) = scanner.scan(text, FILE)
        assert (finding.rule, finding.severity) == ("acme-token", Severity.ERROR)

    @pytest.mark.parametrize("value", ["acme_token_for_tests", "acme_version", "acme_", "acme_xxxxxxxx"])
    def test_words_behind_an_opening_are_none(self, scanner: Scanner, value: str) -> None:
        assert [f for f in scanner.scan(f'api_token = "{value}"', FILE) if "acme-token" in f.message] == []

    def test_of_formats_that_many_things_have_are_no_hints(self, scanner: Scanner) -> None:
        value = "nr_" + BODY
        assert [f.severity for f in scanner.scan(f'api_token = "{value}"', FILE)] == [Severity.WARNING]

    def test_hold_nothing_of_the_value_in_their_message(self, scanner: Scanner) -> None:
        (finding,) = scanner.scan(f'api_token = "{NEAR["too short"]}"', FILE)
        is_told = BODY[:4] in repr(finding)
        assert not is_told


class TestOpenings:
    @pytest.mark.parametrize(("pattern", "opening"), OPENINGS)
    def test_are_what_every_match_begins_with(self, pattern: str, opening: str) -> None:
        assert opening_of(pattern) == opening

    def test_of_the_rules_of_unleak_stand_in_all_their_examples(self) -> None:
        wrong = []
        for file in rule_files([bundled_rules()]):
            for rule in parse_rules(file, file.read_bytes())[0]:
                if "}|" in rule.regex:
                    continue  # of several forms the first one's opening stands for all
                opening = opening_of(rule.regex) if rule.distinctive and not rule.until else ""
                missing = [number for number, text in enumerate(rule.examples, 1) if opening not in text]
                wrong += [f"{rule.id}: example {number}" for number in missing]
        assert wrong == []

    def test_of_one_token_are_those_of_its_rule(self, catalog: Catalog) -> None:
        openings = Openings(catalog.rules)
        assert openings.begins(TOKEN) == "acme-token"
        assert openings.begins("x" + TOKEN) == ""
        assert openings.begins("nr_" + BODY) == ""
        assert openings.begins("") == ""

    def test_the_longest_that_fits_counts(self) -> None:
        text = "".join(
            f"[[rules]]\nid = '{name}'\ndistinctive = true\nregex = '{opening}[0-9]{{9}}'\n"
            for name, opening in (("short", "ab_c"), ("long", "ab_cd_"), ("other", "ab_cx"))
        )
        openings = Openings(parse_rules(Path("ab.toml"), text.encode())[0])
        assert [openings.begins(value) for value in ("ab_c1", "ab_cd_1", "ab_cx1", "ab_1")] == [
            "short",
            "long",
            "other",
            "",
        ]

    def test_short_ones_and_mere_words_are_none(self) -> None:
        text = "".join(
            f"[[rules]]\nid = 'r{number}'\ndistinctive = true\nregex = '{opening}[0-9]{{9}}'\n"
            for number, opening in enumerate(["x_y"[: LEAST - 1], "word", "another"])
        )
        openings = Openings(parse_rules(Path("ab.toml"), text.encode())[0])
        assert [openings.begins(value + "123") for value in ("x_y", "word", "another")] == ["", "", ""]
