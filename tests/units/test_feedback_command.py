"""`unleak feedback status|export|clear`."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from unleak import feedback
from unleak.cli import main
from unleak.example import Case, Example, Why, example_of
from unleak.finding import Candidate, Span, Syntax

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def store(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of examples, which does not exist yet; the current folder is a project."""
    monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("UNLEAK_FEEDBACK", raising=False)
    return tmp_path / "data" / "feedback.jsonl"


@pytest.fixture
def kept(store: Path, token: str) -> list[Example]:
    """Two examples, which are in the store."""
    candidate = Candidate(Span(0, 7, 0, 36), token, Syntax.LITERAL, "KEY")
    case = Case(why=Why.FIXED, candidate=candidate, path="a.py", prefix="", suffix=f"<|value|>{token}<|end|>")
    fixed = replace(example_of(case, feedback.key()), day="2025-03-01")
    examples = [fixed, replace(fixed, why=Why.RULES_ONLY, id="other", day="2025-03-09")]
    for example in examples:
        assert feedback.record(example) == ""
    return examples


def status(capsys: Capture) -> list[str]:
    assert main(["feedback", "status"]) == 0
    return capsys.readouterr().out.splitlines()


class TestStatus:
    def test_of_nothing(self, store: Path, capsys: Capture) -> None:
        assert status(capsys) == [
            "Feedback is off on the command line: UNLEAK_FEEDBACK=1 switches it on. An editor has its own setting.",
            f"{store}: no examples.",
        ]
        assert not store.parent.exists()

    def test_counts_by_reason(self, store: Path, kept: list[Example], capsys: Capture) -> None:
        store.write_bytes(store.read_bytes() + b"broken\n")
        size = f"{store.stat().st_size / 1000:,.0f}"
        assert status(capsys)[1:] == [
            f"{store}: 2 examples, {size} kB, from 2025-03-01 to 2025-03-09",
            "      1  rules report, judge safe",
            "      1  fixed",
            "      1  broken, passed over",
        ]

    def test_when_it_is_on(self, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
        monkeypatch.setenv("UNLEAK_FEEDBACK", "1")
        assert status(capsys)[0] == "Feedback is on: UNLEAK_FEEDBACK=1."

    def test_where_the_project_switches_it_off(
        self, shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        monkeypatch.setenv("UNLEAK_FEEDBACK", "1")
        (shop / "unleak.toml").write_text("feedback = false\n")
        assert status(capsys)[0] == "Feedback is off in this folder: an unleak.toml says feedback = false."

    def test_where_the_project_wants_it_on(self, shop: Path, capsys: Capture) -> None:
        (shop / "unleak.toml").write_text("feedback = true\n")
        assert main(["feedback", "status"]) == 0
        out, err = capsys.readouterr()
        assert out.startswith("Feedback is off ")
        assert "feedback must be false" in err


class TestExport:
    def test_goes_to_standard_output(self, kept: list[Example], capsys: Capture) -> None:
        assert main(["feedback", "export"]) == 0
        assert capsys.readouterr() == ("".join(example.line() for example in kept), "")

    def test_of_nothing_is_nothing(self, capsys: Capture) -> None:
        assert main(["feedback", "export"]) == 0
        assert capsys.readouterr() == ("", "")

    def test_to_a_file_replaces_it(self, shop: Path, kept: list[Example], capsys: Capture) -> None:
        (shop / "out.jsonl").write_text("before")
        assert main(["feedback", "export", "--out", "out.jsonl"]) == 0
        assert list(feedback.read(shop / "out.jsonl")) == kept
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("unleak: 2 examples written to out.jsonl; look through it")

    def test_leaves_out_what_is_broken(self, shop: Path, store: Path, kept: list[Example]) -> None:
        store.write_bytes(b"broken\n" + store.read_bytes())
        assert main(["feedback", "export", "--out", "out.jsonl"]) == 0
        assert b"broken" not in (shop / "out.jsonl").read_bytes()

    @pytest.mark.skipif(sys.platform == "win32", reason="there are no modes")
    def test_is_for_the_owner_alone(self, shop: Path, kept: list[Example]) -> None:
        assert main(["feedback", "export", "--out", "out.jsonl"]) == 0
        assert (shop / "out.jsonl").stat().st_mode & 0o777 == 0o600

    def test_that_cannot_be_written_leaves_nothing_behind(
        self, shop: Path, kept: list[Example], capsys: Capture
    ) -> None:
        (shop / "out" / "in the way").mkdir(parents=True)
        before = sorted(os.listdir(shop))
        assert main(["feedback", "export", "--out", "out"]) == 2
        assert main(["feedback", "export", "--out", "nowhere/out"]) == 2
        assert "cannot write the examples to nowhere/out: No such file" in capsys.readouterr().err
        assert sorted(os.listdir(shop)) == before

    @pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
    def test_to_a_pipe_does_not_replace_it(self, shop: Path, kept: list[Example]) -> None:
        os.mkfifo(shop / "pipe")
        with open(os.open(shop / "pipe", os.O_RDONLY | os.O_NONBLOCK), encoding="ascii") as pipe:
            assert main(["feedback", "export", "--out", "pipe"]) == 0
            assert pipe.read() == "".join(example.line() for example in kept)
        assert (shop / "pipe").is_fifo()


class TestClear:
    def test_deletes_examples_and_key(self, store: Path, kept: list[Example], capsys: Capture) -> None:
        assert main(["feedback", "clear"]) == 0
        assert capsys.readouterr().out == f"{store}: deleted, and the key with it.\n"
        assert list(store.parent.iterdir()) == []

    def test_of_nothing_is_no_error(self, store: Path) -> None:
        assert main(["feedback", "clear"]) == 0
        assert not store.parent.exists()
