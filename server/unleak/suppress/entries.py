"""The entries of a baseline and the text of its file: JSON, one entry a line, without any value."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from unleak.suppress.allow import HASH_SIZE

KEY_SIZE = 16
"""Bytes of a key; the file has it in hexadecimal."""
_VERSION = 1
_TOLD = 10  # wrong entries that are told: finding the line of each takes time
_REQUIRED = ("rule", "content", "context", "state")


Identity = tuple[str, str, str]
"""Path, content and context: what is recorded once, however often it is found."""


class State(enum.Enum):
    """What people said of a finding; all but SECRET keep it silent."""

    OPEN = "open"
    SECRET = "secret"
    FALSE_ALARM = "false-alarm"
    TEST = "test"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Entry:
    """A known finding: where it is, and keyed hashes of its value and of what stands around it."""

    path: str  # from the project's folder, with slashes
    rule: str
    content: str
    context: str
    state: State = State.OPEN
    note: str = ""

    @property
    def identity(self) -> Identity:
        return self.path, self.content, self.context


class WrongFileError(Exception):
    """A text that is no baseline; the message says why, `line` (from 1) where."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def formatted(key: bytes, entries: Iterable[Entry]) -> str:
    """The text of a file with `entries` in their order, those of a path together; ASCII, LF."""
    by_path: dict[str, list[str]] = {}
    for entry in entries:
        written = {
            "rule": entry.rule,
            "content": entry.content,
            "context": entry.context,
            "state": entry.state.value,
        }
        if entry.note:
            written["note"] = entry.note
        by_path.setdefault(entry.path, []).append(json.dumps(written))
    files = ",\n".join(
        f"    {json.dumps(path)}: [\n      " + ",\n      ".join(lines) + "\n    ]" for path, lines in by_path.items()
    )
    files = "{\n" + files + "\n  }" if files else "{}"
    return f'{{\n  "version": {_VERSION},\n  "key": "{key.hex()}",\n  "files": {files}\n}}\n'


@dataclass(slots=True)
class Parsed:
    """What the text of a file holds, without what is wrong in it."""

    key: bytes
    entries: list[Entry] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)  # line from 1, and why; the first few
    more_problems: int = 0


def parsed(source: str) -> Parsed:
    """The content of a file; raises WrongFileError where it is wrong as a whole."""
    document = _json(source)
    if not isinstance(document, dict):
        raise WrongFileError("must be a JSON object")
    version = document.get("version")
    if version != _VERSION:
        advice = "install a newer unleak" if isinstance(version, int) and version > _VERSION else "make it anew"
        raise WrongFileError(f"version must be {_VERSION}: {advice}", _line_of(source, '"version"'))
    key = document.get("key")
    if not _is_hash(key, KEY_SIZE):
        raise WrongFileError(f"key must be {2 * KEY_SIZE} hexadecimal digits", _line_of(source, '"key"'))
    files = document.get("files")
    if not isinstance(files, dict):
        raise WrongFileError("files must be an object of paths", _line_of(source, '"files"'))
    content = Parsed(bytes.fromhex(str(key)))
    for path, listed in files.items():
        wrong = _wrong_path(path) or ("" if isinstance(listed, list) else "must have a list of entries")
        if wrong:
            _note(content, source, f"a path {wrong}; it is not used.", path)
            continue
        for data in listed:
            wrong = _wrong_entry(data)
            if wrong:
                hashed = data.get("content") if isinstance(data, dict) else None
                _note(content, source, f"{wrong}; the entry is not used.", path, hashed)
            else:
                entry = Entry(path, data["rule"], data["content"], data["context"], State(data["state"]))
                content.entries.append(replace(entry, note=data["note"]) if "note" in data else entry)
    return content


def _note(content: Parsed, source: str, why: str, *written: object) -> None:
    if len(content.problems) < _TOLD:
        content.problems.append((_line_of(source, *map(json.dumps, written)), why))
    else:
        content.more_problems += 1


def _json(source: str) -> object:
    try:
        return json.loads(source, object_pairs_hook=_object, parse_int=_number)
    except json.JSONDecodeError as error:
        if source.startswith("<<<<<<< ", source.rfind("\n", 0, error.pos) + 1):
            raise WrongFileError(
                "a merge left both sides here: take one, then run `unleak baseline update --add`", error.lineno
            ) from None
        raise WrongFileError(f"not valid JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise WrongFileError("not valid JSON: nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Like dict(pairs), but what a careless merge doubled must not vanish."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise WrongFileError("a path or a key stands here twice: join the two")
    return found


def _number(digits: str) -> int:
    """An integer; long ones, which take Python quadratic time, are -1."""
    return int(digits) if len(digits) < 10 else -1


def _wrong_path(path: str) -> str:
    if not path or path.startswith("/") or "\0" in path or ".." in path.split("/"):
        return "must lead downwards from the project's folder"
    return ""


def _wrong_entry(data: object) -> str:
    """Why `data` is no entry; empty where it is one."""
    if not isinstance(data, Mapping):
        return "an entry must be an object"
    for key in data:
        if key not in (*_REQUIRED, "note"):
            return f"unknown key {key[:40]!r}"
    for key in (*_REQUIRED, "note"):
        if not isinstance(data.get(key, "" if key == "note" else None), str):
            return f"{key} must be a text"
    for key in ("content", "context"):
        if not _is_hash(data[key], HASH_SIZE):
            return f"{key} must be {2 * HASH_SIZE} hexadecimal digits"
    if data["state"] not in {state.value for state in State}:
        return f"state must be one of {', '.join(state.value for state in State)}"
    return ""


def _is_hash(value: object, size: int) -> bool:
    return isinstance(value, str) and len(value) == 2 * size and not value.strip("0123456789abcdef")


def _line_of(source: str, *written: str) -> int:
    """The line (from 1) on which the texts `written` follow one another, or as many of them as there are."""
    at = 0
    for text in written:
        at = max(at, source.find(text, at))
    return source.count("\n", 0, at) + 1
