"""What a bundle carries of others, and under which licences: `THIRD_PARTY` in its folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

NAME = "THIRD_PARTY"
_NOT_CARRIED = {
    *("altgraph", "cmake", "hatchling", "macholib", "ninja", "packaging", "pathspec", "pefile", "pip", "pluggy"),
    *("pyinstaller-hooks-contrib", "pywin32-ctypes", "scikit-build-core", "setuptools", "tomlkit", "trove-classifiers"),
}
"""Packages of the environment that make the bundle and are not in it."""

_COLLECT = """
import json
from importlib.metadata import distributions
found = []
for one in distributions():
    texts = []
    for file in one.files or ():
        name = file.name.lower()
        if ".dist-info" in str(file) and name.startswith(("licen", "copying", "notice", "authors")):
            texts.append(file.locate().read_text(encoding="utf-8", errors="replace"))
    meta = one.metadata
    kind = meta.get("License-Expression") or meta.get("License") or ""
    found.append([meta["Name"], one.version, kind.strip().split("\\n")[0], meta.get("Home-page") or "", texts])
print(json.dumps(sorted(found, key=lambda each: each[0].lower())))
"""
_LIBRARIES = {
    "libgomp": "GNU OpenMP: GPL-3.0-or-later with the GCC Runtime Library Exception",
    "libgcc": "GCC's runtime: GPL-3.0-or-later with the GCC Runtime Library Exception",
    "libstdc": "GNU C++ library: GPL-3.0-or-later with the GCC Runtime Library Exception",
    "libssl": "OpenSSL: Apache-2.0",
    "libcrypto": "OpenSSL: Apache-2.0",
    "libsqlite": "SQLite: public domain",
    "sqlite": "SQLite: public domain",
    "libz": "zlib: Zlib",
    "libbz2": "bzip2: bzip2-1.0.6",
    "liblzma": "XZ Utils: 0BSD",
    "libffi": "libffi: MIT",
    "libuuid": "libuuid: BSD-3-Clause",
    "libexpat": "Expat: MIT",
    "vcruntime": "Microsoft Visual C++ runtime: redistributable",
    "msvcp": "Microsoft Visual C++ runtime: redistributable",
}
_INTRODUCTION = """This folder carries programs and libraries of others beside unleak, which is under Apache-2.0.
Each follows with its licence. The program itself begins with the bootloader of PyInstaller, whose licence, GPL-2.0
or later, has an exception for that. The package hyperscan holds Intel's Hyperscan or its fork Vectorscan
(BSD-3-Clause); tree-sitter-language-pack holds grammars of many authors, under permissive licences of their own.
"""


def write(folder: Path, python: Path) -> None:
    """Write the list for a bundle that was frozen from the environment of `python`."""
    collected = subprocess.run([str(python), "-c", _COLLECT], check=True, stdout=subprocess.PIPE, text=True).stdout
    parts = [_INTRODUCTION]
    for name, version, kind, home, texts in json.loads(collected):
        if re.sub(r"[-_.]+", "-", name).lower() not in _NOT_CARRIED:
            parts.append(_part(f"{name} {version}", " · ".join(each for each in (kind, home) if each), texts))
    parts.append(_part(f"Python {sys.version.split()[0]}", "PSF-2.0", [_licence_of_python()]))
    present = {kind for file in folder.rglob("*") for start, kind in _LIBRARIES.items() if file.name.startswith(start)}
    parts.append(_part("Libraries that Python and the packages use", "\n".join(sorted(present)), []))
    (folder / NAME).write_text("\n".join(parts), encoding="utf-8", newline="\n")


def _part(title: str, line: str, texts: list[str]) -> str:
    rule = "=" * 78
    return "\n\n".join([f"{rule}\n{title}\n{line}".rstrip(), *(text.strip() for text in texts)]) + "\n"


def _licence_of_python() -> str:
    base, library = Path(sys.base_prefix), Path(sysconfig.get_path("stdlib"))
    for file in (library / "LICENSE.txt", base / "LICENSE.txt", base / "LICENSE"):
        if file.is_file():
            return file.read_text(encoding="utf-8", errors="replace")
    return "https://docs.python.org/3/license.html"
