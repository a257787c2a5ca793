"""Programs: where they are, and what a run of one costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


def find_program(name: str) -> str | None:
    """A program beside this Python, or else on the PATH; a name with a folder is taken as it is."""
    beside = str(Path(sys.executable).parent)
    return shutil.which(name, path=beside) or shutil.which(name)


UNLEAK = [find_program("unleak") or sys.exit("unleak is not installed beside this Python")]


class Cost(NamedTuple):
    """What a program and all the processes that it started and waited for took."""

    code: int
    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: float  # MB resident, of the largest process
    errors: str


def run(command: Sequence[str], output: Path, *, folder: Path | None = None) -> Cost:
    """Run a command with its standard output in the file `output`."""
    errors = output.with_suffix(".stderr")
    with output.open("wb") as out, errors.open("wb") as err:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes
    cpu = usage.ru_utime + usage.ru_stime
    said = errors.read_text(encoding="utf-8", errors="replace")
    return Cost(process.returncode, wall, cpu, usage.ru_maxrss * unit / 1e6, said)
