"""What a value tells by itself: its shape, how random it is, whether it stands for something else."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from functools import cache, lru_cache
from importlib import resources

MIN_LENGTH, MAX_LENGTH = 2, 4096

_REFERENCE = re.compile(
    r"""\$\{|\$\(|\$\[\[|\{\{|\}\}|^\$[A-Za-z_][\w.:>\-]*$|[/:@=]\$[A-Za-z_]\w*$|%\(\w+\)|^%[A-Za-z_]\w*%$|^%[sdvqr@]$
      |^\{[\w.:$\-]{0,60}\}$|<%|%>|\#\{|^@[\w.]+@$|^__\w+__$|^\$\w+\[|^!(?:Ref|Sub|GetAtt|vault)|^%%|^\\?\$\\?\{
      |^\$\$\w*$|^@@|^&\w+;?$|^\(\w+\)$|^:\w+$|^%(?:~[a-z]{0,6})?[0-9*]$""",
    re.VERBOSE,
)
# What no one can log in with: password hashes, checksums with their algorithm, ciphertext, public keys.
_HARMLESS = re.compile(
    r"""\$(?:2[abxy]?|1|5|6|y|argon2\w*|scrypt|apr1|P|H)\$[\w./,=$+\-]{20,}|\*[0-9A-F]{40}$|\{S?SHA\d*\}
      |pbkdf2(?:_|:)\w+[$:]|sha(?:1|256|384|512)[-:][\w+/=]{20,}|md5:[0-9a-f]{32}|ENC\(|\$ANSIBLE_VAULT
      |(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+)\s+AAAA|AAAA[BC]3Nza|[ps]k_test_x+|pk_(?:live|test)_""",
    re.VERBOSE,
)
_CODE = re.compile(r"[\w\])]\(|\)\s*$|\)\.|->|::|\[\s*['\"\w]+\s*\]|=>|==|&&|\|\||\{$|;$")
_PLACEHOLDER = re.compile(
    r"""^<[^<>]*>?$|^\[[^\]]*\]$|^\{[\w\s.\-]*\}$|x{5,}|\*{3,}|•{3,}|\.{3,}|…|^[_\-]+$|^-.*-$
      |\b(?:your|insert|enter|replace|put|add|fill|provide|paste|change|use)[\s_\-]?
        (?:own|the|this|an?|real|actual|me|in|it|with|here)?[\s_\-]*
        (?:api|key|token|secret|pass\w*|pwd|cred\w*|auth\w*|value|here|client|access|account|app\w*|aws|github
          |private|string)\b
      |^(?:insert|enter|replace|fill|todo|fixme|tbd|placeholder|redacted|masked|hidden|removed|omitted|censored
          |sanitized|scrubbed)[\s_\-]
      |redacted|placeholder|changeit|(?:^|[\s_\-])removed(?:$|[\s_\-])|filtered|obfuscated
      |omitted|scrubbed|notreal|not-?a-?real|[-_]here$
      |goes[_\-\s]?here|to[_\-]?be[_\-](?:set|filled|replaced)|replace[_\-]?me|replace[_\-]?with|fill[_\-]?me
      |^your[_\-]|[_\-]your[_\-]|^n/?a$|^<|^-$""",
    re.VERBOSE,
)
# Every placeholder but one character repeated holds one of these, which is cheaper to see than the pattern.
_HINTS = """
    < [ { xxxxx *** ••• ... … -- __ your insert enter replace put add fill provide paste change use todo fixme tbd
    placeholder redacted masked hidden removed omitted censored sanitized scrubbed filtered obfuscated real here
    to_be to-be tobe n/a na
""".split()
_REPEATED = re.compile(r"(.)\1{3,}$")
_ODD = re.compile(r"^[\w+/=.\-]+[?][\w+/=.\-?]+$")
_FILLED = re.compile(r"(.{1,7}?)\1{3,}")
_KEYWORDS = frozenset(
    """
    null nil infinity undefined utf-8 utf8 latin1 latin-1 ascii iso-8859-1
    true false yes no on off nan void self this required optional string str int integer number
    bool boolean object list dict map any byte bytes char varchar func function lambda async await return var let
    const import from and or not if else for while
    """.split()
)
_SAMPLES = frozenset(
    """
    changeme change-me change_me changeit changethis letmein password passwd pass secret secrets admin root user test
    tests testing tester guest demo example sample foo bar baz qux foobar hunter2 qwerty abc abc123 abcd1234 123 1234
    12345 123456 1234567 12345678 123456789 1234567890 password1 password123 passw0rd p@ssw0rd postgres mysql mongo
    redis rabbitmq elastic minio minioadmin token key mysecret mypassword supersecret topsecret s3cr3t s3cret pwd pw
    asdf asdfasdf dummy fake invalid wrong incorrect bad good valid xyz
    """.split()
)
_NAMES_SECRET = re.compile(r"pass|pwd|secret|token|cred")
_SAYS_TEST = re.compile(r"test|example|sample|dummy|fake|demo|mock|foo|bar\b")
_TEST_WORD = re.compile(r"(?<![a-z0-9+/])(?:test|example|sample|dummy|fake|demo|mock|foo|bar)(?![a-z0-9+/])")
_SAYS_WRONG = re.compile(r"wrong|invalid|bad|incorrect")
_DIGIT = re.compile(r"\d")
_RUNS = frozenset(
    line[at : at + 6]
    for line in ("0123456789012345", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "fedcba9876543210")
    for at in range(len(line) - 5)
)
_FILE_SUFFIXES = (
    "py|js|ts|go|rb|java|json|ya?ml|toml|ini|cfg|conf|txt|md|pem|key|crt|cer|p12|jks|pub|html?|css|xml|sh|env|sql|log"
    "|png|svg|php|cs|properties|keystore|vue|tsx|jsx"
)
# The first that matches counts; all begin at the value's first character.
_SHAPE = re.compile(
    rf"""(?P<number>[+\-]?\d+(?:\.\d+)?$)
      |(?P<word>(?:[a-z]+|[A-Z][a-z]+|[A-Z]+)$)
      |(?P<camel>[A-Za-z]+$)
      |(?P<snake>[A-Za-z]+(?:[_\-][A-Za-z]+)+$)
      |(?P<constant>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$)
      |(?P<word_digits>[A-Za-z]{{2,}}[_\-]?\d{{1,6}}[!.?@\#$*]?$)
      |(?P<uuid>[0-9a-fA-F]{{8}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{12}}$)
      |(?P<jwt>eyJ[\w\-]+\.(?:eyJ)?[\w\-]+)
      |(?P<hash>\$(?:2[abxy]?|1|5|6|argon2\w*|pbkdf2\S*|scrypt|s\d|P|apr1|y)\$|pbkdf2|sha\d+[-:$]|md5[-:]
         |\{{S?SHA\}}|scrypt:)
      |(?P<hex>(?:0x)?[0-9a-fA-F]{{16,}}$)
      |(?P<email>[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+$)
      |(?P<url>[a-zA-Z][\w+.\-]*:(?://|[\w/])\S*$|www\.|//)
      |(?P<path>[.~]{{0,2}}/[\w./\\@~+\-]*$|[A-Za-z]:\\|[\w\-]+(?:/[\w.\-]+)+$|[\w\-./]+\.(?:{_FILE_SUFFIXES})$)
      |(?P<ip>\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d+)?$|localhost(?::\d+)?$)
      |(?P<date>\d{{4}}-\d\d-\d\d|\d{{1,2}}/\d{{1,2}}/\d{{2,4}})
      |(?P<version>v?\d+\.\d+(?:\.\d+)*(?:[-+]\w+)*$)
      |(?P<public>ssh-(?:rsa|ed25519|dss)|ecdsa-sha2|MII[BCD]|AAAAB3|AAAAC3|pk_(?:live|test)_)
      |(?P<dotted>[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$)
      |(?P<sentence>\S+(?:\s+\S+){{2,}}$)
      |(?P<two_words>\S*\s)
      |(?P<identifier>[A-Za-z_](?:[A-Za-z_.\-]|\d(?!\d\d))*$)
      |(?P<base64>[A-Za-z0-9+/]{{16,}}={{1,2}}$|(?=\w*[+/])(?=\D*\d)[A-Za-z0-9+/]{{20,}}$)
      |(?P<alnum>[A-Za-z0-9]+$)
      |(?P<alnum_>[A-Za-z0-9_\-.]+$)
      |(?P<mixed>[\w!@\#$%^&*()+=?.,:;~/\\|<>\-]+$)""",
    re.VERBOSE,
)
_NOT_RANDOM = frozenset(("number", "sentence", "two_words", "url", "path", "word", "camel"))


_LONGEST = 8


@cache
def _vocabulary() -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
    """The fragments, and by their first two letters how long they are, longest first."""
    text = resources.files("unleak.detect").joinpath("vocabulary.txt").read_text(encoding="ascii")
    words = frozenset(word for word in text.split() if len(word) <= _LONGEST)
    sizes: dict[str, set[int]] = {}
    for word in words:
        sizes.setdefault(word[:2], set()).add(len(word))
    return words, {start: tuple(sorted(of, reverse=True)) for start, of in sizes.items()}


def rarity(value: str) -> float:
    """Characters a token of `value`, cut greedily by a small vocabulary: words 4 and more, random text below 2."""
    words, sizes = _vocabulary()
    text = value.lower()
    at = tokens = 0
    while at < len(text):
        step = 1
        for size in sizes.get(text[at : at + 2], ()):
            if text[at : at + size] in words:
                step = size
                break
        at += step
        tokens += 1
    return len(text) / tokens if tokens else 0.0


def entropy(value: str) -> float:
    """Shannon entropy of the characters of `value`, in bits a character."""
    size = len(value)
    return -sum([n / size * math.log2(n / size) for n in map(value.count, set(value))])


def shape_of(value: str) -> str:
    """What the value as a whole is made of, as one word."""
    match = _SHAPE.match(value)
    return match.lastgroup or "other" if match else "other"


def is_reference(value: str) -> bool:
    """Whether `value` only says where a secret comes from: `${X}`, `{{ x }}`, a look-up."""
    return not value.isalnum() and _REFERENCE.search(value) is not None


def is_placeholder(value: str) -> bool:
    """Whether `value` stands for a secret that a reader has to put in: `<your-key>`, `xxxx`, `***`."""
    lowered = value.lower()
    if _REPEATED.match(lowered) or (len(value) >= 16 and "EXAMPLE" in value):
        return True
    return any([hint in lowered for hint in _HINTS]) and _PLACEHOLDER.search(lowered) is not None


# Versions, with what a dependency says before them, and object identifiers.
_VERSION = re.compile(r"[~^<>=v]{0,2}\d{1,9}(?:\.\d{1,9}){2,}$")


@lru_cache(maxsize=4096)
def could_be_secret(value: str) -> bool:
    """Whether `value` is more than punctuation, a word of a language, a look-up, a placeholder, a hash."""
    return (
        any(map(str.isalnum, value))
        and value.lower() not in _KEYWORDS
        and not _HARMLESS.match(value)
        and not _VERSION.match(value)
        and not is_reference(value)
        and not is_placeholder(value)
    )


def is_no_token(value: str) -> bool:
    """Whether `value` has a mark in its middle that people put into passwords and no provider into a token."""
    return "?" in value and _ODD.search(value) is not None


def is_made_up(value: str) -> bool:
    """Whether `value` says itself that it opens nothing real: a well-known sample, `test`, a counted run."""
    lowered = value.lower()
    says_test = _SAYS_TEST if len(value) <= 40 else _TEST_WORD  # long random text holds short words by chance
    return lowered in _SAMPLES or says_test.search(lowered) is not None or counts_up(lowered)


def is_filler(value: str) -> bool:
    """Whether at least half of `value` is what fingers type to fill a form: `aaaa`, `1234`, `abcdef`, `xyzxyzxyz`."""
    if not 8 <= len(value) <= 200:
        return False
    body = value.lower()
    is_varied = 3 * len(set(body)) > 2 * len(body)
    if (is_varied or not _FILLED.search(body)) and not counts_up(body):
        return False
    covered = sum(len(run[0]) for run in _FILLED.finditer(body))
    at = 0
    while at < len(body) - 3:
        size = 1
        step = ord(body[at + 1]) - ord(body[at])
        if step in (1, -1):
            while at + size < len(body) and ord(body[at + size]) - ord(body[at + size - 1]) == step:
                size += 1
        covered += size if size >= 4 else 0
        at += max(1, size)
    return 2 * covered >= len(body)


def counts_up(lowered: str) -> bool:
    """Whether six characters in a row count up or lie side by side on a keyboard."""
    return any([lowered[at : at + 6] in _RUNS for at in range(min(len(lowered), 120) - 5)])


def _bucket(of: float, limits: tuple[float, ...], names: tuple[str, ...]) -> str:
    return names[bisect_right(limits, of)]


_SIZES = ((4, 6, 8, 12, 16, 24, 32, 48, 100), ("3", "5", "7", "11", "15", "23", "31", "47", "99", "many"))
_RARITIES = ((1.2, 1.5, 2.0, 3.0), ("1.2", "1.5", "2", "3", "more"))
_ENTROPIES = ((2.5, 3.0, 3.5, 4.0, 4.5), ("2.5", "3", "3.5", "4", "4.5", "more"))


@lru_cache(maxsize=4096)
def value_signals(value: str) -> tuple[str, ...]:
    """`value:` and the shape first, `size:` second; then what else the characters tell."""
    shape = shape_of(value)
    lowered = value.lower()
    signals = [f"value:{shape}", "size:" + _bucket(len(value), *_SIZES)]
    if lowered in _SAMPLES:
        signals.append("value is a sample")
    if not value.isalnum() and _CODE.search(value):
        signals.append("value is code")
    if _NAMES_SECRET.search(lowered):
        signals.append("value names a secret")
    if _SAYS_TEST.search(lowered):
        signals.append("value says test")
    if _SAYS_WRONG.search(lowered):
        signals.append("value says wrong")
    if len(value) >= 8 and shape not in _NOT_RANDOM:
        signals.append("rarity:" + _bucket(rarity(value[:64]), *_RARITIES))
        signals.append("entropy:" + _bucket(entropy(value), *_ENTROPIES))
    if _DIGIT.search(value):
        signals.append("value has a digit")
    if counts_up(lowered):
        signals.append("value counts up")
    if is_filler(lowered):
        signals.append("value is filler" if len(value) < 16 else "value is long filler")
    if not value.isascii():
        signals.append("value is not ASCII")
    return tuple(signals)
