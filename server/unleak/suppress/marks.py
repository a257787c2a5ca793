"""Inline marks: comments, ours and those of other tools, which say that a line holds nothing to report."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from unleak.finding import Finding
from unleak.suppress.comments import Comments


class Scope(enum.Enum):
    """Where a mark counts."""

    LINE = "line"
    NEXT_LINE = "next line"
    BEGIN = "begin"  # from here to the next END of the same tool, or to the end of the file
    END = "end"
    FILE = "file"


class Mark(NamedTuple):
    """One mark; `line` counts from 0."""

    line: int
    scope: Scope
    rules: frozenset[str] | None  # ids of ours; None: all
    words: str  # its name, for messages
    alone: bool = False  # whether its line holds nothing but comments


class _Kind(NamedTuple):
    """What a tool's marks look like."""

    words: tuple[str, ...]  # one of them is in every line with such a mark; lower-case ASCII
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], bool], tuple[Scope, frozenset[str] | None, str] | None]
    is_unmistakable: bool = False  # nothing else is written like this, so that it needs no comment around it


_Reading = tuple[Scope, frozenset[str] | None, str]

_SCOPES = {
    "": Scope.LINE,
    "-line": Scope.LINE,
    "-next-line": Scope.NEXT_LINE,
    "-begin": Scope.BEGIN,
    "-start": Scope.BEGIN,
    "-end": Scope.END,
    "-file": Scope.FILE,
}


def _pattern(regex: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{regex})(?![\w-])", re.IGNORECASE | re.ASCII)


def _ours(match: re.Match[str], alone: bool) -> _Reading:
    scope = (match["scope"] or "").lower()
    rules = None if match["ids"] is None else frozenset(match["ids"].lower().replace(",", " ").split())
    return _SCOPES[scope], rules, f"unleak: ignore{scope}"


def _whole_line(name: str) -> Callable[[re.Match[str], bool], _Reading]:
    return lambda match, alone: (Scope.LINE, None, name)


def _scoped(name: str) -> Callable[[re.Match[str], bool], _Reading]:
    def read(match: re.Match[str], alone: bool) -> _Reading:
        scope = (match["scope"] or "").lower()
        return _SCOPES[scope], None, name + scope

    return read


def _pragma(match: re.Match[str], alone: bool) -> _Reading:
    if match["next"]:
        return Scope.NEXT_LINE, None, "pragma: allowlist nextline secret"
    return Scope.LINE, None, "pragma: allowlist secret"


def _secretlint(match: re.Match[str], alone: bool) -> _Reading | None:
    verb, scope = match["verb"].lower(), (match["scope"] or "").lower()
    if verb == "enable":
        return None if scope else (Scope.END, None, "secretlint-enable")
    return _SCOPES[scope] if scope else Scope.BEGIN, None, f"secretlint-disable{scope}"


def _listed(name: str, is_ours: Callable[[str], object], *, above: bool = False) -> Callable[..., _Reading | None]:
    """A mark that may name findings of its tool, and counts where it names none or one about secrets.

    With `above` one that stands alone is meant for the line below.
    """

    def read(match: re.Match[str], alone: bool) -> _Reading | None:
        if match["ids"] and not is_ours(match["ids"]):
            return None
        return Scope.NEXT_LINE if above and alone else Scope.LINE, None, name

    return read


def _noqa(match: re.Match[str], alone: bool) -> _Reading | None:
    if not _PASSWORD_CODES.search(match["ids"]):
        return None
    return Scope.FILE if match["tool"] else Scope.LINE, None, "noqa"


_PASSWORD_CODES = re.compile(r"\bS10[567]\b", re.IGNORECASE)
_BANDIT_CODES = re.compile(r"\b(?:B10[567]|G101|hardcoded_password_\w+)\b", re.IGNORECASE)
_SEMGREP_WORDS = re.compile(r"secret|passw|token|credential|hard-?coded|gitleaks|[-_.]key", re.IGNORECASE)
_SONAR_CODES = re.compile(r"S(?:2068|6418|6437)\b", re.IGNORECASE)

