"""What is kept of a disagreement: all that one can learn from, and no value."""

from __future__ import annotations

import dataclasses
import datetime
import json
import random
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from unleak.detect.catalog import parse_rules
from unleak.detect.values import is_placeholder
from unleak.example import LONGEST, Case, Example, Shape, Why, example_of, parsed
from unleak.finding import Candidate, Span, Syntax, Verdict
from unleak.judge.protocol import Asked, questions

KEY = b"k" * 32
LETTERS = string.ascii_letters + string.digits
PRINTABLE = LETTERS + string.punctuation + " äßİжЯ中文字あ🫖…"
VALUES = st.text(LETTERS, min_size=8, max_size=80) | st.text(PRINTABLE, min_size=8, max_size=80)
LINES = [
    'url = "https://shop:{other}@host.internal/{value}"',
    'password = "{value}"  # was {other}',
    'token, old = "{other}", "{value}"',
    "# {value}",
    "{value}",
    "def connect(timeout=30):",
    "",
]


def token(size: int = 32) -> str:
    return "".join(random.choices(LETTERS, k=size))


def case_in(text: str, value: str, **more: Any) -> Case:
    """The case of the first `value` in `text`, with the question that the judge would get."""
    before = text[: text.index(value)]
    line, end_line = before.count("\n"), before.count("\n") + value.count("\n")
    column = len(before) - (before.rfind("\n") + 1)
    end = len(before + value) - ((before + value).rfind("\n") + 1)
    span = Span(line, column, end_line, end)
    candidate = Candidate(span, value, Syntax.LITERAL, "password")
    path = more.pop("path", "src/app.py")
    asked = [Asked(span, "password", ("value:alnum",))]
    (question, _), *_ = questions(text.split("\n"), path, ("live", "code"), asked)
    why = more.pop("why", Why.DISMISSED)
    return Case(why=why, candidate=candidate, path=path, prefix=question.prefix, suffix=question.suffixes[0], **more)


def example(value: str = "", **more: Any) -> Example:
    value = value or token()
    return example_of(case_in(f'import os\npassword = "{value}"\n', value, **more), KEY)


def texts_in(said: object) -> list[str]:
    """Every text in a document of JSON, but its names."""
    if isinstance(said, dict):
        return [text for value in said.values() for text in texts_in(value)]
    if isinstance(said, list):
        return [text for value in said for text in texts_in(value)]
    return [said] if isinstance(said, str) else []


ANOTHER = example().line()
"""What stands on every line, whatever the value."""


class TestNoValue:
    @given(VALUES, VALUES, st.lists(st.sampled_from(LINES), max_size=12), st.booleans())
    def test_is_in_the_line_that_is_kept(self, value: str, other: str, lines: list[str], indented: bool) -> None:
        for one in (value, other):
            assume(not is_placeholder(one) and len(one.strip()) >= 8 and sum(map(str.isalnum, one)) >= 4)
            assume(not any(one.lower() in line.lower() for line in (*LINES, ANOTHER)))
        filled = [line.replace("{value}", value).replace("{other}", other) for line in lines]
        text = "\n".join(["    " * indented + line for line in (f'secret = "{value}"', *filled)])
        line = example_of(case_in(text, value, others=(other, other[2:])), KEY).line()
        kept = "\n".join([line, *texts_in(json.loads(line))]).lower()
        assert [name for name, one in (("value", value), ("other", other)) if one.lower() in kept] == []

    def test_of_several_lines_is_either(self) -> None:
        block = "\n".join(
            ["-----BEGIN PRIVATE" + " KEY-----", *(token(64) for _ in range(9)), "-----END PRIVATE KEY-----"]
        )
        line = example_of(case_in(f'KEY = """{block}\n"""\n', block), KEY).line()
        assert "-----BEGIN PRIVATE" + " KEY-----" in line
        assert not any(block[at : at + 8] in line for at in range(28, 28 + 9 * 65 - 8))

    def test_of_another_finding_is_either(self) -> None:
        value, other = token(), "Sommer-Regen!" + token(2)
        text = f'old = "{other}"\npassword = "{value}"\n'
        kept = example_of(case_in(text, value, others=(other,)), KEY)
        assert other not in kept.prefix
        assert 'old = "' in kept.prefix

    def test_and_no_hash_that_others_could_make(self) -> None:
        value = token()
        one, other = (example_of(case_in(f'password = "{value}"', value), key) for key in (KEY, b"x" * 32))
        assert one.value != other.value
        assert one.id != other.id

    def test_that_cannot_be_taken_out_leaves_the_texts_behind(self) -> None:
        value = "\x01\x02\x03\x04\x05\x06\x07\x08"
        kept = example(value)
        assert (kept.prefix, kept.suffix) == ("", "")

    def test_shows_in_the_case_itself(self) -> None:
        value = token()
        assert value not in repr(case_in(f"x = {value}", value, others=(value,)))


