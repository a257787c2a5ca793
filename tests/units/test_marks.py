from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.finding import Finding, Severity, Span
from unleak.suppress.marks import WORDS, Mark, Scope, marks_in, silence

COMMENTS = [
    'x = "a"  # MARK',
    'x = "a"# MARK',
    'x = "a"; // MARK',
    'x = "a"; /* MARK */ y = 1',
    '/* MARK */ x = "a"',
    " * MARK",
    '<a key="a"/> <!-- MARK -->',
    "{# MARK #}",
    "{{/* MARK */}}",
    '<%-- MARK --%> x = "a"',
    "<# MARK #>",
    "(* MARK *)",
    "{- MARK -}",
    "@* MARK *@",
    "select 'a' -- MARK",
    "x = 'a' --[[ MARK ]]",
    "; MARK",
    "% MARK",
    "rem MARK",
    "@REM MARK",
    ":: MARK",
    "dnl MARK",
    "' MARK",
    '" MARK',
    "=begin MARK",
    ".. MARK",
    'x = "C:\\" # MARK',
    "# it's here: MARK",
    "it's a value # MARK",
    'end of a value"""  # MARK',
    'end of a value""")  # MARK',
    '"""  # MARK',
    "x = b'a' # MARK",
    "x = 'it''s' # MARK",
    'url: "https://a/#b" # MARK',
    "// nothing else, MARK: for a reason",
]
NO_COMMENTS = [
    'x = "MARK"',
    'x = "a # MARK"',
    "x = 'a // MARK'",
    "x = `// MARK`",
    'x = """# MARK"""',
    'doc = """text # MARK',
    "https://example.com/#MARK",
    "https://a:b@example.com//MARK",
    "x = a#MARK",
    "tool --MARK",
    "b'# MARK'",
]
UNMISTAKABLE = ["unleak: ignore", "gitleaks:allow", "pragma: allowlist secret", "trufflehog:ignore"]
WORDS_ALONE = ["nosecret", "nosec", "nosemgrep", "ggignore", "NOSONAR", "skipcq", "noqa: S105"]


def finding(line: int, end_line: int | None = None, rule: str = "acme-token", end_column: int = 9) -> Finding:
    span = Span(line, 1, line if end_line is None else end_line, end_column)
    return Finding(span, rule, "api-token", Severity.ERROR, 0.9, "rule", "", "")


def silent(source: str, *findings: Finding) -> list[bool]:
    marks = [mark for number, line in enumerate(source.split("\n")) for mark in marks_in(line, number)]
    return [bool(found.silenced) for found in silence(findings, marks)]


class TestWhere:
    @pytest.mark.parametrize("line", COMMENTS)
    @pytest.mark.parametrize("mark", ["gitleaks:allow", "nosecret"])
    def test_in_comments_of_any_language(self, line: str, mark: str) -> None:
        assert len(marks_in(line.replace("MARK", mark), 0)) == 1

    @pytest.mark.parametrize("line", NO_COMMENTS)
    @pytest.mark.parametrize("mark", ["gitleaks:allow", "nosecret"])
    def test_not_in_values(self, line: str, mark: str) -> None:
        assert marks_in(line.replace("MARK", mark), 0) == []

    @pytest.mark.parametrize(
        "line",
        [
            'nosecret = "a"',
            '"%s" % nosecret',
            "print(); nosecret()",
            "f(*args, nosecret=1)",
            'x = "a" nosecret',
            "nosec",
            "a // b",
        ],
    )
    def test_not_in_code(self, line: str) -> None:
        assert marks_in(line, 0) == []

    @pytest.mark.parametrize("mark", UNMISTAKABLE)
    @pytest.mark.parametrize("line", ["password hunter2 MARK", '"k": "v", MARK', "   MARK", "x; % MARK, as it is"])
    def test_what_is_no_code_needs_no_comment(self, mark: str, line: str) -> None:
        assert len(marks_in(line.replace("MARK", mark), 0)) == 1

    @pytest.mark.parametrize("mark", UNMISTAKABLE)
    @pytest.mark.parametrize("line", ["token=MARK", "see MARK for how", "xMARK", "# x-MARK", "# MARKed"])
    def test_but_not_anywhere(self, mark: str, line: str) -> None:
        assert marks_in(line.replace("MARK", mark), 0) == []

    @pytest.mark.parametrize("mark", ["unleak: ignore-file", "unleak: ignore-begin"])
    def test_a_mention_silences_no_more_than_its_line(self, mark: str) -> None:
        assert len(marks_in(f"# {mark}", 0)) == 1
        assert marks_in(f"# write {mark} where it is needed", 0) == []
        assert marks_in(f"* `{mark}` does it", 0) == []

    def test_alone_or_not(self) -> None:
        assert [marks_in(line, 0)[0].alone for line in ("  /* nosec */ ", "x /* nosec */", "* nosec */ x")] == [
            True,
            False,
            False,
        ]


