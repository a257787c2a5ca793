"""Pipelines: GitHub Actions, GitLab CI, CircleCI, Travis, Azure, Jenkins."""

from __future__ import annotations

from generator.base import Draw, Page, Sample, file_type, safe, test
from generator.config_forms import Tree, header, spell, yaml_lines
from generator.config_groups import Setting
from generator.config_harmless import remark
from generator.config_scene import Scene
from generator.values import local_password


def _test_database(draw: Draw) -> dict[str, Tree]:
    """A database beside the tests, with its development password."""
    password = test(local_password(draw))
    kind = draw.pick(("postgres", "mysql", "mariadb", "rabbitmq", "mssql"))
    env: dict[str, Tree] = {"postgres": {"POSTGRES_USER": draw.user(), "POSTGRES_PASSWORD": Setting("", password),
        "POSTGRES_DB": "test"}, "mysql": {"MYSQL_ROOT_PASSWORD": Setting("", password), "MYSQL_DATABASE": "test"},
        "mariadb": {"MARIADB_ROOT_PASSWORD": Setting("", password)}, "rabbitmq": {"RABBITMQ_DEFAULT_PASS": Setting("",
        password)}, "mssql": {"SA_PASSWORD": Setting("", password), "ACCEPT_EULA": Setting("",
        "Y")}}[kind]  # type: ignore[assignment]  # fmt: skip
    return {kind: {"image": f"{kind}:{draw.integer(8, 16)}", "env": env, "ports": [Setting("",
        f"{draw.pick((5432, 3306))}:5432")]}}  # fmt: skip


def _leaky(scene: Scene) -> list[str]:
    """Commands of a step, at times with a credential in them."""
    draw = scene.draw
    plain = ("npm ci", "npm test", "go test ./...", "make lint", f"echo \"Deploying {draw.project}\"",
        "pytest -q --junitxml=report.xml", "docker build -t $IMAGE .", "./gradlew build",
        f"sha256sum -c <<< \"{safe(draw.hex(64))}  cli.tar.gz\"", "aws sts get-caller-identity",
        "terraform plan -out plan.bin", "kubectl rollout status deploy/app", "cargo test --locked",
        f"git checkout {safe(draw.hex(40))}", "npx jest --ci --passWithNoTests",
        "gpg --batch --import key.asc")  # fmt: skip
    leaky = (
        lambda: f"echo {scene.password('registry password')} | docker login -u {draw.user()} --password-stdin "
        f"registry.{draw.domain}",
        lambda: f"curl -H \"Authorization: Bearer {scene.service_token('deploy token')}\" "
        f"https://deploy.{draw.domain}/hooks/{draw.word()}",
        lambda: f"sshpass -p '{scene.password('ssh password')}' scp -r dist {draw.user()}@{scene.host()}:/var/www",
        lambda: f"docker login -u {draw.user()} -p {scene.password('registry password')} registry.{draw.domain}",
        lambda: f"sonar-scanner -Dsonar.login={scene.service_token('sonar token', 'hex40')} "
        f"-Dsonar.host.url=https://sonar.{draw.domain}",
        lambda: f"npm config set //registry.npmjs.org/:_authToken={scene.service_token('npm token', 'npm')}",
        lambda: f"curl -X POST {scene.service_token('slack webhook', 'webhook')} -d '{{\"text\": \"done\"}}'",
        lambda: f"mysql -h {scene.host()} -u {draw.user()} -p{scene.password('database password')} < schema.sql",
        lambda: f"codecov -t {scene.service_token('codecov token', 'uuid')}",
        lambda: f"export DATABASE_URL={scene.url('database url', 'postgres')}",
    )  # fmt: skip
    made = [draw.pick(plain) for _ in range(draw.integer(1, 3))]
    if draw.chance(0.3):
        made.insert(draw.integer(0, len(made)), draw.pick(leaky)())
    return made


