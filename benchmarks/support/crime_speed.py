"""Records per second through the context network alone, and through a booster on the same inputs."""

from __future__ import annotations

import time

import lightgbm
import numpy as np

from benchmarks.baselines.crime_classifiers import MAX_BINS, BaselineRows
from core.systems.crime.engine import CHUNK, ContextNetwork


def network(context: ContextNetwork, codes: np.ndarray, numbers: np.ndarray) -> float:
    """Records per second from codes (n, slots) and numbers (n, numbers) to logits."""
    started = time.perf_counter()
    for start in range(0, len(codes), CHUNK):
        context.logits(codes[start : start + CHUNK], numbers[start : start + CHUNK])
    return len(codes) / (time.perf_counter() - started)


def boosted(rows: BaselineRows, classes: int, rounds: int) -> float:
    """Records per second that LightGBM predicts, after as many rounds on these rows."""
    data = lightgbm.Dataset(rows.table(), rows.labels, params={"max_bin": MAX_BINS})
    settings = {"objective": "multiclass", "num_class": classes, "num_leaves": 24, "verbose": -1, "num_threads": 2}
    booster = lightgbm.train(settings, data, rounds)
    started = time.perf_counter()
    booster.predict(rows.table())
    return len(rows.labels) / (time.perf_counter() - started)
