"""The network of a bundle in llama.cpp: questions in, verdicts out, a running computation stopped when asked to.

Small networks are quick where a decode has much to do at once: a prefix and its suffixes go in one call,
in which the prefix's tokens belong to the sequences of all suffixes.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from unleak.finding import Verdict
from unleak.judge.adapter import check
from unleak.judge.bundle import ADVICE, CHAT, Bundle
from unleak.judge.protocol import Question
from unleak.judge.shelf import verified

if TYPE_CHECKING:
    from unleak.judge.chat import Chat
    from unleak.judge.template import Template

INSTALL = "install it with `pip install 'unleak[judge]'`"
AGAIN = "is there enough memory? If so, `pip install --force-reinstall llama-cpp-python`"
_TOGETHER = 8  # suffixes that are read in one call
_CELLS = 1024  # tokens that one call can hold, where the context needs no more
_AT_ONCE = 128  # tokens that go through a layer together: what the processor's caches like best
LONGEST_TOKEN = 64
"""Code points; no token of a text stands for more."""


class ModelError(Exception):
    """The model cannot answer. The message holds nothing of the texts that it was asked about."""


class MissingError(ModelError):
    """llama.cpp is not installed, or is another one than is needed."""


class BrokenError(ModelError):
    """The model's file is whole and yet no judge: another try will not help."""


class UnwantedError(Exception):
    """Nobody wants the answer any more; the model is ready for the next questions."""


class Rows(NamedTuple):
    """The tokens of one call: those of a prefix, then those of each of its suffixes."""

    prefix: list[int]
    suffixes: list[list[int]]


class Network(NamedTuple):
    """What llama.cpp knows a loaded model by."""

    llama: Any
    vocabulary: Any
    context: Any
    memory: Any
    cells: int  # tokens that the context holds, and one call at most


