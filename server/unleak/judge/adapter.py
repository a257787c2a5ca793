"""Whether an adapter belongs to a network, by what both say of themselves: asked before llama.cpp sees either.

An adapter holds two narrow matrices for each matrix W of the network that it changes, called like that one with
`.lora_a` and `.lora_b` behind it: what is computed with is W + scale x b a. Its scale is `adapter.lora.alpha` by the
rank, the number that the narrow matrices share.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from unleak.judge.bundle import ADVICE, Bundle, BundleError
from unleak.judge.gguf_header import GGUFError, Header, Tensor, read_header
from unleak.judge.protocol import VERSION

BASE, PROTOCOL = "unleak.base.sha256", "unleak.protocol"
"""Keys of an adapter's metadata: the sha256 of the network's file that it was made for, and how that is asked."""
ALPHA = "adapter.lora.alpha"
DOWN, UP = ".lora_a", ".lora_b"
LARGEST_RANK = 512
_STRONGEST = 1e4  # of alpha by rank: far more than anything that was learned
_PLAIN_NUMBERS = (0, 1)  # ggml's F32 and F16, the kinds in which adapters are written


def check(bundle: Bundle, adapter: Path, network: Path) -> None:
    """Raise BundleError unless the file `adapter` was made for the file `network`, which is that of `bundle`."""
    header = _head(adapter)
    wrong = _stranger(header, bundle) or _misfit(header, _head(network).tensors)
    if wrong:
        raise BundleError(f"{adapter}: {wrong}: {ADVICE}")


def _head(path: Path) -> Header:
    try:
        return read_header(path)
    except GGUFError as error:
        raise BundleError(f"{path} {error}: {ADVICE}") from None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}): {ADVICE}") from None


def _stranger(header: Header, bundle: Bundle) -> str:
    """What an adapter says of itself that does not go with `bundle`; empty where all does."""
    told = header.metadata
    if told.get("general.type") != "adapter" or told.get("adapter.type") != "lora":
        return "this is no adapter of the kind LoRA"
    if told.get(PROTOCOL) != VERSION:
        return f"the adapter was made for another protocol than {VERSION}"
    if told.get(BASE) != bundle.sha256:
        return "the adapter was made for another model"
    alpha = told.get(ALPHA)
    if not isinstance(alpha, (int, float)) or not math.isfinite(alpha) or not 0 < abs(alpha) < _STRONGEST:
        return f"the adapter's {ALPHA} is no number that was learned with"
    return ""


def _misfit(header: Header, network: Mapping[str, Tensor]) -> str:
    """Which matrices of an adapter do not fit those of a network; empty where all do."""
    names = {name.removesuffix(DOWN).removesuffix(UP) for name in header.tensors}
    for name in names:
        down, up, base = header.tensors.get(name + DOWN), header.tensors.get(name + UP), network.get(name)
        if down is None or up is None or len(header.tensors) != 2 * len(names):
            return "the adapter's matrices are no pairs"
        if base is None or len(base.shape) != 2:
            return "the adapter changes what the model does not have"
        inputs, outputs = base.shape
        rank = up.shape[0]
        if (down.shape, up.shape) != ((inputs, rank), (rank, outputs)) or not 0 < rank <= LARGEST_RANK:
            return "the adapter's matrices have other shapes than those of the model"
        if down.kind not in _PLAIN_NUMBERS or up.kind not in _PLAIN_NUMBERS:
            return "the adapter is written in numbers that are not known here"
        if name == "token_embd.weight":
            return "the adapter changes the model's words"
    return ""
