"""Whether labelled secrets are among the candidates, before and after the cheap signals.

What is no candidate can never be reported, whoever decides; what survives the cheap signals is what a
judge would have to read, so there must not be much of it.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from figures import print_table
from labels import Data, Place, Secret, add_data_option, lines_of, load, trimmed

from unleak import decision
from unleak.config import Config
from unleak.files import Unreadable, find_files, read_text
from unleak.finding import Candidate
from unleak.scanner import Scanner


@dataclass(slots=True)
class Recall:
    """Secrets of one set of data, and where they were lost."""

    name: str
    lines: int = 0
    proposed: int = 0  # candidates, one a span
    surviving: int = 0
    secrets: Counter[str] = field(default_factory=Counter)  # by category
    found: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    partly: Counter[str] = field(default_factory=Counter)  # over several lines, and only lines of it are kept
    misses: list[tuple[str, Place, str, str]] = field(default_factory=list)

    def rows(self, worst: int) -> list[list[object]]:
        """All categories together, then the worst of them: those that lost most secrets."""

        def row(name: str, secrets: int, found: int, kept: int, partly: int) -> list[object]:
            shares = [f"{count / secrets:.4f}" for count in (found, kept, kept + partly)]
            return [self.name, name, secrets, *shares]

        names = sorted(self.secrets, key=lambda name: self.kept[name] - self.secrets[name])[:worst]
        counts = (self.secrets, self.found, self.kept, self.partly)
        total = row("all", *(count.total() for count in counts))
        density = [f"{1000 * count / max(self.lines, 1):.1f}" for count in (self.proposed, self.surviving)]
        single = [row(name, *(count[name] for count in counts)) for name in names]
        return [[*total, *density], *([*cells, "", ""] for cells in single)]


def survives(candidate: Candidate, line: str, shift: int, path: str) -> bool:
    """Whether it may be a secret, and a rule or the probability by signals and words says to look on."""
    if not decision.is_possible(candidate):
        return False
    if candidate.rule is not None and decision.decide([candidate], line, shift, path).findings:
        return True
    likely = decision.probability(candidate, line, path, candidate.span.column - shift)
    return likely >= decision.weights().keep


def place_of(candidate: Candidate, lines: list[str]) -> Place:
    line, column, end_line, end_column = candidate.span
    return trimmed(Place(line + 1, column, end_line + 1, end_column), lines)


def measure(scanner: Scanner, data: Data) -> Recall:
    recall = Recall(data.name)
    limit = Config().max_file_size
    unread = dict(data.files)
    for path in find_files([data.root], (), lambda _path, _reason: None):
        if path in data.own:
            continue
        try:
            source = read_text(path, limit)
        except Unreadable:
            continue
        file = path.relative_to(data.root).as_posix()
        proposed, surviving = places(scanner, source, file, lines_of(path))
        recall.lines += source.count("\n") + 1
        recall.proposed += len(proposed)
        recall.surviving += len(surviving)
        if (labelled := unread.pop(file, None)) is not None:
            count(recall, file, labelled.secrets, proposed, surviving)
    for file, labelled in unread.items():
        recall.secrets.update(secret.category for secret in labelled.secrets)
        recall.misses += [(file, secret.place, secret.category, "not read") for secret in labelled.secrets]
    return recall


def places(scanner: Scanner, source: str, file: str, lines: list[str]) -> tuple[set[Place], set[Place]]:
    """Where the candidates of a file are, and where those that survive are."""
    proposed: set[Place] = set()
    surviving: set[Place] = set()
    for line, shift, candidates in scanner.candidates(source, file):
        for candidate in candidates:
            place = place_of(candidate, lines)
            proposed.add(place)
            if place not in surviving and survives(candidate, line, shift, file):
                surviving.add(place)
    return proposed, surviving


def count(recall: Recall, file: str, secrets: Iterable[Secret], proposed: set[Place], surviving: set[Place]) -> None:
    for secret in secrets:
        category = secret.category
        recall.secrets[category] += 1
        is_found, is_kept = any(map(secret.is_hit, proposed)), any(map(secret.is_hit, surviving))
        recall.found[category] += is_found
        recall.kept[category] += is_kept
        if not is_kept:
            is_long = secret.place.line != secret.place.end_line
            recall.partly[category] += is_long and any(place.inside(secret.place) for place in surviving)
            lost = "by the cheap signals" if is_found else "never proposed"
            recall.misses.append((file, secret.place, category, lost))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_data_option(parser)
    parser.add_argument("--worst", type=int, default=20, metavar="N", help="categories to show (default: 20)")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="print N places that were lost")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of places")
    arguments = parser.parse_args()
    scanner = Scanner()
    recalls = [(data, measure(scanner, data)) for data in map(load, arguments.data)]
    shares = ["proposed", "surviving", "or in part"]
    heads = ["data", "category", "secrets", *shares, "proposed/1,000 lines", "surviving/1,000 lines"]
    print_table(heads, [row for _, recall in recalls for row in recall.rows(arguments.worst)])
    rng = random.Random(arguments.seed)
    for data, recall in recalls:
        for file, place, category, lost in rng.sample(recall.misses, min(arguments.misses, len(recall.misses))):
            print(f"{place.shown(data.root / file)} {category}: {lost}")


if __name__ == "__main__":
    main()
