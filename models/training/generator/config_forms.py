"""Groups of settings written as lines of a format: variables, properties, sections, YAML, TOML, JSON, XML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from generator.base import Draw, bare
from generator.config_groups import Group, Setting
from generator.config_harmless import remark, title
from generator.config_scene import Scene

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | Setting | str | int | bool | None"
"""Nested settings. A str is marked text and stands in quotes where the format has them; a Setting may be plain."""

_NOT_BARE = re.compile(r"^[\s&*!|>'\"%@`#{}\[\],?:-]|: | #|:$|\s$|^$")
_LOOKS_TYPED = re.compile(r"^(?:true|false|null|yes|no|on|off|~|[\d.]+)$", re.IGNORECASE)


def spell(words: str, style: str) -> str:
    """Words as one name: snake, screaming, kebab, camel, pascal, dot, flat or spaced.

    A word that repeats at once is left out.
    """
    pieces = [piece for piece in re.split(r"[^\w]+|_", words) if piece]
    pieces = [piece for at, piece in enumerate(pieces) if at == 0 or piece.lower() != pieces[at - 1].lower()] or ["x"]
    low = [piece.lower() for piece in pieces]
    if style == "camel":
        return low[0] + "".join(piece[:1].upper() + piece[1:] for piece in low[1:])
    if style == "pascal":
        return "".join(piece[:1].upper() + piece[1:] for piece in low)
    if style == "screaming":
        return "_".join(low).upper()
    return {"snake": "_", "kebab": "-", "dot": ".", "flat": "", "spaced": " "}[style].join(low)


@dataclass(frozen=True, slots=True)
class Look:
    """The habits of one file: how names are written, what stands around values, how much is remarked."""

    names: str
    quote: str
    gap: str  # around the sign between name and value
    comment: str
    remarks: float
    titles: float
    blank: float

    @classmethod
    def of(cls, draw: Draw, names: str, comment: str = "#", *, quotes: tuple[str, ...] = ("", "", '"'),
        gaps: tuple[str, ...] = ("",)) -> Look:  # fmt: skip
        return cls(names, draw.pick(quotes), draw.pick(gaps), comment, draw.pick((0.0, 0.1, 0.3)),
            draw.pick((0.0, 0.5, 1.0)), draw.pick((0.0, 0.7, 1.0)))  # fmt: skip


def header(scene: Scene, comment: str, probability: float = 0.55) -> list[str]:
    """The remarks at the top of a file, if any."""
    draw = scene.draw
    if not draw.chance(probability):
        return []
    rows = [f"{comment} {remark(scene)}"]
    if draw.chance(0.4):
        rows.insert(draw.integer(0, 1),
            f"{comment} {draw.pick((draw.project, draw.company, draw.domain))}"
            f"{draw.pick((' configuration', '', ' settings', ' - ' + draw.date()))}")  # fmt: skip
    if draw.chance(0.25):
        rows += draw.comment_lines(comment, 1, 2)
    return [*rows, *([""] if draw.chance(0.6) else [])]


def group_title(scene: Scene, group: Group, comment: str) -> str:
    draw = scene.draw
    text = title(draw, group)
    return draw.weighted({f"{comment} {text}": 6, f"{comment}{comment} {text}": 1, f"{comment} --- {text} ---": 1.5,
        f"{comment} ===== {text} =====": 1, f"{comment}{text}": 1})  # fmt: skip


def flat_lines(scene: Scene, groups: list[Group], look: Look, sign: str = "=", prefix: str = "") -> list[str]:
    """Lines `name=value`, the groups' words in front of the names: .env files, properties, arguments."""
    draw = scene.draw
    rows: list[str] = []
    for group in groups:
        if rows and draw.chance(look.blank):
            rows.append("")
        if draw.chance(look.titles):
            rows.append(group_title(scene, group, look.comment))
        for setting in group.settings:
            if draw.chance(look.remarks):
                note = setting.note or (remark(scene) if draw.chance(0.4) else draw.sentence())
                rows.append(f"{look.comment} {note}")
            name = spell(f"{prefix} {group.prefix} {setting.name}", look.names)
            row = f"{name}{look.gap}{sign}{look.gap}{quoted(setting, look.quote)}"
            rows.append(f"{look.comment}{row}" if draw.chance(0.03) and not any(mark in row for mark in "\ue000\ue001")
                else row)  # fmt: skip
    return rows


def quoted(setting: Setting, quote: str) -> str:
    """The value between quotes, without them where it is plain."""
    if setting.plain and setting.value:
        return setting.value
    return f"{quote}{setting.value}{quote}" if quote else setting.value


