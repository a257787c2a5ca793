from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.files import Unreadable, decode, excluder, find_files, read_bytes, read_text

POSIX = pytest.mark.skipif(os.name != "posix", reason="a matter of POSIX file systems")


def found(*roots: str, exclude: tuple[str, ...] = (), base: Path | None = None) -> list[str]:
    """What is found below roots, while nothing may be reported as unreadable."""
    reports: list[tuple[str, str]] = []
    paths = [
        path.as_posix()
        for path in find_files(
            [Path(root) for root in roots],
            exclude,
            lambda path, reason: reports.append((path, reason)),
            base=base,
        )
    ]
    assert reports == []
    return paths


def plant(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestDecode:
    @pytest.mark.parametrize(
        ("data", "text"),
        [
            (b"", ""),
            (b"a\xc3\xa9", "aé"),
            (b"\xef\xbb\xbfkey = 1", "key = 1"),
            ("\ufeffkéy".encode("utf-16-le"), "kéy"),
            ("\ufeffkéy".encode("utf-16-be"), "kéy"),
            ("\ufeffkéy".encode("utf-32-le"), "kéy"),
            ("\ufeffkéy".encode("utf-32-be"), "kéy"),
            (b"\xff\xfea\x00b", "a\ufffd"),
            ("ä = 'café'".encode("latin-1"), "ä = 'café'"),
            (b"caf\xc3\xa9 \xe9\xff!", "café éÿ!"),
            ("漢 ÜÿĀ 🙂".encode() + b"\xe9\xff!", "漢 ÜÿĀ 🙂éÿ!"),
        ],
    )
    def test_text_has_no_mark_and_one_code_point_for_each_odd_byte(self, data: bytes, text: str) -> None:
        assert decode(data) == text

    @pytest.mark.parametrize("data", [b"\x7fELF\x00", b"a" * 8000 + b"\x00", "ab".encode("utf-16-le")])
    def test_a_nul_near_the_beginning_is_binary(self, data: bytes) -> None:
        with pytest.raises(Unreadable, match=r"^binary$"):
            decode(data)

    def test_a_late_nul_is_text(self) -> None:
        assert decode(b"a" * 8192 + b"\x00").endswith("\x00")

    @given(st.binary())
    def test_any_bytes_are_text_that_can_be_encoded_or_unreadable(self, data: bytes) -> None:
        try:
            decode(data).encode()
        except Unreadable:
            assert b"\x00" in data


class TestRead:
    def test_content(self, tree: Path) -> None:
        (tree / "a").write_bytes(b"\xef\xbb\xbfa\r\nb")
        assert read_text(tree / "a", 100) == "a\r\nb"

    def test_at_the_limit_and_over(self, tree: Path) -> None:
        (tree / "a").write_bytes(b"x" * 2000)
        assert len(read_bytes(tree / "a", 2000)) == 2000
        with pytest.raises(Unreadable, match=r"^larger than 1.999 kB$"):
            read_bytes(tree / "a", 1999)

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
    def test_more_than_its_size_said_as_of_a_file_that_grows(self) -> None:
        path = "/proc/self/maps"  # its size is 0 until it is read
        assert os.stat(path).st_size == 0
        assert len(read_bytes(path, 10_000_000)) > 1000
        with pytest.raises(Unreadable, match="larger than 1 kB"):
            read_bytes(path, 1000)

    def test_in_several_blocks(self, tree: Path) -> None:
        data = bytes(range(1, 256)) * 1000
        (tree / "a").write_bytes(data)
        assert read_bytes(tree / "a", 10**6) == data

    def test_binary_and_its_marked_likeness(self, tree: Path) -> None:
        (tree / "a").write_bytes(b"a\x00" * 50_000)
        with pytest.raises(Unreadable, match=r"^binary$"):
            read_bytes(tree / "a", 10**6)
        (tree / "b").write_bytes(b"\xff\xfe" + b"a\x00" * 50_000)
        assert read_text(tree / "b", 10**6) == "a" * 50_000

    def test_vanished(self, tree: Path) -> None:
        with pytest.raises(Unreadable, match=r"^vanished$"):
            read_bytes(tree / "gone", 100)

    def test_folder(self, tree: Path) -> None:
        with pytest.raises(Unreadable, match=r"^not a regular file$"):
            read_bytes(tree, 100)

    @POSIX
    def test_a_pipe_is_never_opened(self, tree: Path) -> None:
        os.mkfifo(tree / "pipe")
        with pytest.raises(Unreadable, match=r"^not a regular file$"):
            read_bytes(tree / "pipe", 100)

    @POSIX
    def test_no_permission(self, tree: Path) -> None:
        (tree / "a").touch(0o000)
        if os.access(tree / "a", os.R_OK):
            pytest.skip("this user may read everything")
        with pytest.raises(Unreadable, match=r"^no permission$"):
            read_bytes(tree / "a", 100)


class TestFindFiles:
    def test_sorted_part_by_part_and_relative_as_given(self, tree: Path) -> None:
        plant(tree, "b.py", "a/z.py", "a.py", "a/b/c.py", "a-b/x.py")
        assert found(".") == ["a/b/c.py", "a/z.py", "a-b/x.py", "a.py", "b.py"]
        assert found("a") == ["a/b/c.py", "a/z.py"]
        assert found(str(tree / "a" / "b")) == [(tree / "a/b/c.py").as_posix()]

    def test_each_file_once_however_often_named(self, tree: Path) -> None:
        plant(tree, "a/b/c.py", "d.py")
        assert found("d.py", "a/b", ".", "a", str(tree)).count("a/b/c.py") == 1
        assert len(found("d.py", "a/b", ".", "a", str(tree))) == 2

    def test_version_control_is_passed_over_unless_named(self, tree: Path) -> None:
        plant(tree, ".git/config", ".hg/hgrc", ".svn/entries", ".env", "node_modules/m.js")
        assert found(".") == [".env", "node_modules/m.js"]
        assert found(".git") == [".git/config"]

    def test_nested_ignore_files_without_a_repository(self, tree: Path) -> None:
        plant(tree, "a.log", "a.py", "sub/a.log", "sub/keep.log", "sub/deep/x.tmp", "build/x.py")
        (tree / ".gitignore").write_text("*.log\r\n/build/\r\n.gitignore\r\n")
        (tree / "sub" / ".gitignore").write_text("!keep.log\ndeep/*.tmp\n")
        assert found(".") == ["a.py", "sub/keep.log"]

    def test_ignore_files_between_the_top_of_the_repository_and_the_root(self, tree: Path) -> None:
        plant(tree, "repo/.git/HEAD", "repo/a/b/x.py", "repo/a/b/x.log", "repo/a/b/gen/y.py", "repo/a/b/local")
        (tree / "repo" / ".gitignore").write_text("/a/b/gen/\n")
        (tree / "repo" / "a" / ".gitignore").write_text("*.log\n")
        (tree / "repo" / ".git" / "info").mkdir()
        (tree / "repo" / ".git" / "info" / "exclude").write_text("local\n")
        (tree / ".gitignore").write_text("*\n")  # outside of the repository
        assert found("repo/a/b") == ["repo/a/b/x.py"]
        assert found(str(tree / "repo/a/b")) == [(tree / "repo/a/b/x.py").as_posix()]

    def test_a_named_file_or_folder_is_taken_though_ignored(self, tree: Path) -> None:
        plant(tree, ".git/HEAD", "build/a.py", "build/b.log", "c.log")
        (tree / ".gitignore").write_text("build/\n*.log\n.gitignore\n")
        assert found(".") == []
        assert found("build", "c.log") == ["build/a.py", "build/b.log", "c.log"]

    def test_a_folder_inside_an_ignored_one_is_taken_though_ignored(self, tree: Path) -> None:
        plant(tree, ".git/HEAD", "build/deep/er/a.py")
        (tree / ".gitignore").write_text("/build\n*.py\n")
        assert found("build/deep") == ["build/deep/er/a.py"]
        assert found("build/deep/er") == ["build/deep/er/a.py"]

    def test_a_repository_inside_starts_afresh(self, tree: Path) -> None:
        plant(tree, ".git/HEAD", "inner/.git/HEAD", "inner/a.log", "a.log")
        (tree / ".gitignore").write_text("*.log\n.gitignore\n")
        assert found(".") == ["inner/a.log"]

    def test_info_exclude_of_a_linked_worktree(self, git: Callable[..., str], shop: Path) -> None:
        git("commit", "--quiet", "--allow-empty", "--message", "first")
        git("worktree", "add", "--quiet", "../linked")
        plant(shop.parent, "linked/local", "linked/a.py")
        (shop / ".git" / "info" / "exclude").write_text("local\n")
        assert found("../linked") == ["../linked/a.py"]

    def test_exclude_is_relative_to_its_base(self, tree: Path) -> None:
        plant(tree, "a/gen/x.py", "a/b/gen/y.py", "gen/z.py", "a/x.min.js")
        patterns = ("/a/gen/", "*.min.js")
        assert found(".", exclude=patterns, base=tree) == ["a/b/gen/y.py", "gen/z.py"]
        assert found("a", exclude=patterns, base=tree) == ["a/b/gen/y.py"]
        assert "a/x.min.js" in found("a/x.min.js", exclude=patterns, base=tree)

    def test_exclude_without_a_base_is_relative_to_each_root(self, tree: Path) -> None:
        plant(tree, "a/gen/x.py", "a/y.py")
        assert found("a", exclude=("/gen",)) == ["a/y.py"]

    @POSIX
    def test_links_inside_are_passed_over_and_named_ones_followed(self, tree: Path) -> None:
        plant(tree, "a/x.py", "other/y.py")
        (tree / "a" / "loop").symlink_to(tree / "a")
        (tree / "a" / "z.py").symlink_to(tree / "other" / "y.py")
        (tree / "a" / "dangling").symlink_to(tree / "nowhere")
        (tree / "link").symlink_to(tree / "a")
        assert found("a") == ["a/x.py"]
        assert found("link", "a/z.py") == ["a/z.py", "link/x.py"]

    @POSIX
    def test_pipes_and_sockets_are_passed_over_inside_and_reported_when_named(self, tree: Path) -> None:
        plant(tree, "a/x.py")
        os.mkfifo(tree / "a" / "pipe")
        assert found("a") == ["a/x.py"]
        reports: list[tuple[str, str]] = []
        assert list(find_files([Path("a/pipe")], (), lambda *report: reports.append(report))) == []
        assert reports == [("a/pipe", "not a regular file")]

    @POSIX
    def test_an_unreadable_folder_is_reported_and_the_rest_found(self, tree: Path) -> None:
        plant(tree, "a/x.py", "b/y.py")
        (tree / "a").chmod(0o000)
        if os.access(tree / "a", os.R_OK):
            pytest.skip("this user may read everything")
        reports: list[tuple[str, str]] = []
        paths = list(find_files([Path()], (), lambda *report: reports.append(report)))
        (tree / "a").chmod(0o700)
        assert paths == [Path("b/y.py")]
        assert reports == [("a", "no permission")]

    def test_a_folder_that_vanishes_meanwhile_is_reported(self, tree: Path) -> None:
        plant(tree, "a/x.py", "b/y.py")
        reports: list[tuple[str, str]] = []
        paths = find_files([Path()], (), lambda *report: reports.append(report))
        first = next(paths)
        (tree / "b" / "y.py").unlink()
        (tree / "b").rmdir()
        assert [first, *paths] == [Path("a/x.py")]
        assert reports == [("b", "vanished")]

    def test_an_ignore_file_that_cannot_be_read_is_reported(self, tree: Path) -> None:
        plant(tree, "a.py")
        (tree / ".gitignore").mkdir()
        reports: list[tuple[str, str]] = []
        assert list(find_files([Path()], (), lambda *report: reports.append(report))) == [Path("a.py")]
        assert reports == [(".gitignore", "not a regular file")]

    @pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere want UTF-8")
    def test_names_that_are_not_utf8(self, tree: Path) -> None:
        for name in (b"\xff.py", b"\xfe.log"):
            (tree / os.fsdecode(name)).write_text("x")
        (tree / ".gitignore").write_bytes(b"\xfe*\n.gitignore\n")
        assert [os.fsencode(path) for path in found(".")] == [b"\xff.py"]

    def test_a_deep_tree(self, tree: Path) -> None:
        deep = "d/" * 400
        plant(tree, f"{deep}x.py")
        assert found(".") == [f"{deep}x.py"]


class TestExcluder:
    def test_patterns_as_in_ignore_files(self) -> None:
        excludes = excluder(["/gen/", "*.min.js", "!keep.min.js"])
        assert excludes("gen/a/b.py")
        assert excludes("a/b.min.js")
        assert not excludes("a/keep.min.js")
        assert not excludes("a/gen/b.py")

    def test_no_patterns(self) -> None:
        assert not excluder([])("a")

    def test_what_is_no_pattern_is_passed_over(self) -> None:
        assert excluder(["!", "*.log"])("a.log")
