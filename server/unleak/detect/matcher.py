"""One pass over a text finds the lines on which a rule or the extractor may have something to say.

Hyperscan compiles all patterns into one database; where it is missing a literal prefilter serves, slower
and with the same outcome. Neither has the last word: a rule's own pattern confirms each hit on its line,
so an engine may report a line too many, but never one too few.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence, Set
from importlib import import_module
from typing import Any, Protocol

from unleak import cache
from unleak.detect.catalog import Rule
from unleak.detect.extractor import TRIGGERS

PIECE = 4096
OVERLAP = 2048
"""Longer lines are read in pieces of so many code points, each with the end of the one before."""
_CONTINUATION = bytes(range(0x80, 0xC0))


def view_of(text: str) -> bytes:
    """`text` with one byte a code point: ASCII as it is, everything else a byte above 0xC1.

    So that offsets in bytes are offsets in code points, whatever the language.
    """
    if text.isascii():
        return text.encode("ascii")
    return text.encode("utf-8", "surrogatepass").translate(None, _CONTINUATION)


class Engine(Protocol):
    """Finds where patterns may match; patterns are numbered, rules first, then the triggers."""

    name: str

    def hits(self, view: bytes, ignored: Set[int]) -> list[tuple[int, int]]:
        """(offset of a byte on the line, number of the pattern), sorted; without the patterns `ignored`."""


class HyperscanEngine:
    """All patterns in one automaton. For any thread: it reads one text at a time."""

    name = "hyperscan"

    def __init__(self, rules: Sequence[Rule], triggers: Mapping[str, str] = TRIGGERS) -> None:
        hyperscan: Any = import_module("hyperscan")

        parts = [repr((rule.regex, rule.keywords)) for rule in rules]
        parts += [*triggers.values(), _UNCOMMON.pattern, str(_ENOUGH), str(_TELLING), *sorted(_COMMON)]
        digest = cache.digest_of("patterns", str(hyperscan.__version__).encode(), *(p.encode() for p in parts))
        self._database = _stored(hyperscan, digest)
        if self._database is None:
            self._database = _compiled(hyperscan, rules, triggers)
            cache.write(f"patterns-{digest}.hs", hyperscan.dumpb(self._database))
        self._one_by_one = threading.Lock()  # the database works in memory of its own

    def hits(self, view: bytes, ignored: Set[int]) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []

        def collect(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if number not in ignored:
                # a pattern may end with the line break that follows its line
                found.append((end - 1 if end else 0, number))

        with self._one_by_one:
            self._database.scan(view, match_event_handler=collect)
        return found


def _stored(hyperscan: Any, digest: str) -> Any:
    data = cache.read(f"patterns-{digest}.hs")
    if data is None:
        return None
    try:
        database = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        return database
    except hyperscan.error:
        return None  # of another processor, or cut short


# Fuzzy counts, word edges, characters beyond ASCII: Hyperscan takes them for something else, and says nothing.
_UNCOMMON = re.compile(r"\{[eids]\b[^}]*\}|\\(?:[AZzmMXLGKRuUNpP]|x[89a-fA-F]|x\{)")


def _is_common(pattern: str) -> bool:
    """Whether Hyperscan reads `pattern` as `regex` does, or refuses it."""
    return pattern.isascii() and _UNCOMMON.search(pattern) is None


def _loosened(pattern: str) -> str:
    """`pattern` with long counted repeats as open ones: it matches no less, and makes a smaller automaton."""
    return _COUNTED.sub(lambda count: f"{{{_ENOUGH},}}" if int(count[1]) > _ENOUGH else count[0], pattern)


_ENOUGH = 12
_COUNTED = re.compile(r"(?<!\\)\{(\d+)(?:,\d*)?\}")


def _compiled(hyperscan: Any, rules: Sequence[Rule], triggers: Mapping[str, str]) -> Any:
    """All patterns as one database: of a rule its keywords where they tell enough or its pattern does not compile."""
    multiline = hyperscan.HS_FLAG_MULTILINE
    rest = [(trigger.encode(), len(rules) + at, multiline) for at, trigger in enumerate(triggers.values())]
    by_words = {number for number, rule in enumerate(rules) if _are_telling(rule.keywords)}
    by_words |= {number for number, rule in enumerate(rules) if not _is_common(rule.regex)}

    def entries(number: int) -> list[tuple[bytes, int, int]]:
        if number not in by_words:
            return [(_loosened(rules[number].regex).encode(), number, multiline | hyperscan.HS_FLAG_PREFILTER)]
        words = [re.escape(view_of(word)) for word in rules[number].keywords]
        # without keywords every line is worth a look
        return [(word, number, multiline | hyperscan.HS_FLAG_CASELESS) for word in words or [b"^."]]

    def whole() -> Any:
        return _database(hyperscan, [entry for number in range(len(rules)) for entry in entries(number)] + rest)

    try:
        return whole()
    except hyperscan.error:
        for number in range(len(rules)):
            try:
                _database(hyperscan, entries(number))
            except hyperscan.error:
                by_words.add(number)
        return whole()


_COMMON = frozenset(
    """
    :// ---- "auth _auth _password act_ api- api_ api_key asia atta auth authorization basic bearer begin bootstrap
    cal_ eaaa goog ion_ key- key_ live_ login nfo_ password password= phrase private_ public_ secret secret_ seed
    server_ sts. test- test_ token user: web_
    """.split()
)
"""Keywords that ordinary code is full of: some ten in a megabyte, or more."""


def _are_telling(words: Sequence[str]) -> bool:
    """Whether ordinary lines have none of `words`, which compile in a fraction of the time that a pattern takes."""
    return bool(words) and all([len(word) >= _TELLING and word not in _COMMON for word in words])


_TELLING = 4  # code points


def _database(hyperscan: Any, entries: Sequence[tuple[bytes, int, int]]) -> Any:
    database = hyperscan.Database()
    database.compile(
        expressions=[expression for expression, _, _ in entries],
        ids=[number for _, number, _ in entries],
        elements=len(entries),
        flags=[flags for _, _, flags in entries],
    )
    return database


class LiteralEngine:
    """The rules' keywords by plain search, the triggers by `re`: for platforms without Hyperscan."""

    name = "literals"

    def __init__(self, rules: Sequence[Rule], triggers: Mapping[str, str] = TRIGGERS) -> None:
        self._words: dict[bytes, list[int]] = {}
        self._always = [number for number, rule in enumerate(rules) if not rule.keywords]
        for number, rule in enumerate(rules):
            for word in rule.keywords:
                self._words.setdefault(view_of(word), []).append(number)
        self._triggers = [
            (len(rules) + at, re.compile(trigger.encode(), re.MULTILINE))
            for at, trigger in enumerate(triggers.values())
        ]

    def hits(self, view: bytes, ignored: Set[int]) -> list[tuple[int, int]]:
        found: set[tuple[int, int]] = set()
        lowered = view.lower()
        for word, numbers in self._words.items():
            at = lowered.find(word)
            while at >= 0:
                found.update((at, number) for number in numbers)
                at = lowered.find(word, _line_end(view, at))
        for number, trigger in self._triggers:
            match = trigger.search(view)
            while match is not None:
                at = max(match.start(), match.end() - 1)
                found.add((at, number))
                end = _line_end(view, match.start())
                # One that ends on a further line says nothing of the lines below the one on which it begins.
                match = trigger.search(view, end + 1 if end < at else _line_end(view, at))
        if self._always:
            at = 0
            while at < len(view):
                found.update((at, number) for number in self._always)
                at = _line_end(view, at) + 1
        return sorted(hit for hit in found if hit[1] not in ignored)


