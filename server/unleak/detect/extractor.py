"""Proposes candidates by syntax, without knowing a provider: what stands where a secret would stand.

A line is read only when one of `TRIGGERS` matches in it; all of them are matched in one pass over the
whole text (see matcher). What is proposed for a line depends on that line and `LOOK_BACK` lines above.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import NamedTuple

from unleak.detect.keys import NAMING, names_secret
from unleak.finding import Syntax

LOOK_BACK = 6
"""How many lines above a line may name what stands in it."""

# Read as bytes, one byte a code point, within one line: no look-around, nothing that crosses a line break.
TRIGGERS: dict[str, str] = {
    "name": r"(?i)" + NAMING.replace("pass|", r"pass[^\n]|"),  # a lone `pass` is a statement
    "short name": r"(?i)(?:^|[^a-z])(?:pw|pin|sig|sid|sas|psk|pat|sk|kek|dek|mfa|pword|phrase)(?:[^a-z\n]|$)"
    r"|[^a-z]value[\"']?[ \t]{0,4}[:=>][ \t]{0,4}[\"'\w]",
    "header": r"(?i)(?:bearer|basic|ntlm|token|api-?key|digest|negotiate)(?:[ \t]|%20|:|=)",
    "url": r"://[^\s/:@\"'<>]{0,80}:[^\s/\"'<>]{1,200}@",
    "url token": r"://[^\s/:@\"'`<>]{8,200}@[\w\[]",
    "host": r"[\w.\-]{1,40}:[^\s:@/\"'`<>(){}]{1,80}@[\w\[(.\-]",
    "account": r"(?i)(?:admin|root|guest|postgres|elastic|user|username|login)\w{0,20}[\"'`]?[ \t]?[:/,][ \t]?[\"'`]?[\w]",
    "mail": r"[\w.\-]@[\w.\-]{1,60}[\"'][ \t]{0,4},[ \t]{0,4}[\"'`]",
    "jwt": r"eyJ[\w\-]{8}",
    "run": r"[A-Za-z0-9+/_\-]{4,60}[0-9][A-Za-z0-9+/_\-]{8,4000}(?:[^A-Za-z0-9+/_\-\n]|$)",
    "jwk": r"[\"' ,{(](?:d|p|q|dp|dq|qi|k|priv)[\"']?[ \t]?:[ \t]?[\"']",
}
_ALL = frozenset(TRIGGERS)
_OWN_FORM = frozenset(("jwt", "url", "run"))
_FORMS = frozenset(TRIGGERS) - {"short name", "account", "mail", "jwk"}


class Proposal(NamedTuple):
    """A stretch of one line (code points, half-open) and the key that it stands for."""

    start: int
    end: int
    key: str
    syntax: Syntax


_literal = re.compile(
    r'"([^"\\]*(?:\\.[^"\\]*)*)"'
    r"|(?<![A-Za-z0-9])[bBuUrRfFLN]{0,2}'([^'\\]*(?:\\.[^'\\]*)*)'"
    r"|`([^`]*)`"
)
_escaped_literal = re.compile(r"""\\(["'])((?:[^"'\\]|\\\\.|\\[^"'])*)\\\1""")
# Read from right to left, on the reversed text before a literal: an anchored match and no search.
_named = re.compile(
    r"""\s*(?:[\[{]\s*)?[&*@$bBrRuUfFLN]{0,2}            # what opens the value
        (?:\s*\(([\w.&*\[\]]{1,24}(?:\s+wen)?))?\s*       # a call around it
        (>=|=:|=[=!]?=?|=?\?\?|=?\|\||:|-<|<<|\()\s*       # what gives it
        (?:[\w<>\[\]|&?.*]{1,40}\s?:\s*(?=[\w$]))??        # a type
        [\"'`\])}!?*\\\s]{0,8}                            # what closes the name
        ([\w$@.\-]{1,80})""",
    re.VERBOSE,
)
_spaced_name = re.compile(r"\s+[\"'`:]?([\w$@.\-]{1,80})")
_call = re.compile(r"\s*\(\s*(?:>[^<>()]{0,40}<)?\s*[!?]?([\w$.]{1,80})")
_opens = re.compile(r"\s*\\?\s*(?:>=|=:|[=:(,\[{+]|\|\||-?>|-?\|)\s*[\"'`\])]{0,3}([\w$.\-]{0,80})")
_bare = re.compile(
    r"""(?<![\w$.\-\[\]])([\w$.\-\[\]]{2,120})\ {0,3}[\"'`*\\]*\s*(?:=>|:=|==|=|:)\s*(?:[\"'`](?=[^\"'`]*$)|\\?[\"'])?
        (?!//)(?=([^\s\"'`,;&<>|)}\]\\]+(?:\\(?![\"'nrt])[^\s\"'`,;&<>|)}\]\\]+)*))""",
    re.VERBOSE,
)
_bare_line = re.compile(
    r"""^(?:[-#;*>+$|\s]|export\s|set\s|ENV\s|ARG\s|SET\s|declare\s)*
        [\"']?([\w.\-/\[\]](?:[\w.\-/\ \[\]]{0,100}?[\w\])])?)[\"']?\s*(?:=>|[:=])\s*
        (?:!\w+\s+|&\w+\s+)?
        ([^\s\"'].*?)\s*$""",
    re.VERBOSE,
)
_comment_tail = re.compile(r"\s+(?:#|//|;|--|<!--|/\*).*$")
_flag = re.compile(
    r"""(?:^|[\s\"'`\[,(])(--?[\w-]{2,60})(?:=|\s+|[\"'],\s*)[\"']?(?=([^\s\"'`,\])|;\\-][^\s\"'`,\])|;\\]*))"""
)
_user_flag = re.compile(
    r"""\s(-u|--user|-U|--auth|-a)(?:=|\s*)(?:\\?[\"'])?([^\s:\"'@/\\]*):([^\s\"'`@\\]+)"""
)
_short_flag = re.compile(r"""\s(-p|-P|-a|-w|-pw)(?:=|\s*)(?:\\?[\"'])?([^\s\"'`\\:/-][^\s\"'`\\]*)""")
_command = re.compile(
    r"(?i)\b(?:mysql\w*|mariadb\w*|sshpass|redis-cli|sqlcmd|ldap\w+|mongo\w*|docker login|bcp|plink|pscp|htpasswd|mosquitto\w*)\b"
)
_url = re.compile(r"""://([^\s/:@\"'`<>|]*):([^\s/\"'`<>|]+)@(?=[^\s@]|$)""")
_url_token = re.compile(r"(?:https?|rediss?|git|amqps?)://([^\s/:@\"'`<>|]{8,})@(?=[\w\[])")
_at_host = re.compile(r"""(?<![\w:/.\-])([\w.\-]{1,40}):([^\s:@/\"'`<>(){},;=]{2,80})@(?=[\w\[(.\-])""")
_pair = re.compile(r"""(?<![\w/.:\-])(\w{2,40})\s?[:/]\s?([^\s\"'`,;()/:|<>]{3,64})""")
_account_name = re.compile(r"(?i)admin|root|guest|postgres|elastic|user|login")
_header = re.compile(
    r"""(?i)\b(bearer|basic|ntlm|token|apikey|api-key|digest|negotiate)(?:\s+|%20|:\s*)(?:token=)?[\"']?([A-Za-z0-9._~+/\-]{6,}={0,2})"""
)
_jwt = re.compile(r"eyJ[\w\-]{8,}\.[\w\-]{2,}(?:\.[\w\-]*)?(?:\.[\w\-]+){0,2}")
_element = re.compile(r"<([\w:.\-]+)(?:\s[^<>]*)?>\s*([^<>\s][^<>]*?)\s*</")
_last_word = re.compile(r"\s*([\w.]{1,60})")
_account = re.compile(r"(?i)[\w.+\-]+@[\w.\-]+|\w*(?:user|admin|root|guest|postgres|elastic)\w*")
_run = re.compile(r"[A-Za-z0-9+/_\-]{16,4096}={0,2}")
_hex = re.compile(r"(?<![A-Za-z0-9])[0-9a-fA-F]{32,512}(?![A-Za-z0-9])")
_encoded = re.compile(
    r"(?i)([\w.\-]*(?:token|secret|key|pass|pwd|nonce|sign)[\w.\-]*)%3D([\w.~+\-]{4,}?)(?=%26|[&\"'\s]|$)"
)
_array = re.compile(
    r"[\[{(]\s*((?:0x[0-9a-fA-F]{1,2}|-?\d{1,3})(?:\s*,\s*(?:0x[0-9a-fA-F]{1,2}|-?\d{1,3})){7,})\s*,?\s*[\]})]"
)
_sentence = re.compile(
    r"""(?i)(?:password|passwd|passphrase|passcode|pwd|secret|token|api key|pin|passwort|mot de passe|contrase\w+|密码|口令|パスワード|пароль)
        (?:\s+for\s+[\w.\-]+)?(?:\s+(?:is|was|to|of|as|are)\b\s*:?|\s*[:=：是为]|\s*\|)\s*[*_]{0,2}[\"'`“‘*_]*([^\s\"'`”’*|,;)]+)""",
    re.VERBOSE,
)
_sql = re.compile(
    r"""(?i)\b(identified\s+(?:by|with\s+\w+\s+(?:by|as))|password\s*\(?|pwd\s*\()\s*(?:N?\\?['\"])([^'\"\\]+)"""
)
_cell = re.compile(r"(?<=\|)\s*([^|\s]+)\s*(?=\|)")
_name_above = re.compile(
    r"""(?i)[\"']?\b(?:name|key|id|header|field|variable|property|parameter|param|label|arg|var)[\"']?\s*(?:=>|[:=])\s*[\"']?([\w.\- ]+)"""
)
_opens = re.compile(r"""([\w$.\-]*)[\"'`\])]*\s*(?:=>|:=|[=:(,\[{+]|\|\||>-?|\|-?)\s*\\?$""")
_generic_keys = frozenset(
    "value default defaultvalue content text string val data v default_value example initialvalue raw body with".split()
)


def propose(
    line: str, above: Callable[[], Sequence[str]], code: bool, fired: Set[str] = _ALL
) -> list[Proposal]:
    """What may be a secret in `line` (without its break), each stretch once, in order.

    `above` gives the lines before it, nearest last; `fired` the names of the triggers that match in it.
    In `code` only literals, and what stands in them and in comments, count.
    """
    found: list[Proposal] = []
    regions = [] if code else [(0, len(line))]
    if '"' in line or "'" in line or "`" in line:
        _literals(line, above, found, regions if code else [])
    elif code and "//" not in line and "#" not in line and "*" not in line and "--" not in line:
        if "name" in fired:
            found += _raw_value(line)
        fired &= _OWN_FORM
    if code:
        _comments(line, regions)
    if fired & _FORMS:
        found += _shaped(line, fired)
    for start, end in regions:
        found += _bare_values(line, start, end, code, fired)
    if not code:
        found += _whole_line(line, above)
    return _best(line, found) if found else found


def _best(line: str, found: Iterable[Proposal]) -> list[Proposal]:
    """Each stretch once, without blanks at its ends, in order, if anything about it hints at a secret."""
    best: dict[tuple[int, int], Proposal] = {}
    for proposal in found:
        start, end, key, syntax = proposal
        if start == end:
            continue
        if line[start] in " \t" or line[end - 1] in " \t":
            text = line[start:end]
            start += len(text) - len(text.lstrip(" \t"))
            end = max(start, end - len(text) + len(text.rstrip(" \t")))
            proposal = Proposal(start, end, key, syntax)
        known = best.get((start, end))
        if known is None or (_is_named(key, syntax) and not _is_named(known.key, known.syntax)):
            best[start, end] = proposal
    return sorted([p for p in best.values() if is_worth(line[p.start : p.end], p.key, p.syntax)])


_WORTHY = frozenset((Syntax.URL, Syntax.HEADER, Syntax.FLAG, Syntax.SQL, Syntax.PROSE, Syntax.BLOCK))
_says_secret = re.compile(r"pass|pwd|secret|token|cred|p[a4@][s5\$]{2}w")
_scrambled = re.compile(r"(?=[^a-zA-Z]*[a-zA-Z][^a-zA-Z]*[a-zA-Z])(?=\D*\d)[A-Za-z0-9+/=_.\-]{12,}$")


def _is_named(key: str, syntax: Syntax) -> bool:
    return syntax in _WORTHY or (key != "" and names_secret(key))


def is_worth(value: str, key: str, syntax: Syntax) -> bool:
    """Whether something hints at a secret: the key, the syntax, or the characters of the value."""
    if len(value) < 2:
        return False
    return (
        _is_named(key, syntax)
        or _scrambled.match(value) is not None
        or (" " not in value and _says_secret.search(value.lower()) is not None)
    )


def _literals(
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
        return _key_above(above()), Syntax.LITERAL
    if stripped.endswith(","):
        if len(previous) < 64 and names_secret(previous):
            return previous, Syntax.ARGUMENT
        caller = _caller(stripped, above)
        if names_secret(caller):
            return caller, Syntax.ARGUMENT
        last = _last_word.match(stripped[-2::-1])
        if _account.fullmatch(previous) or (last is not None and _account.fullmatch(last[1][::-1])):
            return "login", Syntax.ARGUMENT
        return _naming_before(stripped) or caller, Syntax.ARGUMENT
    backwards = left[::-1]
    match = _named.match(backwards)
    if match is None:
        if names_secret(previous) and stripped.endswith(" to"):
            return previous, Syntax.ASSIGNMENT
        spaced = _spaced_name.match(backwards)
        return (spaced[1][::-1], Syntax.ASSIGNMENT) if spaced else ("", Syntax.LITERAL)
    name, sign = match[3][::-1], match[2]
    if sign == "(":
        if not names_secret(name):
            rest = backwards[match.end() :]
            outer = _named.match(rest)
            if outer is not None and outer[2] != "(":
                return outer[3][::-1], Syntax.ASSIGNMENT
            earlier = _naming_before(rest[::-1])
            if earlier:
                return earlier, Syntax.ARGUMENT
        return name, Syntax.ARGUMENT
    if name.lower() in _generic_keys:
        return _named_beside(line, quote, above) or _naming_before(left) or name, Syntax.ASSIGNMENT
    return name, Syntax.COMPARISON if sign in ("==", "===", "=!", "==!") else Syntax.ASSIGNMENT


def _naming_before(left: str) -> str:
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
        return "" if ")" in left else _key_above(above())
    match = _call.match(left[opened::-1])
    return match[1][::-1] if match else ""


def _key_above(above: Sequence[str]) -> str:
    """The name that opened the list, call or block in which a line of values stands."""
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


def _shaped(line: str, fired: Set[str]) -> Iterator[Proposal]:
    """What its own form tells, wherever it stands."""
    if "url" in fired:
        for match in _url.finditer(line):
            yield Proposal(*match.span(2), "url password", Syntax.URL)
    if "url token" in fired:
        for match in _url_token.finditer(line):
            yield Proposal(*match.span(1), "url token", Syntax.URL)
    if "host" in fired:
        for match in _at_host.finditer(line):
            yield Proposal(*match.span(2), "url password", Syntax.URL)
    if "header" in fired:
        for match in _header.finditer(line):
            yield Proposal(*match.span(2), match[1], Syntax.HEADER)
    if "jwt" in fired:
        for match in _jwt.finditer(line):
            yield Proposal(*match.span(), "", Syntax.LITERAL)
    if "run" in fired:
        for pattern in (_run, _hex):
            for match in pattern.finditer(line):
                yield Proposal(*match.span(), "", Syntax.LITERAL)
    if "name" not in fired:
        return
    if "<" in line:
        for match in _element.finditer(line):
            yield Proposal(*match.span(2), match[1], Syntax.MARKUP)
    if "%3D" in line:
        for match in _encoded.finditer(line):
            yield Proposal(*match.span(2), match[1], Syntax.URL)
    if "," in line:
        for match in _array.finditer(line):
            yield Proposal(*match.span(1), _naming_before(line[: match.start()]), Syntax.BLOCK)


def _comments(line: str, regions: list[tuple[int, int]]) -> None:
    """Add the comment of a line of code to `regions`; where all of it is one, it is the only region."""
    head = line.lstrip()
    if head.startswith(("#", "//", "*", "/*", "--", ";", "<!--", "%")):
        regions[:] = [(len(line) - len(head), len(line))]
        return
    for mark in (" //", " #"):
        at = line.rfind(mark)
        if at > 0 and not any([start <= at < end for start, end in regions]):
            regions.append((at, len(line)))


def _bare_values(line: str, start: int, end: int, code: bool, fired: Set[str]) -> Iterator[Proposal]:
    """Values without quotes between `start` and `end`: in configuration, commands, sentences."""
    if line.find("=", start, end) >= 0 or line.find(":", start, end) >= 0:
        for match in _bare.finditer(line, start, end):
            name, value = match[1], match[2]
            if names_secret(name):
                at = match.start(2)
                yield Proposal(at, match.end(2), name, Syntax.ASSIGNMENT)
                if "#" in value and match.start() and line[match.start() - 1] in "?&":
                    yield Proposal(at, at + value.index("#"), name, Syntax.URL)
    if line.find("-", start, end) >= 0:
        for match in _flag.finditer(line, start, end):
            if names_secret(match[1]):
                yield Proposal(*match.span(2), match[1], Syntax.FLAG)
        if line.find(" -", start, end) >= 0:
            for match in _user_flag.finditer(line, start, end):
                yield Proposal(*match.span(3), "user password", Syntax.FLAG)
            if " -u" in line or _command.search(line):
                for match in _short_flag.finditer(line, start, end):
                    yield Proposal(*match.span(2), "password", Syntax.FLAG)
    if "account" in fired:
        for match in _pair.finditer(line, start, end):
            if _account_name.search(match[1]):
                yield Proposal(*match.span(2), match[1] + " password", Syntax.PROSE)
    if "name" in fired:
        for match in _sql.finditer(line, start, end):
            yield Proposal(*match.span(2), "password", Syntax.SQL)
        for match in _sentence.finditer(line, start, end):
            yield Proposal(*match.span(1), "password", Syntax.PROSE)
        if not code and line.count("|") > 1:
            for match in _cell.finditer(line):
                yield Proposal(*match.span(1), "cell", Syntax.PROSE)


def _whole_line(line: str, above: Callable[[], Sequence[str]]) -> Iterator[Proposal]:
    """`key: value` up to the end of the line, or a list's item that stands alone on it."""
    match = _bare_line.match(line)
    if match is not None:
        key = match[1]
        if key.lower() in _generic_keys:
            key = _named_beside("", 0, above) or key
        value = _comment_tail.sub("", match[2])
        start = match.start(2)
        yield Proposal(start, start + len(value), key, Syntax.ASSIGNMENT)
        trimmed = value.rstrip(",;")
        if trimmed and trimmed != value:
            yield Proposal(start, start + len(trimmed), key, Syntax.ASSIGNMENT)
        return
    item = line.strip().lstrip("- ")
    if item and " " not in item:
        start = line.rfind(item)
        yield Proposal(start, start + len(item), _key_above(above()), Syntax.ASSIGNMENT)


def _raw_value(line: str) -> list[Proposal]:
    """`key: value` or `key=value` at the end of a line of code: a literal of many lines holds configuration."""
    text = line.rstrip("]} \t")
    if not text or text[-1] in ",;({[>)":
        return []
    start = max(text.rfind(" "), text.rfind("\t")) + 1
    before = text[:start].rstrip()
    if before.endswith(":"):
        words = before[:-1].replace("{", " ").split()
        key = words[-1] if words else ""
    else:
        equals = max(text.find("=", start), text.find(":", start))
        if equals <= start:
            return []
        key, start = text[start:equals], equals + 1
    if len(text) - start < 3 or not names_secret(key) or not text[start:].isascii():
        return []
    return [Proposal(start, len(text), key, Syntax.ASSIGNMENT)]
