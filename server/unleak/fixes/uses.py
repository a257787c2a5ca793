"""Where a name is used in a source. The text is searched first: a tree of 5,000 lines is slow to walk."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Secret
from unleak.fixes.source import Source

if TYPE_CHECKING:
    from tree_sitter import Node


def places(source: Source, name: str) -> Iterator[tuple[Span, Node]]:
    """Every place where `name` stands as a word, in code, strings and comments, with the smallest node around it."""
    for span in words(source, name):
        yield span, source.node_at(span)


def words(source: Source, name: str, behind: str = "") -> Iterator[Span]:
    """Every place where `name` stands as a word; `behind` is a pattern for what follows."""
    escaped = re.escape(name)
    # The name comes first: what begins with a literal is found many times faster.
    word = re.compile(rf"{escaped}(?!\w){behind}(?<!\w{escaped})")
    starts: list[int] = []
    for match in word.finditer(source.text):
        starts = starts or list(accumulate(map(len, source.lines), initial=0))
        row = bisect_right(starts, match.start(), hi=len(source.lines)) - 1
        yield Span(row, match.start() - starts[row], row, match.end() - starts[row])


def uses(source: Source, name: str, kinds: frozenset[str] = frozenset({"identifier"})) -> Iterator[Node]:
    """The nodes of some kinds that are the name and no more."""
    for span, node in places(source, name):
        if node.type in kinds and source.span_of(node) == span:
            yield node


def gaps(source: Source, content: Span, secrets: Sequence[Secret]) -> list[str]:
    """What stands before, between and after secrets, which are in order."""
    found, at = [], content[:2]
    for secret in secrets:
        found.append(source.cut(Span(*at, *secret.span[:2])))
        at = secret.span[2:]
    return [*found, source.cut(Span(*at, *content[2:]))]


def before(span: Span) -> Span:
    """The empty place where a span begins."""
    return Span(*span[:2], *span[:2])


def behind(span: Span) -> Span:
    """The empty place where a span ends."""
    return Span(*span[2:], *span[2:])


def same(node: Node | None, other: Node | None) -> bool:
    """Whether two nodes, which are made anew at each question, are one."""
    return node is not None and other is not None and node.id == other.id


def behind_header(source: Source) -> int:
    """The line behind the comment that opens a file and the blank line that follows it."""
    line = 0
    for child in source.root.named_children:
        text = source.text_of(child)
        opens = "comment" in child.type or child.type in ("shebang_line", "haddock", "pragma", "shebang_directive")
        if not opens or text.startswith(("///", "/**", "-- |")):
            break
        end = source.span_of(child)
        line = end.end_line + (1 if end.end_column else 0)
    if line and line < len(source.lines) - 1 and not source.lines[line].strip():
        line += 1
    return line


def dedented(raw: str, width: int) -> str:
    """A text of several lines without the indentation that its closing quotes tell, nor its first and last break."""
    lines = raw.replace("\r\n", "\n").split("\n")
    if len(lines) == 1:
        return raw
    lines = [lines[0], *(line[width:] if not line[:width].strip() else line for line in lines[1:])]
    if not lines[0].strip() and not lines[-1].strip():
        lines = lines[1:-1]
    return "\n".join(lines)
