"""Visual Basic without a grammar: strings are told line by line. VBScript and VBA read variables in their own ways."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import COMPUTED
from unleak.fixes.literals import CROSSES, NO_LITERAL, take
from unleak.fixes.source import Source
from unleak.fixes.uses import gaps

_TOKEN = re.compile(r"(?P<comment>'|(?i:\bREM\b))|\$?(?P<quote>[\"“”])")
_CONST = re.compile(
    r"(?i)^(?P<ahead>[ \t]*(?:(?:Public|Private|Friend|Protected|Shadows)[ \t]+)*)(?P<word>Const)(?P<blanks>[ \t]+)"
    r"(?P<name>\w+)(?P<kind>[ \t]+As[ \t]+\w+)?[ \t]*=[ \t]*"
)
_OPENS = re.compile(
    r"(?i)^[ \t]*(?:(?:Public|Private|Friend|Protected|Shared|Partial|NotInheritable|MustInherit|Overrides|Async"
    r"|Overridable|Default|ReadOnly|WriteOnly|Shadows|Iterator)[ \t]+)*"
    r"(?P<kind>Class|Module|Structure|Sub|Function|Property)\b"
)
_CLOSES = re.compile(r"(?i)^[ \t]*End[ \t]+(?P<kind>Class|Module|Structure|Sub|Function|Property)\b")
_READS = {
    ".vb": 'Environment.GetEnvironmentVariable("{}")',
    ".bas": 'Environ("{}")',
    ".vbs": 'CreateObject("WScript.Shell").Environment("PROCESS")("{}")',
}


class _String(NamedTuple):
    span: Span
    content: Span
    interpolated: bool


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a text in Visual Basic, VBA or VBScript as variables of the environment."""
    suffix = source.path[source.path.rfind(".") :].lower()
    read = _READS.get(suffix, _READS[".vb"])
    of: dict[Span, tuple[_String, list[Secret]]] = {}
    for secret in sorted(secrets):
        string = _string_at(source, secret.span)
        of.setdefault(string.span, (string, []))[1].append(secret)
    changes: list[Change] = []
    values: dict[str, str] = {}
    for string, inside in of.values():
        _refuse(source, string)
        around = gaps(source, string.content, inside)
        whole = len(inside) == 1 and not any(gap.strip() for gap in around)
        spans = [string.content] if whole else [secret.span for secret in inside]
        for secret, span in zip(inside, spans, strict=True):
            take(values, {secret.name: _decode(source.cut(span), string.interpolated)})
        reads = [read.format(secret.name) for secret in inside]
        if whole:
            changes.append(Change(string.span, reads[0]))
        elif string.interpolated:
            changes += [Change(secret.span, f"{{{call}}}") for secret, call in zip(inside, reads, strict=True)]
        else:
            joined = " & ".join(_parts(around, reads))
            changes.append(Change(string.span, joined if _is_bare(source, string) else f"({joined})"))
        changes += _unconst(source, string, suffix)
    return Move(tuple(merged(changes)), values)


def _string_at(source: Source, span: Span) -> _String:
    """The string around a span; one of several lines is told from the line it begins on."""
    for first in range(span.line, max(span.line - 60, -1), -1):
        for string in _strings(source, first):
            if string.content[:2] <= span[:2] and span[2:] <= string.content[2:]:
                return string
            if string.content[:2] <= span[:2] < string.content[2:]:
                raise Refusal(CROSSES)
    raise Refusal(NO_LITERAL)


def _strings(source: Source, first: int) -> Iterator[_String]:
    """The strings that begin on a line which begins outside of strings."""
    line, at = first, 0
    while line == first:
        token = _TOKEN.search(source.lines[line], at)
        if token is None or token["comment"]:
            return
        start = (line, token.end())
        end = _closing(source, *start)
        if end is None:
            return
        yield _String(Span(line, token.start(), end[0], end[1] + 1), Span(*start, *end), token[0].startswith("$"))
        line, at = end[0], end[1] + 1


