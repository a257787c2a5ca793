"""nginx: its configuration reads no variables of the environment, so every value is refused with the ways there are."""

from __future__ import annotations

from collections.abc import Sequence

from unleak.fixes.change import Move, Refusal, Secret
from unleak.fixes.source import Source

NGINX = (
    "nginx reads no variables of the environment here: put this directive into a file that is not shared and "
    "`include` it, or make the file from a template with envsubst, as the official image does with "
    "/etc/nginx/templates/*.template."
)


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """A refusal that tells how nginx can be given a value."""
    if any(source.lines[secret.span.line].lstrip().startswith("#") for secret in secrets):
        raise Refusal("Nothing reads a comment: replace the value by a placeholder.")
    raise Refusal(NGINX)
