"""Findings for people: place, severity, message and the source line with the secret masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from unleak.batch import FileResult
from unleak.console import count, printable
from unleak.finding import Finding, Severity, Span
from unleak.report.excerpt import Excerpt

_RESET = "\x1b[0m"
_STYLES = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "good": "\x1b[32m",
    Severity.ERROR.label: "\x1b[1;31m",
    Severity.WARNING.label: "\x1b[1;33m",
    Severity.INFORMATION.label: "\x1b[1;34m",
    Severity.HINT.label: "\x1b[1;36m",
}
_TAB = "    "


class TextReport:
    """Each finding as `path:line:column: severity message [rule]` above its line, cut to `width` cells."""

    def __init__(self, write: Callable[[str], object], *, color: bool, width: int, summary: bool) -> None:
        self._write = write
        self._paint = _painted if color else _plain
        self._width = width
        self._summary = summary
        self._counts: Counter[Severity] = Counter()
        self._files = 0
        self._files_with_findings = 0

    def add(self, result: FileResult) -> None:
        self._files += not result.skipped
        self._files_with_findings += bool(result.findings)
        for finding, excerpt in zip(result.findings, result.excerpts, strict=True):
            self._counts[finding.severity] += 1
            self._write(self._block(result.path, finding, excerpt))

    def end(self) -> None:
        if not self._summary:
            return
        total = self._counts.total()
        if not total:
            self._write(self._paint(f"No secrets found in {count(self._files, 'file')}.", "good") + "\n")
            return
        shares = ", ".join(
            self._paint(_share(self._counts[level], level), level.label)
            for level in sorted(Severity, reverse=True)
            if self._counts[level]
        )
        where = f"{self._files_with_findings} of {count(self._files, 'file')}"
        self._write(f"Found {count(total, 'secret')} in {where}: {shares}.\n")

    def _block(self, path: str, finding: Finding, excerpt: Excerpt) -> str:
        label = finding.severity.label
        place = f"{printable(path)}:{finding.span.line + 1}:{finding.span.column + 1}:"
        number = str(finding.span.line + 1)
        margin = " " * len(number)
        line, carets = _lines(excerpt, self._width - len(number) - 5)
        return (
            f"{self._paint(place, 'bold')} {self._paint(label, label)} {printable(finding.message)}"
            f" {self._paint(f'[{printable(finding.rule)}]', 'dim')}\n"
            f"  {self._paint(f'{number} |', 'dim')} {line}\n"
            f"  {self._paint(f'{margin} |', 'dim')} {self._paint(carets, label)}\n"
            f"{self._related(margin, finding.related)}\n"
        )

    def _related(self, margin: str, places: Sequence[Span]) -> str:
        if not places:
            return ""
        first, *others = (str(number) for number in sorted({span.line + 1 for span in places}))
        lines = f"lines {', '.join([first, *others])}" if others else f"line {first}"
        return f"  {self._paint(f'{margin} =', 'dim')} its id or user is on {lines}\n"


def _share(number: int, level: Severity) -> str:
    """Information has no plural."""
    return f"{number:,} {level.label}" if level is Severity.INFORMATION else count(number, level.label)


def _lines(excerpt: Excerpt, width: int) -> tuple[str, str]:
    """The source line, cut around the finding to `width` cells, and the carets below it."""
    text = excerpt.text
    cells = [_TAB if character == "\t" else printable(character) for character in text]
    widths = [len(cell) if text.isascii() else sum(map(_cells, cell)) for cell in cells]
    first = 0
    if sum(widths) > width - 2:
        while first < excerpt.start and sum(widths[first : excerpt.start]) > width // 4:
            first += 1
    last, room = first, width - 2
    while last < len(cells) and widths[last] <= room:
        room -= widths[last]
        last += 1
    before = "…" if first > 0 or excerpt.cut_before else ""
    after = "…" if last < len(cells) or excerpt.cut_after else ""
    line = before + "".join(cells[first:last]) + after
    indent = len(before) + sum(widths[first : excerpt.start])
    return line, " " * indent + "^" * max(1, sum(widths[excerpt.start : min(excerpt.end, last)]))


def _cells(character: str) -> int:
    """How many columns of a terminal a printable character takes."""
    import unicodedata

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _painted(text: str, style: str) -> str:
    return f"{_STYLES[style]}{text}{_RESET}"


def _plain(text: str, style: str) -> str:
    return text
