"""Files: which ones to scan, and the text in them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from unleak.ignore import Patterns

_MARKS = (  # the longer one of a common beginning first
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_MARK_BEGINNINGS = tuple(mark for mark, _ in _MARKS)
_UTF8_MARK = b"\xef\xbb\xbf"
_ESCAPED = re.compile("[\udc80-\udcff]+")
_BINARY_PROBE = 8192  # bytes in which a NUL means that the file is no text
_BLOCK = 65536  # bytes read first, and past the size that a file had when it was opened
_IGNORE_FILE_SIZE = 1_000_000  # bytes; more is no ignore file
_OPEN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_REPOSITORIES = frozenset((".git", ".hg", ".svn", ".jj"))


class Unreadable(Exception):  # noqa: N818 - nothing went wrong: such files are skipped
    """A file holds no text that can be scanned; the message says why in a few words."""


def read_text(path: str | os.PathLike[str], max_bytes: int) -> str:
    """The text of a file, as `decode` reads it; raises Unreadable."""
    return decode(read_bytes(path, max_bytes))


def read_bytes(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    """The content of a text file of at most `max_bytes`, however it grows meanwhile.

    Raises Unreadable; of binary files only the beginning is read.
    """
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("not a regular file")
        if found.st_size > max_bytes:
            raise Unreadable(larger_than(max_bytes))
        handle = os.open(path, _OPEN)
        try:
            parts = [os.read(handle, min(_BLOCK, found.st_size + 1))]
            if _is_binary(parts[0]):
                raise Unreadable("binary")
            size = len(parts[0])
            while parts[-1] and size <= max_bytes:
                rest = max(_BLOCK, found.st_size + 1 - size)
                parts.append(os.read(handle, min(rest, max_bytes + 1 - size)))
                size += len(parts[-1])
        finally:
            os.close(handle)
    except OSError as error:
        raise Unreadable(_reason(error)) from None
    if size > max_bytes:
        raise Unreadable(larger_than(max_bytes))
    return b"".join(parts)


def larger_than(max_bytes: int) -> str:
    """Why a file over the limit is skipped."""
    for unit, size in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)):
        if max_bytes >= size:
            return f"larger than {max_bytes / size:.4g} {unit}"
    return f"larger than {max_bytes} bytes"


def decode(data: bytes) -> str:
    """The text in `data` without a byte order mark, so that columns are those of an editor.

    UTF-16 and UTF-32 by their marks, else UTF-8; a byte that is not UTF-8 becomes the code point
    of its number, as in Latin-1. The text holds no surrogates. Raises Unreadable for binary data.
    """
    if data.startswith(_MARK_BEGINNINGS):
        for mark, encoding in _MARKS:
            if data.startswith(mark):
                return data[len(mark) :].decode(encoding, "replace")
    if data.startswith(_UTF8_MARK):
        data = data[len(_UTF8_MARK) :]
    if _is_binary(data):
        raise Unreadable("binary")
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape")
        if len(text) == len(data):  # nothing of it is UTF-8: the short way to the same
            return data.decode("latin-1")
        return _ESCAPED.sub(lambda run: run[0].encode("utf-8", "surrogateescape").decode("latin-1"), text)


def _is_binary(data: bytes) -> bool:
    return data.find(0, 0, _BINARY_PROBE) >= 0 and not data.startswith(_MARK_BEGINNINGS)


def find_files(
    roots: Sequence[Path],
    exclude: Sequence[str],
    report: Callable[[str, str], None],
    *,
    base: Path | None = None,
) -> Iterator[Path]:
    """The files named by `roots` and those below the folders among them, sorted, each once.

    Below a folder, what git ignores is left out (`.gitignore` files from the repository's top down,
    `.git/info/exclude`), and what `exclude` matches: gitignore patterns relative to `base`, or to
    each root outside of it. Symbolic links below a folder are not followed; folders of version
    control, pipes and devices are passed over. A root itself is taken as it is.
    `report(path, reason)` hears of what cannot be read.
    """
    seen: set[str] = set()
    for root in sorted(set(roots), key=lambda root: root.parts):
        for path in _files_at(os.fspath(root), exclude, base, report):
            if len(roots) > 1:
                absolute = os.path.abspath(path)
                if absolute in seen:
                    continue
                seen.add(absolute)
            yield Path(path)


def excluder(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether gitignore `patterns` match a path that is relative to where they were written."""
    compiled = Patterns(patterns)

    def excludes(path: str) -> bool:
        """Whether the file at `path` or a folder around it is excluded."""
        parts = path.split("/")
        for depth, name in enumerate(parts, 1):
            if compiled.verdict("/".join(parts[:depth]), name, folder=depth < len(parts)):
                return True
        return False

    return excludes


