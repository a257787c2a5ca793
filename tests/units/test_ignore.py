from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unleak.files import find_files
from unleak.ignore import Patterns

FOLDERS = ["", "a/", "a/b/", "b/", "b/ab/", "ab/a/b/", "x y/"]
NAMES = ["c", "bc", "c.log", "x  y", "[a]", "-", "a*b"]
PIECES = ["a", "b", "c", ".log", "*", "**", "?", "[ab]", "[!a]", "[^b-z]", "[]-]", "[[:alpha:]]", "[a", "\\*"]
PIECES += ["\\", " ", "-", "[z-a]", "[\\]a]", "[a-]"]
PARTS = st.one_of(
    st.sampled_from([*NAMES, "a", "b", "ab", "**", "*", ""]),
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
)
PATTERNS = st.builds(
    lambda negated, anchored, parts, folder, after: (
        f"{'!' if negated else ''}{'/' if anchored else ''}{'/'.join(parts)}{'/' if folder else ''}{after}"
    ),
    st.booleans(),
    st.booleans(),
    st.lists(PARTS, min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from(["", "", " ", "\\ ", "\t"]),
) | st.sampled_from(["#a", "\\#a", "\\!a", "!", "/", "//", "", "***", "a/**", "**/a", "a/**/b", "!*/", "!*.log"])
FILES = [f"{folder}{name}" for folder in FOLDERS for name in NAMES]


def verdict(patterns: list[str], path: str, *, folder: bool = False) -> bool | None:
    return Patterns(patterns).verdict(path, path.rsplit("/", 1)[-1], folder=folder)


class TestVerdict:
    @pytest.mark.parametrize(
        ("patterns", "path", "expected"),
        [
            (["*.log"], "a/b.log", True),
            (["*.log"], "a/b.py", None),
            (["*.log", "!keep.log"], "a/keep.log", False),
            (["!keep.log", "*.log"], "a/keep.log", True),
            (["/a/*.py"], "a/b.py", True),
            (["a/*.py"], "x/a/b.py", None),
            (["a/**/z"], "a/z", True),
            (["a/**/z"], "a/b/c/z", True),
            (["**/b/z"], "a/b/z", True),
            (["a/**"], "a", None),
            (["gen/"], "gen", None),
            (["# *", "", "  "], "#", None),
            (["a.py\r"], "a.py", True),
            (["h?llo[0-9]"], "hello7", True),
        ],
    )
    def test_of_a_file(self, patterns: list[str], path: str, expected: bool | None) -> None:
        assert verdict(patterns, path) is expected

    def test_of_a_folder(self) -> None:
        assert verdict(["gen/"], "a/gen", folder=True)

    @pytest.mark.parametrize(
        ("pattern", "path"),
        [
            ("*a" * 60 + "b", "a" * 250),
            ("/" + "**/a/" * 60 + "b", "a/" * 400 + "a"),
            ("/" + "*/" * 60 + "b", "a/" * 400 + "a"),
            ("**/" + "*a" * 60 + "/**/b", "/".join(["a" * 200] * 20)),
        ],
    )
    def test_hostile_patterns_end(self, pattern: str, path: str) -> None:
        assert verdict([pattern], path) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    top=st.lists(PATTERNS, max_size=6),
    nested=st.lists(PATTERNS, max_size=4),
    info=st.lists(PATTERNS, max_size=2),
    end=st.sampled_from(["\n", "\r\n"]),
)
@pytest.mark.skipif(os.name != "posix", reason="names that other systems do not allow")
def test_the_same_files_as_git(
    git: Callable[..., str], shop: Path, top: list[str], nested: list[str], info: list[str], end: str
) -> None:
    for name in FILES:
        (shop / name).parent.mkdir(parents=True, exist_ok=True)
        (shop / name).touch()
    for path, patterns in ((".gitignore", top), ("a/.gitignore", nested), (".git/info/exclude", info)):
        (shop / path).write_text("".join(pattern + end for pattern in patterns), newline="")
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")[:-1]
    reports: list[tuple[str, str]] = []
    found = find_files([Path()], (), lambda *report: reports.append(report))
    assert sorted(path.as_posix() for path in found) == sorted(listed)
    assert reports == []
