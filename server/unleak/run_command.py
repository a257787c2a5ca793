"""`unleak run`: a program with the variables of the project's `.env` and keychain in its environment."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from unleak.console import UsageError, complain
from unleak.fixes import dotenv
from unleak.fixes.dotenv import Variable

NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""Exit codes of shells for a command that does not start."""


def run(command: Sequence[str], folder: Path) -> int:
    """Become `command`, so that signals and the exit code are its own; returns where that fails, as shells do.

    What the environment has already counts first, then `.env`, then the keychain.
    """
    command = command[1:] if command[:1] == ["--"] else command
    if not command:
        raise UsageError("say what to run: unleak run -- COMMAND")
    environment = {**_of_keychain(folder), **_of_file(folder), **os.environ}
    try:
        return _become(command, environment)
    except FileNotFoundError:
        complain(f"{command[0]}: command not found")
        return NOT_FOUND
    except OSError as error:
        complain(f"{command[0]}: cannot be executed ({error.strerror})")
        return NOT_EXECUTABLE


def _become(command: Sequence[str], environment: Mapping[str, str]) -> int:
    if os.name != "nt":
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # which Python ignores, and a program would go on to
        os.execvpe(command[0], list(command), dict(environment))
    import subprocess

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program hears it as well, and decides
    program = shutil.which(command[0], path=environment.get("PATH"))
    if program is None:
        raise FileNotFoundError(command[0])
    return subprocess.run([program, *command[1:]], env=dict(environment), check=False).returncode


def _upwards(folder: Path) -> Iterator[Path]:
    """The folder, and those around it up to the top of its repository; it alone outside of one."""
    folder = Path(os.path.abspath(folder))
    around = [folder, *folder.parents]
    top = next((at for at, one in enumerate(around) if (one / ".git").exists()), 0)
    yield from around[: top + 1]


def _of_file(folder: Path) -> dict[str, str]:
    """The variables of the nearest `.env`."""
    file = next((one / ".env" for one in _upwards(folder) if (one / ".env").is_file()), None)
    if file is None:
        return {}
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8: save it as UTF-8 first.") from None
    last = {variable.name: variable for variable in dotenv.variables(text)}
    return {name: value for name, each in last.items() if (value := _value(each, file)) is not None}


def _value(variable: Variable, file: Path) -> str | None:
    """What a variable means; None where it is named without a value. UsageError where that cannot be told."""
    raw = variable.raw
    value = variable.value
    if value is None and not raw:
        return None
    if value is None and not variable.is_open and len(raw) > 1 and raw[0] == raw[-1] == "'":
        value = raw[1:-1]  # as shells read it
    elif value is None and not any(sign in raw for sign in "$`'\"\\"):
        value = raw
    if value is None or "\0" in value:
        raise UsageError(
            f"{file}: what {variable.name} means depends on who reads it: put its value into single quotes."
        )
    return value


def _of_keychain(folder: Path) -> dict[str, str]:
    """The variables that the nearest folder has in the keychain."""
    from unleak.keychain import KeychainError, stored

    try:
        return next((found for one in _upwards(folder) if (found := stored(one))), {})
    except KeychainError as error:
        complain(str(error))
        return {}
