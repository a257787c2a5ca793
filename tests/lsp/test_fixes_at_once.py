"""Two fixes at once and places that cannot take a value in, with real servers: nothing is lost, and it is said why."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from editor import ACME, OTHER, SERVE, Editor, Start
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from test_code_actions import FULL, SIMPLE, actions, applying, chosen, done, opened

from unleak.fixes.dotenv import values_in

MOVE = "Move it to the environment variable "
FIRST = f'DEPLOY_KEY = "{ACME}"\nprint(DEPLOY_KEY)\n'
SECOND = f'BACKUP_KEY = "{OTHER}"\nprint(BACKUP_KEY)\n'


def kept(workspace: Path) -> dict[str, str | None]:
    return values_in((workspace / ".env").read_bytes().decode())


@pytest.mark.parametrize("existing", [None, "", "A=1", "A=1\n", "A='x\ny'\r\nB=2\r\n"], ids=repr)
async def test_two_servers_whose_edits_were_made_before_either_was_applied(
    start: Start, workspace: Path, existing: str | None
) -> None:
    if existing is not None:
        (workspace / ".env").write_bytes(existing.encode())
    before = kept(workspace) if existing else {}
    one, other = await start(workspace, capabilities=FULL), await start(workspace, capabilities=FULL)
    a = await chosen(one, await opened(one, workspace / "a.py", FIRST), 0, MOVE)
    b = await chosen(other, await opened(other, workspace / "b.py", SECOND), 0, MOVE)
    await done(one, a)
    await done(other, b)
    assert kept(workspace) == {**before, "DEPLOY_KEY": ACME, "BACKUP_KEY": OTHER}
    assert ACME not in (workspace / "a.py").read_text()
    assert OTHER not in (workspace / "b.py").read_text()


async def test_two_servers_that_make_the_files_at_the_same_time(start: Start, workspace: Path) -> None:
    """Whoever comes second is refused with a word, and has changed nothing."""
    one, other = await start(workspace, capabilities=SIMPLE), await start(workspace, capabilities=SIMPLE)
    for editor in (one, other):
        editor.feature(lsp.WORKSPACE_APPLY_EDIT)(applying)
    a = await chosen(one, await opened(one, workspace / "a.py", FIRST), 0, MOVE)
    b = await chosen(other, await opened(other, workspace / "b.py", SECOND), 0, MOVE)
    await asyncio.gather(done(one, a), done(other, b))
    found = kept(workspace)
    for editor, file, text, name, value in (
        (one, "a.py", FIRST, "DEPLOY_KEY", ACME),
        (other, "b.py", SECOND, "BACKUP_KEY", OTHER),
    ):
        now = (workspace / file).read_text()
        if now == text:
            assert [message.message for message in editor.messages if "ask for code actions again" in message.message]
            assert name not in found
        else:
            assert value not in now
            assert found[name] == value
    assert found, "neither was applied"


async def test_two_actions_of_one_version_applied_one_after_the_other(start: Start, workspace: Path) -> None:
    """The second edit says which version it is for; asked for again it finds its place."""
    editor = await start(workspace, capabilities=FULL)
    file = workspace / "shop.py"
    uri = await opened(editor, file, FIRST + SECOND)
    first, second = await chosen(editor, uri, 0, MOVE), await chosen(editor, uri, 2, MOVE)
    for action in (first, second):
        assert action.edit is not None
        versions = {
            change.text_document.version
            for change in action.edit.document_changes or ()
            if isinstance(change, lsp.TextDocumentEdit) and change.text_document.uri == uri
        }
        assert versions == {1}, "an editor could not tell that the text is another one"
    await done(editor, first)
    editor.change(uri, 2, lsp.TextDocumentContentChangeWholeDocument(file.read_text()))
    await editor.published(uri, 2)
    again = (await actions(editor, uri, second_line(file), None)).values()
    await done(editor, await editor.code_action_resolve_async(next(iter(again))))
    assert kept(workspace) == {"DEPLOY_KEY": ACME, "BACKUP_KEY": OTHER}
    assert ACME not in file.read_text()
    assert OTHER not in file.read_text()
    assert file.read_text().count("import os") == 1


async def test_two_servers_that_add_one_name_with_different_values_say_so(start: Start, workspace: Path) -> None:
    """Both values are there, and nobody has to find out by a program that fails."""
    one, other = await start(workspace, capabilities=FULL), await start(workspace, capabilities=FULL)
    a = await chosen(one, await opened(one, workspace / "a.py", FIRST), 0, MOVE)
    b = await chosen(other, await opened(other, workspace / "b.py", FIRST.replace(ACME, OTHER)), 0, MOVE)
    await done(one, a)
    assert not one.messages
    await done(other, b)
    env = workspace / ".env"
    assert sorted(env.read_text().split()) == sorted([f"DEPLOY_KEY={ACME}", f"DEPLOY_KEY={OTHER}"])
    (message,) = [message.message for message in other.messages]
    assert message.startswith(f"DEPLOY_KEY stands twice in {env}, with different values: ")
    assert ACME not in message
    assert OTHER not in message
    change = lsp.DidChangeWatchedFilesParams([lsp.FileEvent(env.as_uri(), lsp.FileChangeType.Changed)])
    for editor in (one, other):
        editor.workspace_did_change_watched_files(change)
    assert (await one.until(lambda: one.messages))[0].message == message
    other.workspace_did_change_watched_files(change)
    await actions(other, (workspace / "b.py").as_uri(), 0)
    assert len(other.messages) == 1


async def test_two_servers_that_add_one_name_with_one_value_say_nothing(start: Start, workspace: Path) -> None:
    one, other = await start(workspace, capabilities=FULL), await start(workspace, capabilities=FULL)
    a = await chosen(one, await opened(one, workspace / "a.py", FIRST), 0, MOVE)
    b = await chosen(other, await opened(other, workspace / "b.py", FIRST), 0, MOVE)
    await done(one, a)
    await done(other, b)
    assert not other.messages


async def test_a_text_that_changes_while_an_edit_is_computed_gets_none_of_its_old_self(
    start: Start, workspace: Path
) -> None:
    """Either the request fails, or the edit says that it is for the earlier version."""
    editor = await start(workspace, capabilities=FULL)
    uri = await opened(editor, workspace / "shop.py", FIRST * 200)
    action = next(iter((await actions(editor, uri, 0)).values()))
    request = asyncio.ensure_future(editor.code_action_resolve_async(action))
    await asyncio.sleep(0)
    editor.change(uri, 2, lsp.TextDocumentContentChangePartial(lsp.Range(*[lsp.Position(0, 0)] * 2), "# x\n" * 9))
    (outcome,) = await asyncio.gather(request, return_exceptions=True)
    if isinstance(outcome, BaseException):
        assert "ask for code actions again" in str(outcome)
        return
    versions = {
        change.text_document.version
        for change in outcome.edit.document_changes
        if isinstance(change, lsp.TextDocumentEdit) and change.text_document.uri == uri
    }
    assert versions == {1}


def second_line(file: Path) -> int:
    return next(number for number, line in enumerate(file.read_text().splitlines()) if OTHER in line)


async def test_an_action_that_was_resolved_too_late_is_refused(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    file = workspace / "shop.py"
    uri = await opened(editor, file, FIRST)
    stale = next(iter((await actions(editor, uri, 0)).values()))
    await done(editor, await editor.code_action_resolve_async(stale))
    editor.change(uri, 2, lsp.TextDocumentContentChangeWholeDocument(file.read_text()))
    await editor.published(uri, 2)
    before = {path.name: path.read_bytes() for path in workspace.iterdir()}
    with pytest.raises(JsonRpcException, match="ask for code actions again"):
        await editor.code_action_resolve_async(stale)
    assert {path.name: path.read_bytes() for path in workspace.iterdir()} == before


async def test_one_value_in_two_files_takes_one_variable(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    for name in ("a.py", "b.py"):
        uri = await opened(editor, workspace / name, FIRST)
        await done(editor, await chosen(editor, uri, 0, MOVE))
    assert (workspace / ".env").read_text() == f"DEPLOY_KEY={ACME}\n"


async def test_another_value_of_the_same_name_takes_another_variable(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=FULL)
    for name, text in (("a.py", FIRST), ("b.py", FIRST.replace(ACME, OTHER))):
        uri = await opened(editor, workspace / name, text)
        await done(editor, await chosen(editor, uri, 0, MOVE))
    assert kept(workspace) == {"DEPLOY_KEY": ACME, "DEPLOY_KEY_2": OTHER}


# Places, and what the server says of them


def directory(env: Path) -> None:
    env.mkdir()


def pipe(env: Path) -> None:
    os.mkfifo(env)


def link_outside(env: Path) -> None:
    (env.parent.parent / "outside").write_text("A=1\n")
    env.symlink_to("../outside")


def link_to_itself(env: Path) -> None:
    env.symlink_to(".env")


def fifty_megabytes(env: Path) -> None:
    with env.open("wb") as file:
        file.truncate(50_000_000)


def wide(env: Path) -> None:
    env.write_bytes("A=1\n".encode("utf-16"))


def open_quote(env: Path) -> None:
    env.write_text("A='x\nB=2\n")


HOSTILE = {
    directory: "is a folder",
    pipe: "is no regular file",
    link_outside: "leads out of the workspace",
    link_to_itself: "leads nowhere",
    fifty_megabytes: "larger than 1 MB",
    wide: "is not UTF-8",
    open_quote: "never closed",
}


class Spoken(Editor):
    """A client that keeps what its server says, but for the edits: messages, logs, traces and standard error."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.log = log
        self.traces: list[lsp.LogTraceParams] = []
        self.errors: list[str] = []
        self.feature(lsp.LOG_TRACE)(keep_trace)

    @property
    def said(self) -> str:
        told = [repr(each) for each in (*self.messages, *self.log_messages, *self.traces, *self.publications)]
        return "\n".join([*told, *self.errors, self.log.read_text(errors="replace")])


