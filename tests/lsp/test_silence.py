"""What silences a finding in the editor: marks, unleak.toml, the baseline; and what a pair is told beside it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path

import pytest
from editor import ACME, OTHER, Editor, Start, acme, edit, places, unleak
from lsprotocol import types as lsp

LINE = f'KEY = "{ACME}"\n'
END = len(LINE) - 1
PASSWORD = 'password = "kX9#vB2$mQ7w"\n'
WATCHES = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
RELATED = {"textDocument": {"publishDiagnostics": {"relatedInformation": True}}}
BASELINE = ".unleak-baseline.json"

Places = list[tuple[str, int, int, int, int]]


async def opened(editor: Editor, file: Path, text: str = LINE) -> Places:
    editor.open(file.as_uri(), text)
    return places(await editor.published(file.as_uri(), 1))


async def again(editor: Editor, file: Path, version: int | None = None) -> Places:
    return places(await editor.published(file.as_uri(), version))


def report_change(editor: Editor, file: Path) -> None:
    change = lsp.FileEvent(file.as_uri(), lsp.FileChangeType.Changed)
    editor.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([change]))


def saved(editor: Editor, file: Path, text: str) -> None:
    """What an editor does where a person saves a file."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    editor.save(file.as_uri())


class TestMarks:
    @pytest.mark.parametrize("mark", ["  # unleak: ignore", "  # gitleaks:allow", "  # unleak:ignore[acme-key]"])
    async def test_behind_a_secret_counts_while_it_stands_there(self, start: Start, workspace: Path, mark: str) -> None:
        editor = await start(workspace)
        file = workspace / "app.py"
        assert await opened(editor, file) == [acme(0, 7)]
        editor.change(file.as_uri(), 2, edit(0, END, 0, END, mark))
        assert await again(editor, file, 2) == []
        editor.change(file.as_uri(), 3, edit(0, END, 0, END + len(mark), ""))
        assert await again(editor, file, 3) == [acme(0, 7)]

    async def test_above_a_secret_counts_from_its_last_letter_on(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace)
        file = workspace / "app.py"
        assert await opened(editor, file) == [acme(0, 7)]
        mark = "# unleak: ignore-next-line"
        editor.change(file.as_uri(), 2, edit(0, 0, 0, 0, mark[:-1] + "\n"))
        assert await again(editor, file, 2) == [acme(1, 7)]
        editor.change(file.as_uri(), 3, edit(0, len(mark) - 1, 0, len(mark) - 1, mark[-1]))
        assert await again(editor, file, 3) == []
        editor.change(file.as_uri(), 4, edit(0, 0, 1, 0, ""))
        assert await again(editor, file, 4) == [acme(0, 7)]

    async def test_for_the_file_counts_for_all_that_has_been_read(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace)
        file = workspace / "app.py"
        assert await opened(editor, file, LINE + "\n" * 500 + LINE) == [acme(0, 7), acme(501, 7)]
        editor.change(file.as_uri(), 2, edit(250, 0, 250, 0, "# unleak: ignore-file\n"))
        assert await again(editor, file, 2) == []
        editor.change(file.as_uri(), 3, edit(250, 0, 251, 0, ""))
        assert await again(editor, file, 3) == [acme(0, 7), acme(501, 7)]


