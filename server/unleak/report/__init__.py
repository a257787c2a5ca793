"""Reports: a module for each format, with a class that takes results one by one and then ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from unleak.batch import FileResult
    from unleak.detect.catalog import Catalog
    from unleak.finding import Verdict

FORMATS = ("text", "jsonl", "sarif", "github")


class Report(Protocol):
    """Writes results; it hears of every file in the order of paths, skipped ones too."""

    def add(self, result: FileResult) -> None: ...

    def end(self) -> None: ...


def rounded(verdict: Verdict) -> dict[str, float]:
    """A verdict as reports show it."""
    return {label: round(share, 2) for label, share in verdict._asdict().items()}


def in_words(verdict: Verdict) -> str:
    """A verdict for people."""
    return f"{verdict.secret:.0%} live, {verdict.test:.0%} test, {verdict.safe:.0%} no secret"


def open_report(
    name: str,
    write: Callable[[str], object],
    catalog: Callable[[], Catalog],
    *,
    color: bool,
    width: int,
    summary: bool,
) -> Report:
    """The report of one of FORMATS; `color`, `width` (cells) and `summary` matter to text alone."""
    if name == "jsonl":
        from unleak.report.jsonl import JsonlReport

        return JsonlReport(write)
    if name == "sarif":
        from unleak.report.sarif import SarifReport

        return SarifReport(write, catalog())
    if name == "github":
        from unleak.report.github import GithubReport

        return GithubReport(write)
    from unleak.report.text import TextReport

    return TextReport(write, color=color, width=width, summary=summary)
