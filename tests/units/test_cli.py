from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from unleak import __version__
from unleak.cli import main

Capture = pytest.CaptureFixture[str]
COMMAND = [sys.executable, "-c", "import sys; from unleak.cli import main; sys.exit(main())"]


@pytest.fixture
def found(shop: Path, token: str) -> Path:
    """A file in the shop with one finding, beside one without."""
    (shop / "src").mkdir()
    (shop / "src" / "clean.py").write_text("a = 1\n")
    (shop / "src" / "app.py").write_text(f'KEY = "{token}"\n')
    return shop / "src" / "app.py"


def jsonl(capsys: Capture) -> list[tuple[str, int]]:
    """Path and line of each finding on standard output."""
    entries = map(json.loads, capsys.readouterr().out.splitlines())
    return [(entry["path"], entry["line"]) for entry in entries]


class TestExitCode:
    def test_clean(self, shop: Path, capsys: Capture) -> None:
        (shop / "a.py").write_text("a = 1\n")
        assert main(["scan"]) == 0
        assert capsys.readouterr() == ("No secrets found in 1 file.\n", "")

    def test_findings(self, found: Path, capsys: Capture, token: str) -> None:
        assert main(["scan"]) == 1
        out, err = capsys.readouterr()
        assert out.startswith("src/app.py:1:8: error ")
        assert out.endswith("\nFound 1 secret in 1 of 2 files: 1 error.\n")
        assert token not in out
        assert err == ""

    @pytest.mark.parametrize("code", [0, 7])
    def test_chosen_for_findings(self, found: Path, code: int) -> None:
        assert main(["scan", "--exit-code", str(code)]) == code
        assert main(["scan", "--exit-code", str(code), "src/clean.py"]) == 0

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["nowhere"], "nowhere: no such file or folder"),
            (["--show-values"], "--show-values needs --format jsonl"),
            (["--stdin", "src"], "give either --stdin or paths, not both"),
            (["--stdin-filename", "a.py"], "--stdin-filename needs --stdin"),
            (["--config", "nowhere.toml"], "nowhere.toml: no such file"),
            (["--config", "src/app.py"], "src/app.py:1: unknown key 'KEY'; it is not used."),
            (["--output", "src"], "cannot write the report to src: Is a directory"),
        ],
    )
    def test_error(self, found: Path, capsys: Capture, arguments: list[str], message: str) -> None:
        assert main(["scan", *arguments]) == 2
        assert capsys.readouterr().err == f"unleak: {message}\n"

    @pytest.mark.parametrize(
        "arguments",
        [[], ["scan", "--jobs", "0"], ["scan", "--exit-code", "x"], ["scan", "--staged", "--stdin"]],
    )
    def test_wrong_usage(self, arguments: list[str]) -> None:
        with pytest.raises(SystemExit, match="2"):
            main(arguments)

    def test_a_missing_path_among_others_is_an_error_and_the_others_are_scanned(
        self, found: Path, capsys: Capture
    ) -> None:
        assert main(["scan", "nowhere", "src", "--format", "jsonl"]) == 2
        assert jsonl(capsys) == [("src/app.py", 1)]


