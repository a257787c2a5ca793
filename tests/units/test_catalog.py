"""Rule files: what is right is in force, what is wrong is named and harms nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from unleak.detect.catalog import Catalog, bundled_rules, parse_rules
from unleak.detect.rule_check import check_rules
from unleak.finding import Severity

FILE = Path("acme.toml")
GOOD = r"""
[[rules]]
id = "good"
regex = 'good_[a-z0-9]{12}'
"""
FULL = r"""
provider = "acme"
title = "Acme"
documentation = "https://acme.example/tokens"
rotation = "https://acme.example/rotate"

[[rules]]
id = "acme-token"
description = "Acme token"
kind = "secret-key"
severity = "error"
distinctive = true
regex = 'key=(acme_)([a-z0-9]{12})'
keywords = ["ACME_"]
secret_group = 2
entropy = 2
path = '\.py$'
checksum = "github"
rotation = "https://acme.example/rotate-tokens"
examples = ['key=acme_{+}abc123abc123']
non_examples = ['key=acme_']
tags = ["ignored"]

[[rules.allowlists]]
regexes = ['^aaa']
stopwords = ["sample"]
paths = ['^vendor/']
"""
BROKEN = {
    # a file that is no use at all
    "not TOML": ("[[rules]\nid =", "not valid TOML"),
    "an open string": ("[[rules]]\nid = 'a", "not valid TOML"),
    "rules is a number": ("rules = 7", "[[rules]]"),
    "one table instead of many": ('[rules]\nid = "a"\nregex = "b"', "[[rules]]"),
}
WRONG = {
    # a rule beside a good one
    "no id": ("regex = 'a'", "'id' is missing"),
    "empty id": ("id = ''\nregex = 'a'", "'id' is missing"),
    "no regex": ("id = 'bad'", "'regex' is missing"),
    "regex does not compile": ("id = 'bad'\nregex = '(a'", "missing )"),
    "until does not compile": ("id = 'bad'\nregex = 'a'\nuntil = '(a'", "missing )"),
    "path does not compile": ("id = 'bad'\nregex = 'a'\npath = '['", "position"),
    "regex is a number": ("id = 'bad'\nregex = 7", "'regex' is missing"),
    "unknown key": ("id = 'bad'\nregex = 'a'\nkeyword = ['a']", "did you mean 'keywords'?"),
    "unknown key like none": ("id = 'bad'\nregex = 'a'\nzzz = 1", "unknown key 'zzz'"),
    "unknown kind": ("id = 'bad'\nregex = 'a'\nkind = 'thing'", "use one of api-token, "),
    "unknown severity": ("id = 'bad'\nregex = 'a'\nseverity = 'bad'", "use one of hint, "),
    "severity is a number": ("id = 'bad'\nregex = 'a'\nseverity = 3", ""),
    "entropy is a word": ("id = 'bad'\nregex = 'a'\nentropy = 'high'", ""),
    "group too big": ("id = 'bad'\nregex = '(a)'\nsecret_group = 2", "secret_group is 2 but the regex has 1 group"),
    "group is a word": ("id = 'bad'\nregex = '(a)'\nsecret_group = '1'", ""),
    "keywords is a word": ("id = 'bad'\nregex = 'a'\nkeywords = 'abc'", ""),
    "distinctive is a word": ("id = 'bad'\nregex = 'a'\ndistinctive = 'no'", ""),
    "unknown checksum": ("id = 'bad'\nregex = 'a'\nchecksum = 'nope'", "nope"),
    "allowlists is a number": ("id = 'bad'\nregex = 'a'\nallowlists = 3", ""),
    "allowlist is a number": ("id = 'bad'\nregex = 'a'\nallowlists = [3]", ""),
    "allowlist does not compile": ("id = 'bad'\nregex = 'a'\nallowlists = [{regexes = ['(']}]", "missing )"),
    "stopwords is a word": ("id = 'bad'\nregex = 'a'\nallowlists = [{stopwords = 'abc'}]", ""),
    "public is a word": ("id = 'bad'\nregex = 'a'\npublic = 'yes'", "'public' must be true or false"),
    "pair is a list": ("id = 'bad'\nregex = 'a'\npair = ['b']", "'pair' must be a string"),
    "context is a word": ("id = 'bad'\nregex = 'a'\ncontext = 'acme'", "'context' must be a list of strings"),
    "context with distinctive": (
        "id = 'bad'\nregex = 'a'\ncontext = ['a']\ndistinctive = true",
        "leave out distinctive",
    ),
    "context with keywords": ("id = 'bad'\nregex = 'a'\ncontext = ['a']\nkeywords = ['a']", "leave out distinctive"),
    "context with until": ("id = 'bad'\nregex = 'a'\ncontext = ['a']\nuntil = 'b'", "leave out distinctive"),
    "unknown target": ("id = 'bad'\nregex = 'a'\nallowlists = [{regexTarget = 'file'}]", "file"),
}


def parse(text: str) -> tuple[list[str], list[str]]:
    rules, problems = parse_rules(FILE, text.encode())
    return [rule.id for rule in rules], problems


class TestParsing:
    def test_every_key_is_read(self) -> None:
        (rule,), problems = parse_rules(FILE, FULL.encode())
        assert problems == []
        assert (rule.id, rule.provider, rule.title, rule.kind) == ("acme-token", "acme", "Acme", "secret-key")
        assert (rule.severity, rule.distinctive, rule.entropy) == (Severity.ERROR, True, 2.0)
        assert (rule.secret_group, rule.path, rule.checksum) == (2, r"\.py$", "github")
        assert rule.documentation == "https://acme.example/tokens"
        assert rule.rotation == "https://acme.example/rotate-tokens"
        assert rule.keywords == ("acme_",)

    def test_the_mark_in_examples_is_removed(self) -> None:
        (rule,), _ = parse_rules(FILE, FULL.encode())
        assert rule.examples == ("key=acme_" + "abc123abc123",)

    def test_little_is_needed(self) -> None:
        (rule,), problems = parse_rules(FILE, GOOD.encode())
        assert problems == []
        assert (rule.provider, rule.description, rule.kind) == ("acme", "good", "api-token")
        assert rule.severity is Severity.WARNING

    @pytest.mark.parametrize("name", BROKEN)
    def test_a_broken_file_is_one_problem(self, name: str) -> None:
        text, said = BROKEN[name]
        ids, problems = parse(text)
        assert ids == []
        (problem,) = problems
        assert problem.startswith("acme.toml: ")
        assert said in problem

    def test_a_file_in_another_encoding_is_one_problem(self) -> None:
        rules, problems = parse_rules(FILE, GOOD.encode("utf-16"))
        assert rules == []
        assert len(problems) == 1

    @pytest.mark.parametrize("name", WRONG)
    def test_a_wrong_rule_is_one_problem_and_the_others_stay(self, name: str) -> None:
        text, said = WRONG[name]
        ids, problems = parse(f"{GOOD}\n[[rules]]\n{text}\n{GOOD.replace('good', 'fine')}")
        assert ids == ["good", "fine"]
        (problem,) = problems
        assert problem.startswith("acme.toml: ")
        assert "bad" in problem or "without id" in problem
        assert said in problem
        assert "object" not in problem  # that is Python's way to say it, not a person's

    def test_rules_that_are_no_tables_are_problems(self) -> None:
        ids, problems = parse("rules = ['a', 7]")
        assert ids == []
        assert len(problems) == 2

    def test_names_of_gitleaks_are_understood(self) -> None:
        text = """
