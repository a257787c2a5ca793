"""Which lines of a file a judge reads around candidates, chosen by structure and not by a blind window."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

WIDTH = 110
"""Code points of a line that are shown."""
ABOVE, BELOW = 260, 130
"""Code points of context above and below the candidates, beside their own lines."""
ENCLOSING = 4
FAR = 400
"""How many lines up the enclosing ones are looked for."""
TOP_LINES = 40
_SCAN = 3000
"""How many lines are searched for a use of the candidate's name."""

_TOP = re.compile(
    r"""\s*(?:import\b|from\s+\S+\s+import|package\b|namespace\b|using\b|use\b|require|\#include|\#!|<\?php|module\b
      |apiVersion:|kind:|version:|services:|describe\(|class\b|name:|\#\s|title:|FROM\b|<\w|resource\b|provider\b)""",
    re.VERBOSE,
)
_TELLS = re.compile(
    r"(?i)test|spec\b|mock|assert|fixture|example|sample|demo|junit|jest|chai|expect|django|flask|express|spring"
)
_CLOSING = re.compile(r"\s*(?:[\])}]|end\b|fi\b|done\b|esac\b|</)[\s;,)\]}]*\S{0,12}\s*$")
_SECTION = re.compile(r"\s*\[[^\]\n]{1,60}\]\s*$")
_LONG_RUN = re.compile(r"[A-Za-z0-9+/=_\-]{32,}")
_NAME = re.compile(r"[A-Za-z_]\w{3,40}$")


class Seen(NamedTuple):
    """What is read of a file beside the candidates themselves."""

    top: list[str]  # clipped lines from the head of the file
    enclosing: list[str]  # clipped lines that the candidates stand in, outermost first
    lines: range  # the numbers of the lines around the candidates, their own among them


def around(lines: Sequence[str], first: int, last: int) -> Seen:
    """What tells most about candidates that begin on the lines `first` to `last` (from 0, inclusive)."""
    start = _reach(lines, first, -1, ABOVE)
    stop = _reach(lines, last, 1, BELOW) + 1
    enclosing = _enclosing(lines, first, start)
    return Seen(_top(lines, start), [clipped(lines[number], 70) for number in enclosing], range(start, stop))


def tail_of(path: str) -> str:
    """The last three folders and the name of a path: what a reader goes by."""
    return "/".join(path.replace("\\", "/").split("/")[-4:])[-80:]


def clipped(line: str, width: int = WIDTH) -> str:
    """The line without its indentation, at most `width` code points of it; long tokens are cut short first."""
    line = _without_runs(line.strip()) if len(line) > 32 else line.strip()
    return line if len(line) <= width else line[:width] + "…"


def clipped_middle(text: str) -> str:
    """A stretch between two candidates: where it is long, its beginning and its end."""
    text = _without_runs(text) if len(text) > 32 else text
    return text if len(text) <= WIDTH else text[: WIDTH // 3] + "…" + text[-WIDTH // 2 :]


def _without_runs(text: str) -> str:
    text = text if len(text) <= 1000 else text[:500] + "…" + text[-500:]
    return _LONG_RUN.sub(lambda run: run[0][:10] + "…" + run[0][-2:], text)


def use_of(lines: Sequence[str], key: str, first: int, last: int) -> str:
    """The line that uses what `key` names, outside of the lines `first` to `last`; empty where none does."""
    if not _NAME.match(key):
        return ""
    word = re.compile(rf"\b{re.escape(key)}\b")
    begin = max(0, first - _SCAN)
    for number in (*range(last + 1, min(len(lines), last + _SCAN)), *range(begin, first)):
        line = lines[number]
        if key in line and len(line) < 1000 and (found := word.search(line)):
            at = max(0, found.start() - 40)
            return clipped(line[at : at + 80])
    return ""


def _reach(lines: Sequence[str], start: int, step: int, budget: int) -> int:
    """How far from line `start` on in one direction lines are worth reading: by size, not over two blank ones."""
    reached, number, blank = start, start + step, 0
    while 0 <= number < len(lines) and budget > 0:
        size = len(lines[number].strip())
        blank = blank + 1 if not size else 0
        if blank > 1:
            break
        budget -= min(size, WIDTH) + 4
        if size and budget > 0:
            reached = number
        number += step
    return reached


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _enclosing(lines: Sequence[str], first: int, start: int) -> list[int]:
    """The lines above `start` that are indented less and less than line `first`, outermost first."""
    found: list[int] = []
    level = _indentation(lines[first])
    section = False
    for number in range(first - 1, max(-1, first - FAR), -1):
        line = lines[number]
        if not line.strip() or len(line) > 1000:
            continue
        if _SECTION.match(line) and not section:
            section = True
            if number < start:
                found.append(number)
        elif level and (indentation := _indentation(line)) < level and not _CLOSING.match(line):
            level = indentation
            if number < start and any(map(str.isalnum, line)):
                found.append(number)
        if len(found) == ENCLOSING or (not level and section):
            break
    return found[::-1]


def _top(lines: Sequence[str], start: int) -> list[str]:
    """Up to three lines from the head of the file: those that tell most of what it is."""
    head = [number for number in range(min(start, TOP_LINES)) if lines[number].strip()]
    telling = [number for number in head if len(lines[number]) < 300 and _TELLS.search(lines[number])][:2]
    others = [number for number in head if number not in telling and _TOP.match(lines[number])]
    chosen = sorted((*telling, *(others or head)[: 3 - len(telling)]))
    return [clipped(lines[number], 60) for number in dict.fromkeys(chosen)]
