"""Since when a value is committed: real repositories, nothing of theirs run, and no value in a command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from unleak.detect.catalog import Catalog
from unleak.finding import Span
from unleak.fixes import history
from unleak.fixes.history import Committed, committed
from unleak.fixes.rotation import rotation_markdown, rotation_text
from unleak.git import Abandoned

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

V = "kR8f-zQ2pW7m"
LINE = f'password = "{V}"\n'
KEY = "\n".join(
    ["-----BEGIN PRIVATE KEY-----", *[f"MIIEvQ{at}" + "aZ3k9Lx7" * 6 for at in range(4)], "-----END PRIVATE KEY-----"]
)


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.day = 0
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.org")
        self.git("config", "core.autocrlf", "false")

    def git(self, *arguments: str) -> str:
        day = f"2024-03-{self.day + 1:02}T23:30:00 -0800"
        environment = {**os.environ, "GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day, "HOME": str(self.folder.parent)}
        return subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stdout.strip()

    def commit(self, **files: str) -> Committed:
        """A commit a day, the first on March 1st; `_` in names stands for a dot."""
        for name, text in files.items():
            self.write(name.replace("_", "."), text)
        self.git("add", "-A")
        self.day += 1
        day = self.day
        self.day -= 1
        self.git("commit", "-q", "--allow-empty", "-m", f"day {day}")
        self.day += 1
        return Committed(self.git("rev-parse", "HEAD")[:10], f"2024-03-{day:02}")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_bytes(text.encode())

    def since(self, name: str, text: str, value: str = V) -> Committed | None:
        before = text[: text.index(value)].split("\n")
        whole = text[: text.index(value) + len(value)].split("\n")
        span = Span(len(before) - 1, len(before[-1]), len(whole) - 1, len(whole[-1]))
        return committed(self.folder / name, text, span, patience=60)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


class TestSince:
    def test_the_commit_that_brought_the_value(self, repository: Repository) -> None:
        repository.commit(a_py="import os\n")
        second = repository.commit(a_py="import os\n" + LINE)
        repository.commit(a_py="import os\n\n\n" + LINE + "x = 1\n")
        assert repository.since("a.py", "import os\n\n\n" + LINE + "x = 1\n") == second

    def test_not_the_one_that_changed_the_line_around_it(self, repository: Repository) -> None:
        first = repository.commit(a_py=LINE)
        repository.commit(a_py=LINE.replace("password", "the_password"))
        assert repository.since("a.py", f'login("{V}")\n') == first

    def test_another_value_on_that_line_before(self, repository: Repository) -> None:
        repository.commit(a_py=LINE.replace(V, "Zk3m-T9qLw2Xv"))
        second = repository.commit(a_py=LINE)
        assert repository.since("a.py", LINE) == second

    def test_nothing_where_it_is_new(self, repository: Repository) -> None:
        repository.commit(a_py="import os\n", b_py=LINE)
        assert repository.since("a.py", "import os\n" + LINE) is None

    def test_nothing_where_it_is_staged_alone(self, repository: Repository) -> None:
        repository.commit(a_py="import os\n")
        repository.write("a.py", LINE)
        repository.git("add", "-A")
        assert repository.since("a.py", LINE) is None

    def test_nothing_where_a_longer_word_holds_it(self, repository: Repository) -> None:
        repository.commit(a_py=LINE.replace(V, f"{V}x"))
        assert repository.since("a.py", LINE) is None

    def test_line_breaks_and_indentation_do_not_matter(self, repository: Repository) -> None:
        first = repository.commit(a_py="if x:\r\n  " + LINE.replace("\n", "\r\n"))
        repository.commit(a_py="if x:\n    " + LINE)
        assert repository.since("a.py", "if x:\r\n\t" + LINE.replace("\n", "\r\n")) == first

    def test_renamed_before(self, repository: Repository) -> None:
        first = repository.commit(a_py="import os\n" * 9 + LINE)
        repository.git("mv", "a.py", "b.py")
        repository.commit()
        assert repository.since("b.py", "import os\n" * 9 + LINE) == first

    def test_a_renaming_that_is_staged(self, repository: Repository) -> None:
        first = repository.commit(a_py="import os\n" * 9 + LINE, c_py="x = 1\n")
        repository.git("mv", "a.py", "b.py")
        assert repository.since("b.py", "import os\n" * 9 + LINE) == first

    def test_a_key_of_several_lines(self, repository: Repository) -> None:
        repository.commit(a_py=f'KEY = """{KEY.replace("MIIEvQ2", "MIIEvQ7")}"""\n')
        second = repository.commit(a_py=f'x = 1\nKEY = """{KEY}"""\n')
        repository.commit(a_py="KEY = f(\n    '''" + KEY.replace("\n", "\n    ") + "'''\n)\n")
        assert repository.since("a.py", f'KEY = """{KEY}"""\n', KEY) == second

    def test_names_that_are_no_plain_words(self, repository: Repository) -> None:
        for name in ("-x.py", "a b.py", "é:ß.py", ":(glob)*.py", "src/[id].py"):
            (repository.folder / "src").mkdir(exist_ok=True)
            repository.write(name, LINE)
            first = repository.commit()
            repository.write(name, "\n" + LINE)
            repository.commit()
            assert repository.since(name, LINE) == first

    def test_a_link_into_the_repository(self, repository: Repository, tmp_path: Path) -> None:
        first = repository.commit(a_py=LINE)
        (tmp_path / "link.py").symlink_to(repository.folder / "a.py")
        assert repository.since("../link.py", LINE) == first

    def test_nothing_where_git_cannot_tell(self, repository: Repository, tmp_path: Path) -> None:
        assert repository.since("a.py", LINE) is None  # no commit yet
        repository.commit(a_py="x = 1\n")
        repository.write("b.py", LINE)
        assert repository.since("b.py", LINE) is None  # not tracked
        assert repository.since("gone/c.py", LINE) is None
        assert committed(tmp_path / "a.py", LINE, Span(0, 12, 0, 24)) is None  # no repository


class TestSafety:
    def test_no_value_is_in_a_command_line_and_nothing_is_set_by_the_environment(
        self, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = repository.commit(a_py=LINE)
        real, log = shutil.which("git"), tmp_path / "log"
        (tmp_path / "bin").mkdir()
        fake = tmp_path / "bin" / "git"
        fake.write_text(f'#!/bin/sh\necho "$@" >> {log}\nenv >> {log}\nexec {real} "$@"\n')
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", str(fake.parent), prepend=os.pathsep)
        monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
        monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(tmp_path / "elsewhere"))
        assert repository.since("a.py", LINE) == first
        said = log.read_text()
        assert "blame" in said
        assert V not in said
        assert "elsewhere" not in said

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
    def test_nothing_that_the_repository_configures_is_run(self, repository: Repository, tmp_path: Path) -> None:
        first = repository.commit(a_py=LINE)
        repository.write(".git/info/attributes", "*.py filter=x diff=x\n")
        program = f"touch {tmp_path}/run; cat"
        for key in ("filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv", "diff.x.command"):
            repository.git("config", key, program)
        for key in ("core.fsmonitor", "core.pager", "pager.blame", "diff.external", "core.sshCommand"):
            repository.git("config", key, program)
        assert repository.since("a.py", LINE) == first
        assert not (tmp_path / "run").exists()

    def test_it_ends_when_nobody_waits_or_time_is_up(self, repository: Repository) -> None:
        repository.commit(a_py=LINE)
        span = Span(0, 12, 0, 12 + len(V))
        with pytest.raises(Abandoned):
            committed(repository.folder / "a.py", LINE, span, lambda: True)
        with pytest.raises(Abandoned):
            committed(repository.folder / "a.py", LINE, span, patience=0)

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
    def test_a_git_that_hangs_is_ended(
        self, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "bin").mkdir()
        fake = tmp_path / "bin" / "git"
        fake.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", str(fake.parent), prepend=os.pathsep)
        with pytest.raises(Abandoned):
            committed(repository.folder / "a.py", LINE, Span(0, 12, 0, 24), patience=2)
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / "pid").read_text()), 0)

    def test_a_blame_that_git_refuses_leaves_the_last_commit_of_the_file(self, repository: Repository) -> None:
        repository.commit(a_py=LINE)
        second = repository.commit(a_py="\n" + LINE)
        repository.commit(b_py="x = 1\n")
        repository.git("config", "blame.ignoreRevsFile", "missing")
        assert repository.since("a.py", LINE) == second

    def test_a_large_version_is_not_read(self, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
        repository.commit(a_py=LINE)
        monkeypatch.setattr(history, "LARGEST", 10)
        assert repository.since("a.py", LINE) is None


class TestSteps:
    def test_name_the_page_of_the_provider_and_the_variable(self) -> None:
        rule = next(rule for rule in Catalog.load().rules if rule.rotation)
        text = rotation_text(rule.kind, rule, Committed("1a2b3c4d5e", "2024-03-01"), "SHOP_TOKEN")
        assert f" at {rule.rotation}. " in text
        assert "since 1a2b3c4d5e of 2024-03-01" in text
        assert "SHOP_TOKEN" in text
        assert [line[:2] for line in text.splitlines()[2:]] == ["1.", "2.", "3.", "4."]

    @pytest.mark.parametrize("kind", ["password", "private-key", "api-token", "connection-string", "unheard-of"])
    def test_there_are_some_for_every_kind(self, kind: str) -> None:
        text = rotation_text(kind, None)
        assert text.startswith("1. ")
        assert "committed" not in text

    def test_as_markdown(self) -> None:
        rule = next(rule for rule in Catalog.load().rules if rule.rotation)
        text = rotation_markdown(rule.kind, rule, Committed("1a2b3c4d5e", "2024-03-01"), "SHOP_TOKEN")
        assert f"<{rule.rotation}>" in text
        assert "SHOP\\_TOKEN" in text
        assert "\n1. " in text
