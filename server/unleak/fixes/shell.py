"""sh, bash, zsh and ksh: `"${NAME:?}"`, which ends the script with the name where the variable is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import CROSSES, NO_LITERAL, Language, Literal, literal_of, move_literals, take
from unleak.fixes.source import Source, ancestors, within

if TYPE_CHECKING:
    from tree_sitter import Node

_QUOTED = frozenset({"string", "raw_string", "ansi_c_string"})
_WORDS = frozenset({"word", "number", "regex", "extglob_pattern", "test_operator"})
_NAMES = frozenset({"variable_name", "special_variable_name", "function_definition", "subscript"})
_PROFILES = re.compile(r"\.(?:bash|zsh|k?sh)?(?:rc|env|login|_profile|profile|_login|_aliases)")
_EXPANDS = re.compile(r"(?<!\\)(?:\\\\)*(?:`|\$[\w{(@*#?!-])")
_OPEN_TO_READING = re.compile(r"[$`\\\"!]")  # what double quotes read differently than single quotes
_PLAIN_WORD = re.compile(r"[\w%+,./:=@^-]*")
_PATTERN = re.compile(r"[*?\[\]{}~^.+()|]")
_DEFAULTS = frozenset({":-", "-", ":=", "="})
_ESCAPES = dict(zip("abeEfnrtv\\'\"?", "\a\b\x1b\x1b\f\n\r\t\v\\'\"?", strict=True))
_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))", re.S)
_COMPUTED = "The shell computes a part of this value: move what is fixed in it by hand."


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a shell script as variables of the environment."""
    return move_words(source, secrets, POSIX)


def expansion(name: str) -> str:
    """What stands for a variable between double quotes; the shell stops with its name where it is missing."""
    return f"${{{name}:?}}"


def move_words(source: Source, secrets: Sequence[Secret], language: Language) -> Move:
    """Move secrets out of shell text, which other files hold as well: recipes of make, steps of a Dockerfile."""
    bodies: dict[Span, tuple[Node, list[Secret]]] = {}
    others: list[Secret] = []
    for secret in secrets:
        node = source.node_at(secret.span)
        _refuse_place(source, node, secret)
        body = within(node, _QUOTED | _WORDS | _NAMES | {"heredoc_body"})
        if body is not None and body.type == "heredoc_body":
            bodies.setdefault(source.span_of(body), (body, []))[1].append(secret)
        else:
            others.append(secret)
    rest = move_literals(source, others, language)
    changes, values = list(rest.changes), dict(rest.values)
    for body, inside in bodies.values():
        new, moved = _out_of_document(source, body, inside, language)
        changes += new
        take(values, moved)
    return Move(tuple(merged(changes)), values)


def decode_word(literal: Literal, raw: str) -> str:
    """What a quoted or bare word means to the shell; Refusal where a part of it is computed."""
    if literal.opening == "'":
        return raw
    if literal.opening == "$'":
        return _ANSI.sub(_escape, raw)
    if _EXPANDS.search(raw):
        raise Refusal(_COMPUTED)
    if literal.opening == '"':
        return re.sub(r"\\(\n|\r\n?|[$`\"\\])", lambda m: "" if m[1][0] in "\r\n" else m[1], raw)
    if raw.startswith("~") or re.search(r"\{[^}]*[,.]", raw):
        raise Refusal("The shell expands this word: put it in single quotes, then move its value.")
    return re.sub(r"\\(\r\n?|.)", lambda m: "" if m[1][0] in "\r\n" else m[1], raw, flags=re.S)


def numbered(escape: re.Match[str]) -> str:
    """What an escape means that tells a number: 1 `x`, 2 `u`, 3 `U`, 4 octal, 5 a control sign; else nothing."""
    hexadecimal = escape[1] or escape[2] or escape[3]
    if hexadecimal or escape[4]:
        point = int(hexadecimal, 16) if hexadecimal else int(escape[4], 8)
        is_byte = point > 0x7F and not (escape[2] or escape[3])
        if is_byte or point in range(0xD800, 0xE000) or not 0 < point < 0x110000:
            raise Refusal("The value holds bytes that a variable cannot take in for certain: move it by hand.")
        return chr(point)
    if escape[5]:
        return chr(ord(escape[5].upper()) & 0x1F)
    return ""


