"""Files of settings: each program has its own way to name a variable in them, and many have none.

The name of a file and its sections tell the program. Where a program reads variables the value becomes a reference;
elsewhere the refusal tells the program's own way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import CROSSES, take
from unleak.fixes.nginx import NGINX
from unleak.fixes.source import Source


class Known(NamedTuple):
    """How a program's files are known: all that is given must hold of the file's name, the section and the text."""

    files: str = ""
    section: str = ""
    text: str = ""

    def matches(self, file: str, section: str, text: str) -> bool:
        return (
            (not self.files or re.fullmatch(self.files, file) is not None)
            and (not self.section or re.fullmatch(self.section, section) is not None)
            and (not self.text or re.search(self.text, text) is not None)
        )


class Reference(NamedTuple):
    """What stands for a variable in a program's files, `NAME` in its place, and signs with which that is not sure."""

    spelled: str
    unsure: str


_REFERENCES = (
    (Known(r"\.npmrc"), Reference("${NAME}", r"[\\\"';#$]")),
    (Known(r"php(?:-\w+)?\.ini"), Reference("${NAME}", r"[\\\"'$;`]")),
    (
        Known(r"(?:grafana|custom|defaults)\.ini", text=r"(?m)^\[(?:auth\.|security|smtp|server\])"),
        Reference("$__env{NAME}", '[`"]'),
    ),
    (Known(section=r"(?:program|eventlistener):.*|supervisord"), Reference("%(ENV_NAME)s", r"[\\\"'%]")),
    (Known(section=r"testenv.*|tox(?::.*)?"), Reference("{env:NAME}", r"[\\{}#]")),
    (Known(section="uwsgi"), Reference("$(NAME)", r"[$%@]")),
    (Known(section="INPUT|OUTPUT|FILTER|SERVICE"), Reference("${NAME}", r"[$]")),
    (Known(r"httpd.*\.conf|apache2?\.conf"), Reference("${NAME}", r"[\\$]")),
    (Known(text=r"(?m)^\s*<(?:VirtualHost|Directory|IfModule|Location)\b"), Reference("${NAME}", r"[\\$]")),
)
_MYSQL = (
    "MySQL reads no variables in option files: keep the password by `mysql_config_editor set`, or in a file of mode "
    "600 that is not shared and that !include names."
)
_REFUSALS = (
    (
        Known(r"\.yarnrc"),
        "Yarn reads no variables in .yarnrc: put the line into .npmrc as ${NAME}, or into .yarnrc.yml.",
    ),
    (
        Known(r"pip\.(?:conf|ini)"),
        "pip reads no variables in its configuration: remove the line and set PIP_INDEX_URL or PIP_EXTRA_INDEX_URL in "
        "the environment, or keep the password in keyring.",
    ),
    (
        Known(r"\.pypirc"),
        "Nothing in .pypirc is read as a variable: remove the line and set TWINE_PASSWORD in the environment, or keep "
        "the password in keyring.",
    ),
    (Known(r"(?:\.?my|mysqld?|mariadb)\.cnf"), _MYSQL),
    (Known(section=r"client.*|mysqld?|mysqldump|mariadb.*"), _MYSQL),
    (
        Known(section="alembic"),
        "Alembic reads no variables here: set sqlalchemy.url in env.py by config.set_main_option, from os.environ.",
    ),
    (
        Known(r"airflow\.cfg"),
        "Airflow takes a setting from AIRFLOW__SECTION__KEY of the environment: remove the line and set that variable.",
    ),
    (
        Known(r"\.netrc"),
        "This file is a home of passwords: keep it out of version control and readable by you alone.",
    ),
    (
        Known(r"redis\.conf"),
        "Redis reads no variables here: give it --requirepass when it starts, or `include` a file that is not shared.",
    ),
    (Known(text=r"(?m)^\s*(?:server|location\s\S+|upstream\s\S+|http)\s*\{"), NGINX),
)
_HOCON = re.compile(r"(?:application|reference|play).*\.conf")
_UNKNOWN = (
    "No reference to a variable is known for this file: let the program read the variable itself, and leave a "
    "placeholder here."
)
_COMMENT = re.compile(r"\s*[#;]")
_ENVIRONMENT = re.compile(r"\"([A-Za-z_]\w*)=([^\"\\]*)\"|'([A-Za-z_]\w*)=([^'\\]*)'|([A-Za-z_]\w*)=([^\s\"'\\]*)")


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Values of a file of settings as references to the environment, where its program reads such."""
    for secret in secrets:
        if secret.span.line != secret.span.end_line:
            raise Refusal(CROSSES)
        if _COMMENT.match(source.lines[secret.span.line]):
            raise Refusal("Nothing reads a comment: replace the value by a placeholder.")
    file = source.path.rpartition("/")[2].lower()
    if file.endswith(".service") and re.search(r"(?m)^\[Service\]", source.text):
        return _out_of_unit(source, secrets, file)
    if _HOCON.fullmatch(file):
        return _replaced(source, secrets, _in_hocon)
    return _replaced(source, secrets, _referenced)


def _replaced(source: Source, secrets: Sequence[Secret], one: Callable[[Source, Secret], tuple[Change, str]]) -> Move:
    changes: list[Change] = []
    values: dict[str, str] = {}
    for secret in secrets:
        change, value = one(source, secret)
        changes.append(change)
        take(values, {secret.name: value})
    return Move(tuple(merged(changes)), values)


def _section(source: Source, line: int) -> str:
    """The section that a line stands in."""
    for number in range(line, -1, -1):
        header = re.match(r"\s*\[([^\]]+)\]\s*(?:[#;].*)?$", source.lines[number])
        if header:
            return header[1].strip()
    return ""


def _referenced(source: Source, secret: Secret) -> tuple[Change, str]:
    """The reference that a program reads in place of a value."""
    file, section = source.path.rpartition("/")[2].lower(), _section(source, secret.span.line)
    for known, sentence in _REFUSALS:
        if known.matches(file, section, source.text):
            raise Refusal(sentence)
    reference = next((how for known, how in _REFERENCES if known.matches(file, section, source.text)), None)
    if reference is None:
        raise Refusal(_UNKNOWN)
    span, value = secret.span, source.cut(secret.span)
    if re.search(reference.unsure, value):
        raise Refusal("The value holds signs that this file reads in a way of its own: move it by hand.")
    line = source.lines[span.line]
    if file == ".npmrc" and re.match(r"[^=]*\[\]\s*=", line):
        raise Refusal("npm reads no variables in lists: write the value as a setting of its own, then move it.")
    spelled = reference.spelled.replace("NAME", secret.name)
    before, after = line[: span.column], line[span.end_column :]
    if file.endswith(".ini") and before.count("'") % 2 and "$" in spelled:
        if not before.endswith("'") or not after.startswith("'"):
            raise Refusal("Single quotes hold no variables: write double ones, then move the value.")
        return Change(Span(span.line, span.column - 1, span.line, span.end_column + 1), f'"{spelled}"'), value
    return Change(span, spelled), value


def _in_hocon(source: Source, secret: Secret) -> tuple[Change, str]:
    """A substitution of HOCON, which stands outside of quotes and stops the program where it is missing."""
    span, value = secret.span, source.cut(secret.span)
    line = source.lines[span.line]
    before, after = line[: span.column], line[span.end_column :]
    if "//" in re.sub(r"\w://", "", before):
        raise Refusal("Nothing reads a comment: replace the value by a placeholder.")
    if "\\" in value or before.count('"""') % 2:
        raise Refusal("The value holds signs that this file reads in a way of its own: move it by hand.")
    spelled = f"${{{secret.name}}}"
    if before.count('"') % 2 == 0:
        return Change(span, spelled), value
    opens, closes = before.endswith('"'), after.startswith('"')
    place = Span(span.line, span.column - opens, span.line, span.end_column + closes)
    return Change(place, ("" if opens else '"') + spelled + ("" if closes else '"')), value


