"""Python: `os.environ["NAME"]`, which fails with the name where the variable is missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import COMPUTED, UNTOLD
from unleak.fixes.literals import CROSSES, Language, Literal, literal_at, literal_of, move_literals, take
from unleak.fixes.python_reads import import_change, way_of
from unleak.fixes.python_templates import arguments, placeholder_in, template_of, untemplated
from unleak.fixes.source import Source, ancestors, within

if TYPE_CHECKING:
    from tree_sitter import Node

_OLD_PRINT = re.compile(r"(?m)^[ \t]*print[ \t]+['\"\w]")
_SETTER = re.compile(r"(?:os\.)?environ\[['\"](\w+)['\"]\]")
_GETTERS = frozenset({"os.getenv", "getenv", "os.environ.get", "environ.get"})
_LOOSER = frozenset(
    "argument_list assignment augmented_assignment boolean_operator comparison_operator conditional_expression "
    "default_parameter dictionary expression_list interpolation keyword_argument list named_expression pair "
    "parenthesized_expression return_statement set subscript tuple typed_default_parameter".split()
)
"""Nodes in which a sum can stand as it is."""


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Python text as variables of the environment."""
    if source.path.endswith(".pyi"):
        raise Refusal("A stub is never run: write `...` in place of the value.")
    joined = [secret for secret in secrets if _crosses(source, secret.span)]
    single = [_widened(source, secret) for secret in secrets if secret not in joined]
    moved = move_literals(source, single, _PYTHON)
    changes, values = list(moved.changes), dict(moved.values)
    places = [literal_at(source, secret.span, _PYTHON) for secret in single]
    changes += arguments(source, list(zip(places, single, strict=True)))
    for secret in joined:
        pieces = _pieces(source, secret.span)
        changes.append(_joined(source, pieces, secret))
        take(values, {secret.name: _joined_value(source, pieces, secret.span)})
        places.append(pieces[0])
    new = "\n".join(change.new for change in changes)
    ways = [way for way in (way_of(source, place.node) for place in places) if way.opening in new]
    changes += import_change(source, [way.imports for way in ways if way.imports])
    return Move(tuple(merged(changes)), values)


def _widened(source: Source, secret: Secret) -> Secret:
    """The secret with a literal's whole content, where nothing but breaks of lines stands around it."""
    literal = literal_at(source, secret.span, _PYTHON)
    if any(_overlap(source.span_of(child), secret.span) for child in _computed(literal.node)):
        raise Refusal(COMPUTED)
    before = source.cut(Span(*literal.content[:2], *secret.span[:2]))
    after = source.cut(Span(*secret.span[2:], *literal.content[2:]))
    blank = re.compile(r"(?:\\\r?\n|\s)*")
    return secret._replace(span=literal.content) if blank.fullmatch(before) and blank.fullmatch(after) else secret


def _computed(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type == "interpolation"]


def _overlap(one: Span, other: Span) -> bool:
    return one[:2] < other[2:] and other[:2] < one[2:]


def _crosses(source: Source, span: Span) -> bool:
    return source.node_at(span).type == "concatenated_string"


def _pieces(source: Source, span: Span) -> list[Literal]:
    """The strings, one behind the other, that a value reaches over."""
    nodes = [node for node in source.node_at(span).named_children if node.type == "string"]
    pieces = [literal_of(source, node) for node in nodes if _overlap(source.span_of(node), span)]
    kinds = {"b" in _prefix(piece) for piece in pieces}
    if span[:2] < pieces[0].content[:2] or span[2:] > pieces[-1].content[2:] or len(kinds) > 1:
        raise Refusal(CROSSES)
    if any(_computed(piece.node) for piece in pieces):
        raise Refusal(COMPUTED)
    return pieces


