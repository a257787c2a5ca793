"""Literals that a program puts together: `"abc" + "def"`, also over the ends of lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

TRIGGER = (
    r"[A-Za-z0-9_+/=\-][\"'] ?(?:\+|\.\.?|&|<>) ?[\"'][A-Za-z0-9_+/=\-]"
    r"|[A-Za-z0-9_+/=\-][\"'] [\"'][A-Za-z0-9_+/=\-]"
    r"|[A-Za-z0-9_+/=\-][\"'] ?(?:[+.&\\]|\.\.|<>) ?\\? ?$"
    r"|[=(\[] ?[\"'][A-Za-z0-9_+/=\-]+[\"'] ?$"
    r"|^[ \t]*[\"'][A-Za-z0-9_+/=\-]+[\"'] ?$"
)
"""Matches every line on which such a literal may begin. Bounded repeats of blanks would cost half the speed."""
MOST = 16
"""So many pieces at most."""

_PIECE = re.compile(r"""(["'])([A-Za-z0-9_+/=.:~\-]{2,512})\1""")
_JOINT = re.compile(
    r"[ \t]{0,8}(?:(?:\+|\.\.?|&|<>|\\)[ \t]{0,8}\\?[ \t]{0,8}\n?|\n)?[ \t]{0,80}(?:(?:\+|\.\.?|&|<>)[ \t]{0,8})?"
)


class Joined(NamedTuple):
    """Pieces of one text: offsets of the first piece's begin and the last one's end, and what they make."""

    start: int
    end: int
    text: str


def joined(text: str, start: int, end: int) -> Iterator[Joined]:
    """The literals that begin in `text[start:end]`, one line, and go on behind their closing quote.

    They may go on over following lines; offsets are those of `text`, without the quotes.
    """
    at = start
    while (first := _PIECE.search(text, at, end)) is not None:
        pieces = [first]
        while len(pieces) < MOST:
            joint = _JOINT.match(text, pieces[-1].end())
            piece = _PIECE.match(text, joint.end()) if joint else None
            if piece is None:
                break
            pieces.append(piece)
        at = pieces[-1].end()
        if len(pieces) > 1:
            yield Joined(first.start(2), pieces[-1].end(2), "".join(piece[2] for piece in pieces))
        if at >= end:
            return
