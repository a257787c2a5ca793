"""A manifest is read strictly, a model's file is compared with it, and errors say what to do."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.judge import bundle as module
from unleak.judge.bundle import Bundle, BundleError, Calibration, bundled

DATA = b"weights" * 100
MANIFEST = {
    "protocol": '"judge/1"',
    "name": '"small"',
    "version": '"7"',
    "model": '"judge.gguf"',
    "sha256": f'"{hashlib.sha256(DATA).hexdigest()}"',
    "size": str(len(DATA)),
    "labels": '["a", "b", "c"]',
    "context": "512",
    "licence": '"Apache-2.0"',
}
TABLES = """
[calibration]
temperature = 1.5
bias = [0.5, 0, -0.25]
[decision]
report = 0.9
[quality]
recall = 1
"""
WRONG = {
    "protocol": ["1", '""'],
    "name": ["3", '" "', '"a\\u001b[31m"', '"a\\nb"', '"' + "a" * 301 + '"'],
    "version": ["1.0"],
    "model": [
        '"../judge.gguf"',
        '"/etc/passwd"',
        '".."',
        '"a\\\\b"',
        '"c:b"',
        '"a/b"',
        '"a\\u0000b"',
        "[]",
        '"CON.gguf"',
        '"lpt1"',
        '"a."',
        '"a "',
    ],
    "sha256": ['"abc"', '"' + "g" * 64 + '"', "1"],
    "size": ["0", "-1", "1.5", "true", '"1"', "99999999999999"],
    "labels": ['["a", "b"]', '["a", "a", "b"]', '["a", "b", 3]', '["a", "b", ""]', '"abc"'],
    "context": ["0", "-512", "1000000", "512.0", "nan"],
    "licence": ["{}", '"MIT\\u001b]0;"'],
    "calibration": ["3", "{temperature = 0}", "{temperature = -1}", "{temperature = nan}", "{temperature = inf}"],
    "decision": ["3", "{report = nan}", '{report = "0.5"}', "{report = true}", "{report = inf}"],
    "quality": ["[]", "{recall = nan}"],
}
BIASES = ["3", "[1, 2]", "[1, 2, nan]", '[1, 2, "3"]', "[1, 2, true]"]


def write(folder: Path, changes: dict[str, str | None], tables: str = "") -> Path:
    keys = {**MANIFEST, **changes}
    lines = [f"{key} = {value}" for key, value in keys.items() if value is not None]
    (folder / "manifest.toml").write_text("\n".join(lines) + "\n" + tables)
    (folder / "judge.gguf").write_bytes(DATA)
    return folder


class TestManifest:
    def test_is_read_with_its_tables(self, tmp_path: Path) -> None:
        read = Bundle.load(write(tmp_path, {}, TABLES))
        assert (read.name, read.version, read.licence, read.context) == ("small", "7", "Apache-2.0", 512)
        assert read.path == tmp_path / "judge.gguf"
        assert read.labels == ("a", "b", "c")
        assert read.calibration == Calibration(1.5, (0.5, 0.0, -0.25))
        assert read.decision == {"report": 0.9}
        assert read.quality == {"recall": 1.0}

    def test_needs_no_tables(self, tmp_path: Path) -> None:
        assert Bundle.load(write(tmp_path, {})).calibration == Calibration(1.0, (0.0, 0.0, 0.0))

    def test_unknown_keys_are_left_out(self, tmp_path: Path) -> None:
        assert Bundle.load(write(tmp_path, {"colour": '"blue"'}, "[later]\nx = 1")).name == "small"

    @pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in WRONG.items() for value in values])
    def test_wrong_values_are_refused_by_name(self, key: str, value: str, tmp_path: Path) -> None:
        with pytest.raises(BundleError, match=rf"manifest\.toml: {key}.*install unleak again"):
            Bundle.load(write(tmp_path, {key: value}))

    @pytest.mark.parametrize("bias", BIASES)
    def test_wrong_biases_are_refused(self, bias: str, tmp_path: Path) -> None:
        with pytest.raises(BundleError, match=r"calibration\.bias"):
            Bundle.load(write(tmp_path, {"calibration": f"{{bias = {bias}}}"}))

    @pytest.mark.parametrize("key", MANIFEST)
    def test_missing_keys_are_refused_by_name(self, key: str, tmp_path: Path) -> None:
        with pytest.raises(BundleError, match=key):
            Bundle.load(write(tmp_path, {key: None}))

    @pytest.mark.parametrize("data", [b"= nothing", b"\xff\xfe", b"a = " + b"[" * 5000, b"# " * 600_000])
    def test_what_is_no_manifest_is_refused(self, data: bytes, tmp_path: Path) -> None:
        (tmp_path / "manifest.toml").write_bytes(data)
        with pytest.raises(BundleError, match="install unleak again"):
            Bundle.load(tmp_path)

    def test_a_missing_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BundleError, match="cannot be read"):
            Bundle.load(tmp_path / "nowhere")


class TestModelFile:
    def test_the_described_one_is_right(self, tmp_path: Path) -> None:
        Bundle.load(write(tmp_path, {})).verify()

    def test_a_missing_one_is_wrong(self, tmp_path: Path) -> None:
        read = Bundle.load(write(tmp_path, {}))
        read.path.unlink()
        with pytest.raises(BundleError, match="cannot be read"):
            read.verify()

    def test_a_truncated_one_is_wrong(self, tmp_path: Path) -> None:
        read = Bundle.load(write(tmp_path, {}))
        read.path.write_bytes(DATA[:-1])
        with pytest.raises(BundleError, match="699 bytes instead of 700"):
            read.verify()

    def test_one_of_the_same_size_that_has_changed_since_is_wrong(self, tmp_path: Path) -> None:
        read = Bundle.load(write(tmp_path, {}))
        read.verify()
        read.path.write_bytes(DATA[::-1])
        with pytest.raises(BundleError, match="is not the file"):
            read.verify()

    def test_is_not_read_again_while_it_stays(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        read = Bundle.load(write(tmp_path, {}))
        read.verify()
        before = module._remembered_sha256.cache_info().misses
        read.verify()
        assert module._remembered_sha256.cache_info().misses == before


class TestFingerprint:
    @pytest.mark.parametrize(
        "changes",
        [{"context": "256"}, {"labels": '["b", "a", "c"]'}, {"sha256": f'"{"0" * 64}"'}],
        ids=["context", "labels", "model"],
    )
    def test_differs_where_answers_do(self, changes: dict[str, str | None], tmp_path: Path) -> None:
        one = Bundle.load(write(tmp_path, {})).fingerprint
        assert Bundle.load(write(tmp_path, changes)).fingerprint != one

    def test_is_the_same_where_only_the_words_differ(self, tmp_path: Path) -> None:
        one = Bundle.load(write(tmp_path, {})).fingerprint
        assert Bundle.load(write(tmp_path, {"licence": '"MIT"'})).fingerprint == one


logits = st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3)
calibrations = st.builds(
    Calibration, st.floats(0.01, 100), st.lists(st.floats(-50, 50), min_size=3, max_size=3).map(tuple)
)


class TestCalibration:
    @given(calibrations, logits)
    def test_verdicts_are_probabilities(self, calibration: Calibration, values: list[float]) -> None:
        verdict = calibration.verdict(values)
        assert all(0 <= value <= 1 for value in verdict)
        assert math.isclose(sum(verdict), 1)

    def test_is_a_softmax_of_shifted_and_scaled_logits(self) -> None:
        verdict = Calibration(2.0, (1.0, 0.0, 0.0)).verdict([1.0, 0.0, 2.0])
        assert verdict.secret == pytest.approx(verdict.safe)
        assert verdict.secret / verdict.test == pytest.approx(math.e)


def test_the_bundled_folder_is_that_of_the_checkout() -> None:
    assert bundled() == Path(__file__).parents[2] / "models" / "bundled"
