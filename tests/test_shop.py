"""The sample shop, scanned as `make run` does: what is found is exact, and little is missed or invented."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent.parent / "samples"
PLACE = ("path", "line", "column", "end_line", "end_column")
ORDER = {"information": 1, "warning": 2, "error": 3}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple, dict]:
    shop = tmp_path_factory.mktemp("built") / "shop"
    subprocess.run([sys.executable, str(SAMPLES / "build.py"), str(shop)], check=True)
    scan = subprocess.run(
        [sys.executable, "-m", "unleak", "scan", "--format", "jsonl", "."],
        cwd=shop,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert scan.returncode == 1, scan.stderr
    rows = [json.loads(line) for line in scan.stdout.splitlines()]
    return {tuple(row[key] for key in PLACE): row for row in rows}


@pytest.fixture(scope="module")
def expected() -> dict[tuple, dict]:
    rows = [json.loads(line) for line in (SAMPLES / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
    return {tuple(row[key] for key in PLACE): row for row in rows}


def test_every_error_is_found_as_an_error(found, expected):
    wanted = {place for place, row in expected.items() if row["severity"] == "error"}
    assert wanted <= {place for place, row in found.items() if row["severity"] == "error"}


def test_a_finding_on_a_secret_has_exactly_its_span(found, expected):
    lines = {(place[0], place[1]) for place in expected}
    spans = {place for place in found if (place[0], place[1]) in lines}
    inexact = [
        place
        for place in spans - set(expected)
        if any(place[:2] == other[:2] and place[2] < other[4] and other[2] < place[4] for other in expected)
    ]
    assert inexact == []


def test_most_secrets_are_found_and_few_findings_are_none(found, expected):
    hits = set(found) & set(expected)
    assert len(hits) >= 0.85 * len(expected)
    assert len(hits) >= 0.7 * len(found)


def test_hardly_any_secret_is_ranked_otherwise_than_expected(found, expected):
    hits = set(found) & set(expected)
    assert sum(found[place]["severity"] != expected[place]["severity"] for place in hits) <= 0.1 * len(hits)


def test_the_same_literal_weighs_more_in_a_deployment_than_in_a_test(found):
    by_path: dict[str, list[int]] = {}
    for place, row in found.items():
        by_path.setdefault(place[0], []).append(ORDER[row["severity"]])
    tests = [weights for path, weights in by_path.items() if path.endswith("LoginServiceTest.java")]
    assert all(max(weights) <= ORDER["information"] for weights in tests)
    assert max(by_path["deploy/settings.py"]) >= ORDER["warning"]
