"""Groups of settings that belong together, as any configuration format may hold them.

A name is a row of words ("db password") that the format writes in its own style; a value is marked text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from generator import lookalikes, words
from generator.base import Draw, safe
from generator.config_scene import Scene, issued_name


class Setting(NamedTuple):
    """One setting; `plain` values (numbers, booleans) stand without quotes; `note` is a remark in words."""

    name: str
    value: str
    plain: bool = False
    note: str = ""


class Group(NamedTuple):
    """Settings with a title and the words that all their names may begin with."""

    title: str
    prefix: str
    settings: list[Setting]


def flag(name: str, draw: Draw) -> Setting:
    return Setting(name, draw.pick(("true", "false")), True)


def number(name: str, draw: Draw, *choices: int) -> Setting:
    return Setting(name, str(draw.pick(choices)), True)


def _some(draw: Draw, always: Sequence[Setting], maybe: Sequence[Setting], most: int = 5) -> list[Setting]:
    """`always` in their order with some of `maybe` behind, before or between them."""
    settings = list(always)
    for extra in draw.some(maybe, 0, min(most, len(maybe))):
        settings.insert(draw.integer(draw.pick((0, len(settings))), len(settings)), extra)
    return settings


def app(scene: Scene) -> Group:
    draw = scene.draw
    stage = {"live": ("production", "prod", "live", "staging"), "local": ("development", "local", "dev"),
        "test": ("test", "testing", "ci")}.get(
        scene.role, ("development", "production"))  # fmt: skip
    named = Setting("name", draw.pick((draw.project, draw.identifier(draw.project, "pascal"),
        f"{draw.company} {draw.word().title()}")))  # fmt: skip
    domain = (
        f"https://{draw.pick(('app', 'www', 'portal', draw.word()))}.{draw.domain}" if scene.is_live
        else f"http://localhost:{draw.pick((3000, 8000, 8080, 5000))}"
    )  # fmt: skip
    maybe = [
        flag("debug", draw), number("port", draw, 3000, 8000, 8080, 5000, 9000, 80), Setting("url", domain),
        Setting("base url", domain + "/api"),
        Setting("timezone", draw.pick(("UTC", "Europe/Berlin", "Europe/Lisbon", "America/New_York", "Asia/Tokyo",
        "America/Sao_Paulo"))),
        Setting("locale", draw.pick(("en", "de", "fr_FR", "pt-BR", "en_US", "es"))),
        Setting("log level", draw.pick(("info", "debug", "warn", "INFO", "error"))),
        Setting("version", draw.version()), number("workers", draw, 1, 2, 4, 8),
        Setting("host", draw.pick(("0.0.0.0", "127.0.0.1", "::"))),
        Setting("commit", safe(lookalikes.commit(draw))), Setting("build id", safe(draw.pick((draw.hex(7),
        draw.digits(5), draw.uuid())))),
        Setting("theme color", lookalikes.colour(draw)), Setting("admin email", draw.email(draw.domain)),
        flag("maintenance mode", draw),
    ]  # fmt: skip
    always = [named, Setting(draw.pick(("env", "environment", "stage", "node env", "profile")), draw.pick(stage))]
    if draw.chance(0.55):
        always.append(Setting(*_own(scene, draw.pick(("key", "secret", "secret key", "secret key base", "jwt secret",
            "session secret", "encryption key", "cookie secret", "salt")))))  # fmt: skip
    return Group("application", draw.pick(("app", "app", "", "server", draw.project.split("-")[0])),
        _some(draw, always, maybe, 7))  # fmt: skip


def _own(scene: Scene, name: str) -> tuple[str, str]:
    if name == "salt" and scene.draw.chance(0.5):
        return name, safe(scene.draw.alnum(scene.draw.pick((8, 12, 16))))
    return name, scene.own_secret(name)


def database(scene: Scene) -> Group:
    draw = scene.draw
    engine = draw.pick(("postgres", "mysql", "postgresql", "mariadb", "sqlserver", "mongodb", "oracle", "cockroach"))
    port = {"mysql": 3306, "mariadb": 3306, "sqlserver": 1433, "mongodb": 27017, "oracle": 1521}.get(engine, 5432)
    prefix = draw.pick(("db", "database", "db", engine, "datasource",
        {5432: "pg", 3306: "mysql", 27017: "mongo", 1433: "mssql"}.get(port, "oracle"), "sql",
        f"{draw.word()} db"))  # fmt: skip
    if draw.chance(0.3):
        always = [Setting(draw.pick(("url", "uri", "dsn", "connection string", "connection")),
            scene.url(f"{prefix} url", draw.pick({5432: ("postgres", "postgresql", "postgresql+psycopg2"),
            27017: ("mongodb", "mongodb+srv"), 1433: ("mssql",), 1521: ("oracle",)}.get(port,
            ("mysql", "mysql+pymysql")))))]  # fmt: skip
    else:
        always = [
            Setting(draw.pick(("host", "server", "hostname", "host name")), scene.host()),
            Setting("port", str(port), True),
            Setting(draw.pick(("name", "database", "db", "schema")), draw.pick((draw.project.replace("-", "_"),
            draw.word(), f"{draw.word()}_{draw.pick(words.STAGES)}"))),
            Setting(draw.pick(("user", "username", "user name", "login", "usr")), draw.user()),
            Setting(_password_name(draw), scene.password(f"{prefix} password")),
        ]  # fmt: skip
        if draw.chance(0.25):
            always = draw.shuffled(always)
    maybe = [
        number("pool size", draw, 5, 10, 20, 50), number("max idle", draw, 2, 5, 10),
        Setting("ssl mode", draw.pick(("require", "disable", "prefer", "verify-full"))),
        number("timeout", draw, 10, 30, 60, 5000), Setting("charset", draw.pick(("utf8mb4", "utf8", "UTF8"))),
        flag("logging", draw), Setting("driver", engine),
        Setting("engine", engine), number("max connections", draw, 20, 100), Setting("ca cert",
        f"/etc/ssl/{draw.pick(('rds-ca', 'ca', 'db'))}.pem"),
        Setting("migrations table", draw.pick(("schema_migrations", "migrations", "__history"))),
        Setting("replica host", scene.host()),
        Setting("root password", scene.password("root password")) if draw.chance(0.3) else flag("auto reconnect", draw),
    ]  # fmt: skip
    return Group("database", prefix, _some(draw, always, maybe))


def _password_name(draw: Draw) -> str:
    return draw.weighted(words.SECRET_NAMES["password"]) if draw.chance(0.6) else draw.pick(("password", "pass", "pwd",
        "passwd"))  # fmt: skip


def cache(scene: Scene) -> Group:
    draw = scene.draw
    always = [Setting("url", scene.url("redis url", draw.pick(("redis", "rediss"))))] if draw.chance(0.3) else [
        Setting("host", scene.host() if scene.is_live else draw.pick(("localhost", "redis", "127.0.0.1"))),
        Setting("port", draw.pick(("6379", "6379", "6380")), True),
        *([Setting(draw.pick(("password", "auth", "pass", "requirepass")),
        scene.password("redis password"))] if draw.chance(0.7) else [Setting("password", draw.pick(("", "null")),
        True)]),
    ]  # fmt: skip
    maybe = [number("db", draw, 0, 1, 2), number("ttl", draw, 60, 300, 3600, 86400),
        Setting("key prefix", f"{draw.project}:"), flag("tls", draw),
             number("token cache ttl", draw, 300, 900), Setting("namespace", draw.word()),
             number("max retries", draw, 3, 5, 10)]  # fmt: skip
    return Group("cache", draw.pick(("redis", "cache", "redis", "session store", "valkey")),
        _some(draw, always, maybe, 4))  # fmt: skip


def mail(scene: Scene) -> Group:
    draw = scene.draw
    host = draw.pick(("smtp.gmail.com", "smtp.office365.com", "email-smtp.eu-west-1.amazonaws.com", "smtp.sendgrid.net",
        "smtp.mailgun.org", f"mail.{draw.domain}", f"smtp.{draw.domain}",
                      "smtp.qq.com", "smtp.exmail.qq.com",
                      "ssl0.ovh.net")) if scene.is_live else draw.pick(("localhost", "mailhog", "smtp.mailtrap.io",
                      "mailpit", "smtp.example.com"))  # fmt: skip
    user = draw.email(draw.domain) if draw.chance(0.7) else draw.user()
    always = [Setting(draw.pick(("host", "server", "smtp host")), host), number("port", draw, 25, 465, 587, 1025, 2525),
              Setting(draw.pick(("user", "username", "login", "host user")),
              user if scene.role != "docs" else draw.pick(("user@example.com", "your@mail.com", "apikey"))),
              Setting(draw.pick((_password_name(draw), "host password", "app password", "auth code")),
              scene.password("smtp password"))]  # fmt: skip
    maybe = [Setting("from", f"{draw.pick(('noreply', 'no-reply', 'info', 'hello'))}@{draw.domain}"),
        flag("use tls", draw), Setting("encryption", draw.pick(("tls", "ssl", "null", "starttls"))),
             Setting("from name", draw.company), number("timeout", draw, 10, 30),
             Setting("auth mode", draw.pick(("login", "plain", "cram-md5"))), flag("verify cert", draw),
             Setting("reply to", draw.email(draw.domain)), Setting("reset password subject",
             draw.pick(("Reset your password", "Password reset", "Neues Passwort", "Redefinir senha")))]  # fmt: skip
    return Group("mail", draw.pick(("mail", "smtp", "email", "mailer", "mail")), _some(draw, always, maybe))


def storage(scene: Scene) -> Group:
    draw = scene.draw
    key_id = ("AKIA" + draw.chars(words.BASE32,
        16)) if scene.role != "local" or draw.chance(0.5) else draw.pick(("minioadmin", "minio", "local"))  # fmt: skip
    secret = scene.service_token("secret access key",
        "aws") if scene.role != "local" or draw.chance(0.5) else scene.password("minio secret key")  # fmt: skip
    always = [Setting(draw.pick(("access key id", "access key", "key", "accesskey")), safe(key_id)),
        Setting(draw.pick(("secret access key", "secret key", "secret", "secretkey")), secret),
              Setting("region", draw.pick(words.REGIONS)), Setting("bucket",
              f"{draw.project}-{draw.pick(('assets', 'uploads', 'backups', 'media', 'logs'))}")]  # fmt: skip
    maybe = [Setting("endpoint", draw.pick((f"https://s3.{draw.pick(words.REGIONS)}.amazonaws.com",
        f"https://files.{draw.domain}", "http://minio:9000", "http://localhost:9000"))), flag("path style", draw),
             Setting("cdn url", f"https://cdn.{draw.domain}"), number("presign expiry", draw, 300, 900, 3600),
             Setting("kms key id", safe(draw.uuid())), Setting("acl", draw.pick(("private", "public-read"))),
             Setting("role arn", f"arn:aws:iam::{draw.digits(12)}:role/{draw.project}")]  # fmt: skip
    return Group("storage", draw.pick(("aws", "s3", "storage", "minio", "aws s3", "oss", "backup s3")),
        _some(draw, always, maybe, 4))  # fmt: skip


def oauth(scene: Scene) -> Group:
    draw = scene.draw
    provider = draw.pick(("google", "github", "facebook", "azure ad", "keycloak", "auth0", "okta", "linkedin",
        "twitter", "microsoft", "gitlab", "discord", "apple", "wechat", "oidc", "sso"))  # fmt: skip
    client = draw.pick((f"{draw.digits(12)}-{draw.alnum(32).lower()}.apps.googleusercontent.com", draw.uuid(),
        draw.alnum(20), draw.project, draw.hex(20), "Iv1." + draw.hex(16)))  # fmt: skip
    provided = provider if provider in ("facebook", "github", "google") and draw.chance(0.3) else draw.pick(("base62",
        "hex40", "hex32", "base64url", "uuid", "lower"))  # fmt: skip
    always = [Setting(draw.pick(("client id", "app id", "clientid")), safe(client)),
        Setting(draw.pick(("client secret", "secret", "app secret", "clientsecret")),
        scene.service_token(f"{provider} client secret", provided))]  # fmt: skip
    base = f"https://{draw.pick(('login', 'auth', 'sso', 'id'))}.{draw.domain}"
    maybe = [Setting("redirect uri", f"{base}/callback"), Setting("token url", f"{base}/oauth/token"),
        Setting("authorize url", f"{base}/oauth/authorize"), Setting("scope", draw.pick(("openid profile email",
        "read:user", "email", "api"))),
             Setting("issuer", base), Setting("tenant id", safe(draw.uuid())), Setting("grant type",
             draw.pick(("authorization_code", "client_credentials", "password", "refresh_token"))),
             Setting("realm", draw.word()),
             Setting("jwks uri", f"{base}/.well-known/jwks.json"), Setting("token endpoint auth method",
             draw.pick(("client_secret_basic", "client_secret_post", "none"))), Setting("audience",
             f"api://{draw.project}"),
             number("token lifetime", draw, 3600, 900, 86400), Setting("user info token name",
             draw.pick(("access_token", "id_token")))]  # fmt: skip
    return Group(f"{provider} login", draw.pick((provider, provider, f"{provider} oauth", "oauth", "oauth2")),
        _some(draw, always, maybe, 6))  # fmt: skip


_OWN_SERVERS = frozenset(
    "mysql postgres mongo redis rabbitmq kafka ldap smtp imap ftp minio nexus docker jenkins push".split()
)


def vendor(scene: Scene) -> Group:
    """Some other company's service, with its own form of key."""
    draw = scene.draw
    if draw.chance(0.55):
        service, value = issued_name(draw)
        always = [Setting(service, _issued_value(scene, service, value))]
        return Group(service.split()[0], "", _some(draw, always, _vendor_extras(draw, service.split()[0]), 3))
    service = draw.pick([name for name in words.SERVICES if name not in _OWN_SERVERS])
    always = [Setting(draw.pick(("api key", "token", "api token", "key", "auth token", "secret", "access token",
        "apikey", "secret key")), scene.service_token(f"{service} api key"))]  # fmt: skip
    return Group(service, service, _some(draw, always, _vendor_extras(draw, ""), 4))


