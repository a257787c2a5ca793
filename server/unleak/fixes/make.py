"""Make: variables of the environment are variables of make; recipes read them by the shell, so that none is printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import take
from unleak.fixes.shell import expansion, move_words, posix
from unleak.fixes.source import Source, ancestors

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

_REFERENCES = frozenset({"variable_reference", "substitution_reference", "function_call", "shell_function"})
_SHELLS = re.compile(r"(?m)^[ \t]*(?:export[ \t]+)?\.?SHELL[ \t]*[:?]?=[ \t]*(?!\S*sh\b)")
_EXPORTS_ALL = re.compile(r"(?m)^[ \t]*(?:export[ \t]*$|\.EXPORT_ALL_VARIABLES)")
_COMMENT = re.compile(r"(?<!\\)#")


class Recipe(Source):
    """A text of make of which the shell sees one recipe; what make expands in it is a word to the shell."""

    def __init__(self, source: Source, span: Span) -> None:
        super().__init__(source.text, source.path, "bash")
        self._span = span

    @cached_property
    def tree(self) -> Tree:
        lines = ["\n"] * len(self.lines)
        span = self._span
        for number in range(span.line, span.end_line + 1):
            line = self.lines[number].rstrip("\r\n")
            head = re.match(r"[\t ]*[@+\-\t ]*" if number == span.line else r"\t?", line)
            blank = head.end() if head else 0
            lines[number] = " " * blank + _hidden(line[blank:]) + "\n"
        return Source("".join(lines), self.path, "bash").tree


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a makefile as variables of the environment."""
    recipes: dict[Span, list[Secret]] = {}
    changes: list[Change] = []
    values: dict[str, str] = {}
    for secret in secrets:
        node = source.node_at(secret.span)
        around = [node, *ancestors(node)]
        _refuse_place(source, around, secret)
        recipe = next((one for one in around if one.type == "recipe_line"), None)
        if recipe is not None and not any(one.type in _REFERENCES for one in around):
            recipes.setdefault(source.span_of(recipe), []).append(secret)
            continue
        value = _plain(source.cut(secret.span).replace("\\#", "#"))
        take(values, {secret.name: value})
        assignment = next((one for one in around if one.type == "variable_assignment"), None)
        own = _assigned_itself(source, assignment, secret, value) if assignment is not None else None
        changes.append(own or Change(secret.span, _reference(secret.name, value)))
    for span, inside in recipes.items():
        if _SHELLS.search(source.text):
            raise Refusal("The recipes here are of no shell that is known: assign the value above, then move it.")
        moved = move_words(Recipe(source, span), inside, _IN_RECIPES)
        changes += moved.changes
        take(values, moved.values)
    return Move(tuple(merged(changes)), values)


def _reference(name: str, value: str) -> str:
    """A reference to a variable of the environment, whose dollars make would read again."""
    return f"$(value {name})" if "$" in value else f"$({name})"


def _assigned_itself(source: Source, assignment: Node, secret: Secret, value: str) -> Change | None:
    """The change where a value is all that a variable of the same name gets: make has it from the environment."""
    name, operator = assignment.child_by_field_name("name"), assignment.child_by_field_name("operator")
    text = assignment.child_by_field_name("value")
    if name is None or operator is None or text is None or source.text_of(name) != secret.name:
        return None
    content = source.cut(source.span_of(text))
    comment = _COMMENT.search(content)
    if content[: comment.start() if comment else None].strip() != source.cut(secret.span):
        return None
    sign = source.text_of(operator)
    if sign not in ("=", ":=", "::=", ":::=", "?="):
        return None
    span = Span(*source.span_of(operator)[:2], *secret.span[2:])
    if "$" in value:
        return Change(span, f":= $(value {secret.name})")
    # What is exported is computed for every recipe, even for those that need no key.
    exported = assignment.parent is not None and assignment.parent.type == "export_directive"
    named = re.search(rf"(?m)^[ \t]*export[ \t][^=\n]*\b{secret.name}\b[^=\n]*$", source.text)
    if exported or named or _EXPORTS_ALL.search(source.text):
        return Change(span, "?=")
    return Change(span, f"?= $(error {secret.name} is not set)")


def _refuse_place(source: Source, around: Sequence[Node], secret: Secret) -> None:
    line = source.lines[secret.span.line][: secret.span.column]
    if any(one.type == "comment" for one in around) or (not line.startswith("\t") and _COMMENT.search(line)):
        raise Refusal("Nothing reads a comment: replace the value by a placeholder.")
    own = re.search(rf"\b{secret.name}[ \t]*:{{0,3}}\??=", line)
    setting = re.compile(rf"(?<![\w$({{]){secret.name}[ \t]*(?::{{0,3}}|[+!])=")
    for number, text in enumerate(source.lines):
        if own and number >= secret.span.line:
            break
        if text.startswith("\t") or not setting.search(text.partition("#")[0]):
            continue
        if source.cut(secret.span) not in text and f"value {secret.name}" not in text:
            raise Refusal(f"This makefile sets {secret.name} itself: give the variable another name.")


def _plain(text: str) -> str:
    """What make hands on of a text; Refusal where it expands a part of it."""
    if "\n" in text or "\r" in text or re.search(r"\$", text.replace("$$", "")):
        raise Refusal("Make computes a part of this value: move what is fixed in it by hand.")
    return text.replace("$$", "$")


def _hidden(line: str) -> str:
    """A line as the shell reads it, of the same length: a word in place of what make expands."""
    parts: list[str] = []
    at = 0
    while (dollar := line.find("$", at)) >= 0:
        parts.append(line[at:dollar])
        at = dollar + 2
        following = line[dollar + 1 : at]
        if following == "$":
            parts.append("x$")
            continue
        closing = {"(": ")", "{": "}"}.get(following)
        depth = 1 if closing else 0
        while depth and at < len(line):
            depth += (line[at] == following) - (line[at] == closing)
            at += 1
        parts.append("".join("x" if letter.isascii() else letter for letter in line[dollar:at]))
    return "".join([*parts, line[at:]])


_IN_RECIPES = posix(lambda name: f"${expansion(name)}", _plain)
