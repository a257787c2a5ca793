"""Passwords in command lines and in the files of servers that are written like commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unleak.detect.proposal import Proposal
from unleak.finding import Syntax

_VALUE = r"[\"'`]?(?P<value>[^\s\"'`|<>]+)"
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?i)\b(?:docker|podman|buildah|skopeo|oras|crane)\s+login\s[^\n|]*?\s(?:-p|--password)[=\s]\s*{_VALUE}",
        rf"(?i)\b(?:smbclient|rpcclient|smbmap|net)\s[^\n|]*?\s(?:-U|--user)[=\s]\s*[\"']?[^\s\"'%]+%{_VALUE}",
        rf"(?i)\bnet\s+use\s[^\n]*?/user:[^\s]+\s+{_VALUE}",
        rf"\bhtpasswd\s+-\w*b\w*\s+(?:-\w+\s+)*[^\s\-]\S*\s+[^\s\-]\S*\s+{_VALUE}",
        rf"\s-pass(?:in|out|wd)?\s+[\"']?pass:{_VALUE}",
        rf":_(?:authToken|password|auth)\s+{_VALUE}",
        r"\becho\s+(?:-\w+\s+)?(?P<quote>[\"'`]?)[\w.@\\\-]+:(?P<value>[^\s\"'`|]+)(?P=quote)\s*\|\s*(?:sudo\s+)?chpasswd",
        r"\becho\s+(?:-\w+\s+)?(?P<quote>[\"'`]?)(?P<value>[^\s\"'`|]+)(?P=quote)\s*\|\s*(?:sudo\s+)?"
        r"(?:passwd|su\s|sha\d+sum|md5sum|sudo\s+-S|[^\n|]*--(?:password|token)-stdin)",
        rf"^\s*user\s+\S+\s+(?:insecure-)?password\s+{_VALUE}",
        rf"(?i)(?:^|\bsetuser\s|\s)user\s+\S+\s[^\n]*?[\s\"']>{_VALUE}",
        r"^\s*[\w.*\-]+:(?:\d+|\*):[^\s:]+:[^\s:]+:(?P<value>\S+)\s*$",
        r"[\w.\-]@[\w\-]+\.[\w.\-]+:(?P<value>[^\s/:@,;]{4,})\s*$",
    )
)


def in_commands(line: str, start: int, end: int) -> Iterator[Proposal]:
    """The passwords of commands between `start` and `end`."""
    for form in _FORMS:
        match = form.search(line, start, end)
        if match is not None:
            yield Proposal(*match.span("value"), "password", Syntax.FLAG)
