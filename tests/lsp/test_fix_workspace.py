"""All values of a workspace moved in one edit, by a real server; files on disk are compared."""

from __future__ import annotations

import asyncio
import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from editor import ACME, OTHER, Editor, Start, uri_of
from lsprotocol import types as lsp
from test_code_actions import FULL, SIMPLE, apply

COMMAND = "unleak.fixWorkspace"
CONFIRMED = {"confirmed": True}
EDITS = {"documentChanges": True, "resourceOperations": ["create"], "changeAnnotationSupport": {}}
PREVIEWS = {**FULL, "workspace": {"workspaceEdit": EDITS, "applyEdit": True}}


class Client:
    """What an editor does with edits that the server sends."""

    def __init__(self, editor: Editor, *, agrees: bool = True) -> None:
        self.edits: list[lsp.WorkspaceEdit] = []

        async def take(_: Editor, params: lsp.ApplyWorkspaceEditParams) -> lsp.ApplyWorkspaceEditResult:
            self.edits.append(params.edit)
            if agrees:
                apply(params.edit)
            return lsp.ApplyWorkspaceEditResult(applied=agrees)

        editor.feature(lsp.WORKSPACE_APPLY_EDIT)(take)


def fill(folder: Path) -> None:
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    for name, text in {
        "app.py": f'import os\n\nDEPLOY_KEY = "{ACME}"\n',
        "src/worker.py": f'import os\n\nMIRROR_KEY = "{ACME}"\nBACKUP_KEY = "{OTHER}"\n',
        "src/shop.js": f'const deployKey = "{ACME}";\n',
        "clean.py": "import os\n",
        "notes.txt": f"the key is {OTHER}\n",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def tree(folder: Path) -> dict[str, str]:
    files = [file for file in folder.rglob("*") if file.is_file() and ".git/" not in file.as_posix()]
    return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in files}


def fixed(before: dict[str, str]) -> dict[str, str]:
    read = 'os.environ["{}"]'.format
    return {
        **before,
        "app.py": f"import os\n\nDEPLOY_KEY = {read('DEPLOY_KEY')}\n",
        "src/worker.py": f"import os\n\nMIRROR_KEY = {read('DEPLOY_KEY')}\nBACKUP_KEY = {read('BACKUP_KEY')}\n",
        "src/shop.js": "const deployKey = process.env.DEPLOY_KEY;\n",
        ".env": f"DEPLOY_KEY={ACME}\nBACKUP_KEY={OTHER}\n",
        ".env.example": "DEPLOY_KEY=\nBACKUP_KEY=\n",
        ".gitignore": ".env\n",
    }


@pytest.mark.parametrize(
    ("capabilities", "argument"), [(PREVIEWS, None), (SIMPLE, CONFIRMED)], ids=["previews", "simple"]
)
async def test_one_value_gets_one_name_over_all_files(
    start: Start, workspace: Path, capabilities: Any, argument: Any
) -> None:
    """In one edit, whether the client makes the files or the server."""
    fill(workspace)
    before = tree(workspace)
    editor = await start(workspace, capabilities=capabilities)
    client = Client(editor)
    answer = await editor.run(COMMAND, argument)
    assert tree(workspace) == fixed(before)
    assert len(client.edits) == 1
    assert (answer["applied"], answer["moved"]) == (True, 4)
    assert stat.S_IMODE((workspace / ".env").stat().st_mode) == 0o600


async def test_the_edit_is_shown_before_it_is_made(start: Start, workspace: Path) -> None:
    fill(workspace)
    before = tree(workspace)
    editor = await start(workspace, capabilities=PREVIEWS)
    client = Client(editor, agrees=False)
    answer = await editor.run(COMMAND)
    (edit,) = client.edits
    ((key, annotation),) = (edit.change_annotations or {}).items()
    assert annotation.needs_confirmation
    edits = [
        each for part in edit.document_changes or () if isinstance(part, lsp.TextDocumentEdit) for each in part.edits
    ]
    assert {getattr(each, "annotation_id", None) for each in edits} == {key}
    assert tree(workspace) == before
    assert not answer["applied"]


async def test_without_a_preview_it_waits_for_a_word(start: Start, workspace: Path) -> None:
    fill(workspace)
    before = tree(workspace)
    editor = await start(workspace, capabilities=SIMPLE)
    client = Client(editor)
    answer = await editor.run(COMMAND)
    assert (answer["unconfirmed"], answer["applied"], client.edits) == (True, False, [])
    counts = {file["uri"].rpartition("/")[2]: (file["moved"], file["left"]) for file in answer["files"]}
    assert counts == {"app.py": (1, 0), "worker.py": (2, 0), "shop.js": (1, 0), "notes.txt": (0, 1)}
    assert tree(workspace) == before