def _variables(scene: Scene, low: int, high: int) -> dict[str, Tree]:
    draw = scene.draw
    made: dict[str, Tree] = {}
    for _ in range(draw.integer(low, high)):
        kind = draw.integer(0, 6)
        if kind <= 1:
            name = draw.pick(("DB_PASSWORD", "DEPLOY_PASSWORD", "REGISTRY_PASSWORD", "FTP_PASS", "KEYSTORE_PASSWORD",
                "SSH_PASS", "SMTP_PASSWORD"))  # fmt: skip
            made[name] = Setting("", scene.password(name.replace("_", " ").lower()))
        elif kind <= 3:
            name = draw.pick(("NPM_TOKEN", "SONAR_TOKEN", "API_KEY", "GH_TOKEN", "SLACK_WEBHOOK",
                "AWS_SECRET_ACCESS_KEY", "CODECOV_TOKEN", "CLIENT_SECRET", "STRIPE_SECRET_KEY", "SENTRY_AUTH_TOKEN",
                "DEPLOY_TOKEN"))  # fmt: skip
            form = {"NPM_TOKEN": "npm", "GH_TOKEN": "github", "AWS_SECRET_ACCESS_KEY": "aws",
                "SLACK_WEBHOOK": "webhook", "CODECOV_TOKEN": "uuid", "SONAR_TOKEN": "hex40",
                "STRIPE_SECRET_KEY": "stripe"}.get(name, "")  # fmt: skip
            made[name] = Setting("", scene.service_token(name.replace("_", " ").lower(), form))
        else:
            made.update(dict([draw.pick((("NODE_VERSION", Setting("", "20")), ("IMAGE", Setting("",
                f"registry.{draw.domain}/{draw.project}")), ("CACHE_KEY", Setting("",
                safe(f"v{draw.integer(1, 9)}-deps"))), ("JWT_SECRET", Setting("",
                test(draw.pick(("test", "ci-secret", "testsecret"))))), ("AWS_REGION", "eu-west-1"),
                ("SECRET_NAME", Setting("", safe(f"{draw.project}/ci"))), ("GIT_DEPTH", Setting("", "1")),
                ("SONAR_PROJECT_KEY", Setting("", safe(f"{draw.company.split()[0].lower()}_{draw.project}"))),
                ("AZURE_CLIENT_ID", Setting("", safe(draw.uuid())))))]))  # fmt: skip
    return made


def _scene(draw: Draw, form: str) -> Scene:
    scene = Scene.of(draw, form, live=8, local=0, test=1, docs=0.7)
    scene.care = draw.weighted({1.0: 5, 0.8: 2, 0.3: 2, 0.0: 2})
    scene.quota = draw.integer(1, 3)
    scene.in_shell = True
    return scene


@file_type(weight=2.5)
def github_actions(draw: Draw) -> Sample:
    scene = _scene(draw, "actions")
    jobs: dict[str, Tree] = {}
    for name in draw.some(("build", "test", "deploy", "release", "lint", "e2e", "publish", "scan"), 1, 3):
        steps: list[Tree] = [{"uses": draw.pick(("actions/checkout@v4", f"actions/checkout@{safe(draw.hex(40))}",
            "actions/checkout@v3"))}]  # fmt: skip
        for _ in range(draw.integer(1, 5)):
            step: dict[str, Tree] = {"name": draw.pick(("Install", "Log in to registry", "Deploy", "Run tests",
                "Upload coverage", "Configure credentials", f"Set up {draw.word()}", "Notify",
                "Publish package"))}  # fmt: skip
            if draw.chance(0.45):
                step["uses"] = draw.pick((f"docker/login-action@v{draw.integer(1, 3)}",
                    "aws-actions/configure-aws-credentials@v4", f"codecov/codecov-action@{safe(draw.hex(40))}",
                    f"{draw.word()}/{draw.verb()}-action@v{draw.integer(1, 4)}"))  # fmt: skip
                step["with"] = {spell(words, "kebab"): Setting("",
                    scene.service_token(words) if draw.chance(0.6) else safe("${{ secrets.GITHUB_TOKEN }}"))
                    for words in draw.some(("password", "token", "api key", "aws secret access key", "github token"), 1,
                    2)} | ({"username": draw.user()} if draw.chance(0.4) else {})  # fmt: skip
            else:
                commands = _leaky(scene)
                step["run"] = "|\n" + "\n".join(commands) if len(commands) > 1 else Setting("", commands[0], True)
                if draw.chance(0.45):
                    step["env"] = _variables(scene, 1, 3)
            steps.append(step)
        job: dict[str, Tree] = {"runs-on": draw.pick(("ubuntu-latest", "ubuntu-22.04", "self-hosted")),
            **({"services": _test_database(draw)} if name in ("test", "e2e", "build") and draw.chance(0.5) else {}),
            **({"env": _variables(scene, 1, 4)} if draw.chance(0.3) else {}), "steps": steps}  # fmt: skip
        if draw.chance(0.25):
            job["permissions"] = {"id-token": "write", "contents": "read"}
        jobs[name] = job
    tree: dict[str, Tree] = {"name": draw.pick(("CI", "Build and deploy", "Release", draw.project)),
        "on": {"push": {"branches": [draw.pick(("main", "master", "develop"))]}},
        **({"env": _variables(scene, 1, 3)} if draw.chance(0.3) else {}), "jobs": jobs}  # fmt: skip
    rows = header(scene, "#", 0.15) + _with_blocks(yaml_lines(draw, tree, "  ", draw.pick(("", "", "'")), 0.03, scene))
    return Page(draw).lines(rows).sample({"docs": f"examples/workflows/{draw.word()}.yml",
        "test": "test/fixtures/workflow.yml"}.get(scene.role,
        f".github/workflows/{draw.pick(('ci', 'deploy', 'release', 'build', draw.word(), 'test'))}."
        f"{draw.pick(('yml', 'yaml'))}"))  # fmt: skip


