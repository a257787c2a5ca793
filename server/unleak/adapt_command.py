"""`unleak adapt`: the judge learns from a team's examples, and what it has learned is tried out before it counts."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unleak import feedback
from unleak.chosen_judge import VARIABLE, NoJudgeError, chosen_judge
from unleak.config import Config, for_folder
from unleak.console import UsageError, complain, count, is_terminal, printable
from unleak.decision import Blend
from unleak.judge import installed, shelf
from unleak.judge.bundle import PLAIN, Bundle, BundleError, bundled
from unleak.judge.shelf import InstalledError

if TYPE_CHECKING:
    from unleak.adapt.known import Known
    from unleak.adapt.lessons import Lesson
    from unleak.adapt.training import Progress
    from unleak.adapt.trial import Trial

LEAST, LEAST_HELD_BACK = 10, 3
"""Examples from which something can be learned, and on which it can be tried."""
_INSTALLED, _REFUSED = 0, 1
_NEEDED = {"torch": "PyTorch", "gguf": "the package gguf", "llama_cpp": "llama-cpp-python"}
_INSTALL = (
    "`pip install 'unleak[judge,adapt]'` fetches some 200 MB on a computer without a graphics card, and much more "
    "where pip takes the build for one (docs/adapt.md)"
)
_RESERVE = 1.5  # times as long as it would take at the pace of the first trial may the last one take
_SHOWN = 10  # labels that teach nothing


class _Lessons(NamedTuple):
    """What there is to learn."""

    learned: list[Lesson]
    held_back: list[Lesson]
    ask: float  # least probability by signals from which on the judge is asked
    problems: list[str]


class _Learned(NamedTuple):
    """What came of it."""

    blend: Blend
    trial: Trial


def run(arguments: Namespace) -> int:
    """Learn as `arguments` say; 0, or 1 where it is not worth having. Raises UsageError."""
    until = time.monotonic() + 60 * arguments.minutes
    if not arguments.dry_run:
        _require()
    try:
        if arguments.push:
            from unleak.judge.hub import check

            check(arguments.push)  # before all the work
        base = _base()
        lessons = _lessons(arguments, Blend.of(base.decision))
        _complain(lessons.problems)
        _tell(arguments, _told(lessons))
        if arguments.dry_run:
            return _dry(arguments, base, lessons)
        try:
            with shelf.staging() as folder:
                learned = _learn(arguments, base, lessons, folder, until)
                used = "" if learned.trial.refusal else _installed(arguments.name, base, folder, learned)
        except OSError as error:
            raise shelf.failed(error) from None
        return _end(arguments, base, learned.trial, lessons, used)
    except (BundleError, InstalledError) as error:
        raise UsageError(str(error)) from None


def _require() -> None:
    """Raise UsageError where what learning needs is not installed, or cannot be used."""
    for name, title in _NEEDED.items():
        if importlib.util.find_spec(name) is None:
            raise UsageError(f"learning needs {title}, which is not installed: {_INSTALL}")
    try:
        import torch
    except (ImportError, OSError) as error:
        raise UsageError(f"PyTorch is installed and cannot be loaded ({error}): install it anew") from None
    if not hasattr(torch.nn.functional, "rms_norm"):
        raise UsageError(f"PyTorch {torch.__version__} is too old: `pip install 'torch>=2.4'`")


def _base() -> Bundle:
    """The judge that learns: the one in use or, where that has an adapter, the one below it."""
    try:
        bundle = Bundle.load(chosen_judge().folder)
    except NoJudgeError as error:
        raise UsageError(str(error) or f"there is no judge to learn: {VARIABLE} says so") from None
    if bundle.adapter:
        path = shelf.base_path(bundle)
        bundle = Bundle.load(path.parent) if path else bundle
    if bundle.prompt != PLAIN:
        raise UsageError(f"{bundle.name} is asked in a form in which it cannot learn here: choose a judge of unleak's")
    if bundle.folder not in (bundled(), *shelf.model_folders()):
        raise UsageError(f"{bundle.folder} is not installed, and an adapter to it would not run: import it first")
    return bundle


def _lessons(arguments: Namespace, blend: Blend) -> _Lessons:
    from unleak.adapt.lessons import (
        LessonsError,
        ask_for,
        from_examples,
        from_files,
        held_back,
        one_sided,
        read_folder,
    )
    from unleak.scanner import Scanner

    if arguments.folder is None and not arguments.kept:
        raise UsageError("name a folder of labelled examples, or learn from what was --kept (docs/adapt.md)")
    lessons: list[Lesson] = []
    problems: list[str] = []
    ask = blend.ask
    try:
        if arguments.folder is not None:
            folder = Path(arguments.folder)
            files = read_folder(folder)
            config, wrong = for_folder(folder.absolute(), Config())
            scanner = Scanner(config=config, blend=blend)
            problems += [*wrong, *scanner.problems]
            ask = ask_for(files, scanner)
            found, missed = from_files(files, scanner.judging(blend._replace(ask=ask)))
            lessons += found
            problems += missed
        if arguments.kept and feedback.file().exists():
            lessons += from_examples(feedback.read(feedback.file()))
        learned, kept = held_back(lessons)
    except LessonsError as error:
        raise UsageError(str(error)) from None
    if _size(learned) < LEAST or _size(kept) < LEAST_HELD_BACK:
        _complain(problems)
        there = f"{count(_size(lessons), 'example')} in {count(len({each.source for each in lessons}), 'file')}"
        least = f"give at least {LEAST + LEAST_HELD_BACK}, in several files"
        raise UsageError(f"{there} are too few to learn from and to see what came of it: {least}")
    return _Lessons(learned, kept, ask, [*problems, *one_sided(lessons)])


def _complain(problems: Sequence[str]) -> None:
    for problem in problems[:_SHOWN]:
        complain(problem)
    if len(problems) > _SHOWN:
        complain(f"and {count(len(problems) - _SHOWN, 'label')} more like these")


def _size(lessons: Sequence[Lesson]) -> int:
    return sum(lesson.known.size for lesson in lessons)


def _told(lessons: _Lessons) -> str:
    learned, kept = _size(lessons.learned), _size(lessons.held_back)
    return f"{count(learned + kept, 'example')}: {learned:,} to learn from, {kept:,} held back to see what comes of it."


def _dry(arguments: Namespace, base: Bundle, lessons: _Lessons) -> int:
    from unleak.adapt.trial import Score, ask

    every = [lesson.known for lesson in (*lessons.learned, *lessons.held_back)]
    score = Score.of(ask(base, every), Blend.of(base.decision))
    if arguments.json:
        print(
            json.dumps(
                {"examples": sum(known.size for known in every), "right": score.accuracy, "decided": score.decided}
            )
        )
    else:
        print(f"The judge is right on {score.accuracy:.0%} of them now, and {score.decided:.0%} are decided right.")
    return _INSTALLED


def _learn(arguments: Namespace, base: Bundle, lessons: _Lessons, folder: Path, until: float) -> _Learned:
    """Make the bundle of an adapter in `folder`, and try it out."""
    import torch

    from unleak.adapt import adapter_file
    from unleak.adapt.making import FILE, describe
    from unleak.adapt.reference import REPEATED, TRIED, Opinions, questions
    from unleak.adapt.training import Recipe, learn, rows_of
    from unleak.adapt.trial import Score, Trial, ask, f1_of, fitted
    from unleak.adapt.variation import Variation
    from unleak.adapt.weights import NetworkError, changes_of, read_network
    from unleak.judge.model import Model

    torch.set_num_threads(1)  # a second one would mostly wait at these sizes, and do so spinning
    blend, opinions = Blend.of(base.decision), Opinions.read()
    taught, kept = ([lesson.known for lesson in part] for part in (lessons.learned, lessons.held_back))
    tried = questions(TRIED)
    began = time.monotonic()
    team, everybody = (Score.of(ask(base, part), blend) for part in (kept, tried))
    took = time.monotonic() - began
    expected = f1_of(blend, opinions)
    if team.is_perfect:
        return _Learned(blend, Trial(team, team, everybody, everybody, expected, expected))
    model = Model(base)
    try:
        variation, repeated = Variation(taught), rows_of(model, questions(REPEATED))
        network = read_network(shelf.verified(base))
        until -= _RESERVE * took * (_asked(taught) + _asked(kept) + _asked(tried)) / (_asked(kept) + _asked(tried))
        if until < time.monotonic():
            raise UsageError("trying out takes longer than that, and nothing was learned: give it more --minutes")
        _, learned = learn(
            network, model.labels, base.calibration,
            lambda chance: rows_of(model, [variation.of(known, chance) for known in taught]),
            repeated, Recipe(rank=arguments.rank), _Told(until, quiet=arguments.json), until=until,
        )  # fmt: skip
    except NetworkError as error:
        raise UsageError(str(error)) from None
    finally:
        model.close()
    adapter_file.write(*changes_of(learned), folder / FILE, name=arguments.name, base=base.sha256)
    bundle = describe(folder, base, arguments.name, "1", blend, None)
    blend = fitted(blend, ask(bundle, taught), opinions, least=lessons.ask)
    team_after, everybody_after = (Score.of(ask(bundle, part), blend) for part in (kept, tried))
    return _Learned(blend, Trial(team, team_after, everybody, everybody_after, expected, f1_of(blend, opinions)))


def _asked(questions: Sequence[Known]) -> int:
    """How many answers these take."""
    return sum(len(known.question.suffixes) for known in questions)


def _installed(name: str, base: Bundle, folder: Path, learned: _Learned) -> str:
    """Install the adapter that lies in `folder` under the next version, and choose it; its id."""
    from unleak.adapt.making import describe
    from unleak.judge.importing import install

    while True:
        version = _next_version(name)
        describe(folder, base, name, version, learned.blend, learned.trial)
        try:
            used = install(folder)
        except InstalledError:
            if _next_version(name) == version:
                raise
        else:  # nobody was quicker
            installed.choose(installed.find(used))
            return used


def _end(arguments: Namespace, base: Bundle, trial: Trial, lessons: _Lessons, used: str) -> int:
    """Say what came of it, and upload it where that is wanted."""
    from unleak.adapt.making import figures

    told = {"installed": used, "refused": trial.refusal, "asked_from": lessons.ask, **figures(trial)}
    _tell(arguments, _table(trial))
    if used:
        back = f"{base.name}@{base.version}"
        _tell(arguments, f"{used} is installed, and the judge from now on; `unleak model use {back}` goes back.")
    else:
        _tell(arguments, f"Nothing was installed: {trial.refusal}.")
    try:
        if used and arguments.push:
            told["pushed"] = f"{arguments.push}@{_pushed(used, arguments.push)}"
            _tell(arguments, f"It is uploaded; others get it by `unleak model pull {told['pushed']} --use`.")
    finally:
        if arguments.json:
            print(json.dumps(told, indent=2))
    if used and os.environ.get(VARIABLE):
        complain(f"{VARIABLE} is set here, and counts before what is chosen")
    return _INSTALLED if used else _REFUSED


def _pushed(used: str, repository: str) -> str:
    """Upload what is installed; the commit."""
    from unleak.judge.hub import push

    try:
        return push(shelf.folder() / used, repository)
    except InstalledError as error:
        again = f"`unleak model push {used} {repository}` tries again"
        raise InstalledError(f"{used} is installed, but not uploaded: {error}; {again}") from None


def _table(trial: Trial) -> str:
    team, everybody = (trial.team_before, trial.team_after), (trial.all_before, trial.all_after)
    rows = [
        ("", ("before", "after")),
        ("held-back examples, the judge right", tuple(f"{score.accuracy:.1%}" for score in team)),
        ("held-back examples, decided right", tuple(f"{score.decided:.1%}" for score in team)),
        ("reference questions, the judge right", tuple(f"{score.accuracy:.1%}" for score in everybody)),
        ("reference questions, F1", tuple(f"{score.f1:.3f}" for score in everybody)),
        ("code of all kinds, F1 expected", (f"{trial.blend_before:.3f}", f"{trial.blend_after:.3f}")),
    ]
    return "\n".join(f"{title:36}  {before:>7}  {after:>7}" for title, (before, after) in rows)


def _next_version(name: str) -> str:
    """The first whole number above those of the models of this name."""
    used = [entry.version for entry in installed.entries()[0] if entry.name == name and entry.installed]
    return str(1 + max([int(version) for version in used if version.isdecimal()], default=0))


def _tell(arguments: Namespace, text: str) -> None:
    if not arguments.json:
        print("\n".join(map(printable, text.split("\n"))), flush=True)


class _Told:
    """How far it is, on a terminal."""

    def __init__(self, until: float, *, quiet: bool) -> None:
        self._is_shown = not quiet and is_terminal(sys.stderr)
        self._began, self._until = time.monotonic(), until

    def __call__(self, progress: Progress) -> None:
        if self._is_shown:
            now = time.monotonic()
            left = min((now - self._began) / progress.epoch * (progress.of - progress.epoch), self._until - now)
            end = "\n" if progress.epoch == progress.of else ""
            sys.stderr.write(
                f"\r\x1b[KLearning: {progress.epoch} of {progress.of} rounds, loss {progress.loss:.2f}, "
                f"{max(0, left) / 60:.1f} minutes left{end}"
            )
            sys.stderr.flush()
