"""Literals, and the names that they are given to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from unleak.detect.keys import names_credential, names_secret
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
        (>=|>-(?=\s)|=:{1,3}|=\?\?|=[.+?]|=[=!]?=?|\?\?|=?\|\||:|-<|<<|-(?=\s)|\(|ro(?=[\s)]))\s*  # what gives it
        (?:[\w<>\[\]|&?.*]{1,40}\s?:\s*(?=[\w$]))?         # a type
        (?:\][\dA-Z_+*\s]{0,24}\[\s*(?=[\w$]))?              # the size of an array
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
# What says that a literal is equal to something, as a call (`assertEquals`) and as an operator behind it.
_words = re.compile(r"[\w.]+").findall
_compares = re.compile(r"(?i)equal|same|should|(?:^|\.)(?:eq|is|be|to_?be)$")
_compared = re.compile(r"\s?(?:\.equals\w*\s*\(|[=!]==?(?!=))\s*([^\s,;{}\"'`]{1,80})")
_COMPARING = (" ", ".", "=", "!")
_argument = re.compile(r"\s?,\s*([^,;{}]{1,80})")
_creates_user = re.compile(
    r"(?i)(?:create|add|insert|register|new)_?user|\buser$|^entry$|\.entry$|^pair$|credentials?$"
)
_name_above = re.compile(
    r"""(?i)[\"']?\b(?:name|key|id|header|field|variable|property|parameter|param|label|arg|var)[\"']?
        \s*(?:=>|[:=])\s*[\"']?([\w.\-\ ]+)""",
    re.VERBOSE,
)
_declares_secret = re.compile(r"(?i)\b(?:noecho|sensitive)[\"']?\s*[:=]\s*[\"']?true|SecureString|secure_?string\b")
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
            key, syntax = _key_of(line, match.span(), previous, above)
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
    patterns: tuple[re.Pattern[str], ...] = (_literal,)
    if '\\"' in inner or "\\'" in inner:
        is_mixed = ('"' if "\\'" in inner else "'") in inner
        patterns = (_escaped_literal, _literal) if is_mixed else (_escaped_literal,)
    for pattern in patterns:
        previous = ""
        for match in pattern.finditer(inner):
            start, end = match.span(match.lastindex or 1)
            if start < end <= start + 4096 and "\n" not in inner[start:end]:
                key, syntax = _key_of(inner, match.span(), previous, _nothing)
                yield Proposal(offset + start, offset + end, key, syntax)
            previous = inner[start:end]


def _key_of(line: str, span: tuple[int, int], previous: str, above: Callable[[], Sequence[str]]) -> tuple[str, Syntax]:
    """The name that the literal at `span`, with its quotes, belongs to, and the construct that ties them."""
    quote, stop = span
    if line[stop : stop + 1] in _COMPARING and (compared := _compared.match(line, stop)) is not None:
        name = _credential_in(compared[1])
        if name:
            return name, Syntax.COMPARISON
    left = line[max(0, quote - 120) : quote]
    stripped = left.rstrip()
    if not stripped or stripped in ("-", "+", ".", "return", "[", "{", "("):
        return key_above(above()), Syntax.LITERAL
    if stripped.endswith(","):
        return _key_of_argument(line, stop, stripped, previous, above), Syntax.ARGUMENT
    backwards = left[::-1]
    match = _named.match(backwards)
    if match is None:
        return _key_before(line[quote], stripped, backwards, previous)
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
            if _use_of(name) == "compares" and (later := _argument_after(line, stop)):
                return later, Syntax.COMPARISON
        return name, Syntax.ARGUMENT
    if name.lower() in _generic_keys:
        beside = _named_beside(line, quote, above) or naming_before(left) or _credential_in(key_above(above()))
        return beside or name, Syntax.ASSIGNMENT
    if sign == ":" and "qual" in name and (earlier := naming_before(left)):
        return earlier, Syntax.COMPARISON  # [password isEqualToString:@"..."]
    return name, Syntax.COMPARISON if sign in ("==", "===", "=!", "==!") else Syntax.ASSIGNMENT


def _key_of_argument(line: str, stop: int, stripped: str, previous: str, above: Callable[[], Sequence[str]]) -> str:
    """What names a literal that ends before `stop` and stands behind the comma at the end of `stripped`."""
    if len(previous) < 64 and names_secret(previous):
        return previous
    caller = _caller(stripped, above)
    if names_secret(caller):
        return caller
    last = _last_word.match(stripped[-2::-1])
    if _account.fullmatch(previous) or (last is not None and _account.fullmatch(last[1][::-1])):
        return "login"
    if earlier := naming_before(stripped):
        return earlier
    use = _use_of(caller)
    if use == "compares":
        return _argument_after(line, stop) or caller
    return use or caller


@lru_cache(maxsize=4096)
def _use_of(caller: str) -> str:
    """What a function does with its arguments, as far as its name tells: `compares` them, or takes a `login`."""
    if _compares.search(caller):
        return "compares"
    return "login" if _creates_user.search(caller) else ""


def _key_before(opening: str, stripped: str, backwards: str, previous: str) -> tuple[str, Syntax]:
    """What names a literal that no sign ties to a name: words before it."""
    if names_secret(previous):
        if stripped.endswith((" to", " TO")):
            return previous, Syntax.ASSIGNMENT
        if stripped[-1] in "+.&" and previous.rstrip().endswith(("=", ":")):
            return previous.rstrip(" =:"), Syntax.ASSIGNMENT
    if stripped[-1] == "|" and (earlier := naming_before(stripped)):
        return earlier, Syntax.ASSIGNMENT  # of what there is none else: `.unwrap_or_else(|_| "..."`
    spaced = _spaced_name.match(backwards)
    name = spaced[1][::-1] if spaced else ""
    if name == "Pass" or (opening == "`" and name in ("pass", "bypass")):  # the verb, in a sentence
        return "", Syntax.LITERAL
    if _compares.search(name) and (earlier := naming_before(stripped)):
        return earlier, Syntax.COMPARISON
    return (name, Syntax.ASSIGNMENT) if name else ("", Syntax.LITERAL)


def _credential_in(text: str) -> str:
    """The first word of `text` that names a credential itself."""
    return next((word for word in _words(text) if names_credential(word)), "")


def _argument_after(line: str, stop: int) -> str:
    """What names a credential in the argument behind the literal that ends before `stop`."""
    argument = _argument.match(line, stop)
    return _credential_in(argument[1]) if argument is not None else ""


def naming_before(left: str) -> str:
    """The last word that names a secret in `left`, as in `expect(user.password).toBe(`."""
    words: list[str] = _words(left)
    for word in reversed(words[-4:]):
        if names_secret(word):
            return word
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
        if _declares_secret.search(text):
            return "secret"
    return ""


def generic_name(key: str, above: Callable[[], Sequence[str]]) -> str:
    """`key`, or where it is a mere `value`, what the lines above call it."""
    return (_named_beside("", 0, above) or key) if key.lower() in _generic_keys else key
