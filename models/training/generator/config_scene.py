"""What a configuration file is for, and the values that stand where a credential would stand in it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

from generator.base import Draw, bare, safe, secret, test
from generator.values import (
    Role,
    connection_url,
    live_password,
    local_password,
    provider_token,
    strong_password,
    test_password,
    token,
)

_FILLERS = ("xxx", "xxxx", "xxxxxxxx", "XXXXXXXX", "xxxxxxxxxxxxxxxx", "XXXX-XXXX-XXXX", "***", "******", "********",
            "CHANGE_ME", "CHANGEME!", "REPLACE_ME", "replace-me", "REPLACEME", "TODO", "TBD", "FIXME", "...", "…",
            "[redacted]",
            "<redacted>", "REDACTED", "(hidden)", "<fill in>", "to-be-set", "not-set", "set-in-ci", "see-vault", "null",
            "none", "string", "<secret>", "${SECRET}", "00000000-0000-0000-0000-000000000000", "--------",
            "__SET_ME__", "<generate with openssl>", "SECRET_GOES_HERE", "FILL_ME_IN", "unset")  # fmt: skip
_OWN_FILLERS = {
    "de": ("dein-passwort", "<hier-eintragen>", "BITTE_AENDERN", "IhrPasswort", "bitte-ersetzen"),
    "fr": ("votre-mot-de-passe", "<a_remplir>", "A_CHANGER", "votre_cle_api", "mot_de_passe_ici"),
    "es": ("tu_contraseña", "<tu-clave>", "CAMBIAR_ESTO", "tu-token-aqui", "pon_tu_clave"),
    "pt": ("sua_senha", "<sua-chave>", "MUDE_ISTO", "seu-token-aqui", "coloque_sua_senha"),
    "ru": ("ваш_пароль", "<ваш-токен>", "ЗАМЕНИТЬ", "vash_parol"),
    "zh": ("你的密码", "<你的密钥>", "请替换", "your密码", "这里填写密钥"),
    "ja": ("あなたのパスワード", "<ここに入力>", "変更してください"),
}
_DEV_SECRETS = ("dev", "dev-secret", "devsecret", "local-secret", "insecure", "not-so-secret", "insecure-dev-key",
    "secret", "changeme",
                "dev_only", "local-dev-only", "super-secret-dev-key", "ThisIsNotASecret", "keyboard cat", "notsecret",
                "development-secret", "dev_jwt_secret", "jwt-secret", "supersecretkey", "s3cr3t", "my-secret-key",
                "123456",
                "!ChangeThisSecret!", "abcdefghijklmnop", "secretsecretsecretsecretsecretsecret",
                "please-change-me-in-prod")  # fmt: skip

_SHELL_SIGNS = frozenset("&;|<>$()`*#!?~^'\" ")
_DEFAULTS = ("postgres", "root", "admin", "password", "changeme", "secret", "guest", "mysql", "test", "test123",
    "minioadmin", "rabbitmq",
             "example", "grafana", "elastic", "pass", "toor", "tomcat")  # fmt: skip
"""What images and servers come with, or what everybody writes at first: a development default wherever it stands."""


@dataclass(slots=True)
class Scene:
    """The role of a file and how it treats credentials.

    `care` is the share of credentials that stand elsewhere (0 to 1), `quota` how many literal ones may still come,
    `form` the family of references: env, spring, compose, helm, ansible, actions, gitlab, terraform, json, client,
    shell, dotnet.
    """  # fmt: skip

    draw: Draw
    role: Role
    form: str = "env"
    care: float = 0.0
    quota: int = 6
    used: list[str] = field(default_factory=list)
    in_shell: bool = False  # passwords stand bare in commands, so they hold nothing that a shell would read

    @classmethod
    def of(cls, draw: Draw, form: str, *, live: float = 5, local: float = 3, test: float = 1.5, docs: float = 1.5,
        candid: float = 0.0) -> Scene:  # fmt: skip
        """A scene whose role is drawn by weight; `candid` is how likely all credentials stand there in full."""
        role: Role = draw.weighted({"live": live, "local": local, "test": test, "docs": docs})  # type: ignore[arg-type]
        care = draw.weighted({0.0: 6, 0.4: 2, 0.8: 2 if role == "live" else 1, 1.0: 2.5 if role == "live" else 0.7})
        if role == "docs":
            care = draw.weighted({0.0: 2, 0.5: 3, 0.9: 4, 1.0: 2})
        if draw.chance(candid):
            care = 0.0
        return cls(draw, role, form, care, draw.weighted({1: 2, 2: 3, 3: 3, 4: 2, 6: 2, 8: 1}))

    @property
    def is_live(self) -> bool:
        return self.role == "live"

    def host(self) -> str:
        if self.role == "live":
            return self.draw.host()
        if self.role == "docs":
            return self.draw.pick(("localhost", "db.example.com", "example.com", "my-host", "127.0.0.1", "host", "db"))
        return self.draw.local_host()

    # credentials; every method gives a marked value

    def password(self, words: str = "password") -> str:
        """The password of a database, a mail box, an account: one that people choose or a manager makes."""
        return self._literal(words, self._password)

    def own_secret(self, words: str = "secret") -> str:
        """A secret of the application itself: a signing key, a session secret, a pepper."""
        return self._literal(words, lambda: self._own_secret(words))

    def service_token(self, words: str = "api key", provider: str = "") -> str:
        """A token that another company has issued; real ones stand in the files of developers' machines as well."""
        return self._literal(words, lambda: self._issued(provider))

    def url(self, words: str = "database url", scheme: str = "") -> str:
        """A connection string with a password in it."""
        if self.quota <= 0 or self.draw.chance(self.care):
            if self.draw.chance(0.5):
                return self.absent(words)
            hole = self.draw.pick(("<password>", "${DB_PASSWORD}", "***", "PASSWORD", "[password]", "xxxxx",
                "{password}"))  # fmt: skip
            url = connection_url(self.draw, "qqq", self.host(), label="safe", scheme=scheme)
            return url.replace("qqq", hole)
        self.quota -= 1
        label = "secret" if self.role == "live" else "test"
        return connection_url(self.draw, bare(self._password()), self.host(), label=label, scheme=scheme)

    def pair(self, words: str) -> str:
        """user:password in base 64, as basic authentication has it; the whole is marked."""

        def joined() -> str:
            text = f"{self.draw.user()}:{bare(self._password())}"
            value = base64.b64encode(text.encode()).decode()
            return secret(value) if self.role == "live" else test(value)

        return self._literal(words, joined)

    def encoded(self, words: str = "password") -> str:
        """A credential in base 64, as Kubernetes has it; the whole is marked."""

        def wrapped() -> str:
            inner = self.draw.pick((self._password(), self._password(), self._own_secret(words)))
            value = base64.b64encode((bare(inner) + self.draw.maybe("\n", 0.2)).encode()).decode()
            return secret(value) if self.role == "live" else test(value)

        if self.quota <= 0 or self.draw.chance(self.care):
            word = self.draw.pick(("<base64>", "<base64-encoded>", "BASE64_HERE", "{{ .Values.secret | b64enc }}", '""',
                "Cg=="))  # fmt: skip
            return safe(word)
        self.quota -= 1
        return wrapped()

    def absent(self, words: str) -> str:
        """What stands where the credential is not: a reference, a placeholder, nothing."""
        draw = self.draw
        if self.role == "docs" or draw.chance(0.2):
            return safe(placeholder(draw, words))
        if draw.chance(0.12):
            return ""
        return safe(reference(draw, words, self.form))

    def _literal(self, words: str, make: Callable[[], str]) -> str:
        if self.quota <= 0 or self.draw.chance(self.care):
            return self.absent(words)
        if self.used and make == self._password and self.draw.chance(0.12):
            return self.draw.pick(self.used)
        self.quota -= 1
        value = make()
        if make == self._password:
            self.used.append(value)
        return value

    def session_token(self, words: str = "access token", form: str = "") -> str:
        """A token that the application itself has issued; on a developer's machine it opens nothing else."""

        def issued() -> str:
            value = self._issued(form)
            return value if self.role != "local" else test(bare(value))

        return self._literal(words, issued)

    def _password(self) -> str:
        value = self._chosen_password()
        for _ in range(8):
            if not self.in_shell or not set(value) & _SHELL_SIGNS:
                return value
            value = self._chosen_password()
        return "".join(sign for sign in value if sign not in _SHELL_SIGNS)

    def _chosen_password(self) -> str:
        draw = self.draw
        if self.role == "live":
            value = live_password(draw) if draw.chance(0.8) else strong_password(draw)
            if draw.chance(0.05):
                value = draw.pick(_DEFAULTS)
            return test(value) if value in _DEFAULTS else secret(value)
        if self.role == "local":
            return test(local_password(draw))
        return test(test_password(draw) if draw.chance(0.85) else strong_password(draw))

    def _own_secret(self, words: str) -> str:
        draw = self.draw
        made = draw.pick(
            ("hex32", "hex64", "hex64", "base64", "base64", "base62", "base64url", "phrase", "uuid", "hex40")
        )
        if words in ("secret key", "secret key base") and draw.chance(0.5):
            made = "django"
        if self.role == "live":
            return secret(draw.weighted({token(draw, made): 7, live_password(draw): 2}))
        if self.role == "local":
            return test(draw.weighted({draw.pick(_DEV_SECRETS): 8,
                f"{draw.project}-{draw.pick(('dev', 'local', 'secret'))}": 2}))  # fmt: skip
        return test(draw.weighted({token(draw, made): 3, draw.pick(_DEV_SECRETS): 2, f"test-{draw.word()}-secret": 2,
                                   f"{draw.word()}-secret": 1, test_password(draw): 2}))  # fmt: skip

    def _issued(self, provider: str) -> str:
        draw = self.draw
        value = token(draw, provider) if provider else token(draw)
        if self.role in ("live", "local"):
            return secret(value)
        other = (
            f"{draw.pick(('test', 'fake', 'dummy', 'sample', 'mock'))}{draw.pick('-_')}"
            f"{draw.pick(('token', 'key', 'api-key', 'secret'))}"
        )  # fmt: skip
        return test(draw.weighted({value: 5, other: 3, f"{other}-{draw.digits(3)}": 1, test_password(draw): 1.5}))


