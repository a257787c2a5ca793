"""Processes that scan files, for loads that are worth it."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, NoReturn, cast

from unleak import children
from unleak.batch import FileResult, FileScanner, shown_path
from unleak.config import Config, Configs

if TYPE_CHECKING:
    from concurrent.futures import Future
    from subprocess import Popen

    from unleak.decision import Blend


class Setup(NamedTuple):
    """What a process has to know, as `FileScanner` takes it."""

    configs: Configs | Config
    base: Path | None
    values: bool
    blend: Blend | None


def scan_in_processes(chunks: Iterator[list[str]], setup: Setup, jobs: int) -> Iterator[FileResult]:
    """The results of all files in their order; `jobs` processes have a chunk each.

    Closing the iterator stops the work and leaves no process behind.
    """
    from concurrent.futures import ThreadPoolExecutor

    workers = _Workers(setup)
    threads = ThreadPoolExecutor(jobs)  # each waits for one process
    ahead: deque[Future[list[FileResult]]] = deque()
    try:
        for chunk in chunks:
            ahead.append(threads.submit(workers.scan, chunk))
            if len(ahead) > 4 * jobs:
                yield from ahead.popleft().result()
        while ahead:
            yield from ahead.popleft().result()
    finally:
        workers.stop()
        threads.shutdown(cancel_futures=True)


class _Workers:
    """Processes that scan, started when one is wanted and none is idle."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._idle: deque[_Worker] = deque()
        self._all: list[_Worker] = []
        self._stopped = False
        self._starting = threading.Lock()

    def scan(self, chunk: Sequence[str]) -> list[FileResult]:
        """The results of `chunk`; should a process die over it, all but the file that killed it."""
        worker = self._idle_or_new()
        if worker is None:
            return []
        try:
            results = worker.scan(chunk)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            worker.stop()
            if len(chunk) == 1:
                return [FileResult(shown_path(chunk[0]), skipped="internal error (process ended)", failed=True)]
            return [result for path in chunk for result in self.scan([path])]
        self._idle.append(worker)
        return results

    def stop(self) -> None:
        with self._starting:
            self._stopped = True
        for worker in self._all:
            worker.stop()

    def _idle_or_new(self) -> _Worker | None:
        with self._starting:
            if self._stopped:
                return None
            if not self._idle:
                self._all.append(_Worker(self._setup))
                return self._all[-1]
            return self._idle.pop()


class _Worker:
    """One process that scans.

    Not `multiprocessing`: its children import from the current folder first, so that a scanned
    tree with a `pickle.py` would run, and they share standard output, the channel of a language server.
    """

    def __init__(self, setup: Setup) -> None:
        import subprocess

        self._process: Popen[bytes] = subprocess.Popen(
            children.command("scan"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C in a terminal is for the parent, who then stops this one.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._send(setup)

    def scan(self, chunk: Sequence[str]) -> list[FileResult]:
        self._send(chunk)
        return cast("list[FileResult]", pickle.load(cast("IO[bytes]", self._process.stdout)))

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                cast("IO[bytes]", stream).close()

    def _send(self, message: object) -> None:
        stream = cast("IO[bytes]", self._process.stdin)
        pickle.dump(message, stream, pickle.HIGHEST_PROTOCOL)
        stream.flush()


def work(_arguments: Sequence[str]) -> NoReturn:
    """What a scanning process does until its parent goes away."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        setup = cast(Setup, pickle.load(requests))
        scanner = FileScanner(setup.configs, setup.base, values=setup.values, blend=setup.blend)
        while True:
            chunk = cast("list[str]", pickle.load(requests))
            pickle.dump([scanner.scan_file(path) for path in chunk], answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
    except (EOFError, BrokenPipeError):
        os._exit(0)  # nobody listens any more; what is still buffered has nowhere to go
