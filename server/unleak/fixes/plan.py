"""One fix for findings of one file: what changes in the file, where the values go, what the person should know."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from unleak.finding import Span
from unleak.fixes import home, idioms
from unleak.fixes.change import Change, Move, Secret
from unleak.fixes.home import FileChange, Files
from unleak.fixes.names import name_of
from unleak.fixes.source import Source, ancestors

if TYPE_CHECKING:
    from tree_sitter import Node

    from unleak.detect.catalog import Rule

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://[^\s/]*\Z")
_KEY = re.compile(r"[\"'`]?([^\W\d][\w.-]*)[\"'`]?:?\Z")
_NO_KEYS = ("class", "function", "method", "module", "namespace", "interface", "import", "call")


class Named(NamedTuple):
    """A finding, with what its variable's name can come from."""

    span: Span
    rule: str
    kind: str
    provider: str = ""
    key: str = ""

    @classmethod
    def of(cls, span: Span, rule_id: str, kind: str, rule: Rule | None, key: str) -> Named:
        return cls(span, rule_id, kind, rule.provider if rule else "", key)


class Project(NamedTuple):
    """Where a file lies; paths are absolute, with `/` between their parts."""

    file: str
    folder: str  # of the workspace; empty where there is none
    files: Files
    scheme: str = "file"
    known: Mapping[str, str] = {}  # names that values have got elsewhere, by the value

    @property
    def path(self) -> str:
        """The file's path, seen from the folder."""
        return posixpath.relpath(self.file, self.folder) if self.folder else posixpath.basename(self.file)

    def beside(self, path: str) -> str | None:
        """The text of a file by its path relative to this one; None outside of the workspace folder."""
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(self.file), path))
        if not self.folder or posixpath.commonpath([whole, self.folder]) != self.folder:
            return None
        look = self.files.look(whole)
        inside = look.real == self.folder or look.real.startswith(f"{self.folder.rstrip('/')}/")
        return look.text if inside else None


@dataclass(frozen=True, slots=True)
class Fix:
    """Values that move to variables, all in one step."""

    names: tuple[str, ...]
    changes: tuple[Change, ...]  # in the file itself
    files: tuple[FileChange, ...]  # beside it
    env: str  # path of the `.env` that takes the values in; empty where they are left out
    notes: tuple[str, ...]


def source_of(text: str, project: Project) -> Source:
    """A text of the project with its tree."""
    idiom = idioms.idiom_of(project.file, text)
    return Source(text, project.file, idiom.grammar if idiom else "", project.beside)


def moved(source: Source, project: Project, found: Sequence[Named]) -> Move:
    """How findings leave a text; Refusal where they cannot. One value gets one variable, wherever it stands."""
    return moved_by_names(source, project, found)[0]


def moved_by_names(source: Source, project: Project, found: Sequence[Named]) -> tuple[Move, dict[str, str]]:
    """The same, and the names that were thought of, by the value: a language may put a prefix before them."""
    taken = home.taken(project.folder, project.file, project.files) if project.folder else {}
    values: dict[str, str] = {}  # as the program sees them, by what stands in the text
    move, names = Move((), {}), dict[str, str]()
    for _ in range(2):  # the second time with what a value means, where its name is taken
        names = _names(source, project, found, taken, values)
        secrets = [Secret(each.span, names[source.cut(each.span)]) for each in found]
        move = idioms.move(source, secrets)
        meant = {raw: move.values[name] for raw, name in names.items() if name in move.values}
        is_free = all(taken.get(name, move.values[name]) == move.values[name] for name in move.values)
        if is_free and all(project.known.get(value, names[raw]) == names[raw] for raw, value in meant.items()):
            break
        values = meant
    return move, _asked(names.values(), move.values)


def names_of(source: Source, project: Project, found: Sequence[Named]) -> list[str]:
    """What the variables of findings would be called, one by one; nothing is moved."""
    taken = home.taken(project.folder, project.file, project.files) if project.folder else {}
    names = _names(source, project, found, taken, {})
    return [names[source.cut(each.span)] for each in found]


def settled(move: Move, project: Project, *, stored: bool = True) -> Fix:
    """The whole fix; Refusal where no `.env` can take the values in. Without `stored` they are left out of files."""
    if not stored:
        return Fix(tuple(move.values), move.changes, (), "", move.notes)
    place = home.home_of(project.folder, project.file, move.values, project.files, project.scheme)
    notes = (*_parked(move, place.env, project), *move.notes, *place.notes)
    return Fix(tuple(move.values), move.changes, place.files, place.env, notes)


def _parked(move: Move, env: str, project: Project) -> list[str]:
    """What a person is told of values that do not belong in a `.env`."""
    if not move.home:
        return []
    file, names = posixpath.relpath(env, project.folder), " and ".join(move.values)
    if len(move.values) == 1:
        told = f"{names} is parked in {file}, so that it is not lost. It belongs {move.home}: delete the line in {file}"
        return [f"{told} once it is stored there."]
    told = f"{names} are parked in {file}, so that they are not lost. They belong {move.home}: delete the lines in"
    return [f"{told} {file} once they are stored there."]


def _asked(names: Iterable[str], values: Mapping[str, str]) -> dict[str, str]:
    asked: dict[str, str] = {}
    for name in names:
        ends = [each for each in values if each.upper().endswith(f"_{name}")]
        for final in [name] if name in values else ends[:1]:
            asked[values[final]] = name
    return asked


def _names(
    source: Source,
    project: Project,
    found: Iterable[Named],
    taken: dict[str, str | None],
    values: dict[str, str],
) -> dict[str, str]:
    """The variable of each value, by what stands in the text."""
    names: dict[str, str] = {}
    used = dict(taken)
    for each in found:
        raw = source.cut(each.span)
        if raw in names:
            continue
        value = values.get(raw, raw)
        known = project.known.get(value, "")
        if known and used.get(known, value) == value:
            names[raw] = known
            used[known] = value
            continue
        before = _SCHEME.search(source.lines[each.span.line][: each.span.column])
        names[raw] = name_of(
            key_path(source, each.span, each.key),
            each.rule,
            each.provider,
            each.kind,
            project.path,
            used,
            value=value,
            scheme=before[1] if before else "",
        )
        used[names[raw]] = value
    return names


def key_path(source: Source, span: Span, key: str) -> str:
    """What a value is given to, with the keys around it as far as the tree tells them: `database.default.password`."""
    if not source.grammar:
        return key
    keys = []
    node: Node = source.node_at(span)
    for around in ancestors(node):
        if any(word in around.type for word in _NO_KEYS):
            break
        for field in ("key", "name", "left"):
            child = around.child_by_field_name(field)
            if child is not None and source.span_of(child)[2:] <= span[:2]:
                word = _KEY.match(source.text_of(child).strip())
                keys += [word[1]] if word else []
                break
    if not keys or (key and keys[0].rpartition(".")[2] != key.rpartition(".")[2]):
        return key
    return ".".join(reversed(keys))
