"""Code actions: what a client is offered for a finding, and the edit of what a person chooses."""

from __future__ import annotations

import asyncio
import copy
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.exceptions import JsonRpcException

from unleak import feedback
from unleak.example import Example, Why, example_of
from unleak.finding import Finding, Span
from unleak.fixes import plan
from unleak.fixes.change import Refusal
from unleak.fixes.home import FileChange
from unleak.fixes.plan import Project
from unleak.fixes.source import Source
from unleak.lsp.background import in_background
from unleak.lsp.documents import Document
from unleak.lsp.handlers import FIX, FIX_APPLIED, HISTORY, MARK, MOVE_ALL_KIND, ROTATE
from unleak.lsp.offers import Do, Done, Place, done, moved, settings_path, worth_moving
from unleak.lsp.workspace_edits import Abilities, Changed, uri_of, workspace_edit
from unleak.lsp.workspace_files import WorkspaceFiles

if TYPE_CHECKING:
    from unleak.lsp.session import Session

_TITLES = {
    Do.REPLACE: "Read {name} from the environment and leave .env alone",
    Do.PLACEHOLDER: "Replace it by a placeholder",
    Do.IGNORE: "Ignore it here, by a comment",
    Do.ALLOW: "Allow this value in the whole project (unleak.toml)",
    Do.SWITCH_OFF: "Switch {rule} off in this file (unleak.toml)",
}
_MARKS = (
    ("open", "Ignore it in the baseline"),
    ("test", "It is a test credential (baseline)"),
    ("false-alarm", "It is a false alarm (baseline)"),
)
_CONTENT_MODIFIED = -32801
_PATIENCE, _PAUSE = 3.0, 0.01  # seconds that a request waits for a document to be read, and between two looks


