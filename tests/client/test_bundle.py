"""The server as the extension carries it: started with an empty environment, it does all that an installed one does.

Needs nothing but pytest, so that it runs wherever a bundle is made.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "build" / "server" / ("unleak.exe" if os.name == "nt" else "unleak")
PATIENCE = 120.0  # seconds; only what hangs reaches it
PLACE = ("path", "line", "column", "end_line", "end_column")
PASSWORD = "zR7pLq2w" + "T9vXc4"
APP = f'import os\n\ndb_password = "{PASSWORD}"\nprint(db_password)\n'
MANY = 400  # files, enough for several processes

if not PROGRAM.exists():
    warnings.warn(
        "THE BUNDLED SERVER IS NOT TESTED: build/server is missing; `make server-bundle` makes it", stacklevel=1
    )
    pytest.skip("the server's bundle is not built: `make server-bundle`", allow_module_level=True)

Message = dict[str, Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home, and later the cache in it."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def environment(home: Path) -> dict[str, str]:
    """Of nothing but what the system insists on."""
    if os.name == "nt":
        system = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
        return {**system, "USERPROFILE": str(home), "LOCALAPPDATA": str(home), "APPDATA": str(home)}
    return {"HOME": str(home)}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("built") / "shop"
    subprocess.run([sys.executable, str(ROOT / "samples" / "build.py"), str(built)], check=True)
    return built


def ran(environment: dict[str, str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAM), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def rows(text: str) -> list[Message]:
    return [json.loads(line) for line in text.splitlines()]


class Server:
    """`unleak serve` with a client of a few lines."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.process = subprocess.Popen(
            [str(PROGRAM), "serve"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._heard: queue.Queue[Message | None] = queue.Queue()
        self._number = 0
        threading.Thread(target=self._listen, daemon=True).start()
        root = folder.as_uri()
        edits = {"workspaceEdit": {"documentChanges": True}}
        literals = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}}}
        capabilities = {
            "textDocument": {"publishDiagnostics": {"versionSupport": True}, "codeAction": literals},
            "workspace": edits,
            "experimental": {"judgeStatus": True},
        }
        folders = [{"uri": root, "name": "shop"}]
        about = {"processId": None, "rootUri": root, "workspaceFolders": folders, "capabilities": capabilities}
        options = {"judge": {"cache": False}}  # so that the judge is asked what it was asked in another test
        self.request("initialize", {**about, "initializationOptions": options})
        self.notify("initialized", {})

    def notify(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, params: object) -> Any:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        answer = self.until(lambda message: message.get("id") == number and "method" not in message)
        assert "error" not in answer
        return answer["result"]

    def open(self, file: Path, language: str) -> None:
        text = file.read_text(encoding="utf-8")
        item = {"uri": file.as_uri(), "languageId": language, "version": 0, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def until(self, fits: Callable[[Message], bool]) -> Message:
        give_up = time.monotonic() + PATIENCE
        while True:
            message = self._heard.get(timeout=max(0.0, give_up - time.monotonic()))
            assert message is not None, "the server has ended"
            if fits(message):
                return message
            if "id" in message and "method" in message:
                wanted = message["params"].get("items") if message.get("params") else None
                self._send({"id": message["id"], "result": [None for _ in wanted] if wanted else None})

    def diagnostics(self, file: Path, fits: Callable[[list[Message]], bool]) -> list[Message]:
        """The first ones of a file that fit."""

        def published(message: Message) -> bool:
            params = message.get("params") or {}
            is_of_file = message.get("method") == "textDocument/publishDiagnostics" and same(params["uri"], file)
            return is_of_file and fits(params["diagnostics"])

        found: list[Message] = self.until(published)["params"]["diagnostics"]
        return found

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while head := stream.readline():
            size = 0
            while head.strip():
                if head.lower().startswith(b"content-length:"):
                    size = int(head.split(b":")[1])
                head = stream.readline()
            self._heard.put(json.loads(stream.read(size)))
        self._heard.put(None)


def same(uri: str, file: Path) -> bool:
    """Whether a URI is of a file; drives are written in several ways."""
    return uri.lower().replace("%3a", ":") == file.as_uri().lower()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "app.py").write_text(APP, encoding="utf-8")
    return folder


@pytest.fixture
def server(environment: dict[str, str], project: Path) -> Iterator[Server]:
    started = Server(environment, project)
    yield started
    started.process.kill()
    started.process.wait()


def is_judged(found: list[Message]) -> bool:
    return len(found) == 1 and "the judge" in found[0]["message"]


def children_of(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    table = [line.split() for line in listed.splitlines()]
    return [int(process) for process, above, state in table if int(above) == parent and not state.startswith("Z")]


def are_gone(processes: list[int]) -> bool:
    give_up = time.monotonic() + PATIENCE
    while True:
        listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
        running = {int(line.split()[0]) for line in listed.splitlines() if not line.split()[1].startswith("Z")}
        if running.isdisjoint(processes):
            return True
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)


