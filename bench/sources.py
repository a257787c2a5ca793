"""Python files to work on, made up alike in every run: code as people write it, with a few secrets."""

from __future__ import annotations

import random
from pathlib import Path

_THINGS = "order customer invoice parcel ticket report ledger basket coupon shipment".split()
_DEEDS = "load store merge count check price split rename export archive".split()
_FIELDS = "total status region created_at currency weight priority reference".split()
_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
FLAW_EVERY = 500  # lines


def made_up_secret(rng: random.Random, length: int = 32) -> str:
    return "".join(rng.choices(_CHARACTERS, k=length))


def python_source(lines: int, seed: int = 1) -> str:
    """A module of exactly `lines` lines that parses, some of them not ASCII."""
    rng = random.Random(seed)
    out = [
        '"""Bookkeeping for a small shop in Århus; prices are in øre. 📦"""',
        "",
        "import json",
        "import logging",
        "import os",
        "",
        "logger = logging.getLogger(__name__)",
        'API_URL = "https://api.shop.example/v2"',
        f'API_TOKEN = "{made_up_secret(rng)}"',
        'DATABASE_PASSWORD = os.environ["DATABASE_PASSWORD"]',
    ]
    next_flaw, number = FLAW_EVERY, 0
    while len(out) < lines:
        number += 1
        out += _function(rng, number)
        if len(out) > next_flaw:
            next_flaw += FLAW_EVERY
            out += _flawed_function(rng, number)
    while len(out) > lines or (out and out[-1].endswith(("(", ":", '"""'))):
        out.pop()
    out += ["# end"] * (lines - len(out))
    return "\n".join(out) + "\n"


def _function(rng: random.Random, number: int) -> list[str]:
    thing, deed, field = rng.choice(_THINGS), rng.choice(_DEEDS), rng.choice(_FIELDS)
    return [
        "",
        "",
        f"def {deed}_{thing}_{number}({thing}s, key={field!r}, limit={rng.randrange(10, 900)}):",
        f'    """{deed.capitalize()} every {thing} by its {field} – at most `limit` of them."""',
        "    chosen = {}",
        f"    for index, {thing} in enumerate({thing}s[:limit]):",
        f'        value = {thing}.get(key) or os.getenv("{thing.upper()}_{field.upper()}", "")',
        f'        if value is None or value == "{field}-{rng.randrange(1000)}":',
        f'            logger.info("skipped %s of %s: no {field}", index, key)',
        "            continue",
        f"        chosen[value] = chosen.get(value, 0) + {rng.random():.3f}",
        '    logger.debug("%s: %s", key, json.dumps(sorted(chosen), default=str))',
        "    return chosen",
    ]


def _flawed_function(rng: random.Random, number: int) -> list[str]:
    """Something to report for a linter, and something for unleak."""
    return ["", "", f"def sign_in_{number}():", f'    client_secret = "{made_up_secret(rng)}"', "    return None"]


def write_python(folder: Path, lines: int, seed: int = 1) -> Path:
    path = folder / f"shop_{lines}_{seed}.py"
    path.write_text(python_source(lines, seed), encoding="utf-8", newline="")
    return path
