"""The command that scans all files of the workspace."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from editor import ACME, Editor, Start, acme, edit, places
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcRequestCancelled

COMMAND = "unleak.scanWorkspace"
LINE = f'KEY = "{ACME}"\n'
SHOWS_PROGRESS = {"window": {"workDoneProgress": True}}

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="processes are listed by /proc")


def fill(folder: Path) -> None:
    for name, text in {
        "app.py": LINE,
        "clean.py": "import os\n",
        "src/é 1.py": f'a = "é😀"; k = "{ACME}"\n',
        ".gitignore": "build/\n",
        "build/out.py": LINE,
        "vendor/lib.py": LINE,
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "logo.png").write_bytes(b"\x89PNG\0\0\0")


def fill_much(folder: Path) -> None:
    """More than is scanned in one process, and enough to be stopped in the middle of."""
    for number in range(400):
        (folder / f"{number:03}.py").write_text("value = compute(argument) + other\n" * 3000 + LINE)


def shown(editor: Editor) -> dict[str, Any]:
    return {uri: places(found) for uri, found in editor.diagnostics.items() if found}


async def children_of(editor: Editor, wanted: bool) -> set[int]:
    """The server's child processes, once there are some, or none."""
    assert editor._server is not None
    tasks = Path(f"/proc/{editor._server.pid}/task")
    while True:
        found = {int(pid) for file in tasks.glob("*/children") for pid in file.read_text().split()}
        if bool(found) == wanted:
            return found
        await asyncio.sleep(0.01)


async def test_publishes_for_files_that_are_not_open(start: Start, workspace: Path) -> None:
    fill(workspace)
    editor = await start(workspace, options={"exclude": ["vendor/"]})
    assert await editor.run(COMMAND) == {"files": 4, "findings": 2, "skipped": 1, "cancelled": False}
    assert shown(editor) == {
        (workspace / "app.py").as_uri(): [acme(0, 7)],
        (workspace / "src" / "é 1.py").as_uri(): [acme(0, 16)],
    }
    assert [params.version for params in editor.publications] == [None, None]


async def test_leaves_open_documents_alone(start: Start, workspace: Path) -> None:
    fill(workspace)
    editor = await start(workspace, options={"exclude": ["vendor/"]})
    uri = (workspace / "app.py").as_uri()
    editor.open(uri, "\n" + LINE)
    assert places(await editor.published(uri, 1)) == [acme(1, 7)]
    await editor.run(COMMAND)
    assert shown(editor)[uri] == [acme(1, 7)]


async def test_what_it_found_goes_when_the_file_is_opened_and_closed(start: Start, workspace: Path) -> None:
    fill(workspace)
    editor = await start(workspace)
    await editor.run(COMMAND)
    file = workspace / "src" / "é 1.py"
    spelled_otherwise = file.as_uri().replace("%C3%A9", "é")
    editor.open(spelled_otherwise, file.read_text())
    assert places(await editor.published(spelled_otherwise, 1)) == [acme(0, 16)]
    assert file.as_uri() not in shown(editor)
    editor.close(spelled_otherwise)
    assert places(await editor.published(spelled_otherwise)) == []


async def test_what_it_found_goes_with_the_next_scan(start: Start, workspace: Path) -> None:
    fill(workspace)
    editor = await start(workspace)
    await editor.run(COMMAND)
    (workspace / "app.py").write_text("import os\n")
    (workspace / "src" / "é 1.py").unlink()
    await editor.run(COMMAND)
    assert set(shown(editor)) == {(workspace / "vendor" / "lib.py").as_uri()}


async def test_what_it_found_goes_when_the_rules_change(start: Start, workspace: Path) -> None:
    fill(workspace)
    editor = await start(workspace)
    await editor.run(COMMAND)
    assert shown(editor) != {}
    params = lsp.DidChangeConfigurationParams({"unleak": {"enable": False}})
    editor.workspace_did_change_configuration(params)
    await editor.until(lambda: not shown(editor))
    assert await editor.run(COMMAND) == {"files": 0, "findings": 0, "skipped": 0, "cancelled": False}


