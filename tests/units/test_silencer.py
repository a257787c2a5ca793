"""One configuration over the findings of one scanner: severities, rules that are off, what is allowed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from unleak.config import Config
from unleak.detect.catalog import Catalog, parse_rules
from unleak.finding import Finding, Severity
from unleak.scanner import Scanner
from unleak.suppress.allow import Allow, Allowances, value_hash
from unleak.suppress.baseline import Baseline, contexts_of
from unleak.suppress.entries import State, formatted

RULES = r"""
provider = "acme"
title = "Acme"

[[rules]]
id = "acme-token"
description = "Acme token"
severity = "error"
distinctive = true
regex = '\b(acme_[A-Za-z0-9]{24})\b'
keywords = ["acme_"]

[[rules]]
id = "acme-session"
description = "Acme session"
severity = "warning"
distinctive = true
regex = 'session=(acmes_[A-Za-z0-9]{24})\b'
keywords = ["acmes_"]

[[rules]]
id = "acme-key"
description = "Acme key"
severity = "warning"
context = ["acme"]
regex = '[A-Za-z0-9]{24}'
"""
BODY = "Zk3mT9qLw2Xv7Rb5" + "Nc8Yp1Hd"
TOKEN, SESSION = f"acme_{BODY}", f"acmes_{BODY}"
PASSWORD = "kM7#vQ2!" + "xR9zT4b"
LINES = {
    "acme-token": f'api_token = "{TOKEN}"',
    "acme-session": f'api_token = "session={SESSION}"',
    "acme-key": f'acme_api_key = "{BODY}"',
    "generic-password": f'db_password = "{PASSWORD}"',
}
TEXT = "\n".join(LINES.values())
FILE = "src/app.py"
KEY = bytes(range(16))
HASHES = {
    "sha256": "sha256:" + hashlib.sha256(TOKEN.encode()).hexdigest(),
    "sha1": "sha1:" + hashlib.sha1(TOKEN.encode()).hexdigest(),
    "blake2b": "blake2b:" + value_hash(TOKEN, KEY),
}
ALLOWS = {
    # an entry, and the rules of what it silences in TEXT
    "a value": (Allow(reason="r", values=frozenset([HASHES["sha256"]])), {"acme-token"}),
    "a value, by SHA-1": (Allow(reason="r", values=frozenset([HASHES["sha1"]])), {"acme-token"}),
    "a value, by the project's key": (Allow(reason="r", values=frozenset([HASHES["blake2b"]])), {"acme-token"}),
    "a pattern": (Allow(reason="r", patterns=("^acmes_",)), {"acme-session"}),
    "a pattern for the line": (Allow(reason="r", patterns=("^db_",), target="line"), {"generic-password"}),
    "a pattern for the match": (Allow(reason="r", patterns=("^session=",), target="match"), {"acme-session"}),
    "a stopword": (Allow(reason="r", stopwords=("ACMES_",)), {"acme-session"}),
    "a path": (Allow(reason="r", paths=("/src/",)), set(LINES)),
    "another path": (Allow(reason="r", paths=("/lib/",)), set()),
    "a rule in a path": (Allow(reason="r", paths=("/src/",), rules=frozenset(["acme-key"])), {"acme-key"}),
    "a pattern in another path": (Allow(reason="r", paths=("/lib/",), patterns=("^acmes_",)), set()),
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    rules, problems = parse_rules(Path("acme.toml"), RULES.encode())
    assert problems == []
    return Scanner(Catalog(rules))


def reported(scanner: Scanner, config: Config, text: str = TEXT, path: str = FILE) -> dict[str, Severity]:
    return {finding.rule: finding.severity for finding in scanner.configured(config).scan(text, path)}


def silenced(scanner: Scanner, config: Config, text: str = TEXT) -> dict[str, str]:
    """The reasons by rule."""
    scanner = scanner.configured(config)
    findings = scanner.all_settled(scanner.read(text, FILE), FILE)
    return {finding.rule: finding.silenced for finding in findings if finding.silenced}


def test_without_a_configuration_all_are_reported(scanner: Scanner) -> None:
    assert reported(scanner, Config()) == {
        "acme-token": Severity.ERROR,
        "acme-session": Severity.WARNING,
        "acme-key": Severity.WARNING,
        "generic-password": Severity.WARNING,
    }


class TestSeverity:
    @pytest.mark.parametrize("rule", LINES)
    @pytest.mark.parametrize("severity", [Severity.ERROR, Severity.INFORMATION])
    def test_of_one_rule(self, scanner: Scanner, rule: str, severity: Severity) -> None:
        assert reported(scanner, Config(severity={rule: severity})) == reported(scanner, Config()) | {rule: severity}

    def test_of_a_provider(self, scanner: Scanner) -> None:
        found = reported(scanner, Config(severity={"acme/*": Severity.INFORMATION}))
        assert {rule for rule, severity in found.items() if severity is Severity.INFORMATION} == {
            "acme-token",
            "acme-session",
            "acme-key",
        }

    def test_of_what_no_rule_names(self, scanner: Scanner) -> None:
        found = reported(scanner, Config(severity={"generic/*": Severity.ERROR}))
        assert found["generic-password"] is Severity.ERROR

    def test_an_id_counts_before_its_provider(self, scanner: Scanner) -> None:
        severity = {"acme/*": Severity.INFORMATION, "acme-token": Severity.WARNING}
        assert reported(scanner, Config(severity=severity))["acme-token"] is Severity.WARNING

    def test_lower_than_the_least_is_left_out(self, scanner: Scanner) -> None:
        config = Config(severity={"acme-token": Severity.INFORMATION}, min_severity=Severity.WARNING)
        assert set(reported(scanner, config)) == set(LINES) - {"acme-token"}

    def test_of_an_unknown_rule_changes_nothing(self, scanner: Scanner) -> None:
        assert reported(scanner, Config(severity={"nobody/*": None, "none": None})) == reported(scanner, Config())


class TestOff:
    @pytest.mark.parametrize("rule", LINES)
    def test_a_disabled_rule_is_silent_and_nothing_comes_in_its_place(self, scanner: Scanner, rule: str) -> None:
        assert reported(scanner, Config(disabled_rules=(rule,)), LINES[rule]) == {}
        assert silenced(scanner, Config(disabled_rules=(rule,)), LINES[rule]) == {rule: "its rule is off"}

    @pytest.mark.parametrize("rule", LINES)
    def test_off_is_the_same(self, scanner: Scanner, rule: str) -> None:
        assert reported(scanner, Config(severity={rule: None}), LINES[rule]) == {}

    def test_a_provider_is_off(self, scanner: Scanner) -> None:
        assert set(reported(scanner, Config(severity={"acme/*": None}))) == {"generic-password"}

    def test_one_of_its_rules_may_stay(self, scanner: Scanner) -> None:
        severity = {"acme/*": None, "acme-session": Severity.ERROR}
        assert reported(scanner, Config(severity=severity)) == {
            "acme-session": Severity.ERROR,
            "generic-password": Severity.WARNING,
        }

    def test_the_other_rules_stay(self, scanner: Scanner) -> None:
        found = reported(scanner, Config(disabled_rules=("acme-token", "unknown")))
        assert set(found) == set(LINES) - {"acme-token"}


class TestAllowed:
    @pytest.mark.parametrize("name", ALLOWS)
    def test_by(self, scanner: Scanner, name: str) -> None:
        allow, rules = ALLOWS[name]
        config = Config(allowances=Allowances((allow,), key=KEY))
        assert silenced(scanner, config) == dict.fromkeys(rules, "allowed: r")
        assert set(reported(scanner, config)) == set(LINES) - rules

    def test_the_first_that_fits_says_why(self, scanner: Scanner) -> None:
        allows = (Allow(reason="one", stopwords=("zzz",)), Allow(reason="two", stopwords=("acmes_",)))
        assert silenced(scanner, Config(allowances=Allowances(allows))) == {"acme-session": "allowed: two"}

    def test_a_pattern_that_runs_away_is_named_once_and_allows_nothing(self, scanner: Scanner) -> None:
        allow = Allow(reason="r", patterns=(r"^(?:a|aa)+$",), target="line")
        configured = scanner.configured(Config(allowances=Allowances((allow,))))
        line = "a" * 60 + f" {LINES['acme-token']}"
        found = configured.scan(f"{line}\n{line}", FILE)
        assert [finding.rule for finding in found] == ["acme-token"] * 2
        assert [problem.startswith("r: ") for problem in configured.problems] == [True]
        assert scanner.problems == []


class TestBaseline:
    def file(self, folder: Path, *rules: str, state: State = State.OPEN) -> Path:
        """A baseline with the findings of `rules` in the lines of TEXT."""
        baseline = Baseline(KEY)
        entries = []
        for rule in rules:
            line = LINES[rule]
            (finding,) = Scanner(Catalog(parse_rules(Path("acme.toml"), RULES.encode())[0])).scan(line, FILE)
            (context,) = contexts_of([line], [finding.span])
            value = line[finding.span.column : finding.span.end_column]
            entry = baseline.entry_of(FILE, rule, value, context)
            entries.append(type(entry)(entry.path, entry.rule, entry.content, entry.context, state))
        path = folder / "baseline.json"
        path.write_text(formatted(KEY, entries))
        return path

    def test_what_is_in_it_is_silent(self, scanner: Scanner, tmp_path: Path) -> None:
        config = Config(baseline=self.file(tmp_path, "acme-token", "generic-password"))
        assert silenced(scanner, config) == dict.fromkeys(["acme-token", "generic-password"], "in the baseline")
        assert set(reported(scanner, config)) == {"acme-session", "acme-key"}

    def test_what_people_called_a_secret_is_not(self, scanner: Scanner, tmp_path: Path) -> None:
        assert silenced(scanner, Config(baseline=self.file(tmp_path, "acme-token", state=State.SECRET))) == {}

    def test_a_file_that_changes_counts_anew(self, scanner: Scanner, tmp_path: Path) -> None:
        config = Config(baseline=self.file(tmp_path, "acme-token"))
        before = set(silenced(scanner, config))
        self.file(tmp_path, "acme-key", "generic-password")
        assert (before, set(silenced(scanner, config))) == ({"acme-token"}, {"acme-key", "generic-password"})

    def test_one_that_is_missing_or_broken_silences_nothing(self, scanner: Scanner, tmp_path: Path) -> None:
        (tmp_path / "broken.json").write_text("{")
        for name, problems in (("missing.json", 0), ("broken.json", 1)):
            configured = scanner.configured(Config(baseline=tmp_path / name))
            assert len(configured.scan(TEXT, FILE)) == len(LINES)
            assert len(configured.problems) == problems


class TestPlaces:
    def test_a_line_of_a_file_is_silent(self, scanner: Scanner) -> None:
        config = Config(places=frozenset([(FILE, 1), ("src/other.py", 0), (FILE, 99)]))
        assert set(silenced(scanner, config)) == {"acme-session"}
        assert set(reported(scanner, config)) == set(LINES) - {"acme-session"}
        assert set(reported(scanner, config, path="src/other.py")) == set(LINES) - {"acme-token"}


class TestConfigured:
    def test_it_shares_the_rules(self, scanner: Scanner) -> None:
        assert scanner.configured(Config()).catalog is scanner.catalog

    def test_it_leaves_the_first_one_as_it_is(self, scanner: Scanner) -> None:
        before = scanner.scan(TEXT, FILE)
        scanner.configured(Config(severity={"acme/*": None}, min_severity=Severity.ERROR)).scan(TEXT, FILE)
        assert scanner.scan(TEXT, FILE) == before

    def test_two_in_turns_do_not_disturb_each_other(self, scanner: Scanner, tmp_path: Path) -> None:
        (tmp_path / "broken.json").write_text("{")
        one = scanner.configured(Config(disabled_rules=("acme-token",), baseline=tmp_path / "broken.json"))
        other = scanner.configured(Config(severity={"acme-token": Severity.INFORMATION}))
        seen: list[list[Finding]] = []
        for _ in range(2):
            seen += [one.scan(TEXT, FILE), other.scan(TEXT, FILE)]
        assert seen[:2] == seen[2:]
        assert [len(found) for found in seen] == [3, 4, 3, 4]
        assert (len(one.problems), other.problems) == (1, [])

    def test_the_last_configuration_counts_alone(self, scanner: Scanner) -> None:
        off = scanner.configured(Config(disabled_rules=tuple(LINES)))
        assert off.scan(TEXT, FILE) == []
        assert off.configured(Config()).scan(TEXT, FILE) == scanner.configured(Config()).scan(TEXT, FILE)
