"""C#: `Environment.GetEnvironmentVariable("NAME")`, with `!` where null is told apart; constants become readonly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.byte_escapes import without_nul
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import COMPUTED, UNTOLD, paired
from unleak.fixes.literals import Language, Literal, enclosed, literal_at, move_literals, take
from unleak.fixes.source import Source, ancestors, within
from unleak.fixes.uses import behind, behind_header, dedented, same, uses

if TYPE_CHECKING:
    from tree_sitter import Node

_OPENING = re.compile(r"[$@]*(?P<quotes>\"{3,}|\")")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{1,4})|([\s\S])|\Z)")
_SINGLE = {"0": "\0", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "e": "\x1b"}
_SINGLE |= {sign: sign for sign in "\\'\""}
_OF_SYSTEM = re.compile(r"(?<![\w.])(?:Console|Environment|DateTime|DateTimeOffset|Guid|TimeSpan|Uri|Exception)\b")
_NULLABLE = re.compile(r"<Nullable>\s*(?:enable|annotations)\s*</Nullable>")
_IMPLICIT = re.compile(r"<ImplicitUsings>\s*(?:enable|true)\s*</ImplicitUsings>")
_CONSTANT = {
    "attribute": "an attribute",
    "parameter": "a default argument",
    "constant_pattern": "a pattern",
    "case_switch_label": "a case",
    "enum_member_declaration": "an enum",
}


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a C# text as variables of the environment."""
    others: list[Secret] = []
    changes: list[Change] = []
    values: dict[str, str] = {}
    added: dict[Span, int] = {}
    for secret in sorted(secrets):
        literal = literal_at(source, secret.span, _CSHARP)
        arguments = _arguments(source, literal)
        if arguments is None or "$" in literal.opening:
            others.append(secret)
            continue
        # `{2}` names its argument, so the new ones go behind all others.
        last = source.span_of(arguments[-1])
        index = len(arguments) - 1 + added.setdefault(last, 0)
        added[last] += 1
        changes += [
            Change(secret.span, f"{{{index}}}"),
            Change(behind(last), f", {_read(source, literal, secret.name)}"),
        ]
        take(values, {secret.name: _unbraced(_decode(literal, source.cut(secret.span)))})
    notes: tuple[str, ...] = ()
    if others:
        moved = move_literals(source, others, _CSHARP)
        changes += moved.changes
        take(values, moved.values)
        notes = tuple(_notes(source, [literal_at(source, secret.span, _CSHARP) for secret in others]))
    else:
        changes += _using(source)
    return Move(tuple(merged(_together(changes))), values, notes)


def _together(changes: Sequence[Change]) -> list[Change]:
    """The changes with what is inserted at one place as one."""
    of: dict[Span, str] = {}
    for span, new in changes:
        of[span] = of.get(span, "") + new if span[:2] == span[2:] else new
    return [Change(span, new) for span, new in of.items()]


def _read(source: Source, literal: Literal, name: str) -> str:
    call = f'{_environment(source)}.GetEnvironmentVariable("{name}")'
    if literal.closing.endswith("u8"):
        return f"System.Text.Encoding.UTF8.GetBytes({call}{_sure(source)})"
    return call + _sure(source)


def _sure(source: Source) -> str:
    """`!` where the compiler tells null apart: said in the file, its project or a folder's settings."""
    if "#nullable disable" in source.text:
        return ""
    told = "#nullable enable" in source.text or "string?" in source.text
    return "!" if told or _NULLABLE.search(_project(source)) else ""


def _project(source: Source) -> str:
    """What the project files beside a source say; a project mostly has its folder's name."""
    folders = source.path.split("/")[:-1]
    names = ["Directory.Build.props"]
    for up, folder in enumerate(reversed(folders[-3:])):
        names += [f"{'../' * up}{folder}.csproj", f"{'../' * (up + 1)}Directory.Build.props"]
    return "".join(source.beside(name) or "" for name in names)


