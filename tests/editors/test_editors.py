"""The journey of a person who types a secret and takes it out again, in real editors.

Each is set up by the snippet that its page in docs/editors shows, in a project with a rule of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PAGES = HERE.parents[1] / "docs" / "editors"
SCRIPTS = Path(sys.executable).parent  # where `unleak` is, and Neovim, where it was installed for the tests
SECRET = "acme_" + "q8zk3w7n5x2c9v4m6t1b"
RULES = r"""
provider = "acme"

[[rules]]
id = "acme-key"
description = "Acme deploy key"
kind = "api-token"
severity = "error"
distinctive = true
regex = '\bacme_[a-z0-9]{20}\b'
keywords = ["acme_"]
examples = ['acme_{+}q8zk3w7n5x2c9v4m6t1b']
non_examples = ['acme_short']
"""
FIXED = ["import os", 'key = "😀" + os.environ["KEY"]']


def snippet(editor: str, folder: Path) -> Path:
    """The first block of code on an editor's page, as a file."""
    page = (PAGES / f"{editor}.md").read_text(encoding="utf-8")
    block = re.search(r"^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert block is not None
    file = folder / f"setup.{block[1]}"
    file.write_text(block[2], encoding="utf-8")
    return file


def travel(command: list[str], folder: Path) -> dict[str, Any]:
    """Let an editor make the journey, in a home folder of its own; returns its report."""
    project = folder / "project"
    project.mkdir()
    (project / "unleak.toml").write_text('extra_rules = ["acme.toml"]\n', encoding="utf-8")
    (project / "acme.toml").write_text(RULES, encoding="utf-8")
    (project / "app.py").write_text("import os\n", encoding="utf-8")
    report = folder / "report.json"
    environment = {
        **os.environ,
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "UNLEAK_CACHE_DIR": os.environ.get("UNLEAK_CACHE_DIR", str(folder / "cache")),
        "FILE": str(project / "app.py"),
        "SECRET": SECRET,
        "REPORT": str(report),
        **{f"XDG_{kind}_HOME": str(folder / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE")},
    }
    done = subprocess.run(
        command, env=environment, cwd=project, capture_output=True, text=True, timeout=300, check=False
    )
    assert report.exists(), done.stdout + done.stderr
    seen: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    assert "failure" not in seen, seen["failure"]
    assert (project / "app.py").read_text(encoding="utf-8").splitlines() == FIXED
    return seen


def neovim() -> str | None:
    """Neovim, if it is new enough."""
    for path in filter(None, (shutil.which("nvim", path=str(SCRIPTS)), shutil.which("nvim"))):
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        found = re.match(r"NVIM v(\d+)\.(\d+)", said)
        if found and (int(found[1]), int(found[2])) >= (0, 11):
            return path
    return None


def emacs() -> str | None:
    """Emacs, if it has eglot."""
    path = shutil.which("emacs")
    if path is None:
        return None
    probe = [path, "--batch", "--eval", "(progn (package-initialize) (require 'eglot))"]
    return path if subprocess.run(probe, capture_output=True, check=False).returncode == 0 else None


def test_neovim(tmp_path: Path) -> None:
    path = neovim()
    if path is None:
        pytest.skip("there is no Neovim 0.11 or later; tests/editors/install.sh installs it")
    setup = snippet("neovim", tmp_path)
    steps = ["-c", f"luafile {setup}", "-c", f"luafile {HERE / 'journey.lua'}"]
    seen = travel([path, "--headless", "--clean", *steps], tmp_path)
    hover = seen.pop("hover")
    assert seen == {
        "encoding": "utf-32",
        "typed": [
            {
                "code": "acme-key",
                "source": "unleak",
                "severity": "ERROR",
                "text": SECRET,
            }
        ],
        "fixed": FIXED,
    }
    assert hover.startswith("**Acme deploy key** `acme…`\n\n")
    assert SECRET not in hover


def test_emacs(tmp_path: Path) -> None:
    path = emacs()
    if path is None:
        pytest.skip("there is no Emacs with eglot; tests/editors/install.sh installs it")
    setup = snippet("emacs", tmp_path)
    start = ["--batch", "--eval", "(package-initialize)", "-l", str(setup)]
    seen = travel([path, *start, "-l", str(HERE / "journey.el")], tmp_path)
    (found,) = seen.pop("typed")
    assert seen == {"fixed": FIXED}
    assert found["text"] == SECRET
    assert found["type"] == "eglot-error"
    assert "Acme deploy key in the code" in found["message"]
    assert SECRET not in found["message"]
