"""Changes of several files, carried out by the client or, as far as it cannot make files, by the server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from unleak.fixes.change import applied
from unleak.lsp.background import in_background
from unleak.lsp.private_files import MODE
from unleak.lsp.workspace_edits import Changed, workspace_edit

if TYPE_CHECKING:
    from unleak.lsp.session import Session


async def carry_out(server: Session, files: Sequence[Changed], label: str, *, asks: bool = False) -> bool:
    """Have the client make all changes in one step, under a label; whether it did.

    Files that a client cannot make are made first, and removed again where it refuses the rest. `asks` is for clients
    that can show a preview. What hinders it is said.
    """
    abilities = server.fixing.abilities
    new = [] if abilities.creates else [file for file in files if not file.exists]
    made: list[Path] = []
    is_applied = False
    try:
        for file in new:
            made.append(await in_background(partial(_make, file)))
        rest = [file for file in files if file not in new]
        edit = workspace_edit(rest, server.dialect.encoding, abilities, label=label, asks=asks)
        answer = await server.workspace_apply_edit_async(lsp.ApplyWorkspaceEditParams(edit, label))
        is_applied = answer.applied
    except FileExistsError as error:
        server.say(f"{error.filename} is there by now: ask for code actions again.")
    except OSError as error:
        server.say(f"{error.filename} cannot be made ({error.strerror}): nothing was changed.")
    except JsonRpcException:
        pass
    if is_applied:
        server.private.applied([Path(file.path) for file in files if file.is_private])
        for file in files:
            if file.names:
                await server.fixing.added.add(Path(file.path), file.names)
        server.watch_private()
    else:  # not where the request is cancelled: nobody knows then whether the client has applied the edit
        for path in made:
            with suppress(OSError):
                path.unlink()
    return is_applied


def _make(file: Changed) -> Path:
    """Make a file that is not there; raises FileExistsError where it is, and leaves none behind that is not whole."""
    path, mode = Path(file.path), MODE if file.is_private else 0o666
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(applied(file.text, file.changes))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