def git_top(folder: str) -> str | None:
    """The nearest folder upwards from `folder`, itself included, that holds a `.git`."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


class _Layer(NamedTuple):
    """The patterns of one ignore file; a path seen from there is `prefix + path[cut:]`."""

    patterns: Patterns
    prefix: str
    cut: int


_Layers = tuple[_Layer, ...]
_Report = Callable[[str, str], None]


def _files_at(root: str, exclude: Sequence[str], base: Path | None, report: _Report) -> Iterator[str]:
    try:
        mode = os.stat(root).st_mode
    except OSError as error:
        report(root, _reason(error))
        return
    if stat.S_ISREG(mode):
        yield root
    elif stat.S_ISDIR(mode):
        yield from _files_below(root, exclude, base, report)
    else:
        report(root, "not a regular file")


def _files_below(root: str, exclude: Sequence[str], base: Path | None, report: _Report) -> Iterator[str]:
    prefix = "" if root == os.curdir else os.path.join(root, "")
    real = os.path.realpath(root)
    excluded: _Layers = ()
    if exclude:
        excluded = (_Layer(Patterns(exclude), _way(os.path.realpath(base), real) if base else "", len(prefix)),)
    open_folders = [iter(_entries(prefix, _layers_above(real, len(prefix), report), excluded, report))]
    while open_folders:
        for path, layers in open_folders[-1]:
            if layers is not None:
                open_folders.append(iter(_entries(path + "/", layers, excluded, report)))
                break
            yield path
        else:
            open_folders.pop()


def _entries(prefix: str, layers: _Layers, excluded: _Layers, report: _Report) -> Iterator[tuple[str, _Layers | None]]:
    """What counts in one folder, sorted by name; with its layers where it is a folder itself."""
    try:
        with os.scandir(prefix or os.curdir) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        report(prefix.rstrip("/") or os.curdir, _reason(error))
        return
    names = {entry.name for entry in entries}
    if ".git" in names:  # a repository of its own: nothing above it counts
        layers = _read_layers(_info_exclude(prefix + ".git"), "", len(prefix), report)
    if ".gitignore" in names:
        layers += _read_layers(prefix + ".gitignore", "", len(prefix), report)
    for entry in entries:
        if entry.name in _REPOSITORIES:
            continue
        folder = entry.is_dir(follow_symlinks=False)
        if not folder and not entry.is_file(follow_symlinks=False):
            continue
        path = prefix + entry.name
        if not _ignored(layers, path, entry.name, folder) and not _ignored(excluded, path, entry.name, folder):
            yield path, layers if folder else None


def _ignored(layers: _Layers, path: str, name: str, folder: bool) -> bool:
    for patterns, prefix, cut in reversed(layers):
        verdict = patterns.verdict(prefix + path[cut:], name, folder=folder)
        if verdict is not None:
            return verdict
    return False


def _layers_above(real: str, cut: int, report: _Report) -> _Layers:
    """The ignore files between the top of the repository around the folder `real` and that folder."""
    top = git_top(real)
    if top is None or top == real:
        return ()
    layers = _read_layers(_info_exclude(os.path.join(top, ".git")), _way(top, real), cut, report)
    folder = top
    for name in os.path.relpath(real, top).split(os.sep):
        ignore_file = os.path.join(folder, ".gitignore")
        if os.path.lexists(ignore_file):
            layers += _read_layers(ignore_file, _way(folder, real), cut, report)
        folder = os.path.join(folder, name)
        rest = len(_way(folder, real))
        seen = tuple(_Layer(p, prefix[: len(prefix) - rest].rstrip("/"), 0) for p, prefix, _ in layers)
        if _ignored(seen, "", name, folder=True):
            return ()  # a person who names an ignored folder wants to see what is in it
    return layers


def _way(above: str, below: str) -> str:
    """How paths in `below` begin when they are seen from `above`; empty where it is not above."""
    try:
        way = os.path.relpath(below, above)
    except ValueError:  # on another drive
        return ""
    return "" if way.split(os.sep)[0] in (os.curdir, os.pardir) else way.replace(os.sep, "/") + "/"


def _read_layers(path: str, prefix: str, cut: int, report: _Report) -> _Layers:
    if not os.path.lexists(path):
        return ()
    try:
        text = read_bytes(path, _IGNORE_FILE_SIZE).removeprefix(_UTF8_MARK).decode("utf-8", "surrogateescape")
    except Unreadable as error:
        report(path, str(error))
        return ()
    return (_Layer(Patterns(text.split("\n")), prefix, cut),)


def _info_exclude(dot_git: str) -> str:
    """The `info/exclude` of a repository; `.git` is a file in linked worktrees and submodules."""
    folder = dot_git
    if os.path.isfile(dot_git):
        folder = os.path.join(os.path.dirname(dot_git), _first_line(dot_git).removeprefix("gitdir: "))
        folder = os.path.join(folder, _first_line(os.path.join(folder, "commondir")))
    return os.path.join(folder, "info", "exclude")


def _first_line(path: str) -> str:
    try:
        return os.fsdecode(read_bytes(path, _BLOCK)).split("\n", 1)[0].rstrip("\r")
    except Unreadable:
        return ""


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "vanished"
    if isinstance(error, PermissionError):
        return "no permission"
    return (error.strerror or type(error).__name__).lower()
