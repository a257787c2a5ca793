"""JavaScript and TypeScript, also in Vue and Svelte: `process.env.NAME`, or what the project's bundler reads.

TypeScript sees `string | undefined` there. `process.env.NAME!` says that the variable is set: `?? ""` would hide that
it is missing, and a check of its own would be code that nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import COMPUTED, UNTOLD, Escapes, refuse_split
from unleak.fixes.javascript_hosts import Host, host_of
from unleak.fixes.literals import NO_LITERAL, Language, Literal, move_literals, take
from unleak.fixes.source import Source, within

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPES = Escapes(
    {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"},
    frozenset({"braces", "four", "two", "nul"}),
    free=True,
    continues=True,
)
_MARKUP = frozenset({"jsx_text", "jsx_attribute"})
_SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]{0,500})>|(?P<end></script)", re.IGNORECASE)
_PURE_TAGS = frozenset({"String.raw", "html", "css", "svg", "dedent", "outdent"})
_BARE = frozenset(
    {
        *("variable_declarator", "assignment_expression", "arguments", "pair", "return_statement", "arrow_function"),
        *("array", "field_definition", "public_field_definition", "assignment_pattern", "required_parameter"),
        *("optional_parameter", "export_statement", "parenthesized_expression", "template_substitution"),
        *("object_assignment_pattern", "jsx_expression", "computed_property_name", "subscript_expression"),
    }
)


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a script, or of the scripts in a component, as variables of the environment."""
    code = _script(source, secrets) if source.grammar in ("vue", "svelte") else source
    host = host_of(source)
    named = [secret._replace(name=_public(secret.name, host)) for secret in secrets]
    refuse_split(code, secrets)
    marked_up = [secret for secret in named if _markup(code, secret) is not None]
    language = Language(
        kinds=frozenset({"string", "template_string"}),
        read=partial(_read, host),
        decode=_decode,
        embed=partial(_embed, host),
        refuse=_refuse,
        imports=partial(_adjoining, host),
        is_bare=_is_bare,
        reopen=_reopen,
    )
    moved = move_literals(code, [secret for secret in named if secret not in marked_up], language)
    values, changes = dict(moved.values), list(moved.changes)
    for node, inside in _grouped(code, marked_up):
        changes += _in_markup(code, node, inside, host, values)
    notes: tuple[str, ...] = ()
    if host.bundled:
        names = " and ".join(dict.fromkeys(secret.name for secret in named))
        notes = (
            f"{host.bundled} puts {names} into the files that every visitor gets: what must stay secret belongs on a "
            "server.",
        )
    return Move(tuple(merged(changes)), values, notes)


def _public(name: str, host: Host) -> str:
    return name if name.startswith(host.prefix) else host.prefix + name


def _expression(host: Host, name: str) -> str:
    return host.read.format(name)


def _read(host: Host, source: Source, literal: Literal, name: str) -> str:
    expression = _expression(host, name)
    parent = literal.node.parent
    if _tag(source, literal.node):
        return f"`${{{expression}}}`"
    if source.grammar in ("typescript", "tsx") and host.typed:
        expression += "!"
    if _is_key(literal.node) and parent is not None:
        return f"[{expression}]"
    return expression


def _embed(host: Host, source: Source, literal: Literal, name: str) -> str | None:
    return f"${{{_expression(host, name)}}}" if literal.closing.startswith("`") else None


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    """A plain string as a template, where that reads the rest of it in the same way; a key goes into brackets."""
    if literal.closing == "`" or any("`" in gap or "${" in gap for gap in gaps):
        return None
    return ("[`", "`]") if _is_key(literal.node) else ("`", "`")


def _decode(literal: Literal, raw: str) -> str:
    if literal.closing == "`":
        if re.search(r"(?<!\\)\$\{", raw):
            raise Refusal(COMPUTED)
        raw = raw.replace("\r\n", "\n").replace("\r", "\n")
        parent = literal.node.parent
        if parent is not None and parent.type == "call_expression" and parent.named_children[0] != literal.node:
            if "\\" in raw and (parent.named_children[0].text or b"") != b"String.raw":
                raise Refusal(UNTOLD)
            return raw
    return _ESCAPES.decode(raw)


def _tag(source: Source, node: Node) -> str:
    """What a template is tagged with; empty for a plain string."""
    parent = node.parent
    if node.type != "template_string" or parent is None or parent.type != "call_expression":
        return ""
    return source.text_of(parent.named_children[0])


