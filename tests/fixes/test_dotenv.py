"""`.env` files: what is written is what the readers read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from unleak.finding import Span
from unleak.fixes import dotenv
from unleak.fixes.change import Refusal, applied
from unleak.fixes.dotenv import announced, appended, quoted, values_in, variables

HOSTILE = [
    *"'\"`\\$#= \t{}()&;|<>*?!~^%@:,+-/.[]abnrtuxZ019_😀é\u2028\x85\xa0\x1b\x01\n\r",
    *("${a}", "$a", "$(", "\\n", "\\r", "\\\\", '="', "='", "\\'", " #", "export ", "\nY=1\n", "\r\n"),
]
VALUES = st.lists(st.sampled_from(HOSTILE), max_size=14).map("".join) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20
)
BEFORE = st.sampled_from(["", "A=1", "A=1\n", "# it's\nA='x y'\n\n", 'A="\nx"\n', "A=it's\n"])

QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)  # processes are too slow to look for the smallest example

# Programs that read the files named on standard input and print what X is in each.
NODE = """
const fs = require("fs"), files = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(files.map(file => (PARSE(fs.readFileSync(file, "utf8")).X ?? null))));
"""
EXPAND = """
(text => require("dotenv-expand").expand({parsed: require("dotenv").parse(text), processEnv: {}}).parsed)
"""
RUBY = """
require "json"; require "dotenv"
puts JSON.generate(JSON.parse(STDIN.read).map { |file| Dotenv::Parser.call(File.read(file, encoding: "utf-8"))["X"] })
"""
PHP = """
require "AUTOLOAD"; $found = [];
foreach (json_decode(stream_get_contents(STDIN)) as $file) {
  try { $found[] = Dotenv\\Dotenv::parse(file_get_contents($file))["X"] ?? null; }
  catch (Throwable $error) { $found[] = null; }
}
echo json_encode($found);
"""
PHP_AUTOLOAD = "/usr/share/php/Dotenv/autoload.php"
SHELL = 'for file; do (unset X; set -a; . "$file" >/dev/null 2>&1; printf %s "$X"); printf "\\0"; done'


def through(*command: str) -> Callable[[Sequence[Path]], list[str | None]]:
    def read(files: Sequence[Path]) -> list[str | None]:
        asked = json.dumps([str(file) for file in files]).encode()
        done = subprocess.run(command, input=asked, capture_output=True, check=True, timeout=60)
        found: list[str | None] = json.loads(done.stdout)
        return found

    return read


def by_python(files: Sequence[Path]) -> list[str | None]:
    from dotenv import dotenv_values  # type: ignore[import-not-found]

    return [dotenv_values(file).get("X") for file in files]


def by_shell(shell: str) -> Callable[[Sequence[Path]], list[str | None]]:
    def read(files: Sequence[Path]) -> list[str | None]:
        environment = {"PATH": "/nonexistent", "LC_ALL": "C.UTF-8"}
        command = [shell, "-c", SHELL, "sh", *map(str, files)]
        done = subprocess.run(command, capture_output=True, check=False, env=environment, timeout=60)
        return list(done.stdout.decode("utf-8", "replace").split("\0")[:-1])

    return read


@cache
def reader(name: str) -> Callable[[Sequence[Path]], list[str | None]] | None:
    """What reads files as a reader does; None where it is not installed."""
    if name == dotenv.PYTHON:
        if find_spec("dotenv") is None:
            return None
        return by_python
    if name in ("sh", "bash", "zsh"):
        path = shutil.which(name)
        return by_shell(path) if path else None
    programs = {
        dotenv.NODE: ("node", "-e", NODE.replace("PARSE", 'require("util").parseEnv')),
        dotenv.NPM: ("node", "-e", NODE.replace("PARSE", 'require("dotenv").parse')),
        dotenv.VITE: ("node", "-e", NODE.replace("PARSE", EXPAND)),
        dotenv.RUBY: ("ruby", "-e", RUBY),
        dotenv.PHP: ("php", "-r", PHP.replace("AUTOLOAD", PHP_AUTOLOAD)),
    }
    read = through(*programs[name])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ".env"
        path.write_text("X=here\n")
        try:
            return read if read([path]) == ["here"] else None
        except (OSError, subprocess.SubprocessError, ValueError):
            return None


def is_old_ruby() -> bool:
    done = subprocess.run(
        ["ruby", "-e", "require 'dotenv/version'; puts Dotenv::VERSION"], capture_output=True, check=False
    )
    return int(done.stdout.decode().strip().partition(".")[0] or 0) < 3


PROGRAMS = [*dotenv.READERS, dotenv.VITE, "bash", "zsh"]
PROGRAMS.remove(dotenv.COMPOSE)  # no program of its own reads a file and nothing else
PROGRAMS[PROGRAMS.index(dotenv.SHELL)] = "sh"


@pytest.mark.parametrize("program", PROGRAMS)
@settings(max_examples=12, deadline=None, phases=QUICKLY)
@given(values=st.lists(st.tuples(VALUES, BEFORE), min_size=20, max_size=20))
@example(
    values=[
        (value, "A=1\n") for value in ["-----BEGIN X-----\nab+/=\n-----END X-----\n", "a'b", 'a"b', "a$b", "a b", "a#b"]
    ]
)
def test_a_reader_sees_the_value_or_is_named(program: str, values: list[tuple[str, str]]) -> None:
    read = reader(program)
    if read is None:
        pytest.skip(f"{program} is not installed")
    name = dotenv.SHELL if program in ("sh", "bash", "zsh") else program
    with tempfile.TemporaryDirectory() as folder:
        files, expected = [], []
        for number, (value, before) in enumerate(values):
            for wanted in ("", name):
                if name in quoted(value, wanted).misread or (name == dotenv.RUBY and "\n" in value and is_old_ruby()):
                    continue
                if name == dotenv.SHELL and before == "A=it's\n":
                    continue  # no shell can read what stands before
                if name == dotenv.VITE and wanted != name:
                    continue
                addition = appended(before, {"X": value, "Y": "it's"}, wanted)
                assert addition
                path = Path(folder) / f"{number}{bool(wanted)}.env"
                path.write_text(applied(before, [addition.change]), encoding="utf-8", newline="")
                files.append(path)
                expected.append(value)
        wrong = sum(found != value for found, value in zip(read(files), expected, strict=True)) if files else 0
        assert wrong == 0, f"{program} reads {wrong} of {len(files)} values differently"


COMMANDS = ["touch ran", "`touch ran`", "$(touch ran)", ";touch ran;", "\ntouch ran\n", "${(e):-\\$\\(touch ran\\)}"]
EVIL = st.lists(st.sampled_from([*COMMANDS, "'", '"', "`", "\\", "$", "a", " "]), max_size=9).map("".join)


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "ruby"])
@settings(max_examples=6, deadline=None, phases=QUICKLY)
@given(values=st.lists(EVIL, min_size=30, max_size=30))
def test_no_value_is_ever_run(shell: str, values: list[str]) -> None:
    path = shutil.which(shell)
    if path is None or (shell == "ruby" and reader(dotenv.RUBY) is None):
        pytest.skip(f"{shell} is not installed")
    with tempfile.TemporaryDirectory() as folder:
        for number, value in enumerate(values):
            text = ""
            for name, wanted in zip("ABCDEFGHIJ", ["", *dotenv.READERS, dotenv.VITE], strict=False):
                addition = appended(text, {name: value}, wanted)
                text = applied(text, [addition.change]) if addition else text
            (Path(folder) / f"{number}.env").write_text(text, encoding="utf-8", newline="")
        load = "cd $1; for file in *.env; do (set -a; . ./$file) >/dev/null 2>&1; done"
        command = [path, "-c", load, "sh", folder]
        if shell == "ruby":
            code = 'require "dotenv"; Dir.chdir(ARGV[0]); Dir["*.env"].each { |f| Dotenv::Parser.call(File.read(f)) }'
            command = [path, "-e", code, folder]
        subprocess.run(command, capture_output=True, check=False, timeout=60)
        assert not (Path(folder) / "ran").exists(), "a part of a value was run"


@pytest.mark.parametrize("wanted", [dotenv.NODE, dotenv.NPM, dotenv.VITE])
@pytest.mark.parametrize("value", ["a'b\"c", "a\"b'c", "a'\"\\nb"])
def test_a_reader_that_is_named_gets_quotes_it_understands(wanted: str, value: str) -> None:
    assert dotenv.NODE in quoted(value).misread
    assert wanted not in quoted(value, wanted).misread


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain-Word_1.2/3:4@5%6+7=", "plain-Word_1.2/3:4@5%6+7="),
        ("", ""),
        ("two words", "'two words'"),
        (" blank ", "' blank '"),
        ("a#b", "'a#b'"),
        ("p$ss", "'p$ss'"),
        ('say "hi"', "'say \"hi\"'"),
        ("a\\b", "'a\\b'"),
        ("it's", '"it\'s"'),
        ("naïve", "'naïve'"),
        ("one\ntwo\n", '"one\ntwo\n"'),
        ("a`b'c", '"a\\`b\'c"'),
    ],
)
def test_quotes_are_the_plainest_that_serve(value: str, text: str) -> None:
    assert quoted(value).text == text


@pytest.mark.parametrize("value", ["plain", "two words", "a#b", "p$ss", "it's", 'say "hi"', "a\\b", "one\ntwo\n"])
def test_what_people_use_suits_everyone(value: str) -> None:
    assert quoted(value).misread == ()


def test_what_suits_not_everyone_is_told() -> None:
    addition = appended("", {"KEY": "a'b\"c"})
    assert addition
    assert addition.notes == (
        "No quotes suit everyone here: node --env-file and dotenv of npm will read KEY differently.",
    )


def test_nul_is_refused() -> None:
    with pytest.raises(Refusal, match="NUL"):
        quoted("a\0b")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("", "KEY=v1\n"),
        ("A=1", "A=1\nKEY=v1\n"),
        ("A=1\n", "A=1\nKEY=v1\n"),
        ("A=1\r\n# c\r\n", "A=1\r\n# c\r\nKEY=v1\r\n"),
        ("A=1\r\nB", "A=1\r\nB\r\nKEY=v1\r\n"),
        ("A=1\n\n", "A=1\n\nKEY=v1\n"),
        ("\ufeff", "\ufeffKEY=v1\n"),
        ("export A=1\nexport B=2\n", "export A=1\nexport B=2\nexport KEY=v1\n"),
        ("export A=1\nB=2\n", "export A=1\nB=2\nKEY=v1\n"),
        ("a line that is broken\n", "a line that is broken\nKEY=v1\n"),
    ],
)
def test_a_variable_is_added_at_the_end(text: str, new: str) -> None:
    addition = appended(text, {"KEY": "v1"})
    assert addition
    assert applied(text, [addition.change]) == new


@given(before=st.text("A=1'\"`# \n\r\\\ufeff", max_size=30), value=VALUES)
def test_adding_keeps_every_byte_and_is_done_once(before: str, value: str) -> None:
    try:
        addition = appended(before, {"KEY": value})
    except Refusal:
        return
    assert addition
    after = applied(before, [addition.change])
    assert after.startswith(before)
    assert appended(after, {"KEY": value}) is None


@pytest.mark.parametrize(
    "text", ["KEY=v1\n", "export KEY='v1' # ours\n", 'KEY: "v1"', "KEY=other\nKEY = v1\n", "KEY=`v1`"]
)
def test_what_is_there_already_is_not_added(text: str) -> None:
    assert appended(text, {"KEY": "v1"}) is None


@pytest.mark.parametrize("text", ["KEY=other\n", "KEY=v1\nKEY=\n", "KEY\n", "KEY=$V\n", "KEY='v1' x\n"])
def test_another_value_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="KEY has another value"):
        appended(text, {"KEY": "v1"})


def test_nothing_is_added_inside_of_a_quote() -> None:
    with pytest.raises(Refusal, match="quote of A"):
        appended("A='oops\nB=1\n", {"KEY": "v1"})


def test_samples_get_names_alone() -> None:
    change = announced("A=1\r\n# B=\r\n", ["A", "B"])
    assert change
    assert applied("A=1\r\n# B=\r\n", [change]) == "A=1\r\n# B=\r\nB=\r\n"
    assert announced("A=x", ["A"]) is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=1", {"A": "1"}),
        ("\ufeffA=1", {"A": "1"}),
        ("  export  A = 1 # c\n", {"A": "1"}),
        ("A=1\rB=2\r\nC=3\n", {"A": "1", "B": "2", "C": "3"}),
        ("# A=1\n\nB=\n", {"B": ""}),
        ("A='x y' # c\n", {"A": "x y"}),
        ("A='$x'\n", {"A": "$x"}),
        ('A="x\\ny\\"\\$"\n', {"A": 'x\ny"$'}),
        ('A="$x"\nB=$x\n', {"A": None, "B": None}),
        ('A="1\nB=2\n"\nC=3\n', {"A": "1\nB=2\n", "C": "3"}),
        ("A=a#b\nB=a #b\nC= # c\n", {"A": None, "B": "a", "C": ""}),
        ("A='open\nB=2\n", {"A": None, "B": "2"}),
        ("A: 1\nB:2\n", {"A": "1"}),
        ("A=1\nA=2\n", {"A": "2"}),
        ("not a line\n= 1\nA\n", {"A": None}),
    ],
)
def test_values_are_read(text: str, values: dict[str, str | None]) -> None:
    assert values_in(text) == values


def test_spans_are_those_of_the_assignments() -> None:
    found = variables('# c\n  export A="1\n2" # c\nB = x\n')
    assert [variable.span for variable in found] == [Span(1, 2, 2, 2), Span(3, 0, 3, 5)]


@given(st.text("AB=:'\"`#$\\ \t\n\r\ufeffexport", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    found = variables(text)
    assert [one.span for one in found] == sorted(one.span for one in found)
    assert all(one.name for one in found)


def test_hostile_files_take_no_time() -> None:
    for text in (
        "A='\\\n" * 10_000,
        'A="x' * 60_000,
        "A=`\n" * 10_000,
        " " * 300_000,
        "A" * 300_000,
        "export " * 40_000,
    ):
        variables(text)


def test_values_are_never_printed() -> None:
    value = os.urandom(8).hex()
    texts = [variables(f"A='{value}'"), quoted(value), appended("", {"A": value})]
    assert not any(value in repr(text) for text in texts)
