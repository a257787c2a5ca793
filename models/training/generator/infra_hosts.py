"""Machines: Ansible inventories, variables and tasks, Vagrant, nginx and Apache, cloud-init, provisioning."""

from __future__ import annotations

from generator import lookalikes
from generator.base import Draw, Page, Sample, file_type, safe
from generator.config_env import placed
from generator.config_forms import Tree, header, spell, yaml_lines
from generator.config_groups import Setting
from generator.config_harmless import groups, remark
from generator.config_scene import Scene

_VAR_PATHS = {
    "live": ("group_vars/all.yml", "group_vars/{s}.yml", "inventory/{s}/group_vars/all/main.yml", "host_vars/{w}01.yml",
    "vars/{w}.yml", "roles/{w}/vars/main.yml", "ansible/vars/secrets.yml", "inventories/{s}/group_vars/db.yml"),
    "local": ("group_vars/vagrant.yml", "inventory/dev/group_vars/all.yml", "roles/{w}/defaults/main.yml",
    "ansible/dev.yml"), "test": ("molecule/default/vars.yml", "tests/vars.yml",
    "roles/{w}/molecule/default/converge.yml"),
    "docs": ("group_vars/all.yml.example", "docs/vars.sample.yml", "inventory/sample/group_vars/all.yml"),
}  # fmt: skip


@file_type(weight=2)
def ansible_vars(draw: Draw) -> Sample:
    scene = Scene.of(draw, "ansible")
    rows = ["---"] if draw.chance(0.8) else []
    rows += header(scene, "#", 0.35)
    quote = draw.pick(("", "", '"', "'"))
    for group in groups(scene, 1, 6):
        if draw.chance(0.5):
            rows += ["", f"# {group.title if draw.chance(0.5) else remark(scene)}"]
        rows += yaml_lines(draw, {spell(f"{group.prefix} {setting.name}",
            "snake"): setting for setting in group.settings}, "  ", quote)  # fmt: skip
    if draw.chance(0.3):
        rows += [f"{draw.pick(('users', 'mysql_users', 'accounts', 'ftp_users'))}:"]
        for _ in range(draw.integer(1, 3)):
            hashed = draw.chance(0.4)
            rows += [f"  - name: {draw.user()}",
                f"    password: {chr(34)}"
                f"{safe(lookalikes.password_hash(draw)) if hashed else scene.password('user password')}{chr(34)}",
                *([f"    update_password: {draw.pick(('on_create', 'always'))}"] if draw.chance(0.3)
                else [])]  # fmt: skip
    if draw.chance(0.2):
        vault = [draw.digits(80) for _ in range(draw.integer(2, 6))]
        rows += [f"{draw.pick(('vault_db_password', 'api_secret', 'smtp_password'))}: !vault |",
            "  $ANSIBLE_VAULT;1.1;AES256", *(f"  {safe(row)}" for row in vault)]  # fmt: skip
    return Page(draw).lines(rows).sample(placed(scene, _VAR_PATHS))


