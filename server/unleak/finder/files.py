"""Files of a scan that a model reads whole, one after the other, beside what rules and the judge have found."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING

from unleak.chosen_judge import NoJudgeError, chosen_judge
from unleak.finder.client import Finder, Outcome
from unleak.finding import Span
from unleak.judge.bundle import Bundle, BundleError
from unleak.text import flatten_breaks

if TYPE_CHECKING:
    from unleak.batch import FileResult, FileScanner


class NoFinderError(Exception):
    """No model reads files whole; the message says why."""


def chosen_finder(*, threads: int = 1, is_trusted: bool = True) -> Finder:
    """The model of this person, where it can read files whole; its process starts with the first file.

    To be closed in the end. Raises NoFinderError.
    """
    try:
        chosen = chosen_judge(is_trusted=is_trusted)
        plan = Bundle.load(chosen.folder).scan
    except (NoJudgeError, BundleError) as error:
        raise NoFinderError(str(error) or "the environment says that no model is asked") from None
    if plan is None:
        raise NoFinderError(
            chosen.problem
            or f"{chosen.model} is not made to read files whole: `unleak model use` chooses a model with [scan]"
        )
    return Finder(chosen.folder, plan, threads=threads)


def lines_of(source: str) -> list[str]:
    """The lines of a text without their breaks, as long as spans count them."""
    return flatten_breaks(source).split("\n")


def read_whole(
    results: Iterable[FileResult], scanner: FileScanner, finder: Finder
) -> Generator[FileResult, None, None]:
    """The results in their order, with what the finder adds; it is closed in the end."""

    def read(source: str, path: str, known: Sequence[Span], seconds: float) -> Outcome:
        return finder.read(lines_of(source), path, known, deadline_seconds=seconds)

    try:
        for result in results:
            yield scanner.read_whole(result, read)
    finally:
        finder.close()
        if isinstance(results, Generator):
            results.close()
