"""Changes over files that nobody has made yet."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fixes.test_home import VALUE, Disk
from unleak.finding import Span
from unleak.fixes.change import Change, applied
from unleak.fixes.home import FileChange, home_of
from unleak.fixes.overlay import Overlay, difference

texts = st.text(st.sampled_from("ab\r\n"), max_size=12)


@given(texts, texts)
def test_a_difference_makes_one_text_of_another(old: str, new: str) -> None:
    assert applied(old, [difference(old, new)]) == new


@given(texts, st.text(st.sampled_from("ab"), max_size=5))
def test_what_comes_behind_a_text_takes_nothing_out(old: str, new: str) -> None:
    change = difference(old, f"{old}{new}")
    assert change.span[:2] == change.span[2:]
    assert len(change.new) == len(new)


def test_two_additions_are_one_change_of_each_file(tmp_path: Path) -> None:
    folder = tmp_path.as_posix()
    (tmp_path / ".env").write_text("OLD=1\n")
    (tmp_path / ".gitignore").write_text(".env\n")
    overlay = Overlay(Disk())
    for name in ("ONE", "TWO", "ONE"):
        for change in home_of(folder, f"{folder}/app.py", {name: VALUE}, overlay).files:
            overlay.take(change)
    env, example = overlay.changes
    assert (env.path, env.exists, env.is_private) == (f"{folder}/.env", True, False)
    assert env.changes == (Change(Span(1, 0, 1, 0), f"ONE={VALUE}\nTWO={VALUE}\n"),)
    assert (example.exists, applied("", example.changes)) == (False, "ONE=\nTWO=\n")


def test_a_link_and_its_file_are_one(tmp_path: Path) -> None:
    (tmp_path / "settings").write_text("OLD=1\n")
    (tmp_path / ".env").symlink_to(tmp_path / "settings")
    overlay = Overlay(Disk())
    overlay.take(FileChange((tmp_path / "settings").as_posix(), True, (Change(Span(1, 0, 1, 0), "NEW=2\n"),)))
    assert overlay.look((tmp_path / ".env").as_posix()).text == "OLD=1\nNEW=2\n"
