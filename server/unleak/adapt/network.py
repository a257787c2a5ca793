"""The judge's network in PyTorch: a llama decoder whose weights go into a GGUF file as they are.

The arithmetic is that of llama.cpp's architecture `llama`: RMSNorm before attention and feed-forward, rotary
positions on interleaved pairs (2i, 2i+1), SwiGLU, no biases, one matrix for embedding and output.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - the name that all of PyTorch's own text uses
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

FORMAT = "unleak-network/1"
UNSEEN = -1e9  # finite, so that a row of padding that sees nothing gives numbers and not NaN
CHUNK = 256  # rows of logits at once: 8 MB, which stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a network; `context` and `vocabulary` are counted in tokens.

    Widths that are multiples of 256 keep every tensor open to llama.cpp's K-quants.
    """

    vocabulary: int = 8192
    width: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 4
    feed_forward: int = 768
    context: int = 512
    rope_base: float = 10000.0
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        sizes = (self.vocabulary, self.width, self.layers, self.heads, self.kv_heads, self.feed_forward, self.context)
        if min(sizes) < 1:
            raise ValueError("every size of a shape must be at least 1")
        if self.width % (2 * self.heads):
            raise ValueError("the width must be an even multiple of the heads: rotary positions turn pairs of numbers")
        if self.heads % self.kv_heads:
            raise ValueError("the heads must be a multiple of the kv_heads")

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    @property
    def parameters(self) -> int:
        """Number of trained parameters, the embedding included."""
        attention = self.width * (2 * self.width + 2 * self.kv_heads * self.head_width)
        layer = attention + 3 * self.width * self.feed_forward + 2 * self.width
        return self.vocabulary * self.width + self.layers * layer + self.width


