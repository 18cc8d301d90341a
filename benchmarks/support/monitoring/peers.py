"""Drift of a month's rows asked of Evidently: its time from the raw log to the features that it says drift."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support import drift_tools
from benchmarks.support.monitoring.invented_answers import FEATURE_NAMES, KINDS, pool_of
from benchmarks.support.simulated_days import PREDICTED, Table
from core.store import Query, Store

SYSTEM = "waste"
MONTH = timedelta(days=30)
MAX_ROWS = 1_000_000  # that are held at once for it


def ask(folder: Path, log: Store) -> dict[str, Any]:
    """Evidently's version, rows, seconds to read and to judge them, and what drifts; or that it cannot be imported.

    folder: of its environment.
    """
    python = drift_tools.environment(folder, "evidently")
    if python is None:
        return {"installed": False}
    started = time.perf_counter()
    query = Query(system=SYSTEM, since=datetime.now(UTC) - MONTH, status="answered")
    rows = log.rows(query, ("value", "features"), limit=MAX_ROWS)
    current = _table([row["features"] or {} for row in rows], [str(row["value"]) for row in rows])
    read = time.perf_counter() - started
    features = drift_tools.flagged(python, "evidently", _reference(), [current])[0]
    figures = {
        "version": drift_tools.version(python, "evidently"),
        "rows": len(rows),
        "read_seconds": round(read, 2),
        "seconds": round(time.perf_counter() - started, 2),
        "drifts": features,
    }
    print(f"  Evidently: {figures}", flush=True)
    return figures


def _reference() -> Table:
    pool = pool_of(next(kind for kind in KINDS if kind.system == SYSTEM), seed=0)
    return _table([json.loads(text) for text in pool.columns["features"]], pool.columns["value"].tolist())


def _table(features: list[Any], values: list[str]) -> Table:
    columns = {name: np.array([row.get(name) for row in features], dtype=float) for name in FEATURE_NAMES}
    return {**columns, PREDICTED: np.array(values)}
