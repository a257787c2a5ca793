"""What a line and a candidate's place in it tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from unleak.detect.catalog import parse_rules
from unleak.detect.signals import is_near, is_random, line_signals, own_signals, place_signals
from unleak.finding import Candidate, Span, Syntax

LINES = [
    ('password = os.getenv("X", "v")', "line:look-up"),
    ("secretKeyRef: v", "line:look-up"),
    ("for example: v", "line:example"),
    ("assert login(v)", "line:check"),
    ("expect(v).toBe(w)", "line:check"),
    ("  # password v", "line:comment"),
    ("// password v", "line:comment"),
    ('raise ValueError("v")', "line:message"),
    ("def login(password=v)", "line:schema"),
    ("url = localhost/v", "line:local"),
    ("ada@example.com v", "line:local"),
    ('user: "ada", password: v', "line:login"),
    ('t("password.v")', "line:i18n"),
    ('"one", "two", "three", "four", v', "line:dictionary"),
]
PLACES = [
    # the line with its value between « and », the signal
    ('x = "«kM7vQ2»"', "quoted"),
    ("x = `«kM7vQ2»`", "quoted"),
    ("x = «kM7vQ2»", "bare"),
    ("x = \"«kM7vQ2»'", "bare"),
    ("xy«kM7vQ2»", "cut left"),
    ("$«kM7vQ2»", "cut left"),
    ("«kM7vQ2»(x)", "cut right"),
    ("«kM7vQ2»xy", "cut right"),
    ('"«kM7vQ2»": 1', "value is a key"),
    ("'«kM7vQ2»' => 1", "value is a key"),
    ('"«kM7vQ2»" + x', "joined"),
    ('x + "«kM7vQ2»"', "joined"),
]


@pytest.mark.parametrize(("line", "signal"), LINES)
def test_signals_of_a_line(line: str, signal: str) -> None:
    assert signal in line_signals(line)
    assert signal not in line_signals("db.connect(v)")


def candidate(line: str, key: str = "", syntax: Syntax = Syntax.ASSIGNMENT) -> tuple[str, int, Candidate]:
    before, _, rest = line.partition("«")
    value, _, after = rest.partition("»")
    start = len(before)
    return before + value + after, start, Candidate(Span(0, start, 0, start + len(value)), value, syntax, key)


@pytest.mark.parametrize(("line", "signal"), PLACES)
def test_signals_of_a_place(line: str, signal: str) -> None:
    plain, start, of = candidate(line)
    signals = place_signals(plain, start, of)
    assert signal in signals
    assert signals[0] == "syntax:assignment"
    assert signals[1] in ("quoted", "bare")


@pytest.mark.parametrize(
    ("key", "repeats"), [("kM7vQ2", True), ("my_km7vq2", True), ("KM7-VQ2", True), ("password", False), ("", False)]
)
def test_a_value_that_repeats_its_key_says_so(key: str, repeats: bool) -> None:
    assert ("value repeats the key" in place_signals(*candidate("x = «kM7vQ2»", key))) is repeats


def test_all_signals_of_a_candidate_come_together() -> None:
    line, start, of = candidate('db_password = "«kM7vQ2xR9z»"', "db_password")
    signals = own_signals(of, line, "src/app.py", start)
    assert {"value:identifier", "key:password", "role:live", "file:code", "quoted"} <= set(signals)
    assert "key:password & value:identifier" in signals
    assert "file:code & syntax:assignment & quoted" in signals


def test_signals_hold_nothing_of_the_value() -> None:
    line, start, of = candidate('db_password = "«kM7#vQ2!xR9z»"', "db_password")
    assert not any("kM7" in signal for signal in own_signals(of, line, "src/app.py", start))


(ACME,) = parse_rules(Path("acme.toml"), b"[[rules]]\nid = 'acme-key'\ncontext = ['acme']\nregex = '[a-z0-9]{12}'")[0]
NEAR = [
    # the name and the line around the value, how near the word stands
    ("acme_key", "«kM7vQ2xR9zT4»", "context in key"),
    ("ACME_KEY", "acme(«kM7vQ2xR9zT4»)", "context in key"),
    ("key", "Acme(key=«kM7vQ2xR9zT4»)", "context on line"),
    ("", "new AcmeClient(«kM7vQ2xR9zT4»)", "context on line"),
    ("key", "key = «kM7vQ2xR9zT4»", "context above"),
    ("pacme_key", "key = «kM7vQ2xR9zT4»", "context above"),
]


@pytest.mark.parametrize(("key", "line", "near"), NEAR)
def test_a_providers_word_says_how_near_it_stands(key: str, line: str, near: str) -> None:
    plain, start, of = candidate(line, key)
    named = of._replace(rule=ACME)
    found = own_signals(named, plain, "src/app.py", start)
    assert [signal for signal in found if signal.startswith("context") and "&" not in signal] == [near]
    assert is_near(named, plain) is (near != "context above")
    assert not any(signal.startswith("context") for signal in own_signals(of, plain, "src/app.py", start))
    assert not is_near(of, plain)


def test_a_wrapping_and_a_likeness_are_signals() -> None:
    line, start, of = candidate("key = «kM7vQ2xR9zT4»", "key")
    plain = set(own_signals(of, line, "src/app.py", start))
    wrapped = set(own_signals(of._replace(wrapping="base64"), line, "src/app.py", start))
    like = set(own_signals(of._replace(like="acme-token"), line, "src/app.py", start))
    assert wrapped - plain == {"wrapped"}
    assert "like a format" in like - plain


def test_a_wrapped_value_is_judged_by_what_is_in_it() -> None:
    line, start, of = candidate("key = «cGFzc3dvcmQ=»", "key")
    inner = of._replace(inner="password", wrapping="base64")
    assert "value:word" in own_signals(inner, line, "src/app.py", start)


@pytest.mark.parametrize(
    ("value", "random"),
    [
        ("kM7vQ2xR9zT4bW8nLc5y", True),
        ("kM7v_Q2xR-9zT4bW8n", True),
        ("the_name_of_a_setting_2", False),
        ("0f3b9c71d5e20f3b9c71d5e2", False),
        ("production", False),
        ("kMvQxRzTbWnLcy", False),
        ("123456789012", False),
    ],
    ids=["letters and digits", "with signs", "words", "hexadecimal", "a word", "letters alone", "digits alone"],
)
def test_random_is_neither_words_nor_hashes(value: str, *, random: bool) -> None:
    assert is_random(value) is random
