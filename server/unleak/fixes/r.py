"""R: `Sys.getenv("NAME")`, put together by `paste0`, or by `sprintf` and `glue` where these are used already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import C_LIKE, UNTOLD, Escapes
from unleak.fixes.literals import Language, Literal, literal_at, move_literals
from unleak.fixes.source import Source, ancestors

if TYPE_CHECKING:
    from tree_sitter import Node

_RAW = re.compile(r"[rR](?P<quote>['\"])(?P<dashes>-*)(?P<bracket>[(\[{])")
_CLOSED = {"(": ")", "[": "]", "{": "}"}
_ESCAPES = Escapes({**C_LIKE, "a": "\a", "v": "\v", "`": "`", " ": " ", "\n": "\n"}, frozenset({"four", "braces"}))
_LONG = re.compile(r"(?<!\\)((?:\\\\)*)\\U\{?([0-9A-Fa-f]{8}|[0-9A-Fa-f]{4,6}(?=\}))\}?")
_GLUES = ("glue", "str_glue")
_FIELD = re.compile(r"%(?:(?P<numbered>\d+\$)|[#0\- +]*(?P<width>[\d*]*)(?:\.[\d*]*)?(?P<kind>[%a-zA-Z]))")
_UNCLEAR = "What fills this format cannot be told here: build the string with `paste0`, then move the value."


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of an R text as variables of the environment."""
    moved = move_literals(source, secrets, _R)
    more = [change for secret in sorted(secrets) for change in _argument(source, secret)]
    return Move(tuple(merged([*moved.changes, *more])), moved.values)


def _read(source: Source, literal: Literal, name: str) -> str:
    quote = literal.opening[-1] if literal.opening[-1] in "\"'" else '"'
    return f"Sys.getenv({quote}{name}{quote})"


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    called = _format_of(source, literal.node)
    if called == "sprintf":
        return "%s"
    if called in _GLUES:
        quote = "'" if '"' in literal.closing else '"'
        return f"{{Sys.getenv({quote}{name}{quote})}}"
    return None


def _argument(source: Source, secret: Secret) -> Iterable[Change]:
    """The argument of `sprintf` for a value that became a field of its format."""
    literal = literal_at(source, secret.span, _R)
    argument = literal.node.parent
    if _format_of(source, literal.node) != "sprintf" or argument is None or argument.parent is None:
        return
    if secret.span == literal.content:
        raise Refusal(_UNCLEAR)
    given = [node for node in argument.parent.named_children if node.type == "argument"]
    place = _fields_in(source.cut(Span(*literal.content[:2], *secret.span[:2])))
    named = any(node.child_by_field_name("name") is not None for node in given)
    if named or _fields_in(source.cut(literal.content)) != len(given) - 1:
        raise Refusal(_UNCLEAR)
    at = source.span_of(given[place])[2:]
    yield Change(Span(*at, *at), f", {_read(source, literal, secret.name)}")


def _fields_in(text: str) -> int:
    count = 0
    for field in _FIELD.finditer(text):
        if field["numbered"] or "*" in (field["width"] or ""):
            raise Refusal(_UNCLEAR)
        count += field["kind"] != "%"
    return count


def _format_of(source: Source, node: Node) -> str:
    """The function for which a string is a template, empty where there is none."""
    argument = node.parent
    if argument is None or argument.type != "argument" or argument.parent is None:
        return ""
    given = [one for one in argument.parent.named_children if one.type == "argument"]
    called = _called(source, argument)
    return called if called in _GLUES or (called == "sprintf" and given[0] == argument) else ""


def _called(source: Source, argument: Node) -> str:
    call = argument.parent.parent if argument.parent is not None else None
    function = call.child_by_field_name("function") if call is not None and call.type == "call" else None
    return source.text_of(function).rpartition(":")[2] if function is not None else ""


