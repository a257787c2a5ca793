"""`unleak.finder.run` in real servers."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from answering import answer, worker

sys.path.append(str(Path(__file__).parents[1] / "lsp"))

from editor import Editor, edit
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

VALUE = "zR7p" + "Lq2wT9"
TEXT = f"import shop\n\nshop.enter('ada', '{VALUE}')\n"
URI = "file:///work/app.py"
FOUND = [answer(3, VALUE[:4], VALUE[-4:])]
ON = {"finder": {"enabled": True}, "judge": {"enabled": False}}
_SERVE = """
import sys
import unleak.finder.client
unleak.finder.client.worker_command = lambda _folder, _threads: {command!r}
from unleak.cli import main
sys.exit(main(["serve"]))
"""
Open = Callable[..., Awaitable[Editor]]


def _mapping(said: Any) -> dict[str, Any]:
    """An object of JSON, as which the client makes a named tuple."""
    return dict(said._asdict() if hasattr(said, "_asdict") else said)


@pytest.fixture
async def opened(reader: Path) -> AsyncIterator[Open]:
    """Starts servers that have read a document; the model that reads it whole is what a process says."""
    editors: list[Editor] = []

    async def start(command: list[str] | None, settings: dict[str, Any] | None = None, text: str = TEXT) -> Editor:
        editor = Editor()
        editors.append(editor)
        code = _SERVE.format(command=command) if command else "from unleak.cli import main; main(['serve'])"
        await editor.start_io(sys.executable, "-c", code, env={**os.environ, "UNLEAK_JUDGE": str(reader)})
        await editor.initialize_session(
            lsp.InitializeParams(lsp.ClientCapabilities(), initialization_options=settings or ON)
        )
        editor.open(URI, text)
        await editor.published(URI)
        return editor

    yield start
    for editor in editors:
        await editor.shutdown_session()
        await editor.stop()


async def test_what_a_model_finds_is_shown(opened: Open) -> None:
    editor = await opened(worker(FOUND))
    said = await editor.run("unleak.finder.run", {"uri": URI})
    (diagnostic,) = await editor.published(URI)
    assert (said["found"], said["unread"], said["because"]) == (1, 0, "")
    assert (diagnostic.range.start.line, diagnostic.severity) == (2, lsp.DiagnosticSeverity.Warning)
    assert "found by the model's reading" in diagnostic.message
    hover = await editor.hover(URI, 2, 22)
    assert "found by the model's reading" in hover.contents.value


async def test_it_moves_with_its_text_and_is_forgotten_when_that_is_edited(opened: Open) -> None:
    editor = await opened(worker(FOUND))
    await editor.run("unleak.finder.run", {"uri": URI})
    editor.change(URI, 2, edit(0, 0, 0, 0, "# first\n"))
    (moved,) = await editor.published(URI, 2)
    assert moved.range.start.line == 3
    editor.change(URI, 3, edit(3, 0, 3, 0, " "))
    assert list(await editor.published(URI, 3)) == []


async def test_edits_while_it_reads_count(opened: Open) -> None:
    slow = f'time.sleep(1)\n    say({{"id": heard["id"], "answer": {worker(FOUND)[-1]!r}}})'
    editor = await opened(worker(FOUND, slow))
    token = "reading"
    running = editor.run("unleak.finder.run", {"uri": URI}, token=token)
    task = asyncio.create_task(running)
    await asyncio.sleep(0.5)
    editor.change(URI, 2, edit(0, 0, 0, 0, "# first\n"))
    assert (await task)["found"] == 1
    assert [d.range.start.line for d in await editor.published(URI, 2)] in ([], [3])
    await editor.until(lambda: [d.range.start.line for d in editor.diagnostics[URI]] == [3])


async def test_off_by_default(opened: Open) -> None:
    editor = await opened(worker(FOUND), {"judge": {"enabled": False}})
    with pytest.raises(JsonRpcException, match=r"unleak\.finder\.enabled"):
        await editor.run("unleak.finder.run", {"uri": URI})


async def test_refusals_name_what_helps(opened: Open) -> None:
    """A client makes a button of it."""
    for settings, command, remedy in (
        ({"judge": {"enabled": False}}, worker(FOUND), "enable"),
        ({**ON, "trusted": False}, worker(FOUND), "trust"),
    ):
        editor = await opened(command, settings)
        with pytest.raises(JsonRpcException) as refused:
            await editor.run("unleak.finder.run", {"uri": URI})
        assert _mapping(refused.value.data) == {"remedy": remedy}


async def test_a_project_can_do_without(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "unleak.toml").write_text("root = true\n[finder]\nenabled = false\n")
    editor = await opened(worker(FOUND))
    uri = (tmp_path / "app.py").as_uri()
    editor.open(uri, TEXT)
    await editor.published(uri)
    with pytest.raises(JsonRpcException, match=r"unleak\.toml of this project"):
        await editor.run("unleak.finder.run", {"uri": uri})


async def test_of_a_document_that_is_closed_meanwhile_nothing_counts(opened: Open) -> None:
    slow = f'time.sleep(1)\n    say({{"id": heard["id"], "answer": {worker(FOUND)[-1]!r}}})'
    editor = await opened(worker(FOUND, slow))
    task = asyncio.create_task(editor.run("unleak.finder.run", {"uri": URI}, token="reading"))
    await editor.until(lambda: editor.progress_reports.get("reading"))
    editor.close(URI)
    said = await task
    assert (said["found"], said["because"]) == (0, "the document was closed or read anew meanwhile")
    assert list(editor.diagnostics[URI]) == []


async def test_needs_an_open_document(opened: Open) -> None:
    editor = await opened(worker(FOUND))
    with pytest.raises(JsonRpcException, match="needs the URI of an open document"):
        await editor.run("unleak.finder.run", {"uri": "file:///work/other.py"})


async def test_a_crash_leaves_what_rules_find_and_is_said_once(opened: Open) -> None:
    editor = await opened(worker(FOUND, "sys.exit(3)"))
    for _ in range(2):
        assert (await editor.run("unleak.finder.run", {"uri": URI}))["unread"] == 2
    messages = [message.message for message in editor.messages if "finder" in message.message]
    assert messages == ["The finder has failed; rules and judge decide alone: its process ended with code 3."]


async def test_progress_is_shown_and_can_be_cancelled(opened: Open) -> None:
    editor = await opened(worker(FOUND, "time.sleep(600)"))
    task = asyncio.create_task(editor.run("unleak.finder.run", {"uri": URI}, token="reading"))
    await editor.until(lambda: editor.progress_reports.get("reading"))
    editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams("reading"))
    said = await task
    assert (said["cancelled"], said["unread"]) == (True, 2)
    assert editor.progress_reports["reading"][-1]["message"] == "cancelled"


async def test_a_real_model_that_talks_nonsense_changes_nothing(opened: Open) -> None:
    editor = await opened(None, text="".join(f"value_{number} = compute({number})\n" for number in range(30)))
    said = await editor.run("unleak.finder.run", {"uri": URI})
    assert (said["found"], said["unread"], said["because"]) == (0, 0, "")
    assert sum(_mapping(said["dropped"]).values()) > 0
