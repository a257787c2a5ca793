"""What escapes in string literals mean: one reader for the languages that write them with a backslash."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unleak.fixes.change import Refusal, Secret
from unleak.fixes.source import Source

UNTOLD = "What this string means cannot be told here: move its value by hand."
COMPUTED = "Part of this value is computed where the program runs: move only the part that is written out."
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<braces>[0-9A-Fa-f]{1,6})\}|(?P<us>u+)(?P<four>[0-9A-Fa-f]{4})|x(?P<two>[0-9A-Fa-f]{2})"
    r"|(?P<octal>[0-7]{1,3})|(?P<other>\r\n|[\s\S])|\Z)"
)
C_LIKE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\\": "\\", "'": "'", '"': '"'}


@dataclass(frozen=True, slots=True)
class Escapes:
    r"""The escapes of a language.

    `single` tells what a character behind the backslash means; `forms` which numeric ones there are of `braces`
    (`\u{1F600}`), `four` (`\u00e9`), `fours` (`\uu00e9` too), `two` (`\xe9`), `nul` (`\0`) and `octal`
    (`\101`); `free` says that every other character means itself, and `continues` that a line break behind
    the backslash means nothing.
    """

    single: Mapping[str, str]
    forms: frozenset[str] = frozenset()
    free: bool = False
    continues: bool = False

    def decode(self, raw: str) -> str:
        """What `raw` means; Refusal where that is not certain."""
        plain = _ESCAPE.sub(self._meaning, raw)
        return paired(plain)

    def _meaning(self, escape: re.Match[str]) -> str:
        if escape["braces"] and "braces" in self.forms and int(escape["braces"], 16) < 0x110000:
            return chr(int(escape["braces"], 16))
        if escape["four"] and ("fours" in self.forms or ("four" in self.forms and escape["us"] == "u")):
            return chr(int(escape["four"], 16))
        if escape["two"] and "two" in self.forms:
            return chr(int(escape["two"], 16))
        octal = escape["octal"]
        if octal and ("octal" in self.forms and int(octal, 8) < 256):
            return chr(int(octal, 8))
        if octal == "0" and "nul" in self.forms:
            return "\0"
        other = escape["other"]
        if other is not None and other[0] in "\r\n" and self.continues:
            return ""
        if other is not None and other in self.single:
            return self.single[other]
        if other is not None and self.free and other not in ("u", "x", "\r", "\n", "\r\n"):
            return other
        raise Refusal(UNTOLD)


def paired(text: str) -> str:
    """The text with its surrogate pairs as characters; Refusal where one of a pair stands alone."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise Refusal(UNTOLD) from None


def refuse_split(source: Source, secrets: Sequence[Secret]) -> None:
    """Refusal where a backslash before a secret would swallow what is put in its place."""
    for secret in secrets:
        before = source.lines[secret.span.line][: secret.span.column]
        if (len(before) - len(before.rstrip("\\"))) % 2:
            raise Refusal("A backslash stands right before the value and belongs to it: move the value by hand.")
