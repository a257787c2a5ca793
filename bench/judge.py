"""What the judge costs a person who writes: from a save to its word, and a keystroke while it reads; on Linux.

A file of 1,000 lines has ten candidates, each in a context of its own, with new values before each save.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from client import Client, Message, initialize_params, units
from figures import print_table, spread
from keystroke import WARM_UP, typed
from memory import below
from sources import made_up_secret, python_source, write_python
from tools import UNLEAK

CANDIDATES = 10
LINES = 1_000
SPINNER = "import os\nos.nice(5)\nwhile True: pass"
CROWD = 800  # candidates of the file that is read while somebody types


class Pen:
    """Writes values that no judge has seen."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def line(self, number: int) -> str:
        return f'service_password_{number} = "{made_up_secret(self._rng, 20)}"'

    def file(self, folder: Path, name: str, lines: int, candidates: int) -> tuple[Path, list[int]]:
        """A file with a candidate on each of the lines that are returned."""
        source = [line for line in python_source(lines - candidates).split("\n") if "API_TOKEN" not in line]
        source = [line for line in source if "client_secret" not in line]
        step = max(1, len(source) // (candidates + 1))
        places = [10 + at * step + at for at in range(candidates)]
        for place in places:
            source.insert(place, self.line(place))
        path = folder / name
        path.write_text("\n".join(source), encoding="utf-8")
        return path, places

    def changes(self, lines: list[str], places: list[int]) -> list[Message]:
        """Another value on each of these lines."""
        changes = []
        for place in places:
            start, end = {"line": place, "character": 0}, {"line": place, "character": len(lines[place])}
            lines[place] = self.line(place)
            changes.append({"range": {"start": start, "end": end}, "text": lines[place]})
        return changes


@contextmanager
def served(folder: Path) -> Iterator[Client]:
    """A server that remembers no verdict of an earlier one."""
    client = Client([*UNLEAK, "serve"], folder)
    try:
        options = {"judge": {"cache": False}}
        client.request("initialize", {**initialize_params(folder, "utf-16"), "initializationOptions": options})
        client.notify("initialized", {})
        yield client
    finally:
        client.close()


def published(client: Client, uri: str) -> Message:
    def fits(message: Message) -> bool:
        return message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri

    params: Message = client.wait_for(fits)["params"]
    return params


def changed(client: Client, uri: str, version: int, changes: list[Message]) -> None:
    document = {"uri": uri, "version": version}
    client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
    if not are_provisional(published(client, uri)):
        raise SystemExit("hardly a candidate is provisional: is the judge there?")


def are_provisional(params: Message) -> bool:
    """Whether what was typed waits for the judge; of ten made-up values one may look harmless."""
    hints = [diagnostic for diagnostic in params["diagnostics"] if diagnostic["severity"] == 4]
    return len(hints) >= CANDIDATES * 0.7


def saved(client: Client, uri: str) -> float:
    begin = time.perf_counter()
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    published(client, uri)
    return time.perf_counter() - begin


def warm(folder: Path, runs: int) -> list[float]:
    pen = Pen(1)
    path, places = pen.file(folder, "warm.py", LINES, CANDIDATES)
    lines, uri = path.read_text(encoding="utf-8").split("\n"), path.as_uri()
    seconds = []
    with served(folder) as client:
        client.send_open(path)
        published(client, uri)
        published(client, uri)
        for version in range(1, runs + 1):
            changed(client, uri, version, pen.changes(lines, places))
            seconds.append(saved(client, uri))
    return seconds


def cold(folder: Path, run: int) -> float:
    """The candidates are typed into an open file, so that the worker starts with the save."""
    pen = Pen(100 + run)
    path, places = pen.file(folder, f"cold{run}.py", LINES, CANDIDATES)
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join("" if at in places else line for at, line in enumerate(lines)), encoding="utf-8")
    start = [{"line": place, "character": 0} for place in places]
    changes: list[Message] = [
        {"range": {"start": at, "end": at}, "text": lines[place]} for at, place in zip(start, places, strict=True)
    ]
    with served(folder) as client:
        client.open(path)
        changed(client, path.as_uri(), 1, changes)
        return saved(client, path.as_uri())


def keystrokes(client: Client, path: Path, number: int) -> list[float]:
    keys = typed(path, number + WARM_UP)
    client.open(path)
    uri = path.as_uri()
    seconds = [client.change(uri, key.line, units(key.before, "utf-16"), key.text)[0] for key in keys]
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    return seconds[WARM_UP:]


class Beside(NamedTuple):
    """Seconds of keystrokes, by what else happens, and what the judge took meanwhile."""

    nothing: list[float]
    spinner: list[float]
    judge: list[float]
    candidate: float  # seconds
    memory: int  # bytes of the worker


def beside(folder: Path, keys: int, rounds: int) -> Beside:
    alone, spun, together, times = [], [], [], []
    memory = 0
    quiet = write_python(folder, LINES)
    with served(folder) as client:
        for number in range(rounds):
            alone += keystrokes(client, quiet, keys)
            with subprocess.Popen([sys.executable, "-c", SPINNER]) as spinner:
                spun += keystrokes(client, quiet, keys)
                spinner.kill()
            crowd, _ = Pen(1_000 + number).file(folder, f"crowd{number}.py", 4 * CROWD, CROWD)
            client.send_open(crowd)
            published(client, crowd.as_uri())
            begin = time.perf_counter()
            together += keystrokes(client, quiet, keys)
            published(client, crowd.as_uri())  # it was still read when the last key had come
            times.append((time.perf_counter() - begin) / CROWD)
            memory = max(memory, *map(pss_of, below(client.process.pid)))
            client.notify("textDocument/didClose", {"textDocument": {"uri": crowd.as_uri()}})
    return Beside(alone, spun, together, median(times), memory)


def pss_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").split("\n")
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", type=Path, metavar="FOLDER", help="of a bundle (default: that of unleak)")
    parser.add_argument("--runs", type=int, default=20, help="saves (default: 20)")
    parser.add_argument("--keys", type=int, default=300, help="keystrokes a round (default: 300)")
    parser.add_argument("--rounds", type=int, default=3, help="of keystrokes (default: 3)")
    arguments = parser.parse_args()
    if not sys.platform.startswith("linux"):
        parser.error("this reads /proc, which only Linux has")
    if arguments.judge:
        os.environ["UNLEAK_JUDGE"] = str(arguments.judge.resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        rows: list[list[object]] = [["save to diagnostics, warm", *spread(warm(folder, arguments.runs))]]
        cold_runs = [cold(folder, run) for run in range(max(3, arguments.runs // 4))]
        rows.append(["save to diagnostics, cold", *spread(cold_runs)])
        typed_in = beside(folder, arguments.keys, arguments.rounds)
    rows.append(["keystroke, nothing else happens", *spread(typed_in.nothing)])
    rows.append(["keystroke, a spinner as modest as the judge", *spread(typed_in.spinner)])
    rows.append(["keystroke, the judge reads", *spread(typed_in.judge)])
    print_table(["", "p50 ms", "p99 ms"], rows)
    each, memory = 1000 * typed_in.candidate, typed_in.memory / 1e6
    print(f"a candidate takes {each:.1f} ms while somebody types; the worker has {memory:.0f} MB (PSS)")


if __name__ == "__main__":
    main()
