"""Values that look like a credential and are none: placeholders, references, hashes, identifiers, texts."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

import base64

from generator import words
from generator.base import Draw

__all__ = [
    "certificate", "class_name", "colour", "commit", "constant", "css_class", "digest", "etag", "field_name", "file_path",
    "header_name", "identifier", "image_digest", "integrity", "lookalike", "message", "password_hash", "placeholder",
    "public_key", "reference", "regex", "sealed", "translation", "ui_label", "url",
]  # fmt: skip


def placeholder(draw: Draw, what: str = "") -> str:
    """What stands in for a value that people are to fill in. `what` names it in words ("api key")."""
    what = what or draw.secret_name(style="snake").replace("_", " ")
    kebab, snake, loud = (draw.identifier(what, style) for style in ("kebab", "snake", "screaming"))
    your = draw.pick(("your", "YOUR", "my", "the", "insert", "enter", "put", "replace-with", "add-your", "change"))
    return draw.weighted({
        f"<{your.lower()}-{kebab}>": 5,
        f"<{draw.pick((loud, snake, kebab, what))}>": 3,
        f"YOUR_{loud}": 4,
        f"your-{kebab}{draw.maybe('-here', 0.4)}": 4,
        f"your_{snake}{draw.maybe('_here', 0.3)}": 3,
        f"{your}{draw.identifier(what, 'pascal')}": 1,
        f"${{{loud}}}": 3,
        f"{{{{ {draw.pick((snake, loud, '.Values.' + draw.identifier(what, 'camel')))} }}}}": 2,
        f"__{loud}__": 1, f"%{loud}%": 1, f"[{loud}]": 1, f"{{{snake}}}": 1.5, f"@@{loud}@@": 0.4, f"#{{{loud}}}#": 0.6,
        draw.pick("xX") * draw.integer(3, 36): 3, "*" * draw.integer(3, 16): 3, "...": 2,
        f"{draw.pick(('xxxx', 'XXXX'))}-{draw.pick(('xxxx', 'XXXX'))}-{draw.pick(('xxxx', 'XXXX'))}": 0.7,
        draw.pick(("changeme", "CHANGEME", "CHANGE_ME", "change-me", "ChangeMe!", "replace_me", "REPLACE_ME", "TODO",
                   "replace me", "FIXME", "TBD", "to-be-set", "set-me", "fill-me-in", "none", "null", "undefined", "N/A",
                   "string", "redacted", "REDACTED", "[REDACTED]", "<redacted>", "***hidden***", "[FILTERED]", "dummy",
                   "placeholder", "not-set", "empty", "insert here", "secret-goes-here", "your password",
                   "отредактировано", "ваш_пароль", "您的密码", "请输入密码", "hier-eintragen", "votre-mot-de-passe",
                   "tu-contraseña", "sua-senha-aqui", "DEIN_PASSWORT", "xxx-xxx", "0000", "your secret")): 8,
        f"{draw.pick(('sk_live_', 'sk-', 'ghp_', 'AKIA', 'pk_', 'SG.', 'xoxb-', 'key-'))}{'x' * draw.integer(3, 24)}": 1.5,
        f"{draw.pick(('sk-', 'key-', 'eyJ', 'AIza', 'ghp_'))}...": 0.8,
        f"{draw.hex(4)}{'*' * draw.integer(4, 20)}{draw.maybe(draw.hex(4), 0.5)}": 0.7,
    })  # fmt: skip


def reference(draw: Draw, language: str = "", name: str = "") -> str:
    """An expression or text that says where the value is, as code of `language` has it; `name` in words."""
    name = name or draw.secret_name(draw.pick(("password", "token", "key", "secret")), "snake")
    loud, camel, snake, kebab = (draw.identifier(name, style) for style in ("screaming", "camel", "snake", "kebab"))
    dotted, pascal = draw.identifier(name, "dot"), draw.identifier(name, "pascal")
    shapes: dict[str, list[str]] = {
        "python": [f'os.environ["{loud}"]', f'os.getenv("{loud}")', f"os.environ.get('{loud}', '')", f"settings.{loud}",
                   f"config['{snake}']", f'env("{loud}")', f"config('{loud}')", f"self.{snake}", f"args.{snake}",
                   f"get_{snake}()", f'current_app.config["{loud}"]', f'keyring.get_password("{draw.project}", "{snake}")',
                   f'read_secret("{draw.project}/{kebab}")', f"getpass.getpass('{name.title()}: ')", f"secrets.{snake}"],
        "js": [f"process.env.{loud}", f"process.env['{loud}']", f"config.{camel}", f"config.get('{dotted}')",
               f"import.meta.env.VITE_{loud}", f"this.{camel}", f"req.body.{camel}", f"props.{camel}", f"options.{camel}",
               f"await getSecret('{kebab}')", f"this.configService.get('{loud}')", f"core.getInput('{kebab}')",
               f"form.value.{camel}", f"process.env.{loud}!", f"Deno.env.get('{loud}')", f"localStorage.getItem('{camel}')"],
        "java": [f'System.getenv("{loud}")', f'System.getProperty("{dotted}")', f"get{pascal}()", f"this.{camel}",
                 f'env.getProperty("{dotted}")', f"properties.get{pascal}()", f'config.getString("{dotted}")', camel],
        "kotlin": [f'System.getenv("{loud}")', f"BuildConfig.{loud}", f'config.property("{dotted}").getString()', camel,
                   f'project.findProperty("{camel}") as String?', f"settings.{camel}"],
        "csharp": [f'Environment.GetEnvironmentVariable("{loud}")', f'Configuration["{pascal}"]', f"options.{pascal}",
                   f'_configuration.GetValue<string>("{draw.word().title()}:{pascal}")', f"model.{pascal}", f"_{camel}",
                   f'builder.Configuration["{draw.service().title()}:{pascal}"]', f"settings.Value.{pascal}"],
        "go": [f'os.Getenv("{loud}")', f"cfg.{pascal}", f'viper.GetString("{dotted}")', f"c.{camel}", f"opts.{pascal}",
               f'flag.String("{kebab}", "", "{name}")', f'mustEnv("{loud}")'],
        "ruby": [f'ENV["{loud}"]', f"ENV.fetch('{loud}')", f"Rails.application.credentials.{snake}", f"params[:{snake}]",
                 f"Settings.{snake}", f"@{snake}", f"config[:{snake}]"],
        "php": [f"env('{loud}')", f"getenv('{loud}')", f"$_ENV['{loud}']", f"$_POST['{snake}']", f"$this->{camel}",
                f"config('{dotted}')", f"$request->input('{snake}')", f"${snake}", f"$config['{snake}']"],
        "rust": [f'env::var("{loud}")?', f'std::env::var("{loud}").expect("{loud} not set")', f"cfg.{snake}.clone()",
                 f'env!("{loud}")', f"self.{snake}.as_str()", f"args.{snake}"],
        "shell": [f"${loud}", f"${{{loud}}}", f"${{{loud}:?}}", f"$(cat /run/secrets/{snake})", f"${{{loud}:-}}",
                  f"$(pass show {draw.project}/{kebab})", f"$(vault kv get -field={snake} secret/{draw.project})", "$1",
                  f"$(aws ssm get-parameter --name /{draw.project}/{kebab} --with-decryption)"],
        "powershell": [f"$env:{loud}", f"${pascal}", f"(Get-Secret -Name {pascal})", f"$Credential.{pascal}",
                       f"Read-Host -AsSecureString '{name.title()}'", f"$config.{pascal}"],
        "yaml": [f"${{{loud}}}", f"{{{{ {snake} }}}}", f"${{{{ secrets.{loud} }}}}", f"!vault {kebab}", f"$({pascal})",
                 f"{{{{ vault_{snake} }}}}", f"{{{{ .Values.{camel} }}}}", f"${{{loud}:}}", f"!Ref {pascal}",
                 f"{{{{ lookup('env', '{loud}') }}}}", f"/run/secrets/{snake}", f"secret:{draw.project}/{kebab}"],
        "terraform": [f"var.{snake}", f"data.vault_generic_secret.{snake}.data[\"value\"]", f"local.{snake}",
                      f"random_password.{snake}.result", f"data.aws_ssm_parameter.{snake}.value", f"module.{snake}.value"],
        "kubernetes": [f"{draw.project}-{kebab}", f"{kebab}-secret", f"{draw.project}-credentials"],
        "dotenv": [f"${{{loud}}}", f"op://{draw.project}/{kebab}/password", f"vault:secret/data/{draw.project}#{snake}",
                   f"ref+awsssm://{draw.project}/{kebab}", f"arn:aws:secretsmanager:{draw.pick(words.REGIONS)}:"
                   f"{draw.digits(12)}:secret:{draw.project}/{kebab}-{draw.alnum(6)}"],
        "xml": [f"${{{dotted}}}", f"${{env.{loud}}}", f"$({pascal})", f"@{{{camel}}}", f"%{loud}%", f"#{{{camel}}}"],
        "swift": [f'ProcessInfo.processInfo.environment["{loud}"]', f"Secrets.{camel}", f"keychain.get(\"{camel}\")", camel,
                  f"self.{camel}", f'Bundle.main.object(forInfoDictionaryKey: "{loud}") as? String'],
        "dart": [f"String.fromEnvironment('{loud}')", f"dotenv.env['{loud}']", f"widget.{camel}", f"_{camel}Controller.text"],
        "elixir": [f'System.get_env("{loud}")', f'System.fetch_env!("{loud}")', f"Application.get_env(:{snake}, :{snake})"],
        "perl": [f"$ENV{{{loud}}}", f"$self->{{{snake}}}", f"shift->param('{snake}')", f"$config->{{{snake}}}"],
        "r": [f'Sys.getenv("{loud}")', f'keyring::key_get("{kebab}")', f"config::get('{snake}')"],
        "lua": [f'os.getenv("{loud}")', f"ngx.var.{snake}", f"self.{snake}", f"conf.{snake}"],
        "c": [f'getenv("{loud}")', f"config->{snake}", f"opts.{snake}", f"argv[{draw.integer(1, 4)}]", loud],
        "sql": [f":{snake}", "?", f"@{camel}", f"current_setting('app.{snake}')", f"'${{{loud}}}'"],
    }  # fmt: skip
    aliases = {
        "javascript": "js",
        "typescript": "js",
        "ts": "js",
        "cs": "csharp",
        "bash": "shell",
        "cpp": "c",
        "scala": "java",
    }
    return draw.pick(shapes.get(aliases.get(language, language)) or shapes["yaml"])


# hashes and other arithmetic


def digest(draw: Draw, bits: int = 0) -> str:
    """A hash in hexadecimal, of 128 to 512 bits."""
    return draw.hex((bits or draw.weighted({128: 3, 160: 4, 256: 6, 512: 1})) // 4)


def commit(draw: Draw) -> str:
    return draw.hex(draw.weighted({40: 6, 7: 2, 8: 1, 12: 0.5}))


def integrity(draw: Draw) -> str:
    """A subresource integrity value, or a checksum of a lock file."""
    bits = draw.weighted({512: 6, 384: 2, 256: 2, 1: 1})
    return f"sha{bits}-{draw.base64({512: 64, 384: 48, 256: 32, 1: 20}[bits])}"


def image_digest(draw: Draw) -> str:
    return f"sha256:{draw.hex(64)}"


def etag(draw: Draw) -> str:
    return draw.pick((f'W/"{draw.hex(draw.pick((8, 32)))}"', f'"{draw.hex(32)}"', f'"{draw.hex(10)}-{draw.hex(13)}"'))


def password_hash(draw: Draw) -> str:
    """A password as a server stores it: bcrypt, crypt, Django, Argon2, LDAP, plain digests."""
    radix = words.ALNUM + "./"
    b64 = draw.base64(32).replace("+", ".")
    return draw.weighted({
        f"$2{draw.pick('aby')}${draw.pick(('10', '12', '04', '08', '11'))}${draw.chars(radix, 53)}": 6,
        f"$6${draw.chars(radix, 8)}${draw.chars(radix, 86)}": 1,
        f"$1${draw.chars(radix, 8)}${draw.chars(radix, 22)}": 0.7,
        f"$apr1${draw.chars(radix, 8)}${draw.chars(radix, 22)}": 1,
        f"pbkdf2_sha256${draw.pick((260000, 390000, 600000))}${draw.alnum(22)}${b64}": 2,
        f"$argon2id$v=19$m=65536,t=3,p=4${draw.base64url(16)}${draw.base64url(32)}": 1.5,
        f"{{SSHA}}{draw.base64(24)}": 0.7,
        draw.hex(32): 2, draw.hex(40): 1, draw.hex(64): 1.5, f"*{draw.hex(40).upper()}": 0.8,
        f"$P$B{draw.chars(radix, 30)}": 0.7,
    })  # fmt: skip


def sealed(draw: Draw) -> str:
    """A ciphertext that may stand in a file: Vault transit, SOPS, Spring, eyaml, KMS, a sealed secret."""
    body = draw.base64(draw.pick((48, 96, 160)))
    return draw.pick((
        f"vault:v{draw.integer(1, 4)}:{body}", f"ENC[AES256_GCM,data:{draw.base64(16)},iv:{draw.base64(32)},tag:{draw.base64(16)},type:str]",
        f"{{cipher}}{draw.hex(96)}", f"ENC({draw.base64(24)})", f"ENC[PKCS7,{draw.base64(256)}]", f"AQICAHh{draw.base64(90)}",
        f"AgB{draw.base64(120)}",
    ))  # fmt: skip


def public_key(draw: Draw) -> str:
    """A public key of one line: OpenSSH, an RSA body, an Ed25519 point."""
    head = b"\x00\x00\x00\x07ssh-rsa\x00\x00\x00\x03\x01\x00\x01\x00\x00\x01\x01\x00"
    rsa = base64.b64encode(head + draw.random.randbytes(256)).decode()
    point = base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00 " + draw.random.randbytes(32)).decode()
    who = f"{draw.user()}@{draw.pick((draw.project, draw.domain, 'laptop', 'build01', 'macbook'))}"
    return draw.pick((f"ssh-rsa {rsa} {who}", f"ssh-ed25519 {point} {who}", f"ssh-ed25519 {point}",
                      "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + draw.base64(250)))  # fmt: skip


def certificate(draw: Draw, newline: str = "\n") -> str:
    """A certificate or public key block of random bytes."""
    kind = draw.pick(("CERTIFICATE", "CERTIFICATE", "PUBLIC KEY", "CERTIFICATE REQUEST"))
    body = base64.b64encode(b"\x30\x82\x03\x1d\x30\x82" + draw.random.randbytes(draw.integer(250, 700))).decode()
    rows = [body[at : at + 64] for at in range(0, len(body), 64)]
    return newline.join((f"-----BEGIN {kind}-----", *rows, f"-----END {kind}-----"))


def identifier(draw: Draw) -> str:
    """An id that names something and opens nothing: client, tenant, project, measurement, ARN, resource."""
    return draw.weighted({
        draw.uuid(): 6,
        f"{draw.digits(12)}-{draw.chars(words.LOWER + words.DIGITS, 32)}.apps.googleusercontent.com": 1.5,
        f"{draw.project}-{draw.digits(6)}": 1.5, draw.digits(draw.integer(5, 12)): 3, draw.hex(24): 2, draw.hex(32): 1,
        f"UA-{draw.digits(8)}-{draw.integer(1, 4)}": 0.8, f"G-{draw.chars(words.UPPER + words.DIGITS, 10)}": 0.8,
        f"arn:aws:iam::{draw.digits(12)}:role/{draw.project}-{draw.pick(('deploy', 'task', 'lambda'))}": 1.2,
        f"{draw.pick(('prj', 'cus', 'usr', 'acct', 'ord', 'evt', 'req', 'org', 'grp', 'app', 'price', 'sub'))}_{draw.alnum(draw.pick((14, 16, 24)))}": 2.5,
        f"{draw.word()}-{draw.hex(10)}-{draw.chars(words.LOWER + words.DIGITS, 5)}": 1,
        f"{draw.pick(('vpc', 'subnet', 'sg', 'ami', 'i', 'vol'))}-{draw.hex(17)}": 1.2,
        f"pk_{draw.pick(('live', 'test'))}_{draw.alnum(24)}": 0.8, draw.alnum(20): 0.6, draw.alnum(11): 0.4,
        f"{draw.chars(words.UPPER + words.DIGITS, 10)}": 1,
    })  # fmt: skip


# words of programs


def field_name(draw: Draw, style: str = "") -> str:
    """A name of a field that would hold a credential, used as a string."""
    base = draw.secret_name(draw.pick(("password", "password", "token", "key", "secret")), "snake").replace("_", " ")
    more = draw.pick(("confirm", "new", "old", "current", "repeat", "reset", "forgot", "hashed", "encrypted"))
    tail = draw.pick(("field", "input", "hash", "label", "expires at", "type", "required", "length", "id"))
    words = draw.weighted({base: 5, f"{more} {base}": 3, f"{base} {tail}": 3, f"{more} {base} {tail}": 0.3})
    return draw.identifier(words, style or draw.pick(("camel", "snake", "kebab", "pascal")))


def class_name(draw: Draw) -> str:
    head = draw.pick(
        ("Password", "Token", "Secret", "Credentials", "ApiKey", "Jwt", "OAuth", "Auth", draw.word().title())
    )
    tail = draw.pick(("Encoder", "Service", "Provider", "Filter", "Manager", "Repository", "Validator", "Field", "Factory",
                      "Interceptor", "Serializer", "Exception", "Resolver", "Authentication", "Hasher", "Generator"))  # fmt: skip
    package = ".".join(("com", draw.company.split()[0].lower(), draw.word()))
    return draw.pick((head + tail, head + tail, f"{package}.{head}{tail}"))


def constant(draw: Draw) -> str:
    """An enum value, an event name, a permission or an error code."""
    noun = draw.pick(("password", "token", "api_key", "secret", "credentials", "auth", "login", "session"))
    verb = draw.pick(("reset", "changed", "invalid", "expired", "required", "missing", "revoked", "not_found", "mismatch",
                      "too_short", "updated", "created", "refresh", "verify"))  # fmt: skip
    return draw.pick((f"{noun}_{verb}", f"{noun}_{verb}".upper(), f"{noun}.{verb}", f"auth/{verb}-{noun}".replace("_", "-"),
                      f"{noun}:{draw.pick(('read', 'write', 'list'))}", f"ERR_{noun}_{verb}".upper(), noun,
                      draw.identifier(f"{verb} {noun}", "camel")))  # fmt: skip


_LABELS = {
    "en": ("Password", "Confirm password", "New password", "Current password", "API key", "Secret key", "Access token",
           "Enter your password", "Forgot password?", "Repeat password", "Client secret", "Passphrase", "Sign in", "PIN",
           "Show password", "Reset password", "Wi-Fi password", "Webhook secret", "Personal access token", "Token name"),
    "de": ("Passwort", "Passwort bestätigen", "Neues Passwort", "Zugangsdaten", "Passwort vergessen?", "Kennwort", "Anmelden",
           "API-Schlüssel", "Geheimer Schlüssel", "Passwort anzeigen", "Bitte Passwort eingeben"),
    "fr": ("Mot de passe", "Confirmer le mot de passe", "Nouveau mot de passe", "Mot de passe oublié ?", "Clé API",
           "Clé secrète", "Se connecter", "Jeton d'accès", "Saisissez votre mot de passe"),
    "es": ("Contraseña", "Confirmar contraseña", "Nueva contraseña", "¿Olvidaste tu contraseña?", "Clave de API",
           "Clave secreta", "Iniciar sesión", "Ingrese su contraseña"),
    "pt": ("Senha", "Confirmar senha", "Nova senha", "Esqueceu a senha?", "Chave de API", "Chave secreta", "Entrar",
           "Digite sua senha", "Senha atual"),
    "ru": ("Пароль", "Подтвердите пароль", "Новый пароль", "Забыли пароль?", "Ключ API", "Секретный ключ", "Войти",
           "Введите пароль"),
    "zh": ("密码", "确认密码", "新密码", "忘记密码？", "密钥", "访问令牌", "登录", "请输入密码"),
    "ja": ("パスワード", "パスワードの確認", "新しいパスワード", "パスワードをお忘れですか", "APIキー", "ログイン"),
}  # fmt: skip


def ui_label(draw: Draw, tongue: str = "") -> str:
    return draw.pick(_LABELS[tongue or draw.tongue])


def translation(draw: Draw) -> tuple[str, str]:
    """A key of a message catalogue and its text, in any tongue."""
    return field_name(draw, draw.pick(("dot", "camel", "snake"))), ui_label(draw, draw.pick(sorted(_LABELS)))


def message(draw: Draw) -> str:
    """A sentence that a program says about a credential."""
    noun = draw.pick(("password", "token", "API key", "client secret", "secret", "access token", "passphrase", "credentials",
                      "username or password", "session", "webhook secret", "private key", "PIN"))  # fmt: skip
    return draw.pick((
        f"Invalid {noun}", f"{noun} is required", f"Missing {noun}", f"Please enter your {noun}.", f"{noun} expired",
        f"The {noun} must be at least {draw.integer(6, 16)} characters long", f"Could not decrypt {noun}", f"No {noun} given",
        f"{noun} updated successfully", f"Your {noun} was reset", f"Failed to refresh {noun}: %s", f"{noun} does not match",
        f"Cannot read {noun} from {draw.pick(('environment', 'vault', 'disk'))}", f"{noun} must not be empty", f"Wrong {noun}!",
        f"Passing the {noun} by query string is deprecated", f"unexpected {noun} type", f"{noun} of the {draw.word()} service",
    ))  # fmt: skip


def header_name(draw: Draw) -> str:
    return draw.pick(("Authorization", "X-Api-Key", "x-api-key", "X-Auth-Token", "X-CSRF-Token", "Proxy-Authorization",
                      "X-Hub-Signature-256", "X-Access-Token", "Ocp-Apim-Subscription-Key", "x-amz-security-token",
                      f"X-{draw.company.split()[0]}-Token"))  # fmt: skip


def regex(draw: Draw) -> str:
    """A pattern that checks a password or a token."""
    low = draw.integer(6, 12)
    return draw.pick((rf"^(?=.*[A-Z])(?=.*\d).{{{low},}}$", r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$", rf"^[a-f0-9]{{{low * 4}}}$",
                      rf"password=([^&\s]{{{low},}})", r"Bearer\s+(\S+)", rf"[A-Za-z\d@$!%*?&]{{{low},64}}", r"^\S+@\S+$",
                      r"(?i)(secret|token|passwd)\s*[:=]\s*(\S+)", rf"^sk_(live|test)_\w{{{low},}}$"))  # fmt: skip


def colour(draw: Draw) -> str:
    return f"#{draw.hex(draw.pick((3, 6, 6, 6, 8)))}"


def css_class(draw: Draw) -> str:
    return " ".join(draw.some(("form-control", "input-lg", "password-input", "btn", "btn-primary", "token-field", "mt-4",
                               "w-full", "rounded", "login__password", "is-invalid", "secret", "js-toggle-password"), 1, 4))  # fmt: skip


def url(draw: Draw) -> str:
    """A URL without credentials."""
    host = draw.pick(
        (f"api.{draw.domain}", draw.domain, f"auth.{draw.domain}", f"docs.{draw.domain}", "localhost:8080")
    )
    path = draw.pick((f"/v{draw.integer(1, 4)}/{draw.word()}s", "/oauth/token", "/auth/login", "/api/token/refresh", "",
                      "/account/password/reset", f"/{draw.word()}s/{draw.digits(4)}", "/.well-known/jwks.json",
                      f"/static/{draw.word()}.{draw.hex(8)}.js", f"/docs/{draw.word()}#api-keys"))  # fmt: skip
    return f"{draw.pick(('https', 'https', 'http'))}://{host}{path}"


def file_path(draw: Draw) -> str:
    """Where a secret lies, not the secret."""
    name = draw.pick(("id_rsa", "key.pem", "server.key", "tls.crt", "credentials.json", "token", "secret.txt", "keystore.jks",
                      "passwords.db", "ca-bundle.crt", "auth.json", ".pgpass", "client_secret.json"))  # fmt: skip
    place = draw.pick(("/etc/ssl/private", "/run/secrets", "~/.ssh", "./certs", "/var/lib/app", "config", "secrets",
                       f"/opt/{draw.project}/conf", "../keys", "C:\\\\certs", "/etc/vault", "/home/deploy"))  # fmt: skip
    return f"{place}/{name}"


def lookalike(draw: Draw) -> str:
    """Any value of one line that is no credential, of no language of its own."""
    maker = draw.weighted({
        placeholder: 4, digest: 4, commit: 2, integrity: 1, etag: 1, password_hash: 2, identifier: 5, field_name: 4,
        class_name: 2, constant: 3, ui_label: 2, message: 3, header_name: 1, colour: 1, url: 2, file_path: 2, sealed: 0.5,
    })  # fmt: skip
    return maker(draw)
