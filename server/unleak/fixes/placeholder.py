"""A placeholder in place of a value: text that says what belongs there, and that no scanner takes for a secret.

Between quotes of its own that is `<STRIPE_SECRET_KEY>`. Everywhere else it is `REPLACE_WITH_STRIPE_SECRET_KEY`, which
is nothing but a word to URLs, shells, markup, YAML and to whatever else may read the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unleak.detect.roles import family_of
from unleak.finding import Span
from unleak.fixes.change import Change, Refusal
from unleak.fixes.idioms import idiom_of
from unleak.fixes.source import Source, ancestors

if TYPE_CHECKING:
    from tree_sitter import Node

_QUOTES = "\"'`"
# Where `<` means something between quotes, too, or where quotes may themselves lie between others.
_WORDS_ALONE = frozenset(
    "XML, Vue, Svelte, Shell, fish, PowerShell, Batch, Make, Dockerfile, dotenv, nginx".split(", ")
)
_TYPED = frozenset("JSON, TOML, Terraform, HCL, Terraform values".split(", "))
"""Kinds of files in which a bare word is no value."""
_TEXTS = ("string", "template", "heredoc", "comment", "quoted")  # parts of the names of nodes that hold any text


def placeholder(source: Source, span: Span, name: str) -> Change:
    """What takes the place of the value at `span`; `name` is that of the variable that would hold it.

    A value of several lines becomes one line. Refusal where the file is the secret and nothing but it.
    """
    if family_of(source.path) == "key":
        raise Refusal("This file is the key itself: move it out of the project and keep its path in a variable.")
    idiom = idiom_of(source.path, source.text)
    kind = idiom.name if idiom else ""
    if kind in _TYPED and _is_bare(source, span):
        return Change(span, f'"<{name}>"')
    if kind not in _WORDS_ALONE and family_of(source.path) not in ("xml", "shell") and _has_own_quotes(source, span):
        return Change(span, f"<{name}>")
    return Change(span, f"REPLACE_WITH_{name}")


def _has_own_quotes(source: Source, span: Span) -> bool:
    before = source.lines[span.line][: span.column][-1:]
    after = source.lines[span.end_line][span.end_column :][:1]
    return bool(before) and before in _QUOTES and before == after


def _is_bare(source: Source, span: Span) -> bool:
    """Whether the value is a number or a word of the language and stands in no text."""
    if _has_own_quotes(source, span) or not source.grammar:
        return False
    node = source.node_at(span)
    return not any(_holds_text(around) for around in (node, *ancestors(node)))


def _holds_text(node: Node) -> bool:
    return node.type != "template_expr" and any(kind in node.type for kind in _TEXTS)
