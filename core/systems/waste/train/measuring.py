"""What a trained version says of labelled photos, measured by test set, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from PIL import Image

from core.systems.waste.calibration import WasteCalibration
from core.systems.waste.data.photos import BOARD, LabelledPhoto
from core.systems.waste.data.preprocessing import preprocess
from core.systems.waste.data.scenes import PHOTO_SIDE, Scene, draw
from core.systems.waste.data.splits import PhotoSplit
from core.systems.waste.detections import decoded_detections
from core.systems.waste.engine import WasteEngine, WasteOutputs, without_features
from core.systems.waste.familiarity import CheckedPhotos, reach_of
from core.systems.waste.labels import MATERIALS
from core.systems.waste.several import answered_objects
from core.systems.waste.train import detecting, metrics

TIMED_RUNS = 30
SCENES, SEVERAL = 200, (2, 3, 4, 5)  # scenes that set or measure something; objects in each


def outputs(
    engine: WasteEngine, photos: Sequence[LabelledPhoto], report: Callable[[int], None] = lambda _: None
) -> WasteOutputs:
    """What the network says of photos, photo by photo, so that no more than one is decoded at a time.

    report: told how many are done, after each.
    """
    rows = []
    for index, photo in enumerate(photos):
        rows.append(engine.run([preprocess(photo.decode(), engine.size)]))
        report(index + 1)
    return WasteOutputs.joined(rows)


def logits(
    engine: WasteEngine, photos: Sequence[LabelledPhoto], report: Callable[[int], None] = lambda _: None
) -> np.ndarray:
    """Raw logits of photos, shape (n, 8); `report` as for `outputs`."""
    return outputs(engine, photos, report).logits


def figures_by_set(
    photos: Sequence[LabelledPhoto], logits: np.ndarray, calibration: WasteCalibration, unseen: Collection[str]
) -> dict[str, Mapping[str, object]]:
    """Figures with intervals by test set: TrashNet, other people's photos in all and by source, sources never trained.

    Every set is compared with the same photos that show no waste: those of groups never trained on.

    photos: all test photos.
    logits: of the network for them, shape (n, 8).
    calibration: how logits become scores.
    unseen: keys of those whose sources never train.
    """
    everything = metrics.judge(photos, logits, calibration)
    waste = np.array([photo.in_scope for photo in photos])
    beyond = everything.pick(~waste) if not waste.all() else None
    sources = np.array([photo.source for photo in photos])
    never = np.array([photo.key in unseen for photo in photos])
    sets = {"all": waste, BOARD: waste & (sources == BOARD), "wild": waste & (sources != BOARD) & ~never}
    for source in sorted({photo.source for photo in photos if photo.in_scope and photo.source != BOARD}):
        sets[f"wild/{source}"] = waste & (sources == source)
    results = {name: _with_intervals(everything.pick(chosen), beyond) for name, chosen in sets.items() if chosen.any()}
    for source in sorted({photo.source for photo in photos if not photo.in_scope}):
        only = metrics.figures(everything.pick(waste), everything.pick(~waste & (sources == source)))
        results[f"out_of_scope/{source}"] = {
            "n": int((~waste & (sources == source)).sum()),
            "out_of_scope_auroc": only["out_of_scope_auroc"],
        }
    return results


def _with_intervals(waste: metrics.JudgedPhotos, beyond: metrics.JudgedPhotos | None) -> Mapping[str, object]:
    """The figures of photos of waste, beside those that show none, with their intervals."""
    return {**metrics.figures(waste, beyond), "intervals": metrics.intervals(waste, beyond)}


def checked_photos(
    parts: PhotoSplit,
    leave_out: Collection[str],
    validation: WasteOutputs,
    tested: WasteOutputs,
    runs: pd.DataFrame | None,
) -> tuple[CheckedPhotos, np.ndarray]:
    """What the photos of waste that a version was checked on look like to it; how unlike them all tested ones are.

    parts: of the run. leave_out: sources whose photos test without any of them having trained.
    validation, tested: the network's outputs for the validation photos and, first, the test photos of the run.
    runs: tables of runs that left sources out; they say how far a new place may be.
    """
    if validation.features is None or tested.features is None:
        raise without_features()
    of_waste = np.array([photo.in_scope for photo in parts.validation])
    own = np.array([photo.in_scope and photo.source not in leave_out for photo in parts.test])
    reach = 1.0
    if runs is not None:
        left_out = runs[runs["left_out"] & runs["in_scope"]]
        reach = reach_of(left_out["unlikeness"].to_numpy(), left_out["source"].to_numpy(dtype=str))
    checked = CheckedPhotos.of(validation.features[of_waste], tested.features[: len(own)][own], reach)
    return checked, checked.unlikeness(tested.features)


def several(
    engine: WasteEngine,
    parts: PhotoSplit,
    chosen: WasteCalibration,
    validation: WasteOutputs,
    tested: WasteOutputs,
    seed: int,
) -> tuple[WasteCalibration, dict[str, float]]:
    """The calibration with the score from which an object counts as found; and how several things fare then.

    parts: of the run. Scenes of objects in its validation photos set the score, those of test photos are measured.
    validation, tested: the network's outputs for these photos, which show one thing each.
    """
    scenes = {
        name: list(draw(photos, SCENES, seed, SEVERAL, PHOTO_SIDE))
        for name, photos in (("validation", parts.validation), ("test", parts.test))
    }
    cells = {name: _cells(engine, [scene.picture for scene in drawn]) for name, drawn in scenes.items()}
    least = detecting.least_object(
        cells["validation"], [scene.boxes for scene in scenes["validation"]], _of_waste(parts.validation, validation)
    )
    chosen = replace(chosen, least_object=least)
    engine.calibration = chosen
    guesses = engine.scores(tested).materials.argmax(axis=1)
    alone = {photo.key: MATERIALS[guess] for photo, guess in zip(parts.test, guesses, strict=False)}
    return chosen, several_figures(engine, scenes["test"], cells["test"], _of_waste(parts.test, tested), alone)


def several_figures(
    engine: WasteEngine,
    scenes: Sequence[Scene],
    cells: Sequence[np.ndarray],
    singles: Sequence[np.ndarray],
    alone: Mapping[str, str],
) -> dict[str, float]:
    """Recall and precision of boxes, and how often the materials of found objects are right, there and alone.

    cells: the network's map of the objects of each scene. singles: that of photos of one thing.
    alone: by key of a photo, the material that the network takes its one object for.
    """
    least = engine.calibration.least_object
    hits, found, true = detecting.detected(cells, [scene.boxes for scene in scenes], least)
    right, right_alone = [], []
    for scene, grid in zip(scenes, cells, strict=True):
        objects = answered_objects(engine, scene.picture, grid)
        boxes = np.array([each.detection.box for each in objects]).reshape(-1, 4)
        order = np.argsort([-each.detection.score for each in objects])
        for index, number in detecting.pairs(boxes[order], scene.boxes):
            photo = scene.photos[number]
            right.append(objects[order[index]].material == photo.material)
            right_alone.append(alone[photo.key] == photo.material)
    return {
        "scenes": len(scenes),
        "objects": true,
        "recall": hits / max(true, 1),
        "precision": hits / max(found, 1),
        "material_accuracy": float(np.mean(right)) if right else 0.0,
        "material_accuracy_alone": float(np.mean(right_alone)) if right_alone else 0.0,
        "split_share": float(np.mean([len(decoded_detections(grid, least)) > 1 for grid in singles])),
    }


def _of_waste(photos: Sequence[LabelledPhoto], outputs: WasteOutputs) -> list[np.ndarray]:
    """The maps of the objects of the photos that show waste; the outputs begin with those of the photos."""
    if outputs.objects is None:
        return []
    return [cells for photo, cells in zip(photos, outputs.objects, strict=False) if photo.in_scope]


def _cells(engine: WasteEngine, pictures: Sequence[Image.Image]) -> list[np.ndarray]:
    """The network's map of the objects in each picture."""
    objects = [engine.run([preprocess(picture, engine.size)]).objects for picture in pictures]
    return [each[0] for each in objects if each is not None]


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
