"""Adapters of random numbers to the networks of `networks`, as real files and bundles."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np
from networks import FEED_FORWARD

from unleak.judge.bundle import Bundle

MATRICES = {"blk.0.attn_q": (256, 256), "blk.0.attn_output": (256, 256), "blk.0.ffn_gate": (256, FEED_FORWARD)}
"""Of a network of one layer, those that are changed: inputs and outputs."""


def write_adapter(
    path: Path, base: str, *, rank: int = 4, gain: float = 0.5, told: Mapping[str, object] | None = None,
    tensors: Mapping[str, np.ndarray] | None = None,
) -> None:  # fmt: skip
    """An adapter to the network with this sha256; `told` and `tensors` replace what would stand there, None removes."""
    random = np.random.default_rng(2)
    writer = gguf.GGUFWriter(path, "llama")
    said: dict[str, object] = {
        "general.type": "adapter",
        "adapter.type": "lora",
        "unleak.base.sha256": base,
        "unleak.protocol": "judge/1",
        "adapter.lora.alpha": float(rank),
    }
    for key, value in {**said, **(told or {})}.items():
        if isinstance(value, str):
            writer.add_string(key, value)
        elif value is not None:
            writer.add_float32(key, value)  # type: ignore[arg-type]
    parts: dict[str, np.ndarray | None] = {}
    for name, (inputs, outputs) in MATRICES.items():
        parts[f"{name}.weight.lora_a"] = random.normal(0, gain, (rank, inputs)).astype(np.float32)
        parts[f"{name}.weight.lora_b"] = random.normal(0, gain, (outputs, rank)).astype(np.float32)
    for name, data in {**parts, **(tensors or {})}.items():
        if data is not None:
            writer.add_tensor(name, data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def adapted(bundle: Path, to: Path, name: str = "team", **options: object) -> Path:
    """A bundle of an adapter to the network of another bundle, without that; options are those of `write_adapter`."""
    base = Bundle.load(bundle)
    to.mkdir(parents=True)
    write_adapter(to / "adapter.gguf", base.sha256, **options)  # type: ignore[arg-type]
    return described(bundle, to, name)


def described(bundle: Path, to: Path, name: str = "team") -> Path:
    """The manifest of the adapter that lies in `to`."""
    base = Bundle.load(bundle)
    data = (to / "adapter.gguf").read_bytes()
    shutil.copy(bundle / "manifest.toml", to / "manifest.toml")
    text = (to / "manifest.toml").read_text()
    text = text.replace(f"name = '{base.name}'", f"name = '{name}'").replace(
        f'name = "{base.name}"', f'name = "{name}"'
    )
    text += f'[adapter]\nfile = "adapter.gguf"\nsize = {len(data)}\nbase = "{base.sha256}"\n'
    (to / "manifest.toml").write_text(text + f'sha256 = "{hashlib.sha256(data).hexdigest()}"\n')
    return to
