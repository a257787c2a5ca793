"""What is cached can be missing, stale or broken: everything works as without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unleak import cache
from unleak.detect import matcher
from unleak.detect.catalog import Catalog, parse_rules

RULE = b"""
[[rules]]
id = "acme-token"
regex = 'acme_[a-z0-9]{12}'
keywords = ["acme_"]
"""
NOT_WHAT_WAS_STORED = {
    "empty": lambda data: b"",
    "cut short": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "garbage": lambda data: b"\xff\x00garbage" * 20,
    "JSON of another kind": lambda data: b'[{"severity": 3, "keywords": [], "allowlists": [3]}]',
    "a number": lambda data: b"7",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache's folder, which does not exist yet."""
    folder = tmp_path / "cache" / "unleak"
    monkeypatch.setenv("UNLEAK_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where no folder can be: for root, too, who may write anywhere."""
    file = tmp_path / "file"
    file.write_text("in the way")
    monkeypatch.setenv("UNLEAK_CACHE_DIR", str(file / "cache"))
    return file / "cache"


class TestFiles:
    def test_what_was_written_is_read(self, folder: Path) -> None:
        cache.write("name", b"one")
        cache.write("name", b"two")
        assert cache.read("name") == b"two"
        assert os.listdir(folder) == ["name"]

    def test_others_cannot_look_into_it(self, folder: Path) -> None:
        cache.write("name", b"data")
        assert folder.stat().st_mode & 0o077 == 0

    def test_nothing_written_is_none(self, folder: Path) -> None:
        assert cache.read("name") is None

    def test_what_came_with_the_program_serves_until_something_is_written(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cache, "MADE", tmp_path)
        (tmp_path / "name").write_bytes(b"came along")
        assert cache.read("name") == b"came along"
        cache.write("name", b"made here")
        assert cache.read("name") == b"made here"
        assert (tmp_path / "name").read_bytes() == b"came along"

    def test_an_unwritable_folder_is_no_error(self, no_folder: Path) -> None:
        cache.write("name", b"data")
        assert cache.read("name") is None

    def test_a_name_that_cannot_be_replaced_leaves_nothing_behind(self, folder: Path) -> None:
        (folder / "name" / "in the way").mkdir(parents=True)
        cache.write("name", b"data")
        assert os.listdir(folder) == ["name"]

    def test_old_files_of_a_kind_make_room(self, folder: Path) -> None:
        cache.write("verdicts", b"another kind")
        cache.write("patterns-first.hs", b"data")
        os.utime(folder / "patterns-first.hs", (1, 1))
        for number in range(40):
            cache.write(f"patterns-{number}.hs", b"data")
        assert cache.read("patterns-first.hs") is None
        assert cache.read("patterns-39.hs") == b"data"
        assert cache.read("verdicts") == b"another kind"
        assert len(os.listdir(folder)) < 40

    def test_without_a_setting_the_platform_decides(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("UNLEAK_CACHE_DIR", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert cache.folder().name == "unleak"

    def test_digests_tell_contents_apart(self) -> None:
        digests = {
            cache.digest_of("kind"),
            cache.digest_of("other"),
            cache.digest_of("kind", b"ab", b"c"),
            cache.digest_of("kind", b"a", b"bc"),
            cache.digest_of("kind", b"abc"),
        }
        assert len(digests) == 5
        assert cache.digest_of("kind", b"a") == cache.digest_of("kind", b"a")


class TestCatalog:
    @pytest.fixture
    def extra(self, tmp_path: Path) -> Path:
        file = tmp_path / "acme.toml"
        file.write_bytes(RULE)
        return file

    def test_a_second_load_reads_what_the_first_stored(self, folder: Path, extra: Path) -> None:
        first = Catalog.load([extra])
        stored = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
        second = Catalog.load([extra])
        assert stored
        assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == stored
        assert list(second.by_id) == list(first.by_id)
        assert [(r.regex, r.keywords, r.severity, r.allowlists) for r in second.rules] == [
            (r.regex, r.keywords, r.severity, r.allowlists) for r in first.rules
        ]

    def test_a_changed_file_is_read_again(self, folder: Path, extra: Path) -> None:
        Catalog.load([extra])
        extra.write_bytes(RULE.replace(b"{12}", b"{13}"))
        assert Catalog.load([extra]).by_id["acme-token"].regex.endswith("{13}")

    @pytest.mark.parametrize("broken", NOT_WHAT_WAS_STORED)
    def test_a_broken_file_is_as_good_as_none(self, folder: Path, extra: Path, broken: str) -> None:
        wanted = list(Catalog.load([extra]).by_id)
        for file in folder.iterdir():
            file.write_bytes(NOT_WHAT_WAS_STORED[broken](file.read_bytes()))
        assert list(Catalog.load([extra]).by_id) == wanted

    def test_rules_from_the_cache_are_those_that_were_read(self, folder: Path) -> None:
        assert Catalog.load().rules == Catalog.load().rules

    def test_a_frozen_program_knows_its_own_rules_wherever_it_is_put(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.frozen", True, raising=False)
        made = []
        for place in (tmp_path / "one", tmp_path / "other"):
            place.mkdir()
            (place / "acme.toml").write_bytes(RULE)
            monkeypatch.setattr("unleak.detect.catalog.bundled_rules", lambda place=place: place)
            assert list(Catalog.load().by_id) == ["acme-token"]
            made.append({file.name for file in folder.iterdir()})
        assert len(made[0]) == 1
        assert made[1] == made[0]

    def test_without_a_folder_the_rules_are_read_each_time(self, no_folder: Path, extra: Path) -> None:
        assert "acme-token" in Catalog.load([extra]).by_id


class TestPatterns:
    VIEW = b"x\nkey = acme_abc123abc123\n"

    def hits(self) -> set[int]:
        """The numbers of the patterns found; the only rule has number 0."""
        rules, _ = parse_rules(Path("acme.toml"), RULE)
        pytest.importorskip("hyperscan")
        lines = matcher.hit_lines(matcher.HyperscanEngine(rules), self.VIEW)
        return {number for _, _, numbers in lines for number in numbers}

    def test_a_broken_database_that_came_along_is_made_again(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wanted = self.hits()
        (file,) = folder.iterdir()
        good = bytearray(file.read_bytes())
        file.unlink()
        monkeypatch.setattr(cache, "MADE", tmp_path)
        good[len(good) // 2] ^= 1
        (tmp_path / file.name).write_bytes(good)
        assert self.hits() == wanted
        assert file.exists()

    def test_a_database_that_came_along_is_not_made_again(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wanted = self.hits()
        monkeypatch.setattr(cache, "MADE", tmp_path)
        (file,) = folder.iterdir()
        file.rename(tmp_path / file.name)
        assert self.hits() == wanted
        assert list(folder.iterdir()) == []

    def test_a_broken_database_is_made_again(self, folder: Path) -> None:
        wanted = self.hits()
        assert 0 in wanted
        (file,) = folder.iterdir()
        good = file.read_bytes()
        file.write_bytes(good[:-1])
        assert self.hits() == wanted
        assert len(file.read_bytes()) == len(good)
        file.write_bytes(b"garbage")
        assert self.hits() == wanted

    def test_without_a_folder_it_is_made_each_time(self, no_folder: Path) -> None:
        assert 0 in self.hits()
