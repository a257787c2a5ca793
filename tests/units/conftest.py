"""A small project with a rule of its own, so that tests depend on no provider's format."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

RULES = r"""
provider = "acme"
title = "Acme"
documentation = "https://acme.example/tokens"

[[rules]]
id = "acme-token"
description = "Acme token"
kind = "api-token"
severity = "error"
distinctive = true
regex = '\bacme_[A-Za-z0-9]{24}\b'
keywords = ["acme_"]
examples = ['acme_{+}Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd']
non_examples = ['acme_short']
"""


@pytest.fixture
def token() -> str:
    return "acme_" + "Zk3mT9qLw2Xv7Rb5Nc8Yp1Hd"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a project whose unleak.toml brings the rule for Acme tokens."""
    folder = tmp_path / "shop"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "acme.toml").write_text(RULES)
    (folder / "unleak.toml").write_text('extra_rules = ["rules"]\nexclude = ["/rules/", "/unleak.toml"]\n')
    monkeypatch.chdir(folder)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def git(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs git in the shop, which becomes a repository without commits; nobody's configuration counts."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ann@example.com")

    def run(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=shop, check=True, capture_output=True)
        return os.fsdecode(done.stdout)

    run("init", "--quiet", "--initial-branch=main")
    return run
