"""What is recorded stays known wherever people move it, and nothing else becomes known."""

from __future__ import annotations

import base64
import hashlib
import random
import tempfile
from pathlib import Path

import pytest
from documents import PATHS, VALUES, documents
from hypothesis import given, settings
from hypothesis import strategies as st

from unleak.scanner import Scanner
from unleak.suppress.baseline import Baseline, Look, contexts_of
from unleak.suppress.entries import Entry, State, WrongFileError, formatted, parsed
from unleak.text import Text

KEY = bytes(range(16))
FOUND = VALUES[:5]  # formats that are reported wherever they stand
UNRELATED = ("", "import os", "x = 1", "# no more of this", "数据 = 7", "\f", "def sign(data): return hmac(data)")

_wrappings = st.sampled_from(('token = "{}"', "  - {}", "export SECRET={}", "call('{}', 7)  # now", '"k": "{}",'))
_lines = st.builds(lambda wrapping, value: wrapping.format(value), _wrappings, st.sampled_from(FOUND))
_line_lists = st.lists(_lines, min_size=1, max_size=6)
_unrelated = st.lists(st.sampled_from(UNRELATED), max_size=6)
_ends = st.sampled_from(["\n", "\r\n"])
_paths = st.sampled_from(PATHS)


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


class Found:
    """What a scan of one text finds, as the baseline sees it."""

    def __init__(self, scanner: Scanner, path: str, source: str) -> None:
        findings = scanner.scan(source, path)
        text = Text(source)
        spans = [finding.span for finding in findings]
        self.values = [text.cut(span) for span in spans]
        rules = [finding.rule for finding in findings]
        self.facts = list(zip([path] * len(spans), rules, self.values, contexts_of(text.lines, spans), strict=True))

    def recorded(self) -> Baseline:
        key = Baseline(KEY)
        return Baseline(KEY, [key.entry_of(*facts) for facts in self.facts])

    def known_to(self, baseline: Baseline) -> list[bool]:
        return [baseline.knows(*facts) for facts in self.facts]


@settings(deadline=None, max_examples=60)
@given(_line_lists, _unrelated, _ends, _paths, st.randoms(use_true_random=False))
def test_moved_and_inserted_lines_stay_known(
    scanner: Scanner, lines: list[str], unrelated: list[str], end: str, path: str, chance: random.Random
) -> None:
    baseline = Found(scanner, path, "\n".join(lines)).recorded()
    after = [*lines, *unrelated]
    chance.shuffle(after)
    found = Found(scanner, path, end.join(after))
    assert found.values
    assert all(found.known_to(baseline))


@settings(deadline=None, max_examples=60)
@given(_line_lists, st.sampled_from(["", " ", "    ", "\t\t"]), _ends, _paths, _paths)
def test_renamed_and_indented_files_stay_known(
    scanner: Scanner, lines: list[str], indent: str, end: str, path: str, renamed: str
) -> None:
    before = Found(scanner, path, "\n".join(lines))
    found = Found(scanner, f"elsewhere/{renamed}", end.join(indent + line for line in lines))
    assert found.values == before.values  # else this would say nothing of their contexts
    assert all(found.known_to(before.recorded()))


@settings(deadline=None, max_examples=40)
@given(_line_lists, _paths, st.sampled_from(FOUND))
def test_a_changed_value_is_new(scanner: Scanner, lines: list[str], path: str, value: str) -> None:
    before = "\n".join([*lines, f"token = '{value}'"])
    other = next(other for other in FOUND if other != value)
    found = Found(scanner, path, before)
    known = found.known_to(Found(scanner, path, before.replace(value, other)).recorded())
    changed = [known for known, there in zip(known, found.values, strict=True) if there == value]
    assert changed
    assert not any(changed)


@settings(deadline=None, max_examples=40)
@given(_line_lists, _paths, st.sampled_from(FOUND))
def test_a_value_in_another_file_and_context_is_new(scanner: Scanner, lines: list[str], path: str, value: str) -> None:
    baseline = Found(scanner, path, "\n".join([*lines, f"token = '{value}'"])).recorded()
    assert Found(scanner, "new.py", f"API = read('{value}', PROD)").known_to(baseline) == [False]


