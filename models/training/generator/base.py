"""What every file type is written with: a source of chance and names, a page that remembers what it labelled."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Literal, TypeVar

from generator import words

Label = Literal["secret", "test", "safe"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled stretch of a text; offsets in code points, half-open."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True, slots=True)
class Sample:
    """One generated file: its path in a project, its text, and what is labelled in it, in order."""

    path: str
    text: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class FileType:
    """A function that writes one kind of file, and how often it is drawn against the others."""

    make: Callable[[Draw], Sample]
    weight: float


FILE_TYPES: list[FileType] = []
"""All kinds of files, filled as the modules of this package are imported."""


def file_type(weight: float = 1.0) -> Callable[[Callable[[Draw], Sample]], Callable[[Draw], Sample]]:
    """Register a function from Draw to Sample as a kind of file."""

    def register(make: Callable[[Draw], Sample]) -> Callable[[Draw], Sample]:
        FILE_TYPES.append(FileType(make, weight))
        return make

    return register


_OPEN: Mapping[Label, str] = {"secret": "\ue000", "test": "\ue001", "safe": "\ue002"}
_LABEL_OF = {mark: label for label, mark in _OPEN.items()}
_CLOSE = "\ue003"
_MARK = re.compile("[\ue000-\ue003]")
_IDENTIFIER_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def mark(label: Label, value: str) -> str:
    """`value` as a labelled stretch inside a snippet: snippets stay plain strings until a page takes them.

    Marked strings go through f-strings, join and indent unharmed; `bare` takes the marks off.
    """
    return f"{_OPEN[label]}{value}{_CLOSE}" if value else value


def secret(value: str) -> str:
    return mark("secret", value)


def test(value: str) -> str:
    return mark("test", value)


def safe(value: str) -> str:
    return mark("safe", value)


def bare(snippet: str) -> str:
    return _MARK.sub("", snippet)


def label_of(snippet: str) -> Label | None:
    """The label of the first marked stretch in `snippet`; None where nothing is marked."""
    found = _MARK.search(snippet)
    return _LABEL_OF[found[0]] if found and found[0] in _LABEL_OF else None


class Draw:
    """Chance for one file: choices, characters, names. The same Random state draws the same file.

    `project`, `company`, `domain`, `author`, `indent` and `tongue` are drawn once and stay the same in the file;
    the methods draw anew each time.
    """

    def __init__(self, random: Random) -> None:
        self.random = random

    # choices

    def pick(self, choices: Sequence[T]) -> T:
        return self.random.choice(choices)

    def weighted(self, choices: Mapping[T, float]) -> T:
        return self.random.choices(list(choices), list(choices.values()))[0]

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self.random.randint(low, high)

    def some(self, choices: Sequence[T], low: int = 0, high: int | None = None) -> list[T]:
        """Between `low` and `high` different choices, in random order."""
        high = len(choices) if high is None else min(high, len(choices))
        return self.random.sample(choices, self.integer(min(low, high), high))

    def shuffled(self, choices: Iterable[T]) -> list[T]:
        mixed = list(choices)
        self.random.shuffle(mixed)
        return mixed

    def maybe(self, snippet: str, probability: float = 0.5) -> str:
        return snippet if self.chance(probability) else ""

    # characters

    def chars(self, alphabet: str, count: int) -> str:
        return "".join(self.random.choices(alphabet, k=count))

    def hex(self, count: int) -> str:
        return self.chars(words.HEX, count)

    def digits(self, count: int) -> str:
        return self.chars(words.DIGITS, count)

    def alnum(self, count: int) -> str:
        return self.chars(words.ALNUM, count)

    def base64(self, octets: int) -> str:
        return base64.b64encode(self.random.randbytes(octets)).decode()

    def base64url(self, octets: int) -> str:
        return base64.urlsafe_b64encode(self.random.randbytes(octets)).decode().rstrip("=")

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    # names that stay the same within a file

    @cached_property
    def company(self) -> str:
        return self.new_company()

    @cached_property
    def project(self) -> str:
        """The project's name in kebab case."""
        return self.new_project()

    @cached_property
    def domain(self) -> str:
        return self.new_domain(self.company)

    @cached_property
    def author(self) -> str:
        return self.person()

    @cached_property
    def indent(self) -> str:
        return self.weighted({"    ": 5, "  ": 3, "\t": 2})

    @cached_property
    def tongue(self) -> str:
        """The language that people write in here: en, de, fr, es, pt, ru, zh or ja."""
        return self.weighted({"en": 76, "de": 5, "fr": 4, "es": 4, "pt": 4, "ru": 2.5, "zh": 3, "ja": 1.5})

    # names

    def new_company(self) -> str:
        head = self.pick((*words.COMPANY_HEADS, *words.SURNAMES))
        return head + self.weighted({self.pick(words.COMPANY_TAILS): 6, "": 2, f" {self.pick(words.NOUNS).title()}": 2})

    def new_project(self) -> str:
        shape = self.integer(0, 4)
        if shape == 0:
            return self.pick(words.COMPANY_HEADS).lower()
        if shape == 1:
            return f"{self.pick(words.ADJECTIVES)}-{self.pick(words.NOUNS)}"
        if shape == 2:
            return f"{self.pick(words.NOUNS)}-{self.pick(words.PROJECT_TAILS)}"
        if shape == 3:
            return f"{self.pick(words.COMPANY_HEADS).lower()}-{self.pick(words.PROJECT_TAILS)}"
        return f"{self.pick(words.NOUNS)}{self.pick(words.NOUNS)}"

    def new_domain(self, company: str = "") -> str:
        name = re.sub(r"[^a-z0-9]+", self.pick(("", "-")), (company or self.new_company()).lower()).strip("-")
        return f"{name}.{self.weighted(words.TOP_DOMAINS)}"

    def first_name(self) -> str:
        return self.pick(words.FIRST_NAMES)

    def surname(self) -> str:
        return self.pick(words.SURNAMES)

    def person(self) -> str:
        return f"{self.first_name()} {self.surname()}"

    def user(self) -> str:
        """A login name, of a person or of a service."""
        first, last = self.first_name().lower(), self.surname().lower()
        return self.weighted(
            {
                self.pick(words.SERVICE_USERS): 5,
                f"{first[0]}{last}": 2,
                f"{first}.{last}": 1.5,
                first: 1,
                f"{self.pick(words.NOUNS)}_{self.pick(('user', 'app', 'rw', 'ro', 'svc', 'admin'))}": 2,
                f"svc-{self.pick(words.NOUNS)}": 0.7,
                f"{self.project.split('-')[0]}": 1.3,
            }
        )

    def email(self, domain: str = "") -> str:
        who = self.pick((self.user(), self.pick(words.MAIL_BOXES), f"{self.first_name()}.{self.surname()}".lower()))
        return f"{who}@{domain or self.pick((self.domain, self.domain, *words.MAIL_DOMAINS))}"

    def service(self) -> str:
        return self.pick(words.SERVICES)

    def host(self) -> str:
        """A host that a live system would talk to."""
        role = self.pick(words.HOST_ROLES)
        return self.weighted(
            {
                f"{role}.{self.domain}": 5,
                f"{role}{self.integer(1, 9):02d}.{self.domain}": 2,
                f"{role}-{self.pick(words.STAGES)}.{self.pick(('internal', 'int', 'corp', 'svc'))}.{self.domain}": 2,
                f"{role}.{self.pick(words.REGIONS)}.{self.domain}": 1,
                self.ip(): 1.5,
                f"{self.project}.{self.alnum(12).lower()}.{self.pick(words.REGIONS)}.rds.amazonaws.com": 1,
                f"{role}-{self.project}": 1,
            }
        )

    def local_host(self) -> str:
        """A host of a developer's machine or of a compose network."""
        return self.weighted({"localhost": 6, "127.0.0.1": 3, "db": 1, "0.0.0.0": 0.3, "host.docker.internal": 0.6})

    def ip(self) -> str:
        start = self.pick(("10", f"172.{self.integer(16, 31)}", "192.168", str(self.integer(11, 210))))
        return ".".join([*start.split("."), *(str(self.integer(1, 254)) for _ in range(4 - len(start.split("."))))])

    def word(self) -> str:
        return self.pick(words.NOUNS)

    def verb(self) -> str:
        return self.pick(words.VERBS)

    def adjective(self) -> str:
        return self.pick(words.ADJECTIVES)

    def city(self) -> str:
        return self.pick(words.CITIES)

    def year(self) -> int:
        return self.integer(2009, 2025)

    def date(self) -> str:
        return f"{self.year()}-{self.integer(1, 12):02d}-{self.integer(1, 28):02d}"

    def time(self) -> str:
        return f"{self.integer(0, 23):02d}:{self.integer(0, 59):02d}:{self.integer(0, 59):02d}"

    def version(self) -> str:
        return f"{self.integer(0, 12)}.{self.integer(0, 30)}.{self.integer(0, 20)}"

    def identifier(self, parts: str | Sequence[str], style: str = "") -> str:
        """A name of `parts` (words, or one text of words) in a style.

        Styles: camel, pascal, snake, screaming, kebab, dot, flat, train; any of the first four where none is given.
        """
        text = parts if isinstance(parts, str) else " ".join(parts)
        pieces = [piece.lower() for piece in _IDENTIFIER_PART.findall(text)] or ["x"]
        style = style or self.pick(("camel", "pascal", "snake", "screaming"))
        if style == "camel":
            return pieces[0] + "".join(piece.title() for piece in pieces[1:])
        if style == "pascal":
            return "".join(piece.title() for piece in pieces)
        if style == "screaming":
            return "_".join(pieces).upper()
        if style == "train":
            return "-".join(piece.title() for piece in pieces)
        return {"snake": "_", "kebab": "-", "dot": ".", "flat": ""}[style].join(pieces)

    def secret_name(self, kind: str = "password", style: str = "") -> str:
        """A name that people give to a value of `kind`: password, token, key, secret, id, or any of SECRET_NAMES."""
        base = self.weighted(words.SECRET_NAMES[kind])
        if self.chance(0.45):
            base = f"{self.pick((self.service(), self.word(), *words.SECRET_OWNERS))} {base}"
        return self.identifier(base, style)

    def sentence(self) -> str:
        """A sentence of a programmer about the work at hand, in the file's tongue."""
        return words.sentence(self.random, self.tongue)

    def comment_lines(self, prefix: str, low: int = 1, high: int = 3) -> list[str]:
        return [f"{prefix} {self.sentence()}" for _ in range(self.integer(low, high))]