class TestPath:
    def test_keeps_its_type_and_common_words(self) -> None:
        kept = example(path="Zquorvex/deploy/settings.py")
        assert kept.prefix.split("\n")[0].endswith("/deploy/settings.py")
        assert "Zquorvex" not in kept.line()

    def test_goes_also_where_the_text_names_it(self) -> None:
        value = token()
        text = f'# src/zquorvex.py: the shop\npassword = "{value}"\n'
        kept = example_of(case_in(text, value, path="src/zquorvex.py"), KEY)
        assert "zquorvex" not in kept.line()
        assert ".py: the shop" in kept.prefix

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("src/a.py", ("live", ".py")),
            ("tests\\A.YML", ("test", ".yml")),
            ("docs/a.zquorvex", ("docs", "")),
            ("Makefile", ("live", "")),
            (".env", ("live", "")),
        ],
    )
    def test_tells_role_and_type(self, path: str, expected: tuple[str, str]) -> None:
        kept = example(path=path)
        assert (kept.role, kept.file) == expected


class TestLabel:
    @pytest.mark.parametrize(("why", "label"), [(Why.DISMISSED, "safe"), (Why.TEST, "test"), (Why.FIXED, "secret")])
    def test_is_what_a_person_says(self, why: Why, label: str) -> None:
        kept = example(why=why, probability=0.9, verdict=Verdict(0.9, 0.1, 0.0))
        assert (kept.label, kept.given) == (label, True)

    @pytest.mark.parametrize(
        ("why", "probability", "verdict", "path", "label"),
        [
            (Why.RULES_ONLY, 0.95, Verdict(0.1, 0.1, 0.8), "src/a.py", "secret"),
            (Why.RULES_ONLY, 0.95, Verdict(0.1, 0.1, 0.8), "tests/a.py", "test"),
            (Why.RULES_ONLY, 0.5, Verdict(0.1, 0.1, 0.8), "src/a.py", "safe"),
            (Why.JUDGE_ONLY, 0.3, Verdict(0.9, 0.1, 0.0), "src/a.py", "secret"),
            (Why.JUDGE_ONLY, 0.3, Verdict(0.1, 0.8, 0.1), "src/a.py", "test"),
            (Why.JUDGE_ONLY, 0.01, Verdict(0.6, 0.1, 0.3), "src/a.py", "safe"),
            (Why.RULES_ONLY, None, None, "src/a.py", "secret"),
        ],
    )
    def test_else_what_the_surer_side_says(
        self, why: Why, probability: float, verdict: Verdict, path: str, label: str
    ) -> None:
        kept = example(why=why, probability=probability, verdict=verdict, path=path)
        assert (kept.label, kept.given) == (label, False)


