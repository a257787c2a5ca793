"""Models from a Hub: real processes, the client as it is, a Hub on loopback."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from bundles import DECISION
from hub_server import Fault, HubServer
from processes import PATIENCE
from pulls import TEAM, TOKEN, environment, made, ran, started, there, whole

from unleak.judge import hub, installed
from unleak.judge.bundle import Bundle, Source, bundled
from unleak.judge.child import Child
from unleak.judge.hub import Target
from unleak.judge.shelf import InstalledError

pytest.importorskip("huggingface_hub", reason="needs huggingface_hub, the extra `hub`")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("UNLEAK_JUDGE", raising=False)


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer().running() as running:
        running.tokens.add(TOKEN)
        yield running


@pytest.fixture
def files(bundle: Path, tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    def make(name: str, changes: dict[str, str] | None = None) -> dict[str, bytes]:
        return made(bundle, tmp_path, name, changes)

    return make


Files = Callable[..., dict[str, bytes]]


def source_of(name: str) -> Source | None:
    return installed.bundle_of(installed.find(name)).source


class TestARepository:
    @pytest.mark.parametrize("revision", ["", "@main", "@v1.0", "@COMMIT"])
    def test_is_pinned_to_its_commit(self, server: HubServer, files: Files, tmp_path: Path, revision: str) -> None:
        repository = server.repository(TEAM)
        commit = repository.commit(files("small"), "v1.0")
        repository.refs["main"] = commit
        wanted = TEAM + revision.replace("COMMIT", commit)
        code, said = ran("pull", wanted, environment=environment(server, tmp_path))
        assert code == 0
        assert f"unleak: {TEAM}@{commit}\n" in said
        assert f"small@1 is installed, from {TEAM}@{commit}.\n`unleak model use small@1` makes it the judge.\n" in said
        assert source_of("small") == Source(TEAM, commit, "")
        assert there() == ["small@1"]
        assert whole("small")

    def test_at_an_older_commit(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        repository = server.repository(TEAM)
        old = repository.commit(files("old"))
        repository.commit(files("new"))
        assert ran("pull", f"{TEAM}@{old}", environment=environment(server, tmp_path))[0] == 0
        assert there() == ["old@1"]

    def test_is_used_at_once_where_that_is_wanted(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM).commit(files("small"))
        code, said = ran("pull", TEAM, "--use", environment=environment(server, tmp_path))
        assert (code, "small@1 is the judge from now on" in said) == (0, True)
        assert there() == ["chosen", "small@1"]

    def test_with_another_source_in_its_manifest(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        made = files("small")
        made["manifest.toml"] += (
            f'[source]\nrepository = "other/one"\nrevision = "{"a" * 40}"\n\n[extra]\nx = 1\n'.encode()
        )
        commit = server.repository(TEAM).commit(made)
        assert ran("pull", TEAM, environment=environment(server, tmp_path))[0] == 0
        assert source_of("small") == Source(TEAM, commit, "")

    def test_again_asks_for_no_file(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM).commit(files("small"))
        for _ in range(2):
            assert ran("pull", TEAM, environment=environment(server, tmp_path))[0] == 0
        assert len(server.files_asked()) == 1

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of its own")
    def test_tells_a_terminal_how_far_it_is(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        import pty

        server.repository(TEAM).commit(files("small"))
        server.faults.append(Fault("^/objects/", hold_after=40_000))
        ours, theirs = pty.openpty()
        process = started("pull", TEAM, environment=environment(server, tmp_path, TERM="xterm"), stderr=theirs)
        os.close(theirs)
        assert server.held.acquire(timeout=PATIENCE)
        threading.Timer(1.5, server.release.set).start()  # a speed needs a second
        said = b""
        with suppress(OSError):  # a terminal that nobody writes to any more
            while piece := os.read(ours, 1 << 12):
                said += piece
        os.close(ours)
        process.communicate(timeout=PATIENCE)
        lines = [line.decode() for line in said.split(b"\r\x1b[K")]
        size = f"{len(files('other')['judge.gguf']) / 1e6:.1f} MB"
        assert lines[1] == f"0.0 MB of {size}, 0 %"
        assert re.fullmatch(rf"{size} of {size}, 100 %, \d+\.\d MB/s, 0:00 left", lines[-2])
        assert lines[-1] == ""

    def test_tells_nothing_of_this_computer(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM).commit(files("small"))
        ran("pull", TEAM, environment=environment(server, tmp_path))
        paths = [each.path.partition("?")[0].rpartition("/")[2] for each in server.asked]
        model = hashlib.sha256(files("other")["judge.gguf"]).hexdigest()
        assert paths == ["judge", "manifest.toml", "judge.gguf", model]
        agents = {each.headers["user-agent"].split("/")[0] for each in server.asked}
        assert agents == {"unleak"}
        assert not any("torch" in each.headers["user-agent"] for each in server.asked)
        assert not (tmp_path / "hf").exists()


class TestAccess:
    def test_by_a_token_which_the_storage_never_sees(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM, is_private=True).commit(files("small"))
        code, _ = ran("pull", TEAM, environment=environment(server, tmp_path, HF_TOKEN=TOKEN))
        assert code == 0
        assert {each.headers.get("authorization") for each in server.files_asked("hub")} == {f"Bearer {TOKEN}"}
        assert [each.headers.get("authorization") for each in server.files_asked()] == [None]
        kept = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
        assert not any(TOKEN.encode() in data for data in kept)

    def test_by_the_login_of_the_hubs_client(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM, is_private=True).commit(files("small"))
        (tmp_path / "hf").mkdir()
        (tmp_path / "hf" / "token").write_text(TOKEN)
        assert ran("pull", TEAM, environment=environment(server, tmp_path))[0] == 0

    def test_without_one(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM, is_private=True).commit(files("small"))
        code, said = ran("pull", TEAM, environment=environment(server, tmp_path))
        assert code == 2
        assert f"has no repository {TEAM}, or it is private: set HF_TOKEN, or log in with `hf auth login`" in said

    def test_with_one_that_is_not_valid(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM).commit(files("small"))
        code, said = ran("pull", TEAM, environment=environment(server, tmp_path, HF_TOKEN="hf_" + "x" * 20))
        assert (code, "does not accept the token: renew it" in said) == (2, True)

    def test_of_a_repository_whose_owner_lets_people_in(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM, gated=True).commit(files("small"))
        code, said = ran("pull", TEAM, environment=environment(server, tmp_path, HF_TOKEN=TOKEN))
        page = f"{server.url.removeprefix('http://')}/{TEAM}"
        assert (code, f"whom its owner lets in: ask for access at {page}\n" in said) == (2, True)

    def test_of_one_that_is_closed_without_a_word(self, server: HubServer, tmp_path: Path) -> None:
        server.faults.append(Fault("/api/", status=403))
        code, said = ran("pull", TEAM, environment=environment(server, tmp_path))
        assert (code, f"does not open {TEAM} to everybody: set HF_TOKEN" in said) == (2, True)

    def test_with_one_that_no_header_can_hold(self, server: HubServer, tmp_path: Path) -> None:
        code, said = ran("pull", TEAM, environment=environment(server, tmp_path, HF_TOKEN="hf_ü"))
        assert (code, "the token has characters that no token has: renew it, in HF_TOKEN" in said) == (2, True)

    def test_is_not_for_the_process_of_a_judge(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        code = "import os, sys; from unleak.judge import frames; frames.write(sys.stdout.buffer, dict(os.environ))"
        heard: queue.SimpleQueue[Mapping[str, object] | None] = queue.SimpleQueue()
        for may_download in (False, True):
            child = Child([sys.executable, "-c", code], lambda _, said: heard.put(said), may_download=may_download)
            known = heard.get(timeout=PATIENCE)
            assert known is not None
            assert ("HF_TOKEN" in known, "PATH" in known) == (may_download, True)
            assert heard.get(timeout=PATIENCE) is None
            child.kill()


class TestTheWay:
    def test_through_a_proxy(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        commit = server.repository(TEAM).commit(files("small"))
        how = environment("http://hub.invalid", tmp_path, HTTP_PROXY=server.url, HF_TOKEN=TOKEN)
        assert ran("pull", TEAM, environment=how)[0] == 0
        assert source_of("small") == Source(TEAM, commit, "")
        assert all(each.path.startswith("http://hub.invalid/") for each in server.asked if each.server == "hub")
        tokens = {each.headers.get("authorization") for each in server.asked}
        assert tokens == {None}, "a token goes where everybody can read along"

    def test_through_a_proxy_that_is_not_there(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM).commit(files("small"))
        how = environment("http://hub.invalid", tmp_path, HTTP_PROXY=closed_port())
        code, said = ran("pull", TEAM, environment=how)
        assert (code, "look at the network, HTTPS_PROXY and HF_ENDPOINT" in said) == (2, True)

    def test_to_nobody(self, tmp_path: Path) -> None:
        code, said = ran("pull", TEAM, environment=environment(closed_port(), tmp_path))
        assert (code, "cannot be reached" in said) == (2, True)
        assert there() == []

    @pytest.mark.parametrize("endpoint", ["hub.example", "ftp://hub.example", "http://"])
    def test_to_no_address(self, tmp_path: Path, endpoint: str) -> None:
        code, said = ran("pull", TEAM, environment=environment(endpoint, tmp_path))
        assert (code, "HF_ENDPOINT is no address" in said) == (2, True)

    def test_to_a_mirror_below_a_path(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM).commit(files("small"))
        server.below = "/mirrors/hub"
        assert ran("pull", TEAM, environment=environment(f"{server.url}/mirrors/hub/", tmp_path))[0] == 0
        assert whole("small")

    def test_to_a_repository_that_has_another_name_now(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        server.repository(TEAM, is_private=True).commit(files("small"))
        for begin in ("/api/models", ""):
            there = {"Location": f"{begin}/{TEAM}"}
            server.faults.append(Fault(f"^{begin}/old/judge$", status=307, headers=there))
        for name in ("manifest.toml", "judge.gguf"):
            commit = server.repository(TEAM).refs["main"]
            there = {"Location": f"/{TEAM}/resolve/{commit}/{name}"}
            server.faults.append(Fault(f"^/old/judge/resolve/.*/{name}", status=307, headers=there))
        assert ran("pull", "old/judge", environment=environment(server, tmp_path, HF_TOKEN=TOKEN))[0] == 0
        assert whole("small")

    def test_for_a_time_that_is_no_number(self, server: HubServer, tmp_path: Path) -> None:
        code, said = ran("pull", TEAM, environment=environment(server, tmp_path, HF_HUB_DOWNLOAD_TIMEOUT="soon"))
        assert (code, "look at the variables of the environment that begin with HF_" in said) == (2, True)

    def test_switched_off(self, server: HubServer, tmp_path: Path) -> None:
        code, said = ran("pull", TEAM, environment=environment(server, tmp_path, HF_HUB_OFFLINE="1"))
        assert (code, "HF_HUB_OFFLINE is set, so that nothing is fetched" in said) == (2, True)
        assert server.asked == []

    def test_past_a_page_to_log_in(self, server: HubServer, tmp_path: Path) -> None:
        server.faults.append(Fault("/api/", status=200, body=b"<html>Welcome to the hotel</html>"))
        code, said = ran("pull", TEAM, environment=environment(server, tmp_path))
        assert (code, "does not answer as a Hub does" in said) == (2, True)


def closed_port() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_afterwards_no_network_is_needed(server: HubServer, files: Files, tmp_path: Path) -> None:
    server.repository(TEAM).commit(files("small"))
    assert ran("pull", TEAM, "--use", environment=environment(server, tmp_path))[0] == 0
    asked = len(server.asked)
    nowhere = environment(closed_port(), tmp_path, HTTP_PROXY=closed_port(), HTTPS_PROXY=closed_port())
    for arguments in (("list",), ("show", "small"), ("verify",), ("use", "unleak-judge"), ("use", "small")):
        assert ran(*arguments, environment=nowhere)[0] == 0
    assert ran("pull", "unleak-judge", environment=nowhere) == (
        0,
        f"unleak-judge@{Bundle.load(bundled()).version} is installed already.\n"
        f"`unleak model use unleak-judge@{Bundle.load(bundled()).version}` makes it the judge.\n",
    )
    assert len(server.asked) == asked


# The catalogue


class Listing:
    """A catalogue with one model, in a repository with a folder."""

    def __init__(self, server: HubServer, folder: Path, files: dict[str, bytes], *, is_bare: bool = False) -> None:
        self.path = folder / "catalog.toml"
        self.data = files["judge.gguf"]
        kept = {"gguf/judge.gguf": self.data, "README.md": b"# A model\n"}
        if not is_bare:
            kept["gguf/manifest.toml"] = files["manifest.toml"]
        self.commit = server.repository(TEAM).commit(kept)
        self.keys: dict[str, object] = {
            "name": "small",
            "version": "1",
            "kind": "judge",
            "repository": TEAM,
            "revision": self.commit,
            "file": "gguf/judge.gguf",
            "size": len(self.data),
            "sha256": hashlib.sha256(self.data).hexdigest(),
            "licence": "Apache-2.0",
            "quality": "not measured",
            "manifest": hashlib.sha256(files["manifest.toml"]).hexdigest(),
        }
        self.more = ""

    def write(self, **changes: object) -> Path:
        keys = {key: value for key, value in {**self.keys, **changes}.items() if value is not None}
        text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        self.path.write_text(f"[[models]]\n{text}{self.more}")
        return self.path


class TestTheCatalogue:
    def test_by_its_id(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        listing = Listing(server, tmp_path, files("small"))
        how = {"environment": environment(server, tmp_path), "catalog": listing.write()}
        assert "not installed" in ran("list", **how)[1]
        code, said = ran("pull", "small", "--use", **how)
        assert (code, f"from {TEAM}@{listing.commit}/gguf/judge.gguf" in said) == (0, True)
        assert source_of("small") == Source(TEAM, listing.commit, "gguf/judge.gguf")
        asked = len(server.asked)
        assert "is installed already" in ran("pull", "small@1", **how)[1]
        assert len(server.asked) == asked

    def test_what_is_broken_is_fetched_again(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        how = {
            "environment": environment(server, tmp_path),
            "catalog": Listing(server, tmp_path, files("small")).write(),
        }
        assert ran("pull", "small", **how)[0] == 0
        model = tmp_path / "data" / "judges" / "small@1" / "judge.gguf"
        model.write_bytes(b"x" * model.stat().st_size)
        assert ran("pull", "small", **how)[0] == 0
        assert whole("small")

    def test_a_bare_file_described_by_the_catalogue(self, server: HubServer, files: Files, tmp_path: Path) -> None:
        made = files("small")
        listing = Listing(server, tmp_path, made, is_bare=True)
        labels = Bundle.load(tmp_path / "made" / "small").labels
        listing.more = f"[models.manifest]\ncontext = 256\nlabels = {json.dumps(labels)}\n" + DECISION.replace(
            "[decision]", "[models.manifest.decision]"
        )
        catalog = listing.write(manifest=None, quality='F1 "0.5" on ü')
        code, said = ran("pull", "small", environment=environment(server, tmp_path), catalog=catalog)
        assert (code, said.count("is installed")) == (0, 1)
        bundle = installed.bundle_of(installed.find("small"))
        assert (bundle.context, bundle.measured, bundle.decision["ask"]) == (256, 'F1 "0.5" on ü', 0.01)
        assert bundle.source == Source(TEAM, listing.commit, "gguf/judge.gguf")

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"sha256": "0" * 64}, "is another model than small@1 of the catalogue"),
            ({"size": 12345}, "is another model than small@1 of the catalogue"),
            ({"version": "2"}, "is another model than small@2 of the catalogue"),
            ({"manifest": "0" * 64}, "is not the file that it should be"),
            ({"manifest": None}, "does not say what describes small@1"),
            ({"revision": "0" * 40}, "has no revision"),
            ({"file": "judge.gguf"}, "it holds no manifest.toml"),
        ],
        ids=["sha256", "size", "version", "manifest", "no manifest", "revision", "file"],
    )
    def test_what_is_not_what_it_says(
        self, server: HubServer, files: Files, tmp_path: Path, changes: dict[str, object], problem: str
    ) -> None:
        catalog = Listing(server, tmp_path, files("small")).write(**changes)
        code, said = ran("pull", "small", environment=environment(server, tmp_path), catalog=catalog)
        assert (code, problem in said) == (2, True), said
        assert [each for each in server.files_asked() if each.path] == []
        assert there() == []


class TestNames:
    def test_of_what_is_wanted(self) -> None:
        assert hub.target("team/judge@main") == Target("team/judge", "main")
        assert hub.target("team/judge@refs/pr/1") == Target("team/judge", "refs/pr/1")
        assert hub.target(" team/judge ") == Target("team/judge", "")
        assert hub.target("team/judge@" + "AB" * 20) == Target("team/judge", "ab" * 20)
        assert hub.target("unleak-judge").repository == ""

    @pytest.mark.parametrize("name", ["a/b/c", "../b", "a/..@main", "https://hub.example/a", "a/-b", "a/" + "b" * 300])
    def test_of_no_repository(self, name: str) -> None:
        with pytest.raises(InstalledError, match="is no name of a repository"):
            hub.target(name)

    def test_of_nothing(self) -> None:
        with pytest.raises(InstalledError, match="no model is called"):
            hub.target("nothing")
