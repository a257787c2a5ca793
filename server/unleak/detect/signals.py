"""Cheap facts about a candidate: what its value, its key, its line and its file look like.

A signal is a short name such as `value:word` or `key:password`; `decision` weighs them. They are facts of
one line and a path, so that a keystroke never changes the signals of another line.
"""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from importlib import resources
from pathlib import PurePosixPath

from unleak.finding import Role, Syntax

MIN_LENGTH, MAX_LENGTH = 2, 4096

# --- the file -------------------------------------------------------------------------------------------

_TEST = re.compile(
    r"(?i)(?:^|[/._\-])(?:tests?|testing|testdata|testutils?|specs?|__tests__|fixtures?|mocks?|stubs?|e2e|"
    r"integration|conftest|benchmarks?|bench|fakes?|cassettes|acceptance|it|qa|ci|jest|cypress|tap)(?:[/._\-]|$)|"
    r"(?:Tests?|Spec|IT|TestCase|Mock|Fixture)s?\.\w+$"
)
_SAMPLE = re.compile(r"(?i)(?:^|[/._\-])(?:examples?|samples?|demos?|tutorials?|templates?|dist|sandbox|playground|quickstart|starter|dummy|default)(?:[/._\-]|$)")
_DOCS = re.compile(r"(?i)(?:^|/)(?:docs?|documentation|manual|guides?|wiki|book|site|www|blog)/|\.(?:md|mdx|rst|adoc|asciidoc|txt|html?|pod|man|\d|tex|org)$|(?:^|/)(?:readme|changelog|contributing|license|notice)[^/]*$")
_VENDORED = re.compile(r"(?i)(?:^|/)(?:vendor|vendored|third[_-]?party|node_modules|bower_components|site-packages|dist-packages|external|deps)/|\.min\.\w+$")
_LOCK = re.compile(r"(?i)(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|uv\.lock|pdm\.lock|pipfile\.lock|cargo\.lock|gemfile\.lock|composer\.lock|go\.sum|flake\.lock|podfile\.lock|mix\.lock|pubspec\.lock|packages\.lock\.json|[^/]*\.lock|requirements[^/]*\.lock)$")
_TRANSLATION = re.compile(r"(?i)(?:^|/)(?:locales?|i18n|l10n|lang|langs|languages?|translations?|lc_messages|intl)/|(?:messages|strings|labels)[_\-.][a-z]{2}(?:[_-][a-z]{2})?\.\w+$|\.(?:po|pot|arb|xlf|xliff)$|(?:^|/)strings\.xml$")


@lru_cache(maxsize=1024)
def role_of(path: str) -> Role:
    """What the file at `path` (any separators) is for, by its name alone."""
    path = path.replace("\\", "/")
    for role, pattern in (
        (Role.LOCK, _LOCK),
        (Role.TRANSLATION, _TRANSLATION),
        (Role.VENDORED, _VENDORED),
        (Role.TEST, _TEST),
        (Role.SAMPLE, _SAMPLE),
        (Role.DOCS, _DOCS),
    ):
        if pattern.search(path):
            return role
    return Role.LIVE


_FAMILIES = {
    "env": ".env .properties .ini .cfg .conf .cnf .toml .tfvars .config .editorconfig .service .pypirc .npmrc .netrc",
    "yaml": ".yml .yaml .j2 .tpl .tmpl .eyaml",
    "json": ".json .json5 .jsonc .ipynb .har .tfstate .jsonl .ndjson .webmanifest .map",
    "xml": ".xml .xsd .xaml .plist .csproj .resx .wsdl .html .htm .svg .jsp .ftl .cshtml",
    "shell": ".sh .bash .zsh .fish .bats .ps1 .psm1 .bat .cmd .mk .dockerfile .expect",
    "prose": ".md .mdx .rst .txt .adoc .tex .org .log .csv .tsv .cast",
    "sql": ".sql .psql .ddl",
    "key": ".pem .key .crt .cer .pub .asc .p12 .der .ppk .creds .nk",
    "hcl": ".tf .hcl .nomad",
}
_FAMILY_OF = {suffix: family for family, suffixes in _FAMILIES.items() for suffix in suffixes.split()}