async def test_each_root_goes_by_its_own_configuration(start: Start, tmp_path: Path) -> None:
    outer, inner = tmp_path / "outer", tmp_path / "outer" / "inner"
    fill(outer)
    fill(inner)
    (inner / "unleak.toml").write_text('exclude = ["vendor/", "/app.py"]\n')
    editor = await start(outer, inner)
    await editor.run(COMMAND)
    expected = [
        outer / "app.py",
        outer / "src" / "é 1.py",
        outer / "vendor" / "lib.py",
        inner / "src" / "é 1.py",
    ]
    assert set(shown(editor)) == {file.as_uri() for file in expected}


async def test_each_file_goes_by_the_configuration_of_its_folder(start: Start, workspace: Path) -> None:
    off = '[severity]\nacme-key = "off"\n'
    allowed = "[[allow]]\npaths = ['/app.py']\n"
    for name, config in {
        ".": "",
        "excluded": 'exclude = ["app.py"]\n',
        "disabled": "enable = false\n",
        "small": "max_file_size = 10\n",
        "off": off,
        "allowed": allowed,
        "plain": "",
    }.items():
        (workspace / name).mkdir(exist_ok=True)
        (workspace / name / "unleak.toml").write_text(config)
        (workspace / name / "app.py").write_text(LINE)
    editor = await start(workspace)
    summary = await editor.run(COMMAND)
    assert set(shown(editor)) == {(workspace / name / "app.py").as_uri() for name in (".", "plain")}
    assert summary["findings"] == 2


async def test_a_file_larger_than_elsewhere_is_published_where_it_may_be(start: Start, workspace: Path) -> None:
    (workspace / "data").mkdir()
    (workspace / "data" / "unleak.toml").write_text("max_file_size = 1_000\n")
    (workspace / "data" / "app.py").write_text("\n" * 500 + LINE)
    editor = await start(workspace, options={"maxFileSize": 100})
    await editor.run(COMMAND)
    assert shown(editor) == {(workspace / "data" / "app.py").as_uri(): [acme(500, 7)]}


async def test_baselines_are_left_out(start: Start, workspace: Path) -> None:
    (workspace / "unleak.toml").write_text('import = ["known.json"]\n')
    for name in (".unleak-baseline.json.lock", "known.json", "other.json"):
        (workspace / name).write_text('{"results": {}, "key": "' + ACME + '"}\n')
    editor = await start(workspace)
    assert await editor.run(COMMAND) == {"files": 2, "findings": 1, "skipped": 0, "cancelled": False}
    assert set(shown(editor)) == {(workspace / "other.json").as_uri()}


async def test_paths_are_judged_as_in_open_documents(start: Start, workspace: Path) -> None:
    root = workspace / "tests" / "project"
    root.mkdir(parents=True)
    (workspace / ".git").mkdir()
    (root / "app.py").write_text(LINE)
    editor = await start(root)
    uri = (root / "app.py").as_uri()
    await editor.run(COMMAND)
    closed = editor.diagnostics[uri]
    editor.publications.clear()
    editor.open(uri, LINE)
    opened = await editor.published(uri, 1)
    assert [found.severity for found in closed] == [found.severity for found in opened]


async def test_what_is_wrong_in_inner_folders_is_told(start: Start, workspace: Path) -> None:
    fill(workspace)
    inner = workspace / "src" / "unleak.toml"
    inner.write_text("x = 1\n")
    editor = await start(workspace)
    await editor.run(COMMAND)
    await editor.until(lambda: editor.messages)
    assert [message.message for message in editor.messages] == [f"{inner}:1: unknown key 'x'; it is not used."]


async def test_a_configuration_that_broke_counts_as_before(start: Start, workspace: Path) -> None:
    fill(workspace)
    toml = workspace / "unleak.toml"
    toml.write_text('exclude = ["vendor/", "/app.py"]\n')
    editor = await start(workspace)
    await editor.run(COMMAND)
    found = shown(editor)
    toml.write_text("broken")
    await editor.until(lambda: not shown(editor))  # the server has seen it, and takes back what it said
    await editor.run(COMMAND)
    assert shown(editor) == found


async def test_two_at_once_come_one_after_the_other(start: Start, workspace: Path) -> None:
    fill(workspace)
    editor = await start(workspace)
    first, second = await asyncio.gather(editor.run(COMMAND), editor.run(COMMAND))
    assert first == second == {"files": 5, "findings": 3, "skipped": 1, "cancelled": False}


