"""Proposes candidates by syntax, without knowing a provider: what stands where a secret would stand.

A line is read only when one of `TRIGGERS` matches in it; all of them are matched in one pass over the
whole text (see matcher). What is proposed for a line depends on that line and `LOOK_BACK` lines above.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set

from unleak.detect import bare
from unleak.detect.keys import NAMING
from unleak.detect.literals import LOOK_BACK, add_literals
from unleak.detect.proposal import Proposal, best_of

__all__ = ["LOOK_BACK", "TRIGGERS", "propose"]

# Read as bytes, one byte a code point: no look-around. The line on which a match ends is the one that is read.
TRIGGERS: dict[str, str] = {
    "name": rf"(?i)(?:{NAMING})",
    # Code is full of names: there they count where a literal, a comment or a line of raw text may hold a value.
    "quoted name": rf"(?i)(?:{NAMING})[^\n\"'`]{{0,60}}[\"'`]"
    rf"|[\"'`][ \t]{{0,2}}(?:\.equals|[=!]=)[^\n]{{0,40}}(?:{NAMING})",
    "noted name": r"(?i)^(?:[ \t]*\*|(?:[^\n#/\-]|/[^\n/*]|-[^\n\-])*(?:#|//|/\*|--))"
    rf"[^\n]*(?:{NAMING})[^\n:=]{{0,30}}[:=]",
    "raw name": rf"(?i)(?:{NAMING})[\w.\-]{{0,40}}(?::[ \t]?|=)[^\s\"'`,;(){{}}\[\]=:<>]{{3,}}[ \t\]}}]*$",
    "array": rf"(?i)(?:{NAMING})[^\n\"'`]{{0,60}}[\[{{(][ \t]{{0,8}}(?:0x[0-9a-f]{{1,2}}|[0-9]{{1,3}})[ \t]{{0,4}},",
    "short name": r"(?i)(?:^|[^a-z])(?:pw|pin|sig|sid|sas|psk|pat|sk|kek|dek|mfa|pword|phrase)(?:[^a-z\n]|$)"
    r"|[^a-z]value[\"']?[ \t]{0,4}[:=>][ \t]{0,4}[\"'\w]",
    "header": r"(?i)(?:bearer|basic|ntlm|token|api-?key|digest|negotiate)(?:[ \t]|%20|:|=)",
    "url": r"://[^\s/:\"'<>]{0,80}:[^\s/\"'<>]{1,200}@",
    "url token": r"://[^\s/:@\"'`<>]{8,200}@[\w\[]",
    "host": r"[\w.\-]{1,40}:[^\s:@/\"'`<>(){}]{1,80}@[\w\[(.\-]",
    "account": r"(?i)(?:admin|root|guest|postgres|elastic|user|login)\w{0,20}[\"'`]?[ \t]?[:/,][ \t]?[\"'`]?\w",
    "mail": r"[\w.\-]@[\w.\-]{1,60}[\"'][ \t]{0,4},[ \t]{0,4}[\"'`]",
    "jwt": r"eyJ[\w\-]{8}",
    "scalar": r": [|>][+\-]? ?\n[ \t]",
    "run": r"[A-Za-z0-9+/_\-]{4}[0-9][A-Za-z0-9+/_\-]{8,}(?:[^A-Za-z0-9+/_\-\n]|$)",
    "jwk": r"[\"' ,{(](?:d|p|q|dp|dq|qi|k|priv)[\"']?[ \t]?:[ \t]?[\"']",
}
NOT_IN_CODE = frozenset(("name",))
"""Triggers that count outside of code alone."""

_NAMES = frozenset(("name", "quoted name", "noted name", "raw name", "array"))
_ALL = frozenset(TRIGGERS)
_OWN_FORM = frozenset(("jwt", "url", "run")) | _NAMES
_FORMS = frozenset(TRIGGERS) - {"short name", "account", "mail", "jwk"}


def propose(line: str, above: Callable[[], Sequence[str]], code: bool, fired: Set[str] = _ALL) -> list[Proposal]:
    """What may be a secret in `line` (without its break), each stretch once, in order.

    `above` gives the lines before it, nearest last; `fired` the names of the triggers that match in it.
    In `code` only literals, and what stands in them and in comments, count.
    """
    found: list[Proposal] = []
    if fired & _NAMES:
        fired |= _NAMES
    regions = [] if code else [(0, len(line))]
    if '"' in line or "'" in line or "`" in line:
        add_literals(line, above, found, regions if code else [])
    elif code and "//" not in line and "#" not in line and "*" not in line and "--" not in line:
        if fired & _NAMES:
            found += bare.end_of_code(line)
        fired &= _OWN_FORM
    if code:
        _comments(line, regions)
    if fired & _FORMS:
        found += bare.by_form(line, fired)
    for start, end in regions:
        found += bare.between(line, start, end, code, fired)
    if not code:
        found += bare.whole_line(line, above)
    return best_of(line, found) if found else found


def _comments(line: str, regions: list[tuple[int, int]]) -> None:
    """Add the comment of a line of code to `regions`; where all of it is one, it is the only region."""
    head = line.lstrip()
    if head.startswith(("#", "//", "*", "/*", "--", ";", "<!--", "%")):
        regions[:] = [(len(line) - len(head), len(line))]
        return
    for mark in (" //", " #"):
        at = line.rfind(mark)
        if at > 0 and not any([start <= at < end for start, end in regions]):
            regions.append((at, len(line)))
