"""Elixir: `System.fetch_env!("NAME")`, which raises with the name where the variable is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret
from unleak.fixes.literals import NO_LITERAL, UNCLOSED, Language, Literal, move_literals
from unleak.fixes.source import Source, ancestors

if TYPE_CHECKING:
    from tree_sitter import Node

_DEFINITIONS = frozenset("def defp defmacro defmacrop defguard defguardp".split())
_PROSE = frozenset("doc moduledoc typedoc shortdoc spec type typep opaque callback deprecated tag moduletag".split())
_ESCAPES = dict(zip("abdefnrstv", "\a\b\x7f\x1b\f\n\r \t\v", strict=True))
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|(\r\n|.|\n|\r))", re.S)
_PATTERN = "A pattern or guard cannot read a variable: bind the value in the function and compare it there."


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of an Elixir text as variables of the environment."""
    made = move_literals(source, secrets, _ELIXIR)
    path = "/" + source.path
    if "/config/" in path and not path.endswith("/runtime.exs"):
        note = "This file is read when the program is built: in config/runtime.exs it is read when it starts."
        return Move(made.changes, made.values, (note,))
    return made


def _read(source: Source, literal: Literal, name: str) -> str:
    expression = f'System.fetch_env!("{name}")'
    is_charlist = literal.node.type == "charlist" or literal.opening.startswith("~c")
    return f"String.to_charlist({expression})" if is_charlist else expression


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    if re.match("~[A-Z]", literal.opening):
        return None
    return f'#{{System.fetch_env!("{name}")}}'


def _form(source: Source, node: Node) -> Literal:
    if node.type in ("quoted_atom", "quoted_keyword"):
        raise Refusal(NO_LITERAL)
    start, end = node.child_by_field_name("quoted_start"), node.child_by_field_name("quoted_end")
    if start is None or end is None or end.is_missing:
        raise Refusal(UNCLOSED)
    span, opened, closed = source.span_of(node), source.span_of(start), source.span_of(end)
    opening = source.cut(Span(*span[:2], *opened[2:]))
    if opening.startswith("~") and opening[1] not in "sScC":
        raise Refusal("A sigil of this kind holds no variables: write it with quotes, then move the value.")
    return Literal(node, span, Span(*opened[2:], *closed[:2]), opening, source.cut(Span(*closed[:2], *span[2:])))


def _decode(literal: Literal, raw: str) -> str:
    raw = raw.replace("\r\n", "\n")
    if literal.opening.endswith(('"""', "'''")):
        margin = literal.content.end_column
        raw = re.sub(rf"\n[ \t]{{0,{margin}}}", "\n", raw.removeprefix("\n") if raw.startswith("\n") else raw)
        raw = re.sub(rf"\A[ \t]{{0,{margin}}}", "", raw)
    if re.match("~[A-Z]", literal.opening):
        return raw
    if re.search(r"(?<!\\)(?:\\\\)*#\{", raw):
        raise Refusal("Elixir computes a part of this value: move what is fixed in it by hand.")
    return _ESCAPE.sub(_meaning, raw)


def _meaning(escape: re.Match[str]) -> str:
    number = escape[1] or escape[2] or escape[3]
    if not number and escape[4] != "0":
        return "" if escape[4] in ("\n", "\r", "\r\n") else _ESCAPES.get(escape[4], escape[4])
    point = int(number or "0", 16)
    if not 0 < point < (0x80 if escape[1] else 0x110000) or point in range(0xD800, 0xE000):
        raise Refusal("The value holds bytes that a variable cannot take in for certain: move it by hand.")
    return chr(point)


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    """The sigil that reads `#{}` where that changes nothing else."""
    if not re.match("~[A-Z]", literal.opening):
        return None
    if any("\\" in gap or "#{" in gap for gap in gaps):
        if literal.opening.endswith('"""'):
            raise Refusal("This sigil holds no variables: write the text with quotes, then move the value.")
        return None
    return literal.opening[0] + literal.opening[1].lower() + literal.opening[2:], literal.closing


