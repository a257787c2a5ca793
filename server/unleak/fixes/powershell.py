"""PowerShell: `$env:NAME`, and `${env:NAME}` within strings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Move, Refusal, Secret
from unleak.fixes.literals import Language, Literal, literal_of, move_literals
from unleak.fixes.source import Source, ancestors, within
from unleak.text import line_width

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPES = dict(zip("abefnrtv", "\a\b\x1b\f\n\r\t\v", strict=True))
_ESCAPE = re.compile(r"`(?:u\{([0-9a-fA-F]{1,6})\}|(\r\n|.|\n|\r))|\"\"", re.S)
_COMPUTED = re.compile(r"(?<!`)(?:``)*\$[\w{(:?^$]")
_PLAIN_WORD = re.compile(r"[\w%+./:=^~\\-]*")


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a PowerShell script as variables of the environment."""
    if source.path.lower().endswith(".psd1"):
        raise Refusal(
            "A data file of PowerShell holds constants alone: leave a placeholder, and let the script that reads it "
            "take the value from $env:."
        )
    return move_literals(source, secrets, _POWERSHELL)


def _form(source: Source, node: Node) -> Literal:
    span = source.span_of(node)
    if node.type == "comment":
        raise Refusal("Nothing reads a comment: replace the value by a placeholder.")
    if node.type == "generic_token":
        _refuse_torn(node)
        return Literal(node, span, span, "", "")
    text = source.text_of(node)
    quote = text[1:2]
    if text[:1] != "@":
        return literal_of(source, node)
    if not text.endswith(f"{quote}@") or span.line == span.end_line:
        raise Refusal("The string is not closed yet: finish it, then move its value.")
    last = max(span.line + 1, span.end_line - 1)
    content = Span(span.line + 1, 0, last, line_width(source.lines[last]) if last < span.end_line else 0)
    opening, closing = source.cut(Span(*span[:2], *content[:2])), source.cut(Span(*content[2:], *span[2:]))
    return Literal(node, span, content, opening, closing)


def _refuse_torn(node: Node) -> None:
    """Words such as `--option=value` are not read for certain."""
    command = within(node, ("command",))
    if command is not None and command.has_error:
        raise Refusal("How this line is read is not certain: put the value in quotes, then move it.")


def _refuse(source: Source, literal: Literal) -> None:
    around = {node.type for node in ancestors(literal.node)}
    if around & {"attribute", "attribute_argument", "type_literal"}:
        raise Refusal("An attribute takes constants alone: check the value in the body, then move it.")
    if "data_statement" in around:
        raise Refusal("A data section holds constants alone: assign the value outside of it, then move it.")


def _read(source: Source, literal: Literal, name: str) -> str:
    return f"$env:{name}"


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    return f"${{env:{name}}}" if '"' in literal.opening else None


def _decode(literal: Literal, raw: str) -> str:
    here = literal.opening.startswith("@")
    if "'" in literal.opening:
        return raw if here else raw.replace("''", "'")
    if _COMPUTED.search(raw):
        raise Refusal("PowerShell computes a part of this value: move what is fixed in it by hand.")
    return _ESCAPE.sub(lambda escape: escape[0] if here and escape[0] == '""' else _meaning(escape), raw)


def _meaning(escape: re.Match[str]) -> str:
    if escape[0] == '""':
        return '"'
    if not escape[1]:
        if escape[2] == "0":
            raise Refusal("The value holds a character that no variable can take in: move it by hand.")
        return "" if escape[2] in ("\n", "\r", "\r\n") else _ESCAPES.get(escape[2], escape[2])
    point = int(escape[1], 16)
    if not 0 < point < 0x110000 or point in range(0xD800, 0xE000):
        raise Refusal("The value holds a character that no variable can take in: move it by hand.")
    return chr(point)


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    """Double quotes for a text in which they change nothing."""
    computed = any("$" in gap or "`" in gap for gap in gaps)
    if literal.opening.startswith("@'"):
        if computed:
            raise Refusal('This here-string reads no variables: write it as @"..."@, then move the value.')
        return literal.opening.replace("'", '"'), literal.closing.replace("'", '"')
    if literal.opening == "'" and not computed and not any('"' in gap or "'" in gap for gap in gaps):
        return '"', '"'
    if literal.opening == "":
        if not all(_PLAIN_WORD.fullmatch(gap) for gap in gaps):
            raise Refusal("A part of this word has a meaning: put it in quotes, then move the value.")
        return '"', '"'
    return None


def _is_bare(node: Node) -> bool:
    around = node.parent
    while around is not None and around.named_child_count == 1:
        around = around.parent
    return around is not None and around.type in ("assignment_expression", "hash_entry")


_POWERSHELL = Language(
    kinds=frozenset({"string_literal", "generic_token", "comment"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    is_bare=_is_bare,
    form=_form,
    reopen=_reopen,
)