def _line_end(view: bytes, at: int) -> int:
    end = view.find(b"\n", at)
    return len(view) if end < 0 else end


def engine_for(rules: Sequence[Rule], triggers: Mapping[str, str] = TRIGGERS) -> Engine:
    """Hyperscan where it is installed, else the literal prefilter."""
    try:
        return HyperscanEngine(rules, triggers)
    except ImportError:
        return LiteralEngine(rules, triggers)


def engines(rules: Sequence[Rule]) -> list[Engine]:
    """Every engine that this platform has."""
    best = engine_for(rules)
    return [best] if isinstance(best, LiteralEngine) else [best, LiteralEngine(rules)]


def hit_lines(
    engine: Engine, view: bytes, ignored: Set[int] = frozenset()
) -> Iterator[tuple[int, int, frozenset[int]]]:
    """Where in `view` some pattern may match: start and end of lines, in order, with the patterns' numbers.

    Lines longer than `PIECE` come as overlapping pieces, so that no pattern reads megabytes at a time.
    """
    start, end = 0, -1
    patterns: list[int] = []
    for offset, number in engine.hits(view, ignored):
        if offset > end:
            if patterns:
                if end - start <= PIECE:
                    yield start, end, frozenset(patterns)
                else:
                    yield from _pieces(engine, view, start, end, ignored)
                patterns = []
            start = view.rfind(b"\n", 0, offset) + 1
            end = _line_end(view, offset)
        patterns.append(number)
    if end - start > PIECE:
        yield from _pieces(engine, view, start, end, ignored)
    elif patterns:
        yield start, end, frozenset(patterns)


def _pieces(
    engine: Engine, view: bytes, start: int, end: int, ignored: Set[int]
) -> Iterator[tuple[int, int, frozenset[int]]]:
    for at in range(start, end, PIECE):
        first, last = max(start, at - OVERLAP), min(end, at + PIECE)
        patterns = frozenset([number for _, number in engine.hits(view[first:last], ignored)])
        if patterns:
            yield first, last, patterns


def matching(engine: Engine, rules: Sequence[Rule], text: str) -> set[str]:
    """The ids of the `rules`, those that `engine` knows, which find a secret in `text`."""
    return {
        rules[number].id
        for start, end, patterns in hit_lines(engine, view_of(text))
        for number in patterns
        if number < len(rules) and rules[number].secrets(text[start:end])
    }
