"""Containers: compose files, Dockerfiles, calls of docker in scripts and Makefiles."""

from __future__ import annotations

from generator import lookalikes
from generator.base import Draw, Page, Sample, file_type, safe
from generator.config_env import placed
from generator.config_forms import Tree, header, spell, yaml_lines
from generator.config_groups import Setting
from generator.config_harmless import groups, remark
from generator.config_scene import Scene

_COMPOSE_PATHS = {
    "live": ("docker-compose.yml", "docker-compose.prod.yml", "deploy/docker-compose.yml", "compose.yaml", "stack.yml",
    "docker/{w}/docker-compose.yml", "homelab/{w}/compose.yml", "swarm/{p}.yml", "{w}/docker-compose.yaml",
    "docker-compose.{s}.yml"),
    "local": ("docker-compose.yml", "docker-compose.dev.yml", "compose.yaml", "docker-compose.override.yml",
    ".devcontainer/docker-compose.yml", "docker/docker-compose.yml", "docker-compose.local.yml",
    "dev/docker-compose.yaml"),
    "test": ("docker-compose.test.yml", "tests/docker-compose.yml", "ci/docker-compose.yml",
    "integration/docker-compose.yml", "e2e/compose.yml"),
    "docs": ("examples/docker-compose.yml", "docker-compose.example.yml", "docs/docker-compose.sample.yml",
    "contrib/docker/{w}/docker-compose.yml"),
}  # fmt: skip


def _images(scene: Scene) -> list[tuple[str, list[tuple[str, str]], str]]:
    """Well-known images: name, their environment, a port."""
    draw = scene.draw
    name = draw.pick((draw.project.replace("-", "_"), draw.word(), "app", "postgres", "mydb"))
    user = draw.pick((draw.user(), "postgres", "root", name))
    return [
        ("postgres", [("POSTGRES_USER", user), ("POSTGRES_PASSWORD", scene.password("postgres password")),
        ("POSTGRES_DB", name), *draw.some((("PGDATA", "/var/lib/postgresql/data/pgdata"),
        ("POSTGRES_HOST_AUTH_METHOD", "trust"), ("TZ", "UTC")), 0, 1)], "5432"),
        (draw.pick(("mysql", "mariadb")), [("MYSQL_ROOT_PASSWORD", scene.password("mysql root password")),
        ("MYSQL_DATABASE", name), *([("MYSQL_USER", user), ("MYSQL_PASSWORD",
        scene.password("mysql password"))] if draw.chance(0.6) else [])], "3306"),
        ("mongo", [("MONGO_INITDB_ROOT_USERNAME", user), ("MONGO_INITDB_ROOT_PASSWORD",
        scene.password("mongo password"))], "27017"),
        ("rabbitmq", [("RABBITMQ_DEFAULT_USER", user), ("RABBITMQ_DEFAULT_PASS", scene.password("rabbitmq password")),
        *([("RABBITMQ_ERLANG_COOKIE", scene.own_secret("erlang cookie"))] if draw.chance(0.2) else [])], "5672"),
        ("minio/minio", [("MINIO_ROOT_USER", user), ("MINIO_ROOT_PASSWORD", scene.password("minio password"))], "9000"),
        ("dpage/pgadmin4", [("PGADMIN_DEFAULT_EMAIL", draw.email(draw.domain)), ("PGADMIN_DEFAULT_PASSWORD",
        scene.password("pgadmin password"))], "80"),
        ("grafana/grafana", [("GF_SECURITY_ADMIN_PASSWORD", scene.password("grafana password")),
        ("GF_USERS_ALLOW_SIGN_UP", "false"), ("GF_AUTH_ANONYMOUS_ENABLED", "true")], "3000"),
        ("quay.io/keycloak/keycloak", [("KEYCLOAK_ADMIN", "admin"), ("KEYCLOAK_ADMIN_PASSWORD",
        scene.password("keycloak password")), ("KC_DB", "postgres"), ("KC_DB_PASSWORD",
        scene.password("keycloak database password"))], "8080"),
        ("docker.elastic.co/elasticsearch/elasticsearch", [("ELASTIC_PASSWORD", scene.password("elastic password")),
        ("xpack.security.enabled", "true"), ("discovery.type", "single-node")], "9200"),
        ("wordpress", [("WORDPRESS_DB_HOST", "db"), ("WORDPRESS_DB_USER", user),
        ("WORDPRESS_DB_PASSWORD", scene.password("wordpress database password")), ("WORDPRESS_TABLE_PREFIX", "wp_")],
        "80"),
        ("mcr.microsoft.com/mssql/server", [("ACCEPT_EULA", "Y"), (draw.pick(("SA_PASSWORD", "MSSQL_SA_PASSWORD")),
        scene.password("sa password"))], "1433"),
        ("nextcloud", [("MYSQL_HOST", "db"), ("NEXTCLOUD_ADMIN_USER", user), ("NEXTCLOUD_ADMIN_PASSWORD",
        scene.password("nextcloud password"))], "80"),
        ("influxdb", [("DOCKER_INFLUXDB_INIT_PASSWORD", scene.password("influxdb password")),
        ("DOCKER_INFLUXDB_INIT_ADMIN_TOKEN", scene.own_secret("influxdb admin token")),
        ("DOCKER_INFLUXDB_INIT_BUCKET", draw.word())], "8086"),
        ("vaultwarden/server", [("ADMIN_TOKEN", scene.own_secret("admin token")), ("SIGNUPS_ALLOWED", "false"),
        ("DOMAIN", f"https://vault.{draw.domain}")], "80"),
        ("linuxserver/wireguard", [("PUID", "1000"), ("PEERS", "4"), ("SERVERURL", f"vpn.{draw.domain}")], "51820"),
        ("hashicorp/vault", [("VAULT_DEV_ROOT_TOKEN_ID", scene.own_secret("root token")),
        ("VAULT_ADDR", "http://127.0.0.1:8200")], "8200"),
        ("ghcr.io/" + draw.company.split()[0].lower() + "/" + draw.project, [(f"{draw.word().upper()}_{pair[0]}",
        pair[1]) for pair in (("URL", f"http://{draw.word()}:8080"), ("LOG_LEVEL", "info"))], "8080"),
    ]  # fmt: skip


