"""What people write to each other: tickets, chats, e-mails, meeting notes, questions with pasted settings."""

from __future__ import annotations

from generator import lookalikes
from generator.base import Draw, Page, Sample, bare, file_type, safe
from generator.config_forms import Look, flat_lines, json_text, tree_of, yaml_lines
from generator.config_harmless import groups
from generator.config_scene import Scene
from generator.text_logs import Clock
from generator.text_prose import fact, news, paragraph, summary, wish

_SHARED = {
    "en": ("the password is {v}", "here is the password: {v}", "login: {u} / {v}", "user {u}, password {v}", "pw: {v}",
    "use {u} with password {v}", "the new root password for {h} is {v}", "Password: {v}",
    "credentials for {h}: {u}/{v}", "pass is {v} (same as before)", "I reset it, new password = {v}",
    "You can log in with {u} and {v}", "wifi password: {v}",
    "PIN for the door is still the old one, the VPN password is {v}"),
    "de": ("das Passwort ist {v}", "Passwort: {v}", "Zugang: {u} / {v}", "Benutzer {u}, Kennwort {v}",
    "neues Passwort für {h}: {v}", "PW: {v}"), "fr": ("le mot de passe est {v}", "mot de passe : {v}",
    "identifiant {u}, mdp {v}", "accès {h} : {u} / {v}"), "es": ("la contraseña es {v}", "contraseña: {v}",
    "usuario {u}, clave {v}", "acceso a {h}: {u} / {v}"),
    "pt": ("a senha é {v}", "senha: {v}", "usuário {u}, senha {v}", "acesso ao {h}: {u} / {v}"),
    "ru": ("пароль: {v}", "логин {u}, пароль {v}", "доступ к {h}: {u} / {v}", "новый пароль {v}"),
    "zh": ("密码是 {v}", "密码：{v}", "账号 {u} 密码 {v}", "用户名: {u} 密码: {v}"), "ja": ("パスワードは {v} です",
    "パスワード: {v}",
    "ユーザー: {u} パスワード: {v}"),
}  # fmt: skip
_ASKED = ("What is the password for {h}?", "Can someone send me the API key?", "who has access to {h}?",
    "I forgot my password again", "is the token still valid?", "please don't post passwords here",
    "my key does not work any more", "Where do I find the client secret?", "the password field is empty in the form",
    "Wie lautet das Passwort?", "qual é a senha?", "you need a token with admin scope",
    "password reset mail never arrives", "I sent you the password by SMS", "the secret is in 1Password",
    "check the vault, path {p}")  # fmt: skip


def shared(scene: Scene) -> str:
    """A sentence that passes a password on, or asks for one."""
    draw = scene.draw
    if scene.quota <= 0:
        return asked(draw)
    value = scene.password("password")
    if not value or "\ue002" in value:
        return asked(draw)
    return draw.pick(_SHARED[draw.tongue if draw.chance(0.8) else "en"]).format(v=value, u=draw.user(), h=draw.host())


def handed(scene: Scene) -> str:
    """A sentence that passes a token on."""
    draw = scene.draw
    value = scene.service_token("api key")
    return draw.pick((f"here is the key for {draw.service()}: {value}", f"token: {value}", f"API key = {value}",
        f"I created a new one, {value}", f"use this token {value} until {draw.date()}", f"export TOKEN={value}",
        f"the webhook secret is {value}", f"{draw.service()} key -> {value}"))  # fmt: skip


def asked(draw: Draw) -> str:
    return draw.pick(_ASKED).format(h=draw.host(), p=safe(f"secret/{draw.project}/{draw.word()}"))


def _scene(draw: Draw, live: float = 8, test: float = 1.5) -> Scene:
    return Scene(draw, "live" if draw.chance(live / (live + test)) else "test", "shell", draw.pick((0.0, 0.0, 0.2)),
        draw.weighted({0: 4, 1: 4, 2: 2, 3: 1}))  # fmt: skip


def _remark(scene: Scene, telling: float = 0.3) -> str:
    draw = scene.draw
    if scene.quota > 0 and draw.chance(telling):
        return draw.pick((shared, shared, handed))(scene)
    return draw.pick((wish, news, asked, lambda d: f"deployed {safe(d.hex(7))}", lambda d: f"see {lookalikes.url(d)}",
        lambda d: f"ticket {d.project.upper()[:4]}-{d.integer(1, 9999)}", lambda d: "ok", lambda d: "thanks!",
        lambda d: f"order {safe(d.digits(9))} fails, id {safe(d.uuid())}"))(draw)  # fmt: skip


