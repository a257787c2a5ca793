"""Models fetched from the editor: a real server, the client of a Hub as it is, a Hub on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from editor import ACME, SECONDS, Editor, Start, acme, edit, places, uri_of
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled

pytest.importorskip("huggingface_hub", reason="needs huggingface_hub, the extra `hub`")
sys.path.append(str(Path(__file__).parent.parent / "judge"))
from hub_server import Fault, HubServer

WARNING = 2
LINE = 'db_password = "' + "zR7p" + 'Lq2wT9"\n'
STATUS = {"experimental": {"judgeStatus": True}}
PULL, OBJECT, HELD = "unleak.model.pull", "^/objects/", 40_000
_SERVE = """
import sys
from pathlib import Path
from unleak.judge import catalog
catalog.path = lambda: Path(sys.argv[1])
from unleak.cli import main
sys.exit(main(['serve']))
"""


@pytest.fixture(autouse=True)
def home(environment: dict[str, str], tmp_path: Path, server: HubServer, own_cache: Path) -> Path:
    """Where the models of the server lie; nothing is chosen, and this Hub is asked."""
    for key in [key for key in environment if key.upper().startswith(("HF_", "HTTP_", "HTTPS_", "ALL_", "HUGGING"))]:
        del environment[key]
    environment |= {
        "UNLEAK_DATA_DIR": str(tmp_path / "data"),
        "UNLEAK_CACHE_DIR": str(own_cache),
        "UNLEAK_JUDGE": "",
        "HF_ENDPOINT": server.url,
        "HF_HOME": str(tmp_path / "hf"),
    }
    return tmp_path / "data" / "judges"


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer().running() as running:
        yield running


@pytest.fixture
def files(judge_that: Callable[..., Path]) -> Callable[[str], dict[str, bytes]]:
    """The files of judges that say the same of everything, and are called so."""

    def make(answer: str) -> dict[str, bytes]:
        made = {path.name: path.read_bytes() for path in judge_that(answer).iterdir()}
        name = next(line for line in made["manifest.toml"].splitlines() if line.startswith(b"name"))
        made["manifest.toml"] = made["manifest.toml"].replace(name, f'name = "{answer}"'.encode(), 1)
        return made

    return make


Files = Callable[[str], dict[str, bytes]]


@pytest.fixture
async def pulling(start: Start, workspace: Path, server: HubServer, files: Files) -> AsyncIterator[Editor]:
    """An editor in which a model is on its way; what comes of it is `answer`."""
    server.repository("team/safe").commit(files("safe"))
    server.faults.append(Fault(OBJECT, hold_after=HELD))
    yield await start(workspace, capabilities=STATUS)
    server.release.set()


async def is_held(server: HubServer) -> None:
    assert await asyncio.to_thread(server.held.acquire, timeout=SECONDS)


def listed(server: HubServer, files: dict[str, bytes], name: str) -> str:
    """A table of a catalogue, and the repository that it names."""
    commit = server.repository(f"team/{name}").commit(files)
    model = files["judge.gguf"]
    keys: dict[str, object] = {
        "name": name,
        "version": "1",
        "kind": "judge",
        "repository": f"team/{name}",
        "revision": commit,
        "file": "judge.gguf",
        "size": len(model),
        "sha256": hashlib.sha256(model).hexdigest(),
        "licence": "Apache-2.0",
        "quality": "not measured",
        "manifest": hashlib.sha256(files["manifest.toml"]).hexdigest(),
    }
    return "[[models]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def ids(answer: Any) -> dict[str, Any]:
    return {model["id"]: model for model in answer["models"]}


def pullers_of(editor: Editor) -> list[int]:
    assert editor._server is not None
    columns = ["ps", "-ww", "-A", "-o", "pid=,ppid=,command="]
    rows = subprocess.run(columns, capture_output=True, text=True, check=True).stdout.splitlines()
    split = [line.split(None, 2) for line in rows]
    return [int(row[0]) for row in split if int(row[1]) == editor._server.pid and "hub_child" in row[2]]


async def shown(editor: Editor, uri: str, wanted: list[int]) -> None:
    await editor.until(
        lambda: uri in editor.diagnostics and [d.severity for d in editor.diagnostics[uri]] == list(wanted)
    )


async def test_of_the_catalogue_pulled_verified_used_switched_and_removed(
    start: Start, workspace: Path, server: HubServer, files: Files, tmp_path: Path, home: Path
) -> None:
    tables = [listed(server, files(name), name) for name in ("secret", "safe")]
    (tmp_path / "catalog.toml").write_text("\n".join(tables))
    serve = [sys.executable, "-c", _SERVE, str(tmp_path / "catalog.toml")]
    editor = await start(workspace, capabilities=STATUS, command=serve)
    uri = uri_of(workspace / "app.py")
    typist = asyncio.ensure_future(type_on(editor, "file:///nowhere/a.py"))
    known = ids(await editor.run("unleak.model.list", {}))
    assert [known[name]["installed"] for name in ("secret@1", "safe@1")] == [False, False]

    for name in ("secret", "safe"):
        answer = await editor.run(PULL, {"id": f"{name}@1"})
        assert answer == {"pulled": f"{name}@1", "source": known[f"{name}@1"]["source"]}
        assert await editor.run("unleak.model.verify", {"id": name}) == {"ok": True, "problem": ""}
    asked = len(server.asked)
    assert await editor.run("unleak.model.use", {"id": "secret"}) == {"used": "secret@1"}
    editor.open(uri, LINE)
    await shown(editor, uri, [WARNING])
    assert await editor.run("unleak.model.use", {"id": "safe"}) == {"used": "safe@1"}
    await shown(editor, uri, [])
    assert await editor.run("unleak.model.remove", {"id": "safe"}) == {"removed": "safe@1"}
    assert await editor.run("unleak.model.remove", {"id": "secret"}) == {"removed": "secret@1"}
    now = ids(await editor.run("unleak.model.list", {}))
    assert [now[name]["installed"] for name in ("secret@1", "safe@1")] == [False, False]
    assert [path.name for path in home.iterdir()] == [".lock"]
    assert len(server.asked) == asked
    assert editor.messages == []
    assert not typist.done(), "somebody who typed all the time has seen something else"
    typist.cancel()


async def type_on(editor: Editor, uri: str) -> None:
    """Type one character after the other in front of a secret; each is followed by what it makes of the diagnostics."""
    editor.open(uri, f'key = "{ACME}"\n')
    await editor.published(uri, 1)
    for version in count(2):
        editor.change(uri, version, edit(0, 0, 0, 0, "k"))
        assert places(await editor.published(uri, version)) == [acme(0, 7 + version - 1)]
        await asyncio.sleep(0.02)


async def test_nothing_of_a_workspace_is_run_or_asked(
    start: Start, workspace: Path, server: HubServer, files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.repository("team/safe").commit(files("safe"))
    with HubServer().running() as other:
        other.repository("team/safe").commit(files("secret"))
        marks = {"HF_ENDPOINT": other.url, "UNLEAK_DATA_DIR": str(workspace), "UNLEAK_JUDGE": "off"}
        (workspace / ".env").write_text("".join(f"{key}={value}\n" for key, value in marks.items()))
        (workspace / "unleak.toml").write_text(f'[judge]\nendpoint = "{other.url}"\nmodel = "team/safe"\n')
        for module in ("huggingface_hub", "httpx", "llama_cpp", "gguf", "numpy"):
            (workspace / f"{module}.py").write_text(f"open({str(tmp_path / 'was run')!r}, 'w').close()\n")
        monkeypatch.chdir(workspace)
        editor = await start(workspace, capabilities=STATUS)
        assert (await editor.run(PULL, {"id": "team/safe"}))["pulled"] == "safe@1"
        await editor.run("unleak.model.use", {"id": "safe"})
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        await shown(editor, uri, [])
        await editor.until(lambda: editor.statuses[-1].model == "safe 1")
        assert other.asked == []
    assert not (tmp_path / "was run").exists()


async def test_typing_goes_on_meanwhile(pulling: Editor, server: HubServer) -> None:
    editor, uri = pulling, "file:///nowhere/a.py"
    editor.open(uri, f'key = "{ACME}"\n')
    pull = asyncio.ensure_future(editor.run(PULL, {"id": "team/safe"}))
    await is_held(server)
    for version in range(2, 30):
        editor.change(uri, version, edit(0, 0, 0, 0, "k"))
        assert places(await editor.published(uri, version)) == [acme(0, 7 + version - 1)]
    assert not pull.done()
    assert (await editor.hover(uri, 0, 40)) is not None
    server.release.set()
    assert (await pull)["pulled"] == "safe@1"


class TestProgress:
    async def test_is_told_with_the_token_of_the_request(self, pulling: Editor, server: HubServer) -> None:
        server.release.set()
        commit = server.repository("team/safe").refs["main"]
        answer = await pulling.run(PULL, {"id": "team/safe"}, token="mine")
        assert answer == {"pulled": "safe@1", "source": f"team/safe@{commit}"}
        reports = pulling.progress_reports["mine"]
        assert (reports[0]["kind"], reports[0]["title"], reports[0]["cancellable"]) == (
            "begin",
            "Downloading team/safe",
            True,
        )
        assert reports[-1] == {"kind": "end", "message": "safe@1 is installed"}
        shares = [report["percentage"] for report in reports[1:] if report.get("percentage") is not None]
        assert shares == sorted(shares)

    async def test_cancels(self, pulling: Editor, server: HubServer, home: Path) -> None:
        pulling.progress_reports["mine"] = []
        pull = asyncio.ensure_future(pulling.run(PULL, {"id": "team/safe"}, token="mine"))
        await is_held(server)
        await until(lambda: any(path.stat().st_size for path in (home / ".parts").iterdir()))
        (child,) = pullers_of(pulling)
        pulling.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams("mine"))
        with pytest.raises(JsonRpcRequestCancelled, match="What has come is kept"):
            await pull
        assert pulling.progress_reports["mine"][-1] == {"kind": "end", "message": "cancelled"}
        assert not is_running(child)
        assert sorted(path.name for path in home.iterdir()) == [".lock", ".parts"]
        server.asked.clear()
        assert (await pulling.run(PULL, {"id": "team/safe"}))["pulled"] == "safe@1"
        assert server.files_asked()[0].range.startswith("bytes=")
        assert sorted(path.name for path in home.iterdir()) == [".lock", "safe@1"]

    async def test_of_a_request_that_is_cancelled(self, pulling: Editor, server: HubServer) -> None:
        pull = asyncio.ensure_future(pulling.run(PULL, {"id": "team/safe"}))
        await is_held(server)
        (child,) = pullers_of(pulling)
        (request,) = pulling.protocol._request_futures
        pulling.cancel_request(lsp.CancelParams(request))
        with pytest.raises(JsonRpcRequestCancelled):
            await pull
        await until(lambda: not is_running(child))

    @pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
    async def test_ends_with_the_server(self, pulling: Editor, server: HubServer) -> None:
        pull = asyncio.ensure_future(pulling.run(PULL, {"id": "team/safe"}))
        await is_held(server)
        (child,) = pullers_of(pulling)
        assert pulling._server is not None
        os.kill(pulling._server.pid, 9)
        pull.cancel()
        await until(lambda: not is_running(child))


class TestRefused:
    async def test_where_nothing_is_trusted(self, start: Start, workspace: Path, server: HubServer) -> None:
        editor = await start(workspace, options={"trusted": False})
        with pytest.raises(JsonRpcException, match="not trusted"):
            await editor.run(PULL, {"id": "team/safe"})
        assert server.asked == []

    @pytest.mark.parametrize(
        ("argument", "message"),
        [
            ({"id": "nothing"}, "no model is called 'nothing'"),
            ({"id": 3}, "needs an object with the text 'id'"),
            ({"id": "team/other"}, "has no repository team/other, or it is private: set HF_TOKEN"),
        ],
    )
    async def test_with_a_message_for_people(
        self, start: Start, workspace: Path, argument: object, message: str
    ) -> None:
        editor = await start(workspace)
        with pytest.raises(JsonRpcException, match=message):
            await editor.run(PULL, argument)

    async def test_by_a_hub_that_gives_something_else(self, pulling: Editor, server: HubServer, home: Path) -> None:
        server.faults[:] = [Fault(OBJECT, 9, change=lambda data: b"X" + data[1:])]
        with pytest.raises(JsonRpcException, match="is not the file that its manifest describes"):
            await pulling.run(PULL, {"id": "team/safe"}, token="mine")
        assert pulling.progress_reports["mine"][-1] == {"kind": "end", "message": "not installed"}
        assert [path.name for path in home.iterdir()] == [".lock"]

    async def test_offline(self, start: Start, workspace: Path, environment: dict[str, str]) -> None:
        environment["HF_HUB_OFFLINE"] = "1"
        editor = await start(workspace)
        with pytest.raises(JsonRpcException, match="HF_HUB_OFFLINE is set"):
            await editor.run(PULL, {"id": "team/safe"})


async def until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < give_up
        await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process still does something."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
