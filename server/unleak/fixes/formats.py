"""Formats of printf's family: a secret in the format becomes an argument of the call."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from unleak.finding import Span
from unleak.fixes.change import Change, Refusal, Secret
from unleak.fixes.escapes import UNTOLD
from unleak.fixes.uses import behind

_DIRECTIVE = re.compile(r"%(?P<flags>[^A-Za-z%@\"]*)(?P<end>[A-Za-z%@]?)")


def arguments_taken(text: str) -> int | None:
    """How many arguments the directives of a text take; None where they are numbered."""
    taken = 0
    for directive in _DIRECTIVE.finditer(text):
        if directive["end"] == "%":
            continue
        if "$" in directive["flags"] or "[" in directive["flags"]:
            return None
        taken += 1 + directive["flags"].count("*")
    return taken


def into_arguments(
    secrets: Sequence[Secret],
    ahead: Sequence[str],
    places: Sequence[Span],
    read: Callable[[str], str],
    directive: str = "%s",
) -> list[Change] | None:
    """Secrets of a format as directives and arguments; None where the format's arguments cannot be counted.

    `ahead` is the whole text of the format before each secret; `places` are the spans of the format itself and
    of each argument behind it; `read` gives what is written behind one of them for a variable.
    """
    changes: list[Change] = []
    added: dict[int, str] = {}
    for secret, text in zip(secrets, ahead, strict=True):
        index = arguments_taken(text)
        if index is None or index >= len(places):
            return None
        changes.append(Change(secret.span, directive))
        added[index] = added.get(index, "") + read(secret.name)
    changes += [Change(behind(places[index]), new) for index, new in added.items()]
    return changes


def unformatted(value: str) -> str:
    """A value as a format prints it: `%%` is one `%`; Refusal where a directive is in it."""
    if "%" in value.replace("%%", ""):
        raise Refusal(UNTOLD)
    return value.replace("%%", "%")
