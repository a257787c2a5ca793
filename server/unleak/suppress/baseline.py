"""The baseline: findings that a project knows of, in a file that is committed and that names no value."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar

from unleak.files import Unreadable, larger_than, read_text
from unleak.finding import Span
from unleak.suppress.allow import value_hash
from unleak.suppress.entries import KEY_SIZE, Entry, Identity, State, WrongFileError, formatted, parsed
from unleak.suppress.exclusive import LockedError, NextFile, locked

MAX_SIZE = 20_000_000
"""Bytes of a file; some 100,000 entries."""
_AROUND = 200  # code points on either side of a value that count as its surroundings

_T = TypeVar("_T")


class BaselineError(Exception):
    """A baseline cannot be read or written; the message says why and what to do."""


class Look(NamedTuple):
    """Where another look was taken, and how well."""

    covers: Callable[[str], bool]  # whether all that there is in a file was found, or would have been
    is_gone: Callable[[str], bool]  # whether a file is no more
    reported: Collection[Identity]  # identities of the findings that are not too weak


class Changes(NamedTuple):
    """What an update did, in entries; `new` ones are recorded only where that was asked for."""

    kept: int
    dropped: int
    moved: int
    new: int


class Baseline:
    """The entries of one project, sorted by path, rule and hashes, and the key of their hashes."""

    __slots__ = ("_speaking", "entries", "key")

    def __init__(self, key: bytes, entries: Iterable[Entry] = ()) -> None:
        unique: dict[Identity, Entry] = {}
        for entry in entries:
            known = unique.get(entry.identity)
            if known is None or known.state is State.OPEN or entry.state is State.SECRET:
                unique[entry.identity] = entry
        self.key = key
        self.entries = tuple(sorted(unique.values(), key=lambda e: (e.path, e.rule, e.content, e.context)))
        self._speaking: dict[tuple[str, ...], Entry] = {}
        for entry in self.entries:
            for facts in _facts(entry):
                if entry.state is State.SECRET or facts not in self._speaking:
                    self._speaking[facts] = entry

    @classmethod
    def new(cls) -> Baseline:
        """One without entries and with a key of its own."""
        return cls(os.urandom(KEY_SIZE))

    @classmethod
    def load(cls, path: Path) -> tuple[Baseline, tuple[str, ...]]:
        """The baseline in a file, and a sentence with file and line for each thing wrong in it.

        An entry that is wrong is left out; a file that is wrong as a whole, or missing, makes an empty baseline.
        """
        try:
            source = read_text(path, MAX_SIZE)
        except Unreadable as error:
            return cls(b""), (f"{path}: cannot be read ({error}); the baseline is not used.",)
        try:
            content = parsed(source)
        except WrongFileError as error:
            return cls(b""), (f"{path}:{error.line}: {error}; the baseline is not used.",)
        problems = [f"{path}:{line}: {why}" for line, why in content.problems]
        if content.more_problems:
            problems.append(f"{path}: {content.more_problems:,} more like these.")
        return cls(content.key, content.entries), tuple(problems)

    def knows(self, path: str, rule: str, value: str, context: str) -> bool:
        """Whether a finding is to be kept silent; `context` is what `contexts_of` says of it.

        Its value must be recorded for the same path or with the same surroundings. Where people judged it
        differently in several places, the entry counts that has most in common with it: path, surroundings, rule.
        """
        nearest = self._nearest(self.entry_of(path, rule, value, context))
        return nearest is not None and nearest.state is not State.SECRET

    def entry_of(self, path: str, rule: str, value: str, context: str) -> Entry:
        """What is recorded of a finding."""
        # The mark tells the two kinds of hashes apart; no text begins with it.
        return Entry(path, rule, value_hash(_same_anywhere(value), self.key), value_hash(f"\0{context}", self.key))

    def judged(self, identities: Collection[Identity], state: State, note: str) -> Baseline:
        """The same with a judgement on some entries."""
        judged = [
            replace(entry, state=state, note=note) if entry.identity in identities else entry for entry in self.entries
        ]
        return Baseline(self.key, judged)

    def updated(self, found: Iterable[Entry], look: Look, *, add: bool) -> tuple[Baseline, Changes]:
        """The same after another look, at what was found now; with `add` new findings come in.

        Entries follow a value to other surroundings in its file, and to another place with the same surroundings.
        States and notes stay with them, and come with what is added of a value that is known already.
        """
        left = {entry.identity: entry for entry in self.entries}
        kept: list[Entry] = []
        pending: list[Entry] = []
        for entry in Baseline(self.key, found).entries:
            known = left.pop(entry.identity, None)
            if known is None:
                pending.append(entry)
            else:
                kept.append(replace(known, rule=entry.rule))
        movable = [entry for entry in left.values() if look.covers(entry.path) or look.is_gone(entry.path)]
        moved: list[Entry] = []
        for same, followed in ((_same_place, kept), (_same_surroundings, moved)):
            waiting: dict[tuple[str, str], list[Entry]] = {}
            for entry in reversed(movable):
                waiting.setdefault(same(entry), []).append(entry)
            still_pending = []
            for entry in pending:
                candidates = waiting.get(same(entry))
                if candidates:
                    known = candidates.pop()
                    del left[known.identity]
                    followed.append(replace(entry, state=known.state, note=known.note))
                else:
                    still_pending.append(entry)
            pending = still_pending
            movable = [entry for entry in movable if entry.identity in left]
        stay = [entry for entry in left.values() if not look.covers(entry.path)]
        reported = [entry for entry in pending if entry.identity in look.reported]
        unknown = [entry for entry in reported if self._nearest(entry) is None]
        changes = Changes(len(kept) + len(stay), len(left) - len(stay), len(moved), len(unknown))
        added = [self._as_judged(entry) for entry in reported] if add else []
        return Baseline(self.key, [*kept, *moved, *stay, *added]), changes

    def _as_judged(self, finding: Entry) -> Entry:
        nearest = self._nearest(finding)
        return finding if nearest is None else replace(finding, state=nearest.state, note=nearest.note)

    def _nearest(self, finding: Entry) -> Entry | None:
        """The entry that speaks for a finding."""
        return next((self._speaking[facts] for facts in _facts(finding) if facts in self._speaking), None)


def _same_place(entry: Entry) -> tuple[str, str]:
    return entry.path, entry.content


def _same_surroundings(entry: Entry) -> tuple[str, str]:
    return entry.content, entry.context


def _facts(entry: Entry) -> tuple[tuple[str, ...], ...]:
    """What an entry and a finding for which it speaks have in common, the most first."""
    path, rule, content, context = entry.path, entry.rule, entry.content, entry.context
    return (
        (content, "at", path, context),
        (content, "at", path, "by", rule),
        (content, "at", path),
        (content, "in", context, rule),
        (content, "in", context),
    )


def contexts_of(lines: Sequence[str], spans: Sequence[Span]) -> list[str]:
    """What stands around each of `spans` on its first and last line, without blanks, found values as stars.

    `lines` are whole lines, their breaks do not matter; `spans` are all that was found in them, in order and apart
    from each other. Time grows with the number of spans, not with the length of lines.
    """
    return [_before(lines, spans, at) + "*" + _after(lines, spans, at) for at in range(len(spans))]


def _before(lines: Sequence[str], spans: Sequence[Span], at: int) -> str:
    number, stop = spans[at][:2]
    line, edge = lines[number], max(0, stop - _AROUND)
    pieces: list[str] = []
    for span in map(spans.__getitem__, range(at - 1, -1, -1)):
        if span.end_line != number or span.end_column <= edge:
            break
        pieces += [line[span.end_column : stop], "*"]
        stop = span.column if span.line == number else 0
    pieces.append(line[edge:stop])
    return "".join("".join(reversed(pieces)).split())


def _after(lines: Sequence[str], spans: Sequence[Span], at: int) -> str:
    number, start = spans[at][2:]
    line, edge = lines[number], start + _AROUND
    pieces: list[str] = []
    for span in map(spans.__getitem__, range(at + 1, len(spans))):
        if span.line != number or span.column >= edge:
            break
        pieces += [line[start : span.column], "*"]
        start = span.end_column if span.end_line == number else edge
    pieces.append(line[start:edge])
    return "".join("".join(pieces).split())


def _same_anywhere(value: str) -> str:
    """`value` as it is in any file: lines of a block may be indented and end in one way or another."""
    if "\n" in value or "\r" in value:
        return "\n".join(filter(None, map(str.strip, value.splitlines())))
    return value


def create(path: Path, baseline: Baseline, *, force: bool) -> None:
    """Write a first baseline; raises BaselineError, also where there is one already and not `force`."""
    with _writing(path) as next_file:
        if not force:
            refuse_existing(path)
        next_file.write(_data(path, baseline))


def refuse_existing(path: Path) -> None:
    """Raises BaselineError where there is a baseline already."""
    if os.path.lexists(path):
        raise BaselineError(
            f"{path}: is there already; `unleak baseline update` brings it up to date, `create --force` makes it anew"
        )


def amend(path: Path, change: Callable[[Baseline], tuple[Baseline, _T]]) -> _T:
    """Put what `change` makes of the baseline in `path`, as it is now, in its place, and return what it says.

    Nobody else writes meanwhile. Raises BaselineError, also where the file is missing or broken; what is there stays.
    """
    with _writing(path) as next_file:
        before = existing(path)
        after, outcome = change(before)
        if (after.key, after.entries) != (before.key, before.entries):
            next_file.write(_data(path, after))
        return outcome


def existing(path: Path) -> Baseline:
    """The baseline in a file, whole; raises BaselineError."""
    if not os.path.lexists(path):
        raise BaselineError(f"{path}: there is none yet; `unleak baseline create` makes it")
    baseline, problems = Baseline.load(path)
    if problems:
        raise BaselineError("\n".join(problems))
    return baseline


def _data(path: Path, baseline: Baseline) -> bytes:
    data = formatted(baseline.key, baseline.entries).encode()
    if len(data) > MAX_SIZE:
        raise BaselineError(f"{path}: would be {larger_than(MAX_SIZE)}; `exclude` what is generated, then try again")
    return data


@contextmanager
def _writing(path: Path) -> Iterator[NextFile]:
    try:
        with locked(path) as next_file:
            yield next_file
    except LockedError as error:
        raise BaselineError(str(error)) from None
    except OSError as error:
        raise BaselineError(f"{path}: cannot be written: {error.strerror}") from None
