"""Models from a Hub and to it, on command only: pinned to a commit, gone on with after a cut, compared before use.

What is fetched lies in `parts` until it is whole and the file that was asked for; then it is installed like a model
from a folder. Until that is done, nothing has changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from unleak import private_data
from unleak.judge import catalog, importing, installed, parts, shelf
from unleak.judge.bundle import MANIFEST, MANIFEST_SIZE, Bundle, BundleError, ModelFile, Source, file_problem, sha256_of
from unleak.judge.catalog import CatalogError, Listed
from unleak.judge.hub_client import Hub, Snapshot, require
from unleak.judge.hub_manifest import composed, described, pinned
from unleak.judge.shelf import InstalledError

_WANTED = re.compile(r"(?P<repository>[^@\s]+/[^@\s]+)(?:@(?P<revision>[^\s@][^\s]*))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LONGEST = 200  # code points of a repository's or a revision's name
_PAUSE = 0.1  # seconds between two words about how far it is
COMMIT_MESSAGE = "unleak: {} {}"


class Target(NamedTuple):
    """What is to be fetched."""

    repository: str  # owner/name
    revision: str  # a commit, a branch or a tag; empty for how it is now
    listed: Listed | None = None  # where the catalogue has it

    @property
    def name(self) -> str:
        return self.listed.id if self.listed else self.repository

    def as_message(self) -> dict[str, object]:
        """For another process; `of` reads it."""
        return {"repository": self.repository, "revision": self.revision, "listed": self.listed}

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Target:
        listed = message["listed"]
        if listed is not None:
            listed = Listed(*listed)
            listed = listed._replace(source=Source(*listed.source) if listed.source else None)
        return cls(message["repository"], message["revision"], listed)


class Progress(NamedTuple):
    """How far it is, in bytes, and what a person may want to know; total is 0 before it is known."""

    done: int = 0
    total: int = 0
    note: str = ""


class Pulled(NamedTuple):
    """What came of it."""

    id: str
    source: Source | None  # None where it was there already, and nothing was asked


Tell = Callable[[Progress], None]


def target(name: str) -> Target:
    """What a person means: a model of the catalogue, or owner/name@REVISION. Raises InstalledError."""
    name = name.strip()
    if match := _WANTED.fullmatch(name):
        repository, revision = match["repository"], match["revision"] or ""
        if not catalog.REPOSITORY.fullmatch(repository) or len(name) > _LONGEST or not name.isprintable():
            raise InstalledError(f"{repository[:_LONGEST]!r} is no name of a repository: it is owner/name")
        return Target(repository, revision.lower() if _COMMIT.fullmatch(revision.lower()) else revision)
    entry = installed.find(name)
    try:
        listed = next((model for model in catalog.read(catalog.path()) if model.id == entry.id), None)
    except CatalogError as error:
        raise InstalledError(str(error)) from None
    if listed is None or listed.source is None:
        if entry.bundled or (entry.installed and not entry.problem):
            return Target("", "", listed)
        raise InstalledError(f"the catalogue does not say where {entry.id} is: name a repository, owner/name@REVISION")
    return Target(listed.source.repository, listed.source.revision, listed)


def pull(wanted: Target, tell: Tell) -> Pulled:
    """Fetch and install a model; `tell` hears how far it is, and may raise what ends it.

    Raises InstalledError, and nothing has changed then but parts.
    """
    there = _there(wanted)
    if there:
        return Pulled(there, None)
    try:
        return _pull(wanted, tell)
    except BundleError as error:
        raise InstalledError(str(error)) from None
    except OSError as error:
        raise shelf.failed(error) from None


def _there(wanted: Target) -> str:
    """The id of a model that is installed and of the catalogue, or ours."""
    if not wanted.repository:
        return wanted.listed.id if wanted.listed else installed.entries()[0][0].id
    entry = next((entry for entry in installed.entries()[0] if entry.id == wanted.name), None)
    return entry.id if wanted.listed and entry and entry.installed and not installed.verify(entry) else ""


def _pull(wanted: Target, tell: Tell) -> Pulled:
    hub = Hub(lambda note: tell(Progress(note=note)))
    snapshot = hub.snapshot(wanted.repository, wanted.revision or None)
    label = f"{wanted.repository}@{snapshot.commit}"
    tell(Progress(note=label))
    place = _source(wanted)
    source = Source(wanted.repository, snapshot.commit, place.file if place else "")
    manifest = pinned(_manifest(hub, wanted, snapshot), source, label)
    bundle = described(manifest, label)
    _compare(bundle, wanted, label)
    names = [file.sha256 for file in bundle.files]
    note = "another unleak is fetching it, and this one waits"

    def wait() -> None:
        tell(Progress(sum(map(parts.size, names)), sum(file.size for file in bundle.files), note))

    with parts.held(names, wait):
        try:
            with shelf.staging() as stage:
                name = importing.install_from(_Remote(hub, wanted, snapshot, bundle, manifest, tell), stage, label)
            for sha256 in names:
                parts.drop(sha256)
        finally:
            parts.settle(names)
    return Pulled(name, source)


def _source(wanted: Target) -> Source | None:
    return wanted.listed.source if wanted.listed else None


# The manifest


def _manifest(hub: Hub, wanted: Target, snapshot: Snapshot) -> bytes:
    """What describes the model: that of the repository, or the catalogue's own for a bare file."""
    known = wanted.listed.manifest if wanted.listed else ""
    if isinstance(known, Mapping):
        assert wanted.listed is not None
        return composed(wanted.listed, known)
    if wanted.listed and not known:
        raise InstalledError(f"the catalogue does not say what describes {wanted.listed.id}: get a newer unleak")
    path = _folder(wanted) + MANIFEST
    remote = snapshot.files.get(path)
    if remote is None:
        raise InstalledError(
            f"{wanted.repository} is no judge of unleak: it holds no {path}, which says what the model is"
        )
    data = hub.read(wanted.repository, snapshot.commit, path, MANIFEST_SIZE)
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(data).hexdigest()
    if known:
        is_right = sha256 == known
    elif remote.sha256 or remote.blob:
        is_right = sha256 == remote.sha256 if remote.sha256 else blob == remote.blob
    else:
        raise InstalledError(f"{hub.host} does not say what {path} of {wanted.repository} is: use another mirror")
    if not is_right:
        raise InstalledError(
            f"{path} of {wanted.repository} is not the file that it should be: try again, or without a mirror"
        )
    return data


