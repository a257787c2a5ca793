"""Text in, findings out: whole texts, windows of lines, and documents under edit."""

from __future__ import annotations

import copy
import datetime
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unleak import decision
from unleak.detect import context, extractor, joined, keys, matcher, roles, wrapped
from unleak.detect.catalog import BREAK, Catalog, Rule
from unleak.detect.context import Context
from unleak.detect.openings import Openings
from unleak.finding import Candidate, Disputed, Finding, Span, Syntax, Verdict
from unleak.judge import protocol
from unleak.judge.protocol import Asked, Question
from unleak.pairs import tie, user_of
from unleak.suppress import Silencer, marks
from unleak.suppress.marks import Mark
from unleak.text import Edit, Text, flatten_breaks, line_width

if TYPE_CHECKING:
    from unleak.config import Config

BLOCK_LINES = 200
"""How many lines below its first one a block (a PEM key) may end."""
BLOCK_SIZE = 32_768
"""How many code points a block may have."""


_TRIGGERS = {**extractor.TRIGGERS, "joined": joined.TRIGGER, "mark": f"(?i)(?:{'|'.join(map(re.escape, marks.WORDS))})"}
_TRIGGER_NAMES = tuple(_TRIGGERS)


Verdicts = Mapping[Span, Verdict]
NO_VERDICTS: Verdicts = {}

_PATTERN_KEY = re.compile(
    r"[ \t-]*[\"']?(?:regex(?:es)?|patterns?|keywords|stop_?words|context|(?:non|negative)_examples)[\"']?[ \t]*[=:]"
)
"""Lines of the rule files of scanners, ours and others: they are about secrets and hold none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands in some lines: all findings, also those that are not reported, what a judge should be asked, marks.

    And with verdicts, where a judge disagrees. Each in the order of the text.
    """

    findings: list[Finding] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    disputed: list[Disputed] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def moved(self, lines: int) -> Reading:
        """The same, `lines` further down."""
        if not lines:
            return self
        return Reading(
            [finding.moved(lines) for finding in self.findings],
            [asked._replace(span=asked.span.moved(lines)) for asked in self.asked],
            [disputed.moved(lines) for disputed in self.disputed],
            [mark._replace(line=mark.line + lines) for mark in self.marks],
        )

    def cut(self, line: int) -> Reading:
        """What begins on `line` or below."""
        return Reading(
            self.findings[bisect_left(self.findings, line, key=_line_of) :],
            self.asked[bisect_left(self.asked, line, key=_line_of) :],
            self.disputed[bisect_left(self.disputed, line, key=_line_of) :],
            self.marks[bisect_left(self.marks, line, key=_mark_line) :],
        )

    def drop(self, line: int) -> None:
        """Forget what begins on `line` or below."""
        del self.findings[bisect_left(self.findings, line, key=_line_of) :]
        del self.asked[bisect_left(self.asked, line, key=_line_of) :]
        del self.disputed[bisect_left(self.disputed, line, key=_line_of) :]
        del self.marks[bisect_left(self.marks, line, key=_mark_line) :]


class _Found(NamedTuple):
    """A line, or a piece of one that begins at column `shift`, with its candidates."""

    line: str
    number: int
    line_start: int  # offset in the text
    shift: int
    candidates: list[Candidate]
    is_marked: bool