class TestKinds:
    @pytest.mark.parametrize(
        ("text", "scope", "rules"),
        [
            ("unleak: ignore", Scope.LINE, None),
            ("UNLEAK:Ignore", Scope.LINE, None),
            ("unleak: ignore-line", Scope.LINE, None),
            ("unleak: ignore-next-line", Scope.NEXT_LINE, None),
            ("unleak:ignore-file", Scope.FILE, None),
            ("unleak: ignore-begin", Scope.BEGIN, None),
            ("unleak: ignore-end", Scope.END, None),
            ("unleak: ignore[acme-token]", Scope.LINE, {"acme-token"}),
            ("unleak: ignore [Acme-Token, other] because", Scope.LINE, {"acme-token", "other"}),
            ("unleak: ignore-file[a b]", Scope.FILE, {"a", "b"}),
            ("unleak: ignore[]", Scope.LINE, set()),
            ("gitleaks:allow", Scope.LINE, None),
            ("betterleaks:allow", Scope.LINE, None),
            ("pragma: allowlist secret", Scope.LINE, None),
            ("pragma: whitelist secret", Scope.LINE, None),
            ("pragma:allowlist-secret", Scope.LINE, None),
            ("pragma: allowlist nextline secret", Scope.NEXT_LINE, None),
            ("nosecret", Scope.LINE, None),
            ("nosec", Scope.LINE, None),
            ("nosec - a test", Scope.LINE, None),
            ("nosec B105,B602", Scope.LINE, None),
            ("nosec: hardcoded_password_string", Scope.LINE, None),
            ("nosec G101", Scope.LINE, None),
            ("nosem", Scope.NEXT_LINE, None),
            ("nosemgrep: generic.secrets.security.detected-token", Scope.NEXT_LINE, None),
            ("ggignore", Scope.LINE, None),
            ("ggignore-start", Scope.BEGIN, None),
            ("ggignore-end", Scope.END, None),
            ("gitguardian:ignore", Scope.LINE, None),
            ("trufflehog:ignore", Scope.LINE, None),
            ("kingfisher:ignore", Scope.LINE, None),
            ("kingfisher:allow", Scope.LINE, None),
            ("secretlint-disable", Scope.BEGIN, None),
            ("secretlint-disable @secretlint/some-rule -- why", Scope.BEGIN, None),
            ("secretlint-enable", Scope.END, None),
            ("secretlint-disable-line", Scope.LINE, None),
            ("secretlint-disable-next-line", Scope.NEXT_LINE, None),
            ("noqa: S105", Scope.LINE, None),
            ("noqa:E501,s106", Scope.LINE, None),
            ("noqa: E501 S107", Scope.LINE, None),
            ("ruff: noqa: S105", Scope.FILE, None),
            ("DevSkim: ignore DS173237", Scope.LINE, None),
            ("DevSkim: ignore DS137138,DS117838 until 2030-01-01", Scope.LINE, None),
            ("checkov:skip=CKV_SECRET_6:reason", Scope.NEXT_LINE, None),
            ("skipcq: SCT-A000", Scope.NEXT_LINE, None),
            ("skipcq", Scope.NEXT_LINE, None),
            ("NOSONAR", Scope.LINE, None),
            ("NOSONAR(java:S2068)", Scope.LINE, None),
            ("HashiCorpIgnore", Scope.LINE, None),
        ],
    )
    def test_are_read(self, text: str, scope: Scope, rules: set[str] | None) -> None:
        ((line, found, ids, words, alone),) = marks_in(f"# {text}", 7)
        assert (line, found, alone) == (7, scope, True)
        assert ids == (None if rules is None else frozenset(rules))
        assert words

    @pytest.mark.parametrize(
        "text",
        [
            "unleak: ignored",
            "unleak: ignore-all",
            "unleak: ignore[acme-token",
            "noqa",
            "noqa: E501",
            "nosec B602",
            "nosec assert_used",
            "nosemgrep: go.lang.sql-injection",
            "pragma: allowlist",
            "pragma once",
            "DevSkim: ignore DS137138",
            "checkov:skip=CKV_AWS_20",
            "skipcq: PYL-W0612",
            "NOSONAR(java:S1234)",
            "secretlint-enable-line",
            "ggignores",
            "nosecretary",
        ],
    )
    def test_that_speak_of_something_else_are_none(self, text: str) -> None:
        assert marks_in(f"# {text}", 0) == []

    def test_that_may_stand_above_stand_for_their_line_where_there_is_code(self) -> None:
        assert marks_in("x = 1  # nosemgrep", 0)[0].scope is Scope.LINE

    def test_several_on_one_line(self) -> None:
        found = marks_in("x  # nosec B105 # noqa: S105 gitleaks:allow", 0)
        assert [mark.words for mark in found] == ["nosec", "noqa", "gitleaks:allow"]


