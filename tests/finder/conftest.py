"""Models of random weights that read files whole, and workers that say what a test wants."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")
pytest.importorskip("gguf", reason="needs gguf to write a network")
sys.path.append(str(Path(__file__).parents[1] / "judge"))

from talking import FAMILIES, SCAN, write_talking

from unleak.finder.client import Finder
from unleak.judge.bundle import ScanPlan


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a model that can read whole chunks and talks nonsense; not to be changed."""
    network = replace(FAMILIES["chatml"], weight=0.1)  # with these weights it talks much
    return write_talking(tmp_path_factory.mktemp("reader"), network, {"scan": SCAN})


@pytest.fixture
def start() -> Iterator[Callable[..., Finder]]:
    """Makes finders that are closed in the end."""
    finders: list[Finder] = []

    def start(command: list[str] | None = None, folder: Path | None = None, **plan: int) -> Finder:
        lines = ScanPlan(**{"lines": 12, "overlap": 4, "answers": 4, **plan})
        finders.append(Finder(folder or Path("nowhere"), lines, command=command))
        return finders[-1]

    yield start
    for finder in finders:
        finder.close()
