"""Snippets that every language has a credential in: clients, settings, requests, connections, checks."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

from generator import values
from generator.base import bare, label_of, mark, safe
from generator.code_payloads import PAYLOADS
from generator.code_plain import WITHOUT, Block, body, derived, queries, work
from generator.code_scene import Scene


def client(scene: Scene) -> str:
    """A client or a connection is made with named arguments."""
    draw = scene.draw
    slot = scene.slot()
    pairs = [scene.harmless() for _ in range(draw.integer(0, 4))] + [(slot.name, slot.value)]
    title = f"{draw.pick((draw.service(), scene.noun()))} {draw.pick(('client', 'connection', 'options', 'session', 'config', 'provider'))}"
    made = scene.call(title, draw.shuffled(pairs))
    if scene.language in ("java", "kotlin", "csharp", "rust", "swift") and draw.chance(0.4):
        return _builder(scene, pairs)
    return scene.assign(
        draw.pick(("client", "conn", "db", "api", "mailer", "session", draw.service())), made, scene.pascal(title)
    )


def _builder(scene: Scene, pairs: list[tuple[str, str]]) -> str:
    draw, title = scene.draw, scene.pascal(scene.draw.pick((scene.draw.service(), scene.noun())))
    prefix = draw.pick(("", "", "with", "set"))
    style = "pascal" if scene.language == "csharp" else scene.syntax.style
    links = "".join(
        f"\n{draw.indent * 2}.{draw.identifier(f'{prefix} {words}', style)}({expression})"
        for words, expression in pairs
    )
    start = {"rust": f"{title}::builder()", "csharp": f"new {title}Builder()"}.get(
        scene.language, draw.pick((f"{title}.builder()", f"new {title}Builder()"))
    )
    return scene.assign(
        draw.pick(("client", "options", "request", "config")),
        f"{start}{links}\n{draw.indent * 2}.{scene.pascal('build') if style == 'pascal' else 'build'}()",
        title,
    )


def setters(scene: Scene) -> str:
    """One object gets its properties, line by line."""
    draw = scene.draw
    target = scene.variable(
        draw.pick(
            (
                "config",
                "props",
                "data source",
                "options",
                "mail sender",
                "user",
                "credentials",
                "builder",
                scene.noun(),
                draw.service(),
            )
        )
    )
    slot = scene.slot()
    rows = draw.shuffled([*(scene.harmless() for _ in range(draw.integer(1, 5))), (slot.name, slot.value)])
    target = f"${target}->" if scene.language in ("php", "perl") else f"{target}."
    shapes = {
        "java": ("set«P»(«v»)", "setProperty(\"«d»\", «v»)", "put(\"«d»\", «v»)", "addInitParameter(\"«c»\", «v»)"), "php": ("«s» = «v»", "set«P»(«v»)"), "perl": ("«s»(«v»)", "{«s»} = «v»"),
        "csharp": ("«P» = «v»", "Add(\"«P»\", «v»)"), "go": ("«P» = «v»", "Set(\"«s»\", «v»)", "Header.Set(\"«t»\", «v»)"), "kotlin": ("«c» = «v»", "putString(\"«s»\", «v»)"), "rust": ("«s» = «v»", "set(\"«s»\", «v»)"),
        "js": ("«c» = «v»", "set('«c»', «v»)", "append('«s»', «v»)", "setItem('«c»', «v»)"), "c": ("«s» = «v»", "set«P»(«v»)"),
    }.get(scene.language, ("«s» = «v»", "«c» = «v»"))  # fmt: skip
    shape = draw.pick(shapes)
    styles = {"«P»": "pascal", "«s»": "snake", "«c»": "camel", "«d»": "dot", "«t»": "train"}
    lines = []
    for words, expression in rows:
        line = shape
        for short, style in styles.items():
            line = line.replace(short, draw.identifier(words, style))
        lines.append(target + line.replace("«v»", expression) + scene.syntax.end)
    return "\n".join(lines)


def login(scene: Scene) -> str:
    """A call with user and password in their order."""
    draw = scene.draw
    slot = scene.slot("password")
    call = draw.pick(
        ("login", "authenticate", "connect", "sign_in", "create user", "basic auth", "open session", "set credentials")
    )
    user = scene.text(draw.pick((draw.user(), draw.email())))
    name = scene.variable(call) if scene.language not in ("go", "csharp") else scene.pascal(call)
    first = draw.pick(("", f"{scene.text(draw.host())}, "))
    receiver = draw.pick(("", "client.", "self." if scene.language == "python" else "api.", "auth.", "server."))
    return f"{receiver}{name}({first}{user}, {slot.value}){scene.syntax.end}"


def settings(scene: Scene) -> str:
    """A group of constants or variables at the top of a file."""
    draw = scene.draw
    rows: list[tuple[str, str]] = [scene.harmless() for _ in range(draw.integer(1, 6))]
    for _ in range(draw.weighted({1: 6, 2: 3, 3: 1})):
        slot = scene.slot()
        rows.append((slot.name, slot.value))
    write = scene.define if draw.chance(0.6) else scene.assign
    template_rows = [write(words, expression) for words, expression in draw.shuffled(rows)]
    if draw.chance(0.3):
        template_rows.insert(draw.integer(0, len(template_rows)), scene.comment())
    if draw.chance(0.15):
        template_rows = [f"{row}  {scene.comment()}" if draw.chance(0.4) else row for row in template_rows]
    return "\n".join(template_rows)


def mapping(scene: Scene) -> str:
    """A map with settings, one of them a credential or a reference."""
    draw = scene.draw
    style, template = draw.pick(scene.syntax.key_style), draw.pick(scene.syntax.entry)
    rows = [scene.harmless() for _ in range(draw.integer(1, 5))]
    for _ in range(draw.weighted({1: 7, 2: 2})):
        slot = scene.slot()
        rows.append((slot.name, slot.value))
    body = "\n".join(scene.entry(words, expression, style, template) for words, expression in draw.shuffled(rows))
    title = f"{draw.pick((draw.service(), draw.word(), 'default', 'db', 'mail'))} {draw.pick(('config', 'settings', 'options', 'params'))}"
    write = scene.define if draw.chance(0.4) else scene.assign
    return write(title, scene.fill(draw.pick(scene.syntax.maps), body=body), "map")


def request(scene: Scene) -> str:
    """HTTP headers with a token in them."""
    draw = scene.draw
    style, template = "train", draw.pick(scene.syntax.entry)
    header = draw.pick(("authorization", "authorization", "x api key", "x auth token", "private token"))
    rows = [
        ("content type", scene.text("application/json")),
        ("accept", scene.text(draw.pick(("application/json", "*/*")))),
    ][: draw.integer(0, 2)]
    if scene.left > 0 and draw.chance(0.7):
        named = scene.credential(draw.pick(("token", "key")))
        scheme = draw.pick(("Bearer ", "Bearer ", "token ", "Token ", "")) if header == "authorization" else ""
        rows.append((header, scene.text(scheme + named.value)))
    elif draw.chance(0.5):
        rows.append(
            (
                header,
                scene.syntax.concat.replace("«x»", scene.text("Bearer ")).replace(
                    "«y»", scene.variable("access token")
                ),
            )
        )
    else:
        rows.append((header, scene.text("Bearer " + safe(scene.placeholder("access token")))))
    if "«k»" in template:
        template = next((other for other in scene.syntax.entry if "«n»" in other), template.replace("«k»", "«n»"))
    if scene.language == "js":
        template = "«n»: «v»,"
    body = "\n".join(scene.entry(words, expression, style, template) for words, expression in draw.shuffled(rows))
    return scene.assign(
        draw.pick(("headers", "request headers", "auth headers")),
        scene.fill(draw.pick(scene.syntax.maps), body=body),
        "map",
    )


def connection(scene: Scene) -> str:
    """A connection URL or string."""
    draw = scene.draw
    if scene.left > 0 and draw.chance(0.75):
        marked = scene.credential("password").value
        value, label = bare(marked), label_of(marked) or "test"
        host = draw.host() if label == "secret" or draw.chance(0.2) else draw.local_host()
        if draw.chance(0.25):
            server = draw.pick(("Server", "Data Source", "server"))
            name, user = draw.pick(
                (("User Id", "Password"), ("uid", "pwd"), ("User ID", "Password"), ("user", "password"))
            )
            value = value.replace(";", "")
            shown = f"{server}={host};{draw.pick(('Database', 'Initial Catalog', 'database'))}={draw.word()};{name}={draw.user()};{user}={mark(label, value)};"
        else:
            shown = values.connection_url(draw, value, host, label=label)
        return scene.assign(
            draw.pick(("database url", "dsn", "connection string", "uri", "redis url", "broker url", "conn str")),
            scene.text(shown),
        )
    host = draw.host()
    plain = draw.pick((f"postgres://{host}:5432/{draw.word()}", f"redis://{host}:6379/0", f"https://{host}/{draw.word()}",
                       f"jdbc:mysql://{host}/{draw.word()}", f"amqp://{safe('${AMQP_USER}:${AMQP_PASSWORD}')}@{host}"))  # fmt: skip
    return scene.assign(draw.pick(("database url", "dsn", "broker url", "endpoint")), scene.text(plain))


def comparison(scene: Scene) -> str:
    """A value is compared with a literal."""
    draw = scene.draw
    if scene.left > 0 and draw.chance(0.6):
        named = scene.credential(draw.pick(("password", "password", "token", "secret")))
        name, right = named.name, scene.text(named.value)
    else:
        name = draw.secret_name("password", "snake")
        right = draw.pick(
            (
                scene.text(""),
                scene.plain(values.placeholder(draw)),
                scene.plain(values.constant(draw)),
                scene.variable("confirm password"),
            )
        )
    left = scene.variable(name)
    return scene.fill(scene.syntax.condition, x=left, y=right, body=scene.fill(scene.syntax.returns, x=scene.flag()))


def fallback(scene: Scene) -> str:
    """A reference to the environment with a default beside it."""
    draw = scene.draw
    slot_kind = draw.pick(("password", "secret", "key"))
    name = draw.secret_name(slot_kind, "snake")
    loud = draw.identifier(name, "screaming")
    if scene.left > 0:
        value = scene.credential(slot_kind).value
    else:
        value = safe(draw.pick((scene.placeholder(name), "changeme", "")))
    default = scene.text(value)
    shape = {
        "python": (f'os.environ.get("{loud}", {default})', f"os.getenv('{loud}', {default})", f'os.environ.get("{loud}") or {default}', f'config("{loud}", default={default})'),
        "js": (f"process.env.{loud} || {default}", f"process.env.{loud} ?? {default}"),
        "go": (f'getEnv("{loud}", {default})', f'envOr("{loud}", {default})'), "ruby": (f"ENV.fetch('{loud}', {default})", f"ENV['{loud}'] || {default}"),
        "php": (f"env('{loud}', {default})", f"getenv('{loud}') ?: {default}"), "rust": (f'env::var("{loud}").unwrap_or_else(|_| {default}.to_string())', f'option_env!("{loud}").unwrap_or({default})'),
        "java": (f'System.getProperty("{name}", {default})', f'env.getProperty("{name}", {default})'), "kotlin": (f'System.getenv("{loud}") ?: {default}',),
        "csharp": (f'Environment.GetEnvironmentVariable("{loud}") ?? {default}', f'configuration["{name}"] ?? {default}'), "elixir": (f'System.get_env("{loud}") || {default}', f'System.get_env("{loud}", {default})'),
        "lua": (f'os.getenv("{loud}") or {default}',), "perl": (f"$ENV{{{loud}}} || {default}",), "r": (f'Sys.getenv("{loud}", {default})',),
        "swift": (f'ProcessInfo.processInfo.environment["{loud}"] ?? {default}',), "dart": (f"String.fromEnvironment('{loud}', defaultValue: {default})",),
    }.get(scene.language, (default,))  # fmt: skip
    return scene.assign(name.replace("_", " "), draw.pick(shape))


def commented(scene: Scene) -> str:
    """Code that someone commented out, or a remark that holds a value."""
    draw = scene.draw
    if scene.left > 0 and draw.chance(0.5):
        named = scene.credential("password")
        remark = draw.pick((f"{draw.pick(('login', 'user', 'account', 'admin'))}: {draw.user()} / {named.value}", f"{draw.pick(('pw', 'password', 'pass', 'pwd'))}: {named.value}",
                            f"old password was {named.value}", f"{draw.user()}:{named.value}@{draw.host()}"))  # fmt: skip
        return scene.comment(remark)
    if scene.left > 0:
        return "\n".join(
            f"{scene.syntax.comment} {line}"
            for line in draw.pick((settings, client, connection))(scene).split("\n")[:4]
        )
    return "\n".join(draw.comment_lines(scene.syntax.comment))


def default_parameter(scene: Scene) -> str:
    draw = scene.draw
    slot = scene.slot()
    if scene.language not in ("python", "js", "ruby", "kotlin", "php", "dart", "elixir", "r"):
        return scene.assign(slot.name, slot.value)
    prefix = "$" if scene.language == "php" else ""
    parameters = (
        f"{prefix}{scene.variable('host')}={scene.text(draw.host())}, {prefix}{scene.variable(slot.name)}={slot.value}"
    )
    with scene.at("body"):
        inner = body(scene, ending=True)
    return scene.fill(
        draw.pick(scene.syntax.functions), scene.variable(f"{draw.verb()} {draw.word()}"), a=parameters, body=inner
    )


WITH_SLOT: dict[Block, float] = {
    client: 4.5,
    setters: 3.5,
    login: 3,
    settings: 6,
    mapping: 5,
    request: 3,
    connection: 3.5,
    comparison: 1.5,
    fallback: 3,
    commented: 1.5,
    default_parameter: 1.2,
    **PAYLOADS,
}


FUNCTIONS = frozenset((work, default_parameter))
_STATEMENTS = frozenset((login, comparison, derived, setters, client, request, queries, body))
_LOOSE = frozenset("python js ruby php perl lua r elixir".split())
"""Languages in which statements stand outside of functions too."""


def block(scene: Scene, share: float = 0.45) -> str:
    """A snippet that fits the place; with probability `share` one that has a place for a credential."""
    draw = scene.draw
    maker = draw.weighted(WITH_SLOT if draw.chance(share) else WITHOUT)
    if scene.place == "body":
        return body(scene) if maker in FUNCTIONS else maker(scene)
    if maker not in _STATEMENTS or (scene.place == "top" and scene.language in _LOOSE and draw.chance(0.4)):
        return maker(scene)
    scene.method, within = scene.place == "class", scene.method
    with scene.at("body"):
        parts = [maker(scene)]
        if draw.chance(0.5):
            parts.insert(draw.integer(0, 1), body(scene, 1, 3))
        if draw.chance(0.15):
            parts.append(
                draw.weighted(WITHOUT if draw.chance(0.6) else WITH_SLOT)(scene) if draw.chance(0.3) else derived(scene)
            )
    scene.method = within
    return scene.function(
        f"{draw.verb()} {draw.pick((scene.noun(), 'client', 'session', 'token', ''))}",
        "\n".join(parts),
        draw.some(scene.nouns, 0, 2),
    )
