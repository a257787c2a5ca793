"""What the name tells that a value is given to: `db_password`, `Authorization`, `tokenUrl`."""

from __future__ import annotations

import re
from functools import lru_cache

NAMING = (
    r"pass|pwd|psw|secret|token|cred|auth|login|bearer|jwt|otp|seed|private|salt|nonce|cookie|identified"
    r"|encrypt|cipher|hmac|session|sign|key|verif|cert|webhook|secure|api.?id|dsn|basic |curl |mysql|redis"
    r"|sqlplus|blow_?fish|aes_|_aes|-aes|dockerc(?:onf|fg)"
)
"""Fragments of lower-case words that name secrets, in identifiers, sentences and commands."""

# "Password" as other languages say it; whole words of an identifier, for many of them are the beginnings of others.
OTHER_NAMES = (
    r"(?:(?i:senhas?|contrase[nñ]h?as?|contrasenyas?|kennw[oö]rt|wachtwoord|motdepasse|l[oö]senord|has[lł]o|hesl[ao]"
    r"|parola?|lozinka|[sş]ifre|jelsz[oó]|salasana|adgangskode|clave(?<!nclave)(?<!oclave))"
    r"|(?<![A-Za-z])mdp|Mdp|MDP)(?![a-z])|пароль|密码|密碼|口令|パスワード|비밀번호"
)
"""Words of other languages for a password, in identifiers and sentences."""
OTHER_NAMES_VIEW = (
    r"(?i:senhas?|contrase(?:n|\xc3)h?a|contrasenya|kennw(?:o|\xc3)rt|wachtwoord|motdepasse|l(?:o|\xc3)senord"
    r"|has(?:l|\xc5)o|hesl[ao]|parola?|lozinka|(?:s|\xc5)ifre|jelsz(?:o|\xc3)|salasana|adgangskode|clave|mdp|pw|psk)"
    r"(?:[^a-z\n]|$)|\xd0\xd0\xd1\xd0\xd0\xd1(?:[^\xd0\xd1]|$)"
    r"|(?:\xe5[\xe4\xe7]|\xe3\xe3\xe3\xe3\xe3|\xeb\xeb\xeb\xed)[`\"'* \t]{0,4}[:=|\xef]"
)
"""Where they, and abbreviations, may stand in a text of one byte a code point (see matcher)."""

_naming = re.compile(rf"(?:{NAMING})|(?:pw|psk)(?![a-z])|(?<![a-z])(?:pin|sig|sid|pat|sk|mfa)(?![a-z])")
_other = re.compile(OTHER_NAMES)
# What of `_other` is cheap to look for, in lower case.
_other_stem = re.compile(
    r"senha|contrase|kennw|wachtw|motdepasse|senord|has[lł]o|hesl|parol|lozink|ifre|jelsz|salasa|adgangs|clave|mdp"
    r"|парол|密|口令|パスワ|비밀"
)

