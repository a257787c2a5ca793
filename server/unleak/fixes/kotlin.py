"""Kotlin: `System.getenv("NAME")`, in templates as `${…}`; `const` goes, for such a value is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret
from unleak.fixes.escapes import C_LIKE, COMPUTED, Escapes, refuse_split
from unleak.fixes.java import ANDROID, CONSTANT, RESOLVING, USED_AS_CONSTANT, is_android
from unleak.fixes.literals import Language, Literal, literal_at, move_literals
from unleak.fixes.source import Source, ancestors, within
from unleak.fixes.uses import uses

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPES = Escapes({**C_LIKE, "$": "$"}, frozenset({"four"}))
_DOLLAR = "${'$'}"  # how a raw string spells a dollar
_TEMPLATE = re.compile(r"(?<!\\)(?:\\\\)*\$[A-Za-z_{`]")
_NAMES = frozenset({"simple_identifier"})


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Kotlin text as variables of the environment."""
    plain = [secret for secret in secrets if literal_at(source, secret.span, _KOTLIN).closing != '"""']
    refuse_split(source, plain)
    return move_literals(source, secrets, _KOTLIN)


def _read(source: Source, literal: Literal, name: str) -> str:
    if _annotation(source, literal.node):
        return f'"{_placeholder(name)}"'
    return f'System.getenv("{name}")'


def _embed(source: Source, literal: Literal, name: str) -> str:
    if _annotation(source, literal.node):
        return _DOLLAR + f"{{{name}}}" if literal.closing == '"""' else _placeholder(name)
    return f'${{System.getenv("{name}")}}'


def _placeholder(name: str) -> str:
    return f"\\${{{name}}}"


def _annotation(source: Source, node: Node) -> str:
    """The name of the annotation that a literal is part of, empty where there is none."""
    around = within(node, ["annotation"])
    if around is None:
        return ""
    name = re.match(r"@(?:\w+:)?\[?([\w.]+)", source.text_of(around))
    return name[1].rpartition(".")[2] if name else "?"


def _decode(literal: Literal, raw: str) -> str:
    if literal.closing == '"""':
        parts = raw.split(_DOLLAR)
        if any(_TEMPLATE.search(part.replace("\\", "/")) for part in parts):
            raise Refusal(COMPUTED)
        return "$".join(parts).replace("\r\n", "\n")
    if _TEMPLATE.search(raw):
        raise Refusal(COMPUTED)
    return _ESCAPES.decode(raw)


def _refuse(source: Source, literal: Literal) -> None:
    annotation, parent = _annotation(source, literal.node), literal.node.parent
    if annotation and annotation not in RESOLVING:
        raise Refusal(CONSTANT)
    if annotation:
        return
    if is_android(source):
        raise Refusal(ANDROID)
    if parent is not None and parent.type == "statements" and literal.node.next_named_sibling is not None:
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")
    constant = _constant(source, literal.node)
    if constant is None:
        return
    for place in uses(source, constant[0], _NAMES):
        other = within(place, ["property_declaration"])
        outside = other is None or source.span_of(other) != source.span_of(constant[1])
        if within(place, ["annotation"]) or (other is not None and outside and _const(source, other) is not None):
            raise Refusal(USED_AS_CONSTANT)


def _constant(source: Source, node: Node) -> tuple[str, Node] | None:
    """The name and the declaration of the `const val` that a literal is the value of."""
    declaration = within(node, ["property_declaration"])
    if declaration is None or _const(source, declaration) is None:
        return None
    variable = next((child for child in declaration.named_children if child.type == "variable_declaration"), None)
    if variable is None or not variable.named_children:
        return None  # half typed
    return source.text_of(variable.named_children[0]), declaration


def _const(source: Source, declaration: Node) -> Node | None:
    """The word `const` of a declaration."""
    for modifiers in declaration.named_children:
        if modifiers.type == "modifiers":
            return next((word for word in modifiers.named_children if source.text_of(word) == "const"), None)
    return None


def _without_const(source: Source, literals: Sequence[Literal]) -> Iterable[Change]:
    for literal in literals:
        for around in ancestors(literal.node):
            if around.type == "annotation":
                break
            word = _const(source, around) if around.type == "property_declaration" else None
            if word is not None:
                span = source.span_of(word)
                rest = source.lines[span.end_line][span.end_column :]
                blanks = len(rest) - len(rest.lstrip(" \t"))
                yield Change(Span(span.line, span.column, span.end_line, span.end_column + blanks), "")


_KOTLIN = Language(
    kinds=frozenset({"string_literal"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    imports=_without_const,
)
