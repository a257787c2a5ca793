"""Java: `System.getenv("NAME")`; in the annotations that Spring, Micronaut and Quarkus resolve, `${NAME}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import C_LIKE, UNTOLD, Escapes, refuse_split
from unleak.fixes.literals import Language, Literal, literal_at, move_literals, take
from unleak.fixes.source import Source, ancestors, within
from unleak.fixes.uses import gaps, uses

if TYPE_CHECKING:
    from tree_sitter import Node

RESOLVING = frozenset(
    {
        *("Value", "Scheduled", "FeignClient", "KafkaListener", "RabbitListener", "JmsListener", "SqsListener"),
        *("PropertySource", "TestPropertySource", "SpringBootTest", "ConfigProperty", "Property", "Client"),
    }
)
ANDROID = (
    "An app has no environment on the phone, and everybody can read what is in its package: let a server make the "
    "request, or hand the value over as a `buildConfigField` that Gradle reads from local.properties."
)
CONSTANT = (
    "An annotation takes constants alone, and this one resolves no `${…}`: take the value out of the annotation and "
    "set it in code or in the framework's configuration."
)
USED_AS_CONSTANT = (
    "This constant is used where the language takes only constants (an annotation or the label of a switch): change "
    "those places first, then move the value."
)
_ESCAPES = Escapes(C_LIKE | {"s": " "}, frozenset({"fours", "octal"}))
_BLOCK_ESCAPES = Escapes(C_LIKE | {"s": " "}, frozenset({"fours", "octal"}), continues=True)
_BARE = frozenset(
    {
        *("variable_declarator", "argument_list", "return_statement", "assignment_expression", "array_initializer"),
        *("lambda_expression", "parenthesized_expression", "ternary_expression", "yield_statement", "enum_constant"),
        "expression_statement",
    }
)
_ANNOTATIONS = frozenset({"annotation", "marker_annotation"})


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Java text as variables of the environment."""
    refuse_split(source, secrets)
    of: dict[Literal, list[Secret]] = {}
    for secret in sorted(secrets):
        of.setdefault(literal_at(source, secret.span, _JAVA), []).append(secret)
    blocks = {literal: inside for literal, inside in of.items() if _is_part_of_block(source, literal, inside)}
    kept = [secret for literal, inside in of.items() if literal not in blocks for secret in inside]
    moved = move_literals(source, kept, _JAVA)
    changes, values = list(moved.changes), dict(moved.values)
    for literal, inside in blocks.items():
        _refuse(source, literal)
        changes += _formatted(source, literal, inside, values)
    return Move(tuple(merged(changes)), values)


def is_android(source: Source) -> bool:
    """Whether a Java or Kotlin text belongs to an app for Android."""
    return bool(re.search(r"^\s*import\s+(?:static\s+)?androidx?\.", source.text, re.MULTILINE))


def _read(source: Source, literal: Literal, name: str) -> str:
    return f'"${{{name}}}"' if _annotation(source, literal.node) else f'System.getenv("{name}")'


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    return f"${{{name}}}" if _annotation(source, literal.node) else None


def _annotation(source: Source, node: Node) -> str:
    """The name of the annotation that a literal is part of, empty where there is none."""
    around = within(node, _ANNOTATIONS)
    name = around.child_by_field_name("name") if around is not None else None
    return source.text_of(name).rpartition(".")[2] if name is not None else ""


def _decode(literal: Literal, raw: str) -> str:
    if re.search(r"\\u+00(?:5[cC]|22|0[aAdD])", raw):
        raise Refusal(UNTOLD)  # such a character is read before escapes are
    if literal.closing != '"""':
        return _ESCAPES.decode(raw)
    if not re.match(r"[ \t\f]*[\r\n]", raw):
        if "\n" in raw or "\r" in raw:
            raise Refusal("The value is part of a text block of several lines: make it a constant of its own first.")
        return _BLOCK_ESCAPES.decode(raw)
    lines = re.split(r"\r\n|\r|\n", raw)[1:]
    significant = [line for line in lines[:-1] if line.strip()] + lines[-1:]
    margin = min(len(line) - len(line.lstrip()) for line in significant)
    return _BLOCK_ESCAPES.decode("\n".join(line[margin:].rstrip() for line in lines))


def _refuse(source: Source, literal: Literal) -> None:
    annotation = _annotation(source, literal.node)
    if annotation and annotation not in RESOLVING:
        raise Refusal(CONSTANT)
    if annotation:
        return
    if is_android(source):
        raise Refusal(ANDROID)
    parent = literal.node.parent
    if within(literal.node, ["switch_label"]) is not None:
        raise Refusal("The label of a switch must be constant: compare with `equals` in an `if`, then move the value.")
    if parent is not None and parent.type == "expression_statement" and not _is_arm(parent):
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")
    for name in _constants(source, literal.node):
        for place in uses(source, name):
            if within(place, _ANNOTATIONS | {"switch_label"}) is not None:
                raise Refusal(USED_AS_CONSTANT)


def _is_arm(statement: Node) -> bool:
    """Whether a statement is the arm of a `switch`: a string is one only where the `switch` has a value."""
    return statement.parent is not None and statement.parent.type == "switch_rule"


def _constants(source: Source, node: Node) -> Iterator[str]:
    """The name of the field or variable that a literal is the value of, as it stands or joined with others."""
    for around in ancestors(node):
        if around.type == "variable_declarator":
            name = around.child_by_field_name("name")
            if name is not None:
                yield source.text_of(name)
        if around.type not in ("binary_expression", "parenthesized_expression"):
            return


def _is_bare(node: Node) -> bool:
    parent = node.parent
    if parent is not None and parent.type == "binary_expression":
        operator = parent.child_by_field_name("operator")
        return operator is not None and operator.type == "+"
    return parent is not None and parent.type in _BARE


def _is_part_of_block(source: Source, literal: Literal, secrets: Sequence[Secret]) -> bool:
    if literal.closing != '"""' or _annotation(source, literal.node):
        return False
    return len(secrets) > 1 or any(gap.strip() for gap in gaps(source, literal.content, secrets))


def _formatted(source: Source, literal: Literal, secrets: Sequence[Secret], values: dict[str, str]) -> list[Change]:
    """Parts of a text block, which cannot be cut in two: `%s` in their place and `.formatted(…)` behind it."""
    if "%" in "".join(gaps(source, literal.content, secrets)):
        raise Refusal(
            "This text block has percent signs of its own: join it with the value by `replace` or `formatted`, then "
            "move the value."
        )
    for secret in secrets:
        take(values, {secret.name: _decode(literal, source.cut(secret.span))})
    reads = ", ".join(f'System.getenv("{secret.name}")' for secret in secrets)
    end = literal.span._replace(line=literal.span.end_line, column=literal.span.end_column)
    return [*(Change(secret.span, "%s") for secret in secrets), Change(end, f".formatted({reads})")]


_JAVA = Language(
    kinds=frozenset({"string_literal"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    is_bare=_is_bare,
)
