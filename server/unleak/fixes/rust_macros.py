"""Rust's macros, whose arguments are no tree: which argument a node is, and what a format takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Secret
from unleak.fixes.literals import Literal
from unleak.fixes.source import Source, ancestors
from unleak.fixes.uses import before, behind, gaps, same

if TYPE_CHECKING:
    from tree_sitter import Node

_FORMATS = dict.fromkeys(
    "println print eprintln eprint format format_args panic todo unimplemented unreachable anyhow bail"
    " trace debug info warn error".split(),
    0,
) | dict.fromkeys("write writeln assert debug_assert ensure".split(), 1)
"""Macros with a format, and which argument it is."""
_EXPRESSIONS = frozenset("vec json assert_eq assert_ne debug_assert_eq dbg hashmap maplit select".split())
_HOLE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}:]*)(?P<style>:[^{}]*)?\}|\\u\{[0-9A-Fa-f_]*\}")


class Macro(NamedTuple):
    """A call of a macro, and its arguments as the tokens between commas."""

    name: str
    tokens: Node
    arguments: tuple[tuple[Node, ...], ...]

    @property
    def takes_expressions(self) -> bool:
        return self.name in _FORMATS or self.name in _EXPRESSIONS

    @property
    def format(self) -> Node | None:
        """The literal that is the format."""
        at = _FORMATS.get(self.name)
        if at is None or at >= len(self.arguments) or len(self.arguments[at]) != 1:
            return None
        node = self.arguments[at][0]
        return node if node.type in ("string_literal", "raw_string_literal") else None

    def is_format(self, node: Node) -> bool:
        return same(self.format, node)

    def prints(self, node: Node) -> bool:
        """Whether a node is an argument behind the format by itself: whatever can be displayed may stand there."""
        at = _FORMATS.get(self.name)
        if at is None or self.format is None:
            return False
        return any(same(argument[-1], node) and _alone(argument) for argument in self.arguments[at + 1 :] if argument)

    def names(self, source: Source, node: Node, span: Span) -> bool:
        """Whether a span, inside a node of the format, is a name in braces there."""
        if self.format is None or not any(same(around, self.format) for around in [node, *ancestors(node)]):
            return False
        line = source.lines[span.line]
        return line[: span.column].endswith("{") and line[span.end_column :].startswith(("}", ":"))

    def end(self, source: Source) -> Span:
        """Where the closing parenthesis stands."""
        place = source.span_of(self.tokens)
        last = next((argument[-1] for argument in reversed(self.arguments) if argument), None)
        if last is not None:
            return behind(source.span_of(last))
        return Span(place.end_line, place.end_column - 1, *place[2:])


def _alone(argument: Sequence[Node]) -> bool:
    """Whether an argument is one token, by itself or behind a name and `=`."""
    return len(argument) == 1 or (len(argument) == 3 and argument[1].type == "=")


def macro_around(source: Source, node: Node) -> Macro | None:
    """The macro whose argument a node is; None where it stands in code that was parsed."""
    tokens: Node | None = None
    for around in ancestors(node):
        if around.type == "token_tree":
            tokens = around
        elif around.type == "macro_invocation" and tokens is not None:
            name = around.child_by_field_name("macro")
            text = source.text_of(name).rpartition("::")[2] if name is not None else ""
            # A format may be nested in another macro's tokens: the innermost call that looks like one counts.
            return _innermost(source, node) or Macro(text, tokens, _split(tokens))
        elif around.type not in ("token_tree", "string_literal", "raw_string_literal"):
            break
    return None


def _innermost(source: Source, node: Node) -> Macro | None:
    for around in ancestors(node):
        if around.type != "token_tree":
            continue
        sign, name = around.prev_sibling, around.prev_sibling.prev_sibling if around.prev_sibling is not None else None
        if sign is not None and sign.type == "!" and name is not None and name.type == "identifier":
            return Macro(source.text_of(name), around, _split(around))
    return None


def _split(tokens: Node) -> tuple[tuple[Node, ...], ...]:
    found: list[list[Node]] = [[]]
    for child in tokens.children[1:-1]:
        if child.type == ",":
            found.append([])
        elif "comment" not in child.type:
            found[-1].append(child)
    return tuple(tuple(argument) for argument in found)


def in_format(
    source: Source, literal: Literal, secrets: Sequence[Secret], macro: Macro, read: Callable[[str], str]
) -> list[Change]:
    """Secrets of a format as holes with arguments, by place or, where others are numbered, by name."""
    at = _FORMATS[macro.name]
    placed = [argument for argument in macro.arguments[at + 1 :] if argument and not _is_named(argument)]
    text = source.cut(literal.content)
    by_name = any(
        (hole["name"] or "").isdigit() or any(sign in (hole["style"] or "") for sign in "$*")
        for hole in _HOLE.finditer(text)
    )
    changes: list[Change] = []
    added: dict[int, str] = {}
    named: dict[str, str] = {}
    for index, secret in enumerate(secrets):
        ahead = "".join(gaps(source, literal.content, secrets[: index + 1])[:-1])
        taken = sum(hole["name"] == "" for hole in _HOLE.finditer(ahead))
        if by_name or taken > len(placed):
            key = secret.name.lower()
            changes.append(Change(secret.span, f"{{{key}}}"))
            named[key] = f", {key} = {read(secret.name)}"
        else:
            changes.append(Change(secret.span, "{}"))
            added[taken] = added.get(taken, "") + f", {read(secret.name)}"
    ends = [literal.span, *(source.span_of(argument[-1]) for argument in placed)]
    changes += [Change(behind(ends[index]), new) for index, new in added.items()]
    if named:
        changes.append(Change(before(macro.end(source)), "".join(named.values())))
    return changes


def _is_named(argument: Sequence[Node]) -> bool:
    return len(argument) > 2 and argument[0].type == "identifier" and argument[1].type == "="
