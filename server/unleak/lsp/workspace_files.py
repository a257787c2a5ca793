"""The files of a workspace as a fix sees them: as the editor has them open, else as they lie on disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from unleak.fixes.home import MAX_BYTES, Kind, Look
from unleak.git import Abandoned, Git

_BYTE_ORDER_MARK = "\ufeff"


class WorkspaceFiles:
    """Looks at files, each once; for any thread. Git is asked only where the workspace is trusted."""

    def __init__(self, opened: Callable[[Path], str | None], *, is_trusted: bool) -> None:
        """`opened` gives the text of a file that is open in the editor."""
        self._opened = opened
        self._is_trusted = is_trusted
        self._looks: dict[str, Look] = {}

    def look(self, path: str) -> Look:
        if path not in self._looks:
            self._looks[path] = _look(path, self._opened(Path(path)))
        return self._looks[path]

    def is_tracked(self, path: str) -> bool:
        if not self._is_trusted:
            return False
        folder, name = os.path.split(path)
        try:
            return Git(folder).ask("ls-files", "--error-unmatch", "--", name) is not None
        except Abandoned:
            return False


def _look(path: str, opened: str | None) -> Look:
    real = os.path.realpath(path).replace(os.sep, "/")
    try:
        found = os.stat(path)
    except OSError:
        if os.path.islink(path):
            return Look(Kind.OTHER, real)
        if opened is not None:  # new in the editor, not saved yet
            return Look(Kind.FILE, real, len(opened), True, opened)
        return Look(Kind.MISSING, real)
    writable = os.access(path, os.W_OK)
    if stat.S_ISDIR(found.st_mode):
        return Look(Kind.FOLDER, real, 0, writable)
    if not stat.S_ISREG(found.st_mode):
        return Look(Kind.OTHER, real, 0, writable)
    text = opened if opened is not None else _text(path) if found.st_size <= MAX_BYTES else None
    return Look(Kind.FILE, real, found.st_size, writable, text)


def _text(path: str) -> str | None:
    """The text of a file, None where it is not UTF-8 or cannot be read."""
    try:
        return Path(path).read_bytes().decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
    except (OSError, ValueError):
        return None
