"""Documents as people and hostile programs write them: fragments that detectors care about, mixed and joined."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from unleak.finding import Span

PATHS = ("src/settings.py", "deploy/compose.yml", ".env", "docs/setup.md", "notes")
"""Code, configuration, prose and a file that says nothing of itself: each is read in another way."""

VALUES = [
    value.replace("{+}", "")
    for value in (
        "ghp_{+}AQGXZ4G6o5DRCIz5dlsDMney55Mr0A4UNEG7",
        "AKIA{+}Q3EGP5ZKRXWN7VTB",
        "glpat-{+}x7Kq2ZrTnW9yBvLc4MhD",
        "xoxb-{+}731946208517-8264019375264-Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd",
        "sk_live_{+}9aQ2xWc7Lr4Tz8Vb6Nm3Kp5Y",
        "AIza{+}SyB7kQ2xWc9Lr4Tz8Vb6Nm3Kp5YhJ1dG0",
        "eyJhbGciOiJIUzI1NiJ9.{+}eyJzdWIiOiJhZGEifQ.kQ2xWc9Lr4Tz8Vb6Nm3Kp5YhJ1dG0aS",
        "Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd",
        "kM7#vQ2!xR9z",
        "wJalr9UtnFEMI/K7MDENG/bPxRfiCYzT4kQ8sL2v",
        "9f86d081884c7d659a2feaa0c55ad015",
        "s3cur3-p@ss",
        "пароль-7",
        "🔑-Tr0ub4dor",
        "changeme",
        "${DB_PASSWORD}",
        "<your-key>",
        "xxxxxxxx",
    )
]

WRAPPINGS = (
    'password = "{}"',
    "password: {}",
    "  - API_TOKEN={}",
    '{{"client_secret": "{}", "id": 7}}',
    "token = '{}'  # rotate",
    "export SECRET_KEY={}",
    "https://ada:{}@db.lumen.example/shop",
    "curl -u ada:{} https://api.lumen.example",
    "Authorization: Bearer {}",
    "<password>{}</password>",
    "CREATE USER ada IDENTIFIED BY '{}';",
    "| password | {} |",
    "the password is {}, keep it",
    'login("ada", "{}")',
    '    "{}",',
    "- {}",
    "{}",
    '"{}',
    "数据 🔐 key='{}'",
    '\t"auth": "{{\\"token\\": \\"{}\\"}}"',
    "# secret {}",
    "wachtwoord\u2028secret={}",
)

PLAIN = (
    "",
    "",
    "import os",
    "passwords = [",
    "secrets: [",
    "]",
    "tokens = (",
    "def sign(key): return hmac(key)",
    "name: API_KEY",
    "value: Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd",
    "- name: DB_PASSWORD",
    "'''",
    '"',
    "'",
    "`",
    "\\",
    "密码：",
    "\f",
    "🔥" * 5,
    "-----BEGIN CERTIFICATE-----",
)

_BODY = "MIIEpAIBAAKCAQEA7bq2xWc9Lr4Tz8Vb6Nm3Kp5YhJ1dG0aSkQ2xWc9Lr4Tz8Vb6"
_BLOCKS = ("RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY")
BEGINS = [f"-----BEGIN {name}-----" for name in _BLOCKS]
ENDS = [f"-----END {name}-----" for name in _BLOCKS]

_values = st.sampled_from(VALUES)
_assigned = st.builds(lambda wrapping, value: wrapping.format(value), st.sampled_from(WRAPPINGS), _values)
_lines = st.one_of(
    _assigned,
    _assigned,
    st.sampled_from(PLAIN),
    st.sampled_from(BEGINS + ENDS),
    st.sampled_from([_BODY, "AAAA", f'    "{BEGINS[0]}\\n{_BODY}\\n{ENDS[0]}"']),
    st.text(alphabet="ab1 =:\"'\\-_/{}[]()<>#é密🔑\t", max_size=20),
)
_breaks = st.sampled_from(["\n"] * 6 + ["\r\n", "\r", "\r\r\n", "\n\r"])
_EDGES = (500, 3072, 4096, 7168, 8192)
"""Columns at which the pieces begin and end in which long lines are read, and one far from them."""


def _long_line(filler: str, parts: list[tuple[int, int, str]]) -> str:
    """`parts` near the columns that they ask for, as far as those before leave room."""
    line = ""
    for column, shift, part in sorted(parts):
        missing = max(0, column + shift - len(line))
        line += (filler * (missing // len(filler) + 1))[:missing] + part
    return line + filler * 20


_long_lines = st.builds(
    _long_line,
    st.sampled_from(["x ", ", ", "a1b2", "密 ", "=", '"k": 1, ']),
    st.lists(
        st.tuples(st.sampled_from(_EDGES), st.integers(-60, 20), _assigned | st.sampled_from(BEGINS + ENDS)),
        min_size=1,
        max_size=4,
    ),
)
_tall = st.builds(
    lambda line, count, end: (line + end) * count,
    st.sampled_from(["", _BODY, "x = 1"]),
    st.integers(150, 210),
    st.sampled_from(["\n", "\r\n"]),
)
_blocks = st.builds(
    lambda kind, body, height, end: end.join([BEGINS[kind], *[body] * height, ENDS[kind], ""]),
    st.integers(0, len(_BLOCKS) - 1),
    st.sampled_from([_BODY, "", 'password = "Zk3mT9qLw2Xv"']),
    st.integers(0, 12),
    _breaks,
)
_pieces = st.one_of(*[st.builds(lambda line, end: line + end, _lines, _breaks)] * 5, _blocks)

pieces = st.lists(_pieces | _lines, max_size=4).map("".join)
"""What one edit puts in: a few lines, or parts of lines."""

documents = st.lists(_pieces, max_size=25).map("".join)

tall_documents = st.lists(st.one_of(_pieces, _pieces, _pieces, _tall), max_size=12).map("".join)
"""Documents higher than a block may be."""

wide_documents = st.lists(st.one_of(_pieces, _long_lines), max_size=4).map("\n".join)
"""Documents with lines longer than the matcher reads at a time."""


class Change(NamedTuple):
    span: Span
    new: str


def changes(lines: int = 30, columns: int = 60) -> st.SearchStrategy[Change]:
    """Edits anywhere, some of them past the end of lines and of the document."""

    def change(line: int, column: int, down: int, end_column: int, new: str) -> Change:
        return Change(Span(line, column, line + down, end_column), new)

    ends = st.integers(0, columns) | st.just(0) | st.just(10**6)
    return st.builds(
        change,
        st.integers(0, lines),
        ends,
        st.sampled_from([0, 0, 0, 0, 1, 1, 2, 5]),
        ends,
        st.one_of(st.just(""), st.sampled_from(["\r", "\n", "\r\n", '"', "'", " ", "a"]), pieces),
    )
