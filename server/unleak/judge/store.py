"""Verdicts on disk, for the next session: a small database that can be missing, full, locked or broken.

It holds no text: keys are hashes made with a random key of this machine, in a file beside it. The first
trouble ends its use for this session, without a word but `problem`.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Verdict

if TYPE_CHECKING:
    import sqlite3

FILE, KEY_FILE = "verdicts-1.sqlite3", "verdicts.key"
ROWS = 50_000
"""Verdicts that are kept, of all models; those that were not used for longest go first."""
KEY_SIZE = 32
DIGEST_SIZE = 16
_APPLICATION = 0x756E6C6B  # says in the file's head whose it is
_BUSY = 2.0  # seconds that another process may hold the lock; only a thread of its own waits for it
_FAREWELL = 1.0  # seconds to write the rest at the end
_PRUNE_EVERY = 1_000  # new verdicts

Rows = Mapping[bytes, Verdict]


class StoreError(Exception):
    """The file is not ours to use; the message says what to do."""


class _Work(NamedTuple):
    new: Rows
    used: Collection[bytes]


class Store:
    """The verdicts of one model in `folder`, read and written in a thread of its own."""

    def __init__(self, folder: Path, *, rows: int = ROWS) -> None:
        self.problem = ""  # a sentence, once something is wrong
        self.key = b""
        self._path = folder / FILE
        self._rows = rows
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.key = _key(folder / KEY_FILE)
        except (OSError, StoreError) as error:
            self._give_up(error)
            self.key = os.urandom(KEY_SIZE)

    def start(self, model: bytes, loaded: Callable[[Rows], None]) -> None:
        """Hand over the verdicts of `model`, a digest, as soon as they are read; none where there is trouble."""
        if self.problem:
            loaded({})
            return
        self._thread = threading.Thread(target=self._run, args=(model, loaded), name="unleak-verdicts", daemon=True)
        self._thread.start()

    def add(self, new: Rows, used: Collection[bytes]) -> None:
        """Keep new verdicts, and longer those that were `used`."""
        if not self.problem:
            self._work.put(_Work(new, used))

    def close(self) -> None:
        if self._thread:
            self._work.put(None)
            self._thread.join(_FAREWELL)

    def _run(self, model: bytes, loaded: Callable[[Rows], None]) -> None:
        try:
            import sqlite3
        except ImportError as error:
            self._give_up(error)
            loaded({})
            return
        rows: Rows = {}
        try:
            with closing(_connected(self._path)) as database:
                rows = dict(_read(database, model))
                loaded(rows)
                self._serve(database, model)
        except (sqlite3.Error, OSError, StoreError) as error:
            self._give_up(error)
            loaded(rows)  # where it came to that already, it changes nothing

    def _serve(self, database: sqlite3.Connection, model: bytes) -> None:
        added = _PRUNE_EVERY
        while (work := self._work.get()) is not None:
            now = int(time.time())
            with database:
                values = [(key, model, *verdict, now) for key, verdict in work.new.items()]
                database.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?)", values)
                database.executemany("UPDATE verdicts SET used = ? WHERE key = ?", [(now, key) for key in work.used])
                added += len(values)
                if added >= _PRUNE_EVERY:
                    _prune(database, self._rows)
                    added = 0

    def _give_up(self, error: Exception) -> None:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        self.problem = f"{self._path}: verdicts are kept in memory only ({why})"


def _connected(path: Path) -> sqlite3.Connection:
    import sqlite3

    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    database = sqlite3.connect(path, timeout=_BUSY)
    try:
        (owner,) = database.execute("PRAGMA application_id").fetchone()
        (tables,) = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        if owner != _APPLICATION and (owner or tables):
            raise StoreError("the file belongs to another program; move it away")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        if not owner:
            database.execute(f"PRAGMA application_id = {_APPLICATION}")
        database.execute(
            "CREATE TABLE IF NOT EXISTS verdicts (key BLOB PRIMARY KEY, model BLOB,"
            " secret REAL, test REAL, safe REAL, used INTEGER) WITHOUT ROWID"
        )
    except BaseException:
        database.close()
        raise
    return database


def _read(database: sqlite3.Connection, model: bytes) -> Iterable[tuple[bytes, Verdict]]:
    """The verdicts of a model, those used last at the end; what has another form is left out."""
    query = "SELECT key, secret, test, safe FROM verdicts WHERE model = ? ORDER BY used"
    for key, *values in database.execute(query, (model,)):
        if not isinstance(key, bytes) or len(key) != DIGEST_SIZE:
            continue
        if all(isinstance(value, float) and 0 <= value <= 1 for value in values):
            yield key, Verdict(*values)


def _prune(database: sqlite3.Connection, rows: int) -> None:
    (count,) = database.execute("SELECT COUNT(*) FROM verdicts").fetchone()
    if count > rows:
        database.execute(
            "DELETE FROM verdicts WHERE key IN (SELECT key FROM verdicts ORDER BY used LIMIT ?)",
            (count - rows * 9 // 10,),
        )


def _key(path: Path) -> bytes:
    """The random key of this machine, made where there is none. Raises OSError or StoreError."""
    if not path.exists():
        temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(os.urandom(KEY_SIZE))
            with suppress(FileExistsError):  # another process was quicker, and its key is the one
                os.link(temporary, path)
        finally:
            with suppress(OSError):
                os.unlink(temporary)
    key = path.read_bytes()
    if len(key) != KEY_SIZE:
        raise StoreError(f"{path.name} is damaged; delete it")
    return key
