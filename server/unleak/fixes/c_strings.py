"""Strings of C, C++ and Objective-C: side by side they are one, and a header must declare what reads a variable."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.byte_escapes import SINGLE, C, decode_bytes, without_nul
from unleak.fixes.change import Change, Refusal, Secret
from unleak.fixes.formats import into_arguments, unformatted
from unleak.fixes.literals import CROSSES, NO_LITERAL, UNCLOSED, Literal, literal_of, take
from unleak.fixes.source import Source, ancestors, within
from unleak.fixes.uses import places, same

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERALS = ("string_literal", "raw_string_literal")
_RAW = re.compile(r"(?P<opening>(?:u8|[LuU])?R\"(?P<delimiter>[^()\\\s]{0,16})\()")
_ESCAPES = SINGLE | {"?": "?", "e": "\x1b", "\n": ""}
_STAY = {
    "preproc_include": "The name of a header must be a literal: it holds no value.",
    "linkage_specification": "This string names a language and holds no value.",
    "static_assert_declaration": "The message of static_assert must be a literal: replace the value by a placeholder.",
    "attribute_specifier": "An attribute holds only literals: replace the value by a placeholder.",
    "attribute_declaration": "An attribute holds only literals: replace the value by a placeholder.",
    "gnu_asm_expression": "Assembler takes only literals: load the value in C, then move it.",
    "sizeof_expression": "sizeof measures this literal: measure with strlen, then move the value.",
    "template_argument_list": "An argument of a template must be known to the compiler: pass the value to a function.",
}
_PRINTF = frozenset("syslog err errx warn warnx error printk NSLog".split())


class Strings(NamedTuple):
    """String literals that stand side by side, or one, as the program sees them: one string."""

    node: Node
    span: Span
    literals: tuple[Literal, ...]
    mixed: bool  # whether names of macros stand among them

    @property
    def opening(self) -> str:
        return self.literals[0].opening


def strings_at(source: Source, span: Span) -> Strings:
    """The strings around a span; Refusal where it stands in none, or in strings of wide characters."""
    node = source.node_at(span)
    literal = within(node, _LITERALS)
    outer = within(node, ("concatenated_string",)) if literal is None else literal.parent
    if outer is not None and outer.type == "concatenated_string":
        parts = [child for child in outer.named_children if child.type in _LITERALS]
        mixed = len(parts) < len([child for child in outer.named_children if child.type != "comment"])
        found = Strings(outer, source.span_of(outer), tuple(_literal(source, part) for part in parts), mixed)
    elif literal is not None:
        found = Strings(literal, source.span_of(literal), (_literal(source, literal),), False)
    else:
        raise Refusal(NO_LITERAL)
    if any(one.opening.rstrip('"').startswith(("L", "u", "U")) for one in found.literals):
        raise Refusal("Variables hold no wide characters: convert one with mbstowcs, then move the value.")
    contents = [one.content for one in found.literals]
    if not any(c[:2] <= span[:2] <= c[2:] for c in contents) or not any(c[:2] <= span[2:] <= c[2:] for c in contents):
        raise Refusal(CROSSES)
    return found


def _literal(source: Source, node: Node) -> Literal:
    if node.type != "raw_string_literal":
        return literal_of(source, node)
    span, begin = source.span_of(node), _RAW.match(source.text_of(node))
    if begin is None:
        raise Refusal(UNCLOSED)
    closing = f'){begin["delimiter"]}"'
    content = Span(span.line, span.column + begin.end(), span.end_line, span.end_column - len(closing))
    return Literal(node, span, content, begin["opening"], closing)


def decode(literal: Literal, raw: str) -> str:
    if "R" in literal.opening:
        return without_nul(raw.replace("\r\n", "\n"))
    return decode_bytes(raw.replace("\r\n", "\n"), C, _ESCAPES)


def is_whole(source: Source, strings: Strings, secrets: Sequence[Secret]) -> bool:
    """Whether the value is all that the strings hold; blanks and line breaks around it go with it."""
    if len(secrets) != 1 or strings.mixed:
        return False
    span = secrets[0].span
    around = ""
    for literal in strings.literals:
        start, end = literal.content[:2], literal.content[2:]
        if end <= span[:2] or start >= span[2:]:
            around += decode(literal, source.cut(literal.content))
            continue
        if start < span[:2]:
            around += decode(literal, source.cut(Span(*start, *span[:2])))
        if end > span[2:]:
            around += decode(literal, source.cut(Span(*span[2:], *end)))
    return not around.strip()


def values_of(source: Source, strings: Strings, secrets: Sequence[Secret]) -> dict[str, str]:
    """What the program sees of each secret."""
    if is_whole(source, strings, secrets):
        return {secrets[0].name: "".join(decode(one, source.cut(one.content)) for one in strings.literals)}
    values: dict[str, str] = {}
    for secret in secrets:
        take(values, {secret.name: decode(_holder(strings, secret), source.cut(secret.span))})
    return values


def _holder(strings: Strings, secret: Secret) -> Literal:
    for literal in strings.literals:
        if literal.content[:2] <= secret.span[:2] and secret.span[2:] <= literal.content[2:]:
            return literal
    raise Refusal(CROSSES)


def must_stay(node: Node) -> None:
    """Refusal where a string must be a literal."""
    for around in ancestors(node):
        if around.type in _STAY:
            raise Refusal(_STAY[around.type])
        if around.type.endswith("_statement") or around.type == "function_definition":
            return


def pieces(source: Source, strings: Strings, secrets: Sequence[Secret]) -> Iterator[str | Secret]:
    """The strings cut at the secrets: literals as they are written, and the secrets."""
    for literal in strings.literals:
        at = literal.content[:2]
        for secret in secrets:
            if _holder(strings, secret) is literal:
                text = source.cut(Span(*at, *secret.span[:2]))
                if text:
                    yield f"{literal.opening}{text}{literal.closing}"
                yield secret
                at = secret.span[2:]
        text = source.cut(Span(*at, *literal.content[2:]))
        if text:
            yield f"{literal.opening}{text}{literal.closing}"


# Formats


def format_values(
    source: Source, strings: Strings, secrets: Sequence[Secret], read: Callable[[str], str], directive: str
) -> tuple[list[Change], dict[str, str]] | None:
    """Secrets of a format as arguments of its call, with their values; None where the strings are no format."""
    parent = strings.node.parent
    call = parent.parent if parent is not None and parent.type == "argument_list" else parent
    if parent is None or call is None or not _formats(source, call, strings.node):
        return None
    arguments = parent.named_children
    first = next((i for i, node in enumerate(arguments) if node.type in (*_LITERALS, "concatenated_string")), -1)
    if first < 0 or not same(arguments[first], strings.node):
        return None
    ahead = [_ahead(source, strings, secret) for secret in secrets]
    spans = [source.span_of(node) for node in arguments[first:]]
    changes = into_arguments(secrets, ahead, spans, lambda name: f", {read(name)}", directive)
    if changes is None:
        raise Refusal("The arguments of this format are numbered: add one for the value by hand.")
    values: dict[str, str] = {}
    for secret in secrets:
        value = decode(_holder(strings, secret), source.cut(secret.span))
        take(values, {secret.name: unformatted(value)})
    return changes, values


def _formats(source: Source, call: Node, node: Node) -> bool:
    if call.type == "call_expression":
        function = call.child_by_field_name("function")
        name = source.text_of(function).rpartition("::")[2] if function is not None else ""
        return name.endswith(("printf", "printf_s")) or name in _PRINTF
    if call.type == "message_expression":
        part = node.prev_named_sibling
        return part is not None and source.text_of(part).lower().endswith("format")
    return False


def _ahead(source: Source, strings: Strings, secret: Secret) -> str:
    """The format's text before a secret; a macro among the strings ends a directive (`%" PRIu64`)."""
    text = ""
    for child in strings.node.named_children if strings.node.type == "concatenated_string" else [strings.node]:
        literal = next((one for one in strings.literals if same(one.node, child)), None)
        if literal is None:
            text += "d" if child.type == "identifier" else ""
        elif literal.content[2:] < secret.span[:2]:
            text += source.cut(literal.content)
        else:
            return text + source.cut(Span(*literal.content[:2], *secret.span[:2]))
    return text


