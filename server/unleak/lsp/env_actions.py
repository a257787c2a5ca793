"""What a person is offered in a `.env`, of which a warning says what git has to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

from unleak.fixes.change import Refusal
from unleak.fixes.home import FileChange, ignored
from unleak.lsp.applying import carry_out
from unleak.lsp.documents import Document
from unleak.lsp.env_files import Standing, first_line
from unleak.lsp.handlers import IGNORE_FILE
from unleak.lsp.workspace_edits import workspace_edit

if TYPE_CHECKING:
    from unleak.lsp.session import Session


def ignoring(server: Session, document: Document, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    """The action by which git comes to ignore a file, on the line of the warning; none where nothing is to be done."""
    place, line = params.range, first_line(document.text).line
    if not place.start.line <= line <= place.end.line:
        return []
    change = _change(server, document)
    if change is None or document.file is None:
        return []
    title = f"Add {document.file.name} to .gitignore"
    warnings = [each for each in params.context.diagnostics if each.source == "unleak" and each.code is None]
    action = lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, warnings)
    action.is_preferred = server.env_files.standing(document) is Standing.UNTRACKED or None
    files = server.fixing.files(server.fixing.workspace_files(), [change])
    if change.exists or server.fixing.abilities.creates:
        action.edit = workspace_edit(files, server.dialect.encoding, server.fixing.abilities, label=title)
    else:
        action.command = lsp.Command(title, IGNORE_FILE, arguments=[{"uri": document.uri}])
    return [action]


async def ignore_file(server: Session, data: object) -> dict[str, object]:
    """Have git ignore a `.env` that is open, for clients that cannot make a `.gitignore`."""
    uri = data.get("uri") if isinstance(data, Mapping) else None
    document = server.documents.get(uri) if isinstance(uri, str) else None
    if document is None or not server.env_files.governs(document):
        raise JsonRpcInvalidParams(f"{IGNORE_FILE} needs the URI of a .env that is open.")
    change = _change(server, document)
    if change is None:
        return {"applied": False}
    files = server.fixing.files(server.fixing.workspace_files(), [change])
    is_applied = await carry_out(server, files, f"Add {change.path.rpartition('/')[2]} to .gitignore")
    server.env_files.refresh()
    return {"applied": is_applied}


def _change(server: Session, document: Document) -> FileChange | None:
    root = server.settings.root_of(document.file) if document.file else None
    if document.file is None or root is None:
        return None
    try:
        return ignored(root.as_posix(), document.file.as_posix(), server.fixing.workspace_files())
    except Refusal:
        return None
