"""Rust: `std::env::var("NAME").expect("NAME is not set")` where a String stands, a lazy static where a `&str` does.

A literal is a `&'static str`, so a lazy static is what always compiles in its place. Constants that others may use
in constants and patterns take the value while the program is built: `env!("NAME")`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.byte_escapes import RUST, decode_bytes, without_nul
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import Language, Literal, literal_at, take
from unleak.fixes.rust_macros import in_format, macro_around
from unleak.fixes.source import Source, ancestors, within
from unleak.fixes.uses import before, behind, gaps, places, same, uses

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "0": "\0", "'": "'", '"': '"', "\n": ""}
_BRACES = re.compile(r"\\u\{[^}]*\}|[{}]")
_TO_STRING = re.compile(r"\s*\.\s*(?:to_string|to_owned|to_vec)\s*\(\s*\)")
_INTO = re.compile(r"\s*\.\s*into\s*\(\s*\)")
_FROM = re.compile(r"String\s*::\s*from\s*\(\s*\Z")
_METHODS = "len is_empty to_string starts_with ends_with contains to_uppercase to_lowercase chars parse as_bytes trim"
_METHOD = re.compile(rf"\s*\.\s*(?:{'|'.join(_METHODS.split())})\s*(?:::<[^>]*>\s*)?\(")
_OWNED = re.compile(r"\s*\.\s*(?:len|is_empty|to_string|starts_with|ends_with|contains|to_uppercase|to_lowercase)\s*\(")
_BUILT = "{} is read while the program is built and stands in the binary: read it with std::env::var where you can."


class _New(NamedTuple):
    """What takes a literal's place: an expression, changes elsewhere, and what the person should know."""

    changes: list[Change]
    notes: tuple[str, ...] = ()


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Rust text as variables of the environment."""
    of: dict[Span, tuple[Literal, list[Secret]]] = {}
    for secret in sorted(secrets):
        literal = literal_at(source, secret.span, _RUST)
        of.setdefault(literal.span, (literal, []))[1].append(secret)
    changes: list[Change] = []
    notes: list[str] = []
    values: dict[str, str] = {}
    statics: dict[str, str] = {}
    for literal, inside in of.values():
        _refuse(source, literal)
        take(values, _values(source, literal, inside))
        new = _moved(source, literal, inside, statics)
        changes += new.changes
        notes += new.notes
    return Move(tuple(merged(changes)), values, tuple(dict.fromkeys(notes)))


def _refuse(source: Source, literal: Literal) -> None:
    if literal.opening.startswith("c"):
        raise Refusal("A C string is made while the program is built: build it with CString::new from the variable.")
    for node in ancestors(literal.node):
        if node.type.endswith("_pattern"):
            raise Refusal("A pattern of `match` must be a literal: compare with `==` in a guard, then move the value.")
        if node.type in ("attribute", "attribute_item", "inner_attribute_item"):
            raise Refusal('An attribute holds only literals: give it the variable, as clap does by `env = "…"`.')
        if node.type == "macro_definition":
            raise Refusal("This string belongs to a macro's definition: pass the value to the macro, then move it.")
        if node.type == "extern_modifier":
            raise Refusal("This string names an ABI and holds no value.")
        if node.type in ("expression_statement", "source_file"):
            break


def _values(source: Source, literal: Literal, secrets: Sequence[Secret]) -> dict[str, str]:
    values: dict[str, str] = {}
    if _is_whole(source, literal, secrets):
        value = _decode(literal, source.cut(literal.content))
        found = {secrets[0].name: value}
    else:
        found = {}
        for secret in secrets:
            take(found, {secret.name: _decode(literal, source.cut(secret.span))})
    macro = macro_around(source, literal.node)
    for name, value in found.items():
        if macro is not None and macro.is_format(literal.node):
            value = value.replace("{{", "{").replace("}}", "}")
        values[name] = value
    return values


def _decode(literal: Literal, raw: str) -> str:
    if "r" in literal.opening:
        return without_nul(raw.replace("\r\n", "\n"))
    return decode_bytes(raw.replace("\r\n", "\n"), RUST, _ESCAPES)


def _is_whole(source: Source, literal: Literal, secrets: Sequence[Secret]) -> bool:
    return len(secrets) == 1 and not any(gap.strip() for gap in gaps(source, literal.content, secrets))


def _moved(source: Source, literal: Literal, secrets: Sequence[Secret], statics: dict[str, str]) -> _New:
    item = within(literal.node, ("const_item", "static_item", "function_item", "closure_expression"))
    macro = macro_around(source, literal.node)
    if item is not None and item.type in ("const_item", "static_item") and (macro is None or macro.name == "concat"):
        return _of_item(source, literal, secrets, item)
    constant = item is not None and any("const" in source.text_of(node) for node in _modifiers(item))
    if constant or (macro is not None and macro.name == "concat") or "#![no_std]" in source.text:
        return _built(source, literal, secrets)
    if macro is not None and macro.is_format(literal.node):
        return _New(in_format(source, literal, secrets, macro, lambda name: _read(source, literal.node, name)))
    string = _string(source, literal, secrets)
    around = _string_around(source, literal)
    if around is not None:
        return _New([Change(around, string)])
    if macro is not None and macro.prints(literal.node):
        return _New([Change(literal.span, string)])
    if macro is not None and not macro.takes_expressions:
        raise Refusal(f"{macro.name}! may need a literal here: bind the value by `let` before it, then move it.")
    if macro is None and "b" not in literal.opening and _stays_local(source, literal):
        return _New([Change(literal.span, string)])
    return _lazy(source, literal, secrets, statics)


def _modifiers(item: Node) -> list[Node]:
    return [child for child in item.children if child.type == "function_modifiers"]


# Expressions


def _read(source: Source, node: Node, name: str) -> str:
    module = within(node, ("mod_item",))
    line = "use std::env;"
    short = module is None and line in source.text
    short = short and any(source.text_of(child) == line for child in source.root.named_children)
    return f'{"" if short else "std::"}env::var("{name}").expect("{name} is not set")'


def _string(source: Source, literal: Literal, secrets: Sequence[Secret]) -> str:
    """A String, or a Vec of bytes, of what the literal holds."""
    reads = [_read(source, literal.node, secret.name) for secret in secrets]
    owned = ".into_bytes()" if "b" in literal.opening else ""
    if _is_whole(source, literal, secrets):
        return reads[0] + owned
    texts = [_BRACES.sub(_doubled, text) for text in gaps(source, literal.content, secrets)]
    opening = literal.opening.replace("b", "")
    return f"format!({opening}{'{}'.join(texts)}{literal.closing}, {', '.join(reads)}){owned}"


def _doubled(brace: re.Match[str]) -> str:
    return brace[0] * 2 if len(brace[0]) == 1 else brace[0]


def _string_around(source: Source, literal: Literal) -> Span | None:
    """The span that a String takes: with `.to_string()` or `String::from` around the literal; None without."""
    line, column, end_line, end_column = literal.span
    ahead, rest = source.lines[line][:column], source.lines[end_line][end_column:]
    called = _TO_STRING.match(rest)
    if called:
        return Span(line, column, end_line, end_column + called.end())
    if _INTO.match(rest):
        return literal.span
    made, closed = _FROM.search(ahead), re.match(r"\s*\)", rest)
    if made and closed:
        return Span(line, made.start(), end_line, end_column + closed.end())
    return None


def _stays_local(source: Source, literal: Literal) -> bool:
    """Whether a literal is bound by a `let` whose uses take a String as well as a `&str`."""
    let = literal.node.parent
    if let is None or let.type != "let_declaration" or let.child_by_field_name("type") is not None:
        return False
    pattern, block = let.child_by_field_name("pattern"), within(let, ("block",))
    if pattern is None or pattern.type != "identifier" or block is None:
        return False
    text = source.text_of(block)
    if re.search(r"\bmove\b", text):
        return False
    for span, node in places(source, source.text_of(pattern)):
        if not block.start_byte <= node.start_byte < block.end_byte or same(node, pattern):
            continue
        macro = macro_around(source, node)
        if macro is not None and (macro.prints(node) or macro.names(source, node, span)):
            continue
        if node.type == "identifier" and _OWNED.match(source.lines[span.end_line][span.end_column :]):
            continue
        if "identifier" not in node.type:
            continue  # in another string or a comment
        return False
    return True


# Statics


def _lazy(source: Source, literal: Literal, secrets: Sequence[Secret], statics: dict[str, str]) -> _New:
    """A lazy static beside the code, and its `&'static str` in the literal's place; `statics` are those made so far."""
    text = Literal(literal.node, literal.span, literal.content, literal.opening.replace("b", ""), literal.closing)
    made = _string(source, text, secrets)
    name = secrets[0].name if _is_whole(source, literal, secrets) else f"WITH_{secrets[0].name}"
    while any(True for _ in uses(source, name, frozenset({"identifier", "type_identifier"}))):
        name += "_FROM_ENV"
    while statics.setdefault(name, made) != made:
        name += "_TOO"
    item = _static(source, "", name, made)
    return _New([_beside(source, literal.node, item), Change(literal.span, _borrowed(source, literal, name))])


