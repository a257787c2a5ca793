"""A text with its syntax tree. The tree is made when somebody asks for it: grammars cost nothing at the start."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Refusal, applied, line_break_of
from unleak.text import split_lines

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

_HEREDOCS_END_AT_ONCE = frozenset({"perl", "php"})
_COMMENTS_END_IN_LF = frozenset({"perl"})
"""Grammars that read on forever behind `word#` at the end of a text."""

_LONE_CR = re.compile(r"\r(?!\n)")


class Source:
    """One text to be fixed. Spans and columns are code points; bytes exist in here alone.

    `path` tells what kind of text it is and is never opened; `grammar` is a name of tree-sitter-language-pack,
    or empty where there is none. `beside` reads a file of the project by its path relative to this file, None where
    there is none: for conventions that other files tell (`package.json`, `composer.json`).
    """

    def __init__(
        self,
        text: str,
        path: str,
        grammar: str = "",
        beside: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self.text = text
        self.path = path
        self.grammar = grammar
        self.beside = beside
        self._earlier: Tree | None = None  # the tree of a text before changes: what they leave is not parsed again

    @cached_property
    def lines(self) -> list[str]:
        return split_lines(self.text)

    @cached_property
    def line_break(self) -> str:
        return line_break_of(self.lines)

    @cached_property
    def tree(self) -> Tree:
        """The syntax tree; what is half typed is in it as ERROR nodes. Refusal where the grammar is not installed."""
        # Rows of tree-sitter end in LF alone; a lone CR, which ends a line here, becomes one. A backslash that
        # continues a line stays at its end; blanks behind the end of a heredoc would open it in some grammars.
        flat = self.text.replace("\\\r\n", " \\\n")
        if self.grammar not in _HEREDOCS_END_AT_ONCE:
            flat = flat.replace("\r\n", " \n")
        flat = _LONE_CR.sub("\n", flat)
        if self.grammar in _COMMENTS_END_IN_LF:
            flat += "\n"
        parser, data = _parser(self.grammar), flat.encode("utf-8", "replace")
        return parser.parse(data) if self._earlier is None else parser.parse(data, self._earlier)

    @property
    def root(self) -> Node:
        return self.tree.root_node

    def node_at(self, span: Span) -> Node:
        """The smallest named node that holds all of `span`."""
        start, end = self._point(span.line, span.column), self._point(span.end_line, span.end_column)
        node = self.root.named_descendant_for_point_range(start, end)
        return node if node is not None else self.root

    def span_of(self, node: Node) -> Span:
        """Where a node stands."""
        return Span(*self._place(node.start_point), *self._place(node.end_point))

    def text_of(self, node: Node) -> str:
        return self.cut(self.span_of(node))

    def cut(self, span: Span) -> str:
        """The text of `span`, line breaks as they stand."""
        if span.line == span.end_line:
            return self.lines[span.line][span.column : span.end_column]
        middle = self.lines[span.line + 1 : span.end_line]
        return "".join([self.lines[span.line][span.column :], *middle, self.lines[span.end_line][: span.end_column]])

    def indentation(self, line: int) -> str:
        """The blanks that a line begins with."""
        text = self.lines[line]
        return text[: len(text) - len(text.lstrip(" \t"))]

    def inserted(self, line: int, text: str) -> Change:
        """New lines before `line`; `text` ends without a line break and gets the text's own ones.

        Behind a last line without a break it begins with one.
        """
        new = text.replace("\n", self.line_break)
        if line < len(self.lines):
            return Change(Span(line, 0, line, 0), new + self.line_break)
        last = len(self.lines) - 1
        width = len(self.lines[last])
        return Change(Span(last, width, last, width), (self.line_break if width else "") + new + self.line_break)

    def after(self, changes: Sequence[Change]) -> Source:
        """The same after changes, which are in order and do not overlap. Its tree takes a fraction of the time."""
        result = Source(applied(self.text, changes), self.path, self.grammar, self.beside)
        if self.grammar:
            tree = self.tree.copy()
            for span, new in reversed(changes):
                start, end = self._point(*span[:2]), self._point(*span[2:])
                first, last = self._offset(start), self._offset(end)
                added = split_lines(new)
                width = len(added[-1].encode("utf-8", "replace"))
                new_end = (start[0] + len(added) - 1, width if len(added) > 1 else start[1] + width)
                size = len(new.encode("utf-8", "replace"))
                tree.edit(first, last, first + size, start, end, new_end)
            result._earlier = tree
        return result

    def become(self, text: str) -> Source:
        """The same with another text, which is parsed no further than it differs."""
        old, new = self.lines, split_lines(text)
        most = min(len(old), len(new))
        above = next((at for at in range(most) if old[at] != new[at]), most)
        below = next((at for at in range(most - above) if old[-1 - at] != new[-1 - at]), most - above)
        if not self.grammar or (above == 0 and below == 0) or below == 0 or above == len(old):
            return Source(text, self.path, self.grammar, self.beside)
        changed = Span(above, 0, len(old) - below, 0)
        return self.after([Change(changed, "".join(new[above : len(new) - below]))])

    def _offset(self, point: tuple[int, int]) -> int:
        """The number of bytes before a point."""
        return len("".join(self.lines[: point[0]]).encode("utf-8", "replace")) + point[1]

    def _point(self, line: int, column: int) -> tuple[int, int]:
        text = self.lines[line]
        return line, column if text.isascii() else len(text[:column].encode("utf-8", "replace"))

    def _place(self, point: tuple[int, int]) -> tuple[int, int]:
        row, column = point
        if row >= len(self.lines):
            return len(self.lines) - 1, len(self.lines[-1])
        text = self.lines[row]
        if text.isascii():
            return row, min(column, len(text))
        return row, len(text.encode("utf-8", "replace")[:column].decode("utf-8", "replace"))


def ancestors(node: Node) -> Iterator[Node]:
    """The nodes around a node, the nearest first, itself not among them."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def within(node: Node, kinds: Sequence[str] | frozenset[str]) -> Node | None:
    """The node itself or the nearest one around it that is of one of the kinds."""
    if node.type in kinds:
        return node
    return next((around for around in ancestors(node) if around.type in kinds), None)


def walk(node: Node) -> Iterator[Node]:
    """The named nodes below a node and itself, in order of the text."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.named_children)


@cache
def _parser(grammar: str) -> Parser:
    try:
        from tree_sitter_language_pack import get_parser
    except ImportError:
        raise Refusal(
            "This fix needs the package tree-sitter-language-pack: install unleak with its dependencies."
        ) from None
    try:
        return get_parser(grammar)  # type: ignore[arg-type]  # its names are a closed list of literals
    except (LookupError, ValueError, OSError) as error:
        raise Refusal(f"The grammar for {grammar} cannot be loaded: reinstall tree-sitter-language-pack.") from error
