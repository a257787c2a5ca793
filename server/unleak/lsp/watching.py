"""Which files change what is found without being open, and how a client is asked to watch them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types as lsp

from unleak.config import FILE_NAME

_NAMES = (FILE_NAME, ".gitignore")
_PATTERNS = ("**/*.toml", "**/.gitignore")  # rule files are among the former, wherever they lie


def is_watched(file: Path, rules: Iterable[Path]) -> bool:
    """Whether a change of `file` can change what is found; `rules` are rule files and folders in use."""
    return file.name in _NAMES or any(rule in (file, file.parent) for rule in rules)


def registration() -> lsp.Registration:
    """What a client is asked to watch."""
    return lsp.Registration(
        id="unleak-files",
        method=lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        register_options=lsp.DidChangeWatchedFilesRegistrationOptions(
            watchers=[lsp.FileSystemWatcher(glob_pattern=pattern) for pattern in _PATTERNS]
        ),
    )
