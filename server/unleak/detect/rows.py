"""Values in rows of tables, which the head of the table names: SQL, CSV, Markdown, lists of users."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from unleak.detect.keys import names_credential
from unleak.detect.proposal import Proposal
from unleak.finding import Syntax

_columns = re.compile(r"(?i)\b(?:insert\s+into|copy)\s+[\w.\"`\[\]]+\s*\(([^()]*)\)")
_sql_part = re.compile(r"'(?P<text>(?:[^'\\]|\\.|'')*)'|\"(?P<quoted>[^\"]*)\"|[(),;]")
_head_cell = re.compile(r"[\w .\-/()*`\"]{1,40}")
_user_row = re.compile(
    r"\s*(?:(?:new )?[\w.]{0,24})[\[({]\s*(?P<one>[\"'])[A-Za-z][\w.@+\-]+(?P=one),\s*"
    r"(?P<two>[\"'])(?P<value>[^\"'\s\\/]{4,64})(?P=two)\s*[,\])}]"
)
_users = re.compile(r"(?i)user|login|account|cred|admin|passw|member")
_is_row = re.compile(r"\s*(?:[\w.]{0,24}\s?[\[({]|[\])}]|//|#)")
_looks_chosen = re.compile(
    r"(?=.{6})(?:[A-Za-z]+[_.\-]?\d{2,}|\d{2,}[A-Za-z]{3,}|[\w.\-]*[A-Za-z][\w.\-]*[!@#$%^&*][\w!@#$%^&*.\-]*)$"
)


def sql_rows(line: str, above: Callable[[], Sequence[str]]) -> Iterator[Proposal]:
    """The secrets among the values of an INSERT whose columns stand on this line or just above."""
    head = _columns.search(line)
    at = 0
    if head is not None:
        columns, at = head[1], head.end()
    else:
        columns = next((match[1] for text in reversed(above()) if (match := _columns.search(text))), "")
    wanted = {number: name for number, name in enumerate(map(_plain, columns.split(","))) if names_credential(name)}
    if not wanted:
        return
    depth = column = 0
    for part in _sql_part.finditer(line, at):
        sign = part[0]
        if sign == "(":
            depth += 1
            column = 0 if depth == 1 else column
        elif sign == ")":
            depth -= 1
        elif sign == ",":
            column += depth == 1
        elif depth == 1 and column in wanted and part.lastgroup:
            yield Proposal(*part.span(part.lastgroup), wanted[column], Syntax.SQL)


def table_rows(line: str, above: Callable[[], Sequence[str]]) -> Iterator[Proposal]:
    """The secrets among the cells of a Markdown or CSV row whose head stands just above."""
    sign = "|" if line.lstrip().startswith("|") else next((sign for sign in "\t;," if sign in line), "")
    if not sign:
        return
    cells = line.split(sign)
    head = next((names for text in above() if (names := _head_of(text, sign, len(cells)))), None)
    if head is None:
        return
    start = 0
    for name, cell in zip_longest(head, cells[: len(head)], fillvalue=""):
        if names_credential(name):
            bare = cell.strip().strip("`\"'*")
            if bare:
                at = start + cell.index(bare)
                yield Proposal(at, at + len(bare), name, Syntax.PROSE)
        start += len(cell) + 1


def user_row(line: str, above: Callable[[], Sequence[str]]) -> Iterator[Proposal]:
    """The second of the literals of a row, where the list is one of users or the value looks like a password."""
    match = _user_row.match(line)
    if match is None:
        return
    opener = next((text for text in reversed(above()) if _is_row.match(text) is None), "")
    if _users.search(opener) or _looks_chosen.match(match["value"]):
        yield Proposal(*match.span("value"), "login", Syntax.ARGUMENT)


def _plain(name: str) -> str:
    return name.strip().strip("\"'`[]*").strip()


def _head_of(text: str, sign: str, count: int) -> list[str] | None:
    """The names in the head of a table of `count` columns, where one of them names a credential."""
    if text.count(sign) != count - 1:
        return None
    names = [_plain(name) for name in text.split(sign)]
    if any(name and (_head_cell.fullmatch(name) is None or name[0].isdigit()) for name in names):
        return None
    return names if any(map(names_credential, names)) else None
