"""Verdicts by the content that the judge saw, and a judge that is asked only for what is not known yet."""

from __future__ import annotations

import hashlib
import math
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import NamedTuple, TypeAlias

from unleak.finding import Verdict
from unleak.judge.client import Judge
from unleak.judge.keeper import Answer, Request
from unleak.judge.protocol import Question
from unleak.judge.store import DIGEST_SIZE, KEY_SIZE, Rows, Store

Known: TypeAlias = "list[list[Verdict | None]]"
"""A list a question, with a verdict or None for each of its suffixes."""
MEMORY = 20_000
"""Verdicts that are kept in memory; those that were not used for longest go first."""
_LOADING = 0.2  # seconds that the first look waits for the disk
_TOGETHER = 16  # suffixes in one request: what has been answered when time is up is kept


class Verdicts:
    """What a model has answered, for any thread. `fingerprint` is its bundle's."""

    def __init__(self, fingerprint: str, store: Store | None = None, *, most: int = MEMORY) -> None:
        self._store = store
        self._most = most
        self._known: OrderedDict[bytes, Verdict] = OrderedDict()
        self._used: set[bytes] = set()  # and not yet told to the store
        self._lock = threading.Lock()
        self._loaded = threading.Event()
        self._digest = hashlib.blake2b(digest_size=DIGEST_SIZE, key=store.key if store else os.urandom(KEY_SIZE))
        self._digest.update(_framed(fingerprint))
        if store:
            store.start(hashlib.blake2b(fingerprint.encode(), digest_size=8).digest(), self._load)
        else:
            self._loaded.set()

    @property
    def problem(self) -> str:
        """Why verdicts do not outlive this process, where they should."""
        return self._store.problem if self._store else ""

    def known(self, question: Question) -> list[Verdict | None]:
        """What is known of each suffix."""
        if not self._loaded.wait(_LOADING):
            self._loaded.set()  # whoever comes next need not wait for a slow disk, too
        keys = self._keys(question)
        with self._lock:
            found = [self._known.get(key) for key in keys]
            for key, verdict in zip(keys, found, strict=True):
                if verdict:
                    self._known.move_to_end(key)
                    if self._store:
                        self._used.add(key)
        return found

    def add(self, question: Question, verdicts: Sequence[Verdict]) -> None:
        new = dict(zip(self._keys(question), verdicts, strict=True))
        with self._lock:
            self._known.update(new)
            self._shrink()
            used, self._used = self._used, set()
        if self._store:
            self._store.add(new, used)

    def close(self) -> None:
        """Write what is not written yet."""
        if self._store:
            self._store.add({}, self._used)
            self._store.close()

    def _load(self, rows: Rows) -> None:
        with self._lock:
            newer = self._known
            self._known = OrderedDict(rows)
            self._known.update(newer)
            self._shrink()
        self._loaded.set()

    def _shrink(self) -> None:
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def _keys(self, question: Question) -> list[bytes]:
        shared = self._digest.copy()
        shared.update(_framed(question.prefix))
        keys = []
        for suffix in question.suffixes:
            own = shared.copy()
            own.update(_framed(suffix))
            keys.append(own.digest())
        return keys


class _Part(NamedTuple):
    """What is not known of a question."""

    question: Question  # with the unknown suffixes alone
    number: int  # of the whole question
    places: list[int]  # of the unknown suffixes in it


class Lookup(Future[Known]):
    """What comes of questions; never an exception, and None for each suffix that has no answer.

    Works with `asyncio.wrap_future`. Callbacks run in the judge's thread and must be short.
    """

    def __init__(self, known: Known, verdicts: Verdicts, asked: Sequence[tuple[Request, list[_Part]]]) -> None:
        super().__init__()
        self._answers = known
        self._verdicts = verdicts
        self._requests = [request for request, _ in asked]
        self._open = len(asked)
        self._lock = threading.Lock()
        if not asked:
            self.set_result(known)
        for request, parts in asked:
            request.add_done_callback(partial(self._take, parts))

    def cancel(self) -> bool:
        """Have what is known by now as the result, at once; whether there was something to stop."""
        return any([request.cancel() for request in self._requests])

    def _take(self, parts: list[_Part], done: Future[Answer]) -> None:
        for part, verdicts in zip(parts, done.result() or (), strict=False):
            for place, verdict in zip(part.places, verdicts, strict=True):
                self._answers[part.number][place] = verdict
            self._verdicts.add(part.question, verdicts)
        with self._lock:
            self._open -= 1
            is_last = self._open == 0
        if is_last:
            self.set_result(self._answers)


class CachedJudge:
    """A judge that is asked only for what `verdicts` do not hold; for any thread, and nothing raises."""

    def __init__(self, judge: Judge, verdicts: Verdicts) -> None:
        self.judge = judge
        self.verdicts = verdicts

    def submit(self, questions: Sequence[Question], *, deadline_seconds: float = math.inf) -> Lookup:
        """Ask; what is answered before the deadline counts, and is known the next time."""
        known = [self.verdicts.known(question) for question in questions]
        asked = [
            (self.judge.submit([part.question for part in parts], deadline_seconds=deadline_seconds), parts)
            for parts in _requests(questions, known)
        ]
        return Lookup(known, self.verdicts, asked)

    def close(self) -> None:
        self.judge.close()
        self.verdicts.close()


def _requests(questions: Sequence[Question], known: Known) -> Iterator[list[_Part]]:
    """What has to be asked, in requests of a size that is soon answered."""
    parts: list[_Part] = []
    size = 0
    for number, (question, verdicts) in enumerate(zip(questions, known, strict=True)):
        places = [place for place, verdict in enumerate(verdicts) if verdict is None]
        if not places:
            continue
        suffixes = tuple([question.suffixes[place] for place in places])
        if parts and size + len(places) > _TOGETHER:
            yield parts
            parts, size = [], 0
        parts.append(_Part(Question(question.prefix, suffixes), number, places))
        size += len(places)
    if parts:
        yield parts


def _framed(text: str) -> bytes:
    """A text that cannot run into the next one."""
    data = text.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(8, "little") + data
