"""Go: `os.Getenv("NAME")`; a constant becomes a variable, and so do the constants made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.byte_escapes import GO, SINGLE, decode_bytes, without_nul
from unleak.fixes.change import Change, Move, Refusal, Secret, applied, merged
from unleak.fixes.formats import into_arguments, unformatted
from unleak.fixes.literals import Language, Literal, literal_at, move_literals, take
from unleak.fixes.source import Source, ancestors, within
from unleak.fixes.uses import before, behind, gaps, same, uses

if TYPE_CHECKING:
    from tree_sitter import Node

_PREDECLARED_STRING = "string"


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Go text as variables of the environment."""
    formats: dict[Span, tuple[Literal, list[Secret]]] = {}
    others: list[Secret] = []
    for secret in sorted(secrets):
        literal = literal_at(source, secret.span, _GO)
        if _is_format(source, literal.node):
            formats.setdefault(literal.span, (literal, []))[1].append(secret)
        else:
            others.append(secret)
    changes: list[Change] = []
    values: dict[str, str] = {}
    for literal, inside in formats.values():
        made = _as_arguments(source, literal, inside)
        if made is None:
            others += inside
            continue
        changes += made
        for secret in inside:
            take(values, {secret.name: unformatted(_decode(literal, source.cut(secret.span)))})
    notes: tuple[str, ...] = ()
    if others:
        specs = _variables(source, [literal_at(source, secret.span, _GO) for secret in others])
        moved = move_literals(source, others, _GO)
        changes += _declared(source, specs, list(moved.changes))
        changes += [change for secret in others for change in _typed_variable(source, secret.span)]
        take(values, moved.values)
        notes = tuple(_notes(source, specs))
    else:
        changes += _import(source)
    return Move(tuple(merged(changes)), values, notes)


def _read(source: Source, literal: Literal, name: str) -> str:
    package = _package(source)
    return f'{"os." if package is None else package}Getenv("{name}")'


def _decode(literal: Literal, raw: str) -> str:
    if literal.opening == "`":
        return without_nul(raw.replace("\r", ""))  # raw strings lose their carriage returns
    return decode_bytes(raw, GO, SINGLE)


def _refuse(source: Source, literal: Literal) -> None:
    parent = literal.node.parent
    if parent is not None and parent.type == "field_declaration":
        raise Refusal("A struct tag must be a literal: give the field its value where the struct is filled.")
    if parent is not None and parent.type == "import_spec":
        raise Refusal("An import path must be a literal: keep credentials in GOPRIVATE and .netrc.")
    for node in uses(source, "os", frozenset({"identifier"})):
        holder = within(node, frozenset({"expression_list", "parameter_declaration", "var_spec", "const_spec"}))
        if holder is not None and _declares(holder, node):
            raise Refusal("`os` is the name of a variable here, so the package cannot be called: rename it first.")


def _declares(holder: Node, node: Node) -> bool:
    if holder.type == "expression_list":
        parent = holder.parent
        return (
            same(node.parent, holder)
            and parent is not None
            and parent.type in ("short_var_declaration", "range_clause")
            and same(parent.child_by_field_name("left"), holder)
        )
    return any(same(name, node) for name in holder.children_by_field_name("name"))


def _is_format(source: Source, node: Node) -> bool:
    """Whether a literal is the format of a call like `fmt.Sprintf`."""
    call = node.parent.parent if node.parent is not None and node.parent.type == "argument_list" else None
    function = call.child_by_field_name("function") if call is not None else None
    if function is None or not source.text_of(function).endswith("f") or node.parent is None:
        return False
    return same(next((part for part in node.parent.named_children if "string_literal" in part.type), None), node)


def _as_arguments(source: Source, literal: Literal, secrets: Sequence[Secret]) -> list[Change] | None:
    arguments = literal.node.parent.named_children if literal.node.parent is not None else []
    at = next(index for index, node in enumerate(arguments) if same(node, literal.node))
    if any(node.type == "variadic_argument" for node in arguments):
        return None
    ahead = ["".join(gaps(source, literal.content, secrets[: index + 1])[:-1]) for index in range(len(secrets))]
    places = [source.span_of(node) for node in arguments[at:]]
    return into_arguments(secrets, ahead, places, lambda name: f", {_read(source, literal, name)}")


