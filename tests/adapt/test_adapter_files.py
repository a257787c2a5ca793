"""An adapter added to its network for good answers as both together do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bundles import DECISION
from networks import Network, write_bundle

pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")
pytest.importorskip("gguf", reason="needs gguf")

from adapters import MATRICES, adapted

from unleak import adapt_command
from unleak.adapt import adapter_file
from unleak.adapt.adapter_file import Change
from unleak.adapt.making import merge
from unleak.adapt.trial import Score, Trial
from unleak.cli import main
from unleak.decision import Blend
from unleak.judge import adapter
from unleak.judge.bundle import Bundle
from unleak.judge.importing import install
from unleak.judge.model import Model
from unleak.judge.protocol import Question

QUESTION = Question("<|file|>live py a.py\n", tuple(f"<|ask|>x = <|value|>{at}<|end|><|answer|>" for at in range(8)))


@pytest.fixture(params=[False, True], ids=["F16", "Q8_0"])
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """An installed judge, and a bundle of an adapter to it."""
    base = write_bundle(tmp_path / "base", Network(quantized=request.param), {"name": "base"})
    with (base / "manifest.toml").open("a") as manifest:
        manifest.write(DECISION)
    install(base)
    return base, adapted(base, tmp_path / "team", gain=0.1)


def said(folder: Path) -> np.ndarray:
    model = Model(Bundle.load(folder))
    try:
        return np.array(model.judge([QUESTION], lambda: True)[0])
    finally:
        model.close()


def test_merged(pair: tuple[Path, Path], tmp_path: Path) -> None:
    base, team = pair
    (tmp_path / "merged").mkdir()
    merged = merge(Bundle.load(team), tmp_path / "merged")
    assert (merged.adapter, merged.name) == (None, "team-merged")
    assert np.abs(said(base) - said(team)).max() > 0.02
    assert np.abs(said(team) - said(merged.folder)).max() < 0.01


def test_merged_by_command(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str], home: Path) -> None:
    install(pair[1])
    assert main(["model", "merge", "team"]) == 0
    assert capsys.readouterr().out.startswith("team-merged@1 is installed")
    assert sorted(path.name for path in (home / "team-merged@1").glob("*.gguf")) == ["judge.gguf"]
    assert main(["model", "merge", "base"]) == 2
    assert "base has no adapter" in capsys.readouterr().err


def test_what_another_process_has_installed_meanwhile_stays(
    pair: tuple[Path, Path], tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, other = pair
    mine = adapted(base, tmp_path / "mine", gain=0.2)
    next_version = adapt_command._next_version

    def late(name: str) -> str:
        version = next_version(name)
        install(other)
        return version

    monkeypatch.setattr(adapt_command, "_next_version", late)
    score = Score(0.9, 0.9, 0.9)
    learned = adapt_command._Learned(Blend.of(Bundle.load(base).decision), Trial(*[score] * 4, 0.7, 0.7))
    assert adapt_command._installed("team", Bundle.load(base), mine, learned) == "team@2"
    assert (home / "chosen").read_text() == "team@2\n"
    assert (home / "team@1" / "adapter.gguf").read_bytes() == (other / "adapter.gguf").read_bytes()


def test_what_is_written_belongs(pair: tuple[Path, Path]) -> None:
    base, team = pair
    bundle = Bundle.load(base)
    random = np.random.default_rng(0)
    changes = {
        f"{name}.weight": Change(random.normal(size=(3, inputs)), random.normal(size=(outputs, 3)))
        for name, (inputs, outputs) in MATRICES.items()
    }
    adapter_file.write(changes, 6.0, team / "other.gguf", name="team", base=bundle.sha256)
    adapter.check(bundle, team / "other.gguf", bundle.path)
