"""Configuration in YAML: Spring profiles, services of all kinds, locale files, OpenAPI descriptions."""

from __future__ import annotations

from generator import lookalikes, words
from generator.base import Draw, Page, Sample, file_type, safe, test
from generator.config_env import placed
from generator.config_forms import Tree, header, spell, tree_of, yaml_lines
from generator.config_groups import Setting
from generator.config_harmless import groups, remark
from generator.config_scene import Scene
from generator.text_prose import fact, summary
from generator.values import jwt, test_password, test_token, token

_SPRING_PATHS = {
    "live": ("src/main/resources/application.yml", "src/main/resources/application-prod.yml",
    "src/main/resources/bootstrap.yml", "config/application-{s}.yaml", "{w}-service/src/main/resources/application.yml",
    "src/main/resources/application-pro.yml", "config-repo/{p}-{s}.yml"),
    "local": ("src/main/resources/application-dev.yml", "src/main/resources/application-local.yml",
    "src/main/resources/application.yml", "config/application-docker.yml"),
    "test": ("src/test/resources/application.yml", "src/test/resources/application-test.yml",
    "src/integrationTest/resources/application-it.yaml"),
    "docs": ("src/main/resources/application.yml.example", "samples/{w}/src/main/resources/application.yml",
    "application-example.yml", "docs/application-sample.yml"),
}  # fmt: skip
_PLAIN_PATHS = {
    "live": ("config.yml", "config/settings.yml", "config/config.prod.yaml", "conf/{p}.yaml", "etc/{w}.yaml", "{p}.yml",
    "deploy/{s}/config.yml", "config/secrets.yml", "config/database.yml", "homeassistant/configuration.yaml",
    "conf/app.yaml", "config/{w}.yml", "bot/config.yaml", "secrets.yaml", "config/credentials.yml", "parameters.yml",
    "app/config/parameters.yml"),
    "local": ("config/development.yml", "config/local.yaml", "dev/config.yml", "config/config.dev.yaml",
    "app/config/parameters.yml", "conf/local.yml", "config/default.yaml"),
    "test": ("config/test.yml", "tests/config.yaml", "testdata/config.yml", "test/fixtures/{w}.yml",
    "tests/integration/settings.yaml", "internal/{w}/testdata/valid.yaml", "spec/fixtures/{w}.yml"),
    "docs": ("config.example.yml", "config/config.sample.yaml", "examples/{w}.yaml", "config.yml.dist",
    "config/database.yml.example", "docs/config.yaml", "parameters.yml.dist"),
}  # fmt: skip


@file_type(weight=2.6)
def spring_yaml(draw: Draw) -> Sample:
    scene = Scene.of(draw, "spring")
    names = draw.pick(("kebab", "kebab", "camel"))
    made = groups(scene, 2, 6)
    spring: dict[str, Tree] = {"application": {"name": draw.project}}
    spring.update(dict(draw.some(_spring_parts(draw), 0, 4)))
    tree: dict[str, Tree] = {"server": {"port": draw.pick((8080, 8081, 9000, 8443))}} if draw.chance(0.6) else {}
    rest = []
    for group in made:
        if group.title in ("database", "cache", "mail", "queue", "directory") and draw.chance(0.85):
            key = {"database": "datasource", "cache": draw.pick(("redis", "data")),
                "directory": "ldap"}.get(group.title, group.title if group.title == "mail" else "rabbitmq")  # fmt: skip
            spring[key] = {spell(setting.name, names): setting for setting in group.settings}
        else:
            rest.append(group)
    tree["spring"] = dict(draw.shuffled(spring.items()))
    tree.update(tree_of(rest, names))
    if draw.chance(0.15):
        tree["server"] = {"port": 8443, "ssl": {"key-store": "classpath:keystore.p12",
            "key-store-password": Setting("", scene.password("keystore password")),
            "key-alias": draw.project}}  # fmt: skip
    if draw.chance(0.5):
        tree.update(dict(draw.some((("management",
            {"endpoints": {"web": {"exposure": {"include": "health,info,metrics"}}}}),
            ("logging", {"level": {"root": "info", f"com.{draw.word()}": "debug"}}),
            ("mybatis", {"mapper-locations": "classpath:mapper/*.xml"})), 1, 2)))  # fmt: skip
    rows = header(scene, "#", 0.3) + yaml_lines(draw, dict(draw.shuffled(tree.items())) if draw.chance(0.4) else tree,
        "  ", draw.pick(("", "", "", "'")), draw.pick((0.0, 0.05, 0.2)), scene)  # fmt: skip
    if draw.chance(0.2):
        rows += ["", "---", "spring:", "  config:", "    activate:",
            f"      on-profile: {draw.pick(('dev', 'prod', 'test'))}", *yaml_lines(draw, tree_of([groups(scene, 1,
            1)[0]], names))]  # fmt: skip
    return Page(draw).lines(rows).sample(placed(scene, _SPRING_PATHS))


