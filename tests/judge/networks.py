"""Tiny networks of random weights as real bundles: what the runtime does with a judge needs no trained one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

LABELS = ("<|secret|>", "<|test|>", "<|safe|>")
MARKS = ("<|file|>", "<|text|>", "<|ask|>", "<|value|>", "<|end|>", "<|signals|>", "<|answer|>")
FEED_FORWARD = 768


@dataclass(frozen=True)
class Network:
    """Sizes of a network and what is wrong with it."""

    layers: int = 1
    width: int = 256
    vocabulary: int = 0  # at least the 256 bytes, the marks and the labels; the rest are words that no text has
    weight: float = 0.05  # spread of the weights
    broken: bool = False  # all weights of the last norm are no numbers
    quantized: bool = False  # to eight bits, where it is worth it
    template: str = ""  # of what is said to it
    control: tuple[str, ...] = ()  # more marks, the first of which ends an answer
    fixed: tuple[str, ...] = ()  # words that are one token wherever they stand
    words: tuple[str, ...] = ()  # words that are one token where nothing else makes a word with them
    begins: bool = False  # whether all that it reads begins with a mark


def write_bundle(folder: Path, network: Network | None = None, changes: Mapping[str, object] | None = None) -> Path:
    """A folder with a network and its manifest, in which `changes` replace keys or, with None, remove them."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "judge.gguf"
    write_network(model, network or Network())
    data = model.read_bytes()
    manifest: dict[str, object] = {
        "protocol": "judge/1",
        "name": "random",
        "version": "1",
        "model": model.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "labels": list(LABELS),
        "context": 512,
        "licence": "Apache-2.0",
    }
    manifest.update(changes or {})
    lines = [
        f"{key} = {_toml(value)}"
        for key, value in manifest.items()
        if value is not None and not isinstance(value, dict)
    ]
    tables = [f"[{key}]\n{_table(value)}" for key, value in manifest.items() if isinstance(value, dict)]
    (folder / "manifest.toml").write_text("\n".join([*lines, "[calibration]", "temperature = 1.5", *tables, ""]))
    return folder


def _table(values: Mapping[str, object]) -> str:
    return "\n".join(f"{key} = {_toml(value)}" for key, value in values.items())


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else f"'{value}'"


def write_network(path: Path, network: Network) -> None:
    random = np.random.default_rng(1)
    width, layers = network.width, network.layers
    marks = [*MARKS, *LABELS, *network.control]
    special = len(marks)
    pieces, merges = _pieces(network.words)
    tokens = [*_bytes(), *marks, *network.fixed, "Ġt", *pieces]
    filler = [f"{a}{b}{c}" for a in "ĀāĂă" for b in _bytes()[33:97] for c in _bytes()[33:97]]
    tokens += filler[: max(0, network.vocabulary - len(tokens))]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("random")
    writer.add_context_length(2048)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(4)
    writer.add_head_count_kv(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // 4)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    kinds = [gguf.TokenType.NORMAL] * len(tokens)
    kinds[256 : 256 + special] = [gguf.TokenType.CONTROL] * special
    fixed = 256 + special
    kinds[fixed : fixed + len(network.fixed)] = [gguf.TokenType.USER_DEFINED] * len(network.fixed)
    writer.add_token_types(kinds)
    writer.add_token_merges(["Ġ t", *merges])  # llama.cpp wants at least one
    writer.add_bos_token_id(256)
    writer.add_eos_token_id(tokens.index(network.control[0]) if network.control else 256)
    writer.add_add_bos_token(network.begins)
    if network.template:
        writer.add_chat_template(network.template)

    def matrix(name: str, rows: int, columns: int, gain: float) -> None:
        weights = random.normal(0, gain, (rows, columns)).astype(np.float32)
        if network.quantized:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(weights, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, weights.astype(np.float16))

    def norm(name: str, value: float = 1.0) -> None:
        writer.add_tensor(name, np.full(width, value, np.float32))

    gain = network.weight
    matrix("token_embd.weight", len(tokens), width, gain)
    norm("output_norm.weight", float("nan") if network.broken else 1.0)
    for layer in range(layers):
        at = f"blk.{layer}"
        norm(f"{at}.attn_norm.weight")
        norm(f"{at}.ffn_norm.weight")
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"{at}.{name}.weight", width, width, gain)
        matrix(f"{at}.ffn_gate.weight", FEED_FORWARD, width, gain)
        matrix(f"{at}.ffn_up.weight", FEED_FORWARD, width, gain)
        matrix(f"{at}.ffn_down.weight", width, FEED_FORWARD, gain)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _pieces(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The beginnings of words up to the whole ones, and how each grows by a letter."""
    pieces: dict[str, str] = {}
    for word in words:
        for end in range(2, len(word) + 1):
            pieces[word[:end]] = f"{word[: end - 1]} {word[end - 1]}"
    return list(pieces), list(pieces.values())


def _bytes() -> list[str]:
    """The 256 bytes as the visible characters that byte-level vocabularies write for them."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = {byte: 256 + at for at, byte in enumerate(byte for byte in range(256) if byte not in plain)}
    return [chr(hidden.get(byte, byte)) for byte in range(256)]
