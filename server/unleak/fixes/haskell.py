"""Haskell: `secret <- getEnv "NAME"` in the `do` of an IO function, where the error names what is missing.

A constant outside of functions reads it by `unsafePerformIO` with NOINLINE, as such constants do. Other pure code
cannot read anything, and is told so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.byte_escapes import without_nul
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import UNTOLD
from unleak.fixes.formats import into_arguments, unformatted
from unleak.fixes.literals import Language, Literal, literal_at, take
from unleak.fixes.source import Source, ancestors
from unleak.fixes.uses import before, behind, behind_header, gaps, same, uses

if TYPE_CHECKING:
    from tree_sitter import Node

_NAMES = (
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS"
    " US SP"
).split()
_CODES = {name: chr(code) for code, name in enumerate(_NAMES)} | {"DEL": "\x7f"}
_SINGLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "&": ""}
_SINGLE |= {sign: sign for sign in "\\'\""}
_ESCAPE = re.compile(
    rf"\\(?:(\d+)|x([0-9A-Fa-f]+)|o([0-7]+)|\^([@-_])|({'|'.join(sorted(_CODES, key=len, reverse=True))})"
    r"|(?P<gap>\s+)\\|([\s\S])|\Z)"
)
_RESERVED = frozenset(
    "case class data default deriving do else forall foreign if import in infix infixl infixr instance let module"
    " newtype of proc rec then type where mdo"
    " id map filter show read lines words head last init print log length null error user lookup".split()
)
"""Keywords, and names of the Prelude that a variable would hide."""
_LAYOUT = re.compile(r"\b(?:do|of|let|where)\b[ \t]+\S")
_PURE = "This code is pure and cannot read a variable: read it by getEnv in main, and pass it on."


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Haskell text as variables of the environment."""
    of: dict[Span, tuple[Literal, list[Secret]]] = {}
    for secret in sorted(secrets):
        literal = literal_at(source, secret.span, _HASKELL)
        of.setdefault(literal.span, (literal, []))[1].append(secret)
    changes: list[Change] = []
    values: dict[str, str] = {}
    bound: set[tuple[int, str]] = set()
    for literal, inside in of.values():
        _refuse(literal.node)
        take(values, _values(source, literal, inside))
        declaration = _declaration(literal.node)
        if _is_io(source, declaration):
            changes += _in_io(source, literal, inside, declaration, bound)
        elif declaration.type == "bind" and _top(declaration):
            changes += _constant(source, literal, inside, declaration, bound)
        else:
            raise Refusal(_PURE)
    needed = {"Data.String": "fromString", "System.Environment": "getEnv", "System.IO.Unsafe": "unsafePerformIO"}
    changes += _imports(source, {m: name for m, name in needed.items() if any(name in new for _, new in changes)})
    return Move(tuple(merged(changes)), values)


def _refuse(node: Node) -> None:
    child = node
    for around in ancestors(node):
        pattern = around.child_by_field_name("pattern")
        if around.type in ("patterns", "pattern_synonym", "view_pattern") or same(pattern, child):
            raise Refusal("A pattern must be a literal: compare by a guard, then move the value.")
        if around.type in ("pragma", "quasiquote", "splice", "top_splice", "foreign_import", "import"):
            raise Refusal("Only a literal can stand here: replace the value by a placeholder.")
        child = around


def _values(source: Source, literal: Literal, secrets: Sequence[Secret]) -> dict[str, str]:
    if _is_whole(source, literal, secrets):
        value = _decode(literal, source.cut(literal.content))
        return {secrets[0].name: unformatted(value) if _is_format(source, literal.node) else value}
    values: dict[str, str] = {}
    for secret in secrets:
        value = _decode(literal, source.cut(secret.span))
        take(values, {secret.name: unformatted(value) if _is_format(source, literal.node) else value})
    return values


