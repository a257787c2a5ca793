"""JSON: it knows no references; some of the programs that read it do, and .NET lets the environment win over it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from unleak.finding import Span
from unleak.fixes import commands
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.commands import Command
from unleak.fixes.literals import CROSSES, NO_LITERAL, UNCLOSED, take
from unleak.fixes.source import Source, ancestors, within

_ESCAPE = re.compile(r"\\u[0-9A-Fa-f]{4}|\\.|[^\\]")
_NO_WAY = (
    "JSON knows no variables: replace the value by a placeholder and let the program read it from the environment."
)
_RUNS = (
    (r"(?:^|/)package\.json$", "scripts"),
    (r"(?:^|/)composer\.json$", "scripts"),
    (r"(?:^|/)deno\.jsonc?$", "tasks"),
)
_REFERENCES = (
    (r"(?:^|/)\.?devcontainer(?:/[^/]+)*\.json$", "${localEnv:NAME}"),
    (r"(?:^|/)\.vscode/(?:launch|tasks|mcp)\.json$", "${env:NAME}"),
    (r"(?:^|/)\.cursor/mcp\.json$", "${env:NAME}"),
    (r"(?:^|/)\.mcp\.json$", "${NAME}"),
    (r"(?:^|/)\.gemini/settings\.json$", "${NAME}"),
    (r"(?:^|/)opencode\.jsonc?$", "{env:NAME}"),
)
_WAYS = (
    (r"(?:^|/)\.vscode/settings\.json$", "These settings read no variables: keep the value in your own settings."),
    (
        r"(?:^|/)claude_desktop_config\.json$",
        "This file reads no variables: start the server by a script that sets it.",
    ),
    (
        r"(?:^|/)local\.settings\.json$",
        "This file is the place for local values of Azure Functions: keep it out of the repository.",
    ),
    (
        r"(?:^|/)launchSettings\.json$",
        "Keep the value by `dotnet user-secrets set`, which the program reads by itself.",
    ),
    (
        r"(?:^|/)\.?docker/config\.json$",
        "Log in by `docker login` with a credential helper, which keeps the password in the system's key chain.",
    ),
    (
        r"(?:^|/)auth\.json$",
        "Composer reads the same text from the variable COMPOSER_AUTH: keep this file out of the repository.",
    ),
    (r"(?:^|/)(?:vercel|now)\.json$", "Store the value by `vercel env add` and delete it here."),
    (r"(?:^|/)renovate\.json5?$", "Renovate reads secrets as `{{ secrets.NAME }}` from its app, or encrypted."),
    (r"(?:^|/)app\.json$", "Rename this file to `app.config.js`: there `process.env` can be read."),
    (
        r"(?:^|/)google-services\.json$",
        "This key goes to every user of the app by design: restrict it in the console of Google Cloud.",
    ),
    (r"\.tf\.json$|\.tfvars\.json$", "Delete the value here: Terraform takes it from the variable `TF_VAR_name`."),
    (r"postman_collection\.json$", "Write `{{name}}` and keep the value in Postman's vault."),
)
_KEYS = (
    (
        frozenset({"private_key_id", "client_email"}),
        "A service account's key is a file of its own: keep it out of the repository, name its path in "
        "GOOGLE_APPLICATION_CREDENTIALS, or log in without a key by workload identity.",
    ),
    (
        frozenset({"containerDefinitions"}),
        "Name the value under `secrets` with `valueFrom`, which reads it from Secrets Manager.",
    ),
    (frozenset({"openapi"}), "A description of an interface is published: replace the value by a placeholder."),
    (frozenset({"contentVersion"}), "Declare a parameter of type `secureString` and give it at the deployment."),
)


class Text(NamedTuple):
    """A string of a JSON text and the keys and places that lead to it."""

    span: Span
    content: Span
    path: tuple[str, ...]


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a JSON text in the way of the program that reads it; Refusal where that knows none."""
    path = source.path.replace("\\", "/")
    texts = [(secret, text_at(source, secret.span)) for secret in sorted(secrets)]
    if re.search(r"(?:^|/)appsettings(?:\.[^/]+)?\.json$", path):
        return _move_settings(source, texts)
    for pattern, section in _RUNS:
        if re.search(pattern, path) and all(text.path[:1] == (section,) for _, text in texts):
            return _move_scripts(source, texts)
    for pattern, reference in _REFERENCES:
        if re.search(pattern, path):
            return _move_references(source, texts, reference)
    keys = set(_top_keys(source))
    if "AWSTemplateFormatVersion" in keys:
        note = "Store the value in AWS Secrets Manager under the variable's name before the next deployment."
        move = _move_references(source, texts, "{{resolve:secretsmanager:NAME}}", note)
        return replace(move, home="in AWS Secrets Manager")
    for pattern, way in _WAYS:
        if re.search(pattern, path):
            raise Refusal(way)
    for wanted, way in _KEYS:
        if wanted <= keys:
            raise Refusal(way)
    raise Refusal(_NO_WAY)


