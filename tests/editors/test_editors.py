"""Journeys in real editors: a secret is typed and taken out again; secrets move to `.env` by the preferred fix.

Each is set up by the snippet that its page in docs/editors shows, in a project with a rule of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
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
OTHER = "acme_" + "h2r9y5d3p7s1f8j4g6k0"
FIXED = ["import os", 'key = "😀" + os.environ["KEY"]']
UNSAFE = {
    ".gitignore": "node_modules/\n",
    "app.py": f'"""😀 The shop."""\nimport sys\n\nDEPLOY_KEY = "{SECRET}"  # kept\nprint(DEPLOY_KEY, sys.argv)\n',
    "compose.yaml": f'services:\n  shop:\n    image: shop\n    environment:\n      MIRROR_KEY: "{OTHER}" # kept\n',
}
SAFE = {
    ".env": f"DEPLOY_KEY={SECRET}\nMIRROR_KEY={OTHER}\n",
    ".env.example": "DEPLOY_KEY=\nMIRROR_KEY=\n",
    ".gitignore": "node_modules/\n.env\n",
    "app.py": UNSAFE["app.py"]
    .replace(f'"{SECRET}"', 'os.environ["DEPLOY_KEY"]')
    .replace("import", "import os\nimport"),
    "compose.yaml": UNSAFE["compose.yaml"].replace(OTHER, "${MIRROR_KEY:?}"),
}


def snippet(editor: str, folder: Path) -> Path:
    """The first block of code on an editor's page, as a file."""
    page = (PAGES / f"{editor}.md").read_text(encoding="utf-8")
    block = re.search(r"^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert block is not None
    file = folder / f"setup.{block[1]}"
    file.write_text(block[2], encoding="utf-8")
    return file


def project_in(folder: Path, files: dict[str, str]) -> Path:
    """A project with a rule of its own."""
    project = folder / "project"
    project.mkdir()
    for name, text in {"unleak.toml": 'extra_rules = ["acme.toml"]\n', "acme.toml": RULES, **files}.items():
        (project / name).write_text(text, encoding="utf-8")
    return project


def drive(command: list[str], project: Path, **variables: str) -> dict[str, Any]:
    """Let an editor make a journey, in the project's parent as its home folder; returns its report."""
    folder = project.parent
    report = folder / "report.json"
    environment = {
        **os.environ,
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "UNLEAK_CACHE_DIR": os.environ.get("UNLEAK_CACHE_DIR", str(folder / "cache")),
        "REPORT": str(report),
        **{f"XDG_{kind}_HOME": str(folder / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE")},
        **variables,
    }
    done = subprocess.run(
        command, env=environment, cwd=project, capture_output=True, text=True, timeout=300, check=False
    )
    assert report.exists(), done.stdout + done.stderr
    seen: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    assert "failure" not in seen, seen["failure"]
    return seen


def travel(command: list[str], folder: Path) -> dict[str, Any]:
    """Let an editor type a secret and take it out again; returns its report."""
    project = project_in(folder, {"app.py": "import os\n"})
    seen = drive(command, project, FILE=str(project / "app.py"), SECRET=SECRET)
    assert (project / "app.py").read_text(encoding="utf-8").splitlines() == FIXED
    return seen


def fix(command: list[str], folder: Path) -> None:
    """Let an editor take the preferred fix in two files of a repository; all files are compared byte for byte."""
    project = project_in(folder, UNSAFE)
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    known = {path.name for path in project.iterdir()} - set(UNSAFE)
    seen = drive(command, project, FILES=os.pathsep.join(str(project / name) for name in ("app.py", "compose.yaml")))
    assert seen == {"undone": [True, True]}
    made = [path for path in project.iterdir() if path.name not in known]
    texts = {path.name: path.read_bytes().decode() for path in made}
    assert {name: masked(text) for name, text in texts.items()} == {name: masked(text) for name, text in SAFE.items()}
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600


def masked(text: str) -> str:
    """A text without the values, for what a failure prints."""
    return text.replace(SECRET, "«first»").replace(OTHER, "«second»")


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


def test_neovim_moves_secrets(tmp_path: Path) -> None:
    path = neovim()
    if path is None:
        pytest.skip("there is no Neovim 0.11 or later; tests/editors/install.sh installs it")
    steps = ["-c", f"luafile {snippet('neovim', tmp_path)}", "-c", f"luafile {HERE / 'fix.lua'}"]
    fix([path, "--headless", "--clean", *steps], tmp_path)


def test_emacs_moves_secrets(tmp_path: Path) -> None:
    path = emacs()
    if path is None:
        pytest.skip("there is no Emacs with eglot; tests/editors/install.sh installs it")
    setup = snippet("emacs", tmp_path)
    start = ["--batch", "--eval", "(package-initialize)", "-l", str(setup)]
    fix([path, *start, "-l", str(HERE / "fix.el")], tmp_path)