def _joined(source: Source, pieces: Sequence[Literal], secret: Secret) -> Change:
    """The change that takes a value out of strings that stand one behind the other."""
    first, last = pieces[0], pieces[-1]
    before = source.cut(Span(*first.content[:2], *secret.span[:2]))
    after = source.cut(Span(*secret.span[2:], *last.content[2:]))
    parent = first.node.parent
    strings = [node for node in parent.named_children if node.type == "string"] if parent is not None else []
    if not before and not after and len(strings) == len(pieces) and parent is not None:
        return Change(source.span_of(parent), _read(source, first, secret.name, alone=True))
    if "b" in _prefix(first) or template_of(first):
        raise Refusal(CROSSES)
    parts = [f"{first.opening}{before}{first.closing}"] if before else []
    parts.append(_as_piece(source, first, secret.name))
    parts += [f"{last.opening}{after}{last.closing}"] if after else []
    return Change(Span(*first.span[:2], *last.span[2:]), " ".join(parts))


def _joined_value(source: Source, pieces: Sequence[Literal], span: Span) -> str:
    parts = []
    for piece in pieces:
        start, end = max(piece.content[:2], span[:2]), min(piece.content[2:], span[2:])
        parts.append(_decode(piece, source.cut(Span(*start, *end))))
    return "".join(parts)


def _read(source: Source, literal: Literal, name: str, alone: bool = False) -> str:
    if not alone and _neighbour(literal.node):
        return _as_piece(source, literal, name)
    quote = literal.closing[0]
    expression = way_of(source, literal.node).read(name, quote)
    return f"{expression}.encode()" if "b" in _prefix(literal) else expression


def _as_piece(source: Source, literal: Literal, name: str) -> str:
    """A string of its own for a variable: what stands beside other strings has to be one."""
    quote = literal.closing[0]
    inner = "'" if quote == '"' else '"'
    return f"f{quote}{{{way_of(source, literal.node).read(name, inner)}}}{quote}"


def _neighbour(node: Node) -> bool:
    return node.parent is not None and node.parent.type == "concatenated_string"


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    if template_of(literal):
        return placeholder_in(source, literal, name)
    if "f" not in _prefix(literal) or _in_interpolation(literal.node):
        return None
    quote = "'" if '"' in literal.closing else '"'  # before 3.12 the literal's own quotes cannot stand in it again
    return f"{{{way_of(source, literal.node).read(name, quote)}}}"


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    """The quotes of an f-string, where all that stands in the literal means the same in one."""
    prefix = _prefix(literal)
    if set(prefix) & set("bfut") or any(set(gap) & set("{}") for gap in gaps):
        return None
    if template_of(literal) or _in_interpolation(literal.node) or _OLD_PRINT.search(source.text):
        return None
    at = len(prefix)
    return f"{literal.opening[:at]}f{literal.opening[at:]}", literal.closing


def _in_interpolation(node: Node) -> bool:
    return within(node, ["interpolation"]) is not None


def _decode(literal: Literal, raw: str) -> str:
    prefix = _prefix(literal).replace("f", "")
    try:
        value = ast.literal_eval(f"{prefix}{literal.closing}{raw}{literal.closing}")
        text = value.decode() if isinstance(value, bytes) else str(value)
        text.encode()
    except (ValueError, SyntaxError):
        raise Refusal(UNTOLD) from None
    if "f" in _prefix(literal):
        return text.replace("{{", "{").replace("}}", "}")
    return untemplated(literal, text)


def _prefix(literal: Literal) -> str:
    return literal.opening.rstrip("\"'").lower()


def _refuse(source: Source, literal: Literal) -> None:
    around = [node.type for node in ancestors(literal.node)]
    if "case_pattern" in around:
        raise Refusal("A pattern of `match` must be a literal: compare with `if` and move the value then.")
    if "type" in around and "call" not in around[: around.index("type")]:
        raise Refusal("A type is told by literals: take the value out of the annotation.")
    if around[:1] == ["concatenated_string"]:
        around = around[1:]
        content = source.cut(literal.content)
        if "b" in _prefix(literal) or ("f" not in _prefix(literal) and set(content) & set("{}")):
            raise Refusal("The value stands in strings that follow each other: join them with `+`, then move it.")
    if around[:1] in (["module"], ["block"], ["expression_statement"]):
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")


