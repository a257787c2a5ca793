"""Values that people write down for one another: in sentences, notes and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import cache

from unleak.detect.bare import PARAMETER
from unleak.detect.keys import OTHER_NAMES
from unleak.detect.proposal import Proposal
from unleak.finding import Syntax


def _sentence_with(words: str) -> re.Pattern[str]:
    """What a sentence says a secret is, in group 1, or in 2 where it stands right behind the word for it.

    There it counts only if no sentence goes on like that: letters with digits or signs.
    """
    return re.compile(
        rf"""(?i)(?:{words})
        (?:(?:\s+for\s+[\w.\-]+)?(?:\s+(?:is|was|to|of|as|are)\b\s*(?::(?!\w))?|\s*[:=：是为]|\s*\|)\s*[*_]{{0,2}}
            (?::\w{{3,8}}:)?[\"'`“‘*_]*([^\s\"'`”’*|,;)]+)
          |(?<!token)(?<!secret)\s+[\"'`“‘*_]{{0,2}}(?=[^\s\da-z]{{0,8}}[\da-z])(?=[a-z_\-.]{{0,24}}[\d!@\#$^&?])
            ([^\s\"'`”’*|,;()<>{{}}%&][^\s\"'`”’|,;()<>{{}}]{{4,63}})(?![^\s\"'`”’*|,;.)<]))""",
        re.VERBOSE,
    )


_sentence = _sentence_with(
    r"passw(?:or[dt]|d)|passphrase|passcode|pwd|\bpass(?=\s(?:is|was|\S*\d)|:)|secret|token|api\ key|pin"
    r"|mot\ de\ passe"
)
_with_password = re.compile(
    r"(?i)(?:\bwith|,)\s(?:the\s)?(?:password|pass|pw)\s[\"'`]?([^\s\"'`,;.()]{4,64})[\"'`]?\.?\s*$"
)
_login = re.compile(
    r"""(?<![\w/.:\-])([\w.@+\-]{2,64})[`*]{0,2}(?:\s/\s|\sand\s|[:/])[`*]{0,2}([^\s\"'`,;:()/|<>]{3,64})(?=[\s\"'`*.,;)<]|$)"""
)
_signs_in = re.compile(r"(?i)(?:log(?:ged)?|sign)[ -]?in (?:with|as|using) [`*]{0,2}$")
_about_login = re.compile(
    r"(?i)(?:log(?:ged)?[ -]?in|sign in|credentials?|accounts?|auth|access|帐号|账号|アカウント)\b[^/]{0,60}$"
    r"|[\w)]:\s*[\"'`*]{0,3}$"
)
_pair = re.compile(r"""(?<![\w/.:\-])(\w{2,40})\s?[:/]\s?([^\s\"'`,;()/:|<>]{3,64})""")
_account_name = re.compile(r"(?i)admin|root|guest|postgres|elastic|user|login")
_cell = re.compile(r"(?<=\|)\s*([^|\s]+)\s*(?=\|)")
_netrc = re.compile(r"(?:machine \S+ )?(?:login \S+ )?password (?P<value>[^\s\\]{3,64})")


@cache
def _other_sentence() -> re.Pattern[str]:
    return _sentence_with(rf"\bpw\b|{OTHER_NAMES}")


def speaks(line: str) -> bool:
    """Whether one of the words is in `line` that sentences call a secret by."""
    lowered = line.lower()
    return (
        "pass" in lowered
        or "token" in lowered
        or "secret" in lowered
        or "pwd" in lowered
        or "pin" in lowered
        or "api key" in lowered
        or "mot de" in lowered
    )


def in_sentences(line: str, start: int, end: int) -> Iterator[Proposal]:
    """What sentences between `start` and `end` say that a secret is."""
    for match in _sentence.finditer(line, start, end):
        yield from _said(line, match)
    for match in _with_password.finditer(line, start, end):
        yield Proposal(*match.span(1), "password", Syntax.PROSE)
    if (entry := _netrc.match(line, start, end)) is not None and line.startswith("\\n", entry.end()):
        yield Proposal(*entry.span("value"), "password", Syntax.PROSE)


def in_other_languages(line: str, start: int, end: int) -> Iterator[Proposal]:
    """The same, of sentences in other languages."""
    for match in _other_sentence().finditer(line, start, end):
        yield from _said(line, match)


def logins(line: str, start: int, end: int, fired: Set[str]) -> Iterator[Proposal]:
    """The second half of `user: password` and `user / password`, where the first or the words before tell."""
    if "account" in fired:
        for match in _pair.finditer(line, start, end):
            if _account_name.search(match[1]):
                yield Proposal(*match.span(2), match[1] + " password", Syntax.PROSE)
    for match in _login.finditer(line, start, end):
        about = _signs_in if " and " in line[match.end(1) : match.start(2)] else _about_login
        if about.search(line, max(start, match.start() - 80), match.start()):
            yield Proposal(*match.span(2), "login password", Syntax.PROSE)


def cells(line: str) -> Iterator[Proposal]:
    """The cells of a row that have no blanks."""
    for match in _cell.finditer(line):
        yield Proposal(*match.span(1), "cell", Syntax.PROSE)


def _said(line: str, match: re.Match[str]) -> Iterator[Proposal]:
    if match[1] is not None:
        start, end = match.span(1)
        if line[start - 1] == "=":
            further = PARAMETER.search(line, start, end)
            end = further.start() if further else end
            fragment = line.find("#", start, end)
            if fragment > start and line.rfind("?", 0, start) > line.rfind(" ", 0, start):
                end = fragment
        yield Proposal(start, end, "password", Syntax.PROSE)
    elif not (before := line[match.start() - 1 : match.start()]).isalnum() and before not in ("_", "-", "."):
        yield Proposal(*match.span(2), "password", Syntax.PROSE)
