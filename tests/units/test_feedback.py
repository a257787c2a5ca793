"""The store: kept once, bounded, readable by its owner alone, and never in the way."""

from __future__ import annotations

import os
import secrets
import string
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from unleak import feedback
from unleak.example import Case, Example, Why, example_of
from unleak.finding import Candidate, Span, Syntax

WRITER = """
import sys
from dataclasses import replace
from unleak import feedback
from unleak.example import parsed

example = parsed(sys.stdin.readline())
print(*{feedback.record(replace(example, id=f"{sys.argv[1]}-{number}")) for number in range(int(sys.argv[2]))})
print(feedback.key().hex())
"""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of examples in a folder that does not exist yet."""
    monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data" / "unleak"))
    return tmp_path / "data" / "unleak" / "feedback.jsonl"


def value() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(24))


def case(secret: str) -> Case:
    candidate = Candidate(Span(0, 12, 0, 36), secret, Syntax.LITERAL, "password")
    suffix = f'<|ask|><|0|>password = "<|value|>{secret}<|end|>"<|answer|>'
    return Case(why=Why.DISMISSED, candidate=candidate, path="a.py", prefix="<|file|>live code a.py\n", suffix=suffix)


def example(name: str = "") -> Example:
    """Another one each time, by default."""
    return replace(example_of(case(value()), feedback.key()), id=name or secrets.token_hex(16))


def written_at_once(before: str, names: list[str], number: int) -> set[str]:
    """What processes say that each write `number` examples at the same time."""
    line = example().line()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", before + WRITER, name, f"{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in processes:  # each waits for its line
        assert process.stdin is not None
        process.stdin.write(line)
        process.stdin.flush()
    return {process.communicate(timeout=120)[0] for process in processes}


def ids(store: Path) -> list[str]:
    return [kept.id for kept in feedback.read(store)]


class TestRecord:
    def test_what_was_recorded_is_read_in_order(self, store: Path) -> None:
        kept = [example() for _ in range(3)]
        assert [feedback.record(one) for one in kept] == ["", "", ""]
        assert list(feedback.read(store)) == kept

    def test_the_same_is_kept_once(self, store: Path) -> None:
        secret = value()
        for _ in range(3):
            assert feedback.record(example_of(case(secret), feedback.key())) == ""
        assert len(ids(store)) == 1

    def test_no_value_is_in_any_file(self, store: Path) -> None:
        secret = value()
        feedback.record(example_of(case(secret), feedback.key()))
        files = list(store.parent.iterdir())
        assert store in files
        assert not any(secret.lower() in file.read_bytes().decode("latin-1").lower() for file in files)

    @pytest.mark.skipif(sys.platform == "win32", reason="there are no modes")
    def test_nobody_else_can_read_it(self, store: Path) -> None:
        feedback.record(example())
        assert store.parent.stat().st_mode & 0o077 == 0
        assert {file.stat().st_mode & 0o777 for file in store.parent.iterdir()} == {0o600}

    @pytest.mark.skipif(sys.platform == "win32", reason="there are no modes")
    def test_nor_after_somebody_had_opened_it_to_all(self, store: Path) -> None:
        feedback.record(example())
        store.chmod(0o644)
        feedback.record(example())
        assert store.stat().st_mode & 0o777 == 0o600

    def test_without_a_setting_the_platform_decides(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("UNLEAK_DATA_DIR", raising=False)
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        assert feedback.folder().name == "unleak"


class TestBounds:
    def test_the_oldest_go_first(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(feedback, "MOST_EXAMPLES", 10)
        for number in range(11):
            feedback.record(example(f"{number}"))
        assert ids(store) == ["3", "4", "5", "6", "7", "8", "9", "10"]

    def test_there_are_never_more(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(feedback, "MOST_EXAMPLES", 10)
        for number in range(50):
            feedback.record(example(f"{number}"))
            assert len(ids(store)) <= 10
            assert ids(store)[-1] == f"{number}"

    def test_nor_more_bytes(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(feedback, "MOST_BYTES", 10_000)
        for number in range(50):
            feedback.record(replace(example(f"{number}"), prefix="x" * 100 * (number % 20)))
            assert store.stat().st_size <= 10_000
            assert ids(store)[-1] == f"{number}"

    def test_a_file_that_is_far_too_large_shrinks(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        feedback.record(example("old"))
        line = store.read_bytes()
        store.write_bytes(line * 100)
        monkeypatch.setattr(feedback, "MOST_BYTES", len(line) * 10)
        assert feedback.record(example("new")) == ""
        assert set(ids(store)) == {"old", "new"}
        assert store.stat().st_size <= len(line) * 10

    def test_nothing_else_is_left_behind(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(feedback, "MOST_EXAMPLES", 5)
        for _ in range(12):
            feedback.record(example())
        assert sorted(file.name for file in store.parent.iterdir()) == [
            "feedback.jsonl",
            "feedback.key",
            "feedback.lock",
        ]


class TestBroken:
    @pytest.mark.parametrize("broken", [b"{", b'{"version": 1}\n', b"\xff\0garbage\n\n\n", b"[" * 300_000 + b"\n"])
    def test_lines_are_passed_over(self, store: Path, broken: bytes) -> None:
        feedback.record(example("one"))
        store.write_bytes(store.read_bytes() + broken)
        assert feedback.record(example("two")) == ""
        assert ids(store) == ["one", "two"]

    def test_lines_are_counted(self, store: Path) -> None:
        feedback.record(example("one"))
        store.write_bytes(b"x\n" + store.read_bytes() + b"x" * 500_000 + b"\n" + b"y")
        assert [kept.id if kept else None for kept in feedback.read_lines(store)] == [None, "one", None, None]

    def test_key_is_made_anew(self, store: Path) -> None:
        feedback.key()
        (store.parent / "feedback.key").write_bytes(b"short")
        assert len(feedback.key()) == 32
        assert feedback.key() == feedback.key()

    def test_file_that_is_missing_is_an_error_for_who_reads_it(self, store: Path) -> None:
        with pytest.raises(FileNotFoundError):
            list(feedback.read(store))


class TestTrouble:
    """Whatever the disk does: nothing is raised, one sentence says it, and what was there stays."""

    def test_a_folder_that_cannot_be(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").write_text("in the way")
        monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "file" / "data"))
        problem = feedback.record(example())
        assert problem.startswith(str(tmp_path / "file"))
        assert problem.endswith("or switch feedback off.")

    def test_a_folder_in_place_of_the_file(self, store: Path) -> None:
        store.mkdir(parents=True)
        assert feedback.record(example()).startswith(f"{store}: ")

    def test_a_folder_in_place_of_the_key(self, store: Path) -> None:
        (store.parent / "feedback.key").mkdir(parents=True)
        assert len(feedback.key()) == 32
        assert feedback.key() == feedback.key()

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
    def test_a_full_disk(self, store: Path) -> None:
        store.parent.mkdir(parents=True)
        store.symlink_to("/dev/full")
        assert "No space left" in feedback.record(example())

    @pytest.mark.skipif(sys.platform == "win32", reason="there are no limits")
    def test_a_disk_that_gets_full_in_the_middle_of_a_line(self, store: Path) -> None:
        feedback.record(example("old"))
        before = store.read_bytes()
        limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 100},) * 2)\n"
        done = subprocess.run(
            [sys.executable, "-c", limit + WRITER, "new", "3"],
            input=example().line(),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stdout.startswith(f"{store}: ")
        assert store.read_bytes() == before

    @pytest.mark.skipif(sys.platform == "win32", reason="there are no limits")
    def test_a_disk_that_is_too_full_to_leave_out_the_oldest(self, store: Path) -> None:
        for number in range(5):
            feedback.record(example(f"{number}"))
        before = store.read_bytes()
        limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) // 2},) * 2)\n"
        bound = "from unleak import feedback; feedback.MOST_EXAMPLES = 5\n"
        done = subprocess.run(
            [sys.executable, "-c", limit + bound + WRITER, "new", "1"],
            input=example().line(),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert "cannot be kept" in done.stdout
        assert store.read_bytes() == before
        assert not (store.parent / "feedback.jsonl.next").exists()

    def test_a_lock_that_nobody_gives_back(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        feedback.record(example("one"))
        monkeypatch.setattr(feedback, "PATIENCE", 0.05)
        holder = "from unleak import feedback\nwith feedback._locked():\n  print('held', flush=True)\n  input()\n"
        with subprocess.Popen(
            [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            assert "another unleak is writing" in feedback.record(example("two"))
            process.kill()
        assert feedback.record(example("three")) == ""
        assert ids(store) == ["one", "three"]


class TestSeveralProcesses:
    def test_that_write_at_once_lose_nothing(self, store: Path) -> None:
        assert written_at_once("", ["a", "b", "c"], 100) == {f"\n{feedback.key().hex()}\n"}
        assert sorted(ids(store)) == sorted(f"{name}-{number}" for name in "abc" for number in range(100))
        assert None not in list(feedback.read_lines(store))

    def test_that_leave_out_the_oldest_at_once_break_nothing(self, store: Path) -> None:
        bound = "from unleak import feedback; feedback.MOST_EXAMPLES = 20\n"
        assert len(written_at_once(bound, ["a", "b"], 60)) == 1
        kept = list(feedback.read_lines(store))
        assert None not in kept
        assert len(kept) <= 20
        assert {"a-59", "b-59"} & set(ids(store))


class TestClear:
    def test_takes_the_key_along(self, store: Path) -> None:
        feedback.record(example())
        before = feedback.key()
        feedback.clear()
        assert not store.exists()
        assert feedback.key() != before

    def test_leaves_nothing_behind(self, store: Path) -> None:
        feedback.record(example())
        (store.parent / "feedback.jsonl.next").write_text("of a process that was killed")
        (store.parent / "another file").write_text("")
        feedback.clear()
        assert [file.name for file in store.parent.iterdir()] == ["another file"]

    def test_of_nothing_makes_nothing(self, store: Path) -> None:
        feedback.clear()
        assert not store.parent.exists()

    def test_is_no_end(self, store: Path) -> None:
        feedback.record(example("one"))
        feedback.clear()
        feedback.record(example("two"))
        assert ids(store) == ["two"]
