"""Files written by hand, value by value: `written/*.txt`.

Each begins with `=== its/path`. Values are marked ⟦S|…⟧ (a live secret), ⟦D|…⟧ (a test or sample credential) or ⟦N|…⟧
(none); inside, makers such as `@hex32@` are drawn anew for every seed and `{+}` stands for nothing, so that no
provider's token is spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from uuid import UUID

from generator import Draw, Item, Sample, values, words

LABELS = {"S": "secret", "D": "test", "N": "safe"}
_FILE = re.compile(r"^=== (\S.*)\n", re.MULTILINE)
_MARK = re.compile(r"⟦([SDN])\|(.*?)⟧", re.DOTALL)
_MAKER = re.compile(r"@(b64|[a-zA-Z]+)[:-]?(\d*)@")
_DIGITS, _LOWER = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_ALNUM = _DIGITS + _LOWER + _LOWER.upper()


def written(folder: Path, seed: int) -> Iterator[Sample]:
    """All files below `folder`, their values drawn with `seed`. A ValueError names a file with a broken mark."""
    for path in sorted(folder.glob("*.txt")):
        parts = _FILE.split(path.read_text(encoding="utf-8"))
        for number, (name, text) in enumerate(zip(parts[1::2], parts[2::2], strict=True)):
            yield _sample(name.strip(), text.strip("\n") + "\n", Draw(Random(f"{seed} {path.name} {number}")))


def _sample(path: str, text: str, draw: Draw) -> Sample:
    pieces: list[str] = []
    items: list[Item] = []
    at = size = 0
    for mark in _MARK.finditer(text):
        before = _filled(text[at : mark.start()], draw)
        value = _filled(mark[2].replace("{+}", ""), draw)
        pieces += [before, value]
        size += len(before)
        items.append(Item(size, size + len(value), LABELS[mark[1]]))
        size += len(value)
        at = mark.end()
    pieces.append(_filled(text[at:], draw))
    whole = "".join(pieces)
    if "⟦" in whole or "⟧" in whole:
        raise ValueError(f"{path}: a mark is not closed on its own: ⟦S|value⟧")
    return Sample(path, whole, items)


def _filled(text: str, draw: Draw) -> str:
    return _MAKER.sub(lambda maker: _made(maker, draw), text) if "@" in text else text


def _made(maker: re.Match[str], draw: Draw) -> str:
    name, size = maker[1], int(maker[2] or 0)
    made = _MAKERS.get(name)
    return made(draw, size) if made is not None else maker[0]


def _of(alphabet: str) -> Callable[[Draw, int], str]:
    return lambda draw, size: "".join(draw.pick(alphabet) for _ in range(size or 16))


_MAKERS: dict[str, Callable[[Draw, int], str]] = {
    "hex": _of(_DIGITS + "abcdef"),
    "HEX": _of(_DIGITS + "ABCDEF"),
    "b64": lambda draw, size: _of(_ALNUM + "+/")(draw, size - 1) + "=",
    "alnum": _of(_ALNUM),
    "lower": _of(_LOWER + _DIGITS),
    "upper": _of(_LOWER.upper() + _DIGITS),
    "digits": _of(_DIGITS),
    "uuid": lambda draw, _: str(UUID(int=draw.random.getrandbits(128), version=4)),
    "jwt": lambda draw, _: values.jwt(draw),
    "pem": lambda draw, _: values.pem(draw),
    "word": lambda draw, _: draw.pick(words.PHRASE_WORDS),
    "words": lambda draw, size: "-".join(draw.pick(words.PHRASE_WORDS) for _ in range(size or 2)),
    "human": lambda draw, _: values.live_password(draw),
    "pw": lambda draw, size: _of(_ALNUM + "!#$%&*+-=?@^_~")(draw, size or 12),
}