# Macros


def macro_stays(source: Source, name: str, own: Node, in_c: bool) -> None:
    """Refusal where a macro or a name that becomes one is used as only a literal can be."""
    for span, node in places(source, name):
        if own.start_byte <= node.start_byte < own.end_byte or "comment" in node.type or "string" in node.type:
            continue
        chain = [node, *ancestors(node)]
        kinds = [around.type for around in chain[:4]]
        line = source.lines[span.line]
        joined = line[: span.column].rstrip().endswith('"') or line[span.end_column :].lstrip().startswith(('"', '@"'))
        if joined or "concatenated_string" in kinds:
            raise Refusal(f"{name} is joined with other literals here: build that text with snprintf, then move it.")
        if "preproc_arg" in kinds:
            raise Refusal(f"Another macro is made of {name}: replace that one first, then move the value.")
        if "sizeof_expression" in kinds:
            raise Refusal(f"sizeof measures {name}: measure with strlen, then move the value.")
        if node.type == "field_identifier":
            raise Refusal(f"{name} is also the name of a member: rename one of them, then move the value.")
        initialised = next((around for around in chain if around.type == "init_declarator"), None)
        if initialised is None:
            continue
        declarator = initialised.child_by_field_name("declarator")
        if declarator is not None and declarator.type == "array_declarator":
            raise Refusal(f"{name} fills an array: make it a pointer, then move the value.")
        if in_c and is_fixed(source, initialised):
            raise Refusal(
                f"{name} initialises a static variable, and C allows only constants there: assign it in main."
            )


