"""Clusters: manifests and Helm values."""

from __future__ import annotations

from generator import lookalikes
from generator.base import Draw, Page, Sample, file_type, safe, secret, test
from generator.config_env import placed
from generator.config_forms import Tree, header, spell, tree_of, yaml_lines
from generator.config_groups import Setting
from generator.config_harmless import groups
from generator.config_scene import Scene
from generator.values import pem

_PATHS = {
    "live": ("k8s/{w}.yaml", "deploy/k8s/secret.yaml", "manifests/{s}/{w}.yaml", "kubernetes/{p}.yml",
    "clusters/{s}/{w}/secret.yaml", "argocd/{w}.yaml", "overlays/{s}/configmap.yaml", "apps/{w}/deployment.yaml",
    "k8s/base/secrets.yml"),
    "local": ("k8s/dev/{w}.yaml", "kind/{w}.yaml", "overlays/dev/secret.yaml", "hack/dev/{w}.yaml",
    "skaffold/{w}.yaml"),
    "test": ("test/e2e/manifests/{w}.yaml", "testdata/secret.yaml", "tests/k8s/{w}.yaml",
    "config/samples/test_{w}.yaml"),
    "docs": ("examples/{w}.yaml", "docs/k8s/secret-example.yaml", "config/samples/{w}.yaml",
    "examples/kubernetes/secret.yaml"),
}  # fmt: skip


def _metadata(draw: Draw, name: str) -> dict[str, Tree]:
    meta: dict[str, Tree] = {"name": name}
    if draw.chance(0.6):
        meta["namespace"] = draw.pick((draw.project, "default", "monitoring", draw.word()))
    if draw.chance(0.4):
        meta["labels"] = {"app": draw.project, **({"app.kubernetes.io/managed-by": "Helm"} if draw.chance(0.3) else {})}
    if draw.chance(0.2):
        meta["annotations"] = {"checksum/config": Setting("",
            safe(draw.hex(64)))} if draw.chance(0.5) else {"reloader.stakater.com/auto": Setting("", '"true"',
            True)}  # fmt: skip
    return meta


def _secret(scene: Scene) -> dict[str, Tree]:
    draw = scene.draw
    plain = draw.chance(0.45)
    style = draw.pick(("screaming", "kebab", "camel", "snake"))
    data: dict[str, Tree] = {}
    for words in draw.some(("db password", "password", "username", "postgres password", "api key", "jwt secret",
        "redis password", "token", "client secret", "smtp password", "admin password", "database url", "encryption key",
        "aws secret access key", "ssh key", "ca crt"), 1, 6):  # fmt: skip
        name = spell(words, style)
        if words == "username":
            data[name] = draw.user() if plain else Setting("", safe(draw.base64(6)))
        elif words == "ca crt":
            data["ca.crt"] = Setting("", safe("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" + draw.base64(120)))
        elif words == "database url" and plain:
            data[name] = Setting("", scene.url(words, "postgresql"))
        elif not plain:
            data[name] = Setting("", scene.encoded(words))
        elif "password" in words:
            data[name] = Setting("", scene.password(words))
        elif words in ("jwt secret", "encryption key"):
            data[name] = Setting("", scene.own_secret(words))
        else:
            data[name] = Setting("", scene.service_token(words, "aws" if words.startswith("aws") else ""))
    kind = draw.pick(("Opaque", "Opaque", "kubernetes.io/basic-auth", ""))
    return {"apiVersion": "v1", "kind": "Secret", "metadata": _metadata(draw,
        f"{draw.project}-{draw.pick(('secrets', 'db', 'credentials', 'env'))}"), **({"type": kind} if kind else {}),
        "stringData" if plain else "data": data}  # fmt: skip


def _config_map(scene: Scene) -> dict[str, Tree]:
    draw = scene.draw
    data: dict[str, Tree] = {spell(f"{group.prefix} {setting.name}", "screaming"): Setting("",
        setting.value) for group in groups(scene, 1, 3) for setting in group.settings}  # fmt: skip
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(draw, f"{draw.project}-config"),
        "data": dict(list(data.items())[: draw.integer(3, 16)])}  # fmt: skip


