"""The words of a candidate: of its key, its value, its line and its path, hashed into buckets.

Where `signals` names what people know to matter, this holds whatever words stand there; which of them speak
for a secret is learned. Facts of one line and a path alone, as signals are, and microseconds to read.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from zlib import crc32

from unleak.finding import Candidate

BUCKETS = 1 << 17
BEFORE, AFTER = 120, 80
"""Code points of the line that are read on either side."""

_TOKEN = re.compile(r"[A-Za-z]+|\d+|[^\w\s]")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_UPPER, _LOWER, _DIGIT = re.compile(r"[A-Z]"), re.compile(r"[a-z]"), re.compile(r"\d")
_RUN = re.compile(r"(.)\1{2,}")


def wording(candidate: Candidate, line: str, path: str, start: int) -> set[int]:
    """The buckets of a candidate that begins at `start` in `line`, each from 0 to before `BUCKETS`."""
    stop = start + len(candidate.value)
    before, after = line[max(0, start - BEFORE) : start], line[stop : stop + AFTER]
    left, right = _tokens(before)[-6:][::-1], _tokens(after)[:6]
    found = [f"l{at}:{token}" for at, token in enumerate(left)]
    found += [f"r{at}:{token}" for at, token in enumerate(right)]
    found += [f"lb:{one} {other}" for one, other in itertools.pairwise(left)]
    found += ["L:" + word for word in _words(before)]
    found += ["L:" + word for word in _words(after)]
    rule = candidate.rule
    found.append(f"R:{rule.id if rule else ''}")
    buckets = {_bucket(text) for text in found}
    return buckets.union(_of_key(candidate.key), _of_path(path), _of_value(candidate.secret))


def _bucket(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass")) & (BUCKETS - 1)


def _tokens(text: str) -> list[str]:
    return ["9" * min(len(token), 4) if token.isdigit() else token.lower() for token in _TOKEN.findall(text)]


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


@lru_cache(maxsize=4096)
def _of_key(key: str) -> frozenset[int]:
    return frozenset([_bucket("k:" + word) for word in _words(key[:300])] + [_bucket("K:" + key.lower()[:60])])


@lru_cache(maxsize=256)
def _of_path(path: str) -> frozenset[int]:
    path = path.replace("\\", "/")
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    tail = "/".join(path.split("/")[-4:])
    return frozenset([_bucket("p:" + word) for word in _words(tail)] + [_bucket("x:" + suffix)])


@lru_cache(maxsize=4096)
def _of_value(value: str) -> frozenset[int]:
    lowered = value.lower()[:40]
    shape = _RUN.sub(lambda run: run[0][:3], _DIGIT.sub("9", _LOWER.sub("a", _UPPER.sub("A", value[:60]))))
    found = ["v3:" + lowered[at : at + 3] for at in range(min(30, len(lowered) - 2))]
    found += ["vw:" + word for word in _words(value[:300])]
    return frozenset(map(_bucket, [*found, "s:" + shape, "v:" + lowered]))
