"""Text in, findings out: whole texts, windows of lines, and documents under edit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from unleak import decision
from unleak.detect import extractor, matcher, roles
from unleak.detect.catalog import Catalog, Rule
from unleak.finding import Candidate, Finding, Span, Syntax
from unleak.text import Text, flatten_breaks

if TYPE_CHECKING:
    from unleak.config import Config

BLOCK_LINES = 200
"""How many lines below its first one a block (a PEM key) may end."""
BLOCK_SIZE = 32_768
"""How many code points a block may have."""


_TRIGGER_NAMES = tuple(extractor.TRIGGERS)


class Scanner:
    """Reads texts with one catalogue and one configuration. Not to be used by two threads at once."""

    def __init__(self, catalog: Catalog | None = None, config: Config | None = None) -> None:
        if catalog is None:
            catalog = Catalog.load([Path(path) for path in config.extra_rules] if config else [])
        self.catalog = catalog
        self.problems = list(catalog.problems)
        disabled = frozenset(config.disabled_rules if config else ())
        self._rules = tuple(rule for rule in catalog.rules if rule.id not in disabled)
        self._engine = matcher.engine_for(self._rules)
        self._not_in_code = frozenset(
            len(self._rules) + at for at, name in enumerate(_TRIGGER_NAMES) if name in extractor.NOT_IN_CODE
        )
        self._block_words = {word for rule in self._rules if rule.until for word in rule.keywords or ("",)}
        self._meanings: dict[frozenset[int], tuple[tuple[Rule, ...], frozenset[str]]] = {}
        self._least = config.min_severity if config else None

    def scan(self, text: Text | str, path: str) -> list[Finding]:
        """All findings in `text`, in order. `path` tells what kind of file it is and is never opened."""
        return self._decided(str(text), path, 0, None)

    def scan_lines(
        self, lines: Sequence[str], path: str, first: int, last: int, *, blocks: bool = True
    ) -> list[Finding]:
        """The findings that begin in `lines[first:last]`: just those that a scan of all lines has there.

        Without `blocks` the caller knows that no block opens in these lines or in `BLOCK_LINES` above them.
        """
        reach = BLOCK_LINES if blocks else 0
        begin = max(0, first - reach - extractor.LOOK_BACK)
        found = self._decided("".join(lines[begin : last + reach]), path, first - begin, last - begin)
        return [moved(finding, begin) for finding in found] if begin else found

    def may_open_block(self, lines: Sequence[str]) -> bool:
        """Whether a rule for blocks can match in `lines`, by its keywords."""
        text = "".join(lines).lower()
        return any([word in text for word in self._block_words])

    def candidates(self, text: str, path: str) -> Iterator[tuple[str, int, list[Candidate]]]:
        """Every line of `text` on which something may be a secret, with its candidates.

        Of a very long line pieces, each with the column at which it begins.
        """
        return self._proposed(flatten_breaks(text), path, 0, None)

    def _decided(self, text: str, path: str, first: int, last: int | None) -> list[Finding]:
        findings: list[Finding] = []
        for line, shift, candidates in self._proposed(flatten_breaks(text), path, first, last):
            decided = decision.decide(candidates, line, shift, path)
            if shift:
                _join(findings, decided)
            else:
                findings += decided
        if self._least is not None:
            findings = [finding for finding in findings if finding.severity >= self._least]
        return findings

    def _proposed(
        self, text: str, path: str, first: int, last: int | None
    ) -> Iterator[tuple[str, int, list[Candidate]]]:
        view = matcher.view_of(text)
        code = roles.is_code(path)
        number = counted = 0
        inside = -1  # the last line of the blocks opened so far: what lies in a block is part of it
        for start, end, patterns in matcher.hit_lines(self._engine, view, self._not_in_code if code else frozenset()):
            line_start = view.rfind(b"\n", 0, start) + 1
            number += view.count(b"\n", counted, line_start)
            counted = line_start
            if last is not None and number >= last:
                return
            rules, fired = self._meaning(patterns)
            if number < first and not rules:
                continue
            line = text[start:end]
            shift = start - line_start
            candidates: list[Candidate] = []
            out = number <= inside or number < first
            for rule in rules:
                if rule.until or not out:
                    for candidate in self._matched(rule, text, start, line, number, shift, path):
                        inside = max(inside, candidate.span.end_line - (candidate.span.end_line == number))
                        candidates.append(candidate)
            if out:
                continue
            if fired:
                above = partial(_lines_above, text, line_start)
                for at, stop, key, syntax in extractor.propose(line, above, code, fired):
                    span = Span(number, shift + at, number, shift + stop)
                    candidates.append(Candidate(span, line[at:stop], syntax, key))
            if shift or (end < len(view) and view[end] != 10):
                candidates = _seen_whole(candidates, shift, len(line), end == len(view) or view[end] == 10)
            if candidates:
                yield line, shift, candidates

    def _meaning(self, patterns: frozenset[int]) -> tuple[tuple[Rule, ...], frozenset[str]]:
        """The rules and the triggers that patterns of the engine stand for."""
        known = self._meanings.get(patterns)
        if known is None:
            count = len(self._rules)
            known = self._meanings[patterns] = (
                tuple(self._rules[number] for number in sorted(patterns) if number < count),
                frozenset(_TRIGGER_NAMES[number - count] for number in patterns if number >= count),
            )
        return known

    def _matched(
        self, rule: Rule, text: str, line_start: int, line: str, number: int, shift: int, path: str
    ) -> Iterator[Candidate]:
        if not rule.applies_to(path):
            return
        try:
            for start, end in rule.secrets(line, path):
                if rule.until:
                    block = _block(rule, text, line_start + start, line_start + end, number, shift + start)
                    if block is not None:
                        yield block
                else:
                    span = Span(number, shift + start, number, shift + end)
                    yield Candidate(span, line[start:end], Syntax.FORMAT, "", rule)
        except TimeoutError:
            problem = f"{rule.id}: the regex takes too long on some lines; it was skipped there"
            if problem not in self.problems:
                self.problems.append(problem)


def _seen_whole(candidates: list[Candidate], shift: int, size: int, last: bool) -> list[Candidate]:
    """Of the candidates in a piece of a long line, those that no other piece shows as well or better.

    A candidate belongs to the piece in which it ends, and a block, which may be long, to that in which it begins.
    """
    first = shift + matcher.OVERLAP if shift else 0
    stop = shift + size + (1 if last else 0)
    half = matcher.OVERLAP // 2
    whole = []
    for candidate in candidates:
        if candidate.rule is not None and candidate.rule.until:
            within = first - (half if shift else 0) <= candidate.span.column < stop - (0 if last else half)
        else:
            within = first <= candidate.span.end_column < stop
        if within:
            whole.append(candidate)
    return whole


def _join(findings: list[Finding], more: list[Finding]) -> None:
    """Add the findings of a further piece of a line, in order, none over another."""
    if not more:
        return
    begin = min(new.span[:2] for new in more)
    start = len(findings)
    while start and findings[start - 1].span[2:] > begin:
        start -= 1
    here = findings[start:]
    here += [new for new in more if not any([decision.overlap(new.span, known.span) for known in here])]
    findings[start:] = sorted(here, key=lambda finding: finding.span)


def _block(rule: Rule, text: str, start: int, after: int, number: int, column: int) -> Candidate | None:
    """The block that `rule` opened at `start`, up to its end on this or a following line."""
    stop = rule.end_in(text, after, start + BLOCK_SIZE)
    below = text.count("\n", start, stop) if stop >= 0 else 0
    if stop < 0 or below > BLOCK_LINES:
        return None
    end_column = stop - (text.rfind("\n", 0, stop) + 1) if below else column + stop - start
    return Candidate(Span(number, column, number + below, end_column), text[start:stop], Syntax.BLOCK, "", rule)


def _lines_above(text: str, line_start: int) -> list[str]:
    start = line_start
    for _ in range(extractor.LOOK_BACK):
        if start == 0:
            break
        start = text.rfind("\n", 0, start - 1) + 1
    return text[start : line_start - 1].split("\n") if line_start else []


def moved(finding: Finding, lines: int) -> Finding:
    """The same finding, `lines` further down."""
    return Finding(
        finding.span.moved(lines),
        finding.rule,
        finding.kind,
        finding.severity,
        finding.confidence,
        finding.decided_by,
        finding.message,
        finding.fingerprint,
    )


class LiveScan:
    """A document under edit with its findings, always those of a full scan."""

    def __init__(self, scanner: Scanner, path: str, source: str, *, scan: bool = True) -> None:
        self.scanner = scanner
        self.path = path
        self.text = Text(source)
        self.findings: list[Finding] = []
        if scan:
            self.rescan()

    def rescan(self) -> None:
        self.findings = self.scanner.scan(self.text, self.path)

    def replace(self, span: Span, new: str) -> None:
        """Put `new` in place of `span`; reads again only what the edit can have changed."""
        top = min(span.line, len(self.text.lines) - 1)
        removed = self.text.lines[max(0, top - 1) : max(top, span.end_line) + 1]
        edit = self.text.replace(span, new)
        lines = edit.added - edit.removed
        first, last = edit.line, edit.line + edit.added
        around = self.text.lines[max(0, first - BLOCK_LINES) : last + extractor.LOOK_BACK]
        blocks = self.scanner.may_open_block(around) or self.scanner.may_open_block(removed)
        if blocks:
            first, last = max(0, first - BLOCK_LINES), last + BLOCK_LINES
        else:
            last += extractor.LOOK_BACK
        kept_above = bisect_left(self.findings, (first,), key=_line_of)
        kept_below = bisect_left(self.findings, (last - lines,), key=_line_of)
        below = self.findings[kept_below:]
        if lines:
            below = [moved(finding, lines) for finding in below]
        again = self.scanner.scan_lines(self.text.lines, self.path, first, last, blocks=blocks)
        self.findings[kept_above:] = again + below


def _line_of(finding: Finding) -> tuple[int]:
    return (finding.span.line,)
