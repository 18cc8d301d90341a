"""A PostgreSQL that takes too long is hung up on, so that whoever waits is told; SQLite is left alone."""

from __future__ import annotations

import time

import pytest

from core.errors import StoreUnavailable
from core.store import database


@pytest.fixture
def in_postgresql(store):
    if store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no one to hang up on")
    return store._database


def sleep(connection, seconds):
    connection.exec_driver_sql(f"SELECT pg_sleep({seconds})")


def test_what_an_answer_waits_for_ends_in_time_and_the_next_one_is_served(in_postgresql, monkeypatch):
    monkeypatch.setattr(database, "ANSWER_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(StoreUnavailable), in_postgresql.writing(answering=True) as connection:
        sleep(connection, 30)
    assert time.monotonic() - started < 10
    in_postgresql.try_to_write()


def test_work_may_take_longer_than_an_answer(in_postgresql, monkeypatch):
    monkeypatch.setattr(database, "ANSWER_SECONDS", 0.2)
    with in_postgresql.reading() as connection:
        sleep(connection, 1)


def test_answers_have_connections_of_their_own(in_postgresql):
    with in_postgresql.reading() as work, in_postgresql.reading(answering=True) as answer:
        assert work.engine is not answer.engine
        assert work.exec_driver_sql("SELECT 1").scalar() == answer.exec_driver_sql("SELECT 1").scalar()
