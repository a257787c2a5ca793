"""The manifest of what is fetched: with the place that it comes from, or written for a file that has none."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unleak.judge import shelf
from unleak.judge.bundle import MANIFEST, Bundle, BundleError, Source
from unleak.judge.catalog import Listed
from unleak.judge.protocol import VERSION
from unleak.judge.shelf import InstalledError

_TABLE = re.compile(r"(?m)^[ \t]*\[\[?(?P<name>[^\[\]\n]*)\]\]?[ \t]*(?:#.*)?$")


def composed(listed: Listed, said: Mapping[str, object]) -> bytes:
    """The manifest of a bare file, from what the catalogue says of it."""
    keys = {
        "protocol": VERSION,
        "name": listed.name,
        "version": listed.version,
        "model": listed.file.rpartition("/")[2],
        "sha256": listed.sha256,
        "size": listed.size,
        "licence": listed.licence,
        "measured": listed.quality,
    }
    tables = {key: value for key, value in said.items() if isinstance(value, Mapping)}
    plain = {key: value for key, value in said.items() if key not in tables}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in {**plain, **keys}.items()]
    for title, table in tables.items():
        lines += ["", f"[{title}]"]
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    return ("\n".join(lines) + "\n").encode()


def pinned(manifest: bytes, source: Source, label: str) -> bytes:
    """The manifest with `source` as where it comes from, in place of what it says of that. Raises InstalledError."""
    try:
        text = manifest.decode()
        said = _parsed(text)
        had = said.pop("source", None)
        new = _with_source("" if had is None else text, text, source)
        read = _parsed(new)
    except (ValueError, RecursionError) as error:
        raise InstalledError(f"{label}: {MANIFEST} is not valid TOML ({error})") from None
    if read.pop("source", None) != _keys(source) or read != said:
        raise InstalledError(f"{label}: {MANIFEST} must give [source] as a table of its own, or leave it out")
    return new.encode()


def _with_source(replaced: str, text: str, source: Source) -> str:
    if replaced:
        headings = list(_TABLE.finditer(text))
        for heading, following in zip(headings, [*headings[1:], None], strict=False):
            if heading["name"].strip() == "source":
                text = text[: heading.start()] + (text[following.start() :] if following else "")
                break
    lines = [f"{key} = {json.dumps(value)}" for key, value in _keys(source).items()]
    return "\n".join([text.rstrip("\n"), "", "[source]", *lines, ""])


def _keys(source: Source) -> dict[str, str]:
    return {key: value for key, value in source._asdict().items() if value}


def _parsed(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    document: dict[str, Any] = tomllib.loads(text)
    return document


def described(manifest: bytes, label: str) -> Bundle:
    """What a manifest describes. Raises InstalledError."""
    with tempfile.TemporaryDirectory(prefix="unleak-") as folder:
        (Path(folder) / MANIFEST).write_bytes(manifest)
        try:
            return Bundle.load(Path(folder))
        except BundleError as error:
            raise shelf.retold(error, folder, label) from None
