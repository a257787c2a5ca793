"""pygls' JSON-RPC with what a server for secrets needs otherwise.

- No built-in handlers: pygls' own keep each text twice and split it anew at each change.
- Messages that make no sense are answered or noted, never raised; nothing of them reaches a log.
- Whatever is sent is sent from the event loop's thread; from elsewhere it is refused.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from cattrs import Converter
from lsprotocol import types as lsp
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidRequest,
    JsonRpcParseError,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, default_converter

from unleak.lsp.transport import framed

logger = logging.getLogger(__name__)


class Protocol(LanguageServerProtocol):
    """One conversation with one client."""

    def __init__(self, server: Any, converter: Converter) -> None:
        super().__init__(server, converter)
        self.is_initialized = False
        self._write: Callable[[bytes], None] | None = None
        self._hang_up: Callable[[], None] = lambda: None
        self._thread = 0

    def _register_builtin_features(self) -> None:
        """None: see the module's first point."""

    def connect(self, write: Callable[[bytes], None], hang_up: Callable[[], None]) -> None:
        """Talk through `write`, from this thread alone; `hang_up` hears when the client is gone."""
        self._write, self._hang_up = write, hang_up
        self._thread = threading.get_ident()

    @property
    def is_shut_down(self) -> bool:
        return self._shutdown

    def shut_down(self) -> None:
        """Cancel what is under way and take nothing but `exit` from now on."""
        # A snapshot: cancelling takes the future out of the table.
        for message_id, future in list(self._request_futures.items()):
            if message_id != self.msg_id:
                future.cancel()
        self._shutdown = True

    def receive(self, body: bytes) -> None:
        """Handle one message, whatever it holds."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            self._reject(JsonRpcParseError())
            return
        if not isinstance(data, dict) or data.get("jsonrpc") != self.VERSION:
            self._reject(JsonRpcInvalidRequest())
            return
        try:
            self._check_order(data.get("method"))
            message = self.structure_message(data)
        except JsonRpcException as error:
            logger.warning("Refused a message of the client: %s", error)
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            return
        self.handle_message(message)

    def _check_order(self, method: str | None) -> None:
        if self._shutdown and method != lsp.EXIT:
            raise JsonRpcInvalidRequest("The server is shutting down.")
        if not self.is_initialized and method not in (lsp.INITIALIZE, lsp.EXIT):
            raise JsonRpcServerNotInitialized("Initialize the server first.")
        if self.is_initialized and method == lsp.INITIALIZE:
            raise JsonRpcInvalidRequest("The server is initialized already.")

    def _reject(self, error: JsonRpcException) -> None:
        """Answer what has no id that could be read."""
        answer = {"code": error.code, "message": error.message}
        self.send(json.dumps({"jsonrpc": self.VERSION, "id": None, "error": answer}))

    def _send_response(
        self, msg_id: int | str, result: Any | None = None, error: lsp.ResponseError | None = None
    ) -> None:
        if error is not None and error.code != lsp.LSPErrorCodes.RequestFailed:  # which is what we refuse ourselves
            error.data = None  # a trace of the server's insides helps no client
        super()._send_response(msg_id, result, error)

    def _send_data(self, data: Any) -> None:
        self.send(json.dumps(data, default=self._serialize_message))

    def send(self, body: str) -> None:
        """Send one message, complete JSON; only from the event loop's thread."""
        if threading.get_ident() != self._thread:
            raise RuntimeError("messages are sent from the event loop's thread alone")
        if self._write is None:
            return
        try:
            self._write(framed(body))
        except OSError:
            self._write = None
            self._hang_up()


NO_VERSION = -(2**31)
"""Stands for the version of a document that came without one."""


def converter() -> Converter:
    """The converter of pygls, except that a document may come without a version or a language."""

    def version_in(data: dict[str, Any]) -> int:
        version = data.get("version")
        return NO_VERSION if version is None else version

    made: Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls has no types here
    made.register_structure_hook(
        lsp.VersionedTextDocumentIdentifier,
        lambda data, _: lsp.VersionedTextDocumentIdentifier(uri=data["uri"], version=version_in(data)),
    )
    made.register_structure_hook(
        lsp.TextDocumentItem,
        lambda data, _: lsp.TextDocumentItem(
            uri=data["uri"],
            language_id=data.get("languageId") or "",
            version=version_in(data),
            text=data["text"],
        ),
    )
    return made
