"""The steps of a training: a context network, its calibration and figures, and its joining with a coding network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.progress import ProgressListener
from core.systems.crime import calibration, engine
from core.systems.crime.features import context as features
from core.systems.crime.features import histories
from core.systems.crime.train import artefacts, calibrating, fitting, metrics, network
from core.systems.crime.train.coding_folds import Coded

if TYPE_CHECKING:
    from core.systems.crime.train import CrimeTrainingOptions, Labelled
    from core.systems.crime.train.splits import Split

WEEKS = 14.0  # days of a block where every other week is held out


@dataclass(frozen=True)
class Placed:
    """A context network with what serves it."""

    made: Any
    arrays: Mapping[str, np.ndarray]
    engine: engine.Context
    calibrations: Mapping[str, calibration.Calibration]
    prior: np.ndarray


def examples(frame: pd.DataFrame, labels: np.ndarray, known: features.Vocabulary, classes: int) -> fitting.Examples:
    """Training rows as the network sees them, each without what its own block of time says."""
    codes = features.codes(frame, known, features.count_siblings(frame))
    days = frame["datetime"].to_numpy().astype("datetime64[D]").astype(np.float64)
    past = histories.out_of_fold(codes, labels, days, known.sizes(), classes)
    return fitting.Examples(codes, past, features.numbers(frame, known), labels, days)


def context(
    found: Labelled,
    train: np.ndarray,
    validation: np.ndarray | None,
    epochs: int,
    seed: int,
    progress: ProgressListener,
    calibrations: Mapping[str, calibration.Calibration] | None = None,
) -> Placed:
    """Train on the rows `train` and calibrate on the rows `validation`, or take over the calibrations of another.

    Taken over are temperature and set bound; the prior needs no correction where the last rows themselves trained.
    """
    classes = len(found.names)
    frame, labels = found.records.frame[train].reset_index(drop=True), found.labels[train]
    known = features.vocabulary(frame)
    rows = examples(frame, labels, known, classes)
    shape = network.Shape(known.sizes(), rows.history.shape[1], rows.numbers.shape[1], classes)
    made = fitting.train(rows, shape, epochs, seed, progress)
    network.round_weights(made)
    past = histories.tables(rows.codes, labels, rows.days, known.sizes(), classes)
    arrays = artefacts.context_arrays(made, known, past)
    chosen: Mapping[str, calibration.Calibration] = _plain(classes)
    if calibrations is not None:
        chosen = {
            way: calibration.Calibration(one.temperature, np.zeros_like(one.bias), one.set_from)
            for way, one in calibrations.items()
        }
    served = _served(arrays, known, chosen)
    if validation is not None:
        chosen = _calibrations(served, found, validation)
        served = _served(arrays, known, chosen)
    return Placed(made, arrays, served, chosen, metrics.recent_shares(labels, frame["datetime"].to_numpy(), classes))


def _served(
    arrays: Mapping[str, np.ndarray],
    known: features.Vocabulary,
    chosen: Mapping[str, calibration.Calibration],
) -> engine.Context:
    kept = {way: one.as_dict() for way, one in chosen.items()}
    return engine.context_of(arrays, {"inputs": artefacts.inputs(known), "calibration": kept})


def _calibrations(
    served: engine.Context, found: Labelled, validation: np.ndarray
) -> dict[str, calibration.Calibration]:
    frame, labels = found.records.frame[validation].reset_index(drop=True), found.labels[validation]
    counted = features.count_siblings(found.records.frame)[validation]
    logits = {way: _logits(served, frame, counted if way == "together" else counted * 0) for way in engine.WAYS}
    return {way: calibrating.fit(one, labels) for way, one in logits.items()}


def _logits(served: engine.Context, frame: pd.DataFrame, siblings: np.ndarray) -> np.ndarray:
    codes, numbers = features.codes(frame, served.known, siblings), features.numbers(frame, served.known)
    return _run(served, codes, served.past.of(codes), numbers)


def _run(served: engine.Context, codes: np.ndarray, past: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    chunks = [slice(start, start + engine.CHUNK) for start in range(0, len(codes), engine.CHUNK)]
    return np.concatenate([served.run(codes[here], past[here], numbers[here]) for here in chunks])


def _plain(classes: int) -> dict[str, calibration.Calibration]:
    return {way: calibration.plain(classes) for way in engine.WAYS}


def measure(served: engine.Context, found: Labelled, parts: Split, seed: int) -> dict[str, Any]:
    """What the test rows say: together, alone, by district and by category."""
    frame, labels = found.records.frame[parts.test].reset_index(drop=True), found.labels[parts.test]
    counted = features.count_siblings(found.records.frame)[parts.test]
    moments = found.records.frame["datetime"].to_numpy()[parts.train]
    results: dict[str, Any] = {}
    for way in engine.WAYS:
        probabilities = served.probabilities(frame, counted if way == "together" else counted * 0)
        results[way] = metrics.figures(probabilities, labels, served.calibrations[way].set_from)
        if way == "together":
            results["by_district"] = metrics.by_group(probabilities, labels, frame["district"].to_numpy())
            results["by_category"] = metrics.by_category(probabilities, labels, list(found.names))
    shares = metrics.recent_shares(found.labels[parts.train], moments, len(found.names))
    results["prior_log_loss"] = metrics.prior_log_loss(shares, labels)
    return results


def between_weeks(
    found: Labelled, parts: Split, epochs: int, seed: int, progress: ProgressListener
) -> dict[str, dict[str, Any]]:
    """Figures where test weeks lie between those that train: past and future speak of a place."""
    classes = len(found.names)
    frame, counted = found.records.frame, features.count_siblings(found.records.frame)
    known = features.vocabulary(frame[parts.train])
    codes, numbers = features.codes(frame, known, counted), features.numbers(frame, known)
    days = frame["datetime"].to_numpy().astype("datetime64[D]").astype(np.float64)
    taught = np.where(parts.train, found.labels, -1)
    monday = days - (days + 3) % 7
    past = histories.out_of_fold(codes, taught, monday, known.sizes(), classes, WEEKS)
    picked = [one[parts.train] for one in (codes, past, numbers, found.labels, days)]
    shape = network.Shape(known.sizes(), past.shape[1], numbers.shape[1], classes)
    made = fitting.train(fitting.Examples(*picked), shape, epochs, seed, progress, recent=False)
    network.round_weights(made)
    served = _served(artefacts.context_arrays(made, known, empty_past(known, classes)), known, _plain(classes))
    results = {}
    for way in engine.WAYS:
        seen = codes.copy()
        seen[:, -1] *= way == "together"
        logits = {
            name: _run(served, seen[mask], past[mask], numbers[mask])
            for name, mask in (("validation", parts.validation), ("test", parts.test))
        }
        fitted = calibrating.fit(logits["validation"], found.labels[parts.validation], correct_prior=False)
        results[way] = metrics.figures(fitted.probabilities(logits["test"]), found.labels[parts.test], fitted.set_from)
    return results


def empty_past(known: features.Vocabulary, classes: int) -> histories.Tables:
    """Tables that say nothing, for a network whose past is given beside."""
    sizes = known.sizes()
    return histories.Tables(
        tuple(
            np.zeros((sizes[features.SLOTS.index(name)], classes + 1), dtype=np.float32)
            for name, _ in histories.SOURCES
        )
    )


def join(
    placed: Placed, coded: Coded | None, found: Labelled, options: CrimeTrainingOptions
) -> tuple[Any, dict[str, np.ndarray], dict[str, Any]]:
    """The network of both, its serving arrays, and the metadata that they need."""
    parts = {"context": placed.made} | ({"coding": coded.trained.network} if coded else {})
    arrays = dict(placed.arrays) | (artefacts.coding_arrays(coded.trained.network, coded.trained.rare) if coded else {})
    calibrations = {way: one.as_dict() for way, one in placed.calibrations.items()}
    if coded:
        calibrations["coding"] = coded.calibration.as_dict()
    kept = options.model_dump(mode="json", exclude={"data"})
    everything = np.ones(len(found.labels), dtype=bool)
    metadata = {
        "city": options.city or options.data.stem,
        "labels": list(found.names),
        "timezone": options.timezone,
        "inputs": artefacts.inputs(placed.engine.known),
        "prior": [float(one) for one in placed.prior],
        "calibration": calibrations,
        "known_texts": coded.keys if coded else [],
        "columns": dict(found.records.columns.chosen),
        "refused": dict(found.records.columns.refused),
        "left_out": dict(found.records.columns.left_out),
        "problems": found.records.problems.counts(),
        "rejected": found.records.problems.rejected,
        "trained_on": period(found, everything) if options.refit else None,
        "options": kept,
    }
    return network.joined(parts), arrays, metadata


def period(found: Labelled, chosen: np.ndarray) -> dict[str, Any]:
    """First and last day of some rows, and how many there are."""
    moments = found.records.frame["datetime"][chosen]
    return {"from": str(moments.min().date()), "to": str(moments.max().date()), "rows": int(chosen.sum())}
