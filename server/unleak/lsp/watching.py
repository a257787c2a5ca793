"""Which files change what is found without being open, and how a client is asked to watch them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types as lsp

from unleak.config import BASELINE_NAME, FILE_NAME

_NAMES = (FILE_NAME, ".gitignore", BASELINE_NAME, ".gitleaksignore", ".secrets.baseline")
_PATTERNS = ("**/*.toml", *(f"**/{name}" for name in _NAMES[1:]))  # rule files are TOML, wherever they lie


def is_watched(file: Path, used: Iterable[Path]) -> bool:
    """Whether a change of `file` can change what is found; `used` are files and folders of rules in use."""
    return file.name in _NAMES or any(path in (file, file.parent) for path in used)


def patterns_for(used: Iterable[Path]) -> set[str]:
    """Which files a client is to watch beyond those of always: a baseline of another name, say."""
    names = {path.name for path in used if path.suffix != ".toml" and path.name not in _NAMES and not path.is_dir()}
    return {"**/" + re.sub(r"[*?\[\]{}!,\\]", "?", name) for name in names}


def registration(patterns: Iterable[str] = _PATTERNS) -> lsp.Registration:
    """What a client is asked to watch."""
    patterns = list(patterns)
    return lsp.Registration(
        id=f"unleak-files {' '.join(patterns)}",
        method=lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        register_options=lsp.DidChangeWatchedFilesRegistrationOptions(
            watchers=[lsp.FileSystemWatcher(glob_pattern=pattern) for pattern in patterns]
        ),
    )