class Fixing:
    """For the event loop's thread; texts are read beside it."""

    def __init__(self, server: Session) -> None:
        self._server = server
        self._last: tuple[str, int, Source] | None = None  # the tree of the text that was last asked about
        self._examples: dict[str, Example] = {}  # of fixes that were offered, until they are applied

    @property
    def abilities(self) -> Abilities:
        return Abilities.of(self._server.client)

    @property
    def _resolves(self) -> bool:
        support = get_capability(self._server.client, "text_document.code_action.resolve_support")
        return support is not None and "edit" in support.properties

    async def offered(self, document: Document, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """What can be done at a place, the best first."""
        wanted = _Wanted(params.context.only)
        actions: list[lsp.CodeAction] = []
        if not await self._read(document):
            return actions
        if wanted.takes(lsp.CodeActionKind.QuickFix):
            lines = range(params.range.start.line, params.range.end.line + 1)
            for finding in _in_lines(document.findings, lines):
                actions += await self._for(document, finding, _about(params.context.diagnostics, finding))
        several = len(worth_moving(document.findings)) > 1
        if worth_moving(document.findings) and wanted.names(MOVE_ALL_KIND):
            actions.append(await self._move_all(document, MOVE_ALL_KIND))
        elif actions and several:
            actions.append(await self._move_all(document, lsp.CodeActionKind.QuickFix))
        return actions

    async def resolved(self, action: lsp.CodeAction) -> lsp.CodeAction:
        """The action with its edit; JsonRpcException where the text is another one by now."""
        asked = Asked.of(action.data)
        document = self._server.documents.get(asked.uri) if asked else None
        if asked is None or document is None:
            raise JsonRpcException("This action is not known: ask for code actions again.", _CONTENT_MODIFIED)
        finding = await self.found(document, asked.span, asked.rule)
        place = self.place(document, finding)
        try:
            result = await in_background(partial(done, asked.do, place))
        except Refusal as refusal:
            self._server.say(str(refusal))
            return action
        example = ""
        if asked.do is Do.MOVE and (learned := await self._example(document, finding, Why.FIXED)):
            example = finding.fingerprint
            self._examples = {example: learned}
        return self._with_edit(action, document, place, result, example)

    async def found(self, document: Document, span: Span, rule: str) -> Finding:
        """A finding of the document as it is now; JsonRpcException where it is gone."""
        await self._read(document)
        for finding in document.findings:
            if finding.span == span and finding.rule == rule:
                return finding
        raise JsonRpcException("The text has changed: ask for code actions again.", _CONTENT_MODIFIED)

    async def _read(self, document: Document) -> bool:
        """Whether a document has been read; waits where it is read anew, as it is once a fix has changed `.gitignore`.

        Those that the configuration leaves alone are not waited for.
        """
        until = asyncio.get_running_loop().time() + _PATIENCE
        while not (document.is_read or document.is_closed) and asyncio.get_running_loop().time() < until:
            if not document.is_begun:
                policy = await self._server.policies.of(document.file)
                if policy.refusal(document.file, sum(map(len, document.text.lines))):
                    break
            await asyncio.sleep(_PAUSE)
        return document.is_read

    def place(self, document: Document, finding: Finding) -> Place:
        """Everything that a fix of one finding may look at, as it is now."""
        server = self._server
        assert document.scanner is not None  # what has findings was read
        root = server.settings.root_of(document.file) if document.file else None
        file = document.file.as_posix() if document.file else document.path
        if document.notebook:
            file = f"{file}{os.path.splitext(document.path)[1]}"  # a cell is read as a file of its language
        opened = {other.file: str(other.text) for other in server.documents if other.file and not other.notebook}
        files = WorkspaceFiles(opened.get, is_trusted=server.settings.is_trusted)
        scheme = document.uri.partition(":")[0] if document.file is None else "file"
        project = Project(file, root.as_posix() if root else "", files, scheme)
        settings = settings_path(root) if server.settings.is_trusted else ""
        source = self._source(document, project)
        findings = tuple(document.findings)
        return Place(source.text, findings, finding, document.scanner, document.path, project, settings, source)

    def _source(self, document: Document, project: Project) -> Source:
        """The text with its tree, which is kept from one request to the next."""
        uri, age, last = self._last or ("", 0, None)
        if last is None or uri != document.uri or last.path != project.file:
            source = plan.source_of(str(document.text), project)
        elif age == document.age:
            source = copy.copy(last)
        else:
            source = last.become(str(document.text))
        source.beside = project.beside
        self._last = (document.uri, document.age, source)
        return source

    async def learn(self, document: Document, finding: Finding, why: Why) -> None:
        """Keep what a person has said of a finding, where that is wanted."""
        example = await self._example(document, finding, why)
        if example is not None:
            self._server.tell([await in_background(partial(feedback.record, example))])

    async def learned(self, example: str) -> None:
        """A fix was applied of which `resolved` has made an example."""
        if example in self._examples:
            self._server.tell([await in_background(partial(feedback.record, self._examples.pop(example)))])

    async def _example(self, document: Document, finding: Finding, why: Why) -> Example | None:
        from unleak.fixes.recording import case_of

        policy = await self._server.policies.of(document.file)
        scanner, text, path = document.scanner, str(document.text), document.path
        verdict = document.verdicts.get(finding.span)
        if not policy.config.feedback or scanner is None:
            return None

        def made() -> Example | None:
            case = case_of(scanner, text, path, finding, why, verdict)
            return example_of(case, feedback.key()) if case else None

        return await in_background(made)

    async def _for(
        self, document: Document, finding: Finding, diagnostics: list[lsp.Diagnostic]
    ) -> list[lsp.CodeAction]:
        place = self.place(document, finding)
        actions: list[lsp.CodeAction] = []

        def add(title: str, do: Do, *, preferred: bool = False) -> lsp.CodeAction:
            action = lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, diagnostics, is_preferred=preferred or None)
            action.data = Asked(do, document.uri, finding.span, finding.rule).data
            actions.append(action)
            return action

        name = ""
        try:
            move = await in_background(partial(moved, place))
            name = " and ".join(move.values)
            if place.project.folder and place.project.scheme == "file":
                add(f"Move it to the environment variable {name}", Do.MOVE, preferred=True)
            add(_TITLES[Do.REPLACE].format(name=name), Do.REPLACE, preferred=not actions)
        except Refusal as refusal:
            action = add("Move it to an environment variable", Do.MOVE)
            action.disabled = lsp.CodeActionDisabled(str(refusal))
        for do in (Do.PLACEHOLDER, Do.IGNORE, *((Do.ALLOW, Do.SWITCH_OFF) if place.settings else ())):
            add(_TITLES[do].format(rule=finding.rule), do)
        if not self._resolves:
            actions = await self._complete(actions, document, place)
        elif not get_capability(self._server.client, "text_document.code_action.disabled_support"):
            actions = [action for action in actions if action.disabled is None]
        return actions + self._commands(document, finding, diagnostics)

    async def _complete(
        self, actions: Iterable[lsp.CodeAction], document: Document, place: Place
    ) -> list[lsp.CodeAction]:
        """The actions with their edits, for clients that cannot ask for one later; without those that are refused."""
        complete = []
        for action in actions:
            asked = Asked.of(action.data)
            if asked is None or action.disabled:
                continue
            with suppress(Refusal):
                result = await in_background(partial(done, asked.do, place))
                complete.append(self._with_edit(action, document, place, result))
        return complete

    async def _move_all(self, document: Document, kind: str) -> lsp.CodeAction:
        first = worth_moving(document.findings)[0]
        action = lsp.CodeAction("Move all secrets of this file to environment variables", kind)
        action.data = Asked(Do.MOVE_ALL, document.uri, first.span, first.rule).data
        if self._resolves:
            return action
        place = self.place(document, first)
        try:
            return self._with_edit(action, document, place, await in_background(partial(done, Do.MOVE_ALL, place)))
        except Refusal as refusal:
            action.disabled = lsp.CodeActionDisabled(str(refusal))
            return action

    def _commands(
        self, document: Document, finding: Finding, diagnostics: list[lsp.Diagnostic]
    ) -> list[lsp.CodeAction]:
        """What changes no text that is open here."""
        where: dict[str, object] = {"uri": document.uri, "span": list(finding.span), "rule": finding.rule}
        rule = document.scanner.catalog.by_id.get(finding.rule) if document.scanner else None
        chosen: list[tuple[str, str, dict[str, object]]] = []
        if document.file and self._server.settings.is_trusted:
            chosen += [(title, MARK, {**where, "state": state}) for state, title in _MARKS]
        if rule and rule.rotation:
            chosen.append(("Open the page where it is revoked", ROTATE, where))
        chosen.append(("How to replace it, and whether it was committed", HISTORY, where))
        return [
            lsp.CodeAction(
                title, lsp.CodeActionKind.QuickFix, diagnostics, command=lsp.Command(title, command, arguments=[data])
            )
            for title, command, data in chosen
        ]

    def _with_edit(
        self, action: lsp.CodeAction, document: Document, place: Place, result: Done, example: str = ""
    ) -> lsp.CodeAction:
        """The action with its edit, or with a command where the client cannot make the files that it takes."""
        new = [file for file in result.files if not file.exists]
        if new and not self.abilities.creates:
            action.command = lsp.Command(action.title, FIX, arguments=[action.data])
            return action
        action.edit = workspace_edit(
            self.changed(document, place, result), self._server.dialect.encoding, self.abilities
        )
        private = [file.path for file in new if file.is_private]
        if private or result.notes or example:
            told: dict[str, object] = {"private": private, "notes": list(result.notes), "example": example}
            action.command = lsp.Command(action.title, FIX_APPLIED, arguments=[told])
        return action

    def changed(self, document: Document, place: Place, result: Done) -> list[Changed]:
        """The files that a result changes, the document itself first."""
        return [Changed(document.uri, place.text, result.changes, document.version), *self.files(place, result.files)]

    def files(self, place: Place, files: Sequence[FileChange]) -> list[Changed]:
        opened = {other.file: other for other in self._server.documents if other.file and not other.notebook}
        changed = []
        for file in files:
            other = opened.get(Path(file.path))
            text = (place.project.files.look(file.path).text or "") if file.exists else ""
            uri, version = (other.uri, other.version) if other else (uri_of(file.path), None)
            changed.append(Changed(uri, text, file.changes, version, file.exists))
        return changed


