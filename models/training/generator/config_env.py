"""Files of lines: .env files, properties, INI and other sections, TOML."""

from __future__ import annotations

from generator.base import Draw, Page, Sample, file_type, safe
from generator.config_forms import Look, flat_lines, header, section_lines, spell
from generator.config_groups import Group, Setting
from generator.config_harmless import groups
from generator.config_scene import Scene
from generator.values import pem

_ENV_PATHS = {
    "live": (".env", ".env.production", "deploy/.env", ".env.prod", "config/prod.env", "{p}/.env", "docker/app.env",
    ".env.staging", "backend/.env", "server/.env.live", "env/production.env", ".env.bak", ".env.old", "secrets.env",
    ".envrc", "infra/envs/live/.env"),
    "local": (".env", ".env.local", ".env.development", ".env.dev", "docker/.env", "backend/.env.dev", "dev.env",
    ".env.docker", "config/local.env", ".envrc", "apps/{w}/.env.development", ".devcontainer/.env"),
    "test": (".env.test", ".env.testing", "tests/.env", "test/env/ci.env", ".env.ci", "e2e/.env.e2e",
    "spec/fixtures/.env", "backend/.env.test", "packages/{w}/.env.test.local"),
    "docs": (".env.example", ".env.sample", "env.example", ".env.dist", ".env.template", "example.env",
    "backend/.env.example", "docs/env.sample", ".env.default", "apps/{w}/.env.example", "{p}.env.tpl",
    "examples/{w}/.env"),
}  # fmt: skip


_ASTRAY = {"live": ("docs", "test"), "local": ("live", "docs"), "test": ("docs",), "docs": ("test",)}
"""Whose places a file of a role may stand at: what is in it still tells its role."""


def placed(scene: Scene, paths: dict[str, tuple[str, ...]], astray: float = 0.05) -> str:
    """A path that agrees with the role of the scene, save with probability `astray`."""
    draw = scene.draw
    role = draw.pick(_ASTRAY[scene.role]) if draw.chance(astray) else scene.role
    path = draw.pick(paths[role]).format(p=draw.project, w=draw.word(), s=draw.pick(("prod", "live", "staging")))
    return (
        f"{draw.pick((draw.project, draw.word(), 'backend', 'services/' + draw.word(), 'apps/' + draw.word()))}/{path}"
        if draw.chance(0.15) else path
    )  # fmt: skip


@file_type(weight=4)
def env_file(draw: Draw) -> Sample:
    scene = Scene.of(draw, "env", live=4, local=3, test=1.2, docs=3)
    look = Look.of(draw, draw.weighted({"screaming": 15, "snake": 1, "dot": 0.3}), quotes=("", "", "", '"', "'"),
        gaps=("",) * 9 + (" ",))  # fmt: skip
    lead = draw.weighted({"": 12, "export ": 1})
    framework = draw.weighted({"": 10, "next public": 1, "vite": 1, "react app": 1, "nuxt": 0.4,
        draw.project.split("-")[0]: 1.5})  # fmt: skip
    rows = header(scene, "#")
    for group in groups(scene, 1, 9):
        prefix = framework if framework and draw.chance(0.4) else ""
        rows += ["" for _ in range(draw.chance(look.blank))] if rows else []
        rows += [lead + row if row and not row.startswith("#") else row for row in flat_lines(scene, [group], look,
            prefix=prefix)]  # fmt: skip
    if draw.chance(0.12):
        rows += _noise(draw)
    if draw.chance(0.05) and scene.role == "live":
        quote = '"'
        name = draw.pick(("private key", "firebase private key", "jwt private key", "ssh key"))
        rows.append(f"{lead}{spell(name, look.names)}={quote}{_one_line_key(draw, scene)}{quote}")
    return Page(draw).lines(rows).sample(placed(scene, _ENV_PATHS))


def _one_line_key(draw: Draw, scene: Scene) -> str:
    from generator.base import secret

    return secret(pem(draw, "\\n"))


