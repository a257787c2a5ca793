"""Values and names made to hurt: the program prints what it printed, or the fix is refused; nothing is ever run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from unleak.finding import Span
from unleak.fixes import dotenv, idioms, plan
from unleak.fixes.change import Refusal, Secret, applied
from unleak.fixes.names import name_of
from unleak.fixes.plan import Project
from unleak.fixes.source import Source
from unleak.lsp.workspace_files import WorkspaceFiles
from unleak.text import split_lines

PLAIN = "kR8f" + "-zQ2pW7m"
CANARY = "canary"
VALUES = {
    "plain": PLAIN,
    "empty at its ends": f"  {PLAIN}\t",
    "single quote": f"{PLAIN[:5]}'{PLAIN[5:]}",
    "double quote": f'{PLAIN[:5]}"{PLAIN[5:]}',
    "back quote": f"{PLAIN[:5]}`{PLAIN[5:]}",
    "all quotes": f"'\"`{PLAIN}`\"'",
    "three double quotes": f'{PLAIN}"""x',
    "dollar": f"{PLAIN[:5]}${PLAIN[5:]}",
    "dollar at the end": f"{PLAIN}$",
    "two dollars": f"$${PLAIN}",
    "backslash": f"{PLAIN[:5]}\\{PLAIN[5:]}",
    "backslash at the end": f"{PLAIN}\\",
    "backslash before n": f"{PLAIN}\\n{PLAIN}",
    "backslash before a quote": f"{PLAIN}\\'\\\"x",
    "line break": f"{PLAIN}\n{PLAIN}",
    "line break at the end": f"{PLAIN}\n",
    "carriage return": f"{PLAIN}\r\n{PLAIN}",
    "tab": f"{PLAIN}\t{PLAIN}",
    "hash": f"{PLAIN} #{PLAIN}",
    "percent": f"{PLAIN}%{PLAIN}",
    "directive": f"%s%n{PLAIN}",
    "brace": f"{{{PLAIN}",
    "braces": f"{{{{ {PLAIN} }}}}",
    "variable of a shell": f"${{HOME}}{PLAIN}$HOME",
    "command": f"$(touch {CANARY}){PLAIN}",
    "command in back quotes": f"`touch {CANARY}`{PLAIN}",
    "command behind a quote": f"'; touch {CANARY}; '{PLAIN}",
    "command behind a double quote": f'"; touch {CANARY}; "{PLAIN}',
    "command behind a line break": f"{PLAIN}\ntouch {CANARY}\n",
    "interpolation of Ruby": f"#{{system('touch {CANARY}')}}{PLAIN}",
    "interpolation of Perl": f"@{{[system('touch {CANARY}')]}}{PLAIN}",
    "array of Perl": f"{PLAIN}@home.example",
    "function of make": f"$(shell touch {CANARY}){PLAIN}",
    "comment": f"{PLAIN}/*x*/ // -- <!--",
    "bracket of Lua": f"{PLAIN}]]==",
    "tag of PHP": f"{PLAIN}?><?php",
    "trigraph": f"{PLAIN}??/x",
    "assignment": f"A=1 B={PLAIN}",
    "pattern": f"*?[a-z]~{PLAIN}!!",
    "emoji": f"🔑{PLAIN}🧑‍🚀",
    "right to left": f"\u202e{PLAIN}\u200f",
    "combining marks": f"e\u0301{PLAIN}ﬀ",
    "separators of lines": f"{PLAIN}\u2028{PLAIN}\x85x\x0bx\x0c",
    "control characters": f"{PLAIN}\x01\x1b[31m\x7f",
    "NUL": f"{PLAIN}\0{PLAIN}",
    "lone surrogate": f"{PLAIN}\udcff{PLAIN}",
    "byte order mark": f"\ufeff{PLAIN}",
    "100 KB": PLAIN * 8_400,
    "100 KB of quotes": "'\"" * 50_000,
}


def c_like(extra: str = "") -> Callable[[str], str]:
    """A double-quoted string where a backslash hides what has a meaning."""

    def spell(value: str) -> str:
        hidden = {**{sign: f"\\{sign}" for sign in '\\"' + extra}, "\n": "\\n", "\r": "\\r", "\t": "\\t"}
        return '"' + "".join(hidden.get(letter, letter) for letter in value) + '"'

    return spell


