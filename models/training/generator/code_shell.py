"""Scripts of shells: Bash, PowerShell, batch."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

from collections.abc import Callable

from generator import values
from generator.base import Draw, Page, Sample, file_type, safe
from generator.values import Named, Role


class _Script:
    """What the lines of one script share."""

    def __init__(self, draw: Draw, role: Role, budget: int) -> None:
        self.draw, self.role, self.left = draw, role, budget
        self.style = draw.pick(("screaming", "screaming", "snake", "camel"))
        self.quote = draw.pick(('"', '"', "'", ""))

    def value(self, kind: str = "", language: str = "shell") -> Named:
        draw = self.draw
        if self.left > 0 and draw.chance(0.75):
            self.left -= 1
            return values.credential(draw, self.role, kind)
        name = draw.secret_name(kind or draw.pick(("password", "token", "key")), "snake").replace("_", " ")
        shown = values.reference(draw, language, name) if draw.chance(0.65) else values.placeholder(draw, name)
        return Named(name, safe(shown))

    def quoted(self, value: str) -> str:
        quote = self.quote or ('"' if any(c in value for c in " $<>&*?!#(){}") else "")
        return f"{quote}{value}{quote}"


def _bash_assign(script: _Script) -> str:
    named = script.value()
    return f"{script.draw.pick(('', '', 'export ', 'readonly ', 'local '))}{script.draw.identifier(named.name, script.style)}={script.quoted(named.value)}"


def _bash_plain(script: _Script) -> str:
    draw = script.draw
    name, value = draw.pick((("db host", draw.host()), ("backup dir", f"/var/backups/{draw.project}"), ("db user", draw.user()), ("log file", f"/var/log/{draw.project}.log"), ("image", f"{draw.domain}/{draw.project}:{draw.version()}"), ("region", "eu-west-1"),
                             ("commit", safe(values.commit(draw))), ("sha256", safe(draw.hex(64))), ("client id", safe(values.identifier(draw))), ("key file", safe(values.file_path(draw))), ("retries", "3"), ("token url", values.url(draw)), ("date", "$(date +%Y%m%d)")))  # fmt: skip
    return f"{draw.identifier(name, script.style)}={script.quoted(value)}"


def _bash_command(script: _Script) -> str:
    draw = script.draw
    u, h = draw.user(), draw.host() if script.role == "live" else draw.local_host()
    host = values.url(draw)
    command = draw.weighted({
        f"mysqldump -h {h} -u {u} -p«p» {draw.word()} | gzip > {draw.word()}.sql.gz": 3, f"mysql -u{u} -p«p» -e 'select 1'": 1.5, f"PGPASSWORD=«q» pg_dump -h {h} -U {u} {draw.word()} > dump.sql": 2.5,
        f"curl -s -u {u}:«p» {host}": 2, f"curl -X POST -H \"Authorization: Bearer «t»\" {host}": 3, f"curl -H 'X-Api-Key: «t»' {host}": 1.5, f"sshpass -p «q» scp -r dist/ {u}@{h}:/srv/www": 1.5,
        f"docker login -u {u} -p «p» {draw.domain}": 1.5, f"echo «q» | sudo -S systemctl restart {draw.project}": 1, f"redis-cli -h {h} -a «q» flushall": 1, f"git clone https://{u}:«t»@git.{draw.domain}/{draw.project}.git": 2,
        f"wget --user={u} --password=«p» {host}": 1, f"ldapsearch -x -D cn=admin -w «p» -H ldap://{h}": 0.7, f"helm upgrade {draw.project} ./chart --set {draw.word()}.password=«p»": 1.2, f"kubectl create secret generic {draw.project} --from-literal=password=«p»": 1.5,
        f"keytool -genkey -keystore app.jks -storepass «p» -alias {draw.word()}": 0.8, f"echo \"{u}:«p»\" | chpasswd": 1, "openssl pkcs12 -in cert.p12 -passin pass:«p» -nodes": 0.8, f"smbclient //{h}/share -U {u}%«p»": 0.5, "aws configure set aws_secret_access_key «t»": 0.6,
    })  # fmt: skip
    if "«t»" in command:
        return command.replace("«t»", script.value("token").value)
    value = script.value("password").value
    return command.replace("«q»", script.quoted(value)).replace("«p»", value)


def _bash_work(script: _Script) -> str:
    draw = script.draw
    a, b = draw.word(), draw.word()
    return draw.pick((
        f"if [ -z \"${a.upper()}\" ]; then\n  echo \"{values.message(draw)}\"\n  exit 1\nfi", f"for {a} in $(ls {b}s/); do\n  echo \"$({draw.verb()} ${a})\"\ndone", f"# {draw.sentence()}", f"{draw.verb()}_{a}() {{\n  local {b}=$1\n  echo \"{draw.verb()} ${b}\" >&2\n}}",
        f"echo \"{draw.sentence()}\"", f"mkdir -p /var/lib/{draw.project}/{a}", f"tar czf {a}.tar.gz {b}/", f"read -s -p \"{values.ui_label(draw)}: \" {draw.identifier(draw.secret_name('password', 'snake'), script.style)}", f"echo \"{safe(draw.hex(64))}  {a}.tar.gz\" | sha256sum -c -",
        f"test -f {safe(values.file_path(draw))} || exit 2", f"{draw.secret_name('token', 'screaming')}=$(curl -s {values.url(draw)} | jq -r .access_token)", f"export {draw.secret_name('password', 'screaming')}=$(openssl rand -hex 16)", "set -euo pipefail", f"cd \"$(dirname \"$0\")/../{a}\"", f"docker run -d --name {a} -p {draw.integer(80, 9000)}:80 {draw.project}:{draw.version()}",
        f"case \"$1\" in\n  --{a})\n    {draw.verb()}_{b}\n    ;;\n  --token)\n    TOKEN=\"$2\"\n    shift\n    ;;\nesac",
    ))  # fmt: skip


def _ps_assign(script: _Script) -> str:
    draw = script.draw
    named = script.value("", "powershell")
    name = draw.identifier(named.name, draw.pick(("pascal", "camel")))
    quote = draw.pick("\"'")
    shown = f"{quote}{named.value}{quote}" if not named.value[1:].startswith(("$", "(", "Read")) else named.value
    return draw.weighted({f"${name} = {shown}": 6, f"$env:{name.upper()} = {shown}": 1, f"$SecurePassword = ConvertTo-SecureString {shown} -AsPlainText -Force": 2.5, f"$body = @{{ grant_type = 'client_credentials'; client_secret = {shown} }}": 1,
                          f"$cred = New-Object PSCredential('{draw.user()}', (ConvertTo-SecureString {shown} -AsPlainText -Force))": 1.5, f"net use Z: \\\\{draw.host()}\\share /user:{draw.user()} {named.value}": 0.7,
                          f"Connect-{draw.service().title()} -UserName '{draw.user()}' -Password {shown}": 1, f"$headers = @{{ 'Authorization' = \"Bearer {named.value}\" }}": 1.2})  # fmt: skip


def _ps_plain(script: _Script) -> str:
    draw = script.draw
    quote = draw.pick("\"'")
    return draw.pick((
        f"${draw.pick(('TenantId', 'AppId', 'ClientId', 'SubscriptionId', 'tenant'))} = {quote}{safe(draw.uuid())}{quote}", f"# {draw.sentence()}", f"$Uri = \"https://graph.microsoft.com/v1.0/{draw.word()}s\"", f"Write-Host \"{values.message(draw)}\" -ForegroundColor Red", f"Import-Module {draw.word().title()}",
        f"function {draw.verb().title()}-{draw.word().title()} {{\n    param([string]$Name, [SecureString]$Password)\n    Write-Output $Name\n}}", f"if (-not ${draw.word()}) {{\n    throw \"{values.message(draw)}\"\n}}", f"$Result = Invoke-RestMethod -Uri $Uri -Headers $Headers -Method {draw.pick(('Get', 'Post'))}",
        "$Token = (Invoke-RestMethod -Method Post -Uri $Uri -Body $Body).access_token", f"$Thumbprint = {quote}{safe(draw.hex(40).upper())}{quote}", f"Get-{draw.word().title()} | Where-Object {{ $_.{draw.word().title()} -eq '{draw.word()}' }} | Select-Object Name", f"$Password = Read-Host -AsSecureString '{values.ui_label(draw)}'", f"$Path = 'C:\\{draw.project}\\{draw.word()}'",
    ))  # fmt: skip


def _batch_assign(script: _Script) -> str:
    draw = script.draw
    named = script.value("", "xml")
    name = draw.identifier(named.name, draw.pick(("screaming", "screaming", "snake")))
    return draw.weighted(
        {
            f"set {name}={named.value}": 5,
            f'SET "{name}={named.value}"': 1,
            f"net use Z: \\\\{draw.host()}\\data {named.value} /user:{draw.user()}": 1,
            f"sqlcmd -S {draw.host()} -U sa -P {named.value} -i {draw.word()}.sql": 1.5,
            f"schtasks /create /tn {draw.word()} /tr run.bat /ru {draw.user()} /rp {named.value}": 0.6,
            f"plink -pw {named.value} {draw.user()}@{draw.host()} ./{draw.verb()}.sh": 1,
        }
    )


def _batch_plain(script: _Script) -> str:
    draw = script.draw
    return draw.pick(
        (
            f"rem {draw.sentence()}",
            f"echo {values.message(draw)}",
            f"set {draw.word().upper()}_DIR=C:\\{draw.project}",
            'if "%1"=="" goto :usage',
            f"copy /Y {draw.word()}.xml %TEMP%\\",
            f"set CLIENT_ID={safe(values.identifier(draw))}",
            ":usage",
            "pause",
            f"call {draw.verb()}.bat %{draw.word().upper()}%",
            "if errorlevel 1 exit /b 1",
            f"set /p PASSWORD={values.ui_label(draw)}: ",
        )
    )


def _paths(draw: Draw, role: Role, extension: str) -> str:
    name = draw.pick(
        (
            f"{draw.verb()}-{draw.word()}",
            f"{draw.verb()}_{draw.service()}",
            "deploy",
            "backup",
            "entrypoint",
            "setup",
            "install",
            "run",
            "start",
            "build",
            "release",
            "provision",
            f"{draw.verb().title()}-{draw.word().title()}",
        )
    )
    folders = {
        "live": ("scripts", "bin", "deploy", "ops", "", "tools", "cron"),
        "test": ("tests", "test/e2e", "ci", "integration"),
        "local": ("dev", "scripts/dev", "docker", "local"),
        "docs": ("examples", "docs/scripts", "samples"),
    }
    return f"{draw.pick(folders[role])}/{name}.{extension}".lstrip("/")


def _script(
    draw: Draw,
    extension: str,
    head: tuple[str, ...],
    made: dict[Callable[[_Script], str], float],
    needed: Callable[[_Script], str],
) -> Sample:
    role: Role = draw.weighted({"live": 6, "test": 2, "local": 2, "docs": 1})
    script = _Script(draw, role, draw.weighted({0: 3, 1: 4, 2: 2, 3: 1}))
    lines = [line for line in head if line]
    lines += [draw.weighted(made)(script) for _ in range(draw.integer(4, 26))]
    for _ in range(4):
        if script.left > 0:
            lines.insert(draw.integer(len([line for line in head if line]), len(lines)), needed(script))
    page = Page(draw)
    for line in lines:
        page.line(line)
        if draw.chance(0.25):
            page.line()
    return page.sample(_paths(draw, role, extension), 0.3 if extension != "sh" else 0.02)


@file_type(weight=6)
def bash(draw: Draw) -> Sample:
    head = (
        draw.pick(("#!/bin/bash", "#!/usr/bin/env bash", "#!/bin/sh", "#!/bin/bash -e", "")),
        draw.maybe("set -e", 0.3),
        draw.maybe(f"# {draw.sentence()}", 0.4),
    )
    return _script(
        draw,
        draw.pick(("sh", "sh", "sh", "bash", "zsh")),
        head,
        {_bash_assign: 3, _bash_plain: 4, _bash_command: 2, _bash_work: 8},
        draw.pick((_bash_assign, _bash_command)),
    )


@file_type(weight=3.5)
def powershell(draw: Draw) -> Sample:
    head = (
        draw.maybe(f"<#\n.SYNOPSIS\n  {draw.sentence()}\n#>", 0.35),
        draw.maybe(f"# {draw.pick(('Requires', draw.project))} {draw.version()}", 0.3),
    )
    return _script(draw, draw.pick(("ps1", "ps1", "psm1", "PS1")), head, {_ps_assign: 2.5, _ps_plain: 8}, _ps_assign)


@file_type(weight=1.2)
def batch(draw: Draw) -> Sample:
    return _script(
        draw,
        draw.pick(("bat", "cmd")),
        ("@echo off", draw.maybe("setlocal", 0.5)),
        {_batch_assign: 2, _batch_plain: 6},
        _batch_assign,
    )
