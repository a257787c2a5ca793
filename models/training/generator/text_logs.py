"""What machines print: server logs, logs of pipelines, shell histories, recorded terminals, stack traces."""

from __future__ import annotations

from datetime import datetime, timedelta

from generator import lookalikes
from generator.base import Draw, Page, Sample, file_type, safe, secret, test
from generator.config_scene import Scene
from generator.values import jwt, live_password, test_password, token


class Clock:
    """The time of a log: it goes on by seconds from line to line."""

    def __init__(self, draw: Draw, pace: float = 0) -> None:
        self._draw = draw
        self._now = datetime(draw.year(), draw.integer(1, 12), draw.integer(1, 28), draw.integer(0, 23),
            draw.integer(0, 59), draw.integer(0, 59))  # fmt: skip
        self._pace = pace or draw.pick((1, 5, 40, 600))
        self._form = draw.pick(("%Y-%m-%d %H:%M:%S,{ms}", "[%Y-%m-%dT%H:%M:%SZ]", "%Y-%m-%dT%H:%M:%S.{ms}Z",
            "%b %d %H:%M:%S " + draw.project, "%H:%M:%S", "[%d/%b/%Y:%H:%M:%S +0000]", "%Y/%m/%d %H:%M:%S",
            "%m-%d %H:%M:%S.{ms}"))  # fmt: skip

    def tick(self, form: str = "") -> str:
        """The time of the next line, in the log's own form where none is given."""
        self._now += timedelta(seconds=self._draw.random.expovariate(1 / self._pace))
        return self._now.strftime(form or self._form).replace("{ms}", self._draw.digits(3))


def _level(draw: Draw, message: str) -> str:
    """A level that fits what is said."""
    if any(word in message for word in ("ailed", "Missing", "not found", "nvalid", "expired")):
        return draw.pick(("ERROR", "WARN", "ERROR"))
    return draw.weighted({"INFO": 6, "DEBUG": 3})


def _harmless(draw: Draw) -> str:
    """A message without a credential, often with something that looks like one."""
    return draw.pick((
        f"request_id={safe(draw.uuid())} method={draw.pick(('GET', 'POST'))} path=/{draw.word()}s "
        f"status={draw.pick((200, 201, 401, 404, 500))} duration={draw.integer(1, 900)}ms",
        f"User {draw.user()} logged in from {draw.ip()}", f"Invalid password for user {draw.user()}",
        f"Token expired for session {safe(draw.alnum(24))}",
        f"password for {draw.user()} changed",
        f"Loaded {draw.integer(1, 40)} secrets from {safe('vault:secret/' + draw.project)}",
        f"Accepted publickey for {draw.user()} from {draw.ip()} port {draw.integer(1024, 65000)} ssh2: RSA "
        f"SHA256:{safe(draw.base64url(32))}",
        f"Failed password for invalid user {draw.user()} from {draw.ip()} port {draw.integer(1024, 65000)} ssh2",
        f"Starting {draw.project} {draw.version()} (commit {safe(draw.hex(draw.pick((7, 40))))})",
        f"cache miss key={safe(draw.word() + ':' + draw.digits(5) + ':' + draw.hex(8))}",
        f"trace_id={safe(draw.hex(32))} span_id={safe(draw.hex(16))} {draw.verb()} {draw.word()}",
        f"Pulled image {draw.project}@{safe(lookalikes.image_digest(draw))}",
        f"Authorization: {safe(draw.pick(('Bearer ***', 'Bearer [REDACTED]', '[FILTERED]', 'Basic ********')))}",
        f"params: {{\"username\"=>\"{draw.user()}\", \"password\"=>\"{safe('[FILTERED]')}\"}}",
        f"key {safe(draw.word() + '_id')} not found, token count {draw.integer(3, 4000)}",
        f"{draw.word()} job finished in {draw.integer(1, 90)}s", f"Cookie: _ga=GA1.2.{draw.digits(9)}; lang=en",
        f"Generated new api key for account {safe(draw.uuid())}", f"checksum {safe(draw.hex(64))} ok",
        f"Missing secret {safe(draw.secret_name('secret', 'screaming'))}",
        f"Using password: {safe(draw.pick(('YES', 'NO', '*****', 'yes')))}", f"DB_PASSWORD={safe('***')}",
        f"Connecting to {draw.host()}:{draw.integer(1000, 9000)} as {draw.user()}",
        f"{draw.adjective()} {draw.word()} {draw.verb()} took {draw.integer(2, 4000)} ms",
    ))  # fmt: skip


