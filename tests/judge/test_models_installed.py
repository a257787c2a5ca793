"""Models that are installed: listed, chosen, compared again, removed; and which one is asked."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bundles import DECISION, copied, left

from unleak import chosen_judge as choosing
from unleak.chosen_judge import NoJudgeError, chosen_judge, current
from unleak.judge import bundle as bundles
from unleak.judge import installed, model, shelf
from unleak.judge.bundle import Bundle, BundleError, bundled
from unleak.judge.importing import install
from unleak.judge.shelf import InstalledError

OURS = "unleak-judge@"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models lie; nothing is chosen, neither there nor in the environment."""
    monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("UNLEAK_JUDGE", raising=False)
    return tmp_path / "data" / "judges"


@pytest.fixture
def one(bundle: Path, tmp_path: Path) -> str:
    return _installed(bundle, tmp_path, "one")


@pytest.fixture
def two(bundle: Path, tmp_path: Path) -> str:
    return _installed(bundle, tmp_path, "two")


def _installed(bundle: Path, tmp_path: Path, name: str) -> str:
    folder = copied(bundle, tmp_path / name, {"name": f'"{name}"', "measured": '"Measured by nobody."'})
    with (folder / "manifest.toml").open("a") as manifest:
        manifest.write(DECISION)
        manifest.write(f'[source]\nrepository = "team/{name}"\nrevision = "{"ab" * 20}"\n')
    return install(folder)


def choose(name: str) -> None:
    installed.choose(installed.find(name))


class TestListed:
    def test_before_anything_is_installed(self, home: Path) -> None:
        (ours, *others), problem = installed.entries()
        assert problem == ""
        assert not any(model.installed for model in others)
        assert ours.id.startswith(OURS)
        assert (ours.bundled, ours.installed, ours.folder) == (True, True, bundled())
        assert "F1 0.781" in ours.quality
        assert not home.exists()

    def test_what_a_manifest_says(self, one: str) -> None:
        entry = installed.find(one)
        assert (entry.kind, entry.base, entry.bundled, entry.installed) == ("judge", "", False, True)
        assert entry.quality == "Measured by nobody."
        assert entry.source == f"team/one@{'ab' * 20}"
        assert entry.licence == "Apache-2.0"

    def test_by_its_name_alone(self, one: str) -> None:
        assert installed.find("one").id == one

    def test_a_name_of_two(self, one: str, tmp_path: Path) -> None:
        install(copied(tmp_path / "one", tmp_path / "next", {"version": '"2"'}))
        with pytest.raises(InstalledError, match="several models: one@1, one@2"):
            installed.find("one")

    def test_an_unknown_one(self, one: str) -> None:
        with pytest.raises(InstalledError, match=r"no model is called 'one@2': did you mean one@1\?"):
            installed.find("one@2")

    def test_one_that_is_broken_is_named_so(self, one: str, home: Path) -> None:
        (home / one / "manifest.toml").write_text("")
        assert "manifest.toml" in installed.find(one).problem

    def test_another_folder_than_its_manifest_says(self, one: str, home: Path) -> None:
        os.rename(home / one, home / "other@1")
        assert "its manifest is that of one@1" in installed.find("other@1").problem


class TestChosen:
    def test_nothing_is_the_one_of_unleak(self) -> None:
        assert current().startswith(OURS)
        assert (chosen_judge().folder, chosen_judge().problem) == (bundled(), "")

    def test_one(self, one: str, home: Path) -> None:
        choose(one)
        assert current() == one
        assert (chosen_judge().folder, chosen_judge().model, chosen_judge().problem) == (home / one, "one 1", "")

    def test_the_one_of_unleak_again(self, one: str, home: Path) -> None:
        choose(one)
        choose("unleak-judge")
        assert current().startswith(OURS)
        assert left(home) == [one]

    def test_the_environment_counts_first(self, one: str, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        choose(one)
        monkeypatch.setenv("UNLEAK_JUDGE", str(bundled()))
        assert chosen_judge().folder == bundled()
        monkeypatch.setenv("UNLEAK_JUDGE", "off")
        assert current() == ""
        with pytest.raises(NoJudgeError):
            chosen_judge()

    def test_what_is_not_trusted_gets_the_one_of_unleak(self, one: str, monkeypatch: pytest.MonkeyPatch) -> None:
        choose(one)
        assert chosen_judge(is_trusted=False).folder == bundled()
        assert current(is_trusted=False).startswith(OURS)

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda folder: os.rename(folder, folder.parent / "elsewhere"), "not installed any more"),
            (lambda folder: (folder / "judge.gguf").unlink(), "cannot be read"),
            (lambda folder: os.truncate(folder / "judge.gguf", 7), "has 7 bytes instead of"),
            (lambda folder: (folder / "judge.gguf").write_bytes(bytes(10)), "has 10 bytes instead of"),
            (lambda folder: (folder / "manifest.toml").write_text("protocol = 'judge/2'"), "get a newer unleak"),
            (lambda folder: (folder.parent / "chosen").write_text("../../etc"), "not installed any more"),
            (lambda folder: (folder.parent / "chosen").write_bytes(b"\xff" * 10_000), "not installed any more"),
        ],
        ids=["gone", "no model", "cut", "other", "newer", "a path", "no text"],
    )
    def test_one_that_cannot_be_used_is_named_and_replaced(
        self, one: str, home: Path, spoil: object, message: str
    ) -> None:
        choose(one)
        spoil(home / one)  # type: ignore[operator]
        found = chosen_judge()
        assert found.folder == bundled()
        assert found.problem.startswith("the chosen judge ")
        assert message in found.problem
        assert "the one that comes with unleak is asked instead" in found.problem

    def test_one_that_has_changed_since_is_not_used(self, one: str, home: Path) -> None:
        choose(one)
        data = (home / one / "judge.gguf").read_bytes()
        (home / one / "judge.gguf").write_bytes(data[::-1])
        assert "is not the file" in chosen_judge().problem

    def test_one_that_cannot_be_used_is_not_chosen(self, one: str, two: str, home: Path) -> None:
        choose(two)
        os.truncate(home / one / "judge.gguf", 7)
        with pytest.raises(InstalledError, match=r"one@1 cannot be used: .*7 bytes"):
            choose(one)
        assert current() == two

    def test_a_change_shows(self, one: str) -> None:
        before = choosing.choice()
        choose(one)
        assert choosing.choice() != before
        assert choosing.choice(is_trusted=False) == before

    @pytest.mark.parametrize("change", [os.utime, os.unlink], ids=["touched", "gone"])
    def test_a_change_of_its_files_shows(self, one: str, home: Path, change: Callable[[Path], None]) -> None:
        choose(one)
        before = choosing.choice()
        assert choosing.choice() == before
        change(home / one / "judge.gguf")
        assert choosing.choice() != before


