"""A source file in the making: its language, its role, and how many credentials it may still hold."""

# ruff: noqa: E501 - the alternatives of one template read better on a line of their own
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from generator import values
from generator.base import Draw, bare, mark, safe
from generator.code_syntax import Syntax
from generator.values import Named, Role

Place = Literal["top", "class", "body"]
"""Where a snippet stands: outside of everything, among the members of a class, inside a function."""

_MEMBER = re.compile(
    r"^(?:self\.|this\.|\$this|@|c\.|_|config\.|M\.|conf\.|\$self|\$config|(?:private|protected|public|internal|override)\b)"
)
_TYPE = re.compile(
    r"(?:const )?\b(?:String|string)\b|NSString \*(?:const )?|const char ?\*|(?<=: )&str|const std::string|std::string|QString"
)
_TYPED = {"java": ("Map<String, String>", "Map<String, Object>"), "csharp": ("Dictionary<string, string>", "IDictionary<string, string>"),
          "kotlin": ("Map<String, Any>",), "swift": ("[String: Any]",), "dart": ("Map<String, dynamic>",)}  # fmt: skip
_LIVE_BUDGET = {0: 26, 1: 36, 2: 19, 3: 10, 4: 5, 6: 4}
_TEST_BUDGET = {0: 12, 1: 24, 2: 24, 3: 18, 4: 12, 7: 10}


