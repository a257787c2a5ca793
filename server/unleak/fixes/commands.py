"""Shell commands inside other files: a reference in place of a value, in the quoting that stands around it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Refusal
from unleak.fixes.source import Source, within

_STATES = frozenset({"string", "raw_string", "ansi_c_string", "comment", "heredoc_body", "word", "heredoc_content"})
_UNCLEAR = "What the shell makes of this value cannot be told here: move it by hand."


class Command(NamedTuple):
    """The text that a shell gets, and where each of its characters stands in the file (one place more at the end).

    `spell` writes new text as the file needs it.
    """

    text: str
    places: tuple[tuple[int, int], ...]
    spell: Callable[[str], str]


def moved(command: Command, span: Span, name: str, shell: str = "sh") -> tuple[Change, str]:
    """The change that puts a variable in place of a span of the file, and the value as the shell sees it.

    `shell` is `sh`, `pwsh` or `cmd`. Raises Refusal where the shell expands nothing: comments, quoted heredocs.
    """
    start, end = bisect_left(command.places, span[:2]), bisect_left(command.places, span[2:])
    if shell == "sh":
        first, last, new, value = _in_sh(command.text, start, end, name)
    elif shell == "pwsh":
        first, last, new, value = _in_powershell(command.text, start, end, name)
    else:
        first, last, new, value = start, end, f"%{name}%", command.text[start:end]
    return Change(Span(*command.places[first], *command.places[last]), command.spell(new)), value


def _in_sh(text: str, start: int, end: int, name: str) -> tuple[int, int, str, str]:
    source = Source(text, "command.sh", "bash")
    place = _place(text, start) + _place(text, end)
    node = within(source.node_at(Span(*place)), _STATES)
    kind = node.type if node is not None else "word"
    raw = text[start:end]
    braced = f"${{{name}}}" if re.match(r"\w", text[end : end + 1]) else f"${name}"
    if kind == "raw_string":
        if text[start - 1 : start] == "'" and text[end : end + 1] == "'":
            return start - 1, end + 1, f'"${name}"', raw
        if text[end : end + 1] == "'":
            return start, end + 1, f'\'"${name}"', raw
        if text[start - 1 : start] == "'":
            return start - 1, end, f'"${name}"\'', raw
        return start, end, f"'\"${name}\"'", raw
    if kind in ("string", "heredoc_body", "heredoc_content"):
        if kind != "string":
            redirect = within(node, ("heredoc_redirect",)) if node is not None else None
            begin = redirect and next((child for child in redirect.children if child.type == "heredoc_start"), None)
            if begin is None or re.search(r"[\"'\\]", source.text_of(begin)):
                raise Refusal("The shell expands nothing in this heredoc: take the quotes from its mark first.")
        if re.search(r"\$[\w({]|`", re.sub(r"\\.", "", raw)):
            raise Refusal(_UNCLEAR)
        return start, end, braced, re.sub(r'\\(["$`\\])', r"\1", raw)
    if kind == "comment":
        raise Refusal("The value stands in a comment: replace it by a placeholder.")
    if kind == "ansi_c_string" or re.search(r"[\s$`\"'*?]", re.sub(r"\\.", "", raw)):
        raise Refusal(_UNCLEAR)
    return start, end, f'"${name}"', re.sub(r"\\(.)", r"\1", raw)


def _in_powershell(text: str, start: int, end: int, name: str) -> tuple[int, int, str, str]:
    raw, reference = text[start:end], f"$env:{name}"
    line = text[text.rfind("\n", 0, start) + 1 : start]
    quote = ""
    for char in line:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "#":
            raise Refusal("The value stands in a comment: replace it by a placeholder.")
    if re.search(r"[`$\"']", raw):
        raise Refusal(_UNCLEAR)
    if not quote:
        return start, end, reference, raw
    if line.endswith(quote) and text[end : end + 1] == quote:
        return start - 1, end + 1, reference, raw
    if quote == "'":
        raise Refusal("Nothing is expanded in single quotes: write the string with double ones, then move its value.")
    return start, end, f"$({reference})" if re.match(r"[\w:.\[]", text[end : end + 1]) else reference, raw


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at), at - (text.rfind("\n", 0, at) + 1)
