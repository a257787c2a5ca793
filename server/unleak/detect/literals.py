"""Literals, and the names that they are given to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from unleak.detect.keys import names_secret
from unleak.detect.proposal import Proposal, is_worth
from unleak.finding import Syntax

LOOK_BACK = 6
"""How many lines above a line may name what stands in it."""


_literal = re.compile(
    r'"([^"\\]*(?:\\.[^"\\]*)*)"'
    r"|(?<![A-Za-z0-9])[bBuUrRfFLN]{0,2}'([^'\\]*(?:\\.[^'\\]*)*)'"
    r"|`([^`]*)`"
)
_escaped_literal = re.compile(r"""\\(["'])((?:[^"'\\]|\\\\.|\\[^"'])*)\\\1""")
# Read from right to left, on the reversed text before a literal: an anchored match, not a search.
_named = re.compile(
    r"""\s*(?:[\[{]\s*)?[&*@$bBrRuUfFLN]{0,2}            # what opens the value
        (?:\s*\(([\w.&*\[\]]{1,24}(?:\s+wen)?))?\s*       # a call around it
        (>=|=:{1,3}|=\?\?|=[.+?]|=[=!]?=?|\?\?|=?\|\||:|-<|<<|-(?=\s)|\()\s*       # what gives it
        (?:[\w<>\[\]|&?.*]{1,40}\s?:\s*(?=[\w$]))?         # a type
        [\"'`\])}!?*\\\s]{0,8}                            # what closes the name
        ([\w$@.\-]{1,80})""",
    re.VERBOSE,
)
_spaced_name = re.compile(r"\s+[\"'`:]?([\w$@.\-]{1,80})")
_call = re.compile(r"\s*\(\s*(?:>[^<>()]{0,40}<)?\s*[!?]?([\w$.]{1,80})")
_opens = re.compile(r"\s*\\?\s*(?:(?:>=|=:|[=:(,\[{+]|\|\||-?>|-?\|)\s*){1,3}[\"'`\])]{0,3}([\w$.\-]{0,80})")
_element_above = re.compile(r"\s*<([\w:.\-]{2,80})(?:\s[^<>]{0,200})?>\s*$")
_last_word = re.compile(r"\s*([\w.]{1,60})")
_account = re.compile(r"(?i)[\w.+\-]+@[\w.\-]+|\w*(?:user|admin|root|guest|postgres|elastic)\w*")
_name_above = re.compile(
    r"""(?i)[\"']?\b(?:name|key|id|header|field|variable|property|parameter|param|label|arg|var)[\"']?
        \s*(?:=>|[:=])\s*[\"']?([\w.\-\ ]+)""",
    re.VERBOSE,
)
_generic_keys = frozenset(
    """
    value default defaultvalue content text string val data v default_value example initialvalue raw body with
    """.split()
)


def add_literals(
    line: str,
    above: Callable[[], Sequence[str]],
    found: list[Proposal],
    regions: list[tuple[int, int]],
) -> None:
    """Add the literals of `line` to `found`, and those that may hold a key and a value to `regions`."""
    previous = ""
    for match in _literal.finditer(line):
        start, end = match.span(match.lastindex or 1)
        inner = line[start:end]
        if 1 < end - start <= 4096:
            key, syntax = _key_of(line, match.start(), previous, above)
            if is_worth(inner, key, syntax):
                found.append(Proposal(start, end, key, syntax))
            if end - start > 5 and not inner.isidentifier():
                regions.append((start, end))
                if '"' in inner or "'" in inner:
                    found += _nested(inner, start)
        previous = inner


def _nothing() -> Sequence[str]:
    return ()


def _nested(inner: str, offset: int) -> Iterator[Proposal]:
    """Literals inside a literal: JSON in a string, SQL in a string."""
    pattern = _escaped_literal if "\\" in inner else _literal
    previous = ""
    for match in pattern.finditer(inner):
        start, end = match.span(match.lastindex or 1)
        if end > start:
            key, syntax = _key_of(inner, match.start(), previous, _nothing)
            yield Proposal(offset + start, offset + end, key, syntax)
        previous = inner[start:end]


def _key_of(line: str, quote: int, previous: str, above: Callable[[], Sequence[str]]) -> tuple[str, Syntax]:
    """The name that the literal opening at `quote` belongs to, and the construct that ties them."""
    left = line[max(0, quote - 120) : quote]
    stripped = left.rstrip()
    if not stripped or stripped in ("-", "+", ".", "return", "[", "{", "("):
        return key_above(above()), Syntax.LITERAL
    if stripped.endswith(","):
        if len(previous) < 64 and names_secret(previous):
            return previous, Syntax.ARGUMENT
        caller = _caller(stripped, above)
        if names_secret(caller):
            return caller, Syntax.ARGUMENT
        last = _last_word.match(stripped[-2::-1])
        if _account.fullmatch(previous) or (last is not None and _account.fullmatch(last[1][::-1])):
            return "login", Syntax.ARGUMENT
        return naming_before(stripped) or caller, Syntax.ARGUMENT
    backwards = left[::-1]
    match = _named.match(backwards)
    if match is None:
        if names_secret(previous) and stripped.endswith((" to", " TO")):
            return previous, Syntax.ASSIGNMENT
        spaced = _spaced_name.match(backwards)
        name = spaced[1][::-1] if spaced else ""
        if name == "Pass" or (line[quote] == "`" and name in ("pass", "bypass")):  # the verb, in a sentence
            return "", Syntax.LITERAL
        return (name, Syntax.ASSIGNMENT) if name else ("", Syntax.LITERAL)
    name, sign = match[3][::-1], match[2]
    if ((match[1] or "")[::-1] or (name if sign == "(" else "")).endswith(".get"):
        return "", Syntax.ARGUMENT  # a name to look up
    if match[1] and names_secret(wrapper := match[1][::-1]) and not names_secret(name):
        return wrapper, Syntax.ARGUMENT
    if sign == "(":
        if not names_secret(name):
            rest = backwards[match.end() :]
            outer = _named.match(rest)
            if outer is not None and outer[2] != "(":
                return outer[3][::-1], Syntax.ASSIGNMENT
            earlier = naming_before(rest[::-1])
            if earlier:
                return earlier, Syntax.ARGUMENT
        return name, Syntax.ARGUMENT
    if name.lower() in _generic_keys:
        return _named_beside(line, quote, above) or naming_before(left) or name, Syntax.ASSIGNMENT
    return name, Syntax.COMPARISON if sign in ("==", "===", "=!", "==!") else Syntax.ASSIGNMENT


def naming_before(left: str) -> str:
    """The last word that names a secret in `left`, as in `expect(user.password).toBe(`."""
    words = re.findall(r"[\w.]+", left)
    for word in reversed(words[-4:]):
        if names_secret(word):
            return str(word)
    return ""


def _caller(left: str, above: Callable[[], Sequence[str]]) -> str:
    """The function whose later argument begins behind `left`."""
    opened = left.rfind("(")
    closed = left.count(")", opened + 1) if opened >= 0 else 0
    while closed and opened >= 0:  # that many calls are complete, so look further out
        before = left.rfind("(", 0, opened)
        closed += left.count(")", before + 1, opened) - 1
        opened = before
    if opened < 0:
        return "" if ")" in left else key_above(above())
    match = _call.match(left[opened::-1])
    return match[1][::-1] if match else ""


def key_above(above: Sequence[str]) -> str:
    """The name that opened the list, call, block or element in which a line of values stands."""
    if above and (element := _element_above.match(above[-1])):
        return element[1]
    for text in reversed(above[-LOOK_BACK:]):
        tail = text.rstrip()[-120:]
        match = _opens.match(tail[::-1])
        if match is not None and match[1]:
            name = match[1][::-1]
            if name.lower() not in _generic_keys:
                return name
        elif tail and match is None and tail.lstrip()[:1] not in "\"'-+`":
            return ""
    return ""


def _named_beside(line: str, at: int, above: Callable[[], Sequence[str]]) -> str:
    """What `value` stands for: the name or key given beside it or in the lines above."""
    for text in (line[:at], line[at:], *reversed(above()[-2:])):
        match = _name_above.search(text)
        if match is not None:
            return match[1]
    return ""


def generic_name(key: str, above: Callable[[], Sequence[str]]) -> str:
    """`key`, or where it is a mere `value`, what the lines above call it."""
    return (_named_beside("", 0, above) or key) if key.lower() in _generic_keys else key
