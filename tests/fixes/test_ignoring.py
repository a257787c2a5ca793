"""Ignoring a finding: the scanner obeys, nobody else notices, and nothing more is silenced than was asked for."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unleak import feedback
from unleak.config import Config, for_folder
from unleak.example import Why, example_of
from unleak.finding import Finding, Severity, Span
from unleak.fixes.allowing import allowed_in_file, allowed_value
from unleak.fixes.change import Refusal, applied
from unleak.fixes.comment_styles import commenting_of
from unleak.fixes.ignoring import ignored_here
from unleak.fixes.recording import baseline_text, case_of
from unleak.fixes.source import Source
from unleak.scanner import Scanner
from unleak.suppress.entries import State, parsed
from unleak.text import Text

V = "kR8f-zQ2pW7m"
MARK = "unleak: ignore[generic-password]"
NEXT = "unleak: ignore-next-line[generic-password]"
BEGIN = "unleak: ignore-begin[generic-password]"
END = "unleak: ignore-end[generic-password]"

ON_THE_LINE = [  # path, text, text with the mark as §
    ("a.py", f'password = "{V}"\n', f'password = "{V}"  # §\n'),
    ("a.py", f'password = "{V}"', f'password = "{V}"  # §'),
    ("a.py", f'password = "{V}"  # rotate\n', f'password = "{V}"  # rotate  # §\n'),
    ("a.py", f'password = "{V}"  # type: ignore\n', f'password = "{V}"  # type: ignore  # §\n'),
    ("a.rb", f'password = "{V}"\n', f'password = "{V}" # §\n'),
    ("a.js", f'const password = "{V}";\n', f'const password = "{V}"; // §\n'),
    ("a.ts", f'const password: string = "{V}";\n', f'const password: string = "{V}"; // §\n'),
    ("a.jsx", f'x = <p>\n<A password="{V}" />\nb</p>;\n', f'x = <p>\n<A password="{V}" /> {{/* § */}}\nb</p>;\n'),
    ("a.java", f'class A {{ String password = "{V}"; }}\n', f'class A {{ String password = "{V}"; }} // §\n'),
    ("a.kt", f'val password = "{V}"\n', f'val password = "{V}" // §\n'),
    ("a.go", f'package a\n\nvar password = "{V}"\n', f'package a\n\nvar password = "{V}" // §\n'),
    ("a.rs", f'const PASSWORD: &str = "{V}";\n', f'const PASSWORD: &str = "{V}"; // §\n'),
    ("a.c", f'char *password = "{V}";\n', f'char *password = "{V}"; // §\n'),
    ("a.cs", f'class A {{ string password = "{V}"; }}\n', f'class A {{ string password = "{V}"; }} // §\n'),
    ("a.swift", f'let password = "{V}"\n', f'let password = "{V}" // §\n'),
    ("a.php", f'<?php\n$password = "{V}";\n', f'<?php\n$password = "{V}"; // §\n'),
    ("a.php", f'<?php $password = "{V}"; ?>\n', f'<?php $password = "{V}"; ?> <!-- § -->\n'),
    ("a.lua", f'password = "{V}"\n', f'password = "{V}" -- §\n'),
    ("a.hs", f"password' = \"{V}\"\n", f"password' = \"{V}\" -- §\n"),
    ("a.sql", f"CREATE USER a IDENTIFIED BY '{V}';\n", f"CREATE USER a IDENTIFIED BY '{V}'; -- §\n"),
    ("a.sh", f"export PASSWORD={V}\n", f"export PASSWORD={V} # §\n"),
    ("a.yaml", f"password: {V}\n", f"password: {V} # §\n"),
    ("a.tf", f'password = "{V}"\n', f'password = "{V}" # §\n'),
    ("a.toml", f'password = "{V}"\n', f'password = "{V}" # §\n'),
    ("a.css", f'a {{ password: "{V}"; }} /* so */\n', f'a {{ password: "{V}"; }} /* so § */\n'),
    ("a.xml", f"<password>{V}</password>\n", f"<password>{V}</password> <!-- § -->\n"),
    ("a.html", f'<input type="password" value="{V}">\n', f'<input type="password" value="{V}"> <!-- § -->\n'),
    ("a.html", f'<script>\nvar password = "{V}";\n</script>\n', f'<script>\nvar password = "{V}"; // §\n</script>\n'),
    ("a.vue", f'<script>\nlet password = "{V}"\n</script>\n', f'<script>\nlet password = "{V}" // §\n</script>\n'),
    ("a.md", f"The password: `{V}`\n", f"The password: `{V}` <!-- § -->\n"),
    ("a.md", f"```sh\nexport PASSWORD={V}\n```\n", f"```sh\nexport PASSWORD={V} # §\n```\n"),
    ("a.vb", f'Dim password = "{V}"\n', f"Dim password = \"{V}\" ' §\n"),
    ("a.tex", f"password: {V}\n", f"password: {V} % §\n"),
    ("a.yaml.j2", f"password: {V}\n", f"password: {V}{{# § #}}\n"),
    ("tsconfig.json", f'{{"password": "{V}"}}\n', f'{{"password": "{V}"}} // §\n'),
    ("Makefile", f"a:\n\techo password={V}\n", f"a:\n\techo password={V} # §\n"),
]  # fmt: skip
NEAR_IT = [  # path, text, text with the marks
    ("a.ini", f"[a]\npassword = {V}\n", f"[a]\n; {NEXT}\npassword = {V}\n"),
    ("a.conf", f"password = {V}\n", f"# {NEXT}\npassword = {V}\n"),
    ("a.properties", f"db.password={V}\n", f"# {NEXT}\ndb.password={V}\n"),
    (".env", f"PASSWORD={V}", f"# {NEXT}\nPASSWORD={V}"),
    (".npmrc", f"//r.example.org/:_password={V}\n", f"; {NEXT}\n//r.example.org/:_password={V}\n"),
    ("a.bat", f"set PASSWORD={V}\n", f"REM {NEXT}\nset PASSWORD={V}\n"),
    ("Makefile", f"PASSWORD = {V}\n", f"# {NEXT}\nPASSWORD = {V}\n"),
    ("Dockerfile", f"FROM a\nENV PASSWORD={V}\n", f"FROM a\n# {NEXT}\nENV PASSWORD={V}\n"),
    ("a.ps1", f'login -password "{V}" `\n  -x\n', f'# {NEXT}\nlogin -password "{V}" `\n  -x\n'),
    ("a.xml", f'<a>\n <b password="{V}"\n/>\n</a>\n', f'<a>\n <!-- {NEXT} -->\n <b password="{V}"\n/>\n</a>\n'),
    ("a.c", f'#define PASSWORD "{V}"\n', f'// {NEXT}\n#define PASSWORD "{V}"\n'),
    ("a.sh", f"cat <<E\npassword={V}\nE\n", f"cat <<E # {NEXT}\npassword={V}\nE\n"),
    ("a.rb", f"x = <<E\npassword={V}\nE\n", f"x = <<E # {NEXT}\npassword={V}\nE\n"),
    ("a.php", f"<?php\n$x = <<<E\npassword={V}\nE;\n", f"<?php\n// {BEGIN}\n$x = <<<E\npassword={V}\nE;\n// {END}\n"),
    ("a.tf", f"x = <<E\npassword={V}\nE\n", f"# {BEGIN}\nx = <<E\npassword={V}\nE\n# {END}\n"),
    ("a.sh", f"curl \\\n  -u 'password={V}' \\\n  x\n", f"# {BEGIN}\ncurl \\\n  -u 'password={V}' \\\n  x\n# {END}\n"),
    ("a.py", f'x = f(1, \\\n  password="{V}") \\\n  + 2\n',
     f'# {BEGIN}\nx = f(1, \\\n  password="{V}") \\\n  + 2\n# {END}\n'),
    ("a.js", f"const x = `\npassword: {V}\n`;\n", f"// {BEGIN}\nconst x = `\npassword: {V}\n`;\n// {END}\n"),
    ("a.yaml", f"run: |\n  a\n  password={V}\n  b\n", f"# {BEGIN}\nrun: |\n  a\n  password={V}\n  b\n# {END}\n"),
    ("a.md", f'```json\n{{"password": "{V}"}}\n```\n',
     f'<!-- {BEGIN} -->\n```json\n{{"password": "{V}"}}\n```\n<!-- {END} -->\n'),
]  # fmt: skip
PLACES = [*((path, text, marked.replace("§", MARK)) for path, text, marked in ON_THE_LINE), *NEAR_IT]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(config=Config(min_severity=Severity.HINT))


def source_of(text: str, path: str) -> Source:
    return Source(text, path, commenting_of(path, text).grammar)


def only(scanner: Scanner, text: str, path: str) -> Finding:
    findings = scanner.scan(text, path)
    assert len(findings) == 1, [(finding.span, finding.rule) for finding in findings]
    return findings[0]


def named(places: list[tuple[str, str, str]]) -> list[str]:
    return [f"{number}-{path}" for number, (path, *_) in enumerate(places)]


@pytest.mark.parametrize(("path", "text", "marked"), PLACES, ids=named(PLACES))
class TestHere:
    def test_the_mark_stands_in_a_comment_of_the_language(
        self, scanner: Scanner, path: str, text: str, marked: str
    ) -> None:
        finding = replace(only(scanner, text, path), rule="generic-password")
        assert applied(text, ignored_here(source_of(text, path), finding.span, finding.rule)) == marked

    def test_the_scanner_obeys_with_any_line_break(self, scanner: Scanner, path: str, text: str, marked: str) -> None:
        for ending in ("\n", "\r\n", "\r") if text.endswith("\n") else ("\n",):
            written = text.replace("\n", ending)
            finding = only(scanner, written, path)
            after = applied(written, ignored_here(source_of(written, path), finding.span, finding.rule))
            assert scanner.scan(after, path) == []
            assert [f.rule for f in scanner.all_settled(scanner.read(after, path), path)] == [finding.rule]
            assert set(after.replace(ending, "")).isdisjoint("\r\n")

    def test_other_rules_stay_and_join_the_mark(self, scanner: Scanner, path: str, text: str, marked: str) -> None:
        found = only(scanner, text, path)
        after = applied(text, ignored_here(source_of(text, path), found.span, "acme-token"))
        finding = only(scanner, after, path)
        changes = ignored_here(source_of(after, path), finding.span, finding.rule)
        both = applied(after, changes)
        assert scanner.scan(both, path) == []
        if "ignore-begin" not in after:
            assert both == after.replace("[acme-token]", f"[acme-token, {finding.rule}]")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", f'{{"password": "{V}"}}\n'),
        ("a.ipynb", json.dumps({"cells": [{"source": [f"password = '{V}'"]}]})),
        ("a.txt", f"password: {V}\n"),
        ("a.csv", f"password,{V}\n"),
    ],
)
def test_files_without_comments_go_into_the_baseline(path: str, text: str) -> None:
    column = text.index(V)
    with pytest.raises(Refusal, match="in the baseline") as refusal:
        ignored_here(source_of(text, path), Span(0, column, 0, column + len(V)), "generic-password")
    assert V not in str(refusal.value)


def test_a_rule_that_a_mark_cannot_name_is_not_named(scanner: Scanner) -> None:
    text = f'password = "{V}"\n'
    changes = ignored_here(source_of(text, "a.py"), only(scanner, text, "a.py").span, "Their Rule")
    assert applied(text, changes) == f'password = "{V}"  # unleak: ignore\n'


def test_a_key_of_several_lines(scanner: Scanner) -> None:
    key = "\n".join(["-----BEGIN PRIVATE KEY-----", *["MIIEvQ" + "aZ3k9Lx7" * 6] * 4, "-----END PRIVATE KEY-----"])
    for path, text in (
        ("a.py", f'KEY = """{key}"""\n'),
        ("a.py", f'KEY = """\n{key}\n"""\n'),
        ("a.yaml", "key: |\n  " + key.replace("\n", "\n  ") + "\nb: 1\n"),
        ("a.sh", f"cat <<'E'\n{key}\nE\n"),
    ):
        finding = only(scanner, text, path)
        after = applied(text, ignored_here(source_of(text, path), finding.span, finding.rule))
        assert scanner.scan(after, path) == []
        assert key.splitlines()[1] in after


LINES = [
    f'password = "{V}"',
    f"login(user, password='{V}')",
    f'    password = "{V}"  # so',
    f'doc = """password = "{V}"',
    '"""',
    "'''",
    "x = (1 + \\",
    "  2)",
    "def f():",
    "    return 1",
    "if x: \\",
    "# a comment",
    "",
    "d = {",
    f'  "password": "{V}",',
    "}",
    f"é = 'ß🫖'; password = '{V}'",
]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_a_program_means_what_it_meant(scanner: Scanner, lines: list[str], ending: str) -> None:
    text = ending.join(lines) + ending
    for finding in scanner.scan(text, "a.py"):
        try:
            after = applied(text, ignored_here(source_of(text, "a.py"), finding.span, finding.rule))
        except Refusal:
            continue
        assert len(scanner.scan(after, "a.py")) < len(scanner.scan(text, "a.py"))
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        assert ast.dump(ast.parse(after)) == ast.dump(tree)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    "text",
    [
        f"printf '%s|' a \\\n  --password={V} \\\n  b\n",
        f"printf '%s|' a \\\n  --password={V}\n",
        f"cat <<E\npassword={V}\nE\n",
        f"cat <<E\nb\npassword={V}\nE\n",
        f"PASSWORD='a\npassword={V}\nb'\nprintf %s \"$PASSWORD\"\n",
        f'for x in 1; do\n  PASSWORD="{V}"; printf %s "$PASSWORD"\ndone\n',
    ],
    ids=range(6),
)
def test_a_script_does_what_it_did(scanner: Scanner, text: str) -> None:
    finding = only(scanner, text, "a.sh")
    after = applied(text, ignored_here(source_of(text, "a.sh"), finding.span, finding.rule))
    said = [
        subprocess.run(["bash", "-c", script], capture_output=True, timeout=20, check=True).stdout
        for script in (text, after)
    ]
    assert said[0] == said[1]
    assert V.encode() in said[0]


