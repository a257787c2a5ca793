"""Snippets in which a credential stands inside another text: bodies, forms, headers, commands, rows of tables."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

import base64
import json

from generator import values
from generator.base import bare, label_of, mark, safe
from generator.code_plain import Block
from generator.code_scene import Scene
from generator.values import Named


def _written(scene: Scene, kind: str) -> Named:
    """A credential while the file may hold more, else a placeholder or a harmless word."""
    if scene.left > 0:
        return scene.credential(kind)
    name = scene.draw.secret_name(kind, "snake")
    return Named(name, safe(values.placeholder(scene.draw, name)))


def json_body(scene: Scene) -> str:
    """A request's body as JSON inside a string."""
    draw = scene.draw
    named = _written(scene, draw.pick(("password", "password", "secret", "token")))
    user = draw.pick(("username", "email", "login", "user", "client_id"))
    rows = [
        f'"{user}": "{draw.pick((draw.user(), draw.email()))}"',
        f'"{draw.identifier(named.name, draw.pick(("snake", "camel")))}": "{named.value}"',
    ]
    rows += [
        f'"{scene.noun()}": {draw.pick((scene.number(), json.dumps(draw.word())))}' for _ in range(draw.integer(0, 3))
    ]
    rows = draw.shuffled(rows)
    wide = ",\n".join(rows)
    long = {
        "python": '"""',
        "kotlin": '"""',
        "java": '"""',
        "scala": '"""',
        "swift": '"""',
        "js": "`",
        "go": "`",
        "elixir": '"""',
    }.get(scene.language)
    if long and draw.chance(0.5):
        text = (
            f"{long}{{\n{scene.indented(wide)}\n}}{long}"
            if long == "`" or scene.language == "python"
            else f"{long}\n{{\n{scene.indented(wide)}\n}}\n{long}"
        )
    elif "'" in scene.syntax.quotes:
        text = f"'{{{', '.join(rows)}}}'"
    else:
        text = '"{' + ", ".join(rows).replace('"', '\\"') + '}"'
    return scene.assign(draw.pick(("body", "payload", "json", "request body", "data")), text)


def form_body(scene: Scene) -> str:
    """A form or a query string."""
    draw = scene.draw
    named = _written(scene, draw.pick(("password", "token", "key", "secret")))
    value = bare(named.value)
    for character in "&# %+?":
        value = value.replace(character, "")
    shown = mark(label_of(named.value) or "safe", value)
    key = draw.identifier(named.name, draw.pick(("snake", "camel", "flat")))
    pairs = draw.shuffled(
        [
            f"{key}={shown}",
            *draw.some(
                (
                    f"username={draw.user()}",
                    "grant_type=password",
                    f"client_id={draw.uuid()}",
                    f"page={draw.integer(1, 9)}",
                    f"q={draw.word()}",
                    "scope=openid",
                ),
                0,
                3,
            ),
        ]
    )
    text = "&".join(pairs)
    if draw.chance(0.5):
        text = f"{values.url(draw).split('#')[0]}?{text}"
    return scene.assign(draw.pick(("url", "body", "endpoint", "form data", "query")), scene.text(text))


def basic_header(scene: Scene) -> str:
    """User and password as base 64 after Basic."""
    draw = scene.draw
    if scene.left > 0:
        named = scene.credential("password")
        encoded = base64.b64encode(f"{draw.user()}:{bare(named.value)}".encode()).decode()
        text = f"Basic {mark(label_of(named.value) or 'test', encoded)}"
    else:
        text = f"Basic {safe(scene.placeholder('credentials'))}"
    key = draw.pick(("authorization", "auth header", "basic auth", "proxy authorization"))
    return scene.assign(key, scene.text(text))


def command(scene: Scene) -> str:
    """A command line that the program runs."""
    draw = scene.draw
    named = _written(scene, "password")
    value = named.value
    text = draw.pick((f"mysqldump -u {draw.user()} -p{value} {scene.noun()}", f"curl -u {draw.user()}:{value} {values.url(draw)}", f"sshpass -p {value} ssh {draw.user()}@{draw.host()}",
                      f"redis-cli -h {draw.host()} -a {value} ping", f"PGPASSWORD={value} psql -h {draw.host()} -U {draw.user()}", f"docker login -u {draw.user()} -p {value} {draw.host()}",
                      f"openssl enc -aes-256-cbc -pass pass:{value} -in {scene.noun()}.tar", f"sqlcmd -S {draw.host()} -U sa -P {value} -Q 'select 1'"))  # fmt: skip
    run = {
        "python": "subprocess.run(«x», shell=True)",
        "js": "execSync(«x»);",
        "ruby": "system(«x»)",
        "php": "exec(«x»);",
        "perl": "system(«x»);",
        "go": "run(«x»)",
    }.get(scene.language)
    return (
        run.replace("«x»", scene.text(text))
        if run and draw.chance(0.6)
        else scene.assign(draw.pick(("cmd", "command", "backup command")), scene.text(text))
    )


