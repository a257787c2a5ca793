"""One pass finds every line on which a pattern may match, with Hyperscan and without."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

from unleak.detect import matcher
from unleak.detect.catalog import Rule, parse_rules
from unleak.detect.matcher import PIECE, Engine, LiteralEngine, engine_for, engines, hit_lines, matching, view_of

RULES = r"""
[[rules]]
id = "plain"
regex = 'acme_([a-z0-9]{8})\b'
keywords = ["ACME_"]

[[rules]]
id = "no-keywords"
regex = 'zz([0-9]{6})zz'

[[rules]]
id = "look-around"
regex = '(?<=behind )([0-9]{6})(?! ahead)'
keywords = ["behind"]

[[rules]]
id = "branch-reset"
regex = '(?|one ([0-9]{6})|two ([0-9]{6}))'

[[rules]]
id = "branch-reset-with-keywords"
regex = '(?|eins ([0-9]{6})|zwei ([0-9]{6}))'
keywords = ["eins", "zwei"]

[[rules]]
id = "line"
regex = '^whole ([0-9]{6})$'
keywords = ["whole"]

[[rules]]
id = "flag in the middle"
regex = 'spot-(?i)key-([0-9]{6})'
keywords = ["spot-"]

[[rules]]
id = "start of the text"
regex = '\Afirst ([0-9]{6})'
keywords = ["first"]

[[rules]]
id = "end of the text"
regex = 'last ([0-9]{6})\Z'
keywords = ["last"]

[[rules]]
id = "letters of any language"
regex = 'l\p{L}?.?st=([0-9]{6})'
keywords = ["st="]

[[rules]]
id = "not-ascii"
regex = 'schlüssel=([0-9]{6})'
keywords = ["schlüssel"]
"""
MATCHES = {
    "flag in the middle": "spot-KEY-123456",
    "start of the text": "first 123456",
    "end of the text": "last 123456",
    "letters of any language": "läst=123456",
    "plain": "x = ACME_ acme_12ab34cd.",
    "no-keywords": "zz123456zz",
    "look-around": "behind 123456",
    "branch-reset": "two 123456",
    "branch-reset-with-keywords": "Zwei zwei 123456",
    "line": "whole 123456",
    "not-ascii": "schlüssel=123456",
}
NO_MATCHES = [
    "",
    "acme_",
    "zz12zz",
    "behind 123456 ahead",
    "one 1",
    "whole 1234567",
    "a whole 123456",
    "SPOT-key-123456",
    "last 123456 ",
]
AROUND = {
    "alone": "{}",
    "first": "{}\nx\ny",
    "last": "x\n\n{}",
    "last with a break": "x\n{}\n",
    "between": "x\n{}\ny",
    "below text that is not ASCII": "é🔑密\n{}\n密",
}


@cache
def rules() -> list[Rule]:
    read, problems = parse_rules(Path("rules.toml"), RULES.encode())
    assert problems == []
    return read


@pytest.fixture(scope="module", params=["best", "patterns", "literals"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "patterns":  # of every rule, whatever its keywords tell
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(matcher, "_TELLING", sys.maxsize)
            return engine_for(rules())
    return engine_for(rules()) if request.param == "best" else LiteralEngine(rules())


class TestViews:
    @pytest.mark.parametrize("text", ["", "abc\n", "é", "密码=🔑", "a\udc80b\ud800", "\x00\x7f\x80\u2028", "e\u0301"])
    def test_one_byte_is_one_code_point(self, text: str) -> None:
        view = view_of(text)
        assert len(view) == len(text)
        assert [chr(byte) if byte < 0x80 else "?" for byte in view] == [c if c.isascii() else "?" for c in text]


class TestEngines:
    @pytest.mark.parametrize("around", AROUND)
    @pytest.mark.parametrize("name", MATCHES)
    def test_a_rule_is_found_wherever_its_line_stands(self, engine: Engine, name: str, around: str) -> None:
        assert matching(engine, rules(), AROUND[around].format(MATCHES[name])) == {name}

    @pytest.mark.parametrize("text", NO_MATCHES)
    def test_no_rule_matches_what_is_near(self, engine: Engine, text: str) -> None:
        assert matching(engine, rules(), text) == set()

    def test_lines_come_once_and_in_order(self, engine: Engine) -> None:
        text = "\n".join(["password = x", "", "acme_12ab34cd acme_12ab34cd", "zz123456zz", "plain"])
        lines = [(start, end) for start, end, _ in hit_lines(engine, view_of(text))]
        assert lines == sorted(set(lines))
        wanted = {(0, 12), (14, 41), (42, 52)}
        assert wanted <= set(lines)
        assert all(text[start - 1 : start] in ("", "\n") and text[end : end + 1] in ("", "\n") for start, end in lines)

    @pytest.mark.parametrize("column", [0, PIECE - 20, PIECE - 5, PIECE, 2 * PIECE - 1, 3 * PIECE])
    def test_long_lines_come_in_pieces(self, engine: Engine, column: int) -> None:
        text = "short\n" + "x, " * (column // 3) + "x" * (column % 3) + " acme_12ab34cd " + ", y" * PIECE + "\nshort"
        assert matching(engine, rules(), text) == {"plain"}
        pieces = [end - start for start, end, _ in hit_lines(engine, view_of(text))]
        assert max(pieces) <= 2 * PIECE

    def test_nothing_is_found_in_nothing(self, engine: Engine) -> None:
        assert matching(engine, rules(), "") == set()


HEAD_AND_ROW = {  # each row may be the head of further ones
    "below": r"[^\n]*name[^\n]*\n[^\n]*,",
    "two below": r"[^\n]*name[^\n]*\n[^\n]+\n[^\n]*,",
    "begins with a break": r"\W(?:name|\w+,)",
}


class TestTriggersOfSeveralLines:
    """A pattern that begins on one line and ends on another: it is the line of its end that is to be read."""

    @staticmethod
    def lines_of(trigger: str, text: str) -> set[int]:
        view = view_of(text)
        hits = LiteralEngine([], {"it": trigger}).hits(view, frozenset())
        return {view.count(b"\n", 0, offset) for offset, _ in hits}

    @pytest.mark.parametrize(
        ("trigger", "lines"),
        [("below", {1, 2, 3}), ("two below", {2, 3}), ("begins with a break", {1, 2, 3})],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_row_that_is_a_head_counts_as_both(self, trigger: str, lines: set[int]) -> None:
        text = "name, x\nname, y\nname, z\nadd,\nplain\n"
        assert self.lines_of(HEAD_AND_ROW[trigger], text) == lines


def test_every_engine_of_this_platform_has_a_name() -> None:
    assert [engine.name for engine in engines(rules())] in (["hyperscan", "literals"], ["literals"])