class Model:
    """A loaded network. For one thread at a time; raises BundleError, MissingError or ModelError."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        network = verified(bundle)
        adapter = bundle.folder / bundle.adapter.file.name if bundle.adapter else None
        if adapter:
            check(bundle, adapter, network)
        self._bundle = bundle
        self._llama = llama = _library()
        self.template: Template | None = None  # of a model that talks
        self._model: Any = None
        self._context: Any = None
        self._wanted: Callable[[], bool] = _always
        parameters = llama.llama_model_default_params()
        parameters.n_gpu_layers = 0
        parameters.use_extra_bufts = False  # repacked weights are no quicker at this size, and are memory of our own
        if hasattr(parameters, "load_mode"):
            parameters.load_mode = llama.LLAMA_LOAD_MODE_MMAP
        else:
            parameters.use_mmap, parameters.use_mlock = True, False
        try:
            self._model = llama.llama_model_load_from_file(os.fsencode(network), parameters)
            if not self._model:
                raise ModelError(f"{network}: llama.cpp cannot load the judge's model; is there enough memory?")
            loaded = llama.llama_adapter_lora_init(self._model, os.fsencode(adapter)) if adapter else None
            if adapter and not loaded:
                raise BrokenError(f"{adapter}: llama.cpp cannot load this adapter: {ADVICE}")
            self._vocabulary = llama.llama_model_get_vocab(self._model)
            self._chat = self._talked() if bundle.prompt == CHAT else None
            self.labels = self._chat.labels if self._chat else [self._label(text) for text in bundle.labels]
            self._cells = -(-max(_CELLS, bundle.context) // 256) * 256
            self._callback = llama.ggml_abort_callback(lambda _: not self._wanted())
            self._context = llama.llama_init_from_model(self._model, self._parameters(threads))
            if not self._context:
                raise ModelError("llama.cpp has not enough memory for the judge")
            if loaded and llama.llama_set_adapters_lora(self._context, _array(loaded), 1, _array(ctypes.c_float(1))):
                raise BrokenError(f"{adapter}: llama.cpp cannot use this adapter: {ADVICE}")
            self._memory = llama.llama_get_memory(self._context)
            self._decode(Rows([], [self.tokens("password = ")]))  # shows a broken network at once
            verified(bundle)  # what was loaded is what was compared
        except BaseException:
            self.close()
            raise

    def judge(self, questions: Sequence[Question], wanted: Callable[[], bool]) -> list[list[Verdict]]:
        """A verdict for each suffix of each question.

        `wanted` is asked several thousand times a second, in this thread; as soon as it says no,
        UnwantedError is raised. A text that is too long for the network loses the beginning of its prefix.
        """
        with self.while_wanted(wanted):
            return [self._answer(question) for question in questions]

    @contextmanager
    def while_wanted(self, wanted: Callable[[], bool]) -> Iterator[None]:
        """What llama.cpp computes inside is stopped as soon as `wanted` says no."""
        self._wanted = wanted
        try:
            yield
        finally:
            self._wanted = _always

    @property
    def bundle(self) -> Bundle:
        return self._bundle

    @property
    def network(self) -> Network:
        return Network(self._llama, self._vocabulary, self._context, self._memory, self._cells)

    def calls(self, question: Question) -> Iterator[tuple[list[int], Rows]]:
        """The calls that answer a question, each with the numbers of its suffixes.

        A suffix for which the prefix has to be cut is read by itself, so that no verdict depends on the others.
        """
        if self._chat:
            yield from self._chat.calls(question, _TOGETHER, self._cells)
            return
        longest = self._bundle.context
        prefix = self.tokens(question.prefix[-longest * LONGEST_TOKEN :])
        numbers: list[int] = []
        rows = Rows(prefix, [])
        room = self._cells - len(prefix)
        for number, text in enumerate(question.suffixes):
            suffix = without_middle(self.tokens(without_middle(text, longest * LONGEST_TOKEN)), longest)
            if not suffix:
                raise ModelError("a question has an empty suffix")
            if len(prefix) + len(suffix) > longest:
                yield [number], Rows(prefix[len(prefix) + len(suffix) - longest :], [suffix])
                continue
            if len(numbers) == _TOGETHER or sum(map(len, rows.suffixes)) + len(suffix) > room:
                yield numbers, rows
                numbers, rows = [], Rows(prefix, [])
            numbers.append(number)
            rows.suffixes.append(suffix)
        if numbers:
            yield numbers, rows

    def tokens(self, text: str) -> list[int]:
        """A text as the network reads it; the marks of the protocol are tokens of their own."""
        return tokenized(self._llama, self._vocabulary, text, marks=True)

    def close(self) -> None:
        """Free the memory; the model cannot be asked afterwards."""
        if self._context:
            self._llama.llama_free(self._context)
        if self._model:
            self._llama.llama_model_free(self._model)
        self._context = self._model = None

    def _parameters(self, threads: int) -> Any:
        parameters = self._llama.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = self._cells
        parameters.n_ubatch = _AT_ONCE
        parameters.n_seq_max = _TOGETHER
        parameters.kv_unified = True
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.flash_attn_type = self._llama.LLAMA_FLASH_ATTN_TYPE_ENABLED
        parameters.offload_kqv = parameters.op_offload = False
        parameters.no_perf = True
        parameters.abort_callback = self._callback
        return parameters

    def _label(self, text: str) -> int:
        tokens = self.tokens(text)
        if len(tokens) != 1:
            raise BrokenError(f"{self._bundle.path}: the judge's label {text!r} is not a single token: {ADVICE}")
        return tokens[0]

    def _talked(self) -> Chat:
        from unleak.judge.chat import Chat
        from unleak.judge.template import TalkError, Template

        try:
            self.template = Template(self._llama, self._model, self._vocabulary)
            return Chat(self.template, self._bundle.labels, self._bundle.context)
        except TalkError as error:
            raise BrokenError(f"{self._bundle.path}: this model cannot be talked to: {error}: {ADVICE}") from None

    def _answer(self, question: Question) -> list[Verdict]:
        verdicts: dict[int, Verdict] = {}
        for numbers, rows in self.calls(question):
            if not self._wanted():
                raise UnwantedError
            verdicts.update(zip(numbers, self._decode(rows), strict=True))
        return [verdicts[number] for number in range(len(question.suffixes))]

    def _decode(self, rows: Rows) -> list[Verdict]:
        shared, own = len(rows.prefix), range(len(rows.suffixes))
        tokens = [*rows.prefix]
        positions = [*range(shared)]
        sequences = [(ctypes.c_int32 * len(own))(*own)] * shared  # the sequences that each token belongs to
        ends: list[int] = []
        for number, suffix in enumerate(rows.suffixes):
            tokens += suffix
            positions += range(shared, shared + len(suffix))
            sequences += [(ctypes.c_int32 * 1)(number)] * len(suffix)
            ends.append(len(tokens) - 1)
        size = len(tokens)
        pointers = [ctypes.cast(each, ctypes.POINTER(ctypes.c_int32)) for each in sequences]
        wanted = (ctypes.c_int8 * size)()
        for end in ends:
            wanted[end] = 1
        batch = self._llama.llama_batch(
            n_tokens=size,
            token=(ctypes.c_int32 * size)(*tokens),
            pos=(ctypes.c_int32 * size)(*positions),
            n_seq_id=(ctypes.c_int32 * size)(*[len(own)] * shared, *[1] * (size - shared)),
            seq_id=(ctypes.POINTER(ctypes.c_int32) * size)(*pointers),
            logits=wanted,
        )
        self._llama.llama_memory_clear(self._memory, False)
        outcome = self._llama.llama_decode(self._context, batch)
        if outcome == 2:
            raise UnwantedError
        if outcome:
            raise ModelError(f"llama.cpp cannot compute an answer (code {outcome})")
        return [self._bundle.calibration.verdict(self._logits(end)) for end in ends]

    def _logits(self, row: int) -> list[float]:
        pointer = self._llama.llama_get_logits_ith(self._context, row)
        if not pointer:
            raise ModelError("llama.cpp gives no answer")
        logits = [float(pointer[label]) for label in self.labels]
        if not all(map(math.isfinite, logits)):
            raise BrokenError(f"{self._bundle.path}: the judge's model is broken, its answers are no numbers: {ADVICE}")
        return logits


def _array(only: Any) -> Any:
    return (type(only) * 1)(only)


def _always() -> bool:
    return True


def tokenized(llama: Any, vocabulary: Any, text: str, *, marks: bool) -> list[int]:
    """A text's tokens; with `marks` those of its parts that look like marks are tokens of their own."""
    data = text.encode("utf-8", "replace")
    tokens = (ctypes.c_int32 * (len(data) + 2))()
    count = llama.llama_tokenize(vocabulary, data, len(data), tokens, len(tokens), False, marks)
    if count < 0:
        raise ModelError("llama.cpp cannot read a text")
    return list(tokens[:count])


