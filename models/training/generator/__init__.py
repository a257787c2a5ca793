"""Files as people write them, with every credential and look-alike labelled, drawn at random."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from random import Random

from generator.base import FILE_TYPES, Draw, Item, Sample

__all__ = ["Draw", "Item", "Sample", "generate"]

_FAMILIES = ("code_", "config_", "infra_", "text_")


def generate(seed: int, count: int) -> Iterator[Sample]:
    """`count` files, each of a random kind; the same seed and number give the same file."""
    _load()
    weights = [kind.weight for kind in FILE_TYPES]
    for number in range(count):
        random = Random(f"{seed}:{number}")
        kind = random.choices(FILE_TYPES, weights)[0]
        yield kind.make(Draw(random))


def _load() -> None:
    """Import the modules of file types, in the order of their names, so that they register."""
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.name.startswith(_FAMILIES):
            import_module(f"{__name__}.{file.stem}")