def _telling(draw: Draw, scene: Scene) -> str:
    """A message that gives a credential away."""
    return draw.pick((
        lambda: f"Connecting to {scene.url('database url')}",
        lambda: f"Authorization: Bearer "
        f"{scene.service_token('access token', draw.pick(('jwt', 'jwt', 'hex40', 'base62')))}",
        lambda: f"POST /login body={{\"username\":\"{draw.user()}\",\"password\":\"{scene.password('password')}\"}}",
        lambda: f"GET /{draw.word()}s?{draw.pick(('token', 'access_token', 'api_key', 'apikey'))}="
        f"{scene.service_token('api key', draw.pick(('hex32', 'base62', 'uuid', 'lower')))} HTTP/1.1 200",
        lambda: f"login failed for {draw.user()} with password {scene.password('password')}",
        lambda: f"config loaded: db_user={draw.user()} db_password={scene.password('db password')} pool=10",
        lambda: f"new token issued: token={scene.service_token('token')}",
        lambda: f"Authorization: Basic {scene.pair('basic auth')}",
        lambda: f"Generated admin password: {scene.password('admin password')}",
        lambda: f"env: {draw.pick(('API_KEY', 'SECRET_KEY', 'STRIPE_KEY', 'SLACK_TOKEN'))}="
        f"{scene.service_token('api key')}",
        lambda: f"Set-Cookie: {draw.pick(('session', 'sid', 'auth_token'))}="
        f"{scene.service_token('session', draw.pick(('base62', 'hex32', 'jwt')))}; Path=/; HttpOnly",
        lambda: f"smtp auth {draw.email(draw.domain)} / {scene.password('smtp password')}",
    ))()  # fmt: skip


@file_type(weight=2.6)
def server_log(draw: Draw) -> Sample:
    role = draw.weighted({"live": 7, "test": 2})
    scene = Scene(draw, "live" if role == "live" else "test", "shell", 0.0, draw.weighted({0: 4, 1: 4, 2: 2, 3: 1}))
    clock, style = Clock(draw), draw.integer(0, 3)
    name = draw.pick((f"com.{draw.word()}.{draw.word().title()}Service", draw.project, f"{draw.word()}.{draw.word()}",
        "main", "nginx", "sshd[" + draw.digits(5) + "]:"))  # fmt: skip
    rows = []
    for _ in range(draw.integer(6, 40)):
        message = _telling(draw, scene) if scene.quota > 0 and draw.chance(0.12) else _harmless(draw)
        stamp, level = clock.tick(), _level(draw, message)
        if style == 3 and '"' not in message:
            rows.append(f'{{"time":"{stamp.strip("[]")}","level":"{level.lower()}","msg":"{message}"}}')
        else:
            rows.append((f"{stamp} {level} {name} - {message}", f"{stamp} [{level}] {message}", f"{stamp} {message}",
                f"{stamp} {name}: {message}")[style])  # fmt: skip
        if draw.chance(0.03):
            rows += _trace(draw)
    path = draw.pick((f"logs/{draw.project}.log", "app.log", f"var/log/{draw.word()}.log", f"debug-{draw.date()}.log",
        "catalina.out", "error.log", f"support/{draw.digits(5)}/server.txt",
        "nohup.out")) if role == "live" else draw.pick((f"tests/data/{draw.word()}.log", "testdata/access.log",
        "test-results/output.txt", "spec/fixtures/log.txt"))  # fmt: skip
    return Page(draw).lines(rows).sample(path)


def _trace(draw: Draw) -> list[str]:
    thing = draw.word()
    return draw.pick((
        ["Traceback (most recent call last):",
        f'  File "/opt/app/{thing}/auth.py", line {draw.integer(5, 400)}, in {draw.verb()}',
        "    token = self._refresh(secret)", f"KeyError: '{safe(draw.secret_name(style='snake'))}'"],
        [f"java.lang.IllegalStateException: {draw.verb()} failed",
        f"\tat com.{thing}.security.TokenProvider.{draw.verb()}(TokenProvider.java:{draw.integer(10, 300)})",
        f"\tat com.{thing}.PasswordResetController.<init>(PasswordResetController.java:31)"],
        [f"Error: connect ECONNREFUSED {draw.ip()}:5432",
        f"    at TCPConnectWrap.afterConnect [as oncomplete] (net.js:{draw.integer(10, 1200)}:16)",
        f"    at {thing.title()}Client.authenticate (/app/node_modules/{thing}/lib/auth.js:{draw.integer(3, 90)}:11)"],
        ["panic: runtime error: invalid memory address", f"goroutine {draw.integer(1, 90)} [running]:",
        f"main.loadSecret(0x{safe(draw.hex(12))}, 0x8)"],
    ))  # fmt: skip