class TestBaseline:
    @pytest.fixture
    def project(self, workspace: Path) -> Path:
        """A file with a finding, in a project that knows the rule for it."""
        (workspace / "unleak.toml").write_text('extra_rules = ["../rules"]\n')
        (workspace / "app.py").write_text(LINE)
        return workspace / "app.py"

    async def test_silences_what_it_records_and_nothing_else(
        self, start: Start, project: Path, environment: dict[str, str]
    ) -> None:
        editor = await start(project.parent, capabilities=WATCHES)
        assert await opened(editor, project) == [acme(0, 7)]
        await unleak(project.parent, environment, "baseline", "create")
        report_change(editor, project.parent / BASELINE)
        assert await again(editor, project) == []
        editor.change(project.as_uri(), 2, edit(0, 7, 0, 7 + len(ACME), OTHER))
        assert await again(editor, project, 2) == [acme(0, 7)]
        editor.change(project.as_uri(), 3, edit(0, 7, 0, 7 + len(OTHER), ACME), edit(0, 0, 0, 0, "\n  "))
        assert await again(editor, project, 3) == []
        (project.parent / BASELINE).unlink()
        report_change(editor, project.parent / BASELINE)
        assert await again(editor, project) == [acme(1, 9)]

    async def test_is_seen_by_the_server_where_the_client_does_not_watch(
        self, start: Start, project: Path, environment: dict[str, str]
    ) -> None:
        editor = await start(project.parent)
        assert await opened(editor, project) == [acme(0, 7)]
        await unleak(project.parent, environment, "baseline", "create")
        while editor.publications == []:  # it may not have watched yet
            (project.parent / BASELINE).touch()
            await asyncio.sleep(0.3)
        assert await again(editor, project) == []

    async def test_counts_at_the_top_of_the_repository_around_the_workspace(
        self, start: Start, workspace: Path, environment: dict[str, str]
    ) -> None:
        (workspace / ".git").mkdir()
        root = workspace / "service"
        root.mkdir()
        (root / "app.py").write_text(PASSWORD)
        await unleak(workspace, environment, "baseline", "create")
        editor = await start(root)
        assert await opened(editor, root / "app.py", PASSWORD) == []
        assert len(await opened(editor, root / "app.py", PASSWORD.replace("kX9", "zR4"))) == 1

    async def test_counts_where_no_project_is(self, start: Start, workspace: Path, environment: dict[str, str]) -> None:
        (workspace / "app.py").write_text(PASSWORD)
        await unleak(workspace, environment, "baseline", "create", ".")
        editor = await start(workspace)
        assert await opened(editor, workspace / "app.py", PASSWORD) == []


class TestToml:
    async def test_severities_count_once_it_is_saved(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, capabilities=WATCHES)
        file, toml = workspace / "app.py", workspace / "unleak.toml"
        assert await opened(editor, file) == [acme(0, 7)]
        for level, severity in (
            ("warning", lsp.DiagnosticSeverity.Warning),
            ("information", lsp.DiagnosticSeverity.Information),
        ):
            saved(editor, toml, f'[severity]\nacme-key = "{level}"\n')
            (found,) = await editor.published(file.as_uri())
            assert found.severity == severity
        saved(editor, toml, '[severity]\n"acme/*" = "off"\n')
        assert await again(editor, file) == []

    @pytest.mark.parametrize("method", ["sha1", "sha256", "blake2b"])
    async def test_values_are_allowed_by_their_hashes_once_it_is_saved(
        self, start: Start, workspace: Path, method: str
    ) -> None:
        editor = await start(workspace, capabilities=WATCHES)
        file, key = workspace / "app.py", bytes(range(16))
        assert await opened(editor, file, LINE + LINE.replace(ACME, OTHER)) == [acme(0, 7), acme(1, 7)]
        if method == "blake2b":
            digits = hashlib.blake2b(ACME.encode(), digest_size=16, key=key).hexdigest()
        else:
            digits = hashlib.new(method, ACME.encode()).hexdigest()
        toml = f'hash_key = "{key.hex()}"\n[[allow]]\nvalues = ["{method}:{digits}"]\n'
        saved(editor, workspace / "unleak.toml", toml)
        assert await again(editor, file) == [acme(1, 7)]

    async def test_of_an_inner_folder_counts_there_once_it_is_saved(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, capabilities=WATCHES)
        inner, outer = workspace / "sub" / "app.py", workspace / "app.py"
        assert [await opened(editor, file) for file in (inner, outer)] == [[acme(0, 7)]] * 2
        saved(editor, workspace / "sub" / "unleak.toml", '[[allow]]\npaths = ["/app.py"]\n')
        assert [await again(editor, file) for file in (inner, outer)] == [[], [acme(0, 7)]]