def _deployment(scene: Scene) -> dict[str, Tree]:
    draw = scene.draw
    env: list[Tree] = []
    for group in groups(scene, 1, 2):
        for setting in group.settings:
            name = spell(f"{group.prefix} {setting.name}", "screaming")
            if draw.chance(0.3):
                env.append({"name": name, "valueFrom": {draw.pick(("secretKeyRef",
                    "configMapKeyRef")): {"name": Setting("",
                    safe(f"{draw.project}-{draw.pick(('secrets', 'config', 'db-credentials'))}")),
                    "key": Setting("", safe(spell(setting.name, draw.pick(("kebab", "snake",
                    "camel")))))}}})  # fmt: skip
            elif setting.value:
                env.append({"name": name, "value": Setting("", f'"{setting.value}"',
                    True) if setting.plain else Setting("", setting.value)})  # fmt: skip
    container: dict[str, Tree] = {"name": draw.project,
        "image": f"registry.{draw.domain}/{draw.project}"
        f"{draw.pick((':' + draw.version(), '@' + safe(lookalikes.image_digest(draw)), ':latest'))}",
        "env": env[:14]}  # fmt: skip
    if draw.chance(0.2):
        container["args"] = ["serve", f"--db-password={scene.password('database password')}"]
    if draw.chance(0.5):
        container["ports"] = [{"containerPort": 8080}]
    if draw.chance(0.4):
        container["volumeMounts"] = [{"name": "secrets", "mountPath": "/etc/secrets", "readOnly": True}]
    spec: dict[str, Tree] = {"containers": [container]}
    if draw.chance(0.4):
        spec["imagePullSecrets"] = [{"name": Setting("", safe("regcred"))}]
    if draw.chance(0.4):
        spec["volumes"] = [{"name": "secrets", "secret": {"secretName": Setting("", safe(f"{draw.project}-tls"))}}]
    return {"apiVersion": "apps/v1", "kind": draw.pick(("Deployment", "StatefulSet")),
        "metadata": _metadata(draw, draw.project), "spec": {"replicas": draw.integer(1, 4),
        "selector": {"matchLabels": {"app": draw.project}}, "template": {"metadata": {"labels": {"app": draw.project}},
        "spec": spec}}}  # fmt: skip


def _other(scene: Scene) -> dict[str, Tree]:
    draw = scene.draw
    store: dict[str, Tree] = {"apiVersion": "external-secrets.io/v1beta1", "kind": "ExternalSecret",
        "metadata": _metadata(draw, f"{draw.project}-external"), "spec": {"secretStoreRef": {"name": Setting("",
        safe("vault-backend")), "kind": "ClusterSecretStore"}, "data": [{"secretKey": Setting("",
        safe(draw.pick(("password", "db-password", "apiKey")))), "remoteRef": {"key": Setting("",
        safe(f"secret/data/{draw.project}")), "property": "password"}}]}}  # fmt: skip
    sealed: dict[str, Tree] = {"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
        "metadata": _metadata(draw, f"{draw.project}-sealed"), "spec": {"encryptedData": {draw.pick(("password",
        "DB_PASSWORD", "token")): Setting("", safe("AgB" + draw.base64(draw.integer(120,
        240)))) for _ in range(2)}}}  # fmt: skip
    ingress: dict[str, Tree] = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": draw.project, "annotations": {"nginx.ingress.kubernetes.io/auth-secret": Setting("",
        safe("basic-auth")), "cert-manager.io/cluster-issuer": "letsencrypt"}},
        "spec": {"tls": [{"hosts": [f"app.{draw.domain}"], "secretName": Setting("",
        safe(f"{draw.project}-tls"))}]}}  # fmt: skip
    repository: dict[str, Tree] = {"apiVersion": "v1", "kind": "Secret", "metadata": _metadata(draw, "private-repo"),
        "stringData": {"type": "git", "url": f"https://github.com/{draw.company.split()[0].lower()}/{draw.word()}",
        "username": draw.user(), "password": Setting("", scene.service_token("github token", "github"))}}  # fmt: skip
    pull: dict[str, Tree] = {"apiVersion": "v1", "kind": "Secret", "metadata": _metadata(draw, "regcred"),
        "type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": Setting("",
        scene.encoded("docker config"))}}  # fmt: skip
    return draw.pick((store, sealed, ingress, repository, pull))