[[rules]]
id = "leaks"
regex = '(a)(b)'
secretGroup = 2
[[rules.allowlists]]
regexTarget = "line"
regexes = ['^#']
"""
        (rule,), problems = parse_rules(FILE, text.encode())
        assert problems == []
        assert rule.secret_group == 2
        assert rule.allowlists[0].target == "line"
        assert rule.secrets("ab") == [(1, 2)]
        assert rule.secrets("#ab") == []


class TestMatching:
    def secrets(self, line: str, path: str = "a.py", **changes: str) -> list[tuple[int, int]]:
        text = "[[rules]]\nid = 'r'\nregex = 'k=([a-z]{3,9})'\n" + "\n".join(f"{k} = {v}" for k, v in changes.items())
        (rule,), problems = parse_rules(FILE, text.encode())
        assert problems == []
        return rule.secrets(line, path)

    def test_the_first_group_is_the_secret(self) -> None:
        assert self.secrets("k=abc k=defg") == [(2, 5), (8, 12)]

    def test_group_0_is_the_whole_match(self) -> None:
        assert self.secrets("k=abc", secret_group="0") == [(0, 5)]

    def test_without_its_keyword_nothing_matches(self) -> None:
        assert self.secrets("k=abc", keywords="['zzz']") == []
        assert self.secrets("ZZZ k=abc", keywords="['zzz']") == [(6, 9)]

    def test_allowlists_take_matches_away(self) -> None:
        assert self.secrets("k=abc k=xyz", allowlists="[{regexes = ['^x']}]") == [(2, 5)]
        assert self.secrets("k=abc k=xyz", allowlists="[{regexes = ['k=x'], target = 'match'}]") == [(2, 5)]
        assert self.secrets("k=abc k=xyz", allowlists="[{regexes = ['c k'], target = 'line'}]") == []
        assert self.secrets("k=abc k=xyz", allowlists="[{stopwords = ['YZ']}]") == [(2, 5)]
        assert self.secrets("k=abc", "vendor/a.py", allowlists="[{paths = ['^vendor/']}]") == []
        assert self.secrets("k=abc", "src/a.py", allowlists="[{paths = ['^vendor/']}]") == [(2, 5)]

    def test_a_rule_may_be_for_some_paths(self) -> None:
        (rule,), _ = parse_rules(FILE, FULL.encode())
        assert rule.applies_to("src/a.py")
        assert not rule.applies_to("src/a.rb")

    def test_classes_are_ascii(self) -> None:
        text = r"""
