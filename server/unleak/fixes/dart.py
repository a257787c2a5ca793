"""Dart: `Platform.environment['NAME']!`; in Flutter and on the web `String.fromEnvironment('NAME')` of the build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import COMPUTED, UNTOLD, Escapes, refuse_split
from unleak.fixes.literals import CROSSES, NO_LITERAL, Language, Literal, move_literals
from unleak.fixes.source import Source, ancestors, within
from unleak.fixes.uses import uses

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPES = Escapes(
    {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}, frozenset({"braces", "four", "two"}), free=True
)
_BUILT = re.compile(r"import\s+['\"](?:package:(?:flutter|web|hooks_riverpod|flutter_\w+)/|dart:(?:html|js|ui)\b)")
_IO = re.compile(r"^import\s+['\"]dart:io['\"](?:\s+as\s+(?P<alias>\w+))?(?P<rest>[^;]*);", re.MULTILINE)
_CONSTANT_PLACES = frozenset({"annotation", "const_object_expression", "switch_statement_case", "constant_pattern"})
_LABELS = frozenset({"switch_statement_case", "constant_pattern"})
_PARAMETERS = frozenset({"optional_formal_parameters", "formal_parameter_list", "formal_parameter"})
_DECLARATIONS = frozenset({"static_final_declaration_list", "initialized_variable_definition"})
_BARE = frozenset(
    {
        *("static_final_declaration", "initialized_identifier", "initialized_variable_definition", "argument"),
        *("named_argument", "return_statement", "pair", "list_literal", "assignment_expression", "additive_expression"),
    }
)


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Dart text as variables of the environment, or as definitions of the build."""
    refuse_split(source, [secret for secret in secrets if not _is_raw(_locate(source, secret.span))])
    if not _is_built(source):
        return move_literals(source, secrets, _DART)
    moved = move_literals(
        source, secrets, replace(_DART, read=_built, embed=_embed_built, refuse=_refuse_unread, imports=lambda *_: ())
    )
    note = (
        "Run and build with `--dart-define-from-file=.env`; the value stands in the app then, where it can be read: "
        "what must stay secret belongs on a server."
    )
    return Move(tuple(merged(moved.changes)), moved.values, (note,))


def _is_built(source: Source) -> bool:
    if _BUILT.search(source.text):
        return True
    for above in ("", "../", "../../", "../../../", "../../../../"):
        project = source.beside(above + "pubspec.yaml")
        if project is not None:
            return bool(re.search(r"^\s+sdk:\s*flutter\b", project, re.MULTILINE)) and not _IO.search(source.text)
    return False


def _platform(source: Source, name: str) -> str:
    used = _IO.search(source.text)
    alias = f"{used['alias']}." if used and used["alias"] else ""
    return f"{alias}Platform.environment['{name}']!"


def _read(source: Source, literal: Literal, name: str) -> str:
    return _between_others(source, literal, _platform(source, name))


def _built(source: Source, literal: Literal, name: str) -> str:
    return _between_others(source, literal, _definition(source, literal, name))


def _between_others(source: Source, literal: Literal, expression: str) -> str:
    """An expression in place of a literal; strings that stand side by side stay strings."""
    return f"'${{{expression}}}'" if source.span_of(literal.node) != literal.span else expression


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    return None if _is_raw(literal) else f"${{{_platform(source, name)}}}"


def _embed_built(source: Source, literal: Literal, name: str) -> str | None:
    return None if _is_raw(literal) else f"${{{_definition(source, literal, name)}}}"


def _definition(source: Source, literal: Literal, name: str) -> str:
    constant = _declaration(literal.node) is not None or any(
        around.type in _CONSTANT_PLACES or _is_const_collection(around) for around in ancestors(literal.node)
    )
    return f"{'' if constant else 'const '}String.fromEnvironment('{name}')"


def _is_raw(literal: Literal) -> bool:
    return literal.opening.startswith("r")


def _decode(literal: Literal, raw: str) -> str:
    raw = raw.replace("\r\n", "\n")
    if len(literal.closing) == 3 and "\n" in raw and not raw.split("\n")[0].strip(" \t"):
        raw = raw.split("\n", 1)[1]  # a first line of blanks is no part of the string
    if _is_raw(literal):
        return raw
    if re.search(r"\$[A-Za-z_{]", re.sub(r"\\[\s\S]", "", raw)):
        raise Refusal(COMPUTED)
    if re.search(r"(?<!\\)(?:\\\\)*\\[0-7]", raw):
        raise Refusal(UNTOLD)
    return _ESCAPES.decode(raw)


