"""One typed configuration, from an editor's settings and from the `unleak.toml` files around a file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from unleak import config_file
from unleak.config_file import FINDER_SETTINGS, JUDGE_SETTINGS, ON_SAVE, SETTINGS
from unleak.files import excluder
from unleak.finding import Severity
from unleak.suppress.allow import Allowances
from unleak.suppress.exclusive import lock_of

FILE_NAME = "unleak.toml"
BASELINE_NAME = ".unleak-baseline.json"
NO_SECRETS = "a baseline, holds no secrets"
"""Why a file is not scanned for which `Config.is_baseline` holds."""
_EVERYWHERE = ("feedback", "finder", "judge", "languages")  # settings that cannot differ by language
_BASELINES = (BASELINE_NAME, str(lock_of(Path(BASELINE_NAME))))


def _asks_for_feedback() -> bool:
    return os.environ.get("UNLEAK_FEEDBACK") == "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeOptions:
    """Whether a judge is asked, when and how."""

    enabled: bool = True
    run: str = ON_SAVE  # when it reads an open document, one of `config_file.RUNS`
    idle_delay: int = 800  # milliseconds without a keystroke, where it reads while a person types
    threads: int = 1
    budget: float | None = None  # seconds that it may take for all files of a scan; None: as long as it takes
    cache: bool = True  # whether its verdicts are kept on disk, under keyed hashes of what it read


@dataclass(frozen=True, slots=True, kw_only=True)
class FinderOptions:
    """Whether a model may read files whole, where a person asks for it."""

    enabled: bool | None = None  # None where nothing is said, which is no; `unleak scan --finder` goes before that
    deadline: float = 60.0  # seconds that it may take for a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a person can choose, as it holds for the files of one folder; docs/configuration.md explains each key."""

    enable: bool = True
    min_severity: Severity = Severity.INFORMATION
    max_file_size: int = 10_000_000  # bytes
    exclude: tuple[str, ...] = ()  # gitignore patterns, relative to `folder`
    extra_rules: tuple[str, ...] = ()  # rule files, or folders of them
    disabled_rules: tuple[str, ...] = ()  # ids
    severity: Mapping[str, Severity | None] = field(default_factory=dict)  # by id or "provider/*"; None: off
    allowances: Allowances = field(default_factory=Allowances)
    places: frozenset[tuple[str, int]] = frozenset()  # silent ones: a path seen from `folder`, a line from 0
    feedback: bool = field(default_factory=_asks_for_feedback)  # whether examples to learn from are kept
    judge: JudgeOptions = JudgeOptions()
    finder: FinderOptions = FinderOptions()
    baseline: Path | None = None  # paths in it are seen from the project's folder
    folder: Path | None = None  # the project's: that of the topmost `unleak.toml` in force
    files: tuple[Path, ...] = ()  # the `unleak.toml` files in force, outer ones first
    imports: tuple[Path, ...] = ()  # the files of other tools in force

    def is_baseline(self, file: str | os.PathLike[str]) -> bool:
        """Whether `file` only records what is known, for us or another tool: hashes, which look like secrets.

        The lock beside a baseline, which becomes the next one, counts as well.
        """
        name = os.path.basename(file)
        if name in _BASELINES:
            return True
        known = [path for path in self.imports if path.suffix != ".toml"]
        if self.baseline and name.startswith(self.baseline.name):
            known += [self.baseline, lock_of(self.baseline)]
        return any(path.name == name and os.path.abspath(path) == os.path.abspath(file) for path in known)


def from_settings(data: object) -> tuple[Config, tuple[str, ...]]:
    """The configuration in an editor's settings, and a sentence for each value that is wrong.

    Keys are in camel case; unknown ones belong to the editor and are passed over.
    """
    if data is None:
        return Config(), ()
    if not isinstance(data, Mapping):
        return Config(), ("The settings of unleak must be an object; defaults are used.",)
    problems: list[str] = []
    values = _read(data, SETTINGS, "unleak.", problems)
    if data.get("judge") is not None:
        values["judge"] = JudgeOptions(**_options("judge", data["judge"], JUDGE_SETTINGS, problems))
    if data.get("finder") is not None:
        values["finder"] = FinderOptions(**_options("finder", data["finder"], FINDER_SETTINGS, problems))
    return Config(**values), tuple(problems)