SETTINGS = [
    "",
    "# ours\n",
    "#:schema ./unleak.schema.json\nmin_severity = 'hint'\n",
    'exclude = [\n  "a",\n  "[b]",\n]\n\n# tables\n[severity]\njwt-token = "off"',
    '[[allow]]\nreason = "old"\npaths = ["/x"]\n',
    f'hash_key = "{"ab" * 16}"\r\n[severity]\r\njwt-token = "off"\r\n',
    "# about the level\nmin_severity = 'hint'\n\n\n",
]


def silenced(scanner: Scanner, folder: Path, settings_text: str, path: str, text: str) -> list[str]:
    (folder / "unleak.toml").write_text(settings_text, encoding="utf-8", newline="")
    (folder / ".git").mkdir(exist_ok=True)
    config, problems = for_folder(folder / Path(path).parent, Config())
    assert not problems
    own = scanner.configured(replace(config, min_severity=Severity.HINT))
    return [finding.silenced for finding in own.all_settled(own.read(text, path), path)]


@pytest.mark.parametrize("before", SETTINGS, ids=range(len(SETTINGS)))
class TestAllowing:
    def test_a_value_everywhere_and_no_other(self, scanner: Scanner, tmp_path: Path, before: str) -> None:
        text = f'password = "{V}"\n'
        changes = allowed_value(before, text, only(scanner, text, "a.py").span, "the demo's")
        after = applied(before, changes)
        assert V not in after
        assert silenced(scanner, tmp_path, after, "src/b.yaml", f"password: {V}") == ["allowed: the demo's"]
        assert silenced(scanner, tmp_path, after, "a.py", text.replace("k", "q")) == [""]

    def test_a_second_value_uses_the_same_key(self, scanner: Scanner, tmp_path: Path, before: str) -> None:
        text = f'password = "{V}"\npasswd = "Zk3m-T9qLw2Xv"\n'
        after = before
        for finding in scanner.scan(text, "a.py"):
            after = applied(after, allowed_value(after, text, finding.span, "known"))
        assert after.count("hash_key") == 1
        assert silenced(scanner, tmp_path, after, "a.py", text) == ["allowed: known"] * 2

    def test_a_rule_in_one_file(self, scanner: Scanner, tmp_path: Path, before: str) -> None:
        text = f'password = "{V}"\n'
        for path in ("src/a.py", "src/[id] *.py", "!a\\b?.py", "#a.py"):
            after = applied(before, allowed_in_file(before, "generic-password", path, "a fixture"))
            assert silenced(scanner, tmp_path, after, path, text) == ["allowed: a fixture"]
            assert silenced(scanner, tmp_path, after, "src/i .py", text) == [""]
            assert silenced(scanner, tmp_path, after, f"y/{path}", text) == [""]

    def test_all_else_stays(self, scanner: Scanner, tmp_path: Path, before: str) -> None:
        text = f'password = "{V}"\n'
        span = only(scanner, text, "a.py").span
        for changes in (allowed_value(before, text, span, "a"), allowed_in_file(before, "x", "a.py", "b")):
            assert all(change.span[:2] == change.span[2:] for change in changes)
            after = applied(before, changes)
            left = iter(after.splitlines())
            assert all(line in left for line in before.splitlines())
            assert after.startswith("#:schema") == before.startswith("#:schema")
            assert ("\r\n" in after) == ("\r\n" in before)


