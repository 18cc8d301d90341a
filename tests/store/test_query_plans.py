"""How SQLite finds what is counted: by the index alone, and from the outcomes on; a plan that changes costs seconds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from core.migrations import migrate
from core.store import Query, Store, counting, statements
from core.store.rollups import from_rows

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
OF_SYSTEM = Query(system="waste", since=SINCE, version="1", source="api")
OF_PERIOD = Query(since=SINCE, version="1", finding="wrong")


@pytest.fixture
def sqlite(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'log.db'}")
    migrate(store)
    yield store
    store.close()


def plan(store: Store, statement) -> list[str]:
    """The steps that SQLite would take."""
    written = str(statement.compile(store.engine, compile_kwargs={"literal_binds": True}))
    with store.engine.connect() as connection:
        return [row.detail for row in connection.execute(sa.text(f"EXPLAIN QUERY PLAN {written}"))]


@pytest.mark.parametrize(
    "statement",
    [
        counting.tally(OF_SYSTEM, 0.6),
        from_rows.rows_of(OF_SYSTEM, 60),
        statements.count(OF_SYSTEM),
    ],
)
def test_counting_a_system_reads_its_index_and_no_rows(sqlite, statement):
    steps = plan(sqlite, statement)
    assert any("USING COVERING INDEX predictions_by_system_and_time (system=? AND created_at>?)" in it for it in steps)


def test_judged_answers_are_found_from_their_outcomes(sqlite):
    steps = plan(sqlite, from_rows.judged_rows_of(OF_SYSTEM))
    assert steps[0].startswith("SEARCH outcomes USING INDEX outcomes_by_system_and_time (system=? AND predicted_at>?)")
    assert any(it.startswith("SEARCH predictions USING INDEX sqlite_autoindex_predictions_1 (id=?)") for it in steps)


def test_wrong_answers_are_found_from_their_outcomes(sqlite):
    steps = plan(sqlite, statements.newest(OF_PERIOD, ("id",), 10, 0))
    assert any(it.startswith("SEARCH predictions USING INDEX sqlite_autoindex_predictions_1 (id=?)") for it in steps)
    assert not any(it.startswith("SCAN predictions") for it in steps)


def test_outcomes_are_looked_up_for_the_shown_rows_alone(sqlite):
    steps = plan(sqlite, statements.newest(Query(since=SINCE), ("id",), 10, 0))
    assert not any(it.startswith("SCAN outcomes") for it in steps)
    assert sum("SEARCH outcomes USING INDEX outcomes_by_prediction (prediction_id=?)" in it for it in steps) == 2
