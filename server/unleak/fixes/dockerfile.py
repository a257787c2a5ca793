"""Dockerfile: what an image is built with comes as a build secret, what it runs with when the container starts.

A value in `ENV` or `ARG` stays readable in the image, a reference to a build argument does as well. So such a line
goes, and the steps that read the variable mount it: `RUN --mount=type=secret,id=NAME,env=NAME`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import Literal, take
from unleak.fixes.shell import POSIX, decode_word, move_words
from unleak.fixes.source import Source

if TYPE_CHECKING:
    from tree_sitter import Tree

_WORD = re.compile(r"\s*([A-Za-z]+)(?=\s|$)")
_FLAG = re.compile(r"(?:[ \t]|\\\r?\n)+--[a-z-]+(?:=\S*)?")
_HEREDOC = re.compile(r"<<-?([\"']?)(\w+)\1")
_PAIR = re.compile(r"([A-Za-z_]\w*)=((?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|\\.|[^\s\"'\\])*)", re.S)
_LEGACY = re.compile(r"([A-Za-z_]\w*)[ \t]+(\S.*)$")
_SYNTAX = re.compile(r"(?:\s*#.*\n)*?\s*#\s*syntax\s*=\s*(?:docker/dockerfile:1\.(?P<minor>\d)\b(?![.\d]*\d{2}))?")
_AT_BUILD = "Build it with the variable set: `docker build {} .`."
_AT_START = "Give it to the container when it starts: `docker run --env-file .env`."


class Instruction(NamedTuple):
    """One instruction with all its lines; `begin` is where its arguments stand, behind its flags."""

    word: str
    line: int
    last: int
    begin: tuple[int, int]


class Step(Source):
    """A Dockerfile of which the shell sees the arguments of one instruction."""

    def __init__(self, source: Source, step: Instruction) -> None:
        super().__init__(source.text, source.path, "bash")
        self._step = step

    @cached_property
    def tree(self) -> Tree:
        lines = ["\n"] * len(self.lines)
        line, column = self._step.begin
        script = _HEREDOC.fullmatch(self.lines[line][column:].strip())
        for number in range(line + 1 if script else line, self._step.last + (0 if script else 1)):
            text = self.lines[number].rstrip("\r\n")
            if number == line:
                text = " " * column + text[column:]
            if not script and number > line and text.lstrip().startswith("#"):
                text = " " * (len(text.encode()) - 1) + "\\"  # such a line is taken out before the shell reads
            lines[number] = text + "\n"
        return Source("".join(lines), self.path, "bash").tree


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Dockerfile as build secrets and as variables of the container."""
    if re.match(r"(?:\s*#.*\n)*?\s*#\s*escape\s*=\s*`", source.text):
        raise Refusal("This Dockerfile is for Windows: pass the value when the container starts.")
    steps = _instructions(source)
    changes: list[Change] = []
    values: dict[str, str] = {}
    mounts: dict[Instruction, set[str]] = {}
    notes: list[str] = []
    inside: dict[Instruction, list[Secret]] = {}
    for secret in secrets:
        inside.setdefault(_step_of(source, steps, secret), []).append(secret)
    for step, its in inside.items():
        if step.word in ("ENV", "ARG"):
            new, moved, users = _out_of_settings(source, steps, step, its)
            changes += new
            take(values, moved)
            for user, names in users.items():
                mounts.setdefault(user, set()).update(names)
            notes += [_AT_START] if step.word == "ENV" else []
            continue
        _refuse_other(source, steps, step)
        words = move_words(Step(source, step), its, POSIX)
        changes += words.changes
        take(values, words.values)
        if step.word == "RUN":
            mounts.setdefault(step, set()).update(secret.name for secret in its)
        else:
            notes.append(_AT_START)
    for step, names in mounts.items():
        changes += _mounted(source, step, names)
    if mounts:
        changes += _newer_syntax(source)
        mounted = sorted(set().union(*mounts.values()))
        notes.append(_AT_BUILD.format(" ".join(f"--secret id={name},env={name}" for name in mounted)))
    return Move(tuple(merged(changes)), values, tuple(dict.fromkeys(notes)))