@file_type(weight=2)
def chat(draw: Draw) -> Sample:
    scene = _scene(draw)
    people = [draw.first_name() if draw.chance(0.6) else draw.user() for _ in range(draw.integer(2, 4))]
    kind = draw.integer(0, 4)
    lines = [(draw.pick(people), _remark(scene)) for _ in range(draw.integer(5, 25))]
    clock = Clock(draw, 90)
    if kind == 0:
        rows = [f"[{clock.tick('%Y-%m-%d %H:%M:%S')}] {who}: {text}" for who, text in lines]
    elif kind == 1:
        rows = [f"{clock.tick('%H:%M')} <{who}> {text}" for who, text in lines]
    elif kind == 2:
        rows = [row for who, text in lines for row in (f"{who}  {clock.tick('%I:%M %p')}", text, "")]
    elif kind == 3:
        rows = json_text([{"user": who, "ts": clock.tick("%Y%m%d%H.") + draw.digits(6), "text": text.replace('"', "'"),
            **({"client_msg_id": safe(draw.uuid())} if draw.chance(0.5) else {})} for who, text in lines],
            "  ").split("\n")  # fmt: skip
    else:
        rows = [f"{clock.tick('%d.%m.%y, %H:%M')} - {who}: {text}" for who, text in lines]
    name = "json" if kind == 3 else "txt"
    path = f"tests/fixtures/chat.{name}" if scene.role == "test" else draw.pick((f"export/{draw.word()}.{name}",
        f"slack/{draw.word()}/{draw.date()}.{name}", f"chat-{draw.date()}.{name}", f"irc/{draw.word()}.log",
        f"WhatsApp/{draw.first_name()}.txt", f"teams_{draw.word()}.{name}"))  # fmt: skip
    return Page(draw).lines(rows).sample(path)


_SUBJECTS = (
    "Your new account",
    "Password reset",
    "Zugangsdaten",
    "VPN",
    "Dados de acesso",
    "invoice",
    "API credentials",
    "Welcome",
)
_GREETINGS = {
    "de": "Hallo {f},",
    "fr": "Bonjour {f},",
    "es": "Hola {f}:",
    "pt": "Olá {f},",
    "ru": "Здравствуйте, {f}!",
    "zh": "{f}，你好：",
    "ja": "{f}様",
}
_CLOSINGS = {
    "de": "Viele Grüße",
    "fr": "Cordialement",
    "es": "Saludos",
    "pt": "Abraços",
    "ru": "С уважением",
    "zh": "谢谢",
    "ja": "よろしくお願いします",
}


@file_type(weight=1.8)
def mail_message(draw: Draw) -> Sample:
    scene = _scene(draw)
    sender, receiver = draw.email(draw.domain), draw.email()
    boundary = draw.hex(24)
    rows = [f"From: {draw.person()} <{sender}>", f"To: {receiver}",
        f"Subject: {draw.pick(('Re: ', 'Fwd: ', '', 'AW: '))}"
        f"{draw.pick((*_SUBJECTS, f'Access to {draw.host()}', f'{draw.word()} server', draw.project))}",
        f"Date: {draw.pick(('Mon', 'Tue', 'Fri'))}, {draw.integer(1, 28)} {draw.pick(('Jan', 'May', 'Nov'))} "
        f"{draw.year()} {draw.time()} +0100", f"Message-ID: <{safe(draw.alnum(20))}@{draw.domain}>"]  # fmt: skip
    headers = ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
        f"DKIM-Signature: v=1; a=rsa-sha256; s=mail; bh={safe(draw.base64(32))}; b={safe(draw.base64(128))}",
        f"X-Mailer: {draw.company} Mail {draw.version()}", f"In-Reply-To: <{safe(draw.uuid())}@{draw.domain}>",
        f"Content-Type: multipart/mixed; boundary=\"{safe(boundary)}\""]  # fmt: skip
    name = draw.first_name()
    plain = draw.pick((f"Hi {name},", f"Dear {draw.surname()},", "Hello,", f"{name},", "Hi all,"))
    greeting = _GREETINGS[draw.tongue].format(f=name) if draw.tongue in _GREETINGS else plain
    rows += [*draw.some(headers, 1, 4), "", greeting, ""]
    for _ in range(draw.integer(1, 4)):
        rows += [draw.pick((paragraph, news))(draw), ""]
        if draw.chance(0.55):
            kind = draw.integer(0, 4)
            if kind == 0 and scene.quota > 0:
                word = draw.pick(("Password", "Passwort", "Senha", "Mot de passe", "Contraseña", "Kennwort",
                    "Temporary password"))  # fmt: skip
                rows += [f"  Server:   {draw.host()}",
                    f"  {draw.pick(('User', 'Login', 'Username'))}:     {draw.user()}",
                    f"  {word}: {scene.password('password')}", ""]  # fmt: skip
            elif kind == 1:
                rows += [
                    f"https://{draw.domain}/reset?{draw.pick(('token', 'key', 'code'))}="
                    f"{scene.service_token('reset token', draw.pick(('base62', 'hex40', 'uuid')))}", ""]  # fmt: skip
            else:
                rows += [_remark(scene, 0.6), ""]
    closing = _CLOSINGS.get(draw.tongue) or draw.pick(("Best regards", "Cheers", "Thanks", "Regards,", "Best,"))
    rows += [closing, draw.author,
        *(["-- ", f"{draw.company} | {draw.city()} | +49 {draw.digits(3)} {draw.digits(7)}"] if draw.chance(0.4)
        else [])]  # fmt: skip
    path = "tests/fixtures/reset.eml" if scene.role == "test" else draw.pick((f"mail/{draw.date()}-{draw.word()}.eml",
        "inbox/export.eml", f"{draw.word()}.eml", f"support/{draw.digits(5)}.eml",
        f"archive/{draw.year()}/{draw.word()}.txt"))  # fmt: skip
    return Page(draw).lines(rows).sample(path)


