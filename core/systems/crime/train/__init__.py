"""Training and evaluation of the crime model: read, clean, split, fit, calibrate, measure, write the artefacts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.artefacts.version_records import REFERENCE
from core.errors import InvalidInput
from core.monitoring.references import write_reference
from core.progress import Progress, ProgressListener, Stage, within
from core.systems.crime import validation_answers
from core.systems.crime.engine import CodingNetwork, ContextNetwork, CrimeEngine, VersionMetadata
from core.systems.crime.features.context_features import count_siblings
from core.systems.crime.features.offence_text import normalise
from core.systems.crime.features.places import text_key
from core.systems.crime.train import metrics
from core.systems.crime.train.dataset import LabelledRecords, read_labelled
from core.systems.crime.train.options import CrimeEvaluationOptions, CrimeTrainingOptions
from core.systems.crime.train.splits import split_forward

MIN_TEXTS = 20  # distinct offence texts below which there is no coding network
MEASURED_SHARES = {True: 0.4, False: 0.8}
"""Share of the work after which the measured network is trained, if a second one follows and if none does."""

Options = CrimeTrainingOptions
EvaluateOptions = CrimeEvaluationOptions


def fit(options: CrimeTrainingOptions, folder: Path, progress: ProgressListener) -> dict[str, Any]:
    """Train, calibrate, measure and write model.h5, serving.npz, metadata.json and card.md into `folder`.

    Returns the metadata. Raises InvalidInput for a table that cannot train.
    """
    from core.systems.crime.train.artefacts import assemble_version, write_version
    from core.systems.crime.train.coding_fitting import distinct_texts
    from core.systems.crime.train.coding_model import train_coding
    from core.systems.crime.train.context_model import measure_context, train_context

    started = time.time()
    dataset = read_labelled(options, ("date", "label"), progress)
    if len(dataset.names) < 2:
        raise InvalidInput(
            expected="at least two categories", received=str(len(dataset.names)), advice="Check the label's column."
        )
    texts = distinct_texts(dataset.records.frame["description"], dataset.labels)
    split = split_forward(dataset.records.frame["datetime"], options.train_until, options.validate_until)
    end = 0.02 + MEASURED_SHARES[options.refit]
    measured = train_context(
        dataset, split.train, split.validation, options.epochs, options.seed, within(progress, 0.02, end)
    )
    results = measure_context(measured.serving, dataset, split)
    _tell_measured(results["together"], results["alone"], results["prior_log_loss"], progress)
    context = measured
    if options.refit:
        everything = np.ones(len(dataset.labels), dtype=bool)
        context = train_context(
            dataset, everything, None, options.epochs, options.seed, within(progress, 0.45, 0.85), measured.calibrations
        )
    coding = None
    if len(texts) >= MIN_TEXTS:
        coding = train_coding(texts, dataset.names, options.text_epochs, options.seed, within(progress, 0.85, 0.98))
    version = assemble_version(context, coding, dataset, options)
    version.metadata["metrics"] = {**results, **({"coding": coding.results} if coding else {})}
    version.metadata["checked"] = _checked(results["alone"], coding.results if coding else None)
    version.metadata["seconds"] = round(time.time() - started)
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    version.metadata["parts"] = {name: dataset.period(rows) for name, rows in parts.items()}
    version.metadata[REFERENCE] = _write_reference(folder, dataset, split.validation, measured.serving, options.refit)
    written = write_version(folder, version)
    progress(Progress(1.0, Stage.TRAINING, detail=f"written to {folder}"))
    return written


def _write_reference(
    folder: Path, dataset: LabelledRecords, validation: np.ndarray, measured: ContextNetwork, refit: bool
) -> dict[str, Any]:
    """Write what answers are held against for drift; validation: which records, boolean, shape (rows,)."""
    frame = dataset.records.frame[validation].reset_index(drop=True)
    answers = validation_answers.answer_context(measured, frame, dataset.names)
    folder.mkdir(parents=True, exist_ok=True)
    about = validation_answers.about(dataset.period(validation), refit)
    return write_reference(folder, answers.features, answers.values, about)


def _tell_measured(
    together: metrics.ClassFigures, alone: metrics.ClassFigures, prior_log_loss: float, progress: ProgressListener
) -> None:
    for situation, figures in (("together", together), ("alone", alone)):
        shown = f"log_loss {figures['log_loss']:.4f}, top1 {figures['top1']:.4f}, ece {figures['ece']:.4f}"
        shown += f", coverage90 {figures['coverage90']:.4f}; last year's shares {prior_log_loss:.4f}"
        progress(Progress(0.45, Stage.TRAINING, detail=f"measured {situation}: {shown}"))


def _checked(
    alone: metrics.ClassFigures, coding: Mapping[str, float | None] | None
) -> dict[str, dict[str, float | None]]:
    """What the version was checked on, in the words and names that pages show of every system."""
    checks: dict[str, dict[str, float | None]] = {
        "later months, without the offence text": {"accuracy": alone["top1"], "n": alone["n"]}
    }
    if coding:
        checks["offence texts never seen"] = {"accuracy": coding["top1_by_text"], "n": coding["texts"]}
    return checks


def evaluate(engine: CrimeEngine, options: CrimeEvaluationOptions, progress: ProgressListener) -> dict[str, Any]:
    """The figures of `evaluate crime` on a labelled table. Raises InvalidInput if version or table lack a part."""
    coding = options.mode == "coding"
    network = engine.coding if coding else engine.context
    if network is None:
        raise InvalidInput(
            expected=f"a version that knows {options.mode}",
            received="one without",
            advice="Name another version.",
        )
    needs = ("label", "description") if coding else ("date", "label")
    dataset = read_labelled(options, needs, progress, engine.labels)
    if not len(dataset.labels):
        raise InvalidInput(
            expected="labelled rows",
            received="none that could be used",
            advice="See the report of rejected rows.",
        )
    if isinstance(network, CodingNetwork):
        figures = _coding_figures(network, engine.metadata, dataset)
    else:
        figures = _context_figures(network, engine.metadata, dataset, progress)
    findings = dataset.records.findings
    return {
        "mode": options.mode,
        "n": len(dataset.labels),
        "rejected": findings.rejected,
        **figures,
        "unknown_categories": int((dataset.labels < 0).sum()),
        "problems": findings.counts(),
        "columns": dict(dataset.records.columns.chosen),
    }


def _context_figures(
    network: ContextNetwork, metadata: VersionMetadata, dataset: LabelledRecords, progress: ProgressListener
) -> dict[str, object]:
    frame, labels = dataset.records.frame, dataset.labels
    together = network.probabilities(frame, count_siblings(frame))
    progress(Progress(0.5, Stage.TRAINING, detail=f"{len(frame)} records with the rows of their incidents"))
    alone = network.probabilities(frame, np.zeros(len(frame), dtype=np.int32))
    progress(Progress(1.0, Stage.TRAINING, detail=f"{len(frame)} records as if each came alone"))
    figures_alone = metrics.figures(alone, labels, network.calibrations["alone"].set_from)
    return {
        **metrics.figures(together, labels, network.calibrations["together"].set_from),
        "prior_log_loss": metrics.prior_log_loss(np.array(metadata["prior"]), labels),
        "log_loss_single_record": float(metrics.losses(alone, labels).mean()),
        "coverage90_single_record": figures_alone["coverage90"],
        "worst_group": metrics.worst_group(together, labels, frame["district"].to_numpy()),
    }


def _coding_figures(network: CodingNetwork, metadata: VersionMetadata, dataset: LabelledRecords) -> dict[str, object]:
    frame, labels = dataset.records.frame, dataset.labels
    probabilities = network.probabilities(frame["description"])
    bounds = network.calibration.set_bounds(probabilities)
    figures = metrics.figures(probabilities, labels, bounds)
    trained_keys = set(metadata.get("known_texts", []))
    texts = frame["description"].drop_duplicates()
    trained_texts = [text for text in texts if text_key(normalise(text)) in trained_keys]
    seen = frame["description"].isin(trained_texts).to_numpy()
    unseen = metrics.figures(probabilities[~seen], labels[~seen], bounds[~seen]) if (~seen).any() else None
    return {
        **figures,
        "prior_log_loss": metrics.prior_log_loss(np.array(metadata["prior"]), labels),
        "log_loss_single_record": figures["log_loss"],
        "worst_group": metrics.worst_group(probabilities, labels, frame["district"].to_numpy()),
        "texts_seen_in_training": float(seen.mean()),
        "unseen": unseen,
    }
