"""Allow-lists: values, places and shapes that a project has declared to be no secret."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import regex

from unleak.files import excluder

TARGETS = ("secret", "match", "line")
HASHES = {"blake2b": 32, "sha1": 40, "sha256": 64}
"""The hashes that may stand for a value, each with its number of hex digits."""
HASH_SIZE = 16  # bytes of a keyed hash
_SECONDS = 0.25  # for one pattern on one line, which takes microseconds
_PATIENCE = 4  # lines on which an entry may take too long; after that it is tried no more


def value_hash(value: str, key: bytes) -> str:
    """A value as a keyed hash, in hex: tells nothing about it, not even that another project has it, too.

    `key` has up to 64 bytes.
    """
    return hashlib.blake2b(_bytes(value), digest_size=HASH_SIZE, key=key).hexdigest()


def compiled(pattern: str) -> regex.Pattern[str]:
    r"""A pattern of an allow-list, `\w` and the like in ASCII; raises ValueError."""
    try:
        return regex.compile(pattern, regex.ASCII)
    except (regex.error, RecursionError) as error:
        raise ValueError(f"not a regular expression ({error})") from None


@dataclass(frozen=True, kw_only=True)
class Allow:
    """One entry. Of each thing that it names one has to fit; `condition` says whether all things have to."""

    reason: str
    rules: frozenset[str] = frozenset()  # ids; none: all
    paths: tuple[str, ...] = ()  # gitignore patterns
    path_regexes: tuple[str, ...] = ()  # found anywhere in the path
    values: frozenset[str] = frozenset()  # "blake2b:<hex>" (keyed), "sha1:<hex>" or "sha256:<hex>"
    patterns: tuple[str, ...] = ()  # found anywhere in the target
    target: str = "secret"  # what the patterns look at: one of TARGETS
    stopwords: tuple[str, ...] = ()  # found anywhere in the value, in whatever case
    condition: str = "all"  # or "any"
    below: str = ""  # the folder, ending in "/", from which the paths are written; it holds for no file elsewhere
    place: str = field(default="", compare=False)  # path:line where it is written, for messages

    def fits(self, value: str, match: str, line: str, path: str, has_hash: Callable[[frozenset[str]], bool]) -> bool:
        """Whether it allows a value; `path` is seen from the project's folder.

        Raises TimeoutError where a pattern runs away.
        """
        if not path.startswith(self.below):
            return False
        path = path[len(self.below) :]
        said = self._says(value, match, line, path, has_hash)
        return all(said) if self.condition == "all" else any(said)

    def _says(
        self, value: str, match: str, line: str, path: str, has_hash: Callable[[frozenset[str]], bool]
    ) -> Iterator[bool]:
        if self.paths or self.path_regexes:
            yield self._is_among_paths(path) or any(p.search(path, timeout=_SECONDS) for p in self._path_regexes)
        if self.values:
            yield has_hash(self.values)
        if self.stopwords:
            lowered = value.lower()
            yield any(word.lower() in lowered for word in self.stopwords)
        if self.patterns:
            text = {"match": match, "line": line}.get(self.target, value)
            yield any(pattern.search(text, timeout=_SECONDS) for pattern in self._patterns)

    @cached_property
    def _is_among_paths(self) -> Callable[[str], bool]:
        return excluder(self.paths)

    @cached_property
    def _path_regexes(self) -> tuple[regex.Pattern[str], ...]:
        return tuple(map(compiled, self.path_regexes))

    @cached_property
    def _patterns(self) -> tuple[regex.Pattern[str], ...]:
        return tuple(map(compiled, self.patterns))

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Known:
    """Values that are allowed where they were found: hashes as in `Allow.values` by path."""

    reason: str
    values: Mapping[str, frozenset[str]]
    below: str = ""


@dataclass(frozen=True)
class Allowances:
    """All that is allowed in one place."""

    allows: tuple[Allow, ...] = ()
    known: tuple[Known, ...] = ()
    key: bytes = b""  # of the hashes
    problems: list[str] = field(default_factory=list, compare=False)  # that came up while it was used
    _delays: dict[int, int] = field(default_factory=dict, compare=False, repr=False)  # by the number of the entry

    def __bool__(self) -> bool:
        return bool(self.allows or self.known)

    def reason(self, rule: str, value: str, match: str, line: str, path: str) -> str:
        """Why a value that `rule` found is allowed; empty where it is not.

        `match` is what the rule's pattern matched, `path` is seen from the project's folder.
        """
        hashes: dict[str, str] = {}

        def has_hash(allowed: frozenset[str]) -> bool:
            if not hashes:
                hashes.update((name, f"{name}:{self._hash(name, value)}") for name in self._hashes_in_use)
            return not allowed.isdisjoint(hashes.values())

        for known in self.known:
            here = known.values.get(path.removeprefix(known.below)) if path.startswith(known.below) else None
            if here and has_hash(here):
                return known.reason
        for number, allow in enumerate(self.allows):
            if (allow.rules and rule not in allow.rules) or self._delays.get(number, 0) >= _PATIENCE:
                continue
            try:
                if allow.fits(value, match, line, path, has_hash):
                    return allow.reason
            except TimeoutError:
                self._delays[number] = self._delays.get(number, 0) + 1
                problem = (
                    f"{allow.place or allow.reason}: a pattern takes too long on some lines; it allows nothing there"
                )
                if problem not in self.problems:
                    self.problems.append(problem)
        return ""

    @cached_property
    def _hashes_in_use(self) -> frozenset[str]:
        said = [allow.values for allow in self.allows]
        said += [values for known in self.known for values in known.values.values()]
        used = {entry.partition(":")[0] for entries in said for entry in entries}
        return frozenset(used & HASHES.keys() if self.key else used & HASHES.keys() - {"blake2b"})

    def _hash(self, name: str, value: str) -> str:
        if name == "blake2b":
            return value_hash(value, self.key)
        return hashlib.new(name, _bytes(value), usedforsecurity=False).hexdigest()


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