def _spring_parts(draw: Draw) -> list[tuple[str, Tree]]:
    return [("profiles", {"active": draw.pick(("dev", "prod", "default"))}), ("jpa",
        {"hibernate": {"ddl-auto": draw.pick(("update", "validate", "none"))}, "show-sql": False}),
        ("jackson", {"date-format": "yyyy-MM-dd HH:mm:ss"}), ("servlet", {"multipart": {"max-file-size": "10MB"}}),
            ("flyway", {"locations": "classpath:db/migration", "enabled": True}),
            ("cloud", {"config": {"uri": f"http://config.{draw.domain}"}}), ("security",
            {"oauth2": {"resourceserver": {"jwt": {"issuer-uri": f"https://sso.{draw.domain}/realms/{draw.word()}"}}}}),
            ("messages", {"basename": "i18n/messages"})]  # fmt: skip


@file_type(weight=2.6)
def plain_yaml(draw: Draw) -> Sample:
    scene = Scene.of(draw, "json")
    names = draw.weighted({"snake": 6, "camel": 3, "kebab": 2, "pascal": 0.4, "screaming": 0.6, "flat": 0.5})
    tree: dict[str, Tree] = tree_of(groups(scene, 1, 7), names)
    shape = draw.integer(0, 5)
    if shape == 0:
        tree = {draw.pick((draw.project, "config", "default", "parameters", scene.role, "production")): tree}
    elif shape == 1:
        tree = {stage: tree_of(groups(_scene_like(scene, stage), 1, 2), names) for stage in draw.some(("development",
            "test", "production", "staging"), 2, 4)}  # fmt: skip
    if draw.chance(0.3):
        tree[spell(draw.pick(("users", "accounts", "clients", "api keys", "peers")), names)] = [
            {"name": draw.user(), spell(draw.pick(("password", "token", "secret", "pass")), names): Setting("",
            scene.password("user password"))} for _ in range(draw.integer(1, 3))
        ]  # fmt: skip
    rows = header(scene, "#") + yaml_lines(draw, tree, draw.pick(("  ", "  ", "    ")),
        draw.pick(("", "", "", '"', "'")), draw.pick((0.0, 0.05, 0.15)), scene)  # fmt: skip
    if draw.chance(0.15):
        rows.insert(0, "---")
    return Page(draw).lines(rows).sample(placed(scene, _PLAIN_PATHS))


def _scene_like(scene: Scene, stage: str) -> Scene:
    """A scene for one stage of a file with several: production is live, development local."""
    role = {"production": "live", "staging": "live", "development": "local"}.get(stage, "test")
    return Scene(scene.draw, role, scene.form, scene.care, 2)  # type: ignore[arg-type]


