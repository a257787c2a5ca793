"""Stand-ins: what is put in the place of values, of the same shape and drawn at random, so that none can be read back.

Length, case, digits and symbols stay where they are, hexadecimal digits stay such, words become other words.
Nothing else of a value goes into what is drawn.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources

from unleak.detect.values import is_placeholder, rarity, value_signals

PIECE = 8
"""So many code points of a value are replaced also where the rest of it is missing."""
WHOLE = 4
"""Shorter values are replaced only where no letter or digit adjoins them."""
_EDGE = 3  # and so many of a value where a text is cut within it

_MARK = re.compile(r"<\|[^|<>\n]{1,60}\|>")  # of the judge's protocol
_LEFT_OUT = "…"  # and where it left something out
_HEADER = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]{1,40}-----")
_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+|.", re.DOTALL)
_HEX = re.compile(r"(?:0x)?(?=[a-f-]*[0-9])(?:[0-9a-f]{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9+_\-]{8,}={0,2}")
_RARE = 2.2  # see `values.rarity`; what has digits and is below that are hardly words
_NAMES = re.compile(r"[\w\-]|[\"'\])]{0,2}[ \t]{0,8}[:=]")  # behind a word: it is part of a name, or a key
_LETTERS, _HEX_LETTERS, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "abcdef", "0123456789"
_SYMBOLS = "!#$%&*+?@^~"
_DRAW = random.SystemRandom()


class StandIns:
    """Replaces values wherever a text shows them, or pieces of them, in whatever case; each always by the same.

    Nothing is left either of what else looks random: it may be a secret that nobody saw. `openings` are public:
    a value may keep the one that it begins with. Obvious placeholders keep their words. A plain word of the
    vocabulary and a well-known sample stay where they are part of a name: the `password` before the colon in
    `password: password`.
    """

    def __init__(self, values: Iterable[str], openings: Iterable[str] = ()) -> None:
        self._openings = tuple(openings)
        self._known: dict[str, str] = {}  # folded values and what stands for them
        self._secret: set[str] = set()  # those that are neither words nor placeholders
        self._words: set[str] = set()
        self._pieces: set[str] = set()
        self._learn(values)

    def masked(self, text: str) -> str:
        """`text` without the values; the marks of the judge's protocol stay."""
        self._learn(filter(_looks_random, _TOKEN.findall(text)))
        parts: list[str] = []
        at = 0
        for mark in _MARK.finditer(text):
            parts += [self._masked(text[at : mark.start()]), mark[0]]
            at = mark.end()
        return "".join([*parts, self._masked(text[at:])])

    def of(self, value: str) -> str:
        """What stands for a value, a piece of one, or several in a row."""
        folded = _folded(value)
        parts: list[str] = []
        at = 0
        while at < len(value):
            size, piece = self._longest(folded, at)
            if size < 2:
                size, piece = 1, drawn(value[at]) if value[at].isalnum() else value[at]
            parts += map(_in_case, piece, value[at : at + size])
            at += size
        return "".join(parts)

    def shows(self, text: str) -> bool:
        """Whether a value stands in `text`: what is drawn may be one by chance."""
        folded = "\0".join(map(_folded, _MARK.split(text)))
        return any(value in folded for value in self._secret if len(value) >= WHOLE)

    def _learn(self, values: Iterable[str]) -> None:
        """Draw stand-ins, those of short values first: longer ones that hold them have theirs inside."""
        new = {_folded(part): part for value in values for part in _parts(value)}
        for folded, value in sorted(new.items(), key=lambda entry: len(entry[0])):
            if folded in self._known:
                continue
            placeholder = is_placeholder(value)
            self._known[folded] = self._stand_in(value, folded, keep_words=placeholder)
            if folded in _vocabulary() or "value is a sample" in value_signals(value):
                self._words.add(folded)
            elif not placeholder:
                self._secret.add(folded)
                self._pieces.update(folded[at : at + PIECE] for at in range(len(folded) - PIECE + 1))

    def _stand_in(self, value: str, folded: str, *, keep_words: bool) -> str:
        inner = bytearray(len(value))
        for known in self._known:
            if len(known) >= WHOLE:
                for start in _occurrences(folded, known):
                    _cover(inner, start, start + len(known))
        parts = []
        for start, stop in _runs(inner):
            part = value[start:stop]
            if inner[start]:
                parts.append(self.of(part))
            else:
                kept = max((len(o) for o in self._openings if not start and _opens(folded, o)), default=0)
                parts.append(part[:kept] + drawn(part[kept:], keep_words=keep_words))
        return "".join(parts)

    def _longest(self, folded: str, at: int) -> tuple[int, str]:
        """How much of `folded` from `at` on is part of one known value, and what stands for that."""
        best, piece = 0, ""
        for value, stand_in in self._known.items():
            low, high = best, min(len(value), len(folded) - at)
            while low < high:
                size = (low + high + 1) // 2
                low, high = (size, high) if folded[at : at + size] in value else (low, size - 1)
            if low > best:
                start = value.index(folded[at : at + low])
                best, piece = low, stand_in[start : start + low]
        return best, piece

    def _masked(self, text: str) -> str:
        folded = _folded(text)
        covered = bytearray(len(text))
        self._cover_pieces(folded, covered)
        for value in self._known:
            for start in _occurrences(folded, value):
                if self._counts(value, folded, start):
                    _cover(covered, start, start + len(value))
        at = 0
        for piece in folded.split(_LEFT_OUT):
            if at > 1 and covered[at - 2] and piece:  # the end of a value the middle of which was left out
                _cover(covered, at, at + min(2, len(piece)))
            for value in self._secret:
                _cover_edges(value, piece, at, covered)
            at += len(piece) + 1
        runs = _runs(covered)
        return "".join([self.of(text[start:stop]) if covered[start] else text[start:stop] for start, stop in runs])

    def _counts(self, value: str, folded: str, start: int) -> bool:
        """Whether `value` is itself where it occurs, and not a part of other words or a name."""
        before, after = folded[max(0, start - 1) : start], folded[start + len(value) :][:12]
        if value in self._words:
            return not (before.isalnum() or before in {"_", "-"} or _NAMES.match(after))
        return len(value) >= WHOLE or not (before.isalnum() or after[:1].isalnum())

    def _cover_pieces(self, folded: str, covered: bytearray) -> None:
        found = bytearray(len(folded))
        for at in range(len(folded) - PIECE + 1):
            if folded[at : at + PIECE] in self._pieces:
                _cover(found, at, at + PIECE)
        for start, stop in _runs(found):
            # A single word, `password` say, may be that of a name.
            if found[start] and folded[start:stop].strip("_-. \"':=") not in _vocabulary():
                _cover(covered, start, stop)


