"""Verdicts are known by what the judge saw, in memory and on disk, and nobody is asked twice."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processes import PATIENCE

from unleak.finding import Verdict
from unleak.judge.client import Judge
from unleak.judge.protocol import Question
from unleak.judge.store import FILE, KEY_FILE, Store
from unleak.judge.verdicts import CachedJudge, Verdicts

Open = Callable[..., Verdicts]
ONE, TWO = Verdict(0.7, 0.2, 0.1), Verdict(0.1, 0.2, 0.7)
QUESTION = Question("prefix", ("one", "two"))
ENDLESS = [Question(f"{number}" + "x" * 400, ("y" * 100,)) for number in range(20_000)]


@pytest.fixture
def open_in() -> Iterator[Open]:
    """Makes verdicts in a folder that are closed in the end."""
    opened: list[Verdicts] = []

    def open_in(folder: Path, model: str = "model", **options: int) -> Verdicts:
        opened.append(Verdicts(model, Store(folder, **options)))
        return opened[-1]

    yield open_in
    for verdicts in opened:
        verdicts.close()


def count(folder: Path) -> int:
    database = sqlite3.connect(folder / FILE)
    (rows,) = database.execute("SELECT COUNT(*) FROM verdicts").fetchone()
    database.close()
    return int(rows)


class TestMemory:
    def test_what_was_added_is_known(self) -> None:
        verdicts = Verdicts("model")
        assert verdicts.known(QUESTION) == [None, None]
        verdicts.add(QUESTION, [ONE, TWO])
        assert verdicts.known(QUESTION) == [ONE, TWO]

    def test_suffixes_are_known_one_by_one(self) -> None:
        verdicts = Verdicts("model")
        verdicts.add(Question("prefix", ("two",)), [TWO])
        assert verdicts.known(QUESTION) == [None, TWO]

    @given(st.text(), st.text(), st.text(), st.text())
    def test_nothing_else_is(self, prefix: str, suffix: str, other_prefix: str, other_suffix: str) -> None:
        verdicts = Verdicts("model")
        verdicts.add(Question(prefix, (suffix,)), [ONE])
        is_same = (prefix, suffix) == (other_prefix, other_suffix)
        assert verdicts.known(Question(other_prefix, (other_suffix,))) == [ONE if is_same else None]

    @pytest.mark.parametrize(("prefix", "suffix"), [("prefixo", "ne"), ("prefix\0", "one"), ("", "prefixone")])
    def test_where_a_prefix_ends_matters(self, prefix: str, suffix: str) -> None:
        verdicts = Verdicts("model")
        verdicts.add(QUESTION, [ONE, TWO])
        assert verdicts.known(Question(prefix, (suffix,))) == [None]

    def test_half_characters_are_borne(self) -> None:
        verdicts = Verdicts("model")
        verdicts.add(Question("\ud800", ("\udfff",)), [ONE])
        assert verdicts.known(Question("\ud800", ("\udfff",))) == [ONE]

    def test_what_was_not_used_for_longest_goes_first(self) -> None:
        verdicts = Verdicts("model", most=2)
        verdicts.add(QUESTION, [ONE, TWO])
        verdicts.known(Question("prefix", ("one",)))
        verdicts.add(Question("prefix", ("three",)), [TWO])
        assert verdicts.known(Question("prefix", ("one", "two", "three"))) == [ONE, None, TWO]

    def test_many_threads_lose_nothing(self) -> None:
        verdicts = Verdicts("model")
        questions = [Question(str(number), ("one",)) for number in range(500)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda question: verdicts.add(question, [ONE]), questions))
        assert [verdicts.known(question) for question in questions] == [[ONE]] * 500


class TestDisk:
    def test_the_next_session_knows(self, tmp_path: Path, open_in: Open) -> None:
        first = open_in(tmp_path / "cache" / "unleak")
        first.add(QUESTION, [ONE, TWO])
        first.close()
        second = open_in(tmp_path / "cache" / "unleak")
        assert second.known(QUESTION) == [ONE, TWO]
        assert second.problem == ""

    def test_another_model_does_not(self, tmp_path: Path, open_in: Open) -> None:
        first = open_in(tmp_path)
        first.add(QUESTION, [ONE, TWO])
        first.close()
        assert open_in(tmp_path, "other").known(QUESTION) == [None, None]

    def test_another_key_does_not(self, tmp_path: Path, open_in: Open) -> None:
        first = open_in(tmp_path)
        first.add(QUESTION, [ONE, TWO])
        first.close()
        (tmp_path / KEY_FILE).unlink()
        assert open_in(tmp_path).known(QUESTION) == [None, None]

    def test_no_text_is_in_the_files(self, tmp_path: Path, open_in: Open) -> None:
        verdicts = open_in(tmp_path)
        verdicts.add(Question("a telling prefix", ("a telling suffix",)), [ONE])
        verdicts.close()
        assert all(b"telling" not in file.read_bytes() for file in tmp_path.iterdir())

    @pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
    def test_others_cannot_read_the_files(self, tmp_path: Path, open_in: Open) -> None:
        verdicts = open_in(tmp_path)
        verdicts.add(QUESTION, [ONE, TWO])
        verdicts.known(QUESTION)
        verdicts.close()
        assert {oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()} == {"0o600"}

    def test_keys_differ_from_machine_to_machine(self, tmp_path: Path, open_in: Open) -> None:
        rows = []
        for folder in (tmp_path / "one", tmp_path / "other"):
            verdicts = open_in(folder)
            verdicts.add(QUESTION, [ONE, TWO])
            verdicts.close()
            database = sqlite3.connect(folder / FILE)
            rows.append(database.execute("SELECT key FROM verdicts").fetchall())
            database.close()
        assert not set(rows[0]) & set(rows[1])

    def test_rows_are_bounded_and_used_ones_stay(self, tmp_path: Path, open_in: Open) -> None:
        first = open_in(tmp_path)
        first.add(QUESTION, [ONE, TWO])
        for number in range(300):
            first.add(Question(str(number), ("x",)), [ONE])
        first.close()
        database = sqlite3.connect(tmp_path / FILE)
        with database:
            database.execute("UPDATE verdicts SET used = 1000")
        database.close()
        second = open_in(tmp_path, rows=100)
        assert second.known(QUESTION) == [ONE, TWO]
        second.add(Question("new", ("x",)), [ONE])
        second.close()
        assert count(tmp_path) == 90
        assert open_in(tmp_path).known(QUESTION) == [ONE, TWO]

    def test_two_processes_share_it(self, tmp_path: Path, open_in: Open) -> None:
        code = """
