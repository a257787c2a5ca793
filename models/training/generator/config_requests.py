"""Recorded and described requests, and tables of data: Postman, HAR, HTTP files, fixtures, CSV."""

from __future__ import annotations

from generator import lookalikes
from generator.base import Draw, Page, Sample, bare, file_type, safe, secret, test
from generator.config_forms import Tree, json_text
from generator.config_groups import Setting
from generator.config_scene import Scene
from generator.text_prose import summary
from generator.values import live_password, test_password


def _session_token(scene: Scene, words: str = "access token") -> str:
    return scene.session_token(words, scene.draw.pick(("jwt", "jwt", "hex40", "base62", "uuid", "")))


def _header_value(scene: Scene) -> str:
    draw = scene.draw
    return draw.pick((lambda: f"Bearer {_session_token(scene)}", lambda: f"Bearer {_session_token(scene)}",
        lambda: f"Basic {scene.pair('basic auth')}", lambda: f"Token {_session_token(scene)}",
        lambda: f"Bearer {safe(draw.pick(('{{token}}', '{{accessToken}}', '{{jwt}}', '<token>', '$TOKEN')))}"))(
        )  # fmt: skip


@file_type(weight=1.3)
def postman(draw: Draw) -> Sample:
    scene = Scene.of(draw, "client", live=4, local=3, test=1, docs=2)
    base = f"https://api.{draw.domain}" if scene.is_live else "http://localhost:8080"
    items: list[Tree] = []
    for _ in range(draw.integer(1, 5)):
        name = summary(draw)
        headers: list[Tree] = [{"key": "Content-Type", "value": "application/json"}]
        if draw.chance(0.6):
            headers.append({"key": draw.pick(("Authorization", "authorization")),
                "value": Setting("", _header_value(scene)), "type": "text"})  # fmt: skip
        if draw.chance(0.25):
            headers.append({"key": draw.pick(("X-Api-Key", "x-auth-token", "apikey")),
                "value": Setting("", scene.service_token("api key"))})  # fmt: skip
        request: dict[str, Tree] = {"method": draw.pick(("GET", "POST", "PUT", "DELETE")), "header": headers,
            "url": {"raw": f"{draw.pick((base, '{{baseUrl}}'))}/{draw.word()}s", "path": [draw.word()]}}  # fmt: skip
        if draw.chance(0.4):
            value = scene.password("login password")
            request["body"] = {"mode": "raw", "raw": Setting("",
                '{\\"username\\": \\"' + draw.user() + '\\", \\"password\\": \\"' + value + '\\"}')}  # fmt: skip
        items.append({"name": name, "request": request, "response": []})
    tree: dict[str, Tree] = {"info": {"_postman_id": Setting("", safe(draw.uuid())), "name": f"{draw.company} API",
        "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}, "item": items}  # fmt: skip
    if draw.chance(0.5):
        tree["variable"] = [{"id": Setting("", safe(draw.uuid())), "key": draw.pick(("token", "apiKey", "password",
            "client_secret")), "value": Setting("", scene.session_token("token")), "type": "string"},
            {"key": "baseUrl", "value": base}]  # fmt: skip
    if draw.chance(0.3):
        tree["auth"] = {"type": "bearer", "bearer": [{"key": "token", "value": Setting("", _session_token(scene)),
            "type": "string"}]}  # fmt: skip
    text = _raw_json(tree, draw.pick(("  ", "\t")))
    path = {"live": f"postman/{draw.project}.postman_collection.json",
        "local": "docs/postman/local.postman_environment.json", "test": "tests/postman/collection.json",
        "docs": f"docs/{draw.project}.postman_collection.json"}[scene.role]  # fmt: skip
    return Page(draw).line(text).sample(path)


def _raw_json(tree: Tree, indent: str) -> str:
    """JSON whose escapes are there already."""
    return json_text(tree, indent).replace('\\\\"', '\\"')


@file_type(weight=1.0)
def http_file(draw: Draw) -> Sample:
    """Requests of editors (.http, .rest): headers and bodies."""
    scene = Scene.of(draw, "client", live=4, local=4, test=1.5, docs=1.5)
    host = f"https://api.{draw.domain}" if scene.is_live else f"http://localhost:{draw.pick((3000, 8080, 5000))}"
    rows = [f"@host = {host}", *([f"@token = {_session_token(scene)}"] if draw.chance(0.4) else []),
        *([f"@apiKey={scene.service_token('api key')}"] if draw.chance(0.25) else []), ""]  # fmt: skip
    for _ in range(draw.integer(1, 6)):
        rows += [f"### {summary(draw)}",
            f"{draw.pick(('GET', 'POST', 'PUT'))} "
            f"{draw.pick(('{{host}}', host))}/{draw.word()}s/{draw.pick(('', draw.digits(3), draw.uuid()))}",
        ]  # fmt: skip
        if draw.chance(0.6):
            rows.append(f"Authorization: {_header_value(scene)}")
        rows.append("Content-Type: application/json")
        if draw.chance(0.5):
            rows += ["", "{", f'  "{draw.pick(("username", "email", "login"))}": "{draw.user()}",',
                f'  "{draw.pick(("password", "pwd", "newPassword"))}": "{scene.password("login password")}"',
                "}"]  # fmt: skip
        elif draw.chance(0.3):
            rows += ["",
                f"grant_type=client_credentials&client_id={safe(draw.project)}&client_secret="
                f"{scene.service_token('client secret', draw.pick(('uuid', 'base62', 'hex32')))}"]  # fmt: skip
        rows.append("")
    path = {"live": draw.pick(("requests.http", f"http/{draw.word()}.rest", "api.http")),
        "local": draw.pick(("dev.http", "http/local.http")), "test": "tests/http/auth.http",
        "docs": "docs/examples.http"}[scene.role]  # fmt: skip
    return Page(draw).lines(rows).sample(path)


@file_type(weight=0.9)
def har(draw: Draw) -> Sample:
    """A browser's record of real requests: cookies and tokens of a live session, or a cassette of a test."""
    role = draw.weighted({"live": 5, "test": 5})
    scene = Scene(draw, "live" if role == "live" else "test", "json", 0.1, draw.integer(1, 3))
    host = f"{draw.pick(('api', 'app', 'www'))}.{draw.domain}"
    entries: list[Tree] = []
    for _ in range(draw.integer(1, 4)):
        cookie = (
            f"_ga=GA1.2.{draw.digits(9)}.{draw.digits(10)}; "
            f"{draw.pick(('session', 'sid', 'connect.sid', 'JSESSIONID', 'PHPSESSID'))}="
            f"{scene.service_token('session id', draw.pick(('lower', 'hex32', 'base62')))}"
        )  # fmt: skip
        headers: list[Tree] = [{"name": "Host", "value": host}, {"name": "User-Agent",
            "value": f"Mozilla/5.0 (X11; Linux x86_64) Firefox/{draw.integer(90, 130)}.0"},
            {"name": "If-None-Match", "value": Setting("", safe(draw.hex(32)))}]  # fmt: skip
        if draw.chance(0.6):
            headers.append({"name": "Authorization", "value": Setting("", f"Bearer {_session_token(scene)}")})
        if draw.chance(0.4):
            headers.append({"name": "Cookie", "value": Setting("", cookie)})
        if draw.chance(0.3):
            headers.append({"name": "X-Request-Id", "value": Setting("", safe(draw.uuid()))})
        entries.append({"startedDateTime": f"{draw.date()}T{draw.time()}.{draw.digits(3)}Z",
            "request": {"method": draw.pick(("GET", "POST")), "url": f"https://{host}/{draw.word()}s",
            "headers": headers}, "response": {"status": draw.pick((200, 200, 401, 304)),
            "content": {"mimeType": "application/json", "size": draw.integer(20, 9000)}}})  # fmt: skip
    tree: dict[str, Tree] = {"log": {"version": "1.2", "creator": {"name": "Firefox", "version": "128.0"},
        "entries": entries}}  # fmt: skip
    path = draw.pick((f"{host}.har", "debug/login.har",
        f"tickets/{draw.digits(4)}/network.har")) if role == "live" else draw.pick(("tests/fixtures/login.har",
        "test/recordings/session.har", f"spec/cassettes/{draw.word()}.json"))  # fmt: skip
    return Page(draw).line(json_text(tree, "  ")).sample(path)


@file_type(weight=1.8)
def fixture_json(draw: Draw) -> Sample:
    """Rows of data for tests and seeds, and dumps of live tables."""
    live = draw.chance(0.2)
    scene = Scene(draw, "live" if live else "test", "json", draw.pick((0.0, 0.5, 1.0)), draw.integer(1, 5))
    fields = draw.some(("username", "email", "password", "token", "apiKey", "id", "hash", "salt", "createdAt", "role",
        "secret", "resetToken", "phone", "lastLogin", "commit", "clientId", "signature"), 3, 8)  # fmt: skip
    rows: list[Tree] = [{name: _cell(scene, name) for name in fields} for _ in range(draw.integer(1, 12))]
    tree: Tree = rows if draw.chance(0.5) else {draw.pick(("users", "data", "items", "clients", "records",
        "accounts")): rows, **({"total": len(rows), "nextPageToken": Setting("",
        safe(draw.base64url(18)))} if draw.chance(0.4) else {})}  # fmt: skip
    path = draw.pick((f"export/{draw.word()}s-{draw.date()}.json", "backup/users.json", f"data/{draw.word()}.json",
        "db.json")) if live else draw.pick((f"tests/fixtures/{draw.word()}s.json", "test/data/users.json",
        "cypress/fixtures/user.json", f"spec/fixtures/{draw.word()}.json", "src/test/resources/users.json",
        "seeds/users.json", "__mocks__/db.json", f"testdata/{draw.word()}_response.json",
        "e2e/mock/accounts.json"))  # fmt: skip
    return Page(draw).line(json_text(tree, draw.pick(("  ", "    ", "\t", "")))).sample(path)


def _cell(scene: Scene, name: str) -> Tree:
    draw = scene.draw
    if name in ("password", "secret") and draw.chance(0.6):
        return Setting("", scene.password("user password"))
    if name in ("token", "apiKey", "resetToken") and draw.chance(0.7):
        return Setting("", _session_token(scene, "user token"))
    if name in ("password", "hash"):
        return Setting("", safe(lookalikes.password_hash(draw) if draw.chance(0.6) else draw.hex(40)))
    plain: dict[str, Tree] = {"username": draw.user(),
        "email": draw.email() if scene.is_live else f"{draw.user()}@example.com",
        "id": draw.pick((draw.integer(1, 999), Setting("", safe(draw.uuid())))),
        "salt": Setting("", safe(draw.alnum(12))), "createdAt": Setting("", f"{draw.date()}T{draw.time()}Z"),
        "role": draw.pick(("admin", "user", "guest")),
                              "phone": "+49" + draw.digits(10), "lastLogin": None,
                              "commit": Setting("", safe(draw.hex(40))), "clientId": Setting("", safe(draw.uuid())),
                              "signature": Setting("", safe(draw.base64(32)))}  # fmt: skip
    return plain.get(name, Setting("", ""))


@file_type(weight=1.2)
def table(draw: Draw) -> Sample:
    """CSV files: accounts with passwords, and rows of ids and hashes."""
    kind = draw.weighted({"live": 3, "test": 3, "harmless": 4})
    sign = draw.weighted({",": 6, ";": 2, "\t": 1})
    count = draw.integer(2, 14)
    rows: list[str] = []
    if kind == "harmless":
        columns = draw.some(("id", "commit", "sha256", "user_id", "key", "token_count", "session_id", "label", "status",
            "date", "etag", "password_strength"), 3, 7)  # fmt: skip
        rows.append(sign.join(columns))
        rows += [sign.join(_harmless_cell(draw, name) for name in columns) for _ in range(count)]
        path = draw.pick((f"data/{draw.word()}s.csv", "export/events.csv", f"reports/{draw.date()}.csv",
            "testdata/rows.csv", "metrics.tsv"))  # fmt: skip
    else:
        word = draw.pick(("password", "Passwort", "senha", "pwd", "pass", "initial_password", "contraseña", "Password"))
        columns = draw.shuffled([draw.pick(("username", "login", "user", "Benutzer")),
            word]) if draw.chance(0.4) else [draw.pick(("name", "system", "host")), draw.pick(("username", "login")),
            word]  # fmt: skip
        rows.append(sign.join([*columns, *(["url"] if draw.chance(0.3) else [])]))
        rows[0] = sign.join(columns)
        limit = draw.integer(1, 6)
        for _ in range(min(count, limit)):
            value = live_password(draw) if kind == "live" else test_password(draw)
            value = value.replace(sign, "").replace('"', "")
            marked = secret(value) if kind == "live" else test(value)
            rows.append(sign.join(marked if name == word else draw.host() if name in ("system",
                "host") else draw.user() if name != "name" else draw.person() for name in columns))  # fmt: skip
        path = draw.pick(("accounts.csv", "zugangsdaten.csv", f"it/{draw.word()}_passwords.csv", "logins.csv",
            "export/lastpass.csv", "users_initial.csv")) if kind == "live" else draw.pick(("tests/data/users.csv",
            "testdata/logins.csv", "jmeter/users.csv", "src/test/resources/credentials.csv",
            "loadtest/accounts.csv"))  # fmt: skip
    return Page(draw).lines(rows).sample(path)


def _harmless_cell(draw: Draw, name: str) -> str:
    cells = {"id": draw.digits(5), "commit": safe(draw.hex(40)), "sha256": safe(draw.hex(64)),
        "user_id": safe(draw.uuid()), "key": safe(f"{draw.word()}.{draw.word()}"),
        "token_count": str(draw.integer(3, 4000)), "session_id": safe(draw.alnum(24)), "label": draw.word(),
        "status": draw.pick(("ok", "failed", "password_reset")), "date": draw.date(), "etag": safe(draw.hex(32)),
        "password_strength": draw.pick(("weak", "strong"))}  # fmt: skip
    return cells[name]


@file_type(weight=0.6)
def jwks(draw: Draw) -> Sample:
    """Key sets: public ones, and private ones of tests and of systems."""
    kind = draw.weighted({"public": 5, "test": 2, "live": 2})
    keys: list[Tree] = []
    for _ in range(draw.integer(1, 3)):
        one: dict[str, Tree] = {"kty": "RSA", "kid": Setting("", safe(draw.pick((draw.hex(16), draw.uuid(),
            draw.base64url(20))))), "use": "sig", "alg": "RS256", "e": "AQAB", "n": Setting("",
            safe(draw.base64url(256)))}  # fmt: skip
        if kind != "public":
            value = draw.base64url(256)
            one["d"] = Setting("", secret(value) if kind == "live" else test(value))
        keys.append(one)
    path = {"public": draw.pick(("public/.well-known/jwks.json", "keys/jwks.json", "tests/fixtures/jwks.json")),
        "test": "test/fixtures/private-jwks.json", "live": draw.pick(("config/jwks.private.json",
        "keys/signing.json"))}[kind]  # fmt: skip
    return Page(draw).line(json_text({"keys": keys}, "  ")).sample(path)


@file_type(weight=0.8)
def seed_yaml(draw: Draw) -> Sample:
    """Fixtures of frameworks in YAML: named rows with digests, tokens, passwords."""
    scene = Scene(draw, "test", "json", draw.pick((0.0, 0.4, 1.0)), draw.integer(1, 5))
    rows: list[str] = []
    for _ in range(draw.integer(1, 7)):
        name = draw.first_name().lower()
        rows.append(f"{name}{draw.maybe(draw.digits(2), 0.3)}:")
        fields = [("email", f"{name}@example.{draw.pick(('com', 'org', 'test'))}"), ("name", draw.person()),
            ("encrypted_password",
            safe("<%= User.digest('" + "…" + "') %>") if draw.chance(0.3)
            else f'"{safe(lookalikes.password_hash(draw))}"'), ("password", scene.password("user password")),
            ("api_token", _session_token(scene, "api token")), ("created_at", f"{draw.date()} {draw.time()}"),
            ("role", "admin"), ("uuid", safe(draw.uuid())), ("activation_digest", safe(draw.hex(40)))]  # fmt: skip
        rows += [f"  {key}: {value}" for key, value in draw.some(fields, 2, 6) if bare(value)]
        rows += [""] if draw.chance(0.7) else []
    return Page(draw).lines(rows).sample(draw.pick(("test/fixtures/users.yml", "spec/fixtures/accounts.yml",
        "fixtures/user.yaml", "tests/fixtures/clients.yml", f"testdata/{draw.word()}.yaml")))  # fmt: skip
