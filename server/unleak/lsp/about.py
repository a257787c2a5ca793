"""`unleak.about`: what is running here, for a bug report; no value, no text of a document, the home folder as `~`."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unleak import __version__
from unleak.lsp.handlers import PROTOCOL
from unleak.lsp.judge_status import Status

if TYPE_CHECKING:
    from unleak.lsp.session import Session


@dataclass(slots=True)
class About:
    """What the client gets, as it is."""

    version: str
    protocol: int
    python: str
    platform: str
    bundled: bool  # a server that comes with the extension, with a Python of its own
    matcher: str
    rules: int
    judge: dict[str, str]
    documents: int
    folders: int
    trusted: bool
    problems: list[str]  # with configuration and rules, as they were told


async def about(server: Session) -> dict[str, object]:
    """What is running, by the rules of the first workspace folder."""
    root = next(iter(server.settings.roots.values()), None)
    scanner = (await server.policies.of(root / "any file" if root else None)).scanner
    judge = server.judging.judge
    status = Status.of(judge.state, judge.model, 0)
    told = About(
        version=__version__,
        protocol=PROTOCOL,
        python=platform.python_version(),
        platform=platform.platform(),
        bundled=bool(getattr(sys, "frozen", False)),
        matcher=scanner.matcher,
        rules=len(scanner.catalog.rules),
        judge={"state": status.state, "reason": _discreet(status.reason), "model": status.model},
        documents=sum(1 for _ in server.documents),
        folders=len(server.settings.roots),
        trusted=server.settings.is_trusted,
        problems=[_discreet(problem) for problem in server.problems],
    )
    return asdict(told)


def _discreet(text: str) -> str:
    """`text` without the name of the person's home folder."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text
