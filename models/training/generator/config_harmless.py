"""Groups of settings that hold no credential and yet speak of keys, tokens and passwords, and titles for groups."""

from __future__ import annotations

from collections.abc import Callable

from generator import lookalikes, words
from generator.base import Draw, safe
from generator.config_groups import CREDENTIAL_GROUPS, Group, Setting, app, flag, number
from generator.config_scene import Scene


def _group(draw: Draw, title: str, prefix: str, choices: list[Setting], low: int = 2, high: int = 6) -> Group:
    return Group(title, prefix, draw.some(choices, low, high))


def policies(scene: Scene) -> Group:
    draw = scene.draw
    return _group(draw, "password policy", draw.pick(("password", "auth", "security", "password policy", "login")), [
        number("min length", draw, 8, 10, 12), number("max age days", draw, 30, 90, 365),
        flag("require uppercase", draw), flag("require special chars", draw), number("history size", draw, 3, 5, 24),
        Setting("hash algorithm", draw.pick(("bcrypt", "argon2id", "PBKDF2WithHmacSHA256", "sha512-crypt"))),
        number("bcrypt rounds", draw, 10, 12), Setting("reset url", f"https://{draw.domain}/reset-password"),
        number("reset token expiry", draw, 600, 3600, 86400), Setting("reset token field",
        safe(draw.pick(("resetPasswordToken", "reset_token", "pwd_reset_token")))),
        number("lockout threshold", draw, 3, 5, 10),
        Setting("hint", safe(draw.pick(("At least 8 characters, one digit", "Mindestens 8 Zeichen",
        "Use a mix of letters and numbers")))), Setting("pattern", safe(r"^(?=.*[A-Z])(?=.*\d).{8,}$")),
        flag("forgot enabled", draw),
    ])  # fmt: skip


def logging(scene: Scene) -> Group:
    draw = scene.draw
    return _group(draw, "logging", draw.pick(("log", "logging")), [
        Setting("level", draw.pick(("INFO", "DEBUG", "warn"))), Setting("format",
        draw.pick(("json", "text", "%(asctime)s %(levelname)s %(message)s"))), Setting("file",
        f"/var/log/{draw.project}/app.log"), number("max size", draw, 10, 50, 100),
        Setting("mask fields", draw.pick(("password,token,secret", "authorization,cookie", "pwd,pin,cvv"))),
        flag("include headers", draw), number("retention days", draw, 7, 14, 30),
        Setting("redact pattern", safe("(?i)(api[-_]?key|token)=")),
        Setting("correlation key", safe("X-Request-Id")), Setting("datadog service", draw.project),
    ])  # fmt: skip


def cors(scene: Scene) -> Group:
    draw = scene.draw
    return _group(draw, "http", draw.pick(("cors", "http", "server", "csrf")), [
        Setting("allowed origins", f"https://{draw.domain},https://admin.{draw.domain}"),
        Setting("allowed headers", draw.pick(("Authorization,Content-Type,X-CSRF-Token", "X-Api-Key, Accept"))),
        Setting("token name", safe(draw.pick(("csrf_token", "_csrf", "XSRF-TOKEN")))),
        Setting("header name", safe(draw.pick(("X-CSRF-TOKEN", "X-Api-Key", "X-Auth-Token")))),
        number("max age", draw, 600, 86400), flag("credentials", draw), Setting("same site", draw.pick(("lax", "strict",
        "none"))), Setting("key store type", draw.pick(("PKCS12", "JKS"))),
        Setting("ssl key", safe(draw.pick(("/etc/ssl/private/server.key", "certs/privkey.pem",
        "classpath:keystore.p12")))), Setting("ssl certificate", f"/etc/letsencrypt/live/{draw.domain}/fullchain.pem"),
        Setting("context path", f"/{draw.word()}"), flag("http2", draw),
    ])  # fmt: skip


def features(scene: Scene) -> Group:
    draw = scene.draw
    names = [f"{draw.verb()} {draw.pick((draw.word(), 'password', 'token', 'api key', 'secret rotation', draw.word()))}"
        for _ in range(7)]  # fmt: skip
    return Group("features", draw.pick(("feature", "features", "ff", "enable", "toggle")),
        [flag(name, draw) for name in draw.some(names, 2, 6)])  # fmt: skip


