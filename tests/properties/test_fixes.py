"""Fixes of programs that are changed at random, whole or half typed: what holds for all of them."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import pytest
from fixes.corpus import Case, cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unleak.finding import Severity, Span
from unleak.fixes import dotenv, idioms, plan
from unleak.fixes.change import Change, Move, Refusal, Secret, applied, merged
from unleak.fixes.plan import Named, Project
from unleak.fixes.source import Source, ancestors
from unleak.lsp.workspace_files import WorkspaceFiles
from unleak.scanner import Scanner
from unleak.text import split_lines

ALL = [case for case in cases() if "«" in case.marked]
MOVED = [case for case in ALL if not case.refused]
LANGUAGES = sorted({case.language for case in MOVED})
MARK = re.compile("«(?:[A-Z][A-Z0-9_]*¦)?([^«»]*)»")
WORDS = re.compile(r"[A-Za-z][A-Za-z0-9_-]{7,}")

HALF_TYPED = (
    *('"', "'", "`", '"""', "'''", "{", "(", "[", "}", ")", "]", "<", ">", "</", "<?php", "?>", "<!--", "{{", "${"),
    *(
        "#{",
        "$(",
        "\\",
        "/*",
        "*/",
        "//",
        "#",
        "--[[",
        "[==[",
        "<<EOF\n",
        "<<-'X'\n",
        "<<<X\n",
        "EOF",
        "@'",
        '@"',
        '$"',
    ),
    *("f'{", 'r#"', 'R"x(', "%q(", 'x = "', "if (", "= ", ": ", "- ", "key: |\n", "&a *b", "&&", "| ", ";", ",", ". "),
    *("\n", "\r", "\r\n", "\t", " ", "\0", "\u2028", "\x0c", "🔑", "é", "\udcff", "\u202e", "word#", "def ", "import "),
)
seldom_random = st.randoms(use_true_random=False)
quickly = settings(deadline=None, suppress_health_check=list(HealthCheck))


class Fixed(NamedTuple):
    source: Source
    secrets: list[Secret]
    move: Move
    text: str


@cache
def scanner() -> Scanner:
    return Scanner()


def fixed(case: Case) -> Fixed:
    """The fix of a case, its changes as all that follows relies on them."""
    source, secrets = case.source(), case.secrets
    move = idioms.move(source, secrets)
    assert list(move.changes) == merged(move.changes), "the changes are not in order"
    return Fixed(source, secrets, move, applied(source.text, move.changes))


def of_language(language: str) -> st.SearchStrategy[Case]:
    return st.sampled_from([case for case in MOVED if case.language == language])


@st.composite
def varied(draw: st.DrawFn, language: str) -> Case:
    """A program with other values, other line breaks, and something before and behind it."""
    case = draw(of_language(language))
    marked = case.marked
    rnd = draw(seldom_random)
    if draw(st.booleans()):
        values = {value for value in MARK.findall(marked) if WORDS.fullmatch(value)}
        for value in sorted(values, key=len, reverse=True):
            new = "".join(rnd.choice("bcdfghjkmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ23456789") for _ in value)
            marked = marked.replace(value, f"z{new[1:]}")
    if draw(st.booleans()) and "\r" not in marked:
        marked = marked.replace("\n", "\r\n")
    if draw(st.booleans()):
        marked += "\n" * draw(st.integers(1, 3)) if marked.endswith("\n") else ""
    return replace(case, marked=marked)


@st.composite
def half_typed(draw: st.DrawFn, language: str) -> Case:
    """A program cut off around one of its values, with fragments anywhere but in it."""
    case = draw(st.sampled_from([case for case in ALL if case.language == language]))
    marked = case.marked
    mark = draw(st.sampled_from(list(re.finditer("«[^«»]*»", marked))))
    head, tail = marked[: mark.start()], marked[mark.end() :]
    rnd = draw(seldom_random)
    if rnd.random() < 0.4:
        head = head[rnd.randint(0, len(head)) :]
    if rnd.random() < 0.6:
        tail = tail[: rnd.randint(0, len(tail))]
    for _ in range(rnd.randint(0, 3)):
        at, fragment = rnd.randint(0, len(head)), rnd.choice(HALF_TYPED)
        head = head[:at] + fragment + head[at:]
        at, fragment = rnd.choice([len(tail), rnd.randint(0, len(tail))]), rnd.choice(HALF_TYPED)
        tail = tail[:at] + fragment + tail[at:]
    head, tail = (re.sub("«(?:[A-Z0-9_]*¦)?|[«»¦]", "", part) for part in (head, tail))
    return replace(case, marked=head + mark[0] + tail)


def offsets(text: str, changes: tuple[Change, ...]) -> list[tuple[int, int]]:
    starts = list(accumulate(map(len, split_lines(text)), initial=0))
    return [(starts[span.line] + span.column, starts[span.end_line] + span.end_column) for span, _ in changes]


def undone(before: Source, move: Move, after: str) -> str:
    """The text with each change taken back, the last one first."""
    places = offsets(before.text, move.changes)
    shifts = accumulate(
        (len(change.new) - (end - start) for change, (start, end) in zip(move.changes, places, strict=True)), initial=0
    )
    for (start, end), change, shift in reversed(list(zip(places, move.changes, shifts, strict=False))):
        assert after[start + shift : start + shift + len(change.new)] == change.new
        after = after[: start + shift] + before.text[start:end] + after[start + shift + len(change.new) :]
    return after


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
@quickly
def test_the_inverse_restores_every_byte(language: str, data: st.DataObject) -> None:
    made = fixed(data.draw(varied(language)))
    assert made.text != made.source.text
    assert undone(made.source, made.move, made.text).encode() == made.source.text.encode()


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
@quickly
def test_the_value_is_nowhere_and_nothing_is_found_at_its_place(language: str, data: st.DataObject) -> None:
    """So that there is nothing to which the same fix could be applied again."""
    case = data.draw(varied(language))
    made = fixed(case)
    for raw in {made.source.cut(secret.span) for secret in made.secrets}:
        assert len(raw) <= 3 or raw not in made.text, "a value stands there still"
    found = [finding for finding in scanner().scan(made.text, case.file) if finding.severity >= Severity.WARNING]
    assert not found, [(finding.span, finding.rule) for finding in found]


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
@quickly
def test_every_change_changes_something_and_keeps_the_line_breaks(language: str, data: st.DataObject) -> None:
    made = fixed(data.draw(varied(language)))
    for change in made.move.changes:
        assert change.new != made.source.cut(change.span), "a change that changes nothing"
    if "\n" not in made.source.text.replace("\r\n", "") and "\r\n" in made.source.text:
        assert "\n" not in made.text.replace("\r\n", "")
    if "\r" not in made.source.text:
        assert "\r" not in made.text


LONG = re.compile(r"<<[-~<]?[\"']?(\w+).*?\n[ \t]*\1\b|\'\'\'.*?\'\'\'|\"[^\"]*\"", re.DOTALL)
"""Strings of several lines that are no node of the tree, or of which only the inside is one."""

IMPORTS = re.compile(r"\s*\"?(?:import|from|use|using|require|open|#include|library|Imports)\b|.*\bimport\b")
FURTHER = {
    "Dockerfile": r"\s*(?:RUN|ENV|run|#\s*syntax)\b",  # a step says which secrets it mounts
    "XML": r"<project",  # Ant reads the environment once
    "Go": r"const ",  # what is made of a constant that becomes a variable
    "Elixir": r".*@",  # an attribute that becomes a function
    "Haskell": r"main = ",  # what is read is bound before it is used
    "YAML": r"\s*(?:env|variables|- command):|- command",
    "Lua": r".*\[",  # the brackets around a string of several lines
}


def touched(made: Fixed) -> set[int]:
    """The lines of the old text that are other ones now; lines that are put in between touch none."""
    lines: set[int] = set()
    for span, new in made.move.changes:
        ends = len(made.source.lines[span.end_line].rstrip("\r\n"))
        if span[:2] == span[2:] and (
            (span.column == 0 and new[-1] in "\r\n") or (span.column == ends and new[0] in "\r\n")
        ):
            continue
        lines.update(range(span.line, span.end_line + (span.end_column > 0 or span.line == span.end_line)))
    return lines


@pytest.mark.parametrize("case", MOVED, ids=str)
def test_no_line_is_touched_without_need(case: Case) -> None:
    """Only those of the statement around a value, those that name what gets it, and imports."""
    made = fixed(case)
    source = made.source
    allowed: set[int] = set()
    names: set[str] = set()
    for secret in made.secrets:
        span = secret.span
        allowed.update(range(span.line, span.end_line + 1))
        names.update(re.findall(r"[A-Za-z_]\w+", source.lines[span.line][: span.column]))
        for string in LONG.finditer(source.text):
            first, last = (source.text.count("\n", 0, at) for at in string.span())
            if first <= span.line <= last:
                allowed.update(range(first, last + 1))
        if not source.grammar:
            continue
        for node in [source.node_at(span), *ancestors(source.node_at(span))]:
            around = source.span_of(node)
            if around.end_line - around.line > span.end_line - span.line and node.parent is not None:
                allowed.update(range(around.line, around.end_line + 1))
                break
    named = re.compile(rf"\b(?:{'|'.join(names)})\b" if names else "(?!)")
    further = re.compile(FURTHER.get(case.language, "(?!)"))
    for line in touched(made) - allowed:
        text = source.lines[line]
        assert IMPORTS.match(text) or named.search(text) or further.match(text), f"line {line + 1} is touched"


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
@quickly
def test_half_typed_code_is_fixed_or_refused(language: str, data: st.DataObject) -> None:
    case = data.draw(half_typed(language))
    try:
        made = fixed(case)
    except Refusal as refusal:
        message = str(refusal)
        assert message.endswith("."), "a refusal is a sentence"
        secrets = [case.source().cut(secret.span) for secret in case.secrets]
        if any(len(secret) > 3 and secret in message for secret in secrets):
            pytest.fail("the refusal holds the value")
        return
    assert undone(made.source, made.move, made.text) == made.source.text


@given(data=st.data())
@quickly
def test_a_second_fix_finds_everything_in_its_place(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same value elsewhere takes the same variable, and no file beside the code changes again."""
    value = data.draw(
        st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\"'\\{}"), min_size=4, max_size=40)
    )
    folder = tmp_path_factory.mktemp("shop")
    (folder / ".git").mkdir()
    names = []
    for number in range(2):
        file = folder / f"shop{number}.py"
        text = f'KEY = r"{value}"\n'
        project = Project(file.as_posix(), folder.as_posix(), WorkspaceFiles(lambda _: None, is_trusted=False))
        source = plan.source_of(text, project)
        named = Named(Span(0, 8, 0, len(split_lines(text)[0]) - 2), "generic", "password", key="DEPLOY_KEY")
        try:
            fix = plan.settled(plan.moved(source, project, [named]), project)
        except Refusal:
            assert number == 0 or names == []
            return
        names += fix.names
        for change in fix.files:
            path = Path(change.path)
            before = path.read_bytes().decode() if change.exists else ""
            path.write_bytes(applied(before, change.changes).encode())
        assert number == 0 or not fix.files
    assert len(set(names)) == 1
    assert [variable.name for variable in dotenv.variables((folder / ".env").read_text(encoding="utf-8"))] == names[:1]
