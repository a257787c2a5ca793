"""What the client asks for: its settings, its workspace folders, and whether the workspace is trusted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from lsprotocol import types as lsp
from pygls.uris import to_fs_path

from unleak.config import Config, from_languages, from_settings

_NOT_ON = (
    "unleak.feedback can be switched on in initializationOptions or by UNLEAK_FEEDBACK=1 alone, for other settings "
    "may be those of the workspace; it is not used."
)


class _Said(NamedTuple):
    """What settings come to, and what they change for documents of a language."""

    config: Config
    languages: Mapping[str, Mapping[str, Any]]  # attributes of `Config`, by the language's id

    @classmethod
    def of(cls, data: object) -> tuple[_Said, tuple[str, ...]]:
        """With a sentence for each thing that is wrong."""
        config, problems = from_settings(data)
        languages, more = from_languages(data)
        return cls(config, languages), (*problems, *more)

    def within(self, language: str) -> Config:
        changes = self.languages.get(language)
        return replace(self.config, **changes) if changes else self.config


class Settings:
    """The client's side of the configuration; `unleak.toml` files are laid over it elsewhere.

    In a workspace that is not trusted only `initializationOptions` hold, without their extra rules:
    everything else could come from the workspace. That is why, in any workspace, everything else can
    switch feedback off and not on.
    """

    def __init__(self, options: object) -> None:
        self.roots: dict[str, Path] = {}
        self.is_trusted = not (isinstance(options, dict) and options.get("trusted") is False)
        self._at_start, self.problems = _Said.of(options)
        self._by_scope: dict[str, _Said] = {}

    def add_roots(self, folders: Iterable[lsp.WorkspaceFolder]) -> None:
        for folder in folders:
            if (path := to_fs_path(folder.uri)) is not None:
                self.roots[folder.uri] = Path(path)

    def remove_roots(self, folders: Iterable[lsp.WorkspaceFolder]) -> None:
        for folder in folders:
            self.roots.pop(folder.uri, None)
            self._by_scope.pop(folder.uri, None)

    def take(self, scope: str, data: object) -> tuple[str, ...]:
        """Settings for one root's URI, or "" for all; returns the problems in them.

        Settings that are wrong leave the last good ones in force; empty ones leave those of the start.
        """
        said, problems = _Said.of(data)
        feedback = data.get("feedback") if isinstance(data, Mapping) else None
        told = (*problems, _NOT_ON) if feedback is True and not self._at_start.config.feedback else problems
        if problems and scope in self._by_scope:
            return told
        if data:
            is_wanted = self._at_start.config.feedback and feedback is not False
            self._by_scope[scope] = said._replace(config=replace(said.config, feedback=is_wanted))
        else:
            self._by_scope.pop(scope, None)
        return told

    def root_of(self, file: Path) -> Path | None:
        """The innermost workspace folder that holds `file`."""
        around = [root for root in self.roots.values() if file.is_relative_to(root)]
        return max(around, key=lambda root: len(root.parts), default=None)

    def differs(self, file: Path | None, language: str) -> bool:
        """Whether documents of a language have settings of their own where `file` lies."""
        return bool(language and self._said_for(file).languages.get(language))

    def base_for(self, file: Path | None, language: str = "") -> Config:
        """The client's configuration for a file, with extra rules found from its workspace folder.

        With a language as documents have one, else as files have it that are not open.
        """
        config = self._said_for(file).within(language)
        if not self.is_trusted:
            return replace(config, extra_rules=())
        root = self.root_of(file) if file else None
        home = root or next(iter(self.roots.values()), Path.home())
        rules = tuple(os.path.join(home, os.path.expanduser(path)) for path in config.extra_rules)
        return replace(config, extra_rules=rules)

    def _said_for(self, file: Path | None) -> _Said:
        if not self.is_trusted:
            return self._at_start
        root = self.root_of(file) if file else None
        scope = next((uri for uri, path in self.roots.items() if path == root), "")
        return self._by_scope.get(scope) or self._by_scope.get("") or self._at_start

    def reads_toml_for(self, file: Path | None) -> bool:
        """Whether an `unleak.toml` around `file` counts: in trusted workspaces, and for single files."""
        if file is None or not self.is_trusted:
            return False
        return not self.roots or self.root_of(file) is not None