def _borrowed(source: Source, literal: Literal, name: str) -> str:
    rest = source.lines[literal.span.end_line][literal.span.end_column :]
    if "b" in literal.opening:
        return f"{name}.as_bytes()"
    return name if _METHOD.match(rest) else f"{name}.as_str()"


def _static(source: Source, indentation: str, name: str, made: str) -> str:
    lock = "LazyLock" if "use std::sync::LazyLock;" in source.text else "std::sync::LazyLock"
    head, value = f"static {name}: {lock}<String> =", f"{lock}::new(|| {made});"
    if len(indentation) + len(head) + len(value) < 100:
        return f"{head} {value}"
    return f"{head}\n{indentation}    {value}"


def _beside(source: Source, node: Node, item: str) -> Change:
    """A new item of the module around a node: behind its first `use` lines, else before its first item."""
    module = within(node, ("mod_item",))
    body = module.child_by_field_name("body") if module is not None else source.root
    children = body.named_children if body is not None else []
    indentation = source.indentation(source.span_of(children[0]).line) if children else ""
    item = item.replace("\n", f"\n{indentation}")
    line = source.span_of(children[0]).line if children else 0
    behind_use = False
    for child in children:
        if child.type in ("use_declaration", "extern_crate_declaration"):
            line, behind_use = source.span_of(child).end_line + 1, True
        elif child.type == "inner_attribute_item" or source.text_of(child).startswith(("//!", "#!")):
            line = source.span_of(child).end_line + (1 if source.span_of(child).end_column else 0)
        elif "comment" not in child.type and child.type != "attribute_item":
            break
    return source.inserted(line, f"\n{indentation}{item}" if behind_use else f"{indentation}{item}\n")