def _escape(escape: re.Match[str]) -> str:
    return numbered(escape) or _ESCAPES.get(escape[6], escape[0])


def _refuse_place(source: Source, node: Node, secret: Secret) -> None:
    around = [node, *ancestors(node)]
    kinds = [one.type for one in around]
    if "comment" in kinds:
        raise Refusal("Nothing reads a comment: replace the value by a placeholder.")
    if "arithmetic_expansion" in kinds:
        raise Refusal("The value is a number that is calculated with: move it by hand.")
    if _PROFILES.fullmatch(source.path.rpartition("/")[2]) and "function_definition" not in kinds:
        raise Refusal(
            "The shell reads this file before anything sets variables: put the line into a file that is not shared, "
            "of mode 600, and read it here with `. ~/.secrets.sh`."
        )
    quotes = next((at for at, kind in enumerate(kinds) if kind == "string"), len(kinds))
    if any(one.type == "command_substitution" and source.text_of(one)[:1] == "`" for one in around) and (
        quotes < len(kinds) and "command_substitution" in kinds
    ):
        raise Refusal("Quotes between backquotes cannot be told apart: write $(...) instead, then move the value.")
    _refuse_taken_name(source, secret)


def _refuse_taken_name(source: Source, secret: Secret) -> None:
    """A variable that the script sets itself, before the value stands, does not come from the environment."""
    setting = re.compile(rf"(?<![\w$]){secret.name}\+?=(?!=)")
    for number in range(secret.span.line + 1):
        for found in setting.finditer(source.lines[number]):
            node = source.node_at(Span(number, found.start(), number, found.end() - 1)).parent
            if node is None or node.type != "variable_assignment":
                continue
            span, value = source.span_of(node), source.text_of(node).partition("=")[2]
            local = node.parent is not None and node.parent.type == "command"  # `NAME=value command` ends with it
            if local or span[:2] > secret.span[:2] or span[2:] >= secret.span[2:]:
                continue
            if secret.name not in value and source.cut(secret.span) not in value:
                raise Refusal(f"This script sets {secret.name} itself: give the variable another name.")


def _form(source: Source, node: Node) -> Literal:
    span = source.span_of(node)
    kind = node.type
    default = node if kind == "expansion" else _default_around(node)
    if default is not None and (kind not in _QUOTED or (kind == "raw_string" and _in_double_quotes(node))):
        place = _default_of(source, default)
        return Literal(default, place, place, "", "")
    named = node.parent is not None and node.parent.type == "function_definition"
    if kind in _NAMES or kind == "heredoc_body" or named:
        raise Refusal(NO_LITERAL)
    if kind in _QUOTED:
        literal = literal_of(source, node)
        opening = literal.opening
        if opening not in ('"', "'", "$'"):
            raise Refusal(CROSSES)
        return literal
    if kind in ("regex", "extglob_pattern") and _PATTERN.search(source.text_of(node)):
        raise Refusal("The value is a pattern: compare with a variable that is in quotes, then move the value.")
    return Literal(node, span, span, "", "")


def _in_double_quotes(node: Node) -> bool:
    for around in ancestors(node):
        if around.type in ("string", "heredoc_body"):
            return True
        if around.type.endswith("_substitution"):
            return False
    return False


def _default_around(node: Node) -> Node | None:
    """The expansion `${OTHER:-value}` that a word is a part of, not its name."""
    around = node.parent
    while around is not None and around.type == "concatenation":
        around = around.parent
    if around is None or around.type != "expansion" or node == around.child_by_field_name("name"):
        return None
    return around


def _default_of(source: Source, around: Node) -> Span:
    """Where the default stands in `${OTHER:-value}`."""
    operator = next((child for child in around.children if child.type in _DEFAULTS), None)
    if operator is None:
        raise Refusal("The value is a part of an expansion that computes: move it by hand.")
    end = source.span_of(around)
    return Span(*source.span_of(operator)[2:], end.end_line, end.end_column - 1)


