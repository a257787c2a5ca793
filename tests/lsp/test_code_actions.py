"""Code actions of a real server, applied as an editor applies them; files on disk are compared."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from editor import ACME, OTHER, Editor, Start, uri_of
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.uris import to_fs_path

RESOLVES = {"codeAction": {"resolveSupport": {"properties": ["edit"]}, "disabledSupport": True}}
FULL = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": RESOLVES,
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]}, "applyEdit": True},
}
SIMPLE = {"workspace": {"applyEdit": True}}
PROGRAM = f'import sys\n\n# 🔑 of the shop\nSTRIPE = "{ACME}"  # kept\nprint(STRIPE, sys.argv)\n'


async def opened(editor: Editor, file: Path, text: str = PROGRAM) -> str:
    file.write_text(text, encoding="utf-8", newline="")
    uri = uri_of(file)
    editor.open(uri, text)
    await editor.published(uri)
    return uri


async def actions(editor: Editor, uri: str, line: int, only: list[str] | None = None) -> dict[str, lsp.CodeAction]:
    place = lsp.Range(lsp.Position(line, 0), lsp.Position(line, 0))
    found = await editor.text_document_code_action_async(
        lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), place, lsp.CodeActionContext([], only))
    )
    return {action.title: action for action in found or [] if isinstance(action, lsp.CodeAction)}


async def chosen(editor: Editor, uri: str, line: int, title: str) -> lsp.CodeAction:
    offered = await actions(editor, uri, line)
    assert any(name.startswith(title) for name in offered), list(offered)
    (action,) = [action for name, action in offered.items() if name.startswith(title)]
    return action if action.edit or action.command else await editor.code_action_resolve_async(action)


async def done(editor: Editor, action: lsp.CodeAction) -> None:
    """What an editor does with an action: its edit, then its command."""
    if action.edit:
        apply(action.edit)
    if action.command:
        await editor.run(action.command.command, *(action.command.arguments or ()))


def apply(edit: lsp.WorkspaceEdit) -> None:
    for operation in edit.document_changes or ():
        if isinstance(operation, lsp.CreateFile):
            path = Path(to_fs_path(operation.uri) or "")
            if not path.exists():
                path.touch()
        else:
            assert isinstance(operation, lsp.TextDocumentEdit)
            rewrite(operation.text_document.uri, [plain(edit) for edit in operation.edits])
    for uri, edits in (edit.changes or {}).items():
        rewrite(uri, list(edits))


def plain(edit: lsp.TextEdit | lsp.AnnotatedTextEdit | lsp.SnippetTextEdit) -> lsp.TextEdit:
    """What is left of a text edit where nobody types over its places."""
    if isinstance(edit, lsp.SnippetTextEdit):
        text = re.sub(r"\$\{\d+:(\w+)\}", r"\1", edit.snippet.value)
        return lsp.TextEdit(edit.range, re.sub(r"\\(.)", r"\1", text))
    return lsp.TextEdit(edit.range, edit.new_text)


def rewrite(uri: str, edits: list[lsp.TextEdit]) -> None:
    path = Path(to_fs_path(uri) or "")
    lines = path.read_bytes().decode().splitlines(keepends=True) or [""]
    if lines[-1].endswith("\n"):
        lines.append("")
    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        start, end = edit.range.start, edit.range.end
        head = units(lines[start.line])[: 2 * start.character].decode("utf-16-le")
        tail = units(lines[end.line])[2 * end.character :].decode("utf-16-le")
        lines[start.line : end.line + 1] = [head + edit.new_text + tail]
    path.write_text("".join(lines), encoding="utf-8", newline="")


def units(line: str) -> bytes:
    return line.encode("utf-16-le")


@pytest.mark.parametrize("capabilities", [FULL, SIMPLE], ids=["full", "simple"])
async def test_a_value_moves_and_the_program_still_runs(start: Start, workspace: Path, capabilities: Any) -> None:
    """Whether the client makes the files or the server."""
    subprocess.run(["git", "init", "-q", str(workspace)], check=True)
    editor = await start(workspace, capabilities=capabilities)
    editor.feature(lsp.WORKSPACE_APPLY_EDIT)(applying)
    file = workspace / "shop.py"
    uri = await opened(editor, file)
    await done(editor, await chosen(editor, uri, 3, "Move it to the environment variable "))
    assert file.read_text(encoding="utf-8") == PROGRAM.replace("import sys", "import os\nimport sys").replace(
        f'"{ACME}"', 'os.environ["STRIPE"]'
    )
    assert (workspace / ".env").read_text() == f"STRIPE={ACME}\n"
    assert stat.S_IMODE((workspace / ".env").stat().st_mode) == 0o600
    assert (workspace / ".gitignore").read_text() == ".env\n"
    assert (workspace / ".env.example").read_text() == "STRIPE=\n"


async def applying(editor: Editor, params: lsp.ApplyWorkspaceEditParams) -> lsp.ApplyWorkspaceEditResult:
    apply(params.edit)
    return lsp.ApplyWorkspaceEditResult(applied=True)


async def refusing(editor: Editor, params: lsp.ApplyWorkspaceEditParams) -> lsp.ApplyWorkspaceEditResult:
    return lsp.ApplyWorkspaceEditResult(applied=False)


async def test_nothing_is_left_behind_where_the_editor_refuses(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=SIMPLE)
    editor.feature(lsp.WORKSPACE_APPLY_EDIT)(refusing)
    uri = await opened(editor, workspace / "shop.py")
    await done(editor, await chosen(editor, uri, 3, "Move it to the environment variable "))
    assert [path.name for path in workspace.iterdir()] == ["shop.py"]
    assert (workspace / "shop.py").read_text(encoding="utf-8") == PROGRAM


async def test_the_preferred_fix_comes_first_and_no_action_holds_the_value(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    uri = await opened(editor, workspace / "shop.py")
    offered = list((await actions(editor, uri, 3)).values())
    assert [action.is_preferred for action in offered] == [True, *[None] * (len(offered) - 1)]
    assert ACME not in repr(offered)
    assert [action.title for action in offered if action.command] == [
        "Ignore it in the baseline",
        "It is a test credential (baseline)",
        "It is a false alarm (baseline)",
        "Open the page where it is revoked",
        "How to replace it, and whether it was committed",
    ]


async def test_what_is_chosen_most_stands_first(start: Start, workspace: Path) -> None:
    capabilities = {**FULL, "experimental": {"copy": True}}
    editor = await start(workspace, capabilities=capabilities)
    uri = await opened(editor, workspace / "shop.py", f'DEPLOY_KEY = "{ACME}"\nBACKUP_KEY = "{OTHER}"\n')
    assert list(await actions(editor, uri, 0)) == [
        "Move it to the environment variable DEPLOY_KEY",
        "Move all secrets of this file to environment variables",
        "Read DEPLOY_KEY from the environment and copy the value",
        "Read DEPLOY_KEY from the environment and leave .env alone",
        "Replace it by a placeholder",
        "Ignore it here, by a comment",
        "Ignore it in the baseline",
        "It is a test credential (baseline)",
        "It is a false alarm (baseline)",
        "Allow this value in the whole project (unleak.toml)",
        "Switch acme-key off in this file (unleak.toml)",
        "Open the page where it is revoked",
        "How to replace it, and whether it was committed",
    ]


async def test_one_value_in_two_places_becomes_one_variable(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    text = f'import os\nDEPLOY_KEY = "{ACME}"\nMIRROR_KEY = "{ACME}"\nBACKUP_KEY = "{OTHER}"\n'
    uri = await opened(editor, workspace / "keys.py", text)
    offered = await actions(editor, uri, 0, ["source.unleak.moveAll"])
    (action,) = offered.values()
    await done(editor, await editor.code_action_resolve_async(action))
    fixed = (workspace / "keys.py").read_text()
    read = 'os.environ["{}"]'.format
    lines = [f"DEPLOY_KEY = {read('DEPLOY_KEY')}", f"MIRROR_KEY = {read('DEPLOY_KEY')}"]
    assert fixed.splitlines() == ["import os", *lines, f"BACKUP_KEY = {read('BACKUP_KEY')}"]
    assert (workspace / ".env").read_text() == f"DEPLOY_KEY={ACME}\nBACKUP_KEY={OTHER}\n"


async def test_a_text_that_has_changed_meanwhile_is_not_edited(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    uri = await opened(editor, workspace / "shop.py")
    action = next(iter((await actions(editor, uri, 3)).values()))
    editor.change(uri, 2, lsp.TextDocumentContentChangeWholeDocument("x = 1\n"))
    await editor.published(uri, 2)
    with pytest.raises(JsonRpcException):
        await editor.code_action_resolve_async(action)


async def test_a_finding_goes_into_the_baseline_and_is_silent_then(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    uri = await opened(editor, workspace / "shop.py")
    await done(editor, await chosen(editor, uri, 3, "It is a false alarm"))
    assert not await editor.published(uri)
    assert ACME not in (workspace / ".unleak-baseline.json").read_text()


async def test_what_a_person_says_is_kept_without_a_word(start: Start, workspace: Path) -> None:
    editor = await start(workspace, options={"feedback": True}, capabilities=FULL)
    uri = await opened(editor, workspace / "shop.py")
    await done(editor, await chosen(editor, uri, 3, "It is a false alarm"))
    assert not await editor.published(uri)
    assert not editor.messages


@pytest.mark.parametrize("title", ["Replace it by a placeholder", "Ignore it here, by a comment"])
async def test_after_a_fix_nothing_is_found_there(start: Start, workspace: Path, title: str) -> None:
    editor = await start(workspace, capabilities=FULL)
    file = workspace / "shop.py"
    uri = await opened(editor, file)
    await done(editor, await chosen(editor, uri, 3, title))
    editor.change(uri, 2, lsp.TextDocumentContentChangeWholeDocument(file.read_text(encoding="utf-8")))
    assert not await editor.published(uri, 2)


@pytest.mark.parametrize("title", ["Allow this value in the whole project", "Switch acme-key off in this file"])
async def test_settings_silence_it(start: Start, workspace: Path, title: str) -> None:
    editor = await start(workspace, capabilities=FULL)
    uri = await opened(editor, workspace / "shop.py")
    await done(editor, await chosen(editor, uri, 3, title))
    assert ACME not in (workspace / "unleak.toml").read_text()
    file = lsp.FileEvent(uri_of(workspace / "unleak.toml"), lsp.FileChangeType.Created)
    editor.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([file]))
    assert not await editor.published(uri)


async def test_history_says_since_when_and_what_to_do(start: Start, workspace: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *arguments], cwd=workspace, check=True, capture_output=True)

    (workspace / "shop.py").write_text(PROGRAM, encoding="utf-8")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    editor = await start(workspace, capabilities=FULL)
    uri = await opened(editor, workspace / "shop.py")
    await done(editor, await chosen(editor, uri, 3, "How to replace it"))
    (message,) = [message.message for message in editor.messages]
    assert message.startswith("This value was committed already: ")
    assert "https://acme.example/settings/keys" in message
    assert ACME not in message


async def test_without_a_folder_the_value_stays_out_of_files(start: Start, tmp_path: Path) -> None:
    editor = await start(capabilities=FULL)
    uri = await opened(editor, tmp_path / "alone.py")
    offered = list((await actions(editor, uri, 3)).values())
    assert offered[0].title == "Read STRIPE from the environment and leave .env alone"
    assert offered[0].is_preferred


async def test_rubbish_is_refused(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    for command in ("unleak.fix", "unleak.fix.keychain", "unleak.mark", "unleak.history", "unleak.rotate"):
        for data in (None, 3, {"uri": "file:///nowhere", "span": [1, 2], "rule": 5}, {"uri": [], "span": "abcd"}):
            with pytest.raises(JsonRpcException):
                await editor.run(command, data)
    assert await editor.run("unleak.fix.applied", {"private": ["/etc/passwd", 3], "notes": "x"}) == {}
