"""`unleak feedback`: what is kept to learn from, as it is counted, exported and deleted."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from unleak import feedback
from unleak.config import Config, for_folder
from unleak.console import UsageError, complain, count, printable
from unleak.example import Why


def status() -> int:
    """Print whether feedback is on in this folder, where the examples are and how many there are of each kind."""
    print(_switch())
    whys: Counter[Why] = Counter()
    days: set[str] = set()
    broken = 0
    path = feedback.file()
    try:
        size = path.stat().st_size
        for example in feedback.read_lines(path):
            if example:
                whys[example.why] += 1
                days.add(example.day)
            else:
                broken += 1
    except FileNotFoundError:
        print(f"{printable(str(path))}: no examples.")
        return 0
    period = f", from {min(days)} to {max(days)}" if days else ""
    print(printable(f"{path}: {count(whys.total(), 'example')}, {size / 1000:,.0f} kB{period}"))
    for why in Why:
        if whys[why]:
            print(f"  {whys[why]:>5,}  {why.value}")
    if broken:
        print(f"  {broken:>5,}  broken, passed over")
    return 0


def export(out: str | None) -> int:
    """Write all examples to the file `out`, whole or not at all, or else to standard output."""
    path = feedback.file()
    lines = [example.line() for example in feedback.read(path)] if path.exists() else []
    if out is None:
        sys.stdout.writelines(lines)
        return 0
    try:
        _put(Path(out).resolve(), "".join(lines).encode("ascii"))
    except OSError as error:
        raise UsageError(f"cannot write the examples to {out}: {error.strerror}") from None
    complain(f"{count(len(lines), 'example')} written to {out}; look through it before you give it to anybody")
    return 0


def clear() -> int:
    """Delete all examples and the key of their hashes."""
    feedback.clear()
    print(f"{printable(str(feedback.file()))}: deleted, and the key with it.")
    return 0


def _switch() -> str:
    config, problems = for_folder(Path(), Config())
    for problem in problems:
        complain(problem)
    if config.feedback:
        return "Feedback is on: UNLEAK_FEEDBACK=1."
    if Config().feedback:
        return "Feedback is off in this folder: an unleak.toml says feedback = false."
    return "Feedback is off on the command line: UNLEAK_FEEDBACK=1 switches it on. An editor has its own setting."


def _put(path: Path, data: bytes) -> None:
    if path.exists() and not path.is_file():  # a pipe, a device
        path.write_bytes(data)
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise
