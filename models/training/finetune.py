"""Fine-tuning: the pre-trained network learns to answer the protocol's questions.

    python models/training/finetune.py --questions questions.jsonl [--questions …] --tokenizer tokenizer.json
        --network pretrained.pt --out judge.pt

Repositories of `--held` fold are kept out and asked after every epoch. Values are drawn anew in the same shape at
every epoch, paths and signals are dropped at times, so that context and shape are learned and no string. It goes
on from its last checkpoint beside `--out`.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from tokenizers import Tokenizer
from torch import Tensor
from vocabulary import ANSWERS

from unleak.adapt.batches import Batch, Row, answer, batch_of, grouped
from unleak.adapt.network import Network, Shape, load, save

LONGEST = 448
"""Tokens of a row: what is longer loses the beginning of its prefix."""
MOST_PREFIX = 288

_VALUE = re.compile(r"(?<=<\|value\|>).*?(?=<\|end\|>)", re.DOTALL)
_RANDOM = re.compile(r"<\|value:(?:hex|alnum|alnum_|base64|mixed|uuid|jwt|identifier|number)\|>")
_SIGNAL = re.compile(r"<\|(?:value|size|rarity|entropy|key|line|syntax|role|file)[ :][^|<]*\|>")
_TOLD = re.compile(r"<\|signals\|>.*(?=<\|answer\|>)")
_TAIL = re.compile(r"^(<\|file\|>\S+ \S+) [^\n]*")
_HEX = re.compile(r"(?:0x)?[0-9a-f-]+$")


def redrawn(value: str, chance: random.Random) -> str:
    """Another value of the same shape; its first characters, which may be a provider's, stay every other time."""
    letters = "abcdef" if _HEX.match(value) else "abcdefghijklmnopqrstuvwxyz"
    kept = chance.choice((0, 0, 4, 6))
    drawn = []
    for at, char in enumerate(value):
        if at < kept or not char.isascii() or not char.isalnum():
            drawn.append(char)
        elif char.isdigit():
            drawn.append(chance.choice("0123456789"))
        else:
            new = chance.choice(letters)
            drawn.append(new.upper() if char.isupper() else new)
    return "".join(drawn)


def varied(question: dict, chance: random.Random, drop: float) -> tuple[str, list[str]]:
    """The question as it looks in one epoch."""
    prefix = question["prefix"]
    if chance.random() < 2 * drop:
        prefix = _TAIL.sub(r"\1 ", prefix)
    suffixes = []
    for suffix in question["suffixes"]:
        if _RANDOM.search(suffix):
            suffix = _VALUE.sub(lambda value: redrawn(value[0], chance), suffix)
        if drop:
            suffix = _SIGNAL.sub(lambda signal: "" if chance.random() < drop else signal[0], suffix)
        suffixes.append(suffix)
    return prefix, suffixes


def encoded(
    questions: Sequence[dict], tokenizer: Tokenizer, chance: random.Random | None, drop: float, bare: bool
) -> list[Row]:
    """Questions as tokens; with `chance` varied, `bare` without signals."""
    texts: list[str] = []
    for question in questions:
        prefix, suffixes = (
            varied(question, chance, drop) if chance else (question["prefix"], list(question["suffixes"]))
        )
        if bare:
            suffixes = [_TOLD.sub("", suffix) for suffix in suffixes]
        texts += [prefix, *suffixes]
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    rows, at = [], 0
    for question in questions:
        count = len(question["suffixes"])
        prefix, suffixes = ids[at], ids[at + 1 : at + 1 + count]
        at += 1 + count
        prefix = prefix[:40] + prefix[len(prefix) - MOST_PREFIX + 40 :] if len(prefix) > MOST_PREFIX else prefix
        suffixes = [suffix[-120:] for suffix in suffixes]
        group: list[int] = []
        size = len(prefix)
        for number in range(count):
            if group and size + len(suffixes[number]) > LONGEST:
                rows.append(_row(question, prefix, suffixes, group))
                group, size = [], len(prefix)
            group.append(number)
            size += len(suffixes[number])
        rows.append(_row(question, prefix, suffixes, group))
    return rows


