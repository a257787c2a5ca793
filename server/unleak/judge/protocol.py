"""The protocol judge/1: what a judge sees of a candidate, and how it answers. The same for every model.

A question is a text in two parts. The *prefix* is what candidates near each other share, and is read once:

    <|file|>ROLE FAMILY PATH
    <|top|>the lines at the head of the file that say what it is about: imports, a package, a kind, a title
    <|in|>the lines that enclose the candidates, outermost first: a class, a function, the keys of YAML or JSON
    <|text|>the lines around them, each asked value replaced by its slot <|0|> … <|7|>

Each *suffix* asks about one candidate and is read by itself after the prefix:

    <|ask|><|SLOT|>what stands before it on its line<|value|>the value, shortened<|end|>what stands behind it
    <|use|>the first line elsewhere in the file that uses the name (left out where there is none)
    <|signals|><|SIGNAL|>…<|answer|>

The answer is one token: the probabilities are a softmax over the logits of the three label tokens alone
(`secret`, `test`, `safe`) behind the last token of the suffix. Nothing is generated and no value is repeated.

Sizes are code points, not tokens, so that every model sees the same text. Values of more than `LONGEST_VALUE`
code points are shown as their first `KEPT_HEAD`, an ellipsis, their last `KEPT_TAIL` and their size. Marks like
`<|` in files are written `<¦`, so that no file can speak for the protocol.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unleak.finding import Span
from unleak.judge import context

VERSION = "judge/1"
LABELS = ("secret", "test", "safe")
FIELDS = tuple(f"<|{name}|>" for name in "file top in text ask value end use signals answer".split())
SLOTS = tuple(f"<|{number}|>" for number in range(8))
"""One for each candidate that shares a prefix, in the order of the text."""

LONGEST_VALUE, KEPT_HEAD, KEPT_TAIL = 40, 24, 8
BEFORE, AFTER = 60, 28
"""Code points of the candidate's own line that a suffix shows on either side."""
REACH = 8
"""Candidates share a prefix when they begin at most this many lines apart, first to last."""


class Asked(NamedTuple):
    """A candidate with what the judge is told of it beside the text."""

    span: Span
    key: str
    signals: tuple[str, ...]


class Question(NamedTuple):
    """Candidates that share a context: the judge reads the prefix once, then each suffix by itself."""

    prefix: str
    suffixes: tuple[str, ...]


def questions(
    lines: Sequence[str], path: str, about: Sequence[str], asked: Sequence[Asked]
) -> list[tuple[Question, list[int]]]:
    """The questions on a file, each with the positions in `asked` of the candidates that it is about.

    `lines` have no line breaks; `about` are words on the file (its role, how it is written). What a question
    holds depends on the text and on the other candidates asked within `REACH` lines.
    """
    order = sorted(range(len(asked)), key=lambda at: asked[at].span)
    found = []
    for group in _groups(order, asked):
        spans = [asked[at].span for at in group]
        prefix = _prefix(lines, path, about, spans)
        suffixes = tuple(_suffix(lines, asked[at], slot, spans) for slot, at in enumerate(group))
        found.append((Question(prefix, suffixes), group))
    return found


def shortened(value: str) -> str:
    """The value as a judge sees it."""
    if len(value) <= LONGEST_VALUE:
        return value
    return f"{value[:KEPT_HEAD]}…{value[-KEPT_TAIL:]} {len(value)}"


def neutral(text: str) -> str:
    """Text of a file that cannot be taken for a mark of the protocol."""
    return text.replace("<|", "<¦")


def _groups(order: Iterable[int], asked: Sequence[Asked]) -> list[list[int]]:
    groups: list[list[int]] = []
    for at in order:
        span = asked[at].span
        last = groups[-1] if groups else []
        if last and len(last) < len(SLOTS) and span.line - asked[last[0]].span.line < REACH:
            last.append(at)
        else:
            groups.append([at])
    return groups


def _prefix(lines: Sequence[str], path: str, about: Sequence[str], spans: Sequence[Span]) -> str:
    seen = context.around(lines, spans[0].line, max(span.line for span in spans))
    parts = [f"<|file|>{' '.join(about)} {neutral(context.tail_of(path))}"]
    parts += [f"<|top|>{neutral(line)}" for line in seen.top]
    parts += [f"<|in|>{neutral(line)}" for line in seen.enclosing]
    text = [_slotted(lines[number], number, spans) for number in seen.lines]
    return "\n".join(parts) + "\n<|text|>" + "\n".join(text) + "\n"


def _slotted(line: str, number: int, spans: Sequence[Span]) -> str:
    """The line with slots in place of the asked values, each stretch between them clipped."""
    at = 0
    parts = []
    for slot, span in enumerate(spans):
        if span.line <= number <= span.end_line and (number in (span.line, span.end_line)):
            start = span.column if number == span.line else 0
            end = span.end_column if number == span.end_line else len(line)
            if start < at:
                continue
            parts.append(neutral(context.clipped_middle(line[at:start])))
            parts.append(SLOTS[slot])
            at = end
    if not parts:
        return neutral(context.clipped(line))
    return "".join(parts).lstrip() + neutral(context.clipped_middle(line[at:]))


def _suffix(lines: Sequence[str], asked: Asked, slot: int, spans: Sequence[Span]) -> str:
    span = asked.span
    line = lines[span.line]
    end = span.end_column if span.end_line == span.line else len(line)
    value = line[span.column : end]
    last = lines[span.end_line] if span.end_line != span.line else line
    before = line[max(0, span.column - BEFORE) : span.column].lstrip()
    after = last[span.end_column : span.end_column + AFTER].rstrip()
    use = context.use_of(lines, asked.key, span.line, span.end_line)
    return (
        f"<|ask|>{SLOTS[slot]}{neutral(before)}<|value|>{neutral(shortened(value))}<|end|>{neutral(after)}"
        + (f"<|use|>{neutral(use)}" if use else "")
        + "<|signals|>"
        + "".join(f"<|{signal}|>" for signal in asked.signals)
        + "<|answer|>"
    )
