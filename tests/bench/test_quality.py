"""The bench of quality on a toy set: every count is known beforehand."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

CHECKOUT = Path(__file__).parents[2]
sys.path[:0] = [str(CHECKOUT / "bench"), str(CHECKOUT / "tests" / "judge")]

from calibration import Told, told  # noqa: E402
from judging import Opinion, alone  # noqa: E402
from labels import Place  # noqa: E402
from peers import converted  # noqa: E402
from scoring import Found, curve, matched, overlaps  # noqa: E402
from sets import LabelledSet, drawn, load_set, of_repositories  # noqa: E402

RANDOM = random.Random(7)
LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def made_up(length: int) -> str:
    return "".join(RANDOM.choices(LETTERS, k=length))


ONE, TWO, THREE = made_up(20), made_up(24), made_up(18)
PRIVATE = [
    "-----BEGIN RSA " + "PRIVATE KEY-----",
    *(made_up(64) for _ in range(3)),
    "-----END RSA " + "PRIVATE KEY-----",
]
FILES = {
    "app/settings.py": ["import os", f'password = "{ONE}"', "name = 'shop'", f'é = "é"; token = "{TWO}"'],
    "app/key.pem": PRIVATE,
    "tests/login.rb": [f"secret: '{THREE}'", f"id: '{THREE}'"],
    "docs/empty.md": ["Nothing here."],
}


def label(file: str, line: int, value: str, **more: object) -> dict[str, object]:
    text = FILES[file][line - 1]
    start = text.rindex(value)
    repo = "shop" if file.startswith("app") else "club"
    row = {"file": file, "repo": repo, "line_start": line, "line_end": line, "value_start": start}
    return {**row, "value_end": start + len(value), "label": "T", "category": "Password", "language": "Text", **more}


LABELS = [
    label("app/settings.py", 2, ONE, category="Password", **{"class": "S"}, language="Python"),
    label("app/settings.py", 4, TWO, category="Token", **{"class": "S"}, language="Python"),
    {**label("app/key.pem", 1, PRIVATE[0], category="Key", **{"class": "D"}), "line_end": 5, "value_end": 20},
    label("tests/login.rb", 1, THREE, category="Secret", **{"class": "D"}, language="Ruby"),
    label("tests/login.rb", 2, THREE, category="UUID", **{"class": "D"}, language="Ruby"),
    label("docs/empty.md", 1, "Nothing", label="F", language="Markdown"),
]


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """What follows `--set`."""
    root = tmp_path / "files"
    for file, lines in FILES.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    labels = tmp_path / "labels.jsonl"
    labels.write_text("".join(json.dumps(row) + "\n" for row in LABELS), encoding="utf-8")
    return ["toy", str(root), str(labels)]


@pytest.fixture
def toy(words: list[str]) -> LabelledSet:
    return load_set(words, {})


def place_of(file: str, line: int, value: str) -> Place:
    start = FILES[file][line - 1].rindex(value)
    return Place(line, start, line, start + len(value))


RIGHT = Found("app/settings.py", place_of("app/settings.py", 2, ONE), "a", confidence=0.9)
PARTLY = Found("app/settings.py", place_of("app/settings.py", 4, TWO[3:]), "a", confidence=0.8)
BLOCK = Found("app/key.pem", Place(1, 0, 5, 29), "b", confidence=0.7)
IN_BLOCK = Found("app/key.pem", Place(3, 0, 3, 64), "b", confidence=0.7)
WRONG = Found("docs/empty.md", Place(1, 0, 1, 7), "a", confidence=0.6)
IGNORED = Found("tests/login.rb", place_of("tests/login.rb", 2, THREE), "a", confidence=0.5)
LINE_ONLY = Found("tests/login.rb", Place(1, None, 1, None), "c", confidence=0.4)
ALL = [RIGHT, PARTLY, BLOCK, IN_BLOCK, WRONG, IGNORED, LINE_ONLY]


class TestScores:
    def test_exact_spans(self, toy: LabelledSet) -> None:
        outcome = matched(toy.data, ALL)
        assert outcome.score == (4, 2, 3)
        assert {found for _, _, found in outcome.hits} == {RIGHT, BLOCK}
        assert set(outcome.alarms) == {PARTLY, WRONG, LINE_ONLY}

    def test_what_touches_the_secret(self, toy: LabelledSet) -> None:
        outcome = matched(toy.data, ALL, lenient=True)
        assert outcome.score == (4, 4, 1)
        assert outcome.alarms == [WRONG]

    def test_shares(self, toy: LabelledSet) -> None:
        score = matched(toy.data, ALL).score
        assert (score.precision, score.recall) == (2 / 5, 2 / 4)
        assert math.isclose(score.f1, 2 * 0.4 * 0.5 / 0.9)

    def test_two_rules_at_one_place_are_one_finding(self, toy: LabelledSet) -> None:
        assert matched(toy.data, [WRONG, WRONG._replace(rule="b")]).score == (4, 0, 1)

    def test_findings_below_the_level_do_not_count(self, toy: LabelledSet) -> None:
        assert matched(toy.data, [RIGHT._replace(level=1), BLOCK], least=2).score == (4, 1, 0)

    def test_a_curve_ends_with_the_score_of_all(self, toy: LabelledSet) -> None:
        points = curve([(toy.data, ALL)])
        assert [point.confidence for point in points] == [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
        assert [point.score.hits for point in points] == [1, 1, 2, 2, 2, 2]
        assert points[-1].score == matched(toy.data, ALL).score


class TestSets:
    def test_has_all_files_and_their_repositories(self, toy: LabelledSet) -> None:
        assert set(toy.files) == set(FILES)
        assert [toy.has_secret(file) for file in ("app/key.pem", "docs/empty.md")] == [True, False]

    def test_other_files_are_no_part_of_some_repositories(self, toy: LabelledSet) -> None:
        shop = of_repositories(toy, {"shop"})
        assert shop.files == ("app/key.pem", "app/settings.py")
        assert matched(shop.data, []).score == (3, 0, 0)

    def test_more_files_have_names_and_places_count_for_nothing(self, words: list[str], tmp_path: Path) -> None:
        (tmp_path / "files" / "read.txt").write_text("a\n")
        listed, ignored = tmp_path / "listed.jsonl", tmp_path / "ignored.jsonl"
        listed.write_text(json.dumps({"file": "read.txt", "repo": "7"}) + "\n")
        ignored.write_text(json.dumps({"file": "docs/empty.md", "line": 1}) + "\n")
        of = load_set([*words, str(listed), str(ignored)], {"7": "seven"})
        assert of.repos["read.txt"] == "seven"
        assert matched(of.data, [WRONG]).score == (4, 0, 0)

    def test_a_choice_has_the_share_of_files_with_secrets(self, tmp_path: Path) -> None:
        root = tmp_path / "many"
        root.mkdir()
        rows = []
        for number in range(200):
            (root / f"{number}.txt").write_text("password = x\n")
            row = {"file": f"{number}.txt", "label": "TF"[number % 2], "category": "Password", "repo": str(number % 7)}
            rows.append({**row, "line_start": 1, "line_end": 1, "value_start": 11, "value_end": 12})
        labels = tmp_path / "many.jsonl"
        labels.write_text("".join(json.dumps(row) + "\n" for row in rows))
        of = load_set(["many", str(root), str(labels)], {})
        (chosen,) = drawn([of], 100, seed=1)
        assert (len(chosen.files), sum(map(chosen.has_secret, chosen.files))) == (100, 51)
        assert drawn([of], 100, seed=1)[0].files == chosen.files != drawn([of], 100, seed=2)[0].files

    def test_too_few_files_are_said(self, toy: LabelledSet) -> None:
        with pytest.raises(SystemExit, match="only 3 files with secrets and 1 without"):
            drawn([toy], 300, seed=1)


def lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


SETTINGS, KEY = "/t/app/settings.py", "/t/app/key.pem"
RUBY = place_of("tests/login.rb", 1, THREE)
PEER_REPORTS = {
    "gitleaks": json.dumps(
        [
            {"File": SETTINGS, "StartLine": 4, "Secret": TWO, "RuleID": "x"},
            {"File": KEY, "StartLine": 1, "Secret": "\n".join(PRIVATE), "RuleID": "x"},
            {"File": "/t/inside.zip!/a", "StartLine": 1, "Secret": "a", "RuleID": "x"},
        ]
    ),
    "kingfisher": lines(
        {"summary": 1},
        {"rule": {"id": "x"}, "finding": {"path": SETTINGS, "line": 4, "snippet": TWO}},
        {"rule": {"id": "x"}, "finding": {"path": KEY, "line": 1, "snippet": "\n".join(PRIVATE)}},
    ),
    "trufflehog": lines(
        {"SourceMetadata": {"Data": {"Filesystem": {"file": SETTINGS, "line": 3}}}, "Raw": TWO, "DetectorName": "x"},
        {"SourceMetadata": {"Data": {"Filesystem": {"file": KEY}}}, "Raw": "\n".join(PRIVATE), "DetectorName": "x"},
    ),
    "detect-secrets": json.dumps(
        {
            "results": {
                name: [{"filename": name, "line_number": line, "hashed_secret": digest, "type": "x"}]
                for name, line, digest in (
                    (SETTINGS, 4, hashlib.sha1(TWO.encode()).hexdigest()),
                    (KEY, 1, hashlib.sha1(b"elsewhere").hexdigest()),
                )
            }
        }
    ),
    "credsweeper": json.dumps(
        [
            {
                "rule": "x",
                "line_data_list": [{"path": path, "line_num": line, "value_start": start, "value_end": end}],
            }
            for path, line, start, end in (
                (SETTINGS, 4, *place_of("app/settings.py", 4, TWO)[1::2]),
                (KEY, 1, -2, -2),
            )
        ]
    ),
}


class TestPeers:
    @pytest.mark.parametrize("name", PEER_REPORTS)
    def test_places_of_a_report(self, name: str, toy: LabelledSet) -> None:
        reports = list(converted(name, PEER_REPORTS[name], Path("/t"), toy.root))
        found = [Found(report.file, report.place, report.rule) for report in reports]
        assert len(found) == 2
        assert found[0].place == place_of("app/settings.py", 4, TWO)
        assert matched(toy.data, found).score == (4, 2, 0)

    def test_a_text_twice_on_a_line_has_two_places(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("x ab ab\n")
        row = {"File": "/t/a.txt", "StartLine": 1, "Secret": "ab", "RuleID": "x"}
        reports = converted("gitleaks", json.dumps([row, row]), Path("/t"), tmp_path)
        assert [report.place for report in reports] == [(1, 2, 1, 4), (1, 5, 1, 7)]

    def test_a_text_on_another_line_is_found_nearest_to_it(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("ab\n\n\n\n\nab\n")
        row = {"File": "/t/a.txt", "StartLine": 5, "Secret": "ab", "RuleID": "x"}
        (report,) = converted("gitleaks", json.dumps([row]), Path("/t"), tmp_path)
        assert report.place == (6, 0, 6, 2)


class TestOverlap:
    @given(*[st.tuples(*[st.integers(1, 4)] * 4)] * 2)
    def test_goes_both_ways_and_means_a_common_character(self, one: Sequence[int], other: Sequence[int]) -> None:
        first, second = (
            Place(a, b, c, d) if (a, b) < (c, d) else Place(c, d, a, b + ((a, b) == (c, d)))
            for a, b, c, d in (one, other)
        )
        shared = max(first[:2], second[:2]) < min(first[2:], second[2:])
        assert overlaps(first, second) == overlaps(second, first) == shared


class TestCalibration:
    def test_errors_of_known_probabilities(self) -> None:
        of = Told([0.2] * 5 + [0.9] * 10, [True] + [False] * 4 + [True] * 7 + [False] * 3)
        assert [(bin.low, bin.count) for bin in of.bins] == [(0.2, 5), (0.9, 10)]
        assert math.isclose(of.error, 10 / 15 * 0.2)
        assert math.isclose(of.brier, (0.64 + 4 * 0.04 + 7 * 0.01 + 3 * 0.81) / 15)

    def test_certainty_is_in_the_last_bin(self) -> None:
        assert Told([1.0, 0.0], [True, False]).error == 0

    def test_only_what_can_be_right_or_wrong_is_told(self, toy: LabelledSet) -> None:
        opinions = [Opinion(one.file, one.place, 0.1, 0.2, 0.3, 1.0) for one in (RIGHT, WRONG, IGNORED, IN_BLOCK)]
        by_kind = told([(toy.data, opinions)])
        assert by_kind["judge"] == ([0.2, 0.2], [True, False])
        assert by_kind["blended"].probabilities == [0.3, 0.3]

    def test_the_judge_alone_reports_the_likelier_of_two_that_overlap(self) -> None:
        wide = Opinion("a", Place(1, 0, 1, 9), 0.0, 0.7, 0.0, 0.9)
        narrow = wide._replace(place=Place(1, 2, 1, 6), judge=0.8, live=0.1)
        assert [(found.place, found.level) for found in alone([wide, narrow])] == [(narrow.place, 1)]


def run_quality(words: Sequence[str], out: Path, *more: str) -> dict[str, object]:
    """What quality.json says, and all that was written or printed holds no value."""
    command = [sys.executable, str(CHECKOUT / "bench" / "quality.py"), "--set", *words, "--out", str(out), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200"})
    assert done.returncode == 0, done.stderr[-500:]
    written = "".join(path.read_text(encoding="utf-8") for path in out.glob("quality.*"))
    assert not any(value in written + done.stdout + done.stderr for value in (ONE, TWO, THREE, PRIVATE[1]))
    return {**json.loads((out / "quality.json").read_text(encoding="utf-8")), "printed": done.stdout}


class TestProgram:
    def test_counts_of_the_rules(self, words: list[str], tmp_path: Path) -> None:
        said = run_quality(words, tmp_path / "out", "--check")
        assert said["sets"] == [{"name": "toy", "files": 4, "with_secrets": 3}]
        (row,) = [row for row in said["exact"] if row["from"] == "information"]  # type: ignore[attr-defined]
        assert (row["secrets"], row["hits"], row["alarms"]) == (4, 4, 0)
        assert "toy: 0 findings only here, 0 only by `unleak scan`" in str(said["printed"])

    def test_a_judge_has_tables_of_its_own(self, words: list[str], tmp_path: Path) -> None:
        pytest.importorskip("llama_cpp", reason="needs llama-cpp-python, the extra `judge`")
        pytest.importorskip("gguf", reason="needs gguf to write a network")
        from networks import write_bundle

        folder = write_bundle(tmp_path / "bundle")
        numbers = {"signals": 1, "judge": 0, "bias": 0, "ask": 0.01, "report": 0.2, "warn": 0.5, "live": 0.1}
        with (folder / "manifest.toml").open("a") as manifest:
            manifest.write("[decision]\n" + "".join(f"{name} = {number}\n" for name, number in numbers.items()))
        out = tmp_path / "out"
        said = run_quality(words, out, "--mode", "rules", "judge", "both", "--bundle", str(folder))
        assert {row["scanner"] for row in said["exact"]} == {"rules", "judge", "both"}  # type: ignore[attr-defined]
        assert said["calibration"]["judge"]["candidates"] >= 3  # type: ignore[index]
        assert len(said["curves"]["both"]) == 19  # type: ignore[index]

    def test_a_missing_judge_says_what_to_do(self, words: list[str], tmp_path: Path) -> None:
        command = [sys.executable, str(CHECKOUT / "bench" / "quality.py"), "--set", *words, "--mode", "both"]
        done = subprocess.run([*command, "--bundle", str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "no judge" in done.stderr
        assert "--mode rules needs none" in done.stderr