def _is_whole(source: Source, literal: Literal, secrets: Sequence[Secret]) -> bool:
    return len(secrets) == 1 and not any(gap.strip() for gap in gaps(source, literal.content, secrets))


def _decode(literal: Literal, raw: str) -> str:
    return without_nul(_ESCAPE.sub(_meaning, raw))


def _meaning(escape: re.Match[str]) -> str:
    for digits, base in ((escape[1], 10), (escape[2], 16), (escape[3], 8)):
        if digits:
            number = int(digits, base)
            if number >= 0x110000 or 0xD800 <= number < 0xE000:
                raise Refusal(UNTOLD)
            return chr(number)
    if escape[4]:
        return chr(ord(escape[4]) - 64)
    if escape[5]:
        return _CODES[escape[5]]
    if escape["gap"]:
        return ""
    if escape[7] in _SINGLE:
        return _SINGLE[escape[7]]
    raise Refusal(UNTOLD)


# Where a literal stands


def _declaration(node: Node) -> Node:
    """The outermost binding around a literal; Refusal where it stands in none."""
    found = [around for around in ancestors(node) if around.type in ("bind", "function")]
    outer = next((one for one in reversed(found) if _top(one)), None)
    if outer is None:
        raise Refusal(_PURE)
    return outer


def _top(node: Node) -> bool:
    return node.parent is not None and node.parent.type == "declarations"


def _name(source: Source, declaration: Node) -> str:
    name = declaration.child_by_field_name("name")
    return source.text_of(name) if name is not None else ""


def _signature(source: Source, declaration: Node) -> str:
    name = declaration.child_by_field_name("name")
    if name is None:
        return ""
    for use in uses(source, source.text_of(name), frozenset({"variable"})):
        if use.parent is not None and use.parent.type == "signature" and _top(use.parent):
            return source.text_of(use.parent).partition("::")[2].strip()
    return ""


def _is_io(source: Source, declaration: Node) -> bool:
    result = _signature(source, declaration).rpartition("->")[2].strip()
    return _name(source, declaration) == "main" or re.match(r"IO\b", result) is not None


# IO


def _in_io(
    source: Source, literal: Literal, secrets: Sequence[Secret], declaration: Node, bound: set[tuple[int, str]]
) -> list[Change]:
    """The changes that bind variables before the statement that holds a literal, and use them in it."""
    chain = [literal.node, *ancestors(literal.node)]
    at = next(index for index, node in enumerate(chain) if same(node, declaration))
    match, expression = chain[at - 1], chain[at - 2]
    if (
        match.type != "match"
        or "guard" in expression.type
        or not same(match.child_by_field_name("expression"), expression)
    ):
        raise Refusal("`where` and guards are pure: bind the value by `let` in the do-block, then move it.")
    statement = chain[at - 3] if expression.type == "do" and at >= 4 else None
    if statement is not None:
        bind = _whole_let(source, literal, secrets, statement, chain)
        if bind is not None:
            return bind
    holder = statement if statement is not None else expression
    lines: list[str] = []
    for secret in secrets:
        name = _variable(source, secret.name)
        if (expression.id, name) not in bound:
            bound.add((expression.id, name))
            lines.append(f'{name} <- getEnv "{secret.name}"')
    return [*_bound(source, holder, expression, lines), *_used(source, literal, secrets, lambda_free=True)]


def _whole_let(
    source: Source, literal: Literal, secrets: Sequence[Secret], statement: Node, chain: Sequence[Node]
) -> list[Change] | None:
    """`let key = "…"` as `key <- getEnv "…"`; None where the statement is more than that."""
    if statement.type != "let" or not _is_whole(source, literal, secrets):
        return None
    binds = statement.named_children[0]
    decl = binds.named_children[0]
    expression = decl.child_by_field_name("match")
    holder = literal.node.parent
    if len(binds.named_children) != 1 or decl.type != "bind" or expression is None or holder is None:
        return None
    if not same(expression.child_by_field_name("expression"), holder) or decl.child_by_field_name("name") is None:
        return None
    read = f'getEnv "{secrets[0].name}"'
    if _overloaded(source):
        read = f"fromString <$> {read}"
    return [Change(source.span_of(statement), f"{_name(source, decl)} <- {read}")]


