"""Low-rank additions to the matrices of a network, learned while its own weights stay as they are.

After "LoRA: Low-Rank Adaptation of Large Language Models" (Hu et al., 2021), scaled by the root of the rank
as in "A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA" (Kalajdzievski, 2023).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from unleak.adapt.network import Network


class LowRank(nn.Module):
    """Adds `scale` x up x down to each of the matrices that one fused weight holds, one below the other."""

    def __init__(self, inputs: int, outputs: Sequence[int], rank: int, alpha: float) -> None:
        super().__init__()
        self.rank = rank
        self.scale = alpha / math.sqrt(rank)
        self.down = nn.ParameterList(nn.Parameter(torch.empty(rank, inputs)) for _ in outputs)
        self.up = nn.ParameterList(nn.Parameter(torch.zeros(size, rank)) for size in outputs)
        for matrix in self.down:
            nn.init.kaiming_uniform_(matrix, a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        added = [up @ down for up, down in zip(self.up, self.down, strict=True)]
        return weight + self.scale * torch.cat(added)


def adapt(network: Network, *, rank: int, alpha: float, feed_forward: bool = False) -> dict[str, LowRank]:
    """Puts additions beside the attention of `network`, and its feed-forward where wanted; all else is frozen.

    They change nothing yet. Returns them by the name of the layer; they hold all that is learned.
    """
    network.requires_grad_(False)
    shape = network.shape
    keys = shape.kv_heads * shape.head_width
    sizes = {"query_key_value": (shape.width, keys, keys), "attention_out": (shape.width,)}
    if feed_forward:
        sizes |= {"gate_up": (shape.feed_forward, shape.feed_forward), "down": (shape.width,)}
    learned = {}
    for number, block in enumerate(network.blocks):
        for layer, outputs in sizes.items():
            linear = getattr(block, layer)
            added = LowRank(linear.in_features, outputs, rank, alpha)
            parametrize.register_parametrization(linear, "weight", added)
            learned[f"blocks.{number}.{layer}"] = added
    return learned


def merge(network: Network) -> None:
    """Makes the additions part of the weights, which are plain ones afterwards."""
    for module in network.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight")
