from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unleak.suppress.allow import Allowances
from unleak.suppress.imports import Imported, read_import

VALUE = "Qv7mZk3tR9xLw2Hd"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def read(folder: Path, name: str, source: str, below: str = "") -> Imported:
    (folder / name).write_text(source)
    return read_import(folder / name, below)


def reason(imported: Imported, path: str, *, value: str = VALUE, line: str = "", rule: str = "acme-token") -> str:
    return Allowances(imported.allows, imported.known).reason(rule, value, value, line or value, path)


class TestGitleaks:
    def test_older_and_newer_allow_lists(self, tmp_path: Path) -> None:
        imported = read(
            tmp_path,
            ".gitleaks.toml",
            """
            title = "shop"
            [extend]
            useDefault = true
            [allowlist]
            description = "fixtures"
            paths = ['''(^|/)fixtures/''']
            [[allowlists]]
            regexTarget = "line"
            regexes = ['''(?i)for TESTS\\z''']
            [[allowlists]]
            stopwords = ["ZK3T"]
            commits = ["0123456"]
            """,
        )
        assert imported.problems == ()
        assert not imported.has_rules
        assert reason(imported, "a/fixtures/x.py", value="other") == "allow-list of .gitleaks.toml"
        assert reason(imported, "a/x.py", value="other") == ""
        assert reason(imported, "a.py", value="other", line="x = 1  # for tests")
        assert reason(imported, "a.py")

    def test_and(self, tmp_path: Path) -> None:
        imported = read(
            tmp_path,
            ".gitleaks.toml",
            '[[allowlists]]\ncondition = "AND"\npaths = ["^a"]\nstopwords = ["zk3t"]\n',
        )
        assert [bool(reason(imported, path)) for path in ("a.py", "b.py")] == [True, False]
        assert not reason(imported, "a.py", value="other")

    def test_rules_of_its_own(self, tmp_path: Path) -> None:
        source = "[[rules]]\nid = 'own'\nregex = 'x'\n"
        lists = "[[allowlists]]\ntargetRules = ['{}']\nstopwords = ['zk3t']\n"
        own = read(tmp_path, ".gitleaks.toml", source + lists.format("own"))
        assert own.has_rules
        assert reason(own, "a.py", rule="own")
        assert not reason(own, "a.py", rule="acme-token")
        foreign = read(tmp_path, ".gitleaks.toml", source + lists.format("generic"))
        assert reason(foreign, "a.py", rule="acme-token")

    def test_paths_are_seen_from_its_folder(self, tmp_path: Path) -> None:
        imported = read(tmp_path, ".gitleaks.toml", "[allowlist]\npaths = ['^a']\n", "lib/")
        assert [bool(reason(imported, path)) for path in ("lib/a.py", "a.py")] == [True, False]

    @pytest.mark.parametrize(
        ("source", "problem"),
        [
            ("allowlist = 1", ":1: an allow-list is wrong: must be a table"),
            ("[allowlist]\n", ":1: an allow-list is wrong: it must name paths, regexes or stopwords"),
            ("[allowlist]\npaths = ['(']", ":1: an allow-list is wrong: not a regular expression"),
            ("[allowlist]\npaths = 'a'", ":1: an allow-list is wrong: its paths must be a list of texts"),
            ("[[allowlists]]\ncondition = 'XOR'", ":1: an allow-list is wrong: its condition must be OR or AND"),
            ("[[allowlists]]\nregexTarget = 'file'", ":1: an allow-list is wrong: its regexTarget must be one of"),
            (
                "[[allowlists]]\ncondition = 'AND'\ncommits = ['a']\npaths = ['a']",
                ":1: an allow-list is wrong: it is about commits",
            ),
            ("x = 1\n= 1", ":2:1: not valid TOML"),
        ],
    )
    def test_what_is_wrong_is_named_and_allows_nothing(self, tmp_path: Path, source: str, problem: str) -> None:
        imported = read(tmp_path, ".gitleaks.toml", source)
        assert imported.allows == ()
        assert len(imported.problems) == 1
        assert imported.problems[0].startswith(f"{tmp_path / '.gitleaks.toml'}{problem}")

    def test_a_wrong_list_among_others_is_named_by_its_line(self, tmp_path: Path) -> None:
        source = "[[allowlists]]\npaths = ['a']\n\n[[allowlists]]\npaths = ['(']\n"
        imported = read(tmp_path, ".gitleaks.toml", source)
        assert [problem.split(": ")[0] for problem in imported.problems] == [f"{tmp_path / '.gitleaks.toml'}:4"]
        assert reason(imported, "a")

    def test_commits_alone_allow_nothing_here(self, tmp_path: Path) -> None:
        assert read(tmp_path, ".gitleaks.toml", f"[allowlist]\ncommits = ['{COMMIT}']\n") == Imported()


