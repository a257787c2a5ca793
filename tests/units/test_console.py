from __future__ import annotations

import io
import os

import pytest

from unleak import console
from unleak.console import Progress, complain, count, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b é 漢", "a b é 漢"),
        ("a\x1b[2J\r\n\t", "a\\x1b[2J\\r\\n\\t"),
        ("\u202e\u2028\x9b", "\\u202e\\u2028\\x9b"),
        (os.fsdecode(b"\xff"), "\\udcff" if os.name == "posix" else "\\ufffd"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_complaints_bear_our_name(capsys: pytest.CaptureFixture[str]) -> None:
    complain("one\ntwo\x1b")
    assert capsys.readouterr().err == "unleak: one\nunleak: two\\x1b\n"


def test_count() -> None:
    assert [count(number, "file") for number in (0, 1, 2000)] == ["0 files", "1 file", "2,000 files"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestProgress:
    @pytest.fixture(autouse=True)
    def _at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(console, "_PATIENCE", 0)
        monkeypatch.setattr(console, "_PAUSE", 0)
        monkeypatch.setenv("TERM", "xterm")

    def test_each_state_replaces_the_one_before_and_the_last_is_wiped_away(self) -> None:
        terminal = Terminal()
        progress = Progress(terminal)
        progress.add(1_000_000)
        progress.add(2_000_000)
        progress.clear()
        progress.clear()
        assert terminal.getvalue().split("\r\x1b[K") == [
            "",
            "Scanned 1 file, 1 MB",
            "Scanned 2 files, 3 MB",
            "",
        ]

    @pytest.mark.parametrize("case", ["pipe", "dumb", "quiet", "short"])
    def test_nothing(self, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
        if case == "dumb":
            monkeypatch.setenv("TERM", "dumb")
        if case == "short":
            monkeypatch.setattr(console, "_PATIENCE", 1000)
        stream = io.StringIO() if case == "pipe" else Terminal()
        progress = Progress(stream, quiet=case == "quiet")
        progress.add(1)
        progress.clear()
        assert stream.getvalue() == ""
