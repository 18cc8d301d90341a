"""Rows counted by the database, on both kinds of store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.contract import Answer, Prediction
from core.store import Query

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def row(
    name: str, score: float | None, *, system: str = "waste", hours: int = 0, abstained: bool = False
) -> Prediction:
    return Prediction(
        id=name,
        created_at=NOON + timedelta(hours=hours),
        system=system,
        version="1",
        source="api",
        actor="local",
        status="failed" if score is None else "answered",
        answer=None if score is None else Answer(value="glass", score=score, abstained=abstained),
    )


def test_rows_are_counted_by_system_with_the_latest_feedback(store):
    store.log([row("a", 0.9), row("b", 0.5), row("c", 0.9, abstained=True), row("d", None, hours=1)])
    store.log([row("e", 0.9, system="crime")])
    for label in ("metal", "glass"):  # the second judgement counts
        store.add_outcome("a", label, source="page", actor="local")
    store.add_outcome("b", "metal", source="page", actor="local")
    crime, waste = store.tallies(Query(), not_sure_below=0.6)
    assert (crime["system"], crime["n"], crime["judged"], crime["not_sure"]) == ("crime", 1, 0, 0)
    assert waste == {
        "system": "waste", "n": 4, "failed": 1, "not_sure": 2, "judged": 2, "correct": 1,
        "latest": NOON + timedelta(hours=1),
    }  # fmt: skip


def test_only_the_meant_rows_are_counted(store):
    store.log([row("a", 0.9), row("b", 0.9, hours=2)])
    store.add_outcome("a", "glass", source="page", actor="local")
    (counted,) = store.tallies(Query(since=NOON + timedelta(hours=1)))
    assert (counted["n"], counted["judged"]) == (1, 0)


def test_nothing_logged_gives_nothing(store):
    assert store.tallies(Query()) == []
