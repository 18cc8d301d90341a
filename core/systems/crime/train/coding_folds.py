"""A coding network measured on texts that it never saw: folds of distinct texts, calibration and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.progress import ProgressListener, within
from core.systems.crime import calibration, engine
from core.systems.crime.features import text
from core.systems.crime.features.places import key
from core.systems.crime.groups import group_of
from core.systems.crime.train import artefacts, calibrating, coding, metrics, network
from core.systems.crime.train.coding import Texts

if TYPE_CHECKING:
    from core.systems.crime.train import Labelled

FOLDS = 5
DISTURBED = 0.10  # share of characters in the disturbed texts that are measured


@dataclass(frozen=True)
class Coded:
    """A coding network, its calibration from texts that it had not seen, and what was measured on those."""

    trained: coding.Trained
    calibration: calibration.Calibration
    results: dict[str, Any]
    keys: list[int]


def coding_engine(coded: Coded) -> engine.Coding:
    """What serves of it."""
    return _served(coded.trained, coded.calibration)


def _served(trained: coding.Trained, chosen: calibration.Calibration) -> engine.Coding:
    arrays = artefacts.coding_arrays(trained.network, trained.rare)
    return engine.coding_of(arrays, {"calibration": {"coding": chosen.as_dict()}})


def folded_by(count: int, seed: int) -> np.ndarray:
    """The fold of each of so many distinct texts; int, shape (count,)."""
    return np.asarray(np.random.default_rng([seed, FOLDS]).permutation(count) % FOLDS)


def texts_of(found: Labelled) -> Texts:
    """The distinct offence texts of the records; none without a description."""
    return coding.distinct(found.records.frame["description"], found.labels)


def measured(texts: Texts, names: tuple[str, ...], epochs: int, seed: int, progress: ProgressListener) -> Coded:
    """Measure by folds of distinct texts, calibrate on the same unseen texts, then train on all of them."""
    folded = folds(texts, names, epochs, seed, within(progress, 0.0, 0.8))
    chosen = calibrating.fit(folded.logits, texts.labels, correct_prior=False, small_sets=True)
    made = coding.train(texts, names, epochs, seed, within(progress, 0.8, 1.0))
    network.round_weights(made.network)
    results = coding_figures(texts, folded, chosen, names)
    return Coded(made, chosen, results, [key(one) for one in texts.texts])


@dataclass(frozen=True)
class Folded:
    """Logits (texts, classes) of each text from a network that had not seen it, as written and disturbed."""

    logits: np.ndarray
    disturbed: np.ndarray


def folds(texts: Texts, names: tuple[str, ...], epochs: int, seed: int, progress: ProgressListener) -> Folded:
    """Train FOLDS networks, each without a fifth of the distinct texts, and ask it about those."""
    random = np.random.default_rng(seed)
    fold = folded_by(len(texts), seed)
    noisy = [text.disturbed(one, DISTURBED, random) for one in texts.texts]
    logits, disturbed = (np.zeros((len(texts), len(names)), dtype=np.float32) for _ in range(2))
    for number in range(FOLDS):
        start = number / FOLDS
        made = coding.train(
            texts.pick(np.flatnonzero(fold != number)),
            names,
            epochs,
            seed,
            within(progress, start, start + 1 / FOLDS),
        )
        network.round_weights(made.network)
        served = _served(made, calibration.plain(len(names)))
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
    figures = metrics.figures(probabilities, texts.labels, chosen.bounds(probabilities))
    return found | {name: figures[name] for name in ("log_loss", "top3", "macro_f1", "ece", "mean_set_size")}
