"""The words that names, sentences and passwords of generated files are made of."""

from __future__ import annotations

from random import Random

HEX = "0123456789abcdef"
DIGITS = "0123456789"
LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
ALNUM = UPPER + LOWER + DIGITS
BASE32 = UPPER + "234567"

FIRST_NAMES = """
Anna Bruno Carla Dmitri Elena Farid Greta Hugo Ines Jonas Katya Liam Maria Nadia Oscar Petra Quentin Rosa Stefan Tomas
Ursula Viktor Wanda Xavier Yuki Zoe Aisha Bogdan Chen Diego Emma Felix Gloria Hiroshi Ivan Julia Kenji Lena Mateo Nina
Olga Pablo Rahul Sofia Tariq Uma Vera Wei Ximena Yusuf Alice Ben Claire Daniel Eva Frank Georg Hannah Isabel Jakob
Karim Laura Marco Noah Otto Paula Rita Sam Tina Ulrich Valeria Walter Ying Zara Amir Beatriz Colin Deepak Esther Fabio
Gustavo Helga Ibrahim Joana Klaus Luis Mei Nils Omar Priya Rafael Sunita Thiago Vincent Yann Agnes Boris Camille Dana
Eric Fiona Gabriel Henrik Irina Jack Kim Leo Mia Nico Oliver Paul Rachel Simon Theo Victoria William Adam Chloe Lucas
""".split()
SURNAMES = """
Almeida Bauer Costa Dubois Eriksson Fischer Garcia Hansen Ivanov Jansen Kowalski Lopez Moreau Novak Okafor Petrov
Quiroga Rossi Schmidt Tanaka Usman Varga Weber Xu Yamada Zimmer Andersen Becker Cohen Diaz Evans Ferrari Gupta
Hoffmann Ito Jones Keller Laurent Martin Nguyen Olsen Patel Ramos Sato Torres Ueda Vogel Walker Young Zhang Adeyemi
Berger Chandra Dvorak Egger Fontaine Grant Huber Iglesias Jung Kaur Lindqvist Mehta Nielsen Oliveira Popescu Reyes
Silva Takahashi Vasquez Wagner Yilmaz Zeman Barnes Clark Duarte Edwards Fuchs Green Hughes Kruger Lambert Meyer Nowak
Perez Richter Santos Thomsen Ulloa Wolf Baker Carter Foster Harper Mason Parker Sanders Turner
""".split()
COMPANY_HEADS = """
Acorn Brightline Cobalt Driftwood Evergreen Fjord Granite Harborview Ironleaf Juniper Kestrel Lumen Meridian Northwind
Orbita Pinecone Quartz Ridgeway Silverfin Tidewater Umbra Vantage Willowbrook Xenolith Yarrow Zephyr Altura Basalt
Cinder Deltapoint Ember Foxglove Glacier Helio Indigo Jasper Keystone Larkspur Mosaic Nimbus Opal Parallax Quill
Redwood Sable Tessera Ultramar Verdant Wavecrest Zinnia Argon Bluefin Cascade Dovetail Elmwood Firefly Gridline Hazel
Inkwell Kiln Lattice Marlin Nordlys Oakridge Pebble Rook Saffron Thistle Upland Vireo Wren Aurora Birch Copperfield
Dune Echo Faro Garnet Hollow Isobar Lagoon Monarch Nectar Osprey Prism Quasar Rivet Summit Tundra Vertex Alder Beacon
Corvid
""".split()
COMPANY_TAILS = """
Labs Works Soft Systems Data Cloud Tech Bank Health Media Foods Logistics Energy Motors Games Travel Robotics
Analytics Insurance Mobile Studio Group Digital Capital Pharma Retail Networks Security Events Books Music Homes
""".split()
TOP_DOMAINS = {
    "com": 30, "io": 9, "net": 7, "de": 6, "org": 5, "co.uk": 3, "fr": 3, "com.br": 3, "es": 2, "dev": 4, "app": 3,
    "ai": 2, "cn": 2, "ru": 2, "jp": 1, "eu": 2, "nl": 2, "ch": 1, "it": 2, "pl": 2, "se": 1, "in": 2, "cloud": 1,
    "internal": 1, "local": 1, "tech": 1,
}  # fmt: skip
MAIL_DOMAINS = "gmail.com outlook.com gmx.de yahoo.com proton.me qq.com hotmail.fr 163.com mail.ru".split()
MAIL_BOXES = "noreply support info admin alerts billing hello no-reply ops sales postmaster notifications".split()
NOUNS = """
account order invoice ticket payment report user customer product cart catalog shipment warehouse booking event
session message channel device sensor gateway router ledger wallet profile gallery photo video playlist lesson course
exam student teacher patient doctor clinic recipe menu table kitchen garden weather forecast station route vehicle
driver parcel fleet city map survey answer question comment article blog post feed digest newsletter campaign lead
contract document archive backup snapshot bucket cluster node worker queue job task schedule calendar meeting room
desk office asset license plan coupon voucher reward score match player team league game quest badge inventory
supplier vendor auction bid listing property tenant lease meter reading bill tariff policy claim quote audit review
rating wishlist album track library
""".split()
ADJECTIVES = """
quick silent golden tiny open bright calm clever daily eager fancy gentle happy humble icy jolly kind lazy lucky merry
noble orange proud quiet rapid red smart solid sunny swift urban vivid warm wild young blue green grey smooth sharp
""".split()
PROJECT_TAILS = """
api app web hub core bot portal service server admin backend frontend ui cli sync tracker manager dashboard engine
store shop mobile worker gateway proxy tools site platform connect desk board monitor scraper mailer
""".split()
SERVICE_USERS = """
admin root app postgres deploy backup service sa api dbuser webapp reporting readonly etl jenkins ci monitor mysql
administrator replicator batch scheduler sync integration rabbit grafana keycloak migration exporter system
""".split()
HOST_ROLES = """
db mysql pg postgres redis mq rabbit mail smtp ldap ftp sftp files vault auth sso api gateway search es kafka mongo
reports backup dw warehouse crm erp git registry nexus jenkins monitor grafana proxy vpn jump intranet wiki
""".split()
STAGES = "prod prd production live stage staging stg qa uat dev preprod dr edge".split()
REGIONS = "eu-west-1 us-east-1 us-east-2 us-west-2 eu-central-1 ap-south-1 ap-southeast-2 sa-east-1".split()
SERVICES = """
stripe github gitlab slack twilio sendgrid mailgun aws azure google firebase openai anthropic datadog sentry algolia
cloudflare paypal braintree shopify dropbox discord telegram facebook twitter linkedin spotify mapbox zoom jira okta
auth0 hubspot salesforce zendesk intercom pagerduty newrelic elastic mongo redis rabbitmq kafka postgres mysql ldap
smtp imap ftp minio vault consul grafana heroku netlify vercel digitalocean npm pypi docker nexus artifactory sonar
jenkins bitbucket trello notion airtable asana weather maps captcha recaptcha push sms payment ldap keycloak wechat
alipay
""".split()
SECRET_OWNERS = """
admin root user db database app client service master master main backup mail smtp api web session cookie jwt auth
login default remote proxy ftp ssh vpn wifi keystore truststore cert signing encryption webhook bot consumer access
refresh shared private internal external prod staging legacy old new partner merchant tenant
""".split()
SECRET_NAMES: dict[str, dict[str, float]] = {
    "password": {
        "password": 30, "pass": 8, "pwd": 8, "passwd": 6, "pw": 3, "passphrase": 2, "psw": 1, "passwort": 1.2,
        "contrasena": 1, "senha": 1.3, "motdepasse": 0.8, "mdp": 0.4, "clave": 0.6, "kennwort": 0.4, "parol": 0.4,
        "haslo": 0.3, "secret": 3, "credential": 0.7, "pin": 0.4, "login password": 1, "user pass": 1,
    },
    "token": {
        "token": 20, "api token": 8, "access token": 10, "auth token": 8, "bearer token": 2, "bearer": 1, "jwt": 2,
        "refresh token": 3, "personal access token": 1, "pat": 1, "bot token": 2, "authz": 0.7, "auth": 2, "creds": 0.7,
    },
    "key": {
        "api key": 25, "key": 6, "apikey": 6, "secret key": 9, "access key": 5, "private key": 4, "encryption key": 3,
        "signing key": 2, "license key": 1, "app key": 3, "auth key": 2, "subscription key": 1, "master key": 1,
        "account key": 1, "consumer key": 1,
    },
    "secret": {
        "secret": 15, "client secret": 15, "app secret": 6, "api secret": 7, "secret key": 8, "jwt secret": 7,
        "session secret": 4, "consumer secret": 3, "shared secret": 2, "webhook secret": 4, "cookie secret": 2,
        "signing secret": 2, "secret access key": 4, "hmac secret": 1, "secret key base": 1, "token secret": 2,
    },
    "id": {
        "client id": 20, "app id": 8, "tenant id": 6, "account id": 6, "project id": 6, "access key id": 4,
        "key id": 4,
        "merchant id": 2, "user id": 5, "session id": 3, "request id": 4, "measurement id": 2, "bucket": 3,
    },
}  # fmt: skip
VERBS = """
load save send read fetch update delete create parse build render check validate sync upload download import export
connect open close start stop retry refresh resolve merge split filter sort apply reset schedule publish register
""".split()
CITIES = """
Lisbon Porto Berlin Hamburg Munich Vienna Zurich Geneva Paris Lyon Marseille Madrid Sevilla Valencia Rome Milan Naples
London Leeds Dublin Oslo Bergen Stockholm Helsinki Tallinn Riga Warsaw Krakow Prague Brno Budapest Athens Istanbul
Chicago Boston Austin Denver Seattle Toronto Montreal Bogota Lima Santiago Quito Recife Curitiba Nairobi Lagos Accra
Cairo Tokyo Osaka Kyoto Seoul Busan Taipei Shanghai Shenzhen Mumbai Pune Sydney Perth Auckland Moscow Kazan
""".split()
PASSWORD_WORDS = """
summer winter spring autumn dragon tiger monkey shadow sunshine princess football baseball hockey master welcome
freedom whisky coffee banana cookie cherry pepper ginger orange purple silver thunder falcon eagle panther wolf
phoenix ranger hunter soccer guitar piano violin rocket galaxy mercury saturn jupiter ocean river mountain forest
island castle knight wizard pirate ninja samurai batman robin matrix pokemon zelda mario sonic hello monday friday
sunday january march april august october corvette mustang ferrari harley yamaha arsenal chelsea liverpool juventus
barcelona benfica office printer server network router switch database oracle support helpdesk company secure private
access letme family mother daddy sommer winter fussball blume katze hund schatz passion soleil amour chocolat doudou
estrela futebol saudade brasil verano gatito perro corazon familia mariposa solnyshko zvezda privet kotik sakura
hikari tanuki
""".split()
PHRASE_WORDS = """
correct battery horse copper lantern velvet anchor marble timber whistle pocket saddle ribbon candle mirror basket
harvest meadow pebble tunnel bridge rattle feather blanket hammer socket puzzle cactus walrus otter badger magnet
gravel maple cedar willow acorn thistle bramble clover nectar pollen orbit comet meteor lunar solar polar arctic
tropic desert canyon valley summit glacier harbor beacon compass rudder paddle canoe kayak anvil bellows chisel mallet
pliers wrench gadget widget trumpet cello banjo fiddle zither opera ballet waltz tango polka salsa rumba bishop rook
""".split()


