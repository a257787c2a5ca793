"""From `initialize` to the last breath of the process."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any, cast

import pytest
from editor import SECONDS, SERVE, Start
from lsprotocol import types as lsp

from unleak import __version__

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals as on POSIX")


class Wire:
    """A server by its raw messages."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.input = cast("IO[bytes]", process.stdin)
        self.output = cast("IO[bytes]", process.stdout)

    def send(self, message: Any) -> None:
        self.send_bytes(message if isinstance(message, bytes) else json.dumps(message).encode())

    def send_bytes(self, body: bytes) -> None:
        self.input.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.input.flush()

    def request(self, number: int, method: str, params: Any = None) -> Any:
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return self.answer_to(number)

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def read(self) -> Any:
        size = 0
        while (line := self.output.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        return json.loads(self.output.read(size))

    def answer_to(self, number: int | None) -> Any:
        while True:
            message = self.read()
            if "method" not in message and message["id"] == number:
                return message

    def initialize(self, pid: int | None = None) -> Any:
        return self.request(1, "initialize", {"processId": pid, "rootUri": None, "capabilities": {}})

    def exit_code(self) -> int:
        return self.process.wait(SECONDS)


@pytest.fixture
def wire(environment: dict[str, str]) -> Iterator[Wire]:
    pipe = subprocess.PIPE
    with subprocess.Popen(SERVE, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as process:
        yield Wire(process)
        process.kill()


class TestInitialize:
    async def test_says_what_it_can_do(self, start: Start) -> None:
        editor = await start(capabilities={"notebookDocument": {"synchronization": {}}})
        assert editor.answer is not None
        editor.answer.capabilities.experimental = None  # it has a test of its own
        assert editor.answer == lsp.InitializeResult(
            capabilities=lsp.ServerCapabilities(
                position_encoding=lsp.PositionEncodingKind.Utf16,
                text_document_sync=lsp.TextDocumentSyncOptions(
                    open_close=True, change=lsp.TextDocumentSyncKind.Incremental, save=True
                ),
                notebook_document_sync=lsp.NotebookDocumentSyncOptions(
                    notebook_selector=(lsp.NotebookDocumentFilterWithNotebook(notebook="*"),), save=True
                ),
                hover_provider=True,
                code_action_provider=lsp.CodeActionOptions(
                    code_action_kinds=(lsp.CodeActionKind.QuickFix, "source.unleak.moveAll"), resolve_provider=True
                ),
                execute_command_provider=lsp.ExecuteCommandOptions(
                    commands=(
                        "unleak.scanWorkspace",
                        "unleak.scanStaged",
                        "unleak.baseline.create",
                        "unleak.about",
                        "unleak.judge.run",
                        "unleak.judge.restart",
                        "unleak.finder.run",
                        "unleak.fix",
                        "unleak.fix.applied",
                        "unleak.fixWorkspace",
                        "unleak.fix.keychain",
                        "unleak.mark",
                        "unleak.history",
                        "unleak.rotate",
                        "unleak.ignoreFile",
                        "unleak.model.pull",
                        "unleak.model.list",
                        "unleak.model.use",
                        "unleak.model.import",
                        "unleak.model.verify",
                        "unleak.model.remove",
                    ),
                    work_done_progress=True,
                ),
                workspace=lsp.WorkspaceOptions(
                    workspace_folders=lsp.WorkspaceFoldersServerCapabilities(supported=True, change_notifications=True)
                ),
            ),
            server_info=lsp.ServerInfo(name="unleak", version=__version__),
        )

    def test_comes_first(self, wire: Wire) -> None:
        assert wire.request(7, "textDocument/hover", {})["error"] == {
            "code": -32002,
            "message": "Initialize the server first.",
        }
        assert wire.initialize()["result"]["serverInfo"]["name"] == "unleak"

    def test_comes_once(self, wire: Wire) -> None:
        wire.initialize()
        assert wire.initialize()["error"]["code"] == -32600


class TestNonsense:
    def test_is_answered_and_survived(self, wire: Wire) -> None:
        wire.initialize()
        wire.send_bytes(b'{"jsonrpc": "2.0", "id": 2, "method"')
        assert wire.answer_to(None)["error"]["code"] == -32700
        wire.send([1, 2])
        assert wire.answer_to(None)["error"]["code"] == -32600
        assert wire.request(3, "textDocument/hover", {"position": "here"})["error"]["code"] == -32602
        assert wire.request(4, "unleak/makeCoffee")["error"]["code"] == -32601
        wire.notify("textDocument/didChange", {"textDocument": 3})
        wire.notify("unleak/makeCoffee")
        assert wire.request(5, "shutdown")["result"] is None

    def test_leaves_nothing_of_a_text_in_the_log(self, wire: Wire) -> None:
        secret = "acme_" + "w1l2n3o4t5b6e7s8h9o0"
        wire.initialize()
        place = {"line": -1, "character": 0}
        change = {"range": {"start": place, "end": place}, "text": secret}
        document = {"uri": "file:///a.py", "version": 2}
        wire.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        wire.notify("textDocument/didOpen", {"textDocument": {"text": secret}})
        answer = wire.request(5, "textDocument/hover", {"position": secret})
        assert secret not in json.dumps(answer)
        wire.request(6, "shutdown")
        wire.notify("exit")
        wire.exit_code()
        log = cast("IO[bytes]", wire.process.stderr).read().decode()
        assert "Refused a message" in log
        assert secret not in log

    def test_of_another_protocol_ends_it(self, wire: Wire) -> None:
        wire.input.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wire.input.flush()
        assert wire.exit_code() == 1


class TestEnd:
    def test_after_shutdown_is_a_success(self, wire: Wire) -> None:
        wire.initialize()
        assert wire.request(2, "shutdown")["result"] is None
        assert wire.request(3, "textDocument/hover", {})["error"]["code"] == -32600
        wire.notify("exit")
        assert wire.exit_code() == 0

    def test_without_shutdown_is_none(self, wire: Wire) -> None:
        wire.initialize()
        wire.notify("exit")
        assert wire.exit_code() == 1

    def test_comes_before_initialize_too(self, wire: Wire) -> None:
        wire.notify("exit")
        assert wire.exit_code() == 1

    def test_comes_when_the_client_hangs_up(self, wire: Wire) -> None:
        wire.initialize()
        wire.input.close()
        assert wire.exit_code() == 1

    def test_comes_when_nobody_reads(self, wire: Wire) -> None:
        wire.initialize()
        wire.output.close()
        item = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": ""}
        wire.notify("textDocument/didOpen", {"textDocument": item})
        assert wire.exit_code() == 1

    def test_comes_when_the_client_process_dies(self, wire: Wire) -> None:
        client = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        wire.initialize(client.pid)
        client.kill()
        assert wire.exit_code() == 1
        client.communicate()

    def test_does_not_come_for_a_client_that_is_not_to_be_seen(self, wire: Wire) -> None:
        client = subprocess.Popen([sys.executable, "-c", ""])
        client.wait()
        wire.initialize(client.pid)
        assert wire.request(2, "shutdown")["result"] is None

    @posix_only
    def test_comes_on_request_of_the_system(self, wire: Wire) -> None:
        wire.initialize()
        wire.process.send_signal(signal.SIGTERM)
        assert wire.exit_code() == 1


class TestTcp:
    async def test_serves_the_first_client(self, environment: dict[str, str]) -> None:
        process = await asyncio.create_subprocess_exec(
            *SERVE, "--tcp", "127.0.0.1:0", env=environment, stderr=asyncio.subprocess.PIPE
        )
        said = (await cast("asyncio.StreamReader", process.stderr).readline()).decode()
        port = cast("re.Match[str]", re.fullmatch(r"unleak listens on 127\.0\.0\.1:(\d+)\n", said))[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
        for number, method, params in (
            (1, "initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {}}),
            (2, "shutdown", None),
            (None, "exit", None),
        ):
            message = {"jsonrpc": "2.0", "method": method, "params": params}
            body = json.dumps(message if number is None else {**message, "id": number}).encode()
            writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert b'"unleak"' in await reader.read()
        assert await process.wait() == 0
        writer.close()

    def test_names_an_address_that_is_none(self, environment: dict[str, str]) -> None:
        done = subprocess.run(
            [*SERVE, "--tcp", "localhost"], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stderr == "unleak: cannot serve: 'localhost' is no address: write it as host:port\n"