def _with_blocks(rows: list[str]) -> list[str]:
    """Block scalars that were written as leaves of several lines get the indent of their key."""
    made: list[str] = []
    for row in rows:
        head, *rest = row.split("\n")
        if rest and "|" in head:
            depth = len(head) - len(head.lstrip(" -")) + 2
            made.append(head.replace("'|", "|").replace('"|', "|"))
            made += [" " * depth + line.strip().removesuffix("'") for line in rest if line.strip() != "|"]
        else:
            made += [head, *rest]
    return made


@file_type(weight=1.6)
def gitlab_ci(draw: Draw) -> Sample:
    scene = _scene(draw, "gitlab")
    tree: dict[str, Tree] = {"image": draw.pick(("node:20", "python:3.11", "docker:24")),
        "stages": draw.pick((["test", "deploy"], ["build", "test", "release"]))}  # type: ignore[dict-item]  # fmt: skip
    if draw.chance(0.75):
        tree["variables"] = _variables(scene, 1, 6)
    for name in draw.some(("unit", "build", "deploy-prod", "deploy_staging", "publish", "lint", "review", "backup"), 1,
        4):  # fmt: skip
        job: dict[str, Tree] = {"stage": draw.pick(("test", "deploy", "build")),
            "script": [Setting("", f"'{line}'" if ": " in line and "'" not in line else line,
            True) for _ in range(draw.integer(1, 3)) for line in _leaky(scene)]}  # fmt: skip
        if draw.chance(0.3):
            job["services"] = [{"name": "postgres:15", "alias": "db"}]
            job["variables"] = {"POSTGRES_PASSWORD": Setting("", test(local_password(draw))), "POSTGRES_DB": "ci"}
        if draw.chance(0.3):
            job["before_script"] = [Setting("", "echo \"$SSH_PRIVATE_KEY\" | tr -d '\\r' | ssh-add -", True),
                Setting("", "docker login -u gitlab-ci-token -p $CI_JOB_TOKEN $CI_REGISTRY", True)]  # fmt: skip
        if draw.chance(0.4):
            job["only"] = [draw.pick(("main", "tags"))]
        if draw.chance(0.2):
            job["secrets"] = {"DB_PASSWORD": {"vault": Setting("", safe(f"{draw.project}/db/password@secrets"))}}
        tree[name] = job
    rows = header(scene, "#", 0.2) + yaml_lines(draw, tree, "  ", draw.pick(("", "", '"')), 0.04, scene)
    return Page(draw).lines(rows).sample({"docs": "docs/.gitlab-ci.example.yml",
        "test": "tests/data/.gitlab-ci.yml"}.get(scene.role, draw.pick((".gitlab-ci.yml", ".gitlab-ci.yml",
        f"ci/{draw.word()}.gitlab-ci.yml"))))  # fmt: skip


@file_type(weight=1.3)
def other_pipelines(draw: Draw) -> Sample:
    """CircleCI, Travis, Azure, Bitbucket, Drone, AppVeyor."""
    scene = _scene(draw, "env")
    kind = draw.pick(("circle", "travis", "azure", "bitbucket", "drone", "appveyor"))
    script: list[Tree] = [Setting("", line, True) for _ in range(draw.integer(1,
        3)) for line in _leaky(scene) if ": " not in line]  # fmt: skip
    sealed: Tree = {"secure": Setting("", f'"{safe(draw.base64(draw.pick((64, 128, 256))))}"', True)}
    trees: dict[str, tuple[dict[str, Tree], str]] = {
        "circle": ({"version": Setting("", "2.1"), "jobs": {"build": {"docker": [{"image": "cimg/node:20.1",
        "environment": _variables(scene, 1, 3)}, {"image": "cimg/postgres:14.0",
        "environment": {"POSTGRES_USER": "ci", "POSTGRES_PASSWORD": Setting("", test(local_password(draw)))}}],
        "steps": ["checkout", *[{"run": line} for line in script], {"restore_cache": {"key": Setting("",
        safe("v1-deps-{{ checksum \"package-lock.json\" }}"))}}]}}}, ".circleci/config.yml"),
        "travis": ({"language": "node_js", "node_js": [Setting("", "18", True)],
        "env": {"global": [sealed, Setting("", f"DB_PASS={test(local_password(draw))}", True)]}, "script": script,
        **({"deploy": {"provider": "npm", "email": draw.email(draw.domain),
        "api_key": sealed}} if draw.chance(0.5) else {})}, ".travis.yml"),
        "azure": ({"trigger": ["main"], "variables": _variables(scene, 1, 5), "steps": [{"script": line,
        "displayName": "Run"} for line in script] + [{"task": "AzureCLI@2", "inputs": {"azureSubscription": Setting("",
        safe(draw.uuid()))}}]}, "azure-pipelines.yml"),
        "bitbucket": ({"image": "atlassian/default-image:4", "pipelines": {"default": [{"step": {"name": "Build",
        "script": script}}]}, "definitions": {"services": {"mysql": {"image": "mysql:8",
        "variables": {"MYSQL_ROOT_PASSWORD": Setting("", test(local_password(draw)))}}}}}, "bitbucket-pipelines.yml"),
        "drone": ({"kind": "pipeline", "steps": [{"name": "publish", "image": "plugins/docker",
        "settings": {"username": draw.user(), "password": draw.pick(({"from_secret": Setting("",
        safe("docker_password"))}, Setting("", scene.password("docker password")))), "repo": draw.project}},
        {"name": "test", "image": "golang", "commands": script}]}, ".drone.yml"),
        "appveyor": ({"version": Setting("", "1.0.{build}"), "environment": {"my_token": sealed,
        **_variables(scene, 1, 3)}, "build_script": script}, "appveyor.yml"),
    }  # fmt: skip
    tree, path = trees[kind]
    rows = header(scene, "#", 0.2) + yaml_lines(draw, tree, "  ", draw.pick(("", "", "'")), 0.03, scene)
    return Page(draw).lines(rows).sample({"docs": f"examples/{path.replace('.circleci/', '')}",
        "test": f"tests/fixtures/{path}"}.get(scene.role, path))  # fmt: skip