class TestScan:
    def test_paths_are_shown_as_given(self, found: Path, capsys: Capture) -> None:
        for given, shown in (
            (".", "src/app.py"),
            ("./src/", "src/app.py"),
            ("src/../src/app.py", "src/../src/app.py"),
            (str(found), found.as_posix()),
        ):
            assert main(["scan", given, "--format", "jsonl"]) == 1
            assert jsonl(capsys) == [(shown, 1)]

    def test_ignored_files_are_scanned_when_named(self, found: Path, shop: Path, capsys: Capture) -> None:
        (shop / ".gitignore").write_text("app.py\n")
        assert main(["scan"]) == 0
        assert main(["scan", "src/app.py"]) == 1

    def test_min_severity(self, found: Path, shop: Path, capsys: Capture, token: str) -> None:
        (shop / "tests").mkdir()
        (shop / "tests" / "test_app.py").write_text(f'KEY = "{token}"\n')
        assert main(["scan", "--format", "jsonl"]) == 1
        assert jsonl(capsys) == [("src/app.py", 1), ("tests/test_app.py", 1)]
        assert main(["scan", "--format", "jsonl", "--min-severity", "error"]) == 1
        assert jsonl(capsys) == [("src/app.py", 1)]

    def test_values_only_on_demand(self, found: Path, capsys: Capture, token: str) -> None:
        main(["scan", "--format", "jsonl"])
        assert token not in capsys.readouterr().out
        main(["scan", "--format", "jsonl", "--show-values"])
        assert json.loads(capsys.readouterr().out)["value"] == token

    def test_output_goes_to_a_file_that_is_not_scanned_itself(self, found: Path, shop: Path, capsys: Capture) -> None:
        arguments = ["scan", "--format", "jsonl", "--show-values", "--output", "report.jsonl"]
        assert [main(arguments), main(arguments)] == [1, 1]
        assert capsys.readouterr().out == ""
        assert len((shop / "report.jsonl").read_text().splitlines()) == 1

    def test_quiet_writes_findings_alone(self, found: Path, shop: Path, capsys: Capture) -> None:
        (shop / "a.bin").write_bytes(b"\x00")
        assert main(["scan", "-q"]) == 1
        out, err = capsys.readouterr()
        assert "Found" not in out
        assert err == ""

    def test_skipped_files_are_counted_and_named_on_demand(self, shop: Path, capsys: Capture) -> None:
        (shop / "unleak.toml").write_text('max_file_size = 500\nextra_rules = ["rules"]\nexclude = ["rules"]\n')
        for name in ("a.bin", "b.bin"):
            (shop / name).write_bytes(b"\x00")
        (shop / "c.txt").write_bytes(b"c" * 501)
        assert main(["scan", "."]) == 0
        counted = "unleak: 4 files skipped: 2 binary, 2 larger than 500 bytes\n"
        assert capsys.readouterr().err == counted.replace("4", "3").replace(", 2", ", 1")
        (shop / "d.txt").write_bytes(b"c" * 501)
        assert main(["scan", "-v"]) == 0
        assert capsys.readouterr().err == counted + (
            "unleak:   a.bin: binary\nunleak:   b.bin: binary\n"
            "unleak:   c.txt: larger than 500 bytes\nunleak:   d.txt: larger than 500 bytes\n"
        )

    def test_baselines_are_passed_over_and_skipped_when_named(self, shop: Path, capsys: Capture, token: str) -> None:
        (shop / "a.py").write_text("a = 1\n")
        (shop / ".unleak-baseline.json.lock").write_text(f'{{"key": "{token}"}}\n')
        assert main(["scan"]) == 0
        assert capsys.readouterr() == ("No secrets found in 1 file.\n", "")
        assert main(["scan", ".unleak-baseline.json.lock"]) == 0
        assert capsys.readouterr().err == "unleak: 1 file skipped: 1 a baseline, holds no secrets\n"

    @pytest.mark.skipif(os.name != "posix", reason="names that other systems do not allow")
    def test_hostile_names_are_shown_escaped(self, shop: Path, capsys: Capture) -> None:
        (shop / "a\x1b[2J.bin").write_bytes(b"\x00")
        main(["scan", "-v"])
        assert "a\\x1b[2J.bin: binary" in capsys.readouterr().err

    def test_processes_and_one_process_report_the_same(self, shop: Path, capsys: Capture, token: str) -> None:
        (shop / "src").mkdir()
        for number in range(2000):
            (shop / "src" / f"{number}.py").write_text(f'a = "{token}"\n' if number % 50 == 0 else "a = 1\n")
        reports = []
        for jobs in ("1", "2"):
            assert main(["scan", "--jobs", jobs]) == 1
            reports.append(capsys.readouterr())
        assert reports[0] == reports[1]
        assert "40 of 2,000 files" in reports[0].out


