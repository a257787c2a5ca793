"""Fine-tuning: a big base learns to answer the protocol's questions, by a rank-stabilized adapter.

    python models/training/peft/train.py --base BASE --questions questions.jsonl [--questions …] --out adapter

The loss is the cross-entropy between a candidate's label and all tokens that could stand first in the answer: only
the label word counts, and words that are no label are unlearned with it. Repositories of `--held` fold are kept
out and asked now and then. Values, paths and signals vary from epoch to epoch as in finetune.py. It goes on from its
last checkpoint in `--out`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from torch import Tensor
from transformers import PreTrainedTokenizerBase

sys.path.append(str(Path(__file__).resolve().parents[1]))
from asking import answers, batches, device_of, last_logits, load
from finetune import varied
from prompts import Lesson, answer_tokens, lessons, read, split

ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
MLP = ["gate_proj", "up_proj", "down_proj"]
CHECKPOINT = "checkpoint.pt"


class Run:
    """An adapter that learns, and all that a checkpoint keeps of it."""

    def __init__(self, network: PeftModel, rate: float, warm_up: float, folder: Path) -> None:
        self.network = network
        self.folder = folder
        self.step = 0
        self._rate, self._warm_up = rate, warm_up
        learned = [each for each in network.parameters() if each.requires_grad]
        self.optimizer = torch.optim.AdamW(learned, lr=rate, betas=(0.9, 0.98), weight_decay=0.0)

    def set_rate(self, steps: int) -> None:
        """A cosine down to a tenth, behind a straight line up."""
        warm_up = max(1, round(self._warm_up * steps))
        done = max(0, self.step - warm_up) / max(1, steps - warm_up)
        rate = self._rate * min(1.0, (self.step + 1) / warm_up) * (0.1 + 0.9 * (1 + math.cos(math.pi * done)) / 2)
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def save(self, settings: dict) -> None:
        """A checkpoint, in place of the last one when it is whole."""
        state = {
            "adapter": get_peft_model_state_dict(self.network),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "settings": settings,
            "chance": torch.get_rng_state(),
            "chance_there": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }
        part = self.folder / f"{CHECKPOINT}.part"
        torch.save(state, part)
        os.replace(part, self.folder / CHECKPOINT)

    def go_on(self, settings: dict) -> bool:
        """Whether there was a checkpoint, from which this goes on."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return False
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["settings"] != settings:
            raise SystemExit(f"{path} is of a run with other settings: give another --out, or remove it")
        set_peft_model_state_dict(self.network, state["adapter"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        torch.set_rng_state(state["chance"])
        if state["chance_there"]:
            torch.cuda.set_rng_state_all(state["chance_there"])
        return True


def adapted(network: torch.nn.Module, asked: argparse.Namespace) -> PeftModel:
    """The network with a new adapter beside attention and MLP; all else is frozen."""
    config = LoraConfig(
        r=asked.rank,
        lora_alpha=asked.alpha,
        lora_dropout=asked.dropout,
        use_rslora=True,
        target_modules=ATTENTION + ([] if asked.attention_only else MLP),
        task_type="CAUSAL_LM",
    )
    if asked.checkpointing:
        network.activation_checkpointing_enable()
    return get_peft_model(network, config)


def loss_of(logits: Tensor, batch: Sequence[Lesson], labels: Sequence[int]) -> Tensor:
    """The sum over a batch of weight x cross-entropy against all tokens."""
    wanted = torch.tensor([lesson.label for lesson in batch], device=logits.device)
    weights = torch.tensor([lesson.weight for lesson in batch], device=logits.device)
    each = -(wanted * F.log_softmax(logits, -1)[:, list(labels)]).sum(-1)
    return (each * weights).sum()


def learn(run: Run, step: Sequence[Lesson], labels: Sequence[int], budget: int, device: str) -> float:
    """One step of the optimizer; the loss before it."""
    total = sum(lesson.weight for lesson in step)
    loss = 0.0
    for batch in batches(step, budget):
        part = loss_of(last_logits(run.network, batch, device), batch, labels) / total
        part.backward()
        loss += part.item()
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 1.0)
    run.optimizer.step()
    run.optimizer.zero_grad(set_to_none=True)
    return loss


def held_out(run: Run, kept: Sequence[Lesson], labels: Sequence[int], budget: int, device: str) -> str:
    """What the adapter makes of what it has not seen, in words."""
    if not kept:
        return "nothing held out"
    logits, shares = answers(run.network, kept, labels, budget, device)
    wanted = torch.tensor([lesson.label for lesson in kept])
    loss = F.cross_entropy(torch.from_numpy(logits), wanted).item()
    right = float((logits.argmax(1) == wanted.numpy().argmax(1)).mean())
    return f"held out loss {loss:.4f}, right {right:.4f}, on label words {shares.mean():.4f}"


def epoch_of(
    questions: Sequence[dict], epoch: int, tokenizer: PreTrainedTokenizerBase, asked: argparse.Namespace
) -> list[list[Lesson]]:
    """The steps of an epoch, the same whenever they are asked for."""
    chance = random.Random(asked.seed * 1000 + epoch)
    taken = [each for each in questions if not each.get("easy") or chance.random() < asked.easy]
    changed: Callable[[dict], tuple[str, list[str]]] = partial(varied, chance=chance, drop=asked.drop)
    drawn = [each for each in lessons(taken, tokenizer, asked.context, changed if asked.vary else None) if each.weight]
    chance.shuffle(drawn)
    return [drawn[at : at + asked.batch] for at in range(0, len(drawn), asked.batch)]


def main() -> None:
    asked = _asked()
    device = device_of(asked.device)
    torch.manual_seed(asked.seed)
    torch.set_num_threads(asked.threads)
    network, tokenizer = load(asked.base, device)
    labels = answer_tokens(tokenizer)
    learned, kept = split(read(asked.questions), asked.held)
    chance = random.Random(asked.seed)
    kept = chance.sample(kept, min(len(kept), asked.held_most))
    kept = [each for each in lessons(kept, tokenizer, asked.context) if each.weight]
    asked.out.mkdir(parents=True, exist_ok=True)
    run = Run(adapted(network, asked), asked.rate, asked.warm_up, asked.out)
    settings = {key: getattr(asked, key) for key in SETTINGS}
    print(f"goes on behind step {run.step}" if run.go_on(settings) else "begins")
    run.network.print_trainable_parameters()
    run.network.train()
    began, first, losses = time.monotonic(), run.step, []
    lengths: list[int] = []
    for epoch in range(asked.epochs):
        steps = epoch_of(learned, epoch, tokenizer, asked)
        lengths.append(len(steps))
        behind = sum(lengths[:-1])
        whole = behind + (asked.epochs - epoch) * len(steps)  # epochs differ by what is easy
        for number, step in enumerate(steps):
            if behind + number < run.step:
                continue
            run.set_rate(whole)
            losses.append(learn(run, step, labels, asked.budget, device))
            run.step += 1
            if run.step % asked.say == 0:
                minutes = (time.monotonic() - began) / 60
                mean = np.mean(losses[-asked.say :])
                print(f"epoch {epoch} step {run.step}/{whole} loss {mean:.4f}, {minutes:.1f} minutes", flush=True)
            if run.step % asked.save == 0:
                run.save(settings)
                print(f"step {run.step}: {held_out(run, kept, labels, asked.budget, device)}", flush=True)
    told = held_out(run, kept, labels, asked.budget, device)
    run.network.save_pretrained(asked.out)
    run.save(settings)
    (asked.out / "losses.json").write_text(json.dumps({"first": first, "losses": losses}) + "\n", encoding="utf-8")
    print(f"{asked.out}: {run.step} steps, {told}, {(time.monotonic() - began) / 60:.1f} minutes")


SETTINGS = (
    *("rank", "alpha", "dropout", "attention_only", "rate", "warm_up", "epochs", "batch", "context", "easy", "drop"),
    *("vary", "held", "seed"),
)
"""What has to be the same for a run to go on."""


def _asked() -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--base", type=Path, required=True, help="a folder of transformers, tuned to instructions")
    ask.add_argument("--questions", type=Path, action="append", required=True)
    ask.add_argument("--out", type=Path, required=True, help="the folder of the adapter")
    ask.add_argument("--rank", type=int, default=64)
    ask.add_argument("--alpha", type=float, default=128)
    ask.add_argument("--dropout", type=float, default=0.05)
    ask.add_argument("--attention-only", action="store_true", help="leave the MLP as it is")
    ask.add_argument("--rate", type=float, default=1e-4)
    ask.add_argument("--warm-up", type=float, default=0.03, help="share of the steps")
    ask.add_argument("--epochs", type=int, default=2)
    ask.add_argument("--batch", type=int, default=32, help="candidates a step of the optimizer")
    ask.add_argument("--budget", type=int, default=16384, help="tokens that go through the network together")
    ask.add_argument("--context", type=int, default=4096, help="tokens; longer prompts are left out")
    ask.add_argument("--checkpointing", action=argparse.BooleanOptionalAction, default=True, help="less memory, slower")
    ask.add_argument("--easy", type=float, default=0.35, help="share of the plainly safe questions asked an epoch")
    ask.add_argument("--drop", type=float, default=0.1, help="share of the signals that are left out")
    ask.add_argument("--vary", action=argparse.BooleanOptionalAction, default=True, help="draw values anew")
    ask.add_argument("--held", type=int, default=0, help="the fold that is kept out; -1 keeps none out")
    ask.add_argument("--held-most", type=int, default=2000, help="questions of it that are asked meanwhile")
    ask.add_argument("--save", type=int, default=200, help="steps between checkpoints")
    ask.add_argument("--say", type=int, default=20, help="steps between lines of the log")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--device", default="", help="cuda or cpu; cuda where there is one")
    ask.add_argument("--threads", type=int, default=1)
    return ask.parse_args()


if __name__ == "__main__":
    main()
