"""`unleak rules`: check, list and show."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from unleak.config import Config, for_folder
from unleak.console import UsageError, complain
from unleak.detect.catalog import Catalog, Rule
from unleak.detect.rule_check import check_rules


def check(paths: Iterable[str]) -> int:
    """Prove every example in rule files, by default our own; 2 where one fails."""
    problems = check_rules([Path(path) for path in paths])
    for problem in problems:
        complain(problem)
    if problems:
        return 2
    print("Every example holds.")
    return 0


def list_all(form: str) -> int:
    """Print the rules in force in the current folder by their ids: as `text`, `json` or `markdown`."""
    if form == "markdown":
        print(table(Catalog.load().rules), end="")
        return 0
    rules = sorted(_catalog().rules, key=lambda rule: rule.id)
    if form == "json":
        import json

        print(json.dumps([_described(rule) for rule in rules], indent=2))
        return 0
    width = max((len(rule.id) for rule in rules), default=0)
    for rule in rules:
        print(f"{rule.id:{width}}  {rule.severity.label:11}  {rule.description}")
    return 0


def show(name: str) -> int:
    """Print the rule whose id is `name`; raises UsageError with the nearest ids."""
    by_id = _catalog().by_id
    if name not in by_id:
        import difflib

        near = difflib.get_close_matches(name, by_id, 3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`unleak rules list` names them all"
        raise UsageError(f"no rule is called {name!r}: {hint}")
    for key, value in _described(by_id[name]).items():
        print(f"{key:13}  {', '.join(value) if isinstance(value, list) else value}")
    return 0


def table(rules: Iterable[Rule]) -> str:
    """All providers and what is known of each, as a page in Markdown."""
    by_title: dict[str, list[Rule]] = {}
    for rule in rules:
        by_title.setdefault(rule.title, []).append(rule)
    rows = []
    for title in sorted(by_title, key=str.lower):
        of = by_title[title]
        link = next((rule.documentation for rule in of if rule.documentation), "")
        name = f"[{title}]({link})" if link else title
        rows.append(f"| {name} | {'; '.join(_kind(rule) for rule in sorted(of, key=lambda rule: rule.id))} |")
    kinds = sum(len(of) for of in by_title.values())
    return _PAGE.format(providers=len(by_title), kinds=kinds) + "\n".join(rows) + "\n"


_PAGE = """# What unleak knows

{providers} providers, {kinds} kinds. Made by `unleak rules list --format markdown`; `unleak rules show ID` tells more.

Kinds in **bold** have a form that is unmistakable and are reported at once; those with ✓ also prove themselves
without a network, by a checksum or a structure that must fit. Kinds in *italics* have a plain form and are named by
the words around them; they are reported when the signals agree. (Kinds in brackets) are public halves: known, tied to
the secret that they belong to, never reported.

| provider | kinds |
|---|---|
"""


def _kind(rule: Rule) -> str:
    text = rule.description.replace("|", "\\|") + (" ✓" if rule.checksum else "")
    if rule.public:
        return f"({text})"
    if rule.context:
        return f"*{text}*"
    return f"**{text}**" if rule.distinctive else text


def _catalog() -> Catalog:
    """The rules in force in the current folder."""
    config, problems = for_folder(Path(), Config())
    catalog = Catalog.load([Path(path) for path in config.extra_rules])
    for problem in (*problems, *catalog.problems):
        complain(problem)
    return catalog


def _described(rule: Rule) -> dict[str, str | list[str]]:
    """What a person wants to know of a rule; nothing empty."""
    described: dict[str, str | list[str]] = {
        "id": rule.id,
        "provider": rule.title,
        "description": rule.description,
        "kind": rule.kind,
        "severity": rule.severity.label,
        "reported": "never" if rule.public else "at once" if rule.distinctive else "when its surroundings agree",
        "pair": rule.pair,
        "context": list(rule.context),
        "checksum": rule.checksum,
        "keywords": list(rule.keywords),
        "regex": rule.regex,
        "until": rule.until,
        "documentation": rule.documentation,
        "rotation": rule.rotation,
    }
    return {key: value for key, value in described.items() if value}
