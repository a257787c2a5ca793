from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.suppress.allow import Allow, Allowances, Known, compiled, value_hash

VALUE = "Qv7mZk3tR9xLw2Hd"
KEY = bytes(range(16))
SHA1 = "sha1:" + hashlib.sha1(VALUE.encode()).hexdigest()
SHA256 = "sha256:" + hashlib.sha256(VALUE.encode()).hexdigest()
KEYED = "blake2b:" + value_hash(VALUE, KEY)


def allowed(allow: Allow, *, value: str = VALUE, path: str = "src/app.py", rule: str = "acme-token") -> bool:
    line = f'token = "{value}"  # for tests'
    return bool(Allowances((allow,), key=KEY).reason(rule, value, f'token = "{value}"', line, path))


class TestHash:
    def test_depends_on_value_and_key(self) -> None:
        hashes = {value_hash(value, key) for value in (VALUE, "other") for key in (KEY, b"x" * 16)}
        assert len(hashes) == 4
        assert {len(digits) for digits in hashes} == {32}

    @given(st.text())
    def test_any_text_has_one(self, value: str) -> None:
        assert value_hash(value, KEY) == value_hash(value, KEY)


class TestAllow:
    @pytest.mark.parametrize(
        "allow",
        [
            Allow(reason="r", paths=("/src/",)),
            Allow(reason="r", paths=("*.py",)),
            Allow(reason="r", path_regexes=("app[.]py$",)),
            Allow(reason="r", values=frozenset({SHA1})),
            Allow(reason="r", values=frozenset({SHA256})),
            Allow(reason="r", values=frozenset({KEYED})),
            Allow(reason="r", values=frozenset({KEYED, "sha1:" + "0" * 40, "sha256:" + "0" * 64})),
            Allow(reason="r", patterns=("^Qv7m",)),
            Allow(reason="r", patterns=("^token = ",), target="match"),
            Allow(reason="r", patterns=("for tests$",), target="line"),
            Allow(reason="r", stopwords=("ZK3T",)),
            Allow(reason="r", rules=frozenset({"acme-token"}), stopwords=("zk3t",)),
            Allow(reason="r", paths=("/tests/",), stopwords=("zk3t",), condition="any"),
            Allow(reason="r", paths=("/tests/", "/src/"), stopwords=("x", "zk3t")),
            Allow(reason="r", paths=("/app.py",), below="src/"),
        ],
    )
    def test_what_fits(self, allow: Allow) -> None:
        assert allowed(allow)

    @pytest.mark.parametrize(
        "allow",
        [
            Allow(reason="r", paths=("/app.py",)),
            Allow(reason="r", paths=("/src/*", "!app.py")),
            Allow(reason="r", path_regexes=("^app",)),
            Allow(reason="r", values=frozenset({SHA1[:-1] + "x"})),
            Allow(reason="r", patterns=("^token",)),
            Allow(reason="r", patterns=("for tests",), target="match"),
            Allow(reason="r", stopwords=("other",)),
            Allow(reason="r", rules=frozenset({"other"}), stopwords=("zk3t",)),
            Allow(reason="r", paths=("/tests/",), stopwords=("zk3t",)),
            Allow(reason="r", paths=("*.py",), below="lib/"),
            Allow(reason="r", path_regexes=("src",), below="src/"),
        ],
    )
    def test_what_does_not(self, allow: Allow) -> None:
        assert not allowed(allow)

    def test_another_value_has_another_hash(self) -> None:
        allow = Allow(reason="r", values=frozenset({SHA1, SHA256, KEYED}))
        assert not allowed(allow, value=VALUE + "x")

    def test_patterns_are_ascii(self) -> None:
        assert compiled(r"\w").search("é") is None

    def test_a_bad_pattern_is_named(self) -> None:
        with pytest.raises(ValueError, match="not a regular expression"):
            compiled("(")


class TestAllowances:
    def test_the_first_reason_that_fits(self) -> None:
        allows = (
            Allow(reason="one", stopwords=("none",)),
            Allow(reason="two", stopwords=("zk3t",)),
            Allow(reason="three", stopwords=("zk3t",)),
        )
        assert Allowances(allows).reason("acme-token", VALUE, VALUE, VALUE, "a.py") == "two"

    def test_known_values_count_in_their_file(self) -> None:
        allowances = Allowances(known=(Known("known", {"a.py": frozenset({SHA1})}, "lib/"),))
        paths = ["lib/a.py", "a.py", "lib/b.py"]
        assert [allowances.reason("r", VALUE, VALUE, VALUE, path) for path in paths] == ["known", "", ""]

    def test_keyed_hashes_fit_nothing_without_a_key(self) -> None:
        allow = Allow(reason="r", values=frozenset({"blake2b:", KEYED}))
        assert Allowances((allow,)).reason("r", VALUE, VALUE, VALUE, "a.py") == ""

    def test_a_pattern_that_runs_away_allows_nothing_and_is_told_once(self) -> None:
        allowances = Allowances((Allow(reason="slow", patterns=("(a|aa)+$",)),))
        for _ in range(2):
            assert allowances.reason("r", "a" * 60 + "b", "", "", "a.py") == ""
        assert allowances.problems == ["slow: a pattern takes too long on some lines; it allows nothing there"]

    def test_an_entry_that_keeps_running_away_is_given_up(self) -> None:
        place = "unleak.toml:7"
        allowances = Allowances((Allow(reason="slow", patterns=("(a|aa)+$",), place=place),))
        assert allowances.reason("r", "a", "", "", "a.py") == "slow"
        for _ in range(4):
            assert allowances.reason("r", "a" * 60 + "b", "", "", "a.py") == ""
        assert allowances.reason("r", "a", "", "", "a.py") == ""
        assert allowances.problems == [f"{place}: a pattern takes too long on some lines; it allows nothing there"]

    def test_truth_is_whether_anything_is_allowed(self) -> None:
        assert not Allowances()
        assert Allowances((Allow(reason="r", stopwords=("x",)),))

    def test_travels_to_other_processes_after_use(self) -> None:
        allowances = Allowances((Allow(reason="r", paths=("*.py",), patterns=("^Q",)),))
        assert allowances.reason("r", VALUE, VALUE, VALUE, "a.py") == "r"
        there = pickle.loads(pickle.dumps(allowances))
        assert there == allowances
        assert there.reason("r", VALUE, VALUE, VALUE, "a.py") == "r"

    @given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
    def test_never_raises(self, value: str, line: str, path: str) -> None:
        allow = Allow(reason="r", paths=("/a/**/b", "!x"), patterns=("x",), stopwords=("y",), values=frozenset({SHA1}))
        for entry in (allow, replace(allow, condition="any")):
            assert Allowances((entry,)).reason("r", value, line, line, path) in ("", "r")
