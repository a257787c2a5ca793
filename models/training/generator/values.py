"""Values that stand where a credential may stand: passwords, tokens, placeholders, references."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

from generator import formats, words
from generator.base import Draw, Label, mark
from generator.lookalikes import *  # noqa: F403 - one place to take values from

Role = Literal["live", "test", "docs", "local"]
"""What a file is for: a live system, a test, documentation or a sample, a developer's own machine."""


class Named(NamedTuple):
    """A credential with the words that name it; `value` is marked with its label."""

    name: str
    value: str


# passwords

_WEAK = """
123456 12345678 123456789 1234 12345 111111 000000 1q2w3e4r 1qaz2wsx qwerty qwerty123 asdf1234 abc123 abcd1234 admin
admin123 Admin123 Admin@123 admin1234 root root123 toor password password1 Password1 Password123 P@ssw0rd Passw0rd
p@ssw0rd pass pass123 passw0rd welcome1 Welcome123 letmein iloveyou monkey dragon master changeme secret test123 guest
""".split()
_TEST_PASSWORDS = """
test test test123 test1234 testing tester testpass test-password testpassword Test123! Test1234 Test@123 test_pwd
password password password1 password123 Password1! Password123! passw0rd P@ssw0rd P@ssw0rd! P@ssword1 pass pass123
pass1234 mypassword my-password my_password somepassword some-password userpass user123 mypass newpass oldpass
new-password old-password wrongpassword wrong-pass badpassword correct-password validpassword ValidPass1! secret secret
secret123 supersecret super-secret s3cr3t s3cret topsecret mysecret my-secret verysecret very-secret-password foo bar
foobar foo123 barbaz hunter2 letmein changeme change_me qwerty qwerty123 123456 12345678 123456789 1234 12345 abc123
abcdef abcd1234 asdf asdfasdf admin admin123 root guest dummy dummy-password fake fakepass example sample pwd pwd123 pw
pw123 x xxx1 aaaaaa a1b2c3 welcome Welcome1 sekret sesame opensesame swordfish trustno1 correcthorsebatterystaple 1234567890
monkey dragon tiger hello hello123 unittest e2e-pass integration cypress geheim passwort motdepasse contrasena senha123
""".split()
_LOCAL_PASSWORDS = """
postgres postgres postgres root root mysql admin admin admin123 password password example secret dev devpass dev123
develop development local localpass localdev guest guest changeme test redis mongo rabbitmq minioadmin minio123 minio
elastic grafana sonar keycloak app apppass mypass pass 123456 1234 docker vagrant odoo wordpress laravel homestead symfony
django rails sail user userpass passw0rd P@ssw0rd Passw0rd! yourStrong(!)Password Password123 root123 toor oracle
""".split()
_WALKS = (
    "qwerty qwertz azerty asdfgh zxcvbn 1qaz2wsx zaq12wsx qazwsx 1q2w3e4r q1w2e3r4 poiuyt !QAZ2wsx 1qazXSW@".split()
)
_LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5"})
_SOFT_LEET = str.maketrans({"a": "@", "s": "$", "o": "0", "i": "!"})
_SYMBOLS = "!@#$%&*?-_+=.^"


def live_password(draw: Draw) -> str:
    """A password as people choose it for a system that they run, weak ones included; no quotes, no backslashes."""
    shape = draw.weighted({_word_number: 24, _company_year: 10, _name_year: 9, _phrase: 9, _walk: 5, _generated: 30,
                           _leeted: 9, _initials: 4, _common: 7})  # fmt: skip
    value = shape(draw)
    return value if len(value) > 3 else value + draw.digits(4)


def strong_password(draw: Draw) -> str:
    """A password that no word list holds."""
    return draw.pick((_generated, _generated, _phrase))(draw)


def _symbol(draw: Draw) -> str:
    return draw.pick("!!!!@@@##$%&*?.-_+")


def _number(draw: Draw) -> str:
    return draw.weighted({str(draw.year()): 4, draw.digits(2): 3, draw.digits(3): 2, draw.digits(4): 2, "123": 2,
                          "1": 2, "01": 1, str(draw.integer(60, 99)): 2, "007": 0.3, "": 1})  # fmt: skip


