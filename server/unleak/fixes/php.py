"""PHP: `getenv('NAME')`; Laravel's `env('NAME')` in its configuration, `$_ENV['NAME']` where Symfony fills it.

Where PHP allows only constant expressions the value is set where the program runs: see `php_constants`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.escapes import COMPUTED, UNTOLD
from unleak.fixes.literals import Language, Literal, literal_at, move_literals
from unleak.fixes.php_constants import made_at_run_time, refuse_constant
from unleak.fixes.source import Source, ancestors, walk

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPE = re.compile(
    r"\\(?:(?P<single>[nrtvef\\$\"])|(?P<octal>[0-7]{1,3})|x(?P<two>[0-9A-Fa-f]{1,2})|u\{(?P<point>[0-9A-Fa-f]{1,6})\})"
)
_FILLING = ("symfony/dotenv", "symfony/framework-bundle", "symfony/runtime", "vlucas/phpdotenv")
_SINGLE = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "e": "\x1b", "f": "\f", "\\": "\\", "$": "$", '"': '"'}
_CONFIGURATION = re.compile(r"(?:^|/)config/(?:[^/]+/)*[^/]+\.php$")
_VARIABLE = re.compile(r"\$_(?:ENV|SERVER)\[(['\"])(\w+)\1\]")
_READ = re.compile(r"(?:\\?getenv|env)\((['\"])(\w+)\1\)")
_FIXED = frozenset({"string_content", "escape_sequence", "nowdoc_string"})
_LOOSER = frozenset({".", "==", "===", "!=", "!==", "<>", "<=>", "<", ">", "<=", ">=", "&&", "||", "??"})
_STATEMENT_LISTS = ("program", "compound_statement", "case_statement", "default_statement", "colon_block")
_CACHED = "Laravel reads `.env` only while its configuration is not cached: read the variable in `config/` if it is."


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a PHP text as variables of the environment."""
    places = [literal_at(source, secret.span, _PHP) for secret in secrets]
    for secret, literal in zip(secrets, places, strict=True):
        for part in walk(literal.node):
            if part != literal.node and part.type not in _FIXED and part.type not in ("heredoc_body", "nowdoc_body"):
                is_inside = _overlap(source.span_of(part), secret.span)
                if is_inside and part.type not in ("heredoc_start", "heredoc_end"):
                    raise Refusal(COMPUTED)
    moved = move_literals(source, secrets, _PHP)
    changes = [*moved.changes]
    for secret, literal in zip(secrets, places, strict=True):
        if literal.opening.startswith("<<<") and any(change.span == secret.span for change in changes):
            changes += _prepared(source, literal, secret.name)
    if _way(source) != "%env(":  # which is a constant itself
        changes = made_at_run_time(source, [literal.node for literal in places], changes)
    is_cached = _framework(source) == "laravel" and not _CONFIGURATION.search(source.path)
    return Move(tuple(merged(changes)), moved.values, (_CACHED,) if is_cached else ())


def _overlap(one: Span, other: Span) -> bool:
    return one[:2] < other[2:] and other[:2] < one[2:]


def _framework(source: Source) -> str:
    """`laravel`, or `filled` where a package fills `$_ENV` alone, as the project's `composer.json` says; else empty."""
    for up in range(7):
        composer = source.beside("../" * up + "composer.json")
        if composer is not None:
            if '"laravel/framework"' in composer or '"laravel/lumen-framework"' in composer:
                return "laravel"
            return "filled" if any(f'"{package}"' in composer for package in _FILLING) else ""
    return ""


def _way(source: Source) -> str:
    """How this file reads variables: `env(`, `$_ENV[`, `%env(` or `getenv(`."""
    is_configuration = _CONFIGURATION.search(source.path) is not None
    framework = "" if "getenv(" in source.text else _framework(source)
    if is_configuration and "ContainerConfigurator" in source.text:
        return "%env("
    if is_configuration and (framework == "laravel" or re.search(r"(?<![\w>:$])env\(['\"]", source.text)):
        return "env("
    if framework == "filled" or ("$_ENV[" in source.text and "getenv(" not in source.text):
        return "$_ENV["
    return "getenv("


