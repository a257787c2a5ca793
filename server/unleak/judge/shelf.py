"""The folder of a person's models, each in a folder of its own, and which of them is chosen.

They come and go whole: made ready beside, then moved to their place. Several processes may change them at once, and
one that is killed leaves nothing that counts.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from unleak import private_data
from unleak.judge.bundle import ADVICE, Bundle, BundleError, FileState, bundled, file_problem

PATIENCE = 10.0
"""Seconds to wait for another process that changes something here, which takes a moment."""
LONGEST_ID = 120
"""Code points."""
_CHOSEN, _LOCK, _VERIFIED = "chosen", ".lock", ".verified.json"
_NEW, _OLD, _LOCKED = ".new-", ".old-", ".lock"  # folders on their way in and out; the lock of the first
_RECORD_SIZE = 100_000  # bytes; more is no record of ours
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9._+-]*[A-Za-z0-9]")


class InstalledError(Exception):
    """Something cannot be done with a model; the message says why and what to do."""


def retold(error: BundleError, place: str, label: str) -> InstalledError:
    """What people are told of a bundle that is not installed yet: it lies at `place` for now."""
    return InstalledError(str(error).removesuffix(f": {ADVICE}").replace(place, label))


def is_id(text: str) -> bool:
    """Whether `text` is `name@version`, and as such a folder's name on every system."""
    return len(text) <= LONGEST_ID and _ID.fullmatch(text) is not None


def folder() -> Path:
    """Where the models of this person lie; it may not exist."""
    return private_data.folder().absolute() / "judges"


def model_folders() -> list[Path]:
    """The folders of all models, in the order of their names."""
    try:
        return sorted(path for path in folder().iterdir() if is_id(path.name) and path.is_dir())
    except OSError:
        return []


def chosen() -> str:
    """What this person has chosen, an id as a rule; empty for the model that comes with unleak."""
    try:
        with (folder() / _CHOSEN).open("rb") as file:
            return file.read(4 * LONGEST_ID).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def chosen_state() -> str:
    """What this person has chosen and what its files are, so that a change of either shows."""
    name = chosen()
    files: list[tuple[str, FileState]] = []
    if is_id(name):
        with suppress(OSError):
            paths = sorted(path for path in (folder() / name).iterdir() if not path.name.startswith("."))
            files = [(path.name, FileState.of(path)) for path in paths]
    return f"{name} {files}" if name else ""


def choose(name: str) -> None:
    """Choose a model by its id, or with an empty one that of unleak; only within `changing`. Raises OSError."""
    if name:
        _write(folder() / _CHOSEN, f"{name}\n".encode())
    else:
        (folder() / _CHOSEN).unlink(missing_ok=True)


def chosen_bundle() -> Bundle | None:
    """The chosen model, with its files compared; None for the one of unleak. Raises BundleError."""
    name = chosen()
    if not name:
        return None
    path = folder() / name
    if not is_id(name) or not path.is_dir():
        raise BundleError("it is not installed any more: `unleak model use` chooses another")
    bundle = Bundle.load(path)
    verified(bundle)
    return bundle


def base_path(bundle: Bundle) -> Path | None:
    """Where the network of a bundle lies: in its folder or, for an adapter, in that of its base; None for nowhere."""
    if bundle.path.is_file() or bundle.adapter is None:
        return bundle.path
    for path in (bundled(), *model_folders()):
        with suppress(BundleError):
            other = Bundle.load(path)
            if other.adapter is None and other.sha256 == bundle.sha256 and other.path.is_file():
                return other.path
    return None


def verified(bundle: Bundle) -> Path:
    """The file of a bundle's network, wherever it lies, with all files of the bundle compared. Raises BundleError."""
    bundle.verify(record_of(bundle.folder))
    path = base_path(bundle)
    if path is None:
        raise BundleError(f"{bundle.folder}: the model that this adapter was made for is not installed: import it")
    wanted = bundle.files[0]._replace(name=path.name)
    if path.parent != bundle.folder and (problem := file_problem(path, wanted, record_of(path.parent))):
        raise BundleError(f"{path}: the judge's model {problem}: {ADVICE}")
    return path


