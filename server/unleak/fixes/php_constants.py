"""Places of PHP that allow only constant expressions: what is read from the environment is set where the code runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Refusal, applied
from unleak.fixes.source import Source, ancestors, within

if TYPE_CHECKING:
    from tree_sitter import Node

_HOLDERS = (
    "const_declaration",
    "property_declaration",
    "simple_parameter",
    "property_promotion_parameter",
    "static_variable_declaration",
    "enum_case",
    "attribute",
)
_BODIES = ("compound_statement", "arrow_function")
_CLASSES = ("class_declaration", "anonymous_class", "object_creation_expression")
_CONSTANT = "A class constant holds only constant expressions: make it a static method that returns the variable."
_STATIC = "A static property's default must be constant: read the variable in a static method, or set it at the start."
_CONSTRUCTOR = "A property's default must be constant: read the variable in the constructor."
_PARAMETER = "This default must be constant: make it `null` and read the variable in the body."


class _Late(NamedTuple):
    """A value that is set where the code runs."""

    owner: Node  # the class, the body of a function or the declaration that sets it
    end: int  # the line that the declaration ends in
    target: str  # `$this->key`
    value: Span  # the expression as it stands
    named: tuple[int, int]  # where the name that gets it ends


def refuse_constant(source: Source, node: Node) -> None:
    """Raise Refusal where a constant expression is needed for which nothing else can be done."""
    holder = _holder(node)
    if holder is None:
        return
    if holder.type == "attribute":
        raise Refusal("An attribute holds only constant expressions: Symfony has `#[Autowire(env: 'NAME')]` for this.")
    if holder.type == "enum_case":
        raise Refusal("An enum holds only constants: read the variable in a method of it.")
    if holder.type == "const_declaration":
        if holder.parent is None or holder.parent.type not in ("program", "compound_statement"):
            raise Refusal(_CONSTANT)
        if sum(child.type == "const_element" for child in holder.named_children) > 1:
            raise Refusal("Several constants are declared at once: write one statement for each, then move the value.")
    if holder.type == "property_declaration":
        _refuse_property(holder)
    if holder.type == "property_promotion_parameter":
        raise Refusal(_PARAMETER)
    if holder.type == "simple_parameter" and _body(holder) is None:
        raise Refusal(_PARAMETER)
    if holder.type == "static_variable_declaration" and not _is_alone(source, holder):
        raise Refusal("A static variable starts with a constant: make it `null` and set it behind.")


def made_at_run_time(source: Source, nodes: Sequence[Node], changes: Sequence[Change]) -> list[Change]:
    """The changes with those that stand in constant expressions set in running code instead."""
    kept, added, late = list(changes), [], []
    for holder in dict.fromkeys(_holder(node) for node in nodes):
        if holder is None or holder.type in ("attribute", "enum_case"):
            continue
        if holder.type == "const_declaration":
            added += _defined(source, holder)
            continue
        late += [_late(source, holder, value) for value in _values(source, holder, nodes)]
        added += list(_nullable(source, holder))
    setting: dict[Node, list[str]] = {}
    for one in late:
        inside = [change for change in kept if one.value[:2] <= change.span[:2] and change.span[2:] <= one.value[2:]]
        kept = [change for change in kept if change not in inside]
        expression = _rewritten(source, one.value, inside)
        operator = "=" if one.target.startswith("$this") else "??="
        setting.setdefault(one.owner, []).append(f"{one.target} {operator} {expression};")
        if one.target.startswith("$this"):
            kept.append(Change(Span(*one.named, *one.value[2:]), ""))
        else:
            kept.append(Change(one.value, "null"))
    for owner, statements in setting.items():
        kept += _set_in(source, owner, statements, [one for one in late if one.owner == owner])
    return [*kept, *added]


def _holder(node: Node) -> Node | None:
    """What needs a constant around a node, None where code runs before it."""
    for around in ancestors(node):
        if around.type in _BODIES and around.type != "arrow_function":
            return None
        if around.type == "arrow_function" and around.child_by_field_name("body") == node:
            return None
        if around.type in _HOLDERS:
            return around
        node = around
    return None


def _refuse_property(holder: Node) -> None:
    if any(child.type == "static_modifier" for child in holder.named_children):
        raise Refusal(_STATIC)
    made = within(holder, ["class_declaration", "anonymous_class", "trait_declaration", "object_creation_expression"])
    if made is None or made.type == "trait_declaration":
        raise Refusal(_CONSTRUCTOR)
    members = holder.parent.named_children if holder.parent is not None else []
    is_derived = any(child.type == "base_clause" for child in made.named_children)
    uses_traits = any(member.type == "use_declaration" for member in members)
    if _constructor(made) is None and (is_derived or uses_traits or made.type != "class_declaration"):
        raise Refusal(_CONSTRUCTOR)


def _constructor(made: Node) -> Node | None:
    """The body of a class's constructor."""
    members = next((child for child in made.named_children if child.type == "declaration_list"), None)
    for member in members.named_children if members is not None else []:
        name = member.child_by_field_name("name")
        if member.type == "method_declaration" and name is not None and (name.text or b"").lower() == b"__construct":
            return member.child_by_field_name("body")
    return None


