"""Workers that say of a file what a test wants: real processes."""

from __future__ import annotations

import json
import sys

_WORKER = """
import json, struct, sys, time
out, come = sys.stdout.buffer, sys.stdin.buffer
def say(message):
    data = json.dumps(message).encode()
    out.write(struct.pack(">I", len(data)) + data)
    out.flush()
def hear():
    (size,) = struct.unpack(">I", come.read(4))
    return json.loads(come.read(size))
ANSWERS = json.loads(sys.argv[1])
say({"ready": True})
while True:
    heard = hear()
    path, first, lines = heard["read"]
    numbers = range(first + 1, first + len(lines) + 1)
    answers = [answer for answer in ANSWERS if answer.get("line") in numbers or "line" not in answer]
    BODY
"""
SAY = 'say({"id": heard["id"], "answer": json.dumps(answers)})'


def worker(answers: list[dict[str, object]], body: str = SAY) -> list[str]:
    """The command of a worker that says of each chunk those of the answers that are about its lines."""
    return [sys.executable, "-c", _WORKER.replace("BODY", body), json.dumps(answers)]


def answer(line: int, start: str, end: str, **others: object) -> dict[str, object]:
    said = {"line": line, "start": start, "end": end, "kind": "password", "severity": "warning", "confidence": 0.9}
    return {**said, **others}