@file_type(weight=1.6)
def pipeline_log(draw: Draw) -> Sample:
    scene = Scene(draw, "live", "shell", draw.pick((0.0, 0.0, 0.5)), draw.weighted({0: 3, 1: 4, 2: 2}))
    scene.in_shell = True
    clock, timed = Clock(draw), draw.chance(0.3)
    rows = draw.pick((["Running with gitlab-runner 16.3.0", f"  on runner-{safe(draw.alnum(8))} {safe(draw.alnum(8))}"],
        [f"##[group]Run actions/checkout@{safe(draw.hex(40))}", "  with:", f"    token: {safe('***')}", "##[endgroup]"],
        [f"Started by user {draw.person()}",
        f"Checking out Revision {safe(draw.hex(40))} (refs/remotes/origin/master)"]))  # fmt: skip
    commands = [
        lambda: ["$ npm ci", f"added {draw.integer(80, 2000)} packages in {draw.integer(2, 60)}s"],
        lambda: ["$ docker push registry/app",
        f"latest: digest: {safe(lookalikes.image_digest(draw))} size: {draw.integer(900, 4000)}",
        f"{safe(draw.hex(12))}: Pushed"], lambda: ["$ pytest -q", "." * draw.integer(10, 60),
        f"{draw.integer(5, 300)} passed in {draw.integer(1, 90)}.{draw.digits(2)}s"],
        lambda: [f"$ docker login -u {draw.user()} -p {scene.password('registry password')} registry.{draw.domain}",
        "WARNING! Using --password via the CLI is insecure. Use --password-stdin.", "Login Succeeded"],
        lambda: ["$ env | sort", f"CI_COMMIT_SHA={safe(draw.hex(40))}",
        f"DEPLOY_TOKEN={scene.service_token('deploy token')}", "HOME=/root", f"NPM_TOKEN={safe('[MASKED]')}"],
        lambda: [
        f"+ curl -H 'Authorization: Bearer {scene.service_token('deploy token')}' https://deploy.{draw.domain}/api",
        "% Total    % Received"], lambda: [f"+ sshpass -p {safe('****')} ssh {draw.user()}@{draw.host()} uptime"],
        lambda: [f"+ PGPASSWORD={scene.password('database password')} psql -h {draw.host()} -c 'select 1'", "(1 row)"],
        lambda: [f"Cache key: {safe(draw.hex(64))}", "Cache restored successfully"],
        lambda: [f"Uploading artifacts... id={draw.digits(8)} responseStatus=201 Created token={safe(draw.alnum(8))}"],
        lambda: [f"::add-mask::{safe('***')}", f"Assuming role arn:aws:iam::{draw.digits(12)}:role/ci"],
        lambda: [
        f"[INFO] Downloaded: https://repo.{draw.domain}/{draw.word()}/{draw.version()}/{draw.word()}.jar "
        f"({draw.integer(3, 900)} kB)"],
    ]  # fmt: skip
    for command in draw.some(commands, 3, 9):
        rows += [f"{clock.tick()} {row}" if timed else row for row in command()]
    return Page(draw).lines(rows).sample(draw.pick((f"logs/build-{draw.digits(4)}.log", "ci.log",
        f"artifacts/{draw.word()}.txt", "consoleText.txt", f"job-{draw.digits(6)}.log")))  # fmt: skip


