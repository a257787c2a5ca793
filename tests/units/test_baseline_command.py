from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from unleak.cli import main
from unleak.suppress.baseline import Baseline, amend
from unleak.suppress.entries import State

Capture = pytest.CaptureFixture[str]
NAME = ".unleak-baseline.json"


@pytest.fixture
def other_token() -> str:
    return "acme_" + "p1HdGf4sWq8Jt6Vy2BaLx0Mk"


@pytest.fixture
def found(shop: Path, token: str) -> Path:
    """A file in the shop with one finding."""
    (shop / "src").mkdir()
    (shop / "src" / "app.py").write_text(f'KEY = "{token}"\n')
    return shop / "src" / "app.py"


def entries(folder: Path) -> list[tuple[str, str, str]]:
    """Path, rule and state of what the baseline in `folder` holds."""
    loaded, problems = Baseline.load(folder / NAME)
    assert problems == ()
    return [(entry.path, entry.rule, entry.state.value) for entry in loaded.entries]


def judge(folder: Path, state: State) -> None:
    """Give all entries a state."""
    amend(folder / NAME, lambda known: (known.judged({e.identity for e in known.entries}, state, "a note"), None))


class TestCreate:
    def test_all_findings_are_recorded(self, found: Path, shop: Path, capsys: Capture, token: str) -> None:
        assert main(["baseline", "create"]) == 0
        out, err = capsys.readouterr()
        assert out.startswith(f"1 finding in 1 file recorded in {NAME}.\n")
        assert err == ""
        assert entries(shop) == [("src/app.py", "acme-token", "open")]
        assert token not in (shop / NAME).read_text()

    def test_an_older_one_stays(self, found: Path, shop: Path, capsys: Capture) -> None:
        assert main(["baseline", "create"]) == 0
        before = (shop / NAME).read_bytes()
        assert main(["baseline", "create"]) == 2
        assert "unleak baseline update" in capsys.readouterr().err
        assert (shop / NAME).read_bytes() == before

    def test_force_makes_it_anew_even_where_it_is_broken(self, found: Path, shop: Path) -> None:
        (shop / NAME).write_text("{")
        assert main(["baseline", "create", "--force"]) == 0
        assert len(entries(shop)) == 1

    def test_again_differs_in_the_key_alone(self, found: Path, shop: Path) -> None:
        def made() -> list[tuple[str, str, str]]:
            assert main(["baseline", "create", "--force"]) == 0
            return entries(shop)

        assert made() == made()

    def test_its_own_file_is_not_scanned(self, found: Path, shop: Path) -> None:
        for _ in range(2):
            assert main(["baseline", "create", "--force", "."]) == 0
        assert len(entries(shop)) == 1

    def test_weak_findings_are_not_recorded(self, found: Path, shop: Path) -> None:
        with (shop / "unleak.toml").open("a") as config:
            config.write('min_severity = "error"\n')
        (shop / "tests").mkdir()
        found.rename(shop / "tests" / "test_app.py")
        assert main(["baseline", "create"]) == 0
        assert entries(shop) == []

    def test_it_lies_beside_the_top_configuration(self, found: Path, shop: Path) -> None:
        (shop / "src" / "unleak.toml").write_text('extra_rules = ["../rules"]\n')
        assert main(["baseline", "create", "src"]) == 0
        assert entries(shop) == [("src/app.py", "acme-token", "open")]

    def test_without_configuration_it_lies_at_the_top_of_the_repository(
        self, found: Path, shop: Path, git: Callable[..., str]
    ) -> None:
        (shop / "unleak.toml").rename(shop / "rules.toml")
        assert main(["baseline", "create", "--config", "rules.toml", "src"]) == 0
        assert entries(shop) == [("src/app.py", "acme-token", "open")]

    def test_a_project_within_has_its_own(self, found: Path, shop: Path, token: str) -> None:
        inner = shop / "vendor" / "inner"
        inner.mkdir(parents=True)
        (inner / "unleak.toml").write_text('root = true\nextra_rules = ["../../rules"]\n')
        (inner / "app.py").write_text(f'KEY = "{token}"\n')
        assert main(["baseline", "create"]) == 0
        assert entries(shop) == [("src/app.py", "acme-token", "open")]
        assert main(["baseline", "create", "vendor/inner"]) == 0
        assert entries(inner) == [("app.py", "acme-token", "open")]

    def test_it_may_lie_elsewhere(self, found: Path, shop: Path) -> None:
        (shop / "ci").mkdir()
        with (shop / "unleak.toml").open("a") as config:
            config.write('baseline = "ci/known.json"\n')
        assert main(["baseline", "create"]) == 0
        loaded, _ = Baseline.load(shop / "ci" / "known.json")
        assert [entry.path for entry in loaded.entries] == ["src/app.py"]

    def test_a_folder_without_project_holds_its_own(self, found: Path, shop: Path) -> None:
        (shop / "unleak.toml").rename(shop / "rules.toml")
        assert main(["baseline", "create", "--config", "rules.toml", "src"]) == 0
        assert entries(shop) == [("src/app.py", "acme-token", "open")]

    def test_switched_off(self, found: Path, shop: Path, capsys: Capture) -> None:
        (shop / "unleak.toml").write_text("enable = false\n")
        assert main(["baseline", "create"]) == 2
        assert "switched off here" in capsys.readouterr().err


