"""Values are replaced by others of the same shape, wherever and however a text shows them."""

from __future__ import annotations

import random
import string
import unicodedata
from collections.abc import Callable
from importlib import resources

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from unleak.detect.values import is_placeholder, rarity, value_signals
from unleak.stand_ins import StandIns, drawn, near, unnamed

WORDS = frozenset(resources.files("unleak.detect").joinpath("vocabulary.txt").read_text("ascii").split())
LETTERS = string.ascii_letters + string.digits
PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " äßÉİжЯ中文字あ🫖…¦"
VALUES = (
    st.text(LETTERS, min_size=8, max_size=60)
    | st.text("0123456789abcdef", min_size=16, max_size=40)
    | st.text(PRINTABLE, min_size=4, max_size=40)
    | st.text("ab\n", min_size=9, max_size=40)
)
AROUND = st.text(PRINTABLE + "\n", max_size=20) | st.sampled_from(["password = '", "<|value|>", "# see ", "…"])


def is_secret(value: str) -> bool:
    """Whether a value must go everywhere: it is no placeholder and nothing that everybody knows."""
    known = is_placeholder(value) or value.lower() in WORDS or "value is a sample" in value_signals(value)
    return not known and len(value.strip()) >= 4 and "<|" not in value


def token(size: int = 32, alphabet: str = LETTERS) -> str:
    return "".join(random.choices(alphabet, k=size))


class TestMasked:
    @given(st.lists(VALUES.filter(is_secret), min_size=1, max_size=4), st.lists(AROUND, min_size=9, max_size=9))
    def test_no_value_is_left(self, values: list[str], around: list[str]) -> None:
        text = "".join(one + value for one, value in zip(around, [*values, *values[::-1]], strict=False))
        stand_ins = StandIns(values)
        masked = stand_ins.masked(text)
        assume(not stand_ins.shows(masked))  # what is drawn may be another value by chance: `example_of` draws again
        assert [number for number, value in enumerate(values) if value.lower() in masked.lower()] == []

    @given(VALUES.filter(is_secret), st.integers(1, 7))
    def test_nor_one_that_overlaps_another(self, value: str, shared: int) -> None:
        other = value[-shared:] + token(12)
        stand_ins = StandIns([value, other])
        masked = stand_ins.masked(f"x {value}{other[shared:]} y")
        assume(not stand_ins.shows(masked))
        assert value.lower() not in masked.lower()
        assert other.lower() not in masked.lower()

    @pytest.mark.parametrize("change", [str, str.upper, str.lower, str.swapcase])
    def test_case_does_not_matter_and_stays(self, change: Callable[[str], str]) -> None:
        value = token(20)
        shown = change(value)
        masked = StandIns([value]).masked(f"<{shown}>")[1:-1]
        assert masked.lower() != value.lower()
        assert [c.isupper() for c in masked] == [c.isupper() for c in shown]

    def test_a_value_has_one_stand_in(self) -> None:
        value = token()
        one, other = StandIns([value]).masked(f"{value} {value}").split()
        assert one == other

    def test_also_inside_a_longer_value(self) -> None:
        value = token()
        url = f"redis://:{value}@cache:6379"
        whole, alone = StandIns([url, value]).masked(f"{url} {value}").split()
        assert alone in whole

    def test_two_instances_draw_differently(self) -> None:
        value = token()
        assert StandIns([value]).masked(value) != StandIns([value]).masked(value)

    @pytest.mark.parametrize(("head", "tail"), [(24, 8), (10, 2), (9, 5), (3, 3)])
    def test_nor_pieces_of_one_that_was_cut(self, head: int, tail: int) -> None:
        value = token(64)
        masked = [StandIns([value]).masked(f"{value[:head]}…{value[-tail:]}").split("…") for _ in range(5)]
        assert any(before != value[:head] for before, _ in masked)  # any: two characters may be drawn as they were
        assert any(after != value[-tail:] for _, after in masked)

    def test_nor_a_long_piece_out_of_the_middle(self) -> None:
        value = token(64)
        assert value[20:28] not in StandIns([value]).masked(f"see {value[20:28]} there")

    def test_nor_lines_of_a_block(self) -> None:
        lines = [token(64) for _ in range(4)]
        masked = StandIns(["\n".join(lines)]).masked("\n".join("    " + line for line in lines[1:3]))
        assert not any(line[at : at + 8] in masked for line in lines for at in range(56))

    def test_nor_what_looks_random_and_nobody_named(self) -> None:
        unseen, text = token(24) + "7", "key = {}  # of the build server"
        masked = StandIns([token()]).masked(text.format(unseen))
        assert unseen not in masked
        assert masked.startswith("key = ")
        assert masked.endswith("  # of the build server")

    def test_ordinary_text_stays(self) -> None:
        text = (
            "import os\nDATABASE_URL = os.environ['DATABASE_URL']  # 5672/orders, utf8mb4, v1.2.3\nclass UserTest2:\n"
        )
        assert StandIns([token()]).masked(text) == text

    def test_marks_of_the_protocol_stay(self) -> None:
        text = "<|file|>live code\n<|text|><|0|>\n<|ask|><|0|><|value is a sample|><|answer|>"
        assert StandIns(["file", "text", "value is a sample", "answer", token()]).masked(text) == text

    def test_short_values_only_as_a_whole(self) -> None:
        masked = StandIns(["q7z"]).masked("q7z aq7z q7zb 'q7z'").split()
        assert masked[0] != "q7z"
        assert masked[1:3] == ["aq7z", "q7zb"]
        assert masked[3] == f"'{masked[0]}'"

    @pytest.mark.parametrize("text", ["password: {}", "{{'password': '{}'}}", "password_hash = x; login('{}')"])
    def test_a_word_stays_where_it_is_a_name(self, text: str) -> None:
        masked = StandIns(["password"]).masked(text.format("password"))
        assert masked.count("password") == 1
        assert "password" in masked[: text.index("{}")]

    def test_a_random_value_goes_also_where_it_is_a_name(self) -> None:
        value = token()
        assert value not in StandIns([value]).masked(f"{value}: 1\nx_{value}_y = 2")


