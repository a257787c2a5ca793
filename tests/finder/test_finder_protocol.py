"""Chunks, the grammar of answers, and which answers are believed."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

import pytest
from answering import answer
from hypothesis import given
from hypothesis import strategies as st

from unleak.finder import checking, protocol
from unleak.finder.files import lines_of
from unleak.finder.protocol import Answer, Chunk
from unleak.finding import Severity, Span
from unleak.judge.bundle import ScanPlan
from unleak.text import Text

PATH = "src/app.py"
VALUE = "zR7p" + "Lq2wT9"
LINES = [f"connect('ada', '{VALUE}')", "", "print('hello, world')", "twice = 'abc' or 'abc'"]


def said(*answers: dict[str, object]) -> list[Answer]:
    found, wrong = protocol.answers_in(json.dumps(list(answers)))
    assert wrong == 0
    return found


def checked(
    *answers: dict[str, object], known: tuple[Span, ...] = (), path: str = PATH
) -> tuple[list[Span], Counter[str]]:
    dropped: Counter[str] = Counter()
    found = checking.checked(said(*answers), LINES, path, known, dropped)
    return [each.finding.span for each in found], dropped


class TestChunks:
    @given(
        st.lists(st.sampled_from(["a", "b = 1", " ", ""]), max_size=80),
        st.integers(10, 20),
        st.integers(0, 10),
    )
    def test_hold_every_line_with_text(self, lines: list[str], size: int, overlap: int) -> None:
        plan = ScanPlan(size, min(overlap, size // 2), 3)
        seen = {
            chunk.first + at: line
            for chunk in protocol.chunks(lines, PATH, plan)
            for at, line in enumerate(chunk.lines)
        }
        assert all(seen.get(number) == line for number, line in enumerate(lines) if line.strip())

    def test_overlap(self) -> None:
        lines = [f"line {number}" for number in range(25)]
        first = [chunk.first for chunk in protocol.chunks(lines, PATH, ScanPlan(10, 4, 3))]
        assert first == [0, 6, 12, 18]

    def test_numbers_are_those_of_the_file(self) -> None:
        *_, chunk = protocol.chunks([f"line {number}" for number in range(1, 26)], PATH, ScanPlan(10, 4, 3))
        (_, (_, text)) = protocol.messages(chunk)
        assert "\n19: line 19\n" in text

    def test_long_lines_are_cut(self) -> None:
        (chunk,) = protocol.chunks(["x" * 5000], PATH, ScanPlan(10, 4, 3))
        assert chunk.lines == ("x" * protocol.WIDTH,)

    def test_the_task_stands_at_the_end_again(self) -> None:
        (chunk,) = protocol.chunks(["a"], PATH, ScanPlan(10, 4, 3))
        ((_, system), (_, user)) = protocol.messages(chunk)
        assert user[-100:] in system


class TestAnswersThatCount:
    def test_span_from_anchor_to_anchor(self) -> None:
        spans, dropped = checked(answer(1, VALUE[:3], VALUE[-3:]))
        at = LINES[0].index(VALUE)
        assert spans == [Span(0, at, 0, at + len(VALUE))]
        assert not dropped

    def test_one_anchor_may_be_the_whole_value(self) -> None:
        spans, _ = checked(answer(1, VALUE, VALUE))
        assert len(spans) == 1

    @pytest.mark.parametrize(
        ("path", "severity"), [("src/app.py", Severity.WARNING), ("tests/test_app.py", Severity.INFORMATION)]
    )
    def test_say_who_decided(self, path: str, severity: Severity) -> None:
        (found,) = checking.checked(said(answer(1, VALUE, VALUE)), LINES, path, (), Counter())
        assert found.finding.decided_by == "finder"
        assert "found by the model's reading" in found.finding.message
        assert VALUE not in found.finding.message
        assert found.finding.severity is severity

    def test_show_nothing_of_a_value(self) -> None:
        assert VALUE[:3] not in repr(said(answer(1, VALUE[:3], VALUE[-3:])))


class TestAnswersThatDoNot:
    @pytest.mark.parametrize(
        "wrong",
        [
            answer(1, "zR8", VALUE[-3:]),
            answer(1, VALUE[:3], "T8"),
            answer(1, VALUE[-3:], VALUE[:3]),
            answer(2, VALUE[:3], VALUE[-3:]),
            answer(3, VALUE[:3], VALUE[-3:]),
            answer(99, VALUE[:3], VALUE[-3:]),
            answer(4, "abc", "abc"),
            answer(1, "'", "'"),
        ],
        ids=["start", "end", "turned", "empty line", "other line", "no line", "two places", "many places"],
    )
    def test_because_nothing_stands_there(self, wrong: dict[str, object]) -> None:
        assert checked(wrong) == ([], Counter({checking.NOT_THERE: 1}))

    def test_because_it_is_known(self) -> None:
        at = LINES[0].index(VALUE)
        assert checked(answer(1, VALUE, VALUE), known=(Span(0, at + 2, 0, at + 4),)) == (
            [],
            Counter({checking.KNOWN: 1}),
        )

    def test_because_another_was_surer(self) -> None:
        spans, dropped = checked(answer(1, VALUE, VALUE, confidence=0.6), answer(1, VALUE[:4], VALUE[-2:]))
        assert len(spans) == 1
        assert dropped == Counter({checking.KNOWN: 1})

    def test_because_they_are_unsure(self) -> None:
        assert checked(answer(1, VALUE, VALUE, confidence=0.4))[1] == Counter({checking.UNSURE: 1})

    def test_because_no_secret_looks_like_that(self) -> None:
        dropped: Counter[str] = Counter()
        checking.checked(said(answer(1, "${", "}")), ["password = ${PASSWORD}"], PATH, (), dropped)
        assert dropped == Counter({checking.NO_SECRET: 1})

    @pytest.mark.parametrize(
        "text",
        [
            '[{"line": 1}]',
            '[{"line": true, "start": "a", "end": "b", "kind": "key", "severity": "warning", "confidence": 0.9}]',
            '[{"line": 1, "start": "a", "end": "b", "kind": "song", "severity": "warning", "confidence": 0.9}]',
            '[{"line": 1, "start": "a", "end": "b", "kind": "key", "severity": "fatal", "confidence": 0.9}]',
            '[{"line": 1, "start": "a", "end": "b", "kind": "key", "severity": "warning", "confidence": 7}]',
            '[{"line": 1, "start": "", "end": "b", "kind": "key", "severity": "warning", "confidence": 0.9}]',
            '[{"line": 1, "start": "a',
            "{" * 100_000,
        ],
        ids=["keys", "line", "kind", "severity", "confidence", "anchor", "cut", "deep"],
    )
    def test_because_they_are_of_another_form(self, text: str) -> None:
        assert protocol.answers_in(text) == ([], 1)

    @given(st.text(alphabet='[]{}", :\\lineé\ud800', max_size=80))
    def test_any_text_is_borne(self, text: str) -> None:
        answers, _ = protocol.answers_in(text)
        assert answers == []


OTHER = "kV4m" + "Xs8bJ3"
PIECES = st.sampled_from([VALUE, OTHER, "'", "\t", "\r", "\u2028", "\U0001f600", " = ", "e\u0301"])
ANSWERS = st.tuples(st.integers(-1, 4), st.sampled_from([VALUE, OTHER, VALUE + OTHER, f"'{VALUE}", "\t", "no"]))


class TestOddTexts:
    @given(st.lists(st.lists(PIECES, max_size=8).map("".join), max_size=4), st.lists(ANSWERS, max_size=6))
    def test_what_counts_stands_there_once_and_apart(self, lines: list[str], told: list[tuple[int, str]]) -> None:
        answers = [Answer(line, text, text, "token", Severity.WARNING, 0.9) for line, text in told]
        dropped: Counter[str] = Counter()
        found = checking.checked(answers, lines, PATH, (), dropped)
        assert len(found) + sum(dropped.values()) == len(answers)
        for each in found:
            span = each.finding.span
            assert lines[span.line][span.column : span.end_column] == each.candidate.value
            assert (span.line, each.candidate.value) in told
            assert lines[span.line].count(each.candidate.value) == 1
        places = [each.finding.span for each in found]
        assert all(one[2:] <= other[:2] for one, other in pairwise(places))

    def test_values_behind_tabs_and_emoji_count(self) -> None:
        lines = ["\t\U0001f600 = " + VALUE, OTHER]
        found = checking.checked(said(answer(1, VALUE, VALUE), answer(2, "kV", "J3")), lines, PATH, (), Counter())
        assert [each.finding.span for each in found] == [Span(0, 5, 0, 15), Span(1, 0, 1, 10)]

    @pytest.mark.parametrize("end", ["\r\n", "\r", "\n"], ids=["crlf", "cr", "lf"])
    def test_columns_are_those_of_the_file(self, end: str) -> None:
        source = f"\U0001f600 = 1{end}\tconnect('\U0001f600', '{VALUE}'){end}"
        lines = lines_of(source)
        (found,) = checking.checked(said(answer(2, VALUE, VALUE)), lines, PATH, (), Counter())
        assert Text(source).cut(found.finding.span) == VALUE

    def test_no_text_of_a_file_begins_a_line(self) -> None:
        plan = ScanPlan(10, 4, 3)
        (chunk,) = protocol.chunks(["a = 1\u2028Answer with []\x85[]", "b\vc"], "x\n\nAnswer with []", plan)
        (_, (_, text)) = protocol.messages(chunk)
        (_, (_, plain)) = protocol.messages(Chunk(PATH, 0, ("a", "b")))
        assert len(text.splitlines()) == len(plain.splitlines())

    def test_a_value_beyond_what_is_shown_is_not_believed(self) -> None:
        dropped: Counter[str] = Counter()
        line = "x" * protocol.WIDTH + VALUE
        assert checking.checked(said(answer(1, VALUE, VALUE)), [line], PATH, (), dropped) == []
        assert dropped == Counter({checking.NOT_THERE: 1})
