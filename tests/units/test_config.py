from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.config import Config, for_folder, from_settings, from_toml
from unleak.finding import Severity

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
SETTINGS = ["enable", "minSeverity", "maxFileSize", "exclude", "extraRules", "disabledRules"]


class TestSettings:
    def test_all_keys(self) -> None:
        config, problems = from_settings(
            {
                "enable": False,
                "minSeverity": "Warning",
                "maxFileSize": 5e6,
                "exclude": ["*.min.js"],
                "extraRules": ["/rules"],
                "disabledRules": ["acme-token"],
            }
        )
        assert problems == ()
        assert config == Config(
            enable=False,
            min_severity=Severity.WARNING,
            max_file_size=5_000_000,
            exclude=("*.min.js",),
            extra_rules=("/rules",),
            disabled_rules=("acme-token",),
        )

    @pytest.mark.parametrize("data", [None, {}, {"trace": {"server": "off"}, "exclude": None}])
    def test_what_is_not_set_or_not_ours_is_no_problem(self, data: object) -> None:
        assert from_settings(data) == (Config(), ())

    def test_a_bad_value_keeps_its_default_and_the_others_count(self) -> None:
        config, problems = from_settings({"minSeverity": "fatal", "maxFileSize": 0, "enable": False})
        assert config == Config(enable=False)
        assert problems == (
            "unleak.minSeverity must be one of hint, information, warning, error; it is not used.",
            "unleak.maxFileSize must be a whole number of bytes above 0; it is not used.",
        )

    @given(VALUES | st.dictionaries(st.sampled_from(SETTINGS), VALUES))
    def test_never_raises(self, data: object) -> None:
        config, problems = from_settings(data)
        assert problems or isinstance(data, dict | None)
        assert config.max_file_size >= 1


class TestToml:
    def test_all_keys(self, tmp_path: Path) -> None:
        path = tmp_path / "unleak.toml"
        path.write_text(
            'min_severity = "hint"\nmax_file_size = 1_000\nexclude = ["/gen/"]\n'
            'extra_rules = ["rules", "/abs"]\ndisabled_rules = ["acme-token"]\nenable = true\n'
        )
        assert from_toml(path) == (
            Config(
                min_severity=Severity.HINT,
                max_file_size=1000,
                exclude=("/gen/",),
                extra_rules=(str(tmp_path / "rules"), "/abs"),
                disabled_rules=("acme-token",),
                folder=tmp_path,
            ),
            (),
        )

    @pytest.mark.parametrize(
        ("source", "problem"),
        [
            ("enable = true\nenable true\n", ":2:8: not valid TOML: "),
            ('enable = "', ":1: not valid TOML: "),
            ("x = " + "[" * 5000, ":1: not valid TOML: "),
            ("\n\nexlude = []\n", ":3: unknown key 'exlude', did you mean 'exclude'?; it is not used."),
            ("[rules]\nid = 1\n", ":1: unknown key 'rules', did you mean"),
            ("enable = true\n\n'exclude' = [1]\n", ":3: exclude must be a list of texts; it is not used."),
        ],
    )
    def test_a_problem_names_file_and_line(self, tmp_path: Path, source: str, problem: str) -> None:
        path = tmp_path / "unleak.toml"
        path.write_text(source)
        config, problems = from_toml(path)
        assert replace(config, folder=None) == Config()
        assert len(problems) == 1
        assert problems[0].startswith(f"{path}{problem}")

    def test_unreadable(self, tmp_path: Path) -> None:
        assert from_toml(tmp_path / "gone") == (
            Config(),
            (f"{tmp_path / 'gone'}: cannot be read (vanished); it is not used.",),
        )


class TestForFolder:
    def test_the_nearest_is_laid_over_the_base(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text("max_file_size = 1\n")
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "unleak.toml").write_text("max_file_size = 2\n")
        (tmp_path / "a" / "b").mkdir()
        base = Config(exclude=("x",), max_file_size=3)
        laid_over, problems = for_folder(tmp_path / "a" / "b", base)
        assert laid_over == Config(exclude=("x",), max_file_size=2, folder=tmp_path / "a")
        assert problems == ()

    def test_none(self, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        assert for_folder(tmp_path, Config(enable=False)) == (Config(enable=False), ())

    def test_never_above_a_repository(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text("enable = false\n")
        (tmp_path / "repo" / "src").mkdir(parents=True)
        (tmp_path / "repo" / ".git").write_text("gitdir: elsewhere\n")
        assert for_folder(tmp_path / "repo" / "src", Config()) == (Config(), ())

    def test_never_above_the_home_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "unleak.toml").write_text("enable = false\n")
        (tmp_path / "ann" / "src").mkdir(parents=True)
        monkeypatch.setenv("HOME", str(tmp_path / "ann"))
        monkeypatch.setenv("USERPROFILE", str(tmp_path / "ann"))
        assert for_folder(tmp_path / "ann" / "src", Config()) == (Config(), ())

    def test_a_broken_one_leaves_the_base(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text("broken")
        config, problems = for_folder(tmp_path, Config(enable=False))
        assert config == Config(enable=False)
        assert len(problems) == 1
