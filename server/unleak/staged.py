"""What is staged in a git repository: content as it will be committed, findings on added lines alone."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol, cast

from unleak.batch import FileResult
from unleak.config import Configs
from unleak.files import larger_than
from unleak.finding import Span
from unleak.git import without_window

_HUNK = re.compile(rb"@@ -\S+ \+(\d+)(?:,(\d+))? @@")
_INDEX = re.compile(rb"index ([0-9a-f]+)\.\.([0-9a-f]+)")
_DIFF = (  # options that undo what a person's git configuration may do to the output
    *("diff", "--cached", "--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules"),
    *("--find-renames", "--diff-filter=ACMRT", "--no-relative"),
)
_REGULAR = (b"100644", b"100755")
_BLOCK = 65536  # bytes

_Content = tuple[bytes, bytes]  # names of an old and a new blob


class GitError(Exception):
    """Git cannot say what is staged; the message says why and what to do."""


@dataclass(slots=True)
class _Entry:
    """A staged file; its path is relative to the top of the repository."""

    path: str
    content: _Content
    added: list[range] = field(default_factory=list)  # lines from 0 by git's count; none: git sees no lines


class Calls:
    """How git is called: as a person calls it in the current folder, unless something else is said."""

    def __init__(
        self,
        folder: str | None = None,
        command: Sequence[str] = ("git", "--literal-pathspecs"),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        own = os.environ if environment is None else environment
        self._command = [*command, *(["-C", folder] if folder else [])]
        self._environment = {name: value for name, value in own.items() if name != "GIT_DIFF_OPTS"}
        self._lock = threading.Lock()  # for all that follows
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_stopped = False

    def stop(self) -> None:
        """End what runs and start no more; for any thread."""
        with self._lock:
            self._is_stopped = True
            for process in self._running:
                process.kill()

    @contextmanager
    def start(
        self, arguments: Sequence[str], *, stdin: int = subprocess.DEVNULL, stderr: int | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A git that runs until the end of the block, at most; raises GitError."""
        with self._lock:
            if self._is_stopped:
                raise GitError("stopped")
            try:
                process = subprocess.Popen(
                    [*self._command, *arguments],
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    env=self._environment,
                    creationflags=without_window(),
                )
            except FileNotFoundError:
                raise GitError("git was not found: install it, or scan without --staged") from None
            self._running.add(process)
        try:
            yield process
        finally:
            with self._lock:
                self._running.discard(process)
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    with suppress(OSError):
                        stream.close()

    def run(self, *arguments: str) -> bytes:
        """All that a command prints; raises GitError."""
        with self.start(arguments, stderr=subprocess.PIPE) as process:
            said, complaint = process.communicate()
        if process.returncode:
            raise _error(complaint)
        return said


class Scans(Protocol):
    """What a `FileScanner` does with the content of a file."""

    def scan_bytes(self, path: str, data: bytes, keep: Callable[[Span], bool] | None = None) -> FileResult: ...


def top_folder(git: Calls | None = None) -> str:
    """The top of the repository around the current folder; raises GitError."""
    return os.fsdecode((git or Calls()).run("rev-parse", "--show-toplevel")).removesuffix("\n")


def scan_staged(
    scanner: Scans,
    configs: Configs,
    top: Path,
    paths: Sequence[str],
    git: Calls | None = None,
    shown: Callable[[str], str] = os.path.relpath,
) -> Iterator[FileResult]:
    """Findings on lines that staged changes add, below `paths` or everywhere; raises GitError.

    Paths in the results are what `shown` makes of absolute ones, else relative to the current folder. `configs` are
    those that `scanner` goes by.
    """
    git = git or Calls()
    entries = _entries(git, paths)
    _note_added_lines(git, entries, paths)
    with git.start(["cat-file", "--batch"], stdin=subprocess.PIPE) as process:
        for entry in sorted(entries, key=lambda entry: entry.path):
            absolute = os.path.join(top, entry.path)
            path = shown(absolute)
            if configs.excludes(absolute) or configs.is_baseline(absolute):
                continue
            limit = configs.of(os.path.dirname(absolute)).max_file_size
            data = _blob(process, entry.content[1], limit)
            if data is None:
                yield FileResult(path.replace(os.sep, "/"), skipped=larger_than(limit))
            else:
                yield scanner.scan_bytes(path, data, _touches(entry.added, data))


