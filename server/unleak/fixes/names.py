"""What the variable is called: by the key, the provider and what people are used to; never by the value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

# What providers document where it differs from the rule's own name; parts of rules' names that never matter are
# left out before (see `_IDLE`).
_DOCUMENTED = dict(
    row.split()
    for row in """
    aws-bedrock-api-key AWS_BEARER_TOKEN_BEDROCK
    aws-bedrock-short-term-api-key AWS_BEARER_TOKEN_BEDROCK
    aws-key-pair AWS_SECRET_ACCESS_KEY
    aws-entity-id AWS_ACCESS_KEY_ID
    airtable-personal-access-token AIRTABLE_API_KEY
    anthropic-oauth-token ANTHROPIC_AUTH_TOKEN
    asana-personal-access-token ASANA_ACCESS_TOKEN
    azure-account-key AZURE_STORAGE_KEY
    azure-storage-account-key AZURE_STORAGE_KEY
    azure-ai-services-key AZURE_AI_KEY
    azure-cognitive-services-key AZURE_AI_KEY
    azure-devops-personal-access-token AZURE_DEVOPS_EXT_PAT
    azure-devops-token AZURE_DEVOPS_EXT_PAT
    buildkite-agent-token BUILDKITE_AGENT_TOKEN
    circleci-api-token CIRCLE_TOKEN
    cloudflare-global-api-key CLOUDFLARE_API_KEY
    codecov-upload-token CODECOV_TOKEN
    cohere-api-key CO_API_KEY
    cratesio-api-token CARGO_REGISTRY_TOKEN
    datadog-access-token DD_ACCESS_TOKEN
    datadog-api-key DD_API_KEY
    datadog-app-key DD_APP_KEY
    digitalocean-personal-access-token DIGITALOCEAN_ACCESS_TOKEN
    digitalocean-token DIGITALOCEAN_ACCESS_TOKEN
    digitalocean-spaces-access-key SPACES_ACCESS_KEY_ID
    digitalocean-spaces-secret-key SPACES_SECRET_ACCESS_KEY
    discord-api-token DISCORD_TOKEN
    discord-bot-token DISCORD_TOKEN
    docker-hub-token DOCKERHUB_TOKEN
    docker-personal-access-token DOCKERHUB_TOKEN
    doppler-personal-token DOPPLER_TOKEN
    doppler-service-token DOPPLER_TOKEN
    figma-personal-access-token FIGMA_TOKEN
    flyio-access-token FLY_API_TOKEN
    gcp-api-key GOOGLE_API_KEY
    gcp-gemini-api-key GEMINI_API_KEY
    gcp-fcm-server-key FCM_SERVER_KEY
    gcp-oauth-client-id GOOGLE_CLIENT_ID
    gcp-oauth-client-secret GOOGLE_CLIENT_SECRET
    gcp-oauth-refresh-token GOOGLE_REFRESH_TOKEN
    github-fine-grained-token GITHUB_TOKEN
    github-oauth-token GITHUB_TOKEN
    github-personal-access-token GITHUB_TOKEN
    gitlab-deploy-token CI_DEPLOY_PASSWORD
    gitlab-personal-access-token GITLAB_TOKEN
    grafana-service-account-token GRAFANA_TOKEN
    hashicorp-terraform-cloud-token TFE_TOKEN
    hashicorp-vault-batch-token VAULT_TOKEN
    hashicorp-vault-service-token VAULT_TOKEN
    hashicorp-vault-token VAULT_TOKEN
    hashicorp-vault-approle-secret-id VAULT_SECRET_ID
    hetzner-cloud-api-token HCLOUD_TOKEN
    huggingface-access-token HF_TOKEN
    huggingface-oauth-token HF_TOKEN
    huggingface-organization-token HF_TOKEN
    jwt-encoded-token JWT_TOKEN
    jwt-signing-secret JWT_SECRET
    jwt-token JWT_TOKEN
    launchdarkly-access-token LAUNCHDARKLY_ACCESS_TOKEN
    linode-personal-access-token LINODE_TOKEN
    mailgun-key MAILGUN_API_KEY
    mapbox-secret-token MAPBOX_ACCESS_TOKEN
    mapbox-public-token MAPBOX_ACCESS_TOKEN
    netlify-access-token NETLIFY_AUTH_TOKEN
    netlify-personal-access-token NETLIFY_AUTH_TOKEN
    newrelic-key NEW_RELIC_LICENSE_KEY
    newrelic-license-key NEW_RELIC_LICENSE_KEY
    newrelic-user-key NEW_RELIC_API_KEY
    notion-api-token NOTION_TOKEN
    npm-access-token NPM_TOKEN
    npm-registry-token NPM_TOKEN
    npm-registry-password NPM_PASSWORD
    plaid-sandbox-access-token PLAID_ACCESS_TOKEN
    postmark-server-token POSTMARK_API_TOKEN
    pypi-api-token PYPI_TOKEN
    rails-master-key RAILS_MASTER_KEY
    rails-secret-key-base SECRET_KEY_BASE
    laravel-app-key APP_KEY
    rubygems-api-key GEM_HOST_API_KEY
    scaleway-access-key-id SCW_ACCESS_KEY
    scaleway-secret-key SCW_SECRET_KEY
    sentry-organization-token SENTRY_AUTH_TOKEN
    sentry-token SENTRY_AUTH_TOKEN
    sentry-user-token SENTRY_AUTH_TOKEN
    sentry-dsn-key SENTRY_DSN
    snyk-api-token SNYK_TOKEN
    stabilityai-api-key STABILITY_API_KEY
    stripe-test-key STRIPE_SECRET_KEY
    supabase-personal-access-token SUPABASE_ACCESS_TOKEN
    telegram-bot-token TELEGRAM_BOT_TOKEN
    vercel-access-token VERCEL_TOKEN
    voyageai-api-key VOYAGE_API_KEY
    databases-amqp-url-password AMQP_PASSWORD
    databases-libpq-password POSTGRES_PASSWORD
    databases-mongodb-url-password MONGODB_PASSWORD
    databases-mysql-url-password MYSQL_PASSWORD
    databases-jdbc-oracle-password ORACLE_PASSWORD
    databases-postgres-url-password POSTGRES_PASSWORD
    databases-redis-url-password REDIS_PASSWORD
    """.strip().splitlines()
)
_IDLE = re.compile(r"-(?:legacy|older|unusual|marked|short|undivided|insecure|deployed|context)(?=-)")
_NO_PROVIDERS = frozenset("generic http databases private-keys otp netrc krb5 ntlm windows rdp psexec basic".split())
_SCHEMES = {
    **dict.fromkeys(("postgresql", "postgis", "pgsql", "pg"), "POSTGRES"),
    **dict.fromkeys(("mariadb", "mysql2"), "MYSQL"),
    **dict.fromkeys(("mongo",), "MONGODB"),
    **dict.fromkeys(("rediss", "valkey"), "REDIS"),
    **dict.fromkeys(("amqps",), "AMQP"),
    **dict.fromkeys(("smtps",), "SMTP"),
    **dict.fromkeys(("ldaps",), "LDAP"),
    **dict.fromkeys(("ftps",), "FTP"),
    **dict.fromkeys(("jdbc", "sqlserver", "mssql", "oracle"), "DATABASE"),
    **dict.fromkeys(("http", "https", "ws", "wss", "tcp", "file"), ""),
}
_KINDS = {
    "password": "PASSWORD",
    "api-token": "API_KEY",
    "secret-key": "SECRET_KEY",
    "private-key": "PRIVATE_KEY",
    "session-token": "TOKEN",
    "access-key-id": "ACCESS_KEY_ID",
    "connection-string": "CONNECTION_STRING",
    "signed-url": "SIGNED_URL",
    "webhook": "WEBHOOK_URL",
}
_PASSWORDS = frozenset("pass passwd passwort passphrase passcode password pw pwd psw psk sshpass".split())
_LOOSE = _PASSWORDS | frozenset(
    """
    access api app auth authorization basic bearer client cred creds credential credentials data default id key keys
    login oauth personal private refresh secret secrets service token tokens user value webhook
    """.split()
)
"""Words of a key that do not tell whose secret it is."""
_ANY_KIND = frozenset("api access auth authorization bearer key personal secret token".split())
_FILLERS = frozenset(
    """
    add app arg args auth authentication build cfg class client conf config configuration configurations connection
    connections const containers credential credentials data default defaults env environ environment environments
    export exports global globals header headers index instance job jobs key kwargs let local main metadata module
    obj object option options opts param params process production development staging prop props properties public
    private request response req res root secret secrets self services set setting settings spec static steps
    stringdata super template test this user value values var variables vars with
    """.split()
)
_FILE_FILLERS = _FILLERS | frozenset(
    """
    api application base bin bootstrap cmd code com common component components compose constant constants controller
    copy core dev docker dockerfile docs example examples factory gradle handler helper helpers home impl init
    internal io java jenkinsfile kotlin lib login makefile manage manager model models net new notebook old org package
    packages page pages pkg pom procfile prod program project projects provider readme repo repository resources
    route router routes run sample scala scratch script scripts server service setup spec src temp tests tmp tools
    type types untitled util utils vagrantfile view views web work workspace www
    """.split()
)
_VERBS = frozenset("set get with use my the".split())
_RESERVED = re.compile(
    r"PATH|HOME|IFS|PWD|OLDPWD|USER|LOGNAME|SHELL|SHLVL|SHELLOPTS|TERM|LANG|LANGUAGE|LC_\w*|TZ|TMPDIR|TMP|TEMP|ENV"
    r"|PS\d|CDPATH|MAIL|MAILPATH|MAILCHECK|OPT(?:IND|ARG|ERR)|PPID|UID|EUID|GID|GROUPS|RANDOM|SECONDS|LINENO|LINES"
    r"|COLUMNS|HOST|HOSTNAME|HOSTTYPE|MACHTYPE|OSTYPE|HIST\w*|FUNCNAME|DIRSTACK|PIPESTATUS|REPLY|STATUS|PROMPT\w*"
    r"|POSIXLY_CORRECT|TIMEFORMAT|TMOUT|FCEDIT|FIGNORE|GLOBIGNORE|IGNOREEOF|INPUTRC|BASH\w*|ZDOTDIR|FPATH|LD_\w+"
    r"|DYLD_\w+|PYTHON[A-Z]+|NODE_(?:OPTIONS|PATH|ENV)|RUBY(?:OPT|LIB)|PERL5?(?:LIB|OPT|DB)|CLASSPATH"
    r"|JAVA_TOOL_OPTIONS|GIT_(?:DIR|SSH|ASKPASS|EDITOR|PAGER|EXEC_PATH|CONFIG)|EDITOR|VISUAL|PAGER|DISPLAY|BROWSER"
    r"|(?:HTTPS?|ALL|NO|FTP)_PROXY|COMSPEC|PATHEXT|OS|USERNAME|USERPROFILE|APPDATA|LOCALAPPDATA|SYSTEMROOT|WINDIR"
    r"|ARGC|CPUTYPE|ERRNO|NULLCMD|READNULLCMD|SAVEHIST|TTY|TTYIDLE|VENDOR|WORDCHARS|KEYTIMEOUT|EPOCHREALTIME"
    r"|EPOCHSECONDS|MAKE|MAKEFLAGS|MAKEFILES|MAKELEVEL|MFLAGS|GNUMAKEFLAGS|LUA_(?:INIT|C?PATH)\w*|PHPRC"
    r"|PHP_INI_SCAN_DIR|DATE|TIME|CD|ERRORLEVEL|PORT|CI|DEBUG|_+"
)
_BRANDS = re.compile(
    r"OAuth|GitHub|GitLab|OpenAI|OpenSearch|PayPal|YouTube|LinkedIn|Mongo[Dd][Bb]|DynamoDB|PostgreSQL|MySQL|SendGrid"
    r"|DigitalOcean|HuggingFace|CloudFlare|HubSpot|MailChimp|MailGun|PagerDuty|WhatsApp|GraphQL|WooCommerce|DocuSign"
    r"|BigQuery|RabbitMQ"
)
_BREAKS = re.compile(r"[^A-Za-z0-9]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_KEY = re.compile(r"[\w.\-\[\]:/>@$ \"']{1,120}")
_PARTS = re.compile(r"->|[.\[\]:/>@$\"']+")
_MIXED = re.compile(r"(?:[A-Za-z]+\d+){3}")
_HEADER = re.compile(r"(?i)x-(?=\w)")
_FOREIGN = (
    ("пароль", " password "),
    ("токен", " token "),
    ("ключ", " key "),
    ("секрет", " secret "),
    ("密码", " password "),
    ("密碼", " password "),
    ("口令", " password "),
    ("パスワード", " password "),
    ("비밀번호", " password "),
    ("密钥", " secret key "),
    ("密鑰", " secret key "),
    ("秘密鍵", " private key "),
    ("令牌", " token "),
    ("トークン", " token "),
    ("토큰", " token "),
)
_LETTERS = str.maketrans(
    {
        pair[0]: pair[1:]
        for pair in (
            "аa бb вv гg дd еe жzh зz иi йi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya "
            "αa βb γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo "
            "ßss øo æae œoe łl đd ðd þth ıi"
        ).split()
    }
)
_LONGEST = 64


def name_of(
    key: str,
    rule: str = "",
    provider: str = "",
    kind: str = "",
    path: str = "",
    taken: Mapping[str, str | None] | Iterable[str] = (),
    *,
    value: str = "",
    scheme: str = "",
) -> str:
    """A name for the variable that takes a value in: `[A-Z_][A-Z0-9_]*`, without a meaning to shells, and free.

    `key` is what the value is given to, with what stands around it where that is known (`spring.datasource.password`);
    `rule`, `provider` and `kind` are those of the rule, `path` that of the file in its workspace, and `scheme` that of
    the URL that the value stands in. A name of `taken` is given again where it has the same `value`, which serves for
    nothing else: a key or a path that holds the value counts as none.
    """
    if len(value) > 3:
        key, path = ("" if value in text else text for text in (key, path))
    base = _proposed(_parts(key), key, rule, provider.lower(), kind, path, scheme.lower())
    base = base[:_LONGEST].rstrip("_")
    if not base or base[0].isdigit() or _RESERVED.fullmatch(base):
        base = f"APP_{base}" if base else "APP_SECRET"
    known = {name.upper(): None for name in taken} if not isinstance(taken, Mapping) else taken
    name, number = base, 2
    while name in known and (not value or known[name] != value):
        name, number = f"{base}_{number}", number + 1
    return name


def _proposed(parts: Sequence[list[str]], key: str, rule: str, provider: str, kind: str, path: str, scheme: str) -> str:
    """The name before anybody asks whether it is valid and free."""
    own = parts[-1] if parts else []
    documented = _documented(rule, provider)
    if (documented in _DATABASES or scheme) and own and own[-1] not in _PASSWORDS:
        own = []  # the name of the URL, of which the value is a part
    if own and not _is_loose(own) and not _adds_nothing(own, documented, provider):
        return _joined(own)
    if documented:
        return documented
    base = _base(own, kind)
    if key.isupper() and base == "SECRET_KEY":
        return base  # as the frameworks call it
    schemed = _SCHEMES.get(scheme, scheme.partition("+")[0])
    schemed = _SCHEMES.get(schemed, schemed)
    for qualifier in (_around(parts[:-1]), _words(schemed), _of_path(path)):
        if qualifier:
            return _qualified(qualifier, base)
    return base


def _documented(rule: str, provider: str) -> str:
    """What a provider's secret is called by its documentation, or else by its rule."""
    rule = _IDLE.sub("", rule)
    if rule in _DOCUMENTED:
        return _DOCUMENTED[rule]
    if rule.startswith("databases-"):
        return "DATABASE_PASSWORD"
    provider = provider or rule.partition("-")[0]
    if not rule or provider in _NO_PROVIDERS or rule.partition("-")[0] in _NO_PROVIDERS or rule.startswith("private-"):
        return ""
    return _joined(_words(rule))


