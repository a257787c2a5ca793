"""Which scanner reads which file: configuration and rules, loaded in a thread of their own."""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unleak.config import NO_SECRETS, Config, Configs
from unleak.config_file import ConfigFile
from unleak.files import excluder, larger_than
from unleak.lsp.background import in_background
from unleak.lsp.settings import Settings

if TYPE_CHECKING:
    from unleak.decision import Blend
    from unleak.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for the files of one folder."""

    config: Config
    scanner: Scanner
    project: Path | None  # the folder from which paths are judged
    base: Path | None  # where the `exclude` patterns begin
    is_excluded: Callable[[str], bool]

    def refusal(self, file: Path | None, size: int) -> str:
        """Why a document of `size` code points is not scanned; empty where it is."""
        if not self.config.enable:
            return "unleak is switched off here"
        if size > self.config.max_file_size:
            return larger_than(self.config.max_file_size)
        if file and self.base and self.is_excluded(os.path.relpath(file, self.base).replace(os.sep, "/")):
            return "excluded"
        if file and self.config.is_baseline(file):
            return NO_SECRETS
        return ""


class Policies:
    """The policies of all folders, each made when it is first asked for.

    What is wrong in a configuration or rule file is told, and what was last right stays in force.
    """

    def __init__(
        self,
        settings: Settings,
        tell: Callable[[Sequence[str]], None],
        settled: Callable[[], Awaitable[object]],
        blend: Callable[[], Blend | None] = lambda: None,
    ) -> None:
        """Nothing is made before `settled` has come to its end, for settings may be on their way.

        `blend` says how the judge's verdicts count, None where it is not to be asked.
        """
        self._settings = settings
        self._tell = tell
        self._blend = blend
        self._settled = settled
        self._ready: dict[tuple[Path | None, str], Policy] = {}  # by folder and language
        self._age = 0
        self._loading = threading.Lock()
        self._remembered: dict[str, ConfigFile] = {}
        self._loaded = _Loaded(self._remembered)

    async def of(self, file: Path | None, language: str = "") -> Policy:
        """The policy for a file, or for what is no file; for a document of a language as the settings have it."""
        await self._settled()
        language = language if self._settings.differs(file, language) else ""
        place = (file.parent if file else None, language)
        while place not in self._ready:
            age = self._age
            policy, problems = await in_background(self._loader(file, language))
            if age == self._age:
                self._ready[place] = policy
                self._tell(problems)
        return self._ready[place]

    async def warm_up(self) -> None:
        """Load what most likely is asked for next, so that nobody waits for it."""
        await in_background(self._loader(None))

    def forget(self) -> None:
        """Read everything anew when it is next asked for."""
        self._age += 1
        self._ready.clear()
        self._loaded = _Loaded(self._remembered)

    def configs_of(self, root: Path) -> Configs:
        """The configurations of the folders of a workspace folder, for whoever scans all of it."""
        file = root / "any file"
        base = self._settings.base_for(file)
        if not self._settings.reads_toml_for(file):
            return Configs.fixed(base)
        return Configs(base, remembered=self._remembered).with_baseline_in(root)

    def watched_paths(self) -> set[Path]:
        """The files that are in use for configuration, rules and what is known, and the folders of rules."""
        used: set[Path] = set()
        for config in {id(policy.config): policy.config for policy in self._ready.values()}.values():
            used.update(map(Path, config.extra_rules), config.files, config.imports)
            used.update([config.baseline] if config.baseline else ())
        return used

    def _loader(self, file: Path | None, language: str = "") -> Callable[[], tuple[Policy, Sequence[str]]]:
        """What loads the policy for a file, by the settings as they are now."""
        base = self._settings.base_for(file, language)
        root = self._settings.root_of(file) if file else None
        folder = file.parent if file and self._settings.reads_toml_for(file) else None
        loaded = self._loaded

        def load() -> tuple[Policy, Sequence[str]]:
            with self._loading:
                config, top = base, ""
                problems: tuple[str, ...] = ()
                if folder is not None:
                    configs = loaded.configs_for(root, language, base)
                    config, top = configs.of(folder), configs.top_of(folder)
                    problems = tuple(configs.problems)
                scanner = loaded.scanner_for(config, self._blend() if config.judge.enabled else None)
            project = Path(top) if top else root
            policy = Policy(config, scanner, project, config.folder or root or project, excluder(config.exclude))
            return policy, (*problems, *scanner.problems)

        return load


class _Loaded:
    """What has been read from files, each thing once."""

    def __init__(self, remembered: dict[str, ConfigFile]) -> None:
        self._remembered = remembered
        self._configs: dict[tuple[Path | None, str], Configs] = {}  # by workspace folder and language
        self._by_rules: dict[tuple[str, ...], Scanner] = {}
        self._by_config: dict[int, tuple[Config, Scanner]] = {}

    def configs_for(self, root: Path | None, language: str, base: Config) -> Configs:
        place = (root, language)
        if place not in self._configs:
            configs = Configs(base, remembered=self._remembered)
            self._configs[place] = configs.with_baseline_in(root) if root else configs
        return self._configs[place]

    def scanner_for(self, config: Config, blend: Blend | None) -> Scanner:
        from unleak.scanner import Scanner

        if id(config) not in self._by_config:
            if config.extra_rules not in self._by_rules:
                self._by_rules[config.extra_rules] = Scanner(config=config)
            scanner = self._by_rules[config.extra_rules].configured(config).judging(blend)
            self._by_config[id(config)] = (config, scanner)
        return self._by_config[id(config)][1]
