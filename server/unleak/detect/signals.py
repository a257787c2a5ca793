"""Cheap facts about a candidate: what its value, its key, its line and its file look like.

A signal is a short name such as `value:word` or `key:password`; `decision` weighs them. They are facts of
one line and a path, so that a keystroke never changes the signals of another line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from unleak.detect.context import MOST_LINE, names
from unleak.detect.keys import key_signals
from unleak.detect.roles import file_signals
from unleak.detect.values import rarity, shape_of, value_signals
from unleak.finding import Candidate, Syntax

if TYPE_CHECKING:
    from unleak.detect.catalog import Rule

_LINE = tuple(
    ("line:" + name, re.compile(pattern))
    for name, pattern in (
        (
            "look-up",
            r"(?i)getenv|environ|process\.env|env\(|ENV\[|fetch\(|vault|secretsmanager|keyring|get_?secret|getProperty"
            r"|secretKeyRef|valueFrom|lookup\(",
        ),
        ("example", r"(?i)example|sample|dummy|fake|e\.g\.|placeholder|for instance"),
        ("check", r"(?i)assert|expect|should|verify|\.to(?:Be|Equal|eq)|mock|stub|given|thenReturn"),
        ("comment", r"^\s*(?:#|//|/?\*|--|;|<!--|%|rem\b)"),
        (
            "message",
            r"(?i)\b(?:must|cannot|can't|invalid|incorrect|please|failed|error|missing|required|too short|does not"
            r"|doesn't|print|log\w*|echo|throw|raise|warn\w*)\b",
        ),
        (
            "schema",
            r"(?i)\btype\b\s*[=:]|\bdescription\b|\blabel\b|\bplaceholder\b|\brequired\b|argparse|add_argument|help="
            r"|StringField|CharField|Column\(|@Param|@Value|interface|\bdef |\bfunc |function\b|\bclass\b|import "
            r"|require\(|struct|enum",
        ),
        (
            "local",
            r"(?i)localhost|127\.0\.0\.1|0\.0\.0\.0|::1|@db[:/]|example\.(?:com|org|net)|\.local\b|\.test\b",
        ),
        ("login", r"(?i)login|log_in|signin|sign_in|authenticat|user(?:name)?[\"']?\s*[=:,(]"),
        ("i18n", r"(?i)i18n|gettext|\bt\(|\b_\(|translate|\$t\("),
        ("dictionary", r"(?:[\"'][\w\s\-]+[\"']\s*,\s*){4,}"),
    )
)
_SYNTAX = {syntax: f"syntax:{syntax.value}" for syntax in Syntax}
_NO_LETTER = re.compile(r"\W|_")
_RANDOM = frozenset(("alnum", "alnum_", "identifier", "base64", "mixed"))
_QUOTES = "\"'`"


@lru_cache(maxsize=2048)
def line_signals(line: str) -> tuple[str, ...]:
    """What the words of a whole line say about every candidate in it. The most costly signals, read last."""
    return tuple(signal for signal, pattern in _LINE if pattern.search(line))


def own_signals(candidate: Candidate, line: str, path: str, start: int) -> list[str]:
    """All signals of a candidate that begins at `start` in `line`, but those of the line."""
    key, rule = candidate.key, candidate.rule
    of_value = value_signals(candidate.secret)
    of_key = key_signals(key)
    of_file = file_signals(path)
    of_place = place_signals(line, start, candidate)
    found = [*of_value, *of_key, *of_file, *of_place]
    found += _pairs(of_value[0], of_value[1], of_key[0], of_file[0], of_file[1], of_place[0], of_place[1])
    if rule is not None and rule.context:
        near = _nearness(rule, key, line)
        found += [near, f"{near} & {of_value[0]}", f"{near} & {of_key[0]}", f"{near} & {of_place[0]}"]
    elif rule is not None:
        found += ["rule", f"rule & {of_value[0]}", f"rule {rule.kind}"]
    elif candidate.like:
        found += ["like a format", f"like a format & {of_key[0]}"]
    if candidate.wrapping:
        found.append("wrapped")
    return found


def is_random(value: str) -> bool:
    """Whether `value` is neither words nor plain hexadecimal, of which most is hashes and identifiers."""
    return shape_of(value) in _RANDOM and any(map(str.isdigit, value)) and rarity(value) < 2.0


def is_near(candidate: Candidate, line: str) -> bool:
    """Whether the word by which a context rule named the candidate stands in its key or on its line."""
    return candidate.rule is not None and _nearness(candidate.rule, candidate.key, line) != "context above"


def _nearness(rule: Rule, key: str, line: str) -> str:
    """How near the word stands by which a context rule named a value."""
    wanted = frozenset(rule.context)
    if key and names(key, wanted):
        return "context in key"
    return "context on line" if names(line[:MOST_LINE], wanted) else "context above"


def place_signals(line: str, start: int, candidate: Candidate) -> list[str]:
    """The syntax first, `quoted` or `bare` second; then what stands right beside the candidate."""
    value, key = candidate.value, candidate.key
    end = start + len(value)
    before = line[start - 1] if start else ""
    after = line[end] if end < len(line) else ""
    signals = [
        _SYNTAX[candidate.syntax],
        "quoted" if before and before in _QUOTES and after == before else "bare",
    ]
    if before and (before.isalnum() or before in "_$"):
        signals.append("cut left")
    if after and (after.isalnum() or after in "_(["):
        signals.append("cut right")
    tail = line[end + 1 : end + 20].lstrip()
    if tail.startswith((":", "=>", "=")) and after and after in _QUOTES:
        signals.append("value is a key")
    if tail.startswith(("+", ".", "%")) or line[max(0, start - 4) : start].rstrip(_QUOTES).endswith("+ "):
        signals.append("joined")
    if key:
        plain, bare = _letters(key), _letters(value)
        if bare and (bare == plain or bare.endswith(plain) or plain.endswith(bare)):
            signals.append("value repeats the key")
        elif bare and plain.startswith(bare):
            signals.append("value begins the key")
    return signals


@lru_cache(maxsize=8192)
def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text.lower()) if len(text) < 100 else ""


@lru_cache(maxsize=65536)
def _pairs(shape: str, size: str, key: str, role: str, family: str, syntax: str, quoted: str) -> tuple[str, ...]:
    """Signals that say more together than each alone."""
    return (
        f"{key} & {shape}",
        f"{key} & {syntax}",
        f"{key} & {family}",
        f"{key} & {size}",
        f"{shape} & {size}",
        f"{shape} & {family}",
        f"{shape} & {syntax}",
        f"{role} & {shape}",
        f"{role} & {key}",
        f"{family} & {syntax} & {quoted}",
    )