def text_at(source: Source, span: Span) -> Text:
    """The string around a span; Refusal where there is none, or where it is a key."""
    node = within(source.node_at(span), ("string",))
    if node is None:
        raise Refusal(NO_LITERAL)
    place = source.span_of(node)
    raw = source.text_of(node)
    if len(raw) < 2 or raw[-1] != '"':
        raise Refusal(UNCLOSED)
    content = Span(place.line, place.column + 1, place.end_line, place.end_column - 1)
    if span[:2] < content[:2] or span[2:] > content[2:]:
        raise Refusal(CROSSES)
    path: list[str] = []
    inside = node
    for around in ancestors(node):
        if around.type == "pair":
            key = around.child_by_field_name("key")
            if key is not None and key == inside:
                raise Refusal("A key can hold no reference: replace it by a placeholder.")
            path.insert(0, source.text_of(key).strip('"') if key is not None else "")
        elif around.type == "array":
            items = [child for child in around.named_children if child.type != "comment"]
            path.insert(0, str(items.index(inside)))
        inside = around
    return Text(place, content, tuple(path))


def _top_keys(source: Source) -> list[str]:
    tops = [node for node in source.root.named_children if node.type == "object"]
    pairs = [pair for top in tops for pair in top.named_children if pair.type == "pair"]
    return [source.text_of(pair.named_children[0]).strip('"') for pair in pairs]


def _decoded(source: Source, span: Span) -> str:
    try:
        return str(json.loads(f'"{source.cut(span)}"', strict=False))
    except ValueError:
        raise Refusal("What this string means cannot be told here: move its value by hand.") from None


def _move_settings(source: Source, texts: Sequence[tuple[Secret, Text]]) -> Move:
    """Settings of .NET: the environment wins over the file, by a name that is made of the keys.

    The value is left empty, so that the key stays documented and a check for empty ones still works.
    """
    changes: list[Change] = []
    values: dict[str, str] = {}
    for _, text in texts:
        name = "__".join(text.path).replace(":", "__")
        take(values, {name: _decoded(source, text.content)})
        changes.append(Change(text.content, ""))
    names = ", ".join(f"`{name}`" for name in values)
    notes = (
        f".NET reads {names} from the environment before this file; `dotnet user-secrets` keeps it for development.",
    )
    return Move(tuple(merged(changes)), values, notes)


def _move_references(source: Source, texts: Sequence[tuple[Secret, Text]], reference: str, note: str = "") -> Move:
    changes: list[Change] = []
    values: dict[str, str] = {}
    for secret, _ in texts:
        take(values, {secret.name: _decoded(source, secret.span)})
        changes.append(Change(secret.span, reference.replace("NAME", secret.name)))
    notes = (note or "The program that reads this file must be started with the variable: it reads no `.env`.",)
    return Move(tuple(merged(changes)), values, notes)


def _move_scripts(source: Source, texts: Sequence[tuple[Secret, Text]]) -> Move:
    """Scripts of a package: the shell reads the variable, or the program gets it without any help."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    for secret, text in texts:
        command = _command(source, text)
        change, value = commands.moved(command, secret.span, secret.name)
        take(values, {secret.name: value})
        opening = Span(*text.content[:2], *secret.span[:2])
        raw = source.cut(Span(*secret.span[2:], *text.content[2:]))
        if source.cut(opening) == f"{secret.name}=" and raw.startswith(" "):
            # The script only set the variable that is set now: it needs no word about it.
            change = Change(Span(*text.content[:2], secret.span.end_line, secret.span.end_column + 1), "")
        changes.append(change)
    return Move(tuple(merged(changes)), values, ("Load `.env` before the script, as by `node --env-file=.env`.",))


def _command(source: Source, text: Text) -> Command:
    raw = source.cut(text.content)
    pieces = [(_character(piece[0]), piece.start()) for piece in _ESCAPE.finditer(raw)]
    line, column = text.content[:2]
    places = (*((line, column + at) for _, at in pieces), text.content[2:])
    return Command("".join(char for char, _ in pieces), places, lambda new: json.dumps(new, ensure_ascii=False)[1:-1])


def _character(escape: str) -> str:
    if len(escape) == 1:
        return escape
    try:
        return str(json.loads(f'"{escape}"'))
    except ValueError:
        raise Refusal("What this string means cannot be told here: move its value by hand.") from None