_WHAT_KEYS = ("password", "api key", "access token", "user name", "secret", "client secret", "pin", "new password")
_WHAT = {
    "en": ("Password", "API key", "access token", "user name", "secret", "client secret", "PIN", "new password"),
    "de": ("Passwort", "API-Schlüssel", "Zugangstoken", "Benutzername", "Geheimnis", "Client-Geheimnis", "PIN",
    "neues Passwort"),
    "fr": ("Mot de passe", "clé API", "jeton d'accès", "identifiant", "secret", "secret client", "code PIN",
    "nouveau mot de passe"), "es": ("Contraseña", "clave de API", "token de acceso", "usuario", "secreto",
    "clave del cliente", "PIN", "nueva contraseña"),
    "pt": ("Senha", "chave de API", "token de acesso", "usuário", "segredo", "chave do cliente", "PIN", "nova senha"),
    "ru": ("Пароль", "ключ API", "токен доступа", "логин", "секрет", "секрет клиента", "PIN-код", "новый пароль"),
    "zh": ("密码", "API 密钥", "访问令牌", "用户名", "密钥", "客户端密钥", "PIN码", "新密码"), "ja": ("パスワード",
    "APIキー", "アクセストークン", "ユーザー名",
    "シークレット", "クライアントシークレット", "暗証番号", "新しいパスワード"),
}  # fmt: skip
_SAID_KEYS = ("", "placeholder", "required", "changed", "invalid", "confirm", "help", "label")
_SAID = {
    "en": ("{0}", "Enter your {0}", "{0} is required", "Your {0} was changed", "The {0} is not valid", "Repeat the {0}",
    "Never share your {0} with anyone", "{0}:"), "de": ("{0}", "{0} eingeben", "{0} ist erforderlich",
    "{0} wurde geändert", "{0} ist ungültig", "{0} wiederholen", "{0} niemals weitergeben", "{0}:"),
    "fr": ("{0}", "Saisissez votre {0}", "{0} obligatoire", "{0} modifié", "{0} invalide", "Confirmez : {0}",
    "Ne partagez jamais : {0}", "{0} :"), "es": ("{0}", "Introduce tu {0}", "{0}: campo obligatorio", "{0} actualizado",
    "{0} no válido", "Repite tu {0}", "No compartas tu {0}", "{0}:"),
    "pt": ("{0}", "Digite sua {0}", "{0}: campo obrigatório", "{0} alterada com sucesso", "{0} inválida",
    "Confirme: {0}", "Não compartilhe: {0}", "{0}:"), "ru": ("{0}", "Введите {0}", "Поле {0} обязательно",
    "Изменено: {0}", "Неверный {0}", "Повторите {0}", "Никому не сообщайте {0}", "{0}:"),
    "zh": ("{0}", "请输入{0}", "{0}不能为空", "{0}修改成功", "{0}错误", "请再次输入{0}", "请勿泄露{0}", "{0}："),
    "ja": ("{0}", "{0}を入力してください", "{0}は必須です", "{0}を変更しました", "{0}が正しくありません", "{0}を再入力",
    "{0}を共有しないでください", "{0}："),
}  # fmt: skip
_SHORT = {
    "sign in": "Sign in", "forgot password": "Forgot your password?", "reset token expired": "This link has expired",
    "remember me": "Keep me signed in", "two factor title": "Two-factor authentication", "copy": "Copy to clipboard",
    "generate token": "Generate a new token", "session expired": "Your session has expired, please sign in again",
    "show password": "Show", "password mismatch": "The two passwords do not match",
    "bad credentials": "Wrong user name or password", "revoke key": "Revoke this key",
    "key created": "Copy the key now, it will not be shown again", "welcome": "Welcome back", "logout": "Sign out",
    "password strength": "Weak|Fair|Strong",
    "token name": "Token name", "secret rotated": "The secret was rotated", "ssh keys": "SSH keys",
    "auth method": "Authentication method", "last used": "Last used", "delete confirm": "Delete this key?",
}  # fmt: skip


def wordings(draw: Draw, count: int) -> list[tuple[str, str]]:
    """Message keys in words with a text each in the file's tongue; harmless all of them."""
    tongue = draw.tongue
    made: dict[str, str] = {}
    for _ in range(count):
        if tongue == "en" and draw.chance(0.45):
            key = draw.pick(sorted(_SHORT))
            made[key] = safe(_SHORT[key])
        else:
            what, said = draw.integer(0, 7), draw.integer(0, 7)
            text = _SAID[tongue][said].format(_WHAT[tongue][what])
            made[f"{_WHAT_KEYS[what]} {_SAID_KEYS[said]}".strip()] = safe(text[0].upper() + text[1:])
    return list(made.items())


@file_type(weight=1.2)
def locale_yaml(draw: Draw) -> Sample:
    tongue = draw.tongue
    names = draw.pick(("snake", "snake", "camel"))
    areas = draw.some(("auth", "user", "errors", "settings", "profile", "devise", "sessions", "admin", "api keys",
        "models", "mailer"), 2, 5)  # fmt: skip
    tree: dict[str, Tree] = {tongue: {spell(area, names): {spell(key, names): Setting("", text) for key,
        text in wordings(draw, draw.integer(2, 12))} for area in areas}}  # fmt: skip
    path = draw.pick((f"config/locales/{tongue}.yml", f"translations/messages.{tongue}.yaml",
        f"config/locales/devise.{tongue}.yml", f"i18n/{tongue}.yml", f"lang/{tongue}/auth.yml"))  # fmt: skip
    return Page(draw).lines(yaml_lines(draw, tree, "  ", draw.pick(("", '"', "'")))).sample(path)


