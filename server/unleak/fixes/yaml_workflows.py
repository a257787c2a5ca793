"""Pipelines where each step says which secrets it gets: GitHub Actions, Azure Pipelines, Drone and Woodpecker."""

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
    Step,
    by_scalar,
    child_column,
    command_of,
    decoded,
    end_of,
    is_whole,
    put,
    siblings,
    steps_on,
    value_after,
)

_NO_SECRETS = frozenset(
    {"if", "strategy", "matrix", "on", "runs-on", "uses", "image", "options", "concurrency", "group"}
)
_GITHUB_NOTE = "Store the value in the repository with {0}; pull requests of forks get none."
_AZURE_NOTE = "Store the value as a secret variable of the pipeline or in a variable group."
_DRONE_NOTE = "Store the value as a secret of the repository in the build service."


@dataclass(frozen=True, slots=True)
class Workflow:
    """How one service hands secrets to steps."""

    commands: dict[str, str]  # keys whose texts go to a shell, and which one; empty where the step says it
    environment: str  # the key of a step's variables
    entry: str  # a variable there, with NAME and the blanks of its indentation as `|`
    reference: str  # a secret inside another text; empty where there is none
    home: str  # where the value belongs


_ACTIONS = Workflow(
    {"run": ""}, "env", "NAME: ${{ secrets.NAME }}", "${{ secrets.NAME }}", "among the secrets of the repository"
)
_AZURE = Workflow(
    {"script": "", "bash": "sh", "pwsh": "pwsh", "powershell": "pwsh"},
    "env",
    "NAME: $(NAME)",
    "$(NAME)",
    "among the variables of the pipeline",
)
_DRONE = Workflow(
    {"commands": "sh"}, "environment", "NAME:\n|  from_secret: NAME", "", "among the secrets of the build service"
)