def _read(source: Source, literal: Literal, name: str) -> str:
    quote = '"' if literal.opening.endswith('"') else "'"
    way = _way(source)
    if way == "%env(":
        return f"{quote}%env({name})%{quote}"
    return f"{way}{quote}{name}{quote}{']' if way == '$_ENV[' else ')'}"


def _embed(source: Source, literal: Literal, name: str) -> str | None:
    way = _way(source)
    if way == "%env(":
        return f"%env({name})%"
    if literal.opening.startswith("<<<"):
        return f"{{$_ENV['{name}']}}" if way == "$_ENV[" else f"{{${_variable(source, name)}}}"
    return f"{{$_ENV['{name}']}}" if way == "$_ENV[" and literal.opening == '"' else None


def _reopen(source: Source, literal: Literal, gaps: Sequence[str]) -> tuple[str, str] | None:
    if _way(source) == "$_ENV[" and literal.opening == "'" and not any(set(gap) & set('\\"${') for gap in gaps):
        return '"', '"'
    return None


def _variable(source: Source, name: str) -> str:
    """A name for a variable of the program that it does not have yet."""
    variable = name.lower()
    while re.search(rf"\${variable}\b", source.text):
        variable += "_value"
    return variable


def _prepared(source: Source, literal: Literal, name: str) -> Iterator[Change]:
    """What a heredoc needs before it can hold a variable's value: it cannot call a function."""
    if literal.node.type == "nowdoc":
        if set(source.cut(literal.content)) & set("\\$"):
            raise Refusal("This text takes every sign as it is: write it as a heredoc first, then move the value.")
        start = next(child for child in literal.node.named_children if child.type == "heredoc_start")
        line, column, _, end = source.span_of(start)
        quoted = source.lines[line][column - 1 : end + 1]
        if quoted == f"'{source.text_of(start)}'":
            yield Change(Span(line, column - 1, line, end + 1), source.text_of(start))
    if _way(source) in ("%env(", "$_ENV["):
        return
    statement = literal.node
    for around in ancestors(literal.node):
        if around.type in _STATEMENT_LISTS:
            break
        statement = around
    span = source.span_of(statement)
    inside = statement.parent is not None and statement.parent.type in _STATEMENT_LISTS
    if not inside or source.lines[span.line][: span.column].strip():
        raise Refusal("A heredoc can call no function: put the value into a variable first, then move it.")
    indent = source.indentation(span.line)
    yield source.inserted(span.line, f"{indent}${_variable(source, name)} = {_read(source, literal, name)};")


def _form(source: Source, node: Node) -> Literal | None:
    """The parts of a heredoc: the last line break belongs to its closing."""
    if node.type not in ("heredoc", "nowdoc"):
        return None
    span = source.span_of(node)
    if span.end_line < span.line + 2 or not any(child.type == "heredoc_end" for child in node.named_children):
        raise Refusal("The heredoc is not closed yet: finish it, then move its value.")
    last = span.end_line - 1
    content = Span(span.line + 1, 0, last, len(source.lines[last].rstrip("\r\n")))
    opening = source.lines[span.line][span.column :].rstrip("\r\n")
    return Literal(node, span, content, opening, "\n" + source.indentation(span.end_line))


def _decode(literal: Literal, raw: str) -> str:
    if literal.opening.endswith("'") and not literal.opening.startswith("<<<"):
        return re.sub(r"\\([\\'])", r"\1", raw)
    if literal.opening.startswith("<<<"):
        lines = raw.replace("\r\n", "\n").split("\n")
        width = len(literal.closing) - 1
        if any(line[:width].strip() for line in lines[1:]):
            raise Refusal(UNTOLD)
        is_whole = len(lines) == len((literal.node.text or b"").splitlines()) - 2
        first = lines[0][width:] if is_whole and not lines[0][:width].strip() else lines[0]
        raw = "\n".join([first, *(line[width:] for line in lines[1:])])
        if literal.node.type == "nowdoc":
            return raw
    is_heredoc = literal.node.type == "heredoc"
    return _ESCAPE.sub(lambda escape: _meaning(escape, is_heredoc), raw)


