"""A client for tests: drives a real `unleak serve` and keeps what it says."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, Union

from cattrs import Converter
from lsprotocol import types as lsp
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES

T = TypeVar("T")
Change = lsp.TextDocumentContentChangePartial | lsp.TextDocumentContentChangeWholeDocument

UNLEAK = [sys.executable, "-c", "import sys; from unleak.cli import main; sys.exit(main())"]
SERVE = [*UNLEAK, "serve"]
SECONDS = 120.0  # until a test gives up; only compiling all rules for the first time takes long

ACME = "acme_" + "q8zk3w7n5x2c9v4m6t1b"
OTHER = "acme_" + "h2r9y5d3p7s1f8j4g6k0"
RULES = r"""
provider = "acme"
title = "Acme"
documentation = "https://acme.example/docs/keys"
rotation = "https://acme.example/settings/keys"

[[rules]]
id = "acme-key"
description = "Acme *deploy* key"
kind = "api-token"
severity = "error"
distinctive = true
regex = '\bacme_[a-z0-9]{20}\b'
keywords = ["acme_"]
examples = ['acme_{+}q8zk3w7n5x2c9v4m6t1b']
non_examples = ['acme_short']
"""


class Editor(LanguageClient):
    """One client with its server."""

    def __init__(self) -> None:
        super().__init__(converter_factory=_converter)
        self.publications: list[lsp.PublishDiagnosticsParams] = []
        self.registrations: list[lsp.Registration] = []
        self.statuses: list[Any] = []  # of the judge
        self.answer: lsp.InitializeResult | None = None
        self._heard = asyncio.Event()
        for method, feature in {**DEFAULT_CLIENT_FEATURES, **_FEATURES}.items():
            self.feature(method)(feature)

    def hear(self) -> None:
        self._heard.set()

    async def until(self, condition: Callable[[], T]) -> T:
        """What `condition` returns once it is truthy; it is asked again after each message."""
        give_up = time.monotonic() + SECONDS
        while not (outcome := condition()):
            self._heard.clear()
            await asyncio.wait_for(self._heard.wait(), max(0.0, give_up - time.monotonic()))
        return outcome

    async def published(self, uri: str, version: int | None = None) -> Sequence[lsp.Diagnostic]:
        """The next diagnostics for `uri`, of `version` where one is given; those before are dropped."""

        def found() -> list[lsp.PublishDiagnosticsParams]:
            return [p for p in self.publications if p.uri == uri and version in (None, p.version)]

        first = (await self.until(found))[0]
        passed = self.publications[: self.publications.index(first) + 1]
        self.publications = [p for p in self.publications if p.uri != uri or p not in passed]
        return first.diagnostics

    def open(self, uri: str, text: str, version: int = 1, language: str = "python") -> None:
        item = lsp.TextDocumentItem(uri, language, version, text)
        self.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def change(self, uri: str, version: int, *changes: Change) -> None:
        document = lsp.VersionedTextDocumentIdentifier(version=version, uri=uri)
        self.text_document_did_change(lsp.DidChangeTextDocumentParams(document, list(changes)))

    def save(self, uri: str) -> None:
        document = lsp.TextDocumentIdentifier(uri)
        self.text_document_did_save(lsp.DidSaveTextDocumentParams(document))

    def close(self, uri: str) -> None:
        document = lsp.TextDocumentIdentifier(uri)
        self.text_document_did_close(lsp.DidCloseTextDocumentParams(document))

    async def hover(self, uri: str, line: int, character: int) -> lsp.Hover | None:
        place = lsp.Position(line, character)
        return await self.text_document_hover_async(lsp.HoverParams(lsp.TextDocumentIdentifier(uri), place))

    async def run(self, command: str, *arguments: object, token: lsp.ProgressToken | None = None) -> Any:
        params = lsp.ExecuteCommandParams(command, list(arguments) or None, work_done_token=token)
        answer = await self.workspace_execute_command_async(params)
        return answer._asdict() if hasattr(answer, "_asdict") else answer


Start = Callable[..., Awaitable[Editor]]


def edit(line: int, column: int, end_line: int, end_column: int, text: str) -> Change:
    place = lsp.Range(lsp.Position(line, column), lsp.Position(end_line, end_column))
    return lsp.TextDocumentContentChangePartial(place, text)


def places(diagnostics: Sequence[lsp.Diagnostic]) -> list[tuple[str, int, int, int, int]]:
    """Rule and range of each diagnostic."""
    return [
        (str(d.code), d.range.start.line, d.range.start.character, d.range.end.line, d.range.end.character)
        for d in diagnostics
    ]


def acme(line: int, column: int, length: int = len(ACME)) -> tuple[str, int, int, int, int]:
    """An Acme key as `places` names it."""
    return ("acme-key", line, column, line, column + length)


async def unleak(folder: Path, environment: dict[str, str], *arguments: str) -> None:
    """Run a command that succeeds, in `folder`."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*UNLEAK, *arguments, cwd=folder, env=environment, stdout=quiet)
    assert await asyncio.wait_for(process.wait(), SECONDS) == 0


def uri_of(path: Path) -> str:
    return path.as_uri()


def _converter() -> Converter:
    """lsprotocol's, which takes each code action with a command for nothing but the command."""
    converter = default_converter()

    def read(data: Any, _: type) -> lsp.Command | lsp.CodeAction:
        kind = lsp.Command if isinstance(data.get("command"), str) else lsp.CodeAction
        return converter.structure(data, kind)

    converter.register_structure_hook(Union[lsp.Command, lsp.CodeAction], read)  # noqa: UP007 - the hook's own type
    return converter


def _keep_publication(editor: Editor, params: lsp.PublishDiagnosticsParams) -> None:
    editor.diagnostics[params.uri] = params.diagnostics
    editor.publications.append(params)
    editor.hear()


def _keep_registrations(editor: Editor, params: lsp.RegistrationParams) -> None:
    editor.registrations.extend(params.registrations)
    editor.hear()


def _keep_message(editor: Editor, params: lsp.ShowMessageParams) -> None:
    editor.messages.append(params)
    editor.hear()


def _keep_log_message(editor: Editor, params: lsp.LogMessageParams) -> None:
    editor.log_messages.append(params)
    editor.hear()


def _keep_progress(editor: Editor, params: lsp.ProgressParams) -> None:
    editor.progress_reports.setdefault(params.token, []).append(params.value)
    editor.hear()


def _keep_status(editor: Editor, params: Any) -> None:
    editor.statuses.append(params)
    editor.hear()


_FEATURES: dict[str, Callable[..., None]] = {
    lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: _keep_publication,
    lsp.CLIENT_REGISTER_CAPABILITY: _keep_registrations,
    lsp.WINDOW_SHOW_MESSAGE: _keep_message,
    lsp.WINDOW_LOG_MESSAGE: _keep_log_message,
    lsp.PROGRESS: _keep_progress,
    "unleak/judgeStatus": _keep_status,
}
