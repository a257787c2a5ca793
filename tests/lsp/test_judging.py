"""The judge in the editor: real servers, real workers, real files."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from editor import ACME, SECONDS, Editor, Start, edit, uri_of
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

import unleak
from unleak import feedback
from unleak.detect.catalog import bundled_rules
from unleak.example import Example, Why

Judged = Callable[..., Awaitable[Editor]]

HINT, INFORMATION, WARNING, ERROR = 4, 3, 2, 1
LINE = 'db_password = "' + "zR7p" + 'Lq2wT9"\n'
UNLIKELY = 'salt = "' + "zR7p" + 'Lq2wT9"\n'
OTHER_LINE = 'admin_password = "' + "kV4m" + 'Xs8bJ3"\n'
FILLER = "total = count + 1\n" * 20  # lines between candidates that the judge sees in different questions
STATUS = {"experimental": {"judgeStatus": True}}


@pytest.fixture
def start_with(
    start: Start, environment: dict[str, str], workspace: Path, judge_that: Callable[..., Path], own_cache: Path
) -> Judged:
    """Start a server with a judge: one that says the same of everything, or one in a folder."""

    async def started(judge: str | Path, *, window: bool = False, **options: Any) -> Editor:
        environment["UNLEAK_JUDGE"] = str(judge if isinstance(judge, Path) else judge_that(judge))
        environment["UNLEAK_CACHE_DIR"] = str(own_cache)
        return await start(
            workspace, options={"judge": options}, capabilities={**STATUS, "window": {"workDoneProgress": window}}
        )

    return started


def is_gone(pid: int) -> bool:
    """Whether a process ends, now or soon."""
    give_up = time.monotonic() + SECONDS
    while time.monotonic() < give_up:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def severities(diagnostics: Sequence[lsp.Diagnostic]) -> list[int]:
    return [int(diagnostic.severity or 0) for diagnostic in diagnostics]


async def settled(editor: Editor, uri: str, wanted: list[int]) -> Sequence[lsp.Diagnostic]:
    """The diagnostics of a document once they have these severities."""

    def found() -> bool:
        return uri in editor.diagnostics and severities(editor.diagnostics[uri]) == wanted

    await editor.until(found)
    return editor.diagnostics[uri]


async def in_state(editor: Editor, state: str) -> Any:
    """The next status of this kind; those before are dropped."""

    def found() -> Any:
        while editor.statuses:
            if (status := editor.statuses.pop(0)).state == state:
                return status
        return None

    return await editor.until(found)


def workers_of(editor: Editor) -> list[int]:
    """The processes of its server's judge."""
    assert editor._server is not None
    listed = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [int(row[0]) for row in rows if int(row[1]) == editor._server.pid and "judge.worker" in row[2]]


async def held(editor: Editor, uri: str) -> int:
    """The process of a judge that calls everything safe, stopped once it has said so of a document."""
    editor.open(uri, LINE)
    await settled(editor, uri, [HINT])
    await settled(editor, uri, [])
    (worker,) = workers_of(editor)
    os.kill(worker, signal.SIGSTOP)
    return worker


