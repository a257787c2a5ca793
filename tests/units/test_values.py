"""What values tell by themselves."""

from __future__ import annotations

import pytest

from unleak.detect.values import (
    could_be_secret,
    counts_up,
    entropy,
    is_made_up,
    is_placeholder,
    is_reference,
    rarity,
    shape_of,
    value_signals,
)

PLACEHOLDERS = [
    "<your-key>",
    "<API_KEY>",
    "your-api-key",
    "YOUR_SECRET_HERE",
    "insert-token-here",
    "xxxxxxxx",
    "XXXX-XXXXX",
    "********",
    "••••••••",
    "...",
    "abc...xyz",
    "[redacted]",
    "REDACTED",
    "replace_me",
    "REPLACE-WITH-KEY",
    "placeholder",
    "to-be-set",
    "changeit",
    "----",
    "____",
    "aaaaaaaa",
    "00000000",
    "n/a",
    "paste your token here",
    "{password}",
]
REFERENCES = [
    "${DB_PASSWORD}",
    "$DB_PASSWORD",
    "$(cat secret)",
    "{{ vault_password }}",
    "{{password}}",
    "%(password)s",
    "%PASSWORD%",
    "%s",
    "%~2",
    "%~dp0",
    "<%= secret %>",
    "#{secret}",
    "@db.password@",
    "!Ref Secret",
    "{password}",
    ":password",
    "prefix-${X}-suffix",
    "${{ secrets.TOKEN }}",
    "postgres://ada:$PASSWORD",
]
SECRETS = [
    "kM7#vQ2!xR9z",
    "Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd",
    "s3cur3-p@ss",
    "wJalr9UtnFEMI/K7MDENG/bPxRfiCYzT4kQ8sL2v",
    "tr0ub4dor&3",
    "p$4ss$word9",
    "пароль-7",
    "correct horse battery staple",
    "--start-with-dashes9",
]
SHAPES = {
    "number": ["12345", "-1.5"],
    "word": ["summer", "Summer", "SUMMER"],
    "camel": ["accessToken"],
    "snake": ["access_token", "db-password"],
    "constant": ["API_KEY_2", "AWS_S3"],
    "word_digits": ["summer2024", "admin123!"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000"],
    "hex": ["9f86d081884c7d659a2feaa0c55ad015", "0x9f86d081884c7d65"],
    "email": ["ada@lumen.example"],
    "url": ["https://lumen.example/a"],
    "path": ["/etc/ssl/private", "certs/server.pem", "./run"],
    "ip": ["10.0.0.1:8080"],
    "date": ["2024-01-31"],
    "version": ["v1.2.3", "10.4.7-beta"],
    "dotted": ["settings.api.token", "user?.password"],
    "sentence": ["the quick brown fox"],
    "two_words": ["hello world"],
    "base64": ["QWxhZGRpbjpvcGVuIHNlc2FtZQ=="],
    "identifier": ["aBq_x9-y"],
    "alnum": ["Zk345mT9qLw2Xv7Rb5"],
    "mixed": ["kM7#vQ2!xR9z"],
    "other": ["“”"],
}
SIZES = [(1, "3"), (3, "3"), (4, "5"), (7, "7"), (8, "11"), (31, "31"), (32, "47"), (99, "99"), (100, "many")]


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_placeholders_wait_for_a_reader(value: str) -> None:
    assert is_placeholder(value)
    assert not could_be_secret(value)


@pytest.mark.parametrize("value", REFERENCES)
def test_references_say_where_the_secret_is(value: str) -> None:
    assert is_reference(value)
    assert not could_be_secret(value)


@pytest.mark.parametrize("value", SECRETS)
def test_secrets_are_neither(value: str) -> None:
    assert not is_placeholder(value)
    assert not is_reference(value)
    assert could_be_secret(value)


@pytest.mark.parametrize("value", ["", "!!", "null", "nil", "True", "undefined", "STRING", "="])
def test_keywords_and_punctuation_are_no_secrets(value: str) -> None:
    assert not could_be_secret(value)


@pytest.mark.parametrize(("shape", "value"), [(shape, value) for shape, values in SHAPES.items() for value in values])
def test_shape(shape: str, value: str) -> None:
    assert shape_of(value) == shape


@pytest.mark.parametrize(
    "value", ["changeme", "hunter2", "Password123", "my-test-token", "FAKE", "abcdef99", "x123456x"]
)
def test_made_up_values_say_so(value: str) -> None:
    assert is_made_up(value)


@pytest.mark.parametrize("value", SECRETS)
def test_secrets_do_not_look_made_up(value: str) -> None:
    assert not is_made_up(value)


@pytest.mark.parametrize(("value", "counts"), [("k-012345", True), ("qwertyu", True), ("01234", False), ("", False)])
def test_six_in_a_row_count_up(value: str, counts: bool) -> None:
    assert counts_up(value) is counts


def test_entropy_is_in_bits_a_character() -> None:
    assert entropy("aaaa") == 0
    assert entropy("abab") == 1
    assert entropy("abcdefgh") == 3
    assert entropy("") == 0


def test_words_are_less_rare_than_random_text() -> None:
    assert rarity("password") >= 4
    assert rarity("zk3mt9qlw2xv7rb5") < 2
    assert rarity("") == 0


@pytest.mark.parametrize(("length", "size"), SIZES)
def test_sizes_fall_into_buckets(length: int, size: str) -> None:
    assert value_signals("k" * length)[1] == f"size:{size}"


@pytest.mark.parametrize(
    ("value", "signal"),
    [
        ("changeme", "value is a sample"),
        ("get(x)", "value is code"),
        ("db_password", "value names a secret"),
        ("my-test", "value says test"),
        ("wrong-one", "value says wrong"),
        ("a1", "value has a digit"),
        ("abcdef", "value counts up"),
        ("密码", "value is not ASCII"),
        ("Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd", "entropy:more"),
    ],
)
def test_signals_of_a_value(value: str, signal: str) -> None:
    assert signal in value_signals(value)
    assert signal not in value_signals("mellow")