def near(values: Iterable[str], text: str) -> list[str]:
    """Those of `values` of which something may stand in `text`; of a file with thousands, a few."""
    folded = _folded(text)
    pieces = {folded[at : at + PIECE] for at in range(len(folded) - PIECE + 1)}

    def may_show(part: str) -> bool:
        if part[:_EDGE] in folded or part[-_EDGE:] in folded:
            return True
        return any(part[at : at + PIECE] in pieces for at in range(len(part) - PIECE + 1))

    return [value for value in values if any(may_show(_folded(part)) for part in _parts(value))]


def drawn(value: str, *, keep_words: bool = False) -> str:
    """Another value of the same shape; with `keep_words` the words of the vocabulary stay."""
    parts = []
    at = 0
    for header in _HEADER.finditer(value):
        parts += [_drawn(value[at : header.start()], keep_words), header[0]]
        at = header.end()
    return "".join([*parts, _drawn(value[at:], keep_words)])


def unnamed(path: str) -> str:
    """A path in which words of the vocabulary stay, and no names."""
    runs = _RUN.findall(path)
    return "".join(
        [run if run.isascii() and (len(run) < 3 or run.lower() in _vocabulary()) else drawn(run) for run in runs]
    )


def _drawn(value: str, keep_words: bool) -> str:
    least = 3 if rarity(value) >= 2 else 5  # random text holds short words by chance
    letters = _HEX_LETTERS if _HEX.fullmatch(value) else _LETTERS
    parts = []
    for run in _RUN.findall(value):
        if not run.isascii():
            parts.append(_neighbour(run))
        elif not run.isalnum() or (keep_words and len(run) >= least and _says_nothing(run.lower())):
            parts.append(run)
        elif run.isdigit():
            parts.append(_characters(run, _DIGITS))
        else:
            parts.append(_characters(run, letters) if letters == _HEX_LETTERS else _word(run))
    result = "".join(parts)
    if result == value and not keep_words:
        return "".join([_DRAW.choice(_SYMBOLS.replace(c, "")) if c.isprintable() and c != " " else c for c in value])
    return result


def _says_nothing(lowered: str) -> bool:
    return lowered in _vocabulary() or len(set(lowered)) == 1


