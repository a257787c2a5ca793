"""What one `unleak.toml` says: values of the right types, and a sentence for each thing that is wrong."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from unleak.files import Unreadable, read_text
from unleak.finding import Severity
from unleak.suppress.allow import HASHES, TARGETS, Allow, compiled

_FILE_SIZE = 1_000_000  # bytes; more is no configuration
_TOLD = 20  # problems of one file that are told
_LONGEST_BUDGET = 86_400  # seconds
ON_SAVE, ON_TYPE, MANUAL = RUNS = ("onSave", "onType", "manual")
"""When the judge reads an open document."""
OFF = "off"
"""The severity of a rule that is not to be reported."""


class ConfigFile(NamedTuple):
    """The keys that are right, by their names in the file, and where each stands."""

    values: Mapping[str, Any]
    problems: tuple[str, ...]
    lines: Lines
    is_broken: bool = False  # nothing of it could be read

    def place(self, key: str) -> str:
        return self.lines.place(key)


class Lines:
    """Where keys stand in a TOML file; the parser does not tell."""

    def __init__(self, path: Path, source: str = "") -> None:
        self._path = path
        self._lines = source.split("\n")
        self._written: dict[str, list[int]] = {}

    def place(self, key: str, inner: str = "", *, number: int = 0) -> str:
        """`path:line` of a key, or of the key `inner` in the table `key`, the `number`-th one of that name."""
        if key not in self._written:
            regex = re.compile(rf"""[\s\[]*["']?{re.escape(key)}["']?\s*[=.\]]""")
            self._written[key] = [at for at, line in enumerate(self._lines) if regex.match(line)]
        tables = self._written[key]
        line = tables[min(number, len(tables) - 1)] if tables else 0
        if inner:
            regex = re.compile(rf"""(?:.*[\s{{,.])?["']?{re.escape(inner)}["']?\s*=""")
            line = next((at for at in range(line, self._end_of_table(line)) if regex.match(self._lines[at])), line)
        return f"{self._path}:{line + 1}"

    def _end_of_table(self, line: int) -> int:
        below = range(line + 1, len(self._lines))
        return next((at for at in below if self._lines[at].startswith("[")), len(self._lines))


def read(path: Path) -> ConfigFile:
    """Read an `unleak.toml`; what is wrong in it is left out, with a sentence that names file and line."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        source = read_text(path, _FILE_SIZE)
    except Unreadable as error:
        return ConfigFile({}, (f"{path}: cannot be read ({error}); it is not used.",), Lines(path), is_broken=True)
    try:
        document = tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        place = place_of_error(path, source, str(error))
        return ConfigFile({}, (f"{place}; it is not used.",), Lines(path), is_broken=True)
    lines = Lines(path, source)
    values: dict[str, Any] = {}
    problems: list[str] = []
    for key, value in document.items():
        if key == "severity":
            values[key] = _severities(value, lines, problems)
        elif key == "allow":
            values[key] = tuple(_allows(value, lines, problems))
        elif key in TABLES:
            values[key] = _options(key, value, lines, problems)
        elif key not in READERS:
            near = did_you_mean(key, KEYS)
            problems.append(f"{lines.place(key)}: unknown key {key!r}{near}; it is not used.")
        else:
            try:
                values[key] = READERS[key](value)
            except ValueError as error:
                problems.append(f"{lines.place(key)}: {key} must be {error}; it is not used.")
    if len(problems) > _TOLD:
        problems[_TOLD:] = [f"{path}: and {len(problems) - _TOLD:,} problems more."]
    return ConfigFile(values, tuple(problems), lines)


def did_you_mean(key: str, known: Collection[str]) -> str:
    import difflib

    near = difflib.get_close_matches(key, known, 1)
    return f", did you mean {near[0]!r}?" if near else ""


def place_of_error(path: Path, source: str, error: str) -> str:
    """`path:line:column: not valid TOML: why`, from the message of the parser."""
    found = re.search(r" \(at line (\d+), column (\d+)\)$", error)
    if found:
        return f"{path}:{found[1]}:{found[2]}: not valid TOML: {error[: found.start()]}"
    line = len(source.rstrip().split("\n"))
    return f"{path}:{line}: not valid TOML: {error.removesuffix(' (at end of document)')}"


def _severities(value: object, lines: Lines, problems: list[str]) -> dict[str, Severity | None]:
    if not isinstance(value, dict):
        problems.append(f"{lines.place('severity')}: severity must be a table of rules and levels; it is not used.")
        return {}
    levels: dict[str, Severity | None] = {}
    for rule, level in value.items():
        if not _RULE.fullmatch(rule):
            place = lines.place("severity", rule)
            problems.append(f"{place}: {rule!r} must be the id of a rule, or provider/*; it is not used.")
        elif level == OFF:
            levels[rule] = None
        else:
            try:
                levels[rule] = _severity(level)
            except ValueError as error:
                problems.append(f"{lines.place('severity', rule)}: {rule} must be {error}, {OFF}; it is not used.")
    return levels


def _options(table: str, value: object, lines: Lines, problems: list[str]) -> dict[str, object]:
    if not isinstance(value, dict):
        problems.append(f"{lines.place(table)}: {table} must be a table; it is not used.")
        return {}
    readers = TABLES[table]
    options: dict[str, object] = {}
    for key, said in value.items():
        try:
            options[key] = readers[key](said)
        except KeyError:
            near = did_you_mean(key, readers)
            problems.append(f"{lines.place(table, key)}: unknown key {key!r}{near}; it is not used.")
        except ValueError as error:
            problems.append(f"{lines.place(table, key)}: {key} must be {error}; it is not used.")
    return options


def _allows(value: object, lines: Lines, problems: list[str]) -> Iterator[Allow]:
    """The entries that are right as a whole: without one of its keys, an entry would allow more."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        problems.append(f"{lines.place('allow')}: allow must be tables, each under [[allow]]; it is not used.")
        return
    for number, entry in enumerate(value):
        wrong = []
        read_values: dict[str, Any] = {}
        for key, said in entry.items():
            try:
                read_values[key] = ALLOW_READERS[key](said)
            except KeyError:
                place = lines.place("allow", key, number=number)
                wrong.append(f"{place}: unknown key {key!r}{did_you_mean(key, ALLOW_READERS)}")
            except ValueError as error:
                wrong.append(f"{lines.place('allow', key, number=number)}: {key} must be {error}")
        if not wrong and not _LIMITS & set(entry):
            wrong.append(f"{lines.place('allow', number=number)}: name {' or '.join(sorted(_LIMITS))}")
        if wrong:
            problems += [f"{problem}; this [[allow]] is not used." for problem in wrong]
        else:
            place = lines.place("allow", "patterns", number=number)
            yield Allow(**{"reason": "", **read_values}, place=place)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


def _off(value: object) -> bool:
    """What a file may only switch off: whoever writes a project must not decide it for those who open it."""
    if value is False:
        return False
    raise ValueError("false: only your editor's own settings or UNLEAK_FEEDBACK=1 switch it on")


def _only_off(value: object) -> bool:
    if value is False:
        return False
    raise ValueError("false: a project can do without the judge, and not switch it on for those who open it")


def _never_on(value: object) -> bool:
    if value is False:
        return False
    raise ValueError("false: a project can do without the finder, and not switch it on for those who open it")


def _seconds(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LONGEST_BUDGET:
        return float(value)
    raise ValueError(f"a number of seconds from 0 to {_LONGEST_BUDGET:,}")


def _whole(least: int, most: int) -> Callable[[object], int]:
    def whole(value: object) -> int:
        is_flag = isinstance(value, bool)
        if isinstance(value, (int, float)) and not is_flag and least <= value <= most and value % 1 == 0:
            return int(value)
        raise ValueError(f"a whole number from {least:,} to {most:,}")

    return whole


def _run(value: object) -> str:
    if value in RUNS:
        return str(value)
    raise ValueError(f"one of {', '.join(RUNS)}")


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


def _text(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise ValueError("a text")


def _key(value: object) -> bytes:
    if isinstance(value, str) and re.fullmatch(r"(?:[0-9a-fA-F]{2}){16,64}", value):
        return bytes.fromhex(value)
    raise ValueError("32 to 128 hexadecimal digits, an even number of them, chosen at random")


def _some(value: object) -> tuple[str, ...]:
    if texts := _texts(value):
        return texts
    raise ValueError("a list of texts with at least one")


def _hashes(value: object) -> frozenset[str]:
    hashes = frozenset(text.lower() for text in _some(value))
    for text in hashes:
        name, _, digits = text.partition(":")
        if len(digits) != HASHES.get(name) or not re.fullmatch("[0-9a-f]+", digits):
            raise ValueError(f"hashes such as {', '.join(f'{n}:<{size} digits>' for n, size in HASHES.items())}")
    return hashes


def _patterns(value: object) -> tuple[str, ...]:
    for number, pattern in enumerate(texts := _some(value), 1):
        try:
            compiled(pattern)
        except ValueError as error:
            raise ValueError(f"regular expressions, but the one with number {number} is {error}") from None
    return texts


def _target(value: object) -> str:
    if value in TARGETS:
        return str(value)
    raise ValueError(f"one of {', '.join(TARGETS)}")


_RULE = re.compile(r"[A-Za-z0-9][\w.-]*(?:/\*)?", re.ASCII)
_LIMITS = {"paths", "values", "patterns", "stopwords"}  # without one of them an entry would allow everything
READERS: Mapping[str, Callable[[object], Any]] = {
    "root": _flag,
    "enable": _flag,
    "min_severity": _severity,
    "max_file_size": _size,
    "exclude": _texts,
    "extra_rules": _texts,
    "disabled_rules": _texts,
    "import": _texts,
    "baseline": _text,
    "hash_key": _key,
    "feedback": _off,
}
ALLOW_READERS: Mapping[str, Callable[[object], Any]] = {
    "reason": _text,
    "rules": lambda value: frozenset(_some(value)),
    "paths": _some,
    "values": _hashes,
    "patterns": _patterns,
    "target": _target,
    "stopwords": _some,
}
JUDGE_READERS: Mapping[str, Callable[[object], Any]] = {"enabled": _only_off, "budget": _seconds}
"""The keys of the table `judge`."""
JUDGE_SETTINGS: Mapping[str, Callable[[object], Any]] = {
    "enabled": _flag,
    "run": _run,
    "idle_delay": _whole(100, 60_000),
    "threads": _whole(1, 16),
    "budget": _seconds,
    "cache": _flag,
}
"""The keys of an editor's `unleak.judge`, there in camel case."""
FINDER_SETTINGS: Mapping[str, Callable[[object], Any]] = {"enabled": _flag, "deadline": _seconds}
"""The keys of an editor's `unleak.finder`."""
TABLES: Mapping[str, Mapping[str, Callable[[object], Any]]] = {
    "judge": JUDGE_READERS,
    "finder": {"enabled": _never_on, "deadline": _seconds},
}
"""The tables of options and their keys."""
KEYS = (*READERS, "severity", "allow", *TABLES)
"""All keys of an `unleak.toml`."""
SETTINGS: Mapping[str, Callable[[object], Any]] = {
    **{
        key: READERS[key]
        for key in ("enable", "min_severity", "max_file_size", "exclude", "extra_rules", "disabled_rules")
    },
    "feedback": _flag,
}
"""The keys that an editor's settings have, too, there in camel case."""
