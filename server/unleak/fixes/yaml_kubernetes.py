"""Kubernetes manifests, also as templates of a chart: `secretKeyRef` in a container's `env`, `$(NAME)` in texts."""

from __future__ import annotations

from collections.abc import Sequence

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import take
from unleak.fixes.source import Source
from unleak.fixes.yaml_text import (
    Scalar,
    Step,
    by_scalar,
    child_column,
    decoded,
    document_of,
    end_of,
    is_whole,
    put,
    siblings,
    steps_on,
    value_after,
)

_SECRET = (
    "A Secret is only encoded, not encrypted: keep it out of the repository, "
    "or write it as an ExternalSecret or a SealedSecret."
)
_CONFIG = (
    "Everyone who reads the cluster's objects reads a ConfigMap: move this key to a Secret "
    "and let the container read it by `secretKeyRef`."
)
_NO_PLACE = "Kubernetes puts no variable in here: keep the value in a Secret and name it where this field allows."


def move_kubernetes(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of containers as keys of a Secret that is called like the object."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    added: dict[Change, Change] = {}
    secret_name = ""
    for scalar, inside in by_scalar(source, secrets):
        kind, secret_name = _object(source, scalar)
        if kind == "Secret":
            raise Refusal(_SECRET)
        if kind == "ConfigMap":
            raise Refusal(_CONFIG)
        container = _container(scalar)
        if container is None:
            raise Refusal(_NO_PLACE)
        is_entry = scalar.key == "value" and container.key == "env"
        # An entry cannot refer to itself: where the variable has its name, all of its text moves.
        own = is_entry and _entry_name(source, scalar) in {secret.name for secret in inside}
        whole = len(inside) == 1 and (own or is_whole(source, scalar, inside[0].span))
        for secret in inside:
            take(values, {secret.name: decoded(source, scalar, None if whole else secret.span)})
        if is_entry and whole:
            changes.append(_reference(source, scalar, secret_name, inside[0].name))
            continue
        changes += put(source, scalar, [(secret, f"$({secret.name})") for secret in inside])
        new = _entry(source, scalar, container, secret_name, [secret.name for secret in inside])
        if new is not None:
            # Several texts of one container want the same entry at the same place: it is made once.
            at = next((one for one in added if one.span == new.span), None)
            if at is None:
                added[new] = new
            elif new.new != at.new:
                raise Refusal("Several secrets of one container need new entries: move them one by one.")
    secret_name = "NAME" if "{" in secret_name else secret_name
    notes = (
        f"Make the Secret from the variables: `kubectl create secret generic {secret_name} --from-env-file=.env` "
        "(it takes quotes in the file as they stand).",
    )
    return Move(tuple(merged([*changes, *added])), values, notes, "in a Secret of the cluster")


def _object(source: Source, scalar: Scalar) -> tuple[str, str]:
    """The kind of the object around a scalar, and the name of the Secret that its containers read."""
    lines = source.lines
    kind = name = ""
    inside = ""
    for line in document_of(lines, scalar.span.line):
        if lines[line][:1].isspace() and (name or "name:" not in lines[line]):
            continue
        for step in steps_on(lines, line):
            if not step.column:
                inside = step.key
            if step.key == "kind" and not step.column:
                kind = value_after(lines, step)
            elif step.key == "name" and inside == "metadata" and not name and step.column:
                name = value_after(lines, step)
    return kind, f"{name or 'app'}-secrets"


def _container(scalar: Scalar) -> Step | None:
    """The key of a container that a scalar stands under; None where it stands elsewhere, as in a probe."""
    for holder, dash, key in zip(scalar.steps, scalar.steps[1:], scalar.steps[2:], strict=False):
        if holder.key.lower().endswith("containers") and dash.key == "-" and key.key in ("env", "args", "command"):
            return key
    return None


def _entry_name(source: Source, scalar: Scalar) -> str:
    name = next((step for step in siblings(source.lines, scalar.steps[-1]) if step.key == "name"), None)
    return value_after(source.lines, name) if name is not None and not scalar.in_flow else ""


def _reference(source: Source, scalar: Scalar, secret: str, key: str) -> Change:
    """`valueFrom` in place of `value`."""
    step = scalar.steps[-1]
    span = Span(step.line, step.column, *scalar.span[2:])
    if scalar.in_flow:
        return Change(span, f"valueFrom: {{ secretKeyRef: {{ name: {secret}, key: {key} }} }}")
    indentation = " " * step.column
    return Change(span, source.line_break.join(_value_from(indentation, secret, key)).lstrip(" "))


def _value_from(indentation: str, secret: str, key: str) -> list[str]:
    return [
        f"{indentation}valueFrom:",
        f"{indentation}  secretKeyRef:",
        f"{indentation}    name: {secret}",
        f"{indentation}    key: {key}",
    ]


def _entry(source: Source, scalar: Scalar, container: Step, secret: str, names: Sequence[str]) -> Change | None:
    """New entries of the container's `env`, before whatever reads them; None where they are all there."""
    lines = source.lines
    env = next((step for step in siblings(lines, container) if step.key == "env"), None)
    if env is not None:
        below = [step for line in range(env.line + 1, end_of(lines, env)) for step in steps_on(lines, line)]
        there = {value_after(lines, step) for step in below if step.key == "name"}
        names = [name for name in dict.fromkeys(names) if name not in there]
        if not names:
            return None
        if value_after(lines, env):
            raise Refusal("The container's `env` is written in brackets: write it as a list of lines, then move this.")
        column = child_column(lines, env)
        column = env.column + 2 if column is None else column
        line = env.line + 1
    else:
        column, line = container.column + 2, container.line
    new = [] if env is not None else [f"{' ' * container.column}env:"]
    dash = " " * column
    for name in dict.fromkeys(names):
        new += [f"{dash}- name: {name}", *_value_from(f"{dash}  ", secret, name)]
    if env is None and any(step.key == "-" for step in steps_on(lines, line)):
        # The key opens its container behind the dash: the new one takes its place there.
        at = Span(line, container.column, line, container.column)
        return Change(at, source.line_break.join(new).lstrip(" ") + source.line_break + " " * container.column)
    return source.inserted(line, "\n".join(new))
