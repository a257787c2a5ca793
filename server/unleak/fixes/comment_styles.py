"""How comments are written in each kind of file, and which grammar tells whether one really is a comment."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from unleak.fixes.idioms import idiom_of


class Style(NamedTuple):
    """One way to write a comment."""

    opening: str
    closing: str = ""  # empty: it ends with its line
    behind: bool = True  # whether it may stand behind something else on a line
    gap: str = " "  # what separates it from what stands before it


class Commenting(NamedTuple):
    """The comments of one kind of file, the usual ones first; without styles there are none."""

    styles: tuple[Style, ...]
    grammar: str = ""
    continuation: str = "\\"  # a line that ends so goes on in the next one
    between: bool = False  # whether comments may stand between the lines of one that goes on


_NONE = Commenting(())
_HASH = Style("#")
_SLASHES = Style("//")
_MARKUP = Style("<!--", "-->")
_ALONE = Style("#", behind=False)
_SEMICOLON_ALONE = Style(";", behind=False)

# By the names in the table of idioms; what is not here has no comments.
_BY_NAME = {
    "Python": Commenting((Style("#", gap="  "),)),
    **{
        name: Commenting((_HASH,))
        for name in "R Julia Ruby Perl Elixir Shell fish YAML Terraform HCL TOML nginx".split()
    },
    "Terraform values": Commenting((_HASH,)),
    "PowerShell": Commenting((_HASH,), continuation="`"),
    "Make": Commenting((_ALONE,)),  # blanks before a comment would become part of a variable
    "Dockerfile": Commenting((_ALONE,), between=True),
    "Properties": Commenting((_ALONE,)),
    "INI": Commenting((_ALONE,)),
    "npm": Commenting((_SEMICOLON_ALONE,), "ini"),
    "pip": Commenting((_ALONE,), "ini"),
    "dotenv": Commenting((_ALONE,), "bash"),  # some readers take all behind the sign of equality for the value
    **{name: Commenting((_SLASHES, Style("{/*", "*/}"))) for name in ("JavaScript", "TypeScript", "TSX")},
    **{
        name: Commenting((_SLASHES,))
        for name in "Dart Java Kotlin Scala Groovy Go Rust C C++ Objective-C Swift C# F#".split()
    },
    "PHP": Commenting((_SLASHES, _MARKUP)),
    **{name: Commenting((_MARKUP,)) for name in ("XML", "Vue", "Svelte")},
    **{name: Commenting((Style("--"),)) for name in ("Haskell", "Lua", "SQL")},
    "Visual Basic": Commenting((Style("'"),), continuation=" _"),
    "Batch": Commenting((Style("REM", behind=False),), continuation="^"),
}

# Sign or signs, grammar, and the suffixes and names of further kinds of files.
_FURTHER = """
/* */     | css         | .css
//        | scss        | .scss .less
<!-- -->  | html        | .html .htm .xhtml
<!-- -->  | markdown    | .md .markdown
{/* */}   | markdown    | .mdx
%         | erlang      | .erl .hrl
;         | clojure     | .clj .cljs .cljc .edn
%         | latex       | .tex .sty
(* *)     | ocaml       | .ml .mli
//        | proto       | .proto
#         | graphql     | .graphql .gql
#         | cmake       | .cmake CMakeLists.txt
#         | nix         | .nix
//        | solidity    | .sol
//        | zig         | .zig
#         | starlark    | .bzl .star BUILD WORKSPACE
#         | nim         | .nim .nims
//        | d           | .d
--        | elm         | .elm
"         | vim         | .vim .vimrc
//        |             | .prisma .cue .hx
;         | commonlisp  | .lisp .cl
;         | elisp       | .el
;         | scheme      | .scm .ss
;         | racket      | .rkt
//        | thrift      | .thrift
//        | cuda        | .cu
//        | verilog     | .v .sv
--        | vhdl        | .vhd .vhdl
//        | pascal      | .pas .dpr
--        | ada         | .adb .ads
//        | jsonnet     | .jsonnet .libsonnet
//        | bicep       | .bicep
#         | gdscript    | .gd
#         | puppet      | .pp
#         | rego        | .rego
//        | kdl         | .kdl
#         |             | .cr .coffee .awk
{# #}     |             | .j2 .jinja .jinja2 .twig
<%-- --%> |             | .jsp .aspx .ascx
@* *@     |             | .cshtml .razor
//        | json        | .jsonc .json5 tsconfig*.json jsconfig*.json devcontainer.json .eslintrc.json *.code-workspace
"""
_IN_EDITOR_FOLDER = re.compile(r"(?:^|/)\.vscode/[^/]+\.json$")
_FENCES = {
    "js": ".js",
    "javascript": ".js",
    "ts": ".ts",
    "typescript": ".ts",
    "python": ".py",
    "shell": ".sh",
    "console": ".sh",
    "zsh": ".sh",
    "ruby": ".rb",
    "rust": ".rs",
    "kotlin": ".kt",
    "csharp": ".cs",
    "golang": ".go",
    "perl": ".pl",
    "powershell": ".ps1",
    "dockerfile": ".dockerfile",
    "terraform": ".tf",
    "make": ".mk",
    "makefile": ".mk",
    "elixir": ".ex",
    "haskell": ".hs",
    "dotenv": ".env",
}
"""What files are called in the languages of fenced blocks that are not themselves suffixes."""


def commenting_of(path: str, text: str = "") -> Commenting:
    """How the file at `path` is commented, by its name or else the first line of `text`."""
    path = path.replace("\\", "/")
    name = path.rpartition("/")[2]
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    suffixes, names = _further()
    for pattern, commenting in names:
        if pattern.fullmatch(name):
            return commenting
    if _IN_EDITOR_FOLDER.search(path):
        return suffixes[".jsonc"]
    if suffix in suffixes:
        return suffixes[suffix]
    idiom = idiom_of(path, text)
    if idiom is None:
        return _NONE
    if idiom.name == "INI" and suffix == ".ini":
        return Commenting((_SEMICOLON_ALONE,), idiom.grammar)
    found = _BY_NAME.get(idiom.name, _NONE)
    return found if found.grammar else found._replace(grammar=idiom.grammar)


def commenting_in_fence(language: str) -> Commenting:
    """How the code in a fenced block of `language` is commented."""
    language = language.lower()
    return commenting_of("x" + _FENCES.get(language, f".{language}"))


@lru_cache(maxsize=1)
def _further() -> tuple[dict[str, Commenting], list[tuple[re.Pattern[str], Commenting]]]:
    suffixes, names = {}, []
    for row in _FURTHER.strip().splitlines():
        signs, grammar, files = (part.strip() for part in row.split("|"))
        gap = "" if signs.startswith("{#") else " "  # what stands before a template's comment is part of its outcome
        opening, _, closing = signs.partition(" ")
        commenting = Commenting((Style(opening, closing, gap=gap),), grammar)
        for file in files.split():
            if re.fullmatch(r"\.[a-z0-9]+", file):
                suffixes[file] = commenting
            else:
                names.append((re.compile(re.escape(file).replace(r"\*", ".*")), commenting))
    return suffixes, names
