"""TOML: it knows no references; some of the tools that read it do, or read their settings from the environment."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import CROSSES, NO_LITERAL, Literal, literal_of, take
from unleak.fixes.source import Source, ancestors, within

if TYPE_CHECKING:
    from tree_sitter import Node

_NO_WAY = (
    "TOML knows no variables: replace the value by a placeholder and let the program read it from the environment."
)


class Tool(NamedTuple):
    """How one tool takes a value from outside its file: by a reference, or by a variable in place of a line."""

    file: str  # a regex of paths
    keys: str  # a regex of the keys that lead to the value, joined by dots
    reference: str  # NAME is the variable's name; empty where the line goes
    variable: str  # what the variable is called where the line goes: KEY, or made of the parts of `keys`
    note: str
    home: str = ""  # where the value belongs, where no `.env` is read


_TOOLS = (
    Tool(
        r"(?:^|/)\.cargo/(?:config|credentials)(?:\.toml)?$",
        r"registries\.(?P<part>[\w-]+)\.token",
        "",
        "CARGO_REGISTRIES_PART_TOKEN",
        "Cargo reads the token from the environment.",
    ),
    Tool(
        r"(?:^|/)\.cargo/(?:config|credentials)(?:\.toml)?$",
        r"registry\.token",
        "",
        "CARGO_REGISTRY_TOKEN",
        "Cargo reads the token from the environment.",
    ),
    Tool(
        r"(?:^|/)\.cargo/config(?:\.toml)?$",
        r"env\.\w+",
        "",
        "KEY",
        "Cargo hands the environment that it is started with to your program.",
    ),
    Tool(
        r"(?:^|/)netlify\.toml$",
        r"(?:build|context\.[\w-]+)\.environment\.\w+",
        "",
        "KEY",
        "Store the value at Netlify: `netlify env:import .env` reads the file.",
        "in the environment variables at Netlify",
    ),
    Tool(
        r"(?:^|/)wrangler\.toml$",
        r"(?:env\.[\w-]+\.)?vars\.\w+",
        "",
        "KEY",
        "Store the value by `wrangler secret put KEY`; `wrangler dev` reads it from `.dev.vars` or `.env`.",
    ),
    Tool(
        r"(?:^|/)fly\.toml$",
        r"env\.\w+",
        "",
        "KEY",
        "Store the value at Fly: `fly secrets import` reads it.",
        "among the secrets of the app at Fly",
    ),
    Tool(
        r"(?:^|/)\.?mise(?:\.[\w-]+)?\.toml$",
        r"env\.\w+",
        "",
        "KEY",
        '`_.file = ".env"` under `[env]` reads the value.',
    ),
    Tool(
        r"(?:^|/)Pipfile$",
        r"source\.url",
        "${NAME}",
        "",
        "Pipenv reads `.env` for programs that it starts, not for itself.",
    ),
    Tool(
        r"(?:^|/)pyproject\.toml$", r"tool\.pdm\.source\.url", "${NAME}", "", "PDM reads the variable when it installs."
    ),
    Tool(r"(?:^|/)supabase/config\.toml$", r".*", "env(NAME)", "", "Supabase reads `.env` beside its folder."),
    Tool(r"(?:^|/)foundry\.toml$", r".*", "${NAME}", "", "Foundry reads `.env` by itself."),
    Tool(
        r"(?:^|/)(?:vector|telegraf)[^/]*\.toml$",
        r".*",
        "${NAME}",
        "",
        "The service must be started with the variable.",
    ),
)
_WAYS = (
    (
        r"(?:^|/)pyproject\.toml$",
        "This file is published: name the index without its password here. "
        "Poetry reads POETRY_HTTP_BASIC_<SOURCE>_PASSWORD, uv reads UV_INDEX_<INDEX>_PASSWORD.",
    ),
    (r"(?:^|/)uv\.toml$", "Name the index without its password here: uv reads UV_INDEX_<INDEX>_PASSWORD."),
    (
        r"(?:^|/)\.?secrets\.toml$",
        "This file is the place for secrets of its program: keep it out of the repository.",
    ),
    (r"(?:^|/)Rocket\.toml$", "Delete the value here: Rocket takes it from a variable that begins with ROCKET_."),
    (r"(?:^|/)hugo\.toml$", "Delete the value here: Hugo takes it from a variable that begins with HUGO_."),
    (
        r"(?:^|/)settings\.toml$",
        "TOML knows no variables. Dynaconf, if it reads this file, takes the value from a variable "
        "that begins with DYNACONF_.",
    ),
)


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a TOML text in the way of the tool that reads it; Refusal where that knows none."""
    path = source.path.replace("\\", "/")
    changes: list[Change] = []
    values: dict[str, str] = {}
    notes: dict[str, None] = {}
    homes: dict[str, None] = {}
    for secret in sorted(secrets):
        literal = _literal_at(source, secret.span)
        pair = within(literal.node, ("pair",))
        keys = _keys(source, literal.node)
        tool = next((one for one in _TOOLS if re.search(one.file, path) and re.fullmatch(one.keys, keys)), None)
        if tool is None or pair is None:
            raise Refusal(next((way for pattern, way in _WAYS if re.search(pattern, path)), _NO_WAY))
        whole = literal.content == secret.span
        if tool.reference:
            if not whole and tool.reference.startswith("env("):
                raise Refusal("A reference can only be a whole value here: store all of this text in the variable.")
            take(values, {secret.name: _decoded(source, literal, secret.span)})
            notes[tool.note] = None
            changes.append(Change(secret.span, tool.reference.replace("NAME", secret.name)))
            continue
        key = keys.rpartition(".")[2]
        matched = re.fullmatch(tool.keys, keys)
        part = matched.groupdict().get("part", "") if matched else ""
        name = tool.variable.replace("KEY", key).replace("PART", part.upper().replace("-", "_"))
        take(values, {name: _decoded(source, literal, literal.content)})
        notes[tool.note.replace("KEY", key)] = None
        homes[tool.home] = None
        changes.append(_without(source, pair))
    return Move(tuple(merged(changes)), values, tuple(notes), next(iter(homes), ""))


