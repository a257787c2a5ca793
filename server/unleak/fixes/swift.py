"""Swift: `ProcessInfo.processInfo.environment["NAME"]!`; every string holds expressions, so parts stay in place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from unleak.fixes.byte_escapes import without_nul
from unleak.fixes.change import Change, Move, Refusal, Secret
from unleak.fixes.escapes import Escapes
from unleak.fixes.literals import Language, Literal, move_literals
from unleak.fixes.source import Source, ancestors
from unleak.fixes.uses import behind_header, dedented

if TYPE_CHECKING:
    from tree_sitter import Node

_SINGLE = {"0": "\0", "\\": "\\", "t": "\t", "n": "\n", "r": "\r", '"': '"', "'": "'"}
_ESCAPES = Escapes(_SINGLE, frozenset({"braces", "nul"}), continues=True)
_BRINGS_FOUNDATION = frozenset(
    "Foundation FoundationEssentials UIKit AppKit Cocoa SwiftUI WatchKit CoreData XCTest Vapor".split()
)
_ON_A_DEVICE = re.compile(r"(?m)^import (?:UIKit|SwiftUI|WatchKit)\b")
_IMPORT = re.compile(r"(?:@\w+\s+)*import\s+(?:(?:struct|class|func|enum|protocol|typealias|var|let)\s+)?(\w+)")


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Swift text as variables of the environment."""
    moved = move_literals(source, secrets, _SWIFT)
    if not _ON_A_DEVICE.search(source.text):
        return moved
    note = "An app on a device has only the variables that Xcode starts it with: fetch the value from your server."
    return Move(moved.changes, moved.values, (*moved.notes, note))


def _read(source: Source, literal: Literal, name: str) -> str:
    return f'ProcessInfo.processInfo.environment["{name}"]!'


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    return f"\\{'#' * literal.opening.count('#')}({_read(source, literal, name)})"


def _decode(literal: Literal, raw: str) -> str:
    if '"""' in literal.opening:
        raw = dedented(raw, literal.content.end_column)
    hashes = "#" * literal.opening.count("#")
    if hashes:
        if f"\\{hashes}" in raw:
            raise Refusal("This raw string has escapes of its own: write it as a plain one, then move its value.")
        return raw
    return without_nul(_ESCAPES.decode(raw))


def _refuse(source: Source, literal: Literal) -> None:
    for node in ancestors(literal.node):
        if node.type == "enum_entry":
            raise Refusal("The raw value of a case must be a literal: give the enum a computed property instead.")
        if node.type == "attribute":
            raise Refusal("An attribute holds only literals: replace the value by a placeholder.")
        if node.type == "property_declaration" and "StaticString" in source.text_of(node):
            raise Refusal("A StaticString must be a literal: make it a String, then move the value.")
        if node.type in ("statements", "function_body", "class_body"):
            break
    parent = literal.node.parent
    if parent is not None and parent.type in ("source_file", "statements") and not _is_returned(parent):
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")


def _is_returned(parent: Node) -> bool:
    """Whether a statement is the only one of its block, whose value a function or closure then returns."""
    return parent.type == "statements" and len(parent.named_children) == 1


def _imports(source: Source, literals: Sequence[Literal]) -> Iterable[Change]:
    imports = [node for node in source.root.named_children if node.type == "import_declaration"]
    names = [match[1] for node in imports if (match := _IMPORT.match(source.text_of(node)))]
    if _BRINGS_FOUNDATION.intersection(names):
        return
    for node, name in zip(imports, names, strict=False):
        if name > "Foundation":
            yield source.inserted(source.span_of(node).line, "import Foundation")
            return
    if imports:
        yield source.inserted(source.span_of(imports[-1]).end_line + 1, "import Foundation")
        return
    yield source.inserted(behind_header(source), "import Foundation\n")


_SWIFT = Language(
    kinds=frozenset({"line_string_literal", "multi_line_string_literal", "raw_string_literal"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    imports=_imports,
)
