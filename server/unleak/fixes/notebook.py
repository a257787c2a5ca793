"""Jupyter notebooks: the code of a cell is moved by its language, and the edits go into the strings of the JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.idioms import idiom_of
from unleak.fixes.literals import NO_LITERAL, take
from unleak.fixes.source import Source, ancestors

if TYPE_CHECKING:
    from tree_sitter import Node

_KERNELS = {"python": "cell.py", "r": "cell.r", "julia": "cell.jl", "ruby": "cell.rb", "bash": "cell.sh"}
_MAGICS = {
    "r": "cell.r",
    "julia": "cell.jl",
    "ruby": "cell.rb",
    "bash": "cell.sh",
    "sh": "cell.sh",
    "script": "cell.sh",
}
_TRANSPARENT = frozenset({"time", "timeit", "capture", "prun"})  # magics of cells that hold Python as before
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_LINE_MAGIC = re.compile(r"(?m)^([ \t]*)([%!])(?=[ \t]*[A-Za-z./])")
_JSON_PART = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]")
_IMPORT_OS = re.compile(r"(?m)^import os\b(?!\.)")


class _Piece(NamedTuple):
    """One string of a cell's source: usually one line of its code."""

    span: Span  # with its quotes
    spelled: str  # as the JSON spells it
    code: str

    def characters(self) -> list[str]:
        """The characters of the code, each as the JSON spells it."""
        return _JSON_PART.findall(self.spelled) if "\\" in self.spelled else list(self.spelled)


class _Cell(NamedTuple):
    """A cell of code."""

    node: Node  # the string or the list of strings
    pieces: list[_Piece]
    code: str


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets in the code of a notebook as variables of the environment."""
    cells = _cells(source)
    kernel = _kernel(source)
    inside: dict[int, list[Secret]] = {}
    for secret in secrets:
        inside.setdefault(_cell_of(source, cells, secret), []).append(secret)
    changes: list[Change] = []
    values: dict[str, str] = {}
    is_imported = False
    for index, found in sorted(inside.items()):
        cell = cells[index]
        code, path = _code_and_path(cell.code, kernel)
        idiom = idiom_of(path)
        if idiom is None:
            raise Refusal("How this kernel reads a variable is not known: replace the value by a placeholder.")
        spans = [_inward(cell, secret.span) for secret in found]
        if any(cell.code.split("\n")[span.line] != code.split("\n")[span.line] for span in spans):
            raise Refusal("This line is a magic and no code: put the value into `.env` and take the line out.")
        nested = Source(code, path, idiom.grammar, source.beside)
        moved = idiom.move(nested, [one._replace(span=span) for one, span in zip(found, spans, strict=True)])
        is_imported = is_imported or any(_IMPORT_OS.search(other.code) for other in cells[:index])
        kept = [change for change in moved.changes if not (is_imported and change.new.strip() == "import os")]
        is_imported = is_imported or any(change.new.strip() == "import os" for change in kept)
        if "%" in cell.code or "!" in cell.code:
            _check_magics(cell.code, code, kept)
        changes += [_outward(source, cell, nested, change) for change in kept]
        take(values, moved.values)
    return Move(tuple(merged(changes)), values, tuple(_notes(source, values, cells)))


def _notes(source: Source, values: dict[str, str], cells: Sequence[_Cell]) -> list[str]:
    code = "".join(cell.code for cell in cells)
    spelled = [json.dumps(value, ensure_ascii=False)[1:-1] for value in values.values()]
    if any(source.text.count(value) > code.count(value) for value in spelled):
        return ["A cell's output holds the value, too: clear the outputs."]
    return []


def _cells(source: Source) -> list[_Cell]:
    """The cells of code in their order."""
    top = next((node for node in source.root.named_children if node.type == "object"), None)
    listed = _entry(source, top, "cells")
    found = []
    for cell in listed.named_children if listed is not None else []:
        kind, code = _entry(source, cell, "cell_type"), _entry(source, cell, "source")
        if kind is not None and code is not None and source.text_of(kind) == '"code"':
            nodes = [code] if code.type == "string" else [node for node in code.named_children if node.type == "string"]
            pieces = [_piece(source, node) for node in nodes]
            found.append(_Cell(code, pieces, "".join(piece.code for piece in pieces)))
    return found


def _entry(source: Source, node: Node | None, key: str) -> Node | None:
    """The value of a key of an object."""
    if node is None or node.type != "object":
        return None
    for pair in node.named_children:
        if pair.type == "pair" and source.text_of(pair.named_children[0]) == f'"{key}"':
            return pair.named_children[-1]
    return None


def _piece(source: Source, node: Node) -> _Piece:
    span = source.span_of(node)
    spelled = source.cut(span)[1:-1]
    try:
        return _Piece(span, spelled, str(json.loads(f'"{spelled}"')))
    except ValueError:
        raise Refusal("This notebook's JSON is broken: repair it, then move the value.") from None


def _cell_of(source: Source, cells: Sequence[_Cell], secret: Secret) -> int:
    node = source.node_at(secret.span)
    around = [node, *ancestors(node)]
    for index, cell in enumerate(cells):
        if cell.node in around:
            return index
    outer = [source.text_of(pair.named_children[0]) for pair in around if pair.type == "pair"]
    if '"outputs"' in outer:
        raise Refusal("The value stands in a cell's output: clear the output.")
    raise Refusal(NO_LITERAL)


def _kernel(source: Source) -> str:
    """The language of a notebook's kernel in lower case; Python where nothing is said."""
    top = next((node for node in source.root.named_children if node.type == "object"), None)
    metadata = _entry(source, top, "metadata")
    for key, name in (("kernelspec", "language"), ("language_info", "name")):
        said = _entry(source, _entry(source, metadata, key), name)
        if said is not None:
            return source.text_of(said).strip('"').lower()
    return "python"