_DATABASES = frozenset(
    {"DATABASE_PASSWORD", *(name for rule, name in _DOCUMENTED.items() if rule.startswith("databases-"))}
)


def _is_loose(words: Sequence[str]) -> bool:
    return all(word in _LOOSE or word.isdigit() for word in words)


def _adds_nothing(words: Sequence[str], documented: str, provider: str) -> bool:
    """Whether a key says no more than the provider and that it is a secret."""
    said = {*documented.lower().split("_"), *_words(provider), provider.replace("-", ""), *_ANY_KIND}
    return bool(documented) and all(word in said for word in words)


def _base(words: Sequence[str], kind: str) -> str:
    """A name for a secret of which nobody knows whose it is."""
    usual = _KINDS.get(kind, "SECRET")
    numbers = [word for word in words if word.isdigit()]
    words = [word for word in words if not word.isdigit()]
    if not words:
        return usual
    if len(words) == 1:
        word = words[0].removesuffix("s") if words[0] in ("keys", "tokens", "secrets") else words[0]
        if word in _PASSWORDS:
            word = "password"
        elif word == "key":
            word = usual if usual.endswith("KEY") else "key"
        elif word not in ("token", "secret", "credential", "credentials"):
            word = "token" if word in ("auth", "authorization", "bearer") and kind != "password" else usual
        words = [word]
    return _joined([*words, *numbers])