class TestWhen:
    async def test_opened_is_a_hint_until_the_judge_has_spoken(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("secret")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        assert severities(await editor.published(uri)) == [HINT]
        assert severities(await editor.published(uri)) == [WARNING]

    async def test_saved(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        await settled(editor, uri, [HINT])
        await settled(editor, uri, [])
        editor.change(uri, 2, edit(0, 0, 0, 0, OTHER_LINE))
        assert severities(await editor.published(uri, 2)) == [HINT]
        editor.save(uri)
        assert severities(await editor.published(uri, 2)) == []

    async def test_cells_are_saved_with_their_notebook(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe")
        notebook = uri_of(workspace / "shop.ipynb")
        cell = notebook.replace("file:", "vscode-notebook-cell:") + "#one"
        opened = lsp.NotebookDocument(
            notebook, "jupyter-notebook", 1, [lsp.NotebookCell(lsp.NotebookCellKind.Code, cell)]
        )
        text = lsp.TextDocumentItem(cell, "python", 1, "\n")
        editor.notebook_document_did_open(lsp.DidOpenNotebookDocumentParams(opened, [text]))
        assert severities(await editor.published(cell)) == []
        editor.change(cell, 2, edit(0, 0, 0, 0, LINE))
        assert severities(await editor.published(cell)) == [HINT]
        editor.notebook_document_did_save(lsp.DidSaveNotebookDocumentParams(lsp.NotebookDocumentIdentifier(notebook)))
        assert severities(await editor.published(cell)) == []

    async def test_manual_waits_for_the_command(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe", run="manual")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        assert severities(await editor.published(uri)) == [HINT]
        editor.save(uri)
        editor.change(uri, 2, edit(0, 0, 0, 0, OTHER_LINE))
        assert severities(await editor.published(uri)) == [HINT, HINT]
        assert await editor.run("unleak.judge.run", uri) == {"asked": 2, "judged": 2}
        assert severities(await editor.published(uri)) == []

    async def test_a_command_for_what_is_not_open_is_refused(self, start_with: Judged) -> None:
        editor = await start_with("safe")
        with pytest.raises(JsonRpcException, match="needs the URI of an open document"):
            await editor.run("unleak.judge.run", "file:///nowhere.py")

    async def test_on_type_after_a_pause(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe", run="onType", idleDelay=100)
        uri = uri_of(workspace / "app.py")
        editor.open(uri, "\n")
        assert severities(await editor.published(uri)) == []
        editor.change(uri, 2, edit(0, 0, 0, 0, LINE))
        assert severities(await editor.published(uri, 2)) == [HINT]
        assert severities(await editor.published(uri, 2)) == []

    async def test_nothing_to_ask_starts_nothing(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, FILLER)
        await editor.published(uri)
        editor.save(uri)
        assert (await in_state(editor, "ready")).pending == 0
        assert not workers_of(editor)

    async def test_many_candidates(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE * 100)
        assert severities(await editor.published(uri)) == [HINT] * 100
        assert severities(await editor.published(uri)) == []

    async def test_a_workspace_scan_is_judged(self, start_with: Judged, workspace: Path) -> None:
        (workspace / "app.py").write_text(LINE)
        editor = await start_with("safe")
        assert (await editor.run("unleak.scanWorkspace"))["findings"] == 0


class TestWhat:
    async def test_a_certain_finding_can_be_lowered(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("test")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, f'key = "{ACME}"\n')
        assert severities(await editor.published(uri)) == [ERROR]
        assert severities(await editor.published(uri)) == [INFORMATION]

    async def test_a_certain_finding_cannot_be_removed(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, f'key = "{ACME}"\n{LINE}')
        assert severities(await editor.published(uri)) == [ERROR, HINT]
        assert [d.code for d in await editor.published(uri)] == ["acme-key"]

    async def test_diagnostics_and_hover_say_who_decided(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("secret")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        (diagnostic,) = await settled(editor, uri, [WARNING])
        assert diagnostic.data["decidedBy"] == "judge"
        assert diagnostic.data["verdict"] == {"secret": 1.0, "test": 0.0, "safe": 0.0}
        hover = await editor.hover(uri, 0, 20)
        assert hover is not None
        assert isinstance(hover.contents, lsp.MarkupContent)
        assert "The judge: 100% live, 0% test, 0% no secret." in hover.contents.value
        assert LINE[15:25] not in hover.contents.value

    async def test_typing_elsewhere_keeps_the_verdict(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("secret")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, FILLER + LINE)
        await settled(editor, uri, [WARNING])
        editor.change(uri, 2, edit(19, 0, 19, 0, "# one line more\n"))
        (diagnostic,) = await editor.published(uri, 2)
        assert (diagnostic.severity, diagnostic.range.start.line) == (WARNING, 21)

    async def test_typing_without_a_pause_keeps_no_other_document_waiting(
        self, start_with: Judged, workspace: Path
    ) -> None:
        editor = await start_with("safe")
        typed, other = uri_of(workspace / "typed.py"), uri_of(workspace / "other.py")
        editor.open(typed, LINE)

        async def type_on() -> None:
            for version in count(2):
                editor.change(typed, version, edit(0, 0, 0, 0, "k"))
                await asyncio.sleep(0.02)

        typist = asyncio.ensure_future(type_on())
        editor.open(other, OTHER_LINE)
        await settled(editor, other, [])
        typist.cancel()

    async def test_another_value_has_no_verdict(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("secret")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        await settled(editor, uri, [WARNING])
        editor.change(uri, 2, edit(0, 17, 0, 17, "x"))
        assert severities(await editor.published(uri, 2)) == [HINT]


class TestMeanwhile:
    """The judge is held by SIGSTOP while something else happens."""

    async def test_an_answer_about_an_older_text_is_not_applied(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("secret")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        await settled(editor, uri, [WARNING])
        (worker,) = workers_of(editor)
        editor.change(uri, 2, edit(1, 0, 1, 0, FILLER + OTHER_LINE))
        os.kill(worker, signal.SIGSTOP)
        editor.save(uri)
        await in_state(editor, "judging")
        editor.change(uri, 3, edit(0, 0, 0, 0, "# one line more\n"))
        os.kill(worker, signal.SIGCONT)
        assert severities(await editor.published(uri, 3)) == [WARNING, HINT]
        final = await editor.published(uri, 3)
        assert [(d.severity, d.range.start.line) for d in final] == [(WARNING, 1), (WARNING, 22)]

    async def test_killed_over_a_question_the_rules_stand_until_the_next_save(
        self, start_with: Judged, workspace: Path
    ) -> None:
        editor = await start_with("safe")
        uri = uri_of(workspace / "app.py")
        worker = await held(editor, uri)
        editor.change(uri, 2, edit(1, 0, 1, 0, FILLER + OTHER_LINE))
        editor.save(uri)
        await in_state(editor, "judging")
        os.kill(worker, signal.SIGKILL)
        assert "signal 9" in (await in_state(editor, "broken")).reason
        await settled(editor, uri, [WARNING])
        editor.save(uri)
        await settled(editor, uri, [])

    async def test_one_that_does_not_answer_is_late(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe")
        uri = uri_of(workspace / "app.py")
        worker = await held(editor, uri)
        editor.change(uri, 2, edit(1, 0, 1, 0, FILLER + OTHER_LINE))
        editor.save(uri)
        await settled(editor, uri, [WARNING])
        assert "does not answer" in (await in_state(editor, "broken")).reason
        assert is_gone(worker)

    async def test_one_that_is_slow_is_late_and_counts_when_it_answers(
        self, start_with: Judged, workspace: Path
    ) -> None:
        editor = await start_with("safe")
        uri = uri_of(workspace / "app.py")
        worker = await held(editor, uri)
        editor.change(uri, 2, edit(1, 0, 1, 0, FILLER + OTHER_LINE))
        editor.save(uri)
        await settled(editor, uri, [HINT])
        await settled(editor, uri, [WARNING])
        os.kill(worker, signal.SIGCONT)
        await settled(editor, uri, [])
        assert workers_of(editor) == [worker]

    async def test_documents_that_wait_for_their_turn_are_late_too(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe")
        first, second = (uri_of(workspace / name) for name in ("app.py", "shop.py"))
        worker = await held(editor, first)
        editor.open(uri_of(workspace / "more.py"), OTHER_LINE)
        editor.open(second, FILLER + OTHER_LINE)
        await settled(editor, second, [HINT])
        await settled(editor, second, [WARNING])
        os.kill(worker, signal.SIGCONT)
        await settled(editor, second, [])

    async def test_closing_the_document_ends_the_question(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("secret")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        await settled(editor, uri, [WARNING])
        (worker,) = workers_of(editor)
        os.kill(worker, signal.SIGSTOP)
        editor.change(uri, 2, edit(1, 0, 1, 0, FILLER + OTHER_LINE))
        editor.save(uri)
        assert (await in_state(editor, "judging")).pending == 2
        editor.close(uri)
        assert (await in_state(editor, "judging")).pending == 0
        os.kill(worker, signal.SIGCONT)
        await in_state(editor, "ready")

    async def test_a_long_one_shows_progress_and_can_be_cancelled(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe", window=True)
        uri = uri_of(workspace / "app.py")
        worker = await held(editor, uri)
        editor.change(uri, 2, edit(1, 0, 1, 0, FILLER + OTHER_LINE))
        editor.save(uri)
        token = await editor.until(lambda: next(iter(editor.progress_reports), None))
        editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(token))
        await settled(editor, uri, [WARNING])
        await editor.until(lambda: {"kind": "end", "message": "cancelled"} in editor.progress_reports[token])
        os.kill(worker, signal.SIGCONT)

    async def test_the_worker_ends_with_the_server(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("secret")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        await settled(editor, uri, [WARNING])
        (worker,) = workers_of(editor)
        await editor.shutdown_session()
        assert is_gone(worker)


class TestSettings:
    async def test_switched_off_and_on_again(
        self, start: Start, environment: dict[str, str], workspace: Path, judge_that: Callable[..., Path]
    ) -> None:
        environment["UNLEAK_JUDGE"] = str(judge_that("safe"))
        editor = await start(workspace)
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        await settled(editor, uri, [])
        for enabled, wanted in ((False, [WARNING]), (True, [])):
            change = {"unleak": {"judge": {"enabled": enabled}}}
            editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(change))
            await settled(editor, uri, wanted)


class TestFeedback:
    """What rules and judge disagree about is recorded beside all else, for who has switched that on."""

    @pytest.fixture
    def store(self, environment: dict[str, str], tmp_path: Path) -> Path:
        environment["UNLEAK_DATA_DIR"] = str(tmp_path / "data")
        return tmp_path / "data" / "feedback.jsonl"

    @pytest.fixture
    def start_for(
        self,
        start: Start,
        environment: dict[str, str],
        workspace: Path,
        judge_that: Callable[..., Path],
        tmp_path: Path,
        own_cache: Path,
    ) -> Callable[..., Awaitable[Editor]]:
        """Start an installed server, with options of the client, that comes with a judge which says the same of all."""

        async def started(judge: str, **options: Any) -> Editor:
            package = Path(unleak.__file__).parent
            installed = tmp_path / "installed" / "unleak"
            if not installed.exists():
                installed.mkdir(parents=True)
                for part in package.iterdir():
                    (installed / part.name).symlink_to(part)
                (installed / "rules").symlink_to(bundled_rules())
                (installed / "bundled").symlink_to(judge_that(judge))
            environment["PYTHONPATH"] = str(installed.parent)
            environment["UNLEAK_JUDGE"] = ""
            environment["UNLEAK_CACHE_DIR"] = str(own_cache)
            return await start(workspace, options=options)

        return started

    @staticmethod
    async def recorded(store: Path, number: int) -> list[Example]:
        """The examples in the store, once there are so many."""
        give_up = time.monotonic() + SECONDS
        while not store.exists() or len(found := list(feedback.read(store))) < number:
            assert time.monotonic() < give_up
            await asyncio.sleep(0.01)
        return found

    async def judged(self, editor: Editor, workspace: Path, text: str = LINE) -> None:
        """Open a file that has one finding until the judge has spoken, and wait for that."""
        uri = uri_of(workspace / "app.py")
        editor.open(uri, text)
        await settled(editor, uri, [HINT])
        await settled(editor, uri, [])

    async def test_reported_and_safe(
        self, start_for: Callable[..., Awaitable[Editor]], workspace: Path, store: Path
    ) -> None:
        editor = await start_for("safe", feedback=True)
        await self.judged(editor, workspace)
        (example,) = await self.recorded(store, 1)
        assert (example.why, example.role, example.file) == (Why.RULES_ONLY, "live", ".py")
        assert example.suffix.startswith('<|ask|><|0|>db_password = "<|value|>')
        assert LINE.split('"')[1] not in store.read_text()
        assert editor.messages == []

    async def test_silent_and_a_credential(
        self, start_for: Callable[..., Awaitable[Editor]], workspace: Path, store: Path
    ) -> None:
        editor = await start_for("secret", feedback=True)
        uri = uri_of(workspace / "app.py")
        editor.open(uri, UNLIKELY)
        await settled(editor, uri, [])
        await settled(editor, uri, [WARNING])
        (example,) = await self.recorded(store, 1)
        assert (example.why, example.label) == (Why.JUDGE_ONLY, "secret")

    async def test_the_same_by_a_workspace_scan(
        self, start_for: Callable[..., Awaitable[Editor]], workspace: Path, store: Path
    ) -> None:
        (workspace / "app.py").write_text(LINE)
        (workspace / "other.py").write_text(LINE)
        editor = await start_for("safe", feedback=True)
        await editor.run("unleak.scanWorkspace")
        assert len(await self.recorded(store, 2)) == 2
        await self.judged(editor, workspace)
        await self.judged(editor, workspace, OTHER_LINE)
        assert len(await self.recorded(store, 3)) == 3

    @pytest.mark.parametrize("trusted", [True, False])
    async def test_nothing_of_a_workspace_switches_it_on(
        self, start_for: Callable[..., Awaitable[Editor]], workspace: Path, store: Path, trusted: bool
    ) -> None:
        (workspace / "unleak.toml").write_text("feedback = true\n")
        editor = await start_for("safe", trusted=trusted)
        settings = {"unleak": {"feedback": True}}
        editor.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings))
        await self.judged(editor, workspace)
        await editor.run("unleak.scanWorkspace")
        await self.judged(editor, workspace, OTHER_LINE)
        assert not store.parent.exists()

    async def test_a_person_may_have_it_on_in_any_workspace(
        self, start_for: Callable[..., Awaitable[Editor]], workspace: Path, store: Path
    ) -> None:
        editor = await start_for("safe", trusted=False, feedback=True)
        await self.judged(editor, workspace)
        assert len(await self.recorded(store, 1)) == 1

    async def test_a_workspace_switches_it_off(
        self, start_for: Callable[..., Awaitable[Editor]], workspace: Path, store: Path
    ) -> None:
        (workspace / "unleak.toml").write_text("feedback = false\n")
        editor = await start_for("safe", feedback=True)
        await self.judged(editor, workspace)
        await self.judged(editor, workspace, OTHER_LINE)
        assert not store.parent.exists()

    async def test_a_store_that_cannot_be_written_is_said_once(
        self, start_for: Callable[..., Awaitable[Editor]], workspace: Path, store: Path
    ) -> None:
        store.parent.write_text("in the way")
        editor = await start_for("safe", feedback=True)
        await self.judged(editor, workspace)
        await editor.until(lambda: editor.messages)
        await self.judged(editor, workspace, OTHER_LINE)
        await editor.run("unleak.scanWorkspace")
        (message,) = [message.message for message in editor.messages]
        assert "cannot be kept" in message
        assert "or switch feedback off" in message

    async def test_a_store_that_is_locked_delays_nothing(
        self, start_for: Callable[..., Awaitable[Editor]], workspace: Path, store: Path, environment: dict[str, str]
    ) -> None:
        code = "from unleak import feedback\nwith feedback._locked(): print('locked', flush=True); input()"
        command = [sys.executable, "-c", code]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"locked\n"
            editor = await start_for("safe", feedback=True)
            await self.judged(editor, workspace)
            await self.judged(editor, workspace, OTHER_LINE)
            assert not store.exists()
            await editor.until(lambda: editor.messages)
            other.communicate(b"\n")
        assert "another unleak is writing" in editor.messages[0].message
        assert editor.messages[1:] == []


class TestWithout:
    async def test_switched_off(self, start_with: Judged, workspace: Path) -> None:
        editor = await start_with("safe", enabled=False)
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        assert severities(await editor.published(uri)) == [WARNING]
        assert "switched off in the settings" in (await in_state(editor, "off")).reason

    async def test_switched_off_by_the_project(self, start_with: Judged, workspace: Path) -> None:
        (workspace / "unleak.toml").write_text("[judge]\nenabled = false\n")
        editor = await start_with("safe")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        assert severities(await editor.published(uri)) == [WARNING]

    async def test_without_a_bundle(self, start_with: Judged, workspace: Path, tmp_path: Path) -> None:
        editor = await start_with(tmp_path / "nowhere")
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        assert severities(await editor.published(uri)) == [WARNING]
        assert "cannot be read" in (await in_state(editor, "off")).reason

    @pytest.mark.parametrize("size", [0, 4096], ids=["empty", "truncated"])
    async def test_a_damaged_model(
        self, start_with: Judged, workspace: Path, judge_that: Callable[..., Path], tmp_path: Path, size: int
    ) -> None:
        folder = shutil.copytree(judge_that("safe"), tmp_path / "damaged")
        os.truncate(folder / "judge.gguf", size)
        editor = await start_with(folder)
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        assert severities(await editor.published(uri)) == [HINT]
        assert severities(await editor.published(uri)) == [WARNING]
        assert f"has {size:,} bytes" in (await in_state(editor, "off")).reason

    async def test_restart_after_a_repair(
        self, start_with: Judged, workspace: Path, judge_that: Callable[..., Path], tmp_path: Path
    ) -> None:
        folder = shutil.copytree(judge_that("safe"), tmp_path / "damaged")
        os.rename(folder / "judge.gguf", folder / "elsewhere")
        editor = await start_with(folder)
        uri = uri_of(workspace / "app.py")
        editor.open(uri, LINE)
        await settled(editor, uri, [WARNING])
        os.rename(folder / "elsewhere", folder / "judge.gguf")
        await editor.run("unleak.judge.restart")
        await settled(editor, uri, [])

    async def test_an_untrusted_workspace_has_the_judge_of_unleak(
        self, start: Start, environment: dict[str, str], workspace: Path, judge_that: Callable[..., Path]
    ) -> None:
        environment["UNLEAK_JUDGE"] = str(judge_that("safe"))
        editor = await start(workspace, options={"trusted": False}, capabilities=STATUS)
        status = await editor.until(lambda: editor.statuses and editor.statuses[-1])
        assert status.model != "random 1"
