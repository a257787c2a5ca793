"""The client's own checks: types, style, and the tests of its logic in Node.js."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Editors


@pytest.mark.parametrize("script", ["check", "lint", "test"])
def test_the_client_passes(script: str, client: Path, editors: Editors) -> None:
    environment = {**os.environ, "PATH": f"{editors.node.parent}{os.pathsep}{os.environ['PATH']}"}
    command = ["npm", "run", "--silent", script]
    done = subprocess.run(
        command, cwd=client, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
