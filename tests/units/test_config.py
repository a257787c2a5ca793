from __future__ import annotations

import json
import pickle
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak import config_file
from unleak.config import Config, Configs, FinderOptions, JudgeOptions, for_folder, from_settings, from_toml
from unleak.finding import Severity
from unleak.suppress.allow import value_hash

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "unleak.schema.json").read_text(encoding="utf-8"))
KEY = "00112233445566778899aabbccddeeff"

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


class TestJudge:
    def test_settings(self) -> None:
        options = {
            "enabled": False,
            "run": "onType",
            "idleDelay": 250.0,
            "threads": 2,
            "budget": 30,
            "cache": False,
        }
        config, problems = from_settings({"judge": options})
        assert problems == ()
        assert config.judge == JudgeOptions(
            enabled=False, run="onType", idle_delay=250, threads=2, budget=30.0, cache=False
        )

    @pytest.mark.parametrize("options", [{}, {"folder": "/judges/own"}, {"run": None}])
    def test_what_is_not_set_or_not_ours_is_no_problem(self, options: object) -> None:
        assert from_settings({"judge": options}) == (Config(), ())

    @pytest.mark.parametrize(
        ("options", "problem"),
        [
            ("on", "unleak.judge must be an object"),
            ({"enabled": "yes"}, "unleak.judge.enabled must be true or false"),
            ({"run": "always"}, "unleak.judge.run must be one of onSave, onType, manual"),
            ({"idleDelay": 5}, "unleak.judge.idleDelay must be a whole number from 100 to 60,000"),
            ({"threads": 1.5}, "unleak.judge.threads must be a whole number from 1 to 16"),
            ({"threads": True}, "unleak.judge.threads must be a whole number from 1 to 16"),
            ({"budget": float("nan")}, "unleak.judge.budget must be a number of seconds from 0 to 86,400"),
        ],
    )
    def test_wrong_settings_are_named(self, options: object, problem: str) -> None:
        config, problems = from_settings({"judge": options})
        assert config == Config()
        assert problems == (f"{problem}; it is not used.",)

    @given(VALUES)
    def test_no_setting_is_too_wrong(self, data: object) -> None:
        options = dict.fromkeys(("enabled", "run", "idleDelay", "threads", "budget", "cache"), data)
        assert isinstance(from_settings({"judge": options})[0].judge, JudgeOptions)

    def test_files_say_it_key_by_key(self, tmp_path: Path) -> None:
        (tmp_path / "src").mkdir()
        (tmp_path / "unleak.toml").write_text("[judge]\nbudget = 5\n")
        (tmp_path / "src" / "unleak.toml").write_text("[judge]\nenabled = false\n")
        configs = Configs(Config(judge=JudgeOptions(threads=2)))
        assert configs.of(tmp_path / "src").judge == JudgeOptions(threads=2, budget=5, enabled=False)
        assert configs.of(tmp_path).judge == JudgeOptions(threads=2, budget=5)

    def test_a_file_cannot_switch_it_on(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text("[judge]\nbudget = 5\nenabled = true\n")
        config, (problem,) = for_folder(tmp_path, Config(judge=JudgeOptions(enabled=False)))
        assert not config.judge.enabled
        assert problem.startswith(f"{tmp_path / 'unleak.toml'}:3: enabled must be false")


class TestToml:
    def test_finder_is_switched_on_by_an_editor_alone(self, tmp_path: Path) -> None:
        config, problems = from_settings({"finder": {"enabled": True, "deadline": 5}})
        assert (config.finder, problems) == (FinderOptions(enabled=True, deadline=5), ())
        (tmp_path / "unleak.toml").write_text("[finder]\nenabled = true\n")
        below, (problem,) = for_folder(tmp_path, Config())
        assert below.finder.enabled is None
        assert "finder" in problem
        (tmp_path / "unleak.toml").write_text("[finder]\nenabled = false\n")
        assert for_folder(tmp_path, config)[0].finder == FinderOptions(enabled=False, deadline=5)

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
                files=(path,),
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
            ("[severity]\na = 'error'\nb = 'loud'\n", ":3: b must be one of hint, information, warning, error, off;"),
            ("[severity]\n'a b' = 'error'\n", ":2: 'a b' must be the id of a rule, or provider/*; it is not used."),
            ("severity = 'error'\n", ":1: severity must be a table of rules and levels; it is not used."),
            ("allow = ['x']\n", ":1: allow must be tables, each under [[allow]]; it is not used."),
            (
                "[[allow]]\npaths = ['a']\n\n[[allow]]\npaths = ['b']\npatterns = ['x', '(']\n",
                ":6: patterns must be regular expressions, but the one with number 2 is not a regular expression",
            ),
            ("[[allow]]\nreason = 'x'\n", ":1: name paths or patterns or stopwords or values; this [[allow]] is not"),
            ("[[allow]]\nvalue = 'x'\npaths = ['a']\n", ":2: unknown key 'value', did you mean 'values'?; this"),
            ("[[allow]]\nvalues = ['x']\n", ":2: values must be hashes such as blake2b:<32 digits>, sha1:"),
            ("hash_key = 'ab'\n", ":1: hash_key must be 32 to 128 hexadecimal digits"),
            ("baseline = false\n", ":1: baseline must be a text; it is not used."),
            ("enable = true\n\n'exclude' = [1]\n", ":3: exclude must be a list of texts; it is not used."),
        ],
    )
    def test_a_problem_names_file_and_line(self, tmp_path: Path, source: str, problem: str) -> None:
        path = tmp_path / "unleak.toml"
        path.write_text(source)
        config, problems = from_toml(path)
        known = Config()
        assert replace(config, folder=None, files=(), severity={}, allowances=known.allowances) == known
        assert len(problems) == 1
        assert problems[0].startswith(f"{path}{problem}")

    def test_unreadable(self, tmp_path: Path) -> None:
        assert from_toml(tmp_path / "gone") == (
            Config(),
            (f"{tmp_path / 'gone'}: cannot be read (vanished); it is not used.",),
        )

    def test_few_of_many_problems_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "unleak.toml"
        path.write_text("".join(f"[[allow]]\npaths = 1\nx{number} = 1\n" for number in range(5000)))
        problems = from_toml(path)[1]
        assert len(problems) == 21
        assert problems[18].startswith(f"{path}:29: paths must be")
        assert problems[-1] == f"{path}: and 9,980 problems more."

    def test_a_hash_without_a_key_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "unleak.toml"
        path.write_text(f"\n[[allow]]\nvalues = ['blake2b:{'0' * 32}']\n")
        assert from_toml(path)[1] == (f"{path}:2: values with blake2b need a hash_key; they allow nothing.",)

    def test_severities(self, tmp_path: Path) -> None:
        path = tmp_path / "unleak.toml"
        path.write_text('[severity]\nacme-token = "hint"\n"acme/*" = "off"\n')
        assert from_toml(path)[0].severity == {"acme-token": Severity.HINT, "acme/*": None}

    def test_allowed_values(self, tmp_path: Path) -> None:
        value = "Qv7mZk3tR9xLw2Hd"
        path = tmp_path / "unleak.toml"
        hashed = value_hash(value, bytes.fromhex(KEY))
        path.write_text(f'hash_key = "{KEY}"\n[[allow]]\nreason = "a sample"\nvalues = ["blake2b:{hashed}"]\n')
        allowances = from_toml(path)[0].allowances
        assert allowances.reason("any", value, value, value, "a.py") == "a sample"
        assert allowances.reason("any", "other", "other", "other", "a.py") == ""

    def test_an_import_that_is_missing_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "unleak.toml"
        path.write_text("\nimport = ['gone.toml']\n")
        assert from_toml(path)[1] == (
            f"{path}:2: {tmp_path / 'gone.toml'}: cannot be read (vanished); it is not used.",
        )

    def test_imports(self, tmp_path: Path) -> None:
        (tmp_path / ".gitleaks.toml").write_text("[[rules]]\nid = 'own'\nregex = 'x'\n[allowlist]\npaths = ['^a']\n")
        (tmp_path / ".gitleaksignore").write_text("b.py:rule:2\n")
        path = tmp_path / "unleak.toml"
        path.write_text('import = [".gitleaks.toml", ".gitleaksignore"]\n')
        config, problems = from_toml(path)
        assert problems == ()
        assert config.imports == (tmp_path / ".gitleaks.toml", tmp_path / ".gitleaksignore")
        assert config.extra_rules == (str(tmp_path / ".gitleaks.toml"),)
        assert config.places == {("b.py", 1)}
        assert config.allowances.reason("own", "v", "v", "v", "a.py") == "allow-list of .gitleaks.toml"