def _cased(draw: Draw, word: str) -> str:
    return draw.weighted({word: 4, word.title(): 5, word.upper(): 1})


def _word_number(draw: Draw) -> str:
    """Words (w), numbers (n) and symbols (s) in one of the usual orders."""
    known = (*words.PASSWORD_WORDS, draw.word(), draw.city().lower())
    made = {"w": lambda: _cased(draw, draw.pick(known)), "n": lambda: _number(draw), "s": lambda: _symbol(draw)}
    return "".join(made[part]() for part in draw.pick(("wn", "wns", "wsn", "wws", "nw", "wwn", "wn", "swn", "wnw")))


def _company_year(draw: Draw) -> str:
    name = draw.pick((draw.company.split()[0], draw.project.split("-")[0], draw.service()))
    joint = draw.pick(("", "", "@", "#", "_", "-", "."))
    role = draw.pick(("", "", "", "Db", "Admin", "Prod", "sql", "Root", "Mail"))
    return f"{_cased(draw, name)}{role}{joint}{_number(draw)}{draw.maybe(_symbol(draw), 0.45)}"


def _name_year(draw: Draw) -> str:
    name = draw.pick((draw.first_name(), draw.surname(), draw.first_name() + draw.first_name()))
    return f"{draw.pick((name, name.lower()))}{draw.maybe(_symbol(draw), 0.3)}{_number(draw)}{draw.maybe('!', 0.2)}"


def _phrase(draw: Draw) -> str:
    joint = draw.pick(("-", "-", "_", ".", "", ""))
    chosen = [draw.pick(words.PHRASE_WORDS) for _ in range(draw.integer(3, 5))]
    if not joint or draw.chance(0.3):
        chosen = [word.title() for word in chosen]
    return joint.join(chosen) + draw.maybe(joint + draw.digits(draw.integer(1, 3)), 0.4)


def _walk(draw: Draw) -> str:
    return draw.pick(_WALKS) + draw.pick(("", draw.digits(2), "!", "@" + draw.digits(3), str(draw.year())))


def _generated(draw: Draw) -> str:
    alphabet = draw.weighted({words.ALNUM: 5, words.ALNUM * 2 + _SYMBOLS: 4, words.LOWER + words.DIGITS: 1.5,
                              words.ALNUM * 3 + "-_": 1, words.UPPER + words.DIGITS: 0.4})  # fmt: skip
    length = draw.weighted(
        {8: 3, 10: 3, 12: 5, 14: 2, 15: 1, 16: 6, 18: 1, 20: 4, 24: 3, 32: 2, draw.integer(9, 40): 3}
    )
    value = draw.chars(alphabet, length)
    return value if value[0].isalnum() else draw.pick(words.ALNUM) + value[1:]


def _leeted(draw: Draw) -> str:
    word = draw.pick((*words.PASSWORD_WORDS, draw.word(), draw.project.split("-")[0]))
    return _cased(draw, word.translate(draw.pick((_LEET, _SOFT_LEET)))) + draw.pick((_number(draw), "!", _symbol(draw)))


def _initials(draw: Draw) -> str:
    head = draw.chars(words.LOWER, draw.integer(2, 4))
    return f"{draw.pick((head, head.title(), head.upper()))}{draw.pick('@#_.$')}{draw.digits(draw.integer(3, 6))}"


def _own_secret(draw: Draw) -> str:
    """A signing secret that someone typed: the project's name, a word for it, perhaps a number."""
    joint = draw.pick(("-", "_", "", "."))
    parts = [
        draw.project.replace("-", joint),
        draw.pick(("jwt", "session", "signing", "cookie", "api", "hmac", "")),
        draw.pick(("secret", "key", "salt", "secret-key", "sign")),
        draw.pick(("", str(draw.year()), draw.digits(3), "v2", draw.word())),
    ]
    return joint.join(part for part in parts if part)


def _common(draw: Draw) -> str:
    return draw.pick(_WEAK)


