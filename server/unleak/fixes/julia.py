"""Julia: `ENV["NAME"]`, which fails with the name where the variable is missing, and `$(ENV["NAME"])` in strings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret
from unleak.fixes.escapes import C_LIKE, COMPUTED, UNTOLD, Escapes
from unleak.fixes.literals import Language, Literal, literal_at, move_literals
from unleak.fixes.source import Source, ancestors, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_PREFIX = re.compile(r"[A-Za-z_]\w*(?=[\"`])")
_OPENING = re.compile(r"(?:[A-Za-z_]\w*)?(?P<quotes>\"\"\"|```|[\"`])")
_ESCAPES = Escapes(
    {**C_LIKE, "a": "\a", "v": "\v", "e": "\x1b", "$": "$"}, frozenset({"four", "two", "octal"}), continues=True
)
_LONG = re.compile(r"(?<!\\)((?:\\\\)*)\\U([0-9A-Fa-f]{5,8})")
_HIGH_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\(?:x[89A-Fa-f][0-9A-Fa-f]|[2-3][0-7]{2})")
_PLAIN = re.compile(r"[\w.,:/@%+=~^!-]*")
_WITH_QUOTES = re.compile(r"\\(?=\\*\")")
_SETTER = re.compile(r"ENV\[\"(\w+)\"\]")


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Julia text as variables of the environment."""
    notes = []
    for secret in secrets:
        literal = literal_at(source, secret.span, _JULIA)
        parts = [node for node in walk(literal.node) if node.type in ("string_interpolation", "interpolation")]
        if any(_overlap(source.span_of(part), secret.span) for part in parts):
            raise Refusal(COMPUTED)
        if _is_fixed_by_compiling(literal.node):
            notes.append("A package reads this when it is compiled: read it in `__init__` or in a function instead.")
    return replace(move_literals(source, secrets, _JULIA), notes=tuple(dict.fromkeys(notes)))


def _overlap(one: Span, other: Span) -> bool:
    return one[:2] < other[2:] and other[:2] < one[2:]


def _is_fixed_by_compiling(node: Node) -> bool:
    kinds = [around.type for around in ancestors(node)]
    functions = ("function_definition", "macro_definition", "arrow_function_expression", "do_clause")
    return "module_definition" in kinds and not any(kind in kinds for kind in functions)


def _read(source: Source, literal: Literal, name: str) -> str:
    if _prefix(literal) == "b":
        return f'codeunits(ENV["{name}"])'
    if literal.closing[0] == "`":
        return f'{literal.opening}$(ENV["{name}"]){literal.closing}'
    return f'ENV["{name}"]'


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    return f'$(ENV["{name}"])' if not _prefix(literal) else None


def _prefix(literal: Literal) -> str:
    found = _PREFIX.match(literal.opening)
    return found[0] if found else ""


def _decode(literal: Literal, raw: str) -> str:
    if literal.closing[0] == "`":
        if not _PLAIN.fullmatch(raw):
            raise Refusal(UNTOLD)
        return raw
    if len(literal.closing) == 3 and "\n" in raw:
        raw = _dedented(literal, raw)
    if _prefix(literal) == "raw":
        if _WITH_QUOTES.search(raw) or raw.endswith("\\"):
            raise Refusal(UNTOLD)
        return raw
    if _HIGH_BYTE.search(raw):
        raise Refusal(UNTOLD)
    return _ESCAPES.decode(_LONG.sub(lambda match: match[1] + chr(min(int(match[2], 16), 0x10FFFF)), raw))


def _dedented(literal: Literal, raw: str) -> str:
    """The text of a string of several lines without its indentation and its first line break.

    The line with the closing quotes counts for the indentation, blank lines do not.
    """
    text = raw.replace("\r\n", "\n")
    content = (literal.node.text or b"").decode("utf-8", "replace")[len(literal.opening) : -3]
    lines = content.replace(" \n", "\n").split("\n")
    widths = [_indentation(line) for line in lines[1:-1] if line.strip()] + [_indentation(lines[-1])]
    if any("\t" in line[: len(line) - len(line.lstrip())] for line in lines):
        raise Refusal(UNTOLD)
    width = min(widths)
    first, *rest = text.split("\n")
    whole = "\n".join([first, *(line[width:] for line in rest)])
    return whole[1:] if whole.startswith("\n") else whole


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _refuse(source: Source, literal: Literal) -> None:
    prefix = _prefix(literal)
    if prefix not in ("", "raw", "b"):
        raise Refusal(f'`{prefix}"..."` is read when the program is compiled: build it by a call, then move the value.')
    parent = literal.node.parent
    if parent is None:
        return
    siblings = parent.named_children
    is_statement = parent.type in ("source_file", "block", "ERROR")
    if is_statement and (parent.type != "block" or siblings[-1] != literal.node):
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")


def _instead(source: Source, literal: Literal, name: str) -> Iterable[Change] | None:
    """What becomes of the default of `get(ENV, ...)`, and of a value that the program sets itself."""
    parent = literal.node.parent
    if parent is None:
        return None
    if parent.type == "argument_list" and parent.parent is not None:
        given = [source.text_of(node) for node in parent.named_children]
        called = source.text_of(parent.parent.named_children[0])
        if called == "get" and given[:2] == ["ENV", f'"{name}"'] and len(given) == 3:
            return [Change(source.span_of(parent.parent), _read(source, literal, name))]
    setter = _SETTER.fullmatch(source.text_of(parent.named_children[0])) if parent.type == "assignment" else None
    if setter is None or setter[1] != name:
        return None
    span = source.span_of(parent)
    rest = source.lines[span.line][: span.column] + source.lines[span.end_line][span.end_column :]
    is_alone = not rest.strip() and span.end_line + 1 < len(source.lines)
    return [Change(Span(span.line, 0, span.end_line + 1, 0), "")] if is_alone else None


_JULIA = Language(
    kinds=frozenset({"string_literal", "prefixed_string_literal", "command_literal"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    instead=_instead,
    join=" * ",
    opening=_OPENING,
    is_bare=lambda node: (
        node.parent is not None and node.parent.type in ("assignment", "argument_list", "return_statement")
    ),
)