@file_type(weight=1.3)
def openapi_yaml(draw: Draw) -> Sample:
    """A description of an interface: schemas full of names, examples with made-up credentials."""
    scene = Scene(draw, "docs", "json", draw.pick((0.0, 0.5, 1.0)), draw.integer(0, 4))
    paths: dict[str, Tree] = {}
    for _ in range(draw.integer(1, 5)):
        noun = draw.pick((draw.word(), "auth/login", "token", "users", "sessions", "webhooks", "api-keys",
            "password/reset"))  # fmt: skip
        paths[f"/{draw.pick(('', 'api/', 'v1/'))}{noun}"] = {draw.pick(("post", "get", "put")): _operation(draw, scene)}
    schemas: dict[str, Tree] = {draw.pick(("LoginRequest", "Token", "User", "ApiKey", "Credentials",
        draw.word().title(), "Error", "WebhookConfig", "Session")): _schema(draw,
        scene) for _ in range(draw.integer(1, 5))}  # fmt: skip
    tree: dict[str, Tree] = {"openapi": draw.pick(("3.0.0", "3.0.3", "3.1.0")),
        "info": {"title": f"{draw.company} {draw.word().title()} API", "version": Setting("", draw.version()),
        "description": fact(draw)},
                             "servers": [{"url": f"https://api.{draw.domain}"}], "paths": paths,
                             "components": {"schemas": schemas, "securitySchemes": _schemes(draw)}}  # fmt: skip
    if draw.chance(0.5):
        tree.pop("servers")
    rows = yaml_lines(draw, tree, "  ", draw.pick(("", "", "'")))
    return Page(draw).lines(rows).sample(draw.pick(("openapi.yaml", "docs/openapi.yml", "api/spec.yaml", "swagger.yml",
        f"docs/api/{draw.word()}.yaml", "src/main/resources/static/openapi.yaml",
        f"specs/{draw.project}.yaml")))  # fmt: skip


def _schemes(draw: Draw) -> dict[str, Tree]:
    return dict(draw.some((("bearerAuth", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}),
        ("ApiKeyAuth", {"type": "apiKey", "in": "header", "name": Setting("", safe("X-API-Key"))}),
        ("basicAuth", {"type": "http", "scheme": "basic"}),
                           ("oauth2", {"type": "oauth2",
                           "flows": {"clientCredentials": {"tokenUrl": f"https://auth.{draw.domain}/token",
                           "scopes": {}}}})), 1, 3))  # fmt: skip


def _operation(draw: Draw, scene: Scene) -> dict[str, Tree]:
    body: dict[str, Tree] = {"summary": summary(draw), "operationId": f"{draw.verb()}{draw.word().title()}"}
    if draw.chance(0.5):
        body["security"] = [{"bearerAuth": []}]
    if draw.chance(0.6):
        body["requestBody"] = {"content": {"application/json": {"schema": {
            "$ref": f"#/components/schemas/{draw.word().title()}"}, "example": _example(draw, scene)}}}  # fmt: skip
    if draw.chance(0.4):
        body["parameters"] = [{"name": Setting("", safe(draw.pick(("X-Api-Key", "token", "key", "api_key",
            "Authorization")))), "in": "header", "required": True, "schema": {"type": "string"}}]  # fmt: skip
    body["responses"] = {"200": {"description": draw.pick(("OK", "Token issued", "Password changed",
        "The key was created"))}, "401": {"description": draw.pick(("Invalid credentials", "Token missing or expired",
        "Wrong password"))}}  # fmt: skip
    return body


def _example(draw: Draw, scene: Scene) -> dict[str, Tree]:
    """An example body; its credentials are made up."""
    choices: list[tuple[str, Tree]] = [("username", draw.user()), ("email", f"{draw.user()}@example.com"),
        ("id", Setting("", safe(draw.uuid()))), ("name", draw.person()), ("createdAt", Setting("",
        f"{draw.date()}T{draw.time()}Z")), ("expires_in", 3600), ("status", "active"), ("token_type", "Bearer"),
        ("etag", Setting("", safe(lookalikes.digest(draw))))]  # fmt: skip
    picked = draw.some(choices, 1, 4)
    if scene.quota > 0 and draw.chance(0.7):
        scene.quota -= 1
        name, value = draw.pick((("password", test(test_password(draw))), ("access_token", test(jwt(draw))),
            ("token", test(test_token(draw))), ("apiKey", test(token(draw))), ("client_secret", test(test_token(draw))),
            ("refreshToken", test(draw.hex(40))), ("newPassword", test(test_password(draw)))))  # fmt: skip
        picked.insert(draw.integer(0, len(picked)), (name, Setting("", value)))
    return dict(picked)


