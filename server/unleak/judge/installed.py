"""The models that a person has or could have: that of unleak, those that were imported, those of the catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from unleak.judge import catalog, parts, shelf
from unleak.judge.bundle import (
    NOT_MEASURED,
    Bundle,
    BundleError,
    FileState,
    ModelFile,
    bundled,
    file_problem,
    sha256_of,
)
from unleak.judge.catalog import ADAPTER, JUDGE, CatalogError, Listed
from unleak.judge.shelf import LONGEST_ID, InstalledError, base_path, folder, record_of

OURS = "comes with unleak"


class Entry(NamedTuple):
    """A model as people see it."""

    id: str  # name@version
    name: str
    version: str
    kind: str  # JUDGE or ADAPTER
    base: str  # the id of the judge that an adapter changes; empty where it is not known
    folder: Path | None  # where it lies; None where it is not installed
    bundled: bool
    size: int  # bytes
    licence: str
    quality: str  # one sentence
    source: str
    problem: str = ""  # why it cannot be used
    reads_whole: bool = False  # whether it reads files whole; False where that is not known

    @property
    def installed(self) -> bool:
        return self.folder is not None

    def told(self, used: str) -> dict[str, object]:
        """As clients and scripts read it; `used` is the id of the one that is in use."""
        return {
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "kind": self.kind,
            "base": self.base,
            "installed": self.installed,
            "current": self.id == used,
            "bundled": self.bundled,
            "size": self.size,
            "licence": self.licence,
            "quality": self.quality,
            "source": self.source,
            "readsWhole": self.reads_whole,
        }


# What there is


def entries() -> tuple[list[Entry], str]:
    """The model that comes with unleak, those that are installed, and what the catalogue has beside them.

    And what is wrong with the catalogue, which is then left out.
    """
    problem = ""
    listed: list[Listed] = []
    try:
        listed = catalog.read(catalog.path())
    except CatalogError as error:
        problem = str(error)
    known = [_entry_in(bundled(), listed, is_ours=True)]
    known += [_entry_in(path, listed) for path in shelf.model_folders() if path.name != known[0].id]
    bases = {sha256: entry.id for entry, sha256 in map(_with_base, known) if sha256 and entry.kind == JUDGE}
    known = [
        entry._replace(base=bases.get(sha256, "")) if entry.kind == ADAPTER else entry
        for entry, sha256 in map(_with_base, known)
    ]
    names = {entry.id for entry in known}
    known += [_not_installed(model) for model in listed if model.id not in names and not model.bundled]
    return known, problem


def find(name: str) -> Entry:
    """The model with this id, or with this name where there is one version. Raises InstalledError."""
    known, _ = entries()
    named = [entry for entry in known if name in (entry.id, entry.name)]
    exact = [entry for entry in named if entry.id == name]
    if len(exact or named) == 1:
        return (exact or named)[0]
    if named:
        raise InstalledError(f"{name!r} is the name of several models: {', '.join(entry.id for entry in named)}")
    import difflib

    near = difflib.get_close_matches(name, [entry.id for entry in known], 3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`unleak model list` names them all"
    raise InstalledError(f"no model is called {name[:LONGEST_ID]!r}: {hint}")


def bundle_of(entry: Entry) -> Bundle:
    """The manifest of an installed model. Raises InstalledError."""
    if entry.folder is None:
        raise InstalledError(
            f"{entry.id} is not installed: `unleak model pull` fetches it, `unleak model import` takes a folder"
        )
    if entry.problem:
        raise InstalledError(f"{entry.id} cannot be used: {entry.problem}")
    try:
        return Bundle.load(entry.folder)
    except BundleError as error:
        raise InstalledError(str(error)) from None


def verify(entry: Entry) -> str:
    """Read every file of a model again; what is wrong with it, empty where nothing is.

    Raises InstalledError where it is not installed.
    """
    if entry.installed and entry.problem:
        return entry.problem
    bundle = bundle_of(entry)
    record = record_of(bundle.folder)
    for path, file in _files(bundle):
        try:
            state = FileState.of(path)
            sha256 = sha256_of(path) if state.size == file.size else ""
        except OSError as error:
            return f"{path}: cannot be read ({error.strerror})"
        if record and path.parent == bundle.folder:
            record.keep(file.name, state, sha256)
        if sha256 != file.sha256:
            return f"{path}: is not the file that its manifest describes"
    return "" if base_path(bundle) else "the model that it adapts is not installed: import that, too"


def _files(bundle: Bundle) -> Iterator[tuple[Path, ModelFile]]:
    """The files of a bundle where they lie."""
    for file in bundle.files:
        path = base_path(bundle) if file.name == bundle.model else bundle.folder / file.name
        if path:
            yield path, file


def _entry_in(path: Path, listed: list[Listed], *, is_ours: bool = False) -> Entry:
    try:
        bundle = Bundle.load(path)
        problem = ""
        for file in bundle.files:
            if file.name != bundle.model or bundle.adapter is None:
                problem = problem or _size_problem(path / file.name, file)
    except BundleError as error:
        name, _, version = path.name.partition("@")
        return Entry(path.name, name, version, JUDGE, "", path, is_ours, 0, "", NOT_MEASURED, "", str(error))
    name = f"{bundle.name}@{bundle.version}"
    if name != path.name and not is_ours:
        problem, name = f"{path}: its manifest is that of {name}: remove it and import it again", path.name
    sentences = {(model.id, model.sha256): model.quality for model in listed}
    return Entry(
        id=name,
        name=name.partition("@")[0],
        version=name.partition("@")[2],
        kind=ADAPTER if bundle.adapter else JUDGE,
        base="",
        folder=path,
        bundled=is_ours,
        size=sum(file.size for file in bundle.files if (path / file.name).exists()),
        licence=bundle.licence,
        quality=sentences.get((name, bundle.files[-1].sha256), bundle.measured),
        source=OURS if is_ours else str(bundle.source or ""),
        problem=problem,
        reads_whole=bundle.scan is not None,
    )


def _size_problem(path: Path, file: ModelFile) -> str:
    """What is seen to be wrong with a file without reading it."""
    try:
        size = path.stat().st_size
    except OSError as error:
        return f"{path}: cannot be read ({error.strerror})"
    return "" if size == file.size else f"{path}: has {size:,} bytes instead of {file.size:,}"


def _with_base(entry: Entry) -> tuple[Entry, str]:
    """A model with the sha256 of its network."""
    if entry.folder and not entry.problem:
        with suppress(BundleError):
            return entry, Bundle.load(entry.folder).sha256
    return entry, ""


def _not_installed(model: Listed) -> Entry:
    source = str(model.source or "")
    return Entry(
        model.id, model.name, model.version, model.kind, model.base, None, False,
        model.size, model.licence, model.quality, source, "", model.reads_whole,
    )  # fmt: skip


# Which one is used


def choose(entry: Entry) -> None:
    """Use a model from now on. Raises InstalledError, and the one before stays."""
    if entry.bundled:
        with shelf.changing():
            shelf.choose("")
        return
    bundle = bundle_of(entry)
    try:
        shelf.verified(bundle)
    except BundleError as error:
        raise InstalledError(f"{entry.id} cannot be used: {error}") from None
    with shelf.changing():
        if not bundle.folder.is_dir():
            raise InstalledError(f"{entry.id} has just been removed")
        shelf.choose(entry.id)


# How they come and go


def is_installed(bundle: Bundle) -> bool:
    """Whether this very bundle is installed and whole.

    Raises InstalledError where another one has its id, or one that some systems cannot tell from it; one that is
    broken may be replaced.
    """
    name = f"{bundle.name}@{bundle.version}"
    for path in shelf.model_folders():
        if path.name != name and path.name.casefold() == name.casefold():
            raise InstalledError(f"{path.name} is installed already: remove that, or give {name} another name")
    for path in (bundled(), folder() / name):
        try:
            other = Bundle.load(path)
            if f"{other.name}@{other.version}" != name:
                continue
            for file in other.files:
                if file.name != other.model or other.adapter is None:
                    problem = file_problem(path / file.name, file, record_of(path))
                    if problem:
                        raise BundleError(problem)
        except BundleError:
            continue
        if (other.files, other.fingerprint, other.decision) == (bundle.files, bundle.fingerprint, bundle.decision):
            return True
        where = "comes with unleak" if path == bundled() else "is installed"
        raise InstalledError(f"{name} {where} already, and is another one: remove that, or give this another version")
    return False


def put(stage: Path, bundle: Bundle) -> None:
    """Move what was made ready to its place, whole. Raises InstalledError."""
    target = folder() / f"{bundle.name}@{bundle.version}"
    with shelf.changing():
        if is_installed(bundle):  # somebody was quicker
            return
        if os.path.lexists(target):
            shelf.drop(target)
        os.rename(stage, target)
        shelf.settle(target.parent)


def remove(entry: Entry) -> bool:
    """Delete an installed model; whether it was the chosen one, in whose place that of unleak is used now."""
    if entry.bundled:
        raise InstalledError(f"{entry.id} comes with unleak and stays: `unleak model use` chooses another")
    if entry.folder is None:
        raise InstalledError(f"{entry.id} is not installed")
    users = [other.id for other in entries()[0] if other.base == entry.id and other.installed]
    if users:
        raise InstalledError(f"{entry.id} is the base of {', '.join(users)}: remove that first")
    with shelf.changing():
        was_chosen = shelf.chosen() == entry.id
        if was_chosen:
            shelf.choose("")
        if entry.folder.is_dir():
            shelf.drop(entry.folder)
        shelf.sweep()
    return was_chosen


def collect(*, unused: bool) -> tuple[list[str], int]:
    """Delete what interrupted work has left and, where they are `unused`, the models that are not chosen.

    Returns the ids of models that are gone, and the bytes that are free now.
    """
    gone = []
    with shelf.changing():
        before = _size(folder())
        shelf.sweep()
        if unused:
            wanted = _with_its_base(shelf.chosen())
            for path in shelf.model_folders():
                if path.name not in wanted:
                    shelf.drop(path)
                    gone.append(path.name)
        shelf.sweep()
        parts.collect()
        return gone, before - _size(folder())


def _with_its_base(name: str) -> set[str]:
    """The folders that a model needs."""
    wanted = {name}
    with suppress(BundleError):
        if name and (path := base_path(Bundle.load(folder() / name))):
            wanted.add(path.parent.name)
    return wanted


def _size(path: Path) -> int:
    size = 0
    for file in path.rglob("*"):
        with suppress(OSError):  # what is fetched meanwhile may just have moved on
            size += file.lstat().st_size * file.is_file()
    return size