_Sequence = TypeVar("_Sequence", str, list[int])


def without_middle(text: _Sequence, longest: int) -> _Sequence:
    """A text or a list of tokens, of which the beginning and the end are kept where it is too long."""
    if len(text) <= longest:
        return text
    head = longest // 2
    return text[:head] + text[head - longest :]


@cache
def _library() -> Any:
    """llama.cpp's functions, silent.

    Not the package `llama_cpp` around them: its conveniences cost 20 MB and a tenth of a second.
    """
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None:
        raise MissingError(f"llama-cpp-python is not installed: {INSTALL}")
    known = sys.modules.get("llama_cpp")
    try:
        if known is None:
            bare = sys.modules["llama_cpp"] = ModuleType("llama_cpp")
            bare.__path__ = list(spec.submodule_search_locations or ())
        library: Any = importlib.import_module("llama_cpp.llama_cpp")
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        # Not final: without memory it does not load either.
        raise ModelError(f"llama-cpp-python does not load ({type(error).__name__}): {AGAIN}") from None
    finally:
        if known is None:
            del sys.modules["llama_cpp"]  # whoever else imports it gets all of it
    if not hasattr(library, "LLAMA_FLASH_ATTN_TYPE_ENABLED"):
        raise MissingError(f"this llama-cpp-python is too old: {INSTALL}")
    silent = library.llama_log_callback(lambda *_: None)
    library.llama_log_set(silent, ctypes.c_void_p())
    library.silent = silent  # lives as long as the library does
    _load_variant(library)
    library.llama_backend_init()
    return library


def _load_variant(library: Any) -> None:
    """Load what computes, where it comes in several variants: the best for this processor, from beside the library."""
    folder = library._base_path
    if any(folder.glob("*ggml-cpu-*")):  # llama.cpp itself would look beside Python and in the current folder
        library.load_shared_library("ggml", folder).ggml_backend_load_all_from_path(os.fsencode(folder))