def keep_trace(editor: Spoken, params: lsp.LogTraceParams) -> None:
    editor.traces.append(params)


@pytest.fixture
async def spoken(environment: dict[str, str], rules: Path, workspace: Path, tmp_path: Path) -> AsyncIterator[Spoken]:
    editor = Spoken(tmp_path / "log")
    await editor.start_io("sh", "-c", 'exec "$@" 2>>"$0"', str(editor.log), *SERVE, env=environment)
    editor.answer = await editor.initialize_session(
        lsp.InitializeParams(
            capabilities=editor.protocol._converter.structure(FULL, lsp.ClientCapabilities),
            initialization_options={"extraRules": [str(rules)]},
            workspace_folders=[lsp.WorkspaceFolder(workspace.as_uri(), workspace.name)],
            trace=lsp.TraceValue.Verbose,
        )
    )
    editor.set_trace(lsp.SetTraceParams(lsp.TraceValue.Verbose))
    yield editor
    await editor.shutdown_session()
    await editor.stop()


@pytest.mark.parametrize("place", HOSTILE, ids=[place.__name__ for place in HOSTILE])
async def test_an_env_file_that_cannot_take_it_in_is_named_and_left_alone(
    spoken: Spoken, workspace: Path, place: Callable[[Path], None]
) -> None:
    place(workspace / ".env")
    before = os.lstat(workspace / ".env")
    uri = await opened(spoken, workspace / "shop.py", FIRST)
    action = await chosen(spoken, uri, 0, MOVE)
    assert action.edit is None
    assert action.command is None
    assert any(HOSTILE[place] in message.message for message in spoken.messages)
    after = os.lstat(workspace / ".env")
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)
    assert (workspace / "shop.py").read_text() == FIRST
    assert sorted(path.name for path in workspace.iterdir()) == [".env", "shop.py"]
    other = await chosen(spoken, uri, 0, "Read DEPLOY_KEY from the environment")
    assert other.edit is not None
    assert ACME not in spoken.said