def _word(run: str) -> str:
    """Other words where `run` is a word, else other letters."""
    lowered = run.lower()
    if len(run) >= WHOLE and (lowered in _vocabulary() or rarity(run) >= 3):
        other = _wording(len(run))
        if other != lowered:
            return "".join(map(_in_case, other, run))
    return _characters(run, _LETTERS)


def _wording(size: int) -> str:
    """Words of the vocabulary, `size` letters in all, which are 3 or more."""
    words: list[str] = []
    left = size
    while left:
        of_size = _by_size()[_DRAW.choice([n for n in _by_size() if n == left or n <= left - 3])]
        words.append(_DRAW.choice(of_size))
        left -= len(words[-1])
    return "".join(words)


def _characters(run: str, alphabet: str) -> str:
    """Random characters in the case of `run`: another text, and one character repeated where `run` is that."""
    lowered = run.lower()
    if len(run) >= 3 and len(set(lowered)) == 1:
        other = _DRAW.choice(alphabet.replace(lowered[0], "")) * len(run)
    else:
        other = lowered
        while other == lowered:
            other = "".join(_DRAW.choices(alphabet, k=len(run)))
    return "".join(map(_in_case, other, run))


def _neighbour(character: str) -> str:
    """A character near by in Unicode: of the same script and kind, as far as that can be told."""
    category = unicodedata.category(character)
    if category[0] in "CZ" or character == "¦":
        return character
    start = ord(character) & ~63
    near = [c for c in map(chr, range(start, start + 64)) if unicodedata.category(c) == category and c not in "¦…"]
    near = [other for other in near if _folded(other) != _folded(character)]
    return _DRAW.choice(near) if near else "*"


@cache
def _vocabulary() -> frozenset[str]:
    """Words, and fragments of at least three letters."""
    text = resources.files("unleak.detect").joinpath("vocabulary.txt").read_text(encoding="ascii")
    return frozenset(word for word in text.split() if len(word) >= 3)


@cache
def _by_size() -> dict[int, tuple[str, ...]]:
    words = sorted(_vocabulary())
    return {size: tuple(word for word in words if len(word) == size) for size in range(3, 11)}


def _parts(value: str) -> Iterator[str]:
    """The value and, of one of several lines, each long line: they are shown one by one."""
    if len(value) >= 2 and not value.isspace():
        yield value
        if "\n" in value:
            lines = (line.strip() for line in value.split("\n"))
            yield from (line for line in lines if len(line) >= PIECE and not _HEADER.fullmatch(line))


def _looks_random(token: str) -> bool:
    if _HEX.fullmatch(token):
        return True
    return any(map(str.isdigit, token)) and any(map(str.isalpha, token)) and rarity(token) < _RARE


def _opens(folded: str, opening: str) -> bool:
    return folded.startswith(opening) and 2 * len(opening) <= len(folded) and not folded.startswith("-----")


def _folded(text: str) -> str:
    """`text` in lower case, character by character; the protocol writes `¦` for some `|`."""
    if text.isascii():
        return text.lower()
    return "".join([c.lower() if len(c.lower()) == 1 else c for c in text]).replace("¦", "|")


def _in_case(character: str, like: str) -> str:
    if like == "¦":
        return like
    changed = character.upper() if like.isupper() else character.lower() if like.islower() else character
    return changed if len(changed) == 1 else character


def _cover_edges(value: str, piece: str, at: int, covered: bytearray) -> None:
    """Cover the end of `value` where the piece at `at` begins with it, and its beginning where the piece ends."""
    for size in range(min(PIECE, len(value)) - 1, _EDGE - 1, -1):
        if piece.startswith(value[-size:]):
            _cover(covered, at, at + size)
        if piece.endswith(value[:size]):
            _cover(covered, at + len(piece) - size, at + len(piece))


def _occurrences(text: str, value: str) -> Iterator[int]:
    start = text.find(value)
    while start >= 0:
        yield start
        start = text.find(value, start + 1)


def _cover(covered: bytearray, start: int, stop: int) -> None:
    covered[start:stop] = b"\1" * (stop - start)


def _runs(covered: bytearray) -> Iterator[tuple[int, int]]:
    """Where stretches start and stop that are covered, or not, as a whole."""
    at = 0
    while at < len(covered):
        stop = covered.find(b"\0" if covered[at] else b"\1", at)
        stop = stop if stop >= 0 else len(covered)
        yield at, stop
        at = stop
