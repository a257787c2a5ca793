"""The command `unleak.model.pull`: a model is fetched by a process of its own, under progress that cancels it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from unleak import children
from unleak.judge import frames, shelf
from unleak.judge.child import Child
from unleak.judge.hub import Progress, Target, target
from unleak.judge.shelf import InstalledError
from unleak.lsp.background import in_background
from unleak.lsp.models import check_trust, chosen_now, done, failed, text_in
from unleak.lsp.progress import shown

if TYPE_CHECKING:
    from unleak.lsp.session import Session

TITLE = "Downloading {}"
CANCELLED = "The download was cancelled. What has come is kept: the next one goes on from there."
_LOOK = 0.1  # seconds between two looks at how far it is
_MEGABYTE = 1_000_000


async def pull_model(server: Session, offered: lsp.ProgressToken | None, data: object) -> dict[str, object]:
    """Fetch and install a model of the catalogue, or that of a repository, owner/name@REVISION."""
    name = text_in(data, "id")
    check_trust(server)
    wanted = await done(partial(target, name))
    stop = threading.Event()
    async with shown(server, offered, TITLE.format(wanted.name), stop) as progress:
        fetch = await done(partial(_Fetch, wanted))
        try:
            while not fetch.is_over.is_set() and not stop.is_set():
                way = fetch.progress
                if way.total:
                    progress.report(way.done // _MEGABYTE, -(-way.total // _MEGABYTE), "MB")
                if way.note:
                    progress.say(way.note)
                    fetch.progress = way._replace(note="")
                await asyncio.sleep(_LOOK)
        finally:
            await asyncio.shield(in_background(fetch.end))
        if not fetch.installed and stop.is_set():
            raise JsonRpcException(CANCELLED, int(lsp.LSPErrorCodes.RequestCancelled))
        if not fetch.installed:
            progress.outcome = "not installed"
            raise failed(fetch.problem)
        progress.outcome = f"{fetch.installed} is installed"
    if await done(chosen_now) == fetch.installed:  # it has been broken, or was away
        server.judging.restart()
    return {"pulled": fetch.installed, "source": fetch.source}


class _Fetch:
    """A process that fetches a model. Raises InstalledError where it cannot be started."""

    def __init__(self, wanted: Target) -> None:
        self.progress = Progress()
        self.installed = self.source = ""
        self.problem = "The process that downloads has ended. Try again; what has come is kept"
        self.is_over = threading.Event()
        try:
            self._child = Child(children.command("pull"), self._hear, may_download=True)
        except OSError as error:
            raise shelf.failed(error) from None
        self._child.send({"pull": wanted.as_message()})

    def end(self) -> None:
        """End the process, whatever it does, and clear up behind it."""
        was_over = self.is_over.is_set()
        self._child.kill()
        if not was_over:
            with suppress(InstalledError), shelf.changing():  # else the next process does it
                shelf.sweep()

    def _hear(self, _: Child, message: frames.Message | None) -> None:
        if message is None:
            self.is_over.set()
        elif "done" in message:
            self.progress = Progress(**message)  # type: ignore[arg-type]  # of our own making
        elif "failed" in message:
            self.problem = str(message["failed"])
        else:
            self.installed, self.source = str(message["installed"]), str(message["source"])