class TestScan:
    def test_of_the_sample_shop_finds_all_its_errors(self, environment, shop):
        done = ran({**environment, "UNLEAK_JUDGE": "off"}, shop, "scan", "--format", "jsonl", ".")
        assert done.returncode == 1, done.stderr
        expected = rows((ROOT / "samples" / "expected.jsonl").read_text(encoding="utf-8"))
        wanted = {tuple(row[key] for key in PLACE) for row in expected if row["severity"] == "error"}
        assert wanted <= {tuple(row[key] for key in PLACE) for row in rows(done.stdout) if row["severity"] == "error"}

    def test_of_the_sample_shop_asks_the_judge(self, environment, shop):
        done = ran(environment, shop, "scan", "--format", "jsonl", ".")
        assert done.returncode == 1, done.stderr
        assert any(row["decided_by"] == "judge" for row in rows(done.stdout))

    def test_in_several_processes_is_the_same_as_in_one(self, environment, tmp_path):
        for number in range(MANY):
            (tmp_path / f"app{number}.py").write_text(APP, encoding="utf-8")
        several = ran(environment, tmp_path, "scan", "--jobs", "2", "--format", "jsonl", ".")
        assert len(rows(several.stdout)) == MANY
        assert several.stdout == ran(environment, tmp_path, "scan", "--jobs", "1", "--format", "jsonl", ".").stdout

    def test_the_first_compiles_nothing(self, environment, project, tmp_path):
        cache = tmp_path / "cache"
        done = ran({**environment, "UNLEAK_CACHE_DIR": str(cache), "UNLEAK_JUDGE": "off"}, project, "scan", "app.py")
        assert done.returncode == 1, done.stderr
        assert not cache.exists()

    def test_takes_no_module_of_the_current_folder(self, environment, tmp_path, project):
        for name in ("json", "struct", "ctypes", "llama_cpp", "unleak", "hyperscan", "tree_sitter"):
            (project / f"{name}.py").write_text("raise SystemExit(9)", encoding="utf-8")
        hostile = {**environment, "PYTHONPATH": str(project), "PYTHONSTARTUP": str(project / "json.py")}
        done = ran(hostile, project, "scan", "--format", "jsonl", "app.py")
        assert done.returncode == 1, done.stderr
        assert [row["decided_by"] for row in rows(done.stdout)] == ["judge"]


class TestOtherCommands:
    def test_every_example_of_the_rules_holds(self, environment, tmp_path):
        assert ran(environment, tmp_path, "rules", "check").stdout == "Every example holds.\n"

    @pytest.mark.skipif(os.name == "nt", reason="there is no env")
    def test_run_gives_a_program_no_trace_of_the_bundle(self, environment, tmp_path):
        (tmp_path / ".env").write_text("GREETING=hello\n", encoding="utf-8")
        done = ran({**environment, "LD_LIBRARY_PATH": "/own"}, tmp_path, "run", "--", "/usr/bin/env")
        given = dict(line.split("=", 1) for line in done.stdout.splitlines())
        assert given == {**environment, "LD_LIBRARY_PATH": "/own", "GREETING": "hello"} | {
            name: value
            for name, value in given.items()
            if name.startswith("__CF")  # macOS adds it to every process
        }


class TestServe:
    def test_diagnostics_come_and_the_judge_has_its_say(self, server, project):
        file = project / "app.py"
        server.open(file, "python")
        server.diagnostics(file, lambda found: len(found) == 1)
        server.diagnostics(file, is_judged)

    @pytest.mark.parametrize(
        ("name", "language", "text", "read"),
        [
            ("app.py", "python", APP, "environ"),
            ("app.js", "javascript", f'const db_password = "{PASSWORD}";\n', "process.env"),
            ("App.cs", "csharp", f'class A {{ string db_password = "{PASSWORD}"; }}\n', "GetEnvironmentVariable"),
            ("app.go", "go", f'package main\n\nvar dbPassword = "{PASSWORD}"\n', "os.Getenv"),
            ("compose.yaml", "yaml", f"services:\n  db:\n    environment:\n      DB_PASSWORD: {PASSWORD}\n", "${"),
        ],
        ids=["Python", "JavaScript", "C#", "Go", "YAML"],
    )
    def test_a_fix_knows_the_language(self, server, project, name, language, text, read):
        file = project / name
        file.write_text(text, encoding="utf-8")
        server.open(file, language)
        (finding,) = server.diagnostics(file, lambda found: len(found) == 1)
        context = {"diagnostics": [finding], "triggerKind": 1}
        asked = {"textDocument": {"uri": file.as_uri()}, "range": finding["range"], "context": context}
        offered = server.request("textDocument/codeAction", asked)
        assert read in json.dumps(offered)

    @pytest.mark.skipif(os.name == "nt", reason="Windows does not list processes so")
    @pytest.mark.parametrize("end", ["exit", "kill"])
    def test_its_children_end_with_it(self, server, project, end):
        file = project / "app.py"
        server.open(file, "python")
        server.diagnostics(file, is_judged)
        children = children_of(server.process.pid)
        assert children
        if end == "kill":
            server.process.kill()
        else:
            server.request("shutdown", None)
            server.notify("exit", None)
        server.process.wait(PATIENCE)
        assert are_gone(children)