def test_password(draw: Draw) -> str:
    """A password as people write it in tests and samples."""
    return draw.weighted({
        draw.pick(_TEST_PASSWORDS): 8,
        f"{draw.pick(('test', 'pass', 'password', 'secret', 'pw', 'user', 'foo'))}{draw.pick('_-')}{draw.integer(1, 99)}": 1,
        f"{draw.first_name().lower()}{draw.pick(('pass', 'pw', '-secret', '123', '_password', 'spassword'))}": 1,
        f"{draw.word()}{draw.pick(('-pass', '_pw', 'Password', '-secret', '_password'))}": 1,
        f"{draw.pick(('Test', 'Pass', 'Str0ng', 'Valid', 'Secret', 'Abcd'))}{draw.pick('@!#_')}{draw.digits(4)}": 0.7,
        live_password(draw): 4,
    })  # fmt: skip


def local_password(draw: Draw) -> str:
    """A password of a service on a developer's own machine."""
    own = draw.project.split("-")[0]
    return draw.weighted({
        draw.pick(_LOCAL_PASSWORDS): 8,
        own: 1,
        f"{own}{draw.pick(('_dev', '-local', '123', '_password', 'pass', '_pw'))}": 1.5,
        test_password(draw): 2,
    })  # fmt: skip


# tokens


def jwt(draw: Draw, claims: dict[str, object] | None = None) -> str:
    """A signed JSON web token: header and claims that decode, a random signature."""
    header = draw.pick(({"alg": "HS256", "typ": "JWT"}, {"typ": "JWT", "alg": "HS256"}, {"alg": "HS512"},
                        {"alg": "RS256", "typ": "JWT", "kid": draw.hex(16)}))  # fmt: skip
    body = claims or dict(draw.some((
        ("sub", draw.pick((draw.digits(6), draw.uuid(), draw.user()))), ("iat", draw.integer(1_500_000_000, 1_760_000_000)),
        ("exp", draw.integer(1_760_000_000, 1_990_000_000)), ("iss", f"https://{draw.domain}"), ("aud", draw.project),
        ("email", draw.email()), ("role", draw.pick(("admin", "user", "service"))), ("scope", "read write"),
        ("name", draw.person()),
    ), 2, 6))  # fmt: skip
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, body)]
    head, claim = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return f"{head}.{claim}.{draw.base64url(256 if header['alg'] == 'RS256' else 32)}"


def pem(draw: Draw, newline: str = "\n", header: str = "") -> str:
    """A private key block of random bytes behind a true beginning, as lines joined by `newline`."""
    known = ("RSA PRIVATE KEY", "RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY")
    kind = header or draw.pick(known)
    start, octets = {
        "RSA PRIVATE KEY": (b"\x30\x82\x04\xa4\x02\x01\x00\x02\x82\x01\x01\x00", 1192),
        "PRIVATE KEY": (b"\x30\x82\x04\xbe\x02\x01\x00\x30\x0d\x06\x09*\x86H\x86\xf7\r\x01\x01\x01\x05\x00", 1218),
        "EC PRIVATE KEY": (b"\x30\x77\x02\x01\x01\x04\x20", 121),
        "OPENSSH PRIVATE KEY": (b"openssh-key-v1\x00\x00\x00\x00\x04none\x00\x00\x00\x04none", 400),
    }.get(kind, (b"\x30\x82\x02\x5c", 608))
    body = base64.b64encode(start + draw.random.randbytes(octets - len(start))).decode()
    rows = [body[at : at + 64] for at in range(0, len(body), 64)]
    edge = "-" * 5
    return newline.join((f"{edge}BEGIN {kind}{edge}", *rows, f"{edge}END {kind}{edge}"))


_PORTS = {
    "postgres": 5432,
    "postgresql": 5432,
    "mysql": 3306,
    "mongodb": 27017,
    "redis": 6379,
    "amqp": 5672,
    "smtp": 587,
}
_NO_URL = str.maketrans("", "", "@#/?%&^ :[]")


