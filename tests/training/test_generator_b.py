"""Generated configuration, infrastructure and text files: exact labels, variety, roles that fit their values."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "models"))

pytest.importorskip("generator.base")

from generator import generate
from generator.base import FILE_TYPES, Draw, FileType, Sample, bare
from generator.config_forms import json_text, spell, yaml_lines
from generator.config_groups import Setting
from generator.config_harmless import groups
from generator.config_scene import Scene

from unleak.scanner import Scanner

_FAMILIES = ("config_", "infra_", "text_")
next(generate(0, 1))  # loads all kinds
KINDS = [kind for kind in FILE_TYPES if kind.make.__module__.rpartition(".")[2].startswith(_FAMILIES)]


def named(kind: FileType) -> str:
    return kind.make.__name__


def drawn(kind: FileType, count: int) -> list[Sample]:
    return [kind.make(Draw(Random(f"{named(kind)}:{number}"))) for number in range(count)]


@pytest.mark.parametrize("kind", KINDS, ids=named)
class TestEveryKind:
    def test_labelled_stretches_lie_in_the_text_in_order_and_apart(self, kind: FileType) -> None:
        for sample in drawn(kind, 12):
            ends = [0, *(item.end for item in sample.items)]
            assert all(end <= item.start < item.end for end, item in zip(ends, sample.items, strict=False))
            assert ends[-1] <= len(sample.text)

    def test_labelled_stretches_end_where_the_value_ends(self, kind: FileType) -> None:
        for sample in drawn(kind, 12):
            for item in sample.items:
                first, last = sample.text[item.start], sample.text[item.end - 1]
                assert not first.isspace()
                assert not last.isspace() or "\n" in sample.text[item.start : item.end]

    def test_no_mark_is_left_in_the_text(self, kind: FileType) -> None:
        for sample in drawn(kind, 12):
            assert bare(sample.text) == sample.text

    def test_the_same_seed_gives_the_same_file(self, kind: FileType) -> None:
        assert drawn(kind, 2) == drawn(kind, 2)

    def test_files_of_a_kind_differ(self, kind: FileType) -> None:
        assert len({sample.text for sample in drawn(kind, 12)}) == 12

    def test_paths_are_relative_and_filled(self, kind: FileType) -> None:
        for sample in drawn(kind, 12):
            assert sample.path
            assert not sample.path.startswith("/")
            assert not set(sample.path) & set("{}\n")


class TestThemAll:
    def test_every_label_is_frequent(self) -> None:
        labels = Counter(item.label for kind in KINDS for sample in drawn(kind, 8) for item in sample.items)
        assert min(labels["secret"], labels["test"]) * 20 > sum(labels.values())
        assert labels["safe"] > labels["secret"]

    def test_some_files_hold_no_credential_at_all(self) -> None:
        samples = [sample for kind in KINDS for sample in drawn(kind, 8)]
        empty = [sample for sample in samples if all(item.label == "safe" for item in sample.items)]
        assert 0.2 < len(empty) / len(samples) < 0.7

    def test_nine_of_ten_credentials_are_proposed_as_they_stand(self) -> None:
        scanner = Scanner()
        found = total = 0
        for sample in (sample for kind in KINDS for sample in drawn(kind, max(1, round(kind.weight * 4)))):
            lines = [0]
            for at, character in enumerate(sample.text):
                if character == "\n":
                    lines.append(at + 1)
            places = {
                (lines[span.line] + span.column, lines[span.end_line] + span.end_column)
                for _, _, candidates in scanner.candidates(sample.text, sample.path)
                for span in [candidate.span for candidate in candidates]
            }
            credentials = [item for item in sample.items if item.label != "safe"]
            found += sum((item.start, item.end) in places for item in credentials)
            total += len(credentials)
        assert found >= 0.9 * total


class TestScene:
    def test_a_careful_file_holds_no_credential(self) -> None:
        scene = Scene(Draw(Random(1)), "live", "env", care=1.0)
        values = [setting.value for _ in range(40) for group in groups(scene) for setting in group.settings]
        assert not any("\ue000" in value or "\ue001" in value for value in values)

    def test_no_more_credentials_than_the_quota(self) -> None:
        scene = Scene(Draw(Random(2)), "live", "env", care=0.0, quota=3)
        made = [scene.own_secret("secret") for _ in range(20)]
        assert sum("\ue000" in value for value in made) == 3

    @pytest.mark.parametrize("role", ["local", "test", "docs"])
    def test_only_live_passwords_are_labelled_secret(self, role: str) -> None:
        scene = Scene(Draw(Random(3)), role, "env", care=0.0, quota=100)  # type: ignore[arg-type]
        assert not any("\ue000" in scene.password() for _ in range(60))

    def test_what_comes_with_a_server_is_a_development_default_everywhere(self) -> None:
        scene = Scene(Draw(Random(4)), "live", "env", care=0.0, quota=5000)
        made = {bare(value): value for value in (scene.password() for _ in range(3000))}
        assert "\ue001" in made["postgres"]

    def test_passwords_in_commands_hold_nothing_that_a_shell_reads(self) -> None:
        scene = Scene(Draw(Random(5)), "live", "shell", care=0.0, quota=500, in_shell=True)
        assert not any(set(bare(scene.password())) & set("&;|<>$()`*#!?~^'\\\" ") for _ in range(300))


@pytest.mark.parametrize(
    ("style", "name"),
    [
        ("snake", "s3_secret_key"),
        ("screaming", "S3_SECRET_KEY"),
        ("kebab", "s3-secret-key"),
        ("camel", "s3SecretKey"),
        ("pascal", "S3SecretKey"),
        ("dot", "s3.secret.key"),
    ],
)
def test_names_are_spelled_in_a_style(style: str, name: str) -> None:
    assert spell("s3 s3 secret key", style) == name


def test_yaml_values_that_would_not_be_texts_stand_in_quotes() -> None:
    rows = yaml_lines(Draw(Random(6)), {"a": "#x", "b": "12", "c": "plain", "d": Setting("", "12", True)})
    assert rows[0] in ("a: '#x'", 'a: "#x"')
    assert rows[1] in ("b: '12'", 'b: "12"')
    assert rows[2:] == ["c: plain", "d: 12"]


def test_json_is_nested_and_escaped() -> None:
    assert json_text({"a": ['x"y', True, None], "b": {}}, "") == '{"a": ["x\\"y", true, null], "b": {}}'