class TestSilence:
    def test_says_which_mark(self) -> None:
        (found,) = silence([finding(0)], marks_in('x = "a"  # gitleaks:allow', 0))
        assert found.silenced == "inline mark gitleaks:allow"
        assert found.span == finding(0).span

    def test_what_is_silent_stays_as_it_is(self) -> None:
        (known,) = silence([finding(0)], marks_in("# nosec", 0))
        assert silence([known], marks_in("# gitleaks:allow", 0)) == [known]

    def test_a_line_and_no_other(self) -> None:
        assert silent("a\nb # nosec\nc", finding(0), finding(1), finding(2)) == [False, True, False]

    def test_the_next_line(self) -> None:
        source = "# unleak: ignore-next-line\nb\nc"
        assert silent(source, finding(0), finding(1), finding(2)) == [False, True, False]

    def test_a_file_from_anywhere_in_it(self) -> None:
        assert silent("a\nb\n# unleak: ignore-file", finding(0), finding(1)) == [True, True]

    def test_rules_that_are_named(self) -> None:
        source = "a # unleak: ignore[acme-token]"
        assert silent(source, finding(0), finding(0, rule="other")) == [True, False]

    def test_no_rule_where_the_list_is_empty(self) -> None:
        assert silent("a # unleak: ignore[]", finding(0)) == [False]

    def test_a_region(self) -> None:
        source = "a\n# unleak: ignore-begin\nc\n# unleak: ignore-end\ne"
        assert silent(source, finding(0), finding(2), finding(4)) == [False, True, False]

    def test_a_region_without_an_end(self) -> None:
        assert silent("a\n// secretlint-disable\nc", finding(0), finding(2), finding(90)) == [False, True, True]

    def test_a_region_ends_by_a_mark_of_its_tool_alone(self) -> None:
        source = "# ggignore-start\nb\n# unleak: ignore-end\nd\n# ggignore-end\nf"
        assert silent(source, finding(1), finding(3), finding(5)) == [True, True, False]

    def test_a_region_for_rules(self) -> None:
        source = "# unleak: ignore-begin[acme-token]\nb\n# unleak: ignore-begin\nd\n# unleak: ignore-end[acme-token]\nf"
        assert silent(source, finding(1), finding(1, rule="x"), finding(3, rule="x")) == [True, False, True]
        assert silent(source, finding(5)) == [True]

    def test_any_line_of_a_long_value(self) -> None:
        for line in range(4):
            source = "\n".join("x # nosec" if number == line else "x" for number in range(5))
            assert silent(source, finding(0, 3)) == [True]

    def test_comments_around_a_long_value(self) -> None:
        assert silent("# nosec\nx\ny", finding(1, 2)) == [True]
        assert silent("\nx\ny\n# nosec", finding(1, 2)) == [True]
        assert silent("a # nosec\nx\ny\nb # nosec", finding(1, 2)) == [False]
        assert silent("# nosec\nx", finding(1)) == [False]

    def test_a_value_that_ends_with_a_line_break(self) -> None:
        assert silent("x\ny\nz # nosec", finding(0, 2, end_column=0)) == [False]
        assert silent("x\ny # nosec\nz", finding(0, 2, end_column=0)) == [True]


ALPHABET = st.sampled_from([*"\"'`#/*-;%\\<>!{}()[]=:,. \tx1", "unleak: ignore", "nosec", "gitleaks:allow", "é"])


class TestProperties:
    @given(st.lists(ALPHABET, max_size=40).map("".join))
    def test_every_line_with_a_mark_holds_one_of_the_words(self, line: str) -> None:
        if marks_in(line, 0):
            assert any(word in line.lower() for word in WORDS)

    @given(st.text(string.printable + "é\x85", max_size=40), st.sampled_from(UNMISTAKABLE + WORDS_ALONE))
    def test_a_mark_in_quotes_is_none(self, text: str, mark: str) -> None:
        value = "".join(character for character in text if character not in "\"'`\\\r\n")
        assert marks_in(f'key = "{value} # {mark}"', 0) == []

    @given(st.text(string.ascii_letters + string.digits + " .,()", max_size=40), st.sampled_from(WORDS_ALONE))
    def test_a_mark_in_a_comment_behind_a_value_counts(self, text: str, mark: str) -> None:
        assert len(marks_in(f'key = "{text}"  # {mark}', 0)) == 1

    def test_words_are_lower_case_ascii(self) -> None:
        assert all(word == word.lower() and word.isascii() for word in WORDS)

    @given(
        st.lists(st.integers(0, 9), max_size=6),
        st.lists(st.tuples(st.integers(0, 9), st.sampled_from(list(Scope)), st.booleans()), max_size=8),
    )
    def test_findings_keep_number_and_order(self, lines: list[int], places: list[tuple[int, Scope, bool]]) -> None:
        findings = [finding(line) for line in sorted(lines)]
        marks = [Mark(line, scope, None, "unleak: ignore", alone) for line, scope, alone in sorted(places, key=str)]
        assert [found.span for found in silence(findings, marks)] == [found.span for found in findings]
