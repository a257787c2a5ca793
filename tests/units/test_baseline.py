from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from unleak.finding import Span
from unleak.suppress.baseline import (
    MAX_SIZE,
    Baseline,
    BaselineError,
    Changes,
    Look,
    amend,
    contexts_of,
    create,
    existing,
)
from unleak.suppress.entries import Entry, State, formatted
from unleak.suppress.exclusive import LockedError, lock_of, locked

KEY = bytes(range(16))
ONE, OTHER = "Zk3mT9qLw2Xv" + "7Rb5Nc8Y", "p1HdGf4sWq8" + "Jt6Vy2Ba"


def entry(path: str, value: str, context: str = "key=*", state: State = State.OPEN, rule: str = "a-rule") -> Entry:
    found = Baseline(KEY).entry_of(path, rule, value, context)
    return Entry(path, rule, found.content, found.context, state)


def baseline(*entries: Entry) -> Baseline:
    return Baseline(KEY, entries)


class TestKnows:
    known = baseline(entry("a.py", ONE))

    def test_same_place(self) -> None:
        assert self.known.knows("a.py", "a-rule", ONE, "key=*")

    def test_other_surroundings_in_the_same_file(self) -> None:
        assert self.known.knows("a.py", "a-rule", ONE, "token=*")

    def test_same_surroundings_in_another_file(self) -> None:
        assert self.known.knows("b.py", "a-rule", ONE, "key=*")

    def test_a_rule_may_be_superseded(self) -> None:
        assert self.known.knows("a.py", "a-better-rule", ONE, "key=*")

    def test_not_in_another_file_with_other_surroundings(self) -> None:
        assert not self.known.knows("b.py", "a-rule", ONE, "token=*")

    def test_not_another_value(self) -> None:
        assert not self.known.knows("a.py", "a-rule", OTHER, "key=*")

    def test_not_what_was_hashed_with_another_key(self) -> None:
        assert not Baseline(bytes(16), self.known.entries).knows("a.py", "a-rule", ONE, "key=*")

    @pytest.mark.parametrize("state", State)
    def test_only_what_is_a_secret_is_reported_again(self, state: State) -> None:
        judged = baseline(entry("a.py", ONE, state=state))
        assert judged.knows("a.py", "a-rule", ONE, "key=*") is (state is not State.SECRET)

    def test_the_judgement_with_most_in_common_counts(self) -> None:
        known = baseline(
            entry("a.py", ONE, "key=*", State.TEST),
            entry("a.py", ONE, "live=*", State.SECRET),
            entry("b.py", ONE, "key=*", State.SECRET),
        )
        assert known.knows("a.py", "a-rule", ONE, "key=*")
        assert not known.knows("a.py", "a-rule", ONE, "live=*")
        assert not known.knows("b.py", "a-rule", ONE, "other=*")

    def test_among_equals_the_secret_counts(self) -> None:
        known = baseline(entry("a.py", ONE, "key=*", State.TEST), entry("a.py", ONE, "live=*", State.SECRET))
        assert not known.knows("a.py", "a-rule", ONE, "new=*")

    def test_among_judgements_in_one_file_that_on_the_same_rule_counts(self) -> None:
        known = baseline(
            entry("a.py", ONE, "key=*", State.TEST),
            entry("a.py", ONE, "live=*", State.SECRET, rule="url-password"),
        )
        assert known.knows("a.py", "a-rule", ONE, "new=*")
        assert not known.knows("a.py", "url-password", ONE, "new=*")

    def test_a_block_may_be_indented_and_end_its_lines_in_another_way(self) -> None:
        known = baseline(entry("a.pem", f"BEGIN\n{ONE}\nEND"))
        assert known.knows("a.pem", "a-rule", f"BEGIN\r\n    {ONE}\r\n    END", "*")
        assert not known.knows("a.pem", "a-rule", f"BEGIN\n{OTHER}\nEND", "*")