[[rules]]
id = "word"
regex = '\bk=(\w+)'
"""
        (rule,), _ = parse_rules(FILE, text.encode())
        assert rule.secrets("éк=abc k=abé") == [(9, 11)]


class TestLoading:
    def test_the_rules_that_come_with_unleak_are_right(self) -> None:
        catalog = Catalog.load()
        assert catalog.problems == ()
        assert len({rule.kind for rule in catalog.rules}) > 5
        assert len(catalog.rules) >= 80

    def test_extra_rules_lie_over_those_of_unleak(self, tmp_path: Path) -> None:
        bundled = Catalog.load()
        name = bundled.rules[0].id
        (tmp_path / "mine.toml").write_text(f"[[rules]]\nid = '{name}'\nregex = 'mine'\n{GOOD}")
        catalog = Catalog.load([tmp_path])
        assert catalog.by_id[name].regex == "mine"
        assert list(catalog.by_id) == [*bundled.by_id, "good"]
        assert len(catalog.rules) == len(catalog.by_id)

    def test_what_is_wrong_in_one_file_leaves_the_others_in_force(self, tmp_path: Path) -> None:
        (tmp_path / "broken.toml").write_text("[[rules]")
        (tmp_path / "good.toml").write_text(GOOD)
        catalog = Catalog.load([tmp_path, tmp_path / "missing.toml"])
        assert "good" in catalog.by_id
        assert set(Catalog.load().by_id) < set(catalog.by_id)
        assert sorted(problem.split(":")[0].rpartition("/")[2] for problem in catalog.problems) == [
            "broken.toml",
            "missing.toml",
        ]

    def test_the_cache_keeps_all_that_a_rule_says(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("UNLEAK_CACHE_DIR", str(tmp_path / "cache"))
        (tmp_path / "full.toml").write_text(
            FULL + "[[rules]]\nid = 'named'\nregex = '[a-z]{20}'\ncontext = ['acme', 'Acme Cloud']\npair = 'open'\n"
            "[[rules]]\nid = 'open'\nregex = 'open_[a-z]{9}'\npublic = true\nkind = 'access-key-id'\n"
        )
        first, second = Catalog.load([tmp_path / "full.toml"]), Catalog.load([tmp_path / "full.toml"])
        assert (bool(first.by_id["acme-token"].examples), second.by_id["acme-token"].examples) == (True, ())
        assert second.rules == first.rules
        assert second.by_id["named"].context == ("acme", "acmecloud")
        assert (second.by_id["named"].pair, second.by_id["open"].public) == ("open", True)

    def test_problems_are_told_each_time(self, tmp_path: Path) -> None:
        (tmp_path / "broken.toml").write_text("[[rules]")
        first, second = Catalog.load([tmp_path]), Catalog.load([tmp_path])
        assert first.problems
        assert second.problems == first.problems


class TestProof:
    def test_the_rules_of_unleak_are_proven(self) -> None:
        assert check_rules([bundled_rules() / "github.toml"]) == []

    def test_what_an_example_does_not_prove_is_told(self, tmp_path: Path) -> None:
        file = tmp_path / "acme.toml"
        file.write_text(
            GOOD
            + "examples = ['good_abc123abc123', 'none']\nnon_examples = ['good_abc123abc123']\n"
            + GOOD.replace('"good"', '"bare"')
            + GOOD.replace('"good"', '"bare"')
            + "examples = ['good_abc123abc123']\nnon_examples = ['none']\n"
        )
        problems = check_rules([file])
        assert any("good: example 2 does not match" in problem for problem in problems)
        assert any("good: counter-example 1 matches" in problem for problem in problems)
        assert any("bare: give it at least one example" in problem for problem in problems)
        assert any("bare: the id is used twice" in problem for problem in problems)
        assert not any("example 1 does not" in problem for problem in problems)

    def test_examples_of_context_rules_have_to_be_named(self, tmp_path: Path) -> None:
        rule = (
            "[[rules]]\nid = '{}'\ncontext = ['acme']\nregex = '[a-z0-9]{{20}}'\nexamples = [{}]\nnon_examples = [{}]\n"
        )
        named, other = "'acme_key = \"q7w2e9r4t1y8u3i6o5p0\"'", "'other_key = \"q7w2e9r4t1y8u3i6o5p0\"'"
        (tmp_path / "acme.toml").write_text(rule.format("right", named, other) + rule.format("wrong", other, named))
        assert check_rules([tmp_path / "acme.toml"]) == [
            "wrong: example 1 is not named by it",
            "wrong: counter-example 1 is named by it",
        ]

    def test_a_pair_has_to_be_a_rule(self, tmp_path: Path) -> None:
        file = tmp_path / "acme.toml"
        file.write_text(GOOD + "pair = 'gone'\nexamples = ['good_abc123abc123']\nnon_examples = ['none']\n")
        assert check_rules([file]) == ["good: its pair 'gone' is no rule"]
