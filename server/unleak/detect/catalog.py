"""The catalogue: secret formats read from TOML files, one file a provider."""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import regex
from regex import Match, Pattern

from unleak import cache, children
from unleak.detect import checksums
from unleak.finding import Severity

BREAK = "{+}"
"""Stands inside example secrets in rule files, so that no code host takes them for real; removed on use."""

KINDS = (
    "api-token",
    "password",
    "private-key",
    "secret-key",
    "webhook",
    "connection-string",
    "session-token",
    "access-key-id",
    "signed-url",
)
MATCH_SECONDS = 0.25  # for one rule on one line, which takes microseconds


class CatalogError(Exception):
    """A rule file is wrong; the message names the file, the rule and what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowlist:
    """Matches that a rule must not report, as in the gitleaks schema."""

    regexes: tuple[str, ...] = ()
    stopwords: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    target: str = "secret"  # what `regexes` look at: "secret", "match" or "line"
    condition: str = "any"  # whether "any" of the three must agree, or "all" that are given


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One secret format of one provider. The keys of a rule file, documented in docs/rules.md."""

    id: str
    provider: str
    title: str
    description: str
    kind: str
    severity: Severity
    regex: str
    keywords: tuple[str, ...]
    distinctive: bool = False
    entropy: float = 0.0
    checksum: str = ""
    context: tuple[str, ...] = ()
    public: bool = False
    pair: str = ""
    secret_group: int = -1
    until: str = ""
    path: str = ""
    documentation: str = ""
    rotation: str = ""
    allowlists: tuple[Allowlist, ...] = ()
    examples: tuple[str, ...] = field(default=(), compare=False)  # absent where the rule comes from the cache
    non_examples: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def pattern(self) -> Pattern[str]:
        return _compiled(self.regex)

    @cached_property
    def _keyword(self) -> Pattern[str]:
        return regex.compile("|".join(map(regex.escape, self.keywords)), regex.ASCII | regex.IGNORECASE)

    @cached_property
    def _end(self) -> Pattern[str]:
        return regex.compile(self.until, regex.ASCII)

    @cached_property
    def _excluded(self) -> tuple[tuple[Allowlist, list[Pattern[str]], list[Pattern[str]]], ...]:
        return tuple(
            (a, [regex.compile(r) for r in a.regexes], [regex.compile(p) for p in a.paths]) for a in self.allowlists
        )

    def applies_to(self, path: str) -> bool:
        return not self.path or regex.search(self.path, path) is not None

    def secrets(self, line: str, path: str = "") -> list[tuple[int, int]]:
        """Where secrets of this format stand in one line, in code points.

        Raises TimeoutError where the pattern runs away.
        """
        if self.keywords and not self._keyword.search(line):
            return []
        group = self.secret_group if self.secret_group >= 0 else min(1, self.pattern.groups)
        return [
            match.span(group)
            for match in self.pattern.finditer(line, timeout=MATCH_SECONDS)
            if match[group] and not self._allows(match, match[group], line, path)
        ]

    def match_of(self, line: str, start: int, end: int) -> str:
        """All that the pattern matches where `line[start:end]` is its secret; that alone where it does not match."""
        group = self.secret_group if self.secret_group >= 0 else min(1, self.pattern.groups)
        for match in self.pattern.finditer(line, timeout=MATCH_SECONDS):
            if match.span(group) == (start, end):
                return match[0]
        return line[start:end]

    def end_in(self, text: str, start: int, stop: int) -> int:
        """Where, between `start` and `stop`, the block that this rule opened ends; -1 where it goes on."""
        match = self._end.search(text, start, stop, timeout=MATCH_SECONDS)
        return match.end() if match else -1

    def _allows(self, match: Match[str], secret: str, line: str, path: str) -> bool:
        for allowed, patterns, paths in self._excluded:
            target = {"match": match[0], "line": line}.get(allowed.target, secret)
            says = []
            if patterns:
                says.append(any(pattern.search(target) for pattern in patterns))
            if allowed.stopwords:
                says.append(any(word.lower() in secret.lower() for word in allowed.stopwords))
            if paths:
                says.append(any(pattern.search(path) for pattern in paths))
            if says and (all(says) if allowed.condition == "all" else any(says)):
                return True
        return False


