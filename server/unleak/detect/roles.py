"""What a file is for and how it is written, read off its path alone."""

from __future__ import annotations

import re
from functools import lru_cache

from unleak.finding import Role

_TEST_PARTS = """
    test tests testing testdata testutil testutils spec specs __tests__ fixture fixtures mock mocks stub stubs e2e
    integration conftest benchmark benchmarks bench fake fakes cassettes acceptance jest cypress tap
""".split()
_SAMPLE_PARTS = """
    example examples sample samples demo demos tutorial tutorials template templates dist sandbox playground
    quickstart starter dummy default
""".split()
_DOCS_FOLDERS = "doc docs documentation manual guide guides wiki book site www blog".split()
_DOCS_SUFFIXES = r"md mdx rst adoc asciidoc txt html? pod man \d tex org".split()
_VENDOR_FOLDERS = (
    r"vendor vendored third[_-]?party node_modules bower_components site-packages dist-packages external deps"
).split()
_LOCK_FILES = (
    r"\.?package-lock\.json npm-shrinkwrap\.json pnpm-lock\.yaml go\.sum packages\.lock\.json [^/]*\.lock"
).split()
_TRANSLATION_FOLDERS = (
    "locale locales i18n l10n lang langs language languages translation translations lc_messages intl".split()
)


def _part(words: list[str]) -> str:
    return rf"(?:^|[/._\-])(?:{'|'.join(words)})(?:[/._\-]|$)"


def _folder(words: list[str]) -> str:
    return rf"(?:^|/)(?:{'|'.join(words)})/"


_TEST = re.compile(rf"(?i:{_part(_TEST_PARTS)})|(?:Tests?|Spec|IT|TestCase|Mock|Fixture)s?\.\w+$")
_ROLES = (
    (Role.LOCK, re.compile(rf"(?i)(?:^|/)(?:{'|'.join(_LOCK_FILES)})$")),
    (
        Role.TRANSLATION,
        re.compile(
            rf"(?i){_folder(_TRANSLATION_FOLDERS)}|(?:messages|strings|labels)[_\-.][a-z]{{2}}(?:[_-][a-z]{{2}})?\.\w+$"
            r"|\.(?:po|pot|arb|xlf|xliff)$|(?:^|/)strings\.xml$"
        ),
    ),
    (Role.VENDORED, re.compile(rf"(?i){_folder(_VENDOR_FOLDERS)}|\.min\.\w+$")),
    (Role.TEST, _TEST),
    (Role.SAMPLE, re.compile(f"(?i){_part(_SAMPLE_PARTS)}")),
    (
        Role.DOCS,
        re.compile(
            rf"(?i){_folder(_DOCS_FOLDERS)}|\.(?:{'|'.join(_DOCS_SUFFIXES)})$"
            r"|(?:^|/)(?:readme|changelog|contributing|license|notice)[^/]*$"
        ),
    ),
)

# `com.example` is a name space, not a sample
_PACKAGE = re.compile(r"(?:^|/)(?:com|org|net|io|java|kotlin|scala|groovy)/(?:\w+/)?examples?(?=/)")

_CODE = """
    .py .pyi .pyx .js .mjs .cjs .jsx .ts .mts .cts .tsx .vue .svelte .java .kt .kts .scala .groovy .go .rs .cs .fs .vb
    .c .h .cc .cpp .cxx .hpp .hh .m .mm .php .rb .erb .swift .dart .lua .pl .pm .r .jl .ex .exs .erl .hs .clj .cljs
    .ml .nim .zig .sol .ino .gradle .proto .graphql .css .scss .d
"""
_FAMILIES = {
    "code": _CODE,
    "env": ".env .properties .ini .cfg .conf .cnf .toml .tfvars .config .editorconfig .service .pypirc .npmrc .netrc",
    "yaml": ".yml .yaml .j2 .tpl .tmpl .eyaml",
    "json": ".json .json5 .jsonc .ipynb .har .tfstate .jsonl .ndjson .webmanifest .map",
    "xml": ".xml .xsd .xaml .plist .csproj .resx .wsdl .html .htm .svg .jsp .ftl .cshtml",
    "shell": ".sh .bash .zsh .fish .bats .ps1 .psm1 .bat .cmd .mk .dockerfile .expect",
    "prose": ".md .mdx .rst .txt .adoc .tex .org .log .csv .tsv .cast",
    "sql": ".sql .psql .ddl",
    "key": ".pem .key .crt .cer .pub .asc .p12 .der .ppk .creds .nk",
    "hcl": ".tf .hcl .nomad",
}
_FAMILY_OF = {suffix: family for family, suffixes in _FAMILIES.items() for suffix in suffixes.split()}


@lru_cache(maxsize=1024)
def role_of(path: str) -> Role:
    """What the file at `path` (any separators) is for."""
    path = _PACKAGE.sub("/", path.replace("\\", "/"))
    return next((role for role, pattern in _ROLES if pattern.search(path)), Role.LIVE)


@lru_cache(maxsize=1024)
def family_of(path: str) -> str:
    """How the file at `path` is written: code, env, yaml, json, xml, shell, prose, sql, key, hcl or other."""
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    if name.startswith(".env") or name.endswith(".env"):
        return "env"
    if name.startswith(("dockerfile", "makefile", "jenkinsfile")):
        return "shell"
    dot = name.rfind(".")
    return _FAMILY_OF.get(name[dot:], "other") if dot >= 0 else "other"


def is_code(path: str) -> bool:
    """Whether bare words in the file at `path` are names, and only literals are values."""
    return family_of(path) == "code"


@lru_cache(maxsize=1024)
def file_signals(path: str) -> tuple[str, ...]:
    """The role, the family, and whether a file of another role is still one of tests."""
    role = role_of(path)
    signals = (f"role:{role.value}", f"file:{family_of(path)}")
    return (*signals, "role:test") if role is not Role.TEST and _TEST.search(path) else signals
