"""`unleak explain` says of every candidate on a line what came of it, and why; never the value."""

from __future__ import annotations

import base64
import json
import runpy
from pathlib import Path

import pytest

from unleak.cli import main

RULES = r"""
[[rules]]
id = "acme-token"
description = "Acme token"
severity = "error"
distinctive = true
regex = '\b(acme_[A-Za-z0-9]{24})\b'
keywords = ["acme_"]
"""
Capture = pytest.CaptureFixture[str]
SAMPLES = Path(__file__).parents[2] / "samples"
PASSWORD = "kM7#vQ2!" + "xR9zT4b"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests here, for the rules of a new place have to be read anew."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "acme.toml").write_text(RULES)
    (folder / "unleak.toml").write_text('extra_rules = ["acme.toml"]\n')
    return folder


@pytest.fixture
def folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty, below the top of the project."""
    folder = project / f"part{len(list(project.iterdir()))}"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def explained(capsys: Capture, place: str) -> tuple[int, str]:
    code = main(["explain", place])
    out, err = capsys.readouterr()
    assert err == ""
    return code, out


def write(folder: Path, text: str, name: str = "app.py") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class TestOutcome:
    def test_a_reported_line(self, folder: Path, capsys: Capture, token: str) -> None:
        write(folder, f'import os\nKEY = "{token}"\n')
        code, out = explained(capsys, "app.py:2")
        assert code == 1
        assert out.startswith("app.py:2:8-")
        assert "\n  reported as error, confidence 0.95: Acme token in the code: its format is unmistakable.\n" in out
        assert "proposed by the rule acme-token (unmistakable)" in out

    def test_a_line_that_signals_report(self, folder: Path, capsys: Capture) -> None:
        write(folder, f'db_password = "{PASSWORD}"\n')
        code, out = explained(capsys, "app.py:1")
        assert code == 1
        assert "\n  reported as warning, " in out
        assert "proposed as assignment of 'db_password'" in out
        assert "signals say 0." in out
        assert "key:password +" in out

    @pytest.mark.parametrize(
        ("mark", "reason"),
        [
            ("# unleak: ignore", "inline mark unleak: ignore"),
            ("# gitleaks:allow", "inline mark gitleaks:allow"),
            ("# unleak: ignore[acme-token]", "inline mark unleak: ignore"),
        ],
    )
    def test_a_line_with_a_mark(self, folder: Path, capsys: Capture, token: str, mark: str, reason: str) -> None:
        write(folder, f'KEY = "{token}"  {mark}\n')
        code, out = explained(capsys, "app.py:1")
        assert code == 0
        assert f"not reported: {reason} [acme-token]" in out

    @pytest.mark.parametrize(
        ("setting", "reason"),
        [
            ('disabled_rules = ["acme-token"]', "its rule is off"),
            ('[severity]\nacme-token = "off"', "its rule is off"),
            ('[[allow]]\nreason = "keys of the stand-in"\npaths = ["app.py"]', "allowed: keys of the stand-in"),
        ],
    )
    def test_a_line_that_the_configuration_silences(
        self, folder: Path, capsys: Capture, token: str, setting: str, reason: str
    ) -> None:
        with (folder / "unleak.toml").open("a") as file:
            file.write(setting + "\n")
        write(folder, f'KEY = "{token}"\n')
        code, out = explained(capsys, "app.py:1")
        assert code == 0
        assert f"not reported: {reason}" in out

    def test_a_line_that_is_not_severe_enough(self, folder: Path, capsys: Capture, token: str) -> None:
        with (folder / "unleak.toml").open("a") as file:
            file.write('min_severity = "warning"\n')
        write(folder, f'KEY = "{token}"\n', "tests/test_app.py")
        code, out = explained(capsys, "tests/test_app.py:1")
        assert code == 0
        assert "not reported: information is below the least severity, warning" in out

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("${DB_PASSWORD}", "it says where a value comes from and is none"),
            ("<your-password>", "it is a placeholder"),
        ],
    )
    def test_a_line_that_cannot_be_one(self, folder: Path, capsys: Capture, value: str, reason: str) -> None:
        write(folder, f'db_password = "{value}"\n')
        code, out = explained(capsys, "app.py:1")
        assert code == 0
        assert f"not reported: {reason}" in out

    def test_a_line_whose_signals_are_weak(self, folder: Path, capsys: Capture) -> None:
        write(folder, 'password_label = "Password"\n')
        code, out = explained(capsys, "app.py:1")
        assert code == 0
        assert " is below 0." in out
        assert "signals say 0." in out

    def test_a_line_with_nothing(self, folder: Path, capsys: Capture) -> None:
        write(folder, "import os\n")
        code, out = explained(capsys, "app.py:1")
        assert code == 0
        assert out == "app.py:1: nothing here looks like a secret: no rule and no syntax proposes it.\n"

    def test_a_wrapped_value_names_its_wrapping(self, folder: Path, capsys: Capture, token: str) -> None:
        write(folder, f'setting = "{base64.b64encode(token.encode()).decode()}"\n')
        code, out = explained(capsys, "app.py:1")
        assert code == 1
        assert "in base64" in out

    def test_a_near_miss_names_what_it_is_like(self, folder: Path, capsys: Capture, token: str) -> None:
        write(folder, f'api_token = "{token[:-4]}"\n')
        code, out = explained(capsys, "app.py:1")
        assert code == 0
        assert "begins like acme-token" in out

    def test_what_lies_within_a_finding(self, folder: Path, capsys: Capture, token: str) -> None:
        write(folder, f'secret = "prefix {token} suffix"\n')
        _, out = explained(capsys, "app.py:1")
        assert "reported as error" in out
        assert "not reported: part of, or over, the finding acme-token at column 18" in out

    def test_any_line_of_a_block(self, folder: Path, capsys: Capture) -> None:
        pieces = ["acme_" + "Zk3mT9q", "Lw2Xv7Rb5N", "c8Yp1Hd"]
        write(folder, "key = (\n" + "".join(f'    "{piece}"\n' for piece in pieces) + ")\n")
        outs = [explained(capsys, f"app.py:{line}") for line in (2, 3, 4)]
        assert {code for code, _ in outs} == {1}
        assert all("app.py:2:6-4:" in out for _, out in outs)


class TestPlaces:
    @pytest.mark.parametrize("place", ["app.py:1", "./app.py:1", "app.py:1:", "app.py:1:8", "app.py:1:8:"])
    def test_may_be_written_as_reports_write_them(self, folder: Path, capsys: Capture, token: str, place: str) -> None:
        write(folder, f'KEY = "{token}"\n')
        assert explained(capsys, place)[0] == 1

    @pytest.mark.parametrize(
        ("place", "said"),
        [
            ("app.py", "name a line as PATH:LINE"),
            ("app.py:0", "lines count from 1"),
            ("app.py:x", "name a line as PATH:LINE"),
            (":1", "name a line as PATH:LINE"),
            ("", "name a line as PATH:LINE"),
            ("missing.py:1", "missing.py: no such file"),
            (".:1", "no such file"),
            ("app.py:4", "has 3 lines, none with the number 4"),
            ("blob:1", "not scanned"),
        ],
    )
    def test_that_are_wrong_are_told(self, folder: Path, capsys: Capture, place: str, said: str) -> None:
        write(folder, "a = 1\nb = 2\n")
        (folder / "blob").write_bytes(b"\0\1\2" * 100)
        assert main(["explain", place]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert said in err
        assert "Traceback" not in err

    def test_count_as_for_a_scan(self, folder: Path, capsys: Capture, token: str) -> None:
        write(folder, f'KEY = "{token}"\n', "tests/deep/app.py")
        _, out = explained(capsys, "tests/deep/app.py:1")
        assert "reported as information" in out


@pytest.mark.parametrize("line", ['keys = {"A": "B"}', '"A": "B"', "A=B", 'token["A"] = "B"'])
def test_a_secret_in_the_place_of_a_name_is_not_shown(folder: Path, capsys: Capture, token: str, line: str) -> None:
    other = "acme_" + token[:4:-1]
    write(folder, line.replace("A", token).replace("B", other) + "\n")
    code, out = explained(capsys, "app.py:1")
    assert code == 1
    is_shown = any(value[5:11] in out for value in (token, other))
    assert not is_shown


def test_no_value_of_the_sample_shop_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Of a value at most its first characters, as in reports."""
    runpy.run_path(str(SAMPLES / "build.py"))["build"](tmp_path / "shop")
    monkeypatch.chdir(tmp_path / "shop")
    rows = [json.loads(line) for line in (SAMPLES / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
    shown = []
    for row in rows:
        line = Path(row["path"]).read_text(encoding="utf-8").split("\n")[row["line"] - 1]
        end = row["end_column"] - 1 if row["end_line"] == row["line"] else len(line)
        value = line[row["column"] - 1 : end]
        _, out = explained(capsys, f"{row['path']}:{row['line']}")
        parts = {value[at : at + 6] for at in range(len(value) - 5)}
        said = out.replace(row["path"], "")
        if any(part in said for part in parts if sum(map(str.isdigit, part)) and part.isalnum()) or (
            len(value) >= 6 and value in said
        ):
            shown.append((row["path"], row["line"]))
    assert rows
    assert shown == []


def test_a_baseline_outside_of_any_project_counts_as_in_a_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, f'password = "{PASSWORD}"\n')
    assert main(["baseline", "create"]) == 0
    capsys.readouterr()
    code, out = explained(capsys, "app.py:1")
    assert code == 0
    assert "not reported: in the baseline" in out