class TestContexts:
    @staticmethod
    def of(lines: list[str], *spans: Span) -> list[str]:
        return contexts_of(lines, spans)

    def test_what_stands_around_without_blanks(self) -> None:
        assert self.of(['  key =\t"1234" # x\r\n'], Span(0, 9, 0, 13)) == ['key="*"#x']

    def test_values_beside_are_masked(self) -> None:
        line = "a=1234, b=5678, c=90"
        spans = Span(0, 2, 0, 6), Span(0, 10, 0, 14), Span(0, 18, 0, 20)
        assert self.of([line], *spans) == 3 * ["a=*,b=*,c=*"]

    def test_of_a_block_the_first_and_the_last_line(self) -> None:
        lines = ['a = "12\n', "34\n", '56"; b = 78\n']
        assert self.of(lines, Span(0, 5, 2, 2), Span(2, 9, 2, 11)) == ['a="*";b=*', '*";b=*']

    def test_of_a_long_line_a_piece(self) -> None:
        around = self.of(["x" * 5000 + "1234" + "y" * 5000], Span(0, 5000, 0, 5004))
        assert around == ["x" * 200 + "*" + "y" * 200]

    def test_a_value_at_the_edge_of_the_piece_is_masked_whole(self) -> None:
        line = "1" * 300 + "=" * 150 + "1234" + "=" * 150 + "2" * 300
        spans = Span(0, 0, 0, 300), Span(0, 450, 0, 454), Span(0, 604, 0, 904)
        assert self.of([line], *spans)[1] == "*" + "=" * 150 + "*" + "=" * 150 + "*"


def look(covers: Iterable[str], gone: Iterable[str] = (), reported: Iterable[Entry] = ()) -> Look:
    return Look(set(covers).__contains__, set(gone).__contains__, {entry.identity for entry in reported})


class TestUpdate:
    a = entry("a.py", ONE, state=State.TEST)

    def test_what_is_found_is_kept_with_its_judgement(self) -> None:
        known = baseline(self.a)
        after, changes = known.updated([entry("a.py", ONE)], look(["a.py"]), add=False)
        assert after.entries == known.entries
        assert changes == Changes(1, 0, 0, 0)

    def test_a_new_rule_takes_over(self) -> None:
        after, _ = baseline(self.a).updated([entry("a.py", ONE, rule="better")], look(["a.py"]), add=False)
        assert after.entries == (entry("a.py", ONE, state=State.TEST, rule="better"),)

    def test_what_is_no_longer_found_is_dropped(self) -> None:
        after, changes = baseline(self.a).updated([], look(["a.py"]), add=False)
        assert after.entries == ()
        assert changes == Changes(0, 1, 0, 0)

    def test_what_was_not_looked_at_is_kept(self) -> None:
        after, changes = baseline(self.a).updated([], look(["b.py"]), add=False)
        assert after.entries == (self.a,)
        assert changes == Changes(1, 0, 0, 0)

    def test_other_surroundings_in_the_same_file_are_followed(self) -> None:
        after, changes = baseline(self.a).updated([entry("a.py", ONE, "new=*")], look(["a.py"]), add=False)
        assert after.entries == (entry("a.py", ONE, "new=*", State.TEST),)
        assert changes == Changes(1, 0, 0, 0)

    @pytest.mark.parametrize(
        ("covers", "gone"), [(["a.py", "b.py"], []), (["a.py", "b.py"], ["a.py"]), (["b.py"], ["a.py"])]
    )
    def test_another_file_is_followed(self, covers: list[str], gone: list[str]) -> None:
        after, changes = baseline(self.a).updated([entry("b.py", ONE)], look(covers, gone), add=False)
        assert after.entries == (entry("b.py", ONE, state=State.TEST),)
        assert changes == Changes(0, 0, 1, 0)

    def test_no_file_is_followed_away_from_one_that_may_still_have_the_value(self) -> None:
        after, changes = baseline(self.a).updated([entry("b.py", ONE)], look(["b.py"]), add=False)
        assert after.entries == (self.a,)
        assert changes == Changes(1, 0, 0, 0)

    def test_new_findings_are_counted_and_not_recorded(self) -> None:
        new = entry("a.py", OTHER)
        after, changes = baseline(self.a).updated([self.a, new], look(["a.py"], reported=[new]), add=False)
        assert after.entries == (self.a,)
        assert changes == Changes(1, 0, 0, 1)

    def test_new_findings_are_recorded_on_demand(self) -> None:
        new = entry("a.py", OTHER)
        after, changes = baseline(self.a).updated([self.a, new], look(["a.py"], reported=[new]), add=True)
        assert set(after.entries) == {self.a, new}
        assert changes == Changes(1, 0, 0, 1)

    def test_weak_findings_are_never_new(self) -> None:
        after, changes = baseline().updated([entry("a.py", OTHER)], look(["a.py"]), add=True)
        assert after.entries == ()
        assert changes == Changes(0, 0, 0, 0)

    def test_more_of_a_known_value_comes_in_with_its_judgement(self) -> None:
        more = entry("a.py", ONE, "more=*")
        after, changes = baseline(self.a).updated([self.a, more], look(["a.py"], reported=[self.a, more]), add=True)
        assert set(after.entries) == {self.a, entry("a.py", ONE, "more=*", State.TEST)}
        assert changes == Changes(1, 0, 0, 0)


