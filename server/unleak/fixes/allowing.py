"""Allowing a value, or a rule in a file, by an entry in `unleak.toml`, of which all else stays."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from unleak.config import FILE_NAME
from unleak.finding import Span
from unleak.fixes.change import Change, Refusal, applied, merged
from unleak.fixes.source import Source
from unleak.suppress.allow import value_hash
from unleak.text import Text, flatten_breaks

KEY_SIZE = 32
"""Bytes of a new `hash_key`."""
_KEY = re.compile(r"(?:[0-9a-fA-F]{2}){16,64}")
_Entry = Mapping[str, "str | list[str]"]
_MEANT = re.compile(r"([\\*?\[])")  # what means something in a gitignore pattern


def allowed_value(
    settings: str, text: str, span: Span, reason: str, random: Callable[[int], bytes] = os.urandom
) -> tuple[Change, ...]:
    """Changes to `settings`, the project's topmost `unleak.toml`, that allow the value at `span` of `text` everywhere.

    The value goes in as a hash keyed with `hash_key`, which is made where there is none. `settings` is empty where
    the file is missing. Refusal where it cannot be changed, or `reason` holds the value.
    """
    before = _parsed(settings)
    value = Text(flatten_breaks(text)).cut(span)  # as the scanner sees it
    plain = Text(text).cut(span).replace("\r\n", "\n").replace("\r", "\n")
    if value in reason or plain in reason:
        raise Refusal("The reason holds the value itself and would be saved: leave that out.")
    key = before.get("hash_key")
    changes = []
    if key is None:
        key = random(KEY_SIZE).hex()
        changes.append(_at_top(settings, f'hash_key = "{key}"'))
    elif not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Refusal(f"The hash_key in {FILE_NAME} must be 32 to 128 hexadecimal digits: correct it first.")
    hashes = [f"blake2b:{value_hash(form, bytes.fromhex(key))}" for form in dict.fromkeys((value, plain))]
    entry: _Entry = {"reason": reason, "values": hashes}
    changes.append(_at_end(settings, entry))
    return _proven(settings, before, changes, {"hash_key": key}, entry)


def allowed_in_file(settings: str, rule: str, path: str, reason: str) -> tuple[Change, ...]:
    """Changes to `settings`, an `unleak.toml`, that silence `rule` in the file at `path`, seen from its folder.

    Refusal where the text cannot be changed.
    """
    before = _parsed(settings)
    entry: _Entry = {"reason": reason, "rules": [rule], "paths": [_pattern(path)]}
    return _proven(settings, before, [_at_end(settings, entry)], {}, entry)


def _pattern(path: str) -> str:
    """The gitignore pattern that means this file alone."""
    pattern = "/" + _MEANT.sub(r"\\\1", path.lstrip("/"))
    return pattern[:-1] + "\\ " if pattern.endswith(" ") else pattern


def _parsed(settings: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return dict(tomllib.loads(settings.removeprefix("\ufeff")))
    except (ValueError, RecursionError):
        raise Refusal(f"{FILE_NAME} is no valid TOML: correct it first.") from None


def _at_end(settings: str, entry: _Entry) -> Change:
    source = Source(settings, FILE_NAME)
    lines = ["[[allow]]", *(f"{key} = {_written(value)}" for key, value in entry.items())]
    if source.lines[-1].strip() or (len(source.lines) > 1 and source.lines[-2].strip()):
        lines.insert(0, "")
    return source.inserted(len(source.lines), "\n".join(lines))


def _at_top(settings: str, line: str) -> Change:
    """A key of the file itself: behind the last one there, else below the words that the file begins with."""
    source = Source(settings, FILE_NAME, "toml")
    keys = [source.span_of(node) for node in source.root.named_children if node.type == "pair"]
    if keys:
        last = keys[-1]
        return source.inserted(last.end_line + (1 if last.end_column else 0), line)
    heading = 0
    while heading < len(source.lines) and source.lines[heading].lstrip().startswith("#"):
        heading += 1
    if heading < len(source.lines) and source.lines[heading].strip():
        heading = int(source.lines[0].startswith("#:schema"))  # the words belong to what follows them
    return source.inserted(heading, line)


def _written(value: str | list[str]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    plain = value.encode("utf-8", "replace").decode()
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")


def _proven(
    settings: str,
    before: Mapping[str, Any],
    changes: list[Change],
    keys: Mapping[str, str],
    entry: _Entry,
) -> tuple[Change, ...]:
    """The changes in order, where the file then says what it should; Refusal where its form prevents that."""
    by_hand = f"{FILE_NAME} is written in a way that nothing can be added to: write its allow-list as [[allow]] tables."
    listed = before.get("allow", [])
    if not isinstance(listed, list):
        raise Refusal(by_hand)
    ordered = tuple(_joined(changes))
    try:
        after = _parsed(applied(settings, ordered))
    except Refusal:
        raise Refusal(by_hand) from None
    if after != {**before, **keys, "allow": [*listed, dict(entry)]}:
        raise Refusal(by_hand)
    return ordered


def _joined(changes: list[Change]) -> list[Change]:
    """The changes in order; two at one place, in a file without tables, become one."""
    ordered = merged(changes)
    if len(ordered) == 2 and ordered[0].span == ordered[1].span:
        first, second = changes
        return [Change(first.span, first.new + second.new.removeprefix("\n"))]
    return ordered
