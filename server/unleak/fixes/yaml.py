"""YAML: which of its dialects a file is written in decides what a reference to a variable looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from unleak.fixes.change import Move, Refusal, Secret
from unleak.fixes.source import Source
from unleak.fixes.yaml_compose import move_compose
from unleak.fixes.yaml_kubernetes import move_kubernetes
from unleak.fixes.yaml_pipelines import PIPELINES, move_pipeline
from unleak.fixes.yaml_references import REFERENCES, WAYS, move_helm_values, move_rails, move_references
from unleak.fixes.yaml_text import document_of, scalar_at, steps_on
from unleak.fixes.yaml_workflows import move_azure, move_drone, move_workflow

_FILES: tuple[tuple[str, str], ...] = (
    (r"\.(?:github|gitea|forgejo)/workflows/[^/]+$", "actions"),
    (r"\.github/dependabot\.ya?ml$", "dependabot"),
    (r"(?:^|/)action\.ya?ml$", "action"),
    (r"(?:^|/|\.)\.?gitlab-ci[^/]*\.ya?ml$|(?:^|/)\.gitlab(?:-ci)?/", "gitlab"),
    (r"(?:^|/)\.circleci/", "circleci"),
    (r"(?:^|/)\.?azure-pipelines?\b[^/]*(?:$|/)", "azure"),
    (r"(?:^|/)bitbucket-pipelines\.ya?ml$", "bitbucket"),
    (r"(?:^|/)\.travis\.ya?ml$", "travis"),
    (r"(?:^|/)\.(?:drone|woodpecker)(?:/|\.ya?ml$)", "drone"),
    (r"(?:^|/)(?:docker-)?(?:compose|stack)\b[^/]*$", "compose"),
    (r"(?:^|/)serverless[^/]*\.ya?ml$", "serverless"),
    (r"(?:^|/)helmfile[^/]*\.ya?ml$", "helmfile"),
    (r"(?:^|/)values\b[^/]*\.ya?ml$", "helm values"),
    (r"(?:^|/)(?:application|bootstrap)(?:-[^/]*)?\.ya?ml$", "spring"),
    (r"(?:^|/)config/(?:packages|routes)/|(?:^|/)config/services[^/]*\.ya?ml$", "symfony"),
    (r"(?:^|/)config/locales/", "locales"),
    (r"(?:^|/)config/(?:database|cable|storage|cache|queue|redis|mongoid|secrets|sidekiq|newrelic)\.yml$", "rails"),
    (r"(?:^|/)(?:group_vars|host_vars)/|(?:^|/)roles/[^/]+/(?:tasks|vars|defaults|handlers)/", "ansible"),
    (r"(?:^|/)profiles\.yml$", "dbt"),
    (r"(?:^|/)mkdocs\.ya?ml$", "mkdocs"),
    (r"(?:^|/)\w+beat\.ya?ml$|(?:^|/)(?:elasticsearch|kibana|logstash)\.ya?ml$", "elastic"),
    (r"(?:^|/)provisioning/(?:datasources|notifiers|alerting|dashboards|plugins)/", "grafana"),
    (r"(?:^|/)cloudbuild[^/]*\.ya?ml$", "cloud build"),
    (r"(?:^|/)buildspec[^/]*\.ya?ml$", "codebuild"),
    (r"(?:^|/)kustomization\.ya?ml$", "kustomize"),
)
_TOPS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"AWSTemplateFormatVersion"}), "cloudformation"),
    (frozenset({"openapi", "paths"}), "openapi"),
    (frozenset({"swagger", "paths"}), "openapi"),
    (frozenset({"receivers", "exporters", "service"}), "collector"),
    (frozenset({"scrape_configs"}), "prometheus"),
    (frozenset({"route", "receivers"}), "prometheus"),
    (frozenset({"homeassistant"}), "home assistant"),
    (frozenset({"jenkins"}), "jenkins"),
    (frozenset({"runtime", "env_variables"}), "app engine"),
)
_MOVES: dict[str, Callable[[Source, Sequence[Secret]], Move]] = {
    "actions": move_workflow,
    "azure": move_azure,
    "drone": move_drone,
    "compose": move_compose,
    "kubernetes": move_kubernetes,
    "helm values": move_helm_values,
    "rails": move_rails,
}


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a YAML text as the references of its dialect; Refusal where it has none."""
    dialect = dialect_of(source, secrets)
    if dialect in _MOVES:
        return _MOVES[dialect](source, secrets)
    if dialect in PIPELINES:
        return move_pipeline(source, secrets, PIPELINES[dialect])
    if dialect in REFERENCES:
        return move_references(source, secrets, REFERENCES[dialect])
    for secret in secrets:
        scalar_at(source, secret.span)  # says first where no text of this file can be replaced
    raise Refusal(
        WAYS.get(
            dialect,
            "Plain YAML knows no variables: replace the value by a placeholder "
            "and let the program read it from the environment.",
        )
    )


def dialect_of(source: Source, secrets: Sequence[Secret] = ()) -> str:
    """What a YAML file is for, by its path and then by its keys; empty where nothing tells."""
    path = source.path.replace("\\", "/")
    for pattern, dialect in _FILES:
        if re.search(pattern, path):
            return dialect
    lines = source.lines
    place = secrets[0].span.line if secrets else 0
    tops = {
        step.key
        for line in document_of(lines, place)
        if not lines[line][:1].isspace()
        for step in steps_on(lines, line)
        if not step.column
    }
    if {"apiVersion", "kind"} <= tops:
        return "kubernetes"
    for keys, dialect in _TOPS:
        if keys <= tops:
            return dialect
    if "Resources" in tops and re.search(r"\bType[\"']?: *[\"']?(?:AWS|Alexa)::", source.text):
        return "cloudformation"
    if "services" in tops and re.search(r"^ +(?:image|build):", source.text, re.MULTILINE):
        return "compose"
    if "-" in tops and re.search(r"^(?:- |  )(?:hosts|ansible\.builtin\.[a-z_]+|become):", source.text, re.MULTILINE):
        return "ansible"
    return "rails" if "<%" in source.text else ""