def _folder(wanted: Target) -> str:
    """The folder of a repository in which the model lies, with a slash behind it."""
    source = _source(wanted)
    folder = source.file.rpartition("/")[0] if source else ""
    return f"{folder}/" if folder else ""


def _compare(bundle: Bundle, wanted: Target, label: str) -> None:
    """Raise InstalledError unless a model is the one that the catalogue has."""
    if wanted.listed is None:
        return
    listed = wanted.listed
    file = next((file for file in bundle.files if file.name == listed.file.rpartition("/")[2]), None)
    if f"{bundle.name}@{bundle.version}" != listed.id or file is None or file[1:] != (listed.size, listed.sha256):
        raise InstalledError(f"{label}: is another model than {listed.id} of the catalogue: get a newer unleak")


# The files


class _Remote:
    """A bundle in a repository, as `importing` takes one."""

    def __init__(
        self, hub: Hub, wanted: Target, snapshot: Snapshot, bundle: Bundle, manifest: bytes, tell: Tell
    ) -> None:
        self._hub = hub
        self._wanted = wanted
        self._snapshot = snapshot
        self._bundle = bundle
        self._manifest = manifest
        self._tell = tell
        self._total = sum(file.size for file in self._missing())
        self._done = 0  # bytes of files before the one that comes
        self._next = 0.0  # when to tell again

    def manifest(self) -> bytes:
        return self._manifest

    def needed(self, bundle: Bundle) -> int:
        """Bytes that are still to come."""
        return sum(max(0, file.size - parts.size(file.sha256)) for file in self._missing())

    def put(self, wanted: ModelFile, to: Path) -> None:
        """Fetch a file, compare it, and have it at `to` too. Raises FileNotFoundError where there is none."""
        if wanted not in self._missing():
            raise FileNotFoundError(wanted.name)
        part = parts.path(wanted.sha256)
        went_on = parts.size(wanted.sha256) > 0
        self._fetch(wanted, part)
        if sha256_of(part) != wanted.sha256:
            parts.drop(wanted.sha256)
            if went_on:  # it may have been its beginning, from another time
                self._fetch(wanted, part)
            if not went_on or sha256_of(part) != wanted.sha256:
                parts.drop(wanted.sha256)
                raise InstalledError(
                    f"{wanted.name} from {self._hub.host} is not the file that its manifest describes: nothing was "
                    "installed; try again, or without a mirror"
                )
        self._done += wanted.size
        try:
            os.link(part, to)  # a part stays until the model is installed
        except OSError:
            os.rename(part, to)

    def settled(self) -> None:
        """All is well: what is installed has no second name."""
        for file in self._bundle.files:
            parts.drop(file.sha256)

    def _missing(self) -> list[ModelFile]:
        """The files that are to be fetched: all, but for the network of an adapter that is installed, or not there."""
        bundle = self._bundle
        if bundle.adapter is None:
            return list(bundle.files)
        if shelf.base_path(bundle):
            return list(bundle.files[1:])
        if _folder(self._wanted) + bundle.model in self._snapshot.files:
            return list(bundle.files)
        known = [model for model, sha256 in _networks() if sha256 == bundle.sha256]
        advice = f"`unleak model pull {known[0]}` first" if known else "import or pull that first"
        raise InstalledError(f"the model that this adapter was made for is not installed: {advice}")

    def _fetch(self, wanted: ModelFile, part: Path) -> None:
        """Have a part grow until it is as large as the file. Raises InstalledError or OSError."""
        path = _folder(self._wanted) + wanted.name
        remote = self._snapshot.files.get(path)
        if remote is None:
            raise InstalledError(f"{self._wanted.repository} has no file {path}, which its manifest names")
        if remote.size not in (None, wanted.size) or remote.sha256 not in ("", wanted.sha256):
            raise InstalledError(f"{path} of {self._wanted.repository} is not the file that its manifest describes")
        if parts.size(wanted.sha256) > wanted.size:
            parts.drop(wanted.sha256)
        with _appended(part) as file:
            offset = file.seek(0, os.SEEK_END)
            self._tell_done(offset, always=True)
            repository, commit = self._wanted.repository, self._snapshot.commit
            if offset < wanted.size:
                for piece in self._hub.pieces(repository, commit, path, offset, wanted.size):
                    if piece.offset != offset:
                        file.truncate(piece.offset)
                        offset = file.seek(piece.offset)
                    offset += len(piece.data)
                    if offset > wanted.size:
                        file.close()
                        parts.drop(wanted.sha256)
                        raise InstalledError(f"{path} is larger than the {wanted.size:,} bytes of its manifest")
                    file.write(piece.data)
                    self._tell_done(offset)
            file.flush()
            os.fsync(file.fileno())
            self._tell_done(offset, always=True)

    def _tell_done(self, offset: int, *, always: bool = False) -> None:
        now = time.monotonic()
        if always or now >= self._next:
            self._next = now + _PAUSE
            self._tell(Progress(self._done + offset, self._total))


