"""Whatever stands in the configuration files of a workspace: it is named by file and line, and all else goes on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest
from editor import ACME, Editor, Start, acme, edit, places
from lsprotocol import types as lsp

LINE = f'KEY = "{ACME}"\n'
TOML, BASELINE = "unleak.toml", ".unleak-baseline.json"
KEY = "00" * 16


class Case(NamedTuple):
    """What lies in a project, and how the one message about it goes on behind the path of the project."""

    name: str
    files: dict[str, str | bytes]
    told: str


def importing(name: str) -> str:
    return f"import = [{name!r}]\n"


def entry(**wrong: str) -> str:
    said = {"rule": "x", "content": KEY, "context": KEY, "state": "open", **wrong}
    listed = ", ".join(f'"{key}": "{value}"' for key, value in said.items())
    return f'{{"version": 1, "key": "{KEY}", "files": {{\n"app.py": [\n{{{listed}}}]}}}}'


CASES = [
    Case("syntax", {TOML: "enable = false\n= 1\n"}, "/unleak.toml:2:1: not valid TOML"),
    Case("binary", {TOML: b"enable = false\n\0"}, "/unleak.toml: cannot be read (binary)"),
    Case("large", {TOML: "# " + "x" * 1_000_000}, "/unleak.toml: cannot be read (larger than 1 MB)"),
    Case("deep", {TOML: "x = " + "[" * 100_000}, "/unleak.toml:1: not valid TOML"),
    Case("type", {TOML: "enable = 1\n"}, "/unleak.toml:1: enable must be true or false"),
    Case("control", {TOML: '"a\\u001b[2Jb" = 1\n'}, "/unleak.toml:1: unknown key 'a\\x1b[2Jb'"),
    Case("regex", {TOML: "[[allow]]\n\npatterns = ['(']\n"}, "/unleak.toml:3: patterns must be regular expressions"),
    Case("all", {TOML: "[[allow]]\nreason = 'x'\n"}, "/unleak.toml:1: name paths or patterns"),
    Case(
        "slow",
        {TOML: "\n[[allow]]\ntarget = 'line'\npatterns = ['(.|..)+[^\"]$']\n"},
        "/unleak.toml:4: a pattern takes too long on some lines",
    ),
    Case("rules", {TOML: "extra_rules = ['none']\n"}, "/none: "),
    Case("missing", {TOML: importing("gone.baseline")}, "/unleak.toml:1: "),
    Case("folder", {TOML: importing("."), "x": ""}, "/unleak.toml:1: "),
    Case("device", {TOML: importing("/dev/zero")}, "/unleak.toml:1: "),
    Case("import", {TOML: importing("known"), "known": "{\n\n,"}, "/known:3: not valid JSON"),
    Case("deep import", {TOML: importing("known"), "known": "[" * 100_000}, "/known:1: not valid JSON"),
    Case(
        "lines", {TOML: importing(".gitleaksignore"), ".gitleaksignore": "# x\nx"}, "/.gitleaksignore:2: must be path"
    ),
    Case("gitleaks", {TOML: importing("g.toml"), "g.toml": "\n[allowlist]\n"}, "/g.toml:2: an allow-list is wrong"),
    Case("baseline", {BASELINE: "{\n,"}, f"/{BASELINE}:2: not valid JSON"),
    Case("deep baseline", {BASELINE: "[" * 100_000}, f"/{BASELINE}:1: not valid JSON"),
    Case("large baseline", {BASELINE: " " * 20_000_001}, f"/{BASELINE}: cannot be read (larger than 20 MB)"),
    Case("merge", {BASELINE: "{\n<<<<<<< HEAD\n"}, f"/{BASELINE}:2: a merge left both sides here"),
    Case("upwards", {BASELINE: entry().replace("app.py", "../app.py")}, f"/{BASELINE}:2: a path must lead downwards"),
    Case("entry", {BASELINE: entry(state="x")}, f"/{BASELINE}:3: state must be one of"),
]


def plant(workspace: Path, case: Case) -> Path:
    """A project of its own in the workspace; the file in it that is opened."""
    folder = workspace / case.name
    (folder / ".git").mkdir(parents=True)
    for name, content in case.files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "app.py"


def told(editor: Editor) -> list[str]:
    assert all(message.type == lsp.MessageType.Warning for message in editor.messages)
    return [line for message in editor.messages for line in message.message.split("\n")]


async def test_each_thing_wrong_is_named_once_and_finding_goes_on(start: Start, workspace: Path) -> None:
    editor = await start(workspace)
    wanted = {}
    for case in CASES:
        file = plant(workspace, case)
        editor.open(file.as_uri(), LINE)
        assert places(await editor.published(file.as_uri(), 1)) == [acme(0, 7)], case.name
        editor.change(file.as_uri(), 2, edit(0, 0, 0, 0, "\n"))
        assert places(await editor.published(file.as_uri(), 2)) == [acme(1, 7)], case.name
        wanted[case.name] = f"{file.parent}{case.told}"
    found = {case.name: [line for line in told(editor) if f"{workspace / case.name}{os.sep}" in line] for case in CASES}
    assert {name: len(lines) for name, lines in found.items()} == dict.fromkeys(wanted, 1)
    assert [(name, found[name]) for name, start in wanted.items() if not found[name][0].startswith(start)] == []
    assert not any(ACME in line for line in told(editor))


async def test_what_is_right_beside_what_is_wrong_holds(start: Start, workspace: Path) -> None:
    (workspace / TOML).write_text('exclude = ["vendor/"]\nmin_severity = 7\n[[allow]]\npatterns = ["("]\n')
    editor = await start(workspace)
    for name, found in (("vendor/lib.py", []), ("app.py", [acme(0, 7)])):
        editor.open((workspace / name).as_uri(), LINE)
        assert places(await editor.published((workspace / name).as_uri(), 1)) == found
    assert [line.split(" must be ")[0] for line in told(editor)] == [
        f"{workspace / TOML}:2: min_severity",
        f"{workspace / TOML}:4: patterns",
    ]


async def test_many_problems_are_told_in_few_lines(start: Start, workspace: Path) -> None:
    names = ", ".join(f"'gone{number}'" for number in range(500))
    (workspace / TOML).write_text(f"import = [{names}]\n")
    editor = await start(workspace)
    editor.open((workspace / "app.py").as_uri(), LINE)
    assert places(await editor.published((workspace / "app.py").as_uri(), 1)) == [acme(0, 7)]
    assert len(editor.messages) == 1
    assert len(told(editor)) == 21
    assert len(editor.log_messages) == 480


@pytest.mark.skipif(os.name != "posix", reason="pipes are files elsewhere, too")
async def test_pipes_are_never_waited_for(start: Start, workspace: Path) -> None:
    for name in (TOML, BASELINE, "known"):
        os.mkfifo(workspace / name)
    (workspace / "sub").mkdir()
    (workspace / "sub" / TOML).write_text('import = ["../known"]\nbaseline = "../.unleak-baseline.json"\n')
    editor = await start(workspace)
    for name in ("app.py", "sub/app.py"):
        editor.open((workspace / name).as_uri(), LINE)
        assert places(await editor.published((workspace / name).as_uri(), 1)) == [acme(0, 7)]
    summary = await editor.run("unleak.scanWorkspace")
    assert summary["cancelled"] is False
