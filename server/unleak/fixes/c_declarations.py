"""Declarations of C that a string initialises: what becomes of them when the value comes from a call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Refusal
from unleak.fixes.source import Source, ancestors, within
from unleak.fixes.uses import same, uses

if TYPE_CHECKING:
    from tree_sitter import Node

_THROUGH = ("parenthesized_expression", "cast_expression", "conditional_expression", "user_defined_literal")
_LISTS = ("initializer_list", "initializer_pair", "compound_literal_expression", "dictionary_pair")


class Declared(NamedTuple):
    """The declaration that a string initialises, and whether the string is a part of its value only."""

    declaration: Node
    initialised: Node  # the init_declarator, or the field's declaration itself
    declarator: Node
    name: Node
    inside: bool

    @property
    def is_array(self) -> bool:
        return self.declarator.type == "array_declarator"


def declared(node: Node) -> Declared | None:
    """What a string initialises; None where it stands in another expression."""
    inside = False
    for around in ancestors(node):
        if around.type in _LISTS:
            inside = True
        elif around.type in ("init_declarator", "field_declaration"):
            declarator = around.child_by_field_name("declarator")
            holder = around if around.type == "field_declaration" else around.parent
            if declarator is None or holder is None:
                return None
            return Declared(holder, around, declarator, _name(declarator), inside)
        elif around.type not in _THROUGH:
            return None
    return None


def _name(declarator: Node) -> Node:
    while (inner := declarator.child_by_field_name("declarator")) is not None:
        declarator = inner
    return declarator


def as_pointer(source: Source, place: Declared, qualifier: str = "") -> Change:
    """The change of `name[]` into `*name`; Refusal where the array is more than a place for its text."""
    array, name = place.declarator, source.text_of(place.name)
    if array.child_by_field_name("size") is not None:
        raise Refusal(f"{name} has a size of its own: copy the variable into it with snprintf, and check its length.")
    kind = place.declaration.child_by_field_name("type")
    if kind is None or source.text_of(kind) != "char":
        raise Refusal(f"{name} is an array of other things than char: copy the variable's bytes into it.")
    if any(within(use, ("sizeof_expression",)) is not None for use in uses(source, name)):
        raise Refusal(f"sizeof measures {name}: measure with strlen, then move the value.")
    return Change(source.span_of(array), f"*{qualifier}{name}")


def without(source: Source, declaration: Node, word: str) -> Iterator[Change]:
    """The change that takes a word like `static` and the blank behind it out of a declaration."""
    for child in declaration.children:
        if source.text_of(child) == word:
            line, column, end_line, end = source.span_of(child)
            blanks = len(source.lines[end_line][end:]) - len(source.lines[end_line][end:].lstrip(" \t"))
            yield Change(Span(line, column, end_line, end + blanks), "")


def check_member(source: Source, place: Declared, node: Node, is_known_only: bool) -> None:
    """Refusal where a string fills an array inside another value, or where that cannot be told."""
    pair = within(node, ("initializer_pair",))
    holder = within(node, ("initializer_list",))
    known: bool | None = None
    if pair is not None:
        designator = pair.child_by_field_name("designator")
        field = designator.named_children[0] if designator is not None and designator.named_children else None
        known = _is_pointer_field(source, source.text_of(field)) if field is not None else None
    elif "array_declarator" in (place.declarator.type, *(child.type for child in place.declarator.named_children)):
        kind = place.declaration.child_by_field_name("type")
        if place.declarator.type == "pointer_declarator":
            known = True
        elif kind is not None and source.text_of(kind) == "char":
            known = False
        elif holder is not None and holder.parent is not None and holder.parent.type == "initializer_list":
            known = _is_pointer_at(source, place.declaration, node, holder)
    elif holder is not None:
        known = _is_pointer_at(source, place.declaration, node, holder)
    if known is False:
        raise Refusal("This string fills an array: copy the variable into it with snprintf, and check its length.")
    if known is None and is_known_only:
        raise Refusal("Whether this member is a pointer is told in another file: assign it with getenv behind this.")


def _is_pointer_field(source: Source, name: str) -> bool | None:
    for use in uses(source, name, frozenset({"field_identifier"})):
        field = within(use, ("field_declaration",))
        if field is not None:
            return not any(around.type == "array_declarator" for around in ancestors(use))
    return None


def _is_pointer_at(source: Source, declaration: Node, node: Node, holder: Node) -> bool | None:
    """Whether the field in a string's place of an initialiser is a pointer; None where the struct is not here."""
    kind = declaration.child_by_field_name("type")
    if kind is None:
        return None
    name = kind.child_by_field_name("name") or kind
    index = next((i for i, child in enumerate(holder.named_children) if _holds(child, node)), -1)
    for use in uses(source, source.text_of(name), frozenset({"type_identifier"})):
        struct = within(use, ("struct_specifier", "type_definition"))
        if struct is not None and struct.type == "type_definition":
            struct = struct.child_by_field_name("type")
        body = struct.child_by_field_name("body") if struct is not None else None
        fields = [child for child in body.named_children if child.type == "field_declaration"] if body else []
        if 0 <= index < len(fields):
            declarator = fields[index].child_by_field_name("declarator")
            return declarator is not None and declarator.type != "array_declarator"
    return None


def _holds(node: Node, inner: Node) -> bool:
    return same(node, inner) or (node.start_byte <= inner.start_byte and inner.end_byte <= node.end_byte)
