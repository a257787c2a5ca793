"""C++: `std::getenv("NAME")`; strings join as std::string, and what was constexpr is const."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unleak.fixes.c_declarations import Declared, as_pointer, check_member, declared, without
from unleak.fixes.c_strings import Strings, include, is_whole, pieces
from unleak.fixes.change import Change, Refusal, Secret
from unleak.fixes.source import Source, ancestors, within
from unleak.fixes.uses import before, same, uses

if TYPE_CHECKING:
    from tree_sitter import Node

READ = 'std::getenv("{}")'
_OWNING = re.compile(r"\bstring\b")
_FORMATS = re.compile(r"(?:std|fmt)::(?:format|format_to|format_to_n|print|println)")
_CONSTANT = ("static_assert_declaration", "template_argument_list", "case_statement", "array_declarator")


def placed(source: Source, strings: Strings, secrets: Sequence[Secret]) -> list[Change]:
    """What takes the place of strings in C++."""
    function = within(strings.node, ("function_definition",))
    words = [source.text_of(child) for child in function.children] if function is not None else []
    if "constexpr" in words or "consteval" in words:
        raise Refusal(
            "This function may run while the program is compiled: take constexpr off it, then move the value."
        )
    if _is_format(source, strings.node):
        raise Refusal("This format must be a constant: write {} in place of the value, and the value as an argument.")
    outer, suffix = _suffixed(source, strings)
    if not is_whole(source, strings, secrets):
        return _joined(source, strings, secrets, outer)
    value = READ.format(secrets[0].name)
    if suffix:
        value = f"std::string{'_view' if suffix == 'sv' else ''}({value})"
    changes = [Change(source.span_of(outer), value)]
    place = declared(strings.node)
    return changes + (_declaration(source, place, strings.node) if place is not None else [])


def _is_format(source: Source, node: Node) -> bool:
    """Whether strings are the format of a call whose formats are read while the program is compiled."""
    call = within(node, ("call_expression",))
    function = call.child_by_field_name("function") if call is not None else None
    arguments = call.child_by_field_name("arguments") if call is not None else None
    if function is None or arguments is None or not _FORMATS.fullmatch(source.text_of(function)):
        return False
    first = next((one for one in arguments.named_children if one.type.endswith(("string_literal", "string"))), None)
    return first is not None and same(first, node)


def _suffixed(source: Source, strings: Strings) -> tuple[Node, str]:
    """The literal with its suffix (`"…"s`), and the suffix."""
    outer = strings.node.parent
    if outer is None or outer.type != "user_defined_literal":
        return strings.node, ""
    suffix = source.text_of(outer.named_children[-1])
    if suffix not in ("s", "sv"):
        raise Refusal(f"What the suffix {suffix} makes of a string is not known here: call its function by name.")
    return outer, suffix


def _declaration(source: Source, place: Declared, node: Node) -> list[Change]:
    """The changes of the declaration that a string initialises."""
    words = [source.text_of(child) for child in place.declaration.children]
    if "constinit" in words:
        raise Refusal("constinit needs a constant: take it away, then move the value.")
    if place.inside:
        check_member(source, place, node, is_known_only=False)
        if "constexpr" in words:
            raise Refusal("A part of a constexpr value must be a constant: make it const, then move the value.")
        return []
    outside = within(place.declaration, ("function_definition",)) is None
    constant = "constexpr" in words
    if place.is_array and place.declaration.type == "field_declaration" and "static" not in words:
        raise Refusal("This member is an array: make it a std::string, then move the value.")
    changes: list[Change] = []
    if place.is_array:
        changes.append(as_pointer(source, place, "const " if constant or ("const" in words and outside) else ""))
    if not constant:
        return changes
    for use in uses(source, source.text_of(place.name), frozenset({"identifier", "field_identifier"})):
        chain = [around.type for around in ancestors(use)]
        other = within(use, ("declaration", "field_declaration"))
        made = other is not None and not same(other, place.declaration) and "constexpr" in source.text_of(other)
        if any(kind in _CONSTANT for kind in chain[:6]) or made:
            if same(other, place.declaration):
                continue
            raise Refusal("Other constants are made of this one: make them const, then move the value.")
    if place.declarator.type == "pointer_declarator" and "const" not in source.text_of(place.declarator):
        changes.append(Change(before(source.span_of(place.name)), "const "))
    member = place.declaration.type == "field_declaration"
    new = " ".join((["inline"] if member and "inline" not in words else []) + ([] if "const" in words else ["const"]))
    if not new:
        return [*changes, *without(source, place.declaration, "constexpr")]
    word = next(child for child in place.declaration.children if source.text_of(child) == "constexpr")
    return [*changes, Change(source.span_of(word), new)]


def _joined(source: Source, strings: Strings, secrets: Sequence[Secret], outer: Node) -> list[Change]:
    """Strings of which a part goes: written to a stream piece by piece, else a std::string."""
    parts = [part if isinstance(part, str) else READ.format(part.name) for part in pieces(source, strings, secrets)]
    parent = outer.parent
    span = source.span_of(outer)
    if strings.mixed:
        raise Refusal("Macros stand among these strings: join them with std::string, then move the value.")
    if parent is not None and parent.type == "binary_expression":
        operator = parent.child_by_field_name("operator")
        if operator is not None and operator.type == "<<" and same(parent.child_by_field_name("right"), outer):
            return [Change(span, " << ".join(parts))]
    text = " + ".join([f"std::string({parts[0]})", *parts[1:]])
    headers = include(source, "string")
    wanted = _wanted(source, outer)
    if wanted == "string":
        return [Change(span, text), *headers]
    if wanted == "characters":
        return [Change(span, f"({text}).c_str()"), *headers]
    raise Refusal(
        "This text must outlive the line that makes it: make the variable a std::string, then move the value."
    )


def _wanted(source: Source, node: Node) -> str:
    """What stands around a string: `string` where a std::string can, `characters` for a moment, else nothing."""
    parent = node.parent
    if parent is None:
        return ""
    if parent.type == "binary_expression":
        return "string"
    if parent.type in ("argument_list", "initializer_list") and parent.parent is not None:
        call = parent.parent
        if call.type == "call_expression":
            return _parameter(source, call, parent, node)
        if call.type == "compound_literal_expression" or parent.type == "argument_list":
            kind = call.child_by_field_name("type") or (
                call.parent.child_by_field_name("type") if call.parent else None
            )
            return "string" if kind is not None and _OWNING.search(source.text_of(kind)) else "characters"
    if parent.type == "return_statement":
        function = within(node, ("function_definition", "lambda_expression"))
        kind = function.child_by_field_name("type") if function is not None else None
        return "string" if kind is not None and _is_string(source, kind, function) else ""
    if parent.type == "assignment_expression":
        left = parent.child_by_field_name("left")
        return _declared_as(source, source.text_of(left)) if left is not None else ""
    for around in ancestors(node):
        if around.type in ("declaration", "field_declaration", "optional_parameter_declaration"):
            kind = around.child_by_field_name("type")
            return "string" if kind is not None and _is_string(source, kind, around) else ""
        if around.type.endswith("_statement"):
            break
    return ""


def _is_string(source: Source, kind: Node, holder: Node | None) -> bool:
    declarator = holder.child_by_field_name("declarator") if holder is not None else None
    while declarator is not None and declarator.type in ("init_declarator",):
        declarator = declarator.child_by_field_name("declarator")
    pointer = declarator is not None and declarator.type == "pointer_declarator"
    return bool(_OWNING.search(source.text_of(kind))) and not pointer


def _declared_as(source: Source, name: str) -> str:
    for use in uses(source, name.rpartition(".")[2].rpartition(">")[2], frozenset({"identifier", "field_identifier"})):
        holder = within(use, ("declaration", "field_declaration", "parameter_declaration"))
        kind = holder.child_by_field_name("type") if holder is not None else None
        if kind is not None:
            return "string" if _is_string(source, kind, holder) else ""
    return ""


def _parameter(source: Source, call: Node, arguments: Node, node: Node) -> str:
    """What a function of this file takes in an argument's place; characters where it is not here."""
    function = call.child_by_field_name("function")
    name = source.text_of(function) if function is not None else ""
    if name in ("std::string", "string"):
        return "string"
    index = next((i for i, child in enumerate(arguments.named_children) if same(child, node)), -1)
    for use in uses(source, name):
        declarator = use.parent
        if declarator is None or declarator.type != "function_declarator":
            continue
        parameters = declarator.child_by_field_name("parameters")
        found = parameters.named_children[index] if parameters and index < len(parameters.named_children) else None
        kind = found.child_by_field_name("type") if found is not None else None
        if kind is not None and _is_string(source, kind, found):
            return "string"
    return "characters"