def single(double_backslash: bool = True) -> Callable[[str], str]:
    def spell(value: str) -> str:
        value = value.replace("\\", "\\\\") if double_backslash else value
        return "'" + value.replace("'", "\\'") + "'"

    return spell


def of_c(value: str) -> str:
    octal = "".join(
        letter if letter.isalnum() and letter.isascii() else "".join(f"\\{byte:03o}" for byte in letter.encode())
        for letter in value
    )
    return f'"{octal}"'


class Language(NamedTuple):
    file: str
    run: str
    before: str  # what stands before the literal
    after: str
    spell: Callable[[str], str]
    needs: str
    cannot: str = ""  # characters that this way to write a string cannot hold
    quotes: int = 1  # how long they are


LANGUAGES = {
    "Python, repr": Language("a.py", "python3 a.py", "key = ", "\nprint(key, end='')\n", repr, "python3"),
    "Python, raw": Language(
        "a.py", "python3 a.py", "key = r", "\nprint(key, end='')\n", '"{}"'.format, "python3", '"\n\r\\\0'
    ),
    "Python, three quotes": Language(
        "a.py",
        "python3 a.py",
        "import sys\nkey = ",
        '\nsys.stdout.write(f"{key}")\n',
        '"""{}"""'.format,
        "python3",
        '"\\\r\0',
        3,
    ),
    "JavaScript": Language("a.js", "node a.js", "const key = ", ";\nprocess.stdout.write(key);\n", c_like(), "node"),
    "JavaScript, template": Language(
        "a.js",
        "node a.js",
        "process.stdout.write(",
        ");\n",
        lambda value: f"`{value.translate({ord(c): chr(92) + c for c in '$`' + chr(92)})}`",
        "node",
        "\r",
    ),
    "Shell, single quotes": Language("a.sh", "sh a.sh", "key=", '\nprintf %s "$key"\n', "'{}'".format, "sh", "'\0"),
    "Shell, double quotes": Language(
        "a.sh",
        "bash a.sh",
        "key=",
        '\nprintf %s "$key"\n',
        lambda value: '"' + "".join(f"\\{c}" if c in '$`"\\' else c for c in value) + '"',
        "bash",
        "\0",
    ),
    "Shell, pieces": Language(
        "a.sh", "sh a.sh", "printf %s ", "\n", lambda value: "'" + value.replace("'", "'\\''") + "'", "sh", "\0"
    ),
    "PHP, single quotes": Language("a.php", "php a.php", "<?php\necho ", ";\n", single(), "php"),
    "PHP, double quotes": Language("a.php", "php a.php", "<?php\n$key = ", ";\necho $key;\n", c_like("$"), "php"),
    "Ruby, single quotes": Language("a.rb", "ruby a.rb", "print(", ")\n", single(), "ruby", "\r"),
    "Ruby, double quotes": Language("a.rb", "ruby a.rb", "KEY = ", "\nprint KEY\n", c_like("#"), "ruby"),
    "Perl, single quotes": Language("a.pl", "perl a.pl", "my $key = ", ";\nprint $key;\n", single(), "perl", "\r"),
    "Perl, double quotes": Language("a.pl", "perl a.pl", "print ", ";\n", c_like("$@"), "perl"),
    "Lua": Language("a.lua", "lua a.lua", "local key = ", "\nio.write(key)\n", c_like(), "lua"),
    "Lua, long brackets": Language("a.lua", "lua a.lua", "io.write(", ")\n", "[[{}]]".format, "lua", "]\r", 2),
    "Make": Language(
        "Makefile",
        "make -s",
        "KEY := ",
        '\nexport KEY\nall:\n\t@printf %s "$$KEY"\n',
        lambda value: value.replace("$", "$$").replace("#", "\\#"),
        "make",
        "\\\n\r \t\0\x0b\x0c\x85",
        0,
    ),
    "C": Language(
        "a.c",
        "cc -w -o a a.c && ./a",
        "#include <stdio.h>\n\nint main(void) {\n    fputs(",
        ", stdout);\n}\n",
        of_c,
        "cc",
        "\udcff",
    ),
}
CASES = [(language, kind) for language in LANGUAGES for kind in VALUES]


