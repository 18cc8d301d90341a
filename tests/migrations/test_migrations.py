"""The schema: made at start, once, also when several processes start at once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from core.errors import StoreUnavailable
from core.migrations import HEAD, current, migrate
from core.settings import CHECKOUT
from core.store import Query, Store
from core.store.tables import metadata
from tests.store.conftest import prediction


def test_an_empty_database_gets_the_newest_tables_and_keeps_them(database_url):
    opened = Store(database_url)
    with opened.engine.connect() as connection:
        assert current(connection) is None
    assert migrate(opened) == HEAD
    assert migrate(opened) == HEAD
    with opened.engine.connect() as connection:
        assert current(connection) == HEAD
    assert opened.count(Query()) == 0
    opened.close()


def test_the_migrations_make_the_tables_that_the_store_uses(store):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_a_log_from_before_there_were_sites_keeps_its_rows_and_can_go_back(store):
    from alembic import command
    from alembic.config import Config

    def move(step, version):
        config = Config()
        config.set_main_option("script_location", str(CHECKOUT / "core" / "migrations"))
        with store.engine.begin() as connection:
            config.attributes["connection"] = connection
            step(config, version)

    store.log([prediction(id="old")])
    before = store.prediction("old")
    move(command.downgrade, "0004_hours")
    with store.engine.connect() as connection:
        assert current(connection) == "0004_hours"
        assert not sa.inspect(connection).has_table("sites")
        assert "site" not in {column["name"] for column in sa.inspect(connection).get_columns("predictions")}
    assert migrate(store) == HEAD
    assert store.prediction("old") == {**before, "site": None, "groups": None}
    store.log([prediction(id="new", site="Yard 3")])
    assert [row["id"] for row in store.rows(Query(site="Yard 3"))] == ["new"]
    assert store.distinct("site") == ["Yard 3"]


def test_four_processes_that_start_at_once_all_find_the_tables(database_url, tmp_path):
    environment = {**os.environ, "LOOKOUT_DATABASE_URL": database_url, "LOOKOUT_DATA_DIR": str(tmp_path)}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "core", "migrate"],
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 4, said
    assert all(HEAD in text for text in said), said
    opened = Store(database_url)
    with opened.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar() == 1
    opened.close()


def test_a_lock_left_behind_by_a_killed_process_does_not_stop_the_next_start(tmp_path):
    (tmp_path / "log.db.migrate.lock").write_text("4711")
    opened = Store(f"sqlite:///{tmp_path / 'log.db'}")
    assert migrate(opened) == HEAD
    opened.close()


def test_a_migration_that_fails_leaves_no_half_made_table(database_url, monkeypatch):
    opened = Store(database_url)

    def half(connection):
        connection.execute(sa.text("CREATE TABLE half (id INTEGER)"))
        raise sa.exc.OperationalError("half", None, Exception("the power went out"))

    monkeypatch.setattr("core.migrations._upgrade", half)
    with pytest.raises(StoreUnavailable, match="the power went out"):
        migrate(opened)
    with opened.engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
    monkeypatch.undo()
    assert migrate(opened) == HEAD
    opened.close()


def test_a_database_that_is_not_there_is_told_without_its_password():
    absent = Store("postgresql+psycopg://me:hidden-password@127.0.0.1:9/lookout")
    with pytest.raises(StoreUnavailable, match="LOOKOUT_DATABASE_URL") as problem:
        migrate(absent)
    assert "hidden-password" not in problem.value.message
    absent.close()


def test_tables_of_a_newer_lookout_are_told_and_left_alone(database_url):
    opened = Store(database_url)
    migrate(opened)
    with opened.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999_from_the_future'"))
    with pytest.raises(StoreUnavailable, match="9999_from_the_future"):
        migrate(opened)
    opened.close()
