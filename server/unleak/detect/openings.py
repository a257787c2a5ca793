"""Values that begin like a provider's format and do not have it: cut short, too long, made up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unleak.detect.catalog import Rule

LEAST = 4
"""Shorter beginnings are those of ordinary words."""
_SYNTAX = frozenset(".^$*+?{}[]|()\\")


class Openings:
    """The literal beginnings of the formats that are unmistakable."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[str, str] = {}
        for rule in rules:
            if rule.distinctive and not rule.until:
                opening = opening_of(rule.regex)
                if len(opening) >= LEAST and not opening.isalpha():
                    self._rules.setdefault(opening, rule.id)
        self._heads = frozenset(opening[:LEAST] for opening in self._rules)
        self._lengths = sorted({len(opening) for opening in self._rules}, reverse=True)

    def begins(self, value: str) -> str:
        """The id of the rule whose format `value` begins like; empty where there is none."""
        if value[:LEAST] not in self._heads:
            return ""
        return next((self._rules[value[:n]] for n in self._lengths if value[:n] in self._rules), "")


def opening_of(pattern: str) -> str:
    """The characters that every match of `pattern` begins with, as far as they are plain to see."""
    at = 0
    for lead in (r"\b", "(?:^|[^\\w\\-])", "("):
        if pattern.startswith(lead, at):
            at += len(lead)
    literal = ""
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern) and not pattern[at + 1].isalnum():
            char, at = pattern[at + 1], at + 1
        elif char in _SYNTAX:
            break
        if at + 1 < len(pattern) and pattern[at + 1] in "?*{":
            break
        literal += char
        at += 1
    return literal
