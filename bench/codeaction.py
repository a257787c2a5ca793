"""From the press of a key to the quick-fixes on offer, and from the choice of one to its edit.

A client opens files of several languages with a few secrets in a project with a `.env`, asks for code actions on the
line of one of them and resolves the preferred one: the first time, again and again, and after keystrokes elsewhere.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from client import Client, Message, initialize_params
from figures import percentile, print_table
from sources import made_up_secret
from tools import UNLEAK

SECRETS = 5  # a file
_RULES = r"""
provider = "acme"

[[rules]]
id = "acme-key"
description = "Acme key"
kind = "api-token"
severity = "error"
distinctive = true
regex = '\bacme_[a-z0-9]{20}\b'
keywords = ["acme_"]
examples = ['acme_{+}q8zk3w7n5x2c9v4m6t1b']
non_examples = ['acme_short']
"""


class Language(NamedTuple):
    """How a file is made up: its name, its first lines, a block of lines with `{at}`, a line with a secret, its end."""

    name: str
    file: str
    head: str
    block: str
    secret: str
    end: str = ""


LANGUAGES = (
    Language(
        "Python",
        "shop.py",
        "import json\n",
        "\n\ndef chosen_{at}(rows: list[dict[str, int]], least: int = {at}) -> str:\n"
        '    """Grüße 👋 from the rows that count."""\n'
        '    counted = {{row["name"]: row["count"] * {at} for row in rows if row["count"] > least}}\n'
        '    return json.dumps(counted) + f"{{len(rows)}} of {at}"\n',
        'DEPLOY_KEY_{at} = "{value}"\n',
    ),
    Language(
        "TypeScript",
        "shop.ts",
        'import { readFileSync } from "node:fs";\n',
        "\nexport function chosen{at}(rows: Array<{{ name: string; count: number }}>, least = {at}): string {{\n"
        "  // Grüße 👋 from the rows that count\n"
        "  const counted = rows.filter((row) => row.count > least).map((row) => `${{row.name}} {at}`);\n"
        '  return counted.join(", ") + readFileSync("rows-{at}.txt", "utf8");\n'
        "}}\n",
        'const deployKey{at} = "{value}";\n',
    ),
    Language(
        "Java",
        "Shop.java",
        "import java.util.List;\n\nclass Shop {\n",
        "\n    /** Grüße 👋 from the rows that count. */\n"
        "    static String chosen{at}(List<Integer> rows, int least) {{\n"
        "        var counted = rows.stream().filter(row -> row > least + {at}).map(String::valueOf).toList();\n"
        '        return String.join(", ", counted) + "of {at}";\n'
        "    }}\n",
        '    static final String DEPLOY_KEY_{at} = "{value}";\n',
        "}\n",
    ),
    Language(
        "YAML",
        "application.yaml",
        "spring:\n  application:\n    name: shop\n",
        "\nservice{at}:\n  # Grüße 👋 from the settings\n  image: shop/{at}:latest\n  replicas: {at}\n"
        '  ports: [{at}, "80{at}:80"]\n  labels:\n    - name: tier\n      value: "front {at}"\n',
        'deploy{at}:\n  key: "{value}"\n',
    ),
    Language(
        "Go",
        "shop.go",
        'package main\n\nimport "fmt"\n',
        "\n// chosen{at} counts. Grüße 👋\nfunc chosen{at}(rows map[string]int, least int) string {{\n\tcounted := 0\n"
        "\tfor _, count := range rows {{\n\t\tif count > least*{at} {{\n\t\t\tcounted += count\n\t\t}}\n\t}}\n"
        '\treturn fmt.Sprintf("%d of {at}", counted)\n}}\n',
        'var deployKey{at} = "{value}"\n',
    ),
)


def write_source(folder: Path, language: Language, lines: int) -> tuple[Path, list[int]]:
    """A file of about so many lines, the same in every run, and the lines of its secrets."""
    rng = random.Random(lines)
    block = language.block.count("\n")
    every = max(1, lines // block // SECRETS)
    text, places = language.head, list[int]()
    for at in range(lines // block):
        text += language.block.format(at=at)
        if at % every == every // 2:
            places.append(text.count("\n") + language.secret.partition("{value}")[0].count("\n"))
            text += language.secret.format(at=at, value="acme_" + made_up_secret(rng)[:20].lower())
    path = folder / language.file
    path.write_text(text + language.end, encoding="utf-8")
    return path, places


class Asking(NamedTuple):
    """Seconds that requests took: for the actions on offer, and for the edit of the preferred one."""

    offered: list[float]
    resolved: list[float]

    def __add__(self, other: object) -> Asking:
        assert isinstance(other, Asking)
        return Asking(self.offered + other.offered, self.resolved + other.resolved)


def ask(client: Client, uri: str, line: int) -> Asking:
    """Ask for what is offered on a line and for the edit of what is preferred."""
    place = {"line": line, "character": 0}
    params = {
        "textDocument": {"uri": uri},
        "range": {"start": place, "end": place},
        "context": {"diagnostics": [], "triggerKind": 1},
    }
    begin = time.perf_counter()
    actions: list[Message] = client.request("textDocument/codeAction", params)
    offered = time.perf_counter() - begin
    preferred = [action for action in actions if action.get("isPreferred")]
    if not preferred:
        raise SystemExit(f"no fix is preferred in line {line + 1} of {uri}")
    begin = time.perf_counter()
    answer: Message = client.request("codeAction/resolve", preferred[0])
    resolved = time.perf_counter() - begin
    if "edit" not in answer:
        raise SystemExit(f"the fix in line {line + 1} of {uri} has no edit")
    return Asking([offered], [resolved])


def start(folder: Path) -> Client:
    """A server whose client can do with edits what editors can."""
    client = Client([*UNLEAK, "serve"], folder)
    params: dict[str, Any] = initialize_params(folder, "utf-16")
    params["initializationOptions"] = {"extraRules": [str(folder.parent / "acme.toml")], "judge": {"enabled": False}}
    abilities = params["capabilities"]
    abilities["textDocument"]["codeAction"] = {"resolveSupport": {"properties": ["edit"]}, "disabledSupport": True}
    abilities["workspace"] = {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]}}
    client.request("initialize", params)
    client.notify("initialized", {})
    return client


def measured(folder: Path, language: Language, arguments: argparse.Namespace) -> dict[str, Asking]:
    """What the requests for one language took, by what came before them."""
    path, places = write_source(folder, language, arguments.lines)
    uri = path.as_uri()
    lines = path.read_text(encoding="utf-8").split("\n")
    comment = next(at for at in range(len(lines) // 2, len(lines)) if "Grüße" in lines[at])
    column = lines[comment].index("Grüße")
    found = {name: Asking([], []) for name in ("cold", "warm", "after a key")}
    for run in range(arguments.servers):
        client = start(folder)
        try:
            client.open(path, language.name.lower())
            found["cold"] += ask(client, uri, places[run % SECRETS])
            for at in range(arguments.requests if run == 0 else 0):
                found["warm"] += ask(client, uri, places[at % SECRETS])
            for at in range(arguments.requests if run == 0 else 0):
                client.change(uri, comment, column, "x")
                found["after a key"] += ask(client, uri, places[at % SECRETS])
        finally:
            client.close()
    return found


def project(folder: Path) -> Path:
    """A repository with a `.env`, and a rule beside it."""
    (folder / "acme.toml").write_text(_RULES, encoding="utf-8")
    shop = folder / "shop"
    subprocess.run(["git", "init", "--quiet", str(shop)], check=True)
    (shop / ".gitignore").write_text(".env\n", encoding="utf-8")
    (shop / ".env").write_text("".join(f"OTHER_{at}=some text {at}\n" for at in range(20)), encoding="utf-8")
    return shop


def cells(seconds: list[float]) -> list[str]:
    """p50 and p95 in milliseconds."""
    return [f"{1000 * percentile(seconds, share):.1f}" for share in (0.5, 0.95)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5_000)
    parser.add_argument("--requests", type=int, default=60, help="warm ones, and as many keystrokes (default: 60)")
    parser.add_argument("--servers", type=int, default=5, help="started for the cold ones (default: 5)")
    parser.add_argument("--only", nargs="+", metavar="LANGUAGE", default=[language.name for language in LANGUAGES])
    arguments = parser.parse_args()
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as name:
        shop = project(Path(name).resolve())
        for language in LANGUAGES:
            if language.name not in arguments.only:
                continue
            for before, asking in measured(shop, language, arguments).items():
                rows.append([language.name, before, *cells(asking.offered), *cells(asking.resolved)])
    print_table(["language", "", "actions p50 ms", "p95", "edit p50 ms", "p95"], rows)


if __name__ == "__main__":
    main()
