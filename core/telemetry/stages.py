"""The stages of a prediction, each timed for Prometheus and, where spans are sent, a span of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from core.telemetry import spans
from core.telemetry.serving_names import STAGES


@contextmanager
def stage(name: Literal["validate", "predict", "log", "explain"], system: str) -> Iterator[None]:
    """Time the block as that stage of a prediction by that system, whether it succeeds or not."""
    started = time.perf_counter()
    try:
        with spans.span(name, system=system):
            yield
    finally:
        STAGES[name].labels(system).observe(time.perf_counter() - started)
