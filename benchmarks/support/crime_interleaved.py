"""The context network where test weeks lie between those that train, as in Kaggle's contest: no case in service."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.progress import ProgressListener
from core.systems.crime.engine import SITUATIONS
from core.systems.crime.features.context_features import count_siblings, encode_numbers, encode_slots
from core.systems.crime.features.place_history import SOURCES, HistoryTables, out_of_fold_history
from core.systems.crime.features.vocabulary import SLOTS, Vocabulary, build_vocabulary
from core.systems.crime.train import metrics
from core.systems.crime.train.calibrating import fit_calibration
from core.systems.crime.train.context_fitting import ContextExamples, fit_context
from core.systems.crime.train.context_model import days_of, logits_in_chunks, serving_context, uncalibrated
from core.systems.crime.train.dataset import LabelledRecords
from core.systems.crime.train.network import ContextShape, round_weights
from core.systems.crime.train.serving_arrays import context_arrays
from core.systems.crime.train.splits import split_interleaved

BLOCK = 14.0  # length of a block where every other week is held out [days]


def measure(dataset: LabelledRecords, epochs: int, seed: int, progress: ProgressListener) -> dict[str, dict[str, Any]]:
    """Figures of the weeks that are held out, by situation; past and future speak of a place."""
    split = split_interleaved(dataset.records.frame["datetime"])
    classes = len(dataset.names)
    frame, counts = dataset.records.frame, count_siblings(dataset.records.frame)
    vocabulary = build_vocabulary(frame[split.train])
    codes, numbers = encode_slots(frame, vocabulary, counts), encode_numbers(frame, vocabulary)
    days = days_of(frame)
    taught = np.where(split.train, dataset.labels, -1)
    monday = days - (days + 3) % 7
    past = out_of_fold_history(codes, taught, monday, vocabulary.sizes(), classes, BLOCK)
    train = [values[split.train] for values in (codes, past, numbers, dataset.labels, days)]
    shape = ContextShape(vocabulary.sizes(), past.shape[1], numbers.shape[1], classes)
    network = fit_context(ContextExamples(*train), shape, epochs, seed, progress, recent=False)
    round_weights(network)
    arrays = context_arrays(network, vocabulary, empty_history(vocabulary, classes))
    serving = serving_context(arrays, vocabulary, uncalibrated(classes))
    results = {}
    for situation in SITUATIONS:
        seen = codes.copy()
        seen[:, -1] *= situation == "together"
        logits = {
            name: logits_in_chunks(serving, seen[mask], past[mask], numbers[mask])
            for name, mask in (("validation", split.validation), ("test", split.test))
        }
        fitted = fit_calibration(logits["validation"], dataset.labels[split.validation], correct_prior=False)
        probabilities = fitted.probabilities(logits["test"])
        results[situation] = metrics.figures(probabilities, dataset.labels[split.test], fitted.set_from)
    return results


def empty_history(vocabulary: Vocabulary, classes: int) -> HistoryTables:
    """Tables that say nothing, for a network whose past is given beside."""
    sizes = vocabulary.sizes()
    return HistoryTables(
        tuple(np.zeros((sizes[SLOTS.index(name)], classes + 1), dtype=np.float32) for name, _ in SOURCES)
    )
