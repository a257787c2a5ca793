"""Every program of the corpus: after the fix it prints what it printed before, and its value is gone from it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fixes import proven
from fixes.corpus import Case, cases
from unleak.fixes.change import Refusal, applied
from unleak.fixes.idioms import idiom_of
from unleak.fixes.source import Source, walk
from unleak.scanner import Scanner

CASES = cases()
MOVED = [case for case in CASES if not case.refused]
SECONDS = 300


def fixed(case: Case, text: str | None = None) -> tuple[str, dict[str, str]]:
    idiom = idiom_of(case.file, case.text)
    assert idiom is not None, f"no idiom reads {case.file}"
    move = idiom.move(case.source(text), case.secrets)
    return applied(case.text if text is None else text, move.changes), dict(move.values)


def run(case: Case, folder: Path, text: str, variables: dict[str, str]) -> tuple[int, str]:
    folder.mkdir()
    for name, content in {**case.beside, case.file: text}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
    kept = {name: os.environ[name] for name in ("PATH", "JAVA_HOME", "GOROOT") if name in os.environ}
    places = {"HOME": str(folder.parent), "GOCACHE": str(folder.parents[1] / "go")}  # Go's library is compiled once
    quick = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}  # for programs that run once
    environment = {**kept, **places, **quick, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **variables}
    done = subprocess.run(
        ["sh", "-c", case.run], cwd=folder, env=environment, capture_output=True, timeout=SECONDS, check=False
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


def errors(source: Source) -> int:
    return sum(node.is_error or node.is_missing for node in walk(source.root)) if source.grammar else 0


@pytest.mark.parametrize("case", MOVED, ids=str)
def test_the_value_is_gone_and_nothing_else_broke(case: Case, scanner: Scanner) -> None:
    text, values = fixed(case)
    assert values, "nothing was moved"
    assert not any(len(value) > 3 and value in text for value in case.spelled), "the value stands there still"
    assert errors(case.source(text)) <= errors(case.source()), f"the fixed text does not parse:\n{text}"
    found = scanner.scan(text, case.file)
    named = [finding for finding in found if finding.severity.value >= 2]
    assert not named, [(finding.span, finding.rule) for finding in named]


@pytest.mark.parametrize("case", MOVED, ids=str)
def test_carriage_returns_stay(case: Case) -> None:
    if "\r" in case.text:
        pytest.skip("mixed line breaks")
    text, _ = fixed(case)
    source = case.text.replace("\n", "\r\n")
    other, _ = fixed(case, source)
    assert other.replace("\r\n", "\n") == text
    assert "\n" not in other.replace("\r\n", "")


@pytest.mark.parametrize("case", [case for case in MOVED if case.run], ids=str)
def test_the_program_prints_the_same(case: Case, tmp_path: Path) -> None:
    for program in case.needs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    text, values = fixed(case)
    digest = proven.digest_of(case, text, repr(sorted(values.items())), Path(__file__).read_text(encoding="utf-8"))
    if proven.is_proven(case, digest):
        return
    code, before = run(case, tmp_path / "before", case.text, {})
    assert code == 0, "the program itself fails"
    assert any(value.strip()[-12:] in before for value in values.values()), "the program does not print its secret"
    code, after = run(case, tmp_path / "after", text, values)
    assert (code, after) == (0, before), f"the fixed program differs:\n{text}"
    code, without = run(case, tmp_path / "without", text, {})
    assert code != 0 or without != before
    proven.keep(case, digest)


@pytest.mark.parametrize("case", [case for case in CASES if case.refused], ids=str)
def test_refusals_say_why(case: Case) -> None:
    with pytest.raises(Refusal) as refusal:
        fixed(case)
    assert case.refused in str(refusal.value)
    assert not any(value in str(refusal.value) for value in case.spelled)
