"""When the judge reads which open document, and what comes of it.

It reads a document that is opened as soon as there is nothing more urgent, and one that is saved at once. What it
says counts for the text that it was asked about: where that has changed meanwhile it is asked again, and what it
has said before costs nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, cast

from lsprotocol import types as lsp

from unleak.config_file import MANUAL, ON_TYPE
from unleak.finding import Span, Verdict
from unleak.lsp.background import in_background
from unleak.lsp.documents import Document
from unleak.lsp.judge_progress import Asking, show_progress
from unleak.lsp.judge_status import Status, StatusBar
from unleak.lsp.session_judge import SessionJudge

if TYPE_CHECKING:
    from concurrent.futures import Future

    from unleak.judge.verdicts import CachedJudge, Known
    from unleak.lsp.session import Session
    from unleak.scanner import Reading, Scanner

_SAVED = 0.05  # seconds after a save: some editors save a file several times in a row
_SETTLE = 0.1  # seconds without a keystroke before a text that has changed meanwhile is read again
_LOOK = 0.1  # seconds between two looks at whether an answer is still wanted
_AHEAD = 2  # questions that are asked at once, so that the judge need not wait for the next
_AT_ONCE = 16  # verdicts that are taken over without a pause
_LATE = 10.0  # seconds after which the rules decide what the judge has not read yet; what it says later still counts


class Judging:
    """For the event loop's thread."""

    def __init__(self, server: Session) -> None:
        self.judge = SessionJudge(self._judge_changed, server.note, server.tell)
        self._server = server
        self._was_well = True
        self._runs: dict[str, asyncio.Task[None]] = {}  # by URI
        self._pending: dict[str, int] = {}  # candidates, by URI
        self._urgent = 0  # runs
        self._calm = asyncio.Event()
        self._calm.set()
        self._one_by_one = asyncio.Lock()
        self._bar: StatusBar | None = None

    # What happens to documents

    def read(self, document: Document) -> None:
        """A document is there, or is there anew."""
        if self._may_read(document):
            self._begin(document, self._leisurely(document))

    def saved(self, document: Document) -> None:
        if self._may_read(document):
            self._begin(document, self._soon(document, _SAVED))

    def typed(self, document: Document) -> None:
        if document.asked:
            options = self._server.settings.base_for(document.file).judge
            if options.run == ON_TYPE:
                self._begin(document, self._soon(document, options.idle_delay / 1000))

    def closed(self, uri: str) -> None:
        if run := self._runs.pop(uri, None):
            run.cancel()

    async def run(self, document: Document, token: lsp.ProgressToken | None) -> dict[str, object]:
        """Read a document because a person says so; says how many candidates there are, and have verdicts."""
        run = self._begin(document, self._soon(document, 0.0, token))
        try:
            await asyncio.wait([run])
        except asyncio.CancelledError:
            run.cancel()
            raise
        return {"asked": len(document.asked), "judged": len(document.verdicts)}

    def restart(self) -> None:
        """Start the judge anew, whatever has become of it, and read all documents anew."""
        self.judge.restart()
        self._server.reconfigure()

    def hides(self, document: Document) -> bool:
        """Whether what the judge has not read yet is shown as a hint: not where nothing comes of waiting for it."""
        return self.judge.is_well and not document.is_unheard

    # What the client is told

    def show_status(self) -> None:
        """Tell the client of the judge from now on."""
        self._bar = StatusBar(self._server.protocol.send, self._status)
        self._bar.refresh()

    def _status(self) -> Status:
        return Status.of(self.judge.state, self.judge.model, sum(self._pending.values()))

    def _refresh(self) -> None:
        if self._bar:
            self._bar.refresh()

    def _judge_changed(self) -> None:
        if self.judge.is_well != self._was_well:
            self._was_well = self.judge.is_well
            for document in self._server.documents:
                if document.is_read and any(finding.provisional for finding in document.findings):
                    self._server.publish(document)
        self._refresh()

    # How a document is judged

    def _may_read(self, document: Document) -> bool:
        if not document.is_read or not (document.asked or document.verdicts or document.is_unheard):
            return False
        return self._server.settings.base_for(document.file).judge.run != MANUAL

    def _begin(self, document: Document, run: Coroutine[object, object, None]) -> asyncio.Task[None]:
        self.closed(document.uri)
        task = self._runs[document.uri] = self._server.spawn(run)
        return task

    async def _soon(self, document: Document, pause: float, token: lsp.ProgressToken | None = None) -> None:
        await asyncio.sleep(pause)
        self._urgent += 1
        self._calm.clear()
        try:
            await self._judge(document, token, nullcontext(), is_urgent=True)
        finally:
            self._urgent -= 1
            if not self._urgent:
                self._calm.set()

    async def _leisurely(self, document: Document) -> None:
        late = asyncio.get_running_loop().call_later(_LATE, self._go_without, document)
        try:
            await self._judge(document, None, self._one_by_one, is_urgent=False)
        finally:
            late.cancel()

    def _go_without(self, document: Document) -> None:
        """Have the rules decide about a document that waits for its turn, until the judge has read it."""
        if document.is_read and len(document.verdicts) < len(document.asked) and not document.is_unheard:
            document.is_unheard = True
            self._server.publish(document)

    async def _judge(
        self,
        document: Document,
        token: lsp.ProgressToken | None,
        turn: AbstractAsyncContextManager[None],
        *,
        is_urgent: bool,
    ) -> None:
        """Ask, each time within a `turn`, until the answer is about the text that is there, and go by it."""
        asking = Asking()
        shown: asyncio.Task[None] | None = None
        try:
            while document.is_read and not document.is_closed:
                async with turn:
                    if await in_background(self.judge.is_outdated):
                        self.restart()  # which reads this document anew
                        return
                    judge = await in_background(self.judge.opened)
                    if judge is None:
                        return
                    shown = shown or asyncio.create_task(show_progress(self._server, token, asking))
                    asking.late = time.monotonic() + _LATE
                    age = document.age
                    verdicts = await self._answers(judge, document, asking, is_urgent=is_urgent)
                    if verdicts is not None and document.age == age and await self._take_over(document, verdicts):
                        return
                while document.age != age:  # a person types, and others have their turn
                    age = document.age
                    await asyncio.sleep(_SETTLE)
        finally:
            if shown:
                shown.cancel()
            asking.stop()

    async def _answers(
        self, judge: CachedJudge, document: Document, asking: Asking, *, is_urgent: bool
    ) -> dict[Span, Verdict] | None:
        """What the judge says about a document as it is now; None where the text changes first.

        Of what was asked about an earlier text only what is still asked is waited for.
        """
        scanner, path, asked = document.scanner, document.path, list(document.asked)
        if scanner is None or not asked:
            return {}
        text, age = str(document.text), document.age
        parts = await in_background(
            lambda: [
                (question, [asked[place].span for place in places])
                for question, places in scanner.questions(text, path, asked)
            ]
        )
        asking.only([question for question, _ in parts])
        verdicts: dict[Span, Verdict] = {}
        with self._counted(document, len(asked)):
            for number, (question, spans) in enumerate(parts):
                if not is_urgent:
                    await self._calm.wait()
                if asking.is_stopped:
                    break
                if document.age != age:
                    return None
                for ahead, _ in parts[number : number + _AHEAD]:
                    asking.ask(judge, ahead)
                answer = asyncio.wrap_future(cast("Future[Known]", asking.lookups[question]))
                while not (await asyncio.wait([answer], timeout=_LOOK))[0]:
                    if document.age != age:
                        return None
                    if time.monotonic() > asking.late:
                        asking.late = time.monotonic() + _LATE
                        await self._take_over(document, verdicts)
                (told,) = answer.result()
                verdicts.update((span, verdict) for span, verdict in zip(spans, told, strict=True) if verdict)
        return verdicts

    async def _take_over(self, document: Document, verdicts: dict[Span, Verdict]) -> bool:
        """Go by `verdicts`, for which nothing was typed meanwhile; False where that is no longer so.

        Where the judge has not answered, what it said before counts, and else the rules decide.
        """
        before, was_unheard = dict(document.verdicts), document.is_unheard
        asked = {one.span for one in document.asked}
        wanted = {span: verdict for span, verdict in before.items() if span in asked} | verdicts
        known = {span: verdict for span, verdict in before.items() if span in wanted}
        age, spans = document.age, list(wanted)
        for start in range(0, max(1, len(spans)), _AT_ONCE):
            known.update((span, wanted[span]) for span in spans[start : start + _AT_ONCE])
            document.judged(known)
            await asyncio.sleep(0)
            if document.age != age:
                return False
        document.is_unheard = len(wanted) < len(asked)
        if document.verdicts != before or document.is_unheard != was_unheard:
            self._server.publish(document)
            self._server.spawn(self._record(document))
        return True

    async def _record(self, document: Document) -> None:
        """Record what rules and judge disagree about, for who wants that; why it is not possible is said once."""
        scanner, reading = document.scanner, document.reading
        if scanner is None or reading is None or not reading.disputed:
            return
        path, text = document.path, str(document.text)
        policy = await self._server.policies.of(document.file, document.language)
        if policy.config.feedback:
            problem = await in_background(partial(_recorded, scanner, text, path, reading))
            self._server.tell([problem] if problem else ())

    @contextmanager
    def _counted(self, document: Document, candidates: int) -> Iterator[None]:
        self._pending[document.uri] = candidates
        self._refresh()
        try:
            yield
        finally:
            self._pending.pop(document.uri, None)
            self._refresh()


def _recorded(scanner: Scanner, text: str, path: str, reading: Reading) -> str:
    from unleak import disagreements  # what it needs is for few

    return disagreements.record(scanner, text, path, reading)
