"""Who may switch feedback on: the person, by an environment variable or the editor's own settings, and nobody else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from unleak.config import Config, Configs, for_folder, from_settings, from_toml
from unleak.lsp.settings import Settings

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "unleak.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNLEAK_FEEDBACK", raising=False)


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNLEAK_FEEDBACK", "1")


def said_in(folder: Path, line: str) -> None:
    (folder / "unleak.toml").write_text(f"{line}\n")


class TestEnvironment:
    def test_by_default_it_is_off(self, tmp_path: Path) -> None:
        assert not Config().feedback
        assert not Configs().of(tmp_path).feedback
        assert not from_settings({"enable": True})[0].feedback

    @pytest.mark.usefixtures("asked_for")
    def test_switches_it_on(self, tmp_path: Path) -> None:
        assert Configs().of(tmp_path).feedback
        assert from_settings({"enable": True})[0].feedback

    @pytest.mark.parametrize("value", ["", "0", "true", "on"])
    def test_with_another_value_does_not(self, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
        monkeypatch.setenv("UNLEAK_FEEDBACK", value)
        assert not Config().feedback


class TestFile:
    @pytest.mark.parametrize("line", ["feedback = true", 'feedback = "on"', "feedback = 1"])
    def test_cannot_switch_it_on(self, tmp_path: Path, line: str) -> None:
        said_in(tmp_path, line)
        config, problems = for_folder(tmp_path, Config())
        assert not config.feedback
        assert problems == (
            f"{tmp_path / 'unleak.toml'}:1: feedback must be false: only your editor's own settings or "
            "UNLEAK_FEEDBACK=1 switch it on; it is not used.",
        )

    @pytest.mark.usefixtures("asked_for")
    def test_switches_it_off_for_what_lies_below(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        said_in(tmp_path / "a", "feedback = false")
        configs = Configs()
        assert [configs.of(tmp_path / folder).feedback for folder in ("", "a", "a/b")] == [True, False, False]
        assert from_toml(tmp_path / "a" / "unleak.toml")[0].feedback is False

    @pytest.mark.usefixtures("asked_for")
    def test_below_cannot_switch_it_on_again(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        said_in(tmp_path, "feedback = false")
        said_in(tmp_path / "a", "feedback = true")
        assert not Configs().of(tmp_path / "a").feedback

    def test_switches_off_what_the_editor_wants(self, tmp_path: Path) -> None:
        said_in(tmp_path, "feedback = false")
        assert not for_folder(tmp_path, Config(feedback=True))[0].feedback

    @pytest.mark.parametrize(("said", "right"), [(False, True), (True, False), (0, False)])
    def test_is_described_so(self, said: object, right: bool) -> None:
        assert jsonschema.Draft7Validator(SCHEMA).is_valid({"feedback": said}) is right


class TestEditor:
    def test_switches_it_on_at_the_start(self) -> None:
        settings = Settings({"feedback": True})
        assert settings.problems == ()
        assert settings.base_for(None).feedback

    def test_a_wrong_value_is_named(self) -> None:
        settings = Settings({"feedback": "yes"})
        assert settings.problems == ("unleak.feedback must be true or false; it is not used.",)
        assert not settings.base_for(None).feedback

    @pytest.mark.parametrize("scope", ["", "file:///work"])
    def test_later_settings_cannot_switch_it_on(self, scope: str) -> None:
        """They may be those of the workspace: `.vscode/settings.json` and its like."""
        settings = Settings({})
        settings.roots["file:///work"] = Path("/work")
        (problem,) = settings.take(scope, {"feedback": True, "maxFileSize": 7})
        assert problem.startswith("unleak.feedback can be switched on in initializationOptions")
        base = settings.base_for(Path("/work/a.py"))
        assert (base.feedback, base.max_file_size) == (False, 7)

    @pytest.mark.parametrize("later", [{"feedback": True}, {"maxFileSize": 7}, {}, None])
    def test_later_settings_leave_it_on(self, later: object) -> None:
        settings = Settings({"feedback": True})
        assert settings.take("", later) == ()
        assert settings.base_for(None).feedback

    def test_later_settings_switch_it_off(self) -> None:
        settings = Settings({"feedback": True})
        settings.take("", {"feedback": False})
        assert not settings.base_for(None).feedback

    @pytest.mark.usefixtures("asked_for")
    @pytest.mark.parametrize("options", [{"feedback": False}, {"feedback": False, "trusted": False}])
    def test_that_switches_it_off_counts_before_the_environment(self, options: object) -> None:
        settings = Settings(options)
        assert settings.take("", {"maxFileSize": 7}) == ()
        assert not settings.base_for(None).feedback

    def test_in_a_workspace_that_is_not_trusted_nothing_of_it_can_switch_it_on(self, tmp_path: Path) -> None:
        said_in(tmp_path, "feedback = true")
        settings = Settings({"trusted": False})
        settings.roots[tmp_path.as_uri()] = tmp_path
        settings.take(tmp_path.as_uri(), {"feedback": True})
        file = tmp_path / "a.py"
        assert not settings.base_for(file).feedback
        assert not settings.reads_toml_for(file)


def test_what_is_off_costs_nothing(tmp_path: Path) -> None:
    """Neither the store nor what it needs is loaded to learn that it is off."""
    code = (
        "import sys; from unleak.config import Configs; Configs().of('.').feedback\n"
        "sys.exit(any(name in sys.modules for name in ('unleak.feedback', 'unleak.example', 'platformdirs')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path, timeout=60)
    assert done.returncode == 0
