"""`unleak adapt`: what it says before it learns anything."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import teams
from bundles import copied

from unleak import adapt_command
from unleak.cli import main
from unleak.judge.bundle import bundled

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def _pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch counts as installed: nothing here comes to it."""
    pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")
    monkeypatch.setattr(adapt_command, "_require", lambda: None)


class TestPyTorch:
    @pytest.mark.parametrize(("name", "title"), [("torch", "PyTorch"), ("llama_cpp", "llama-cpp-python")])
    def test_that_is_not_installed(
        self, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, title: str
    ) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda wanted: None if wanted == name else True)
        assert main(["adapt", str(tmp_path)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert f"learning needs {title}, which is not installed: `pip install 'unleak[judge,adapt]'`" in line

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("raise OSError('libtorch.so: no such file')", "cannot be loaded (libtorch.so: no such file)"),
            ("class nn: functional = None\n__version__ = '2.3.1'", "PyTorch 2.3.1 is too old: `pip install"),
        ],
        ids=["broken", "old"],
    )
    def test_that_cannot_be_used(self, tmp_path: Path, code: str, message: str) -> None:
        pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")
        pytest.importorskip("gguf", reason="needs gguf")
        (tmp_path / "torch.py").write_text(code)
        code = "import sys; from unleak.cli import main; sys.exit(main(['adapt', 'examples']))"
        known = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
        done = subprocess.run(
            [sys.executable, "-c", code], env=known, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert message in line


@pytest.mark.usefixtures("_pretend")
class TestRefused:
    def test_without_anything_to_learn(self, capsys: Capture) -> None:
        assert main(["adapt"]) == 2
        assert "name a folder of labelled examples" in capsys.readouterr().err

    def test_without_labels(self, capsys: Capture, tmp_path: Path) -> None:
        assert main(["adapt", str(tmp_path)]) == 2
        assert "labels.jsonl cannot be read" in capsys.readouterr().err

    def test_with_too_few(self, capsys: Capture, tmp_path: Path) -> None:
        teams.write(tmp_path, teams.code(1, 3))
        assert main(["adapt", str(tmp_path)]) == 2
        assert "8 examples in 3 files are too few" in capsys.readouterr().err

    def test_with_nothing_kept(self, capsys: Capture) -> None:
        assert main(["adapt", "--kept"]) == 2
        assert "0 examples in 0 files are too few" in capsys.readouterr().err

    def test_for_a_repository_that_is_none(self, capsys: Capture, tmp_path: Path) -> None:
        assert main(["adapt", str(tmp_path), "--push", "ours"]) == 2
        assert "'ours' is no name of a repository: it is owner/name" in capsys.readouterr().err

    def test_without_a_judge(self, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("UNLEAK_JUDGE", "off")
        assert main(["adapt", str(tmp_path)]) == 2
        assert "UNLEAK_JUDGE says so" in capsys.readouterr().err

    def test_to_a_judge_that_is_not_installed(
        self, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("UNLEAK_JUDGE", str(copied(bundled(), tmp_path / "mine", {"name": '"mine"'})))
        assert main(["adapt", str(tmp_path)]) == 2
        assert "import it first" in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["../team", "a b", "", "team@2"])
    def test_under_another_name_than_models_have(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(SystemExit):
            main(["adapt", str(tmp_path), "--name", name])


def test_what_there_is_to_learn(capsys: Capture, tmp_path: Path, home: Path) -> None:
    pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")
    teams.write(tmp_path / "team", teams.code(1, 10))
    assert main(["adapt", str(tmp_path / "team"), "--dry-run"]) == 0
    counted, known = capsys.readouterr().out.splitlines()
    assert counted.startswith("24 examples: ")
    assert known.startswith("The judge is right on ")
    assert main(["adapt", str(tmp_path / "team"), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["examples"] == 24
    assert not home.exists()
