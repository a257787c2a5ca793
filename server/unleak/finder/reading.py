"""The worker's side of scan/1: a chunk goes in, what the model writes about it comes out.

    in   {"id": 1, "read": [path, first, [line, …]], "until": seconds of the monotonic clock}
    out  {"id": 1, "answer": text}
    out  {"id": 1, "too_long": true}              the model cannot hold so many lines at once

Cancelled, late and failed requests are answered as those of judge/1 are.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable
from typing import Any

from unleak.finder import protocol
from unleak.finder.protocol import Chunk
from unleak.judge import frames
from unleak.judge.model import Model, ModelError, Network, UnwantedError

_EACH, _AROUND = 96, 16  # tokens of an answer and of a list, with room
_LONGEST_PIECE = 512  # bytes of one token


def read(model: Model, asked: Any, wanted: Callable[[], bool]) -> frames.Message:
    """Have a chunk read. Raises ModelError, and UnwantedError when nobody wants it any more."""
    plan, template = model.bundle.scan, model.template
    if plan is None or template is None:
        raise ModelError("this model is not made to read files whole")
    path, first, lines = asked
    chunk = Chunk(str(path), int(first), tuple(map(str, lines)))
    tokens = template.tokens(protocol.messages(chunk))
    most = plan.answers * _EACH + _AROUND
    if len(tokens) + most > model.bundle.context:
        most = model.bundle.context - len(tokens)
        if most < _EACH + _AROUND:
            return {"too_long": True}
    with model.while_wanted(wanted):
        return {"answer": _written(model.network, tokens, protocol.grammar(chunk, plan.answers), most, wanted)}


def _written(network: Network, tokens: list[int], grammar: str, most: int, wanted: Callable[[], bool]) -> str:
    """What the model writes behind `tokens` as the grammar allows it, always its likeliest token; `most` of them."""
    llama = network.llama
    rules = llama.llama_sampler_init_grammar(network.vocabulary, grammar.encode(), b"root")
    if not rules:
        raise ModelError("llama.cpp does not know the grammar of the answers")
    chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
    llama.llama_sampler_chain_add(chain, rules)
    llama.llama_sampler_chain_add(chain, llama.llama_sampler_init_greedy())
    try:
        llama.llama_memory_clear(network.memory, False)
        _decode(network, tokens)
        data = b""
        for _ in range(most):
            if not wanted():
                raise UnwantedError
            token = llama.llama_sampler_sample(chain, network.context, -1)
            if llama.llama_vocab_is_eog(network.vocabulary, token):
                break
            data += _piece(network, token)
            if _is_whole(data):
                break
            _decode(network, [token])
        return data.decode("utf-8", "replace")
    finally:
        llama.llama_sampler_free(chain)  # and what was added to it


def _decode(network: Network, tokens: list[int]) -> None:
    array = (ctypes.c_int32 * len(tokens))(*tokens)
    outcome = network.llama.llama_decode(network.context, network.llama.llama_batch_get_one(array, len(tokens)))
    if outcome == 2:
        raise UnwantedError
    if outcome:
        raise ModelError(f"llama.cpp cannot compute an answer (code {outcome})")


def _piece(network: Network, token: int) -> bytes:
    buffer = ctypes.create_string_buffer(_LONGEST_PIECE)
    size = network.llama.llama_token_to_piece(network.vocabulary, token, buffer, _LONGEST_PIECE, 0, False)
    if size < 0:
        raise ModelError("llama.cpp cannot write a token")
    return buffer.raw[:size]


def _is_whole(data: bytes) -> bool:
    """Whether the list has ended: not every model says so itself."""
    if not data.endswith(b"]"):
        return False
    try:
        json.loads(data.decode("utf-8", "replace"))
    except ValueError:
        return False
    return True
