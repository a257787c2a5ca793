"""`.env` files in the editor: what git has to do with them is shown, and what stands in them is not."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from editor import ACME, OTHER, Editor, Start, uri_of
from lsprotocol import types as lsp
from test_code_actions import FULL, SIMPLE, actions, apply, applying, done

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

TEXT = f"# of the shop\n\nDEPLOY_KEY={ACME}\nBACKUP_KEY={OTHER}\n"
UNTRACKED = (
    "Git does not ignore this file, with 2 secrets in it: the next `git add` would take it. Add it to .gitignore."
)
TRACKED = "Git tracks this file, with 2 secrets in it. Take it out with `git rm --cached .env`"
WATCHES = {"workspace": {**FULL["workspace"], "didChangeWatchedFiles": {"dynamicRegistration": True}}}


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def shop(workspace: Path) -> Path:
    git(workspace, "init", "-q")
    return workspace


async def opened(editor: Editor, file: Path, text: str = TEXT) -> list[lsp.Diagnostic]:
    if file.parent.is_dir():
        file.write_text(text, encoding="utf-8")
    editor.open(uri_of(file), text, language="dotenv")
    return list(await editor.published(uri_of(file)))


def messages(found: Any) -> list[str]:
    return [diagnostic.message for diagnostic in found]


def report_change(editor: Editor, file: Path) -> None:
    change = lsp.FileEvent(uri_of(file), lsp.FileChangeType.Changed)
    editor.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([change]))


class TestShown:
    async def test_is_nothing_outside_of_a_repository(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace)
        assert await opened(editor, workspace / ".env") == []

    @pytest.mark.parametrize("name", [".env", ".env.local", ".env.production"])
    async def test_is_nothing_where_git_ignores_it(self, start: Start, shop: Path, name: str) -> None:
        (shop / ".gitignore").write_text(".env*\n")
        editor = await start(shop)
        assert await opened(editor, shop / name) == []

    async def test_is_nothing_where_a_person_ignores_it_everywhere(
        self, start: Start, shop: Path, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        (tmp_path / "home" / ".config" / "git").mkdir(parents=True)
        (tmp_path / "home" / ".config" / "git" / "ignore").write_text(".env\n")
        environment.update(HOME=str(tmp_path / "home"), XDG_CONFIG_HOME=str(tmp_path / "home" / ".config"))
        editor = await start(shop)
        assert await opened(editor, shop / ".env") == []

    async def test_is_one_warning_where_git_would_take_it(self, start: Start, shop: Path) -> None:
        editor = await start(shop)
        (warning,) = await opened(editor, shop / ".env")
        assert warning.message == UNTRACKED
        assert (warning.severity, warning.source, warning.code) == (lsp.DiagnosticSeverity.Warning, "unleak", None)
        assert warning.range == lsp.Range(lsp.Position(2, 0), lsp.Position(2, len(f"DEPLOY_KEY={ACME}")))

    @pytest.mark.parametrize("ignored", [False, True])
    async def test_is_one_warning_where_git_tracks_it(self, start: Start, shop: Path, ignored: bool) -> None:
        (shop / ".env").write_text("OLD=1\n")
        git(shop, "add", ".env")
        (shop / ".gitignore").write_text(".env\n" if ignored else "")
        editor = await start(shop)
        (warning,) = await opened(editor, shop / ".env")
        assert warning.message.startswith(TRACKED)
        assert warning.severity == lsp.DiagnosticSeverity.Warning

    async def test_names_the_file_as_git_takes_it(self, start: Start, shop: Path) -> None:
        (shop / "my app").mkdir()
        (shop / "my app" / ".env").write_text("OLD=1\n")
        git(shop, "add", ".")
        editor = await start(shop)
        (warning,) = await opened(editor, shop / "my app" / ".env", f"A_KEY={ACME}\n")
        assert "with a secret in it. Take it out with `git rm --cached 'my app/.env'`" in warning.message

    async def test_is_nothing_where_no_secret_is_in_it(self, start: Start, shop: Path) -> None:
        editor = await start(shop)
        assert await opened(editor, shop / ".env", "PORT=3000\n") == []

    @pytest.mark.parametrize("name", [".env.example", ".env.sample", ".env.local.template", ".environment", "a.env"])
    async def test_of_other_files_are_their_findings(self, start: Start, shop: Path, name: str) -> None:
        (shop / ".gitignore").write_text("*\n")
        editor = await start(shop)
        assert [found.code for found in await opened(editor, shop / name)] == ["acme-key", "acme-key"]

    async def test_without_trust_are_the_findings(
        self, start: Start, shop: Path, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        asked = spy(tmp_path, environment)
        (shop / ".gitignore").write_text(".env\n")
        editor = await start(shop, options={"trusted": False})
        text = TEXT + "password=kX9#vB2$mQ7w\n"
        assert 4 in {found.range.start.line for found in await opened(editor, shop / ".env", text)}
        assert not asked.exists()

    async def test_are_the_findings_where_git_cannot_tell(
        self, start: Start, shop: Path, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        spy(tmp_path, environment, "exit 128")
        editor = await start(shop)
        assert [found.code for found in await opened(editor, shop / ".env")] == ["acme-key", "acme-key"]

    async def test_is_what_git_says_of_the_file_behind_a_link(self, start: Start, shop: Path, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").write_text(TEXT)
        (shop / ".env").symlink_to(tmp_path / "elsewhere")
        git(shop, "add", ".env")
        editor = await start(shop)
        editor.open(uri_of(shop / ".env"), TEXT)
        assert not await editor.published(uri_of(shop / ".env"))


def spy(folder: Path, environment: dict[str, str], then: str = "exit 1") -> Path:
    """A git that leaves a word when it is asked, in front of the real one."""
    program = folder / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {folder}/asked\n{then}\n")
    program.chmod(0o755)
    environment["PATH"] = f"{program.parent}{os.pathsep}{environment['PATH']}"
    return folder / "asked"


async def test_while_git_thinks_nothing_is_shown_and_nothing_waits(
    start: Start, shop: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    go = tmp_path / "go"
    real = shutil.which("git")
    spy(tmp_path, environment, f'while ! [ -e {go} ]; do sleep 0.05; done\nexec {real} "$@"')
    editor = await start(shop)
    (shop / ".env").write_text(TEXT)
    editor.open(uri_of(shop / ".env"), TEXT)
    editor.open(uri_of(shop / "app.py"), f'K = "{ACME}"\n')
    assert await editor.published(uri_of(shop / "app.py"))
    assert await editor.hover(uri_of(shop / ".env"), 2, 14) is not None
    assert uri_of(shop / ".env") not in editor.diagnostics
    go.touch()
    assert messages(await editor.published(uri_of(shop / ".env"))) == [UNTRACKED]


async def test_no_program_of_the_repository_is_run(start: Start, shop: Path, tmp_path: Path) -> None:
    canary, program = tmp_path / "canary", tmp_path / "run"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "core.editor", "alias.ls-files", "core.sshCommand"):
        git(shop, "config", name, str(program))
    for hook in ("post-index-change", "fsmonitor-watchman"):
        (shop / ".git" / "hooks").mkdir(exist_ok=True)
        shutil.copy(program, shop / ".git" / "hooks" / hook)
    editor = await start(shop)
    assert messages(await opened(editor, shop / ".env")) == [UNTRACKED]
    assert not canary.exists()


class TestChange:
    async def test_of_the_text_counts_at_once(self, start: Start, shop: Path) -> None:
        editor = await start(shop)
        await opened(editor, shop / ".env")
        editor.change(uri_of(shop / ".env"), 2, lsp.TextDocumentContentChangeWholeDocument(f"A_KEY={ACME}\n"))
        (warning,) = await editor.published(uri_of(shop / ".env"), 2)
        assert "a secret in it" in warning.message

    async def test_of_the_index_counts_when_it_is_told(self, start: Start, shop: Path) -> None:
        editor = await start(shop, capabilities=WATCHES)
        await opened(editor, shop / ".env")
        git(shop, "add", ".env")
        report_change(editor, shop / ".git" / "index")
        (warning,) = await editor.published(uri_of(shop / ".env"))
        assert warning.message.startswith(TRACKED)

    async def test_of_the_index_is_watched_by_the_client(self, start: Start, shop: Path) -> None:
        editor = await start(shop, capabilities=WATCHES)
        await opened(editor, shop / ".env")
        asked = await editor.until(lambda: [each for each in editor.registrations if ".git/index" in each.id])
        assert len(asked) == 1
        await opened(editor, shop / ".env.local")
        assert len([each for each in editor.registrations if ".git/index" in each.id]) == 1

    async def test_of_the_index_is_watched_by_the_server_else(self, start: Start, shop: Path) -> None:
        editor = await start(shop)
        await opened(editor, shop / ".env")
        while editor.publications == []:  # it may not watch yet
            git(shop, "add", ".env")
            await asyncio.sleep(0.3)
            git(shop, "rm", "--cached", "-q", ".env")
            await asyncio.sleep(0.3)
        assert await editor.published(uri_of(shop / ".env"))

    async def test_of_an_ignore_file_counts_when_it_is_saved(self, start: Start, shop: Path) -> None:
        editor = await start(shop, capabilities=WATCHES)
        await opened(editor, shop / ".env")
        (shop / ".gitignore").write_text(".env\n")
        editor.save(uri_of(shop / ".gitignore"))
        while await editor.published(uri_of(shop / ".env")):
            pass
        assert not editor.diagnostics[uri_of(shop / ".env")]

    async def test_of_an_ignore_file_counts_before_it_is_saved(self, start: Start, shop: Path) -> None:
        editor = await start(shop, capabilities=WATCHES)
        await opened(editor, shop / ".env")
        editor.open(uri_of(shop / ".gitignore"), "", language="ignore")
        line = lsp.TextDocumentContentChangeWholeDocument(".env\n")
        editor.change(uri_of(shop / ".gitignore"), 2, line)
        assert not await editor.published(uri_of(shop / ".env"))

    async def test_of_trust_counts(self, start: Start, shop: Path) -> None:
        (shop / ".gitignore").write_text(".env\n")
        editor = await start(shop)
        text = "password=kX9#vB2$mQ7w\n"
        assert await opened(editor, shop / ".env", text) == []
        editor.protocol.notify("unleak/trust", {"trusted": False})
        assert await editor.published(uri_of(shop / ".env"))
        editor.protocol.notify("unleak/trust", {"trusted": True})
        assert not await editor.published(uri_of(shop / ".env"))


class TestActions:
    @pytest.mark.parametrize("capabilities", [FULL, SIMPLE], ids=["full", "simple"])
    @pytest.mark.parametrize("existing", [None, "node_modules/"], ids=["none", "some"])
    async def test_git_comes_to_ignore_it(
        self, start: Start, shop: Path, capabilities: Any, existing: str | None
    ) -> None:
        if existing:
            (shop / ".gitignore").write_text(existing)
        editor = await start(shop, capabilities=capabilities)
        editor.feature(lsp.WORKSPACE_APPLY_EDIT)(applying)
        await opened(editor, shop / ".env")
        offered = await actions(editor, uri_of(shop / ".env"), 2)
        assert next(iter(offered)) == "Add .env to .gitignore"
        action = offered["Add .env to .gitignore"]
        assert action.is_preferred
        await done(editor, action)
        assert (shop / ".gitignore").read_text() == (f"{existing}\n" if existing else "") + ".env\n"
        report_change(editor, shop / ".gitignore")
        while await editor.published(uri_of(shop / ".env")):
            pass

    async def test_of_another_name_and_folder_are_for_that(self, start: Start, shop: Path) -> None:
        (shop / "api").mkdir()
        editor = await start(shop, capabilities=FULL)
        await opened(editor, shop / "api" / ".env.local")
        offered = await actions(editor, uri_of(shop / "api" / ".env.local"), 2)
        action = offered["Add .env.local to .gitignore"]
        assert action.edit is not None
        apply(action.edit)
        assert (shop / ".gitignore").read_text() == ".env.local\n"

    async def test_of_what_git_tracks_say_how_it_is_replaced(self, start: Start, shop: Path) -> None:
        (shop / ".env").write_text(TEXT)
        git(shop, "add", ".")
        editor = await start(shop, capabilities=FULL)
        await opened(editor, shop / ".env")
        assert list(await actions(editor, uri_of(shop / ".env"), 2)) == [
            "Add .env to .gitignore",
            "Open the page where it is revoked",
            "How to replace it, and whether it was committed",
        ]

    async def test_are_none_where_all_is_well(self, start: Start, shop: Path) -> None:
        (shop / ".gitignore").write_text(".env\n")
        editor = await start(shop, capabilities=FULL)
        await opened(editor, shop / ".env")
        assert await actions(editor, uri_of(shop / ".env"), 2) == {}

    async def test_hold_no_value(self, start: Start, shop: Path) -> None:
        editor = await start(shop, capabilities=FULL)
        found = await opened(editor, shop / ".env")
        offered = await actions(editor, uri_of(shop / ".env"), 2)
        assert ACME not in repr(offered) + repr(found)

    async def test_of_a_file_that_is_none_are_refused(self, start: Start, shop: Path) -> None:
        editor = await start(shop, capabilities=FULL)
        editor.open(uri_of(shop / "app.py"), "x = 1\n")
        for argument in (None, 3, {"uri": uri_of(shop / "app.py")}, {"uri": "file:///etc/passwd"}):
            with pytest.raises(Exception, match="needs the URI"):
                await editor.run("unleak.ignoreFile", argument)


class TestWorkspaceScan:
    async def test_agrees_with_what_is_shown_of_open_files(self, start: Start, shop: Path) -> None:
        """Tracked, tracked and ignored by now, ignored, and neither."""
        for name in ("tracked", "late", "ignored", "open"):
            (shop / name).mkdir()
            (shop / name / ".env").write_text(TEXT)
        git(shop, "add", "tracked", "late")
        (shop / ".gitignore").write_text("late/\nignored/.env\n")
        editor = await start(shop)
        summary = await editor.run("unleak.scanWorkspace")
        scanned = {uri: messages(found) for uri, found in editor.diagnostics.items() if found}
        assert set(scanned) == {uri_of(shop / name / ".env") for name in ("tracked", "late", "open")}
        assert summary["findings"] == 3
        for name in ("tracked", "late", "ignored", "open"):
            found = await opened(editor, shop / name / ".env")
            assert messages(found) == scanned.get(uri_of(shop / name / ".env"), [])

    async def test_outside_of_a_repository_finds_nothing_in_them(self, start: Start, workspace: Path) -> None:
        (workspace / ".env").write_text(TEXT)
        (workspace / ".env.example").write_text(TEXT)
        editor = await start(workspace)
        assert (await editor.run("unleak.scanWorkspace"))["findings"] == 2
        assert {uri for uri, found in editor.diagnostics.items() if found} == {uri_of(workspace / ".env.example")}

    async def test_obeys_what_is_excluded(self, start: Start, shop: Path) -> None:
        (shop / "old").mkdir()
        (shop / "old" / ".env").write_text(TEXT)
        git(shop, "add", ".")
        (shop / ".gitignore").write_text(".env\n")
        editor = await start(shop, options={"exclude": ["old/"]})
        assert (await editor.run("unleak.scanWorkspace"))["findings"] == 0


def test_the_message_is_json() -> None:
    from unleak.lsp.env_files import Standing, warning
    from unleak.lsp.positions import UTF16
    from unleak.text import Text

    file = Path("/shop/a\"b'c/.env")
    text = Text('\n  # "é😀"\n')
    (shown,) = json.loads(warning(Standing.TRACKED, file, Path("/shop"), text, 1, UTF16))
    assert shown["range"] == {"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": 9}}
    assert "git rm --cached" in shown["message"]
    for empty in ("", "\n\n"):
        assert json.loads(warning(Standing.UNTRACKED, file, None, Text(empty), 1, UTF16))