class Verified:
    """What the files of a folder were when they were last read, in a small file beside them."""

    def __init__(self, at: Path) -> None:
        self._path = at / _VERIFIED

    def known(self, name: str, state: FileState) -> str:
        row = self._rows().get(name)
        if isinstance(row, list) and row[:-1] == list(state) and isinstance(row[-1], str):
            return row[-1]
        return ""

    def keep(self, name: str, state: FileState, sha256: str) -> None:
        rows = {**self._rows(), name: [*state, sha256]}
        with suppress(OSError):  # it saves time and is not needed
            _write(self._path, json.dumps(rows).encode())

    def _rows(self) -> dict[str, object]:
        try:
            with self._path.open("rb") as file:
                rows = json.loads(file.read(_RECORD_SIZE))
        except (OSError, ValueError, RecursionError):
            return {}
        return rows if isinstance(rows, dict) else {}


def record_of(at: Path) -> Verified | None:
    """The record of a folder that is one of these models; None for any other, which could bring its own."""
    return Verified(at) if is_id(at.name) and at.parent == folder() else None


@contextmanager
def changing() -> Iterator[None]:
    """Nobody else changes anything meanwhile. Raises InstalledError, also for an OSError inside."""
    home = folder()
    try:
        home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
        with private_data.locked(home / _LOCK, PATIENCE):
            yield
    except TimeoutError:
        raise InstalledError(f"{home}: another unleak is changing the models: try again in a moment") from None
    except OSError as error:
        raise failed(error) from None


def failed(error: OSError) -> InstalledError:
    """What people are told of a trouble with files."""
    place = error.filename or folder()
    return InstalledError(f"{place}: {error.strerror or 'cannot be read or written'}")


@contextmanager
def staging() -> Iterator[Path]:
    """An empty folder beside the models, to make one ready in; what is still there in the end is deleted.

    Where this process is killed, the next that changes something deletes it.
    """
    home = folder()
    stage = home / f"{_NEW}{os.urandom(6).hex()}"
    lock = stage.with_name(stage.name + _LOCKED)
    with ExitStack() as alive:
        with changing():
            sweep()
            alive.enter_context(private_data.locked(lock, 0.0))
            stage.mkdir(mode=0o700)
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)
            with suppress(OSError):
                lock.unlink()


def drop(path: Path) -> None:
    """Delete a folder that is gone at once, however long that takes."""
    old = path.with_name(f"{_OLD}{os.urandom(6).hex()}")
    os.rename(path, old)
    if old.is_symlink() or not old.is_dir():
        old.unlink()
    else:
        shutil.rmtree(old, ignore_errors=True)


def sweep() -> None:
    """Delete what processes have left behind that did not come to their end."""
    for path in sorted(folder().iterdir()):
        if path.name.startswith(f"{_CHOSEN}."):
            path.unlink()
        elif path.name.startswith(_OLD):
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith(_NEW):
            lock = path if path.name.endswith(_LOCKED) else path.with_name(path.name + _LOCKED)
            with suppress(OSError), private_data.locked(lock, 0.0):  # whoever is at work holds it
                shutil.rmtree(lock.with_name(lock.name.removesuffix(_LOCKED)), ignore_errors=True)
                lock.unlink()


def _write(path: Path, data: bytes) -> None:
    """Put `data` in place of a file, whole. Raises OSError."""
    temporary = path.with_name(f"{path.name}.{os.urandom(6).hex()}")
    try:
        with private_data.opened(temporary, os.O_WRONLY | os.O_EXCL) as handle:
            os.write(handle, data)
            os.fsync(handle)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def settle(path: Path) -> None:
    """Have the system write down what a folder holds."""
    with suppress(OSError, AttributeError):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
