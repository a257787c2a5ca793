"""Where values go, on real folders and with real git."""

from __future__ import annotations

import os
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from unleak.finding import Span
from unleak.fixes.change import Refusal, applied
from unleak.fixes.home import MAX_BYTES, Home, Kind, Look, home_of, ignored, taken
from unleak.fixes.plan import Named, Project, moved, settled, source_of

VALUE = "zQ9-vB3xKs8wLp"
VALUES = {"DB_PASSWORD": VALUE}


class Disk:
    def look(self, path: str) -> Look:
        real = os.path.realpath(path)
        try:
            found = os.stat(path)
        except OSError:
            return Look(Kind.OTHER if os.path.lexists(path) else Kind.MISSING, real)
        writable = bool(found.st_mode & stat.S_IWUSR)
        if stat.S_ISDIR(found.st_mode):
            return Look(Kind.FOLDER, real, is_writable=writable)
        if not stat.S_ISREG(found.st_mode):
            return Look(Kind.OTHER, real)
        text = None
        if found.st_size <= MAX_BYTES:
            with suppress(UnicodeDecodeError):
                text = Path(path).read_bytes().decode("utf-8-sig")
        return Look(Kind.FILE, real, found.st_size, writable, text)

    def is_tracked(self, path: str) -> bool:
        done = subprocess.run(
            ["git", "ls-files", "--error-unmatch", "--", os.path.basename(path)],
            cwd=os.path.dirname(path),
            capture_output=True,
            check=False,
        )
        return done.returncode == 0


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "app.py").write_text("")
    return folder


@pytest.fixture
def repository(shop: Path) -> Path:
    git(shop, "init", "-q")
    return shop


def git(folder: Path, *arguments: str) -> int:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False).returncode


def home(folder: Path, values: dict[str, str] = VALUES, file: str = "src/app.py", **more: str) -> Home:
    return home_of(str(folder), str(folder / file), values, Disk(), **more)


def carry_out(home: Home) -> list[str]:
    """Make the changes; the names of the files."""
    for change in home.files:
        path = Path(change.path)
        assert path.is_file() == change.exists
        data = path.read_bytes() if change.exists else b""
        mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
        path.write_bytes(mark + applied(data[len(mark) :].decode(), change.changes).encode())
    return [os.path.basename(change.path) for change in home.files]


def test_all_three_files_are_made_in_a_new_repository(repository: Path) -> None:
    made = home(repository)
    assert [(Path(one.path).name, one.exists, one.is_private) for one in made.files] == [
        (".env", False, True),
        (".gitignore", False, False),
        (".env.example", False, False),
    ]
    carry_out(made)
    assert (repository / ".env").read_text() == f"DB_PASSWORD={VALUE}\n"
    assert (repository / ".gitignore").read_text() == ".env\n"
    assert (repository / ".env.example").read_text() == "DB_PASSWORD=\n"
    assert git(repository, "check-ignore", "-q", ".env") == 0
    assert made.notes == ()


def test_a_second_time_changes_nothing(repository: Path) -> None:
    carry_out(home(repository))
    assert home(repository).files == ()


def test_outside_of_git_nothing_is_ignored(shop: Path) -> None:
    assert carry_out(home(shop)) == [".env", ".env.example"]


def test_files_that_exist_keep_every_byte(repository: Path) -> None:
    (repository / ".env").write_bytes(b"\xef\xbb\xbf# ours\r\nPORT=80 # here\r\n\r\nbroken line")
    (repository / ".gitignore").write_bytes(b"node_modules\r\n*.log")
    (repository / ".env.sample").write_bytes(b"PORT=\n")
    assert carry_out(home(repository)) == [".env", ".gitignore", ".env.sample"]
    env = b"\xef\xbb\xbf# ours\r\nPORT=80 # here\r\n\r\nbroken line\r\nDB_PASSWORD=" + VALUE.encode() + b"\r\n"
    assert (repository / ".env").read_bytes() == env
    assert (repository / ".gitignore").read_bytes() == b"node_modules\r\n*.log\r\n.env\r\n"
    assert (repository / ".env.sample").read_bytes() == b"PORT=\nDB_PASSWORD=\n"


def test_several_values_go_in_one_step(shop: Path) -> None:
    made = home(shop, {"A_KEY": "one two", "B_KEY": "it's"})
    assert len(made.files) == 2
    carry_out(made)
    assert (shop / ".env").read_text() == "A_KEY='one two'\nB_KEY=\"it's\"\n"
    assert (shop / ".env.example").read_text() == "A_KEY=\nB_KEY=\n"


def test_the_nearest_env_counts(shop: Path) -> None:
    (shop / ".env").write_text("A=1\n")
    (shop / "src" / "package.json").write_text("{}")
    assert home(shop).env == str(shop / ".env")
    (shop / "src" / ".env").write_text("A=1\n")
    assert home(shop).env == str(shop / "src" / ".env")