def _code_and_path(code: str, kernel: str) -> tuple[str, str]:
    """A cell's code with its magics as comments of the same width, and a name of a file in its language."""
    magic = _CELL_MAGIC.match(code)
    name = magic[1].lower() if magic else ""
    if magic and name not in _TRANSPARENT:
        if name not in _MAGICS:
            raise Refusal(f"What a cell of `%%{magic[1]}` reads is not known: replace the value by a placeholder.")
        return code.replace("%%", "##", 1), _MAGICS[name]
    path = _KERNELS.get(kernel.partition(" ")[0], f"cell.{kernel}")
    return (_LINE_MAGIC.sub(r"\1#", code) if path.endswith(".py") else code), path


def _check_magics(code: str, shown: str, changes: Sequence[Change]) -> None:
    """Refuse where a line that was taken for a magic is part of what is to be changed."""
    pairs = zip(code.splitlines(), shown.splitlines(), strict=True)
    magics = {row for row, (one, other) in enumerate(pairs) if one != other}
    if any(change.span[:2] != change.span[2:] and _rows(change.span) & magics for change in changes):
        raise Refusal("A line that begins with `%` or `!` is part of this value: move it by hand.")


def _rows(span: Span) -> set[int]:
    return set(range(span.line, span.end_line + 1))


def _inward(cell: _Cell, span: Span) -> Span:
    """A span of the file as one of the cell's code."""
    start, end = _offset(cell, span[:2]), _offset(cell, span[2:])
    return Span(*_point(cell.code, start), *_point(cell.code, end))


def _offset(cell: _Cell, place: tuple[int, int]) -> int:
    """How far into the cell's code a place of the file is."""
    before = 0
    for piece in cell.pieces:
        if place <= piece.span[2:]:
            column = piece.span.column + 1
            characters, at = piece.characters(), 0
            while at < len(characters) and column < place[1]:
                column += len(characters[at])
                at += 1
            return before + at
        before += len(piece.code)
    return before


def _point(code: str, offset: int) -> tuple[int, int]:
    above = code[:offset]
    return above.count("\n"), offset - (above.rfind("\n") + 1)


def _outward(source: Source, cell: _Cell, nested: Source, change: Change) -> Change:
    """A change of the cell's code as one of the file."""
    starts = [0]
    for line in nested.lines:
        starts.append(starts[-1] + len(line))
    begin = starts[change.span.line] + change.span.column
    end = starts[change.span.end_line] + change.span.end_column
    index = _index_of(cell, begin)
    is_lines = begin == end and change.new.endswith("\n") and cell.node.type == "array"
    if is_lines and begin == _start(cell, index):
        # New lines of code are strings of their own, in the way that the list is written.
        between = _between(source, cell)
        lines = [_spelled(line) for line in change.new.splitlines(keepends=True)]
        at = cell.pieces[index].span[:2]
        return Change(Span(*at, *at), "".join(f'"{line}",{between}' for line in lines))
    if not change.new and cell.node.type == "array" and index + 1 < len(cell.pieces):
        piece = cell.pieces[index]
        if (begin, end) == (_start(cell, index), _start(cell, index + 1)):
            return Change(Span(*piece.span[:2], *cell.pieces[index + 1].span[:2]), "")
    return Change(Span(*_place(cell, begin), *_place(cell, end, is_end=begin < end)), _spelled(change.new))


def _start(cell: _Cell, index: int) -> int:
    """Where in the cell's code one of its strings begins."""
    return sum(len(piece.code) for piece in cell.pieces[:index])


def _index_of(cell: _Cell, offset: int) -> int:
    before = 0
    for index, piece in enumerate(cell.pieces):
        if offset < before + len(piece.code):
            return index
        before += len(piece.code)
    return len(cell.pieces) - 1


def _place(cell: _Cell, offset: int, is_end: bool = False) -> tuple[int, int]:
    """Where in the file an offset of the cell's code is; an end stays in the string that it closes."""
    index = _index_of(cell, offset - is_end)
    piece = cell.pieces[index]
    within = offset - _start(cell, index)
    return piece.span.line, piece.span.column + 1 + sum(map(len, piece.characters()[:within]))


def _between(source: Source, cell: _Cell) -> str:
    """What stands between two strings of the list behind the comma."""
    if len(cell.pieces) > 1:
        gap = source.cut(Span(*cell.pieces[0].span[2:], *cell.pieces[1].span[:2]))
        return gap.partition(",")[2]
    first = cell.pieces[0].span
    is_own_line = not source.lines[first.line][: first.column].strip()
    return source.line_break + source.indentation(first.line) if is_own_line else " "


def _spelled(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