_STEPS = (
    "Log in",
    "Click on Forgot password",
    "Send the request below",
    "Enter a wrong password",
    "Wait until the token expires",
)


@file_type(weight=2)
def ticket(draw: Draw) -> Sample:
    """Issues and tickets: a description, pasted output, comments."""
    scene = _scene(draw)
    rows = draw.pick(([f"# {summary(draw)}", ""], [f"Ticket: {draw.project.upper()[:5]}-{draw.integer(10, 9999)}",
        f"Summary: {summary(draw)}", f"Reporter: {draw.person()}",
        f"Status: {draw.pick(('Open', 'In progress', 'Closed'))}", ""],
        [f"**{draw.pick(('Bug', 'Feature', 'Incident'))}**: {news(draw)}", ""]))  # fmt: skip
    rows += [paragraph(draw), ""]
    if draw.chance(0.7):
        rows += [draw.pick(("Steps to reproduce", "Steps", "How to reproduce")) + ":",
            *(f"{number}. "
            f"{draw.pick((f'Open https://app.{draw.domain}/{draw.word()}', wish(draw), fact(draw), draw.pick(_STEPS)))}"
            for number in range(1, draw.integer(3, 6))), ""]  # fmt: skip
    if draw.chance(0.6):
        rows += ["```", *_pasted(scene), "```", ""]
    for _ in range(draw.integer(0, 5)):
        rows += [f"--- {draw.person()} ({draw.date()})" if draw.chance(0.6) else f"**{draw.user()}** commented:",
            _remark(scene), *([news(draw)] if draw.chance(0.4) else []), ""]  # fmt: skip
    path = "tests/data/issue.md" if scene.role == "test" else draw.pick((f"tickets/{draw.digits(4)}.md",
        f"jira/{draw.project.upper()[:4]}-{draw.digits(3)}.txt", f"issues/{draw.digits(3)}.md", "incident.md",
        f"support/{draw.word()}.txt", "TODO.md"))  # fmt: skip
    return Page(draw).lines(rows).sample(path)


def _pasted(scene: Scene) -> list[str]:
    draw = scene.draw
    inner = Scene(draw, scene.role, "env", draw.pick((0.0, 0.5, 1.0)), max(scene.quota, 0))
    made = groups(inner, 1, 2)
    return draw.pick((
        lambda: flat_lines(inner, made, Look.of(draw, draw.pick(("screaming", "dot", "snake")))),
        lambda: yaml_lines(draw, tree_of(made, draw.pick(("snake", "camel")))), lambda: json_text(tree_of(made,
        "camel"), "  ").split("\n"),
        lambda: [f"{draw.date()} {draw.time()} ERROR {draw.word()} failed", f"request id {safe(draw.uuid())}",
        f"Authorization: {safe('Bearer xxxxx')}"],
        lambda: [
        f"$ curl -i https://api.{draw.domain}/v1/{draw.word()}s -H 'X-Api-Key: {inner.service_token('api key')}'",
        "HTTP/1.1 403 Forbidden", f"ETag: \"{safe(draw.hex(32))}\""],
    ))()  # fmt: skip


