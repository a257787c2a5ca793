"""What other tools' files say is no secret: `.gitleaks.toml`, `.gitleaksignore`, a baseline of detect-secrets."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from unleak.config_file import Lines, place_of_error
from unleak.files import Unreadable, read_text
from unleak.suppress.allow import TARGETS, Allow, Known, compiled

_MAX_SIZE = 20_000_000  # bytes
_TOLD = 10  # problems of one file that are told
_COMMIT = re.compile(r"[0-9a-f]{40}:")
_SHA1 = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
_FILTERS = {  # of detect-secrets, and what of an entry each becomes
    "detect_secrets.filters.regex.should_exclude_file": ("path_regexes", ""),
    "detect_secrets.filters.regex.should_exclude_line": ("patterns", "line"),
    "detect_secrets.filters.regex.should_exclude_secret": ("patterns", "secret"),
}


class Imported(NamedTuple):
    """What one file says. Paths in it are seen from its own folder's project, as `read_import` was told."""

    allows: tuple[Allow, ...] = ()
    known: tuple[Known, ...] = ()
    places: frozenset[tuple[str, int]] = frozenset()  # silent ones: path from the project's folder, line from 0
    has_rules: bool = False  # `detect.catalog` reads them
    problems: tuple[str, ...] = ()  # a sentence each, naming the file
    is_missing: bool = False


def read_import(path: Path, below: str = "") -> Imported:
    """Read a file of another tool, known by its name; never raises.

    `below` is the folder, seen from the project's and ending in "/", from which the paths in it are written.
    """
    try:
        source = read_text(path, _MAX_SIZE)
    except Unreadable as error:
        return Imported(problems=(f"{path}: cannot be read ({error}); it is not used.",), is_missing=True)
    if path.name.endswith("ignore"):
        imported = _fingerprints(path, source, below)
    elif path.suffix == ".toml":
        imported = _gitleaks(path, source, below)
    else:
        imported = _detect_secrets(path, source, below)
    more = len(imported.problems) - _TOLD
    if more > 0:
        imported = imported._replace(problems=(*imported.problems[:_TOLD], f"{path}: and {more:,} problems more."))
    return imported


def _fingerprints(path: Path, source: str, below: str) -> Imported:
    """A `.gitleaksignore`: `path:rule:line` or `commit:path:rule:line` on each line.

    The rules are gitleaks' own, so that a line of a file is silent for all of ours; so is a commit's for today's file.
    """
    places = set()
    problems = []
    for number, text in enumerate(source.split("\n"), 1):
        text = text.strip()
        if not text or text.startswith("#"):
            continue
        parts = text.rsplit(":", 2)
        if len(parts) < 3 or not parts[0] or not re.fullmatch("[0-9]{1,9}", parts[2]):
            problems.append(f"{path}:{number}: must be path:rule:line or commit:path:rule:line; it is not used.")
            continue
        file = _COMMIT.sub("", parts[0], count=1).replace("\\", "/").removeprefix("./")
        places.add((below + file, int(parts[2]) - 1))
    return Imported(places=frozenset(places), problems=tuple(problems))


def _gitleaks(path: Path, source: str, below: str) -> Imported:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        document = tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        return Imported(problems=(f"{place_of_error(path, source, str(error))}; it is not used.",))
    rules = document.get("rules")
    lines = Lines(path, source)
    tables = [(lines.place("allowlist"), document["allowlist"])] if "allowlist" in document else []
    others = document.get("allowlists", [])
    others = others if isinstance(others, list) else [others]
    tables += [(lines.place("allowlists", number=number), other) for number, other in enumerate(others)]
    names = {rule.get("id") for rule in rules if isinstance(rule, dict)} if isinstance(rules, list) else set()
    allows = []
    problems = []
    for place, table in tables:
        try:
            if allow := _allowed_by_gitleaks(table, names, f"allow-list of {path.name}"):
                allows.append(replace(allow, below=below, place=place))
        except ValueError as error:
            problems.append(f"{place}: an allow-list is wrong: {error}; it is not used.")
    return Imported(tuple(allows), has_rules=bool(rules), problems=tuple(problems))


