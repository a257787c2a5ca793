"""Several processes among the models at once, and processes that are killed there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bundles import DECISION, copied, left
from processes import PATIENCE

from unleak.judge import installed, shelf
from unleak.judge.shelf import InstalledError

UNLEAK = [sys.executable, "-c", "import sys; from unleak.cli import main; sys.exit(main())", "model"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a matter of POSIX")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("UNLEAK_JUDGE", raising=False)
    return tmp_path / "data" / "judges"


@pytest.fixture
def named(bundle: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Bundles of other names."""

    def make(name: str) -> Path:
        folder = copied(bundle, tmp_path / name, {"name": f'"{name}"'})
        with (folder / "manifest.toml").open("a") as manifest:
            manifest.write(DECISION)
        return folder

    return make


@pytest.fixture
def large(named: Callable[[str], Path]) -> Path:
    """A bundle that takes long to be copied, and is none in the end."""
    folder = named("large")
    size = 300_000_000
    os.truncate(folder / "judge.gguf", size)
    text = (folder / "manifest.toml").read_text()
    old = next(line for line in text.splitlines() if line.startswith("size"))
    (folder / "manifest.toml").write_text(text.replace(old, f"size = {size}"))
    return folder


def started(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen([*UNLEAK, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code, and what it has to say."""
    out, problems = process.communicate(timeout=PATIENCE)
    return process.returncode, out + problems


def until_it_copies(home: Path) -> Path:
    """The folder in which a model is made ready, once there is something of it."""
    give_up = time.monotonic() + PATIENCE
    while True:
        for file in home.glob(".new-*/judge.gguf"):
            if file.stat().st_size:
                return file.parent
        assert time.monotonic() < give_up
        time.sleep(0.001)


class TestKilled:
    def test_nothing_counts_and_the_next_deletes_it(
        self, large: Path, named: Callable[[str], Path], home: Path
    ) -> None:
        process = started("import", large)
        stage = until_it_copies(home)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        assert stage.is_dir()
        assert [entry.id for entry in installed.entries()[0] if entry.installed and not entry.bundled] == []
        assert ended(started("import", named("small")))[0] == 0
        assert left(home) == ["small@1"]

    def test_while_the_chosen_one_stays(self, large: Path, named: Callable[[str], Path], home: Path) -> None:
        assert ended(started("import", named("small")))[0] == 0
        assert ended(started("use", "small"))[0] == 0
        process = started("import", large)
        until_it_copies(home)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        code, said = ended(started("verify", "small"))
        assert (code, said) == (0, "small@1 is whole.\n")
        assert "free again" in ended(started("gc"))[1]
        assert left(home) == ["chosen", "small@1"]

    def test_by_hand_it_clears_up_itself(self, large: Path, home: Path) -> None:
        process = started("import", large)
        until_it_copies(home)
        process.send_signal(signal.SIGINT)
        assert ended(process)[0] == 130
        assert left(home) == []

    def test_whoever_held_the_lock(self, named: Callable[[str], Path], home: Path) -> None:
        code = "from unleak.judge import shelf\nwith shelf.changing(): print('held', flush=True); input()"
        holder = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            holder.kill()
        assert ended(started("import", named("small")))[0] == 0


class TestAtOnce:
    def test_the_same_model(self, named: Callable[[str], Path], home: Path) -> None:
        folder = named("small")
        outcomes = [ended(process) for process in [started("import", folder) for _ in range(4)]]
        assert [code for code, _ in outcomes] == [0] * 4
        assert left(home) == ["small@1"]
        assert installed.verify(installed.find("small")) == ""

    def test_different_ones_and_one_that_is_slow(self, large: Path, named: Callable[[str], Path], home: Path) -> None:
        slow = started("import", large)
        until_it_copies(home)
        quick = [started("import", named(name)) for name in ("a", "b")]
        assert [ended(process)[0] for process in quick] == [0, 0]
        code, said = ended(slow)
        assert code == 2
        assert "is not the file that its manifest describes" in said
        assert left(home) == ["a@1", "b@1"]

    def test_chosen_and_removed(self, named: Callable[[str], Path], home: Path) -> None:
        for name in ("a", "b"):
            assert ended(started("import", named(name)))[0] == 0
        work = [("use", "a"), ("use", "b"), ("remove", "a"), ("use", "a"), ("remove", "a"), ("gc",)]
        outcomes = [ended(process) for process in [started(*each) for each in work]]
        assert {code for code, _ in outcomes} <= {0, 2}
        assert not any("Traceback" in said for _, said in outcomes)
        assert set(left(home)) <= {"chosen", "b@1"}
        assert shelf.chosen() in ("", "b@1")

    def test_whoever_waits_too_long_hears_why(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shelf, "PATIENCE", 0.05)
        code = "from unleak.judge import shelf\nwith shelf.changing(): print('held', flush=True); input()"
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(InstalledError, match="another unleak is changing the models: try again"):
                installed.collect(unused=False)
            holder.communicate("\n")


def test_a_disk_that_is_full_is_told_and_leaves_nothing(large: Path, home: Path) -> None:
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000));"
        "from unleak.cli import main; sys.exit(main(['model', 'import', sys.argv[1]]))"
    )
    command = [sys.executable, "-c", code, large]
    process = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert process.returncode == 2
    assert process.stderr.startswith("unleak: ")
    assert "Traceback" not in process.stderr
    assert left(home) == []