@lru_cache(maxsize=1024)
def file_signals(path: str) -> tuple[str, ...]:
    from unleak.detect.extractor import is_code

    name = PurePosixPath(path.replace("\\", "/")).name.lower()
    suffix = PurePosixPath(name).suffix
    if name.startswith(".env") or name.endswith(".env"):
        family = "env"
    elif name.startswith(("dockerfile", "makefile", "jenkinsfile")):
        family = "shell"
    else:
        family = "code" if is_code(path) else _FAMILY_OF.get(suffix, "other")
    signals = [f"role:{role_of(path).value}", f"file:{family}"]
    if role_of(path) is not Role.TEST and _TEST.search(path):
        signals.append("role:test")
    return tuple(signals)


# --- the value ------------------------------------------------------------------------------------------

_REFERENCE = re.compile(
    r"""\$\{|\$\(|\$\[\[|\{\{|\}\}|^\$[A-Za-z_][\w.:>\-]*$|[/:@=]\$[A-Za-z_]\w*$|%\(\w+\)|^%[A-Za-z_]\w*%$|^%[sdvqr@]$
      |^\{[\w.:$\-]{0,60}\}$|<%|%>|\#\{|^@[\w.]+@$|^__\w+__$|^\$\w+\[|^!(?:Ref|Sub|GetAtt|vault)|^%%|^\\?\$\\?\{
      |^\$\$\w*$|^@@|^&\w+;?$|^\(\w+\)$|^:\w+$""",
    re.VERBOSE,
)
_CALL = re.compile(r"[\w\])]\(|\)\s*$|\)\.|->|::|\[\s*['\"\w]+\s*\]|^\w+(?:\.\w+)+\(|=>|==|&&|\|\||\{$|;$")
_DOTTED = re.compile(r"^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$")
_PLACEHOLDER = re.compile(
    r"""(?x)^<[^<>]*>?$|^\[[^\]]*\]$|^\{[\w\s.\-]*\}$|x{5,}|\*{3,}|•{3,}|\.{3,}|…|^[_\-]+$|^-+.*-+$
      |\b(?:your|insert|enter|replace|put|add|fill|provide|paste|change|use)[\s_\-]?(?:own|the|this|an?|real|actual|me|in|it|with|here)?
        [\s_\-]*(?:api|key|token|secret|pass\w*|pwd|cred\w*|auth\w*|value|here|client|access|account|app\w*|aws|github|private|string)\b
      |^(?:insert|enter|replace|fill|todo|fixme|tbd|placeholder|redacted|masked|hidden|removed|omitted|censored|sanitized|scrubbed)[\s_\-]
      |(?:redacted|placeholder|changeit|filtered|obfuscated|omitted|scrubbed|notreal|not-?a-?real|[-_]here$|goes[_\-\s]?here
        |to[_\-]?be[_\-](?:set|filled|replaced)|replace[_\-]?me|replace[_\-]?with|fill[_\-]?me)
      |^your[_\-]|[_\-]your[_\-]|^n/?a$|^<|^-$"""
)
_HINTS = (
    "<", "[", "{", "xxxxx", "***", "•••", "...", "…", "--", "__", "your", "my", "insert", "enter", "replace", "put", "add", "fill", "provide",
    "paste", "change", "use", "todo", "fixme", "tbd", "placeholder", "redacted", "masked", "hidden", "removed", "omitted", "censored",
    "sanitized", "scrubbed", "filtered", "obfuscated", "real", "here", "to_be", "to-be", "tobe", "n/a", "na",
)  # fmt: skip
"""Every placeholder but one character repeated holds one of these, which is cheaper to see than the pattern."""
_REPEATED = re.compile(r"(.)\1{3,}$")
_EMPTY = re.compile(
    r"(?i)^(?:null|nil|undefined|true|false|yes|no|on|off|nan|void|self|this|required|optional|"
    r"string|str|int|integer|number|bool|boolean|object|list|dict|map|any|bytes?|char|varchar|"
    r"func|function|lambda|async|await|return|var|let|const|import|from|and|or|not|if|else|for|while)$"
)  # fmt: skip
_SAMPLES = frozenset(
    "changeme change-me change_me changeit changethis letmein password passwd pass secret secrets admin root user test tests testing tester guest demo example sample "
    "foo bar baz qux foobar hunter2 qwerty abc abc123 abcd1234 123 1234 12345 123456 1234567 12345678 123456789 1234567890 password1 password123 passw0rd p@ssw0rd "
    "postgres mysql mongo redis rabbitmq elastic minio minioadmin token key mysecret mypassword supersecret topsecret s3cr3t s3cret pwd pw asdf asdfasdf "
    "dummy fake invalid wrong incorrect bad good valid xyz".split()
)
_WORD = re.compile(r"[A-Za-z]+")
_SHAPE = re.compile(
    r"""(?P<number>[+\-]?\d+(?:\.\d+)?$)
      |(?P<word>(?:[a-z]+|[A-Z][a-z]+|[A-Z]+)$)
      |(?P<camel>[A-Za-z]+$)
      |(?P<snake>[A-Za-z]+(?:[_\-][A-Za-z]+)+$)
      |(?P<constant>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$)
      |(?P<word_digits>[A-Za-z]{2,}[_\-]?\d{1,6}[!.?@\#$*]?$)
      |(?P<uuid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$)
      |(?P<jwt>eyJ[\w\-]+\.(?:eyJ)?[\w\-]+)
      |(?P<hash>\$(?:2[abxy]?|1|5|6|argon2\w*|pbkdf2\S*|scrypt|s\d|P|apr1|y)\$|pbkdf2|sha\d+[-:$]|md5[-:]|\{S?SHA\}|scrypt:)
      |(?P<hex>(?:0x)?[0-9a-fA-F]{16,}$)
      |(?P<email>[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+$)
      |(?P<url>[a-zA-Z][\w+.\-]*:(?://|[\w/])\S*$|www\.|//)
      |(?P<path>[.~]{0,2}/[\w./\\@~+\-]*$|[A-Za-z]:\\|[\w\-]+(?:/[\w.\-]+)+$
         |[\w\-./]+\.(?:py|js|ts|go|rb|java|json|ya?ml|toml|ini|cfg|conf|txt|md|pem|key|crt|cer|p12|jks|pub|html?|css|xml|sh|env
         |sql|log|png|svg|php|cs|properties|keystore|vue|tsx|jsx)$)
      |(?P<ip>\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?$|localhost(?::\d+)?$)
      |(?P<date>\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{2,4})
      |(?P<version>v?\d+\.\d+(?:\.\d+)*(?:[-+]\w+)*$)
      |(?P<public>ssh-(?:rsa|ed25519|dss)|ecdsa-sha2|MII[BCD]|AAAAB3|AAAAC3|pk_(?:live|test)_)
      |(?P<dotted>[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+$)
      |(?P<sentence>\S+(?:\s+\S+){2,}$)
      |(?P<two_words>\S*\s)
      |(?P<identifier>[A-Za-z_](?:[A-Za-z_.\-]|\d(?!\d\d))*$)
      |(?P<base64>[A-Za-z0-9+/]{16,}={1,2}$|(?=\w*[+/])(?=\D*\d)[A-Za-z0-9+/]{20,}$)
      |(?P<alnum>[A-Za-z0-9]+$)
      |(?P<alnum_>[A-Za-z0-9_\-.]+$)
      |(?P<mixed>[\w!@\#$%^&*()+=?.,:;~/\\|<>\-]+$)""",
    re.VERBOSE,
)


