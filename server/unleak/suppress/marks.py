"""Being written."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unleak.finding import Finding

WORDS: tuple[str, ...] = ("unleak:",)
class Mark(NamedTuple):
    line: int
def marks_in(line: str, number: int) -> list[Mark]:
    return []
def silence(findings: Sequence[Finding], marks: Sequence[Mark]) -> list[Finding]:
    return list(findings)