def _bound(source: Source, holder: Node, expression: Node, lines: Sequence[str]) -> list[Change]:
    """The change that puts bindings before a statement, or around an expression that is none."""
    if not lines:
        return []
    place = source.span_of(holder)
    ahead = source.lines[place.line][: place.column]
    blanks = ahead if not ahead.strip() else " " * len(ahead)
    if expression.type == "do":
        if any(child.type == "{" for child in expression.children):
            return [Change(before(place), "".join(f"{line}; " for line in lines))]
        return [Change(before(place), "".join(f"{line}{source.line_break}{blanks}" for line in lines))]
    if place.line == place.end_line:
        indentation = source.line_break + source.indentation(place.line) + "  "
        return [Change(before(place), "do" + "".join(f"{indentation}{line}" for line in [*lines, ""]))]
    if _LAYOUT.search(source.lines[place.line][place.column :]):
        raise Refusal("Begin this block on a line of its own, so that its lines stay below each other, then move it.")
    reads = [line.partition(" <- ") for line in lines]
    return [Change(before(place), "".join(f"{read} >>= \\{name} -> " for name, _, read in reads))]


def _variable(source: Source, name: str) -> str:
    """The name in Haskell's way, free in this file: `API_KEY` is `apiKey`."""
    first, *rest = name.lower().strip("_").split("_")
    variable = first + "".join(part.capitalize() for part in rest)
    variable = variable if variable[:1].isalpha() else f"env{variable}"
    taken = variable in _RESERVED or any(True for _ in uses(source, variable, frozenset({"variable"})))
    return f"{variable}FromEnv" if taken else variable


# Expressions


def _used(source: Source, literal: Literal, secrets: Sequence[Secret], lambda_free: bool) -> list[Change]:
    """The changes of a literal itself: bound variables in IO, calls in constants."""
    convert = _overloaded(source) and not _is_string(source, literal.node)

    def read(name: str) -> str:
        value = _variable(source, name) if lambda_free else f'unsafePerformIO (getEnv "{name}")'
        if not convert:
            return value
        return f"fromString {value}" if lambda_free else f"fromString ({value})"

    if _is_format(source, literal.node):
        made = _as_arguments(source, literal, secrets, lambda_free)
        if made is not None:
            return made
    if _is_whole(source, literal, secrets):
        value = read(secrets[0].name)
        return [Change(literal.span, f"({value})" if " " in value and _is_argument(literal.node) else value)]
    join = " <> " if convert else " ++ "
    parts: list[str] = []
    for index, text in enumerate(gaps(source, literal.content, secrets)):
        parts += ([f'"{text}"'] if text else []) + [read(secret.name) for secret in secrets[index : index + 1]]
    joined = join.join(parts)
    return [Change(literal.span, joined if _is_bare(source, literal.node) else f"({joined})")]


def _overloaded(source: Source) -> bool:
    return "OverloadedStrings" in source.text


def _is_string(source: Source, node: Node) -> bool:
    """Whether a literal is all of a binding whose signature says String."""
    for around in ancestors(node):
        if around.type in ("bind", "function") and _top(around):
            return _signature(source, around) in ("String", "FilePath")
        if around.type not in ("literal", "match"):
            break
    return False


def _is_argument(node: Node) -> bool:
    holder = node.parent if node.parent is not None and node.parent.type == "literal" else node
    return holder.parent is not None and holder.parent.type == "apply"


