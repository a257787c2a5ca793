"""A judge as files: a folder with a network and the manifest that says what it is and how its answers are read.

A manifest may name an adapter to the network, which is the base of several then; the base need not lie beside it.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from unleak.finding import Verdict
from unleak.judge.protocol import LABELS, VERSION

MANIFEST = "manifest.toml"
MANIFEST_SIZE = 1_000_000  # bytes; more is no manifest
_SMALLEST_CONTEXT, _LARGEST_CONTEXT = 64, 32_768  # tokens
LARGEST_FILE = 1 << 36
"""Bytes of a model's file."""
PLAIN, CHAT = PROMPTS = ("plain", "chat")
"""The forms of a prompt: a question and nothing else; messages in a model's own template, as `chat_prompt` has them."""
SCAN = "scan/1"
"""The protocol by which a model reads whole chunks of a file; see `unleak.finder.protocol`."""
NOT_MEASURED = "not measured"
_LONGEST_TEXT, _LONGEST_NAME = 300, 120  # code points
_FILE = re.compile(
    r"(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9](?:[a-z0-9._+ -]*[a-z0-9])?", re.IGNORECASE | re.ASCII
)
"""A file's name on every system."""
ADVICE = "install unleak again, or choose another judge"


class BundleError(Exception):
    """A bundle cannot be used; the message names the file, what is wrong and what to do."""


class Calibration(NamedTuple):
    """How logits become probabilities that keep what they promise: softmax((logits + bias) / temperature)."""

    temperature: float = 1.0
    bias: tuple[float, ...] = (0.0,) * len(LABELS)

    def verdict(self, logits: Sequence[float]) -> Verdict:
        """The answer behind finite logits, one a label."""
        scaled = [(logit + bias) / self.temperature for logit, bias in zip(logits, self.bias, strict=True)]
        top = max(scaled)
        weights = [math.exp(value - top) for value in scaled]
        total = sum(weights)
        return Verdict(*[weight / total for weight in weights])


class ModelFile(NamedTuple):
    """A file as a manifest describes it."""

    name: str
    size: int  # bytes
    sha256: str  # 64 lower-case hexadecimal digits


class Adapter(NamedTuple):
    """What changes a network, and the network that it was made for."""

    file: ModelFile
    base: str  # sha256 of that network's file


class ScanPlan(NamedTuple):
    """How whole files are read by a model that can."""

    lines: int  # of a chunk
    overlap: int  # lines that a chunk shares with the one before
    answers: int  # for a chunk, at most


