"""Brings a model from a folder or an archive to the others of this person: copied, compared, tried out, then installed.

What is imported may come from anywhere. Only the manifest and the files that it describes are read, as plain files of
the sizes that it says, and nothing is left behind where one of them is not what it should be.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import stat
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from unleak.decision import Blend
from unleak.judge import adapter, installed, shelf
from unleak.judge.bundle import MANIFEST, MANIFEST_SIZE, Bundle, BundleError, FileState, ModelFile
from unleak.judge.gguf_header import GGUFError, read_header
from unleak.judge.shelf import InstalledError, is_id

SPARE = 50_000_000
"""Bytes that have to be free on the disk afterwards."""
_PIECE = 1 << 20  # bytes that are copied at once
_MOST_NAMES, _LONGEST_INDEX = 1_000, 1 << 20  # entries of an archive, and the bytes of their list
_DENSEST = 50  # times that a model may have been compressed: its numbers hardly can be
_LOADING = 60.0  # seconds until a model has to be loaded, beside what its size takes
_SHARES = ("ask", "report", "warn", "live")
_END, _FAR_END, _WAY = b"PK\5\6", b"PK\6\6", b"PK\6\7"  # of an archive: its end, its large end, the way there
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Source(Protocol):
    """Where a bundle's files are taken from. Its methods raise InstalledError or OSError."""

    def manifest(self) -> bytes:
        """As it is to be installed. Raises FileNotFoundError where there is none."""
        ...

    def needed(self, bundle: Bundle) -> int:
        """Bytes on the disk that its files are going to need."""
        ...

    def put(self, wanted: ModelFile, to: Path) -> None:
        """Have a file at `to`, which is the one that is described. Raises FileNotFoundError where there is none."""
        ...

    def settled(self) -> None:
        """All its files are as they should be, and about to be moved to their place."""
        ...


def install(path: Path) -> str:
    """Import a folder with a manifest, its model's or manifest's file, or a .zip of such a folder; returns the id.

    Raises InstalledError, and nothing has changed then.
    """
    try:
        with _source(path) as source, shelf.staging() as stage:
            return install_from(source, stage, str(path))
    except BundleError as error:
        raise InstalledError(str(error)) from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError):
        raise InstalledError(f"{path}: the archive is damaged: fetch it again") from None
    except OSError as error:
        raise shelf.failed(error) from None


def install_from(source: Source, stage: Path, label: str) -> str:
    """Make a bundle ready in `stage` and move it to its place; `label` is what messages call it.

    Raises InstalledError, BundleError or OSError.
    """
    try:
        manifest = source.manifest()
    except FileNotFoundError:
        raise InstalledError(
            f"{label}: there is no {MANIFEST}, which says what the model is and how it is read"
        ) from None
    with _written(stage / MANIFEST) as file:
        file.write(manifest)
    bundle = _loaded(stage, label)
    name = f"{bundle.name}@{bundle.version}"
    if not is_id(name):
        raise InstalledError(f"{label}: name and version must be letters, digits and . _ + -, not {name[:80]!r}")
    if installed.is_installed(bundle):
        return name
    free, needed = shutil.disk_usage(stage).free, source.needed(bundle)
    if free < needed + SPARE:
        raise InstalledError(
            f"{name} needs {needed / 1e6:,.0f} MB in {stage.parent}, with {SPARE / 1e6:,.0f} MB to spare, "
            f"and {free / 1e6:,.0f} MB are free: make room"
        )
    for wanted in bundle.files:
        _take(source, stage, bundle, wanted)
    if bundle.adapter:
        try:
            adapter.check(bundle, stage / bundle.adapter.file.name, shelf.verified(bundle))
        except BundleError as error:
            raise shelf.retold(error, f"{stage}{os.sep}", "") from None
    _try_out(bundle)
    source.settled()
    record = shelf.Verified(stage)
    for wanted in bundle.files:
        if (stage / wanted.name).exists():
            record.keep(wanted.name, FileState.of(stage / wanted.name), wanted.sha256)
    installed.put(stage, bundle)
    return name


def _loaded(stage: Path, label: str) -> Bundle:
    """The bundle whose manifest is made ready, with numbers that a decision can go by."""
    try:
        bundle = Bundle.load(stage)
    except BundleError as error:
        raise shelf.retold(error, str(stage), label) from None
    try:
        blend = Blend.of(bundle.decision)
    except ValueError as error:
        raise InstalledError(f"{label}: {error}") from None
    if wrong := [key for key in _SHARES if not 0 <= getattr(blend, key) <= 1]:
        raise InstalledError(f"{label}: decision.{wrong[0]} must be a number from 0 to 1")
    return bundle


def _take(source: Source, stage: Path, bundle: Bundle, wanted: ModelFile) -> None:
    """Bring a file of a bundle, which must be the one that its manifest describes."""
    try:
        source.put(wanted, stage / wanted.name)
    except FileNotFoundError:
        if bundle.adapter and wanted.name == bundle.model:
            if shelf.base_path(bundle):
                return
            message = "the model that this adapter was made for is not installed: import that first"
            raise InstalledError(message) from None
        raise InstalledError(f"{wanted.name}, which the manifest names, is missing") from None
    try:
        read_header(stage / wanted.name)
    except GGUFError as error:
        raise InstalledError(f"{wanted.name} {error}") from None