def _environment(source: Source) -> str:
    """How the class is called: by its whole name where something here has its short one."""
    for node in uses(source, "Environment"):
        parent = node.parent
        declares = parent is not None and parent.type in ("property_declaration", "variable_declarator", "parameter")
        if declares and parent is not None and same(parent.child_by_field_name("name"), node):
            return "System.Environment"
    return "Environment"


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    dollars = literal.opening.count("$")
    return f"{'{' * dollars}{_read(source, literal, name)}{'}' * dollars}" if dollars else None


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    """Raw strings of several lines cannot be cut: they get as many dollars as their braces allow."""
    if '"""' not in literal.opening or "$" in literal.opening or literal.span.line == literal.span.end_line:
        return None
    braces = max((len(run) for gap in gaps for run in re.findall(r"\{+|\}+", gap)), default=0)
    return "$" * (braces + 1) + literal.opening, literal.closing


def _form(source: Source, node: Node) -> Literal | None:
    """The parts of a literal; verbatim strings never open with three quotes, and bytes end in `u8`."""
    text = source.text_of(node)
    begin = _OPENING.match(text)
    if begin is None:
        return None
    opening = begin[0] if "@" not in begin[0] else begin[0].rstrip('"') + '"'
    closing = opening.lstrip("$@")
    if text.endswith(("u8", "U8")):
        closing += text[-2:]
    return enclosed(source, node, opening, closing)._replace(closing=closing.lower())


def _decode(literal: Literal, raw: str) -> str:
    dollars = literal.opening.count("$")
    if '"""' in literal.opening:
        if dollars and "{" * dollars in raw:
            raise Refusal(COMPUTED)
        return dedented(raw, literal.content.end_column)
    if dollars:
        raw = _unbraced(raw)
    if "@" in literal.opening:
        return raw.replace('""', '"').replace("\r\n", "\n")
    return without_nul(paired(_ESCAPE.sub(_meaning, raw)))


def _unbraced(text: str) -> str:
    if re.search(r"[{}]", text.replace("{{", "").replace("}}", "")):
        raise Refusal(COMPUTED)
    return text.replace("{{", "{").replace("}}", "}")


