"""What stands beside the answers of a long log: the audit sample with its judgements, and what the machines used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from core.store import DAY, HOUR, MINUTE, QUANTITIES, Query, Store
from core.store.audit import audit_position, score_band
from core.store.audit.tables import AUDIT_SOURCE, audit_sample
from core.store.resource_log import HOURS_KEPT, MINUTES_KEPT, resource_samples
from core.store.tables import outcomes

SHARE = 0.02  # of the answers that are drawn, as the setting has it
AUDITED_A_DAY = 20  # answers of a system that people judge in the order of the audit
MACHINES = ("serves-1", "serves-2")
AT_ONCE = 10_000  # rows of machines that are written at once
OF_PREDICTION = ("created_at", "system", "version", "source", "score")


def drawn(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the audit sample for those of these answers that chance draws; times as the log has them."""
    sampled = []
    for row in rows:
        position = audit_position(row["id"])
        if position < SHARE and row["status"] == "answered":
            named = {name: row[name] for name in ("created_at", "system", "version", "source")}
            band = score_band(row["score"])
            sampled.append({"prediction_id": row["id"], **named, "band": band, "share": SHARE, "position": position})
    return sampled


def judge(store: Store, days: int, seed: int) -> None:
    """Have AUDITED_A_DAY drawn answers of each system and day judged, those first that the audit offers first."""
    random, now = np.random.default_rng(seed), datetime.now(UTC)
    for system in store.audit.systems():
        for day in range(days):
            since = now - timedelta(seconds=DAY) * (day + 1)
            query = Query(system=system, since=since, until=since + timedelta(seconds=DAY))
            if identifiers := store.audit.waiting(query, AUDITED_A_DAY):
                _judge(store, identifiers, random)


def _judge(store: Store, identifiers: Sequence[str], random: np.random.Generator) -> None:
    columns = sa.select(audit_sample).where(audit_sample.c.prediction_id.in_(identifiers))
    with store.engine.begin() as connection:
        for row in connection.execute(columns).mappings().all():
            right = bool(random.random() < 0.7)
            at = row["created_at"] + timedelta(days=1)
            same = audit_sample.c.prediction_id == row["prediction_id"]
            verdict = {"verdict": "right" if right else "wrong", "judged_at": at, "judged_by": "auditor"}
            connection.execute(sa.update(audit_sample).where(same).values(verdict))
            connection.execute(sa.insert(outcomes), [_outcome(row, at, right)])


def _outcome(row: Mapping[Any, Any], at: datetime, right: bool) -> dict[str, Any]:
    return {
        "id": f"a{row['prediction_id'][1:]}",
        "prediction_id": row["prediction_id"],
        "created_at": at,
        "label": "as answered" if right else "another",
        "correct": right,
        "source": AUDIT_SOURCE,
        "actor": "auditor",
        "consented": False,
        "predicted_at": row["created_at"],
        "system": row["system"],
        "version": row["version"],
        "asked_from": row["source"],
        "status": "answered",
        "score": 0.5,
    }


def use_machines(store: Store, now: datetime) -> None:
    """Note what the machines used, by the minute and by the hour, for as long as that is kept."""
    rows = list(_uses(now))
    for start in range(0, len(rows), AT_ONCE):
        with store.engine.begin() as connection:
            connection.execute(sa.insert(resource_samples), rows[start : start + AT_ONCE])


def _uses(now: datetime) -> Iterator[dict[str, Any]]:
    began = now - HOURS_KEPT
    for level, length in ((MINUTE, MINUTES_KEPT), (HOUR, HOURS_KEPT)):
        last = int(now.timestamp()) // level * level
        for start in range(last - int(length.total_seconds()) + level, last + level, level):
            for number, machine in enumerate(MACHINES):
                used = dict.fromkeys(QUANTITIES, 0.25 + 0.1 * number)
                key = {"level": level, "start": start, "machine": machine, "process": "serve-1"}
                yield {**key, "started_at": began, "samples": level // MINUTE, **used}