def _instead(source: Source, literal: Literal, name: str) -> Iterable[Change] | None:
    """What becomes of a value that is a default, or that the program itself puts into the environment."""
    parent = literal.node.parent
    if parent is None:
        return None
    if parent.type == "assignment" and parent.child_by_field_name("right") == literal.node:
        return _without_assignment(source, parent, name) or _without_default(source, literal.node, parent, name)
    argument = parent if parent.type == "keyword_argument" else literal.node
    call = argument.parent.parent if argument.parent is not None else None
    if call is None or call.type != "call" or argument.parent == call:
        return None
    called = source.text_of(call.named_children[0])
    given = [node for node in call.named_children[1].named_children if node.type != "comment"]
    if called in ("SecretStr", "SecretBytes") and given == [literal.node] and call.parent is not None:
        return _without_default(source, call, call.parent, name)
    if called == "Field" and call.parent is not None and call.parent.type == "assignment":
        by_name = parent.type == "keyword_argument" and source.text_of(parent.named_children[0]) == "default"
        alias = re.search(r"\b(?:env|alias|validation_alias)\s*=", source.text_of(call))
        if (by_name or given[:1] == [argument]) and not alias and _is_setting(source, call.parent, name):
            return [Change(literal.span, "...")]
        return None
    is_same = bool(given) and source.text_of(given[0]).strip("\"'") == name
    if is_same and given[1:] == [argument] and called in _GETTERS:
        return [Change(source.span_of(call), _read(source, literal, name, alone=True))]
    if is_same and given[1:2] == [argument] and way_of(source, literal.node).opening == f"{called}(":
        return [Change(Span(*source.span_of(given[0])[2:], *source.span_of(argument)[2:]), "")]
    return None


def _without_assignment(source: Source, assignment: Node, name: str) -> list[Change] | None:
    """`os.environ["NAME"] = "..."` goes with its line, as the environment now holds what it sets."""
    setter = _SETTER.fullmatch(source.text_of(assignment.named_children[0]))
    siblings = assignment.parent.named_children if assignment.parent is not None else []
    if setter is None or setter[1] != name or sum(node.type != "comment" for node in siblings) < 2:
        return None
    span = source.span_of(assignment)
    head, tail = source.lines[span.line][: span.column], source.lines[span.end_line][span.end_column :]
    if head.strip() or not re.fullmatch(r"\s*(?:#.*)?\s*", tail) or span.end_line + 1 >= len(source.lines):
        return None
    return [Change(Span(span.line, 0, span.end_line + 1, 0), "")]


def _without_default(source: Source, value: Node, assignment: Node, name: str) -> list[Change] | None:
    """A field of pydantic's settings needs no default: the class reads the variable of its name by itself."""
    if assignment.type != "assignment" or not _is_setting(source, assignment, name):
        return None
    typed = assignment.child_by_field_name("type")
    if typed is None or assignment.child_by_field_name("right") != value:
        return None
    return [Change(Span(*source.span_of(typed)[2:], *source.span_of(assignment)[2:]), "")]


def _is_setting(source: Source, assignment: Node, name: str) -> bool:
    """Whether this is a field of a class of settings that is read from the variable `name`."""
    block = assignment.parent
    made = block.parent if block is not None and block.type == "block" else None
    bases = made.child_by_field_name("superclasses") if made is not None else None
    if made is None or bases is None or not re.search(r"\bBaseSettings\b", source.text_of(bases)):
        return False
    text = source.text_of(made)
    prefix = re.search(r"\benv_prefix\s*=\s*['\"](\w*)['\"]", text)
    if "case_sensitive" in text or ("env_prefix" in text and prefix is None):
        return False
    field = source.text_of(assignment.named_children[0])
    return f"{prefix[1] if prefix else ''}{field}".upper() == name


def _is_bare(node: Node) -> bool:
    """Whether `+` needs no brackets here."""
    parent = node.parent
    if parent is None:
        return False
    operator = parent.child_by_field_name("operator")
    return parent.type in _LOOSER or (
        parent.type == "binary_operator" and operator is not None and operator.type == "+"
    )


_PYTHON = Language(
    kinds=frozenset({"string"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    reopen=_reopen,
    instead=_instead,
    is_bare=_is_bare,
)
