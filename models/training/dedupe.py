"""Leaves one of each text in the corpus, and keeps its mix of file types.

    python models/training/dedupe.py --corpus DIR [--apart-from FOLDER …]

Reads `DIR/files` and `DIR/packages.tsv` (see `corpus.py`), writes `DIR/index.jsonl`: one JSON object a kept file, with
`file` (relative to `DIR/files`), `registry`, `package`, `licence`, `suffix` and `bytes`. A file goes when its text is
that of an earlier one but for white space, or nearly so (estimated Jaccard similarity of its token triples of at least
`NEAR`); texts near to a file under an `--apart-from` folder (evaluation data) go first of all. Counts go to standard
output. No file is removed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from corpus import Package, read_list
from datasketch import MinHash, MinHashLSH

NEAR = 0.7
PERMUTATIONS = 64
TOKEN_LIMIT = 3000
FEWEST_TRIPLES = 12

SHARES = (
    (frozenset((".py", ".pyx", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx")), 0.60),
    (frozenset((".c", ".cc", ".cpp", ".hh", ".m", ".mm")), 0.06),
    (frozenset((".json",)), 0.10),
)
"""The most that these suffixes together may be of the bytes kept."""

_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of `index.jsonl`. `suffix` is in lower case, or the whole name of a file without one."""

    file: str
    registry: str
    package: str
    licence: str
    suffix: str
    bytes: int


class Seen:
    """The texts met so far."""

    def __init__(self) -> None:
        self._exact: set[bytes] = set()
        self._near = MinHashLSH(threshold=NEAR, num_perm=PERMUTATIONS)
        self._sketches: dict[str, MinHash] = {}

    def add(self, key: str, text: str) -> str:
        """What `text` is to those before it: "exact", "near" or "new"; a new one is remembered as `key`."""
        digest = hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).digest()
        if digest in self._exact:
            return "exact"
        self._exact.add(digest)
        tokens = _TOKEN.findall(text)[:TOKEN_LIMIT]
        triples = {" ".join(tokens[at : at + 3]).encode() for at in range(len(tokens) - 2)}
        if len(triples) < FEWEST_TRIPLES:
            return "new"
        sketch = MinHash(num_perm=PERMUTATIONS, hashfunc=zlib.crc32)
        sketch.update_batch(triples)
        if any(sketch.jaccard(self._sketches[other]) >= NEAR for other in self._near.query(sketch)):
            return "near"
        self._near.insert(key, sketch, check_duplication=False)
        self._sketches[key] = sketch
        return "new"


def files_of(corpus: Path, packages: list[Package]) -> Iterator[tuple[Package, Path]]:
    for package in packages:
        folder = corpus / "files" / package.folder
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield package, path


def suffix_of(path: str) -> str:
    name = PurePosixPath(path)
    return name.suffix.lower() or name.name.lower()


def balance(kept: list[Kept]) -> list[Kept]:
    """Drops files of the suffixes in `SHARES` until none is above its share; which ones, their names' hashes decide."""
    groups: defaultdict[int, list[Kept]] = defaultdict(list)
    for file in kept:
        groups[next((at for at, (suffixes, _) in enumerate(SHARES) if file.suffix in suffixes), -1)].append(file)
    sizes = {at: sum(file.bytes for file in groups[at]) for at in range(-1, len(SHARES))}
    for _ in range(50):
        for at, (_, share) in enumerate(SHARES):
            rest = sum(size for other, size in sizes.items() if other != at)
            sizes[at] = min(sizes[at], int(rest * share / (1 - share)))
    chosen: set[str] = {file.file for file in groups[-1]}
    for at in range(len(SHARES)):
        room = sizes[at]
        for file in sorted(groups[at], key=lambda file: hashlib.sha256(file.file.encode()).digest()):
            if file.bytes <= room:
                room -= file.bytes
                chosen.add(file.file)
    return [file for file in kept if file.file in chosen]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True, help="folder that corpus.py wrote")
    parser.add_argument("--apart-from", type=Path, nargs="*", default=[], help="folders of texts to keep out")
    options = parser.parse_args()
    seen = Seen()
    for folder in options.apart_from:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            seen.add(f"apart:{path}", path.read_text(encoding="utf-8", errors="replace"))
    counts: Counter[str] = Counter()
    kept: list[Kept] = []
    for package, path in files_of(options.corpus, read_list(options.corpus / "packages.tsv")):
        data = path.read_bytes()
        file = path.relative_to(options.corpus / "files").as_posix()
        answer = seen.add(file, data.decode("utf-8"))
        counts[answer] += 1
        if answer == "new":
            kept.append(Kept(file, package.registry, package.name, package.licence, suffix_of(file), len(data)))
    balanced = balance(kept)
    with (options.corpus / "index.jsonl").open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(asdict(file)) + "\n" for file in balanced)
    total = sum(file.bytes for file in balanced)
    print(f"{counts['exact']} exact and {counts['near']} near duplicates dropped")
    print(f"{len(kept)} different files, {len(balanced)} of them ({total / 1e6:.1f} MB) kept for the mix")
    return 0


if __name__ == "__main__":
    sys.exit(main())
