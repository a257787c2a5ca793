"""Sets of labelled files to measure on: which files there are, whose they are, and a choice of them."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from labels import Data, load


class LabelledSet(NamedTuple):
    """Labelled files; `data` has the labels of just these."""

    name: str
    data: Data
    files: tuple[str, ...]  # below the root, sorted
    repos: Mapping[str, str]  # of each file the repository that it is from, where that is known

    @property
    def root(self) -> Path:
        return self.data.root

    def cut(self, files: Collection[str]) -> LabelledSet:
        """The same with no other files than these."""
        kept = tuple(file for file in self.files if file in files)
        labelled = {file: self.data.files[file] for file in kept if file in self.data.files}
        return self._replace(data=self.data._replace(files=labelled), files=kept)

    def has_secret(self, file: str) -> bool:
        return file in self.data.files and bool(self.data.files[file].secrets)


def load_set(words: Sequence[str], names: Mapping[str, str]) -> LabelledSet:
    """The set of a `--set NAME ROOT LABELS [MORE...]`.

    MORE are JSON lines too: with `line` or `line_start` places where nothing counts, else files and their
    repositories. `names` are other names of repositories.
    """
    if len(words) < 3:
        raise SystemExit("--set takes a name, a folder, a file of labels, and perhaps more of places or of files")
    name, root, labels, *more = words
    lists = [path for path in more if _lists_files(Path(path))]
    data = load([Path(root), Path(labels), *(Path(path) for path in more if path not in lists)][:3])
    repos: dict[str, str] = {}
    for path in (labels, *lists):
        with open(path, encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                repos[row["file"]] = names.get(row.get("repo", ""), row.get("repo", ""))
                if path in lists:
                    data.languages.setdefault(row["file"], row.get("language") or Path(row["file"]).suffix or "none")
    return LabelledSet(name, data, tuple(_files(data)), repos)


def _lists_files(path: Path) -> bool:
    with path.open(encoding="utf-8") as rows:
        first = json.loads(rows.readline() or "{}")
    return not first.keys() & {"line", "line_start"}


def _files(data: Data) -> Iterable[str]:
    found = []
    for folder, _, names in os.walk(data.root):
        paths = (Path(folder, name) for name in names)
        found += [path for path in paths if path.is_file() and not path.is_symlink() and path not in data.own]
    return sorted(path.relative_to(data.root).as_posix() for path in found)


def of_repositories(of: LabelledSet, wanted: Collection[str]) -> LabelledSet:
    """The files of some repositories."""
    return of.cut({file for file in of.files if of.repos.get(file) in wanted})


def drawn(sets: Sequence[LabelledSet], count: int, seed: int, share: float = 0.51) -> list[LabelledSet]:
    """Of all sets together `count` files that have labels or a repository, `share` of them with secrets."""
    having: list[tuple[int, str]] = []
    others: list[tuple[int, str]] = []
    for at, of in enumerate(sets):
        for file in of.files:
            if of.has_secret(file):
                having.append((at, file))
            elif file in of.repos:
                others.append((at, file))
    wanted = round(count * share)
    if wanted > len(having) or count - wanted > len(others):
        raise SystemExit(f"there are only {len(having)} files with secrets and {len(others)} without to draw from")
    rng = random.Random(seed)
    chosen = set(rng.sample(having, wanted)) | set(rng.sample(others, count - wanted))
    return [of.cut({file for number, file in chosen if number == at}) for at, of in enumerate(sets)]