def connection_url(
    draw: Draw, password: str, host: str, user: str = "", label: Label | None = None, scheme: str = ""
) -> str:
    """A URL with user and password, the password without what a URL forbids, and marked where `label` is given."""
    scheme = scheme or draw.weighted({
        "postgres": 4, "postgresql": 5, "mysql": 4, "mongodb": 4, "redis": 3, "amqp": 3, "mongodb+srv": 2, "ftp": 1,
        "mysql+pymysql": 1.5, "postgresql+psycopg2": 1.5, "https": 3, "smtp": 1, "rediss": 1, "mssql": 0.6, "sftp": 0.5,
    })  # fmt: skip
    port = _PORTS.get(scheme.partition("+")[0])
    password = password.translate(_NO_URL) or draw.alnum(12)
    shown = mark(label, password) if label else password
    if not user:
        user = draw.weighted({"": 3, "default": 1, "cache": 1}) if scheme.startswith("redis") else draw.user()
    place = f"{host}:{port}" if port and draw.chance(0.75) and "srv" not in scheme else host
    tail = {"https": f"{draw.word()}s.git", "amqp": draw.pick(("", "%2F", draw.word())), "redis": draw.pick("0123")}
    name = tail.get(scheme, draw.pick((draw.project.replace("-", "_"), draw.word(), "app", f"{draw.word()}_db")))
    options = draw.maybe(draw.pick(("?sslmode=require", "?charset=utf8mb4", "?retryWrites=true&w=majority")), 0.2)
    return f"{scheme}://{user}:{shown}@{place}/{name}{options if scheme[:2] in ('po', 'my', 'mo') else ''}"


def _webhook(draw: Draw) -> str:
    host = "https://hooks." + "slack.com/services/"
    team, channel = (draw.chars(words.UPPER + words.DIGITS, draw.integer(8, 10)) for _ in range(2))
    discord = "https://discord.com/api/" + f"webhooks/{draw.digits(18)}/{draw.chars(words.ALNUM + '-_', 68)}"
    return draw.pick((f"{host}T{team}/B{channel}/{draw.alnum(24)}", discord))


def provider_token(draw: Draw, provider: str = "") -> Named:
    """A token of a provider of the catalogue, of a random one where none is named, with its usual words; unmarked."""
    known = formats.rules()
    found = known.get(provider) or (
        known[draw.pick(_popular())] if draw.chance(0.6) else known[draw.pick(sorted(known))]
    )
    for _ in range(20):
        rule = draw.pick(found)
        value = formats.written(draw.random, rule)
        if value and (rule.distinctive or rule.context) and len(value) < 400:
            return Named(rule.id.replace("-", " "), value)
        found = known[draw.pick(_popular())]
    return Named("api key", draw.hex(32))


@cache
def _popular() -> list[str]:
    """The providers of whom files speak most, as far as the catalogue has them."""
    return sorted({service for service in words.SERVICES if formats.rules().get(service)})


_GENERIC: dict[str, Callable[[Draw], str]] = {
    "hex16": lambda draw: draw.hex(16),
    "hex24": lambda draw: draw.hex(24),
    "hex32": lambda draw: draw.hex(32),
    "hex40": lambda draw: draw.hex(40),
    "hex48": lambda draw: draw.hex(48),
    "hex64": lambda draw: draw.hex(64),
    "hex128": lambda draw: draw.hex(128),
    "upperhex": lambda draw: draw.hex(draw.pick((16, 32, 40))).upper(),
    "base64": lambda draw: draw.base64(draw.pick((16, 24, 32, 32, 48, 64))),
    "base64url": lambda draw: draw.base64url(draw.pick((16, 24, 32, 32, 48, 64))),
    "base62": lambda draw: draw.alnum(draw.pick((16, 20, 22, 24, 30, 32, 36, 40, 43, 48, 50, 64))),
    "lower": lambda draw: draw.chars(words.LOWER + words.DIGITS, draw.pick((16, 20, 24, 25, 32, 40, 50))),
    "uuid": lambda draw: draw.weighted({draw.uuid(): 5, draw.uuid().upper(): 1, draw.uuid().replace("-", ""): 1}),
    "otp": lambda draw: draw.chars(words.BASE32, draw.pick((16, 16, 26, 32, 32, 52))),
    "django": lambda draw: draw.chars(words.LOWER + words.DIGITS + "!@#$%^&*(-_=+)", 50),
    "jwt": jwt,
    "webhook": _webhook,
    "aws": lambda draw: draw.chars(words.ALNUM * 2 + "/+", 40),
    "dotted": lambda draw: f"{draw.alnum(draw.pick((8, 12, 16)))}.{draw.alnum(draw.pick((24, 32, 43)))}",
    "prefixed": lambda draw: f"{_prefix(draw)}{draw.alnum(draw.pick((24, 32, 40)))}",
    "phrase": _phrase,
}
"""Forms of tokens that no provider owns, by a name of ours."""


