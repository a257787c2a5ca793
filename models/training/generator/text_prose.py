"""Sentences that people write about systems, accounts and interfaces; none holds a credential."""

from __future__ import annotations

from generator.base import Draw

_SYSTEMS = ("the staging cluster", "the {w} database", "the mail relay", "the {p} server", "our CI runner",
    "the old VPN", "the {w} service", "the registry", "the backup host", "the wiki", "the {w} dashboard",
    "the customer portal", "the test tenant", "the message queue", "the load balancer", "the payment sandbox",
    "the intranet")  # fmt: skip
_EVENTS = ("was moved last {day}", "needs a restart after every deploy", "times out under load",
    "still runs on the old machine", "is read-only during the migration", "was upgraded to {v}",
    "answers with 401 since {day}", "will be switched off in {month}", "was down for {n} minutes",
    "uses too much memory", "has a new address", "is only reachable from the office",
           "rejects the old certificate", "got a second disk", "is monitored now", "was rebuilt from scratch",
           "passes all health checks again", "sends duplicate events")  # fmt: skip
_WISHES = ("Please check the logs before you restart it", "Let me know if anything breaks",
    "I will look into it tomorrow", "We should automate this", "Nobody knows why", "See the ticket for details",
    "Ask {f} if you need access", "{f} has the details", "The fix is in review", "We agreed to wait until {month}",
    "It worked on my machine", "This affects about {n} customers",
           "Rollback took {n} minutes", "I opened a ticket with the provider", "The runbook is out of date",
           "We keep the old one for two more weeks", "Remember to rotate the key afterwards",
           "Passwords are kept in the vault, not here", "Tokens expire after {n} days",
           "Access is granted through the {w} group")  # fmt: skip
_DAYS = "Monday Tuesday Wednesday Thursday Friday night week".split()
_MONTHS = "January February March April May June July August September October November December".split()
_SUMMARIES = ("Create a {w}", "List all {w}s", "Delete a {w} by id", "Update a {w}",
    "Log in with user name and password", "Exchange a refresh token for an access token",
    "Change the password of the current user", "Start a password reset", "Revoke an API key",
    "Rotate the signing secret of a webhook", "Get the current session", "Register a device", "Export {w}s as CSV",
              "Verify a one-time code", "Invite a user to a {w}", "Upload an attachment", "Search {w}s",
              "Issue a token for a service account", "Cancel a {w}",
              "Return the public keys of the issuer")  # fmt: skip
_FACTS = ("The token must be sent in the Authorization header.", "Passwords need at least {n} characters.",
    "Requests without a valid key get a 401.", "Keys can be revoked at any time in the dashboard.",
    "The secret is shown only once.", "Never share your credentials.", "All times are in UTC.",
    "Responses are paginated.", "Rate limits apply per API key.",
          "Create an account first, then copy your key from the settings page.", "Use a password manager to store it.",
          "The refresh token is valid for {n} days.", "Secrets are read from the environment at start-up.",
          "Set the password in the configuration file.", "Authentication is disabled by default.",
          "A new token is issued on every login.", "You can use either a key or a user name and password.",
          "The default user should be removed after installation.", "The {w} endpoint accepts JSON only.",
          "Each {w} belongs to exactly one account.", "Install the dependencies and start the server.",
          "The configuration is reloaded without a restart.", "Every release is signed; the checksum is listed below.",
          "It supports PostgreSQL and MySQL.", "The client retries failed requests {n} times.",
          "Logs are written to standard output.", "Contributions are welcome.", "Tests run in containers.",
          "The {w} module is optional.", "Old versions are not supported any more.")  # fmt: skip
