"""Proposes candidates by syntax, without knowing a provider: what stands where a secret would stand.

A line is read only when one of `TRIGGERS` matches in it; all of them are matched in one pass over the
whole text (see matcher). What is proposed for a line depends on that line and `LOOK_BACK` lines above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from functools import lru_cache
from typing import NamedTuple

from unleak.detect import bare, commands, rows, sentences
from unleak.detect.literals import LOOK_BACK, add_literals
from unleak.detect.proposal import Proposal, best_of
from unleak.detect.triggers import CELLS, NAMES, NOT_IN_CODE, TRIGGERS, USERS

__all__ = ["LOOK_BACK", "NOT_IN_CODE", "TRIGGERS", "propose"]

_ALL = frozenset(TRIGGERS)
_FORMS = frozenset(("url", "url token", "host", "header", "jwt", "run")) | NAMES
_OWN_FORM = frozenset(("jwt", "url", "run")) | NAMES


class _Plan(NamedTuple):
    """What to look for on a line, by the triggers that match in it."""

    fired: Set[str]
    names: bool
    has_form: bool
    own: Set[str]  # the triggers that count where a line of code has neither literal nor comment
    has_own_form: bool
    has_logins: bool
    has_rows: bool
    in_cells: bool
    in_users: bool


@lru_cache(maxsize=1024)
def _plan(fired: frozenset[str]) -> _Plan:
    names = bool(fired & NAMES)
    fired |= frozenset(("name",)) if names else frozenset()
    own = fired & _OWN_FORM
    in_cells, in_users = bool(fired & CELLS), bool(fired & USERS)
    has_rows = in_cells or in_users or "tuple" in fired or "command" in fired
    return _Plan(
        fired,
        names,
        bool(fired & _FORMS),
        own,
        bool(own & _FORMS),
        "login" in fired or "account" in fired,
        has_rows,
        in_cells,
        in_users,
    )


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
        found += bare.between(line, start, end, wanted)
    if regions and (plan.names or plan.has_logins):
        found += _in_sentences(line, regions, plan)
        if plan.names and not code and line.count("|") > 1:
            found += sentences.cells(line)
    if plan.has_rows:
        found += _in_rows(line, above, regions, plan)
    if not code:
        found += bare.whole_line(line, above)
    return best_of(line, found) if found else found


def _in_sentences(line: str, regions: list[tuple[int, int]], plan: _Plan) -> Iterator[Proposal]:
    """What people write down for one another."""
    if plan.names and sentences.speaks(line):
        for start, end in regions:
            yield from sentences.in_sentences(line, start, end)
    if plan.names and ("other name" in plan.fired or not line.isascii()):
        for start, end in regions:
            yield from sentences.in_other_languages(line, start, end)
    if plan.has_logins:
        for start, end in regions:
            yield from sentences.logins(line, start, end, plan.fired)


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
    if plan.in_users:
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