def _listed(text: str) -> list[str]:
    return text.strip("\n").replace("\n", "|").split("|")


_SUBJECTS = _listed("""
the parser|the importer|this handler|the old client|the retry loop|the cache|the nightly job|the login form|the worker
the scheduler|our proxy|the adapter|the migration|the session store|the upstream API|the mobile app|the exporter
the billing service|the search index|the queue consumer|this wrapper|the health check|the report builder|the CI job
""")
_DOINGS = _listed("""
expects|drops|keeps|returns|needs|ignores|copies|sorts|validates|caches|rejects|waits for|falls back to|overrides
retries|logs|normalises|skips|requires|assumes|converts|checks|rewrites|deduplicates
""")
_OBJECTS = _listed("""
the first row|empty lists|a sorted list|the raw body|the time zone|the locale|the old format|two headers|every id once
the last page|the user's choice|the default port|trailing slashes|duplicate entries|a full path|the lower limit
null dates|UTC only|the signed URL|unknown fields|the current tenant|a stable order|one connection|all open orders
""")
_ENDINGS = _listed("""
|||| for now| when the flag is off| on Windows| in older releases| before the first commit| unless told otherwise
 since version 2| after a restart| under load| because of the proxy| if the file exists| until we migrate| on purpose
 in production| in staging| when offline
""")
_STARTS = ("", "", "", "", "TODO: ", "FIXME: ", "NOTE: ", "Note that ", "See docs: ", "HACK: ", "Careful: ", "Legacy: ")
_MINE: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "de": (
        ("der Import", "die Anmeldung", "der Dienst", "die Schnittstelle", "der Cache", "die Abfrage", "der Mandant",
         "das Formular", "die Konfiguration", "der Nachtlauf"),
        ("braucht", "prüft", "liefert", "ignoriert", "überschreibt", "erwartet", "speichert", "löscht"),
        ("die Kundennummer", "das alte Format", "nur gültige Zeilen", "den ersten Eintrag", "alle Aufträge",
         "die Zugangsdaten vom Server", "leere Felder", "den Standardwert", "das Datum in UTC"),
    ),
    "fr": (
        ("le service", "la requête", "le formulaire", "la session", "le client", "la tâche", "le cache", "l'import"),
        ("renvoie", "vérifie", "ignore", "attend", "supprime", "remplace", "enregistre", "utilise"),
        ("la liste complète", "l'ancien format", "les champs vides", "le premier résultat", "la valeur par défaut",
         "les commandes ouvertes", "le fuseau horaire", "le mot de passe de l'utilisateur"),
    ),
    "es": (
        ("el servicio", "la consulta", "el formulario", "la sesión", "el cliente", "la tarea", "el módulo", "la caché"),
        ("devuelve", "comprueba", "ignora", "espera", "borra", "guarda", "usa", "necesita"),
        ("la lista completa", "el formato antiguo", "los campos vacíos", "el primer resultado", "los pedidos abiertos",
         "el valor por defecto", "la contraseña del usuario", "la zona horaria"),
    ),
    "pt": (
        ("o serviço", "a consulta", "o formulário", "a sessão", "o cliente", "a tarefa", "o módulo", "a importação"),
        ("retorna", "verifica", "ignora", "espera", "apaga", "salva", "usa", "precisa de"),
        ("a lista completa", "o formato antigo", "os campos vazios", "o primeiro resultado", "os pedidos abertos",
         "o valor padrão", "a senha do usuário", "o fuso horário"),
    ),
    "ru": (
        ("сервис", "запрос", "клиент", "модуль", "обработчик", "парсер", "скрипт", "сервер"),
        ("возвращает", "проверяет", "пропускает", "ждёт", "удаляет", "сохраняет", "использует", "требует"),
        ("полный список", "старый формат", "пустые поля", "первую строку", "все заказы", "значение по умолчанию",
         "пароль пользователя", "часовой пояс"),
    ),
    "zh": (
        ("服务", "查询", "表单", "会话", "客户端", "任务", "缓存", "模块"),
        ("返回", "检查", "忽略", "需要", "删除", "保存", "使用", "等待"),
        ("完整列表", "旧格式", "空字段", "第一条结果", "默认值", "用户密码", "所有订单", "时区设置"),
    ),
    "ja": (
        ("サービスは", "クエリは", "フォームは", "セッションは", "クライアントは", "タスクは", "キャッシュは"),
        ("一覧を", "旧形式を", "空の項目を", "先頭の行を", "既定値を", "パスワードを", "全ての注文を"),
        ("返す", "確認する", "無視する", "待つ", "削除する", "保存する", "使う"),
    ),
}  # fmt: skip


