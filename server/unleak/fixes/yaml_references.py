"""Dialects of YAML where a reference is a text of its own: Spring, Ansible, Symfony, Rails, Helm and others."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import take
from unleak.fixes.source import Source
from unleak.fixes.yaml_text import Scalar, by_scalar, decoded, is_plain, is_whole, put, siblings


@dataclass(frozen=True, slots=True)
class Reference:
    """What stands for a variable (`NAME` is its name), and what else the dialect makes of a text.

    `plain` is False where a tag or the dialect wants the reference to be the whole value.
    """

    text: str
    notes: tuple[str, ...] = ()
    whole_only: bool = False
    doubled: str = ""  # a sign that is written twice to stand for itself
    live: str = ""  # a regex of what the dialect would expand inside the value
    tagged: bool = False  # the reference begins with a tag and is never quoted
    home: str = ""  # where the value belongs, where no `.env` is read


SECRETS_MANAGER = "in AWS Secrets Manager"
_SECRETS_MANAGER = (
    "Store the value in AWS Secrets Manager under the variable's name before the next deployment "
    "(`aws secretsmanager create-secret --name NAME --secret-string file://…`)."
)
REFERENCES = {
    "spring": Reference("${NAME}", live=r"\$\{"),
    "symfony": Reference("%env(NAME)%", doubled="%", live=r"%[A-Za-z]"),
    "ansible": Reference(
        "{{ lookup('env', 'NAME') }}",
        ("`ansible-vault encrypt_string` is the other way: the value stays in the repository, encrypted.",),
        live=r"\{[{%#]",
    ),
    "serverless": Reference("${env:NAME}", ("`useDotenv: true` makes Serverless read `.env`.",), live=r"\$\{"),
    "helmfile": Reference('{{ requiredEnv "NAME" }}', live=r"\{\{"),
    "dependabot": Reference(
        "${{secrets.NAME}}",
        ("Store the value among Dependabot's secrets of the repository.",),
        home="among the secrets of Dependabot",
    ),
    "dbt": Reference("{{ env_var('NAME') }}", live=r"\{[{%#]"),
    "mkdocs": Reference("!ENV NAME", whole_only=True, tagged=True),
    "home assistant": Reference("!env_var NAME", whole_only=True, tagged=True),
    "elastic": Reference("${NAME}", live=r"\$\{"),
    "jenkins": Reference("${NAME}", live=r"\$\{"),
    "collector": Reference("${env:NAME}", doubled="$", live=r"\$\{"),
    "grafana": Reference("${NAME}", doubled="$", live=r"\$[A-Za-z_{]"),
    "cloudformation": Reference("{{resolve:secretsmanager:NAME}}", (_SECRETS_MANAGER,), home=SECRETS_MANAGER),
}
WAYS = {
    "action": "An action gets no secrets by itself: take the value in as an input, "
    "which the workflow fills from its secrets.",
    "openapi": "A description of an interface is published: replace the value by a placeholder.",
    "locales": "Translations hold no variables: replace the value by a placeholder.",
    "prometheus": "Prometheus expands no variables here: write the value to a file and name it by `password_file`, "
    "`credentials_file` or the like.",
    "cloud build": "Store the value in Secret Manager, name it under `availableSecrets` "
    "and give it to the step by `secretEnv`.",
    "codebuild": "Store the value in Secrets Manager and name it under `env` > `secrets-manager`.",
    "app engine": "App Engine reads no variables here: store the value in Secret Manager "
    "and let the program read it from there.",
    "kustomize": "Name a file that git ignores under `secretGenerator` > `envs` in place of the value.",
}


def move_references(source: Source, secrets: Sequence[Secret], reference: Reference) -> Move:
    """Secrets as references inside their scalars."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    for scalar, inside in by_scalar(source, secrets):
        whole = len(inside) == 1 and is_whole(source, scalar, inside[0].span)
        if reference.whole_only and not whole:
            raise Refusal("A reference can only be a whole value here: store all of this text in the variable.")
        for secret in inside:
            take(values, {secret.name: _value(source, scalar, None if whole else secret, reference)})
        pairs = [(secret, reference.text.replace("NAME", secret.name)) for secret in inside]
        if reference.tagged:
            changes.append(Change(scalar.span, pairs[0][1]))
        else:
            changes += put(source, scalar, pairs)
    name = secrets[0].name
    notes = tuple(note.replace("NAME", name) for note in reference.notes)
    return Move(tuple(merged(changes)), values, notes, reference.home)


def _value(source: Source, scalar: Scalar, secret: Secret | None, reference: Reference) -> str:
    value = decoded(source, scalar, secret.span if secret else None)
    sign = reference.doubled
    if reference.live and re.search(reference.live, value.replace(sign * 2, "") if sign else value):
        raise Refusal("This value holds a reference itself: move it by hand.")
    if secret is not None:
        before = source.lines[secret.span.line][: secret.span.column]
        if before.rfind("{{") > before.rfind("}}") or before.rfind("${") > before.rfind("}"):
            raise Refusal("The value stands in an expression: read the variable there by hand.")
    return value.replace(sign * 2, sign) if sign else value


def move_helm_values(source: Source, secrets: Sequence[Secret]) -> Move:
    """Values of a chart: empty in the file, and given at the installation."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    notes: list[str] = []
    for scalar, inside in by_scalar(source, secrets):
        if len(inside) > 1 or not is_whole(source, scalar, inside[0].span):
            raise Refusal(
                "Values of a chart hold no references: give the secret a key of its own and let the template join them."
            )
        take(values, {inside[0].name: decoded(source, scalar)})
        changes.append(Change(scalar.span, '""'))
        path = ".".join(scalar.keys)
        is_alone = scalar.in_flow or not scalar.steps
        existing = [] if is_alone else [step.key for step in siblings(source.lines, scalar.steps[-1])]
        named = next((key for key in existing if key.lower().startswith("existingsecret")), None)
        if named:
            notes.append(f"Name a Secret of the cluster in `{named}`, which this chart reads in place of `{path}`.")
        else:
            notes.append(f"Give `{path}` at the installation, by `--values` with a file that git ignores.")
    return Move(tuple(merged(changes)), values, tuple(notes), "among the values that the installation gets")


def move_rails(source: Source, secrets: Sequence[Secret]) -> Move:
    """Values that Rails reads by way of ERB: the text is filled in before it is read as YAML."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    for scalar, inside in by_scalar(source, secrets):
        whole = len(inside) == 1 and is_whole(source, scalar, inside[0].span)
        for secret in inside:
            value = decoded(source, scalar, None if whole else secret.span)
            take(values, {secret.name: value})
            read = f'ENV.fetch("{secret.name}")'
            if whole and (scalar.style == "plain" or json.dumps(value) != f'"{value}"' or "'" in value):
                # JSON's strings are YAML's: any value stays one string.
                safe = scalar.style == "plain" and is_plain(value, scalar.in_flow)
                changes.append(Change(scalar.span, f"<%= {read} %>" if safe else f"<%= {read}.to_json %>"))
                continue
            if value != source.cut(scalar.content if whole else secret.span):
                raise Refusal("ERB fills in the text before YAML reads it: this value would mean something else there.")
            quote = "'" if scalar.style == '"' else '"'
            changes.append(Change(secret.span, f"<%= ENV.fetch({quote}{secret.name}{quote}) %>"))
    return Move(tuple(merged(changes)), values)
