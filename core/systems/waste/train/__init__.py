"""Training and evaluation of the waste model: read, group, split, fit, calibrate, measure, write the artefacts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.errors import InvalidInput
from core.monitoring.references import write_reference
from core.progress import Progress, ProgressListener, Stage
from core.settings import settings
from core.systems.waste import validation_answers
from core.systems.waste.calibration import WasteCalibration
from core.systems.waste.data.photos import LabelledPhoto, read_out_of_scope, read_photos
from core.systems.waste.engine import WasteEngine
from core.systems.waste.train import adapting, artefacts, building, calibration, measuring, metrics
from core.systems.waste.train.labelled_logits import LabelledLogits, left_out_and_familiar, names, read_tables
from core.systems.waste.train.options import WasteEvaluationOptions, WasteTrainingOptions
from core.systems.waste.train.preparing import logits_name, prepare

NEVER = 1.0  # a score that no object reaches: a network that did not learn to find objects finds none
Options = WasteTrainingOptions
EvaluateOptions = WasteEvaluationOptions


def evaluate(engine: WasteEngine, options: WasteEvaluationOptions, progress: ProgressListener) -> dict[str, Any]:
    """The figures of `evaluate waste`, with intervals; photos that show no waste count for `out_of_scope_auroc` alone.

    With `adapt`, some photos of each label teach the place and the others judge, drawn anew for each seed.
    """
    waste = [photo for photo in read_photos(options.data) if photo.in_scope]
    others = read_out_of_scope(options.out_of_scope) if options.out_of_scope else []
    total = len(waste) + len(others)
    outputs = measuring.outputs(
        engine,
        waste + others,
        lambda done: progress(Progress(done / total, Stage.TRAINING, detail=f"{done} of {total} photos")),
    )
    if options.adapt:
        return adapting.figures(engine, waste, outputs.pick(slice(len(waste))), options.adapt, options.seeds)
    judged = metrics.judge(waste + others, outputs.logits, engine.calibration)
    indices = np.arange(total)
    beyond = judged.pick(indices >= len(waste)) if others else None
    in_scope = judged.pick(indices < len(waste))
    return {**metrics.figures(in_scope, beyond), "n_taught": 0, "intervals": metrics.intervals(in_scope, beyond)}


def fit(options: WasteTrainingOptions, folder: Path, progress: ProgressListener) -> dict[str, Any]:
    """Train, calibrate, measure and write model.h5, model.tflite, metadata.json and card.md into `folder`."""
    started = time.time()
    report = _sparingly(progress)
    work = options.work or settings().data_dir / "waste"
    runs = read_tables(options.unseen) if options.unseen else None
    prepared = prepare(options, work, report)
    artefacts.write_network(building.build_network(options, prepared, work, report), folder)
    engine = WasteEngine(
        (folder / "model.tflite").read_bytes(), options.image_size, WasteCalibration(), settings().inference_threads
    )
    validation, tested = prepared.parts.validation, prepared.parts.test + prepared.unseen
    checked = measuring.outputs(engine, validation)
    chosen = _calibrated(LabelledLogits.of(validation, checked.logits), runs, tested)
    outputs = measuring.outputs(
        engine,
        tested,
        lambda done: report(
            Progress(0.95 + 0.04 * done / len(tested), Stage.TRAINING, detail=f"tested {done} of {len(tested)}")
        ),
    )
    logits = outputs.logits
    seen, unlikeness = measuring.checked_photos(prepared.parts, options.leave_out, checked, outputs, runs)
    seen.write(folder)
    np.savez(
        work / logits_name(options, prepared.manifest),
        keys=np.array([photo.key for photo in tested]),
        logits=logits,
        unlikeness=unlikeness,
    )
    chosen, several = replace(chosen, least_object=NEVER), None
    engine.calibration = chosen
    if options.scenes:
        chosen, several = measuring.several(engine, prepared.parts, chosen, checked, outputs, options.seed)
    engine.checked = seen
    given = validation_answers.answer_validation(engine, validation)
    values = [answer.value for answer in given]
    about = validation_answers.about(validation)
    measured = artefacts.Measurements(
        reference=write_reference(folder, validation_answers.columns(given), values, about) if given else None,
        results=measuring.figures_by_set(tested, logits, chosen, {photo.key for photo in prepared.unseen}),
        taught=adapting.taught(engine, tested, outputs, prepared.never_trained(options.leave_out)),
        several=several,
        latency=measuring.latency(engine),
        seconds=time.time() - started,
    )
    metadata = artefacts.write_records(folder, options, prepared, chosen, measured)
    progress(Progress(1.0, Stage.TRAINING, detail=f"written to {folder}"))
    return metadata


def _calibrated(
    validation: LabelledLogits, runs: pd.DataFrame | None, tested: Sequence[LabelledPhoto]
) -> WasteCalibration:
    """The calibration on what other runs made of photos that are not tested here; without any, on validation photos.

    runs: of `read_tables`. InvalidInput where none of the photos has a material.
    """
    if runs is not None:
        return calibration.calibrate(*left_out_and_familiar(runs, names(tested)))
    if not (validation.materials >= 0).any():
        raise InvalidInput(
            expected="validation photos with a material",
            received=f"{len(validation)} photos without one: the groups of near-duplicates are too large to share out",
            advice="Give more photos, or --split random.",
        )
    return calibration.calibrate(validation)


def _sparingly(progress: ProgressListener, seconds: float = 1.0) -> ProgressListener:
    """A listener that passes on at most one report in so many seconds: a form or a terminal shows no more."""
    last = [0.0]

    def report(latest: Progress) -> None:
        if time.monotonic() - last[0] >= seconds:
            last[0] = time.monotonic()
            progress(latest)

    return report
