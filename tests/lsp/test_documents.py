"""Open, change, save, close: the diagnostics always fit the text that the client has."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from editor import ACME, OTHER, Change, Editor, Start, acme, edit, places
from lsprotocol import types as lsp

from unleak.config import Config
from unleak.scanner import Scanner

URI = "file:///nowhere/app.py"
LINE = f'KEY = "{ACME}"\n'


def notify(editor: Editor, method: str, params: dict[str, Any]) -> None:
    """Send a notification as it stands, right or wrong."""
    editor.protocol._send_data({"jsonrpc": "2.0", "method": method, "params": params})


class TestOpen:
    async def test_publishes_all_there_is_to_know(self, start: Start, rules: Path) -> None:
        editor = await start()
        editor.open(URI, "import os\n" + LINE, version=7)
        scanner = Scanner(config=Config(extra_rules=(str(rules),)))
        (finding,) = scanner.scan("import os\n" + LINE, "/nowhere/app.py")
        assert list(await editor.published(URI, 7)) == [
            lsp.Diagnostic(
                range=lsp.Range(lsp.Position(1, 7), lsp.Position(1, 32)),
                severity=lsp.DiagnosticSeverity.Error,
                code="acme-key",
                code_description=lsp.CodeDescription("https://acme.example/docs/keys"),
                source="unleak",
                message=finding.message,
                data={
                    "rule": "acme-key",
                    "kind": "api-token",
                    "fingerprint": finding.fingerprint,
                    "decidedBy": "rule",
                },
            )
        ]
        assert ACME not in str(editor.publications)

    async def test_of_clean_text_publishes_nothing_found(self, start: Start) -> None:
        editor = await start()
        editor.open(URI, "import os\n")
        assert list(await editor.published(URI, 1)) == []

    async def test_again_takes_the_new_text(self, start: Start) -> None:
        editor = await start()
        editor.open(URI, LINE)
        assert places(await editor.published(URI, 1)) == [acme(0, 7)]
        editor.open(URI, "\n" + LINE, version=2)
        assert places(await editor.published(URI, 2)) == [acme(1, 7)]

    async def test_of_an_unsaved_document_goes_by_its_language(self, start: Start) -> None:
        editor = await start()
        editor.open("untitled:Untitled-1", LINE)
        assert places(await editor.published("untitled:Untitled-1", 1)) == [acme(0, 7)]


class TestChange:
    async def test_publishes_at_every_change(self, start: Start) -> None:
        editor = await start()
        editor.open(URI, LINE)
        assert places(await editor.published(URI, 1)) == [acme(0, 7)]
        editor.change(URI, 2, edit(0, 0, 0, 0, "\n\n"))
        assert places(await editor.published(URI, 2)) == [acme(2, 7)]
        editor.change(URI, 3, edit(2, 7, 2, 32, ""))
        assert places(await editor.published(URI, 3)) == []
        editor.change(URI, 4, edit(2, 7, 2, 7, ACME))
        assert places(await editor.published(URI, 4)) == [acme(2, 7)]

    async def test_may_have_several_parts_each_on_top_of_the_other(self, start: Start) -> None:
        editor = await start()
        editor.open(URI, LINE)
        editor.change(URI, 2, edit(0, 0, 0, 0, "a = 1\n"), edit(1, 0, 1, 3, "TOKEN"), edit(1, 0, 1, 0, "\t"))
        assert places(await editor.published(URI, 2)) == [acme(1, 10)]

    async def test_may_bring_the_whole_text(self, start: Start) -> None:
        editor = await start()
        editor.open(URI, LINE)
        whole = lsp.TextDocumentContentChangeWholeDocument("\n\n" + LINE)
        editor.change(URI, 2, edit(0, 0, 0, 0, "x"), whole, edit(0, 0, 0, 0, "\n"))
        assert places(await editor.published(URI, 2)) == [acme(3, 7)]

    async def test_past_the_end_goes_to_the_end(self, start: Start) -> None:
        editor = await start()
        editor.open(URI, "a = 1")
        editor.change(URI, 2, edit(90, 4, 99, 7, "\n" + LINE))
        assert places(await editor.published(URI, 2)) == [acme(1, 7)]
        editor.change(URI, 3, edit(1, 900, 1, 950, "  # " + OTHER))
        assert places(await editor.published(URI, 3)) == [acme(1, 7), acme(1, 37)]

    async def test_is_taken_in_whatever_order_versions_come(self, start: Start) -> None:
        editor = await start()
        editor.open(URI, LINE, version=5)
        editor.change(URI, 3, edit(0, 0, 0, 0, "\n"))
        editor.change(URI, 3, edit(0, 0, 0, 0, "\n"))
        editor.change(URI, 9, edit(0, 0, 0, 0, "\n"))
        assert places(await editor.published(URI, 9)) == [acme(3, 7)]

    async def test_needs_no_version(self, start: Start) -> None:
        editor = await start()
        notify(editor, lsp.TEXT_DOCUMENT_DID_OPEN, {"textDocument": {"uri": URI, "text": "\n"}})
        assert list(await editor.published(URI)) == []
        start_of_file = {"line": 0, "character": 0}
        change = {"range": {"start": start_of_file, "end": start_of_file}, "text": LINE}
        params = {"textDocument": {"uri": URI, "version": None}, "contentChanges": [change]}
        notify(editor, lsp.TEXT_DOCUMENT_DID_CHANGE, params)
        assert places(await editor.published(URI)) == [acme(0, 7)]

    async def test_of_a_document_that_is_not_open_is_passed_over(self, start: Start) -> None:
        editor = await start()
        editor.change(URI, 2, edit(0, 0, 0, 0, LINE))
        await editor.until(lambda: editor.log_messages)
        assert editor.log_messages[0].message == (f"{URI} is changed without being open; this is passed over.")
        editor.open(URI, "")
        assert list(await editor.published(URI, 1)) == []


class TestClose:
    async def test_clears_the_diagnostics(self, start: Start) -> None:
        editor = await start()
        editor.open(URI, LINE)
        assert places(await editor.published(URI, 1)) == [acme(0, 7)]
        editor.close(URI)
        assert list(await editor.published(URI)) == []

    async def test_right_after_opening_leaves_nothing_behind(self, start: Start) -> None:
        editor = await start()
        editor.open(URI, LINE * 20_000)
        editor.close(URI)
        assert list(await editor.published(URI)) == []
        editor.open("file:///nowhere/other.py", LINE)
        assert places(await editor.published("file:///nowhere/other.py", 1)) == [acme(0, 7)]
        assert URI not in {params.uri for params in editor.publications}


RELATED = {"textDocument": {"publishDiagnostics": {"relatedInformation": True}}}


class TestRelated:
    async def test_places_of_one_value_name_each_other(self, start: Start) -> None:
        editor = await start(capabilities=RELATED)
        editor.open(URI, LINE + f'OTHER = "{OTHER}"\n' + LINE * 12)
        found = await editor.published(URI, 1)
        related = [
            [(r.location.uri, r.location.range.start.line, r.message) for r in d.related_information or ()]
            for d in found
        ]
        first, other, *again = related
        assert first == [(URI, line, "The same value stands here too.") for line in range(2, 12)]
        assert other == []
        assert again == [[(URI, 0, "The same value stands here first.")]] * 12
        assert found[0].related_information is not None
        assert found[0].related_information[0].location.range == found[2].range

    async def test_is_left_out_where_the_client_cannot_show_it(self, start: Start) -> None:
        editor = await start()
        editor.open(URI, LINE * 2)
        found = await editor.published(URI, 1)
        assert [d.related_information for d in found] == [None, None]


TRICKY = f'\t"é😀", k = "{ACME}"\r\n\r\n"😀" + "{OTHER}"\r\n'


@pytest.mark.parametrize(
    ("encoding", "first", "second"),
    [("utf-8", 16, 10), ("utf-16", 13, 8), ("utf-32", 12, 7)],
)
async def test_positions_count_as_agreed(start: Start, encoding: str, first: int, second: int) -> None:
    """Columns behind characters outside of ASCII and of the BMP, in both directions."""
    editor = await start(capabilities={"general": {"positionEncodings": [encoding]}})
    assert editor.answer is not None
    assert editor.answer.capabilities.position_encoding == encoding
    editor.open(URI, TRICKY)
    assert places(await editor.published(URI, 1)) == [acme(0, first), acme(2, second)]
    editor.change(URI, 2, edit(2, second, 2, second + len(OTHER), ACME), edit(0, first, 0, first, "_"))
    assert places(await editor.published(URI, 2)) == [acme(2, second)]
    hover = await editor.hover(URI, 2, second)
    assert hover is not None
    assert hover.range is not None
    assert (hover.range.start.character, hover.range.end.character) == (second, second + len(ACME))


async def test_half_a_surrogate_pair_counts_as_its_begin(start: Start) -> None:
    editor = await start()
    editor.open(URI, f'"😀{ACME}"\n')
    editor.change(URI, 2, edit(0, 2, 0, 2, "="))
    assert places(await editor.published(URI, 2)) == [acme(0, 4)]


async def test_lone_surrogates_are_no_obstacle(start: Start) -> None:
    editor = await start()
    editor.open(URI, LINE)
    editor.change(URI, 2, edit(0, 0, 0, 0, "\ud83d"))
    assert places(await editor.published(URI, 2)) == [acme(0, 8)]


async def test_a_large_document_does_not_hold_up_a_small_one(start: Start) -> None:
    editor = await start()
    large = "file:///nowhere/large.py"
    editor.open(large, "value = compute(argument) + other\n" * 100_000 + LINE)
    editor.open(URI, LINE)
    assert places(await editor.published(URI, 1)) == [acme(0, 7)]
    assert large not in editor.diagnostics
    assert places(await editor.published(large, 1)) == [acme(100_000, 7)]


async def test_what_is_typed_while_a_document_is_read_counts(start: Start) -> None:
    editor = await start()
    editor.open(URI, "value = compute(argument) + other\n" * 100_000 + LINE)
    for version in range(2, 12):
        editor.change(URI, version, edit(0, 0, 0, 0, "\n"))
    assert places(await editor.published(URI, 11)) == [acme(100_010, 7)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_any_session_ends_like_a_fresh_open(start: Start, encoding: str, seed: int) -> None:
    """Random edits, sent by position; the text that the client has is computed independently."""
    editor, other = [
        await start(capabilities={**RELATED, "general": {"positionEncodings": [encoding]}}) for _ in range(2)
    ]
    choice = random.Random(f"{encoding} {seed}")
    pieces = ["x", "\n", "\r\n", "\r", "😀", "é\t", ACME, f'k = "{OTHER}"', '"', "_", LINE * 3, ""]
    text = LINE * 4
    editor.open(URI, text)
    for version in range(2, 80):
        changes: list[Change] = []
        for _ in range(choice.randint(1, 3)):
            begin = choice.randint(0, len(text))
            end = min(len(text), begin + choice.choice([0, 0, 0, 1, 2, 40]))
            new = choice.choice(pieces)
            changes.append(edit(*place_of(text, begin, encoding), *place_of(text, end, encoding), new))
            begin, end = (offset_at(text, *place_of(text, at, encoding), encoding) for at in (begin, end))
            text = text[:begin] + new + text[end:]
        editor.change(URI, version, *changes)
        if version % 13 == 0:
            other.open(URI, text, version)
            found = await editor.published(URI, version)
            assert found == await other.published(URI, version)


CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def line_starts(text: str) -> list[int]:
    starts = [0]
    for at, char in enumerate(text):
        if char == "\n" or (char == "\r" and text[at + 1 : at + 2] != "\n"):
            starts.append(at + 1)
    return starts


def place_of(text: str, offset: int, encoding: str) -> tuple[int, int]:
    codec, size = CODECS[encoding]
    line = sum(start <= offset for start in line_starts(text)) - 1
    before = text[line_starts(text)[line] : offset]
    return line, len(before.encode(codec)) // size


def offset_at(text: str, line: int, character: int, encoding: str) -> int:
    """Where a client's position lies; between CR and LF is behind the end of the line, so before both."""
    codec, size = CODECS[encoding]
    start = line_starts(text)[line]
    content = text[start:].split("\n", maxsplit=1)[0].split("\r", maxsplit=1)[0]
    inside = content.encode(codec)[: character * size].decode(codec)
    return start + len(inside)
