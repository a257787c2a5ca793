"""Talks to a Hub by `huggingface_hub`, which is loaded here alone, and says what goes wrong in words for people.

Files are streamed through the session of that client, so that its rules hold: HF_ENDPOINT, HF_TOKEN or its own login,
proxies, HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT. Not through its own downloads: they begin anew after a cut, keep a
second copy, and are heard of only after many megabytes. No message holds a token, or an address beyond a host's name.
"""

from __future__ import annotations

import importlib.util
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from unleak import __version__
from unleak.judge.shelf import InstalledError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further try of what failed and brought nothing."""
MISSING = (
    "downloading needs huggingface_hub, which is not installed: `pip install 'unleak[hub]'`, "
    "or fetch the files yourself and `unleak model import` them"
)
_OFFLINE = "HF_HUB_OFFLINE is set, so that nothing is fetched: unset it, or `unleak model import` a folder or a .zip"
_QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_XET": "1",  # a transfer of its own, with a cache of its own, that knows nothing of mirrors
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_VERBOSITY": "critical",  # its warnings name addresses that are signed
}
_LONGEST_WAIT = 60  # seconds that a Hub may ask to wait
_REVISION = re.compile(r"[0-9a-f]{40}")
_RESET = re.compile(r";\s*t\s*=\s*(\d{1,9})")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TRANSIENT = (408, 429, 500, 502, 503, 504)
T = TypeVar("T")


class RemoteFile(NamedTuple):
    """A file of a repository, as the Hub describes it."""

    size: int | None  # bytes
    blob: str  # its id in git; empty where that is not told
    sha256: str  # of large files; empty for others


class Snapshot(NamedTuple):
    """A repository at one commit."""

    commit: str  # 40 lower-case hexadecimal digits
    is_private: bool
    files: dict[str, RemoteFile]


class Piece(NamedTuple):
    """What a file holds from a place on."""

    offset: int
    data: bytes


class _RefusedError(Exception):
    """What a Hub answered instead."""

    def __init__(self, status: int, headers: Mapping[str, str], host: str) -> None:
        super().__init__(status)
        self.status = status
        self.host = host  # that of the Hub, or of where it keeps files
        self.code = headers.get("x-error-code", "")
        self.wait = _asked_wait(status, headers)  # seconds


class _BrokenOffError(Exception):
    """A file ended before its end."""


def require() -> None:
    """Raise InstalledError unless the client of a Hub is installed."""
    if not all(map(importlib.util.find_spec, ("huggingface_hub", "httpx"))):  # before 1.0 it came without httpx
        raise InstalledError(MISSING)


class Hub:
    """A connection; `note` hears why it takes longer. Raises InstalledError, with each of its methods."""

    def __init__(self, note: Callable[[str], None]) -> None:
        require()
        os.environ.update(_QUIET)  # it reads them once, when it is loaded
        try:
            from huggingface_hub import HfApi, constants
        except (ImportError, ValueError) as error:  # also of a number in the environment that is none
            raise InstalledError(
                f"huggingface_hub cannot be loaded ({error}): look at the variables of the environment that begin "
                "with HF_, or `pip install --upgrade 'unleak[hub]'`"
            ) from None

        if constants.is_offline_mode():
            raise InstalledError(_OFFLINE)
        self._note = note
        self._endpoint: str = constants.ENDPOINT
        place = _place(self._endpoint)
        self.host = place.netloc.rpartition("@")[2]  # for messages
        self._patience = float(constants.HF_HUB_DOWNLOAD_TIMEOUT)  # seconds of silence
        self._may_tell_token = place.scheme == "https" or place.hostname in _LOOPBACK
        self._api = HfApi(
            endpoint=self._endpoint,
            token=None if self._may_tell_token else False,
            library_name="unleak",
            library_version=__version__,
        )

    # Reading

    def snapshot(self, repository: str, revision: str | None) -> Snapshot:
        """A repository at a commit, a branch or a tag, or as it is now."""
        info = self.tried(
            repository,
            lambda api: api.model_info(repository, revision=revision, timeout=self._patience, files_metadata=True),
            revision or "",
        )
        commit = info.sha or ""
        if not _REVISION.fullmatch(commit):
            raise InstalledError(f"{self.host} does not say which commit of {repository} it is: use another mirror")
        if revision and _REVISION.fullmatch(revision) and commit != revision:
            raise InstalledError(f"{self.host} answered with another commit of {repository} than {revision}")
        files = {
            file.rfilename: RemoteFile(file.size, file.blob_id or "", file.lfs.sha256 if file.lfs else "")
            for file in info.siblings or ()
        }
        return Snapshot(commit, bool(info.private), files)

    def pieces(self, repository: str, commit: str, path: str, offset: int, size: int) -> Iterator[Piece]:
        """A file of `size` bytes from `offset` on, in pieces as they come; from 0 on again where it must be.

        A cut connection is made anew as long as that brings more than there was.
        """
        tries, furthest = 0, offset
        while True:
            try:
                with self._stream(repository, commit, path, offset) as (begin, stream):
                    offset = begin
                    for data in stream:
                        yield Piece(offset, data)
                        offset += len(data)
                        if offset > furthest:
                            tries, furthest = 0, offset
                if offset >= size:
                    return
                raise _BrokenOffError
            except Exception as error:
                if isinstance(error, _RefusedError) and error.status == 416 and offset:
                    offset = 0
                    continue
                tries += 1
                self._wait(error, tries, repository, path)

    def read(self, repository: str, commit: str, path: str, most: int) -> bytes:
        """A whole file of at most `most` bytes."""
        data = b""
        size = most + 1
        for piece in self.pieces(repository, commit, path, 0, 0):
            data = data[: piece.offset] + piece.data
            if len(data) >= size:
                raise InstalledError(f"{path} of {repository} has more than {most:,} bytes")
        return data

    @contextmanager
    def _stream(self, repository: str, commit: str, path: str, offset: int) -> Iterator[tuple[int, Iterator[bytes]]]:
        import httpx
        from huggingface_hub import get_session, hf_hub_url
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # exported by name

        token = None if self._may_tell_token else False
        headers = build_hf_headers(token=token, library_name="unleak", library_version=__version__)
        headers["accept-encoding"] = "identity"  # what is packed cannot be gone on with
        if offset:
            headers["range"] = f"bytes={offset}-"
        url = hf_hub_url(repository, path, revision=commit, endpoint=self._endpoint)
        timeout = httpx.Timeout(self._patience)
        with get_session().stream("GET", url, headers=headers, timeout=timeout) as response:
            if response.status_code >= 400:
                raise _RefusedError(response.status_code, response.headers, response.url.netloc.decode())
            begin = _begin(response.headers.get("content-range", "")) if response.status_code == 206 else 0
            if response.status_code not in (200, 206) or begin not in (0, offset):
                raise _RefusedError(502, {}, response.url.netloc.decode())
            yield begin, response.iter_bytes()

    # Writing

    def tried(self, repository: str, call: Callable[[HfApi], T], revision: str = "", *, once: bool = False) -> T:
        """What a call of the client returns, tried again where that may help."""
        tries = 0
        while True:
            try:
                return call(self._api)
            except Exception as error:
                tries = len(PAUSES) + 1 if once else tries + 1
                self._wait(error, tries, repository, revision)

    # What goes wrong

    def _wait(self, error: Exception, tries: int, repository: str, what: str) -> None:
        """Sleep, so that it can be tried again; raises InstalledError where that is of no use."""
        import httpx
        from huggingface_hub.errors import HfHubHTTPError

        if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):
            error = error.__cause__  # of an upload
        if isinstance(error, HfHubHTTPError):
            response = error.response
            error = _RefusedError(response.status_code, response.headers, response.url.netloc.decode())
        transient: tuple[type[Exception], ...] = (httpx.TransportError, _BrokenOffError)
        is_transient = isinstance(error, transient) and not isinstance(error, httpx.UnsupportedProtocol)
        is_transient = is_transient and not _is_distrust(error)
        pause = PAUSES[tries - 1] if tries <= len(PAUSES) else 0.0
        if isinstance(error, _RefusedError):
            is_transient = error.status in _TRANSIENT and error.wait <= _LONGEST_WAIT
            pause = max(pause, error.wait) if pause else 0.0
        if not is_transient or not pause:
            raise InstalledError(self._told(error, repository, what)) from None
        if isinstance(error, _RefusedError) and error.wait:
            self._note(f"{self._asked(error)} asks to wait {error.wait:g} seconds")
        elif tries > 1:
            self._note(f"{self._asked(error)} has trouble, or the network; trying again")
        time.sleep(pause)

    def _told(self, error: Exception, repository: str, what: str) -> str:
        import httpx
        from huggingface_hub.errors import HFValidationError, OfflineModeIsEnabled

        again = "try again in a while; what has been fetched is kept"
        asked = self._asked(error)
        if isinstance(error, InstalledError):
            return str(error)
        if isinstance(error, _RefusedError):
            return self._refusal(error, repository, what)
        if isinstance(error, OfflineModeIsEnabled):
            return _OFFLINE
        if isinstance(error, HFValidationError):
            return f"{repository[:120]!r} is no name of a repository: it is owner/name"
        if isinstance(error, httpx.ProxyError):
            return "the proxy does not let it through: look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
        if isinstance(error, httpx.ConnectError):
            if _is_distrust(error):
                return (
                    f"the certificate of {asked} is not trusted here: where a proxy reads along, "
                    "SSL_CERT_FILE names a file with its certificate"
                )
            return f"{asked} cannot be reached: look at the network, HTTPS_PROXY and HF_ENDPOINT"
        if isinstance(error, httpx.TimeoutException):
            return f"{asked} says nothing for {self._patience:g} seconds: {again}"
        if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL)):
            return "HF_ENDPOINT is no address: it begins with https://"
        if isinstance(error, (httpx.HTTPError, _BrokenOffError)):
            return f"the connection to {asked} breaks off again and again: {again}"
        if isinstance(error, UnicodeEncodeError):  # in what goes into a header
            return "the token has characters that no token has: renew it, in HF_TOKEN or with `hf auth login`"
        if isinstance(error, OSError):
            return f"{error.filename or self.host}: {error.strerror or 'cannot be read or written'}"
        return f"{self.host} does not answer as a Hub does: a proxy or a page to log in may stand between"

    def _refusal(self, error: _RefusedError, repository: str, what: str) -> str:
        from huggingface_hub import get_token

        status, code, asked = error.status, error.code, self._asked(error)
        has_token = self._may_tell_token and bool(get_token())
        log_in = "set HF_TOKEN, or log in with `hf auth login`"
        if not self._may_tell_token:
            log_in = "give HF_ENDPOINT as https://, for a token is not sent without"
        if status == 429:
            when = f"in {error.wait:g} seconds" if error.wait else "in a few minutes"
            return f"{asked} has been asked too often: try again {when}"
        if status >= 500:
            return f"{asked} has a trouble of its own (HTTP {status}): try again in a while; what was fetched is kept"
        if error.host != self.host:
            return f"{asked} refuses it (HTTP {status}): try again, or have the proxy or the firewall let it through"
        if status in (401, 403) and code == "GatedRepo":
            ask = f"ask for access at {self.host}/{repository}"
            return (
                f"{repository} is open only to those whom its owner lets in: {ask}{'' if has_token else ', ' + log_in}"
            )
        if status == 401 and has_token and code != "RepoNotFound":
            return f"{self.host} does not accept the token: renew it, in HF_TOKEN or with `hf auth login`"
        if code == "RevisionNotFound":
            return f"{repository} has no revision {what[:80]!r}: name a commit, a branch or a tag"
        if code == "EntryNotFound":
            return f"{repository} has no file {what!r}"
        if status in (401, 404):
            access = "the token that is used must be able to read it" if has_token else log_in
            return f"{self.host} has no repository {repository}, or it is private: {access}"
        if status == 403 and not has_token:
            return f"{self.host} does not open {repository} to everybody: {log_in}"
        if status == 403:
            return f"the token may not do this with {repository}: it needs another permission, or {log_in}"
        return f"{self.host} refuses it (HTTP {status}): look at HF_ENDPOINT and the name {repository}"

    def _asked(self, error: Exception) -> str:
        """Whom an error comes from, as people are told."""
        import httpx

        host = error.host if isinstance(error, _RefusedError) else self.host
        if isinstance(error, httpx.RequestError):
            with suppress(RuntimeError):  # it came to no request
                host = error.request.url.netloc.decode()
        return host if host in ("", self.host) else f"{host}, where {self.host} keeps files,"


def _place(endpoint: str) -> Any:
    place = urlsplit(endpoint)
    if place.scheme not in ("http", "https") or not place.hostname:
        raise InstalledError("HF_ENDPOINT is no address: it begins with https://")
    return place


def _is_distrust(error: Exception) -> bool:
    """Whether it is the certificate of the other side."""
    return "CERTIFICATE_VERIFY" in str(error)


def _begin(content_range: str) -> int:
    """Where an answer begins; -1 where that is not said."""
    match = re.match(r"bytes (\d{1,15})-", content_range)
    return int(match[1]) if match else -1


def _asked_wait(status: int, headers: Mapping[str, str]) -> float:
    """Seconds that a Hub asks to wait; 0 where it does not."""
    after = headers.get("retry-after", "").strip()
    if after.isdecimal():
        return float(after[:9])
    match = _RESET.search(headers.get("ratelimit", "")) if status == 429 else None
    return float(match[1]) if match else 0.0
