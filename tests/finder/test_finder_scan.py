"""`unleak scan --finder`: real models that talk nonsense, and workers that say what a test wants."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answering import answer, worker

from unleak.cli import main

VALUE = "zR7p" + "Lq2wT9"
TEXT = f"import shop\n\nshop.enter('ada', '{VALUE}')\n"
FOUND = [answer(3, VALUE[:4], VALUE[-4:], confidence=0.8), answer(1, "zzz", "zzz")]
Scan = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one file in which no rule sees anything."""
    project = tmp_path / "shop"
    (project / ".git").mkdir(parents=True)
    (project / "app.py").write_text(TEXT)
    monkeypatch.chdir(project)
    return project


@pytest.fixture
def says(reader: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], None]:
    """Has the model that reads files whole be this process."""
    monkeypatch.setenv("UNLEAK_JUDGE", str(reader))

    def say(command: list[str]) -> None:
        monkeypatch.setattr("unleak.finder.client.worker_command", lambda _folder, _threads: command)

    return say


@pytest.fixture
def scan(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[list[dict[str, Any]], str]]:
    def scanned(*arguments: str) -> tuple[list[dict[str, Any]], str]:
        main(["scan", "--no-judge", "--format", "jsonl", *arguments])
        said = capsys.readouterr()
        return [json.loads(line) for line in said.out.splitlines()], said.err

    return scanned


class TestFindings:
    def test_are_reported_with_who_decided(self, says: Any, scan: Any) -> None:
        says(worker(FOUND))
        (entry,), said = scan("--finder")
        assert (entry["path"], entry["line"], entry["severity"]) == ("app.py", 3, "warning")
        assert (entry["decided_by"], entry["confidence"]) == ("finder", 0.8)
        assert "found by the model's reading" in entry["message"]
        assert "was not believed 1 time: 1 not in the text" in said

    def test_only_where_somebody_asks_for_it(self, says: Any, scan: Any) -> None:
        says(worker(FOUND))
        assert scan() == ([], "")

    def test_not_where_the_project_says_no(self, says: Any, scan: Any, folder: Path) -> None:
        (folder / "unleak.toml").write_text("[finder]\nenabled = false\n")
        says(worker(FOUND))
        assert scan("--finder")[0] == []

    @pytest.mark.parametrize("line", [f"shop.enter('ada', '{VALUE}')  # unleak: ignore", None], ids=["mark", "rule"])
    def test_obey_marks_and_configuration(self, line: str | None, says: Any, scan: Any, folder: Path) -> None:
        if line:
            (folder / "app.py").write_text(f"import shop\n\n{line}\n")
        else:
            (folder / "unleak.toml").write_text('disabled_rules = ["generic-password"]\n')
        says(worker(FOUND))
        assert scan("--finder")[0] == []

    def test_obey_allow_lists(self, says: Any, scan: Any, folder: Path) -> None:
        says(worker(FOUND))
        (folder / "unleak.toml").write_text("[[allow]]\nreason = 'known'\npaths = ['/app.py']\n")
        assert scan("--finder")[0] == []

    def test_hide_their_values(self, says: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        says(worker(FOUND))
        main(["scan", "--no-judge", "--finder", "--no-color"])
        said = capsys.readouterr().out
        assert "enter('ada', '*" in said
        assert VALUE not in said

    def test_are_beside_those_of_rules(self, says: Any, scan: Any, folder: Path) -> None:
        key = "AKIA" + "Q7ZW3KXN5J2C4VTB"
        (folder / "app.py").write_text(f"{TEXT}key = '{key}'\n")
        rules, _ = scan()
        says(worker([*FOUND, answer(4, key[:5], key[-5:])]))
        both, said = scan("--finder", "--show-values")
        assert rules
        assert [entry["decided_by"] for entry in both] == ["finder", *[entry["decided_by"] for entry in rules]]
        assert both[0]["value"] == VALUE
        assert "1 known already" in said


class TestFailures:
    def test_leave_what_rules_find_and_say_so_once(self, says: Any, scan: Any, folder: Path) -> None:
        for number in range(4):
            (folder / f"more{number}.py").write_text(TEXT)
        says(worker([], "os = sys.exit(3)"))
        entries, said = scan("--finder")
        assert entries == []
        assert said.count("its process ended with code 3") == 1
        assert "has not read 10 lines in 5 files" in said

    def test_a_model_that_cannot_read_is_named(
        self, judge_that: Callable[..., Path], scan: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("UNLEAK_JUDGE", str(judge_that("safe")))
        assert (
            "no finder, rules and judge decide alone: random 1 is not made to read files whole" in scan("--finder")[1]
        )

    def test_no_model_is_named(self, scan: Any) -> None:
        assert "no finder" in scan("--finder")[1]

    @pytest.mark.parametrize("option", ["--stdin", "--staged"])
    def test_only_whole_files_are_read(self, option: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["scan", "--finder", option]) == 2
        assert "--finder reads whole files" in capsys.readouterr().err

    def test_deadline_is_said(self, says: Any, scan: Any, folder: Path) -> None:
        (folder / "unleak.toml").write_text("exclude = ['unleak.toml']\n[finder]\ndeadline = 1\n")
        says(worker([], "time.sleep(600)"))
        assert "has not read 2 lines in 1 file: its time was up" in scan("--finder")[1]

    def test_a_project_cannot_switch_it_on(self, scan: Any, folder: Path) -> None:
        (folder / "unleak.toml").write_text("[finder]\nenabled = true\n")
        assert "unleak.toml:2: enabled must be false" in scan()[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="one system is enough")
def test_nonsense_of_a_real_model_changes_nothing(
    reader: Path, scan: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNLEAK_JUDGE", str(reader))
    (folder / "app.py").write_text("".join(f"value_{number} = compute({number})\n" for number in range(30)))
    entries, said = scan("--finder")
    assert entries == []
    assert "the finder's model was not believed" in said
    assert sys.executable not in said
