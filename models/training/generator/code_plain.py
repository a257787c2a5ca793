"""Snippets without a place for a credential: work, texts, names, hashes, queries, values that are passed on."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

from collections.abc import Callable

from generator import values
from generator.base import Draw, safe
from generator.code_scene import Scene

Block = Callable[[Scene], str]


def body(scene: Scene, low: int = 1, high: int = 4, ending: bool = False) -> str:
    """Lines of a function that does something with the things of the project."""
    draw = scene.draw
    lines = []
    for _ in range(draw.integer(low, high)):
        thing, other = (
            scene.variable(scene.noun()),
            scene.variable(
                draw.pick((f"{draw.adjective()} {scene.noun()}", "result", "items", "row", f"{scene.noun()}s"))
            ),
        )
        verb = scene.variable(draw.pick((f"{draw.verb()} {scene.noun()}", draw.verb())))
        verb = scene.pascal(verb) if scene.language in ("go", "csharp") else verb
        lines.append(draw.weighted({
            scene.assign(other, f"{thing}.{verb}({scene.variable(scene.noun())})"): 4,
            scene.assign(f"{scene.noun()} count", f"{thing}.{draw.pick(('size', 'length', 'count'))}"): 1.5,
            scene.fill(scene.syntax.condition, x=thing, y=scene.text(draw.pick((scene.noun(), "", "active", "open"))), body=scene.log(f"{scene.noun()} {draw.pick(('missing', 'ready', 'skipped', 'done'))}")): 2,
            scene.log(values.message(draw) if draw.chance(0.4) else f"{draw.verb()} {scene.noun()}"): 2,
            scene.comment(): 1.5,
            f"{thing}.{verb}({scene.text(scene.noun())}, {scene.number()}){scene.syntax.end}": 2,
        }))  # fmt: skip
    if ending and draw.chance(0.6):
        lines.append(scene.fill(scene.syntax.returns, x=scene.variable(scene.noun())))
    return "\n".join(lines)


def work(scene: Scene) -> str:
    draw = scene.draw
    nouns = draw.some(scene.nouns, 0, 3)
    if draw.chance(0.3):
        nouns.append(draw.secret_name(draw.pick(("password", "token", "key")), "snake").replace("_", " "))
    head = scene.comment() + "\n" if draw.chance(0.25) else ""
    with scene.at("body"):
        inner = body(scene, 1, 6, ending=True)
    return head + scene.function(f"{draw.verb()} {scene.noun()}", inner, nouns)


def messages(scene: Scene) -> str:
    """Texts that speak of credentials: labels, errors, translations."""
    draw = scene.draw
    style, template = draw.pick(scene.syntax.key_style), draw.pick(scene.syntax.entry)
    rows = []
    for _ in range(draw.integer(3, 9)):
        if draw.chance(0.5):
            key, text = values.field_name(draw, "snake").replace("_", " "), values.message(draw)
        else:
            key, text = values.translation(draw)
        rows.append(scene.entry(key, scene.plain(text, 0.6), style, template))
    return scene.define(
        draw.pick(("messages", "labels", "error messages", "translations", "strings", "validation errors")),
        scene.fill(draw.pick(scene.syntax.maps), body="\n".join(rows)),
        "map",
    )


def names(scene: Scene) -> str:
    """Names of fields, columns, headers or keys as constants."""
    draw = scene.draw
    rows = []
    for _ in range(draw.integer(3, 8)):
        words = values.field_name(draw, "snake").replace("_", " ")
        style = draw.pick(("snake", "camel", "kebab", "dot", "screaming"))
        value = (
            draw.identifier(words, style)
            if draw.chance(0.7)
            else draw.pick((values.header_name(draw), values.constant(draw)))
        )
        rows.append(
            (f"{draw.pick(('', 'key', 'pref', 'col', 'header', 'param', 'event'))} {words}", scene.plain(value))
        )
    if scene.syntax.enums and scene.place != "body" and draw.chance(0.5):
        lines = [scene.fill(scene.syntax.enum_entry, scene.constant(words), v=value) for words, value in rows]
        title = draw.pick(
            ("Fields", "AuthEvents", "Keys", "Columns", "ErrorCodes", "GrantTypes", "Headers", "SettingKeys")
        )
        return scene.fill(draw.pick(scene.syntax.enums), title, body="\n".join(lines))
    return "\n".join(scene.define(words, value) for words, value in rows)


def hashes(scene: Scene) -> str:
    """Digests, commits, ids and keys for the public, as values."""
    draw = scene.draw
    makers: tuple[Callable[[Draw], str], ...] = (
        values.digest, values.commit, values.integrity, values.image_digest, values.etag, values.password_hash, values.identifier, values.identifier,
        lambda draw: draw.uuid(), values.public_key, values.colour, values.sealed,
    )  # fmt: skip
    titles = {values.digest: "checksum", values.commit: "commit", values.integrity: "integrity", values.image_digest: "image digest", values.etag: "etag",
              values.password_hash: "password hash", values.public_key: "public key", values.colour: "accent colour", values.sealed: "sealed token"}  # fmt: skip
    rows = []
    for maker in draw.some(makers, 1, 4):
        title = titles.get(maker, draw.secret_name("id", "snake").replace("_", " "))
        rows.append((f"{draw.maybe(draw.word(), 0.5)} {title}", scene.text(safe(maker(draw).replace('"', "")))))
    return "\n".join((scene.define if draw.chance(0.5) else scene.assign)(words, value) for words, value in rows)


def patterns(scene: Scene) -> str:
    draw = scene.draw
    return "\n".join(
        scene.define(
            f"{draw.pick(('password', 'token', 'email', 'secret', 'jwt'))} {draw.pick(('regex', 'pattern', 'rule'))}",
            scene.plain(values.regex(draw)),
        )
        for _ in range(draw.integer(1, 3))
    )


def queries(scene: Scene) -> str:
    """SQL inside code."""
    draw = scene.draw
    table = draw.pick(("users", "accounts", f"{draw.word()}s", "members", "app_user"))
    column = draw.pick(("password", "password_hash", "pwd", "token", "api_key", "secret"))
    text = draw.pick((f"SELECT id, {column} FROM {table} WHERE email = ?", f"UPDATE {table} SET {column} = %s WHERE id = %s", f"INSERT INTO {table} (email, {column}) VALUES ($1, $2)",
                      f"select * from {table} where name=:name and {column}=:{column}", f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR(255) NOT NULL", f"DELETE FROM {table} WHERE {column} IS NULL"))  # fmt: skip
    return scene.assign(draw.pick(("sql", "query", "stmt")), scene.text(text))


def derived(scene: Scene) -> str:
    """Secrets that are made, read, hashed or passed on, never written."""
    draw = scene.draw
    name, other = (
        scene.variable(draw.secret_name(draw.pick(("password", "token", "key", "secret")), "snake")) for _ in range(2)
    )
    maker = scene.variable(
        draw.pick(
            (
                "generate token",
                "hash password",
                "decode",
                "encrypt",
                "random bytes",
                "create secret key",
                "get password",
                "decrypt value",
                "sign",
            )
        )
    )
    receiver = draw.pick(
        ("", "self." if scene.language == "python" else "this.", "crypto.", "service.", "request.", "vault.")
    )
    lines = [
        scene.assign(
            name,
            f"{receiver}{maker}({draw.pick((other, scene.number(), scene.text('utf-8'), f'{other}, {scene.number()}'))})",
        )
    ]
    for _ in range(draw.integer(0, 3)):
        field = scene.variable(draw.secret_name(draw.pick(("password", "token", "key")), "snake"))
        lines.append(
            scene.assign(
                field,
                draw.pick(
                    (f"user.{field}", f"data[{scene.plain(field)}]", f"config.{field}", scene.marked_reference(field))
                ),
            )
        )
    return "\n".join(lines)


WITHOUT: dict[Block, float] = {work: 8, messages: 2.2, names: 3, hashes: 2.5, patterns: 0.8, queries: 1.3, derived: 3}