def issued_name(draw: Draw) -> tuple[str, str]:
    """A provider's usual words and one of its tokens, unmarked."""
    named = provider_token(draw)
    return named.name, named.value


def placeholder(draw: Draw, words: str) -> str:
    """What a person writes where another shall fill in `words`."""
    if draw.tongue in _OWN_FILLERS and draw.chance(0.4):
        return draw.pick(_OWN_FILLERS[draw.tongue])
    kebab, snake = draw.identifier(words, "kebab"), draw.identifier(words, "snake")
    shout, camel, flat = snake.upper(), draw.identifier(words, "camel"), snake.replace("_", " ")
    shaped = draw.pick((
        f"your-{kebab}", f"your_{snake}", f"your-{kebab}-here", f"your_{snake}_here", f"<your-{kebab}>", f"<{kebab}>",
        f"<{shout}>", f"YOUR_{shout}", f"YOUR_{shout}_HERE", shout, f"<your {flat}>", f"my-{kebab}-here",
        f"{{{snake}}}",
        f"INSERT_{shout}_HERE", f"insert-your-{kebab}", f"put-{kebab}-here", f"[{flat}]", f"enter_{snake}",
        f"REPLACE_WITH_{shout}",
        f"<put your {flat} here>", f"change-this-{kebab}", f"{shout}_PLACEHOLDER", f"[YOUR-{kebab.upper()}]",
        f"<{camel}>",
        f"your{camel[0].upper()}{camel[1:]}", f"%{shout}%", f"{{{{{snake}}}}}", f"@{shout}@",
        f"put_your_{snake}_in_here",
    ))  # fmt: skip
    return draw.weighted({shaped: 6, draw.pick(_FILLERS): 3, _cut_token(draw): 0.02 if "pass" in words else 1.5})