def _decode(literal: Literal, raw: str) -> str:
    if literal.opening[0] in "rR":
        return raw
    value = _ESCAPES.decode(_LONG.sub(lambda match: match[1] + chr(int(match[2], 16)), raw))
    if "\0" in value:
        raise Refusal(UNTOLD)
    argument = literal.node.parent
    function = argument.parent.parent if argument is not None and argument.parent is not None else None
    called = function.child_by_field_name("function") if function is not None else None
    name = called.text.decode() if called is not None and called.text is not None else ""
    if name == "sprintf":
        return value.replace("%%", "%")
    return value.replace("{{", "{").replace("}}", "}") if name.rpartition(":")[2] in _GLUES else value


def _form(source: Source, node: Node) -> Literal | None:
    """The parts of a raw string: `r"---(...)---"`."""
    span, text = source.span_of(node), source.text_of(node)
    begin = _RAW.match(text)
    if begin is None:
        return None
    closing = f"{_CLOSED[begin['bracket']]}{begin['dashes']}{begin['quote']}"
    content = Span(span.line, span.column + len(begin[0]), span.end_line, span.end_column - len(closing))
    return Literal(node, span, content, begin[0], closing)


def _refuse(source: Source, literal: Literal) -> None:
    node, parent = literal.node, literal.node.parent
    if parent is None:
        return
    if parent.type in ("argument", "parameter") and parent.child_by_field_name("name") == node:
        raise Refusal("The value is the name of an argument, which must be a literal: use `setNames` for it.")
    operator = parent.child_by_field_name("operator")
    arrow = source.text_of(operator) if operator is not None else ""
    target = {"<-": "lhs", "<<-": "lhs", "=": "lhs", "->": "rhs", "->>": "rhs"}.get(arrow)
    if target and parent.child_by_field_name(target) == node:
        raise Refusal("The value is the name of a variable here: use `assign` for it.")
    if parent.type in ("braced_expression", "program") and parent.named_children[-1] != node:
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")


def _instead(source: Source, literal: Literal, name: str) -> Iterable[Change] | None:
    """What becomes of the default of `Sys.getenv`, and of a value that `Sys.setenv` sets."""
    argument = literal.node.parent
    if argument is None or argument.type != "argument" or argument.parent is None:
        return None
    call = argument.parent.parent
    function = call.child_by_field_name("function") if call is not None else None
    called = source.text_of(function) if function is not None else ""
    given = [node for node in argument.parent.named_children if node.type == "argument"]
    if called == "Sys.getenv" and given[1:] == [argument] and source.text_of(given[0]).strip("\"'") == name:
        return [Change(Span(*source.span_of(given[0])[2:], *source.span_of(argument)[2:]), "")]
    key = argument.child_by_field_name("name")
    if called != "Sys.setenv" or key is None or source.text_of(key).strip("\"'`") != name or call is None:
        return None
    if len(given) > 1:
        index = given.index(argument)
        start = source.span_of(given[index - 1])[2:] if index else source.span_of(argument)[:2]
        end = source.span_of(argument)[2:] if index else source.span_of(given[1])[:2]
        return [Change(Span(*start, *end), "")]
    span = source.span_of(call)
    rest = source.lines[span.line][: span.column] + source.lines[span.end_line][span.end_column :]
    is_statement = call.parent is not None and call.parent.type in ("program", "braced_expression")
    is_alone = is_statement and not rest.strip() and span.end_line + 1 < len(source.lines)
    return [Change(Span(span.line, 0, span.end_line + 1, 0), "")] if is_alone else None


def _is_bare(node: Node) -> bool:
    """Whether the parts of a string can be arguments of the call around it: it pastes them already."""
    around = list(ancestors(node))[:3]
    if [one.type for one in around] != ["argument", "arguments", "call"]:
        return False
    function = around[2].child_by_field_name("function")
    is_named = around[0].child_by_field_name("name") is not None
    return function is not None and function.text == b"paste0" and not is_named


_R = Language(
    kinds=frozenset({"string"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    instead=_instead,
    form=_form,
    join=", ",
    group=("paste0(", ")"),
    is_bare=_is_bare,
)
