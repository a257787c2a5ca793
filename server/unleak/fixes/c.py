"""C, C++ and Objective-C: `getenv("NAME")` and its headers; statics of C get their value at the start of `main`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes import cpp, objc
from unleak.fixes.c_declarations import Declared, as_pointer, check_member, declared, without
from unleak.fixes.c_strings import (
    Strings,
    decode,
    format_values,
    include,
    is_fixed,
    is_whole,
    macro_stays,
    must_stay,
    strings_at,
    values_of,
)
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import NO_LITERAL, Literal, take
from unleak.fixes.source import Source, within

if TYPE_CHECKING:
    from tree_sitter import Node

_STRING = re.compile(r"(?P<opening>@?\")(?P<content>(?:[^\"\\\n]|\\.)*)\"")
_CPP = re.compile(r"(?m)^\s*(?:namespace|class|template|using|constexpr|inline constexpr|extern \"C\")\b|\bstd::")
_OBJC = re.compile(r"(?m)^\s*(?:@interface|@protocol|@import|#import)\b|@\"")
_BARE_METAL = re.compile(r"#\s*include\s*[<\"](?:Arduino|WiFi|ESP8266WiFi|avr/|esp_|freertos/)")


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a text in C, C++ or Objective-C as variables of the environment."""
    if source.path.endswith(".ino") or _BARE_METAL.search(source.text):
        raise Refusal("A microcontroller has no environment: keep the value in a header that git ignores (secrets.h).")
    if source.path.endswith(".h"):
        grammar = "objc" if _OBJC.search(source.text) else "cpp" if _CPP.search(source.text) else "c"
        if grammar != source.grammar:
            source = Source(source.text, source.path, grammar, source.beside)
    dialect = {"cpp": cpp.placed, "objc": objc.placed}.get(source.grammar, _placed)
    read = {"cpp": cpp.READ, "objc": objc.READ}.get(source.grammar, READ)
    of: dict[Span, tuple[Strings, list[Secret]]] = {}
    changes: list[Change] = []
    values: dict[str, str] = {}
    for secret in sorted(secrets):
        define = within(source.node_at(secret.span), ("preproc_def", "preproc_function_def"))
        if define is not None:
            made, value = _defined(source, define, secret, read)
            changes.append(made)
            take(values, {secret.name: value})
        else:
            strings = strings_at(source, secret.span)
            of.setdefault(strings.span, (strings, []))[1].append(secret)
    plain = bool(changes) and (source.grammar != "objc" or any("getenv" in change.new for change in changes))
    notes: list[str] = []
    for strings, inside in of.values():
        must_stay(strings.node)
        arguments = format_values(source, strings, inside, partial(_call, read, strings), _directive(strings))
        new, found = arguments or (dialect(source, strings, inside), values_of(source, strings, inside))
        changes += new
        take(values, found)
        plain = plain or "@" not in strings.opening
    if plain:
        changes += include(source, "cstdlib") if source.grammar == "cpp" else include(source, "stdlib.h")
    if source.grammar == "objc":
        notes += objc.notes(source)
    return Move(tuple(merged(changes)), values, tuple(notes))


READ = 'getenv("{}")'


def _call(read: str, strings: Strings, name: str) -> str:
    return (READ if read == objc.READ and "@" not in strings.opening else read).format(name)


def _directive(strings: Strings) -> str:
    return "%@" if "@" in strings.opening else "%s"


