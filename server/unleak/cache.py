"""Files that can be made again: kept by content in the platform's cache folder, never trusted, never needed.

A frozen program brings along what its first start would make.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from unleak import __version__

MADE = Path(__file__).parent / "made"
"""What came with the program; there is no such folder where it was not frozen."""
_KEPT = 32  # files of a kind: each set of rules and each version of unleak has its own


def folder() -> Path:
    """`UNLEAK_CACHE_DIR` where it is set, else the platform's place for caches."""
    if chosen := os.environ.get("UNLEAK_CACHE_DIR"):
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("unleak", appauthor=False)


def digest_of(kind: str, *parts: bytes) -> str:
    """A name for content: changes with it, with unleak and with Python."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (kind.encode(), __version__.encode(), sys.version.encode(), *parts):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def read(name: str) -> bytes | None:
    for place in (folder(), MADE):  # what came along may be for another processor, and was made again
        with suppress(OSError):
            return (place / name).read_bytes()
    return None


def write(name: str, data: bytes) -> None:
    """Store `data` whole or not at all; a full disk or a read-only folder is no error."""
    temporary = ""
    try:
        target = folder()
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=target, prefix=name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, target / name)
        _drop_oldest(target, name.partition("-")[0])
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)


def _drop_oldest(place: Path, kind: str) -> None:
    """Leave the files of a kind that were written last; what is missed is made again."""
    written = [(file.stat().st_mtime_ns, file.path) for file in os.scandir(place) if file.name.startswith(f"{kind}-")]
    for _, path in sorted(written)[:-_KEPT]:
        os.unlink(path)