def _prefix(draw: Draw) -> str:
    short = draw.project.replace("-", "")[: draw.integer(2, 5)]
    return f"{short}{draw.pick(('_', '-', '.'))}{draw.pick(('', 'live_', 'sk_', 'key_', 'prod_', 'pat_', 'v1_'))}"


TOKEN_KINDS = (*_GENERIC, "pem", "provider")


def token(draw: Draw, kind: str = "") -> str:
    """A token, unmarked. `kind`: one of TOKEN_KINDS, a provider or a kind of rule of the catalogue; any if empty.

    Of the mixed kinds all are of one line; "pem" is a block of lines.
    """
    if kind == "pem":
        return pem(draw)
    if kind in _GENERIC:
        return _GENERIC[kind](draw)
    if kind == "provider" or kind in formats.rules():
        return provider_token(draw, "" if kind == "provider" else kind).value
    kind = draw.weighted({"hex32": 3, "hex40": 2, "hex64": 2, "hex24": 0.7, "hex16": 0.5, "hex48": 0.4, "base64": 3,
                          "base64url": 2.5, "base62": 5, "lower": 2, "uuid": 2.5, "provider": 7, "jwt": 1,
                          "dotted": 0.6, "prefixed": 2, "upperhex": 0.6})  # fmt: skip
    return token(draw, kind)


def test_token(draw: Draw) -> str:
    """A token as people write it in tests and samples: made up by hand, a row of letters, or a full random one."""
    noun = draw.pick(
        ("token", "key", "secret", "api-key", "access-token", "jwt", "auth-token", "client-secret", "refresh")
    )
    word = draw.pick(
        ("test", "fake", "dummy", "my", "some", "sample", "mock", "valid", "invalid", "expired", "foo", "super")
    )
    joint = draw.pick("-_-_")
    return draw.weighted({
        f"{word}{joint}{noun.replace('-', joint)}{draw.maybe(draw.pick((f'{joint}{draw.integer(1, 9)}', '123', '-abc')), 0.4)}": 6,
        f"{noun.replace('-', joint)}{draw.pick(('123', '1', '-1', '_abc', '-12345', '-for-tests', '_value'))}": 3,
        draw.pick(("abc123", "abcdef", "abcdef123456", "1234567890", "0123456789abcdef", "deadbeef", "cafebabe", "xyz789",
                   "foobar", "s3cr3t", "shhh", "keyboard cat", "secret", "a1b2c3d4", "token", "abc.def.ghi", "123456")): 3,
        "".join(draw.pick(("0123456789abcdef" * 4, "abcdefghijklmnopqrstuvwxyz0123456789", "1234567890" * 4, "a" * 40,
                           "deadbeef" * 5))[: draw.pick((16, 24, 32, 36, 40))]): 1,
        f"{draw.pick(('sk', 'pk', 'key', 'ghp', 'xoxb', 'tok'))}_{draw.pick(('test', 'fake', 'dummy'))}_{draw.alnum(draw.pick((6, 10, 24)))}": 1.5,
        token(draw): 6,
    })  # fmt: skip


def credential(draw: Draw, role: Role, kind: str = "") -> Named:
    """A credential for a file of this role, marked, with the words that name it.

    `kind` is password, token, key or secret; any of them where it is empty.
    """
    kind = kind or draw.weighted({"password": 10, "token": 4, "key": 5, "secret": 5})
    if role == "live":
        if kind == "password":
            return Named(draw.secret_name("password", "snake"), mark("secret", live_password(draw)))
        if draw.chance(0.4):
            named = provider_token(draw)
            return Named(named.name, mark("secret", named.value))
        typed = kind == "secret" and draw.chance(0.22)
        value = draw.pick((live_password, _own_secret))(draw) if typed else token(draw)
        return Named(draw.secret_name(kind, "snake"), mark("secret", value))
    if kind == "password":
        value = local_password(draw) if role == "local" else test_password(draw)
        return Named(draw.secret_name("password", "snake"), mark("test", value))
    if draw.chance(0.15):
        named = provider_token(draw)
        return Named(named.name, mark("test", named.value))
    return Named(draw.secret_name(kind, "snake"), mark("test", test_token(draw)))