def _closing(source: Source, line: int, at: int) -> tuple[int, int] | None:
    while line < len(source.lines):
        text = source.lines[line]
        while (quote := re.compile('["“”]').search(text, at)) is not None:
            if text[quote.end() : quote.end() + 1] not in tuple('"“”'):
                return line, quote.start()
            at = quote.end() + 1
        line, at = line + 1, 0
    return None


def _decode(raw: str, interpolated: bool) -> str:
    value = re.sub('["“”]["“”]', '"', raw.replace("\r\n", "\n"))
    if not interpolated:
        return value
    if re.search(r"[{}]", value.replace("{{", "").replace("}}", "")):
        raise Refusal(COMPUTED)
    return value.replace("{{", "{").replace("}}", "}")


def _parts(around: Sequence[str], reads: Sequence[str]) -> Iterator[str]:
    for index, text in enumerate(around):
        if text:
            yield f'"{text}"'
        yield from reads[index : index + 1]


def _is_bare(source: Source, string: _String) -> bool:
    """Whether `&` needs no parentheses here: a member's point alone binds closer, `+` as close."""
    rest = source.lines[string.span.end_line][string.span.end_column :].lstrip()
    ahead = source.lines[string.span.line][: string.span.column].rstrip()
    return not rest.startswith((".", "+", "(")) and not ahead.endswith("+")


def _refuse(source: Source, string: _String) -> None:
    ahead = source.lines[string.span.line][: string.span.column]
    if re.search(r"<[^<>]*\([^<>]*\Z", ahead) and ahead.lstrip().startswith("<"):
        raise Refusal("An attribute holds only constants: read the value where it is used.")
    if re.search(r"(?i)\bOptional\b[^,]*=\s*\Z", ahead):
        raise Refusal("A default argument must be constant: make it Nothing, and read the variable in the body.")
    if re.search(r"(?i)\bDeclare\b.*\b(?:Lib|Alias)\s*\Z", ahead):
        raise Refusal("The name of a library must be a literal: it holds no value.")


def _unconst(source: Source, string: _String, suffix: str) -> Iterator[Change]:
    """The changes that turn a constant into what a call can fill, by where it stands."""
    line = string.span.line
    text = source.lines[line]
    const = _CONST.match(text)
    if const is None:
        return
    name = const["name"]
    if re.search(r",\s*\w+(?:\s+As\s+\w+)?\s*=", text[string.span.end_column :]):
        raise Refusal("Give each constant of this line a line of its own, then move the value.")
    word = re.compile(rf"(?i)\b{name}\b")
    for number, other in enumerate(source.lines):
        fixed = number != line and word.search(other) is not None
        if fixed and (_CONST.match(other) or other.lstrip().startswith("<") or "Optional " in other):
            raise Refusal(f"Another constant, an attribute or a default is made of {name}: change that one first.")
    start, end = const.start("word"), const.end("blanks")
    place = _place(source, line)
    if suffix == ".vb":
        new = {"class": "Shared ReadOnly ", "structure": "Shared ReadOnly ", "module": "ReadOnly "}.get(place, "Dim ")
        yield Change(Span(line, start, line, end), new)
        return
    if suffix == ".bas" and place in ("", "class", "module"):
        raise Refusal("VBA runs nothing outside of procedures: make this a Function that returns Environ.")
    # `Dim` and the assignment are two statements here.
    kind = const["kind"] or ""
    yield Change(Span(line, start, line, const.end()), f"Dim {name}{kind}: {name} = ")


def _place(source: Source, line: int) -> str:
    """What a line stands in: a class, a module, a procedure, or nothing."""
    closed: list[str] = []
    for number in range(line - 1, -1, -1):
        text = source.lines[number]
        closes = _CLOSES.match(text)
        if closes:
            closed.append(closes["kind"].lower())
            continue
        opens = _OPENS.match(text)
        if opens is None:
            continue
        kind = opens["kind"].lower()
        if kind in closed:
            closed.remove(kind)
        elif kind != "property":  # one without a body has no end
            return kind
    return ""
