"""How a Python file reads variables of the environment, and the import that this takes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from unleak.fixes.change import Change, Refusal
from unleak.fixes.source import Source, ancestors, walk
from unleak.fixes.uses import words

if TYPE_CHECKING:
    from tree_sitter import Node

_IMPORTS = ("import_statement", "import_from_statement")
_SCOPES = ("function_definition", "lambda")
_READERS = {  # the class that an object is made of, by the module that it comes from
    ("environ", "Env"),
    ("environ", "FileAwareEnv"),
    ("environs", "Env"),
    ("environs", "FileAwareEnv"),
    ("decouple", "AutoConfig"),
    ("starlette.config", "Config"),
}
_DEFINITIONS = ("function_definition", "class_definition", "decorated_definition")
_HEADER = ("comment", "future_import_statement")


class Way(NamedTuple):
    """How variables are read: `os.environ[`, `]`, and the line that has to be imported for it, empty for none."""

    opening: str
    closing: str
    imports: str = ""

    def read(self, name: str, quote: str) -> str:
        return f"{self.opening}{quote}{name}{quote}{self.closing}"


class _Import(NamedTuple):
    """A name that a statement brings into the file."""

    node: Node
    module: str  # `os`; of `from x import y` the x
    name: str  # `` or the y
    bound: str  # what it is called here


def way_of(source: Source, node: Node) -> Way:
    """The way that this file has already where it fails by the variable's name, else `os.environ`."""
    imported = [one for one in _imports(source) if _is_there(one.node, node)]
    for one in imported:
        if (one.module, one.name) == ("decouple", "config") and len(_bindings(source, one.bound)) == 1:
            return Way(f"{one.bound}(", ")")
    for reader in _made_readers(source, imported):
        if _is_there(reader, node) and len(_bindings(source, source.text_of(reader.named_children[0]))) == 1:
            return Way(f"{source.text_of(reader.named_children[0])}(", ")")
    rebound = bool(_bindings(source, "os")) or _is_imported_later(source, node)
    for one in imported:
        if one.module == "os" and not one.name and not (one.bound == "os" and rebound):
            return Way(f"{one.bound}.environ[", "]")
    for one in imported:
        if (one.module, one.name) == ("os", "environ"):
            return Way(f"{one.bound}[", "]")
    for one in imported:
        if (one.module, one.name) == ("os", "getenv"):
            return Way(f"{one.bound}(", ")")
    if not rebound:
        return Way("os.environ[", "]", "" if _is_imported_here(source, node) else "import os")
    if _bindings(source, "environ"):
        raise Refusal("Both `os` and `environ` mean something else in this file: rename one of them first.")
    return Way("environ[", "]", "from os import environ")


def import_change(source: Source, lines: Sequence[str]) -> Iterator[Change]:
    """The lines of import, each once, where isort would put them."""
    for line in dict.fromkeys(lines):
        at, before, after = _place_of(source, line)
        yield source.inserted(at, f"{before}{line}{after}")


def _place_of(source: Source, line: str) -> tuple[int, str, str]:
    """The number of the line before which an import goes, and what goes before and behind it."""
    top = list(source.root.named_children)
    head = 0
    while head < len(top) and (top[head].type in _HEADER or is_docstring(top[head])):
        head += 1
    body = top[head:]
    if body and body[0].type in _IMPORTS and not _shares_line(source, body[0]):
        block = _block(source, body)
        module = _module(source, block[0])
        if module.partition(".")[0] not in sys.stdlib_module_names or module.startswith("."):
            return source.span_of(block[0]).line, "", "\n"
        key = (line.startswith("from"), "os")
        for node in block:
            if (node.type == "import_from_statement", _module(source, node)) > key:
                return source.span_of(node).line, "", ""
        return source.span_of(block[-1]).end_line + 1, "", ""
    return _behind_header(source, top[:head], body)


def _behind_header(source: Source, header: Sequence[Node], body: Sequence[Node]) -> tuple[int, str, str]:
    """Where the first import of a file goes: behind its header, with a blank line on both sides."""
    gap = "\n\n" if body and body[0].type in _DEFINITIONS else "\n"
    if not header:
        return 0, "", gap if source.lines[0].strip() else ""
    line = source.span_of(header[-1]).end_line + 1
    if body and source.span_of(body[0]).line < line:
        raise Refusal("Code follows the docstring on its line: put it on a line of its own, then move the value.")
    comments = 0  # a comment right above the first statement, with a blank line before it, belongs to that one
    while comments < len(header) and header[-1 - comments].type == "comment":
        comments += 1
    if body and comments and source.span_of(body[0]).line == line:
        for node in header[len(header) - comments :]:
            at = source.span_of(node).line
            if at > 0 and not source.lines[at - 1].strip():
                return at, "", gap
    is_blank = line < len(source.lines) and not source.lines[line].strip()
    if line >= len(source.lines):
        return line, "", ""
    if not is_blank:
        return line, "" if header[-1].type == "comment" else "\n", gap
    return line + 1, "", gap if line + 1 < len(source.lines) and source.lines[line + 1].strip() else ""


