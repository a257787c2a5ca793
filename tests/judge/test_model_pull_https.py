"""Models by https: a certificate that is trusted or not, and a proxy that learns nothing but where it goes."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hub_server import HubServer
from pulls import TEAM, TOKEN, environment, made, ran, whole

pytest.importorskip("huggingface_hub", reason="needs huggingface_hub, the extra `hub`")

HOST = "hub.example"  # which only the proxy can find


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNLEAK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("UNLEAK_JUDGE", raising=False)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """That of the Hub, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName(HOST), x509.IPAddress(ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = tmp_path / "hub.pem"
    file.write_bytes(key.private_bytes(*form) + signed.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def server(certificate: Path, bundle: Path, tmp_path: Path) -> Iterator[HubServer]:
    """A Hub with a private repository."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    hub = HubServer()
    hub.secure(context)
    hub.tokens.add(TOKEN)
    hub.repository(TEAM, is_private=True).commit(made(bundle, tmp_path, "small"))
    with hub.running():
        yield hub


def secure(server: HubServer) -> str:
    return server.url.replace("http:", "https:")


class _Tunnel(ThreadingTCPServer):
    """A proxy that brings every connection to one port of this computer; what it was told is `heads`."""

    daemon_threads = True

    def __init__(self, port: int, *, refuses: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Ends)
        self.port, self.refuses = port, refuses
        self.heads: list[str] = []


class _Ends(StreamRequestHandler):
    server: _Tunnel

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n") and (line := self.rfile.readline()):
            head += line
        self.server.heads.append(head.decode())
        if self.server.refuses:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.server.port)) as other:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=_pour, args=(other, self.connection), daemon=True).start()
            _pour(self.connection, other)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def tunnel(server: HubServer, *, refuses: bool = False) -> Iterator[_Tunnel]:
    with _Tunnel(int(server.url.rpartition(":")[2]), refuses=refuses) as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield running
        running.shutdown()


def test_whose_certificate_is_not_known_hears_no_token(server: HubServer, tmp_path: Path) -> None:
    code, said = ran("pull", TEAM, environment=environment(secure(server), tmp_path, HF_TOKEN=TOKEN))
    assert (code, "is not trusted here: where a proxy reads along, SSL_CERT_FILE names a file" in said) == (2, True)
    assert server.asked == []


def test_whose_certificate_is_named(server: HubServer, certificate: Path, tmp_path: Path) -> None:
    how = environment(secure(server), tmp_path, HF_TOKEN=TOKEN, SSL_CERT_FILE=str(certificate))
    assert ran("pull", TEAM, environment=how)[0] == 0
    assert whole("small")


def test_through_a_proxy_that_learns_no_token(server: HubServer, certificate: Path, tmp_path: Path) -> None:
    with tunnel(server) as proxy:
        address = f"http://somebody:word@127.0.0.1:{proxy.server_address[1]}"
        how = environment(f"https://{HOST}", tmp_path, HTTPS_PROXY=address, HF_TOKEN=TOKEN)
        assert ran("pull", TEAM, environment={**how, "SSL_CERT_FILE": str(certificate)})[0] == 0
    assert whole("small")
    assert {head.split("\r\n")[0] for head in proxy.heads} == {f"CONNECT {HOST}:443 HTTP/1.1"}
    assert all("proxy-authorization: basic" in head.lower() for head in proxy.heads)
    assert not any(TOKEN in head for head in proxy.heads)


def test_past_a_proxy_that_refuses(server: HubServer, tmp_path: Path) -> None:
    with tunnel(server, refuses=True) as proxy:
        address = f"http://somebody:word@127.0.0.1:{proxy.server_address[1]}"
        code, said = ran("pull", TEAM, environment=environment(f"https://{HOST}", tmp_path, HTTPS_PROXY=address))
    assert (code, "the proxy does not let it through: look at HTTPS_PROXY" in said) == (2, True)
    assert "word" not in said