def _environment(scene: Scene) -> list[tuple[str, str]]:
    """The variables of an application, from one or two groups of settings."""
    draw = scene.draw
    return [(spell(f"{group.prefix} {setting.name}", "screaming"), setting.value) for group in groups(scene, 1,
        2) for setting in group.settings][: draw.integer(3, 14)]  # fmt: skip


@file_type(weight=5)
def compose(draw: Draw) -> Sample:
    scene = Scene.of(draw, "compose", live=4, local=4, test=1.5, docs=1.5)
    as_list = draw.chance(0.45)
    services: dict[str, Tree] = {}
    chosen = draw.some(range(17), 1, 4)
    known = _images(Scene(draw, scene.role, scene.form, scene.care, 40))
    for image, environment, port in (known[at] for at in chosen):
        if scene.quota <= 0 and draw.chance(0.7):
            continue
        scene.quota -= sum("\ue000" in value or "\ue001" in value for _, value in environment)
        service = _service(draw, image, environment, port, as_list)
        if image == "mongo" and draw.chance(0.3):
            service["command"] = "--wiredTigerCacheSizeGB 1.5"
        services[draw.pick((image.split("/")[-1], "db" if port in ("5432", "3306") else image.split("/")[-1],
            f"{draw.project}-{image.split('/')[-1]}"))] = service  # fmt: skip
    if draw.chance(0.25):
        password = scene.password("redis password")
        services["redis"] = {"image": f"redis:{draw.pick(('7', '6-alpine', 'latest'))}",
            "command": Setting("", f"redis-server --requirepass {password} --appendonly yes")}  # fmt: skip
        if draw.chance(0.3):
            services["redis"]["healthcheck"] = {"test": ["CMD", "redis-cli",
                "ping"]}  # type: ignore[index,call-overload]  # fmt: skip
    if draw.chance(0.7) or not services:
        own = _service(draw, draw.pick((draw.project, f"registry.{draw.domain}/{draw.project}")), _environment(scene),
            draw.pick(("8000", "3000", "8080")), as_list)  # fmt: skip
        if draw.chance(0.4):
            own.pop("image")
            own = {"build": draw.pick((".", "./backend", "../")), **own}
        if draw.chance(0.25):
            own["secrets"] = [f"{draw.word()}_password", "db_root_password"]
        services[draw.pick(("app", "web", "api", "backend", draw.project))] = own
    tree: dict[str, Tree] = {"version": Setting("", draw.pick(("3", "3.8", "3.7", "2.1")))} if draw.chance(0.6) else {}
    tree["services"] = dict(draw.shuffled(services.items()))
    if draw.chance(0.6):
        tree["volumes"] = {f"{draw.word()}_data": Setting("", ""),
            **({"db-data": {"driver": "local"}} if draw.chance(0.3) else {})}  # fmt: skip
    if draw.chance(0.3):
        tree["networks"] = {draw.pick(("default", "backend", draw.project)): {"external": True}}
    if draw.chance(0.12):
        tree["secrets"] = {f"{draw.word()}_password": {"file": Setting("", safe("./secrets/password.txt"))}}
    rows = header(scene, "#", 0.3) + yaml_lines(draw, tree, draw.pick(("  ", "  ", "    ")),
        draw.pick(("", "", "", '"')), draw.pick((0.0, 0.0, 0.06)), scene)  # fmt: skip
    rows = [row.replace(': ""', ":") if row.strip().endswith('_data: ""') else row for row in rows]
    return Page(draw).lines(rows).sample(placed(scene, _COMPOSE_PATHS))


