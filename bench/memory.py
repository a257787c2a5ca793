"""Resident memory of `unleak serve` and `unleak scan`, a process at a time; on Linux, from /proc.

Peaks are the kernel's own high-water marks, so that nothing falls between two samples.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from client import Client
from figures import print_table
from sources import write_python
from tools import UNLEAK

OPEN_FILES = (100, 300, 1_000, 3_000, 10_000)  # lines; as many of each as make twenty
PAUSE = 0.02  # seconds between two looks at the processes
REST = 1.0  # seconds after which memory is called steady


class Memory(NamedTuple):
    now: float  # MB resident
    peak: float


def fields_of(pid: int | str) -> dict[str, int]:
    """The numbers in what the kernel says of a process; nothing of one that is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in status.split("\n") if ":" in line)
    words = {name: value.split() for name, value in pairs}
    return {name: int(value[0]) for name, value in words.items() if value and value[0].isdecimal()}


def memory_of(pid: int) -> Memory | None:
    """None of a process that is gone."""
    fields = fields_of(pid)
    if "VmHWM" not in fields:
        return None
    return Memory(fields["VmRSS"] * 1024 / 1e6, fields["VmHWM"] * 1024 / 1e6)


def below(pid: int) -> set[int]:
    """All processes that `pid` started, and those that they did."""
    parents = {int(entry): fields_of(entry).get("PPid", 0) for entry in os.listdir("/proc") if entry.isdecimal()}
    found: set[int] = set()
    new = {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


class Watch:
    """Follows the peaks of a process and of all processes below it while a `with` block runs."""

    def __init__(self, pid: int) -> None:
        self.main = 0.0
        self.below: dict[int, float] = {}
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(PAUSE):
            own = memory_of(self._pid)
            self.main = max(self.main, own.peak if own else 0.0)
            for child in below(self._pid):
                memory = memory_of(child)
                if memory:
                    self.below[child] = max(self.below.get(child, 0.0), memory.peak)

    def row(self, what: str, steady: float | None) -> list[object]:
        largest = f"{max(self.below.values()):.0f}" if self.below else "-"
        return [what, f"{self.main:.0f}", f"{steady:.0f}" if steady else "-", len(self.below), largest]


def serving(tree: Path) -> list[list[object]]:
    rows = []
    client = Client([*UNLEAK, "serve"], tree)
    pid = client.process.pid

    def steady() -> float:
        time.sleep(REST)
        memory = memory_of(pid)
        return memory.now if memory else 0.0

    try:
        with tempfile.TemporaryDirectory() as name, Watch(pid) as watch:
            client.start()
            rows.append(watch.row("serve, nothing open", steady()))
            for number in range(20):
                lines = OPEN_FILES[number % len(OPEN_FILES)]
                client.open(write_python(Path(name).resolve(), lines, seed=number))
            rest = steady()
            rows.append(watch.row("serve, 20 files open", rest))
            client.request("workspace/executeCommand", {"command": "unleak.scanWorkspace"})
            rest = steady()
            rows.append(watch.row("serve, after a workspace scan", rest))
    finally:
        client.close()
    return rows


def scanning(tree: Path, jobs: int) -> list[object]:
    command = [*UNLEAK, "scan", str(tree), "--format", "jsonl", "--quiet", "--jobs", str(jobs)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process, Watch(process.pid) as watch:
        process.wait()
    return watch.row(f"scan --jobs {jobs}", None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path, metavar="TREE", help="the folder to scan, and the server's workspace")
    parser.add_argument("--jobs", type=int, nargs="+", default=(1, 2), metavar="N", help="default: 1 2")
    arguments = parser.parse_args()
    if not sys.platform.startswith("linux"):
        parser.error("this reads /proc, which only Linux has")
    tree = arguments.tree.resolve()
    rows = serving(tree) + [scanning(tree, jobs) for jobs in arguments.jobs]
    print_table(["unleak", "peak MB", "steady MB", "workers", "largest worker MB"], rows)


if __name__ == "__main__":
    main()
