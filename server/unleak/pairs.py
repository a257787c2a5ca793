"""Ties what belongs together: a secret and the id, the public half or the user that it is used with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unleak.finding import Finding, Span

REACH = 10
"""How many lines may lie between the halves of a pair."""
USER_REACH = 3
"""How many lines above a password may name its user."""
_IDS = ("access-key-id",)
_url_user = re.compile(r"://([^\s/:@\"'`<>]{1,64}):$")
_named_user = re.compile(
    r"""(?i)(?:^|[^a-z])(?:user(?:[_ ]?name|[_ ]?id)?|uid|login|e?mail)["']?\s{0,4}(?:=>|:=|[:=])\s{0,4}["']?
        ([^\s"'`,;&<>(){}\[\]$]{1,64})""",
    re.VERBOSE,
)


def user_of(finding: Finding, line: str, shift: int, above: Sequence[str]) -> Span | None:
    """Where the user stands whose password `finding` is: in the same URL, on its line, or just above.

    `line` begins at column `shift`; `above` are the lines before it, the nearest last.
    """
    number, start = finding.span.line, finding.span.column - shift
    before = line[max(0, start - 200) : start]
    if match := _url_user.search(before):
        offset = start - len(before) + shift
        return Span(number, offset + match.start(1), number, offset + match.end(1))
    for up, text in enumerate([before, *reversed(above[-USER_REACH:])]):
        found = list(_named_user.finditer(text[:400]))
        if found:
            first, last = found[-1].span(1)
            offset = start - len(before) + shift if up == 0 else 0
            return Span(number - up, offset + first, number - up, offset + last)
    return None


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
