"""Findings as LSP diagnostics.

Written as JSON right away: at each keystroke all of a document's diagnostics go out, and one object a
diagnostic, converted field by field, would take most of the time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types as lsp

from unleak.finding import OTHER_HALF, Finding, Severity, Span, Verdict
from unleak.lsp.positions import Encoding, in_units
from unleak.lsp.protocol import NO_VERSION
from unleak.report import rounded
from unleak.text import Text

if TYPE_CHECKING:
    from unleak.detect.catalog import Rule

MOST_RELATED = 10
NO_VERDICTS: Mapping[Span, Verdict] = {}

SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error.value,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning.value,
    Severity.INFORMATION: lsp.DiagnosticSeverity.Information.value,
    Severity.HINT: lsp.DiagnosticSeverity.Hint.value,
}
"""As clients number them."""


class Dialect(NamedTuple):
    """What a client understands."""

    encoding: Encoding
    related: bool  # whether it shows related places beside a diagnostic


def publication(uri: str, diagnostics: str, version: int = NO_VERSION) -> str:
    """The publishDiagnostics notification for `diagnostics`, a JSON array."""
    versioned = "" if version == NO_VERSION else f'"version":{version},'
    return (
        '{"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":'
        f'{{"uri":{quoted(uri)},{versioned}"diagnostics":{diagnostics}}}}}'
    )


def diagnostics_of(
    uri: str,
    text: Text,
    findings: Sequence[Finding],
    rules: Mapping[str, Rule],
    dialect: Dialect,
    verdicts: Mapping[Span, Verdict] = NO_VERDICTS,
    *,
    hides: bool = False,
) -> str:
    """The diagnostics for `findings` in `text` as a JSON array; never a value of a secret.

    Where it `hides`, what the judge has not read yet is a hint.
    """
    ranges = [range_in_json(in_units(text.lines, finding.span, dialect.encoding)) for finding in findings]
    related = _related(uri, text, findings, ranges, dialect.encoding) if dialect.related else {}
    diagnostics = []
    for at, finding in enumerate(findings):
        code = quoted(finding.rule)
        rule = rules.get(finding.rule)
        link = ""
        if rule is not None and rule.documentation:
            link = f',"codeDescription":{{"href":{quoted(rule.documentation)}}}'
        diagnostics.append(
            f'{{"range":{ranges[at]},"severity":{_severity(finding, hides)},"code":{code}{link},'
            f'"source":"unleak","message":{quoted(finding.message)}{related.get(at, "")},'
            f'"data":{{"rule":{code},"kind":{quoted(finding.kind)},'
            f'"fingerprint":{quoted(finding.fingerprint)},"decidedBy":{quoted(finding.decided_by)}'
            f"{_verdict(verdicts.get(finding.span))}}}}}"
        )
    return f"[{','.join(diagnostics)}]"


def _severity(finding: Finding, hides: bool) -> int:
    return SEVERITIES[Severity.HINT if hides and finding.provisional else finding.severity]


def _verdict(verdict: Verdict | None) -> str:
    return f',"verdict":{json.dumps(rounded(verdict))}' if verdict else ""


def range_in_json(span: Span) -> str:
    """A span in the client's positions as it is sent."""
    line, column, end_line, end_column = span
    return f'{{"start":{{"line":{line},"character":{column}}},"end":{{"line":{end_line},"character":{end_column}}}}}'


def _related(
    uri: str, text: Text, findings: Sequence[Finding], ranges: Sequence[str], encoding: Encoding
) -> dict[int, str]:
    """The other halves of pairs; and where a value stands more than once, the first names the others, they name it.

    So that a value that stands a hundred times costs a hundred links and not ten thousand.
    """
    places: dict[str, list[int]] = {}
    links: dict[int, list[tuple[str, str]]] = {}
    for at, finding in enumerate(findings):
        group = places.setdefault(text.cut(finding.span), [])
        if not group or findings[group[-1]].span != finding.span:
            group.append(at)
        if finding.related:
            halves = [range_in_json(in_units(text.lines, span, encoding)) for span in finding.related]
            links[at] = [(half, OTHER_HALF) for half in halves]
    for first, *others in places.values():
        again = [(ranges[at], "The same value stands here too.") for at in others[:MOST_RELATED]]
        if again:
            links.setdefault(first, []).extend(again)
        for at in others:
            links.setdefault(at, []).append((ranges[first], "The same value stands here first."))
    return {at: _locations(uri, of) for at, of in links.items()}


def _locations(uri: str, places: Sequence[tuple[str, str]]) -> str:
    entries = [
        f'{{"location":{{"uri":{quoted(uri)},"range":{place}}},"message":{quoted(message)}}}'
        for place, message in places
    ]
    return f',"relatedInformation":[{",".join(entries)}]'
