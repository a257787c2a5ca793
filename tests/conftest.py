"""What all tests share: one cache, as compiling the rules takes seconds, no judge, and nothing of a person's own.

They can run in several processes (`pytest -n 2`), a file in one of them; see `scope_of` for what differs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling


settings.register_profile("unleak", deadline=None)  # a busy machine is no failure
settings.load_profile("unleak")


def scope_of(test: str) -> str:
    """Tests of one scope run one after the other: those in windows, a file's, and in the corpus a language's."""
    file, _, name = test.partition("::")
    if file.startswith(("tests/client/", "tests/editors/")):
        return "windows"
    return f"{file} {name.partition(':')[0]}" if file.endswith("test_corpus.py") else file


def pytest_report_header() -> str:
    return "corpus: programs that have passed as they are now are not run again (tests/fixes/proven.py)"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    config.option.loadscopereorder = False  # the windows come early, as they take longest
    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _own_places(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = getattr(pytestconfig, "cache", None)  # missing with -p no:cacheprovider
    if cache is not None:
        os.environ.setdefault("UNLEAK_CACHE_DIR", str(cache.mkdir("unleak")))
    os.environ["UNLEAK_JUDGE"] = "off"  # but where a test brings one
    os.environ["UNLEAK_DATA_DIR"] = str(tmp_path_factory.mktemp("data"))
    os.environ.pop("UNLEAK_FEEDBACK", None)


@pytest.fixture
def own_cache(tmp_path: Path) -> Path:
    """A cache of a test's own: the rules are compiled already, and no verdict is known."""
    shared, own = Path(os.environ.get("UNLEAK_CACHE_DIR", tmp_path / "none")), tmp_path / "cache"
    own.mkdir()
    for pattern in ("*.json", "*.hs"):  # nothing half written
        for file in shared.glob(pattern):
            with suppress(FileNotFoundError):  # an old one, which has just made room
                os.link(file, own / file.name)
    return own


@pytest.fixture(scope="session")
def judge_that(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Folders of judges that say the same of everything: "secret", "test" or "safe"."""
    pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")
    pytest.importorskip("gguf", reason="needs gguf to write a network")
    sys.path.append(str(Path(__file__).parent / "judge"))
    from networks import Network, write_bundle

    made: dict[tuple[str, int], Path] = {}

    def judge(answer: str, layers: int = 1) -> Path:
        if (answer, layers) not in made:
            folder = write_bundle(tmp_path_factory.mktemp(answer), Network(layers))
            with (folder / "manifest.toml").open("a") as manifest:
                manifest.write(f"bias = {[20.0 * (answer == label) for label in ('secret', 'test', 'safe')]}\n{_BLEND}")
            made[answer, layers] = folder
        return made[answer, layers]

    return judge


_BLEND = """
[decision]
signals = 0
judge = 1
bias = 0
ask = 0.01
report = 0.5
warn = 0.7
live = 0.5
"""
