"""One cache for all tests: compiling the rules takes seconds."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_cache(pytestconfig: pytest.Config) -> None:
    cache = getattr(pytestconfig, "cache", None)  # missing with -p no:cacheprovider
    if cache is not None:
        os.environ.setdefault("UNLEAK_CACHE_DIR", str(cache.mkdir("unleak")))