class TestForFolder:
    def test_inner_files_win_and_lists_are_joined(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text(
            'max_file_size = 1\nmin_severity = "hint"\ndisabled_rules = ["a"]\nexclude = ["/x"]\n'
            'extra_rules = ["rules"]\n[severity]\na = "error"\nb = "hint"\n[[allow]]\nreason = "one"\npaths = ["p"]\n'
        )
        inner = tmp_path / "a" / "unleak.toml"
        inner.parent.mkdir()
        inner.write_text(
            'max_file_size = 2\ndisabled_rules = ["b"]\nexclude = ["y"]\n'
            '[severity]\nb = "off"\n[[allow]]\npaths = ["/p"]\n'
        )
        (tmp_path / "a" / "b").mkdir()
        config, problems = for_folder(tmp_path / "a" / "b", Config(exclude=("z",), max_file_size=3, enable=False))
        assert problems == ()
        assert replace(config, allowances=Config().allowances) == Config(
            enable=False,
            min_severity=Severity.HINT,
            max_file_size=2,
            exclude=("z", "/x", "/a/**/y"),
            extra_rules=(str(tmp_path / "rules"),),
            disabled_rules=("a", "b"),
            severity={"a": Severity.ERROR, "b": None},
            folder=tmp_path,
            files=(tmp_path / "unleak.toml", inner),
        )
        reasons = [config.allowances.reason("r", "", "", "", path) for path in ("p", "a/p", "a/c/p", "q")]
        assert reasons == ["one", "one", "one", ""]
        assert [(allow.below, allow.reason) for allow in config.allowances.allows] == [
            ("", "one"),
            ("a/", "allowed in a/unleak.toml"),
        ]

    @pytest.mark.parametrize(
        ("pattern", "moved"),
        [
            ("y", "/a b/**/y"),
            ("y/", "/a b/**/y/"),
            ("/y", "/a b/y"),
            ("y/z", "/a b/y/z"),
            ("!y", "!/a b/**/y"),
            ("!/y/", "!/a b/y/"),
            ("**/y", "/a b/**/y"),
            ("*.log ", "/a b/**/*.log "),
        ],
    )
    def test_patterns_are_seen_from_the_top(self, tmp_path: Path, pattern: str, moved: str) -> None:
        (tmp_path / "unleak.toml").write_text("")
        (tmp_path / "a b").mkdir()
        (tmp_path / "a b" / "unleak.toml").write_text(f'exclude = ["# no pattern", "{pattern}"]\n')
        assert for_folder(tmp_path / "a b", Config())[0].exclude == (moved.replace("a b", "a\\ b"),)

    def test_root_ends_the_search(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text('enable = false\nexclude = ["x"]\n')
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "unleak.toml").write_text('root = true\nextra_rules = ["rules"]\n')
        config, problems = for_folder(tmp_path / "a", Config())
        assert problems == ()
        assert config == Config(
            extra_rules=(str(tmp_path / "a" / "rules"),),
            folder=tmp_path / "a",
            files=(tmp_path / "a" / "unleak.toml",),
        )

    @pytest.mark.parametrize("line", ['extra_rules = ["x"]', f'hash_key = "{KEY}"'])
    def test_what_belongs_to_the_top(self, tmp_path: Path, line: str) -> None:
        (tmp_path / "unleak.toml").write_text("")
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "unleak.toml").write_text(f"{line}\nenable = false\n")
        config, problems = for_folder(tmp_path / "a", Config())
        assert (config.extra_rules, config.allowances.key, config.enable) == ((), b"", False)
        assert problems == (
            f"{tmp_path / 'a' / 'unleak.toml'}:1: {line.split(maxsplit=1)[0]} may only stand at the top of "
            f"the project: move it to {tmp_path / 'unleak.toml'}; it is not used.",
        )

    def test_rules_that_an_inner_one_imports_are_not_used(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text("")
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / ".gitleaks.toml").write_text("[[rules]]\nid = 'own'\nregex = 'x'\n[allowlist]\npaths=['b']\n")
        (tmp_path / "a" / "unleak.toml").write_text("import = ['.gitleaks.toml']\n")
        config, problems = for_folder(tmp_path / "a", Config())
        assert config.extra_rules == ()
        assert [allow.below for allow in config.allowances.allows] == ["a/"]
        assert len(problems) == 1
        assert "import it in" in problems[0]

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

    def test_a_broken_one_leaves_what_holds_above_it(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text("max_file_size = 1\n")
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "unleak.toml").write_text("broken")
        configs = Configs(Config(enable=False))
        config = configs.of(tmp_path / "a" / "b")
        assert (config.enable, config.max_file_size) == (False, 1)
        assert len(configs.problems) == 1

    def test_a_broken_one_counts_as_it_last_could_be_read(self, tmp_path: Path) -> None:
        outer, inner = tmp_path / "unleak.toml", tmp_path / "a" / "unleak.toml"
        inner.parent.mkdir()
        outer.write_text("max_file_size = 1\nx = 1\n")
        inner.write_text("enable = false\n")
        remembered: dict[str, config_file.ConfigFile] = {}
        Configs(remembered=remembered).of(inner.parent)
        outer.write_text("broken")
        inner.write_text('enable = false\nmin_severity = "error"\n')
        configs = Configs(remembered=remembered)
        config = configs.of(inner.parent)
        assert (config.max_file_size, config.enable, config.min_severity) == (1, False, Severity.ERROR)
        assert [problem.split(": ")[0] for problem in configs.problems] == [f"{outer}:1"]
        outer.unlink()
        assert Configs(remembered=remembered).of(tmp_path) == Config()
        outer.write_text("broken")
        assert Configs(remembered=remembered).of(tmp_path) == Config()


