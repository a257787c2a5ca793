"""Ruby: `ENV.fetch("NAME")`, which fails with the name where the variable is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import C_LIKE, COMPUTED, UNTOLD, Escapes
from unleak.fixes.literals import Language, Literal, literal_at, move_literals
from unleak.fixes.source import Source, ancestors, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_OPENING = re.compile(r":?[\"'`/]|%[qQwWrxsiI]?(?P<bracket>[^\w\s])")
_CLOSED = {"(": ")", "[": "]", "{": "}", "<": ">"}
_HEREDOC = re.compile(r"<<(?P<kind>[~-]?)(?P<quote>[\"'`]?)(?P<tag>\w+)[\"'`]?")
_ESCAPES = Escapes(
    {**C_LIKE, "a": "\a", "v": "\v", "e": "\x1b", "s": " "},
    frozenset({"four", "braces", "two", "octal", "nul"}),
    free=True,
    continues=True,
)
_UNSURE = re.compile(r"(?<!\\)(?:\\\\)*\\(?:[cCM]|x[89A-Fa-f][0-9A-Fa-f]|[2-3][0-7]{2})")
_SAFE_IN_PATTERN = re.compile(r"[\w-]*")
_FROZEN = re.compile(r"(?m)\A(?:#[^\n]*\n)*#\s*(?:-\*-\s*)?frozen[_-]string[_-]literal:\s*true")
_CHANGED = r"\s*(?:<<|\.(?:\w+!|concat|prepend|insert|replace|force_encoding|clear|setbyte)\b)"
_LOOSER = frozenset(
    "argument_list array assignment body_statement conditional interpolation keyword_parameter operator_assignment "
    "optional_parameter pair parenthesized_statements".split()
)
"""Nodes in which a sum can stand as it is."""
_SETTER = re.compile(r"ENV\[['\"](\w+)['\"]\]")


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Ruby text as variables of the environment."""
    changes = []
    for secret in secrets:
        literal = literal_at(source, secret.span, _RUBY)
        for part in literal.node.named_children:
            if part.type == "interpolation" and _overlap(source.span_of(part), secret.span):
                raise Refusal(COMPUTED)
        if literal.node.type == "heredoc_body" and "'" in literal.opening and not _is_whole(source, literal, secret):
            changes.append(_interpolating(source, literal))
    moved = move_literals(source, secrets, _RUBY)
    return Move(tuple(merged([*moved.changes, *changes])), moved.values)


def _overlap(one: Span, other: Span) -> bool:
    return one[:2] < other[2:] and other[:2] < one[2:]


def _is_whole(source: Source, literal: Literal, secret: Secret) -> bool:
    around = source.cut(Span(*literal.content[:2], *secret.span[:2]))
    return not (around + source.cut(Span(*secret.span[2:], *literal.content[2:]))).strip()


def _interpolating(source: Source, literal: Literal) -> Change:
    """The change that lets a heredoc hold expressions."""
    if set(source.cut(literal.content)) & set("\\#"):
        raise Refusal("This heredoc takes every sign as it is: write it without quotes first, then move the value.")
    beginning = _beginning_of(source, literal.node)
    return Change(source.span_of(beginning), source.text_of(beginning).replace("'", ""))


def _form(source: Source, node: Node) -> Literal | None:
    """The parts of any literal, heredocs too: their content are the lines, their opening stands further up."""
    if node.type == "heredoc_body":
        return _heredoc(source, node)
    if node.type in ("bare_string", "bare_symbol"):
        raise Refusal('A list of words holds nothing but words: write it as `["..."]`, then move the value.')
    span, text = source.span_of(node), source.text_of(node)
    begin = _OPENING.match(text)
    if begin is None:
        return None
    opening = begin[0]
    bracket = begin["bracket"] or opening[-1]
    closing = _CLOSED.get(bracket, bracket)
    end = text.rfind(closing)  # options of a regular expression stand behind it
    if end < len(opening) or text[end + len(closing) :].strip("abcdefghijklmnopqrstuvwxyz"):
        raise Refusal("The string is not closed yet: finish it, then move its value.")
    options = text[end + 1 :]
    content = Span(span.line, span.column + len(opening), span.end_line, span.end_column - len(closing) - len(options))
    return Literal(node, span, content, opening, closing)


def _heredoc(source: Source, node: Node) -> Literal:
    span = source.span_of(node)
    end = next((child for child in node.named_children if child.type == "heredoc_end"), None)
    if end is None:
        raise Refusal("The heredoc is not closed yet: finish it, then move its value.")
    first, last = span.line + 1, source.span_of(end).line
    opening = source.text_of(_beginning_of(source, node))
    content = Span(first, 0, last, 0)
    return Literal(node, content, content, opening, source.text_of(end))