def _body(parameter: Node) -> Node | None:
    """The body of the function that has a parameter."""
    function = parameter.parent.parent if parameter.parent is not None else None
    body = function.child_by_field_name("body") if function is not None else None
    return body if body is not None and body.type == "compound_statement" else None


def _is_alone(source: Source, declaration: Node) -> bool:
    statement = declaration.parent
    if statement is None or len(statement.named_children) != 1:
        return False
    span = source.span_of(statement)
    return not source.lines[span.line][: span.column].strip()


def _values(source: Source, holder: Node, nodes: Sequence[Node]) -> Iterator[Node]:
    """The elements of a holder in which the values stand."""
    if holder.type != "property_declaration":
        yield holder
        return
    for element in holder.named_children:
        if element.type == "property_element" and any(element in ancestors(node) for node in nodes):
            yield element


def _late(source: Source, holder: Node, element: Node) -> _Late:
    name = element.child_by_field_name("name")
    name = name if name is not None else element.named_children[0]
    variable, named = source.text_of(name), source.span_of(name)[2:]
    value = source.span_of(element.named_children[-1])
    if holder.type == "property_declaration":
        made = within(holder, _CLASSES)
        assert made is not None  # refused before
        return _Late(
            _constructor(made) or made, source.span_of(holder).end_line, f"$this->{variable[1:]}", value, named
        )
    body = _body(holder) if holder.type == "simple_parameter" else holder.parent
    assert body is not None  # refused before
    return _Late(body, source.span_of(holder).end_line, variable, value, named)


def _nullable(source: Source, holder: Node) -> Iterator[Change]:
    """The `?` of a type whose default becomes `null`."""
    kind = holder.child_by_field_name("type") if holder.type == "simple_parameter" else None
    if kind is None or source.text_of(kind) == "mixed" or source.text_of(kind).startswith("?"):
        return
    span = source.span_of(kind)
    if kind.type == "union_type":
        if "null" not in source.text_of(kind):
            yield Change(Span(*span[2:], *span[2:]), "|null")
    else:
        yield Change(Span(*span[:2], *span[:2]), "?")


def _defined(source: Source, declaration: Node) -> list[Change]:
    """`define(...)` in place of a constant outside of classes."""
    element = next(child for child in declaration.named_children if child.type == "const_element")
    name, value = element.named_children[0], element.named_children[-1]
    spaced = any(node.type == "namespace_definition" for node in source.root.named_children)
    constant = f"__NAMESPACE__ . '\\{source.text_of(name)}'" if spaced else f"'{source.text_of(name)}'"
    end = source.span_of(value)[2:]
    return [
        Change(Span(*source.span_of(declaration)[:2], *source.span_of(value)[:2]), f"define({constant}, "),
        Change(Span(*end, *end), ")"),
    ]


def _rewritten(source: Source, span: Span, changes: Sequence[Change]) -> str:
    """The text of a span after the changes in it."""
    moved = []
    for change in sorted(changes):
        line, column, end_line, end_column = change.span
        column -= span.column if line == span.line else 0
        end_column -= span.column if end_line == span.line else 0
        moved.append(Change(Span(line - span.line, column, end_line - span.line, end_column), change.new))
    return applied(source.cut(span), moved)


def _set_in(source: Source, owner: Node, statements: Sequence[str], late: Sequence[_Late]) -> list[Change]:
    """The changes that put statements at the beginning of a body, behind a declaration or into a new constructor."""
    span = source.span_of(owner)
    indent = source.indentation(span.line)
    if owner.type == "class_declaration":
        end = max(one.end for one in late)
        indent, step = source.indentation(end), source.indentation(end)[len(indent) :] or "    "
        lines = [f"{indent}public function __construct()", f"{indent}{{"]
        lines += [f"{indent}{step}{statement}" for statement in statements]
        below = source.lines[end + 1].strip() if end + 1 < len(source.lines) else ""
        last = [f"{indent}}}", ""] if below not in ("", "}") else [f"{indent}}}"]
        return [source.inserted(end + 1, "\n".join(["", *lines, *last]))]
    if owner.type == "function_static_declaration":
        return [source.inserted(span.end_line + 1, "\n".join(f"{indent}{statement}" for statement in statements))]
    inner = owner.named_children
    first = source.span_of(inner[0]) if inner else None
    if first is not None and not source.lines[first.line][: first.column].strip():
        margin = source.indentation(first.line)
        return [source.inserted(first.line, "\n".join(f"{margin}{statement}" for statement in statements))]
    if first is None and span.end_line > span.line:
        margin = source.indentation(span.line) + (source.indentation(late[0].named[0]) or "    ")
        margin = source.indentation(span.end_line) + "    " if len(margin) > 16 else margin
        return [source.inserted(span.line + 1, "\n".join(f"{margin}{statement}" for statement in statements))]
    at = (span.line, span.column + 1)
    return [Change(Span(*at, *at), " " + " ".join(statements) + ("" if inner else " "))]