@contextmanager
def _appended(part: Path) -> Iterator[BinaryIO]:
    if part.is_symlink():
        part.unlink()
    with private_data.opened(part, os.O_RDWR) as handle, os.fdopen(handle, "r+b", closefd=False) as file:
        yield file


def _networks() -> Iterator[tuple[str, str]]:
    """The models of the catalogue that are no adapters, with the sha256 of their files."""
    with suppress(CatalogError):
        for model in catalog.read(catalog.path()):
            if model.kind == catalog.JUDGE and not model.bundled:
                yield model.id, model.sha256


# The other way


def check(repository: str) -> None:
    """Raise InstalledError where it is seen without asking that nothing can be uploaded there."""
    if not catalog.REPOSITORY.fullmatch(repository):
        raise InstalledError(f"{repository[:_LONGEST]!r} is no name of a repository: it is owner/name")
    require()


def push(folder: Path, repository: str) -> str:
    """Upload a bundle to a private repository, which is made where there is none; returns the commit.

    The network of an adapter stays here where it does not lie in the folder. Raises InstalledError.
    """
    check(repository)
    try:
        bundle = Bundle.load(folder)
    except BundleError as error:
        raise InstalledError(str(error)) from None
    paths = [folder / file.name for file in bundle.files]
    if bundle.adapter and not paths[0].exists():
        paths = paths[1:]
    for path, file in zip(paths, bundle.files[-len(paths) :], strict=True):
        if problem := file_problem(path, file):
            raise InstalledError(f"{path}: {problem}: nothing was uploaded")
    hub = Hub(lambda _: None)
    from huggingface_hub import CommitOperationAdd

    hub.tried(repository, lambda api: api.create_repo(repository, private=True, exist_ok=True))
    if not hub.snapshot(repository, None).is_private:
        raise InstalledError(
            f"{repository} is open to everybody, and a judge tells of what it learned from: make it private first"
        )
    added = [CommitOperationAdd(path.name, str(path)) for path in (folder / MANIFEST, *paths)]
    message = COMMIT_MESSAGE.format(bundle.name, bundle.version)
    told = hub.tried(repository, lambda api: api.create_commit(repository, added, commit_message=message), once=True)
    return str(told.oid)
