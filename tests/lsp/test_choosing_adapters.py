"""An adapter in the editor: a real server goes from a judge to the same with an adapter and back, documents open."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

import pytest
from editor import Start, uri_of
from test_choosing_models import LINE, STATUS, WARNING, home, shown

pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")
pytest.importorskip("gguf", reason="needs gguf to write a network")

from unleak.decision import Blend
from unleak.judge.bundle import Bundle
from unleak.judge.model import Model
from unleak.scanner import Scanner

__all__ = ["home"]  # a fixture

_BLEND = "\n[decision]\nsignals = 0\njudge = 1\nbias = 0\nask = 0.01\nreport = 0.5\nwarn = 0.7\nlive = 0.5\n"


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, bool]:
    """A judge, the same with an adapter, and whether it is the first that takes LINE for a secret: one of them does.

    Both read their answers in the same way, so that it is the adapter that makes the difference.
    """
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "judge"))
    from adapters import adapted
    from networks import write_bundle

    base = write_bundle(tmp_path / "base", changes={"name": "base"})
    with (base / "manifest.toml").open("a") as manifest:
        manifest.write("bias = [0.0, 0.0, 0.0]\n" + _BLEND)
    team = adapted(base, tmp_path / "team")
    os.link(base / "judge.gguf", team / "judge.gguf")
    margins = [_margin(folder) for folder in (base, team)]
    assert abs(margins[0] - margins[1]) > 0.1
    for folder in (base, team):
        text = (folder / "manifest.toml").read_text()
        text = re.sub(r"(?m)^temperature = .*$", "temperature = 0.01", text)
        bias = [-sum(margins) / 2, -1000.0, 0.0]
        (folder / "manifest.toml").write_text(re.sub(r"(?m)^bias = \[.*$", f"bias = {bias}", text))
    (team / "judge.gguf").unlink()
    return base, team, margins[0] > margins[1]


def _margin(folder: Path) -> float:
    """By how much the logit of `secret` is above that of `safe`."""
    bundle = Bundle.load(folder)
    scanner = Scanner(blend=Blend.of(bundle.decision))
    questions = [each for each, _ in scanner.questions(LINE, "app.py", scanner.read(LINE, "app.py").asked)]
    model = Model(bundle)
    try:
        ((verdict,),) = model.judge(questions, lambda: True)
    finally:
        model.close()
    return math.log(verdict.secret / verdict.safe) * bundle.calibration.temperature


async def test_imported_used_and_left_again(start: Start, workspace: Path, pair: tuple[Path, Path, bool]) -> None:
    base, team, is_first = pair
    editor = await start(workspace, capabilities=STATUS)
    uri = uri_of(workspace / "app.py")
    for folder in (base, team):
        await editor.run("unleak.model.import", {"path": str(folder)})
    listed = {model["id"]: model for model in (await editor.run("unleak.model.list", {}))["models"]}
    assert (listed["team@1"]["kind"], listed["team@1"]["base"]) == ("adapter", "base@1")

    by_base, by_team = ([WARNING], []) if is_first else ([], [WARNING])
    await editor.run("unleak.model.use", {"id": "base"})
    editor.open(uri, LINE)
    await shown(editor, uri, by_base)
    for _ in range(2):  # what one has said does not count for the other
        await editor.run("unleak.model.use", {"id": "team"})
        await shown(editor, uri, by_team)
        await editor.until(lambda: editor.statuses[-1].model == "team 1" and editor.statuses[-1].state == "ready")
        await editor.run("unleak.model.use", {"id": "base"})
        await shown(editor, uri, by_base)
        await editor.until(lambda: editor.statuses[-1].model == "base 1")
    assert editor.messages == []


async def test_one_that_breaks_leaves_the_judge_of_unleak(
    start: Start, workspace: Path, pair: tuple[Path, Path, bool], home: Path
) -> None:
    base, team, _ = pair
    editor = await start(workspace, capabilities=STATUS)
    for folder in (base, team):
        await editor.run("unleak.model.import", {"path": str(folder)})
    await editor.run("unleak.model.use", {"id": "team"})
    os.truncate(home / "team@1" / "adapter.gguf", 100)
    editor.open(uri_of(workspace / "app.py"), LINE)
    await editor.until(lambda: editor.statuses and editor.statuses[-1].model.startswith("unleak-judge "))
    await editor.until(lambda: editor.messages)
    assert "the chosen judge team@1 cannot be used" in editor.messages[0].message
