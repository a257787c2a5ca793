"""Precision and recall on labelled files, by exact spans: unleak's rules, its judge, both, and other scanners.

A finding is right if its line and its columns are those of a labelled secret, blanks and quotes at the
edges aside. Any other finding is a false alarm, unless its line has a label that counts for neither.
Everything is measured on the same files; no value is ever printed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from calibration import draw_curves, draw_reliability, plots, told
from judging import MODES, STEPS, Cost, Opinion, Reader, alone, held_out
from labels import Data, Place, lines_of, trimmed
from peers import NAMES, run_peer
from quality_report import GROUPS, Results, Row
from scoring import LEVELS, Found, Outcome, Point, Score, curve, matched, with_edges_trimmed
from sets import LabelledSet, drawn, load_set, of_repositories
from tools import UNLEAK, run

from unleak.judge.bundle import BundleError, bundled
from unleak.judge.model import ModelError

OPERATING = LEVELS.index("information")


@dataclass(slots=True)
class Measured:
    """What was found in one set, by whom."""

    of: LabelledSet
    findings: dict[str, list[Found]] = field(default_factory=dict)  # by mode, then by peer
    costs: dict[str, list[Cost]] = field(default_factory=dict)  # of each file, by mode
    runs: dict[str, Cost] = field(default_factory=dict)  # of all files together, by peer
    opinions: list[Opinion] = field(default_factory=list)
    steps: list[list[Found]] = field(default_factory=lambda: [[] for _ in STEPS])

    @property
    def data(self) -> Data:
        return self.of.data

    def outcome(self, who: str, least: int = OPERATING, *, lenient: bool = False) -> Outcome:
        return matched(self.data, self.findings[who], least=least, lenient=lenient)


def measured(of: LabelledSet, reader: Reader, peers: Sequence[str], cache: Path, results: Results) -> Measured:
    """One set read by unleak and by peers; what could not be done is among the notes."""
    found = Measured(of, {mode: [] for mode in reader.modes}, {mode: [] for mode in reader.modes})
    for number, file in enumerate(of.files, 1):
        if sys.stderr.isatty():
            print(f"\r{of.name}: {number} of {len(of.files)} files", end="", file=sys.stderr)
        read = reader.read(of.root, file)
        for mode, findings in read.findings.items():
            found.findings[mode] += findings
        for mode, cost in read.costs.items():
            found.costs[mode].append(cost)
        found.opinions += read.opinions
        for step, findings in zip(found.steps, read.steps, strict=True):
            step += findings
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for name in peers:
        ran = run_peer(name, of.root, of.files, cache)
        if ran.problem:
            results.notes.append(f"{name} on {of.name}: {ran.problem}")
            continue
        reports = [Found(report.file, report.place, report.rule) for report in ran.reports]
        reports.sort(key=lambda report: report.file)
        found.findings[name] = list(with_edges_trimmed(of.data, reports))
        found.runs[name] = Cost(ran.wall, ran.cpu)
        unknown = sum(report.place.start is None for report in ran.reports)
        results.notes.append(f"{name} on {of.name}: {len(reports)} reports, {unknown} of them without columns")
    return found


def tell(results: Results, sets: Sequence[Measured], least: int) -> None:
    """All tables but that of costs; `least` is the level for groups."""
    names = list(dict.fromkeys(who for of in sets for who in of.findings))
    for who in names:
        having = [of for of in sets if who in of.findings]
        levels = (1, 2, 3) if who in MODES else (OPERATING,)
        for lenient, table in ((False, results.strict), (True, results.lenient)):
            for level in levels if not lenient else (OPERATING,):
                total, label = Score(), LEVELS[level] if who in MODES else "-"
                for of in having:
                    score = of.outcome(who, level, lenient=lenient).score
                    total = total.plus(score)
                    table.append(Row(of.of.name, who, label, score))
                if len(sets) > 1 and len(having) == len(sets):
                    table.append(Row("all", who, label, total))
        for of in having:
            if who in MODES:
                for level in levels:
                    results.add_classes(of.of.name, who, LEVELS[level], of.outcome(who, level))
            results.add_groups(of.of.name, who, of.data, of.outcome(who, least if who in MODES else OPERATING))
    opinions = [(of.data, of.opinions) for of in sets]
    if any(of for _, of in opinions):
        results.calibration = told(opinions)


def tell_costs(results: Results, sets: Sequence[Measured]) -> None:
    for of in sets:
        for mode, costs in of.costs.items():
            results.add_costs(of.of.name, mode, [cost.wall for cost in costs], [cost.cpu for cost in costs])
        for name, cost in of.runs.items():
            results.add_run(of.of.name, name, len(of.of.files), cost.wall, cost.cpu)


def curves(sets: Sequence[Measured]) -> dict[str, list[Point]]:
    """Precision and recall of all sets together at other thresholds than those in force."""
    found: dict[str, list[Point]] = {}
    if all("rules" in of.findings for of in sets):
        shown = [[one for one in of.findings["rules"] if one.level >= OPERATING] for of in sets]
        found["rules"] = curve([(of.data, findings) for of, findings in zip(sets, shown, strict=True)])
    if all("judge" in of.findings for of in sets):
        found["judge"] = curve([(of.data, alone(of.opinions)) for of in sets])
    if all("both" in of.findings for of in sets):
        points = []
        for at, step in enumerate(STEPS):
            score = Score()
            for of in sets:
                score = score.plus(matched(of.data, of.steps[at], least=OPERATING).score)
            points.append(Point(step, score))
        found["both"] = points[::-1]
    return found


def draw(results: Results, sets: Sequence[Measured], out: Path) -> None:
    pyplot = plots()
    if pyplot is None:
        results.notes.append("no pictures: `pip install matplotlib` and run again")
        return
    if results.calibration:
        shown = {kind: results.calibration[kind] for kind in ("judge", "blended")}
        draw_reliability(pyplot, out / "reliability.png", shown)
    totals: dict[str, Score] = {}
    for row in results.strict:
        if row.of == ("all" if len(sets) > 1 else sets[0].of.name) and row.level in (LEVELS[OPERATING], "-"):
            totals[row.who] = row.score
    dots = {who: score for who, score in totals.items() if who in MODES}
    crosses = {who: score for who, score in totals.items() if who not in MODES}
    draw_curves(pyplot, out / "precision_recall.png", results.curves, dots, crosses)


class Differences(NamedTuple):
    """Findings that only one of library and program has, in some files."""

    library: int
    program: int


def program_differs(of: LabelledSet, findings: Sequence[Found], *, judged: bool) -> Differences:
    """Compare findings with those of `unleak scan --format jsonl`, run in the folder of the set."""
    with tempfile.TemporaryDirectory() as name:
        output = Path(name) / "findings"
        run([*UNLEAK, "scan", "--help"], output)
        plain = [] if judged or "--no-judge" not in output.read_text(encoding="utf-8") else ["--no-judge"]
        cost = run([*UNLEAK, "scan", ".", "--format", "jsonl", "--quiet", *plain], output, folder=of.root)
        if cost.code not in (0, 1):
            raise SystemExit(f"unleak scan ended with {cost.code}: {cost.errors.strip()}")
        rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    files = set(of.files)
    told_by_program: Counter[tuple[str, Place, str, int]] = Counter()
    for row in sorted(rows, key=lambda row: str(row["path"])):
        file = Path(row["path"]).as_posix()
        if file in files:
            place = Place(row["line"], row["column"] - 1, row["end_line"], row["end_column"] - 1)
            place = trimmed(place, lines_of(of.root / file))
            told_by_program[file, place, row["rule"], LEVELS.index(row["severity"])] += 1
    own = Counter((one.file, one.place, one.rule, one.level) for one in findings if one.level >= OPERATING)
    return Differences((own - told_by_program).total(), (told_by_program - own).total())


def places_to_read(of: Measured, who: str, least: int, misses: int, alarms: int, rng: random.Random) -> None:
    """Print where to look; columns from 1, and no values."""
    outcome = of.outcome(who, least)
    for file, secret in rng.sample(sorted(outcome.misses), min(misses, len(outcome.misses))):
        print(f"missed      {secret.place.shown(of.data.root / file)} {secret.category}")
    for found in rng.sample(sorted(outcome.alarms), min(alarms, len(outcome.alarms))):
        print(f"false alarm {found.place.shown(of.data.root / found.file)} {found.rule} {LEVELS[found.level]}")


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = ("NAME", "ROOT LABELS MORE")
    parser.add_argument("--set", nargs="+", action="append", required=True, metavar=words, help="may be given again")
    parser.add_argument("--repos", type=Path, metavar="FILE", help="only files of these repositories, one a line")
    parser.add_argument("--names", type=Path, metavar="TABLE", help="other names of repositories, tab separated")
    parser.add_argument("--draw", type=int, metavar="N", help="of all sets N files, 51 %% of them with secrets")
    parser.add_argument("--seed", type=int, default=1, help="of all that is chosen by chance")
    parser.add_argument("--mode", nargs="+", choices=MODES, default=["rules"])
    parser.add_argument(
        "--weights",
        type=Path,
        nargs=2,
        metavar=("WEIGHTS.json", "WORDING.bin"),
        help="of signals and words, learned from other repositories (default: those of unleak)",
    )
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="the judge (default: the one that unleak has)")
    parser.add_argument("--ask", type=float, metavar="P", help="ask the judge from this probability by signals on")
    parser.add_argument("--peers", default="", metavar="NAME,NAME", help=f"any of {', '.join(NAMES)}; or all")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where reports of peers are kept, with their values")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write quality.md, quality.json and pictures there")
    parser.add_argument("--check", action="store_true", help="compare with what `unleak scan` reports")
    parser.add_argument("--by", nargs="+", choices=GROUPS, default=[], help="groups to print; --out has them all")
    parser.add_argument("--min-severity", choices=LEVELS, default="information", help="for groups and places")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="print N places that were missed")
    parser.add_argument("--alarms", type=int, default=0, metavar="N", help="print N places of false alarms")
    return parser


def chosen(arguments: argparse.Namespace) -> list[LabelledSet]:
    """The sets, cut down to the files that are to be read."""
    names = {}
    if arguments.names:
        rows = arguments.names.read_text(encoding="utf-8").splitlines()
        names = {row[0]: row[1] for row in (row.split("\t") for row in rows) if len(row) > 1}
    sets = [load_set(words, names) for words in arguments.set]
    if arguments.repos:
        wanted = set(arguments.repos.read_text(encoding="utf-8").split())
        sets = [of_repositories(of, wanted) for of in sets]
    if arguments.draw:
        sets = drawn(sets, arguments.draw, arguments.seed)
    return sets


def main() -> None:
    parser = options()
    arguments = parser.parse_args()
    peers = list(NAMES) if arguments.peers == "all" else [name for name in arguments.peers.split(",") if name]
    if unknown := set(peers).difference(NAMES):
        parser.error(f"unknown peers: {', '.join(sorted(unknown))}")
    least = LEVELS.index(arguments.min_severity)
    results = Results()
    if arguments.weights:
        held_out(*arguments.weights)
    else:
        results.notes.append("signals and words are weighed as unleak does: too well where it learned from these files")
    try:
        reader = Reader(dict.fromkeys(arguments.mode), arguments.bundle or bundled(), arguments.ask)
    except (BundleError, ModelError, ValueError) as error:
        raise SystemExit(f"no judge: {error}; --mode rules needs none") from None
    with tempfile.TemporaryDirectory() as scratch:
        cache = arguments.cache or Path(scratch)
        sets = [measured(of, reader, peers, cache, results) for of in chosen(arguments)]
    reader.close()
    for of in sets:
        results.add_set(of.of.name, len(of.of.files), sum(map(of.of.has_secret, of.of.files)))
    tell(results, sets, least)
    tell_costs(results, sets)
    results.curves = curves(sets)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        draw(results, sets, arguments.out)
        results.write(arguments.out)
        if arguments.draw:
            lines = [f"{of.of.name}\t{file}\n" for of in sets for file in of.of.files]
            (arguments.out / "files.tsv").write_text("".join(lines), encoding="utf-8")
    print(results.markdown(arguments.by))
    rng = random.Random(arguments.seed)
    main_mode = arguments.mode[-1]
    for of in sets:
        places_to_read(of, main_mode, least, arguments.misses, arguments.alarms, rng)
        if arguments.check and not arguments.weights and main_mode != "judge":
            differs = program_differs(of.of, of.findings[main_mode], judged=main_mode == "both")
            print(f"{of.of.name}: {differs.library} findings only here, {differs.program} only by `unleak scan`")


if __name__ == "__main__":
    main()
