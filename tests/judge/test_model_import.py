"""Models come in whole and compared, or not at all: whatever they are made of, nothing is left behind."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("gguf", reason="needs gguf to write a network")

from adapters import adapted
from bundles import DECISION, copied, left, with_model, zipped
from networks import Network, write_bundle

from unleak.judge import importing, installed, shelf
from unleak.judge.bundle import Bundle, bundled
from unleak.judge.importing import install
from unleak.judge.shelf import InstalledError

posix = pytest.mark.skipif(sys.platform == "win32", reason="a matter of POSIX")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models lie; it does not exist yet."""
    monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data" / "unleak"))
    return tmp_path / "data" / "unleak" / "judges"


@pytest.fixture
def small(bundle: Path, tmp_path: Path) -> Path:
    """A whole bundle, to be changed."""
    folder = copied(bundle, tmp_path / "small", {"name": '"small"', "version": '"1"'})
    with (folder / "manifest.toml").open("a") as manifest:
        manifest.write(DECISION)
    return folder


def refused(path: Path, message: str, home: Path) -> None:
    with pytest.raises(InstalledError, match=message):
        install(path)
    assert left(home) == []


class TestWhole:
    def test_a_folder(self, small: Path, home: Path) -> None:
        assert install(small) == "small@1"
        assert left(home) == ["small@1"]
        assert {path.name for path in (home / "small@1").iterdir()} == {"manifest.toml", "judge.gguf", ".verified.json"}
        assert installed.verify(installed.find("small@1")) == ""

    @pytest.mark.parametrize("name", ["judge.gguf", "manifest.toml"])
    def test_one_of_its_files(self, small: Path, name: str) -> None:
        assert install(small / name) == "small@1"

    @pytest.mark.parametrize("below", ["", "small/", "a/b/"])
    def test_an_archive(self, small: Path, tmp_path: Path, below: str) -> None:
        assert install(zipped(small, tmp_path / "a.zip", below)) == "small@1"
        assert installed.verify(installed.find("small@1")) == ""

    def test_the_judge_of_unleak_under_another_version(self, tmp_path: Path) -> None:
        assert install(copied(bundled(), tmp_path / "next", {"version": '"0.9"'})) == "unleak-judge@0.9"

    def test_the_judge_of_unleak_itself_is_there_already(self, home: Path) -> None:
        assert install(bundled()) == installed.entries()[0][0].id
        assert left(home) == []

    def test_again(self, small: Path, home: Path) -> None:
        install(small)
        before = (home / "small@1").stat().st_ino
        assert install(small) == "small@1"
        assert (home / "small@1").stat().st_ino == before

    def test_one_that_broke_is_repaired(self, small: Path, home: Path) -> None:
        install(small)
        os.truncate(home / "small@1" / "judge.gguf", 100)
        install(small)
        assert installed.verify(installed.find("small@1")) == ""
        assert left(home) == ["small@1"]

    def test_what_else_lies_there_stays(self, small: Path, home: Path) -> None:
        (small / "notes.txt").write_text("mine")
        (small / "link").symlink_to("/etc/passwd")
        install(small)
        assert {path.name for path in (home / "small@1").iterdir()} == {"manifest.toml", "judge.gguf", ".verified.json"}

    @posix
    def test_nobody_else_can_read_it(self, small: Path, home: Path) -> None:
        install(small)
        for path in (home.parent, home, *home.rglob("*")):
            assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0