def test_a_key_is_allowed_with_any_line_break(scanner: Scanner, tmp_path: Path) -> None:
    key = "\n".join(["-----BEGIN PRIVATE KEY-----", *["MIIEvQ" + "aZ3k9Lx7" * 6] * 4, "-----END PRIVATE KEY-----"])
    text = f'KEY = """{key}"""\n'.replace("\n", "\r\n")
    after = applied("", allowed_value("", text, only(scanner, text, "a.py").span, "known"))
    for written in (text, text.replace("\r\n", "\n")):
        assert silenced(scanner, tmp_path, after, "b.py", written) == ["allowed: known"]


@pytest.mark.parametrize("before", ["allow = []\n", "allow = 1\n", "a = [\n", 'hash_key = "short"\n'])
def test_settings_that_cannot_be_added_to_are_left_alone(before: str) -> None:
    with pytest.raises(Refusal, match=r"unleak\.toml"):
        allowed_value(before, V, Span(0, 0, 0, len(V)), "known")


def test_reasons_and_notes_hold_no_value(scanner: Scanner) -> None:
    text = f'password = "{V}"\n'
    finding = only(scanner, text, "a.py")
    with pytest.raises(Refusal, match="leave that out"):
        allowed_value("", text, finding.span, f"it is {V}")
    with pytest.raises(Refusal, match="leave that out"):
        baseline_text("", "a.py", Text(text), [finding], finding, note=V)


