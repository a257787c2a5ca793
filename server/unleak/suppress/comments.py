"""Where comments stand in a line of whatever language."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple


class Place(NamedTuple):
    """How a piece of text lies in its line's comments."""

    is_alone: bool  # the line holds nothing but comments
    is_first: bool  # nothing but signs stands before it in its comment


class _Comment(NamedTuple):
    begin: int  # of the sign that opens it
    text: int
    end: int


_TOKEN = re.compile(
    r"""
      \\.                                       # an escaped sign means nothing
    | (?P<quotes>\"\"\"|''')
    | (?P<quote>["'`])
    | (?P<block><!--|<%--|/\*|\{\#(?!\w)|\{-(?=\s)|\(\*(?=\s)|@\*(?=\s)|<\#(?=\s)|--\[\[)
    | (?P<line>(?<![\w:.?=&$%+@/\\-])(?://|\#)|(?<![^\s;)}\]"'`,])--(?=\s|-|$))
    | (?P<start>^\s*(?:(?:;|%|::|\*(?=[\s*/]|$)|=begin\b|\.\.(?=\s))|@?(?:rem|dnl)(?=\s)))
    | (?P<weak>(?<=\s)(?:;|%)(?=[\s;%]))
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_STRINGS = {
    '"': re.compile(r'"(?:[^"\\]|\\.)*"'),
    "'": re.compile(r"'(?:[^'\\]|\\.)*'"),
    "`": re.compile(r"`(?:[^`\\]|\\.)*`"),
}
_ENDS = {
    "<!--": "-->",
    "<%--": "--%>",
    "/*": "*/",
    "{#": "#}",
    "{-": "-}",
    "(*": "*)",
    "@*": "*@",
    "<#": "#>",
    "--[[": "]]",
}
_PREFIX = re.compile(r"(?<![A-Za-z0-9_])[bBrRuUfFlLnN]{1,2}\Z")
_AFTER_VALUE = re.compile(r"""[^\s=(\[{,:+>]\s*\Z""")
_BEHIND_VALUE = re.compile(r"\s*(?:[)\]},;.]|#|//|--\s|/\*|<!--|\Z)")
_SIGNS = re.compile(r"[^\w\"'`]*\Z")
_BEHIND_FREE = re.compile(r"[^\w\"'`=]*\Z")


class Comments:
    """The comments of one line, found without knowing its language, in linear time.

    What stands in quotes that are closed on the line is no comment, nor is a sign that could be part of a
    value (`a#b`, `https://…`). A sign that is code elsewhere (`;`, `%`) opens a comment at the start of the
    line; further on, as does a quote that is not closed (VB, Vim), only for text that is no code.
    """

    def __init__(self, line: str) -> None:
        self._line = line.rstrip("\r\n")
        self._lead = len(self._line) - len(self._line.lstrip())
        self._comments: list[_Comment] = []
        self._strings: list[tuple[int, int]] = []
        self._weak = -1  # where a comment may begin
        self._read()
        self._is_alone = self._holds_nothing_else()

    def around(self, start: int, end: int, *, free: bool = False) -> Place | None:
        """How the text from `start` to `end` lies in a comment; None where it does not.

        With `free` it is no code, whatever it stands in: then it need only begin or end its line, out of quotes.
        """
        line, weak = self._line, self._weak
        at = bisect_right(self._comments, (start, len(line), len(line))) - 1
        if at >= 0 and self._comments[at].text <= start < self._comments[at].end:
            return Place(self._is_alone, self._is_first(self._comments[at].text, start))
        at = bisect_right(self._strings, (start, len(line))) - 1
        if at >= 0 and start < self._strings[at][1]:
            return None
        if 0 <= weak < start and (free or weak <= self._lead):
            return Place(weak <= self._lead, self._is_first(weak + 1, start))
        if free and start <= self._lead:
            return Place(True, True)
        if free and line[start - 1] in " \t,;" and _BEHIND_FREE.match(line, end):
            return Place(False, False)
        return None

    def _is_first(self, begin: int, start: int) -> bool:
        return _SIGNS.match(self._line, begin, start) is not None

    def _holds_nothing_else(self) -> bool:
        at = 0
        for begin, _, end in self._comments:
            if self._line[at:begin].strip(" \t*"):
                return False
            at = end
        return not self._line[at:].strip(" \t*")

    def _read(self) -> None:
        line, at = self._line, 0
        while token := _TOKEN.search(line, at):
            at = token.end()
            sign, begin = token[0], token.start()
            if token.lastgroup in ("block", "line", "start"):
                closer = "*/" if sign.endswith("*") else _ENDS.get(sign)
                end = line.find(closer, at) if closer else -1
                stop = len(line) if end < 0 or closer is None else end + len(closer)
                self._comments.append(_Comment(begin, at, stop))
                at = stop
            elif token.lastgroup == "weak":
                self._weak = begin if self._weak < 0 else self._weak
            elif token.lastgroup == "quotes":
                at = self._behind_quotes(begin, at, sign)
            elif token.lastgroup == "quote":
                at = self._behind_quote(begin, sign)

    def _behind_quotes(self, begin: int, at: int, sign: str) -> int:
        """Where to read on after three quotes: behind the text that they open, or that they close."""
        line = self._line
        end = line.find(sign, at)
        if end >= 0:
            self._strings.append((begin, end + 3))
            return end + 3
        before = _PREFIX.sub("", line[max(0, begin - 80) : begin])
        closes = _AFTER_VALUE.search(before) or (not before.strip() and _BEHIND_VALUE.match(line, at))
        if closes and not before.endswith("return "):
            return at
        self._strings.append((begin, len(line)))
        return len(line)

    def _behind_quote(self, begin: int, sign: str) -> int:
        line = self._line
        before = line[max(0, begin - 3) : begin]
        if sign == "'" and before[-1:].isalnum() and not _PREFIX.search(before):
            return begin + 1  # an apostrophe
        string = _STRINGS[sign].match(line, begin)
        if string is not None:
            self._strings.append((begin, string.end()))
            return string.end()
        if sign != "`" and not before[-1:].strip() and self._weak < 0:
            self._weak = begin
        return begin + 1
