"""Docker Compose: `${NAME:?}`, which stops with the name where the variable is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import take
from unleak.fixes.source import Source
from unleak.fixes.yaml_text import by_scalar, decoded, is_whole, put

_STACK = re.compile(r"(?:^|/)(?:docker-)?stack\b[^/]*$")


def move_compose(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Compose file as variables that Compose puts in; it does so in every value, in no key."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    for scalar, inside in by_scalar(source, secrets):
        for secret in inside:
            whole = len(inside) == 1 and is_whole(source, scalar, secret.span)
            value = decoded(source, scalar, None if whole else secret.span)
            if re.search(r"\$[A-Za-z_{]", value.replace("$$", "")):
                raise Refusal("This value holds a reference itself: write its dollars double, then move it.")
            take(values, {secret.name: value.replace("$$", "$")})
        changes += put(source, scalar, [(secret, f"${{{secret.name}:?}}") for secret in inside])
    notes = ("Compose reads `.env` in the folder that it is started for.",)
    if _STACK.search(source.path):
        notes = ("`docker stack deploy` reads no `.env`: load it first, as in `set -a; . ./.env; set +a`.",)
    return Move(tuple(merged(changes)), values, notes)
