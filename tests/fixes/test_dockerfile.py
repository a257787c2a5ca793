"""What a Dockerfile's fix tells and adds beside the line itself."""

from __future__ import annotations

import pytest

from unleak.finding import Span
from unleak.fixes.change import Secret, applied
from unleak.fixes.dockerfile import move
from unleak.fixes.source import Source

VALUE = "kR8f-zQ2pW7m"


def fixed(text: str) -> tuple[str, tuple[str, ...]]:
    secrets = [
        Secret(Span(number, line.index(VALUE), number, line.index(VALUE) + len(VALUE)), "TOKEN")
        for number, line in enumerate(text.split("\n"))
        if VALUE in line
    ]
    made = move(Source(text, "Dockerfile", "dockerfile"), secrets)
    return applied(text, made.changes), made.notes


def test_a_variable_of_the_program_is_given_at_the_start() -> None:
    text, notes = fixed(f"FROM a\nENV TOKEN={VALUE}\nCMD app\n")
    assert text == "FROM a\nCMD app\n"
    assert [note for note in notes if "--env-file" in note] == list(notes)


def test_a_variable_of_the_build_is_mounted_and_the_command_told() -> None:
    text, notes = fixed(f"FROM a\nARG TOKEN={VALUE}\nRUN use $TOKEN\nRUN other\n")
    assert text == (
        "# syntax=docker/dockerfile:1\nFROM a\nRUN --mount=type=secret,id=TOKEN,env=TOKEN use $TOKEN\nRUN other\n"
    )
    assert notes == ("Build it with the variable set: `docker build --secret id=TOKEN,env=TOKEN .`.",)


def test_a_mount_that_is_there_is_enough() -> None:
    step = "RUN --mount=type=secret,id=TOKEN,env=TOKEN use"
    text, _ = fixed(f"# syntax=docker/dockerfile:1\nFROM a\n{step} {VALUE}\n")
    assert text == f'# syntax=docker/dockerfile:1\nFROM a\n{step} "${{TOKEN:?}}"\n'


@pytest.mark.parametrize(("old", "new"), [("1", "1"), ("1.4", "1"), ("1.7-labs", "1"), ("1.12", "1.12")])
def test_a_syntax_older_than_secrets_as_variables_is_raised(old: str, new: str) -> None:
    text, _ = fixed(f"# syntax=docker/dockerfile:{old}\nFROM a\nRUN use {VALUE}\n")
    assert text.startswith(f"# syntax=docker/dockerfile:{new}\n")