_CODES = r"[a-z]+[0-9]+(?:[, \t]+[a-z]+[0-9]+)*"
_NAMES = r"[bg][0-9]+|[a-z0-9]+_[a-z0-9_]+"  # of bandit's and gosec's checks
_KINDS = (
    _Kind(
        ("unleak:",),
        _pattern(
            r"unleak:[ \t]*ignore(?P<scope>-line|-next-line|-file|-begin|-end)?(?![\w-])"
            r"(?:[ \t]?\[(?P<ids>[^\]\[]*)\]|(?![ \t]?\[))"
        ),
        _ours,
        True,
    ),
    _Kind(("gitleaks:allow",), _pattern("gitleaks:allow"), _whole_line("gitleaks:allow"), True),
    _Kind(("betterleaks:allow",), _pattern("betterleaks:allow"), _whole_line("betterleaks:allow"), True),
    _Kind(
        ("list secret", "list-secret", "list nextline", "list-nextline"),
        _pattern(r"pragma:[ \t]?(?:allow|white)list[ -](?P<next>nextline[ -])?secret"),
        _pragma,
        True,
    ),
    _Kind(("nosec",), _pattern("nosecrets?"), _whole_line("nosecret")),
    _Kind(
        ("nosec",),
        _pattern(rf"nosec(?![\w-])(?:[:, \t]*(?P<ids>(?:{_NAMES})(?:[, \t]+(?:{_NAMES}))*))?"),
        _listed("nosec", _BANDIT_CODES.search),
    ),
    _Kind(
        ("nosem",),
        _pattern(r"nosem(?:grep)?(?![\w-])(?:[ \t]*[:=][ \t]*(?P<ids>[\w.-]+(?:[, \t]+[\w-]*\.[\w.-]+)*))?"),
        _listed("nosemgrep", _SEMGREP_WORDS.search, above=True),
    ),
    _Kind(("ggignore",), _pattern("ggignore(?P<scope>-start|-end)?"), _scoped("ggignore")),
    _Kind(("gitguardian:ignore",), _pattern("gitguardian:ignore"), _whole_line("gitguardian:ignore"), True),
    _Kind(("trufflehog:ignore",), _pattern("trufflehog:ignore"), _whole_line("trufflehog:ignore"), True),
    _Kind(
        ("kingfisher:ignore", "kingfisher:allow"),
        _pattern("kingfisher:(?:ignore|allow)"),
        _whole_line("kingfisher:ignore"),
        True,
    ),
    _Kind(
        ("secretlint-disable", "secretlint-enable"),
        _pattern(r"secretlint-(?P<verb>disable|enable)(?P<scope>-line|-next-line)?"),
        _secretlint,
        True,
    ),
    _Kind(("noqa",), _pattern(rf"(?P<tool>(?:ruff|flake8):[ \t]*)?noqa[ \t]*:[ \t]*(?P<ids>{_CODES})"), _noqa),
    _Kind(
        ("devskim:",),
        _pattern(r"devskim:[ \t]*ignore[ \t]+(?P<ids>[\w,]+)"),
        _listed("DevSkim: ignore", re.compile("DS117838|DS173237|all", re.IGNORECASE).search),
        True,
    ),
    _Kind(
        ("checkov:skip", "bridgecrew:skip"),
        _pattern(r"(?:checkov|bridgecrew):skip[ \t]*=[ \t]*(?P<ids>CKV_SECRET_[0-9]+)"),
        _listed("checkov:skip", bool, above=True),
        True,
    ),
    _Kind(
        ("skipcq",),
        _pattern(r"skipcq(?![\w-])(?:[ \t]*:[ \t]*(?P<ids>[\w-]+(?:,[ \t]*[\w-]+)*))?"),
        _listed("skipcq", re.compile(r"\bSCT-", re.IGNORECASE).search, above=True),
    ),
    _Kind(("nosonar",), _pattern(r"nosonar(?![\w-])(?:\((?P<ids>[^()]*)\))?"), _listed("NOSONAR", _SONAR_CODES.search)),
    _Kind(("hashicorpignore",), _pattern("hashicorpignore"), _whole_line("HashiCorpIgnore")),
)