def _issued_value(scene: Scene, name: str, value: str) -> str:
    from generator.base import secret, test

    if scene.quota <= 0 or scene.draw.chance(scene.care):
        return scene.absent(name)
    scene.quota -= 1
    return secret(value) if scene.role in ("live", "local") else test(value)


def _vendor_extras(draw: Draw, service: str) -> list[Setting]:
    head = f"{service} " if service else ""
    return [Setting(f"{head}base url", f"https://api.{draw.domain}/v{draw.integer(1, 4)}"),
        number(f"{head}timeout", draw, 5, 10, 30), Setting(f"{head}public key", safe(draw.pick(("pk_live_", "pk_test_",
        "pub-", "")) + draw.alnum(24))),
            Setting(f"{head}account id", safe(draw.pick((draw.digits(10), draw.uuid(), "AC" + draw.hex(32))))),
            flag(f"{head}enabled", draw), Setting(f"{head}project id", safe(draw.pick((draw.digits(7), draw.project)))),
            Setting(f"{head}sender", draw.pick(("+4915" + draw.digits(8), draw.company, draw.email(draw.domain)))),
            Setting(f"{head}environment", draw.pick(("sandbox", "live", "production", "test"))),
            Setting(f"{head}dsn", safe(f"https://{draw.hex(32)}@o{draw.digits(6)}.ingest.sentry.io/{draw.digits(7)}")),
            Setting(f"{head}channel", f"#{draw.word()}-alerts")]  # fmt: skip


