"""Which of the pack's grammars the fixes ask for; the pack has four times as many."""

from __future__ import annotations

from unleak.fixes import comment_styles
from unleak.fixes.idioms import idioms

PACK = "tree_sitter_language_pack"
_PACKAGES = {
    "csharp": "tree_sitter_c_sharp",
    "yaml": "tree_sitter_yaml",
    "embeddedtemplate": "tree_sitter_embedded_template",
}
"""Grammars that are packages of their own; the pack imports all three."""


def names() -> list[str]:
    """The grammars of all files that a fix or a comment of unleak can go into."""
    suffixes, patterns = comment_styles._further()
    further = [*suffixes.values(), *(commenting for _, commenting in patterns), *comment_styles._BY_NAME.values()]
    found = {idiom.grammar for idiom in idioms()} | {commenting.grammar for commenting in further}
    return sorted(found - {""})


def modules() -> list[str]:
    """The modules that hold them."""
    return [PACK, *_PACKAGES.values(), *(f"{PACK}.bindings.{name}" for name in names() if name not in _PACKAGES)]
