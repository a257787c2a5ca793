"""Scala: `sys.env("NAME")`, which fails with the name where the variable is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unleak.fixes.change import Move, Refusal, Secret
from unleak.fixes.escapes import C_LIKE, COMPUTED, UNTOLD, Escapes, refuse_split
from unleak.fixes.java import ANDROID, CONSTANT, RESOLVING, USED_AS_CONSTANT, is_android
from unleak.fixes.literals import Language, Literal, literal_at, move_literals
from unleak.fixes.source import Source, within
from unleak.fixes.uses import uses

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPES = Escapes(C_LIKE, frozenset({"fours"}))
_BARE = frozenset(
    {"val_definition", "var_definition", "arguments", "function_definition", "parameter", "class_parameter", "block"}
)
_PATTERNS = frozenset({"case_clause", "alternative_pattern", "case_class_pattern", "tuple_pattern"})
_PARTED = re.compile(r"\$(?!\$)[A-Za-z_{]")


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Scala text as variables of the environment."""
    plain = [secret for secret in secrets if not _is_raw(literal_at(source, secret.span, _SCALA))]
    refuse_split(source, plain)
    return move_literals(source, secrets, _SCALA)


def _read(source: Source, literal: Literal, name: str) -> str:
    return f'"${{{name}}}"' if _annotation(source, literal.node) else f'sys.env("{name}")'


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    if _annotation(source, literal.node):
        return f"${{{name}}}"
    return f'${{sys.env("{name}")}}' if _prefix(literal) else None


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    """A plain string as one with the prefix `s`, where that reads the rest of it in the same way."""
    raw = literal.closing == '"""'
    if _prefix(literal) or _annotation(source, literal.node):
        return None
    if any("$" in gap or '\\"' in gap or (raw and "\\" in gap) for gap in gaps):
        return None
    return "s" + literal.opening, literal.closing


def _is_raw(literal: Literal) -> bool:
    return _prefix(literal) == "raw" or (not _prefix(literal) and literal.closing == '"""')


def _prefix(literal: Literal) -> str:
    return literal.opening.rstrip('"')


def _annotation(source: Source, node: Node) -> str:
    """The name of the annotation that a literal is part of, empty where there is none."""
    around = within(node, ["annotation"])
    return source.text_of(around.named_children[0]).rpartition(".")[2] if around is not None else ""


def _decode(literal: Literal, raw: str) -> str:
    prefix = _prefix(literal)
    if prefix:
        if _PARTED.search(raw.replace("$$", "")):
            raise Refusal(COMPUTED)
        raw = raw.replace("$$", "$")
        if prefix == "f":
            if "%" in raw.replace("%%", ""):
                raise Refusal(UNTOLD)
            raw = raw.replace("%%", "%")
    if prefix != "raw" and _is_raw(literal):
        if "\\u" in raw:
            raise Refusal(UNTOLD)  # its meaning changed between versions of Scala
        return raw.replace("\r\n", "\n")
    return raw if prefix == "raw" else _ESCAPES.decode(raw)


def _refuse(source: Source, literal: Literal) -> None:
    node, prefix = literal.node, _prefix(literal)
    parent = node.parent
    annotation = _annotation(source, node)
    if annotation and annotation not in RESOLVING:
        raise Refusal(CONSTANT)
    if annotation:
        return
    if is_android(source):
        raise Refusal(ANDROID)
    if prefix not in ("", "s", "f", "raw"):
        raise Refusal(
            f"What the interpolator `{prefix}` does with a part that is put in is not known: hand the value over as "
            "its library asks for it."
        )
    if parent is not None and parent.type in _PATTERNS and parent.child_by_field_name("body") != node:
        raise Refusal("A pattern must be constant: compare in a guard (`case x if x == …`), then move the value.")
    if within(node, ["literal_type"]) is not None:
        raise Refusal("A type stands for no value at run time: use `String`, then move the value.")
    if parent is not None and parent.type in ("block", "template_body") and node.next_named_sibling is not None:
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")
    definition = within(node, ["val_definition"])
    name = definition.child_by_field_name("pattern") if definition is not None else None
    if definition is None or name is None or "final" not in source.text_of(definition).split("=")[0].split():
        return
    if any(within(place, ["annotation"]) for place in uses(source, source.text_of(name))):
        raise Refusal(USED_AS_CONSTANT)


def _is_bare(node: Node) -> bool:
    parent = node.parent
    if parent is not None and parent.type == "infix_expression":
        operator = parent.child_by_field_name("operator")
        return operator is not None and operator.text == b"+"
    return parent is not None and parent.type in _BARE


_SCALA = Language(
    kinds=frozenset({"string", "interpolated_string_expression"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    is_bare=_is_bare,
    reopen=_reopen,
    opening=re.compile(r"(?:[A-Za-z_]\w*)?(?P<quotes>\"\"\"|\")"),
)
