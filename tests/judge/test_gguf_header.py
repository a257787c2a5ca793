"""The head of a GGUF file is read as far as it is right, and nothing in it makes the reader wait or take memory."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unleak.judge import gguf_header
from unleak.judge.bundle import bundled
from unleak.judge.gguf_header import GGUFError, read_header

HEAD = bundled() / "judge.gguf"
MANY = 1 << 62


def head(*parts: bytes, version: int = 3, tensors: int = 1, entries: int = 0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, entries) + b"".join(parts)


def text(value: str, size: int | None = None) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data) if size is None else size) + data


def tensor(*shape: int, kind: int = 0, offset: int = 0) -> bytes:
    return text("weights") + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def written(folder: Path, data: bytes) -> Path:
    (folder / "model.gguf").write_bytes(data)
    return folder / "model.gguf"


class TestRight:
    def test_the_judge_of_unleak(self) -> None:
        header = read_header(HEAD)
        assert header.metadata["general.architecture"] == "llama"
        assert header.metadata["llama.block_count"] == 4
        assert len(header.tensors) == 38
        assert header.tensors["blk.0.ffn_gate.weight"].shape == (256, 512)

    def test_a_small_one(self, tmp_path: Path) -> None:
        data = head(tensor(2, 3)).ljust(96, b"\0") + bytes(24)
        assert list(read_header(written(tmp_path, data)).tensors) == ["weights"]

    def test_the_sizes_of_blocks_are_those_of_ggml(self) -> None:
        gguf = pytest.importorskip("gguf", reason="knows the sizes")
        for kind, sizes in gguf_header._BLOCKS.items():
            assert gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType(kind)] == sizes


class TestWrong:
    @pytest.mark.parametrize("size", [0, 3, 4, 20, 24, 100, 50_000, 300_000])
    def test_cut(self, tmp_path: Path, size: int) -> None:
        with pytest.raises(GGUFError, match=r"cut short|head does not end"):
            read_header(written(tmp_path, HEAD.read_bytes()[:size]))

    def test_without_its_last_bytes(self, tmp_path: Path) -> None:
        with pytest.raises(GGUFError, match="its last parts are missing"):
            read_header(written(tmp_path, HEAD.read_bytes()[:-100]))

    @pytest.mark.parametrize(
        "data",
        [
            b"\x7fELF" + bytes(100),
            head(tensor(1), version=9),
            head(tensors=MANY),
            head(tensors=0),
            head(entries=MANY),
            head(text("x", MANY), entries=1),
            head(text("x"), struct.pack("<I", 8), text("x", MANY), entries=1),
            head(text("x"), struct.pack("<IIQ", 9, 4, MANY), entries=1),
            head(text("x"), struct.pack("<IIQ", 9, 4, 1 << 24), entries=1),
            head(text("x"), struct.pack("<IIQ", 9, 8, 1 << 24), entries=1),
            head(text("x"), struct.pack("<IIQ", 9, 9, 1), entries=1),
            head(text("x"), struct.pack("<I", 99), entries=1),
            head(text("general.alignment"), struct.pack("<II", 4, 0), tensor(1), entries=1),
            head(text("general.alignment"), struct.pack("<II", 4, 3), tensor(1), entries=1),
            head(text("general.alignment"), struct.pack("<I", 8), text("32"), tensor(1), entries=1),
            head(tensor()),
            head(tensor(1, 1, 1, 1, 1)),
            head(tensor(MANY, MANY)),
            head(tensor(1, offset=MANY)),
            head(tensor(1, kind=99, offset=MANY)),
            head(tensor(1), tensor(1), tensors=2).ljust(128, b"\0"),
        ],
    )
    def test_impossible(self, tmp_path: Path, data: bytes) -> None:
        with pytest.raises(GGUFError):
            read_header(written(tmp_path, data + bytes(2)))

    @settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.integers(0, 1_200), st.binary(min_size=1, max_size=16))
    def test_whatever_stands_there_it_is_read_or_refused(self, tmp_path: Path, at: int, change: bytes) -> None:
        data = bytearray(HEAD.read_bytes())
        data[at : at + len(change)] = change
        with suppress(GGUFError):
            assert len(read_header(written(tmp_path, bytes(data))).tensors) == 38