def _command(draw: Draw) -> str:
    """A command without a credential, often near the subject."""
    word, other, host = draw.word(), draw.word(), draw.host()
    return draw.pick((
        "ls -la", f"ls {word}/", "cd ..", f"cd {draw.project}", f"cd /opt/{word}", "git status", "git pull",
        f"git checkout {safe(draw.hex(7))}", f"git checkout -b fix/{word}-{other}",
        f"git commit -m '{draw.verb()} {word}'", f"vim {word}.yml", f"nano /etc/{word}/{other}.conf", "docker ps",
        f"docker logs -f {word}", f"docker exec -it {word} bash", f"docker-compose up -d {word}",
        "tail -f /var/log/syslog", f"tail -n {draw.integer(20, 500)} logs/{word}.log",
        "kubectl get pods", f"kubectl -n {word} get secret {safe(other + '-creds')} -o yaml",
        f"kubectl describe pod {word}-{safe(draw.hex(10))}-{safe(draw.alnum(5).lower())}", "passwd",
        f"sudo passwd {draw.user()}", "ssh-keygen -t ed25519", f"ssh {draw.user()}@{host}",
        f"scp {word}.tgz {draw.user()}@{host}:/tmp/", f"ssh-copy-id {draw.user()}@{host}", "cat ~/.ssh/id_rsa.pub",
        "openssl rand -hex 32", "htop", "df -h", f"make {draw.verb()}", f"sudo systemctl restart {word}",
        f"journalctl -u {word} --since today", "exit", f"pass show {safe('infra/' + word)}",
        f"vault kv get {safe('secret/' + word)}", "history | grep token", f"grep -r password {word}/",
        f"export PATH=$PATH:/opt/{word}/bin", "echo $DB_PASSWORD", "env | grep -i secret",
        "aws sts get-caller-identity", f"aws s3 ls s3://{word}-{other}", f"sha256sum {word}.iso",
        f"curl -I https://{draw.domain}", f"ping {host}", f"psql -h {host} -U {draw.user()} {word}",
        f"mysql -u {draw.user()} -p {word} < dump.sql", f"pip install {word}", f"npm run {draw.verb()}",
        f"terraform apply -target=module.{word}", f"rm -rf {word}.bak", f"chmod 600 {safe('~/.ssh/' + word)}",
        f"gpg --recv-keys {safe(draw.hex(16).upper())}",
        f"find . -name '*.{draw.pick(('py', 'yml', 'env', 'pem'))}'", f"python manage.py {draw.verb()}", "crontab -e",
        f"rsync -avz {word}/ {host}:/srv/{word}/", f"tar xzf {word}-{draw.version()}.tgz",
        f"java -jar {word}.jar --port {draw.integer(1024, 9999)}", f"gcloud config set project {word}-{draw.digits(6)}",
        f"kill -9 {draw.integer(300, 60000)}", f"less {word}.txt",
    ))  # fmt: skip


@file_type(weight=2)
def shell_history(draw: Draw) -> Sample:
    """Histories and recorded terminals: most lines harmless, some commands with a password."""
    recorded = draw.chance(0.4)
    role = draw.weighted({"live": 8, "docs": 2}) if recorded else "live"
    scene = Scene(draw, "live" if role == "live" else "docs", "shell", draw.pick((0.0, 0.0, 0.3)),
        draw.weighted({0: 2, 1: 3, 2: 3, 4: 1}))  # fmt: skip
    scene.in_shell = True
    prompt = draw.pick(("$ ", f"{draw.user()}@{draw.project}:~$ ", f"[root@{draw.word()} ~]# ", "PS C:\\> ", "> ",
        "~ ❯ ")) if recorded else ""  # fmt: skip
    telling = (
        lambda: f"mysql -h {draw.host()} -u {draw.user()} -p{scene.password('mysql password')} {draw.word()}",
        lambda: f"export {draw.pick(('AWS_SECRET_ACCESS_KEY', 'API_TOKEN', 'GITHUB_TOKEN', 'DB_PASS'))}="
        f"{scene.service_token('token', draw.pick(('aws', 'github', 'base62', 'hex40')))}",
        lambda: f"curl -u {draw.user()}:{scene.password('password')} https://{draw.host()}/api",
        lambda: f"sshpass -p '{scene.password('ssh password')}' ssh {draw.user()}@{draw.host()}",
        lambda: f"psql {scene.url('database url', 'postgresql')}",
        lambda: f"git clone https://{draw.user()}:{scene.service_token('git token', draw.pick(('github', 'gitlab')))}@"
        f"github.com/acme/{draw.word()}.git",
        lambda: f"docker login -u {draw.user()} -p {scene.password('registry password')}",
        lambda: f"redis-cli -h {draw.host()} -a {scene.password('redis password')}",
        lambda: f"htpasswd -b .htpasswd {draw.user()} {scene.password('web password')}",
        lambda: f"echo '{draw.user()}:{scene.password('user password')}' | chpasswd",
        lambda: f"curl -H \"Authorization: Bearer {scene.service_token('api token')}\" "
        f"https://api.{draw.domain}/v1/{draw.word()}s",
        lambda: f"mongodump --uri=\"{scene.url('mongo url', 'mongodb')}\"",
        lambda: f"ldapsearch -x -D cn=admin,dc=corp -w {scene.password('ldap password')} -b dc=corp",
        lambda: f"kubectl create secret generic db --from-literal=password={scene.password('db password')}",
        lambda: f"aws configure set aws_secret_access_key {scene.service_token('aws secret', 'aws')}",
        lambda: f"smbclient //{draw.host()}/share -U {draw.user()}%{scene.password('smb password')}",
    )  # fmt: skip
    rows: list[str] = []
    for _ in range(draw.integer(8, 45)):
        command = draw.pick(telling)() if scene.quota > 0 and draw.chance(0.15) else _command(draw)
        if not recorded and draw.chance(0.03):
            rows.append(f"#{draw.integer(1_500_000_000, 1_760_000_000)}")
        rows.append(prompt + command)
        if recorded and draw.chance(0.4):
            rows.append(draw.pick(("", _harmless(draw), "bash: command not found", f"total {draw.integer(2, 90)}",
                "Enter password:", "Password: ",
                f"ERROR 1045 (28000): Access denied for user '{draw.user()}'@'localhost' (using password: YES)",
            )))  # fmt: skip
    path = draw.pick((f"docs/{draw.word()}-session.txt", "examples/session.txt",
        "docs/demo.cast.txt")) if role != "live" else draw.pick(("terminal.txt", f"notes/{draw.word()}.txt",
        "session.log", "typescript")) if recorded else draw.pick((".bash_history", ".zsh_history",
        "home/deploy/.bash_history", "root/.bash_history", "history.txt"))  # fmt: skip
    return Page(draw).lines(rows).sample(path)