def move_workflow(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a GitHub Actions workflow as secrets of the repository."""
    for scalar, inside in by_scalar(source, secrets):
        in_jobs = scalar.keys[:1] in (("jobs",), ("env",))
        is_free = bool({"with", "env", "credentials", "secrets"} & set(scalar.keys[:-1]))
        if (
            not in_jobs
            or (scalar.key in _NO_SECRETS and not is_free)
            or {"strategy", "outputs"} & set(scalar.keys[2:3])
        ):
            raise Refusal("GitHub gives no secrets to this field: read the value in `env`, `with` or `run` of a step.")
        if scalar.keys[2:3] == ("with",):
            raise Refusal("A reusable workflow gets secrets under `secrets`, not under `with`: hand it over there.")
        for secret in inside:
            before = source.lines[secret.span.line][: secret.span.column]
            if before.rfind("${{") > before.rfind("}}"):
                raise Refusal("The value stands in an expression: read it from `env` of the step there.")
    names = " and ".join(dict.fromkeys(f"`gh secret set {secret.name}`" for secret in secrets))
    return _moved(source, secrets, _ACTIONS, _GITHUB_NOTE.format(names))


def move_azure(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of an Azure pipeline as its secret variables, which scripts get by `env` alone."""
    for scalar, inside in by_scalar(source, secrets):
        key = scalar.key
        if key == "value" and "variables" in scalar.keys:
            name = next((step for step in siblings(source.lines, scalar.steps[-1]) if step.key == "name"), None)
            key = value_after(source.lines, name) if name is not None else key
        if "variables" in scalar.keys and key in {secret.name for secret in inside}:
            raise Refusal("A variable cannot be read from itself: delete it here and store it as a secret variable.")
    return _moved(source, secrets, _AZURE, _AZURE_NOTE)


def move_drone(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a Drone or Woodpecker pipeline by `from_secret`."""
    return _moved(source, secrets, _DRONE, _DRONE_NOTE)


def _moved(source: Source, secrets: Sequence[Secret], workflow: Workflow, note: str) -> Move:
    changes: list[Change] = []
    values: dict[str, str] = {}
    wanted: dict[Step, dict[str, None]] = {}
    for scalar, inside in by_scalar(source, secrets):
        if scalar.key in workflow.commands and not _is_input(scalar):
            step = next(step for step in reversed(scalar.steps) if step.key == scalar.key)
            shell = workflow.commands[scalar.key] or _shell(source, scalar, step)
            for secret in inside:
                change, value = commands.moved(command_of(source, scalar), secret.span, secret.name, shell)
                changes.append(change)
                take(values, {secret.name: value})
                wanted.setdefault(step, {})[secret.name] = None
            continue
        whole = len(inside) == 1 and is_whole(source, scalar, inside[0].span)
        for secret in inside:
            take(values, {secret.name: decoded(source, scalar, None if whole else secret.span)})
        if workflow.reference:
            changes += put(source, scalar, [(one, workflow.reference.replace("NAME", one.name)) for one in inside])
        elif whole and {"environment", "settings"} & set(scalar.keys):
            changes.append(_from_secret(source, scalar, inside[0].name))
        else:
            raise Refusal("A secret can only be a whole value here: store all of this text as the secret.")
    for step, names in wanted.items():
        new = _variables(source, step, list(names), workflow)
        if new is not None:
            changes.append(new)
    return Move(tuple(merged(changes)), values, (note,), workflow.home)


def _is_input(scalar: Scalar) -> bool:
    return bool({"inputs", "with", "env", "variables"} & set(scalar.keys))


def _shell(source: Source, scalar: Scalar, step: Step) -> str:
    """The shell of a step: its own, the workflow's default or that of its system; Refusal for one not known."""
    lines = source.lines
    own = next((value_after(lines, one) for one in siblings(lines, step) if one.key == "shell"), "")
    if not own:
        default = re.search(
            r"^ *defaults:\s+run:\s+(?:working-directory:[^\n]*\s+)?shell: *(\w+)", source.text, re.MULTILINE
        )
        own = default[1] if default else ""
    job = next((one for one in scalar.steps if one.key in ("steps",)), None)
    system = " ".join(
        value_after(lines, one) for one in (siblings(lines, job) if job else ()) if one.key in ("runs-on", "pool")
    )
    if not own:
        windows = "windows" in system or re.search(r"^ *vmImage: *[\"']?windows", source.text, re.MULTILINE)
        own = ("cmd" if step.key == "script" else "pwsh") if windows else "bash"
    shell = own.split()[0]
    if shell in ("bash", "sh", "zsh"):
        return "sh"
    if shell in ("pwsh", "powershell"):
        return "pwsh"
    if shell == "cmd":
        return "cmd"
    raise Refusal("This step runs in no shell that is known here: hand it a variable by `env` and read that.")


def _variables(source: Source, step: Step, names: Sequence[str], workflow: Workflow) -> Change | None:
    """New variables of the step that `step` is the command of; None where it has them."""
    lines = source.lines
    around = next((one for one in siblings(lines, step) if one.key == workflow.environment), None)
    if around is None:
        new = [f"{' ' * step.column}{workflow.environment}:", *_entries(names, step.column + 2, workflow)]
        opens = any(one.key == "-" for one in steps_on(lines, step.line))
        # The command stays first where it opens its step.
        return source.inserted(end_of(lines, step) if opens else step.line, "\n".join(new))
    inside = range(around.line + 1, end_of(lines, around))
    there = {one.key for line in inside for one in steps_on(lines, line)}
    names = [name for name in names if name not in there]
    if not names:
        return None
    text = lines[around.line].rstrip()
    if text.endswith("}") and "{" in text:
        if "\n" in workflow.entry:
            raise Refusal("Write the variables of this step one on a line, then move the value.")
        blank = text[:-1].rstrip()
        at = Span(around.line, len(blank), around.line, len(blank))
        first = ", " if not blank.endswith(("{", ",")) else " "
        return Change(at, first + ", ".join(f'{name}: "{workflow.reference.replace("NAME", name)}"' for name in names))
    column = child_column(lines, around)
    entries = _entries(names, around.column + 2 if column is None else column, workflow)
    return source.inserted(around.line + 1, "\n".join(entries))


def _entries(names: Sequence[str], column: int, workflow: Workflow) -> list[str]:
    indentation = " " * column
    return [indentation + workflow.entry.replace("NAME", name).replace("|", indentation) for name in names]


def _from_secret(source: Source, scalar: Scalar, name: str) -> Change:
    step = scalar.steps[-1]
    if scalar.in_flow:
        return Change(scalar.span, f"{{ from_secret: {name} }}")
    if step.key == "-":
        raise Refusal("A list holds no secrets here: write the variables as keys with values.")
    line = source.lines[step.line]
    colon = line.index(":", step.column + len(step.key)) + 1
    return Change(
        Span(step.line, colon, *scalar.span[2:]), f"{source.line_break}{' ' * step.column}  from_secret: {name}"
    )