def test_without_one_it_stands_at_the_nearest_root_of_a_project(shop: Path) -> None:
    assert home(shop).env == str(shop / ".env")
    (shop / "src" / "package.json").write_text("{}")
    assert home(shop).env == str(shop / "src" / ".env")


@pytest.mark.parametrize("pattern", [".env", ".env*", "*.env", "/.env", "**/.env", ".e?v"])
def test_what_git_ignores_already_is_left_alone(repository: Path, pattern: str) -> None:
    (repository / ".gitignore").write_text(f"{pattern}\n")
    assert ".gitignore" not in carry_out(home(repository))
    assert git(repository, "check-ignore", "-q", ".env") == 0


def test_an_ignored_sample_is_not_made(repository: Path) -> None:
    (repository / ".gitignore").write_text(".env*\n")
    assert carry_out(home(repository)) == [".env"]


def test_the_repositorys_own_excludes_count(repository: Path) -> None:
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / "info" / "exclude").write_text(".env\n")
    assert carry_out(home(repository)) == [".env", ".env.example"]


def test_an_exception_further_down_is_overruled(repository: Path) -> None:
    (repository / ".gitignore").write_text(".env\n")
    (repository / "src" / ".gitignore").write_text("!.env\n")
    (repository / "src" / "package.json").write_text("{}")
    carry_out(home(repository))
    assert (repository / "src" / ".gitignore").read_text() == "!.env\n.env\n"
    assert git(repository, "check-ignore", "-q", "src/.env") == 0


def test_a_repository_above_the_workspace_is_not_touched(repository: Path) -> None:
    made = home_of(str(repository / "src"), str(repository / "src" / "app.py"), VALUES, Disk())
    assert [os.path.dirname(one.path) for one in made.files] == [str(repository / "src")] * 3
    carry_out(made)
    assert git(repository, "check-ignore", "-q", "src/.env") == 0


def test_a_tracked_env_is_told(repository: Path) -> None:
    (repository / ".env").write_text("A=1\n")
    git(repository, "add", "-f", ".env")
    made = home(repository)
    assert "git rm --cached .env" in " ".join(made.notes)
    assert carry_out(made) == [".env", ".gitignore", ".env.example"]


def test_a_link_inside_of_the_workspace_is_followed(repository: Path) -> None:
    (repository / "deploy").mkdir()
    (repository / "deploy" / "local.env").write_text("A=1\n")
    (repository / ".env").symlink_to("deploy/local.env")
    carry_out(home(repository))
    assert (repository / ".env").is_symlink()
    assert (repository / "deploy" / "local.env").read_text() == f"A=1\nDB_PASSWORD={VALUE}\n"
    assert git(repository, "check-ignore", "-q", "deploy/local.env") == 0
    assert git(repository, "check-ignore", "-q", ".env") == 0


def test_a_workspace_that_is_a_link_itself_keeps_its_name(repository: Path, tmp_path: Path) -> None:
    (repository / ".env").write_text("A=1\n")
    link = tmp_path / "link"
    link.symlink_to(repository)
    assert [os.path.dirname(one.path) for one in home(link).files] == [str(link)] * 3


def refusal(folder: Path, **more: str) -> str:
    with pytest.raises(Refusal) as refused:
        home(folder, **more)
    assert VALUE not in str(refused.value)
    return str(refused.value)


def test_links_out_of_the_workspace_are_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "other.env").write_text("A=1\n")
    (shop / ".env").symlink_to("../other.env")
    assert "leads out of the workspace" in refusal(shop)
    (shop / ".env").unlink()
    (shop / ".env").symlink_to("nowhere")
    assert "leads nowhere" in refusal(shop)


def test_folders_behind_links_out_of_the_workspace_are_passed_by(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / ".env").write_text("A=1\n")
    (shop / "linked").symlink_to(tmp_path / "away")
    assert home(shop, file="linked/app.py").env == str(shop / ".env")


def test_a_folder_is_refused(shop: Path) -> None:
    (shop / ".env").mkdir()
    assert "is a folder" in refusal(shop)


def test_a_pipe_is_refused(shop: Path) -> None:
    os.mkfifo(shop / ".env")
    assert "no regular file" in refusal(shop)


def test_50_megabytes_are_refused(shop: Path) -> None:
    with (shop / ".env").open("wb") as file:
        file.truncate(50_000_000)
    assert "larger than 1 MB" in refusal(shop)


def test_read_only_is_refused(shop: Path) -> None:
    (shop / ".env").write_text("A=1\n")
    (shop / ".env").chmod(0o400)
    assert "read-only" in refusal(shop)
    (shop / ".env").unlink()
    shop.chmod(0o500)
    assert "read-only folder" in refusal(shop)
    shop.chmod(0o700)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings_are_refused(shop: Path, encoding: str) -> None:
    (shop / ".env").write_bytes("NAME=Zoë\n".encode(encoding))
    assert "not UTF-8" in refusal(shop)


