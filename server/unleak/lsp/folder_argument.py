"""Commands about one folder: which one a client means, and whether anything may be done there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams
from pygls.uris import to_fs_path

if TYPE_CHECKING:
    from unleak.lsp.session import Session

NOT_TRUSTED = "This workspace is not trusted: trust it first, then try again."


def folder_in(command: str, argument: object) -> Path:
    """The folder that `{"folder": URI}` names; JsonRpcInvalidParams where it names none on disk."""
    uri = argument.get("folder") if isinstance(argument, Mapping) else None
    path = to_fs_path(uri) if isinstance(uri, str) and uri.startswith("file:") else None
    if path is None or not Path(path).is_dir():
        raise JsonRpcInvalidParams(f'{command} needs {{"folder": URI}} of a folder on this disk.')
    return Path(path)


def root_for(server: Session, folder: Path) -> Path:
    """The workspace folder whose settings count in `folder`: the one around it, else one inside of it."""
    inside = [root for root in server.settings.roots.values() if root.is_relative_to(folder)]
    return server.settings.root_of(folder / "any file") or next(iter(inside), folder)
