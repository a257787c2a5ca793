"""Bundles of adapters: their manifest, which says how they are read and what they were found to be worth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from unleak.adapt import adapter_file
from unleak.adapt.adapter_file import MergeError
from unleak.adapt.trial import Trial
from unleak.decision import Blend
from unleak.judge import shelf
from unleak.judge.adapter import check
from unleak.judge.bundle import MANIFEST, NOT_MEASURED, Bundle, sha256_of

FILE = "adapter.gguf"


def describe(folder: Path, base: Bundle, name: str, version: str, blend: Blend, trial: Trial | None) -> Bundle:
    """Describe the adapter that lies in `folder` and was made for `base`; nothing in it comes from the lessons."""
    told = {"name": name, "version": version, "measured": _sentence(trial) if trial else NOT_MEASURED}
    file = folder / FILE
    adapter = {"file": FILE, "size": file.stat().st_size, "sha256": sha256_of(file), "base": base.sha256}
    return _written(folder, base, told, blend._asdict(), figures(trial) if trial else {}, adapter)


def merge(bundle: Bundle, folder: Path) -> Bundle:
    """Make in `folder` the judge that an adapter makes of its base, as one network.

    Raises BundleError, MergeError or OSError.
    """
    if bundle.adapter is None:
        raise MergeError(f"{bundle.name} has no adapter")
    network, adapter = shelf.verified(bundle), bundle.folder / bundle.adapter.file.name
    check(bundle, adapter, network)
    file = folder / bundle.model
    adapter_file.merge(network, adapter, file)
    told = {
        "name": f"{bundle.name}-merged",
        "version": bundle.version,
        "sha256": sha256_of(file),
        "size": file.stat().st_size,
        "measured": bundle.measured,
    }
    return _written(folder, bundle, told, bundle.decision, bundle.quality, {})


def _written(
    folder: Path,
    base: Bundle,
    told: Mapping[str, object],
    decision: Mapping[str, float],
    quality: Mapping[str, float],
    adapter: Mapping[str, object],
) -> Bundle:
    """The bundle of a manifest that says of a judge what `base` says, where nothing else is `told`."""
    tables: dict[str, Mapping[str, object]] = {
        "": {
            "protocol": base.protocol,
            "name": base.name,
            "version": base.version,
            "model": base.model,
            "sha256": base.sha256,
            "size": base.size,
            "labels": list(base.labels),
            "context": base.context,
            "licence": base.licence,
            "prompt": base.prompt,
            **told,
        },
        "calibration": {"temperature": base.calibration.temperature, "bias": list(base.calibration.bias)},
        "decision": decision,
        "quality": quality,
        "adapter": adapter,
    }
    lines = []
    for title, table in tables.items():
        if table:
            lines += [f"\n[{title}]"] * bool(title)
            lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    (folder / MANIFEST).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Bundle.load(folder)


def figures(trial: Trial) -> dict[str, float]:
    """What was measured, each from 0 to 1."""
    team, everybody = (trial.team_before, trial.team_after), (trial.all_before, trial.all_after)
    pairs = {
        "team_right": [score.accuracy for score in team],
        "team_decided": [score.decided for score in team],
        "reference_right": [score.accuracy for score in everybody],
        "reference_f1": [score.f1 for score in everybody],
        "code_f1": [trial.blend_before, trial.blend_after],
    }
    return {
        f"{name}_{when}": round(value, 4)
        for name, pair in pairs.items()
        for when, value in zip(("before", "after"), pair, strict=True)
    }


def _sentence(trial: Trial) -> str:
    return (
        f"{trial.team_after.accuracy:.0%} of its team's held-back examples right, {trial.team_before.accuracy:.0%} "
        f"without it; reference F1 {trial.all_after.f1:.3f}, {trial.all_before.f1:.3f} without it"
    )
