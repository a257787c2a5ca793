"""Proposes candidates by syntax, without knowing a provider: what stands where a secret would stand.

A line is read only when one of `TRIGGERS` matches in it; all of them are matched in one pass over the
whole text (see matcher). What is proposed for a line depends on that line and `LOOK_BACK` lines above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from functools import lru_cache
from typing import NamedTuple

from unleak.detect import bare, commands, rows
from unleak.detect.keys import NAMING, OTHER_NAMES_VIEW
from unleak.detect.literals import LOOK_BACK, add_literals
from unleak.detect.proposal import Proposal, best_of

__all__ = ["LOOK_BACK", "TRIGGERS", "propose"]

# Read as bytes, one byte a code point: no look-around. The line on which a match ends is the one that is read.
TRIGGERS: dict[str, str] = {
    "name": rf"(?i)(?:{NAMING})",
    # Code is full of names: there they count where a literal, a comment or a line of raw text may hold a value.
    "quoted name": rf"(?i)(?:{NAMING})[^\n\"'`]{{0,60}}[\"'`]"
    rf"|[\"'`][ \t]{{0,2}}(?:\.equals|[=!]=)[^\n]{{0,40}}(?:{NAMING})"
    r"|(?:equals?|same)\([^\n\"'`]{0,8}[\"'`][^\n\"'`]*[\"'`], ?[\w$.>(\"'\-]*(?:pass|pwd|secret|token|key|auth)",
    "other name": OTHER_NAMES_VIEW,
    "name above": r"(?i)(?:pass|pwd|secret|token|key|auth|login)\w*[ \t]?[(=:\[{][ \t]?\n[ \t]*[\"'`]",
    "declared above": r"(?i)(?:noecho|sensitive)[\"']?[ \t]*[:=][ \t]*[\"']?true[^\n]*\n[ \t]*[\"']?default",
    "noted name": r"(?i)^(?:[ \t]*\*|(?:[^\n#/\-]|/[^\n/*]|-[^\n\-])*(?:#|//|/\*|--))"
    rf"[^\n]*(?:{NAMING})[^\n:=]{{0,30}}[:=]",
    "raw name": rf"(?i)(?:{NAMING})[\w.\-]{{0,40}}(?::[ \t]?|=)[^\s\"'`,;(){{}}\[\]=:<>]{{3,}}[ \t\]}}]*$",
    "array": rf"(?i)(?:{NAMING})[^\n\"'`]{{0,60}}[\[{{(][ \t]{{0,8}}(?:0x[0-9a-f]{{1,2}}|[0-9]{{1,3}})[ \t]{{0,4}},",
    "short name": r"(?i)(?:^|[^a-z])(?:pin|sig|sid|sas|pat|sk|kek|dek|mfa|pword|phrase)(?:[^a-z\n]|$)"
    r"|[^a-z]value[\"']?[ \t]{0,4}[:=>][ \t]{0,4}[\"'\w]",
    "header": r"(?i)(?:bearer|basic|ntlm|token|api-?key|digest|negotiate)(?:[ \t]|%20|:|=)",
    "url": r"://[^\s/:\"'<>]{0,80}:[^\s/\"'<>]{1,200}@",
    "url token": r"://[^\s/:@\"'`<>]{8,200}@[\w\[]",
    "host": r"[\w.\-]{1,40}:[^\s:@/\"'`<>(){}]{1,80}@[\w\[(.\-]",
    "account": r"(?i)(?:admin|root|guest|postgres|elastic|user|login)\w{0,20}[\"'`]?[ \t]?[:/,][ \t]?[\"'`]?\w",
    "login": r"(?i)[\w)]: [\w.@\-]+ / \S|(?:log(?:ged)? in|credentials?|account:)[^\n]*[\w`](?: and |:| / |/)[^\s/]"
    r"|pass(?:word)? (?:is|was) \S|[\w.\-]@[\w.\-]+ / \S|(?:(?:create|add|insert|register|new)_?|new )user\w*\([\"'`]",
    "mail": r"[\w.\-]@[\w.\-]{1,60}[\"'][ \t]{0,4},[ \t]{0,4}[\"'`]",
    "jwt": r"eyJ[\w\-]{8}",
    "scalar": r": [|>][+\-]? ?\n[ \t]",
    "run": r"[A-Za-z0-9+/_\-]{4}[0-9][A-Za-z0-9+/_\-]{8,}(?:[^A-Za-z0-9+/_\-\n]|$)",
    "command": commands.TRIGGER,
    "tuple": rows.TUPLE,
    **{f"cells {row}": pattern for row, pattern in enumerate(rows.CELLS, 1)},
    "users": rows.USERS,
    "jwk": r"[\"' ,{(](?:d|p|q|dp|dq|qi|k|priv)[\"']?[ \t]?:[ \t]?[\"']",
}
_CELLS = frozenset(f"cells {row}" for row in range(1, rows.ROWS + 1))
NOT_IN_CODE = frozenset(("name", "tuple")) | _CELLS
"""Triggers that count outside of code alone."""

_NAMES = frozenset(("name", "login", "quoted name", "noted name", "raw name", "array", "other name", "name above"))
_ALL = frozenset(TRIGGERS)
_OWN_FORM = frozenset(("jwt", "url", "run")) | _NAMES
_FORMS = (
    frozenset(TRIGGERS)
    - {"short name", "declared above", "login", "account", "mail", "jwk", "command", "tuple", "users"}
    - _CELLS
)


class _Plan(NamedTuple):
    """What to look for on a line, by the triggers that match in it."""

    fired: Set[str]
    names: bool
    has_form: bool
    own: Set[str]  # the triggers that count where a line of code has neither literal nor comment
    has_own_form: bool
    has_rows: bool
    in_cells: bool


@lru_cache(maxsize=1024)
def _plan(fired: frozenset[str]) -> _Plan:
    names = bool(fired & _NAMES)
    fired |= frozenset(("name",)) if names else frozenset()
    own = fired & _OWN_FORM
    in_cells = bool(fired & _CELLS)
    has_rows = in_cells or "tuple" in fired or "users" in fired or "command" in fired
    return _Plan(fired, names, bool(fired & _FORMS), own, bool(own & _FORMS), has_rows, in_cells)


def propose(line: str, above: Callable[[], Sequence[str]], code: bool, fired: frozenset[str] = _ALL) -> list[Proposal]:
    """What may be a secret in `line` (without its break), each stretch once, in order.

    `above` gives the lines before it, nearest last; `fired` the names of the triggers that match in it.
    In `code` only literals, and what stands in them and in comments, count.
    """
    found: list[Proposal] = []
    plan = _plan(fired)
    wanted, has_form = plan.fired, plan.has_form
    regions = [] if code else [(0, len(line))]
    if '"' in line or "'" in line or "`" in line:
        add_literals(line, above, found, regions if code else [])
        if plan.names and ("insert" in line or "INSERT" in line):
            found += rows.sql_rows(line, above)
    elif code and "//" not in line and "#" not in line and "*" not in line and "--" not in line:
        if plan.names:
            found += bare.end_of_code(line)
        wanted, has_form = plan.own, plan.has_own_form
    if code:
        _comments(line, regions)
    if has_form:
        found += bare.by_form(line, wanted)
    for start, end in regions:
        found += bare.between(line, start, end, code, wanted)
    if plan.has_rows:
        found += _in_rows(line, above, regions, plan)
    if not code:
        found += bare.whole_line(line, above)
    return best_of(line, found) if found else found


def _in_rows(
    line: str, above: Callable[[], Sequence[str]], regions: list[tuple[int, int]], plan: _Plan
) -> Iterator[Proposal]:
    """What commands and the heads of tables name."""
    if "command" in plan.fired:
        for start, end in regions:
            yield from commands.in_commands(line, start, end)
    if "tuple" in plan.fired:
        yield from rows.sql_rows(line, above)
    if plan.in_cells:
        yield from rows.table_rows(line, above)
    if "users" in plan.fired:
        yield from rows.user_row(line, above)


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