def _service(draw: Draw, image: str, environment: list[tuple[str, str]], port: str, as_list: bool) -> dict[str, Tree]:
    env: Tree = [Setting("", f"{name}={value}") for name, value in environment] if as_list else {name: Setting("",
        value) for name, value in environment}  # fmt: skip
    service: dict[str, Tree] = {"image": f"{image}:{draw.pick(('latest', draw.version(), '15-alpine', '8.0'))}"
        if draw.chance(0.93) else f"{image}@{safe(lookalikes.image_digest(draw))}"}  # fmt: skip
    extras: list[tuple[str, Tree]] = [("container_name", f"{draw.project}_{image.rsplit('/', maxsplit=1)[-1]}"),
        ("restart", draw.pick(("always", "unless-stopped", "on-failure"))), ("ports", [Setting("",
        f'"{draw.pick((port, draw.integer(1025, 65000)))}:{port}"', True)]), ("volumes",
        [f"./{draw.word()}:/{draw.pick(('data', 'var/lib/' + image.rsplit('/', maxsplit=1)[-1], 'config'))}"]),
                                       ("networks", [draw.pick(("backend", "internal"))]),
                                       ("depends_on", [draw.pick(("db", "redis"))]),
                                       ("labels",
                                       [f"traefik.http.routers.{draw.word()}.rule=Host(`{draw.word()}.{draw.domain}`)"]),
                                       ("env_file", Setting("", ".env")),
                                       ("healthcheck", {"test": f"pg_isready -U {draw.user()}",
                                       "interval": "10s"})]  # fmt: skip
    if image not in ("postgres", draw.project):
        extras.pop()
    before = draw.some(extras, 1, 5)
    at = draw.integer(0, len(before))
    for name, value in before[:at]:
        service[name] = value
    service["environment"] = env
    for name, value in before[at:]:
        service[name] = value
    return service


_DOCKER_PATHS = {"live": ("Dockerfile", "docker/Dockerfile", "deploy/Dockerfile.prod", "{w}/Dockerfile",
    "build/{w}.dockerfile", "images/{w}/Dockerfile"), "local": ("Dockerfile.dev", ".devcontainer/Dockerfile",
    "docker/dev/Dockerfile", "Dockerfile"), "test": ("test/Dockerfile", "ci/Dockerfile",
    "tests/integration/Dockerfile"), "docs": ("examples/Dockerfile", "docs/docker/Dockerfile")}  # fmt: skip


