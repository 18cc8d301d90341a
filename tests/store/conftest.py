"""Predictions to log, answered and failed."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from core.contract import Alternative, Answer, Prediction

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANSWER = Answer(
    value="plastic",
    score=0.75,
    alternatives=(Alternative(value="plastic", score=0.75), Alternative(value="glass", score=0.25)),
    details={"plastic": True, "plastic_score": 0.75, "note": "Größe 5 µm 🧴"},
    features={"brightness": 0.5},
)


def prediction(**changes) -> Prediction:
    common = {"system": "waste", "version": "1", "source": "api", "actor": "local", "latency_ms": 12.5}
    defaults = {"id": str(uuid4()), "created_at": NOON, "status": "answered", "answer": ANSWER, "input_hash": "a" * 64}
    return Prediction(**{**common, **defaults, **changes})


def failure(**changes) -> Prediction:
    return prediction(status="failed", answer=None, error_kind="unreadable_photo", error="Expected a photo.", **changes)
