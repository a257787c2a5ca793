"""Fine-tuning of big bases in small: networks made on the spot learn, are exported, and answer alike in llama.cpp."""

from __future__ import annotations

import json
import random
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomllib

NEEDED = "fine-tuning needs it: pip install -r models/training/peft/requirements.txt"
torch = pytest.importorskip("torch", reason=NEEDED)
transformers = pytest.importorskip("transformers", reason=NEEDED)
pytest.importorskip("llama_cpp", reason=NEEDED)
pytest.importorskip("gguf", reason=NEEDED)
if not hasattr(pytest.importorskip("peft", reason=NEEDED), "LoraConfig"):  # the scripts' own folder is called so too
    pytest.skip(NEEDED, allow_module_level=True)

import numpy as np  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402

SCRIPTS = Path(__file__).resolve().parents[2] / "models" / "training" / "peft"
sys.path.insert(0, str(SCRIPTS))

import conversion  # noqa: E402
import llama  # noqa: E402
import prompts  # noqa: E402
import quantize  # noqa: E402

from unleak.judge import adapter as adapters  # noqa: E402
from unleak.judge import chat_prompt  # noqa: E402
from unleak.judge.bundle import Bundle, BundleError, sha256_of  # noqa: E402
from unleak.judge.model import Model  # noqa: E402
from unleak.judge.protocol import Question  # noqa: E402

BOUND = 0.02
ANSWERS = {"live": [0.8, 0.2, 0.0], "demo": [0.1, 0.7, 0.2], "none": [0.0, 0.1, 0.9], "doubt": [0.3, 0.05, 0.65]}
"""What the toy questions teach: probabilities of secret, test and safe for values of such words."""
HELD = 1
EXAMPLES = 300

_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
_HEADERS = (
    "<|begin_of_text|>{% for message in messages %}<|start_header_id|>{{ message.role }}<|end_header_id|>\n\n"
    "{{ message.content }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
_SMALL = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
_SMALL |= {"num_key_value_heads": 2, "max_position_embeddings": 1024, "initializer_range": 0.08}
KINDS: dict[str, dict[str, Any]] = {
    "llama": {
        "tie_word_embeddings": False,
        "rope_parameters": {
            "rope_type": "llama3",
            "rope_theta": 500000.0,
            "factor": 4.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 256,
        },
    },
    "qwen2": {"tie_word_embeddings": True},
    "qwen3": {"tie_word_embeddings": True, "head_dim": 32},
}


def toy_questions(count: int = EXAMPLES * 2) -> list[dict[str, Any]]:
    """Questions of judge/1 whose answer is in the words of the value."""
    chance = random.Random(1)
    made = []
    for number in range(count):
        suffixes: list[str] = []
        labels: list[list[float]] = []
        for slot in range(2):
            word = chance.choice(tuple(ANSWERS))
            value = "-".join([word] * 5 + ["".join(chance.choices("0123456789abcdef", k=4))])
            suffixes.append(
                f'<|ask|><|{slot}|>token{slot} = "<|value|>{value}<|end|>"<|signals|><|key:token|><|quoted|><|answer|>'
            )
            labels.append(ANSWERS[word])
        made.append(
            {
                "repo": f"repo-{number % 40}",
                "fold": HELD if number % 4 == 0 else 0,
                "easy": False,
                "prefix": f'<|file|>live code src/a{number}.py\n<|text|>token0 = "<|0|>"\ntoken1 = "<|1|>"\n',
                "suffixes": suffixes,
                "labels": labels,
                "weights": [1.0, 1.0],
                "rows": [2 * number, 2 * number + 1],
            }
        )
    return made


def write_tokenizer(kind: str, folder: Path) -> int:
    """A byte-level BPE with a chat template; the number of its tokens."""
    name = "llama-bpe" if kind == "llama" else "qwen2"
    split = next(pattern for pattern, called in conversion.SPLITS.items() if called == name)
    tokenizer = Tokenizer(models.BPE(ignore_merges=kind == "llama"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(split), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = "<|begin_of_text|> <|start_header_id|> <|end_header_id|> <|eot_id|> <|im_start|> <|im_end|>".split()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    asked = [Question(each["prefix"], tuple(each["suffixes"])) for each in toy_questions(50)]
    texts = [text for question in asked for _, text in chat_prompt.messages(question, 0)]
    tokenizer.train_from_iterator([*texts, *(f"{word}\n{word}" for word in chat_prompt.LABEL_WORDS * 50)], trainer)
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=False)])
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|begin_of_text|>" if kind == "llama" else None,
        eos_token="<|eot_id|>" if kind == "llama" else "<|im_end|>",
        chat_template=_HEADERS if kind == "llama" else _CHATML,
    )
    made.save_pretrained(folder)
    return len(made)


