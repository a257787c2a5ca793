"""Pipelines of Jenkins: a credential of the store, bound in `environment { }` and read as any variable.

Commands read it by their shell (`$NAME`), never by a template of Groovy, which would write it into the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.groovy_strings import Piece, Strings, decoded, templated
from unleak.fixes.literals import take
from unleak.fixes.source import Source
from unleak.fixes.uses import gaps

_SHELLS = {"sh": "${{{}}}", "bat": "%{}%", "powershell": "$env:{}", "pwsh": "$env:{}"}
_COMMAND = re.compile(r"\b(sh|bat|powershell|pwsh)\b[\s(]*(?:[^\r\n;{}]{0,200}?\bscript\s*:\s*)?\Z")
_ENTRY = re.compile(r"^[ \t]*\w+[ \t]*=[ \t]*\Z")
_INDENT = 4  # what a block is indented by where no line tells it


def move_pipeline(source: Source, strings: Strings, masked: str, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Jenkinsfile as credentials."""
    blocks = list(_environments(masked))
    of: dict[Piece, list[Secret]] = {}
    for secret in sorted(secrets):
        of.setdefault(strings.piece_at(secret.span), []).append(secret)
    changes: list[Change] = []
    values: dict[str, str] = {}
    bound: list[str] = []
    for piece, inside in of.items():
        literal = strings.literal(piece)
        for secret in inside:
            take(values, {secret.name: decoded(literal, source.cut(secret.span)).strip()})
        within = any(start <= piece.start < end for start, end in blocks)
        alone = len(inside) == 1 and not any(gap.strip() for gap in gaps(source, literal.content, inside))
        line = masked[masked.rfind("\n", 0, piece.start) + 1 : piece.start]
        if within and alone and _ENTRY.match(line):
            changes.append(Change(literal.span, f"credentials('{_id(inside[0].name)}')"))
            continue
        bound += [secret.name for secret in inside]
        changes += _read(source, strings, masked, piece, inside, "" if within else "env.")
    names = list(dict.fromkeys(bound))
    declarative = re.search(r"^[ \t]*pipeline\s*\{", masked, re.MULTILINE)
    if declarative and names:
        changes.append(_binding(source, strings, masked, declarative.end(), names))
    ids = " and ".join(f"`{_id(name)}`" for name in values)
    notes = [f"Jenkins reads no .env: add the value to its credentials as “Secret text” with the id {ids}."]
    if names and not declarative:
        wrapped = ", ".join(f"string(credentialsId: '{_id(name)}', variable: '{name}')" for name in names)
        notes.append(f"Put the steps that read it into `withCredentials([{wrapped}]) {{ … }}`.")
    return Move(tuple(merged(changes)), values, tuple(notes), "in the credentials of Jenkins")


def _id(name: str) -> str:
    return name.lower().replace("_", "-")


def _read(
    source: Source, strings: Strings, masked: str, piece: Piece, secrets: Sequence[Secret], owner: str
) -> list[Change]:
    """The variable in place of the secrets of one string; `owner` stands before its name in Groovy."""
    literal = strings.literal(piece)
    command = _COMMAND.search(masked[max(0, piece.start - 300) : piece.start])
    if command:
        form = _SHELLS[command[1]]
        if literal.opening[0] != "'" and form.startswith("$"):
            form = "\\" + form
        for secret in secrets:
            before = strings.text[piece.inner : strings.offset(*secret.span[:2])]
            if command[1] != "bat" and before.replace("\\'", "'").rpartition("\n")[2].count("'") % 2:
                raise Refusal(
                    "The shell reads no variable between single quotes: use double ones, then move the value."
                )
        return [Change(secret.span, form.format(secret.name)) for secret in secrets]
    between = gaps(source, literal.content, secrets)
    if len(secrets) == 1 and not any(gap.strip() for gap in between):
        return [Change(literal.span, f"env.{secrets[0].name}")]
    changes = [Change(secret.span, f"${{{owner}{secret.name}}}") for secret in secrets]
    if literal.opening[0] != "'":
        return changes
    quotes = templated(literal, between)
    if quotes is None:
        raise Refusal("This string can hold no variable as it stands: put it in double quotes, then move the value.")
    for start, end, new in ((piece.start, piece.inner, quotes[0]), (piece.inner_end, piece.end, quotes[1])):
        changes.append(Change(strings.span(start, end), new))
    return changes


def _binding(source: Source, strings: Strings, masked: str, begin: int, names: Sequence[str]) -> Change:
    """Lines that bind credentials for the whole pipeline, whose block begins at `begin`."""
    depth, at, place, kind = 0, begin, begin, ""
    for word in re.finditer(r"[{}]|^[ \t]*(environment|agent)\b", masked[begin:], re.MULTILINE):
        if word[0] == "}":
            depth -= 1
            if depth < 0:
                break
            if depth == 0 and kind == "agent":
                place = begin + word.end()
        elif word[0] == "{":
            depth += 1
            if depth == 1 and kind == "environment":
                place = begin + word.end()
                break
        elif depth == 0:
            kind = word[1]
            at = begin + word.end()
            place = at if kind == "agent" else place
    line = strings.span(place, place).line
    outer = source.indentation(strings.span(begin, begin).line)
    following = next((text for text in source.lines[strings.span(begin, begin).line + 1 :] if text.strip()), "")
    inner = following[: len(following) - len(following.lstrip(" \t"))]
    step = inner[len(outer) :] if len(inner) > len(outer) and inner.startswith(outer) else " " * _INDENT
    entries = [f"{outer}{step}{step}{name} = credentials('{_id(name)}')" for name in names]
    if kind == "environment":
        return source.inserted(line + 1, "\n".join(entries))
    return source.inserted(line + 1, "\n".join([f"{outer}{step}environment {{", *entries, f"{outer}{step}}}"]))


def _environments(masked: str) -> Iterator[tuple[int, int]]:
    """Where the blocks `environment { }` begin and end."""
    for found in re.finditer(r"\benvironment\s*\{", masked):
        end = masked.find("}", found.end())
        yield found.end(), end if end >= 0 else len(masked)