def is_docstring(node: Node) -> bool:
    inner = node.named_children
    return node.type == "string" or (node.type == "expression_statement" and [one.type for one in inner] == ["string"])


def _shares_line(source: Source, node: Node) -> bool:
    span = source.span_of(node)
    return bool(source.lines[span.line][: span.column].strip())


def _block(source: Source, nodes: Sequence[Node]) -> list[Node]:
    """The imports at the beginning that follow each other without a blank line."""
    block = [nodes[0]]
    for node in nodes[1:]:
        adjacent = source.span_of(node).line == source.span_of(block[-1]).end_line + 1
        if node.type not in _IMPORTS or not adjacent:
            break
        block.append(node)
    return block


def _module(source: Source, node: Node) -> str:
    words = source.text_of(node.named_children[0]).split()
    return words[0] if words else ""  # half typed


def _imports(source: Source) -> Iterable[_Import]:
    """The names that imports at the top level bring, whatever their place."""
    for node in source.root.named_children:
        if node.type in _IMPORTS:
            yield from _bound_by(source, node)


def _bound_by(source: Source, node: Node) -> Iterator[_Import]:
    names = node.named_children
    module = ""
    if node.type == "import_from_statement":
        module, names = source.text_of(names[0]), names[1:]
    for name in names:
        words = source.text_of(name).split(" as ")
        what, bound = words[0].strip(), words[-1].strip()
        if module:
            yield _Import(node, module, what, bound)
        elif len(words) > 1:
            yield _Import(node, what, "", bound)
        else:
            first = what.partition(".")[0]
            yield _Import(node, first, "", first)


def _is_there(binding: Node, node: Node) -> bool:
    """Whether a name bound at the top level is there when `node` runs."""
    if binding.start_byte < node.start_byte:
        return True
    below = node
    for around in ancestors(node):
        if around.type in _SCOPES and around.child_by_field_name("body") == below:
            return True
        below = around
    return False


def _made_readers(source: Source, imported: Sequence[_Import]) -> Iterator[Node]:
    """The assignments at the top level that make an object which reads variables: `env = environ.Env()`."""
    classes = {one.bound for one in imported if (one.module, one.name) in _READERS}
    classes |= {f"{one.bound}.{name}" for one in imported for module, name in _READERS if one.module == module}
    if not classes:
        return
    for node in source.root.named_children:
        right = node.child_by_field_name("right") if node.type == "assignment" else None
        if right is not None and right.type == "call" and source.text_of(right.named_children[0]) in classes:
            yield node


def _functions(node: Node) -> list[Node]:
    return [around for around in ancestors(node) if around.type == "function_definition"]


def _local(source: Source, node: Node) -> list[_Import]:
    """The imports of `os` inside the functions around a node."""
    return [
        one
        for function in _functions(node)
        for statement in walk(function)
        if statement.type == "import_statement"
        for one in _bound_by(source, statement)
        if one.bound == "os" and one.module == "os"
    ]


def _is_imported_here(source: Source, node: Node) -> bool:
    around = list(ancestors(node))
    return any(one.node.parent in around and one.node.start_byte < node.start_byte for one in _local(source, node))


def _is_imported_later(source: Source, node: Node) -> bool:
    """Whether a function makes `os` a name of its own that has no value yet at this place."""
    return bool(_local(source, node)) and not _is_imported_here(source, node)


def _bindings(source: Source, name: str) -> list[Node]:
    """The places where a name gets a meaning other than by `import name`."""
    nodes = [source.node_at(span) for span in words(source, name, r"(?![ \t]*\.)")]
    return [node for node in nodes if node.type == "identifier" and _binds(node)]


def _binds(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type in ("dotted_name", "pattern_list", "tuple_pattern", "list_splat_pattern"):
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type == "import_from_statement":
        return parent.child_by_field_name("module_name") != node
    if parent.type == "aliased_import":
        return parent.child_by_field_name("alias") == node
    if parent.type in ("assignment", "for_statement", "for_in_clause"):
        return parent.child_by_field_name("left") == node
    if parent.type in ("default_parameter", "typed_default_parameter", "named_expression"):
        return parent.child_by_field_name("name") == node
    return parent.type in (
        "parameters",
        "lambda_parameters",
        "typed_parameter",
        "as_pattern_target",
        "function_definition",
        "class_definition",
    )