@file_type(weight=1.6)
def notes(draw: Draw) -> Sample:
    """Meeting notes and private notes."""
    scene = _scene(draw, 9, 0.01)
    bullet = draw.pick(("- ", "* ", "• ", "", "[ ] "))
    rows = draw.pick(([f"# {draw.pick(('Weekly', 'Planning', 'Standup', 'Jour fixe', 'Retro'))} {draw.date()}", ""],
        [f"{draw.date()} {draw.project}", "-" * 20], [f"TODO {draw.first_name()}", ""],
        [draw.company, ""]))  # fmt: skip
    if draw.chance(0.5):
        rows += [f"Attendees: {', '.join(draw.first_name() for _ in range(draw.integer(2, 5)))}", ""]
    for _ in range(draw.integer(5, 22)):
        kind = draw.integer(0, 11)
        if kind == 0:
            rows += ["", draw.pick((f"## {draw.word().title()}", draw.host(), draw.city(), f"{draw.service()}:",
                f"== {draw.word()} =="))]  # fmt: skip
        elif kind == 1 and scene.quota > 0:
            rows += [f"{bullet}{draw.service()}: {draw.user()} / {scene.password('password')}"]
        elif kind == 2 and scene.quota > 0:
            rows += [draw.host(), draw.user(), f"pw {scene.password('password')}"]
        elif kind == 3:
            rows += [
                f"{bullet}{draw.pick(('zoom', 'meeting'))} "
                f"https://{draw.word()}.zoom.us/j/{draw.digits(10)}?pwd="
                f"{scene.service_token('meeting passcode', 'base62')}"] if draw.chance(0.4) else [
                f"{bullet}call +49 {draw.digits(9)}, PIN on the card"]  # fmt: skip
        else:
            rows.append(bullet + _remark(scene, 0.2))
    return Page(draw).lines(rows).sample(draw.pick((f"notes/{draw.date()}.md", f"meetings/{draw.word()}.md",
        "notes.txt", f"{draw.first_name().lower()}.txt", "todo.txt", "docs/meeting-notes.md", "scratch.md", "info.txt",
        f"Desktop/{draw.word()}.txt", "org/inbox.org")))  # fmt: skip


_FAILURES = (
    "password authentication failed for user",
    "invalid token",
    "Access denied for user",
    "signature verification failed",
)


@file_type(weight=1.5)
def question(draw: Draw) -> Sample:
    """A question as on a forum, with pasted settings whose values were changed, or were not."""
    scene = Scene(draw, "docs", "env", draw.pick((0.0, 0.5, 1.0)), draw.integer(0, 3))
    topic = draw.pick((f"{draw.service()} returns 401 with a valid token",
        f"Cannot connect to {draw.service()} from Docker", "Access denied for user (using password: YES)",
        f"How to pass a password to {draw.service()}?", f"Spring Boot and {draw.service()}: bad credentials",
        f"JWT signature invalid in {draw.word()} app", "Environment variable is empty in CI"))  # fmt: skip
    rows = [f"# {topic}", "", paragraph(draw, 1, 3), "", draw.pick(("This is my configuration:", "My settings:",
        "Here is what I have:", "docker-compose.yml:", "Config below (values changed):")), "",
        *draw.pick(([f"    {row}" for row in _block(scene)], ["```", *_block(scene), "```"])), "",
        draw.pick(("And the error:", "The log says:", "Output:")), "",
        f"    {draw.pick(('ERROR', 'FATAL', 'Error'))}: "
        f"{draw.pick(_FAILURES)} \"{draw.user()}\"",
        "", fact(draw)]  # fmt: skip
    if draw.chance(0.7):
        rows += ["", draw.pick(("## Answer", "---", f"**{draw.first_name()}** wrote:")), "", paragraph(draw, 1, 3)]
        if draw.chance(0.5):
            rows += ["", "```",
                f"{draw.pick(('export', 'set'))} "
                f"DB_PASSWORD={safe(draw.pick(('yourpassword', '<password>', '...', '********')))}", "```"]  # fmt: skip
    return Page(draw).lines(rows).sample(draw.pick((f"questions/{draw.digits(6)}.md", f"forum/{draw.word()}.md",
        f"posts/{draw.digits(8)}.txt", f"data/qa/{draw.digits(5)}.md")))  # fmt: skip


def _block(scene: Scene) -> list[str]:
    draw = scene.draw
    if draw.chance(0.3):
        return ["services:", "  db:", f"    image: {draw.pick(('postgres', 'mysql'))}", "    environment:",
            f"      {draw.pick(('POSTGRES_PASSWORD', 'MYSQL_ROOT_PASSWORD'))}: {scene.password('database password')}",
            f"      POSTGRES_DB: {draw.word()}"]  # fmt: skip
    return [row for row in _pasted(scene) if bare(row)]
