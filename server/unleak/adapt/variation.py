"""Lessons as they look in one round: with other values of the same form, other names, and now and then less to go by.

What is learned so is what stands around a value and what it is made of. The adapter never sees the values themselves,
but for those that are words, and plain hexadecimal. Words that stand before credentials and before others say nothing,
so they change places; those that stand before either alone stay, for they may be what there is to learn.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from unleak.adapt.known import Known
from unleak.detect.signals import is_random
from unleak.judge.protocol import Question

_VALUE = re.compile(r"<\|value\|>(.*?)<\|end\|>", re.DOTALL)
_PARTS = re.compile(r"(.{24})…(.{8}) [0-9]{1,9}", re.DOTALL)  # of a value that is not shown as a whole
_TOKEN = re.compile(r"[\w+\-]{8,}", re.ASCII)  # beside the value, that may be one of which nobody said anything
_SIGNAL = re.compile(r"<\|[a-z][^|]*\|>(?=(?:<\|[a-z][^|]*\|>)*<\|answer\|>)")
_NAMED = re.compile(r"^(<\|file\|>\S+ \S+) [^\n]*")
_WORD = re.compile(r"<\|value\|>.*?<\|end\|>|<\|[^|]*\|>|[A-Z]?[a-z]{3,}|[A-Z]{4,}", re.DOTALL)  # or what is none
_FEWER, _NAMELESS = 0.1, 0.2  # how often a signal is not told, and the path
_RENAMED = 0.5  # how often a word is another one


class Variation:
    """Draws values out of the characters that all values of some lessons are made of, and names out of their words."""

    def __init__(self, lessons: Iterable[Known]) -> None:
        lessons = list(lessons)
        self._names = _names(lessons)
        characters: defaultdict[str, list[str]] = defaultdict(list)
        for known in lessons:
            for text in _drawn_texts(known.question):
                for character in text:
                    characters[_kind(character)].append(character)
        self._characters = dict(characters)

    def of(self, known: Known, chance: random.Random) -> Known:
        """The same lesson, looking otherwise."""
        prefix, suffixes = known.question
        for text in sorted(set(_drawn_texts(known.question)), key=lambda each: (-len(each), each)):
            new = self._drawn(text, chance)
            prefix, suffixes = prefix.replace(text, new), tuple([suffix.replace(text, new) for suffix in suffixes])
        names = self._renamed(prefix, suffixes, chance)
        prefix, suffixes = _with(names, prefix), tuple([_with(names, suffix) for suffix in suffixes])
        if chance.random() < _NAMELESS:
            prefix = _NAMED.sub(r"\1 ", prefix)
        suffixes = tuple([_with_fewer_signals(suffix, chance) for suffix in suffixes])
        return Known(Question(prefix, suffixes), known.labels, known.weights, known.likely)

    def _renamed(self, prefix: str, suffixes: Iterable[str], chance: random.Random) -> dict[str, str]:
        there = sorted({word for text in (prefix, *suffixes) for word in _words(text)}.intersection(self._names))
        old = [word for word in there if chance.random() < _RENAMED]
        return dict(zip(old, chance.sample(self._names, len(old)), strict=True))

    def _drawn(self, text: str, chance: random.Random) -> str:
        return "".join([chance.choice(self._characters[kind]) if (kind := _kind(c)) else c for c in text])


def _drawn_texts(question: Question) -> list[str]:
    """What of the values of a question another draw can stand for: no words, for these say something."""
    texts: list[str] = []
    for suffix in question.suffixes:
        for value in _VALUE.findall(suffix):
            parts = _PARTS.fullmatch(value)
            shown = list(parts.groups()) if parts else [value]
            texts += shown if is_random("".join(shown)) else []
    around = _VALUE.sub(" ", "\n".join([question.prefix, *question.suffixes]))
    return [*texts, *filter(is_random, _TOKEN.findall(around))]


def _names(lessons: Iterable[Known]) -> list[str]:
    """The words before values that tell nothing of them, in small letters."""
    before: defaultdict[str, set[bool]] = defaultdict(set)
    for known in lessons:
        for suffix, label, weight in zip(known.question.suffixes, known.labels, known.weights, strict=True):
            if weight > 0:
                for word in set(_words(suffix.partition("<|value|>")[0])):
                    before[word].add(label[0] + label[1] >= 0.5)
    return sorted(word for word, kinds in before.items() if len(kinds) > 1)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text) if not word.startswith("<|")]


def _with(names: Mapping[str, str], text: str) -> str:
    """The text with other names, written like those before."""

    def other(found: re.Match[str]) -> str:
        word = found[0]
        new = names.get(word.lower(), word)
        return new.upper() if word.isupper() else new.title() if word.istitle() else new

    return _WORD.sub(other, text)


def _kind(character: str) -> str:
    if not character.isascii() or not character.isalnum():
        return ""  # stays
    return "digit" if character.isdigit() else "upper" if character.isupper() else "lower"


def _with_fewer_signals(suffix: str, chance: random.Random) -> str:
    head, mark, told = suffix.rpartition("<|signals|>")
    return head + mark + _SIGNAL.sub(lambda signal: "" if chance.random() < _FEWER else signal[0], told)