def from_languages(data: object) -> tuple[dict[str, Mapping[str, Any]], tuple[str, ...]]:
    """What the `languages` of an editor's settings change for documents of a language, by its id, and what is wrong.

    The changes are attributes of `Config`. What is of the machine, or of the whole editor, is the same for all.
    """
    languages = data.get("languages") if isinstance(data, Mapping) else None
    if languages is None:
        return {}, ()
    if not isinstance(languages, Mapping):
        return {}, ("unleak.languages must be an object; it is not used.",)
    changes: dict[str, Mapping[str, Any]] = {}
    problems: list[str] = []
    for language, said in languages.items():
        if not isinstance(said, Mapping):
            problems.append(f"unleak.languages.{language} must be an object; it is not used.")
            continue
        place = f"unleak.languages.{language}."
        wrong = [name for name in _EVERYWHERE if name in said]
        problems += [f"{place}{name} cannot differ by language; it is not used." for name in wrong]
        keys = {key: reader for key, reader in SETTINGS.items() if key not in _EVERYWHERE}
        if changed := _read(said, keys, place, problems):
            changes[str(language)] = changed
    return changes, tuple(problems)


def _read(
    data: Mapping[str, Any], readers: Mapping[str, Callable[[object], Any]], place: str, problems: list[str]
) -> dict[str, Any]:
    """The keys of settings that are right; adds to `problems` what is wrong."""
    values: dict[str, Any] = {}
    for key, reader in readers.items():
        name = re.sub("_(.)", lambda match: match[1].upper(), key)
        if data.get(name) is not None:
            try:
                values[key] = reader(data[name])
            except ValueError as error:
                problems.append(f"{place}{name} must be {error}; it is not used.")
    return values


def _options(
    name: str, data: object, readers: Mapping[str, Callable[[object], Any]], problems: list[str]
) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        problems.append(f"unleak.{name} must be an object; it is not used.")
        return {}
    return _read(data, readers, f"unleak.{name}.", problems)


def from_toml(path: Path) -> tuple[Config, tuple[str, ...]]:
    """The configuration in one `unleak.toml`, and a sentence with file and line for each thing wrong in it."""
    problems: list[str] = []
    return _laid_over(Config(), path, problems)[0], tuple(problems)


def for_folder(folder: Path, base: Config) -> tuple[Config, tuple[str, ...]]:
    """The configuration of the files in `folder`, with the problems in it; see `Configs`."""
    configs = Configs(base)
    return configs.of(folder), tuple(configs.problems)


class _Found(NamedTuple):
    """What holds in a folder."""

    config: Config
    top: str  # the project's folder: of the topmost unleak.toml or of the repository; empty where neither is