class TestBaseline:
    def test_the_finding_is_silent_and_the_others_are_not(self, scanner: Scanner, tmp_path: Path) -> None:
        text = f'{{"password": "{V}", "passwd": "Zk3m-T9qLw2Xv"}}\n'
        findings = scanner.scan(text, "a.json")
        written = baseline_text("", "a.json", Text(text), findings, findings[0])
        (tmp_path / ".unleak-baseline.json").write_text(written, encoding="utf-8")
        assert V not in written
        assert silenced(scanner, tmp_path, "", "a.json", text) == ["in the baseline", ""]

    def test_entries_join_and_judgements_change(self, scanner: Scanner) -> None:
        text = f'{{"password": "{V}", "passwd": "Zk3m-T9qLw2Xv"}}\n'
        findings = scanner.scan(text, "a.json")
        written = ""
        for finding, state in zip([*findings, findings[0]], [State.SECRET, State.TEST, State.FALSE_ALARM], strict=True):
            written = baseline_text(written, "a.json", Text(text), findings, finding, state)
        assert sorted(entry.state.value for entry in parsed(written).entries) == ["false-alarm", "test"]

    def test_a_broken_one_is_left_alone(self, scanner: Scanner) -> None:
        text = f'password = "{V}"\n'
        finding = only(scanner, text, "a.py")
        broken = baseline_text("", "a.py", Text(text), [finding], finding).replace("open", "opened")
        for current in ("{", broken):
            with pytest.raises(Refusal, match="broken in line"):
                baseline_text(current, "a.py", Text(text), [finding], finding)


@pytest.mark.parametrize(("why", "label"), [(Why.DISMISSED, "safe"), (Why.TEST, "test"), (Why.FIXED, "secret")])
def test_what_a_person_said_is_an_example_without_values(scanner: Scanner, why: Why, label: str) -> None:
    text = f'import os\n\npassword = "{V}"\npasswd = "Zk3m-T9qLw2Xv"\n'
    finding = scanner.scan(text, "src/a.py")[0]
    case = case_of(scanner, text, "src/a.py", finding, why)
    assert case is not None
    example = example_of(case, os.urandom(32))
    assert (example.label, example.given, example.rule) == (label, True, finding.rule)
    assert "password" in example.suffix
    assert not any(value in example.line() for value in (V, "Zk3m-T9qLw2Xv"))
    assert feedback.record(example) == ""


def test_nothing_is_learned_of_a_finding_that_is_gone(scanner: Scanner) -> None:
    finding = only(scanner, f'password = "{V}"\n', "a.py")
    assert case_of(scanner, "x = 1\n", "a.py", finding, Why.DISMISSED) is None