@file_type(weight=2)
def dockerfile(draw: Draw) -> Sample:
    scene = Scene.of(draw, "compose", live=5, local=2, test=1, docs=1)
    scene.in_shell = True
    base = draw.pick((f"node:{draw.integer(12, 22)}-alpine", f"python:3.{draw.integer(7, 13)}-slim",
        "openjdk:17-jdk-slim", "golang:1.22 AS build", "php:8.2-fpm", "ruby:3.2", "ubuntu:22.04",
        f"nginx@{safe(lookalikes.image_digest(draw))}", "mcr.microsoft.com/dotnet/aspnet:8.0", "mysql:8"))  # fmt: skip
    plain = [f"LABEL maintainer=\"{draw.email(draw.domain)}\"",
        f"WORKDIR /{draw.pick(('app', 'srv/' + draw.word(), 'usr/src/app'))}", "COPY . .", "EXPOSE 8080",
        "ENV NODE_ENV=production",
        "RUN apt-get update && apt-get install -y curl ca-certificates && rm -rf /var/lib/apt/lists/*", "USER nobody",
        "HEALTHCHECK CMD curl -f http://localhost:8080/health || exit 1", "RUN npm ci --omit=dev",
        "RUN pip install --no-cache-dir -r requirements.txt",
             f"ARG VERSION={draw.version()}", f"ARG GIT_COMMIT={safe(draw.hex(40))}",
             f"ENV GPG_KEY {safe(draw.hex(40).upper())}",
             f"RUN echo \"{safe(draw.hex(64))}  tool.tar.gz\" | sha256sum -c -", "ARG NPM_TOKEN",
             "RUN --mount=type=secret,id=npm_token npm ci", f"RUN apt-key adv --recv-keys {safe(draw.hex(16).upper())}",
             "ENV TOKEN_FILE=/run/secrets/token",
             f"COPY --chown=app:app config/{draw.word()}.conf /etc/app/"]  # fmt: skip
    entries = [pair for pair in _environment(scene) if pair[1]][: draw.integer(1, 6)]
    sign = draw.pick(("=", "=", " "))
    environment = [f"{draw.pick(('ENV', 'ENV', 'ARG') if sign == '=' else ('ENV',))} {name}{sign}{_docker_value(value)}"
        for name, value in entries]  # fmt: skip
    if draw.chance(0.25) and len(environment) > 1:
        environment = ["ENV " + " \\\n    ".join(f"{name}={_docker_value(value)}" for name, value in entries)]
    extra = draw.pick((
        lambda: [
        f"RUN git clone https://{draw.user()}:"
        f"{scene.service_token('git token', draw.pick(('github', 'gitlab', 'base62')))}@github.com/"
        f"{draw.company.split()[0].lower()}/{draw.word()}.git"],
        lambda: [f"RUN echo 'root:{scene.password('root password')}' | chpasswd"],
        lambda: [f"RUN npm config set //registry.npmjs.org/:_authToken {scene.service_token('npm token', 'npm')}"],
        lambda: [
        f"RUN pip install --extra-index-url "
        f"https://{draw.user()}:{scene.service_token('index token', 'base62')}@pypi.{draw.domain}/simple "
        f"{draw.word()}"],
        lambda: [f"CMD [\"redis-server\", \"--requirepass\", \"{scene.password('redis password')}\"]"],
        lambda: [
        f"RUN curl -H \"Authorization: Bearer {scene.service_token('download token')}\" -o app.jar "
        f"https://files.{draw.domain}/app.jar"],
        list, list, list,
    ))()  # fmt: skip
    body = draw.shuffled([*draw.some(plain, 4, 12), *environment, *extra])
    rows = [*header(scene, "#", 0.3), f"FROM {base}", ""]
    for row in body:
        if draw.chance(0.12):
            rows += ["", f"# {remark(scene) if draw.chance(0.3) else draw.sentence()}"]
        rows.append(row)
    rows += [draw.pick(('CMD ["npm", "start"]', 'ENTRYPOINT ["/entrypoint.sh"]',
        'CMD ["gunicorn", "-b", "0.0.0.0:8000", "app:app"]', 'CMD ["java", "-jar", "app.jar"]'))]  # fmt: skip
    return Page(draw).lines(rows).sample(placed(scene, _DOCKER_PATHS))


def _docker_value(value: str) -> str:
    return f'"{value}"' if any(sign in value for sign in " &;|<>$#") else value


