"""Changes of files as one workspace edit, in the terms that the client understands."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import attrs
from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.uris import from_fs_path

from unleak.finding import Span
from unleak.fixes.change import Change
from unleak.lsp.experimental import announces
from unleak.lsp.positions import Encoding, range_of
from unleak.text import line_width, split_lines

_ANNOTATION = "unleak"


@attrs.define
class ExtendedTextEdit(lsp.TextEdit):
    """A text edit of the extension, whose text is a snippet."""

    range: lsp.Range
    new_text: str
    insert_text_format: lsp.InsertTextFormat
    annotation_id: str | None = None


class Changed(NamedTuple):
    """One file and how it changes; a new one has no text yet."""

    uri: str
    text: str
    changes: Sequence[Change]
    version: int | None = None  # of an open document
    path: str = ""  # of a file on disk
    exists: bool = True
    is_private: bool = False  # made with mode 0600
    names: tuple[str, ...] = ()  # of variables that it adds to a `.env`


class Snippets(enum.Enum):
    """Whether a text edit can hold places to type over, and how it is written."""

    NO = "no"
    PROTOCOL = "protocol"  # as from LSP 3.18 on
    EXTENSION = "extension"  # `experimental.snippetTextEdit`, which came before


class Abilities(NamedTuple):
    """What a client can do with a workspace edit."""

    versions: bool  # documentChanges
    creates: bool  # makes files
    annotates: bool  # asks the person before it applies what is marked so
    snippets: Snippets = Snippets.NO

    @classmethod
    def of(cls, client: lsp.ClientCapabilities) -> Abilities:
        edit = "workspace.workspace_edit."
        operations = get_capability(client, edit + "resource_operations") or ()
        versions = bool(get_capability(client, edit + "document_changes", False))
        annotates = get_capability(client, edit + "change_annotation_support") is not None
        snippets = Snippets.NO
        if versions and get_capability(client, edit + "snippet_edit_support", False):
            snippets = Snippets.PROTOCOL
        elif versions and announces(client, "snippetTextEdit"):
            snippets = Snippets.EXTENSION
        creates = lsp.ResourceOperationKind.Create in operations
        return cls(versions, versions and creates, versions and annotates, snippets)


def workspace_edit(
    files: Iterable[Changed],
    encoding: Encoding,
    abilities: Abilities,
    *,
    label: str = "",
    asks: bool = False,
    names: Sequence[str] = (),
) -> lsp.WorkspaceEdit:
    """All changes as one edit, under a label where the client can show one.

    With `asks` such a client shows a preview and lets the person choose. The `names`, new variables that stand in no
    other file, are places to type over where the client can. Files that are to be made need one that `creates` them.
    """
    files = [file for file in files if file.changes]
    if not abilities.versions:
        return lsp.WorkspaceEdit(changes={file.uri: _edits(file, encoding) for file in files})
    annotation = _ANNOTATION if label and abilities.annotates else None
    operations: list[lsp.TextDocumentEdit | lsp.CreateFile | lsp.RenameFile | lsp.DeleteFile] = []
    for file in files:
        if not file.exists:
            options = lsp.CreateFileOptions(ignore_if_exists=True)
            operations.append(lsp.CreateFile(file.uri, options=options, annotation_id=annotation))
        document = lsp.OptionalVersionedTextDocumentIdentifier(file.uri, file.version)
        edits = _edits(file, encoding)
        snippets = _snippets([edit.new_text for edit in edits], () if abilities.snippets is Snippets.NO else names)
        how = abilities.snippets
        written = [_written(edit, new, annotation, how) for edit, new in zip(edits, snippets, strict=True)]
        operations.append(lsp.TextDocumentEdit(document, written))
    annotations = None
    if annotation:
        told = "tick what is to change" if asks else None  # an editor that asks ticks nothing by itself
        annotations = {annotation: lsp.ChangeAnnotation(label, needs_confirmation=asks or None, description=told)}
    return lsp.WorkspaceEdit(document_changes=operations, change_annotations=annotations)


def _written(
    edit: lsp.TextEdit, snippet: str, annotation: str | None, how: Snippets
) -> lsp.TextEdit | lsp.AnnotatedTextEdit | lsp.SnippetTextEdit:
    if snippet and how is Snippets.PROTOCOL:
        return lsp.SnippetTextEdit(edit.range, lsp.StringValue(snippet), annotation)
    if snippet:
        return ExtendedTextEdit(edit.range, snippet, lsp.InsertTextFormat.Snippet, annotation)
    return lsp.AnnotatedTextEdit(annotation, edit.range, edit.new_text) if annotation else edit


def _snippets(texts: Sequence[str], names: Sequence[str]) -> list[str]:
    """The texts as snippets whose places of one number are one name, empty for those that hold none.

    All are empty where a line breaks in one: clients indent what follows as they think best.
    """
    none = [""] * len(texts)
    if not names:
        return none
    name = re.compile(rf"(?<![A-Za-z0-9_])(?:{'|'.join(map(re.escape, names))})(?![A-Za-z0-9_])")
    snippets = []
    for text in texts:
        at, parts = 0, []
        for match in name.finditer(text):
            parts += [_literal(text[at : match.start()]), f"${{{names.index(match[0]) + 1}:{match[0]}}}"]
            at = match.end()
        if parts and re.search(r"[\r\n]", text):
            return none
        snippets.append("".join([*parts, _literal(text[at:])]) if parts else "")
    return snippets


def _literal(text: str) -> str:
    return re.sub(r"([\\$}])", r"\\\1", text)


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
