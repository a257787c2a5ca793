"""Notebooks: each cell is a document of its own."""

from __future__ import annotations

import json
from pathlib import Path

from editor import ACME, Editor, Start, acme, edit, places, unleak
from lsprotocol import types as lsp

NOTEBOOKS = {"notebookDocument": {"synchronization": {}}}
LINE = f'KEY = "{ACME}"\n'


def cell(number: int, text: str, language: str = "python") -> lsp.TextDocumentItem:
    return lsp.TextDocumentItem(f"vscode-notebook-cell:/nowhere/a.ipynb#{number}", language, 1, text)


def open_notebook(editor: Editor, uri: str, *cells: lsp.TextDocumentItem) -> None:
    notebook = lsp.NotebookDocument(
        uri, "jupyter-notebook", 1, [lsp.NotebookCell(lsp.NotebookCellKind.Code, item.uri) for item in cells]
    )
    editor.notebook_document_did_open(lsp.DidOpenNotebookDocumentParams(notebook, list(cells)))


def change_notebook(editor: Editor, uri: str, cells: lsp.NotebookDocumentCellChanges) -> None:
    document = lsp.VersionedNotebookDocumentIdentifier(version=2, uri=uri)
    change = lsp.NotebookDocumentChangeEvent(cells=cells)
    editor.notebook_document_did_change(lsp.DidChangeNotebookDocumentParams(document, change))


async def test_a_notebook_from_opening_to_closing(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=NOTEBOOKS)
    uri = (workspace / "a.ipynb").as_uri()
    one, two, three = cell(1, LINE), cell(2, "# Title\n", "markdown"), cell(3, "\n" + LINE)
    open_notebook(editor, uri, one, two)
    assert places(await editor.published(one.uri, 1)) == [acme(0, 7)]
    assert places(await editor.published(two.uri, 1)) == []

    hover = await editor.hover(one.uri, 0, 10)
    assert hover is not None

    content = lsp.NotebookDocumentCellContentChanges(
        lsp.VersionedTextDocumentIdentifier(version=2, uri=two.uri), [edit(1, 0, 1, 0, LINE)]
    )
    change_notebook(editor, uri, lsp.NotebookDocumentCellChanges(text_content=[content]))
    assert places(await editor.published(two.uri, 2)) == [acme(1, 7)]

    structure = lsp.NotebookDocumentCellChangeStructure(
        array=lsp.NotebookCellArrayChange(0, 1, [lsp.NotebookCell(lsp.NotebookCellKind.Code, three.uri)]),
        did_open=[three],
        did_close=[lsp.TextDocumentIdentifier(one.uri)],
    )
    change_notebook(editor, uri, lsp.NotebookDocumentCellChanges(structure=structure))
    assert places(await editor.published(one.uri)) == []
    assert places(await editor.published(three.uri, 1)) == [acme(1, 7)]

    closing = lsp.DidCloseNotebookDocumentParams(
        lsp.NotebookDocumentIdentifier(uri), [lsp.TextDocumentIdentifier(two.uri)]
    )
    editor.notebook_document_did_close(closing)
    assert places(await editor.published(two.uri)) == []
    assert places(await editor.published(three.uri)) == []


async def test_cells_go_by_the_configuration_around_their_notebook(start: Start, workspace: Path) -> None:
    (workspace / "unleak.toml").write_text('exclude = ["drafts/"]\n')
    editor = await start(workspace, capabilities=NOTEBOOKS)
    one, two = cell(1, LINE), cell(2, LINE)
    open_notebook(editor, (workspace / "drafts" / "a.ipynb").as_uri(), one)
    open_notebook(editor, (workspace / "a.ipynb").as_uri(), two)
    assert places(await editor.published(one.uri, 1)) == []
    assert places(await editor.published(two.uri, 1)) == [acme(0, 7)]


async def test_what_is_silent_in_the_file_is_silent_in_its_cells(
    start: Start, workspace: Path, environment: dict[str, str], rules: Path
) -> None:
    (workspace / "unleak.toml").write_text(
        f"extra_rules = ['{rules}']\n[[allow]]\npaths = ['/allowed.ipynb']\nstopwords = ['acme']\n"
    )
    source = json.dumps({"cells": [{"cell_type": "code", "source": [LINE]}]}, indent=1)
    (workspace / "known.ipynb").write_text(source)
    await unleak(workspace, environment, "baseline", "create")
    editor = await start(workspace, capabilities=NOTEBOOKS)
    for number, (name, found) in enumerate({"known": [], "allowed": [], "other": [acme(0, 7)]}.items()):
        one = cell(number, LINE)
        open_notebook(editor, (workspace / f"{name}.ipynb").as_uri(), one)
        assert places(await editor.published(one.uri, 1)) == found


async def test_a_change_without_cells_changes_nothing(start: Start, workspace: Path) -> None:
    editor = await start(workspace, capabilities=NOTEBOOKS)
    uri = (workspace / "a.ipynb").as_uri()
    open_notebook(editor, uri, cell(1, LINE))
    document = lsp.VersionedNotebookDocumentIdentifier(version=2, uri=uri)
    change = lsp.NotebookDocumentChangeEvent()
    editor.notebook_document_did_change(lsp.DidChangeNotebookDocumentParams(document, change))
    assert places(await editor.published(cell(1, "").uri, 1)) == [acme(0, 7)]
    assert editor.publications == []