_OWN = {
    "de": ("Der Server {p} wurde am {day_de} umgezogen.", "Bitte vor dem Neustart die Logs prüfen.",
    "Die Zugangsdaten liegen im Passwortmanager.", "Das Passwort muss mindestens {n} Zeichen haben.",
    "Der Token läuft nach {n} Tagen ab.", "Bei Fragen an {f} wenden.", "Die Datenbank {w} ist nur intern erreichbar.",
    "Danach den Dienst neu starten.", "Das Zertifikat wurde erneuert."),
    "fr": ("Le serveur {p} a été déplacé.", "Merci de vérifier les journaux avant de redémarrer.",
    "Le mot de passe doit contenir au moins {n} caractères.", "Le jeton expire après {n} jours.",
    "Voir avec {f} pour les accès.", "La base {w} n'est accessible que depuis le réseau interne.",
    "Il faut relancer le service ensuite."),
    "es": ("El servidor {p} se ha movido.", "Revisa los registros antes de reiniciar.",
    "La contraseña debe tener al menos {n} caracteres.", "El token caduca a los {n} días.",
    "Pregunta a {f} si necesitas acceso.", "La base de datos {w} solo es accesible desde la red interna.",
    "Después hay que reiniciar el servicio."),
    "pt": ("O servidor {p} foi migrado.", "Verifique os logs antes de reiniciar.",
    "A senha deve ter pelo menos {n} caracteres.", "O token expira em {n} dias.", "Fale com {f} para conseguir acesso.",
    "O banco {w} só é acessível pela rede interna.", "Depois é preciso reiniciar o serviço."),
    "ru": ("Сервер {p} переехал.", "Перед перезапуском проверьте логи.",
    "Пароль должен содержать не менее {n} символов.", "Токен действует {n} дней.", "Доступ можно получить у {f}.",
    "База {w} доступна только из внутренней сети.", "После этого перезапустите сервис."),
    "zh": ("服务器 {p} 已经迁移。", "重启之前请先查看日志。", "密码至少需要 {n} 个字符。", "令牌 {n} 天后过期。",
    "如需权限请联系 {f}。", "数据库 {w} 只能从内网访问。",
    "修改后需要重启服务。"),
    "ja": ("サーバー {p} は移行されました。", "再起動の前にログを確認してください。",
    "パスワードは {n} 文字以上必要です。", "トークンは {n} 日で失効します。",
    "権限が必要な場合は {f} に連絡してください。", "変更後はサービスを再起動します。"),
}  # fmt: skip


def _filled(draw: Draw, text: str) -> str:
    return text.format(w=draw.word(), p=draw.project, f=draw.first_name(), v=draw.version(), n=draw.integer(2, 90),
        day=draw.pick(_DAYS), month=draw.pick(_MONTHS), day_de=draw.pick(("Montag", "Dienstag",
        "Freitag")))  # fmt: skip


def news(draw: Draw) -> str:
    """What happened to a system, in one or two sentences."""
    if draw.tongue in _OWN and draw.chance(0.85):
        return _filled(draw, draw.pick(_OWN[draw.tongue]))
    text = _filled(draw, f"{draw.pick(_SYSTEMS)} {draw.pick(_EVENTS)}")
    text = text[0].upper() + text[1:] + "."
    return text + (f" {_filled(draw, draw.pick(_WISHES))}." if draw.chance(0.4) else "")


def wish(draw: Draw) -> str:
    """A short remark to colleagues."""
    if draw.tongue in _OWN and draw.chance(0.85):
        return _filled(draw, draw.pick(_OWN[draw.tongue]))
    return _filled(draw, draw.pick(_WISHES))


def summary(draw: Draw) -> str:
    """What a call of an interface does."""
    return _filled(draw, draw.pick(_SUMMARIES))


def fact(draw: Draw) -> str:
    """A sentence of a manual."""
    if draw.tongue in _OWN and draw.chance(0.85):
        return _filled(draw, draw.pick(_OWN[draw.tongue]))
    if draw.chance(0.5):
        return _made(draw)
    return _filled(draw, draw.pick(_FACTS))


_THINGS = ("The {w} API", "This library", "The {p} client", "The command line tool", "The server", "Each {w}",
    "The {w} module", "The plugin", "The scheduler", "The default configuration", "A {w}", "The importer",
    "The token endpoint", "The key store", "The login page", "The {w} queue")  # fmt: skip
_ACTS = ("stores its settings in", "reads the password from", "needs access to", "writes to", "connects to",
    "is described in", "is started by", "looks for its key in", "takes the address from", "falls back to",
    "is configured through", "caches tokens in")  # fmt: skip
_PLACES = ("the {w} file", "the environment", "a {w} database", "the home directory", "the settings page",
    "the system keychain", "a YAML file", "the first argument", "the {w} table", "memory only", "the container",
    "the vault", "the {v} release", "a local socket")  # fmt: skip
_WHENS = ("", "", "", " by default", " unless you change it", " when the server starts", " on Linux and macOS",
    " in version {v} and later", " once per hour", " if the file exists", " after the first login",
    " for every {w}")  # fmt: skip


def _made(draw: Draw) -> str:
    """A sentence of parts, so that two pages seldom share one."""
    return _filled(draw, f"{draw.pick(_THINGS)} {draw.pick(_ACTS)} {draw.pick(_PLACES)}{draw.pick(_WHENS)}.")


def paragraph(draw: Draw, low: int = 1, high: int = 4) -> str:
    """Some sentences of a manual or a report in one line."""
    return " ".join(dict.fromkeys(draw.pick((fact, fact, news))(draw) for _ in range(draw.integer(low, high))))
