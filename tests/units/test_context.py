"""A plain value gets its provider's name from the words around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from unleak.detect.catalog import Catalog, parse_rules
from unleak.finding import Span
from unleak.scanner import LiveScan, Scanner
from unleak.text import Text

RULES = r"""
[[rules]]
id = "acme-key"
description = "Acme key"
severity = "warning"
context = ["Acme"]
regex = '[A-Za-z0-9]{24}'

[[rules]]
id = "acme-cloud-key"
description = "Acme Cloud key"
severity = "warning"
context = ["acme-cloud"]
regex = '[A-Za-z0-9]{24}'

[[rules]]
id = "globex-key"
description = "Globex key"
severity = "warning"
context = ["globex"]
regex = '[A-Za-z0-9]{24}'

[[rules]]
id = "initech-token"
description = "Initech token"
severity = "error"
distinctive = true
regex = '\binit_[A-Za-z0-9]{19}\b'
keywords = ["init_"]
"""
VALUE = "Zk3mT9qLw2Xv7Rb5" + "Nc8Yp1Hd"
OTHER_VALUE = "p7Wd4Hs9Kq2Zx6Vn" + "3Tb8Lm5R"
DISTINCTIVE = "init_" + VALUE[:19]
FILE = "src/settings.py"
LINE = f'api_key = "{VALUE}"'

NAMES = ["acme_key", "ACME_API_KEY", "acmeKey", "AcmeApiKey", "acme-key", "acme.key", "acmekey", "acmeapikey"]
NO_NAMES = ["pacme_api_key", "acmes_api_key", "macmeyer_api_key", "a_c_m_e_api_key", "api_key"]
CLOUD_NAMES = ["acme_cloud_key", "acmeCloudKey", "ACME-CLOUD-KEY", "acmecloud_key", "AcmeCloud_key"]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    rules, problems = parse_rules(Path("acme.toml"), RULES.encode())
    assert problems == []
    return Scanner(Catalog(rules))


def rules_of(scanner: Scanner, text: str, path: str = FILE) -> list[str]:
    return [finding.rule for finding in scanner.scan(text, path)]


class TestWords:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_provider_is_seen_in_the_name_of_the_value(self, scanner: Scanner, name: str) -> None:
        assert rules_of(scanner, f'"{name}": "{VALUE}"') == ["acme-key"]

    @pytest.mark.parametrize("name", NO_NAMES)
    def test_a_part_of_another_word_is_none(self, scanner: Scanner, name: str) -> None:
        assert rules_of(scanner, f'"{name}": "{VALUE}"') == ["generic-api-key"]

    @pytest.mark.parametrize("name", CLOUD_NAMES)
    def test_of_two_that_fit_the_longer_word_counts(self, scanner: Scanner, name: str) -> None:
        assert rules_of(scanner, f'"{name}": "{VALUE}"') == ["acme-cloud-key"]

    def test_words_in_hashes_are_accidents(self, scanner: Scanner) -> None:
        digits = "0f3b9c71d5e2" * 2
        assert rules_of(scanner, f'integrity("{digits}acme{digits}")\n{LINE}') == ["generic-api-key"]

    def test_long_names_are_no_hashes(self, scanner: Scanner) -> None:
        assert rules_of(scanner, f'the_production_settings_of_acme_for_europe_key = "{VALUE}"') == ["acme-key"]


class TestForm:
    @pytest.mark.parametrize("value", [VALUE + "x7", VALUE[:22], VALUE[:12] + "-" + VALUE[12:]], ids=range(3))
    def test_the_whole_value_has_it(self, scanner: Scanner, value: str) -> None:
        assert "acme-key" not in rules_of(scanner, f'acme_api_key = "{value}"')

    def test_an_unmistakable_format_goes_before_the_words(self, scanner: Scanner) -> None:
        assert len(DISTINCTIVE) == len(VALUE)
        assert rules_of(scanner, f'acme_api_key = "{DISTINCTIVE}"') == ["initech-token"]

    def test_a_sentence_has_none(self, scanner: Scanner) -> None:
        assert rules_of(scanner, f'acme_label = "the key is not {VALUE[:9]} here"') == []


class TestPlace:
    def test_the_line(self, scanner: Scanner) -> None:
        assert rules_of(scanner, f'client = Acme(api_key="{VALUE}")') == ["acme-key"]

    def test_a_comment_behind_the_value(self, scanner: Scanner) -> None:
        assert rules_of(scanner, f"{LINE}  # from the acme console") == ["acme-key"]

    @pytest.mark.parametrize("between", range(6))
    def test_six_lines_above(self, scanner: Scanner, between: int) -> None:
        assert rules_of(scanner, "client = Acme(\n" + "x = 1\n" * between + LINE) == ["acme-key"]

    def test_not_seven_lines_above(self, scanner: Scanner) -> None:
        assert rules_of(scanner, "client = Acme(\n" + "x = 1\n" * 6 + LINE) == ["generic-api-key"]

    def test_not_the_lines_below(self, scanner: Scanner) -> None:
        assert rules_of(scanner, LINE + "\nclient = Acme()") == ["generic-api-key"]

    def test_the_name_is_nearer_than_the_line(self, scanner: Scanner) -> None:
        assert rules_of(scanner, f'globex_key = "{VALUE}"  # not of acme') == ["globex-key"]

    def test_the_line_is_nearer_than_those_above(self, scanner: Scanner) -> None:
        assert rules_of(scanner, f"# acme\n{LINE}  # globex") == ["globex-key"]

    @pytest.mark.parametrize(("upper", "lower"), [("acme", "globex"), ("globex", "acme")])
    def test_the_nearest_line_above_counts(self, scanner: Scanner, upper: str, lower: str) -> None:
        assert rules_of(scanner, f"# {upper}\n# {lower}\nx = 1\n{LINE}") == [f"{lower}-key"]

    def test_a_word_whose_rule_does_not_fit_hides_no_other(self, scanner: Scanner) -> None:
        rules, _ = parse_rules(Path("acme.toml"), RULES.replace("[A-Za-z0-9]{24}", "[a-f0-9]{40}", 1).encode())
        assert rules_of(Scanner(Catalog(rules)), f'acme_globex_api_key = "{VALUE}"') == ["globex-key"]

    def test_every_value_has_its_own_name(self, scanner: Scanner) -> None:
        text = f'acme_key = "{VALUE}"\nglobex_key = "{OTHER_VALUE}"'
        assert rules_of(scanner, text) == ["acme-key", "globex-key"]


class TestReport:
    def test_the_finding_speaks_of_the_provider(self, scanner: Scanner) -> None:
        text = Text(f'acme_api_key = "{VALUE}"')
        (finding,) = scanner.scan(text, FILE)
        is_exact = text.cut(finding.span) == VALUE
        assert is_exact
        assert finding.decided_by == "signals"
        assert "cme key" in finding.message

    def test_a_name_above_counts_as_soon_as_it_is_there(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, FILE, "x = 1\n" * 6 + LINE)
        named = []
        for word in ("# acme", "# globex", "x = 1"):
            live.replace(Span(0, 0, 0, 100), word)
            named.append([finding.rule for finding in live.findings])
        assert named == [["acme-key"], ["globex-key"], ["generic-api-key"]]