# Constants


def _variables(source: Source, literals: Sequence[Literal]) -> list[Node]:
    """The specs of constants around literals and of those made of them; Refusal where one must stay constant."""
    waiting = [spec for literal in literals if (spec := within(literal.node, {"const_spec"})) is not None]  # type: ignore[arg-type]
    found: dict[int, Node] = {}
    while waiting:
        spec = waiting.pop()
        if spec.id in found:
            continue
        found[spec.id] = spec
        block = within(spec, ("block",))
        for name in spec.children_by_field_name("name"):
            read = [node for node in _inside(uses(source, source.text_of(name)), block) if not same(node, name)]
            if not read and block is not None:
                raise Refusal("Nothing reads this constant, and Go allows no unread variable: delete it.")
            for node in read:
                if within(node, ("array_type",)) is not None:
                    raise Refusal("This constant gives an array its length: make the length a constant of its own.")
                other = within(node, ("const_spec",))
                if other is not None:
                    waiting.append(other)
    return list(found.values())


def _inside(nodes: Iterable[Node], block: Node | None) -> Iterator[Node]:
    for node in nodes:
        if block is None or block.start_byte <= node.start_byte < block.end_byte:
            yield node


def _declared(source: Source, specs: Sequence[Node], changes: list[Change]) -> list[Change]:
    """The changes with what turns constants into variables: `var`, or a declaration of its own behind the block."""
    of: dict[int, list[Node]] = {}
    for spec in sorted(specs, key=lambda node: node.start_byte):
        changes += _typed(source, spec)
        if spec.parent is not None:
            of.setdefault(spec.parent.id, []).append(spec)
    for taken in of.values():
        declaration = taken[0].parent
        if declaration is None:
            continue
        every = [child for child in declaration.named_children if child.type == "const_spec"]
        if any(not spec.child_by_field_name("value") for spec in every) or _counts(source, declaration):
            raise Refusal("This block of constants counts with iota or repeats values: move the constant out of it.")
        if len(every) == len(taken):
            start = source.span_of(declaration)
            changes.append(Change(Span(*start[:2], start.line, start.column + len("const")), "var"))
        else:
            changes = _taken_out(source, declaration, taken, changes)
    return changes


def _counts(source: Source, declaration: Node) -> bool:
    return re.search(r"\biota\b", source.text_of(declaration)) is not None


def _typed(source: Source, spec: Node) -> list[Change]:
    """The conversion that a constant or a variable of a named type needs."""
    kind, values = spec.child_by_field_name("type"), spec.child_by_field_name("value")
    if kind is None or values is None or kind.type not in ("type_identifier", "qualified_type"):
        return []
    if source.text_of(kind) == _PREDECLARED_STRING or len(values.named_children) != 1:
        return []
    place = source.span_of(values)
    return [Change(before(place), f"{source.text_of(kind)}("), Change(behind(place), ")")]


def _typed_variable(source: Source, span: Span) -> list[Change]:
    values = literal_at(source, span, _GO).node.parent
    spec = values.parent if values is not None else None
    return _typed(source, spec) if spec is not None and spec.type == "var_spec" else []


def _taken_out(source: Source, declaration: Node, specs: Sequence[Node], changes: list[Change]) -> list[Change]:
    """The changes with some specs of a block as variables behind it, the others left as they are."""
    end = source.span_of(declaration)
    lines: list[str] = []
    for spec in specs:
        span = source.span_of(spec)
        first, last = span.line, span.end_line
        ahead, rest = source.lines[first][: span.column], source.lines[last][span.end_column :]
        if ahead.strip() or (rest.strip() and not rest.strip().startswith("//")):
            raise Refusal("Give this constant a line of its own, then move it.")
        while source.lines[first - 1].strip().startswith("//"):
            first -= 1
        comments = [line.strip() for line in source.lines[first : span.line]]
        inside = [change for change in changes if _holds(span, change.span)]
        changes = [change for change in changes if change not in inside]
        name, sign, value = _part(source, span, inside).partition("=")
        lines += [*comments, f"var {' '.join(name.split())} {sign} {value.strip()} {rest.strip()}".rstrip()]
        changes.append(Change(Span(first, 0, last + 1, 0), ""))
    return [*changes, source.inserted(end.end_line + 1, "\n" + "\n".join(lines))]


