"""Configuration in XML: web.config, Maven settings, Spring beans, server descriptors, Android resources, SOAP."""

from __future__ import annotations

from generator import lookalikes
from generator.base import Draw, Page, Sample, file_type, safe
from generator.config_env import placed
from generator.config_forms import spell, xml_attribute
from generator.config_groups import Group
from generator.config_harmless import groups, remark
from generator.config_json import sql_server_string
from generator.config_scene import Scene
from generator.config_yaml import wordings


def _comment(scene: Scene, probability: float = 0.2) -> list[str]:
    return [f"<!-- {remark(scene) if scene.draw.chance(0.6) else scene.draw.sentence()} -->"] if scene.draw.chance(
        probability) else []  # fmt: skip


_WEB_PATHS = {
    "live": ("web.config", "Web.config", "App.config", "src/{w}/Web.config", "Web.Release.config",
    "{w}.Service/app.config", "bin/{w}.exe.config"),
    "local": ("Web.Debug.config", "web.config", "src/Web/Web.config"), "test": ("tests/{w}.Tests/app.config",
    "{w}.Tests/App.config", "test/web.config"),
    "docs": ("samples/{w}/Web.config", "web.config.example", "Web.config.template", "examples/App.config"),
}  # fmt: skip


@file_type(weight=1.5)
def web_config(draw: Draw) -> Sample:
    scene = Scene.of(draw, "dotnet")
    rows = ['<?xml version="1.0" encoding="utf-8"?>', "<configuration>"]
    parts = [_connection_strings(scene), _app_settings(scene)]
    if draw.chance(0.3):
        parts.append(["<system.net>", "  <mailSettings>", '    <smtp from="' + draw.email(draw.domain) + '">',
            f'      <network host="smtp.{draw.domain}" userName="{draw.user()}" '
            f'password="{xml_attribute(scene.password("smtp password"))}" port="587" />', "    </smtp>",
            "  </mailSettings>", "</system.net>"])  # fmt: skip
    if draw.chance(0.5):
        parts.append(["<system.web>", f'  <compilation debug="{draw.pick(("true", "false"))}" targetFramework="4.8" />',
            *([f'  <machineKey validationKey="{_machine_key(scene, 128)}" decryptionKey="{_machine_key(scene, 64)}" '
            f'validation="SHA1" />'] if draw.chance(0.35) else []), '  <authentication mode="Forms" />',
            *([f'  <identity impersonate="true" userName="{draw.company.split()[0]}\\{draw.user()}" '
            f'password="{xml_attribute(scene.password("service password"))}" />'] if draw.chance(0.15) else []),
            "</system.web>"])  # fmt: skip
    if draw.chance(0.4):
        parts.append(["<runtime>", '  <assemblyBinding xmlns="urn:schemas-microsoft-com:asm.v1">',
            f'    <assemblyIdentity name="{draw.pick(("Newtonsoft.Json", "System.Memory", "log4net"))}" '
            f'publicKeyToken="{safe(draw.hex(16))}" culture="neutral" />', "  </assemblyBinding>",
            "</runtime>"])  # fmt: skip
    for part in draw.shuffled(parts):
        rows += [f"  {row}" for row in [*_comment(scene), *part]]
    return Page(draw).lines([*rows, "</configuration>"]).sample(placed(scene, _WEB_PATHS), 0.4)


def _machine_key(scene: Scene, length: int) -> str:
    value = scene.own_secret("machine key")
    return value if scene.role != "live" or "\ue000" not in value else f"\ue000{scene.draw.hex(length).upper()}\ue003"


def _connection_strings(scene: Scene) -> list[str]:
    names = scene.draw.some(("DefaultConnection", "Main", f"{scene.draw.word().title()}Context", "Log", "Elmah"), 1, 3)
    return ["<connectionStrings>",
        *(f'  <add name="{name}" connectionString="{xml_attribute(sql_server_string(scene))}" '
        f'providerName="System.Data.SqlClient" />' for name in names), "</connectionStrings>"]  # fmt: skip


def _app_settings(scene: Scene) -> list[str]:
    style = scene.draw.pick(("pascal", "pascal", "dot", "camel"))
    rows = ["<appSettings>"]
    for group in groups(scene, 1, 4):
        rows += [f"  {row}" for row in _comment(scene)]
        rows += [
            f'  <add key="{spell(f"{group.prefix} {setting.name}", style)}" value="{xml_attribute(setting.value)}" />'
            for setting in group.settings]  # fmt: skip
    return [*rows, "</appSettings>"]