def between(text: str, start: int, end: int) -> Span:
    def place(at: int) -> tuple[int, int]:
        above = split_lines(text[:at])
        return len(above) - 1, len(above[-1])

    return Span(*place(start), *place(end))


def printed(folder: Path, command: str, variables: dict[str, str]) -> tuple[int, bytes]:
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    environment = {**kept, "HOME": str(folder.parent), "LC_ALL": "C.UTF-8", **variables}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, timeout=60, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(("language", "kind"), CASES, ids=[f"{language}: {kind}" for language, kind in CASES])
def test_the_program_prints_the_same_or_the_fix_is_refused(language: str, kind: str, tmp_path: Path) -> None:
    file, run, before, after, spell, needs, cannot, quotes = LANGUAGES[language]
    value = VALUES[kind]
    if any(letter in cannot for letter in value):
        pytest.skip("no such string holds this value")
    if shutil.which(needs) is None:
        pytest.skip(f"{needs} is not installed")
    literal = spell(value)
    text = f"{before}{literal}{after}"
    start, end = len(before) + quotes, len(before) + len(literal) - quotes
    source = Source(text, file, getattr(idioms.idiom_of(file), "grammar", ""))
    try:
        move = idioms.move(source, [Secret(between(text, start, end), "KEY")])
        kept = dotenv.appended("", move.values)
        assert kept is not None
    except Refusal as refusal:
        if kind == "plain" or PLAIN in str(refusal):
            pytest.fail("it is refused without a reason, or with the value in it")
        return
    assert move.values["KEY"] == value, "the value is another one"
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / file).write_text(text, encoding="utf-8", newline="")
    code, shown = printed(folder, run, {})
    assert (code, shown == value.encode()) == (0, True), "the program itself fails"
    fixed = applied(text, move.changes)
    assert value not in fixed
    (folder / file).write_text(fixed, encoding="utf-8", newline="")
    (folder / ".env").write_text(applied("", [kept.change]), encoding="utf-8", newline="")
    code, shown = printed(folder, run, dict(move.values))
    assert (code, shown == value.encode()) == (0, True), "the fixed program prints something else"
    if not any("shell" in note for note in kept.notes):
        code, shown = printed(folder, f"set -a\n. ./.env\nset +a\n{run}", {})
        assert (code, shown == value.encode()) == (0, True), "a shell that reads .env gives it something else"
    assert not (folder / CANARY).exists(), "something was executed"


