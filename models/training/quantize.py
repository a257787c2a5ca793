"""Quantizes a GGUF file with llama.cpp's own quantizer.

    python models/training/quantize.py judge-f32.gguf --kind Q8_0 --out judge-q8_0.gguf

An output matrix that is tied to the embedding stays at Q6_K or better: llama.cpp takes it for the output.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import llama_cpp

Kind = Literal["F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M"]
TYPES: dict[Kind, int] = {
    "F16": llama_cpp.LLAMA_FTYPE_MOSTLY_F16,
    "Q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
    "Q6_K": llama_cpp.LLAMA_FTYPE_MOSTLY_Q6_K,
    "Q5_K_M": llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_K_M,
    "Q4_K_M": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M,
}


_SILENT = llama_cpp.llama_log_callback(lambda _level, _text, _data: None)


class QuantizeError(RuntimeError):
    """llama.cpp refused; says which file."""


class Weights(NamedTuple):
    """A model file as a bundle's manifest names it."""

    size: int  # bytes
    sha256: str


def quantize(source: Path, out: Path, kind: Kind) -> Weights:
    """Writes `out` from the F32 file `source`; the same input gives the same bytes. Raises QuantizeError.

    llama.cpp's log, some lines a tensor, is off from then on.
    """
    options = llama_cpp.llama_model_quantize_default_params()
    options.ftype = TYPES[kind]
    options.nthread = 1
    llama_cpp.llama_log_set(_SILENT, ctypes.c_void_p(0))
    failed = llama_cpp.llama_model_quantize(str(source).encode(), str(out).encode(), ctypes.byref(options))
    if failed:
        raise QuantizeError(f"llama.cpp cannot quantize {source} to {kind}: give it an F32 file that export.py wrote")
    return measure(out)


def measure(path: Path) -> Weights:
    return Weights(path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("source", type=Path)
    ask.add_argument("--kind", choices=get_args(Kind), default="Q8_0")
    ask.add_argument("--out", type=Path, required=True)
    asked = ask.parse_args()
    weights = quantize(asked.source, asked.out, asked.kind)
    print(f"{asked.out}: {weights.size} bytes, sha256 {weights.sha256}")


if __name__ == "__main__":
    main()