class Scanner:
    """Reads texts with one catalogue and one configuration; for any thread.

    With a `blend` it says what a judge should be asked, and goes by the verdicts that it is given.
    """

    def __init__(
        self, catalog: Catalog | None = None, config: Config | None = None, blend: decision.Blend | None = None
    ) -> None:
        if catalog is None:
            catalog = Catalog.load([Path(path) for path in config.extra_rules] if config else [])
        self.catalog = catalog
        self.problems = list(catalog.problems)
        self.blend = blend
        self._rules = tuple(rule for rule in catalog.rules if not rule.context)
        self._context = Context(rule for rule in catalog.rules if rule.context)
        self._openings = Openings(self._rules)
        self._engine = matcher.engine_for(self._rules, _TRIGGERS)
        self._mark = len(self._rules) + _TRIGGER_NAMES.index("mark")
        self._joint = len(self._rules) + _TRIGGER_NAMES.index("joined")
        self._not_in_code = frozenset(
            len(self._rules) + at for at, name in enumerate(_TRIGGER_NAMES) if name in extractor.NOT_IN_CODE
        )
        self._block_words = {word for rule in self._rules if rule.until for word in rule.keywords or ("",)}
        self._meanings: dict[frozenset[int], tuple[tuple[Rule, ...], frozenset[str]]] = {}
        self._pairs = {rule.id: rule.pair for rule in catalog.rules if rule.pair}
        self._today = datetime.date.today()
        self._silencer = Silencer(config, catalog.rules, self.problems)
        self._least = config.min_severity if config else None

    @property
    def matcher(self) -> str:
        """The name of the engine that finds the lines which are worth a look."""
        return self._engine.name

    def configured(self, config: Config) -> Scanner:
        """A scanner with the same rules and another configuration: cheap, for rules are what takes time."""
        scanner = copy.copy(self)
        scanner.problems = list(self.catalog.problems)
        scanner._silencer = Silencer(config, self.catalog.rules, scanner.problems)
        scanner._least = config.min_severity
        return scanner

    def judging(self, blend: decision.Blend | None) -> Scanner:
        """A scanner like this one that goes by a judge, or by none."""
        scanner = copy.copy(self)
        scanner.blend = blend
        return scanner

    def scan(self, text: Text | str, path: str, verdicts: Verdicts = NO_VERDICTS) -> list[Finding]:
        """All findings in `text` that are to be reported, in order.

        `path` tells what kind of file it is and is never opened.
        """
        return self.settled(self.read(text, path, verdicts), path)

    def read(self, text: Text | str, path: str, verdicts: Verdicts = NO_VERDICTS) -> Reading:
        """Everything known about `text`, before marks, pairs and the least severity count."""
        return self._read(str(text), path, 0, None, verdicts.get)

    def read_lines(
        self,
        lines: Sequence[str],
        path: str,
        first: int,
        last: int,
        *,
        blocks: bool = True,
        verdicts: Verdicts = NO_VERDICTS,
    ) -> Reading:
        """What begins in `lines[first:last]`: just what a reading of all lines has there.

        Without `blocks` the caller knows that no block opens in these lines or in `BLOCK_LINES` above them.
        """
        reach = BLOCK_LINES if blocks else extractor.LOOK_BACK
        begin = max(0, first - reach - extractor.LOOK_BACK)
        text = "".join(lines[begin : last + reach])
        return self._read(
            text, path, first - begin, last - begin, lambda span: verdicts.get(span.moved(begin)) if verdicts else None
        ).moved(begin)

    def questions(self, text: Text | str, path: str, asked: Sequence[Asked]) -> list[tuple[Question, list[int]]]:
        """What a judge is to be asked about a text, each question with the places in `asked` of its candidates."""
        lines = flatten_breaks(str(text)).split("\n")
        about = (roles.role_of(path).value, roles.family_of(path))
        return protocol.questions(lines, path, about, asked)

    def settled(self, reading: Reading, path: str) -> list[Finding]:
        """The findings of a whole text that are to be reported: pairs tied, marks and configuration obeyed."""
        return [
            finding
            for finding in self.all_settled(reading, path)
            if not finding.silenced and (self._least is None or finding.severity >= self._least)
        ]

    def all_settled(self, reading: Reading, path: str) -> list[Finding]:
        """The findings of a whole text, also those that are not reported: `silenced` says why."""
        findings = tie(reading.findings, self._pairs)
        if reading.marks:
            findings = marks.silence(findings, reading.marks)
        return self._silencer.by_place(findings, path)

    def reviewed(
        self, text: Text | str, path: str, found: Sequence[tuple[Candidate, Finding]], marked: Sequence[Mark]
    ) -> list[Finding]:
        """Findings that others have made in a text, each within one line, as marks and configuration want them.

        `marked` are the marks that a reading of the text has come upon.
        """
        source = flatten_breaks(str(text))
        lines = source.split("\n")
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        findings: list[Finding] = []
        for candidate, finding in found:
            number = finding.span.line
            at = _Found(lines[number], number, starts[number], 0, [candidate], False)
            around = partial(_contexts, source, at)
            findings += self._silencer.reviewed([(candidate, finding)], at.line, 0, path, around)
        return self._silencer.by_place(marks.silence(findings, marked) if marked else findings, path)

    def may_open_block(self, lines: Sequence[str]) -> bool:
        """Whether a rule for blocks can match in `lines`, by its keywords."""
        text = "".join(lines).lower()
        return any([word in text for word in self._block_words])

    def candidates(self, text: str, path: str) -> Iterator[tuple[str, int, list[Candidate]]]:
        """Every line of `text` on which something may be a secret, with its candidates.

        Of a very long line pieces, each with the column at which it begins.
        """
        for found in self._proposed(flatten_breaks(text), path, 0, None):
            if found.candidates:
                yield found.line, found.shift, found.candidates

    def _read(self, text: str, path: str, first: int, last: int | None, verdict_of: decision.VerdictOf) -> Reading:
        reading = Reading()
        text = flatten_breaks(text)
        for found in self._proposed(text, path, first, last):
            if found.is_marked:
                reading.marks.extend(marks.marks_in(found.line, found.number))
            if not found.candidates:
                continue
            decided = decision.decide(
                found.candidates, found.line, found.shift, path, self._today, self.blend, verdict_of
            )
            reading.asked.extend(decided.asked)
            reading.disputed.extend(decided.disputed)
            findings = self._silencer.reviewed(
                decided.findings, found.line, found.shift, path, partial(_contexts, text, found)
            )
            findings = [self._with_user(finding, text, found) for finding in findings]
            if found.shift:
                _join(reading.findings, findings)
            else:
                reading.findings.extend(findings)
        return reading

    def _with_user(self, finding: Finding, text: str, found: _Found) -> Finding:
        if finding.kind != "password" or finding.silenced:
            return finding
        user = user_of(finding, found.line, found.shift, _lines_above(text, found.line_start))
        return replace(finding, related=(user,)) if user else finding

    def _proposed(self, text: str, path: str, first: int, last: int | None, depth: int = 0) -> Iterator[_Found]:
        """The lines, or pieces of very long ones, on which there is something."""
        view = matcher.view_of(text)
        code = roles.is_code(path) and not depth
        is_catalog = path.endswith((".toml", ".yml", ".yaml"))
        number = counted = 0
        inside = -1  # the last line of the blocks opened so far: what lies in a block is part of it
        for start, end, patterns in matcher.hit_lines(self._engine, view, self._not_in_code if code else frozenset()):
            line_start = view.rfind(b"\n", 0, start) + 1
            number += view.count(b"\n", counted, line_start)
            counted = line_start
            if last is not None and number >= last:
                return
            rules, fired = self._meaning(patterns)
            joint = self._joint in patterns and number >= first - extractor.LOOK_BACK
            if number < first and not rules and not joint:
                continue
            line = text[start:end]
            if is_catalog and (BREAK in line or _PATTERN_KEY.match(line)):
                continue  # what a scanner looks for, and its examples
            shift = start - line_start
            candidates: list[Candidate] = []
            out = number <= inside or number < first
            for rule in rules:
                if rule.until or not out:
                    for candidate in self._matched(rule, text, start, line, number, shift, path):
                        inside = max(inside, candidate.span.end_line - (candidate.span.end_line == number))
                        candidates.append(candidate)
            if joint and number > inside and not shift and end - start <= matcher.PIECE:
                for candidate in self._joined(text, start, end, number, path):
                    inside = max(inside, candidate.span.end_line - (candidate.span.end_line == number))
                    candidates.append(candidate)
            is_marked = self._mark in patterns and number >= first
            if not out and fired:
                found = {candidate.span.column for candidate in candidates}
                candidates += self._extracted(text, line_start, line, number, shift, path, code, fired, depth, found)
            if out:
                candidates = []
            elif shift or (end < len(view) and view[end] != 10):
                candidates = _seen_whole(candidates, shift, len(line), end == len(view) or view[end] == 10)
            if candidates or is_marked:
                yield _Found(line, number, line_start, shift, candidates, is_marked)

    def _extracted(
        self,
        text: str,
        line_start: int,
        line: str,
        number: int,
        shift: int,
        path: str,
        code: bool,
        fired: frozenset[str],
        depth: int,
        found: Set[int],
    ) -> Iterator[Candidate]:
        """What the extractor sees on a line, named by its surroundings and taken out of its wrapping.

        `found` has the columns at which rules found something.
        """
        above = partial(_lines_above, text, line_start)
        for at, stop, key, syntax in extractor.propose(line, above, code, fired):
            value = line[at:stop]
            span = Span(number, shift + at, number, shift + stop)
            if stop - at < context.LEAST:  # too short for a format or a wrapping, as most
                yield Candidate(span, value, syntax, key)
                continue
            rule = self._context.rule_for(value, key, line, at, above)
            like = "" if span.column in found else self._openings.begins(value)
            yield Candidate(span, value, syntax, key, rule, like)
            if depth < wrapped.DEPTH and stop - at >= wrapped.LEAST:
                for name, inner in wrapped.unwrapped(value):
                    yield from self._wrapped(span, value, syntax, key, name, inner, path, depth)

    def _joined(self, text: str, start: int, end: int, number: int, path: str) -> Iterator[Candidate]:
        """The secrets that literals of this line make together with those that follow them."""
        for first, last, whole in joined.joined(text, start, end):
            below = text.count("\n", first, last)
            if below > extractor.LOOK_BACK:
                continue
            for begin, stop, patterns in matcher.hit_lines(self._engine, matcher.view_of(whole)):
                for rule in self._meaning(patterns)[0]:
                    if rule.distinctive and not rule.until and rule.applies_to(path):
                        for at, to in rule.secrets(whole[begin:stop], path):
                            span = _span(text, number, start, first, last, below)
                            yield Candidate(span, text[first:last], Syntax.FORMAT, "", rule, "", whole[at:to], "pieces")

    def _wrapped(
        self, span: Span, value: str, syntax: Syntax, key: str, name: str, text: str, path: str, depth: int
    ) -> Iterator[Candidate]:
        """A candidate for each secret that a decoded value holds, where it stands in that or else at all of it."""
        places: list[int] = []
        for found in self._proposed(text, path, 0, None, depth + 1):
            decided = decision.decide(found.candidates, found.line, found.shift, path, self._today)
            for candidate, finding in decided.findings:
                if finding.silenced or _is_in_sight(candidate, value):
                    continue
                if candidate.rule is not None or keys.names_secret(candidate.key):
                    at, stop = 0, len(value)
                    if places := places or wrapped.places(name, value):
                        first = found.line_start + candidate.span.column
                        at, stop = places[first], places[first + len(candidate.value)]
                    inner = Span(span.line, span.column + at, span.line, span.column + stop)
                    yield Candidate(
                        inner, value[at:stop], syntax, candidate.key or key, candidate.rule, "", candidate.secret, name
                    )

    def _meaning(self, patterns: frozenset[int]) -> tuple[tuple[Rule, ...], frozenset[str]]:
        """The rules and the triggers that patterns of the engine stand for."""
        known = self._meanings.get(patterns)
        if known is None:
            count = len(self._rules)
            fired = patterns - {self._mark, self._joint}
            known = self._meanings[patterns] = (
                tuple(self._rules[number] for number in sorted(patterns) if number < count),
                frozenset(_TRIGGER_NAMES[number - count] for number in fired if number >= count),
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


def _is_in_sight(candidate: Candidate, outer: str) -> bool:
    """Whether what was decoded out of `outer` stands in it undisguised, and is found there anyway."""
    rule = candidate.rule
    if candidate.secret not in outer:
        return False
    if rule is None or rule.context or rule.until:
        return True
    return any(outer[start:end] == candidate.secret for start, end in rule.secrets(outer))


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


def _span(text: str, number: int, line_start: int, start: int, end: int, below: int) -> Span:
    """The span of `text[start:end]`, which begins on line `number` and ends `below` lines further down."""
    end_start = text.rfind("\n", 0, end) + 1 if below else line_start
    return Span(number, start - line_start, number + below, end - end_start)


def _contexts(text: str, found: _Found, findings: Sequence[Finding]) -> list[str]:
    """What stands around findings that begin on one line, for the baseline."""
    from unleak.suppress.baseline import contexts_of

    spans = [finding.span.moved(-found.number) for finding in findings]
    end = found.line_start
    for _ in range(max(span.end_line for span in spans) + 1):
        end = text.find("\n", end) + 1 or len(text) + 1
    return contexts_of(text[found.line_start : end].split("\n"), spans)


def _lines_above(text: str, line_start: int) -> list[str]:
    start = line_start
    for _ in range(extractor.LOOK_BACK):
        if start == 0:
            break
        start = text.rfind("\n", 0, start - 1) + 1
    return text[start : line_start - 1].split("\n") if line_start else []


class LiveScan:
    """A document under edit with its findings, always those of a full scan with the verdicts that are known.

    A verdict is of one stretch of text: it moves with it and is forgotten when an edit touches it.
    """

    def __init__(self, scanner: Scanner, path: str, source: str, *, scan: bool = True) -> None:
        self.scanner = scanner
        self.path = path
        self.text = Text(source)
        self.verdicts: dict[Span, Verdict] = {}
        self._reading = scanner.read(self.text, path) if scan else Reading()
        self._settled: list[Finding] | None = None

    @property
    def findings(self) -> list[Finding]:
        """Those to be reported, in order, of the lines that have been read."""
        if self._settled is None:
            self._settled = self.scanner.settled(self._reading, self.path)
        return self._settled

    @property
    def asked(self) -> list[Asked]:
        """What a judge should be asked about, in order, of the lines that have been read."""
        return self._reading.asked

    @property
    def reading(self) -> Reading:
        """All that is known of the lines that have been read, as it is now."""
        return self._reading.cut(0)

    def read(self, first: int, last: int) -> None:
        """Read the lines from `first` to before `last`, below which nothing has been read yet."""
        self._splice(first, None, self._read(first, last), 0)

    def forget_from(self, line: int) -> None:
        """Be as unread from `line` on."""
        self._splice(line, None, Reading(), 0)

    def judged(self, verdicts: Verdicts) -> None:
        """Go by these verdicts, and no longer by any other; only the lines that they concern are read again."""
        changed = {span.line for span, verdict in verdicts.items() if self.verdicts.get(span) != verdict}
        changed |= {span.line for span in self.verdicts if span not in verdicts}
        self.verdicts = dict(verdicts)
        for line in sorted(changed):
            blocks = self.scanner.may_open_block(self.text.lines[max(0, line - BLOCK_LINES) : line + 1])
            self._splice(line, line + 1, self._read(line, line + 1, blocks=blocks), 0)

    def replace(self, span: Span, new: str) -> None:
        """Put `new` in place of `span`; reads again only what the edit can have changed."""
        top = min(span.line, len(self.text.lines) - 1)
        removed = self.text.lines[max(0, top - 1) : max(top, span.end_line) + 1]
        start = self.text.clamped(span.line, span.column)
        end = max(start, self.text.clamped(span.end_line, span.end_column))
        width = line_width(self.text.lines[end[0]])
        edit = self.text.replace(span, new)
        if self.verdicts:
            self._move_verdicts(start, end, width, edit)
        lines = edit.added - edit.removed
        first, last = max(0, edit.line - extractor.LOOK_BACK), edit.line + edit.added
        around = self.text.lines[max(0, first - BLOCK_LINES) : last + extractor.LOOK_BACK]
        blocks = self.scanner.may_open_block(around) or self.scanner.may_open_block(removed)
        if blocks:
            first, last = max(0, first - BLOCK_LINES), last + BLOCK_LINES
        else:
            last += extractor.LOOK_BACK
        self._splice(first, last - lines, self._read(first, last, blocks=blocks), lines)

    def _read(self, first: int, last: int, *, blocks: bool = True) -> Reading:
        return self.scanner.read_lines(self.text.lines, self.path, first, last, blocks=blocks, verdicts=self.verdicts)

    def _move_verdicts(self, start: tuple[int, int], end: tuple[int, int], width: int, edit: Edit) -> None:
        """Move those that an edit from `start` to `end`, on a last line `width` wide, did not touch; forget others.

        What followed the edit on its last line is as far from that line's end as it was.
        """
        last = edit.line + edit.added - 1
        more = line_width(self.text.lines[last]) - width if 0 <= last < len(self.text.lines) else 0
        lines = edit.added - edit.removed
        moved = {}
        for span, verdict in self.verdicts.items():
            if span[2:] <= start:
                moved[span] = verdict
            elif span.line == end[0] and span.column >= end[1]:
                down = last - end[0]
                on_same = more if span.end_line == span.line else 0
                to = Span(last, span.column + more, span.end_line + down, span.end_column + on_same)
                moved[to] = verdict
            elif span.line > end[0]:
                moved[span.moved(lines)] = verdict
        self.verdicts = moved

    def _splice(self, first: int, last: int | None, new: Reading, lines: int) -> None:
        """Put `new` in place of what was read from `first` to before `last`, and move what is below by `lines`."""
        known, below = self._reading, Reading()
        if last is not None:
            below = known.cut(last).moved(lines)
        known.drop(first)
        for of in (new, below):
            known.findings.extend(of.findings)
            known.asked.extend(of.asked)
            known.disputed.extend(of.disputed)
            known.marks.extend(of.marks)
        self._settled = None


def _line_of(found: Finding | Asked | Disputed) -> int:
    return found.span.line


def _mark_line(mark: Mark) -> int:
    return mark.line