def write_base(kind: str, folder: Path) -> Path:
    """A network that nobody has trained, none of whose numbers are left at what they begin with."""
    size = write_tokenizer(kind, folder)
    config = transformers.AutoConfig.for_model(kind, vocab_size=size + 3, **_SMALL, **KINDS[kind])
    torch.manual_seed(0)
    network = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
        network.get_output_embeddings().weight.mul_(6)  # else no answer can be sure of itself
    network.save_pretrained(folder)
    return folder


def run(script: str, *arguments: object) -> None:
    """A script in this process: it takes seconds to import what they need."""
    before = sys.argv
    sys.argv = [script, *map(str, arguments)]
    try:
        runpy.run_path(str(SCRIPTS / script), run_name="__main__")
    finally:
        sys.argv = before


def learning(base: Path, questions: Path, out: Path) -> list[str]:
    options = "--rank 8 --alpha 16 --rate 4e-3 --epochs 2 --batch 16 --context 512 --no-vary --save 20 --say 10"
    places = ["--base", str(base), "--questions", str(questions), "--out", str(out), "--held", str(HELD)]
    return [*places, *options.split(), "--device", "cpu"]


class Trained:
    """A base that has learned, and its files."""

    def __init__(self, kind: str, folder: Path, questions: Path) -> None:
        self.kind, self.folder, self.questions = kind, folder, questions
        self.base = write_base(kind, folder / "base")
        self.adapter = folder / "adapter"
        run("train.py", *learning(self.base, questions, self.adapter))
        self.network, self.quantized = folder / "base.gguf", folder / "base-q8.gguf"
        run("export.py", "base", self.base, self.network, "--kind", "F32")
        quantize.quantize(self.network, self.quantized, "Q8_0")
        self.small, self.exported = folder / "adapter-q8.gguf", folder / "adapter.gguf"
        run("export.py", "adapter", self.base, self.adapter, self.exported, "--to", self.network)
        run("export.py", "adapter", self.base, self.adapter, self.small, "--to", self.quantized)

    def measured(self, name: str, *arguments: object) -> Path:
        out = self.folder / name
        places = ("--tokenizer", self.base, "--questions", self.questions, "--held", HELD, "--context", 512)
        run("evaluate.py", *places, *arguments, "--out", out)
        return out

    def probabilities(self, name: str, *arguments: object) -> np.ndarray:
        logits = np.load(self.measured(name, *arguments).with_suffix(".npz"))["logits"]
        each = np.exp(logits - logits.max(1, keepdims=True))
        return each / each.sum(1, keepdims=True)

    def by_transformers(self) -> np.ndarray:
        found = self.probabilities("right", "--base", self.base, "--adapter", self.adapter, "--merge")
        assert 0.5 < found.max(1).mean() < 0.9, "answers that are all sure show no difference"
        return found


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("questions") / "questions.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in toy_questions()), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=KINDS)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, questions: Path) -> Trained:
    return Trained(request.param, tmp_path_factory.mktemp(request.param), questions)


def far(ours: np.ndarray, theirs: np.ndarray) -> float:
    assert len(ours) == len(theirs) >= EXAMPLES
    furthest = float(np.abs(ours - theirs).max())
    print(f"furthest apart on {len(ours)} examples: {furthest:.5f}")
    return furthest


