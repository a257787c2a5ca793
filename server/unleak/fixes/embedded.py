"""Code of one language inside a file of another: scripts in pages, fenced blocks in Markdown, recipes of Make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unleak.finding import Span
from unleak.fixes.comment_styles import Commenting, Style, commenting_in_fence, commenting_of
from unleak.fixes.source import Source, within

if TYPE_CHECKING:
    from tree_sitter import Node

_PAGES = ("html", "vue", "svelte")
_NO_BREAK = re.compile(r"[^\r\n]")
_TYPED = re.compile(r"""lang\s*=\s*["']?(?:ts|tsx|typescript)\b""")
_DATA = re.compile(r"""type\s*=\s*["']?[\w/+\-]*json""")
_RECIPE = re.compile(r"\t[ \t@+\-]*")


def section_at(source: Source, span: Span) -> tuple[Source, Commenting] | None:
    """The code around `span` with blanks in place of the rest of the file, and how it is commented.

    None where `span` stands in the file's own language, or in one that is not known.
    """
    if source.grammar in _PAGES:
        return _section_of_page(source, span)
    if source.grammar == "markdown":
        fence = within(source.node_at(span), ("fenced_code_block",))
        return _section_of_fence(source, fence) if fence is not None else None
    if source.grammar == "make" and (recipe := _RECIPE.match(source.lines[span.line])):
        begin = Span(span.line, recipe.end(), span.line, len(source.lines[span.line]))
        return _cut_out(source, begin, "bash"), Commenting((Style("#"),), "bash")
    return None


def _section_of_page(source: Source, span: Span) -> tuple[Source, Commenting] | None:
    code = within(source.node_at(span), ("raw_text",))
    if code is None or code.parent is None:
        return None
    tag = source.text_of(code.parent.named_children[0])
    if code.parent.type == "style_element":
        commenting = commenting_of("x.scss" if "lang" in tag else "x.css")
    elif _DATA.search(tag):
        return None
    else:
        commenting = commenting_of("x.ts" if _TYPED.search(tag) else "x.js")
    return _cut_out(source, source.span_of(code), commenting.grammar), commenting


def _section_of_fence(source: Source, fence: Node) -> tuple[Source, Commenting] | None:
    parts = {child.type: child for child in fence.named_children}
    if "info_string" not in parts or "code_fence_content" not in parts:
        return None
    words = re.findall(r"[\w+#]+", source.text_of(parts["info_string"]))
    commenting = commenting_in_fence(words[0]) if words else Commenting(())
    return _cut_out(source, source.span_of(parts["code_fence_content"]), commenting.grammar), commenting


def _cut_out(source: Source, span: Span, grammar: str) -> Source:
    lines = list(source.lines)
    begin, end = lines[span.line], lines[span.end_line]
    before = "".join(lines[: span.line]) + begin[: span.column]
    after = end[span.end_column :] + "".join(lines[span.end_line + 1 :])
    return Source(_NO_BREAK.sub(" ", before) + source.cut(span) + _NO_BREAK.sub(" ", after), source.path, grammar)
