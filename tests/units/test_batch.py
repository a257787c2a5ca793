from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from unleak.batch import FileResult, FileScanner, scan_files
from unleak.config import Config, Configs, for_folder
from unleak.decision import Blend
from unleak.finding import Severity, Span, Verdict

MANY = 2000  # files: enough for several processes


@pytest.fixture
def config(shop: Path) -> Config:
    return for_folder(shop, Config())[0]


@pytest.fixture
def many(shop: Path, token: str) -> list[Path]:
    """Files of which each hundredth holds a token."""
    (shop / "src").mkdir()
    paths = [Path("src", f"file{number:04}.py") for number in range(MANY)]
    for number, path in enumerate(paths):
        path.write_text(f'KEY = "{token}"\n' if number % 100 == 0 else "a = 1\n")
    return paths


def workers_of(parent: int | None = None) -> list[int]:
    """The scanning processes that run, those of one parent or all."""
    listed = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,ppid=,stat=,command="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    rows = [line.split(None, 3) for line in listed]
    return [
        int(process)
        for process, above, state, *command in rows
        if parent in (None, int(above)) and not state.startswith("Z") and "unleak.scan_workers" in "".join(command)
    ]


class TestFileScanner:
    def test_findings_with_excerpts_and_values(self, config: Config, token: str) -> None:
        scanner = FileScanner(config, values=True)
        result = scanner.scan_bytes("src/app.py", f'\ufeffé = "{token}"\r\n'.encode())
        (finding,) = result.findings
        assert finding.rule == "acme-token"
        assert finding.severity is Severity.ERROR
        assert finding.span == (0, 5, 0, 34)
        assert result.values == (token,)
        assert result.excerpts[0].text == 'é = "acme' + 25 * "*" + '"'

    def test_no_values_unless_asked_for(self, config: Config, token: str) -> None:
        result = FileScanner(config).scan_bytes("app.py", f'k = "{token}"'.encode())
        assert result.values == ()
        assert token not in repr(result)

    def test_keep_chooses_by_span(self, config: Config, token: str) -> None:
        data = f'a = "{token}"\nb = "{token}"\n'.encode()
        result = FileScanner(config).scan_bytes("app.py", data, lambda span: span.line == 1)
        assert [finding.span.line for finding in result.findings] == [1]
        assert len(result.excerpts) == 1

    def test_paths_below_the_base_are_judged_from_there(self, shop: Path, config: Config, token: str) -> None:
        """A project that lies in a folder called `tests` is no test."""
        project = shop / "tests" / "project"
        project.mkdir(parents=True)
        (project / "app.py").write_text(f'KEY = "{token}"\n')
        inside = FileScanner(config, project).scan_file("tests/project/app.py")
        assert [finding.severity for finding in inside.findings] == [Severity.ERROR]
        outside = FileScanner(config, shop).scan_file("tests/project/app.py")
        assert [finding.severity for finding in outside.findings] == [Severity.INFORMATION]

    @pytest.mark.parametrize(
        ("data", "reason"), [(b"a\x00b", "binary"), (b"x" * 11, "larger than 10 bytes"), (None, "vanished")]
    )
    def test_what_cannot_be_read_is_skipped(self, shop: Path, config: Config, data: bytes | None, reason: str) -> None:
        if data is not None:
            (shop / "file").write_bytes(data)
        assert FileScanner(replace(config, max_file_size=10)).scan_file("file").skipped == reason

    def test_a_failure_is_told_without_the_text_that_caused_it(self, config: Config, token: str) -> None:
        scanner = FileScanner(config)

        class Surprise(str):
            def removeprefix(self, prefix: str, /) -> str:
                raise ValueError(token)

        result = scanner.scan_bytes(Surprise(os.path.abspath("app.py")), b"a = 1\n")
        assert result.failed
        assert result.skipped.startswith("internal error (ValueError at test_batch.py:")
        assert token not in repr(result)

    def test_problems_of_rules_are_told_once(self, shop: Path, config: Config) -> None:
        with (shop / "rules" / "acme.toml").open("a") as rules:
            rules.write("\n[[rules]]\nid = 'broken'\nregex = '('\n")
        scanner = FileScanner(config)
        told = [scanner.scan_bytes(name, b"a = 1\n").problems for name in ("a.py", "b.py")]
        assert len(told[0]) == 1
        assert "broken" in told[0][0]
        assert told[1] == ()

    def test_each_file_as_its_folder_wants(self, shop: Path, token: str) -> None:
        off = "[severity]\nacme-token = 'off'\ngeneric-api-key = 'off'\n"
        for name, config in (("a", "enable = false\n"), ("b", "max_file_size = 9\n"), ("c", off)):
            (shop / name).mkdir()
            (shop / name / "unleak.toml").write_text(config)
        (shop / "d").mkdir()
        scanner = FileScanner(Configs())
        for name in "abcd":
            (shop / name / "app.py").write_text(f'KEY = "{token}"\n')
        results = [scanner.scan_file(f"{name}/app.py") for name in "abcd"]
        assert [result.skipped for result in results] == ["switched off", "larger than 9 bytes", "", ""]
        assert [len(result.findings) for result in results] == [0, 0, 0, 1]

    def test_a_project_inside_is_judged_from_its_own_top(self, shop: Path, token: str) -> None:
        (shop / "tests" / "inner" / ".git").mkdir(parents=True)
        (shop / "tests" / "inner" / "unleak.toml").write_text('extra_rules = ["../../rules"]\n')
        (shop / "tests" / "own").mkdir()
        (shop / "tests" / "own" / "unleak.toml").write_text("")
        scanner = FileScanner(Configs())
        data = f'KEY = "{token}"\n'.encode()
        found = [scanner.scan_bytes(f"tests/{name}/app.py", data).findings for name in ("inner", "own")]
        assert [[finding.severity for finding in findings] for findings in found] == [
            [Severity.ERROR],
            [Severity.INFORMATION],
        ]

    def test_what_is_silent_is_masked_beside_what_is_not(self, shop: Path, token: str) -> None:
        other = token.swapcase().replace("ACME", "acme")
        digits = hashlib.sha256(other.encode()).hexdigest()
        with (shop / "unleak.toml").open("a") as config:
            config.write(f'[[allow]]\nvalues = ["sha256:{digits}"]\n')
        result = FileScanner(Configs()).scan_bytes("app.py", f'a = ["{token}", "{other}"]\n'.encode())
        (excerpt,) = result.excerpts
        assert [finding.span.column for finding in result.findings] == [6]
        assert not any(value[8:] in excerpt.text for value in (token, other))

    def test_marks_silence(self, shop: Path, token: str) -> None:
        data = f'a = "{token}"  # unleak: ignore\nb = "{token}"\n'.encode()
        result = FileScanner(Configs()).scan_bytes("app.py", data)
        assert [finding.span.line for finding in result.findings] == [1]

    def test_baselines_are_skipped(self, shop: Path, token: str) -> None:
        with (shop / "unleak.toml").open("a") as config:
            config.write('import = [".secrets.baseline"]\n')
        data = f'{{"key": "{token}"}}\n'.encode()
        scanner = FileScanner(Configs())
        for name in (".unleak-baseline.json", ".secrets.baseline"):
            (shop / name).write_bytes(data)
            for result in (scanner.scan_file(name), scanner.scan_bytes(name, data)):
                assert result.skipped == "a baseline, holds no secrets"
        assert len(scanner.scan_bytes("other.json", data).findings) == 1

    def test_the_key_of_allow_lists_is_no_secret(self, shop: Path) -> None:
        data = ('hash_key = "Zk3mT9qLw2Xv7Rb5' + 'Nc8Yp1Hd4Fs6Gj0K"\n').encode()
        found = [FileScanner(Configs()).scan_bytes(name, data).findings for name in ("unleak.toml", "other.toml")]
        assert [len(findings) for findings in found] == [0, 1]


