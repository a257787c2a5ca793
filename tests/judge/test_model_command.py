"""`unleak model`: what it prints and how it ends."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from bundles import DECISION, copied

from unleak.cli import main
from unleak.judge.bundle import Bundle, bundled

Capture = pytest.CaptureFixture[str]
OURS = f"unleak-judge@{Bundle.load(bundled()).version}"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("UNLEAK_JUDGE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "judges"


@pytest.fixture
def small(bundle: Path, tmp_path: Path) -> str:
    folder = copied(bundle, tmp_path / "small", {"name": '"small"'})
    with (folder / "manifest.toml").open("a") as manifest:
        manifest.write(DECISION)
    assert main(["model", "import", str(folder)]) == 0
    return "small@1"


def said(capsys: Capture, *arguments: str, code: int = 0) -> str:
    """What a command prints, and complains."""
    capsys.readouterr()
    assert main(["model", *arguments]) == code
    out, problems = capsys.readouterr()
    return out + problems


def listed(capsys: Capture) -> dict[str, dict[str, object]]:
    return {model["id"]: model for model in json.loads(said(capsys, "list", "--json"))}


def current(capsys: Capture) -> object:
    """The id of the one model that is the judge."""
    (model,) = [model["id"] for model in listed(capsys).values() if model["current"]]
    return model


def test_of_nothing(capsys: Capture) -> None:
    ours, *others = said(capsys, "list").splitlines()
    assert re.match(rf"\* {OURS} +5\.3 MB  comes with unleak +With the rules, F1 0\.781", ours)
    assert all(re.match(r"  \S+@\S+ +[\d.]+ [MG]B  not installed +not measured$", line) for line in others)


def test_from_import_to_removal(capsys: Capture, small: str) -> None:
    assert current(capsys) == OURS
    assert said(capsys, "use", "small").startswith("small@1 is the judge from now on")
    assert current(capsys) == small
    assert re.search(r"^current +yes$", said(capsys, "show", "small"), re.MULTILINE)
    assert said(capsys, "verify") == f"{OURS} is whole.\nsmall@1 is whole.\n"
    assert said(capsys, "remove", small) == "small@1 is removed; the judge is the one that comes with unleak.\n"
    assert small not in listed(capsys)
    assert current(capsys) == OURS
    assert said(capsys, "gc") == "There was nothing to delete.\n"


def test_for_scripts(capsys: Capture, small: str, home: Path) -> None:
    model = listed(capsys)[small]
    size = (home / small / "judge.gguf").stat().st_size
    assert model == {
        "id": "small@1",
        "name": "small",
        "version": "1",
        "kind": "judge",
        "base": "",
        "installed": True,
        "current": False,
        "bundled": False,
        "size": size,
        "licence": "Apache-2.0",
        "quality": "not measured",
        "source": "",
        "readsWhole": False,
        "folder": str(home / small),
        "problem": "",
    }
    assert json.loads(said(capsys, "show", "small", "--json")) == model


def test_one_that_is_broken(capsys: Capture, small: str, home: Path) -> None:
    os.truncate(home / small / "judge.gguf", 7)
    assert "cannot be used" in said(capsys, "list")
    assert "has 7 bytes instead of" in said(capsys, "verify", small, code=1)
    assert "has 7 bytes instead of" in said(capsys, "use", small, code=2)


def test_unused_ones(capsys: Capture, small: str) -> None:
    assert said(capsys, "gc", "--unused").startswith("small@1 is removed.\n")


def test_what_does_not_work_is_said(capsys: Capture, tmp_path: Path) -> None:
    assert (
        said(capsys, "use", "unleak-judg", code=2)
        == f"unleak: no model is called 'unleak-judg': did you mean {OURS}?\n"
    )
    assert "comes with unleak and stays" in said(capsys, "remove", OURS, code=2)
    assert "No such file" in said(capsys, "import", "nowhere", code=2)


def test_the_environment_is_named(capsys: Capture, small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNLEAK_JUDGE", "off")
    assert "UNLEAK_JUDGE is set here" in said(capsys, "use", "small")
    assert not any(model["current"] for model in listed(capsys).values())


def test_a_scan_goes_by_the_chosen_one_and_says_where_it_cannot(
    capsys: Capture, small: str, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text("total = 1\n")
    main(["model", "use", "small"])
    os.truncate(home / small / "judge.gguf", 7)
    capsys.readouterr()
    assert main(["scan", "app.py"]) == 0
    assert "the chosen judge small@1 cannot be used" in capsys.readouterr().err
    assert main(["scan", "--quiet", "app.py"]) == 0
    assert capsys.readouterr().err == ""
