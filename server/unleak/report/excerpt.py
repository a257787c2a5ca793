"""Source lines to show beside findings, with every secret in them masked where they are cut out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from unleak.finding import Finding, Span
from unleak.text import Text, line_width

SHOWN = 4
"""Characters of a secret that are shown at most."""

_AROUND = 160  # code points kept on either side of a finding
_LONGEST = 240  # code points kept of the secret itself


class Excerpt(NamedTuple):
    """A piece of a source line. The finding stands from `start` to `end`, in code points, masked."""

    text: str
    start: int
    end: int
    cut_before: bool
    cut_after: bool


def mask(value: str) -> str:
    """`value` in stars, at its length; the beginning stays where that is at most a quarter of it."""
    shown = _shown(len(value))
    return value[:shown] + "*" * (len(value) - shown)


def excerpts(text: Text, findings: Sequence[Finding]) -> tuple[Excerpt, ...]:
    """The line where each finding begins, cut to what a terminal shows; no finding's value is in any."""
    stars: dict[int, list[tuple[int, int]]] = {}
    values: dict[int, list[tuple[int, str]]] = {}
    for finding in findings:
        span = finding.span
        values.setdefault(span.line, []).append((span.column, text.cut(span)))
        for line, start, end in _stars(text, span):
            stars.setdefault(line, []).append((start, end))
    merged = {line: _merged(ranges) for line, ranges in stars.items()}
    for entries in values.values():
        entries.sort()
    return tuple(
        _excerpt(text, finding.span, merged.get(finding.span.line, []), values[finding.span.line])
        for finding in findings
    )


def _shown(length: int) -> int:
    return SHOWN if length >= 4 * SHOWN else 0


def _stars(text: Text, span: Span) -> list[tuple[int, int, int]]:
    """Line, start and end of what a mask of `span` covers."""
    shown = _shown(len(text.cut(span)))
    ranges = []
    for line in range(span.line, span.end_line + 1):
        start = span.column + shown if line == span.line else 0
        end = span.end_column if line == span.end_line else line_width(text.lines[line])
        if start < end:
            ranges.append((line, start, end))
    return ranges


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same cover as sorted ranges apart from each other."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _excerpt(text: Text, span: Span, stars: list[tuple[int, int]], values: list[tuple[int, str]]) -> Excerpt:
    line = text.lines[span.line]
    width = line_width(line)
    span_end = span.end_column if span.end_line == span.line else width
    end = min(span_end, span.column + _LONGEST)
    first = max(0, span.column - _AROUND)
    last = min(width, end + _AROUND)
    pieces = []
    at = first
    for start, stop in stars[bisect_right(stars, first, key=lambda covered: covered[1]) :]:
        if start >= last:
            break
        pieces += [line[at : max(at, start)], "*" * (min(stop, last) - max(start, at))]
        at = min(stop, last)
    shown = "".join([*pieces, line[at:last]])
    near = values[bisect_left(values, (first - _LONGEST,)) : bisect_left(values, (last,))]
    for value in sorted({value for _, value in near if len(value) > SHOWN}, key=len, reverse=True):
        shown = shown.replace(value, mask(value))  # the same again, in a comment say, is no finding
    return Excerpt(shown, span.column - first, end - first, first > 0, last < width)