class TestLearning:
    def test_the_loss_falls(self, trained: Trained) -> None:
        losses = json.loads((trained.adapter / "losses.json").read_text())["losses"]
        assert np.mean(losses[-5:]) < 0.2 * np.mean(losses[:5])

    def test_questions_that_were_held_out_are_answered(self, trained: Trained) -> None:
        out = trained.measured("learned", "--base", trained.base, "--adapter", trained.adapter)
        told = json.loads(out.with_suffix(".json").read_text())
        assert told["calibrated"]["accuracy"] > 0.9
        assert told["calibrated"]["F1"] > 0.9

    def test_a_checkpoint_of_other_settings_is_refused(self, trained: Trained) -> None:
        arguments = learning(trained.base, trained.questions, trained.adapter)
        with pytest.raises(SystemExit, match="other settings"):
            run("train.py", *arguments, "--seed", 7)


def test_it_goes_on_where_it_was_killed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    base, questions = write_base("qwen2", tmp_path / "base"), tmp_path / "questions.jsonl"
    questions.write_text("".join(json.dumps(each) + "\n" for each in toy_questions(80)), encoding="utf-8")
    arguments = [*learning(base, questions, tmp_path / "one"), "--save", "2"]
    with subprocess.Popen([sys.executable, str(SCRIPTS / "train.py"), *arguments], stdout=subprocess.PIPE) as first:
        assert first.stdout
        assert any(line.startswith(b"step 2:") for line in first.stdout)
        first.send_signal(signal.SIGKILL)
    run("train.py", *arguments)
    assert "goes on behind step" in capfd.readouterr().out
    run("train.py", *learning(base, questions, tmp_path / "other"))
    one, other = (load_file(tmp_path / each / "adapter_model.safetensors") for each in ("one", "other"))
    assert json.loads((tmp_path / "one" / "losses.json").read_text())["first"] >= 2
    assert all(torch.allclose(one[name], other[name], atol=1e-5) for name in other)


class TestParity:
    def test_base_and_adapter_in_llama_cpp_answer_as_merged_in_transformers(self, trained: Trained) -> None:
        theirs = trained.probabilities("both", "--network", trained.network, "--gguf-adapter", trained.exported)
        assert far(trained.by_transformers(), theirs) < BOUND / 10

    def test_so_does_the_merged_file(self, trained: Trained) -> None:
        path = trained.folder / "merged.gguf"
        run("export.py", "merged", trained.base, trained.adapter, path, "--kind", "F16")
        assert far(trained.by_transformers(), trained.probabilities("merged", "--network", path)) < BOUND

    def test_a_quantized_base_is_near_on_average(self, trained: Trained) -> None:
        """Single answers of these steep networks go further: llama.cpp rounds what it multiplies by such weights."""
        theirs = trained.probabilities("small", "--network", trained.quantized, "--gguf-adapter", trained.small)
        ours = trained.by_transformers()
        far(ours, theirs)
        assert np.abs(ours - theirs).mean() < BOUND / 2

    def test_it_is_the_adapter_that_knows(self, trained: Trained) -> None:
        assert far(trained.by_transformers(), trained.probabilities("bare", "--network", trained.network)) > 0.5

    def test_llama_cpp_cuts_the_same_tokens(self, trained: Trained) -> None:
        tokenizer = transformers.AutoTokenizer.from_pretrained(trained.base)
        texts = ["<|im_start|>user\nx = 12345 'it''s'\n\n\tif é:\r\n  «ü» 日本", "<|eot_id|></think> \n a"]
        network = llama.Llama(trained.network, None, 256)
        try:
            for text in texts:
                assert network.tokens(text) == tokenizer.encode(text, add_special_tokens=False)
        finally:
            network.close()


def write_bundle(folder: Path, network: Path, more: str = "") -> Bundle:
    """A folder with a network and a manifest that ends with `more`."""
    (folder / network.name).hardlink_to(network)
    lines = ['protocol = "judge/1"', 'prompt = "chat"', 'name = "tiny"', 'version = "1"', f'model = "{network.name}"']
    lines += [f'sha256 = "{sha256_of(network)}"', f"size = {network.stat().st_size}", "context = 512"]
    lines += ['labels = ["secret", "test", "safe"]', 'licence = "Apache-2.0"', more]
    (folder / "manifest.toml").write_text("\n".join(lines))
    return Bundle.load(folder)


