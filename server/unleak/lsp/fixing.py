"""Code actions: what a client is offered for a finding, and the edit of what a person chooses."""

from __future__ import annotations

import asyncio
import copy
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.exceptions import JsonRpcException

from unleak import feedback
from unleak.example import Example, Why, example_of
from unleak.finding import Finding, Span, Verdict
from unleak.fixes import plan
from unleak.fixes.change import Move, Refusal
from unleak.fixes.dotenv import variables
from unleak.fixes.home import FileChange, Files, project_folder
from unleak.fixes.plan import Project
from unleak.fixes.source import Source
from unleak.keychain import is_usable
from unleak.lsp.added_names import AddedNames
from unleak.lsp.asking import Asked, Wanted, about, in_lines
from unleak.lsp.background import in_background
from unleak.lsp.documents import Document
from unleak.lsp.experimental import announces
from unleak.lsp.handlers import CLIENT_COPY, FIX, FIX_APPLIED, FIX_KEYCHAIN, HISTORY, MARK, MOVE_ALL_KIND, ROTATE
from unleak.lsp.offers import Do, Done, Place, done, keys_of, moved, settings_path, worth_moving
from unleak.lsp.positions import range_of
from unleak.lsp.workspace_edits import Abilities, Changed, uri_of, workspace_edit
from unleak.lsp.workspace_files import WorkspaceFiles

if TYPE_CHECKING:
    from unleak.lsp.session import Session
    from unleak.scanner import Scanner

_TITLES = {
    Do.REPLACE: "Read {name} from the environment and leave .env alone",
    Do.PLACEHOLDER: "Replace it by a placeholder",
    Do.IGNORE: "Ignore it here, by a comment",
    Do.ALLOW: "Allow this value in the whole project (unleak.toml)",
    Do.SWITCH_OFF: "Switch {rule} off in this file (unleak.toml)",
}
_WIDE = (Do.ALLOW, Do.SWITCH_OFF)
"""What silences more than one finding."""
_MARKS = (
    ("open", "Ignore it in the baseline"),
    ("test", "It is a test credential (baseline)"),
    ("false-alarm", "It is a false alarm (baseline)"),
)
_CONTENT_MODIFIED = -32801
CHANGED = "The text has changed: ask for code actions again."
_PATIENCE, _PAUSE = 3.0, 0.01  # seconds that a request waits for a document to be read, and between two looks


class Moment(NamedTuple):
    """A finding in the text of a document as it is now, whatever becomes of that while somebody waits."""

    finding: Finding
    findings: tuple[Finding, ...]  # all of the text
    text: str
    path: str
    scanner: Scanner | None
    verdict: Verdict | None

    @classmethod
    def of(cls, document: Document, finding: Finding) -> Moment:
        verdict = document.verdicts.get(finding.span)
        found = tuple(document.findings)
        return cls(finding, found, str(document.text), document.path, document.scanner, verdict)