class Source(NamedTuple):
    """Where a bundle comes from."""

    repository: str
    revision: str  # 40 lower-case hexadecimal digits
    file: str  # a path in the repository, or empty

    def __str__(self) -> str:
        return f"{self.repository}@{self.revision}" + (f"/{self.file}" if self.file else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a manifest says; `Bundle.load` reads it, `verify` compares the model's file with it."""

    folder: Path
    protocol: str
    name: str
    version: str
    model: str  # a file's name inside `folder`
    sha256: str  # of that file, 64 lower-case hexadecimal digits
    size: int  # of that file, in bytes
    labels: tuple[str, ...]  # the texts of three single tokens: secret, test, safe
    context: int  # tokens that the network reads at once, a prefix and a suffix together
    licence: str
    calibration: Calibration
    decision: Mapping[str, float]  # what `unleak.decision` goes by with this judge
    quality: Mapping[str, float]  # what was measured when it was made
    measured: str  # the same as one sentence for people
    prompt: str  # how a question is put to it, one of `PROMPTS`
    adapter: Adapter | None
    source: Source | None
    scan: ScanPlan | None = None  # None: it is not made to read files whole

    @classmethod
    def load(cls, folder: Path) -> Bundle:
        """The bundle in `folder`; keys that are not known are left out. Raises BundleError."""
        path = folder / MANIFEST
        return _Manifest(path, _document(path)).bundle()

    @property
    def path(self) -> Path:
        return self.folder / self.model

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """The files that the manifest describes, the network first."""
        network = ModelFile(self.model, self.size, self.sha256)
        return (network, self.adapter.file) if self.adapter else (network,)

    @property
    def fingerprint(self) -> str:
        """Different wherever an answer to the same question can be."""
        adapter = self.adapter.file.sha256 if self.adapter else ""
        asked = (self.protocol, self.sha256, adapter, self.labels, self.context, self.calibration)
        return repr(asked if self.prompt == PLAIN else (*asked, self.prompt))

    def verify(self, record: Record | None = None) -> None:
        """Raise BundleError unless the files in the folder are those that the manifest was written for.

        The network of an adapter may be missing there. A file is read again only when its size, times or place on
        the disk have changed, in this process or, with a `record`, at all.
        """
        for file in self.files:
            path = self.folder / file.name
            if file.name == self.model and self.adapter and not path.is_file():
                continue
            if problem := file_problem(path, file, record):
                raise BundleError(f"{path}: the judge's model {problem}: {ADVICE}")


class Record(Protocol):
    """Remembers what files were, for the next process."""

    def known(self, name: str, state: FileState) -> str:
        """The sha256 of a file that had this state; empty where that is not known."""
        ...

    def keep(self, name: str, state: FileState, sha256: str) -> None: ...


class FileState(NamedTuple):
    """What changes when a file does."""

    size: int
    modified: int  # nanoseconds
    changed: int  # nanoseconds
    inode: int

    @classmethod
    def of(cls, path: Path) -> FileState:
        """Raises OSError."""
        status = os.stat(path)
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def file_problem(path: Path, wanted: ModelFile, record: Record | None = None) -> str:
    """What is wrong with a file, behind its name in a sentence; empty where it is the wanted one."""
    try:
        state = FileState.of(path)
        if state.size != wanted.size:
            return f"has {state.size:,} bytes instead of {wanted.size:,}"
        sha256 = record.known(wanted.name, state) if record else ""
        if not sha256:
            sha256 = _remembered_sha256(path, state)
            if record:
                record.keep(wanted.name, state, sha256)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "" if sha256 == wanted.sha256 else "is not the file that its manifest describes"


def bundled() -> Path:
    """The folder of the judge that comes with unleak: inside an installed package, or in a checkout."""
    inside = Path(__file__).parent.parent / "bundled"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "models" / "bundled"


@lru_cache(maxsize=8)
def _remembered_sha256(path: Path, _state: FileState) -> str:
    return sha256_of(path)


def sha256_of(path: Path) -> str:
    """Of what a file holds now, in hexadecimal digits. Raises OSError."""
    import hashlib

    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _document(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        with path.open("rb") as file:
            data = file.read(MANIFEST_SIZE + 1)
    except OSError as error:
        raise BundleError(f"{path}: the judge's manifest cannot be read ({error.strerror}): {ADVICE}") from None
    if len(data) > MANIFEST_SIZE:
        raise BundleError(f"{path}: too large for a judge's manifest: {ADVICE}")
    try:
        document: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: not valid TOML ({error}): {ADVICE}") from None
    return document


class _Manifest:
    """Takes values of the right kind out of a manifest."""

    def __init__(self, path: Path, document: dict[str, Any], place: str = "") -> None:
        self._path = path
        self._document = document
        self._place = place  # what stands before the names of keys

    def bundle(self) -> Bundle:
        protocol = self._text("protocol")
        if protocol != VERSION:
            raise self._newer("protocol", protocol, VERSION)
        prompt = self._text("prompt", PLAIN)
        if prompt not in PROMPTS:
            raise self._newer("prompt", prompt, " and ".join(PROMPTS))
        calibration = self._table("calibration")
        quality = self._numbers("quality")
        told = ", ".join(f"{name} {value:g}" for name, value in quality.items())
        return Bundle(
            folder=self._path.parent,
            protocol=protocol,
            name=self._text("name"),
            version=self._text("version"),
            model=self._file("model"),
            sha256=self._sha256("sha256"),
            size=self._whole("size", 1, LARGEST_FILE),
            labels=self._labels("labels"),
            context=self._whole("context", _SMALLEST_CONTEXT, _LARGEST_CONTEXT),
            licence=self._text("licence"),
            calibration=Calibration(
                self._temperature(calibration.get("temperature", 1.0)),
                self._bias(calibration.get("bias", [0.0] * len(LABELS))),
            ),
            decision=self._numbers("decision"),
            quality=quality,
            measured=self._text("measured", told or NOT_MEASURED),
            prompt=prompt,
            adapter=self._adapter(),
            source=self._source(),
            scan=self._scan(prompt),
        )

    def _wrong(self, key: str, wanted: str) -> BundleError:
        return BundleError(f"{self._path}: {self._place}{key} must be {wanted}: {ADVICE}")

    def _newer(self, key: str, said: str, known: str) -> BundleError:
        """It may be right, for a later unleak."""
        said = said if len(said) <= 40 else "another one"
        return BundleError(
            f"{self._path}: {self._place}{key} is {said}, and this unleak knows {known}: "
            "get a newer unleak, or choose another judge"
        )

    def _text(self, key: str, default: str = "") -> str:
        value = self._document.get(key, default)
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > _LONGEST_TEXT:
            raise self._wrong(key, f"a text, one line of at most {_LONGEST_TEXT} characters")
        return value

    def _adapter(self) -> Adapter | None:
        if "adapter" not in self._document:
            return None
        inside = self._below("adapter")
        file = ModelFile(inside._file("file"), inside._whole("size", 1, LARGEST_FILE), inside._sha256("sha256"))
        if file.name.casefold() == self._file("model").casefold():
            raise inside._wrong("file", "another file than the model")
        base = inside._sha256("base")
        if base != self._sha256("sha256"):
            raise inside._wrong("base", "the sha256 of the model that it was made for")
        return Adapter(file, base)

    def _source(self) -> Source | None:
        if "source" not in self._document:
            return None
        inside = self._below("source")
        file = inside._text("file") if "file" in inside._document else ""
        return Source(inside._text("repository"), inside._digits("revision", 40), file)

    def _scan(self, prompt: str) -> ScanPlan | None:
        if "scan" not in self._document:
            return None
        inside = self._below("scan")
        protocol = inside._text("protocol")
        if protocol != SCAN:
            raise inside._newer("protocol", protocol, SCAN)
        if prompt != CHAT:
            raise self._wrong("prompt", f"{CHAT!r} where there is a table [scan]")
        lines = inside._whole("lines", 10, 500)
        return ScanPlan(lines, inside._whole("overlap", 0, lines // 2), inside._whole("answers", 1, 50))

    def _below(self, key: str) -> _Manifest:
        return _Manifest(self._path, self._table(key), f"{self._place}{key}.")

    def _file(self, key: str) -> str:
        name = self._text(key)
        if not _FILE.fullmatch(name) or len(name) > _LONGEST_NAME or name.casefold() == MANIFEST:
            raise self._wrong(key, "the name of a file in the same folder, of letters, digits and . _ + -")
        return name

    def _sha256(self, key: str) -> str:
        return self._digits(key, 64)

    def _digits(self, key: str, number: int) -> str:
        digits = self._text(key).lower()
        if len(digits) != number or not set(digits) <= set("0123456789abcdef"):
            raise self._wrong(key, f"{number} hexadecimal digits")
        return digits

    def _whole(self, key: str, least: int, most: int) -> int:
        value = self._document.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(key, f"a whole number from {least:,} to {most:,}")
        return value

    def _labels(self, key: str) -> tuple[str, ...]:
        value = self._document.get(key)
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            raise self._wrong(key, "a list of texts")
        if max(map(len, value), default=0) > _LONGEST_NAME:
            raise self._wrong(key, f"texts of at most {_LONGEST_NAME} characters")
        if len(value) != len(LABELS) or len(set(value)) != len(LABELS):
            raise self._wrong(key, f"{len(LABELS)} different texts, for {', '.join(LABELS)}")
        return tuple(value)

    def _table(self, key: str) -> dict[str, Any]:
        value = self._document.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, "a table")
        return value

    def _numbers(self, key: str) -> dict[str, float]:
        return {name: self._number(f"{key}.{name}", value) for name, value in self._table(key).items()}

    def _number(self, key: str, value: object) -> float:
        try:
            if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
                return float(value)
        except OverflowError:
            pass  # a whole number that no float holds
        raise self._wrong(key, "a number")

    def _temperature(self, value: object) -> float:
        temperature = self._number("calibration.temperature", value)
        if not 0.01 <= temperature <= 100:
            raise self._wrong("calibration.temperature", "a number from 0.01 to 100")
        return temperature

    def _bias(self, value: object) -> tuple[float, ...]:
        if not isinstance(value, list) or len(value) != len(LABELS):
            raise self._wrong("calibration.bias", f"{len(LABELS)} numbers, for {', '.join(LABELS)}")
        return tuple(self._number("calibration.bias", number) for number in value)
