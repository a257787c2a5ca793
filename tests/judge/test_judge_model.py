"""Real networks in llama.cpp: together as alone, stopped in the middle, and never an answer from a broken one."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unleak.finding import Verdict
from unleak.judge.bundle import Bundle, BundleError
from unleak.judge.model import BrokenError, Model, ModelError, UnwantedError
from unleak.judge.protocol import Question

PREFIX = "<|file|>source src/app.py\n<|text|>" + "name = <|0|>\n" * 5


def always() -> bool:
    return True


def suffixes(count: int) -> tuple[str, ...]:
    return tuple(f"<|ask|>name{number} = <|value|>{'v' * number}<|end|><|answer|>" for number in range(count))


@pytest.fixture(scope="module")
def model(bundle: Path) -> Iterator[Model]:
    model = Model(Bundle.load(bundle))
    yield model
    model.close()


class TestVerdicts:
    def test_one_for_each_suffix_of_each_question(self, model: Model) -> None:
        questions = [Question(PREFIX, suffixes(3)), Question("other", suffixes(1)), Question(PREFIX, ())]
        answer = model.judge(questions, always)
        assert [len(verdicts) for verdicts in answer] == [3, 1, 0]
        assert all(math.isclose(sum(verdict), 1) for verdicts in answer for verdict in verdicts)

    @pytest.mark.parametrize("count", [2, 8, 9, 30])
    def test_together_as_alone(self, count: int, model: Model) -> None:
        (together,) = model.judge([Question(PREFIX, suffixes(count))], always)
        alone = [model.judge([Question(PREFIX, (suffix,))], always)[0][0] for suffix in suffixes(count)]
        assert together == [pytest.approx(verdict, abs=1e-3) for verdict in alone]

    def test_depend_on_prefix_and_suffix(self, model: Model) -> None:
        questions = [Question(prefix, (suffix,)) for prefix in (PREFIX, "<|file|>") for suffix in suffixes(2)]
        assert len({verdicts[0] for verdicts in model.judge(questions, always)}) == 4

    def test_the_order_of_labels_is_that_of_the_manifest(self, bundle: Path, model: Model, tmp_path: Path) -> None:
        from networks import LABELS, write_bundle

        turned = Model(Bundle.load(write_bundle(tmp_path, changes={"labels": [*LABELS[1:], LABELS[0]]})))
        question = Question(PREFIX, suffixes(1))
        ((verdict,),) = model.judge([question], always)
        ((other,),) = turned.judge([question], always)
        turned.close()
        assert (other.safe, other.secret, other.test) == pytest.approx(verdict, abs=1e-6)

    @settings(max_examples=50, deadline=None)
    @given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=100), min_size=1, max_size=10))
    def test_any_text_is_answered(self, model: Model, prefix: str, suffixes: list[str]) -> None:
        (verdicts,) = model.judge([Question(prefix, tuple(suffixes))], always)
        assert all(math.isclose(sum(verdict), 1) for verdict in verdicts)

    @pytest.mark.parametrize(
        "text", ["\ud800", "\0", "a\0b", "<|end", "<|unknown|>", "é" * 400, "🙂" * 300, " " * 5000]
    )
    def test_odd_texts_are_answered(self, text: str, model: Model) -> None:
        ((verdict,),) = model.judge([Question(text, (text,))], always)
        assert math.isclose(sum(verdict), 1)

    def test_two_threads_answer_as_one(self, bundle: Path, model: Model) -> None:
        two = Model(Bundle.load(bundle), threads=2)
        question = Question(PREFIX, suffixes(4))
        (verdicts,) = two.judge([question], always)
        two.close()
        assert verdicts == [pytest.approx(verdict, abs=1e-3) for verdict in model.judge([question], always)[0]]


class TestLongTexts:
    def test_the_beginning_of_the_prefix_is_cut(self, model: Model) -> None:
        suffix = suffixes(1)
        end = "0123456789" * 40  # 400 tokens of the 512 that the context has
        cut = model.judge([Question("x" * 10_000 + end, suffix), Question("y" * 200_000 + end, suffix)], always)
        other = model.judge([Question("x" * 10_000 + end[::-1], suffix)], always)
        assert cut[0] != other[0]
        long = "x" * 1000 + end
        assert model.judge([Question(long, suffix)], always) == model.judge([Question("x" * 5 + long, suffix)], always)

    def test_what_is_cut_for_one_suffix_is_there_for_the_others(self, model: Model) -> None:
        short, long = "<|ask|>a<|answer|>", "<|ask|>" + "b" * 450 + "<|answer|>"
        prefix = "0123456789" * 20
        (together,) = model.judge([Question(prefix, (short, long, short))], always)
        alone = [model.judge([Question(prefix, (suffix,))], always)[0][0] for suffix in (short, long)]
        assert together == [pytest.approx(alone[number], abs=1e-3) for number in (0, 1, 0)]

    def test_a_suffix_keeps_both_ends(self, model: Model) -> None:
        def verdict(suffix: str) -> Verdict:
            return model.judge([Question(PREFIX, (suffix,))], always)[0][0]

        middle = "m" * 3000
        one = verdict("a" * 100 + middle + "z" * 100)
        assert one == verdict("a" * 100 + middle * 2 + "z" * 100)
        assert one != verdict("b" * 100 + middle + "z" * 100)
        assert one != verdict("a" * 100 + middle + "y" * 100)

    def test_a_suffix_longer_than_all_memory_is_answered(self, model: Model) -> None:
        assert model.judge([Question(PREFIX, ("🙂" * 200_000,))], always)


class TestUnwanted:
    def test_a_running_computation_is_stopped(self, model: Model) -> None:
        calls = iter(range(1000))
        with pytest.raises(UnwantedError):
            model.judge([Question(PREFIX, suffixes(1))], lambda: next(calls) < 10)
        # One call asks before the network runs; all others came from within.
        assert next(calls) > 10

    def test_the_next_question_is_answered_as_ever(self, model: Model) -> None:
        question = Question(PREFIX, suffixes(8))
        before = model.judge([question], always)
        calls = iter(range(1000))
        with pytest.raises(UnwantedError):
            model.judge([question], lambda: next(calls) < 20)
        assert model.judge([question], always) == before

    def test_what_is_unwanted_from_the_start_is_not_begun(self, model: Model) -> None:
        calls = []
        with pytest.raises(UnwantedError):
            model.judge([Question(PREFIX, suffixes(1))], lambda: bool(calls.append(1)))
        assert len(calls) == 1


class TestBrokenModels:
    def test_weights_that_are_no_numbers_are_refused(self, bundle: Path, tmp_path: Path) -> None:
        from networks import Network, write_bundle

        with pytest.raises(BrokenError, match="install unleak again"):
            Model(Bundle.load(write_bundle(tmp_path, Network(broken=True))))

    def test_labels_that_are_no_single_tokens_are_refused(self, bundle: Path, tmp_path: Path) -> None:
        from networks import write_bundle

        with pytest.raises(BrokenError, match="not a single token"):
            Model(Bundle.load(write_bundle(tmp_path, changes={"labels": ["many tokens", "b", "c"]})))

    def test_a_truncated_file_is_refused(self, bundle: Path, tmp_path: Path) -> None:
        from networks import write_bundle

        loaded = Bundle.load(write_bundle(tmp_path))
        data = loaded.path.read_bytes()
        loaded.path.write_bytes(data[: len(data) // 2])
        with pytest.raises(BundleError):
            Model(loaded)

    @pytest.mark.parametrize(
        "spoil",
        [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"\0" * len(data)],
        ids=["cut", "empty", "zeros"],
    )
    def test_a_file_that_is_what_its_manifest_says_and_yet_no_network_is_refused(
        self, spoil: Callable[[bytes], bytes], bundle: Path, tmp_path: Path
    ) -> None:
        from networks import write_bundle

        data = spoil((bundle / "judge.gguf").read_bytes()) or b"\0"
        changes = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        folder = write_bundle(tmp_path, changes=changes)
        (folder / "judge.gguf").write_bytes(data)
        with pytest.raises(ModelError):
            Model(Bundle.load(folder))

    def test_closing_twice_is_no_error(self, bundle: Path) -> None:
        model = Model(Bundle.load(bundle))
        model.close()
        model.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_model_for_which_there_is_no_memory_is_an_error(bundle: Path, tmp_path: Path) -> None:
    from networks import Network, write_bundle

    large = write_bundle(tmp_path, Network(layers=40))
    code = f"""
import resource
from pathlib import Path
from unleak.judge.bundle import Bundle
from unleak.judge.model import Model, ModelError
Model(Bundle.load(Path({str(bundle)!r}))).close()
large = Bundle.load(Path({str(large)!r}))
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + large.size // 2,) * 2)
try:
    Model(large)
except ModelError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "is there enough memory?" in run.stdout


def test_the_whole_of_llama_cpp_python_can_be_imported_afterwards(bundle: Path) -> None:
    code = f"""
from pathlib import Path
from unleak.judge.bundle import Bundle
from unleak.judge.model import Model
Model(Bundle.load(Path({str(bundle)!r}))).close()
from llama_cpp import Llama
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