class TestProgress:
    async def test_is_shown_where_the_client_can(self, start: Start, workspace: Path) -> None:
        fill(workspace)
        editor = await start(workspace, capabilities=SHOWS_PROGRESS)
        await editor.run(COMMAND)
        (reports,) = editor.progress_reports.values()
        assert reports[0] == {
            "kind": "begin",
            "title": "Scanning the workspace for secrets",
            "cancellable": True,
            "percentage": 0,
        }
        assert reports[-1] == {"kind": "end", "message": "3 found"}
        assert {report["kind"] for report in reports[1:-1]} == {"report"}
        assert {report["message"] for report in reports[1:-1]} <= {f"{done} of 6 files" for done in range(7)}

    async def test_goes_by_the_token_of_the_request(self, start: Start, workspace: Path) -> None:
        fill(workspace)
        editor = await start(workspace)
        editor.progress_reports["mine"] = []
        await editor.run(COMMAND, token="mine")
        assert list(editor.progress_reports) == ["mine"]
        kinds = [report["kind"] for report in editor.progress_reports["mine"]]
        assert (kinds[0], kinds[-1]) == ("begin", "end")

    async def test_is_left_out_elsewhere(self, start: Start, workspace: Path) -> None:
        fill(workspace)
        editor = await start(workspace)
        await editor.run(COMMAND)
        assert editor.progress_reports == {}


@linux_only
class TestCancel:
    async def test_by_its_progress_ends_it_early(self, start: Start, workspace: Path) -> None:
        fill_much(workspace)
        editor = await start(workspace)
        editor.progress_reports["mine"] = []
        scan = asyncio.ensure_future(editor.run(COMMAND, token="mine"))
        await children_of(editor, True)
        editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams("mine"))
        summary = await scan
        assert summary["cancelled"] is True
        assert summary["files"] < 400
        assert editor.progress_reports["mine"][-1] == {"kind": "end", "message": "cancelled"}
        assert await children_of(editor, False) == set()

    async def test_of_the_request_ends_it_without_a_result(self, start: Start, workspace: Path) -> None:
        fill_much(workspace)
        editor = await start(workspace)
        scan = asyncio.ensure_future(editor.run(COMMAND))
        await children_of(editor, True)
        (request,) = editor.protocol._request_futures
        editor.cancel_request(lsp.CancelParams(request))
        with pytest.raises(JsonRpcRequestCancelled):
            await scan
        assert await children_of(editor, False) == set()
        editor.open("file:///nowhere/a.py", LINE)
        assert places(await editor.published("file:///nowhere/a.py", 1)) == [acme(0, 7)]

    async def test_by_shutdown_leaves_no_process_behind(self, start: Start, workspace: Path) -> None:
        fill_much(workspace)
        editor = await start(workspace)
        scan = asyncio.ensure_future(editor.run(COMMAND))
        children = await children_of(editor, True)
        await editor.shutdown_session()
        with pytest.raises(JsonRpcRequestCancelled):
            await scan
        assert editor._server is not None
        assert editor._server.returncode == 0
        assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]

    async def test_by_a_client_that_dies_leaves_no_process_behind(self, start: Start, workspace: Path) -> None:
        fill_much(workspace)
        editor = await start(workspace)
        scan = asyncio.ensure_future(editor.run(COMMAND))
        children = await children_of(editor, True)
        assert editor._server is not None
        os.kill(editor._server.pid, 9)
        scan.cancel()
        while [pid for pid in children if _is_running(pid)]:
            await asyncio.sleep(0.01)


async def test_typing_goes_on_meanwhile(start: Start, workspace: Path) -> None:
    fill_much(workspace)
    editor = await start(workspace)
    uri = "file:///nowhere/a.py"
    editor.open(uri, LINE)
    assert places(await editor.published(uri, 1)) == [acme(0, 7)]
    scan = asyncio.ensure_future(editor.run(COMMAND))
    for version in range(2, 20):
        editor.change(uri, version, edit(0, 0, 0, 0, "\n"))
        assert places(await editor.published(uri, version)) == [acme(version - 1, 7)]
        assert not scan.done()
    assert (await scan)["findings"] == 400


async def test_another_command_is_unknown(start: Start) -> None:
    editor = await start()
    with pytest.raises(Exception, match=r"There is no command 'unleak\.makeCoffee'"):
        await editor.run("unleak.makeCoffee")


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