def _beginning_of(source: Source, body: Node) -> Node:
    """The `<<~NAME` of a heredoc's lines: both come in the same order."""
    beginnings, bodies = [], []
    for node in walk(source.root):
        if node.type == "heredoc_beginning":
            beginnings.append(node)
        elif node.type == "heredoc_body":
            bodies.append(node)
    if len(beginnings) != len(bodies):
        raise Refusal("The heredoc is not closed yet: finish it, then move its value.")
    return beginnings[bodies.index(body)]


def _is_pattern(node: Node) -> bool:
    below = node
    for around in ancestors(node):
        if around.type == "in_clause":
            return around.child_by_field_name("pattern") == below
        below = around
    return False


def _read(source: Source, literal: Literal, name: str) -> str:
    node, parent = literal.node, literal.node.parent
    if node.type in ("subshell", "regex"):
        options = source.text_of(node)[source.text_of(node).rfind(literal.closing) + 1 :]
        return f"{literal.opening}{_embed(source, literal, name)}{literal.closing}{options}"
    if parent is not None and parent.type == "chained_string":
        return f"\"#{{ENV.fetch('{name}')}}\""
    quote = "'" if literal.opening.endswith("'") or _in_interpolation(node) else '"'
    fetched = f"ENV.fetch({quote}{name}{quote})"
    if node.type == "delimited_symbol":
        return f"{fetched}.to_sym"
    if _is_pattern(node):
        return f"^({fetched})"
    return f"{fetched}.dup" if _is_changed(source, node) else fetched


def _in_interpolation(node: Node) -> bool:
    return any(around.type == "interpolation" for around in ancestors(node))


def _is_changed(source: Source, node: Node) -> bool:
    """Whether the program changes this string in place, which a variable's value does not bear."""
    parent = node.parent
    if parent is None or _FROZEN.match(source.text):
        return False
    if parent.type == "binary":
        operator = parent.child_by_field_name("operator")
        return operator is not None and operator.type == "<<" and parent.child_by_field_name("left") == node
    if parent.type != "assignment" or parent.child_by_field_name("right") != node:
        return False
    variable = source.text_of(parent.named_children[0])
    return re.search(rf"(?<![\w.@]){re.escape(variable)}{_CHANGED}", source.text) is not None


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    opening = literal.opening
    if literal.node.type == "regex":
        return f"#{{Regexp.escape(ENV.fetch('{name}'))}}"
    is_raw = opening.endswith("'") or opening[:2] in ("%q", "%s")
    return None if is_raw and literal.node.type != "heredoc_body" else f"#{{ENV.fetch('{name}')}}"


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    """Quotes with which all that stands in the literal means the same and expressions can be in it."""
    signs = set().union(*map(set, gaps))
    if literal.opening == "'" and not signs & set('\\"#'):
        return '"', '"'
    if literal.opening[:2] == "%q" and not signs & set("\\#"):
        return f"%Q{literal.opening[2:]}", literal.closing
    return None


def _decode(literal: Literal, raw: str) -> str:
    opening = literal.opening
    if literal.node.type == "heredoc_body":
        if "~" in opening[:3]:
            raw = _dedented(literal, raw)
        if "'" in opening:
            return raw
    elif opening.endswith("'") or opening[:2] in ("%q", "%s"):
        signs = re.escape(literal.closing + opening[-1] + "\\")
        return re.sub(rf"\\([{signs}])", r"\1", raw)
    if literal.node.type == "regex" and not _SAFE_IN_PATTERN.fullmatch(raw):
        raise Refusal("The value is part of a regular expression: compare with a string, then move the value.")
    if _UNSURE.search(raw):
        raise Refusal(UNTOLD)
    return _ESCAPES.decode(raw)


def _dedented(literal: Literal, raw: str) -> str:
    """The lines of a squiggly heredoc without the indentation that all of them have."""
    body = (literal.node.text or b"").decode("utf-8", "replace").split("\n")[1:-1]
    if any("\t" in line[: len(line) - len(line.lstrip())] for line in body):
        raise Refusal(UNTOLD)
    text = raw.replace("\r\n", "\n")
    width = _indentation(body)
    first, *rest = text.split("\n")
    inner = rest[:-1] if rest and not rest[-1].strip() else rest
    kept = [line for line in body if line.rstrip() not in {line.rstrip() for line in inner}]
    if first.strip() and kept and _indentation(kept) != width:
        raise Refusal(UNTOLD)  # without the value's own lines the others would keep more blanks
    is_whole = "\n" in text and text.strip() == "\n".join(line.rstrip() for line in body).strip()
    first = first[width:] if is_whole else first
    return "\n".join([first, *(line[width:] for line in rest)])


