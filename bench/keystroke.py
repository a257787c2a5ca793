"""From a keystroke to its diagnostics: `unleak serve` beside `ruff server`, on the same Python files.

A client types in the middle of files of several sizes, one character a message, and waits for the
diagnostics of each version. The servers take turns, so that both see the machine alike.
"""

from __future__ import annotations

import argparse
import asyncio
import queue
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from client import Client, change_of, encoded, initialize_params, units
from figures import percentile, print_table, spread
from sources import made_up_secret, write_python
from tools import UNLEAK, find_program

SIZES = (100, 1_000, 10_000, 50_000)
WARM_UP = 20  # keys that are typed first and not counted
_LINES = (
    "# Grüße 👋, then the rest of what was asked for",
    'region = "north by north-west"',
    "counted = len(chosen) + index",
    'service_token = "{secret}"',
    "total = sum(chosen.values()) * 1.25",
)


class Key(NamedTuple):
    """One keystroke: the line, what stands before the cursor there, and the text that it inserts."""

    line: int
    before: str
    text: str


class Typing(NamedTuple):
    """How one server kept up with all keys."""

    seconds: list[float]
    first: int  # diagnostics when the file was opened
    last: int  # and after the last key


def typed(path: Path, number: int) -> list[Key]:
    """Keystrokes of someone who writes in the middle of a file; the editor indents and closes quotes."""
    rng = random.Random(number)
    lines = path.read_text(encoding="utf-8").split("\n")
    line = next(at for at in range(len(lines) // 2, len(lines)) if lines[at].startswith("    chosen = "))
    before = lines[line]
    keys: list[Key] = []
    for wanted in cycle(_LINES):
        keys.append(Key(line, before, "\n    "))
        line, before, is_quoted = line + 1, "    ", False
        for character in wanted.replace("{secret}", made_up_secret(rng)):
            if character != '"':
                keys.append(Key(line, before, character))
            elif not is_quoted:
                keys.append(Key(line, before, '""'))
            is_quoted ^= character == '"'
            before += character
        if len(keys) >= number:
            return keys[:number]
    raise AssertionError("unreachable: the lines never end")


def type_beside(clients: Sequence[Client], path: Path, keys: Sequence[Key]) -> list[Typing]:
    uri = path.as_uri()
    first = [len(client.open(path)) for client in clients]
    last = list(first)
    seconds: list[list[float]] = [[] for _ in clients]
    for number, key in enumerate(keys):
        for at in range(len(clients)):
            turn = (at + number) % len(clients)
            client = clients[turn]
            column = units(key.before, client.encoding)
            taken, diagnostics = client.change(uri, key.line, column, key.text)
            seconds[turn].append(taken)
            last[turn] = len(diagnostics)
    for client in clients:
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    return [Typing(seconds[at][WARM_UP:], first[at], last[at]) for at in range(len(clients))]


async def inside(path: Path, keys: Sequence[Key], encoding: str) -> list[float]:
    """The seconds that a server in this process takes from a message's bytes to those of its answer."""
    from unleak.lsp.session import Session
    from unleak.lsp.transport import Connection

    silence: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    sent: list[bytes] = []
    session = Session()
    running = asyncio.create_task(session.run(Connection(lambda _: silence.get(), sent.append)))
    await asyncio.sleep(0)  # it connects
    receive, uri = session.protocol.receive, path.as_uri()
    receive(encoded({"id": 1, "method": "initialize", "params": initialize_params(None, encoding)}))
    receive(encoded({"method": "initialized", "params": {}}))
    item = {"uri": uri, "languageId": "python", "version": 0, "text": path.read_text(encoding="utf-8")}
    receive(encoded({"method": "textDocument/didOpen", "params": {"textDocument": item}}))
    while not any(b"publishDiagnostics" in message for message in sent):
        await asyncio.sleep(0.01)
    seconds = []
    for version, key in enumerate(keys, 1):
        body = change_of(uri, version, key.line, units(key.before, encoding), key.text)
        sent.clear()
        begin = time.perf_counter()
        receive(body)
        seconds.append(time.perf_counter() - begin)
        if not any(b'"version":%d,' % version in message for message in sent):
            raise SystemExit("unleak did not publish at once")
        await asyncio.sleep(0)
    silence.put(b"")  # the client hangs up
    await running
    return seconds[WARM_UP:]


def row(path: Path, clients: Sequence[Client], arguments: argparse.Namespace, lines: int) -> list[object]:
    keys = typed(path, arguments.keys + WARM_UP)
    ours, *others = type_beside(clients, path, keys)
    within = asyncio.run(inside(path, keys, arguments.encoding))
    cells: list[object] = [f"{lines:,}", *spread(ours.seconds), *spread(within), f"{ours.first}→{ours.last}"]
    for other in others:
        ratio = percentile(other.seconds, 0.5) / percentile(ours.seconds, 0.5)
        cells += [*spread(other.seconds), f"{other.first}→{other.last}", f"{ratio:.1f}"]
    return cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoding", choices=("utf-8", "utf-16", "utf-32"), default="utf-16")
    parser.add_argument("--keys", type=int, default=200, help="keystrokes counted a file (default: 200)")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="LINES")
    parser.add_argument("--ruff", default="ruff", metavar="FILE", help="the ruff to compare with")
    arguments = parser.parse_args()
    heads = ["lines", "p50 ms", "p99 ms", "inside p50", "inside p99", "found"]
    ruff = find_program(arguments.ruff)
    commands = [[*UNLEAK, "serve"]]
    if ruff is None:
        print(f"{arguments.ruff} is not installed here: unleak is measured alone", file=sys.stderr)
    else:
        commands.append([ruff, "server"])
        heads += ["ruff p50", "ruff p99", "ruff found", "ruff/unleak"]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        clients = [Client(command, folder) for command in commands]
        try:
            for client in clients:
                client.start(arguments.encoding)
            for lines in arguments.sizes:
                rows.append(row(write_python(folder, lines), clients, arguments, lines))
        finally:
            for client in clients:
                client.close()
    print_table(heads, rows)


if __name__ == "__main__":
    main()