def _cut_token(draw: Draw) -> str:
    """A token's beginning with the rest struck out."""
    head = draw.pick(("sk-", "sk-" + "ant-api03-", "ghp" + "_", "xoxb" + "-", "AKIA", "SG" + ".", "AIza", "pk_live_",
        "glpat-", "hf" + "_", "key-", "Bearer ", "eyJ"))  # fmt: skip
    return head + draw.pick(("...", "xxxx", "xxxxxxxxxxxx", "XXXXXXXXXXXXXXXX", "****", "…", "your-key-here", "<rest>",
        "*" * 20))  # fmt: skip


def reference(draw: Draw, words: str, form: str) -> str:
    """How a file of a family points to a credential that stands elsewhere."""
    snake, kebab, camel = (draw.identifier(words, style) for style in ("snake", "kebab", "camel"))
    shout, pascal, own = snake.upper(), draw.identifier(words, "pascal"), draw.project
    stage = draw.pick(("prod", "production", "staging", "live", "shared"))
    anywhere = (
        f"vault:secret/data/{own}#{snake}", f"op://{draw.pick(('Shared', 'Infra', own))}/{own}/{kebab}",
        f"ssm:/{own}/{stage}/{snake}",
        f"arn:aws:secretsmanager:{draw.pick(('eu-west-1', 'us-east-1'))}:{draw.digits(12)}:secret:{own}/{stage}-"
        f"{draw.alnum(6)}",
        f"projects/{own}-{stage}/secrets/{kebab}/versions/latest", f"/run/secrets/{snake}", f"gcp-sm://{own}/{kebab}",
        f"keyvault://{own}-kv/{kebab}", f"secret://{stage}/{kebab}", f"file:///etc/{own}/{snake}",
    )  # fmt: skip
    forms: dict[str, tuple[str, ...]] = {
        "env": (f"${{{shout}}}", f"${shout}", f"${{{stage.upper()}_{shout}}}", f"$(cat /run/secrets/{snake})",
        f"${{{shout}:-}}"),
        "spring": (f"${{{shout}}}", f"${{{shout}:}}", f"ENC({draw.base64(24)})", f"{{cipher}}{draw.hex(64)}",
        f"${{vault.{camel}}}",
                   f"@{snake.replace('_', '.')}@", f"#{{environment['{shout}']}}", f"${{sm://{own}-{kebab}}}"),
        "compose": (f"${{{shout}}}", f"${shout}", f"${{{shout}:?missing}}", f"${{{shout}:?{shout} is not set}}",
        f"/run/secrets/{snake}"),
        "helm": (f"{{{{ .Values.{camel} }}}}", f"{{{{ .Values.{camel} | quote }}}}",
        f"ref+vault://secret/{own}#/{snake}",
                 f'{{{{ required "{camel} is required" .Values.{camel} }}}}',
                 f"{{{{ .Values.auth.{camel} | b64enc }}}}"),
        "ansible": (f"{{{{ vault_{snake} }}}}", f"{{{{ {snake} }}}}", f"{{{{ lookup('env', '{shout}') }}}}",
                    f"{{{{ lookup('community.hashi_vault.hashi_vault', 'secret/{own}:{snake}') }}}}",
                    f"{{{{ secrets.{snake} }}}}"),
        "actions": (f"${{{{ secrets.{shout} }}}}", f"${{{{ secrets.{stage.upper()}_{shout} }}}}",
        f"${{{{ env.{shout} }}}}",
                    f"${{{{ vars.{shout} }}}}", f"${{{{ steps.{draw.verb()}.outputs.{kebab} }}}}"),
        "gitlab": (f"${shout}", f"${{{shout}}}", f"$CI_{shout}", "$CI_JOB_TOKEN", "$CI_REGISTRY_PASSWORD",
        f"%env.{shout}%"),
        "terraform": (f"var.{snake}", f"random_password.{snake}.result", f"local.secrets[\"{snake}\"]",
        f"local.{snake}",
                      f"data.aws_ssm_parameter.{snake}.value",
                      f"data.vault_generic_secret.{own.replace('-', '_')}.data[\"{snake}\"]"),
        "client": (f"{{{{{camel}}}}}", f"{{{{{snake}}}}}", f"{{{{$processEnv {shout}}}}}", f"{{{{$dotenv {shout}}}}}",
        f"${shout}", f"{{{{{kebab}}}}}"),
        "shell": (f"${shout}", f"${{{shout}}}", f"\"${shout}\"", "****", "[MASKED]", "***",
        f"$(cat /run/secrets/{snake})", f"$(pass show {own}/{kebab})", f"`cat ~/.{snake}`", "xxxxx", "REDACTED"),
        "json": (f"${{{shout}}}", f"%{shout}%", f"{{{{{shout}}}}}", f"$env:{shout}", f"env:{shout}", f"<%= {shout} %>"),
        "dotnet": (f"#{{{pascal}}}#", f"__{pascal}__", f"$({pascal})", f"%{shout}%",
                   f"@Microsoft.KeyVault(SecretUri=https://{own}-kv.vault.azure.net/secrets/{pascal}/)",
                   "from-key-vault"),
    }  # fmt: skip
    own_form = forms.get(form, forms["env"])
    return draw.pick(own_form) if form in ("actions", "terraform", "helm", "client",
        "shell") or draw.chance(0.75) else draw.pick(anywhere)  # fmt: skip
