"""Settings, unleak.toml, trust, several roots, and what is watched."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, ClassVar

from editor import ACME, RULES, Editor, Start, acme, edit, places
from lsprotocol import types as lsp

LINE = f'KEY = "{ACME}"\n'
PULLS = {"workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}}
WATCHES = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}


def warnings(editor: Editor) -> list[str]:
    assert all(message.type == lsp.MessageType.Warning for message in editor.messages)
    return [message.message for message in editor.messages]


def push(editor: Editor, settings: Any) -> None:
    params = lsp.DidChangeConfigurationParams(settings)
    editor.workspace_did_change_configuration(params)


def report_change(editor: Editor, file: Path) -> None:
    change = lsp.FileEvent(file.as_uri(), lsp.FileChangeType.Changed)
    editor.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([change]))


async def opened(editor: Editor, file: Path, text: str = LINE) -> list[tuple[str, int, int, int, int]]:
    editor.open(file.as_uri(), text)
    return places(await editor.published(file.as_uri(), 1))


async def again(editor: Editor, file: Path) -> list[tuple[str, int, int, int, int]]:
    return places(await editor.published(file.as_uri()))


class TestSettings:
    async def test_of_the_start_hold(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, options={"disabledRules": ["acme-key"], "minSeverity": "error"})
        assert await opened(editor, workspace / "app.py") == []

    async def test_that_are_wrong_at_the_start_are_named_once(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, options={"minSeverity": "loud", "enable": 1})
        assert await opened(editor, workspace / "app.py") == [acme(0, 7)]
        assert warnings(editor) == [
            "unleak.enable must be true or false; it is not used.\n"
            "unleak.minSeverity must be one of hint, information, warning, error; it is not used."
        ]

    async def test_are_pulled_before_anything_is_published(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, settings={"enable": False}, capabilities=PULLS)
        assert await opened(editor, workspace / "app.py") == []
        assert [message.message for message in editor.log_messages] == [
            f"{(workspace / 'app.py').as_uri()} is not scanned: unleak is switched off here."
        ]

    async def test_that_are_on_their_way_are_waited_for_by_everybody(
        self, start: Start, workspace: Path, rules: Path
    ) -> None:
        (workspace / "unleak.toml").write_text("")
        settings = {"extraRules": [str(rules)], "disabledRules": ["acme-key"]}
        editor = await start(workspace, settings=settings, capabilities=PULLS)
        file = workspace / "app.py"
        editor.open(file.as_uri(), LINE)
        document, everywhere = lsp.TextDocumentIdentifier(file.as_uri()), lsp.Range(*[lsp.Position(0, 0)] * 2)
        params = lsp.CodeActionParams(document, everywhere, lsp.CodeActionContext([]))
        await editor.text_document_code_action_async(params)
        assert places(await editor.published(file.as_uri(), 1)) == []

    async def test_that_change_are_pulled_again(self, start: Start, workspace: Path, rules: Path) -> None:
        editor = await start(workspace, settings={"enable": False}, capabilities=PULLS)
        assert await opened(editor, workspace / "app.py") == []
        editor.set_configuration({"unleak": {"extraRules": [str(rules)]}})
        push(editor, None)
        assert await again(editor, workspace / "app.py") == [acme(0, 7)]

    async def test_may_be_pushed(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace)
        assert await opened(editor, workspace / "app.py") == [acme(0, 7)]
        push(editor, {"unleak": {"enable": False}})
        assert await again(editor, workspace / "app.py") == []
        push(editor, {"unleak": {}})
        assert await again(editor, workspace / "app.py") == [acme(0, 7)]

    async def test_that_are_wrong_leave_the_last_good_ones(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace)
        push(editor, {"enable": False})
        assert await opened(editor, workspace / "app.py") == []
        for _ in range(2):
            push(editor, {"enable": "yes"})
            assert await again(editor, workspace / "app.py") == []
        assert warnings(editor) == ["unleak.enable must be true or false; it is not used."]

    async def test_may_differ_by_root(self, start: Start, tmp_path: Path, rules: Path) -> None:
        one, two = tmp_path / "one", tmp_path / "two"
        editor = await start(one, two, settings={"extraRules": [str(rules)]}, capabilities=PULLS)
        scope = one.as_uri()
        editor.set_configuration({"unleak": {"enable": False}}, scope_uri=scope)
        push(editor, None)
        assert await opened(editor, one / "a.py") == []
        assert await opened(editor, two / "a.py") == [acme(0, 7)]

    async def test_name_rule_files_from_the_root(self, start: Start, workspace: Path) -> None:
        (workspace / "own").mkdir()
        (workspace / "own" / "acme.toml").write_text(RULES)
        editor = await start(workspace, options={"extraRules": ["own"]})
        assert await opened(editor, workspace / "app.py") == [acme(0, 7)]

    async def test_name_a_rule_file_that_is_broken(self, start: Start, workspace: Path) -> None:
        broken = workspace / "broken.toml"
        broken.write_text(RULES.replace('severity = "error"', 'severity = "loud"'))
        editor = await start(workspace, options={"extraRules": ["broken.toml"]})
        await opened(editor, workspace / "app.py", "import os\n")
        (message,) = warnings(editor)
        assert message.startswith(f"{broken}: acme-key: ")


class TestLanguages:
    OFF: ClassVar = {"python": {"disabledRules": ["acme-key"]}}

    async def test_have_settings_of_their_own(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, options={"languages": self.OFF})
        assert await opened(editor, workspace / "app.py") == []
        editor.open((workspace / "app.js").as_uri(), LINE, language="javascript")
        assert places(await editor.published((workspace / "app.js").as_uri(), 1)) == [acme(0, 7)]

    async def test_are_pulled_by_root(self, start: Start, tmp_path: Path, rules: Path) -> None:
        one, two = tmp_path / "one", tmp_path / "two"
        settings = {"extraRules": [str(rules)]}
        editor = await start(one, two, settings=settings, capabilities=PULLS)
        editor.set_configuration({"unleak": {**settings, "languages": self.OFF}}, scope_uri=one.as_uri())
        push(editor, None)
        assert await opened(editor, one / "a.py") == []
        assert await opened(editor, two / "a.py") == [acme(0, 7)]

    async def test_may_be_pushed(self, start: Start, workspace: Path, rules: Path) -> None:
        editor = await start(workspace)
        assert await opened(editor, workspace / "app.py") == [acme(0, 7)]
        push(editor, {"unleak": {"extraRules": [str(rules)], "languages": self.OFF}})
        assert await again(editor, workspace / "app.py") == []

    async def test_may_switch_on_what_is_off(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, options={"enable": False, "languages": {"python": {"enable": True}}})
        assert await opened(editor, workspace / "app.py") == [acme(0, 7)]
        editor.open((workspace / "app.js").as_uri(), LINE, language="javascript")
        assert places(await editor.published((workspace / "app.js").as_uri(), 1)) == []

    async def test_lie_under_the_files_of_the_project(self, start: Start, workspace: Path) -> None:
        (workspace / "unleak.toml").write_text('min_severity = "information"\n')
        info = {"python": {"minSeverity": "error", "exclude": ["b.py"]}}
        editor = await start(workspace, options={"languages": info})
        text = 'password = "kX9#vB2$mQ7w"\n'
        assert await opened(editor, workspace / "a.py", text) != []
        assert await opened(editor, workspace / "b.py", text) == []

    async def test_do_not_count_for_files_that_are_not_open(self, start: Start, workspace: Path) -> None:
        (workspace / "app.py").write_text(LINE)
        editor = await start(workspace, options={"languages": self.OFF})
        assert (await editor.run("unleak.scanWorkspace"))["findings"] == 1

    async def test_whose_settings_are_wrong_are_named(self, start: Start, workspace: Path) -> None:
        wrong = {
            "python": {"minSeverity": "loud", "judge": {"threads": 2}, "unknown": 1},
            "go": {"feedback": True, "languages": {}},
            "rust": 3,
        }
        editor = await start(workspace, options={"languages": wrong})
        assert await opened(editor, workspace / "app.py") == [acme(0, 7)]
        (message,) = warnings(editor)
        assert message.split("\n") == [
            "unleak.languages.python.judge cannot differ by language; it is not used.",
            "unleak.languages.python.minSeverity must be one of hint, information, warning, error; it is not used.",
            "unleak.languages.go.feedback cannot differ by language; it is not used.",
            "unleak.languages.go.languages cannot differ by language; it is not used.",
            "unleak.languages.rust must be an object; it is not used.",
        ]

    async def test_bring_no_rules_in_without_trust(self, start: Start, workspace: Path, rules: Path) -> None:
        own = {"python": {"extraRules": [str(rules)], "minSeverity": "error"}}
        editor = await start(workspace, options={"trusted": False, "languages": own})
        assert "acme-key" not in {rule for rule, *_ in await opened(editor, workspace / "app.py")}


class TestSkipped:
    async def test_documents_over_the_size_limit(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, options={"maxFileSize": 100})
        file = workspace / "app.py"
        assert await opened(editor, file, LINE * 3) == []
        editor.change(file.as_uri(), 2, edit(0, 0, 2, 0, ""))
        editor.change(file.as_uri(), 3, lsp.TextDocumentContentChangeWholeDocument(LINE))
        assert places(await editor.published(file.as_uri(), 3)) == [acme(0, 7)]
        assert [message.message for message in editor.log_messages] == [
            f"{file.as_uri()} is not scanned: larger than 100 bytes."
        ]

    async def test_excluded_documents(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, options={"exclude": ["vendor/", "*.min.js"]})
        assert await opened(editor, workspace / "vendor" / "a.py") == []
        assert await opened(editor, workspace / "a.min.js") == []
        assert await opened(editor, workspace / "a.py") == [acme(0, 7)]

    async def test_baselines(self, start: Start, workspace: Path) -> None:
        (workspace / "unleak.toml").write_text('import = [".secrets.baseline"]\n')
        editor = await start(workspace)
        for name in (".unleak-baseline.json", ".secrets.baseline"):
            assert await opened(editor, workspace / name) == []
        reasons = {message.message.partition(" is not scanned: ")[2] for message in editor.log_messages}
        assert reasons == {"a baseline, holds no secrets."}


class TestToml:
    async def test_is_laid_over_the_settings(self, start: Start, workspace: Path) -> None:
        (workspace / "unleak.toml").write_text('disabled_rules = ["acme-key"]\nmin_severity = "error"\n')
        editor = await start(workspace)
        assert await opened(editor, workspace / "src" / "app.py") == []

    async def test_of_inner_folders_counts_for_their_files(self, start: Start, workspace: Path) -> None:
        (workspace / "unleak.toml").write_text('[severity]\n"acme/*" = "information"\n')
        (workspace / "sub").mkdir()
        (workspace / "sub" / "unleak.toml").write_text('min_severity = "warning"\n')
        editor = await start(workspace)
        assert await opened(editor, workspace / "sub" / "app.py") == []
        assert await opened(editor, workspace / "app.py") == [acme(0, 7)]

    async def test_that_breaks_counts_as_before(self, start: Start, workspace: Path) -> None:
        toml = workspace / "unleak.toml"
        toml.write_text('exclude = ["*.py"]\n')
        editor = await start(workspace, capabilities=WATCHES)
        assert await opened(editor, workspace / "app.py") == []
        toml.write_text('exclude = ["*.py"\n')
        report_change(editor, toml)
        assert await again(editor, workspace / "app.py") == []
        (message,) = warnings(editor)
        assert message.startswith(f"{toml}:1:")
        assert message.endswith("; it is not used.")
        toml.write_text("exclude = []\n")
        report_change(editor, toml)
        assert await again(editor, workspace / "app.py") == [acme(0, 7)]
        assert len(editor.messages) == 1

    async def test_outside_of_all_roots_does_not_count(self, start: Start, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "unleak.toml").write_text("enable = false\n")
        editor = await start(tmp_path / "shop")
        assert await opened(editor, tmp_path / "elsewhere" / "app.py") == [acme(0, 7)]

    async def test_that_breaks_leaves_those_further_down_in_force(self, start: Start, workspace: Path) -> None:
        outer, inner = workspace / "unleak.toml", workspace / "sub" / "unleak.toml"
        outer.write_text('exclude = ["/sub/vendor/"]\n')
        inner.parent.mkdir()
        inner.write_text("")
        editor = await start(workspace, capabilities=WATCHES)
        vendored, app = inner.parent / "vendor" / "lib.py", inner.parent / "app.py"
        assert [await opened(editor, file) for file in (vendored, app)] == [[], [acme(0, 7)]]
        outer.write_text("broken")
        inner.write_text("enable = false\n")
        report_change(editor, inner)
        assert [await again(editor, file) for file in (vendored, app)] == [[], []]
        inner.write_text("enable = true\n")
        report_change(editor, inner)
        assert [await again(editor, file) for file in (vendored, app)] == [[], [acme(0, 7)]]

    async def test_around_a_single_file_counts(self, start: Start, workspace: Path) -> None:
        (workspace / "unleak.toml").write_text("enable = false\n")
        editor = await start()
        assert await opened(editor, workspace / "app.py") == []


class TestPaths:
    async def test_are_judged_from_the_top_of_the_repository(self, start: Start, workspace: Path) -> None:
        (workspace / ".git").mkdir()
        root = workspace / "tests" / "project"
        root.mkdir(parents=True)
        editor = await start(root)
        editor.open((root / "app.py").as_uri(), LINE)
        (found,) = await editor.published((root / "app.py").as_uri(), 1)
        assert found.severity == lsp.DiagnosticSeverity.Information


class TestTrust:
    def lay_traps(self, workspace: Path) -> None:
        (workspace / "unleak.toml").write_text("enable = false\n")

    async def test_that_is_missing_keeps_the_workspace_out(self, start: Start, workspace: Path) -> None:
        self.lay_traps(workspace)
        text = 'password = "kX9#vB2$mQ7w"\n'
        editor = await start(workspace, options={"trusted": False}, settings={"enable": False}, capabilities=PULLS)
        found = await opened(editor, workspace / "app.py", LINE + text)
        assert "acme-key" not in {rule for rule, *_ in found}  # no extra rules
        assert 1 in {line for _, line, *_ in found}  # and nothing switched off
        push(editor, {"unleak": {"enable": False}})
        assert await again(editor, workspace / "app.py") == found

    async def test_that_is_missing_keeps_all_files_of_the_workspace_unread(self, start: Start, workspace: Path) -> None:
        text = 'password = "kX9#vB2$mQ7w"\n'
        (workspace / ".git").mkdir()
        (workspace / ".gitleaksignore").write_text("app.py:rule:1\n")
        (workspace / "unleak.toml").write_text("import = ['.gitleaksignore']\n[[allow]]\npaths = ['*']\n")
        (workspace / ".unleak-baseline.json").write_text("broken")
        editor = await start(workspace, options={"trusted": False})
        assert await opened(editor, workspace / "app.py", text) != []
        assert editor.messages == []

    async def test_may_be_given_and_taken_away(self, start: Start, workspace: Path) -> None:
        self.lay_traps(workspace)
        text = 'password = "kX9#vB2$mQ7w"\n'
        editor = await start(workspace, options={"trusted": False})
        found = await opened(editor, workspace / "app.py", text)
        assert found != []
        editor.protocol.notify("unleak/trust", {"trusted": True})
        assert await again(editor, workspace / "app.py") == []
        editor.protocol.notify("unleak/trust", {"trusted": False})
        assert await again(editor, workspace / "app.py") == found


class TestRoots:
    async def test_come_and_go(self, start: Start, tmp_path: Path) -> None:
        one, two = tmp_path / "one", tmp_path / "two"
        for root in (one, two):
            root.mkdir()
            (root / "unleak.toml").write_text("enable = false\n")
        editor = await start(one)
        assert await opened(editor, one / "a.py") == []
        assert await opened(editor, two / "a.py") == [acme(0, 7)]
        event = lsp.WorkspaceFoldersChangeEvent(
            added=[lsp.WorkspaceFolder(two.as_uri(), "two")],
            removed=[lsp.WorkspaceFolder(one.as_uri(), "one")],
        )
        editor.workspace_did_change_workspace_folders(lsp.DidChangeWorkspaceFoldersParams(event))
        assert await again(editor, one / "a.py") == [acme(0, 7)]
        assert await again(editor, two / "a.py") == []


class TestWatching:
    async def test_is_left_to_a_client_that_can(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, capabilities=WATCHES)
        (registration,) = await editor.until(lambda: editor.registrations)
        assert registration.method == "workspace/didChangeWatchedFiles"
        patterns = [watcher["globPattern"] for watcher in plain(registration.register_options)["watchers"]]
        assert patterns == [
            "**/*.toml",
            "**/.gitignore",
            "**/.unleak-baseline.json",
            "**/.gitleaksignore",
            "**/.secrets.baseline",
        ]

    async def test_grows_by_files_of_other_names(self, start: Start, workspace: Path) -> None:
        (workspace / "unleak.toml").write_text('baseline = "ci/known[1].json"\nimport = [".gitleaksignore"]\n')
        editor = await start(workspace, capabilities=WATCHES)
        for name in ("a.py", "b.py"):
            await opened(editor, workspace / name)
        first, second = await editor.until(lambda: editor.registrations[:2] if editor.registrations[1:] else [])
        assert first.id != second.id
        patterns = [watcher["globPattern"] for watcher in plain(second.register_options)["watchers"]]
        assert patterns == ["**/known?1?.json"]
        assert len(editor.registrations) == 2

    async def test_sees_rule_files_too(self, start: Start, workspace: Path) -> None:
        own = workspace / "own.toml"
        own.write_text(RULES)
        editor = await start(workspace, options={"extraRules": ["own.toml"]}, capabilities=WATCHES)
        assert await opened(editor, workspace / "app.py") == [acme(0, 7)]
        own.write_text(RULES.replace('id = "acme-key"', 'id = "acme-id"'))
        report_change(editor, workspace / "Cargo.toml")
        report_change(editor, own)
        found = await again(editor, workspace / "app.py")
        assert found == [("acme-id", *acme(0, 7)[1:])]

    async def test_is_done_by_the_server_where_the_client_cannot(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace)
        assert await opened(editor, workspace / "app.py") == [acme(0, 7)]
        while editor.publications == []:  # it may not watch yet
            (workspace / "unleak.toml").write_text("enable = false\n")
            await asyncio.sleep(0.3)
        assert await again(editor, workspace / "app.py") == []

    async def test_by_the_server_sees_folders_around_documents(self, start: Start, workspace: Path) -> None:
        (workspace / "a" / "b").mkdir(parents=True)
        editor = await start(workspace)
        assert await opened(editor, workspace / "a" / "b" / "app.py") == [acme(0, 7)]
        while editor.publications == []:  # it may not watch yet
            (workspace / "a" / "unleak.toml").write_text("enable = false\n")
            await asyncio.sleep(0.3)
        assert await again(editor, workspace / "a" / "b" / "app.py") == []

    async def test_sees_files_that_are_imported(self, start: Start, workspace: Path) -> None:
        known = workspace / ".gitleaksignore"
        known.write_text("app.py:rule:1\n")
        (workspace / "unleak.toml").write_text('import = [".gitleaksignore"]\n')
        editor = await start(workspace, capabilities=WATCHES)
        assert await opened(editor, workspace / "app.py") == []
        known.write_text("")
        report_change(editor, known)
        assert await again(editor, workspace / "app.py") == [acme(0, 7)]

    async def test_includes_what_is_saved_in_the_editor(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, capabilities=WATCHES)
        assert await opened(editor, workspace / "app.py") == [acme(0, 7)]
        toml = workspace / "unleak.toml"
        toml.write_text("enable = false\n")
        editor.save((workspace / "app.py").as_uri())
        editor.save(toml.as_uri())
        assert await again(editor, workspace / "app.py") == []


def plain(value: Any) -> Any:
    """A value of any shape as JSON has it."""
    return json.loads(json.dumps(value, default=lambda v: v._asdict() if hasattr(v, "_asdict") else vars(v)))