_MAVEN_PATHS = {"live": ("settings.xml", ".m2/settings.xml", "ci/settings.xml", "build/maven-settings.xml"),
    "local": ("dev/settings.xml", ".m2/settings.xml"), "test": ("src/test/resources/settings.xml",
    "src/it/settings.xml"), "docs": ("docs/settings-example.xml", "settings.xml.sample")}  # fmt: skip


@file_type(weight=0.8)
def maven_settings(draw: Draw) -> Sample:
    scene = Scene.of(draw, "spring", live=6, local=1, test=1, docs=1.5, candid=0.5)
    rows = ['<?xml version="1.0" encoding="UTF-8"?>', draw.pick(("<settings>",
        '<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">'))]  # fmt: skip
    servers = ["<servers>"]
    for name in draw.some(("central", "releases", "snapshots", "nexus", "github", "ossrh", draw.project, "artifactory"),
        1, 4):  # fmt: skip
        servers += ["  <server>", f"    <id>{name}</id>", f"    <username>{draw.user()}</username>",
            f"    <password>{xml_attribute(_env_form(scene, scene.password('repository password')))}</password>",
            "  </server>"]  # fmt: skip
        if draw.chance(0.15):
            servers.insert(-1, f"    <privateKey>{safe('${user.home}/.ssh/id_dsa')}</privateKey>")
    mirror = ["<mirrors>", "  <mirror>", "    <id>internal</id>",
        f"    <url>https://nexus.{draw.domain}/repository/maven-public/</url>", "    <mirrorOf>*</mirrorOf>",
        "  </mirror>", "</mirrors>"]  # fmt: skip
    profile = ["<profiles>", "  <profile>", f"    <id>{draw.pick(('release', 'sonar', 'default'))}</id>",
        "    <properties>", f"      <gpg.keyname>{safe(draw.hex(8).upper())}</gpg.keyname>",
        f"      <gpg.passphrase>{xml_attribute(scene.password('gpg passphrase'))}</gpg.passphrase>",
        "    </properties>", "  </profile>", "</profiles>"]  # fmt: skip
    for part in [[*servers, "</servers>"], *draw.some((mirror, profile), 0, 2)]:
        rows += [f"  {row}" for row in [*_comment(scene), *part]]
    return Page(draw).lines([*rows, "</settings>"]).sample(placed(scene, _MAVEN_PATHS))


def _env_form(scene: Scene, value: str) -> str:
    return value.replace("${", "${env.") if value and "${" in value and scene.draw.chance(0.7) else value


_BEAN_FILES = {
    "beans": ("applicationContext.xml", "spring-config.xml", "{w}-context.xml", "beans.xml", "spring/{w}.xml"),
    "tomcat-users": ("tomcat-users.xml", "conf/tomcat-users.xml"),
    "hibernate-configuration": ("hibernate.cfg.xml", "hibernate-{w}.cfg.xml"),
    "Context": ("META-INF/context.xml", "context.xml", "conf/server.xml", "{w}-ds.xml"),
    "": ("config.xml", "conf/{w}.xml", "settings.xml", "{w}.xml", "config.d/users.xml"),
}
_BEAN_FOLDERS = {
    "live": ("src/main/resources/", "conf/", "", "WEB-INF/", "deploy/{s}/", "{w}/src/main/resources/"),
    "local": ("src/main/resources/dev/", "docker/", "dev/"),
    "test": ("src/test/resources/", "it/src/test/resources/"),
    "docs": ("samples/{w}/src/main/resources/", "docs/examples/", "examples/"),
}


