"""Clouds as code: Terraform with its variables and state, CloudFormation, Serverless, Bicep parameters."""

from __future__ import annotations

from generator import lookalikes, words
from generator.base import Draw, Page, Sample, file_type, safe
from generator.config_env import placed
from generator.config_forms import Tree, header, json_text, spell, yaml_lines
from generator.config_groups import Setting
from generator.config_harmless import remark
from generator.config_scene import Scene

_TF_PATHS = {
    "live": ("main.tf", "infra/{w}.tf", "terraform/{s}/main.tf", "modules/{w}/main.tf", "providers.tf", "rds.tf",
    "environments/{s}/db.tf", "variables.tf", "aws/{w}.tf", "terraform/provider.tf"),
    "local": ("dev/main.tf", "terraform/dev/{w}.tf", "local/main.tf"), "test": ("test/fixtures/main.tf",
    "tests/{w}/main.tf", "test/{w}.tf"), "docs": ("examples/basic/main.tf", "examples/{w}/main.tf",
    "docs/examples/provider.tf"),
}  # fmt: skip


def _tf(value: str) -> str:
    """A marked value as an expression: references stand bare, texts in quotes."""
    bare_form = value.lstrip("\ue002")
    return value if bare_form.startswith(("var.", "local.", "data.", "random_password.")) else f'"{value}"'


def _block(head: str, pairs: list[tuple[str, str]], inner: list[str] | None = None) -> list[str]:
    width = max((len(name) for name, _ in pairs), default=0)
    return [f"{head} {{", *(f"  {name.ljust(width)} = {value}" for name, value in pairs),
        *(f"  {row}" for row in inner or []), "}"]  # fmt: skip


def _resources(scene: Scene) -> list[list[str]]:
    draw = scene.draw
    name = draw.pick(("main", "default", "this", draw.word(), draw.project.replace("-", "_")))
    region = draw.pick(words.REGIONS)
    return [
        _block(f'resource "aws_db_instance" "{name}"', [("identifier", f'"{draw.project}"'), ("engine", '"postgres"'),
        ("username", f'"{draw.user()}"'), ("password", _tf(scene.password("db password"))),
        ("instance_class", '"db.t3.micro"'), ("skip_final_snapshot", "true")]),
        _block('provider "aws"', [("region", f'"{region}"'), ("access_key",
        f'"{safe("AKIA" + draw.chars(words.BASE32, 16))}"'), ("secret_key", _tf(scene.service_token("aws secret key",
        "aws")))]) if draw.chance(0.5) else _block('provider "aws"', [("region", "var.region"),
        ("profile", f'"{draw.project}"')]),
        _block(f'resource "google_sql_user" "{name}"', [("name", f'"{draw.user()}"'),
        ("instance", "google_sql_database_instance.main.name"), ("password", _tf(scene.password("user password")))]),
        _block(
        f'provider "{draw.pick(("datadog", "cloudflare", "github", "digitalocean", "grafana", "proxmox", "hcloud"))}"',
        [(draw.pick(("api_key", "token", "api_token")), _tf(scene.service_token("api token")))]),
        _block(f'resource "azurerm_mssql_server" "{name}"', [("administrator_login", f'"{draw.user()}"'),
        ("administrator_login_password", _tf(scene.password("administrator password"))),
        ("minimum_tls_version", '"1.2"')]),
        _block(f'resource "kubernetes_secret" "{name}"', [], ["metadata {",
        f'  name = "{safe(draw.project + "-credentials")}"', "}", "data = {",
        f'  password = {_tf(scene.password("password"))}', "}"]),
        _block(f'resource "random_password" "{name}"', [("length", str(draw.integer(12, 40))), ("special", "false"),
        ("override_special", '"!#$%&*()-_=+"')]),
        _block(f'variable "{draw.pick(("db_password", "api_token", "admin_password", "client_secret"))}"',
        [("type", "string"), ("description",
        f'"{draw.pick(("Password of the master user", "Token for the API", "Set via TF_VAR", "The admin password"))}"'),
        ("sensitive", "true"), *([("default", _tf(scene.password("db password")))] if draw.chance(0.5) else [])]),
        _block(f'resource "aws_ssm_parameter" "{name}"', [("name",
        f'"/{draw.project}/{draw.pick(words.STAGES)}/db_password"'), ("type", '"SecureString"'),
        ("value", _tf(scene.password("db password"))), ("key_id", f'"{safe(draw.uuid())}"')]),
        _block(f'data "aws_secretsmanager_secret_version" "{name}"', [("secret_id",
        f'"{safe(draw.project + "/db")}"')]), _block(f'resource "aws_kms_key" "{name}"',
        [("description", '"Key for parameter encryption"'), ("enable_key_rotation", "true")]),
        _block('terraform', [("required_version", '">= 1.5"')], ['backend "s3" {',
        f'  bucket = "{draw.project}-tfstate"', f'  key    = "{safe(draw.word() + "/terraform.tfstate")}"',
        f'  region = "{region}"', "}"]),
        _block(f'output "{draw.pick(("db_password", "token", "kubeconfig", "secret_arn"))}"',
        [("value", f"random_password.{name}.result"), ("sensitive", "true")]),
        _block(f'resource "aws_instance" "{name}"', [("ami", f'"{safe("ami-" + draw.hex(17))}"'),
        ("subnet_id", f'"{safe("subnet-" + draw.hex(17))}"'), ("key_name", f'"{safe(draw.project + "-key")}"')],
        ["user_data = <<-EOF", "  #!/bin/bash", f"  echo 'DB_PASS={scene.password('db password')}' >> /etc/environment",
        "EOF"] if draw.chance(0.4) else None),
        _block(f'resource "aws_lambda_function" "{name}"', [("function_name", f'"{draw.project}"'),
        ("source_code_hash", f'"{safe(draw.base64(32))}"')], ["environment {", "  variables = {",
        f'    {draw.pick(("API_KEY", "TOKEN", "STRIPE_SECRET"))} = {_tf(scene.service_token("api key"))}', "  }", "}"]),
        _block(f'resource "aws_key_pair" "{name}"', [("key_name", f'"{draw.user()}"'),
        ("public_key", f'"{safe(lookalikes.public_key(draw).splitlines()[0])}"')]),
    ]  # fmt: skip


