"""`unleak adapt` in real processes: what it leaves behind, whatever happens, and what the others of a team get.

They learn for a few seconds: fewer rounds, fewer questions of all kinds, on which they may do worse.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import teams
from hub_server import Fault, HubServer
from pulls import TEAM, TOKEN, environment

pytest.importorskip("torch", reason="learning needs PyTorch, the extra `adapt`: `make training-test` has it")
pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")
pytest.importorskip("httpx", reason="needs huggingface_hub from 1.0 on, the extra `hub`")


_LONG = 300.0  # seconds; only what hangs reaches it
_CODE = """
import functools, sys
from unleak.adapt import reference, training, trial
from unleak.judge import hub_client
if sys.argv[2]:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
trial.WORSE = 0.3
all_questions = reference.questions
reference.questions = lambda part: all_questions(part)[:20]
training.Recipe = functools.partial(training.Recipe, epochs=int(sys.argv[1]))
hub_client.PAUSES = (0.01,) * 4
from unleak.cli import main
sys.exit(main(sys.argv[3:]))
"""


class Said(NamedTuple):
    code: int
    out: str
    problems: str


def started(*arguments: str, known: dict[str, str], rounds: int = 20, limit: int | str = "") -> subprocess.Popen[str]:
    """`unleak ARGUMENTS`, which learns in so many rounds; `limit` is the largest file that it may write, in bytes."""
    command = [sys.executable, "-c", _CODE, str(rounds), str(limit), *arguments]
    return subprocess.Popen(command, env=known, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> Said:
    out, problems = process.communicate(timeout=_LONG)
    assert "Traceback" not in problems, problems[-2000:]
    return Said(process.returncode, out, problems)


def ran(*arguments: str, known: dict[str, str], limit: int | str = "") -> Said:
    return ended(started(*arguments, known=known, limit=limit))


def left(known: dict[str, str]) -> list[str]:
    home = Path(known["UNLEAK_DATA_DIR"], "judges")
    return sorted(path.name for path in home.iterdir() if path.name != ".lock") if home.exists() else []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("team")
    teams.write(place / "examples", teams.code(1, 10))
    teams.write(place / "unseen", teams.code(99, 5))
    return place


@pytest.fixture(scope="module")
def server() -> Iterator[HubServer]:
    with HubServer().running() as running:
        running.tokens.add(TOKEN)
        yield running


@pytest.fixture(scope="module")
def ours(server: HubServer, place: Path) -> dict[str, str]:
    return environment(server, place / "ours", HF_TOKEN=TOKEN)


@pytest.fixture(scope="module")
def theirs(server: HubServer, place: Path) -> dict[str, str]:
    return environment(server, place / "theirs", HF_TOKEN=TOKEN)


@pytest.fixture(scope="module")
def learned(place: Path, ours: dict[str, str]) -> Said:
    """What was said when it had been learned, installed and uploaded."""
    return ran("adapt", str(place / "examples"), "--push", TEAM, known=ours)


def found(place: Path, known: dict[str, str]) -> list[dict[str, object]]:
    """What a scan of the team's other code reports, with how sure it is."""
    done = ran("scan", "--format", "jsonl", "--exit-code", "0", "--quiet", str(place / "unseen"), known=known)
    assert done.code == 0, done.problems
    return [json.loads(line) for line in done.out.splitlines()]


class TestShared:
    def test_what_was_learned_is_used_and_uploaded(
        self, learned: Said, server: HubServer, ours: dict[str, str]
    ) -> None:
        commit = server.repositories[TEAM].refs["main"]
        assert learned.code == 0, learned.problems
        assert "team@1 is installed, and the judge from now on" in learned.out
        assert f"`unleak model pull {TEAM}@{commit} --use`" in learned.out
        assert left(ours) == ["chosen", "team@1"]
        assert server.repositories[TEAM].is_private

    @pytest.mark.usefixtures("learned")
    def test_a_colleague_has_the_same_verdicts(
        self, server: HubServer, place: Path, ours: dict[str, str], theirs: dict[str, str]
    ) -> None:
        before = found(place, theirs)
        commit = server.repositories[TEAM].refs["main"]
        assert ran("model", "pull", f"{TEAM}@{commit}", known=theirs).code == 0
        assert found(place, theirs) == before
        assert ran("model", "use", "team", known=theirs).code == 0
        after = found(place, theirs)
        assert after == found(place, ours)
        assert after != before
        assert ran("model", "remove", "team", known=theirs).code == 0
        assert found(place, theirs) == before

    def test_nothing_of_the_team_is_said_or_shared(
        self, learned: Said, server: HubServer, place: Path, ours: dict[str, str]
    ) -> None:
        repository = server.repositories[TEAM]
        shared = b"".join(repository.commits[repository.refs["main"]].values())
        installed = b"".join(path.read_bytes() for path in Path(ours["UNLEAK_DATA_DIR"], "judges", "team@1").iterdir())
        told = f"{learned.out}{learned.problems}".encode() + shared + installed
        words = {b"tessera", b"parcel", b"acmenet", b"harbor", str(place).encode()}
        values = {value.text.encode() for code in teams.code(1, 20) for value in code.values}
        assert not [text for text in words | values if text in told.lower()]


