"""Copies the sample shop, without the marks in its secrets: `python samples/build.py DEST`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

SHOP = Path(__file__).resolve().parent / "shop"


def build(dest: Path) -> None:
    """Write the shop without its marks to `dest`, in place of an older build and of nothing else."""
    dest = dest.resolve()
    if dest.is_relative_to(SHOP) or SHOP.is_relative_to(dest):
        raise SystemExit(f"{dest} is part of the sources: name a folder elsewhere")
    if dest.exists() and title(dest) != title(SHOP) and not (dest.is_dir() and not any(dest.iterdir())):
        raise SystemExit(f"{dest} holds something else than a build of the shop: name another folder")
    dest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=dest.parent, prefix=".shop-") as staging:
        new = shutil.copytree(SHOP, Path(staging, "new"), copy_function=strip)
        if dest.exists():
            dest.rename(Path(staging, "old"))
        new.rename(dest)


def title(folder: Path) -> bytes:
    readme = folder / "README.md"
    return readme.read_bytes().partition(b"\n")[0] if readme.is_file() else b""


def strip(source: str, target: str) -> None:
    Path(target).write_bytes(Path(source).read_bytes().replace(b"{+}", b""))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build(Path(sys.argv[1]))
