r"""SQL: scripts of psql read `:'name'` after `\getenv name NAME`, scripts of sqlcmd `$(NAME)`; SQL itself has no such.

The grammars know neither of the two clients' own lines, so the text is read by its quotes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import CROSSES, NO_LITERAL, take
from unleak.fixes.source import Source
from unleak.text import line_width

_PSQL = re.compile(
    r"(?m)^[ \t]*\\(?:set|unset|getenv|c|connect|echo|qecho|i|ir|include|copy|if|timing|pset|o|prompt|q|gset|!)(?:\s|$)"
)
_SQLCMD = re.compile(r"(?mi)^[ \t]*:(?:setvar|r|connect|on\s+error)\b")
_TOKEN = re.compile(
    r"--[^\r\n]*|/\*.*?(?:\*/|\Z)|(?P<prefix>\b[eEnNxXbB])?'(?:[^'\\]|''|\\.)*(?:'|\Z)|\"[^\"]*(?:\"|\Z)"
    r"|\$(?P<tag>\w*)\$",
    re.S,
)
_EXPRESSIONS = re.compile(r"(?i)\s*(?:select|insert|update|delete|with|values|merge|call)\b")
_BACKSLASH = re.compile(r"\\(?:([0-7]{1,3}|x[0-9a-fA-F]{1,2}|[uU])|(.))", re.S)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PLAIN = (
    "SQL reads no variables of the environment: let the program pass the value as a parameter, or run the script by "
    r"psql: in a file that ends in .psql `\getenv` reads it."
)


class Quoted(NamedTuple):
    """A string literal: where it stands and what stands before its quote."""

    span: Span
    prefix: str
    start: int  # in the text


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of an SQL script as variables of the client that runs it."""
    is_psql = source.path.lower().endswith(".psql") or _PSQL.search(source.text) is not None
    is_sqlcmd = not is_psql and _SQLCMD.search(source.text) is not None
    changes: list[Change] = []
    values: dict[str, str] = {}
    read: set[str] = set()
    for secret in secrets:
        line = source.lines[secret.span.line]
        if is_psql and line.lstrip().startswith("\\"):
            new, value = _from_set(source, secret)
            changes.append(new)
            take(values, {secret.name: value})
            continue
        if is_sqlcmd and line.lstrip().startswith(":"):
            changes.append(_from_setvar(source, secret))
            take(values, {secret.name: source.cut(secret.span)})
            continue
        literal = _literal_at(source, secret.span)
        if not is_psql and not is_sqlcmd:
            raise Refusal(_PLAIN)
        new, value = (_by_psql if is_psql else _by_sqlcmd)(source, secret, literal)
        changes.append(new)
        take(values, {secret.name: value})
        read |= {secret.name} if is_psql else set()
    changes += _getenv(source, read)
    return Move(tuple(merged(changes)), values)


def _by_psql(source: Source, secret: Secret, literal: Quoted) -> tuple[Change, str]:
    raw = source.cut(secret.span)
    value = _decoded(raw, literal.prefix)
    variable = f":'{secret.name.lower()}'"
    span, opening = literal.span, len(literal.prefix) + 1
    content = Span(span.line, span.column + opening, span.end_line, span.end_column - 1)
    before = source.cut(Span(*content[:2], *secret.span[:2]))
    after = source.cut(Span(*secret.span[2:], *content[2:]))
    if not before and not after:
        return Change(span, variable), value
    statement = re.split(r";\s*", source.text[: literal.start])[-1]
    if not _EXPRESSIONS.match(re.sub(r"(?m)^\s*(?:--|\\).*$", "", statement)):
        raise Refusal(r"This statement takes one literal alone: join the text by \set, then move the value.")
    parts = [f"{literal.prefix}'{before}'"] if before else []
    parts += [variable, *([f"{literal.prefix}'{after}'"] if after else [])]
    return Change(span, f"({' || '.join(parts)})"), value


def _by_sqlcmd(source: Source, secret: Secret, literal: Quoted) -> tuple[Change, str]:
    raw = source.cut(secret.span)
    if "'" in raw or "$(" in raw:
        raise Refusal("The value would end the string in which it is put: move it by hand.")
    return Change(secret.span, f"$({secret.name})"), raw