@file_type(weight=1.2)
def jenkinsfile(draw: Draw) -> Sample:
    scene = _scene(draw, "env")
    environment = [f"{name} = {draw.pick((chr(39), chr(34)))}{value}" for name, value in (("REGISTRY",
        f"registry.{draw.domain}"), ("IMAGE", draw.project))]  # fmt: skip
    environment = [row + row[row.index("= ") + 2] for row in environment]
    environment += draw.some([f"DB_CREDS = credentials('{safe(draw.project + '-db')}')",
        f"SONAR_TOKEN = credentials('{safe('sonar-token')}')", f"NEXUS_PASSWORD = '{scene.password('nexus password')}'",
        f"API_KEY = \"{scene.service_token('api key')}\"", f"DEPLOY_KEY_ID = '{safe(draw.uuid())}'",
        "BRANCH = \"${env.GIT_BRANCH}\""], 1, 4)  # fmt: skip
    rows = [*header(scene, "//", 0.3), "pipeline {",
        f"    agent {draw.pick(('any', '{ label ' + chr(39) + 'docker' + chr(39) + ' }'))}", "    environment {",
        *(f"        {row}" for row in environment), "    }", "    stages {"]  # fmt: skip
    for stage in draw.some(("Build", "Test", "Deploy", "Publish", "Scan", "Release"), 1, 4):
        rows += [f"        stage('{stage}') {{", "            steps {"]
        for _ in range(draw.integer(1, 3)):
            kind = draw.integer(0, 4)
            if kind == 0:
                rows += [
                    f"                withCredentials([usernamePassword(credentialsId: "
                    f"'{safe(draw.pick((draw.uuid(), 'nexus-deploy', draw.word() + '-creds')))}', usernameVariable: "
                    f"'USER', passwordVariable: '{safe('PASS')}')]) {{",
                    "                    sh 'docker login -u $USER -p $PASS $REGISTRY'",
                    "                }"]  # fmt: skip
            elif kind == 1 and draw.chance(0.6):
                rows.append(
                    f"                git url: 'https://git.{draw.domain}/{draw.word()}.git', credentialsId: "
                    f"'{safe(draw.uuid())}'")  # fmt: skip
            else:
                line = draw.pick(_leaky(scene)).replace("'", '"')
                rows.append(f"                sh '{line}'" if "$" not in line or draw.chance(0.5)
                    else f"                sh '''{line}'''")  # fmt: skip
        rows += ["            }", "        }"]
    rows += ["    }", *(["    post {",
        f"        failure {{ mail to: '{draw.email(draw.domain)}', subject: 'Build failed' }}",
        "    }"] if draw.chance(0.4) else []), "}"]  # fmt: skip
    if draw.chance(0.2):
        rows.insert(1, f"    // {remark(scene)}")
    return Page(draw).lines(rows).sample({"docs": "examples/Jenkinsfile",
        "test": "test/jenkins/Jenkinsfile"}.get(scene.role, draw.pick(("Jenkinsfile", "ci/Jenkinsfile",
        f"jenkins/{draw.word()}.groovy", f"pipelines/{draw.word()}.Jenkinsfile"))))  # fmt: skip
