"""Terraform and other HCL: `var.name`, a sensitive variable that the environment fills by `TF_VAR_name`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import CROSSES, NO_LITERAL, take
from unleak.fixes.source import Source, ancestors, within

if TYPE_CHECKING:
    from tree_sitter import Node

_KINDS = frozenset({"string_lit", "quoted_template", "heredoc_template"})
_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([nrt"\\])|)|([$%])\4\{')
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_LIVE = re.compile(r"(?:^|[^$])\$\{|(?:^|[^%])%\{")


class Tool(NamedTuple):
    """A program that reads HCL: how a variable is read, declared and filled."""

    read: str  # an expression; `name` is the variable's, `NAME` that of the environment
    home: str  # before the name in the environment
    declaration: str  # lines of the block that declares it; empty where none is needed
    note: str


TERRAFORM = Tool(
    "var.name",
    "TF_VAR_",
    'variable "name" {\n  type      = string\n  sensitive = true\n}',
    "Terraform reads no `.env`: load it first, as in `set -a; . ./.env; set +a`. Outputs that show the value need "
    "`sensitive = true`.",
)
PACKER = Tool(
    "var.name",
    "PKR_VAR_",
    'variable "name" {\n  type      = string\n  sensitive = true\n}',
    "Packer reads no `.env`: load it first, as in `set -a; . ./.env; set +a`.",
)
NOMAD = Tool(
    "var.name",
    "NOMAD_VAR_",
    'variable "name" {\n  type = string\n}',
    "The value is filled in when the job is submitted: Nomad's own variables and Vault keep it out of the job as well.",
)
TERRAGRUNT = Tool(
    'get_env("NAME")', "", "", "Terragrunt reads no `.env`: load it first, as in `set -a; . ./.env; set +a`."
)


class Template(NamedTuple):
    """A string of HCL."""

    node: Node
    span: Span
    content: Span
    heredoc: str  # `<<` or `<<-`; empty for a quoted string


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of an HCL text as variables of its tool; a default of a variable is taken out of it."""
    tool = _tool(source)
    changes: list[Change] = []
    values: dict[str, str] = {}
    declared: dict[str, None] = {}
    found: dict[Span, tuple[Template, list[Secret]]] = {}
    for secret in sorted(secrets):
        template = template_at(source, secret.span)
        found.setdefault(template.span, (template, []))[1].append(secret)
    for template, inside in found.values():
        blocks = [node for node in ancestors(template.node) if node.type == "block"]
        kinds = [_kind(source, node) for node in reversed(blocks)]
        attribute = within(template.node, ("attribute",))
        key = _key(source, attribute)
        if kinds[:1] == ["variable"] and len(kinds) == 1 and key == "default" and tool.declaration:
            label = _label(source, blocks[-1])
            if attribute is None or not _is_all_of(template, attribute, source):
                raise Refusal("The value stands inside a larger default: give it a variable of its own, then move it.")
            changes += _without_default(source, attribute, blocks[-1], tool)
            take(values, {tool.home + label: decoded(source, template)})
            continue
        _refuse(source, template, kinds, key)
        names = [(secret, secret.name.lower() if tool.home else secret.name) for secret in inside]
        whole = len(inside) == 1 and _is_whole(source, template, inside[0].span)
        for secret, name in names:
            take(values, {tool.home + name: decoded(source, template, None if whole else secret.span)})
            if tool.declaration:
                declared[name] = None
        reads = [(secret, tool.read.replace("NAME", secret.name).replace("name", name)) for secret, name in names]
        if whole:
            changes.append(Change(template.span, reads[0][1]))
        else:
            changes += [Change(secret.span, f"${{{read}}}") for secret, read in reads]
        if kinds[:1] == ["output"] and len(kinds) == 1 and key == "value":
            changes += _sensitive(source, blocks[-1])
    new = [name for name in declared if not _is_declared(source, name)]
    if new:
        blank = "" if not source.lines[-1].strip() and not "".join(source.lines[-2:-1]).strip() else "\n"
        text = "\n\n".join(tool.declaration.replace('"name"', f'"{name}"') for name in new)
        changes.append(source.inserted(len(source.lines) - (not source.lines[-1]), blank + text))
    return Move(tuple(merged(changes)), values, (tool.note,))


def template_at(source: Source, span: Span) -> Template:
    """The string around a span; Refusal where there is none, or it stands for a key or a label."""
    node = within(source.node_at(span), _KINDS)
    if node is None:
        raise Refusal(NO_LITERAL)
    place, text = source.span_of(node), source.text_of(node)
    if node.type == "heredoc_template":
        heredoc = "<<-" if text.startswith("<<-") else "<<"
        content = Span(place.line + 1, 0, place.end_line, 0)
    else:
        if len(text) < 2 or text[-1] != '"':
            raise Refusal("The string is not closed yet: finish it, then move its value.")
        heredoc, content = "", Span(place.line, place.column + 1, place.end_line, place.end_column - 1)
    if span[:2] < content[:2] or span[2:] > content[2:]:
        raise Refusal(CROSSES)
    if node.parent is not None and node.parent.type == "block":
        raise Refusal("A block's label holds no variable: replace it by a placeholder.")
    element = within(node, ("object_elem",))
    first = element.named_children[0] if element is not None and element.named_children else None
    if first is not None and first.start_byte <= node.start_byte < first.end_byte:
        raise Refusal("A sensitive value cannot be a key: replace it by a placeholder.")
    return Template(node, place, content, heredoc)


