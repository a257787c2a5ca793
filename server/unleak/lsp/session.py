"""One client's language server: what its handlers share, from the first message to the last."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import threading
from collections.abc import Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path

from unleak import __version__
from unleak.lsp.background import in_background
from unleak.lsp.diagnostics import Dialect, diagnostics_of, publication
from unleak.lsp.documents import Document, Documents
from unleak.lsp.env_files import PATTERNS as GIT_PATTERNS
from unleak.lsp.env_files import EnvFiles
from unleak.lsp.experimental import announces
from unleak.lsp.handlers import HANDLERS
from unleak.lsp.judging import Judging
from unleak.lsp.lifetime import end_of_process
from unleak.lsp.policies import Policies
from unleak.lsp.positions import UTF16, choose_encoding
from unleak.lsp.private_files import PATTERN, PrivateFiles
from unleak.lsp.protocol import Protocol, converter
from unleak.lsp.reading import Reader
from unleak.lsp.settings import Settings
from unleak.lsp.transport import Connection, read_messages
from unleak.lsp.watching import is_watched, patterns_for, registration

if TYPE_CHECKING:
    from unleak.lsp.fixing import Fixing
    from unleak.lsp.folder_watcher import FolderWatcher

logger = logging.getLogger(__name__)

SECTION = "unleak"
_PULL_SECONDS = 2.0  # a client that does not answer in time gets its diagnostics by what it sent at the start
_MOST_TOLD = 20  # problems in one message
_SETTLE_SECONDS = 0.1  # a changed file is often written in several steps


class Session(LanguageServer):
    """The server, which has one client. Everything here runs on the event loop's thread."""

    protocol: Protocol

    def __init__(self) -> None:
        super().__init__("unleak", __version__, protocol_cls=Protocol, converter_factory=converter)
        for method, handler in HANDLERS.items():
            self.feature(method)(handler)
        self.client = lsp.ClientCapabilities()
        self.dialect = Dialect(UTF16, related=False)
        self.settings = Settings(None)
        self.judging = Judging(self)
        self._configured = asyncio.Event()
        self.policies = Policies(self.settings, self.tell, self._configured.wait)
        self.private = PrivateFiles()
        self.env_files = EnvFiles(self)
        self.documents = Documents()
        self.reader = Reader(self._read)
        self.one_scan = asyncio.Lock()
        self.one_reading = asyncio.Lock()  # of a file, by a model that reads it whole
        self.scan_thread = ThreadPoolExecutor(1, "unleak-scan")
        self.stops: dict[lsp.ProgressToken | None, threading.Event] = {}
        self.published: dict[Path, str] = {}  # URIs of files that are not open and have diagnostics
        self._watcher: FolderWatcher | None = None
        self._client_watches: set[str] | None = None  # patterns beyond those of always; None: it does not watch
        self._reconfiguring: asyncio.TimerHandle | None = None
        self._told: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._end: asyncio.Future[int] | None = None

    @cached_property
    def fixing(self) -> Fixing:
        """Code actions; they are loaded when the first is asked for."""
        from unleak.lsp.fixing import Fixing

        return Fixing(self)

    # From start to end

    async def run(self, connection: Connection) -> int:
        """Serve one client until it says `exit`, hangs up or dies; returns the exit code."""
        loop = asyncio.get_running_loop()
        self._end = loop.create_future()
        self.protocol.connect(connection.write, self.end)
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError):  # on Windows
                loop.add_signal_handler(number, self.end)

        def listen() -> None:
            with suppress(RuntimeError):  # the loop has ended first
                read_messages(connection.read, lambda b: loop.call_soon_threadsafe(self.protocol.receive, b))
                loop.call_soon_threadsafe(self.end)

        threading.Thread(target=listen, name="unleak-listen", daemon=True).start()
        self.spawn(self.reader.run())
        try:
            return await self._end
        finally:
            for task in list(self._tasks):
                task.cancel()
            self.scan_thread.shutdown(wait=False)
            self.judging.judge.close()
            if self._watcher:
                self._watcher.stop()

    def end(self) -> None:
        """End the server: with success if the client had asked it to shut down."""
        if self._end and not self._end.done():
            self._end.set_result(0 if self.protocol.is_shut_down else 1)

    def start(self, params: lsp.InitializeParams) -> None:
        """Learn what the client can do and wants."""
        self.client = params.capabilities
        offered = get_capability(self.client, "general.position_encodings")
        related = get_capability(self.client, "text_document.publish_diagnostics.related_information", False)
        self.dialect = Dialect(choose_encoding(offered), related)
        self.settings = Settings(params.initialization_options)
        self.settings.add_roots(params.workspace_folders or _single_root(params))
        self.policies = Policies(self.settings, self.tell, self._configured.wait, self.judging.judge.blend)
        self._want_judge()
        self.protocol.is_initialized = True
        if self._pulls:
            asyncio.get_running_loop().call_later(_PULL_SECONDS, self._configured.set)
        else:
            self._configured.set()
        self.spawn(self._warm_up())
        if params.process_id is not None:
            self.spawn(self._end_with(params.process_id))

    async def _warm_up(self) -> None:
        """Load the rules while the client is busy with the answer to `initialize`."""
        try:
            await self.policies.warm_up()
        finally:
            gc.freeze()  # no collection walks through all that was imported while a person types
            gc.enable()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` beside the handlers; what it raises is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("A task failed", exc_info=error)

    async def _end_with(self, pid: int) -> None:
        try:
            await end_of_process(pid)
        except ProcessLookupError:
            return
        self.end()

    def report_server_error(self, error: Exception, source: type[Exception]) -> None:
        """Where pygls would show a box; it may quote the text that a person writes."""
        if isinstance(error, JsonRpcException) and not isinstance(error, JsonRpcInternalError):
            return  # an answer that the client has got, and no failure
        logger.error("A handler failed: %s", type(error).__name__)

    # What is said to the person

    def note(self, message: str) -> None:
        """A line in the client's log."""
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Log, message))

    def tell(self, problems: Iterable[str]) -> None:
        """Show what is wrong with a configuration, each problem once."""
        new = list(dict.fromkeys(problem for problem in problems if problem not in self._told))
        self._told.update(new)
        if len(new) > _MOST_TOLD:
            for problem in new[_MOST_TOLD:]:
                self.note(problem)
            new[_MOST_TOLD:] = [f"{len(new) - _MOST_TOLD:,} problems more are in the log of the editor."]
        if new:
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Warning, "\n".join(new)))

    @property
    def problems(self) -> list[str]:
        """What has been told so far."""
        return sorted(self._told)

    def say(self, message: str) -> None:
        """Answer something that the person has just asked for."""
        self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Info, message))

    # Documents

    async def scan(self, document: Document) -> None:
        """Have a document read by the configuration in force, if that wants it."""
        try:
            policy = await self.policies.of(document.file, document.language)
        except Exception:
            logger.exception("The rules could not be loaded")
            self.tell(["unleak could not load its rules and finds nothing; its log says where it failed."])
            return
        self._watch_more()
        if document.is_closed or document.is_begun:
            return
        if reason := policy.refusal(document.file, sum(map(len, document.text.lines))):
            self.note(f"{document.uri} is not scanned: {reason}.")
            self.publish(document)
            return
        document.begin(policy.scanner, document.path_from(policy.project))
        self.reader.add(document)

    def change(
        self,
        document: lsp.VersionedTextDocumentIdentifier,
        changes: Iterable[lsp.TextDocumentContentChangeEvent],
    ) -> None:
        """Take over what a person typed, and publish what it comes to."""
        changed = self.documents.get(document.uri)
        if changed is None:
            self.note(f"{document.uri} is changed without being open; this is passed over.")
            return
        is_new = changed.change(document.version, changes, self.dialect.encoding)
        self.env_files.edited(changed)
        if is_new:
            self.spawn(self.scan(changed))
        elif changed.is_read:
            self.publish(changed)
            self.judging.typed(changed)

    def open(self, item: lsp.TextDocumentItem, notebook: str | None = None) -> None:
        document = self.documents.open(item, notebook)
        if document.file and (uri := self.published.pop(document.file, item.uri)) != item.uri:
            self.protocol.send(publication(uri, "[]"))
        self.env_files.opened(document)
        self.spawn(self.scan(document))

    def save(self, uri: str) -> None:
        if (document := self.documents.get(uri)) is not None:
            self.judging.saved(document)

    def close(self, uri: str) -> None:
        self.documents.close(uri)
        self.judging.closed(uri)
        self.env_files.closed(uri)
        self.protocol.send(publication(uri, "[]"))

    def _read(self, document: Document) -> None:
        self.publish(document)
        self.judging.read(document)

    def publish(self, document: Document) -> None:
        rules = document.scanner.catalog.by_id if document.scanner else {}
        self.tell(document.scanner.problems if document.scanner else ())  # some come up only on certain texts
        is_env = document.is_begun and self.env_files.governs(document)
        if is_env and self.env_files.standing(document) is None:
            return
        found = self.env_files.diagnostics(document) if is_env else None
        if found is None:
            found = diagnostics_of(
                document.uri,
                document.text,
                document.findings,
                rules,
                self.dialect,
                document.verdicts,
                hides=self.judging.hides(document),
            )
        self.protocol.send(publication(document.uri, found, document.version))

    def publish_closed(self, file: Path, uri: str, diagnostics: str) -> None:
        """Publish for a file that a scan of the workspace read; an open document speaks for itself."""
        if not self.documents.is_open(file):
            self.published[file] = uri
            self.protocol.send(publication(uri, diagnostics))

    def clear_closed(self, files: Iterable[Path]) -> None:
        for file in files:
            self.protocol.send(publication(self.published.pop(file), "[]"))

    # Configuration

    @property
    def _pulls(self) -> bool:
        return self.settings.is_trusted and bool(get_capability(self.client, "workspace.configuration"))

    async def configure(self) -> None:
        """What a client is told and asked once it is ready."""
        self.tell(self.settings.problems)
        if announces(self.client, "judgeStatus"):
            self.judging.show_status()
        if self._pulls:
            await self._pull()
            if self._configured.is_set():  # the answer took too long
                self.reconfigure()
            self._configured.set()

    def _want_judge(self) -> None:
        self.judging.judge.want(self.settings.base_for(None).judge, is_trusted=self.settings.is_trusted)

    async def take_settings(self, pushed: object = None) -> None:
        """Settings have changed: ask for them, or take what came along."""
        if self._pulls:
            await self._pull()
        elif self.settings.is_trusted and isinstance(pushed, dict):
            self.tell(self.settings.take("", pushed.get(SECTION, pushed)))
        self.reconfigure()

    async def _pull(self) -> None:
        scopes = ["", *self.settings.roots]
        items = [lsp.ConfigurationItem(scope_uri=scope or None, section=SECTION) for scope in scopes]
        try:
            answers = await self.workspace_configuration_async(lsp.ConfigurationParams(items))
        except JsonRpcException:
            return
        problems = [self.settings.take(scope, answer) for scope, answer in zip(scopes, answers, strict=False)]
        self.tell(problem for some in problems for problem in some)

    async def watch(self) -> None:
        """Have configuration and rule files watched, by the client or else by the operating system."""
        if get_capability(self.client, "workspace.did_change_watched_files.dynamic_registration"):
            with suppress(JsonRpcException):
                await self.client_register_capability_async(lsp.RegistrationParams([registration()]))
                self._client_watches = set()
                self._watch_more()
                return
        loop = asyncio.get_running_loop()

        def changed(file: Path) -> None:
            with suppress(RuntimeError):  # the loop has ended first
                loop.call_soon_threadsafe(self.files_changed, [file])

        def watcher() -> FolderWatcher:
            from unleak.lsp.folder_watcher import FolderWatcher

            return FolderWatcher(changed)

        self._watcher = await in_background(watcher)
        self._watch_more()

    def _watch_more(self) -> None:
        """Have watched what has come into use since."""
        used = self.policies.watched_paths()
        if self._watcher:
            folders = {path if path.is_dir() else path.parent for path in used} | set(self.settings.roots.values())
            self._watcher.watch(folders.union(*map(self._folders_around, self.documents)))
        elif self._client_watches is not None and (new := patterns_for(used) - self._client_watches):
            self._client_watches |= new
            self.client_register_capability(lsp.RegistrationParams([registration(sorted(new))]))
        self.watch_git()

    def watch_private(self) -> None:
        """Have watched what a fix has made or added to, and the client has still to save."""
        awaited = {path.parent for path in self.private.awaited}
        self._watch_also(awaited | self.fixing.added.folders, [PATTERN])

    def watch_git(self) -> None:
        """Have watched what git goes by, in the repositories of the `.env` files that are open."""
        folders = {folder / "info" for folder in self.env_files.git_folders}
        self._watch_also(folders | self.env_files.git_folders, GIT_PATTERNS)

    def _watch_also(self, folders: set[Path], patterns: Sequence[str]) -> None:
        """Have some folders watched or, where the client watches, files of these patterns; each thing once."""
        if self._watcher:
            self._watcher.watch(folders)
        elif self._client_watches is not None and folders and not self._client_watches.issuperset(patterns):
            self._client_watches.update(patterns)
            self.client_register_capability(lsp.RegistrationParams([registration(patterns)]))

    def _folders_around(self, document: Document) -> set[Path]:
        """Where in the workspace an `unleak.toml` would count for a document."""
        root = self.settings.root_of(document.file) if document.file else None
        if document.file is None or root is None:
            return set()
        return {folder for folder in document.file.parents if folder.is_relative_to(root)}

    def files_changed(self, files: Iterable[Path]) -> None:
        """Something was written; read the configuration anew where it belongs to that."""
        files = list(files)
        self.private.written(files)
        self.env_files.files_changed(files)
        if "fixing" in self.__dict__:
            self.spawn(self.fixing.added.check(files))
        if self._reconfiguring is None and any(is_watched(f, self.policies.watched_paths()) for f in files):
            loop = asyncio.get_running_loop()
            self._reconfiguring = loop.call_later(_SETTLE_SECONDS, self.reconfigure)

    def reconfigure(self) -> None:
        """Read configuration, rules and open documents anew; what an earlier scan found holds no longer."""
        if self._reconfiguring:
            self._reconfiguring.cancel()
            self._reconfiguring = None
        self._want_judge()
        self.policies.forget()
        self.clear_closed(list(self.published))
        self.env_files.refresh()
        for document in self.documents:
            document.forget()
            self.spawn(self.scan(document))


def _single_root(params: lsp.InitializeParams) -> list[lsp.WorkspaceFolder]:
    """The one folder of clients from before there were several."""
    uri = params.root_uri or (from_fs_path(params.root_path) if params.root_path else None)
    return [lsp.WorkspaceFolder(uri, "")] if uri else []
