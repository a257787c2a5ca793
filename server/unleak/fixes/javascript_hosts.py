"""Where a JavaScript text runs, and how it reads a variable there: Node, Deno, or the bundle of a framework."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from unleak.fixes.change import Refusal
from unleak.fixes.source import Source


class Host(NamedTuple):
    """How one runtime or bundler hands variables over; `{}` in `read` stands for the name."""

    read: str
    prefix: str = ""  # without it the bundler keeps a variable from the browser
    typed: bool = True  # whether TypeScript sees `string | undefined`
    imports: str = ""
    bundled: str = ""  # who puts the value where visitors can read it


NODE = Host("process.env.{}")
DENO = Host('Deno.env.get("{}")')
_META = Host("import.meta.env.{}", typed=False)
_VITE = Host("import.meta.env.{}", "VITE_", typed=False, bundled="Vite")
_ASTRO = Host("import.meta.env.{}", "PUBLIC_", typed=False, bundled="Astro")
_SVELTE = Host("env.{}", imports='import { env } from "$env/dynamic/private";')
_SVELTE_OPEN = Host("env.{}", "PUBLIC_", imports='import { env } from "$env/dynamic/public";', bundled="SvelteKit")
_BUNDLED = Host("process.env.{}", bundled="The bundler")
_INLINED = {  # dependency → who replaces process.env in what the browser gets
    "next": Host("process.env.{}", "NEXT_PUBLIC_", bundled="Next.js"),
    "react-scripts": Host("process.env.{}", "REACT_APP_", bundled="Create React App"),
    "@vue/cli-service": Host("process.env.{}", "VUE_APP_", bundled="Vue CLI"),
    "gatsby": Host("process.env.{}", "GATSBY_", bundled="Gatsby"),
    "expo": Host("process.env.{}", "EXPO_PUBLIC_", bundled="Expo"),
}
_REFUSED = {
    "@angular/core": "Angular hands no variables of the environment to the browser, and everybody can read what is "
    "there: let a server make the request that needs this value.",
    "react-native": "A React Native app has no environment, and its bundle can be read by everybody: let a server "
    "make the request, or fetch the value after signing in.",
}
_NUXT = (
    "Nuxt hands variables to components by its configuration alone: declare the value in `runtimeConfig` of "
    "nuxt.config and read `useRuntimeConfig()`."
)
_BROWSER = (
    "This script runs in the browser, which has no environment and where everybody can read the value: let a server "
    "make the request that needs it."
)
_SERVER_FILE = re.compile(
    r"(?:^|/)(?:server|api|scripts?|functions|bin|cli|tests?|e2e)/|\.server\.[mc]?[jt]sx?$|(?:^|/)\+(?:page|layout)\.server\."
    r"|(?:^|/)\+server\.|(?:^|/)hooks\.server\.|(?:^|/)(?:server|middleware)\.[mc]?[jt]s$|\.config\.[mc]?[jt]s$"
)
_SERVER_TEXT = re.compile(
    r"(?:from|require\(|import\()\s*[\"'](?:node:|(?:fs|http|https|path|os|net|child_process|crypto|express|fastify|koa|"
    r"dotenv|pg|mysql2?|mongoose|redis)(?:/promises)?[\"'])|\bmodule\.exports\b|\bprocess\.(?:env|argv|exit)\b|\b__dirname\b"
    r"|^[\"']use server[\"']|^#!",
    re.MULTILINE,
)
_CLIENT_TEXT = re.compile(r"^(?:\s|//[^\n]*\n|/\*[^*]*\*/)*[\"']use client[\"']")
_BROWSER_TEXT = re.compile(
    r"\b(?:document|window|localStorage|sessionStorage|navigator|location)\.[a-zA-Z]|\bjQuery\b|(?<![\w.])\$\(\s*[\"'#a-z]"
)
_MARKUP = re.compile(r"\.(?:vue|svelte|jsx|tsx)$")
_HEAD = 20_000  # how much of a text tells where it runs: imports stand at its head
_LEVELS = ["", "../", "../../", "../../../", "../../../../", "../../../../../"]


def host_of(source: Source) -> Host:
    """How a text reads variables, told by the project's files, its path and itself; Refusal where it cannot."""
    path, head = source.path.replace("\\", "/"), source.text[:_HEAD]
    uses = _dependencies(source)
    on_server = bool(_SERVER_FILE.search(path) or _SERVER_TEXT.search(head))
    markup = bool(_MARKUP.search(path))
    if re.search(r"\bDeno\.|[\"']jsr:|[\"']https://deno\.land/", head) or (
        not uses and (_beside(source, "deno.json") or _beside(source, "deno.jsonc"))
    ):
        return DENO
    if "@sveltejs/kit" in uses:
        return _SVELTE if on_server else _SVELTE_OPEN
    if "nuxt" in uses:
        if on_server:
            return NODE
        raise Refusal(_NUXT)
    if "astro" in uses:
        return _ASTRO if markup else _META
    for name, host in _INLINED.items():
        if name in uses:
            server = not _CLIENT_TEXT.search(head) if name == "next" else on_server
            return NODE if server else host
    for name, sentence in _REFUSED.items():
        if name in uses and not on_server:
            raise Refusal(sentence)
    if "vite" in uses:
        return NODE if on_server else _VITE
    if source.grammar in ("vue", "svelte"):
        return _VITE
    in_browser = not on_server and _BROWSER_TEXT.search(head)
    if in_browser and not markup and not uses and not re.search(r"\brequire\(", head):
        raise Refusal(_BROWSER)
    return _BUNDLED if in_browser or (markup and not on_server) else NODE


def _dependencies(source: Source) -> frozenset[str]:
    """What the nearest package.json names as dependencies; a configuration of Vite or Next beside counts as one."""
    names: set[str] = set()
    for above in _LEVELS:
        text = source.beside(above + "package.json")
        for tool in ("vite", "next"):
            if any(source.beside(f"{above}{tool}.config.{end}") is not None for end in ("ts", "js", "mjs", "mts")):
                names.add(tool)
        if text is None:
            continue
        try:
            table = json.loads(text)
        except ValueError:
            table = None
        if isinstance(table, dict):
            for key in ("dependencies", "devDependencies", "peerDependencies"):
                part = table.get(key)
                names.update(part if isinstance(part, dict) else ())
        break
    return frozenset(names)


def _beside(source: Source, name: str) -> bool:
    return any(source.beside(above + name) is not None for above in _LEVELS)
