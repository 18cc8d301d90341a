"""What a trained version says of labelled photos, measured by test set, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from core.systems.waste.calibration import WasteCalibration
from core.systems.waste.data.photos import LabelledPhoto
from core.systems.waste.data.preprocessing import preprocess
from core.systems.waste.engine import WasteEngine, WasteOutputs
from core.systems.waste.train import metrics

TIMED_RUNS = 30


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


def _with_intervals(waste: metrics.JudgedPhotos, beyond: metrics.JudgedPhotos | None) -> Mapping[str, object]:
    """The figures of photos of waste, beside those that show none, with their intervals."""
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
