"""The judge learns from a team's examples; needs PyTorch and, for the last of it, ten minutes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import teams

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

        began = time.monotonic()
        done = _unleak("adapt", str(place / "examples"), "--minutes", "10", "--json")
        assert done.returncode == 0, done.stderr[-2000:]
        assert time.monotonic() - began < 11 * 60
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
