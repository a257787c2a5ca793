"""What a baseline would hold: the findings of one project as they are recorded, without any value."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from unleak.batch import FileResult
from unleak.config import BASELINE_NAME, Configs
from unleak.files import Unreadable, read_text
from unleak.finding import Finding, Severity, Span
from unleak.report.excerpt import Excerpt
from unleak.suppress.baseline import Baseline, contexts_of
from unleak.suppress.entries import Entry
from unleak.text import Text


class Sight(NamedTuple):
    """A finding as it is recorded, and how it is shown to a person."""

    entry: Entry
    path: str
    finding: Finding
    excerpt: Excerpt


class Survey:
    """One project and its baseline."""

    def __init__(self, configs: Configs, folder: Path, project: Path) -> None:
        """`folder` lies in the project, or is it."""
        self.configs = configs
        self.project = project
        self.file = configs.of(folder).baseline or project / BASELINE_NAME
        self._top = configs.top_of(folder)

    @property
    def all_configs(self) -> Configs:
        """The configurations by which everything is found, also what is known and what is weak."""
        return self.configs.changed(baseline=None, min_severity=Severity.HINT)

    def owns(self, path: str) -> bool:
        """Whether this baseline is the one that holds for a file, and not that of a project within this one."""
        folder = os.path.dirname(path)
        file = self.configs.of(folder).baseline or self.project / BASELINE_NAME
        return self.configs.top_of(folder) == self._top and file == self.file

    def counts(self, path: str) -> bool:
        """Whether what is found in a file is recorded here; the baseline itself holds no secrets."""
        return self.owns(path) and self.recorded(path) != self.recorded(self.file)

    def recorded(self, path: str | os.PathLike[str]) -> str:
        """How the baseline calls a file."""
        return os.path.relpath(path, self.project).replace(os.sep, "/")

    def text_of(self, path: str) -> Text:
        """The text of a file; raises Unreadable."""
        return Text(read_text(path, self.configs.of(os.path.dirname(path)).max_file_size))

    def sights(self, baseline: Baseline, result: FileResult) -> tuple[list[Sight], FileResult]:
        """The findings of a file, hashed by the key of `baseline`, and its result, which has its values.

        That is another one where the file cannot be read any more or is another one by now: it has no findings then.
        """
        path = self.recorded(result.path)
        contexts: list[str] = []
        if result.findings:
            try:
                text = self.text_of(result.path)
                spans = [finding.span for finding in result.findings]
                if not _stand(text, spans, result.values):
                    raise Unreadable("changed while it was read")
                contexts = contexts_of(text.lines, spans)
            except Unreadable as error:
                result = FileResult(result.path, skipped=str(error), failed=True)
        shown = zip(result.findings, result.values, contexts, result.excerpts, strict=True)
        return [
            Sight(baseline.entry_of(path, finding.rule, value, context), result.path, finding, excerpt)
            for finding, value, context, excerpt in shown
        ], result

    def is_reported(self, sight: Sight) -> bool:
        """Whether a scan reports it, and it is not too weak for that."""
        return sight.finding.severity >= self.configs.of(os.path.dirname(sight.path)).min_severity


def _stand(text: Text, spans: Sequence[Span], values: Sequence[str]) -> bool:
    """Whether `values` stand at `spans` in a text that may have become another one."""
    for span, value in zip(spans, values, strict=True):
        if span.end_line >= len(text.lines) or text.cut(span) != value:
            return False
    return True
