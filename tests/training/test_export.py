"""What llama.cpp computes from an exported file is what PyTorch computed while training."""

from __future__ import annotations

import ctypes
import json
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install torch")
pytest.importorskip("gguf", reason="the export needs the GGUF writer: pip install gguf")
pytest.importorskip("tokenizers", reason="the export needs a tokenizer: pip install tokenizers")
llama_cpp = pytest.importorskip("llama_cpp", reason="parity needs llama.cpp: pip install llama-cpp-python")

CHECKOUT = Path(__file__).parents[2]
sys.path.insert(0, str(CHECKOUT / "models" / "training"))

import export  # noqa: E402
import quantize  # noqa: E402
import vocabulary  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

from unleak.adapt.network import Network, Shape, load, save, shared_prefix  # noqa: E402

MARKS = ("<|provider|>", "<|entropy:high|>", "<|name:password|>")
CONTEXT = 512
SILENT = llama_cpp.llama_log_callback(lambda _level, _text, _data: None)


class Runner:
    """llama.cpp with one model, f32 keys and values, all sequences in one cache."""

    def __init__(self, path: Path) -> None:
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        assert self.model, "llama.cpp does not load the file"
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = options.n_batch = options.n_ubatch = CONTEXT
        options.n_seq_max = 16
        options.n_threads = options.n_threads_batch = 1
        options.kv_unified = True
        options.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        options.type_k = options.type_v = llama_cpp.GGML_TYPE_F32
        self.context = llama_cpp.llama_init_from_model(self.model, options)
        assert self.context, "llama.cpp makes no context"
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.vocabulary)

    def close(self) -> None:
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)

    def tokens(self, text: str) -> list[int]:
        content = text.encode()
        room = len(content) + 8
        found = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self.vocabulary, content, len(content), found, room, False, True)
        return list(found[:count])

    def logits(self, prefix: Sequence[int], suffixes: Sequence[Sequence[int]]) -> torch.Tensor:
        """Logits behind each suffix, the prefix read once and shared by all sequences."""
        memory = llama_cpp.llama_get_memory(self.context)
        llama_cpp.llama_memory_clear(memory, True)
        if prefix:
            self._decode([(token, at, 0, False) for at, token in enumerate(prefix)])
            for number in range(1, len(suffixes)):
                llama_cpp.llama_memory_seq_cp(memory, 0, number, -1, -1)
        rows = [
            (token, len(prefix) + at, number, at == len(suffix) - 1)
            for number, suffix in enumerate(suffixes)
            for at, token in enumerate(suffix)
        ]
        self._decode(rows)
        wanted = [at for at, row in enumerate(rows) if row[3]]
        return torch.stack(
            [torch.tensor(llama_cpp.llama_get_logits_ith(self.context, at)[: self.size]) for at in wanted]
        )

    def _decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> None:
        batch = llama_cpp.llama_batch_init(len(rows), 0, 1)
        for at, (token, position, sequence, wanted) in enumerate(rows):
            batch.token[at], batch.pos[at], batch.logits[at] = token, position, wanted
            batch.n_seq_id[at], batch.seq_id[at][0] = 1, sequence
        batch.n_tokens = len(rows)
        assert llama_cpp.llama_decode(self.context, batch) == 0
        llama_cpp.llama_batch_free(batch)


