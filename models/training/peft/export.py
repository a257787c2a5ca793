"""What was trained as files of llama.cpp: a base, an adapter to it, or both in one.

    python models/training/peft/export.py base BASE base.gguf [--kind BF16]
    python models/training/peft/export.py adapter BASE ADAPTER adapter.gguf --to base-Q4_K_M.gguf
    python models/training/peft/export.py merged BASE ADAPTER merged.gguf

`BASE` is a folder of transformers and `ADAPTER` one of PEFT. An adapter belongs to one file: the one that it will be
loaded beside, of whatever quantization, whose sha256 goes into its metadata. models/training/quantize.py makes a base
or a merged file smaller.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import torch
from conversion import ConversionError, Shape, add_tensor, add_tokenizer, describe, tensors
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, LlamaFileType
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from unleak.judge.adapter import BASE, PROTOCOL
from unleak.judge.bundle import sha256_of
from unleak.judge.protocol import VERSION

KINDS = {"F32": LlamaFileType.ALL_F32, "F16": LlamaFileType.MOSTLY_F16, "BF16": LlamaFileType.MOSTLY_BF16}


def write_network(network: PreTrainedModel, folder: Path, out: Path, kind: str, licence: str) -> None:
    """A network with the tokenizer that lies in `folder`. Raises ConversionError."""
    shape = Shape.of(network.config)
    writer = GGUFWriter(out, shape.architecture)
    writer.add_type("model")
    writer.add_name(out.stem)
    if licence:
        writer.add_license(licence)
    writer.add_file_type(KINDS[kind])
    describe(writer, network.config)
    add_tokenizer(writer, AutoTokenizer.from_pretrained(folder, local_files_only=True), network.config.vocab_size)
    for title, tensor in tensors(network):
        add_tensor(writer, title, tensor, GGMLQuantizationType[kind])
    _write(writer)


def write_adapter(config: Shape, adapter: Path, base: Path, out: Path) -> None:
    """An adapter for the network in the file `base`. Raises ConversionError.

    llama.cpp scales by alpha / rank; rank-stabilized adapters are scaled by alpha / sqrt(rank).
    """
    told = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    _check(told)
    sizes = {tensor.name: tuple(map(int, tensor.shape)) for tensor in GGUFReader(base).tensors}
    rank, alpha = told["r"], told["lora_alpha"]
    writer = GGUFWriter(out, config.architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha * math.sqrt(rank) if told.get("use_rslora") else alpha)
    writer.add_string(BASE, sha256_of(base))
    writer.add_string(PROTOCOL, VERSION)
    for title, down, up in _pairs(load_file(adapter / "adapter_model.safetensors"), config):
        if sizes.get(title) != (down.shape[1], up.shape[0]):
            raise ConversionError(f"{title} is none of {base}, or of another size: name the base that was trained on")
        add_tensor(writer, f"{title}.lora_a", down, GGMLQuantizationType.F32)
        add_tensor(writer, f"{title}.lora_b", up, GGMLQuantizationType.F32)
    _write(writer)


def _check(told: dict[str, Any]) -> None:
    """Raises ConversionError where an adapter does more than add low-rank matrices of one rank."""
    extra = [key for key in ("use_dora", "rank_pattern", "alpha_pattern", "modules_to_save") if told.get(key)]
    if told["peft_type"] != "LORA" or extra or told.get("bias", "none") != "none":
        raise ConversionError(f"llama.cpp cannot do all of this adapter ({', '.join(extra) or 'its kind'}): merge it")


def _pairs(learned: dict[str, Tensor], config: Shape) -> Iterator[tuple[str, Tensor, Tensor]]:
    for name, down in sorted(learned.items()):
        if found := re.fullmatch(r"base_model\.model\.(.+)\.lora_A\.weight", name):
            up = learned[name.replace("lora_A", "lora_B")]
            whole = f"{found[1]}.weight"
            yield config.title(whole), down, config.ordered(whole, up)


def merged(base: PreTrainedModel, adapter: Path) -> PreTrainedModel:
    """The network with the adapter added to its weights."""
    from peft import PeftModel

    return PeftModel.from_pretrained(base, adapter).merge_and_unload()


def _write(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _asked() -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = ask.add_subparsers(dest="what", required=True)
    for what in ("base", "adapter", "merged"):
        one = which.add_parser(what)
        one.add_argument("base", type=Path)
        if what != "base":
            one.add_argument("adapter", type=Path)
        one.add_argument("out", type=Path)
        if what == "adapter":
            one.add_argument("--to", type=Path, required=True, help="the GGUF file that it will be loaded beside")
        else:
            one.add_argument("--kind", choices=tuple(KINDS), default="F16")
            one.add_argument("--licence", default="", help="of the base, by its SPDX name")
    return ask.parse_args()


def main() -> None:
    asked = _asked()
    if asked.what == "adapter":
        shape = Shape.of(AutoConfig.from_pretrained(asked.base, local_files_only=True))
        write_adapter(shape, asked.adapter, asked.to, asked.out)
    else:
        network = AutoModelForCausalLM.from_pretrained(asked.base, dtype=torch.float32, local_files_only=True)
        if asked.what == "merged":
            network = merged(network, asked.adapter)
        write_network(network, asked.base, asked.out, asked.kind, asked.licence)
    print(f"{asked.out}: {asked.out.stat().st_size} bytes, sha256 {sha256_of(asked.out)}")


if __name__ == "__main__":
    main()
