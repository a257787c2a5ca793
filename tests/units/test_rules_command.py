"""`unleak rules list --format markdown`: all that unleak knows, each kind once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from unleak.cli import main
from unleak.detect.catalog import Catalog, Rule, parse_rules
from unleak.rules_command import table

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
RULES = r"""
provider = "acme"
title = "Acme"
documentation = "https://acme.example/tokens"

[[rules]]
id = "acme-token"
description = "Acme token"
distinctive = true
regex = '\b(acme_[A-Za-z0-9]{24})\b'

[[rules]]
id = "acme-proven-token"
description = "Acme token with a checksum"
distinctive = true
checksum = "github"
regex = '\b(acmex_[A-Za-z0-9]{24})\b'

[[rules]]
id = "acme-key"
description = "Acme key"
context = ["acme"]
regex = '[A-Za-z0-9]{24}'

[[rules]]
id = "acme-number"
description = "Acme number"
regex = '\b([0-9]{12})\b'

[[rules]]
id = "acme-id"
description = "Acme id | name"
public = true
regex = '\b(acmei_[A-Za-z0-9]{24})\b'
"""
OTHER = """
title = "Zenith"
[[rules]]
id = "zenith-token"
description = "Zenith token"
regex = 'zen_[0-9]{9}'
"""


def rules_of(*files: str) -> list[Rule]:
    return [rule for number, text in enumerate(files) for rule in parse_rules(Path(f"{number}.toml"), text.encode())[0]]


def rows(page: str) -> list[tuple[str, list[str]]]:
    """The provider of each row and its kinds, as they are written."""
    lines = [line for line in page.splitlines() if line.startswith("| ")][1:]
    cells = [re.fullmatch(r"\| (.*?) \| (.*) \|", line) for line in lines]
    return [(found[1], found[2].split("; ")) for found in cells if found]


def plain(kind: str) -> str:
    """A kind without the signs that say how it is found."""
    for before, after in (("**", "**"), ("*", "*"), ("(", ")")):
        if kind.startswith(before) and kind.endswith(after):
            kind = kind[len(before) : -len(after)]
            break
    return kind.removesuffix(" ✓").replace("\\|", "|")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load()


@pytest.fixture(scope="module")
def bundled(catalog: Catalog) -> str:
    return table(catalog.rules)


class TestTable:
    def test_a_provider_is_one_row_that_links_to_its_manual(self) -> None:
        assert [name for name, _ in rows(table(rules_of(OTHER, RULES)))] == [
            "[Acme](https://acme.example/tokens)",
            "Zenith",
        ]

    def test_kinds_tell_how_they_are_found(self) -> None:
        ((_, kinds),) = rows(table(rules_of(RULES)))
        assert sorted(kinds) == sorted(
            [
                "(Acme id \\| name)",
                "*Acme key*",
                "Acme number",
                "**Acme token with a checksum ✓**",
                "**Acme token**",
            ]
        )

    def test_every_sign_is_explained(self) -> None:
        head = table(rules_of(RULES)).partition("| provider")[0]
        assert all(sign in head for sign in ("**bold**", "*italics*", "(Kinds in brackets)", "✓"))

    def test_it_counts_providers_and_kinds(self) -> None:
        assert "\n2 providers, 6 kinds." in table(rules_of(RULES, OTHER))

    def test_every_rule_of_unleak_is_there_once(self, catalog: Catalog, bundled: str) -> None:
        told = Counter(plain(kind) for _, kinds in rows(bundled) for kind in kinds)
        assert told == Counter(rule.description for rule in catalog.rules)

    def test_no_row_says_the_same_twice(self, bundled: str) -> None:
        twice = [name for name, kinds in rows(bundled) if len({plain(kind) for kind in kinds}) < len(kinds)]
        assert twice == []

    def test_providers_are_in_the_order_of_the_alphabet(self, bundled: str) -> None:
        names = [re.sub(r"\[(.*)\]\(.*\)", r"\1", name).lower() for name, _ in rows(bundled)]
        assert names == sorted(names)
        assert len(names) == len(set(names))


class TestCommand:
    def test_prints_the_page(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bundled: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert main(["rules", "list", "--format", "markdown"]) == 0
        assert capsys.readouterr() == (bundled, "")

    def test_prints_what_comes_with_unleak_whatever_the_project_adds(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bundled: str
    ) -> None:
        (tmp_path / "acme.toml").write_text(RULES)
        (tmp_path / "unleak.toml").write_text('extra_rules = ["acme.toml"]\n')
        monkeypatch.chdir(tmp_path)
        assert main(["rules", "list", "--format", "markdown"]) == 0
        assert capsys.readouterr().out == bundled

    def test_the_page_in_the_docs_is_what_it_prints(self, bundled: str) -> None:
        remake = "remake it: unleak rules list --format markdown > docs/providers.md"
        assert PAGE.is_file(), f"docs/providers.md is missing; {remake}"
        is_same = PAGE.read_text(encoding="utf-8") == bundled
        assert is_same, f"docs/providers.md is not what the rules say; {remake}"


def test_show_says_when_a_rule_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "acme.toml").write_text(RULES)
    (tmp_path / "unleak.toml").write_text('extra_rules = ["acme.toml"]\n')
    monkeypatch.chdir(tmp_path)
    told = {}
    for name in ("acme-token", "acme-key", "acme-number", "acme-id"):
        assert main(["rules", "show", name]) == 0
        told[name] = re.findall(r"^reported +(.*)$", capsys.readouterr().out, re.MULTILINE)
    assert told == {
        "acme-token": ["at once"],
        "acme-key": ["when its surroundings agree"],
        "acme-number": ["when its surroundings agree"],
        "acme-id": ["never"],
    }
