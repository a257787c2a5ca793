"""All stages of training, one after the other; a stage whose result is there already is left out.

    python models/training/train.py --work DIR --data NAME ROOT LABELS [--data …] --corpus FILES INDEX
    python models/training/train.py --work DIR --miniature

The miniature needs nothing but this repository: it learns from generated files alone, in minutes, and says how
much better the judge knows generated files of repositories that it has not seen than rules and signals do.
`--again STAGE` does that stage and all after it anew. Each stage logs to DIR/STAGE.log.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


SCRIPTS = {"written": "generated", "further": "pretrain"}
"""Stages whose script has another name."""


FURTHER = ["--seed", "1", "--tokens", "14e6", "--rate", "1.5e-3"]
"""The second pass of pre-training: other places of the same files, in another order."""


class Stage(NamedTuple):
    """A command of this folder and the file that is there when it is done."""

    name: str
    script: str
    result: str
    command: list[str]


class Size(NamedTuple):
    """How much is learned."""

    generated: int  # files
    megabytes: float  # of text, for the tokenizer
    pretraining: float  # tokens
    layers: int
    feed_forward: int
    epochs: int
    rate: float


FULL = Size(4000, 25, 14e6, 4, 512, 2, 5e-4)
MINIATURE = Size(900, 2, 0.15e6, 2, 256, 3, 2e-3)


def stages(work: Path, asked: argparse.Namespace) -> list[Stage]:
    """The commands, in order; all files are below `work`."""
    size = MINIATURE if asked.miniature else FULL

    def at(name: str) -> str:
        return str(work / name)

    data = ["--data", "generated", at("generated/files"), at("generated/labels.jsonl")]
    if not asked.miniature:
        data += ["--data", "written", at("written/files"), at("written/labels.jsonl")]
    for name, root, labels in asked.data:
        data += ["--data", name, root, labels]
    for flag, value in (("--read", asked.read), ("--names", asked.names)):
        data += [flag, value] if value else []
    files, index = asked.corpus or (at("generated/files"), at("index.jsonl"))
    data += ["--packages", files, index] if asked.corpus else []
    texts = ["--corpus", index, "--files", files]
    tokenizer = ["--tokenizer", at("tokenizer.json")]
    found = ["--candidates", at("candidates.jsonl"), "--odds", at("odds.npy")]
    fitted = ["--weights", at("weights.json"), "--wording", at("wording.bin")]
    shape = ["--layers", str(size.layers), "--feed-forward", str(size.feed_forward)]
    seed = ["--seed", str(asked.seed)]
    learned = [] if asked.miniature else ["--learned", "generated", "--learned", "written"]
    epochs = ["--epochs", str(size.epochs), "--rate", str(size.rate), "--smooth", "0.03"]
    epochs += ["--dropout", "0", "--language", "0"]
    pretrained = at("pretrained.pt" if asked.miniature else "further.pt")
    logits = f"judge.{size.epochs - 1}.npz"
    questions = ["--questions", at("questions.jsonl")]
    marks = ["--signals", at("questions.jsonl"), "--megabytes", str(size.megabytes)]
    chosen = [
        ("generated", "generated/labels.jsonl", ["--count", str(size.generated), *seed, "--out", at("generated")]),
        ("written", "written/labels.jsonl", ["--written", str(HERE / "written"), *seed, "--out", at("written")]),
        ("candidates", "candidates.jsonl", [*data, "--out", at("candidates.jsonl")]),
        ("prescore", "odds.npy", [*found, *(["--shipped"] if asked.miniature else fitted)]),
        ("questions", "questions.jsonl", [*found, *learned]),
        ("listed", "index.jsonl", ["--files", files]),
        ("vocabulary", "tokenizer.json", [*texts, *marks]),
        ("pretrain", "pretrained.pt", [*texts, *tokenizer, *shape, *seed, "--tokens", str(size.pretraining)]),
        ("further", "further.pt", [*texts, *tokenizer, *shape, *FURTHER, "--network", at("pretrained.pt")]),
        ("finetune", logits, [*questions, *tokenizer, *seed, *epochs, "--network", pretrained]),
        ("calibrate", "calibration.json", [*found, "--logits", at(logits)]),
        ("bundle", "bundled/manifest.toml", [*tokenizer, "--network", at("judge.pt"), "--calibration"]),
    ]
    outs = {"finetune": ["--out", at("judge.pt")], "bundle": [at("calibration.json"), "--out", at("bundled")]}
    own = {"generated", "written", "candidates", "prescore", *outs}
    return [
        Stage(
            name,
            SCRIPTS.get(name, name),
            result,
            command + outs.get(name, [] if name in own else ["--out", at(result)]),
        )
        for name, result, command in chosen
        if not (name == "listed" and asked.corpus) and not (name in ("written", "further") and asked.miniature)
    ]


def run(stage: Stage, work: Path) -> None:
    """Do one stage; raises SystemExit with the end of its log where it fails."""
    log = work / f"{stage.name}.log"
    command = [sys.executable, str(HERE / f"{stage.script}.py"), *stage.command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "server"), "OMP_WAIT_POLICY": "passive"}
    began = time.monotonic()
    with log.open("a", encoding="utf-8") as out:
        out.write(f"$ {shlex.join(command)}\n")
        out.flush()
        code = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, env=environment, check=False).returncode
    tail = log.read_text(encoding="utf-8").strip().splitlines()
    if code:
        sys.exit("\n".join([*tail[-15:], f"{stage.name} failed; its log is {log}"]))
    print(f"{stage.name}: {time.monotonic() - began:.0f} s; {tail[-1]}", flush=True)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--work", type=Path, required=True)
    ask.add_argument("--data", nargs=3, action="append", default=[], metavar=("NAME", "ROOT", "LABELS"))
    ask.add_argument("--read", help="labels read again: read.jsonl")
    ask.add_argument("--names", help="a table of repository ids and names")
    ask.add_argument("--corpus", nargs=2, metavar=("FILES", "INDEX"), help="what corpus.py and dedupe.py made")
    ask.add_argument("--miniature", action="store_true")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--again", metavar="STAGE")
    asked = ask.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    anew = False
    for stage in stages(asked.work.resolve(), asked):
        anew = anew or stage.name == asked.again
        if anew or not (asked.work / stage.result).exists():
            run(stage, asked.work)
        else:
            print(f"{stage.name}: done before")


if __name__ == "__main__":
    main()
