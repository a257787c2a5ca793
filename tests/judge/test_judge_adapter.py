"""Adapters to a judge: those that belong to it change its answers, all others are refused before they are loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from bundles import DECISION, copied, left
from networks import Network, write_bundle

from unleak.chosen_judge import chosen_judge
from unleak.finding import Verdict
from unleak.judge import installed
from unleak.judge.bundle import Bundle, BundleError
from unleak.judge.client import Judge
from unleak.judge.importing import install
from unleak.judge.model import BrokenError, Model
from unleak.judge.protocol import Question
from unleak.judge.shelf import InstalledError
from unleak.judge.state import Phase

pytest.importorskip("gguf", reason="needs gguf to write an adapter")

from adapters import adapted, described

QUESTION = Question(
    "<|file|>live py a.py\n<|text|>x = <|0|>\n", ("<|ask|>x = <|value|>abc<|end|><|answer|>", "<|ask|>")
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models lie; nothing is chosen."""
    monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("UNLEAK_JUDGE", raising=False)
    return tmp_path / "data" / "judges"


@pytest.fixture
def small(bundle: Path, tmp_path: Path) -> Path:
    """A judge that can be installed."""
    folder = copied(bundle, tmp_path / "small", {"name": '"small"', "version": '"1"'})
    with (folder / "manifest.toml").open("a") as manifest:
        manifest.write(DECISION)
    return folder


def said(folder: Path) -> list[Verdict]:
    model = Model(Bundle.load(folder))
    try:
        return model.judge([QUESTION], lambda: True)[0]
    finally:
        model.close()


def far(one: list[Verdict], other: list[Verdict]) -> float:
    return float(np.abs(np.array(one) - np.array(other)).max())


class TestBelonging:
    def test_it_changes_the_answers(self, small: Path, tmp_path: Path) -> None:
        install(small)
        assert far(said(small), said(adapted(small, tmp_path / "team"))) > 0.01

    def test_one_that_adds_nothing_changes_none(self, small: Path, tmp_path: Path) -> None:
        install(small)
        assert far(said(small), said(adapted(small, tmp_path / "team", gain=0.0))) == 0.0

    def test_its_network_may_lie_beside_it(self, small: Path, tmp_path: Path) -> None:
        team = adapted(small, tmp_path / "team")
        os.link(small / "judge.gguf", team / "judge.gguf")
        assert far(said(small), said(team)) > 0.01

    def test_other_answers_are_kept_under_another_name(self, small: Path, tmp_path: Path) -> None:
        one, other = (adapted(small, tmp_path / str(rank), rank=rank) for rank in (2, 3))
        assert len({Bundle.load(folder).fingerprint for folder in (small, one, other)}) == 3

    def test_imported_chosen_and_asked(self, small: Path, tmp_path: Path, start: Callable[..., Judge]) -> None:
        install(small)
        name = install(adapted(small, tmp_path / "team"))
        installed.choose(installed.find(name))
        chosen = chosen_judge()
        assert (chosen.model, chosen.problem) == ("team 1", "")
        answer = start(chosen.folder).submit([QUESTION], deadline_seconds=60).result()
        assert answer is not None
        assert far(answer[0], said(tmp_path / "team")) < 1e-6

    def test_its_base_stays_as_long_as_it_is_needed(self, small: Path, tmp_path: Path, home: Path) -> None:
        install(small)
        installed.choose(installed.find(install(adapted(small, tmp_path / "team"))))
        with pytest.raises(InstalledError, match="is the base of team@1"):
            installed.remove(installed.find("small@1"))
        assert installed.collect(unused=True)[0] == []
        assert left(home) == ["chosen", "small@1", "team@1"]