def posix(expand: Callable[[str], str], plain: Callable[[str], str] = lambda text: text) -> Language:
    """Shell words where `expand` spells a variable and `plain` gives what the shell sees of a text."""

    def read(source: Source, literal: Literal, name: str) -> str:
        if literal.node.type == "expansion" and _in_double_quotes(literal.node):
            return expand(name)
        return f'"{expand(name)}"'

    def embed(source: Source, literal: Literal, name: str) -> str | None:
        if literal.opening == '"':
            return expand(name)
        return None

    def instead(source: Source, literal: Literal, name: str) -> list[Change] | None:
        around = literal.node
        found = re.match(rf"\$\{{{name}(:?)[=-]", source.text_of(around)) if around.type == "expansion" else None
        if found is None:
            return None
        start = source.span_of(around)
        return [Change(Span(start.line, start.column + 2 + len(name), *literal.span[2:]), f"{found[1]}?")]

    return Language(
        kinds=_QUOTED | _WORDS | _NAMES | {"expansion"},
        read=read,
        decode=lambda literal, raw: decode_word(literal, plain(raw)),
        embed=embed,
        is_bare=lambda node: True,
        join="",
        form=_form,
        reopen=_reopen,
        instead=instead,
    )


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    """Double quotes for a text in which they change nothing."""
    if literal.opening == "'" and not any(_OPEN_TO_READING.search(gap) for gap in gaps):
        return '"', '"'
    parent = literal.node.parent
    whole = literal.node.type != "expansion" and (parent is None or parent.type != "concatenation")
    if literal.opening == "" and whole and gaps[-1] and all(_PLAIN_WORD.fullmatch(gap) for gap in gaps):
        return '"', '"'
    return None


def _out_of_document(
    source: Source, body: Node, secrets: Sequence[Secret], language: Language
) -> tuple[list[Change], dict[str, str]]:
    """The changes that take secrets out of a here-document."""
    redirect = body.parent
    start = next((child for child in (redirect.children if redirect else ()) if child.type == "heredoc_start"), None)
    if start is None or redirect is None:
        raise Refusal("The here-document is not finished yet: finish it, then move its value.")
    mark = source.text_of(start)
    quoted = re.search(r"[\"'\\]", mark) is not None
    span = source.span_of(body)
    holder = Literal(body, span, span, '"' if not quoted else "'", "")
    values: dict[str, str] = {}
    changes: list[Change] = []
    at = span[:2]
    for secret in sorted(secrets):
        raw = source.cut(secret.span)
        if source.text_of(redirect).startswith("<<-"):
            raw = re.sub(r"(?m)^\t+", "", raw)
        hidden = raw.replace('\\"', '\\\\"') if not quoted else raw  # only here does \" keep its backslash
        take(values, {secret.name: language.decode(holder, hidden)})
        spelled = language.embed(source, _reopened(holder), secret.name) or ""
        changes.append(Change(secret.span, spelled))
        if quoted:
            changes += _escaped(source, Span(*at, *secret.span[:2]))
            at = secret.span[2:]
    if quoted:
        bare = re.sub(r"[\"'\\]", "", mark)
        if not re.fullmatch(r"\w+", bare):
            raise Refusal("The mark of this here-document needs its quotes: rename it, then move the value.")
        changes += [Change(source.span_of(start), bare), *_escaped(source, Span(*at, *span[2:]))]
    return changes, values


def _reopened(literal: Literal) -> Literal:
    """The literal as double quotes hold it."""
    return literal._replace(opening='"', closing='"')


def _escaped(source: Source, span: Span) -> list[Change]:
    """Backslashes that keep a text as it is where the shell begins to expand it."""
    changes = []
    for line in range(span.line, span.end_line + 1):
        first = span.column if line == span.line else 0
        last = span.end_column if line == span.end_line else len(source.lines[line])
        text = source.lines[line][first:last]
        for found in re.finditer(r"[$`]|\\(?=[$`\\\r\n])", text):
            column = first + found.start()
            changes.append(Change(Span(line, column, line, column), "\\"))
    return changes


POSIX = posix(expansion)
