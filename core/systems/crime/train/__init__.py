"""Training and evaluation of the crime model: read, clean, split, fit, calibrate, measure, write the artefacts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from core.errors import InvalidInput
from core.progress import Progress, ProgressListener, Stage, within
from core.systems.crime import table
from core.systems.crime.cleaning import records as cleaning
from core.systems.crime.engine import WAYS, CrimeEngine
from core.systems.crime.features import context as features
from core.systems.crime.features.text import normalise
from core.systems.crime.train import metrics, splits

LEAST_TEXTS = 20


class Table(table.CrimeTableOptions):
    """A table of labelled incidents; what training and evaluation share."""

    data: Path = Field(description="CSV, Parquet or Excel file with one incident per row.")


class CrimeTrainingOptions(Table):
    """What can be set for training."""

    city: str = Field("", description="Name of the city for the card; the file's name if not said.")
    train_until: date | None = Field(None, description="Last day that trains the measured network.")
    validate_until: date | None = Field(None, description="Last day that calibrates it; later ones test.")
    epochs: int = Field(6, ge=1, description="Epochs of the context network.")
    text_epochs: int = Field(60, ge=1, description="Epochs of the coding network.")
    refit: bool = Field(True, description="After measuring, train on all rows what is written.")
    seed: int = Field(0, ge=0, description="Decides weights, order and folds.")


class CrimeEvaluationOptions(Table):
    """What can be set for an evaluation."""

    mode: Literal["coding", "context"] = Field("context", description="From the offence text, or from place and time.")


Options = CrimeTrainingOptions
EvaluateOptions = CrimeEvaluationOptions


@dataclass(frozen=True)
class Labelled:
    """Clean records with their categories: labels int (n,), places in `names`."""

    records: cleaning.Records
    labels: np.ndarray
    names: tuple[str, ...]


def read(options: Table, needs: tuple[str, ...], progress: ProgressListener) -> cleaning.Records:
    """The records of a table; how its columns are used is told."""
    return table.records(options.data, options, needs, progress)


def labelled(records: cleaning.Records, names: tuple[str, ...] | None = None) -> Labelled:
    """With labels as places in `names`; -1 for those that are not among them."""
    texts = records.frame["label"]
    known = names or tuple(sorted(texts.unique()))
    places = {name: place for place, name in enumerate(known)}
    return Labelled(records, texts.map(places).fillna(-1).to_numpy(dtype=np.int64), known)


def fit(options: CrimeTrainingOptions, folder: Path, progress: ProgressListener) -> dict[str, Any]:
    """Train, calibrate, measure and write model.h5, serving.npz, metadata.json and card.md into `folder`."""
    from core.systems.crime.train import artefacts, building, coding_folds

    started = time.time()
    found = labelled(read(options, ("date", "label"), progress))
    if len(found.names) < 2:
        raise InvalidInput(f"Expected at least two categories. Received {len(found.names)}. Check the label's column.")
    texts = coding_folds.texts_of(found)
    share = 0.4 if options.refit else 0.8
    parts = splits.forward(found.records.frame["datetime"], options.train_until, options.validate_until)
    measured = building.context(
        found, parts.train, parts.validation, options.epochs, options.seed, within(progress, 0.02, 0.02 + share)
    )
    results = building.measure(measured.engine, found, parts, options.seed)
    for way, one in ((way, results[way]) for way in WAYS):
        told = ", ".join(f"{name} {one[name]:.4f}" for name in ("log_loss", "top1", "ece", "coverage90"))
        progress(
            Progress(
                0.45,
                Stage.TRAINING,
                detail=f"measured {way}: {told}; last year's shares {results['prior_log_loss']:.4f}",
            )
        )
    final = measured
    if options.refit:
        everything = np.ones(len(found.labels), dtype=bool)
        final = building.context(
            found, everything, None, options.epochs, options.seed, within(progress, 0.45, 0.85), measured.calibrations
        )
    coded = None
    if len(texts) >= LEAST_TEXTS:
        coded = coding_folds.measured(
            texts, found.names, options.text_epochs, options.seed, within(progress, 0.85, 0.98)
        )
        results["coding"] = coded.results
    made, arrays, metadata = building.join(final, coded, found, options)
    metadata |= {"metrics": results, "checked": _checked(results), "seconds": round(time.time() - started)}
    metadata["parts"] = {name: building.period(found, getattr(parts, name)) for name in ("train", "validation", "test")}
    written = artefacts.write(folder, made, arrays, metadata)
    progress(Progress(1.0, Stage.TRAINING, detail=f"written to {folder}"))
    return written


def _checked(results: Mapping[str, Any]) -> dict[str, Any]:
    """What the version was checked on, in the words and names that pages show of every system."""
    alone = results["alone"]
    checks = {"later months, without the offence text": {"accuracy": alone["top1"], "n": alone["n"]}}
    if coding := results.get("coding"):
        checks["offence texts never seen"] = {"accuracy": coding["top1_by_text"], "n": coding["texts"]}
    return checks


def evaluate(engine: CrimeEngine, options: CrimeEvaluationOptions, progress: ProgressListener) -> dict[str, Any]:
    """The figures of `evaluate crime` on a labelled table."""
    coding = options.mode == "coding"
    if (engine.coding if coding else engine.context) is None:
        raise InvalidInput(f"Expected a version that knows {options.mode}. Received one without. Name another version.")
    found = labelled(read(options, ("label", "description") if coding else ("date", "label"), progress), engine.labels)
    if not len(found.labels):
        raise InvalidInput("Expected labelled rows. Received none that could be used. See the report of rejected rows.")
    figures = _coded(engine, found) if coding else _placed(engine, found, progress)
    unknown = int((found.labels < 0).sum())
    return {
        "mode": options.mode,
        "n": len(found.labels),
        "rejected": found.records.problems.rejected,
        **figures,
        "unknown_categories": unknown,
        "problems": found.records.problems.counts(),
        "columns": dict(found.records.columns.chosen),
    }


def _placed(engine: CrimeEngine, found: Labelled, progress: ProgressListener) -> dict[str, Any]:
    context = engine.context
    assert context is not None  # noqa: S101 - checked by the caller
    frame = found.records.frame
    together = context.probabilities(frame, features.count_siblings(frame))
    progress(Progress(0.5, Stage.TRAINING, detail=f"{len(frame)} records with the rows of their incidents"))
    alone = context.probabilities(frame, np.zeros(len(frame), dtype=np.int32))
    progress(Progress(1.0, Stage.TRAINING, detail=f"{len(frame)} records as if each came alone"))
    return {
        **metrics.figures(together, found.labels, context.calibrations["together"].set_from),
        "prior_log_loss": metrics.prior_log_loss(np.array(engine.metadata["prior"]), found.labels),
        "log_loss_single_record": float(metrics.losses(alone, found.labels).mean()),
        "coverage90_single_record": metrics.figures(alone, found.labels, context.calibrations["alone"].set_from)[
            "coverage90"
        ],
        "worst_group": metrics.worst_group(together, found.labels, frame["district"].to_numpy()),
    }


def _coded(engine: CrimeEngine, found: Labelled) -> dict[str, Any]:
    assert engine.coding is not None  # noqa: S101 - checked by the caller
    frame = found.records.frame
    probabilities = engine.coding.probabilities(frame["description"])
    bounds = engine.coding.calibration.bounds(probabilities)
    figures = metrics.figures(probabilities, found.labels, bounds)
    known = set(engine.metadata.get("known_texts", []))
    texts = frame["description"].drop_duplicates()
    seen = frame["description"].isin([one for one in texts if text_key(one) in known]).to_numpy()
    unseen = metrics.figures(probabilities[~seen], found.labels[~seen], bounds[~seen]) if (~seen).any() else None
    return {
        **figures,
        "prior_log_loss": metrics.prior_log_loss(np.array(engine.metadata["prior"]), found.labels),
        "log_loss_single_record": figures["log_loss"],
        "worst_group": metrics.worst_group(probabilities, found.labels, frame["district"].to_numpy()),
        "texts_seen_in_training": float(seen.mean()),
        "unseen": unseen,
    }


def text_key(description: str) -> int:
    """A text's key among those that trained."""
    from core.systems.crime.features.places import key

    return key(normalise(description))