_SECRET_REMARKS = _listed("""
TODO: move to env|do not commit|remove before release|rotate this every quarter|ask {name} for the new one
needs write scope|read only account|only used by the batch job|same as on the old server
this account is shared with {name}|expires in {month}|credentials for {noun}s|access for the {noun} service
hardcoded for now|FIXME: should come from the vault|see the password safe|key was regenerated in {month}
account of {name}|don't change, others depend on it|prod account|for {noun} only
""")
_SHORT = _listed("""
{verb} {noun}|{verb} the {noun}|{verb} all {noun}s|get {noun} by id|{noun} {verb}er|check {noun}|init|setup|defaults
helpers|connection|credentials|config|options|main loop|{verb} {noun} if needed|not used anymore
workaround for #{number}|see #{number}|{code}-{number}: {verb} {noun}|https://{noun}s.example.org/docs/{verb}
{noun} -> {other}|1. {verb} {noun}|step {digit}: {verb} {noun}|optional|required|in seconds|in ms
deprecated, use {verb}_{noun}|why does this {verb} twice?|copied from {noun}.{other}|@{name}
eslint-disable-next-line|noqa|pylint: disable=line-too-long|{noun}s come first|TODO({name}): {verb} {noun}s too
end of {noun}|new in {digit}.{digit}|{noun} must be set|the {noun} and its {other}|sorted by {noun}|XXX {noun}
legacy {noun}|no {noun} here|{name} wants a {noun}|talk to {name} about {noun}s|temporary|auth|login data|server
database|api settings|---- {noun} ----
""")
_MONTHS = "January March April June July August October November December".split()


