"""A judge's network between PyTorch and GGUF: the base is read, and what was learned gets llama.cpp's names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf.quants import dequantize
from torch import Tensor

from unleak.adapt.adapter_file import Change
from unleak.adapt.low_rank import LowRank
from unleak.adapt.network import Network, Shape


class NetworkError(ValueError):
    """A file holds no network that can be adapted here; the message says why."""


def read_network(path: Path) -> Network:
    """The network of a GGUF file of architecture `llama`, with the numbers that llama.cpp computes with.

    Quantized weights are spread out to f32. Raises NetworkError for another architecture or other tensors.
    """
    reader = gguf.GGUFReader(path)
    if _told(reader, "general.architecture") != "llama":
        raise NetworkError(f"{path} is no network of the architecture llama: only such judges can learn here")
    tensors = {
        each.name: torch.from_numpy(np.array(dequantize(each.data, each.tensor_type), dtype=np.float32))
        for each in reader.tensors
    }
    try:
        network = Network(_shape(reader, tensors))
        network.load_state_dict(_state(network.shape, tensors))
    except (KeyError, RuntimeError, ValueError) as error:
        raise NetworkError(f"{path} is built in another way than the judges that can learn here ({error})") from None
    return network


def _told(reader: gguf.GGUFReader, key: str) -> Any:
    return reader.fields[key].contents() if key in reader.fields else None


def _shape(reader: gguf.GGUFReader, tensors: Mapping[str, Tensor]) -> Shape:
    def number(key: str) -> float:
        return float(reader.fields[f"llama.{key}"].contents())

    return Shape(
        vocabulary=len(tensors["token_embd.weight"]),
        width=int(number("embedding_length")),
        layers=int(number("block_count")),
        heads=int(number("attention.head_count")),
        kv_heads=int(number("attention.head_count_kv")),
        feed_forward=int(number("feed_forward_length")),
        context=int(number("context_length")),
        rope_base=number("rope.freq_base"),
        epsilon=number("attention.layer_norm_rms_epsilon"),
    )


def _state(shape: Shape, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the names of `Network`, those that it fuses put together."""
    state = {"embedding": tensors["token_embd.weight"], "norm.weight": tensors["output_norm.weight"]}
    for number in range(shape.layers):
        ours, theirs = f"blocks.{number}.", f"blk.{number}."
        state[f"{ours}attention_norm.weight"] = tensors[f"{theirs}attn_norm.weight"]
        state[f"{ours}query_key_value.weight"] = torch.cat([tensors[f"{theirs}attn_{part}.weight"] for part in "qkv"])
        state[f"{ours}attention_out.weight"] = tensors[f"{theirs}attn_output.weight"]
        state[f"{ours}feed_forward_norm.weight"] = tensors[f"{theirs}ffn_norm.weight"]
        state[f"{ours}gate_up.weight"] = torch.cat([tensors[f"{theirs}ffn_{part}.weight"] for part in ("gate", "up")])
        state[f"{ours}down.weight"] = tensors[f"{theirs}ffn_down.weight"]
    return state


def changes_of(learned: Mapping[str, LowRank]) -> tuple[dict[str, Change], float]:
    """What `low_rank.adapt` put beside the weights of a network, by llama.cpp's names, and its alpha."""
    first = next(iter(learned.values()))
    changes = {
        part: Change(down.detach().float().numpy(), up.detach().float().numpy())
        for title, added in learned.items()
        for part, down, up in zip(_parts(title), added.down, added.up, strict=True)
    }
    return changes, first.scale * first.rank  # llama.cpp multiplies by alpha / rank


_PARTS = {
    "query_key_value": ("attn_q", "attn_k", "attn_v"),
    "attention_out": ("attn_output",),
    "gate_up": ("ffn_gate", "ffn_up"),
    "down": ("ffn_down",),
}


def _parts(title: str) -> list[str]:
    """llama.cpp's names of what `Network` calls `blocks.N.LAYER`."""
    _, number, layer = title.split(".")
    return [f"blk.{number}.{part}.weight" for part in _PARTS[layer]]
