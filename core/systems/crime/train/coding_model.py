"""A coding network measured on texts that it never saw: folds of distinct texts, calibration and figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.progress import ProgressListener, within
from core.systems.crime.categories.calibration import ClassCalibration, identity_calibration
from core.systems.crime.categories.nibrs import nibrs_group
from core.systems.crime.engine import CodingNetwork, build_coding_network
from core.systems.crime.features.places import text_key
from core.systems.crime.train import metrics
from core.systems.crime.train.augmentation import add_typing_errors
from core.systems.crime.train.calibrating import fit_calibration
from core.systems.crime.train.coding_fitting import FittedCoding, OffenceTexts, fit_coding
from core.systems.crime.train.network import round_weights
from core.systems.crime.train.serving_arrays import coding_arrays

FOLDS = 5
DISTURBED = 0.10  # share of characters in the disturbed texts that are measured


@dataclass(frozen=True)
class TrainedCoding:
    """A coding network with what was found on texts that other folds' networks had not seen.

    fitted: trained on all texts, its weights rounded.
    calibration: of its logits.
    results: figures by name.
    keys: `text_key` of the texts that trained.
    """

    fitted: FittedCoding
    calibration: ClassCalibration
    results: dict[str, float | None]
    keys: list[int]


@dataclass(frozen=True)
class HeldOutLogits:
    """Logits of each text from a network that had not seen it, as written and disturbed; float32, (texts, classes)."""

    logits: np.ndarray
    disturbed: np.ndarray


def serving_coding(fitted: FittedCoding, calibration: ClassCalibration) -> CodingNetwork:
    """The coding network as it serves."""
    arrays = coding_arrays(fitted.network, fitted.rarity)
    return build_coding_network(arrays, {"calibration": {"coding": calibration.as_dict()}})


def fold_of_texts(count: int, seed: int) -> np.ndarray:
    """The fold of each of `count` distinct texts; int in [0, FOLDS), shape (count,)."""
    return np.asarray(np.random.default_rng([seed, FOLDS]).permutation(count) % FOLDS)


def train_coding(
    texts: OffenceTexts, names: tuple[str, ...], epochs: int, seed: int, progress: ProgressListener
) -> TrainedCoding:
    """Measure by folds of distinct texts, calibrate on the same unseen texts, then train on all of them.

    texts: the distinct offence texts.
    names: the categories in the order of the classes.
    epochs: of each network.
    seed: decides folds, weights and spellings.
    progress: told after each epoch; may raise Cancelled.
    """
    held_out = cross_validate(texts, names, epochs, seed, within(progress, 0.0, 0.8))
    calibration = fit_calibration(held_out.logits, texts.labels, correct_prior=False, small_sets=True)
    fitted = fit_coding(texts, names, epochs, seed, within(progress, 0.8, 1.0))
    round_weights(fitted.network)
    results = coding_figures(texts, held_out, calibration, names)
    return TrainedCoding(fitted, calibration, results, [text_key(text) for text in texts.texts])


def cross_validate(
    texts: OffenceTexts, names: tuple[str, ...], epochs: int, seed: int, progress: ProgressListener
) -> HeldOutLogits:
    """Train FOLDS networks, each without a fifth of the distinct texts, and ask it about those; see `train_coding`."""
    random = np.random.default_rng(seed)
    fold = fold_of_texts(len(texts), seed)
    noisy = [add_typing_errors(text, DISTURBED, random) for text in texts.texts]
    logits, disturbed = (np.zeros((len(texts), len(names)), dtype=np.float32) for _ in range(2))
    for number in range(FOLDS):
        start = number / FOLDS
        fitted = fit_coding(
            texts.pick(np.flatnonzero(fold != number)),
            names,
            epochs,
            seed,
            within(progress, start, start + 1 / FOLDS),
        )
        round_weights(fitted.network)
        serving = serving_coding(fitted, identity_calibration(len(names)))
        for index in np.flatnonzero(fold == number):
            logits[index], disturbed[index] = serving.logits([texts.texts[index], noisy[index]])
    return HeldOutLogits(logits, disturbed)


def coding_figures(
    texts: OffenceTexts, held_out: HeldOutLogits, calibration: ClassCalibration, names: tuple[str, ...]
) -> dict[str, float | None]:
    """Top-1 on unseen texts by distinct text and by record, disturbed too, by NIBRS group; and `metrics.figures`."""
    probabilities = calibration.probabilities(held_out.logits)
    guess = probabilities.argmax(axis=1)
    groups = np.array([nibrs_group(name) or name for name in names], dtype=object)
    right = {
        "top1": guess == texts.labels,
        "top1_disturbed": held_out.disturbed.argmax(axis=1) == texts.labels,
        "top1_group": groups[guess] == groups[texts.labels],
    }
    shares = texts.records / texts.records.sum()
    results: dict[str, float | None] = {"texts": len(texts)}
    for name, hits in right.items():
        results[f"{name}_by_text"] = float(hits.mean())
        results[f"{name}_by_record"] = float((hits * shares).sum())
    figures = metrics.figures(probabilities, texts.labels, calibration.set_bounds(probabilities))
    return results | {
        "log_loss": figures["log_loss"],
        "top3": figures["top3"],
        "macro_f1": figures["macro_f1"],
        "ece": figures["ece"],
        "mean_set_size": figures["mean_set_size"],
    }
