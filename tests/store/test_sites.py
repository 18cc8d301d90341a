"""Sites in the log: a column, a filter of rows and of counts, and a list of them; on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from core.migrations import migrate
from core.store import Query, Store, counting, statements
from core.store.rollups import from_rows
from core.store.rollups.levels import DAY, HOUR, MINUTE
from core.store.tables import sites
from tests.store.conftest import NOON, failure, prediction
from tests.store.test_query_plans import SINCE, plan

BOUND = 0.8  # the answers have 0.75


def listed(store: Store) -> list[tuple[str, str]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(sites).order_by(*sites.c))]


@pytest.fixture
def filled(store):
    """Two sites and rows without one, some hours apart; the first answers of a site are judged, one of them right."""
    rows = [
        prediction(id=f"{site}-{hour}", site=site, created_at=NOON + timedelta(hours=hour))
        for site in ("Yard 3", "line", None)
        for hour in range(4)
    ]
    store.log([*rows, failure(id="broken", site="Yard 3"), prediction(id="other", system="toy", site="Yard 3")])
    for name, label in (("Yard 3-0", "plastic"), ("Yard 3-1", "glass"), ("line-0", "glass"), ("None-0", "plastic")):
        store.add_outcome(name, label, source="page", actor="local")
    return store


@pytest.mark.parametrize("site", ["Yard 3", "محطة ٣", "♻️ 2", "'; DROP TABLE sites; --", "x" * 60])
def test_a_site_is_read_back_as_it_was_logged(store, site):
    store.log([prediction(id="a", site=site), failure(id="b", site=site), prediction(id="c")])
    assert [store.prediction(name)["site"] for name in "abc"] == [site, site, None]
    assert store.rows(Query(site=site), columns=("site",)) == [{"site": site, "label": None, "correct": None}] * 2
    assert store.distinct("site") == [site]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(site="Yard 3"), 6),
        (Query(site="Yard 3", system="waste"), 5),
        (Query(site="Yard 3", version="1", source="api"), 6),
        (Query(site="Yard 3", status="failed"), 1),
        (Query(site="Yard 3", value="plastic"), 5),
        (Query(site="Yard 3", since=NOON + timedelta(hours=1)), 3),
        (Query(site="Yard 3", since=NOON, until=NOON + timedelta(hours=2)), 4),
        (Query(site="Yard 3", finding="not sure", not_sure_below=BOUND), 5),
        (Query(site="Yard 3", finding="not sure", not_sure_below=0.6), 0),
        (Query(site="Yard 3", finding="judged"), 2),
        (Query(site="Yard 3", finding="right"), 1),
        (Query(site="Yard 3", finding="wrong", system="waste", since=NOON), 1),
        (Query(site="line"), 4),
        (Query(site="line", finding="right"), 0),
        (Query(site="nowhere"), 0),
        (Query(), 14),
    ],
)
def test_rows_and_counts_of_a_site_agree(filled, query, expected):
    filled.counts.bring_up_to_date()
    rows = filled.rows(query)
    assert len(rows) == filled.count(query) == expected
    assert query.site is None or {row["site"] for row in rows} <= {query.site}


@pytest.mark.parametrize("bound", [0.6, BOUND])  # all is counted by the first alone
def test_tallies_steps_and_judged_answers_of_a_site_are_counted_from_its_rows(filled, bound):
    filled.counts.bring_up_to_date()
    toy, waste = filled.tallies(Query(site="Yard 3"), not_sure_below=bound)
    unsure = 4 if bound == BOUND else 0
    assert (toy["n"], toy["judged"]) == (1, 0)
    assert {name: waste[name] for name in ("n", "failed", "not_sure", "judged", "correct")} == {
        "n": 5, "failed": 1, "not_sure": unsure, "judged": 2, "correct": 1,
    }  # fmt: skip
    assert waste["latest"] == NOON + timedelta(hours=3)
    for days, width in ((1, MINUTE), (5, 3 * HOUR)):
        period = Query(site="line", since=NOON - timedelta(days=days), until=NOON + timedelta(hours=9))
        steps = filled.steps(Query(**{**vars(period), "not_sure_below": bound}), width)
        assert sum(step.counts.n for step in steps) == sum(sum(step.counts.scores) for step in steps) == 4
    judged = [step.details for step in filled.judged_details(Query(site="Yard 3"), DAY)]
    assert [sum(details[name] for details in judged) for name in ("n", "correct")] == [2, 1]
    assert filled.judged_details(Query(site="nowhere"), DAY) == []
    assert filled.earliest(Query(site="line")) == NOON


def test_sites_are_listed_by_system_when_their_first_row_is_written(filled):
    assert listed(filled) == [("toy", "Yard 3"), ("waste", "Yard 3"), ("waste", "line")]
    assert filled.distinct("site") == ["Yard 3", "line"]
    assert filled.distinct("site", Query(system="toy")) == ["Yard 3"]
    assert filled.distinct("site", Query(system="nobody")) == []
    assert filled.distinct("site", Query(status="failed")) == ["Yard 3"]  # from the rows
    assert filled.distinct("system", Query(site="line")) == ["waste"]
    another = Store(filled.url.render_as_string(hide_password=False))  # which knows of no site yet
    another.log([prediction(site="line"), prediction(site="new")])
    another.close()
    assert filled.distinct("site", Query(system="waste")) == ["Yard 3", "line", "new"]


def test_rows_given_by_column_have_sites_too(store):
    columns = {
        "id": [str(uuid4()) for _ in range(3)], "created_at": NOON, "system": "crime", "version": "1", "source": "cli",
        "actor": "local", "status": "answered", "latency_ms": 0.5,
    }  # fmt: skip
    store.log_columns({**columns, "site": ["north", None, "south"]})
    store.log_columns({**columns, "id": [str(uuid4()), str(uuid4())], "site": "west"})
    store.log_columns({**columns, "id": [str(uuid4())]})
    assert store.distinct("site") == ["north", "south", "west"]
    assert [store.count(Query(site=site)) for site in ("north", "south", "west")] == [1, 1, 2]
    assert store.prediction(columns["id"][1])["site"] is None


def test_threads_that_meet_a_new_site_at_once_lose_no_row(store):
    threads = [
        threading.Thread(target=lambda: store.log([prediction(site=site) for site in ("b", "a", "c")]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count(Query(site="a")) == 8
    assert store.distinct("site") == ["a", "b", "c"]


def test_a_list_is_not_kept_of_rows_that_were_not_written(store, monkeypatch):
    twice = prediction(site="Yard 3")
    with pytest.raises(Exception, match="did not take the request"):
        store.log([twice, twice])
    assert store.distinct("site") == []
    store.log([twice])
    assert store.distinct("site") == ["Yard 3"]


OF_SITE = Query(system="waste", site="Yard 3", since=SINCE)


@pytest.fixture
def sqlite(tmp_path):
    opened = Store(f"sqlite:///{tmp_path / 'log.db'}")
    migrate(opened)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "statement",
    [
        counting.tally(OF_SITE, 0.6),
        from_rows.rows_of(OF_SITE, 60),
        statements.count(Query(system="waste", site="Yard 3", source="api")),
        statements.newest(OF_SITE, ("id",), 10, 0),
        statements.earliest(OF_SITE),
    ],
)
def test_rows_of_a_site_are_found_by_their_index(sqlite, statement):
    assert any("INDEX predictions_by_site (system=? AND site=?" in step for step in plan(sqlite, statement))


def test_the_sites_are_found_without_a_look_at_the_rows(sqlite):
    for system in (None, "waste"):
        assert not any("predictions" in step for step in plan(sqlite, statements.distinct_sites(system)))


def test_the_index_of_sites_costs_a_log_without_any_nothing(sqlite):
    sqlite.log([prediction() for _ in range(50)])
    assert "predictions_by_site" not in " ".join(plan(sqlite, counting.tally(Query(system="waste"), 0.6)))
    with sqlite.engine.connect() as connection:
        where = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = 'predictions_by_site'")).scalar()
    assert where.endswith("WHERE site IS NOT NULL")
