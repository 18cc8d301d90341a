"""A context network with its calibration, and its figures on later records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pandas as pd

from core.progress import ProgressListener
from core.systems.crime.categories.calibration import ClassCalibration, identity_calibration
from core.systems.crime.engine import CHUNK, SITUATIONS, ContextNetwork, build_context_network
from core.systems.crime.features.context_features import count_siblings, encode_numbers, encode_slots
from core.systems.crime.features.place_history import build_history_tables, out_of_fold_history
from core.systems.crime.features.vocabulary import Vocabulary, build_vocabulary
from core.systems.crime.train import metrics
from core.systems.crime.train.calibrating import fit_calibration
from core.systems.crime.train.context_fitting import ContextExamples, fit_context
from core.systems.crime.train.dataset import LabelledRecords
from core.systems.crime.train.network import ContextShape, KerasNetwork, round_weights
from core.systems.crime.train.serving_arrays import context_arrays
from core.systems.crime.train.splits import CrimeSplit


class ContextResults(TypedDict):
    """Figures of the test records, with sibling counts and as if each came alone [log-loss in nats]."""

    together: metrics.ClassFigures
    by_district: dict[str, metrics.GroupScores]
    by_category: dict[str, metrics.CategoryScores]
    alone: metrics.ClassFigures
    prior_log_loss: float
    """Of the last year's shares, answered for every record."""


@dataclass(frozen=True)
class TrainedContext:
    """A context network with what serves it.

    network: Keras model, its weights rounded.
    arrays: what serves, by name.
    serving: the network as it serves.
    calibrations: {one of SITUATIONS: calibration}.
    prior: shares of the categories in the last year that trained, shape (classes,).
    """

    network: KerasNetwork
    arrays: Mapping[str, np.ndarray]
    serving: ContextNetwork
    calibrations: Mapping[str, ClassCalibration]
    prior: np.ndarray


def context_examples(frame: pd.DataFrame, labels: np.ndarray, vocabulary: Vocabulary, classes: int) -> ContextExamples:
    """Training rows as the network sees them, each without what its own block of time says.

    frame: as `IncidentRecords.frame`, n rows.
    labels: classes, int, shape (n,).
    vocabulary: what training knows.
    classes: number of classes.
    """
    codes = encode_slots(frame, vocabulary, count_siblings(frame))
    days = days_of(frame)
    history = out_of_fold_history(codes, labels, days, vocabulary.sizes(), classes)
    return ContextExamples(codes, history, encode_numbers(frame, vocabulary), labels, days)


def days_of(frame: pd.DataFrame) -> np.ndarray:
    """The day of each record since 1970-01-01, float64, shape (n,) [days]."""
    return np.asarray(frame["datetime"].to_numpy().astype("datetime64[D]").astype(np.float64))


def train_context(
    dataset: LabelledRecords,
    train: np.ndarray,
    validation: np.ndarray | None,
    epochs: int,
    seed: int,
    progress: ProgressListener,
    calibrations: Mapping[str, ClassCalibration] | None = None,
) -> TrainedContext:
    """Train on some records and calibrate on others, or take over the calibrations of another network.

    Taken over are temperature and set bound; the prior needs no correction where the last rows themselves trained.

    dataset: n labelled records.
    train: which of them train, boolean, shape (n,).
    validation: which calibrate, boolean, shape (n,); None to calibrate on none.
    epochs: passes over the records.
    seed: decides weights, order and missing inputs.
    progress: told now and then; may raise Cancelled.
    calibrations: of another network, {one of SITUATIONS: calibration}.
    """
    classes = len(dataset.names)
    frame, labels = dataset.records.frame[train].reset_index(drop=True), dataset.labels[train]
    vocabulary = build_vocabulary(frame)
    examples = context_examples(frame, labels, vocabulary, classes)
    shape = ContextShape(vocabulary.sizes(), examples.history.shape[1], examples.numbers.shape[1], classes)
    network = fit_context(examples, shape, epochs, seed, progress)
    round_weights(network)
    past = build_history_tables(examples.codes, labels, examples.days, vocabulary.sizes(), classes)
    arrays = context_arrays(network, vocabulary, past)
    chosen: Mapping[str, ClassCalibration] = uncalibrated(classes)
    if calibrations is not None:
        chosen = {
            situation: ClassCalibration(other.temperature, np.zeros_like(other.bias), other.set_from)
            for situation, other in calibrations.items()
        }
    serving = serving_context(arrays, vocabulary, chosen)
    if validation is not None:
        chosen = _fit_calibrations(serving, dataset, validation)
        serving = serving_context(arrays, vocabulary, chosen)
    prior = metrics.recent_shares(labels, frame["datetime"].to_numpy(), classes)
    return TrainedContext(network, arrays, serving, chosen, prior)