@file_type(weight=0.8)
def dump(draw: Draw) -> Sample:
    """A print of an environment or of variables, from a live system or from a test."""
    role = draw.weighted({"live": 5, "test": 3})
    rows = draw.some([
        f"PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/opt/{draw.word()}/bin",
        f"HOME=/{draw.pick(('root', 'home/' + draw.user()))}",
        f"LANG={draw.pick(('C.UTF-8', 'en_US.UTF-8', 'de_DE.UTF-8'))}", f"SHLVL={draw.integer(1, 3)}",
        f"HOSTNAME={safe(draw.pick((draw.hex(12), draw.project)))}",
        f"PWD=/{draw.pick(('app', 'srv', 'builds'))}/{draw.word()}", "TERM=xterm-256color",
        f"SSH_AUTH_SOCK={safe(f'/tmp/ssh-{draw.alnum(12)}/agent.{draw.digits(4)}')}",
        f"XDG_SESSION_ID={draw.integer(1, 90)}", f"INVOCATION_ID={safe(draw.hex(32))}",
        f"GPG_KEY={safe(draw.hex(40).upper())}", f"OLDPWD=/{draw.word()}", f"PYTHON_SHA256={safe(draw.hex(64))}",
        f"KUBERNETES_SERVICE_HOST=10.{draw.integer(0, 250)}.0.1",
        f"{draw.word().upper()}_PORT=tcp://10.0.0.{draw.integer(2, 250)}:{draw.integer(80, 9000)}",
        f"NODE_VERSION={draw.version()}", f"GIT_COMMIT={safe(draw.hex(40))}",
        f"JAVA_HOME=/usr/lib/jvm/java-{draw.integer(8, 21)}", f"CI_JOB_ID={draw.digits(8)}",
        f"TOKEN_FILE={safe('/var/run/secrets/token')}", f"LOG_LEVEL={draw.pick(('info', 'debug'))}",
        f"{draw.word().upper()}_URL=http://{draw.word()}:{draw.integer(80, 9000)}",
        f"AWS_ROLE_ARN=arn:aws:iam::{draw.digits(12)}:role/{draw.project}",
        f"AUTH_TYPE={draw.pick(('password', 'token', 'oidc'))}", "DEBIAN_FRONTEND=noninteractive",
        f"MAIL=/var/mail/{draw.user()}",
    ], 6, 22)  # fmt: skip
    for _ in range(draw.integer(0, 3)):
        name = draw.secret_name(draw.pick(("password", "token", "key", "secret")), "screaming")
        value = (live_password(draw) if draw.chance(0.5) else draw.pick((token,
            jwt))(draw)) if role == "live" else test_password(draw)  # fmt: skip
        rows.insert(draw.integer(0, len(rows)), f"{name}={secret(value) if role == 'live' else test(value)}")
    return Page(draw).lines(rows).sample(draw.pick(("env.txt", f"debug/{draw.word()}-env.txt", "printenv.log",
        f"tickets/{draw.digits(4)}/env.txt")) if role == "live" else draw.pick(("tests/data/env.txt",
        "testdata/environ", "test/fixtures/env.txt")))  # fmt: skip
