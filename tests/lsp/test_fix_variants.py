"""Other ways to move a value, and what clients are given that can do more; by a real server."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from editor import ACME, OTHER, RULES, UNLEAK, Editor, Start, uri_of
from lsprotocol import types as lsp
from test_code_actions import FULL, PROGRAM, actions, apply, applying, chosen, done, opened, refusing
from test_fix_workspace import PREVIEWS, Client

MOVE, REPLACE = "Move it to the environment variable ", "Read STRIPE from the environment and leave"
COPY, KEYCHAIN = "Read STRIPE from the environment and copy", "Move it to the keychain as STRIPE"
READS = PROGRAM.replace("import sys", "import os\nimport sys").replace(f'"{ACME}"', 'os.environ["STRIPE"]')
BACKEND = """
import json, os
from keyring.backend import KeyringBackend

FILE = os.environ["KEPT_IN"]

def kept():
    return json.load(open(FILE)) if os.path.exists(FILE) else {}

class Keyring(KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        return kept().get(service, {}).get(username)

    def set_password(self, service, username, password):
        if os.environ.get("LOCKED"):
            raise RuntimeError(password)
        entries = kept()
        entries.setdefault(service, {})[username] = password
        json.dump(entries, open(FILE, "w"))

    def delete_password(self, service, username):
        entries = kept()
        del entries[service][username]
        json.dump(entries, open(FILE, "w"))
"""

posix = pytest.mark.skipif(os.name == "nt", reason="files have no modes there")
with_keyring = pytest.mark.skipif(importlib.util.find_spec("keyring") is None, reason="keyring is not installed")


def edits_of(action: lsp.CodeAction, uri: str) -> list[Any]:
    assert action.edit is not None
    return [
        edit
        for part in action.edit.document_changes or ()
        if isinstance(part, lsp.TextDocumentEdit) and part.text_document.uri == uri
        for edit in part.edits
    ]


# Previews and labels


async def test_all_of_a_file_is_shown_before_it_moves(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=PREVIEWS)
    uri = await opened(editor, workspace / "shop.py", f'A_KEY = "{ACME}"\nB_KEY = "{OTHER}"\n')
    (action,) = (await actions(editor, uri, 0, ["source.unleak.moveAll"])).values()
    edit = (await editor.code_action_resolve_async(action)).edit
    assert edit is not None
    (annotation,) = (edit.change_annotations or {}).values()
    assert (annotation.label, annotation.needs_confirmation) == (action.title, True)


async def test_a_single_fix_is_labelled_and_asks_nothing(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=PREVIEWS)
    uri = await opened(editor, workspace / "shop.py")
    action = await chosen(editor, uri, 3, MOVE)
    assert action.edit is not None
    (annotation,) = (action.edit.change_annotations or {}).values()
    assert annotation.label == action.title
    assert not annotation.needs_confirmation
    await done(editor, action)
    assert (workspace / "shop.py").read_text(encoding="utf-8") == READS


# The mode of a `.env` that the client saves later


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


async def fixed_and_unsaved(start: Start, workspace: Path) -> Editor:
    """An editor that has applied a fix to its buffers and written none of them."""
    editor = await start(workspace, capabilities=FULL)
    uri = await opened(editor, workspace / "shop.py")
    action = await chosen(editor, uri, 3, MOVE)
    if action.command:
        await editor.run(action.command.command, *(action.command.arguments or ()))
    return editor


async def heard(editor: Editor, workspace: Path) -> None:
    """Wait until the server has taken in all that it was told."""
    await actions(editor, uri_of(workspace / "shop.py"), 3)


@posix
@pytest.mark.parametrize("told", ["saved", "watched"])
async def test_a_file_that_is_saved_later_becomes_private_then(start: Start, workspace: Path, told: str) -> None:
    editor = await fixed_and_unsaved(start, workspace)
    env, new = workspace / ".env", workspace / "new"
    new.write_text(f"STRIPE={ACME}\n")
    new.chmod(0o644)
    new.rename(env)
    if told == "saved":
        editor.save(uri_of(env))
    else:
        event = lsp.FileEvent(uri_of(env), lsp.FileChangeType.Created)
        editor.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([event]))
    await heard(editor, workspace)
    assert mode(env) == 0o600
    env.chmod(0o640)
    editor.save(uri_of(env))
    await heard(editor, workspace)
    assert mode(env) == 0o640, "what a person decides later stays"


@posix
async def test_a_file_that_no_fix_made_keeps_its_mode(start: Start, workspace: Path) -> None:
    env = workspace / ".env"
    env.write_text("OLD=1\n")
    env.chmod(0o644)
    editor = await fixed_and_unsaved(start, workspace)
    await editor.run("unleak.fix.applied", {"private": [str(env)]})
    editor.save(uri_of(env))
    await heard(editor, workspace)
    assert mode(env) == 0o644


async def test_a_client_that_watches_is_asked_to_watch_what_a_fix_makes(start: Start, workspace: Path) -> None:
    watches = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
    editor = await start(workspace, capabilities={**FULL, "workspace": {**FULL["workspace"], **watches}})
    uri = await opened(editor, workspace / "shop.py")
    await editor.until(lambda: editor.registrations)
    action = await chosen(editor, uri, 3, MOVE)
    before = len(editor.registrations)
    assert action.command is not None
    await editor.run(action.command.command, *(action.command.arguments or ()))
    asked = await editor.until(lambda: editor.registrations[before:])
    assert "**/.env" in repr([registration.register_options for registration in asked])


@posix
async def test_a_link_is_not_followed(start: Start, workspace: Path) -> None:
    editor = await fixed_and_unsaved(start, workspace)
    other = workspace / "other"
    other.write_text("x")
    other.chmod(0o644)
    (workspace / ".env").symlink_to(other)
    editor.save(uri_of(workspace / ".env"))
    await heard(editor, workspace)
    assert mode(other) == 0o644


# The name to type over


@pytest.mark.parametrize("standard", [True, False], ids=["protocol", "extension"])
async def test_the_name_can_be_typed_over_where_no_env_holds_it(start: Start, workspace: Path, standard: bool) -> None:
    edits = {"documentChanges": True, **({"snippetEditSupport": True} if standard else {})}
    capabilities = {"textDocument": FULL["textDocument"], "workspace": {"workspaceEdit": edits}}
    if not standard:
        capabilities["experimental"] = {"snippetTextEdit": True}
    editor = await start(workspace, capabilities=capabilities)
    sent = raw_edits(editor)
    uri = await opened(editor, workspace / "shop.py")
    await chosen(editor, uri, 3, REPLACE)
    written = [edit.get("snippet", {}).get("value") or edit.get("newText") for edit in sent[-1]]
    assert written == ["import os\n", 'os.environ["${1:STRIPE}"]']
    assert [edit.get("insertTextFormat") for edit in sent[-1]] == [None, None if standard else 2]


async def test_a_name_that_goes_into_env_is_no_snippet(start: Start, workspace: Path) -> None:
    edits = {"documentChanges": True, "resourceOperations": ["create"], "snippetEditSupport": True}
    capabilities = {"textDocument": FULL["textDocument"], "workspace": {"workspaceEdit": edits}}
    editor = await start(workspace, capabilities=capabilities)
    uri = await opened(editor, workspace / "shop.py")
    action = await chosen(editor, uri, 3, MOVE)
    assert all(isinstance(edit, lsp.TextEdit) for edit in edits_of(action, uri))


async def test_signs_of_snippets_are_escaped(start: Start, workspace: Path) -> None:
    """A shell's reference is full of them."""
    edits = {"documentChanges": True, "snippetEditSupport": True}
    capabilities = {"textDocument": FULL["textDocument"], "workspace": {"workspaceEdit": edits}}
    editor = await start(workspace, capabilities=capabilities)
    uri = await opened(editor, workspace / "deploy.sh", f"deploy --key {ACME}\n")
    (title,) = [title for title in await actions(editor, uri, 0) if title.endswith("leave .env alone")]
    action = await chosen(editor, uri, 0, title)
    (edit,) = edits_of(action, uri)
    name = title.split()[1]
    assert edit.snippet.value == f'"\\${{${{1:{name}}}:?\\}}"'
    assert action.edit is not None
    apply(action.edit)
    assert (workspace / "deploy.sh").read_text() == f'deploy --key "${{{name}:?}}"\n'


def raw_edits(editor: Editor) -> list[list[dict[str, Any]]]:
    """The text edits of answers as they come, with what the protocol's types do not know."""
    sent: list[list[dict[str, Any]]] = []
    structure = editor.protocol.structure_message

    def kept(data: dict[str, Any]) -> Any:
        result = data.get("result")
        edit = result.get("edit") if isinstance(result, dict) else None
        if edit:
            sent.append([each for part in edit["documentChanges"] for each in part.get("edits", ())])
        return structure(data)

    editor.protocol.structure_message = kept  # type: ignore[method-assign]
    return sent


# The clipboard


COPIES = {**FULL, "experimental": {"copy": True}}


async def test_the_client_copies_before_the_value_goes(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=COPIES)
    editor.feature(lsp.WORKSPACE_APPLY_EDIT)(applying)
    file = workspace / "shop.py"
    uri = await opened(editor, file)
    action = await chosen(editor, uri, 3, COPY)
    assert action.edit is None
    assert action.command is not None
    assert action.command.command == "unleak.client.copy"
    assert ACME not in repr(action)
    (told,) = action.command.arguments or ()
    begin, end = told["range"]["start"], told["range"]["end"]
    assert PROGRAM.splitlines()[begin["line"]][begin["character"] : end["character"]] == ACME
    assert (told["uri"], told["version"]) == (uri, 1)
    answer = await editor.run(told["then"]["command"], *told["then"]["arguments"])
    assert answer == {"applied": True}
    assert file.read_text(encoding="utf-8") == READS
    assert not (workspace / ".env").exists()


async def test_a_client_that_cannot_copy_is_offered_none(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    uri = await opened(editor, workspace / "shop.py")
    offered = await actions(editor, uri, 3)
    assert offered
    assert not [title for title in offered if "copy" in title]


async def test_no_copy_of_what_is_not_the_value(start: Start, workspace: Path, rules: Path) -> None:
    """The clipboard would hold an escape in place of what it means."""
    escaped = RULES.replace('["acme_"]', '["acme"]').replace("acme_[", r"acme\\x5f[")
    rules.write_text(escaped.replace("acme_", r"acme\x5f"))
    editor = await start(workspace, capabilities=COPIES)
    literal = ACME.replace("_", "\\x5f")
    uri = await opened(editor, workspace / "shop.py", f'import os\nSTRIPE = "{literal}"\n')
    offered = await actions(editor, uri, 1)
    assert f"{MOVE}STRIPE" in offered
    assert not [title for title in offered if "copy" in title]


# The keychain


@pytest.fixture
def keychain(environment: dict[str, str], tmp_path: Path) -> Path:
    """The file of a keychain that all processes of a test share."""
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "file_keyring.py").write_text(BACKEND)
    paths = filter(None, [str(folder), environment.get("PYTHONPATH", "")])
    environment.update(PYTHONPATH=os.pathsep.join(paths), PYTHON_KEYRING_BACKEND="file_keyring.Keyring")
    environment["KEPT_IN"] = str(tmp_path / "kept.json")
    return tmp_path / "kept.json"


async def ran(folder: Path, environment: dict[str, str], *command: str) -> tuple[int | None, str, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *UNLEAK, "run", "--", *command, cwd=folder, env=environment, stdout=pipe, stderr=pipe
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


@with_keyring
async def test_a_value_moves_to_the_keychain_and_the_program_gets_it(
    start: Start, workspace: Path, keychain: Path, environment: dict[str, str]
) -> None:
    editor = await start(workspace, capabilities=FULL)
    editor.feature(lsp.WORKSPACE_APPLY_EDIT)(applying)
    file = workspace / "shop.py"
    await done(editor, await chosen(editor, await opened(editor, file), 3, KEYCHAIN))
    assert file.read_text(encoding="utf-8") == READS
    assert json.loads(keychain.read_text())["unleak:shop"]["STRIPE"] == ACME
    assert [each.name for each in workspace.iterdir()] == ["shop.py"]
    code, out, err = await ran(workspace, environment, sys.executable, "-X", "utf8", "shop.py")
    assert (code, out.split()[0], err) == (0, ACME, "")
    assert ACME not in repr([*editor.messages, *editor.log_messages])


@with_keyring
async def test_a_refused_edit_leaves_nothing_in_the_keychain(start: Start, workspace: Path, keychain: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    editor.feature(lsp.WORKSPACE_APPLY_EDIT)(refusing)
    await done(editor, await chosen(editor, await opened(editor, workspace / "shop.py"), 3, KEYCHAIN))
    assert not any(json.loads(keychain.read_text()).values())
    assert (workspace / "shop.py").read_text(encoding="utf-8") == PROGRAM


@with_keyring
async def test_another_value_in_the_keychain_stays(start: Start, workspace: Path, keychain: Path) -> None:
    before = {"unleak:shop": {"STRIPE": OTHER}}
    keychain.write_text(json.dumps(before))
    editor = await start(workspace, capabilities=FULL)
    client = Client(editor)
    await done(editor, await chosen(editor, await opened(editor, workspace / "shop.py"), 3, KEYCHAIN))
    assert json.loads(keychain.read_text()) == before
    assert client.edits == []


@with_keyring
async def test_a_locked_keychain_says_so_without_the_value(
    start: Start, workspace: Path, keychain: Path, environment: dict[str, str]
) -> None:
    environment["LOCKED"] = "1"
    editor = await start(workspace, capabilities=FULL)
    client = Client(editor)
    await done(editor, await chosen(editor, await opened(editor, workspace / "shop.py"), 3, KEYCHAIN))
    (message,) = [message.message for message in editor.messages]
    assert message == "The keychain takes nothing in (RuntimeError): unlock it first."
    assert client.edits == []


async def test_without_a_keychain_none_is_offered(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    uri = await opened(editor, workspace / "shop.py")
    assert not [title for title in await actions(editor, uri, 3) if "keychain" in title]
