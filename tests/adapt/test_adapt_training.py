"""An adapter is learned, and PyTorch and llama.cpp agree on what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="learning needs PyTorch, the extra `adapt`: `make training-test` has it")
pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")

import torch
from networks import Network as Sizes
from networks import write_bundle

from unleak.adapt import adapter_file
from unleak.adapt.batches import answer
from unleak.adapt.known import Known
from unleak.adapt.low_rank import adapt, merge
from unleak.adapt.making import FILE, describe
from unleak.adapt.network import Network
from unleak.adapt.reference import TRIED, questions
from unleak.adapt.training import Progress, Recipe, learn, rows_of
from unleak.adapt.trial import ask
from unleak.adapt.weights import NetworkError, changes_of, read_network
from unleak.decision import Blend
from unleak.judge.bundle import Bundle, bundled
from unleak.judge.model import Model
from unleak.judge.protocol import Question

FAR = 0.02
"""By how much a probability in llama.cpp may differ from that in PyTorch."""


def by_network(network: Network, bundle: Bundle, known: Sequence[Known]) -> np.ndarray:
    """The probabilities of all suffixes, read as the bundle says, by PyTorch."""
    model = Model(bundle)
    try:
        logits = answer(network, rows_of(model, known), torch.tensor(model.labels), exact=True)
    finally:
        model.close()
    return np.array([bundle.calibration.verdict(list(map(float, logits[at]))) for at in sorted(logits)])


def by_llama(bundle: Bundle, known: Sequence[Known]) -> np.ndarray:
    return np.array([each.verdict for each in ask(bundle, known)])


@pytest.fixture(scope="module")
def known() -> list[Known]:
    """Questions with 300 answers and a few."""
    found: list[Known] = []
    for each in questions(TRIED):
        found.append(each)
        if sum(known.size for known in found) >= 300:
            break
    return found


class TestEquality:
    """PyTorch and llama.cpp compute the same, at the quantization that ships."""

    def test_of_the_judge(self, known: list[Known]) -> None:
        base = Bundle.load(bundled())
        assert np.abs(by_network(read_network(base.path), base, known) - by_llama(base, known)).max() < FAR

    @pytest.mark.parametrize("feed_forward", [False, True], ids=["attention", "all"])
    def test_of_the_judge_with_an_adapter(self, known: list[Known], tmp_path: Path, feed_forward: bool) -> None:
        base = Bundle.load(bundled())
        torch.manual_seed(1)
        network = read_network(base.path)
        learned = adapt(network, rank=8, alpha=8.0, feed_forward=feed_forward)
        with torch.no_grad():
            for added in learned.values():
                for up in added.up:
                    up.normal_(0, 0.15)
        adapter_file.write(*changes_of(learned), tmp_path / FILE, name="team", base=base.sha256)
        team = describe(tmp_path, base, "team", "1", Blend.of(base.decision), None)
        merge(network)
        ours, theirs, before = by_network(network, base, known), by_llama(team, known), by_llama(base, known)
        assert len(theirs) >= 300
        assert np.abs(theirs - before).max() > 0.3  # else nothing is compared
        assert np.abs(ours - theirs).max() < FAR

    def test_a_network_of_another_kind_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.gguf").write_bytes(bundled().joinpath("judge.gguf").read_bytes().replace(b"llama", b"lloma"))
        with pytest.raises(NetworkError, match="no network of the architecture llama"):
            read_network(tmp_path / "a.gguf")


class TestMiniature:
    """A tiny network of random weights learns two words apart."""

    @pytest.fixture
    def small(self, tmp_path: Path) -> Bundle:
        return Bundle.load(write_bundle(tmp_path / "small", Sizes(weight=0.08)))

    def test_it_learns(self, small: Bundle) -> None:
        model = Model(small)
        rows = rows_of(model, [_known(number) for number in range(16)])
        heard: list[Progress] = []
        recipe = Recipe(rank=4, epochs=30, rate=1e-2)
        network, learned = learn(
            read_network(small.path), model.labels, small.calibration, lambda _: rows, [], recipe, heard.append
        )
        unseen = rows_of(model, [_known(number) for number in range(16, 32)])
        logits = answer(network, unseen, torch.tensor(model.labels), exact=True)
        model.close()
        assert heard[-1].loss < heard[0].loss / 2
        assert [int(np.argmax(logits[at])) for at in range(16)] == [0, 2] * 8
        assert len(learned) == 2

    def test_the_weights_of_the_network_stay(self, small: Bundle) -> None:
        base = read_network(small.path)
        before = {name: weight.clone() for name, weight in base.state_dict().items()}
        model = Model(small)
        rows = rows_of(model, [_known(number) for number in range(4)])
        learn(base, model.labels, small.calibration, lambda _: rows, rows, Recipe(epochs=1))
        model.close()
        assert all(torch.equal(weight, before[name]) for name, weight in base.state_dict().items())

    def test_without_time_nothing_is_learned(self, small: Bundle) -> None:
        model = Model(small)
        rows = rows_of(model, [_known(number) for number in range(4)])
        base = read_network(small.path)
        _, learned = learn(base, model.labels, small.calibration, lambda _: rows, [], Recipe(), until=time.monotonic())
        model.close()
        assert all(not up.any() for added in learned.values() for up in added.up)


def _known(number: int) -> Known:
    word, label = (("tessera", [1.0, 0.0, 0.0]), ("parcel", [0.0, 0.0, 1.0]))[number % 2]
    question = Question(f"<|file|>live py {number}.py\n", (f"<|ask|>{word} = <|value|>{number}x<|end|><|answer|>",))
    return Known(question, [label], [1.0], [0.01])
