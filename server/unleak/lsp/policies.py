"""Which scanner reads which file: configuration and rules, loaded in a thread of their own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unleak.config import Config, for_folder
from unleak.files import excluder, larger_than
from unleak.lsp.background import in_background
from unleak.lsp.settings import Settings

if TYPE_CHECKING:
    from unleak.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for the files of one folder."""

    config: Config
    scanner: Scanner
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
        return ""


class Policies:
    """The policies of all folders, each made when it is first asked for.

    What is wrong in a configuration or rule file is told, and what was last right stays in force.
    """

    def __init__(self, settings: Settings, tell: Callable[[Sequence[str]], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._ready: dict[Path | None, Policy] = {}
        self._age = 0
        self._loading = threading.Lock()
        self._scanners: dict[tuple[object, ...], Scanner] = {}
        self._last_good: dict[Path, Config] = {}

    async def of(self, file: Path | None) -> Policy:
        """The policy for a file, or for what is no file."""
        folder = file.parent if file else None
        while folder not in self._ready:
            age = self._age
            policy, problems = await in_background(self._loader(file))
            if age == self._age:
                self._ready[folder] = policy
                self._tell(problems)
        return self._ready[folder]

    async def warm_up(self) -> None:
        """Load what most likely is asked for next, so that nobody waits for it."""
        await in_background(self._loader(None))

    def forget(self) -> None:
        """Read everything anew when it is next asked for."""
        self._age += 1
        self._ready.clear()
        self._scanners = {}

    def watched_paths(self) -> set[Path]:
        """The rule files and folders, and the folders of configuration files, that are in use."""
        configs = [policy.config for policy in self._ready.values()]
        rules = {Path(path) for config in configs for path in config.extra_rules}
        return rules | {config.folder for config in configs if config.folder}

    def _loader(self, file: Path | None) -> Callable[[], tuple[Policy, Sequence[str]]]:
        """What loads the policy for a file, by the settings as they are now."""
        base = self._settings.base_for(file)
        root = self._settings.root_of(file) if file else None
        folder = file.parent if file and self._settings.reads_toml_for(file) else None
        scanners = self._scanners

        def load() -> tuple[Policy, Sequence[str]]:
            with self._loading:
                config, problems = self._configured(base, folder)
                scanner = _scanner_for(config, scanners)
            policy = Policy(config, scanner, config.folder or root, excluder(config.exclude))
            return policy, (*problems, *scanner.problems)

        return load

    def _configured(self, base: Config, folder: Path | None) -> tuple[Config, Sequence[str]]:
        """`base` with the `unleak.toml` around `folder`; a broken one counts as it was before it broke."""
        if folder is None:
            return base, ()
        config, problems = for_folder(folder, base)
        if problems and config.folder is None:
            before = (self._last_good.get(above) for above in (folder, *folder.parents))
            if (last_good := next(filter(None, before), None)) is not None:
                return last_good, problems
        self._last_good[folder] = config
        return config, problems


def _scanner_for(config: Config, scanners: dict[tuple[object, ...], Scanner]) -> Scanner:
    from unleak.scanner import Scanner

    key = (config.extra_rules, config.disabled_rules, config.min_severity)
    if key not in scanners:
        scanners[key] = Scanner(config=config)
    return scanners[key]
