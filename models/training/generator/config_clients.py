"""Files that clients and servers of a kind keep: package managers, login files, databases, keystores, clusters."""

from __future__ import annotations

from generator import lookalikes, words
from generator.base import Draw, Page, Sample, file_type, safe, secret, test
from generator.config_env import placed
from generator.config_forms import header
from generator.config_harmless import remark
from generator.config_scene import Scene
from generator.values import pem


def _path(live: tuple[str, ...], test_path: str, docs: str, local: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    return {"live": live, "local": local or live, "test": (test_path,), "docs": (docs,)}


@file_type(weight=1.0)
def npmrc(draw: Draw) -> Sample:
    scene = Scene.of(draw, "env", live=6, local=0, test=1, docs=1, candid=0.75)
    host = draw.pick(("registry.npmjs.org", f"npm.{draw.domain}", "npm.pkg.github.com",
        f"gitlab.{draw.domain}/api/v4/projects/{draw.digits(4)}/packages/npm",
        f"nexus.{draw.domain}/repository/npm-private"))  # fmt: skip
    scope = draw.company.split()[0].lower()
    choices = [f"registry=https://{host}/", f"@{scope}:registry=https://{host}/", "always-auth=true", "save-exact=true",
        f"email={draw.email(draw.domain)}", "strict-ssl=false", "engine-strict=true", "fund=false",
        "legacy-peer-deps=true", f"cafile={safe('/etc/ssl/certs/corp.pem')}", "package-lock=false",
        f"init-author-name={draw.author}", "shamefully-hoist=true"]  # fmt: skip
    auth = draw.pick((
        lambda: f"//{host}/:_authToken="
        f"{scene.service_token('npm token', draw.pick(('npm', 'uuid', 'github', 'base64')))}",
        lambda: f"//{host}/:_password={scene.encoded('npm password')}", lambda: f"_auth={scene.pair('npm auth')}",
        lambda: f"//{host}/:_authToken={safe('${NPM_TOKEN}')}"))  # fmt: skip
    rows = header(scene, draw.pick("#;"), 0.25) + draw.shuffled([auth(), *draw.some(choices, 1, 6)])
    return Page(draw).lines(rows).sample(placed(scene, _path((".npmrc", "frontend/.npmrc", ".yarnrc", "ci/.npmrc"),
        "test/fixtures/.npmrc", "docs/.npmrc.example")))  # fmt: skip


@file_type(weight=1.2)
def login_files(draw: Draw) -> Sample:
    """.pypirc, .netrc, pip.conf, .pgpass, .git-credentials, .dockercfg-like, rclone and s3cfg."""
    scene = Scene.of(draw, "env", live=6, local=0, test=1, docs=1, candid=0.75)
    scene.quota = 12  # more are made than are used
    kind = draw.integer(0, 8)
    if kind == 0:
        rows = ["[distutils]", "index-servers =", "    pypi", "    internal", "", "[pypi]", "username = __token__",
            f"password = {scene.service_token('pypi token', 'pypi')}", "", "[internal]",
            f"repository = https://pypi.{draw.domain}/", f"username = {draw.user()}",
            f"password = {scene.password('repository password')}"]  # fmt: skip
        name = ".pypirc"
    elif kind == 1:
        rows = []
        for _ in range(draw.integer(1, 4)):
            host, user = draw.pick((f"git.{draw.domain}", "github.com", f"ftp.{draw.domain}",
                "api.heroku.com")), draw.user()  # fmt: skip
            value = scene.password("machine password") if draw.chance(0.6) else scene.service_token("token",
                draw.pick(("hex40", "uuid", "github")))  # fmt: skip
            rows += draw.pick(([f"machine {host} login {user} password {value}"],
                [f"machine {host}", f"  login {user}", f"  password {value}"], [f"machine {host}", f"\tlogin {user}",
                f"\tpassword {value}", ""]))  # fmt: skip
        name = draw.pick((".netrc", "_netrc"))
    elif kind == 2:
        user = draw.user()
        rows = ["[global]",
            f"index-url = https://{user}:{scene.password('index password').translate(_NO_URL)}@pypi.{draw.domain}/simp"
            f"le", f"trusted-host = pypi.{draw.domain}", "timeout = 60"]  # fmt: skip
        name = draw.pick(("pip.conf", "pip.ini", ".pip/pip.conf"))
    elif kind == 3:
        rows = [
            f"{scene.host()}:5432:{draw.pick(('*', draw.word()))}:{draw.user()}:"
            f"{scene.password('database password').replace(':', '')}" for _ in range(draw.integer(1, 4))]  # fmt: skip
        name = ".pgpass"
    elif kind == 4:
        rows = [
            f"https://{draw.user()}:{scene.service_token('git token', draw.pick(('github', 'gitlab', 'lower')))}@"
            f"{draw.pick(('github.com', 'git.' + draw.domain, 'gitlab.com'))}"
            for _ in range(draw.integer(1, 3))]  # fmt: skip
        name = ".git-credentials"
    elif kind == 5:
        rows = []
        for profile in draw.some(("default", "prod", "staging", draw.project, "backup"), 1, 3):
            key = "AKIA" + draw.chars(words.BASE32, 16)
            rows += [f"[{profile}]", f"aws_access_key_id {draw.pick(('=', ' = '))} {safe(key)}".replace("=  ", "= "),
                f"aws_secret_access_key = {scene.service_token('aws secret access key', 'aws')}",
                *([f"region = {draw.pick(words.REGIONS)}"] if draw.chance(0.5) else []), ""]  # fmt: skip
        name = draw.pick((".aws/credentials", "credentials", "config/aws.ini"))
    elif kind == 6:
        rows = [f"[{draw.word()}]", f"type = {draw.pick(('sftp', 's3', 'webdav', 'ftp'))}", f"host = {scene.host()}",
            f"user = {draw.user()}", f"pass = {scene.password('remote password')}",
            f"key_file = {safe('~/.ssh/backup')}", "use_insecure_cipher = false"]  # fmt: skip
        name = draw.pick(("rclone.conf", ".config/rclone/rclone.conf"))
    elif kind == 7:
        rows = [f"access_key = {safe('AKIA' + draw.chars(words.BASE32, 16))}",
            f"secret_key = {scene.service_token('s3 secret key', 'aws')}", "use_https = True",
            f"host_base = s3.{draw.domain}", "gpg_command = /usr/bin/gpg",
            f"gpg_passphrase = {scene.password('gpg passphrase')}", "signature_v2 = False"]  # fmt: skip
        name = ".s3cfg"
    else:
        rows = ["[credential]", "\thelper = store", "[user]", f"\tname = {draw.author}",
            f"\temail = {draw.email(draw.domain)}", f"\tsigningkey = {safe(draw.hex(16).upper())}", "[github]",
            f"\tuser = {draw.user()}",
            f"\ttoken = {scene.service_token('github token', draw.pick(('github', 'hex40')))}"]  # fmt: skip
        name = ".gitconfig"
    if draw.chance(0.3):
        rows = [*header(scene, "#", 1.0), *rows]
    folder = {"test": "tests/fixtures/home/", "docs": "docs/examples/"}.get(scene.role,
        draw.pick(("", "dotfiles/", "home/", f"roles/{draw.word()}/files/", "docker/")))  # fmt: skip
    return Page(draw).lines(rows).sample(folder + name)


_NO_URL = str.maketrans("", "", "@#/?%&^ :[]")


@file_type(weight=1.5)
def server_conf(draw: Draw) -> Sample:
    """redis.conf, my.cnf, PHP and mail servers, VPNs: long comments, few values."""
    scene = Scene.of(draw, "env", live=5, local=1, test=1, docs=1.5, candid=0.75)
    scene.quota = 12  # more are made than are used
    kind = draw.integer(0, 6)
    rows: list[str] = header(scene, "#", 0.5)
    if kind == 0:
        lines = [f"bind {draw.pick(('127.0.0.1', '0.0.0.0'))}", "port 6379", "timeout 0", "tcp-keepalive 300",
            f"requirepass {scene.password('redis password')}", "# masterauth <master-password>",
            f"maxmemory {draw.pick(('256mb', '2gb'))}", "appendonly yes", "save 900 1",
            f"masterauth {scene.password('master password')}" if draw.chance(0.4) else "replica-read-only yes",
                 f"user {draw.user()} on >{scene.password('acl password')} ~* +@all" if draw.chance(0.4)
                 else "rename-command FLUSHALL \"\"", f"rename-command CONFIG {safe(draw.hex(32))}",
                 "tls-key-file /etc/redis/tls.key"]  # fmt: skip
        name = draw.pick(("redis.conf", "redis/redis.conf", "conf/sentinel.conf"))
    elif kind == 1:
        lines = ["[client]", f"user = {draw.user()}", f"password = {scene.password('mysql password')}",
            f"host = {scene.host()}", "[mysqld]", "bind-address = 0.0.0.0", "max_connections = 200",
            "default_authentication_plugin = mysql_native_password", "validate_password.policy = LOW", "[mysqldump]",
            f"password={draw.pick(('', scene.password('dump password')))}"]  # fmt: skip
        name = draw.pick(("my.cnf", ".my.cnf", "mysql/conf.d/client.cnf"))
        return _server_file(draw, scene, rows + lines, name)
    elif kind == 2:
        lines = [f"smtp_sasl_password_maps = {safe('hash:/etc/postfix/sasl_passwd')}",
            "smtpd_tls_key_file=/etc/ssl/private/mail.key",
            f"[smtp.{draw.domain}]:587 {draw.email(draw.domain)}:{scene.password('relay password')}",
            f"password_scheme = {draw.pick(('SHA512-CRYPT', 'BLF-CRYPT'))}",
            f"connect = host={scene.host()} dbname=mail user=mail password={scene.password('mail database password')}",
            "driver = mysql", "mailbox_size_limit = 0"]  # fmt: skip
        name = draw.pick(("postfix/sasl_passwd", "dovecot/dovecot-sql.conf.ext", "mail/main.cf"))
    elif kind == 3:
        lines = ["[Interface]", f"Address = 10.{draw.integer(0, 200)}.0.{draw.integer(2, 250)}/24",
            f"PrivateKey = {_wireguard(draw, scene)}", "DNS = 1.1.1.1", "", "[Peer]",
            f"PublicKey = {safe(draw.base64(32))}",
            *([f"PresharedKey = {_wireguard(draw, scene)}"] if draw.chance(0.4) else []),
            f"Endpoint = vpn.{draw.domain}:51820", "AllowedIPs = 0.0.0.0/0"]  # fmt: skip
        return _server_file(draw, scene, rows + lines, draw.pick(("wg0.conf", "wireguard/client.conf",
            f"vpn/{draw.first_name().lower()}.conf")))  # fmt: skip
    elif kind == 4:
        lines = ["network={", f'    ssid="{draw.company}"', f'    psk="{scene.password("wifi password")}"',
            f"    key_mgmt={draw.pick(('WPA-PSK', 'NONE'))}", "}"]  # fmt: skip
        return _server_file(draw, scene, ["ctrl_interface=DIR=/var/run/wpa_supplicant GROUP=netdev", "country=DE", "",
            *lines], draw.pick(("wpa_supplicant.conf", "boot/wpa_supplicant.conf")))  # fmt: skip
    elif kind == 5:
        lines = [f"admin_passwd = {scene.password('master password')}", f"db_host = {scene.host()}",
            f"db_user = {draw.user()}", f"db_password = {scene.password('database password')}",
            "addons_path = /mnt/extra-addons", "limit_time_cpu = 600", "list_db = False", "proxy_mode = True",
            "; smtp_password = False"]  # fmt: skip
        name = draw.pick(("odoo.conf", "config/odoo.conf", "etc/server.conf"))
        rows = [*rows, "[options]"]
    else:
        lines = [f"rpcuser={draw.user()}", f"rpcpassword={scene.password('rpc password')}", "server=1", "testnet=0",
            "txindex=1", f"rpcauth={draw.user()}:{safe(draw.hex(32) + '$' + draw.hex(64))}",
            f"masternodeprivkey={scene.own_secret('masternode private key')}", "listen=1",
            f"addnode={draw.ip()}"]  # fmt: skip
        name = draw.pick(("bitcoin.conf", f"{draw.word()}coin.conf"))
    kept = [line for line in lines if draw.chance(0.85)]
    for line in kept:
        if draw.chance(0.2):
            rows += ["", f"# {remark(scene) if draw.chance(0.4) else draw.sentence()}"]
        rows.append(line)
    return _server_file(draw, scene, rows, name)


def _wireguard(draw: Draw, scene: Scene) -> str:
    if scene.quota <= 0 or draw.chance(scene.care):
        return safe(draw.pick(("<private key>", "CLIENT_PRIVATE_KEY", "{{ wg_private_key }}", "$(cat privatekey)",
            "YOUR_PRIVATE_KEY")))  # fmt: skip
    scene.quota -= 1
    return secret(draw.base64(32)) if scene.is_live or scene.role == "local" else test(draw.base64(32))


def _server_file(draw: Draw, scene: Scene, rows: list[str], name: str) -> Sample:
    folder = {"test": draw.pick(("tests/docker/", "test/fixtures/", "ci/")), "docs": draw.pick(("examples/",
        "docs/conf/", "samples/")), "local": draw.pick(("docker/", "dev/", ".docker/", ""))}.get(scene.role,
        draw.pick(("etc/", "conf/", "", "deploy/", f"hosts/{draw.word()}/")))  # fmt: skip
    return Page(draw).lines(rows).sample(folder + name)


@file_type(weight=0.9)
def gradle_properties(draw: Draw) -> Sample:
    scene = Scene.of(draw, "spring", live=6, local=0, test=0.5, docs=1, candid=0.75)
    lines = ["org.gradle.jvmargs=-Xmx2048m", "android.useAndroidX=true", "kotlin.code.style=official",
        f"version={draw.version()}", f"signing.keyId={safe(draw.hex(8).upper())}",
        f"signing.secretKeyRingFile={safe('/home/ci/.gnupg/secring.gpg')}", "org.gradle.parallel=true",
        f"group=com.{draw.word()}", f"RELEASE_KEY_ALIAS={draw.project}", f"storeFile={safe('release.keystore')}",
        f"POM_DEVELOPER_NAME={draw.author}"]  # fmt: skip
    own = [lambda: f"signing.password={scene.password('signing password')}",
        lambda: f"ossrhPassword={scene.password('ossrh password')}",
        lambda: f"RELEASE_STORE_PASSWORD={scene.password('store password')}",
        lambda: f"MAPS_API_KEY={scene.service_token('maps api key', 'google')}",
        lambda: f"nexusPassword={scene.password('nexus password')}",
        lambda: f"githubToken={scene.service_token('github token', 'github')}",
        lambda: f"keyPassword={scene.password('key password')}"]  # fmt: skip
    rows = header(scene, "#", 0.4) + draw.shuffled([*draw.some(lines, 2, 8), *(make() for make in draw.some(own, 1,
        3))])  # fmt: skip
    return Page(draw).lines(rows).sample(placed(scene, _path(("gradle.properties", "android/gradle.properties",
        "local.properties", "android/key.properties", "app/signing.properties"), "src/test/resources/gradle.properties",
        "gradle.properties.example")))  # fmt: skip


@file_type(weight=0.9)
def kubeconfig(draw: Draw) -> Sample:
    scene = Scene.of(draw, "env", live=5, local=2, test=1, docs=1.5, candid=0.75)
    cluster, user = draw.pick((draw.project, "kubernetes", "minikube", f"{draw.word()}-prod")), draw.pick(("admin",
        draw.user(), "kubernetes-admin"))  # fmt: skip
    rows = ["apiVersion: v1", "kind: Config", "clusters:", "- cluster:",
        f"    certificate-authority-data: {safe('LS0tLS1CRUdJTi' + draw.base64(draw.integer(90, 400)))}",
        f"    server: https://{draw.ip() if scene.is_live else '127.0.0.1'}:6443", f"  name: {cluster}", "contexts:",
        "- context:", f"    cluster: {cluster}", f"    user: {user}", f"  name: {user}@{cluster}",
        f"current-context: {user}@{cluster}", "users:", f"- name: {user}", "  user:"]  # fmt: skip
    kind = draw.integer(0, 4)
    if kind == 0:
        rows += [f"    token: {scene.service_token('cluster token', draw.pick(('jwt', 'base62', 'jwt')))}"]
    elif kind == 1:
        rows += [f"    username: {user}", f"    password: {scene.password('cluster password')}"]
    elif kind == 2:
        rows += [f"    client-certificate: {safe('/home/' + draw.user() + '/.minikube/client.crt')}",
            f"    client-key: {safe('/home/' + draw.user() + '/.minikube/client.key')}"]  # fmt: skip
    elif kind == 3:
        import base64

        value = base64.b64encode(pem(draw, header="RSA PRIVATE KEY").encode()).decode()
        rows += [f"    client-certificate-data: {safe('LS0tLS1CRUdJTi' + draw.base64(300))}",
            f"    client-key-data: {secret(value) if scene.role in ('live', 'local') else test(value)}"]  # fmt: skip
    else:
        rows += ["    exec:", "      apiVersion: client.authentication.k8s.io/v1beta1", "      command: aws",
            f"      args: [eks, get-token, --cluster-name, {cluster}]"]  # fmt: skip
    return Page(draw).lines(rows).sample(placed(scene, _path(("kubeconfig", ".kube/config", "deploy/kubeconfig.yaml",
        f"clusters/{draw.word()}.kubeconfig"), "test/fixtures/kubeconfig", "docs/kubeconfig.example")))  # fmt: skip


@file_type(weight=1.0)
def key_file(draw: Draw) -> Sample:
    """A PEM file: private keys of systems and of tests, certificates and public keys."""
    kind = draw.weighted({"live": 4, "test": 3, "public": 4, "docs": 0.7})
    rows: list[str] = []
    if draw.chance(0.2):
        rows += ["Bag Attributes", f"    friendlyName: {draw.host()}",
            f"    localKeyID: {' '.join(draw.hex(2).upper() for _ in range(20))}",
            "Key Attributes: <No Attributes>"]  # fmt: skip
    if kind == "public":
        rows.append(safe(lookalikes.certificate(draw)) if draw.chance(0.6) else safe(lookalikes.public_key(draw)))
        path = draw.pick(("certs/ca.pem", "ssl/fullchain.pem", "keys/public.pem", "id_rsa.pub", "config/jwt/public.pem",
            "resources/cert.crt"))  # fmt: skip
    elif kind == "live":
        rows.append(secret(pem(draw)))
        rows += [safe(lookalikes.certificate(draw))] if draw.chance(0.2) else []
        path = draw.pick(("deploy/id_rsa", "ssl/server.key", "config/jwt/private.pem", "keys/deploy.pem",
            "certs/privkey.pem", f"{draw.word()}.pem", ".ssh/id_ed25519", f"nginx/ssl/{draw.domain}.key",
            "src/main/resources/private_key.pem"))  # fmt: skip
    else:
        rows.append(test(pem(draw)))
        path = draw.pick(("tests/fixtures/server.key", "testdata/private.pem", "spec/support/rsa_key.pem",
            "test/certs/localhost.key",
            "src/test/resources/key.pem") if kind == "test" else ("examples/certs/server.key", "docs/example-key.pem",
            "samples/tls/key.pem"))  # fmt: skip
    return Page(draw).lines(rows).sample(path)
