"""A made-up team's judge, from 60 examples to a scan of its other code; takes minutes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import teams

pytest.importorskip("torch", reason="learning needs PyTorch, the extra `adapt`: `make training-test` has it")
pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")

from unleak.adapt.trial import ask
from unleak.decision import Blend
from unleak.judge.bundle import Bundle


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("team")
    assert teams.write(place / "examples", teams.code(1, 100), most=60) == 60
    teams.write(place / "unseen", teams.code(99, 60))
    return place


class TestTeam:
    """A team whose words and values the shipped judge gets wrong, from its examples to a scan of its other code."""

    def test_it_is_judged_right_afterwards(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("UNLEAK_DATA_DIR", str(place / "data"))
        before = _told(place / "unseen")
        reported, wanted = _found(place / "unseen"), _wanted(60)
        assert before["right"] < 0.6
        assert _f1(reported, wanted) < 0.6

        done = _unleak("adapt", str(place / "examples"), "--minutes", "10", "--json")
        assert done.returncode == 0, done.stderr[-2000:]
        trial = json.loads(done.stdout)
        assert trial["installed"] == "team@1"
        assert trial["reference_f1_after"] >= trial["reference_f1_before"] - 0.005
        assert trial["code_f1_after"] >= trial["code_f1_before"] - 0.005

        assert _judged(place) > 0.95
        assert _f1(_found(place / "unseen"), wanted) > 0.95

    def test_what_is_shared_holds_no_value(self, place: Path) -> None:
        shared = b"".join(path.read_bytes() for path in (place / "data" / "judges" / "team@1").iterdir())
        values = {value.text.encode() for code in teams.code(1, 60) for value in code.values}
        assert not [value for value in values if value in shared]


def _unleak(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unleak.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=1500, check=False)


def _told(folder: Path) -> dict[str, Any]:
    done = _unleak("adapt", str(folder), "--dry-run", "--json")
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


def _judged(place: Path) -> float:
    """Of the unseen values, the share on which the adapted judge is right, asked as it asks to be."""
    from unleak.adapt.lessons import from_files, read_folder
    from unleak.adapt.trial import Score
    from unleak.scanner import Scanner

    bundle = Bundle.load(place / "data" / "judges" / "team@1")
    blend = Blend.of(bundle.decision)
    lessons, problems = from_files(read_folder(place / "unseen"), Scanner(blend=blend))
    assert problems == []
    return Score.of(ask(bundle, [lesson.known for lesson in lessons]), blend).accuracy


def _found(folder: Path) -> set[tuple[str, int, int]]:
    done = _unleak("scan", "--format", "jsonl", "--exit-code", "0", "--quiet", str(folder))
    assert done.returncode == 0, done.stderr[-2000:]
    entries = map(json.loads, done.stdout.splitlines())
    return {
        (Path(each["path"]).parts[-3] + "/" + Path(each["path"]).name, each["line"], each["column"])
        for each in entries
        if not each["path"].endswith("labels.jsonl")
    }


def _wanted(count: int) -> set[tuple[str, int, int]]:
    return {
        (code.path.partition("/")[0] + "/" + Path(code.path).name, value.line, value.column)
        for code in teams.code(99, count)
        for value in code.values
        if value.label != "safe"
    }


def _f1(found: set[tuple[str, int, int]], wanted: set[tuple[str, int, int]]) -> float:
    return 2 * len(found & wanted) / max(1, len(found) + len(wanted))
