"""The Python environment that is frozen: what unleak needs when it runs, in its locked versions, and PyInstaller."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import locked
from content import BUILD, PACKAGE, Made, digest_of

FOLDER = BUILD / "server-environment"


def python() -> Path:
    """The Python of an environment that is ready; made where it is missing or out of date."""
    scripts = FOLDER / ("Scripts" if os.name == "nt" else "bin")
    found = scripts / ("python.exe" if os.name == "nt" else "python")
    needed = locked.server() + locked.keychain() + locked.hub()
    tools = PACKAGE / "requirements.txt"
    sources = [tools, PACKAGE / "llama.py", Path(__file__)]
    made = Made(FOLDER, digest_of(sources, needed, locked.judge(), sys.version, sysconfig.get_platform()))
    if made.is_current():
        return found
    made.forget()
    print(f"Setting up {FOLDER} …", file=sys.stderr, flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    venv.create(FOLDER, with_pip=True)
    pip = [str(found), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile"]
    subprocess.run([*pip, "--require-hashes", "--requirement", str(tools)], check=True)
    asked = FOLDER / "server.txt"
    asked.write_text(needed, encoding="utf-8")
    subprocess.run([*pip, "--require-hashes", "--no-deps", "--requirement", str(asked)], check=True)
    wheel = subprocess.run([str(found), str(PACKAGE / "llama.py")], check=True, stdout=subprocess.PIPE, text=True)
    # Without what it depends on: unleak uses its functions alone, not the package around them.
    subprocess.run([*pip, "--no-deps", wheel.stdout.strip()], check=True)
    made.keep()
    return found


if __name__ == "__main__":
    print(python())
