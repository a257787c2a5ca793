"""YAML as fixes need it: the scalar around a value, the keys above it, and how a new text is spelled in its place.

Scalars come from the syntax tree. The keys above them come from indentation, so that templates and half-typed
lines elsewhere in the file hinder nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Refusal, Secret
from unleak.fixes.commands import Command
from unleak.fixes.literals import CROSSES, NO_LITERAL
from unleak.fixes.source import Source, ancestors, within
from unleak.text import line_width

if TYPE_CHECKING:
    from tree_sitter import Node

_KINDS = frozenset({"plain_scalar", "double_quote_scalar", "single_quote_scalar", "block_scalar"})
_FLOW = frozenset({"flow_mapping", "flow_sequence"})
_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0abt\tnvfre \"/\\N_LP]))|(\\)|([^\\]+)"
)
_ESCAPED = dict(zip('0abt\tnvfre "/\\N_LP', '\0\a\b\t\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029', strict=True))
_HEADER = re.compile(r"(?P<style>[|>])(?P<options>[0-9+-]{0,2})[ \t]*(?:#[^\r\n]*)?\r?\n?")
_STEP = re.compile(r"(?P<dash>-(?:[ \t]+|$))|(?P<quoted>\"[^\"\n]*\"|'[^'\n]*')[ \t]*:(?:[ \t]|$)")
_UNCLEAR = "What this text means cannot be told here: move its value by hand."


class Step(NamedTuple):
    """A key or a dash (`-`) on the way to a value, and where it stands."""

    key: str
    line: int
    column: int


class Scalar(NamedTuple):
    """A scalar value; `steps` lead to it from the top of its document."""

    span: Span  # with its quotes, or from the sign of a block on
    content: Span
    style: str  # "plain", `"`, `'`, `|` or `>`
    options: str  # of a block's header: `-`, `+`, a number
    steps: tuple[Step, ...]
    in_flow: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that lead here, without the dashes."""
        return tuple(step.key for step in self.steps if step.key != "-")

    @property
    def key(self) -> str:
        return self.keys[-1] if self.keys else ""

    @property
    def is_block(self) -> bool:
        return self.style in "|>"


def scalar_at(source: Source, span: Span) -> Scalar:
    """The scalar around a span; Refusal where there is none, or where it is a key."""
    node = _node_at(source, span)
    if node is None:
        raise Refusal(NO_LITERAL)
    place = source.span_of(node)
    begin = source.cut(place)
    style, options, content = "plain", "", place
    if node.type == "block_scalar":
        header = _HEADER.match(begin)
        if header is None:
            raise Refusal(NO_LITERAL)
        style, options = header["style"], header["options"]
        end = place.end_line if place.end_column else place.end_line - 1
        content = Span(place.line + 1, 0, end, line_width(source.lines[end]))
    elif node.type != "plain_scalar":
        style = begin[0]
        if len(begin) < 2 or begin[-1] != style:
            raise Refusal("The string is not closed yet: finish it, then move its value.")
        content = Span(place.line, place.column + 1, place.end_line, place.end_column - 1)
    if span[:2] < content[:2] or span[2:] > content[2:]:
        raise Refusal(CROSSES)
    behind = source.lines[place.end_line][place.end_column :].lstrip(" \t")
    if node.type != "block_scalar" and re.match(r":(?:\s|$)", behind):
        raise Refusal("A key can hold no reference: replace it by a placeholder.")
    flow = [around for around in ancestors(node) if around.type in _FLOW]
    top = source.span_of(flow[-1]) if flow else place
    steps = [*_steps_above(source.lines, top.line, top.column), *_steps_in_flow(source, node)]
    return Scalar(place, content, style, options, tuple(steps), bool(flow))


def _node_at(source: Source, span: Span) -> Node | None:
    """The node of the scalar: where the file does not parse, its lines are read alone."""
    if source.root.has_error:
        first = last = span.line
        indentation = len(source.indentation(first))
        while first > 0 and not _opens_block(source.lines[first]):
            first -= 1
            if source.lines[first].strip() and len(source.indentation(first)) < indentation:
                break
        if not _opens_block(source.lines[first]):
            first = span.line
        last = max(span.end_line, last)
        alone = [line if first <= at <= last else "\n" for at, line in enumerate(source.lines)]
        part = Source("".join(alone), source.path, "yaml")
        node = within(part.node_at(span), _KINDS)
        if node is not None and not part.root.has_error:
            return node
    return within(source.node_at(span), _KINDS)


def _opens_block(line: str) -> bool:
    return re.search(r"[:-][ \t]+(?:[!&][^\s]+[ \t]+)?[|>][0-9+-]{0,2}[ \t]*(?:#.*)?$", line.rstrip()) is not None


