"""What counts as shown already: exactly the program that passed, with everything that it stood on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fixes import proven
from fixes.corpus import Case

CASE = Case("Shell", "plain", "app.sh", "sh app.sh", ("sh",), "SECRET='«kR8f-zQ2pW7m»'\n", beside={"a": "1"})
OTHERS = {
    "file": replace(CASE, file="other.sh"),
    "text": replace(CASE, marked=f"{CASE.marked}echo\n"),
    "command": replace(CASE, run="bash app.sh"),
    "file beside": replace(CASE, beside={"a": "2"}),
    "name beside": replace(CASE, beside={"b": "1"}),
    "program": replace(CASE, needs=("env",)),
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNLEAK_PROGRAMS", str(tmp_path / "programs"))
    return tmp_path / "programs"


@pytest.mark.parametrize("other", OTHERS)
def test_a_change_is_another_program(other: str) -> None:
    assert proven.digest_of(OTHERS[other], "fixed") != proven.digest_of(CASE, "fixed")


def test_another_fix_is_another_program() -> None:
    digests = {proven.digest_of(CASE, *made) for made in (["fixed"], ["fixed", ""], ["fix", "ed"], ["FIXED"])}
    assert len(digests) == 4
    assert proven.digest_of(CASE, "fixed") in digests


def test_another_version_is_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case, digests = replace(CASE, needs=("acme-shell",)), set()
    tool = tmp_path / "acme-shell"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for version in (1, 2):
        tool.write_text(f"#!/bin/sh\necho {version}\n")
        tool.chmod(0o755)
        proven.version.cache_clear()
        digests.add(proven.digest_of(case, "fixed"))
    assert len(digests) == 2


def test_only_what_was_kept_is_proven() -> None:
    assert not proven.is_proven(CASE, "one")
    proven.keep(CASE, "one")
    assert proven.is_proven(CASE, "one")
    assert not proven.is_proven(CASE, "two")
    assert not proven.is_proven(replace(CASE, name="other"), "one")


def test_one_file_a_program(place: Path) -> None:
    proven.keep(CASE, "one")
    proven.keep(CASE, "two")
    assert len(list(place.iterdir())) == 1
