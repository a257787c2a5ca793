"""One typed configuration, from an editor's settings and from `unleak.toml`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from unleak.files import Unreadable, read_text
from unleak.finding import Severity

FILE_NAME = "unleak.toml"
_FILE_SIZE = 1_000_000  # bytes; more is no configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a person can choose; each key is documented in the README."""

    enable: bool = True
    min_severity: Severity = Severity.INFORMATION
    max_file_size: int = 10_000_000  # bytes
    exclude: tuple[str, ...] = ()  # gitignore patterns, relative to `folder`
    extra_rules: tuple[str, ...] = ()  # rule files, or folders of them
    disabled_rules: tuple[str, ...] = ()  # ids
    folder: Path | None = None  # where the `unleak.toml` in force lies


def from_settings(data: object) -> tuple[Config, tuple[str, ...]]:
    """The configuration in an editor's settings, and a sentence for each value that is wrong.

    Keys are in camel case; unknown ones belong to the editor and are passed over.
    """
    if data is None:
        return Config(), ()
    if not isinstance(data, Mapping):
        return Config(), ("The settings of unleak must be an object; defaults are used.",)
    values: dict[str, Any] = {}
    problems = []
    for key in _READERS:
        name = re.sub("_(.)", lambda match: match[1].upper(), key)
        if data.get(name) is not None:
            try:
                values[key] = _READERS[key](data[name])
            except ValueError as error:
                problems.append(f"unleak.{name} must be {error}; it is not used.")
    return Config(**values), tuple(problems)


def from_toml(path: Path) -> tuple[Config, tuple[str, ...]]:
    """The configuration in an `unleak.toml`, and a sentence with file and line for each thing wrong in it."""
    return _laid_over(Config(), path)


def for_folder(folder: Path, base: Config) -> tuple[Config, tuple[str, ...]]:
    """The nearest `unleak.toml` upwards from `folder` laid over `base`, with its problems.

    The search ends at the top of a git repository and at the home folder.
    """
    home = os.path.expanduser("~")
    at = os.path.abspath(folder)
    while True:
        path = os.path.join(at, FILE_NAME)
        if os.path.isfile(path):
            return _laid_over(base, Path(path))
        parent = os.path.dirname(at)
        if at in (parent, home) or os.path.lexists(os.path.join(at, ".git")):
            return base, ()
        at = parent


def _laid_over(base: Config, path: Path) -> tuple[Config, tuple[str, ...]]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        source = read_text(path, _FILE_SIZE)
    except Unreadable as error:
        return base, (f"{path}: cannot be read ({error}); it is not used.",)
    try:
        document = tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        return base, (f"{_place_of_error(path, source, str(error))}; it is not used.",)
    folder = path.absolute().parent
    values: dict[str, Any] = {"folder": folder}
    problems = []
    for key, value in document.items():
        place = f"{path}:{_line_of(key, source)}"
        if key not in _READERS:
            problems.append(f"{place}: unknown key {key!r}{_did_you_mean(key)}; it is not used.")
            continue
        try:
            values[key] = _READERS[key](value)
        except ValueError as error:
            problems.append(f"{place}: {key} must be {error}; it is not used.")
    if "extra_rules" in values:
        values["extra_rules"] = tuple(str(folder / os.path.expanduser(p)) for p in values["extra_rules"])
    return replace(base, **values), tuple(problems)


def _place_of_error(path: Path, source: str, error: str) -> str:
    found = re.search(r" \(at line (\d+), column (\d+)\)$", error)
    if found:
        return f"{path}:{found[1]}:{found[2]}: not valid TOML: {error[: found.start()]}"
    line = len(source.rstrip().split("\n"))
    return f"{path}:{line}: not valid TOML: {error.removesuffix(' (at end of document)')}"


def _line_of(key: str, source: str) -> int:
    """Where a top-level key stands, from 1; the parser does not tell."""
    written = re.compile(rf"""[\s\[]*["']?{re.escape(key)}["']?\s*[=.\]]""")
    lines = source.split("\n")
    return next((number for number, line in enumerate(lines, 1) if written.match(line)), 1)


def _did_you_mean(key: str) -> str:
    import difflib

    near = difflib.get_close_matches(key, _READERS, 1)
    return f", did you mean {near[0]!r}?" if near else ""


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


def _severity(value: object) -> Severity:
    if isinstance(value, str) and value.upper() in Severity.__members__:
        return Severity[value.upper()]
    raise ValueError(f"one of {', '.join(level.label for level in Severity)}")


def _size(value: object) -> int:
    # Editors written in Lua and JavaScript may send 1e7 as a float.
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 1 and value % 1 == 0:
        return int(value)
    raise ValueError("a whole number of bytes above 0")


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)) and all(isinstance(text, str) and text for text in value):
        return tuple(value)
    raise ValueError("a list of texts")


_READERS: Mapping[str, Callable[[object], Any]] = {
    "enable": _flag,
    "min_severity": _severity,
    "max_file_size": _size,
    "exclude": _texts,
    "extra_rules": _texts,
    "disabled_rules": _texts,
}
