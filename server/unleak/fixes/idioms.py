"""Which family reads a file, told by its name alone; families are imported when they are needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import NamedTuple

from unleak.fixes.change import Move, Refusal, Secret, check_value
from unleak.fixes.source import Source

_TABLE = r"""
Python          | python     | python     | .py .pyi .pyw .pyx wscript SConstruct
Jupyter         | notebook   | json       | .ipynb
R               | r          | r          | .r .rprofile
Julia           | julia      | julia      | .jl
JavaScript      | javascript | javascript | .js .mjs .cjs .jsx
TypeScript      | javascript | typescript | .ts .mts .cts
TSX             | javascript | tsx        | .tsx
Vue             | javascript | vue        | .vue
Svelte          | javascript | svelte     | .svelte
Dart            | dart       | dart       | .dart
Java            | java       | java       | .java
Kotlin          | kotlin     | kotlin     | .kt .kts
Scala           | scala      | scala      | .scala .sc .sbt
Groovy          | groovy     | groovy     | .groovy .gradle .gvy Jenkinsfile*
Properties      | properties | properties | .properties
Go              | go         | go         | .go
Rust            | rust       | rust       | .rs
C               | c          | c          | .c .h
C++             | c          | cpp        | .cc .cpp .cxx .c++ .hh .hpp .hxx .ino
Objective-C     | c          | objc       | .m .mm
Swift           | swift      | swift      | .swift
C#              | csharp     | csharp     | .cs .csx
F#              | fsharp     | fsharp     | .fs .fsx
Visual Basic    | vb         |            | .vb .vbs .bas
Haskell         | haskell    | haskell    | .hs
Ruby            | ruby       | ruby       | .rb .rake .gemspec .ru Rakefile Gemfile Vagrantfile Fastfile Podfile
PHP             | php        | php        | .php .phtml .inc
Perl            | perl       | perl       | .pl .pm .t .cgi
Lua             | lua        | lua        | .lua
Elixir          | elixir     | elixir     | .ex .exs
Shell           | shell      | bash       | .sh .bash .zsh .ksh .bats .bashrc .zshrc .profile .bash_profile
fish            | fish       | fish       | .fish
PowerShell      | powershell | powershell | .ps1 .psm1 .psd1
Batch           | batch      |            | .bat .cmd
Make            | make       | make       | .mk .mak Makefile* GNUmakefile
Dockerfile      | dockerfile | dockerfile | .dockerfile .containerfile Dockerfile* Containerfile*
YAML            | yaml       | yaml       | .yaml .yml
Terraform       | terraform  | terraform  | .tf .tofu
HCL             | terraform  | hcl        | .hcl .nomad
Terraform values | tfvars    | terraform  | .tfvars
JSON            | json_files | json       | .json .jsonc .json5 .webmanifest
XML             | xml        | xml        | .xml .config .xaml .plist .csproj .props .targets
TOML            | toml       | toml       | .toml Pipfile
SQL             | sql        |            | .sql .psql .ddl
nginx           | nginx      |            | nginx.conf nginx*.conf
npm             | ini        |            | .npmrc .yarnrc
pip             | ini        |            | pip.conf pip.ini .pypirc
INI             | ini        | ini        | .ini .cfg .conf .cnf .service .editorconfig .netrc
dotenv          | dotenv_files |          | .env .env.* *.env
"""
"""Name in the documentation, file of this package, grammar, and the suffixes and names of files."""

_SHEBANGS = {
    "sh": ".sh",
    "bash": ".sh",
    "dash": ".sh",
    "zsh": ".sh",
    "ksh": ".sh",
    "fish": ".fish",
    "python": ".py",
    "node": ".js",
    "ruby": ".rb",
    "perl": ".pl",
    "php": ".php",
    "lua": ".lua",
    "rscript": ".r",
    "pwsh": ".ps1",
    "groovy": ".groovy",
    "elixir": ".exs",
    "make": ".mk",
}
_SHEBANG = re.compile(r"#![^\n]*?(?:/|env(?:\s+-S)?\s+)([A-Za-z]+)[\d.]*(?:\s|$)")


class Idiom(NamedTuple):
    """A kind of file that a fix knows."""

    name: str
    module: str
    grammar: str

    @property
    def move(self) -> Callable[[Source, Sequence[Secret]], Move]:
        move: Callable[[Source, Sequence[Secret]], Move] = import_module(f"unleak.fixes.{self.module}").move
        return move


@lru_cache(maxsize=1)
def _known() -> tuple[dict[str, Idiom], list[tuple[re.Pattern[str], Idiom]]]:
    suffixes, names = {}, []
    for row in _TABLE.strip().splitlines():
        name, module, grammar, files = (part.strip() for part in row.split("|"))
        idiom = Idiom(name, module, grammar)
        for file in files.split():
            if re.fullmatch(r"\.[a-z0-9+]+", file):
                suffixes[file] = idiom
            pattern = re.escape(file).replace(r"\*", ".*") if not file.startswith(".") or "*" in file else ""
            if pattern:
                names.append((re.compile(rf"(?i){pattern}"), idiom))
    return suffixes, names


def idioms() -> list[Idiom]:
    """Every kind of file that is known, in the order of the documentation."""
    suffixes, names = _known()
    return list(dict.fromkeys([*suffixes.values(), *(idiom for _, idiom in names)]))


def idiom_of(path: str, text: str = "") -> Idiom | None:
    """The kind of a file by its name, or by the first line of `text` where the name says nothing."""
    suffixes, names = _known()
    name = path.rpartition("/")[2]
    for pattern, idiom in names:
        if pattern.fullmatch(name):
            return idiom
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if suffix in suffixes:
        return suffixes[suffix]
    shebang = _SHEBANG.match(text[:200])
    return suffixes[_SHEBANGS[shebang[1].lower()]] if shebang and shebang[1].lower() in _SHEBANGS else None


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Move secrets out of a text in the idiom of its language; Refusal where none is known."""
    idiom = idiom_of(source.path, source.text)
    if idiom is None:
        raise Refusal("How this kind of file reads a variable is not known: replace the value by a placeholder.")
    made = idiom.move(source, secrets)
    for value in made.values.values():
        check_value(value)
    return made
