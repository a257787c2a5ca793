"""The vocabulary: frozen types that every other module speaks."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from unleak.detect.catalog import Rule


class Span(NamedTuple):
    """A half-open stretch of text: lines and columns from 0, columns in Unicode code points.

    Counted by line and not from the start of the text, so that an edit moves the spans
    below it by their lines alone.
    """

    line: int
    column: int
    end_line: int
    end_column: int

    def moved(self, lines: int) -> Span:
        """The same stretch, `lines` further down."""
        return Span(self.line + lines, self.column, self.end_line + lines, self.end_column)


class Severity(enum.IntEnum):
    """How much a finding matters, ordered; the names are those of the reports."""

    HINT = 0
    INFORMATION = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, label: str) -> Severity:
        """The severity of a label; raises ValueError naming the choices."""
        try:
            return cls[label.upper()]
        except KeyError:
            choices = ", ".join(level.label for level in cls)
            raise ValueError(f"unknown severity {label!r}: use one of {choices}") from None


class Role(enum.Enum):
    """What a file is for, read off its path."""

    LIVE = "live"
    TEST = "test"
    SAMPLE = "sample"
    DOCS = "docs"
    VENDORED = "vendored"
    LOCK = "lock"
    TRANSLATION = "translation"


class Syntax(enum.Enum):
    """The construct in which the extractor saw a candidate."""

    LITERAL = "literal"
    ASSIGNMENT = "assignment"
    ARGUMENT = "argument"
    COMPARISON = "comparison"
    URL = "url"
    HEADER = "header"
    FLAG = "flag"
    SQL = "sql"
    MARKUP = "markup"
    BLOCK = "block"
    PROSE = "prose"
    FORMAT = "format"  # a rule matched here, whatever the syntax


class Candidate(NamedTuple):
    """A span that may be a secret, and what proposed it: a rule, a syntax, or both."""

    span: Span
    value: str
    syntax: Syntax
    key: str = ""
    rule: Rule | None = None
    like: str = ""  # the rule of the format that the value begins like
    inner: str = ""  # the secret itself, where `value` wraps it
    wrapping: str = ""  # how: an encoding

    @property
    def secret(self) -> str:
        """What proofs and placeholders are looked for in: the value without its wrapping."""
        return self.inner or self.value

    def __repr__(self) -> str:
        """Without the value, which must not get into messages."""
        return f"Candidate({self.span}, {self.syntax.value}, {self.rule.id if self.rule else 'no rule'})"


class Verdict(NamedTuple):
    """The judge's answer on a candidate: probabilities that add up to 1."""

    secret: float  # a credential that looks usable, in a live role
    test: float  # a credential of a test, a sample, a document, or an obvious development default
    safe: float  # none: a placeholder, a reference, a hash, an identifier, prose


class Disputed(NamedTuple):
    """A candidate on which a judge and the decision of rules and signals alone disagree."""

    candidate: Candidate
    probability: float  # of being a credential, by rules and signals
    verdict: Verdict
    is_reported: bool  # by rules and signals; else because of the verdict

    @property
    def span(self) -> Span:
        return self.candidate.span

    def moved(self, lines: int) -> Disputed:
        """The same, `lines` further down."""
        return self._replace(candidate=self.candidate._replace(span=self.span.moved(lines)))


OTHER_HALF = "The id or the user that it is used with."
"""What the related places of a finding are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is reported. It never holds the value; whoever needs it cuts `span` out of the text."""

    span: Span
    rule: str
    kind: str
    severity: Severity
    confidence: float  # 0 to 1
    decided_by: str  # "rule", "signals", "judge", or "finder" for what a model has found that read the whole file
    message: str
    fingerprint: str  # of place and key, never of the value: stable while lines move
    related: tuple[Span, ...] = ()  # the other half of a pair: an id, a user name
    silenced: str = ""  # why it is known and yet not reported; empty where it is reported
    provisional: bool = False  # a judge was not heard yet and may decide otherwise

    def moved(self, lines: int) -> Finding:
        """The same finding, `lines` further down."""
        related = tuple([span.moved(lines) for span in self.related])
        return replace(self, span=self.span.moved(lines), related=related)
