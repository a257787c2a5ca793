"""Batch files: `%NAME%`. There is no grammar; a line tells what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import CROSSES, take
from unleak.fixes.source import Source
from unleak.text import line_width

_COMMENT = re.compile(r"(?i)\s*@?\s*(?:rem(?=\W|$)|:)")
_SET = re.compile(r"(?i)(?:^|[&(|])[\s@]*set[ \t]+(?P<pair>[^\s\"=/][^\"=&|]*=)$")
_VARIABLE = re.compile(r"%(?:[^%\s\"]+%|[*\d]|~)")
_SIGNS = re.compile(r"[&|<>^()\"]")
_DELAYED = re.compile(r"(?i)enabledelayedexpansion|/v:on")


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a batch file as variables of the environment."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    for secret in secrets:
        new, value = _moved(source, secret)
        changes += new
        take(values, {secret.name: value})
    return Move(tuple(merged(changes)), values)


def _moved(source: Source, secret: Secret) -> tuple[list[Change], str]:
    span = secret.span
    if span.line != span.end_line:
        raise Refusal(CROSSES)
    line = source.lines[span.line]
    if _COMMENT.match(line):
        raise Refusal("Nothing reads a comment: replace the value by a placeholder.")
    if any(found.start() < span.end_column and found.end() > span.column for found in _expanded(line)):
        raise Refusal("The shell computes a part of this value: move what is fixed in it by hand.")
    _refuse_taken_name(source, secret)
    before, raw = line[: span.column], source.cut(span)
    quoted = before.count('"') % 2 == 1
    value = raw.replace("%%", "%")
    if not quoted:
        value = re.sub(r"\^(.)", r"\1", value)
    if (_DELAYED.search(source.text) and re.search(r"[!^]", value)) or (
        "%" in value and re.search(r"(?i)\bcall\s", before)
    ):
        raise Refusal("This file would expand the value a second time: move it by hand.")
    reference = Change(span, f"%{secret.name}%")
    if quoted or not _SIGNS.search(value):
        return [reference], value
    pair = _SET.search(before)
    if pair is None:
        raise Refusal("The value holds signs of the shell: put it in double quotes, then move it.")
    end = line_width(line)
    if line[span.end_column : end].strip():
        raise Refusal('The value holds signs of the shell: write set "NAME=value", then move it.')
    start = pair.start("pair")
    return [
        Change(Span(span.line, start, span.line, start), '"'),
        reference,
        Change(Span(span.line, span.end_column, span.line, span.end_column), '"'),
    ], value


def _expanded(line: str) -> list[re.Match[str]]:
    """Where the shell puts the values of variables; `%%` is a percent sign."""
    hidden = line.replace("%%", "\0\0")
    return list(_VARIABLE.finditer(hidden))


def _refuse_taken_name(source: Source, secret: Secret) -> None:
    """A variable that the file sets itself, before the value stands, does not come from the environment."""
    setting = re.compile(rf"(?i)[\s@(]*set\s+(?:/\w\s+)?\"?{secret.name}=(.*)")
    for line in source.lines[: secret.span.line]:
        found = setting.match(line)
        if found and f"%{secret.name}%" not in found[1] and source.cut(secret.span) not in found[1]:
            raise Refusal(f"This file sets {secret.name} itself: give the variable another name.")