class TestFile:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / ".unleak-baseline.json"

    def test_one_entry_a_line(self) -> None:
        entries = [
            Entry("ä/a.py", "a-rule", "1" * 32, "2" * 32),
            Entry("b.py", "r", "3" * 32, "4" * 32, State.TEST, "n"),
        ]
        assert formatted(KEY, entries) == (
            '{\n  "version": 1,\n  "key": "000102030405060708090a0b0c0d0e0f",\n  "files": {\n'
            '    "\\u00e4/a.py": [\n'
            '      {"rule": "a-rule", "content": "11111111111111111111111111111111", '
            '"context": "22222222222222222222222222222222", "state": "open"}\n    ],\n'
            '    "b.py": [\n'
            '      {"rule": "r", "content": "33333333333333333333333333333333", '
            '"context": "44444444444444444444444444444444", "state": "test", "note": "n"}\n    ]\n  }\n}\n'
        )

    def test_comes_back_as_it_was(self, file: Path) -> None:
        written = baseline(entry("a.py", ONE), entry("b\udcff.py", OTHER, state=State.SECRET), entry("a.py", OTHER))
        create(file, written, force=False)
        loaded, problems = Baseline.load(file)
        assert problems == ()
        assert (loaded.key, loaded.entries) == (written.key, written.entries)

    GOOD = '{"rule": "r", "content": "%s", "context": "%s", "state": "open"}' % ("1" * 32, "2" * 32)  # noqa: UP031

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "1: not valid JSON: Expecting value"),
            ("{\n,", "2: not valid JSON: Expecting property name enclosed in double quotes"),
            ("[]", "1: must be a JSON object"),
            ("[" * 100_000, "1: not valid JSON: nested too deeply"),
            ('{\n"version": 2}', "2: version must be 1: install a newer unleak"),
            ('{"version": "1"}', "1: version must be 1: make it anew"),
            ('{"version": ' + "1" * 5000 + "}", "1: version must be 1: make it anew"),
            ('{"version": 1,\n"key": "xyz"}', "2: key must be 32 hexadecimal digits"),
            ('{"version": 1, "key": "' + "0" * 32 + '",\n\n"files": []}', "3: files must be an object of paths"),
            ('{"a": 1,\n"a": 2}', "1: a path or a key stands here twice: join the two"),
            (
                '{"version": 1,\n<<<<<<< HEAD\n',
                "2: a merge left both sides here: take one, then run `unleak baseline update --add`",
            ),
        ],
        ids=lambda text: text[-30:],
    )
    def test_a_wrong_file_is_an_empty_baseline(self, file: Path, text: str, message: str) -> None:
        file.write_text(text)
        loaded, problems = Baseline.load(file)
        assert problems == (f"{file}:{message}; the baseline is not used.",)
        assert loaded.entries == ()

    @pytest.mark.parametrize(
        ("files", "line", "message"),
        [
            ('"/etc/x": []', 3, "a path must lead downwards from the project's folder; it is not used."),
            ('"a/../b": []', 3, "a path must lead downwards from the project's folder; it is not used."),
            ('"b": {}', 3, "a path must have a list of entries; it is not used."),
            ('"b": [\n7]', 3, "an entry must be an object; the entry is not used."),
            (f'"b": [\n{GOOD.replace("open", "shut")}]', 4, "state must be one of open, secret, "),
            (f'"b": [\n{GOOD.replace("1", "g")}]', 4, "content must be 32 hexadecimal digits; the entry is not used."),
            (f'"b": [\n{GOOD.replace("rule", "rules")}]', 4, "unknown key 'rules'; the entry is not used."),
            (f'"b": [\n{GOOD[:-1]}, "note": 7}}]', 4, "note must be a text; the entry is not used."),
        ],
    )
    def test_a_wrong_entry_is_left_out(self, file: Path, files: str, line: int, message: str) -> None:
        file.write_text(f'{{"version": 1, "key": "{"0" * 32}", "files":\n{{"a": [{self.GOOD}],\n{files}}}}}')
        loaded, problems = Baseline.load(file)
        assert [problem[: len(message) + len(f"{file}:{line}: ")] for problem in problems] == [
            f"{file}:{line}: {message}"
        ]
        assert [entry.path for entry in loaded.entries] == ["a"]

    def test_of_many_problems_some_are_told(self, file: Path) -> None:
        file.write_text(f'{{"version": 1, "key": "{"0" * 32}", "files": {{"a": [{", ".join("7" * 50)}]}}}}')
        problems = Baseline.load(file)[1]
        assert len(problems) == 11
        assert problems[-1] == f"{file}: 40 more like these."

    def test_what_is_not_there_or_too_large_is_named(self, file: Path) -> None:
        assert Baseline.load(file)[1] == (f"{file}: cannot be read (vanished); the baseline is not used.",)
        with file.open("wb") as large:
            large.truncate(MAX_SIZE + 1)
        assert Baseline.load(file)[1] == (f"{file}: cannot be read (larger than 20 MB); the baseline is not used.",)

    def test_equal_entries_join_and_a_judgement_counts(self) -> None:
        for states in ([State.OPEN, State.TEST], [State.TEST, State.OPEN]):
            (joined,) = baseline(*[entry("a.py", ONE, state=state) for state in states]).entries
            assert joined.state is State.TEST

    def test_a_first_one_takes_no_place(self, file: Path) -> None:
        create(file, baseline(entry("a.py", ONE)), force=False)
        with pytest.raises(BaselineError, match="unleak baseline update"):
            create(file, baseline(), force=False)
        assert len(existing(file).entries) == 1
        create(file, baseline(), force=True)
        assert existing(file).entries == ()

    @pytest.mark.skipif(os.name != "posix", reason="modes")
    def test_the_mode_of_the_file_stays(self, file: Path) -> None:
        before = os.umask(0o022)
        try:
            create(file, baseline(), force=False)
        finally:
            os.umask(before)
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        file.chmod(0o600)
        amend(file, lambda _: (baseline(entry("a.py", ONE)), None))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    @pytest.mark.skipif(os.name != "posix", reason="symbolic links")
    def test_a_link_is_replaced_and_not_followed(self, file: Path, tmp_path: Path) -> None:
        (tmp_path / "precious").write_text("mine")
        file.symlink_to(tmp_path / "precious")
        create(file, baseline(), force=True)
        assert (tmp_path / "precious").read_text() == "mine"
        assert existing(file).entries == ()

    def test_what_does_not_change_is_not_written(self, file: Path) -> None:
        file.write_text(formatted(KEY, ()).replace("\n", " "))
        amend(file, lambda known: (known, None))
        assert "\n" not in file.read_text()

    def test_a_broken_file_stays_as_it_is(self, file: Path) -> None:
        file.write_text("{")
        with pytest.raises(BaselineError, match="not valid JSON"):
            amend(file, lambda known: (known, None))
        assert file.read_text() == "{"
        assert os.listdir(file.parent) == [file.name]

    def test_a_full_disk_leaves_the_file_as_it_was(self, file: Path) -> None:
        resource = pytest.importorskip("resource")
        create(file, baseline(), force=False)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        try:
            with pytest.raises(BaselineError, match="cannot be written: File too large"):
                amend(file, lambda _: (baseline(entry("a.py", ONE)), None))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert existing(file).entries == ()
        assert os.listdir(file.parent) == [file.name]

    def test_a_lock_that_stays_is_named(self, file: Path) -> None:
        with locked(file), pytest.raises(LockedError, match="delete this file"), locked(file, patience=0):
            pass
        assert not lock_of(file).exists()

    def test_the_lock_of_another_is_left_alone_after_writing(self, file: Path) -> None:
        with locked(file) as next_file:
            next_file.write(b"one")
            lock_of(file).write_bytes(b"another's")
        assert lock_of(file).read_bytes() == b"another's"

    def test_processes_that_write_at_once_lose_nothing(self, file: Path) -> None:
        create(file, baseline(), force=False)
        code = (
            "import sys; from pathlib import Path; from unleak.suppress.baseline import Baseline, amend\n"
            "for number in range(10):\n"
            "    def add(known):\n"
            "        new = known.entry_of(f'{sys.argv[2]}-{number}', 'r', 'v', 'c')\n"
            "        return Baseline(known.key, [*known.entries, new]), None\n"
            "    amend(Path(sys.argv[1]), add)\n"
        )
        writers = [subprocess.Popen([sys.executable, "-c", code, str(file), str(number)]) for number in range(3)]
        assert [writer.wait(60) for writer in writers] == [0, 0, 0]
        assert len(existing(file).entries) == 30