class Scene:
    """What the snippets of one file share; each snippet is text with marked values."""

    def __init__(self, draw: Draw, syntax: Syntax, role: Role, budget: int | None = None) -> None:
        self.draw = draw
        self.syntax = syntax
        self.role: Role = role
        self.left = draw.weighted(_LIVE_BUDGET if role == "live" else _TEST_BUDGET) if budget is None else budget
        self.quote = draw.pick(syntax.quotes)
        self.language = syntax.language
        self.place: Place = "top"
        self.nouns = list(dict.fromkeys(draw.word() for _ in range(draw.integer(3, 6))))
        self.method = False  # whether functions stand in a class, so that members can be set
        self.density = min(0.7, 0.25 + 0.12 * self.left) if self.left else 0.0
        self._used: list[Named] = []
        self._chosen: dict[tuple[str, ...], str] = {}
        self._real = role == "docs" and draw.chance(0.06)  # a live credential that slipped into documentation

    # expressions

    def text(self, value: str) -> str:
        """`value`, marked or not, as a string literal."""
        quote = self.quote
        plain = bare(value)
        if quote in plain or (quote == '"' and "$" in plain and "'" in self.syntax.quotes):
            quote = next((other for other in self.syntax.quotes if other not in plain), quote)
        if quote in plain:
            value = value.replace(quote, "\\" + quote)
        return f"{quote}{value}{quote}"

    def credential(self, kind: str = "") -> Named:
        """A credential that fits the role; tests repeat theirs."""
        fitting = [named for named in self._used if not kind or kind in ("password",) == (named.name == "password")]
        if self.role != "live" and fitting and self.draw.chance(0.35):
            return self.draw.pick(fitting)
        role: Role = "live" if self._real else self.role
        if role == "live" and self.draw.chance(0.04):
            role = "local"  # a default of development inside live code
        named = values.credential(self.draw, role, kind)
        self._used.append(named)
        self.left -= 1
        return named

    def slot(self, kind: str = "") -> Named:
        """A name in words and an expression where a credential may stand, or what else people write there."""
        if self.left > 0 and self.draw.chance(0.72 if self.role == "live" else 0.85):
            named = self.credential(kind)
            return Named(named.name, self.text(named.value))
        kind = kind or self.draw.pick(("password", "token", "key", "secret"))
        name = self.draw.secret_name(kind, "snake").replace("_", " ")
        if self.draw.chance(0.6):
            return Named(name, self.marked_reference(name))
        if self.draw.chance(0.4 if self.role == "test" else 0.75):
            return Named(name, self.text(safe(self.placeholder(name))))
        return Named(name, self.draw.pick((self.text(""), self.variable(name), self.variable(self.noun()))))

    def marked_reference(self, name: str = "") -> str:
        return mark("safe", values.reference(self.draw, self.language, name or self.draw.secret_name()))

    def placeholder(self, name: str) -> str:
        """What stands in for a value, seldom in the way of another language's templates."""
        value = values.placeholder(self.draw, name)
        if value.startswith(("{{", "${", "#{", "%")) and self.draw.chance(0.8):
            return f"YOUR_{self.draw.identifier(name, 'screaming')}"
        return value

    def plain(self, value: str, probability: float = 0.7) -> str:
        """A look-alike as a literal, marked safe at times."""
        return self.text(safe(value) if self.draw.chance(probability) else value)

    def number(self, kind: str = "") -> str:
        """A number as people write it for a port, a duration or a count."""
        known = {
            "port": ("80", "443", "8080", "5432", "3306", "6379", "587", "25", "27017", "9200", "3000"),
            "time": ("5", "10", "30", "60", "300", "900", "3600", "5000", "86400"),
            "count": ("1", "2", "3", "5", "10"),
        }
        return self.draw.pick(known.get(kind, ("0", "1", "10", "42", "100", "3600", str(self.draw.integer(2, 900)))))

    def flag(self) -> str:
        if self.language == "go":
            return self.text(self.draw.pick(("true", "false")))
        words = (
            ("True", "False")
            if self.language == "python"
            else ("TRUE", "FALSE")
            if self.language == "r"
            else ("true", "false")
        )
        return self.draw.pick(words)

    def harmless(self) -> tuple[str, str]:
        """A name in words and an expression that nobody would take for a credential, or only at a glance."""
        draw = self.draw
        return draw.weighted({
            ("host", self.text(draw.host())): 3, ("port", self.number("port")): 3, ("user name", self.text(draw.user())): 3,
            ("base url", self.plain(values.url(draw), 0.3)): 3, ("timeout", self.number("time")): 3, ("debug", self.flag()): 2,
            ("region", self.text(draw.pick(("eu-west-1", "us-east-1", "de", "EMEA", "westeurope")))): 2,
            ("client id", self.plain(values.identifier(draw))): 3, ("tenant id", self.plain(draw.uuid())): 1.5,
            (f"{self.noun()} name", self.text(draw.project)): 2, ("retries", self.number("count")): 1.5,
            ("token url", self.plain(values.url(draw))): 1.5, ("key file", self.plain(values.file_path(draw))): 1.5,
            ("password field", self.plain(values.field_name(draw))): 1, ("token type", self.plain("Bearer")): 1,
            ("version", self.text(draw.version())): 1, (f"{self.noun()} id", self.plain(values.identifier(draw))): 2,
            ("auth type", self.plain(draw.pick(("basic", "oauth2", "none", "password", "apiKey")))): 1,
            ("secret name", self.plain(f"{draw.project}/{draw.pick(('db', 'api', 'smtp'))}-credentials")): 1,
            ("cache key", self.plain(f"{draw.word()}:{draw.word()}:v{draw.integer(1, 5)}")): 1,
            ("token lifetime", self.number("time")): 1, ("grant type", self.plain(draw.pick(("password", "client_credentials", "refresh_token")))): 1,
        })  # fmt: skip

    # names and templates

    def variable(self, words: str) -> str:
        return self.draw.identifier(words, self.syntax.style)

    def constant(self, words: str) -> str:
        return self.draw.identifier(words, self.syntax.constant_style)

    def pascal(self, words: str) -> str:
        return self.draw.identifier(words, "pascal")

    def fill(self, template: str, name: str = "x", **parts: str) -> str:
        """A template of the language with its names and expressions; `body` comes indented, for «B» as it is."""
        out = (
            template.replace("«n»", name)
            .replace("«N»", self.pascal(name))
            .replace("«L»", name.upper())
            .replace("«c»", self.variable(name))
        )
        body = parts.pop("body", None)
        for key, value in parts.items():
            out = out.replace(f"«{key}»", value)
        if body is not None and "«B»" in out:
            return out.replace("«B»", body)
        if body is not None:
            before, _, after = out.partition("«b»")
            margin = before[before.rfind("\n") + 1 :]
            out = before[: len(before) - len(margin)] + self.indented(body, margin) + after
        return out

    def indented(self, body: str, margin: str = "") -> str:
        return "\n".join(margin + self.draw.indent + line if line else line for line in body.split("\n"))

    def pick(self, templates: Sequence[str]) -> str:
        """One of the alternatives, mostly the one that this file took before."""
        key = tuple(templates)
        if key not in self._chosen or self.draw.chance(0.15):
            self._chosen[key] = self.draw.pick(key)
        return self._chosen[key]

    def noun(self) -> str:
        return self.draw.pick(self.nouns)

    @contextmanager
    def at(self, place: Place) -> Iterator[None]:
        """What is written meanwhile stands in `place`."""
        before, self.place = self.place, place
        yield
        self.place = before

    def comment(self, text: str = "") -> str:
        return f"{self.syntax.comment} {text or self.draw.sentence()}"

    # statements

    def assign(self, words: str, expression: str, kind: str = "") -> str:
        """A variable with a value; `kind` is "map" or the name of a class, for languages that say so."""
        own = tuple(template for template in self.syntax.variables if not _MEMBER.match(template))
        if self.place != "body":
            return self.define(words, expression, kind, self.variable(words))
        member = tuple(
            template
            for template in self.syntax.variables
            if _MEMBER.match(template) and not template.startswith(("private", "protected"))
        )
        chosen = member if self.method and member and self.draw.chance(0.3) else own or member
        return self._retyped(self.fill(self.pick(chosen), self.variable(words), v=expression), kind)

    def define(self, words: str, expression: str, kind: str = "", name: str = "") -> str:
        """A constant with a value."""
        if self.place == "body":
            return self.assign(words, expression, kind)
        name = (
            name
            if name and (self.place == "top" or self.draw.chance(0.5)) and self.language != "c"
            else self.constant(words)
        )
        templates = self.syntax.constants
        if self.place == "class" and self.language in ("python", "js"):
            templates = (
                ("«n» = «v»",)
                if self.language == "python"
                else ("static «n» = «v»;", "«n» = «v»;", "private readonly «n» = «v»;")
            )
        return self._retyped(self.fill(self.pick(templates), name, v=expression), kind)

    def _retyped(self, statement: str, kind: str) -> str:
        if not kind:
            return statement
        known = _TYPED.get(self.language, ("auto",))
        shown = self.draw.pick(known) if kind == "map" else kind
        if shown == "auto" and self.language != "c":
            return statement
        statement = (
            statement.replace("const val", "val")
            if self.language == "kotlin"
            else statement.replace("const string", "static readonly string")
        )
        before, equals, after = statement.partition(" = ")
        return _TYPE.sub(shown + " " * (self.language == "c"), before, count=1) + equals + after

    def entry(self, words: str, expression: str, style: str, template: str) -> str:
        key = self.draw.identifier(words, style)
        quoted = key if "'«n»'" in template else f"{self.quote}{key}{self.quote}"
        return self.fill(template, quoted, k=key, v=expression)

    def arguments(self, pairs: Sequence[tuple[str, str]]) -> str:
        if not self.syntax.named:
            return ", ".join(expression for _, expression in pairs)
        named = self.pick(self.syntax.named)
        style = "pascal" if "«N»" in named else self.syntax.style
        made = [self.fill(named, self.draw.identifier(words, style), v=expression) for words, expression in pairs]
        if len(made) > 2 and self.draw.chance(0.6):
            return "\n" + self.indented(",\n".join(made)) + ("," if self.draw.chance(0.5) else "") + "\n"
        return ", ".join(made)

    def call(self, words: str, pairs: Sequence[tuple[str, str]]) -> str:
        return self.fill(self.pick(self.syntax.call), self.variable(words), a=self.arguments(pairs))

    def function(self, words: str, body: str, parameters: Sequence[str] = ()) -> str:
        template = self.pick(self.syntax.functions)
        if self.language == "python":
            if self.place == "class":
                parameters = ["self", *parameters]
            template = template.replace("@staticmethod\n", "")
            if self.draw.chance(0.2):
                body = f'"""{self.draw.sentence()}"""\n{body}'
        shown = ", ".join(self.syntax.parameter.replace("«n»", self.variable(each)) for each in parameters)
        head = (
            f"/**\n * {self.draw.sentence()}\n */\n" if self.syntax.comment == "//" and self.draw.chance(0.12) else ""
        )
        return head + self.fill(template, self.variable(words), a=shown, body=body)

    def log(self, message: str) -> str:
        return self.fill(self.pick(self.syntax.log), x=self.text(message))
