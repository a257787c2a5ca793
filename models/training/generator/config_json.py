"""Configuration in JSON: ASP.NET settings, services, service accounts, manifests, locale files, lock files."""

from __future__ import annotations

from generator import lookalikes, words
from generator.base import Draw, Page, Sample, file_type, safe, secret, test
from generator.config_env import placed
from generator.config_forms import Tree, json_text, spell, tree_of
from generator.config_groups import Setting
from generator.config_harmless import groups
from generator.config_scene import Scene
from generator.config_yaml import wordings
from generator.text_prose import fact
from generator.values import pem

_OPTIONS = (
    "",
    ";",
    ";TrustServerCertificate=True",
    ";Encrypt=True;Connection Timeout=30;",
    ";Persist Security Info=False;",
)


def sql_server_string(scene: Scene) -> str:
    """A connection string of pairs with semicolons, as .NET has them; the password is marked."""
    draw = scene.draw
    host = scene.host() if scene.is_live else draw.pick((r"(localdb)\\mssqllocaldb", "localhost,1433", ".", "localhost",
        "sqlserver"))  # fmt: skip
    name = draw.pick((draw.project.replace("-", ""), f"{draw.word().title()}Db",
        f"{draw.word()}_{draw.pick(words.STAGES)}"))  # fmt: skip
    if not scene.is_live and draw.chance(0.35):
        return f"Server={host};Database={name};Trusted_Connection=True;MultipleActiveResultSets=true"
    user, word = draw.pick((("User Id", "Password"), ("User ID", "Password"), ("uid", "pwd"), ("Uid", "Pwd"),
        ("user", "password")))  # fmt: skip
    password = scene.password("sql password").replace(";", "!")
    first = draw.pick((f"Server={host};Database={name}", f"Data Source={host};Initial Catalog={name}",
        f"Server=tcp:{draw.project}.database.windows.net,1433;Initial Catalog={name}" if scene.is_live
        else f"Host={host};Port=5432;Database={name}"))  # fmt: skip
    return (
        f"{first};{user}={draw.pick(('sa', draw.user()))};{word}={password}"
        f"{draw.pick(_OPTIONS)}"
    )  # fmt: skip


_SETTING_PATHS = {
    "live": ("appsettings.json", "src/{w}.Api/appsettings.json", "appsettings.Production.json",
    "src/Web/appsettings.Staging.json", "local.settings.json", "{w}/appsettings.Release.json", "web/appsettings.json"),
    "local": ("appsettings.Development.json", "src/{w}.Web/appsettings.Development.json", "local.settings.json",
    "appsettings.Local.json", "src/Api/appsettings.json"),
    "test": ("tests/{w}.Tests/appsettings.json", "test/appsettings.Test.json",
    "tests/IntegrationTests/testsettings.json"),
    "docs": ("samples/{w}/appsettings.json", "appsettings.example.json", "src/appsettings.Template.json",
    "examples/Minimal/appsettings.json"),
}  # fmt: skip


@file_type(weight=2.2)
def dotnet_settings(draw: Draw) -> Sample:
    scene = Scene.of(draw, "dotnet")
    tree: dict[str, Tree] = {"Logging": {"LogLevel": {"Default": "Information", "Microsoft.AspNetCore": "Warning"}}}
    if draw.chance(0.75):
        tree["ConnectionStrings"] = {name: sql_server_string(scene) for name in draw.some(("DefaultConnection",
            "Default", f"{draw.word().title()}Db", "Identity", "Hangfire", "Reporting"), 1, 3)}  # fmt: skip
    if draw.chance(0.2):
        key = scene.service_token("account key", "base64")
        tree["AzureWebJobsStorage"] = Setting("",
            f"DefaultEndpointsProtocol=https;AccountName={draw.project.replace('-', '')};AccountKey={key};EndpointSuff"
            f"ix=core.windows.net")  # fmt: skip
    tree.update(tree_of(groups(scene, 1, 5), "pascal"))
    tree.update(dict(draw.some((("AllowedHosts", "*"), ("Serilog", {"MinimumLevel": "Debug",
        "WriteTo": [{"Name": "Console"}]}), ("IsEncrypted", False), ("AzureAd",
        {"Instance": "https://login.microsoftonline.com/", "TenantId": Setting("", safe(draw.uuid())),
        "ClientId": Setting("", safe(draw.uuid()))}), ("ApplicationInsights", {"InstrumentationKey": Setting("",
        safe(draw.uuid()))})), 0, 3)))  # fmt: skip
    items = list(tree.items()) if draw.chance(0.6) else draw.shuffled(tree.items())
    return Page(draw).line(json_text(dict(items), draw.pick(("  ", "  ", "    ")))).sample(placed(scene,
        _SETTING_PATHS), 0.3)  # fmt: skip


