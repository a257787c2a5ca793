"""Shell text: whatever a value holds, the fixed words are the same words."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unleak.finding import Span
from unleak.fixes.change import Refusal, Secret, applied
from unleak.fixes.shell import move
from unleak.fixes.source import Source

VALUES = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x1F6FF, exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1
)


def in_double_quotes(value: str) -> str:
    for sign in '\\$`"':
        value = value.replace(sign, f"\\{sign}")
    return value


def fixed(text: str, start: int, end: int) -> tuple[str, dict[str, str]]:
    source = Source(text, "a.sh", "bash")
    made = move(source, [Secret(Span(0, start, 0, end), "SECRET")])
    return applied(text, made.changes), dict(made.values)


@given(VALUES)
def test_what_double_quotes_hold_is_decoded(value: str) -> None:
    spelled = in_double_quotes(value)
    text, values = fixed(f'key="{spelled}"\n', 5, 5 + len(spelled))
    assert text == 'key="${SECRET:?}"\n'
    assert values == {"SECRET": value}


@given(
    VALUES.filter(lambda value: "'" not in value), st.sampled_from(["a ", 'a "$x" ', ""]), st.sampled_from([" b", ""])
)
@settings(max_examples=30, deadline=None)
@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_fixed_words_are_the_same(value: str, before: str, after: str) -> None:
    text = f"printf '%s' '{before}{value}{after}'\n"
    start = len("printf '%s' '") + len(before)
    new, values = fixed(text, start, start + len(value))
    told = [
        subprocess.run(
            ["bash", "-c", script], env={**os.environ, **values, "LC_ALL": "C.UTF-8"}, capture_output=True, check=False
        ).stdout.decode()
        for script in (text, new)
    ]
    assert told[0] == told[1] == before + value + after


@pytest.mark.parametrize("text", ["echo $((12345678))\n", "echo ${x/12345678/b}\n", "f12345678() { :; }\n"])
def test_what_is_no_word_is_refused(text: str) -> None:
    at = text.index("12345678")
    with pytest.raises(Refusal):
        fixed(text, at, at + 8)
