"""Networks of transformers as llama.cpp reads them: names, the order of rotary pairs, sizes and the tokenizer.

For the architectures llama (rotary positions are reordered), qwen2 and qwen3 (they are not). llama.cpp turns
interleaved pairs (2i, 2i+1) in the one and halves (i, i + n/2) in the others; transformers always turns halves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import gguf
import numpy as np
import torch
from gguf import GGUFWriter, TokenType
from torch import Tensor
from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

ARCHITECTURES = {
    "llama": gguf.MODEL_ARCH.LLAMA,
    "qwen2": gguf.MODEL_ARCH.QWEN2,
    "qwen3": gguf.MODEL_ARCH.QWEN3,
}


class ConversionError(ValueError):
    """What llama.cpp would read otherwise than transformers does; says what to do."""


class Shape(NamedTuple):
    """What of a configuration decides how tensors are named and ordered."""

    architecture: str
    layers: int
    heads: int
    kv_heads: int
    head_width: int

    @classmethod
    def of(cls, config: PretrainedConfig) -> Shape:
        """Raises ConversionError."""
        if config.model_type not in ARCHITECTURES:
            raise ConversionError(
                f"the architecture {config.model_type} is not known here, only {', '.join(ARCHITECTURES)}: "
                "convert base and adapter with the scripts that come with llama.cpp"
            )
        if getattr(config, "use_sliding_window", False):
            raise ConversionError("attention through a sliding window is not converted: use llama.cpp's own script")
        heads = config.num_attention_heads
        width = getattr(config, "head_dim", None) or config.hidden_size // heads
        return cls(config.model_type, config.num_hidden_layers, heads, config.num_key_value_heads, width)

    def title(self, name: str) -> str:
        """llama.cpp's name of a tensor, with the same ending. Raises ConversionError."""
        names = gguf.get_tensor_name_map(ARCHITECTURES[self.architecture], self.layers)
        title = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if title is None:
            raise ConversionError(f"llama.cpp has no tensor for {name}")
        return title

    def ordered(self, name: str, rows: Tensor) -> Tensor:
        """The rows that a matrix, a bias or the upper part of an adapter puts out, as llama.cpp wants them."""
        if self.architecture != "llama":
            return rows
        if ".q_proj." in name:
            return _interleaved(rows, self.heads)
        if ".k_proj." in name:
            return _interleaved(rows, self.kv_heads)
        return rows


def _interleaved(rows: Tensor, heads: int) -> Tensor:
    """Within each head, row i of the first half before row i of the second."""
    by_head = rows.unflatten(0, (heads, 2, rows.shape[0] // heads // 2))
    return by_head.transpose(1, 2).reshape(rows.shape)


def tensors(network: PreTrainedModel) -> Iterator[tuple[str, Tensor]]:
    """Each tensor under llama.cpp's name, in llama.cpp's order. Raises ConversionError."""
    shape = Shape.of(network.config)
    if (frequencies := _frequencies(network, shape)) is not None:
        yield "rope_freqs.weight", frequencies
    for name, tensor in network.state_dict().items():
        if name == "lm_head.weight" and network.config.tie_word_embeddings:
            continue
        yield shape.title(name), shape.ordered(name, tensor.detach())


def _frequencies(network: PreTrainedModel, shape: Shape) -> Tensor | None:
    """By what rotary frequencies are divided, where a model stretches them for a longer context."""
    rotary = network.get_decoder().rotary_emb
    base = network.config.rope_parameters["rope_theta"]
    plain = base ** -(torch.arange(0, shape.head_width, 2, dtype=torch.float64) / shape.head_width)
    factors = plain / rotary.inv_freq.double().cpu()
    if torch.allclose(factors, torch.ones_like(factors), rtol=1e-4):
        return None
    if shape.architecture != "llama" or network.config.rope_parameters.get("rope_type") not in ("llama3", "linear"):
        raise ConversionError("these rotary positions are not converted: use llama.cpp's own script for the base")
    return factors.float()


def describe(writer: GGUFWriter, config: PretrainedConfig) -> None:
    """The sizes of a network."""
    shape = Shape.of(config)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_vocab_size(config.vocab_size)


_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|NUMBERS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPLITS = {
    _SPLIT.replace("NUMBERS", r"\p{N}"): "qwen2",
    _SPLIT.replace("NUMBERS", r"\p{N}{1,3}"): "llama-bpe",
}
"""How llama.cpp calls a way to split text before tokens are made."""


def add_tokenizer(writer: GGUFWriter, tokenizer: PreTrainedTokenizerBase, size: int) -> None:
    """The tokenizer, filled up to `size` tokens, and its chat template. Raises ConversionError.

    A normalizer to NFC is passed over, as llama.cpp does: texts in another form may cut otherwise.
    """
    content: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    model = content["model"]
    if model["type"] != "BPE" or model.get("byte_fallback") or (content["normalizer"] or {}).get("type") not in _FORMS:
        raise ConversionError("only byte-level BPE is converted: use llama.cpp's own script for the base")
    kind = _kind(content)
    if kind is None or bool(model.get("ignore_merges")) != (kind == "llama-bpe"):
        raise ConversionError("llama.cpp's name for this tokenizer is not known here: use llama.cpp's own script")
    texts = {number: text for text, number in model["vocab"].items()}
    types = dict.fromkeys(texts, TokenType.NORMAL)
    for added in content["added_tokens"]:
        texts[added["id"]] = added["content"]
        types[added["id"]] = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    if max(texts) >= size:
        raise ConversionError(f"the tokenizer has {max(texts) + 1} tokens and the network {size}: they do not belong")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(kind)
    writer.add_token_list([texts.get(number, f"[PAD{number}]") for number in range(size)])
    writer.add_token_types([types.get(number, TokenType.UNUSED) for number in range(size)])
    writer.add_token_merges([each if isinstance(each, str) else " ".join(each) for each in model["merges"]])
    for add, number in (
        (writer.add_bos_token_id, tokenizer.bos_token_id),
        (writer.add_eos_token_id, tokenizer.eos_token_id),
        (writer.add_pad_token_id, tokenizer.pad_token_id),
    ):
        if number is not None:
            add(number)
    writer.add_add_bos_token(_begins(tokenizer))
    writer.add_add_eos_token(False)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)


def _begins(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether a prompt begins with a token for that: llama.cpp's own forms of the templates leave it out."""
    if not tokenizer.chat_template or not tokenizer.bos_token:
        return False
    said = tokenizer.apply_chat_template([{"role": "user", "content": ""}], tokenize=False)
    return said.startswith(tokenizer.bos_token)


_FORMS = (None, "NFC")


def _kind(content: dict[str, Any]) -> str | None:
    steps = (content["pre_tokenizer"] or {}).get("pretokenizers", [])
    if [step["type"] for step in steps] != ["Split", "ByteLevel"] or steps[1]["use_regex"]:
        return None
    return SPLITS.get(steps[0]["pattern"].get("Regex"))


def add_tensor(writer: GGUFWriter, title: str, tensor: Tensor, kind: gguf.GGMLQuantizationType) -> None:
    """A matrix in `kind`; everything else stays in f32, as llama.cpp wants it. Raises ConversionError."""
    content = tensor.float().cpu().contiguous().numpy()
    if not np.isfinite(content).all():
        raise ConversionError(f"{title} holds numbers that are not finite: train again with a lower rate")
    kind = kind if content.ndim > 1 else gguf.GGMLQuantizationType.F32
    writer.add_tensor(title, gguf.quants.quantize(content, kind), raw_dtype=kind)
