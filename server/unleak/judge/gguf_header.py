"""What a GGUF file says of itself before its numbers begin, read with mistrust: nothing in it is believed unseen.

The layout is that of the GGUF specification, versions 2 and 3, little-endian.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MOST_ENTRIES = 1 << 16  # of metadata, and tensors
_MOST_TEXTS = 1 << 21  # in arrays, all together: the largest vocabularies and their merges are not half of that
_LONGEST_TEXT = 1 << 20  # bytes
_MOST_BYTES = 1 << 26  # of the whole head
_ALIGNMENT = 32  # bytes, where the metadata says nothing else
_STRING, _ARRAY = 8, 9
_PLAIN = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<B", 10: "<Q", 11: "<q", 12: "<d"}

Value: TypeAlias = "int | float | str"


class GGUFError(Exception):
    """A file is no whole GGUF; the message is the end of a sentence that begins with its name."""


class Tensor(NamedTuple):
    """What is said of a tensor."""

    shape: tuple[int, ...]  # as ggml counts: what lies beside each other first
    kind: int  # ggml's number of how its numbers are written
    offset: int  # bytes from where all tensors begin


class Header(NamedTuple):
    metadata: Mapping[str, Value]  # without arrays
    tensors: Mapping[str, Tensor]


def read_header(path: Path) -> Header:
    """The head of a file whose tensors all lie within it. Raises GGUFError or OSError."""
    with path.open("rb") as file:
        reader = _Reader(file, path.stat().st_size)
        try:
            return _read(reader)
        except (OverflowError, UnicodeDecodeError):
            raise GGUFError("is a damaged GGUF model") from None


def _read(reader: _Reader) -> Header:
    if reader.bytes(len(_MAGIC)) != _MAGIC:
        raise GGUFError("is no GGUF model")
    version = reader.number("<I")
    if version not in _VERSIONS:
        raise GGUFError("is of a version of GGUF that is not known here")
    tensors, entries = reader.number("<Q"), reader.number("<Q")
    if not 0 < tensors <= _MOST_ENTRIES or entries > _MOST_ENTRIES:
        raise GGUFError("is a damaged GGUF model: it counts an impossible number of parts")
    metadata: dict[str, Value] = {}
    for _ in range(entries):
        key = reader.text()
        value = reader.value(reader.number("<I"))
        if value is not None:
            metadata[key] = value
    found: dict[str, Tensor] = {}
    for _ in range(tensors):
        name, tensor = _tensor(reader)
        if name in found:
            raise GGUFError("is a damaged GGUF model: two parts of it have one name")
        found[name] = tensor
    alignment = metadata.get("general.alignment", _ALIGNMENT)
    if not isinstance(alignment, int) or not 0 < alignment <= 1 << 16 or alignment & (alignment - 1):
        raise GGUFError("is a damaged GGUF model: its alignment is impossible")
    begin = -(-reader.position // alignment) * alignment
    if begin + max(map(_end, found.values())) > reader.size:
        raise GGUFError("is cut short: its last parts are missing")
    return Header(metadata, found)


def _tensor(reader: _Reader) -> tuple[str, Tensor]:
    name = reader.text()
    dimensions = reader.number("<I")
    if not 0 < dimensions <= 4:
        raise GGUFError("is a damaged GGUF model: a part has an impossible shape")
    shape = tuple([reader.number("<Q") for _ in range(dimensions)])
    return name, Tensor(shape, reader.number("<I"), reader.number("<Q"))


def _end(tensor: Tensor) -> int:
    """Where a tensor ends, in bytes from where all of them begin; for unknown kinds where it begins."""
    block, size = _BLOCKS.get(tensor.kind, (1, 0))
    return tensor.offset + -(-math.prod(tensor.shape) // block) * size


class _Reader:
    """Reads one thing after the other, never past the end of the file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self.position = 0
        self._texts = 0  # that were passed over

    def bytes(self, size: int) -> bytes:
        self._advance(size)
        data = self._file.read(size)
        if len(data) < size:
            raise GGUFError("is cut short")
        return data

    def number(self, form: str) -> int:
        number: int = struct.unpack(form, self.bytes(struct.calcsize(form)))[0]
        return number

    def text(self) -> str:
        size = self.number("<Q")
        if size > _LONGEST_TEXT:
            raise GGUFError("is a damaged GGUF model: a text in it is too long")
        return self.bytes(size).decode("utf-8", "replace")

    def value(self, kind: int) -> Value | None:
        """A value of this kind; None for an array, which is passed over."""
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            self._pass_array()
            return None
        if kind not in _PLAIN:
            raise GGUFError("is a damaged GGUF model: it has a value of an unknown kind")
        return self.number(_PLAIN[kind])

    def _pass_array(self) -> None:
        kind, count = self.number("<I"), self.number("<Q")
        if kind == _STRING:
            self._texts += count
            if self._texts > _MOST_TEXTS:
                raise GGUFError("is a damaged GGUF model: a list in it is impossible")
            for _ in range(count):
                self._pass(self.number("<Q"))
        elif kind in _PLAIN:
            self._pass(count * struct.calcsize(_PLAIN[kind]))
        else:
            raise GGUFError("is a damaged GGUF model: a list in it is impossible")

    def _pass(self, size: int) -> None:
        self._advance(size)
        self._file.seek(size, os.SEEK_CUR)

    def _advance(self, size: int) -> None:
        self.position += size
        if self.position > min(self.size, _MOST_BYTES):
            raise GGUFError("is cut short or damaged: its head does not end")


_BLOCKS = {  # by ggml's number of a kind of tensor: the elements of a block, and its bytes
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    20: (32, 18),  # IQ4_NL
    23: (256, 136),  # IQ4_XS
    30: (1, 2),  # BF16
}