class TestStandIn:
    @given(VALUES.filter(is_secret))
    def test_has_the_shape_of_the_value(self, value: str) -> None:
        other = StandIns([value]).of(value)
        assert len(other) == len(value)
        for old, new in zip(value, other, strict=True):
            if old.isascii() and old.isalnum():
                assert (old.isupper(), old.islower(), old.isdigit()) == (new.isupper(), new.islower(), new.isdigit())
            elif old.isspace():
                assert new == old

    @pytest.mark.parametrize("value", ["{}" * 4, "{}-{}"])
    def test_symbols_stay(self, value: str) -> None:
        one = value.format(*["a8"] * 4).replace("a8", "a8!$")
        assert [c for c in drawn(one) if not c.isalnum()] == [c for c in one if not c.isalnum()]

    def test_of_symbols_alone_is_other_symbols(self) -> None:
        value = "!$%!$%&&"
        assert drawn(value) != value

    @pytest.mark.parametrize("size", [16, 40, 64])
    def test_hexadecimal_digits_stay_such(self, size: int) -> None:
        value = token(size - 2, "0123456789abcdef") + "0f"
        assert set(drawn(value)) <= set("0123456789abcdef")

    def test_words_become_other_words(self) -> None:
        value = "password-migration-settings"
        other = drawn(value)
        assert rarity(other) > 2.2
        assert all(new != old for new, old in zip(other.split("-"), value.split("-"), strict=True))

    def test_random_letters_become_random_letters(self) -> None:
        assert max(rarity(drawn("xkqzvwjhgqpt")) for _ in range(20)) < 4

    def test_a_repeated_character_stays_repeated(self) -> None:
        assert len(set(drawn("000000"))) == 1

    def test_letters_stay_in_their_script(self) -> None:
        other = drawn("пароль")
        assert other != "пароль"
        assert all(unicodedata.name(c).startswith("CYRILLIC SMALL LETTER") for c in other)

    @pytest.mark.parametrize("value", ["<your-api-key>", "xxxxxxxxxx", "<password>", "replace-this-value"])
    def test_an_obvious_placeholder_keeps_its_words(self, value: str) -> None:
        assert StandIns([value]).of(value) == value

    def test_but_nothing_else(self) -> None:
        value = "AKIAIO" + "SFODNN7" + "EXAMPLE"
        other = StandIns([value]).of(value)
        assert other.endswith("EXAMPLE")
        assert other[:12] != value[:12]

    def test_what_the_rule_names_stays(self) -> None:
        value = "acme_" + token()
        other = StandIns([value], ["acme_", "acm"]).of(value)
        assert other.startswith("acme_")
        assert other[5:] != value[5:]

    def test_unless_it_is_most_of_the_value(self) -> None:
        assert not StandIns(["acme_ab"], ["acme_"]).of("acme_ab").startswith("acme_")

    def test_the_first_and_last_line_of_a_key_stay(self) -> None:
        head, body, foot = "-----BEGIN RSA PRIVATE" + " KEY-----", token(64), "-----END RSA PRIVATE KEY-----"
        other = StandIns([f"{head}\n{body}\n{foot}"], ["-----begin"]).of(f"{head}\n{body}\n{foot}").split("\n")
        assert other[0] == head
        assert other[1] != body
        assert other[2] == foot


def test_names_in_a_path_go_and_common_words_stay() -> None:
    masked = unnamed("src/Zquorvex/config/prod_settings.db").split("/")
    assert masked[1] != "Zquorvex"
    assert [masked[0], *masked[2:]] == ["src", "config", "prod_settings.db"]


@given(VALUES, AROUND, AROUND, st.integers(0, 20))
def test_no_value_that_stands_in_a_text_is_far_from_it(value: str, before: str, after: str, cut: int) -> None:
    assume(not value.isspace())
    assert near([value], before + value + after) == [value]
    if len(value) - cut >= 8:
        assert near([value], before + value[cut:] + after) == [value]


def test_of_many_values_those_that_do_not_stand_in_a_text_are_left_out() -> None:
    value = token()
    others = [f"{number:08d}-{token(8, 'xyz')}" for number in range(100)]
    assert near([*others, value], f"key = '{value}'") == [value]