def rows(scene: Scene) -> str:
    """A table of users or cases, each with a password or a token."""
    draw = scene.draw
    opening, closing = {"python": ("[", "]"), "js": ("[", "]"), "ruby": ("[", "]"), "go": ("[][]string{", "}"), "java": ("List.of(", ")"), "kotlin": ("listOf(", ")"), "csharp": ("new[] {", "}"), "php": ("[", "]"),
                        "rust": ("&[", "]"), "swift": ("[", "]"), "dart": ("[", "]"), "c": ("{", "}"), "elixir": ("[", "]")}.get(scene.language, ("{", "}"))  # fmt: skip
    left, right = {
        "python": draw.pick(("()", "[]")),
        "js": "[]",
        "ruby": "[]",
        "php": "[]",
        "swift": "()",
        "rust": "()",
        "java": "()",
        "kotlin": "()",
        "csharp": "()",
    }.get(scene.language, "{}")
    lines = []
    for _ in range(draw.integer(2, 5)):
        named = _written(scene, "password")
        cells = [
            scene.text(draw.pick((draw.user(), draw.email()))),
            scene.text(named.value),
            draw.pick((scene.flag(), scene.number(), scene.text(draw.pick(("admin", "editor", "viewer"))))),
        ]
        lines.append(
            f"{'Map.entry' if scene.language == 'java' else 'Pair' if scene.language == 'kotlin' else ''}{left}{', '.join(cells[: 2 if scene.language in ('java', 'kotlin') else 3])}{right},"
        )
    inner = "\n".join(lines)
    return scene.assign(
        draw.pick(("users", "accounts", "cases", "credentials", "default users", "test users")),
        f"{opening}\n{scene.indented(inner)}\n{closing}",
    )


def key_block(scene: Scene) -> str:
    """A private key or a certificate as a string of many lines."""
    draw = scene.draw
    long = {
        "python": '"""',
        "kotlin": '"""',
        "java": '"""\n',
        "js": "`",
        "go": "`",
        "swift": '"""\n',
        "ruby": "'",
        "php": "'",
        "elixir": '"""\n',
        "rust": '"',
        "perl": "'",
    }.get(scene.language)
    private = scene.left > 0
    newline = "\n" if long and draw.chance(0.7) else "\\n"
    if private:
        scene.left -= 1
        block = mark("secret" if scene.role == "live" else "test", values.pem(draw, newline))
    else:
        block = safe(values.certificate(draw, newline))
    quote = long if newline == "\n" and long else '"'
    name = (
        draw.pick(("private key", "signing key", "key pem", "ssh key"))
        if private
        else draw.pick(("public key", "ca cert", "certificate", "cert pem"))
    )
    return scene.define(name, f"{quote}{block}{quote.strip() if newline == chr(10) else quote}")


def seed(scene: Scene) -> str:
    """A one-time password's seed, alone or in its URL."""
    draw = scene.draw
    if scene.left <= 0:
        return scene.assign("otp issuer", scene.text(draw.company))
    scene.left -= 1
    value = mark(
        "secret" if scene.role == "live" else "test",
        values.token(draw, "otp") if scene.role == "live" or draw.chance(0.6) else _typed_seed(scene),
    )
    text = (
        value
        if draw.chance(0.6)
        else f"otpauth://totp/{draw.project}:{draw.user()}?secret={value}&issuer={draw.project}"
    )
    return scene.assign(
        draw.pick(("otp secret", "totp seed", "mfa secret", "two factor secret", "provisioning uri")), scene.text(text)
    )


def _typed_seed(scene: Scene) -> str:
    """The seed of a test: a word or a row of digits in base 32."""
    text = scene.draw.pick(("Hello, world!", "1234567890", "12345678901234567890", "test-secret", "0123456789abcdef"))
    return base64.b32encode(text.encode()).decode().rstrip("=")


PAYLOADS: dict[Block, float] = {
    json_body: 2.2,
    form_body: 1.8,
    basic_header: 0.8,
    command: 1,
    rows: 1,
    key_block: 0.7,
    seed: 0.6,
}