@file_type(weight=2)
def terraform(draw: Draw) -> Sample:
    scene = Scene.of(draw, "terraform", live=5, local=1, test=1, docs=2)
    rows = header(scene, "#", 0.25)
    spare = Scene(draw, scene.role, scene.form, scene.care, 40)
    for block in draw.some(_resources(spare), 2, 6):
        if draw.chance(0.15):
            rows.append(f"# {remark(scene) if draw.chance(0.5) else draw.sentence()}")
        rows += [*block, ""]
    return Page(draw).lines(rows).sample(placed(scene, _TF_PATHS))


_VAR_PATHS = {
    "live": ("terraform.tfvars", "{s}.tfvars", "prod.auto.tfvars", "environments/{s}/terraform.tfvars",
    "lab/{w}.auto.tfvars", "secrets.auto.tfvars"), "local": ("dev.tfvars", "local.auto.tfvars", "dev/terraform.tfvars"),
    "test": ("test/fixtures/terraform.tfvars", "tests/test.tfvars"), "docs": ("terraform.tfvars.example",
    "examples/terraform.tfvars", "example.tfvars", "terraform.tfvars.sample"),
}  # fmt: skip


@file_type(weight=1)
def tfvars(draw: Draw) -> Sample:
    scene = Scene.of(draw, "env", live=5, local=1.5, test=0.7, docs=3)
    pairs = [(name, f'"{value}"') for name, value in draw.some([
        ("region", draw.pick(words.REGIONS)), ("project", draw.project), ("db_username", draw.user()),
        ("vpc_id", safe("vpc-" + draw.hex(17))), ("account_id", draw.digits(12)), ("domain", draw.domain),
        ("subscription_id", safe(draw.uuid())), ("tenant_id", safe(draw.uuid())), ("ssh_key_name", safe("deploy")),
        ("ssh_public_key", safe(lookalikes.public_key(draw).splitlines()[0])), ("instance_type", "t3.small"),
        ("api_token_id", safe(f"root@pam!{draw.word()}")),
    ], 2, 8)]  # fmt: skip
    pairs += [(name, f'"{value()}"') for name, value in draw.some([
        ("db_password", lambda: scene.password("db password")), ("cloudflare_api_token",
        lambda: scene.service_token("cloudflare token", "base62")), ("client_secret",
        lambda: scene.service_token("client secret", "base62")), ("admin_password",
        lambda: scene.password("admin password")), ("hcloud_token", lambda: scene.service_token("hcloud token",
        "base62")),
        ("proxmox_api_token_secret", lambda: scene.service_token("proxmox token", "uuid")),
        ("jwt_secret", lambda: scene.own_secret("jwt secret")), ("vm_root_password",
        lambda: scene.password("root password")), ("do_token", lambda: scene.service_token("do token", "digitalocean")),
        ("datadog_api_key", lambda: scene.service_token("datadog key", "hex32")),
    ], 0, 4)]  # fmt: skip
    pairs = draw.shuffled(pairs)
    width = max(len(name) for name, _ in pairs) if draw.chance(0.5) else 0
    rows = header(scene, "#", 0.4) + [f"{name.ljust(width)} = {value}" for name, value in pairs]
    return Page(draw).lines(rows).sample(placed(scene, _VAR_PATHS))


