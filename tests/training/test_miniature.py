"""All of training in small: from generated files to a bundle that llama.cpp loads and that knows more than rules."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs PyTorch: pip install -r models/training/requirements.txt")
pytest.importorskip("sklearn", reason="training needs scikit-learn")

from unleak.decision import Blend
from unleak.judge.bundle import Bundle
from unleak.judge.model import Model
from unleak.scanner import Scanner

TRAIN = Path(__file__).resolve().parents[2] / "models" / "training" / "train.py"
PASSWORD = "kM7vQ2" + "xR9zT4b"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("miniature")
    command = [sys.executable, str(TRAIN), "--work", str(folder), "--miniature"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3000, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_the_judge_beats_rules_and_signals_on_repositories_it_has_not_seen(work: Path) -> None:
    measured = json.loads((work / "calibration.json").read_text())["F1"]
    assert measured["both"]["generated"] > measured["pre-score"]["generated"]


def test_what_is_done_is_not_done_again(work: Path) -> None:
    before = (work / "judge.pt").stat().st_mtime_ns
    command = [sys.executable, str(TRAIN), "--work", str(work), "--miniature"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    assert {line.rpartition(": ")[2] for line in done.stdout.splitlines()} == {"done before"}
    assert (work / "judge.pt").stat().st_mtime_ns == before


def test_the_bundle_judges(work: Path) -> None:
    bundle = Bundle.load(work / "bundled")
    scanner = Scanner(blend=Blend.of(bundle.decision))
    text, path = f'db_password = "{PASSWORD}"\n', "src/settings.py"
    questions = [question for question, _ in scanner.questions(text, path, scanner.read(text, path).asked)]
    model = Model(bundle)
    try:
        ((verdict, *_), *_) = model.judge(questions, lambda: True)
    finally:
        model.close()
    assert sum(verdict) == pytest.approx(1.0)
