"""What is known and not to be reported: what the configuration allows, the baseline, and inline marks (`marks`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from unleak.finding import Candidate, Finding, Severity

if TYPE_CHECKING:
    from unleak.config import Config
    from unleak.detect.catalog import Rule
    from unleak.suppress.baseline import Baseline

_NOTEBOOK = ".ipynb"
_OWN_KEY = ("hash_key", "unleak.toml")


class Silencer:
    """Applies one configuration: to rules, to findings beside their values, to findings by their places."""

    def __init__(self, config: Config | None, rules: Iterable[Rule], problems: list[str]) -> None:
        """What comes up later, a pattern that runs away, is added to `problems`."""
        self._levels = dict(config.severity) if config else {}
        self._allowances = config.allowances if config else None
        self._places = config.places if config else frozenset()
        self._problems = problems
        self._baseline: Baseline | None = None
        if config is not None and config.baseline is not None:
            self._baseline, wrong = _baseline(config.baseline, _stamp(config.baseline))
            problems += [problem for problem in wrong if problem not in problems]
        self._disabled = frozenset(config.disabled_rules if config else ())
        self._providers = {rule.id: rule.provider for rule in rules} if self._levels else {}

    def _level(self, rule: str) -> Severity | str | None:
        """The severity that the configuration gives a rule: None for off, "" where it says nothing."""
        if rule in self._levels:
            return self._levels[rule]
        return self._levels.get(f"{self._providers.get(rule) or rule.partition('-')[0]}/*", "")

    def _is_off(self, rule: str) -> bool:
        return rule in self._disabled or self._level(rule) is None

    def reviewed(
        self,
        decided: Sequence[tuple[Candidate, Finding]],
        line: str,
        shift: int,
        path: str,
        contexts: Callable[[Sequence[Finding]], Sequence[str]],
    ) -> list[Finding]:
        """The findings of one line with the severities that the configuration wants, silenced where it says so.

        `contexts` gives what stands around findings, as `baseline.contexts_of` says; only asked where that counts.
        """
        path = _file_of(path)
        findings = [self._allowed(candidate, finding, line, shift, path) for candidate, finding in decided]
        if self._baseline is None:
            return findings
        open_ones = [at for at, finding in enumerate(findings) if not finding.silenced]
        around = contexts([findings[at] for at in open_ones]) if open_ones else ()
        for at, context in zip(open_ones, around, strict=True):
            if self._baseline.knows(path, findings[at].rule, decided[at][0].value, context):
                findings[at] = replace(findings[at], silenced="in the baseline")
        return findings

    def _allowed(self, candidate: Candidate, finding: Finding, line: str, shift: int, path: str) -> Finding:
        if finding.silenced:
            return finding
        if (candidate.key, path.rpartition("/")[2]) == _OWN_KEY:
            return replace(finding, silenced="the key of the hashes in allow-lists, which others may know")
        if self._levels or self._disabled:
            if self._is_off(finding.rule):
                return replace(finding, silenced="its rule is off")
            level = self._level(finding.rule)
            if isinstance(level, Severity):
                finding = replace(finding, severity=level)
        if self._allowances:
            start, rule = candidate.span.column - shift, candidate.rule
            match = value = candidate.value
            if rule is not None and not rule.context and not rule.until and not candidate.wrapping:
                match = rule.match_of(line, start, start + len(value))
            reason = self._allowances.reason(finding.rule, value, match, line, path)
            self._problems += [text for text in self._allowances.problems if text not in self._problems]
            if reason:
                return replace(finding, silenced=f"allowed: {reason}")
        return finding

    def by_place(self, findings: list[Finding], path: str) -> list[Finding]:
        """`findings` of a whole text, those silenced that stand on a line which the configuration names."""
        if not self._places:
            return findings
        return [
            replace(finding, silenced="an imported ignore file names its line")
            if not finding.silenced and (path, finding.span.line) in self._places
            else finding
            for finding in findings
        ]


def _file_of(path: str) -> str:
    """The file that a path means: of a cell, whose path ends in what its language ends in, the notebook."""
    notebook, ending, _ = path.rpartition(_NOTEBOOK + ".")
    return notebook + _NOTEBOOK if ending else path


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=16)
def _baseline(path: Path, stamp: tuple[int, int]) -> tuple[Baseline | None, tuple[str, ...]]:
    """The baseline in a file as it was at `stamp`; none where there is no file."""
    from unleak.suppress.baseline import Baseline

    return Baseline.load(path) if any(stamp) else (None, ())