@cache
def _vocabulary() -> tuple[frozenset[str], int]:
    words = resources.files("unleak.detect").joinpath("vocabulary.txt").read_text(encoding="ascii").split()
    short = [word for word in words if len(word) <= 8]
    return frozenset(short), max(map(len, short))


def rarity(value: str) -> float:
    """Characters a token of `value`, cut greedily by a small vocabulary: words 4 and more, random text below 2."""
    words, longest = _vocabulary()
    text = value.lower()
    at, tokens = 0, 0
    while at < len(text):
        for size in range(min(longest, len(text) - at), 1, -1):
            if text[at : at + size] in words:
                at += size
                break
        else:
            at += 1
        tokens += 1
    return len(text) / tokens if tokens else 0.0


def entropy(value: str) -> float:
    """Shannon entropy of the characters of `value`, in bits a character."""
    size = len(value)
    counts: dict[str, int] = {}
    for char in value:
        counts[char] = counts.get(char, 0) + 1
    return -sum(n / size * math.log2(n / size) for n in counts.values())


def shape_of(value: str) -> str:
    """What the value as a whole is made of, as one word."""
    match = _SHAPE.match(value)
    return match.lastgroup or "other" if match else "other"


def is_reference(value: str) -> bool:
    """Whether `value` only says where a secret comes from: `${X}`, `{{ x }}`, a look-up, a call."""
    return not value.isalnum() and _REFERENCE.search(value) is not None