@settings(deadline=None, max_examples=60)
@given(st.one_of(documents, _line_lists.map("\n".join)), _paths, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(scanner: Scanner, source: str, path: str, chance: random.Random) -> None:
    entries = list(Found(scanner, path, source).recorded().entries)
    shuffled = entries + entries
    chance.shuffle(shuffled)
    assert formatted(KEY, Baseline(KEY, shuffled).entries) == formatted(KEY, Baseline(KEY, entries).entries)


@settings(deadline=None, max_examples=60)
@given(documents, _paths)
def test_all_that_was_found_is_known(scanner: Scanner, source: str, path: str) -> None:
    found = Found(scanner, path, source)
    assert all(found.known_to(found.recorded()))


@settings(deadline=None, max_examples=40)
@given(_line_lists, _paths)
def test_no_value_and_no_plain_hash_is_in_the_file(scanner: Scanner, lines: list[str], path: str) -> None:
    found = Found(scanner, path, "\n".join(lines))
    text = formatted(KEY, found.recorded().entries)
    for value in found.values:
        data = value.encode()
        hashes = [hashlib.new(name, data).digest() for name in ("sha1", "sha256", "md5", "blake2b")]
        hashes.append(hashlib.blake2b(data, digest_size=16).digest())
        for raw in (data, *hashes):
            for written in (base64.b64encode(raw).decode().rstrip("="), raw.hex()):
                assert written not in text, "a value or its hash"
        assert not any(value[at : at + 8] in text for at in range(len(value) - 7)), "a piece of a value"


_few = st.sampled_from("abc")
_entries = st.lists(
    st.builds(
        lambda path, content, context, state: Entry(path, "r", content * 32, context * 32, state),
        _few,
        _few,
        _few,
        st.sampled_from(State),
    ),
    max_size=12,
)


@given(_entries, _entries, st.sets(_few), st.booleans())
def test_an_update_has_what_was_found_and_no_judgement_is_lost(
    before: list[Entry], found: list[Entry], covered: set[str], add: bool
) -> None:
    known = Baseline(KEY, before)
    seen = Baseline(KEY, [Entry(e.path, e.rule, e.content, e.context) for e in found if e.path in covered])
    look = Look(covered.__contains__, lambda path: False, {entry.identity for entry in seen.entries})
    after, changes = known.updated(seen.entries, look, add=add)
    states = {entry.identity: entry.state for entry in known.entries}
    looked_at = {entry.identity for entry in after.entries if entry.path in covered}
    found_now = {entry.identity for entry in seen.entries}
    assert looked_at == found_now if add else looked_at <= found_now
    assert {e for e in after.entries if e.path not in covered} == {e for e in known.entries if e.path not in covered}
    assert all(entry.state is states.get(entry.identity, entry.state) for entry in after.entries)
    assert changes.kept + changes.moved + changes.dropped == len(known.entries)
    assert after.updated(seen.entries, look, add=add)[0].entries == after.entries


@given(_entries)
def test_a_file_comes_back_as_it_was(entries: list[Entry]) -> None:
    baseline = Baseline(KEY, entries)
    content = parsed(formatted(KEY, baseline.entries))
    assert (content.key, content.entries, content.problems) == (KEY, list(baseline.entries), [])


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.data())
def test_no_file_stops_the_reader(data: st.DataObject) -> None:
    import json

    files = data.draw(_json | st.dictionaries(st.text(max_size=5), st.lists(_json, max_size=2)))
    source = json.dumps({"version": 1, "key": KEY.hex(), "files": files})
    start = data.draw(st.integers(0, len(source)))
    source = source[:start] + data.draw(st.text(max_size=3)) + source[start + data.draw(st.integers(0, 5)) :]
    try:
        told = [line for line, _ in parsed(source).problems]
    except WrongFileError as error:
        told = [error.line]
    assert all(1 <= line <= source.count("\n") + 1 for line in told)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=60))
def test_no_bytes_stop_the_loader(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "b.json")
        path.write_bytes(content)
        loaded, problems = Baseline.load(path)
    assert loaded.entries == ()
    assert problems
