"""Bundles made from bundles, whole or not."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

DECISION = """
[decision]
signals = 0
judge = 1
bias = 0
ask = 0.01
report = 0.5
warn = 0.7
live = 0.5
"""


def copied(bundle: Path, to: Path, changes: Mapping[str, str] | None = None) -> Path:
    """A copy in which keys of the manifest have another value, written as in TOML; new ones stand on top."""
    shutil.copytree(bundle, to)
    manifest = to / "manifest.toml"
    text = manifest.read_text()
    for key, value in (changes or {}).items():
        line = f"{key} = {value}"
        text, found = re.subn(rf"(?m)^{key} = .*$", lambda _, line=line: line, text, count=1)
        text = text if found else f"{line}\n{text}"
    manifest.write_text(text)
    return to


def with_model(bundle: Path, data: bytes) -> Path:
    """The same bundle with other data as its model, described as they are."""
    (bundle / "judge.gguf").write_bytes(data)
    text = (bundle / "manifest.toml").read_text()
    text = re.sub(r"(?m)^sha256 = .*$", f'sha256 = "{hashlib.sha256(data).hexdigest()}"', text)
    (bundle / "manifest.toml").write_text(re.sub(r"(?m)^size = .*$", f"size = {len(data)}", text))
    return bundle


def zipped(bundle: Path, to: Path, below: str = "") -> Path:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(bundle.iterdir()):
            archive.write(file, below + file.name)
    return to


def left(home: Path) -> list[str]:
    """What lies among the models beside them and the lock."""
    return sorted(path.name for path in home.iterdir() if path.name != ".lock") if home.exists() else []
