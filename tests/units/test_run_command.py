"""`unleak run`: what a program finds in its environment, and what comes back of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SHOW = "import os; print(ascii(os.environ.get('NAME')))"
posix = pytest.mark.skipif(os.name == "nt", reason="programs are replaced by others there alone")


def ran(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    unleak = [sys.executable, "-c", "import sys; from unleak.cli import main; sys.exit(main())"]
    null = "keyring.backends.null.Keyring"
    inherited = {name: value for name, value in os.environ.items() if name != "NAME"}
    return subprocess.run(
        [*unleak, "run", *command],
        cwd=folder,
        env={**inherited, "PYTHON_KEYRING_BACKEND": null, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NAME=plain\n", "plain"),
        ("\ufeffexport NAME='two words'\r\n", "two words"),
        ('NAME="a\\"b\\nc"\n', 'a"b\nc'),
        ("NAME='a\\\\b'\n", "a\\\\b"),
        ("NAME=a#b\n", "a#b"),
        ("NAME=first\nNAME=last\n", "last"),
        ("NAME=\n", ""),
        ("NAME\n", None),
        ("OTHER=1\n", None),
    ],
)
def test_a_program_gets_what_env_says(tmp_path: Path, text: str, value: str | None) -> None:
    (tmp_path / ".env").write_text(text, encoding="utf-8", newline="")
    done = ran(tmp_path, "--", sys.executable, "-c", SHOW)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{value!a}\n", "")


@pytest.mark.parametrize("text", ['NAME="a$b"\n', "NAME=a`b\n", "NAME='never closed\n"])
def test_what_readers_disagree_on_is_not_guessed(tmp_path: Path, text: str) -> None:
    (tmp_path / ".env").write_text(text)
    done = ran(tmp_path, "--", sys.executable, "-c", SHOW)
    assert (done.returncode, done.stdout) == (2, "")
    assert "what NAME means depends on who reads it" in done.stderr


def test_the_environment_counts_first(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NAME=file\n")
    assert ran(tmp_path, "--", sys.executable, "-c", SHOW, NAME="mine").stdout == "'mine'\n"


def test_the_nearest_file_up_to_the_top_of_the_repository_counts(tmp_path: Path) -> None:
    inner = tmp_path / "shop" / "src"
    inner.mkdir(parents=True)
    (tmp_path / ".env").write_text("NAME=outside\n")
    assert ran(inner, "--", sys.executable, "-c", SHOW).stdout == "None\n"
    (tmp_path / "shop" / ".git").mkdir()
    assert ran(inner, "--", sys.executable, "-c", SHOW).stdout == "None\n"
    (tmp_path / "shop" / ".env").write_text("NAME=top\n")
    assert ran(inner, "--", sys.executable, "-c", SHOW).stdout == "'top'\n"
    assert ran(tmp_path, "--folder", "shop/src", "--", sys.executable, "-c", SHOW).stdout == "'top'\n"


def test_the_exit_code_and_the_output_are_the_programs(tmp_path: Path) -> None:
    done = ran(tmp_path, sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGPIPE], ids=lambda number: number.name)
def test_a_signal_ends_the_program_as_without_it(tmp_path: Path, number: signal.Signals) -> None:
    assert ran(tmp_path, "--", "sh", "-c", f"kill -{number:d} $$").returncode == -number


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    done = ran(tmp_path, "--", "no-such-program")
    assert (done.returncode, done.stderr) == (127, "unleak: no-such-program: command not found\n")


@posix
def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    assert ran(tmp_path, "--", "./notes.txt").returncode == 126


def test_nothing_to_run(tmp_path: Path) -> None:
    done = ran(tmp_path, "--")
    assert (done.returncode, done.stderr) == (2, "unleak: say what to run: unleak run -- COMMAND\n")