class Configs:
    """The configuration of every folder: `base` and the `unleak.toml` files from the project's top down to it.

    The search for the top ends at the top of a git repository, at the home folder and at a file with
    `root = true`. Inner files win, lists are joined. Each file is read once; folders in which nothing changes
    share one `Config` object. `problems` grows by a sentence for each thing wrong that is come upon.
    """

    def __init__(
        self,
        base: Config | None = None,
        *,
        change: Mapping[str, Any] | None = None,
        remembered: dict[str, config_file.ConfigFile] | None = None,
    ) -> None:
        """With `change`, attributes of `Config` that are the same everywhere, whatever a file says.

        `remembered` holds what files said when they last could be read, by their paths, and is kept up to date:
        that still counts where one of them has broken since.
        """
        self.problems: list[str] = []
        self._change = dict(change or {})
        self._remembered = {} if remembered is None else remembered
        self._base = replace(base or Config(), **self._change)
        self._found: dict[str, _Found] = {}  # by absolute path, and as folders were named, for there are many files
        self._excluders: dict[int, Callable[[str], bool]] = {}
        self._home = os.path.expanduser("~")
        self._is_fixed = False

    @classmethod
    def fixed(cls, config: Config) -> Configs:
        """One configuration for all folders; no file is looked for."""
        configs = cls(config)
        configs._is_fixed = True
        return configs

    def changed(self, **change: object) -> Configs:
        """The same, with other values of `Config` everywhere."""
        return self._with(self._base, {**self._change, **change})

    def with_baseline_in(self, project: Path) -> Configs:
        """The same, where files for which no project is found go by the baseline in `project`, if there is one."""
        path = project / BASELINE_NAME
        if self._base.baseline or not path.is_file():
            return self
        return self._with(replace(self._base, baseline=path), self._change)

    def _with(self, base: Config, change: Mapping[str, Any]) -> Configs:
        configs = Configs(base, change=change, remembered=self._remembered)
        configs._is_fixed = self._is_fixed
        return configs

    def of(self, folder: str | os.PathLike[str]) -> Config:
        """What holds for the files in `folder`, which need not exist."""
        return self._at(folder).config

    def top_of(self, folder: str | os.PathLike[str]) -> str:
        """The folder of the project around `folder`, from which paths are judged; empty where none is found."""
        return self._at(folder).top

    def is_baseline(self, path: str | os.PathLike[str]) -> bool:
        """Whether the file at `path` is a baseline where it lies; see `Config.is_baseline`."""
        return self.of(os.path.dirname(path)).is_baseline(path)

    def excludes(self, path: str | os.PathLike[str]) -> bool:
        """Whether the file at `path` is excluded where it lies."""
        absolute = os.path.abspath(path)
        config, top = self._at(os.path.dirname(absolute))
        base = config.folder or top
        if not config.exclude or not base:
            return False
        if id(config) not in self._excluders:
            self._excluders[id(config)] = excluder(config.exclude)
        return self._excluders[id(config)](os.path.relpath(absolute, base).replace(os.sep, "/"))

    def __getstate__(self) -> dict[str, object]:
        """Without what can be found again, for another process."""
        remembered = dict(self._remembered)  # another thread may add to it
        return {**self.__dict__, "problems": [], "_found": {}, "_excluders": {}, "_remembered": remembered}

    def _at(self, folder: str | os.PathLike[str]) -> _Found:
        name = os.fspath(folder)
        if name in self._found:
            return self._found[name]
        at = os.path.abspath(name)
        way: list[str] = []
        while at not in self._found:
            way.append(at)
            parent = os.path.dirname(at)
            if self._is_fixed or at in (parent, self._home) or os.path.lexists(os.path.join(at, ".git")):
                break
            at = parent
        found = self._found.get(at) or self._outermost(at)
        for at in reversed(way):
            found = self._found[at] = found if self._is_fixed else self._in(at, found)
        self._found[name] = found
        return found

    def _outermost(self, folder: str) -> _Found:
        """What holds where the search ends, before the `unleak.toml` there counts."""
        if self._is_fixed:
            return _Found(self._base, "")
        top = folder if os.path.lexists(os.path.join(folder, ".git")) else ""
        config = self._with_baseline(replace(self._base, baseline=None), top) if top else self._base
        return _Found(replace(config, **self._change), top)

    def _in(self, folder: str, above: _Found) -> _Found:
        """What holds in `folder`, given what holds above it."""
        path = os.path.join(folder, FILE_NAME)
        if not os.path.isfile(path):
            self._remembered.pop(path, None)
            return above
        file = config_file.read(Path(path))
        if file.is_broken:
            self.problems += file.problems
            before = self._remembered.get(path)
            if before is None:
                return above
            file = before._replace(problems=())
        self._remembered[path] = file
        outer = self._base if file.values.get("root") else above.config
        config = _with_file(outer, Path(path), file, self.problems)
        if outer.folder is None and "baseline" not in file.values:
            config = self._with_baseline(replace(config, baseline=None), folder)
        if self._change:
            config = replace(config, **self._change)
        return _Found(config, str(config.folder))

    def _with_baseline(self, config: Config, folder: str) -> Config:
        path = os.path.join(folder, BASELINE_NAME)
        return replace(config, baseline=Path(path)) if os.path.isfile(path) else config