def steps_on(lines: Sequence[str], line: int) -> list[Step]:
    """The dashes and the key that a line begins with."""
    text = lines[line].rstrip()
    at = len(text) - len(text.lstrip(" "))
    found: list[Step] = []
    while at < len(text):
        step = _STEP.match(text, at)
        if step and step["dash"]:
            found.append(Step("-", line, at))
            at = step.end()
            continue
        if step:
            found.append(Step(step["quoted"][1:-1], line, at))
        elif text[at] not in "#\"'{[|>%@`":
            end = text.find(": ", at)
            end = len(text) - 1 if end < 0 and text.endswith(":") else end
            if end > at:
                found.append(Step(text[at:end].rstrip(), line, at))
        break
    return found


def _steps_above(lines: Sequence[str], line: int, column: int) -> list[Step]:
    """The steps that lead to the value that begins at a place."""
    path: list[Step] = []
    for at in range(line, -1, -1):
        text = lines[at]
        if text.startswith(("---", "...")) and at < line:
            break
        if path and text[:column].isspace() and (path[0].key != "-" or text[column : column + 1] in " -"):
            continue  # nothing here stands further to the left
        for step in reversed(steps_on(lines, at)):
            # A sequence may stand as far to the left as the key that holds it.
            beside = (
                path and path[0].key == "-" and step.key != "-" and step.column == column and step.line < path[0].line
            )
            if step.column < column or beside:
                path.insert(0, step)
                column = step.column
        if not column and path and path[0].key != "-":
            break
    return path


def _steps_in_flow(source: Source, node: Node) -> Iterator[Step]:
    found = []
    for around in ancestors(node):
        if around.type == "flow_pair":
            key = around.child_by_field_name("key")
            if key is not None:
                place = source.span_of(key)
                found.append(Step(source.text_of(key).strip("\"'"), place.line, place.column))
        elif around.type == "flow_sequence":
            place = source.span_of(around)
            found.append(Step("-", place.line, place.column))
    return reversed(found)


def document_of(lines: Sequence[str], line: int) -> range:
    """The lines of the document that `line` stands in."""
    first = next((at + 1 for at in range(line, -1, -1) if lines[at].startswith("---")), 0)
    last = next((at for at in range(line + 1, len(lines)) if lines[at].startswith("---")), len(lines))
    return range(first, last)


def siblings(lines: Sequence[str], step: Step) -> list[Step]:
    """The keys of the mapping that `step` is a key of, in order, itself among them."""

    def at_column(line: int) -> list[Step]:
        return [other for other in steps_on(lines, line) if other.column == step.column and other.key != "-"]

    def is_inside(line: int) -> bool:
        text = lines[line].strip()
        return not text or text.startswith("#") or len(lines[line]) - len(lines[line].lstrip(" ")) >= step.column

    found = [step]
    for line in range(step.line - 1, -1, -1):
        if any(other.key == "-" and other.column < step.column for other in steps_on(lines, found[0].line)):
            break
        found[:0] = at_column(line)
        if not is_inside(line):
            break
    for line in range(step.line + 1, len(lines)):
        if not is_inside(line):
            break
        found += at_column(line)
    return found


def child_column(lines: Sequence[str], step: Step) -> int | None:
    """Where the keys or dashes below a key begin; None where it has none."""
    for line in range(step.line + 1, len(lines)):
        text = lines[line].strip()
        if text and not text.startswith("#"):
            steps = steps_on(lines, line)
            if steps and (steps[0].column > step.column or (steps[0].key == "-" and steps[0].column == step.column)):
                return steps[0].column
            return None
    return None


def end_of(lines: Sequence[str], step: Step) -> int:
    """The first line behind all that belongs to a key; blank lines at the end do not."""
    end = step.line + 1
    for line in range(step.line + 1, len(lines)):
        text = lines[line]
        if not text.strip():
            continue
        column = len(text) - len(text.lstrip(" "))
        if column < step.column or (column == step.column and not text[column:].startswith(("- ", "-\n"))):
            break
        end = line + 1
    return end


def value_after(lines: Sequence[str], step: Step) -> str:
    """What stands behind a key on its own line, without quotes and comment."""
    text = lines[step.line][step.column :].partition(":")[2].strip()
    if text[:1] in "\"'" and text[:1]:
        return text[1:].partition(text[0])[0]
    return re.split(r"(?:^|[ \t])#", text, maxsplit=1)[0].strip()


def is_whole(source: Source, scalar: Scalar, span: Span) -> bool:
    """Whether a span is all of a scalar but for blanks around it."""
    before = source.cut(Span(*scalar.content[:2], *span[:2]))
    return not (before + source.cut(Span(*span[2:], *scalar.content[2:]))).strip()