class TestScanFiles:
    def test_processes_find_the_same_in_the_same_order(self, config: Config, many: list[Path]) -> None:
        alone = list(scan_files(many, config, 1))
        assert [result.path for result in alone] == [path.as_posix() for path in many]
        assert sum(len(result.findings) for result in alone) == MANY // 100
        assert list(scan_files(many, config, 3)) == alone

    def test_values_and_base_reach_the_processes(
        self, shop: Path, config: Config, many: list[Path], token: str
    ) -> None:
        found = [result for result in scan_files(many, config, 2, shop, values=True) if result.findings]
        assert {result.values for result in found} == {(token,)}

    def test_processes_read_the_configuration_of_each_folder(self, shop: Path, many: list[Path]) -> None:
        (shop / "src" / "unleak.toml").write_text('disabled_rules = ["acme-token", "generic-api-key"]\n')
        assert not any(result.findings for result in scan_files(many, Configs(), 2))

    def test_a_few_files_start_no_process(self, config: Config, many: list[Path]) -> None:
        results = scan_files(many[:100], config, 4)
        next(results)
        assert workers_of(os.getpid()) == []

    def test_closing_leaves_no_process(self, config: Config, many: list[Path]) -> None:
        results = scan_files(many, config, 2)
        next(results)
        assert workers_of(os.getpid())
        results.close()  # type: ignore[attr-defined]
        assert workers_of(os.getpid()) == []

    def test_a_process_that_is_killed_costs_no_result(self, config: Config, many: list[Path]) -> None:
        results = scan_files(many, config, 1 + 1)
        scanned = [next(results)]
        os.kill(workers_of(os.getpid())[0], signal.SIGTERM)
        scanned += results
        assert [result.path for result in scanned] == [path.as_posix() for path in many]
        assert sum(len(result.findings) for result in scanned) >= MANY // 100 - 1

    def test_a_scanned_tree_is_never_imported_from(self, shop: Path, config: Config, many: list[Path]) -> None:
        for name in ("pickle", "unleak", "regex", "hyperscan", "json", "re", "random", "tomllib"):
            (shop / f"{name}.py").write_text(f"open({str(shop / 'imported')!r}, 'w')\n")
        assert all(result == FileResult(result.path, size=6) for result in scan_files(many[1:100], config, 1))
        assert len(list(scan_files(many, config, 2))) == MANY
        assert not (shop / "imported").exists()

    @pytest.mark.skipif(os.name != "posix", reason="signals")
    def test_processes_end_with_their_parent(self, shop: Path, many: list[Path]) -> None:
        code = (
            "import sys; from pathlib import Path; from unleak.batch import scan_files;"
            "from unleak.config import Config, Configs, for_folder;"
            "results = scan_files(sorted(Path('src').iterdir()), for_folder(Path(), Config())[0], 2);"
            "next(results); print('started', flush=True); sys.stdin.read()"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"started\n"
            workers = workers_of(parent.pid)
            assert workers
            parent.kill()
        deadline = time.monotonic() + 30
        while set(workers) & set(workers_of()):
            assert time.monotonic() < deadline
            time.sleep(0.02)


class TestJudged:
    """What a judge has to say of files, here as any judge would say it."""

    BLEND = Blend(signals=0, judge=1, bias=0, ask=0.01, report=0.5, warn=0.7, live=0.5)
    SAFE = Verdict(0.0, 0.0, 1.0)
    LINE = 'db_password = "' + "zR7p" + 'Lq2wT9"\n'

    @pytest.fixture
    def scanner(self, config: Config) -> FileScanner:
        return FileScanner(config, blend=self.BLEND)

    def verdicts(self, result: FileResult) -> dict[Span, Verdict]:
        assert result.open is not None
        return {span: self.SAFE for spans in result.open.spans for span in spans}

    def test_is_read_again_by_the_verdicts(self, shop: Path, scanner: FileScanner) -> None:
        (shop / "app.py").write_text(self.LINE)
        result = scanner.scan_file("app.py")
        assert len(result.findings) == 1
        final = scanner.judged(result, self.verdicts(result))
        assert (final.findings, final.open) == ((), None)

    def test_a_file_that_is_another_one_meanwhile_stands_as_the_rules_decided(
        self, shop: Path, scanner: FileScanner
    ) -> None:
        (shop / "app.py").write_text(self.LINE)
        result = scanner.scan_file("app.py")
        (shop / "app.py").write_text("# another line\n" + self.LINE)
        assert scanner.judged(result, self.verdicts(result)) == replace(result, open=None)

    def test_a_file_that_is_gone_stands_as_the_rules_decided(self, shop: Path, scanner: FileScanner) -> None:
        (shop / "app.py").write_text(self.LINE)
        result = scanner.scan_file("app.py")
        (shop / "app.py").unlink()
        assert scanner.judged(result, self.verdicts(result)) == replace(result, open=None)

    def test_content_that_is_not_on_disk_is_kept(self, shop: Path, scanner: FileScanner) -> None:
        result = scanner.scan_bytes("app.py", self.LINE.encode())
        assert scanner.judged(result, self.verdicts(result)).findings == ()

    def test_without_verdicts_the_rules_have_decided(self, shop: Path, scanner: FileScanner) -> None:
        result = scanner.scan_bytes("app.py", self.LINE.encode())
        assert scanner.judged(result, {}) == replace(result, open=None)

    def test_what_is_silent_is_not_asked(self, shop: Path, scanner: FileScanner) -> None:
        result = scanner.scan_bytes("app.py", self.LINE.replace("\n", "  # unleak: ignore\n").encode())
        assert result.open is None

    def test_lines_that_do_not_count_are_not_asked(self, shop: Path, scanner: FileScanner) -> None:
        result = scanner.scan_bytes("app.py", self.LINE.encode(), keep=lambda span: span.line > 0)
        assert result.open is None

    def test_a_result_shows_no_value(self, shop: Path, scanner: FileScanner) -> None:
        result = scanner.scan_bytes("app.py", self.LINE.encode())
        assert self.LINE[15:25] not in repr(result)
