"""What a person sees who points at a finding."""

from __future__ import annotations

from pathlib import Path

import pytest
from editor import ACME, Start, acme, places
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

from unleak.config import Config
from unleak.finding import Finding, Severity, Span
from unleak.lsp.hover import beginning, explanation, finding_at, without_markup
from unleak.scanner import Scanner

URI = "file:///nowhere/app.py"
TEXT = f'import os\nKEY = "{ACME}"\n'
MARKDOWN = {"textDocument": {"hover": {"contentFormat": ["markdown", "plaintext"]}}}


def finding(span: Span, severity: Severity = Severity.WARNING, kind: str = "password") -> Finding:
    return Finding(span, "some-rule", kind, severity, 0.873, "signals", "A *message*.", "f")


@pytest.fixture
def sure(rules: Path) -> str:
    """How sure the scanner is, in percent; the text of the hover must say the same."""
    (found,) = Scanner(config=Config(extra_rules=(str(rules),))).scan(TEXT, "/nowhere/app.py")
    return f"{found.confidence:.0%}"


async def test_explains_a_finding_in_markdown(start: Start, sure: str) -> None:
    editor = await start(capabilities=MARKDOWN)
    editor.open(URI, TEXT)
    assert places(await editor.published(URI)) == [acme(1, 7)]
    assert await editor.hover(URI, 1, 10) == lsp.Hover(
        contents=lsp.MarkupContent(
            lsp.MarkupKind.Markdown,
            "**Acme \\*deploy\\* key** `acme…`\n\n"
            "Acme \\*deploy\\* key in the code: its format is unmistakable.\n\n"
            f"Rule `acme-key`, {sure} sure, decided by its format.\n\n"
            "Move it out of the code, into an environment variable or a secret store. If it was ever "
            "committed or shared, [revoke it](https://acme.example/settings/keys): whoever has read it "
            "can use it.\n\n"
            "[About this kind of secret](https://acme.example/docs/keys)",
        ),
        range=lsp.Range(lsp.Position(1, 7), lsp.Position(1, 32)),
    )


async def test_explains_it_in_plain_text_where_that_is_all_there_is(start: Start, sure: str) -> None:
    editor = await start()
    editor.open(URI, TEXT)
    await editor.published(URI)
    hover = await editor.hover(URI, 1, 7)
    assert hover is not None
    assert hover.contents == lsp.MarkupContent(
        lsp.MarkupKind.PlainText,
        "Acme *deploy* key acme…\n\n"
        "Acme *deploy* key in the code: its format is unmistakable.\n\n"
        f"Rule acme-key, {sure} sure, decided by its format.\n\n"
        "Move it out of the code, into an environment variable or a secret store. If it was ever "
        "committed or shared, revoke it (https://acme.example/settings/keys): whoever has read it "
        "can use it.\n\n"
        "About this kind of secret (https://acme.example/docs/keys)",
    )


async def test_says_nothing_elsewhere(start: Start) -> None:
    editor = await start()
    editor.open(URI, TEXT)
    await editor.published(URI)
    assert await editor.hover(URI, 0, 3) is None
    assert await editor.hover(URI, 1, 6) is None
    assert await editor.hover(URI, 1, 33) is None
    assert await editor.hover(URI, 90, 0) is None
    assert await editor.hover("file:///nowhere/other.py", 1, 10) is None


def test_the_more_serious_of_two_findings_counts() -> None:
    weak, strong = finding(Span(0, 0, 0, 9)), finding(Span(0, 4, 0, 9), Severity.ERROR)
    assert finding_at([weak, strong], 0, 5) is strong
    assert finding_at([weak, strong], 0, 3) is weak


def test_a_finding_over_several_lines_is_found_on_each() -> None:
    block = finding(Span(2, 8, 5, 3))
    places_and_hits = {(2, 7): None, (2, 8): block, (3, 0): block, (5, 3): block, (5, 4): None}
    assert {place: finding_at([block], *place) for place in places_and_hits} == places_and_hits


@pytest.mark.parametrize(
    ("kind", "cure"),
    [
        ("password", "change it"),
        ("connection-string", "change the password in it"),
        ("private-key", "replace the key pair"),
        ("webhook", "revoke it"),
    ],
)
def test_what_to_do_depends_on_the_kind(kind: str, cure: str) -> None:
    text = explanation(finding(Span(0, 0, 0, 9), kind=kind), "irrelevant", None)
    assert f"committed or shared, {cure}: whoever" in text
    assert text.startswith("**Some rule** `…`\n\nA \\*message\\*.\n\nRule `some-rule`, 87% sure, decided by its name")


@given(st.text(min_size=1))
def test_little_of_a_value_is_shown(value: str) -> None:
    shown = beginning(value)
    assert shown.endswith("…")
    assert value.startswith(shown[:-1])
    assert len(shown[:-1]) <= min(4, len(value) / 4)
    assert not set(shown) & set("`*[]<>\\\n")


@given(st.text("abc*_`[]()\\<>#|~ "))
def test_plain_text_is_what_was_marked_up(message: str) -> None:
    marked = explanation(Finding(Span(0, 0, 0, 1), "r", "k", Severity.HINT, 1, "rule", message, ""), "", None)
    assert without_markup(marked).split("\n\n")[1] == message
