"""Ignoring a finding where it stands: a comment that the scanner obeys, in the syntax of the file.

Places are tried one after the other, and the first one counts that is proven: the scanner reads the mark there, the
grammar calls it a comment, and the text around it means what it meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Finding, Severity, Span
from unleak.fixes.change import Change, Refusal, applied
from unleak.fixes.comment_styles import Commenting, Style, commenting_of
from unleak.fixes.embedded import section_at
from unleak.fixes.source import Source, ancestors
from unleak.suppress.marks import marks_in, silence
from unleak.text import split_lines

if TYPE_CHECKING:
    from tree_sitter import Node

LONGEST_REGION = 200
"""Lines that a mark in front of a text and one behind it may have between them."""
_COMMENTED_OPENINGS = frozenset({"bash", "perl", "ruby", "yaml"})
"""Grammars of languages in which a comment may stand behind what opens a text on the lines below."""
_REGIONS = 8  # tried at most
_MARK = re.compile(r"unleak:[ \t]*ignore(?:-line|-next-line)?[ \t]?\[([^\]\[]*)\]", re.IGNORECASE)
_ID = re.compile(r"[a-z0-9][a-z0-9._\-]*")

_Changes = tuple[Change, ...]


def ignored_here(source: Source, span: Span, rule: str) -> tuple[Change, ...]:
    """A mark for the finding of `rule` at `span`, as one or two changes.

    It stands at the end of the line, else above it; where neither can be a comment, in front of the text of several
    lines and behind it. A mark that is there already names the rule as well. Refusal where the file has no place for
    a comment.
    """
    commenting = commenting_of(source.path, source.text)
    if commenting.grammar != source.grammar:
        source = Source(source.text, source.path, commenting.grammar, source.beside)
    sections = [(source, commenting)]
    if source.grammar and (section := section_at(source, span)):
        sections.insert(0, section)
    for inner, styles in sections:
        for changes in _placements(source, inner, styles, span, rule):
            if _is_obeyed(source, changes, span, rule) and _is_comment(inner, changes):
                return changes
    if not any(styles.styles for _, styles in sections):
        raise Refusal("This kind of file has no comments that every reader passes over: ignore it in the baseline.")
    raise Refusal("No comment can stand near this value: ignore it in the baseline.")


def _placements(source: Source, section: Source, commenting: Commenting, span: Span, rule: str) -> Iterator[_Changes]:
    """Where a mark might stand, the best place first; `section` is the part of the source that is so commented."""
    ids = f"[{rule}]" if _ID.fullmatch(rule) else ""
    for line in range(max(0, span.line - 1), span.end_line + 1):
        for mark in _MARK.finditer(source.lines[line]) if ids else ():
            at = Span(line, mark.end() - 1, line, mark.end() - 1)
            yield (Change(at, f", {rule}" if mark[1].strip() else rule),)
    for style in commenting.styles:
        if style.behind:
            for line in dict.fromkeys((span.line, span.end_line)):
                yield from _behind(source, commenting, style, line, f"unleak: ignore{ids}")
    above = source.lines[span.line - 1].rstrip() if span.line else ""
    goes_on = above.endswith(commenting.continuation) and not commenting.between
    for style in commenting.styles:
        if not goes_on:
            yield (_on_its_own(source, style, span.line, span.line, f"unleak: ignore-next-line{ids}"),)
        if style.behind and span.line and section.grammar in _COMMENTED_OPENINGS:
            yield from _behind(source, commenting, style, span.line - 1, f"unleak: ignore-next-line{ids}")
    for first, last in _regions(source, section, commenting, span):
        for style in commenting.styles:
            yield (
                _on_its_own(source, style, first, first, f"unleak: ignore-begin{ids}"),
                _on_its_own(source, style, last + 1, first, f"unleak: ignore-end{ids}"),
            )


def _behind(source: Source, commenting: Commenting, style: Style, line: int, mark: str) -> Iterator[_Changes]:
    """The mark at the end of a line: in the comment that ends there, else as one."""
    text = source.lines[line].rstrip()
    if not text or text.endswith(commenting.continuation):
        return
    if style.closing and text.endswith(style.closing):
        at = len(text[: -len(style.closing)].rstrip())
        yield (Change(Span(line, at, line, at), f" {mark}"),)
    gap = style.gap if not text.lstrip().startswith(style.opening) else " "
    at = len(text)
    yield (Change(Span(line, at, line, at), f"{gap}{_comment(style, mark)}"),)


def _on_its_own(source: Source, style: Style, line: int, like: int, mark: str) -> Change:
    """The mark on a new line before `line`, indented as the line `like`."""
    return source.inserted(line, source.indentation(like) + _comment(style, mark))


def _comment(style: Style, mark: str) -> str:
    return f"{style.opening} {mark} {style.closing}".rstrip()


def _regions(source: Source, section: Source, commenting: Commenting, span: Span) -> Iterator[tuple[int, int]]:
    """First and last lines of what the value is part of, the smallest first: lines that go on, then the syntax."""
    first, last = span.line, span.end_line
    while first and source.lines[first - 1].rstrip().endswith(commenting.continuation):
        first -= 1
    while last + 1 < len(source.lines) and source.lines[last].rstrip().endswith(commenting.continuation):
        last += 1
    found = [(first, last)] if (first, last) != (span.line, span.end_line) else []
    if section.grammar:
        node = section.node_at(span)
        for around in (node, *ancestors(node)):
            place = section.span_of(around)
            end = place.end_line if place.end_column else place.end_line - 1
            found.append((min(place.line, first), max(end, last)))
    wanted = [region for region in dict.fromkeys(found) if region[0] < region[1]]
    for begin, end in wanted[:_REGIONS]:
        if end - begin < LONGEST_REGION:
            yield begin, end


def _is_obeyed(source: Source, changes: Sequence[Change], span: Span, rule: str) -> bool:
    """Whether the scanner takes the finding for silenced after the changes."""
    lines = split_lines(applied(source.text, changes))
    moved = span.moved(sum(_breaks(change.new) for change in changes if change.span[:2] <= (span.line, 0)))
    touched = sorted({line for line, _ in _ends(changes)})
    marks = [mark for line in touched for mark in marks_in(lines[line], line)]
    finding = Finding(moved, rule, "", Severity.WARNING, 1.0, "rule", "", "")
    return bool(silence([finding], marks)[0].silenced)


def _is_comment(source: Source, changes: Sequence[Change]) -> bool:
    """Whether the grammar agrees that what was added is a comment, and breaks nothing."""
    if not source.grammar or "unleak" not in changes[0].new:
        return True
    after = source.after(changes)
    for (line, end), change in zip(_ends(changes), changes, strict=True):
        mark = re.search(r"unleak:[^\r\n]*", change.new)
        start = end - len(mark[0].rstrip()) if mark else end
        node = after.node_at(Span(line, start, line, start + len("unleak")))
        if not _passes(after, node, change, "".join([*after.lines[:line], after.lines[line][:start]])):
            return False
    return _errors(after.root) <= _errors(source.root)


def _passes(source: Source, node: Node, change: Change, before: str) -> bool:
    kinds = [around.type.lower() for around in (node, *ancestors(node))]
    if source.grammar == "markdown":
        return not any("code" in kind for kind in kinds)
    if source.grammar == "php":  # which also takes for a comment what is text, in heredocs and behind `?>`
        is_markup = before.rfind("?>") >= before.rfind("<?")
        if is_markup or "<!--" in change.new:
            return is_markup and "<!--" in change.new and "comment" not in kinds
        if not {"heredoc", "nowdoc"}.isdisjoint(kinds):
            return False
    return any("comment" in kind for kind in kinds)


def _ends(changes: Sequence[Change]) -> Iterator[tuple[int, int]]:
    """Line and column, in the text after the changes, at which the visible part of each ends."""
    added = 0
    for (line, column, _, _), new in changes:
        pieces = split_lines(new)
        last = len(pieces) - 1 if pieces[-1].strip() else len(pieces) - 2
        yield line + added + last, (0 if last else column) + len(pieces[last].rstrip())
        added += _breaks(new)


def _breaks(new: str) -> int:
    return len(split_lines(new)) - 1


def _errors(root: Node) -> int:
    """How much of a text the grammar does not understand."""
    errors, waiting = 0, [root] if root.has_error else []
    while waiting:
        node = waiting.pop()
        errors += node.is_error or node.is_missing
        waiting += [child for child in node.children if child.has_error or child.is_missing]
    return errors
