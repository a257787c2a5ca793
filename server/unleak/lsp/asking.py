"""What a client asks for with code actions, and what it sends back of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lsprotocol import types as lsp

from unleak.finding import Finding, Span
from unleak.lsp.offers import Do


class Wanted:
    """Which kinds of actions a client asks for; without a word all of them."""

    def __init__(self, only: Sequence[str] | None) -> None:
        self._only = [str(getattr(kind, "value", kind)) for kind in only] if only else []

    def takes(self, kind: str) -> bool:
        return not self._only or self.names(str(getattr(kind, "value", kind)))

    def names(self, kind: str) -> bool:
        return any(kind == only or kind.startswith(f"{only}.") for only in self._only)


class Asked:
    """What an action is about, as its data; it never holds a value."""

    def __init__(self, do: Do, uri: str, span: Span, rule: str) -> None:
        self.do, self.uri, self.span, self.rule = do, uri, span, rule

    @property
    def data(self) -> dict[str, object]:
        return {"do": self.do.value, "uri": self.uri, "span": list(self.span), "rule": self.rule}

    @classmethod
    def of(cls, data: object) -> Asked | None:
        """None where it is no data of ours."""
        if not isinstance(data, Mapping):
            return None
        try:
            do, span = Do(data.get("do")), Span(*map(int, data["span"]))
            return cls(do, str(data["uri"]), span, str(data["rule"]))
        except (KeyError, TypeError, ValueError):
            return None


def in_lines(findings: Sequence[Finding], lines: range) -> list[Finding]:
    return [finding for finding in findings if finding.span.line < lines.stop and finding.span.end_line >= lines.start]


def about(diagnostics: Sequence[lsp.Diagnostic], finding: Finding) -> list[lsp.Diagnostic]:
    """The client's own diagnostics that a finding is."""
    return [
        diagnostic
        for diagnostic in diagnostics
        if diagnostic.source == "unleak"
        and diagnostic.code == finding.rule
        and diagnostic.range.start.line == finding.span.line
    ]
