"""Values without quotes: in configuration, commands, sentences, URLs, and what its own form tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set

from unleak.detect.keys import names_credential, names_secret
from unleak.detect.literals import generic_name, key_above, naming_before
from unleak.detect.proposal import Proposal
from unleak.finding import Syntax

_bare = re.compile(
    r"""(?<![\w$.\-\[\]])([\w$.\-\[\]]{2,120})\ {0,3}[\"'`*\\]*\s*
        (?:&(?:quot|\#34|\#39|\#x22|\#x27);\ ?)?(?:=>|:{1,3}=|[?.+]=|==|=|:)\s*
        (?:[\"'`](?=[^\"'`]*$)|\\?[\"']|&(?:quot|\#34|\#39|\#x22|\#x27);)?(?!//)
        (?=([^\s\"'`,;&<>|)}\]\\]+(?:(?:\\(?![\"'nrt])|(?<==)\|)[^\s\"'`,;&<>|)}\]\\]+)*))""",
    re.VERBOSE,
)
_bare_line = re.compile(
    r"""^(?:[-#;*>+$|:\s]|export\s|set\s|ENV\s|ARG\s|SET\s|declare\s)*
        [\"']?([\w.\-/\[\]](?:[\w.\-/\ \[\]]{0,100}?[\w\])])?)[\"']?\s*(?:=>|:{1,3}=|[?.+]=|[:=](?!//|[>=]))\s*
        (?:!\w+\s+|&\w+\s+)?
        ([^\s\"'].*?)\s*$""",
    re.VERBOSE,
)
_user = re.compile(r"[\w.@\-]{2,40}:(?=[^\s:/]+$)")
_directive = re.compile(
    r"""^\s*(?:(?:ENV|ARG|setenv|SetEnv|\\?set|php_(?:admin_)?value|env)\s+)?([\w.\-]{3,60})\s+[\"']?([^\s\"';{}]{3,200})[\"']?\s*;?\s*$"""
)
PARAMETER = re.compile(r"&(?:amp;)?[\w.\-\[\]]+=")
"""Where the next parameter of a query begins."""
_command_behind = re.compile(r"\S+\s(?:[^\s\-]\S*\s+){0,4}--?[a-zA-Z]")
_tail = re.compile(r"\s+(?:(?:#|//|;|--|<!--|/\*).*|\\)$")
_flag = re.compile(
    r"""(?:^|[\s\"'`\[,(])(--?[\w-]{2,60})(?:=|\s+|[\"'],\s*)[\"']?(?=([^\s\"'`,\])|;\\-][^\s\"'`,\])|;\\]*))"""
)
_user_flag = re.compile(r"""\s(-u|--user|-U|--auth|-a)(?:=|\s*)(?:\\?[\"'])?([^\s:\"'@/\\]*):([^\s\"'`@\\]+)""")
_short_flag = re.compile(r"""\s(-p|-P|-a|-w|-pw)(?:=|\s*)(?:\\?[\"'])?([^\s\"'`\\:/-][^\s\"'`\\]*)""")
_command = re.compile(
    r"(?i)\b(?:mysql\w*|mariadb\w*|sshpass|redis-cli|sqlcmd|ldap\w+|mongo\w*|docker login|bcp|plink|pscp"
    r"|htpasswd|mosquitto\w*)\b"
)
_url = re.compile(r"""://([^\s/:\"'`<>|]*):([^\s/\"'`<>|]+)@(?=[^\s@]|$)""")
_url_token = re.compile(r"(?:https?|rediss?|git|amqps?)://([^\s/:@\"'`<>|]{8,})@(?=[\w\[])(?!\S*sentry)")
_at_host = re.compile(
    r"""(?<![\w:/.\-])(?!(?:mailto|e?mail|from|to|cc|bcc|author|contact|by|sip|xmpp|acct)\b)([\w.\-]{1,40})
        :([^\s:/\"'`<>(){},;=]{2,80})@(?=(?:tcp|udp|unix)\(|[\w.\-]+[:/]|[\w\-]+\.[\w\-]|\[)""",
    re.VERBOSE | re.IGNORECASE,
)
_header = re.compile(
    r"""(?i)\b(bearer|basic|ntlm|token|apikey|api-key|digest|negotiate)(?:\s+|%20|:\s*)(?:token=)?[\"']?([A-Za-z0-9._~+/\-][A-Za-z0-9._~+/\-!@\#$^*?]{2,}={0,2})"""
)
_jwt = re.compile(r"eyJ[\w\-]{8,}\.[\w\-]{2,}(?:\.[\w\-]*)?(?:\.[\w\-]+){0,2}")
_round = re.compile(r"(?i)\b(?:first|second|third|single|final|last|next|initial|default|this|each)\s$")
_digest = re.compile(r"(?i)(?:sha-?\d{1,3}|md5)[=:]$")
_element = re.compile(r"<([\w:.\-]+)(?:\s[^<>]*)?>\s*([^<>\s][^<>]*?)\s*</")
_attribute = re.compile(r"(?i)\b(?:name|key|id|property|field)=[\"']([^\"'<>]{2,80})[\"']")
_word = re.compile(r"[^\s{}]{12,}")
_run = re.compile(r"[A-Za-z0-9+/_\-]{16,4096}={0,2}")
_hex = re.compile(r"(?<![A-Za-z0-9])[0-9a-fA-F]{32,512}(?![A-Za-z0-9])")
_encoded = re.compile(
    r"(?i)(?<![\w.\-])([\w.\-]{0,40}(?:token|secret|key|pass|pwd|nonce|sign)[\w.\-]{0,40})%3D([\w.~+\-]{4,}?)(?=%26|[&\"'\s]|$)"
)
_array = re.compile(
    r"[\[{(]\s*((?:0x[0-9a-fA-F]{1,2}|-?\d{1,3})(?:\s*,\s*(?:0x[0-9a-fA-F]{1,2}|-?\d{1,3})){7,})\s*,?\s*[\]})]"
)


_sql = re.compile(
    r"""(?i)\b(?:identified\s+(?:by|with\s+['\"]?\w+['\"]?\s+(?:by|as))|password\s*\(?|pwd\s*\()\s*(?:N|E|U&)?
        (?:\\?(?P<quote>['\"])(?P<text>(?:(?!(?P=quote))[^\\\n]|\\\d){1,256}))""",
    re.VERBOSE,
)
_sql_bare = re.compile(r"(?i)\bidentified\s+by\s+(?!values\b|password\b)([^\s'\"`;,)]{3,64})")


def by_form(line: str, fired: Set[str]) -> Iterator[Proposal]:
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
    tokens = [match.span() for match in _jwt.finditer(line)] if "jwt" in fired else []
    for span in tokens:
        yield Proposal(*span, "", Syntax.LITERAL)
    if "run" in fired:
        for pattern in (_run, _hex):
            for match in pattern.finditer(line):
                start, end = match.span()
                if tokens and any(first <= start and end <= last for first, last in tokens):
                    continue
                if not _digest.search(line, max(0, start - 8), start):
                    yield Proposal(start, end, "", Syntax.LITERAL)
    if "name" not in fired:
        return
    if "<" in line:
        for match in _element.finditer(line):
            key = match[1]
            if not names_secret(key):
                named = [
                    name
                    for name in _attribute.findall(line, max(0, match.start(2) - 300), match.start(2))
                    if names_credential(name)
                ]
                key = named[-1] if named else key
            yield Proposal(*match.span(2), key, Syntax.MARKUP)
            if " " in match[2]:
                for word in _word.finditer(line, *match.span(2)):
                    yield Proposal(*word.span(), key, Syntax.MARKUP)
    if "%3D" in line:
        for match in _encoded.finditer(line):
            yield Proposal(*match.span(2), match[1], Syntax.URL)
    if "," in line:
        for match in _array.finditer(line):
            yield Proposal(*match.span(1), naming_before(line[: match.start()]), Syntax.BLOCK)


def between(line: str, start: int, end: int, fired: Set[str]) -> Iterator[Proposal]:
    """Values without quotes between `start` and `end`: in configuration, commands, sentences."""
    if line.find("=", start, end) >= 0 or line.find(":", start, end) >= 0:
        for match in _bare.finditer(line, start, end):
            name, value = match[1], match[2]
            if names_secret(name) and not (
                name == "pass" and _round.search(line, max(0, match.start() - 10), match.start())
            ):
                at, before = match.start(2), line[max(0, match.start() - 2) : match.start()]
                if before == "//":
                    continue  # the user of a URL
                if "#" in value and before[-1:] in ("?", "&"):
                    yield Proposal(at, at + value.index("#"), name, Syntax.URL)
                else:
                    yield Proposal(at, match.end(2), name, Syntax.ASSIGNMENT)
    if line.find("-", start, end) >= 0:
        for match in _flag.finditer(line, start, end):
            if names_secret(match[1]):
                at = match.start(2) + (5 if match[2].startswith("pass:") else 0)
                yield Proposal(at, match.end(2), match[1], Syntax.FLAG)
        if line.find(" -", start, end) >= 0:
            for match in _user_flag.finditer(line, start, end):
                yield Proposal(*match.span(3), "user password", Syntax.FLAG)
            if " -u" in line or _command.search(line):
                for match in _short_flag.finditer(line, start, end):
                    yield Proposal(*match.span(2), "password", Syntax.FLAG)
    if "name" in fired:
        if line.find("'", start, end) >= 0 or line.find('"', start, end) >= 0:
            for match in _sql.finditer(line, start, end):
                yield Proposal(*match.span("text"), "password", Syntax.SQL)
        if "dentified" in line or "DENTIFIED" in line:
            for match in _sql_bare.finditer(line, start, end):
                yield Proposal(*match.span(1), "password", Syntax.SQL)


def whole_line(line: str, above: Callable[[], Sequence[str]]) -> Iterator[Proposal]:
    """`key: value` up to the end of the line, or a list's item that stands alone on it."""
    match = _bare_line.match(line)
    if match is not None:
        value = _tail.sub("", match[2])
        start = match.start(2)
        if line[start - 1] in "=:" and _command_behind.match(value):
            return  # `PASSWORD=... command -f`: the value is the first word
        further = PARAMETER.search(value) if "&" in value else None
        value = value[: further.start()] if further else value.rstrip(",;") or value
        yield Proposal(start, start + len(value), generic_name(match[1], above), Syntax.ASSIGNMENT)
        if ":" in value and match[1].lower().endswith(("auth", "login", "credentials")):
            user = _user.match(value)
            if user is not None:
                yield Proposal(start + user.end(), start + len(value), "login", Syntax.ASSIGNMENT)
        return
    directive = _directive.match(line)
    if directive is not None and names_secret(directive[1]):
        yield Proposal(*directive.span(2), directive[1], Syntax.ASSIGNMENT)
        return
    item = line.strip().lstrip("- ")
    if item and " " not in item:
        start = line.rfind(item)
        key = key_above(above())
        if "://" not in item or names_secret(key):
            yield Proposal(start, start + len(item), key, Syntax.ASSIGNMENT)


def end_of_code(line: str) -> list[Proposal]:
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