import sys
from pathlib import Path
from unleak.finding import Verdict
from unleak.judge.protocol import Question
from unleak.judge.store import Store
from unleak.judge.verdicts import Verdicts
verdicts = Verdicts("model", Store(Path(sys.argv[1])))
verdicts.known(Question("", ()))
for number in range(200):
    verdicts.add(Question(sys.argv[2], (str(number),)), [Verdict(0.7, 0.2, 0.1)])
verdicts.close()
sys.exit(bool(verdicts.problem))
"""
        arguments = [sys.executable, "-c", code, str(tmp_path)]
        processes = [subprocess.Popen([*arguments, name]) for name in ("one", "two", "three")]
        assert [process.wait(PATIENCE) for process in processes] == [0, 0, 0]
        verdicts = open_in(tmp_path)
        suffixes = tuple(map(str, range(200)))
        assert [verdicts.known(Question(name, suffixes)) for name in ("one", "two", "three")] == [[ONE] * 200] * 3


def _in_the_way(folder: Path) -> None:
    (folder / FILE).mkdir()


def _garbage(folder: Path) -> None:
    (folder / FILE).write_bytes(b"SQLite format 3\0" + b"\xff" * 4000)


def _text(folder: Path) -> None:
    (folder / FILE).write_text("to do: buy milk\n" * 100)


def _foreign(folder: Path) -> None:
    database = sqlite3.connect(folder / FILE)
    with database:
        database.execute("CREATE TABLE verdicts (a)")
    database.close()


def _other_application(folder: Path) -> None:
    database = sqlite3.connect(folder / FILE)
    database.execute("PRAGMA application_id = 7")
    database.close()


def _damaged_key(folder: Path) -> None:
    (folder / KEY_FILE).write_bytes(b"short")


def _key_in_the_way(folder: Path) -> None:
    (folder / KEY_FILE).mkdir()


TROUBLE = [
    _in_the_way,
    _garbage,
    _text,
    _foreign,
    _other_application,
    _damaged_key,
    _key_in_the_way,
]


class TestDiskTrouble:
    @pytest.mark.parametrize("spoil", TROUBLE, ids=lambda spoil: spoil.__name__.strip("_"))
    def test_memory_goes_on_and_one_problem_says_why(
        self, spoil: Callable[[Path], None], tmp_path: Path, open_in: Open
    ) -> None:
        spoil(tmp_path)
        before = {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
        verdicts = open_in(tmp_path)
        verdicts.add(QUESTION, [ONE, TWO])
        assert verdicts.known(QUESTION) == [ONE, TWO]
        verdicts.close()
        assert FILE in verdicts.problem
        assert {file: file.read_bytes() for file in before} == before

    def test_a_folder_that_cannot_be(self, tmp_path: Path, open_in: Open) -> None:
        (tmp_path / "file").write_text("in the way")
        verdicts = open_in(tmp_path / "file" / "cache")
        verdicts.add(QUESTION, [ONE, TWO])
        assert verdicts.known(QUESTION) == [ONE, TWO]
        assert verdicts.problem

    def test_another_process_that_holds_the_lock(self, tmp_path: Path, open_in: Open) -> None:
        open_in(tmp_path).close()
        holder = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        verdicts = open_in(tmp_path)
        verdicts.add(QUESTION, [ONE, TWO])
        assert verdicts.known(QUESTION) == [ONE, TWO]
        until = time.monotonic() + PATIENCE
        while not verdicts.problem and time.monotonic() < until:
            time.sleep(0.05)
        verdicts.close()
        holder.close()
        assert "locked" in verdicts.problem

    def test_a_table_of_another_form(self, tmp_path: Path, open_in: Open) -> None:
        open_in(tmp_path).close()
        database = sqlite3.connect(tmp_path / FILE)
        with database:
            database.execute("DROP TABLE verdicts")
            database.execute("CREATE TABLE verdicts (a)")
        database.close()
        verdicts = open_in(tmp_path)
        verdicts.add(QUESTION, [ONE, TWO])
        assert verdicts.known(QUESTION) == [ONE, TWO]
        assert FILE in verdicts.problem

    def test_rows_of_another_form_are_left_out(self, tmp_path: Path, open_in: Open) -> None:
        first = open_in(tmp_path)
        first.add(QUESTION, [ONE, TWO])
        first.close()
        database = sqlite3.connect(tmp_path / FILE)
        with database:
            database.execute("UPDATE verdicts SET secret = 'x' WHERE secret > 0.5")
            database.execute("INSERT INTO verdicts SELECT 'text', model, 0.5, 0.5, 0.0, 1 FROM verdicts LIMIT 1")
            database.execute("INSERT INTO verdicts SELECT x'00', model, 7.0, NULL, 0.0, 1 FROM verdicts LIMIT 1")
        database.close()
        second = open_in(tmp_path)
        assert second.known(QUESTION) == [None, TWO]
        assert second.problem == ""

    @pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
    def test_a_full_disk(self, tmp_path: Path) -> None:
        code = """
