"""Asking a network of transformers: many prompts at once, and the logits behind each.

Prompts are filled up at their end. Attention looks back only, so what fills changes nothing and needs no mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from prompts import Lesson
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase


def load(base: Path, device: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A base and its tokenizer from a folder: in bfloat16 on a GPU, in float32 on a CPU. Nothing is downloaded."""
    network = AutoModelForCausalLM.from_pretrained(
        base, dtype=torch.float32 if device == "cpu" else torch.bfloat16, local_files_only=True
    )
    return network.to(device), AutoTokenizer.from_pretrained(base, local_files_only=True)


def device_of(wanted: str) -> str:
    return wanted or ("cuda" if torch.cuda.is_available() else "cpu")


def batches(lessons: Sequence[Lesson], budget: int) -> Iterator[list[Lesson]]:
    """Lessons of like length together, at most `budget` tokens with what fills them up; longest last."""
    batch: list[Lesson] = []
    for lesson in sorted(lessons, key=lambda each: len(each.tokens)):
        if batch and (len(batch) + 1) * len(lesson.tokens) > budget:
            yield batch
            batch = []
        batch.append(lesson)
    if batch:
        yield batch


def last_logits(network: nn.Module, batch: Sequence[Lesson], device: str) -> Tensor:
    """The logits of all tokens behind each prompt, in float32; `network` may be PEFT's of one."""
    causal = network.get_base_model() if hasattr(network, "get_base_model") else network
    longest = max(len(lesson.tokens) for lesson in batch)
    tokens = torch.tensor([[*each.tokens, *[0] * (longest - len(each.tokens))] for each in batch], device=device)
    hidden = causal.get_decoder()(input_ids=tokens, use_cache=False).last_hidden_state
    ends = torch.tensor([len(each.tokens) - 1 for each in batch], device=device)
    at_ends = hidden[torch.arange(len(batch), device=device), ends]
    return causal.get_output_embeddings()(at_ends).float()


@torch.no_grad()
def answers(
    network: nn.Module, lessons: Sequence[Lesson], labels: Sequence[int], budget: int, device: str
) -> tuple[np.ndarray, np.ndarray]:
    """The logits of the label tokens for each lesson, in their order, and the share of all probability they have."""
    was_training = network.training
    network.eval()
    found: dict[int, tuple[np.ndarray, float]] = {}
    for batch in batches(lessons, budget):
        logits = last_logits(network, batch, device)
        shares = logits.softmax(-1)[:, list(labels)].sum(-1)
        for lesson, logit, share in zip(batch, logits[:, list(labels)].cpu().numpy(), shares.tolist(), strict=True):
            found[id(lesson)] = logit, share
    network.train(was_training)
    ordered = [found[id(lesson)] for lesson in lessons]
    return np.array([logit for logit, _ in ordered]).reshape(-1, len(labels)), np.array([share for _, share in ordered])
