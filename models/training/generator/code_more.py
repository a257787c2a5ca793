"""Sketches for boards, notebooks, lists of checksums, vectors of tests."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

import json
import re

from generator import values
from generator.base import Draw, Page, Sample, bare, file_type, mark, safe
from generator.code_blocks import block
from generator.code_plain import body
from generator.code_scene import Scene
from generator.code_syntax import PYTHON
from generator.code_syntax_more import C
from generator.values import Role


@file_type(weight=2.5)
def sketch(draw: Draw) -> Sample:
    """An Arduino sketch or its header, with wireless network and broker."""
    role: Role = draw.weighted({"live": 6, "docs": 2})
    template = draw.chance(0.35)
    style = draw.pick(
        (
            'const char* {n} = "{v}";',
            'const char *{n} = "{v}";',
            '#define {n} "{v}"',
            'char {n}[] = "{v}";',
            'const char {n}[] = "{v}";',
            'String {n} = "{v}";',
        )
    )
    case = "screaming" if "#define" in style or draw.chance(0.2) else draw.pick(("camel", "snake"))

    def row(name: str, value: str) -> str:
        remark = draw.maybe("  // " + draw.pick((draw.sentence(), f"your {name}", "change this", name)), 0.2)
        return style.format(n=draw.identifier(name, case), v=value) + remark

    def value(kind: str, name: str) -> str:
        if template:
            return safe(values.placeholder(draw, name))
        return values.credential(draw, role, kind).value

    network = draw.pick(
        (
            f"{draw.surname()}-WLAN",
            f"FRITZ!Box {draw.digits(4)}",
            f"TP-Link_{draw.hex(4).upper()}",
            draw.company,
            f"{draw.first_name()}Home",
            f"iPhone von {draw.first_name()}",
            f"VIVO-{draw.hex(4).upper()}",
            "MyHomeNetwork",
            f"NETGEAR{draw.digits(2)}",
        )
    )
    rows = [
        row(draw.pick(("ssid", "wifi ssid", "sta ssid", "wlan ssid")), network),
        row(
            draw.pick(("password", "pass", "wifi password", "wifi pass", "sta psk", "psk", "pwd")),
            value("password", "wifi password"),
        ),
    ]
    if draw.chance(0.5):
        rows += [
            row("mqtt server", draw.host()),
            row("mqtt user", draw.user()),
            row(draw.pick(("mqtt password", "mqtt pass")), value("password", "mqtt password")),
        ]
    if draw.chance(0.3):
        rows.append(
            row(
                draw.pick(("api key", "auth token", "write api key", "device token", "blynk token")),
                value(draw.pick(("key", "token")), "api key"),
            )
        )
    if draw.chance(0.3):
        rows.append(row("fingerprint", safe(":".join(draw.hex(2).upper() for _ in range(20)))))
    if draw.chance(0.3):
        rows.append(
            row(
                "ota password" if draw.chance(0.5) else "host name",
                value("password", "ota password") if draw.chance(0.5) else draw.project,
            )
        )
    page = Page(draw)
    page.lines(
        draw.some(
            (
                "#include <ESP8266WiFi.h>",
                "#include <WiFi.h>",
                "#include <PubSubClient.h>",
                "#include <Wire.h>",
                "#include <DHT.h>",
                "#include <HTTPClient.h>",
                f"// {draw.sentence()}",
                "#define LED_PIN 2",
                "#define DHTPIN 4",
            ),
            1,
            6,
        )
    )
    page.line()
    page.lines(rows)
    page.line()
    if draw.chance(0.25):
        return page.sample(draw.pick(("secrets.h", "arduino_secrets.h", "src/credentials.h", "include/wifi_config.h")))
    words = [bare(each) for each in rows]
    name = re.search(r"(\w+)(?:\[\])? ?=? ?\"", words[1].replace("#define ", ""))
    setup = [
        "Serial.begin(115200);",
        f"WiFi.begin({draw.identifier('ssid', case)}, {name[1] if name else 'password'});",
        'while (WiFi.status() != WL_CONNECTED) {\n  delay(500);\n  Serial.print(".");\n}',
        "pinMode(LED_PIN, OUTPUT);",
        'Serial.println("WiFi connected");',
        "client.setServer(mqtt_server, 1883);",
        f'Serial.println("{draw.sentence()}");',
    ]
    page.line("void setup() {")
    page.lines(setup[: draw.integer(3, 7)], "  ")
    page.line("}\n")
    if draw.chance(0.5):
        scene = Scene(draw, C, role, 0)
        with scene.at("body"):
            page.line(
                scene.fill("void «n»() {\n«b»\n}\n", f"{draw.verb()}{draw.word().title()}", body=body(scene, 2, 6))
            )
    page.line("void loop() {")
    page.lines(
        draw.some(
            (
                f"float {draw.word()} = analogRead(A0);",
                "client.loop();",
                f"delay({draw.pick((100, 1000, 5000))});",
                f"digitalWrite(LED_PIN, {draw.pick(('HIGH', 'LOW'))});",
                f'client.publish("{draw.word()}/{draw.word()}", msg);',
                "if (!client.connected()) {\n  reconnect();\n}",
            ),
            2,
            6,
        ),
        "  ",
    )
    page.line("}")
    folder = "examples/" if role == "docs" else draw.pick(("", "firmware/", "src/"))
    title = draw.identifier(
        f"{draw.word()} {draw.pick(('sensor', 'node', 'controller', 'monitor', 'logger'))}",
        draw.pick(("snake", "pascal")),
    )
    return page.sample(f"{folder}{title}/{title}.ino" if draw.chance(0.7) else f"{folder}main.cpp")


@file_type(weight=3)
def notebook(draw: Draw) -> Sample:
    """A Jupyter notebook; cells as lists of lines, outputs with ids and images."""
    role: Role = draw.weighted({"live": 5, "docs": 4})
    scene = Scene(draw, PYTHON, role, draw.weighted({0: 4, 1: 4, 2: 2}))
    scene.quote = "'" if draw.chance(0.6) else '"'
    cells = []
    for number in range(draw.integer(2, 7)):
        if draw.chance(0.35):
            lines = [
                draw.pick((f"# {draw.word().title()}", f"## {draw.verb().title()} {draw.word()}s", draw.sentence())),
                *draw.comment_lines("", 0, 2),
            ]
            cells.append(_cell("markdown", lines, draw, number))
        else:
            code = "\n".join(
                [*draw.some(PYTHON.imports, 0, 3), *(block(scene, 0.6) for _ in range(draw.integer(1, 2)))]
            )
            if scene.left > 0 and draw.chance(0.4):
                named = scene.credential(draw.pick(("key", "token")))
                code += (
                    f"\nos.environ[{scene.text(draw.identifier(named.name, 'screaming'))}] = {scene.text(named.value)}"
                )
            elif draw.chance(0.2):
                code += f"\nos.environ[{scene.text(draw.secret_name('key', 'screaming'))}] = {scene.text(safe(values.placeholder(draw, 'api key')))}"
            cells.append(_cell("code", code.split("\n"), draw, number))
    page = Page(draw)
    page.line('{\n "cells": [')
    page.line(",\n".join(cells))
    page.add(
        f' ],\n "metadata": {{\n  "kernelspec": {{\n   "display_name": "Python 3",\n   "language": "python",\n   "name": "python3"\n  }},\n  "language_info": {{"version": "3.{draw.integer(6, 12)}.{draw.integer(0, 9)}"}}\n }},\n "nbformat": 4,\n "nbformat_minor": {draw.integer(0, 5)}\n}}\n'
    )
    folder = "notebooks" if role == "live" else draw.pick(("examples", "tutorials", "docs/notebooks", "cookbook"))
    return page.sample(
        f"{draw.pick((folder, folder, ''))}/{draw.pick(('01_', '', ''))}{draw.identifier(f'{draw.verb()} {draw.word()}', 'snake')}.ipynb".lstrip(
            "/"
        )
    )


def _cell(kind: str, lines: list[str], draw: Draw, number: int) -> str:
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") for line in lines]
    rows = ",\n".join(f'    "{line}{chr(92) + "n" if at < len(lines) - 1 else ""}"' for at, line in enumerate(escaped))
    ident = f'   "id": "{draw.hex(8)}",\n' if draw.chance(0.4) else ""
    if kind == "markdown":
        return f'  {{\n   "cell_type": "markdown",\n{ident}   "metadata": {{}},\n   "source": [\n{rows}\n   ]\n  }}'
    shown = ""
    if draw.chance(0.3):
        text = draw.pick(
            (
                f"<{draw.word().title()} {draw.hex(12)}>",
                f"{{'id': '{draw.uuid()}'}}",
                f"{draw.digits(4)} rows",
                values.digest(draw),
            )
        )
        shown = f'{{"name": "stdout", "output_type": "stream", "text": [{json.dumps(text)}]}}'
    elif draw.chance(0.12):
        shown = f'{{"data": {{"image/png": "iVBORw0KGgo{draw.base64(draw.integer(60, 300))}"}}, "output_type": "display_data"}}'
    return f'  {{\n   "cell_type": "code",\n   "execution_count": {number or "null"},\n{ident}   "metadata": {{}},\n   "outputs": [{shown}],\n   "source": [\n{rows}\n   ]\n  }}'


@file_type(weight=1.5)
def checksums(draw: Draw) -> Sample:
    """A list of what is known by its hash, as code."""
    kind = draw.pick(("py", "go", "rb", "js", "rs"))
    title = draw.pick(
        (
            "known hashes",
            "checksums",
            "model sha256",
            "pinned commits",
            "asset digests",
            "migrations",
            "blob ids",
            "known keys",
        )
    )
    maker = draw.pick(
        (
            values.digest,
            values.commit,
            values.integrity,
            values.image_digest,
            lambda draw: draw.uuid(),
            values.identifier,
            lambda draw: draw.hex(64),
        )
    )
    rows = [
        (
            draw.pick(
                (
                    f"{draw.word()}-{draw.version()}.tar.gz",
                    f"{draw.word()}_{draw.word()}",
                    draw.version(),
                    f"lib{draw.word()}.so",
                    f"token_{draw.word()}",
                )
            ),
            safe(maker(draw)) if draw.chance(0.7) else bare(maker(draw)),
        )
        for _ in range(draw.integer(3, 25))
    ]
    page = Page(draw)
    comment = "#" if kind in ("py", "rb") else "//"
    page.lines(draw.comment_lines(comment, 0, 2))
    opening = {
        "py": f"{draw.identifier(title, 'screaming')} = {{",
        "go": f"package {draw.word()}\n\nvar {draw.identifier(title, 'camel')} = map[string]string{{",
        "rb": f"{draw.identifier(title, 'screaming')} = {{",
        "js": f"export const {draw.identifier(title, 'camel')} = {{",
        "rs": f"pub const {draw.identifier(title, 'screaming')}: &[(&str, &str)] = &[",
    }[kind]
    entry = {
        "py": '    "{}": "{}",',
        "go": '\t"{}": "{}",',
        "rb": "  '{}' => '{}',",
        "js": "  '{}': '{}',",
        "rs": '    ("{}", "{}"),',
    }[kind]
    page.lines(
        (
            opening,
            *(entry.format(name, value) for name, value in rows),
            {"rb": "}.freeze", "js": "};", "rs": "];"}.get(kind, "}"),
        )
    )
    return page.sample(
        f"{draw.pick(('src', 'lib', 'tools', 'scripts', 'internal'))}/{draw.identifier(title, 'snake')}.{kind}"
    )


@file_type(weight=2)
def vectors(draw: Draw) -> Sample:
    """Vectors for cryptography, signatures or tokens in a test: keys that are made for it, texts and digests."""
    kind = draw.pick(("py", "js", "go", "java", "rs"))
    names = {
        "key": draw.pick(("key", "secret", "hmacKey", "secret_key", "password", "passphrase", "privateKey")),
        "out": draw.pick(("expected", "signature", "digest", "ciphertext", "mac", "tag", "token_hash")),
    }
    rows = []
    for _ in range(draw.integer(1, 5)):
        key = (
            values.token(draw, draw.pick(("hex32", "hex64", "base64", "hex40", "hex48")))
            if draw.chance(0.7)
            else values.test_token(draw)
        )
        rows.append(
            {
                names["key"]: mark("test", key),
                "iv": draw.hex(draw.pick((24, 32))),
                "message": draw.pick((draw.sentence(), draw.word(), draw.hex(32))).replace("'", ""),
                names["out"]: safe(draw.hex(draw.pick((32, 40, 64)))),
            }
        )
    keep = draw.some(("iv", "message", names["out"]), 1, 3)
    page = Page(draw)
    page.lines(draw.comment_lines("#" if kind == "py" else "//", 0, 2))
    lines = []
    for number, row in enumerate(rows):
        cells = {name: value for name, value in row.items() if name == names["key"] or name in keep}
        if kind == "py":
            lines.append("    {" + ", ".join(f'"{name}": "{value}"' for name, value in cells.items()) + "},")
        elif kind == "js":
            lines.append("  { " + ", ".join(f"{name}: '{value}'" for name, value in cells.items()) + " },")
        elif kind == "go":
            lines.append("\t{\n" + "\n".join(f'\t\t{name}: "{value}",' for name, value in cells.items()) + "\n\t},")
        elif kind == "java":
            lines.append(
                "\n".join(
                    f'    private static final String {draw.identifier(name, "screaming")}_{number} = "{value}";'
                    for name, value in cells.items()
                )
            )
        else:
            lines.append(
                "    Vector { "
                + ", ".join(f'{draw.identifier(name, "snake")}: "{value}"' for name, value in cells.items())
                + " },"
            )
    title = draw.pick(("vectors", "cases", "testVectors", "samples", "fixtures"))
    frame = {
        "py": (f"{title.upper()} = [", "]"),
        "js": (f"const {title} = [", "];"),
        "go": (f"package {draw.word()}\n\nvar {title} = []vector{{", "}"),
        "java": (f"public class {draw.word().title()}VectorsTest {{", "}"),
        "rs": (f"const {title.upper()}: &[Vector] = &[", "];"),
    }[kind]
    page.lines((frame[0], *lines, frame[1]))
    subject = draw.pick(("hmac", "aes", "jwt", "signature", "totp", "cipher", "webhook_signature"))
    path = {
        "py": f"tests/test_{subject}.py",
        "js": f"test/{subject}.test.js",
        "go": f"{subject}_test.go",
        "java": f"src/test/java/{subject.title()}VectorsTest.java",
        "rs": f"tests/{subject}.rs",
    }[kind]
    return page.sample(path)
