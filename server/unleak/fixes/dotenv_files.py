"""Files of variables: `.env` is where values live, `.env.example` is shared and holds names alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import take
from unleak.fixes.source import Source
from unleak.text import line_width

_SHARED = re.compile(r"(?i)(?:^|[._-])(?:example|sample|template|tpl|dist|defaults?|schema)(?:[._-]|$)")
_PAIR = re.compile(
    r"\s*(?:export\s+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:\"([^\"\\$`]*)\"|'([^']*)'|([^\s\"'#\\$`]*))[ \t]*(?:\s#.*)?$"
)


def is_private(name: str) -> bool:
    """Whether a file of this name is where values live: `.env`, `.env.local`, `.env.production`, and no sample."""
    return (name == ".env" or name.startswith(".env.")) and not _SHARED.search(name)


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Values of a shared file as values of `.env`, which keep their names; a refusal for `.env` itself."""
    if not _SHARED.search(source.path.rpartition("/")[2]):
        raise Refusal(
            "A file of variables is the right home for a value: keep it out of version control, "
            "for example by a line in .gitignore."
        )
    changes: list[Change] = []
    values: dict[str, str] = {}
    for secret in secrets:
        line = source.lines[secret.span.line]
        pair = _PAIR.match(line[: line_width(line)])
        if line.lstrip().startswith("#"):
            raise Refusal("Nothing reads a comment: replace the value by a placeholder.")
        group = next((group for group in (2, 3, 4) if pair and pair.span(group) == secret.span[1::2]), None)
        if pair is None or group is None or pair[1] != secret.name:
            raise Refusal("This file is shared: leave a placeholder here and put the value into .env under its name.")
        start = pair.start(group) - (group < 4)
        end = pair.end(group) + (group < 4)
        changes.append(Change(Span(secret.span.line, start, secret.span.line, end), ""))
        take(values, {secret.name: pair[group]})
    return Move(tuple(merged(changes)), values)
