"""What the crime networks are compared with: softmax regression, tuned LightGBM, and TF-IDF with regression."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.systems.crime.categories.calibration import softmax
from core.systems.crime.features.vocabulary import SLOTS
from core.systems.crime.train import metrics
from core.systems.crime.train.calibrating import fit_calibration
from core.systems.crime.train.coding_fitting import OffenceTexts
from core.systems.crime.train.context_fitting import ContextExamples, batches, recency_weights, training_step
from core.systems.crime.train.network import ContextShape

CATEGORICAL = ("district", "location_type", "domestic")
ORDERED = ("minute_of_day", "hour", "minute", "hour_of_week", "day_of_month", "day_of_year", "siblings")
MAX_BINS = 63


@dataclass(frozen=True)
class BaselineRows:
    """One part of the records for every method: codes (n, slots), history, numbers, labels (n,)."""

    codes: np.ndarray
    history: np.ndarray
    numbers: np.ndarray
    labels: np.ndarray

    def alone(self) -> BaselineRows:
        """These rows without their sibling counts."""
        codes = self.codes.copy()
        codes[:, -1] = 0
        return BaselineRows(codes, self.history, self.numbers, self.labels)

    def pick(self, chosen: np.ndarray) -> BaselineRows:
        """Some rows, by mask or by index."""
        return BaselineRows(self.codes[chosen], self.history[chosen], self.numbers[chosen], self.labels[chosen])

    def table(self) -> np.ndarray:
        """All inputs as columns of numbers, for trees: past, place, trend and cycles as they are, categories as codes.

        Blocks and cells stand in it by their past and by the coordinates, not by their thousands of codes.
        """
        columns = [SLOTS.index(name) for name in (*CATEGORICAL, *ORDERED)]
        return np.concatenate([self.history, self.numbers, self.codes[:, columns].astype(np.float32)], axis=1)


def scored(logits: dict[str, np.ndarray], labels: dict[str, np.ndarray]) -> dict[str, Any]:
    """Test figures, raw and with the calibration that validation gives, as the network has it.

    logits, labels: of the parts `validation` and `test`.
    """
    raw = metrics.figures(softmax(logits["test"]), labels["test"], 1.0)
    fitted = fit_calibration(logits["validation"], labels["validation"])
    calibrated = metrics.figures(fitted.probabilities(logits["test"]), labels["test"], fitted.set_from)
    return {**calibrated, "log_loss_raw": raw["log_loss"]}


def regression(
    train: ContextExamples, shape: ContextShape, epochs: int, seed: int
) -> Callable[[BaselineRows], np.ndarray]:
    """Multinomial logistic regression on every code and number: the network without its hidden layers."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    codes = keras.Input((len(shape.sizes),), dtype="int32")
    history, numbers = keras.Input((shape.history,)), keras.Input((shape.numbers,))
    table = keras.layers.Embedding(int(sum(shape.sizes)), shape.classes, embeddings_initializer="zeros")
    own = keras.layers.Flatten()(table(codes))
    ones = np.tile(np.eye(shape.classes, dtype=np.float32), (len(shape.sizes), 1))
    total = keras.layers.Dense(shape.classes, use_bias=False, trainable=False, name="sum")(own)
    rest = keras.layers.Dense(shape.classes)(keras.layers.Concatenate()([history, numbers]))
    network = keras.Model([codes, history, numbers], keras.layers.Add()([total, rest]))
    network.get_layer("sum").set_weights([ones])
    batch = 2048
    steps = epochs * (len(train) // batch)
    optimizer = keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(3e-3, steps), weight_decay=1e-3)
    optimizer.build(network.trainable_variables)
    step = training_step(network, optimizer)
    weights = recency_weights(train.days)
    for epoch in range(epochs):
        for inputs in batches(train, weights, shape, batch, np.random.default_rng([seed, epoch])):
            step(*inputs)
    run = tf.function(lambda *inputs: network(list(inputs), training=False), reduce_retracing=True)

    def logits(rows: BaselineRows) -> np.ndarray:
        size = 8192
        return np.concatenate(
            [
                run(
                    rows.codes[at : at + size] + shape.offsets,
                    rows.history[at : at + size],
                    rows.numbers[at : at + size],
                )
                for at in range(0, len(rows.labels), size)
            ]
        )

    return logits


def boosted(
    train: BaselineRows,
    days: np.ndarray,
    validation: BaselineRows,
    classes: int,
    *,
    trials: int,
    sample: int,
    rounds: int,
    seed: int,
    threads: int,
) -> tuple[Callable[[BaselineRows], np.ndarray], dict[str, Any]]:
    """LightGBM with parameters that Optuna chose on validation, then fitted on all training rows.

    trials, sample: how often and on how many rows parameters are tried. rounds: at most; validation stops earlier.
    Returns raw scores as a function, and what was chosen.
    """
    import lightgbm
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    random = np.random.default_rng(seed)
    some = random.choice(len(train.labels), min(sample, len(train.labels)), replace=False)
    few = random.choice(len(validation.labels), min(8000, len(validation.labels)), replace=False)
    table, weights = train.table(), recency_weights(days)
    checked = validation.table()

    def fitted(chosen: dict[str, Any], rows: np.ndarray, check: np.ndarray, most: int) -> Any:
        data = lightgbm.Dataset(table[rows], train.labels[rows], weight=weights[rows], params={"max_bin": MAX_BINS})
        against = data.create_valid(checked[check], validation.labels[check])
        fixed = {
            "objective": "multiclass",
            "num_class": classes,
            "max_bin": MAX_BINS,
            "verbose": -1,
            "seed": seed,
            "num_threads": threads,
        }
        stop = lightgbm.early_stopping(8, verbose=False)
        return lightgbm.train(fixed | chosen, data, most, valid_sets=[against], callbacks=[stop])

    def objective(trial: Any) -> float:
        chosen = {
            "learning_rate": trial.suggest_float("learning_rate", 0.05, 0.2, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 8, 64, log=True),
            "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 20, 500, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 0.8),
            "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 30.0, log=True),
        }
        return float(fitted(chosen, some, few, rounds // 2).best_score["valid_0"]["multi_logloss"])

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(
        {"learning_rate": 0.1, "num_leaves": 24, "min_data_in_leaf": 100, "feature_fraction": 0.4, "lambda_l2": 5.0}
    )
    study.optimize(objective, n_trials=trials)
    started = time.perf_counter()
    booster = fitted(study.best_params, np.arange(len(train.labels)), np.arange(len(validation.labels)), rounds)
    chosen = {**study.best_params, "rounds": booster.best_iteration, "seconds": time.perf_counter() - started}
    return lambda rows: booster.predict(rows.table(), raw_score=True), chosen


def tfidf_folds(texts: OffenceTexts, fold: np.ndarray) -> dict[str, float]:
    """TF-IDF of characters and words with logistic regression, on the same folds as the network."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    written, guess = np.array(texts.texts, dtype=object), np.zeros(len(texts), dtype=np.int64)
    for number in np.unique(fold):
        features_ = make_union(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        )
        pipeline = make_pipeline(features_, LogisticRegression(C=10, max_iter=300))
        pipeline.fit(written[fold != number], texts.labels[fold != number])
        guess[fold == number] = pipeline.predict(written[fold == number])
    right = guess == texts.labels
    return {"by_text": float(right.mean()), "by_record": float((right * texts.records).sum() / texts.records.sum())}