class TestTold:
    def test_what_is_known_already_is_not_learned(self, tmp_path: Path) -> None:
        (tmp_path / "examples").mkdir()
        labels = []
        for number in range(15):
            text = f'db_password = "kM{number}vQ2xR9z{"+"}T4bW"\n'
            (tmp_path / "examples" / f"{number}.py").write_text(text)
            labels.append(json.dumps({"path": f"{number}.py", "line": 1, "label": "secret"}))
        (tmp_path / "examples" / "labels.jsonl").write_text("\n".join(labels))
        known = environment("", tmp_path)
        done = ran("adapt", str(tmp_path / "examples"), "--json", known=known)
        told = json.loads(done.out)
        assert (done.code, told["installed"], left(known)) == (1, "", [])
        assert "right on all examples that were held back already" in told["refused"]
        assert told["team_right_before"] == told["team_right_after"] == 1.0
        assert "all examples are credentials: label what looks alike and is none, too" in done.problems

    def test_what_is_installed_and_cannot_be_uploaded(self, server: HubServer, place: Path, tmp_path: Path) -> None:
        known = environment(server, tmp_path, HF_TOKEN=TOKEN)
        server.faults.append(Fault("/commit/", 1, 403))
        done = ran("adapt", str(place / "examples"), "--push", TEAM, "--json", known=known)
        told = json.loads(done.out)
        assert (done.code, told["installed"], "pushed" in told) == (2, "team@1", False)
        assert "team@1 is installed, but not uploaded: " in done.problems
        assert f"`unleak model push team@1 {TEAM}` tries again" in done.problems
        assert ran("model", "push", "team@1", TEAM, known=known).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a matter of POSIX")
class TestStopped:
    """Nothing is half installed, and the judge stays the one that it was."""

    @pytest.fixture
    def known(self, tmp_path: Path) -> dict[str, str]:
        return environment("", tmp_path)

    @pytest.mark.parametrize("phase", ["", "/adapter.gguf"], ids=["learning", "tried out"])
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["by hand", "killed"])
    def test_at_any_time(self, place: Path, known: dict[str, str], phase: str, how: signal.Signals) -> None:
        process = started("adapt", str(place / "examples"), known=known, rounds=1 if phase else 1000)
        until(known, phase)
        process.send_signal(how)
        done = ended(process)
        assert done.code == (130 if how is signal.SIGINT else -how)
        if how is signal.SIGKILL:
            assert [name for name in left(known) if not name.startswith(".new-")] == []
            assert ran("model", "gc", known=known).code == 0
        assert left(known) == []
        assert "* unleak-judge@" in ran("model", "list", known=known).out

    def test_where_the_disk_is_full(self, place: Path, known: dict[str, str]) -> None:
        process = started("adapt", str(place / "examples"), known=known, rounds=1, limit=100_000)
        done = ended(process)
        assert (done.code, left(known)) == (2, [])
        assert "cannot be read or written" in done.problems

    def test_where_models_cannot_lie(self, place: Path, known: dict[str, str]) -> None:
        data = Path(known["UNLEAK_DATA_DIR"])
        data.mkdir(parents=True)
        (data / "judges").write_text("")
        done = ran("adapt", str(place / "examples"), known=known)
        assert done.code == 2
        assert f"{data / 'judges'}: " in done.problems


def until(known: dict[str, str], phase: str) -> None:
    """Wait for the folder in which an adapter is made ready, or for what is in it."""
    give_up = time.monotonic() + _LONG
    while not list(Path(known["UNLEAK_DATA_DIR"]).glob(f"judges/.new-*[!k]{phase}")):
        assert time.monotonic() < give_up
        time.sleep(0.01)
    time.sleep(0.5)  # into what comes next