def _qualified(qualifier: Sequence[str], base: str) -> str:
    words = base.lower().split("_")
    return _joined([*(qualifier[:-1] if qualifier[-1] == words[0] else qualifier), *words])


def _around(parts: Sequence[list[str]]) -> list[str]:
    """What the key stands in says whose secret it is: `spring.datasource`, `DATABASES.default`."""
    words = [word for part in parts for word in part if word not in _FILLERS and not word.isdigit()]
    words = ["database" if word == "databases" else word for word in words if len(word) > 2 or word in ("db", "s3")]
    return list(dict.fromkeys(words))[-3:]


def _of_path(path: str) -> list[str]:
    """What the file is about, or else the folders around it; of an absolute path the file alone."""
    *folders, file = path.replace("\\", "/").split("/")
    stem = file.lstrip(".").partition(".")[0]
    around = [] if path.startswith(("/", "\\")) or ":" in path else folders[:-4:-1]
    for name in [stem, *around]:
        words = [word for word in _words(name) if word not in _FILE_FILLERS and not word.isdigit() and len(word) > 1]
        if words:
            return words[:3]
    return []


def _parts(key: str) -> list[list[str]]:
    """The words of a key, one list for each of its steps; none where it is no name but code or prose."""
    key = _latin(key).strip()
    if not _KEY.fullmatch(key) or " -" in key:
        return []
    if " " in key and key.split()[-1].lower() in _LOOSE:
        key = key.split()[-1]  # `user password`, `url password`: where it stands, not whose it is
    parts = [_words(_HEADER.sub("", part)) for part in _PARTS.split(key)]
    parts = [part for part in parts if part]
    if parts:
        own = parts[-1]
        while len(own) > 1 and (own[0] in _VERBS or (len(own[0]) == 1 and own[0].isalpha())):
            own = own[1:]
        parts[-1] = own
    return parts


def _words(text: str) -> list[str]:
    """The words of a name in lower case: at its humps and at what is no letter or digit."""
    text = _BRANDS.sub(lambda brand: brand[0].capitalize(), _latin(text))
    words = [word for piece in _BREAKS.split(text) for word in _HUMPS.split(piece) if word]
    return [word.lower() for word in words if len(word) <= 32 and not _MIXED.search(word)]


def _latin(text: str) -> str:
    if text.isascii():
        return text
    for word, meaning in _FOREIGN:
        at = text.lower().find(word)
        if at >= 0:
            text = f"{text[:at]}{meaning.replace(' ', '_')}{text[at + len(word) :]}"
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(
        c if c.isascii() else _upper_like(c, c.lower().translate(_LETTERS)) if c.isalpha() else "_" for c in plain
    )


def _upper_like(letter: str, latin: str) -> str:
    latin = latin if latin.isascii() else "_"
    return latin.capitalize() if letter.isupper() else latin


def _joined(words: Iterable[str]) -> str:
    return "_".join(words).upper()
