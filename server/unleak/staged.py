"""What is staged in a git repository: content as it will be committed, findings on added lines alone."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from unleak.batch import FileResult, FileScanner
from unleak.config import Configs
from unleak.files import larger_than
from unleak.finding import Span

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


def top_folder() -> str:
    """The top of the repository around the current folder; raises GitError."""
    try:
        done = subprocess.run(["git", "rev-parse", "--show-toplevel"], capture_output=True, check=False)
    except FileNotFoundError:
        raise GitError("git was not found: install it, or scan without --staged") from None
    if done.returncode:
        raise _error(done.stderr)
    return os.fsdecode(done.stdout).removesuffix("\n")


def scan_staged(scanner: FileScanner, configs: Configs, top: Path, paths: Sequence[str]) -> Iterator[FileResult]:
    """Findings on lines that staged changes add, below `paths` or everywhere; raises GitError.

    Paths in the results are relative to the current folder. `configs` are those that `scanner` goes by.
    """
    entries = _entries(paths)
    _note_added_lines(entries, paths)
    with _Blobs() as blobs:
        for entry in sorted(entries, key=lambda entry: entry.path):
            absolute = os.path.join(top, entry.path)
            path = os.path.relpath(absolute)
            if configs.excludes(absolute) or configs.is_baseline(absolute):
                continue
            limit = configs.of(os.path.dirname(absolute)).max_file_size
            data = blobs.read(entry.content[1], limit)
            if data is None:
                yield FileResult(path.replace(os.sep, "/"), skipped=larger_than(limit))
            else:
                yield scanner.scan_bytes(path, data, _touches(entry.added, data))


def _entries(paths: Sequence[str]) -> list[_Entry]:
    """Regular files that are staged with content of their own."""
    fields = _git([*_DIFF, "--raw", "-z", "--no-abbrev", "--", *paths]).split(b"\0")
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


def _note_added_lines(entries: Sequence[_Entry], paths: Sequence[str]) -> None:
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
    for line in _git_lines([*_DIFF, *options, "--", *paths]):
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


class _Blobs:
    """Contents out of the object store, one after the other, through one git process."""

    def __enter__(self) -> _Blobs:
        self._process = subprocess.Popen(["git", "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                cast("IO[bytes]", stream).close()

    def read(self, name: bytes, max_bytes: int) -> bytes | None:
        """The content of a blob; None where it is larger than `max_bytes`."""
        requests, answers = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
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
            rest -= len(answers.read(min(rest, _BLOCK)))
        return None


def _git(arguments: Sequence[str]) -> bytes:
    done = subprocess.run(_command(arguments), capture_output=True, check=False, env=_environment())
    if done.returncode:
        raise _error(done.stderr)
    return done.stdout


def _git_lines(arguments: Sequence[str]) -> Iterator[bytes]:
    """The output line by line: a patch may be larger than memory allows."""
    with subprocess.Popen(_command(arguments), stdout=subprocess.PIPE, env=_environment()) as process:
        yield from cast("IO[bytes]", process.stdout)
    if process.returncode:
        raise GitError(f"git diff ended with code {process.returncode}")


def _command(arguments: Sequence[str]) -> list[str]:
    return ["git", "--literal-pathspecs", *arguments]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "GIT_DIFF_OPTS"}


def _error(said: bytes) -> GitError:
    return GitError(f"cannot read what is staged: {os.fsdecode(said).strip().removeprefix('fatal: ')}")
