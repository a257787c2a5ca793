"""Names that fixes have added to `.env` files: whether somebody else has added the same one at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from unleak.fixes.dotenv import contradictions
from unleak.lsp.background import in_background

if TYPE_CHECKING:
    from unleak.lsp.session import Session


class AddedNames:
    """For the event loop's thread. Each contradiction is said once."""

    def __init__(self, server: Session) -> None:
        self._server = server
        self._names: dict[Path, set[str]] = {}

    @property
    def folders(self) -> set[Path]:
        """Where the files are."""
        return {path.parent for path in self._names}

    async def add(self, path: Path, names: Iterable[str]) -> None:
        """An edit that adds these names to a `.env` was applied."""
        self._names.setdefault(path, set()).update(names)
        await self.check([path])

    async def check(self, paths: Iterable[Path]) -> None:
        """Look at these files again, as the editor has them open or as they are on disk."""
        for path in paths:
            names = self._names.get(path)
            if not names:
                continue
            look = await in_background(partial(self._server.fixing.workspace_files().look, path.as_posix()))
            found = sorted(contradictions(look.text or "", names))
            names.difference_update(found)
            if found:
                self._server.say(_told(found, path))


def _told(names: list[str], path: Path) -> str:
    verb, what = ("stand", "names") if len(names) > 1 else ("stands", "name")
    return (
        f"{' and '.join(names)} {verb} twice in {path}, with different values: somebody else has added the same {what} "
        "at the same time. Programs see the last value: give one of the two another name, there and in the source that "
        "reads it."
    )
