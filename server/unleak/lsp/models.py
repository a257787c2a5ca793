"""The commands `unleak.model.*`: the models of a person, for clients. All that reads or writes files is done beside."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from unleak.chosen_judge import VARIABLE, current
from unleak.judge.installed import Entry, choose, entries, find, remove, verify
from unleak.judge.shelf import InstalledError
from unleak.lsp.background import in_background

if TYPE_CHECKING:
    from unleak.lsp.session import Session

_UNTRUSTED = "This workspace is not trusted, so that nothing can be changed from here. Trust it first."
_FAILED = int(lsp.LSPErrorCodes.RequestFailed)
T = TypeVar("T")


async def list_model(server: Session, data: object) -> dict[str, object]:
    known, problem = await done(entries)
    server.tell([problem] if problem else ())
    used = await done(partial(current, is_trusted=server.settings.is_trusted))
    return {"current": used, "models": [entry.told(used) for entry in known]}


async def use_model(server: Session, data: object) -> dict[str, object]:
    """Use a model from now on, also in what is open."""
    name = text_in(data, "id")
    check_trust(server)
    entry = await done(partial(_used, name))
    server.judging.restart()
    return {"used": entry.id}


async def import_model(server: Session, data: object) -> dict[str, object]:
    path = text_in(data, "path")
    check_trust(server)
    name = await done(partial(_imported, Path(path)))
    if await done(chosen_now) == name:  # it has been broken, or was away
        server.judging.restart()
    return {"imported": name}


async def verify_model(server: Session, data: object) -> dict[str, object]:
    name = text_in(data, "id")
    problem = await done(lambda: verify(find(name)))
    return {"ok": not problem, "problem": problem}


async def remove_model(server: Session, data: object) -> dict[str, object]:
    name = text_in(data, "id")
    check_trust(server)
    entry, waschosen_now = await done(partial(_removed, name))
    if waschosen_now:
        server.judging.restart()
    return {"removed": entry.id}


def _used(name: str) -> Entry:
    if os.environ.get(VARIABLE):
        raise InstalledError(f"{VARIABLE} in the environment of the editor says which judge it is: remove it there")
    entry = find(name)
    choose(entry)
    return entry


def _imported(path: Path) -> str:
    from unleak.judge.importing import install

    return install(path)


def _removed(name: str) -> tuple[Entry, bool]:
    entry = find(name)
    return entry, remove(entry)


def chosen_now() -> str:
    from unleak.judge.shelf import chosen

    return chosen()


async def done(work: Callable[[], T]) -> T:
    """What `work` returns, done in a thread of its own; what people can do about its failure is the error's message."""
    try:
        return await in_background(work)
    except InstalledError as error:
        raise failed(str(error)) from None


def failed(problem: str) -> JsonRpcException:
    """The error whose message is a sentence for people."""
    return JsonRpcException(f"{problem}.", _FAILED)


def text_in(data: object, key: str) -> str:
    value = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(value, str) or not value.strip():
        raise JsonRpcInvalidParams(f"This command needs an object with the text {key!r}.")
    return value


def check_trust(server: Session) -> None:
    if not server.settings.is_trusted:
        raise JsonRpcException(_UNTRUSTED, _FAILED)
