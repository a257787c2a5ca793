"""Names candidates by what stands around them: a provider's word nearby and the form of its values.

Most providers' secrets are plain runs of letters and digits. A context rule says which words speak of the
provider and how a whole value looks; it finds nothing by itself, it tells what the extractor found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import lru_cache
from typing import TYPE_CHECKING

from unleak.detect.keys import names_secret
from unleak.detect.values import value_signals
from unleak.text import split_lines

if TYPE_CHECKING:
    from unleak.detect.catalog import Rule

LEAST = 8
"""Shorter values have no form that says anything."""
MOST_LINE = 4096
"""Of longer lines only what stands right before a value is read, in code points."""

_word = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_run = re.compile(r"[A-Za-z0-9+/=_]{24,}")
_tail = re.compile(r"(?:api|app|access|auth|client|account|secret|token|key|password|pass|id|url|env)+$")


@lru_cache(maxsize=4096)
def words_in(text: str) -> tuple[str, ...]:
    """The words of `text` in lower case, in order: `newRelic` and `NEW_RELIC` both give `new` and `relic`."""
    return tuple([word.lower() for word in _word.findall(_run.sub(_plain, text))])


def names(text: str, wanted: Set[str]) -> set[str]:
    """Which of the `wanted` names stand in `text`: as a word, as two or three joined, or with an ending.

    `newrelic` stands in `newRelic`, `new_relic` and `NEW RELIC`, and `finnhub` in `finnhubtoken`.
    """
    words = words_in(text)
    found = {word for word in words if word in wanted}
    last = len(words)
    for at, word in enumerate(words):
        if len(word) > 5 and (short := _tail.sub("", word)) in wanted:
            found.add(short)
        if at + 1 < last:
            joined = word + words[at + 1]
            if joined in wanted:
                found.add(joined)
            if at + 2 < last and joined + words[at + 2] in wanted:
                found.add(joined + words[at + 2])
    return found


def _plain(run: re.Match[str]) -> str:
    """A long run of characters, unless digits all over it say that it is no name: in those, words are accidents."""
    text = run[0]
    return text if sum(map(str.isdigit, text)) * 8 < len(text) else " "


def _may_be_random(value: str) -> bool:
    """Whether `value` may be what a machine made up: no words, no path, no sentence."""
    signals = value_signals(value)
    if signals[0] in _WORDS:
        return len(value) >= 20
    return not _RARITIES.isdisjoint(signals) or signals[0] in _FORMS


_WORDS = frozenset(("value:word", "value:camel"))
_FORMS = frozenset(("value:hex", "value:uuid", "value:jwt", "value:number", "value:url", "value:path"))
_RARITIES = frozenset(("rarity:1.2", "rarity:1.5", "rarity:2"))


class Context:
    """The context rules of a catalogue, by their words."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_word: dict[str, list[Rule]] = {}
        for rule in rules:
            for word in rule.context:
                self._by_word.setdefault(word, []).append(rule)
        wanted = frozenset(self._by_word)
        self._named = lru_cache(maxsize=4096)(lambda text: names(text, wanted))

    def rule_for(self, value: str, key: str, line: str, at: int, above: Callable[[], Sequence[str]]) -> Rule | None:
        """The rule that names `value`, which begins at `at` in `line`; None where no provider is near.

        Near is the key, then the line, then, where the key names a secret, the lines above, the nearest first.
        """
        if not LEAST <= len(value) <= 512 or not _may_be_random(value):
            return None
        for text in self._around(key, line, at, above):
            words = self._named(text)
            if words:
                for word in sorted(words, key=len, reverse=True):
                    for rule in self._by_word[word]:
                        if rule.pattern.fullmatch(value):
                            return rule
        return None

    def _around(self, key: str, line: str, at: int, above: Callable[[], Sequence[str]]) -> Iterator[str]:
        if key:
            yield key
        yield line if len(line) <= MOST_LINE else line[max(0, at - 200) : at]
        if names_secret(key):
            for text in reversed(above()):
                yield text[:MOST_LINE]


def naming(context: Context, text: str) -> set[str]:
    """The ids of the rules that name something in `text`, whatever proposed it: for `rules check`."""
    from unleak.detect import extractor

    lines = [line.rstrip("\r\n") for line in split_lines(text)]
    named = set()
    for number, line in enumerate(lines):
        above = lines[max(0, number - extractor.LOOK_BACK) : number]
        for code in (False, True):
            for at, stop, key, _ in extractor.propose(line, lambda above=above: above, code):  # type: ignore[misc]
                rule = context.rule_for(line[at:stop], key, line, at, lambda above=above: above)  # type: ignore[misc]
                if rule is not None:
                    named.add(rule.id)
    return named
