"""What the extension's page says about itself is what the extension is."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "client-vscode"
README = (CLIENT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
    return manifest


def table(head: str) -> list[list[str]]:
    """The rows of the table whose first heading is `head`."""
    found = re.search(rf"^\| {head} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, re.MULTILINE)
    assert found is not None
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in found[1].splitlines()]


def test_commands_are_those_of_the_extension(manifest: dict[str, Any]) -> None:
    described = [row[0] for row in table("command")]
    assert described == [command["title"] for command in manifest["contributes"]["commands"]]


def test_commands_are_found_under_one_word(manifest: dict[str, Any]) -> None:
    assert {command["category"] for command in manifest["contributes"]["commands"]} == {"unleak"}


def test_settings_and_defaults_are_those_of_the_extension(manifest: dict[str, Any]) -> None:
    described = {row[0].strip("`"): json.loads(row[1].strip("`")) for row in table("setting")}
    sections = manifest["contributes"]["configuration"]
    known = {name: setting for section in sections for name, setting in section["properties"].items()}
    assert described == {name: setting["default"] for name, setting in known.items()}


def test_settings_of_one_language_are_named(manifest: dict[str, Any]) -> None:
    sections = manifest["contributes"]["configuration"]
    overridable = {
        name.removeprefix("unleak.")
        for section in sections
        for name, setting in section["properties"].items()
        if setting["scope"] == "language-overridable"
    }
    (sentence,) = re.findall(r"((?:`\w+`[, and]*)+) can be set for one\s+language", README)
    assert set(re.findall(r"`(\w+)`", sentence)) == overridable


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (CLIENT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text)
    assert links
    assert [link for link in links if not (CLIENT / link).exists()] == []


def test_pictures_say_what_they_show() -> None:
    assert all(words for words in re.findall(r"!\[(.*?)\]", README))


def test_licence_is_that_of_the_project() -> None:
    assert (CLIENT / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_changelog_begins_with_this_version(manifest: dict[str, Any]) -> None:
    newest = re.search(r"^## (\S+?),? ", (CLIENT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == manifest["version"]


def test_icon_is_as_large_as_the_marketplace_asks_for(manifest: dict[str, Any]) -> None:
    head = (CLIENT / manifest["icon"]).read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (256, 256)
