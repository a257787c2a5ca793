"""What has been made of what: results are kept as long as nothing that they are made of changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import tomllib

PROJECT = Path(__file__).resolve().parents[2]
CLIENT = PROJECT / "client-vscode"
PACKAGE = CLIENT / "package"
BUILD = PROJECT / "build"
_PASSED = {"__pycache__", "node_modules", ".mypy_cache", ".ruff_cache"}


def carried() -> dict[Path, str]:
    """What the package has beside its modules: files and folders of the project with their places in it."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    places = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    return {PROJECT / source: place for source, place in places.items()}


def files_in(folder: Path) -> list[Path]:
    """All files below a folder in a fixed order, without what tools leave behind."""
    if folder.is_file():
        return [folder]
    inside = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in inside if not _PASSED.intersection(path.relative_to(folder).parts))


def digest_of(paths: Iterable[Path], *words: str) -> str:
    """A name for the content of files and folders, and for words; changes with each of them."""
    digest = hashlib.blake2b(digest_size=16)

    def add(data: bytes) -> None:
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)

    for word in words:
        add(word.encode())
    for path in paths:
        for file in files_in(path):
            add(file.relative_to(path.parent).as_posix().encode())
            add(b"x" if file.stat().st_mode & 0o100 else b"")
            add(file.read_bytes())
    return digest.hexdigest()


class Made:
    """A result with a note of what it was made of beside it."""

    def __init__(self, result: Path, digest: str) -> None:
        self.result = result
        self._digest = digest
        self._note = result.with_name(f"{result.name}.made-of")

    def is_current(self) -> bool:
        noted = self._note.read_text(encoding="utf-8").strip() if self._note.is_file() else ""
        return self.result.exists() and noted == self._digest

    def forget(self) -> None:
        """To be called before work starts, so that half a result is never taken for one."""
        self._note.unlink(missing_ok=True)

    def keep(self) -> None:
        self._note.write_text(self._digest + "\n", encoding="utf-8")