def is_placeholder(value: str) -> bool:
    """Whether `value` stands for a secret that a reader has to put in: `<your-key>`, `xxxx`, `***`."""
    lowered = value.lower()
    if _REPEATED.match(lowered):
        return True
    return any([hint in lowered for hint in _HINTS]) and _PLACEHOLDER.search(lowered) is not None


_HAS_DIGIT = re.compile(r"\d")
_NAMES_SECRET = re.compile(r"pass|pwd|secret|token|cred")
_SAYS_TEST = re.compile(r"test|example|sample|dummy|fake|demo|mock|foo|bar\b")
_SAYS_WRONG = re.compile(r"wrong|invalid|bad|incorrect")
_RUNS = frozenset(
    line[at : at + 6]
    for line in ("0123456789012345", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "fedcba9876543210")
    for at in range(len(line) - 5)
)


def has_run(value: str) -> bool:
    """Whether six characters in a row count up or lie side by side on a keyboard, as in made-up samples."""
    lowered = value.lower()
    return any([lowered[at : at + 6] in _RUNS for at in range(min(len(lowered), 120) - 5)])


@lru_cache(maxsize=4096)
def could_be_secret(value: str) -> bool:
    """Whether `value` is more than punctuation, a keyword of a language, a look-up or a placeholder."""
    return (
        any(map(str.isalnum, value))
        and not _EMPTY.match(value)
        and not is_reference(value)
        and not is_placeholder(value)
    )


def is_made_up(value: str) -> bool:
    """Whether `value` says itself that it opens nothing real: a well-known sample, `test`, a counted run."""
    lowered = value.lower()
    return lowered in _SAMPLES or _SAYS_TEST.search(lowered) is not None or has_run(value)


@lru_cache(maxsize=4096)
def value_signals(value: str) -> tuple[str, ...]:
    shape = shape_of(value)
    size = len(value)
    lowered = value.lower()
    signals = [
        f"value:{shape}",
        "size:" + ("3" if size < 4 else "5" if size < 6 else "7" if size < 8 else "11" if size < 12 else "15" if size < 16
        else "23" if size < 24 else "31" if size < 32 else "47" if size < 48 else "99" if size < 100 else "many"),
    ]  # fmt: skip
    if lowered in _SAMPLES:
        signals.append("value is a sample")
    if not value.isalnum() and _CALL.search(value):
        signals.append("value is code")
    if _NAMES_SECRET.search(lowered):
        signals.append("value names a secret")
    if _SAYS_TEST.search(lowered):
        signals.append("value says test")
    if _SAYS_WRONG.search(lowered):
        signals.append("value says wrong")
    if size >= 8 and shape not in ("number", "sentence", "two_words", "url", "path", "word", "camel"):
        fragments = rarity(value if size <= 64 else value[:64])
        signals.append("rarity:" + ("1.2" if fragments < 1.2 else "1.5" if fragments < 1.5 else "2" if fragments < 2.0 else "3" if fragments < 3.0 else "more"))
        bits = entropy(value)
        signals.append("entropy:" + ("2.5" if bits < 2.5 else "3" if bits < 3.0 else "3.5" if bits < 3.5 else "4" if bits < 4.0 else "4.5" if bits < 4.5 else "more"))
    if _HAS_DIGIT.search(value):
        signals.append("value has a digit")
    if has_run(value):
        signals.append("value counts up")
    if not value.isascii():
        signals.append("value is not ASCII")
    return tuple(signals)