def own_text() -> Iterator[str]:
    for path in sorted((CHECKOUT / "server").rglob("*.py")):
        yield path.read_text(encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> None:
    llama_cpp.llama_log_set(SILENT, ctypes.c_void_p(0))
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Tokenizer:
    made = vocabulary.train(own_text(), MARKS)
    made.save(str(folder / "tokenizer.json"))
    return made


def make(tokenizer: Tokenizer, steps: int, **sizes: int) -> Network:
    torch.manual_seed(0)
    shape = Shape(vocabulary=tokenizer.get_vocab_size(), layers=2, context=CONTEXT, **sizes)
    network = Network(shape, dropout=0.1)
    stream = torch.tensor([number for text in own_text() for number in tokenizer.encode(text).ids])
    rows = stream[: len(stream) // 65 * 65].view(-1, 65)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for step in range(steps):
        part = rows[step * 8 : step * 8 + 8]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = network.token_loss(network(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return network.eval()


@pytest.fixture(scope="module", params=["fresh", "trained", "grouped heads"])
def network(request: pytest.FixtureRequest, tokenizer: Tokenizer) -> Network:
    steps = 0 if request.param == "fresh" else 30
    return make(tokenizer, steps, kv_heads=2 if request.param == "grouped heads" else 4)


@pytest.fixture(scope="module")
def full(folder: Path, network: Network) -> Path:
    path = folder / "full.gguf"
    export.write_gguf(network, folder / "tokenizer.json", path, name="test", begin="<|eos|>", end="<|eos|>")
    return path


@pytest.fixture
def runner(full: Path) -> Iterator[Runner]:
    made = Runner(full)
    yield made
    made.close()


def draw_tokens(tokenizer: Tokenizer, sizes: Sequence[int], seed: int) -> list[list[int]]:
    source = random.Random(seed)
    return [[source.randrange(tokenizer.get_vocab_size()) for _ in range(size)] for size in sizes]


def labels(tokenizer: Tokenizer) -> torch.Tensor:
    return torch.tensor([tokenizer.token_to_id(text) for text in vocabulary.ANSWERS])


def far(left: torch.Tensor, right: torch.Tensor) -> float:
    return (left.softmax(-1) - right.softmax(-1)).abs().max().item()


@torch.no_grad()
def torch_logits(network: Network, prefix: list[int], suffixes: list[list[int]]) -> torch.Tensor:
    """The logits behind each suffix, all in one masked row."""
    sizes = [len(suffix) for suffix in suffixes]
    length = len(prefix) + sum(sizes) + 3
    positions, mask = shared_prefix(len(prefix), sizes, length)
    row = torch.tensor([*prefix, *(token for suffix in suffixes for token in suffix), 0, 0, 0])
    ends = torch.tensor(sizes).cumsum(0) + len(prefix) - 1
    at = torch.stack((torch.zeros_like(ends), ends), dim=1)
    return network.logits(network(row[None], positions[None], mask[None], at))


class TestTokens:
    PIECES = (
        *("password = 'hunter", "'S", "don't", "I'LL", "e+10", "0x7f", "AKIA", "://", "--", "__", "\\n", '"""'),
        *("\r\n", "\n\n\n", "\t\t", "   ", " \t \r\n ", "\u00a0", "\u2028", "\u3000", "\ufeff", "\u200b"),
        *("1234567890" * 5, "٣٤٥", "Ⅻ", "½", "a" * 90, "=" * 40, "\x00", "\x7f", "«»", "\U0010ffff"),
        *("🔑🧪👩\u200d👩\u200d👧", "日本語の鍵", "한국어", "क्षि", "ا", "Straße", "e\u0301", "ſ", "ﬁ", "İ", "ß'd"),
        *("<|", "|>", "<|ask|", "<|ASK|>", "<|ask|>", "<|eos|>", *vocabulary.ANSWERS, *MARKS),
    )  # fmt: skip

    def test_llama_cpp_cuts_nasty_strings_into_the_same_tokens(self, runner: Runner, tokenizer: Tokenizer) -> None:
        source = random.Random(7)
        texts = [*self.PIECES, *("".join(source.choices(self.PIECES, k=source.randint(2, 9))) for _ in range(300))]
        different = [
            text for text in texts if runner.tokens(text) != tokenizer.encode(text, add_special_tokens=False).ids
        ]
        assert different == []

    def test_llama_cpp_cuts_source_files_into_the_same_tokens(self, runner: Runner, tokenizer: Tokenizer) -> None:
        assert all(runner.tokens(text) == tokenizer.encode(text).ids for text in own_text())

    @pytest.mark.parametrize("mark", [*vocabulary.ANSWERS, *MARKS])
    def test_a_mark_is_one_token(self, runner: Runner, tokenizer: Tokenizer, mark: str) -> None:
        assert runner.tokens(mark) == [tokenizer.token_to_id(mark)]


class TestLogits:
    def test_a_lone_prompt_gives_the_same_logits(self, runner: Runner, network: Network, tokenizer: Tokenizer) -> None:
        [tokens] = draw_tokens(tokenizer, [200], seed=1)
        with torch.no_grad():
            ours = network.logits(network(torch.tensor([tokens]))[:, -1])
        assert torch.allclose(runner.logits([], [tokens]), ours, atol=1e-3)

    def test_suffixes_of_a_shared_prefix_give_the_same_label_probabilities(
        self, runner: Runner, network: Network, tokenizer: Tokenizer
    ) -> None:
        prefix, *suffixes = draw_tokens(tokenizer, [120, 1, 30, 48, 7], seed=2)
        ours, theirs = torch_logits(network, prefix, suffixes), runner.logits(prefix, suffixes)
        assert far(ours[:, labels(tokenizer)], theirs[:, labels(tokenizer)]) < 1e-3
        assert torch.allclose(ours, theirs, atol=1e-3)

    def test_a_suffix_does_not_see_its_neighbours(self, network: Network, tokenizer: Tokenizer) -> None:
        prefix, first, second = draw_tokens(tokenizer, [50, 20, 30], seed=3)
        together = torch_logits(network, prefix, [first, second])
        apart = torch.cat([torch_logits(network, prefix, [suffix]) for suffix in (first, second)])
        assert torch.allclose(together, apart, atol=1e-4)

    @pytest.mark.parametrize(("kind", "bound"), [("F16", 2e-3), ("Q8_0", 0.01)])
    def test_a_smaller_file_gives_nearly_the_same_label_probabilities(
        self, full: Path, network: Network, tokenizer: Tokenizer, kind: quantize.Kind, bound: float
    ) -> None:
        prefix, *suffixes = draw_tokens(tokenizer, [120, 30, 48, 7], seed=4)
        path = full.with_name(f"{kind}.gguf")
        quantize.quantize(full, path, kind)
        runner = Runner(path)
        theirs = runner.logits(prefix, suffixes)
        runner.close()
        ours = torch_logits(network, prefix, suffixes)
        assert far(ours[:, labels(tokenizer)], theirs[:, labels(tokenizer)]) < bound

    @pytest.mark.parametrize("kind", ["Q6_K", "Q5_K_M", "Q4_K_M"])
    def test_a_k_quant_is_smaller_and_still_loads(self, full: Path, kind: quantize.Kind) -> None:
        path = full.with_name(f"{kind}.gguf")
        weights = quantize.quantize(full, path, kind)
        assert weights.size < full.stat().st_size / 3
        Runner(path).close()


class TestQuantize:
    def test_the_same_source_gives_the_same_bytes(self, full: Path, folder: Path) -> None:
        assert quantize.quantize(full, folder / "one", "Q8_0") == quantize.quantize(full, folder / "two", "Q8_0")

    def test_a_file_that_is_no_model_is_refused(self, folder: Path) -> None:
        (folder / "broken.gguf").write_bytes(b"GGUF")
        with pytest.raises(quantize.QuantizeError):
            quantize.quantize(folder / "broken.gguf", folder / "out.gguf", "Q8_0")


class TestExport:
    def test_half_precision_is_written_like_llama_cpp_does(
        self, network: Network, folder: Path, tokenizer: Tokenizer
    ) -> None:
        export.write_gguf(network, folder / "tokenizer.json", folder / "half.gguf", name="test", kind="F16")
        runner = Runner(folder / "half.gguf")
        [tokens] = draw_tokens(tokenizer, [100], seed=5)
        with torch.no_grad():
            ours = network.logits(network(torch.tensor([tokens]))[:, -1])
        theirs = runner.logits([], [tokens])
        runner.close()
        assert far(ours[:, labels(tokenizer)], theirs[:, labels(tokenizer)]) < 2e-3

    def test_a_saved_network_comes_back_the_same(self, network: Network, folder: Path) -> None:
        save(network, folder / "network.pt")
        again = load(folder / "network.pt").eval()
        tokens = torch.arange(40)[None]
        with torch.no_grad():
            assert again.shape == network.shape
            assert torch.equal(again(tokens), network(tokens))

    @pytest.mark.parametrize(
        "change",
        [
            {"normalizer": {"type": "NFC"}},
            {"pre_tokenizer": {"type": "Whitespace"}},
            {"added_tokens": []},
        ],
        ids=["normalizer", "other split", "tokens missing"],
    )
    def test_a_tokenizer_that_llama_cpp_reads_otherwise_is_refused(
        self, network: Network, folder: Path, tokenizer: Tokenizer, change: dict[str, object]
    ) -> None:
        content = json.loads(tokenizer.to_str())
        if "added_tokens" in change:
            for mark in MARKS:
                del content["model"]["vocab"][mark]
        other = folder / "other.json"
        other.write_text(json.dumps({**content, **change}), encoding="utf-8")
        with pytest.raises(export.ExportError):
            export.write_gguf(network, other, folder / "refused.gguf", name="test")

    def test_weights_that_are_not_finite_are_refused(self, tokenizer: Tokenizer, folder: Path) -> None:
        broken = make(tokenizer, 0)
        with torch.no_grad():
            broken.norm.weight[0] = float("nan")
        with pytest.raises(export.ExportError, match="not finite"):
            export.write_gguf(broken, folder / "tokenizer.json", folder / "refused.gguf", name="test")


class TestNetwork:
    def test_padding_changes_nothing(self, network: Network, tokenizer: Tokenizer) -> None:
        [tokens] = draw_tokens(tokenizer, [20], seed=6)
        with torch.no_grad():
            short, long = (network(torch.tensor([tokens + [0] * padding]))[:, :20] for padding in (0, 12))
        assert torch.allclose(short, long, atol=1e-5)

    def test_asked_places_are_those_of_all_places(self, network: Network, tokenizer: Tokenizer) -> None:
        rows = torch.tensor(draw_tokens(tokenizer, [20, 20], seed=8))
        at = torch.tensor([[1, 3], [0, 19]])
        with torch.no_grad():
            assert torch.allclose(network(rows, at=at), network(rows)[at[:, 0], at[:, 1]], atol=1e-5)

    def test_more_tokens_than_the_context_are_refused(self, network: Network) -> None:
        with pytest.raises(ValueError, match="do not fit"):
            network(torch.zeros(1, CONTEXT + 1, dtype=torch.long))


class TestTokenLoss:
    def test_it_is_the_cross_entropy_with_its_gradients(self, tokenizer: Tokenizer) -> None:
        network = make(tokenizer, 0)
        hidden = torch.randn(300, 256, requires_grad=True)
        targets = torch.randint(0, network.shape.vocabulary, (300,))
        plain = torch.nn.functional.cross_entropy(network.logits(hidden), targets)
        parameters = [hidden, network.embedding, network.norm.weight]
        expected = torch.autograd.grad(plain, parameters)
        chunked = network.token_loss(hidden, targets)
        assert torch.allclose(plain, chunked)
        for ours, right in zip(torch.autograd.grad(chunked, parameters), expected, strict=True):
            assert torch.allclose(ours, right, atol=1e-6)