def _holds(span: Span, inner: Span) -> bool:
    return span[:2] <= inner[:2] and inner[2:] <= span[2:]


def _part(source: Source, span: Span, changes: Sequence[Change]) -> str:
    """The text of a span after changes inside it."""
    text = applied(source.text, merged(changes))
    start = len("".join(source.lines[: span.line])) + span.column
    end = len("".join(source.lines[: span.end_line])) + span.end_column
    return text[start : len(text) - (len(source.text) - end)]


def _notes(source: Source, specs: Sequence[Node]) -> Iterator[str]:
    for spec in specs:
        for name in spec.children_by_field_name("name"):
            text = source.text_of(name)
            if text[0].isupper() and within(spec, ("block",)) is None:
                yield f"{text} is a variable now: other files cannot use it in constants any more."


# Imports


def _package(source: Source) -> str | None:
    """What stands before the names of `os`: `os.`, another name, nothing; None where it is not imported."""
    for declaration in source.root.named_children:
        if declaration.type != "import_declaration":
            continue
        for spec in _import_specs(declaration):
            path, name = spec.child_by_field_name("path"), spec.child_by_field_name("name")
            if path is None or source.text_of(path) not in ('"os"', "`os`"):
                continue
            if name is None:
                return "os."
            if name.type == "package_identifier":
                return f"{source.text_of(name)}."
            if name.type == "dot":
                return ""
    return None


def _import_specs(declaration: Node) -> list[Node]:
    return [
        spec
        for child in declaration.named_children
        for spec in ([child] if child.type == "import_spec" else child.named_children)
        if spec.type == "import_spec"
    ]


def _import(source: Source) -> Iterator[Change]:
    """The import of `os`: in the first block beside the standard library, else on a line of its own."""
    if _package(source) is not None:
        return
    top = source.root.named_children
    imports = [node for node in top if node.type == "import_declaration"]
    block = next((node for node in imports if node.end_point[0] > node.start_point[0] and _import_specs(node)), None)
    if block is not None:
        yield _in_block(source, _import_specs(block))
        return
    if imports:
        yield source.inserted(source.span_of(imports[-1]).end_line + 1, 'import "os"')
        return
    package = next((node for node in top if node.type == "package_clause"), None)
    yield source.inserted(source.span_of(package).end_line + 1 if package is not None else 0, '\nimport "os"')


def _in_block(source: Source, specs: Sequence[Node]) -> Change:
    indentation = source.indentation(source.span_of(specs[0]).line) or "\t"
    standard = [(spec, path) for spec in specs if "." not in (path := _path(source, spec)).partition("/")[0]]
    if not standard:
        return source.inserted(source.span_of(specs[0]).line, f'{indentation}"os"\n')
    for spec, path in standard:
        if path > "os":
            return source.inserted(source.span_of(spec).line, f'{indentation}"os"')
    return source.inserted(source.span_of(standard[-1][0]).end_line + 1, f'{indentation}"os"')


def _path(source: Source, spec: Node) -> str:
    path = spec.child_by_field_name("path")
    return source.text_of(path).strip('"`') if path is not None else ""


def _is_bare(node: Node) -> bool:
    """Whether `+` needs no parentheses here; only an index and a method bind closer."""
    parent = next(ancestors(node), None)
    return parent is not None and parent.type not in ("index_expression", "slice_expression", "selector_expression")


_GO = Language(
    kinds=frozenset({"interpreted_string_literal", "raw_string_literal"}),
    read=_read,
    decode=_decode,
    refuse=_refuse,
    imports=lambda source, literals: _import(source),
    is_bare=_is_bare,
)