class TestFacts:
    def test_are_coarse(self) -> None:
        kept = example("aB3!aB3!", probability=0.123456, verdict=Verdict(0.333333, 0.333333, 0.333334))
        assert kept.day == datetime.date.today().isoformat()
        assert kept.shape == Shape(8, ("lower", "upper", "digit", "symbol"), 2.0)
        assert (kept.probability, kept.verdict) == (0.12, Verdict(0.33, 0.33, 0.33))

    def test_name_the_rule(self) -> None:
        rules, _ = parse_rules(
            Path("acme.toml"), b"[[rules]]\nid = 'acme-token'\nregex = 'acme_.{20}'\nkeywords = ['acme_']\n"
        )
        value = "acme_" + token(20)
        case = case_in(f"key = {value}", value)
        of_rule = dataclasses.replace(case, candidate=case.candidate._replace(rule=rules[0]))
        kept = example_of(of_rule, KEY)
        assert kept.rule == "acme-token"
        assert "<|value|>acme_" in kept.suffix
        assert example_of(dataclasses.replace(of_rule, rule="generic-password"), KEY).rule == "generic-password"

    def test_the_same_again_has_the_same_id(self) -> None:
        value = token()
        one = case_in(f'password = "{value}"', value)
        moved = case_in(f'import os\n\npassword = "{value}"  # moved', value)
        assert example_of(one, KEY).id == example_of(moved, KEY).id
        for other in (
            dataclasses.replace(one, why=Why.FIXED),
            dataclasses.replace(one, path="src/b.py"),
            dataclasses.replace(one, rule="generic-password"),
            case_in(f'password = "{value}x"', value + "x"),
        ):
            assert example_of(one, KEY).id != example_of(other, KEY).id

    def test_texts_have_a_bound(self) -> None:
        value = token()
        case = dataclasses.replace(case_in(f'password = "{value}"', value), prefix="a b\n" * LONGEST)
        kept = example_of(case, KEY)
        assert len(kept.prefix) == LONGEST

    def test_a_value_that_is_shortened_is_shown_so(self) -> None:
        kept = example(token(100))
        shown = kept.suffix.split("<|value|>")[1].split("<|end|>")[0]
        assert (shown[24], shown[33:]) == ("…", " 100")


class TestLine:
    @given(st.text(max_size=200), st.floats(0, 1), st.sampled_from(Why))
    def test_is_read_back(self, text: str, share: float, why: Why) -> None:
        kept = dataclasses.replace(
            example(why=why, probability=share, verdict=Verdict(share, 1 - share, 0)), prefix=text, suffix=text[::-1]
        )
        assert kept.line().isascii()
        assert kept.line().count("\n") == 1
        assert parsed(kept.line()) == kept

    def test_of_a_case_that_the_judge_has_not_seen_is_read_back(self) -> None:
        kept = example()
        assert (kept.probability, kept.verdict) == (None, None)
        assert parsed(kept.line()) == kept

    @pytest.mark.parametrize(
        "change",
        [
            {"version": 2},
            {"why": "because"},
            {"why": []},
            {"label": "unknown"},
            {"label": None},
            {"given": 1},
            {"prefix": None},
            {"id": 7},
            {"shape": None},
            {"shape": {"length": -1, "classes": [], "entropy": 1}},
            {"shape": {"length": 1, "classes": [1], "entropy": 1}},
            {"shape": {"length": 1, "classes": [], "entropy": float("nan")}},
            {"probability": "1"},
            {"probability": 10**400},
            {"verdict": [0.1, 0.2, 0.7]},
            {"verdict": {"secret": 1, "test": 0}},
        ],
    )
    def test_that_is_wrong_is_refused(self, change: dict[str, object]) -> None:
        said = {**json.loads(example().line()), **change}
        with pytest.raises(ValueError, match=r"."):
            parsed(json.dumps(said))

    @pytest.mark.parametrize("name", ["version", "why", "prefix", "shape", "verdict", "id"])
    def test_that_lacks_something_is_refused(self, name: str) -> None:
        said = json.loads(example().line())
        del said[name]
        with pytest.raises(ValueError, match=r"."):
            parsed(json.dumps(said))

    @pytest.mark.parametrize("line", [b"", b"\n", b"{", b"[]", b"7", b"\xff\xfe", b"\0" * 9, b"[" * 100_000])
    def test_that_is_none_is_refused(self, line: bytes) -> None:
        with pytest.raises(ValueError, match=r"."):
            parsed(line)

    def test_with_more_in_it_is_read(self) -> None:
        kept = example()
        assert parsed(json.dumps({**json.loads(kept.line()), "later": [1]})) == kept