def _refuse(source: Source, literal: Literal) -> None:
    child = literal.node
    for around in ancestors(child):
        left, operator = around.child_by_field_name("left"), around.child_by_field_name("operator")
        spelled = operator.type if operator is not None else ""
        if around.type == "binary_operator" and spelled == "\\\\":
            return
        if around.type == "bitstring" or (
            spelled in ("->", "=", "<-", "when") and (left == child or spelled == "when")
        ):
            raise Refusal(_PATTERN)
        if _attribute(source, around) in _PROSE:
            raise Refusal("Nothing reads documentation: replace the value by a placeholder.")
        head = next(iter(around.named_children), None) if around.type == "arguments" else None
        if head == child and _called(source, around.parent) in _DEFINITIONS:
            raise Refusal(_PATTERN)
        child = around


def _called(source: Source, node: Node | None) -> str:
    target = node.child_by_field_name("target") if node is not None and node.type == "call" else None
    return source.text_of(target) if target is not None else ""


def _attribute(source: Source, node: Node) -> str:
    """The name of the module attribute that a node reads or sets, empty for other nodes."""
    if node.type != "unary_operator" or not source.text_of(node).startswith("@"):
        return ""
    operand = node.child_by_field_name("operand")
    if operand is None:
        return ""
    return _called(source, operand) or (source.text_of(operand) if operand.type == "identifier" else "")


def _functions(source: Source, literals: Sequence[Literal]) -> Iterable[Change]:
    """Attributes of a compiled module that become functions: an attribute would be read when it is built."""
    if not source.path.endswith(".ex"):
        return
    done: set[Span] = set()
    for literal in literals:
        setting = next((around for around in ancestors(literal.node) if _attribute(source, around)), None)
        if setting is None or source.span_of(setting) in done:
            continue
        done.add(source.span_of(setting))
        yield from _as_function(source, setting)


def _as_function(source: Source, setting: Node) -> Iterable[Change]:
    name = _attribute(source, setting)
    module = next((around for around in ancestors(setting) if _called(source, around) == "defmodule"), source.root)
    uses = [one for one in _uses(source, source.span_of(module), name) if one != setting]
    taken = re.search(rf"\bdef(?:p|macrop?)?\s+{re.escape(name)}\b", source.text)
    if taken or not all(_reads(source, use) for use in uses):
        raise Refusal(
            f"@{name} is computed when the module is built: read the variable in a function and call it instead."
        )
    operand = setting.child_by_field_name("operand")
    arguments = (
        next((child for child in operand.named_children if child.type == "arguments"), None) if operand else None
    )
    if arguments is None:
        raise Refusal(NO_LITERAL)
    yield Change(Span(*source.span_of(setting)[:2], *source.span_of(arguments)[:2]), f"defp {name}, do: ")
    for use in uses:
        yield Change(source.span_of(use), f"{name}()")


def _uses(source: Source, span: Span, name: str) -> Iterable[Node]:
    """Where a module names an attribute."""
    for number in range(span.line, span.end_line + 1):
        for found in re.finditer(rf"@{re.escape(name)}(?![\w?!])", source.lines[number]):
            node = source.node_at(Span(number, found.start(), number, found.end()))
            named = next((one for one in (node, *ancestors(node)) if one.type == "unary_operator"), None)
            if named is not None and _attribute(source, named) == name:
                yield named


def _reads(source: Source, use: Node) -> bool:
    """Whether a use of an attribute stands where a call may stand: in a function's body, in no pattern or guard."""
    child = use
    for around in ancestors(use):
        left, operator = around.child_by_field_name("left"), around.child_by_field_name("operator")
        spelled = operator.type if operator is not None else ""
        if spelled == "when" or (spelled in ("->", "=", "<-") and left == child) or _attribute(source, around):
            return False
        if _called(source, around) in _DEFINITIONS:
            return child.type == "do_block"
        if around.type == "arguments" and _called(source, around.parent) in _DEFINITIONS:
            return child.type == "keywords"
        child = around
    return False


_ELIXIR = Language(
    kinds=frozenset({"string", "charlist", "sigil", "quoted_atom", "quoted_keyword"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    imports=_functions,
    join=" <> ",
    form=_form,
    reopen=_reopen,
)