def _is_bare(source: Source, node: Node) -> bool:
    """Whether a chain of `++` needs no parentheses here."""
    holder = node.parent if node.parent is not None and node.parent.type == "literal" else node
    parent = holder.parent
    if parent is not None and parent.type == "infix":
        operator = parent.child_by_field_name("operator")
        text = source.text_of(operator) if operator is not None else ""
        return text in ("++", "<>") or (text == "$" and same(parent.child_by_field_name("right_operand"), holder))
    return parent is not None and parent.type in ("match", "parens", "list", "tuple", "field_update")


def _is_format(source: Source, node: Node) -> bool:
    call = node.parent.parent if node.parent is not None and node.parent.type == "literal" else None
    function = call.child_by_field_name("function") if call is not None and call.type == "apply" else None
    return (
        function is not None and re.fullmatch(r"(?:\w+\.)?printf|hPrintf\s+\S+", source.text_of(function)) is not None
    )


def _as_arguments(
    source: Source, literal: Literal, secrets: Sequence[Secret], lambda_free: bool
) -> list[Change] | None:
    spans, node = [literal.span], literal.node.parent.parent if literal.node.parent is not None else None
    while node is not None and (outer := node.parent) is not None and outer.type == "apply":
        if not same(outer.child_by_field_name("function"), node):
            break
        spans.append(source.span_of(outer.named_children[-1]))
        node = outer
    texts = gaps(source, literal.content, secrets)
    ahead = ["".join(texts[: index + 1]) for index in range(len(secrets))]

    def read(name: str) -> str:
        return f" {_variable(source, name)}" if lambda_free else f' (unsafePerformIO (getEnv "{name}"))'

    return into_arguments(secrets, ahead, spans, read)


# Constants


def _constant(
    source: Source, literal: Literal, secrets: Sequence[Secret], declaration: Node, bound: set[tuple[int, str]]
) -> list[Change]:
    """The changes of a binding without arguments: it is read once, so it must not be inlined."""
    name, place = _name(source, declaration), source.span_of(declaration)
    if not name:
        raise Refusal(_PURE)
    changes = _used(source, literal, secrets, lambda_free=False)
    pragma = f"{{-# NOINLINE {name} #-}}"
    if pragma not in source.text and (declaration.id, name) not in bound:
        bound.add((declaration.id, name))
        changes.append(source.inserted(place.line, pragma))
    return changes


# Imports


def _imports(source: Source, needed: Mapping[str, str]) -> Iterator[Change]:
    """The imports of names by module: put into the module's list, or on lines of their own behind the others."""
    imports = next((node for node in source.root.named_children if node.type == "imports"), None)
    every = [node for node in imports.named_children if node.type == "import"] if imports is not None else []
    lines = []
    for module, name in needed.items():
        there = _list_of(source, every, module)
        if there is None:
            lines.append(f"import {module} ({name})")
        elif there.named_children and name not in re.findall(r"[\w']+", source.text_of(there)):
            yield Change(behind(source.span_of(there.named_children[-1])), f", {name}")
    if not lines:
        return
    text = "\n".join(lines)
    header = next((node for node in source.root.named_children if node.type == "header"), None)
    if every:
        yield source.inserted(source.span_of(every[-1]).end_line + 1, text)
    elif header is not None:
        yield source.inserted(source.span_of(header).end_line + 1, f"\n{text}")
    else:
        yield source.inserted(behind_header(source), f"{text}\n")


def _list_of(source: Source, imports: Sequence[Node], module: str) -> Node | None:
    """What a module's import names: its list, or a leaf where it brings everything; None without an import."""
    for node in imports:
        of = node.child_by_field_name("module")
        if of is None or source.text_of(of) != module or re.search(r"\b(?:qualified|hiding)\b", source.text_of(node)):
            continue
        names = node.child_by_field_name("names")
        if names is None:
            return of.named_children[0]
        if names.named_children:
            return names
    return None


_HASKELL = Language(kinds=frozenset({"string"}), read=lambda source, literal, name: name, decode=_decode)
