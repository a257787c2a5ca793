"""A folder of files as the index of a corpus, for training without packages.

python models/training/listed.py --files DIR --out index.jsonl
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--files", type=Path, required=True)
    ask.add_argument("--out", type=Path, required=True)
    asked = ask.parse_args()
    paths = sorted(path for path in asked.files.rglob("*") if path.is_file())
    with asked.out.open("w", encoding="utf-8") as out:
        for path in paths:
            row = {
                "file": path.relative_to(asked.files).as_posix(),
                "suffix": path.suffix,
                "bytes": path.stat().st_size,
            }
            out.write(json.dumps(row) + "\n")
    print(f"{len(paths)} files")


if __name__ == "__main__":
    main()