class Norm(nn.Module):
    """Root-mean-square norm with a gain; computes in f32 and gives back the input's type."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


def turn(x: Tensor, angles: Tensor) -> Tensor:
    """Rotates the interleaved pairs of x [B, T, heads, head_width] by complex `angles` [B or 1, T, 1, head_width / 2].

    A pair is a complex number here: ten times faster on a CPU than sines and cosines over every second number.
    """
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * angles).flatten(-2).to(x.dtype)


class Block(nn.Module):
    """One layer: attention, then feed-forward, each added to what came in."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head_width = shape.heads, shape.kv_heads, shape.head_width
        self.drop = nn.Dropout(dropout)
        self.attention_norm = Norm(shape.width, shape.epsilon)
        # One matrix for query, key and value (and for gate and up) halves the number of small products.
        self.query_key_value = nn.Linear(shape.width, (shape.heads + 2 * shape.kv_heads) * shape.head_width, bias=False)
        self.attention_out = nn.Linear(shape.width, shape.width, bias=False)
        self.feed_forward_norm = Norm(shape.width, shape.epsilon)
        self.gate_up = nn.Linear(shape.width, 2 * shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.width, bias=False)

    def attend(self, x: Tensor, angles: Tensor, bias: Tensor) -> Tensor:
        """The heads' results [B, T, width], before the output matrix."""
        batch, length, width = x.shape
        mixed = self.query_key_value(self.attention_norm(x)).view(batch, length, -1, self.head_width)
        turned = turn(mixed[:, :, : self.heads + self.kv_heads], angles)
        query, key = turned.split((self.heads, self.kv_heads), dim=2)
        value = mixed[:, :, self.heads + self.kv_heads :]
        if self.kv_heads < self.heads:
            key = key.repeat_interleave(self.heads // self.kv_heads, dim=2)
            value = value.repeat_interleave(self.heads // self.kv_heads, dim=2)
        query, key, value = (part.transpose(1, 2).reshape(-1, length, self.head_width) for part in (query, key, value))
        # Plain products: PyTorch's fused attention takes three times as long at these sizes on a CPU.
        scores = torch.baddbmm(bias, query, key.transpose(1, 2), alpha=self.head_width**-0.5)
        result = torch.bmm(self.drop(scores.softmax(-1)), value)
        return result.view(batch, self.heads, length, self.head_width).transpose(1, 2).reshape(batch, length, width)

    def forward(self, x: Tensor, angles: Tensor, bias: Tensor, at: Tensor | None) -> Tensor:
        """What comes out [B, T, width], or [N, width] for the places `at`."""
        heads = self.attend(x, angles, bias)
        if at is not None:
            heads, x = heads[at[:, 0], at[:, 1]], x[at[:, 0], at[:, 1]]
        x = x + self.drop(self.attention_out(heads))
        gate, up = self.gate_up(self.feed_forward_norm(x)).chunk(2, dim=-1)
        return x + self.drop(self.down(F.silu(gate) * up))


class Network(nn.Module):
    """A llama decoder of the given shape.

    `dropout` is the share of numbers dropped from the embedding, the attention and each layer's additions while
    training; it is no part of the shape, since nothing of it is left in the exported file.
    """

    def __init__(self, shape: Shape, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.drop = nn.Dropout(dropout)
        self.embedding = nn.Parameter(torch.empty(shape.vocabulary, shape.width))
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.epsilon)
        half = torch.arange(0, shape.head_width, 2, dtype=torch.float64) / shape.head_width
        angles = torch.arange(shape.context, dtype=torch.float64)[:, None] * shape.rope_base**-half
        self.register_buffer(
            "angles", torch.polar(torch.ones_like(angles), angles).to(torch.complex64), persistent=False
        )
        self.reset()

    def reset(self) -> None:
        """Draws new weights from torch's global generator."""
        deviation = 0.02
        nn.init.normal_(self.embedding, std=deviation)
        for name, weight in self.blocks.named_parameters():
            if name.endswith("norm.weight"):
                nn.init.ones_(weight)
            elif name.endswith(("attention_out.weight", "down.weight")):
                # What a layer adds shrinks with the depth, so that the sum over the layers does not grow with it.
                nn.init.normal_(weight, std=deviation / math.sqrt(2 * self.shape.layers))
            else:
                nn.init.normal_(weight, std=1 / math.sqrt(self.shape.width) / 2)
        nn.init.ones_(self.norm.weight)

    def forward(
        self,
        tokens: Tensor,
        positions: Tensor | None = None,
        mask: Tensor | None = None,
        at: Tensor | None = None,
    ) -> Tensor:
        """Hidden states [B, T, width] for tokens [B, T], or [N, width] for the N (row, column) pairs in `at`.

        `positions` [B, T] count from 0 and stay below the context; left out they are 0, 1, 2, …
        `mask` [B, T, T] holds True where a token (row) may look at another (column). Left out, a token sees itself and
        all before it, which is also right for rows that are padded at their end.
        """
        batch, length = tokens.shape
        if length > self.shape.context and positions is None:
            raise ValueError(f"{length} tokens do not fit into a context of {self.shape.context}")
        angles = self.angles[:length] if positions is None else self.angles[positions]
        angles = angles.view(-1, length, 1, self.angles.shape[1])
        if mask is None:
            mask = torch.ones(1, length, length, dtype=torch.bool, device=tokens.device).tril()
        bias = torch.zeros(mask.shape, dtype=_kind(self.embedding), device=tokens.device).masked_fill_(~mask, UNSEEN)
        bias = bias.unsqueeze(1).expand(batch, self.shape.heads, length, length).reshape(-1, length, length)
        x = self.drop(F.embedding(tokens, self.embedding))
        last = len(self.blocks) - 1
        for number, block in enumerate(self.blocks):
            x = block(x, angles, bias, at if number == last else None)
        return x

    def logits(self, hidden: Tensor, tokens: Tensor | None = None) -> Tensor:
        """Scores in f32 [..., vocabulary] of hidden states [..., width], or [..., N] of the N tokens given alone."""
        matrix = self.embedding if tokens is None else self.embedding[tokens]
        return F.linear(self.norm(hidden), matrix).float()

    def token_loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy (nats) of hidden states [N, width] against the tokens [N] that should come next.

        The same as `cross_entropy(logits(hidden), targets)` in a third of its time: the logits, 256 MB for 8,192
        tokens, are never held all at once.
        """
        return _TokenLoss.apply(self.norm(hidden), self.embedding, targets, _kind(hidden)) / max(1, len(targets))


def _kind(x: Tensor) -> torch.dtype:
    """The type in which matrices are multiplied here."""
    device = x.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x.dtype


class _TokenLoss(torch.autograd.Function):
    """Summed cross-entropy over the vocabulary, a chunk of rows at a time, with its gradients in f32."""

    @staticmethod
    def forward(context: FunctionCtx, states: Tensor, matrix: Tensor, targets: Tensor, kind: torch.dtype) -> Tensor:
        total = states.new_zeros(())
        states_gradient, matrix_gradient = torch.empty_like(states), torch.zeros_like(matrix)
        rows, columns = states.to(kind), matrix.to(kind)
        for start in range(0, len(rows), CHUNK):
            part, wanted = rows[start : start + CHUNK], targets[start : start + CHUNK, None]
            chances = (part @ columns.T).float().softmax(-1)
            right = chances.gather(1, wanted)
            total -= right.clamp_min(1e-30).log().sum()
            slope = chances.scatter_(1, wanted, right - 1).to(kind)
            states_gradient[start : start + CHUNK] = slope @ columns
            matrix_gradient += slope.T @ part
        context.save_for_backward(states_gradient, matrix_gradient)
        return total

    @staticmethod
    def backward(context: FunctionCtx, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:
        states_gradient, matrix_gradient = context.saved_tensors
        return states_gradient * gradient, matrix_gradient * gradient, None, None


def shared_prefix(prefix: int, suffixes: list[int], length: int) -> tuple[Tensor, Tensor]:
    """Positions [length] and mask [length, length] of one row: a prefix, then suffixes that do not see each other.

    Sizes are tokens. Each suffix sees the prefix and itself and its positions go on where the prefix ends, as in a
    sequence of its own. What is left of the row is padding, which sees only itself.
    """
    used = prefix + sum(suffixes)
    if used > length:
        raise ValueError(f"a prefix and suffixes of {used} tokens do not fit into a row of {length}")
    owner = torch.full((length,), -1)
    positions = torch.zeros(length, dtype=torch.long)
    owner[:prefix] = 0
    positions[:prefix] = torch.arange(prefix)
    start = prefix
    for number, size in enumerate(suffixes, start=1):
        owner[start : start + size] = number
        positions[start : start + size] = torch.arange(prefix, prefix + size)
        start += size
    rows, columns = owner[:, None], owner[None, :]
    mask = ((rows == columns) | ((columns == 0) & (rows > 0))).tril() & (rows >= 0)
    return positions, mask | torch.eye(length, dtype=torch.bool)


def save(network: Network, path: Path) -> None:
    """Writes the weights in f32, with their shape."""
    state = {name: tensor.detach().float().cpu() for name, tensor in network.state_dict().items()}
    torch.save({"format": FORMAT, "shape": asdict(network.shape), "state": state}, path)


def load(path: Path, *, dropout: float = 0.0) -> Network:
    """Reads what `save` wrote. A ValueError says that the file is none of ours; nothing in it is executed."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{path} holds no network of the format {FORMAT}: train one with models/training")
    network = Network(Shape(**content["shape"]), dropout=dropout)
    network.load_state_dict(content["state"])
    return network