def _out_of_unit(source: Source, secrets: Sequence[Secret], file: str) -> Move:
    """Settings of a systemd unit that move to the file which EnvironmentFile= names."""
    home = f"/etc/{file.removesuffix('.service').rstrip('@')}.env"
    named = re.search(r"(?m)^EnvironmentFile=-?(\S+)", source.text)
    changes: list[Change] = []
    values: dict[str, str] = {}
    gone: dict[int, set[int]] = {}
    for secret in secrets:
        span, value = secret.span, source.cut(secret.span)
        line = source.lines[span.line]
        key = line.partition("=")[0].strip()
        if re.search(r"[\\%$\"']", value):
            raise Refusal("The value holds signs that this file reads in a way of its own: move it by hand.")
        take(values, {secret.name: value})
        if re.fullmatch(r"Exec\w+", key):
            if not re.search(r"=\s*\S+\s", line[: span.column]):
                raise Refusal("The name of the program cannot be a variable: move it by hand.")
            changes.append(Change(span, f"${{{secret.name}}}"))
            continue
        pairs = list(_ENVIRONMENT.finditer(line, len(key) + 1)) if key == "Environment" else []
        at = next((at for at, pair in enumerate(pairs) if pair.start() <= span.column < pair.end()), None)
        if at is None or f"{secret.name}={value}" != pairs[at][0].strip("\"'"):
            raise Refusal(
                "systemd reads no variables here: put the whole setting into a file of mode 600 and name it by "
                "EnvironmentFile=, or give it by LoadCredential=."
            )
        gone.setdefault(span.line, set()).add(at)
    for number, its in gone.items():
        line = source.lines[number]
        pairs = list(_ENVIRONMENT.finditer(line, line.index("=") + 1))
        kept = [pair[0] for at, pair in enumerate(pairs) if at not in its]
        end = len(line.rstrip("\r\n"))
        if kept:
            changes.append(Change(Span(number, line.index("=") + 1, number, end), " ".join(kept)))
        elif named or number != min(gone):
            changes.append(Change(Span(number, 0, number + 1, 0), ""))
        else:
            changes.append(Change(Span(number, 0, number, end), f"EnvironmentFile={home}"))
    alone = gone and all(not change.new.startswith("EnvironmentFile=") for change in changes)
    if not named and (not gone or alone):
        changes.append(source.inserted(min(secret.span.line for secret in secrets), f"EnvironmentFile={home}"))
    place = named[1] if named else home
    return Move(
        tuple(merged(changes)), values, (f"Put the .env file to {place}, readable by root alone, before the restart.",)
    )
