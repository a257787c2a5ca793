"""Texts with their trees: what is parsed on is what would be parsed anew."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from unleak.fixes.source import Source, walk

_PIECES = st.lists(
    st.sampled_from(
        ["x = 1", "def f(a, b):", "    return a", '"é🔑"', "'''", "(", ")", "# c", "\\", "\r\n", "\n", "\n\n"]
    )
)


def shape(source: Source) -> list[tuple[str, tuple[int, int, int, int]]]:
    return [(node.type, tuple(source.span_of(node))) for node in walk(source.root)]


@settings(max_examples=200, deadline=None, derandomize=True)  # the parser recovers from errors as it finds best
@given(_PIECES, _PIECES, _PIECES, _PIECES)
def test_a_text_that_becomes_another_has_the_tree_of_that(
    head: list[str], before: list[str], after: list[str], tail: list[str]
) -> None:
    old, new = ("".join([*head, *middle, *tail]) for middle in (before, after))
    source = Source(old, "a.py", "python")
    assert source.root is not None
    become = source.become(new)
    assert become.text == new
    assert shape(become) == shape(Source(new, "a.py", "python"))