def _locate(source: Source, span: Span) -> Literal:
    """The literal around a span; those that stand side by side are one node."""
    node = within(source.node_at(span), ["string_literal"])
    if node is None:
        raise Refusal(NO_LITERAL)
    quotes = [
        child
        for child in node.children
        if not child.is_named and re.fullmatch(r"r?(?:\"\"\"|'''|\"|')", source.text_of(child))
    ]
    for opening, closing in zip(quotes[::2], quotes[1::2], strict=False):
        begin, end = source.span_of(opening), source.span_of(closing)
        if begin[2:] <= span[:2] and span[2:] <= end[:2]:
            return Literal(
                node,
                Span(*begin[:2], *end[2:]),
                Span(*begin[2:], *end[:2]),
                source.text_of(opening),
                source.text_of(closing),
            )
    raise Refusal(CROSSES)


def _refuse_unread(source: Source, literal: Literal) -> None:
    around = next(ancestors(literal.node), None)
    if around is not None and around.type == "expression_statement":
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")
    if within(literal.node, _LABELS) is not None:
        raise Refusal("The label of a switch must be constant, and Dart takes only constants there: compare with `==`.")
    if any(node.type in ("uri", "configurable_uri") for node in ancestors(literal.node)):
        raise Refusal("The name of a library must be a literal: replace the value by a placeholder.")


def _refuse(source: Source, literal: Literal) -> None:
    _refuse_unread(source, literal)
    if not _IO.search(source.text) and re.search(r"^part\s+of\b", source.text, re.MULTILINE):
        raise Refusal("This file is a part of a library: add `import 'dart:io';` to the library, then move the value.")
    for around in ancestors(literal.node):
        if around.type in _CONSTANT_PLACES or _is_const_collection(around):
            raise Refusal(
                "The value stands where Dart takes only constants: take it from there (without `const`), or read "
                "`String.fromEnvironment`, which the build sets."
            )
        if around.type in _PARAMETERS:
            raise Refusal(
                "A default must be constant in Dart: make the parameter nullable and give its value by `??` in the "
                "body, then move the value."
            )
        if around.type in ("function_body", "class_body"):
            break
    constant = _declaration(literal.node)
    if constant is None:
        return
    name = next((child for child in _declared(constant).named_children if child.type == "identifier"), None)
    for place in uses(source, source.text_of(name)) if name is not None else ():
        other = within(place, _CONSTANT_PLACES | _PARAMETERS)
        declared = _declaration(place)
        if other is not None or (declared is not None and source.span_of(declared) != source.span_of(constant)):
            raise Refusal("This constant is used where Dart takes only constants: change those places first.")


def _declared(declaration: Node) -> Node:
    if declaration.type == "static_final_declaration_list":
        return declaration.named_children[0]
    return declaration


def _is_const_collection(node: Node) -> bool:
    return node.type in ("list_literal", "set_or_map_literal") and any(
        child.type == "const_builtin" for child in node.named_children
    )


def _declaration(node: Node) -> Node | None:
    """The declaration with `const` that a literal is a value of."""
    around = within(node, _DECLARATIONS)
    return around if around is not None and _const(around) is not None else None


def _const(declaration: Node) -> Node | None:
    """The word `const` of a declaration."""
    if declaration.type == "initialized_variable_definition":
        first = declaration.named_children[0]
        return first if first.type == "const_builtin" else None
    before = declaration.prev_named_sibling
    while before is not None and before.type not in ("const_builtin", "final_builtin"):
        if before.type not in ("type_identifier", "type_arguments", "nullable_type"):
            return None
        before = before.prev_named_sibling
    return before if before is not None and before.type == "const_builtin" else None


def _adjoining(source: Source, literals: Sequence[Literal]) -> Iterable[Change]:
    """`final` for `const`, and the import of `dart:io`."""
    for literal in literals:
        declaration = _declaration(literal.node)
        word = _const(declaration) if declaration is not None else None
        if word is not None:
            yield Change(source.span_of(word), "final")
    used = _IO.search(source.text)
    if used and ("show" not in used["rest"] or re.search(r"\bPlatform\b", used["rest"])):
        return
    wanted = "import 'dart:io' show Platform;" if used else "import 'dart:io';"
    line, last = 0, ""
    for node in source.root.named_children:
        if node.type == "library_name":
            line = source.span_of(node).end_line + 1
        elif node.type == "import_or_export":
            if last == "" or source.text_of(node) < wanted:
                line = source.span_of(node).line + (source.text_of(node) < wanted)
            last = source.text_of(node)
        elif node.type not in ("comment", "documentation_comment"):
            if not last:
                line = _above(source, source.span_of(node).line)
            break
    yield source.inserted(line, wanted if last else wanted + "\n")


def _above(source: Source, line: int) -> int:
    """The first line of the comments right above a line."""
    while line and source.lines[line - 1].lstrip().startswith(("//", "*", "/*", "@")):
        line -= 1
    return line


_DART = Language(
    kinds=frozenset({"string_literal"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    imports=_adjoining,
    is_bare=lambda node: node.parent is not None and node.parent.type in _BARE,
    locate=_locate,
)
