"""Nothing of what a person writes gets into a log, and nothing is sent from elsewhere."""

from __future__ import annotations

import logging
import threading

import pytest

from unleak.lsp.logs import DiscreetFormatter
from unleak.lsp.session import Session

SECRET = "acme_" + "q8zk3w7n5x2c9v4m6t1b"


def logged(name: str, message: str, *arguments: object, error: Exception | None = None) -> str:
    trace = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, trace)
    return DiscreetFormatter().format(record)


def test_arguments_of_libraries_stay_out_of_the_log() -> None:
    assert logged("pygls.protocol", "Failed: %s", SECRET) == "error pygls.protocol: Failed: %s"


def test_our_own_stay_in() -> None:
    assert logged("unleak.lsp", "Refused: %s", "shutdown") == "error unleak.lsp: Refused: shutdown"


def test_of_an_exception_only_type_and_place_are_logged() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        text = logged("unleak.lsp", "It failed", error=error)
    first, place, kind = text.split("\n")
    assert first == "error unleak.lsp: It failed"
    assert place.startswith(f"  {__file__}:")
    assert kind == "  ValueError"


def test_only_the_thread_of_the_loop_sends() -> None:
    sent: list[bytes] = []
    session = Session()
    session.protocol.connect(sent.append, lambda: None)
    refused: list[Exception] = []

    def send() -> None:
        try:
            session.protocol.send("{}")
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    thread.join()
    session.protocol.send("[]")
    assert len(refused) == 1
    assert sent == [b"Content-Length: 2\r\n\r\n[]"]


def test_a_client_that_is_gone_is_noticed_once() -> None:
    def broken(_data: bytes) -> None:
        raise BrokenPipeError

    ends: list[str] = []
    session = Session()
    session.protocol.connect(broken, lambda: ends.append("end"))
    session.protocol.send("{}")
    session.protocol.send("{}")
    assert ends == ["end"]


def test_a_handler_that_fails_shows_no_box(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[bytes] = []
    session = Session()
    session.protocol.connect(sent.append, lambda: None)
    session.report_server_error(ValueError(SECRET), ValueError)
    assert caplog.messages == ["A handler failed: ValueError"]
    assert sent == []