def _meaning(escape: re.Match[str], is_heredoc: bool) -> str:
    if escape["single"]:
        return escape[0] if is_heredoc and escape["single"] == '"' else _SINGLE[escape["single"]]
    number = int(escape["point"] or escape["two"] or "0", 16) or int(escape["octal"] or "0", 8)
    if (not escape["point"] and number > 127) or number > 0x10FFFF or 0xD800 <= number < 0xE000:
        raise Refusal(UNTOLD)
    return chr(number)


def _refuse(source: Source, literal: Literal) -> None:
    parent, before = literal.node.parent, source.lines[literal.span.line][: literal.span.column].rstrip()
    if parent is not None and parent.type == "expression_statement" and not before.endswith("<?="):
        raise Refusal("Nothing reads this string: replace the value by a placeholder.")
    if _way(source) != "%env(":
        refuse_constant(source, literal.node)


def _instead(source: Source, literal: Literal, name: str) -> Iterable[Change] | None:
    """What becomes of a default for a variable, and of a value that the program sets itself."""
    node, parent = literal.node, literal.node.parent
    if parent is None:
        return None
    first = source.text_of(parent.named_children[0])
    if parent.type in ("conditional_expression", "binary_expression") and parent.named_children[-1] == node:
        read = _VARIABLE.fullmatch(first) or _READ.fullmatch(first)
        rest = source.cut(Span(*source.span_of(parent.named_children[0])[2:], *literal.span[:2])).strip()
        if read is not None and read[2] == name and rest in ("?:", "??", "? :"):
            return [Change(source.span_of(parent), first)]
    if parent.type == "assignment_expression" and parent.parent is not None:
        setter = _VARIABLE.fullmatch(first)
        span = source.span_of(parent.parent)
        text = source.lines[span.line][: span.column] + source.lines[span.end_line][span.end_column :]
        is_alone = parent.parent.type == "expression_statement" and not text.strip()
        if setter and setter[2] == name and is_alone and span.end_line + 1 < len(source.lines):
            return [Change(Span(span.line, 0, span.end_line + 1, 0), "")]
    call = parent.parent.parent if parent.type == "argument" and parent.parent is not None else None
    if call is not None and call.type == "function_call_expression":
        given = call.named_children[-1].named_children
        key = source.text_of(given[0]).strip("'\"")
        if source.text_of(call.named_children[0]) == "env" and given[1:] == [parent] and key == name:
            return [Change(Span(*source.span_of(given[0])[2:], *source.span_of(parent)[2:]), "")]
    return None


def _is_bare(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    operator = parent.child_by_field_name("operator") if parent.type == "binary_expression" else None
    return (operator is not None and operator.type in _LOOSER) or parent.type in (
        "conditional_expression",
        "assignment_expression",
        "augmented_assignment_expression",
        "argument",
        "arrow_function",
        "match_conditional_expression",
        "match_default_expression",
        "print_intrinsic",
        "array_element_initializer",
        "return_statement",
        "echo_statement",
        "sequence_expression",
        "const_element",
        "property_element",
        "simple_parameter",
        "static_variable_declaration",
        "parenthesized_expression",
    )


_PHP = Language(
    kinds=frozenset({"string", "encapsed_string", "heredoc", "nowdoc"}),
    read=_read,
    decode=_decode,
    embed=_embed,
    refuse=_refuse,
    reopen=_reopen,
    instead=_instead,
    form=_form,
    join=" . ",
    is_bare=_is_bare,
)
