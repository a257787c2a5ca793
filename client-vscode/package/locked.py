"""Parts of the project's `requirements.lock`, with their hashes: what unleak needs when it runs.

`python locked.py NAME…` prints what locks these packages and all that they need.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from content import PROJECT

LOCK = PROJECT / "requirements.lock"
_UNLEAK = "unleak"


def entries() -> dict[str, list[str]]:
    """Each package with the texts that lock it; some are locked twice, for different versions of Python."""
    found: dict[str, list[str]] = {}
    for text in re.split(r"^(?=[a-z0-9])", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE):
        if name := re.match(r"[a-z0-9._-]+(?===)", text):
            found.setdefault(name[0], []).append(text)
    return found


def needed(roots: Sequence[str] = ()) -> list[str]:
    """The names of packages that unleak needs itself, or those that `roots` need, with the roots."""
    wanted_by: dict[str, set[str]] = {}
    for name, texts in entries().items():
        comments = re.findall(r"^ +#(?: +via)? +(\S.*)$", "".join(texts), flags=re.MULTILINE)
        wanted_by[name] = {_UNLEAK if comment == "unleak (pyproject.toml)" else comment for comment in comments}
    found = set(roots) or {_UNLEAK}
    while more := {name for name, by in wanted_by.items() if name not in found and by & found}:
        found |= more
    return sorted(found - {_UNLEAK})


def locked(names: Sequence[str]) -> str:
    """The lines that lock these packages, without remarks."""
    known = entries()
    lines = "".join(text for name in names for text in known[name]).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#")) + "\n"


def server() -> str:
    """What the server needs, without the judge."""
    return locked(needed())


def keychain() -> str:
    """What the server needs for the keychain of the operating system."""
    return locked([name for name in needed(["keyring"]) if name not in needed()])


def hub() -> str:
    """What the server needs to fetch judges, without a transfer that unleak does not use."""
    known = {*needed(), *needed(["keyring"])}
    return locked([name for name in needed(["huggingface-hub"]) if name not in known and name != "hf-xet"])


def judge() -> str:
    """What the judge needs besides."""
    return locked([name for name in needed(["llama-cpp-python"]) if name not in needed()])


def write(folder: Path) -> None:
    """The files that an installation from the universal extension reads."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("requirements.txt", server()), ("requirements-judge.txt", judge())):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    print(locked(needed(sys.argv[1:])), end="")