_JSON_PATHS = {
    "live": ("config.json", "config/config.json", "config/production.json", "settings.json", "src/config.json",
    "{p}.json", "deploy/{s}.json", "config/default.json", "server/config/keys.json", "assets/config/app.json",
    "auth.json", "credentials.json", "bot/config.json", ".vscode/sftp.json", "src/environments/config.json",
    "data.json", "secrets.json", "app.json"),
    "local": ("config/development.json", "config/local.json", "dev.config.json", "config/config.json",
    "config.local.json"),
    "test": ("config/test.json", "test/fixtures/config.json", "tests/data/settings.json", "testdata/{w}.json",
    "spec/support/config.json", "cypress.env.json", "e2e/config.json"),
    "docs": ("config.example.json", "config.sample.json", "examples/config.json", "docs/{w}-config.json",
    "config.json.dist", "samples/{w}/config.json"),
}  # fmt: skip


@file_type(weight=2.8)
def plain_json(draw: Draw) -> Sample:
    scene = Scene.of(draw, "json")
    names = draw.weighted({"camel": 6, "snake": 4, "kebab": 0.7, "screaming": 0.8, "flat": 0.6, "pascal": 0.8})
    tree = tree_of(groups(scene, 1, 6), names)
    shape = draw.integer(0, 6)
    if shape == 0:
        tree = {stage: {"username": draw.user(), "password": Setting("", inner.password("database password")),
            "database": f"{draw.word()}_{stage}", "host": inner.host(), "dialect": draw.pick(("mysql", "postgres"))}
                for stage, inner in ((stage, _like(scene, stage)) for stage in draw.some(("development", "test",
                "production"), 2, 3))}  # fmt: skip
    elif shape == 1:
        tree = {"name": draw.project, "host": scene.host(), "protocol": draw.pick(("sftp", "ftp")),
            "port": draw.pick((21, 22)), "username": draw.user(), "password": Setting("",
            scene.password("ftp password")), "remotePath": f"/var/www/{draw.word()}",
            "uploadOnSave": draw.chance(0.5)}  # fmt: skip
    elif shape == 2:
        tree[spell(draw.pick(("users", "accounts", "servers", "providers", "targets")), names)] = [_account(draw, scene,
            names) for _ in range(draw.integer(1, 5))]  # fmt: skip
    elif shape == 3:
        tree = {"registry": {f"{draw.pick(('https://', ''))}registry.{draw.domain}": {"auth": Setting("",
            scene.pair("registry auth"))}}} if draw.chance(0.5) else {"http-basic": {f"repo.{draw.domain}": {
            "username": draw.user(), "password": Setting("", scene.password("repository password"))}},
            "github-oauth": {"github.com": Setting("", scene.service_token("github token", "github"))}}  # fmt: skip
    text = json_text(tree, draw.pick(("  ", "    ", "\t", "  ")), gap=draw.pick((" ", " ", " ", "")))
    return Page(draw).line(text).sample(placed(scene, _JSON_PATHS))


def _like(scene: Scene, stage: str) -> Scene:
    role = {"production": "live", "development": "local"}.get(stage, "test")
    return Scene(scene.draw, role, "json", scene.care, 2)  # type: ignore[arg-type]


def _account(draw: Draw, scene: Scene, names: str) -> dict[str, Tree]:
    one: dict[str, Tree] = {"id": draw.pick((draw.integer(1, 900), Setting("", safe(draw.uuid())))),
        "name": draw.pick((draw.person(), draw.user())), spell("email address",
        names) if draw.chance(0.2) else "email": draw.email()}  # fmt: skip
    if draw.chance(0.8):
        one[spell(draw.pick(("password", "api key", "token", "secret", "pwd")), names)] = Setting("",
            scene.password("user password") if draw.chance(0.7) else safe(lookalikes.password_hash(draw)))  # fmt: skip
    if draw.chance(0.4):
        one["role"] = draw.pick(("admin", "user", "editor"))
    return one