def tokens(scene: Scene) -> Group:
    """Signing keys, sessions and how long they live: mostly harmless numbers and names."""
    draw = scene.draw
    always = [Setting(draw.pick(("secret", "secret key", "signing key", "key", "private key", "signing secret",
        "hmac key")), scene.own_secret("jwt secret"))]  # fmt: skip
    maybe = [Setting("algorithm", draw.pick(("HS256", "RS256", "HS512", "ES256"))),
        Setting("expires in", draw.pick(("1h", "15m", "7d", "3600")),), number("access token ttl", draw, 900, 3600,
        7200),
             number("refresh token ttl", draw, 86400, 604800, 2592000), Setting("issuer", draw.pick((draw.project,
             f"https://{draw.domain}"))), Setting("audience", draw.project), Setting("header",
             draw.pick(("Authorization", "X-Auth-Token", "token"))),
             Setting("token prefix", draw.pick(("Bearer ", "Token", "Bearer"))),
             Setting("cookie name", draw.pick(("access_token", "session_id", "sid", "refreshToken",
             f"{draw.project}_session"))), Setting("public key", safe(lookalikes.file_path(draw))),
             Setting("password encoder", draw.pick(("bcrypt", "argon2id", "pbkdf2", "scrypt"))),
             number("password min length", draw, 6, 8, 10, 12), Setting("key id",
             safe(draw.pick((draw.hex(8), draw.uuid(), f"key-{draw.integer(1, 9)}")))),
             Setting("refresh secret",
             scene.own_secret("refresh secret")) if draw.chance(0.4) else flag("rotate refresh tokens", draw),
             Setting("token location", draw.pick(("headers", "cookies", "query")))]  # fmt: skip
    return Group("tokens", draw.pick(("jwt", "jwt", "auth", "security", "session", "token", "security jwt")),
        _some(draw, always, maybe, 7))  # fmt: skip