class Fixing:
    """For the event loop's thread; texts are read beside it."""

    def __init__(self, server: Session) -> None:
        self.added = AddedNames(server)
        self._server = server
        self._last: tuple[str, int, Source] | None = None  # the tree of the text that was last asked about
        self._keychain: asyncio.Future[bool] | None = None
        self._examples: dict[str, Example] = {}  # of fixes that were offered, until they are applied

    @property
    def abilities(self) -> Abilities:
        return Abilities.of(self._server.client)

    @property
    def _resolves(self) -> bool:
        support = get_capability(self._server.client, "text_document.code_action.resolve_support")
        return support is not None and "edit" in support.properties

    async def offered(self, document: Document, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """What can be done at a place, the best first; nothing where the text has changed meanwhile.

        Where only the configuration has, the document is read anew, and the answer waits for that.
        """
        version = document.version
        while (actions := await self._offered(document, params)) is None:
            if document.version != version or document.is_closed:
                return []
        return actions

    async def _offered(self, document: Document, params: lsp.CodeActionParams) -> list[lsp.CodeAction] | None:
        """What can be done at a place; None where the document became another one meanwhile."""
        wanted = Wanted(params.context.only)
        actions: list[lsp.CodeAction] = []
        if not await self.read(document):
            return actions
        if self._server.env_files.replaces_findings(document):
            return self._in_env(document, params) if wanted.takes(lsp.CodeActionKind.QuickFix) else []
        age = document.age
        if wanted.takes(lsp.CodeActionKind.QuickFix):
            lines = range(params.range.start.line, params.range.end.line + 1)
            for finding in in_lines(document.findings, lines):
                if document.age != age:
                    return None
                actions += await self._for(document, finding, about(params.context.diagnostics, finding))
        if document.age != age:
            return None
        movable = worth_moving(document.findings)
        if movable and wanted.names(MOVE_ALL_KIND):
            actions.append(await self._move_all(document, MOVE_ALL_KIND))
        elif actions and len(movable) > 1:
            actions.insert(1, await self._move_all(document, lsp.CodeActionKind.QuickFix))
        return actions

    def _in_env(self, document: Document, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """In a `.env` that git knows of: how git comes to ignore it, and how what it holds is replaced."""
        from unleak.lsp.env_actions import ignoring

        if not self._server.env_files.warns(document):
            return []
        lines = range(params.range.start.line, params.range.end.line + 1)
        actions = ignoring(self._server, document, params)
        for finding in in_lines(document.findings, lines):
            actions += self._about_replacing(document, finding, [])
        return actions

    async def resolved(self, action: lsp.CodeAction) -> lsp.CodeAction:
        """The action with its edit; JsonRpcException where the text is another one by now."""
        asked = Asked.of(action.data)
        document = self._server.documents.get(asked.uri) if asked else None
        if asked is None or document is None:
            raise JsonRpcException("This action is not known: ask for code actions again.", _CONTENT_MODIFIED)
        finding = await self.found(document, asked.span, asked.rule)
        place = self.place(document, finding, asked.do)
        moment, age = Moment.of(document, finding), document.age
        try:
            result = await in_background(partial(done, asked.do, place))
        except Refusal as refusal:
            self._server.say(str(refusal))
            return action
        example = ""
        if asked.do is Do.MOVE and (learned := await self._example(document, moment, Why.FIXED)):
            example = finding.fingerprint
            self._examples = {example: learned}
        if document.age != age:
            raise JsonRpcException(CHANGED, _CONTENT_MODIFIED)
        return self._with_edit(action, document, place, result, asked.do, example)

    async def found(self, document: Document, span: Span, rule: str) -> Finding:
        """A finding of the document as it is now; JsonRpcException where it is gone."""
        await self.read(document)
        for finding in document.findings:
            if finding.span == span and finding.rule == rule:
                return finding
        raise JsonRpcException(CHANGED, _CONTENT_MODIFIED)

    async def read(self, document: Document) -> bool:
        """Whether a document has been read; waits where it is read anew, as it is once a fix has changed `.gitignore`.

        Those that the configuration leaves alone are not waited for.
        """
        until = asyncio.get_running_loop().time() + _PATIENCE
        while not (document.is_read or document.is_closed) and asyncio.get_running_loop().time() < until:
            if not document.is_begun:
                policy = await self._server.policies.of(document.file, document.language)
                if policy.refusal(document.file, sum(map(len, document.text.lines))):
                    break
            await asyncio.sleep(_PAUSE)
        return document.is_read

    def place(self, document: Document, finding: Finding, do: Do = Do.MOVE) -> Place:
        """Everything that a fix of one finding, or of all, may look at, as it is now."""
        server = self._server
        assert document.scanner is not None  # what has findings was read
        root = server.settings.root_of(document.file) if document.file else None
        file = document.file.as_posix() if document.file else document.path
        if document.notebook:
            file = f"{file}{os.path.splitext(document.path)[1]}"  # a cell is read as a file of its language
        scheme = document.uri.partition(":")[0] if document.file is None else "file"
        project = Project(file, root.as_posix() if root else "", self.workspace_files(), scheme)
        settings = settings_path(root) if server.settings.is_trusted else ""
        source = self._source(document, project)
        findings = tuple(document.findings)
        moving = worth_moving(findings) if do is Do.MOVE_ALL else [finding]
        keys = keys_of(document.scanner, source.lines, document.path, moving)
        rules = document.scanner.catalog.by_id
        return Place(
            source.text, findings, finding, rules, document.path, project, settings, source, keys, document.version
        )

    def workspace_files(self) -> WorkspaceFiles:
        """The files of the workspace as they are now."""
        server = self._server
        opened = {other.file: str(other.text) for other in server.documents if other.file and not other.notebook}
        return WorkspaceFiles(opened.get, is_trusted=server.settings.is_trusted)

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

    async def learn(self, document: Document, moment: Moment, why: Why) -> None:
        """Keep what a person has said of a finding, where that is wanted."""
        example = await self._example(document, moment, why)
        if example is not None:
            await self._keep(example)

    async def learned(self, example: str) -> None:
        """A fix was applied of which `resolved` has made an example."""
        if example in self._examples:
            await self._keep(self._examples.pop(example))

    async def _keep(self, example: Example) -> None:
        if problem := await in_background(partial(feedback.record, example)):
            self._server.tell([problem])

    async def _example(self, document: Document, moment: Moment, why: Why) -> Example | None:
        from unleak.fixes.recording import case_of

        policy = await self._server.policies.of(document.file, document.language)
        scanner = moment.scanner
        if not policy.config.feedback or scanner is None:
            return None

        def made() -> Example | None:
            case = case_of(scanner, moment.text, moment.path, moment.finding, why, moment.verdict)
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

        variants: list[lsp.CodeAction] = []
        try:
            move = await in_background(partial(moved, place))
            name = " and ".join(move.values)
            if place.project.folder and place.project.scheme == "file":
                add(f"Move it to the environment variable {name}", Do.MOVE, preferred=True)
            variants = await self._variants(document, place, move, diagnostics)
            add(_TITLES[Do.REPLACE].format(name=name), Do.REPLACE, preferred=not actions)
        except Refusal as refusal:
            action = add("Move it to an environment variable", Do.MOVE)
            action.disabled = lsp.CodeActionDisabled(str(refusal))
        for do in (Do.PLACEHOLDER, Do.IGNORE, *(_WIDE if place.settings else ())):
            add(_TITLES[do].format(rule=finding.rule), do)
        if not self._resolves:
            actions = await self._complete(actions, document, place)
        elif not get_capability(self._server.client, "text_document.code_action.disabled_support"):
            actions = [action for action in actions if action.disabled is None]
        done_by = [Asked.of(action.data) for action in actions]
        moves = sum(asked is not None and asked.do is Do.MOVE for asked in done_by)
        wide = len(actions) - sum(asked is not None and asked.do in _WIDE for asked in done_by)
        marks = self._marks(document, finding, diagnostics)
        replacing = self._about_replacing(document, finding, diagnostics)
        return [*actions[:moves], *variants, *actions[moves:wide], *marks, *actions[wide:], *replacing]

    async def _variants(
        self, document: Document, place: Place, move: Move, diagnostics: list[lsp.Diagnostic]
    ) -> list[lsp.CodeAction]:
        """Other homes for the value, by commands, for what has to be done before the edit."""
        client, finding, name = self._server.client, place.finding, " and ".join(move.values)
        data = Asked(Do.REPLACE, document.uri, finding.span, finding.rule).data
        chosen: list[tuple[str, str, dict[str, object]]] = []
        if not get_capability(client, "workspace.apply_edit", False):
            return []
        if announces(client, "copy") and list(move.values.values()) == [place.source.cut(finding.span)]:
            where = range_of(place.source.lines, finding.span, self._server.dialect.encoding)
            then = lsp.Command("Then", FIX, arguments=[data])
            copied: dict[str, object] = {"uri": document.uri, "version": place.version, "range": where, "then": then}
            chosen.append((f"Read {name} from the environment and copy the value", CLIENT_COPY, copied))
        if place.project.folder and place.project.scheme == "file" and await self._has_keychain():
            chosen.append((f"Move it to the keychain as {name}", FIX_KEYCHAIN, data))
        return [_by_command(*each, diagnostics) for each in chosen]

    async def _has_keychain(self) -> bool:
        """Whether there is one; a keychain that takes its time is on offer later."""
        if self._keychain is None:
            self._keychain = asyncio.ensure_future(in_background(is_usable))
        done, _ = await asyncio.wait([self._keychain], timeout=_PATIENCE)
        return bool(done) and self._keychain.result()

    def keychain_folder(self, place: Place) -> Path:
        """The folder by whose name the keychain knows the project; Refusal where there is none."""
        project = place.project
        return Path(project_folder(project.folder, project.file, project.files, project.scheme))

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
                complete.append(self._with_edit(action, document, place, result, asked.do))
        return complete

    async def _move_all(self, document: Document, kind: str) -> lsp.CodeAction:
        first = worth_moving(document.findings)[0]
        action = lsp.CodeAction("Move all secrets of this file to environment variables", kind)
        action.data = Asked(Do.MOVE_ALL, document.uri, first.span, first.rule).data
        if self._resolves:
            return action
        place = self.place(document, first, Do.MOVE_ALL)
        try:
            result = await in_background(partial(done, Do.MOVE_ALL, place))
            return self._with_edit(action, document, place, result, Do.MOVE_ALL)
        except Refusal as refusal:
            action.disabled = lsp.CodeActionDisabled(str(refusal))
            return action

    def _marks(self, document: Document, finding: Finding, diagnostics: list[lsp.Diagnostic]) -> list[lsp.CodeAction]:
        """What a person can say of a finding in the baseline."""
        where: dict[str, object] = {"uri": document.uri, "span": list(finding.span), "rule": finding.rule}
        chosen: list[tuple[str, str, dict[str, object]]] = []
        if document.file and self._server.settings.is_trusted:
            chosen += [(title, MARK, {**where, "state": state}) for state, title in _MARKS]
        return [_by_command(*each, diagnostics) for each in chosen]

    def _about_replacing(
        self, document: Document, finding: Finding, diagnostics: list[lsp.Diagnostic]
    ) -> list[lsp.CodeAction]:
        """What changes no file at all."""
        where: dict[str, object] = {"uri": document.uri, "span": list(finding.span), "rule": finding.rule}
        rule = document.scanner.catalog.by_id.get(finding.rule) if document.scanner else None
        chosen: list[tuple[str, str, dict[str, object]]] = []
        if rule and rule.rotation:
            chosen.append(("Open the page where it is revoked", ROTATE, where))
        chosen.append(("How to replace it, and whether it was committed", HISTORY, where))
        return [_by_command(*each, diagnostics) for each in chosen]

    def _with_edit(
        self, action: lsp.CodeAction, document: Document, place: Place, result: Done, do: Do, example: str = ""
    ) -> lsp.CodeAction:
        """The action with its edit, or with a command where the client cannot make the files that it takes."""
        files = self.changed(document, place, result)
        if not self.abilities.creates and not all(file.exists for file in files):
            action.command = lsp.Command(action.title, FIX, arguments=[action.data])
            return action
        action.edit = workspace_edit(
            files,
            self._server.dialect.encoding,
            self.abilities,
            label=action.title,
            asks=do is Do.MOVE_ALL,
            names=result.names if do is Do.REPLACE else (),
        )
        private = [file.path for file in files if file.is_private]
        added = {file.path: list(file.names) for file in files if file.names}
        if private or added or result.notes or example:
            told: dict[str, object] = {
                "private": private,
                "added": added,
                "notes": list(result.notes),
                "example": example,
            }
            action.command = lsp.Command(action.title, FIX_APPLIED, arguments=[told])
        return action

    def changed(self, document: Document, place: Place, result: Done) -> list[Changed]:
        """The files that a result changes, the document itself first."""
        own = Changed(document.uri, place.text, result.changes, place.version)
        return [own, *self.files(place.project.files, result.files)]

    def files(self, there: Files, files: Iterable[FileChange]) -> list[Changed]:
        """Changes of files as they are `there`; private ones are on offer from now on."""
        server = self._server
        opened = {other.file: other for other in server.documents if other.file and not other.notebook}
        changed = []
        for file in files:
            path = Path(file.path)
            other = opened.get(path)
            text = (there.look(file.path).text or "") if file.exists else ""
            uri, version = (other.uri, other.version) if other else (uri_of(file.path), None)
            is_private = file.is_private and not file.exists
            if is_private and (root := server.settings.root_of(path)):
                server.private.offer(path, root)
            names = _names_in(file) if file.is_private else ()
            changed.append(Changed(uri, text, file.changes, version, file.path, file.exists, is_private, names))
        return changed


def _names_in(file: FileChange) -> tuple[str, ...]:
    """The variables that a change of a `.env` adds."""
    return tuple(dict.fromkeys(variable.name for change in file.changes for variable in variables(change.new)))


def _by_command(title: str, command: str, data: dict[str, object], diagnostics: list[lsp.Diagnostic]) -> lsp.CodeAction:
    run = lsp.Command(title, command, arguments=[data])
    return lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, diagnostics, command=run)
