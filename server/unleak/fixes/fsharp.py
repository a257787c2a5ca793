"""F#: `Environment.GetEnvironmentVariable("NAME")`; in a format of printf the value becomes an argument."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.byte_escapes import without_nul
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import COMPUTED, UNTOLD, paired
from unleak.fixes.formats import into_arguments, unformatted
from unleak.fixes.literals import Language, Literal, enclosed, literal_at, move_literals, take
from unleak.fixes.source import Source, ancestors, walk, within
from unleak.fixes.uses import behind_header, gaps, same, uses

if TYPE_CHECKING:
    from tree_sitter import Node

_OPENING = re.compile(r"[$@]*(?P<quotes>\"\"\"|\")")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-9]{3})|\r?\n[ \t]*|([\s\S])|\Z)")
_SINGLE = {"0": "\0", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SINGLE |= {sign: sign for sign in "\\'\""}
_PRINTF = re.compile(r"(?:\b(?:(?:ks|k|s|e)?printfn?|failwithf)|\bfprintfn?[ \t]+[\w.]+)[ \t]*\Z")


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of an F# text as variables of the environment."""
    formats: dict[Span, tuple[Literal, list[Secret]]] = {}
    others: list[Secret] = []
    for secret in sorted(secrets):
        literal = literal_at(source, secret.span, _FSHARP)
        ahead = source.lines[literal.span.line][: literal.span.column]
        if _PRINTF.search(ahead) and "$" not in literal.opening:
            formats.setdefault(literal.span, (literal, []))[1].append(secret)
        else:
            others.append(secret)
    changes: list[Change] = []
    values: dict[str, str] = {}
    for literal, inside in formats.values():
        texts = gaps(source, literal.content, inside)
        ahead_of = ["".join(texts[: index + 1]) for index in range(len(inside))]
        made = into_arguments(
            inside, ahead_of, _places(source, literal), lambda name: f' (Environment.GetEnvironmentVariable("{name}"))'
        )
        if made is None:
            raise Refusal("Some arguments of this format stand elsewhere: build it with an interpolated string first.")
        changes += made
        for secret in inside:
            take(values, {secret.name: unformatted(_decode(literal, source.cut(secret.span)))})
    if others:
        moved = move_literals(source, others, _FSHARP)
        changes += moved.changes
        take(values, moved.values)
    else:
        changes += _open(source)
    return Move(tuple(merged(changes)), values)


def _places(source: Source, literal: Literal) -> list[Span]:
    """Where a format and each argument that is applied to it stand."""
    node = within(literal.node, ("const",)) or literal.node
    found = [literal.span]
    applied = node.parent
    while applied is not None and (outer := applied.parent) is not None and outer.type == "application_expression":
        if not same(outer.named_children[0], applied):
            break
        found.append(source.span_of(outer.named_children[-1]))
        applied = outer
    return found


def _read(source: Source, literal: Literal, name: str) -> str:
    call = f'Environment.GetEnvironmentVariable("{name}")'
    return f"System.Text.Encoding.UTF8.GetBytes({call})" if literal.closing.endswith("B") else call


def _instead(source: Source, literal: Literal, name: str) -> Iterable[Change] | None:
    """A call is put in parentheses where it is one of a function's arguments."""
    node = within(literal.node, ("const",)) or literal.node
    parent = node.parent
    if parent is None or parent.type != "application_expression":
        return None
    return [Change(literal.span, f"({_read(source, literal, name)})")]


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    # A hole of `$"…"` holds no quotes; one of `$"""…"""` does.
    return f"{{{_read(source, literal, name)}}}" if literal.opening == '$"""' else None


def _form(source: Source, node: Node) -> Literal | None:
    text = source.text_of(node)
    begin = _OPENING.match(text)
    if begin is None:
        return None
    opening = begin[0] if "@" not in begin[0] else begin[0].rstrip('"') + '"'
    closing = opening.lstrip("$@") + ("B" if text.endswith("B") else "")
    return enclosed(source, node, opening, closing)


def _decode(literal: Literal, raw: str) -> str:
    raw = raw.replace("\r\n", "\n")
    if "$" in literal.opening:
        if re.search(r"[{}]", raw.replace("{{", "").replace("}}", "")):
            raise Refusal(COMPUTED)
        raw = raw.replace("{{", "{").replace("}}", "}")
    if '"""' in literal.opening:
        return raw
    if "@" in literal.opening:
        return raw.replace('""', '"')
    return without_nul(paired(_ESCAPE.sub(_meaning, raw)))


