"""A stretch of a line that may be a secret, and whether anything hints at it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from unleak.detect.keys import names_secret
from unleak.finding import Syntax

_TELLING = frozenset((Syntax.URL, Syntax.HEADER, Syntax.FLAG, Syntax.SQL, Syntax.PROSE, Syntax.BLOCK))
_says_secret = re.compile(r"pass|pwd|secret|token|cred|p[a4@][s5\$]{2}w")
_scheme = re.compile(r"(?i)(bearer|basic|token|digest|ntlm|negotiate|api-?key)\s+(?=\S+$)")
_SCHEMES = frozenset("bBtTdDnNaA")  # what they begin with
_scrambled = re.compile(r"(?=[^a-zA-Z]*[a-zA-Z][^a-zA-Z]*[a-zA-Z])(?=\D*\d)[A-Za-z0-9+/=_.%\-]{12,}$")


class Proposal(NamedTuple):
    """A stretch of one line (code points, half-open) and the key that it stands for."""

    start: int
    end: int
    key: str
    syntax: Syntax


def is_named(key: str, syntax: Syntax) -> bool:
    return syntax in _TELLING or (key != "" and names_secret(key))


def is_worth(value: str, key: str, syntax: Syntax) -> bool:
    """Whether something hints at a secret: the key, the syntax, or the characters of the value."""
    if len(value) < 2:
        return False
    return (
        is_named(key, syntax)
        or _scrambled.match(value) is not None
        or (" " not in value and _says_secret.search(value.lower()) is not None)
    )


def best_of(line: str, found: Iterable[Proposal]) -> list[Proposal]:
    """Each stretch once, without blanks at its ends, in order, if anything about it hints at a secret."""
    best: dict[tuple[int, int], Proposal] = {}
    literal_end: dict[int, int] = {}
    for proposal in found:
        start, end, key, syntax = proposal
        if start == end or end < literal_end.get(start, 0):
            continue  # the start of a literal that is a proposal itself
        if line[start] in " \t" or line[end - 1] in " \t":
            text = line[start:end]
            start += len(text) - len(text.lstrip(" \t"))
            end = max(start, end - len(text) + len(text.rstrip(" \t")))
            proposal = Proposal(start, end, key, syntax)
        if start < end and line[start] in _SCHEMES and (scheme := _scheme.match(line, start, end)) is not None:
            start, key, syntax = scheme.end(), scheme[1], Syntax.HEADER
            proposal = Proposal(start, end, key, syntax)
        known = best.get((start, end))
        if known is None or (is_named(key, syntax) and not is_named(known.key, known.syntax)):
            best[start, end] = proposal
            if start and end < len(line) and line[start - 1] == line[end] and line[end] in "\"'`":
                literal_end[start] = end
    return sorted([p for p in best.values() if is_worth(line[p.start : p.end], p.key, p.syntax)])
