"""Findings as JSON, one object a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from unleak.batch import FileResult
from unleak.finding import Span
from unleak.report import rounded


class JsonlReport:
    """Lines and columns from 1, columns in code points, ends exclusive; pure ASCII.

    `verdict`, the judge's three probabilities, is there only where the judge was heard, and `value` only where
    values were asked for. A byte of a path that is not UTF-8 is a lone surrogate, as in Python.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def add(self, result: FileResult) -> None:
        for finding, verdict, value in zip_longest(result.findings, result.verdicts, result.values):
            entry: dict[str, Any] = {
                "path": result.path,
                **_place(finding.span),
                "rule": finding.rule,
                "kind": finding.kind,
                "severity": finding.severity.label,
                "confidence": round(finding.confidence, 3),
                "decided_by": finding.decided_by,
                **({"verdict": rounded(verdict)} if verdict else {}),
                "fingerprint": finding.fingerprint,
                "message": finding.message,
            }
            if finding.related:
                entry["related"] = [_place(related) for related in finding.related]
            if value is not None:
                entry["value"] = value
            self._write(json.dumps(entry) + "\n")

    def end(self) -> None:
        pass


def _place(span: Span) -> dict[str, int]:
    return {
        "line": span.line + 1,
        "column": span.column + 1,
        "end_line": span.end_line + 1,
        "end_column": span.end_column + 1,
    }
