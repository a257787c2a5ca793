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

import kate
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


def snippet(editor: str, file: Path, at: int = 0) -> Path:
    """A block of code on an editor's page, as a file; `at` counts the blocks from 0."""
    page = (PAGES / f"{editor}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w+\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(blocks[at], encoding="utf-8")
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


def neovim_with(journey: str, folder: Path) -> list[str]:
    """The command by which Neovim, set up by its page, makes a journey; skips the test where there is no Neovim."""
    path = neovim()
    if path is None:
        pytest.skip("there is no Neovim 0.11 or later; tests/editors/install.sh installs it")
    snippet("neovim", folder / "CONFIG" / "nvim" / "lsp" / "unleak.lua")
    snippet("neovim", folder / "CONFIG" / "nvim" / "init.lua", 1)
    return [path, "--headless", "-n", "-i", "NONE", "-c", f"luafile {HERE / journey}"]


def emacs_with(client: str, journey: str, folder: Path, at: int) -> list[str]:
    """The command by which Emacs, set up by a block of its page, makes a journey; skips where it lacks the client."""
    path = shutil.which("emacs")
    start = [path or "emacs", "--batch", "--eval", "(package-initialize)"]
    probe = [*start, "--eval", f"(require '{client})"]
    if path is None or subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip(f"there is no Emacs with {client}; tests/editors/install.sh installs it")
    return [*start, "-l", str(snippet("emacs", folder / "setup.el", at)), "-l", str(HERE / journey)]


def test_neovim(tmp_path: Path) -> None:
    seen = travel(neovim_with("journey.lua", tmp_path), tmp_path)
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


def test_eglot(tmp_path: Path) -> None:
    seen = travel(emacs_with("eglot", "journey.el", tmp_path, 0), tmp_path)
    (found,) = seen.pop("typed")
    assert seen == {"fixed": FIXED}
    assert found["text"] == SECRET
    assert found["type"] == "eglot-error"
    assert "Acme deploy key in the code" in found["message"]
    assert SECRET not in found["message"]


def test_lsp_mode(tmp_path: Path) -> None:
    seen = travel(emacs_with("lsp-mode", "journey_lsp_mode.el", tmp_path, 1), tmp_path)
    (found,) = seen.pop("typed")
    assert seen == {"fixed": FIXED}
    assert found["text"] == SECRET
    assert found["severity"] == 1
    assert "Acme deploy key in the code" in found["message"]
    assert SECRET not in found["message"]


def test_neovim_moves_secrets(tmp_path: Path) -> None:
    fix(neovim_with("fix.lua", tmp_path), tmp_path)


def test_eglot_moves_secrets(tmp_path: Path) -> None:
    fix(emacs_with("eglot", "fix.el", tmp_path, 0), tmp_path)


def test_lsp_mode_moves_secrets(tmp_path: Path) -> None:
    fix(emacs_with("lsp-mode", "fix_lsp_mode.el", tmp_path, 1), tmp_path)


def test_kate_moves_a_secret(tmp_path: Path) -> None:
    if not kate.is_installed():
        pytest.skip("there is no Kate with Xvfb and xdotool; tests/editors/install.sh installs them")
    project = project_in(tmp_path, {"app.py": "import os\n"})
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    settings = snippet("kate", tmp_path / "settings.json")
    with kate.opened(project / "app.py", settings, str(SCRIPTS / "unleak")) as editor:
        editor.hear("textDocument/publishDiagnostics")
        editor.press("ctrl+End")
        editor.type(f'DEPLOY_KEY = "{SECRET}"')
        editor.hear("acme-key")
        editor.press("Left", "Left", "Left")
        editor.choose_first("alt+Return")
        kate.wait("the .env", (project / ".env").exists)

        def is_saved() -> bool:
            editor.press("ctrl+l")
            texts = [(project / name).read_text(encoding="utf-8") for name in (".env", ".gitignore", ".env.example")]
            return all(texts) and "KEY" in (project / "app.py").read_text(encoding="utf-8")

        kate.wait("what is saved", is_saved)
    texts = {name: (project / name).read_text(encoding="utf-8") for name in ("app.py", ".env", ".gitignore")}
    assert {name: masked(text) for name, text in texts.items()} == {
        "app.py": 'import os\nDEPLOY_KEY = os.environ["DEPLOY_KEY"]\n',
        ".env": "DEPLOY_KEY=«first»\n",
        ".gitignore": ".env\n",
    }
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600