@file_type(weight=1.4)
def ansible_tasks(draw: Draw) -> Sample:
    scene = Scene.of(draw, "ansible", live=5, local=1, test=1.5, docs=1)
    makers = [
        lambda: {"name": "Create database user", draw.pick(("mysql_user", "community.mysql.mysql_user",
        "postgresql_user")): {"name": draw.user(), "password": Setting("", scene.password("database password")),
        "priv": Setting("", f"{draw.word()}.*:ALL"), "state": "present"}},
        lambda: {"name": "Set root password", "user": {"name": "root", "password": Setting("",
        draw.pick((safe("{{ root_password | password_hash('sha512') }}"), safe(lookalikes.password_hash(draw)))))}},
        lambda: {"name": "Log in to registry", "docker_login": {"registry": f"registry.{draw.domain}",
        "username": draw.user(), "password": Setting("", scene.password("registry password"))}, "no_log": True},
        lambda: {"name": "Copy key", "copy": {"src": Setting("", safe("files/id_rsa")),
        "dest": Setting("", safe("/home/deploy/.ssh/id_rsa")), "mode": Setting("", "'0600'", True)}},
        lambda: {"name": "Register runner",
        "command": f"gitlab-runner register --url https://git.{draw.domain} --registration-token "
        f"{scene.service_token('runner token', 'base62')}"},
        lambda: {"name": f"Install {draw.word()}", "apt": {"name": draw.pick(("nginx", "postgresql", "redis")),
        "state": "present"}}, lambda: {"name": "Fetch archive",
        "get_url": {"url": f"https://files.{draw.domain}/{draw.word()}.tgz", "dest": "/tmp/app.tgz",
        "checksum": Setting("", f"sha256:{safe(draw.hex(64))}")}},
        lambda: {"name": "Add authorized key", "authorized_key": {"user": draw.user(),
        "key": Setting("", safe("{{ lookup('file', 'keys/deploy.pub') }}"))}}, lambda: {"name": "Fallback credentials",
        "set_fact": {"ansible_user": draw.user(), "ansible_password": Setting("", scene.password("ansible password"))}},
        lambda: {"name": "Template config", "template": {"src": "app.conf.j2", "dest": f"/etc/{draw.project}.conf"},
        "notify": "restart app"},
        lambda: {"name": "Call API", "uri": {"url": f"https://api.{draw.domain}/v1/{draw.word()}", "method": "POST",
        "headers": {"Authorization": Setting("", f"Bearer {scene.service_token('api token')}")}}},
        lambda: {"name": "Wait for port", "wait_for": {"port": draw.integer(1000, 9000)}},
    ]  # fmt: skip
    tasks: list[Tree] = [make() for make in draw.some(makers, 2, 7)]  # type: ignore[misc]
    tree: Tree = tasks if draw.chance(0.6) else [{"hosts": draw.pick(("all", "db", "web")), "become": True,
        "vars": {"app_user": draw.user(), "db_password": Setting("", scene.password("db password"))},
        "tasks": tasks}]  # fmt: skip
    rows = ["---", *header(scene, "#", 0.2)]
    for row in yaml_lines(draw, tree, "  ", draw.pick(("", "", '"')), 0.03, scene):
        rows += ["", row] if row.startswith("- name:") and draw.chance(0.6) else [row]
    return Page(draw).lines(rows).sample({"test": "molecule/default/prepare.yml",
        "docs": "examples/playbook.yml"}.get(scene.role, draw.pick((f"roles/{draw.word()}/tasks/main.yml",
        "playbook.yml", f"ansible/{draw.word()}.yml", "site.yml", f"tasks/{draw.word()}.yml"))))  # fmt: skip


@file_type(weight=1.3)
def inventory(draw: Draw) -> Sample:
    scene = Scene.of(draw, "ansible", live=5, local=2, test=1, docs=2)
    rows = header(scene, "#", 0.3)
    for group in draw.some(("web", "db", "k8s_master", "workers", "windows", "switches", "staging", "lb", "routers"), 1,
        4):  # fmt: skip
        rows.append(f"[{group}]")
        shared = scene.password("ssh password")
        for number in range(1, draw.integer(1, 4) + 1):
            host = draw.pick((f"{group}{number:02d}.{draw.domain}",
                draw.ip())) if scene.is_live else f"192.168.{draw.pick((33, 56))}.{10 + number}"  # fmt: skip
            extras = draw.pick(("", f" ansible_user={draw.user()}",
                f" ansible_host={host} ansible_port={draw.pick((22, 2222))}",
                f" ansible_ssh_private_key_file={safe('~/.ssh/deploy')}"))  # fmt: skip
            word = draw.pick(("ansible_password", "ansible_ssh_pass", "ansible_become_pass", "ansible_sudo_pass"))
            rows.append(f"{host}{extras}{draw.maybe(f' {word}={shared}', 0.5) if shared else ''}")
        rows.append("")
        if draw.chance(0.4):
            rows += [f"[{group}:vars]", f"ansible_user={draw.user()}",
                f"{draw.pick(('ansible_password', 'ansible_become_password', 'ansible_ssh_pass'))}="
                f"{scene.password('ssh password')}", f"ansible_connection={draw.pick(('ssh', 'winrm'))}",
                ""]  # fmt: skip
    return Page(draw).lines(rows).sample({"test": "molecule/inventory.ini",
        "docs": "inventory/hosts.example"}.get(scene.role, draw.pick(("hosts", "inventory.ini",
        f"inventory/{draw.word()}.ini", "ansible/hosts", "inventories/production/hosts"))))  # fmt: skip


