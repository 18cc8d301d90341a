"""The audit sample in the store: who is drawn with which answer, and what becomes of judgements."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.settings import settings
from core.store import Query
from core.store.audit import audit_position
from tests.store.conftest import NOON, failure, prediction

OF_WASTE = Query(system="waste")


@pytest.fixture
def all_drawn(monkeypatch):
    share(monkeypatch, 1)


def share(monkeypatch, value):
    monkeypatch.setenv("LOOKOUT_AUDIT_SHARE", str(value))
    settings.cache_clear()


def judge(store, prediction_id, label, source="audit"):
    return store.add_outcome(prediction_id, label, source=source, actor="ann")


def columns(ids):
    common = {"created_at": NOON, "system": "crime", "version": "2", "source": "cli", "actor": "local"}
    scores = [0.4 + 0.5 * (index % 2) for index in range(len(ids))]
    return {**common, "id": ids, "status": "answered", "score": scores, "latency_ms": 1.0, "value": "THEFT"}


def rows(store):
    with store.engine.connect() as connection:
        return connection.execute(sa.text("SELECT * FROM audit_sample ORDER BY position")).mappings().all()


def test_answers_are_drawn_by_their_hash_and_offered_in_its_order(store, monkeypatch):
    share(monkeypatch, 0.3)
    ids = [f"id-{number}" for number in range(60)]
    store.log([prediction(id=identifier) for identifier in ids])
    drawn = sorted((each for each in ids if audit_position(each) < 0.3), key=audit_position)
    assert 0 < len(drawn) < 60
    assert store.audit.waiting(OF_WASTE, 100) == drawn
    assert store.audit.waiting(OF_WASTE, 2) == drawn[:2]
    assert {(row["band"], row["share"], row["version"], row["source"]) for row in rows(store)} == {(2, 0.3, "1", "api")}


def test_failures_are_not_drawn_and_0_draws_none(store, monkeypatch, all_drawn):
    store.log([failure(id="failed"), prediction(id="answered")])
    assert store.audit.waiting(OF_WASTE, 9) == ["answered"]
    share(monkeypatch, 0)
    store.log([prediction(id="later")])
    assert store.audit.waiting(OF_WASTE, 9) == ["answered"]


def test_rows_of_a_table_are_drawn_once_though_they_are_given_again(store, monkeypatch):
    ids = [f"row-{number}" for number in range(200)]
    share(monkeypatch, 0.1)
    store.log_columns(columns(ids[:100]))
    before = store.audit.waiting(Query(system="crime"), 999)
    assert set(before) == {each for each in ids[:100] if audit_position(each) < 0.1}
    share(monkeypatch, 0.5)
    store.log_columns(columns(ids))  # as a run that goes on does: those logged before keep their share
    drawn = {row["prediction_id"]: row["share"] for row in rows(store)}
    assert {each for each, drawn_share in drawn.items() if drawn_share == 0.1} == set(before)
    assert {each for each, drawn_share in drawn.items() if drawn_share == 0.5} == {
        each for each in ids[100:] if audit_position(each) < 0.5
    }
    assert {row["band"] for row in rows(store)} == {0, 3}


def test_a_row_that_is_refused_leaves_no_drawn_answer(store, all_drawn):
    store.log([prediction(id="twice")])
    with pytest.raises(Exception, match="did not take"):
        store.log([prediction(id="new"), prediction(id="twice")])
    assert store.audit.waiting(OF_WASTE, 9) == ["twice"]


def test_the_audits_own_judgements_count_and_can_be_withdrawn(store, all_drawn):
    store.log([prediction(id="a")])
    judge(store, "a", "glass", source="page")
    assert store.audit.waiting(OF_WASTE, 9) == ["a"]
    first = judge(store, "a", "plastic")
    second = judge(store, "a", "glass")
    assert (rows(store)[0]["verdict"], rows(store)[0]["judged_by"]) == ("wrong", "ann")
    store.withdraw_outcome(second["id"])
    assert rows(store)[0]["verdict"] == "right"
    store.withdraw_outcome(first["id"])
    assert rows(store)[0]["verdict"] is None
    assert store.audit.waiting(OF_WASTE, 9) == ["a"]


def test_nobody_can_tell_until_somebody_can(store, all_drawn):
    store.log([prediction(id="a")])
    store.audit.put_aside("a", "ann")
    (stratum,) = store.audit.strata(OF_WASTE)
    assert (stratum.drawn, stratum.judged, stratum.unknown, stratum.waiting) == (1, 0, 1, 0)
    store.audit.take_up("a")
    assert store.audit.waiting(OF_WASTE, 9) == ["a"]
    judge(store, "a", "plastic")
    store.audit.put_aside("a", "ann")  # a double click of another person: the judgement stays
    store.audit.take_up("a")
    assert rows(store)[0]["verdict"] == "right"


def test_strata_are_of_the_meant_answers_and_end_where_one_was_passed_over(store, all_drawn):
    ids = sorted((f"id-{number}" for number in range(6)), key=audit_position)
    store.log([prediction(id=identifier) for identifier in ids])
    store.log([prediction(id="old", created_at=NOON - timedelta(days=1)), prediction(id="other", version="2")])
    today = Query(system="waste", version="1", since=NOON, until=NOON + timedelta(hours=1))
    for identifier in (ids[0], ids[1], ids[4]):
        judge(store, identifier, "plastic")
    (stratum,) = store.audit.strata(today)
    assert (stratum.drawn, stratum.right, stratum.out_of_order, stratum.waiting) == (6, 2, 1, 3)
    for identifier in (ids[2], ids[3]):
        judge(store, identifier, "glass")
    (stratum,) = store.audit.strata(today)
    assert (stratum.right, stratum.wrong, stratum.out_of_order) == (3, 2, 0)
    assert store.audit.began(OF_WASTE) == NOON - timedelta(days=1)
    assert store.audit.systems() == ["waste"]


def test_many_that_were_logged_since_do_not_end_the_count(store, all_drawn, monkeypatch):
    monkeypatch.setattr("core.store.audit.sample.AT_ONCE", 3)
    ids = sorted((f"id-{number}" for number in range(20)), key=audit_position)
    old, new = ids[-2:], ids[:-2]
    store.log([prediction(id=identifier) for identifier in old])
    judge(store, old[0], "plastic")
    store.log([prediction(id=identifier, created_at=NOON + timedelta(days=1)) for identifier in new])
    (stratum,) = store.audit.strata(OF_WASTE)
    assert (stratum.right, stratum.out_of_order, stratum.waiting) == (1, 0, 19)


def test_what_the_latest_outcome_says_of_audited_answers_is_counted(store, all_drawn):
    store.log([prediction(id=identifier) for identifier in "abc"])
    for identifier in "ab":
        judge(store, identifier, "plastic")
    judge(store, "b", "glass", source="page")
    judge(store, "c", "plastic", source="page")
    assert store.audit.judged_by_latest(OF_WASTE) == (2, 1)
    assert store.audit.drawn(["a", "stranger"]) == {"a"}


def test_what_is_drawn_is_the_same_counted_and_read_from_its_rows(store, monkeypatch):
    of_crime = Query(system="crime")
    for number, drawn_share in enumerate((0.3, 0.1, 0.6)):
        share(monkeypatch, drawn_share)
        start = NOON - timedelta(days=3) + number * timedelta(hours=31)
        times = [start + timedelta(minutes=7 * index) for index in range(120)]
        store.log_columns({**columns([f"{number}-{index}" for index in range(120)]), "created_at": times})
    periods = [of_crime, *(Query(system="crime", since=NOON - timedelta(hours=hours, minutes=13)) for hours in (5, 30))]
    from_rows = [store.audit.strata(period) for period in periods]
    assert len(from_rows[0]) == 6  # two bands, three shares
    store.counts.bring_up_to_date()
    assert [store.audit.strata(period) for period in periods] == from_rows
    share(monkeypatch, 1.0)
    store.log_columns({**columns(["late"]), "created_at": NOON - timedelta(days=2)})
    store.counts.bring_up_to_date()
    assert sum(stratum.drawn for stratum in store.audit.strata(of_crime)) == len(rows(store))
