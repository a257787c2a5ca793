"""Commands inside other files: a shell prints the same before and after, whatever quotes stand around the value."""

from __future__ import annotations

import subprocess

import pytest

from unleak.finding import Span
from unleak.fixes.change import Refusal, applied
from unleak.fixes.commands import Command, moved

MARK = "@"


def command(text: str) -> Command:
    places, line, column = [], 0, 0
    for char in text:
        places.append((line, column))
        line, column = (line + 1, 0) if char == "\n" else (line, column + 1)
    return Command(text, (*places, (line, column)), str)


def fixed(text: str, value: str, shell: str = "sh") -> tuple[str, str]:
    whole = text.replace(MARK, value)
    before = text.partition(MARK)[0]
    line, column = before.count("\n"), len(before) - (before.rfind("\n") + 1)
    change, meant = moved(command(whole), Span(line, column, line, column + len(value)), "TOKEN", shell)
    return applied(whole, [change]), meant


def printed(text: str, variables: dict[str, str]) -> str:
    environment = {"PATH": "/usr/bin:/bin", **variables}
    return subprocess.run(["sh", "-c", text], env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "value", ["kR8f-zQ2pW7m", "a/b+c=d", "x%y,z:1", "kR8f#zQ2"], ids=["word", "base64", "signs", "hash"]
)
@pytest.mark.parametrize(
    "text",
    [
        "echo @",
        "echo --token=@ -v",
        "echo a@",
        'echo "@"',
        'echo "x @_y"',
        "echo '@'",
        "echo 'x @ y'",
        "echo 'x @'",
        "echo '@ y'",
        "T=@; echo $T",
        "echo $(echo @)",
        "cat <<EOF\nkey @x\nEOF",
        "echo first\nprintf '%s\\n' \"a@b\" | cat",
        'sh -c "echo @"',
    ],
    ids=str,
)
def test_the_shell_prints_the_same(text: str, value: str) -> None:
    before = printed(text.replace(MARK, value), {})
    after, meant = fixed(text, value)
    assert value not in after
    assert printed(after, {"TOKEN": meant}) == before


@pytest.mark.parametrize(
    ("text", "value"),
    [('echo "@"', 'q\\"7m\\$k\\\\W'), ("echo @", "q\\$7\\ m"), ("echo '@'", 'q"$7`m\\')],
    ids=["double", "bare", "single"],
)
def test_escapes_are_decoded(text: str, value: str) -> None:
    before = printed(text.replace(MARK, value), {})
    after, meant = fixed(text, value)
    assert printed(after, {"TOKEN": meant}) == before


@pytest.mark.parametrize(
    "text",
    ["echo a # @", "cat <<'EOF'\n@\nEOF", "echo $'@'"],
    ids=["comment", "quoted heredoc", "string of C"],
)
def test_where_the_shell_expands_nothing_the_fix_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        fixed(text, "kR8fzQ2pW7m")


@pytest.mark.parametrize("value", ["a$HOME", "a`id`"], ids=["variable", "command"])
def test_a_value_that_the_shell_expands_is_refused(value: str) -> None:
    with pytest.raises(Refusal):
        fixed('echo "@"', value)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('Send "@"', "Send $env:TOKEN"),
        ("$k = '@'", "$k = $env:TOKEN"),
        ('Send "key @."', 'Send "key $($env:TOKEN)."'),
        ("Send @ -v", "Send $env:TOKEN -v"),
    ],
    ids=["double", "single", "part", "bare"],
)
def test_powershell_reads_the_environment(text: str, wanted: str) -> None:
    assert fixed(text, "kR8f-zQ2pW7m", "pwsh") == (wanted, "kR8f-zQ2pW7m")