@file_type(weight=0.7)
def vagrantfile(draw: Draw) -> Sample:
    scene = Scene.of(draw, "env", live=1, local=6, test=1, docs=1)
    scene.in_shell = True
    scene.quota = 12  # more are made than are used
    lines = [f'config.vm.box = "{draw.pick(("ubuntu/jammy64", "debian/bookworm64", "generic/rocky9"))}"',
        'config.vm.network "private_network", ip: "192.168.56.10"', f'config.vm.hostname = "{draw.project}"',
        f'config.ssh.username = "{draw.pick(("vagrant", draw.user()))}"',
        f'config.ssh.password = "{scene.password("ssh password")}"', "config.ssh.insert_key = false",
        f'config.vm.box_download_checksum = "{safe(draw.hex(64))}"', 'config.vm.synced_folder ".", "/vagrant"',
        'vb.memory = "2048"']  # fmt: skip
    shell = [f"mysql -uroot -p{scene.password('mysql password')} -e \"CREATE DATABASE {draw.word()}\"",
        f"echo \"{draw.user()}:{scene.password('user password')}\" | chpasswd", "apt-get update -q",
        f"sudo -u postgres psql -c \"ALTER USER postgres PASSWORD '{scene.password('postgres password')}'\"",
        f"debconf-set-selections <<< 'mysql-server mysql-server/root_password password "
        f"{scene.password('mysql password')}'", "systemctl restart nginx",
        f"export DB_PASS={scene.password('database password')}"]  # fmt: skip
    rows = [*header(scene, "#", 0.3), 'Vagrant.configure("2") do |config|', *(f"  {line}" for line in draw.some(lines,
        3, 7)), '  config.vm.provision "shell", inline: <<-SHELL', *(f"    {line}" for line in draw.some(shell, 2, 5)),
        "  SHELL", "end"]  # fmt: skip
    return Page(draw).lines(rows).sample({"test": "test/Vagrantfile", "docs": "examples/Vagrantfile"}.get(scene.role,
        draw.pick(("Vagrantfile", "vagrant/Vagrantfile", f"{draw.word()}/Vagrantfile"))))  # fmt: skip


def _web_hash(draw: Draw) -> str:
    own = (f"$apr1${draw.alnum(8)}${draw.alnum(22)}", "{SHA}" + draw.base64(20))
    return draw.pick((*own, lookalikes.password_hash(draw)))


