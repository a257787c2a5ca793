"""A Hub on loopback: what the unmodified client of a Hub asks, and whatever can go wrong on the way.

Large files are redirected to a server of another origin, as with a real one. `huggingface_hub` needs nothing else:

    GET   /api/models/OWNER/NAME[/revision/REV]?blobs=true    the commit and its files
    GET   /OWNER/NAME/resolve/REV/PATH                        a file, or a redirect to where it is stored
    POST  /api/repos/create, /api/models/…/preupload/REV, /OWNER/NAME.git/info/lfs/objects/batch,
    PUT   /upload/OID, POST /verify, /api/models/…/commit/REV
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

LARGE = 1_000  # bytes from which on a file is stored elsewhere
_PIECE = 1 << 14


@dataclass
class Repository:
    """One with its history; who may not see it hears that there is none."""

    is_private: bool = False
    gated: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)  # "main", tags

    def commit(self, files: Mapping[str, bytes], ref: str = "main") -> str:
        told = repr((len(self.commits), sorted(files.items()))).encode()
        revision = hashlib.sha1(told, usedforsecurity=False).hexdigest()
        self.commits[revision] = dict(files)
        self.refs[ref] = revision
        return revision


@dataclass
class Asked:
    """A request as it came."""

    server: str  # "hub" or "storage"
    method: str
    path: str
    headers: dict[str, str]

    @property
    def range(self) -> str:
        return self.headers.get("range", "")


@dataclass
class Fault:
    """What goes wrong with requests to paths that match, `times` times."""

    path: str
    times: int = 1
    status: int = 0  # answered instead
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None  # bytes of the body, then the connection breaks
    change: Callable[[bytes], bytes] | None = None  # of the body
    hold_after: int | None = None  # bytes of the body, then nothing until `HubServer.release`
    ignore_range: bool = False
    body: bytes = b""


class HubServer:
    """A Hub and its storage, for as long as the block of `running` lasts."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.tokens: set[str] = set()
        self.asked: list[Asked] = []
        self.faults: list[Fault] = []
        self.release = threading.Event()
        self.held = threading.Semaphore(0)  # one for each answer that is held
        self.uploads: dict[str, bytes] = {}
        self.hides_blobs = False
        self.below = ""  # the path at which the Hub begins
        self._lock = threading.Lock()
        self._servers = {
            name: ThreadingHTTPServer(("127.0.0.1", 0), self._handler(name)) for name in ("hub", "storage")
        }

    @property
    def url(self) -> str:
        return self.address("hub")

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self._servers[name].server_port}"

    def secure(self, certificate: ssl.SSLContext) -> None:
        """Be there by https alone; files are stored elsewhere as before."""
        hub = self._servers["hub"]
        hub.socket = certificate.wrap_socket(hub.socket, server_side=True)

    def repository(self, name: str, **options: bool) -> Repository:
        return self.repositories.setdefault(name, Repository(**options))

    def files_asked(self, server: str = "storage") -> list[Asked]:
        with self._lock:
            return [each for each in self.asked if each.server == server and each.method == "GET"]

    @contextmanager
    def running(self) -> Iterator[HubServer]:
        for server in self._servers.values():
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield self
        finally:
            self.release.set()
            for server in self._servers.values():
                server.shutdown()
                server.server_close()

    def fault_for(self, path: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.times and re.search(fault.path, path):
                    fault.times -= 1
                    return fault
        return None

    def note(self, asked: Asked) -> None:
        with self._lock:
            self.asked.append(asked)

    def _handler(self, name: str) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(_Handler):
            server_name, world = name, hub

        return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_name: str
    world: HubServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:  # the other side has gone
            self.close_connection = True

    def do_GET(self) -> None:
        self._do()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

    def _do(self) -> None:
        place = urlsplit(self.path)  # with a host, where this is asked as a proxy
        path = unquote(place.path).removeprefix(self.world.below)
        headers = {key.lower(): value for key, value in self.headers.items()}
        is_storage = self.server_name == "storage" or self.world.address("storage").endswith(f"//{place.netloc}")
        self.world.note(Asked("storage" if is_storage else "hub", self.command, self.path, headers))
        self._body = self.rfile.read(int(headers.get("content-length", 0)))
        self._fault = self.world.fault_for(path)
        if self._fault and self._fault.status:
            self._send(self._fault.status, self._fault.body, dict(self._fault.headers))
        elif is_storage:
            self._stored(path)
        else:
            self._route(path)

    # What is asked

    def _route(self, path: str) -> None:
        for pattern, answer in _ROUTES:
            if match := re.fullmatch(pattern, path):
                answer(self, **match.groupdict())
                return
        self._refuse(404, "NotFound")

    def _info(self, repository: str, revision: str | None = None) -> None:
        found = self._commit(repository, revision or "main", metadata=True)
        if found is None:
            return
        repo, commit, files = found
        siblings = []
        for path, data in files.items():
            sibling: dict[str, Any] = {"rfilename": path}
            if not self.world.hides_blobs:
                sibling |= {"size": len(data), "blobId": _blob(data)}
                if len(data) >= LARGE:
                    sibling["lfs"] = {"size": len(data), "sha256": _sha256(data), "pointerSize": 130}
            siblings.append(sibling)
        self._json(
            {"id": repository, "modelId": repository, "sha": commit, "private": repo.is_private, "siblings": siblings}
        )

    def _resolve(self, repository: str, revision: str, path: str) -> None:
        found = self._commit(repository, revision)
        if found is None:
            return
        _, commit, files = found
        if path not in files:
            self._refuse(404, "EntryNotFound")
            return
        data = files[path]
        headers = {"X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        if len(data) < LARGE:
            self._file(data, headers | {"ETag": f'"{_blob(data)}"'})
            return
        location = f"{self.world.address('storage')}/objects/{_sha256(data)}?signature={'s' * 20}"
        linked = {"X-Linked-Etag": f'"{_sha256(data)}"', "X-Linked-Size": str(len(data)), "Location": location}
        self._send(302, b"", headers | linked)

    def _stored(self, path: str) -> None:
        oid = path.rpartition("/")[2]
        if self.command == "PUT":
            self.world.uploads[oid] = self._body
            self._send(200, b"", {"ETag": f'"{oid}"'})
            return
        for repository in self.world.repositories.values():
            for files in repository.commits.values():
                for data in files.values():
                    if _sha256(data) == oid:
                        self._file(data, {"ETag": f'"{oid}"'})
                        return
        self._refuse(404, "NotFound")

    def _create(self) -> None:
        if not self._is_known():
            self._refuse(401, "")
            return
        said = json.loads(self._body)
        name = f"{said['organization']}/{said['name']}"
        exists = name in self.world.repositories
        if not exists:
            is_private = said.get("private") is True or said.get("visibility") == "private"
            self.world.repository(name, is_private=is_private).commit({".gitattributes": b"*.gguf filter=lfs\n"})
        self._json({"url": f"{self.world.url}/{name}", "name": name}, 409 if exists else 200)

    def _preupload(self, repository: str, revision: str) -> None:
        modes = []
        for file in json.loads(self._body)["files"]:
            mode = "lfs" if file["size"] >= LARGE else "regular"
            modes.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False})
        self._json({"files": modes})

    def _batch(self, repository: str) -> None:
        objects = []
        for wanted in json.loads(self._body)["objects"]:
            upload = {"href": f"{self.world.address('storage')}/upload/{wanted['oid']}"}
            verify = {"href": f"{self.world.url}/verify"}
            objects.append({**wanted, "actions": {"upload": upload, "verify": verify}})
        self._json({"transfer": "basic", "objects": objects})

    def _verify(self) -> None:
        said = json.loads(self._body)
        data = self.world.uploads.get(said["oid"], b"")
        self._json({}, 200 if _sha256(data) == said["oid"] and len(data) == said["size"] else 422)

    def _commit_files(self, repository: str, revision: str) -> None:
        if not self._is_known():
            self._refuse(403, "")
            return
        repo = self.world.repositories[repository]
        files = dict(repo.commits[repo.refs[revision]])
        for line in self._body.splitlines():
            said = json.loads(line)
            value = said["value"]
            if said["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif said["key"] == "lfsFile":
                files[value["path"]] = self.world.uploads[value["oid"]]
        commit = repo.commit(files, revision)
        self._json({"commitUrl": f"{self.world.url}/{repository}/commit/{commit}", "commitOid": commit})

    # How it is answered

    def _is_known(self) -> bool:
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        return token in self.world.tokens

    def _commit(
        self, name: str, revision: str, *, metadata: bool = False
    ) -> tuple[Repository, str, dict[str, bytes]] | None:
        repository = self.world.repositories.get(name)
        token = self.headers.get("authorization", "")
        if token and not self._is_known():
            self._refuse(401, "", "Invalid credentials in Authorization header")
        elif repository is None or (repository.is_private and not self._is_known()):
            self._refuse(404 if self._is_known() else 401, "RepoNotFound")
        elif repository.gated and not metadata:
            self._refuse(403, "GatedRepo")
        elif (commit := repository.refs.get(revision, revision)) not in repository.commits:
            self._refuse(404, "RevisionNotFound")
        else:
            return repository, commit, repository.commits[commit]
        return None

    def _json(self, told: object, status: int = 200) -> None:
        self._send(status, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, code: str, message: str = "") -> None:
        headers = {"X-Error-Code": code} | ({"X-Error-Message": message} if message else {})
        self._send(status, json.dumps({"error": message or code}).encode(), headers)

    def _file(self, data: bytes, headers: dict[str, str]) -> None:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", ""))
        if not match or (self._fault and self._fault.ignore_range):
            self._send(200, data, headers)
        elif int(match[1]) >= len(data):
            self._send(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        else:
            begin = int(match[1])
            content = {"Content-Range": f"bytes {begin}-{len(data) - 1}/{len(data)}"}
            self._send(206, data[begin:], headers | content)

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        fault = self._fault
        if fault and fault.change:
            data = fault.change(data)
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        for at in range(0, len(data), _PIECE):
            piece = data[at : at + _PIECE]
            if fault and fault.cut_after is not None and at + len(piece) > fault.cut_after:
                self.wfile.write(piece[: max(0, fault.cut_after - at)])
                self.wfile.flush()
                self.close_connection = True
                return
            if fault and fault.hold_after is not None and at + len(piece) > fault.hold_after:
                self.wfile.write(piece[: max(0, fault.hold_after - at)])
                self.wfile.flush()
                piece = piece[max(0, fault.hold_after - at) :]
                fault = None
                self.world.held.release()
                self.world.release.wait()
            self.wfile.write(piece)


_REPOSITORY = r"(?P<repository>[^/]+/[^/]+)"
_ROUTES: list[tuple[str, Callable[..., None]]] = [
    ("/api/repos/create", _Handler._create),
    (rf"/api/models/{_REPOSITORY}/preupload/(?P<revision>[^/]+)", _Handler._preupload),
    (rf"/api/models/{_REPOSITORY}/commit/(?P<revision>[^/]+)", _Handler._commit_files),
    (rf"/api/models/{_REPOSITORY}/revision/(?P<revision>.+)", _Handler._info),
    (rf"/api/models/{_REPOSITORY}", _Handler._info),
    (r"/(?P<repository>[^/]+/[^/]+)\.git/info/lfs/objects/batch", _Handler._batch),
    ("/verify", _Handler._verify),
    (rf"/{_REPOSITORY}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", _Handler._resolve),
]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
