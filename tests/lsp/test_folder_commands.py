"""The commands about a folder: what is staged, a first baseline; and what the server says of itself."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from editor import ACME, OTHER, Editor, Start, unleak
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from unleak import __version__

STAGED, CREATE, ABOUT = "unleak.scanStaged", "unleak.baseline.create", "unleak.about"
LINE = f'KEY = "{ACME}"\n'

with_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def shop(folder: Path) -> Path:
    git(folder, "init", "-q")
    return folder


async def staged(editor: Editor, folder: Path) -> dict[str, Any]:
    return plain(await editor.run(STAGED, {"folder": folder.as_uri()}))


def plain(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(answer, default=lambda v: v._asdict()))
    return found


async def test_the_answer_to_initialize_names_the_protocol(start: Start, workspace: Path) -> None:
    editor = await start(workspace)
    assert editor.answer is not None
    experimental = plain({"": editor.answer.capabilities.experimental})[""]
    assert experimental == {"unleak": {"protocol": 1}}


@with_git
class TestStaged:
    async def test_findings_are_those_of_added_lines_as_they_will_be_committed(
        self, start: Start, workspace: Path
    ) -> None:
        shop(workspace)
        file = workspace / "src" / "é 1.py"
        file.parent.mkdir()
        file.write_text(LINE, encoding="utf-8")
        git(workspace, "add", ".")
        git(workspace, "commit", "-qm", "first")
        file.write_text(f'{LINE}a = "é😀"; k = "{OTHER}"\n', encoding="utf-8")
        git(workspace, "add", ".")
        file.write_text("later = 1\n")
        (workspace / "unstaged.py").write_text(LINE)
        editor = await start(workspace)
        answer = await staged(editor, workspace)
        (found,) = answer.pop("findings")
        message = found.pop("message")
        assert found == {
            "path": "src/é 1.py",
            "uri": file.as_uri(),
            "line": 1,
            "column": 16,
            "endLine": 1,
            "endColumn": 16 + len(OTHER),
            "severity": "error",
            "rule": "acme-key",
        }
        assert message
        assert OTHER not in repr(answer) + message
        assert answer == {"files": 1, "skipped": 0, "unjudged": 0, "cancelled": False, "problem": ""}

    async def test_a_folder_of_the_repository_stands_for_all_of_it(self, start: Start, workspace: Path) -> None:
        shop(workspace)
        (workspace / "a.py").write_text(LINE)
        (workspace / "sub").mkdir()
        git(workspace, "add", ".")
        editor = await start(workspace / "sub")
        assert [found["path"] for found in (await staged(editor, workspace / "sub"))["findings"]] == ["a.py"]

    async def test_the_configuration_of_each_file_counts(self, start: Start, workspace: Path) -> None:
        shop(workspace)
        (workspace / "sub").mkdir()
        (workspace / "sub" / "unleak.toml").write_text('disabled_rules = ["acme-key"]\n')
        for name in ("a.py", "sub/b.py"):
            (workspace / name).write_text(LINE)
        git(workspace, "add", ".")
        editor = await start(workspace)
        assert [found["path"] for found in (await staged(editor, workspace))["findings"]] == ["a.py"]

    async def test_no_program_of_the_repository_is_run(self, start: Start, workspace: Path, tmp_path: Path) -> None:
        shop(workspace)
        canary = tmp_path / "canary"
        program = tmp_path / "run"
        program.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
        program.chmod(0o755)
        for name in ("core.fsmonitor", "diff.x.command", "diff.x.textconv", "diff.external", "core.pager"):
            git(workspace, "config", name, str(program))
        (workspace / ".gitattributes").write_text("*.py diff=x filter=x\n")
        (workspace / "a.py").write_text(LINE)
        git(workspace, "-c", "core.fsmonitor=false", "add", ".")
        canary.unlink(missing_ok=True)
        editor = await start(workspace)
        assert len((await staged(editor, workspace))["findings"]) == 1
        assert not canary.exists()

    async def test_a_repository_of_the_environment_does_not_count(
        self, start: Start, workspace: Path, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        shop(workspace)
        (workspace / "a.py").write_text(LINE)
        git(workspace, "add", ".")
        environment["GIT_DIR"] = str(tmp_path / "elsewhere")
        environment["GIT_INDEX_FILE"] = str(tmp_path / "index")
        editor = await start(workspace)
        assert (await staged(editor, workspace))["files"] == 1

    async def test_what_hinders_git_is_said(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace)
        answer = await staged(editor, workspace)
        assert answer["findings"] == []
        assert answer["problem"].startswith("Cannot read what is staged: not a git repository")

    async def test_without_trust_git_is_not_asked(self, start: Start, workspace: Path) -> None:
        shop(workspace)
        (workspace / "a.py").write_text(LINE)
        git(workspace, "add", ".")
        editor = await start(workspace, options={"trusted": False})
        answer = await staged(editor, workspace)
        assert (answer["findings"], answer["files"]) == ([], 0)
        assert "not trusted" in answer["problem"]

    async def test_it_can_be_cancelled_while_git_hangs(
        self, start: Start, workspace: Path, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        slow = tmp_path / "bin" / "git"
        slow.parent.mkdir()
        slow.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\nexec sleep 300\n")
        slow.chmod(0o755)
        environment["PATH"] = f"{slow.parent}{os.pathsep}{environment['PATH']}"
        editor = await start(workspace, capabilities={"window": {"workDoneProgress": True}})
        params = lsp.ExecuteCommandParams(STAGED, [{"folder": workspace.as_uri()}], work_done_token="staged")
        request = asyncio.ensure_future(editor.workspace_execute_command_async(params))
        await editor.until(lambda: editor.progress_reports.get("staged"))
        editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams("staged"))
        answer = plain(await request)
        assert answer["cancelled"]
        assert answer["problem"] == "This was cancelled before all of it was scanned."


class TestBaseline:
    async def create(self, editor: Editor, folder: Path, **more: object) -> dict[str, Any]:
        return plain(await editor.run(CREATE, {"folder": folder.as_uri(), **more}))

    async def test_it_keeps_silent_all_that_is_found_today(
        self, start: Start, workspace: Path, environment: dict[str, str]
    ) -> None:
        for name in ("a.py", "b.py"):
            (workspace / name).write_text(LINE)
        editor = await start(workspace)
        uri = (workspace / "a.py").as_uri()
        editor.open(uri, LINE)
        assert await editor.published(uri)
        file = workspace / ".unleak-baseline.json"
        expected = {"created": str(file), "exists": False, "findings": 2, "cancelled": False, "problem": ""}
        assert await self.create(editor, workspace) == expected
        assert not await editor.published(uri)
        assert ACME not in file.read_text()
        assert (await editor.run("unleak.scanWorkspace"))["findings"] == 0

    async def test_the_command_line_goes_by_it(
        self, start: Start, workspace: Path, rules: Path, environment: dict[str, str]
    ) -> None:
        (workspace / "unleak.toml").write_text(f"extra_rules = ['{rules}']\n")
        (workspace / "a.py").write_text(f'{LINE}password = "kX9#vB2$mQ7w"\n')
        editor = await start(workspace, options={"minSeverity": "error", "exclude": ["*.py"]})
        made = await self.create(editor, workspace)
        assert made["findings"] == 2
        await unleak(workspace, environment, "scan", "--exit-code", "1", ".")

    async def test_one_that_is_there_stays_unless_it_is_forced(self, start: Start, workspace: Path) -> None:
        (workspace / "a.py").write_text(LINE)
        editor = await start(workspace)
        await self.create(editor, workspace)
        before = (workspace / ".unleak-baseline.json").read_text()
        answer = await self.create(editor, workspace)
        assert (answer["created"], answer["exists"], answer["findings"]) == (None, True, 0)
        assert "is there already" in answer["problem"]
        assert (workspace / ".unleak-baseline.json").read_text() == before
        assert (await self.create(editor, workspace, force=True))["findings"] == 1
        assert (workspace / ".unleak-baseline.json").read_text() != before

    async def test_without_trust_nothing_is_written(self, start: Start, workspace: Path) -> None:
        (workspace / "a.py").write_text(LINE)
        editor = await start(workspace, options={"trusted": False})
        answer = await self.create(editor, workspace)
        assert (answer["created"], "not trusted" in answer["problem"]) == (None, True)
        assert [path.name for path in workspace.iterdir()] == ["a.py"]

    async def test_it_shows_its_progress_and_can_be_cancelled(self, start: Start, workspace: Path) -> None:
        for number in range(300):
            (workspace / f"{number:03}.py").write_text("value = compute(argument) + other\n" * 2000 + LINE)
        editor = await start(workspace, capabilities={"window": {"workDoneProgress": True}})
        params = lsp.ExecuteCommandParams(CREATE, [{"folder": workspace.as_uri()}], work_done_token="baseline")
        request = asyncio.ensure_future(editor.workspace_execute_command_async(params))
        await editor.until(lambda: len(editor.progress_reports.get("baseline", ())) > 1)
        editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams("baseline"))
        answer = plain(await request)
        assert answer["cancelled"]
        assert not (workspace / ".unleak-baseline.json").exists()
        assert editor.progress_reports["baseline"][-1] == {"kind": "end", "message": "cancelled"}


@with_git
@pytest.mark.parametrize(("answer", "count"), [("safe", 0), ("secret", 1)])
async def test_the_judge_has_its_say(
    start: Start,
    workspace: Path,
    environment: dict[str, str],
    judge_that: Callable[..., Path],
    answer: str,
    count: int,
) -> None:
    """In what is staged and in a baseline."""
    environment["UNLEAK_JUDGE"] = str(judge_that(answer))
    shop(workspace)
    (workspace / "a.py").write_text('password = "kX9#vB2$mQ7w"\n')
    git(workspace, "add", ".")
    editor = await start(workspace)
    assert len((await staged(editor, workspace))["findings"]) == count
    made = plain(await editor.run(CREATE, {"folder": workspace.as_uri()}))
    assert (made["findings"], made["problem"]) == (count, "")


async def test_what_is_running_is_told_without_the_home_folder(
    start: Start, workspace: Path, environment: dict[str, str]
) -> None:
    environment["HOME"] = str(workspace)
    editor = await start(workspace, options={"extraRules": [str(workspace / "gone.toml")], "minSeverity": "loud"})
    uri = (workspace / "a.py").as_uri()
    editor.open(uri, f'password = "{ACME}"\n')
    await editor.published(uri)
    told = plain(await editor.run(ABOUT, {}))
    assert (told["version"], told["protocol"], told["bundled"]) == (__version__, 1, False)
    assert (told["documents"], told["folders"], told["trusted"]) == (1, 1, True)
    assert told["matcher"] in ("hyperscan", "literals")
    assert told["rules"] > 100
    assert set(told["judge"]) == {"state", "reason", "model"}
    assert any("~/gone.toml" in problem for problem in told["problems"])
    assert any("unleak.minSeverity" in problem for problem in told["problems"])
    assert str(workspace) not in repr(told)
    assert ACME not in repr(told)


@pytest.mark.parametrize("command", [STAGED, CREATE])
async def test_a_folder_that_is_none_is_refused(start: Start, workspace: Path, command: str) -> None:
    editor = await start(workspace)
    gone = (workspace / "gone").as_uri()
    for argument in (None, 3, {}, {"folder": 3}, {"folder": "untitled:x"}, {"folder": gone}):
        with pytest.raises(JsonRpcException, match="needs"):
            await editor.run(command, argument)
