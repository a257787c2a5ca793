"""Other scanners on a choice of files: what they report, as files, lines and spans, and what their runs cost.

Each is run once on a copy of the files, as `throughput.py` runs it, and its report is kept where `cache` says,
under a name made of the files' paths and contents. A report holds values: leave it on this machine.

How exactly a place is known differs. gitleaks, kingfisher and trufflehog give the text that they found, which
is looked for on their line, and else nearest to it; CredSweeper gives columns; detect-secrets gives a line and
the SHA-1 of the text, for which the stretches of the line between characters that no token has are tried.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from labels import Place, lines_of
from throughput import PEERS, Peer
from tools import find_program, run

NAMES = tuple(peer.name for peer in PEERS if peer.name != "unleak")
_EDGE = re.compile(r"""[\s"'`=:;,.<>(){}\[\]|&@?#/\\]""")
_LONGEST_LINE = 4000  # code points in which what a hash stands for is looked for
_MOST_EDGES = 250


class Report(NamedTuple):
    """One thing that a scanner found; the place has no columns where they are not known."""

    file: str  # below the folder that was scanned, with slashes
    place: Place
    rule: str


class Run(NamedTuple):
    """What came of one scanner; `problem` says why there is nothing else."""

    name: str
    reports: list[Report]
    wall: float = 0.0  # seconds
    cpu: float = 0.0  # seconds
    problem: str = ""


def run_peer(name: str, root: Path, files: Sequence[str], cache: Path) -> Run:
    """What a scanner says of `files` below `root`, out of the cache where it has said it before."""
    peer = next(peer for peer in PEERS if peer.name == name)
    kept = cache / _digest(root, files)
    kept.mkdir(parents=True, exist_ok=True)
    report, costs = kept / f"{name}.report", kept / f"{name}.json"
    if not costs.exists():
        program = find_program(peer.command.split()[0])
        if program is None:
            return Run(name, [], problem="not installed")
        if problem := _scan(peer, program, root, files, report, costs):
            return Run(name, [], problem=problem)
    cost = json.loads(costs.read_text(encoding="utf-8"))
    text = report.read_text(encoding="utf-8", errors="surrogateescape")
    return Run(name, list(converted(name, text, Path(cost["tree"]), root)), cost["wall"], cost["cpu"])


def converted(name: str, report: str, tree: Path, root: Path) -> Iterator[Report]:
    """The findings in what a scanner wrote on `tree`, whose files are those below `root`."""
    finder = _Finder(tree, root)
    for name_of_file, line, text, rule in _READERS[name](report):
        found = finder.report(name_of_file, line, text, rule)
        if found is not None:
            yield found


def _digest(root: Path, files: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file}\0".encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256((root / file).read_bytes()).digest())
    return digest.hexdigest()[:16]