@file_type(weight=1.5)
def makefile(draw: Draw) -> Sample:
    scene = Scene.of(draw, "env", live=4, local=4, test=1, docs=0.5)
    scene.in_shell = True
    rows = header(scene, "#", 0.3)
    rows += [f"{name} {draw.pick((':=', '?=', '='))} {value}" for name, value in [("IMAGE",
        f"registry.{draw.domain}/{draw.project}"), ("VERSION", draw.version()),
        *[pair for pair in _environment(scene)[: draw.integer(0, 5)] if pair[1]]]]  # fmt: skip
    rows += ["", f".PHONY: {' '.join(draw.some(('build', 'test', 'run', 'deploy', 'db', 'login', 'clean'), 2, 5))}", ""]
    host, user = scene.host(), draw.user()
    tasks = [
        lambda: ["db-up:",
        f"\tdocker run -d --name db -e POSTGRES_PASSWORD={scene.password('postgres password')} -p 5432:5432 postgres"],
        lambda: ["db-shell:",
        f"\tPGPASSWORD={scene.password('database password')} psql -h {host} -U {user} {draw.word()}"],
        lambda: ["migrate:", f"\tmigrate -database \"{scene.url('database url', 'postgres')}\" -path migrations up"],
        lambda: ["login:", f"\tdocker login -u {user} -p {scene.password('registry password')} registry.{draw.domain}"],
        lambda: ["dump:",
        f"\tmysqldump -h {host} -u {user} -p{scene.password('mysql password')} {draw.word()} > dump.sql"],
        lambda: ["notify:",
        f"\tcurl -X POST -H 'Content-type: application/json' --data '{{\"text\":\"deployed\"}}' "
        f"{scene.service_token('slack webhook', 'webhook')}"],
        lambda: ["test:", "\tgo test ./... -race"], lambda: ["build:", "\tdocker build -t $(IMAGE):$(VERSION) ."],
        lambda: ["clean:", "\trm -rf dist build"], lambda: ["sonar:",
        f"\tsonar-scanner -Dsonar.login={scene.service_token('sonar token', 'hex40')}"],
        lambda: ["seal:", "\tkubeseal --format yaml < secret.yaml > sealed-secret.yaml"],
        lambda: ["token:", "\t@openssl rand -hex 32"], lambda: ["deploy:",
        "\tkubectl create secret generic app-secrets --from-env-file=.env"],
    ]  # fmt: skip
    for task in draw.some(tasks, 3, 8):
        rows += [*task(), ""]
    return Page(draw).lines(rows).sample({"test": "tests/Makefile", "docs": "examples/Makefile"}.get(scene.role,
        draw.pick(("Makefile", "Makefile", "build/Makefile", f"{draw.word()}/Makefile", "justfile"))))  # fmt: skip


@file_type(weight=1)
def systemd_unit(draw: Draw) -> Sample:
    scene = Scene.of(draw, "env", live=6, local=0.3, test=0.3, docs=1)
    scene.quota = 12  # more are made than are used
    environment = [f"Environment={draw.pick((chr(34), ''))}{name}={value}" for name,
        value in _environment(scene)[: draw.integer(1, 6)] if value and " " not in value]  # fmt: skip
    environment = [row + '"' if row.startswith('Environment="') else row for row in environment]
    rows = ["[Unit]", f"Description={draw.company} {draw.word()} service", "After=network.target", "", "[Service]",
        f"User={draw.user()}", f"WorkingDirectory=/opt/{draw.project}", *environment]  # fmt: skip
    rows += [draw.pick((lambda: f"ExecStart=/usr/bin/{draw.project} --config /etc/{draw.project}.conf",
        lambda: f"ExecStart=/usr/local/bin/exporter --dsn {scene.url('dsn', 'postgresql')}",
        lambda: f"ExecStart=/usr/bin/java -Ddb.password={scene.password('database password')} -jar app.jar",
        lambda: f"ExecStart=/usr/bin/node agent.js --token {scene.service_token('agent token')}"))()]  # fmt: skip
    rows += draw.some(("Restart=always", "RestartSec=5", "LimitNOFILE=65536",
        f"EnvironmentFile={safe('/etc/default/secrets')}", f"LoadCredential={safe('db-password:/etc/creds/db')}",
        "PrivateTmp=true"), 1, 4)  # fmt: skip
    rows += ["", "[Install]", "WantedBy=multi-user.target"]
    return Page(draw).lines(rows).sample({"test": "tests/units/app.service",
        "docs": "contrib/systemd/example.service"}.get(scene.role, draw.pick((f"systemd/{draw.project}.service",
        f"deploy/{draw.word()}.service", f"etc/systemd/system/{draw.project}.service"))))  # fmt: skip
