"""Megabytes a CPU second of `unleak scan` and of other scanners, each on one core, on the same tree.

`--make DIR` builds such a tree out of the running Python's standard library and npm packages.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from figures import print_table
from tools import UNLEAK, find_program, run

SCRIPTS = (".js", ".cjs", ".mjs")
LEAST_MB = 40


class Peer(NamedTuple):
    """A scanner: `command` with {tree}, {out} (a file) and {cache} (a folder) in it."""

    name: str
    command: str
    version: str
    codes: tuple[int, ...]  # of a run that worked
    count: Callable[[str], int]  # findings in what it wrote


def _lines(report: str) -> int:
    return sum(1 for line in report.split("\n") if line.startswith("{"))


def _items(report: str) -> int:
    return len(json.loads(report or "[]"))


def _kingfisher(report: str) -> int:
    return sum('"rule"' in line and '"finding"' in line for line in report.split("\n"))


def _baseline(report: str) -> int:
    return sum(map(len, json.loads(report)["results"].values()))


PEERS = (
    Peer("unleak", f"{UNLEAK[0]} scan {{tree}} --jobs 1 --format jsonl", "--version", (0, 1), _lines),
    Peer(
        "kingfisher",
        "kingfisher scan {tree} --no-validate --no-update-check --git-history none --no-dedup"
        " --rule-cache-dir {cache} -c medium -j 1 -f jsonl -o {out}",
        "--version",
        (0, 200, 205),
        _kingfisher,
    ),
    Peer("gitleaks", "gitleaks dir {tree} -f json -r {out} --no-banner --exit-code 0", "version", (0,), _items),
    Peer("trufflehog", "trufflehog filesystem {tree} --no-verification --no-update --json", "--version", (0,), _lines),
    Peer("detect-secrets", "detect-secrets -c 1 -C {tree} scan --all-files -n .", "--version", (0,), _baseline),
    Peer(
        "credsweeper",
        "credsweeper --path {tree} --save-json {out} --no-stdout --no-error --log error --jobs 1",
        "--version",
        (0,),
        _items,
    ),
)


def measure(peer: Peer, tree: Path, repeats: int, size: float) -> list[object]:
    """A row of the table, or one that says why there are no figures."""
    program, *rest = peer.command.split()
    found = find_program(program)
    if found is None:
        return [peer.name, "-", "-", "-", "-", "-", "-", "not installed"]
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        small = scratch / "warm"
        small.mkdir()
        (small / "empty.py").write_text("pass\n", encoding="utf-8")
        out, cache = scratch / "report", scratch / "cache"

        def command(target: Path) -> list[str]:
            values = {"tree": target, "out": out, "cache": cache}
            return [found, *(part.format(**values) for part in rest)]

        printed = scratch / "printed"
        run(command(small), printed)  # caches of rules are filled
        costs = []
        for _ in range(repeats):
            out.unlink(missing_ok=True)
            cost = run(command(tree), printed)
            if cost.code not in peer.codes:
                reason = cost.errors.strip().split("\n")[-1][:60]
                return [peer.name, "-", "-", "-", "-", "-", "-", f"ended with {cost.code}: {reason}"]
            costs.append(cost)
        report = out if out.exists() else printed
        findings = peer.count(report.read_text(encoding="utf-8", errors="replace"))
        run([found, peer.version], printed)
        version = re.search(r"\d+\.\d+[.\d]*", printed.read_text(encoding="utf-8", errors="replace"))
    cpu, wall = median(cost.cpu for cost in costs), median(cost.wall for cost in costs)
    spread = f"{size / max(c.cpu for c in costs):.2f}-{size / min(c.cpu for c in costs):.2f}"
    peak = max(cost.peak for cost in costs)
    return [
        f"{peer.name} {version[0] if version else ''}",
        f"{size / cpu:.2f}",
        spread,
        f"{cpu:.2f}",
        f"{wall:.2f}",
        f"{peak:.0f}",
        findings,
        "",
    ]


def size_of(tree: Path) -> tuple[int, float]:
    """Files, and megabytes (of 1,000,000 bytes) in them."""
    sizes = [os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(tree) for name in names]
    return len(sizes), sum(sizes) / 1e6


def make(tree: Path, packages: Sequence[Path], enough: float) -> None:
    """Copy sources below `tree` until there are `enough` megabytes: all of the library, then the packages.

    No links, no ignore files, and no names of folders that scanners pass over.
    """
    size = 0
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*.py")):
        if not {"site-packages", "dist-packages"}.intersection(path.parts):
            size += copy(path, tree / "python" / path.relative_to(library))
    for folder in packages:
        for path in sorted(folder.rglob("*")):
            if size < enough * 1e6 and path.suffix in SCRIPTS and path.is_file():
                parts = [part for part in path.relative_to(folder).parts if part != "node_modules"]
                size += copy(path, tree.joinpath("javascript", *parts))
    if size < LEAST_MB * 1e6:
        raise SystemExit(f"{tree} has only {size / 1e6:.1f} MB: give more npm packages with --npm")


def copy(source: Path, target: Path) -> int:
    """Copy a file; returns its size in bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.write_bytes(source.read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", nargs="?", type=Path, metavar="TREE", help="the folder to scan")
    parser.add_argument("--make", type=Path, metavar="DIR", help="build a tree there first, and scan that")
    parser.add_argument("--npm", type=Path, nargs="+", default=(), metavar="DIR", help="npm packages for it")
    parser.add_argument("--megabytes", type=float, default=46, metavar="N", help="of it (default: 46)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each scanner (default: 3)")
    parser.add_argument("--only", nargs="+", choices=[peer.name for peer in PEERS], help="just these scanners")
    arguments = parser.parse_args()
    if arguments.make:
        if arguments.make.exists():
            parser.error(f"{arguments.make} is there already")
        make(arguments.make, arguments.npm, arguments.megabytes)
    tree = arguments.make or arguments.tree
    if tree is None or not tree.is_dir():
        parser.error("give a folder to scan, or --make")
    tree = tree.resolve()
    files, size = size_of(tree)
    print(f"{files:,} files, {size:.1f} MB, medians of {arguments.repeats} runs", file=sys.stderr)
    peers = [peer for peer in PEERS if not arguments.only or peer.name in arguments.only]
    heads = ["scanner", "MB/CPU s", "range", "CPU s", "wall s", "peak MB", "findings", "note"]
    print_table(heads, [measure(peer, tree, arguments.repeats, size) for peer in peers])


if __name__ == "__main__":
    main()
