"""Dumps, seeds, migrations and grants in SQL."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

from generator import values
from generator.base import Draw, Page, Sample, bare, file_type, mark, safe
from generator.values import Role

_TYPES = (
    "int NOT NULL",
    "varchar(255) DEFAULT NULL",
    "VARCHAR(64) NOT NULL",
    "text",
    "timestamp with time zone",
    "boolean DEFAULT false",
    "bigint(20) unsigned NOT NULL",
    "char(36)",
    "jsonb",
    "datetime",
    "decimal(10,2)",
)


def _password(draw: Draw, role: Role) -> str:
    return values.credential(draw, role, "password").value


def _grant(draw: Draw, role: Role) -> str:
    user, value = draw.user(), _password(draw, role)
    host = draw.pick(("%", "localhost", "10.%", draw.ip()))
    database = draw.project.replace("-", "_")
    return draw.pick((
        f"CREATE USER '{user}'@'{host}' IDENTIFIED BY '{value}';\nGRANT ALL PRIVILEGES ON {database}.* TO '{user}'@'{host}';",
        f"CREATE ROLE {user.replace('.', '_').replace('-', '_')} LOGIN PASSWORD '{value}';", f"create user {user.replace('.', '_').replace('-', '_')} with password '{value}';",
        f"ALTER USER '{user}'@'{host}' IDENTIFIED BY '{value}';", f"ALTER ROLE postgres WITH ENCRYPTED PASSWORD '{value}';", f"CREATE LOGIN {user.replace('.', '_').replace('-', '_')} WITH PASSWORD = '{value}';\nGO",
        f"SET PASSWORD FOR '{user}'@'{host}' = PASSWORD('{value}');", f"GRANT SELECT, INSERT ON {database}.* TO '{user}'@'{host}' IDENTIFIED BY '{value}';",
        f"CREATE USER {user.replace('.', '_').replace('-', '_').upper()} IDENTIFIED BY {value};" if bare(value).isalnum() else f"CREATE USER app_rw PASSWORD '{value}';",
        f"CREATE EXTENSION dblink;\nSELECT dblink_connect('host={draw.host()} user={user} password={value} dbname={database}');",
    ))  # fmt: skip


def _table(draw: Draw) -> str:
    quote = draw.pick(("", "", "`", '"'))
    name = draw.pick(
        (f"{draw.word()}s", "users", f"{draw.word()}_{draw.word()}", "accounts", "oauth_clients", "settings")
    )
    columns = draw.some(
        (
            "id",
            "email",
            "password",
            "password_hash",
            "api_key",
            "token",
            "reset_token",
            "created_at",
            "salt",
            "secret",
            "name",
            "status",
            "remember_token",
            "public_key",
            draw.word(),
            f"{draw.word()}_id",
        ),
        3,
        9,
    )
    body = ",\n".join(f"  {quote}{column}{quote} {draw.pick(_TYPES)}" for column in columns)
    key = draw.maybe(f",\n  PRIMARY KEY ({quote}{columns[0]}{quote})")
    start = draw.pick(("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", "create table"))
    return f"{start} {quote}{name}{quote} (\n{body}{key}\n){draw.pick((';', ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;', ';'))}"


def _users(draw: Draw, role: Role, budget: int) -> str:
    """Rows of users, most with a hash, some with the password itself."""
    plain = budget > 0 and draw.chance(0.5)
    rows = []
    for number in range(draw.integer(1, 7)):
        shown = _password(draw, role) if plain and number < budget else safe(values.password_hash(draw))
        rows.append(
            f"({number + 1}, '{draw.person()}', '{draw.email()}', '{shown}', {draw.pick(('NULL', '1', 'NOW()', repr(draw.date()), 'true'))})"
        )
    columns = draw.pick(
        (
            "id, name, email, password, created_at",
            "`id`,`name`,`mail`,`pass`,`status`",
            '"id", "full_name", "email", "password_digest", "active"',
        )
    )
    table = draw.pick(("users", "`users`", "public.users", "accounts", "wp_users", "tbl_user", "member"))
    if draw.chance(0.4):
        return "\n".join(f"INSERT INTO {table} ({columns}) VALUES {row};" for row in rows)
    return f"INSERT INTO {table} ({columns}) VALUES\n" + ",\n".join(rows) + ";"


def _options(draw: Draw, role: Role, budget: int) -> str:
    """Settings kept as rows of name and value."""
    known = (("site_name", draw.company), ("timezone", "UTC"), ("mail_host", f"smtp.{draw.domain}"), ("items_per_page", "25"), ("currency", "EUR"), ("theme", "default"), ("smtp_user", draw.email()),
             ("cache_ttl", "3600"), (f"{draw.word()}_limit", draw.digits(2)), ("siteurl", f"https://{draw.domain}"), ("maintenance", "0"), ("version", draw.version()))  # fmt: skip
    rows = draw.some(known, 2, 9)
    puzzling = (("password_min_length", draw.digits(1)), ("token_url", values.url(draw)), ("api_client_id", values.identifier(draw)), ("password_reset_days", draw.digits(2)), ("auth_mode", draw.pick(("ldap", "password", "oauth2"))),
                ("secret_question", "no"), ("password_policy", "strict"), ("tracking_id", f"UA-{draw.digits(8)}-1"), ("default_token_type", "bearer"), ("login_token_ttl", draw.digits(4)), ("smtp_password", ""),
                ("public_key", draw.base64(60)), ("install_id", draw.uuid()), ("last_commit", values.commit(draw)))  # fmt: skip
    rows += [(name, safe(value)) for name, value in draw.some(puzzling, 0, 3)]
    for _ in range(min(budget, 2)):
        named = values.credential(draw, role)
        rows.append((draw.identifier(named.name, "snake"), named.value))
    table, columns = draw.pick(
        (
            ("settings", "name, value"),
            ("wp_options", "`option_name`, `option_value`"),
            ("config", "cfg_key, cfg_value"),
            ("system_parameters", "code, val"),
        )
    )
    return (
        f"INSERT INTO {table} ({columns}) VALUES\n"
        + ",\n".join(f"('{name}', '{value}')" for name, value in draw.shuffled(rows))
        + ";"
    )


def _data(draw: Draw) -> str:
    makers = (
        Draw.uuid,
        Draw.word,
        values.identifier,
        Draw.date,
        values.digest,
        Draw.city,
        Draw.person,
        values.url,
        Draw.ip,
    )
    chosen = draw.some(makers, 2, 5)
    rows = ",\n".join(
        "(" + ", ".join(f"'{safe(make(draw)) if draw.chance(0.3) else make(draw)}'" for make in chosen) + ")"
        for _ in range(draw.integer(2, 8))
    )
    return f"INSERT INTO {draw.word()}s VALUES\n{rows};"


def _statement(draw: Draw) -> str:
    table = f"{draw.word()}s"
    return draw.pick((
        f"CREATE INDEX idx_{table}_token ON {table} (token);", f"ALTER TABLE {table} ADD COLUMN api_key varchar(64);", f"UPDATE {table} SET password = NULL WHERE email LIKE '%@{draw.domain}';", f"SELECT count(*) FROM {table} WHERE status = 'active';",
        f"SET search_path = {draw.project.replace('-', '_')}, public;", "BEGIN;", "COMMIT;", f"DROP TABLE IF EXISTS {table};", f"SELECT id, secret FROM {table} WHERE expires_at < now();", f"-- {draw.sentence()}", f"UPDATE users SET password = crypt(:password, gen_salt('bf')) WHERE id = {draw.digits(2)};",
        f"COMMENT ON COLUMN {table}.password IS '{values.message(draw)}';",
    ))  # fmt: skip


@file_type(weight=5)
def sql(draw: Draw) -> Sample:
    role: Role = draw.weighted({"live": 5, "test": 3, "local": 2})
    budget = draw.weighted({0: 3, 1: 4, 2: 2, 4: 1})
    parts = (
        [
            f"-- {draw.pick(('MySQL dump 10.13', f'{draw.project} schema', draw.sentence(), f'Dumped on {draw.date()} {draw.time()}', 'PostgreSQL database dump'))}"
        ]
        if draw.chance(0.6)
        else []
    )
    for _ in range(draw.integer(2, 8)):
        parts.append(draw.weighted({_table: 3, _data: 2, _statement: 4})(draw))
    if budget:
        extra = draw.weighted({"grant": 5, "users": 4, "options": 3})
        for _ in range(budget if extra == "grant" else 1):
            parts.insert(
                draw.integer(0, len(parts)),
                _grant(draw, role)
                if extra == "grant"
                else _users(draw, role, budget)
                if extra == "users"
                else _options(draw, role, budget),
            )
    elif draw.chance(0.5):
        parts.append(draw.pick((_users, _options))(draw, role, 0))
    if draw.chance(0.15):
        parts.append(f"CREATE USER {draw.word()} IDENTIFIED BY '{mark('safe', values.placeholder(draw, 'password'))}';")
    name = draw.pick(
        (
            "schema",
            "init",
            "seed",
            "dump",
            "backup",
            "users",
            "setup",
            "V1__init",
            f"V{draw.integer(2, 40)}__add_{draw.word()}",
            "install",
            "data",
        )
    )
    folder = {
        "live": ("db", "sql", "database", "deploy/sql", "src/main/resources/db/migration", ""),
        "test": ("test/resources", "tests/fixtures", "src/test/resources", "spec/sql"),
        "local": ("docker/mysql/init", "dev", "docker-entrypoint-initdb.d", "local"),
    }
    where = draw.pick(folder[role])
    page = Page(draw)
    page.add(("\n" * draw.pick((1, 2, 2))).join(parts) + "\n")
    return page.sample(f"{where}/{name}.sql".lstrip("/"))
