"""`unleak model`: which models there are, and which of them is the judge."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unleak.chosen_judge import VARIABLE, current
from unleak.console import UsageError, complain, is_terminal, printable
from unleak.judge import installed
from unleak.judge.installed import Entry
from unleak.judge.shelf import InstalledError

if TYPE_CHECKING:
    from unleak.judge.hub import Progress

_WHOLE, _BROKEN = 0, 1
_SETTLED = 1.0  # seconds after which a speed says something


def run(arguments: Namespace) -> int:
    """Carry out a command; 0, or 1 where `verify` finds something wrong. Raises UsageError."""
    try:
        code = _COMMANDS[arguments.command](arguments)
    except InstalledError as error:
        raise UsageError(str(error)) from None
    return code


def list_all(arguments: Namespace) -> int:
    known, problem = installed.entries()
    if problem:
        complain(problem)
    used = current()
    if arguments.json:
        print(json.dumps([_told(entry, used) for entry in known], indent=2))
        return _WHOLE
    width = max(len(entry.id) for entry in known)
    for entry in known:
        mark = "*" if entry.id == used else " "
        place = entry.source if entry.bundled else "installed" if entry.installed else "not installed"
        state = "cannot be used" if entry.problem else place
        told = entry.problem or entry.quality
        print(printable(f"{mark} {entry.id:{width}}  {_size(entry.size):>8}  {state:18}  {told}"))
    _tell_environment()
    return _WHOLE


def show(arguments: Namespace) -> int:
    entry = installed.find(arguments.id)
    told = _told(entry, current())
    if arguments.json:
        print(json.dumps(told, indent=2))
        return _WHOLE
    for key, value in told.items():
        words = re.sub("[A-Z]", lambda letter: f" {letter[0].lower()}", key)
        shown = _SHOWN[value] if isinstance(value, bool) else _size(entry.size) if key == "size" else value
        if shown != "":
            print(printable(f"{words:11}  {shown}"))
    return _WHOLE


def bring(arguments: Namespace) -> int:
    from unleak.judge.importing import install

    name = install(Path(arguments.path))
    print(f"{name} is installed; `unleak model use {name}` makes it the judge.")
    return _WHOLE


def pull(arguments: Namespace) -> int:
    """Fetch a model, and make it the judge where that is wanted; Ctrl-C keeps what has come."""
    from unleak.judge import hub

    wanted = hub.target(arguments.id)
    line = _Line()
    try:
        pulled = hub.pull(wanted, line)
    except KeyboardInterrupt:
        line.clear()
        complain(f"{line.told}the same command goes on from there, `unleak model gc` deletes it")
        raise
    finally:
        line.clear()
    if pulled.source is None:
        print(f"{pulled.id} is installed already.")
    else:
        print(f"{pulled.id} is installed, from {printable(str(pulled.source))}.")
    if arguments.use:
        return use(Namespace(id=pulled.id))
    if pulled.id != current():
        print(f"`unleak model use {pulled.id}` makes it the judge.")
    return _WHOLE


class _Line:
    """How far a download is: on a terminal in a line that wipes itself away, elsewhere only what it is."""

    def __init__(self) -> None:
        self._is_shown = is_terminal(sys.stderr)
        self._note = ""
        self._length = 0
        self._begin: tuple[float, int] | None = None  # when the first bytes were told, and how many
        self.told = "what has come is kept: "

    def __call__(self, progress: Progress) -> None:
        if progress.note and progress.note != self._note:
            self._note = progress.note
            self.clear()
            complain(progress.note)
        if progress.total:
            self.told = f"{_size(progress.done)} of {_size(progress.total)} are kept: "
            if self._is_shown:
                share = 100 * progress.done // progress.total
                text = f"{_size(progress.done)} of {_size(progress.total)}, {share} %{self._pace(progress)}"
                self._length = len(text)
                sys.stderr.write(f"\r\x1b[K{text}")
                sys.stderr.flush()

    def _pace(self, progress: Progress) -> str:
        """Bytes in a second since it has begun, and how long it still takes."""
        now = time.monotonic()
        begin, before = self._begin = self._begin or (now, progress.done)
        speed = (progress.done - before) / max(now - begin, 0.001)
        if now - begin < _SETTLED or speed <= 0:
            return ""
        minutes, seconds = divmod(round((progress.total - progress.done) / speed), 60)
        return f", {_size(round(speed))}/s, {minutes}:{seconds:02} left"

    def clear(self) -> None:
        if self._length:
            self._length = 0
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def verify(arguments: Namespace) -> int:
    """Read the files of models again, by default of all that are installed."""
    entries: Sequence[Entry] = [installed.find(name) for name in arguments.ids]
    code = _WHOLE
    for entry in entries or [entry for entry in installed.entries()[0] if entry.installed]:
        if problem := installed.verify(entry):
            complain(f"{entry.id}: {problem}")
            code = _BROKEN
        else:
            print(f"{entry.id} is whole.")
    return code


def use(arguments: Namespace) -> int:
    entry = installed.find(arguments.id)
    installed.choose(entry)
    print(f"{entry.id} is the judge from now on; editors that are open take it when they next ask.")
    _tell_environment()
    return _WHOLE


def merge(arguments: Namespace) -> int:
    """Make one network of an adapter and its base: what is computed is the same, in less time."""
    if importlib.util.find_spec("gguf") is None:
        raise UsageError("merging needs the package gguf: `pip install 'unleak[adapt]'`")
    from unleak.adapt.adapter_file import MergeError
    from unleak.adapt.making import merge
    from unleak.judge.bundle import BundleError
    from unleak.judge.importing import install

    bundle = installed.bundle_of(installed.find(arguments.id))
    try:
        with tempfile.TemporaryDirectory(prefix="unleak-merge-") as folder:
            merge(bundle, Path(folder))
            name = install(Path(folder))
    except (BundleError, MergeError) as error:
        raise UsageError(str(error)) from None
    print(f"{name} is installed; `unleak model use {name}` makes it the judge.")
    return _WHOLE


def push(arguments: Namespace) -> int:
    """Upload a model that is installed to a private repository."""
    from unleak.judge import hub

    bundle = installed.bundle_of(installed.find(arguments.id))
    commit = hub.push(bundle.folder, arguments.repository)
    print(f"It is uploaded; others get it by `unleak model pull {arguments.repository}@{commit} --use`.")
    return _WHOLE


def remove(arguments: Namespace) -> int:
    for entry in [installed.find(name) for name in arguments.ids]:
        was_chosen = installed.remove(entry)
        print(f"{entry.id} is removed{'; the judge is the one that comes with unleak' if was_chosen else ''}.")
    return _WHOLE


def collect(arguments: Namespace) -> int:
    gone, freed = installed.collect(unused=arguments.unused)
    for name in gone:
        print(f"{name} is removed.")
    print(f"{_size(freed)} are free again." if freed > 0 else "There was nothing to delete.")
    return _WHOLE


_COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "list": list_all,
    "show": show,
    "import": bring,
    "pull": pull,
    "verify": verify,
    "use": use,
    "merge": merge,
    "push": push,
    "remove": remove,
    "gc": collect,
}
_SHOWN = {True: "yes", False: "no"}


def _told(entry: Entry, used: str) -> dict[str, object]:
    return {**entry.told(used), "folder": str(entry.folder or ""), "problem": entry.problem}


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"


def _tell_environment() -> None:
    if os.environ.get(VARIABLE):
        complain(f"{VARIABLE} is set here, and counts before what is chosen")