_FLAGS_INSIDE = re.compile(r"(?<!\\)\(\?[a-zA-Z]*(?:-[a-zA-Z]+)?\)")
_SET_OPERATORS = re.compile(r"\[\[(?!:)|--|&&|\|\||~~")


def _compiled(pattern: str) -> Pattern[str]:
    """`pattern` in ASCII mode; flags set in its middle hold from there on, as in Go."""
    inside = any(found.start() for found in _FLAGS_INSIDE.finditer(pattern))
    version = regex.V1 if inside and not _SET_OPERATORS.search(pattern) else regex.V0
    return regex.compile(pattern, regex.ASCII | version)


def from_go(pattern: str) -> str:
    r"""A pattern of gitleaks, written for Go, as this side reads it: `\z`, `\pL`, `\x{41}`, `\Q…\E`."""
    pattern = re.sub(r"\\Q(.*?)\\E", lambda found: re.escape(found[1]), pattern, flags=re.DOTALL)
    pattern = re.sub(r"\\x\{([0-9A-Fa-f]{1,8})\}", lambda found: rf"\U{int(found[1], 16):08X}", pattern)
    return re.sub(r"(?<!\\)((?:\\\\)*)\\([pP])([A-Z])", r"\1\\\2{\3}", pattern).replace(r"\z", r"\Z")


class Catalog:
    """All rules that are in force, with the problems of those that are not."""

    def __init__(self, rules: Iterable[Rule], problems: Sequence[str] = ()) -> None:
        self.by_id = {rule.id: rule for rule in rules}
        self.rules = tuple(self.by_id.values())
        self.problems = tuple(problems)

    @classmethod
    def load(cls, extra: Sequence[Path] = ()) -> Catalog:
        """The rules that come with unleak, and those of `extra` files or folders laid over them.

        A rule or file that is wrong is left out and named in `problems`; the others stay in force.
        """
        rules: list[Rule] = []
        problems: list[str] = []
        ours = bundled_rules()
        for path in (ours, *extra):
            read, wrong = _read(rule_files([path]), proven=path is ours)
            rules += read
            problems += wrong
        return cls(rules, problems)


def _read(files: Sequence[Path], *, proven: bool) -> tuple[list[Rule], list[str]]:
    """The rules of one place, and a sentence for each that is wrong.

    Reading TOML is slow, so the outcome is kept in the cache folder under a digest of the files' names, sizes
    and times of change.
    """
    stamp = _frozen_stamp if proven and children.is_frozen() else _stamp
    digest = cache.digest_of("catalog", *map(stamp, files))
    stored = cache.read(f"catalog-{digest}.json")
    if stored is not None:
        try:
            if kept := [_thawed(rule) for rule in json.loads(stored)]:
                return kept, []
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            pass  # a broken cache is as good as none
    rules: list[Rule] = []
    problems: list[str] = []
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            problems.append(f"{file}: cannot be read ({error.strerror}); its rules are off")
            continue
        read, wrong = parse_rules(file, data, proven=proven)
        rules += read
        problems += wrong
    if not problems:
        cache.write(f"catalog-{digest}.json", json.dumps([_frozen(rule) for rule in rules]).encode())
    return rules, problems


def _stamp(file: Path) -> bytes:
    """What tells one state of a file from another without reading it, as for Python's own compiled files."""
    try:
        status = os.stat(file)
    except OSError:
        return f"{file}\0".encode("utf-8", "surrogatepass")
    return f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}".encode("utf-8", "surrogatepass")


def _frozen_stamp(file: Path) -> bytes:
    """The same for a part of a frozen program, which nobody changes, wherever and whenever it was unpacked."""
    return f"{file.name}\0{os.stat(file).st_size}".encode()


def bundled_rules() -> Path:
    """The folder of rule files: inside an installed package, or at the top of a checkout."""
    inside = Path(__file__).parent.parent / "rules"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "rules"


def rule_files(paths: Iterable[Path]) -> list[Path]:
    return [file for path in paths for file in (_toml_files(path) if path.is_dir() else [path])]


def _toml_files(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in sorted(os.listdir(folder)) if name.endswith(".toml")]
    except OSError:
        return []


