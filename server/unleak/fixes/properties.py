"""Properties of Java: `${NAME}` where a framework resolves it; elsewhere the way of the tool that reads the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import Escapes
from unleak.fixes.literals import CROSSES, take
from unleak.fixes.source import Source, within

_ESCAPES = Escapes({"n": "\n", "t": "\t", "r": "\r", "f": "\f"}, frozenset({"four"}), free=True, continues=True)


class _Kind(NamedTuple):
    name: re.Pattern[str]
    form: str  # with `{}` for the variable; empty where the file holds no references
    otherwise: str = ""  # with `{}` for the key


_KINDS = [
    _Kind(re.compile(r"(?:application|bootstrap)(?:-[\w.-]+)?\.properties|microprofile-config\.properties"), "${{{}}}"),
    _Kind(re.compile(r"log4j2(?:-[\w.-]+)?\.properties"), "${{env:{}}}"),
    _Kind(
        re.compile(r"gradle\.properties"),
        "",
        "Gradle resolves no variables here, but it reads ORG_GRADLE_PROJECT_{} from the environment: delete this line "
        "and set that variable, or move the line to ~/.gradle/gradle.properties.",
    ),
    _Kind(
        re.compile(r"gradle-wrapper\.properties"),
        "",
        "The wrapper of Gradle resolves no variables: set systemProp.gradle.wrapperUser and wrapperPassword in "
        "~/.gradle/gradle.properties.",
    ),
    _Kind(
        re.compile(r"(?:local|key|keystore|signing|secrets?)\.properties"),
        "",
        "This file holds values of one machine and resolves no variables: keep the value, and the file out of git.",
    ),
    _Kind(
        re.compile(r"sonar-project\.properties"),
        "",
        "The scanner of Sonar reads SONAR_TOKEN from the environment: delete this line and set that variable.",
    ),
    _Kind(
        re.compile(r"log4j\.properties"),
        "",
        "Log4j 1 resolves system properties alone: start Java with -D{}=… and refer to that, or move to Log4j 2.",
    ),
]
_PLAIN = "Java's Properties resolve no variables: delete {} here and let the program read System.getenv for it."


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets in values of properties as references; Refusal where the file's reader knows none."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    for secret in sorted(secrets):
        node = within(source.node_at(secret.span), ["property", "comment"])
        if node is None or node.type == "comment":
            raise Refusal("The value stands in a comment, which nothing reads: replace it by a placeholder.")
        value = next((child for child in node.named_children if child.type == "value"), None)
        if value is None:
            raise Refusal(CROSSES)
        place = source.span_of(value)
        if secret.span[:2] < place[:2] or secret.span[2:] > place[2:]:
            raise Refusal(CROSSES)
        form = _form(source, source.text_of(node.named_children[0]))
        take(values, {secret.name: _decode(source.cut(secret.span))})
        changes.append(Change(secret.span, form.format(secret.name)))
    return Move(tuple(merged(changes)), values)


def _form(source: Source, key: str) -> str:
    name = re.split(r"[\\/]", source.path)[-1].lower()
    kind = next((kind for kind in _KINDS if kind.name.fullmatch(name)), None)
    if kind is not None and kind.form:
        return kind.form
    raise Refusal((kind.otherwise if kind else _PLAIN).replace("{}", key))


def _decode(raw: str) -> str:
    return _ESCAPES.decode(re.sub(r"(\\(?:\r\n|\r|\n))[ \t\f]+", r"\1", raw))