def _noise(draw: Draw) -> list[str]:
    return draw.some([f"COMPOSE_PROJECT_NAME={draw.project}", "PYTHONUNBUFFERED=1",
        f"NPM_CONFIG_REGISTRY=https://npm.{draw.domain}", "TZ=Europe/Berlin", "DISABLE_ESLINT_PLUGIN=true",
        "SASS_PATH=src/styles",
                      f"SECRET_KEY_FILE={safe('/run/secrets/secret_key')}", f"PUID={draw.integer(500, 1500)}",
                      "HISTSIZE=5000", f"GIT_COMMIT={safe(draw.hex(40))}", "AUTH_PROVIDER=ldap",
                      "PASSWORD_RESET_ENABLED=true"], 1, 4)  # fmt: skip


_PROPERTY_PATHS = {
    "live": ("src/main/resources/application.properties", "src/main/resources/application-prod.properties",
    "config/{p}.properties", "conf/{w}.properties", "deploy/{s}/app.properties", "src/main/resources/jdbc.properties",
    "etc/{p}.properties", "gradle.properties", "keystore.properties", "WEB-INF/classes/db.properties",
    "sonar-project.properties", "src/main/webapp/WEB-INF/config.properties"),
    "local": ("src/main/resources/application-dev.properties", "src/main/resources/application-local.properties",
    "config/local.properties", "application.properties", "conf/dev/{w}.properties"),
    "test": ("src/test/resources/application.properties", "src/test/resources/test.properties",
    "src/test/resources/application-test.properties", "it/src/test/resources/db.properties",
    "src/test/resources/{w}.properties"),
    "docs": ("config.properties.example", "conf/{w}.properties.sample",
    "src/main/resources/application.properties.template", "examples/{w}/application.properties",
    "{p}-sample/config/app.properties", "docs/{p}.properties"),
}  # fmt: skip
_SPRING = {"database": "spring datasource", "cache": "spring redis", "mail": "spring mail", "queue": "spring rabbitmq",
    "tokens": "jwt", "directory": "spring ldap"}  # fmt: skip


@file_type(weight=2.4)
def properties(draw: Draw) -> Sample:
    scene = Scene.of(draw, "spring")
    look = Look.of(draw, draw.weighted({"dot": 8, "camel": 1, "snake": 1, "screaming": 0.5}),
        draw.weighted({"#": 9, "!": 0.3}), quotes=("",), gaps=("", "", " "))  # fmt: skip
    sign = draw.weighted({"=": 12, ":": 0.5})
    is_spring = look.names == "dot" and draw.chance(0.55)
    made = groups(scene, 2, 7)
    if is_spring:
        made = [group._replace(prefix=_SPRING.get(group.title, group.prefix)) for group in made]
    rows = header(scene, look.comment)
    if is_spring and draw.chance(0.6):
        rows += draw.some([f"server.port={draw.pick((8080, 8081, 9090))}", f"spring.application.name={draw.project}",
            "spring.jpa.hibernate.ddl-auto=" + draw.pick(("update", "validate", "none")), "spring.jpa.show-sql=true",
                           f"spring.profiles.active={draw.pick(('dev', 'prod', 'local'))}",
                           "management.endpoints.web.exposure.include=health,info",
                           "spring.servlet.multipart.max-file-size=20MB", f"server.ssl.key-alias={draw.word()}",
                           "spring.messages.basename=i18n/messages",
                           "logging.level.org.springframework.security=DEBUG",
                           "spring.jackson.property-naming-strategy=SNAKE_CASE"], 1, 7)  # fmt: skip
    rows += flat_lines(scene, made, look, sign)
    if draw.chance(0.15):
        name = draw.pick(("server.ssl.key-store-password", "keyPassword", "storePassword", "trustStore.password",
            "signing.password"))  # fmt: skip
        rows += [f"{name}{sign}{scene.password('keystore password')}"]
    if draw.chance(0.08):
        rows = [row.replace("\n", "") for row in rows]
    return Page(draw).lines(rows).sample(placed(scene, _PROPERTY_PATHS))