def decoded(source: Source, scalar: Scalar, span: Span | None = None) -> str:
    """What a span of a scalar means, or all of it; Refusal where that is not certain."""
    raw = source.cut(span or scalar.content).replace("\r\n", "\n")
    if scalar.is_block:
        lines = source.cut(scalar.content).replace("\r\n", "\n").split("\n")
        indentation = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
        # A number of the header counts from the parent on: such a block is rare, its own blanks begin its lines.
        if (scalar.style == ">" and "\n" in raw) or any(option.isdigit() for option in scalar.options):
            raise Refusal(_UNCLEAR)
        first, *others = raw.split("\n")
        first = first if span else first[indentation:]
        text = "\n".join([first, *(line[indentation:] for line in others)])
        return text if span or "-" in scalar.options else text.rstrip("\n") + "\n"
    if "\n" in raw:
        if scalar.style == '"' and "\\\n" in raw:
            raise Refusal(_UNCLEAR)
        folded = re.sub(r"[ \t]*\n([ \t\n]*)", lambda gap: "\n" * gap[1].count("\n") or " ", raw)
        raw = folded
    if scalar.style == "'":
        return raw.replace("''", "'")
    return "".join(char for char, _ in _unescaped(raw)) if scalar.style == '"' else raw


def _unescaped(raw: str) -> Iterator[tuple[str, int]]:
    """The characters of a double-quoted text and where each one begins in it."""
    for piece in _ESCAPE.finditer(raw):
        if piece[6] is not None:
            yield from ((char, piece.start() + at) for at, char in enumerate(piece[6]))
        elif piece[5] is not None:
            raise Refusal(_UNCLEAR)
        else:
            code = piece[1] or piece[2] or piece[3]
            yield (chr(int(code, 16)) if code else _ESCAPED[piece[4]]), piece.start()


def command_of(source: Source, scalar: Scalar) -> Command:
    """A scalar as the command that a shell gets, every character with its place."""
    text: list[str] = []
    places: list[tuple[int, int]] = []
    content = scalar.content
    if scalar.is_block:
        lines = range(content.line, content.end_line + 1)
        indentation = min((len(source.indentation(line)) for line in lines if source.lines[line].strip()), default=0)
        for line in lines:
            width = line_width(source.lines[line])
            text.append(source.lines[line][indentation:width] + "\n")
            places += [(line, column) for column in range(min(indentation, width), width + 1)]
        return Command("".join(text), (*places, (content.end_line, content.end_column)), str)
    if content.line != content.end_line:
        raise Refusal("This command reaches over several lines: write it as a block (`|`), then move its value.")
    raw = source.cut(content)
    if scalar.style == '"':
        pieces = list(_unescaped(raw))
    elif scalar.style == "'":
        pieces = [(part[0][0], part.start()) for part in re.finditer("''|[^']", raw)]
    else:
        pieces = [(char, at) for at, char in enumerate(raw)]
    places = [(content.line, content.column + at) for _, at in pieces]
    return Command(
        "".join(char for char, _ in pieces), (*places, (content.end_line, content.end_column)), _SPELL[scalar.style]
    )


_SPELL: dict[str, Callable[[str], str]] = {
    "plain": str,
    "'": lambda text: text.replace("'", "''"),
    '"': lambda text: text.replace("\\", "\\\\").replace('"', '\\"'),
    "|": str,
    ">": str,
}


def is_plain(text: str, in_flow: bool) -> bool:
    """Whether a text stands for itself without quotes."""
    if not text or text != text.strip() or text[0] in "\"'#&*!|>%@`,[]{}" or re.match(r"[-?:](?:\s|$)", text):
        return False
    if ": " in text or " #" in text or text.endswith(":") or "\n" in text:
        return False
    return not (in_flow and re.search(r"[\[\]{},]", text))


def put(source: Source, scalar: Scalar, references: Sequence[tuple[Secret, str]]) -> list[Change]:
    """References in place of secrets of one scalar, in its own style where that can hold them.

    A block that is a value as a whole gives way to a scalar of one line.
    """
    if len(references) == 1 and is_whole(source, scalar, references[0][0].span) and scalar.style != "'":
        reference = references[0][1]
        if scalar.style == '"':
            return [Change(scalar.content, reference.replace('"', "'"))]
        return [Change(scalar.span, reference if is_plain(reference, scalar.in_flow) else quoted(reference))]
    if scalar.style == "plain":
        pieces, at = [], scalar.content[:2]
        for secret, reference in references:
            pieces += [source.cut(Span(*at, *secret.span[:2])), reference]
            at = secret.span[2:]
        text = "".join([*pieces, source.cut(Span(*at, *scalar.content[2:]))])
        if not is_plain(text, scalar.in_flow):
            return [Change(scalar.span, quoted(text))]
    spell = _SPELL[scalar.style]
    if scalar.style == '"':
        return [Change(secret.span, reference.replace('"', "'")) for secret, reference in references]
    if scalar.style == "'":
        return [Change(secret.span, spell(reference.replace("'", '"'))) for secret, reference in references]
    return [Change(secret.span, reference) for secret, reference in references]


def quoted(text: str) -> str:
    """A text in double quotes, or in single ones where it holds double ones."""
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def by_scalar(source: Source, secrets: Sequence[Secret]) -> list[tuple[Scalar, list[Secret]]]:
    """Secrets by the scalar that they stand in, in order of place."""
    found: dict[Span, tuple[Scalar, list[Secret]]] = {}
    for secret in sorted(secrets):
        scalar = scalar_at(source, secret.span)
        found.setdefault(scalar.span, (scalar, []))[1].append(secret)
    return list(found.values())
