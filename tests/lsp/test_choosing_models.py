"""The models in the editor: real servers, real bundles, switched while documents are open."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from editor import SECONDS, Editor, Start, unleak, uri_of
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

HINT, WARNING = 4, 2
LINE = 'db_password = "' + "zR7p" + 'Lq2wT9"\n'
STATUS = {"experimental": {"judgeStatus": True}}
Chosen = Callable[..., Awaitable[Editor]]


@pytest.fixture(autouse=True)
def home(environment: dict[str, str], tmp_path: Path, own_cache: Path) -> Path:
    """Where the models of the server lie; nothing is chosen."""
    environment["UNLEAK_DATA_DIR"] = str(tmp_path / "data")
    environment["UNLEAK_JUDGE"] = ""
    environment["UNLEAK_CACHE_DIR"] = str(own_cache)
    return tmp_path / "data" / "judges"


@pytest.fixture
def named(judge_that: Callable[..., Path], tmp_path: Path) -> Callable[[str], Path]:
    """Bundles that say the same of everything, and are called so."""

    def make(answer: str) -> Path:
        folder = tmp_path / "bundles" / answer
        shutil.copytree(judge_that(answer), folder)
        manifest = folder / "manifest.toml"
        manifest.write_text(re.sub(r"(?m)^name = .*$", f'name = "{answer}"', manifest.read_text()))
        return folder

    return make


async def shown(editor: Editor, uri: str, wanted: Sequence[int]) -> None:
    """Wait until a document has diagnostics of these severities."""

    def found() -> bool:
        return uri in editor.diagnostics and [d.severity for d in editor.diagnostics[uri]] == list(wanted)

    await editor.until(found)


def workers_of(editor: Editor) -> list[int]:
    assert editor._server is not None
    listed = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [int(row[0]) for row in rows if int(row[1]) == editor._server.pid and "judge.worker" in row[2]]


def is_gone(pid: int) -> bool:
    give_up = time.monotonic() + SECONDS
    while Path(f"/proc/{pid}").exists() if Path("/proc").exists() else _is_running(pid):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ids(answer: Any) -> dict[str, Any]:
    """The models that are installed."""
    return {model["id"]: model for model in answer["models"] if model["installed"]}


async def test_imported_used_switched_verified_and_removed(
    start: Start, workspace: Path, named: Callable[[str], Path]
) -> None:
    editor = await start(workspace, capabilities=STATUS)
    uri, other = uri_of(workspace / "app.py"), uri_of(workspace / "other.py")
    for name in ("secret", "safe"):
        assert await editor.run("unleak.model.import", {"path": str(named(name))}) == {"imported": f"{name}@1"}
    listed = await editor.run("unleak.model.list", {})
    ours = next(iter(ids(listed)))
    assert list(ids(listed)) == [ours, "safe@1", "secret@1"]
    assert listed["current"] == ours

    assert await editor.run("unleak.model.use", {"id": "secret"}) == {"used": "secret@1"}
    editor.open(uri, LINE)
    editor.open(other, LINE * 2)
    await shown(editor, uri, [WARNING])
    await shown(editor, other, [WARNING, WARNING])
    assert editor.statuses[-1].model == "secret 1"
    (worker,) = workers_of(editor)

    assert await editor.run("unleak.model.use", {"id": "safe@1"}) == {"used": "safe@1"}
    await shown(editor, uri, [])
    await shown(editor, other, [])
    await editor.until(lambda: editor.statuses[-1].model == "safe 1" and editor.statuses[-1].state == "ready")
    assert is_gone(worker)
    listed = await editor.run("unleak.model.list", {})
    assert (listed["current"], ids(listed)["safe@1"]["current"]) == ("safe@1", True)

    assert await editor.run("unleak.model.verify", {"id": "safe@1"}) == {"ok": True, "problem": ""}
    assert await editor.run("unleak.model.remove", {"id": "safe@1"}) == {"removed": "safe@1"}
    await editor.until(lambda: editor.statuses[-1].model.startswith("unleak-judge "))
    assert list(ids(await editor.run("unleak.model.list", {}))) == [ours, "secret@1"]
    assert editor.messages == []


async def test_what_is_told_of_a_model(start: Start, workspace: Path, named: Callable[[str], Path]) -> None:
    editor = await start(workspace)
    folder = named("safe")
    await editor.run("unleak.model.import", {"path": str(folder)})
    model = ids(await editor.run("unleak.model.list", {}))["safe@1"]
    assert model == {
        "id": "safe@1",
        "name": "safe",
        "version": "1",
        "kind": "judge",
        "base": "",
        "installed": True,
        "current": False,
        "bundled": False,
        "size": (folder / "judge.gguf").stat().st_size,
        "licence": "Apache-2.0",
        "quality": "not measured",
        "source": "",
        "readsWhole": False,
    }


async def test_another_process_chooses(
    start: Start, workspace: Path, named: Callable[[str], Path], environment: dict[str, str]
) -> None:
    for name in ("secret", "safe"):
        await unleak(workspace, environment, "model", "import", str(named(name)))
    await unleak(workspace, environment, "model", "use", "secret")
    editor = await start(workspace, capabilities=STATUS)
    uri = uri_of(workspace / "app.py")
    editor.open(uri, LINE)
    await shown(editor, uri, [WARNING])
    await unleak(workspace, environment, "model", "use", "safe")
    editor.save(uri)
    await shown(editor, uri, [])
    await editor.until(lambda: editor.statuses[-1].model == "safe 1")


async def test_one_that_cannot_be_used_is_told_once_and_replaced(
    start: Start, workspace: Path, named: Callable[[str], Path], environment: dict[str, str], home: Path
) -> None:
    await unleak(workspace, environment, "model", "import", str(named("safe")))
    await unleak(workspace, environment, "model", "use", "safe")
    os.truncate(home / "safe@1" / "judge.gguf", 7)
    editor = await start(workspace, capabilities=STATUS)
    for number in range(3):
        editor.open(uri_of(workspace / f"{number}.py"), LINE)
        await editor.published(uri_of(workspace / f"{number}.py"))
    await editor.until(lambda: editor.statuses and editor.statuses[-1].model.startswith("unleak-judge "))
    await editor.until(lambda: editor.messages)
    assert len(editor.messages) == 1
    assert "the chosen judge safe@1 cannot be used" in editor.messages[0].message
    assert await editor.run("unleak.model.verify", {"id": "unleak-judge"}) == {"ok": True, "problem": ""}
    verified = await editor.run("unleak.model.verify", {"id": "safe"})
    assert (verified["ok"], "has 7 bytes instead of" in verified["problem"]) == (False, True)


async def test_repaired_it_is_used_again(
    start: Start, workspace: Path, named: Callable[[str], Path], environment: dict[str, str], home: Path
) -> None:
    folder = named("safe")
    await unleak(workspace, environment, "model", "import", str(folder))
    await unleak(workspace, environment, "model", "use", "safe")
    os.truncate(home / "safe@1" / "judge.gguf", 7)
    editor = await start(workspace, capabilities=STATUS)
    await editor.until(lambda: editor.messages)
    assert await editor.run("unleak.model.import", {"path": str(folder)}) == {"imported": "safe@1"}
    uri = uri_of(workspace / "app.py")
    editor.open(uri, LINE)
    await shown(editor, uri, [])
    await editor.until(lambda: editor.statuses[-1].model == "safe 1")


async def test_one_that_is_deleted_while_it_is_used_is_replaced(
    start: Start, workspace: Path, named: Callable[[str], Path], home: Path
) -> None:
    editor = await start(workspace, capabilities=STATUS)
    await editor.run("unleak.model.import", {"path": str(named("secret"))})
    await editor.run("unleak.model.use", {"id": "secret"})
    uri = uri_of(workspace / "app.py")
    editor.open(uri, LINE)
    await shown(editor, uri, [WARNING])
    shutil.rmtree(home / "secret@1")
    editor.save(uri)
    await editor.until(lambda: editor.statuses[-1].model.startswith("unleak-judge "))
    await editor.until(lambda: editor.messages)
    assert "the chosen judge secret@1 cannot be used" in editor.messages[0].message


class TestRefused:
    @pytest.mark.parametrize(
        ("command", "argument", "message"),
        [
            ("use", {"id": "nothing"}, "no model is called 'nothing'"),
            ("use", {"id": 3}, "needs an object with the text 'id'"),
            ("use", None, "needs an object with the text 'id'"),
            ("verify", {}, "needs an object with the text 'id'"),
            ("remove", {"id": "unleak-judge"}, "comes with unleak and stays"),
            ("import", {"path": "/nowhere"}, "/nowhere: No such file or directory"),
            ("import", {"id": "/nowhere"}, "needs an object with the text 'path'"),
        ],
    )
    async def test_with_a_message_for_people(
        self, start: Start, workspace: Path, command: str, argument: object, message: str
    ) -> None:
        editor = await start(workspace)
        with pytest.raises(JsonRpcException, match=message):
            await editor.run(f"unleak.model.{command}", *([] if argument is None else [argument]))

    async def test_a_hostile_bundle(
        self, start: Start, workspace: Path, named: Callable[[str], Path], home: Path
    ) -> None:
        folder = named("safe")
        os.truncate(folder / "judge.gguf", 100)
        editor = await start(workspace)
        with pytest.raises(JsonRpcException, match="100 bytes instead of"):
            await editor.run("unleak.model.import", {"path": str(folder)})
        assert [path.name for path in home.iterdir()] == [".lock"]

    async def test_whatever_changes_something_where_nothing_is_trusted(
        self, start: Start, workspace: Path, named: Callable[[str], Path], environment: dict[str, str]
    ) -> None:
        folder = named("safe")
        await unleak(workspace, environment, "model", "import", str(folder))
        await unleak(workspace, environment, "model", "use", "safe")
        editor = await start(workspace, options={"trusted": False}, capabilities=STATUS)
        for command, argument in (
            ("use", {"id": "safe"}),
            ("import", {"path": str(folder)}),
            ("remove", {"id": "safe"}),
        ):
            with pytest.raises(JsonRpcException, match="not trusted"):
                await editor.run(f"unleak.model.{command}", argument)
        assert (await editor.run("unleak.model.list", {}))["current"].startswith("unleak-judge@")
        await editor.until(lambda: editor.statuses and editor.statuses[-1].model.startswith("unleak-judge "))

    async def test_where_the_environment_says_which_it_is(
        self, start: Start, workspace: Path, named: Callable[[str], Path], environment: dict[str, str]
    ) -> None:
        await unleak(workspace, environment, "model", "import", str(named("safe")))
        environment["UNLEAK_JUDGE"] = "off"
        editor = await start(workspace)
        with pytest.raises(JsonRpcException, match="UNLEAK_JUDGE in the environment of the editor"):
            await editor.run("unleak.model.use", {"id": "safe"})
        assert (await editor.run("unleak.model.list", {}))["current"] == ""


async def test_nothing_in_a_workspace_chooses(
    start: Start, workspace: Path, named: Callable[[str], Path], environment: dict[str, str]
) -> None:
    await unleak(workspace, environment, "model", "import", str(named("safe")))
    (workspace / "unleak.toml").write_text('[judge]\nmodel = "safe@1"\nuse = "safe@1"\n')
    (workspace / "judges").mkdir()
    (workspace / "judges" / "chosen").write_text("safe@1\n")
    editor = await start(workspace, capabilities=STATUS, options={"judge": {"model": "safe@1", "use": "safe@1"}})
    settings = {"unleak": {"judge": {"model": "safe@1"}}}
    editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings))
    editor.open(uri_of(workspace / "app.py"), LINE)
    await editor.until(lambda: editor.statuses and editor.statuses[-1].model)
    assert {status.model for status in editor.statuses} <= {"", editor.statuses[-1].model}
    assert editor.statuses[-1].model.startswith("unleak-judge ")