class _Wanted:
    """Which kinds of actions a client asks for; without a word all of them."""

    def __init__(self, only: Sequence[str] | None) -> None:
        self._only = [str(getattr(kind, "value", kind)) for kind in only] if only else []

    def takes(self, kind: str) -> bool:
        return not self._only or self.names(str(getattr(kind, "value", kind)))

    def names(self, kind: str) -> bool:
        return any(kind == only or kind.startswith(f"{only}.") for only in self._only)


class Asked:
    """What an action is about, as its data; it never holds a value."""

    def __init__(self, do: Do, uri: str, span: Span, rule: str) -> None:
        self.do, self.uri, self.span, self.rule = do, uri, span, rule

    @property
    def data(self) -> dict[str, object]:
        return {"do": self.do.value, "uri": self.uri, "span": list(self.span), "rule": self.rule}

    @classmethod
    def of(cls, data: object) -> Asked | None:
        """None where it is no data of ours."""
        if not isinstance(data, Mapping):
            return None
        try:
            do, span = Do(data.get("do")), Span(*map(int, data["span"]))
            return cls(do, str(data["uri"]), span, str(data["rule"]))
        except (KeyError, TypeError, ValueError):
            return None


def _in_lines(findings: Sequence[Finding], lines: range) -> list[Finding]:
    return [finding for finding in findings if finding.span.line < lines.stop and finding.span.end_line >= lines.start]


def _about(diagnostics: Sequence[lsp.Diagnostic], finding: Finding) -> list[lsp.Diagnostic]:
    """The client's own diagnostics that a finding is."""
    return [
        diagnostic
        for diagnostic in diagnostics
        if diagnostic.source == "unleak"
        and diagnostic.code == finding.rule
        and diagnostic.range.start.line == finding.span.line
    ]