def _indentation(lines: Sequence[str]) -> int:
    return min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)


def _refuse(source: Source, literal: Literal) -> None:
    node, parent = literal.node, literal.node.parent
    if parent is None:
        return
    behind = source.cut(Span(*source.span_of(node)[2:], *source.span_of(parent)[2:])) if parent.type == "pair" else ""
    if behind.startswith(":") and parent.child_by_field_name("key") == node:
        raise Refusal('The value is a key that must be a literal: write it as `"..." =>`, then move it.')
    if parent.type == "chained_string" and literal.opening == "'" and set(source.cut(literal.content)) & set('\\"#'):
        raise Refusal("The value stands in strings that follow each other: join them with `+`, then move it.")
    siblings = parent.named_children
    is_inner = parent.type in ("body_statement", "block_body", "then") and siblings[-1] != node
    if node.type != "heredoc_body" and (parent.type == "program" or is_inner):
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")


def _instead(source: Source, literal: Literal, name: str) -> Iterable[Change] | None:
    """What becomes of a heredoc, of a default for `ENV`, and of a value that the program sets itself."""
    node, parent = literal.node, literal.node.parent
    if node.type == "heredoc_body":
        return _without_heredoc(source, literal, name)
    if parent is None:
        return None
    if parent.type == "binary" and source.text_of(parent).startswith("ENV["):
        operator, left = parent.child_by_field_name("operator"), source.text_of(parent.named_children[0])
        found = _SETTER.fullmatch(left)
        is_default = operator is not None and operator.type in ("||", "or")
        is_same = found is not None and found[1] == name
        return [Change(source.span_of(parent), _fetch(left, name))] if is_default and is_same else None
    if parent.type in ("assignment", "operator_assignment"):
        return _without_setter(source, parent, name)
    around = list(ancestors(node))[:3]
    call = next((one for one in around if one.type == "call"), None)
    if call is None or not re.match(rf"ENV\.fetch\(['\"]{re.escape(name)}['\"]", source.text_of(call)):
        return None
    arguments = call.child_by_field_name("arguments")
    if arguments is None or node == arguments.named_children[0]:
        return None
    first = source.span_of(arguments.named_children[0])
    is_block = parent.type in ("block_body", "block") and parent.named_children == [node]
    if parent == arguments or is_block:
        return [Change(Span(*first[2:], *source.span_of(call)[2:]), ")")]
    return None


def _fetch(text: str, name: str) -> str:
    quote = "'" if "'" in text else '"'
    return f"ENV.fetch({quote}{name}{quote})"


def _without_setter(source: Source, assignment: Node, name: str) -> list[Change] | None:
    """`ENV["NAME"] = "..."` goes with its line, as the environment now holds what it sets."""
    setter = _SETTER.fullmatch(source.text_of(assignment.named_children[0]))
    if setter is None or setter[1] != name:
        return None
    span = source.span_of(assignment)
    head, tail = source.lines[span.line][: span.column], source.lines[span.end_line][span.end_column :]
    is_alone = not head.strip() and re.fullmatch(r"\s*(?:#.*)?\s*", tail) and span.end_line + 1 < len(source.lines)
    return [Change(Span(span.line, 0, span.end_line + 1, 0), "")] if is_alone else None


def _without_heredoc(source: Source, literal: Literal, name: str) -> list[Change]:
    beginning = _beginning_of(source, literal.node)
    end = literal.content.end_line
    fetched = f"ENV.fetch('{name}')" if "'" in literal.opening else f'ENV.fetch("{name}")'
    if end + 1 < len(source.lines):
        lines = Span(literal.content.line, 0, end + 1, 0)
    else:
        above = literal.content.line - 1
        lines = Span(above, len(source.lines[above].rstrip("\r\n")), end, len(source.lines[end]))
    return [Change(source.span_of(beginning), fetched), Change(lines, "")]


def _is_bare(node: Node) -> bool:
    """Whether `+` needs no brackets here."""
    parent = node.parent
    operator = parent.child_by_field_name("operator") if parent is not None and parent.type == "binary" else None
    loose = operator is not None and operator.type in ("+", "==", "!=", "<=>", "&&", "||", "and", "or")
    return loose or (parent is not None and parent.type in _LOOSER)


_RUBY = Language(
    kinds=frozenset({"string", "heredoc_body", "subshell", "regex", "delimited_symbol", "bare_string", "bare_symbol"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    reopen=_reopen,
    instead=_instead,
    form=_form,
    is_bare=_is_bare,
)
