"""Findings as workflow commands, which GitHub Actions shows on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Callable

from unleak.batch import FileResult
from unleak.console import printable
from unleak.finding import Finding, Severity

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


class GithubReport:
    """One command a finding; lines and columns from 1."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def add(self, result: FileResult) -> None:
        for finding in result.findings:
            self._write(_command(result.path, finding) + "\n")

    def end(self) -> None:
        pass


def _command(path: str, finding: Finding) -> str:
    span = finding.span
    properties = {
        "file": path,
        "line": span.line + 1,
        "col": span.column + 1,
        "endLine": span.end_line + 1,
        "endColumn": span.end_column + 1,
        "title": f"unleak {finding.rule}",
    }
    if span.end_line > span.line:  # GitHub takes columns within one line only
        del properties["col"], properties["endColumn"]
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{_LEVELS.get(finding.severity, 'notice')} {listed}::{_data(printable(finding.message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