@file_type(weight=1.4)
def bean_xml(draw: Draw) -> Sample:
    scene = Scene.of(draw, "spring")
    form = draw.integer(0, 5)
    rows = ['<?xml version="1.0" encoding="UTF-8"?>'] if draw.chance(0.85) else []
    body: list[str] = []
    root = "beans"
    if form in (0, 1):
        for group in groups(scene, 1, 5):
            body += _comment(scene) + _bean(draw, group, inner=form == 0)
    elif form == 2:
        root = "tomcat-users"
        body = [f'<role rolename="{role}"/>' for role in draw.some(("manager-gui", "admin-gui", "manager-script",
            draw.word()), 1, 3)]  # fmt: skip
        body += [
            f'<user username="{draw.pick(("admin", "deploy", "tomcat", draw.user()))}" '
            f'password="{xml_attribute(scene.password("tomcat password"))}" '
            f'roles="{draw.pick(("manager-gui", "admin-gui,manager-gui", draw.word()))}"/>'
            for _ in range(draw.integer(1, 3))]  # fmt: skip
    elif form == 3:
        root = "hibernate-configuration"
        prefix = draw.pick(("hibernate.connection.", "connection.", "javax.persistence.jdbc."))
        own = [("url", f"jdbc:{draw.pick(('mysql', 'postgresql', 'oracle:thin'))}://{scene.host()}/{draw.word()}"),
            ("username", draw.user()), ("password", scene.password("database password")), ("pool_size", "10"),
            ("driver_class", "com.mysql.cj.jdbc.Driver")]  # fmt: skip
        body = ["<session-factory>", *(f'  <property name="{prefix}{name}">{xml_attribute(value)}</property>' for name,
            value in own),
            f'  <mapping class="com.{draw.word()}.{draw.pick(("Account", "PasswordResetToken", "ApiKey"))}"/>',
            "</session-factory>"]  # fmt: skip
    elif form == 4:
        root = draw.pick(("Context", "GlobalNamingResources"))
        body = [f'<Resource name="jdbc/{draw.word()}" auth="Container" type="javax.sql.DataSource"',
            f'          username="{draw.user()}" password="{xml_attribute(scene.password("datasource password"))}"',
            f'          url="jdbc:mysql://{scene.host()}:3306/{draw.word()}" maxTotal="{draw.pick((20, 100))}"/>',
        ]  # fmt: skip
        body += [
            f'<Connector port="8443" SSLEnabled="true" keystoreFile="{safe("conf/keystore.jks")}" '
            f'keystorePass="{xml_attribute(scene.password("keystore password"))}" keyAlias="tomcat"/>',
        ] if draw.chance(0.5) else []  # fmt: skip
    else:
        root = draw.pick(("configuration", "config", "settings", "clickhouse", draw.project.split("-")[0]))
        style = draw.pick(("camel", "snake", "kebab", "pascal"))
        for group in groups(scene, 1, 5):
            body += _comment(scene)
            tag = spell(group.prefix or group.title, style)
            body += [f"<{tag}>",
                *(f"  <{spell(s.name, style)}>{xml_attribute(s.value)}</{spell(s.name, style)}>"
                for s in group.settings), f"</{tag}>"]  # fmt: skip
    indent = draw.pick(("  ", "    ", "\t"))
    files = _BEAN_FILES["Context" if root == "GlobalNamingResources" else root if root in _BEAN_FILES else ""]
    paths = {
        role: tuple(folder + name for folder in folders for name in files) for role, folders in _BEAN_FOLDERS.items()
    }
    return (
        Page(draw)
        .lines([*rows, f"<{root}>", *(indent + row for row in body), f"</{root}>"])
        .sample(placed(scene, paths))
    )


def _bean(draw: Draw, group: Group, *, inner: bool) -> list[str]:
    name = spell(group.prefix or group.title, "camel")
    kind = (
        f"{draw.pick(('org.apache', 'com.' + draw.word(), 'org.springframework'))}.{spell(group.title, 'flat')}."
        f"{name[0].upper()}{name[1:]}{draw.pick(('DataSource', 'Factory', 'Config', 'Client'))}"
    )  # fmt: skip
    rows = [f'<bean id="{name}" class="{kind}"{draw.maybe(" destroy-method=" + chr(34) + "close" + chr(34), 0.4)}>']
    for setting in group.settings:
        value = xml_attribute(setting.value)
        rows.append(f'  <property name="{spell(setting.name, "camel")}"><value>{value}</value></property>' if inner
            and draw.chance(0.6)
            else f'  <property name="{spell(setting.name, "camel")}" value="{value}"/>')  # fmt: skip
    return [*rows, "</bean>"]