def decoded(source: Source, template: Template, span: Span | None = None) -> str:
    """What a span of a string means, or all of it; Refusal where that is not certain."""
    raw = source.cut(span or template.content).replace("\r\n", "\n")
    if _LIVE.search(raw):
        raise Refusal("This value holds an expression itself: move it by hand.")
    if template.heredoc:
        if template.heredoc == "<<-":
            whole = source.cut(template.content).replace("\r\n", "\n").split("\n")
            blanks = min((len(line) - len(line.lstrip(" ")) for line in whole if line.strip()), default=0)
            lines = raw.split("\n")
            kept = 0 if span is None or not span.column else 1
            raw = "\n".join(line if at < kept else line[blanks:] for at, line in enumerate(lines))
        return re.sub(r"([$%])\1\{", r"\1{", raw)
    return _ESCAPE.sub(_meant, raw)


def _meant(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    if code:
        return chr(int(code, 16))
    if escape[4]:
        return f"{escape[4]}{{"
    if not escape[3]:
        raise Refusal("What this string means cannot be told here: move its value by hand.")
    return _PLAIN[escape[3]]


def _tool(source: Source) -> Tool:
    name = source.path.replace("\\", "/").rpartition("/")[2].lower()
    if name.endswith((".tf", ".tofu")):
        return TERRAFORM
    if name.endswith((".pkr.hcl", ".pkrvars.hcl")):
        return PACKER
    if name.endswith((".nomad", ".nomad.hcl")):
        return NOMAD
    if name in ("terragrunt.hcl", "root.hcl") or "get_env(" in source.text:
        return TERRAGRUNT
    raise Refusal(
        "This file cannot read the environment: keep the value out of it "
        "and give it to the program by its own variable."
    )


def _refuse(source: Source, template: Template, kinds: Sequence[str], key: str) -> None:
    if kinds[:1] == ["terraform"]:
        raise Refusal(
            "The `terraform` block takes no variables: give the value by `-backend-config` or by the environment "
            "variable that the backend reads."
        )
    if kinds[:1] == ["module"] and key in ("source", "version"):
        raise Refusal("A module's source takes no variables: let git or the registry log in by itself.")
    if key in ("for_each", "count", "depends_on", "provider") or "lifecycle" in kinds:
        raise Refusal("Terraform takes no sensitive value here: replace it by a placeholder.")
    if kinds[:1] == ["variable"]:
        raise Refusal("A declaration takes no other variable: replace the value by a placeholder.")


def _kind(source: Source, block: Node) -> str:
    return source.text_of(block.named_children[0]) if block.named_children else ""


def _label(source: Source, block: Node) -> str:
    labels = [node for node in block.named_children if node.type == "string_lit"]
    return source.text_of(labels[0]).strip('"') if labels else ""


def _key(source: Source, attribute: Node | None) -> str:
    return source.text_of(attribute.named_children[0]) if attribute is not None and attribute.named_children else ""


def _is_whole(source: Source, template: Template, span: Span) -> bool:
    before = source.cut(Span(*template.content[:2], *span[:2]))
    return not (before + source.cut(Span(*span[2:], *template.content[2:]))).strip()


def _is_all_of(template: Template, attribute: Node, source: Source) -> bool:
    return source.span_of(attribute.named_children[-1]) == template.span


def _is_declared(source: Source, name: str) -> bool:
    """Whether a variable is declared here or in the file where they are by custom."""
    declaration = re.compile(rf'^[ \t]*variable[ \t]+"?{re.escape(name)}"?[ \t]*\{{', re.MULTILINE)
    texts = [source.text, *(source.beside(file) or "" for file in ("variables.tf", "vars.tf", "variables.pkr.hcl"))]
    return any(declaration.search(text) for text in texts)


def _attributes(source: Source, block: Node) -> dict[str, Node]:
    bodies = [node for node in block.named_children if node.type == "body"]
    found = [node for body in bodies for node in body.named_children if node.type == "attribute"]
    return {_key(source, node): node for node in found}


def _without_default(source: Source, attribute: Node, block: Node, tool: Tool) -> list[Change]:
    """A variable without its default, and sensitive."""
    span = source.span_of(attribute)
    alone = source.indentation(span.line) == source.lines[span.line][: span.column]
    wanted = (
        "sensitive = true" if "sensitive" in tool.declaration and "sensitive" not in _attributes(source, block) else ""
    )
    if not alone or source.lines[span.end_line][span.end_column :].strip():
        return [Change(span, wanted)]
    if wanted:
        before = source.cut(span).partition("=")[0]  # the signs stay below each other
        return [Change(span, "sensitive".ljust(len(before) - 1) + " = true")]
    return [Change(Span(span.line, 0, span.end_line + 1, 0), "")]


def _sensitive(source: Source, block: Node) -> list[Change]:
    """An output that may show a sensitive value."""
    attributes = _attributes(source, block)
    if "sensitive" in attributes:
        return []
    value = source.span_of(attributes["value"])
    at = Span(*value[2:], *value[2:])
    return [Change(at, f"{source.line_break}{source.indentation(value.line)}sensitive = true")]