class TestUpdate:
    @pytest.fixture(autouse=True)
    def _created(self, found: Path, capsys: Capture) -> None:
        main(["baseline", "create"])
        capsys.readouterr()

    @staticmethod
    def run(capsys: Capture, *arguments: str) -> str:
        assert main(["baseline", "update", *arguments]) == 0
        return capsys.readouterr().out

    def test_nothing_changed(self, shop: Path, capsys: Capture) -> None:
        before = (shop / NAME).read_bytes()
        assert self.run(capsys) == "1 kept, 0 moved, 0 dropped, 0 new.\n"
        assert (shop / NAME).read_bytes() == before

    def test_a_renamed_file_keeps_its_judgement(self, found: Path, shop: Path, capsys: Capture) -> None:
        judge(shop, State.TEST)
        found.rename(shop / "main.py")
        assert self.run(capsys) == "0 kept, 1 moved, 0 dropped, 0 new.\n"
        assert entries(shop) == [("main.py", "acme-token", "test")]

    def test_what_is_gone_is_dropped(self, found: Path, shop: Path, capsys: Capture) -> None:
        found.write_text("KEY = read()\n")
        assert self.run(capsys) == "0 kept, 0 moved, 1 dropped, 0 new.\n"
        assert entries(shop) == []

    def test_what_lies_elsewhere_is_kept(self, found: Path, shop: Path, capsys: Capture) -> None:
        found.write_text("KEY = read()\n")
        (shop / "lib").mkdir()
        assert self.run(capsys, "lib") == "1 kept, 0 moved, 0 dropped, 0 new.\n"

    def test_new_findings_come_in_on_demand(self, found: Path, shop: Path, capsys: Capture, other_token: str) -> None:
        with found.open("a") as file:
            file.write(f'OTHER = "{other_token}"\n')
        assert self.run(capsys) == "1 kept, 0 moved, 0 dropped, 1 new (not recorded; --add records them).\n"
        assert len(entries(shop)) == 1
        assert self.run(capsys, "--add") == "1 kept, 0 moved, 0 dropped, 1 new.\n"
        assert len(entries(shop)) == 2

    def test_what_became_too_weak_to_report_stays(self, found: Path, shop: Path, capsys: Capture) -> None:
        with (shop / "unleak.toml").open("a") as config:
            config.write('min_severity = "error"\n')
        (shop / "tests").mkdir()
        found.rename(shop / "tests" / "test_app.py")
        assert self.run(capsys) == "0 kept, 1 moved, 0 dropped, 0 new.\n"

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom modes bind")
    def test_what_cannot_be_read_is_kept(self, found: Path, capsys: Capture) -> None:
        found.parent.chmod(0)
        try:
            assert self.run(capsys) == "1 kept, 0 moved, 0 dropped, 0 new.\n"
        finally:
            found.parent.chmod(0o755)

    def test_what_became_binary_is_kept(self, found: Path, capsys: Capture) -> None:
        found.write_bytes(b"\x00")
        assert self.run(capsys) == "1 kept, 0 moved, 0 dropped, 0 new.\n"

    def test_without_a_baseline(self, shop: Path, capsys: Capture) -> None:
        (shop / NAME).unlink()
        assert main(["baseline", "update"]) == 2
        assert "unleak baseline create" in capsys.readouterr().err

    def test_a_broken_one_is_left_alone(self, shop: Path, capsys: Capture) -> None:
        (shop / NAME).write_text("{\n,")
        assert main(["baseline", "update"]) == 2
        assert f"{NAME}:2: not valid JSON" in capsys.readouterr().err
        assert (shop / NAME).read_text() == "{\n,"