RESERVED = """
    path home ifs shell user mail make makeflags makefiles curdir null eof true false none nil begin end env argv
    class def import return if else for while lambda None True self this super __file__ __line__ __DATA__ STDIN
    NODE_OPTIONS PYTHONPATH PYTHONSTARTUP BASH_ENV LD_PRELOAD PERL5OPT RUBYOPT PHPRC LUA_INIT LUA_PATH PS4
    PROMPT_COMMAND     MAKEFLAGS MAKEFILES GNUMAKEFLAGS MFLAGS PHP_INI_SCAN_DIR
    CC CFLAGS LC_ALL IFS ENV random seconds lineno uid euid
    bashopts shellopts funcname groups dirstack argc status pipestatus 1 2nd - @ * # ? ! $ _ __ é ключ 密码 \u202e
""".split()


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "Make"])
def test_names_that_mean_something_do_not_break_the_program(language: str, tmp_path: Path) -> None:
    """One program after the other with all names at once in the environment that a key can ask for."""
    file, run, before, after, spell, needs, _, quotes = LANGUAGES[language]
    if shutil.which(needs) is None:
        pytest.skip(f"{needs} is not installed")
    literal = spell(PLAIN)
    text = f"{before}{literal}{after}"
    span = between(text, len(before) + quotes, len(before) + len(literal) - quotes)
    source = Source(text, file, getattr(idioms.idiom_of(file), "grammar", ""))
    names = sorted({name_of(key, value=PLAIN) for key in RESERVED})
    for name in names if language == "Shell, double quotes" else names[:: len(names) // 6]:
        move = idioms.move(source, [Secret(span, name)])
        (tmp_path / file).write_text(applied(text, move.changes), encoding="utf-8", newline="")
        assert printed(tmp_path, run, dict(move.values)) == (0, PLAIN.encode()), f"{name} breaks it"


@pytest.mark.parametrize("key", RESERVED)
def test_a_key_makes_a_name_that_every_shell_can_set(key: str) -> None:
    name = name_of(key, value=PLAIN)
    assert re.fullmatch(r"[A-Z_][A-Z0-9_]*", name)
    unset = f"unset {name} && {name}=kept && export {name} && sh -c 'printf %s \"${name}\"'"
    for shell in ("bash", "dash", "zsh"):
        if shutil.which(shell):
            done = subprocess.run([shell, "-c", unset], capture_output=True, timeout=60, check=False)
            assert done.stdout == b"kept", f"{shell} keeps {name} for itself"


# Places


def project_at(folder: Path, text: str = f'KEY = "{PLAIN}"\n') -> tuple[Source, Project]:
    folder.mkdir(exist_ok=True)
    file = folder / "shop.py"
    file.write_text(text)
    files = WorkspaceFiles(lambda _: None, is_trusted=True)
    project = Project(file.as_posix(), folder.as_posix(), files)
    return plan.source_of(text, project), project


def settled(source: Source, project: Project) -> plan.Fix:
    """The fix of the value; nothing is written."""
    span = between(source.text, source.text.index(PLAIN), source.text.index(PLAIN) + len(PLAIN))
    return plan.settled(plan.moved(source, project, [plan.Named(span, "generic", "password", key="KEY")]), project)


def fix_at(folder: Path) -> plan.Fix:
    """The fix of the value in `shop.py`, with its files written as a server or an editor would."""
    fix = settled(*project_at(folder))
    for change in fix.files:
        path = Path(change.path)
        before = path.read_bytes().decode() if change.exists else ""
        assert change.exists == path.exists(), "it is made although it is there, or the other way round"
        path.write_bytes(applied(before, change.changes).encode())
    return fix


def directory(folder: Path) -> None:
    (folder / ".env").mkdir()


def pipe(folder: Path) -> None:
    os.mkfifo(folder / ".env")


def link_outside(folder: Path) -> None:
    (folder.parent / "outside").write_text("A=1\n")
    (folder / ".env").symlink_to("../outside")


def link_to_nothing(folder: Path) -> None:
    (folder / ".env").symlink_to("nowhere")


def link_to_itself(folder: Path) -> None:
    (folder / ".env").symlink_to(".env")


def link_to_a_device(folder: Path) -> None:
    (folder / ".env").symlink_to("/dev/zero")


def fifty_megabytes(folder: Path) -> None:
    with (folder / ".env").open("wb") as file:
        file.truncate(50_000_000)


def read_only(folder: Path) -> None:
    (folder / ".env").write_text("A=1\n")
    (folder / ".env").chmod(0o400)


def wide(folder: Path) -> None:
    (folder / ".env").write_bytes("A=1\n".encode("utf-16"))


def latin(folder: Path) -> None:
    (folder / ".env").write_bytes("A=ä\n".encode("latin-1"))


def open_quote(folder: Path) -> None:
    (folder / ".env").write_text("A='x\nB=2\n")


REFUSED = {
    directory: "folder",
    pipe: "no regular file",
    link_outside: "leads out of the workspace",
    link_to_nothing: "",
    link_to_itself: "",
    link_to_a_device: "",
    fifty_megabytes: "larger than 1 MB",
    read_only: "read-only",
    wide: "UTF-8",
    latin: "UTF-8",
    open_quote: "quote of A",
}


@pytest.mark.parametrize("place", REFUSED, ids=[place.__name__ for place in REFUSED])
def test_an_env_file_that_cannot_take_the_value_in(place: Callable[[Path], None], tmp_path: Path) -> None:
    if place is read_only and os.geteuid() == 0:
        pytest.skip("nothing is read-only to root")
    folder = tmp_path / "shop"
    folder.mkdir()
    place(folder)
    before = os.lstat(folder / ".env")
    with pytest.raises(Refusal) as refusal:
        fix_at(folder)
    assert REFUSED[place] in str(refusal.value)
    assert ".env" in str(refusal.value)
    assert PLAIN not in str(refusal.value)
    after = os.lstat(folder / ".env")
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def refused_to_others(work: Callable[[], object]) -> str:
    """The refusal that another user than root gets, whoever runs this; empty where there is none."""
    if os.geteuid():
        try:
            work()
        except Refusal as refusal:
            return str(refusal)
        return ""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            os.write(writing, refused_to_others(work).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        said = told.read().decode()
    os.waitpid(child, 0)
    return said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="folders are read-only in other ways there")
@pytest.mark.parametrize(
    ("existing", "reason"),
    [(None, "cannot be made in a read-only folder"), ("A=1\n", "is read-only")],
    ids=["no file", "a file"],
)
def test_a_read_only_workspace_is_said_to_be_one(open_folder: Path, existing: str | None, reason: str) -> None:
    folder = open_folder / "shop"
    settled(*project_at(open_folder / "other"))  # what is loaded when it is first needed is loaded now
    here = project_at(folder)
    if existing is not None:
        (folder / ".env").write_text(existing)
        (folder / ".env").chmod(0o444)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    folder.chmod(0o555)
    try:
        said = refused_to_others(lambda: settled(*here))
    finally:
        folder.chmod(0o755)
    assert said.startswith(f"The .env {reason}: set the variable where")
    assert PLAIN not in said
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_link_inside_of_the_workspace_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "env").write_text("A=1\n")
    (folder / ".env").symlink_to("config/env")
    fix_at(folder)
    assert (folder / ".env").is_symlink()
    assert (folder / "config" / "env").read_text().startswith(f"A=1\nSHOP_KEY={PLAIN}")