def _meaning(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code and int(code, 16) < 0x110000:
        return chr(int(code, 16))
    if escape[4] in _SINGLE:
        return _SINGLE[escape[4]]
    raise Refusal(UNTOLD)


def _refuse(source: Source, literal: Literal) -> None:
    for node in ancestors(literal.node):
        if node.type == "attribute":
            raise Refusal("An attribute holds only constants: read the value from the configuration where it is used.")
        if node.type == "parameter":
            raise Refusal(
                "A default argument must be constant: make it null, and read the variable in the body by `??`."
            )
        if node.type in ("constant_pattern", "case_switch_label"):
            raise Refusal("A pattern must be constant: compare by `==` in an `if` or a `when`, then move the value.")
        if node.type in ("block", "lambda_expression", "argument_list"):
            break


def _arguments(source: Source, literal: Literal) -> list[Node] | None:
    """A format of `string.Format` and what stands behind it; None where the literal is no format."""
    argument = literal.node.parent
    holder = argument.parent if argument is not None and argument.type == "argument" else None
    call = holder.parent if holder is not None else None
    function = call.child_by_field_name("function") if call is not None else None
    if holder is None or function is None:
        return None
    every = holder.named_children
    at = next((i for i, node in enumerate(every) if same(node, argument)), 0)
    strings = [i for i, node in enumerate(every) if any("string" in part.type for part in node.named_children[-1:])]
    name = source.text_of(function).rpartition(".")[2]
    formats = name in ("Format", "AppendFormat") or (name in ("WriteLine", "Write") and len(every) > at + 1)
    return every[at:] if formats and strings[:1] == [at] else None


# Constants


def _constants(literals: Sequence[Literal]) -> list[Node]:
    found = {}
    for literal in literals:
        holder = within(literal.node, ("field_declaration", "local_declaration_statement"))
        if holder is not None and _const(holder) is not None:
            found[holder.id] = holder
    return list(found.values())


def _const(holder: Node) -> Node | None:
    words = [child for child in holder.children if child.type == "modifier"]
    return next((word for word in words if word.children and word.children[0].type == "const"), None)


def _names(holder: Node) -> list[Node]:
    declaration = next((child for child in holder.named_children if child.type == "variable_declaration"), None)
    declarators = declaration.named_children if declaration is not None else []
    return [name for node in declarators if (name := node.child_by_field_name("name")) and node.type != "identifier"]


def _unconst(source: Source, holder: Node) -> Iterator[Change]:
    """The change of `const` into what a call can fill; Refusal where a use needs the constant."""
    word = _const(holder)
    if word is None:
        return
    for name in _names(holder):
        text = source.text_of(name)
        for use in uses(source, text):
            for around in ancestors(use):
                if around.type in ("block", "argument_list") and around.type != "attribute_argument_list":
                    break
                if around.type in _CONSTANT:
                    raise Refusal(f"{text} stands in {_CONSTANT[around.type]}, which takes only constants.")
                if same(around, holder):
                    break
                if around.type in ("field_declaration", "local_declaration_statement"):
                    if _const(around) is not None:
                        raise Refusal(f"Another constant is made of {text}: make that one readonly first.")
                    if around.start_byte < holder.start_byte and around.type == "field_declaration":
                        raise Refusal(f"A field above {text} is made of it and would be filled first: move it below.")
    place = source.span_of(word)
    if holder.type == "field_declaration":
        yield Change(place, "static readonly")
        return
    line = source.lines[place.end_line][place.end_column :]
    yield Change(Span(*place[:2], place.end_line, place.end_column + len(line) - len(line.lstrip(" \t"))), "")


def _notes(source: Source, literals: Sequence[Literal]) -> Iterator[str]:
    for holder in _constants(literals):
        words = {source.text_of(child) for child in holder.children if child.type == "modifier"}
        if words & {"public", "internal", "protected"}:
            for name in _names(holder):
                yield f"{source.text_of(name)} is no constant now: attributes and cases of other files cannot use it."


# Imports


def _imports(source: Source, literals: Sequence[Literal]) -> Iterable[Change]:
    for holder in _constants(literals):
        yield from _unconst(source, holder)
    yield from _using(source)


def _using(source: Source) -> Iterator[Change]:
    """`using System;`, unless it is there, the project has it, or other names of System are used without."""
    if _environment(source) != "Environment":
        return
    top = source.root.named_children
    inner = [node for space in top if "namespace" in space.type for node in (space.named_children)]
    inner += [node for body in inner if body.type == "declaration_list" for node in body.named_children]
    usings = [node for node in top if node.type == "using_directive"]
    texts = {re.sub(r"\s+", " ", source.text_of(node)) for node in [*usings, *inner] if node.type == "using_directive"}
    if texts & {"using System;", "global using System;"} or _IMPLICIT.search(_project(source)):
        return
    if _OF_SYSTEM.search(source.text):
        return
    if usings:
        yield source.inserted(source.span_of(usings[0]).line, "using System;")
    else:
        yield source.inserted(behind_header(source), "using System;\n")


def _is_bare(node: Node) -> bool:
    """Whether `+` needs no parentheses here; it joins strings in any order."""
    parent = node.parent
    operator = parent.child_by_field_name("operator") if parent is not None else None
    if operator is not None and parent is not None and parent.type == "binary_expression":
        return operator.type in ("+", "==", "!=", "??")
    return parent is not None and parent.type in (
        "variable_declarator",
        "assignment_expression",
        "argument",
        "return_statement",
        "arrow_expression_clause",
        "initializer_expression",
        "property_declaration",
        "parenthesized_expression",
    )


_CSHARP = Language(
    kinds=frozenset(
        {"string_literal", "verbatim_string_literal", "raw_string_literal", "interpolated_string_expression"}
    ),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    imports=_imports,
    is_bare=_is_bare,
    form=_form,
    reopen=_reopen,
)