def section_lines(scene: Scene, groups: list[Group], look: Look, sign: str = "=") -> list[str]:
    """Sections in brackets with lines below them, as INI and TOML have them."""
    draw = scene.draw
    rows: list[str] = []
    for group in groups:
        if rows:
            rows.append("")
        if draw.chance(look.titles * 0.5):
            rows.append(group_title(scene, group, look.comment))
        style = draw.pick((look.names, "snake")) if look.names != "pascal" else "pascal"
        rows.append(f"[{spell(group.prefix or group.title, style)}]")
        for setting in group.settings:
            if draw.chance(look.remarks):
                rows.append(f"{look.comment} {remark(scene) if draw.chance(0.4) else draw.sentence()}")
            rows.append(f"{spell(setting.name, look.names)}{look.gap}{sign}{look.gap}{quoted(setting, look.quote)}")
    return rows


def yaml_scalar(draw: Draw, setting: Setting, quote: str = "") -> str:
    """A value as YAML has it: bare where it may be."""
    text = bare(setting.value)
    if setting.plain:
        return setting.value
    if not text:
        return draw.pick(('""', "''", ""))
    if text.startswith("{{") or _NOT_BARE.search(text) or _LOOKS_TYPED.match(text) or quote:
        mark = quote or draw.pick("\"'")
        mark = '"' if "'" in text else "'" if '"' in text else mark
        return f"{mark}{setting.value}{mark}"
    return setting.value


def tree_of(groups: list[Group], names: str) -> dict[str, Tree]:
    """The groups as nested settings, one key for the words that begin all names of a group."""
    tree: dict[str, Tree] = {}
    for group in groups:
        inner: dict[str, Tree] = {spell(setting.name, names): setting for setting in group.settings}
        if group.prefix:
            node: dict[str, Tree] = tree
            for part in group.prefix.split()[:-1]:
                below = node.setdefault(spell(part, names), {})
                if not isinstance(below, dict):
                    break
                node = below
            last = node.setdefault(spell(group.prefix.split()[-1], names), {})
            if isinstance(last, dict):
                last.update(inner)
        else:
            tree.update(inner)
    return tree


def yaml_lines(draw: Draw, tree: Tree, indent: str = "  ", quote: str = "", comments: float = 0.0,
    scene: Scene | None = None) -> list[str]:  # fmt: skip
    """A tree as block YAML."""
    rows: list[str] = []
    if isinstance(tree, dict):
        for name, value in tree.items():
            if comments and draw.chance(comments):
                rows.append(f"# {remark(scene) if scene and draw.chance(0.5) else draw.sentence()}")
            if isinstance(value, dict) and value:
                rows.append(f"{name}:")
                rows += [indent + row for row in yaml_lines(draw, value, indent, quote, comments, scene)]
            elif isinstance(value, list) and value:
                rows.append(f"{name}:")
                rows += [draw.pick(("", "")) + indent + row for row in yaml_lines(draw, value, indent, quote, comments,
                    scene)]  # fmt: skip
            else:
                rows.append(f"{name}: {_yaml_leaf(draw, value, quote)}".rstrip())
    elif isinstance(tree, list):
        for value in tree:
            if isinstance(value, (dict, list)) and value:
                inner = yaml_lines(draw, value, indent, quote, 0.0, scene)
                rows.append(f"- {inner[0]}")
                rows += [f"  {row}" for row in inner[1:]]
            else:
                rows.append(f"- {_yaml_leaf(draw, value, quote)}")
    return rows


def _yaml_leaf(draw: Draw, value: Tree, quote: str) -> str:
    if isinstance(value, Setting):
        return yaml_scalar(draw, value, quote)
    if isinstance(value, str):
        if "\n" in value:
            return "|\n" + "\n".join("  " + row for row in value.split("\n"))
        return yaml_scalar(draw, Setting("", value), quote)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    return "null" if value is None else str(value).lower()


def json_text(tree: Tree, indent: str = "  ", level: int = 0, *, gap: str = " ") -> str:
    """A tree as JSON, over several lines where `indent` is not empty."""
    if isinstance(tree, Setting):
        plain = tree.plain and tree.value
        return tree.value if plain else f'"{_escaped(tree.value)}"'
    if isinstance(tree, str):
        return f'"{_escaped(tree)}"'
    if isinstance(tree, bool) or tree is None or isinstance(tree, int):
        return "null" if tree is None else str(tree).lower()
    opening, closing = "{}" if isinstance(tree, dict) else "[]"
    if not tree:
        return opening + closing
    if isinstance(tree, dict):
        parts = [f'"{name}":{gap}{json_text(value, indent, level + 1, gap=gap)}' for name, value in tree.items()]
    else:
        parts = [json_text(value, indent, level + 1, gap=gap) for value in tree]
    if not indent:
        return f"{opening}{(',' + gap).join(parts)}{closing}"
    inner = indent * (level + 1)
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent * level}{closing}"


def _escaped(text: str) -> str:
    """Quotes and lone backslashes escaped; escapes of line breaks stay."""
    return re.sub(r'\\(?![nrt"/])', r"\\\\", text).replace('"', '\\"') if '"' in text or "\\" in text else text


def xml_attribute(text: str) -> str:
    """Marked text as it stands in an attribute or an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
