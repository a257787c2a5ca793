"""Asking llama.cpp with a base and an adapter: the logits of the label words behind each prompt."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

_SILENT = llama_cpp.llama_log_callback(lambda _level, _text, _data: None)


class LlamaError(RuntimeError):
    """llama.cpp cannot do it; says with which file."""


class Llama:
    """A network in llama.cpp, with an adapter where one is given; f32 keys and values."""

    def __init__(self, network: Path, adapter: Path | None, context: int, *, threads: int = 1, layers: int = 0) -> None:
        llama_cpp.llama_log_set(_SILENT, ctypes.c_void_p(0))
        self._model: Any = None
        self._context: Any = None
        how = llama_cpp.llama_model_default_params()
        how.n_gpu_layers = layers
        self._model = llama_cpp.llama_model_load_from_file(str(network).encode(), how)
        if not self._model:
            raise LlamaError(f"llama.cpp does not load {network}")
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = options.n_batch = options.n_ubatch = context
        options.n_threads = options.n_threads_batch = threads
        options.type_k = options.type_v = llama_cpp.GGML_TYPE_F32
        options.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._context = llama_cpp.llama_init_from_model(self._model, options)
        if not self._context:
            raise LlamaError(f"llama.cpp has not enough memory for {network}")
        if adapter:
            self._add(adapter)
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)

    def _add(self, adapter: Path) -> None:
        added = llama_cpp.llama_adapter_lora_init(self._model, str(adapter).encode())
        if not added:
            raise LlamaError(f"llama.cpp does not load {adapter} beside this network")
        adapters, scales = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(added), (ctypes.c_float * 1)(1.0)
        if llama_cpp.llama_set_adapters_lora(self._context, adapters, 1, scales):
            raise LlamaError(f"llama.cpp does not use {adapter}")

    def tokens(self, text: str) -> list[int]:
        content = text.encode("utf-8", "replace")
        found = (llama_cpp.llama_token * (len(content) + 8))()
        count = llama_cpp.llama_tokenize(self._vocabulary, content, len(content), found, len(found), False, True)
        return list(found[:count])

    def logits(self, tokens: Sequence[int], labels: Sequence[int]) -> np.ndarray:
        """Behind `tokens`, those of the tokens `labels`. Raises LlamaError."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        held = (llama_cpp.llama_token * len(tokens))(*tokens)  # the batch only points to it
        batch = llama_cpp.llama_batch_get_one(held, len(tokens))
        if llama_cpp.llama_decode(self._context, batch):
            raise LlamaError("llama.cpp cannot answer: is the prompt longer than the context?")
        at = llama_cpp.llama_get_logits_ith(self._context, -1)
        return np.array([at[label] for label in labels])

    def close(self) -> None:
        if self._context:
            llama_cpp.llama_free(self._context)
        if self._model:
            llama_cpp.llama_model_free(self._model)
        self._context = self._model = None