@file_type(weight=0.7)
def tfstate(draw: Draw) -> Sample:
    role = draw.weighted({"live": 6, "test": 2})
    scene = Scene(draw, "live" if role == "live" else "test", "json", 0.0, draw.integer(1, 4))
    resources: list[Tree] = []
    for _ in range(draw.integer(1, 4)):
        kind = draw.pick(("random_password", "aws_db_instance", "aws_iam_access_key", "aws_instance", "tls_private_key",
            "aws_kms_key"))  # fmt: skip
        attributes: dict[str, Tree] = {"id": Setting("", safe(draw.pick(("none", draw.project, "i-" + draw.hex(17))))),
            "arn": Setting("", safe(
            f"arn:aws:rds:{draw.pick(words.REGIONS)}:{draw.digits(12)}:db:{draw.project}"))}  # fmt: skip
        if kind == "random_password":
            attributes = {"bcrypt_hash": Setting("", safe(lookalikes.password_hash(draw))), "id": "none", "length": 20,
                "result": Setting("", scene.password("result"))}  # fmt: skip
        elif kind == "aws_db_instance":
            attributes.update({"username": draw.user(), "password": Setting("", scene.password("password")),
                "engine": "postgres"})  # fmt: skip
        elif kind == "aws_iam_access_key":
            attributes = {"id": Setting("", safe("AKIA" + draw.chars(words.BASE32, 16))),
                "secret": Setting("", scene.service_token("secret", "aws")), "user": draw.user()}  # fmt: skip
        elif kind == "tls_private_key":
            attributes = {"algorithm": "ED25519", "public_key_fingerprint_sha256": Setting("",
                safe("SHA256:" + draw.base64url(32)))}  # fmt: skip
        resources.append({"mode": "managed", "type": kind, "name": draw.word(), "instances": [{"schema_version": 0,
            "attributes": attributes, "private": Setting("", safe(draw.base64(40)))}]})  # fmt: skip
    tree: dict[str, Tree] = {"version": 4, "terraform_version": "1.5.7", "serial": draw.integer(1, 90),
        "lineage": Setting("", safe(draw.uuid())), "resources": resources}  # fmt: skip
    path = draw.pick(("terraform.tfstate", f"infra/{draw.word()}/terraform.tfstate",
        "terraform.tfstate.backup")) if role == "live" else "test/fixtures/terraform.tfstate"  # fmt: skip
    return Page(draw).line(json_text(tree, "  ")).sample(path)


