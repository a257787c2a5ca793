"""Pipelines whose secrets are variables of every job: GitLab, CircleCI, Bitbucket, Travis. `$NAME` reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from unleak.finding import Span
from unleak.fixes import commands
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import take
from unleak.fixes.source import Source
from unleak.fixes.yaml_text import (
    Scalar,
    by_scalar,
    command_of,
    decoded,
    end_of,
    is_whole,
    put,
    siblings,
    value_after,
)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How one service runs commands and keeps variables."""

    commands: frozenset[str]  # keys whose texts go to a shell
    variables: frozenset[str]  # keys that hold variables of jobs
    expands: bool  # whether `$NAME` is read in values of variables and in other fields
    note: str  # where a person stores the value: one sentence
    home: str  # the same in short


PIPELINES = {
    "gitlab": Pipeline(
        frozenset({"script", "before_script", "after_script"}),
        frozenset({"variables"}),
        True,
        "Store the value in GitLab under Settings > CI/CD > Variables, masked and protected.",
        "among the CI/CD variables of GitLab",
    ),
    "circleci": Pipeline(
        frozenset({"run", "command"}),
        frozenset({"environment"}),
        False,
        "Store the value in CircleCI under Project Settings > Environment Variables, or in a context.",
        "among the environment variables of CircleCI",
    ),
    "bitbucket": Pipeline(
        frozenset({"script", "after-script"}),
        frozenset(),  # a pipe gets only the variables that are handed to it
        True,
        "Store the value in Bitbucket under Repository settings > Repository variables, secured.",
        "among the variables of the repository at Bitbucket",
    ),
    "travis": Pipeline(
        frozenset(
            {"script", "before_script", "after_script", "install", "before_install", "after_success", "before_deploy"}
        ),
        frozenset({"env", "global", "jobs", "matrix"}),
        True,
        "Store the value in the settings of the repository at Travis CI, hidden in the log.",
        "in the settings of the repository at Travis CI",
    ),
}


def move_pipeline(source: Source, secrets: Sequence[Secret], pipeline: Pipeline) -> Move:
    """Secrets of a pipeline as variables that its service keeps."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    for scalar, inside in by_scalar(source, secrets):
        if scalar.key in pipeline.commands:
            for secret in inside:
                change, value = commands.moved(command_of(source, scalar), secret.span, secret.name)
                changes.append(change)
                take(values, {secret.name: value})
            continue
        whole = len(inside) == 1 and is_whole(source, scalar, inside[0].span)
        holder = scalar.keys[-2] if len(scalar.keys) > 1 else ""
        if holder in pipeline.variables and whole and (scalar.key == inside[0].name or not pipeline.expands):
            # The service sets the variable itself; a value here would stand in its way.
            changes.append(_without(source, scalar))
            take(values, {scalar.key: decoded(source, scalar)})
            continue
        assigned = _assignment(source, scalar, inside, pipeline)
        if assigned is not None:
            changes.append(assigned)
            take(values, {inside[0].name: decoded(source, scalar, inside[0].span)})
            continue
        is_login = scalar.key in ("password", "aws_secret_access_key")  # CircleCI reads `$NAME` for images alone
        if not pipeline.expands and not (is_login and whole):
            raise Refusal(
                "Variables are not expanded here: export the value in a `run` step that reads a variable, "
                "or store all of it as a variable."
            )
        for secret in inside:
            take(values, {secret.name: decoded(source, scalar, None if whole else secret.span)})
        changes += put(source, scalar, [(one, _reference(source, one)) for one in inside])
    return Move(tuple(merged(changes)), values, (pipeline.note,), pipeline.home)


def _reference(source: Source, secret: Secret) -> str:
    behind = source.lines[secret.span.end_line][secret.span.end_column :][:1]
    return f"${{{secret.name}}}" if re.match(r"\w", behind) else f"${secret.name}"


def _assignment(source: Source, scalar: Scalar, inside: Sequence[Secret], pipeline: Pipeline) -> Change | None:
    """The removal of a list entry `NAME=value` that would hide the variable of that name."""
    if len(inside) != 1 or scalar.key not in pipeline.variables or scalar.steps[-1].key != "-" or scalar.in_flow:
        return None
    before = source.cut(Span(*scalar.content[:2], *inside[0].span[:2])).rstrip("\"'")
    behind = source.cut(Span(*inside[0].span[2:], *scalar.content[2:])).strip("\"'")
    if before != f"{inside[0].name}=" or behind:
        return None
    dash = scalar.steps[-1]
    holder = scalar.steps[-2]
    dashes = [
        line
        for line in range(holder.line + 1, end_of(source.lines, holder))
        if source.lines[line].lstrip().startswith("- ")
    ]
    first, end = (
        (dash.line, scalar.span.end_line + 1) if len(dashes) > 1 else (holder.line, end_of(source.lines, holder))
    )
    return _deletion(source, first, end)


def _without(source: Source, scalar: Scalar) -> Change:
    """The removal of a key with its value, and of the key above where nothing else is in it."""
    steps = [step for step in scalar.steps if step.key != "-"]
    step = steps[-1]
    if scalar.in_flow or scalar.steps[-2:][0].key == "-":
        raise Refusal("Write the variables one on a line, then move this value.")
    if step.key == "value" and len(siblings(source.lines, step)) > 1:
        raise Refusal("Delete this variable here: the service sets it where its value is stored.")
    while len(steps) > 1 and len(siblings(source.lines, step)) == 1 and not value_after(source.lines, steps[-2]):
        if steps[-1] is not scalar.steps[-1] and len(siblings(source.lines, steps[-1])) > 1:
            break
        steps.pop()
        step = steps[-1]
    return _deletion(source, step.line, end_of(source.lines, step))


def _deletion(source: Source, first: int, end: int) -> Change:
    if end < len(source.lines):
        return Change(Span(first, 0, end, 0), "")
    return Change(Span(first, 0, end - 1, len(source.lines[end - 1])), "")
