"""What a person sees who points at a finding: what it is, why it was flagged, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unleak.finding import Finding, Verdict
from unleak.report import in_words
from unleak.report.excerpt import SHOWN

if TYPE_CHECKING:
    from unleak.detect.catalog import Rule

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")
_DECIDED_BY = {
    "rule": "decided by its format",
    "signals": "decided by its name, its value and its place",
    "judge": "decided by its name, its value, its place and the judge",
    "finder": "found by the model's reading",
}
_CURES = {
    "connection-string": "change the password in it",
    "password": "change it",
    "private-key": "replace the key pair",
}
"""What to do with a secret that others may have read, by kind; else it is revoked."""


def finding_at(findings: Sequence[Finding], line: int, column: int) -> Finding | None:
    """The finding that holds a place or ends at it; the most serious of several."""
    place = (line, column)
    around = [finding for finding in findings if finding.span[:2] <= place <= finding.span[2:]]
    return max(around, key=lambda finding: finding.severity, default=None)


def beginning(value: str) -> str:
    """What may be shown of a value: `SHOWN` characters if that is at most a quarter, and no markup."""
    shown = value[:SHOWN] if len(value) >= 4 * SHOWN else ""
    return re.split(r"[^\w-]", shown, maxsplit=1)[0] + "…"


def explanation(finding: Finding, value: str, rule: Rule | None, verdict: Verdict | None = None) -> str:
    """The hover as Markdown. `value` is what stands in the text; little of it is shown."""
    title = rule.description if rule else finding.rule.replace("-", " ").capitalize()
    cure = _CURES.get(finding.kind, "revoke it")
    if rule and rule.rotation:
        cure = f"[{cure}]({rule.rotation})"
    parts = [
        f"**{_plain(title)}** `{beginning(value)}`",
        _plain(finding.message),
        f"Rule `{finding.rule}`, {finding.confidence:.0%} sure, {_DECIDED_BY[finding.decided_by]}.",
        *([f"The judge: {in_words(verdict)}."] if verdict else []),
        "Move it out of the code, into an environment variable or a secret store. "
        f"If it was ever committed or shared, {cure}: whoever has read it can use it.",
    ]
    if rule and rule.documentation:
        parts.append(f"[About this kind of secret]({rule.documentation})")
    return "\n\n".join(parts)


def without_markup(markdown: str) -> str:
    """An `explanation` for clients that show plain text: links in full, nothing else marked."""
    text = re.sub(r"(?<!\\)\[((?:[^\]\\]|\\.)+)\]\((\S+?)\)", r"\1 (\2)", markdown)
    return re.sub(r"\\(.)|[*`]", r"\1", text)


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
