"""`unleak.baseline.create`: all that a scan of a project reports today, recorded as `unleak baseline create` does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types as lsp

from unleak.baseline_survey import Survey
from unleak.config import Config, Configs
from unleak.decision import Blend
from unleak.file_judge import FileJudge
from unleak.lsp.folder_argument import NOT_TRUSTED, folder_in
from unleak.lsp.handlers import BASELINE_CREATE
from unleak.lsp.progress import shown
from unleak.lsp.workspace_scan import Folder, ended, files_in, results_of
from unleak.suppress import baseline as baselines
from unleak.suppress.baseline import Baseline, BaselineError
from unleak.suppress.entries import Entry

if TYPE_CHECKING:
    from unleak.lsp.session import Session

TITLE = "Recording all findings in the baseline"
_CANCELLED = "This was cancelled: nothing was recorded."
_OFF = "unleak is switched off here by an unleak.toml with enable = false: nothing was recorded."


@dataclass(slots=True)
class Summary:
    """What it came to; the client gets it as it is."""

    created: str | None = None  # path of the baseline
    exists: bool = False  # there is one already, and it was left alone
    findings: int = 0
    cancelled: bool = False
    problem: str = ""


class _Job(NamedTuple):
    """All that is needed, for its thread."""

    folder: Path
    configs: Configs
    is_forced: bool
    blend: Callable[[], Blend | None]
    judge: FileJudge
    stop: threading.Event
    tell: Callable[[Sequence[str]], object]
    advance: Callable[[int, int], object]


async def create_baseline(server: Session, offered: lsp.ProgressToken | None, argument: object) -> dict[str, object]:
    """Record what is found below a folder.

    A baseline is for everybody who works on the project: of the person's own settings it goes by no more than the
    rules, the largest size and the judge, and else by the files of the project.
    """
    folder = folder_in(BASELINE_CREATE, argument)
    if not server.settings.is_trusted:
        return asdict(Summary(problem=NOT_TRUSTED))
    stop = threading.Event()
    loop = asyncio.get_running_loop()
    own = server.settings.base_for(folder / "any file")
    base = Config(extra_rules=own.extra_rules, max_file_size=own.max_file_size, feedback=False, judge=own.judge)
    async with shown(server, offered, TITLE, stop) as progress, server.one_scan:
        job = _Job(
            folder,
            Configs(base),
            isinstance(argument, Mapping) and argument.get("force") is True,
            server.judging.judge.blend,
            FileJudge(server.judging.judge.opened, budget=own.judge.budget, goes_on=lambda: not stop.is_set()),
            stop,
            lambda problems: loop.call_soon_threadsafe(server.tell, problems),
            lambda done, total: loop.call_soon_threadsafe(progress.report, done, total),
        )
        summary = await ended(loop.run_in_executor(server.scan_thread, partial(_made, job)), stop)
        progress.outcome = summary.problem or f"{summary.findings} recorded"
    if summary.created:
        server.files_changed([Path(summary.created)])
        server.reconfigure()
    return asdict(summary)


def _made(job: _Job) -> Summary:
    from unleak.scan_command import project_of

    config = job.configs.of(job.folder)
    if not config.enable:
        return Summary(problem=_OFF)
    survey = Survey(job.configs, job.folder, project_of(job.folder, config, job.folder).absolute())
    try:
        if not job.is_forced:
            baselines.refuse_existing(survey.file)
        found = _found(job, survey, job.blend() if config.judge.enabled else None)
        if found is None:
            return Summary(cancelled=True, problem=_CANCELLED)
        baselines.create(survey.file, found.baseline, force=job.is_forced)
    except BaselineError as error:
        return Summary(exists=not job.is_forced and survey.file.exists(), problem=str(error))
    return Summary(str(survey.file), findings=len(found.baseline.entries), problem=found.problem)


class _Found(NamedTuple):
    baseline: Baseline
    problem: str  # what a person should know of how it was made


def _found(job: _Job, survey: Survey, blend: Blend | None) -> _Found | None:
    """The baseline of what is found now; None where nobody waits for it any more."""
    empty, entries = Baseline.new(), list[Entry]()
    unjudged, because, failed = 0, "", 0
    folder = Folder(job.folder, survey.all_configs, blend, {}, ())
    files = list(takewhile(lambda _: not job.stop.is_set(), files_in(folder)))
    with closing(results_of(files, folder, job.judge, values=True, base=survey.project)) as results:
        for done, result in enumerate(takewhile(lambda _: not job.stop.is_set(), results), 1):
            job.tell(result.problems)
            job.advance(done, len(files))
            if not survey.counts(result.path):
                continue
            sights, result = survey.sights(empty, result)
            entries += [sight.entry for sight in sights if survey.is_reported(sight)]
            failed += result.failed
            unjudged, because = unjudged + result.unjudged, result.unjudged_because or because
    job.tell(tuple(folder.configs.problems))
    if job.stop.is_set():
        return None
    told = []
    if unjudged:
        told.append(f"The judge has not read {unjudged:,} candidates ({because}): the rules decided there.")
    if failed:
        told.append(f"{failed:,} files could not be read as they are: run this again.")
    return _Found(Baseline(empty.key, entries), " ".join(told))