# A key that ends so is about a secret: `password_min_length`, `tokenUrl`, `secret.name`.
_ABOUT = tuple(
    """
    name names label title type path file filename dir url uri endpoint host length len size count min max policy
    header param params field fields column env var expires expiry expiration expired expire ttl timeout lifetime
    error err message msg text hint help description desc placeholder regex pattern format prefix suffix mode method
    scheme algorithm alg strategy provider class style icon color index kind version status state enabled required
    issuer audience scope scopes grant request response handler callback service manager factory store storage table
    event action route view page form input button link tooltip visible strength rule rules validator encoder hasher
    generator ref reference selector template aud claim id ids arn location source at time date used bits by interval
    rotation passwordkey password_key tokenkey token_key usernamekey username_key secretname
    """.split()
)
_NEGATIVE = re.compile(
    r"(?i)^(?:no|is|has|use|can|show|hide|need|enable|disable|allow|require|validate|reset|forgot|change|update)[_A-Z\-]"
    r"|^(?:is|has|use|get|set|show|hide|validate|reset|forgot)[A-Z]"
)
_BEFORE_KEY = "|".join(
    """
    api access account auth private master signing encryption encrypt crypt app admin service secure license user
    consumer shared session sign hmac aes des rsa jwt storage subscription server security database db node vapid
    webhook root deploy stripe aws google maps firebase openai sendgrid
    """.split()
)
_NO_PASS = "".join(
    f"(?<!{word})"
    for word in "by mini low high band all any com sur tres over under render scene shader effect depth z".split()
)
# From strong to weak: the first that matches says what the key names.
_KINDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            "password",
            rf"(?:pw|psk)$|{_NO_PASS}pass(?:wor[dt]|wd|phrase|code)?s?\d?(?:_?confirm\w*|_?again|_?repeat|_?new|_?old|\d)?$"
            r"|(?:^|[_\-.])(?:pwd|psw|psk|pw|pass)(?:$|[_\-.\d])|pwd$|passwd|passwor[dt]|passphrase|passcode|identified",
        ),
        ("secret", r"secret"),
        ("token", r"token|bearer|jwt|^pat$|_pat$"),
        ("api key", rf"(?:{_BEFORE_KEY})[_\-. ]?key"),
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
_PUBLIC = re.compile(
    r"public|pub_?key|_pub$|client_?id|key_?id|publishable|site_?key|id$|app_?id|fingerprint|thumbprint|etag"
    r"|checksum|digest|integrity"
)
_OPEN = re.compile(
    r"public_?key|pub_?key|publishable|site_?key|fingerprint|thumbprint|checksum|integrity|^etag|client_?id$|key-?_?id$"
)
_HASH = re.compile(r"hash|md5|sha\d|bcrypt|crypted|encrypted")
_BREAK = re.compile(r"[.\s\[\]>:/]+")


@lru_cache(maxsize=8192)
def names_secret(name: str) -> bool:
    """Whether some word of `name` is used for secrets; it may be used for much else."""
    lowered = name.lower()
    return _naming.search(lowered) is not None or (
        _other_stem.search(lowered) is not None and _other.search(name) is not None
    )


@lru_cache(maxsize=8192)
def names_credential(name: str) -> bool:
    """Whether `name` is that of a password, a secret or a token itself, and not of something about it."""
    signals = key_signals(name)
    return signals[0] in _CREDENTIALS and "key is about" not in signals and "key is hash" not in signals


_CREDENTIALS = frozenset(("key:password", "key:secret", "key:token", "key:api key", "key:pin"))


@lru_cache(maxsize=8192)
def names_public(name: str) -> bool:
    """Whether `name` says that everyone may see its value: a publishable key, a site key, a fingerprint."""
    return _OPEN.search(name.lower()) is not None


@lru_cache(maxsize=8192)
def names_id(name: str) -> bool:
    """Whether `name` says that its value identifies something: `credentialsId`, `tenant_id`."""
    return name.lower().rstrip("\"'` ").endswith(("id", "ids", "uuid", "guid"))


@lru_cache(maxsize=8192)
def names_other(name: str) -> bool:
    """Whether `name` says that its value is a hash, an identifier or public, and so no secret."""
    return names_id(name) or names_public(name) or (_HASH.search(name.lower()) is not None and not names_secret(name))


@lru_cache(maxsize=16384)
def key_signals(key: str) -> tuple[str, ...]:
    """`key:` and what it names, first; then whether it is about a secret, public, a hash, negated, a constant."""
    if not key:
        return ("key:none",)
    last = _BREAK.split(key.strip("\"'`[]. ->"))[-1] or key
    lowered = last.lower()
    kind = next((kind for kind, pattern in _KINDS if pattern.search(lowered)), "")
    if kind != "password" and _other.search(last):
        kind = "password"
    if not kind and last != key:
        whole = key.lower()
        kind = next(("above " + kind for kind, pattern in _KINDS if pattern.search(whole)), "")
    signals = [f"key:{kind or 'other'}"]
    if _PUBLIC.search(lowered):
        signals.append("key is public")
    if _HASH.search(lowered) or key.lower().startswith("checksum"):
        signals.append("key is hash")
    if lowered.endswith(_ABOUT) or "::" in key:
        signals.append("key is about")
    if _NEGATIVE.search(last):
        signals.append("key is negative")
    if key.isupper():
        signals.append("key is upper")
    return tuple(signals)
