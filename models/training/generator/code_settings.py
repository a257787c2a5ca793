"""Settings modules of frameworks: Django, Flask, Laravel, WordPress, Angular, Express."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

from generator import code_syntax as core
from generator import code_syntax_more as more
from generator import values
from generator.base import Draw, Page, Sample, bare, file_type, label_of, mark, safe
from generator.code_blocks import block
from generator.code_general import preamble
from generator.code_scene import Scene
from generator.values import Role


def drawn_role(draw: Draw) -> Role:
    return draw.weighted({"live": 6, "local": 2.5, "test": 1.5})


def setting(scene: Scene, kind: str, name: str, token: str = "") -> str:
    """An expression for the credential `name`: a literal while the file may hold one, else where it comes from."""
    draw = scene.draw
    if draw.chance(scene.density):
        named = scene.credential(kind)
        if token and (draw.chance(0.75) or label_of(named.value) == "secret"):
            return scene.text(mark(label_of(named.value) or "test", values.token(draw, token)))
        return scene.text(named.value)
    if draw.chance(0.65):
        return scene.marked_reference(name)
    return scene.text(draw.pick((safe(scene.placeholder(name)), "")))


@file_type(weight=3)
def django_settings(draw: Draw) -> Sample:
    role = drawn_role(draw)
    scene = Scene(draw, core.PYTHON, role, draw.weighted({0: 2, 1: 4, 2: 3, 3: 2}))
    app = draw.project.replace("-", "_")
    secret_key = setting(scene, "secret", "secret key", "django")
    if draw.chance(0.3) and role == "local":
        secret_key = scene.text(mark("test", "django-insecure-" + values.token(draw, "django")))
    host = draw.host() if role == "live" else draw.local_host()
    engine = draw.pick(("postgresql", "mysql", "postgresql_psycopg2", "oracle"))
    quote = scene.quote
    database = (f"DATABASES = {{\n    {quote}default{quote}: {{\n        {quote}ENGINE{quote}: {quote}django.db.backends.{engine}{quote},\n        {quote}NAME{quote}: {quote}{app}{quote},\n        {quote}USER{quote}: {quote}{draw.user()}{quote},\n"
                f"        {quote}PASSWORD{quote}: {setting(scene, 'password', 'db password')},\n        {quote}HOST{quote}: {quote}{host}{quote},\n    }}\n}}")  # fmt: skip
    sqlite = "DATABASES = {\n    'default': {\n        'ENGINE': 'django.db.backends.sqlite3',\n        'NAME': BASE_DIR / 'db.sqlite3',\n    }\n}"
    parts = [
        f"SECRET_KEY = {secret_key}", f"DEBUG = {scene.flag()}", f"ALLOWED_HOSTS = [{scene.text(draw.domain)}]", draw.pick((database, database, sqlite)),
        "INSTALLED_APPS = [\n" + "\n".join(f"    {quote}{each}{quote}," for each in ("django.contrib.admin", "django.contrib.auth", *draw.some(("rest_framework", "corsheaders", "allauth", f"{app}.{draw.word()}s", "storages", "django_celery_beat"), 1, 5))) + "\n]",
        "AUTH_PASSWORD_VALIDATORS = [\n" + "\n".join(f"    {{{quote}NAME{quote}: {quote}django.contrib.auth.password_validation.{each}{quote}}}," for each in draw.some(("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator"), 2, 4)) + "\n]",
        f"LANGUAGE_CODE = {scene.text(draw.pick(('en-us', 'de', 'fr-fr', 'pt-br')))}\nTIME_ZONE = {scene.text(draw.pick(('UTC', 'Europe/Berlin', 'America/Sao_Paulo')))}", f"STATIC_URL = {scene.text('/static/')}", f"ROOT_URLCONF = {scene.text(app + '.urls')}",
        f"EMAIL_HOST = {scene.text(f'smtp.{draw.domain}')}\nEMAIL_HOST_USER = {scene.text(draw.email())}\nEMAIL_HOST_PASSWORD = {setting(scene, 'password', 'email host password')}",
        f"AWS_ACCESS_KEY_ID = {scene.marked_reference('aws access key id')}\nAWS_SECRET_ACCESS_KEY = {setting(scene, 'secret', 'aws secret access key', 'aws')}\nAWS_STORAGE_BUCKET_NAME = {scene.text(draw.project)}",
        f"CACHES = {{{quote}default{quote}: {{{quote}BACKEND{quote}: {quote}django.core.cache.backends.locmem.LocMemCache{quote}}}}}", f"SOCIAL_AUTH_GITHUB_KEY = {scene.plain(draw.hex(20))}\nSOCIAL_AUTH_GITHUB_SECRET = {setting(scene, 'secret', 'social auth github secret', 'hex40')}",
        f"SESSION_COOKIE_NAME = {scene.plain(draw.pick(('sessionid', app + '_session')))}\nCSRF_COOKIE_SECURE = {scene.flag()}", f"PASSWORD_RESET_TIMEOUT = {scene.number('time')}", f"STRIPE_SECRET_KEY = {setting(scene, 'key', 'stripe secret key', 'stripe')}", block(scene, 0.7),
        "PASSWORD_HASHERS = [\n    'django.contrib.auth.hashers.Argon2PasswordHasher',\n    'django.contrib.auth.hashers.PBKDF2PasswordHasher',\n]", f"SIMPLE_JWT = {{\n    'SIGNING_KEY': {setting(scene, 'secret', 'jwt signing key')},\n    'AUTH_HEADER_TYPES': ('Bearer',),\n}}",
    ]  # fmt: skip
    head = [parts[0]] if draw.chance(0.85) else []
    page = Page(draw)
    page.add(
        draw.maybe('"""\nDjango settings for ' + app + ' project.\n"""\n', 0.5)
        + "from pathlib import Path\nimport os\n\nBASE_DIR = Path(__file__).resolve().parent.parent\n\n"
    )
    for part in [*head, *draw.some(parts[1:], 4, 12)]:
        if draw.chance(0.25):
            page.line(
                scene.comment(
                    draw.pick(
                        (
                            draw.sentence(),
                            "SECURITY WARNING: keep this out of version control",
                            "Quick-start development settings",
                        )
                    )
                )
            )
        page.line(part)
        page.line()
    name = {
        "live": ("settings.py", "settings/production.py", "settings/base.py", "settings_prod.py"),
        "local": ("settings/local.py", "settings/dev.py", "local_settings.py", "settings.py"),
        "test": ("settings/test.py", "tests/settings.py", "test_settings.py"),
    }
    return page.sample(f"{app}/{draw.pick(name[role])}")


@file_type(weight=2)
def wordpress(draw: Draw) -> Sample:
    role: Role = draw.weighted({"live": 6, "local": 2})
    template = draw.chance(0.25)

    def credential(kind: str) -> str:
        if template:
            return safe(
                draw.pick(("put your unique phrase here", "password_here", values.placeholder(draw, "db password")))
            )
        named = values.credential(draw, role, kind)
        return named.value

    page = Page(draw)
    page.line("<?php")
    page.lines(draw.some((f"/** {draw.sentence()} */", f"// {draw.sentence()}", "/**", " * Base configuration"), 0, 1))
    rows = [
        ("DB_NAME", draw.project.replace("-", "_")),
        ("DB_USER", "username_here" if template else draw.user()),
        ("DB_PASSWORD", credential("password")),
        ("DB_HOST", draw.local_host() if role == "local" else draw.pick(("localhost", draw.host()))),
        ("DB_CHARSET", "utf8mb4"),
    ]
    style = draw.pick(("define( '{}', '{}' );", "define('{}', '{}');", 'define("{}", "{}");'))
    page.lines(style.format(name, value) for name, value in rows)
    page.line()
    if draw.chance(0.7):
        for name in (
            "AUTH_KEY",
            "SECURE_AUTH_KEY",
            "LOGGED_IN_KEY",
            "NONCE_KEY",
            "AUTH_SALT",
            "SECURE_AUTH_SALT",
            "LOGGED_IN_SALT",
            "NONCE_SALT",
        )[: draw.pick((2, 4, 8))]:
            value = (
                safe("put your unique phrase here")
                if template
                else mark(
                    "secret" if role == "live" else "test",
                    draw.chars(values.words.ALNUM * 2 + "!@#%^&*()-_[]<>~+=,.;:/?|", 64),
                )
            )
            page.line(style.format(name, value))
        page.line()
    page.line(f"$table_prefix = '{draw.pick(('wp_', draw.alnum(4).lower() + '_'))}';")
    extra = (
        "define( 'WP_DEBUG', false );",
        f"define('WP_HOME', 'https://{draw.domain}');",
        "define('DISALLOW_FILE_EDIT', true);",
        f"define('WP_REDIS_HOST', '{draw.host()}');",
        f"define('COOKIE_DOMAIN', '{draw.domain}');",
        f"// {draw.sentence()}",
        f"define('WP_CACHE_KEY_SALT', '{safe(draw.domain)}');",
        "define( 'FORCE_SSL_ADMIN', true );",
        f"define('FTP_PASS', '{credential('password')}');",
    )
    page.lines(draw.some(extra, 1, 6))
    page.lines(
        (
            "",
            "if ( ! defined( 'ABSPATH' ) ) {",
            "\tdefine( 'ABSPATH', __DIR__ . '/' );",
            "}",
            "require_once ABSPATH . 'wp-settings.php';",
        )
    )
    name = (
        "wp-config-sample.php"
        if template
        else draw.pick(("wp-config.php", "public/wp-config.php", "web/wp-config.php"))
        if role == "live"
        else draw.pick(("wp-config-local.php", "docker/wp-config.php"))
    )
    return page.sample(name)


@file_type(weight=2.5)
def laravel(draw: Draw) -> Sample:
    """A configuration file that returns an array."""
    role = drawn_role(draw)
    scene = Scene(draw, more.PHP, role, draw.weighted({0: 5, 1: 4, 2: 2}))
    quote = "'"
    scene.quote = quote
    groups = []
    for name in draw.some(
        (
            "mysql",
            "pgsql",
            "redis",
            "mailgun",
            "stripe",
            "ses",
            "github",
            "facebook",
            "smtp",
            "pusher",
            "sqs",
            draw.service(),
        ),
        2,
        5,
    ):
        rows = [
            (key, scene.text(value))
            for key, value in draw.some(
                (
                    ("driver", name),
                    ("host", draw.host()),
                    ("port", "3306"),
                    ("username", draw.user()),
                    ("charset", "utf8"),
                    ("prefix", ""),
                    ("region", "us-east-1"),
                    ("redirect", values.url(draw)),
                    ("domain", draw.domain),
                    ("queue", "default"),
                    ("client_id", safe(draw.digits(15))),
                ),
                1,
                5,
            )
        ]
        for _ in range(draw.integer(1, 2)):
            key = draw.pick(("password", "secret", "key", "client_secret", "token"))
            kind = {"client_secret": "secret"}.get(key, key)
            loud = f"{name}_{key}".upper()
            shown = setting(scene, kind, f"{name} {key}")
            rows.append(
                (
                    key,
                    draw.pick(
                        (shown, shown, f"env('{loud}')", f"env('{loud}', {shown})" if shown[:1] == quote else shown)
                    ),
                )
            )
        body = "\n".join(f"        '{key}' => {value}," for key, value in draw.shuffled(rows))
        groups.append(f"    '{name}' => [\n{body}\n    ],")
    page = Page(draw)
    page.add("<?php\n\n" + draw.maybe("use Illuminate\\Support\\Str;\n\n", 0.3) + "return [\n\n")
    for group in groups:
        page.add(draw.maybe(f"    // {draw.sentence()}\n", 0.3))
        page.add(
            draw.maybe(
                f"    '{draw.pick(('default', 'debug', 'timezone', 'locale', 'cipher'))}' => env('{draw.word().upper()}', '{draw.pick(('mysql', 'UTC', 'en', 'AES-256-CBC'))}'),\n\n",
                0.3,
            )
        )
        page.add(group + "\n\n")
    page.line("];")
    name = {
        "live": f"config/{draw.pick(('database', 'services', 'mail', 'queue', 'app', draw.service()))}.php",
        "local": "config/local.php",
        "test": "tests/config/services.php",
    }
    return page.sample(name.get(role, "config/app.php"))


@file_type(weight=2)
def flask(draw: Draw) -> Sample:
    """Configuration classes, or an application with its settings."""
    role = drawn_role(draw)
    scene = Scene(draw, core.PYTHON, role, draw.weighted({0: 2, 1: 4, 2: 3}))
    local = Scene(draw, core.PYTHON, "test", 2)
    local.quote = scene.quote
    page = Page(draw)
    page.add(preamble(scene) + "\n\n")
    if draw.chance(0.5):
        page.line("class Config:")
        rows = [
            f"SECRET_KEY = {setting(scene, 'secret', 'secret key')}",
            f"SQLALCHEMY_DATABASE_URI = {_uri(scene)}",
            "SQLALCHEMY_TRACK_MODIFICATIONS = False",
            f"MAIL_SERVER = {scene.text(f'smtp.{draw.domain}')}",
            f"MAIL_PASSWORD = {setting(scene, 'password', 'mail password')}",
            f"JWT_SECRET_KEY = {setting(scene, 'secret', 'jwt secret key')}",
            f"SESSION_COOKIE_NAME = {scene.plain(draw.project)}",
            f"PERMANENT_SESSION_LIFETIME = {scene.number('time')}",
        ]
        page.lines(draw.some(rows, 3, 8), "    ")
        page.lines(("", "", "class TestingConfig(Config):", "    TESTING = True"))
        page.lines(
            draw.some(
                (
                    f"SECRET_KEY = {setting(local, 'secret', 'secret key')}",
                    f"JWT_SECRET_KEY = {setting(local, 'secret', 'jwt secret')}",
                    "WTF_CSRF_ENABLED = False",
                    'SQLALCHEMY_DATABASE_URI = "sqlite://"',
                ),
                1,
                3,
            ),
            "    ",
        )
    else:
        page.line("app = Flask(__name__)" if draw.chance(0.7) else "app = FastAPI()")
        rows = [
            f"app.secret_key = {setting(scene, 'secret', 'secret key')}",
            f"app.config[{scene.quote}SQLALCHEMY_DATABASE_URI{scene.quote}] = {_uri(scene)}",
            f"app.config['JWT_SECRET_KEY'] = {setting(scene, 'secret', 'jwt secret')}",
            f"app.config['MAIL_PASSWORD'] = {setting(scene, 'password', 'mail password')}",
            f"SECRET_KEY = {setting(scene, 'secret', 'secret key', 'hex64')}",
            'ALGORITHM = "HS256"',
            "ACCESS_TOKEN_EXPIRE_MINUTES = 30",
            'oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")',
            'pwd_context = CryptContext(schemes=["bcrypt"], deprecated="auto")',
        ]
        page.lines(draw.some(rows, 2, 6))
        page.line()
        for _ in range(draw.integer(1, 4)):
            page.add(
                f'\n@app.{draw.pick(("get", "post", "route"))}("/{draw.word()}s")\n{scene.function(f"{draw.verb()} {scene.noun()}", block_body(scene))}\n'
            )
    name = {
        "live": ("app.py", "config.py", "server.py", f"{draw.project.replace('-', '_')}/__init__.py", "main.py"),
        "local": ("dev_config.py", "instance/config.py"),
        "test": ("tests/config.py", "tests/conftest.py"),
    }
    return page.sample(draw.pick(name.get(role, ("app.py",))))


def block_body(scene: Scene) -> str:
    with scene.at("body"):
        return block(scene, 0.2)


def _uri(scene: Scene) -> str:
    draw = scene.draw
    if draw.chance(scene.density):
        named = scene.credential("password")
        host = draw.host() if scene.role == "live" else draw.local_host()
        return scene.text(
            values.connection_url(
                draw,
                bare(named.value),
                host,
                label=label_of(named.value),
                scheme=draw.pick(("postgresql", "mysql+pymysql", "postgres")),
            )
        )
    return draw.pick(('"sqlite:///app.db"', scene.marked_reference("database url")))


@file_type(weight=2.5)
def script_config(draw: Draw) -> Sample:
    """config.js, environment.ts, a server's entry, next-auth options, a database module."""
    role = drawn_role(draw)
    scene = Scene(draw, core.JAVASCRIPT, role, draw.weighted({0: 3, 1: 4, 2: 3, 3: 1}))
    end = draw.pick((";", ";", ""))
    start, stop, path = draw.pick((
        ("module.exports = {", "}" + end, ("config/config.js", "config/default.js", "config.js", "config/production.js", "server/config/index.js")), ("export const environment = {", "};", ("src/environments/environment.ts", "src/environments/environment.prod.ts")),
        ("export default {", "}" + end, ("src/config.ts", "config/index.mjs", "src/config/app.config.ts")), ("const config = {", "}" + end + "\n\nmodule.exports = config" + end, ("config.js", "lib/config.js")), ("export default () => ({", "});", ("src/config/configuration.ts",)),
        ("window.APP_CONFIG = {", "};", ("public/config.js", "static/env.js")), ("var settings = {", "};", ("settings.js", "bot/settings.js")),
    ))  # fmt: skip
    page = Page(draw)
    page.add(draw.maybe(preamble(scene) + "\n\n", 0.4))
    page.line(start)
    for _ in range(draw.integer(1, 5)):
        rows = [scene.harmless() for _ in range(draw.integer(1, 4))]
        slot = scene.slot()
        rows.append((slot.name, slot.value))
        inner = [f"{draw.identifier(words, 'camel')}: {value}" for words, value in draw.shuffled(rows)]
        if draw.chance(0.6):
            page.lines(
                (
                    f"{draw.pick((draw.service(), draw.word(), 'db', 'auth', 'session', 'mail', 'development', 'production'))}: {{",
                    *(f"{draw.indent}{line}," for line in inner),
                    "},",
                ),
                draw.indent,
            )
        else:
            page.lines((line + "," for line in inner), draw.indent)
        if draw.chance(0.2):
            page.line(draw.indent + scene.comment())
    page.line(stop)
    name = draw.pick(path)
    folder = {"test": draw.pick(("test/", "tests/", "e2e/")), "local": draw.pick(("", "dev/", "local/"))}.get(role, "")
    return page.sample(folder + name)
