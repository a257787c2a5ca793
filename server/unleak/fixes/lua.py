"""Lua: `assert(os.getenv("NAME"), "NAME is not set")`; `os.getenv` alone gives nil, which fails far from here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Move, Refusal, Secret
from unleak.fixes.literals import NO_LITERAL, UNCLOSED, Language, Literal, literal_of, move_literals
from unleak.fixes.source import Source

if TYPE_CHECKING:
    from tree_sitter import Node

_LONG = re.compile(r"\[(=*)\[(?:\r\n|\n\r|\n|\r)?")
_ESCAPES = dict(zip("abfnrtv\\\"'\n", "\a\b\f\n\r\t\v\\\"'\n", strict=True))
_ESCAPE = re.compile(
    r"\\(?:z[ \t\r\n\f\v]*|x([0-9a-fA-F]{2})|([0-9]{1,3})|u\{([0-9a-fA-F]{1,8})\}|(\r\n|\n\r|.|\n|\r))", re.S
)


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Lua text as variables of the environment."""
    made = move_literals(source, secrets, _LUA)
    if re.search(r"\bngx\s*\.", source.text):
        note = "nginx hands Lua only the variables that its configuration names: add `env NAME;` to its main part."
        return Move(made.changes, made.values, (note,))
    return made


def _read(source: Source, literal: Literal, name: str) -> str:
    quote = "'" if literal.opening == "'" else '"'
    expression = f"assert(os.getenv({quote}{name}{quote}), {quote}{name} is not set{quote})"
    parent = literal.node.parent
    if parent is not None and parent.type == "arguments" and source.span_of(parent) == source.span_of(literal.node):
        return f"(({expression}))"  # `call "value"` needs no parentheses, `call expression` does
    return f"({expression})" if _spreads(literal.node) else expression


def _spreads(node: Node) -> bool:
    """Whether all that a call returns would count here, and `assert` returns its message, too: `print(assert(…))`."""
    parent = node.parent
    if parent is None or parent.named_children[-1:] != [node]:
        return False
    if parent.type == "expression_list":
        around = parent.parent
        names = around.named_children[0] if around is not None else parent
        return names.type != "variable_list" or names.named_child_count > parent.named_child_count
    return parent.type == "arguments" or (parent.type == "field" and parent.named_child_count == 1)


def _form(source: Source, node: Node) -> Literal:
    text = source.text_of(node)
    begin = _LONG.match(text)
    if begin is None:
        return literal_of(source, node)
    closing = f"]{begin[1]}]"
    if not text.endswith(closing):
        raise Refusal(UNCLOSED)
    span = source.span_of(node)
    breaks = begin[0].endswith(("\r", "\n"))
    start = (span.line + 1, 0) if breaks else (span.line, span.column + len(begin[0]))
    return Literal(node, span, Span(*start, span.end_line, span.end_column - len(closing)), begin[0], closing)


def _decode(literal: Literal, raw: str) -> str:
    if literal.opening.startswith("["):
        return raw.replace("\r\n", "\n")

    def meaning(escape: re.Match[str]) -> str:
        number = int(escape[1], 16) if escape[1] else int(escape[2]) if escape[2] else None
        if number is not None and not 0 < number < 0x80:
            raise Refusal("The value holds bytes that a variable cannot take in for certain: move it by hand.")
        if number is None and escape[3]:
            number = int(escape[3], 16)
            if number in range(0xD800, 0xE000) or not 0 < number < 0x110000:
                raise Refusal("The value holds a character that no variable can take in: move it by hand.")
        if number is not None:
            return chr(number)
        single = escape[4]
        if single is None:
            return ""
        single = "\n" if single[0] in "\r\n" else single
        if single not in _ESCAPES:
            raise Refusal("What this string means cannot be told here: move its value by hand.")
        return _ESCAPES[single]

    return _ESCAPE.sub(meaning, raw)


def _refuse(source: Source, literal: Literal) -> None:
    parent = literal.node.parent
    if parent is None or parent.type in ("ERROR", "attribute"):
        raise Refusal(NO_LITERAL)


def _is_bare(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type not in ("expression_list", "arguments", "field", "return_statement"):
        return False
    return parent.type != "arguments" or parent.named_child_count > 1 or parent.start_byte != node.start_byte


_LUA = Language(
    kinds=frozenset({"string"}),
    read=_read,
    decode=_decode,
    refuse=_refuse,
    join=" .. ",
    is_bare=_is_bare,
    form=_form,
)
