"""Ties what belongs together: a secret and the id, user or public half that it is used with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from unleak.finding import Finding

REACH = 10
"""How many lines may lie between the halves of a pair."""
_IDS = ("access-key-id",)


def tie(findings: Sequence[Finding], pairs: Mapping[str, str]) -> list[Finding]:
    """`findings` with the halves of pairs tied; `pairs` gives for a rule the rule of its other half.

    The secret names the nearest other half as related. An id that is no secret by itself is then part of
    that finding and no finding of its own.
    """
    tied = list(findings)
    for at, finding in enumerate(findings):
        wanted = pairs.get(finding.rule)
        if wanted is None:
            continue
        near = [
            (abs(other.span.line - finding.span.line), number)
            for number, other in _around(findings, at)
            if other.rule == wanted
        ]
        if near:
            number = min(near)[1]
            other = findings[number]
            tied[at] = replace(tied[at], related=(*tied[at].related, other.span))
            if other.kind in _IDS and not other.silenced:
                tied[number] = replace(other, silenced=f"part of the finding {finding.rule}")
    return tied


def _around(findings: Sequence[Finding], at: int) -> list[tuple[int, Finding]]:
    line = findings[at].span.line
    first, last = at, at + 1
    while first and line - findings[first - 1].span.line <= REACH:
        first -= 1
    while last < len(findings) and findings[last].span.line - line <= REACH:
        last += 1
    return [(number, findings[number]) for number in range(first, last) if number != at]