def test_another_value_is_refused(shop: Path) -> None:
    (shop / ".env").write_text("DB_PASSWORD=other\n")
    assert "DB_PASSWORD has another value" in refusal(shop)


def test_without_a_folder_there_is_no_home() -> None:
    with pytest.raises(Refusal, match="No folder is open"):
        home_of("", "/tmp/app.py", VALUES, Disk())


def test_files_outside_of_the_folder_have_no_home(shop: Path) -> None:
    assert "outside of the open folder" in refusal(shop, file="../app.py")
    with pytest.raises(Refusal, match="outside"):
        home_of(str(shop), f"{shop}-old/app.py", VALUES, Disk())


def test_virtual_files_have_no_home(shop: Path) -> None:
    assert "on no disk" in refusal(shop, scheme="vscode-vfs")


def test_what_hinders_the_other_files_is_a_note(repository: Path) -> None:
    (repository / ".gitignore").mkdir()
    (repository / ".env.example").write_bytes(b"\xff\xfeA\0")
    made = home(repository)
    assert carry_out(made) == [".env"]
    assert len(made.notes) == 2
    assert "the .gitignore is a folder" in made.notes[0]
    assert "The .env.example is not UTF-8" in made.notes[1]


def test_values_are_never_printed(repository: Path) -> None:
    (repository / ".env").write_text(f"OTHER={VALUE}\n")
    assert VALUE not in repr(home(repository))
    assert VALUE not in repr(Disk().look(str(repository / ".env")))


def test_taken_names_come_with_what_counts_in_the_end(shop: Path) -> None:
    assert taken(str(shop), str(shop / "src" / "app.py"), Disk()) == {}
    (shop / ".env").write_text("A=1\nB=2\nB=3\nC=$A\n")
    (shop / ".env.local").write_text("A=9\n")
    (shop / ".env.example").write_text("D=\n")
    assert taken(str(shop), str(shop / "src" / "app.py"), Disk()) == {"A": "9", "B": "3", "C": None}


def test_the_project_tells_who_reads_the_file(shop: Path) -> None:
    value = {"KEY": "a'b\"c"}
    (shop / "package.json").write_text("{}")
    carry_out(home(shop, value))
    assert (shop / ".env").read_text() == "KEY=`a'b\"c`\n"


@pytest.mark.parametrize(
    ("name", "text", "home"),
    [
        ("Jenkinsfile", "pipeline {{\n  environment {{\n    KEY = '{0}'\n  }}\n}}\n", "in the credentials of Jenkins"),
        (
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  a:\n    steps:\n      - run: x\n        env:\n          KEY: '{0}'\n",
            "among the secrets of the repository",
        ),
        (".gitlab-ci.yml", "a:\n  script:\n    - deploy '{0}'\n", "among the CI/CD variables of GitLab"),
        (
            "k8s/app.yaml",
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      env:\n        - name: KEY\n"
            "          value: '{0}'\n",
            "in a Secret of the cluster",
        ),
        ("app.py", "KEY = '{0}'\n", ""),
    ],
    ids=["Jenkins", "GitHub Actions", "GitLab", "Kubernetes", "Python"],
)
def test_a_value_that_belongs_elsewhere_is_said_to_be_parked(shop: Path, name: str, text: str, home: str) -> None:
    text = text.format(VALUE)
    file = shop / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    project = Project(file.as_posix(), shop.as_posix(), Disk())
    line = next(number for number, each in enumerate(text.split("\n")) if VALUE in each)
    column = text.split("\n")[line].index(VALUE)
    span = Span(line, column, line, column + len(VALUE))
    source = source_of(text, project)
    move = moved(source, project, [Named(span, "generic", "password", key="KEY")])
    fix = settled(move, project)
    (key,) = move.values
    parked = f"{key} is parked in .env, so that it is not lost. It belongs {home}: delete the line in .env once it is "
    assert any(change.path.endswith("/.env") for change in fix.files)
    assert [note for note in fix.notes if "parked" in note] == ([f"{parked}stored there."] if home else [])
    assert not any("parked" in note for note in settled(move, project, stored=False).notes)
    assert VALUE not in "".join(fix.notes)


@pytest.mark.parametrize("name", [".env", ".env.local", ".env.[x]*"])
def test_a_file_comes_to_be_ignored_by_its_own_name(repository: Path, name: str) -> None:
    (repository / "src" / name).touch()
    change = ignored(repository.as_posix(), (repository / "src" / name).as_posix(), Disk())
    assert change is not None
    (repository / ".gitignore").write_text(applied("", change.changes))
    done = subprocess.run(["git", "check-ignore", "-q", "--", name], cwd=repository / "src", check=False)
    assert done.returncode == 0
    assert ignored(repository.as_posix(), (repository / "src" / name).as_posix(), Disk()) is None