@file_type(weight=1.3)
def cloudformation(draw: Draw) -> Sample:
    """CloudFormation, Serverless and deployment parameters, as YAML or JSON."""
    scene = Scene.of(draw, "env", live=5, local=1, test=1, docs=2)
    scene.quota = 12  # more are made than are used
    absent = draw.pick(("!Ref DBPassword", "!Sub '{{resolve:secretsmanager:${DbSecret}:SecretString:password}}'",
        "'{{resolve:ssm-secure:/app/db/password:1}}'", "!GetAtt Secret.Arn"))  # fmt: skip
    parameters: dict[str, Tree] = {"DBPassword": {"Type": "String", "NoEcho": True,
        **({"Default": Setting("", scene.password("db password"))} if draw.chance(0.55) else {}),
        "Description": draw.pick(("The database admin account password", "Master password",
        "Password for the instance")), "MinLength": 8}, "KeyName": {"Type": "AWS::EC2::KeyPair::KeyName"}}  # fmt: skip
    resources: dict[str, Tree] = {
        "Database": {"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "mysql", "MasterUsername": draw.user(),
        "MasterUserPassword": Setting("", scene.password("master password")) if draw.chance(0.5) else Setting("",
        safe(absent), True)}},
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": Setting("",
        safe(f"{draw.project}/db")), "GenerateSecretString": {"PasswordLength": 32,
        "GenerateStringKey": Setting("", safe("password")), "SecretStringTemplate": Setting("",
        "'{\"username\": \"admin\"}'", True)}}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "index.handler",
        "Environment": {"Variables": {spell(name, "screaming"): Setting("",
        scene.service_token(name)) for name in draw.some(("api key", "slack token", "stripe secret key", "jwt secret"),
        1, 2)}}}},
        "User": {"Type": "AWS::IAM::User", "Properties": {"UserName": draw.user(),
        "LoginProfile": {"Password": Setting("", scene.password("login password"))}}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{draw.project}-data"}},
    }  # fmt: skip
    kind = draw.integer(0, 3)
    if kind == 0:
        tree: dict[str, Tree] = {"service": draw.project, "provider": {"name": "aws", "runtime": "nodejs20.x",
            "environment": {spell(name, "screaming"): Setting("",
            scene.service_token(name) if draw.chance(0.5)
            else safe(f"${{ssm:/{draw.project}/{spell(name, 'kebab')}}}")) for name in draw.some(("api key",
            "db password", "token secret", "client secret", "webhook secret"), 1, 4)}},
            "functions": {draw.word(): {"handler": "src/index.handler", "events": [{"http": {"path": draw.word(),
            "method": "post", "authorizer": Setting("", safe("aws_iam"))}}]}}}  # fmt: skip
        return Page(draw).lines(header(scene, "#", 0.3) + yaml_lines(draw, tree,
            "  ")).sample({"docs": "examples/serverless.yml", "test": "test/serverless.yml"}.get(scene.role,
            "serverless.yml"))  # fmt: skip
    if kind == 1:
        tree = {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
            "contentVersion": "1.0.0.0", "parameters": {"adminUsername": {"value": draw.user()},
            "adminPassword": {"value": Setting("",
            scene.password("admin password"))} if draw.chance(0.6) else {"reference": {"keyVault": {"id": Setting("",
            safe(f"/subscriptions/{draw.uuid()}/resourceGroups/{draw.word()}"))},
            "secretName": Setting("", safe("adminPassword"))}}, "tenantId": {"value": Setting("", safe(draw.uuid()))},
            "dnsLabel": {"value": draw.project}}}  # fmt: skip
        return Page(draw).line(json_text(tree, draw.pick(("  ",
            "    ")))).sample({"docs": "samples/azuredeploy.parameters.json",
            "test": "test/azuredeploy.parameters.json"}.get(scene.role, draw.pick(("azuredeploy.parameters.json",
            f"infra/{draw.word()}.parameters.json"))))  # fmt: skip
    tree = {"AWSTemplateFormatVersion": Setting("", "2010-09-09"), "Description": f"{draw.company} {draw.word()} stack",
        "Parameters": dict(draw.some(list(parameters.items()), 1, 2)),
        "Resources": dict(draw.some(list(resources.items()), 1, 4))}  # fmt: skip
    path = {"docs": f"examples/{draw.word()}.{{e}}", "test": "tests/templates/stack.{e}"}.get(scene.role,
        draw.pick(("template.{e}", f"cloudformation/{draw.word()}.{{e}}", "stacks/rds.{e}")))  # fmt: skip
    if kind == 2 and "!" not in str(tree):
        return Page(draw).line(json_text(tree, "  ")).sample(path.format(e="json"))
    return Page(draw).lines(header(scene, "#", 0.2) + yaml_lines(draw, tree, "  ", "", 0.05,
        scene)).sample(path.format(e=draw.pick(("yaml", "yml"))))  # fmt: skip