def _row(question: dict, prefix: list[int], suffixes: list[list[int]], group: list[int]) -> Row:
    return Row(
        prefix,
        [suffixes[n] for n in group],
        [question["labels"][n] for n in group],
        [question["weights"][n] for n in group],
        [question["rows"][n] for n in group],
    )


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--questions", type=Path, action="append", required=True)
    ask.add_argument("--tokenizer", type=Path, required=True)
    ask.add_argument("--network", type=Path, help="where to begin; without it the network is drawn anew")
    ask.add_argument("--layers", type=int, default=4)
    ask.add_argument("--feed-forward", type=int, default=512)
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--epochs", type=int, default=4, help="0: learn nothing, ask about what is held out")
    ask.add_argument("--budget", type=int, default=6144, help="tokens a step")
    ask.add_argument("--rate", type=float, default=6e-4)
    ask.add_argument("--dropout", type=float, default=0.1)
    ask.add_argument("--drop", type=float, default=0.1, help="share of signals left out; of paths twice as many")
    ask.add_argument("--blank", type=float, default=0.12, help="share of the text's tokens that are blanked")
    ask.add_argument("--smooth", type=float, default=0.04, help="share of a label that goes to the others")
    ask.add_argument("--average", type=float, default=0.998, help="decay of the running average of weights; 0: none")
    ask.add_argument("--frozen", action="store_true", help="words stay what pre-training made them; marks are learned")
    ask.add_argument("--language", type=float, default=0.1, help="weight of the loss as a language model")
    ask.add_argument("--easy", type=float, default=0.35, help="share of the plainly safe questions asked an epoch")
    ask.add_argument("--bare", action="store_true", help="without signals")
    ask.add_argument("--held", type=int, default=0, help="the fold that is kept out; -1 keeps none out")
    ask.add_argument("--minutes", type=float, default=1e9, help="the last epoch is the one that ends after so long")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--threads", type=int, default=1)
    asked = ask.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(asked.threads)
    tokenizer = Tokenizer.from_file(str(asked.tokenizer))
    answers = torch.tensor([tokenizer.token_to_id(text) for text in ANSWERS])
    ordinary = min(tokenizer.token_to_id(text) for text in "!aZ")  # below it are marks
    questions = []
    for path in asked.questions:
        questions += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    held = [question for question in questions if question["fold"] == asked.held]
    learned = [q for q in questions if q["fold"] != asked.held and any(q["weights"])]
    held_rows = encoded(held, tokenizer, None, 0.0, asked.bare)
    if asked.network:
        network = load(asked.network, dropout=asked.dropout)
    else:
        network = Network(Shape(layers=asked.layers, feed_forward=asked.feed_forward), dropout=asked.dropout)
    decayed = [p for name, p in network.named_parameters() if p.dim() > 1 and name != "embedding"]
    plain = [p for name, p in network.named_parameters() if p.dim() <= 1 or name == "embedding"]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=asked.rate, betas=(0.9, 0.98), fused=True)
    average = [p.detach().clone() for p in network.parameters()]
    checkpoint, first = asked.out.with_suffix(".checkpoint"), 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average = state["average"]
        first = state["epoch"]
    if not asked.epochs:
        print(held_out(network, held_rows, answers, asked.out.with_suffix(".npz")))
        return
    asks = sum(len(q["suffixes"]) for q in learned)
    kept = sum(len(q["suffixes"]) for q in held)
    print(f"{asks} candidates in {len(learned)} questions, {kept} held out; {network.shape.parameters} parameters")
    began = time.monotonic()
    for epoch in range(first, asked.epochs):
        chance = random.Random(asked.seed * 1000 + epoch)
        taken = [q for q in learned if not q["easy"] or chance.random() < asked.easy]
        rows = encoded(taken, tokenizer, chance, asked.drop, asked.bare)
        steps = grouped(rows, asked.budget, chance)
        losses, seen = [], 0
        for step, batch in enumerate(map(batch_of, steps)):
            done = epoch + step / len(steps)
            rate = asked.rate * min(1.0, (epoch * len(steps) + step + 1) / 100)
            rate *= 0.02 + 0.98 * (1 + math.cos(math.pi * done / asked.epochs)) / 2
            for group in optimizer.param_groups:
                group["lr"] = rate
            if asked.blank:
                blank = (torch.rand(batch.tokens.shape) < asked.blank) & (batch.tokens >= ordinary)
                batch = batch._replace(tokens=batch.tokens.masked_fill(blank, 0))
            with torch.autocast("cpu", dtype=torch.bfloat16):
                if asked.language:
                    hidden = network(batch.tokens, batch.positions, batch.mask)
                    at = hidden[batch.at[:, 0], batch.at[:, 1]]
                else:
                    at = network(batch.tokens, batch.positions, batch.mask, batch.at)
                labels = (1 - asked.smooth) * batch.labels + asked.smooth / 3
                each = F.cross_entropy(network.logits(at, answers), labels, reduction="none")
                loss = (each * batch.weights).sum() / batch.weights.sum().clamp(min=1e-3)
                whole = loss
                if asked.language:
                    places = _language_places(batch)
                    next_tokens = batch.tokens[places[:, 0], places[:, 1] + 1]
                    whole = loss + asked.language * network.token_loss(hidden[places[:, 0], places[:, 1]], next_tokens)
            whole.backward()
            if asked.frozen:
                network.embedding.grad[ordinary:] = 0
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            if asked.average:
                with torch.no_grad():
                    decay = min(asked.average, 1 - 1 / (epoch * len(steps) + step + 1))
                    torch._foreach_lerp_(average, list(network.parameters()), 1 - decay)
            losses.append(loss.item())
            seen += batch.tokens.numel()
            if step % 100 == 99:
                print(f"epoch {epoch} step {step + 1}/{len(steps)} loss {np.mean(losses[-100:]):.4f}", flush=True)
        judge = averaged(network, average) if asked.average else network
        told = held_out(judge, held_rows, answers, asked.out.with_suffix(f".{epoch}.npz"))
        minutes = (time.monotonic() - began) / 60
        print(f"epoch {epoch}: loss {np.mean(losses):.4f}, {told}, {seen} tokens, {minutes:.1f} minutes", flush=True)
        save(judge, asked.out)
        state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}
        state["average"] = average
        torch.save(state, checkpoint)
        if minutes > asked.minutes:
            break


