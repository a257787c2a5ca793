"""The client in VS Code: suites that run in its extension host, and journeys of a person through its window.

The journeys take the packaged client where it is built, with an empty home folder and no Python on PATH.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
MANIFEST = HERE.parents[1] / "client-vscode" / "package.json"
SUITES = sorted(file.stem for file in (HERE / "host").glob("*.js") if file.stem not in ("index", "common", "preview"))
JOURNEYS = sorted(file.stem for file in (HERE / "journeys").glob("*.mjs"))


def contributed() -> dict[str, str]:
    """All commands by their id, with their title; all settings by their name without our prefix, with nothing."""
    contributes = json.loads(MANIFEST.read_text(encoding="utf-8"))["contributes"]
    commands = {command["command"]: command["title"] for command in contributes["commands"]}
    settings = [name for section in contributes["configuration"] for name in section["properties"]]
    return commands | dict.fromkeys((name.removeprefix("unleak.") for name in settings), "")


@pytest.mark.parametrize("name", contributed())
def test_what_the_client_contributes_is_tested(name: str) -> None:
    """A test of the host or a journey runs the command, by its id or its title, or sets the setting."""
    texts = [
        file.read_text(encoding="utf-8") for place in ("host", "journeys") for file in (HERE / place).glob("*.*js")
    ]
    if title := contributed()[name]:
        used = re.compile(rf"\b(run\('{re.escape(name)}'|command\('unleak: {re.escape(title)}')")
    else:
        used = re.compile(rf"\b(set|having)\('{re.escape(name)}'")
    assert any(used.search(text) for text in texts), f"no test for {name}"


@pytest.mark.parametrize("suite", SUITES)
def test_in_the_extension_host(suite: str, host: Callable[[str], None]) -> None:
    host(suite)


@pytest.mark.parametrize("name", JOURNEYS)
def test_journey(
    name: str, journey: Callable[[str], dict[str, Any]], record_property: Callable[[str, object], None]
) -> None:
    figures = journey(name)
    if "skipped" in figures:
        pytest.skip(figures["skipped"])
    for what, value in figures.items():
        record_property(what, value)
