"""Values of a project in the keychain of the operating system, by the package `keyring` where it is installed.

An entry's service is `unleak:` and the name of the project's folder, its user the variable. One entry more lists the
names, for keychains cannot be searched. Everything here may wait for a person who unlocks the keychain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_NAMES = ".names"  # no variable is called so


class KeychainError(Exception):
    """The keychain does not do what is asked; the message says what to do and holds no value."""


def is_usable() -> bool:
    """Whether there is a keychain to write to."""
    if find_spec("keyring") is None:
        return False
    try:
        return bool(_keyring().get_keyring().priority > 0)
    except Exception:  # backends raise what they like
        return False


def service_of(folder: Path) -> str:
    """Under which service the values of a project are kept."""
    return f"unleak:{folder.name}"


def stored(folder: Path) -> dict[str, str]:
    """The variables of a project with their values; {} where nothing is kept or nothing can be read."""
    if not is_usable():
        return {}
    service = service_of(folder)
    return {name: value for name in _names(service) if (value := _get(service, name)) is not None}


def store(folder: Path, values: Mapping[str, str]) -> list[str]:
    """Keep values by their variables, all or none; returns the names that are new.

    Raises KeychainError, also where a variable has another value already.
    """
    service, names = service_of(folder), _names(service_of(folder))
    there = {name: _get(service, name) for name in values}
    for name, value in values.items():
        if there[name] not in (None, value):
            raise KeychainError(f"The keychain has another {name} for a project called {folder.name}: it stays.")
    new = [name for name in values if there[name] is None]
    try:
        for name in new:
            _set(service, name, values[name])
        _set(service, _NAMES, json.dumps(list(dict.fromkeys([*names, *values]))))
    except KeychainError:
        remove(folder, new)
        raise
    return new


def remove(folder: Path, names: list[str]) -> None:
    """Take variables out again, as far as the keychain lets go of them."""
    service = service_of(folder)
    for name in names:
        with suppress(Exception):  # backends raise what they like
            _keyring().delete_password(service, name)
    rest = [name for name in _names(service) if name not in names]
    with suppress(Exception):
        if rest:
            _set(service, _NAMES, json.dumps(rest))
        else:
            _keyring().delete_password(service, _NAMES)


def _keyring() -> Any:
    """The package, which may not be there, and is imported when somebody needs it."""
    return import_module("keyring")


def _names(service: str) -> list[str]:
    try:
        names = json.loads(_get(service, _NAMES) or "[]")
    except (ValueError, RecursionError):
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _get(service: str, name: str) -> str | None:
    try:
        value: str | None = _keyring().get_password(service, name)
    except Exception as error:
        raise KeychainError(f"The keychain does not open ({type(error).__name__}): unlock it first.") from None
    return value


def _set(service: str, name: str, value: str) -> None:
    try:
        _keyring().set_password(service, name, value)
    except Exception as error:
        raise KeychainError(f"The keychain takes nothing in ({type(error).__name__}): unlock it first.") from None