@file_type(weight=3.2)
def manifests(draw: Draw) -> Sample:
    scene = Scene.of(draw, draw.pick(("helm", "env", "env")), live=5, local=2, test=1.5, docs=2)
    makers = draw.some((_secret, _secret, _config_map, _deployment, _deployment, _other), 1, 3)
    rows = header(scene, "#", 0.3)
    for number, make in enumerate(makers):
        rows += ["---"] if number or draw.chance(0.2) else []
        rows += yaml_lines(draw, make(scene), "  ", draw.pick(("", "", '"')), draw.pick((0.0, 0.0, 0.05)), scene)
    if draw.chance(0.07):
        edge = pem(draw)
        key = secret(edge.replace("\n", "\n    ")) if scene.role in ("live", "local") else test(edge.replace("\n",
            "\n    "))  # fmt: skip
        rows += ["---", "apiVersion: v1", "kind: Secret", "metadata:", f"  name: {draw.project}-ssh", "stringData:",
            f"  {draw.pick(('sshPrivateKey', 'ssh-privatekey', 'tls.key', 'id_rsa'))}: |", f"    {key}"]  # fmt: skip
    return Page(draw).lines(rows).sample(placed(scene, _PATHS))


_VALUE_PATHS = {
    "live": ("helm/values.yaml", "charts/{w}/values-{s}.yaml", "deploy/values.prod.yaml", "helmfile/{s}/values.yaml",
    "{p}/values.yaml", "apps/{w}/values.yaml"), "local": ("charts/{p}/values.dev.yaml", "helm/values-local.yaml",
    "dev/values.yaml"),
    "test": ("charts/{w}/ci/test-values.yaml", "tests/helm/values.yaml"), "docs": ("charts/{w}/values.example.yaml",
    "examples/values.yaml", "docs/values-example.yaml"),
}  # fmt: skip


@file_type(weight=1.8)
def helm_values(draw: Draw) -> Sample:
    scene = Scene.of(draw, "helm", live=4, local=2, test=1.5, docs=3)
    scene.form = "env" if draw.chance(0.7) else "helm"
    tree: dict[str, Tree] = {"replicaCount": draw.integer(1, 3),
        "image": {"repository": f"registry.{draw.domain}/{draw.project}", "tag": Setting("", draw.version()),
        "pullPolicy": "IfNotPresent"}, "imagePullSecrets": [], "nameOverride": Setting("", "")}  # fmt: skip
    parts: list[tuple[str, Tree]] = [
        ("postgresql", {"enabled": True, "auth": {"username": draw.user(), "password": Setting("",
        scene.password("postgres password")), "database": draw.word(), **({"existingSecret": Setting("",
        safe(f"{draw.project}-db"))} if draw.chance(0.4) else {})}}),
        ("redis", {"enabled": draw.chance(0.5), "auth": {"enabled": True, "password": Setting("",
        scene.password("redis password"))}}), ("ingress", {"enabled": True, "hosts": [{"host": f"app.{draw.domain}"}],
        "tls": [{"secretName": Setting("", safe("app-tls"))}]}),
        ("existingSecret", Setting("", safe(draw.pick(("", "my-secret", f"{draw.project}-env"))))),
        ("secretKeys", {"adminPasswordKey": Setting("", safe("postgres-password")),
        "userPasswordKey": Setting("", safe("password"))}),
        ("admin", {"user": "admin", "password": Setting("", scene.password("admin password"))}),
        ("secrets", {spell(words, draw.pick(("camel", "screaming"))): Setting("",
        scene.service_token(words)) for words in draw.some(("api key", "jwt secret", "slack token", "webhook secret"),
        1, 3)}),
        ("serviceAccount", {"create": True,
        "annotations": {"eks.amazonaws.com/role-arn": f"arn:aws:iam::{draw.digits(12)}:role/{draw.project}"}}),
        ("resources", {"limits": {"cpu": "500m", "memory": "512Mi"}}), ("config", tree_of([groups(scene, 1, 1)[0]],
        "camel")), ("podAnnotations", {"checksum/secret": Setting("", safe(draw.hex(64)))}),
        ("externalDatabase", {"host": scene.host(), "user": draw.user(), "password": Setting("",
        scene.password("external database password")), "existingSecretPasswordKey": Setting("", safe("db-password"))}),
    ]  # fmt: skip
    tree.update(dict(draw.some(parts, 2, 7)))
    rows = header(scene, "#", 0.3) + yaml_lines(draw, tree, "  ", draw.pick(("", "", '"')), draw.pick((0.0, 0.1, 0.2)),
        scene)  # fmt: skip
    return Page(draw).lines(rows).sample(placed(scene, _VALUE_PATHS))