class TestRefused:
    """Before it is loaded, by all that both files say of themselves."""

    @pytest.mark.parametrize(
        ("told", "message"),
        [
            ({"general.type": "model"}, "no adapter of the kind LoRA"),
            ({"adapter.type": "ia3"}, "no adapter of the kind LoRA"),
            ({"adapter.type": None}, "no adapter of the kind LoRA"),
            ({"unleak.protocol": "judge/2"}, "another protocol"),
            ({"unleak.protocol": None}, "another protocol"),
            ({"unleak.base.sha256": "0" * 64}, "another model"),
            ({"unleak.base.sha256": None}, "another model"),
            ({"adapter.lora.alpha": None}, "no number that was learned with"),
            ({"adapter.lora.alpha": float("nan")}, "no number that was learned with"),
            ({"adapter.lora.alpha": 1e30}, "no number that was learned with"),
        ],
    )
    def test_of_another_kind(
        self, small: Path, tmp_path: Path, home: Path, told: Mapping[str, object], message: str
    ) -> None:
        install(small)
        self._refused(adapted(small, tmp_path / "team", told=told), message, home)

    @pytest.mark.parametrize(
        ("tensors", "message"),
        [
            ({"blk.0.attn_q.weight.lora_a": (4, 128)}, "other shapes"),
            ({"blk.0.attn_q.weight.lora_a": (3, 256)}, "other shapes"),
            ({"blk.0.attn_q.weight.lora_b": (128, 4)}, "other shapes"),
            ({"blk.0.attn_q.weight.lora_b": None}, "no pairs"),
            ({"blk.0.attn_q.weight": (4, 256)}, "no pairs"),
            ({"blk.7.attn_q.weight.lora_a": (4, 256), "blk.7.attn_q.weight.lora_b": (256, 4)}, "does not have"),
            ({"output_norm.weight.lora_a": (4, 256), "output_norm.weight.lora_b": (256, 4)}, "does not have"),
            ({"token_embd.weight.lora_a": (4, 256), "token_embd.weight.lora_b": (268, 4)}, "shapes|words"),
        ],
    )
    def test_of_other_shapes(
        self, small: Path, tmp_path: Path, home: Path, tensors: Mapping[str, tuple[int, int] | None], message: str
    ) -> None:
        install(small)
        parts = {name: None if shape is None else np.ones(shape, np.float32) for name, shape in tensors.items()}
        self._refused(adapted(small, tmp_path / "team", tensors=parts), message, home)

    def test_in_whole_numbers(self, small: Path, tmp_path: Path, home: Path) -> None:
        install(small)
        parts = {"blk.0.attn_q.weight.lora_a": np.ones((4, 256), np.int32)}
        self._refused(adapted(small, tmp_path / "team", tensors=parts), "numbers that are not known", home)

    @pytest.mark.parametrize("size", [0, 10, 500, 10_000])
    def test_cut(self, small: Path, tmp_path: Path, home: Path, size: int) -> None:
        install(small)
        team = adapted(small, tmp_path / "team")
        os.truncate(team / "adapter.gguf", size)
        message = "must be a whole number" if size == 0 else "cut short|head does not end|last parts are missing"
        self._refused(described(small, team), message, home)

    def test_of_a_network_with_more_layers(self, small: Path, tmp_path: Path, home: Path) -> None:
        install(small)
        other = write_bundle(tmp_path / "other", Network(2), {"name": "other"})
        team = adapted(other, tmp_path / "team")
        with (team / "manifest.toml").open("a") as manifest:
            manifest.write(DECISION)
        with pytest.raises(InstalledError, match="made for is not installed"):
            install(team)

    @staticmethod
    def _refused(team: Path, message: str, home: Path) -> None:
        with pytest.raises(BundleError, match=message):
            Model(Bundle.load(team))
        with pytest.raises(InstalledError, match=message):
            install(team)
        assert left(home) == ["small@1"]


class TestBroken:
    def test_numbers_that_are_none(self, small: Path, tmp_path: Path) -> None:
        install(small)
        parts = {"blk.0.attn_q.weight.lora_a": np.full((4, 256), np.nan, np.float32)}
        with pytest.raises(BrokenError, match="its answers are no numbers"):
            Model(Bundle.load(adapted(small, tmp_path / "team", tensors=parts)))

    def test_a_network_that_is_gone(self, small: Path, tmp_path: Path, home: Path) -> None:
        install(small)
        installed.choose(installed.find(install(adapted(small, tmp_path / "team"))))
        os.truncate(home / "small@1" / "judge.gguf", 9)
        assert "has 9 bytes instead of" in chosen_judge().problem
        os.remove(home / "small@1" / "judge.gguf")
        assert "the model that this adapter was made for is not installed" in chosen_judge().problem

    def test_one_that_was_changed_since(self, small: Path, tmp_path: Path, home: Path) -> None:
        install(small)
        installed.choose(installed.find(install(adapted(small, tmp_path / "team"))))
        path = home / "team@1" / "adapter.gguf"
        path.write_bytes(path.read_bytes()[::-1])
        assert "is not the file that its manifest describes" in chosen_judge().problem
        assert installed.verify(installed.find("team@1")) != ""

    def test_a_worker_says_so_and_stays_off(self, small: Path, tmp_path: Path, start: Callable[..., Judge]) -> None:
        install(small)
        judge = start(adapted(small, tmp_path / "team", told={"unleak.protocol": "judge/2"}))
        assert judge.submit([QUESTION], deadline_seconds=60).result() is None
        assert judge.state.phase is Phase.OFF
        assert "another protocol" in judge.state.reason


def test_any_bytes_of_an_adapter_are_survived(small: Path, tmp_path: Path) -> None:
    """Whatever stands there: it is refused, or llama.cpp says no, or it computes something."""
    install(small)
    team = adapted(small, tmp_path / "team")
    path = team / "adapter.gguf"
    whole = path.read_bytes()
    random = np.random.default_rng(3)
    refused = 0
    for _ in range(40):
        data = bytearray(whole)
        for at in random.integers(0, 1200, 3):
            data[at] = int(random.integers(0, 256))
        path.write_bytes(data)
        described(small, team)
        try:
            said(team)
        except (BundleError, BrokenError):
            refused += 1
    assert refused
