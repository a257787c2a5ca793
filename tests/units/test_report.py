from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.batch import FileResult
from unleak.detect.catalog import Catalog
from unleak.finding import Finding, Severity, Span
from unleak.report import FORMATS, open_report
from unleak.report.excerpt import Excerpt, excerpts, mask
from unleak.text import Text

SCHEMA = Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json"


def finding(span: tuple[int, int, int, int], severity: Severity = Severity.ERROR, **other: str) -> Finding:
    fields: dict[str, Any] = {
        "rule": "acme-token",
        "kind": "api-token",
        "confidence": 0.98765,
        "decided_by": "rule",
        "message": "Acme token in the code.",
        "fingerprint": "0123456789abcdef",
    }
    return Finding(span=Span(*span), severity=severity, **{**fields, **other})


def result(path: str, source: str, *findings: Finding, values: bool = False) -> FileResult:
    text = Text(source)
    return FileResult(
        path,
        findings,
        size=len(source),
        excerpts=excerpts(text, findings),
        values=tuple(text.cut(found.span) for found in findings) if values else (),
    )


def reported(name: str, *results: FileResult, color: bool = False, width: int = 80, summary: bool = False) -> str:
    written: list[str] = []
    report = open_report(name, written.append, lambda: Catalog([]), color=color, width=width, summary=summary)
    for each in results:
        report.add(each)
    report.end()
    return "".join(written)


class TestMask:
    @pytest.mark.parametrize(
        ("length", "shown"), [(0, 0), (1, 0), (8, 0), (15, 0), (16, 4), (17, 4), (40, 4), (4000, 4)]
    )
    def test_at_most_four_characters_and_a_quarter_stay(self, length: int, shown: int) -> None:
        assert mask("x" * length) == "x" * shown + "*" * (length - shown)


class TestExcerpts:
    def test_the_value_is_masked_in_place(self) -> None:
        (excerpt,) = excerpts(Text('a = "0123456789abcdef"\n'), [finding((0, 5, 0, 21))])
        assert excerpt == Excerpt('a = "0123************"', 5, 21, False, False)

    def test_all_findings_of_a_line_are_masked_in_each_excerpt(self) -> None:
        text = Text("user:secret1@host other:secret2@host\n")
        for excerpt in excerpts(text, [finding((0, 5, 0, 12)), finding((0, 24, 0, 31))]):
            assert excerpt.text == "user:*******@host other:*******@host"

    def test_of_overlapping_findings_nothing_shows_that_one_of_them_hides(self) -> None:
        text = Text("postgres://ann:hunter2hunter2@db/shop\n")
        for excerpt in excerpts(text, [finding((0, 0, 0, 37)), finding((0, 15, 0, 29))]):
            assert excerpt.text == "post" + 33 * "*"

    def test_the_same_value_elsewhere_on_the_line_is_masked_too(self) -> None:
        (excerpt,) = excerpts(Text('a = "hunter22"  # was hunter22\n'), [finding((0, 5, 0, 13))])
        assert excerpt.text == 'a = "********"  # was ********'

    def test_a_block_shows_its_first_line(self) -> None:
        text = Text("k = '''-----BEGIN KEY\r\nabc\r\n-----END KEY'''\r\n")
        (excerpt,) = excerpts(text, [finding((0, 7, 2, 12))])
        assert excerpt == Excerpt("k = '''----" + 10 * "*", 7, 21, False, False)

    def test_a_line_inside_the_block_of_another_finding_is_masked(self) -> None:
        text = Text("x = 'begin\n  abc = def\nend'\n")
        inner = excerpts(text, [finding((0, 5, 2, 3)), finding((1, 8, 1, 11))])[1]
        assert inner.text == "*" * 11

    def test_a_long_line_is_cut_on_both_sides(self) -> None:
        line = "a" * 1_000_000 + "S" * 5000 + "b" * 1_000_000
        (excerpt,) = excerpts(Text(line), [finding((0, 1_000_000, 0, 1_005_000))])
        assert excerpt.cut_before
        assert excerpt.cut_after
        assert len(excerpt.text) < 1000
        assert excerpt.text[excerpt.start : excerpt.end] == "SSSS" + "*" * (excerpt.end - excerpt.start - 4)

    @given(st.data())
    def test_no_value_is_ever_in_any_excerpt(self, data: st.DataObject) -> None:
        """Values are runs of digits here, and there is no digit elsewhere."""
        values = data.draw(st.lists(st.text("0123456789", min_size=5, max_size=40), min_size=1, max_size=5))
        source, findings = "", []
        for value in values:
            source += data.draw(st.text("ab \n\t=é", max_size=200))
            line, column = source.count("\n"), len(source) - source.rfind("\n") - 1
            findings.append(finding((line, column, line, column + len(value))))
            source += value + data.draw(st.sampled_from(["", " ", "\n", f" {value}"]))
        for excerpt in excerpts(Text(source), findings):
            assert sum(map(str.isdigit, excerpt.text)) <= 4 * 2 * len(values)
            assert not any(value in excerpt.text for value in values)


