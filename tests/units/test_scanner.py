"""Spans to the character, windows, documents under edit, and rules that are off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from unleak.config import Config
from unleak.detect.catalog import Catalog
from unleak.finding import Severity, Span
from unleak.scanner import BLOCK_LINES, LiveScan, Scanner
from unleak.text import Text

RULES = r"""
[[rules]]
id = "acme-token"
severity = "error"
distinctive = true
regex = '\b(acme_[A-Za-z0-9]{24})\b'
keywords = ["acme_"]

[[rules]]
id = "acme-python"
severity = "error"
distinctive = true
path = '\.py$'
regex = '\b(acmepy_[A-Za-z0-9]{24})\b'
keywords = ["acmepy_"]

[[rules]]
id = "acme-key"
kind = "private-key"
severity = "error"
distinctive = true
regex = '-----BEGIN ACME KEY-----'
until = '-----END ACME KEY-----'
keywords = ["-----begin"]

[[rules]]
id = "acme-runaway"
severity = "error"
distinctive = true
regex = 'runaway (?:a|aa)+(?<=b)c'
keywords = ["runaway"]
"""
TOKEN = "acme_" + "Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd"
BEGIN, END = "-----BEGIN ACME KEY-----", "-----END ACME KEY-----"
BEFORE = {
    "nothing": "",
    "tabs": "\t\t",
    "CJK": "数据 = ",
    "emoji": "🔑🔑 👩‍💻 ",
    "combined": "e\u0301 ",
    "not decodable": b"\xff\xfe\x80 ".decode("utf-8", "surrogateescape"),
    "lines with CRLF": "a\r\nb\r\n",
    "lines with CR": "a\rb\r",
    "mixed breaks": "a\n\r\r\nb\n",
    "form feed": "a\fb ",
    "separators": "a\u2028b\x85c\x1d ",
    "a zero": "a\x00 ",
    "a byte order mark": "\ufeff",
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rules") / "acme.toml"
    file.write_text(RULES)
    return file


@pytest.fixture(scope="module")
def scanner(rules: Path) -> Scanner:
    return Scanner(Catalog.load([rules]))


class TestSpans:
    @pytest.mark.parametrize("after", ["", "\n", "\r\nx", "\rx", " 🔑\n"])
    @pytest.mark.parametrize("before", BEFORE)
    def test_the_span_is_the_secret(self, scanner: Scanner, before: str, after: str) -> None:
        text = Text(BEFORE[before] + TOKEN + after)
        (finding,) = scanner.scan(text, "notes")
        is_exact = text.cut(finding.span) == TOKEN
        assert is_exact

    @pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
    def test_a_block_ends_with_its_end(self, scanner: Scanner, line_break: str) -> None:
        text = Text(line_break.join(["🔑", f"key = '{BEGIN}", "MIIE", f"{END}'", "x"]))
        (finding,) = scanner.scan(text, "notes")
        assert finding.span == Span(1, 7, 3, len(END))

    def test_a_block_on_one_line(self, scanner: Scanner) -> None:
        text = Text(f'"{BEGIN}\\nMIIE\\n{END}"')
        (finding,) = scanner.scan(text, "notes")
        assert finding.span == Span(0, 1, 0, len(str(text)) - 1)

    def test_a_block_without_end_is_none(self, scanner: Scanner) -> None:
        assert scanner.scan(f"{BEGIN}\nMIIE\n", "notes") == []

    @pytest.mark.parametrize(("between", "found"), [(BLOCK_LINES - 1, 1), (BLOCK_LINES, 0)])
    def test_a_block_has_so_many_lines(self, scanner: Scanner, between: int, found: int) -> None:
        assert len(scanner.scan(f"{BEGIN}\n" + "MIIE\n" * between + END, "notes")) == found

    def test_a_text_and_its_string_are_the_same(self, scanner: Scanner) -> None:
        source = f"a\r\n{TOKEN}\r"
        assert scanner.scan(Text(source), "notes") == scanner.scan(source, "notes")


class TestWindows:
    def test_only_what_begins_there(self, scanner: Scanner) -> None:
        lines = Text(f"{TOKEN}\n{BEGIN}\n{END}\n{TOKEN}\n").lines
        assert [f.span.line for f in scanner.read_lines(lines, "notes", 1, 3).findings] == [1]
        assert [f.span.line for f in scanner.read_lines(lines, "notes", 2, 4).findings] == [3]
        assert scanner.read_lines(lines, "notes", 2, 2).findings == []

    def test_a_block_that_began_above_hides_what_lies_in_it(self, scanner: Scanner) -> None:
        lines = Text(f"{BEGIN}\n{TOKEN}\n{END}\n").lines
        assert scanner.read_lines(lines, "notes", 1, 3).findings == []


class TestEdits:
    def test_an_edit_moves_what_lies_below(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, "notes", f"x\n{TOKEN}\n")
        live.replace(Span(0, 0, 0, 0), "a\nb\n")
        assert [finding.span.line for finding in live.findings] == [3]

    def test_a_far_finding_stays(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, "notes", f"{TOKEN}\n" + "x\n" * 1000 + TOKEN)
        live.replace(Span(500, 0, 500, 1), f"{TOKEN}\n")
        assert [finding.span.line for finding in live.findings] == [0, 500, 1002]

    def test_closing_a_block_hides_what_lies_in_it(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, "notes", f"{BEGIN}\n{TOKEN}\n" + "MIIE\n" * 150)
        assert [finding.rule for finding in live.findings] == ["acme-token"]
        live.replace(Span(151, 0, 151, 0), END)
        assert [finding.rule for finding in live.findings] == ["acme-key"]
        live.replace(Span(0, 0, 0, 1), "")
        assert [finding.rule for finding in live.findings] == ["acme-token"]

    @pytest.mark.parametrize("lines_between", range(9))
    def test_a_block_below_an_edit_stays(self, scanner: Scanner, lines_between: int) -> None:
        live = LiveScan(scanner, "notes", "x\n" + "y\n" * lines_between + f"{BEGIN}\n" + "MIIE\n" * 10 + END)
        live.replace(Span(0, 0, 0, 1), "z")
        assert [finding.rule for finding in live.findings] == ["acme-key"]

    def test_a_name_above_counts_as_soon_as_it_is_there(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, "a.yml", "items:\n  - kM7vQ2xR9zT4bW8n\n")
        before = len(live.findings)
        live.replace(Span(0, 0, 0, 5), "passwords")
        assert (before, len(live.findings)) == (0, 1)

    def test_scanning_can_wait(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, "notes", TOKEN, scan=False)
        assert live.findings == []
        live.read(0, len(live.text.lines))
        assert len(live.findings) == 1


class TestMarks:
    def test_what_they_silence_stays_known_with_the_reason(self, scanner: Scanner) -> None:
        reading = scanner.read(f"{TOKEN}  # unleak: ignore\n{TOKEN}\n", "notes")
        assert [bool(f.silenced) for f in scanner.all_settled(reading, "notes")] == [True, False]
        assert [f.span.line for f in scanner.settled(reading, "notes")] == [1]

    def test_one_counts_as_soon_as_it_is_written_and_no_longer(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, "notes", f"x\n{TOKEN}\n")
        found = []
        for span, new in ((Span(0, 0, 0, 1), "# unleak: ignore-next-line"), (Span(0, 0, 0, 3), "")):
            live.replace(span, new)
            found.append(len(live.findings))
        assert found == [0, 1]

    def test_one_for_the_file_counts_for_lines_far_away(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, "notes", f"{TOKEN}\n" + "x\n" * 1000)
        live.replace(Span(900, 0, 900, 1), "# unleak: ignore-file")
        assert live.findings == []
        live.replace(Span(900, 0, 901, 0), "")
        assert [finding.span.line for finding in live.findings] == [0]

    def test_one_moves_with_its_line(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, "notes", f"x\n{TOKEN}  # unleak: ignore\n{TOKEN}\n")
        live.replace(Span(0, 0, 0, 0), "a\nb\n")
        assert [finding.span.line for finding in live.findings] == [4]


class TestConfiguration:
    def test_disabled_rules_are_off(self, rules: Path) -> None:
        config = Config(extra_rules=(str(rules),), disabled_rules=("acme-token",))
        assert Scanner(config=config).scan(f"x({TOKEN})", "notes") == []

    def test_what_is_less_severe_than_asked_for_is_left_out(self, rules: Path) -> None:
        scanner = Scanner(config=Config(extra_rules=(str(rules),), min_severity=Severity.WARNING))
        assert len(scanner.scan(TOKEN, "notes")) == 1
        assert scanner.scan(TOKEN, "tests/notes") == []

    def test_rules_may_be_for_some_paths(self, scanner: Scanner) -> None:
        token = TOKEN.replace("acme", "acmepy")
        assert [finding.rule for finding in scanner.scan(f"x({token})", "a.py")] == ["acme-python"]
        assert "acme-python" not in [finding.rule for finding in scanner.scan(f"x({token})", "a.rb")]

    def test_problems_of_rule_files_are_told(self, tmp_path: Path) -> None:
        (tmp_path / "broken.toml").write_text("[[rules]")
        (problem,) = Scanner(config=Config(extra_rules=(str(tmp_path),))).problems
        assert "broken.toml" in problem


class TestRunawayRules:
    HOSTILE = "runaway " + "a" * 60 + "c"  # the engine cannot look behind, so it asks the regex

    def test_it_is_cut_off_and_named_and_the_others_go_on(self, rules: Path) -> None:
        scanner = Scanner(Catalog.load([rules]))
        findings = scanner.scan(f"{TOKEN}\n{self.HOSTILE} {TOKEN}\n{TOKEN}\n", "notes")
        assert [(finding.rule, finding.span.line) for finding in findings] == [("acme-token", n) for n in range(3)]
        (problem,) = scanner.problems
        assert "acme-runaway" in problem

    def test_it_is_named_once(self, rules: Path) -> None:
        scanner = Scanner(Catalog.load([rules]))
        scanner.scan(f"{self.HOSTILE}\n{self.HOSTILE}\n", "notes")
        assert len(scanner.problems) == 1


class TestBlockScalars:
    @pytest.mark.parametrize("sign", ["|", ">", "|-", ">+", "| "])
    def test_a_value_on_the_line_below_its_name(self, scanner: Scanner, sign: str) -> None:
        value = "sUp3r-" + "qzW9vLk2"
        found = scanner.scan(f"db:\n  password: {sign}\n    {value}\n  port: 1\n", "db.yaml")
        assert [finding.span for finding in found] == [Span(2, 4, 2, 4 + len(value))]

    def test_an_edit_of_the_name_is_seen(self, scanner: Scanner) -> None:
        live = LiveScan(scanner, "db.yaml", "db:\n  note: |\n    sUp3r-" + "qzW9vLk2\n")
        before = len(live.findings)
        live.replace(Span(1, 2, 1, 6), "password")
        assert (before, len(live.findings)) == (0, 1)


def test_threads_that_read_with_one_scanner_find_what_each_finds_alone() -> None:
    scanner = Scanner()
    texts = [
        "\n".join(f'password_{n} = "kX9#vB2$mQ7w{n}"' if n % every == 0 else "value = other" for n in range(2000))
        for every in (3, 4)
    ]
    alone = [scanner.scan(text, "a.py") for text in texts]
    assert all(alone)
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(scanner.scan, text, "a.py") for _ in range(6) for text in texts]
        found = [run.result() for run in runs]
    assert found == alone * 6
