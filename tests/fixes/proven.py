"""What was shown of a program of the corpus, so that it need not be run again until something changes.

Running all programs takes many minutes. One that passed leaves a file in `UNLEAK_PROGRAMS` (~/.cache/unleak/programs)
with a digest of all that went into it: its files, the fixed text and the values, the command, the test itself, the
versions of the programs that it needs, and the list of the packages on this machine. An empty folder runs them all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from fixes.corpus import Case

_PACKAGES = Path("/var/lib/dpkg/status")  # of Debian and Ubuntu
_VERSION = {"go": ["version"], "npm": ["ls", "--global", "--depth=0"]}  # the programs of npm stand in its list


def place() -> Path:
    if chosen := os.environ.get("UNLEAK_PROGRAMS"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unleak" / "programs"


def digest_of(case: Case, *more: str) -> str:
    """`more` is what the test has made of the case."""
    tools = [version(program) for program in case.needs]
    digest = hashlib.sha256(_packages())
    for part in (case.file, case.text, case.run, repr(sorted(case.beside.items())), *tools, *more):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def is_proven(case: Case, digest: str) -> bool:
    try:
        return _file(case).read_text() == digest
    except OSError:
        return False


def keep(case: Case, digest: str) -> None:
    file = _file(case)
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f"{file.name}.{os.getpid()}")
    half.write_text(digest)
    half.replace(file)


@cache
def version(program: str) -> str:
    """Where a program is and what it says of itself."""
    path = shutil.which(program) or ""
    asked = [path, *_VERSION.get(program, ["--version"])]
    done = subprocess.run(
        asked, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False
    )
    return f"{Path(path).resolve()}\n{done.stdout.decode('utf-8', 'replace')}"


@cache
def _packages() -> bytes:
    return hashlib.sha256(_PACKAGES.read_bytes()).digest() if _PACKAGES.exists() else b""


def _file(case: Case) -> Path:
    return place() / hashlib.sha256(str(case).encode()).hexdigest()[:32]
