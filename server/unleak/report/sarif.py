"""Findings as a SARIF 2.1.0 log, for code scanning services and viewers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import quote

from unleak import __version__
from unleak.batch import FileResult
from unleak.detect.catalog import Catalog
from unleak.finding import OTHER_HALF, Finding, Severity, Span, Verdict
from unleak.report import rounded

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "note",
    Severity.HINT: "note",
}
_SCORES = {  # how code scanning on GitHub ranks security results, from 0 to 10
    Severity.ERROR: "9.0",
    Severity.WARNING: "6.0",
    Severity.INFORMATION: "3.0",
    Severity.HINT: "1.0",
}


class SarifReport:
    """One log, written at the end; the same findings make the same bytes."""

    def __init__(self, write: Callable[[str], object], catalog: Catalog) -> None:
        self._write = write
        self._catalog = catalog
        self._results: list[dict[str, Any]] = []
        self._rules: dict[str, dict[str, Any]] = {}  # in the order of their indices
        self._skipped: list[FileResult] = []
        self._failed = False

    def add(self, result: FileResult) -> None:
        if result.skipped:
            self._skipped.append(result)
            self._failed |= result.failed
        for finding, verdict in zip_longest(result.findings, result.verdicts):
            self._results.append(self._result(result.path, finding, verdict))

    def end(self) -> None:
        run = {
            "tool": {
                "driver": {"name": "unleak", "version": __version__, "rules": list(self._rules.values())},
            },
            "columnKind": "unicodeCodePoints",
            "invocations": [
                {
                    "executionSuccessful": not self._failed,
                    "toolExecutionNotifications": [_notification(skipped) for skipped in self._skipped],
                }
            ],
            "results": self._results,
        }
        log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
        self._write(json.dumps(log, indent=2) + "\n")

    def _result(self, path: str, finding: Finding, verdict: Verdict | None) -> dict[str, Any]:
        if finding.rule not in self._rules:
            self._rules[finding.rule] = self._rule(finding)
        result: dict[str, Any] = {
            "ruleId": finding.rule,
            "ruleIndex": list(self._rules).index(finding.rule),
            "level": _LEVELS[finding.severity],
            "rank": round(100 * finding.confidence, 1),
            "message": {"text": finding.message},
            "locations": [_location(path, finding.span)],
            "partialFingerprints": {"unleak/v1": finding.fingerprint},
            "properties": {"kind": finding.kind, "decidedBy": finding.decided_by},
        }
        if verdict:
            result["properties"]["verdict"] = rounded(verdict)
        if finding.related:
            result["relatedLocations"] = [
                {"id": number, "message": {"text": OTHER_HALF}, **_location(path, related)}
                for number, related in enumerate(finding.related, 1)
            ]
        return result

    def _rule(self, finding: Finding) -> dict[str, Any]:
        rule = self._catalog.by_id.get(finding.rule)
        severity = rule.severity if rule else finding.severity
        described = {
            "id": finding.rule,
            "shortDescription": {"text": rule.description if rule else finding.rule.replace("-", " ")},
            "defaultConfiguration": {"level": _LEVELS[severity]},
            "properties": {"tags": ["security"], "security-severity": _SCORES[severity]},
        }
        if rule and rule.documentation:
            described["helpUri"] = rule.documentation
        return described


def _location(path: str, span: Span) -> dict[str, Any]:
    region = {
        "startLine": span.line + 1,
        "startColumn": span.column + 1,
        "endLine": span.end_line + 1,
        "endColumn": span.end_column + 1,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}}


def _notification(result: FileResult) -> dict[str, Any]:
    return {
        "level": "error" if result.failed else "note",
        "message": {"text": f"Skipped: {result.skipped}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(result.path)}}}],
    }


def _uri(path: str) -> str:
    """A URI reference to `path`; bytes that are not UTF-8 survive."""
    return Path(path).as_uri() if os.path.isabs(path) else quote(os.fsencode(path))
