"""From process start to what a person waits for: the server's first answers, and one small scan.

Next to it stands a bare server on the same library, which no server on it can beat. Caches are warm.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from client import Client
from figures import print_table
from sources import write_python
from tools import UNLEAK, run

BARE = [sys.executable, str(Path(__file__).with_name("bare_server.py"))]
SERVE = [*UNLEAK, "serve"]
SERVER_ONLY = ("pygls", "lsprotocol", "asyncio", "multiprocessing")


def initialized(command: list[str], file: Path) -> float:
    begin = time.perf_counter()
    client = Client(command, file.parent)
    try:
        client.initialize()
        return time.perf_counter() - begin
    finally:
        client.close()


def first_diagnostics(command: list[str], file: Path) -> float:
    begin = time.perf_counter()
    client = Client(command, file.parent)
    try:
        client.start()
        found = client.open(file)
        taken = time.perf_counter() - begin
    finally:
        client.close()
    if not found:
        raise SystemExit("unleak found nothing in a file with a secret")
    return taken


def scanned(command: list[str], file: Path) -> float:
    cost = run([*command, str(file)], file.with_suffix(".report"))
    if cost.code != 1:
        raise SystemExit(f"unleak scan ended with {cost.code}: {cost.errors}")
    return cost.wall


def loaded_by_scan(file: Path) -> tuple[int, list[str]]:
    """How many modules a scan imports, and which that only the server needs."""
    command = [sys.executable, "-X", "importtime", "-m", "unleak.cli", "scan", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in ended.stderr.split("\n") if line.startswith("import time:")]
    names = {line.rpartition("|")[2].strip() for line in lines}
    return len(names), sorted(name for name in names if name.split(".")[0] in SERVER_ONLY)


STEPS: tuple[tuple[str, Callable[[list[str], Path], float], list[str]], ...] = (
    ("bare pygls server, initialize answered", initialized, BARE),
    ("unleak serve, initialize answered", initialized, SERVE),
    ("unleak serve, first diagnostics", first_diagnostics, SERVE),
    ("unleak scan of one small file", scanned, [*UNLEAK, "scan"]),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="of each, in turns (default: 10)")
    arguments = parser.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name, _, _ in STEPS}
    with tempfile.TemporaryDirectory() as name:
        file = write_python(Path(name).resolve(), 60)
        for number in range(arguments.runs + 1):
            for step, measure, command in STEPS:
                taken = measure(command, file)
                if number:  # the first round fills the caches
                    seconds[step].append(taken)
        modules, unwanted = loaded_by_scan(file)
    bare = median(seconds[STEPS[0][0]])
    rows = []
    for step, all_taken in seconds.items():
        middle = median(all_taken)
        ends = f"{min(all_taken):.3f}-{max(all_taken):.3f}"
        rows.append((step, f"{middle:.3f}", ends, f"{middle - bare:+.3f}"))
    print_table(["from process start to", "median s", "range", "after bare"], rows)
    print(f"unleak scan imports {modules} modules; of what only the server needs: {', '.join(unwanted) or 'none'}")


if __name__ == "__main__":
    main()
