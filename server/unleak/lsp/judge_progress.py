"""The progress of a judge that reads a document for long, in the client's own display."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from unleak.lsp.progress import Progress, token_for

if TYPE_CHECKING:
    from unleak.judge.protocol import Question
    from unleak.judge.verdicts import CachedJudge, Lookup
    from unleak.lsp.session import Session

TITLE = "Judging what was found"
_LONG = 1.0  # seconds after which a person wants to know
_LOOK = 0.1  # seconds between two looks at how far it is


class Asking:
    """What a judge is asked about a document, which may be edited meanwhile."""

    def __init__(self) -> None:
        self.late = math.inf  # of the monotonic clock: when the rules decide what is not answered
        self.parts = 0  # questions that are to be answered
        self.lookups: dict[Question, Lookup] = {}
        self.is_stopped = False

    def only(self, questions: Iterable[Question]) -> None:
        """Wait for the answers to these questions and to no other."""
        wanted = set(questions)
        self.parts = len(wanted)
        for question, lookup in list(self.lookups.items()):
            if question not in wanted or lookup.done():  # what was answered is known, and all else is asked again
                del self.lookups[question]
                lookup.cancel()

    def ask(self, judge: CachedJudge, question: Question) -> None:
        """Ask, unless that has been done."""
        if question not in self.lookups:
            self.lookups[question] = judge.submit([question])

    def stop(self) -> None:
        """Ask no more, and wait for no answer."""
        self.is_stopped = True
        for lookup in self.lookups.values():
            lookup.cancel()


async def show_progress(server: Session, offered: lsp.ProgressToken | None, asking: Asking) -> None:
    """Show how many parts are answered, until this is cancelled; where the client cancels it, stop asking.

    With a token that a request has brought it is shown at once.
    """
    if offered is None:
        await asyncio.sleep(_LONG)
    token = await token_for(server, offered)
    if token is None:
        return
    stop = server.stops[token] = threading.Event()
    progress = Progress(server, token, TITLE)
    try:
        while not stop.is_set():
            progress.report(sum(lookup.done() for lookup in asking.lookups.values()), asking.parts, "parts")
            await asyncio.sleep(_LOOK)
        asking.stop()
    finally:
        server.stops.pop(token, None)
        progress.end("cancelled" if stop.is_set() else "done")