class TestExport:
    def test_the_adapter_belongs_to_its_base(self, trained: Trained, tmp_path: Path) -> None:
        bundle = write_bundle(tmp_path, trained.network)
        adapters.check(bundle, trained.exported, trained.network)

    def test_and_to_no_other(self, trained: Trained, tmp_path: Path) -> None:
        bundle = write_bundle(tmp_path, trained.quantized)
        with pytest.raises(BundleError, match="made for another"):
            adapters.check(bundle, trained.exported, trained.quantized)

    def test_the_measured_calibration_is_one_of_a_manifest(self, trained: Trained, tmp_path: Path) -> None:
        path = trained.measured("fit", "--network", trained.network).with_suffix(".toml")
        fit = tomllib.loads(path.read_text())["calibration"]
        calibration = write_bundle(tmp_path, trained.network, path.read_text()).calibration
        assert (calibration.temperature, list(calibration.bias)) == (fit["temperature"], fit["bias"])

    def test_the_server_asks_what_was_learned(self, trained: Trained, tmp_path: Path) -> None:
        file = trained.exported
        told = f'[adapter]\nfile = "{file.name}"\nsize = {file.stat().st_size}\nsha256 = "{sha256_of(file)}"\n'
        bundle = write_bundle(tmp_path, trained.network, f'{told}base = "{sha256_of(trained.network)}"\n')
        (tmp_path / file.name).hardlink_to(file)
        _, held = prompts.split(prompts.read([trained.questions]), HELD)
        model = Model(bundle)
        try:
            verdicts = model.judge([Question(each["prefix"], tuple(each["suffixes"])) for each in held], lambda: True)
        finally:
            model.close()
        ours = np.array([verdict for question in verdicts for verdict in question])
        assert far(trained.by_transformers(), ours) < BOUND

    def test_an_adapter_of_another_shape_is_refused(self, trained: Trained, tmp_path: Path) -> None:
        config = transformers.AutoConfig.from_pretrained(trained.base)
        config.intermediate_size = 128
        transformers.AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
        transformers.AutoTokenizer.from_pretrained(trained.base).save_pretrained(tmp_path)
        wide, out = tmp_path / "wide.gguf", tmp_path / "adapter.gguf"
        run("export.py", "base", tmp_path, wide)
        with pytest.raises(conversion.ConversionError, match="another size"):
            run("export.py", "adapter", trained.base, trained.adapter, out, "--to", wide)
        assert not out.exists()

    def test_an_architecture_that_is_not_known_is_refused(self) -> None:
        with pytest.raises(conversion.ConversionError, match="not known here"):
            conversion.Shape.of(transformers.GPT2Config())


class TestPrompts:
    QUESTION = Question(
        '<|file|>test yaml conf/a.yml\n<|top|>kind: Secret\n<|in|>data:\n<|text|>a: "<|0|>"\nb: "<|1|>"\n',
        (
            '<|ask|><|0|>a: "<|value|>x<|end|>"<|signals|><|answer|>',
            '<|ask|><|1|>b: "<|value|>y<|end|>"<|use|>c: b<|signals|><|key:password|><|quoted|><|answer|>',
        ),
    )

    def test_the_instruction_is_said_first_and_last(self) -> None:
        (_, system), (_, user) = chat_prompt.messages(self.QUESTION, 0)
        assert system.endswith(chat_prompt.INSTRUCTION)
        assert user.endswith(chat_prompt.INSTRUCTION)

    def test_thinking_is_off_where_the_template_knows_it(self, trained: Trained) -> None:
        tokenizer = transformers.AutoTokenizer.from_pretrained(trained.base)
        text = prompts.rendered(tokenizer, self.QUESTION, 0)
        assert text.endswith("</think>\n\n") == (trained.kind != "llama")

    def test_a_template_that_refuses_a_system_message_gets_none(self, trained: Trained) -> None:
        tokenizer = transformers.AutoTokenizer.from_pretrained(trained.base)
        refusal = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        tokenizer.chat_template = refusal + tokenizer.chat_template
        assert prompts.rendered(tokenizer, self.QUESTION, 0).count(chat_prompt.SYSTEM) == 1

    def test_a_model_without_a_chat_template_is_refused(self, trained: Trained) -> None:
        tokenizer = transformers.AutoTokenizer.from_pretrained(trained.base)
        tokenizer.chat_template = None
        with pytest.raises(prompts.PromptError, match="chat template"):
            prompts.rendered(tokenizer, self.QUESTION, 0)
