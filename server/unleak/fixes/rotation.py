"""What to do with a secret that others may have read: the steps, in the order in which they help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unleak.fixes.history import Committed

if TYPE_CHECKING:
    from unleak.detect.catalog import Rule

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")
_CURES = {
    "password": "Change the password",
    "connection-string": "Change the password in it",
    "private-key": "Make a new key pair and withdraw the old one wherever its public half is accepted",
    "session-token": "End the session",
    "signed-url": "Revoke the key that signed it, or wait until it expires",
}
"""By kind; else it is revoked."""


def history_sentence(committed: Committed) -> str:
    """That a value was committed, since when and what follows from it."""
    return (
        f"This value was committed already: it is in the history of this repository since {committed.commit} of "
        f"{committed.date}. Whoever has a copy can read it there, also when it is gone from the file."
    )


def rotation_steps(kind: str, rule: Rule | None, name: str = "") -> list[str]:
    """What to do, one plain sentence a step; `name` is the variable that takes the value in, where there is one."""
    cure = _CURES.get(kind, "Revoke it and make a new one")
    place = f" at {rule.rotation}" if rule and rule.rotation else ""
    home = f"in the variable {name}" if name else "in an environment variable or a secret store"
    return [
        f"{cure}{place}. Nothing else helps until that is done.",
        f"Keep the new value {home}, wherever the program runs, and not in the code.",
        "Look through the logs of the service for use that was not yours.",
        "Then, if it matters, rewrite the history. That alone makes nothing safe: clones, forks, caches and backups "
        "keep what was in it.",
    ]


def rotation_text(kind: str, rule: Rule | None, committed: Committed | None = None, name: str = "") -> str:
    """The sentence on the history, where the value is in it, and the steps: plain text, without the value."""
    steps = [f"{number}. {step}" for number, step in enumerate(rotation_steps(kind, rule, name), 1)]
    return "\n".join(([history_sentence(committed), ""] if committed else []) + steps)


def rotation_markdown(kind: str, rule: Rule | None, committed: Committed | None = None, name: str = "") -> str:
    """The same as Markdown; the provider's page is a link."""
    page = rule.rotation if rule else ""
    lines = []
    for line in rotation_text(kind, rule, committed, name).split("\n"):
        before, _, after = line.partition(page) if page else (line, "", "")
        linked = f"{_escaped(before)}<{page}>{_escaped(after)}" if after else _escaped(line)
        lines.append(linked)
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