class TestBaseline:
    def test_by_default_beside_the_topmost_file(self, tmp_path: Path) -> None:
        (tmp_path / ".unleak-baseline.json").write_text("{}")
        (tmp_path / "unleak.toml").write_text("")
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "unleak.toml").write_text("")
        (tmp_path / "a" / ".unleak-baseline.json").write_text("{}")
        assert for_folder(tmp_path / "a", Config())[0].baseline == tmp_path / ".unleak-baseline.json"

    def test_or_at_the_top_of_the_repository(self, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        assert for_folder(tmp_path / "a", Config())[0].baseline is None
        (tmp_path / ".unleak-baseline.json").write_text("{}")
        assert for_folder(tmp_path / "a", Config())[0].baseline == tmp_path / ".unleak-baseline.json"
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "unleak.toml").write_text("")  # a project of its own
        assert for_folder(tmp_path / "a", Config())[0].baseline is None

    def test_elsewhere(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text('baseline = "ci/known.json"\n')
        (tmp_path / ".unleak-baseline.json").write_text("{}")
        assert for_folder(tmp_path, Config())[0].baseline == tmp_path / "ci" / "known.json"

    def test_of_files_in_no_project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        (tmp_path / ".unleak-baseline.json").write_text("{}")
        (tmp_path / "repository" / ".git").mkdir(parents=True)
        configs = Configs()
        assert configs.of(tmp_path / "a").baseline is None
        configs = configs.with_baseline_in(tmp_path)
        assert configs.of(tmp_path / "a").baseline == tmp_path / ".unleak-baseline.json"
        assert configs.of(tmp_path / "repository").baseline is None

    def test_none_for_whoever_wants_none(self, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        (tmp_path / ".unleak-baseline.json").write_text("{}")
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "unleak.toml").write_text('baseline = "known.json"\n')
        configs = Configs().changed(baseline=None)
        assert [configs.of(folder).baseline for folder in (tmp_path, tmp_path / "a")] == [None, None]


class TestIsBaseline:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            (".unleak-baseline.json", True),
            ("a/.unleak-baseline.json", True),
            (".unleak-baseline.json.lock", True),
            ("ci/known.json", True),
            ("ci/../ci/known.json", True),
            ("ci/known.json.lock", True),
            (".secrets.baseline", True),
            (".gitleaksignore", True),
            ("known.json", False),
            ("a/.secrets.baseline", False),
            (".gitleaks.toml", False),
            ("unleak.toml", False),
            ("unleak-baseline.json", False),
        ],
    )
    def test_goes_by_name_and_by_configuration(self, tmp_path: Path, path: str, expected: bool) -> None:
        files = '[".secrets.baseline", "a/../.gitleaksignore", ".gitleaks.toml"]'
        (tmp_path / "unleak.toml").write_text(f'baseline = "ci/known.json"\nimport = {files}\n')
        assert Configs().is_baseline(tmp_path / path) is expected

    def test_of_what_another_folder_names_is_false(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "unleak.toml").write_text('baseline = "../known.json"\n')
        assert not Configs().is_baseline(tmp_path / "known.json")

    def test_goes_by_name_alone_without_configuration(self) -> None:
        assert Config().is_baseline(".unleak-baseline.json")
        assert not Config().is_baseline(".secrets.baseline")