@file_type(weight=0.9)
def service_account(draw: Draw) -> Sample:
    """A key file of a cloud account, whole, with its parts struck out, or of a test."""
    role = draw.weighted({"live": 5, "test": 2, "docs": 2})
    project = f"{draw.project}-{draw.digits(6)}"
    mail = (
        f"{draw.pick((draw.word(), 'firebase-adminsdk-' + draw.alnum(5).lower(), 'deploy'))}@{project}.iam.gserviceacc"
        f"ount.com"
    )  # fmt: skip
    edge = "-" * 5
    hollow = (
        f"{edge}BEGIN PRIVATE KEY{edge}\\n{draw.pick(('...', 'YOUR_PRIVATE_KEY', 'xxxx', '<key>', 'REDACTED'))}\\n"
        f"{edge}END PRIVATE KEY{edge}\\n"
    )  # fmt: skip
    whole = pem(draw, "\\n", "PRIVATE KEY")
    if role == "live":
        key, key_id = secret(whole) + "\\n", safe(draw.hex(40))
    elif role == "test" and draw.chance(0.6):
        key, key_id = test(whole) + "\\n", safe(draw.hex(40))
    else:
        key, key_id = safe(hollow), safe(draw.pick(("<key id>", "your-key-id", draw.hex(40), "xxxxxxxx")))
    tree: dict[str, Tree] = {"type": "service_account", "project_id": project, "private_key_id": Setting("", key_id),
        "private_key": Setting("", key), "client_email": mail, "client_id": Setting("", safe(draw.digits(21))),
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
                             "token_uri": "https://oauth2.googleapis.com/token",
                             "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/"
                             + mail.replace("@", "%40")}  # fmt: skip
    if draw.chance(0.4):
        tree.pop("client_x509_cert_url")
    path = draw.pick({"live": ("service-account.json", "keys/gcp.json", f"config/{project}.json",
        "firebase-adminsdk.json", "backend/serviceAccountKey.json"), "test": ("tests/data/service_account.json",
        "testdata/fake-sa.json", "test/fixtures/key.json"), "docs": ("service-account.example.json",
        "docs/sample-key.json", "config/gcp.sample.json")}[role])  # fmt: skip
    return Page(draw).line(json_text(tree, draw.pick(("  ", "    ")))).sample(path)


@file_type(weight=1.3)
def manifest(draw: Draw) -> Sample:
    """package.json: names, versions, scripts, at times a credential in a script or an address."""
    scene = Scene.of(draw, "env", live=5, local=2, test=1, docs=0.5)
    packages = ("jsonwebtoken", "passport", "passport-local", "bcryptjs", "express-session", "dotenv", "keytar",
        "csurf", "password-validator", "axios", "pg", "react", "vue", "lodash", "otplib", "typescript", "jest",
        "eslint", "secrets.js", "token-types", "crypto-js", "next-auth", "vite", "mysql2")  # fmt: skip
    tree: dict[str, Tree] = {"name": draw.project, "version": draw.version(), "description": fact(draw),
        "private": True, "main": draw.pick(("index.js", "dist/main.js")),
        "author": f"{draw.author} <{draw.email(draw.domain)}>"}  # fmt: skip
    scripts: dict[str, Tree] = {"start": "node server.js", "test": draw.pick(("jest", "mocha --recursive",
        "vitest run")), "build": "tsc -p .", "lint": "eslint .", "keys:generate": "node scripts/generate-keys.js",
        "db:migrate": "knex migrate:latest"}  # fmt: skip
    scripts = dict(draw.some(list(scripts.items()), 2, 6))
    if draw.chance(0.4) and scene.quota:
        command = draw.pick((
            lambda: f"DATABASE_URL={scene.url('database url', 'postgres')} node server.js",
            lambda: f"sonar-scanner -Dsonar.login={scene.service_token('sonar token', 'hex40')}",
            lambda: f"mysqldump -u {draw.user()} -p{scene.password('database password')} {draw.word()} > dump.sql",
            lambda: f"sentry-cli --auth-token {scene.service_token('sentry token', 'hex64')} releases new "
            f"$npm_package_version",
            lambda: f"JWT_SECRET={scene.own_secret('jwt secret')} nodemon src/index.js",
            lambda: f"cross-env API_KEY={scene.service_token('api key')} webpack",
        ))  # fmt: skip
        scripts[draw.pick(("deploy", "dev", "sonar", "dump", "start:prod", "release"))] = command()
    tree["scripts"] = scripts
    tree["dependencies"] = {name: f"{draw.pick(('^', '~', ''))}{draw.version()}" for name in sorted(draw.some(packages,
        3, 14))}  # fmt: skip
    if draw.chance(0.25):
        tree["repository"] = {"type": "git",
            "url": f"git+https://github.com/{draw.company.split()[0].lower()}/{draw.project}.git"}  # fmt: skip
        if draw.chance(0.3):
            tree["dependencies"]["@internal/"
                + draw.word(
                )] = (
                    f"git+https://{draw.user()}:{scene.service_token('github token', 'github')}@github.com/"
                    f"{draw.company.split()[0].lower()}/{draw.word()}.git"
                )  # type: ignore[index]  # fmt: skip
    if draw.chance(0.3):
        tree["keywords"] = draw.some(("auth", "token", "password", "cli", "secret", "oauth", draw.word()), 2, 5)
    folder = {"test": "test/fixtures/", "docs": "examples/basic/"}.get(scene.role,
        draw.pick(("", "", "backend/", f"packages/{draw.word()}/", "client/")))  # fmt: skip
    return Page(draw).line(json_text(tree, draw.pick(("  ", "  ", "    ")))).sample(f"{folder}package.json")