def _entries(git: Calls, paths: Sequence[str]) -> list[_Entry]:
    """Regular files that are staged with content of their own."""
    fields = git.run(*_DIFF, "--raw", "-z", "--no-abbrev", "--", *paths).split(b"\0")
    entries = []
    at = 0
    while at + 1 < len(fields):
        _, mode, old, new, status = fields[at].split(b" ")
        names = 2 if status[:1] in (b"R", b"C") else 1
        path = os.fsdecode(fields[at + names])
        at += 1 + names
        if mode in _REGULAR and old != new:
            entries.append(_Entry(path, (old, new)))
    return entries


def _note_added_lines(git: Calls, entries: Sequence[_Entry], paths: Sequence[str]) -> None:
    """Fill in which lines each entry adds.

    Patches are matched to entries by the blobs they name, not by their paths, which git may quote.
    """
    waiting: dict[_Content, list[_Entry]] = {}
    for entry in entries:
        waiting.setdefault(entry.content, []).append(entry)
    if not waiting:
        return
    current: list[_Entry] = []
    options = ["--unified=0", "--inter-hunk-context=0", "--full-index", "--submodule=short"]
    for line in _lines(git, [*_DIFF, *options, "--", *paths]):
        if line.startswith(b"index "):
            named = _INDEX.match(line)
            current = waiting.pop((named[1], named[2]), []) if named else []
        elif line.startswith(b"@@ "):
            hunk = _HUNK.match(line)
            if hunk:
                first, lines = int(hunk[1]) - 1, int(hunk[2] or 1)
                for entry in current:
                    entry.added.append(range(first, first + lines))


def _touches(added: Sequence[range], data: bytes) -> Callable[[Span], bool] | None:
    """Whether a span has a line that was added; None where everything counts as added."""
    if not added:
        return None
    breaks = _lone_returns(data)

    def touches(span: Span) -> bool:
        end = span.end_line if span.end_column or span.end_line == span.line else span.end_line - 1
        if breaks:
            first, last = _git_line(span.line, breaks), _git_line(end, breaks)
        else:
            first, last = span.line, end
        return any(lines and first < lines.stop and last >= lines.start for lines in added)

    return touches


def _lone_returns(data: bytes) -> list[int]:
    """The lines, by our count, that end in a CR without LF: git does not see them end."""
    if b"\r" not in data:
        return []
    ends = re.findall(rb"\r\n|\r|\n", data)
    return [line for line, end in enumerate(ends) if end == b"\r"]


def _git_line(line: int, lone_returns: Sequence[int]) -> int:
    from bisect import bisect_left

    return line - bisect_left(lone_returns, line)


def _blob(process: subprocess.Popen[bytes], name: bytes, max_bytes: int) -> bytes | None:
    """The content of a blob, by `git cat-file --batch`; None where it is larger than `max_bytes`. Raises GitError."""
    requests, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    with suppress(BrokenPipeError):
        requests.write(name + b"\n")
        requests.flush()
    header = answers.readline().split()
    if len(header) != 3 or header[1] != b"blob":
        raise GitError(f"cannot read the staged content {name.decode()[:12]}: run `git fsck`")
    size = int(header[2])
    if size <= max_bytes:
        return answers.read(size + 1)[:-1]  # git ends the content with a line break
    rest = size + 1
    while rest:
        block = answers.read(min(rest, _BLOCK))
        if not block:
            raise GitError(f"cannot read the staged content {name.decode()[:12]}: git has ended")
        rest -= len(block)
    return None


def _lines(git: Calls, arguments: Sequence[str]) -> Iterator[bytes]:
    """The output line by line: a patch may be larger than memory allows."""
    with git.start(arguments) as process:
        yield from cast("IO[bytes]", process.stdout)
        process.wait()
    if process.returncode:
        raise GitError(f"git diff ended with code {process.returncode}")


def _error(said: bytes) -> GitError:
    return GitError(f"cannot read what is staged: {os.fsdecode(said).strip().removeprefix('fatal: ')}")
