"""Values of the catalogue's formats: any string that a rule's pattern takes, drawn at random."""

from __future__ import annotations

import re._constants as codes
import re._parser as parser
import zlib
from collections import defaultdict
from functools import cache
from random import Random
from typing import Any

from unleak.detect.catalog import Catalog, Rule
from unleak.detect.encodings import BASE62, in_base

_WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_UNEVEN = frozenset("+/-_.=")
"""Characters that a class allows but that real values hold less often than letters."""
_CRC_BASE62 = frozenset(("github", "npm"))
_MOST_REPEATS = 24  # more than the least, where a pattern leaves the length open


@cache
def rules() -> dict[str, list[Rule]]:
    """The rules whose secret can be drawn, by kind and by provider."""
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in Catalog.load().rules:
        if rule.public or rule.until or rule.path or rule.kind in ("access-key-id", "private-key", "signed-url"):
            continue
        found[rule.kind].append(rule)
        found[rule.provider].append(rule)
    return dict(found)


def written(random: Random, rule: Rule) -> str:
    """A value of the rule's form; where the provider's checksum is a CRC-32 in base 62, it holds.

    Empty where the form is not drawable within a hundred tries.
    """
    group = rule.secret_group if rule.secret_group >= 0 else min(1, rule.pattern.groups)
    for _ in range(100):
        groups: dict[int, str] = {}
        whole = _drawn(random, parser.parse(rule.regex), groups)
        value = groups.get(group, whole) if group else whole
        if rule.checksum in _CRC_BASE62 and len(value.rpartition("_")[2]) == 36:
            head, _, body = value.rpartition("_")
            value = f"{head}_{body[:-6]}{in_base(zlib.crc32(body[:-6].encode()), BASE62, 6)}"
        if value and value.isprintable() and not set(value) & set(" \"'`\\"):
            return value
    return ""


def _drawn(random: Random, tree: Any, groups: dict[int, str]) -> str:
    """A text that the parsed pattern takes; look-arounds and anchors are not honoured."""
    out = []
    for code, argument in tree:
        if code is codes.LITERAL:
            out.append(chr(argument))
        elif code is codes.NOT_LITERAL or code is codes.ANY:
            out.append(random.choice(_WORD))
        elif code is codes.IN:
            out.append(random.choice(_alphabet(tuple(argument))))
        elif code is codes.BRANCH:
            out.append(_drawn(random, random.choice(argument[1]), groups))
        elif code is codes.SUBPATTERN:
            text = _drawn(random, argument[3], groups)
            if argument[0]:
                groups[argument[0]] = text
            out.append(text)
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            out.append(_repeated(random, argument, groups))
        elif code is codes.ATOMIC_GROUP:
            out.append(_drawn(random, argument, groups))
    return "".join(out)


def _repeated(random: Random, argument: Any, groups: dict[int, str]) -> str:
    least, most, inner = argument
    count = random.randint(least, min(int(most), least + _MOST_REPEATS))
    if len(inner) == 1 and inner[0][0] is codes.IN:
        return "".join(random.choices(_alphabet(tuple(inner[0][1])), k=count))
    return "".join(_drawn(random, inner, groups) for _ in range(count))


@cache
def _alphabet(members: tuple[Any, ...]) -> str:
    """The characters of a class, letters and digits several times each; a negated class means letters and digits."""
    characters: set[str] = set()
    for code, argument in members:
        if code is codes.NEGATE:
            return _WORD
        if code is codes.LITERAL:
            characters.add(chr(argument))
        elif code is codes.RANGE:
            characters.update(chr(point) for point in range(argument[0], argument[1] + 1))
        elif code is codes.CATEGORY:
            digits = argument is codes.CATEGORY_DIGIT
            characters.update("0123456789" if digits else _WORD + "_" * (argument is codes.CATEGORY_WORD))
    kept = sorted(character for character in characters if character.isprintable() and character not in " \"'`\\")
    return "".join(character * (1 if character in _UNEVEN else 3) for character in kept) or _WORD
