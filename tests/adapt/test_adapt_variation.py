"""Lessons look otherwise in each round: the values of a team are not what is learned."""

from __future__ import annotations

import random
import re

import pytest
import teams

from unleak.adapt.known import Known
from unleak.adapt.variation import Variation
from unleak.judge.protocol import FIELDS, Question

MARK = re.compile(r"<\|[^|]*\|>")


def known(*values: str, prefix: str = "<|file|>live code src/app.py\n<|text|>x = <|0|>\n") -> Known:
    suffixes = tuple(
        f"<|ask|>x = <|value|>{value}<|end|><|signals|><|quoted|><|key:other|><|answer|>" for value in values
    )
    return Known(Question(prefix, suffixes), [[1.0, 0.0, 0.0]] * len(values), [1.0] * len(values), [0.01] * len(values))


def value_of(lesson: Known, number: int = 0) -> str:
    return lesson.question.suffixes[number].partition("<|value|>")[2].partition("<|end|>")[0]


TOKENS = [value.text for code in teams.code(1, 10) for value in code.values]


def test_another_value_of_the_same_form() -> None:
    variation = Variation(known(token) for token in TOKENS)
    allowed = set("".join(TOKENS))
    for token in TOKENS:
        value = value_of(variation.of(known(token), random.Random(1)))
        assert (value != token, len(value), set(value) <= allowed) == (True, len(token), True)
        assert [character == "-" for character in value] == [character == "-" for character in token]


def test_it_is_the_same_wherever_it_stands() -> None:
    token = TOKENS[0]
    lesson = known(token, prefix=f"<|file|>live code\n<|text|>f({token})\n")
    new = Variation([lesson]).of(lesson, random.Random(1))
    assert f"f({value_of(new)})" in new.question.prefix
    assert token not in "".join([new.question.prefix, *new.question.suffixes])


def test_values_that_nobody_asked_about_are_others_too() -> None:
    token = TOKENS[1]
    text = f"<|file|>live code src/app.py\n<|top|># {token}\n<|text|>open('{token[:14]}…\n"
    known_use = f"<|ask|>x = <|value|>{TOKENS[0]}<|end|><|use|>open(x, '{TOKENS[2]}')<|signals|><|answer|>"
    lesson = Known(Question(text, (known_use,)), [[1.0, 0.0, 0.0]], [1.0], [0.01])
    new = Variation([lesson]).of(lesson, random.Random(1)).question
    shown = "".join([new.prefix, *new.suffixes])
    assert [text for text in (*TOKENS[:3], token[:14]) if text in shown] == []
    assert "src/app.py\n<|top|># " in shown


@pytest.mark.parametrize("value", ["changeme", "latest", "your-password-here", "", "…", "hunter2"])
def test_words_stay(value: str) -> None:
    lesson = known(value)
    assert value_of(Variation([lesson]).of(lesson, random.Random(1))) == value


def test_a_shortened_value_keeps_its_size() -> None:
    token = "".join(TOKENS)[:24] + "…" + TOKENS[3][:8] + " 120"
    value = value_of(Variation([known(token)]).of(known(token), random.Random(1)))
    assert (value != token, value[24], value[33:]) == (True, "…", " 120")


def lesson_of(word: str, other: str) -> Known:
    """A credential and a number of the same form, both named by `word`; the path says `other`."""
    names = f"{word.upper()}_TESSERA", f"{word}Parcel"
    asked = (f"<|ask|>{name} = <|value|>{value}<|end|><|answer|>" for name, value in zip(names, TOKENS, strict=False))
    question = Question(f"<|file|>live code src/app.py\n<|text|># {other.title()}, {word}\n", tuple(asked))
    return Known(question, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], [1.0, 1.0], [0.01, 0.01])


def test_words_before_credentials_and_others_change_places() -> None:
    lessons = [lesson_of("harbor", "meadow"), lesson_of("meadow", "quarry")]
    variation = Variation(lessons)
    seen = set()
    for seed in range(50):
        new = variation.of(lessons[0], random.Random(seed)).question
        written = re.search(r"# (\w+), (\w+)", new.prefix)
        assert written is not None
        word = written[2]
        assert f"<|ask|>{word.upper()}_TESSERA" in new.suffixes[0]
        assert f"<|ask|>{word}Parcel" in new.suffixes[1]
        assert written[1].istitle()
        seen.add(word)
    assert seen == {"harbor", "meadow"}


def test_a_word_before_one_kind_only_stays() -> None:
    lessons = [lesson_of("harbor", "quarry"), lesson_of("meadow", "quarry")]
    for seed in range(50):
        new = Variation(lessons).of(lessons[0], random.Random(seed)).question
        assert ("_TESSERA" in new.suffixes[0], "Parcel" in new.suffixes[1]) == (True, True)
        assert "# Quarry, " in new.prefix


def test_the_marks_of_the_protocol_stay() -> None:
    lesson = known(*TOKENS[:5])
    for seed in range(50):
        new = Variation([lesson]).of(lesson, random.Random(seed))
        assert len(new.question.suffixes) == 5
        texts = ([each.question.prefix, *each.question.suffixes] for each in (lesson, new))
        before, after = ([mark for mark in MARK.findall("".join(text)) if mark in FIELDS] for text in texts)
        assert before == after


def test_the_same_chance_gives_the_same() -> None:
    lesson = known(*TOKENS[:5])
    variation = Variation([lesson])
    assert variation.of(lesson, random.Random(3)).question == variation.of(lesson, random.Random(3)).question
