"""Pre-training: the network learns to read code, configuration, logs and prose as a language model.

    python models/training/pretrain.py --corpus INDEX.jsonl --files DIR --tokenizer tokenizer.json --out pretrained.pt

Interrupted, it goes on from its last checkpoint beside `--out`. The log says loss and speed.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from vocabulary import END, documents

from unleak.adapt.network import Network, Shape, load, save
from unleak.detect import roles
from unleak.judge import context

LENGTH = 256
"""Tokens of a training row."""


def stream(corpus: Path, files: Path, tokenizer: Tokenizer, tokens: int, seed: int) -> np.ndarray:
    """The corpus as one row of tokens: of each file pieces, headed as the protocol heads a file."""
    end = tokenizer.token_to_id(END)
    ids: list[int] = []
    batch: list[str] = []
    random = np.random.default_rng(seed)
    for path, lines in documents(corpus, files, seed):
        if not lines:
            continue
        head = f"<|file|>{roles.role_of(path).value} {roles.family_of(path)} {context.tail_of(path)}\n<|text|>"
        start = int(random.integers(0, max(1, len(lines) - 60)))
        batch.append(head + "\n".join(lines[start : start + 120])[:6000])
        if len(batch) == 512:
            for encoding in tokenizer.encode_batch(batch):
                ids += encoding.ids
                ids.append(end)
            batch.clear()
            if len(ids) >= tokens:
                break
    for encoding in tokenizer.encode_batch(batch):
        ids += encoding.ids
        ids.append(end)
    return np.array(ids[:tokens], dtype=np.uint16)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--corpus", type=Path, required=True)
    ask.add_argument("--files", type=Path, required=True)
    ask.add_argument("--tokenizer", type=Path, required=True)
    ask.add_argument("--network", type=Path, help="where to begin; without it the network is drawn anew")
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--tokens", type=float, default=15e6, help="how many tokens are read")
    ask.add_argument("--layers", type=int, default=4)
    ask.add_argument("--feed-forward", type=int, default=768)
    ask.add_argument("--batch", type=int, default=32, help="rows a step")
    ask.add_argument("--rate", type=float, default=2e-3)
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument("--threads", type=int, default=1)
    asked = ask.parse_args()
    torch.manual_seed(asked.seed)
    torch.set_num_threads(asked.threads)
    tokenizer = Tokenizer.from_file(str(asked.tokenizer))
    row = LENGTH + 1
    data = torch.from_numpy(
        stream(asked.corpus, asked.files, tokenizer, int(asked.tokens), asked.seed).astype(np.int64)
    )
    data = data[: len(data) // row * row].view(-1, row)
    data = data[torch.randperm(len(data), generator=torch.Generator().manual_seed(asked.seed))]
    held, data = data[:64], data[64:]
    shape = Shape(layers=asked.layers, feed_forward=asked.feed_forward)
    network = load(asked.network) if asked.network else Network(shape)
    decayed = [p for p in network.parameters() if p.dim() > 1]
    plain = [p for p in network.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}],
        lr=asked.rate,
        betas=(0.9, 0.95),
        fused=True,
    )
    steps, first = len(data) // asked.batch, 0
    checkpoint = asked.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
    print(f"{network.shape}: {network.shape.parameters} parameters, {data.numel()} tokens, {steps} steps from {first}")
    began, seen = time.monotonic(), 0
    for step in range(first, steps):
        rate = asked.rate * min(1.0, (step + 1) / 100) * (0.05 + 0.95 * (1 + math.cos(math.pi * step / steps)) / 2)
        for group in optimizer.param_groups:
            group["lr"] = rate
        rows = data[step * asked.batch : (step + 1) * asked.batch]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = network.token_loss(network(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seen += rows.numel()
        if step % 50 == 0 or step == steps - 1:
            speed = seen / (time.monotonic() - began)
            print(f"step {step} loss {loss.item():.3f} rate {rate:.5f} {speed:.0f} tokens/s", flush=True)
        if step % 200 == 199:
            state = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
            torch.save(state, checkpoint)
    network.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        loss = network.token_loss(network(held[:, :-1]).flatten(0, 1), held[:, 1:].flatten())
    print(f"held out: loss {loss.item():.3f} nats a token")
    save(network, asked.out)
    checkpoint.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