def _defined(source: Source, define: Node, secret: Secret, read: str) -> tuple[Change, str]:
    """The change of a macro whose text is one string, and its value."""
    argument, name = define.child_by_field_name("value"), define.child_by_field_name("name")
    if argument is None or name is None:
        raise Refusal(NO_LITERAL)
    place = source.span_of(argument)
    body = source.lines[place.line][place.column :]
    string = _STRING.match(body)
    rest = body[string.end() :].strip() if string else ""
    content = Span(place.line, place.column + string.start("content"), place.line, 0) if string else place
    if string is None or define.type != "preproc_def" or (rest and not rest.startswith(("//", "/*"))):
        raise Refusal("This macro is more than one string: make its value a macro of its own, then move it.")
    content = Span(place.line, content.column, place.line, place.column + string.end("content"))
    if secret.span != content:
        raise Refusal("This macro joins the value with other text: make the value a macro of its own, then move it.")
    macro_stays(source, source.text_of(name), define, source.grammar != "cpp")
    literal = Literal(define, place, content, string["opening"], '"')
    new = (READ if read == objc.READ and "@" not in string["opening"] else read).format(secret.name)
    change = Change(Span(place.line, place.column, place.line, place.column + string.end()), new)
    return change, decode(literal, string["content"])


def _placed(source: Source, strings: Strings, secrets: Sequence[Secret]) -> list[Change]:
    """What takes the place of strings in C."""
    if not is_whole(source, strings, secrets):
        raise Refusal(
            f'C joins strings while it compiles: build this text with snprintf and getenv("{secrets[0].name}").'
        )
    name = secrets[0].name
    return declaration_changes(source, strings, READ.format(name)) or [Change(strings.span, READ.format(name))]


def declaration_changes(source: Source, strings: Strings, value: str) -> list[Change]:
    """The changes of the declaration that a string initialises; empty where the string just changes places."""
    place = declared(strings.node)
    if place is None:
        if within(strings.node, ("function_definition", "method_definition")) is None:
            raise Refusal("Only constants stand here, outside of functions: read the variable in a function.")
        return []
    fixed = is_fixed(source, place.initialised)
    outside = within(strings.node, ("function_definition", "method_definition")) is None
    if place.inside:
        if outside:
            raise Refusal("C fills this value before the program begins: assign the member with getenv in main.")
        check_member(source, place, strings.node, is_known_only=True)
    if outside:
        return _outside(source, place, strings, value)
    changes = [Change(strings.span, value), *(without(source, place.declaration, "static") if fixed else ())]
    if place.is_array and not place.inside:
        changes.append(as_pointer(source, place))
    return changes


def _outside(source: Source, place: Declared, strings: Strings, value: str) -> list[Change]:
    """A variable outside of functions: main assigns it; where main is elsewhere, a macro stands for it."""
    name = source.text_of(place.name)
    start = _start_of_main(source) if source.grammar == "c" else None
    span = source.span_of(place.declaration)
    if start is not None:
        declarator = source.span_of(place.declarator)
        changes = [Change(Span(*declarator[2:], *source.span_of(place.initialised)[2:]), "")]
        if place.is_array:
            changes.append(as_pointer(source, place))
        elif place.declarator.type == "pointer_declarator" and "const" in source.text_of(place.declarator):
            changes.append(Change(declarator, f"*{name}"))
        indentation = source.indentation(start)
        return [*changes, source.inserted(start, f"{indentation}{name} = {value};")]
    own = any(source.text_of(child) == "static" for child in place.declaration.children)
    alone = sum(child.type == "init_declarator" for child in place.declaration.named_children) == 1
    if not (own or source.path.endswith(".h")) or not alone or "," in source.text_of(place.declaration).split("=")[0]:
        raise Refusal("Other files may use this variable, and C allows only constants here: assign it in main.")
    if place.is_array:
        as_pointer(source, place)
    macro_stays(source, name, place.declaration, in_c=True)
    return [Change(span, f"#define {name} {value}")]


def _start_of_main(source: Source) -> int | None:
    """The line of the first statement of main; None where main is not here or begins on the line of its brace."""
    for node in source.root.named_children:
        declarator, body = node.child_by_field_name("declarator"), node.child_by_field_name("body")
        if node.type != "function_definition" or declarator is None or body is None:
            continue
        name = declarator.child_by_field_name("declarator")
        if name is None or source.text_of(name) != "main" or not body.named_children:
            continue
        first = source.span_of(body.named_children[0]).line
        return first if first > source.span_of(body).line else None
    return None
