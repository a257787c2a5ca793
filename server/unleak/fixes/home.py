"""Where values go when they leave the code: changes of `.env`, `.gitignore` and `.env.example`, not made yet."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import Protocol

from unleak.finding import Span
from unleak.fixes import dotenv
from unleak.fixes.change import Change, Refusal, line_break_of
from unleak.ignore import Patterns
from unleak.text import split_lines

MAX_BYTES = 1_000_000
"""The largest file that a fix changes; more is no file of settings."""

_EXAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist")
_ROOTS = tuple(
    """
    package.json pyproject.toml setup.py requirements.txt manage.py Pipfile compose.yaml compose.yml docker-compose.yml
    docker-compose.yaml composer.json Gemfile go.mod Cargo.toml mix.exs pom.xml build.gradle build.gradle.kts .git
    """.split()
)
_READERS = (
    ("artisan", dotenv.PHP),
    ("composer.json", dotenv.PHP),
    ("Gemfile", dotenv.RUBY),
    ("package.json", dotenv.NPM),
    ("manage.py", dotenv.PYTHON),
    ("pyproject.toml", dotenv.PYTHON),
    ("requirements.txt", dotenv.PYTHON),
    ("Pipfile", dotenv.PYTHON),
    ("compose.yaml", dotenv.COMPOSE),
    ("compose.yml", dotenv.COMPOSE),
    ("docker-compose.yml", dotenv.COMPOSE),
    ("docker-compose.yaml", dotenv.COMPOSE),
)


class Kind(Enum):
    """What a path leads to, links followed."""

    MISSING = "missing"
    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"  # a pipe, a device, a link that leads nowhere


@dataclass(frozen=True, slots=True)
class Look:
    """What stands at a path."""

    kind: Kind = Kind.MISSING
    real: str = ""  # absolute, without links; of a missing file that of its folder and its name
    size: int = 0  # bytes
    is_writable: bool = True  # of a folder: whether files can be made in it
    text: str | None = field(default=None, repr=False)  # without a byte order mark; None where it is not UTF-8


class Files(Protocol):
    """The files of a workspace. Paths are absolute and have `/` between their parts, also on Windows (`C:/shop`)."""

    def look(self, path: str) -> Look:
        """What stands at `path`; with the text of a file of at most MAX_BYTES, as an editor has it open if one has."""

    def is_tracked(self, path: str) -> bool:
        """Whether git keeps the file at `path` in its index; False outside of a repository."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """What happens to one file."""

    path: str
    exists: bool  # else it is made, empty, before the changes
    changes: tuple[Change, ...] = field(repr=False)
    is_private: bool = False  # made with mode 0600


@dataclass(frozen=True, slots=True)
class Home:
    """Where values go: changes of files, to be made in one step, and what the person should know or still do."""

    env: str  # path of the `.env`
    files: tuple[FileChange, ...]
    notes: tuple[str, ...] = ()


def home_of(folder: str, file: str, values: Mapping[str, str], files: Files, scheme: str = "file") -> Home:
    """The home of `values`, by the names of their variables, which leave `file` in the workspace `folder`.

    Empty where everything is there already. Raises Refusal where no `.env` can take the values in; what hinders the
    other files is a note. Nothing is written, and no link is followed out of the workspace.
    """
    place = _Place.of(folder, file, files, scheme)
    if files.look(folder).kind is Kind.MISSING:
        raise Refusal("The open folder is not on the disk any more: save the file in a folder that is.")
    env = place.look(".env")
    _check_writable(env, place)
    there = env.text if env.kind is Kind.FILE and env.text is not None else ""
    addition = dotenv.appended(there, values, _reader_of(place))
    changed: list[FileChange] = []
    notes: list[str] = []
    path = place.target(env, ".env")
    if addition:
        changed.append(FileChange(path, env.kind is Kind.FILE, (addition.change,), is_private=True))
        notes += addition.notes
    if place.repository:
        if any(files.is_tracked(one) for one in {place.path(".env"), path}):
            tracked = posixpath.relpath(path, place.repository)
            notes.append(f"Git tracks {tracked} and would commit the value: run `git rm --cached {tracked}` first.")
        _add(changed, notes, _ignored(place, path))
    _add(changed, notes, _announced(place, values))
    return Home(place.path(".env"), tuple(changed), tuple(notes))


def taken(folder: str, file: str, files: Files) -> dict[str, str | None]:
    """The variables that the `.env` files which count for `file` hold already, with their values; {} without any.

    `.env.local`, which overrides `.env`, says what a name is worth where it is in both.
    """
    try:
        place = _Place.of(folder, file, files, "file")
    except Refusal:
        return {}
    found: dict[str, str | None] = {}
    for name in (".env", ".env.local"):
        look = place.look(name)
        if look.kind is Kind.FILE and look.text is not None and place.holds(look.real):
            found |= dotenv.values_in(look.text)
    return found


def ignored(folder: str, path: str, files: Files) -> FileChange | None:
    """The change by which git comes to ignore the file at `path` in the workspace `folder`; None where it does already.

    That is by the `.gitignore` files and `info/exclude` as they are in the editor. Raises Refusal.
    """
    place = _Place.at(posixpath.dirname(path), folder, files)
    change, problem = _ignored_by(place, [path])
    if problem:
        raise Refusal(problem)
    return change


def project_folder(folder: str, file: str, files: Files, scheme: str = "file") -> str:
    """Where the `.env` of a file stands, or would stand; Refusal where it has no place."""
    return _Place.of(folder, file, files, scheme).folder


@dataclass(frozen=True, slots=True)
class _Place:
    """The folder of the `.env`."""

    folder: str
    workspace: str
    real: str  # the workspace without links
    repository: str  # the folder that holds `.git`, which may be above the workspace; empty outside of one
    files: Files

    @staticmethod
    def of(folder: str, file: str, files: Files, scheme: str) -> _Place:
        if scheme != "file":
            raise Refusal("This file is on no disk that a .env could stand on: save it in a folder first.")
        if not folder:
            raise Refusal("No folder is open, so the value has no .env to go to: open the folder of the project first.")
        folder, file = posixpath.normpath(folder), posixpath.normpath(file)
        if not _is_below(file, folder):
            raise Refusal("This file is outside of the open folder: open the folder of its project first.")
        around = list(_upwards(posixpath.dirname(file), folder))
        real = _real(folder, files)
        for wanted in ((".env",), _ROOTS):
            for one in around:
                found = any(files.look(posixpath.join(one, name)).kind is not Kind.MISSING for name in wanted)
                if found and _is_below(files.look(one).real, real):
                    return _Place.at(one, folder, files)
        return _Place.at(folder, folder, files)

    @staticmethod
    def at(folder: str, workspace: str, files: Files) -> _Place:
        """The folder itself, whatever stands in it."""
        return _Place(folder, workspace, _real(workspace, files), _repository(folder, files), files)

    def path(self, name: str) -> str:
        return posixpath.join(self.folder, name)

    def look(self, name: str) -> Look:
        return self.files.look(self.path(name))

    def holds(self, real: str) -> bool:
        """Whether a path without links is in the workspace."""
        return _is_below(real, self.real)

    def target(self, look: Look, name: str) -> str:
        """Where a file of this folder is in the workspace once links are followed."""
        direct = posixpath.join(self.files.look(self.folder).real, name)
        if look.kind is not Kind.FILE or look.real == direct:
            return self.path(name)
        return posixpath.join(self.workspace, look.real[len(self.real) :].lstrip("/"))


def _real(folder: str, files: Files) -> str:
    return files.look(folder).real or folder


def _upwards(folder: str, top: str) -> Iterator[str]:
    """`folder` and the folders around it, up to `top`."""
    while True:
        yield folder
        above = posixpath.dirname(folder)
        if folder in (top, above):
            return
        folder = above


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _repository(folder: str, files: Files) -> str:
    return next(
        (one for one in _upwards(folder, "") if files.look(posixpath.join(one, ".git")).kind is not Kind.MISSING), ""
    )


def _check_writable(env: Look, place: _Place) -> None:
    """Refusal where the `.env` cannot be changed."""
    problem = _problem(env, place, place.folder)
    if problem:
        raise Refusal(f"The .env {problem}: set the variable where the program gets its environment from.")


def _problem(look: Look, place: _Place, folder: str) -> str:
    """What keeps a fix from changing or making a file in `folder`, as the end of a sentence; empty for nothing."""
    if look.kind is Kind.MISSING:
        return "" if place.files.look(folder).is_writable else "cannot be made in a read-only folder"
    if look.kind is Kind.FOLDER:
        return "is a folder"
    if look.kind is Kind.OTHER:
        return "is no regular file or a link that leads nowhere"
    if not place.holds(look.real):
        return "is a link that leads out of the workspace"
    if look.size > MAX_BYTES:
        return "is larger than 1 MB"
    if not look.is_writable:
        return "is read-only"
    if look.text is None or "\0" in look.text:
        return "is not UTF-8"
    return ""


def _reader_of(place: _Place) -> str:
    """Who will most likely read the `.env`, told by what stands beside it."""
    for name, reader in _READERS:
        look = place.look(name)
        if look.kind is Kind.FILE:
            is_vite = name == "package.json" and any(word in (look.text or "") for word in ('"vite"', '"next"'))
            return dotenv.VITE if is_vite else reader
    return ""


_Step = tuple[FileChange | None, str]
"""A change, or what is to be said in its place."""


def _add(changed: list[FileChange], notes: list[str], step: _Step) -> None:
    change, note = step
    if change:
        changed.append(change)
    if note:
        notes.append(note)


def _ignored(place: _Place, env: str) -> _Step:
    """How git comes to ignore the `.env` and, where that is a link, the file `env` that it leads to."""
    return _ignored_by(place, dict.fromkeys((place.path(".env"), env)))


def _ignored_by(place: _Place, paths: Iterable[str]) -> _Step:
    """How git comes to ignore files in the folder of `place`, and where links of it lead."""
    paths = [path for path in paths if not _is_ignored(path, place)]
    if not paths:
        return None, ""
    names = dict.fromkeys(posixpath.basename(path) for path in paths)
    lines = [re.sub(r"([\\*?\[])", r"\\\1", name) for name in names]
    top = place.repository if _is_below(place.repository, place.workspace) else place.workspace
    around = list(_upwards(place.folder, top))
    where = next((one for one in around if place.files.look(f"{one}/.gitignore").kind is Kind.FILE), top)
    path = posixpath.join(where, ".gitignore")
    look = place.files.look(path)
    problem = _problem(look, place, where)
    if problem:
        name = posixpath.basename(paths[0])
        return None, f"Git does not ignore {name}, and the .gitignore {problem}: see to it before you commit."
    return FileChange(path, look.kind is Kind.FILE, (_lines_at_end(look.text or "", lines),)), ""


def _announced(place: _Place, names: Mapping[str, str]) -> _Step:
    """How others come to know the names, without the values."""
    name = next((name for name in _EXAMPLES if place.look(name).kind is not Kind.MISSING), _EXAMPLES[0])
    look = place.look(name)
    problem = _problem(look, place, place.folder)
    if problem:
        return None, f"The {name} {problem}, so it does not name the new variable."
    if look.kind is Kind.MISSING and place.repository and _is_ignored(place.path(name), place):
        return None, ""  # nobody else would ever see it
    try:
        change = dotenv.announced(look.text or "", names)
    except Refusal as refusal:
        return None, str(refusal).replace(".env file", name)
    return (FileChange(place.target(look, name), look.kind is Kind.FILE, (change,)) if change else None), ""


def _is_ignored(path: str, place: _Place) -> bool:
    """Whether git ignores a path, by the `.gitignore` files around it and the repository's own `info/exclude`."""
    top = place.repository
    if not _is_below(path, top):
        return False
    layers: list[tuple[str, Patterns]] = []
    exclude = place.files.look(posixpath.join(top, ".git/info/exclude")).text
    if exclude:
        layers.append((top, Patterns(exclude.split("\n"))))
    for folder, step in pairwise(reversed(list(_upwards(path, top)))):
        text = place.files.look(posixpath.join(folder, ".gitignore")).text
        if text:
            layers.append((folder, Patterns(text.split("\n"))))
        if _verdict(layers, step, is_folder=step != path):
            return True
    return False


def _verdict(layers: Sequence[tuple[str, Patterns]], path: str, *, is_folder: bool) -> bool:
    for folder, patterns in reversed(layers):  # the nearest file that says something counts
        found = patterns.verdict(path[len(folder.rstrip("/")) + 1 :], posixpath.basename(path), folder=is_folder)
        if found is not None:
            return found
    return False


def _lines_at_end(text: str, lines: Sequence[str]) -> Change:
    before = split_lines(text)
    line_break = line_break_of(before)
    row, width = len(before) - 1, len(before[-1])
    new = "".join([line + line_break for line in lines])
    return Change(Span(row, width, row, width), (line_break if width else "") + new)
