"""Starts servers for tests, each with a rule of its own, so that no test depends on a provider's format."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from editor import RULES, SERVE, Editor, Start
from lsprotocol import types as lsp


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(os.environ.get("UNLEAK_CACHE_DIR") or tmp_path_factory.mktemp("cache"))


@pytest.fixture
def environment(cache_folder: Path) -> dict[str, str]:
    """With no keychain, whatever this machine has."""
    null = "keyring.backends.null.Keyring"
    return {**os.environ, "UNLEAK_CACHE_DIR": str(cache_folder), "PYTHON_KEYRING_BACKEND": null}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "rules" / "acme.toml"
    file.parent.mkdir()
    file.write_text(RULES)
    return file


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


@pytest.fixture
async def start(environment: dict[str, str], rules: Path) -> AsyncIterator[Start]:
    """Start a server and initialize it; options and capabilities are given as an editor sends them."""
    editors: list[Editor] = []

    async def start_one(
        *roots: Path,
        options: dict[str, Any] | None = None,
        settings: Any = None,
        capabilities: dict[str, Any] | None = None,
        command: Sequence[str] = SERVE,
    ) -> Editor:
        editor = Editor()
        editors.append(editor)
        if settings is not None:
            editor.set_configuration({"unleak": settings})
        await editor.start_io(*command, env=environment)
        convert = editor.protocol._converter.structure
        editor.answer = await editor.initialize_session(
            lsp.InitializeParams(
                capabilities=convert(capabilities or {}, lsp.ClientCapabilities),
                initialization_options={"extraRules": [str(rules)], **(options or {})},
                workspace_folders=[lsp.WorkspaceFolder(root.as_uri(), root.name) for root in roots] or None,
            )
        )
        return editor

    yield start_one
    for editor in editors:
        if editor._server is not None and editor._server.returncode is None:
            await editor.shutdown_session()
        await editor.stop()
