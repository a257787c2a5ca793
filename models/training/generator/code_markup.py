"""Pages and components: forms, labels, translations; now and then a value in a script beside them."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

import json

from generator import values
from generator.base import Draw, Page, Sample, file_type, mark, safe
from generator.code_blocks import block
from generator.code_scene import Scene
from generator.code_syntax import JAVASCRIPT
from generator.values import Role


def _attribute(draw: Draw) -> str:
    return values.field_name(draw, draw.pick(("camel", "snake", "kebab")))


def _input(draw: Draw, frame: str) -> str:
    """A field of a form in HTML, JSX, Vue, Angular, ERB, Blade or JSP."""
    name, label = _attribute(draw), values.ui_label(draw)
    kind = draw.pick(("password", "password", "text", "hidden"))
    css = "className" if frame == "jsx" else "class"
    bind = {
        "jsx": f"value={{{name.replace('-', '_')}}} onChange={{e => set{name.title().replace('-', '').replace('_', '')}(e.target.value)}}",
        "vue": f'v-model="form.{name.replace("-", "_")}"',
        "angular": f'formControlName="{name}"',
        "erb": f'value="<%= @{name.replace("-", "_")} %>"',
        "blade": f"value=\"{{{{ old('{name}') }}}}\"",
        "jsp": f'value="${{{name.replace("-", "_")}}}"',
        "html": f'id="{name}"',
    }[frame]
    return draw.pick((
        f"<label for=\"{safe(name) if draw.chance(0.4) else name}\">{label}</label>\n<input type=\"{kind}\" name=\"{name}\" {bind} {css}=\"{values.css_class(draw)}\" placeholder=\"{safe(label) if draw.chance(0.4) else label}\">",
        f"<input type=\"{kind}\" {bind} placeholder=\"{label}\" autocomplete=\"{draw.pick(('current-password', 'new-password', 'off', 'one-time-code'))}\" required>", f"<div {css}=\"{values.css_class(draw)}\">\n  <span id=\"{name}-error\">{values.message(draw)}</span>\n</div>",
        f"<a href=\"/{draw.pick(('password/reset', 'account/forgot', 'auth/token', 'login'))}\" {css}=\"{values.css_class(draw)}\">{label}</a>", f"<button type=\"submit\" {css}=\"{values.css_class(draw)}\">{values.ui_label(draw)}</button>",
        f"<h2>{draw.company}</h2>", f"<p>{draw.pick((values.message(draw), f'Welcome to {draw.company}', f'{draw.verb().title()} your {draw.word()}s', f'New {draw.word()}s since {draw.date()}'))}</p>", f"<img src=\"/img/{draw.word()}.{draw.hex(8)}.png\" alt=\"{draw.word()}\">",
    ))  # fmt: skip


def _head(draw: Draw) -> str:
    return draw.pick((
        f"<link rel=\"stylesheet\" href=\"https://cdn.{draw.domain}/{draw.word()}.css\" integrity=\"{safe(values.integrity(draw))}\" crossorigin=\"anonymous\">", f"<meta name=\"csrf-token\" content=\"{draw.pick((safe('{{ csrf_token() }}'), safe('<%= form_authenticity_token %>')))}\">",
        f"<script src=\"/static/{draw.word()}.{draw.hex(8)}.js\"></script>", f"<meta name=\"google-site-verification\" content=\"{safe(draw.base64url(32))}\">", f"<title>{draw.company}</title>", f"<script src=\"https://www.google.com/recaptcha/api.js?render={safe('6L' + draw.alnum(38))}\"></script>",
    ))  # fmt: skip


def _inline(draw: Draw, role: Role, budget: int) -> str:
    """A script inside of a page."""
    scene = Scene(draw, JAVASCRIPT, role, budget)
    rows = [block(scene, 0.7) for _ in range(draw.integer(1, 2))]
    if budget and scene.left == budget:
        named = scene.credential(draw.pick(("key", "token", "password")))
        rows.append(f"var {draw.identifier(named.name, 'camel')} = {scene.text(named.value)};")
    return "<script>\n" + "\n".join(rows) + "\n</script>"


@file_type(weight=4)
def page_markup(draw: Draw) -> Sample:
    frame = draw.weighted({"html": 5, "vue": 2, "jsx": 2.5, "angular": 1.5, "erb": 1, "blade": 1, "jsp": 1})
    role: Role = draw.weighted({"live": 6, "docs": 2, "test": 1})
    budget = draw.weighted({0: 6, 1: 3, 2: 1})
    page = Page(draw)
    fields = [_input(draw, frame) for _ in range(draw.integer(2, 9))]
    name = draw.pick(
        (
            "login",
            "register",
            "reset-password",
            "profile",
            "settings",
            "api-keys",
            "account",
            draw.word(),
            "index",
            "signin",
        )
    )
    if frame == "jsx":
        scene = Scene(draw, JAVASCRIPT, role, budget)
        page.lines(
            draw.some(
                (
                    "import React, { useState } from 'react';",
                    "import axios from 'axios';",
                    "import { Button } from './Button';",
                    "import { useForm } from 'react-hook-form';",
                ),
                1,
                3,
            )
        )
        page.line()
        if budget:
            page.line(block(scene, 0.9))
        component = draw.identifier(name + " " + draw.pick(("form", "page", "view")), "pascal")
        page.line(
            f"export default function {component}({{ {draw.pick(('onSubmit', 'user', 'token', 'password, onChange'))} }}) {{"
        )
        with scene.at("body"):
            page.lines((block(scene, 0.4),), draw.indent)
        page.lines(("return (", "  <form>"), draw.indent)
        page.lines(fields, draw.indent * 2)
        page.lines(("  </form>", ");"), draw.indent)
        page.line("}")
        return page.sample(f"src/{draw.pick(('components', 'pages', 'views'))}/{component}.{draw.pick(('jsx', 'tsx'))}")
    if frame == "vue":
        page.line("<template>")
        page.lines(fields, "  ")
        page.line("</template>\n")
        scene = Scene(draw, JAVASCRIPT, role, budget)
        page.line(draw.pick(("<script>", "<script setup>", '<script setup lang="ts">')))
        page.lines(block(scene, 0.6) for _ in range(draw.integer(1, 3)))
        page.line("</script>")
        if draw.chance(0.4):
            page.lines(
                (
                    "",
                    "<style scoped>",
                    f".{draw.pick(('password', 'token', 'form'))}-{draw.word()} {{",
                    f"  color: {values.colour(draw)};",
                    "}",
                    "</style>",
                )
            )
        return page.sample(f"src/{draw.pick(('views', 'components', 'pages'))}/{draw.identifier(name, 'pascal')}.vue")
    if frame == "html" or draw.chance(0.3):
        page.lines(
            (
                "<!DOCTYPE html>",
                f'<html lang="{draw.tongue}">',
                "<head>",
                *(_head(draw) for _ in range(draw.integer(1, 4))),
                "</head>",
                "<body>",
            )
        )
    page.line(
        {
            "erb": f"<%= form_with url: {name.replace('-', '_')}_path do |f| %>",
            "blade": f'<form method="POST" action="{{{{ route(\'{name}\') }}}}">\n@csrf',
            "jsp": '<%@ page contentType="text/html;charset=UTF-8" %>\n<form action="login.do">',
            "angular": '<form [formGroup]="form" (ngSubmit)="save()">',
        }.get(frame, f'<form action="/{name}" method="post">')
    )
    page.lines(fields, draw.indent)
    if budget and role == "docs":
        named = values.credential(draw, role)
        page.line(
            draw.pick(
                (
                    f"<pre><code>curl -u {draw.user()}:{named.value} {values.url(draw)}</code></pre>",
                    f"<code>{draw.identifier(named.name, 'screaming')}={named.value}</code>",
                    f"<p>Demo login: {draw.user()} / {named.value}</p>",
                )
            )
        )
    page.line("<% end %>" if frame == "erb" else "</form>")
    if (budget and role != "docs") or draw.chance(0.2):
        page.line(_inline(draw, role, budget))
    if frame == "html":
        page.line("</body>\n</html>")
    path = {
        "html": f"{draw.pick(('templates', 'public', 'static', 'src/main/resources/templates', 'www', 'docs'))}/{name}.html",
        "erb": f"app/views/{draw.word()}s/{name}.html.erb",
        "blade": f"resources/views/auth/{name}.blade.php",
        "jsp": f"src/main/webapp/WEB-INF/{name}.jsp",
        "angular": f"src/app/{name}/{name}.component.html",
    }[frame]
    if role == "test":
        path = f"tests/fixtures/{name}.html"
    return page.sample(path)


@file_type(weight=3)
def translations(draw: Draw) -> Sample:
    """A catalogue of messages as code; nothing in it is a credential."""
    tongue = draw.pick(("en", "de", "fr", "es", "pt", "ru", "zh", "ja"))
    style = draw.pick(("camel", "snake", "dot", "pascal"))
    rows = []
    for _ in range(draw.integer(6, 40)):
        key = values.field_name(draw, style)
        text = values.ui_label(draw, tongue) if draw.chance(0.6) or tongue != "en" else values.message(draw)
        if draw.chance(0.3):
            key, text = draw.identifier(f"{draw.verb()} {draw.word()}", style), f"{draw.verb().title()} {draw.word()}"
        rows.append((key, safe(text) if draw.chance(0.5) else text))
    kind = draw.pick(("ts", "php", "js", "py", "json", "properties", "rb"))
    page = Page(draw)
    if kind == "php":
        page.lines(
            ("<?php", "", "return [", *(f"    '{key}' => '{text.replace(chr(39), ' ')}'," for key, text in rows), "];")
        )
        return page.sample(f"resources/lang/{tongue}/{draw.pick(('auth', 'messages', 'validation', 'passwords'))}.php")
    if kind == "json":
        indent = draw.pick(("  ", "    ", "\t"))
        page.lines(("{", ",\n".join(f'{indent}{json.dumps(key)}: "{text}"' for key, text in rows), "}"))
        return page.sample(
            f"{draw.pick(('locales', 'src/i18n', 'public/locales'))}/{tongue}{draw.pick(('', '/common', '/auth'))}.json"
        )
    if kind == "properties":
        page.lines(f"{key}{draw.pick(('=', ' = '))}{text}" for key, text in rows)
        return page.sample(f"src/main/resources/messages_{tongue}.properties")
    if kind == "rb":
        page.lines(
            (
                "# frozen_string_literal: true",
                "",
                "MESSAGES = {",
                *(f"  '{key}' => \"{text}\"," for key, text in rows),
                "}.freeze",
            )
        )
        return page.sample(f"lib/messages/{tongue}.rb")
    opening = {
        "ts": "export const messages: Record<string, string> = {",
        "js": draw.pick(("export default {", "module.exports = {")),
        "py": "STRINGS = {",
    }[kind]
    quote = draw.pick('""\'')
    page.lines((opening, *(f'    {quote}{key}{quote}: "{text}",' for key, text in rows), "}" if kind == "py" else "};"))
    return page.sample(f"{draw.pick(('src/i18n', 'src/locales', 'lang', 'app/strings'))}/{tongue}.{kind}")


@file_type(weight=1.5)
def android_values(draw: Draw) -> Sample:
    """strings.xml and its like: texts, names of preferences, now and then a key."""
    rows = [
        f'<string name="{values.field_name(draw, "snake")}">{safe(values.ui_label(draw)) if draw.chance(0.5) else values.ui_label(draw)}</string>'
        for _ in range(draw.integer(3, 18))
    ]
    rows += [
        f'<string name="{draw.word()}_{draw.verb()}">{draw.verb().title()} {draw.word()}</string>'
        for _ in range(draw.integer(0, 8))
    ]
    budget = draw.weighted({0: 5, 1: 4, 2: 1})
    live = draw.chance(0.75)
    for _ in range(budget):
        named = values.credential(draw, "live" if live else "test", draw.pick(("key", "token", "secret")))
        rows.append(
            f'<string name="{draw.identifier(named.name, "snake")}" translatable="false">{named.value}</string>'
        )
    if draw.chance(0.4):
        rows.append(
            f'<string name="google_app_id" translatable="false">{safe("1:" + draw.digits(12) + ":android:" + draw.hex(16))}</string>'
        )
    if draw.chance(0.3):
        rows.append(
            f'<string name="api_key">{mark("safe", values.placeholder(draw, "api key").replace("<", "").replace(">", ""))}</string>'
        )
    page = Page(draw)
    page.line('<?xml version="1.0" encoding="utf-8"?>')
    page.line("<resources>")
    page.lines(draw.shuffled(rows), "    ")
    page.line("</resources>")
    where = (
        "app/src/main/res/values"
        if live
        else draw.pick(("app/src/androidTest/res/values", "sample/src/main/res/values"))
    )
    return page.sample(
        f"{where}{draw.pick(('', '', '-de', '-fr'))}/{draw.pick(('strings', 'strings', 'keys', 'config', 'secrets'))}.xml"
    )