class TestText:
    def test_place_message_line_and_carets(self) -> None:
        source = 'import os\n\nKEY = "0123456789abcdef"\n'
        assert reported("text", result("src/a.py", source, finding((2, 7, 2, 23)))) == (
            "src/a.py:3:8: error Acme token in the code. [acme-token]\n"
            '  3 | KEY = "0123************"\n'
            "    |        ^^^^^^^^^^^^^^^^\n"
            "\n"
        )

    @pytest.mark.parametrize(
        ("lines", "shown"),
        [
            ((0,), "    = its id or user is on line 1\n"),
            ((2,), "    = its id or user is on line 3\n"),
            ((2, 0, 2), "    = its id or user is on lines 1, 3\n"),
        ],
    )
    def test_related_places_follow_in_one_line(self, lines: tuple[int, ...], shown: str) -> None:
        source = "id = 'ann'\n\nkey = 'secret99'; id = 'ann'\n"
        one = replace(finding((2, 7, 2, 15)), related=tuple(Span(line, 6, line, 9) for line in lines))
        assert reported("text", result("a", source, one)).endswith("^\n" + shown + "\n")

    def test_summary(self) -> None:
        source = "aaaaa bbbbb ccccc ddddd\n"
        some = result(
            "a",
            source,
            finding((0, 0, 0, 5)),
            finding((0, 6, 0, 11), Severity.WARNING),
            finding((0, 12, 0, 17), Severity.WARNING),
            finding((0, 18, 0, 23), Severity.INFORMATION),
        )
        written = reported("text", some, FileResult("b"), FileResult("c", skipped="binary"), summary=True)
        assert written.endswith("\nFound 4 secrets in 1 of 2 files: 1 error, 2 warnings, 1 information.\n")

    def test_summary_of_nothing(self) -> None:
        assert reported("text", FileResult("a"), summary=True) == "No secrets found in 1 file.\n"

    def test_colors_change_nothing_but_colors(self) -> None:
        import re

        one = result("a.py", "k = 'secret99'\n", finding((0, 5, 0, 13), Severity.WARNING))
        colored = reported("text", one, color=True, summary=True)
        assert "\x1b[1;33mwarning\x1b[0m" in colored
        assert re.sub(r"\x1b\[[\d;]*m", "", colored) == reported("text", one, summary=True)

    def test_nothing_reaches_the_terminal_as_a_control(self) -> None:
        path = "a\x1b[2J\n" + os.fsdecode(b"\xff") + ".py"
        source = "\x1b]0;x\x07 \u202e\u200b\x9b k = 'secret99'\n"
        hostile = finding((0, 16, 0, 24), message="in `\x1b[8m`.", rule="r\x1b[0m")
        written = reported("text", result(path, source, hostile), summary=True)
        assert written.replace("\n", "").isprintable()
        assert "\\x1b[2J\\n\\udcff.py:1:17: error in `\\x1b[8m`." in written
        lines = written.splitlines()
        assert lines[2].index("^") == lines[1].index("********")

    def test_tabs_and_wide_characters_keep_the_carets_in_place(self) -> None:
        source = "\t漢字e\u0301 = 'secret99'\n"
        lines = reported("text", result("a", source, finding((0, 9, 0, 17)))).splitlines()
        assert lines[1] == "  1 |     漢字e\u0301 = '********'"
        assert lines[2] == "    | " + " " * (4 + 4 + 1 + 4) + "^" * 8

    @pytest.mark.parametrize("width", [40, 80, 200])
    @pytest.mark.parametrize("before", [0, 10, 100, 5000])
    @pytest.mark.parametrize("size", [8, 60, 5000])
    def test_long_lines_are_cut_to_the_width(self, width: int, before: int, size: int) -> None:
        source = "b" * before + "S" * size + "a" * 5000
        one = result("a", source, finding((0, before, 0, before + size)))
        _, line, carets, *_ = reported("text", one, width=width).splitlines()
        assert len(line) <= width
        assert line.endswith("…")
        shown = carets.count("^")
        assert shown >= min(size, width // 2)
        start = carets.index("^")
        assert set(line[start : start + shown]) <= {"S", "*"}
        assert line[start - 1] in " b…"


class TestJsonl:
    def test_an_object_a_finding(self) -> None:
        source = 'é = "0123456789abcdef"\n'
        (line,) = reported("jsonl", result("a.py", source, finding((0, 5, 0, 21)))).splitlines()
        assert json.loads(line) == {
            "path": "a.py",
            "line": 1,
            "column": 6,
            "end_line": 1,
            "end_column": 22,
            "rule": "acme-token",
            "kind": "api-token",
            "severity": "error",
            "confidence": 0.988,
            "decided_by": "rule",
            "fingerprint": "0123456789abcdef",
            "message": "Acme token in the code.",
        }

    def test_values_where_they_were_asked_for(self) -> None:
        written = reported("jsonl", result("a", "'sécret99'", finding((0, 1, 0, 9)), values=True))
        assert json.loads(written)["value"] == "sécret99"

    def test_related_places(self) -> None:
        one = replace(finding((0, 1, 0, 9)), related=(Span(2, 0, 2, 3),))
        entry = json.loads(reported("jsonl", result("a", "'secret99'\n\nann\n", one)))
        assert entry["related"] == [{"line": 3, "column": 1, "end_line": 3, "end_column": 4}]

    def test_any_path_is_ascii_and_comes_back(self) -> None:
        path = os.fsdecode(b"\xff\x1b\n") + "é\u2028.py"
        written = reported("jsonl", result(path, "'secret99'", finding((0, 1, 0, 9))))
        assert written.isascii()
        assert written.count("\n") == 1
        assert json.loads(written)["path"] == path


class TestGithub:
    @pytest.mark.parametrize(
        ("severity", "level"),
        [
            (Severity.ERROR, "error"),
            (Severity.WARNING, "warning"),
            (Severity.INFORMATION, "notice"),
            (Severity.HINT, "notice"),
        ],
    )
    def test_level(self, severity: Severity, level: str) -> None:
        written = reported("github", result("a.py", "k = 'secret99'", finding((0, 5, 0, 13), severity)))
        assert written == (
            f"::{level} file=a.py,line=1,col=6,endLine=1,endColumn=14,title=unleak acme-token"
            "::Acme token in the code.\n"
        )

    def test_related_places_are_left_out(self) -> None:
        one = finding((0, 1, 0, 9))
        tied = replace(one, related=(Span(2, 0, 2, 3),))
        written = [reported("github", result("a", "'secret99'\n\nann\n", each)) for each in (one, tied)]
        assert written[0] == written[1]

    def test_what_would_end_a_property_or_a_command_is_escaped(self) -> None:
        hostile = finding((0, 0, 1, 1), message="100% a\n::stop-commands::x", rule="a:b,c")
        written = reported("github", result("a,b:c%\r\n.py", "x\ny\n", hostile))
        assert written == (
            "::error file=a%2Cb%3Ac%25%0D%0A.py,line=1,endLine=2,title=unleak a%3Ab%2Cc"
            "::100%25 a\\n::stop-commands::x\n"
        )


class TestSarif:
    @pytest.fixture
    def valid(self) -> Callable[[str], Any]:
        schema = json.loads(SCHEMA.read_text())
        validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())

        def load(written: str) -> Any:
            log = json.loads(written)
            validator.validate(log)
            return log

        return load

    def test_results_and_the_rules_they_refer_to(self, valid: Callable[[str], Any]) -> None:
        log = valid(
            reported(
                "sarif",
                result("b/a.py", "k = 'secret99'\n", finding((0, 5, 0, 13)), finding((0, 0, 0, 1), rule="x-y")),
                result("c.py", "secret99\n", finding((0, 0, 0, 8), Severity.INFORMATION, rule="x-y")),
            )
        )
        (run,) = log["runs"]
        assert run["columnKind"] == "unicodeCodePoints"
        rules = run["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == ["acme-token", "x-y"]
        assert [(found["ruleIndex"], found["level"]) for found in run["results"]] == [
            (0, "error"),
            (1, "error"),
            (1, "note"),
        ]
        place = run["results"][0]["locations"][0]["physicalLocation"]
        assert place == {
            "artifactLocation": {"uri": "b/a.py"},
            "region": {"startLine": 1, "startColumn": 6, "endLine": 1, "endColumn": 14},
        }
        assert run["results"][0]["partialFingerprints"] == {"unleak/v1": "0123456789abcdef"}

    def test_related_places(self, valid: Callable[[str], Any]) -> None:
        one = replace(finding((0, 1, 0, 9)), related=(Span(2, 0, 2, 3),))
        log = valid(reported("sarif", result("a", "'secret99'\n\nann\n", one)))
        (related,) = log["runs"][0]["results"][0]["relatedLocations"]
        region = {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 4}
        assert related["physicalLocation"] == {"artifactLocation": {"uri": "a"}, "region": region}

    def test_a_rule_of_the_catalogue_is_described(self, shop: Path, valid: Callable[[str], Any]) -> None:
        written: list[str] = []
        report = open_report(
            "sarif",
            written.append,
            lambda: Catalog.load([shop / "rules"]),
            color=False,
            width=80,
            summary=False,
        )
        report.add(result("a", "secret99", finding((0, 0, 0, 8), Severity.INFORMATION)))
        report.end()
        (rule,) = valid("".join(written))["runs"][0]["tool"]["driver"]["rules"]
        assert rule["shortDescription"] == {"text": "Acme token"}
        assert rule["helpUri"] == "https://acme.example/tokens"
        assert rule["defaultConfiguration"] == {"level": "error"}
        assert rule["properties"]["tags"] == ["security"]

    @pytest.mark.parametrize(
        ("path", "uri"),
        [
            ("a b/ü#1.py", "a%20b/%C3%BC%231.py"),
            ("../a:b.py", "../a%3Ab.py"),
            ("<stdin>", "%3Cstdin%3E"),
            pytest.param(
                os.fsdecode(b"\xff"),
                "%FF",
                marks=pytest.mark.skipif(sys.platform == "win32", reason="names are no bytes"),
            ),
        ],
    )
    def test_paths_are_uris(self, valid: Callable[[str], Any], path: str, uri: str) -> None:
        log = valid(reported("sarif", result(path, "secret99", finding((0, 0, 0, 8)))))
        location = log["runs"][0]["results"][0]["locations"][0]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == uri

    def test_an_absolute_path_is_a_file_uri(self, tmp_path: Path, valid: Callable[[str], Any]) -> None:
        path = tmp_path / "a b.py"
        log = valid(reported("sarif", result(str(path), "secret99", finding((0, 0, 0, 8)))))
        location = log["runs"][0]["results"][0]["locations"][0]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == path.as_uri()

    def test_what_was_skipped_is_a_notification(self, valid: Callable[[str], Any]) -> None:
        skipped = FileResult("a.bin", skipped="binary")
        failed = FileResult("b.py", skipped="internal error", failed=True)
        (invocation,) = valid(reported("sarif", skipped))["runs"][0]["invocations"]
        assert invocation["executionSuccessful"] is True
        assert invocation["toolExecutionNotifications"][0]["message"] == {"text": "Skipped: binary"}
        (invocation,) = valid(reported("sarif", skipped, failed))["runs"][0]["invocations"]
        assert invocation["executionSuccessful"] is False


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_writes_a_value(name: str) -> None:
    source = "a = 'hunter2!hunter2!'  # hunter2!hunter2!\n"
    assert "hunter2!hunter2!" not in reported(name, result("a.py", source, finding((0, 5, 0, 21))), summary=True)
