"""Strings of Python that are templates: `"..." % values` and `"...".format(values)`.

A value that moves out of one becomes one of its arguments, so that nothing in it is ever read as part of the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Refusal, Secret
from unleak.fixes.literals import Literal
from unleak.fixes.python_reads import way_of
from unleak.fixes.source import Source

if TYPE_CHECKING:
    from tree_sitter import Node

_FIELD = re.compile(
    r"%(?:\((?P<key>[^()]*)\))?[#0\- +]*(?P<width>[\d*]*)(?:\.(?P<digits>[\d*]*))?[hlL]?(?P<kind>[%a-zA-Z])"
)
_UNCLEAR = "What fills this template cannot be told here: write it as an f-string, then move the value."


def template_of(literal: Literal) -> Node | None:
    """The expression `"..." % values` or the call of `"...".format` around a literal, None where there is none."""
    held, parent = literal.node, literal.node.parent
    while parent is not None and parent.type in ("concatenated_string", "parenthesized_expression"):
        held, parent = parent, parent.parent
    if parent is None:
        return None
    if parent.type == "binary_operator":
        operator = parent.child_by_field_name("operator")
        is_left = parent.child_by_field_name("left") == held
        return parent if is_left and operator is not None and operator.type == "%" else None
    name = parent.child_by_field_name("attribute") if parent.type == "attribute" else None
    call = parent.parent
    is_format = name is not None and name.text == b"format" and call is not None and call.type == "call"
    return call if is_format else None


def placeholder_in(source: Source, literal: Literal, name: str) -> str:
    """What stands for a variable in the template."""
    template = template_of(literal)
    if template is None:
        raise Refusal(_UNCLEAR)
    if template.type == "call":
        return f"{{{_key(source, template, name)}}}"
    right = template.named_children[-1]
    return f"%({_key(source, template, name)})s" if right.type == "dictionary" else "%s"


def arguments(source: Source, moved: Sequence[tuple[Literal, Secret]]) -> Iterator[Change]:
    """The changes that hand variables to the templates out of which they were moved."""
    of: dict[Span, list[tuple[Literal, Secret]]] = {}
    for literal, secret in moved:
        of.setdefault(literal.span, []).append((literal, secret))
    for inside in of.values():
        literal = inside[0][0]
        template = template_of(literal)
        if template is None:
            continue
        holder = template.named_children[-1]
        quote = literal.closing[0]
        secrets = [secret for _, secret in inside]
        if any(secret.span == literal.content for secret in secrets):
            raise Refusal(_UNCLEAR)
        if template.type == "call":
            for name in dict.fromkeys(secret.name for secret in secrets):
                yield _added(source, holder, f"{_key(source, template, name)}={_read(source, literal, name)}")
        elif holder.type == "dictionary":
            for name in dict.fromkeys(secret.name for secret in secrets):
                key = f"{quote}{_key(source, template, name)}{quote}"
                yield _added(source, holder, f"{key}: {_read(source, literal, name)}")
        else:
            yield from _filled(source, template, literal, secrets)


def untemplated(literal: Literal, text: str) -> str:
    """What a part of a template's text is once the template is filled."""
    template = template_of(literal)
    if template is None:
        return text
    if template.type == "call":
        return text.replace("{{", "{").replace("}}", "}")
    return text.replace("%%", "%")


def _key(source: Source, template: Node, name: str) -> str:
    taken = source.text_of(template)
    return name.lower() if not re.search(rf"\b{re.escape(name.lower())}\b", taken) else name


def _read(source: Source, literal: Literal, name: str) -> str:
    expression = way_of(source, literal.node).read(name, literal.closing[0])
    return f"{expression}.encode()" if "b" in literal.opening.lower() else expression


def _filled(source: Source, template: Node, literal: Literal, secrets: Sequence[Secret]) -> Iterator[Change]:
    """The changes to what fills a template field by field: a tuple, a value or the name of either."""
    right = template.named_children[-1]
    if literal.node.parent != template:
        raise Refusal(_UNCLEAR)
    total = _fields_in(source.cut(literal.content))
    # A value's place among the others is told by the fields that stand before it.
    places = [_fields_in(source.cut(Span(*literal.content[:2], *secret.span[:2]))) for secret in secrets]
    reads = [_read(source, literal, secret.name) for secret in secrets]
    if right.type == "tuple":
        entries = [child for child in right.named_children if child.type != "comment"]
        if len(entries) != total or any(entry.type == "list_splat" for entry in entries):
            raise Refusal(_UNCLEAR)
        for place, read in zip(places, reads, strict=True):
            if place == total:
                yield _added(source, right, read)
            else:
                at = source.span_of(entries[place])[:2]
                yield Change(Span(*at, *at), f"{read}, ")
        return
    if total == 0 or set(places) - {0, total}:
        raise Refusal(_UNCLEAR)
    start, end = source.span_of(right)[:2], source.span_of(right)[2:]
    before = [read for place, read in zip(places, reads, strict=True) if place == 0]
    after = [read for place, read in zip(places, reads, strict=True) if place == total]
    star = "*" if total > 1 else ""
    yield Change(Span(*start, *start), "(" + "".join(f"{read}, " for read in before) + star)
    yield Change(Span(*end, *end), "".join(f", {read}" for read in after) + ")")


def _fields_in(text: str) -> int:
    """How many values the fields of a text take."""
    count = 0
    for match in _FIELD.finditer(text):
        if match["key"] is not None or "*" in match["width"] + (match["digits"] or ""):
            raise Refusal(_UNCLEAR)
        count += match["kind"] != "%"
    return count


def _added(source: Source, holder: Node, entry: str) -> Change:
    """One more entry at the end of what brackets hold."""
    entries = [child for child in holder.named_children if child.type != "comment"]
    if not entries:
        span = source.span_of(holder)
        return Change(Span(span.line, span.column + 1, span.line, span.column + 1), entry)
    _, _, line, column = source.span_of(entries[-1])
    return Change(Span(line, column, line, column), f", {entry}")
