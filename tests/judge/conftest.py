"""Judges of random weights in real files, asked by real processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from listening import States

from unleak.judge.client import Judge


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a judge of one layer; not to be changed."""
    pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")
    pytest.importorskip("gguf", reason="needs gguf to write a network")
    from networks import write_bundle

    return write_bundle(tmp_path_factory.mktemp("judge"))


@pytest.fixture
def states() -> States:
    return States()


@pytest.fixture
def start() -> Iterator[Callable[..., Judge]]:
    """Makes judges that are closed in the end."""
    judges: list[Judge] = []

    def start(folder: Path, **options: object) -> Judge:
        judges.append(Judge(folder, **options))  # type: ignore[arg-type]
        return judges[-1]

    yield start
    for judge in judges:
        judge.close()
