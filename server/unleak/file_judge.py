"""The candidates of many files before a judge, while further files are read; results keep their order."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import TimeoutError as NotYet
from dataclasses import replace
from typing import TYPE_CHECKING

from unleak.batch import FileResult, FileScanner
from unleak.finding import Span, Verdict
from unleak.judge.protocol import Question
from unleak.judge.state import Phase

if TYPE_CHECKING:
    from unleak.judge.verdicts import CachedJudge, Known, Lookup

_TOGETHER = 16  # candidates that are asked at once, of however many files
_AHEAD = 48  # candidates on their way: enough to keep a judge busy, and soon over where others ask a slow one
_HELD = 5_000  # results that wait for one before them
_LOOK = 0.1  # seconds between two looks at whether the answer is still wanted


class FileJudge:
    """Makes results final. `judge` gives the judge, or None, as soon as there is something to ask.

    It asks for at most `budget` seconds, and as long as `goes_on` says so: what has no verdict by then
    stands as the rules decide it, and its result says how much that is and why.
    """

    def __init__(
        self,
        judge: Callable[[], CachedJudge | None],
        *,
        budget: float | None = None,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._open = judge
        self._judge: CachedJudge | None = None
        self._budget = math.inf if budget is None else budget  # seconds
        self._goes_on = goes_on
        self._until = math.inf  # of the monotonic clock

    def close(self) -> None:
        """Close the judge, where one was asked."""
        if self._judge:
            self._judge.close()

    def final(self, results: Iterator[FileResult], scanner: FileScanner) -> Generator[FileResult, None, None]:
        """The results in their order; `scanner` reads once more what has verdicts."""
        held: deque[_Held] = deque()
        batch = _Batch()
        on_the_way = 0
        try:
            for result in results:
                held.append(_Held(result, batch))
                if result.open:
                    held[-1].first = batch.add(result.open.questions)
                    on_the_way += result.open.size
                    if batch.size >= _TOGETHER:
                        self._submit(batch)
                        batch = _Batch()
                while held and (held[0].is_ready() or on_the_way > _AHEAD or len(held) > _HELD):
                    if held[0].batch is batch and held[0].result.open:
                        self._submit(batch)
                        batch = _Batch()
                    first = held.popleft()
                    on_the_way -= first.size
                    yield self._made_final(first, scanner)
            self._submit(batch)
            while held:
                yield self._made_final(held.popleft(), scanner)
        finally:
            for each in held:
                if each.batch.lookup:
                    each.batch.lookup.cancel()
            if isinstance(results, Generator):
                results.close()

    def _submit(self, batch: _Batch) -> None:
        if not batch.questions:
            return
        if self._judge is None:
            self._judge = self._open()
            self._until = time.monotonic() + self._budget
        if self._judge is None:
            return
        batch.lookup = self._judge.submit(batch.questions, deadline_seconds=self._time_left())

    def _time_left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def _made_final(self, held: _Held, scanner: FileScanner) -> FileResult:
        opened, lookup = held.result.open, held.batch.lookup
        if opened is None or lookup is None:
            return held.result
        answers = self._answers(held.batch, lookup)[held.first : held.first + len(opened.questions)]
        verdicts: dict[Span, Verdict] = {}
        for spans, found in zip(opened.spans, answers, strict=True):
            verdicts.update((span, verdict) for span, verdict in zip(spans, found, strict=True) if verdict)
        unjudged = opened.size - len(verdicts)
        result = scanner.judged(held.result, verdicts)
        return replace(result, unjudged=unjudged, unjudged_because=self._why()) if unjudged else result

    def _answers(self, batch: _Batch, lookup: Lookup) -> Known:
        while True:
            try:
                answers = lookup.result(_LOOK)
            except NotYet:
                if not self._is_wanted():
                    lookup.cancel()
                continue
            if batch.is_asked_again or all(None not in answer for answer in answers) or not self._is_wanted():
                return answers
            batch.is_asked_again = True  # its process may have died over it; what is known now costs nothing
            self._submit(batch)
            lookup = batch.lookup or lookup

    def _is_wanted(self) -> bool:
        return self._goes_on() and self._time_left() > 0

    def _why(self) -> str:
        if self._judge and self._judge.judge.state.phase in (Phase.OFF, Phase.BROKEN):
            return self._judge.judge.state.reason
        return "its time was up" if self._time_left() <= 0 else "it did not answer"


class _Batch:
    """Questions that are asked at once."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.size = 0  # in candidates
        self.lookup: Lookup | None = None
        self.is_asked_again = False

    def add(self, questions: tuple[Question, ...]) -> int:
        """Have them asked, too; returns the place of the first."""
        first = len(self.questions)
        self.questions += questions
        self.size += sum(len(question.suffixes) for question in questions)
        return first


class _Held:
    """A result that is not passed on yet."""

    def __init__(self, result: FileResult, batch: _Batch) -> None:
        self.result = result
        self.batch = batch
        self.first = 0  # its first question in the batch
        self.size = result.open.size if result.open else 0

    def is_ready(self) -> bool:
        return self.result.open is None or (self.batch.lookup is not None and self.batch.lookup.done())
