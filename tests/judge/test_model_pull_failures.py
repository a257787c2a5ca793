"""What can go wrong while a model comes: each ends in one sentence, the judge before still there, and goes on later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hub_server import Fault, HubServer
from processes import PATIENCE
from pulls import TEAM, ended, environment, made, ran, started, there, whole

from unleak.judge import installed, parts, shelf

pytest.importorskip("huggingface_hub", reason="needs huggingface_hub, the extra `hub`")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a matter of POSIX")

OBJECT = "^/objects/"
HELD = 40_000  # bytes after which an answer is held


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("UNLEAK_JUDGE", raising=False)


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer().running() as running:
        yield running


@pytest.fixture
def how(server: HubServer, tmp_path: Path) -> dict[str, str]:
    """The environment of a person."""
    return environment(server, tmp_path)


@pytest.fixture
def data(server: HubServer, bundle: Path, tmp_path: Path) -> bytes:
    """The model of what lies in the repository."""
    files = made(bundle, tmp_path, "small")
    server.repository(TEAM).commit(files)
    return files["judge.gguf"]


@pytest.fixture
def before(server: HubServer, bundle: Path, tmp_path: Path, how: dict[str, str]) -> Iterator[None]:
    """A judge that is in use, and must be in the end."""
    server.repository("team/before").commit(made(bundle, tmp_path, "before"))
    assert ran("pull", "team/before", "--use", environment=how)[0] == 0
    server.asked.clear()
    yield
    assert shelf.chosen() == "before@1"
    assert whole("before")


def the_part() -> Path:
    (path,) = [path for path in parts.folder().iterdir() if not path.name.endswith(".lock")]
    return path


def until_held(server: HubServer, size: int = HELD) -> None:
    """Wait until an answer is held, and what came of it is on the disk."""
    assert server.held.acquire(timeout=PATIENCE)
    give_up = time.monotonic() + PATIENCE
    while not parts.folder().exists() or not any(path.stat().st_size for path in parts.folder().iterdir()):
        assert time.monotonic() < give_up
        time.sleep(0.01)


class TestConnections:
    @pytest.mark.parametrize("times", [1, 3])
    def test_that_are_cut_are_gone_on_with(
        self, server: HubServer, data: bytes, how: dict[str, str], times: int
    ) -> None:
        server.faults.append(Fault(OBJECT, times, cut_after=30_000))
        assert ran("pull", TEAM, environment=how)[0] == 0
        assert [each.range for each in server.files_asked()] == [
            "",
            *[f"bytes={30_000 * n}-" for n in range(1, times + 1)],
        ]
        assert whole("small")

    @pytest.mark.usefixtures("before")
    def test_that_are_cut_at_once_and_always(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults.append(Fault(OBJECT, 100, cut_after=0))
        code, said = ran("pull", TEAM, environment=how)
        assert (code, "breaks off again and again: try again in a while" in said) == (2, True)
        assert len(server.files_asked()) == 5
        assert there() == ["before@1", "chosen"]

    @pytest.mark.usefixtures("before")
    def test_on_which_nothing_comes(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults.append(Fault(OBJECT, 100, hold_after=0))
        code, said = ran("pull", TEAM, environment={**how, "HF_HUB_DOWNLOAD_TIMEOUT": "1"})
        assert (code, "says nothing for 1 seconds" in said) == (2, True)

    @pytest.mark.usefixtures("before")
    def test_that_bring_the_same_again_and_again(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults.append(Fault(OBJECT, 1_000, cut_after=30_000, ignore_range=True))
        code, said = ran("pull", TEAM, environment=how)
        assert (code, "breaks off again and again" in said) == (2, True)
        assert len(server.files_asked()) <= 6

    def test_to_where_the_files_are_kept(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        nobody = "127.0.0.1:9"
        there = {"Location": f"http://{nobody}/objects/1?signature=x"}
        server.faults.append(Fault("/resolve/.*gguf", 9, status=302, headers=there))
        code, said = ran("pull", TEAM, environment=how)
        hub = server.url.removeprefix("http://")
        assert (code, f"{nobody}, where {hub} keeps files, cannot be reached" in said) == (2, True), said

    def test_that_know_no_ranges(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults += [Fault(OBJECT, 1, cut_after=30_000), Fault(OBJECT, 1, ignore_range=True)]
        assert ran("pull", TEAM, environment=how)[0] == 0
        assert whole("small")


class TestRefusals:
    @pytest.mark.parametrize(
        ("place", "status"),
        [("/api/models", 429), ("/resolve/.*toml", 500), ("/resolve/.*gguf", 503), (OBJECT, 408), (OBJECT, 500)],
    )
    def test_that_pass(self, server: HubServer, data: bytes, how: dict[str, str], place: str, status: int) -> None:
        server.faults.append(Fault(place, 2, status=status))
        assert ran("pull", TEAM, environment=how)[0] == 0
        assert whole("small")

    def test_that_ask_to_wait_a_little(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults.append(Fault("/api/", status=429, headers={"Retry-After": "1"}))
        code, said = ran("pull", TEAM, environment=how)
        assert (code, "asks to wait 1 seconds" in said) == (0, True)

    @pytest.mark.usefixtures("before")
    @pytest.mark.parametrize(
        ("fault", "problem"),
        [
            (Fault("/api/", 9, 429, {"Retry-After": "600"}), "has been asked too often: try again in 600 seconds"),
            (Fault("/api/", 9, 429, {"RateLimit": '"api";r=0;t=250'}), "asked too often: try again in 250 seconds"),
            (Fault("/api/", 9, 429), "has been asked too often: try again in a few minutes"),
            (Fault("/api/", 9, 503), "has a trouble of its own (HTTP 503): try again in a while"),
            (Fault(OBJECT, 9, 500), "has a trouble of its own (HTTP 500): try again in a while"),
            (Fault(OBJECT, 9, 403), "keeps files, refuses it (HTTP 403): try again, or have the proxy or the firewall"),
            (Fault("/api/", 9, 403), f"does not open {TEAM} to everybody: set HF_TOKEN"),
            (Fault("/api/", 9, 418), "refuses it (HTTP 418)"),
            (Fault("/api/", 9, 404), f"has no repository {TEAM}, or it is private"),
            (Fault("/resolve/", 9, 404, {"X-Error-Code": "EntryNotFound"}), "has no file 'manifest.toml'"),
        ],
        ids=lambda value: f"{value.status}{value.path}" if isinstance(value, Fault) else "",
    )
    def test_that_stay(self, server: HubServer, data: bytes, how: dict[str, str], fault: Fault, problem: str) -> None:
        server.faults.append(fault)
        code, said = ran("pull", TEAM, environment=how)
        assert (code, problem in said) == (2, True), said
        assert said.count("\n") <= 3  # the commit, that it is tried again, and what is wrong
        fault.times = 0
        assert ran("pull", TEAM, environment=how)[0] == 0

    def test_of_what_is_not_there(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        for name, problem in (
            ("team/other", "has no repository team/other"),
            (f"{TEAM}@nothing", f"{TEAM} has no revision 'nothing': name a commit, a branch or a tag"),
            (f"{TEAM}@{'0' * 40}", "has no revision"),
        ):
            code, said = ran("pull", name, environment=how)
            assert (code, problem in said) == (2, True), said

    def test_of_what_is_no_judge(self, server: HubServer, how: dict[str, str]) -> None:
        server.repository(TEAM).commit({"README.md": b"# A model\n", "model.gguf": b"GGUF" * 1_000})
        code, said = ran("pull", TEAM, environment=how)
        assert (code, f"{TEAM} is no judge of unleak: it holds no manifest.toml" in said) == (2, True)


class TestWrongBytes:
    @pytest.mark.usefixtures("before")
    def test_in_a_model(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults.append(Fault(OBJECT, 9, change=lambda body: b"X" + body[1:]))
        code, said = ran("pull", TEAM, environment=how)
        assert (code, "is not the file that its manifest describes: nothing was installed" in said) == (2, True)
        assert there() == ["before@1", "chosen"]

    def test_from_another_time_are_fetched_again(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults.append(Fault(OBJECT, 1, change=lambda body: b"X" + body[1:], hold_after=HELD))
        process = started("pull", TEAM, environment=how)
        until_held(server)
        process.kill()
        ended(process)
        assert ran("pull", TEAM, environment=how)[0] == 0
        assert [bool(each.range) for each in server.files_asked()] == [False, True, False]
        assert whole("small")

    @pytest.mark.parametrize("change", [lambda body: body + b"more", lambda body: body[:-1]], ids=["more", "less"])
    def test_by_another_size(
        self, server: HubServer, data: bytes, how: dict[str, str], change: Callable[[bytes], bytes]
    ) -> None:
        server.faults.append(Fault(OBJECT, 99, change=change))
        assert ran("pull", TEAM, environment=how)[0] == 2
        assert "small@1" not in there()

    def test_in_a_manifest(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults.append(
            Fault("/resolve/.*toml", 9, change=lambda body: body.replace(b"ask = 0.01", b"ask = 0.99"))
        )
        code, said = ran("pull", TEAM, environment=how)
        assert (code, f"manifest.toml of {TEAM} is not the file that it should be" in said) == (2, True)

    def test_from_a_mirror_that_does_not_say_what_they_are(
        self, server: HubServer, data: bytes, how: dict[str, str]
    ) -> None:
        server.hides_blobs = True
        code, said = ran("pull", TEAM, environment=how)
        assert (code, f"does not say what manifest.toml of {TEAM} is: use another mirror" in said) == (2, True)

    def test_that_the_hub_itself_tells_of(
        self, server: HubServer, bundle: Path, tmp_path: Path, how: dict[str, str]
    ) -> None:
        files = made(bundle, tmp_path, "small")
        files["judge.gguf"] = b"X" + files["judge.gguf"][1:]
        server.repository(TEAM).commit(files)
        code, said = ran("pull", TEAM, environment=how)
        assert (code, f"judge.gguf of {TEAM} is not the file that its manifest describes" in said) == (2, True)
        assert server.files_asked() == []

    def test_that_are_no_model(self, server: HubServer, bundle: Path, tmp_path: Path, how: dict[str, str]) -> None:
        import hashlib

        junk = b"GGUF" + b"\xff" * 5_000
        changes = {"sha256": f'"{hashlib.sha256(junk).hexdigest()}"', "size": str(len(junk))}
        files = made(bundle, tmp_path, "small", changes)
        server.repository(TEAM).commit({**files, "judge.gguf": junk})
        assert ran("pull", TEAM, environment=how)[0] == 2
        assert "small@1" not in there()


class TestStopped:
    @pytest.mark.usefixtures("before")
    def test_by_a_kill_it_asks_for_the_rest(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults.append(Fault(OBJECT, hold_after=HELD))
        process = started("pull", TEAM, environment=how)
        until_held(server)
        process.kill()
        ended(process)
        size = the_part().stat().st_size
        assert 0 < size <= HELD
        server.asked.clear()
        assert ran("pull", TEAM, environment=how)[0] == 0
        assert [each.range for each in server.files_asked()] == [f"bytes={size}-"]
        assert whole("small")
        assert there() == ["before@1", "chosen", "small@1"]

    @pytest.mark.usefixtures("before")
    def test_by_hand_it_says_what_is_kept(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults.append(Fault(OBJECT, hold_after=HELD))
        process = started("pull", TEAM, environment=how)
        until_held(server)
        process.send_signal(signal.SIGINT)
        code, said = ended(process)
        assert code == 130
        assert "are kept: the same command goes on from there, `unleak model gc` deletes it" in said
        assert there() == ["before@1", "chosen", "part"]
        assert "free again" in ran("gc", environment=how)[1]
        assert there() == ["before@1", "chosen"]

    def test_one_that_is_fetched_stays_when_another_clears_up(
        self, server: HubServer, data: bytes, how: dict[str, str]
    ) -> None:
        server.faults.append(Fault(OBJECT, hold_after=HELD))
        process = started("pull", TEAM, environment=how)
        until_held(server)
        assert ran("gc", environment=how)[0] == 0
        assert ran("gc", "--unused", environment=how)[0] == 0
        server.release.set()
        assert ended(process)[0] == 0
        assert whole("small")
        assert len(server.files_asked()) == 1

    def test_a_part_serves_whatever_repository_has_it(
        self, server: HubServer, data: bytes, how: dict[str, str], bundle: Path, tmp_path: Path
    ) -> None:
        server.faults.append(Fault(OBJECT, hold_after=HELD))
        process = started("pull", TEAM, environment=how)
        until_held(server)
        process.kill()
        ended(process)
        server.repository("mirror/judge").commit(made(bundle, tmp_path, "same"))
        assert ran("pull", "mirror/judge", environment=how)[0] == 0
        assert server.files_asked()[-1].range.startswith("bytes=")
        assert there() == ["same@1"]


class TestAtOnce:
    def test_the_second_waits_and_finds_it_there(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        server.faults.append(Fault(OBJECT, hold_after=HELD))
        first = started("pull", TEAM, environment=how)
        until_held(server)
        second = started("pull", TEAM, environment=how)
        assert second.stderr is not None
        said = [second.stderr.readline() for _ in range(2)]
        assert said[1] == "unleak: another unleak is fetching it, and this one waits\n"
        server.release.set()
        assert [ended(first)[0], ended(second)[0]] == [0, 0]
        assert len(server.files_asked()) == 1
        assert there() == ["small@1"]

    def test_the_second_goes_on_where_the_first_was_killed(
        self, server: HubServer, data: bytes, how: dict[str, str]
    ) -> None:
        server.faults.append(Fault(OBJECT, hold_after=HELD))
        first = started("pull", TEAM, environment=how)
        until_held(server)
        second = started("pull", TEAM, environment=how)
        assert second.stderr is not None
        while "waits" not in second.stderr.readline():
            pass
        first.kill()
        ended(first)
        assert ended(second)[0] == 0
        assert [bool(each.range) for each in server.files_asked()] == [False, True]
        assert whole("small")

    def test_many(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        outcomes = [ended(process) for process in [started("pull", TEAM, environment=how) for _ in range(3)]]
        assert [code for code, _ in outcomes] == [0] * 3
        assert len(server.files_asked()) == 1
        assert there() == ["small@1"]


class TestTheDisk:
    @pytest.mark.usefixtures("before")
    def test_that_takes_no_more(self, server: HubServer, data: bytes, how: dict[str, str]) -> None:
        code, said = ended(started("pull", TEAM, environment=how, limit=100_000))
        assert (code, said.rstrip().endswith("File too large")) == (2, True), said
        assert the_part().stat().st_size <= 100_000
        assert ran("pull", TEAM, environment=how)[0] == 0
        assert whole("small")

    @pytest.mark.usefixtures("before")
    def test_that_has_no_room_is_seen_before(
        self, server: HubServer, bundle: Path, tmp_path: Path, how: dict[str, str]
    ) -> None:
        size = 4 << 30
        server.repository(TEAM).commit(made(bundle, tmp_path, "small", {"size": str(size)}))
        code = (
            "import shutil, sys, collections; from unleak.judge import importing;"
            "shutil.disk_usage = lambda _: collections.namedtuple('Usage', 'free')(10**9);"
            "from unleak.cli import main; sys.exit(main(['model', 'pull', sys.argv[1]]))"
        )
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", code, TEAM]
        outcome, said = ended(subprocess.Popen(command, env=how, stdout=pipe, stderr=pipe, text=True))
        assert (outcome, "needs 4,295 MB" in said, "1,000 MB are free: make room" in said) == (2, True, True)
        assert server.files_asked() == []

    def test_that_may_not_be_written(self, server: HubServer, data: bytes, how: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "data").write_text("no folder")
        code, said = ran("pull", TEAM, environment=how)
        assert (code, str(tmp_path / "data") in said) == (2, True)


def test_a_link_in_place_of_a_part_is_not_followed(
    server: HubServer, data: bytes, how: dict[str, str], tmp_path: Path
) -> None:
    server.faults.append(Fault(OBJECT, hold_after=HELD))
    process = started("pull", TEAM, environment=how)
    until_held(server)
    process.kill()
    ended(process)
    part, other = the_part(), tmp_path / "other"
    part.unlink()
    other.write_text("mine")
    os.symlink(other, part)
    ran("pull", TEAM, environment=how)
    assert other.read_text() == "mine"


def test_a_repository_that_grew_wrong_leaves_the_one_before(
    server: HubServer, data: bytes, bundle: Path, tmp_path: Path, how: dict[str, str]
) -> None:
    assert ran("pull", TEAM, "--use", environment=how)[0] == 0
    other = made(bundle, tmp_path, "other")
    text = (
        other["manifest.toml"].decode().replace('name = "other"', 'name = "small"').replace("ask = 0.01", "ask = 0.3")
    )
    server.repository(TEAM).commit({**other, "manifest.toml": text.encode()})
    code, said = ran("pull", TEAM, environment=how)
    assert (code, "small@1 is installed already, and is another one" in said) == (2, True)
    assert installed.bundle_of(installed.find("small")).decision["ask"] == 0.01