def _mounted(source: Source, step: Instruction, names: set[str]) -> list[Change]:
    """The flags with which a step reads build secrets as variables."""
    text = "".join(source.lines[step.line : step.last + 1])
    missing = sorted(name for name in names if not re.search(rf"--mount=type=secret\S*\benv={name}\b", text))
    flags = "".join(f" --mount=type=secret,id={name},env={name}" for name in missing)
    first = source.lines[step.line]
    column = len(first) - len(first.lstrip()) + len(step.word)
    return [Change(Span(step.line, column, step.line, column), flags)] if flags else []


def _newer_syntax(source: Source) -> list[Change]:
    """The directive with which builders of any age know secrets as variables, which came with version 1.10."""
    found = _SYNTAX.match(source.text)
    if found is None:
        return [source.inserted(0, "# syntax=docker/dockerfile:1")]
    if found["minor"] is None:
        return []
    line = found[0].count("\n")
    column = source.lines[line].index(f":1.{found['minor']}") + 2
    end = len(source.lines[line].rstrip())
    return [Change(Span(line, column, line, end), "")]


def _instructions(source: Source) -> list[Instruction]:
    """The instructions of a Dockerfile with their continued lines and here-documents."""
    found = []
    number = 0
    while number < len(source.lines):
        text = source.lines[number]
        word = _WORD.match(text)
        if word is None or text.lstrip().startswith("#"):
            number += 1
            continue
        first = last = number
        while last + 1 < len(source.lines) and (
            source.lines[last].rstrip().endswith("\\") or (last > first and source.lines[last].lstrip().startswith("#"))
        ):
            last += 1
        line, column = first, word.end()
        while flag := _FLAG.match(source.lines[line], column):
            column = flag.end()
            if "\n" in flag[0]:
                line, column = line + 1, len(source.lines[line + 1]) - len(source.lines[line + 1].lstrip())
        if source.lines[line][column:].strip() == "\\" and line < last:
            line, column = line + 1, 0
        if word[1].upper() in ("RUN", "COPY", "ADD"):
            for mark in _HEREDOC.finditer("".join(source.lines[first : last + 1])):
                end = next(
                    (at for at in range(last + 1, len(source.lines)) if source.lines[at].strip() == mark[2]), last
                )
                last = end
        found.append(Instruction(word[1].upper(), first, last, (line, column)))
        number = last + 1
    return found


def _step_of(source: Source, steps: Sequence[Instruction], secret: Secret) -> Instruction:
    text = source.lines[secret.span.line]
    step = next((one for one in steps if one.line <= secret.span.line <= one.last), None)
    is_heredoc = step is not None and "<<" in source.lines[step.line]
    if step is None or (text.lstrip().startswith("#") and not is_heredoc):
        raise Refusal("Nothing reads a comment: replace the value by a placeholder.")
    return step


def _refuse_other(source: Source, steps: Sequence[Instruction], step: Instruction) -> None:
    """Instructions of which no shell reads the text."""
    line, column = step.begin
    text = source.lines[line][column:].strip()
    if step.word == "HEALTHCHECK":
        text = re.sub(r"^CMD\s+", "", text)
    if step.word not in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
        raise Refusal(
            f"{step.word} stays readable in the image: fetch or set this in a RUN step with "
            "--mount=type=secret, or when the container starts."
        )
    if text.startswith("["):
        raise Refusal(
            f"This form of {step.word} reads no variables: let the program read the variable itself, or write it "
            "without brackets."
        )
    if any(one.word == "SHELL" and not re.search(r"\"(?:/\S*/)?\w*sh\"", source.lines[one.line]) for one in steps):
        raise Refusal("The shell of this Dockerfile is not known: pass the value when the container starts.")