WORDS: tuple[str, ...] = tuple(sorted({word for kind in _KINDS for word in kind.words}))
"""Lower-case ASCII; every line with a mark contains one of them, in whatever case."""


def marks_in(line: str, number: int) -> list[Mark]:
    """The marks in one line, or in one piece of a very long line; `number` is the line's, from 0.

    A mark counts in a comment, in whatever language. One that cannot be anything else also counts without
    a comment, outside of quotes, where it begins or ends the line.
    """
    lowered = line.lower()
    matches = [
        (match, kind)
        for kind in _KINDS
        if any([word in lowered for word in kind.words])
        for match in kind.pattern.finditer(line)
    ]
    if not matches:
        return []
    comments = Comments(line)
    marks = []
    for match, kind in sorted(matches, key=lambda found: found[0].start()):
        place = comments.around(match.start(), match.end(), free=kind.is_unmistakable)
        if place is None:
            continue
        reading = kind.read(match, place.is_alone)
        # What silences more than a line is the first thing that its comment says, and no mention of it.
        if reading is not None and (place.is_first or reading[0] in (Scope.LINE, Scope.NEXT_LINE)):
            marks.append(Mark(number, *reading, place.is_alone))
    return marks


def silence(findings: Sequence[Finding], marks: Sequence[Mark]) -> list[Finding]:
    """`findings`, with those silenced that a mark speaks of; both come in order of their lines.

    A mark of a line counts for every value that has a part on that line. For a value of several lines one
    also counts on the line above or below it, where that holds nothing but the comment.
    """
    if not marks:
        return list(findings)
    near: dict[tuple[Scope, int], list[Mark]] = {}
    for mark in marks:
        near.setdefault((mark.scope, mark.line), []).append(mark)
    everywhere = [mark for mark in marks if mark.scope is Scope.FILE]
    regions = _Regions(mark for mark in marks if mark.scope in (Scope.BEGIN, Scope.END))
    return [
        finding if finding.silenced else _silenced(finding, [*everywhere, *regions.at(finding)], near)
        for finding in findings
    ]


def _silenced(finding: Finding, wide: Iterable[Mark], near: dict[tuple[Scope, int], list[Mark]]) -> Finding:
    span = finding.span
    last = span.end_line if span.end_column or span.end_line == span.line else span.end_line - 1
    marks = [*wide, *near.get((Scope.NEXT_LINE, span.line - 1), ())]
    for line in range(span.line, last + 1):
        marks += near.get((Scope.LINE, line), ())
    if last > span.line:
        for line in (span.line - 1, last + 1):
            marks += [mark for mark in near.get((Scope.LINE, line), ()) if mark.alone]
    for mark in marks:
        if mark.rules is None or finding.rule in mark.rules:
            return replace(finding, silenced=f"inline mark {mark.words}")
    return finding


class _Regions:
    """Which regions are open, asked from the top of the file down."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self._marks = sorted(marks, key=lambda mark: mark.line)
        self._next = 0
        self._open: dict[str, dict[str | None, Mark]] = {}  # by tool, then by rule

    def at(self, finding: Finding) -> Iterator[Mark]:
        """The marks that have opened a region around the first line of `finding`."""
        while self._next < len(self._marks) and self._marks[self._next].line <= finding.span.line:
            self._pass(self._marks[self._next])
            self._next += 1
        for opened in self._open.values():
            for rule in (None, finding.rule):
                if rule in opened:
                    yield opened[rule]

    def _pass(self, mark: Mark) -> None:
        opened = self._open.setdefault(mark.words.partition("-")[0], {})
        if mark.scope is Scope.BEGIN:
            opened.update(dict.fromkeys((None,) if mark.rules is None else mark.rules, mark))
        elif mark.rules is None:
            opened.clear()
        else:
            for rule in mark.rules:
                opened.pop(rule, None)