def _copy(stream: BinaryIO, wanted: ModelFile, to: Path) -> None:
    digest = hashlib.sha256()
    size = 0
    with stream, _written(to) as copy:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > wanted.size:
                raise InstalledError(f"{wanted.name} is larger than the {wanted.size:,} bytes that its manifest says")
            digest.update(piece)
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    if size < wanted.size:
        raise InstalledError(f"{wanted.name} has {size:,} bytes instead of {wanted.size:,}: fetch it again")
    if digest.hexdigest() != wanted.sha256:
        raise InstalledError(f"{wanted.name} is not the file that its manifest describes: fetch it again")


def _try_out(bundle: Bundle) -> None:
    """Have the model loaded in a process of its own, where llama.cpp is installed."""
    if importlib.util.find_spec("llama_cpp") is None:
        return
    from unleak.judge.client import Judge
    from unleak.judge.keeper import Patience

    with closing(Judge(bundle.folder, patience=Patience(pauses=(), loading=_LOADING))) as judge:
        if judge.submit(()).result() is None:
            reason = judge.state.reason.replace(f"{bundle.folder}{os.sep}", "")
            raise InstalledError(f"{bundle.name}@{bundle.version} cannot be used: {reason}")


@contextmanager
def _source(path: Path) -> Iterator[Source]:
    path = path.expanduser().absolute()
    if path.is_dir():
        yield _Folder(path)
    elif path.suffix.lower() == ".zip":
        with _opened(path) as file:
            _check_index(file, path)
            with zipfile.ZipFile(file) as archive:
                yield _Archive(archive, path)
    elif path.suffix.lower() == ".gguf" or path.name == MANIFEST:
        with _opened(path):  # says what is wrong with it, if it is not there
            yield _Folder(path.parent)
    else:
        with _opened(path):
            raise InstalledError(f"{path}: neither a folder with a {MANIFEST} nor a .zip of one")


class _Copied(ABC):
    """Files that lie elsewhere on this computer, and stay there."""

    @abstractmethod
    def open(self, name: str) -> BinaryIO:
        """A plain file. Raises InstalledError, FileNotFoundError where there is none, or another OSError."""

    def manifest(self) -> bytes:
        with self.open(MANIFEST) as file:
            return file.read(MANIFEST_SIZE + 1)

    def needed(self, bundle: Bundle) -> int:
        return sum(file.size for file in bundle.files)

    def put(self, wanted: ModelFile, to: Path) -> None:
        _copy(self.open(wanted.name), wanted, to)

    def settled(self) -> None:  # noqa: B027 - nothing was borrowed
        pass


class _Folder(_Copied):
    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, name: str) -> BinaryIO:
        return _opened(self._path / name)


class _Archive(_Copied):
    """An archive of a bundle's files, or of one folder with them."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive = archive
        self._path = path
        self._folder = ""
        names = [info.filename for info in archive.infolist()]
        for name in names:
            if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
                raise InstalledError(f"{path}: the archive names a place outside of itself; it is not read")
        manifests = [name for name in names if name.rpartition("/")[2] == MANIFEST]
        if len(manifests) > 1:
            raise InstalledError(f"{path}: the archive holds more than one {MANIFEST}: unpack it, and import a folder")
        if manifests:
            self._folder = manifests[0].removesuffix(MANIFEST)

    def open(self, name: str) -> BinaryIO:
        infos = [info for info in self._archive.infolist() if info.filename == self._folder + name]
        if not infos:
            raise FileNotFoundError(name)
        info = infos[0]
        mode = info.external_attr >> 16
        if len(infos) > 1 or info.flag_bits & 1 or (stat.S_IFMT(mode) and not stat.S_ISREG(mode)):
            raise InstalledError(f"{self._path}: {name} is no plain file in the archive")
        if info.file_size > _DENSEST * max(info.compress_size, _PIECE):
            raise InstalledError(f"{self._path}: {name} would become {info.file_size:,} bytes, which is no model")
        return self._archive.open(info)  # type: ignore[return-value]  # as good as one for reading


def _check_index(file: BinaryIO, path: Path) -> None:
    """Refuse an archive whose list of files would fill the memory; that is read as a whole."""
    size = file.seek(0, os.SEEK_END)
    file.seek(-min(size, 22 + 0xFFFF), os.SEEK_END)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise zipfile.BadZipFile
    names, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    if at >= 20 and tail[at - 20 : at - 16] == _WAY:
        file.seek(min(struct.unpack("<Q", tail[at - 12 : at - 4])[0], size))
        far = file.read(56)
        if len(far) < 56 or not far.startswith(_FAR_END):
            raise zipfile.BadZipFile
        names, length = struct.unpack("<QQ", far[32:48])
    if names > _MOST_NAMES or length > _LONGEST_INDEX:
        raise InstalledError(f"{path}: the archive holds {names:,} files, which is no model")
    file.seek(0)


def _opened(path: Path) -> BinaryIO:
    """A plain file for reading: no link, no pipe, no device. Raises InstalledError or OSError."""
    if path.is_symlink():
        raise InstalledError(f"{path}: is a link: put the file itself there")
    handle = os.open(path, _READ)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InstalledError(f"{path}: is no plain file")
    return os.fdopen(handle, "rb")


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner may read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        yield file
