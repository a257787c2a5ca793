"""The strings of Groovy, read by hand: its grammar knows neither slashy nor triple-quoted ones."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Refusal
from unleak.fixes.escapes import C_LIKE, COMPUTED, UNTOLD, Escapes
from unleak.fixes.literals import CROSSES, NO_LITERAL, Literal
from unleak.fixes.source import Source

_COMMENT = re.compile(r"//[^\r\n]*|/\*[\s\S]*?(?:\*/|\Z)")
_QUOTES = re.compile(r"'''|\"\"\"|'|\"|\$/|/")
_NEXT = re.compile(r"['\"/$}{]")
_OPERAND = re.compile(r"(?:[=(,\[!&|?:;{}~+<>*%\n-]|\b(?:return|in|case|assert))[ \t]*\Z")
_ESCAPES = Escapes({**C_LIKE, "$": "$", "s": " "}, frozenset({"four"}), continues=True)
_TEMPLATE = re.compile(r"\$[A-Za-z_{]")
_STOP = re.compile(r"[\\$'\"/\r\n]")
_PAIRS = {"/": ("\\/",), "$/": ("$$", "$/")}  # what the characters behind an escape begin with; a backslash elsewhere
_DEEPEST = 30  # templates inside of templates


class Piece(NamedTuple):
    """A string by the offsets of its quotes and of what stands between them."""

    start: int
    inner: int
    inner_end: int
    end: int


class Strings:
    """All strings of a text, the outer one before those in its templates."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.pieces: list[Piece] = []
        self._node = Source("", source.path, source.grammar).root  # nobody looks at it: no tree is made for it
        self._starts = list(accumulate(map(len, source.lines), initial=0))
        self._comments: list[tuple[int, int]] = []
        if self.text.startswith("#!"):
            self._comments.append((0, len(source.lines[0])))
        at = self._comments[0][1] if self._comments else 0
        while at < len(self.text):
            at = self._code(at, 0)

    def masked(self) -> str:
        """The text with blanks for what stands in comments and between quotes."""
        parts, at = [], 0
        inner = [(piece.inner, piece.inner_end) for piece in self.pieces]
        for start, end in sorted([*inner, *self._comments]):
            if start >= at:
                hidden = self.text[start:end]
                several = "\n" in hidden or "\r" in hidden
                parts += [self.text[at:start], re.sub(r"[^\r\n]", " ", hidden) if several else " " * len(hidden)]
                at = end
        return "".join([*parts, self.text[at:]])

    def offset(self, line: int, column: int) -> int:
        return self._starts[line] + column

    def span(self, start: int, end: int) -> Span:
        return Span(*self._place(start), *self._place(end))

    def piece_at(self, span: Span) -> Piece:
        """The innermost string around a span; Refusal where there is none."""
        start, end = self.offset(*span[:2]), self.offset(*span[2:])
        around = [piece for piece in self.pieces if piece.inner <= start and end <= piece.inner_end]
        if around:
            return min(around, key=lambda piece: piece.inner_end - piece.inner)
        crosses = any(piece.start < end and start < piece.end for piece in self.pieces)
        raise Refusal(CROSSES if crosses else NO_LITERAL)

    def literal(self, piece: Piece) -> Literal:
        return Literal(
            self._node,
            self.span(piece.start, piece.end),
            self.span(piece.inner, piece.inner_end),
            self.text[piece.start : piece.inner],
            self.text[piece.inner_end : piece.end],
        )

    def _place(self, offset: int) -> tuple[int, int]:
        line = min(bisect_right(self._starts, offset), len(self.source.lines)) - 1
        return line, offset - self._starts[line]

    def _code(self, at: int, depth: int) -> int:
        """Read code from `at` to its end, or behind the brace that closes a template; the offset behind it."""
        braces = 0
        while True:
            found = _NEXT.search(self.text, at)
            if found is None:
                return len(self.text)
            at = found.start()
            mark = found[0]
            if depth and mark in "{}":
                braces += 1 if mark == "{" else -1
                if braces < 0:
                    return at + 1
                at += 1
                continue
            comment = _COMMENT.match(self.text, at)
            if comment:
                self._comments.append(comment.span())
                at = comment.end()
                continue
            quotes = _QUOTES.match(self.text, at)
            at = self._string(at, quotes[0], depth) if quotes and self._opens(at, quotes[0]) else at + 1

    def _opens(self, at: int, quotes: str) -> bool:
        if quotes not in ("/", "$/"):
            return True
        before = self.text[max(0, at - 40) : at]
        return not before or bool(_OPERAND.search(before)) or (quotes == "$/" and before[-1:] in " \t")

    def _string(self, at: int, quotes: str, depth: int) -> int:
        """Read a string that begins at `at`; the offset behind it, or behind its line where it does not end."""
        closing = {"$/": "/$"}.get(quotes, quotes)
        number = len(self.pieces)
        several = len(quotes) > 1
        inner = now = at + len(quotes)
        while now < len(self.text):
            if self.text.startswith(closing, now):
                self.pieces.insert(number, Piece(at, inner, now, now + len(closing)))
                return now + len(closing)
            found = _STOP.search(self.text, now)
            now = found.start() if found else len(self.text)
            letter = self.text[now : now + 1]
            if not letter or self.text.startswith(closing, now):
                continue
            if letter in "\r\n" and not several:
                break
            if self.text.startswith(_PAIRS.get(quotes, ("\\",)), now):
                now += 2
            elif letter == "$" and self.text.startswith("{", now + 1) and quotes[0] != "'" and depth < _DEEPEST:
                now = self._code(now + 2, depth + 1)
            else:
                now += 1
        return now if quotes != "/" else inner


def decoded(literal: Literal, raw: str) -> str:
    """What raw text between the quotes of a Groovy string means."""
    opening = literal.opening
    if opening[0] != "'" and _TEMPLATE.search(re.sub(r"\\\\|\\\$", "", raw) if opening[0] == '"' else raw):
        raise Refusal(COMPUTED)
    if opening in ("/", "$/"):
        if "\\u" in raw or (opening == "$/" and "$" in raw):
            raise Refusal(UNTOLD)
        plain = raw.replace("\\/", "/") if opening == "/" else raw
    else:
        plain = _ESCAPES.decode(raw)
    return plain.replace("\r\n", "\n")


def templated(literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    """The quotes that make a template of a single-quoted string; None where they would read the rest otherwise."""
    if literal.opening[0] != "'" or any("$" in gap or '"' in gap for gap in gaps):
        return None
    quotes = '"' * len(literal.opening)
    return quotes, quotes