async def test_what_stays_is_named_with_its_reason(start: Start, workspace: Path) -> None:
    fill(workspace)
    editor = await start(workspace, capabilities=PREVIEWS)
    Client(editor)
    (left,) = (await editor.run(COMMAND))["left"]
    assert (left["uri"], left["line"], left["rule"]) == (uri_of(workspace / "notes.txt"), 0, "acme-key")
    assert left["why"].startswith("How this kind of file reads a variable is not known")
    assert ACME not in repr(editor.messages)
    assert OTHER not in repr(editor.messages)


async def test_nothing_is_left_behind_where_the_editor_refuses(start: Start, workspace: Path) -> None:
    fill(workspace)
    before = tree(workspace)
    editor = await start(workspace, capabilities=SIMPLE)
    client = Client(editor, agrees=False)
    assert not (await editor.run(COMMAND, CONFIRMED))["applied"]
    assert (len(client.edits), tree(workspace)) == (1, before)


async def test_open_files_are_taken_as_they_are_open(start: Start, workspace: Path) -> None:
    (workspace / "app.py").write_text("nothing = 1\n")
    (workspace / ".env").write_text("OLD=1\n")
    (workspace / ".gitignore").write_text(".env\n")
    editor = await start(workspace, capabilities=PREVIEWS)
    client = Client(editor, agrees=False)
    editor.open(uri_of(workspace / "app.py"), f'import os\nDEPLOY_KEY = "{ACME}"\n', version=7)
    editor.open(uri_of(workspace / ".env"), f"OLD=1\nDEPLOY_KEY={OTHER}\n", version=3, language="dotenv")
    await editor.published(uri_of(workspace / "app.py"))
    await editor.run(COMMAND)
    parts = {
        part.text_document.uri.rpartition("/")[2]: (part.text_document.version, [each.new_text for each in part.edits])
        for part in client.edits[0].document_changes or ()
        if isinstance(part, lsp.TextDocumentEdit)
    }
    assert parts["app.py"] == (7, ['os.environ["DEPLOY_KEY_2"]'])
    assert parts[".env"][0] == 3


async def test_open_notebooks_are_left_out_and_counted(start: Start, workspace: Path) -> None:
    (workspace / "app.py").write_text(f'import os\n\nDEPLOY_KEY = "{ACME}"\n')
    cells = [{"cell_type": "code", "source": [f'KEY = "{OTHER}"'], "metadata": {}, "outputs": []}]
    book = workspace / "book.ipynb"
    book.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    capabilities = {**PREVIEWS, "notebookDocument": {"synchronization": {}}}
    editor = await start(workspace, capabilities=capabilities)
    Client(editor)
    uri = f"vscode-notebook-cell:{book.as_posix()}#a"
    editor.notebook_document_did_open(
        lsp.DidOpenNotebookDocumentParams(
            lsp.NotebookDocument(
                uri_of(book), "jupyter-notebook", 1, [lsp.NotebookCell(lsp.NotebookCellKind.Code, uri)]
            ),
            [lsp.TextDocumentItem(uri, "python", 1, f'KEY = "{OTHER}"')],
        )
    )
    answer = await editor.run(COMMAND)
    assert (answer["moved"], answer["notebooks"]) == (1, 1)
    assert [left["uri"] for left in answer["left"]] == [uri]
    (message,) = [message.message for message in editor.messages if "notebook" in message.message]
    assert "1 notebook is open and left out, with 1 value: move them in the cells" in message
    assert OTHER in book.read_text()


async def test_a_second_time_finds_nothing_more(start: Start, workspace: Path) -> None:
    fill(workspace)
    editor = await start(workspace, capabilities=PREVIEWS)
    client = Client(editor)
    await editor.run(COMMAND)
    once = tree(workspace)
    assert (await editor.run(COMMAND))["moved"] == 0
    assert (len(client.edits), tree(workspace)) == (1, once)


async def test_it_shows_its_progress_and_can_be_cancelled(start: Start, workspace: Path) -> None:
    for number in range(300):
        (workspace / f"{number:03}.py").write_text("value = compute(argument) + other\n" * 2000 + f'K = "{ACME}"\n')
    editor = await start(workspace, capabilities={**PREVIEWS, "window": {"workDoneProgress": True}})
    client = Client(editor)
    run = asyncio.ensure_future(editor.run(COMMAND, token="fix"))
    await editor.until(lambda: len(editor.progress_reports.get("fix", ())) > 1)
    editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams("fix"))
    assert (await run)["cancelled"]
    assert client.edits == []
    assert editor.progress_reports["fix"][-1] == {"kind": "end", "message": "cancelled"}