HALF = {
    "python": ("shop.py", f'f = [\nDEPLOY_KEY = f"{ACME}{{\n'),
    "perl": ("shop.pl", f"my $key = '{ACME}';\nprint word#"),
    "php": ("shop.php", f"<?php class A {{ private $key\n= '{ACME}'; function"),
    "json": ("appsettings.json", f'{{"A $(touch canary)\\n": {{"Key": "{ACME}"'),
    "kotlin": ("shop.kt", f'const val KE(Y = "{ACME}"\n@A(KE'),
    "csharp": ("shop.cs", f'string.Format(C.I, "{{0}}:{ACME}", 7= );'),
    "yaml": ("values.yaml", f'{ACME}\n  existingSecret: ""\n'),
    "javascript": ("shop.js", f"const key = tag``//\n{ACME}`"),
}


@pytest.mark.parametrize("kind", HALF)
async def test_half_typed_code_gets_answers_that_hold_no_value(spoken: Spoken, workspace: Path, kind: str) -> None:
    file, text = HALF[kind]
    uri = await opened(spoken, workspace / file, text)
    line = next(number for number, each in enumerate(text.split("\n")) if ACME in each)
    offered = await actions(spoken, uri, line)
    assert offered, "no action is offered"
    for title, action in offered.items():
        assert ACME not in title
        assert ACME not in str(action.disabled)
        if action.disabled or action.command:
            continue
        resolved: Any = await spoken.code_action_resolve_async(action)
        spoken.errors.append(repr(resolved.command))
    assert ACME not in spoken.said
    assert not (workspace / "canary").exists()


async def test_half_a_character_in_the_text_hinders_nothing(spoken: Spoken, workspace: Path) -> None:
    text = f'# \ud800\nDEPLOY_KEY = "{ACME}"\n'
    uri = (workspace / "shop.py").as_uri()
    spoken.open(uri, text)
    assert await spoken.published(uri)
    action = await chosen(spoken, uri, 1, MOVE)
    assert action.edit is not None
    assert ACME not in spoken.said
