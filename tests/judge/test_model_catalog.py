"""The catalogue says of each model where it is and what it is, pinned, or is not read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from unleak.decision import Blend
from unleak.judge import catalog
from unleak.judge.bundle import CHAT, NOT_MEASURED, Bundle, Source, bundled
from unleak.judge.catalog import CatalogError, Listed
from unleak.judge.hub_manifest import composed, described

REVISION, SHA256 = "0123456789" * 4, "ab" * 32
ENTRY = {
    "name": '"large"',
    "version": '"1"',
    "kind": '"judge"',
    "repository": '"team/large"',
    "revision": f'"{REVISION}"',
    "file": '"gguf/large.gguf"',
    "size": "1000",
    "sha256": f'"{SHA256}"',
    "licence": '"MIT"',
    "quality": '"not measured"',
}
WRONG = {
    "name": ["3", '""', '"a/b"', '"a b"', '"a@b"'],
    "version": ['"1."', "1"],
    "kind": ['"other"', '"Judge"'],
    "repository": ['"large"', '"https://hub.example/team/large"', '"../large"'],
    "revision": ['"main"', '"v1.0"', f'"{REVISION[:-1]}"', f'"{REVISION.replace("0", "G")}"'],
    "file": ['"../large.gguf"', '"/large.gguf"', '"a\\\\b"'],
    "size": ["0", "-1", "true", '"1000"', "99999999999999"],
    "sha256": ['"abc"', f'"{SHA256.upper()}"'],
    "licence": ["[]"],
    "quality": ['""', f'"{"x" * 400}"', '"a\\nb"'],
}


def written(folder: Path, *changes: dict[str, str | None]) -> Path:
    tables = []
    for change in changes:
        keys = {**ENTRY, **change}
        tables.append("[[models]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value))
    (folder / "catalog.toml").write_text("\n".join(tables))
    return folder / "catalog.toml"


class TestOurs:
    def test_the_first_is_the_judge_that_comes_with_unleak(self) -> None:
        first = catalog.read(catalog.path())[0]
        bundle = Bundle.load(bundled())
        assert first.bundled
        assert (first.name, first.version, first.licence) == (bundle.name, bundle.version, bundle.licence)
        assert (first.file, first.size, first.sha256) == (bundle.model, bundle.size, bundle.sha256)

    def test_its_figures_are_those_of_its_card(self) -> None:
        card = (bundled() / "MODEL_CARD.md").read_text()
        assert "**0.781**" in card
        assert "**0.578**" in card
        assert "F1 0.781 " in catalog.read(catalog.path())[0].quality
        assert " 0.578 " in catalog.read(catalog.path())[0].quality

    def test_of_each_other_one_a_manifest_can_be_written(self) -> None:
        for model in catalog.read(catalog.path())[1:]:
            assert isinstance(model.manifest, Mapping)
            bundle = described(composed(model, model.manifest), model.id)
            assert (bundle.name, bundle.version, bundle.sha256) == (model.name, model.version, model.sha256)
            assert (bundle.prompt, bundle.measured) == (CHAT, NOT_MEASURED)
            assert bundle.scan is not None
            Blend.of(bundle.decision)


class TestRead:
    def test_a_judge(self, tmp_path: Path) -> None:
        assert catalog.read(written(tmp_path, {})) == [
            Listed(
                name="large",
                version="1",
                kind="judge",
                base="",
                bundled=False,
                source=Source("team/large", REVISION, "gguf/large.gguf"),
                file="gguf/large.gguf",
                size=1000,
                sha256=SHA256,
                licence="MIT",
                quality="not measured",
            )
        ]

    def test_an_adapter_names_its_judge(self, tmp_path: Path) -> None:
        adapter = {"kind": '"adapter"', "base": '"large@1"'}
        assert catalog.read(written(tmp_path, adapter))[0].base == "large@1"
        with pytest.raises(CatalogError, match="base must be the id of a judge"):
            catalog.read(written(tmp_path, {"kind": '"adapter"'}))

    @pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in WRONG.items() for value in values])
    def test_wrong_values_are_refused_by_name(self, tmp_path: Path, key: str, value: str) -> None:
        with pytest.raises(CatalogError, match=rf"model 2: .*{key}"):
            catalog.read(written(tmp_path, {"version": '"0"'}, {key: value}))

    @pytest.mark.parametrize("key", ENTRY)
    def test_missing_keys_are_refused_by_name(self, tmp_path: Path, key: str) -> None:
        with pytest.raises(CatalogError, match=rf"model 1: .*{key}"):
            catalog.read(written(tmp_path, {key: None}))

    def test_one_id_twice(self, tmp_path: Path) -> None:
        with pytest.raises(CatalogError, match="two models have one id"):
            catalog.read(written(tmp_path, {}, {}))

    @pytest.mark.parametrize("text", ["= nothing", "models = 3", "models = [3]"])
    def test_no_catalogue(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "catalog.toml").write_text(text)
        with pytest.raises(CatalogError):
            catalog.read(tmp_path / "catalog.toml")

    def test_none_there(self, tmp_path: Path) -> None:
        with pytest.raises(CatalogError, match="cannot be read"):
            catalog.read(tmp_path / "catalog.toml")
