"""What a trained version leaves: the network's files, what was measured, and a card that says it in words."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.artefacts import keras_files as networks
from core.systems.waste.data.photos import Photo
from core.systems.waste.engine import NETWORK_FILE, WasteEngine
from core.systems.waste.judgement import Calibration
from core.systems.waste.labels import MATERIALS, PLASTIC_MATERIALS
from core.systems.waste.train import metrics

if TYPE_CHECKING:
    from core.systems.waste.train import Prepared, WasteTrainingOptions

H5_FILE = "model.h5"
TIMED_RUNS = 30


def write_network(network: Any, folder: Path) -> None:
    """The network as HDF5 and as LiteRT, at half its size; it is rounded in place, so that both hold the same."""
    from core.systems.waste.train import compact

    folder.mkdir(parents=True, exist_ok=True)
    compact.fold(network)
    compact.to_half_precision(network)
    networks.save(network, folder / H5_FILE)
    (folder / NETWORK_FILE).write_bytes(networks.to_litert(network))


def measured(
    photos: Sequence[Photo], logits: np.ndarray, calibration: Calibration, unseen: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Figures with intervals by test set: TrashNet, other people's photos in all and by source, sources never trained.

    Every set is compared with the same photos that show no waste: those of groups never trained on.
    """
    everything = metrics.judged(photos, logits, calibration)
    waste = np.array([photo.in_scope for photo in photos])
    beyond = everything.pick(~waste) if not waste.all() else None
    sources = np.array([photo.source for photo in photos])
    never = np.array([photo.key in unseen for photo in photos])
    sets = {"all": waste, "trashnet": waste & (sources == "trashnet"), "wild": waste & (sources != "trashnet") & ~never}
    for source in sorted({photo.source for photo in photos if photo.in_scope and photo.source != "trashnet"}):
        sets[f"wild/{source}"] = waste & (sources == source)
    results = {name: _with_intervals(everything.pick(chosen), beyond) for name, chosen in sets.items() if chosen.any()}
    for source in sorted({photo.source for photo in photos if not photo.in_scope}):
        only = metrics.figures(everything.pick(waste), everything.pick(~waste & (sources == source)))
        results[f"out_of_scope/{source}"] = {
            "n": int((~waste & (sources == source)).sum()),
            "out_of_scope_auroc": only["out_of_scope_auroc"],
        }
    return results


def _with_intervals(waste: metrics.Judged, beyond: metrics.Judged | None) -> dict[str, Any]:
    return {**metrics.figures(waste, beyond), "intervals": metrics.intervals(waste, beyond)}


def latency(engine: WasteEngine) -> dict[str, float]:
    """Time of one photo through the network alone, decoded and resized [ms]."""
    photo = np.zeros((engine.size, engine.size, 3), dtype=np.float32)
    engine.run([photo])
    times = []
    for _ in range(TIMED_RUNS):
        started = time.perf_counter()
        engine.run([photo])
        times.append((time.perf_counter() - started) * 1000)
    return {"median_ms": round(float(np.median(times)), 2), "p95_ms": round(float(np.quantile(times, 0.95)), 2)}


def write_records(
    folder: Path,
    *,
    options: WasteTrainingOptions,
    prepared: Prepared,
    calibration: Calibration,
    results: dict[str, dict[str, Any]],
    latency: dict[str, float],
    seconds: float,
) -> dict[str, Any]:
    """metadata.json and card.md; returns the metadata."""
    parts = prepared.parts
    metadata: dict[str, Any] = {
        "labels": list(MATERIALS),
        "plastic_materials": list(PLASTIC_MATERIALS),
        "image_size": options.image_size,
        "calibration": calibration.as_dict(),
        "data": {
            "manifest_sha256": prepared.manifest,
            "photos": dict(sorted(Counter(photo.source for photo in prepared.known).items())),
            "parts": {"train": len(parts.train), "validation": len(parts.validation), "test": len(parts.test)},
            "never_trained": sorted({photo.source for photo in prepared.unseen} | set(options.leave_out)),
            "contradictory": prepared.contradictory,
        },
        "split": options.split,
        "seed": options.seed,
        "options": options.model_dump(mode="json", exclude={"data", "work", "resume"})
        | {"backbone": Path(options.backbone).name},
        "metrics": results,
        "latency": latency,
        "seconds_since_last_start": round(seconds),
    }
    return networks.write_records(folder, "waste", (H5_FILE, NETWORK_FILE), metadata, card)


