"""One handler a method: fetch, call one function, wrap the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.exceptions import JsonRpcInvalidParams
from pygls.uris import to_fs_path

from unleak import __version__
from unleak.lsp.hover import explanation, finding_at, without_markup
from unleak.lsp.positions import column_at, range_of

if TYPE_CHECKING:
    from unleak.lsp.session import Session

PROTOCOL = 1
"""Of our own commands and notifications; a client looks for it in `capabilities.experimental` of the answer."""
SCAN_WORKSPACE, SCAN_STAGED = "unleak.scanWorkspace", "unleak.scanStaged"
BASELINE_CREATE, ABOUT = "unleak.baseline.create", "unleak.about"
JUDGE_RUN, JUDGE_RESTART = "unleak.judge.run", "unleak.judge.restart"
FINDER_RUN = "unleak.finder.run"
FIX, FIX_APPLIED = "unleak.fix", "unleak.fix.applied"
FIX_WORKSPACE, FIX_KEYCHAIN = "unleak.fixWorkspace", "unleak.fix.keychain"
CLIENT_COPY = "unleak.client.copy"
"""A command of the client: it copies what stands in a range, then runs the command `then` of ours."""
MARK, HISTORY, ROTATE = "unleak.mark", "unleak.history", "unleak.rotate"
IGNORE_FILE = "unleak.ignoreFile"
MODEL_PULL = "unleak.model.pull"
MOVE_ALL_KIND = "source.unleak.moveAll"
"""Not below `source.fixAll`: what editors do at every save must not move values."""
TRUST = "unleak/trust"
"""Notification of the client, {"trusted": true}: what the person decided about the workspace."""


def initialize(ls: Session, params: lsp.InitializeParams) -> lsp.InitializeResult:
    ls.start(params)
    return lsp.InitializeResult(
        capabilities=_capabilities(ls), server_info=lsp.ServerInfo(name="unleak", version=__version__)
    )


def _capabilities(ls: Session) -> lsp.ServerCapabilities:
    every_cell = lsp.NotebookDocumentFilterWithNotebook(notebook="*")
    return lsp.ServerCapabilities(
        position_encoding=ls.dialect.encoding.kind,
        text_document_sync=lsp.TextDocumentSyncOptions(
            open_close=True, change=lsp.TextDocumentSyncKind.Incremental, save=True
        ),
        notebook_document_sync=(
            lsp.NotebookDocumentSyncOptions([every_cell], save=True) if ls.client.notebook_document else None
        ),
        hover_provider=True,
        code_action_provider=lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix, MOVE_ALL_KIND], resolve_provider=True),
        execute_command_provider=lsp.ExecuteCommandOptions(list(_COMMANDS), work_done_progress=True),
        workspace=lsp.WorkspaceOptions(
            workspace_folders=lsp.WorkspaceFoldersServerCapabilities(supported=True, change_notifications=True)
        ),
        experimental={"unleak": {"protocol": PROTOCOL}},
    )


def initialized(ls: Session, params: lsp.InitializedParams) -> None:
    ls.spawn(ls.configure())
    ls.spawn(ls.watch())


def shutdown(ls: Session, params: None) -> None:
    ls.protocol.shut_down()


def leave(ls: Session, params: None) -> None:
    ls.end()


def set_trace(ls: Session, params: lsp.SetTraceParams) -> None:
    ls.protocol.trace = params.value


def did_open(ls: Session, params: lsp.DidOpenTextDocumentParams) -> None:
    ls.open(params.text_document)


def did_change(ls: Session, params: lsp.DidChangeTextDocumentParams) -> None:
    ls.change(params.text_document, params.content_changes)


def did_save(ls: Session, params: lsp.DidSaveTextDocumentParams) -> None:
    ls.save(params.text_document.uri)
    ls.files_changed(_files([params.text_document.uri]))


def did_close(ls: Session, params: lsp.DidCloseTextDocumentParams) -> None:
    ls.close(params.text_document.uri)


def did_open_notebook(ls: Session, params: lsp.DidOpenNotebookDocumentParams) -> None:
    for cell in params.cell_text_documents:
        ls.open(cell, params.notebook_document.uri)


def did_change_notebook(ls: Session, params: lsp.DidChangeNotebookDocumentParams) -> None:
    cells = params.change.cells or lsp.NotebookDocumentCellChanges()
    if cells.structure is not None:
        for closed in cells.structure.did_close or ():
            ls.close(closed.uri)
        for opened in cells.structure.did_open or ():
            ls.open(opened, params.notebook_document.uri)
    for content in cells.text_content or ():
        ls.change(content.document, content.changes)


def did_save_notebook(ls: Session, params: lsp.DidSaveNotebookDocumentParams) -> None:
    for cell in ls.documents.cells_of(params.notebook_document.uri):
        ls.save(cell.uri)


def did_close_notebook(ls: Session, params: lsp.DidCloseNotebookDocumentParams) -> None:
    for cell in ls.documents.cells_of(params.notebook_document.uri):
        ls.close(cell.uri)


def did_change_watched_files(ls: Session, params: lsp.DidChangeWatchedFilesParams) -> None:
    ls.files_changed(_files([change.uri for change in params.changes]))


def did_change_configuration(ls: Session, params: lsp.DidChangeConfigurationParams) -> None:
    ls.spawn(ls.take_settings(params.settings))


def did_change_folders(ls: Session, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
    ls.settings.remove_roots(params.event.removed)
    ls.settings.add_roots(params.event.added)
    ls.spawn(ls.take_settings())


def trust(ls: Session, params: Any) -> None:
    ls.settings.is_trusted = getattr(params, "trusted", None) is True
    ls.spawn(ls.take_settings())


def hover(ls: Session, params: lsp.HoverParams) -> lsp.Hover | None:
    document = ls.documents.get(params.text_document.uri)
    if document is None or document.scanner is None:
        return None
    lines, encoding = document.text.lines, ls.dialect.encoding
    column = column_at(lines, params.position, encoding)
    finding = finding_at(document.findings, params.position.line, column)
    if finding is None:
        return None
    rule = document.scanner.catalog.by_id.get(finding.rule)
    text = explanation(finding, document.text.cut(finding.span), rule, document.verdicts.get(finding.span))
    formats = get_capability(ls.client, "text_document.hover.content_format") or ()
    return lsp.Hover(_content(text, formats), range_of(lines, finding.span, encoding))


def _content(markdown: str, formats: Sequence[lsp.MarkupKind]) -> lsp.MarkupContent:
    if lsp.MarkupKind.Markdown in formats:
        return lsp.MarkupContent(lsp.MarkupKind.Markdown, markdown)
    return lsp.MarkupContent(lsp.MarkupKind.PlainText, without_markup(markdown))


async def code_action(ls: Session, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    document = ls.documents.get(params.text_document.uri)
    if document is None:
        return []
    return await ls.fixing.offered(document, params)


async def resolve_code_action(ls: Session, params: lsp.CodeAction) -> lsp.CodeAction:
    return await ls.fixing.resolved(params)


async def execute_command(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
    if params.command not in _COMMANDS:
        raise JsonRpcInvalidParams(f"There is no command {params.command!r}.")
    return await _COMMANDS[params.command](ls, params)


async def scan_workspace(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
    from unleak.lsp.workspace_scan import scan_workspace

    return await scan_workspace(ls, params.work_done_token)


async def scan_staged(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
    from unleak.lsp.staged_scan import scan_what_is_staged

    return await scan_what_is_staged(ls, params.work_done_token, _argument(params))


async def create_baseline(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
    from unleak.lsp.baseline_creation import create_baseline

    return await create_baseline(ls, params.work_done_token, _argument(params))


async def about(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
    from unleak.lsp.about import about

    return await about(ls)


async def fix_workspace(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
    from unleak.lsp.workspace_fix import fix_workspace

    return await fix_workspace(ls, params.work_done_token, _argument(params))


async def run_judge(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
    uri = _argument(params)
    document = ls.documents.get(uri) if isinstance(uri, str) else None
    if document is None:
        raise JsonRpcInvalidParams(f"{JUDGE_RUN} needs the URI of an open document.")
    return await ls.judging.run(document, params.work_done_token)


async def restart_judge(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
    ls.judging.restart()
    return {}


async def run_finder(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
    said = _argument(params)
    uri = said.get("uri") if isinstance(said, Mapping) else said
    document = ls.documents.get(uri) if isinstance(uri, str) else None
    if document is None:
        raise JsonRpcInvalidParams(f"{FINDER_RUN} needs the URI of an open document.")
    from unleak.lsp.finder import run_finder

    return await run_finder(ls, document, params.work_done_token)


async def pull_model(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
    from unleak.lsp.pulling import pull_model

    return await pull_model(ls, params.work_done_token, _argument(params))


def _argument(params: lsp.ExecuteCommandParams) -> object:
    """The first argument, with objects as mappings; None without any."""
    return (params.arguments or [None])[0]


def _fix_command(
    name: str, module: str = "fix_commands"
) -> Callable[[Session, lsp.ExecuteCommandParams], Awaitable[dict[str, object]]]:
    """A command of a module that is imported when somebody fixes something."""

    async def run(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
        command = getattr(import_module(f"unleak.lsp.{module}"), name)
        answer: dict[str, object] = await command(ls, _argument(params))
        return answer

    return run


def _model_command(name: str) -> Callable[[Session, lsp.ExecuteCommandParams], Awaitable[dict[str, object]]]:
    """A command of models.py, which is imported when somebody chooses a model."""

    async def run(ls: Session, params: lsp.ExecuteCommandParams) -> dict[str, object]:
        command = getattr(import_module("unleak.lsp.models"), f"{name}_model")
        answer: dict[str, object] = await command(ls, _argument(params))
        return answer

    return run


_COMMANDS = {
    SCAN_WORKSPACE: scan_workspace,
    SCAN_STAGED: scan_staged,
    BASELINE_CREATE: create_baseline,
    ABOUT: about,
    JUDGE_RUN: run_judge,
    JUDGE_RESTART: restart_judge,
    FINDER_RUN: run_finder,
    FIX: _fix_command("apply"),
    FIX_APPLIED: _fix_command("after"),
    FIX_WORKSPACE: fix_workspace,
    FIX_KEYCHAIN: _fix_command("keep_in_keychain"),
    MARK: _fix_command("mark"),
    HISTORY: _fix_command("history"),
    ROTATE: _fix_command("rotate"),
    IGNORE_FILE: _fix_command("ignore_file", "env_actions"),
    MODEL_PULL: pull_model,
    **{f"unleak.model.{name}": _model_command(name) for name in ("list", "use", "import", "verify", "remove")},
}


def cancel_progress(ls: Session, params: lsp.WorkDoneProgressCancelParams) -> None:
    if (stop := ls.stops.get(params.token)) is not None:
        stop.set()


def _files(uris: Iterable[str]) -> list[Path]:
    return [Path(path) for path in map(to_fs_path, uris) if path is not None]


HANDLERS: dict[str, Callable[..., Any]] = {
    lsp.INITIALIZE: initialize,
    lsp.INITIALIZED: initialized,
    lsp.SHUTDOWN: shutdown,
    lsp.EXIT: leave,
    lsp.SET_TRACE: set_trace,
    lsp.TEXT_DOCUMENT_DID_OPEN: did_open,
    lsp.TEXT_DOCUMENT_DID_CHANGE: did_change,
    lsp.TEXT_DOCUMENT_DID_SAVE: did_save,
    lsp.TEXT_DOCUMENT_DID_CLOSE: did_close,
    lsp.NOTEBOOK_DOCUMENT_DID_OPEN: did_open_notebook,
    lsp.NOTEBOOK_DOCUMENT_DID_CHANGE: did_change_notebook,
    lsp.NOTEBOOK_DOCUMENT_DID_SAVE: did_save_notebook,
    lsp.NOTEBOOK_DOCUMENT_DID_CLOSE: did_close_notebook,
    lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES: did_change_watched_files,
    lsp.WORKSPACE_DID_CHANGE_CONFIGURATION: did_change_configuration,
    lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: did_change_folders,
    lsp.TEXT_DOCUMENT_HOVER: hover,
    lsp.TEXT_DOCUMENT_CODE_ACTION: code_action,
    lsp.CODE_ACTION_RESOLVE: resolve_code_action,
    lsp.WORKSPACE_EXECUTE_COMMAND: execute_command,
    lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL: cancel_progress,
    TRUST: trust,
}
