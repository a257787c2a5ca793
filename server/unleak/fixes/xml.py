"""XML: each program that reads it has its own reference to the environment, or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import CROSSES, NO_LITERAL, take
from unleak.fixes.source import Source, walk, within

_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(\w+));|&")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_NO_WAY = "Plain XML knows no variables: replace the value by a placeholder and let the program read the environment."


class Reader(NamedTuple):
    """A program that reads XML: which files, and what stands for a variable there."""

    file: str  # a regex of paths
    root: str  # a regex of the first element; empty for any
    reference: str  # NAME is the variable's name; empty where only a way can be told
    say: str  # a note, or the refusal
    live: str = r"\$\{"  # a regex of what would be expanded inside a value
    doubled: str = ""  # a sign that is written twice to stand for itself


_READERS = (
    Reader(
        r"(?:^|/)(?:settings|pom)[^/]*\.xml$",
        r"settings|project",
        "${env.NAME}",
        "Maven reads no `.env`: load it first.",
    ),
    Reader(r"", r"project", "${ant.NAME}", "Ant reads no `.env`: load it first.", r"\$\{|@\{", "$"),
    Reader(r"(?:^|/)log4j2?[^/]*\.xml$", r"Configuration", "${env:NAME}", "", r"\$\{", ""),
    Reader(r"(?:^|/)logback[^/]*\.xml$", r"configuration|included", "${NAME}", ""),
    Reader(r"", r"beans", "${NAME}", "Outside Spring Boot this needs `<context:property-placeholder/>`."),
    Reader(r"\.(?:\w*proj|props|targets)$", r"Project", "$(NAME)", "", r"[%$@]"),
    Reader(r"(?i:(?:^|/)nuget[^/]*\.config$)", r"configuration", "%NAME%", "", r"%"),
    Reader(r"(?:^|/)(?:standalone|domain|host)[^/]*\.xml$", r"server|domain|host", "${env.NAME}", ""),
    Reader(
        r"(?:^|/)(?:server|context)\.xml$",
        r"Server|Context",
        "${NAME}",
        "Tomcat reads the environment with the system property "
        "`org.apache.tomcat.util.digester.PROPERTY_SOURCE=org.apache.tomcat.util.digester.EnvironmentPropertySource`.",
    ),
    Reader(r"(?:^|/)(?:core|hdfs|hive|yarn|mapred)-site\.xml$", r"configuration", "${env.NAME}", ""),
    Reader(
        r"(?i:(?:^|/)(?:web|app)(?:\.[^/]+)?\.config$)",
        r"configuration",
        "",
        "Leave the value empty here and let a configuration builder of the kind Environment fill it: "
        "`configBuilders` on `appSettings` or `connectionStrings` names it.",
    ),
    Reader(
        r"(?:^|/)res/values[^/]*/|(?:^|/)strings\.xml$",
        r"resources",
        "",
        "What an app ships can be read from it: keep the value on a server, or let Gradle set it by `buildConfigField` "
        "or `resValue` from the environment.",
    ),
    Reader(
        r"(?:^|/)AndroidManifest\.xml$",
        r"manifest",
        "",
        "Write `${name}` and let Gradle fill it by `manifestPlaceholders` from the environment.",
    ),
    Reader(
        r"\.plist$",
        r"plist",
        "",
        "What an app ships can be read from it: keep the value on a server, or take it as `$(NAME)` "
        "from an `.xcconfig` file that git ignores.",
    ),
    Reader(
        r"(?:^|/)(?:persistence|hibernate[^/]*)\.xml$",
        r"persistence|hibernate-configuration",
        "",
        "Give the property in the program, from the environment, when the factory is made, and delete it here.",
    ),
)


class Place(NamedTuple):
    """Where a value stands in XML: in a text or an attribute, both between known ends."""

    content: Span
    is_raw: bool  # CDATA: nothing is escaped


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of an XML text in the way of the program that reads it; Refusal where that knows none."""
    places = [(secret, _place_at(source, secret.span)) for secret in sorted(secrets)]
    root = next((node for node in walk(source.root) if node.type == "Name"), None)
    name = source.text_of(root) if root is not None else ""
    if name == "phpunit":
        return _move_phpunit(source, places)
    reader = _reader(source, name)
    changes: list[Change] = []
    values: dict[str, str] = {}
    reference = reader.reference
    if reference == "${ant.NAME}":
        prefix, new = _ant_prefix(source)
        changes += new
        reference = f"${{{prefix}.NAME}}"
    for secret, place in places:
        value = _decoded(source, place, secret.span)
        sign = reader.doubled
        if re.search(reader.live, value.replace(sign * 2, "") if sign else value):
            raise Refusal("This value holds a sign that has a meaning here: move it by hand.")
        take(values, {secret.name: value.replace(sign * 2, sign) if sign else value})
        changes.append(Change(secret.span, reference.replace("NAME", secret.name)))
    return Move(tuple(merged(changes)), values, (reader.say,) if reader.say else ())