class TestCompared:
    def test_a_file_that_stays_is_not_read_again(self, one: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        bundles._remembered_sha256.cache_clear()
        choose(one)
        monkeypatch.setattr(bundles, "sha256_of", lambda _: pytest.fail("it was read"))
        assert chosen_judge().problem == ""

    def test_one_that_was_touched_is_read_again(self, one: str, home: Path) -> None:
        before = json.loads((home / one / ".verified.json").read_text())
        time.sleep(0.01)
        os.utime(home / one / "judge.gguf")
        choose(one)
        after = json.loads((home / one / ".verified.json").read_text())
        assert before["judge.gguf"] != after["judge.gguf"]
        assert before["judge.gguf"][-1] == after["judge.gguf"][-1]

    def test_one_that_is_swapped_before_it_is_loaded(
        self, one: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = Bundle.load(home / one)
        other = tmp_path / "other.gguf"
        other.write_bytes(found.path.read_bytes())

        def verified(bundle: Bundle) -> Path:
            path = shelf.verified(bundle)
            if other.exists():
                os.replace(other, path)
                with path.open("r+b") as file:  # as good a model, and another one
                    file.seek(-1, os.SEEK_END)
                    file.write(bytes([path.read_bytes()[-1] ^ 1]))
            return path

        monkeypatch.setattr(model, "verified", verified)
        with pytest.raises(BundleError, match="is not the file that its manifest describes"):
            model.Model(found)

    def test_by_command_always(self, one: str, home: Path) -> None:
        path = home / one / "judge.gguf"
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        state = bundles.FileState.of(path)
        record = {"judge.gguf": [*state, bundles.Bundle.load(home / one).sha256]}
        (home / one / ".verified.json").write_text(json.dumps(record))
        assert "is not the file" in installed.verify(installed.find(one))
        assert "is not the file" in chosen_judge_after(one)

    @pytest.mark.parametrize("data", [b"", b"[]", b"{", b"[" * 90_000, b'{"judge.gguf": 3}', b'{"judge.gguf": []}'])
    def test_a_broken_record_costs_nothing(self, one: str, home: Path, data: bytes) -> None:
        (home / one / ".verified.json").write_bytes(data)
        choose(one)
        assert chosen_judge().problem == ""

    def test_a_bundle_elsewhere_brings_no_record(self, tmp_path: Path) -> None:
        assert shelf.record_of(tmp_path / "a@1") is None


def chosen_judge_after(name: str) -> str:
    """What is said of a model when it is chosen."""
    try:
        choose(name)
    except InstalledError as error:
        return str(error)
    return ""


class TestRemoved:
    def test_one(self, one: str, two: str, home: Path) -> None:
        assert installed.remove(installed.find(one)) is False
        assert left(home) == [two]

    def test_the_chosen_one(self, one: str, home: Path) -> None:
        choose(one)
        assert installed.remove(installed.find(one)) is True
        assert left(home) == []
        assert (current(), chosen_judge().problem) == (installed.entries()[0][0].id, "")

    def test_a_broken_one(self, one: str, home: Path) -> None:
        (home / one / "manifest.toml").unlink()
        installed.remove(installed.find(one))
        assert left(home) == []

    def test_the_one_of_unleak_stays(self) -> None:
        with pytest.raises(InstalledError, match="comes with unleak and stays"):
            installed.remove(installed.find("unleak-judge"))
        assert bundled().is_dir()


class TestCollected:
    def test_what_interrupted_work_has_left(self, one: str, home: Path) -> None:
        for name in (".new-1", ".old-2"):
            (home / name).mkdir()
            (home / name / "judge.gguf").write_bytes(bytes(1000))
        (home / ".new-1.lock").touch()
        (home / "chosen.abc").touch()
        assert installed.collect(unused=False) == ([], 2000)
        assert left(home) == [one]

    def test_all_but_the_chosen_one(self, one: str, two: str, home: Path) -> None:
        choose(two)
        gone, freed = installed.collect(unused=True)
        assert gone == [one]
        assert freed > 100_000
        assert left(home) == ["chosen", two]

    def test_what_is_being_made_ready_stays(self, home: Path) -> None:
        with shelf.staging() as stage:
            (stage / "judge.gguf").write_bytes(bytes(1000))
            assert installed.collect(unused=True) == ([], 0)
            assert (stage / "judge.gguf").exists()
        assert left(home) == []

    def test_somebody_elses_files_stay(self, home: Path) -> None:
        home.mkdir(parents=True)
        (home / "notes.txt").write_text("mine")
        installed.collect(unused=True)
        assert left(home) == ["notes.txt"]
