"""Groovy and Gradle: `System.getenv("NAME")`, in templates as `${…}`. Pipelines of Jenkins have a file of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unleak.finding import Span
from unleak.fixes.change import Move, Refusal, Secret
from unleak.fixes.escapes import refuse_split
from unleak.fixes.groovy_strings import Piece, Strings, decoded, templated
from unleak.fixes.java import ANDROID, CONSTANT, RESOLVING, is_android
from unleak.fixes.literals import Language, Literal, move_literals
from unleak.fixes.source import Source

_ANNOTATION = re.compile(r"@([\w.]+)\s*\Z")
_FARTHEST = 2000  # how far before a string the parenthesis of its annotation is looked for


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Groovy text as variables of the environment, or as credentials of Jenkins."""
    refuse_split(source, secrets)
    strings = Strings(source)
    masked = strings.masked()
    name = re.split(r"[\\/]", source.path)[-1]
    if name.lower().startswith("jenkinsfile") or re.search(r"^\s*pipeline\s*\{\s*$", masked, re.MULTILINE):
        from unleak.fixes.jenkins import move_pipeline

        return move_pipeline(source, strings, masked, secrets)

    def annotation(literal: Literal) -> str:
        return _annotation(masked, strings.offset(*literal.span[:2]))

    def locate(_: Source, span: Span) -> Literal:
        return strings.literal(strings.piece_at(span))

    def read(_: Source, literal: Literal, name: str) -> str:
        if annotation(literal):
            return f"'${{{name}}}'"
        quote = literal.opening[0] if literal.opening[0] in "'\"" else "'"
        return f"System.getenv({quote}{name}{quote})"

    def embed(_: Source, literal: Literal, name: str) -> str | None:
        if annotation(literal):
            return f"{chr(92) if literal.opening[0] == chr(34) else ''}${{{name}}}"
        if literal.opening[0] == "'":
            return None
        return f"${{System.getenv({_inner_quoted(literal, name)})}}"

    def refuse(_: Source, literal: Literal) -> None:
        around = annotation(literal)
        if around and around not in RESOLVING:
            raise Refusal(CONSTANT)
        if not around and is_android(source):
            raise Refusal(ANDROID)

    def reopen(_: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
        return None if annotation(literal) else templated(literal, gaps)

    pieces = [strings.piece_at(secret.span) for secret in secrets]
    bare = all(_is_bare(masked, piece) for piece in pieces)
    # Parentheses behind a command without any would be those of its arguments.
    command = any(masked[: piece.start].rstrip(" \t")[-1:].isalnum() for piece in pieces)
    return move_literals(
        source,
        secrets,
        Language(
            kinds=frozenset(),
            read=read,
            decode=decoded,
            embed=embed,
            refuse=refuse,
            group=('"${', '}"') if command else ("(", ")"),
            is_bare=lambda _: bare,
            reopen=reopen,
            locate=locate,
        ),
    )


def _is_bare(masked: str, piece: Piece) -> bool:
    """Whether a sum may stand where a string stands."""
    before, after = masked[: piece.start].rstrip(" \t")[-1:], masked[piece.end :].lstrip(" \t")[:1]
    return (before.isalnum() or before in "=(,[:+{") and after in "\r\n),]};+"


def _inner_quoted(literal: Literal, name: str) -> str:
    quote = "'" if literal.opening[0] == '"' else '"'
    return f"{quote}{name}{quote}"


def _annotation(masked: str, start: int) -> str:
    """The name of the annotation whose parentheses are around an offset, empty where there is none."""
    closed = 0
    for at in range(start - 1, max(-1, start - _FARTHEST), -1):
        mark = masked[at]
        if mark in ")]":
            closed += 1
        elif mark in "([":
            closed -= 1
            if closed < 0 and mark == "(":
                found = _ANNOTATION.search(masked[max(0, at - 80) : at])
                return found[1].rpartition(".")[2] if found else ""
            closed = max(closed, 0)
        elif mark in "{};":
            return ""
    return ""