import resource, sys
from pathlib import Path
from unleak.finding import Verdict
from unleak.judge.protocol import Question
from unleak.judge.store import Store
from unleak.judge.verdicts import Verdicts
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
verdicts = Verdicts("model", Store(Path(sys.argv[1])))
questions = [Question(str(number), tuple(map(str, range(100)))) for number in range(50)]
for question in questions:
    verdicts.add(question, [Verdict(0.7, 0.2, 0.1)] * 100)
verdicts.close()
assert all(None not in verdicts.known(question) for question in questions)
assert "full" in verdicts.problem or "I/O" in verdicts.problem, verdicts.problem
"""
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=PATIENCE)


@pytest.fixture
def cached(bundle: Path) -> Iterator[CachedJudge]:
    cached = CachedJudge(Judge(bundle), Verdicts("model"))
    yield cached
    cached.close()


class TestCachedJudge:
    def test_answers_as_the_judge_does(self, cached: CachedJudge) -> None:
        questions = [Question(f"<|file|>{number}", ("<|ask|>a", "<|ask|>b", "<|ask|>c")) for number in range(20)]
        answer = cached.submit(questions, deadline_seconds=PATIENCE).result(PATIENCE)
        alone = cached.judge.submit(questions, deadline_seconds=PATIENCE).result(PATIENCE)
        assert answer == [[pytest.approx(verdict, abs=1e-6) for verdict in verdicts] for verdicts in alone]

    def test_what_is_known_starts_no_judge(self, cached: CachedJudge) -> None:
        cached.verdicts.add(QUESTION, [ONE, TWO])
        assert cached.submit([QUESTION], deadline_seconds=0).result(0) == [[ONE, TWO]]
        assert cached.judge.pid == 0

    def test_only_what_is_unknown_is_asked(self, cached: CachedJudge) -> None:
        never = Verdict(0.123, 0.456, 0.421)
        cached.verdicts.add(Question("prefix", ("two",)), [never])
        questions = [Question("other", ("one",)), Question("prefix", ("one", "two", "three"))]
        ((first,), (second, known, third)) = cached.submit(questions, deadline_seconds=PATIENCE).result(PATIENCE)
        assert known == never
        assert None not in (first, second, third)
        assert cached.submit(questions, deadline_seconds=0).result(0) == [[first], [second, known, third]]

    def test_no_questions_have_no_answers(self, cached: CachedJudge) -> None:
        assert cached.submit([], deadline_seconds=0).result(0) == []

    def test_what_is_answered_before_the_end_counts(self, cached: CachedJudge) -> None:
        lookup = cached.submit(ENDLESS[:2000], deadline_seconds=PATIENCE)
        while cached.verdicts.known(ENDLESS[0]) == [None]:
            assert not lookup.done()
            time.sleep(0.01)
        lookup.cancel()
        answer = lookup.result(0)
        assert answer[0] != [None]
        assert answer[-1] == [None]
        assert [cached.verdicts.known(question) for question in ENDLESS[:2000]] == answer

    def test_a_cancel_ends_with_what_is_known(self, cached: CachedJudge) -> None:
        cached.verdicts.add(ENDLESS[5], [ONE])
        lookup = cached.submit(ENDLESS[:2000], deadline_seconds=PATIENCE)
        assert lookup.cancel()
        assert lookup.result(0)[5] == [ONE]
        assert not lookup.cancel()

    def test_an_absent_judge_leaves_what_is_known(self, tmp_path: Path) -> None:
        absent = CachedJudge(Judge(tmp_path), Verdicts("model"))
        absent.verdicts.add(Question("prefix", ("two",)), [TWO])
        assert absent.submit([QUESTION], deadline_seconds=PATIENCE).result(PATIENCE) == [[None, TWO]]
        absent.close()

    async def test_can_be_awaited(self, cached: CachedJudge) -> None:
        lookup = cached.submit([QUESTION], deadline_seconds=PATIENCE)
        ((one, two),) = await asyncio.wait_for(asyncio.wrap_future(lookup), PATIENCE)
        assert one != two

    async def test_cancelled_awaiting_stops_the_work(self, cached: CachedJudge) -> None:
        lookup = cached.submit(ENDLESS[:2000], deadline_seconds=PATIENCE)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(lookup), 0.2)
        assert lookup.done()
