"""Perl: `$ENV{NAME}`, which warns with the name where the variable is missing; it stands in strings as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import NO_LITERAL, UNCLOSED, Language, Literal, move_literals, take
from unleak.fixes.source import Source, within

if TYPE_CHECKING:
    from tree_sitter import Node

_INTERPOLATED = frozenset({"interpolated_string_literal", "command_string"})
_PATTERNS = frozenset({"match_regexp", "quoted_regexp", "substitution_regexp"})
_KINDS = _INTERPOLATED | _PATTERNS | {"string_literal", "quoted_word_list", "heredoc_content"}
_SUBSCRIPT = re.compile(r"(?:->)?[\[{]")
_COMPUTED = re.compile(r"(?<!\\)(?:\\\\)*(?:\$[^\s)|\\]|@[\w{$:+-])")
_ESCAPES = dict(zip("abefnrt", "\a\b\x1b\f\n\r\t", strict=True))
_ESCAPE = re.compile(r"\\(?:x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{1,2})|N\{U\+([0-9a-fA-F]+)\}|([0-7]{1,3})|(.))", re.S)
_BARE = frozenset(
    "assignment_expression list_expression ambiguous_function_call_expression function_call_expression "
    "method_call_expression return_expression anonymous_array_expression anonymous_hash_expression".split()
)


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Perl text as variables of the environment."""
    documents: dict[Span, tuple[Node, list[Secret]]] = {}
    others: list[Secret] = []
    for secret in secrets:
        node = within(source.node_at(secret.span), _KINDS)
        if node is not None and node.type == "heredoc_content":
            documents.setdefault(source.span_of(node), (node, []))[1].append(secret)
        else:
            others.append(secret)
    rest = move_literals(source, others, _PERL)
    changes, values = list(rest.changes), dict(rest.values)
    for node, inside in documents.values():
        new, moved = _out_of_document(source, node, inside)
        changes += new
        take(values, moved)
    if re.search(r"(?m)^\s*use\s+utf8\b", source.text) and not all(value.isascii() for value in values.values()):
        raise Refusal("Under `use utf8` the value is characters, a variable holds bytes: move it with Encode::decode.")
    # A bracket behind the variable would be its subscript.
    subscripts = {secret.span for secret in secrets if _SUBSCRIPT.match(_behind(source, secret.span))}
    return Move(
        tuple(merged(new._replace(new=f"{new.new}\\") if new.span in subscripts else new for new in changes)), values
    )


def _behind(source: Source, span: Span) -> str:
    return source.lines[span.end_line][span.end_column : span.end_column + 3]


def _interpolates(literal: Literal) -> bool:
    """Whether a variable can stand between these quotes, which are `'` and `q()` or ones that were given instead."""
    return literal.node.type != "string_literal" or literal.opening.startswith(('"', "qq"))


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    if not _interpolates(literal):
        return None
    return rf"\Q$ENV{{{name}}}\E" if literal.node.type in _PATTERNS else f"$ENV{{{name}}}"


def _form(source: Source, node: Node) -> Literal:
    if node.type == "quoted_word_list":
        raise Refusal("A list in `qw` holds words alone: write it with quotes and commas, then move the value.")
    inner = node.child_by_field_name("content")
    span = source.span_of(node)
    if inner is None:
        raise Refusal(NO_LITERAL)
    content = source.span_of(inner)
    opening = source.cut(Span(*span[:2], *content[:2]))
    closing = source.cut(Span(*content[2:], *span[2:]))
    if not closing:
        raise Refusal(UNCLOSED)
    if node.type in _INTERPOLATED and opening.endswith("'"):
        raise Refusal("These quotes hold no variables: use other ones, then move the value.")
    return Literal(node, span, content, opening, closing)


def _read(source: Source, literal: Literal, name: str) -> str:
    return f"$ENV{{{name}}}"


def _instead(source: Source, literal: Literal, name: str) -> list[Change] | None:
    if literal.node.type == "command_string":
        return [Change(literal.content, f"$ENV{{{name}}}")]
    if literal.node.type in _PATTERNS:
        return [Change(literal.content, rf"\Q$ENV{{{name}}}\E")]
    return None