class TestFingerprints:
    def test_places(self, tmp_path: Path) -> None:
        source = f"# known\n\nsrc/a.py:some-rule:3\n{COMMIT}:b:c.py:other:1\r\n./d.py:x:2\nwin\\e.py:x:4\n"
        assert read(tmp_path, ".gitleaksignore", source) == Imported(
            places=frozenset({("src/a.py", 2), ("b:c.py", 0), ("d.py", 1), ("win/e.py", 3)})
        )

    def test_below(self, tmp_path: Path) -> None:
        assert read(tmp_path, ".gitleaksignore", "a.py:r:1", "lib/").places == {("lib/a.py", 0)}

    def test_what_is_wrong_is_named_by_its_line(self, tmp_path: Path) -> None:
        imported = read(tmp_path, ".gitleaksignore", "a.py:rule:1\nfree text\n:r:1\n")
        assert imported.places == {("a.py", 0)}
        assert [problem.split(": ")[0] for problem in imported.problems] == [
            f"{tmp_path / '.gitleaksignore'}:{line}" for line in (2, 3)
        ]

    def test_few_of_many_problems_are_told(self, tmp_path: Path) -> None:
        problems = read(tmp_path, ".gitleaksignore", "x\n" * 5000).problems
        assert len(problems) == 11
        assert problems[-1].endswith("and 4,990 problems more.")


def baseline(**entry: Any) -> str:
    hashed = hashlib.sha1(VALUE.encode()).hexdigest()
    results = {"src/a.py": [{"type": "Secret", "hashed_secret": hashed, "line_number": 3, **entry}]}
    return json.dumps({"version": "1.5.0", "filters_used": [], "results": results})


class TestDetectSecrets:
    @pytest.mark.parametrize("entry", [{}, {"is_secret": False}, {"is_verified": True}])
    def test_known_values_in_their_files(self, tmp_path: Path, entry: dict[str, bool]) -> None:
        imported = read(tmp_path, ".secrets.baseline", baseline(**entry))
        assert reason(imported, "src/a.py") == "known in .secrets.baseline"
        assert reason(imported, "src/b.py") == ""
        assert reason(imported, "src/a.py", value="other") == ""

    def test_what_a_person_has_called_a_secret_is_reported(self, tmp_path: Path) -> None:
        assert reason(read(tmp_path, ".secrets.baseline", baseline(is_secret=True)), "src/a.py") == ""

    def test_below(self, tmp_path: Path) -> None:
        imported = read(tmp_path, ".secrets.baseline", baseline(), "lib/")
        assert [bool(reason(imported, path)) for path in ("lib/src/a.py", "src/a.py")] == [True, False]

    @pytest.mark.parametrize(
        "document",
        [
            {"filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["^tests/"]}]},
            {"filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": "^tests/"}]},
            {"filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": ["^Qv"]}]},
            {"filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_line", "pattern": ["tests$"]}]},
            {"exclude": {"files": "^tests/", "lines": None}},
            {"exclude_regex": "^tests/"},
        ],
    )
    def test_filters(self, tmp_path: Path, document: dict[str, Any]) -> None:
        imported = read(tmp_path, ".secrets.baseline", json.dumps({**document, "results": {}}))
        assert reason(imported, "tests/a.py", line="x = 1  # for tests")
        assert not reason(imported, "src/a.py", value="other")

    @pytest.mark.parametrize(
        ("source", "problem"),
        [
            ("{\n,", ":2: not valid JSON"),
            ("[" * 100_000, ":1: not valid JSON"),
            ("[]", ":1: holds no results"),
            ('{"results": []}', ":1: holds no results"),
            ('{"results": {},\n "exclude_regex": "("}', ":2: a filter is not a regular expression"),
        ],
        ids=["syntax", "deep", "list", "results", "filter"],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, source: str, problem: str) -> None:
        imported = read(tmp_path, ".secrets.baseline", source)
        assert (imported.allows, imported.known) == ((), ())
        assert len(imported.problems) == 1
        assert imported.problems[0].startswith(f"{tmp_path / '.secrets.baseline'}{problem}")

    VALUES = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    )

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.dictionaries(st.sampled_from(["results", "filters_used", "exclude", "exclude_regex", "x"]), VALUES))
    def test_never_raises(self, tmp_path: Path, document: dict[str, Any]) -> None:
        assert isinstance(read(tmp_path, ".secrets.baseline", json.dumps(document)), Imported)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    imported = read_import(tmp_path / ".gitleaksignore")
    assert imported.is_missing
    assert imported.problems == (f"{tmp_path / '.gitleaksignore'}: cannot be read (vanished); it is not used.",)