def _allowed_by_gitleaks(table: object, names: set[object], reason: str) -> Allow | None:
    """An allow-list as gitleaks reads it; None where it speaks of commits alone. Raises ValueError."""
    from unleak.detect.catalog import from_go

    if not isinstance(table, dict):
        raise ValueError("must be a table")
    condition = {"OR": "any", "||": "any", "AND": "all", "&&": "all"}.get(str(table.get("condition", "OR")).upper())
    if condition is None:
        raise ValueError("its condition must be OR or AND")
    target = table.get("regexTarget") or "secret"
    if target not in TARGETS:
        raise ValueError(f"its regexTarget must be one of {', '.join(TARGETS)}")
    if table.get("commits") and condition == "all":
        raise ValueError("it is about commits, which a scan of files does not see")
    allow = Allow(
        reason=reason,
        rules=frozenset(targets) if names.issuperset(targets := _texts(table, "targetRules")) else frozenset(),
        path_regexes=tuple(map(from_go, _texts(table, "paths"))),
        patterns=tuple(map(from_go, _texts(table, "regexes"))),
        target=str(target),
        stopwords=_texts(table, "stopwords"),
        condition=condition,
    )
    if not (allow.path_regexes or allow.patterns or allow.stopwords):
        if table.get("commits"):
            return None
        raise ValueError("it must name paths, regexes or stopwords")
    for pattern in (*allow.path_regexes, *allow.patterns):
        compiled(pattern)
    return allow


def _texts(table: dict[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if isinstance(value, list) and all(isinstance(text, str) and text for text in value):
        return tuple(value)
    raise ValueError(f"its {key} must be a list of texts")


def _detect_secrets(path: Path, source: str, below: str) -> Imported:
    """A baseline of detect-secrets: hashes by path, but those that a person has marked as real, and its filters."""
    try:
        document = json.loads(source)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        return Imported(problems=(f"{path}:{line}: not valid JSON; it is not used.",))
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict):
        return Imported(problems=(f"{path}:1: holds no results of detect-secrets; it is not used.",))
    reason = f"known in {path.name}"
    known: dict[str, frozenset[str]] = {}
    for file, entries in results.items():
        hashes = frozenset(_hashes(entries))
        if hashes:
            known[file.replace("\\", "/").removeprefix("./")] = hashes
    allows = []
    problems = []
    for kind, target, pattern in _filters(document):
        line = source.count("\n", 0, max(0, source.find(json.dumps(pattern, ensure_ascii=False)))) + 1
        try:
            compiled(pattern)
        except ValueError as error:
            problems.append(f"{path}:{line}: a filter is {error}; it is not used.")
            continue
        if kind == "path_regexes":
            allows.append(Allow(reason=f"filter of {path.name}", path_regexes=(pattern,), below=below))
        else:
            allow = Allow(reason=f"filter of {path.name}", patterns=(pattern,), target=target, below=below)
            allows.append(replace(allow, place=f"{path}:{line}"))
    found = (Known(reason, known, below),) if known else ()
    return Imported(tuple(allows), found, problems=tuple(problems))


def _hashes(entries: object) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("is_secret") is not True:
            digits = entry.get("hashed_secret")
            if isinstance(digits, str) and _SHA1.fullmatch(digits):
                yield f"sha1:{digits.lower()}"


def _filters(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What the filters become, and their patterns; as recent versions write them, and as older ones did."""
    said: list[tuple[tuple[str, str], object]] = []
    used = document.get("filters_used")
    for entry in used if isinstance(used, list) else ():
        if isinstance(entry, dict) and (meaning := _FILTERS.get(str(entry.get("path")))):
            said.append((meaning, entry.get("pattern")))
    older = document.get("exclude")
    if isinstance(older, dict):
        said += [(("path_regexes", ""), older.get("files")), (("patterns", "line"), older.get("lines"))]
    said.append((("path_regexes", ""), document.get("exclude_regex")))
    for (kind, target), patterns in said:
        for pattern in patterns if isinstance(patterns, list) else [patterns]:
            if isinstance(pattern, str) and pattern:
                yield kind, target, pattern