# Constants


def _of_item(source: Source, literal: Literal, secrets: Sequence[Secret], item: Node) -> _New:
    """A constant or static as a lazy static with its uses, or built in where that cannot be."""
    name, kind = item.child_by_field_name("name"), item.child_by_field_name("type")
    if name is None or kind is None or not same(item.child_by_field_name("value"), literal.node):
        return _built(source, literal, secrets)
    wanted = r"&\s*(?:'static\s+)?" + (r"\[\s*u8\s*\]" if "b" in literal.opening else "str")
    mutable = any(child.type == "mutable_specifier" for child in item.children)
    shown = any(child.type == "visibility_modifier" for child in item.children)
    inner = item.parent is not None and item.parent.parent is not None and item.parent.parent.type == "impl_item"
    inner = inner or (item.parent is not None and item.parent.parent is not None and "trait" in item.parent.parent.type)
    if shown or inner or mutable or not re.fullmatch(wanted, source.text_of(kind)):
        return _built(source, literal, secrets)
    as_borrowed = ".as_bytes()" if "b" in literal.opening else ".as_str()"
    changed = _uses_of(source, source.text_of(name), name, as_borrowed)
    if changed is None:
        return _built(source, literal, secrets)
    place = source.span_of(item)
    text = Literal(literal.node, literal.span, literal.content, literal.opening.replace("b", ""), literal.closing)
    indentation = source.indentation(place.line)
    new = _static(source, indentation, source.text_of(name), _string(source, text, secrets))
    return _New([Change(place, new.replace("\n", source.line_break)), *changed])


def _uses_of(source: Source, text: str, name: Node, borrowed: str) -> list[Change] | None:
    """The changes that make each use of a constant one of a lazy static; None where a use must stay constant."""
    changes = []
    for span, node in places(source, text):
        if same(node, name):
            continue
        macro = macro_around(source, node)
        if "comment" in node.type:
            continue
        if node.type != "identifier":
            if macro is not None and macro.names(source, node, span):
                changes.append(Change(before(macro.end(source)), f", {text} = {text}{borrowed}"))
            continue
        for around in ancestors(node):
            if around.type.endswith("_pattern") or around.type in _CONSTANT_PLACES:
                return None
            if around.type == "function_item":
                if any("const" in source.text_of(modifier) for modifier in _modifiers(around)):
                    return None
                break
        if macro is not None and not macro.takes_expressions:
            return None
        if borrowed == ".as_str()" and _METHOD.match(source.lines[span.end_line][span.end_column :]):
            continue
        changes.append(Change(behind(span), borrowed))
    return changes


_CONSTANT_PLACES = frozenset(
    "const_item static_item attribute_item attribute array_type use_declaration const_block let_chain".split()
)


def _built(source: Source, literal: Literal, secrets: Sequence[Secret]) -> _New:
    """The value of a variable as the compiler sees it, with what must be said about that."""
    reads = [f'env!("{secret.name}")' for secret in secrets]
    notes = tuple(_BUILT.format(secret.name) for secret in secrets)
    owned = ".as_bytes()" if "b" in literal.opening else ""
    item = within(literal.node, ("const_item", "static_item"))
    kind = item.child_by_field_name("type") if item is not None else None
    if owned and kind is not None and ";" in source.text_of(kind):
        raise Refusal("The length of these bytes is part of their type: make it a slice, `&[u8]`, then move the value.")
    if _is_whole(source, literal, secrets):
        return _New([Change(literal.span, reads[0] + owned)], notes)
    opening = literal.opening.replace("b", "")
    parts: list[str] = []
    for index, text in enumerate(gaps(source, literal.content, secrets)):
        parts += ([f"{opening}{text}{literal.closing}"] if text else []) + reads[index : index + 1]
    joined = ", ".join(parts)
    macro = macro_around(source, literal.node)
    if macro is not None and macro.name == "concat":
        return _New([Change(literal.span, joined)], notes)
    return _New([Change(literal.span, f"concat!({joined}){owned}")], notes)


_RUST = Language(
    kinds=frozenset({"string_literal", "raw_string_literal"}),
    read=lambda source, literal, name: name,
    decode=_decode,
)