_INI_PATHS = {
    "live": ("config.ini", "etc/{p}.conf", "conf/{w}.cfg", "settings.ini", "deploy/{s}.ini", "{p}.cfg",
    "app/config/config.ini", "conf/{p}.conf", "odoo.conf", "alembic.ini", "etc/{w}/{w}.conf", "bot/config.ini",
    "ops/{s}/{w}.ini", "superset.cfg", "~/.{p}rc"),
    "local": ("config/dev.ini", "development.ini", "local.cfg", "docker/{w}.conf", "settings.local.ini",
    "etc/dev/{p}.conf"),
    "test": ("tests/config.ini", "test.ini", "tests/data/{w}.cfg", "tests/fixtures/settings.ini", "ci/test.conf"),
    "docs": ("config.ini.example", "config.sample.ini", "settings.ini.dist", "examples/{w}.conf",
    "docs/{p}.example.cfg", "{p}.conf.sample", "config-example.ini"),
}  # fmt: skip


@file_type(weight=2.4)
def sections(draw: Draw) -> Sample:
    scene = Scene.of(draw, "env")
    look = Look.of(draw, draw.weighted({"snake": 8, "camel": 1.5, "pascal": 1.5, "kebab": 1, "flat": 1.5}),
        draw.pick("##;"), quotes=("", "", "", '"'), gaps=(" ", " ", ""))  # fmt: skip
    sign = draw.weighted({"=": 12, ":": 1})
    rows = header(scene, look.comment)
    if draw.chance(0.25):
        rows += flat_lines(scene, groups(scene, 1, 4), look, sign)
    else:
        rows += section_lines(scene, groups(scene, 1, 7), look, sign)
    return Page(draw).lines(rows).sample(placed(scene, _INI_PATHS))


_TOML_PATHS = {
    "live": ("config.toml", "config/production.toml", "{p}.toml", "settings.toml", "deploy/{s}.toml",
    ".streamlit/secrets.toml", "wrangler.toml", "fly.toml", "Settings.toml", "conf/{w}.toml", "config/.secrets.toml",
    "netlify.toml"),
    "local": ("config/local.toml", "config/development.toml", "dev.toml", "supabase/config.toml", "Rocket.toml",
    ".secrets.toml"),
    "test": ("tests/config.toml", "config/test.toml", "tests/fixtures/{w}.toml", "testdata/config.toml"),
    "docs": ("config.example.toml", "config.toml.sample", "examples/{w}.toml", "docs/config.toml",
    "settings.example.toml"),
}  # fmt: skip


@file_type(weight=1.6)
def toml(draw: Draw) -> Sample:
    scene = Scene.of(draw, "env")
    look = Look.of(draw, draw.weighted({"snake": 8, "camel": 1, "kebab": 1.5, "screaming": 0.6}),
        quotes=('"', '"', '"', "'"), gaps=(" ", " ", ""))  # fmt: skip
    made = groups(scene, 1, 6)
    rows = header(scene, "#")
    top = draw.some([f'title = "{draw.project}"', f'name = "{draw.project}"', f'version = "{draw.version()}"',
        f'edition = "{draw.pick((2018, 2021))}"', "debug = false", f'account_id = "{safe(draw.hex(32))}"',
        f'compatibility_date = "{draw.date()}"', 'main = "src/index.ts"'], 0, 4)  # fmt: skip
    rows += [*top, ""] if top else []
    if draw.chance(0.2):
        rows += _inline_tables(made, look)
    else:
        rows += section_lines(scene, made, look)
    if draw.chance(0.25):
        rows += ["", f"[[{draw.pick(('users', 'peers', 'accounts', 'upstreams', 'inputs.http'))}]]",
            f'name = "{draw.user()}"',
            f'{draw.pick(("password", "token", "key", "secret"))} = "{scene.password("user password")}"']  # fmt: skip
    return Page(draw).lines(rows).sample(placed(scene, _TOML_PATHS))


def _inline_tables(made: list[Group], look: Look) -> list[str]:
    rows = []
    for group in made:
        inner = ", ".join(f"{spell(setting.name, look.names)} = {_toml_value(setting)}"
            for setting in group.settings[:5])  # fmt: skip
        rows.append(f"{spell(group.prefix or group.title, look.names)} = {{ {inner} }}")
    return rows


def _toml_value(setting: Setting) -> str:
    return setting.value if setting.plain and setting.value else f'"{setting.value}"'