def sentence(random: Random, tongue: str) -> str:
    """A remark of a programmer; half of those in another tongue than English are English all the same."""
    if tongue in _MINE and random.random() < 0.7:
        gap = "" if tongue in ("zh", "ja") else " "
        text = gap.join(random.choice(part) for part in _MINE[tongue])
        return text if random.random() < 0.5 else text[0].upper() + text[1:]
    if random.random() < 0.55:
        form = random.choice(_SECRET_REMARKS if random.random() < 0.08 else _SHORT)
        text = form.format(
            verb=random.choice(VERBS), noun=random.choice(NOUNS), other=random.choice(NOUNS),
            number=random.randint(3, 9000),
            name=random.choice(FIRST_NAMES).lower(), digit=random.randint(1, 9), month=random.choice(_MONTHS),
            code=random.choice(NOUNS)[:3].upper(),
        )  # fmt: skip
        return text if random.random() < 0.6 else text[0].upper() + text[1:]
    subject, doing = random.choice(_SUBJECTS), random.choice(_DOINGS)
    text = random.choice(_STARTS) + f"{subject} {doing} {random.choice(_OBJECTS)}{random.choice(_ENDINGS)}"
    text = text if random.random() < 0.4 else text[0].upper() + text[1:]
    return text + ("." if random.random() < 0.3 else "")