def _is_key(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type not in ("pair", "pair_pattern", "method_definition", "field_definition"):
        return False
    return bool(parent.named_children[0] == node)


def _refuse(source: Source, literal: Literal) -> None:
    node, parent = literal.node, literal.node.parent
    kind = parent.type if parent is not None else ""
    if kind == "expression_statement":
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")
    if kind in ("import_statement", "import_attribute") or (
        kind == "export_statement" and parent is not None and parent.child_by_field_name("source") == node
    ):
        raise Refusal("The name of a module must be a literal: take the value out of the address of the module.")
    if kind == "literal_type" or within(node, ["ambient_declaration"]) is not None:
        raise Refusal("A type stands for no value at run time: use `string`, and move the value where it is made.")
    if kind in ("enum_assignment", "enum_body"):
        raise Refusal(
            "A member of an enum must be constant: make the enum an object (`const Keys = { … } as const`), then move "
            "the value."
        )
    if kind == "public_field_definition" and parent is not None and parent.child_by_field_name("name") == node:
        raise Refusal("The name of a field must be a literal: replace the value by a placeholder.")
    tag = _tag(source, node)
    if tag and tag not in _PURE_TAGS:
        called = f"the tag `{tag}`" if re.fullmatch(r"[\w.$]{1,60}", tag) else "this tag"
        raise Refusal(
            f"What {called} does with a part that is put in is not known: hand the value over as the library "
            "of the tag asks for it."
        )


def _is_bare(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    if parent.type == "binary_expression":
        operator = parent.child_by_field_name("operator")
        return operator is not None and operator.type == "+"
    return parent.type in _BARE and not (parent.type == "subscript_expression" and parent.named_children[0] == node)


def _adjoining(host: Host, source: Source, literals: Sequence[Literal]) -> Iterable[Change]:
    """What changes beside the literals: an import, and `as const` behind what is no constant any more."""
    for literal in literals:
        parent = literal.node.parent
        if parent is not None and parent.type == "as_expression" and literal.closing != "`":
            span = source.span_of(parent)
            behind = Span(*literal.span[2:], *span[2:])
            if source.cut(behind).split() == ["as", "const"]:
                yield Change(behind, "")
    wanted = host.imports
    if wanted and literals and wanted.split("from ")[1][1:-2] not in source.text:
        quote = "'" if re.search(r"\bfrom '", source.text) else '"'
        first = next((node for node in source.root.named_children if node.type == "import_statement"), None)
        line = source.span_of(first).line if first is not None else _first_line(source)
        yield source.inserted(line, source.indentation(line) + wanted.replace('"', quote))


def _first_line(source: Source) -> int:
    for node in source.root.named_children:
        if node.type not in ("comment", "hash_bang_line"):
            return source.span_of(node).line
    return 0


def _markup(source: Source, secret: Secret) -> Node | None:
    """The text or attribute of JSX in which a secret stands bare."""
    node = within(source.node_at(secret.span), _MARKUP | {"template_string", "jsx_expression"})
    return node if node is not None and node.type in _MARKUP else None


def _grouped(source: Source, secrets: Sequence[Secret]) -> Iterable[tuple[Node, list[Secret]]]:
    of: dict[Span, tuple[Node, list[Secret]]] = {}
    for secret in sorted(secrets):
        node = _markup(source, secret)
        if node is not None:
            of.setdefault(source.span_of(node), (node, []))[1].append(secret)
    return of.values()


def _in_markup(
    source: Source, node: Node, secrets: Sequence[Secret], host: Host, values: dict[str, str]
) -> list[Change]:
    """Secrets in the text of an element or in an attribute; HTML names characters there, JavaScript none."""
    sure = "!" if source.grammar == "tsx" and host.typed else ""
    for secret in secrets:
        if "&" in source.cut(secret.span):
            raise Refusal(UNTOLD)
        take(values, {secret.name: source.cut(secret.span)})
    if node.type == "jsx_text":
        return [Change(secret.span, f"{{{_expression(host, secret.name)}}}") for secret in secrets]
    string = next((child for child in node.named_children if child.type == "string"), None)
    if string is None:
        raise Refusal(NO_LITERAL)
    place = source.span_of(string)
    inner = Span(place.line, place.column + 1, place.end_line, place.end_column - 1)
    if len(secrets) == 1 and secrets[0].span == inner:
        return [Change(place, f"{{{_expression(host, secrets[0].name)}{sure}}}")]
    text = source.cut(inner)
    if any(mark in text for mark in ("&", "`", "\\", "${")):
        raise Refusal("Part of this attribute has another meaning in braces: write it as `{`…`}`, then move the value.")
    quotes = [Change(Span(*place[:2], *inner[:2]), "{`"), Change(Span(*inner[2:], *place[2:]), "`}")]
    return quotes + [Change(secret.span, f"${{{_expression(host, secret.name)}}}") for secret in secrets]


def _script(source: Source, secrets: Sequence[Secret]) -> Source:
    """The component with blanks for all that is no script; Refusal where a secret stands outside of it."""
    text, kept, grammar = source.text, [], "javascript"
    at, inside = 0, False
    for tag in _SCRIPT.finditer(text):
        if inside != bool(tag["end"]):
            continue
        edge = tag.start() if inside else tag.end()
        kept.append(text[at:edge] if inside else _blank(text[at:edge]))
        at, inside = edge, not inside
        if re.search(r"lang\s*=\s*[\"']?tsx?\b", tag["attributes"] or ""):
            grammar = "typescript"
    kept.append(text[at:] if inside else _blank(text[at:]))
    code = Source("".join(kept), source.path, grammar, source.beside)
    if any(not code.cut(secret.span).strip() for secret in secrets):
        raise Refusal(
            "The value stands in the markup of the component: make it a constant of the script first, then move it."
        )
    return code


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)
