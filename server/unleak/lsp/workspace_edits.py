"""Changes of files as one workspace edit, in the terms that the client understands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.uris import from_fs_path

from unleak.finding import Span
from unleak.fixes.change import Change
from unleak.lsp.positions import Encoding, range_of
from unleak.text import line_width, split_lines

_ANNOTATION = "unleak"


class Changed(NamedTuple):
    """One file and how it changes; a new one has no text yet."""

    uri: str
    text: str
    changes: Sequence[Change]
    version: int | None = None  # of an open document
    exists: bool = True


class Abilities(NamedTuple):
    """What a client can do with a workspace edit."""

    versions: bool  # documentChanges
    creates: bool  # makes files
    annotates: bool  # asks the person before it applies what is marked so

    @classmethod
    def of(cls, client: lsp.ClientCapabilities) -> Abilities:
        edit = "workspace.workspace_edit."
        operations = get_capability(client, edit + "resource_operations") or ()
        versions = bool(get_capability(client, edit + "document_changes", False))
        annotates = get_capability(client, edit + "change_annotation_support") is not None
        return cls(versions, versions and lsp.ResourceOperationKind.Create in operations, versions and annotates)


def workspace_edit(
    files: Iterable[Changed], encoding: Encoding, abilities: Abilities, *, asks: str = ""
) -> lsp.WorkspaceEdit:
    """All changes as one edit. With `asks`, a title, a client that can shows a preview and lets the person choose.

    Files that are to be made need a client that `creates` them.
    """
    files = [file for file in files if file.changes]
    if not abilities.versions:
        return lsp.WorkspaceEdit(changes={file.uri: _edits(file, encoding) for file in files})
    annotation = _ANNOTATION if asks and abilities.annotates else None
    operations: list[lsp.TextDocumentEdit | lsp.CreateFile | lsp.RenameFile | lsp.DeleteFile] = []
    for file in files:
        if not file.exists:
            options = lsp.CreateFileOptions(ignore_if_exists=True)
            operations.append(lsp.CreateFile(file.uri, options=options, annotation_id=annotation))
        document = lsp.OptionalVersionedTextDocumentIdentifier(file.uri, file.version)
        edits: list[lsp.TextEdit | lsp.AnnotatedTextEdit | lsp.SnippetTextEdit] = []
        for edit in _edits(file, encoding):
            edits.append(lsp.AnnotatedTextEdit(annotation, edit.range, edit.new_text) if annotation else edit)
        operations.append(lsp.TextDocumentEdit(document, edits))
    annotations = {annotation: lsp.ChangeAnnotation(asks, needs_confirmation=True)} if annotation else None
    return lsp.WorkspaceEdit(document_changes=operations, change_annotations=annotations)


def uri_of(path: str) -> str:
    """The URI of a file."""
    return from_fs_path(str(Path(path))) or ""


def _edits(file: Changed, encoding: Encoding) -> list[lsp.TextEdit]:
    lines = split_lines(file.text)
    changes = [_before_last_break(change, lines) for change in file.changes]
    return [lsp.TextEdit(range_of(lines, change.span, encoding), change.new) for change in changes]


def _before_last_break(change: Change, lines: Sequence[str]) -> Change:
    """The same lines at the end of a text, put in before its last line break instead of behind it.

    Editors whose texts have no empty last line (Vim) would add one of their own.
    """
    span, new = change
    last = len(lines) - 1
    if span != (last, 0, last, 0) or lines[last] or not last:
        return change
    width = line_width(lines[last - 1])
    line_break = lines[last - 1][width:]
    if not new.endswith(line_break):
        return change
    return Change(Span(last - 1, width, last - 1, width), line_break + new.removesuffix(line_break))