def _decode(literal: Literal, raw: str) -> str:
    raw = raw.replace("\r\n", "\n")
    if literal.node.type in _PATTERNS:
        if not re.fullmatch(r"[\w-]+", raw):
            raise Refusal("The value is a pattern: compare with `eq`, then move the value.")
        return raw
    if literal.node.type == "string_literal" or literal.opening.endswith("'"):
        marks = re.escape(literal.opening[-1:] + literal.closing[:1] + "\\")
        return re.sub(rf"\\([{marks}])", r"\1", raw)
    if _COMPUTED.search(raw):
        raise Refusal("Perl computes a part of this value: move what is fixed in it by hand.")
    return _ESCAPE.sub(_meaning, raw)


def _meaning(escape: re.Match[str]) -> str:
    number = escape[1] or escape[2] or escape[3]
    if number or escape[4]:
        point = int(number, 16) if number else int(escape[4], 8)
        if not 0 < point < 0x80:
            raise Refusal("The value holds bytes that a variable cannot take in for certain: move it by hand.")
        return chr(point)
    single = escape[5]
    if single in _ESCAPES:
        return _ESCAPES[single]
    if single.isalnum():
        raise Refusal("What this string means cannot be told here: move its value by hand.")
    return single


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    if literal.node.type != "string_literal" or any(re.search(r"[$@\\]", gap) for gap in gaps):
        return None
    if literal.opening == "'":
        return None if any('"' in gap for gap in gaps) else ('"', '"')
    return f"q{literal.opening}", literal.closing


def _is_bare(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    operator = parent.child_by_field_name("operator")
    return parent.type in _BARE or (operator is not None and operator.type == ".")


def _out_of_document(source: Source, node: Node, secrets: Sequence[Secret]) -> tuple[list[Change], dict[str, str]]:
    """The changes that take secrets out of a here-document, whose mark tells how it is read."""
    above = _tokens(source, source.span_of(node).line - 1)
    end = next((child for child in node.named_children if child.type == "heredoc_end"), None)
    if not above or end is None:
        raise Refusal("The here-document is not finished yet: finish it, then move its value.")
    mark, token = source.span_of(above[-1]), source.text_of(above[-1])
    parts = re.fullmatch(r"<<(~?)\s*([\"']?)(.*?)[\"']?", token)
    if parts is None or parts[3] != source.text_of(end).strip() or len(above) > 1:
        raise Refusal("Several here-documents begin on one line: give each its own, then move the value.")
    span = source.span_of(node)
    content = Span(*span[:2], *source.span_of(end)[:2])
    raw = parts[2] == "'"
    holder = Literal(node, span, content, '"', '"')
    margin = _margin(source.cut(content)) if parts[1] else 0
    changes: list[Change] = []
    values: dict[str, str] = {}
    at = content[:2]
    for secret in sorted(secrets):
        text = re.sub(rf"(?m)(?<=\n)[ \t]{{0,{margin}}}", "", source.cut(secret.span).replace("\r\n", "\n"))
        take(values, {secret.name: text if raw else _decode(holder, text)})
        changes.append(Change(secret.span, f"$ENV{{{secret.name}}}"))
        if raw:
            changes += _escaped(source, Span(*at, *secret.span[:2]))
            at = secret.span[2:]
    if raw:
        changes += [Change(mark, token.replace("'", '"')), *_escaped(source, Span(*at, *content[2:]))]
    return changes, values


def _tokens(source: Source, line: int) -> list[Node]:
    """The here-documents that begin in a line."""
    text = source.lines[line] if line >= 0 else ""
    places = [Span(line, found.start(), line, found.end()) for found in re.finditer("<<", text)]
    return [node for node in map(source.node_at, places) if node.type == "heredoc_token"]


def _margin(text: str) -> int:
    """How many blanks an indented here-document takes from each line."""
    return min((len(line) - len(line.lstrip()) for line in text.splitlines() if line.strip()), default=0)


def _escaped(source: Source, span: Span) -> list[Change]:
    """Backslashes that keep a text as it is where Perl begins to read variables in it."""
    changes = []
    for line in range(span.line, span.end_line + 1):
        first = span.column if line == span.line else 0
        last = span.end_column if line == span.end_line else len(source.lines[line])
        for found in re.finditer(r"[$@\\]", source.lines[line][first:last]):
            column = first + found.start()
            changes.append(Change(Span(line, column, line, column), "\\"))
    return changes


_PERL = Language(
    kinds=_KINDS,
    read=_read,
    decode=_decode,
    embed=_embed,
    join=" . ",
    is_bare=_is_bare,
    form=_form,
    reopen=_reopen,
    instead=_instead,
)