def _schema(draw: Draw, scene: Scene) -> dict[str, Tree]:
    fields: dict[str, Tree] = {}
    for name in draw.some(("password", "token", "id", "email", "apiKey", "secret", "userName", "expiresAt",
        "refreshToken", "clientId", "clientSecret", "status", "publicKey", draw.word(), "pin"), 2, 6):  # fmt: skip
        field: dict[str, Tree] = {"type": "string"}
        if draw.chance(0.5):
            field["description"] = draw.pick((f"The {name} of the {draw.word()}", f"{name} in plain text", fact(draw),
                "Secret used to sign webhooks", "Token returned by the login call"))  # fmt: skip
        if name in ("password", "secret", "token", "apiKey", "refreshToken", "clientSecret",
            "pin") and draw.chance(0.45):  # fmt: skip
            if scene.quota > 0 and draw.chance(0.6):
                scene.quota -= 1
                field["example"] = Setting("", test(test_password(draw) if name in ("password",
                    "pin") else test_token(draw)))  # fmt: skip
            else:
                field["example"] = Setting("", safe(draw.pick(("string", "********", f"<{name}>", "...", "xxxxxxxx"))))
        elif draw.chance(0.3):
            field["format"] = Setting("", safe({"password": "password", "email": "email", "expiresAt": "date-time",
                "id": "uuid"}.get(name, "byte")))  # fmt: skip
        fields[name] = field
    return {"type": "object", "required": list(fields)[:2], "properties": fields}


@file_type(weight=0.8)
def monitoring_yaml(draw: Draw) -> Sample:
    """Prometheus, Alertmanager, Grafana sources and the like."""
    scene = Scene.of(draw, "env", live=5, local=2, test=0.5, docs=1)
    jobs: list[Tree] = []
    for _ in range(draw.integer(1, 4)):
        job: dict[str, Tree] = {"job_name": draw.pick((draw.word(), "node", "blackbox", draw.project)),
            "static_configs": [{"targets": [f"{scene.host()}:{draw.pick((9090, 9100, 8080))}"]}]}  # fmt: skip
        if draw.chance(0.5):
            job[draw.pick(("basic_auth", "basic_auth"))] = {"username": draw.user(),
                draw.pick(("password", "password", "password_file")): Setting("",
                scene.password("scrape password"))}  # fmt: skip
        elif draw.chance(0.4):
            job["authorization"] = {"type": "Bearer", "credentials": Setting("",
                scene.service_token("scrape token", draw.pick(("hex40", "jwt", "base62"))))}  # fmt: skip
        jobs.append(job)
    receiver: dict[str, Tree] = draw.pick((
        {"name": "team", "slack_configs": [{"api_url": Setting("", scene.service_token("slack webhook", "webhook")),
        "channel": Setting("", f"#{draw.word()}")}]},
        {"name": "oncall", "pagerduty_configs": [{"routing_key": Setting("", scene.service_token("routing key",
        "hex32"))}]},
        {"name": "mail", "email_configs": [{"to": draw.email(draw.domain), "smarthost": f"smtp.{draw.domain}:587",
        "auth_username": draw.email(draw.domain), "auth_password": Setting("", scene.password("smtp password"))}]},
    ))  # fmt: skip
    source: Tree = [{"name": draw.word(), "type": draw.pick(("postgres", "influxdb", "elasticsearch")),
        "url": scene.host(), "user": draw.user(), "secureJsonData": {draw.pick(("password", "basicAuthPassword",
        "token")): Setting("", scene.password("datasource password"))}}]  # fmt: skip
    kind = draw.integer(0, 3)
    tree: dict[str, Tree]
    if kind == 0:
        tree, path = {"global": {"scrape_interval": "15s"},
            "scrape_configs": jobs}, draw.pick(("prometheus/prometheus.yml", "monitoring/prometheus.yml"))  # fmt: skip
    elif kind == 1:
        tree, path = {"route": {"receiver": "team", "group_by": ["alertname"]},
            "receivers": [receiver]}, draw.pick(("alertmanager.yml", "monitoring/alertmanager/config.yml"))  # fmt: skip
    elif kind == 2:
        tree, path = {"apiVersion": 1, "datasources": source}, draw.pick(("grafana/provisioning/datasources/all.yml",
            "provisioning/datasources/db.yaml"))  # fmt: skip
    else:
        tree, path = {"global": {"scrape_interval": "30s", "smtp_auth_password": Setting("",
            scene.password("smtp password"))}, "scrape_configs": jobs,
            "receivers": [receiver]}, f"ops/{draw.word()}/monitoring.yml"  # fmt: skip
    path = {"docs": f"examples/{path}", "test": f"test/{path}"}.get(scene.role, path)
    rows = header(scene, "#", 0.4) + yaml_lines(draw, tree, "  ", draw.pick(("", "", "'", '"')), 0.05, scene)
    if draw.chance(0.3):
        rows += [f"# {remark(scene)}", f"# {draw.pick(words.STAGES)}: {draw.sentence()}"]
    return Page(draw).lines(rows).sample(path)