def parse_rules(file: Path, data: bytes, *, proven: bool = False) -> tuple[list[Rule], list[str]]:
    """The rules in one TOML file, and a sentence for each that is wrong.

    Of `proven` rules, those that `rules check` has seen, the patterns are not tried: compiling them takes longest.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [], [f"{file}: not valid TOML ({error}); its rules are off"]
    rules, problems = [], []
    for key in document:
        if key not in _FILE_KEYS:
            near = difflib.get_close_matches(key, _FILE_KEYS, 1)
            problems.append(f"{file}: unknown key {key!r}" + (f", did you mean {near[0]!r}?" if near else ""))
    for key in ("provider", "title", "documentation", "rotation"):
        if not isinstance(document.get(key, ""), str):
            problems.append(f"{file}: {key!r} must be a string; it is not used")
            del document[key]
    tables = document.get("rules", [])
    if not isinstance(tables, list):
        return [], [f"{file}: rules must be given as [[rules]], a table each; they are off"]
    for table in tables:
        if isinstance(table, dict) and "path" in table and "regex" not in table and is_gitleaks(file):
            continue  # says which files are suspicious by their name; no text of theirs is a secret
        try:
            rules.append(_rule_from(table, document, file, proven=proven))
        except CatalogError as error:
            problems.append(str(error))
    return rules, problems


_CONDITIONS = {"any": "any", "all": "all", "OR": "any", "AND": "all", "||": "any", "&&": "all"}
_GITLEAKS_KEYS = ("extend", "allowlist", "allowlists", "minVersion")  # of the file; allow-lists are the configuration's
_GITLEAKS_ONLY = ("tags", "allowlist", "skipReport", "required")
_NO_WORD = re.compile(r"[^a-z0-9]")
_GITLEAKS_NAMES = {"secretGroup": "secret_group", "regexTarget": "target"}


_WANTED = (
    (
        ("keywords", "context", "examples", "non_examples", "regexes", "stopwords", "paths", "tags", "commits"),
        "a list of strings",
    ),
    (("allowlists", "required"), "a list of tables"),
    (("distinctive", "public", "skipReport"), "true or false"),
    (("secret_group",), "a whole number"),
    (("entropy",), "a number"),
)


def _wanted(key: str) -> str:
    return next((words for keys, words in _WANTED if key in keys), "a string")


def _is(wanted: str, value: object) -> bool:
    match wanted:
        case "a list of strings":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "a list of tables":
            return isinstance(value, list) and all(isinstance(item, dict) for item in value)
        case "true or false":
            return isinstance(value, bool)
        case "a whole number":
            return isinstance(value, int) and not isinstance(value, bool)
        case "a number":
            return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


_FILE_KEYS = ("provider", "title", "description", "documentation", "rotation", "rules", *_GITLEAKS_KEYS)


def is_gitleaks(file: Path) -> bool:
    """Whether `file` is a configuration of gitleaks, by its name: there every rule reports at once."""
    return "gitleaks" in file.name


def _rule_from(table: Any, document: dict[str, Any], file: Path, *, proven: bool) -> Rule:
    if not isinstance(table, dict):
        raise CatalogError(f"{file}: each [[rules]] must be a table")
    table = {_GITLEAKS_NAMES.get(key, key): value for key, value in table.items()}
    name = table.get("id") or "a rule without id"

    def wrong(what: str) -> CatalogError:
        return CatalogError(f"{file}: {name}: {what}; the rule is off")

    for key in table:
        if key not in _NAMES and key not in _GITLEAKS_ONLY:
            near = difflib.get_close_matches(key, _NAMES, 1)
            raise wrong(f"unknown key {key!r}" + (f", did you mean {near[0]!r}?" if near else ""))
    for key in ("id", "regex"):
        if not isinstance(table.get(key), str) or not table[key]:
            raise wrong(f"{key!r} is missing")
    if "allowlist" in table:  # one table, in older files
        table["allowlists"] = [*table.get("allowlists", []), table.pop("allowlist")]
    for key, value in table.items():
        if not _is(wanted := _wanted(key), value):
            raise wrong(f"{key!r} must be {wanted}")
    values: dict[str, Any] = {
        "provider": document.get("provider", file.stem),
        "title": document.get("title", file.stem),
        "description": table["id"].replace("-", " "),
        "kind": "api-token",
        "severity": "warning",
        "distinctive": is_gitleaks(file),
        "keywords": (),
        "documentation": document.get("documentation", ""),
        "rotation": document.get("rotation", ""),
        **{key: value for key, value in table.items() if key in _NAMES},
    }
    if values["kind"] not in KINDS:
        raise wrong(f"unknown kind {values['kind']!r}: use one of {', '.join(KINDS)}")
    try:
        values["severity"] = Severity.of(values["severity"])
        values["entropy"] = float(values.get("entropy", 0.0))
        values["keywords"] = tuple(str(word).lower() for word in values["keywords"])
        values["context"] = tuple(_NO_WORD.sub("", word.lower()) for word in values.get("context", ()))
        values["allowlists"] = tuple(_allowlist_from(entry) for entry in values.get("allowlists", ()))
        for key in ("examples", "non_examples"):
            values[key] = tuple(str(text).replace(BREAK, "") for text in values.get(key, ()))
        if is_gitleaks(file):
            values["regex"] = from_go(values["regex"])
        rule = Rule(**values)
        groups = rule.secret_group if proven else rule.pattern.groups
        regex.compile(rule.until or "", regex.ASCII)
        regex.compile(rule.path)
    except (TypeError, ValueError, AttributeError, regex.error) as error:
        raise wrong(str(error)) from None
    if rule.secret_group > groups:
        raise wrong(f"secret_group is {rule.secret_group} but the regex has {groups} group{'' if groups == 1 else 's'}")
    if rule.context and (rule.distinctive or rule.keywords or rule.until):
        raise wrong("'context' names what the extractor found: leave out distinctive, keywords and until")
    if rule.checksum and rule.checksum not in checksums.CHECKS:
        raise wrong(f"no checksum is called {rule.checksum!r}: use one of {', '.join(checksums.CHECKS)}")
    return rule


def _allowlist(entry: dict[str, Any]) -> Allowlist:
    return Allowlist(
        regexes=tuple(entry.get("regexes", ())),
        stopwords=tuple(entry.get("stopwords", ())),
        paths=tuple(entry.get("paths", ())),
        target=str(entry.get("target", "secret")),
        condition=str(entry.get("condition", "any")),
    )


def _allowlist_from(entry: dict[str, Any]) -> Allowlist:
    entry = {_GITLEAKS_NAMES.get(key, key): value for key, value in entry.items()}
    for key, value in entry.items():
        if not _is(wanted := _wanted(key), value):
            raise ValueError(f"{key!r} of an allowlist must be {wanted}")
    condition = str(entry.get("condition", "any"))
    if condition not in _CONDITIONS:
        raise ValueError(f"the condition of an allowlist is any or all (OR or AND), not {condition!r}")
    entry["condition"] = _CONDITIONS[condition]
    for key in ("regexes", "paths"):
        entry[key] = [from_go(pattern) for pattern in entry.get(key, ())]
    allowed = _allowlist(entry)
    if allowed.target not in ("secret", "match", "line"):
        raise ValueError(f"an allowlist looks at secret, match or line, not at {allowed.target!r}")
    for pattern in (*allowed.regexes, *allowed.paths):
        regex.compile(pattern)
    return allowed


def _frozen(rule: Rule) -> dict[str, Any]:
    """A rule as JSON, without what equals the default and without what only `rules check` needs."""
    values = rule.__dict__
    plain = {
        f.name: values[f.name]
        for f in fields(Rule)
        if f.compare and (f.default is MISSING or values[f.name] != f.default)
    }
    if rule.allowlists:
        plain["allowlists"] = [asdict(allowlist) for allowlist in rule.allowlists]
    return plain


def _thawed(plain: dict[str, Any]) -> Rule:
    plain["severity"] = Severity(plain["severity"])
    plain["keywords"] = tuple(plain["keywords"])
    plain["context"] = tuple(plain.get("context", ()))
    plain["allowlists"] = tuple(_allowlist(entry) for entry in plain.get("allowlists", ()))
    if not _REQUIRED <= plain.keys() <= _NAMES:
        raise ValueError("not a rule of this version")
    rule = object.__new__(Rule)
    rule.__dict__.update(_DEFAULTS)  # three times as fast as the constructor, which adds nothing
    rule.__dict__.update(plain)
    return rule


_NAMES = {f.name for f in fields(Rule)}
_DEFAULTS = {f.name: f.default for f in fields(Rule) if f.default is not MISSING}
_REQUIRED = _NAMES - _DEFAULTS.keys()