def serving_context(
    arrays: Mapping[str, np.ndarray], vocabulary: Vocabulary, calibrations: Mapping[str, ClassCalibration]
) -> ContextNetwork:
    """The context network as it serves.

    arrays: `serving_arrays.context_arrays`.
    vocabulary: what training knew.
    calibrations: {one of SITUATIONS: calibration}.
    """
    records = {situation: calibration.as_dict() for situation, calibration in calibrations.items()}
    return build_context_network(arrays, {"inputs": vocabulary.as_record(), "calibration": records})


def uncalibrated(classes: int) -> dict[str, ClassCalibration]:
    """{each of SITUATIONS: a calibration that corrects nothing}."""
    return {situation: identity_calibration(classes) for situation in SITUATIONS}


def _fit_calibrations(
    serving: ContextNetwork, dataset: LabelledRecords, validation: np.ndarray
) -> dict[str, ClassCalibration]:
    frame, labels = dataset.records.frame[validation].reset_index(drop=True), dataset.labels[validation]
    counts = count_siblings(dataset.records.frame)[validation]
    logits = {}
    for situation in SITUATIONS:
        codes = encode_slots(frame, serving.vocabulary, _siblings(counts, situation))
        numbers = encode_numbers(frame, serving.vocabulary)
        logits[situation] = logits_in_chunks(serving, codes, serving.past.look_up(codes), numbers)
    return {situation: fit_calibration(values, labels) for situation, values in logits.items()}


def _siblings(counts: np.ndarray, situation: str) -> np.ndarray:
    """Sibling counts as a situation of SITUATIONS knows them, int32, shape (n,)."""
    return counts if situation == "together" else counts * 0


def logits_in_chunks(
    serving: ContextNetwork, codes: np.ndarray, history: np.ndarray, numbers: np.ndarray
) -> np.ndarray:
    """`ContextNetwork.forward` chunk by chunk, as records are answered; float32, shape (n, classes)."""
    chunks = [slice(start, start + CHUNK) for start in range(0, len(codes), CHUNK)]
    return np.concatenate([serving.forward(codes[chunk], history[chunk], numbers[chunk]) for chunk in chunks])


def measure_context(serving: ContextNetwork, dataset: LabelledRecords, split: CrimeSplit) -> ContextResults:
    """Figures of the test records: with sibling counts and as if each came alone, by district and by category."""
    frame, labels = dataset.records.frame[split.test].reset_index(drop=True), dataset.labels[split.test]
    counts = count_siblings(dataset.records.frame)[split.test]
    moments = dataset.records.frame["datetime"].to_numpy()[split.train]
    together, alone = (serving.probabilities(frame, _siblings(counts, situation)) for situation in SITUATIONS)
    shares = metrics.recent_shares(dataset.labels[split.train], moments, len(dataset.names))
    return {
        "together": metrics.figures(together, labels, serving.calibrations["together"].set_from),
        "by_district": metrics.by_group(together, labels, frame["district"].to_numpy()),
        "by_category": metrics.by_category(together, labels, list(dataset.names)),
        "alone": metrics.figures(alone, labels, serving.calibrations["alone"].set_from),
        "prior_log_loss": metrics.prior_log_loss(shares, labels),
    }
