"""How good a network with an adapter is on questions that it has not learned from, in transformers or in llama.cpp.

    python models/training/peft/evaluate.py --tokenizer BASE --questions questions.jsonl --base BASE --adapter ADAPTER
    python models/training/peft/evaluate.py --tokenizer BASE --questions questions.jsonl
        --network base-Q4_K_M.gguf --gguf-adapter adapter.gguf --out measured

Temperature and bias are fitted on one half of the repositories and measured on the other, both ways, as in
calibrate.py; what is written is fitted on all of them. Writes beside `--out`:

    measured.json   the figures
    measured.toml   [calibration] for the manifest of a bundle
    measured.npz    the logits, for calibrate.py, which adds the blend with the signals and the thresholds
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from transformers import AutoTokenizer

sys.path.append(str(Path(__file__).resolve().parents[1]))
from calibrate import calibration_error, fit_calibration, softmax
from prescore import folds_of
from prompts import Lesson, answer_tokens, lessons, read, split

from unleak.judge.chat_prompt import LABEL_WORDS


class Fit(NamedTuple):
    """How logits become probabilities."""

    temperature: float = 1.0
    bias: tuple[float, ...] = (0.0,) * len(LABEL_WORDS)

    @classmethod
    def to(cls, logits: np.ndarray, lessons: Sequence[Lesson]) -> Fit:
        labels, weights = np.array([each.label for each in lessons]), np.array([each.weight for each in lessons])
        temperature, bias = fit_calibration(logits, labels, weights)
        return cls(float(np.clip(temperature, 0.01, 100)), tuple(bias.tolist()))

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        return softmax((logits + np.array(self.bias)) / self.temperature)

    def __str__(self) -> str:
        bias = ", ".join(f"{value:.4f}" for value in self.bias)
        return f"[calibration]\ntemperature = {self.temperature:.4f}\nbias = [{bias}]\n"


def figures(probabilities: np.ndarray, lessons: Sequence[Lesson]) -> dict[str, float]:
    """Accuracy of the three labels, F1 of credentials (secret or test) against what is safe, calibration error."""
    labels = np.array([each.label for each in lessons])
    credential, truth = 1 - probabilities[:, 2], labels[:, 2] < 0.5
    curve = {step: _f1(credential >= step, truth) for step in np.arange(0.05, 1, 0.05)}
    best = max(curve, key=curve.__getitem__)
    return {
        "loss": float(-(labels * np.log(probabilities + 1e-9)).sum(1).mean()),
        "accuracy": float((probabilities.argmax(1) == labels.argmax(1)).mean()),
        "F1": _f1(credential >= 0.5, truth),
        "best F1": curve[best],
        "best F1 from": float(best),
        "calibration error": calibration_error(credential, 1 - labels[:, 2]),
    }


def _f1(found: np.ndarray, truth: np.ndarray) -> float:
    right = (found & truth).sum()
    return float(2 * right / max(1, found.sum() + truth.sum()))


def measured(logits: np.ndarray, lessons: Sequence[Lesson]) -> tuple[Fit, dict[str, dict[str, float]]]:
    """What fits all, and the figures without and with a fit to the other half of the repositories.

    Lessons without a weight count nowhere.
    """
    counted = [at for at, lesson in enumerate(lessons) if lesson.weight > 0]
    logits, lessons = logits[counted], [lessons[at] for at in counted]
    whole = Fit.to(logits, lessons)
    half = np.array(folds_of([lesson.repo for lesson in lessons], seed=1)) % 2
    crossed = np.zeros_like(logits)
    for side in (0, 1):
        there = half == side
        others = [lesson for lesson, is_there in zip(lessons, there, strict=True) if not is_there]
        fit = Fit.to(logits[~there], others) if others else Fit()
        crossed[there] = fit.probabilities(logits[there])
    return whole, {"as it is": figures(Fit().probabilities(logits), lessons), "calibrated": figures(crossed, lessons)}


def by_transformers(asked: argparse.Namespace, kept: Sequence[Lesson], labels: Sequence[int]) -> np.ndarray:
    from asking import answers, device_of, load
    from peft import PeftModel

    device = device_of(asked.device)
    network, _ = load(asked.base, device)
    if asked.adapter:
        network = PeftModel.from_pretrained(network, asked.adapter)
        if asked.merge:
            network = network.merge_and_unload()
    logits, shares = answers(network, kept, labels, asked.budget, device)
    print(f"on label words: {shares.mean():.4f} of all probability")
    return logits


def by_llama(asked: argparse.Namespace, kept: Sequence[Lesson], labels: Sequence[int]) -> np.ndarray:
    """llama.cpp makes its own tokens of the same texts."""
    from llama import Llama

    llama = Llama(asked.network, asked.gguf_adapter, asked.context, threads=asked.threads, layers=asked.gpu_layers)
    found, others = [], 0
    for lesson in kept:
        tokens = llama.tokens(lesson.text)
        others += tokens != lesson.tokens
        found.append(llama.logits(tokens[-asked.context :], labels))
    llama.close()
    print(f"{others} of {len(kept)} prompts are cut into other tokens than by transformers")
    return np.array(found)


def main() -> None:
    asked = _asked()
    tokenizer = AutoTokenizer.from_pretrained(asked.tokenizer, local_files_only=True)
    labels = answer_tokens(tokenizer)
    _, questions = split(read(asked.questions), asked.held)
    questions = questions[: asked.most or None]
    kept = list(lessons(questions, tokenizer, asked.context))
    if not any(lesson.weight for lesson in kept):
        raise SystemExit(f"fold {asked.held} has no questions that fit: see --held and --context")
    began = time.monotonic()
    logits = by_llama(asked, kept, labels) if asked.network else by_transformers(asked, kept, labels)
    seconds = time.monotonic() - began
    fit, told = measured(logits, kept)
    for name, numbers in told.items():
        print(f"{name}: " + ", ".join(f"{key} {value:.4f}" for key, value in numbers.items()))
    print(f"{len(kept)} candidates, {len(kept) / seconds:.1f} a second\n{fit}", end="")
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        said = {"candidates": len(kept), "left out": sum(len(q["suffixes"]) for q in questions) - len(kept), **told}
        asked.out.with_suffix(".json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
        asked.out.with_suffix(".toml").write_text(str(fit), encoding="utf-8")
        np.savez(asked.out.with_suffix(".npz"), rows=np.array([each.row for each in kept]), logits=logits)


def _asked() -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--tokenizer", type=Path, required=True, help="the folder of the base, for its chat template")
    ask.add_argument("--questions", type=Path, action="append", required=True)
    ask.add_argument("--held", type=int, default=0, help="the fold that was kept out")
    ask.add_argument("--most", type=int, default=0, help="questions that are asked; 0: all")
    which = ask.add_mutually_exclusive_group(required=True)
    which.add_argument("--base", type=Path, help="a folder of transformers")
    which.add_argument("--network", type=Path, help="a file of llama.cpp")
    ask.add_argument("--adapter", type=Path, help="a folder of PEFT, with --base")
    ask.add_argument("--merge", action="store_true", help="add the adapter to the weights first")
    ask.add_argument("--gguf-adapter", type=Path, help="a file of llama.cpp, with --network")
    ask.add_argument("--context", type=int, default=4096, help="tokens; longer prompts are left out")
    ask.add_argument("--budget", type=int, default=16384, help="tokens that go through the network together")
    ask.add_argument("--device", default="", help="cuda or cpu; cuda where there is one")
    ask.add_argument("--gpu-layers", type=int, default=0, help="layers that llama.cpp computes on a GPU")
    ask.add_argument("--threads", type=int, default=1)
    ask.add_argument("--out", type=Path, help="where the three files go, without their endings")
    return ask.parse_args()


if __name__ == "__main__":
    main()