def queue(scene: Scene) -> Group:
    draw = scene.draw
    always = [Setting("url", scene.url("broker url", draw.pick(("amqp", "amqp", "redis"))))] if draw.chance(0.4) else [
        Setting("host", scene.host() if scene.is_live else draw.pick(("localhost", "rabbitmq"))),
        Setting("username", draw.pick(("guest", draw.user()))), Setting("password",
        scene.password("rabbitmq password"))]  # fmt: skip
    maybe = [Setting("vhost", draw.pick(("/", draw.word()))), number("prefetch", draw, 1, 10, 50),
        Setting("exchange", f"{draw.word()}.events"), Setting("routing key",
        safe(f"{draw.word()}.{draw.pick(('created', 'updated', 'paid'))}")),
             Setting("topic", f"{draw.project}-{draw.word()}"), Setting("sasl mechanism",
             draw.pick(("PLAIN", "SCRAM-SHA-512"))), Setting("group id", f"{draw.project}-consumers"),
             Setting("partition key", safe(f"{draw.word()}Id")),
             Setting("key serializer", safe("org.apache.kafka.common.serialization.StringSerializer")),
             Setting("dead letter", f"{draw.word()}-dlq")]  # fmt: skip
    return Group("queue", draw.pick(("rabbitmq", "amqp", "broker", "celery", "kafka", "queue", "mq")),
        _some(draw, always, maybe))  # fmt: skip


