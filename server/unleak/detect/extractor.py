"""Proposes candidates by syntax, without knowing a provider: what stands where a secret would stand.

A line is read only when one of `TRIGGERS` matches in it; all of them are matched in one pass over the
whole text (see matcher). What is proposed for a line depends on that line and `LOOK_BACK` lines above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unleak.finding import Syntax

LOOK_BACK = 6
"""How many lines above a line may name what stands in it."""

NAMING = (
    r"pass|pwd|psw|secret|token|cred|auth|login|bearer|jwt|otp|seed|private|salt|nonce|cookie|identified"
    r"|encrypt|cipher|hmac|session|sign|key|verif|cert|webhook|api.?id|dsn|basic |curl |mysql|redis|sqlplus|blow_?fish|aes_|_aes|-aes"
)
"""Fragments of words that name secrets, in identifiers, sentences and commands."""

# Read as bytes, one byte a code point, within one line: no look-around, nothing that crosses a line break.
TRIGGERS: tuple[str, ...] = (
    r"(?i)" + NAMING.replace("pass|", r"pass[^\n]|"),  # a lone `pass` is a statement
    r"(?i)(?:^|[^a-z])(?:pw|pin|sig|sid|sas|psk|pat|sk|kek|dek|mfa|pword|psk|code|phrase|value)(?:[^a-z\n]|$)",
    r"://[^\s/:@\"'<>]{0,80}:[^\s/\"'<>]{1,200}@",
    r"[\w.\-]{1,40}:[^\s:@/\"'`<>(){}]{1,80}@[\w\[(.\-]",
    r"(?i)(?:admin|root|guest|postgres|elastic|user|username)[\"'`]?[ \t]?[:/,][ \t]?[\"'`]?[\w]",
    r"[\w.\-]@[\w.\-]{1,60}[\"'][ \t]{0,4},[ \t]{0,4}[\"'`]",
    r"(?i)(?:password|пароль|密码|口令|パスワード|passwort|contrase|mot de passe)",
    r"eyJ[\w\-]{8}",
    r"[A-Za-z0-9+/_\-]{4,60}[0-9][A-Za-z0-9+/_\-]{8,4000}(?:[^A-Za-z0-9+/_\-\n]|$)",
    r"[\"' ,{(](?:d|p|q|dp|dq|qi|k|priv)[\"']?[ \t]?:[ \t]?[\"']",
)

# fmt: off
CODE_SUFFIXES = frozenset((
    ".py .pyi .pyx .js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .svelte .java .kt .kts .scala .groovy .go .rs .cs .fs .vb .c .h "
    ".cc .cpp .cxx .hpp .hh .m .mm .php .rb .erb .swift .dart .lua .pl .pm .r .jl .ex .exs .erl .hs .clj .cljs "
    ".ml .nim .zig .sol .ino .gradle .proto .graphql .css .scss .d"
).split())
"""Files in which a bare word is a name, and only a literal is a value."""
# fmt: on


class Proposal(NamedTuple):
    """A stretch of one line (code points, half-open) and the key that it stands for."""

    start: int
    end: int
    key: str
    syntax: Syntax


_naming = re.compile(rf"(?i)(?:{NAMING})|(?<![A-Za-z])(?:pw|pin|sig|sid|psk|pat|sk|mfa)(?![A-Za-z])")
_literal = re.compile(
    r'"((?:[^"\\]|\\.)*)"'
    r"|(?<![A-Za-z0-9])[bBuUrRfFLN]{0,2}'((?:[^'\\]|\\.)*)'"
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
_flag = re.compile(r"""(?:^|[\s\"'`\[,(])(--?[\w-]{2,60})(?:=|\s+|[\"'],\s*)[\"']?([^\s\"'`,\])|;\\]+)""")
_user_flag = re.compile(r"""\s(-u|--user|-U|--auth|-a)(?:=|\s*)(?:\\?[\"'])?([^\s:\"'@/\\]*):([^\s\"'`@\\]+)""")
_short_flag = re.compile(r"""\s(-p|-P|-a|-w|-pw)(?:=|\s*)(?:\\?[\"'])?([^\s\"'`\\:/-][^\s\"'`\\]*)""")
_command = re.compile(r"(?i)\b(?:mysql\w*|mariadb\w*|sshpass|redis-cli|sqlcmd|ldap\w+|mongo\w*|docker login|bcp|plink|pscp|htpasswd|mosquitto\w*)\b")
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
_account = re.compile(r"(?i)[\w.+\-]+@[\w.\-]+|\w*(?:user|admin|root)\w*")
_word = re.compile(r"[\w$!@#%^*+~/=\-]{3,}$")
_run = re.compile(r"[A-Za-z0-9+/_\-]{16,4096}={0,2}")
_hex = re.compile(r"(?<![A-Za-z0-9])[0-9a-fA-F]{32,512}(?![A-Za-z0-9])")
_encoded = re.compile(r"(?i)([\w.\-]*(?:token|secret|key|pass|pwd|nonce|sign)[\w.\-]*)%3D([\w.~+\-]{4,}?)(?=%26|[&\"'\s]|$)")
_array = re.compile(r"[\[{(]\s*((?:0x[0-9a-fA-F]{1,2}|-?\d{1,3})(?:\s*,\s*(?:0x[0-9a-fA-F]{1,2}|-?\d{1,3})){7,})\s*,?\s*[\]})]")
_sentence = re.compile(
    r"""(?i)(?:password|passwd|passphrase|passcode|pwd|secret|token|api key|pin|passwort|mot de passe|contrase\w+|密码|口令|パスワード|пароль)
        (?:\s+for\s+[\w.\-]+)?(?:\s+(?:is|was|to|of|as|are)\b\s*:?|\s*[:=：是为]|\s*\|)\s*[*_]{0,2}[\"'`“‘*_]*([^\s\"'`”’*|,;)]+)""",
    re.VERBOSE,
)
_sql = re.compile(r"""(?i)\b(identified\s+(?:by|with\s+\w+\s+(?:by|as))|password\s*\(?|pwd\s*\()\s*(?:N?\\?['\"])([^'\"\\]+)""")
_cell = re.compile(r"(?<=\|)\s*([^|\s]+)\s*(?=\|)")
_name_above = re.compile(r"""(?i)[\"']?\b(?:name|key|id|header|field|variable|property|parameter|param|label|arg|var)[\"']?\s*(?:=>|[:=])\s*[\"']?([\w.\- ]+)""")
_opens = re.compile(r"""([\w$.\-]*)[\"'`\])]*\s*(?:=>|:=|[=:(,\[{+]|\|\||>-?|\|-?)\s*\\?$""")
_generic_keys = frozenset("value default defaultvalue content text string val data v default_value example initialvalue raw body".split())


def is_code(path: str) -> bool:
    """Whether bare words in this file are names and only literals are values."""
    dot = path.rfind(".")
    return dot >= 0 and path[dot:].lower() in CODE_SUFFIXES


def names_secret(name: str) -> bool:
    return _naming.search(name) is not None


def propose(line: str, above: Sequence[str], code: bool) -> list[Proposal]:
    """What may be a secret in `line` (without its break), each stretch once, in order.

    `above` are the lines before it, nearest last. In `code` only literals, and bare words in them, count.
    """
    found: dict[tuple[int, int], Proposal] = {}

    def add(start: int, end: int, key: str, syntax: Syntax) -> None:
        while start < end and line[start] in " \t":
            start += 1
        while end > start and line[end - 1] in " \t":
            end -= 1
        if end > start:
            known = found.get((start, end))
            if known is None or (not known.key and key):
                found[start, end] = Proposal(start, end, key, syntax)

    inside: list[tuple[int, int]] = []
    if '"' in line or "'" in line or "`" in line:
        for start, end, key, syntax in _literals(line, above):
            inside.append((start, end))
            add(start, end, key, syntax)
    for start, end, key, syntax in _bare_values(line, above, code, inside):
        add(start, end, key, syntax)
    return sorted(found.values())


def _literals(line: str, above: Sequence[str]) -> Iterator[Proposal]:
    previous = ""
    for match in _literal.finditer(line):
        group = match.lastindex or 1
        start, end = match.span(group)
        if end - start > 4096:
            continue
        inner = line[start:end]
        if inner:
            key, syntax = _key_of(line, match.start(), previous, above)
            yield Proposal(start, end, key, syntax)
            if len(inner) > 4 and ('"' in inner or "'" in inner):
                yield from _nested(inner, start)
        previous = inner


def _nested(inner: str, offset: int) -> Iterator[Proposal]:
    """Literals inside a literal: JSON in a string, SQL in a string."""
    pattern = _escaped_literal if "\\" in inner else _literal
    previous = ""
    for match in pattern.finditer(inner):
        start, end = match.span(match.lastindex or 1)
        if end > start:
            key, syntax = _key_of(inner, match.start(), previous, ())
            yield Proposal(offset + start, offset + end, key, syntax)
        previous = inner[start:end]


def _key_of(line: str, quote: int, previous: str, above: Sequence[str]) -> tuple[str, Syntax]:
    """The name that the literal opening at `quote` belongs to, and the construct that ties them."""
    left = line[max(0, quote - 120) : quote]
    stripped = left.rstrip()
    if not stripped or stripped in ("-", "+", ".", "return", "[", "{", "("):
        return _key_above(above), Syntax.LITERAL
    if stripped.endswith(","):
        if len(previous) < 64 and names_secret(previous):
            return previous, Syntax.ARGUMENT
        if _account.fullmatch(previous):
            return "login", Syntax.ARGUMENT
        return _caller(stripped, above), Syntax.ARGUMENT
    backwards = left[::-1]
    match = _named.match(backwards)
    if match is None:
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
        return _named_beside(line, quote, above) or name, Syntax.ASSIGNMENT
    return name, Syntax.COMPARISON if sign in ("==", "===", "=!", "==!") else Syntax.ASSIGNMENT


def _naming_before(left: str) -> str:
    """The last word that names a secret in `left`, as in `expect(user.password).toBe(`."""
    words = re.findall(r"[\w.]+", left)
    for word in reversed(words[-4:]):
        if names_secret(word):
            return str(word)
    return ""


def _caller(left: str, above: Sequence[str]) -> str:
    """The function whose later argument begins behind `left`."""
    depth = 0
    for at in range(len(left) - 1, -1, -1):
        if left[at] == ")":
            depth += 1
        elif left[at] == "(":
            if depth == 0:
                match = _call.match(left[at::-1])
                return match[1][::-1] if match else ""
            depth -= 1
    return "" if depth else _key_above(above)


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


def _named_beside(line: str, at: int, above: Sequence[str]) -> str:
    """What `value` stands for: the name or key given beside it or in the lines above."""
    for text in (line[:at], line[at:], *reversed(above[-2:])):
        match = _name_above.search(text)
        if match is not None:
            return match[1]
    return ""


def _bare_values(
    line: str, above: Sequence[str], code: bool, inside: list[tuple[int, int]]
) -> Iterator[Proposal]:
    def is_text(at: int) -> bool:
        return not code or any(start <= at < end for start, end in inside) or _is_comment(line, at)

    if "://" in line:
        for match in _url.finditer(line):
            yield Proposal(*match.span(2), "url password", Syntax.URL)
        for match in _url_token.finditer(line):
            yield Proposal(*match.span(1), "url token", Syntax.URL)
    if "@" in line:
        for match in _at_host.finditer(line):
            yield Proposal(*match.span(2), "url password", Syntax.URL)
    for match in _header.finditer(line):
        yield Proposal(*match.span(2), match[1], Syntax.HEADER)
    if "eyJ" in line:
        for match in _jwt.finditer(line):
            yield Proposal(*match.span(), "", Syntax.LITERAL)
    for match in _bare.finditer(line):
        name, value = match[1], match[2]
        if not names_secret(name):
            continue
        start, end = match.span(2)
        if is_text(start):
            yield Proposal(start, end, name, Syntax.ASSIGNMENT)
            if "#" in value and match.start() and line[match.start() - 1] in "?&":
                yield Proposal(start, start + value.index("#"), name, Syntax.URL)
        elif _word.match(value):
            yield Proposal(start, end, name, Syntax.WORD)
    if not code:
        match = _bare_line.match(line)
        if match is not None:
            key = match[1]
            if key.lower() in _generic_keys:
                key = _named_beside("", 0, above) or key
            value = _comment_tail.sub("", match[2])
            start = match.start(2)
            yield Proposal(start, start + len(value), key, Syntax.ASSIGNMENT)
            trimmed = value.rstrip(",;")
            if trimmed != value:
                yield Proposal(start, start + len(trimmed), key, Syntax.ASSIGNMENT)
        elif (item := line.strip()) and " " not in item.lstrip("- "):
            bare = item.lstrip("- ")
            start = line.rfind(bare)
            yield Proposal(start, start + len(bare), _key_above(above), Syntax.ASSIGNMENT)
    if "<" in line:
        for match in _element.finditer(line):
            yield Proposal(*match.span(2), match[1], Syntax.MARKUP)
    if "-" in line:
        for match in _flag.finditer(line):
            if names_secret(match[1]):
                yield Proposal(*match.span(2), match[1], Syntax.FLAG)
        for match in _user_flag.finditer(line):
            yield Proposal(*match.span(3), "user password", Syntax.FLAG)
        if " -u" in line or _command.search(line):
            for match in _short_flag.finditer(line):
                yield Proposal(*match.span(2), "password", Syntax.FLAG)
    if "'" in line or '"' in line:
        for match in _sql.finditer(line):
            yield Proposal(*match.span(2), "password", Syntax.SQL)
    if not code or inside or _is_comment(line, len(line)):
        for match in _pair.finditer(line):
            if is_text(match.start(2)) and _account_name.search(match[1]):
                yield Proposal(*match.span(2), match[1] + " password", Syntax.PROSE)
        for match in _sentence.finditer(line):
            if is_text(match.start(1)):
                yield Proposal(*match.span(1), "password", Syntax.PROSE)
        if not code and line.count("|") > 1 and names_secret(line):
            for match in _cell.finditer(line):
                yield Proposal(*match.span(1), "cell", Syntax.PROSE)
    for match in _run.finditer(line):
        yield Proposal(*match.span(), "", Syntax.LITERAL)
    for match in _hex.finditer(line):
        yield Proposal(*match.span(), "", Syntax.LITERAL)
    if "%3D" in line:
        for match in _encoded.finditer(line):
            yield Proposal(*match.span(2), match[1], Syntax.URL)
    for match in _array.finditer(line):
        named = _naming_before(line[: match.start()])
        yield Proposal(*match.span(1), named, Syntax.BLOCK)


def _is_comment(line: str, at: int) -> bool:
    head = line[:at].lstrip()
    return head.startswith(("#", "//", "*", "/*", "--", ";", "<!--", "%", "'")) or " //" in head or " #" in head