class TestRelated:
    @pytest.mark.parametrize(
        ("text", "line", "first", "last"),
        [
            (f'a = "😀é"; user = "ann"; {PASSWORD}', 0, 19, 22),
            (f'a = "😀é"; user = "ann"\n{PASSWORD}', 0, 19, 22),
            (f'user = "a😀n"\n\n{PASSWORD}', 0, 8, 12),
            ('a = "😀"; url = "postgres://ann:' + 'kX9vB2mQ7w@db.acme.io/shop"\n', 0, 28, 31),
        ],
        ids=["same line", "line above", "wide user", "URL"],
    )
    async def test_the_other_half_stands_where_the_client_counts(
        self, start: Start, workspace: Path, text: str, line: int, first: int, last: int
    ) -> None:
        editor = await start(workspace, capabilities=RELATED)
        uri = (workspace / "app.py").as_uri()
        editor.open(uri, text)
        (found,) = await editor.published(uri, 1)
        (related,) = found.related_information or ()
        place = lsp.Range(lsp.Position(line, first), lsp.Position(line, last))
        assert related == lsp.DiagnosticRelatedInformation(
            lsp.Location(uri, place), "The id or the user that it is used with."
        )

    async def test_the_other_half_moves_with_the_lines(self, start: Start, workspace: Path) -> None:
        editor = await start(workspace, capabilities=RELATED)
        uri = (workspace / "app.py").as_uri()
        editor.open(uri, f'user = "ann"\n{PASSWORD}')
        await editor.published(uri, 1)
        editor.change(uri, 2, edit(0, 0, 0, 0, "\n😀\n"))
        (found,) = await editor.published(uri, 2)
        (related,) = found.related_information or ()
        assert related.location.range == lsp.Range(lsp.Position(2, 8), lsp.Position(2, 11))


class TestTrust:
    @pytest.fixture
    def trapped(self, workspace: Path) -> Path:
        """A workspace in which every way to silence a finding from outside of its file is taken."""
        digest = hashlib.sha1(PASSWORD.split('"')[1].encode()).hexdigest()
        (workspace / ".git").mkdir()
        (workspace / "app.py").write_text(PASSWORD)
        (workspace / "sub").mkdir()
        (workspace / "sub" / "app.py").write_text(PASSWORD)
        (workspace / "sub" / "unleak.toml").write_text("enable = false\n")
        (workspace / ".gitleaksignore").write_text("app.py:rule:1\n")
        (workspace / ".gitleaks.toml").write_text("[allowlist]\npaths = ['.*']\n")
        known = {"results": {"app.py": [{"type": "x", "hashed_secret": digest, "line_number": 1}]}}
        (workspace / ".secrets.baseline").write_text(json.dumps(known))
        (workspace / "unleak.toml").write_text(
            'import = [".gitleaksignore", ".gitleaks.toml", ".secrets.baseline"]\n'
            '[severity]\ngeneric-password = "off"\n[[allow]]\npaths = ["*"]\n'
        )
        return workspace

    async def test_that_is_missing_leaves_marks_alone_in_force(
        self, start: Start, trapped: Path, environment: dict[str, str]
    ) -> None:
        toml = trapped / "unleak.toml"
        said = toml.read_text()
        toml.write_text("")
        await unleak(trapped, environment, "baseline", "create")
        toml.write_text(said)
        editor = await start(trapped, options={"trusted": False})
        for file in (trapped / "app.py", trapped / "sub" / "app.py"):
            assert len(await opened(editor, file, PASSWORD)) == 1
            end = len(PASSWORD) - 1
            editor.change(file.as_uri(), 2, edit(0, end, 0, end, "  # unleak: ignore"))
            assert await again(editor, file, 2) == []
        assert editor.messages == []

    async def test_that_is_missing_holds_for_a_scan_of_the_workspace(self, start: Start, trapped: Path) -> None:
        editor = await start(trapped, options={"trusted": False})
        await editor.run("unleak.scanWorkspace")
        found = {uri for uri, diagnostics in editor.diagnostics.items() if diagnostics}
        assert {(trapped / name).as_uri() for name in ("app.py", "sub/app.py")} <= found
        assert editor.messages == []
