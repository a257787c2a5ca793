from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from unleak.batch import FileScanner
from unleak.config import Configs
from unleak.staged import GitError, scan_staged, top_folder

Git = Callable[..., str]


def places(*paths: str) -> list[tuple[str, int]]:
    """Path and line (from 1) of each finding among what is staged; nothing may have been skipped."""
    top = Path(top_folder())
    configs = Configs()
    results = list(scan_staged(FileScanner(configs, top), configs, top, paths))
    assert [result for result in results if result.skipped] == []
    return [(result.path, finding.span.line + 1) for result in results for finding in result.findings]


@pytest.fixture
def secret(token: str) -> str:
    return f'key = "{token}"\n'


def commit(git: Git) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", "x")


class TestScanStaged:
    def test_a_repository_without_commits(self, git: Git, shop: Path, secret: str) -> None:
        (shop / "a.py").write_text(secret)
        (shop / "unstaged.py").write_text(secret)
        git("add", "a.py")
        assert places() == [("a.py", 1)]

    def test_only_lines_that_are_added(self, git: Git, shop: Path, secret: str) -> None:
        (shop / "a.py").write_text("a\n" + secret + "b\nc\nd\n")
        commit(git)
        (shop / "a.py").write_text("new\na\n" + secret + "b\n" + secret + "c\nd\nnew\n")
        git("add", "a.py")
        assert places() == [("a.py", 5)]

    def test_only_lines_that_are_removed_report_nothing(self, git: Git, shop: Path, secret: str) -> None:
        (shop / "a.py").write_text("a\n" + secret + "b\n")
        commit(git)
        (shop / "a.py").write_text(secret)
        git("add", "a.py")
        assert places() == []

    def test_the_staged_content_counts_and_not_the_file(self, git: Git, shop: Path, secret: str) -> None:
        (shop / "a.py").write_text("a\n" + secret)
        (shop / "b.py").write_text("clean\n")
        git("add", ".")
        (shop / "a.py").unlink()
        (shop / "b.py").write_text(secret)
        assert places() == [("a.py", 2)]

    def test_a_renamed_file_reports_what_changed_in_it(self, git: Git, shop: Path, secret: str) -> None:
        body = "".join(f"line {number}\n" for number in range(50))
        for name in ("old.py", "moved.py"):
            (shop / name).write_text(name + "\n" + body + secret)
        commit(git)
        (shop / "sub").mkdir()
        git("mv", "old.py", "sub/new.py")
        git("mv", "moved.py", "elsewhere.py")
        (shop / "sub" / "new.py").write_text("old.py\n" + secret + body + secret)
        git("add", ".")
        assert places() == [("sub/new.py", 2)]

    def test_deleted_files_and_modes_are_nothing(self, git: Git, shop: Path, secret: str) -> None:
        (shop / "a.py").write_text(secret)
        (shop / "b.py").write_text(secret + "b\n")
        commit(git)
        (shop / "a.py").chmod(0o755)
        (shop / "b.py").unlink()
        git("add", "--all")
        assert places() == []

    @pytest.mark.skipif(os.name != "posix", reason="names that other systems do not allow")
    def test_any_name(self, git: Git, shop: Path, secret: str) -> None:
        names = [
            "a b.py",
            "ünï.py",
            'quo"te.py',
            "new\nline.py",
            "-dash.py",
            "*.py",
            ":(top)x.py",
            "tab\t.py",
        ]
        for name in names:
            (shop / name).write_text(secret)
        git("add", "--all")
        assert sorted(places()) == sorted((name, 1) for name in names)
        assert places("*.py") == [("*.py", 1)]

    @pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere want UTF-8")
    def test_a_name_that_is_not_utf8(self, git: Git, shop: Path, secret: str) -> None:
        (shop / os.fsdecode(b"\xff.py")).write_text(secret)
        git("add", "--all")
        assert places() == [(os.fsdecode(b"\xff.py"), 1)]

    def test_in_a_sub_folder(self, git: Git, shop: Path, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("a.py", "sub/b.py", "other/c.py"):
            (shop / name).parent.mkdir(exist_ok=True)
            (shop / name).write_text(secret)
        git("add", "--all")
        monkeypatch.chdir(shop / "sub")
        assert places() == [("../a.py", 1), ("../other/c.py", 1), ("b.py", 1)]
        assert places(".") == [("b.py", 1)]
        assert places("../other", "b.py") == [("../other/c.py", 1), ("b.py", 1)]

    def test_excluded_paths_are_left_out(self, git: Git, shop: Path, secret: str) -> None:
        (shop / "rules" / "a.py").write_text(secret)
        (shop / "b.py").write_text(secret)
        git("add", "--all")
        assert places() == [("b.py", 1)]

    @pytest.mark.parametrize("attribute", ["binary", "-diff", "diff=secretive"])
    def test_a_file_that_git_does_not_diff_counts_whole(
        self, git: Git, shop: Path, secret: str, attribute: str
    ) -> None:
        git("config", "diff.secretive.textconv", "false")
        git("config", "diff.secretive.command", "false")
        (shop / ".gitattributes").write_text(f"*.py {attribute}\n")
        (shop / "a.py").write_text("x\n" + secret)
        git("add", "--all")
        assert places() == [("a.py", 2)]

    def test_what_a_person_configures_for_diffs_changes_nothing(
        self, git: Git, shop: Path, secret: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for key, value in (
            ("color.ui", "always"),
            ("diff.noprefix", "true"),
            ("diff.mnemonicPrefix", "true"),
            ("diff.renames", "copies"),
            ("diff.interHunkContext", "10"),
            ("diff.context", "10"),
            ("diff.external", "false"),
            ("diff.orderFile", "/dev/null"),
            ("diff.relative", "true"),
        ):
            git("config", key, value)
        monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=20")
        (shop / "a.py").write_text("a\n" + secret + "b\n")
        commit(git)
        (shop / "a.py").write_text("new\na\n" + secret + "b\n" + secret)
        git("add", "a.py")
        assert places() == [("a.py", 5)]

    def test_the_same_change_in_two_files(self, git: Git, shop: Path, secret: str) -> None:
        for name in ("a.py", "b.py"):
            (shop / name).write_text(secret)
        commit(git)
        for name in ("a.py", "b.py"):
            (shop / name).write_text(secret + secret)
        git("add", "--all")
        assert places() == [("a.py", 2), ("b.py", 2)]

    def test_content_that_looks_like_a_patch(self, git: Git, shop: Path, secret: str) -> None:
        (shop / "a.py").write_text("@@ -1 +1 @@\nindex 0..1\n" + secret)
        commit(git)
        (shop / "a.py").write_text("@@ -1 +9,9 @@\nindex 0..1\n" + secret + "@@ -1 +3 @@\n")
        git("add", "--all")
        assert places() == []

    @pytest.mark.parametrize("line_end", ["\r\n", "\r"])
    def test_other_line_ends(self, git: Git, shop: Path, secret: str, line_end: str) -> None:
        git("config", "core.autocrlf", "false")
        lines = "a\rb\n" if line_end == "\r" else "a\n"
        (shop / "a.py").write_text(lines + secret + "c\n", newline=line_end if line_end == "\r\n" else "")
        commit(git)
        more = lines + secret + "c\n" + secret
        (shop / "a.py").write_text(more, newline=line_end if line_end == "\r\n" else "")
        git("add", "--all")
        assert places() == [("a.py", 5 if line_end == "\r" else 4)]

    @pytest.mark.skipif(os.name != "posix", reason="symbolic links")
    def test_links_are_left_out_and_a_link_made_a_file_counts(
        self, git: Git, shop: Path, secret: str, token: str
    ) -> None:
        (shop / "link").symlink_to(token)
        (shop / "changed").symlink_to("nowhere")
        git("add", "--all")
        assert places() == []
        commit(git)
        (shop / "changed").unlink()
        (shop / "changed").write_text(secret)
        git("add", "--all")
        assert places() == [("changed", 1)]

    def test_large_and_binary_content_is_skipped_with_a_reason(self, git: Git, shop: Path, secret: str) -> None:
        (shop / "unleak.toml").write_text('max_file_size = 1000\nextra_rules = ["rules"]\n')
        (shop / "a.big").write_bytes(b"x" * 200_000)
        (shop / "b.bin").write_bytes(b"\x00" * 100)
        (shop / "c.py").write_text(secret)
        git("add", "a.big", "b.bin", "c.py")
        configs = Configs()
        results = list(scan_staged(FileScanner(configs), configs, Path(top_folder()), ()))
        assert [(result.path, result.skipped, len(result.findings)) for result in results] == [
            ("a.big", "larger than 1 kB", 0),
            ("b.bin", "binary", 0),
            ("c.py", "", 1),
        ]

    def test_each_file_as_its_folder_wants(self, git: Git, shop: Path, secret: str) -> None:
        for name, config in (("a", 'exclude = ["/x.py"]\n'), ("b", "[[allow]]\npaths = ['x.py']\n"), ("c", "")):
            (shop / name).mkdir()
            (shop / name / "unleak.toml").write_text(config)
            (shop / name / "x.py").write_text(secret)
        git("add", "--all")
        assert places() == [("c/x.py", 1)]

    def test_baselines_are_left_out(self, git: Git, shop: Path, secret: str) -> None:
        with (shop / "unleak.toml").open("a") as config:
            config.write('import = ["known.baseline"]\n')
        for name in (".unleak-baseline.json.lock", "known.baseline", "other.baseline"):
            (shop / name).write_text(secret)
        git("add", "--all")
        assert places() == [("other.baseline", 1)]

    def test_nothing_staged(self, git: Git) -> None:
        assert places() == []


class TestErrors:
    def test_no_repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
        with pytest.raises(GitError, match="cannot read what is staged: not a git repository"):
            top_folder()

    def test_no_git(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(GitError, match="git was not found"):
            top_folder()

    def test_content_that_is_missing(self, git: Git, shop: Path) -> None:
        (shop / "a.py").write_text("a = 1\n")
        git("add", "a.py")
        name = git("rev-parse", ":a.py").strip()
        (shop / ".git" / "objects" / name[:2] / name[2:]).unlink()
        with pytest.raises(GitError):
            places()