def directory(scene: Scene) -> Group:
    draw = scene.draw
    dc = ",".join(f"dc={part}" for part in draw.domain.split("."))
    always = [Setting("url", f"{draw.pick(('ldap', 'ldaps'))}://{scene.host()}"),
        Setting("bind dn", f"cn={draw.user()},{dc}"), Setting(draw.pick(("bind password", "bind credentials", "bind pw",
        "password", "bindpw", "manager password")), scene.password("ldap bind password"))]  # fmt: skip
    maybe = [Setting("base dn", dc), Setting("user filter", "(sAMAccountName={0})"),
        Setting("password attribute", safe(draw.pick(("userPassword", "unicodePwd")))),
        Setting("group base", f"ou=groups,{dc}"), flag("start tls", draw),
             Setting("user key", safe("uid")), Setting("user search", f"ou=people,{dc}")]  # fmt: skip
    return Group("directory", draw.pick(("ldap", "ldap", "ad", "directory")), _some(draw, always, maybe, 4))


def remote(scene: Scene) -> Group:
    draw = scene.draw
    kind = draw.pick(("ftp", "sftp", "ssh", "proxy", "vpn", "webdav", "smb", "rsync", "backup"))
    always = [Setting("host", scene.host()), Setting(draw.pick(("user", "username")), draw.user()),
        Setting(_password_name(draw), scene.password(f"{kind} password"))]  # fmt: skip
    maybe = [number("port", draw, 21, 22, 2222, 3128), Setting("path",
        f"/{draw.word()}/{draw.pick(('in', 'out', 'upload'))}"), flag("passive", draw),
        Setting("private key path", safe(draw.pick(("~/.ssh/id_rsa", "/etc/keys/deploy.pem",
        "/root/.ssh/id_ed25519")))),
             Setting("host key", safe("ssh-ed25519 " + draw.base64(50))), Setting("fingerprint",
             safe("SHA256:" + draw.base64url(32))), Setting("key exchange", "curve25519-sha256"),
             number("keepalive", draw, 30, 60)]  # fmt: skip
    return Group(kind, draw.pick((kind, kind, f"{draw.word()} {kind}")), _some(draw, always, maybe, 4))


def admin(scene: Scene) -> Group:
    draw = scene.draw
    always = [Setting(draw.pick(("user", "username", "login", "email")), draw.pick(("admin", "root", "superuser",
        draw.user(), draw.email(draw.domain)))), Setting(draw.pick((_password_name(draw), "default password",
        "initial password")), scene.password("admin password"))]  # fmt: skip
    maybe = [Setting("role", draw.pick(("admin", "ROLE_ADMIN", "superadmin"))), flag("force password change", draw),
        number("max login attempts", draw, 3, 5), Setting("path", draw.pick(("/admin", "/backoffice", "/wp-admin"))),
             Setting("api key", scene.own_secret("admin api key")) if draw.chance(0.4) else flag("two factor",
             draw)]  # fmt: skip
    return Group("administrator", draw.pick(("admin", "superuser", "root", "initial admin", "basic auth", "dashboard",
        "actuator")), _some(draw, always, maybe, 3))  # fmt: skip


CREDENTIAL_GROUPS: tuple[Callable[[Scene], Group], ...] = (
    database, database, database, cache, mail, mail, storage, oauth, oauth, vendor, vendor, vendor, tokens, tokens,
    queue, directory, remote, admin,
)  # fmt: skip