class Page:
    """A text that grows by snippets and remembers where the marked stretches lie."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self._pieces: list[str] = []
        self._length = 0
        self._items: list[Item] = []

    def add(self, snippet: str) -> Page:
        """Append text, marked or not. Raises ValueError where marks are nested or left open."""
        label: Label | None = None
        start = self._length
        position = 0
        for found in _MARK.finditer(snippet):
            self._append(snippet[position : found.start()])
            position = found.end()
            if found[0] == _CLOSE:
                if label is None:
                    raise ValueError("a labelled stretch is closed that was not opened")
                self._items.append(Item(start, self._length, label))
                label = None
            else:
                if label is not None:
                    raise ValueError("labelled stretches must not be nested")
                label, start = _LABEL_OF[found[0]], self._length
        if label is not None:
            raise ValueError("a labelled stretch must end in the snippet in which it begins")
        self._append(snippet[position:])
        return self

    def line(self, snippet: str = "") -> Page:
        return self.add(snippet + "\n")

    def lines(self, snippets: Iterable[str], indent: str = "") -> Page:
        """Append each snippet as lines of its own, indented where not empty."""
        for snippet in snippets:
            self.add("\n".join(indent + line if line else line for line in snippet.split("\n")) + "\n")
        return self

    def secret(self, value: str) -> Page:
        return self.add(secret(value))

    def test(self, value: str) -> Page:
        return self.add(test(value))

    def safe(self, value: str) -> Page:
        return self.add(safe(value))

    def _append(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)

    def sample(self, path: str, crlf: float = 0.05) -> Sample:
        """The finished file; with probability `crlf` its lines end as on Windows."""
        text, items = "".join(self._pieces), self._items
        if self.draw.chance(0.1):
            kept = max(len(text.rstrip("\n")), items[-1].end if items else 0)
            text = text[:kept]
        if self.draw.chance(crlf):
            before = [0]
            for character in text:
                before.append(before[-1] + (character == "\n"))
            items = [Item(i.start + before[i.start], i.end + before[i.end], i.label) for i in items]
            text = text.replace("\n", "\r\n")
        return Sample(path, text, tuple(items))
