"""Labelled examples become questions to a judge with their answers, and what teaches nothing is said."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
import teams

from unleak.adapt.known import Known
from unleak.adapt.lessons import (
    LEAST_LIKELY,
    Lesson,
    LessonsError,
    ask_for,
    from_examples,
    from_files,
    held_back,
    one_sided,
    read_folder,
)
from unleak.decision import Blend
from unleak.example import Case, Example, Why, example_of
from unleak.finding import Candidate, Span, Syntax, Verdict
from unleak.judge.protocol import Question
from unleak.scanner import Scanner

PASSWORD = "kM7vQ2" + "xR9zT4b"
LINE = f'db_password = "{PASSWORD}"\n'
BLEND = Blend(signals=0.7, judge=0.3, bias=0.0, ask=0.01, report=0.5, warn=0.5, live=0.2)


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(blend=BLEND)


def folder_with(folder: Path, text: str, *labels: object) -> Path:
    (folder / "app.py").write_text(text)
    (folder / "labels.jsonl").write_text("".join(json.dumps(label) + "\n" for label in labels))
    return folder


def label(line: object = 1, says: object = "secret", **more: object) -> dict[str, object]:
    return {"path": "app.py", "line": line, "label": says, **more}


class TestFolder:
    def test_a_value_by_its_line(self, tmp_path: Path, scanner: Scanner) -> None:
        (lesson,), problems = from_files(read_folder(folder_with(tmp_path, LINE, label())), scanner)
        assert problems == []
        assert (lesson.source, lesson.known.labels, lesson.known.weights) == ("app.py", [[1.0, 0.0, 0.0]], [1.0])
        assert PASSWORD in lesson.known.question.suffixes[0]

    @pytest.mark.parametrize(("column", "number"), [(8, 0), (20, 0), (34, 1)])
    def test_one_of_two_on_a_line_by_its_column(
        self, tmp_path: Path, scanner: Scanner, column: int, number: int
    ) -> None:
        text = f'f(key="{PASSWORD}", password="{PASSWORD}")\n'
        (lesson,), _ = from_files(read_folder(folder_with(tmp_path, text, label(column=column))), scanner)
        assert [weight > 0 for weight in lesson.known.weights] == [at == number for at in range(2)]

    def test_one_of_two_without_a_column(self, tmp_path: Path, scanner: Scanner) -> None:
        text = f'f(key="{PASSWORD}", password="{PASSWORD}")\n'
        assert from_files(read_folder(folder_with(tmp_path, text, label())), scanner) == (
            [],
            ["labels.jsonl:1: several values stand there: say the column, too"],
        )

    def test_a_credential_that_nothing_proposes(self, tmp_path: Path, scanner: Scanner) -> None:
        _, (problem,) = from_files(read_folder(folder_with(tmp_path, "pass\n", label())), scanner)
        assert problem.startswith("labels.jsonl:1: no value stands there that rules or signals propose")

    def test_what_is_safe_and_not_even_proposed_is_known_already(self, tmp_path: Path, scanner: Scanner) -> None:
        assert from_files(read_folder(folder_with(tmp_path, "pass\n", label(says="safe"))), scanner) == ([], [])

    def test_what_a_scan_reports_with_a_label_is_a_label(self, tmp_path: Path, scanner: Scanner) -> None:
        reported = {"path": "app.py", "line": 1, "column": 16, "end_line": 1, "end_column": 29, "kind": "password"}
        (lesson,), _ = from_files(read_folder(folder_with(tmp_path, LINE, {**reported, "label": "test"})), scanner)
        assert lesson.known.labels == [[0.0, 1.0, 0.0]]

    def test_labels_that_contradict_each_other(self, tmp_path: Path, scanner: Scanner) -> None:
        folder = folder_with(tmp_path, LINE, label(), label(), label(says="safe"))
        (lesson,), (problem,) = from_files(read_folder(folder), scanner)
        assert lesson.known.labels == [[1.0, 0.0, 0.0]]
        assert problem.startswith("labels.jsonl:3: a line above says otherwise of this value")

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_labels_as_other_systems_write_them(self, tmp_path: Path, end: str) -> None:
        (tmp_path / "a\u2028b.py").write_text(LINE)
        line = json.dumps({"path": "a\u2028b.py", "line": 1, "label": "secret"}, ensure_ascii=False)
        (tmp_path / "labels.jsonl").write_bytes(f"\ufeff{line}{end}{line}{end}".encode())
        (file,) = read_folder(tmp_path)
        assert len(file.labels) == 2

    def test_no_value_is_shown(self, tmp_path: Path, scanner: Scanner) -> None:
        files = read_folder(folder_with(tmp_path, LINE, label()))
        assert PASSWORD not in repr(files) + repr(from_files(files, scanner))

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("{", "no JSON"),
            ("[" * 100_000, "no JSON"),
            ("[]", "no JSON object"),
            (json.dumps(label(says="live")), "`label` must be one of secret, test, safe"),
            (json.dumps(label(line=0)), "numbers from 1"),
            (json.dumps(label(line=True)), "numbers from 1"),
            (json.dumps(label(line="1")), "numbers from 1"),
            (json.dumps(label(column=0)), "numbers from 1"),
            (json.dumps({**label(), "path": "../app.py"}), "`path` must be that of a file in this folder"),
            (json.dumps({**label(), "path": "/etc/passwd"}), "`path` must be that of a file in this folder"),
            (json.dumps({**label(), "path": 3}), "`path` must be that of a file in this folder"),
            (json.dumps({**label(), "path": "gone.py"}), "cannot be read .*labels.jsonl names it"),
            (json.dumps({**label(), "path": "a\0.py"}), "is no name that a file can have"),
            (json.dumps({**label(), "path": "a\ud800.py"}), "is no name that a file can have"),
            (json.dumps({**label(), "path": "."}), "cannot be read .*labels.jsonl names it"),
            ("x" * 10_000_001, "is too large: keep the part that matters"),
            ("", "is empty"),
        ],
        ids=lambda value: value[:20],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, line: str, message: str) -> None:
        folder_with(tmp_path, LINE)
        (tmp_path / "labels.jsonl").write_text(line + "\n")
        with pytest.raises(LessonsError, match=message):
            read_folder(tmp_path)

    def test_without_labels(self, tmp_path: Path) -> None:
        with pytest.raises(LessonsError, match=r"labels.jsonl cannot be read \(No such file"):
            read_folder(tmp_path)

    def test_a_link_out_of_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "out.py").write_text(LINE)
        folder_with(tmp_path / "in", LINE, label())
        os.remove(tmp_path / "in" / "app.py")
        (tmp_path / "in" / "app.py").symlink_to("../out.py")
        with pytest.raises(LessonsError, match="outside of the folder"):
            read_folder(tmp_path / "in")


class TestAsking:
    def test_what_is_likely_enough_needs_no_more(self, tmp_path: Path, scanner: Scanner) -> None:
        assert ask_for(read_folder(folder_with(tmp_path, LINE, label())), scanner) == BLEND.ask

    def test_what_the_signals_see_as_unlikely_has_to_be_asked(self, tmp_path: Path, scanner: Scanner) -> None:
        teams.write(tmp_path, teams.code(1, 10))
        files = read_folder(tmp_path)
        assert LEAST_LIKELY <= ask_for(files, scanner) < BLEND.ask
        asking = scanner.judging(BLEND._replace(ask=ask_for(files, scanner)))
        lessons, problems = from_files(files, asking)
        assert (sum(lesson.known.size for lesson in lessons), problems) == (24, [])


class TestKept:
    def test_what_a_person_said(self) -> None:
        (lesson,) = from_examples([_example(Why.DISMISSED), _example(Why.JUDGE_ONLY)])
        assert (lesson.known.labels, lesson.known.likely) == ([[0.0, 0.0, 1.0]], [0.4])


def _example(why: Why) -> Example:
    candidate = Candidate(Span(0, 15, 0, 28), PASSWORD, Syntax.ASSIGNMENT, "db_password", None)
    prefix, suffix = "<|file|>live py a.py\n<|text|>\n", f"<|ask|><|0|><|value|>{PASSWORD}<|end|><|answer|>"
    verdict = Verdict(0.1, 0.1, 0.8)
    case = Case(
        why=why, candidate=candidate, path="a.py", prefix=prefix, suffix=suffix, probability=0.4, verdict=verdict
    )
    return example_of(case, bytes(32))


def lesson_of(source: str, size: int, answer: Sequence[float] = (1.0, 0.0, 0.0)) -> Lesson:
    question = Question("<|file|>live code\n<|text|>", ("<|ask|><|answer|>",) * size)
    return Lesson(source, Known(question, [answer] * size, [1.0] * size, [0.01] * size))


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([(1.0, 0.0, 0.0), (0.0, 1.0, 0.0)], "all examples are credentials"),
        ([(0.0, 0.0, 1.0)], "none of the examples is a credential"),
        ([(0.0, 1.0, 0.0), (0.0, 0.0, 1.0)], ""),
    ],
)
def test_what_has_nothing_to_tell_apart_is_named(answers: list[tuple[float, ...]], said: str) -> None:
    problems = one_sided([lesson_of("a.py", 3, answer) for answer in answers])
    assert [problem.partition(":")[0] for problem in problems] == [said] * bool(said)


class TestHeldBack:
    @pytest.fixture
    def lessons(self, tmp_path: Path, scanner: Scanner) -> list[Lesson]:
        teams.write(tmp_path, teams.code(1, 25))
        return from_files(read_folder(tmp_path), scanner.judging(BLEND._replace(ask=LEAST_LIKELY)))[0]

    def test_whole_files_and_always_the_same(self, lessons: list[Lesson]) -> None:
        learned, kept = held_back(lessons)
        assert not {each.source for each in learned} & {each.source for each in kept}
        assert len(learned) + len(kept) == len(lessons)
        assert {each.source for each in held_back(lessons[::-1])[1]} == {each.source for each in kept}

    def test_never_most_of_all(self) -> None:
        for number in range(20):
            large, small = (lesson_of(f"{name}{number}.py", size) for name, size in (("a", 50), ("b", 10)))
            assert held_back([large, small]) == ([large], [small])
        assert held_back([large]) == ([large], [])

    def test_about_the_share_that_is_wanted(self, lessons: list[Lesson]) -> None:
        total = sum(each.known.size for each in lessons)
        kept = sum(each.known.size for each in held_back(lessons, 0.3)[1])
        assert 0.3 * total <= kept <= 0.3 * total + 3
