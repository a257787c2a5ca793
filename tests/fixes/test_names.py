"""What variables are called."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unleak.fixes.names import name_of

VALID = re.compile(r"[A-Z_][A-Z0-9_]*")

KEYS = [
    # key, path, name
    ("dbPassword", "app.py", "DB_PASSWORD"),
    ("DB_PASS", "app.py", "DB_PASS"),
    ("smtp-password", "app.js", "SMTP_PASSWORD"),
    ("module.exports.db_password", "app.js", "DB_PASSWORD"),
    ("DATABASES.default.PASSWORD", "shop/settings.py", "DATABASE_PASSWORD"),
    ("spring.datasource.password", "src/main/resources/application.yml", "SPRING_DATASOURCE_PASSWORD"),
    ("services.db.environment.POSTGRES_PASSWORD", "compose.yaml", "POSTGRES_PASSWORD"),
    ("smtp.auth.pass", "config.json", "SMTP_PASSWORD"),
    ("stripe.api_key", "pay.py", "STRIPE_API_KEY"),
    ("stripe.webhookSecret", "pay.ts", "STRIPE_WEBHOOK_SECRET"),
    ("self._password", "mailer.py", "MAILER_PASSWORD"),
    ("password", "app/services/mailer_service.rb", "MAILER_PASSWORD"),
    ("password", "src/payments/config.ts", "PAYMENTS_PASSWORD"),
    ("password", "main.py", "PASSWORD"),
    ("pwd", "main.py", "PASSWORD"),
    ("password", "/home/carol/mailer.py", "MAILER_PASSWORD"),
    ("password", "/home/carol/main.py", "PASSWORD"),
    ("mailer.setPassword", "Main.java", "MAILER_PASSWORD"),
    ("ds.setPassword", "ReportsRepository.java", "REPORTS_PASSWORD"),
    ("kApiKey", "weather.swift", "WEATHER_API_KEY"),
    ("X-Api-Key", "weather.py", "WEATHER_API_KEY"),
    ("SECRET_KEY", "shop/settings.py", "SECRET_KEY"),
    ("jwtSecret", "auth.ts", "JWT_SECRET"),
    ("user password", "deploy.sh", "DEPLOY_PASSWORD"),
    ("curl -u bob", "deploy.sh", "DEPLOY_PASSWORD"),
    ("OAuthClientSecret", "GitHubLogin.cs", "GITHUB_OAUTH_CLIENT_SECRET"),
    ("githubOAuthSecret", "x.cs", "GITHUB_OAUTH_SECRET"),
    ("HTTPSProxyPassword", "x.cs", "HTTPS_PROXY_PASSWORD"),
    ("пароль", "mailer.py", "MAILER_PASSWORD"),
    ("пароль_базы", "mailer.py", "PASSWORD_BAZY"),
    ("contraseña_correo", "x.py", "CONTRASENA_CORREO"),
    ("Straßenschlüssel", "x.py", "STRASSENSCHLUSSEL"),
    ("数据库密码", "mailer.py", "MAILER_PASSWORD"),
    ("2captcha_key", "x.py", "APP_2CAPTCHA_KEY"),
    ("https_proxy", "x.py", "APP_HTTPS_PROXY"),
    ("PATH", "x.py", "APP_PATH"),
]


@pytest.mark.parametrize(("key", "path", "name"), KEYS, ids=[f"{key} in {path}" for key, path, _ in KEYS])
def test_the_key_and_where_it_stands_make_the_name(key: str, path: str, name: str) -> None:
    assert name_of(key, "generic-password", "generic", "password", path) == name


RULES = [
    # rule, provider, kind, key, name
    ("stripe-secret-key", "stripe", "api-token", "", "STRIPE_SECRET_KEY"),
    ("stripe-secret-key", "stripe", "api-token", "apiKey", "STRIPE_SECRET_KEY"),
    ("stripe-secret-key", "stripe", "api-token", "stripe.api_key", "STRIPE_SECRET_KEY"),
    ("stripe-secret-key", "stripe", "api-token", "PAYMENTS_KEY", "PAYMENTS_KEY"),
    ("aws-secret-access-key", "aws", "secret-key", "secret", "AWS_SECRET_ACCESS_KEY"),
    ("github-personal-access-token", "github", "api-token", "githubToken", "GITHUB_TOKEN"),
    ("github-personal-access-token", "github", "api-token", "releaseBotToken", "RELEASE_BOT_TOKEN"),
    ("openai-older-api-key", "openai", "api-token", "OPENAI_KEY", "OPENAI_API_KEY"),
    ("openai-api-key", "OpenAI", "api-token", "key", "OPENAI_API_KEY"),
    ("heroku-legacy-api-key", "heroku", "api-token", "", "HEROKU_API_KEY"),
    ("django-insecure-secret-key", "django", "secret-key", "SECRET_KEY", "DJANGO_SECRET_KEY"),
    ("databases-postgres-url-password", "databases", "password", "DATABASE_URL", "POSTGRES_PASSWORD"),
    ("databases-postgres-url-password", "databases", "password", "url password", "POSTGRES_PASSWORD"),
    ("databases-jdbc-password", "databases", "password", "", "DATABASE_PASSWORD"),
    ("http-bearer-token", "http", "session-token", "Authorization", "REPORTS_TOKEN"),
    ("http-url-password", "http", "password", "", "REPORTS_PASSWORD"),
    ("private-keys-rsa", "private-keys", "private-key", "", "REPORTS_PRIVATE_KEY"),
    ("private-keys-rsa", "private-keys", "private-key", "key", "REPORTS_PRIVATE_KEY"),
    ("private-keys-rsa", "private-keys", "private-key", "deployKey", "DEPLOY_KEY"),
]


@pytest.mark.parametrize(
    ("rule", "provider", "kind", "key", "name"), RULES, ids=[f"{rule} for {key}" for rule, _, _, key, _ in RULES]
)
def test_the_provider_names_what_the_key_does_not(rule: str, provider: str, kind: str, key: str, name: str) -> None:
    assert name_of(key, rule, provider, kind, "reports.py") == name


@pytest.mark.parametrize(
    ("scheme", "name"),
    [
        ("postgresql+psycopg", "POSTGRES_PASSWORD"),
        ("rediss", "REDIS_PASSWORD"),
        ("mongodb+srv", "MONGODB_PASSWORD"),
        ("smtp", "SMTP_PASSWORD"),
        ("https", "REPORTS_PASSWORD"),
        ("", "REPORTS_PASSWORD"),
    ],
)
def test_a_url_says_whose_password_stands_in_it(scheme: str, name: str) -> None:
    assert name_of("", "", "", "password", "reports.py", scheme=scheme) == name
    assert name_of("BACKEND_URL" if scheme else "", "", "", "password", "reports.py", scheme=scheme) == name


def test_a_name_with_another_value_is_numbered() -> None:
    taken = {"DB_PASSWORD": "one", "DB_PASSWORD_2": None}
    assert name_of("db_password", taken=taken, value="two") == "DB_PASSWORD_3"
    assert name_of("db_password", taken=["DB_PASSWORD"], value="two") == "DB_PASSWORD_2"


def test_a_name_with_the_same_value_is_used_again() -> None:
    assert name_of("db_password", taken={"DB_PASSWORD": "one"}, value="one") == "DB_PASSWORD"
    assert name_of("db_password", taken={"DB_PASSWORD": "x", "DB_PASSWORD_2": "one"}, value="one") == "DB_PASSWORD_2"


def test_nothing_of_a_key_or_path_that_holds_the_value_gets_into_the_name() -> None:
    value = "".join(["kR8f", "zQ2pW7m"])
    name = name_of(f"Server=x;Password={value}", kind="password", path=f"keys/{value}.py", value=value)
    assert name == "PASSWORD"
    assert name_of(f"auth_{value.lower()}x9", kind="password", path="mailer.py") == "MAILER_PASSWORD"


TEXTS = st.text(max_size=40) | st.text("abAB19._-[]/ $\"'=:éпß密\n", max_size=40)


@given(key=TEXTS, rule=TEXTS, provider=TEXTS, kind=TEXTS, path=TEXTS, scheme=TEXTS)
@example(key="", rule="", provider="", kind="", path="", scheme="")
@example(key="-", rule="-", provider="-", kind="-", path="/", scheme="+")
def test_every_name_is_valid_in_every_shell(
    key: str, rule: str, provider: str, kind: str, path: str, scheme: str
) -> None:
    name = name_of(key, rule, provider, kind, path, scheme=scheme)
    assert VALID.fullmatch(name)
    assert name not in ("PATH", "HOME", "IFS", "PWD", "USER", "_")


@given(key=TEXTS, names=st.integers(0, 5))
def test_a_name_is_free(key: str, names: int) -> None:
    taken: dict[str, str | None] = {}
    for _ in range(names):
        name = name_of(key, taken=taken, value="other")
        assert name not in taken
        taken[name] = None
