"""A judge as files: a folder with a network and the manifest that says what it is and how its answers are read."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from unleak.finding import Verdict
from unleak.judge.protocol import LABELS, VERSION

MANIFEST = "manifest.toml"
_MANIFEST_SIZE = 1_000_000  # bytes; more is no manifest
_SMALLEST_CONTEXT, _LARGEST_CONTEXT = 64, 8192  # tokens
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

    @classmethod
    def load(cls, folder: Path) -> Bundle:
        """The bundle in `folder`; keys that are not known are left out. Raises BundleError."""
        path = folder / MANIFEST
        return _Manifest(path, _document(path)).bundle()

    @property
    def path(self) -> Path:
        return self.folder / self.model

    @property
    def fingerprint(self) -> str:
        """Different wherever an answer to the same question can be."""
        return repr((self.protocol, self.sha256, self.labels, self.context, self.calibration))

    def verify(self) -> None:
        """Raise BundleError unless the model's file is the one that the manifest was written for.

        The file is read again only when its size, times or place on the disk have changed.
        """
        try:
            status = os.stat(self.path)
            if status.st_size != self.size:
                wrong = f"has {status.st_size:,} bytes instead of {self.size:,}"
            elif _sha256(self.path, status.st_mtime_ns, status.st_ctime_ns, status.st_ino) != self.sha256:
                wrong = "is not the file that its manifest describes"
            else:
                return
        except OSError as error:
            wrong = f"cannot be read ({error.strerror})"
        raise BundleError(f"{self.path}: the judge's model {wrong}: {ADVICE}")


def bundled() -> Path:
    """The folder of the judge that comes with unleak: inside an installed package, or in a checkout."""
    inside = Path(__file__).parent.parent / "bundled"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "models" / "bundled"


@lru_cache(maxsize=8)
def _sha256(path: Path, *_state: int) -> str:
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
            data = file.read(_MANIFEST_SIZE + 1)
    except OSError as error:
        raise BundleError(f"{path}: the judge's manifest cannot be read ({error.strerror}): {ADVICE}") from None
    if len(data) > _MANIFEST_SIZE:
        raise BundleError(f"{path}: too large for a judge's manifest: {ADVICE}")
    try:
        document: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: not valid TOML ({error}): {ADVICE}") from None
    return document


class _Manifest:
    """Takes values of the right kind out of a manifest."""

    def __init__(self, path: Path, document: dict[str, Any]) -> None:
        self._path = path
        self._document = document

    def bundle(self) -> Bundle:
        protocol = self._text("protocol")
        if protocol != VERSION:
            raise self._wrong("protocol", f"{VERSION}, which is the one that this unleak speaks")
        calibration = self._table("calibration")
        return Bundle(
            folder=self._path.parent,
            protocol=protocol,
            name=self._text("name"),
            version=self._text("version"),
            model=self._file("model"),
            sha256=self._sha256("sha256"),
            size=self._whole("size", 1, 1 << 32),
            labels=self._labels("labels"),
            context=self._whole("context", _SMALLEST_CONTEXT, _LARGEST_CONTEXT),
            licence=self._text("licence"),
            calibration=Calibration(
                self._temperature(calibration.get("temperature", 1.0)),
                self._bias(calibration.get("bias", [0.0] * len(LABELS))),
            ),
            decision=self._numbers("decision"),
            quality=self._numbers("quality"),
        )

    def _wrong(self, key: str, wanted: str) -> BundleError:
        return BundleError(f"{self._path}: {key} must be {wanted}: {ADVICE}")

    def _text(self, key: str) -> str:
        value = self._document.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, "a text")
        return value

    def _file(self, key: str) -> str:
        name = self._text(key)
        if any(mark in name for mark in ("/", "\\", ":", "\0")) or name in (".", ".."):
            raise self._wrong(key, "the name of a file in the same folder")
        return name

    def _sha256(self, key: str) -> str:
        digits = self._text(key).lower()
        if len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
            raise self._wrong(key, "64 hexadecimal digits")
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