class TestConfigs:
    def test_folders_in_which_nothing_changes_share_one(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text("")
        configs = Configs()
        assert configs.of(tmp_path / "a" / "b") is configs.of(tmp_path / "c") is configs.of(tmp_path)

    def test_each_problem_is_found_once(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text("x = 1\n")
        configs = Configs()
        for name in ("a", "b"):
            configs.of(tmp_path / name)
        assert len(configs.problems) == 1

    def test_tops(self, tmp_path: Path) -> None:
        (tmp_path / "one" / ".git").mkdir(parents=True)
        (tmp_path / "one" / "a" / "b").mkdir(parents=True)
        (tmp_path / "one" / "a" / "unleak.toml").write_text("")
        (tmp_path / "one" / "a" / "b" / "unleak.toml").write_text("")
        configs = Configs()
        assert configs.top_of(tmp_path / "one" / "c") == str(tmp_path / "one")
        assert configs.top_of(tmp_path / "one" / "a" / "b") == str(tmp_path / "one" / "a")

    def test_excluded_files(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text('exclude = ["/x/"]\n')
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "unleak.toml").write_text('exclude = ["/x/", "*.log"]\n')
        configs = Configs()
        excluded = [configs.excludes(tmp_path / path) for path in ("x/f", "a/x/f", "b/x/f", "a/c/f.log", "f.log")]
        assert excluded == [True, True, False, True, False]

    def test_fixed(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text("enable = false\n")
        config = Config(max_file_size=1)
        configs = Configs.fixed(config)
        assert configs.of(tmp_path) == config
        assert configs.top_of(tmp_path) == ""

    def test_changed(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text('min_severity = "hint"\nmax_file_size = 1\n')
        config = Configs().changed(min_severity=Severity.ERROR).of(tmp_path)
        assert (config.min_severity, config.max_file_size) == (Severity.ERROR, 1)

    def test_travel_to_other_processes(self, tmp_path: Path) -> None:
        (tmp_path / "unleak.toml").write_text('max_file_size = 1\nexclude = ["x"]\nz = 1\n')
        configs = Configs()
        assert configs.excludes(tmp_path / "x")
        there = pickle.loads(pickle.dumps(configs))
        assert there.problems == []
        assert there.of(tmp_path) == configs.of(tmp_path)


VALID = [
    "",
    "root = true",
    "enable = false",
    'min_severity = "warning"',
    "max_file_size = 1_000_000",
    "judge = {}",
    "[judge]\nenabled = false\nbudget = 0.5",
    'exclude = ["/vendor/", "*.min.js"]',
    'extra_rules = ["rules"]',
    "disabled_rules = []",
    'severity = { acme-token = "off", "acme/*" = "hint" }',
    'baseline = "ci/known.json"',
    f'hash_key = "{KEY}"',
    'allow = [{ reason = "x", rules = ["a"], paths = ["/tests/"] }]',
    '[[allow]]\npatterns = ["^x"]\ntarget = "line"\n[[allow]]\nstopwords = ["x"]',
    f"[[allow]]\nvalues = ['sha1:{'0' * 40}', 'sha256:{'0' * 64}']",
]
INVALID = [
    "unknown = 1",
    "root = 1",
    'enable = "yes"',
    'min_severity = "loud"',
    "max_file_size = 0",
    "max_file_size = 1.5",
    "judge = false",
    "[judge]\nenabled = true",
    "[judge]\nbudget = -1",
    '[judge]\nbudget = "a minute"',
    '[judge]\nrun = "manual"',
    '[judge]\nfolder = "/judges/own"',
    'exclude = "x"',
    'exclude = [""]',
    "extra_rules = [1]",
    "disabled_rules = { a = 1 }",
    'severity = ["a"]',
    'severity = { a = "loud" }',
    'severity = { "a b" = "error" }',
    "import = 'x'",
    "baseline = ''",
    "hash_key = 'xyz'",
    "allow = [1]",
    "[allow]\npaths = ['x']",
    "[[allow]]\nreason = 'x'",
    "[[allow]]\npaths = []",
    "[[allow]]\npaths = ['x']\nrules = []",
    "[[allow]]\npaths = ['x']\ntarget = 'file'",
    "[[allow]]\npaths = ['x']\nother = 1",
    "[[allow]]\nvalues = ['plain']",
    "[[allow]]\nstopwords = [1]",
]


class TestSchema:
    """The published schema and the parser agree."""

    def test_is_one(self) -> None:
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_has_all_keys_and_no_other(self) -> None:
        assert set(SCHEMA["properties"]) == set(config_file.KEYS)
        assert set(SCHEMA["properties"]["allow"]["items"]["properties"]) == set(config_file.ALLOW_READERS)
        assert set(SCHEMA["properties"]["judge"]["properties"]) == set(config_file.JUDGE_READERS)

    def test_everything_is_described(self) -> None:
        allow, judge = SCHEMA["properties"]["allow"]["items"]["properties"], SCHEMA["properties"]["judge"]["properties"]
        described: list[dict[str, Any]] = [*SCHEMA["properties"].values(), *allow.values(), *judge.values()]
        assert all(entry["description"].endswith(".") for entry in described)

    def test_defaults(self, tmp_path: Path) -> None:
        said = {key: entry["default"] for key, entry in SCHEMA["properties"].items() if "default" in entry}
        assert not said.pop("root")
        config = Config()
        assert said == {
            "enable": config.enable,
            "min_severity": config.min_severity.label,
            "max_file_size": config.max_file_size,
        }

    @pytest.mark.parametrize("source", VALID)
    def test_what_is_right(self, tmp_path: Path, source: str) -> None:
        path = tmp_path / "unleak.toml"
        path.write_text(source)
        assert from_toml(path)[1] == ()
        jsonschema.validate(tomllib.loads(source), SCHEMA, jsonschema.Draft7Validator)

    @pytest.mark.parametrize("source", INVALID)
    def test_what_is_wrong(self, tmp_path: Path, source: str) -> None:
        path = tmp_path / "unleak.toml"
        path.write_text(source)
        assert from_toml(path)[1] != ()
        assert not jsonschema.Draft7Validator(SCHEMA).is_valid(tomllib.loads(source))

    def test_examples_are_right(self, tmp_path: Path) -> None:
        for key, entry in SCHEMA["properties"].items():
            for example in entry.get("examples", ()):
                jsonschema.validate({key: example}, SCHEMA)


@given(st.dictionaries(st.sampled_from(config_file.KEYS), VALUES))
def test_no_document_is_too_wrong(document: dict[str, Any]) -> None:
    """Whatever stands in a file, the readers refuse or take it."""
    problems: list[str] = []
    lines = config_file.Lines(Path("unleak.toml"))
    for key, value in document.items():
        if key in config_file.READERS:
            try:
                config_file.READERS[key](value)
            except ValueError as error:
                problems.append(str(error))
    config_file._severities(document.get("severity", {}), lines, problems)
    list(config_file._allows(document.get("allow", []), lines, problems))
    assert all(problems)
