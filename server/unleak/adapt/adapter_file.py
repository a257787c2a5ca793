"""Adapters as files that llama.cpp reads, and what becomes of one that is added to its network for good."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import gguf
import numpy as np
from gguf.quants import dequantize, quantize

from unleak.judge.adapter import ALPHA, BASE, DOWN, PROTOCOL, UP
from unleak.judge.protocol import VERSION


class MergeError(Exception):
    """An adapter cannot be added to its network; the message says why."""


class Change(NamedTuple):
    """What an adapter adds to a matrix [outputs, inputs]: alpha / rank x up x down."""

    down: np.ndarray  # [rank, inputs]
    up: np.ndarray  # [outputs, rank]


def write(changes: Mapping[str, Change], alpha: float, out: Path, *, name: str, base: str) -> None:
    """Write an adapter; `changes` are by the names of the network's matrices.

    `base` is the sha256 of the network's file, which the adapter names so that no other takes it.
    """
    writer = gguf.GGUFWriter(out, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_name(name)
    writer.add_float32(ALPHA, alpha)
    writer.add_string(BASE, base)
    writer.add_string(PROTOCOL, VERSION)
    for title, change in changes.items():
        writer.add_tensor(title + DOWN, np.ascontiguousarray(change.down, np.float32))
        writer.add_tensor(title + UP, np.ascontiguousarray(change.up, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def merge(network: Path, adapter: Path, out: Path) -> None:
    """Write the network with an adapter added to its matrices, each in the numbers in which it was written before.

    The adapter must have been compared with the network, see `unleak.judge.adapter`. Raises MergeError or OSError.
    """
    reader = gguf.GGUFReader(adapter)
    alpha = float(reader.fields[ALPHA].contents())
    parts = {tensor.name: dequantize(tensor.data, tensor.tensor_type) for tensor in reader.tensors}
    shutil.copyfile(network, out)
    with out.open("r+b") as file:
        for tensor in gguf.GGUFReader(network).tensors:
            up, down = parts.get(tensor.name + UP), parts.get(tensor.name + DOWN)
            if up is None or down is None:
                continue
            added = (alpha / up.shape[1]) * (up @ down)
            try:
                data = quantize(dequantize(tensor.data, tensor.tensor_type) + added, tensor.tensor_type)
            except NotImplementedError:
                kind = tensor.tensor_type.name
                raise MergeError(f"the model is written as {kind}, to which nothing can be added here") from None
            file.seek(int(tensor.data_offset))
            file.write(data.tobytes())
