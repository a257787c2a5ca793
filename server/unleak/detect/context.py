"""Names candidates by what stands around them: a provider's word nearby and the form of its values.

Most providers' secrets are plain runs of letters and digits. A context rule says which words speak of the
provider and how a whole value looks; it finds nothing by itself, it tells what the extractor found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING

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
def words_in(text: str) -> frozenset[str]:
    """The words of `text` in lower case, alone and joined with the one or two that follow them.

    `newRelic`, `new_relic` and `NEW RELIC` all give `newrelic`; `finnhubtoken` gives `finnhub` too.
    """
    words = [word.lower() for word in _word.findall(_run.sub(_plain, text))]
    joined = chain(
        words,
        map("".join, pairwise(words)),
        map("".join, zip(words, words[1:], words[2:], strict=False)),
    )
    found = set(joined)
    found.update([short for word in words if (short := _tail.sub("", word)) and short != word])
    return frozenset(found)


def _plain(run: re.Match[str]) -> str:
    """A long run of characters, unless digits all over it say that it is no name: in those, words are accidents."""
    text = run[0]
    return text if sum(map(str.isdigit, text)) * 8 < len(text) else " "


class Context:
    """The context rules of a catalogue, by their words."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_word: dict[str, list[Rule]] = {}
        for rule in rules:
            for word in rule.context:
                self._by_word.setdefault(word, []).append(rule)
        self._words = frozenset(self._by_word)

    def rule_for(self, value: str, key: str, line: str, at: int, above: Callable[[], Sequence[str]]) -> Rule | None:
        """The rule that names `value`, which begins at `at` in `line`; None where no provider is near.

        Near is the key, then the line, then the lines above, the nearest first.
        """
        if not LEAST <= len(value) <= 512 or " " in value:
            return None
        for text in self._around(key, line, at, above):
            words = self._words & words_in(text)
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
