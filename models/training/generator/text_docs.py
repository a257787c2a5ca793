"""Documents for readers: READMEs, manuals in Markdown, reStructuredText and AsciiDoc, changelogs, posts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from generator import lookalikes
from generator.base import Draw, Page, Sample, file_type, safe, test
from generator.config_forms import Look, flat_lines, json_text, spell, tree_of, yaml_lines
from generator.config_harmless import groups
from generator.config_scene import Scene
from generator.text_prose import fact, news, paragraph, summary
from generator.values import connection_url, jwt


@dataclass(frozen=True, slots=True)
class Markup:
    """How a language of documents writes headings, code and marked words."""

    heading: Callable[[str, int], list[str]]
    code: Callable[[list[str], str], list[str]]
    tick: str


def _rst_heading(text: str, level: int) -> list[str]:
    return [text, "=-~^"[min(level, 4) - 1] * max(len(text), 4), ""]


def _rst_code(rows: list[str], language: str) -> list[str]:
    return [f".. code-block:: {language or 'text'}", "", *(f"    {row}" if row else "" for row in rows), ""]


MARKDOWN = Markup(lambda text, level: ["#" * level + f" {text}", ""], lambda rows,
    language: [f"```{language}", *rows, "```", ""], "`")  # fmt: skip
RST = Markup(_rst_heading, _rst_code, "``")
ASCIIDOC = Markup(lambda text, level: ["=" * level + f" {text}", ""], lambda rows,
    language: [f"[source,{language or 'text'}]", "----", *rows, "----", ""], "`")  # fmt: skip
WIKI = Markup(lambda text, level: [f"h{level}. {text}", ""], lambda rows, language: [f"{{code:{language or 'none'}}}",
    *rows, "{code}", ""], "")  # fmt: skip

_HEADINGS = {
    "en": ("Installation", "Getting started", "Configuration", "Usage", "Authentication", "Environment variables",
    "Running the tests", "Deployment", "API", "Development setup", "Docker", "Database", "Security", "Troubleshooting",
    "Webhooks", "Contributing", "License", "FAQ", "Quick start", "Requirements", "Connecting to the database",
    "Examples"),
    "de": ("Installation", "Konfiguration", "Anmeldung", "Datenbank", "Entwicklung", "Betrieb", "Zugangsdaten",
    "Fehlersuche"), "fr": ("Installation", "Configuration", "Authentification", "Base de données", "Déploiement",
    "Utilisation"), "es": ("Instalación", "Configuración", "Autenticación", "Base de datos", "Despliegue", "Uso"),
    "pt": ("Instalação", "Configuração", "Autenticação", "Banco de dados", "Como rodar", "Deploy"),
    "ru": ("Установка", "Настройка", "Авторизация", "База данных", "Запуск", "Развёртывание"),
    "zh": ("安装", "配置", "认证", "数据库", "快速开始", "部署", "使用说明"), "ja": ("インストール", "設定", "認証",
    "データベース", "使い方", "デプロイ"),
}  # fmt: skip


def _curl(scene: Scene) -> list[str]:
    draw = scene.draw
    base = draw.pick((f"https://api.{draw.domain}", "http://localhost:8080", "https://api.example.com",
        f"https://{draw.domain}/api"))  # fmt: skip
    path = f"{base}/{draw.pick(('v1', 'v2', 'api'))}/{draw.word()}s"
    kind = draw.integer(0, 6)
    bearer = scene.service_token("access token", draw.pick(("jwt", "hex40", "base62", "", "uuid")))
    if kind == 0:
        return [f'curl -H "Authorization: {draw.pick(("Bearer", "Token", "Bearer"))} {bearer}" {path}']
    if kind == 1:
        return [f"curl -u {draw.pick((draw.user(), 'user', 'admin'))}:{scene.password('password')} {path}"]
    if kind == 2:
        return [f"curl -X POST {path}/login \\", "  -H 'Content-Type: application/json' \\",
            f"  -d '{{\"{draw.pick(('username', 'email'))}\": \"{draw.pick((draw.user(), 'user@example.com'))}\", "
            f"\"password\": \"{scene.password('password')}\"}}'"]  # fmt: skip
    if kind == 3:
        return [
            f"curl \"{path}?{draw.pick(('api_key', 'token', 'access_token', 'apikey'))}="
            f"{scene.service_token('api key', draw.pick(('hex32', 'base62', 'uuid', 'lower')))}\""]  # fmt: skip
    if kind == 4:
        return [f"curl -X POST https://auth.{draw.domain}/oauth/token \\", "  -d grant_type=client_credentials \\",
            f"  -d client_id={safe(draw.pick((draw.project, draw.uuid(), 'my-client')))} \\",
            f"  -d client_secret={scene.service_token('client secret', draw.pick(('base62', 'hex32', 'uuid')))}",
        ]  # fmt: skip
    if kind == 5:
        return ["curl --request GET \\", f"  --url {path} \\",
            f"  --header 'x-api-key: {scene.service_token('api key')}'"]  # fmt: skip
    return [f"http {path} 'Authorization: Basic {scene.pair('basic auth')}'"]


def _response(scene: Scene) -> list[str]:
    """What an interface answers: ids, dates, at times a token that was made up for the page."""
    draw = scene.draw
    fields: list[tuple[str, object]] = [("id", safe(draw.uuid())), ("status", "active"),
        ("created_at", f"{draw.date()}T{draw.time()}Z"), ("etag", safe(draw.hex(32))), ("name", draw.person()),
        ("next_cursor", safe(draw.base64url(18))), ("token_type", "Bearer"), ("sha", safe(draw.hex(40))),
        ("key_id", safe(draw.hex(16)))]  # fmt: skip
    chosen = [(name, str(value)) for name, value in draw.some(fields, 2, 5)]
    if draw.chance(0.5):
        chosen.append(draw.pick((("access_token", scene.service_token("access token", "jwt")),
            ("token", scene.service_token("token")), ("refresh_token", scene.service_token("refresh token", "base62")),
            ("api_key", scene.service_token("api key", "base62")), ("secret",
            scene.own_secret("webhook secret")))))  # fmt: skip
    return json_text(dict(draw.shuffled(chosen)), "  ").split("\n")


def _with(draw: Draw, password: str, host: str, user: str, scheme: str = "") -> str:
    """A connection string around a password that is marked already."""
    return connection_url(draw, "qqq", host, user=user, scheme=scheme).replace("qqq", password)


def _code(scene: Scene) -> tuple[list[str], str]:
    """An example of use in some language."""
    draw = scene.draw
    name = draw.identifier(draw.project, "pascal")
    key, password, user = scene.service_token("api key"), scene.password("password"), draw.pick((draw.user(), "user",
        "admin", "alice"))  # fmt: skip
    own = draw.project.replace("-", "_")
    choices = (
        ([f"from {own} import Client", "",
        f'client = Client("{draw.pick((draw.host(), "localhost"))}", '
        f'{draw.pick(("token", "api_key", "auth"))}="{key}")',
        f"client.{draw.verb()}_{draw.word()}()"], "python"),
        ([f"const {draw.identifier(draw.project, 'camel')} = require('{draw.project}');",
        f"const client = new {name}({{ {draw.pick(('apiKey', 'token', 'secret'))}: '{key}' }});",
        f"await client.{draw.verb()}('{draw.word()}');"], "js"),
        ([f'db = connect("{_with(draw, password or "secret", draw.pick(("localhost", "db", "host")), "user")}")',
        f"for row in db.{draw.word()}s:", "    print(row)"], "python"),
        ([f'client := {own}.New("{user}", "{password}")', "if err := client.Connect(ctx); err != nil {", "\treturn err",
        "}"], "go"),
        ([f"{name}.configure do |config|", f"  config.api_key = '{key}'", "  config.timeout = 10", "end"], "ruby"),
        ([f"$client = new {name}(['username' => '{user}', 'password' => '{password}']);", f"$client->{draw.verb()}();"],
        "php"),
        ([f"var options = new {name}Options {{ ClientId = \"{safe(draw.uuid())}\", ClientSecret = \"{key}\" }};"],
        "csharp"),
        ([f"import os\nclient = Client(token={safe('os.environ[' + chr(34) + 'API_TOKEN' + chr(34) + ']')})"],
        "python"),
        ([f"export {spell(draw.project + ' api key', 'screaming')}={key}",
        f"{draw.project} {draw.verb()} --{draw.word()} 3"], "bash"),
        ([f"{draw.project} login --user {user} --password {password}"], "sh"),
        ([f"docker run -d -p 8080:8080 -e {draw.pick(('ADMIN_PASSWORD', 'POSTGRES_PASSWORD', 'DB_PASS'))}={password} "
        f"{draw.project}"], "bash"), ([
        f"psql \"{_with(draw, password or 'pw', 'localhost', 'postgres', 'postgresql')}\""],
        "bash"),
        ([f"CREATE USER {user} WITH PASSWORD '{password}';",
        f"GRANT ALL PRIVILEGES ON DATABASE {draw.word()} TO {user};"], "sql"),
    )  # fmt: skip
    return draw.pick(choices)


def _settings(scene: Scene) -> tuple[list[str], str]:
    """A piece of a configuration file as documents show it."""
    draw = scene.draw
    made = groups(scene, 1, 2)
    kind = draw.integer(0, 3)
    if kind == 0:
        return flat_lines(scene, made, Look.of(draw, "screaming")), draw.pick(("", "bash", "env", "dotenv"))
    if kind == 1:
        return yaml_lines(draw, tree_of(made, draw.pick(("snake", "camel", "kebab")))), "yaml"
    if kind == 2:
        return json_text(tree_of(made, "camel"), "  ").split("\n"), "json"
    return flat_lines(scene, made, Look.of(draw, "dot", quotes=("",))), draw.pick(("properties", "ini"))


_MEANINGS = {
    "password": ("Password of the database user", "Password for the admin account", "Passphrase of the key",
    "Used to log in to the mail server"), "token": ("Token used to call the API", "Access token, see the dashboard",
    "Token of the bot", "Optional, needed for private repositories"),
    "key": ("Key of the API", "Key for signing cookies", "Your API key", "32 bytes, base64"),
    "secret": ("Secret of the OAuth client", "Secret for webhook signatures", "Random string, at least 32 characters"),
    "id": ("ID of the client", "ID of your account", "Found in the URL of the project"),
}  # fmt: skip


def _table(draw: Draw, markup: Markup) -> list[str]:
    """A table of settings and their meaning: names of secrets, no values."""
    rows = [f"| {draw.pick(('Variable', 'Name', 'Key'))} | {draw.pick(('Description', 'Meaning'))} | Default |",
        "|---|---|---|"]  # fmt: skip
    for _ in range(draw.integer(2, 8)):
        kind = draw.pick(("password", "token", "key", "secret", "id"))
        name = draw.secret_name(kind, "screaming")
        shown = (
            markup.tick
            + safe(draw.pick(("changeme", "none", "admin", "8080", "auto-generated", "empty")))
            + markup.tick
        )
        rows.append(
            f"| {markup.tick}{name}{markup.tick} | {draw.pick(_MEANINGS[kind])} | "
            f"{draw.pick(('', '-', 'none', shown))} |")  # fmt: skip
    return [*rows, ""]


def _section(scene: Scene, markup: Markup, level: int) -> list[str]:
    draw = scene.draw
    rows = markup.heading(draw.pick(_HEADINGS[draw.tongue] if draw.chance(0.8) else _HEADINGS["en"]), level)
    for _ in range(draw.integer(1, 3)):
        kind = draw.integer(0, 9)
        if kind <= 2:
            rows += [paragraph(draw), ""]
        elif kind == 3:
            rows += [*(f"{draw.pick('-*')} {fact(draw)}" for _ in range(draw.integer(2, 5))), ""]
        elif kind == 4:
            rows += [draw.pick((f"{fact(draw)}", "For example:", "Like this:", "Example request:")), "",
                *markup.code(_curl(scene), draw.pick(("bash", "sh", "console", "")))]  # fmt: skip
            if draw.chance(0.4):
                rows += ["Response:", "", *markup.code(_response(scene), "json")]
        elif kind == 5:
            rows += [fact(draw), "", *markup.code(*_settings(scene))]
        elif kind == 6:
            rows += [fact(draw), "", *markup.code(*_code(scene))]
        elif kind == 7:
            rows += _table(draw, markup)
        elif kind == 8:
            where = draw.pick(("Log in with", "The default login is", "Then open http://localhost:8080 and sign in as",
                "Default credentials:", "Test account:"))  # fmt: skip
            user, password = draw.pick(("admin", "demo", "root", draw.user())), scene.password("default password")
            rows += [draw.pick((f"{where} {markup.tick}{user}{markup.tick} / {markup.tick}{password}{markup.tick}.",
                f"{where} user {user}, password: {markup.tick}{password}{markup.tick}",
                f"{where} {markup.tick}{user}:{password}{markup.tick}")), ""]  # fmt: skip
        else:
            rows += [f"See {lookalikes.url(draw)} for details about {safe(lookalikes.field_name(draw))}.", ""]
    return rows


_DOC_PATHS = {"md": ("README.md", "README.md", "docs/{w}.md", "docs/getting-started.md", "docs/api/{w}.md",
    "{w}/README.md", "docs/configuration.md", "CONTRIBUTING.md", "docs/guides/{w}.mdx", "INSTALL.md"),
    "rst": ("docs/{w}.rst", "README.rst", "docs/source/config.rst", "docs/usage.rst"),
    "adoc": ("docs/{w}.adoc", "README.adoc", "src/docs/asciidoc/index.adoc")}  # fmt: skip


@file_type(weight=5)
def manual(draw: Draw) -> Sample:
    """A README or a page of a manual: mostly no credential, else one made up for the page."""
    scene = Scene(draw, "docs", draw.pick(("env", "shell", "spring")), draw.weighted({1.0: 3, 0.7: 3, 0.3: 3, 0.0: 2}),
        draw.integer(1, 5))  # fmt: skip
    kind = draw.weighted({"md": 8, "rst": 2, "adoc": 1})
    markup = {"md": MARKDOWN, "rst": RST, "adoc": ASCIIDOC}[kind]
    rows = [*markup.heading(draw.pick((draw.project, draw.project.title().replace("-", " "), summary(draw))), 1),
        paragraph(draw), ""]  # fmt: skip
    for _ in range(draw.integer(1, 6)):
        rows += _section(scene, markup, 2)
    if draw.chance(0.03):
        rows += [news(draw), "", *markup.code(_leak(draw), "")]
    return Page(draw).lines(rows).sample(draw.pick(_DOC_PATHS[kind]).format(w=draw.word()))


def _leak(draw: Draw) -> list[str]:
    """A pasted session of a live system; what stands in it is usable."""
    scene = Scene(draw, "live", "shell", 0.0, 2)
    return draw.pick((
        lambda: [f"$ ssh {draw.user()}@{draw.host()}", f"$ export DB_PASSWORD={scene.password()}",
        f"$ psql -h {draw.host()} -U {draw.user()}", "psql: connection refused"],
        lambda: [f"[{draw.date()} {draw.time()}] connecting to {scene.url('database url', 'postgresql')}",
        "Traceback (most recent call last):", "  ..."],
        lambda: [
        f"$ gitlab-runner register --url https://git.{draw.domain}/ --registration-token "
        f"{scene.service_token('runner token', 'base62')}", "Registering runner... succeeded"],
        lambda: [
        f"$ curl -H 'Authorization: Bearer {scene.service_token('token', 'jwt')}' https://api.{draw.domain}/v1/me",
        '{"error": "forbidden"}'],
    ))()  # fmt: skip


@file_type(weight=1.2)
def changelog(draw: Draw) -> Sample:
    rows = draw.pick((["# Changelog", ""], ["Changes", "=======", ""], ["# Release notes", ""]))
    verbs = ("Added", "Fixed", "Changed", "Removed", "Security")
    major, minor, year = draw.integer(0, 6), draw.integer(4, 30), draw.integer(2016, 2025)
    shape = draw.pick(("## [{v}] - {d}", "## {v} ({d})", "v{v}", "{v} / {d}", "# {v}"))
    for back in range(draw.integer(2, 7)):
        version, date = (
            f"{major}.{max(0, minor - back)}.{draw.integer(0, 9)}",
            f"{year - back // 2}-{draw.integer(1, 6) + (6 if back % 2 == 0 else 0):02d}-{draw.integer(1, 28):02d}"
        )  # fmt: skip
        rows += [shape.format(v=version, d=date), ""]
        for verb in draw.some(verbs, 1, 3):
            rows += [f"### {verb}"] if draw.chance(0.6) else []
            for _ in range(draw.integer(1, 4)):
                text = draw.pick((f"{summary(draw)}", f"Password reset for {draw.word()}s",
                    f"Token refresh in the {draw.word()} client",
                    f"{draw.verb().title()} {draw.word()}s without a token", fact(draw),
                    f"Bump {draw.word()} to {draw.version()}",
                    f"Rename `{safe(draw.secret_name(style='snake'))}` to `{safe(draw.secret_name(style='snake'))}`",
                    f"Secrets are read from files ({draw.first_name()})", "API keys can be scoped",
                    f"`--{draw.pick(('password', 'token', 'key'))}` accepts {safe('-')} for standard input",
                    "Hash passwords with argon2"))  # fmt: skip
                number = draw.integer(10, 4000)
                pull = f" ([#{number}](https://git.{draw.domain}/{draw.project}/pull/{number}))"
                rows.append(
                    f"{draw.pick('-*')} {text}"
                    f"{draw.pick(('', f' ({safe(draw.hex(7))})', pull, f' {safe(draw.hex(40))}'))}"
                )  # fmt: skip
            rows.append("")
    return Page(draw).lines(rows).sample(draw.pick(("CHANGELOG.md", "CHANGES.rst", "HISTORY.md", "docs/releases.md",
        "NEWS")))  # fmt: skip


@file_type(weight=1.8)
def post(draw: Draw) -> Sample:
    """Blog posts and tutorials: steps with code; credentials are made up for the reader."""
    scene = Scene(draw, "docs", "shell", draw.weighted({0.0: 4, 0.5: 3, 1.0: 2}), draw.integer(1, 4))
    rows = ["---",
        f"title: \"{draw.pick(('How we', 'Why we', 'How to'))} {draw.verb()} {draw.word()}s with {draw.service()}\"",
        f"date: {draw.date()}", f"tags: [{draw.word()}, auth, {draw.service()}]", f"author: {draw.person()}", "---",
        ""] if draw.chance(0.6) else [f"# {summary(draw)}", ""]  # fmt: skip
    for step in range(1, draw.integer(2, 6) + 1):
        rows += [
            f"{draw.pick(('## ', '### Step ', '## Step '))}{step}{draw.pick(('.', ':'))} "
            f"{draw.pick(_HEADINGS[draw.tongue])}", "", paragraph(draw, 2, 5), ""]  # fmt: skip
        make: Callable[[Scene], tuple[list[str], str]] = draw.pick((_code, _settings, lambda s: (_curl(s), "bash"),
            lambda s: (_response(s), "json")))  # fmt: skip
        rows += MARKDOWN.code(*make(scene)) if draw.chance(0.75) else [f"> {fact(draw)}", ""]
    if draw.chance(0.12):
        rows += ["You get back a token like this one:", "", *MARKDOWN.code([test(jwt(draw))], "")]
    return Page(draw).lines(rows).sample(draw.pick((f"_posts/{draw.date()}-{draw.word()}-{draw.word()}.md",
        f"content/blog/{draw.word()}.md", f"docs/tutorials/{draw.word()}.md",
        f"blog/{draw.year()}/{draw.word()}.md")))  # fmt: skip


@file_type(weight=2.4)
def internal_page(draw: Draw) -> Sample:
    """Runbooks, wiki pages and notes of a team: how to reach a live system, often with its password."""
    scene = Scene(draw, "live", "shell", draw.weighted({0.0: 4, 0.5: 2, 1.0: 3}), draw.integer(1, 5))
    markup = draw.pick((MARKDOWN, MARKDOWN, WIKI, RST))
    rows = [*markup.heading(draw.pick((
        f"Runbook: {draw.word()} {draw.pick(('outage', 'failover', 'restore', 'deployment'))}",
        f"Access to {draw.host()}", f"{draw.company} servers", "Onboarding",
        f"How to restart the {draw.word()} service", "Zugänge", "Acessos", "Accès serveurs", "服务器账号",
        "Credentials")),
        1), news(draw), ""]  # fmt: skip
    for _ in range(draw.integer(1, 5)):
        rows += markup.heading(draw.pick(("Steps", draw.host(), "Database", "Access", "Rollback", "Contacts",
            draw.city(), "VPN", "Mail", "Checks", draw.word().title())), 2)  # fmt: skip
        kind = draw.integer(0, 7)
        if kind == 0:
            rows += [f"{number}. {draw.pick((news, fact))(draw)}" for number in range(1, draw.integer(2, 5))] + [""]
        elif kind == 1:
            word = draw.pick(("Password", "password", "pw", "PW", "Passwort", "Kennwort", "senha", "mot de passe",
                "contraseña", "пароль", "密码", "パスワード", "pass"))  # fmt: skip
            rows += [f"- {draw.pick(('Host', 'Server', 'URL'))}: {draw.host()}",
                f"- {draw.pick(('User', 'Login', 'Username'))}: {draw.user()}",
                f"- {word}: {draw.pick((markup.tick, ''))}{scene.password('password')}", ""]  # fmt: skip
            rows[-2] += markup.tick if rows[-2].count(markup.tick or "\x00") % 2 else ""
        elif kind == 2:
            rows += markup.code([f"ssh {draw.user()}@{draw.host()}",
                f"mysql -u {draw.user()} -p{scene.password('mysql password')} {draw.word()}", "systemctl restart app"],
                "bash")  # fmt: skip
        elif kind == 3:
            rows += ["| System | User | Password |", "|---|---|---|",
                *(f"| {draw.host()} | {draw.user()} | {scene.password('password')} |" for _ in range(draw.integer(1,
                4))), ""]  # fmt: skip
        elif kind == 4:
            rows += [
                f"The {draw.service()} token is {markup.tick}{scene.service_token('token')}{markup.tick} (account "
                f"{draw.email(draw.domain)}).", ""]  # fmt: skip
        elif kind == 5:
            rows += markup.code(_curl(scene), "bash")
        elif kind == 6:
            rows += [f"Connection string: {markup.tick}{scene.url('database url')}{markup.tick}", ""]
        else:
            places = (f"secret/{draw.project}/{draw.word()}", f"1Password > Infra > {draw.word()}")
            rows += [
                f"{draw.pick(('The password is in the vault under', 'Ask', 'Credentials: see'))} "
                f"{safe(draw.pick((*places, draw.person(), 'the password manager')))}.",
                ""]  # fmt: skip
    return Page(draw).lines(rows).sample(draw.pick((f"docs/runbooks/{draw.word()}.md", f"wiki/{draw.word().title()}.md",
        "docs/internal/servers.md", f"ops/{draw.word()}.md", "notes.md", "ACCESS.md", f"confluence/{draw.word()}.txt",
        "zugaenge.txt", "notes/passwords.md", "docs/howto/restore.rst")))  # fmt: skip