# --- the key --------------------------------------------------------------------------------------------

_NEGATIVE = re.compile(r"(?i)(?:^no|^is|^has|^use|^can|^show|^hide|^need|^enable|^disable|^allow|^require|^validate|^reset|^forgot|^change|^update)[_A-Z\-]|^(?:is|has|use|get|set|show|hide|validate|reset|forgot)[A-Z]")
_ABOUT = tuple(
    "name names label title type path file filename dir url uri endpoint host length len size count min max policy header param params field fields column env var expires expiry expiration expired expire ttl timeout lifetime error err message msg text hint help description desc placeholder regex pattern format prefix suffix mode method scheme algorithm alg strategy provider class style icon color index kind version status state enabled required issuer audience scope scopes grant request response handler callback service manager factory store storage table event action route view page form input button link tooltip visible strength rule rules validator encoder hasher generator ref reference selector template aud claim id ids arn location source at time date used bits by interval rotation".split()
)
_KEYS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
                ("public", r"public|pub_?key|_pub$|client_?id|key_?id|publishable|site_?key|id$|app_?id|fingerprint|thumbprint|etag|checksum|digest|integrity"),
        ("hash", r"hash|md5|sha\d|bcrypt|crypted|encrypted"),
        ("password", r"pass(?:wor[dt]|wd|phrase|code)?s?\d?(?:_?confirm\w*|_?again|_?repeat|_?new|_?old|\d)?$|(?:^|[_\-.])(?:pwd|psw|pw|pass)(?:$|[_\-.\d])|pwd$|passwd|passwor[dt]|passphrase|passcode|identified|пароль|密码"),
        ("secret", r"secret"),
        ("token", r"token|bearer|jwt|^pat$|_pat$"),
        ("api key", r"(?:api|access|account|auth|private|master|signing|encryption|encrypt|crypt|app|admin|service|secure|license|user|consumer|shared|session|sign|hmac|aes|des|rsa|jwt|storage|subscription|server|security|database|db|node|vapid|webhook|root|deploy|stripe|aws|google|maps|firebase|openai|sendgrid)[_\-. ]?key"),
        ("credential", r"cred"),
        ("otp", r"(?:^|[_\-])t?otp|mfa|2fa|seed|mnemonic|recovery"),
        ("login", r"login|authenticate|signin|sign_in|user password|url password|basic$|sshpass|logon"),
        ("auth", r"auth"),
        ("cookie", r"cookie|session|csrf|xsrf|nonce|salt|(?:^|_)iv$"),
        ("signature", r"sign|sig$|hmac|cipher"),
        ("pin", r"(?:^|[_\-])pin(?:$|[_\-])|code$"),
        ("key", r"key"),
        ("user", r"user|mail|account"),
    )
)


_KEY_BREAK = re.compile(r"[.\s\[\]>:/]+")


