"""The sample shop builds, and what is expected of it fits its files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
MARK = "{+}"

# What code hosts refuse on push, as far as the shop has it.
PROVIDER_FORMATS = {
    "AWS access key id": r"\bAKIA[A-Z2-7]{16}\b",
    "Azure client secret": r"\b[\w.~-]{3}\dQ~[\w.~-]{31,34}",
    "Azure storage key": r"AccountKey=[A-Za-z0-9+/]{86}==",
    "DigitalOcean token": r"\bdop_v1_[0-9a-f]{64}\b",
    "GitHub token": r"\bghp_[A-Za-z0-9]{36}\b",
    "GitLab token": r"\bglpat-[\w-]{20}",
    "Google API key": r"\bAIza[\w-]{35}",
    "Google client secret": r"\bGOCSPX-[\w-]{28}",
    "Hugging Face token": r"\bhf_[A-Za-z]{34}\b",
    "JSON web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}",
    "Mailgun key": r"\bkey-[0-9a-f]{32}\b",
    "Mapbox token": r"\b[ps]k\.eyJ[\w-]+\.[\w-]{22}",
    "OpenAI key": r"\bsk-(?:proj-)?[\w-]{20,}T3BlbkFJ[\w-]{20,}",
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "SendGrid key": r"\bSG\.[\w-]{22}\.[\w-]{43}",
    "Slack token": r"\bxox[a-z]-\d+-",
    "Slack webhook": r"hooks\.slack\.com/services/T\w+/B\w+/\w+",
    "Stripe key": r"\b[prs]k_(?:live|test)_[A-Za-z0-9]{24,}",
    "Stripe webhook secret": r"\bwhsec_[A-Za-z0-9]{32}\b",
    "Telegram bot token": r"\b\d{8,10}:AA[\w-]{33}",
    "npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
}


def run_build(dest: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SAMPLES / "build.py"), str(dest)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def read_files(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes().decode() for path in files}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of the built shop by path, line ends as they are."""
    dest = tmp_path_factory.mktemp("build") / "shop"
    done = run_build(dest)
    assert done.returncode == 0, done.stderr
    return read_files(dest)


@pytest.fixture(scope="module")
def expected() -> list[dict[str, str | int]]:
    with (SAMPLES / "expected.jsonl").open(encoding="utf-8") as rows:
        return [json.loads(row) for row in rows]


class TestBuild:
    def test_copies_every_file_and_only_takes_the_marks_out(self, shop: dict[str, str]) -> None:
        stored = read_files(SAMPLES / "shop")
        differing = [path for path in stored if shop.get(path) != stored[path].replace(MARK, "")]
        assert (differing, shop.keys() - stored.keys()) == ([], set())

    def test_replaces_an_old_build(self, tmp_path: Path) -> None:
        dest = tmp_path / "shop"
        run_build(dest)
        (dest / "left-over.txt").touch()
        assert run_build(dest).returncode == 0
        assert not (dest / "left-over.txt").exists()
        assert list(tmp_path.iterdir()) == [dest]

    def test_leaves_a_folder_with_other_files_alone(self, tmp_path: Path) -> None:
        (tmp_path / "README.md").write_text("# Mine\n")
        done = run_build(tmp_path)
        assert done.returncode == 1
        assert "name another folder" in done.stderr
        assert read_files(tmp_path) == {"README.md": "# Mine\n"}

    @pytest.mark.parametrize("dest", [SAMPLES, SAMPLES / "shop", SAMPLES / "shop" / "new"])
    def test_leaves_its_sources_alone(self, dest: Path) -> None:
        done = run_build(dest)
        assert done.returncode == 1
        assert "part of the sources" in done.stderr


class TestStoredFiles:
    """Asserts on names alone: a failure must not print a value."""

    @pytest.mark.parametrize("name", PROVIDER_FORMATS)
    def test_hold_no_unbroken_secret(self, name: str) -> None:
        stored = read_files(SAMPLES / "shop")
        unbroken = [path for path, text in stored.items() if re.search(PROVIDER_FORMATS[name], text)]
        assert unbroken == []

    @pytest.mark.parametrize("name", PROVIDER_FORMATS)
    def test_are_broken_in_a_format_that_the_built_shop_has(self, name: str, shop: dict[str, str]) -> None:
        built = [path for path, text in shop.items() if re.search(PROVIDER_FORMATS[name], text)]
        assert built != []

    def test_keep_the_awkward_ends(self) -> None:
        stored = read_files(SAMPLES / "shop")
        crlf = [path for path, text in stored.items() if "\r\n" in text]
        unended = [path for path, text in stored.items() if not text.endswith("\n")]
        assert crlf == ["invoices/web.config"]
        assert unended == ["accounts/src/main/resources/application-prod.properties"]


class TestExpected:
    def test_every_span_lies_in_its_file(self, shop: dict[str, str], expected: list[dict[str, str | int]]) -> None:
        wrong = [f"{row['path']}:{row['line']}" for row in expected if not is_sound(row, shop)]
        assert wrong == []

    def test_spans_are_in_order_and_apart(self, expected: list[dict[str, str | int]]) -> None:
        begins = [(row["path"], row["line"], row["column"]) for row in expected]
        ends = [(row["path"], row["end_line"], row["end_column"]) for row in expected]
        assert begins == sorted(begins)
        overlapping = [begin for end, begin in zip(ends, begins[1:], strict=False) if end > begin]
        assert overlapping == []

    def test_every_severity_and_some_clean_files_occur(
        self, shop: dict[str, str], expected: list[dict[str, str | int]]
    ) -> None:
        assert {row["severity"] for row in expected} == {"error", "warning", "information"}
        assert shop.keys() - {row["path"] for row in expected}

    def test_every_reason_is_given(self, expected: list[dict[str, str | int]]) -> None:
        assert [f"{row['path']}:{row['line']}" for row in expected if not row["why"]] == []


def is_sound(row: dict[str, str | int], shop: dict[str, str]) -> bool:
    """Whether the row's span is a stretch of text inside one file, tight around what it holds."""
    text = shop.get(str(row["path"]))
    if text is None:
        return False
    lines = re.split(r"\r\n|\n|\r", text)
    line, column, end_line, end_column = (int(row[name]) for name in ("line", "column", "end_line", "end_column"))
    if not (1 <= line <= end_line <= len(lines) and (line, column) < (end_line, end_column)):
        return False
    if not (1 <= column <= len(lines[line - 1]) and 1 <= end_column <= len(lines[end_line - 1]) + 1):
        return False
    begin, end = lines[line - 1][column - 1 :], lines[end_line - 1][: end_column - 1]
    edges = begin[:1] + end[-1:]
    return not re.search(r"[\s\"'`]", edges) and MARK not in begin + end
