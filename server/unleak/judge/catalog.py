"""The models that unleak knows of, from `models/catalog.toml`, which says what each key means."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from unleak.judge.bundle import LARGEST_FILE, NOT_MEASURED, Source
from unleak.judge.shelf import is_id

FILE = "catalog.toml"
JUDGE, ADAPTER = "judge", "adapter"
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
"""Of a repository on a Hub: owner/name."""
_REVISION, _SHA256 = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")
_LONGEST = 300  # code points of a text


class CatalogError(Exception):
    """The catalogue cannot be used; the message says what is wrong."""


class Listed(NamedTuple):
    """A model of the catalogue."""

    name: str
    version: str
    kind: str  # JUDGE or ADAPTER
    base: str  # the id of the judge that an adapter changes, else empty
    bundled: bool
    source: Source | None  # None where it comes with unleak
    file: str
    size: int  # bytes
    sha256: str
    licence: str
    quality: str
    manifest: str | Mapping[str, object] = ""  # its sha256; what it would say, for a bare file; empty where not told

    @property
    def id(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def reads_whole(self) -> bool:
        """Whether it is known to read files whole."""
        return isinstance(self.manifest, Mapping) and "scan" in self.manifest


def path() -> Path:
    """The catalogue that comes with unleak: inside an installed package, or in a checkout."""
    inside = Path(__file__).parent.parent / FILE
    return inside if inside.is_file() else Path(__file__).parents[3] / "models" / FILE


def read(file: Path) -> list[Listed]:
    """The models of a catalogue, in its order. Raises CatalogError."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogError(f"{file}: the list of models cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise CatalogError(f"{file}: not valid TOML ({error})") from None
    tables = document.get("models", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise CatalogError(f"{file}: models must be tables")
    listed = [_listed(file, number, table) for number, table in enumerate(tables, 1)]
    if len({model.id for model in listed}) < len(listed):
        raise CatalogError(f"{file}: two models have one id")
    return listed


def _listed(file: Path, number: int, table: dict[str, Any]) -> Listed:
    def wrong(key: str, wanted: str) -> CatalogError:
        return CatalogError(f"{file}: model {number}: {key} must be {wanted}")

    def text(key: str, pattern: re.Pattern[str] | None = None, wanted: str = "a text") -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > _LONGEST:
            raise wrong(key, wanted)
        if pattern and not pattern.fullmatch(value):
            raise wrong(key, wanted)
        return value

    bundled = table.get("bundled", False) is True
    size = table.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= LARGEST_FILE:
        raise wrong("size", f"a number of bytes up to {LARGEST_FILE:,}")
    kind = text("kind")
    if kind not in (JUDGE, ADAPTER):
        raise wrong("kind", f"{JUDGE} or {ADAPTER}")
    place = text("file")
    if ".." in place.split("/") or place.startswith("/") or "\\" in place:
        raise wrong("file", "a path in the repository")
    source = None
    if not bundled:
        repository = text("repository", REPOSITORY, "owner/name")
        source = Source(repository, text("revision", _REVISION, "40 hexadecimal digits, no branch and no tag"), place)
    listed = Listed(
        name=text("name"),
        version=text("version"),
        kind=kind,
        base=text("base", re.compile(".+@.+"), "the id of a judge") if kind == ADAPTER else "",
        bundled=bundled,
        source=source,
        file=place,
        size=size,
        sha256=text("sha256", _SHA256, "64 hexadecimal digits"),
        licence=text("licence"),
        quality=text("quality", wanted=f"one sentence, or {NOT_MEASURED!r}"),
        manifest=_manifest(table.get("manifest", ""), wrong),
    )
    if not is_id(listed.id):
        raise wrong("name and version", "letters, digits and . _ + -")
    return listed


def _manifest(value: object, wrong: Callable[[str, str], CatalogError]) -> str | Mapping[str, object]:
    if value == "" or (isinstance(value, str) and _SHA256.fullmatch(value)):
        return value
    if isinstance(value, dict):
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):  # a date, or no number
            raise wrong("manifest", "a table of texts, numbers and lists") from None
        return value
    raise wrong("manifest", "64 hexadecimal digits, or a table")