@file_type(weight=1.5)
def locale_json(draw: Draw) -> Sample:
    tongue = draw.tongue
    names = draw.pick(("camel", "snake", "screaming", "dot", "kebab"))
    rows: dict[str, Tree] = {}
    for area in draw.some(("login", "account", "errors", "settings", "common", "register", "apiKeys", "profile",
        "validation", "dialogs"), 1, 5):  # fmt: skip
        inner: dict[str, Tree] = {spell(key, names): Setting("", text) for key, text in wordings(draw, draw.integer(3,
            12))}  # fmt: skip
        if names == "dot":
            rows.update({f"{area}.{key}": value for key, value in inner.items()})
        else:
            rows[area] = inner
    path = draw.pick((f"src/locales/{tongue}.json", f"public/locales/{tongue}/translation.json", f"i18n/{tongue}.json",
        f"assets/i18n/{tongue}.json", f"lang/{tongue}.json", f"src/lang/{tongue}/auth.json",
        "messages.json"))  # fmt: skip
    return Page(draw).line(json_text(rows, draw.pick(("  ", "    ", "\t")))).sample(path)


@file_type(weight=1.2)
def lock_file(draw: Draw) -> Sample:
    """Lock files and lists of checksums: rows of hashes, none a credential."""
    kind = draw.integer(0, 4)
    names = [
        f"{draw.pick((draw.word(), 'passport', 'jsonwebtoken', 'token-bucket', 'secret-store', 'keyv', 'oauth'))}-"
        f"{draw.pick(('core', 'utils', 'types', 'cli', 'loader', 'js'))}"
        for _ in range(draw.integer(4, 22))]  # fmt: skip
    if kind == 0:
        tree: dict[str, Tree] = {"name": draw.project, "lockfileVersion": 3, "requires": True,
            "packages": {f"node_modules/{name}": {"version": draw.version(),
            "resolved": f"https://registry.npmjs.org/{name}/-/{name}-{draw.version()}.tgz",
            "integrity": Setting("", safe(lookalikes.integrity(draw)))} for name in names}}  # fmt: skip
        return Page(draw).line(json_text(tree)).sample("package-lock.json")
    if kind == 1:
        rows = ["# THIS IS AN AUTOGENERATED FILE.", ""]
        for name in names:
            rows += [f'{name}@^{draw.version()}:', f'  version "{draw.version()}"',
                f'  resolved "https://registry.yarnpkg.com/{name}/-/{name}-{draw.version()}.tgz#{safe(draw.hex(40))}"',
                f"  integrity {safe(lookalikes.integrity(draw))}", ""]  # fmt: skip
        return Page(draw).lines(rows).sample("yarn.lock")
    if kind == 2:
        return Page(draw).lines(f"{part} v{version}{tail} h1:{safe(draw.base64(32))}" for name in names for part,
            version in [(f"github.com/{draw.surname().lower()}/{name}", draw.version())] for tail in ("",
            "/go.mod")).sample("go.sum")  # fmt: skip
    if kind == 3:
        return Page(draw).lines(
            f"{safe(draw.hex(64))}  {draw.project}-{draw.version()}-{draw.pick(('linux', 'darwin', 'windows'))}-"
            f"{draw.pick(('amd64', 'arm64'))}{draw.pick(('.tar.gz', '.zip', ''))}"
            for _ in names).sample(draw.pick(("SHA256SUMS", "checksums.txt", "dist/sha256.txt")))  # fmt: skip
    rows = ["[metadata]", f'content-hash = "{safe(draw.hex(64))}"', ""]
    for name in names:
        rows += ["[[package]]", f'name = "{name}"', f'version = "{draw.version()}"',
            f'checksum = "{safe(draw.hex(64))}"', 'source = "registry+https://github.com/rust-lang/crates.io-index"',
            ""]  # fmt: skip
    return Page(draw).lines(rows).sample(draw.pick(("Cargo.lock", "poetry.lock")))