@file_type(weight=1.0)
def android_strings(draw: Draw) -> Sample:
    """Texts of an app, keys of services among them at times."""
    scene = Scene.of(draw, "json", live=5, local=0.5, test=1, docs=1)
    rows = [f'<string name="app_name">{draw.project.split("-")[0].title()}</string>'] if draw.chance(0.7) else []
    rows += [f'<string name="{spell(key, "snake")}">{xml_attribute(text)}</string>' for key,
        text in wordings(draw, draw.integer(4, 18))]  # fmt: skip
    if draw.chance(0.6):
        extras = [("google_maps_key", lambda: scene.service_token("google maps key", "google")),
            ("facebook_app_id", lambda: safe(draw.digits(15))), ("facebook_client_token",
            lambda: scene.service_token("facebook client token", "hex32")), ("google_app_id",
            lambda: safe(f"1:{draw.digits(12)}:android:{draw.hex(16)}")),
                  ("gcm_defaultSenderId", lambda: safe(draw.digits(12))), ("api_secret",
                  lambda: scene.service_token("api secret")), ("default_web_client_id",
                  lambda: safe(f"{draw.digits(12)}-{draw.alnum(32).lower()}.apps.googleusercontent.com")),
                  ("mapbox_access_token", lambda: scene.service_token("mapbox token"))]  # fmt: skip
        for name, make in draw.some(extras, 1, 3):
            rows.insert(draw.integer(0, len(rows)),
                f'<string name="{name}" translatable="false">{xml_attribute(make())}</string>')  # fmt: skip
    rows += [f'<color name="{draw.word()}">{lookalikes.colour(draw)}</color>'] if draw.chance(0.2) else []
    tail = {"en": ""}.get(draw.tongue, f"-{draw.tongue}")
    folder = {"test": "app/src/androidTest/res", "docs": "sample/src/main/res"}.get(scene.role,
        draw.pick(("app/src/main/res", "app/src/release/res", "android/app/src/main/res")))  # fmt: skip
    return Page(draw).lines(['<?xml version="1.0" encoding="utf-8"?>', "<resources>", *(f"    {row}" for row in rows),
        "</resources>"]).sample(
        f"{folder}/values{tail}/{draw.pick(('strings', 'strings', 'google_maps_api', 'keys'))}.xml")  # fmt: skip


@file_type(weight=0.8)
def soap(draw: Draw) -> Sample:
    """Descriptions of services and recorded messages."""
    scene = Scene.of(draw, "json", live=2, local=1, test=4, docs=3, candid=0.6)
    noun = draw.word().title()
    if draw.chance(0.4):
        parts = [f'<xs:element name="{name}" type="xs:string" minOccurs="0"/>' for name in draw.some(("userName",
            "password", "token", "sessionKey", "secret", f"{noun}Id", "apiKey", "hash", "newPassword"), 2,
            7)]  # fmt: skip
        rows = ['<?xml version="1.0"?>',
            f'<definitions name="{noun}Service" targetNamespace="http://{draw.domain}/{noun.lower()}">', "  <types>",
            *(f"    {part}" for part in parts), "  </types>",
            f'  <message name="{noun}LoginRequest"><part name="credentials" element="tns:Credentials"/></message>',
            f'  <soap:address location="https://{draw.domain}/ws/{noun.lower()}"/>', "</definitions>"]  # fmt: skip
        return Page(draw).lines(rows).sample(draw.pick((f"wsdl/{noun.lower()}.wsdl",
            f"src/main/resources/wsdl/{noun}Service.wsdl", f"schemas/{noun.lower()}.xsd")))  # fmt: skip
    style = draw.pick(("pascal", "camel"))
    tag = draw.pick(("wsse:Password", "Password", "password", "ns1:pwd", "Passwd", "token", "AuthKey"))
    value = xml_attribute(scene.password("ws password"))
    rows = ['<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">', "  <soapenv:Header>",
        "    <wsse:UsernameToken>", f"      <wsse:Username>{draw.user()}</wsse:Username>",
        f"      <{tag}>{value}</{tag}>", f"      <wsse:Nonce>{safe(draw.base64(16))}</wsse:Nonce>",
        "    </wsse:UsernameToken>", "  </soapenv:Header>", "  <soapenv:Body>",
            f"    <{noun}Request>", *(f"      <{spell(name, style)}>{value}</{spell(name, style)}>" for name,
            value in draw.some((("request id", safe(draw.uuid())), ("customer no", draw.digits(8)),
            ("date", draw.date()), ("digest", safe(draw.base64(20))), ("token type", "X509v3"), ("city", draw.city())),
            1, 5)), f"    </{noun}Request>", "  </soapenv:Body>", "</soapenv:Envelope>"]  # fmt: skip
    path = {"live": f"soap/{noun.lower()}-request.xml", "local": f"requests/{noun.lower()}.xml",
        "test": f"src/test/resources/{noun}Request.xml",
        "docs": f"docs/samples/{noun.lower()}.xml"}[scene.role]  # fmt: skip
    return Page(draw).lines(rows).sample(path)