def identifiers(scene: Scene) -> Group:
    draw = scene.draw
    return _group(draw, "identifiers", draw.pick(("", "app", draw.pick(words.SERVICES), "analytics", "tenant")), [
        Setting("measurement id", safe("G-" + draw.chars(words.UPPER + words.DIGITS, 10))),
        Setting("tenant id", safe(draw.uuid())), Setting("client id", safe(draw.uuid())),
        Setting("site key", safe("6L" + draw.alnum(38))), Setting("app id", safe(draw.digits(15))),
        Setting("container id", safe("GTM-" + draw.chars(words.UPPER + words.DIGITS, 7))),
        Setting("subscription id", safe(draw.uuid())), Setting("asset hash", safe(lookalikes.digest(draw))),
        Setting("revision", safe(lookalikes.commit(draw))), Setting("install id", safe(draw.uuid())),
        Setting("search key", safe(draw.hex(32)), note="public, search only"), Setting("vapid public key",
        safe(draw.base64url(65))), Setting("fingerprint", safe(":".join(draw.hex(2).upper() for _ in range(20)))),
        Setting("etag", safe(lookalikes.etag(draw).strip('W/"'))),
        Setting("checksum", safe(lookalikes.digest(draw))), Setting("image digest",
        safe(lookalikes.image_digest(draw))), Setting("user pool id",
        safe(f"{draw.pick(words.REGIONS)}_{draw.alnum(9)}")), Setting("dataset key",
        safe(f"{draw.word()}_{draw.word()}_v{draw.integer(1, 9)}")),
    ])  # fmt: skip


def names(scene: Scene) -> Group:
    """Names of fields, files and things that speak of secrets."""
    draw = scene.draw
    return _group(draw, "names", draw.pick(("", "secrets", "vault", "column", "field", "k8s")), [
        Setting("secret name", safe(f"{draw.project}-{draw.pick(('secrets', 'tls', 'db-credentials', 'regcred'))}")),
        Setting("password field", safe(draw.pick(("user_password", "passwd", "pwd", "kennwort", "senha")))),
        Setting("token column", safe(draw.pick(("api_token", "remember_token")))),
        Setting("key file", safe(draw.pick(("/etc/secrets/key.json", "./keys/service.json", "config/master.key")))),
        Setting("vault addr", f"https://vault.{draw.domain}:8200"), Setting("vault role", f"{draw.project}-ro"),
        Setting("password file", safe(f"/run/secrets/{draw.word()}_password")),
        Setting("secret path", safe(f"secret/data/{draw.project}/{draw.pick(words.STAGES)}")),
        Setting("credentials provider", safe("com." + draw.project.replace("-", "") + ".auth.CredentialsProvider")),
        Setting("api key header", safe("X-API-KEY")), Setting("primary key", safe(f"{draw.word()}_id")),
        Setting("sort key", safe("createdAt")), Setting("auth type", draw.pick(("basic", "oauth2", "token", "none",
        "password"))), Setting("secrets manager", draw.pick(("aws", "vault", "doppler", "none"))),
        Setting("token type", "Bearer"), Setting("key alias", safe(f"alias/{draw.project}")),
        Setting("password hash", safe(lookalikes.password_hash(draw))), Setting("encrypted password",
        safe(lookalikes.sealed(draw))), Setting("public key", safe(lookalikes.public_key(draw))),
    ])  # fmt: skip


def limits(scene: Scene) -> Group:
    draw = scene.draw
    return _group(draw, "limits", draw.pick(("rate limit", "upload", "limits", "worker", "scheduler", "http client",
        "retry")), [
        number("max requests", draw, 60, 100, 1000), number("window", draw, 60, 900),
        Setting("cron", draw.pick(("0 3 * * *", "*/5 * * * *", "0 0 * * 0"))), number("max size mb", draw, 5, 10, 50),
        Setting("temp dir", "/tmp/uploads"), number("max tokens", draw, 512, 1024, 4096),
        Setting("backoff", draw.pick(("exponential", "2s", "linear"))), number("concurrency", draw, 2, 4, 16),
        Setting("key generator", draw.pick(("ip", "user_id", "api_key"))), number("timeout ms", draw, 1000, 5000),
        flag("enabled", draw),
    ])  # fmt: skip


HARMLESS_GROUPS: tuple[Callable[[Scene], Group], ...] = (app, policies, logging, cors, features, identifiers, names,
    limits, names, identifiers)  # fmt: skip


def groups(scene: Scene, low: int = 2, high: int = 8) -> list[Group]:
    """Between `low` and `high` groups for a file, at times only harmless ones, app settings mostly in front."""
    draw = scene.draw
    count = draw.integer(low, high)
    with_credentials = 0 if draw.chance(0.1) else max(1, min(count, draw.integer(1, 4)))
    makers = draw.some(CREDENTIAL_GROUPS, with_credentials, with_credentials) + draw.some(HARMLESS_GROUPS,
        count - with_credentials, count - with_credentials)  # fmt: skip
    made: list[Group] = []
    for maker in draw.shuffled(makers):
        group = maker(scene)
        if all(group.prefix != other.prefix for other in made):
            made.append(group)
    if draw.chance(0.6):
        made.sort(key=lambda group: group.title != "application")
    return made