def _from_set(source: Source, secret: Secret) -> tuple[Change, str]:
    r"""`\set name 'value'` as `\getenv name NAME`."""
    number = secret.span.line
    line = source.lines[number][: line_width(source.lines[number])]
    setting = re.fullmatch(r"(\s*)\\set\s+(\w+)\s+(?:'((?:[^'\\]|'')*)'|([^\s'\"\\:`]+))\s*", line)
    if setting is None or secret.span[1::2] not in (setting.span(3), setting.span(4)):
        raise Refusal(
            r"This line of psql is not read for certain: give the value a line `\set name 'value'` of its own."
        )
    value = setting[4] if setting[3] is None else setting[3].replace("''", "'")
    return Change(Span(number, 0, number, len(line)), rf"{setting[1]}\getenv {setting[2]} {secret.name}"), value


def _from_setvar(source: Source, secret: Secret) -> Change:
    """`:setvar` wins over the environment, so the line of the same name goes and any other names the variable."""
    number = secret.span.line
    line = source.lines[number]
    setting = re.match(r"(?i)\s*:setvar\s+(\w+)\s+", line)
    if setting is None:
        raise Refusal("This line of sqlcmd is not read for certain: move the value by hand.")
    if setting[1] == secret.name and number + 1 < len(source.lines):
        return Change(Span(number, 0, number + 1, 0), "")
    return Change(secret.span, f"$({secret.name})")


def _getenv(source: Source, names: set[str]) -> list[Change]:
    r"""The lines that read variables, in front of the first line that does something."""
    lines = [rf"\getenv {name.lower()} {name}" for name in sorted(names)]
    missing = [line for line in lines if not re.search(rf"(?m)^\s*{re.escape(line)}\s*$", source.text)]
    for name in names:
        if re.search(rf"(?m)^\s*\\(?:set|prompt|gset)\s.*\b{name.lower()}\b", source.text):
            raise Refusal(f"This script sets {name.lower()} itself: give the variable another name.")
    if not missing:
        return []
    first = next((at for at, line in enumerate(source.lines) if not re.match(r"\s*(?:--|$)", line)), 0)
    return [source.inserted(first, "\n".join(missing))]


def _literal_at(source: Source, span: Span) -> Quoted:
    """The string literal around a span; Refusal for comments, names and bodies of functions."""
    starts = [0]
    for line in source.lines:
        starts.append(starts[-1] + len(line))
    at, end = starts[span.line] + span.column, starts[span.end_line] + span.end_column
    place = 0
    while found := _TOKEN.search(source.text, place):
        if found.start() > at:
            break
        place = found.end()
        if found["tag"] is not None:
            close = source.text.find(found[0], place)
            place = len(source.text) if close < 0 else close + len(found[0])
            if at < place:
                raise Refusal("Nothing is put in place of a name within dollar quotes: pass the value as a parameter.")
            continue
        prefix = found["prefix"] or ""
        bare_end = found.end()
        if not prefix or prefix not in "eE":
            bare_end = _end_of_plain(source.text, found.start() + len(prefix)) if "'" in found[0][:2] else bare_end
            place = bare_end
        if at >= bare_end:
            continue
        if found[0].startswith(("--", "/*")):
            raise Refusal("Nothing reads a comment: replace the value by a placeholder.")
        if found[0].startswith('"'):
            raise Refusal(NO_LITERAL)
        if end >= bare_end:
            raise Refusal(CROSSES)
        first = sum(start <= found.start() for start in starts[1:-1])
        last = sum(start <= bare_end - 1 for start in starts[1:-1])
        where = Span(first, found.start() - starts[first], last, bare_end - starts[last])
        return Quoted(where, prefix, found.start())
    raise Refusal(NO_LITERAL)


def _end_of_plain(text: str, quote: int) -> int:
    """Where a string ends in which a backslash is a letter like others."""
    at = text.find("'", quote + 1)
    while at >= 0 and text.startswith("''", at):
        at = text.find("'", at + 2)
    return len(text) if at < 0 else at + 1


def _decoded(raw: str, prefix: str) -> str:
    if prefix and prefix not in "eE":
        raise Refusal("A string of this kind holds no text: move the value by hand.")
    value = raw.replace("''", "'")
    if not prefix:
        return value
    if any(escape[1] for escape in _BACKSLASH.finditer(value)):
        raise Refusal("The value holds bytes that a variable cannot take in for certain: move it by hand.")
    return _BACKSLASH.sub(lambda escape: _ESCAPES.get(escape[2], escape[2]), value)