def _scan(peer: Peer, program: str, root: Path, files: Iterable[str], report: Path, costs: Path) -> str:
    """Run a scanner and keep its report and what it cost; what went wrong, or nothing."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        tree, out, printed, rules = scratch / "tree", scratch / "report", scratch / "printed", scratch / "cache"
        for file in files:
            target = tree / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / file, target)
        small = scratch / "warm"
        small.mkdir()
        (small / "empty.py").write_text("pass\n", encoding="utf-8")

        def command(folder: Path) -> list[str]:
            values = {"tree": folder, "out": out, "cache": rules}
            return [program, *(part.format(**values) for part in peer.command.split()[1:])]

        run(command(small), printed)  # caches of rules are filled
        out.unlink(missing_ok=True)
        cost = run(command(tree), printed)
        if cost.code not in peer.codes:
            return f"ended with {cost.code}"  # what it printed may hold values
        shutil.copyfile(out if out.exists() else printed, report)
        facts = {"tree": str(tree), "wall": cost.wall, "cpu": cost.cpu}
        costs.write_text(json.dumps(facts), encoding="utf-8")
    return ""


# --- reports --------------------------------------------------------------------------------------------

Said = tuple[str, int, "str | tuple[int, int] | bytes", str]
"""A file, a line from 1 (0 where it is not known), what was found (text, columns from 0, or a SHA-1), a rule."""


def _gitleaks(report: str) -> Iterator[Said]:
    for row in json.loads(report or "[]"):
        yield row["File"], row["StartLine"], row["Secret"], row["RuleID"]


def _kingfisher(report: str) -> Iterator[Said]:
    for row in _objects(report):
        if "finding" in row and "rule" in row:
            found = row["finding"]
            yield found["path"], found["line"], found["snippet"], row["rule"]["id"]


def _trufflehog(report: str) -> Iterator[Said]:
    for row in _objects(report):
        if "SourceMetadata" in row:
            place = row["SourceMetadata"]["Data"]["Filesystem"]
            yield place["file"], place.get("line", 0) + 1, row["Raw"], row["DetectorName"]


def _detect_secrets(report: str) -> Iterator[Said]:
    for found in json.loads(report)["results"].values():
        for row in found:
            yield row["filename"], row["line_number"], bytes.fromhex(row["hashed_secret"]), row["type"]


def _credsweeper(report: str) -> Iterator[Said]:
    for row in json.loads(report or "[]"):
        for part in row["line_data_list"]:
            yield part["path"], part["line_num"], (part["value_start"], part["value_end"]), row["rule"]


def _objects(report: str) -> Iterator[dict[str, Any]]:
    for line in report.split("\n"):
        if line.startswith("{"):
            yield json.loads(line)


_READERS: dict[str, Callable[[str], Iterator[Said]]] = {
    "gitleaks": _gitleaks,
    "kingfisher": _kingfisher,
    "trufflehog": _trufflehog,
    "detect-secrets": _detect_secrets,
    "credsweeper": _credsweeper,
}


class _Finder:
    """Finds the places of what was reported; equal texts on a line get its stretches one after the other."""

    def __init__(self, tree: Path, root: Path) -> None:
        self._tree, self._root = tree, root
        self._lines: dict[str, list[str]] = {}
        self._given: dict[tuple[str, int, str, str], int] = {}

    def report(self, name: str, line: int, found: str | tuple[int, int] | bytes, rule: str) -> Report | None:
        path = Path(name)
        file = Path(os.path.relpath(path, self._tree) if path.is_absolute() else path).as_posix()
        if file not in self._lines:
            if not (self._root / file).is_file():
                return None  # inside an archive, or made up
            self._lines[file] = lines_of(self._root / file)
        lines = self._lines[file]
        nowhere = Place(line, None, line, None)
        if not 1 <= line <= len(lines):
            return Report(file, nowhere, rule)
        if isinstance(found, str):
            place = self._of_text(file, line, found, rule)
        elif isinstance(found, bytes):
            place = _of_hash(lines[line - 1], line, found)
        else:
            place = Place(line, found[0], line, found[1]) if 0 <= found[0] < found[1] else None
        return Report(file, place or nowhere, rule)

    def _of_text(self, file: str, line: int, text: str, rule: str) -> Place | None:
        """Where the text stands on its line or, as lines can be those of a piece of a file, nearest to it."""
        text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not text:
            return None
        lines = self._lines[file]
        there = "\n".join(lines[line - 1 : line + text.count("\n")])
        known = (file, line, text, rule)
        at = there.find(text, self._given.get(known, 0))
        if at < 0:
            at = there.find(text)
        if at >= 0:
            self._given[known] = at + 1
            return _place(there, at, at + len(text), line)
        whole = "\n".join(lines)
        places = [_place(whole, match.start(), match.end(), 1) for match in re.finditer(re.escape(text), whole)]
        return min(places, key=lambda place: abs(place.line - line), default=None)


def _place(text: str, start: int, end: int, line: int) -> Place:
    """The place of `text[start:end]`, where `text` begins on `line`."""
    first, last = text.count("\n", 0, start), text.count("\n", 0, end)
    return Place(line + first, start - text.rfind("\n", 0, start) - 1, line + last, end - text.rfind("\n", 0, end) - 1)


def _of_hash(text: str, line: int, digest: bytes) -> Place | None:
    """The stretch of a line whose SHA-1 is `digest`."""
    text = text[:_LONGEST_LINE]
    edges = [match.start() for match in _EDGE.finditer(text)]
    starts = sorted({0, *edges, *(edge + 1 for edge in edges)})[:_MOST_EDGES]
    ends = sorted({*edges, *(edge + 1 for edge in edges), len(text)}, reverse=True)
    for start in starts:
        for end in ends:
            if end <= start:
                break
            if (
                hashlib.sha1(text[start:end].encode("utf-8", "surrogateescape"), usedforsecurity=False).digest()
                == digest
            ):
                return Place(line, start, line, end)
    return None