def _laid_over(base: Config, path: Path, problems: list[str]) -> tuple[Config, bool]:
    file = config_file.read(path)
    if file.is_broken:
        problems += file.problems
        return base, False
    return _with_file(base, path, file, problems), True


def _with_file(outer: Config, path: Path, file: config_file.ConfigFile, problems: list[str]) -> Config:
    """`outer` with an `unleak.toml` below it laid over it; adds to `problems`."""
    problems += file.problems
    folder = path.absolute().parent
    said = dict(file.values)
    if outer.folder is not None:
        for key in ("extra_rules", "hash_key"):
            if said.pop(key, None) is not None:
                top = outer.folder / FILE_NAME
                problems.append(
                    f"{file.place(key)}: {key} may only stand at the top of the project: move it to {top}; "
                    "it is not used."
                )
    top = outer.folder or folder
    below = "" if top == folder else f"{folder.relative_to(top).as_posix()}/"
    key = said.get("hash_key", outer.allowances.key)
    allows = tuple(
        replace(allow, below=below, reason=allow.reason or f"allowed in {below}{FILE_NAME}")
        for allow in said.get("allow", ())
    )
    if not key and any(value.startswith("blake2b:") for allow in allows for value in allow.values):
        problems.append(f"{file.place('allow')}: values with blake2b need a hash_key; they allow nothing.")
    config = replace(
        outer,
        enable=said.get("enable", outer.enable),
        min_severity=said.get("min_severity", outer.min_severity),
        max_file_size=said.get("max_file_size", outer.max_file_size),
        exclude=(*outer.exclude, *_seen_from_above(said.get("exclude", ()), below)),
        extra_rules=(*outer.extra_rules, *(_resolved(folder, rules) for rules in said.get("extra_rules", ()))),
        disabled_rules=(*outer.disabled_rules, *said.get("disabled_rules", ())),
        severity={**outer.severity, **said.get("severity", {})},
        allowances=Allowances((*outer.allowances.allows, *allows), outer.allowances.known, key),
        feedback=said.get("feedback", outer.feedback),
        judge=replace(outer.judge, **said.get("judge", {})),
        finder=replace(outer.finder, **said.get("finder", {})),
        baseline=Path(_resolved(folder, said["baseline"])) if "baseline" in said else outer.baseline,
        folder=top,
        files=(*outer.files, path.absolute()),
    )
    names = [_resolved(folder, name) for name in said.get("import", ())]
    return _with_imports(config, names, below, file.place("import"), problems) if names else config


def _with_imports(config: Config, names: list[str], below: str, place: str, problems: list[str]) -> Config:
    from unleak.suppress.imports import read_import

    for name in names:
        imported = read_import(Path(name), below)
        problems += [f"{place}: {problem}" if imported.is_missing else problem for problem in imported.problems]
        allowances = config.allowances
        if imported.has_rules and below:
            problems.append(
                f"{place}: the rules in {name} are not used: import it in {Path(str(config.folder)) / FILE_NAME}, "
                "the top of the project."
            )
        config = replace(
            config,
            extra_rules=(*config.extra_rules, name) if imported.has_rules and not below else config.extra_rules,
            allowances=Allowances(
                (*allowances.allows, *imported.allows), (*allowances.known, *imported.known), allowances.key
            ),
            places=config.places | imported.places,
            imports=(*config.imports, Path(name)),
        )
    return config


def _resolved(folder: Path, path: str) -> str:
    return str(folder / os.path.expanduser(path))


def _seen_from_above(patterns: tuple[str, ...], below: str) -> tuple[str, ...]:
    """Gitignore patterns of the folder `below`, ending in "/", as they are written in the folder above it."""
    if not below:
        return patterns
    folder = re.sub(r"([\\*?\[\]!# ])", r"\\\1", below)
    moved = []
    for pattern in patterns:
        if pattern.startswith("#") or not pattern.strip(" "):
            continue
        sign, glob = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
        depth = "" if "/" in glob.rstrip(" ").rstrip("/") else "**/"
        moved.append(f"{sign}/{folder}{depth}{glob.removeprefix('/')}")
    return tuple(moved)
