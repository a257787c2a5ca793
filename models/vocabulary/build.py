"""Builds the small vocabulary that `detect/signals.py` measures rarity against.

    python models/vocabulary/build.py > server/unleak/detect/vocabulary.txt

Byte-pair merges learned from the identifiers and words of installed packages under MIT, BSD, Apache or ISC
licences. Only fragments of at least two letters are kept, most frequent first.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from importlib import metadata
from itertools import pairwise

SIZE = 6000
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LICENCE = re.compile(r"\b(MIT|BSD|Apache|ISC)\b")


def words() -> Counter[str]:
    counts: Counter[str] = Counter()
    for package in metadata.distributions():
        meta = package.metadata
        stated = " ".join(
            [
                meta.get("License-Expression") or "",
                meta.get("License") or "",
                *(meta.get_all("Classifier") or []),
            ]
        )
        if not _LICENCE.search(stated[:4000]):
            continue
        for file in package.files or ():
            if file.suffix in (".py", ".pyi", ".md", ".rst", ".json", ".js"):
                try:
                    text = file.locate().read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError):
                    continue
                counts.update(word.lower() for word in _WORD.findall(text[:400_000]) if 2 <= len(word) <= 20)
    return counts


def merges(counts: Counter[str], size: int) -> list[str]:
    """The `size` fragments that byte-pair encoding of `counts` makes, in the order of their making."""
    split = {word: tuple(word) for word, count in counts.items() if count >= 3}
    pairs: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[str]] = {}
    for word, parts in split.items():
        for pair in pairwise(parts):
            pairs[pair] += counts[word]
            where.setdefault(pair, set()).add(word)
    made: list[str] = []
    while len(made) < size and pairs:
        (left, right), count = max(pairs.items(), key=lambda item: (item[1], item[0]))
        if count < 2:
            break
        made.append(left + right)
        for word in where.pop((left, right)):
            parts = split[word]
            for pair in pairwise(parts):
                pairs[pair] -= counts[word]
            joined: list[str] = []
            for part in parts:
                if joined and joined[-1] == left and part == right:
                    joined[-1] = left + right
                else:
                    joined.append(part)
            split[word] = tuple(joined)
            for pair in pairwise(joined):
                pairs[pair] += counts[word]
                where.setdefault(pair, set()).add(word)
        pairs.pop((left, right), None)
    return made


if __name__ == "__main__":
    sys.stdout.write("\n".join(dict.fromkeys(merges(words(), SIZE))) + "\n")
