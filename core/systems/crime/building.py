"""The steps of a training: a context network with its calibration, a coding network with its folds, and their joining."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.contract import Progress
from core.systems.crime import (
    artefacts,
    calibration,
    coding as texts_network,
    engine,
    features,
    fitting,
    histories,
    metrics,
    network,
    text,
)
from core.systems.crime.coding import Texts
from core.systems.crime.groups import group_of
from core.systems.crime.places import key

if TYPE_CHECKING:
    from core.systems.crime.splits import Split
    from core.systems.crime.train import Labelled, Options

FOLDS = 5
DISTURBED = 0.10  # share of characters in the disturbed texts that are measured


@dataclass(frozen=True)
class Placed:
    """A context network with what serves it."""

    made: Any
    arrays: Mapping[str, np.ndarray]
    engine: engine.Context
    calibrations: Mapping[str, calibration.Calibration]
    prior: np.ndarray


@dataclass(frozen=True)
class Coded:
    """A coding network, its calibration from texts that it had not seen, and what was measured on those."""

    made: Any
    calibration: calibration.Calibration
    results: dict[str, Any]
    keys: list[int]


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
    progress: Progress,
    calibrations: Mapping[str, calibration.Calibration] | None = None,
) -> Placed:
    """Train on the rows `train` and calibrate on the rows `validation`, or take over the calibrations of another.

    Taken over are temperature and set bound; the prior needs no correction where the last rows themselves trained.
    """
    from core.systems.crime.train import prior

    classes = len(found.names)
    frame, labels = found.records.frame[train].reset_index(drop=True), found.labels[train]
    known = features.vocabulary(frame)
    rows = examples(frame, labels, known, classes)
    shape = network.Shape(known.sizes(), rows.history.shape[1], rows.numbers.shape[1], classes)
    made = fitting.train(rows, shape, epochs, seed, progress)
    network.round_weights(made)
    past = histories.tables(rows.codes, labels, rows.days, known.sizes(), classes)
    arrays = artefacts.context_arrays(made, known, past)
    chosen = {way: calibration.plain(classes) for way in engine.WAYS}
    if calibrations is not None:
        chosen = {
            way: calibration.Calibration(one.temperature, np.zeros_like(one.bias), one.set_from)
            for way, one in calibrations.items()
        }
    served = _served(arrays, known, chosen)
    if validation is not None:
        chosen = _calibrations(served, found, validation)
        served = _served(arrays, known, chosen)
    return Placed(made, arrays, served, chosen, prior(labels, frame["datetime"].to_numpy(), classes))


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
    return {way: calibration.fit(one, labels) for way, one in logits.items()}


def _logits(served: engine.Context, frame: pd.DataFrame, siblings: np.ndarray) -> np.ndarray:
    codes, numbers = features.codes(frame, served.known, siblings), features.numbers(frame, served.known)
    parts = [
        served.logits(codes[start : start + engine.CHUNK], numbers[start : start + engine.CHUNK])
        for start in range(0, len(codes), engine.CHUNK)
    ]
    return np.concatenate(parts)


def measure(served: engine.Context, found: Labelled, parts: Split, seed: int) -> dict[str, Any]:
    """What the test rows say: together, alone, by district and by category."""
    from core.systems.crime.train import prior

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
    shares = prior(found.labels[parts.train], moments, len(found.names))
    results["prior_log_loss"] = metrics.prior_log_loss(shares, labels)
    return results


def texts_of(found: Labelled) -> Texts:
    """The distinct offence texts of the records; none without a description."""
    return texts_network.distinct(found.records.frame["description"], found.labels)


def coding(texts: Texts, names: tuple[str, ...], epochs: int, seed: int, progress: Progress) -> Coded:
    """Measure by folds of distinct texts, calibrate on the same unseen texts, then train on all of them."""
    folded = folds(texts, names, epochs, seed, lambda share, message: progress(share * 0.8, message))
    chosen = calibration.fit(folded.logits, texts.labels, correct_prior=False)
    made = texts_network.train(texts, names, epochs, seed, lambda share, told: progress(0.8 + share * 0.2, told))
    network.round_weights(made)
    results = coding_figures(texts, folded, chosen, names)
    return Coded(made, chosen, results, [key(one) for one in texts.texts])


@dataclass(frozen=True)
class Folded:
    """Logits (texts, classes) of each text from a network that had not seen it, as written and disturbed."""

    logits: np.ndarray
    disturbed: np.ndarray


def folds(texts: Texts, names: tuple[str, ...], epochs: int, seed: int, progress: Progress) -> Folded:
    """Train FOLDS networks, each without a fifth of the distinct texts, and ask it about those."""
    random = np.random.default_rng([seed, FOLDS])
    fold = random.permutation(len(texts)) % FOLDS
    noisy = [text.disturbed(one, DISTURBED, random) for one in texts.texts]
    logits, disturbed = (np.zeros((len(texts), len(names)), dtype=np.float32) for _ in range(2))
    for number in range(FOLDS):
        start = number / FOLDS
        made = texts_network.train(
            texts.pick(np.flatnonzero(fold != number)),
            names,
            epochs,
            seed,
            lambda share, told, start=start: progress(start + share / FOLDS, told),  # type: ignore[misc]
        )
        network.round_weights(made)
        served = engine.coding_of(
            artefacts.coding_arrays(made), {"calibration": {"coding": calibration.plain(len(names)).as_dict()}}
        )
        for place in np.flatnonzero(fold == number):
            logits[place], disturbed[place] = served.logits([texts.texts[place], noisy[place]])
    return Folded(logits, disturbed)


def coding_figures(
    texts: Texts, folded: Folded, chosen: calibration.Calibration, names: tuple[str, ...]
) -> dict[str, Any]:
    """Top-1 on unseen texts by distinct text and by record, disturbed too, and by NIBRS group."""
    probabilities = chosen.probabilities(folded.logits)
    guess = probabilities.argmax(axis=1)
    groups = np.array([group_of(name) or name for name in names], dtype=object)
    right = {
        "top1": guess == texts.labels,
        "top1_disturbed": folded.disturbed.argmax(axis=1) == texts.labels,
        "top1_group": groups[guess] == groups[texts.labels],
    }
    shares = texts.records / texts.records.sum()
    found: dict[str, Any] = {"texts": len(texts)}
    for name, one in right.items():
        found[f"{name}_by_text"] = float(one.mean())
        found[f"{name}_by_record"] = float((one * shares).sum())
    figures = metrics.figures(probabilities, texts.labels, chosen.set_from)
    return found | {name: figures[name] for name in ("log_loss", "top3", "macro_f1", "ece", "mean_set_size")}


def join(
    placed: Placed, coded: Coded | None, found: Labelled, options: Options
) -> tuple[Any, dict[str, np.ndarray], dict[str, Any]]:
    """The network of both, its serving arrays, and the metadata that they need."""
    parts = {"context": placed.made} | ({"coding": coded.made} if coded else {})
    arrays = dict(placed.arrays) | (artefacts.coding_arrays(coded.made) if coded else {})
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
