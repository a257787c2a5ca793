"""A trained network and its tokenizer as a GGUF file of llama.cpp's architecture `llama`.

    python models/training/export.py judge.pt tokenizer.json judge-f32.gguf --name "unleak judge"

The tokenizer must be a byte-level BPE that splits text as Qwen2 does (`vocabulary.SPLIT`) and changes nothing
before: llama.cpp then cuts every text into the same tokens (`tokenizer.ggml.pre` = qwen2).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, LlamaFileType, TokenType
from vocabulary import END, PADDING, SPLIT

from unleak.adapt.network import Network, load

Kind = Literal["F32", "F16"]


class ExportError(ValueError):
    """A network or tokenizer that llama.cpp would read otherwise than PyTorch does; says what to change."""


def write_gguf(
    network: Network,
    tokenizer_path: Path,
    out: Path,
    *,
    name: str,
    description: str = "",
    licence: str = "Apache-2.0",
    kind: Kind = "F32",
    begin: str = END,
    end: str = END,
    padding: str | None = PADDING,
) -> None:
    """Writes `out`; `begin`, `end` and `padding` are texts of tokens, none of which llama.cpp adds by itself.

    The embedding is also the output matrix (no `output.weight`), and query and key keep their order, since the
    network turns interleaved pairs. Norms stay in f32 in either kind. Raises ExportError.
    """
    tokenizer = _checked(json.loads(tokenizer_path.read_text(encoding="utf-8")), network.shape.vocabulary)
    tokens, types = _tokens(tokenizer)
    shape = network.shape
    writer = gguf.GGUFWriter(out, "llama")
    writer.add_type("model")
    writer.add_name(name)
    if description:
        writer.add_description(description)
    writer.add_license(licence)
    writer.add_file_type(LlamaFileType.ALL_F32 if kind == "F32" else LlamaFileType.MOSTLY_F16)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([_merge(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(_number(tokens, begin))
    writer.add_eos_token_id(_number(tokens, end))
    if padding is not None:
        writer.add_pad_token_id(_number(tokens, padding))
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    for title, tensor in _tensors(network):
        content = tensor.detach().float().cpu().contiguous().numpy()
        if not np.isfinite(content).all():
            writer.close()
            raise ExportError(f"{title} holds numbers that are not finite: train again with a lower rate")
        half = kind == "F16" and content.ndim > 1
        writer.add_tensor(
            title,
            content.astype(np.float16) if half else content,
            raw_dtype=GGMLQuantizationType.F16 if half else GGMLQuantizationType.F32,
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tensors(network: Network) -> Iterator[tuple[str, torch.Tensor]]:
    """Each tensor under llama.cpp's name, the fused ones taken apart."""
    shape = network.shape
    yield "token_embd.weight", network.embedding
    keys = shape.kv_heads * shape.head_width
    for number, block in enumerate(network.blocks):
        query, key, value = block.query_key_value.weight.split((shape.width, keys, keys))
        gate, up = block.gate_up.weight.chunk(2)
        yield f"blk.{number}.attn_norm.weight", block.attention_norm.weight
        yield f"blk.{number}.attn_q.weight", query
        yield f"blk.{number}.attn_k.weight", key
        yield f"blk.{number}.attn_v.weight", value
        yield f"blk.{number}.attn_output.weight", block.attention_out.weight
        yield f"blk.{number}.ffn_norm.weight", block.feed_forward_norm.weight
        yield f"blk.{number}.ffn_gate.weight", gate
        yield f"blk.{number}.ffn_up.weight", up
        yield f"blk.{number}.ffn_down.weight", block.down.weight
    yield "output_norm.weight", network.norm.weight


def _checked(tokenizer: dict[str, Any], vocabulary: int) -> dict[str, Any]:
    """The tokenizer's JSON, if llama.cpp can do what it says."""
    model = tokenizer["model"]
    if model.get("type") != "BPE" or model.get("byte_fallback") or model.get("dropout"):
        raise ExportError("the tokenizer must be a byte-level BPE without byte fallback and dropout")
    if model.get("ignore_merges"):
        raise ExportError("the tokenizer must always merge: set ignore_merges to false")
    if tokenizer.get("normalizer"):
        raise ExportError("the tokenizer must have no normalizer: llama.cpp would not apply it")
    steps = (tokenizer.get("pre_tokenizer") or {}).get("pretokenizers", [])
    splits = [step["pattern"].get("Regex") for step in steps if step["type"] == "Split"]
    bytes_only = [
        not step["add_prefix_space"] and not step["use_regex"] for step in steps if step["type"] == "ByteLevel"
    ]
    if len(steps) != 2 or splits != [SPLIT] or bytes_only != [True]:
        raise ExportError("the tokenizer must split by vocabulary.SPLIT, then map bytes: train it with vocabulary.py")
    for added in tokenizer["added_tokens"]:
        if added["lstrip"] or added["rstrip"] or added["single_word"] or added["normalized"]:
            raise ExportError(f"{added['content']} must be found wherever it stands: lstrip, rstrip and such are off")
    tokens = {**model["vocab"], **{added["content"]: added["id"] for added in tokenizer["added_tokens"]}}
    if sorted(tokens.values()) != list(range(vocabulary)):
        raise ExportError(
            f"the tokenizer has {len(tokens)} tokens and the network {vocabulary}: they must belong together"
        )
    return tokenizer


def _tokens(tokenizer: dict[str, Any]) -> tuple[list[str], list[TokenType]]:
    """Texts and types by number. Special tokens are CONTROL: single where special tokens are asked for, else text."""
    texts = {number: text for text, number in tokenizer["model"]["vocab"].items()}
    types = dict.fromkeys(texts, TokenType.NORMAL)
    for added in tokenizer["added_tokens"]:
        texts[added["id"]] = added["content"]
        types[added["id"]] = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    return [texts[number] for number in range(len(texts))], [types[number] for number in range(len(texts))]


def _merge(merge: str | list[str]) -> str:
    return merge if isinstance(merge, str) else " ".join(merge)


def _number(tokens: list[str], text: str) -> int:
    if text not in tokens:
        raise ExportError(f"the tokenizer has no token {text}: train it with vocabulary.py")
    return tokens.index(text)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("network", type=Path)
    ask.add_argument("tokenizer", type=Path)
    ask.add_argument("out", type=Path)
    ask.add_argument("--name", required=True)
    ask.add_argument("--description", default="")
    ask.add_argument("--licence", default="Apache-2.0")
    ask.add_argument("--kind", choices=("F32", "F16"), default="F32")
    asked = ask.parse_args()
    network = load(asked.network)
    write_gguf(
        network,
        asked.tokenizer,
        asked.out,
        name=asked.name,
        description=asked.description,
        licence=asked.licence,
        kind=asked.kind,
    )
    print(f"{asked.out}: {asked.out.stat().st_size} bytes, {network.shape.parameters} parameters")


if __name__ == "__main__":
    main()