@pytest.mark.parametrize("kind", ["folder", "link outside", "link to nothing", "pipe"])
def test_a_gitignore_that_cannot_be_written_is_told_and_left_alone(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (folder / ".git").mkdir(parents=True)
    place = folder / ".gitignore"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        (tmp_path / "outside").write_text("x\n" if kind == "link outside" else "")
        place.symlink_to("../outside" if kind == "link outside" else "nowhere")
    fix = fix_at(folder)
    assert any(".gitignore" in note for note in fix.notes)
    assert [change.path for change in fix.files if change.path.endswith("ignore")] == []
    assert PLAIN not in " ".join(fix.notes)


def test_a_workspace_folder_that_is_gone(tmp_path: Path) -> None:
    source, project = project_at(tmp_path / "shop")
    shutil.rmtree(tmp_path / "shop")
    span = between(source.text, 7, 7 + len(PLAIN))
    move = plan.moved(source, project, [plan.Named(span, "generic", "password")])
    with pytest.raises(Refusal) as refusal:
        plan.settled(move, project)
    assert PLAIN not in str(refusal.value)


@pytest.mark.parametrize(
    "key", ["A B", f"$(touch {CANARY})", "A\nB", "A=1;touch", "'", "#", "", "-x", "é", "export A"], ids=repr
)
def test_a_name_that_a_shell_would_run_is_never_written(key: str) -> None:
    with pytest.raises(Refusal):
        dotenv.appended("", {key: PLAIN})
    with pytest.raises(Refusal):
        dotenv.announced("", [key])


def test_keys_of_settings_that_hold_commands_stay_out_of_env_files(tmp_path: Path) -> None:
    """.NET makes the variable's name of the keys, whatever stands in them."""
    text = f'{{"Shop $(touch {CANARY})": {{"Key": "{PLAIN}"}}}}\n'
    (tmp_path / "appsettings.json").write_text(text)
    files = WorkspaceFiles(lambda _: None, is_trusted=True)
    project = Project((tmp_path / "appsettings.json").as_posix(), tmp_path.as_posix(), files)
    span = between(text, text.index(PLAIN), text.index(PLAIN) + len(PLAIN))
    move = plan.moved(plan.source_of(text, project), project, [plan.Named(span, "generic", "password")])
    with pytest.raises(Refusal, match="makes no name"):
        plan.settled(move, project)
