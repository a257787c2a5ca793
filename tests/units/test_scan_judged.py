"""`unleak scan` with a judge: real workers, judges that say the same of everything."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unleak import feedback
from unleak.cli import main
from unleak.example import Why

LINE = 'db_password = "' + "zR7p" + 'Lq2wT9"\n'
UNLIKELY = 'salt = "' + "zR7p" + 'Lq2wT9"\n'
MANY = 2000  # files: enough for several processes
SECONDS = 60  # only what hangs takes so long

Scan = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _own_verdicts(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNLEAK_CACHE_DIR", str(own_cache))


@pytest.fixture
def choose(judge_that: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Callable[[str | Path], None]:
    """Makes a judge that of the person: by what it says, or by its folder."""

    def chosen(judge: str | Path) -> None:
        monkeypatch.setenv("UNLEAK_JUDGE", str(judge if isinstance(judge, Path) else judge_that(judge)))

    return chosen


@pytest.fixture
def scan(shop: Path, capsys: pytest.CaptureFixture[str]) -> Scan:
    """Scans the shop and returns the entries of the report."""

    def scanned(*arguments: str) -> list[dict[str, Any]]:
        main(["scan", "--format", "jsonl", *arguments])
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return scanned


def brief(entries: list[dict[str, Any]]) -> list[tuple[str, int, str, str]]:
    return [(entry["path"], entry["line"], entry["severity"], entry["decided_by"]) for entry in entries]


class TestVerdicts:
    def test_remove(self, shop: Path, scan: Scan, choose: Callable[[str], None]) -> None:
        (shop / "app.py").write_text(LINE)
        choose("safe")
        assert scan() == []

    def test_lower(self, shop: Path, scan: Scan, choose: Callable[[str], None], token: str) -> None:
        (shop / "app.py").write_text(f'{LINE}KEY = "{token}"\n')
        choose("test")
        assert brief(scan()) == [("app.py", 1, "information", "judge"), ("app.py", 2, "information", "rule")]

    def test_add(self, shop: Path, scan: Scan, choose: Callable[[str], None]) -> None:
        (shop / "app.py").write_text(UNLIKELY)
        assert scan() == []
        choose("secret")
        assert brief(scan()) == [("app.py", 1, "warning", "judge")]

    def test_are_in_the_report(self, shop: Path, scan: Scan, choose: Callable[[str], None]) -> None:
        (shop / "app.py").write_text(LINE)
        choose("secret")
        (entry,) = scan()
        assert entry["verdict"] == {"secret": 1.0, "test": 0.0, "safe": 0.0}

    def test_are_in_sarif(self, shop: Path, choose: Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
        (shop / "app.py").write_text(LINE)
        choose("secret")
        assert main(["scan", "--format", "sarif"]) == 1
        (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        assert result["properties"] == {
            "kind": "password",
            "decidedBy": "judge",
            "verdict": {"secret": 1.0, "test": 0.0, "safe": 0.0},
        }

    def test_are_explained(self, shop: Path, choose: Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
        (shop / "app.py").write_text(LINE)
        choose("safe")
        assert main(["explain", "app.py:1"]) == 0
        said = capsys.readouterr().out
        assert "not reported: signals and judge together say 0.00" in said
        assert "the judge says: 0% live, 0% test, 100% no secret" in said

    def test_are_kept_for_the_next_scan(
        self,
        shop: Path,
        scan: Scan,
        choose: Callable[[str | Path], None],
        judge_that: Callable[..., Path],
        tmp_path: Path,
    ) -> None:
        (shop / "app.py").write_text(LINE)
        folder = shutil.copytree(judge_that("secret"), tmp_path / "own")
        choose(folder)
        first = scan()
        (folder / "judge.gguf").unlink()
        assert scan() == first

    def test_of_files_without_a_question_are_not_waited_for(
        self, shop: Path, scan: Scan, choose: Callable[[str | Path], None], tmp_path: Path
    ) -> None:
        (shop / "app.py").write_text("a = 1\n")
        choose("secret")
        assert scan() == []
        assert not list((tmp_path / "cache").glob("verdicts*"))


class TestSources:
    def test_standard_input(
        self, shop: Path, scan: Scan, choose: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        source = tmp_path / "source"
        source.write_text(LINE)
        choose("test")
        with source.open() as stream:
            monkeypatch.setattr(sys, "stdin", stream)
            assert brief(scan("--stdin", "--stdin-filename", "app.py")) == [("app.py", 1, "information", "judge")]

    def test_staged_lines_are_judged_like_whole_files(
        self, shop: Path, scan: Scan, choose: Callable[[str], None], git: Callable[..., str]
    ) -> None:
        (shop / "app.py").write_text("a = 1\n" + LINE)
        git("add", ".")
        git("commit", "--quiet", "-m", "one")
        (shop / "app.py").write_text("a = 1\n" + LINE + LINE.replace("db", "admin"))
        git("add", ".")
        choose("test")
        assert brief(scan("--staged")) == [("app.py", 3, "information", "judge")]
        assert scan("--staged")[0] == scan()[1]

    def test_a_baseline_silences_what_a_scan_reports(
        self, shop: Path, scan: Scan, choose: Callable[[str], None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        (shop / "app.py").write_text(UNLIKELY + LINE)
        choose("secret")
        assert main(["baseline", "create"]) == 0
        assert capsys.readouterr().out.startswith("2 findings in 1 file recorded")
        assert scan() == []

    def test_a_project_may_do_without(self, shop: Path, scan: Scan, choose: Callable[[str], None]) -> None:
        (shop / "app.py").write_text(LINE)
        with (shop / "unleak.toml").open("a") as file:
            file.write("[judge]\nenabled = false\n")
        choose("safe")
        assert brief(scan()) == [("app.py", 1, "warning", "signals")]


class TestManyFiles:
    @pytest.fixture
    def fifty(self, shop: Path) -> list[str]:
        """Files with a candidate on each third line, in the order of a report."""
        names = [f"file{number:02}.py" for number in range(50)]
        for number, name in enumerate(names):
            (shop / name).write_text("a = 1\n" * number + LINE * (number % 4))
        return names

    def test_keep_their_order(self, fifty: list[str], scan: Scan, choose: Callable[[str], None]) -> None:
        choose("test")
        wanted = [
            (name, number + 1 + line, "information", "judge")
            for number, name in enumerate(fifty)
            for line in range(number % 4)
        ]
        assert brief(scan()) == wanted

    def test_of_several_processes_are_those_of_one(self, shop: Path, scan: Scan, choose: Callable[[str], None]) -> None:
        for number in range(MANY):
            (shop / f"file{number:04}.py").write_text(LINE if number % 40 == 0 else "a = 1\n")
        choose("test")
        found = scan("--jobs", "1")
        assert len(found) == MANY // 40
        assert scan("--jobs", "4") == found


class TestBudget:
    def test_none_at_all_leaves_it_to_the_rules(
        self, shop: Path, choose: Callable[[str], None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        (shop / "app.py").write_text(LINE + LINE.replace("db", "admin"))
        choose("safe")
        assert main(["scan", "--judge-budget", "0"]) == 1
        said = capsys.readouterr()
        assert "Found 2 secrets" in said.out
        assert "the judge has not read 2 candidates in 1 file: its time was up; the rules decide there" in said.err

    def test_of_the_project_counts_where_none_is_given(
        self, shop: Path, scan: Scan, choose: Callable[[str], None]
    ) -> None:
        (shop / "app.py").write_text(LINE)
        with (shop / "unleak.toml").open("a") as file:
            file.write("[judge]\nbudget = 0\n")
        choose("safe")
        assert len(scan()) == 1
        assert scan("--judge-budget", "60") == []

    def test_what_is_known_costs_nothing(self, shop: Path, scan: Scan, choose: Callable[[str], None]) -> None:
        (shop / "app.py").write_text(LINE)
        choose("safe")
        assert scan() == []
        assert scan("--judge-budget", "0") == []

    @pytest.mark.parametrize("wrong", ["-1", "nan", "soon"])
    def test_must_be_a_time(self, shop: Path, wrong: str) -> None:
        with pytest.raises(SystemExit):
            main(["scan", "--judge-budget", wrong])


class TestFeedback:
    """What rules and judge disagree about is recorded for who has switched that on."""

    @pytest.fixture
    def store(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The file of examples of a person who has switched feedback on."""
        monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("UNLEAK_FEEDBACK", "1")
        return tmp_path / "data" / "feedback.jsonl"

    def test_reported_and_safe(
        self, shop: Path, scan: Scan, choose: Callable[[str], None], store: Path, token: str
    ) -> None:
        (shop / "app.py").write_text(f'KEY = "{token}"\n\n{LINE}')
        choose("safe")
        assert [entry["rule"] for entry in scan()] == ["acme-token"]
        certain, weighed = feedback.read(store)
        assert (certain.why, certain.rule, certain.probability) == (Why.RULES_ONLY, "acme-token", 0.95)
        assert (weighed.why, weighed.rule) == (Why.RULES_ONLY, "")
        assert certain.verdict == weighed.verdict == (0.0, 0.0, 1.0)

    def test_silent_and_a_credential(self, shop: Path, scan: Scan, choose: Callable[[str], None], store: Path) -> None:
        (shop / "app.py").write_text(UNLIKELY)
        choose("secret")
        scan()
        (example,) = feedback.read(store)
        assert (example.why, example.label, example.given, example.role, example.file) == (
            Why.JUDGE_ONLY,
            "secret",
            False,
            "live",
            ".py",
        )
        assert example.suffix.startswith('<|ask|><|0|>salt = "<|value|>')

    def test_agreement_is_none(self, shop: Path, scan: Scan, choose: Callable[[str], None], store: Path) -> None:
        (shop / "app.py").write_text(LINE)
        choose("secret")
        assert len(scan()) == 1
        assert not store.exists()

    def test_no_value_is_kept(
        self, shop: Path, scan: Scan, choose: Callable[[str], None], store: Path, token: str
    ) -> None:
        (shop / "app.py").write_text(f'KEY = "{token}"  # {LINE}{LINE}')
        choose("safe")
        scan()
        kept = store.read_text()
        assert kept.count("\n") > 1
        assert [number for number, value in enumerate((token, LINE.split('"')[1])) if value in kept] == []

    def test_the_same_is_kept_once_whoever_asks(
        self, shop: Path, scan: Scan, choose: Callable[[str], None], store: Path, git: Callable[..., str]
    ) -> None:
        (shop / "app.py").write_text(LINE)
        git("add", ".")
        choose("safe")
        scan()
        scan()
        scan("--staged")
        assert len(list(feedback.read(store))) == 1

    def test_off_by_default(
        self, shop: Path, scan: Scan, choose: Callable[[str], None], store: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("UNLEAK_FEEDBACK")
        (shop / "app.py").write_text(LINE)
        choose("safe")
        assert scan() == []
        assert not store.parent.exists()

    def test_a_project_keeps_its_files_out(
        self, shop: Path, scan: Scan, choose: Callable[[str], None], store: Path
    ) -> None:
        (shop / "src").mkdir()
        for folder in (shop, shop / "src"):
            (folder / "app.py").write_text(LINE)
        (shop / "src" / "unleak.toml").write_text("feedback = false\n")
        choose("safe")
        assert scan() == []
        assert len(list(feedback.read(store))) == 1

    def test_a_project_cannot_switch_it_on(
        self,
        shop: Path,
        choose: Callable[[str], None],
        store: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.delenv("UNLEAK_FEEDBACK")
        (shop / "app.py").write_text(LINE)
        with (shop / "unleak.toml").open("a") as file:
            file.write("feedback = true\n")
        choose("safe")
        assert main(["scan"]) == 0
        assert "feedback must be false" in capsys.readouterr().err
        assert not store.parent.exists()

    def test_a_store_that_cannot_be_written_is_said_once_and_changes_nothing(
        self, shop: Path, choose: Callable[[str], None], store: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        store.parent.write_text("in the way")
        for number in range(5):
            (shop / f"file{number}.py").write_text(LINE)
        choose("safe")
        assert main(["scan"]) == 0
        said = capsys.readouterr().err
        assert said.count("cannot be kept") == 1
        assert "or switch feedback off" in said


class TestWithout:
    def test_not_wanted(self, shop: Path, scan: Scan, choose: Callable[[str], None]) -> None:
        (shop / "app.py").write_text(LINE)
        choose("safe")
        assert brief(scan("--no-judge")) == [("app.py", 1, "warning", "signals")]

    def test_no_bundle_is_said_once(
        self, shop: Path, choose: Callable[[str | Path], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (shop / "app.py").write_text(LINE)
        choose(tmp_path / "nowhere")
        assert main(["scan"]) == 1
        assert capsys.readouterr().err.count("no judge, the rules decide alone") == 1

    def test_a_damaged_model_is_said_once(
        self,
        shop: Path,
        choose: Callable[[str | Path], None],
        judge_that: Callable[..., Path],
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        for number in range(40):
            (shop / f"file{number}.py").write_text(LINE)
        folder = shutil.copytree(judge_that("safe"), tmp_path / "damaged")
        os.truncate(folder / "judge.gguf", 4096)
        choose(folder)
        assert main(["scan"]) == 1
        said = capsys.readouterr()
        assert "Found 40 secrets" in said.out
        assert said.err.count("has not read 40 candidates in 40 files") == 1
        assert "has 4,096 bytes" in said.err

    def test_quiet_says_nothing_of_it(
        self, shop: Path, choose: Callable[[str | Path], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (shop / "app.py").write_text(LINE)
        choose(tmp_path / "nowhere")
        assert main(["scan", "--quiet"]) == 1
        assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP, and Ctrl-C reaches the whole console")
class TestHeld:
    """The worker is held by SIGSTOP as soon as it is there."""

    @pytest.fixture
    def held(self, shop: Path, choose: Callable[[str], None]) -> subprocess.Popen[bytes]:
        (shop / "app.py").write_text(LINE)
        choose("safe")
        code = "import sys; from unleak.cli import main; sys.exit(main())"
        process = subprocess.Popen([sys.executable, "-c", code, "scan"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.kill(worker_of(process), signal.SIGSTOP)
        return process

    def test_ctrl_c_ends_it_all_at_once(self, held: subprocess.Popen[bytes]) -> None:
        worker = worker_of(held)
        held.send_signal(signal.SIGINT)
        _, said = held.communicate(timeout=SECONDS)
        assert held.returncode == 130
        assert said == b"unleak: interrupted\n"
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)

    def test_killed_it_is_asked_again(self, held: subprocess.Popen[bytes]) -> None:
        os.kill(worker_of(held), signal.SIGKILL)
        _, said = held.communicate(timeout=SECONDS)
        assert said == b""
        assert held.returncode == 0


def worker_of(process: subprocess.Popen[bytes]) -> int:
    """The judge's process, as soon as it is there."""
    give_up = time.monotonic() + SECONDS
    while time.monotonic() < give_up:
        listed = subprocess.run(
            ["ps", "-ww", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
        )
        for line in listed.stdout.splitlines():
            pid, parent, command = line.split(None, 2)
            if int(parent) == process.pid and "judge.worker" in command:
                return int(pid)
        time.sleep(0.01)
    raise AssertionError("no judge was started")