@lru_cache(maxsize=16384)
def key_signals(key: str) -> tuple[str, ...]:
    if not key:
        return ("key:none",)
    last = _KEY_BREAK.split(key.strip("\"'`[]. ->"))[-1] or key
    lowered = last.lower()
    kinds = [name for name, pattern in _KEYS if pattern.search(lowered)]
    if not kinds and last != key:
        lowered_all = key.lower()
        kinds = ["above " + name for name, pattern in _KEYS if pattern.search(lowered_all)]
    strongest = next((kind for kind in kinds if kind not in ("public", "hash")), "")
    signals = [f"key:{strongest}" if strongest else "key:other"]
    signals += [f"key is {kind}" for kind in kinds if kind in ("public", "hash")]
    if lowered.endswith(_ABOUT) or "::" in key:
        signals.append("key is about")
    if _NEGATIVE.search(last):
        signals.append("key is negative")
    if key.isupper():
        signals.append("key is upper")
    return tuple(signals)


# --- the line -------------------------------------------------------------------------------------------

_LINE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("look-up", r"(?i)getenv|environ|process\.env|env\(|ENV\[|fetch\(|vault|secretsmanager|keyring|get_secret|getSecret|getProperty|secretKeyRef|valueFrom|lookup\("),
        ("example", r"(?i)example|sample|dummy|fake|e\.g\.|placeholder|for instance"),
        ("check", r"(?i)assert|expect|should|verify|\.to(?:Be|Equal|eq)|mock|stub|given|thenReturn"),
        ("comment", r"^\s*(?:#|//|/?\*|--|;|<!--|%|rem\b)"),
        ("message", r"(?i)\b(?:must|cannot|can't|invalid|incorrect|please|failed|error|missing|required|too short|does not|doesn't|print|log\w*|echo|throw|raise|warn\w*)\b"),
        ("schema", r"(?i)\btype\b\s*[=:]|\bdescription\b|\blabel\b|\bplaceholder\b|\brequired\b|argparse|add_argument|help=|StringField|CharField|Column\(|@Param|@Value|interface|\bdef |\bfunc |function\b|\bclass\b|import |require\(|struct|enum"),
        ("local", r"(?i)localhost|127\.0\.0\.1|0\.0\.0\.0|::1|@db\b|example\.(?:com|org|net)|\.local\b|\.test\b"),
        ("login", r"(?i)login|log_in|signin|sign_in|authenticat|user(?:name)?[\"']?\s*[=:,(]"),
        ("i18n", r"(?i)i18n|gettext|\bt\(|\b_\(|translate|\$t\("),
        ("dictionary", r"(?:[\"'][\w\s\-]+[\"']\s*,\s*){4,}"),
    )
)


@lru_cache(maxsize=2048)
def line_signals(line: str) -> tuple[str, ...]:
    return tuple("line:" + name for name, pattern in _LINE if pattern.search(line))


_SYNTAX = {syntax: f"syntax:{syntax.value}" for syntax in Syntax}
_NO_LETTER = re.compile(r"\W|_")


@lru_cache(maxsize=8192)
def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text.lower()) if len(text) < 100 else ""


@lru_cache(maxsize=65536)
def pairs(
    shape: str, size: str, key: str, role: str, family: str, syntax: str, quoted: str
) -> tuple[str, ...]:
    """The signals that are weighed together."""
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


def place_signals(line: str, start: int, end: int, syntax: Syntax, key: str, value: str) -> list[str]:
    """What the candidate's neighbourhood on its line says."""
    before = line[start - 1] if start else ""
    after = line[end] if end < len(line) else ""
    signals = [_SYNTAX[syntax], "quoted" if before and before in "\"'`" and after == before else "bare"]
    if before and (before.isalnum() or before in "_$"):
        signals.append("cut left")
    if after and (after.isalnum() or after in "_(["):
        signals.append("cut right")
    tail = line[end + 1 : end + 20].lstrip()
    if tail.startswith((":", "=>", "=")) and after in "\"'`":
        signals.append("value is a key")
    if tail.startswith(("+", ".", "%")) or line[max(0, start - 4) : start].rstrip("\"'`").endswith("+ "):
        signals.append("joined")
    if key:
        plain, bare = _letters(key), _letters(value)
        if bare and (bare == plain or bare.endswith(plain) or plain.endswith(bare)):
            signals.append("value repeats the key")
    return signals
