"""String literals: where they begin and end, what they mean, and how a part of one leaves it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.source import Source, within

if TYPE_CHECKING:
    from tree_sitter import Node

_OPENING = re.compile(r"[A-Za-z@$]{0,3}#*(?P<quotes>\"\"\"|'''|[\"'`])#*")
NO_LITERAL = "The value stands in no string here, so no variable can take its place: replace it by a placeholder."
UNCLOSED = "The string is not closed yet: finish it, then move its value."
CROSSES = "The value reaches over several strings: join them into one, then move it."


class Literal(NamedTuple):
    """A string literal in a source."""

    node: Node
    span: Span  # with prefix and quotes
    content: Span  # what stands between the quotes
    opening: str  # prefix and quotes: `f"`
    closing: str


@dataclass(frozen=True, slots=True)
class Language:
    """How one language writes strings and reads variables of the environment.

    `read` gives an expression for a variable's value, of the literal's own type; `decode` what raw text between the
    quotes means; `embed` what stands for the variable inside the literal, None where that literal cannot hold
    expressions; `refuse` raises a Refusal where this literal must stay one; `join` stands between parts, and
    `group` is put around a joined expression in the places that `is_bare` denies. `form` tells the parts of a literal
    whose quotes `opening` cannot; `reopen` gives other quotes with which a literal holds expressions, None where it
    does already or cannot; `instead` gives other changes where the value is all of a literal, None for `read`.
    """

    kinds: frozenset[str]
    read: Callable[[Source, Literal, str], str]
    decode: Callable[[Literal, str], str]
    embed: Callable[[Source, Literal, str], str | None] = lambda source, literal, name: None
    refuse: Callable[[Source, Literal], None] = lambda source, literal: None
    imports: Callable[[Source, Sequence[Literal]], Iterable[Change]] = lambda source, literals: ()
    join: str = " + "
    group: tuple[str, str] = ("(", ")")
    is_bare: Callable[[Node], bool] = lambda node: False
    opening: re.Pattern[str] = _OPENING
    form: Callable[[Source, Node], Literal | None] = lambda source, node: None
    reopen: Callable[[Source, Literal, Sequence[str]], tuple[str, str] | None] = lambda source, literal, gaps: None
    instead: Callable[[Source, Literal, str], Iterable[Change] | None] = lambda source, literal, name: None
    locate: Callable[[Source, Span], Literal] | None = None  # where the tree alone does not tell a literal


def move_literals(source: Source, secrets: Sequence[Secret], language: Language) -> Move:
    """Move secrets that stand in string literals; Refusal where one does not or its literal must stay."""
    of: dict[Span, tuple[Literal, list[Secret]]] = {}
    for secret in sorted(secrets):
        locate = language.locate
        literal = locate(source, secret.span) if locate else literal_at(source, secret.span, language)
        of.setdefault(literal.span, (literal, []))[1].append(secret)
    changes: list[Change] = []
    values: dict[str, str] = {}
    for literal, inside in of.values():
        language.refuse(source, literal)
        new, moved = _rewritten(source, literal, inside, language)
        changes += new
        take(values, moved)
    changes += language.imports(source, [literal for literal, _ in of.values()])
    return Move(tuple(merged(changes)), values)


def take(values: dict[str, str], more: Mapping[str, str]) -> None:
    """Add moved values; one name cannot stand for two of them."""
    for name, value in more.items():
        if values.setdefault(name, value) != value:
            raise Refusal(f"{name} would stand for two different values: move them one by one.")


def literal_at(source: Source, span: Span, language: Language) -> Literal:
    """The literal around a span; Refusal where there is none."""
    node = within(source.node_at(span), language.kinds)
    if node is None:
        raise Refusal(NO_LITERAL)
    literal = language.form(source, node) or literal_of(source, node, language.opening)
    if span[:2] < literal.content[:2] or span[2:] > literal.content[2:]:
        raise Refusal(CROSSES)
    return literal


def literal_of(source: Source, node: Node, opening: re.Pattern[str] = _OPENING) -> Literal:
    """The literal that a node is: its quotes are told by its text."""
    begin = opening.match(source.text_of(node))
    if begin is None:
        raise Refusal(NO_LITERAL)
    quotes = begin["quotes"]
    hashes = begin[0].count("#")
    closing = quotes + "#" * hashes
    return enclosed(source, node, begin[0], closing)


def enclosed(source: Source, node: Node, opening: str, closing: str) -> Literal:
    """The literal that a node is, by what opens and closes it; Refusal where it is not closed."""
    span, text = source.span_of(node), source.text_of(node)
    if not text.endswith(closing) or len(text) < len(opening) + len(closing):
        raise Refusal(UNCLOSED)
    content = Span(span.line, span.column + len(opening), span.end_line, span.end_column - len(closing))
    return Literal(node, span, content, opening, closing)


def _rewritten(
    source: Source, literal: Literal, secrets: Sequence[Secret], language: Language
) -> tuple[list[Change], dict[str, str]]:
    """The changes that take secrets out of one literal, and their values."""
    content = literal.content
    gaps = _gaps(source, content, secrets)
    if len(secrets) == 1 and not any(gap.strip() for gap in gaps):
        # Blanks around a key of several lines go with it, so that the program sees what it saw.
        value = language.decode(literal, source.cut(content))
        name = secrets[0].name
        other = language.instead(source, literal, name)
        if other is not None:
            return list(other), {name: value}
        return [Change(literal.span, language.read(source, literal, name))], {name: value}
    values: dict[str, str] = {}
    for secret in secrets:
        take(values, {secret.name: language.decode(literal, source.cut(secret.span))})
    quotes = language.reopen(source, literal, gaps)
    holder = literal._replace(opening=quotes[0], closing=quotes[1]) if quotes else literal
    embedded = [(secret.span, language.embed(source, holder, secret.name)) for secret in secrets]
    if all(new is not None for _, new in embedded):
        changes = [Change(span, new) for span, new in embedded if new is not None]
        return changes + (_requoted(literal, holder) if quotes else []), values
    parts = [f"{literal.opening}{gaps[0]}{literal.closing}"] if gaps[0] else []
    for secret, gap in zip(secrets, gaps[1:], strict=True):
        parts.append(language.read(source, literal, secret.name))
        if gap:
            parts.append(f"{literal.opening}{gap}{literal.closing}")
    joined = language.join.join(parts)
    if len(parts) > 1 and not language.is_bare(literal.node):
        joined = joined.join(language.group)
    return [Change(literal.span, joined)], values


def _requoted(literal: Literal, holder: Literal) -> list[Change]:
    """The changes that give a literal other quotes."""
    span, content = literal.span, literal.content
    quotes = [
        (Span(*span[:2], *content[:2]), literal.opening, holder.opening),
        (Span(*content[2:], *span[2:]), literal.closing, holder.closing),
    ]
    return [Change(place, new) for place, old, new in quotes if new != old]


def _gaps(source: Source, content: Span, secrets: Sequence[Secret]) -> list[str]:
    """What stands before, between and after the secrets of a literal."""
    gaps, at = [], content[:2]
    for secret in secrets:
        gaps.append(source.cut(Span(*at, *secret.span[:2])))
        at = secret.span[2:]
    gaps.append(source.cut(Span(*at, *content[2:])))
    return gaps
