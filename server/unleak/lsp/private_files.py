"""Files that a fix makes and that nobody else may read: a client may write them much later than it was told to."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

MODE = 0o600
PATTERN = "**/.env"
"""Which files a client is asked to watch, once a fix has made one."""


class PrivateFiles:
    """What fixes make: it is `offered` with an edit, and `awaited` from when the edit is applied until it is written.

    Only files that an edit of ours makes count, whatever a client says.
    """

    def __init__(self) -> None:
        self._offered: dict[Path, Path] = {}  # with the workspace folder
        self.awaited: dict[Path, Path] = {}

    def offer(self, path: Path, root: Path) -> None:
        """An edit that is on offer would make this file, which is not there now."""
        self._offered[path] = root

    def applied(self, paths: Iterable[Path]) -> None:
        """Edits that make these files were applied; what is on disk by now gets its mode."""
        known = [path for path in paths if path in self._offered]
        self.awaited.update((path, self._offered.pop(path)) for path in known)
        self.written(known)

    def written(self, paths: Sequence[Path]) -> None:
        """Something was saved or has changed: what is awaited gets its mode, and is done with once it has a content."""
        for path in paths:
            root = self.awaited.get(path)
            if root is not None and close_off(path, root):
                del self.awaited[path]


def close_off(path: Path, root: Path) -> bool:
    """Make a file readable for its owner alone; whether it has a content by now.

    Left alone are links, files with more than one name, and all that is outside of `root`, links followed.
    """
    if not hasattr(os, "fchmod"):  # Windows, where a file has no such mode
        return True
    with suppress(OSError):
        if not Path(os.path.realpath(path.parent)).is_relative_to(os.path.realpath(root)):
            return True
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            found = os.fstat(handle)
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
                os.fchmod(handle, MODE)
            return found.st_size > 0
        finally:
            os.close(handle)
    return False