class TestConfiguration:
    def test_a_broken_one_is_named_and_the_scan_goes_on(self, found: Path, shop: Path, capsys: Capture) -> None:
        (shop / "unleak.toml").write_text('extra_rules = ["rules"]\nmin_severty = "error"\n')
        assert main(["scan", "src", "--format", "jsonl"]) == 1
        out, err = capsys.readouterr()
        assert len(out.splitlines()) == 1
        assert err == (
            f"unleak: {shop / 'unleak.toml'}:2: unknown key 'min_severty', did you mean 'min_severity'?;"
            " it is not used.\n"
        )

    def test_one_that_is_named_counts_alone(self, found: Path, shop: Path) -> None:
        (shop / "other.toml").write_text('extra_rules = ["rules"]\nexclude = ["app.py"]\n')
        assert main(["scan", "src"]) == 1
        assert main(["scan", "src", "--config", "other.toml"]) == 0

    def test_each_file_is_scanned_as_its_folder_wants(self, found: Path, shop: Path, capsys: Capture) -> None:
        for name, config in (("a", 'exclude = ["app.py"]\n'), ("b", 'min_severity = "error"\n'), ("c", "")):
            (shop / name).mkdir()
            (shop / name / "app.py").write_text(found.read_text())
            (shop / name / "unleak.toml").write_text(config)
        assert main(["scan", "a", "b", "c", "--format", "jsonl"]) == 1
        assert jsonl(capsys) == [("b/app.py", 1), ("c/app.py", 1)]
        assert main(["scan", "a/app.py"]) == 1  # named by a person

    def test_standard_input_is_scanned_as_its_folder_wants(
        self, found: Path, shop: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (shop / "src" / "unleak.toml").write_text('disabled_rules = ["acme-token", "generic-api-key"]\n')
        for name, code in (("src/app.py", 0), ("app.py", 1)):
            with found.open() as file:
                monkeypatch.setattr("sys.stdin", file)
                assert main(["scan", "--stdin", "--stdin-filename", name]) == code

    def test_files_of_other_tools_count_where_they_are_named(self, found: Path, shop: Path) -> None:
        (shop / ".gitleaksignore").write_text("src/app.py:some-rule:1\n")
        assert main(["scan"]) == 1
        with (shop / "unleak.toml").open("a") as config:
            config.write('import = [".gitleaksignore"]\n')
        assert main(["scan"]) == 0

    def test_rules_of_an_inner_one_are_a_problem(self, found: Path, shop: Path, capsys: Capture) -> None:
        (shop / "src" / "unleak.toml").write_text('extra_rules = ["rules"]\n')
        assert main(["scan", "--format", "jsonl"]) == 1
        out, err = capsys.readouterr()
        assert len(out.splitlines()) == 1
        assert err.startswith(f"unleak: {shop / 'src' / 'unleak.toml'}:1: extra_rules may only stand at the top")
        assert err.count("\n") == 1

    def test_paths_are_judged_from_its_folder(
        self, git: Callable[..., str], found: Path, shop: Path, capsys: Capture
    ) -> None:
        """A sample project inside a repository is no sample to itself."""
        (shop / "samples").mkdir()
        found.rename(shop / "samples" / "app.py")
        assert main(["scan", "--min-severity", "error"]) == 0
        (shop / "unleak.toml").rename(shop / "samples" / "unleak.toml")
        (shop / "rules").rename(shop / "samples" / "rules")
        assert main(["scan", "--min-severity", "error", "samples"]) == 1

    def test_switched_off(self, found: Path, shop: Path, capsys: Capture) -> None:
        (shop / "unleak.toml").write_text("enable = false\n")
        assert main(["scan"]) == 0
        assert capsys.readouterr() == (
            "",
            f"unleak: switched off here: {shop} has an unleak.toml with enable = false\n",
        )

    def test_problems_of_rules_are_told_once(self, found: Path, shop: Path, capsys: Capture) -> None:
        (shop / "rules" / "bad.toml").write_text("[[rules]]\nid = 'bad'\nregex = '('\n")
        assert main(["scan"]) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert "bad.toml" in err


class TestColor:
    @pytest.mark.parametrize(
        ("environment", "arguments", "colored"),
        [
            ({}, [], False),
            ({"FORCE_COLOR": "1"}, [], True),
            ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
            ({"FORCE_COLOR": "1"}, ["--no-color"], False),
            ({"FORCE_COLOR": "", "NO_COLOR": ""}, [], False),
        ],
    )
    def test_where_there_is_no_terminal(
        self,
        found: Path,
        capsys: Capture,
        monkeypatch: pytest.MonkeyPatch,
        environment: dict[str, str],
        arguments: list[str],
        colored: bool,
    ) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        main(["scan", *arguments])
        assert ("\x1b[" in capsys.readouterr().out) is colored


class TestStdin:
    def run(self, data: bytes, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [*COMMAND, "scan", "--stdin", "--format", "jsonl", *arguments],
            input=data,
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout.decode()

    def test_under_a_name_or_none(self, shop: Path, token: str) -> None:
        data = f'key = "{token}"\n'.encode()
        code, out = self.run(data, "--stdin-filename", "src/app.py")
        assert code == 1
        assert json.loads(out)["path"] == "src/app.py"
        code, out = self.run(data)
        assert json.loads(out)["path"] == "<stdin>"

    def test_nothing(self, shop: Path) -> None:
        assert self.run(b"") == (0, "")


class TestStaged:
    def test_findings_and_none(self, git: Callable[..., str], found: Path, capsys: Capture) -> None:
        assert main(["scan", "--staged"]) == 0
        git("add", "src")
        assert main(["scan", "--staged", "--format", "jsonl"]) == 1
        capsys.readouterr()
        git("commit", "--quiet", "--message", "x")
        assert main(["scan", "--staged"]) == 0

    def test_no_repository(self, shop: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.parent))
        assert main(["scan", "--staged"]) == 2
        assert capsys.readouterr().err.startswith("unleak: cannot read what is staged: not a git repository")

    def test_as_a_hook_of_pre_commit(self, git: Callable[..., str], found: Path, shop: Path) -> None:
        """The hook file names a command line that exists, and git runs it."""
        hooks = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text()
        entry = next(line.split("entry: ")[1] for line in hooks.splitlines() if "entry:" in line)
        assert entry.split()[0] == "unleak"
        hook = shop / ".git" / "hooks" / "pre-commit"
        hook.parent.mkdir(exist_ok=True)
        command = " ".join(f'"{part}"' for part in [*COMMAND, *entry.split()[1:]])
        hook.write_text(f"#!/bin/sh\nexec {command}\n")
        hook.chmod(0o755)
        git("add", "src/clean.py")
        git("commit", "--quiet", "--message", "clean")
        git("add", "src/app.py")
        with pytest.raises(subprocess.CalledProcessError) as refused:
            git("commit", "--quiet", "--message", "leak")
        assert b"src/app.py:1:8: error" in refused.value.stdout + refused.value.stderr


class TestRules:
    def test_check(self, shop: Path, capsys: Capture) -> None:
        assert main(["rules", "check", "rules"]) == 0
        assert capsys.readouterr().out == "Every example holds.\n"
        with (shop / "rules" / "acme.toml").open("a") as rules:
            rules.write("examples_of = 1\n")
        assert main(["rules", "check", "rules/acme.toml"]) == 2
        assert "acme-token: unknown key 'examples_of'" in capsys.readouterr().err

    def test_list(self, shop: Path, capsys: Capture) -> None:
        assert main(["rules", "list"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines == sorted(lines)
        assert "acme-token" in [line.split()[0] for line in lines]

    def test_list_as_json(self, shop: Path, capsys: Capture) -> None:
        assert main(["rules", "list", "--format", "json"]) == 0
        rules = {rule["id"]: rule for rule in json.loads(capsys.readouterr().out)}
        assert rules["acme-token"]["documentation"] == "https://acme.example/tokens"

    def test_show(self, shop: Path, capsys: Capture) -> None:
        assert main(["rules", "show", "acme-token"]) == 0
        assert "description    Acme token\n" in capsys.readouterr().out

    def test_show_with_a_slip(self, shop: Path, capsys: Capture) -> None:
        assert main(["rules", "show", "acme-tokn"]) == 2
        assert capsys.readouterr().err.startswith("unleak: no rule is called 'acme-tokn': did you mean acme-token")

    def test_show_what_is_not_there(self, shop: Path, capsys: Capture) -> None:
        assert main(["rules", "show", "0000"]) == 2
        assert "`unleak rules list` names them all" in capsys.readouterr().err


class TestProcess:
    def test_version(self) -> None:
        done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
        assert done.stdout == f"unleak {__version__}\n"

    def test_a_scan_imports_nothing_of_the_language_server(self, found: Path) -> None:
        code = (
            "import sys; from unleak.cli import main; main(['scan', '-q', 'src/clean.py']);"
            "print(*sys.modules, sep='\\n')"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        imported = {name.split(".")[0] for name in done.stdout.splitlines()}
        assert not imported & {
            "pygls",
            "lsprotocol",
            "asyncio",
            "multiprocessing",
            "concurrent",
            "subprocess",
        }

    @pytest.mark.skipif(os.name != "posix", reason="signals")
    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_ctrl_c_ends_everything_at_once(self, found: Path, shop: Path, jobs: str) -> None:
        """A terminal sends the signal to all processes of the group."""
        (shop / "src" / "a.py").write_text(found.read_text())
        for number in range(30):
            (shop / "src" / f"b{number}.py").write_text('name = "value"\n' * 60_000)
        with subprocess.Popen(
            [*COMMAND, "scan", "--jobs", jobs],
            stdout=-1,
            stderr=-1,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"src/a.py:1:8: error")
            os.killpg(process.pid, signal.SIGINT)
            _, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (130, b"unleak: interrupted\n")

    @pytest.mark.skipif(os.name != "posix", reason="pipes")
    def test_a_reader_that_leaves(self, found: Path, shop: Path) -> None:
        for number in range(1000):
            (shop / "src" / f"{number}.py").write_text(found.read_text())
        with subprocess.Popen([*COMMAND, "scan", "--jobs", "1"], stdout=-1, stderr=-1) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.stdout.close()
            assert process.stderr is not None
            err = process.stderr.read()
        assert (process.returncode, err) == (141, b"")

    @pytest.mark.skipif(os.name != "posix", reason="file descriptors")
    @pytest.mark.parametrize(
        ("redirection", "code", "err"),
        [
            (">&-", 1, ""),
            (">&- 2>&-", 1, ""),
            ("2>&-", 1, ""),
            pytest.param(
                ">/dev/full",
                2,
                "unleak: output: No space left on device\n",
                marks=pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full"),
            ),
        ],
    )
    def test_output_that_cannot_be_written(self, found: Path, redirection: str, code: int, err: str) -> None:
        command = " ".join(f"'{part}'" for part in [*COMMAND, "scan"])
        done = subprocess.run(["sh", "-c", f"{command} {redirection}"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (code, err)