def is_fixed(source: Source, node: Node) -> bool:
    """Whether a declaration is initialised before the program begins."""
    declaration = within(node, ("declaration",))
    if within(node, ("function_definition", "method_definition")) is None:
        return True
    return declaration is not None and any(
        child.type == "storage_class_specifier" and source.text_of(child) == "static" for child in declaration.children
    )


# Headers


def include(source: Source, header: str, others: Sequence[str] = ()) -> list[Change]:
    """The directive that includes a header of the system, unless it or one that does as well is there."""
    found = [(line, match[1]) for line, match in _includes(source)]
    if any(name in (header, *others) for _, name in found):
        return []
    text = f"#include <{header}>"
    system = _first_run([line for line, match in _includes(source) if match[0].rstrip().endswith(">")])
    if system:
        names = [name for line, name in found if line in system]
        for line, name in zip(system, names, strict=True):
            if name > header and names == sorted(names):
                return [source.inserted(line, text)]
        return [source.inserted(system[-1] + 1, text)]
    if found:
        return [source.inserted(found[0][0], text)]
    line = _behind_opening(source)
    blank = line < len(source.lines) and source.lines[line].strip()
    return [source.inserted(line, f"{text}\n" if blank else text)]


_INCLUDE = re.compile(r"[ \t]*#[ \t]*(?:include|import)[ \t]*[<\"]([^>\"]+)[>\"]")
_CONDITION = re.compile(r"[ \t]*#[ \t]*(if|ifdef|ifndef|endif)\b")


def _includes(source: Source) -> list[tuple[int, re.Match[str]]]:
    """The lines that include a header, those under a condition left out; a guard of the whole file is none."""
    found: list[tuple[int, re.Match[str]]] = []
    depth = 0
    for number, line in enumerate(source.lines):
        if "#" not in line:
            continue
        condition = _CONDITION.match(line)
        if condition:
            ends = condition[1] == "endif"
            guards = (
                not ends and condition[1] == "ifndef" and "#define" in "".join(source.lines[number + 1 : number + 2])
            )
            depth += -1 if ends else 0 if guards else 1
            depth = max(depth, 0)
        match = _INCLUDE.match(line)
        if match and not depth:
            found.append((number, match))
    return found


def _first_run(lines: Sequence[int]) -> list[int]:
    run: list[int] = []
    for line in lines:
        if run and line != run[-1] + 1:
            break
        run.append(line)
    return run


def _behind_opening(source: Source) -> int:
    """The line behind the comment that opens a file, its guard and `#pragma once`."""
    line = 0
    for child in source.root.named_children:
        if child.type not in ("comment", "preproc_call"):
            if child.type == "preproc_ifdef" and "#ifndef" in source.text_of(child)[:10]:
                return source.span_of(child).line + 2
            break
        end = source.span_of(child)
        line = end.end_line + (1 if end.end_column else 0)
    return line