def averaged(network: Network, weights: Sequence[Tensor]) -> Network:
    """The network with other weights."""
    judge = Network(network.shape)
    judge.load_state_dict(network.state_dict())
    with torch.no_grad():
        for to, weight in zip(judge.parameters(), weights, strict=True):
            to.copy_(weight)
    return judge


def held_out(network: Network, rows: Sequence[Row], answers: Tensor, out: Path) -> str:
    """Ask about what is held out, keep the logits, say how well it went."""
    if not rows:
        return "nothing held out"
    truth = {number: label for row in rows for number, label in zip(row.rows, row.labels, strict=True)}
    found = answer(network, rows, answers)
    logits = torch.tensor(np.array(list(found.values())))
    labels = torch.tensor([truth[number] for number in found])
    np.savez(out, rows=np.array(list(found)), logits=logits.numpy())
    right = (logits.argmax(1) == labels.argmax(1)).float().mean().item()
    return f"held out loss {F.cross_entropy(logits, labels).item():.4f}, right {right:.4f}"


def _language_places(batch: Batch, most: int = 512) -> Tensor:
    """Places in prefixes and suffixes whose next token is that of the text."""
    goes_on = (batch.positions[:, 1:] == batch.positions[:, :-1] + 1).nonzero()
    return goes_on[torch.randperm(len(goes_on))[:most]]


if __name__ == "__main__":
    main()