def _literal_at(source: Source, span: Span) -> Literal:
    node = within(source.node_at(span), ("string",))
    if node is None:
        raise Refusal(NO_LITERAL)
    literal = literal_of(source, node)
    if span[:2] < literal.content[:2] or span[2:] > literal.content[2:]:
        raise Refusal(CROSSES)
    return literal


def _keys(source: Source, node: Node) -> str:
    """The keys that lead to a value, joined by dots."""
    found: list[str] = []
    for around in ancestors(node):
        if around.type in ("pair", "table", "table_array_element"):
            key = next((child for child in around.named_children if child.type.endswith("key")), None)
            if key is not None and not key.start_byte <= node.start_byte < key.end_byte:
                found.insert(0, source.text_of(key).replace('"', "").replace("'", "").replace(" ", ""))
    return ".".join(found)


def _decoded(source: Source, literal: Literal, span: Span) -> str:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    raw = source.cut(span)
    try:
        return str(tomllib.loads(f"value = {literal.opening}{raw}{literal.closing}\n")["value"])
    except tomllib.TOMLDecodeError:
        raise Refusal("What this string means cannot be told here: move its value by hand.") from None


def _without(source: Source, pair: Node) -> Change:
    span = source.span_of(pair)
    behind = source.lines[span.end_line][span.end_column :].strip()
    before = source.lines[span.line][: span.column].strip()
    if before or (behind and not behind.startswith("#")):
        raise Refusal("Write this value on a line of its own, then move it.")
    if span.end_line + 1 < len(source.lines):
        return Change(Span(span.line, 0, span.end_line + 1, 0), "")
    return Change(Span(span.line, 0, span.end_line, len(source.lines[span.end_line])), "")
