"""The bundle that ships: a trained network exported and quantized, with its manifest.

    python models/training/bundle.py --network judge.pt --tokenizer tokenizer.json --calibration calibration.json
        --kind Q8_0 --version 1 --out models/bundled

The calibration also says from where on is asked, reported and warned; `quality.json`, where there is one beside
it, holds what was measured and goes into the manifest.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from export import write_gguf
from quantize import quantize
from vocabulary import ANSWERS

from unleak.adapt.network import load
from unleak.judge import protocol

NAME = "judge.gguf"
LICENCE = "Apache-2.0"


def manifest(version: str, size: int, sha256: str, context: int, fit: dict, quality: dict[str, float]) -> str:
    """The text of `manifest.toml`."""
    lines = [
        f'protocol = "{protocol.VERSION}"',
        'name = "unleak-judge"',
        f'version = "{version}"',
        f'model = "{NAME}"',
        f'sha256 = "{sha256}"',
        f"size = {size}",
        f"labels = {json.dumps(list(ANSWERS))}",
        f"context = {context}",
        f'licence = "{LICENCE}"',
        "",
        "[calibration]",
        f"temperature = {fit['temperature']:.4f}",
        f"bias = [{', '.join(f'{value:.4f}' for value in fit['bias'])}]",
    ]
    for table, numbers in (("decision", fit["decision"]), ("quality", quality)):
        lines += ["", f"[{table}]", *(f"{name} = {value:.4f}" for name, value in numbers.items())]
    return "\n".join(lines) + "\n"


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--network", type=Path, required=True)
    ask.add_argument("--tokenizer", type=Path, required=True)
    ask.add_argument("--calibration", type=Path, required=True)
    ask.add_argument("--kind", default="Q8_0")
    ask.add_argument("--version", default="1")
    ask.add_argument("--out", type=Path, required=True)
    asked = ask.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    fit = json.loads(asked.calibration.read_text(encoding="utf-8"))
    measured = asked.calibration.with_name("quality.json")
    quality = json.loads(measured.read_text(encoding="utf-8")) if measured.exists() else {}
    network = load(asked.network)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.gguf"
        write_gguf(network, asked.tokenizer, whole, name="unleak judge", licence=LICENCE)
        weights = quantize(whole, asked.out / NAME, asked.kind)
    context = network.shape.context
    text = manifest(asked.version, weights.size, weights.sha256, context, fit, quality)
    (asked.out / "manifest.toml").write_text(text, encoding="utf-8")
    print(f"{asked.out / NAME}: {asked.kind}, {weights.size / 1e6:.1f} MB, sha256 {weights.sha256}")


if __name__ == "__main__":
    main()