class TestManifest:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"protocol": '"judge/2"'}, r"protocol is judge/2, and this unleak knows judge/1: get a newer unleak"),
            ({"prompt": '"talk"'}, r"prompt is talk, and this unleak knows plain and chat"),
            ({"name": '"../small"'}, "name and version must be"),
            ({"version": '"1/2"'}, "name and version must be"),
            ({"name": '".hidden"'}, "name and version must be"),
            ({"version": '"1."'}, "name and version must be"),
            ({"model": '"../judge.gguf"'}, "model must be the name of a file"),
            ({"model": '"manifest.toml"'}, "model must be the name of a file"),
            ({"model": '".verified.json"'}, "model must be the name of a file"),
            ({"model": '"other.gguf"'}, "other.gguf, which the manifest names, is missing"),
            ({"size": "99999999999999"}, "size must be a whole number"),
            ({"size": "10"}, "larger than the 10 bytes"),
            ({"size": "4294967296"}, "make room|bytes instead of"),
            ({"sha256": f'"{"0" * 64}"'}, "is not the file that its manifest describes"),
            ({"ask": "nan"}, r"decision\.ask must be a number"),
            ({"report": "inf"}, r"decision\.report must be a number"),
            ({"live": "1.5"}, r"decision\.live must be a number from 0 to 1"),
            ({"temperature": "nan"}, r"calibration\.temperature"),
            ({"labels": '["<|secret|>", "<|test|>", "no token"]'}, "is not a single token"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_what_is_wrong_is_named(
        self, small: Path, tmp_path: Path, home: Path, changes: dict[str, str], message: str
    ) -> None:
        refused(copied(small, tmp_path / "wrong", changes), message, home)

    def test_missing_thresholds(self, bundle: Path, home: Path) -> None:
        refused(bundle, r"says nothing on signals, judge, .* in \[decision\]", home)

    def test_none(self, small: Path, home: Path) -> None:
        (small / "manifest.toml").unlink()
        refused(small, "there is no manifest.toml", home)
        refused(small / "judge.gguf", "there is no manifest.toml", home)

    @pytest.mark.parametrize("data", [b"= nothing", b"\xff\xfe", b"# " * 600_000], ids=["no TOML", "no text", "huge"])
    def test_no_manifest_at_all(self, small: Path, home: Path, data: bytes) -> None:
        (small / "manifest.toml").write_bytes(data)
        refused(small, "manifest.toml", home)

    def test_another_one_of_the_same_id(self, small: Path, tmp_path: Path, home: Path) -> None:
        install(small)
        other = copied(small, tmp_path / "other", {"context": "256"})
        with pytest.raises(InstalledError, match="is installed already, and is another one"):
            install(other)
        assert Bundle.load(home / "small@1").context == 512

    def test_an_id_that_differs_in_its_case_alone(self, small: Path, tmp_path: Path, home: Path) -> None:
        install(small)
        with pytest.raises(InstalledError, match="small@1 is installed already: remove that, or give Small@1 another"):
            install(copied(small, tmp_path / "other", {"name": '"Small"'}))
        assert left(home) == ["small@1"]

    def test_one_that_says_it_is_the_judge_of_unleak(self, small: Path, tmp_path: Path, home: Path) -> None:
        ours = Bundle.load(bundled())
        name, version = f'"{ours.name}"', f'"{ours.version}"'
        refused(
            copied(small, tmp_path / "other", {"name": name, "version": version}), "comes with unleak already", home
        )

    def test_messages_name_the_folder_of_the_person(self, small: Path, tmp_path: Path) -> None:
        wrong = copied(small, tmp_path / "wrong", {"licence": "3"})
        with pytest.raises(InstalledError) as raised:
            install(wrong)
        assert str(raised.value).startswith(f"{wrong}{os.sep}manifest.toml: licence must be a text")
        assert "install unleak again" not in str(raised.value)


class TestModelFile:
    @pytest.mark.parametrize("name", ["judge.gguf", "manifest.toml"])
    @posix
    def test_a_link(self, small: Path, tmp_path: Path, home: Path, name: str) -> None:
        shutil.move(small / name, tmp_path / name)
        (small / name).symlink_to(tmp_path / name)
        refused(small, "is a link", home)

    @pytest.mark.parametrize("name", ["judge.gguf", "manifest.toml"])
    @posix
    def test_a_pipe(self, small: Path, home: Path, name: str) -> None:
        (small / name).unlink()
        os.mkfifo(small / name)
        refused(small, "is no plain file", home)

    @pytest.mark.parametrize("size", [0, 3, 10, 200, 100_000], ids=str)
    def test_cut_before_it_was_described(self, small: Path, home: Path, size: int) -> None:
        data = (small / "judge.gguf").read_bytes()
        if size == 0:
            (small / "judge.gguf").write_bytes(b"")
            refused(small, "0 bytes instead of", home)
        else:
            refused(with_model(small, data[:size]), "is cut short|head does not end", home)

    def test_cut_since(self, small: Path, home: Path) -> None:
        os.truncate(small / "judge.gguf", 100_000)
        refused(small, "100,000 bytes instead of .*fetch it again", home)

    def test_no_model(self, small: Path, home: Path) -> None:
        refused(with_model(small, b"#!/bin/sh\n" * 100), "is no GGUF model", home)

    def test_of_numbers_that_are_none(self, tmp_path: Path, home: Path) -> None:
        folder = write_bundle(tmp_path / "broken", Network(broken=True))
        with (folder / "manifest.toml").open("a") as manifest:
            manifest.write(DECISION)
        refused(folder, "random@1 cannot be used: .*its answers are no numbers", home)

    def test_no_room(self, small: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importing, "SPARE", 1 << 60)
        refused(small, "small@1 needs .* MB are free: make room", home)

    @posix
    def test_a_folder_that_cannot_be_written(self, small: Path, home: Path) -> None:
        home.parent.mkdir(parents=True)
        home.write_text("in the way")
        with pytest.raises(InstalledError, match="judges: "):
            install(small)
        assert home.read_text() == "in the way"


class TestArchive:
    @pytest.mark.parametrize("name", ["../judge.gguf", "/judge.gguf", "a/../../b", "C:\\judge.gguf", "a\\b"])
    def test_places_outside(self, small: Path, tmp_path: Path, home: Path, name: str) -> None:
        file = zipped(small, tmp_path / "a.zip")
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(zipfile.ZipInfo(name), "x")
        refused(file, "a place outside", home)
        assert not (tmp_path / "data" / "unleak" / "judge.gguf").exists()

    def test_a_link(self, small: Path, tmp_path: Path, home: Path) -> None:
        info = zipfile.ZipInfo("judge.gguf")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.write(small / "manifest.toml", "manifest.toml")
            archive.writestr(info, "/etc/passwd")
        refused(tmp_path / "a.zip", "no plain file in the archive", home)

    def test_a_bomb(self, small: Path, tmp_path: Path, home: Path) -> None:
        size = 200_000_000
        bomb = copied(small, tmp_path / "bomb", {"size": str(size)})
        os.truncate(bomb / "judge.gguf", 0)
        os.truncate(bomb / "judge.gguf", size)
        file = zipped(bomb, tmp_path / "a.zip")
        assert file.stat().st_size < 1_000_000
        refused(file, "would become 200,000,000 bytes", home)

    def test_a_bomb_that_lies_about_its_size(self, small: Path, tmp_path: Path, home: Path) -> None:
        bomb = copied(small, tmp_path / "bomb")
        os.truncate(bomb / "judge.gguf", 0)
        os.truncate(bomb / "judge.gguf", 200_000_000)
        file = zipped(bomb, tmp_path / "a.zip")
        size = struct.pack("<I", (small / "judge.gguf").stat().st_size)
        file.write_bytes(file.read_bytes().replace(struct.pack("<I", 200_000_000), size))
        refused(file, "damaged|larger than|is not the file", home)

    def test_of_too_many_files(self, tmp_path: Path, home: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            for number in range(1_001):
                archive.writestr(str(number), "")
        refused(tmp_path / "a.zip", "holds 1,001 files", home)

    def test_two_manifests(self, small: Path, tmp_path: Path, home: Path) -> None:
        file = zipped(small, tmp_path / "a.zip")
        with zipfile.ZipFile(file, "a") as archive:
            archive.write(small / "manifest.toml", "other/manifest.toml")
        refused(file, "more than one manifest.toml", home)

    @pytest.mark.parametrize("kept", [0, 2, 10_000, -30, -1])
    def test_cut(self, small: Path, tmp_path: Path, home: Path, kept: int) -> None:
        file = zipped(small, tmp_path / "a.zip")
        file.write_bytes(file.read_bytes()[:kept])
        refused(file, "damaged", home)

    def test_a_flipped_byte(self, small: Path, tmp_path: Path, home: Path) -> None:
        file = zipped(small, tmp_path / "a.zip")
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 0x55
        file.write_bytes(data)
        refused(file, "damaged|is not the file", home)

    def test_none_there(self, tmp_path: Path, home: Path) -> None:
        refused(tmp_path / "a.zip", "No such file", home)

    def test_another_kind_of_file(self, tmp_path: Path, home: Path) -> None:
        (tmp_path / "a.tar").write_text("x")
        refused(tmp_path / "a.tar", "neither a folder", home)


class TestAdapter:
    @pytest.fixture
    def adapter(self, small: Path, tmp_path: Path) -> Path:
        """A bundle of an adapter to `small`, without that."""
        return adapted(small, tmp_path / "adapter")

    def test_without_its_base(self, adapter: Path, home: Path) -> None:
        refused(adapter, "the model that this adapter was made for is not installed", home)

    def test_with_its_base(self, small: Path, adapter: Path) -> None:
        install(small)
        install(adapter)
        entry = installed.find("team@1")
        assert (entry.kind, entry.base, entry.problem) == ("adapter", "small@1", "")
        assert installed.verify(entry) == ""

    def test_of_another_base(self, adapter: Path, home: Path) -> None:
        text = (adapter / "manifest.toml").read_text()
        (adapter / "manifest.toml").write_text(text.replace("base = ", f'base = "{"0" * 64}" # '))
        refused(adapter, r"adapter\.base must be the sha256 of the model", home)


def test_a_name_in_use_by_a_file_is_taken_over(small: Path, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "small@1").write_text("in the way")
    assert install(small) == "small@1"
    assert shelf.chosen() == ""
    assert left(home) == ["small@1"]