def _meaning(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code and int(code, 16) < 0x110000:
        return chr(int(code, 16))
    if escape[4]:
        if int(escape[4]) < 256:
            return chr(int(escape[4]))
        raise Refusal(UNTOLD)
    if escape[5] is not None:
        return _SINGLE.get(escape[5], escape[0])
    if escape[0] == "\\":
        raise Refusal(UNTOLD)
    return ""


def _refuse(source: Source, literal: Literal) -> None:
    for node in ancestors(literal.node):
        if node.type in ("attribute", "attributes"):
            raise Refusal("An attribute holds only constants: read the value where it is used.")
        if "pattern" in node.type or (node.type == "rule" and _is_pattern(node, literal.node)):
            raise Refusal("A pattern must be a literal: compare by `when`, then move the value.")
        if "type_arg" in node.type or node.type in ("generic_type", "static_type_argument"):
            raise Refusal("A type provider takes only constants: give it a sample file, and the value at run time.")
        if node.type in ("function_or_value_defn", "rules"):
            break


def _is_pattern(rule: Node, node: Node) -> bool:
    pattern = rule.child_by_field_name("pattern")
    return pattern is not None and pattern.start_byte <= node.start_byte < pattern.end_byte


def _imports(source: Source, literals: Sequence[Literal]) -> Iterable[Change]:
    for literal in literals:
        definition = within(literal.node, ("function_or_value_defn",))
        holder = definition.parent if definition is not None else None
        attributes = (
            holder.named_children[0] if holder is not None and holder.type == "declaration_expression" else None
        )
        if attributes is None or attributes.type != "attributes" or definition is None:
            continue
        if "Literal" in source.text_of(attributes):
            yield _unliteral(source, attributes, definition)
    yield from _open(source)


def _unliteral(source: Source, attributes: Node, definition: Node) -> Change:
    """The change that takes `[<Literal>]` away; Refusal where patterns or attributes need it."""
    if source.text_of(attributes).replace(" ", "") != "[<Literal>]":
        raise Refusal("This value has other attributes beside Literal: take Literal away, then move the value.")
    left = definition.named_children[0]
    name = next((node for node in walk(left) if node.type == "identifier"), None)
    for use in uses(source, source.text_of(name)) if name is not None else ():
        if left.start_byte <= use.start_byte < left.end_byte:
            continue
        for around in ancestors(use):
            if "pattern" in around.type or (around.type in ("attribute", "rule") and _is_pattern(around, use)):
                raise Refusal("A pattern or attribute uses this literal: compare by `when` there, then move the value.")
            if around.type == "attribute":
                raise Refusal("A pattern or attribute uses this literal: compare by `when` there, then move the value.")
    place = source.span_of(attributes)
    rest = source.lines[place.end_line][place.end_column :]
    if rest.strip():
        return Change(Span(*place[:2], place.end_line, place.end_column + len(rest) - len(rest.lstrip(" \t"))), "")
    return Change(Span(place.line, 0, place.end_line + 1, 0), "")


def _open(source: Source) -> Iterator[Change]:
    """`open System` beside the other ones, or behind the module's name."""
    top = source.root.named_children
    space = next((node for node in top if node.type in ("named_module", "namespace")), None)
    opens = [
        node for node in [*top, *(space.named_children if space is not None else ())] if node.type == "import_decl"
    ]
    if any(source.text_of(node).split() == ["open", "System"] for node in opens):
        return
    if opens:
        place = source.span_of(opens[0])
        yield source.inserted(place.line, f"{source.lines[place.line][: place.column]}open System")
        return
    if space is not None:
        name = next((node for node in space.named_children if "identifier" in node.type), space.named_children[0])
        yield source.inserted(source.span_of(name).end_line + 1, "\nopen System")
        return
    line = behind_header(source)
    while line < len(source.lines) - 1 and source.lines[line].startswith("#"):
        line += 1 if source.lines[line + 1].strip() else 2
    yield source.inserted(line, "open System\n")


def _is_bare(node: Node) -> bool:
    around = within(node, ("const",)) or node
    parent = around.parent
    if parent is not None and parent.type == "infix_expression":
        return any(child.type == "infix_op" and child.text == b"+" for child in parent.children)
    return parent is not None and parent.type in (
        "method_or_prop_defn",
        "function_or_value_defn",
        "field_initializer",
        "paren_expression",
        "tuple_expression",
        "list_expression",
        "sequential_expression",
    )


_FSHARP = Language(
    kinds=frozenset({"string", "verbatim_string", "triple_quoted_string", "bytearray"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    imports=_imports,
    is_bare=_is_bare,
    form=_form,
    instead=_instead,
)
