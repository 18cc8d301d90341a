"""What stands beside the answers of a long log: the audit sample with its judgements, and what the machines used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from core.settings import settings
from core.store import DAY, HOUR, MINUTE, QUANTITIES, Query, Store
from core.store.audit import AUDIT_SOURCE
from core.store.audit.drawing import drawn_rows
from core.store.audit.writing import draw
from core.store.resource_log import HOURS_KEPT, MINUTES_KEPT, resource_samples

AUDITED_A_DAY = 20  # answers of a system that people judge in the order of the audit
RIGHT = 0.7  # share of them that are right
MACHINES = ("serves-1", "serves-2")
AT_ONCE = 10_000  # rows of machines that are written at once


def draw_sample(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note which of these answers chance draws, as the store does when it logs them. Their times are texts in UTC."""
    chosen = [rows[number] for number in drawn_rows([row["id"] for row in rows], settings().audit_share)]
    times = [datetime.fromisoformat(row["created_at"]).replace(tzinfo=UTC) for row in chosen]
    draw(connection, [{**row, "created_at": time} for row, time in zip(chosen, times, strict=True)])


def judge(store: Store, days: int, seed: int) -> None:
    """Have AUDITED_A_DAY drawn answers of each system and day judged, those first that the audit offers first."""
    random, now = np.random.default_rng(seed), datetime.now(UTC)
    for system in store.audit.systems():
        for day in range(days):
            since = now - timedelta(seconds=DAY) * (day + 1)
            query = Query(system=system, since=since, until=since + timedelta(seconds=DAY))
            for identifier, (_, value) in store.answers_to(store.audit.waiting(query, AUDITED_A_DAY)).items():
                label = (value or "") if random.random() < RIGHT else "another"
                store.add_outcome(identifier, label, source=AUDIT_SOURCE, actor="auditor")


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
