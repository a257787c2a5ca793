"""A language client of a few lines: framed JSON-RPC with a server on its standard streams.

It reads in the thread that asked, so that no hand-over between threads is part of what is measured.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Message = dict[str, Any]

SECONDS = 60.0  # longer than any answer may take
_READ_SIZE = 65_536  # bytes


class ServerGone(Exception):  # noqa: N818 - it is gone, whatever the reason
    """A server ended or fell silent; the message says which, and what was waited for."""


class Client:
    """One server with one client, from `initialize` to `exit`.

    The client shows no interest in pulling diagnostics, so servers that could be asked push them too.
    """

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.name = Path(command[0]).name
        self.encoding = "utf-16"
        self._folder = folder
        self._next_id = 0
        self._versions: dict[str, int] = {}
        self._buffer = bytearray()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            bufsize=0,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to, self._from = self.process.stdin.fileno(), self.process.stdout.fileno()
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._from, selectors.EVENT_READ)

    def close(self) -> None:
        """End the server: in order if it still answers, and in any case."""
        try:
            if self.process.poll() is None:
                self.request("shutdown", None)
                self.notify("exit", None)
                self.process.wait(SECONDS)
        except (ServerGone, subprocess.TimeoutExpired) as error:
            print(error, file=sys.stderr)
        finally:
            self.process.kill()
            self.process.wait()
            self._ready.close()
            for stream in (self.process.stdin, self.process.stdout):
                if stream:
                    stream.close()

    def initialize(self, encoding: str = "utf-16") -> None:
        """Ask for `encoding`; `self.encoding` is what the server chose."""
        answer = self.request("initialize", initialize_params(self._folder, encoding))
        self.encoding = answer["capabilities"].get("positionEncoding", "utf-16")

    def start(self, encoding: str = "utf-16") -> None:
        self.initialize(encoding)
        self.notify("initialized", {})

    def open(self, path: Path, language: str = "python") -> list[Message]:
        """Open a file as it stands on disk; returns its first diagnostics."""
        self.send_open(path, language)
        return self.diagnostics_for(path.as_uri(), 0)

    def send_open(self, path: Path, language: str = "python") -> None:
        uri = path.as_uri()
        self._versions[uri] = 0
        text = path.read_bytes().decode()
        item = {"uri": uri, "languageId": language, "version": 0, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, line: int, column: int, text: str) -> tuple[float, list[Message]]:
        """Insert `text`; returns the seconds from here to its diagnostics, and those."""
        version = self._versions[uri] = self._versions[uri] + 1
        body = change_of(uri, version, line, column, text)
        begin = time.perf_counter()
        self._send(body)
        raw = self._body(lambda body: b"publishDiagnostics" in body and b'"version":%d' % version in body)
        taken = time.perf_counter() - begin
        params = json.loads(raw)["params"]
        if params["uri"] != uri or params["version"] != version:
            raise ServerGone(f"{self.name}: diagnostics for another document than the one that was changed")
        return taken, params["diagnostics"]

    def diagnostics_for(self, uri: str, version: int) -> list[Message]:
        def fits(message: Message) -> bool:
            params = message.get("params") or {}
            published = message.get("method") == "textDocument/publishDiagnostics"
            return published and params["uri"] == uri and params.get("version") == version

        diagnostics: list[Message] = self.wait_for(fits)["params"]["diagnostics"]
        return diagnostics

    def request(self, method: str, params: object) -> Any:
        self._next_id += 1
        number = self._next_id
        self._send(encoded({"id": number, "method": method, "params": params}))
        answer = self.wait_for(lambda message: message.get("id") == number and "method" not in message)
        if "error" in answer:
            raise ServerGone(f"{self.name}: {method}: {answer['error']['message']}")
        return answer["result"]

    def notify(self, method: str, params: object) -> None:
        self._send(encoded({"method": method, "params": params}))

    def wait_for(self, fits: Callable[[Message], bool]) -> Message:
        """The next message that fits; those before it are answered where they want that, and dropped."""
        found: Message = json.loads(self._body(lambda body: fits(json.loads(body))))
        return found

    def _body(self, fits: Callable[[bytes], bool]) -> bytes:
        until = time.monotonic() + SECONDS
        while True:
            body = self._read(until)
            if fits(body):
                return body
            self._answer(json.loads(body))

    def _answer(self, message: Message) -> None:
        if "id" in message and "method" in message:
            items = (message.get("params") or {}).get("items", ())
            result = [None for _ in items] if message["method"] == "workspace/configuration" else None
            self._send(encoded({"id": message["id"], "result": result}))

    def _send(self, body: bytes) -> None:
        left = memoryview(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        try:
            while left:
                left = left[os.write(self._to, left) :]
        except BrokenPipeError:
            raise ServerGone(f"{self.name} ended while it was written to") from None

    def _read(self, until: float) -> bytes:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._fill(until)
        lengths = [head for head in self._buffer[:end].split(b"\r\n") if head.lower().startswith(b"content-length")]
        begin, size = end + 4, int(lengths[0].split(b":")[1])
        while len(self._buffer) < begin + size:
            self._fill(until)
        body = bytes(self._buffer[begin : begin + size])
        del self._buffer[: begin + size]
        return body

    def _fill(self, until: float) -> None:
        if not self._ready.select(max(0.0, until - time.monotonic())):
            raise ServerGone(f"{self.name} said nothing for {SECONDS:.0f} seconds")
        data = os.read(self._from, _READ_SIZE)
        if not data:
            raise ServerGone(f"{self.name} ended before it answered")
        self._buffer += data


def encoded(message: Message) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}).encode()


def initialize_params(folder: Path | None, encoding: str) -> Message:
    root = folder.as_uri() if folder else None
    return {
        "processId": os.getpid(),
        "rootUri": root,
        "workspaceFolders": [{"uri": root, "name": "bench"}] if root else None,
        "capabilities": {
            "general": {"positionEncodings": [encoding]},
            "textDocument": {"publishDiagnostics": {"versionSupport": True}, "synchronization": {}},
            "window": {"workDoneProgress": True},
        },
    }


def units(text: str, encoding: str) -> int:
    """The length of `text` as positions in `encoding` count it."""
    if encoding == "utf-8":
        return len(text.encode())
    return len(text.encode("utf-16-le")) // 2 if encoding == "utf-16" else len(text)


def change_of(uri: str, version: int, line: int, column: int, text: str) -> bytes:
    """The didChange notification that inserts `text`."""
    at = {"line": line, "character": column}
    params = {
        "textDocument": {"uri": uri, "version": version},
        "contentChanges": [{"range": {"start": at, "end": at}, "text": text}],
    }
    return encoded({"method": "textDocument/didChange", "params": params})
