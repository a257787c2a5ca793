"""`make server-bundle`: build/server, a folder with all of unleak that needs nothing of the machine it is put on.

The program is `unleak` in that folder. A second run without changes does nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import environment
import third_party
from content import BUILD, PACKAGE, PROJECT, Made, carried, digest_of, files_in

FOLDER = BUILD / "server"
PROGRAM = FOLDER / ("unleak.exe" if os.name == "nt" else "unleak")
CACHES = FOLDER / "_internal" / "unleak" / "made"
_SOURCES = ("server/unleak", "requirements.lock", "LICENSE")


def freeze() -> Path:
    """The folder, frozen anew where something in it has changed."""
    python = environment.python()
    sources = [*(PROJECT / name for name in _SOURCES), *carried(), *sorted(PACKAGE.glob("*.*")), PACKAGE / "frozen"]
    made = Made(FOLDER, digest_of(sources, sys.version, sysconfig.get_platform()))
    if made.is_current():
        return FOLDER
    made.forget()
    print(f"Freezing {FOLDER} …", file=sys.stderr, flush=True)
    work = BUILD / "freezing"
    shutil.rmtree(work, ignore_errors=True)
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level=WARN"]
    command += ["--distpath", str(work / "dist"), "--workpath", str(work / "work"), str(PACKAGE / "server.spec")]
    epoch = {"SOURCE_DATE_EPOCH": "315532800", "PYTHONHASHSEED": "1"}  # so that the same sources make the same files
    subprocess.run(command, check=True, cwd=PROJECT, env={**os.environ, **epoch})
    frozen = work / "dist" / "server"
    _drop_links(frozen)
    third_party.write(frozen, python)
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.move(frozen, FOLDER)
    shutil.rmtree(work)
    _keep_caches()
    made.keep()
    return FOLDER


def _keep_caches() -> None:
    """Put into the folder what the program would make at its first start: the rules, read and compiled."""
    with tempfile.TemporaryDirectory() as name:
        environ = {**os.environ, "UNLEAK_CACHE_DIR": name, "UNLEAK_JUDGE": "off"}
        subprocess.run([str(PROGRAM), "scan", "--stdin", "--quiet"], check=True, cwd=name, env=environ, input=b"")
        made = sorted(Path(name).iterdir())
        if [file.name.partition("-")[0] for file in made] != ["catalog", "patterns"]:
            raise SystemExit(f"The first scan made {[file.name for file in made]}, and not a catalog and patterns.")
        CACHES.mkdir()
        for file in made:
            shutil.copyfile(file, CACHES / file.name)  # without its mode: only its owner can read it


def _drop_links(folder: Path) -> None:
    """Packages hold no links. Those to libraries beside their users are not needed; what else is linked is copied."""
    for link in [path for path in folder.rglob("*") if path.is_symlink()]:
        target = link.resolve()
        if not target.is_relative_to(folder.resolve()):
            raise SystemExit(f"{link} leads out of the bundle to {target}: name the file itself in server.spec.")
        link.unlink()
        if target.parent.name != "lib" or target.parent.parent.name != "llama_cpp":
            shutil.copy2(target, link)


def size_of(folder: Path) -> int:
    """Bytes of all files in it."""
    return sum(file.stat().st_size for file in files_in(folder))


if __name__ == "__main__":
    freeze()
    print(f"{FOLDER}: {size_of(FOLDER) / 1e6:.0f} MB")
