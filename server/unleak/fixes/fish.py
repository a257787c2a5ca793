"""fish: `"$NAME"`, one word even where the variable is missing; fish has no short way to fail with its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unleak.fixes.change import Move, Refusal, Secret
from unleak.fixes.literals import CROSSES, NO_LITERAL, Language, Literal, literal_of, move_literals
from unleak.fixes.shell import numbered
from unleak.fixes.source import Source, ancestors

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN = frozenset({"word", "integer", "float", "escape_sequence"})
_PLAIN_WORD = re.compile(r"[\w%+,./:=@^-]*")
_ESCAPES = dict(zip("abefnrtv", "\a\b\x1b\f\n\r\t\v", strict=True))
_ESCAPE = re.compile(
    r"\\(?:[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c([a-zA-Z])|(\r\n|.|\n|\r))",
    re.S,
)


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a fish script as variables of the environment."""
    for secret in secrets:
        _refuse_taken_name(source, secret)
    made = move_literals(source, secrets, _FISH)
    # A name ends where the quotes do.
    longer = {secret.span for secret in secrets if re.match(r"[\w\[]", source.lines[secret.span[2]][secret.span[3] :])}
    changes = [
        change._replace(new=f'{change.new}""') if change.span in longer and not change.new.endswith('"') else change
        for change in made.changes
    ]
    return Move(tuple(changes), made.values)


def _refuse_taken_name(source: Source, secret: Secret) -> None:
    """A variable that the script sets itself, before the value stands, does not come from the environment."""
    setting = re.compile(rf"\s*set\s(?:\s*-\S+\s)*\s*{secret.name}\s(.*)", re.S)
    for line in source.lines[: secret.span.line]:
        found = setting.match(line)
        if found and f"${secret.name}" not in found[1] and source.cut(secret.span) not in found[1]:
            raise Refusal(f"This script sets {secret.name} itself: give the variable another name.")


def _form(source: Source, node: Node) -> Literal:
    if node.type == "comment":
        raise Refusal(NO_LITERAL)
    if node.type in ("single_quote_string", "double_quote_string"):
        return literal_of(source, node)
    around = node.parent
    if node.type != "concatenation" and around is not None and around.type == "concatenation":
        node = around if _is_plain(around) else node
    if node.type == "concatenation" and not _is_plain(node):
        raise Refusal(CROSSES)
    span = source.span_of(node)
    return Literal(node, span, span, "", "")


def _is_plain(node: Node) -> bool:
    return all(child.type in _PLAIN for child in node.children)


def _refuse(source: Source, literal: Literal) -> None:
    in_function = any(around.type == "function_definition" for around in ancestors(literal.node))
    if source.path.rpartition("/")[2] == "config.fish" and not in_function:
        raise Refusal(
            "fish reads this file before anything sets variables: keep the value out of shared files, "
            "for example by `set -Ux` once in a terminal, and remove the line."
        )


def _read(source: Source, literal: Literal, name: str) -> str:
    return f'"${name}"'


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    return f"${name}" if literal.opening == '"' else None


def _decode(literal: Literal, raw: str) -> str:
    if literal.opening == "'":
        return re.sub(r"\\([\\'])", r"\1", raw)
    if literal.opening == '"':
        if re.search(r"(?<!\\)(?:\\\\)*\$", raw):
            raise Refusal("The shell computes a part of this value: move what is fixed in it by hand.")
        return re.sub(r"\\([\\\"$]|\r\n|\n)", lambda m: "" if m[1] in ("\n", "\r\n") else m[1], raw)
    return _ESCAPE.sub(_meaning, raw)


def _meaning(escape: re.Match[str]) -> str:
    if told := numbered(escape):
        return told
    return "" if escape[6] in ("\n", "\r\n") else _ESCAPES.get(escape[6], escape[6])


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    if literal.opening == "'" and not any(re.search(r"[$\\\"]", gap) for gap in gaps):
        return '"', '"'
    parent = literal.node.parent
    whole = parent is None or parent.type != "concatenation"
    if literal.opening == "" and whole and gaps[-1] and all(_PLAIN_WORD.fullmatch(gap) for gap in gaps):
        return '"', '"'
    return None


_FISH = Language(
    kinds=_PLAIN | {"single_quote_string", "double_quote_string", "concatenation", "comment"},
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    is_bare=lambda node: True,
    join="",
    form=_form,
    reopen=_reopen,
)