def card(metadata: dict[str, Any]) -> str:
    """The model card (Mitchell et al. 2019) in Markdown."""
    data, results = metadata["data"], metadata["metrics"]
    lines = [_line(name, found) for name, found in results.items() if "accuracy" in found]
    scopes = [
        f"- {name.removeprefix('out_of_scope/')} ({found['n']} photos): {_number(found['out_of_scope_auroc'])}"
        for name, found in results.items()
        if name.startswith("out_of_scope/")
    ]
    calibration = metadata["calibration"]
    networks = metadata["options"].get("networks", 1)
    return CARD.format(
        materials=", ".join(metadata["labels"]),
        size=metadata["image_size"],
        mean=f" (the mean of {networks} trained apart)" if networks > 1 else "",
        sources=", ".join(f"{source} ({count})" for source, count in data["photos"].items()),
        train=data["parts"]["train"],
        validation=data["parts"]["validation"],
        test=data["parts"]["test"],
        split=metadata["split"],
        seed=metadata["seed"],
        never=", ".join(data["never_trained"]) or "none",
        table="\n".join(lines),
        scopes="\n".join(scopes) or "- not measured",
        temperature=f"{calibration['temperature']:.2f}",
        least_score=f"{calibration['least_score']:.2f}",
        least_in_scope=f"{calibration['least_in_scope']:.2f}",
        latency=metadata["latency"]["median_ms"],
        manifest=data["manifest_sha256"],
        code=metadata["code_version"],
    )


def _line(name: str, found: dict[str, Any]) -> str:
    around = found["intervals"]
    plastic = found["plastic"]
    cells = [
        (found["accuracy"], "accuracy"),
        (found["macro_f1"], "macro_f1"),
        (plastic["balanced_accuracy"], "plastic.balanced_accuracy"),
        (plastic["auroc"], "plastic.auroc"),
        (found["ece"], "ece"),
        (found["abstained_share"], "abstained_share"),
        (found["accuracy_when_answered"], "accuracy_when_answered"),
        (found.get("out_of_scope_auroc"), "out_of_scope_auroc"),
    ]
    texts = [
        _number(value) + (" ({:.3f} to {:.3f})".format(*around[key]) if key in around else "") for value, key in cells
    ]
    return f"| {name} | {found['n']} | {' | '.join(texts)} |"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


CARD = """# Waste: material of the thing in a photo

**Answers** which of {materials} the one thing in a photo is made of, and whether it is plastic (the probability of the
plastic material; `trash`, which may hold plastic, does not count). **Meant for** sorting lines and clean-ups, with a
person who looks at what is "not sure". **Not meant for** several things in one photo, for weighing or counting, for
dangerous waste, or for any decision about a person.

## Network
MobileNetV2 at {size} px, the whole network fine-tuned from ImageNet weights{mean}; one map per class from the last feature
map, averaged to the logit, so that the map shown is exactly what decided. {latency} ms a photo with LiteRT.

## Photos
Trained on clearly licensed photos only: {sources}.
TrashNet (Yang and Thung 2016, MIT), AquaTrash / TACO (CC BY 4.0, Proenca and Simoes), TIDY (MIT), IBM waste sorter
(Apache-2.0), GroceryStoreDataset (MIT), Azure samples (MIT), Coral test data (Apache-2.0), Tux Paint stamps (GPL-2) and wallpapers of
Debian packages (GPL-2+, CC BY, CC BY-SA). Split {split}, seed {seed}: {train} train, {validation} calibrate, {test} test. Never trained on:
{never}. Photos whose very bytes carry two labels neither train nor calibrate.

## Measured on photos that it never saw
95 % intervals from 1,000 draws of whole groups, or of single photos where there are fewer than ten groups. "wild" are other people's cameras, of groups never trained on; the last
column tells waste from all test photos that show none.

| photos | n | accuracy | macro F1 | plastic bal. acc. | plastic AUROC | ECE | "not sure" | acc. answered | scope AUROC |
|---|---|---|---|---|---|---|---|---|---|
{table}

Out of scope, by source (AUROC against all test waste):

{scopes}

## Calibration
Temperature {temperature}; "not sure" below a score of {least_score} or an in-scope score of {least_in_scope}; both set
on validation photos. Confidence is calibrated for photos like those; on cameras and places of a new kind expect it to be
too high, and let feedback tell.

## Known weaknesses
Few wild photos of glass, trash and real cardboard (most "cardboard" off the board are shop cartons). Clear glass and
clear plastic look alike. That the materials' energy is part of the scope score was decided on imagenet_sample, and so
its figure there flatters. Labels follow TrashNet: a foil-lined crisp bag is plastic off the board and trash on it; a paper
cup with a plastic lid is paper.

Data manifest sha256 {manifest}, code {code}.
"""  # noqa: E501