def _reader(source: Source, root: str) -> Reader:
    path = source.path.replace("\\", "/")
    for reader in _READERS:
        if re.search(reader.file, path) and re.fullmatch(reader.root, root):
            if not reader.reference:
                raise Refusal(reader.say)
            return reader
    raise Refusal(_NO_WAY)


def _place_at(source: Source, span: Span) -> Place:
    node = within(source.node_at(span), ("AttValue", "CData", "CDSect", "content", "Comment"))
    if node is None or node.type == "Comment":
        raise Refusal(NO_LITERAL)
    inside = source.span_of(node)
    if node.type == "AttValue":
        content = Span(inside.line, inside.column + 1, inside.end_line, inside.end_column - 1)
        if span[:2] < content[:2] or span[2:] > content[2:]:
            raise Refusal(CROSSES)
        return Place(content, False)
    if node.type == "content" and "<" in source.cut(span):
        raise Refusal(CROSSES)
    return Place(inside, node.type != "content")


def _decoded(source: Source, place: Place, span: Span) -> str:
    raw = source.cut(span).replace("\r\n", "\n")
    return raw if place.is_raw else _ENTITY.sub(_meant, raw)


def _meant(entity: re.Match[str]) -> str:
    if entity[3] in _ENTITIES:
        return _ENTITIES[entity[3]]
    code = int(entity[1], 16) if entity[1] else int(entity[2]) if entity[2] else 0
    if not 0 < code < 0x110000:
        raise Refusal("What this text means cannot be told here: move its value by hand.")
    return chr(code)


def _ant_prefix(source: Source) -> tuple[str, list[Change]]:
    """The prefix under which Ant reads the environment, and the property that gives it one where it has none."""
    there = re.search(r"<property\s+environment\s*=\s*[\"']([\w.]+)[\"']", source.text)
    if there:
        return there[1].rstrip("."), []
    opening = next((node for node in walk(source.root) if node.type == "STag"), None)
    if opening is None:
        raise Refusal("The project is not closed yet: finish it, then move its value.")
    end = source.span_of(opening)[2:]
    below = next((line for line in source.lines[end[0] + 1 :] if line.strip()), "  ")
    blanks = below[: len(below) - len(below.lstrip(" \t"))] or "  "
    return "env", [Change(Span(*end, *end), f'{source.line_break}{blanks}<property environment="env"/>')]


def _move_phpunit(source: Source, places: Sequence[tuple[Secret, Place]]) -> Move:
    """Variables that PHPUnit sets for tests: without their lines the environment gives them."""
    changes: list[Change] = []
    values: dict[str, str] = {}
    for _, place in places:
        line = source.lines[place.content.line]
        entry = re.fullmatch(r"\s*<env\s+name=\"(\w+)\"\s+value=\"[^\"]*\"[^<>]*/>\s*", line)
        if entry is None:
            raise Refusal("Only `<env>` can come from the environment here: write it on one line, then move its value.")
        take(values, {entry[1]: _decoded(source, place, place.content)})
        changes.append(Change(Span(place.content.line, 0, place.content.line + 1, 0), ""))
    return Move(tuple(merged(changes)), values, ("The tests read the variable from the environment.",))