def _out_of_settings(
    source: Source, steps: Sequence[Instruction], step: Instruction, secrets: Sequence[Secret]
) -> tuple[list[Change], dict[str, str], dict[Instruction, set[str]]]:
    """Take variables out of ENV or ARG; also the steps that must mount them from now on."""
    pairs = _pairs(source, step)
    values: dict[str, str] = {}
    users: dict[Instruction, set[str]] = {}
    gone: set[int] = set()
    for secret in secrets:
        at = next((at for at, pair in enumerate(pairs) if pair[1][:2] <= secret.span[:2] < pair[1][2:]), None)
        if at is None:
            raise Refusal(f"This {step.word} is not read for certain: write NAME=value, then move the value.")
        name, span, raw, quote = pairs[at]
        if name != secret.name or raw != source.cut(secret.span):
            raise Refusal(
                f"{step.word} stays readable in the image: take the whole of {name} out of this line and give it "
                + ("to the container when it starts." if step.word == "ENV" else "to the steps that read it.")
            )
        take(values, {name: decode_word(Literal(source.root, span, span, quote, quote), raw)})
        gone.add(at)
        reading = _readers(source, steps, step, name)
        if step.word == "ARG" and not reading:
            raise Refusal(
                f"No step names {name}: remove it here, and add --mount=type=secret,id={name},env={name} to the RUN "
                "that needs it."
            )
        for reader in reading:
            users.setdefault(reader, set()).add(name)
    return _without(source, step, [span for _, span, _, _ in pairs], gone), values, users


def _pairs(source: Source, step: Instruction) -> list[tuple[str, Span, str, str]]:
    """Name, place, bare value and quotes of the variables that an instruction sets."""
    pairs = []
    for number in range(step.begin[0], step.last + 1):
        text = source.lines[number]
        if number > step.begin[0] and text.lstrip().startswith("#"):
            continue
        column = step.begin[1] if number == step.begin[0] else 0
        matches = list(_PAIR.finditer(text, column))
        if not matches and step.word == "ENV" and step.line == step.last:
            legacy = _LEGACY.search(text.rstrip(), column + 1)
            matches = [legacy] if legacy else []
        for match in matches:
            value = match[2]
            quote = value[0] if value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1 else ""
            bare = value[1:-1] if quote else value
            pairs.append((match[1], Span(number, match.start(), number, match.end()), bare, quote))
    return pairs


def _without(source: Source, step: Instruction, spans: Sequence[Span], gone: set[int]) -> list[Change]:
    """The changes that take settings out of an instruction, and all of it where none stays."""
    if len(gone) == len(spans):
        if step.last + 1 < len(source.lines):
            return [Change(Span(step.line, 0, step.last + 1, 0), "")]
        return [Change(Span(step.line, 0, step.last, len(source.lines[step.last])), "")]
    kept = [at for at in range(len(spans)) if at not in gone]
    changes = []
    for at in gone:
        before = max((one for one in kept if one < at), default=None)
        if before is not None:
            start = spans[at - 1][2:]
            changes.append(Change(Span(*start, *spans[at][2:]), ""))
        else:
            changes.append(Change(Span(*spans[at][:2], *spans[at + 1][:2]), ""))
    return changes


def _readers(source: Source, steps: Sequence[Instruction], step: Instruction, name: str) -> list[Instruction]:
    """The RUN steps of the same stage that name a variable; Refusal where another instruction does."""
    reference = re.compile(rf"(?<!\\)\$(?:\{{{name}\b|{name}\b)")
    readers = []
    for one in steps[steps.index(step) + 1 :]:
        if one.word == "FROM" and any(other.word == "FROM" for other in steps[: steps.index(step)]):
            break
        if not any(reference.search(line) for line in source.lines[one.line : one.last + 1]):
            continue
        if one.word == "RUN":
            readers.append(one)
        elif one.word not in ("CMD", "ENTRYPOINT", "HEALTHCHECK") or step.word == "ARG":
            raise Refusal(
                f"{one.word} reads {name} and would keep it readable in the image: use it in a RUN step with "
                "--mount=type=secret alone."
            )
    return readers