class TestList:
    @pytest.fixture(autouse=True)
    def _created(self, found: Path, capsys: Capture) -> None:
        main(["baseline", "create"])
        capsys.readouterr()

    def test_open_entries(self, capsys: Capture) -> None:
        assert main(["baseline", "audit"]) == 1
        assert capsys.readouterr() == ("src/app.py:1  open  acme-token\n1 recorded: 1 open.\n", "")

    @pytest.mark.parametrize("state", [state for state in State if state is not State.OPEN])
    def test_judged_entries(self, shop: Path, capsys: Capture, state: State) -> None:
        judge(shop, state)
        assert main(["baseline", "audit"]) == 0
        listed = f"src/app.py:1  {state.value}  acme-token  a note\n1 recorded: 1 {state.value}.\n"
        assert capsys.readouterr().out == listed

    def test_json(self, capsys: Capture) -> None:
        assert main(["baseline", "audit", "--format", "json"]) == 1
        assert json.loads(capsys.readouterr().out) == [
            {"path": "src/app.py", "line": 1, "rule": "acme-token", "state": "open", "note": ""}
        ]

    def test_an_entry_that_is_not_found_has_no_line(self, found: Path, capsys: Capture) -> None:
        found.unlink()
        assert main(["baseline", "audit", "--format", "text"]) == 1
        out, err = capsys.readouterr()
        assert out.startswith("src/app.py:-  open  acme-token\n")
        assert "unleak baseline update" in err

    def test_other_paths_are_left_out(self, capsys: Capture) -> None:
        assert main(["baseline", "audit", "rules"]) == 0
        assert capsys.readouterr().out == "0 recorded.\n"


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
class TestQuestions:
    @pytest.fixture(autouse=True)
    def _created(self, found: Path, token: str, other_token: str) -> None:
        found.write_text(f'KEY = "{token}"\nCOPY = "{token}"\nOTHER = "{other_token}"\n')
        assert main(["baseline", "create"]) == 0

    @staticmethod
    def answer(*lines: str) -> tuple[int, str]:
        """The exit code and all that a terminal showed, after the answers `lines`."""
        import pty

        ours, theirs = pty.openpty()
        code = "import sys; from unleak.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", code, "baseline", "audit"]
        with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            os.write(ours, "".join(f"{line}\n" for line in lines).encode())
            shown = b""
            try:
                while piece := os.read(ours, 65536):
                    shown += piece
            except OSError:  # how a terminal says that nobody is left on the other side
                pass
            os.close(ours)
        return process.returncode, shown.decode()

    @staticmethod
    def states(shop: Path) -> list[tuple[int, str]]:
        """The states of the entries by the size of their groups: two entries for one value, one for the other."""
        loaded, _ = Baseline.load(shop / NAME)
        contents = [entry.content for entry in loaded.entries]
        return sorted({(contents.count(entry.content), entry.state.value) for entry in loaded.entries})

    def test_each_value_of_a_file_is_asked_about_once(self, shop: Path, token: str, other_token: str) -> None:
        code, shown = self.answer("t", "t")
        assert code == 0
        assert self.states(shop) == [(1, "test"), (2, "test")]
        assert "1 of 2: [s]ecret" in shown
        assert "The same value also on line" in shown
        assert "3 recorded: 3 test." in shown
        assert token not in shown
        assert other_token not in shown

    @pytest.mark.parametrize(
        ("answer", "state"), [("s", "secret"), ("F", "false-alarm"), ("t", "test"), ("k", "accepted"), ("", "open")]
    )
    def test_states(self, shop: Path, answer: str, state: str) -> None:
        code, _ = self.answer(answer, answer)
        assert self.states(shop) == [(1, state), (2, state)]
        assert code == (1 if state == "open" else 0)

    def test_answers_before_the_end_are_saved(self, shop: Path) -> None:
        code, _ = self.answer("t", "q")
        assert code == 1
        assert sorted(state for _, state in self.states(shop)) == ["open", "test"]

    def test_back(self, shop: Path) -> None:
        self.answer("t", "b", "s", "s")
        assert self.states(shop) == [(1, "secret"), (2, "secret")]

    def test_the_end_of_input_quits(self) -> None:
        assert self.answer("\x04")[0] == 1

    def test_anything_else_is_asked_again(self, shop: Path) -> None:
        _, shown = self.answer("yes", "t", "t")
        assert "Answer with one letter" in shown
        assert self.states(shop) == [(1, "test"), (2, "test")]

    def test_what_follows_the_letter_is_a_note(self, shop: Path) -> None:
        self.answer("k rotated  in May", "q")
        notes = {entry.note for entry in Baseline.load(shop / NAME)[0].entries}
        assert notes == {"rotated  in May", ""}

    def test_no_note_holds_the_value(self, shop: Path, token: str, other_token: str) -> None:
        both = f"t {token} and {other_token}"
        _, shown = self.answer(both, "t", both, "t")
        assert shown.count("The note holds the value itself") == 2
        assert self.states(shop) == [(1, "test"), (2, "test")]
        assert token not in (shop / NAME).read_text()