@file_type(weight=1.3)
def web_server(draw: Draw) -> Sample:
    """nginx, Apache, HAProxy, Caddy, Traefik: paths of keys, headers, rarely a credential."""
    scene = Scene.of(draw, "env", live=7, local=0.5, test=0.5, docs=1)
    scene.quota = 12  # more are made than are used
    host = f"{draw.pick(('www', 'app', 'api', 'git'))}.{draw.domain}"
    kind = draw.pick(("nginx", "nginx", "apache", "haproxy", "htpasswd", "caddy"))
    rows = header(scene, "#", 0.3)
    if kind == "nginx":
        inner = [f"server_name {host};", "listen 443 ssl http2;",
            f"ssl_certificate {safe(f'/etc/letsencrypt/live/{host}/fullchain.pem')};",
            f"ssl_certificate_key {safe(f'/etc/letsencrypt/live/{host}/privkey.pem')};", 'auth_basic "Restricted";',
            f"auth_basic_user_file {safe('/etc/nginx/.htpasswd')};",
            "proxy_set_header Authorization $http_authorization;",
            "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;", f"proxy_pass http://{draw.word()}:8080;",
            f"proxy_set_header Authorization \"Basic {scene.pair('upstream auth')}\";",
                 f"proxy_set_header X-Api-Key \"{scene.service_token('upstream key')}\";", "ssl_session_tickets off;",
                 f"if ($http_x_token != \"{scene.service_token('shared token', draw.pick(('hex32', 'base62')))}\") {{ "
                 f"return 403; }}", "location /token { proxy_pass http://auth/oauth/token; }",
                 "proxy_cache_key $scheme$host$request_uri;",
                 f"add_header Content-Security-Policy \"script-src 'sha256-{safe(draw.base64(32))}'\";",
                 f"secure_link_md5 \"$secure_link_expires$uri {scene.own_secret('link secret')}\";"]  # fmt: skip
        chosen = draw.some(inner[:9] + inner[11:12] + inner[13:16], 3, 9) + draw.some([inner[9], inner[10], inner[12],
            inner[16]], 0, 1)  # fmt: skip
        rows += ["server {", *(f"    {line}" for line in draw.shuffled(chosen)), "}"]
        path = draw.pick(("nginx.conf", f"nginx/conf.d/{draw.word()}.conf", f"etc/nginx/sites-available/{host}",
            "docker/nginx/default.conf"))  # fmt: skip
    elif kind == "apache":
        lines = [f"ServerName {host}", "SSLEngine on", f"SSLCertificateKeyFile {safe('/etc/ssl/private/server.key')}",
            "AuthType Basic", "AuthName \"Members\"", f"AuthUserFile {safe('/etc/apache2/.htpasswd')}",
            "Require valid-user", f"SetEnv DB_PASSWORD {scene.password('database password')}",
            f"AuthLDAPBindPassword {scene.password('ldap bind password')}", "AuthLDAPBindDN cn=web,dc=corp",
            f"RequestHeader set X-Api-Key \"{scene.service_token('api key')}\"",
            "RewriteCond %{QUERY_STRING} token=([^&]+)",
            f"php_value mysql.default_password {scene.password('database password')}"]  # fmt: skip
        rows += ["<VirtualHost *:443>", *(f"    {line}" for line in draw.some(lines, 4, 9)), "</VirtualHost>"]
        path = draw.pick(("apache/site.conf", ".htaccess", f"etc/apache2/sites-enabled/{draw.word()}.conf",
            "httpd.conf"))  # fmt: skip
    elif kind == "haproxy":
        rows += ["global", "    maxconn 4096", "listen stats", "    bind *:8404", "    stats enable",
            f"    stats auth {draw.user()}:{scene.password('stats password')}", f"userlist {draw.word()}",
            f"    user {draw.user()} insecure-password {scene.password('user password')}",
            f"    user {draw.user()} password {safe(lookalikes.password_hash(draw))}", "backend app",
            f"    server app1 {draw.ip()}:8080 check",
            "    http-request set-header X-Forwarded-Proto https"]  # fmt: skip
        path = draw.pick(("haproxy.cfg", "etc/haproxy/haproxy.cfg"))
    elif kind == "htpasswd":
        rows = [
            f"{draw.user()}:{safe(_web_hash(draw))}"
            for _ in range(draw.integer(1, 6))]  # fmt: skip
        path = draw.pick((".htpasswd", "etc/nginx/.htpasswd", "docker/htpasswd"))
    else:
        rows += [f"{host} {{", f"    reverse_proxy {draw.word()}:8080",
            f"    basicauth {{\n        {draw.user()} {safe(lookalikes.password_hash(draw))}\n    }}",
            f"    tls {{\n        dns cloudflare {scene.service_token('cloudflare token', 'base62')}\n    }}",
            f"    header_up Authorization \"Bearer {scene.service_token('upstream token')}\"", "    encode gzip",
            "}"]  # fmt: skip
        path = draw.pick(("Caddyfile", "caddy/Caddyfile"))
    return Page(draw).lines(rows).sample({"test": f"test/{path}", "docs": f"examples/{path}"}.get(scene.role, path))


@file_type(weight=0.8)
def cloud_init(draw: Draw) -> Sample:
    scene = Scene.of(draw, "env", live=5, local=2, test=1, docs=2)
    scene.quota = 12  # more are made than are used
    rows = ["#cloud-config", *header(scene, "#", 0.2)]
    parts = [
        [f"hostname: {draw.project}"], ["users:", f"  - name: {draw.user()}",
        f"    passwd: {safe(lookalikes.password_hash(draw))}", "    lock_passwd: false",
        f"    ssh_authorized_keys:\n      - {safe(lookalikes.public_key(draw).splitlines()[0])}"],
        ["chpasswd:", "  list: |", f"    root:{scene.password('root password')}",
        f"    {draw.user()}:{scene.password('user password')}", "  expire: false"],
        [f"password: {scene.password('password')}", "ssh_pwauth: true"], ["runcmd:",
        f"  - curl -sfL https://get.k3s.io | K3S_TOKEN={scene.own_secret('k3s token')} sh -",
        "  - systemctl enable docker"], ["write_files:", "  - path: /etc/app.env", "    content: |",
        f"      DB_PASSWORD={scene.password('db password')}", "      LOG_LEVEL=info"],
        ["packages:", "  - curl", "  - vim"],
    ]  # fmt: skip
    for part in draw.some(parts, 2, 6):
        rows += part
    return Page(draw).lines(rows).sample({"test": "tests/user-data", "docs": "examples/cloud-init.yaml"}.get(scene.role,
        draw.pick(("cloud-init.yaml", "user-data", "packer/http/user-data",
        f"terraform/{draw.word()}/cloud-init.yml"))))  # fmt: skip