_OTHER_TITLES = {
    "names": ("misc", "other", "security", "secrets", "references", "vault", "lookup", "keys"),
    "identifiers": ("ids", "analytics", "tracking", "public ids", "build", "client", "tenant", "misc"),
    "limits": ("limits", "throttling", "jobs", "workers", "performance"), "tokens": ("jwt", "auth", "session",
    "security", "tokens"),
    "directory": ("ldap", "active directory", "directory service"), "administrator": ("admin", "first user",
    "admin account", "backoffice"),
    "application": ("application", "app", "general", "server", "main", "basic"),
    "features": ("feature flags", "toggles", "features"),
}  # fmt: skip
_TITLES = {
    "de": {"database": "Datenbank", "mail": "E-Mail-Versand", "cache": "Zwischenspeicher", "storage": "Dateiablage",
    "application": "Anwendung", "logging": "Protokollierung", "administrator": "Verwaltung", "limits": "Grenzwerte",
    "tokens": "Anmeldung"},
    "fr": {"database": "Base de données", "mail": "Messagerie", "storage": "Stockage", "application": "Application",
    "logging": "Journaux", "administrator": "Compte administrateur", "limits": "Limites", "tokens": "Jetons"},
    "es": {"database": "Base de datos", "mail": "Correo", "storage": "Almacenamiento", "application": "Aplicación",
    "administrator": "Usuario administrador", "tokens": "Autenticación"},
    "pt": {"database": "Banco de dados", "mail": "E-mail", "storage": "Armazenamento", "application": "Aplicação",
    "administrator": "Usuário admin", "tokens": "Autenticação"},
    "ru": {"database": "База данных", "mail": "Почта", "storage": "Хранилище", "application": "Приложение",
    "administrator": "Администратор", "tokens": "Токены"},
    "zh": {"database": "数据库配置", "mail": "邮件服务", "storage": "对象存储", "application": "应用",
    "administrator": "管理员账号",
    "tokens": "令牌", "cache": "缓存"},
    "ja": {"database": "データベース", "mail": "メール", "storage": "ストレージ", "application": "アプリ設定",
    "administrator": "管理者",
    "tokens": "認証"},
}  # fmt: skip


def title(draw: Draw, group: Group) -> str:
    """A group's title in the file's tongue."""
    own = _TITLES.get(draw.tongue, {}).get(group.title)
    text = own or draw.pick(_OTHER_TITLES.get(group.title, (group.title,)))
    return draw.pick((text.title() if own is None else text, text, f"{text} settings" if own is None else text,
        text.upper(), f"{text} config" if own is None else text))  # fmt: skip


_REMARKS = {
    "live": ("production values, do not edit by hand", "managed by ops, ask before you change this",
    "used by the live cluster", "rotated every quarter", "keep in sync with the server",
    "same account as on the old server", "needs a restart after changes",
             "TODO: move to the vault", "prod", "deployed by the release job", "do not commit!", "PRODUCTION",
             "hotfix, clean up later", "real credentials below", "shared with the data team"),
    "local": ("local development only", "defaults for docker compose", "used by developers on their own machine",
    "matches docker-compose.yml", "dev defaults, override in production", "do not use in production",
    "only for localhost", "never used outside of dev",
              "throwaway database", "change for real deployments"),
    "test": ("values for the test suite", "used by CI only", "integration tests", "fixtures, not real",
    "the test container uses these", "overridden in e2e", "fake credentials"),
    "docs": ("copy this file and fill in your own values", "example configuration", "rename to use",
    "ask the team lead for the values", "replace with your own", "see the docs for all settings", "sample only",
    "required", "optional, leave empty to disable",
             "get one from the dashboard", "generate with: openssl rand -hex 32"),
}  # fmt: skip
_OWN_REMARKS = {
    "de": {"live": ("Produktivsystem, nicht ändern", "Zugang vom Hoster"), "local": ("nur für die lokale Entwicklung",),
    "test": ("nur für Tests",), "docs": ("bitte eigene Werte eintragen", "Vorlage")},
    "fr": {"live": ("serveur de production", "ne pas modifier"), "local": ("pour le développement local",),
    "test": ("utilisé par les tests",), "docs": ("à remplir", "copier ce fichier vers .env")},
    "es": {"live": ("servidor de producción", "no tocar"), "local": ("solo para desarrollo local",),
    "test": ("solo para pruebas",), "docs": ("copiar y rellenar con tus datos",)},
    "pt": {"live": ("ambiente de produção", "não alterar"), "local": ("apenas para desenvolvimento local",),
    "test": ("usado nos testes",), "docs": ("copie este arquivo e preencha",)},
    "ru": {"live": ("боевой сервер", "не менять"), "local": ("только для локальной разработки",),
    "test": ("для тестов",), "docs": ("пример, подставьте свои значения",)},
    "zh": {"live": ("生产环境", "线上配置，勿改"), "local": ("本地开发环境",), "test": ("测试用",),
    "docs": ("示例配置，请替换为自己的值",)},
    "ja": {"live": ("本番環境", "変更禁止"), "local": ("ローカル開発用",), "test": ("テスト用",),
    "docs": ("サンプル。値を置き換えてください",)},
}  # fmt: skip


def remark(scene: Scene) -> str:
    """What people write above such settings; it agrees with the role of the file."""
    draw = scene.draw
    own = _OWN_REMARKS.get(draw.tongue, {}).get(scene.role)
    if own and draw.chance(0.6):
        return draw.pick(own)
    text = draw.pick(_REMARKS[scene.role])
    return text if draw.chance(0.5) else text[0].upper() + text[1:] + draw.maybe(".", 0.3)
